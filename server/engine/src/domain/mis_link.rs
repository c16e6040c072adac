//! The ids of the MIS: which kinds there are, and when one that was stored says who somebody is.

use serde::{Deserialize, Serialize};

/// The ids an MIS person or group goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MisIds {
    /// The MIS's own id: unique only within one MIS and one kind of thing.
    pub id: String,
    /// The MIS's GUID.
    pub external_id: Option<String>,
    /// Xporter's own id.
    pub xid: Option<String>,
}

/// The kinds of ids, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IdKind {
    /// Xporter's own.
    Xid,
    /// The MIS's GUID.
    Guid,
    /// The MIS's own number. Counts only within one MIS.
    Plain,
}

impl IdKind {
    /// All kinds, the surest first.
    pub(crate) const ALL: [Self; 3] = [Self::Xid, Self::Guid, Self::Plain];

    /// The id of this kind, where there is one.
    #[must_use]
    pub(crate) fn of(self, ids: &MisIds) -> Option<&str> {
        let id = match self {
            Self::Xid => ids.xid.as_deref(),
            Self::Guid => ids.external_id.as_deref(),
            Self::Plain => Some(ids.id.as_str()),
        };
        id.filter(|id| !id.is_empty())
    }

    /// All the ids there are, the surest first.
    pub(crate) fn all_of(ids: &MisIds) -> impl Iterator<Item = (Self, &str)> {
        Self::ALL.into_iter().filter_map(|kind| Some((kind, kind.of(ids)?)))
    }

    /// Whether an id that was stored of one MIS says something in another: a plain one does not.
    #[must_use]
    pub(crate) fn counts(self, stored_of: Option<&str>, mis: Option<&str>) -> bool {
        self != Self::Plain || stored_of == mis
    }
}

/// Ties an account or a class to a person or group of the MIS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MisLink {
    /// Which MIS the plain id is of, such as `simsnet`; None where the feed did not say.
    pub mis: Option<String>,
    /// The ids there. One that a feed leaves out stays, as long as the others lead here.
    pub ids: MisIds,
}

impl MisLink {
    /// The id of this kind, as long as it says something about people and groups of this MIS.
    #[must_use]
    pub(crate) fn id(&self, kind: IdKind, mis: Option<&str>) -> Option<&str> {
        kind.of(&self.ids).filter(|_| kind.counts(self.mis.as_deref(), mis))
    }

    /// The ids that say something about people and groups of this MIS, the surest first.
    pub(crate) fn ids_in<'a>(
        &'a self,
        mis: Option<&str>,
    ) -> impl Iterator<Item = (IdKind, &'a str)> {
        IdKind::ALL.into_iter().filter_map(move |kind| Some((kind, self.id(kind, mis)?)))
    }

    /// Whether this is the link of the one who has these ids in this MIS: one that counts says so.
    #[must_use]
    pub fn is(&self, mis: Option<&str>, ids: &MisIds) -> bool {
        self.ids_in(mis).any(|(kind, id)| kind.of(ids) == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(mis: Option<&str>, id: &str, external_id: Option<&str>, xid: Option<&str>) -> MisLink {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let ids = MisIds { id: id.into(), external_id: owned(external_id), xid: owned(xid) };
        MisLink { mis: owned(mis), ids }
    }

    #[test]
    fn a_plain_id_counts_within_one_mis_only() {
        let stored = link(Some("arbor"), "7", None, None);
        assert!(stored.is(Some("arbor"), &stored.ids));
        assert!(!stored.is(Some("sims"), &stored.ids));
        assert!(!stored.is(None, &stored.ids), "a feed that does not say which MIS it is of");
        assert_eq!(stored.ids_in(Some("sims")).count(), 0);
    }

    #[test]
    fn a_guid_or_xporters_id_counts_in_any_mis() {
        let stored = link(Some("arbor"), "7", Some("guid"), Some("xid"));
        for (guid, xid) in [(Some("guid"), None), (None, Some("xid")), (Some("other"), Some("xid"))]
        {
            assert!(stored.is(Some("sims"), &link(None, "8", guid, xid).ids), "{guid:?} {xid:?}");
        }
        assert!(!stored.is(Some("sims"), &link(None, "7", Some("other"), None).ids));
    }

    #[test]
    fn an_empty_id_is_nobodys() {
        let nobody = link(None, "", Some(""), Some(""));
        assert!(!nobody.is(None, &nobody.ids));
    }
}
