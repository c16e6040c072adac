//! How people of the school sign in: which sign-ins are slowed, and the school's own networks.

use leptos::prelude::*;
use rollcall_shared::problem::Problem;
use rollcall_shared::sign_ins::{
    Network, NetworkOrigin, SchoolNetwork, SignIns, Slowed, SlowedWhere,
};

use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{
    Back, Button, Field, Form, Look, Notice, PageShell, Row, Table, Tone, error_of, unanswered_page,
};
use crate::dates;
use crate::pages::people::list::{Outcome, OutcomeNotice};

/// The page, for `/users/sign-ins`.
#[component]
pub fn SignInsPage() -> impl IntoView {
    let asked = Asked::new(api::sign_ins);
    move || match asked.get() {
        Some(Ok(known)) => view! { <Known known/> }.into_any(),
        answer => unanswered_page("Sign-ins", asked, answer.and_then(Result::err)),
    }
}

/// What is known, and what an admin can do about it.
#[derive(Clone, PartialEq)]
enum Press {
    Unlock,
    Add(String),
    Remove(String),
}

impl Press {
    async fn send(&self) -> Answer<SignIns> {
        let network = |network: &String| Network { network: network.trim().to_owned() };
        match self {
            Self::Unlock => api::unlock().await,
            Self::Add(typed) => api::add_network(&network(typed)).await,
            Self::Remove(typed) => api::remove_network(&network(typed)).await,
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Unlock => "Everyone can try to sign in again.",
            Self::Add(_) => "The address is on your school’s list.",
            Self::Remove(_) => "The address is no longer on your school’s list.",
        }
    }
}

