use rollcall_engine::fixtures;
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::{PeopleQuery, PersonDetails};
use rollcall_shared::year_group::YearGroup;

use super::*;
use crate::contract::{minute, on_both_engines, school};
use crate::fixtures::{add, add_classes, invitation};
use crate::runs::{Asker, NewRun, Queued};
use crate::sessions::NewSession;
use rollcall_engine::fixtures::{account, class, staff_account};
use rollcall_shared::run::RunKind;

const HASH: &str = "$argon2id$…";

/// Signs somebody in, with a token whose hash is all sevens.
async fn begin_session(store: &Store, school: SchoolId, account: AccountId) {
    let expires_at = minute(60);
    let session = NewSession { hash: [7; 32], school, account, expires_at };
    store.begin_session(&session, minute(0)).await.unwrap();
}

/// Changes somebody who is shown as they are.
fn change(of: &Account, change: impl FnOnce(&mut PersonDetails)) -> EditPerson {
    let mut wanted = of.details();
    change(&mut wanted);
    EditPerson { shown: of.details(), wanted }
}

async fn stored(store: &Store, school: SchoolId, id: AccountId) -> Account {
    let accounts = store.school_state(school).await.unwrap().accounts;
    accounts.into_iter().find(|account| account.id == id).unwrap()
}

async fn edited(store: &Store, school: SchoolId, of: &Account, edit: &EditPerson) -> Edited {
    store.edit_person(school, of.id, edit, None, minute(1)).await.unwrap()
}

#[tokio::test]
async fn what_is_changed_by_hand_is_kept_and_nothing_else_is() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        add_classes(&store, school, &[class(10, "Oak")]).await;
        let (zoe, ida) = (account(1, "Zoe Li"), account(2, "Ida Li"));
        add(&store, school, &[zoe.clone(), ida.clone()]).await;
        let oak = ClassId(Uuid::from_u128(10));
        let edit = change(&zoe, |zoe| {
            zoe.forename = "Zoë-Ann".into();
            zoe.year = YearGroup::year(2);
            zoe.class = Some(oak);
        });
        let fields: BTreeSet<_> =
            [PersonField::Forename, PersonField::Year, PersonField::Class].into();
        assert_eq!(edited(&store, school, &zoe, &edit).await, Edited::Done(fields.clone()));
        let expected = Account {
            forename: "Zoë-Ann".into(),
            kept: fields.clone(),
            ..zoe.clone().in_year(2).in_class(oak)
        };
        assert_eq!(stored(&store, school, zoe.id).await, expected);
        assert_eq!(stored(&store, school, ida.id).await, ida);
        let row = store.find_person(school, zoe.id).await.unwrap().unwrap();
        assert_eq!((row.kept.clone(), row.details()), (fields, edit.wanted.clone()));
        let query = PeopleQuery { q: Some("zoe-ann".into()), ..PeopleQuery::default() };
        assert_eq!(store.list_people(school, &query).await.unwrap().total, 1, "found by her name");

        let same = change(&expected, |_| {});
        assert_eq!(edited(&store, school, &zoe, &same).await, Edited::Done(BTreeSet::new()));
        assert_eq!(stored(&store, school, zoe.id).await, expected);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_changed_who_is_not_as_shown_or_not_active_or_of_another_school() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let (zoe, tom) = (account(1, "Zoe Li"), account(2, "Tom Gone").left());
        add(&store, here, &[zoe.clone(), tom.clone()]).await;
        let rename = |of: &Account| change(of, |one| one.forename = "Mia".into());
        assert_eq!(edited(&store, there, &zoe, &rename(&zoe)).await, Edited::Stale);
        assert_eq!(edited(&store, here, &tom, &rename(&tom)).await, Edited::Stale);
        let older = zoe.clone().in_year(6);
        assert_eq!(edited(&store, here, &zoe, &rename(&older)).await, Edited::Stale);
        assert_eq!(stored(&store, here, zoe.id).await, zoe);
        assert_eq!(stored(&store, here, tom.id).await, tom);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_one_person_at_once_the_second_is_told() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let zoe = account(1, "Zoe Li");
        add(&store, school, std::slice::from_ref(&zoe)).await;
        let forename = change(&zoe, |zoe| zoe.forename = "Mia".into());
        let surname = change(&zoe, |zoe| zoe.surname = "Wood".into());
        let (one, other) = tokio::join!(
            edited(&store, school, &zoe, &forename),
            edited(&store, school, &zoe, &surname)
        );
        let stale = [&one, &other].into_iter().filter(|edited| **edited == Edited::Stale).count();
        assert_eq!(stale, 1, "{one:?} {other:?}");
        assert_eq!(stored(&store, school, zoe.id).await.kept.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_e_mail_address_is_one_active_persons() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
        let gone = staff_account(3, "Una Field").left();
        add(&store, school, &[ama.clone(), ben, gone]).await;
        let take = |email: &str| change(&ama, |ama| ama.email = Some(email.into()));
        let taken = take("ABEL@waterside.example");
        assert_eq!(edited(&store, school, &ama, &taken).await, Edited::EmailTaken);
        assert_eq!(stored(&store, school, ama.id).await, ama);
        let free = take("field@waterside.example");
        let done = Edited::Done([PersonField::Email].into());
        assert_eq!(edited(&store, school, &ama, &free).await, done);
        let found = store.find_staff_by_email(school, "field@waterside.example").await.unwrap();
        assert_eq!(found, Some(ama.id));
    })
    .await;
}

