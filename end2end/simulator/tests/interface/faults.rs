use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

async fn script(client: &Client, faults: Value) {
    client.post("/_simulator/faults", &faults).await;
}

fn details(client: &Client) -> reqwest::RequestBuilder {
    client.authorised(client.http.get(client.at("/api/v1/TokenDetails")))
}

#[tokio::test]
async fn a_status_comes_as_often_as_scripted() {
    let client = small_school().await;
    let fault = json!({"match": "TokenDetails", "times": 2, "kind": "status", "status": 429, "retry_after": 3});
    script(&client, fault).await;
    for _ in 0..2 {
        let reply = details(&client).send().await.unwrap();
        assert_eq!(reply.status(), 429);
        assert_eq!(reply.headers()["retry-after"], "3");
    }
    assert_eq!(details(&client).send().await.unwrap().status(), 200);
    assert_eq!(client.get("/_simulator/faults").await, json!([]));
}

#[tokio::test]
async fn a_page_for_people_comes_instead_of_json() {
    let client = small_school().await;
    script(&client, json!([{"kind": "html"}])).await;
    let reply = details(&client).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.text().await.unwrap().contains("<h1>"));
}

#[tokio::test]
async fn an_exception_comes_at_http_200() {
    let client = small_school().await;
    script(&client, json!({"kind": "exception", "message": "Object reference not set"})).await;
    let reply = client.get("/api/v1/TokenDetails").await;
    assert_eq!(reply["ExceptionMessage"], "Object reference not set");
}

