//! What XoD's replies hold, read with the tolerance that real feeds need: yes and no in five
//! spellings, ids as text or number, times without a zone, unknown fields ignored.
//!
//! No type here shows itself in `Debug` output: rows are about people, and a reply may be a token.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{Said, XodError};
use super::http::Answer;

/// A field of a row. The feed leaves out what the school does not share; that is another thing
/// than a null, which the MIS has not recorded.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// The key was absent.
    #[default]
    NotShared,
    /// It was null, or a text of nothing but spaces.
    NotRecorded,
    Recorded(T),
}

impl<T> Field<T> {
    pub fn recorded(self) -> Option<T> {
        match self {
            Self::Recorded(value) => Some(value),
            Self::NotShared | Self::NotRecorded => None,
        }
    }

    pub const fn is_shared(&self) -> bool {
        !matches!(self, Self::NotShared)
    }
}

impl Field<String> {
    pub fn is(&self, text: &str) -> bool {
        matches!(self, Self::Recorded(own) if own == text)
    }
}

/// How a value of the feed is read.
trait Tolerant: Sized {
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Reading<Self>;
    fn from_number(number: i64) -> Reading<Self>;
    fn from_bool(_: bool) -> Reading<Self> {
        Reading::Wrong
    }
}

enum Reading<T> {
    Value(T),
    /// It stands for "not recorded".
    Nothing,
    Wrong,
}

impl<'de, T: Tolerant> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<T: Tolerant> FieldVisitor<T> {
    fn field<E: de::Error>(&self, reading: Reading<T>) -> Result<Field<T>, E> {
        match reading {
            Reading::Value(value) => Ok(Field::Recorded(value)),
            Reading::Nothing => Ok(Field::NotRecorded),
            // Never the value itself: it is about somebody.
            Reading::Wrong => Err(E::custom(format_args!("expected {}", T::EXPECTED))),
        }
    }
}

impl<T: Tolerant> Visitor<'_> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Field::NotRecorded)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        // Nobody means them, and one of our databases takes none.
        let is_noise = |c: char| c.is_control() && !c.is_whitespace();
        let text = if text.contains(is_noise) {
            Cow::from(text.replace(is_noise, ""))
        } else {
            Cow::from(text)
        };
        match text.trim() {
            "" => Ok(Field::NotRecorded),
            text => self.field(T::from_text(text)),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        self.field(T::from_number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        self.field(i64::try_from(number).map_or(Reading::Wrong, T::from_number))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        self.field(T::from_bool(value))
    }
}

impl Tolerant for String {
    const EXPECTED: &'static str = "a text or a whole number";

    fn from_text(text: &str) -> Reading<Self> {
        Reading::Value(text.to_owned())
    }

    fn from_number(number: i64) -> Reading<Self> {
        Reading::Value(number.to_string())
    }
}

impl Tolerant for bool {
    const EXPECTED: &'static str = "yes or no";

    fn from_text(text: &str) -> Reading<Self> {
        match text {
            "1" => Reading::Value(true),
            "0" => Reading::Value(false),
            _ if text.eq_ignore_ascii_case("true") => Reading::Value(true),
            _ if text.eq_ignore_ascii_case("false") => Reading::Value(false),
            _ => Reading::Wrong,
        }
    }

    fn from_number(number: i64) -> Reading<Self> {
        match number {
            0 => Reading::Value(false),
            1 => Reading::Value(true),
            _ => Reading::Wrong,
        }
    }

    fn from_bool(value: bool) -> Reading<Self> {
        Reading::Value(value)
    }
}

impl Tolerant for u32 {
    const EXPECTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Reading<Self> {
        text.parse().map_or(Reading::Wrong, Reading::Value)
    }

    fn from_number(number: i64) -> Reading<Self> {
        Self::try_from(number).map_or(Reading::Wrong, Reading::Value)
    }
}

impl Tolerant for NaiveDateTime {
    const EXPECTED: &'static str = "a date";

