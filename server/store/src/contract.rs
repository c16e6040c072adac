//! What every store method promises, on both engines. A test body runs on a fresh SQLite file, and
//! on a fresh PostgreSQL schema where `ROLLCALL_TEST_POSTGRES` names a server; where it does
//! not, that is said loudly, and with `ROLLCALL_REQUIRE_POSTGRES=1` it is a failure.

#![expect(
    clippy::missing_panics_doc,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests alone use this"
)]

use std::future::Future;

use chrono::{DateTime, TimeZone, Utc};
use rollcall_shared::ids::SchoolId;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::schools::StoredSchool;
use super::{Store, on};

/// Runs the body on a fresh, empty database of each engine.
pub async fn on_both_engines<F: Future<Output = ()>>(body: impl Fn(Store) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rollcall.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    body(store.clone()).await;
    store.close().await;

    if let Some(server) = postgres_server() {
        // A schema of its own is made in a fraction of the time that a database takes.
        let schema = format!("rollcall_{}", random_id().simple());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        run(&mut admin, format!("CREATE SCHEMA {schema}")).await;
        let apart = if server.contains('?') { '&' } else { '?' };
        let address = format!("{server}{apart}options[search_path]={schema}");
        let store = Store::open(&address).await.unwrap();
        body(store.clone()).await;
        store.close().await;
        run(&mut admin, format!("DROP SCHEMA {schema} CASCADE")).await;
    }
}

/// Runs a statement of a test's own, for what no method of the store writes.
pub async fn execute(store: &Store, sql: String) {
    on!(store, |pool| sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop)).unwrap();
}

/// The address of a PostgreSQL server to test on; none where there is none.
fn postgres_server() -> Option<String> {
    let server = std::env::var("ROLLCALL_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(
            std::env::var("ROLLCALL_REQUIRE_POSTGRES").is_err(),
            "PostgreSQL is required, and ROLLCALL_TEST_POSTGRES names no server"
        );
        eprintln!("LEFT OUT: PostgreSQL (set ROLLCALL_TEST_POSTGRES to a server's address)");
    }
    server
}

#[expect(clippy::disallowed_methods, reason = "tests at the same time need schemas of their own")]
fn random_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// Some moment, so many minutes after the tests' beginning of time.
pub fn minute(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap() + chrono::TimeDelta::minutes(minutes)
}

/// Adds a school of this number.
pub async fn school(store: &Store, estab: &str) -> SchoolId {
    let id = SchoolId(uuid::Uuid::from_u128(estab.parse().unwrap()));
    let school = StoredSchool {
        id,
        estab: estab.parse().unwrap(),
        slug: format!("school-{estab}"),
        name: format!("School {estab}"),
        retention_months: 12,
    };
    store.add_school(&school, minute(0)).await.unwrap();
    id
}
