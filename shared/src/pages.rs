//! The addresses of the app's pages, as its router knows them: the server answers any other with
//! "Page not found". `:name` stands for any one part of an address, `*rest` for all that follows.

/// Every page of the app.
const PAGES: &[&str] = &[
    "/",
    "/sch/:slug",
    "/sch/:slug/forgotten",
    "/activate",
    "/messages",
    "/home",
    "/home/classes/:id",
    "/account",
    "/dashboard",
    "/users",
    "/users/pupils",
    "/users/staff",
    "/users/staff/new",
    "/users/pupils/new",
    "/users/sign-ins",
    "/users/people/:id",
    "/users/classes",
    "/users/groups",
    "/users/trash",
    "/users/nightly-sync",
    "/cards",
    "/set-up",
    "/set-up/scopes",
    "/set-up/authoriser",
    "/set-up/what-is-read",
    "/set-up/waiting",
    "/set-up/disconnect",
    "/set-up/guidance",
    "/wizard/*rest",
    "/runs",
    "/runs/:id",
    "/runs/:id/undo",
    "/runs/:id/people/:list",
];

/// Whether there is a page at this address (its path alone).
#[must_use]
pub fn is_page(path: &str) -> bool {
    PAGES.iter().any(|page| matched(page, path).is_some())
}

/// What stands in an address (its path alone) for the names in a page's; none where the address is
/// not that page's.
#[must_use]
pub fn matched<'a>(page: &'static str, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut found = Vec::new();
    let mut rest = path.trim_matches('/');
    for wanted in page.split('/').filter(|part| !part.is_empty()) {
        if let Some(name) = wanted.strip_prefix('*') {
            found.push((name, rest));
            return Some(found);
        }
        let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
        match wanted.strip_prefix(':') {
            Some(name) if !part.is_empty() => found.push((name, part)),
            None if wanted == part => {}
            _ => return None,
        }
        rest = after.trim_start_matches('/');
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_app_is_a_page_and_no_other() {
        let list = include_str!("../../app/src/address.rs");
        let list = list.split("\npages! {").nth(1).and_then(|list| list.split('}').next()).unwrap();
        let mut routes: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        let router = include_str!("../../app/src/routes.rs");
        assert_eq!(router.matches(", Page::").count(), routes.len());
        routes.sort_unstable();
        let mut pages = PAGES.to_vec();
        pages.sort_unstable();
        assert_eq!(pages, routes);
    }

    #[test]
    fn what_stands_for_the_names_of_a_page_is_found() {
        let list = "/runs/:id/people/:list";
        assert_eq!(matched(list, "/runs/7/people/new"), Some(vec![("id", "7"), ("list", "new")]));
        assert_eq!(matched(list, "/runs/7/people"), None);
        let wizard = "/wizard/*rest";
        assert_eq!(
            matched(wizard, "/wizard/usernames/change"),
            Some(vec![("rest", "usernames/change")])
        );
        assert_eq!(matched(wizard, "/wizard"), Some(vec![("rest", "")]));
        assert_eq!(matched("/", "/"), Some(vec![]));
        assert_eq!(matched("/", "/sch"), None);
    }

    #[test]
    fn an_address_with_ids_in_it_is_a_page_and_an_unknown_one_is_not() {
        for page in [
            "/",
            "/sch/waterside",
            "/sch/waterside/forgotten",
            "/users/",
            "/users/people/0b1e8f52-0000-7000-8000-000000000001",
            "/wizard",
            "/wizard/usernames/change",
            "/runs/1/people/problems",
        ] {
            assert!(is_page(page), "{page}");
        }
        for unknown in [
            "/sch",
            "/sch/waterside/more",
            "/nothing",
            "/users/nobody",
            "/users/people",
            "/runs/1/people",
            "/wp-login.php",
            "/healthz",
            "/.env",
        ] {
            assert!(!is_page(unknown), "{unknown}");
        }
    }
}
