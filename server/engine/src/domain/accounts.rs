//! A school's accounts and classes as the planner reads them: everything that a plan depends on,
//! and nothing else (a sign-in or a card print changes none of it).

use super::mis_link::{MisIds, MisLink};
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{AccountStatus, ClassKind, PersonDetails, PersonKind, Role};
use rollcall_shared::plan::{PersonField, RenameAnswer};
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use rollcall_shared::year_group::YearGroup;
use serde::{Deserialize, Serialize};

/// Everything of a school that a plan reads, besides the roster and the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolState {
    /// Active people and the trash, in order of their ids.
    pub accounts: Vec<Account>,
    /// In order of their ids.
    pub classes: Vec<Class>,
    /// Usernames ever given in this school, folded to lower case, and the account each was given
    /// to, where there is one: never given to someone else.
    pub reserved_usernames: BTreeMap<String, Option<AccountId>>,
    /// Admins' answers to possible duplicates, one for each person who was asked about.
    pub resolutions: Vec<StoredResolution>,
    /// In order of their accounts.
    pub username_answers: Vec<UsernameAnswer>,
    /// What the last applied run was made from; none before the first.
    pub last_applied: Option<LastApplied>,
    /// How long people stay in the trash.
    pub retention_months: u32,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Drawn once, and the account's for good.
    pub id: AccountId,
    /// What the owner may do: no sync lowers it.
    pub role: Role,
    /// In use, or in the trash.
    pub status: AccountStatus,
    /// The preferred forename, tidied; empty where neither the MIS nor an admin has given one.
    pub forename: String,
    /// The preferred surname, in the same form.
    pub surname: String,
    /// A pupil's legal forename, tidied, as the MIS last had it; None where it never did.
    pub legal_forename: Option<String>,
    /// A pupil's legal surname, in the same form.
    pub legal_surname: Option<String>,
    /// 2 to 20 letters and digits; case apart, nobody else of the school ever has it.
    pub username: String,
    /// Staff only.
    pub email: Option<String>,
    /// Pupils only: the platform's year group.
    pub year: Option<YearGroup>,
    /// A pupil's class.
    pub class: Option<ClassId>,
    /// Subject groups; for staff their classes too.
    pub groups: BTreeSet<ClassId>,
    /// A pupil's UPN in capitals, its check letter right; None where the MIS never had such a one.
    pub upn: Option<String>,
    /// The UPN that the pupil had before, in the same form.
    pub former_upn: Option<String>,
    /// A pupil's, if it can be one: not 1 January 1970, say, nor a day still to come.
    pub date_of_birth: Option<NaiveDate>,
    /// Who of the MIS the owner is; None where that is not known: of most accounts made by hand.
    pub link: Option<MisLink>,
    /// Set while its owner is not on the roll yet: nobody signs in with it.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// Set in the trash: when the account went there.
    pub left_at: Option<DateTime<Utc>>,
    /// Set in the trash: the day on which the account is purged.
    pub purge_on: Option<NaiveDate>,
    /// The fields that an admin changed by hand: a run leaves them as they are.
    #[serde(default)]
    pub kept: BTreeSet<PersonField>,
}

/// Why an account is not open yet: its owner is not on the roll. It opens on the day they start,
/// where that is known, or else once the MIS has them on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The day on which the account opens; None where it opens once they are on the roll.
    pub starts_on: Option<NaiveDate>,
}

impl Waiting {
    /// Whether the account is still closed on a day.
    #[must_use]
    pub fn is_closed_on(self, today: NaiveDate) -> bool {
        self.starts_on.is_none_or(|first| today < first)
    }
}

/// A class or a subject group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Drawn once, and the class's for good.
    pub id: ClassId,
    /// A class, or a subject group.
    pub kind: ClassKind,
    /// Tidied: the MIS's name for it, once it is linked.
    pub name: String,
    /// Subject groups only: the MIS's name for the subject, tidied; None where it never had one.
    pub subject: Option<String>,
    /// Which group of the MIS it is; None where that is not known: of most classes made by hand.
    pub link: Option<MisLink>,
}

/// An admin's remembered answer to a possible duplicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResolution {
    /// Whether the person is a pupil or a member of staff.
    pub kind: PersonKind,
    /// Which MIS the person's plain id is of; None where the feed did not say.
    pub mis: Option<String>,
    /// The ids that the person had there when the admin answered.
    pub ids: MisIds,
    /// What was known of the person then.
    pub about: KnownThen,
    /// The account they are; none means someone new.
    pub same_as: Option<AccountId>,
}

/// What was known of a person of the MIS, besides their ids, when an admin answered who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownThen {
    /// The preferred forename, as the roster had it.
    pub forename: String,
    /// The preferred surname, as the roster had it.
    pub surname: String,
    /// As the roster had it, its check letter right or not; None for staff.
    pub upn: Option<String>,
    /// As the roster had it, likely or not; None for staff.
    pub date_of_birth: Option<NaiveDate>,
}

