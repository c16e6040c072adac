//! The plan: what a run would do with every person and class, made purely from the roster, the
//! settings and the school's state, and frozen until it is applied.

use std::collections::BTreeMap;

use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::ClassKind;
use rollcall_shared::plan::{
    ChangeKind, ClassCounts, Counts, Guard, LeftOut, PlanPerson, Rollover,
};
use serde::{Deserialize, Serialize};

use super::accounts::{Account, Class, KnownThen, LastApplied};
use super::mis_link::MisLink;

/// A frozen plan. Stored row by row: the people in order of `view.seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub totals: Totals,
    pub classes: Vec<ClassAction>,
    pub people: Vec<PlannedPerson>,
    /// What to remember of this run once it has been applied.
    pub to_remember: LastApplied,
}

/// The figures of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub is_first: bool,
    pub rollover: Option<Rollover>,
    /// Whether most pupils are still in their old year group in the MIS, so that the rollover goes on.
    #[serde(default)]
    pub rollover_waits: bool,
    pub pupils: Counts,
    pub staff: Counts,
    pub classes: ClassCounts,
    pub subject_groups: ClassCounts,
    pub possible_duplicates: u32,
    pub sure_ones: u32,
    pub problems: u32,
    pub warnings: u32,
    pub not_imported: u32,
    #[serde(default)]
    pub not_imported_by: BTreeMap<LeftOut, u32>,
    #[serde(default)]
    pub unmatched: u32,
    pub withheld: u32,
    /// Accounts that stay although their people are absent, because the consent may have been
    /// narrowed.
    #[serde(default, rename = "kept", alias = "uncounted_absences")]
    pub uncounted_absences: u32,
    /// Accounts that stay because an admin brought them back from the trash.
    #[serde(default)]
    pub brought_back: u32,
    /// People with a field that an admin changed by hand, of which the MIS says something else.
    #[serde(default)]
    pub kept_fields: u32,
    /// People who are given another username, as an admin agreed.
    #[serde(default)]
    pub renamed: u32,
    pub guards: Vec<Guard>,
    pub notes: Vec<String>,
}

/// A person of the plan: what the summary shows, and what applying does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPerson {
    pub view: PlanPerson,
    /// Who of the MIS this is; kept for resolutions and for adding by hand.
    pub link: Option<MisLink>,
    /// What the MIS says of somebody an admin is asked about, or has answered about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<KnownThen>,
    /// None for those whom the run does not touch.
    pub action: Option<Action>,
}

/// What applying does with one account. Ids of new accounts are drawn when the plan is made, so
/// that applying twice is applying once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub change: ChangeKind,
    /// The account as it will be; for a leaver with status, time and purge date of the trash.
    pub after: Account,
    /// The account as it was; none for one that is created.
    pub before: Option<Account>,
    /// Created pupils only: the format of the password to draw.
    pub password: Option<PasswordFormat>,
    /// The account passes to another person: its password, sessions and unused links end, and a new
    /// activation e-mail goes out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_login: bool,
}

impl Action {
    /// Whether an account gets another username.
    #[must_use]
    pub fn changes_username(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.username != self.after.username)
    }

    /// Whether an account that was active and stays so gets another e-mail address.
    #[must_use]
    pub fn changes_email(&self) -> bool {
        self.change != ChangeKind::Leave
            && self
                .before
                .as_ref()
                .is_some_and(|before| before.is_active() && before.email != self.after.email)
    }
}

/// What applying does with one class or subject group, before any person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassAction {
    pub change: ClassChange,
    pub id: ClassId,
    pub kind: ClassKind,
    pub name: String,
    pub subject: Option<String>,
    /// None where an undo takes the link away again.
    pub link: Option<MisLink>,
    /// The name it had, where it is renamed.
    pub name_before: Option<String>,
    /// The class as it was; none for one that is created.
    #[serde(default)]
    pub before: Option<Class>,
}

impl ClassAction {
    /// The class as it will be.
    #[must_use]
    pub fn after(&self) -> Class {
        Class {
            id: self.id,
            kind: self.kind,
            name: self.name.clone(),
            subject: self.subject.clone(),
            link: self.link.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassChange {
    Create,
    /// Found by name or membership; the MIS link is stored.
    Link,
    Rename,
    /// An undo makes it what it was.
    PutBack,
    Unchanged,
}
