//! What admins answered before to possible duplicates, found by whom it is about.

use std::collections::HashMap;

use super::twice::Twice;
use super::{Context, Incoming};
use crate::domain::accounts::StoredResolution;
use crate::domain::mis_link::IdKind;
use crate::domain::upn::Upn;

/// The remembered answers, found by the ids or the UPN of the person they are about.
pub(super) struct Answers<'a> {
    mis: Option<&'a str>,
    by_id: HashMap<&'a str, Vec<&'a StoredResolution>>,
    by_upn: HashMap<Upn, Vec<&'a StoredResolution>>,
}

impl<'a> Answers<'a> {
    pub(super) fn of(context: &Context<'a>) -> Self {
        let of_kind = || context.resolutions.iter().filter(|answer| answer.kind == context.kind);
        let mut by_id: HashMap<&str, Vec<&StoredResolution>> = HashMap::new();
        let mut by_upn: HashMap<Upn, Vec<&StoredResolution>> = HashMap::new();
        for answer in of_kind() {
            for (_, id) in IdKind::all_of(&answer.ids) {
                by_id.entry(id).or_default().push(answer);
            }
            if let Some(upn) = answer.about.usable_upn() {
                by_upn.entry(upn).or_default().push(answer);
            }
        }
        Self { mis: context.mis, by_id, by_upn }
    }

    /// The answer about a person, if it is about them: two facts that differ from what was known of
    /// them then void it.
    pub(super) fn to(
        &self,
        person: &Incoming<'_>,
        twice: &Twice<'_>,
    ) -> Option<&'a StoredResolution> {
        if self.by_id.is_empty() {
            return None;
        }
        let ignored = twice.ignored(person);
        let of_person =
            |answer: &&&StoredResolution| answer.about.is_about(&answer.ids, person, ignored);
        let by_id = || {
            IdKind::ALL.into_iter().filter(|&kind| !twice.has(kind, person)).find_map(|kind| {
                let id = kind.of(person.ids)?;
                self.by_id.get(id)?.iter().filter(of_person).copied().find(|answer| {
                    kind.of(&answer.ids) == Some(id) && kind.counts(answer.mis.as_deref(), self.mis)
                })
            })
        };
        let by_upn = || {
            let upn = person.upn.filter(|_| !ignored.upn)?;
            self.by_upn.get(&upn)?.iter().find(of_person).copied()
        };
        by_id().or_else(by_upn)
    }
}
