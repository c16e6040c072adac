//! Finds people and groups by whichever id the feed refers to them with.
//!
//! A pupil whose row has the id `9660` may be `PL-9660` elsewhere; and where rows go by Xporter's
//! own ids, their memberships may still use the MIS's.

use std::collections::{BTreeSet, HashMap, HashSet};

use rollcall_engine::domain::mis_link::MisIds;
use xod_client::{Field, XodError};

/// What goes before an id of the MIS in an IdaasId: pupils, staff, year groups, other groups.
const PREFIXES: [&str; 4] = ["PL-", "PWT-", "GY-", "GC-"];

/// The id without its prefix.
pub(super) fn plain(id: &str) -> &str {
    PREFIXES.into_iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id)
}

/// All ids of a row.
pub(super) struct RowIds {
    pub ids: MisIds,
    pub idaas_id: Option<String>,
}

impl RowIds {
    pub(super) fn new(
        id: Field<String>,
        external_id: Field<String>,
        xid: Field<String>,
        idaas_id: Field<String>,
    ) -> Result<Self, XodError> {
        let id = id.recorded().ok_or(XodError::NotAsAgreed("a row without an Id"))?;
        let ids = MisIds { id, external_id: external_id.recorded(), xid: xid.recorded() };
        Ok(Self { ids, idaas_id: idaas_id.recorded() })
    }

    /// The ids it may go by beside its own.
    fn others(&self) -> impl Iterator<Item = &str> {
        let idaas_id = self.idaas_id.as_deref();
        let plain_id = std::iter::once(plain(&self.ids.id));
        plain_id
            .chain(idaas_id)
            .chain(idaas_id.map(plain))
            .chain(self.ids.external_id.as_deref())
            .chain(self.ids.xid.as_deref())
    }

    /// Whether any of its ids is on a list.
    pub(super) fn is_on(&self, list: &BTreeSet<String>) -> bool {
        list.contains(&self.ids.id) || self.others().any(|id| list.contains(id))
    }
}

/// Every id that leads to a row, and the row's own.
#[derive(Default)]
pub(super) struct Index {
    own: HashSet<String>,
    /// None where an id leads to two rows, and so to neither.
    others: HashMap<String, Option<String>>,
}

impl Index {
    pub(super) fn add(&mut self, row: &RowIds) {
        self.own.insert(row.ids.id.clone());
        for other in row.others().filter(|other| *other != row.ids.id) {
            self.others
                .entry(other.to_owned())
                .and_modify(|known| {
                    if known.as_ref() != Some(&row.ids.id) {
                        *known = None;
                    }
                })
                .or_insert_with(|| Some(row.ids.id.clone()));
        }
    }

    /// The own id of the row that one of these leads to; the first that leads anywhere.
    pub(super) fn find<'a>(&'a self, ids: &[&Field<String>]) -> Option<&'a str> {
        ids.iter().find_map(|id| match id {
            Field::Recorded(id) => self.find_one(id),
            _ => None,
        })
    }

    pub(super) fn find_one(&self, id: &str) -> Option<&str> {
        let own = |id: &str| self.own.get(id).map(String::as_str);
        own(id)
            .or_else(|| self.others.get(id)?.as_deref())
            .or_else(|| own(plain(id)))
            .or_else(|| self.others.get(plain(id))?.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, idaas_id: &str, external_id: &str, xid: &str) -> RowIds {
        let field = |text: &str| match text {
            "" => Field::NotRecorded,
            text => Field::Recorded(text.to_owned()),
        };
        RowIds::new(field(id), field(external_id), field(xid), field(idaas_id)).unwrap()
    }

    fn index(rows: &[RowIds]) -> Index {
        let mut index = Index::default();
        rows.iter().for_each(|row| index.add(row));
        index
    }

    #[test]
    fn finds_a_pupil_by_the_plain_id_and_the_prefixed_one() {
        let index = index(&[row("9660", "PL-9660", "", ""), row("1", "", "", "")]);
        assert_eq!(index.find_one("9660"), Some("9660"));
        assert_eq!(index.find_one("PL-9660"), Some("9660"));
        assert_eq!(index.find_one("PL-1"), Some("1"));
        assert_eq!(index.find_one("2"), None);
    }

    #[test]
    fn finds_a_pupil_whose_row_goes_by_xporters_id() {
        let index = index(&[row("x-77", "PL-9660", "guid", "x-77")]);
        for id in ["x-77", "PL-9660", "9660", "guid"] {
            assert_eq!(index.find_one(id), Some("x-77"), "{id}");
        }
    }

    #[test]
    fn a_rows_own_id_goes_before_anothers_second_one_and_two_claims_lead_nowhere() {
        let index = index(&[
            row("5", "PL-6", "", ""),
            row("6", "PL-5", "", ""),
            row("7", "PL-8", "", ""),
            row("9", "PL-8", "", ""),
        ]);
        assert_eq!(index.find_one("5"), Some("5"));
        assert_eq!(index.find_one("6"), Some("6"));
        assert_eq!(index.find_one("8"), None);
    }
}