#[component]
fn Known(known: SignIns) -> impl IntoView {
    let known = RwSignal::new(known);
    let typed = RwSignal::new(String::new());
    let outcome = RwSignal::new(None::<Outcome>);
    let problem = RwSignal::new(None::<Problem>);
    let press = Action::new_local(move |press: &Press| {
        let press = press.clone();
        async move {
            outcome.set(None);
            problem.set(None);
            match press.send().await {
                Ok(now) => {
                    known.set(now);
                    typed.set(String::new());
                    outcome.set(Some(Outcome::Done(press.done().to_owned())));
                }
                Err(why) if why.errors.is_empty() => outcome.set(Some(Outcome::Failed(why))),
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let on_press = Callback::new(move |it| {
        press.dispatch(it);
    });
    let on_add = Callback::new(move |()| {
        press.dispatch(Press::Add(typed.get_untracked()));
    });
    let unlock = Callback::new(move |()| {
        press.dispatch(Press::Unlock);
    });
    let busy = press.pending();
    let back = Back::to(address::USERS, "Manage users");
    view! {
        <PageShell title="Sign-ins" back problem>
            <OutcomeNotice outcome/>
            <h2>"Slowed sign-ins"</h2>
            {move || slowed_now(&known.get().slowed, unlock, busy)}
            <h2>"Your school’s own internet addresses"</h2>
            <p>
                "Two pictures are easy to guess. So pupils who have two pictures can sign in by typing their username only at school, on a device they have signed in on before, or on one that your staff or several pupils have used. Anywhere else they use the QR code on their login card. Addresses are added here when your staff, or several pupils, sign in. One of them may be a teacher’s home: remove any that is not your school."
            </p>
            {move || networks(&known.get(), on_press, busy)}
            <Form on_submit=on_add>
                <Field
                    id="network"
                    label="Add an address"
                    hint="For example 192.0.2.7, or a range such as 192.0.2.0/24. The person who looks after your school’s internet can tell you."
                    value=typed
                    error=error_of(problem, "network")
                />
                <Button look=Look::Secondary busy>"Add address"</Button>
            </Form>
        </PageShell>
    }
}

/// Which sign-ins are slowed, and the button that ends it.
fn slowed_now(slowed: &[Slowed], unlock: Callback<()>, busy: Memo<bool>) -> AnyView {
    if slowed.is_empty() {
        return view! {
            <p>
                "No sign-ins are slowed. After several wrong passwords for one username, the next try has to wait, so that no one can get in by guessing. No one else has to wait."
            </p>
        }
        .into_any();
    }
    view! {
        {each_in_words(slowed)}
        <p>"If you know what caused this, you can let everyone try again straight away."</p>
        <Button look=Look::Secondary on_press=unlock busy>
            "Let everyone try again now"
        </Button>
    }
    .into_any()
}

/// The school's own networks in a table, and where the admin is if it is not among them.
fn networks(known: &SignIns, on_press: Callback<Press>, busy: Memo<bool>) -> AnyView {
    let here = &known.here;
    let is_listed = known.networks.iter().any(|one| one.network == *here);
    let rows: Vec<Row> =
        known.networks.iter().map(|network| row(network, here, on_press, busy)).collect();
    view! {
        <Table
            caption="Your school’s own internet addresses"
            caption_is_hidden=true
            columns=vec!["Address", "How it was added", "Last sign-in", ""]
            rows
            empty="There are no addresses yet. When a member of staff first signs in at school, its address is added here."
        />
        {(!is_listed).then(|| view! { <p class="hint">"You are at " {here.clone()} " now."</p> })}
    }
    .into_any()
}

fn row(network: &SchoolNetwork, here: &str, on_press: Callback<Press>, busy: Memo<bool>) -> Row {
    let address = network.network.clone();
    let press = {
        let address = address.clone();
        Callback::new(move |()| on_press.run(Press::Remove(address.clone())))
    };
    let origin = match network.origin {
        NetworkOrigin::Learnt => "Learnt from sign-ins",
        NetworkOrigin::Added => "Added by an admin",
    };
    let is_here = if address == here { " (where you are now)" } else { "" };
    vec![
        format!("{address}{is_here}").into_any(),
        origin.into_any(),
        dates::date_of(&network.seen_at).into_any(),
        view! {
            <Button look=Look::Quiet on_press=press busy about=address>
                "Remove"
            </Button>
        }
        .into_any(),
    ]
}

/// What is slowed, for the dashboard; nothing if nothing is.
pub fn slowed_notices(slowed: &[Slowed]) -> AnyView {
    if slowed.is_empty() {
        return ().into_any();
    }
    let words = each_in_words(slowed);
    view! {
        <Notice tone=Tone::Warning title="Many wrong passwords">
            {words}
            <p>
                <a href=address::SIGN_INS>"See sign-ins, and let everyone try again"</a>
            </p>
        </Notice>
    }
    .into_any()
}

fn each_in_words(slowed: &[Slowed]) -> impl IntoView + use<> {
    slowed.iter().map(slowed_words).map(|words| view! { <p>{words}</p> }).collect_view()
}

fn slowed_words(slowed: &Slowed) -> String {
    let since = dates::moment(&slowed.since);
    let what = match slowed.place {
        SlowedWhere::AtSchool => {
            "there were wrong passwords for many usernames at your school’s address. Anyone who mistypes there has to wait before trying again. Everyone else signs in as usual."
        }
        SlowedWhere::Elsewhere => {
            "some sign-ins away from school are slowed, because there were many wrong passwords in one place or for one username. At school, and on devices used before, no one has to wait."
        }
        SlowedWhere::NewDevices => {
            "someone outside school seems to be guessing pupils’ passwords. Until this stops, pupils with pictures or easy passwords need the QR code on their login card to sign in on new devices away from school. At school, and on devices they have used before, nothing has changed."
        }
        SlowedWhere::SharedDevices => {
            "there have been many wrong passwords on shared devices away from school. Until this stops, pupils with two pictures need their login card on a shared device they have not signed in on before. At school nothing has changed."
        }
        SlowedWhere::Pictures => {
            "there have been many wrong tries at pupils’ pictures. Children may be mixing them up, or someone may be guessing. No one has to wait because of it."
        }
    };
    format!("Since {since}: {what}")
}
