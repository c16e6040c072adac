//! The bare address: asks for the school, which the device then remembers.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use rollcall_shared::problem::Problem;
use rollcall_shared::session::SchoolCard;

use crate::address::{self, Query};
use crate::api;
use crate::asked::Asked;
use crate::components::{Button, Field, FieldKind, Form, Loaded, PageShell, error_of, missing};
use crate::state::session::{Session, remembered_school, start_page};

/// Asks for the school by name or number; goes straight on where the device remembers one.
#[component]
pub fn FindSchool() -> impl IntoView {
    let navigate = use_navigate();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| query.get("q")).unwrap_or_default());
    let problem = RwSignal::new(None::<Problem>);
    let name_or_number = RwSignal::new(asked.get_untracked());

    if !query.with_untracked(|query| query.get("choose").is_some()) {
        go_straight_on();
    }

    let search = Callback::new(move |()| {
        let q = name_or_number.get_untracked();
        if q.trim().is_empty() {
            problem.set(Some(missing("q", "Enter your school’s name or number")));
            return;
        }
        problem.set(None);
        let address = Query::new()
            .text("choose", Some("yes"))
            .text("q", Some(q.trim()))
            .on(address::FIND_SCHOOL);
        navigate(&address, NavigateOptions::default());
    });
    view! {
        <PageShell title="Find your school" problem>
            <div class="narrow-panel">
                <Form on_submit=search>
                    <Field
                        id="q"
                        label="Your school’s name or number"
                        hint="The number has 7 digits, such as 328 1102."
                        value=name_or_number
                        error=error_of(problem, "q")
                        kind=FieldKind::Search
                    />
                    <Button>"Find your school"</Button>
                </Form>
                {move || {
                    Some(asked.get()).filter(|asked| !asked.is_empty()).map(|asked| view! { <Found asked/> })
                }}
            </div>
        </PageShell>
    }
}

/// Leaves for the page of who is signed in, else for the sign-in page of the remembered school.
fn go_straight_on() {
    let session: Session = expect_context();
    let navigate = use_navigate();
    Effect::new(move |_| {
        let page = match session.me() {
            None => None,
            Some(Ok(me)) => Some(start_page(me.role).to_owned()),
            Some(Err(_)) => remembered_school().map(|slug| address::school(&slug)),
        };
        if let Some(page) = page {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            navigate(&page, options);
        }
    });
}

/// The schools that fit what was asked.
#[component]
fn Found(asked: String) -> impl IntoView {
    let schools = Asked::new(move || {
        let asked = asked.clone();
        async move { api::schools(&asked).await }
    });
    view! {
        <div role="status">
            <Loaded resource=schools let:schools>
                {found(schools)}
            </Loaded>
        </div>
    }
}

fn found(schools: Vec<SchoolCard>) -> AnyView {
    if schools.is_empty() {
        return view! {
            <p>
                "No school matches. Check the spelling, or use the school’s number. If your school is new here, ask the person who runs this platform to add it."
            </p>
        }
        .into_any();
    }
    let links = schools
        .into_iter()
        .map(|school| {
            view! {
                <li>
                    <a href=address::school(&school.slug)>{school.name}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <h2>"Choose your school"</h2>
        <ul class="plain-list">{links}</ul>
    }
    .into_any()
}