#[tokio::test]
async fn a_new_login_takes_the_place_of_links_password_and_sessions_of_before() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
        add(&store, school, &[ama.clone(), ben.clone()]).await;
        let links = [
            invitation(1, school, ama.id),
            invitation(2, school, ben.id),
            invitation(3, school, ama.id),
            invitation(4, school, ben.id),
        ];
        for link in &links[..2] {
            store.replace_invitation(school, link, minute(0)).await.unwrap();
        }
        assert!(store.set_staff_password(school, ben.id, HASH, minute(0)).await.unwrap());
        begin_session(&store, school, ben.id).await;
        for (of, link) in [(&ama, &links[2]), (&ben, &links[3])] {
            let edit = change(of, |one| one.email = Some(format!("{}@new.example", of.forename)));
            let done =
                store.edit_person(school, of.id, &edit, Some(link), minute(1)).await.unwrap();
            assert_eq!(done, Edited::Done([PersonField::Email].into()));
        }
        let works = async |link: &ActivationLink| {
            store.find_invited(&link.token_hash).await.unwrap().is_some()
        };
        assert!(!works(&links[0]).await && works(&links[2]).await);
        assert!(!works(&links[1]).await && works(&links[3]).await);
        let login = store.find_login(school, &ben.username).await.unwrap().unwrap();
        assert_eq!(login.password_hash, None);
        assert!(!store.find_person(school, ben.id).await.unwrap().unwrap().activated);
        let ended = store.find_session(&[7; 32]).await.unwrap();
        assert!(ended.is_none(), "the one who had the address of before is signed out");
        let kept: Vec<_> = store.list_unsent_mail(10).await.unwrap();
        let mut mails: Vec<Uuid> = kept.iter().map(|kept| kept.mail.id).collect();
        mails.sort_unstable();
        let new = [links[2].mail.id, links[3].mail.id];
        assert_eq!(mails, new, "messages of before are withdrawn");

        // A change of the name alone leaves the link as it is.
        let ama = stored(&store, school, ama.id).await;
        let edit = change(&ama, |ama| ama.forename = "Amara".into());
        edited(&store, school, &ama, &edit).await;
        assert!(works(&links[2]).await);
    })
    .await;
}

