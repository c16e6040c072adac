//! Sets, filled one by one: `collect` would bring a sorting algorithm into the app for every type.

use std::collections::BTreeSet;

/// The set of these.
pub fn set_of<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
