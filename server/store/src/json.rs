//! JSON as it stands in a column, with the number of its format in front of its fields: anyone who
//! reads it can tell what wrote it. `{"format":1,"name":…}`

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// The format that is written. It grows when what is in a column can no longer be read by the
/// release before; [`parsed`] then tells the formats apart. What has no number is of the first.
const FORMAT: u32 = 1;

const MARK: &str = "{\"format\":";

/// A value, which is an object, as it is stored.
pub(super) fn json<T: Serialize>(value: &T, column: &'static str) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|_| StoreError::unreadable(column))?;
    match text.strip_prefix('{') {
        Some("}") => Ok(format!("{MARK}{FORMAT}}}")),
        Some(fields) => Ok(format!("{MARK}{FORMAT},{fields}")),
        None => Err(StoreError::unreadable(column)),
    }
}

/// What is stored.
///
/// # Errors
/// `Newer` if a later release wrote it.
pub(super) fn parsed<T: DeserializeOwned>(
    json: &str,
    column: &'static str,
) -> Result<T, StoreError> {
    let number = json.strip_prefix(MARK).and_then(|rest| rest.split([',', '}']).next());
    let format = number.map_or(Ok(FORMAT), str::parse);
    if format.map_err(|_| StoreError::unreadable(column))? > FORMAT {
        return Err(StoreError::Newer { column });
    }
    serde_json::from_str(json).map_err(|_| StoreError::unreadable(column))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Value = BTreeMap<String, u32>;

    fn read(json: &str) -> Result<Value, StoreError> {
        parsed(json, "column")
    }

    #[test]
    fn what_is_written_carries_its_format_and_is_read_again() {
        for value in [Value::new(), Value::from([("a".to_owned(), 1), ("b".to_owned(), 2)])] {
            let text = json(&value, "column").unwrap();
            assert!(text.starts_with("{\"format\":1"), "{text}");
            let mut found = read(&text).unwrap();
            assert_eq!((found.remove("format"), found), (Some(1), value));
        }
    }

    #[test]
    fn what_was_written_before_there_were_formats_is_read() {
        assert_eq!(read("{\"a\":1}").unwrap(), Value::from([("a".to_owned(), 1)]));
    }

    #[test]
    fn what_a_later_release_wrote_is_refused_as_such() {
        for text in ["{\"format\":2,\"a\":1}", "{\"format\":12}"] {
            assert!(matches!(read(text), Err(StoreError::Newer { column: "column" })), "{text}");
        }
        assert!(matches!(read("{\"format\":x}"), Err(StoreError::Unreadable { .. })));
    }

    #[test]
    fn only_objects_have_a_format() {
        assert!(json(&[1, 2], "column").is_err());
    }
}
