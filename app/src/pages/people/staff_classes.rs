//! The classes and subject groups of a member of staff who is not in the MIS: chosen here.

use std::collections::BTreeSet;

use leptos::prelude::*;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassRow, PersonRow, SetStaffClasses};
use rollcall_shared::problem::Kind;

use super::list::Outcome;
use super::name_of;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{Button, Checkboxes, Choice, Form, Loaded, Look, focus_on};
use crate::sets::set_of;

/// The choice, opened by a press.
#[component]
pub(super) fn ClassesOfStaff(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let id = person.with_untracked(|person| person.id);
    let is_open = RwSignal::new(false);
    let open = Callback::new(move |()| is_open.set(true));
    // The button that is pressed goes, both ways: the focus is on what takes its place.
    Effect::new(move |before: Option<bool>| {
        let is_open = is_open.get();
        if before == Some(true) && !is_open && outcome.with_untracked(Option::is_none) {
            focus_on("#choose-classes button");
        }
        is_open
    });
    move || {
        if !is_open.get() {
            return view! {
                <div id="choose-classes" class="button-row">
                    <Button look=Look::Secondary on_press=open>"Choose their classes"</Button>
                </div>
            }
            .into_any();
        }
        let known = Asked::new(move || known(id));
        view! {
            <Loaded resource=known let:known>
                <Chooser person outcome is_open all=known.0 shown=known.1/>
            </Loaded>
        }
        .into_any()
    }
}

/// All classes and subject groups, and those of the person.
async fn known(id: AccountId) -> Answer<(Vec<ClassRow>, BTreeSet<ClassId>)> {
    Ok((api::classes().await?, api::staff_classes(id).await?.classes))
}

#[component]
fn Chooser(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
    is_open: RwSignal<bool>,
    /// All classes and subject groups of the school.
    all: Vec<ClassRow>,
    /// Those of the person, as they were when they were asked for.
    shown: BTreeSet<ClassId>,
) -> impl IntoView {
    let ticked = RwSignal::new(shown.iter().copied().collect::<Vec<_>>());
    let choices = all
        .into_iter()
        .map(|class| {
            let choice = Choice::new(class.id, class.name);
            match class.subject {
                Some(subject) => choice.hint(subject),
                None => choice,
            }
        })
        .collect();
    let save = Action::new_local(move |classes: &SetStaffClasses| {
        let (classes, id) = (classes.clone(), person.with_untracked(|person| person.id));
        async move {
            outcome.set(Some(match api::set_staff_classes(id, &classes).await {
                Ok(row) => {
                    let words = format!("The classes of {} have been saved.", name_of(&row));
                    person.set(row);
                    is_open.set(false);
                    Outcome::Done(words)
                }
                Err(problem) => {
                    // They are asked for again when it is opened.
                    is_open.set(problem.kind != Kind::Stale);
                    Outcome::Failed(problem)
                }
            }));
        }
    });
    Effect::new(|_| focus_on("#classes"));
    let submit = Callback::new(move |()| {
        let wanted = set_of(ticked.get_untracked());
        if !save.pending().get_untracked() {
            save.dispatch(SetStaffClasses { shown: shown.clone(), wanted });
        }
    });
    let tick = Callback::new(move |(class, now): (ClassId, bool)| {
        ticked.update(|ticked| {
            ticked.retain(|one| *one != class);
            if now {
                ticked.push(class);
            }
        });
    });
    let cancel = Callback::new(move |()| {
        outcome.set(None);
        is_open.set(false);
    });
    view! {
        <Form on_submit=submit>
            <Checkboxes
                name="classes"
                legend="Their classes and subject groups"
                hint="They see the pupils of these, and can show or renew their passwords."
                choices
                ticked
                on_tick=tick
            />
            <div class="button-row">
                <Button busy=save.pending()>"Save classes"</Button>
                <Button look=Look::Quiet on_press=cancel>
                    "Cancel"
                </Button>
            </div>
        </Form>
    }
}
