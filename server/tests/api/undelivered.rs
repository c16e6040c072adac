//! E-mail that does not arrive: what the pages are told of it, and sending the link again.

use chrono::TimeDelta;
use rollcall_server::testing::{Sender, send_next};
use rollcall_shared::ids::AccountId;
use rollcall_shared::mail::{Delivery, EmailCounts, MailStanding, MailStop, SentAgain};
use rollcall_shared::page::Page;
use rollcall_shared::people::{Dashboard, EditPerson, PersonRow, PutRightCount, Role, ToPutRight};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunRow, RunView};
use rollcall_store::audit::AuditAction;
use rollcall_store::schools::StoredSchool;

use crate::mailbox::Mailbox;
use crate::support::{Browser, PASSWORD, Server};
use crate::wizard::Waterside;

fn lines(mailbox: &Mailbox) -> String {
    let url = mailbox.url.replace("smtp://", "smtp://office:topsecret@");
    format!("smtp_url = \"{url}\"\nmail_from = \"noreply@rollcall.example\"\n")
}

/// Sends all that is due, as the task beside the server does.
async fn send(server: &Server) {
    let sender = Sender::new(server.state.config.smtp.as_ref().unwrap()).unwrap();
    while send_next(&server.state, &sender).await.unwrap() {}
}

/// Waterside with a mail server, its admin, and staff who have not set a password yet.
struct Office {
    mailbox: Mailbox,
    server: Server,
    school: StoredSchool,
    admin: Browser,
    staff: Vec<AccountId>,
}

impl Office {
    async fn with_staff(addresses: &[&str]) -> Self {
        let mailbox = Mailbox::open().await;
        let server = Server::with(&lines(&mailbox)).await;
        let (school, admin) = server.waterside().await;
        let mut staff = Vec::new();
        for address in addresses {
            staff.push(server.invited(&school, address, Role::Teacher).await.0);
        }
        Self { mailbox, server, school, admin, staff }
    }

    async fn send(&self) {
        send(&self.server).await;
    }

    async fn dashboard(&mut self) -> Dashboard {
        self.admin.get(routes::DASHBOARD).await.json()
    }

    async fn person(&mut self, place: usize) -> PersonRow {
        self.admin.get(&with(routes::PERSON, &self.staff[place])).await.json()
    }

    async fn send_again(&mut self, place: usize) -> PersonRow {
        self.admin.post(&with(routes::SEND_ACTIVATION, &self.staff[place]), &()).await.json()
    }

    async fn send_to_all(&mut self) -> SentAgain {
        self.admin.post(routes::SEND_ACTIVATIONS, &()).await.json()
    }

    async fn listed_as_undelivered(&mut self) -> Vec<AccountId> {
        let address = format!("{}?kind=staff&to_put_right=undelivered", routes::PEOPLE);
        let page: Page<PersonRow> = self.admin.get(&address).await.json();
        page.rows.iter().map(|row| row.id).collect()
    }

    /// So much later, the admin signs in again.
    async fn after(&mut self, time: TimeDelta) {
        self.server.state.clock.advance(time);
        let slug = &self.school.slug;
        self.admin.sign_in(slug, "head@waterside.example", PASSWORD).await;
    }

    /// How many links an admin has sent, as the record has it.
    async fn recorded(&self) -> u32 {
        let sent = AuditAction::ActivationSent;
        self.server.state.store.count_recorded(self.school.id, sent).await.unwrap()
    }

    /// How many messages came to an address.
    fn came(&self, address: &str) -> usize {
        self.mailbox.taken().get(address).map_or(0, Vec::len)
    }
}

#[tokio::test]
async fn the_dashboard_says_since_when_and_why_no_email_goes_out_and_how_many_wait() {
    let mut office = Office::with_staff(&["ama@waterside.example", "ben@waterside.example"]).await;
    assert_eq!(office.dashboard().await.mail.stopped, None);
    office.mailbox.answer("AUTH", "535 5.7.8 office: topsecret is wrong");
    let since = office.server.state.clock.now();
    office.send().await;
    office.server.state.clock.advance(TimeDelta::minutes(1));
    office.send().await;
    assert_eq!(office.mailbox.talks(), 2, "one message shows it for all");
    let told = office.admin.get(routes::DASHBOARD).await;
    for secret in ["topsecret", "127.0.0.1", "noreply@", "ama@waterside.example", "535"] {
        assert!(!told.text.contains(secret), "{secret}: {}", told.text);
    }
    let mail = told.json::<Dashboard>().mail;
    let stopped = mail.stopped.unwrap();
    assert_eq!(stopped.why, MailStop::SignIn);
    assert_eq!(stopped.since, rollcall_engine::domain::time::timestamp(since));
    assert_eq!((mail.waiting, mail.undelivered), (2, 0));
    assert_eq!(office.person(0).await.delivery, Some(Delivery::Waiting));

    office.mailbox.behave();
    office.server.state.clock.advance(TimeDelta::minutes(5));
    office.send().await;
    assert_eq!(office.dashboard().await.mail, MailStanding::default());
    assert_eq!(office.person(0).await.delivery, Some(Delivery::Sent));
}

