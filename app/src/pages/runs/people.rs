//! What a run did, person by person and field by field.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::ids::RunId;
use rollcall_shared::page::Page;
use rollcall_shared::plan::{PlanList, PlanPerson};
use rollcall_shared::run::RunStatus;

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Loaded, PageShell};
use crate::pages::not_found::NotFound;
use crate::pages::wizard::changes::{changes_table, problem_table, unmatched_table};
use crate::pages::wizard::list::{Filter, asked_for, duplicates_table, kept_table, paged};
use crate::pages::wizard::words::Listed;

/// What a list says of a finished run that keeps nobody in it.
pub fn not_kept() -> AnyView {
    view! {
        <p class="empty">
            "A finished run keeps only the people it changed, or was unsure of, and one that changed no one keeps only numbers. "
            <a href=address::SUMMARY>"See everyone as they are now"</a>
        </p>
    }
    .into_any()
}

/// A list of a run.
#[component]
pub fn RunPeople() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        params.with(|params| {
            let run: RunId = params.get("id")?.parse().ok()?;
            let slug = params.get("list")?;
            Some((run, slug.clone(), Listed::of_slug(&slug)?))
        })
    });
    move || match place.get() {
        Some((run, slug, listed)) => view! { <List run slug listed/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn List(run: RunId, slug: String, listed: Listed) -> impl IntoView {
    let asked = asked_for(listed);
    let people = Asked::new(move || {
        let asked = asked.get();
        async move { api::run_people(run, &asked).await }
    });
    let run_itself = Asked::new(move || api::run(run));
    let lead = move || {
        let run = run_itself.get()?.ok()?;
        Some(match run.status {
            RunStatus::Done => "What the run did for each person, field by field.",
            status if status.was_cut_short() => {
                "What the run would have done for each person, field by field. It ended before it reached everyone."
            }
            _ => "What the run will do for each person, field by field.",
        })
    };
    let path = format!("{}/{slug}", address::run_lists(run));
    let title = listed.words().0;
    let path_of_pages = path.clone();
    let show = move |page: Page<PlanPerson>| {
        let asked = asked.get_untracked();
        if page.total == 0 && asked.q.is_none() && asked.kind.is_none() {
            return not_kept();
        }
        paged(run, path_of_pages.clone(), asked, page, |people| match listed {
            Listed::List(PlanList::Problem) => problem_table(people, run, title),
            Listed::List(PlanList::PossibleDuplicate) => duplicates_table(people, None),
            Listed::List(PlanList::Unmatched) => unmatched_table(people, title),
            Listed::Kept => kept_table(people, title, None),
            _ => changes_table(people, title, |_| ().into_any()),
        })
    };
    view! {
        <PageShell title=title wide=true back=Back::to(address::run(run), "Back to the run")>
            <p class="lead">{lead}</p>
            <Filter path asked/>
            <Loaded resource=people children=show/>
        </PageShell>
    }
}