#[tokio::test]
async fn without_a_new_login_another_address_ends_links_only_and_other_capitals_nothing() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let ama = staff_account(1, "Ama Okafor");
        add(&store, school, std::slice::from_ref(&ama)).await;
        assert!(store.set_staff_password(school, ama.id, HASH, minute(0)).await.unwrap());
        begin_session(&store, school, ama.id).await;
        let link = invitation(1, school, ama.id);
        store.replace_invitation(school, &link, minute(0)).await.unwrap();
        let capitals = change(&ama, |ama| ama.email = Some("OKAFOR@waterside.example".into()));
        edited(&store, school, &ama, &capitals).await;
        assert!(store.find_invited(&link.token_hash).await.unwrap().is_some());
        assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 1);
        let ama = stored(&store, school, ama.id).await;
        let other = change(&ama, |ama| ama.email = Some("ama@waterside.example".into()));
        edited(&store, school, &ama, &other).await;
        assert!(store.find_invited(&link.token_hash).await.unwrap().is_none());
        assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 0);
        assert!(store.find_session(&[7; 32]).await.unwrap().is_some());
        assert!(store.find_person(school, ama.id).await.unwrap().unwrap().activated);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_someone_has_leaves_the_login_as_it_was() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let ama = staff_account(1, "Ama Okafor");
        let ben = staff_account(2, "Ben Abel").with_email("Abel@waterside.example");
        add(&store, school, &[ama.clone(), ben]).await;
        assert!(store.set_staff_password(school, ama.id, HASH, minute(0)).await.unwrap());
        begin_session(&store, school, ama.id).await;
        let edit = change(&ama, |ama| ama.email = Some("abel@waterside.example".into()));
        let link = invitation(1, school, ama.id);
        let taken = store.edit_person(school, ama.id, &edit, Some(&link), minute(1)).await.unwrap();
        assert_eq!(taken, Edited::EmailTaken);
        assert!(store.find_session(&[7; 32]).await.unwrap().is_some());
        assert!(store.find_person(school, ama.id).await.unwrap().unwrap().activated);
        assert!(store.find_invited(&link.token_hash).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_who_can_sign_in_keeps_password_and_role() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let admin =
            |id, surname| staff_account(id, &format!("Ama {surname}")).with_role(Role::Admin);
        let (ama, ben) = (admin(1, "Okafor"), admin(2, "Abel"));
        add(&store, school, &[ama.clone(), ben]).await;
        assert!(store.set_staff_password(school, ama.id, HASH, minute(0)).await.unwrap());
        let edit = change(&ama, |ama| ama.email = Some("ama@waterside.example".into()));
        let link = invitation(1, school, ama.id);
        let done = store.edit_person(school, ama.id, &edit, Some(&link), minute(1)).await.unwrap();
        assert_eq!(done, Edited::LastAdmin);
        assert!(store.find_person(school, ama.id).await.unwrap().unwrap().activated);
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_who_can_sign_in_stays_one() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let admin =
            |id, surname| staff_account(id, &format!("Ama {surname}")).with_role(Role::Admin);
        let (ama, ben) = (admin(1, "Okafor"), admin(2, "Abel"));
        let gone = admin(3, "Field").left();
        add(&store, here, &[ama.clone(), ben.clone(), gone]).await;
        add(&store, there, &[admin(4, "Wood")]).await;
        let lower = |of: &Account| change(of, |one| one.role = Role::Teacher);
        // Ben has not set a password.
        assert_eq!(edited(&store, here, &ama, &lower(&ama)).await, Edited::LastAdmin);
        assert_eq!(stored(&store, here, ama.id).await, ama);
        for (school, id) in [(here, ama.id), (here, ben.id), (there, admin(4, "Wood").id)] {
            store.set_staff_password(school, id, "$argon2id$…", minute(0)).await.unwrap();
        }
        let (lower_ama, lower_ben) = (lower(&ama), lower(&ben));
        let (one, other) = tokio::join!(
            edited(&store, here, &ama, &lower_ama),
            edited(&store, here, &ben, &lower_ben)
        );
        let lowered = Edited::Done([PersonField::Role].into());
        assert!([(&one, &other), (&other, &one)].contains(&(&lowered, &Edited::LastAdmin)));
    })
    .await;
}

