//! Forenames by which one person is usually known: spellings and short forms.
//!
//! The table beside this file is our own compilation, written by us from general knowledge of the
//! forenames that are usual in UK schools; no other table was copied. Each line is a name: its
//! spellings, and after a colon its short forms. Short forms that stand between the same commas go
//! together (`Bill` and `Billy`), others of the same name do not (`Beth` and `Elsie` are rather
//! sisters). A short form of several names (`Alex`, `Sam`, `Charlie`) stands in the line of each.
//! Names of girls and boys stand in lines of their own, so that twins stay two people.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The groups in which each name stands, in ascending order.
static GROUPS: LazyLock<HashMap<&'static str, Vec<u16>>> = LazyLock::new(|| {
    let mut groups: HashMap<&str, Vec<u16>> = HashMap::new();
    for (number, group) in (0..).zip(groups_of_table()) {
        for name in group {
            groups.entry(name).or_default().push(number);
        }
    }
    groups
});

/// Whether two folded forenames are usual for one person: the same, spellings of one name, or a
/// name and its short form.
pub(super) fn go_together(a: &str, b: &str) -> bool {
    let groups = |name| GROUPS.get(name).into_iter().flatten();
    !a.is_empty() && (a == b || groups(a).any(|one| groups(b).any(|other| one == other)))
}

/// The names that go together, each with each.
fn groups_of_table() -> impl Iterator<Item = Vec<&'static str>> {
    lines().flat_map(|line| {
        let (spellings, short_forms) = line.split_once(':').unwrap_or((line, ""));
        short_forms
            .split(',')
            .map(|together| spellings.split_whitespace().chain(together.split_whitespace()))
            .map(Iterator::collect)
            .collect::<Vec<_>>()
    })
}

fn lines() -> impl Iterator<Item = &'static str> {
    let is_name = |line: &&str| !line.is_empty() && !line.starts_with('#');
    include_str!("nicknames.txt").lines().filter(is_name)
}

#[cfg(test)]
mod tests;
