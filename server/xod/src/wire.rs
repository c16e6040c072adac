//! What XoD's replies hold, read with the tolerance that real feeds need: yes and no in several
//! spellings, ids as text or number, times without a zone, unknown fields ignored.
//!
//! No type here shows itself in `Debug` output: rows are about people, and a reply may be a token.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{Said, XodError};
use super::http::HttpReply;

/// A field of a row. The feed leaves out what the school does not share; that is another thing
/// than a null, which the MIS has not recorded.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// The key was absent.
    #[default]
    NotShared,
    /// It was null, a text of nothing but spaces, or a date that cannot be read or stands for none.
    NotRecorded,
    /// The value; a text has no spaces around it, and no control characters but white space.
    Recorded(T),
}

impl<T> Field<T> {
    /// The value; None where it is not shared, and where the MIS has none.
    pub fn recorded(self) -> Option<T> {
        match self {
            Self::Recorded(value) => Some(value),
            Self::NotShared | Self::NotRecorded => None,
        }
    }

    /// Whether the school shares it: the key was there, with a value or not.
    pub const fn is_shared(&self) -> bool {
        !matches!(self, Self::NotShared)
    }
}

impl Field<String> {
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Self::Recorded(own) if own == text)
    }
}

/// No name, code or id of a school is nearly as long, in characters: what is, is refused before it
/// is kept.
const LONGEST_TEXT: usize = 1000;

/// What is said of a text that is longer.
const TOO_LONG: &str = "a text of more than 1,000 characters";

/// How a value of the feed is read.
trait Tolerant: Sized {
    const EXPECTED: &'static str;
    /// Whether a text may be no longer than those of a school are.
    const IS_BOUNDED: bool = true;

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
        if T::IS_BOUNDED && text.chars().nth(LONGEST_TEXT).is_some() {
            return Err(E::custom(TOO_LONG));
        }
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

/// A token: as long as XoD makes it.
pub(crate) struct TokenText(String);

impl Tolerant for TokenText {
    const EXPECTED: &'static str = "a text";
    const IS_BOUNDED: bool = false;

    fn from_text(text: &str) -> Reading<Self> {
        Reading::Value(Self(text.to_owned()))
    }

