//! Adds a pupil by hand: someone who could not be imported without a year group, or who is
//! not in the MIS.

use leptos::prelude::*;
use rollcall_shared::people::{
    ClassKind, ClassRow, NewPupil, PersonDetails, PersonKind, PersonRow, ProblemRef, Role,
};
use rollcall_shared::plan::PlanPerson;
use rollcall_shared::problem::{Kind, Problem};

use super::fields::{Typed, name_fields, pupil_fields};
use super::from_problem::{
    added_page, check_name, person_of, row_in_address, split_name, way_back, why_not_imported,
};
use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{Back, Button, Form, PageShell, unanswered_page};

/// The form, filled in as far as a run's problem row knows the person.
#[component]
pub fn AddPupil() -> impl IntoView {
    let from = row_in_address();
    let known = Asked::new(move || known(from));
    (move || match known.get() {
        Some(Ok((person, classes))) => view! { <AddPupilForm person classes from/> }.into_any(),
        answer => unanswered_page("Add a pupil", known, answer.and_then(Result::err)),
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
    /// The person a run could not import.
    person: Option<PlanPerson>,
    /// The classes to choose from.
    classes: Vec<ClassRow>,
    /// Their row in the run.
    from: Option<ProblemRef>,
) -> impl IntoView {
    let (first, last) = person.as_ref().map(|person| split_name(&person.name)).unwrap_or_default();
    let own_class = person.as_ref().and_then(|person| person.class.clone());
    let own_class = classes.iter().find(|class| Some(&class.name) == own_class.as_ref());
    let typed = Typed::new(&PersonDetails {
        role: Role::Pupil,
        forename: first,
        surname: last,
        email: None,
        year: None,
        class: own_class.map(|class| class.id),
    });
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
            forename: typed.forename.get_untracked().trim().to_owned(),
            surname: typed.surname.get_untracked().trim().to_owned(),
            year: typed.year.get_untracked(),
            class: typed.class.get_untracked(),
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
    let back = way_back(from, Back::to(address::PUPILS, "Pupils"));
    let why = StoredValue::new(person.and_then(|person| person.problem));
    move || match added.get() {
        Some(person) => view! { <Added person from/> }.into_any(),
        None => view! {
            <PageShell title="Add a pupil" back=back.clone() problem=problem>
                {why.get_value().map(why_not_imported)}
                <Form on_submit=submit>
                    {name_fields(typed, problem)}
                    {pupil_fields(typed, classes.get_value(), problem)}
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
    let said = "They can sign in with their login card. Until your MIS has a year group for them, the one you chose stays.";
    added_page(
        person,
        from,
        said.to_owned(),
        ("Year group", year),
        (address::CARDS, "Print login cards"),
    )
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