    /// With or without a time, a zone (always UTC, and ignored), and digits of seconds. The
    /// service's "no date" is the first day of the year 1. Something else in a school's data is no
    /// reason to give up the whole read: it counts as not recorded.
    fn from_text(text: &str) -> Reading<Self> {
        let text = text.trim_end_matches(['Z', 'z']);
        let day = || text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        match text.parse::<Self>().ok().or_else(day) {
            Some(time) if time.year() > 1 => Reading::Value(time),
            _ => Reading::Nothing,
        }
    }

    fn from_number(_: i64) -> Reading<Self> {
        Reading::Wrong
    }
}

/// A pupil.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StudentRow {
    pub id: Field<String>,
    pub external_id: Field<String>,
    pub idaas_id: Field<String>,
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    pub forename: Field<String>,
    pub surname: Field<String>,
    pub reg_group_id: Field<String>,
    pub reg_group: Field<String>,
    pub year_group_id: Field<String>,
    pub year_group: Field<String>,
    pub student_status: Field<String>,
    #[serde(rename = "UPN")]
    pub upn: Field<String>,
    #[serde(rename = "FormerUPN")]
    pub former_upn: Field<String>,
    /// As the service spells it.
    #[serde(rename = "DateofBirth")]
    pub dateof_birth: Field<NaiveDateTime>,
    /// As its documentation spells it too.
    pub date_of_birth: Field<NaiveDateTime>,
    pub legal_forename: Field<String>,
    pub legal_surname: Field<String>,
    pub entry_date: Field<NaiveDateTime>,
    pub enrolment_status: Field<String>,
}

/// A member of staff.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StaffRow {
    pub id: Field<String>,
    pub external_id: Field<String>,
    pub idaas_id: Field<String>,
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    pub staff_status: Field<String>,
    pub forename: Field<String>,
    pub surname: Field<String>,
    pub work_email: Field<String>,
    pub home_email: Field<String>,
    pub is_teacher: Field<bool>,
}

/// A year group, registration group or teaching group.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct GroupRow {
    pub id: Field<String>,
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    pub external_id: Field<String>,
    pub idaas_id: Field<String>,
    pub code: Field<String>,
    pub name: Field<String>,
    pub primary_staff_id: Field<String>,
    pub subject_name: Field<String>,
}

/// A pupil's membership of a group.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StudentMemberRow {
    pub group_id: Field<String>,
    pub group_idaas_id: Field<String>,
    pub student_id: Field<String>,
    pub student_idaas_id: Field<String>,
    pub start_date: Field<NaiveDateTime>,
    pub end_date: Field<NaiveDateTime>,
}

/// A group's member of staff.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StaffMemberRow {
    pub group_id: Field<String>,
    pub group_idaas_id: Field<String>,
    pub staff_id: Field<String>,
    pub staff_idaas_id: Field<String>,
    pub start_date: Field<NaiveDateTime>,
    pub end_date: Field<NaiveDateTime>,
}

/// The school itself.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SchoolInfoRow {
    pub name: Field<String>,
    /// "2017" means 2017/18.
    pub current_academic_year: Field<String>,
}

/// Which MIS was read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(rename = "MIS")]
    pub mis: Field<String>,
}

/// Where a page stands.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Pagination {
    pub page_number: Field<u32>,
    pub page_count: Field<u32>,
    pub row_count: Field<u32>,
}

/// What a call about changes says of itself.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChangedRows {
    /// The call it was compared with; none where XoD does not know that one (any more).
    pub previous_changed_rows: Field<String>,
    /// The name of this call, for the next one to be compared with.
    pub next_changed_rows: Field<String>,
}

/// A reply to "what has changed since?", of any table: what it says of itself, and whether any
/// table has a row.
#[derive(Default)]
pub struct ChangesReply {
    pub changed_rows: Option<ChangedRows>,
    pub row_count: Field<u32>,
    pub has_rows: bool,
}

impl<'de> Deserialize<'de> for ChangesReply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tables;

        impl<'de> Visitor<'de> for Tables {
            type Value = ChangesReply;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tables")
            }

            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<ChangesReply, A::Error> {
                let mut reply = ChangesReply::default();
                while let Some(table) = map.next_key::<String>()? {
                    match table.as_str() {
                        "__changedRows__" => reply.changed_rows = first(map.next_value()?),
                        "__pagination__" => {
                            let pagination: Option<Pagination> = first(map.next_value()?);
                            reply.row_count = pagination.unwrap_or_default().row_count;
                        }
                        "meta" => drop(map.next_value::<de::IgnoredAny>()?),
                        _ => {
                            let rows: Option<Vec<de::IgnoredAny>> = map.next_value()?;
                            reply.has_rows |= rows.is_some_and(|rows| !rows.is_empty());
                        }
                    }
                }
                Ok(reply)
            }
        }

        deserializer.deserialize_map(Tables)
    }
}

