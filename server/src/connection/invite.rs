//! "Set up Groupcall Xporter": asks the school, or asks again.

use std::collections::BTreeSet;

use rollcall_engine::domain::email::is_address;
use rollcall_engine::domain::text::{LONGEST, typed};
use rollcall_shared::connection::{Authoriser, ConnectionState, ConnectionView, Invite};
use rollcall_shared::ids::AccountId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::provider;
use rollcall_shared::provider::PROVIDER;
use rollcall_shared::scopes::Scope;
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::schools::StoredSchool;
use xod_client::{Contact, Invitation, Partner, XodError};

use super::{Connections, words};
use crate::error::Result;
use crate::mail_limits;
use crate::mis::{MisError, xod_estab};

/// The admin who sends an invitation.
#[derive(Clone, Debug)]
pub struct Inviter {
    pub account: AccountId,
    pub forename: String,
    pub surname: String,
    pub email: Option<String>,
}

impl Connections {
    /// Asks a school to share its data: XoD writes to the one who holds the authority. A school that
    /// shares already goes on sharing meanwhile.
    ///
    /// # Errors
    /// If nobody can be written to, or too often within the hour, or XoD could not or would not
    /// invite the school.
    pub async fn invite(
        &self,
        school: &StoredSchool,
        by: &Inviter,
        invite: Invite,
    ) -> Result<ConnectionView> {
        let authoriser = usable(invite.authoriser.unwrap_or_else(|| by.themselves()))?;
        let (to, ask) = (authoriser.email.clone(), (school.id, self.dice.uuid(), self.clock.now()));
        let send = self.send_invitation(school, by, authoriser, invite.optional_scopes);
        match mail_limits::sending(&self.store, ask, &to, send, Result::is_ok).await? {
            None => self.view(school.id).await,
            Some(in_doubt) => Err(in_doubt.into()),
        }
    }

