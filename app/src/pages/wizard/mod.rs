//! The sync wizard: five steps to a summary, then the run and its outcome.

pub mod changes;
pub mod chosen;
pub mod done;
mod finish;
pub mod list;
mod passwords;
mod progress;
mod resolve;
mod step_page;
mod stop;
mod subject_groups;
mod summary;
mod usernames;
mod which_pupils;
pub mod words;
mod year_groups;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use rollcall_shared::ids::RunId;
use rollcall_shared::wizard::Step;
use rollcall_shared::{provider, service};

use crate::address;
use crate::components::{Button, Notice, PageShell, ProblemPanel};
use crate::pages::not_found::NotFound;
use crate::state::draft::{Opening, Wizard, use_wizard};
use words::Listed;

/// Why a question page is visited. In the context of the question pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    /// On the way through the steps.
    InTurn,
    /// By "Change" on the summary, to which Continue leads back.
    Change,
}

/// The places of the wizard, as the rest of the address names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `/wizard`: goes to where the admin continues.
    Start,
    Step(Step, Visit),
    /// A list of the summary.
    List(Listed),
    Progress(RunId),
    Unknown,
}

impl Place {
    fn of(address: &str) -> Self {
        let mut parts = address.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::Start,
            (Some("summary"), Some(list), None) => {
                Listed::of_slug(list).map_or(Self::Unknown, Self::List)
            }
            (Some("run"), Some(run), None) => run.parse().map_or(Self::Unknown, Self::Progress),
            (Some(step), None, _) => Self::step(step, Visit::InTurn),
            (Some(step), Some("change"), None) => Self::step(step, Visit::Change),
            _ => Self::Unknown,
        }
    }

    fn step(slug: &str, visit: Visit) -> Self {
        Step::ALL
            .into_iter()
            .find(|step| step.slug() == slug)
            .map_or(Self::Unknown, |step| Self::Step(step, visit))
    }
}

/// The wizard, for every address below `/wizard`.
#[component]
pub fn WizardPages() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        Place::of(&params.with(|params| params.get("rest")).unwrap_or_default())
    });
    // The progress page does not depend on the draft.
    let on_its_own = Memo::new(move |_| match place.get() {
        place @ (Place::Progress(_) | Place::Unknown) => Some(place),
        _ => None,
    });
    move || match on_its_own.get() {
        Some(Place::Progress(run)) => view! { <progress::ProgressPage run/> }.into_any(),
        Some(_) => view! { <NotFound/> }.into_any(),
        None => view! { <Steps place/> }.into_any(),
    }
}

/// The steps and the summary, once the wizard is open.
#[component]
fn Steps(place: Memo<Place>) -> impl IntoView {
    let wizard = Wizard::provide();
    let opening = wizard.opening();
    move || match opening.get() {
        Opening::Loading => waiting_page("MIS sync wizard", "Loading…"),
        Opening::Reading => reading_page(wizard),
        Opening::NotConnected => {
            go_instead(address::SET_UP);
            ().into_any()
        }
        Opening::Failed(problem) => view! {
            <PageShell title="We could not open the wizard">
                <ProblemPanel problem/>
                <p>"No account has been changed, and your answers in this wizard are kept."</p>
                <div class="button-row">
                    <Button on_press=Callback::new(move |()| wizard.open_again())>
                        "Try again"
                    </Button>
                    <a href=address::CONNECTION>"See the connection"</a>
                </div>
            </PageShell>
        }
        .into_any(),
        Opening::Open => view! { <OpenPlace place/> }.into_any(),
    }
}

/// The page of a place, or a redirect to the page that has to come first.
#[component]
fn OpenPlace(place: Memo<Place>) -> impl IntoView {
    let wizard = use_wizard();
    move || {
        wizard.loads.track();
        let place = place.get();
        if let Some(run) = wizard.view().and_then(|view| view.going) {
            go_instead(&address::progress(run));
            return ().into_any();
        }
        let step = match place {
            Place::Step(step, visit) => {
                provide_context(visit);
                step
            }
            Place::Start => {
                go_instead(&address::step(wizard.resume_at()));
                return ().into_any();
            }
            _ => Step::Summary,
        };
        if let Some(earlier) = wizard.earlier_than(step) {
            go_instead(&address::step(earlier));
            return ().into_any();
        }
        match (place, step) {
            (Place::List(listed), _) => view! { <list::SummaryList listed/> }.into_any(),
            (_, Step::Usernames) => view! { <usernames::Usernames/> }.into_any(),
            (_, Step::Passwords) => view! { <passwords::Passwords/> }.into_any(),
            (_, Step::YearGroups) => view! { <year_groups::YearGroups/> }.into_any(),
            (_, Step::SubjectGroups) => view! { <subject_groups::SubjectGroups/> }.into_any(),
            (_, Step::Summary) => view! { <summary::Summary/> }.into_any(),
        }
    }
}

/// Goes to another page in place of this one, which Back then skips.
pub fn go_instead(address: &str) {
    use_navigate()(address, NavigateOptions { replace: true, ..NavigateOptions::default() });
}

/// A page that is being waited for.
fn waiting_page(title: &'static str, words: &'static str) -> AnyView {
    view! {
        <PageShell title=title>
            <p class="loading" role="status">{words}</p>
        </PageShell>
    }
    .into_any()
}

fn reading_page(wizard: Wizard) -> AnyView {
    view! {
        <PageShell title="Reading your MIS">
            <p class="lead">
                {concat!("We are reading your pupils, staff and groups from ", provider!(), " ", service!(), ". For most schools this takes less than a minute.")}
            </p>
            <p class="loading" role="status">
                {move || wizard.reading.get()}
            </p>
            <Notice>
                "Reading does not change anything. You can leave this page: reading continues, and the wizard opens when you come back."
            </Notice>
        </PageShell>
    }
    .into_any()
}
