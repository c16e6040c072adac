//! Who calls and under which name: proxies that are trusted, hosts that are ours, and what is for
//! this machine alone.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{SignIn, UnsentMessage};

use crate::support::{PASSWORD, Reply, Server, from, send};

/// Signs in from an address, with what a proxy says.
async fn sign_in_through(
    server: &Server,
    peer: &str,
    headers: &[(&str, &str)],
    typed: &SignIn,
) -> Reply {
    let mut request = Request::post(with(routes::SIGN_IN, &"waterside-primary-school"))
        .extension(from(peer.parse().unwrap()))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Body::from(serde_json::to_vec(typed).unwrap());
    send(&server.router, request.body(body).unwrap()).await
}

/// Tries to sign in under a name that nobody has.
async fn try_through(server: &Server, peer: &str, forwarded: &[&str]) -> Reply {
    let username = format!("nobody{}@waterside.example", server.state.dice.token());
    let typed = SignIn { username, password: "nothing".into(), card: None };
    let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
    sign_in_through(server, peer, &headers, &typed).await
}

#[tokio::test]
async fn a_proxy_that_says_what_is_no_address_is_refused_in_plain_words() {
    let server = Server::with("trusted_proxies = \"10.0.0.0/8\"").await;
    server.waterside().await;
    for said in ["unknown", "203.0.113.9, _hidden", "203.0.113.999"] {
        let reply = try_through(&server, "10.0.0.5", &[said]).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let problem = reply.problem(Kind::Unusable);
        assert!(problem.detail.unwrap().contains("X-Forwarded-For"));
    }
    for said in ["203.0.113.9", "203.0.113.9:4711", "[2001:db8::1]:443", "unknown, 203.0.113.9"] {
        try_through(&server, "10.0.0.5", &[said]).await.problem(Kind::WrongCredentials);
    }
    // Anyone who is no proxy of ours may say what they like.
    try_through(&server, "192.0.2.7", &["unknown"]).await.problem(Kind::WrongCredentials);
}

#[tokio::test]
async fn nobody_gets_past_a_limit_by_making_addresses_up() {
    let server = Server::with("trusted_proxies = \"10.0.0.0/8\"").await;
    server.waterside().await;
    let mut refused = 0;
    for number in 0..60 {
        let made_up = format!("198.51.100.{number}, 203.0.113.9:{}", 40_000 + number);
        let reply = try_through(&server, "10.0.0.5", &[&made_up]).await;
        refused += u32::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0, "one caller was taken for sixty");
}

#[tokio::test]
async fn a_proxy_that_does_not_say_whose_a_request_is_teaches_no_network() {
    let server = Server::with("trusted_proxies = \"10.0.0.0/8\"").await;
    let (school, _) = server.waterside().await;
    let head =
        SignIn { username: "head@waterside.example".into(), password: PASSWORD.into(), card: None };
    // One that is trusted and says nothing, and others that are not, in whatever words.
    let [trusted, unknown] = ["10.0.0.5", "192.0.2.7"];
    for (peer, headers) in [
        (trusted, vec![]),
        (trusted, vec![("x-forwarded-for", "10.0.0.9")]),
        (unknown, vec![("x-forwarded-for", "203.0.113.9")]),
        (unknown, vec![("x-real-ip", "203.0.113.9")]),
        (unknown, vec![("forwarded", "for=203.0.113.9")]),
        (unknown, vec![("via", "1.1 proxy")]),
    ] {
        let reply = sign_in_through(&server, peer, &headers, &head).await;
        assert_eq!(reply.status, StatusCode::OK, "{peer} {headers:?}");
        let networks = server.state.store.list_networks(school.id).await.unwrap();
        assert!(networks.iter().all(|network| network.network == "127.0.0.1"), "{networks:?}");
    }
    // People may be within the range of the proxies all the same: an admin says so.
    let now = server.state.clock.now();
    server.state.store.set_network(school.id, "10.0.0.9", true, now).await.unwrap();
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let zoe = SignIn { username: "ZoeS".into(), password: "46".into(), card: None };
    let in_the_range = [("x-forwarded-for", "10.0.0.9")];
    let reply = sign_in_through(&server, trusted, &in_the_range, &zoe).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    sign_in_through(&server, trusted, &[], &zoe).await.problem(Kind::CardNeeded);

    let said = [("x-forwarded-for", "203.0.113.9")];
    assert_eq!(sign_in_through(&server, trusted, &said, &head).await.status, StatusCode::OK);
    let networks = server.state.store.list_networks(school.id).await.unwrap();
    assert!(networks.iter().any(|network| network.network == "203.0.113.9"), "{networks:?}");
}

#[tokio::test]
async fn other_hosts_than_the_public_one_are_refused_and_told_where_to_go() {
    let server = Server::with("public_url = \"https://learn.example.org\"").await;
    let get = |address: &str, host: &str| {
        let request = Request::get(address).header(header::HOST, host);
        let request = request.body(Body::empty()).unwrap();
        async { send(&server.router, request).await }
    };
    for address in [routes::PLATFORM, routes::MESSAGES, "/", "/sch/waterside", "/app.js"] {
        for host in ["evil.example", "localhost:8080", "127.0.0.1", "192.0.2.7"] {
            let reply = get(address, host).await;
            assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST, "{address} {host}");
            let problem = reply.problem(Kind::ForeignRequest);
            assert!(problem.detail.unwrap().contains("https://learn.example.org"));
        }
    }
    assert_eq!(get(routes::PLATFORM, "learn.example.org").await.status, StatusCode::OK);
    for address in ["/healthz", "/readyz"] {
        let status = get(address, "10.0.0.7:8080").await.status;
        assert_ne!(status, StatusCode::MISDIRECTED_REQUEST, "{address}");
    }
}

#[tokio::test]
async fn on_this_machine_all_of_its_own_names_will_do_and_no_other() {
    let server = Server::start().await;
    for (host, is_ours) in [
        ("localhost:8080", true),
        ("127.0.0.1:8080", true),
        ("[::1]:8080", true),
        ("rebound.evil.example:8080", false),
    ] {
        let request = Request::get(routes::PLATFORM).header(header::HOST, host);
        let reply = send(&server.router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status == StatusCode::OK, is_ours, "{host}: {}", reply.status);
    }
}

#[tokio::test]
async fn kept_messages_are_for_this_machine_alone() {
    let server = Server::start().await;
    server.waterside().await;
    server.browser().get(routes::MESSAGES).await.json::<Vec<UnsentMessage>>();
    server.browser_from("::1").get(routes::MESSAGES).await.json::<Vec<UnsentMessage>>();
    for elsewhere in ["192.0.2.7", "2001:db8::1", "10.0.0.5"] {
        let mut browser = server.browser_from(elsewhere);
        browser.get(routes::MESSAGES).await.problem(Kind::NotFound);
    }
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-host", "learn.example.org"),
        ("x-real-ip", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("via", "1.1 proxy"),
    ] {
        let request = Request::get(routes::MESSAGES).header(name, value);
        let reply = send(&server.router, request.body(Body::empty()).unwrap()).await;
        reply.problem(Kind::NotFound);
    }
}
