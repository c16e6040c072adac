//! The form that changes a person by hand.

use leptos::prelude::*;
use rollcall_shared::people::{ClassRow, EditPerson, PersonDetails, PersonKind, PersonRow, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::year_group::YearGroup;

use super::add_staff::roles;
use super::list::Outcome;
use super::name_of;
use crate::api;
use crate::components::{
    Button, Field, FieldKind, Form, Look, PageShell, Radios, Select, error_of,
};
use crate::state::session::Session;

/// The form, filled in with what is known.
#[component]
pub fn EditForm(
    /// The person as they are shown.
    person: PersonRow,
    /// The classes to choose from.
    classes: Vec<ClassRow>,
    /// Takes what came of it and the person as they are now; nothing where it was given up.
    on_end: Callback<Option<(Outcome, PersonRow)>>,
) -> impl IntoView {
    let session: Session = expect_context();
    let shown = person.details();
    let typed = Typed::of(&shown);
    let problem = RwSignal::new(None::<Problem>);
    let title = format!("Edit {}", name_of(&person));
    let kind = person.role.kind();
    let stays = match kind {
        PersonKind::Pupil => "The username and the password stay as they are.",
        PersonKind::Staff => "The username stays as it is.",
    };
    let lead = if person.linked {
        format!(
            "What you change stays as you set it: a run leaves it, whatever your MIS says, until you hand it back. {stays}"
        )
    } else {
        stays.to_owned()
    };
    let before = StoredValue::new(person);
    let save = Action::new_local(move |edit: &EditPerson| {
        let edit = edit.clone();
        async move {
            let before = before.get_value();
            match api::edit_person(before.id, &edit).await {
                Ok(row) => {
                    let said = said(&before, &row, session.keeps_messages());
                    on_end.run(Some((Outcome::Done(said), row)));
                }
                // They are shown as they are now, to be changed anew.
                Err(refused) if refused.kind == Kind::Stale => match api::person(before.id).await {
                    Ok(row) => on_end.run(Some((Outcome::Failed(refused), row))),
                    Err(failed) => problem.set(Some(failed)),
                },
                Err(refused) => problem.set(Some(refused)),
            }
        }
    });
    let submit = {
        let shown = shown.clone();
        Callback::new(move |()| {
            if !save.pending().get_untracked() {
                save.dispatch(EditPerson { shown: shown.clone(), wanted: typed.wanted() });
            }
        })
    };
    let of_kind = match kind {
        PersonKind::Pupil => of_pupils(typed, &shown, classes, problem),
        PersonKind::Staff => {
            let is_own = session.signed_in().is_some_and(|me| me.account == before.get_value().id);
            of_staff(typed, is_own, problem)
        }
    };
    view! {
        <PageShell title problem=problem>
            <p class="lead">{lead}</p>
            <Form on_submit=submit>
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
                {of_kind}
                <div class="button-row">
                    <Button busy=save.pending()>"Save changes"</Button>
                    <Button look=Look::Quiet on_press=Callback::new(move |()| on_end.run(None))>
                        "Cancel"
                    </Button>
                </div>
            </Form>
        </PageShell>
    }
}

/// What has been typed and chosen.
#[derive(Clone, Copy)]
struct Typed {
    forename: RwSignal<String>,
    surname: RwSignal<String>,
    email: RwSignal<String>,
    role: RwSignal<Option<Role>>,
    year: RwSignal<Option<YearGroup>>,
    class: RwSignal<Option<rollcall_shared::ids::ClassId>>,
}

impl Typed {
    fn of(shown: &PersonDetails) -> Self {
        Self {
            forename: RwSignal::new(shown.forename.clone()),
            surname: RwSignal::new(shown.surname.clone()),
            email: RwSignal::new(shown.email.clone().unwrap_or_default()),
            role: RwSignal::new(Some(shown.role)),
            year: RwSignal::new(shown.year),
            class: RwSignal::new(shown.class),
        }
    }

    fn wanted(self) -> PersonDetails {
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

fn of_pupils(
    typed: Typed,
    shown: &PersonDetails,
    classes: Vec<ClassRow>,
    problem: RwSignal<Option<Problem>>,
) -> AnyView {
    let Typed { year, class, .. } = typed;
    // Years beyond a primary school's are for schools that have them.
    let own = shown.year.filter(|own| !YearGroup::primary().any(|year| year == *own));
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
            nothing="In no class"
            choices=classes
            value=class
            on_choose=Callback::new(move |chosen| class.set(chosen))
            error=error_of(problem, "class")
        />
    }
    .into_any()
}

fn of_staff(typed: Typed, is_own: bool, problem: RwSignal<Option<Problem>>) -> AnyView {
    let Typed { email, role, .. } = typed;
    let hint = if is_own {
        "This is your own account: you stay signed in, and your password stays as it is."
    } else {
        "With another address the account begins again: a password that has been set no longer works, they are signed out, and a new activation e-mail goes to the new address. Links sent before stop working. Changing only capitals does none of this."
    };
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
            legend="What may they do?"
            choices=roles()
            value=role
            on_choose=Callback::new(move |chosen| role.set(Some(chosen)))
            error=error_of(problem, "role")
        />
    }
    .into_any()
}

/// What has been done.
fn said(before: &PersonRow, after: &PersonRow, keeps_messages: bool) -> String {
    if before.details() == after.details() {
        return "Nothing was different, so nothing was changed.".to_owned();
    }
    let mut said = "Saved. What you changed stays as you set it.".to_owned();
    let folded = |row: &PersonRow| row.email.as_ref().map(|email| email.to_lowercase());
    if folded(before) != folded(after) && !after.activated {
        if before.activated {
            said.push_str(" Their old password no longer works, and they are signed out.");
        }
        said.push_str(if keeps_messages {
            " A new activation e-mail to the new address is kept here, because no mail server is set up. Older links no longer work."
        } else {
            " A new activation e-mail is on its way to the new address. Older links no longer work."
        });
    }
    said
}