/// An admin's remembered answer to a username proposed for somebody whose name has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameAnswer {
    /// Whose name has changed.
    pub account: AccountId,
    /// The one that was proposed.
    pub username: String,
    /// Whether the account gets it, or keeps the one it has.
    pub answer: RenameAnswer,
}

/// What the last applied run was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastApplied {
    /// Which MIS was read, such as `simsnet`; None where no feed has said so yet.
    pub mis: Option<String>,
    /// The year of the last rollover that was completed, or of the first run: it never goes down.
    pub academic_year: Option<i32>,
    /// Set while a rollover has begun and most pupils have not moved up yet.
    #[serde(default)]
    pub open_rollover: Option<OpenRollover>,
    /// Of what a run is to leave behind only: the rollover as it stood before the run, from which one
    /// that is stopped on its way goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollover_before: Option<OpenRollover>,
    /// A year that is no rollover, or that nobody can read, as the MIS has it: a person confirmed
    /// the run.
    #[serde(default)]
    pub odd_year: Option<String>,
    /// The data areas of its roster: those that were granted, and came.
    pub scopes: BTreeSet<Scope>,
    /// The highest year group that had pupils then.
    pub top_year: Option<YearGroup>,
    /// People on the roster then, by kind.
    pub people: BTreeMap<PersonKind, u32>,
    /// Year groups and classes that were listed then, where that is known.
    #[serde(default)]
    pub groups_listed: Option<u32>,
    /// Accounts that stayed although their people were absent, because the consent may have been
    /// narrowed. Their absence says nothing later either, until they are seen again.
    #[serde(default, rename = "kept", alias = "uncounted_absences")]
    pub uncounted_absences: BTreeSet<AccountId>,
    /// Whether an admin has said since then that absences count although the consent may have been
    /// narrowed: then all leavings wait for a person.
    #[serde(default)]
    pub leavings_wait: bool,
    /// Pupils who came, or may have come, only because more than those on the roll were asked for:
    /// by what. Where that is asked for no more their absence says nothing.
    #[serde(default)]
    pub came_by: BTreeMap<AccountId, PupilScope>,
    /// Accounts whose username has not gone with their name since it changed.
    #[serde(default)]
    pub outgrown: BTreeSet<AccountId>,
    /// Who left in runs that no person had to confirm: together they may be too many.
    #[serde(default)]
    pub unconfirmed_leavers: BTreeSet<AccountId>,
}

/// A rollover that has begun: the MIS has turned its year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRollover {
    /// When the first run of the new year was planned; after 90 days nobody is waited for.
    pub since: DateTime<Utc>,
    /// Linked pupils below the top year when it began.
    pub below_top: u32,
    /// How many have moved up since.
    pub moved_up: u32,
}

impl Account {
    /// An active account of which nothing is known but the name; the username is still to come.
    #[must_use]
    pub fn named(id: AccountId, role: Role, forename: &str, surname: &str) -> Self {
        Self {
            id,
            role,
            status: AccountStatus::Active,
            forename: forename.to_owned(),
            surname: surname.to_owned(),
            legal_forename: None,
            legal_surname: None,
            username: String::new(),
            email: None,
            year: None,
            class: None,
            groups: BTreeSet::new(),
            upn: None,
            former_upn: None,
            date_of_birth: None,
            link: None,
            waiting: None,
            left_at: None,
            purge_on: None,
            kept: BTreeSet::new(),
        }
    }

