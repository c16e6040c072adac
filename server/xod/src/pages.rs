//! Tables that come in pages: read one after the other, and believed only if they add up.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::error::XodError;
use super::settings::Limits;
use super::wire::{ChangedRows, ChangesReply, Field, Members, Meta, Pagination, Parts, TableReply};
use super::{School, without_select};

/// Asks for all rows, and for a mark by which to ask for changes later.
const EVERYTHING: &str = "*";

/// A table, page by page; one page is held at a time.
pub struct Pages<'a, R: TableReply> {
    school: &'a School<'a>,
    path: &'static str,
    query: Vec<(&'static str, String)>,
    check: Check<R>,
    mark: Option<Mark>,
    has_other_marks: bool,
    /// Whether pages are asked for with the mark to compare with later.
    asks_for_mark: bool,
}

/// A complete read of a table, to be held against a later state of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The table, and all that was asked with: only the same call can be compared.
    pub call: String,
    /// XoD's name for what that call saw.
    pub changed_rows: String,
}

/// One page of a table.
pub struct TablePage<R: TableReply> {
    /// In XoD's order, at most [`Limits::page_size`] of them, each with an id.
    pub rows: Vec<R::Row>,
    /// The memberships that came with a page of groups; empty for pupils and staff.
    pub members: Members,
    /// Which MIS was read; None where the reply does not say, as on later pages.
    pub meta: Option<Meta>,
    /// Rows that have arrived so far, this page's included.
    pub arrived: u32,
    /// Rows of the whole table, as the first page announced them.
    pub of: u32,
}

impl<'a, R: TableReply> Pages<'a, R> {
    pub(super) fn new(
        school: &'a School<'a>,
        path: &'static str,
        query: Vec<(&'static str, String)>,
    ) -> Self {
        let check = Check::new(school.limits());
        Self { school, path, query, check, mark: None, has_other_marks: false, asks_for_mark: true }
    }

    /// The call, whatever the page.
    fn call(&self, with_select: bool) -> String {
        let query: Vec<String> = if with_select {
            self.query.iter().map(written).collect()
        } else {
            without_select(&self.query).map(written).collect()
        };
        format!("{}?{}&pageSize={}", self.path, query.join("&"), self.school.limits().page_size)
    }

    /// The mark of what has been read, once it is complete; none where XoD gave none, or another
    /// with each page.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        let is_one = self.check.wanted().is_none() && !self.has_other_marks;
        self.mark.clone().filter(|_| is_one)
    }

    /// Whether the table is for certain as it was when one of these marks was made. False also
    /// where there is any doubt: no mark of the same call, or one that XoD does not know any more.
    ///
    /// # Errors
    /// As any call.
    pub async fn is_as_marked(&self, marks: &[Mark]) -> Result<bool, XodError> {
        let (call, plain_call) = (self.call(true), self.call(false));
        let is_ours = |mark: &&Mark| mark.call == call || mark.call == plain_call;
        let Some(mark) = marks.iter().find(is_ours) else { return Ok(false) };
        let names_fields = mark.call != plain_call;
        let reply: ChangesReply = if names_fields {
            self.get("1", Some(&mark.changed_rows)).await?
        } else {
            self.without_select().get("1", Some(&mark.changed_rows)).await?
        };
        // Asked in another way than when the mark was made, the answer says nothing.
        let is_same_call = !(names_fields && self.school.refuses_select());
        Ok(is_same_call && reply.says_unchanged(R::NAME, &mark.changed_rows))
    }

    fn without_select(&self) -> Self {
        let query = without_select(&self.query).cloned().collect();
        Self::new(self.school, self.path, query)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        number: &str,
        changed_rows: Option<&str>,
    ) -> Result<T, XodError> {
        let size = self.school.limits().page_size.to_string();
        let mut query: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        query.extend(changed_rows.map(|name| ("changedRows", name)));
        query.extend([("page", number), ("pageSize", size.as_str())]);
        self.school.get_data(self.path, &query).await
    }

    async fn page(&mut self, number: u32) -> Result<Parts<R::Row>, XodError> {
        let everything = self.asks_for_mark.then_some(EVERYTHING);
        let reply: R = self.get(&number.to_string(), everything).await?;
        let mut parts = reply.into_parts();
        if self.asks_for_mark {
            self.note(parts.changed_rows.take());
        }
        Ok(parts)
    }