#[tokio::test]
async fn a_field_is_handed_back_once_and_stays_as_it_is_until_a_run() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let kept = [PersonField::Forename, PersonField::Class];
        let zoe = account(1, "Zoe Li").keeping(kept);
        add(&store, here, std::slice::from_ref(&zoe)).await;
        let back =
            async |school, field| store.hand_back(school, zoe.id, field, minute(9)).await.unwrap();
        assert_eq!(back(there, PersonField::Class).await, HandedBack::NobodyThere);
        assert_eq!(back(here, PersonField::Surname).await, HandedBack::NotKept);
        assert_eq!(back(here, PersonField::Class).await, HandedBack::Done);
        assert_eq!(back(here, PersonField::Class).await, HandedBack::NotKept);
        let expected = zoe.clone().keeping([PersonField::Forename]);
        assert_eq!(stored(&store, here, zoe.id).await, expected);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_changed_and_nothing_handed_back_while_a_run_of_the_school_goes() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let zoe = account(1, "Zoe Li").keeping([PersonField::Class]);
        let una = account(2, "Una Field");
        add(&store, here, std::slice::from_ref(&zoe)).await;
        add(&store, there, std::slice::from_ref(&una)).await;
        let run = RunId(Uuid::from_u128(1));
        let plan = fixtures::planned(&fixtures::roster(vec![], vec![]), &fixtures::state(vec![]));
        let new = NewRun {
            id: run,
            school: here,
            kind: RunKind::Sync,
            undoes: None,
            hash: "hash",
            settings: &fixtures::settings(),
            roster_read_at: minute(0),
            by: None,
            at: minute(0),
        };
        store.save_plan(&new, &plan).await.unwrap();
        let rename = |of: &Account| change(of, |one| one.surname = "Wood".into());
        let queued = store.queue_run(here, run, Asker::CommandLine, None, minute(1)).await.unwrap();
        assert_eq!(queued, Queued::Queued);
        assert_eq!(edited(&store, here, &zoe, &rename(&zoe)).await, Edited::RunGoing(run));
        let back = store.hand_back(here, zoe.id, PersonField::Class, minute(9)).await.unwrap();
        assert_eq!(back, HandedBack::RunGoing(run));
        assert_eq!(stored(&store, here, zoe.id).await, zoe);
        let elsewhere = edited(&store, there, &una, &rename(&una)).await;
        assert_eq!(elsewhere, Edited::Done([PersonField::Surname].into()));
    })
    .await;
}

#[tokio::test]
async fn an_e_mail_given_by_hand_before_there_were_kept_fields_is_one() {
    const SQLITE: &str = include_str!("../../migrations/sqlite/0006_kept_fields.sql");
    const POSTGRES: &str = include_str!("../../migrations/postgres/0006_kept_fields.sql");
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
        add(&store, school, &[ama.clone(), ben.clone()]).await;
        let (number, migration) = match store {
            Store::Sqlite(_) => ("INTEGER NOT NULL DEFAULT 0", SQLITE),
            Store::Postgres(_) => ("BOOLEAN NOT NULL DEFAULT FALSE", POSTGRES),
        };
        let of_accounts = |line: &&str| line.contains(" accounts ");
        let migration: Vec<&str> = migration.lines().filter(of_accounts).collect();
        assert_eq!(migration.len(), 3);
        // The table as it was before, and on from there.
        let steps = format!(
            "ALTER TABLE accounts DROP COLUMN kept_fields;
            ALTER TABLE accounts ADD COLUMN email_by_hand {number};
            UPDATE accounts SET email_by_hand = TRUE WHERE forename = 'Ama';
            {}",
            migration.join("\n")
        );
        crate::on!(&store, |pool| {
            sqlx::raw_sql(sqlx::AssertSqlSafe(steps)).execute(pool).await.unwrap();
        });
        assert_eq!(stored(&store, school, ama.id).await.kept, [PersonField::Email].into());
        assert_eq!(stored(&store, school, ben.id).await, ben);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_else_is_writing_is_waited_for_and_not_put_back() {
    on_both_engines(async |store: Store| {
        let here = school(&store, "3281102").await;
        let ama = staff_account(1, "Ama Okafor");
        add(&store, here, std::slice::from_ref(&ama)).await;
        // Another transaction has changed the row, and has not ended.
        let mut other = store.begin().await.unwrap();
        let before = find_account(&mut other, here, ama.id).await.unwrap().unwrap();
        let after = Account { upn: None, surname: "Stone".into(), ..before.clone() };
        let written = update_accounts(&mut other, here, &[(&before, &after)], minute(1)).await;
        assert_eq!(written.unwrap(), 1);
        let set_role = tokio::spawn({
            let store = store.clone();
            async move { store.set_role(here, ama.id, Role::Admin, minute(2)).await }
        });
        // It has begun, and waits.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        other.commit().await.unwrap();
        set_role.await.unwrap().unwrap();
        let now = store.school_state(here).await.unwrap().accounts.remove(0);
        assert_eq!((now.role, now.surname.as_str()), (Role::Admin, "Stone"));
    })
    .await;
}