#[tokio::test]
async fn another_school_is_told_only_of_its_own_messages() {
    let mut office = Office::with_staff(&["ama@waterside.example"]).await;
    let hillcrest = office.server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = office.server.admin(&hillcrest, "head@hillcrest.example").await;
    office.mailbox.answer("RCPT TO:<ama@", "550 5.1.1 unknown");
    office.send().await;
    let mail: MailStanding = theirs.get(routes::MAIL).await.json();
    assert_eq!(mail, MailStanding::default());
    office.mailbox.answer("MAIL", "554 no");
    office.send_again(0).await;
    office.send().await;
    let mail: MailStanding = theirs.get(routes::MAIL).await.json();
    assert_eq!(mail.stopped, None, "nothing of theirs waits");
    assert_eq!(office.dashboard().await.mail.stopped.unwrap().why, MailStop::Sender);
}

#[tokio::test]
async fn a_refused_address_stands_with_the_person_in_the_list_and_on_the_dashboard() {
    let mut office = Office::with_staff(&["ama@waterside.example", "ben@waterside.example"]).await;
    office.mailbox.answer("RCPT TO:<ben@", "550 5.1.1 User unknown");
    office.send().await;
    assert_eq!(office.person(0).await.delivery, Some(Delivery::Sent));
    assert_eq!(office.person(1).await.delivery, Some(Delivery::AddressRefused));
    let list: Page<PersonRow> =
        office.admin.get(&format!("{}?kind=staff", routes::PEOPLE)).await.json();
    let refused: Vec<AccountId> = list
        .rows
        .iter()
        .filter(|row| row.delivery == Some(Delivery::AddressRefused))
        .map(|row| row.id)
        .collect();
    assert_eq!(refused, [office.staff[1]]);
    assert_eq!(office.listed_as_undelivered().await, [office.staff[1]]);
    assert_eq!(office.dashboard().await.mail.undelivered, 1);
    let file =
        office.admin.get(&format!("{}?to_put_right=undelivered", routes::PEOPLE_CSV)).await.text;
    assert!(file.contains("ben@waterside.example") && !file.contains("ama@waterside.example"));
}

#[tokio::test]
async fn a_refused_address_stands_with_the_run_that_wrote_to_it() {
    let mailbox = Mailbox::open().await;
    let waterside = Waterside::connected_with(&lines(&mailbox)).await;
    let mut waterside = waterside.with_answers().await;
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let all = plan.staff.created;
    let address = with(routes::RUN, &plan.run);
    let emails = async |admin: &mut Browser| admin.get(&address).await.json::<RunView>().emails;
    let waiting = EmailCounts { waiting: all, ..EmailCounts::default() };
    assert_eq!(emails(&mut waterside.admin).await, waiting);

    mailbox.answer_once("RCPT", "550 5.1.1 User unknown");
    mailbox.answer_once("RCPT", "451 4.2.0 later");
    send(&waterside.server).await;
    let partly = EmailCounts { sent: all - 2, waiting: 1, refused: 1 };
    assert_eq!(emails(&mut waterside.admin).await, partly);
    let runs: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    assert_eq!(runs[0].emails, partly);
    waterside.server.state.clock.advance(TimeDelta::minutes(1));
    send(&waterside.server).await;
    let ended = EmailCounts { sent: all - 1, waiting: 0, refused: 1 };
    assert_eq!(emails(&mut waterside.admin).await, ended);

    // Sent again it is no message of the run's; what was refused of the run stays so.
    let sent: SentAgain = waterside.admin.post(routes::SEND_ACTIVATIONS, &()).await.json();
    assert_eq!((sent.queued, sent.recent), (1, all - 1));
    send(&waterside.server).await;
    assert_eq!(emails(&mut waterside.admin).await, ended);
    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    assert_eq!(dashboard.mail.undelivered, 0);
    let not_activated = PutRightCount { what: ToPutRight::NotActivated, people: all };
    assert_eq!(dashboard.to_put_right[0], not_activated);
}

#[tokio::test]
async fn sent_again_singly_and_recorded_each_time() {
    let mut office = Office::with_staff(&["ama@waterside.example"]).await;
    office.mailbox.answer("RCPT TO:<ama@", "550 5.1.1 User unknown");
    office.send().await;
    for times in 1..=3 {
        office.server.state.clock.advance(TimeDelta::minutes(1));
        assert_eq!(office.send_again(0).await.delivery, Some(Delivery::Waiting));
        assert!(office.listed_as_undelivered().await.is_empty());
        office.send().await;
        assert_eq!(office.person(0).await.delivery, Some(Delivery::AddressRefused));
        assert_eq!(office.recorded().await, times);
    }
    office.mailbox.behave();
    office.server.state.clock.advance(TimeDelta::minutes(1));
    office.send_again(0).await;
    office.send().await;
    assert_eq!(office.person(0).await.delivery, Some(Delivery::Sent));
    assert_eq!(office.came("ama@waterside.example"), 1);
}

