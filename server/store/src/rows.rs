//! What rows have in common: MIS links in four columns, codes, folded text to search.

use std::collections::BTreeSet;

use rollcall_shared::people::{AccountStatus, ClassKind};
use rollcall_shared::plan::PersonField;

use super::StoreError;
use rollcall_engine::domain::mis_link::{MisIds, MisLink};

/// That a class `c` is one of today's: made by hand, or somebody is in it. One that came from the
/// MIS and that nobody is in any more is last year's.
macro_rules! is_in_use {
    () => {
        "(NOT c.is_linked
            OR EXISTS (SELECT 1 FROM accounts a WHERE a.class_id = c.id AND a.status = 'active')
            OR EXISTS (SELECT 1 FROM memberships m JOIN accounts a ON a.id = m.account_id
                WHERE m.class_id = c.id AND a.status = 'active'))"
    };
}
pub(super) use is_in_use;

/// A link to the MIS as its columns hold it.
#[derive(sqlx::FromRow)]
pub(super) struct LinkColumns {
    is_linked: bool,
    mis: Option<String>,
    mis_id: Option<String>,
    mis_external_id: Option<String>,
    mis_xid: Option<String>,
}

impl LinkColumns {
    pub(super) fn into_link(self) -> Option<MisLink> {
        self.is_linked.then(|| MisLink {
            mis: self.mis,
            ids: MisIds {
                id: self.mis_id.unwrap_or_default(),
                external_id: self.mis_external_id,
                xid: self.mis_xid,
            },
        })
    }
}

pub(super) const fn status_code(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Trash => "trash",
    }
}

pub(super) fn status_of(code: &str) -> Result<AccountStatus, StoreError> {
    match code {
        "active" => Ok(AccountStatus::Active),
        "trash" => Ok(AccountStatus::Trash),
        _ => Err(StoreError::unreadable("accounts.status")),
    }
}

pub(super) const fn kind_code(kind: ClassKind) -> &'static str {
    match kind {
        ClassKind::Class => "class",
        ClassKind::SubjectGroup => "subject_group",
    }
}

pub(super) fn kind_of(code: &str) -> Result<ClassKind, StoreError> {
    match code {
        "class" => Ok(ClassKind::Class),
        "subject_group" => Ok(ClassKind::SubjectGroup),
        _ => Err(StoreError::unreadable("classes.kind")),
    }
}

/// The fields that an admin changed by hand, as they are stored.
pub(crate) fn kept_text(kept: &BTreeSet<PersonField>) -> String {
    serde_json::Value::from_iter(kept.iter().map(|field| serde_json::json!(field))).to_string()
}

pub(super) fn kept_of(text: &str) -> Result<BTreeSet<PersonField>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::unreadable("accounts.kept_fields"))
}

/// Text as it is searched and sorted: in ASCII where it can be, small, spaces run together.
pub(crate) fn folded(text: &str) -> String {
    any_ascii::any_ascii(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A pattern for LIKE (with `ESCAPE '\'`) that finds the text anywhere.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in folded(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A count of rows as it travels.
pub(super) fn count(rows: i64) -> u32 {
    u32::try_from(rows.max(0)).unwrap_or(u32::MAX)
}
