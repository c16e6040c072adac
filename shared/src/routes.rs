//! The addresses of the JSON API, as the server mounts them and the app asks for them. In a
//! pattern, `{…}` is what the app fills in with [`with`].

/// Fills the first `{…}` of a pattern.
#[must_use]
pub fn with(pattern: &str, value: &dyn std::fmt::Display) -> String {
    match (pattern.find('{'), pattern.find('}')) {
        (Some(start), Some(end)) if start < end => {
            let (head, rest) = pattern.split_at(start);
            let tail = rest.get(end - start + 1..).unwrap_or_default();
            format!("{head}{value}{tail}")
        }
        _ => pattern.to_owned(),
    }
}

// --- public ---

/// GET → `Platform`.
pub const PLATFORM: &str = "/api/platform";
/// GET `?q=` (a name or a number) → `Vec<SchoolCard>`, ten at most.
pub const SCHOOLS: &str = "/api/schools";
/// GET → `SchoolCard`.
pub const SCHOOL: &str = "/api/schools/{slug}";
/// POST `SignIn` → `Me`.
pub const SIGN_IN: &str = "/api/schools/{slug}/sign-in";
/// POST `SignIn` with the username, or a card's key, only → `WayIn`.
pub const SIGN_IN_WITH: &str = "/api/schools/{slug}/sign-in-with";
/// POST `ForgottenPassword` → nothing: if a member of staff is called so, they are sent a link.
pub const FORGOTTEN_PASSWORD: &str = "/api/schools/{slug}/forgotten-password";
/// POST → nothing.
pub const SIGN_OUT: &str = "/api/sign-out";
/// POST `ActivationToken` → `Activation`.
pub const ACTIVATION: &str = "/api/activation";
/// POST `SetPassword` → `Me`, signed in.
pub const ACTIVATE: &str = "/api/activation/password";
/// POST, form-encoded: Groupcall's callback.
pub const XOD_CALLBACK: &str = "/api/xod/callback";
/// GET → `Vec<UnsentMessage>`, newest first; only where no SMTP is configured.
pub const MESSAGES: &str = "/api/messages";

/// GET → what stands here, for programs: an OpenAPI document.
pub const OPENAPI: &str = "/api/openapi.json";

// --- for operators ---

/// GET → 200 as long as the process answers.
pub const HEALTHZ: &str = "/healthz";
/// GET → 200 if the database, the keys and the worker are ready, 503 with which is not.
pub const READYZ: &str = "/readyz";

// --- signed in ---

/// GET → `Me`.
pub const ME: &str = "/api/me";
/// GET → `Home`.
pub const HOME: &str = "/api/home";
/// POST `ChangePassword` → nothing: other sessions end; audited. Staff only.
pub const OWN_PASSWORD: &str = "/api/me/password";
/// GET → `Vec<OwnSession>`: where the person is signed in, the newest first.
pub const OWN_SESSIONS: &str = "/api/me/sessions";
/// POST → nothing: all sessions end but the one that asks; audited.
pub const END_OTHER_SESSIONS: &str = "/api/me/sessions/end-others";

// --- teachers, for their own classes and groups, and admins ---

/// GET → `OwnClass`.
pub const OWN_CLASS: &str = "/api/home/classes/{id}";
/// POST → `RevealedPassword`; audited.
pub const REVEAL: &str = "/api/people/{id}/reveal";
/// POST → `RevealedPassword`: a new password for a pupil; the old one stops working; audited.
pub const NEW_PASSWORD: &str = "/api/people/{id}/new-password";
/// POST `CardsRequest` → `Cards`; audited. A teacher asks for a class or a pupil.
pub const CARDS: &str = "/api/cards";

// --- admins ---

/// GET → `Dashboard`.
pub const DASHBOARD: &str = "/api/dashboard";
/// GET `PeopleQuery` → `Page<PersonRow>`.
pub const PEOPLE: &str = "/api/people";
/// GET → `PersonRow`; PUT `EditPerson` → `PersonRow`; audited.
pub const PERSON: &str = "/api/people/{id}";
/// GET → `StaffClasses`; PUT `SetStaffClasses` → `PersonRow`, of staff who are not in the MIS; audited.
pub const STAFF_CLASSES: &str = "/api/people/{id}/classes";
/// The list of people as a table file: the same filter, all pages.
pub const PEOPLE_CSV: &str = "/api/people.csv";
/// POST → `PersonRow`: out of the trash, with the login they had.
pub const RESTORE: &str = "/api/people/{id}/restore";
/// POST `HandBack` → `PersonRow`: the next run takes what the MIS says; audited.
pub const HAND_BACK: &str = "/api/people/{id}/hand-back";
/// POST → `OnePerson`: asks the MIS about this person, and plans what that would change.
pub const FROM_MIS: &str = "/api/people/{id}/from-mis";
/// POST → `PersonRow`: to the trash, as if they had left; audited.
pub const TRASH: &str = "/api/people/{id}/trash";
/// POST → `PersonRow`: signed out everywhere, and can't sign in; audited.
pub const BLOCK: &str = "/api/people/{id}/block";
/// POST → `PersonRow`: can sign in again as before; audited.
pub const UNBLOCK: &str = "/api/people/{id}/unblock";
/// POST → `PersonRow`: a new activation e-mail; the old link stops working; audited.
pub const SEND_ACTIVATION: &str = "/api/people/{id}/activation";
/// POST → `SentAgain`: a new activation e-mail to all staff who have set no password yet; audited.
pub const SEND_ACTIVATIONS: &str = "/api/activations";
/// GET → `MailStanding`.
pub const MAIL: &str = "/api/mail";
/// POST `NewStaff` → `PersonRow`.
pub const STAFF: &str = "/api/staff";
/// POST: adds a pupil by hand.
pub const PUPILS: &str = "/api/pupils";
/// GET → `Vec<ClassRow>`: classes and subject groups.
pub const CLASSES: &str = "/api/classes";

