//! Ending the connection from our side, and letting absences count again: what only an admin may
//! decide about a consent that has changed.

use rollcall_shared::connection::{ConnectionView, DISCONNECT_CONFIRMATION, Disconnect};
use rollcall_shared::ids::RunId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::disconnect::{Disconnection, Outcome};
use rollcall_store::sessions::SignedInPerson;

use super::{Connections, not_connected};
use crate::error::{Error, Result};
use crate::mis::xod_estab;

impl Connections {
    /// Ends the connection: the secret, what was granted and what was read go; what was imported
    /// is kept or erased. The school's consent at Groupcall is the school's own to end.
    ///
    /// # Errors
    /// `Unusable` if the word was not typed, `NotConnected`, or `RunGoing`; then nothing changed.
    pub async fn disconnect(
        &self,
        admin: &SignedInPerson,
        asked: &Disconnect,
    ) -> Result<ConnectionView> {
        if !asked.confirmation.trim().eq_ignore_ascii_case(DISCONNECT_CONFIRMATION) {
            return Err(not_confirmed());
        }
        let what = if asked.erase { "erased" } else { "kept" };
        let cause = format!("{} ended the connection and {what} what was imported", admin.name());
        let how = Disconnection {
            id: self.dice.uuid(),
            at: self.clock.now(),
            actor: admin.account,
            cause: &cause,
            erase: asked.erase,
        };
        let school = &admin.school;
        match self.store.disconnect(school.id, &how).await? {
            Outcome::Done => {}
            Outcome::NotSetUp => return Err(not_connected()),
            Outcome::RunGoing(run) => return Err(run_going(run)),
        }
        self.xod.forget(&xod_estab(&school.estab));
        tracing::info!(school = %school.id, erased = asked.erase, "a connection was ended");
        self.view(school.id).await
    }

    /// Lets absences count although the consent may have been narrowed.
    ///
    /// # Errors
    /// `NotConnected` or `RunGoing`; then nothing changed.
    pub async fn let_absences_count(&self, admin: &SignedInPerson) -> Result<()> {
        let cause =
            format!("{} confirmed that everyone your MIS no longer sends has left", admin.name());
        let (event, now) = (self.dice.uuid(), self.clock.now());
        match self.store.let_absences_count(admin.school.id, event, now, &cause).await? {
            Outcome::Done => Ok(()),
            Outcome::NotSetUp => Err(not_connected()),
            Outcome::RunGoing(run) => Err(run_going(run)),
        }
    }
}

fn not_confirmed() -> Error {
    Problem::new(Kind::Unusable, "The connection was not ended")
        .detail("Nothing was changed.")
        .field("confirmation", "required", format!("Type {DISCONNECT_CONFIRMATION} to continue"))
        .into()
}

fn run_going(run: RunId) -> Error {
    let mut problem = Problem::new(Kind::RunGoing, "A run is in progress")
        .detail("Nothing was changed. Wait until the run is done, then try again.");
    problem.run = Some(run);
    problem.into()
}
