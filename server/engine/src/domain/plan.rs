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
    /// What the plan comes to, for the summary and the report.
    pub totals: Totals,
    /// What happens to classes and subject groups, unchanged ones too; applied before any person.
    pub classes: Vec<ClassAction>,
    /// Everybody the plan says something about, each once; `view.seq` counts from 0.
    pub people: Vec<PlannedPerson>,
    /// What to remember of this run once it has been applied.
    pub to_remember: LastApplied,
}

/// The figures of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Whether no run of the school has been applied before.
    pub is_first: bool,
    /// From which school year to which; None where no rollover is open.
    pub rollover: Option<Rollover>,
    /// Whether most pupils are still in their old year group in the MIS, so that the rollover goes on.
    #[serde(default)]
    pub rollover_waits: bool,
    /// Pupils by change; not those who are in doubt, problems, not imported or unmatched.
    pub pupils: Counts,
    /// Staff by change, counted in the same way.
    pub staff: Counts,
    /// Classes of the MIS, by what happens to ours.
    pub classes: ClassCounts,
    /// Subject groups that were ticked, by what happens to ours.
    pub subject_groups: ClassCounts,
    /// People of the MIS who may own an account that there is: an admin is asked.
    pub possible_duplicates: u32,
    /// Possible duplicates that may be accepted in bulk.
    pub sure_ones: u32,
    /// People who can't be imported.
    pub problems: u32,
    /// People with a warning, however many they have.
    pub warnings: u32,
    /// People of the MIS who are left out by choice, or because they are not here.
    pub not_imported: u32,
    /// The same people by why they are left out.
    #[serde(default)]
    pub not_imported_by: BTreeMap<LeftOut, u32>,
    /// Active accounts made by hand that nobody of the MIS is, or may be; not admins'.
    #[serde(default)]
    pub unmatched: u32,
    /// People that the school opted out, or did not opt in.
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
    /// What stops the plan, or has to be confirmed or looked at first; what stops it comes first.
    pub guards: Vec<Guard>,
    /// Warnings that are not about one person, each in whole sentences for an admin.
    pub notes: Vec<String>,
}

/// A person of the plan: what the summary shows, and what applying does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPerson {
    /// The row of the summary: in which list they are, why, and field by field what changes.
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
    /// The one change that the person counts under.
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
    pub(crate) fn changes_username(&self) -> bool {
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
    /// What is done, if anything.
    pub change: ClassChange,
    /// Our class; that of a new one is drawn when the plan is made.
    pub id: ClassId,
    /// A class, or a subject group.
    pub kind: ClassKind,
    /// The name it will have, tidied.
    pub name: String,
    /// The subject it will have, tidied; None for classes, and where there is none.
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

/// What a run does with a class or a subject group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassChange {
    /// None of ours is this group of the MIS: a new one is made.
    Create,
    /// Found by name or membership; the MIS link is stored.
    Link,
    /// It is linked, and takes the name or the subject that the MIS has now.
    Rename,
    /// An undo makes it what it was.
    PutBack,
    /// It is linked, and all is as the MIS has it.
    Unchanged,
}
