//! What the simulator is told when it starts.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{clock::Clock, faults::Fault};

/// Where the simulator listens unless told otherwise; Rollcall looks for it there.
pub const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8090);
/// The application's id unless told otherwise.
pub const DEFAULT_APP_ID: &str = "rollcall.localhost";
/// The application's management secret unless told otherwise.
pub const DEFAULT_MANAGEMENT_SECRET: &str = "management-secret-for-development";
/// Where schools' decisions are reported unless told otherwise.
pub const DEFAULT_CALLBACK: &str = "http://127.0.0.1:8080/api/xod/callback";

/// The settings of one simulator.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port 0 takes any free port.
    pub listen: SocketAddr,
    pub app_id: String,
    pub management_secret: String,
    /// Where schools' decisions are reported.
    pub callback: String,
    /// Keeps what changed over a restart.
    pub state: Option<PathBuf>,
    pub schools: Vec<SchoolSpec>,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
    pub clock: Clock,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            app_id: DEFAULT_APP_ID.into(),
            management_secret: DEFAULT_MANAGEMENT_SECRET.into(),
            callback: DEFAULT_CALLBACK.into(),
            state: None,
            schools: Vec::new(),
            faults: Vec::new(),
            clock: Clock::system(),
        }
    }
}

impl Config {
    /// The defaults, on a free port of this machine, with these schools.
    #[must_use]
    pub fn on_a_free_port(schools: impl IntoIterator<Item = SchoolSpec>) -> Self {
        Self {
            listen: SocketAddr::new(DEFAULT_LISTEN.ip(), 0),
            schools: schools.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// What a school is generated from. The same values give the same school on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SchoolSpecInput")]
pub struct SchoolSpec {
    /// The seven-digit number.
    pub estab: String,
    /// `None` takes a name that goes with the number.
    pub name: Option<String>,
    /// Pupils on roll.
    pub pupils: u32,
    /// Current staff.
    pub staff: u32,
    pub seed: u64,
    /// The school has not authorised the application.
    pub unconnected: bool,
    /// The school has never used the service: it needs an installation. Implies `unconnected`.
    pub new_to_xod: bool,
    /// Some primary schools have no teaching groups.
    pub teaching_groups: bool,
    /// The school year the MIS is in; `2025` means 2025/26.
    pub academic_year: u16,
    pub dialect: Dialect,
}

/// The fewest and the most pupils that can be generated.
pub(crate) const PUPILS: std::ops::RangeInclusive<u32> = 30..=20_000;

impl SchoolSpec {
    /// A connected school of 210 pupils.
    #[must_use]
    pub fn new(estab: impl Into<String>) -> Self {
        Self {
            estab: estab.into(),
            name: None,
            pupils: 210,
            staff: usual_staff(210),
            seed: 1,
            unconnected: false,
            new_to_xod: false,
            teaching_groups: true,
            academic_year: 2025,
            dialect: Dialect::default(),
        }
    }

    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// So many pupils on roll (30 to 20,000), and the staff that go with them.
    #[must_use]
    pub fn pupils(mut self, pupils: u32) -> Self {
        self.pupils = pupils;
        self.staff = usual_staff(pupils);
        self
    }

    #[must_use]
    pub fn staff(mut self, staff: u32) -> Self {
        self.staff = staff;
        self
    }

    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    #[must_use]
    pub fn unconnected(mut self) -> Self {
        self.unconnected = true;
        self
    }

    #[must_use]
    pub fn new_to_xod(mut self) -> Self {
        self.unconnected = true;
        self.new_to_xod = true;
        self
    }

    #[must_use]
    pub fn without_teaching_groups(mut self) -> Self {
        self.teaching_groups = false;
        self
    }

    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Why no school can be made from this.
    ///
    /// # Errors
    /// Says which value is out of range.
    pub fn check(&self) -> Result<(), SpecError> {
        if self.estab.len() != 7 || !self.estab.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpecError::Estab(self.estab.clone()));
        }
        if !PUPILS.contains(&self.pupils) {
            return Err(SpecError::Pupils(self.pupils));
        }
        if !(FEWEST_STAFF..=10_000).contains(&self.staff) {
            return Err(SpecError::Staff(self.staff));
        }
        Ok(())
    }
}

/// Fewer than these cannot run a school with everybody a test needs.
pub(crate) const FEWEST_STAFF: u32 = 6;

/// About as many staff as a school of this size has.
#[must_use]
pub fn usual_staff(pupils: u32) -> u32 {
    (pupils / 9).max(8)
}

/// Why a school cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("{0:?} is not a school number: seven digits, such as 3281102")]
    Estab(String),
    #[error("a school has 30 to 20000 pupils, not {0}")]
    Pupils(u32),
    #[error("a school has 6 to 10000 staff, not {0}")]
    Staff(u32),
    #[error("there is a school {0} already")]
    Taken(String),
}

