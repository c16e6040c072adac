//! `GET /api/v1/School/{estab}/{table}/{id?}`: the tables of a school.

mod changes;
mod fields;
mod members;
mod records;
mod request;
mod row;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use self::{
    changes::ChangeSet,
    records::{Reader, Record},
    request::{DataRequest, Table, WantedPage},
    row::{Envelope, Row, time},
};
use super::{failure::Failure, information::school_of, parameters::Parameters, token::Caller};
use crate::{
    school::{Group, School},
    state::Shared,
};

pub(super) async fn read_table(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((estab, table)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Json<Envelope>, Failure> {
    read(&shared, &caller, &estab, &table, None, parameters).map(Json)
}

pub(super) async fn read_one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((estab, table, id)): Path<(String, String, String)>,
    parameters: Parameters,
) -> Result<Json<Envelope>, Failure> {
    read(&shared, &caller, &estab, &table, Some(id), parameters).map(Json)
}

fn read(
    shared: &Shared,
    caller: &Caller,
    estab: &str,
    table: &str,
    id: Option<String>,
    parameters: Parameters,
) -> Result<Envelope, Failure> {
    let unknown = || Failure::not_found(format!("There is no endpoint {table}."));
    let table = Table::named(table).ok_or_else(unknown)?;
    let request = DataRequest::new(table, id, parameters)?;
    let world = shared.world();
    let school = school_of(&world, caller)?;
    if school.estab() != estab {
        return Err(Failure::forbidden("The token is not for this school."));
    }
    if !school.authorisation.grants(table.scope()) {
        let message = format!("The school has not authorised {}.", table.scope().name());
        return Err(Failure::forbidden(message));
    }
    let reader = Reader::new(school, &request);
    if school.dialect().refuses_select && request.has_select() {
        return Err(Failure::bad_request("The parameter select is not supported."));
    }
    // Before the agent is installed there is nothing to read.
    let mut records =
        if school.authorisation.is_installed() { reader.records() } else { Vec::new() };
    let change_set =
        changes::take(&reader, &mut records, &shared.app_id, shared.clock.now_without_zone());
    let row_count = records.len();
    let on_page: &[Record<'_>] = match request.page {
        Some(page) => records.chunks(page.size).nth(page.number - 1).unwrap_or_default(),
        None => &records,
    };
    let mut envelope = tables(&reader, on_page);
    if request.page.is_some() && change_set.as_ref().is_some_and(ChangeSet::is_without_pages) {
        envelope.table("meta", Vec::new());
    } else {
        envelope.table("meta", meta(school, request.page));
        if let Some(page) = request.page {
            envelope.table("__pagination__", vec![pagination(&request, page, row_count)]);
        }
    }
    let Some(change_set) = change_set else { return Ok(envelope) };
    let snapshot = change_set.describe(&mut envelope, &request);
    let estab = school.estab().to_owned();
    drop(world);
    changes::remember(shared, &estab, snapshot);
    Ok(envelope)
}

/// The table itself and those beside it.
fn tables(reader: &Reader<'_>, records: &[Record<'_>]) -> Envelope {
    let request = reader.request;
    let mut envelope = Envelope::default();
    let rows = records.iter().map(|record| reader.row(record)).collect();
    envelope.table(request.table.name(), rows);
    let groups: Vec<&Group> = records
        .iter()
        .filter_map(|record| match record {
            Record::Group(group) => Some(*group),
            _ => None,
        })
        .collect();
    for beside in request.table.beside() {
        let rows = match *beside {
            "StudentMembers" if request.has_option("includeStudentMembers") => {
                members::students(reader, &groups)
            }
            "StaffMembers" if request.has_option("includeStaffMembers") => {
                members::staff(reader, &groups)
            }
            "GroupTypes" if request.has_option("includeGroupTypes") => records::group_types(),
            _ => Vec::new(),
        };
        envelope.table(*beside, rows);
    }
    envelope
}

/// Which MIS was read, and when; later pages leave it empty.
fn meta(school: &School, page: Option<WantedPage>) -> Vec<Row> {
    if page.is_some_and(|page| page.number > 1) {
        return Vec::new();
    }
    let mut row = Row::default();
    row.set("Id", 1);
    row.set("MIS", school.mis.clone());
    row.set("Version", "4");
    row.set("DateTime", time(school.read_at));
    vec![row]
}

/// Where the page stands. As in the real service the last page still names a next one.
fn pagination(request: &DataRequest, page: WantedPage, rows: usize) -> Row {
    let others = request.parameters.without(&["page", "pagesize"]);
    let and = if others.is_empty() { "" } else { "&" };
    let mut row = Row::default();
    row.set("PageSize", page.size);
    row.set("PageNumber", page.number);
    row.set("PageCount", rows.div_ceil(page.size));
    row.set("RowCount", rows);
    row.set("NextPage", format!("?page={}&pageSize={}{and}{others}", page.number + 1, page.size));
    row
}
