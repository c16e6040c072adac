//! What stands in a database that an admin or a pupil would ever notice, put so that two databases
//! can be compared: without ids and times, which differ from one to the next.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rollcall_engine::domain::accounts::Account;
use rollcall_shared::ids::{ClassId, SchoolId};
use rollcall_store::Store;

/// Runs the same query on either engine.
macro_rules! rows {
    ($store:expr, $sql:expr $(, $value:expr)*) => {
        match $store {
            Store::Sqlite(rollcall_store::Sqlite { pool, .. }) => {
                sqlx::query_as($sql)$(.bind($value))*.fetch_all(pool).await.unwrap()
            }
            Store::Postgres(pool) => {
                sqlx::query_as($sql)$(.bind($value))*.fetch_all(pool).await.unwrap()
            }
        }
    };
}

/// Runs the same statement on either engine.
macro_rules! execute {
    ($store:expr, $sql:expr) => {
        match $store {
            Store::Sqlite(rollcall_store::Sqlite { pool, .. }) => {
                sqlx::query($sql).execute(pool).await.map(|_| ()).unwrap();
            }
            Store::Postgres(pool) => sqlx::query($sql).execute(pool).await.map(|_| ()).unwrap(),
        }
    };
}

pub(crate) use {execute, rows};

/// The school as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Everybody with all that is known of them, their class and groups.
    pub people: Vec<String>,
    pub classes: Vec<String>,
    pub reserved_usernames: BTreeSet<String>,
    /// What kind of login each has.
    pub logins: Vec<(String, bool, bool)>,
    /// How many activation e-mails were written to each, and how many links there are.
    pub mails: Vec<(String, i64)>,
    pub links: Vec<(String, i64)>,
    pub remembered: String,
    /// Why a nightly sync that is on is paused, and how its last night ended.
    pub schedules: Vec<(Option<String>, Option<String>)>,
}

/// Everybody's login itself, by username.
pub(crate) type Credentials = BTreeMap<String, (Option<Vec<u8>>, Option<String>)>;

impl Ledger {
    pub(crate) async fn of(store: &Store, school: SchoolId) -> Self {
        let state = store.school_state(school).await.unwrap();
        let names: HashMap<ClassId, &str> =
            state.classes.iter().map(|class| (class.id, class.name.as_str())).collect();
        let mut people: Vec<String> =
            state.accounts.iter().map(|account| person(account, &names)).collect();
        people.sort();
        let mut classes: Vec<String> = state
            .classes
            .iter()
            .map(|class| {
                format!("{:?} {} {:?} {:?}", class.kind, class.name, class.subject, class.link)
            })
            .collect();
        classes.sort();
        let credentials = credentials(store, school).await;
        Self {
            people,
            classes,
            reserved_usernames: state.reserved_usernames.into_keys().collect(),
            logins: credentials
                .into_iter()
                .map(|(username, (sealed, hash))| (username, sealed.is_some(), hash.is_some()))
                .collect(),
            mails: rows!(
                store,
                "SELECT a.username, COUNT(*) FROM outbox o JOIN accounts a ON a.id = o.account_id
                WHERE o.withdrawn_at IS NULL AND a.school_id = $1
                GROUP BY a.username ORDER BY a.username",
                school.0
            ),
            links: rows!(
                store,
                "SELECT a.username, COUNT(*) FROM activation_tokens t
                JOIN accounts a ON a.id = t.account_id WHERE a.school_id = $1
                GROUP BY a.username ORDER BY a.username",
                school.0
            ),
            remembered: format!("{:?}", state.last_applied),
            schedules: rows!(
                store,
                "SELECT paused_because, last_outcome FROM schedules WHERE is_on"
            ),
        }
    }

    /// What differs, in words; nothing where the two are the same.
    pub(crate) fn differs_from(&self, expected: &Self) -> Vec<String> {
        fn compare<T: Ord + std::fmt::Debug>(
            what: &str,
            is: &[T],
            expected: &[T],
        ) -> Option<String> {
            let missing: Vec<_> = expected.iter().filter(|one| !is.contains(one)).collect();
            let too_many: Vec<_> = is.iter().filter(|one| !expected.contains(one)).collect();
            (is != expected).then(|| {
                let (are, should) = (is.len(), expected.len());
                format!("{what}: {are} of {should}; missing {missing:?}, unexpected {too_many:?}")
            })
        }
        let reserved =
            |ledger: &Self| ledger.reserved_usernames.iter().cloned().collect::<Vec<_>>();
        [
            compare("people", &self.people, &expected.people),
            compare("classes", &self.classes, &expected.classes),
            compare("usernames", &reserved(self), &reserved(expected)),
            compare("logins", &self.logins, &expected.logins),
            compare("e-mails", &self.mails, &expected.mails),
            compare("links", &self.links, &expected.links),
            compare(
                "what is remembered",
                std::slice::from_ref(&self.remembered),
                std::slice::from_ref(&expected.remembered),
            ),
            compare("nightly syncs", &self.schedules, &expected.schedules),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn person(account: &Account, names: &HashMap<ClassId, &str>) -> String {
    let class = account.class.map(|class| names[&class]);
    let groups: BTreeSet<&str> = account.groups.iter().map(|group| names[group]).collect();
    let is_gone = (account.left_at.is_some(), account.purge_on.is_some());
    let known = Account {
        id: rollcall_shared::ids::AccountId(uuid::Uuid::nil()),
        class: None,
        groups: BTreeSet::new(),
        left_at: None,
        purge_on: None,
        ..account.clone()
    };
    format!("{known:?} in {class:?} and {groups:?}, gone {is_gone:?}")
}

/// Everybody's login.
pub(crate) async fn credentials(store: &Store, school: SchoolId) -> Credentials {
    let rows: Vec<(String, Option<Vec<u8>>, Option<String>)> = rows!(
        store,
        "SELECT username, password_sealed, password_hash FROM accounts WHERE school_id = $1",
        school.0
    );
    rows.into_iter().map(|(username, sealed, hash)| (username, (sealed, hash))).collect()
}

/// What the database says of itself that is not as it should be.
pub(crate) async fn damage(store: &Store) -> Vec<String> {
    let Store::Sqlite(rollcall_store::Sqlite { pool, .. }) = store else {
        return Vec::new();
    };
    let said: Vec<(String,)> =
        sqlx::query_as("PRAGMA integrity_check").fetch_all(pool).await.unwrap();
    let mut found: Vec<String> =
        said.into_iter().map(|(said,)| said).filter(|said| said != "ok").collect();
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(pool).await.unwrap().len();
    if orphans > 0 {
        found.push(format!("{orphans} rows point to nothing"));
    }
    found
}