#[tokio::test]
async fn a_corrected_address_gets_the_link_and_nothing_is_undelivered_any_more() {
    let mut office = Office::with_staff(&["amra@waterside.example"]).await;
    office.mailbox.answer("RCPT TO:<amra@", "550 5.1.1 User unknown");
    office.send().await;
    office.server.state.clock.advance(TimeDelta::minutes(1));
    let row = office.person(0).await;
    let mut wanted = row.details();
    wanted.email = Some("amara@waterside.example".into());
    let edit = EditPerson { shown: row.details(), wanted };
    let row: PersonRow = office.admin.put(&with(routes::PERSON, &row.id), &edit).await.json();
    assert_eq!(row.delivery, Some(Delivery::Waiting));
    office.send().await;
    assert_eq!(office.came("amara@waterside.example"), 1);
    assert_eq!(office.dashboard().await.mail, MailStanding::default());
}

#[tokio::test]
async fn pressed_twice_all_are_sent_one_link_and_later_it_is_possible_again() {
    let mut office = Office::with_staff(&["ama@waterside.example", "ben@waterside.example"]).await;
    let (_, _) =
        office.server.member_of_staff(&office.school, "una@waterside.example", Role::Teacher).await;
    office.send().await;
    office.after(TimeDelta::hours(2)).await;
    let both = SentAgain { queued: 2, ..SentAgain::default() };
    assert_eq!(office.send_to_all().await, both, "anyone who has a password needs no link");
    let waiting = SentAgain { waiting: 2, ..SentAgain::default() };
    assert_eq!(office.send_to_all().await, waiting, "they are on their way");
    let mail: MailStanding = office.admin.get(routes::MAIL).await.json();
    assert_eq!(mail.waiting, 2);
    office.send().await;
    let recent = SentAgain { recent: 2, ..SentAgain::default() };
    assert_eq!(office.send_to_all().await, recent, "they have just been sent");
    assert_eq!(office.came("ama@waterside.example"), 2);
    assert_eq!(office.recorded().await, 2);

    office.after(TimeDelta::hours(1)).await;
    assert_eq!(office.send_to_all().await, both, "an hour later somebody may want another");
    office.send().await;
    assert_eq!(office.came("ama@waterside.example"), 3);
    assert_eq!(office.recorded().await, 4);
}

#[tokio::test]
async fn two_admins_who_press_at_once_send_everybody_one_link() {
    let mut office = Office::with_staff(&["ama@waterside.example"]).await;
    let mut other = office.server.admin(&office.school, "deputy@waterside.example").await;
    office.send().await;
    office.after(TimeDelta::hours(2)).await;
    other.sign_in(&office.school.slug, "deputy@waterside.example", PASSWORD).await;
    let (one, two) = tokio::join!(
        office.admin.post(routes::SEND_ACTIVATIONS, &()),
        other.post(routes::SEND_ACTIVATIONS, &())
    );
    assert_eq!(one.json::<SentAgain>().queued + two.json::<SentAgain>().queued, 1);
    office.send().await;
    assert_eq!(office.came("ama@waterside.example"), 2);
    assert_eq!(office.recorded().await, 1);
}

#[tokio::test]
async fn whom_no_message_reached_is_sent_one_again_with_all_the_others() {
    let mut office = Office::with_staff(&["ama@waterside.example", "ben@waterside.example"]).await;
    office.mailbox.answer("RCPT TO:<ben@", "550 5.1.1 User unknown");
    office.send().await;
    office.mailbox.behave();
    office.server.state.clock.advance(TimeDelta::minutes(1));
    let sent = office.send_to_all().await;
    assert_eq!(sent, SentAgain { queued: 1, recent: 1, ..SentAgain::default() });
    office.send().await;
    assert_eq!(
        (office.came("ama@waterside.example"), office.came("ben@waterside.example")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_message_that_waits_with_a_link_that_has_expired_is_written_again() {
    let mut office = Office::with_staff(&["ama@waterside.example"]).await;
    office.after(TimeDelta::days(31)).await;
    let sent = office.send_to_all().await;
    assert_eq!(sent, SentAgain { queued: 1, ..SentAgain::default() });
    assert_eq!(office.dashboard().await.mail.waiting, 1, "the old one is withdrawn");
}

#[tokio::test]
async fn only_an_admin_sends_links_or_sees_how_email_stands_and_only_to_their_own_school() {
    let office = Office::with_staff(&["ama@waterside.example"]).await;
    let role = Role::Teacher;
    let (_, mut teacher) =
        office.server.member_of_staff(&office.school, "una@waterside.example", role).await;
    teacher.post(routes::SEND_ACTIVATIONS, &()).await.problem(Kind::NotAllowed);
    teacher.get(routes::MAIL).await.problem(Kind::NotAllowed);
    office.server.browser().get(routes::MAIL).await.problem(Kind::SignedOut);
    let hillcrest = office.server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = office.server.admin(&hillcrest, "head@hillcrest.example").await;
    let address = with(routes::SEND_ACTIVATION, &office.staff[0]);
    theirs.post(&address, &()).await.problem(Kind::NotFound);
    let sent: SentAgain = theirs.post(routes::SEND_ACTIVATIONS, &()).await.json();
    assert_eq!(sent, SentAgain::default());
    assert_eq!(office.recorded().await, 0);
}