    /// The next page; none after the last.
    ///
    /// # Errors
    /// As any call, and if the pages contradict each other or do not add up.
    pub async fn next(&mut self) -> Result<Option<TablePage<R>>, XodError> {
        let Some(number) = self.check.wanted() else { return Ok(None) };
        let mut parts = self.page(number).await?;
        if number == 1 && self.asks_for_mark && parts.pagination.is_none() {
            // Some replies with a mark do not say how many pages there are. The mark is older than
            // what is read now, so that any change meanwhile shows later.
            self.asks_for_mark = false;
            parts = self.page(number).await?;
        }
        let Parts { rows, members, pagination, meta, .. } = parts;
        let rows = self.check.accept(rows, pagination)?;
        let members = match members {
            Some(members) => members,
            None if rows.is_empty() => Members::default(),
            None => {
                let why = "a table of members is missing";
                return Err(XodError::Incomplete { table: R::TABLE, why });
            }
        };
        self.check.count_members(&members)?;
        let (arrived, of) = self.check.progress();
        Ok(Some(TablePage { rows, members, meta, arrived, of }))
    }

    fn note(&mut self, changed: Option<ChangedRows>) {
        let name = changed.and_then(|changed| changed.next_changed_rows.recorded());
        let call = self.call(!self.school.refuses_select());
        let mark = name.map(|changed_rows| Mark { call, changed_rows });
        match (&self.mark, mark) {
            (None, Some(mark)) if !self.has_other_marks => self.mark = Some(mark),
            (Some(known), Some(mark)) if *known == mark => {}
            _ => self.has_other_marks = true,
        }
    }
}

