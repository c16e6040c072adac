//! Lists that are paged, filtered and searched on the server.

use serde::{Deserialize, Serialize};

/// Rows on one page of a list, unless asked otherwise.
pub const PAGE_SIZE: u32 = 50;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page, in the order of the whole list; empty after the last page.
    pub rows: Vec<T>,
    /// The page shown, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub page_size: u32,
    /// Rows on all pages together.
    pub total: u32,
}

impl<T> Page<T> {
    /// How many pages there are; an empty list has one.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.total.div_ceil(self.page_size.max(1)).max(1)
    }
}
