//! Adds a pupil by hand: somebody whom a run could not import for want of a year group, or who is
//! not in the MIS.

use leptos::prelude::*;
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::{ClassKind, ClassRow, NewPupil, PersonKind, PersonRow, ProblemRef};
use rollcall_shared::plan::PlanPerson;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::year_group::YearGroup;

use super::from_problem::{
    added_page, check_name, person_of, row_in_address, split_name, way_back, why_not_imported,
};
use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Field, Form, LoadingPage, PageShell, ProblemPage, Select, error_of,
};
use crate::state::asked::Asked;

/// The form, filled in as far as a run's problem row knows the person.
#[component]
pub fn AddPupil() -> impl IntoView {
    let from = row_in_address();
    let known = Asked::new(move || known(from));
    (move || match known.get() {
        Some(Ok((person, classes))) => view! { <AddPupilForm person classes from/> }.into_any(),
        None => view! { <LoadingPage title="Add a pupil"/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| known.refetch());
            view! { <ProblemPage title="Add a pupil" problem retry/> }.into_any()
        }
    })
    .into_any()
}

/// The person of the problem list, and the classes there are to choose from.
async fn known(from: Option<ProblemRef>) -> Answer<(Option<PlanPerson>, Vec<ClassRow>)> {
    let person = match from {
        Some(from) => person_of(from, PersonKind::Pupil).await?,
        None => None,
    };
    let mut classes = api::classes().await?;
    classes.retain(|class| class.kind == ClassKind::Class);
    Ok((person, classes))
}

#[component]
fn AddPupilForm(
    /// Whom a run could not import.
    person: Option<PlanPerson>,
    /// The classes to choose from.
    classes: Vec<ClassRow>,
    /// Where in the run they stand.
    from: Option<ProblemRef>,
) -> impl IntoView {
    let (first, last) = person.as_ref().map(|person| split_name(&person.name)).unwrap_or_default();
    let (forename, surname) = (RwSignal::new(first), RwSignal::new(last));
    let year = RwSignal::new(None::<YearGroup>);
    let own_class = person.as_ref().and_then(|person| person.class.clone());
    let class = RwSignal::new(
        classes.iter().find(|class| Some(&class.name) == own_class.as_ref()).map(|class| class.id),
    );
    let classes: Vec<(ClassId, String)> =
        classes.into_iter().map(|class| (class.id, class.name)).collect();
    let classes = StoredValue::new(classes);
    let problem = RwSignal::new(None::<Problem>);
    let added = RwSignal::new(None::<PersonRow>);
    let add = Action::new_local(move |pupil: &NewPupil| {
        let pupil = pupil.clone();
        async move {
            match api::add_pupil(&pupil).await {
                Ok(person) => {
                    problem.set(None);
                    added.set(Some(person));
                }
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        let pupil = NewPupil {
            forename: forename.get_untracked().trim().to_owned(),
            surname: surname.get_untracked().trim().to_owned(),
            year: year.get_untracked(),
            class: class.get_untracked(),
            from_problem: from,
        };
        match check(&pupil) {
            Some(found) => problem.set(Some(found)),
            None if add.pending().get_untracked() => {}
            None => {
                add.dispatch(pupil);
            }
        }
    });
    let back = way_back(from, Back::to("/users/pupils", "Pupils"));
    let why = StoredValue::new(person.and_then(|person| person.problem));
    move || match added.get() {
        Some(person) => view! { <Added person from/> }.into_any(),
        None => view! {
            <PageShell title="Add a pupil" back=back.clone() problem=problem>
                {why.get_value().map(why_not_imported)}
                <Form on_submit=submit>
                    <Field
                        id="forename"
                        label="First name"
                        value=forename
                        error=error_of(problem, "forename")
                        autocomplete="off"
                    />
                    <Field
                        id="surname"
                        label="Surname"
                        value=surname
                        error=error_of(problem, "surname")
                        autocomplete="off"
                    />
                    <Select
                        id="year"
                        label="Year group"
                        nothing="Choose a year group"
                        choices=YearGroup::primary().map(|year| (year, year.to_string())).collect()
                        value=year
                        on_choose=Callback::new(move |chosen| year.set(chosen))
                        error=error_of(problem, "year")
                    />
                    <Select
                        id="class"
                        label="Class"
                        nothing="In no class"
                        choices=classes.get_value()
                        value=class
                        on_choose=Callback::new(move |chosen| class.set(chosen))
                        error=error_of(problem, "class")
                    />
                    <Button busy=add.pending()>"Add this pupil"</Button>
                </Form>
            </PageShell>
        }
        .into_any(),
    }
}

#[component]
fn Added(person: PersonRow, from: Option<ProblemRef>) -> impl IntoView {
    let year = person.year.map(|year| year.to_string()).unwrap_or_default();
    let said = "They can sign in with their login card. As long as your MIS has no year group for them, the one you gave stays.";
    added_page(person, from, said.to_owned(), ("Year group", year), ("/cards", "Print login cards"))
}

/// What can be said against the form before it is sent.
fn check(pupil: &NewPupil) -> Option<Problem> {
    let problem = Problem::new(Kind::Unusable, "Some answers are missing");
    let mut problem = check_name(problem, &pupil.forename, &pupil.surname);
    if pupil.year.is_none() {
        problem = problem.field("year", "missing", "Choose a year group");
    }
    (!problem.errors.is_empty()).then_some(problem)
}
