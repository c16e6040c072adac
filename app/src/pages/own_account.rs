//! One's own account: another password, and where one is signed in.

use leptos::prelude::*;
use rollcall_shared::people::PersonKind;
use rollcall_shared::problem::Problem;
use rollcall_shared::session::{ChangePassword, Me, OwnSession};

use crate::api;
use crate::asked::Asked;
use crate::components::{
    Back, Button, Field, FieldKind, Form, Loaded, Look, Notice, PageShell, ProblemPanel, Row,
    Table, Tag, Tone, error_of, missing,
};
use crate::dates;
use crate::pages::new_password::{new_password, too_short};
use crate::state::session::{Session, start_page};

/// The account of who is signed in.
#[component]
pub fn OwnAccount() -> impl IntoView {
    let session: Session = expect_context();
    let problem = RwSignal::new(None::<Problem>);
    let me = session.signed_in();
    let back = me.as_ref().map(|me| Back::to(start_page(me.role), "Home"));
    let sessions = Asked::new(api::own_sessions);
    let password = me.clone().map(|me| match me.role.kind() {
        PersonKind::Staff => view! { <Password problem sessions/> }.into_any(),
        PersonKind::Pupil => view! {
            <p>"Your teacher gives you your password. Ask them if you want another one."</p>
        }
        .into_any(),
    });
    view! {
        <PageShell title="Your account" back=back.unwrap_or_else(|| Back::to("/", "Home")) problem>
            {me.map(facts)}
            {password}
            <Loaded resource=sessions let:list>
                <Sessions sessions list/>
            </Loaded>
        </PageShell>
    }
}

fn facts(me: Me) -> AnyView {
    view! {
        <dl class="facts">
            <dt>"Name"</dt>
            <dd>{format!("{} {}", me.forename, me.surname)}</dd>
            <dt>"School"</dt>
            <dd>{me.school.name}</dd>
            <dt>"Role"</dt>
            <dd>{me.role.label()}</dd>
        </dl>
    }
    .into_any()
}

/// The form by which a member of staff chooses another password.
#[component]
fn Password(
    /// What could not be done.
    problem: RwSignal<Option<Problem>>,
    /// Where they are signed in: one place only, once it is done.
    sessions: Asked<Vec<OwnSession>>,
) -> impl IntoView {
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let is_changed = RwSignal::new(false);
    let save = Action::new_local(move |asked: &ChangePassword| {
        let asked = asked.clone();
        async move {
            match api::change_password(&asked).await {
                Ok(()) => {
                    problem.set(None);
                    current.set(String::new());
                    password.set(String::new());
                    is_changed.set(true);
                    sessions.refetch();
                }
                Err(why) => {
                    is_changed.set(false);
                    problem.set(Some(why));
                }
            }
        }
    });
    let submit = Callback::new(move |()| {
        let asked =
            ChangePassword { current: current.get_untracked(), password: password.get_untracked() };
        if asked.current.is_empty() {
            problem.set(Some(missing("current", "Enter your current password")));
        } else if let Some(message) = too_short(&asked.password) {
            problem.set(Some(missing("password", message)));
        } else if !save.pending().get_untracked() {
            save.dispatch(asked);
        }
    });
    view! {
        <section class="stack">
            <h2>"Change your password"</h2>
            <div role="status">
                {move || is_changed.get().then(|| view! {
                    <Notice tone=Tone::Success>
                        <p>
                            "Your password has been changed. You have been signed out on all other devices."
                        </p>
                    </Notice>
                })}
            </div>
            <Form on_submit=submit>
                <Field
                    id="current"
                    label="Your current password"
                    value=current
                    error=error_of(problem, "current")
                    kind=FieldKind::Password
                    autocomplete="current-password"
                />
                {new_password(password, error_of(problem, "password"))}
                <Button busy=save.pending()>"Change password"</Button>
            </Form>
        </section>
    }
}

/// Where one is signed in, and the button that ends it elsewhere.
#[component]
fn Sessions(sessions: Asked<Vec<OwnSession>>, list: Vec<OwnSession>) -> impl IntoView {
    let not_ended = RwSignal::new(None::<Problem>);
    let end = Action::new_local(move |(): &()| async move {
        match api::end_other_sessions().await {
            Ok(()) => {
                not_ended.set(None);
                sessions.refetch();
            }
            Err(problem) => not_ended.set(Some(problem)),
        }
    });
    let press = Callback::new(move |()| {
        end.dispatch(());
    });
    let is_elsewhere = list.len() > 1;
    view! {
        <section class="stack">
            <h2>"Where you are signed in"</h2>
            <Table
                caption="Where you are signed in"
                caption_is_hidden=true
                columns=vec!["Signed in", "Last used"]
                rows=list.iter().map(row).collect()
                empty=""
            />
            {move || not_ended.get().map(|problem| view! { <ProblemPanel problem/> })}
            {is_elsewhere
                .then(|| {
                    view! {
                        <p>
                            "If one of these is not you, change your password: that signs out all other devices too."
                        </p>
                        <Button look=Look::Secondary on_press=press busy=end.pending()>
                            "Sign out on all other devices"
                        </Button>
                    }
                })}
        </section>
    }
}

fn row(session: &OwnSession) -> Row {
    let here = session.is_this.then(|| view! { " " <Tag>"This device"</Tag> });
    vec![
        view! { {dates::short_moment(&session.since)} {here} }.into_any(),
        dates::short_moment(&session.seen_at).into_any(),
    ]
}
