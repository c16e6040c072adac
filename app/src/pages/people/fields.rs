//! The fields that the forms for adding and changing people share.

use leptos::prelude::*;
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::{ClassRow, PersonDetails, Role};
use rollcall_shared::problem::Problem;
use rollcall_shared::year_group::YearGroup;

use crate::components::{Choice, Field, FieldKind, Radios, Select, error_of};

/// What has been typed and chosen.
#[derive(Clone, Copy)]
pub struct Typed {
    pub forename: RwSignal<String>,
    pub surname: RwSignal<String>,
    pub email: RwSignal<String>,
    pub role: RwSignal<Option<Role>>,
    pub year: RwSignal<Option<YearGroup>>,
    pub class: RwSignal<Option<ClassId>>,
}

impl Typed {
    /// The fields as they are to begin with.
    pub fn new(shown: &PersonDetails) -> Self {
        Self {
            forename: RwSignal::new(shown.forename.clone()),
            surname: RwSignal::new(shown.surname.clone()),
            email: RwSignal::new(shown.email.clone().unwrap_or_default()),
            role: RwSignal::new(Some(shown.role)),
            year: RwSignal::new(shown.year),
            class: RwSignal::new(shown.class),
        }
    }

    /// The answers.
    pub fn details(self) -> PersonDetails {
        PersonDetails {
            role: self.role.get_untracked().unwrap_or(Role::Pupil),
            forename: self.forename.get_untracked(),
            surname: self.surname.get_untracked(),
            email: Some(self.email.get_untracked()),
            year: self.year.get_untracked(),
            class: self.class.get_untracked(),
        }
    }
}

/// The name.
pub fn name_fields(typed: Typed, problem: RwSignal<Option<Problem>>) -> AnyView {
    view! {
        <Field
            id="forename"
            label="First name"
            value=typed.forename
            error=error_of(problem, "forename")
            autocomplete="off"
        />
        <Field
            id="surname"
            label="Surname"
            value=typed.surname
            error=error_of(problem, "surname")
            autocomplete="off"
        />
    }
    .into_any()
}

/// What only pupils have: a year group and a class.
pub fn pupil_fields(
    typed: Typed,
    classes: Vec<ClassRow>,
    problem: RwSignal<Option<Problem>>,
) -> AnyView {
    let Typed { year, class, .. } = typed;
    // Years beyond a primary school's are for schools that have them.
    let own = year.get_untracked().filter(|own| !YearGroup::primary().any(|year| year == *own));
    let years = YearGroup::primary().chain(own).map(|year| (year, year.to_string())).collect();
    let classes = classes.into_iter().map(|class| (class.id, class.name)).collect();
    view! {
        <Select
            id="year"
            label="Year group"
            nothing="Choose a year group"
            choices=years
            value=year
            on_choose=Callback::new(move |chosen| year.set(chosen))
            error=error_of(problem, "year")
        />
        <Select
            id="class"
            label="Class"
            nothing="No class"
            choices=classes
            value=class
            on_choose=Callback::new(move |chosen| class.set(chosen))
            error=error_of(problem, "class")
        />
    }
    .into_any()
}

/// What only staff have: an e-mail address, with a hint, and a role.
pub fn staff_fields(
    typed: Typed,
    hint: &'static str,
    problem: RwSignal<Option<Problem>>,
) -> AnyView {
    let Typed { email, role, .. } = typed;
    view! {
        <Field
            id="email"
            label="E-mail address"
            hint=hint
            value=email
            error=error_of(problem, "email")
            kind=FieldKind::Email
            autocomplete="off"
        />
        <Radios
            name="role"
            legend="What can they do?"
            choices=roles()
            value=role
            on_choose=Callback::new(move |chosen| role.set(Some(chosen)))
            error=error_of(problem, "role")
        />
    }
    .into_any()
}

/// What a member of staff can do.
fn roles() -> Vec<Choice<Role>> {
    vec![
        Choice::new(Role::Teacher, Role::Teacher.label())
            .hint("Sees their own classes and subject groups."),
        Choice::new(Role::SupportStaff, Role::SupportStaff.label()).hint("Staff who do not teach."),
        Choice::new(Role::Admin, Role::Admin.label())
            .hint("Manages users, connects the MIS and runs the sync."),
    ]
}
