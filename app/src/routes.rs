//! Which page is at which address.

use std::borrow::Cow;

use leptos::tachys::view::iterators::StaticVec;
use leptos_router::{
    MatchNestedRoutes, NestedRoute, PartialPathMatch, PathSegment, PossibleRouteMatch,
};
use rollcall_shared::pages;

use crate::address::{
    ACCOUNT, ACTIVATE, AUTHORISER, CARDS, CLASSES, CONNECTION, DASHBOARD, DISCONNECT, FIND_SCHOOL,
    FORGOTTEN, GROUPS, GUIDANCE, HOME, MESSAGES, NEW_PUPIL, NEW_STAFF, NIGHTLY_SYNC, OWN_CLASS,
    PERSON, PUPILS, RUN, RUN_PEOPLE, RUNS, SCHOOL, SCOPES, SET_UP, SIGN_INS, STAFF, TRASH, UNDO,
    USERS, WHAT_IS_READ, WIZARD_PAGES,
};
use crate::areas::{Later, Page};

/// Every route. All are of one type, so that the router's code is in the app once.
pub fn routes() -> impl MatchNestedRoutes + Clone + Send + 'static {
    let routes: Vec<_> = [
        (FIND_SCHOOL, Page::FindSchool),
        (SCHOOL, Page::SignIn),
        (FORGOTTEN, Page::ForgottenPassword),
        (ACTIVATE, Page::Activate),
        (MESSAGES, Page::Messages),
        (HOME, Page::Home),
        (OWN_CLASS, Page::OwnClass),
        (ACCOUNT, Page::OwnAccount),
        (DASHBOARD, Page::Dashboard),
        (USERS, Page::Users),
        (PUPILS, Page::Pupils),
        (STAFF, Page::Staff),
        (NEW_STAFF, Page::AddStaff),
        (NEW_PUPIL, Page::AddPupil),
        (PERSON, Page::Person),
        (CLASSES, Page::Classes),
        (GROUPS, Page::Groups),
        (TRASH, Page::Trash),
        (NIGHTLY_SYNC, Page::NightlySync),
        (SIGN_INS, Page::SignIns),
        (CARDS, Page::Cards),
        (SET_UP, Page::SetUp),
        (SCOPES, Page::Scopes),
        (AUTHORISER, Page::Authoriser),
        (WHAT_IS_READ, Page::WhatIsRead),
        (CONNECTION, Page::Connection),
        (DISCONNECT, Page::Disconnect),
        (GUIDANCE, Page::Guidance),
        // One route, so that the state of the draft lives from step to step.
        (WIZARD_PAGES, Page::Wizard),
        (RUNS, Page::Runs),
        (RUN, Page::Run),
        (UNDO, Page::Undo),
        (RUN_PEOPLE, Page::RunPeople),
    ]
    .into_iter()
    .map(|(address, page)| NestedRoute::new(Pattern(address), Later(page)))
    .collect();
    StaticVec::from(routes)
}

/// The address of a page as the router sees it, with names in place of its parts.
#[derive(Clone, Copy, Debug)]
struct Pattern(&'static str);

impl PossibleRouteMatch for Pattern {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let found = pages::matched(self.0, path)?;
        let params = found
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value.to_owned()))
            .collect();
        Some(PartialPathMatch::new("", params, path))
    }

    /// Only a server that renders pages asks.
    fn generate_path(&self, _: &mut Vec<PathSegment>) {}
}