/// How a feed writes what real feeds write in more than one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Dialect {
    /// `GroupId` and `StudentId` of memberships as "GC-8811" and "PL-9660" instead of plain.
    pub prefixed_member_ids: bool,
    /// `Id` is Xporter's own id instead of the MIS's.
    pub xid_as_id: bool,
    pub booleans: Booleans,
    /// `DateOfBirth` instead of `DateofBirth`, and the newer fields `NCYear` and `YearTaughtIn`.
    pub newer_fields: bool,
    /// Memberships that ended come too, with their `EndDate`.
    pub ended_memberships: bool,
    /// Tokens and callbacks list `School`, `Staff` and `Student` where the Lite ones were approved.
    pub full_scopes: bool,
    /// Change sets come as in the one recorded reply: with `pageSize` no `__pagination__`, an empty
    /// `meta`, and `PreviousChangedRows` is what the earlier call was asked with.
    pub changes_without_pages: bool,
    /// A pause shows in the token reply only by the member `AuthorisationPaused`.
    pub pause_as_member: bool,
    /// Calls with `select` are refused.
    pub refuses_select: bool,
    /// Days and times carry an offset, as in "2009-01-12T00:00:00+01:00".
    pub offsets: bool,
    /// The school's website and the staff codes of those who do not teach are null.
    pub sparse: bool,
}

/// How a feed writes yes and no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booleans {
    /// 1 and 0
    #[default]
    Numbers,
    /// "1" and "0"
    Text,
    /// true and false
    Json,
}

/// A [`SchoolSpec`] as JSON gives it: everything but the number may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchoolSpecInput {
    estab: String,
    #[serde(default)]
    name: Option<String>,
    pupils: Option<u32>,
    staff: Option<u32>,
    seed: Option<u64>,
    #[serde(default)]
    unconnected: bool,
    #[serde(default)]
    new_to_xod: bool,
    teaching_groups: Option<bool>,
    academic_year: Option<u16>,
    #[serde(default)]
    dialect: Dialect,
}

impl From<SchoolSpecInput> for SchoolSpec {
    fn from(input: SchoolSpecInput) -> Self {
        let plain = Self::new(input.estab);
        let pupils = input.pupils.unwrap_or(plain.pupils);
        Self {
            name: input.name,
            pupils,
            staff: input.staff.unwrap_or_else(|| usual_staff(pupils)),
            seed: input.seed.unwrap_or(plain.seed),
            unconnected: input.unconnected || input.new_to_xod,
            new_to_xod: input.new_to_xod,
            teaching_groups: input.teaching_groups.unwrap_or(plain.teaching_groups),
            academic_year: input.academic_year.unwrap_or(plain.academic_year),
            dialect: input.dialect,
            estab: plain.estab,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_a_school_has_to_be_given() {
        let spec: SchoolSpec = serde_json::from_str(r#"{"estab":"3281102","pupils":420}"#).unwrap();
        assert_eq!(spec, SchoolSpec::new("3281102").pupils(420));
        assert_eq!(spec.check(), Ok(()));
    }

    #[test]
    fn refuses_a_school_number_that_is_not_seven_digits() {
        let error = SchoolSpec::new("32811").check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"32811\" is not a school number: seven digits, such as 3281102"
        );
    }

    #[test]
    fn refuses_too_few_and_too_many_pupils() {
        assert_eq!(SchoolSpec::new("3281102").pupils(29).check(), Err(SpecError::Pupils(29)));
        assert_eq!(
            SchoolSpec::new("3281102").pupils(20_001).check(),
            Err(SpecError::Pupils(20_001))
        );
    }
}
