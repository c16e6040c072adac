//! What adding a pupil and adding a member of staff have in common: who in a run's problem list it
//! is about, and what is shown before and afterwards.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{PersonKind, PersonRow, ProblemRef};
use rollcall_shared::plan::{PersonProblem, PlanList, PlanPerson, PlanQuery};
use rollcall_shared::problem::Problem;

use super::name_of;
use crate::address;
use crate::api::{self, Answer};
use crate::components::{Back, LinkButton, Look, Notice, PageShell, Tone};

const WHERE_LISTED: &str = "Back to where they are listed";

/// The row of a run's problem list that the address names.
pub(super) fn row_in_address() -> Option<ProblemRef> {
    use_query_map().with_untracked(|query| {
        let run: RunId = query.get_str("run")?.parse().ok()?;
        let seq: u32 = query.get_str("seq")?.parse().ok()?;
        Some(ProblemRef { run, seq })
    })
}

/// Looks for the row among the people the run could not import.
pub(super) async fn person_of(from: ProblemRef, kind: PersonKind) -> Answer<Option<PlanPerson>> {
    let mut query =
        PlanQuery { list: Some(PlanList::Problem), kind: Some(kind), ..PlanQuery::default() };
    loop {
        let page = api::run_people(from.run, &query).await?;
        let pages = page.pages();
        if let Some(person) = page.rows.into_iter().find(|person| person.seq == from.seq) {
            return Ok(Some(person));
        }
        if page.page >= pages {
            return Ok(None);
        }
        query.page = Some(page.page + 1);
    }
}

/// The back link: to the run, or to the list of people.
pub(super) fn way_back(from: Option<ProblemRef>, list: Back) -> Back {
    from.map_or(list, |from| Back::to(address::run(from.run), WHERE_LISTED))
}

/// Says why the run could not import the person.
pub(super) fn why_not_imported(found: PersonProblem) -> impl IntoView {
    view! {
        <Notice title="Why the run could not import them">
            <p>{found.reason}</p>
            <p>{found.fix}</p>
        </Notice>
    }
}

/// First name and the rest, as a starting point to be corrected by hand.
pub(super) fn split_name(name: &str) -> (String, String) {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    (first.to_owned(), last.to_owned())
}

/// Adds to a problem that a name is missing, if both are.
pub(super) fn check_name(problem: Problem, forename: &str, surname: &str) -> Problem {
    if forename.is_empty() && surname.is_empty() {
        problem.field("forename", "missing", "Enter a first name or a surname")
    } else {
        problem
    }
}

/// The page of someone who has been added: the message, their username and one more fact,
/// and where to go next.
pub(super) fn added_page(
    person: PersonRow,
    from: Option<ProblemRef>,
    said: String,
    fact: (&'static str, String),
    next: (&'static str, &'static str),
) -> AnyView {
    let back = from.map(|from| {
        view! { <LinkButton href=address::run(from.run)>{WHERE_LISTED}</LinkButton> }
    });
    // There are their classes, their card, and whatever else can be done.
    let page = address::person(person.id);
    view! {
        <PageShell title=format!("{} has been added", name_of(&person))>
            <Notice tone=Tone::Success announced=true>
                <p>{said}</p>
            </Notice>
            <dl class="facts">
                <dt>"Username"</dt>
                <dd class="credential">{person.username}</dd>
                <dt>{fact.0}</dt>
                <dd>{fact.1}</dd>
            </dl>
            <div class="button-row">
                {back}
                <LinkButton href=page look=Look::Secondary>"Open their page"</LinkButton>
                <LinkButton href=next.0 look=Look::Secondary>
                    {next.1}
                </LinkButton>
            </div>
        </PageShell>
    }
    .into_any()
}