#[tokio::test]
async fn a_reply_is_cut_or_never_comes() {
    let client = small_school().await;
    script(&client, json!([{"kind": "truncate"}, {"kind": "drop"}])).await;
    let cut = details(&client).send().await;
    assert!(match cut {
        Ok(reply) => reply.text().await.is_err(),
        Err(_) => true,
    });
    let dropped = details(&client).send().await;
    assert!(match dropped {
        Ok(reply) => reply.text().await.is_err(),
        Err(_) => true,
    });
    assert_eq!(details(&client).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_token_expires_between_two_pages() {
    let client = small_school().await;
    script(&client, json!({"match": "students", "after": 1, "kind": "expire_tokens"})).await;
    let first = client.read("Students", "?pageSize=10").await;
    assert_eq!(rows(&first, "Students").len(), 10);
    let second = client.read("Students", "?pageSize=10&page=2").await;
    assert_eq!(second["ExceptionMessage"], "Token is missing, has expired or is not valid.");
}

#[tokio::test]
async fn a_slow_reply_is_whole_in_the_end() {
    let client = small_school().await;
    script(
        &client,
        json!([{"kind": "slow", "milliseconds": 20}, {"kind": "stall", "milliseconds": 20}]),
    )
    .await;
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
    let stalled = details(&client).send().await.unwrap();
    assert!(stalled.text().await.is_err(), "what stalls never ends well");
}

#[tokio::test]
async fn a_callback_is_lost_on_the_way() {
    let client = small_school().await;
    let application = Application::of(&client).await;
    script(&client, json!({"match": "callback", "kind": "drop"})).await;
    client.control(Method::POST, "/callback", json!({})).await;
    assert!(application.calls().is_empty());
    client.control(Method::POST, "/callback", json!({})).await;
    assert_eq!(application.calls().len(), 1);
}

#[tokio::test]
async fn faults_can_be_taken_back() {
    let client = small_school().await;
    script(&client, json!({"times": 100, "kind": "html"})).await;
    client.http.delete(client.at("/_simulator/faults")).send().await.unwrap();
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
}

#[tokio::test]
async fn rows_and_pages_are_not_as_they_should_be() {
    let client = small_school().await;
    let read = async |fault: Value| {
        script(&client, fault).await;
        client.read("Students", "?page=2&pageSize=20").await
    };
    let wrong = read(json!({"kind": "field", "name": "Surname", "value": {"first": 1}})).await;
    assert_eq!(wrong["Students"][0]["Surname"], json!({"first": 1}));
    let missing = read(json!({"kind": "missing_field", "name": "Surname"})).await;
    assert!(!keys(&missing["Students"][0]).contains("Surname"));
    let missing = read(json!({"kind": "missing_table", "table": "Students"})).await;
    assert_eq!(missing.get("Students"), None);
    let repeated = read(json!({"kind": "repeated_row"})).await;
    assert_eq!(repeated["Students"][0], repeated["Students"][20]);
    let endless = read(json!({"kind": "page_count", "pages": 1_000_000})).await;
    assert_eq!(endless["__pagination__"][0]["PageCount"], 1_000_000);
    let first = client.read("Students", "?pageSize=20").await;
    let same = read(json!({"kind": "same_page"})).await;
    assert_eq!(same["Students"], first["Students"]);
    assert_eq!(same["__pagination__"][0]["PageNumber"], 2);
    let paused = read(json!({"kind": "pause"})).await;
    assert!(paused["ExceptionMessage"].as_str().unwrap().contains("currently paused"));
}

#[tokio::test]
async fn a_reply_is_enormous_or_somewhere_else_or_no_gzip() {
    let client = small_school().await;
    script(&client, json!([{"kind": "huge", "megabytes": 3}, {"kind": "false_gzip"}])).await;
    let huge = details(&client).send().await.unwrap().bytes().await.unwrap();
    assert!(huge.len() > 3 * 1024 * 1024);
    let reply = details(&client).send().await;
    let is_read = match reply {
        Ok(reply) => reply.json::<Value>().await.is_ok(),
        Err(_) => false,
    };
    assert!(!is_read, "a client that believes the header cannot read it");
    script(&client, json!({"kind": "redirect", "to": "/api/v1/Scopes"})).await;
    assert_eq!(rows(&client.get("/api/v1/TokenDetails").await, "Scopes").len(), 46);
}

#[tokio::test]
async fn a_fault_finds_the_token_requests_of_a_school() {
    let client = small_school().await;
    let secret = client.simulator.secret(ESTAB).unwrap();
    script(&client, json!({"match": ESTAB, "kind": "exception", "message": "scripted"})).await;
    let other = client.post("/api/oauth/GetToken", &token_body("3281199", &secret)).await;
    assert_ne!(other["ExceptionMessage"], "scripted");
    assert_eq!(client.token_reply(&secret).await["ExceptionMessage"], "scripted");
}

#[tokio::test]
async fn the_faults_of_one_school_are_taken_back_without_those_of_another() {
    let client = small_school().await;
    for school in [ESTAB, "3281188"] {
        let fault = json!({"kind": "html", "match": format!("/school/{school}/students")});
        client.post("/_simulator/faults", &fault).await;
    }
    let url = client.at(&format!("/_simulator/faults?match={ESTAB}"));
    client.http.delete(url).send().await.unwrap();
    let left = client.get("/_simulator/faults").await;
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["match"], "/school/3281188/students");
    client.http.delete(client.at("/_simulator/faults")).send().await.unwrap();
    assert_eq!(client.get("/_simulator/faults").await, json!([]));
}

#[tokio::test]
async fn a_few_kilobytes_of_gzip_unpack_to_many_megabytes() {
    let client = small_school().await;
    script(&client, json!({"kind": "gzip_bomb", "megabytes": 20})).await;
    let mut reply = details(&client).send().await.unwrap();
    // It never ends well, so it is read as far as it goes.
    let mut unpacked = 0;
    while let Ok(Some(piece)) = reply.chunk().await {
        unpacked += piece.len();
    }
    assert_eq!(unpacked, 20 * 1024 * 1024);
}

#[tokio::test]
async fn two_rows_have_one_id_and_the_counts_are_right() {
    let client = small_school().await;
    script(&client, json!({"kind": "duplicate_id"})).await;
    let reply = client.read("Students", "?pageSize=1000").await;
    let students = rows(&reply, "Students");
    assert_eq!(students[0]["Id"], students[1]["Id"]);
    assert_ne!(students[0]["XID"], students[1]["XID"]);
    assert_eq!(rows(&reply, "__pagination__")[0]["RowCount"], students.len());
}

#[tokio::test]
async fn one_page_more_follows_whichever_was_asked_for() {
    let client = small_school().await;
    script(&client, json!({"kind": "growing_pages", "times": 2})).await;
    for page in [1, 5] {
        let reply = client.read("Students", &format!("?pageSize=40&page={page}")).await;
        assert_eq!(rows(&reply, "__pagination__")[0]["PageCount"], page + 1);
    }
}

#[tokio::test]
async fn the_calls_that_came_are_remembered_without_tokens_and_bodies() {
    let client = small_school().await;
    client.read("Students", "?page=2").await;
    let calls = client.simulator.calls();
    assert_eq!(calls[0], "POST /api/oauth/gettoken");
    assert_eq!(calls[1], format!("GET /api/v1/school/{ESTAB}/students?page=2"));
}