    fn from_number(_: i64) -> Reading<Self> {
        Reading::Wrong
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

    /// With or without a time, a zone (what counts is the date as written), and digits of seconds.
    /// The service's "no date" is the first day of the year 1. Something else in a school's data is
    /// no reason to give up the whole read: it counts as not recorded.
    fn from_text(text: &str) -> Reading<Self> {
        let text = without_zone(text);
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

/// A date without the zone or the offset at its end: "2009-01-12T00:00:00+01:00".
fn without_zone(text: &str) -> &str {
    const DAY: usize = "2009-01-12".len();
    let text = text.trim_end_matches(['Z', 'z']);
    let offset = text.get(DAY..).and_then(|rest| rest.find(['+', '-']));
    offset.and_then(|at| text.get(..DAY + at)).unwrap_or(text).trim_end()
}

impl Tolerant for DateTime<Utc> {
    const EXPECTED: &'static str = "a moment";

    /// As a date; but an offset counts, and none is UTC.
    fn from_text(text: &str) -> Reading<Self> {
        match DateTime::parse_from_rfc3339(text) {
            Ok(moment) if moment.year() > 1 => Reading::Value(moment.to_utc()),
            Ok(_) => Reading::Nothing,
            Err(_) => match NaiveDateTime::from_text(text) {
                Reading::Value(time) => Reading::Value(time.and_utc()),
                Reading::Nothing => Reading::Nothing,
                Reading::Wrong => Reading::Wrong,
            },
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
    /// Names the row: the MIS's own number, or in some feeds Xporter's id.
    pub id: Field<String>,
    /// The MIS's GUID.
    pub external_id: Field<String>,
    /// The MIS's own number after `PL-`; other tables may name the pupil by it.
    pub idaas_id: Field<String>,
    /// Xporter's own id.
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    /// The preferred forename, as the MIS writes it.
    pub forename: Field<String>,
    /// The preferred surname, as the MIS writes it.
    pub surname: Field<String>,
    /// The registration group, by [`GroupRow::id`] or another id of it.
    pub reg_group_id: Field<String>,
    /// The name of that group, which the table of groups may leave out.
    pub reg_group: Field<String>,
    /// The year group, by [`GroupRow::id`] or another id of it.
    pub year_group_id: Field<String>,
    /// The name of that group, which the table of groups may leave out.
    pub year_group: Field<String>,
    /// `OnRoll`, `Leaver` or `PreAdmission`; others and other spellings may come.
    pub student_status: Field<String>,
    /// The unique pupil number as the MIS has it, unchecked; under the scope `UPN`.
    #[serde(rename = "UPN")]
    pub upn: Field<String>,
    /// The UPN that the pupil had before, unchecked; under the scope `UPN`.
    #[serde(rename = "FormerUPN")]
    pub former_upn: Field<String>,
    /// The birth date, as the service spells the field; under the scope `StudentExtended`.
    #[serde(rename = "DateofBirth")]
    pub dateof_birth: Field<NaiveDateTime>,
    /// The same, as the service's documentation spells the field too.
    pub date_of_birth: Field<NaiveDateTime>,
    /// The legal forename, which may be the preferred one; under the scope `StudentExtended`.
    pub legal_forename: Field<String>,
    /// The legal surname, in the same way.
    pub legal_surname: Field<String>,
    /// The day on which the pupil starts, or started, here; under the scope `StudentExtended`.
    pub entry_date: Field<NaiveDateTime>,
    /// `C` here only, `M` mainly here, `S` mainly elsewhere, `G` a guest; under the same scope.
    pub enrolment_status: Field<String>,
}

/// A member of staff.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StaffRow {
    /// Names the row: the MIS's own number, or in some feeds Xporter's id.
    pub id: Field<String>,
    /// The MIS's GUID.
    pub external_id: Field<String>,
    /// The MIS's own number after `PWT-`; other tables may name the person by it.
    pub idaas_id: Field<String>,
    /// Xporter's own id.
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    /// `Current`, `Future` or `Previous`; others and other spellings may come.
    pub staff_status: Field<String>,
    /// The forename that the MIS shows for them, as it writes it.
    pub forename: Field<String>,
    /// The surname that the MIS shows for them, as it writes it.
    pub surname: Field<String>,
    /// The address at the school, as the MIS writes it, unchecked.
    pub work_email: Field<String>,
    /// The private address, unchecked; under the scope `StaffPersonalContact`.
    pub home_email: Field<String>,
    /// Whether the MIS marks them as a teacher.
    pub is_teacher: Field<bool>,
}

/// A year group, registration group or teaching group.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct GroupRow {
    /// Names the row: the MIS's own number, or in some feeds Xporter's id.
    pub id: Field<String>,
    /// Xporter's own id.
    #[serde(rename = "XID")]
    pub xid: Field<String>,
    /// The MIS's GUID.
    pub external_id: Field<String>,
    /// The MIS's own number after `GY-` (a year group) or `GC-` (any other group).
    pub idaas_id: Field<String>,
    /// The MIS's short form of the name, which may be the same.
    pub code: Field<String>,
    /// The name as the MIS writes it, such as `Year  4` with two spaces.
    pub name: Field<String>,
    /// The group's main teacher, by [`StaffRow::id`] or another id of theirs.
    pub primary_staff_id: Field<String>,
    /// The subject that is taught; of teaching groups only.
    pub subject_name: Field<String>,
}

/// A pupil's membership of a group.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StudentMemberRow {
    /// The group, by [`GroupRow::id`] or another id of it, as the feed has it.
    pub group_id: Field<String>,
    /// The group, by [`GroupRow::idaas_id`].
    pub group_idaas_id: Field<String>,
    /// The pupil, by [`StudentRow::id`] or another id of theirs, as the feed has it.
    pub student_id: Field<String>,
    /// The pupil, by [`StudentRow::idaas_id`].
    pub student_idaas_id: Field<String>,
    /// The first day in the group, which may be still to come.
    pub start_date: Field<NaiveDateTime>,
    /// The last day in the group, which still counts; it may be over.
    pub end_date: Field<NaiveDateTime>,
}

/// A group's member of staff.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct StaffMemberRow {
    /// The group, by [`GroupRow::id`] or another id of it, as the feed has it.
    pub group_id: Field<String>,
    /// The group, by [`GroupRow::idaas_id`].
    pub group_idaas_id: Field<String>,
    /// The member of staff, by [`StaffRow::id`] or another id of theirs, as the feed has it.
    pub staff_id: Field<String>,
    /// The member of staff, by [`StaffRow::idaas_id`].
    pub staff_idaas_id: Field<String>,
    /// The first day with the group, which may be still to come.
    pub start_date: Field<NaiveDateTime>,
    /// The last day with the group, which still counts; it may be over.
    pub end_date: Field<NaiveDateTime>,
}

/// The school itself.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct SchoolInfoRow {
    pub name: Field<String>,
    /// "2017" means 2017/18.
    pub current_academic_year: Field<String>,
}

/// Which MIS was read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// The service's name for the MIS, such as `simsnet`.
    #[serde(rename = "MIS")]
    pub mis: Field<String>,
}

