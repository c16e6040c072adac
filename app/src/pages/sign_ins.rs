//! How people of the school sign in: which sign-ins are slowed, and the school's own networks.

use leptos::prelude::*;
use rollcall_shared::problem::Problem;
use rollcall_shared::sign_ins::{
    Network, NetworkOrigin, SchoolNetwork, SignIns, Slowed, SlowedWhere,
};

use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Field, Form, LoadingPage, Look, Notice, PageShell, ProblemPage, Row, Table, Tone,
    error_of,
};
use crate::dates;
use crate::pages::people::list::{Outcome, OutcomeNotice};
use crate::state::asked::Asked;

/// The page, for `/users/sign-ins`.
#[component]
pub fn SignInsPage() -> impl IntoView {
    let asked = Asked::new(api::sign_ins);
    move || match asked.get() {
        Some(Ok(known)) => view! { <Known known/> }.into_any(),
        None => view! { <LoadingPage title="Sign-ins"/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| asked.refetch());
            view! { <ProblemPage title="Sign-ins" problem retry/> }.into_any()
        }
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
            Self::Unlock => "Everybody can try to sign in again.",
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
    let back = Back::to("/users", "Manage users");
    view! {
        <PageShell title="Sign-ins" back problem>
            <OutcomeNotice outcome/>
            <h2>"Slowed sign-ins"</h2>
            {move || {
                let slowed = known.with(|known| known.slowed.clone());
                if slowed.is_empty() {
                    return view! {
                        <p>
                            "No sign-ins are slowed. After some wrong passwords for one name the next try has to wait, so that nobody gets in by guessing. Others are not kept waiting by it."
                        </p>
                    }
                        .into_any();
                }
                view! {
                    {slowed.iter().map(slowed_words).map(|words| view! { <p>{words}</p> }).collect_view()}
                    <p>"If you know what it was, you can let everybody try again at once."</p>
                    <Button look=Look::Secondary on_press=unlock busy>
                        "Let everybody try again now"
                    </Button>
                }
                    .into_any()
            }}
            <h2>"Your school’s own internet addresses"</h2>
            <p>
                "Two pictures are easy to guess. So pupils who have two pictures can type their username only at school, or on a device that somebody of the school has used before. Anywhere else they use the square code on their login card. These addresses are learnt when your staff, or several pupils, sign in. A teacher’s home may be among them: take away any that is not your school."
            </p>
            {move || {
                let (rows, here) = known
                    .with(|known| {
                        let here = known.here.clone();
                        let row = |network: &SchoolNetwork| row(network, &here, on_press, busy);
                        (known.networks.iter().map(row).collect::<Vec<_>>(), here.clone())
                    });
                view! {
                    <Table
                        caption="Your school’s own internet addresses"
                        caption_is_hidden=true
                        columns=vec!["Address", "How it came here", "Last sign-in", ""]
                        rows
                        empty="There are no addresses yet. The first time a member of staff signs in at school, its address is put here."
                    />
                    <p class="hint">"You are at " {here} " now."</p>
                }
            }}
            <Form on_submit=on_add>
                <Field
                    id="network"
                    label="Add an address"
                    hint="Such as 192.0.2.7, or a range such as 192.0.2.0/24. Whoever looks after your school’s internet can tell you."
                    value=typed
                    error=error_of(problem, "network")
                />
                <Button look=Look::Secondary busy>"Add address"</Button>
            </Form>
        </PageShell>
    }
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
                "Take away"
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
    let words =
        slowed.iter().map(slowed_words).map(|words| view! { <p>{words}</p> }).collect_view();
    view! {
        <Notice tone=Tone::Warning title="Many wrong passwords">
            {words}
            <p>
                <a href="/users/sign-ins">"See sign-ins, and let everybody try again"</a>
            </p>
        </Notice>
    }
    .into_any()
}

fn slowed_words(slowed: &Slowed) -> String {
    let since = dates::moment(&slowed.since);
    let what = match slowed.place {
        SlowedWhere::AtSchool => {
            "many names failed at your school’s address. Anybody who mistypes there has to wait before the next try. Everybody else signs in as always."
        }
        SlowedWhere::Elsewhere => {
            "some sign-ins away from school are slowed, because many passwords were wrong there or for one name. At school, and on devices used before, nobody is kept waiting."
        }
        SlowedWhere::NewDevices => {
            "somebody outside school seems to be guessing pupils’ passwords. Until it stops, pupils with pictures, or with easy passwords, need the square code on their login card on new devices away from school. At school, and on devices used before, nothing has changed."
        }
        SlowedWhere::Pictures => {
            "there have been many wrong tries at pupils’ pictures. Children may be mixing them up, or somebody may be guessing. Nobody is kept waiting by it."
        }
    };
    format!("Since {since}: {what}")
}