/// A reply with a table that comes in pages.
pub trait TableReply: DeserializeOwned {
    type Row;
    const TABLE: &'static str;

    fn into_parts(self) -> Parts<Self::Row>;
    fn id(row: &Self::Row) -> Option<&str>;
}

/// A table, and what stands beside it.
pub struct Parts<Row> {
    /// None where the table is missing.
    pub rows: Option<Vec<Row>>,
    /// None where the table of pupils who are members is missing.
    pub members: Option<Members>,
    pub pagination: Option<Pagination>,
    pub meta: Option<Meta>,
    pub changed_rows: Option<ChangedRows>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StudentsReply {
    #[serde(rename = "Students")]
    rows: Option<Vec<StudentRow>>,
    meta: Option<Vec<Meta>>,
    #[serde(rename = "__pagination__")]
    pagination: Option<Vec<Pagination>>,
    #[serde(rename = "__changedRows__")]
    changed_rows: Option<Vec<ChangedRows>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StaffReply {
    #[serde(rename = "Staff")]
    rows: Option<Vec<StaffRow>>,
    meta: Option<Vec<Meta>>,
    #[serde(rename = "__pagination__")]
    pagination: Option<Vec<Pagination>>,
    #[serde(rename = "__changedRows__")]
    changed_rows: Option<Vec<ChangedRows>>,
}

/// Groups, with their members beside them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct GroupsReply {
    #[serde(rename = "Group")]
    rows: Option<Vec<GroupRow>>,
    #[serde(rename = "StudentMembers")]
    student_members: Option<Vec<StudentMemberRow>>,
    #[serde(rename = "StaffMembers")]
    staff_members: Option<Vec<StaffMemberRow>>,
    meta: Option<Vec<Meta>>,
    #[serde(rename = "__pagination__")]
    pagination: Option<Vec<Pagination>>,
    #[serde(rename = "__changedRows__")]
    changed_rows: Option<Vec<ChangedRows>>,
}

/// The members of the groups on one page.
#[derive(Default)]
pub struct Members {
    pub students: Vec<StudentMemberRow>,
    /// None where the school does not share it.
    pub staff: Option<Vec<StaffMemberRow>>,
}

fn first<T>(rows: Option<Vec<T>>) -> Option<T> {
    rows.and_then(|rows| rows.into_iter().next())
}

macro_rules! table_reply {
    ($reply:ty, $row:ty, $table:literal, $members:expr) => {
        impl TableReply for $reply {
            type Row = $row;
            const TABLE: &'static str = $table;

            fn into_parts(mut self) -> Parts<$row> {
                let members: fn(&mut Self) -> Option<Members> = $members;
                Parts {
                    members: members(&mut self),
                    rows: self.rows,
                    pagination: first(self.pagination),
                    meta: first(self.meta),
                    changed_rows: first(self.changed_rows),
                }
            }

            fn id(row: &$row) -> Option<&str> {
                match &row.id {
                    Field::Recorded(id) => Some(id),
                    _ => None,
                }
            }
        }
    };
}

table_reply!(StudentsReply, StudentRow, "Students", |_| Some(Members::default()));
table_reply!(StaffReply, StaffRow, "Staff", |_| Some(Members::default()));
table_reply!(GroupsReply, GroupRow, "Groups", |reply| Some(Members {
    students: reply.student_members.take()?,
    staff: reply.staff_members.take(),
}));

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SchoolInfoReply {
    #[serde(rename = "SchoolInfo")]
    rows: Option<Vec<SchoolInfoRow>>,
    meta: Option<Vec<Meta>>,
}

impl SchoolInfoReply {
    /// The school's row: none before the first data has arrived.
    pub fn into_row(self) -> (Option<SchoolInfoRow>, Option<Meta>) {
        (first(self.rows), first(self.meta))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TokenDetailsReply {
    pub estab: Field<String>,
    pub relying_party: Field<String>,
    pub scopes: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct GdprReply {
    #[serde(rename = "GDPR")]
    pub rows: Option<Vec<GdprRow>>,
}

/// People whom the school opted out, or (`is_opt_in`) the only ones it opted in.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct GdprRow {
    pub estab: Field<String>,
    pub relying_party: Field<String>,
    pub is_opt_in: Field<bool>,
    pub student_ids: Option<Vec<Field<String>>>,
    pub staff_ids: Option<Vec<Field<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TokenReply {
    #[serde(alias = "Token")]
    pub token: Field<String>,
    #[serde(alias = "Expires")]
    pub expires: Field<NaiveDateTime>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RegisterReply {
    #[serde(rename = "Schools")]
    pub schools: Option<Vec<RegisteredSchool>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RegisteredSchool {
    pub lea_code: Field<String>,
    pub dfes_code: Field<String>,
    pub status: Field<String>,
    pub message: Field<String>,
}

/// The members by which every reply says no.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct NoMembers {
    message: Loose,
    exception_message: Loose,
}

/// A text, or whatever else may stand there.
#[derive(Default)]
enum Loose {
    #[default]
    Null,
    Text(String),
    Other,
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Null(()),
            Other(de::IgnoredAny),
        }
        Ok(match Any::deserialize(deserializer)? {
            Any::Text(text) => Self::Text(text),
            Any::Null(()) => Self::Null,
            Any::Other(_) => Self::Other,
        })
    }
}

impl Loose {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Null | Self::Other => "",
        }
    }
}

/// Whether a body gives the reason of a refusal.
pub fn says_why(body: &[u8]) -> bool {
    serde_json::from_slice::<NoMembers>(body)
        .is_ok_and(|members| !matches!(members.exception_message, Loose::Null))
}

/// Reads a body as every kind of reply: whatever it is, that gives an error or data, and no panic.
#[cfg(any(test, fuzzing))]
pub fn read_as_everything(status: u16, body: &[u8]) {
    fn table<R: TableReply>(answer: &Answer) {
        if let Ok(reply) = read::<R>(answer, AnswerTo::Other) {
            let rows = reply.into_parts().rows;
            assert!(rows.iter().flatten().all(|row| R::id(row) != Some("")));
        }
    }
    let answer = Answer::new(status, body);
    table::<StudentsReply>(&answer);
    table::<StaffReply>(&answer);
    table::<GroupsReply>(&answer);
    drop(read::<SchoolInfoReply>(&answer, AnswerTo::Other).map(SchoolInfoReply::into_row));
    drop(read::<TokenDetailsReply>(&answer, AnswerTo::Other));
    drop(read::<TokenReply>(&answer, AnswerTo::GetToken));
    drop(read::<GdprReply>(&answer, AnswerTo::Other));
    drop(read::<RegisterReply>(&answer, AnswerTo::Other));
    drop(read::<ChangesReply>(&answer, AnswerTo::Other));
    says_why(body);
}

/// Which call an answer is to: the same "no" means another thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AnswerTo {
    GetToken,
    Other,
}

