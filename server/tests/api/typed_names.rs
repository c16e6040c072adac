//! Names and addresses that an admin types: tidied as those of the MIS are, and never more than one
//! line of a message.

use rollcall_server::testing::add_school;
use rollcall_shared::page::Page;
use rollcall_shared::people::{EditPerson, NewPupil, NewStaff, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::UnsentMessage;
use rollcall_shared::year_group::YearGroup;

use crate::support::{Browser, Server};

/// Line ends, marks that turn the direction of writing, nothing of no width, an accent apart.
const MESSY: &str =
    " Zoe\u{308}\r\nBcc: x@evil.example\r\n\r\n\u{202e}Ann\u{200b}e\u{202c}\u{0007} ";
const TIDY: &str = "Zoë Bcc: x@evil.example Anne";

fn staff(forename: &str, surname: &str, email: &str) -> NewStaff {
    NewStaff {
        forename: forename.into(),
        surname: surname.into(),
        email: email.into(),
        role: Some(Role::Teacher),
        from_problem: None,
    }
}

fn pupil(forename: &str, surname: &str) -> NewPupil {
    NewPupil {
        forename: forename.into(),
        surname: surname.into(),
        year: YearGroup::year(3),
        class: None,
        from_problem: None,
    }
}

async fn messages(browser: &mut Browser) -> Vec<UnsentMessage> {
    browser.get(routes::MESSAGES).await.json()
}

async fn everybody(admin: &mut Browser) -> u32 {
    admin.get(routes::PEOPLE).await.json::<Page<PersonRow>>().total
}

#[tokio::test]
async fn a_typed_name_is_tidied_and_stays_on_one_line_of_the_message() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let asked = staff(MESSY, "O&#39;Brien", "zoe@waterside.example");
    let row: PersonRow = admin.post(routes::STAFF, &asked).await.json();
    assert_eq!((row.forename.as_str(), row.surname.as_str()), (TIDY, "O&#39;Brien"));

    let sent = messages(&mut admin).await.swap_remove(0);
    assert_eq!(sent.to, "zoe@waterside.example");
    assert!(sent.body.starts_with(&format!("Hello {TIDY},\n\nWaterside")), "{}", sent.body);
    assert!(!sent.body.contains(['\r', '\u{202e}', '\u{200b}']) && !sent.subject.contains('\n'));
}

#[tokio::test]
async fn a_pupils_typed_name_and_an_edited_one_are_tidied_alike() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let row: PersonRow = admin.post(routes::PUPILS, &pupil(MESSY, "Smi\u{ad}th")).await.json();
    assert_eq!((row.forename.as_str(), row.surname.as_str()), (TIDY, "Smith"));

    let mut wanted = row.details();
    wanted.surname = "\u{2067}Jones\u{2069}\n-\tHill".into();
    let edit = EditPerson { shown: row.details(), wanted };
    let row: PersonRow = admin.put(&with(routes::PERSON, &row.id), &edit).await.json();
    assert_eq!(row.surname, "Jones - Hill");
}

#[tokio::test]
async fn a_typed_name_that_is_too_long_or_cannot_be_seen_is_refused_and_nobody_is_added() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let (fits, too_long) = ("é".repeat(100), "é".repeat(101));
    let unseen = "\u{200b}\u{202e}\r\n";
    let before = everybody(&mut admin).await;

    let asked = staff(&too_long, "Hill", "hill@waterside.example");
    let problem = admin.post(routes::STAFF, &asked).await.problem(Kind::Unusable);
    assert_eq!((&*problem.errors[0].field, &*problem.errors[0].code), ("forename", "too_long"));
    let problem = admin.post(routes::PUPILS, &pupil("Amy", &too_long)).await;
    let problem = problem.problem(Kind::Unusable);
    assert_eq!((&*problem.errors[0].field, &*problem.errors[0].code), ("surname", "too_long"));
    let problem = admin.post(routes::PUPILS, &pupil(unseen, unseen)).await.problem(Kind::Unusable);
    assert_eq!((&*problem.errors[0].field, &*problem.errors[0].code), ("forename", "missing"));
    assert_eq!(everybody(&mut admin).await, before);

    let row: PersonRow = admin.post(routes::PUPILS, &pupil("Amy", &fits)).await.json();
    assert_eq!(row.surname, fits);
    let mut wanted = row.details();
    wanted.surname = too_long;
    let edit = EditPerson { shown: row.details(), wanted };
    let problem = admin.put(&with(routes::PERSON, &row.id), &edit).await.problem(Kind::Unusable);
    assert_eq!((&*problem.errors[0].field, &*problem.errors[0].code), ("surname", "too_long"));
}

#[tokio::test]
async fn an_address_that_would_add_a_line_to_a_message_is_refused_and_nothing_is_sent() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (account, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let row: PersonRow = admin.get(&with(routes::PERSON, &account)).await.json();
    let before = messages(&mut admin).await.len();
    for bad in [
        "a@waterside.example\r\nBcc: x@evil.example",
        "a@waterside.example\nSubject: hello",
        "a\r\n@waterside.example",
        "a@waterside.example, x@evil.example",
        "a\u{7f}@waterside.example",
        "a\u{200b}@waterside.example",
        "\"a\r\nBcc: x\"@waterside.example",
    ] {
        let asked = admin.post(routes::STAFF, &staff("Amy", "Hill", bad)).await;
        assert_eq!(asked.problem(Kind::Unusable).errors[0].field, "email", "{bad:?}");
        let mut wanted = row.details();
        wanted.email = Some(bad.into());
        let edit = EditPerson { shown: row.details(), wanted };
        let asked = admin.put(&with(routes::PERSON, &account), &edit).await;
        assert_eq!(asked.problem(Kind::Unusable).errors[0].field, "email", "{bad:?}");
    }
    assert_eq!(messages(&mut admin).await.len(), before);
}

#[tokio::test]
async fn the_name_of_a_school_is_tidied_and_a_long_one_is_refused() {
    let server = Server::start().await;
    let school = server.school("3281102", "\u{202e}Waterside\r\n Primary\u{200b} School ").await;
    assert_eq!(
        (&*school.name, &*school.slug),
        ("Waterside Primary School", "waterside-primary-school")
    );
    let estab = || "3281103".parse().unwrap();
    assert!(add_school(&server.state, estab(), &"a".repeat(101), None).await.is_err());
    assert!(add_school(&server.state, estab(), "\u{200b}\n", None).await.is_err());
    add_school(&server.state, estab(), &"a".repeat(100), None).await.unwrap();
}
