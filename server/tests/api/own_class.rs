//! What a teacher does for the pupils of their own classes.

use rollcall_engine::domain::accounts::Account;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{OwnClass, PersonRow, Role, SetStaffClasses, StaffClasses};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Me, RevealedPassword};
use rollcall_store::audit::AuditAction;
use rollcall_store::schools::StoredSchool;

use crate::support::{Browser, Server};

/// A school with two classes of a pupil each, and the teacher of one of them.
struct School {
    server: Server,
    school: StoredSchool,
    teacher: Browser,
    admin: Browser,
    own: (ClassId, AccountId),
    others: (ClassId, AccountId),
}

impl School {
    async fn start() -> Self {
        let server = Server::start().await;
        let (school, mut admin) = server.waterside().await;
        let mut classes = Vec::new();
        for (number, name, username) in [(1, "1 Oak", "ZoeS"), (2, "2 Elm", "ZoeS2")] {
            let class = server.class(school.id, number, name).await;
            let pupil = Account { class: Some(class), ..server.pupil_account(username) };
            let id = pupil.id;
            let sealed = server.sealed(school.id, id, "Dog33");
            server.add_pupil(school.id, pupil, sealed, PasswordFormat::Animal).await;
            classes.push((class, id));
        }
        let teacher =
            server.teacher_of(&school, &mut admin, "ama@waterside.example", classes[0].0).await;
        Self { server, school, teacher, admin, own: classes[0], others: classes[1] }
    }
}

#[tokio::test]
async fn a_teacher_sees_the_pupils_of_their_own_class_and_of_no_other() {
    let mut at = School::start().await;
    let class: OwnClass = at.teacher.get(&with(routes::OWN_CLASS, &at.own.0)).await.json();
    assert_eq!(class.name, "1 Oak");
    let usernames: Vec<&str> = class.pupils.iter().map(|pupil| &*pupil.username).collect();
    assert_eq!(usernames, ["ZoeS"]);
    let others = at.teacher.get(&with(routes::OWN_CLASS, &at.others.0)).await;
    let nowhere = at.teacher.get(&with(routes::OWN_CLASS, &at.server.state.dice.uuid())).await;
    assert_eq!(others.problem(Kind::NotFound), nowhere.problem(Kind::NotFound));
}

#[tokio::test]
async fn a_teacher_shows_and_renews_the_password_of_their_own_pupils_only() {
    let mut at = School::start().await;
    let (slug, pupil) = (at.school.slug.clone(), at.own.1);
    let shown: RevealedPassword = at.teacher.post(&with(routes::REVEAL, &pupil), &()).await.json();
    assert_eq!(shown.password, "Dog33");
    let mut zoe = at.server.browser();
    zoe.sign_in(&slug, "ZoeS", "Dog33").await.json::<Me>();

    let renew = with(routes::NEW_PASSWORD, &pupil);
    let new: RevealedPassword = at.teacher.post(&renew, &()).await.json();
    assert_eq!(new.username, "ZoeS");
    assert_eq!(new.format, PasswordFormat::TwoPicturePin, "as the nursery's are");
    zoe.get(routes::ME).await.problem(Kind::SignedOut);
    zoe.sign_in(&slug, "ZoeS", "Dog33").await.problem(Kind::WrongCredentials);
    zoe.sign_in(&slug, "ZoeS", &new.password).await.json::<Me>();

    for pattern in [routes::REVEAL, routes::NEW_PASSWORD] {
        let others = at.teacher.post(&with(pattern, &at.others.1), &()).await;
        let nobody = at.teacher.post(&with(pattern, &at.server.state.dice.uuid()), &()).await;
        assert_eq!(others.problem(Kind::NotFound), nobody.problem(Kind::NotFound));
        at.admin.post(&with(pattern, &at.others.1), &()).await.json::<RevealedPassword>();
    }
    let store = &at.server.state.store;
    let renewed = store.count_recorded(at.school.id, AuditAction::PasswordRenewed).await.unwrap();
    assert_eq!(renewed, 2, "by the teacher, and by the admin");
}

#[tokio::test]
async fn a_teacher_prints_the_cards_of_their_own_class_or_pupil_only() {
    let mut at = School::start().await;
    let of_class = |class| CardsRequest { class: Some(class), ..CardsRequest::default() };
    let of_pupil = |pupil| CardsRequest { pupil: Some(pupil), ..CardsRequest::default() };
    for asked in [of_class(at.own.0), of_pupil(at.own.1)] {
        let cards: Cards = at.teacher.post(routes::CARDS, &asked).await.json();
        assert_eq!(cards.sheets.len(), 1);
        assert_eq!(cards.sheets[0].cards[0].username, "ZoeS");
    }
    let both = CardsRequest { class: Some(at.own.0), ..of_pupil(at.others.1) };
    for asked in [of_class(at.others.0), of_pupil(at.others.1), both, CardsRequest::default()] {
        at.teacher.post(routes::CARDS, &asked).await.problem(Kind::NotFound);
    }
}

#[tokio::test]
async fn support_staff_and_pupils_see_no_ones_password() {
    let at = School::start().await;
    let email = "support@waterside.example";
    let (_, mut support) = at.server.member_of_staff(&at.school, email, Role::SupportStaff).await;
    let mut zoe = at.server.browser();
    zoe.sign_in(&at.school.slug, "ZoeS", "Dog33").await.json::<Me>();
    for browser in [&mut support, &mut zoe] {
        let reveal = browser.post(&with(routes::REVEAL, &at.own.1), &()).await;
        reveal.problem(Kind::NotAllowed);
    }
}

#[tokio::test]
async fn a_teacher_added_by_hand_is_given_a_class_and_helps_its_pupils_from_then_on() {
    let mut at = School::start().await;
    let email = "supply@waterside.example";
    let (id, mut supply) = at.server.member_of_staff(&at.school, email, Role::Teacher).await;
    let address = with(routes::STAFF_CLASSES, &id);
    let none: StaffClasses = at.admin.get(&address).await.json();
    assert!(none.classes.is_empty());
    let nowhere = ClassId(at.server.state.dice.uuid());
    let wanted = [at.others.0, nowhere].into();
    let asked = SetStaffClasses { shown: none.classes, wanted };
    let row: PersonRow = at.admin.put(&address, &asked).await.json();
    assert_eq!(row.class.as_deref(), Some("2 Elm"));
    supply.post(&with(routes::REVEAL, &at.others.1), &()).await.json::<RevealedPassword>();
    supply.post(&with(routes::REVEAL, &at.own.1), &()).await.problem(Kind::NotFound);

    at.admin.put(&address, &asked).await.problem(Kind::Stale);
    let theirs: StaffClasses = at.admin.get(&address).await.json();
    assert_eq!(theirs.classes, [at.others.0].into());
    let back = SetStaffClasses { shown: theirs.classes, ..SetStaffClasses::default() };
    at.admin.put(&address, &back).await.json::<PersonRow>();
    supply.post(&with(routes::REVEAL, &at.others.1), &()).await.problem(Kind::NotFound);
    let of_pupil = at.admin.put(&with(routes::STAFF_CLASSES, &at.own.1), &back).await;
    of_pupil.problem(Kind::Unusable);
}
