//! What a run did, person by person and field by field, for `/runs/:id/people/:list`.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::ids::RunId;
use rollcall_shared::page::Page;
use rollcall_shared::plan::{PlanList, PlanPerson};

use super::{lists_of, page_of};
use crate::api;
use crate::components::{Back, Loaded, PageShell, Paging};
use crate::pages::not_found::NotFound;
use crate::pages::wizard::changes::{changes_table, problem_table};
use crate::pages::wizard::list::{Filter, address, asked_for};
use crate::pages::wizard::words::Listed;
use crate::state::asked::Asked;

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
    let path = format!("{}/{slug}", lists_of(run));
    let title = listed.words().0;
    let path_of_pages = path.clone();
    let show = move |page: Page<PlanPerson>| {
        let (number, page_size, total) = (page.page, page.page_size, page.total);
        let table = match listed {
            Listed::List(PlanList::Problem) => problem_table(page.rows, run, title),
            _ => changes_table(page.rows, title, |_| ().into_any()),
        };
        let path = path_of_pages.clone();
        view! {
            {table}
            <Paging
                page=number
                page_size=page_size
                total=total
                csv=asked.with_untracked(|asked| api::run_people_csv(run, asked))
                href=Callback::new(move |page| address(&path, &asked.get_untracked(), page))
            />
        }
    };
    view! {
        <PageShell title=title wide=true back=Back::to(page_of(run), "Back to the run")>
            <p class="lead">"What the run does with each of them, field by field."</p>
            <Filter path asked/>
            <Loaded resource=people children=show/>
        </PageShell>
    }
}
