//! A server in a temporary folder, with a clock that stands still, and browsers that talk to it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::middleware::from_fn;
use chrono::{TimeZone, Utc};
use rollcall_engine::domain::accounts::{Account, Class};
use rollcall_server::testing::{AppState, Clock, Dice, Options, Owner, add_person, add_school};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::{ClassKind, NewStaff, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{SetPassword, SignIn, UnsentMessage};
use rollcall_shared::year_group::YearGroup;
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::schools::StoredSchool;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use xod_client::Limits;

use crate::document;

/// The password that members of staff choose in tests.
pub(crate) const PASSWORD: &str = "three green boats";

/// A server of its own.
pub(crate) struct Server {
    pub state: AppState,
    pub router: Router,
    pub folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// A server with these lines of configuration besides the usual ones.
    pub(crate) async fn with(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let toml = format!("database = \"sqlite:{path}/rollcall.db\"\napp_dir = \"{path}/app\"\n");
        let options: Options = toml::from_str(&format!("{toml}{lines}")).unwrap();
        let clock = Clock::standing_at(Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap());
        let mut config = options.resolve().unwrap();
        config.xod.limits = short_limits();
        let state = AppState::open(config, clock, Dice::seeded(7)).await.unwrap();
        Self { router: router(state.clone()), state, folder }
    }

    /// Adds a school, whose people are on this machine.
    pub(crate) async fn school(&self, estab: &str, name: &str) -> StoredSchool {
        let school = add_school(&self.state, estab.parse().unwrap(), name, None).await.unwrap();
        let (here, now) = (HERE.to_string(), self.state.clock.now());
        self.state.store.set_network(school.id, &here, true, now).await.unwrap();
        school
    }

    /// Adds Waterside, and a browser in which its admin is signed in.
    pub(crate) async fn waterside(&self) -> (StoredSchool, Browser) {
        let school = self.school("3281102", "Waterside Primary School").await;
        let browser = self.admin(&school, "head@waterside.example").await;
        (school, browser)
    }

    /// Adds an admin, who sets a password and is signed in.
    pub(crate) async fn admin(&self, school: &StoredSchool, email: &str) -> Browser {
        self.member_of_staff(school, email, Role::Admin).await.1
    }

    /// Adds somebody, who sets a password and is signed in.
    pub(crate) async fn member_of_staff(
        &self,
        school: &StoredSchool,
        email: &str,
        role: Role,
    ) -> (AccountId, Browser) {
        let (account, _, token) = self.invited(school, email, role).await;
        let mut browser = self.browser();
        let password = SetPassword { token, password: PASSWORD.into() };
        let reply = browser.post(routes::ACTIVATE, &password).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        (account, browser)
    }

    /// Adds somebody who has not set a password yet: their account, username and link's token.
    pub(crate) async fn invited(
        &self,
        school: &StoredSchool,
        email: &str,
        role: Role,
    ) -> (AccountId, String, String) {
        let staff = NewStaff {
            forename: "Amara".into(),
            surname: "Okafor".into(),
            email: email.into(),
            role: Some(role),
            from_problem: None,
        };
        let added = add_person(&self.state, school, &staff, None).await.unwrap();
        let token = added.link.rsplit_once('#').unwrap().1.to_owned();
        (added.account, added.username, token)
    }

    /// Adds a teacher of a class, who sets a password and is signed in.
    pub(crate) async fn teacher_of(
        &self,
        school: &StoredSchool,
        admin: &mut Browser,
        email: &str,
        class: ClassId,
    ) -> Browser {
        let id = AccountId(self.state.dice.uuid());
        let account = Account {
            username: "BBaker".into(),
            email: Some(email.into()),
            groups: [class].into(),
            ..Account::named(id, Role::Teacher, "Bea", "Baker")
        };
        let new = NewAccount { account, login: NewLogin::Staff };
        self.state.store.add_accounts(school.id, &[new], self.state.clock.now()).await.unwrap();
        admin.post(&with(routes::SEND_ACTIVATION, &id), &()).await.json::<Value>();
        let messages: Vec<UnsentMessage> = self.browser().get(routes::MESSAGES).await.json();
        let message = messages.into_iter().find(|message| message.to == email).unwrap();
        let token = message.body.split("/activate#").nth(1).unwrap();
        let token = token.split_whitespace().next().unwrap().to_owned();
        let mut browser = self.browser();
        let password = SetPassword { token, password: PASSWORD.into() };
        browser.post(routes::ACTIVATE, &password).await.json::<Value>();
        browser
    }

    /// Adds a pupil with this username and password.
    pub(crate) async fn pupil(
        &self,
        school: SchoolId,
        username: &str,
        password: &str,
        format: PasswordFormat,
    ) -> AccountId {
        let account = self.pupil_account(username);
        let id = account.id;
        let sealed = self.sealed(school, id, password);
        self.add_pupil(school, account, sealed, format).await;
        id
    }

    /// A pupil's password as it is stored.
    pub(crate) fn sealed(&self, school: SchoolId, pupil: AccountId, password: &str) -> Vec<u8> {
        let owner = Owner { purpose: "pupil-password", school: school.0, id: pupil.0 };
        self.state.keys.seal(&self.state.dice, owner, password.as_bytes()).unwrap()
    }

    pub(crate) async fn add_pupil(
        &self,
        school: SchoolId,
        account: Account,
        sealed: Vec<u8>,
        format: PasswordFormat,
    ) {
        let new = NewAccount { account, login: NewLogin::Pupil { sealed, format } };
        self.state.store.add_accounts(school, &[new], self.state.clock.now()).await.unwrap();
    }

    /// Adds a class of this name.
    pub(crate) async fn class(&self, school: SchoolId, number: u128, name: &str) -> ClassId {
        let id = ClassId(uuid::Uuid::from_u128(number));
        let class =
            Class { id, kind: ClassKind::Class, name: name.into(), subject: None, link: None };
        self.state.store.add_classes(school, &[class], self.state.clock.now()).await.unwrap();
        id
    }

    /// A pupil in the nursery, in no class, who is not stored yet.
    pub(crate) fn pupil_account(&self, username: &str) -> Account {
        let id = AccountId(self.state.dice.uuid());
        Account {
            username: username.into(),
            year: Some(YearGroup::Nursery),
            ..Account::named(id, Role::Pupil, "Zoë", "Smith")
        }
    }

    /// A browser in which nobody is signed in, on this machine.
    pub(crate) fn browser(&self) -> Browser {
        let public_url = &self.state.config.public_url;
        Browser {
            router: self.router.clone(),
            cookie: None,
            address: HERE,
            host: public_url.authority().to_owned(),
        }
    }

    /// One on the machine of this address.
    pub(crate) fn browser_from(&self, address: &str) -> Browser {
        Browser { address: address.parse().unwrap(), ..self.browser() }
    }
}

/// All that the server answers, each reply held against the document of the API.
pub(crate) fn router(state: AppState) -> Router {
    rollcall_server::testing::router(state).layer(from_fn(document::hold_against))
}

/// Small pages, short pauses and small bodies, so that faults of XoD come soon.
pub(crate) fn short_limits() -> Limits {
    Limits {
        body: 8 << 20,
        first_pause: Duration::from_millis(2),
        busy_pause: Duration::from_millis(2),
        page_size: 40,
        ..Limits::default()
    }
}

/// This machine's own address.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Somebody's browser, on one of our own pages.
#[derive(Clone)]
pub(crate) struct Browser {
    pub router: Router,
    /// `name=value; …`, as they would be sent.
    pub cookie: Option<String>,
    /// Where it is.
    pub address: IpAddr,
    /// The name under which it asks.
    pub host: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The problem, of this kind.
    pub(crate) fn problem(&self, kind: Kind) -> Problem {
        let problem: Problem = serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no problem ({error}): {} {}", self.status, self.text));
        assert_eq!(problem.kind, kind, "{problem:?}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem.status, self.status.as_u16());
        problem
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Reply {
        self.send(Method::GET, address, None).await
    }

    pub(crate) async fn post(&mut self, address: &str, body: &impl Serialize) -> Reply {
        self.send(Method::POST, address, Some(serde_json::to_value(body).unwrap())).await
    }

    pub(crate) async fn put(&mut self, address: &str, body: &impl Serialize) -> Reply {
        self.send(Method::PUT, address, Some(serde_json::to_value(body).unwrap())).await
    }

    pub(crate) async fn sign_in(&mut self, slug: &str, username: &str, password: &str) -> Reply {
        let typed = SignIn { username: username.into(), password: password.into(), card: None };
        self.post(&with(routes::SIGN_IN, &slug), &typed).await
    }

    /// Keeps a cookie in place of one of the same name; an empty one goes.
    fn keep(&mut self, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap();
        let others = self.cookie.iter().flat_map(|all| all.split("; "));
        let mut kept: Vec<&str> =
            others.filter(|other| other.split('=').next() != Some(name)).collect();
        if !value.is_empty() {
            kept.push(pair);
        }
        self.cookie = (!kept.is_empty()).then(|| kept.join("; "));
    }

    async fn send(&mut self, method: Method, address: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, &self.host)
            .extension(from(self.address))
            .header("sec-fetch-site", "same-origin");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let reply = send(&self.router, request.body(body).unwrap()).await;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap().split(';').next().unwrap());
        }
        reply
    }
}

/// The other end of a connection, at this address.
pub(crate) fn from(address: IpAddr) -> ConnectInfo<SocketAddr> {
    ConnectInfo(SocketAddr::new(address, 50_000))
}

/// Sends a request just so; one that does not say where it comes from, and to whom it goes, is of
/// this machine.
pub(crate) async fn send(router: &Router, mut request: Request<Body>) -> Reply {
    request.extensions_mut().get_or_insert_with(|| from(HERE));
    if request.uri().authority().is_none() {
        let headers = request.headers_mut().entry(header::HOST);
        headers.or_insert(HeaderValue::from_static("localhost:8080"));
    }
    let reply = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = reply.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