    /// Whether it is in use, and not in the trash; it may still wait to be opened.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == AccountStatus::Active
    }

    /// Pupil or staff, which follows from the role.
    #[must_use]
    pub const fn kind(&self) -> PersonKind {
        self.role.kind()
    }

    /// Whether an admin brought them back from the trash, and the MIS has not had them since.
    #[must_use]
    pub(crate) fn is_restored_by_hand(&self) -> bool {
        self.is_active() && self.keeps(PersonField::Status)
    }

    /// Whether an admin changed this field by hand.
    #[must_use]
    pub(crate) fn keeps(&self, field: PersonField) -> bool {
        self.kept.contains(&field)
    }

    /// What an admin can change by hand.
    #[must_use]
    pub fn details(&self) -> PersonDetails {
        PersonDetails {
            role: self.role,
            forename: self.forename.clone(),
            surname: self.surname.clone(),
            email: self.email.clone(),
            year: self.year,
            class: self.class,
        }
    }

    /// Takes these details, and keeps from then on what of them is different. Answers what that is.
    pub fn set_by_hand(&mut self, wanted: &PersonDetails) -> BTreeSet<PersonField> {
        let PersonDetails { role, forename, surname, email, year, class } = wanted.clone();
        let changed: BTreeSet<PersonField> = [
            (PersonField::Forename, forename != self.forename),
            (PersonField::Surname, surname != self.surname),
            (PersonField::Role, role != self.role),
            (PersonField::Email, email != self.email),
            (PersonField::Year, year != self.year),
            (PersonField::Class, class != self.class),
        ]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect();
        (self.forename, self.surname, self.email) = (forename, surname, email);
        (self.role, self.year, self.class) = (role, year, class);
        self.kept.extend(&changed);
        changed
    }

    /// This account with the fields that another keeps.
    #[must_use]
    pub(crate) fn with_kept_of(mut self, other: &Self) -> Self {
        for field in &other.kept {
            match field {
                PersonField::Forename => self.forename.clone_from(&other.forename),
                PersonField::Surname => self.surname.clone_from(&other.surname),
                PersonField::Role => self.role = other.role,
                PersonField::Email => self.email.clone_from(&other.email),
                PersonField::Year => self.year = other.year,
                PersonField::Class => self.class = other.class,
                _ => {}
            }
        }
        self
    }

    /// This account with all that changed from `before` to `after` as it was before, and the fields
    /// that stay because they have been changed since.
    #[must_use]
    pub(crate) fn put_back(&self, before: &Self, after: &Self) -> (Self, Vec<PersonField>) {
        let mut account = self.clone();
        let mut changed_since = Vec::new();
        macro_rules! put_back {
            ($($field:ident: $label:ident),* $(,)?) => {
                // No field is forgotten: all others are named here.
                let Self { id: _, status: _, groups: _, left_at: _, purge_on: _, kept: _, $($field: _),* } = self;
                $(
                    if self.$field == after.$field {
                        account.$field.clone_from(&before.$field);
                    } else if before.$field != after.$field && self.$field != before.$field {
                        changed_since.push(PersonField::$label);
                    }
                )*
            };
        }
        put_back!(
            role: Role,
            forename: Forename,
            surname: Surname,
            legal_forename: LegalName,
            legal_surname: LegalName,
            username: Username,
            email: Email,
            year: Year,
            class: Class,
            upn: Upn,
            former_upn: FormerUpn,
            date_of_birth: DateOfBirth,
            link: MisLink,
            waiting: OpensOn,
        );
        account
            .groups
            .retain(|class| before.groups.contains(class) || !after.groups.contains(class));
        account.groups.extend(before.groups.difference(&after.groups));
        changed_since.dedup();
        (account, changed_since)
    }

    /// What each field says, in the order in which a plan shows those that change.
    #[must_use]
    pub(crate) fn texts(&self, inside: InClasses) -> [(PersonField, Option<String>); 17] {
        // All are named, so that a new one is shown, or left out on purpose.
        let Self {
            id: _,
            role,
            status,
            forename,
            surname,
            legal_forename,
            legal_surname,
            username,
            email,
            year,
            class: _,
            groups: _,
            upn,
            former_upn,
            date_of_birth,
            link,
            waiting,
            left_at: _,
            purge_on,
            kept: _,
        } = self;
        let legal: Vec<&str> =
            [legal_forename, legal_surname].into_iter().flatten().map(String::as_str).collect();
        [
            (PersonField::Status, Some(status_text(*status).to_owned())),
            (PersonField::PurgeOn, purge_on.map(day_text)),
            (PersonField::OpensOn, waiting.map(opens_text)),
            (PersonField::Forename, Some(forename.clone())),
            (PersonField::Surname, Some(surname.clone())),
            (PersonField::LegalName, Some(legal.join(" "))),
            (PersonField::Username, Some(username.clone())),
            (PersonField::Role, Some(role.label().to_owned())),
            (PersonField::Email, email.clone()),
            (PersonField::Year, year.map(|year| year.to_string())),
            (PersonField::Class, inside.class),
            (PersonField::Classes, inside.classes),
            (PersonField::SubjectGroups, inside.subject_groups),
            (PersonField::Upn, upn.clone()),
            (PersonField::FormerUpn, former_upn.clone()),
            (PersonField::DateOfBirth, date_of_birth.map(day_text)),
            (PersonField::MisLink, link.as_ref().map(link_text)),
        ]
    }
}

/// The names of the classes and subject groups that somebody is in.
#[derive(Debug, Default)]
pub(crate) struct InClasses {
    /// A pupil's class.
    pub class: Option<String>,
    /// The classes of a member of staff.
    pub classes: Option<String>,
    pub subject_groups: Option<String>,
}

const fn status_text(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "Active",
        AccountStatus::Trash => "In the trash",
    }
}

/// When an account opens whose owner is not on the roll yet.
fn opens_text(waiting: Waiting) -> String {
    waiting.starts_on.map_or_else(|| "Once your MIS has them on roll".to_owned(), day_text)
}

/// "1 September 2026".
fn day_text(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// All that a link is made of: where only a part of it changes, that is to be seen.
fn link_text(link: &MisLink) -> String {
    let part = |what: &str, id: Option<&String>| id.map(|id| format!("{what} {id}"));
    let parts = [
        Some(format!("Number {}", link.ids.id)),
        part("MIS", link.mis.as_ref()),
        part("GUID", link.ids.external_id.as_ref()),
        part("Xporter id", link.ids.xid.as_ref()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
