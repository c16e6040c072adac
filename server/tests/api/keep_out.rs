//! Blocking a person's sign-in, and moving them to the trash.

use rollcall_server::testing::Owner;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::{AccountStatus, EditPerson, PersonDetails, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Me, SignIn, UnsentMessage};
use rollcall_store::audit::AuditAction;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn a_supply_teacher_who_is_blocked_is_out_at_once_and_is_told_so_with_the_right_password() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, mut theirs) =
        server.member_of_staff(&school, "supply@waterside.example", Role::Teacher).await;
    theirs.get(routes::ME).await.json::<Me>();
    let row: PersonRow = admin.post(&with(routes::BLOCK, &id), &()).await.json();
    assert!(row.blocked && row.status == AccountStatus::Active);
    theirs.get(routes::ME).await.problem(Kind::SignedOut);
    let name = "supply@waterside.example";
    theirs.sign_in(&school.slug, name, PASSWORD).await.problem(Kind::Blocked);
    theirs.sign_in(&school.slug, name, "three blue boats").await.problem(Kind::WrongCredentials);
    let again: PersonRow = admin.post(&with(routes::BLOCK, &id), &()).await.json();
    assert_eq!(again, row);

    let row: PersonRow = admin.post(&with(routes::UNBLOCK, &id), &()).await.json();
    assert!(!row.blocked);
    theirs.sign_in(&school.slug, name, PASSWORD).await.json::<Me>();
    let count = async |action| server.state.store.count_recorded(school.id, action).await.unwrap();
    assert_eq!(count(AuditAction::SignInBlocked).await, 1, "done twice it is done once");
    assert_eq!(count(AuditAction::SignInUnblocked).await, 1);
}

#[tokio::test]
async fn a_blocked_pupil_stays_out_with_the_card_and_the_password() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let id = server.pupil(school.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    admin.post(routes::CARDS, &CardsRequest::default()).await.json::<Cards>();
    let sealed = server.state.store.list_card_keys(school.id).await.unwrap();
    let owner = Owner { purpose: "card-key", school: school.id.0, id: id.0 };
    let key = server.state.keys.open_text(owner, &sealed[&id]).unwrap().to_string();
    let by_card = SignIn { password: "Dog33".into(), card: Some(key), ..SignIn::default() };
    let sign_in = with(routes::SIGN_IN, &school.slug);
    server.browser().post(&sign_in, &by_card).await.json::<Me>();
    admin.post(&with(routes::BLOCK, &id), &()).await.json::<PersonRow>();
    server.browser().sign_in(&school.slug, "ZoeS", "Dog33").await.problem(Kind::Blocked);
    server.browser().post(&sign_in, &by_card).await.problem(Kind::Blocked);
}

#[tokio::test]
async fn a_blocked_member_of_staff_with_another_address_loses_the_login_and_is_sent_nothing() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, mut theirs) =
        server.member_of_staff(&school, "supply@waterside.example", Role::Teacher).await;
    let row: PersonRow = admin.post(&with(routes::BLOCK, &id), &()).await.json();
    let shown = row.details();
    let wanted = PersonDetails { email: Some("other@waterside.example".into()), ..shown.clone() };
    let row: PersonRow =
        admin.put(&with(routes::PERSON, &id), &EditPerson { shown, wanted }).await.json();
    assert!(row.blocked && !row.activated);
    let messages: Vec<UnsentMessage> = server.browser().get(routes::MESSAGES).await.json();
    assert!(messages.iter().all(|message| message.to != "other@waterside.example"));
    admin.post(&with(routes::UNBLOCK, &id), &()).await.json::<PersonRow>();
    let name = "other@waterside.example";
    theirs.sign_in(&school.slug, name, PASSWORD).await.problem(Kind::WrongCredentials);
    admin.post(&with(routes::SEND_ACTIVATION, &id), &()).await.json::<PersonRow>();
}

#[tokio::test]
async fn a_blocked_member_of_staff_is_sent_no_activation_link() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    admin.post(&with(routes::BLOCK, &id), &()).await.json::<PersonRow>();
    let problem = admin.post(&with(routes::SEND_ACTIVATION, &id), &()).await;
    assert!(problem.problem(Kind::Unusable).detail.unwrap().contains("blocked"));
    admin.post(&with(routes::UNBLOCK, &id), &()).await.json::<PersonRow>();
    admin.post(&with(routes::SEND_ACTIVATION, &id), &()).await.json::<PersonRow>();
}

#[tokio::test]
async fn someone_added_by_hand_is_moved_to_the_trash_and_restored_with_their_login() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let id = server.pupil(school.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    let row: PersonRow = admin.post(&with(routes::TRASH, &id), &()).await.json();
    assert_eq!(row.status, AccountStatus::Trash);
    assert_eq!(row.purge_on.unwrap().0, "2027-09-01");
    server.browser().sign_in(&school.slug, "ZoeS", "Dog33").await.problem(Kind::WrongCredentials);
    admin.post(&with(routes::RESTORE, &id), &()).await.json::<PersonRow>();
    server.browser().sign_in(&school.slug, "ZoeS", "Dog33").await.json::<Me>();
    let recorded = server.state.store.count_recorded(school.id, AuditAction::MovedToTrash).await;
    assert_eq!(recorded.unwrap(), 1);
}

#[tokio::test]
async fn nobody_locks_themselves_out_nor_the_last_admin_who_can_sign_in() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let me: Me = admin.get(routes::ME).await.json();
    for pattern in [routes::BLOCK, routes::TRASH] {
        admin.post(&with(pattern, &me.account), &()).await.problem(Kind::Unusable);
    }
    let (id, _) = server.member_of_staff(&school, "two@waterside.example", Role::Admin).await;
    admin.post(&with(routes::BLOCK, &id), &()).await.json::<PersonRow>();
    // The other one, who has come in before, can't take away the last who is left.
    let (other, mut theirs) =
        server.member_of_staff(&school, "three@waterside.example", Role::Admin).await;
    theirs.post(&with(routes::BLOCK, &me.account), &()).await.json::<PersonRow>();
    theirs.post(&with(routes::TRASH, &other), &()).await.problem(Kind::Unusable);
    admin.get(routes::ME).await.problem(Kind::SignedOut);
}
