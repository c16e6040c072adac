//! The platform's year groups, and how an MIS's own names for them are remembered.

use serde::{Deserialize, Serialize};

/// A year group of the platform. Primary schools use Nursery to Year 6; middle and all-through
/// schools have years up to Year 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum YearGroup {
    /// The year before Reception.
    Nursery,
    /// The year before Year 1.
    Reception,
    /// Year 1 to Year 13.
    Year(YearNumber),
}

/// The number of a year, 1 to 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearNumber(u8);

/// A stage of schooling; passwords can be set for a whole one in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyStage {
    /// Nursery and Reception.
    EarlyYears,
    /// Years 1 and 2.
    KeyStage1,
    /// Years 3 to 6.
    KeyStage2,
    /// Years 7 to 13.
    Later,
}

impl KeyStage {
    /// As the wizard's page of passwords heads it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::EarlyYears => "Early years",
            Self::KeyStage1 => "Key stage 1",
            Self::KeyStage2 => "Key stage 2",
            Self::Later => "Years 7 to 13",
        }
    }
}

impl YearGroup {
    /// Year `number`, if it is 1 to 13.
    #[must_use]
    pub const fn year(number: u8) -> Option<Self> {
        if number >= 1 && number <= 13 { Some(Self::Year(YearNumber(number))) } else { None }
    }

    /// Every year group, youngest first.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Nursery, Self::Reception].into_iter().chain((1..=13).filter_map(Self::year))
    }

    /// Those a primary school has: Nursery to Year 6.
    pub fn primary() -> impl Iterator<Item = Self> {
        Self::all().take(8)
    }

    /// A number that orders and stores it: Nursery −1, Reception 0, Year n as n.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Nursery => -1,
            Self::Reception => 0,
            Self::Year(year) => year.0 as i16,
        }
    }

    /// The inverse of [`YearGroup::number`].
    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        match number {
            -1 => Some(Self::Nursery),
            0 => Some(Self::Reception),
            _ => u8::try_from(number).ok().and_then(Self::year),
        }
    }

    /// The stage of schooling that the year belongs to.
    #[must_use]
    pub const fn key_stage(self) -> KeyStage {
        match self {
            Self::Nursery | Self::Reception => KeyStage::EarlyYears,
            Self::Year(YearNumber(1..=2)) => KeyStage::KeyStage1,
            Self::Year(YearNumber(3..=6)) => KeyStage::KeyStage2,
            Self::Year(_) => KeyStage::Later,
        }
    }

    /// The short form used in JSON keys and addresses: `nursery`, `reception`, `year-6`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::Nursery => "nursery".into(),
            Self::Reception => "reception".into(),
            Self::Year(year) => format!("year-{}", year.0),
        }
    }

    /// The year group with this slug; none for any other text.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::all().find(|year| year.slug() == slug)
    }

    /// The next year up; none after Year 13.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::from_number(self.number() + 1)
    }
}

impl std::fmt::Display for YearGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nursery => f.write_str("Nursery"),
            Self::Reception => f.write_str("Reception"),
            Self::Year(year) => write!(f, "Year {}", year.0),
        }
    }
}

impl Serialize for YearGroup {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.slug())
    }
}

impl<'de> Deserialize<'de> for YearGroup {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slug = String::deserialize(deserializer)?;
        Self::from_slug(&slug).ok_or_else(|| serde::de::Error::custom("not a year group"))
    }
}

/// What happens to the pupils of one of the MIS's year groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum YearTarget {
    /// They are imported into this year group.
    Import(YearGroup),
    /// They are not imported.
    DoNotImport,
}

/// The form under which an MIS's name for a year group is remembered: without case, and with
/// spaces run together (SIMS writes `Year  4`).
#[must_use]
pub fn normalised_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
    use utoipa::{PartialSchema, ToSchema};

    use super::YearGroup;

    impl ToSchema for YearGroup {}

    impl PartialSchema for YearGroup {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A year group of the platform."))
                .enum_values(Some(Self::all().map(Self::slug)))
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_year_group_survives_its_number_its_slug_and_its_json() {
        for year in YearGroup::all() {
            assert_eq!(YearGroup::from_number(year.number()), Some(year));
            assert_eq!(YearGroup::from_slug(&year.slug()), Some(year));
            let json = serde_json::to_string(&year).unwrap();
            assert_eq!(serde_json::from_str::<YearGroup>(&json).unwrap(), year);
        }
    }

    #[test]
    fn a_primary_school_goes_from_nursery_to_year_6() {
        let names: Vec<String> = YearGroup::primary().map(|year| year.to_string()).collect();
        assert_eq!(names.first().map(String::as_str), Some("Nursery"));
        assert_eq!(names.last().map(String::as_str), Some("Year 6"));
    }

    #[test]
    fn a_name_is_remembered_without_case_and_extra_spaces() {
        assert_eq!(normalised_name(" Year  4 "), "year 4");
    }
}
