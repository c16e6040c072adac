//! What a call for data asks: which table, which rows, which fields, which page.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use super::super::{failure::Failure, parameters::Parameters};
use crate::school::Scope;

/// The tables that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    SchoolInfo,
    Counts,
    Health,
    Students,
    Staff,
    Groups,
}

impl Table {
    /// The table at this part of the path, whatever its capitals.
    pub(super) fn named(name: &str) -> Option<Self> {
        let table = match name.to_ascii_lowercase().as_str() {
            "schoolinfo" => Self::SchoolInfo,
            "counts" => Self::Counts,
            "health" => Self::Health,
            "students" => Self::Students,
            "staff" => Self::Staff,
            "groups" => Self::Groups,
            _ => return None,
        };
        Some(table)
    }

    /// The name in the reply: groups come as `Group`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SchoolInfo => "SchoolInfo",
            Self::Counts => "Counts",
            Self::Health => "Health",
            Self::Students => "Students",
            Self::Staff => "Staff",
            Self::Groups => "Group",
        }
    }

    /// The tables that come beside it, empty unless they were asked for.
    pub(super) fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Students => &["StudentSiblings"],
            Self::Groups => &["StaffMembers", "StudentMembers", "GroupTypes"],
            _ => &[],
        }
    }

    /// The scope without which the call is refused.
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::Students => Scope::StudentLite,
            Self::Staff => Scope::StaffLite,
            _ => Scope::SchoolLite,
        }
    }
}

/// A call for data, read and checked.
#[derive(Debug)]
pub(super) struct DataRequest {
    pub table: Table,
    pub parameters: Parameters,
    pub options: BTreeSet<String>,
    select: Option<BTreeSet<String>>,
    /// The id in the path or among the filters.
    pub id: Option<String>,
    pub updated_since: Option<NaiveDateTime>,
    pub page: Option<WantedPage>,
    /// `*`, or the hash that the last call gave.
    pub changed_rows: Option<String>,
}

/// Which page of how many rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedPage {
    pub number: usize,
    pub size: usize,
}

impl DataRequest {
    pub(super) fn new(
        table: Table,
        id: Option<String>,
        parameters: Parameters,
    ) -> Result<Self, Failure> {
        Ok(Self {
            options: parameters.list("options").unwrap_or_default(),
            select: parameters.list("select"),
            id: id.or_else(|| parameters.get("id").map(Into::into)),
            updated_since: parameters.get("updatedsince").map(since).transpose()?,
            page: page(&parameters)?,
            changed_rows: parameters.get("changedrows").map(Into::into),
            table,
            parameters,
        })
    }

    pub(super) fn has_option(&self, name: &str) -> bool {
        self.options.contains(&name.to_ascii_lowercase())
    }

    pub(super) fn has_select(&self) -> bool {
        self.select.is_some()
    }

    /// Whether a field is wanted; `Id` always comes.
    pub(super) fn selects(&self, field: &str) -> bool {
        field == "Id"
            || self
                .select
                .as_ref()
                .is_none_or(|fields| fields.contains(&field.to_ascii_lowercase()))
    }

    /// Whether this record, known by these ids, is among those asked for.
    pub(super) fn wants_id(&self, ids: &[&str]) -> bool {
        self.id.as_deref().is_none_or(|wanted| is_one_of(wanted, ids))
    }

    /// Whether a value passes the filter of this name, whatever the capitals of either.
    pub(super) fn passes(&self, filter: &str, values: &[&str]) -> bool {
        self.parameters.get(filter).is_none_or(|wanted| is_one_of(wanted, values))
    }
}

fn is_one_of(wanted: &str, values: &[&str]) -> bool {
    values.iter().any(|value| value.eq_ignore_ascii_case(wanted))
}

fn since(value: &str) -> Result<NaiveDateTime, Failure> {
    let time = value.parse::<NaiveDateTime>().ok();
    let day = || value.parse::<chrono::NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    time.or_else(day).ok_or_else(|| Failure::bad_request("updatedSince is not a date."))
}

fn page(parameters: &Parameters) -> Result<Option<WantedPage>, Failure> {
    let number = |name: &str| -> Result<Option<usize>, Failure> {
        let Some(value) = parameters.get(name) else { return Ok(None) };
        match value.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(Failure::bad_request(format!("{name} is not a number from 1."))),
        }
    };
    let size = number("pagesize")?;
    let page = number("page")?;
    Ok(size.map(|size| WantedPage { number: page.unwrap_or(1), size }))
}