/// Where a page stands.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Pagination {
    /// The number of this page, from 1.
    pub page_number: Field<u32>,
    /// How many pages the table has.
    pub page_count: Field<u32>,
    /// How many rows the table has on all its pages.
    pub row_count: Field<u32>,
}

/// What a call about changes says of itself.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChangedRows {
    /// The name that was asked with, as it was sent.
    pub requested_changed_rows: Field<String>,
    /// What it was compared with: the call of that name, or what that one was asked with. Null
    /// where XoD does not know that call (any more).
    pub previous_changed_rows: Field<String>,
    /// The name of this call, for the next one to be compared with.
    pub next_changed_rows: Field<String>,
}

/// A reply to "what has changed since?", of any table: what it says of itself, which tables it
/// has, and whether any of them has a row.
#[derive(Default)]
pub(crate) struct ChangesReply {
    changed_rows: Option<ChangedRows>,
    row_count: Field<u32>,
    tables: Vec<String>,
    has_rows: bool,
}

impl ChangesReply {
    /// Whether it says for certain that nothing of this table has changed, and nothing was deleted,
    /// since the call that XoD named so.
    pub(crate) fn says_unchanged(&self, table: &str, since: &str) -> bool {
        let is_compared = self.changed_rows.as_ref().is_some_and(|changed| {
            let is_ours = |name: &String| name.eq_ignore_ascii_case(since);
            matches!(&changed.requested_changed_rows, Field::Recorded(name) if is_ours(name))
                && changed.previous_changed_rows != Field::NotRecorded
        });
        let is_empty = !self.has_rows && !matches!(self.row_count, Field::Recorded(1..));
        is_compared && is_empty && self.tables.iter().any(|own| own == table)
    }
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
                            let Some(rows) = rows else { continue };
                            reply.has_rows |= !rows.is_empty();
                            reply.tables.push(table);
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
    /// What a row of the table is read into.
    type Row;
    /// What people call it.
    const TABLE: &'static str;
    /// The name it has in the reply.
    const NAME: &'static str;

    /// Takes the reply apart into the table and what stands beside it.
    fn into_parts(self) -> Parts<Self::Row>;
    /// The row's `Id`; None where it is not shared or not recorded.
    fn id(row: &Self::Row) -> Option<&str>;
}

/// A table, and what stands beside it.
pub struct Parts<Row> {
    /// None where the table is missing.
    pub rows: Option<Vec<Row>>,
    /// None where the table of pupils who are members is missing.
    pub members: Option<Members>,
    /// None where the reply does not say which page it is.
    pub pagination: Option<Pagination>,
    /// None where the reply does not say which MIS was read, as on later pages.
    pub meta: Option<Meta>,
    /// None where the call did not ask about changes, or the reply does not say.
    pub changed_rows: Option<ChangedRows>,
}

/// A page of pupils, as [`School::students`](crate::School::students) reads it.
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

/// A page of staff, as [`School::staff`](crate::School::staff) reads it.
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

/// A page of groups with their members, as [`School::groups`](crate::School::groups) reads it.
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
    /// Which pupils are in which group, at any time; a group may stand on another page.
    pub students: Vec<StudentMemberRow>,
    /// Which staff have which group; None where the school does not share it.
    pub staff: Option<Vec<StaffMemberRow>>,
}

fn first<T>(rows: Option<Vec<T>>) -> Option<T> {
    rows.and_then(|rows| rows.into_iter().next())
}

