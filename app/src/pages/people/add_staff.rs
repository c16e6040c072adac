//! Adds a member of staff by hand: somebody who is not in the MIS, or whom a run could not import.

use leptos::prelude::*;
use rollcall_shared::people::{NewStaff, PersonKind, PersonRow, ProblemRef, Role};
use rollcall_shared::plan::{PersonField, PlanPerson};
use rollcall_shared::problem::{Kind, Problem};

use super::from_problem::{
    added_page, check_name, person_of, row_in_address, split_name, way_back, why_not_imported,
};
use crate::api;
use crate::components::{
    Back, Button, Choice, Field, FieldKind, Form, LoadingPage, PageShell, ProblemPage, Radios,
    error_of,
};
use crate::state::asked::Asked;
use crate::state::session::Session;

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
        None => view! { <LoadingPage title="Add a member of staff"/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| person.refetch());
            view! { <ProblemPage title="Add a member of staff" problem retry/> }.into_any()
        }
    })
    .into_any()
}

#[component]
fn AddStaffForm(
    /// Whom a run could not import.
    person: Option<PlanPerson>,
    /// Where in the run they stand.
    from: Option<ProblemRef>,
) -> impl IntoView {
    let known = |field| person.as_ref().and_then(|person| known(person, field));
    let (first, last) = person.as_ref().map(|person| split_name(&person.name)).unwrap_or_default();
    let forename = RwSignal::new(known(PersonField::Forename).unwrap_or(first));
    let surname = RwSignal::new(known(PersonField::Surname).unwrap_or(last));
    let email = RwSignal::new(known(PersonField::Email).unwrap_or_default());
    let role = RwSignal::new(Some(Role::Teacher));
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
            forename: forename.get_untracked().trim().to_owned(),
            surname: surname.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            role: role.get_untracked(),
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
    let back = way_back(from, Back::to("/users/staff", "Staff"));
    let why = StoredValue::new(person.and_then(|person| person.problem));
    move || {
        match added.get() {
        Some(person) => view! { <Added person from/> }.into_any(),
        None => view! {
            <PageShell title="Add a member of staff" back=back.clone() problem=problem>
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
                    <Field
                        id="email"
                        label="E-mail address"
                        hint="Their activation e-mail goes there. Nobody else in your school may have the same one."
                        value=email
                        error=error_of(problem, "email")
                        kind=FieldKind::Email
                        autocomplete="off"
                    />
                    <Radios
                        name="role"
                        legend="What may they do?"
                        choices=roles()
                        value=role
                        on_choose=Callback::new(move |chosen| role.set(Some(chosen)))
                        error=error_of(problem, "role")
                    />
                    <Button busy=add.pending()>"Add and send activation e-mail"</Button>
                </Form>
            </PageShell>
        }
        .into_any(),
    }
    }
}

/// What a member of staff may do.
pub(super) fn roles() -> Vec<Choice<Role>> {
    vec![
        Choice::new(Role::Teacher, Role::Teacher.label())
            .hint("Sees their own classes and subject groups."),
        Choice::new(Role::SupportStaff, Role::SupportStaff.label()).hint("Staff who do not teach."),
        Choice::new(Role::Admin, Role::Admin.label())
            .hint("Manages users, connects the MIS and runs the sync."),
    ]
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
        "An activation e-mail to {email} {where_it_is}. The link in it works once, for 30 days."
    );
    let role = ("Role", person.role.label().to_owned());
    added_page(person, from, said, role, ("/users/staff", "See the staff"))
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