/// Reads an answer: what it holds, or by what name it failed. A non-null `ExceptionMessage` is a
/// failure whatever the status.
pub fn read<T: DeserializeOwned>(answer: &Answer, to: AnswerTo) -> Result<T, XodError> {
    let status = answer.status.as_u16();
    let members: NoMembers = match serde_json::from_slice(&answer.body) {
        Ok(members) => members,
        Err(_) if !answer.status.is_success() => return Err(refusal(status, "", to)),
        Err(error) => return Err(unreadable(&error, &answer.body, status)),
    };
    if !matches!(members.exception_message, Loose::Null) {
        return Err(refusal(status, members.exception_message.text(), to));
    }
    if !answer.status.is_success() {
        return Err(refusal(status, members.message.text(), to));
    }
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    let reply = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        if error.inner().is_data() {
            // The way to a value by names of ours and numbers of rows: nothing of the data.
            XodError::WrongKind { field: error.path().to_string() }
        } else {
            unreadable(error.inner(), &answer.body, status)
        }
    })?;
    json.end().map_err(|error| unreadable(&error, &answer.body, status))?;
    Ok(reply)
}

fn unreadable(error: &serde_json::Error, body: &[u8], status: u16) -> XodError {
    let begins_well = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if error.is_data() {
        XodError::NotAsAgreed("a value of another kind than was agreed")
    } else if error.is_eof() && begins_well {
        XodError::CutShort
    } else {
        XodError::NotJson { status }
    }
}

