//! Signing in: who may, with what, and how often.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use rollcall_server::testing::Owner;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::{Dashboard, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Me, SignIn, SignInWith, WayIn};
use rollcall_shared::sign_ins::{Network, NetworkOrigin, SignIns, SlowedWhere};
use rollcall_store::audit::AuditAction;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn staff_sign_in_by_username_or_email_whatever_the_capitals() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    for name in ["AOkafor", "aokafor", " head@waterside.example", "Head@Waterside.Example"] {
        let mut browser = server.browser();
        let me: Me = browser.sign_in(&school.slug, name, PASSWORD).await.json();
        assert_eq!((me.role, me.school.slug.as_str()), (Role::Admin, school.slug.as_str()));
        assert_eq!(browser.get(routes::ME).await.json::<Me>(), me);
    }
}

#[tokio::test]
async fn pupils_sign_in_with_what_their_card_says() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "tapcowmug", PasswordFormat::ThreeWords).await;
    server.pupil(school.id, "ZoeS2", "46", PasswordFormat::TwoPicturePin).await;
    for (username, password) in
        [("ZoeS", "tapcowmug"), ("zoes", "Tap Cow Mug"), ("ZoeS2", "46"), ("zoes2 ", "4 6")]
    {
        let me: Me = server.browser().sign_in(&school.slug, username, password).await.json();
        assert_eq!(me.role, Role::Pupil);
    }
    server.browser().sign_in(&school.slug, "ZoeS2", "64").await.problem(Kind::WrongCredentials);
}

#[tokio::test]
async fn nothing_tells_a_wrong_password_from_an_unknown_username() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let wrong = server.browser().sign_in(&school.slug, "AOkafor", "wrong").await;
    let unknown = server.browser().sign_in(&school.slug, "nobody", "wrong").await;
    let empty = server.browser().sign_in(&school.slug, "", "").await;
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(wrong.text, empty.text);
    assert!(!wrong.headers.contains_key(header::SET_COOKIE));
    insta::assert_json_snapshot!(wrong.problem(Kind::WrongCredentials));
}

#[tokio::test]
async fn a_username_says_how_many_pictures_and_no_more() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    server.pupil(school.id, "ZoeS2", "1256", PasswordFormat::PicturePin).await;
    server.pupil(school.id, "ZoeS3", "Dog33", PasswordFormat::Animal).await;
    for (username, expected) in [
        ("zoes", SignInWith::Pictures(2)),
        ("ZoeS2", SignInWith::Pictures(4)),
        ("ZoeS3", SignInWith::Password),
        ("AOkafor", SignInWith::Password),
        ("nobody@waterside.example", SignInWith::Password),
    ] {
        let asked = SignIn { username: username.into(), ..SignIn::default() };
        let address = with(routes::SIGN_IN_WITH, &school.slug);
        let told: WayIn = server.browser().post(&address, &asked).await.json();
        assert_eq!(told, WayIn { username: username.into(), with: expected });
    }
}

