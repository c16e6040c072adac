//! The data areas that a school can let Rollcall see.

use serde::{Deserialize, Serialize};

/// A scope of Groupcall's Xporter-on-Demand; to an admin, a data area. Nothing else is ever asked
/// for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Year groups, classes and subject groups, who is in them, and the school's name and year.
    SchoolLite,
    /// Names and work e-mail of staff, and whether they teach and are at the school now.
    StaffLite,
    /// Names of pupils as used in school, their class, year group and whether they are on roll.
    StudentLite,
    /// The UPN of pupils, and a former one.
    #[serde(rename = "UPN")]
    Upn,
    /// Birth dates and legal names of pupils; where needed, the day they start and their enrolment.
    StudentExtended,
    /// Home e-mail of staff, used only for those without a work e-mail.
    StaffPersonalContact,
}

impl Scope {
    /// Every data area, the required ones first.
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

    /// The scope of ours that a school grants by one of this name: that one, or the Lite form of a
    /// full one, which we never ask for; case does not count.
    #[must_use]
    pub fn granted_by(name: &str) -> Option<Self> {
        let covers = |scope: &Self| {
            let lite = scope.name().strip_suffix("Lite");
            lite.is_some_and(|full| full.eq_ignore_ascii_case(name.trim()))
        };
        Self::from_name(name).or_else(|| Self::ALL.into_iter().find(covers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scope_grants_its_lite_one_and_no_other_does() {
        for (name, granted) in [
            ("School", Some(Scope::SchoolLite)),
            ("Staff", Some(Scope::StaffLite)),
            ("Student", Some(Scope::StudentLite)),
            (" student ", Some(Scope::StudentLite)),
            ("SCHOOLLITE", Some(Scope::SchoolLite)),
            ("UPN", Some(Scope::Upn)),
            ("StudentExtended", Some(Scope::StudentExtended)),
            ("StaffPersonalContact", Some(Scope::StaffPersonalContact)),
            // More than a full scope's name, and less.
            ("StaffExtended", None),
            ("StudentHistory", None),
            ("Stud", None),
            ("Lite", None),
            ("", None),
        ] {
            assert_eq!(Scope::granted_by(name), granted, "{name}");
        }
    }

    #[test]
    fn a_full_scope_is_not_one_that_we_ask_for() {
        assert!(["School", "Staff", "Student"].iter().all(|n| Scope::from_name(n).is_none()));
    }
}