    /// Sends it, and answers with what is said where it may have gone out or not.
    async fn send_invitation(
        &self,
        school: &StoredSchool,
        by: &Inviter,
        authoriser: Authoriser,
        optional_scopes: Vec<Scope>,
    ) -> Result<Option<Problem>> {
        let mut scopes: BTreeSet<Scope> =
            Scope::ALL.into_iter().filter(|scope| scope.is_required()).collect();
        scopes.extend(optional_scopes);
        let sent = self
            .xod
            .register_school(&Invitation {
                estab: &xod_estab(&school.estab),
                school_name: &school.name,
                contact: Contact {
                    forename: &authoriser.forename,
                    surname: &authoriser.surname,
                    email: &authoriser.email,
                    phone: authoriser.phone.as_deref(),
                },
                scopes: &scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
                partner: Partner { name: &self.partner_name, email: &self.partner_email },
            })
            .await;
        match sent {
            Ok(()) => {
                self.note_invitation(school, by, authoriser, scopes, true).await?;
                tracing::info!(school = %school.id, "invited a school");
                Ok(None)
            }
            Err(error) if error.leaves_open() => {
                // XoD may have written all the same, and then the school's answer will come.
                tracing::warn!(school = %school.id, %error, "whether a school was invited is open");
                self.note_invitation(school, by, authoriser, scopes, false).await?;
                Ok(Some(perhaps_sent(error)))
            }
            Err(
                error @ (XodError::SecretRejected
                | XodError::TokenRejected
                | XodError::NotGranted { .. }),
            ) => {
                // Ours, not the school's: nothing that a school can put right.
                tracing::error!(school = %school.id, %error, "XoD does not let us invite schools");
                Err(our_secret_rejected(error).into())
            }
            Err(error) => {
                tracing::warn!(school = %school.id, %error, "a school could not be invited");
                if let XodError::InvitationRefused { said } = &error {
                    let said = said.as_ref().map(|said| format!(": {}", said.as_str()));
                    let cause = format!(
                        "{PROVIDER} did not send an invitation{}",
                        said.unwrap_or_default()
                    );
                    self.change(school.id, |_| Some(cause)).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn note_invitation(
        &self,
        school: &StoredSchool,
        by: &Inviter,
        authoriser: Authoriser,
        scopes: BTreeSet<Scope>,
        is_sure: bool,
    ) -> Result<()> {
        let now = self.clock.now();
        let to = format!("{} {}", authoriser.forename, authoriser.surname);
        let (inviter, by) = (by.account, by.name());
        self.change(school.id, |connection| {
            use ConnectionState as State;
            let asked: Vec<Scope> = scopes.into_iter().collect();
            let cause = if connection.invited_at.is_none() {
                format!("{by} asked {PROVIDER} to invite {}", to.trim())
            } else if connection.asked == asked {
                format!("{by} sent the invitation again, to {}", to.trim())
            } else {
                format!("{by} asked for {}, of {}", words::areas(asked.clone()), to.trim())
            };
            let cause = match is_sure {
                true => cause,
                false => format!(
                    "{cause}. {PROVIDER} did not confirm it: the invitation may not have gone out"
                ),
            };
            if connection.state == State::SecretRejected {
                // It will never work again.
                connection.secret_sealed = None;
                self.xod.forget(&xod_estab(&school.estab));
                connection.narrow(now);
            }
            if matches!(
                connection.state,
                State::NotSetUp | State::Rejected | State::Revoked | State::SecretRejected
            ) {
                connection.state = State::Invited;
                connection.message = None;
            }
            connection.authoriser = Some(authoriser);
            connection.invited_by = Some(by);
            connection.invited_at = Some(now);
            connection.asked = asked;
            Some(cause)
        })
        .await?;
        let entry = AuditEntry {
            id: self.dice.uuid(),
            at: now,
            actor: Some(inviter),
            action: AuditAction::ConnectionInvited,
            subject: None,
            detail: (!is_sure).then_some(concat!("not confirmed by ", provider!())),
        };
        Ok(self.store.record(school.id, &entry).await?)
    }
}

/// The invitation may have gone out, or not.
fn perhaps_sent(error: XodError) -> Problem {
    let mut problem = Problem::from(MisError::from(error));
    problem.detail = Some(
        concat!(
            provider!(),
            " did not confirm the invitation: it may have gone out all the same. Nothing else \
         was changed. If no e-mail arrives within the hour, send the invitation again."
        )
        .into(),
    );
    problem
}

impl Inviter {
    fn name(&self) -> String {
        format!("{} {}", self.forename, self.surname).trim().to_owned()
    }

    fn themselves(&self) -> Authoriser {
        Authoriser {
            forename: self.forename.clone(),
            surname: self.surname.clone(),
            email: self.email.clone().unwrap_or_default(),
            phone: None,
        }
    }
}

/// The person, tidied, if they can be written to.
fn usable(authoriser: Authoriser) -> Result<Authoriser> {
    let authoriser = Authoriser {
        forename: typed(&authoriser.forename),
        surname: typed(&authoriser.surname),
        email: authoriser.email.trim().to_owned(),
        phone: authoriser.phone.map(|phone| typed(&phone)).filter(|phone| !phone.is_empty()),
    };
    let mut problem = Problem::new(Kind::Unusable, "The invitation can’t be sent yet")
        .detail("Nothing was sent and nothing was changed.");
    for (field, text, message) in [
        ("authoriser.forename", &authoriser.forename, "Enter the person’s first name"),
        ("authoriser.surname", &authoriser.surname, "Enter the person’s surname"),
    ] {
        if text.is_empty() {
            problem = problem.field(field, "missing", message);
        } else if text.chars().count() > LONGEST {
            problem =
                problem.field(field, "too_long", format!("Enter {LONGEST} characters or fewer"));
        }
    }
    if authoriser.email.is_empty() {
        problem = problem.field("authoriser.email", "missing", "Enter the person’s e-mail address");
    } else if !is_address(&authoriser.email) {
        problem = problem.field(
            "authoriser.email",
            "unusable",
            "Enter an e-mail address in the right form, such as head@school.example",
        );
    }
    if problem.errors.is_empty() { Ok(authoriser) } else { Err(problem.into()) }
}

fn our_secret_rejected(error: XodError) -> Problem {
    let mut problem = Problem::from(MisError::from(error));
    problem.title = concat!(provider!(), " did not accept this platform’s own key").into();
    problem.detail = Some(
        concat!(
            "No invitation was sent and nothing was changed. Tell the person who looks after the \
         platform: its management secret for ",
            provider!(),
            " needs checking."
        )
        .into(),
    );
    problem
}
