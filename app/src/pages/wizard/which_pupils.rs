//! Which pupils are imported in addition to those on roll: a question of step 3.

use leptos::prelude::*;
use rollcall_shared::settings::PupilScope;

use crate::components::{Checkboxes, Choice};

/// Pupils who are not simply on roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPupils {
    PreAdmissions,
    Guests,
    Subsidiary,
}

impl OtherPupils {
    const ALL: [Self; 3] = [Self::PreAdmissions, Self::Guests, Self::Subsidiary];

    const fn name(self) -> &'static str {
        match self {
            Self::PreAdmissions => "Pupils who have not started yet",
            Self::Guests => "Guest pupils",
            Self::Subsidiary => "Pupils whose main school is elsewhere",
        }
    }

    /// What follows from choosing them, and why they are left out unless they are chosen.
    const fn hint(self) -> &'static str {
        match self {
            Self::PreAdmissions => {
                "For next September’s intake, so that their login cards are ready. They can sign in only from the day they start, or once your MIS has them on roll. Anyone who does not come leaves like any other pupil."
            }
            Self::Guests => {
                "Pupils of another school who are with you for a while. Their own school creates their account."
            }
            Self::Subsidiary => {
                "Pupils registered at two schools whose main registration is elsewhere. Their main school creates their account. Those whose main school is yours are always imported."
            }
        }
    }

    const fn is_in(self, scope: PupilScope) -> bool {
        match self {
            Self::PreAdmissions => scope.pre_admissions,
            Self::Guests => scope.guests,
            Self::Subsidiary => scope.subsidiary,
        }
    }

    const fn put_in(self, scope: &mut PupilScope, is_in: bool) {
        match self {
            Self::PreAdmissions => scope.pre_admissions = is_in,
            Self::Guests => scope.guests = is_in,
            Self::Subsidiary => scope.subsidiary = is_in,
        }
    }
}

/// The other pupils in a scope, with their names.
pub fn other_pupils(scope: PupilScope) -> impl Iterator<Item = (OtherPupils, &'static str)> {
    let chosen = OtherPupils::ALL.into_iter().filter(move |others| others.is_in(scope));
    chosen.map(|others| (others, others.name()))
}

/// The question which other pupils to import.
#[component]
pub fn WhichPupils(
    /// The current answer on the page.
    scope: RwSignal<PupilScope>,
) -> impl IntoView {
    let choices = OtherPupils::ALL
        .into_iter()
        .map(|others| Choice::new(others, others.name()).hint(others.hint()))
        .collect();
    view! {
        <Checkboxes
            name="pupil_scope"
            legend="Other pupils to import"
            hint="Most schools tick none of these. If you untick one later, accounts that were created stay."
            choices
            ticked=Signal::derive(move || {
                scope.with(|scope| other_pupils(*scope).map(|(others, _)| others).collect())
            })
            on_tick=Callback::new(move |(others, is_in): (OtherPupils, bool)| {
                scope.update(|scope| others.put_in(scope, is_in));
            })
        />
    }
}
