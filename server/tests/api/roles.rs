//! Who may ask what: every operation of the API, by role, and of another school.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::page::Page;
use rollcall_shared::people::{PersonRow, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::Me;
use serde_json::{Value, json};

use crate::document::operations;
use crate::support::{Browser, Reply, Server};
use crate::wizard::Waterside;

/// Who may ask for something at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum May {
    /// Also those who are not signed in.
    Everybody,
    SignedIn,
    /// Of their own classes.
    Teachers,
    Admins,
}

use May::{Admins, Everybody, SignedIn, Teachers};

/// Every operation, and who may ask for it. Those that are for admins stand in no line: what is new is
/// theirs until a line here says otherwise.
const FOR_OTHERS: &[(&str, May)] = &[
    (routes::OPENAPI, Everybody),
    (routes::PLATFORM, Everybody),
    (routes::SCHOOLS, Everybody),
    (routes::SCHOOL, Everybody),
    (routes::SIGN_IN, Everybody),
    (routes::SIGN_IN_WITH, Everybody),
    (routes::FORGOTTEN_PASSWORD, Everybody),
    (routes::SIGN_OUT, Everybody),
    (routes::ACTIVATION, Everybody),
    (routes::ACTIVATE, Everybody),
    (routes::MESSAGES, Everybody),
    (routes::XOD_CALLBACK, Everybody),
    (routes::HEALTHZ, Everybody),
    (routes::READYZ, Everybody),
    (routes::ME, SignedIn),
    (routes::HOME, SignedIn),
    (routes::OWN_SESSIONS, SignedIn),
    (routes::END_OTHER_SESSIONS, SignedIn),
    (routes::OWN_CLASS, Teachers),
    (routes::REVEAL, Teachers),
    (routes::NEW_PASSWORD, Teachers),
    (routes::CARDS, Teachers),
];

/// For staff, of themselves: pupils are refused by what they are, not by the address.
const OF_STAFF: &[&str] = &[routes::OWN_PASSWORD];

fn who_may(path: &str) -> May {
    FOR_OTHERS.iter().find(|(known, _)| *known == path).map_or(Admins, |(_, may)| *may)
}

async fn ask(browser: &mut Browser, method: &str, address: &str, body: &Value) -> Reply {
    match method {
        "get" => browser.get(address).await,
        "put" => browser.put(address, body).await,
        _ => browser.post(address, body).await,
    }
}

#[tokio::test]
async fn each_operation_is_for_those_of_the_table_and_for_no_one_else() {
    let server = Server::start().await;
    let (school, admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    let mut people: BTreeMap<&str, (May, Browser)> = BTreeMap::new();
    people.insert("nobody", (Everybody, server.browser()));
    let mut zoe = server.browser();
    zoe.sign_in(&school.slug, "ZoeS", "Dog33").await.json::<Me>();
    people.insert("pupil", (SignedIn, zoe));
    for (name, role, may) in
        [("support", Role::SupportStaff, SignedIn), ("teacher", Role::Teacher, Teachers)]
    {
        let email = format!("{name}@waterside.example");
        let browser = server.member_of_staff(&school, &email, role).await.1;
        people.insert(name, (may, browser));
    }
    people.insert("admin", (Admins, admin));
    for (method, path, _) in operations().filter(|(_, path, _)| !OF_STAFF.contains(path)) {
        let address = with(path, &server.state.dice.uuid());
        let needed = who_may(path);
        for (name, (may, browser)) in &people {
            // A copy: one of the operations signs out.
            let mut browser = browser.clone();
            if path == routes::SIGN_OUT {
                continue;
            }
            let reply = ask(&mut browser, method, &address, &json!({})).await;
            let problem: Option<Problem> = serde_json::from_str(&reply.text).ok();
            let refused_as = problem
                .map(|problem| problem.kind)
                .filter(|kind| matches!(kind, Kind::SignedOut | Kind::NotAllowed));
            let expected = match (*may < needed, *may) {
                (false, _) => None,
                (true, Everybody) => Some(Kind::SignedOut),
                (true, _) => Some(Kind::NotAllowed),
            };
            assert_eq!(refused_as, expected, "{name}: {method} {path}: {}", reply.text);
        }
    }
}

/// The body with which an operation looks for what its address names.
fn body(path: &str) -> Value {
    let person = json!({
        "role": "teacher", "forename": "Zoe", "surname": "Smith",
        "email": null, "year": null, "class": null,
    });
    match path {
        routes::PERSON => json!({ "shown": person, "wanted": person }),
        routes::STAFF_CLASSES => json!({ "shown": [], "wanted": [] }),
        routes::HAND_BACK => json!({ "field": "forename" }),
        routes::RESOLVE => json!({ "seq": 1, "resolution": "someone_new" }),
        routes::RENAME => json!({ "seq": 1, "username": "AOkafor", "answer": "keep" }),
        routes::FINISH => json!({ "hash": "", "confirmation": null }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn what_another_school_has_answers_as_what_does_not_exist() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let pupils = format!("{}?kind=pupil", routes::PEOPLE);
    let pupils: Page<PersonRow> = waterside.admin.get(&pupils).await.json();
    let account = pupils.rows[0].id;
    let classes: Vec<Value> = waterside.admin.get(routes::CLASSES).await.json();
    let class = classes[0]["id"].as_str().unwrap().to_owned();
    let hillcrest = waterside.server.school("3281101", "Hillcrest Primary School").await;
    let mut head = waterside.server.admin(&hillcrest, "head@hillcrest.example").await;
    let nobody = waterside.server.state.dice.uuid().to_string();
    let mut looked_at = 0;
    for (method, path, _) in operations().filter(|(_, path, _)| path.contains("{id}")) {
        let (theirs, none) = match path {
            routes::OWN_CLASS => (class.clone(), nobody.clone()),
            _ if path.starts_with("/api/people/") => (account.to_string(), nobody.clone()),
            _ => (plan.run.to_string(), nobody.clone()),
        };
        let body = body(path);
        let of_theirs = ask(&mut head, method, &with(path, &theirs), &body).await;
        let of_none = ask(&mut head, method, &with(path, &none), &body).await;
        assert_eq!(of_theirs.status, of_none.status, "{method} {path}");
        assert_eq!(of_theirs.text, of_none.text, "{method} {path}");
        // Hillcrest has no MIS to be asked.
        let is_hidden = of_theirs.status == StatusCode::NOT_FOUND || path == routes::FROM_MIS;
        assert!(is_hidden, "{method} {path}: {}", of_theirs.text);
        looked_at += 1;
    }
    assert!(looked_at > 20);
}
