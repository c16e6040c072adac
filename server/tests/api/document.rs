//! The document of the API: that it is the one checked in, and that it says what the server does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use rollcall_server::testing::document;
use rollcall_shared::plan::PlanSummary;
use rollcall_shared::problem::MEDIA_TYPE;
use rollcall_shared::routes::{self, with};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::wizard::{MisYear, SaveDraft, Step, WizardView};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use serde_json::Value;

use crate::support::Server;
use crate::wizard::Waterside;

/// What is asked for below `/api` and is no address of ours.
const NOWHERE: &str = "/api/{*unknown}";

/// What a method that an address does not have is answered with: that there is none; or before it
/// came so far, that the request is not from our pages, or can't be used, or is not for us.
const NO_SUCH_METHOD: [u16; 4] = [405, 403, 422, 421];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(document()).unwrap());

/// Holds a reply against the document. Every reply of every test comes through here: one that the
/// document does not know, by its address, method, status, kind of content or kind of problem, makes
/// the test fail that asked for it.
pub(crate) async fn hold_against(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    match path.as_deref() {
        None | Some(NOWHERE) => response,
        Some(path) => held_against(&method, path, response).await,
    }
}

async fn held_against(method: &Method, path: &str, response: Response) -> Response {
    let status = response.status().as_u16();
    let asked = format!("{method} {path}, answered with {status}");
    // HEAD is GET without the body.
    let verb = if method == Method::HEAD { Method::GET } else { method.clone() };
    let address = &DOCUMENT["paths"][path];
    assert!(address.is_object(), "{asked}: the address is not in the document");
    let Some(operation) = address.get(verb.as_str().to_lowercase()) else {
        assert!(NO_SUCH_METHOD.contains(&status), "{asked}: the method is not in the document");
        return response;
    };
    let documented = &operation["responses"][status.to_string()];
    assert!(documented.is_object(), "{asked}: the status is not in the document");
    let media_type = response.headers().get(header::CONTENT_TYPE).map(|it| it.to_str().unwrap());
    let known: Vec<&String> =
        documented["content"].as_object().into_iter().flat_map(|it| it.keys()).collect();
    assert!(
        media_type.is_none_or(|it| known.contains(&&it.to_owned())),
        "{asked}: {media_type:?} is not {known:?}"
    );
    if media_type != Some(MEDIA_TYPE) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (kind, kinds) = (&problem["type"], documented["description"].as_str().unwrap());
    let is_known = kind.as_str().is_none_or(|kind| kinds.contains(&format!("`{kind}`")));
    assert!(is_known, "{asked}: {kind} is none of {kinds}");
    Response::from_parts(parts, Body::from(body))
}

/// Whether what is checked in is to be written again.
fn is_to_be_renewed() -> bool {
    std::env::var_os("ROLLCALL_RENEW").is_some()
}

/// Compares a file that is checked in with what it has to be, or writes it.
fn assert_checked_in(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if is_to_be_renewed() {
        std::fs::write(&path, text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).is_ok_and(|checked_in| checked_in == text),
        "{file} is not what the server answers. Renew it and look at the difference: \
         ROLLCALL_RENEW=1 cargo test -p rollcall-server --test api document:: (again, until it \
         passes: the document takes up the examples)"
    );
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

/// Method, address and operation.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, operation)| (&**method, &**path, operation))
    })
}

#[tokio::test]
async fn anybody_reads_the_document_and_it_is_the_one_checked_in() {
    let server = Server::start().await;
    let reply = server.browser().get(routes::OPENAPI).await;
    let served: Value = reply.json();
    assert_eq!(served["openapi"], "3.1.0");
    assert_checked_in("../docs/openapi.json", &pretty(&served));
}

