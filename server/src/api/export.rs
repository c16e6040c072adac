//! Lists as table files (CSV) that a spreadsheet opens: the filter of the page, all its rows.
//!
//! What is in them comes from outside, and a spreadsheet takes a cell that begins with `=` for a
//! formula: such a cell begins with an apostrophe instead (OWASP, "CSV Injection").

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{PeopleQuery, PersonKind, PersonRow};
use rollcall_shared::plan::{FieldChange, PlanList, PlanPerson, PlanQuery};
use rollcall_store::audit::AuditAction;
use rollcall_store::sessions::SignedInPerson;

use super::extract::{Admin, Filter, Id};
use super::table::{Entry, Output};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::sync::planned;

/// More rows than a school has people: an export is one page.
const ALL_ROWS: u32 = 200_000;

pub(super) async fn people(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Filter(query): Filter<PeopleQuery>,
) -> Result<CsvFile> {
    let query = PeopleQuery { page: None, ..query };
    let people = state.store.list_people_by(admin.school.id, &query, ALL_ROWS).await?;
    let filters = [
        query.kind.map(PersonKind::code),
        query.trash.then_some("trash"),
        query.q.map(|_| "search"),
        query.year.map(|_| "year group"),
        query.class.map(|_| "class"),
        query.to_put_right.map(|what| what.code()),
        query.purged_by.map(|_| "purge date"),
    ];
    record_export(&state, &admin, "people", people.rows.len(), &filters).await?;
    let head = [
        "First name",
        "Surname",
        "Username",
        "Role",
        "Year group",
        "Class",
        "E-mail",
        "From",
        "Left",
        "Deleted for good on",
    ];
    file("people.csv", &head, people.rows.iter().map(person))
}

fn person(person: &PersonRow) -> [String; 10] {
    [
        person.forename.clone(),
        person.surname.clone(),
        person.username.clone(),
        person.role.label().to_owned(),
        person.year.map(|year| year.to_string()).unwrap_or_default(),
        person.class.clone().unwrap_or_default(),
        person.email.clone().unwrap_or_default(),
        if person.linked { "MIS" } else { "By hand" }.to_owned(),
        person.left_at.as_ref().map(|at| at.0.chars().take(10).collect()).unwrap_or_default(),
        person.purge_on.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

pub(super) async fn run_people(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Filter(query): Filter<PlanQuery>,
) -> Result<CsvFile> {
    let query = PlanQuery { page: None, ..query };
    let people = planned::people(&state, admin.school.id, run, &query, ALL_ROWS).await?;
    let filters = [
        query.list.map(PlanList::code),
        query.kind.map(PersonKind::code),
        query.q.map(|_| "search"),
        query.warnings.then_some("warnings"),
        query.kept_fields.then_some("kept fields"),
    ];
    record_export(&state, &admin, &format!("run {run}"), people.rows.len(), &filters).await?;
    let head = [
        "Name",
        "Pupil or staff",
        "What happens",
        "Year group",
        "Class",
        "Username",
        "What changes",
        "Kept as you set it",
        "Why",
        "How to put it right",
        "Worth checking",
    ];
    file("sync.csv", &head, people.rows.iter().map(planned))
}

fn planned(person: &PlanPerson) -> [String; 11] {
    let warnings: Vec<&str> = person.warnings.iter().map(|w| w.message.as_str()).collect();
    [
        person.name.clone(),
        person.kind.code().to_owned(),
        person.list.code().replace('_', " "),
        person.year.map(|year| year.to_string()).unwrap_or_default(),
        person.class.clone().unwrap_or_default(),
        person.username.clone().unwrap_or_default(),
        person.fields.iter().map(change).collect::<Vec<_>>().join("; "),
        person.kept.iter().map(kept).collect::<Vec<_>>().join("; "),
        person.rule.clone(),
        person.problem.as_ref().map(|problem| problem.fix.clone()).unwrap_or_default(),
        warnings.join(" "),
    ]
}

fn change(change: &FieldChange) -> String {
    let (before, after) = (side(change.before.as_ref()), side(change.after.as_ref()));
    format!("{}: {before} → {after}", change.field.label())
}

fn kept(kept: &FieldChange) -> String {
    let (kept_as, in_mis) = (side(kept.before.as_ref()), side(kept.after.as_ref()));
    format!("{}: {kept_as} (your MIS: {in_mis})", kept.field.label())
}

fn side(text: Option<&String>) -> &str {
    text.map_or("–", String::as_str)
}

/// Writes down which list was downloaded: by what it was narrowed down, never to whom.
async fn record_export(
    state: &AppState,
    admin: &SignedInPerson,
    list: &str,
    rows: usize,
    filters: &[Option<&str>],
) -> Result<()> {
    let filters: Vec<&str> = filters.iter().flatten().copied().collect();
    let filters = if filters.is_empty() { "none".to_owned() } else { filters.join(", ") };
    let detail = format!("{list}, {rows} rows, filters: {filters}");
    record(state, admin, AuditAction::ListExported, None, Some(&detail)).await
}

fn file<const N: usize>(
    name: &'static str,
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<CsvFile> {
    // A spreadsheet takes a file for UTF-8 only where it begins with this mark.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(head).map_err(Error::broken)?;
    for row in rows {
        writer.write_record(row.map(harmless)).map_err(Error::broken)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::broken(error.into_error()))?;
    Ok(CsvFile { name, bytes })
}

/// A table file, to be downloaded.
pub(super) struct CsvFile {
    name: &'static str,
    bytes: Vec<u8>,
}

const CSV: &str = "text/csv; charset=utf-8";

impl Output for CsvFile {
    fn describe(entry: &mut Entry) {
        let schema = entry.schema::<String>();
        entry.answers(StatusCode::OK, CSV, schema);
    }
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, CSV.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, self.bytes).into_response()
    }
}

/// What a spreadsheet takes for the beginning of a formula; in full width, one in Japanese or Chinese
/// does.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula, also where it leaves out spaces or quotes.
fn harmless(cell: String) -> String {
    let is_passed_over = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}');
    let is_formula = cell.trim_start_matches(is_passed_over).starts_with(FORMULA);
    if is_formula || cell.starts_with(['\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for sign in FORMULA {
            for before in
                ["", " ", "\u{a0}", "\u{3000}", "\"", "'", " \"' ", "\t", "\r", "\n", "\u{feff}"]
            {
                let formula = format!("{before}{sign}SUM(A1)");
                assert_eq!(harmless(formula.clone()), format!("'{formula}"));
            }
        }
        for begins_a_cell in ["\tAmy", "\rAmy", "\nAmy"] {
            assert_eq!(harmless(begins_a_cell.into()), format!("'{begins_a_cell}"));
        }
    }

    #[test]
    fn a_cell_that_is_no_formula_stays_as_it_is() {
        for cell in ["O’Brien", "Mary-Jane", "a@x.org", " Amy", "– → Oak", "", "3+4", "'t Hooft"]
        {
            assert_eq!(harmless(cell.into()), cell);
        }
    }
}
