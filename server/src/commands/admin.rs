//! `rollcall admin …`: adding a school's admins.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall_shared::ids::{AccountId, Estab};
use rollcall_shared::people::{NewStaff, Role};
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::schools::StoredSchool;

use super::school_of;
use crate::people;
use crate::people::activation::{self, Invitee};
use crate::staff_password;
use crate::state::AppState;

#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// Add an admin, or make a member of staff an admin; prints an activation link
    Add(AddAdmin),
}

#[derive(Args)]
pub(super) struct AddAdmin {
    /// The school's seven-digit number (LAESTAB)
    #[arg(long)]
    estab: Estab,
    /// Their e-mail address
    #[arg(long)]
    email: String,
    /// [default: made of the e-mail address]
    #[arg(long)]
    forename: Option<String>,
    /// [default: Admin]
    #[arg(long)]
    surname: Option<String>,
    /// Set the password read from standard input, instead of printing a link
    #[arg(long)]
    password_stdin: bool,
}

impl AdminCommand {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(state).await,
        }
    }
}

impl AddAdmin {
    #[expect(clippy::print_stdout, reason = "what the command answers")]
    async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        let school = school_of(state, &self.estab).await?;
        let password = if self.password_stdin {
            Some(self.read_password(state, &school).await?)
        } else {
            None
        };
        let added = self.add(state, &school).await?;
        println!("{} is an admin of {}, username {}.", self.email, school.name, added.username);
        if let Some(password) = password {
            set_password(state, &school, added.account, password).await?;
            println!("Sign in at {}", state.config.page(&format!("sch/{}", school.slug)));
        } else {
            println!("Set the password within 30 days at\n{}", added.link);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// An admin of that name.
    pub(super) fn named(school: &StoredSchool, email: &str, forename: &str, surname: &str) -> Self {
        Self {
            estab: school.estab.clone(),
            email: email.to_owned(),
            forename: Some(forename.to_owned()),
            surname: Some(surname.to_owned()),
            password_stdin: false,
        }
    }

    /// Adds the admin, with a password.
    pub(super) async fn add_with_password(
        &self,
        state: &AppState,
        school: &StoredSchool,
        password: &str,
    ) -> anyhow::Result<()> {
        let added = self.add(state, school).await?;
        set_password(state, school, added.account, password.to_owned()).await
    }

    async fn read_password(
        &self,
        state: &AppState,
        school: &StoredSchool,
    ) -> anyhow::Result<String> {
        let mut password = String::new();
        std::io::stdin().read_to_string(&mut password)?;
        let password = password.trim_end_matches(['\r', '\n']).to_owned();
        let own = [
            self.email.as_str(),
            self.forename.as_deref().unwrap_or_default(),
            self.surname.as_deref().unwrap_or_default(),
            &school.name,
            &state.config.platform_name,
        ];
        match staff_password::weakness(&password, &own).await? {
            None => Ok(password),
            Some(weak) => anyhow::bail!("the password can’t be used: {}", weak.message()),
        }
    }

    /// Adds the admin; somebody of this e-mail address becomes one, with a new link.
    async fn add(&self, state: &AppState, school: &StoredSchool) -> anyhow::Result<AddedAdmin> {
        let email = self.email.trim().to_lowercase();
        people::refuse_while_a_run_is_going(state, school.id).await.map_err(super::in_words)?;
        if let Some(account) = state.store.find_staff_by_email(school.id, &email).await? {
            make_admin(state, school, account).await?;
            let_in(state, school, account).await?;
            return invite_again(state, school, account).await;
        }
        let staff = NewStaff {
            forename: self.forename.clone().unwrap_or_else(|| name_of(&email)),
            surname: self.surname.clone().unwrap_or_else(|| "Admin".into()),
            email: self.email.clone(),
            role: Some(Role::Admin),
            from_problem: None,
        };
        let added = people::add(state, school, &staff, None).await.map_err(super::in_words)?;
        Ok(AddedAdmin { account: added.account, username: added.username, link: added.link })
    }
}

struct AddedAdmin {
    account: AccountId,
    username: String,
    link: String,
}

/// Makes a member of staff an admin, which is written down.
async fn make_admin(
    state: &AppState,
    school: &StoredSchool,
    account: AccountId,
) -> anyhow::Result<()> {
    let before = state.store.find_person(school.id, account).await?.map(|person| person.role);
    state.store.set_role(school.id, account, Role::Admin, state.clock.now()).await?;
    let Some(before) = before.filter(|role| *role != Role::Admin) else { return Ok(()) };
    let detail = format!("{} → {}, by a command", before.code(), Role::Admin.code());
    let entry = AuditEntry {
        id: state.dice.uuid(),
        at: state.clock.now(),
        actor: None,
        action: AuditAction::RoleChanged,
        subject: Some(account),
        detail: Some(&detail),
    };
    Ok(state.store.record(school.id, &entry).await?)
}

/// Unblocks a person's sign-in, which is written down: this command is the way back into a school.
async fn let_in(state: &AppState, school: &StoredSchool, account: AccountId) -> anyhow::Result<()> {
    let at = state.clock.now();
    if !state.store.unblock_sign_in(school.id, account, at).await? {
        return Ok(());
    }
    let entry = AuditEntry {
        id: state.dice.uuid(),
        at,
        actor: None,
        action: AuditAction::SignInUnblocked,
        subject: Some(account),
        detail: Some("by a command"),
    };
    Ok(state.store.record(school.id, &entry).await?)
}

async fn set_password(
    state: &AppState,
    school: &StoredSchool,
    account: AccountId,
    password: String,
) -> anyhow::Result<()> {
    let hash = staff_password::hash(&state.dice, password).await?;
    let is_set =
        state.store.set_staff_password(school.id, account, &hash, state.clock.now()).await?;
    anyhow::ensure!(is_set, "the password was not set: the account has been moved or blocked");
    Ok(())
}

async fn invite_again(
    state: &AppState,
    school: &StoredSchool,
    account: AccountId,
) -> anyhow::Result<AddedAdmin> {
    let person = state.store.find_person(school.id, account).await?;
    let person = person.ok_or_else(|| anyhow::anyhow!("the account is gone"))?;
    let invitee = Invitee {
        account,
        forename: &person.forename,
        username: &person.username,
        email: person.email.as_deref().unwrap_or_default(),
        run: None,
    };
    let invitation = activation::invite(state, school.id, &school.name, invitee)?;
    state.store.replace_invitation(school.id, &invitation, state.clock.now()).await?;
    Ok(AddedAdmin { account, username: person.username, link: invitation.link })
}

/// A forename for somebody of whom only the e-mail address is known: `head@…` is `Head`.
fn name_of(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let name: String = local.chars().take_while(|c| c.is_alphabetic()).collect();
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(|| "School".into(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_known_by_their_address_only_has_a_name() {
        assert_eq!(name_of("head@waterside.example"), "Head");
        assert_eq!(name_of("1234@waterside.example"), "School");
    }
}