#[test]
fn every_address_of_ours_is_in_the_document_and_no_other() {
    let ours: BTreeSet<&str> = include_str!("../../../shared/src/routes.rs")
        .lines()
        .filter(|line| line.starts_with("pub const"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    let documented: BTreeSet<&str> = operations().map(|(_, path, _)| path).collect();
    assert_eq!(documented, ours);
}

#[test]
fn every_operation_has_a_summary_and_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations() {
        assert!(operation["summary"].as_str().is_some_and(|it| !it.is_empty()), "{method} {path}");
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_gets_what_the_document_keeps_for_those_who_are() {
    let server = Server::start().await;
    let mut browser = server.browser();
    for (method, path, operation) in operations() {
        let address = with(path, &server.state.dice.uuid());
        let reply = match method {
            "get" => browser.get(&address).await,
            "put" => browser.put(&address, &()).await,
            _ => browser.post(&address, &()).await,
        };
        let is_kept = operation.get("security").is_some();
        assert_eq!(reply.status == StatusCode::UNAUTHORIZED, is_kept, "{method} {path}");
    }
}

#[test]
fn every_schema_is_referred_to_and_every_reference_leads_to_one() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    references(&DOCUMENT, &mut found);
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> =
        schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(found, known.iter().map(String::as_str).collect());
}

/// Asks as a school's admin does from the first reading to the finished run, and keeps the replies.
struct Story {
    waterside: Waterside,
    replies: BTreeMap<String, Value>,
}

impl Story {
    /// Asks, and keeps what is answered under the pattern of the address.
    async fn get(&mut self, pattern: &str, address: &str) -> Value {
        let reply = self.waterside.admin.get(address).await.json();
        self.keep(&format!("GET {pattern}"), &reply);
        reply
    }

    fn keep(&mut self, asked: &str, reply: &Value) {
        self.replies.insert(asked.to_owned(), shortened(reply));
    }

    /// Waits without asking the server, whose dice would then be thrown more or less often.
    async fn wait_for_the_reading(&self) {
        let state = &self.waterside.server.state;
        while state.store.find_roster(self.waterside.school.id).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    }
}

/// A reply with the first two of each list.
fn shortened(reply: &Value) -> Value {
    match reply {
        Value::Array(items) => items.iter().take(2).map(shortened).collect(),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), shortened(v))).collect(),
        other => other.clone(),
    }
}

/// One of the MIS's year groups, taken for what is suggested.
fn as_suggested(year: MisYear) -> YearMapping {
    let target = year.suggestion.map_or(YearGroup::Nursery, |suggestion| suggestion.year);
    YearMapping { name: year.name, code: year.code, target: YearTarget::Import(target) }
}

#[tokio::test]
async fn the_examples_of_the_document_are_real_replies() {
    let waterside = Waterside::connected().await;
    let mut story = Story { waterside, replies: BTreeMap::new() };
    for (pattern, address) in [
        (routes::PLATFORM, routes::PLATFORM),
        (routes::SCHOOLS, "/api/schools?q=waterside"),
        (routes::SCHOOL, "/api/schools/waterside-primary-school"),
        (routes::ME, routes::ME),
        (routes::CONNECTION, routes::CONNECTION),
        (routes::PASSWORDS, routes::PASSWORDS),
    ] {
        story.get(pattern, address).await;
    }

    story.waterside.admin.post(routes::READ_ROSTER, &()).await.json::<WizardView>();
    story.wait_for_the_reading().await;
    let view: WizardView =
        serde_json::from_value(story.get(routes::WIZARD, routes::WIZARD).await).unwrap();
    story.get(routes::USERNAMES, &format!("{}?kind=pupil", routes::USERNAMES)).await;
    let mut settings = view.draft.settings;
    settings.year_mappings = view.years.into_iter().map(as_suggested).collect();
    let answers = SaveDraft { version: view.draft.version, step: Step::YearGroups, settings };
    let admin = &mut story.waterside.admin;
    let saved: Value = admin.put(routes::DRAFT, &answers).await.json();
    let planned: Value = admin.post(routes::PLAN, &()).await.json();
    let plan: PlanSummary = serde_json::from_value(planned.clone()).unwrap();
    let finished = serde_json::to_value(story.waterside.finish(&plan).await).unwrap();
    story.keep(&format!("PUT {}", routes::DRAFT), &saved);
    story.keep(&format!("POST {}", routes::PLAN), &planned);
    story.keep(&format!("POST {}", routes::FINISH), &finished);
    story.waterside.work().await;

    for pattern in [routes::RUN, routes::RUN_SUMMARY, routes::RUN_PEOPLE, routes::RUN_SETTINGS] {
        story.get(pattern, &with(pattern, &plan.run)).await;
    }
    for pattern in [
        routes::RUNS,
        routes::DASHBOARD,
        routes::PEOPLE,
        routes::CLASSES,
        routes::MAIL,
        routes::SIGN_INS,
        routes::SCHEDULE,
    ] {
        story.get(pattern, pattern).await;
    }
    let replies = serde_json::to_value(&story.replies).unwrap();
    assert_checked_in("src/api/examples.json", &pretty(&replies));
}