macro_rules! table_reply {
    ($reply:ty, $row:ty, $table:literal, $name:literal, $members:expr) => {
        impl TableReply for $reply {
            type Row = $row;
            const TABLE: &'static str = $table;
            const NAME: &'static str = $name;

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

table_reply!(StudentsReply, StudentRow, "Students", "Students", |_| Some(Members::default()));
table_reply!(StaffReply, StaffRow, "Staff", "Staff", |_| Some(Members::default()));
table_reply!(GroupsReply, GroupRow, "Groups", "Group", |reply| Some(Members {
    students: reply.student_members.take()?,
    staff: reply.staff_members.take(),
}));

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SchoolInfoReply {
    #[serde(rename = "SchoolInfo")]
    rows: Option<Vec<SchoolInfoRow>>,
    meta: Option<Vec<Meta>>,
}

impl SchoolInfoReply {
    /// The school's row: none before the first data has arrived.
    pub(crate) fn into_row(self) -> (Option<SchoolInfoRow>, Option<Meta>) {
        (first(self.rows), first(self.meta))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CountsReply {
    #[serde(rename = "Counts")]
    pub rows: Option<Vec<CountRow>>,
}

/// How many of something there are.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct CountRow {
    pub area: Field<String>,
    pub count: Field<u32>,
}

impl CountsReply {
    /// How many there are of an area; none where that is not said.
    pub(crate) fn of(&self, area: &str) -> Option<u32> {
        let is_it = |row: &&CountRow| matches!(&row.area, Field::Recorded(name) if name.eq_ignore_ascii_case(area));
        match self.rows.iter().flatten().find(is_it)?.count {
            Field::Recorded(count) => Some(count),
            _ => None,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct TokenDetailsReply {
    pub estab: Field<String>,
    pub relying_party: Field<String>,
    pub scopes: Option<Vec<Field<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct GdprReply {
    #[serde(rename = "GDPR")]
    pub rows: Option<Vec<GdprRow>>,
}

/// People whom the school opted out, or (`is_opt_in`) the only ones it opted in.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct GdprRow {
    pub estab: Field<String>,
    pub relying_party: Field<String>,
    pub is_opt_in: Field<bool>,
    pub student_ids: Option<Vec<Field<String>>>,
    pub staff_ids: Option<Vec<Field<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenReply {
    #[serde(alias = "Token")]
    token: Field<TokenText>,
    #[serde(alias = "Expires")]
    expires: Field<DateTime<Utc>>,
    #[serde(alias = "Message")]
    message: Loose,
}

impl TokenReply {
    /// The token, and until when it is good, where that is said.
    pub(crate) fn into_token(self) -> Result<(String, Option<DateTime<Utc>>), XodError> {
        match self.token.recorded() {
            Some(TokenText(token)) => Ok((token, self.expires.recorded())),
            None => {
                let members = NoMembers { message: self.message, ..NoMembers::default() };
                Err(refusal(200, &members, AnswerTo::GetToken))
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterReply {
    #[serde(rename = "Schools")]
    pub schools: Option<Vec<RegisteredSchool>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct RegisteredSchool {
    pub lea_code: Field<String>,
    pub dfes_code: Field<String>,
    pub status: Field<String>,
    message: Loose,
}

impl RegisteredSchool {
    /// What XoD says of it.
    pub(crate) fn said(&self) -> Option<Said> {
        Said::new(self.message.text())
    }
}

/// The members by which every reply says no.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct NoMembers {
    message: Loose,
    exception_message: Loose,
    exception_type: Loose,
    #[serde(alias = "authorisationPaused", alias = "AuthorizationPaused")]
    authorisation_paused: Loose,
}

impl NoMembers {
    /// Whether they say no whatever the status.
    fn say_no(&self) -> bool {
        !matches!(self.exception_message, Loose::Null) || self.say_paused()
    }

    fn say_paused(&self) -> bool {
        let texts = [&self.exception_message, &self.message, &self.exception_type];
        self.authorisation_paused.is_yes()
            || texts.iter().any(|text| text.text().to_lowercase().contains("paus"))
    }

    /// What is wrong, in words.
    fn said(&self) -> &str {
        match self.exception_message.text() {
            "" => self.message.text(),
            said => said,
        }
    }
}

/// A text, or whatever else may stand there.
#[derive(Default)]
enum Loose {
    #[default]
    Null,
    Text(String),
    /// 1 or true.
    Yes,
    Other,
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Null(()),
            Bool(bool),
            Number(i64),
            Other(de::IgnoredAny),
        }
        Ok(match Any::deserialize(deserializer)? {
            Any::Text(text) => Self::Text(text),
            Any::Null(()) => Self::Null,
            Any::Bool(true) | Any::Number(1) => Self::Yes,
            Any::Bool(false) | Any::Number(_) | Any::Other(_) => Self::Other,
        })
    }
}

impl Loose {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Null | Self::Yes | Self::Other => "",
        }
    }

    fn is_yes(&self) -> bool {
        match self {
            Self::Yes => true,
            Self::Text(text) => matches!(bool::from_text(text), Reading::Value(true)),
            Self::Null | Self::Other => false,
        }
    }
}

/// Whether a body gives the reason of a refusal.
pub(crate) fn says_why(body: &[u8]) -> bool {
    serde_json::from_slice::<NoMembers>(body)
        .is_ok_and(|members| !matches!(members.exception_message, Loose::Null))
}

/// Whether a body that came as if all were well tells of a fault that may pass.
pub(crate) fn tells_of_a_fault(answer: &HttpReply, to: AnswerTo<'_>) -> bool {
    let is_fault = |members: &NoMembers| {
        let refusal = refusal(answer.status.as_u16(), members, to);
        members.say_no() && matches!(refusal, XodError::Failing { .. })
    };
    answer.status.is_success()
        && serde_json::from_slice(&answer.body).is_ok_and(|members| is_fault(&members))
}

/// Reads a body as every kind of reply: whatever it is, that gives an error or data, and no panic.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_as_everything(status: u16, body: &[u8]) {
    fn table<R: TableReply>(answer: &HttpReply) {
        if let Ok(reply) = read::<R>(answer, AnswerTo::Other) {
            let rows = reply.into_parts().rows;
            assert!(rows.iter().flatten().all(|row| R::id(row) != Some("")));
        }
    }
    let answer = HttpReply::new(status, body);
    table::<StudentsReply>(&answer);
    table::<StaffReply>(&answer);
    table::<GroupsReply>(&answer);
    drop(read::<SchoolInfoReply>(&answer, AnswerTo::Other).map(SchoolInfoReply::into_row));
    drop(read::<CountsReply>(&answer, AnswerTo::Other).map(|reply| reply.of("Students")));
    drop(read::<TokenDetailsReply>(&answer, AnswerTo::Other));
    drop(read::<TokenReply>(&answer, AnswerTo::GetToken).and_then(TokenReply::into_token));
    drop(read::<StudentsReply>(&answer, AnswerTo::Select("Id")));
    drop(read::<GdprReply>(&answer, AnswerTo::Other));
    drop(read::<RegisterReply>(&answer, AnswerTo::Other));
    drop(read::<ChangesReply>(&answer, AnswerTo::Other));
    says_why(body);
    tells_of_a_fault(&answer, AnswerTo::Other);
}

/// Which call an answer is to: the same "no" means another thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerTo<'a> {
    GetToken,
    /// A call that names the fields it wants, these.
    Select(&'a str),
    Other,
}

/// Reads an answer: what it holds, or by what name it failed. A non-null `ExceptionMessage` is a
/// failure whatever the status, and so is a pause.
pub(crate) fn read<T: DeserializeOwned>(
    answer: &HttpReply,
    to: AnswerTo<'_>,
) -> Result<T, XodError> {
    let status = answer.status.as_u16();
    let members: NoMembers = match serde_json::from_slice(&answer.body) {
        Ok(members) => members,
        Err(_) if !answer.status.is_success() => {
            return Err(refusal(status, &NoMembers::default(), to));
        }
        Err(error) => return Err(unreadable(&error, &answer.body, status)),
    };
    if members.say_no() || !answer.status.is_success() {
        return Err(refusal(status, &members, to));
    }
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    let reply = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        if error.inner().is_data() && error.inner().to_string().starts_with(TOO_LONG) {
            XodError::TextTooLong { field: error.path().to_string() }
        } else if error.inner().is_data() {
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

/// The name of a refusal: by what was said first, as the status is not always the right one. Only
/// what is known to be one is a refusal; anything else may pass.
fn refusal(status: u16, members: &NoMembers, to: AnswerTo<'_>) -> XodError {
    let text = members.said().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let said = Said::new(members.said());
    if has(SECRET_NOT_RIGHT) {
        return XodError::SecretRejected;
    }
    if members.say_paused() {
        return XodError::Paused;
    }
    if to != AnswerTo::GetToken && text.contains("token") && has(TOKEN_NOT_GOOD) {
        return XodError::TokenRejected;
    }
    if has(TAKEN_BACK) {
        return XodError::SecretRejected;
    }
    if has(PASSES) {
        return XodError::Failing { status };
    }
    if let AnswerTo::Select(fields) = to
        && (status == 400 || are_refused_by(members.said(), fields))
    {
        return XodError::FieldRefused { status, said };
    }
    let is_shown_as_well = status < 400;
    match (to, status) {
        (AnswerTo::GetToken, 401 | 403) => XodError::SecretRejected,
        (_, 401) => XodError::TokenRejected,
        (_, 403) => XodError::NotGranted { said },
        (_, 404) => XodError::NotFound { said },
        (_, 408) => XodError::Failing { status },
        (_, 400..500) => XodError::Refused { status, said },
        _ if is_shown_as_well && has(NOT_LET_IN) => XodError::NotGranted { said },
        _ if is_shown_as_well && has(NOT_KNOWN) => XodError::NotFound { said },
        _ => XodError::Failing { status },
    }
}

/// Whether what XoD says is about the fields that it was asked for: it speaks of `select`, of
/// fields, or of one of them by its name. Names that are ordinary words do not count.
fn are_refused_by(said: &str, asked_for: &str) -> bool {
    let is_distinctive = |field: &str| field.chars().filter(char::is_ascii_uppercase).count() > 1;
    let is_a_field =
        |word: &str| asked_for.split(',').any(|field| is_distinctive(field) && field == word);
    said.split(|c: char| !c.is_alphanumeric()).any(|word| {
        ["select", "field", "fields", "column", "columns"]
            .iter()
            .any(|own| word.eq_ignore_ascii_case(own))
            || is_a_field(word)
    })
}

/// What XoD says of a school's secret that does not work.
const SECRET_NOT_RIGHT: &[&str] = &["secret not correct", "relying party not found"];
/// What it says of a token that has ended.
const TOKEN_NOT_GOOD: &[&str] = &["expired", "not valid", "invalid", "missing", "revoked"];
/// What it says of a consent that has ended.
const TAKEN_BACK: &[&str] = &["revoked", "withdrawn"];
/// What it says of faults that pass.
const PASSES: &[&str] = &[
    "something went wrong",
    "timeout",
    "time-out",
    "timed out",
    "temporarily",
    "unavailable",
    "deadlock",
    "try again",
    "too busy",
];
/// What it says of data that the school does not share with us.
const NOT_LET_IN: &[&str] =
    &["not authorised", "not authorized", "unauthorised", "unauthorized", "access denied"];
/// What it says of a school, or of an endpoint, that there is not.
const NOT_KNOWN: &[&str] =
    &["school not found", "estab not found", "no such school", "no endpoint"];

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
        read(&HttpReply::new(status, body.to_string().as_bytes()), AnswerTo::Other)
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
    fn a_text_longer_than_any_of_a_school_is_refused_by_where_it_stands() {
        let surname = |length| student(&json!({ "Id": "1", "Surname": "é".repeat(length) }));
        assert!(surname(1000).unwrap().surname.recorded().is_some());
        let too_long = XodError::TextTooLong { field: "Students[0].Surname".into() };
        assert_eq!(surname(1001).err(), Some(too_long));
        // What is not asked for is not kept, and may be of any length.
        assert!(student(&json!({ "Id": "1", "Notes": "x".repeat(60_000) })).is_ok());
        let born = json!({ "Id": "1", "DateofBirth": "1".repeat(2_000) });
        assert!(matches!(student(&born), Err(XodError::TextTooLong { .. })));
    }

    #[test]
    fn a_token_and_what_is_said_of_a_school_may_be_longer() {
        let body = json!({ "token": "t".repeat(4_000), "expires": "2021-04-17T09:34:46Z" });
        let reply: TokenReply = answer(200, &body).unwrap();
        assert_eq!(reply.into_token().unwrap().0.len(), 4_000);
        let body = json!({ "Schools": [{ "Status": "Failed", "Message": "m".repeat(4_000) }] });
        let reply: RegisterReply = answer(200, &body).unwrap();
        assert_eq!(reply.schools.unwrap()[0].said().unwrap().as_str().len(), 200);
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
            // With an offset it is the date as written, on whichever day it is in London.
            "2016-05-04T00:00:00+01:00",
            "2016-05-04T23:30:00-05:00",
            "2016-05-04T00:00:00.25+01:00",
            "2016-05-04T00:00:00.127 +0100",
            "2016-05-04T00:00:00.1234567+05:30",
            "2016-05-04+01:00",
        ] {
            assert_eq!(born(text).as_deref(), Some("2016-05-04"), "{text}");
        }
        assert_eq!(born("0001-01-01T00:00:00"), None);
        assert_eq!(born("04/05/2016"), None);
        let other = student(&json!({ "Id": "1", "DateOfBirth": "2016-05-04" })).unwrap();
        assert!(other.date_of_birth.recorded().is_some());
    }

    #[test]
    fn when_a_token_ends_an_offset_counts() {
        let ends = |text: &str| {
            let body = json!({ "token": "t", "expires": text }).to_string();
            let answer = HttpReply::new(200, body.as_bytes());
            let reply: TokenReply = read(&answer, AnswerTo::GetToken)?;
            reply.into_token().map(|(_, at)| at.map(|at| at.to_rfc3339()))
        };
        let at = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(ends("2021-04-17T09:34:46.402555Z"), at("2021-04-17T09:34:46.402555+00:00"));
        assert_eq!(ends("2021-04-17T09:34:46"), at("2021-04-17T09:34:46+00:00"));
        assert_eq!(ends("2021-04-17T10:34:46+01:00"), at("2021-04-17T09:34:46+00:00"));
        assert_eq!(ends("0001-01-01T00:00:00"), Ok(None));
        assert_eq!(ends("soon"), Ok(None));
    }

    #[test]
    fn what_nobody_needs_may_be_null_or_written_in_any_way() {
        let body = json!({ "Staff": [{
            "Id": "1", "StaffCode": null, "Suffix": null, "LastUpdated": "2018-06-20T02:25:06.25",
            "XID": "x1a2b3c", "RowHash": "BFA8C381", "IsTeacher": 1, "WorkEmail": null,
        }] });
        let reply: StaffReply = answer(200, &body).unwrap();
        assert!(reply.into_parts().rows.unwrap()[0].work_email == Field::NotRecorded);
        for changed in ["2018-06-20T02:25:06.223", "2018-06-20T02:25:06.22+01:00"] {
            let body = json!({ "SchoolInfo": [{
                "Id": "1", "Web": null, "LastUpdated": changed, "CurrentAcademicYear": "2017",
            }], "meta": [] });
            let reply: SchoolInfoReply = answer(200, &body).unwrap();
            assert!(reply.into_row().0.unwrap().current_academic_year.is("2017"));
        }
    }

    #[test]
    fn a_list_of_people_carries_the_members_of_an_error_that_is_none() {
        let mut body = json!({ "GDPR": [{ "IsOptIn": false, "StudentIds": ["1"] }],
            "Message": null, "ExceptionType": null, "ExceptionMessage": null,
            "InnerException": null });
        let reply: GdprReply = answer(200, &body).unwrap();
        assert_eq!(reply.rows.unwrap().len(), 1);
        body["ExceptionMessage"] = "Something went wrong".into();
        assert!(answer::<GdprReply>(200, &body).is_err());
    }

    #[test]
    fn what_is_not_known_to_be_a_refusal_is_a_fault_that_may_pass() {
        for said in [
            "Something went wrong",
            "Something went wrong. Please contact support.",
            "The operation has timed out",
            "Timeout expired. The timeout period elapsed prior to completion of the operation.",
            "Execution Timeout Expired.",
            "Transaction (Process ID 61) was deadlocked on lock resources",
            "The service is temporarily unavailable",
            "Object reference not set to an instance of an object.",
            "Nobody has ever read this",
            "",
        ] {
            for status in [200, 500, 503] {
                assert_eq!(refusal_of(status, said), XodError::Failing { status }, "{said}");
            }
            let body = json!({ "ExceptionMessage": said }).to_string();
            let answer = HttpReply::new(200, body.as_bytes());
            assert!(tells_of_a_fault(&answer, AnswerTo::GetToken), "{said}");
        }
        // Under a status that says no it stays a fault where it is known to be one.
        assert_eq!(refusal_of(403, "Something went wrong"), XodError::Failing { status: 403 });
        assert_eq!(refusal_of(408, "No"), XodError::Failing { status: 408 });
        assert_eq!(refusal_of(400, "No").to_string(), "XoD refused (status 400)");
    }

    #[test]
    fn what_is_known_to_be_a_refusal_is_not_tried_again() {
        for (said, expected) in [
            ("Relying Party not found for estab or secret not correct", XodError::SecretRejected),
            ("The authorisation was revoked by the school", XodError::SecretRejected),
            ("The school has withdrawn its consent", XodError::SecretRejected),
            ("Authorisation is currently paused", XodError::Paused),
            ("Token has been revoked", XodError::TokenRejected),
            ("Token is missing, has expired or is not valid.", XodError::TokenRejected),
        ] {
            assert_eq!(refusal_of(200, said), expected, "{said}");
            let body = json!({ "ExceptionMessage": said }).to_string();
            let answer = HttpReply::new(200, body.as_bytes());
            assert!(!tells_of_a_fault(&answer, AnswerTo::Other), "{said}");
        }
        let said = |text: &str| Said::new(text);
        let not_let_in = "The school has not authorised StudentLite.";
        let unknown = "School not found";
        assert_eq!(refusal_of(200, not_let_in), XodError::NotGranted { said: said(not_let_in) });
        assert_eq!(refusal_of(200, unknown), XodError::NotFound { said: said(unknown) });
    }

    #[test]
    fn a_pause_shows_in_a_message_in_a_type_or_by_a_member_of_its_own() {
        for (is_paused, members) in [
            (true, json!({ "AuthorisationPaused": true })),
            (true, json!({ "AuthorisationPaused": 1 })),
            (true, json!({ "AuthorisationPaused": "true" })),
            (true, json!({ "authorisationPaused": true, "Message": null })),
            (true, json!({ "ExceptionMessage": "The feed is PAUSED" })),
            (
                true,
                json!({ "ExceptionMessage": "No", "ExceptionType": "AuthorisationPausedException" }),
            ),
            (true, json!({ "ExceptionMessage": null, "ExceptionType": "Groupcall.Paused" })),
            (true, json!({ "Message": "Pausing while people are chosen" })),
            (false, json!({ "AuthorisationPaused": false })),
            (false, json!({ "AuthorisationPaused": null })),
            (false, json!({ "AuthorisationPaused": 0 })),
            (false, json!({ "AuthorisationPaused": "no" })),
            (false, json!({})),
        ] {
            let mut body = json!({ "token": null, "expires": "0001-01-01T00:00:00" });
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let answer = HttpReply::new(200, body.to_string().as_bytes());
            let token = read::<TokenReply>(&answer, AnswerTo::GetToken);
            let error = token.and_then(TokenReply::into_token).unwrap_err();
            let expected =
                if is_paused { XodError::Paused } else { XodError::Failing { status: 200 } };
            assert_eq!(error, expected, "{members}");
        }
        let wrong = json!({ "token": null, "AuthorisationPaused": true,
            "ExceptionMessage": "Relying Party not found for estab or secret not correct" });
        assert_eq!(answer::<TokenReply>(200, &wrong).err(), Some(XodError::SecretRejected));
        let in_the_message = json!({ "token": null, "Message": "Secret not correct" });
        let reply: TokenReply = answer(200, &in_the_message).unwrap();
        assert_eq!(reply.into_token().err(), Some(XodError::SecretRejected));
    }

    #[test]
    fn a_refusal_of_the_fields_asked_for_is_known_by_its_status_or_its_words() {
        let refusal = |status: u16, said: &str, to| {
            let body = json!({ "ExceptionMessage": said }).to_string();
            read::<StudentsReply>(&HttpReply::new(status, body.as_bytes()), to).err().unwrap()
        };
        for (status, said) in [
            (400, "Bad request"),
            (200, "The select parameter is not valid"),
            (200, "Invalid column name 'Whatever'."),
            (500, "DateOfBirth is not known"),
            (200, "Unknown field: Shoes"),
        ] {
            let refused = refusal(status, said, AnswerTo::Select("Id,Name,DateOfBirth"));
            assert_eq!(refused, XodError::FieldRefused { status, said: Said::new(said) });
            let answered = refusal(status, said, AnswerTo::Other);
            assert!(!matches!(answered, XodError::FieldRefused { .. }), "{said}");
        }
        for said in ["Something went wrong selecting rows", "Select timed out", "The name is odd"] {
            let refused = refusal(200, said, AnswerTo::Select("Id,Name,DateOfBirth"));
            assert_eq!(refused, XodError::Failing { status: 200 }, "{said}");
        }
    }

    /// The one recorded reply to a call about changes, with another value here and there.
    fn recorded(change: impl FnOnce(&mut Value)) -> bool {
        let mut body = json!({
            "Students": [], "StudentSiblings": [], "Students_deleted": [],
            "StudentSiblings_deleted": [], "meta": [],
            "__changedRows__": [{
                "SnapshotDate": "2018-06-20T02:25:06.223", "SnapshotRP": "app.example",
                "PreviousChangedRows": "*", "RequestedChangedRows": "0A1B", "NextChangedRows": "2C",
                "NextUrl": "?changedRows=2C",
            }],
        });
        change(&mut body);
        answer::<ChangesReply>(200, &body).unwrap().says_unchanged("Students", "0a1b")
    }

    #[test]
    fn nothing_has_changed_where_no_row_came_none_was_deleted_and_our_hash_was_asked_with() {
        assert!(recorded(|_| ()));
        let about = |name: &'static str, value: Value| {
            move |body: &mut Value| body["__changedRows__"][0][name] = value
        };
        assert!(recorded(about("PreviousChangedRows", json!("0a1b"))), "as documented");
        assert!(recorded(|body| {
            body["__pagination__"] = json!([{ "PageNumber": 1, "PageCount": 0, "RowCount": 0 }]);
        }));
    }

    #[test]
    fn any_doubt_whether_something_has_changed_counts_as_a_change() {
        let about = |name: &'static str, value: Value| {
            move |body: &mut Value| body["__changedRows__"][0][name] = value
        };
        assert!(!recorded(about("RequestedChangedRows", json!("*"))));
        assert!(!recorded(about("RequestedChangedRows", json!("2C"))));
        assert!(!recorded(about("RequestedChangedRows", Value::Null)));
        assert!(!recorded(about("PreviousChangedRows", Value::Null)), "it knows no such call");
        for table in ["Students", "Students_deleted", "StudentSiblings_deleted"] {
            assert!(!recorded(|body| body[table] = json!([{ "Id": "1" }])), "{table}");
        }
        assert!(!recorded(|body| drop(body.as_object_mut().unwrap().remove("Students"))));
        assert!(!recorded(|body| body["__changedRows__"] = json!([])));
        assert!(!recorded(|body| body["__pagination__"] = json!([{ "RowCount": 3 }])));
    }

    #[test]
    fn a_message_is_a_failure_whatever_the_status() {
        assert_eq!(refusal_of(200, "Something else"), XodError::Failing { status: 200 });
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
    }

    #[test]
    fn what_is_not_json_is_told_from_json_that_broke_off() {
        let failure = |body: &str| {
            read::<StudentsReply>(&HttpReply::new(200, body.as_bytes()), AnswerTo::Other).err()
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
