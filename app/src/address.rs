//! The addresses of the app: its pages, as the router knows them and as links lead to them, and
//! addresses with a query, as pages link to each other and as the API is asked.

use std::fmt::Display;

use leptos::prelude::GetUntracked;
use leptos_router::location::Location;
use rollcall_shared::ids::{AccountId, ClassId, RunId};
use rollcall_shared::people::{PersonKind, ProblemRef};
use rollcall_shared::wizard::Step;

/// Makes a constant of each page's address.
macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {
        $(pub const $name: &str = $path;)*
    };
}

// The server answers 404 to any other: `shared/src/pages.rs` has the same list.
pages! {
    FIND_SCHOOL = "/";
    SCHOOL = "/sch/:slug";
    FORGOTTEN = "/sch/:slug/forgotten";
    ACTIVATE = "/activate";
    MESSAGES = "/messages";
    HOME = "/home";
    OWN_CLASS = "/home/classes/:id";
    ACCOUNT = "/account";
    DASHBOARD = "/dashboard";
    USERS = "/users";
    PUPILS = "/users/pupils";
    NEW_PUPIL = "/users/pupils/new";
    STAFF = "/users/staff";
    NEW_STAFF = "/users/staff/new";
    PERSON = "/users/people/:id";
    CLASSES = "/users/classes";
    GROUPS = "/users/groups";
    TRASH = "/users/trash";
    NIGHTLY_SYNC = "/users/nightly-sync";
    SIGN_INS = "/users/sign-ins";
    CARDS = "/cards";
    SET_UP = "/set-up";
    SCOPES = "/set-up/scopes";
    AUTHORISER = "/set-up/authoriser";
    WHAT_IS_READ = "/set-up/what-is-read";
    CONNECTION = "/set-up/waiting";
    DISCONNECT = "/set-up/disconnect";
    GUIDANCE = "/set-up/guidance";
    WIZARD_PAGES = "/wizard/*rest";
    RUNS = "/runs";
    RUN = "/runs/:id";
    UNDO = "/runs/:id/undo";
    RUN_PEOPLE = "/runs/:id/people/:list";
}

/// The wizard, which goes to where the admin continues.
pub const WIZARD: &str = "/wizard";
/// The last step of the wizard.
pub const SUMMARY: &str = "/wizard/summary";
/// The page that asks for the school, even if the device remembers one.
pub const CHOOSE_SCHOOL: &str = "/?choose=yes";
/// The possible duplicates of the summary.
pub const DUPLICATES: &str = "/wizard/summary/possible-duplicate";
/// The staff whose activation e-mail was not delivered.
pub const UNDELIVERED: &str = "/users/staff?to_put_right=undelivered";

/// The sign-in page of a school.
#[must_use]
pub fn school(slug: &str) -> String {
    format!("/sch/{slug}")
}

/// Where staff of a school ask for a link to set a new password.
#[must_use]
pub fn forgotten(slug: &str) -> String {
    format!("/sch/{slug}/forgotten")
}

/// The address that the router shows or is on its way to, whole.
#[must_use]
pub fn here(location: &Location) -> String {
    let [path, search, hash] =
        [location.pathname, location.search, location.hash].map(|part| part.get_untracked());
    let question = if search.is_empty() { "" } else { "?" };
    format!("{path}{question}{search}{hash}")
}

/// Whether an address leads to signing in: no one is sent back there.
#[must_use]
pub fn is_way_in(address: &str) -> bool {
    address == FIND_SCHOOL || address.starts_with("/?") || address.starts_with("/sch/")
}

/// A person's page.
#[must_use]
pub fn person(account: AccountId) -> String {
    format!("/users/people/{account}")
}

/// The form that adds a person from the problem list of a run.
#[must_use]
pub fn add_from_problem(kind: PersonKind, from: ProblemRef) -> String {
    let form = match kind {
        PersonKind::Pupil => NEW_PUPIL,
        PersonKind::Staff => NEW_STAFF,
    };
    format!("{form}?run={}&seq={}", from.run, from.seq)
}

/// The pupils of a class.
#[must_use]
pub fn pupils_of(class: ClassId) -> String {
    format!("{PUPILS}?class={class}")
}

/// The login cards of a class.
#[must_use]
pub fn cards_of_class(class: ClassId) -> String {
    format!("{CARDS}?class={class}")
}

/// A teacher's own class or subject group.
#[must_use]
pub fn own_class(class: ClassId) -> String {
    format!("{HOME}/classes/{class}")
}

/// The login card of one pupil.
#[must_use]
pub fn card_of(pupil: AccountId) -> String {
    format!("{CARDS}?pupil={pupil}")
}

/// The login cards of the pupils that a run created.
#[must_use]
pub fn cards_of_run(run: RunId) -> String {
    format!("{CARDS}?run={run}")
}

/// The page of a run.
#[must_use]
pub fn run(run: RunId) -> String {
    format!("{RUNS}/{run}")
}

/// The address below which the lists of a run are.
#[must_use]
pub fn run_lists(run: RunId) -> String {
    format!("{RUNS}/{run}/people")
}

/// The page that shows what undoing a run would do.
#[must_use]
pub fn undo(run: RunId) -> String {
    format!("{RUNS}/{run}/undo")
}

/// A run's progress page.
#[must_use]
pub fn progress(run: RunId) -> String {
    format!("{WIZARD}/run/{run}")
}

/// A step of the wizard.
#[must_use]
pub fn step(step: Step) -> String {
    format!("{WIZARD}/{}", step.slug())
}

/// A step that is visited by "Change" on the summary.
#[must_use]
pub fn change(step: Step) -> String {
    format!("{WIZARD}/{}/change", step.slug())
}

/// A list of the summary, by its last part.
#[must_use]
pub fn summary_list(slug: &str) -> String {
    format!("{SUMMARY}/{slug}")
}

/// A query string being put together; what is empty is left out.
#[derive(Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds a text, if there is one.
    #[must_use]
    pub fn text(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(name);
            self.0.push('=');
            self.0.push_str(&String::from(js_sys::encode_uri_component(value)));
        }
        self
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub fn value(self, name: &str, value: Option<impl Display>) -> Self {
        let value = value.map(|value| value.to_string());
        self.text(name, value.as_deref())
    }

    /// Adds `name=true`, if it is set.
    #[must_use]
    pub fn flag(self, name: &str, set: bool) -> Self {
        self.text(name, set.then_some("true"))
    }

    /// The address with this query.
    #[must_use]
    pub fn on(self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}