/// The name of a refusal: by what was said first, as the status is not always the right one.
fn refusal(status: u16, said: &str, to: AnswerTo) -> XodError {
    let lower = said.to_lowercase();
    let is_about_the_token = lower.contains("token")
        && ["expired", "not valid", "invalid", "missing"].iter().any(|word| lower.contains(word));
    let said = Said::new(said);
    if lower.contains("currently paused") {
        return XodError::Paused;
    }
    if lower.contains("secret not correct") || lower.contains("relying party not found") {
        return XodError::SecretRejected;
    }
    match (to, status) {
        (AnswerTo::GetToken, 401 | 403) => XodError::SecretRejected,
        (AnswerTo::Other, 401) => XodError::TokenRejected,
        (AnswerTo::Other, _) if is_about_the_token => XodError::TokenRejected,
        (_, 403) => XodError::NotGranted { said },
        (_, 404) => XodError::NotFound { said },
        (_, 500..) => XodError::Failing { status },
        _ => XodError::Refused { status, said },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn student(fields: &Value) -> Result<StudentRow, XodError> {
        let reply: StudentsReply = answer(200, &json!({ "Students": [fields] }))?;
        Ok(reply.into_parts().rows.unwrap().remove(0))
    }

    fn answer<T: DeserializeOwned>(status: u16, body: &Value) -> Result<T, XodError> {
        read(&Answer::new(status, body.to_string().as_bytes()), AnswerTo::Other)
    }

    fn refusal_of(status: u16, message: &str) -> XodError {
        let body = json!({ "Message": null, "ExceptionMessage": message });
        answer::<StudentsReply>(status, &body).err().unwrap()
    }

    #[test]
    fn an_absent_key_is_not_shared_and_a_null_is_not_recorded() {
        let row =
            student(&json!({ "Id": "1", "UPN": null, "FormerUPN": "  ", "Forename": " Zoë " }));
        let row = row.unwrap();
        assert!(row.upn == Field::NotRecorded && row.former_upn == Field::NotRecorded);
        assert!(row.legal_surname == Field::NotShared);
        assert!(row.forename.is("Zoë"));
    }

    #[test]
    fn characters_that_nobody_means_are_left_out() {
        let row = student(&json!({ "Id": "1", "Forename": "A\u{0}m\u{7}y\tJo", "UPN": "\u{0}" }));
        let row = row.unwrap();
        assert!(row.forename.is("Amy\tJo") && row.upn == Field::NotRecorded);
    }

    #[test]
    fn ids_come_as_text_or_as_numbers() {
        for id in [json!("9660"), json!(9660), json!(" 9660 ")] {
            assert!(student(&json!({ "Id": id })).unwrap().id.is("9660"));
        }
    }

    #[test]
    fn yes_and_no_come_in_many_spellings() {
        let is_teacher = |value: Value| {
            let body = json!({ "Staff": [{ "Id": "1", "IsTeacher": value }] });
            let reply: StaffReply = answer(200, &body)?;
            Ok::<_, XodError>(reply.into_parts().rows.unwrap().remove(0).is_teacher.recorded())
        };
        for yes in [json!(1), json!("1"), json!(true), json!("true"), json!("True")] {
            assert_eq!(is_teacher(yes), Ok(Some(true)));
        }
        for no in [json!(0), json!("0"), json!(false), json!("False")] {
            assert_eq!(is_teacher(no), Ok(Some(false)));
        }
        assert_eq!(is_teacher(Value::Null), Ok(None));
        assert!(is_teacher(json!(2)).is_err() && is_teacher(json!({})).is_err());
    }

    #[test]
    fn dates_come_without_a_zone_and_with_any_number_of_digits() {
        let born = |text: &str| {
            let row = student(&json!({ "Id": "1", "DateofBirth": text })).unwrap();
            row.dateof_birth.recorded().map(|born| born.date().to_string())
        };
        for text in [
            "2016-05-04",
            "2016-05-04T00:00:00",
            "2016-05-04T00:00:00.1",
            "2016-05-04T00:00:00.1234567",
            "2016-05-04T00:00:00.402555Z",
        ] {
            assert_eq!(born(text).as_deref(), Some("2016-05-04"), "{text}");
        }
        assert_eq!(born("0001-01-01T00:00:00"), None);
        assert_eq!(born("04/05/2016"), None);
        let other = student(&json!({ "Id": "1", "DateOfBirth": "2016-05-04" })).unwrap();
        assert!(other.date_of_birth.recorded().is_some());
    }

    #[test]
    fn a_message_is_a_failure_whatever_the_status() {
        assert_eq!(
            refusal_of(200, "Something else"),
            XodError::Refused { status: 200, said: Said::new("Something else") }
        );
        let secret = "Relying Party not found for estab or secret not correct";
        let paused = "Authorisation is currently paused while the school finalises the selection \
                      of people they wish to include in this feed.";
        for status in [200, 401, 403, 500] {
            assert_eq!(refusal_of(status, secret), XodError::SecretRejected);
            assert_eq!(refusal_of(status, paused), XodError::Paused);
        }
        assert_eq!(refusal_of(200, "Token has expired"), XodError::TokenRejected);
        assert_eq!(refusal_of(401, "No"), XodError::TokenRejected);
        assert_eq!(refusal_of(404, "No").to_string(), "XoD does not know what was asked for");
        assert_eq!(refusal_of(503, "No"), XodError::Failing { status: 503 });
        let nothing_said = refusal_of(200, "");
        assert_eq!(nothing_said, XodError::Refused { status: 200, said: None });
    }

    #[test]
    fn what_is_not_json_is_told_from_json_that_broke_off() {
        let failure = |body: &str| {
            read::<StudentsReply>(&Answer::new(200, body.as_bytes()), AnswerTo::Other).err()
        };
        assert_eq!(failure("<html>Maintenance</html>"), Some(XodError::NotJson { status: 200 }));
        assert_eq!(failure(""), Some(XodError::NotJson { status: 200 }));
        assert_eq!(failure("{\"Students\":[{\"Id\":"), Some(XodError::CutShort));
        assert_eq!(failure("[1]"), Some(XodError::WrongKind { field: "[0]".into() }));
        let wrong = failure("{\"Students\":[{\"Id\":1},{\"Id\":{}}]}");
        assert_eq!(wrong, Some(XodError::WrongKind { field: "Students[1].Id".into() }));
    }

    /// JSON that looks like a reply here and there.
    fn nearly_a_reply() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "Students",
            "Staff",
            "Group",
            "StudentMembers",
            "SchoolInfo",
            "Schools",
            "GDPR",
            "meta",
            "__pagination__",
            "Id",
            "Forename",
            "DateofBirth",
            "IsTeacher",
            "IsOptIn",
            "StudentIds",
            "PageNumber",
            "PageCount",
            "RowCount",
            "token",
            "expires",
            "Scopes",
            "ExceptionMessage",
            "Message",
            "CurrentAcademicYear",
            "MIS",
            "Other",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            ".{0,12}".prop_map(Value::from),
            "[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}T[0-9:.]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                    Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_error_or_data(
            status in 100_u16..=599, body in prop::collection::vec(any::<u8>(), 0..400)
        ) {
            read_as_everything(status, &body);
        }

        #[test]
        fn any_json_gives_an_error_or_data(status in 100_u16..=599, body in nearly_a_reply()) {
            read_as_everything(status, body.to_string().as_bytes());
        }

        #[test]
        fn half_a_reply_gives_an_error_or_data(body in nearly_a_reply(), part in 0.0..1.0_f64) {
            let body = body.to_string();
            let cut = (body.len() as f64 * part) as usize;
            read_as_everything(200, &body.as_bytes()[..cut]);
        }
    }
}
