//! How many e-mails an admin can cause.

use chrono::TimeDelta;
use rollcall_shared::connection::{Authoriser, ConnectionView, Invite};
use rollcall_shared::mail::SentAgain;
use rollcall_shared::people::{EditPerson, NewStaff, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::UnsentMessage;
use xod_simulator::{Config, SchoolSpec, Simulator};

use crate::support::{Browser, Server};

async fn messages(browser: &mut Browser, to: &str) -> usize {
    let all: Vec<UnsentMessage> = browser.get(routes::MESSAGES).await.json();
    all.iter().filter(|message| message.to == to).count()
}

#[tokio::test]
async fn five_links_an_hour_are_sent_to_one_address_and_the_sixth_says_when() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (account, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let (other, _, _) = server.invited(&school, "other@waterside.example", Role::Teacher).await;
    let send = with(routes::SEND_ACTIVATION, &account);
    for _ in 0..5 {
        admin.post(&send, &()).await.json::<PersonRow>();
    }
    server.state.clock.advance(TimeDelta::minutes(20));
    let before: Vec<UnsentMessage> = admin.get(routes::MESSAGES).await.json();
    let problem = admin.post(&send, &()).await.problem(Kind::TooManyAttempts);
    assert_eq!(problem.retry_after_seconds, Some(40 * 60));
    assert!(problem.detail.unwrap().contains("another in 40 minutes"));
    let after: Vec<UnsentMessage> = admin.get(routes::MESSAGES).await.json();
    assert_eq!(before, after, "the link that was sent last still stands");
    admin.post(&with(routes::SEND_ACTIVATION, &other), &()).await.json::<PersonRow>();
    server.state.clock.advance(TimeDelta::minutes(40));
    admin.post(&send, &()).await.json::<PersonRow>();
}

#[tokio::test]
async fn sixty_asked_for_at_once_are_five() {
    let server = Server::start().await;
    let (school, admin) = server.waterside().await;
    let (account, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let send = with(routes::SEND_ACTIVATION, &account);
    let all = (0..60).map(|_| {
        let (mut admin, send) = (admin.clone(), send.clone());
        async move { admin.post(&send, &()).await.status.as_u16() }
    });
    let answers = futures_of(all).await;
    let sent = answers.iter().filter(|status| **status == 200).count();
    assert_eq!((sent, answers.iter().filter(|status| **status == 429).count()), (5, 55));
}

/// Runs all at the same time.
async fn futures_of<T: Send + 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    all.collect::<tokio::task::JoinSet<T>>().join_all().await
}

#[tokio::test]
async fn an_address_gets_no_more_by_being_given_to_one_after_the_other() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let victim = "victim@elsewhere.example";
    let mut refused = 0;
    for number in 0..8 {
        let (account, _, _) =
            server.invited(&school, &format!("new{number}@waterside.example"), Role::Teacher).await;
        let address = with(routes::PERSON, &account);
        for email in [victim, &format!("old{number}@waterside.example")] {
            let row: PersonRow = admin.get(&address).await.json();
            let mut wanted = row.details();
            wanted.email = Some(email.into());
            let edit = EditPerson { shown: row.details(), wanted };
            let reply = admin.put(&address, &edit).await;
            if reply.status.as_u16() == 429 {
                refused += 1;
                let now: PersonRow = admin.get(&address).await.json();
                assert_eq!(now.email, row.email, "nothing was changed");
            }
        }
    }
    assert_eq!(refused, 3);
    let staff = NewStaff {
        forename: "Vic".into(),
        surname: "Tim".into(),
        email: "VICTIM+1@elsewhere.example".into(),
        role: Some(Role::Teacher),
        from_problem: None,
    };
    admin.post(routes::STAFF, &staff).await.problem(Kind::TooManyAttempts);
    assert_eq!(messages(&mut admin, "VICTIM+1@elsewhere.example").await, 0);
}

#[tokio::test]
async fn what_is_refused_for_another_reason_does_not_count() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let staff = |email: &str| NewStaff {
        forename: "Ama".into(),
        surname: "Okafor".into(),
        email: email.into(),
        role: Some(Role::Teacher),
        from_problem: None,
    };
    for _ in 0..10 {
        // She is here already.
        admin.post(routes::STAFF, &staff("head@waterside.example")).await.problem(Kind::Unusable);
    }
}

#[tokio::test]
async fn links_to_all_staff_leave_out_the_one_who_was_sent_too_many() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (account, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    server.invited(&school, "other@waterside.example", Role::Teacher).await;
    for _ in 0..5 {
        admin.post(&with(routes::SEND_ACTIVATION, &account), &()).await.json::<PersonRow>();
    }
    // All of them were given up.
    let store = &server.state.store;
    for mail in store.list_unsent_mail(10).await.unwrap() {
        store
            .mail_was_sent(mail.mail.id, server.state.clock.now() - TimeDelta::hours(2))
            .await
            .unwrap();
    }
    let sent: SentAgain = admin.post(routes::SEND_ACTIVATIONS, &()).await.json();
    assert_eq!((sent.queued, sent.recent), (1, 1), "{sent:?}");
}

#[tokio::test]
async fn groupcalls_invitation_is_sent_five_times_an_hour_to_one_address() {
    let spec = SchoolSpec::new("3281102").pupils(30).unconnected();
    let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
    let server = Server::with(&format!("xod_url = \"{}\"", simulator.url())).await;
    let (_, mut admin) = server.waterside().await;
    let to = |email: &str| {
        let authoriser = Authoriser {
            forename: "Una".into(),
            surname: "Head".into(),
            email: email.into(),
            phone: None,
        };
        Invite { optional_scopes: vec![], authoriser: Some(authoriser) }
    };
    let invited = || simulator.calls().iter().filter(|call| call.contains("register")).count();
    for _ in 0..5 {
        admin.post(routes::INVITE, &to("una@waterside.example")).await.json::<ConnectionView>();
    }
    let before = invited();
    let again = admin.post(routes::INVITE, &to("una@waterside.example")).await;
    again.problem(Kind::TooManyAttempts);
    assert_eq!(invited(), before, "Groupcall was not asked");
    admin.post(routes::INVITE, &to("ben@waterside.example")).await.json::<ConnectionView>();
    server.state.clock.advance(TimeDelta::hours(1));
    admin.post(routes::INVITE, &to("una@waterside.example")).await.json::<ConnectionView>();
}