#[tokio::test]
async fn the_same_username_in_another_school_is_someone_else() {
    let server = Server::start().await;
    let (waterside, _) = server.waterside().await;
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    server.pupil(waterside.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    server.pupil(hillcrest.id, "ZoeS", "Cat44", PasswordFormat::Animal).await;
    let mut browser = server.browser();
    browser.sign_in(&hillcrest.slug, "ZoeS", "Dog33").await.problem(Kind::WrongCredentials);
    browser
        .sign_in(&hillcrest.slug, "head@waterside.example", PASSWORD)
        .await
        .problem(Kind::WrongCredentials);
    let me: Me = browser.sign_in(&hillcrest.slug, "ZoeS", "Cat44").await.json();
    assert_eq!(me.school.name, "Hillcrest Primary School");
    browser.sign_in("no-such-school", "ZoeS", "Cat44").await.problem(Kind::NotFound);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_right_password_waits_too() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut browser = server.browser();
    for guess in ["00", "01", "02", "03", "04"] {
        browser.sign_in(&school.slug, "ZoeS", guess).await.problem(Kind::WrongCredentials);
    }
    let reply = browser.sign_in(&school.slug, "ZoeS", "46").await;
    let problem = reply.problem(Kind::TooManyAttempts);
    assert_eq!(problem.retry_after_seconds, Some(60));
    assert_eq!(reply.headers[header::RETRY_AFTER], "60");

    server.state.clock.advance(TimeDelta::seconds(61));
    let reply = browser.sign_in(&school.slug, "ZoeS", "46").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
}

#[tokio::test]
async fn signing_in_takes_back_what_was_mistyped_before() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut browser = server.browser();
    for _ in 0..10 {
        for guess in ["64", "44"] {
            browser.sign_in(&school.slug, "ZoeS", guess).await.problem(Kind::WrongCredentials);
        }
        assert_eq!(browser.sign_in(&school.slug, "ZoeS", "46").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_unknown_username_is_slowed_down_like_a_known_one() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let mut browser = server.browser();
    for _ in 0..5 {
        browser
            .sign_in(&school.slug, "nobody@waterside.example", "x")
            .await
            .problem(Kind::WrongCredentials);
    }
    browser
        .sign_in(&school.slug, "Nobody@Waterside.example ", "x")
        .await
        .problem(Kind::TooManyAttempts);
}

#[tokio::test]
async fn a_device_is_known_by_a_long_lived_signed_cookie_without_a_name_in_it() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut tablet = server.browser();
    let reply = tablet.sign_in(&school.slug, "ZoeS", "46").await;
    let cookies: Vec<_> = reply.headers.get_all(header::SET_COOKIE).iter().collect();
    let cookie = cookies.iter().find_map(|it| it.to_str().ok()?.strip_prefix("rollcall-device="));
    let cookie = cookie.unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000"), "{cookie}");
    assert_eq!(cookie.split(';').next().unwrap().len(), 64);
    let known = tablet.cookie.clone().unwrap();

    // Away from school it is enough that the device is known, and not that a cookie looks like one.
    let signed = known.split("; ").find(|pair| pair.starts_with("rollcall-device=")).unwrap();
    let forged = signed.replace(&signed[16..20], "0000");
    for (cookie, is_known) in [(signed, true), (&forged, false), ("rollcall-device=", false)] {
        let mut away = server.browser_from("203.0.113.9");
        away.cookie = Some(cookie.to_owned());
        let reply = away.sign_in(&school.slug, "ZoeS", "46").await;
        if is_known {
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        } else {
            reply.problem(Kind::CardNeeded);
        }
    }
}

#[tokio::test]
async fn a_card_leads_to_its_owners_pictures_until_it_is_ended() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let pupil = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    admin.post(routes::CARDS, &CardsRequest::default()).await.json::<Cards>();
    let sealed = server.state.store.list_card_keys(school.id).await.unwrap();
    let owner = Owner { purpose: "card-key", school: school.id.0, id: pupil.0 };
    let key = server.state.keys.open_text(owner, &sealed[&pupil]).unwrap().to_string();
    let by_card = |password: &str| SignIn {
        password: password.into(),
        card: Some(key.clone()),
        ..SignIn::default()
    };
    let mut home = server.browser_from("203.0.113.9");
    let way = with(routes::SIGN_IN_WITH, &school.slug);
    let told: WayIn = home.post(&way, &by_card("")).await.json();
    assert_eq!(told, WayIn { username: "ZoeS".into(), with: SignInWith::Pictures(2) });
    let sign_in = with(routes::SIGN_IN, &school.slug);
    home.post(&sign_in, &by_card("64")).await.problem(Kind::WrongCredentials);
    home.post(&sign_in, &by_card("46")).await.json::<Me>();

    // Printing again changes nothing; ending it does.
    admin.post(routes::CARDS, &CardsRequest::default()).await.json::<Cards>();
    home.post(&way, &by_card("")).await.json::<WayIn>();
    admin.post(&with(routes::NEW_CARD, &pupil), &()).await.json::<PersonRow>();
    home.post(&way, &by_card("")).await.problem(Kind::CardNeeded);
    home.post(&sign_in, &by_card("46")).await.problem(Kind::CardNeeded);
    let ended = server.state.store.count_recorded(school.id, AuditAction::CardEnded).await;
    assert_eq!(ended.unwrap(), 1);
    let mut pupils_own = server.browser();
    pupils_own.sign_in(&school.slug, "ZoeS", "46").await.json::<Me>();
    pupils_own.post(&with(routes::NEW_CARD, &pupil), &()).await.problem(Kind::NotAllowed);
}

#[tokio::test]
async fn admins_see_and_put_right_the_schools_networks_and_let_everybody_try_again() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let seen: SignIns = admin.get(routes::SIGN_INS).await.json();
    assert_eq!((seen.networks.len(), seen.here.as_str()), (1, "127.0.0.1"));
    assert_eq!(seen.networks[0].origin, NetworkOrigin::Added);
    let network = |network: &str| Network { network: network.into() };
    let added: SignIns = admin.post(routes::ADD_NETWORK, &network("192.0.2.9/24")).await.json();
    assert_eq!(added.networks.len(), 2);
    let refused = admin.post(routes::ADD_NETWORK, &network("0.0.0.0/0")).await;
    assert_eq!(refused.problem(Kind::Unusable).errors[0].field, "network");
    let left: SignIns = admin.post(routes::REMOVE_NETWORK, &network("127.0.0.1")).await.json();
    assert_eq!(left.networks[0].network, "192.0.2.0/24");

    server.pupil(school.id, "ZoeS", "1256", PasswordFormat::PicturePin).await;
    for guess in 0..41 {
        let mut stranger = server.browser_from(&format!("198.51.{guess}.1"));
        stranger.sign_in(&school.slug, "ZoeS", "0000").await;
    }
    let dashboard: Dashboard = admin.get(routes::DASHBOARD).await.json();
    assert_eq!(dashboard.slowed[0].place, SlowedWhere::NewDevices);
    let lifted: SignIns = admin.post(routes::UNLOCK, &()).await.json();
    assert!(lifted.slowed.is_empty());
    for (action, times) in [
        (AuditAction::NetworkAdded, 1),
        (AuditAction::NetworkRemoved, 1),
        (AuditAction::SignInsSlowed, 1),
        (AuditAction::SignInsUnlocked, 1),
        (AuditAction::SignedIn, 1),
    ] {
        let recorded = server.state.store.count_recorded(school.id, action).await.unwrap();
        assert_eq!(recorded, times, "{action:?}");
    }
    let mut teacher = server.member_of_staff(&school, "t@waterside.example", Role::Teacher).await.1;
    for address in [routes::UNLOCK, routes::ADD_NETWORK, routes::REMOVE_NETWORK] {
        teacher.post(address, &network("192.0.2.7")).await.problem(Kind::NotAllowed);
    }
    teacher.get(routes::SIGN_INS).await.problem(Kind::NotAllowed);
}

#[tokio::test]
async fn staff_without_a_password_yet_cannot_sign_in() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, username, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    for password in ["", PASSWORD] {
        let reply = server.browser().sign_in(&school.slug, &username, password).await;
        reply.problem(Kind::WrongCredentials);
    }
}