/// POST → `PersonRow`: the QR code on this pupil's cards stops working; the next card printed has a
/// new one; audited.
pub const NEW_CARD: &str = "/api/people/{id}/card";
/// GET → `SignIns`: the school's networks, and what is slowed.
pub const SIGN_INS: &str = "/api/sign-ins";
/// POST → `SignIns`: no one has to wait any longer; audited.
pub const UNLOCK: &str = "/api/sign-ins/unlock";
/// POST `Network` → `SignIns`: this network is the school's; audited.
pub const ADD_NETWORK: &str = "/api/sign-ins/networks";
/// POST `Network` → `SignIns`: this network is not the school's; audited.
pub const REMOVE_NETWORK: &str = "/api/sign-ins/networks/remove";

/// GET → `ConnectionView`.
pub const CONNECTION: &str = "/api/connection";
/// POST `Invite` → `ConnectionView`.
pub const INVITE: &str = "/api/connection/invite";
/// POST → `ConnectionView`: "Check now".
pub const CHECK: &str = "/api/connection/check";
/// POST → `ConnectionView`: everyone who is missing has really left; the MIS is read again.
pub const ABSENCES_COUNT: &str = "/api/connection/absences-count";
/// POST `Disconnect` → `ConnectionView`.
pub const DISCONNECT: &str = "/api/connection/disconnect";
/// GET → `ConsentRecord`, as a file.
pub const CONSENT_RECORD: &str = "/api/connection/consent-record";

/// GET → `WizardView`.
pub const WIZARD: &str = "/api/wizard";
/// PUT `SaveDraft` → `WizardView`.
pub const DRAFT: &str = "/api/wizard/draft";
/// POST → `WizardView`: reads the MIS (again), in the background.
pub const READ_ROSTER: &str = "/api/wizard/roster";
/// GET `?kind=` → `UsernamePreview`.
pub const USERNAMES: &str = "/api/wizard/usernames";
/// GET → `Vec<PasswordFormatInfo>`.
pub const PASSWORDS: &str = "/api/wizard/passwords";
/// POST → `PlanSummary`: makes a plan from the stored roster, the draft and the accounts as they
/// are; the same again while nothing has changed.
pub const PLAN: &str = "/api/wizard/plan";

/// GET → `Vec<RunRow>`, newest first.
pub const RUNS: &str = "/api/runs";
/// GET → `RunView`.
pub const RUN: &str = "/api/runs/{id}";
/// GET → `PlanSummary`.
pub const RUN_SUMMARY: &str = "/api/runs/{id}/summary";
/// GET `PlanQuery` → `Page<PlanPerson>`.
pub const RUN_PEOPLE: &str = "/api/runs/{id}/people";
/// A list of a plan as a table file: the same filter, all pages.
pub const RUN_PEOPLE_CSV: &str = "/api/runs/{id}/people.csv";
/// POST `Resolve` → `PlanSummary` of the new plan.
pub const RESOLVE: &str = "/api/runs/{id}/resolve";
/// POST `Rename` → `PlanSummary` of the new plan.
pub const RENAME: &str = "/api/runs/{id}/username";
/// POST → `PlanSummary` of the new plan: accepts all the sure ones.
pub const RESOLVE_SURE: &str = "/api/runs/{id}/resolve-sure";
/// GET → `Settings`: those the run was made with.
pub const RUN_SETTINGS: &str = "/api/runs/{id}/settings";
/// POST → `PlanSummary` of the run that takes this one back: shown first, then finished.
pub const UNDO: &str = "/api/runs/{id}/undo";
/// POST `Finish` → `RunView`.
pub const FINISH: &str = "/api/runs/{id}/finish";
/// POST → `RunView`: stops a run that is going.
pub const CANCEL: &str = "/api/runs/{id}/cancel";

/// GET → `Schedule`; PUT `SaveSchedule` → `Schedule`: the nightly sync.
pub const SCHEDULE: &str = "/api/schedule";
/// POST → `Schedule`: the nightly sync now, without waiting for the night.
pub const SCHEDULE_NOW: &str = "/api/schedule/now";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_with_the_value() {
        assert_eq!(with(SIGN_IN, &"waterside"), "/api/schools/waterside/sign-in");
        assert_eq!(with(ME, &"unused"), ME);
    }
}