fn written((name, value): &(&'static str, String)) -> String {
    format!("{name}={value}")
}

/// Holds each page against those before it.
struct Check<R> {
    limits: Limits,
    members: usize,
    /// None: the last page has arrived.
    wanted: Option<u32>,
    /// Pages and rows, as the first page announced them.
    announced: Option<(u32, u32)>,
    arrived: u32,
    ids: HashSet<String>,
    reply: std::marker::PhantomData<R>,
}

impl<R: TableReply> Check<R> {
    fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            members: 0,
            wanted: Some(1),
            announced: None,
            arrived: 0,
            ids: HashSet::new(),
            reply: std::marker::PhantomData,
        }
    }

    const fn wanted(&self) -> Option<u32> {
        self.wanted
    }

    fn progress(&self) -> (u32, u32) {
        (self.arrived, self.announced.map_or(self.arrived, |(_, rows)| rows))
    }

    fn accept(
        &mut self,
        rows: Option<Vec<R::Row>>,
        pagination: Option<Pagination>,
    ) -> Result<Vec<R::Row>, XodError> {
        let incomplete = |why| Err(XodError::Incomplete { table: R::TABLE, why });
        let Some(rows) = rows else { return incomplete("the table is missing") };
        let Some(wanted) = self.wanted else { return incomplete("a page came after the last") };
        let Some(pagination) = pagination else {
            if rows.is_empty() && wanted == 1 {
                self.wanted = None;
                return Ok(rows);
            }
            return incomplete("the page's number is missing");
        };
        let (Field::Recorded(number), Field::Recorded(pages), Field::Recorded(count)) =
            (pagination.page_number, pagination.page_count, pagination.row_count)
        else {
            return incomplete("the page's number is missing");
        };
        if pages > self.limits.pages || count > self.limits.rows {
            return Err(XodError::TooLarge);
        }
        if rows.len() > self.limits.page_size as usize {
            return incomplete("a page has more rows than were asked for");
        }
        if number != wanted {
            return incomplete("another page came than was asked for");
        }
        if *self.announced.get_or_insert((pages, count)) != (pages, count) {
            return incomplete("it changed while it was being read");
        }
        self.count(&rows)?;
        // The last page still names a next one, so its number decides.
        self.wanted = (wanted < pages).then(|| wanted + 1);
        if self.wanted.is_none() && self.arrived != count {
            return incomplete("there are more or fewer rows than were announced");
        }
        if self.wanted.is_some() && rows.is_empty() {
            return incomplete("a page is empty");
        }
        Ok(rows)
    }

    fn count_members(&mut self, members: &Members) -> Result<(), XodError> {
        self.members += members.students.len() + members.staff.as_ref().map_or(0, Vec::len);
        if self.members > self.limits.members as usize { Err(XodError::TooLarge) } else { Ok(()) }
    }

    /// Counts a page's rows. One id may stand twice in a school's data, but a page on which nothing
    /// is new has been sent before.
    fn count(&mut self, rows: &[R::Row]) -> Result<(), XodError> {
        let mut is_new = rows.is_empty();
        for row in rows {
            let id = R::id(row).ok_or(XodError::NotAsAgreed("a row without an Id"))?;
            is_new |= self.ids.insert(id.to_owned());
        }
        if !is_new {
            return Err(XodError::Incomplete { table: R::TABLE, why: "a page came twice" });
        }
        self.arrived = self.arrived.saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{StaffReply, StaffRow};

    type Pages = Check<StaffReply>;

    fn rows(ids: std::ops::Range<u32>) -> Option<Vec<StaffRow>> {
        let row = |id: u32| StaffRow { id: Field::Recorded(id.to_string()), ..StaffRow::default() };
        Some(ids.map(row).collect())
    }

    fn page(number: u32, pages: u32, count: u32) -> Option<Pagination> {
        Some(Pagination {
            page_number: Field::Recorded(number),
            page_count: Field::Recorded(pages),
            row_count: Field::Recorded(count),
        })
    }

    fn why(result: Result<Vec<StaffRow>, XodError>) -> &'static str {
        match result {
            Err(XodError::Incomplete { why, .. }) => why,
            Err(_) => "another error",
            Ok(_) => "accepted",
        }
    }

    #[test]
    fn stops_at_the_last_page_by_its_number() {
        let mut pages = Pages::new(&Limits::default());
        assert!(pages.accept(rows(0..2), page(1, 2, 3)).is_ok());
        assert_eq!(pages.wanted(), Some(2));
        assert!(pages.accept(rows(2..3), page(2, 2, 3)).is_ok());
        assert_eq!((pages.wanted(), pages.progress()), (None, (3, 3)));
    }

    #[test]
    fn an_empty_table_is_complete_with_and_without_page_numbers() {
        for pagination in [page(1, 0, 0), page(1, 1, 0), None] {
            let mut pages = Pages::new(&Limits::default());
            assert!(pages.accept(rows(0..0), pagination).is_ok());
            assert_eq!(pages.wanted(), None);
        }
    }

    #[test]
    fn refuses_pages_that_contradict_each_other() {
        let second = |rows, pagination| {
            let mut pages = Pages::new(&Limits::default());
            assert!(pages.accept(self::rows(0..2), page(1, 2, 4)).is_ok());
            why(pages.accept(rows, pagination))
        };
        assert_eq!(second(rows(2..4), page(2, 2, 4)), "accepted");
        assert_eq!(second(rows(0..2), page(2, 2, 4)), "a page came twice");
        assert_eq!(second(rows(0..2), page(1, 2, 4)), "another page came than was asked for");
        assert_eq!(second(rows(2..4), page(2, 3, 6)), "it changed while it was being read");
        assert_eq!(
            second(rows(2..3), page(2, 2, 4)),
            "there are more or fewer rows than were announced"
        );
        assert_eq!(second(rows(2..4), None), "the page's number is missing");
        assert_eq!(second(None, page(2, 2, 4)), "the table is missing");
    }

    #[test]
    fn refuses_a_table_without_end() {
        let mut pages = Pages::new(&Limits::default());
        assert_eq!(
            pages.accept(rows(0..2), page(1, 4_000_000, 4_000_000_000)).err(),
            Some(XodError::TooLarge)
        );
    }

    #[test]
    fn refuses_more_rows_than_a_school_can_have_or_than_were_asked_for() {
        let limits = Limits { page_size: 10, rows: 50, members: 3, ..Limits::default() };
        let mut pages = Pages::new(&limits);
        assert_eq!(pages.accept(rows(0..10), page(1, 6, 51)).err(), Some(XodError::TooLarge));
        let mut pages = Pages::new(&limits);
        assert_eq!(
            why(pages.accept(rows(0..11), page(1, 1, 11))),
            "a page has more rows than were asked for"
        );
        let two = || Members {
            students: vec![],
            staff: Some(vec![Default::default(), Default::default()]),
        };
        let mut pages = Pages::new(&limits);
        assert_eq!(pages.count_members(&two()), Ok(()));
        assert_eq!(pages.count_members(&two()), Err(XodError::TooLarge));
    }

    #[test]
    fn refuses_a_row_without_an_id() {
        let row = StaffRow::default();
        let mut pages = Pages::new(&Limits::default());
        assert_eq!(
            pages.accept(Some(vec![row]), page(1, 1, 1)).err(),
            Some(XodError::NotAsAgreed("a row without an Id"))
        );
    }
}
