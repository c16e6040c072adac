//! The data areas that a school can let Rollcall see.

use serde::{Deserialize, Serialize};

/// A scope of Groupcall's Xporter-on-Demand; to an admin, a data area. Nothing else is ever asked
/// for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    SchoolLite,
    StaffLite,
    StudentLite,
    #[serde(rename = "UPN")]
    Upn,
    StudentExtended,
    StaffPersonalContact,
}

impl Scope {
    pub const ALL: [Self; 6] = [
        Self::SchoolLite,
        Self::StaffLite,
        Self::StudentLite,
        Self::Upn,
        Self::StudentExtended,
        Self::StaffPersonalContact,
    ];

    /// The name XoD knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SchoolLite => "SchoolLite",
            Self::StaffLite => "StaffLite",
            Self::StudentLite => "StudentLite",
            Self::Upn => "UPN",
            Self::StudentExtended => "StudentExtended",
            Self::StaffPersonalContact => "StaffPersonalContact",
        }
    }

    /// Whether Rollcall cannot work without it.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, Self::SchoolLite | Self::StaffLite | Self::StudentLite)
    }

    /// The scope of this name, if it is one we use; case does not count.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name().eq_ignore_ascii_case(name.trim()))
    }
}
