//! The addresses of the app's pages, as its router knows them: the server answers any other with
//! "Page not found". `:name` stands for any one part of an address, `*rest` for all that follows.

/// Every page of the app.
pub const PAGES: &[&str] = &[
    "/",
    "/sch/:slug",
    "/activate",
    "/messages",
    "/home",
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
    PAGES.iter().any(|page| fits(page, path))
}

fn fits(page: &str, path: &str) -> bool {
    let mut parts = parts(path);
    for wanted in self::parts(page) {
        if wanted.starts_with('*') {
            return true;
        }
        match parts.next() {
            Some(part) if wanted.starts_with(':') || wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_app_is_a_page_and_no_other() {
        let app = include_str!("../../app/src/lib.rs");
        let mut routes: Vec<&str> =
            app.split("path!(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        routes.sort_unstable();
        let mut pages = PAGES.to_vec();
        pages.sort_unstable();
        assert_eq!(pages, routes);
    }

    #[test]
    fn an_address_with_ids_in_it_is_a_page_and_an_unknown_one_is_not() {
        for page in [
            "/",
            "/sch/waterside",
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
