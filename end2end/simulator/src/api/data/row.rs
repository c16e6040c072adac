//! Rows and tables as the feed writes them.

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::config::{Booleans, Dialect};

/// One record: its fields in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Row(Vec<(&'static str, Value)>);

impl Row {
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// Forty hex digits over every field but the time of the last change.
    pub(super) fn hash(&self) -> String {
        // Gathered first and hashed at once: without optimisation that is much quicker.
        let mut fields = String::with_capacity(512);
        for (name, value) in self.0.iter().filter(|(name, _)| *name != "LastUpdated") {
            fields.push_str(name);
            match value {
                Value::Null => {}
                Value::String(text) => fields.push_str(text),
                other => fields.push_str(&other.to_string()),
            }
            fields.push('\n');
        }
        forty_digits(&fields)
    }

    /// Keeps only the fields that were selected.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| is_wanted(name));
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A reply: tables side by side, each an array.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Envelope(Vec<(String, Vec<Row>)>);

impl Envelope {
    pub(super) fn table(&mut self, name: impl Into<String>, rows: Vec<Row>) {
        self.0.push((name.into(), rows));
    }
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, rows) in &self.0 {
            map.serialize_entry(name, rows)?;
        }
        map.end()
    }
}

/// Forty hex digits in capitals that follow from a text.
pub(super) fn forty_digits(text: &str) -> String {
    hex::encode_upper(Sha256::digest(text.as_bytes()).get(..20).unwrap_or_default())
}

/// A time as MISs have it: no zone, and as many fractional digits as there are (seven at most).
pub(super) fn time(at: NaiveDateTime) -> String {
    let seconds = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = format!("{:07}", at.nanosecond() / 100);
    match fraction.trim_end_matches('0') {
        "" => seconds,
        digits => format!("{seconds}.{digits}"),
    }
}

/// When a record was changed: two or three fractional digits.
pub(super) fn last_updated(at: NaiveDateTime, dialect: Dialect) -> String {
    let text = at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    let text = text.strip_suffix('0').unwrap_or(&text);
    format!("{text}{}", if dialect.offsets { OFFSET } else { "" })
}

/// A day, which the feed writes as its first moment.
pub(super) fn day(day: NaiveDate, dialect: Dialect) -> String {
    let offset = if dialect.offsets { OFFSET } else { "" };
    format!("{}T00:00:00{offset}", day.format("%Y-%m-%d"))
}

/// A day that the feed writes as such.
pub(super) fn plain_day(day: NaiveDate, dialect: Dialect) -> String {
    if dialect.offsets { self::day(day, dialect) } else { day.format("%Y-%m-%d").to_string() }
}

/// British summer time, in winter too: what counts is the day as written.
const OFFSET: &str = "+01:00";

/// Yes or no in the way of this feed.
pub(super) fn boolean(yes: bool, booleans: Booleans) -> Value {
    match booleans {
        Booleans::Numbers => Value::from(i32::from(yes)),
        Booleans::Text => Value::from(if yes { "1" } else { "0" }),
        Booleans::Json => Value::from(yes),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn times_have_as_many_digits_as_they_need() {
        let at = NaiveDate::from_ymd_opt(2018, 6, 20).unwrap().and_hms_opt(2, 25, 6).unwrap();
        assert_eq!(time(at), "2018-06-20T02:25:06");
        assert_eq!(time(at + TimeDelta::milliseconds(223)), "2018-06-20T02:25:06.223");
        assert_eq!(time(at + TimeDelta::nanoseconds(100)), "2018-06-20T02:25:06.0000001");
    }

    #[test]
    fn a_change_has_two_or_three_digits_and_a_day_may_have_an_offset() {
        let at = NaiveDate::from_ymd_opt(2018, 6, 20).unwrap().and_hms_opt(2, 25, 6).unwrap();
        let (plain, offsets) =
            (Dialect::default(), Dialect { offsets: true, ..Dialect::default() });
        let after = |micros: i64| at + TimeDelta::microseconds(micros);
        assert_eq!(last_updated(at, plain), "2018-06-20T02:25:06.00");
        assert_eq!(last_updated(after(250_000), plain), "2018-06-20T02:25:06.25");
        assert_eq!(last_updated(after(402_555), plain), "2018-06-20T02:25:06.402");
        assert_eq!(last_updated(after(127_000), offsets), "2018-06-20T02:25:06.127+01:00");
        assert_eq!(plain_day(at.date(), plain), "2018-06-20");
        assert_eq!(day(at.date(), plain), "2018-06-20T00:00:00");
        assert_eq!(plain_day(at.date(), offsets), "2018-06-20T00:00:00+01:00");
    }

    #[test]
    fn the_hash_of_a_row_does_not_depend_on_when_it_was_changed() {
        let row = |name: &str, updated: &str| {
            let mut row = Row::default();
            row.set("Forename", name);
            row.set("LastUpdated", updated);
            row.hash()
        };
        assert_eq!(row("Zoë", "2018"), row("Zoë", "2019"));
        assert_ne!(row("Zoë", "2018"), row("Zoe", "2018"));
        assert_eq!(row("Zoë", "2018").len(), 40);
    }
}
