//! Adds a member of staff by hand: someone who is not in the MIS, or could not be imported.

use leptos::prelude::*;
use rollcall_shared::people::{NewStaff, PersonDetails, PersonKind, PersonRow, ProblemRef, Role};
use rollcall_shared::plan::{PersonField, PlanPerson};
use rollcall_shared::problem::{Kind, Problem};

use super::fields::{Typed, name_fields, staff_fields};
use super::from_problem::{
    added_page, check_name, person_of, row_in_address, split_name, way_back, why_not_imported,
};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Button, Form, PageShell, unanswered_page};
use crate::state::session::Session;

/// What the e-mail address is for.
const EMAIL: &str =
    "Their activation e-mail is sent there. No one else at your school can have the same address.";

/// The form, filled in as far as a run's problem row knows the person.
#[component]
pub fn AddStaff() -> impl IntoView {
    let from_problem = row_in_address();
    let Some(from) = from_problem else {
        return view! { <AddStaffForm person=None from=None/> }.into_any();
    };
    let person = Asked::new(move || person_of(from, PersonKind::Staff));
    (move || match person.get() {
        Some(Ok(person)) => view! { <AddStaffForm person from=Some(from)/> }.into_any(),
        answer => unanswered_page("Add a member of staff", person, answer.and_then(Result::err)),
    })
    .into_any()
}

#[component]
fn AddStaffForm(
    /// The person a run could not import.
    person: Option<PlanPerson>,
    /// Their row in the run.
    from: Option<ProblemRef>,
) -> impl IntoView {
    let known = |field| person.as_ref().and_then(|person| known(person, field));
    let (first, last) = person.as_ref().map(|person| split_name(&person.name)).unwrap_or_default();
    let typed = Typed::new(&PersonDetails {
        role: Role::Teacher,
        forename: known(PersonField::Forename).unwrap_or(first),
        surname: known(PersonField::Surname).unwrap_or(last),
        email: known(PersonField::Email),
        year: None,
        class: None,
    });
    let problem = RwSignal::new(None::<Problem>);
    let added = RwSignal::new(None::<PersonRow>);

    let add = Action::new_local(move |staff: &NewStaff| {
        let staff = staff.clone();
        async move {
            match api::add_staff(&staff).await {
                Ok(person) => {
                    problem.set(None);
                    added.set(Some(person));
                }
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        let staff = NewStaff {
            forename: typed.forename.get_untracked().trim().to_owned(),
            surname: typed.surname.get_untracked().trim().to_owned(),
            email: typed.email.get_untracked().trim().to_owned(),
            role: typed.role.get_untracked(),
            from_problem: from,
        };
        match check(&staff) {
            Some(found) => problem.set(Some(found)),
            None if add.pending().get_untracked() => {}
            None => {
                add.dispatch(staff);
            }
        }
    });
    let back = way_back(from, Back::to(address::STAFF, "Staff"));
    let why = StoredValue::new(person.and_then(|person| person.problem));
    move || match added.get() {
        Some(person) => view! { <Added person from/> }.into_any(),
        None => view! {
            <PageShell title="Add a member of staff" back=back.clone() problem=problem>
                {why.get_value().map(why_not_imported)}
                <Form on_submit=submit>
                    {name_fields(typed, problem)}
                    {staff_fields(typed, EMAIL, problem)}
                    <Button busy=add.pending()>"Add and send activation e-mail"</Button>
                </Form>
            </PageShell>
        }
        .into_any(),
    }
}

#[component]
fn Added(person: PersonRow, from: Option<ProblemRef>) -> impl IntoView {
    let session: Session = expect_context();
    let email = person.email.clone().unwrap_or_default();
    let where_it_is = if session.keeps_messages() {
        "is kept here, because no mail server is set up"
    } else {
        "is on its way"
    };
    let said = format!(
        "An activation e-mail to {email} {where_it_is}. The link in it can be used once and expires after 30 days."
    );
    let role = ("Role", person.role.label().to_owned());
    added_page(person, from, said, role, (address::STAFF, "See the staff"))
}

/// What can be said against the form before it is sent.
fn check(staff: &NewStaff) -> Option<Problem> {
    let problem = Problem::new(Kind::Unusable, "Some answers are missing");
    let mut problem = check_name(problem, &staff.forename, &staff.surname);
    if staff.email.is_empty() {
        problem = problem.field("email", "missing", "Enter an e-mail address");
    } else if !staff.email.contains('@') {
        let message = "Enter an e-mail address in full, such as name@school.example";
        problem = problem.field("email", "unusable", message);
    }
    (!problem.errors.is_empty()).then_some(problem)
}

fn known(person: &PlanPerson, field: PersonField) -> Option<String> {
    let change = person.fields.iter().find(|change| change.field == field)?;
    change.after.clone().or_else(|| change.before.clone())
}
