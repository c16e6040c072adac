//! Moments and days as they travel: text, which the browser's own Intl formats.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A moment in UTC as RFC 3339 with milliseconds, such as `2026-09-01T07:30:00.000Z`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(format = DateTime))]
#[serde(transparent)]
pub struct Timestamp(pub String);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A day as ISO 8601, such as `2026-09-01`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(format = Date))]
#[serde(transparent)]
pub struct Day(pub String);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time of day to the minute, such as `05:30`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    /// Since midnight.
    minutes: u16,
}

impl TimeOfDay {
    /// So many minutes after midnight; none for more than a day has.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes < 24 * 60 { Some(Self { minutes }) } else { None }
    }

    /// The minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.minutes
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// What was typed is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of day has hours and minutes, such as 05:30")]
pub struct NoTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let (hours, minutes) = text.trim().split_once(':').ok_or(NoTimeOfDay)?;
        let number = |digits: &str, below: u16| {
            let is_plain =
                matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
            let number: Option<u16> =
                digits.parse().ok().filter(|number| is_plain && *number < below);
            number.ok_or(NoTimeOfDay)
        };
        Ok(Self { minutes: number(hours, 24)? * 60 + number(minutes, 60)? })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NoTimeOfDay;

    fn try_from(text: String) -> Result<Self, NoTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
    use utoipa::{PartialSchema, ToSchema};

    use super::TimeOfDay;

    impl ToSchema for TimeOfDay {}

    impl PartialSchema for TimeOfDay {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A time of day to the minute, such as `05:30`."))
                .pattern(Some("^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$"))
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_as_it_is_written() {
        for minutes in 0..24 * 60 {
            let time = TimeOfDay::from_minutes(minutes).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!("5:30".parse::<TimeOfDay>().unwrap().to_string(), "05:30");
        for bad in ["", "5", "24:00", "05:60", "-1:30", "+5:30", "05:030", "05:30:00", "five"] {
            assert_eq!(bad.parse::<TimeOfDay>(), Err(NoTimeOfDay), "{bad}");
        }
    }
}
