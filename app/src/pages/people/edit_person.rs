//! The form that changes a person by hand.

use leptos::prelude::*;
use rollcall_shared::people::{ClassRow, EditPerson, PersonKind, PersonRow};
use rollcall_shared::problem::{Kind, Problem};

use super::fields::{Typed, name_fields, pupil_fields, staff_fields};
use super::list::Outcome;
use super::name_of;
use crate::api;
use crate::components::{Button, Form, Look, PageShell};
use crate::state::here::Here;
use crate::state::session::Session;

/// What changing the e-mail address of one's own account does.
const OWN_EMAIL: &str = "This is your own account: you stay signed in, and keep your password.";

/// What changing someone else's does.
const OTHERS_EMAIL: &str = "If you change the address, the account starts again: their password no longer works, they are signed out, and a new activation e-mail is sent to the new address. Links sent before stop working. This does not happen if you only change capital letters.";

/// The form, filled in with what is known.
#[component]
pub fn EditForm(
    /// The person as they are shown.
    person: PersonRow,
    /// The classes to choose from.
    classes: Vec<ClassRow>,
    /// The page of the person, which goes on when the form is closed.
    here: Here,
    /// Takes the outcome and the person as they are now; none if it was cancelled.
    on_end: Callback<Option<(Outcome, PersonRow)>>,
) -> impl IntoView {
    let session: Session = expect_context();
    let shown = person.details();
    let typed = Typed::new(&shown);
    let problem = RwSignal::new(None::<Problem>);
    let title = format!("Edit {}", name_of(&person));
    let kind = person.role.kind();
    let stays = match kind {
        PersonKind::Pupil => "The username and the password stay as they are.",
        PersonKind::Staff => "The username stays as it is.",
    };
    let lead = if person.linked {
        format!(
            "What you change stays as you set it. No sync changes it, whatever your MIS says, until you choose “Use what your MIS says”. {stays}"
        )
    } else {
        stays.to_owned()
    };
    let before = StoredValue::new(person);
    let save = Action::new_local(move |edit: &EditPerson| {
        let (edit, before) = (edit.clone(), before.get_value());
        async move {
            let answer = api::edit_person(before.id, &edit).await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(row) => {
                    let said = said(&before, &row, session.keeps_messages());
                    on_end.run(Some((Outcome::Done(said), row)));
                }
                // They are shown as they are now, to be changed again.
                Err(refused) if refused.kind == Kind::Stale => match api::person(before.id).await {
                    Ok(_) if here.is_left() => {}
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
                save.dispatch(EditPerson { shown: shown.clone(), wanted: typed.details() });
            }
        })
    };
    let of_kind = match kind {
        PersonKind::Pupil => pupil_fields(typed, classes, problem),
        PersonKind::Staff => {
            let is_own = session.signed_in().is_some_and(|me| me.account == before.get_value().id);
            staff_fields(typed, if is_own { OWN_EMAIL } else { OTHERS_EMAIL }, problem)
        }
    };
    view! {
        <PageShell title problem=problem>
            <p class="lead">{lead}</p>
            <Form on_submit=submit>
                {name_fields(typed, problem)}
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

/// What has been done.
fn said(before: &PersonRow, after: &PersonRow, keeps_messages: bool) -> String {
    if before.details() == after.details() {
        return "You made no changes.".to_owned();
    }
    let mut said = "Saved. What you changed stays as you set it.".to_owned();
    let folded = |row: &PersonRow| row.email.as_ref().map(|email| email.to_lowercase());
    if folded(before) != folded(after) && !after.activated {
        if before.activated {
            said.push_str(" Their old password no longer works, and they are signed out.");
        }
        if after.blocked {
            said.push_str(" They are blocked, so no activation e-mail was sent: send it once you let them sign in again.");
            return said;
        }
        said.push_str(if keeps_messages {
            " A new activation e-mail to the new address is kept here, because no mail server is set up. Older links no longer work."
        } else {
            " A new activation e-mail is on its way to the new address. Older links no longer work."
        });
    }
    said
}
