//! Signing in on both engines, through the real store and the real hashing.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use rollcall_engine::domain::accounts::Account;
use rollcall_engine::fixtures;
use rollcall_shared::people::Role;
use rollcall_shared::sign_ins::SlowedWhere;
use rollcall_store::Store;
use rollcall_store::contract::{execute, minute, on_both_engines, school as add_school};
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::settings::Saved;

use super::*;
use crate::config::Options;

const STAFF_PASSWORD: &str = "three green boats";

/// A server of a school, and another one beside it whose clock is two seconds ahead.
struct Office {
    state: AppState,
    ahead: AppState,
    school: StoredSchool,
}

impl Office {
    async fn on(store: Store) -> Self {
        let config = Options::default().resolve().unwrap();
        let state = AppState::standing_at(fixtures::now(), store.clone(), config);
        let clock = crate::clock::Clock::standing_at(fixtures::now() + TimeDelta::seconds(2));
        let ahead = AppState { clock, ..state.clone() };
        let school = add_school(&store, "3281102").await;
        let school = store.find_school(school).await.unwrap().unwrap();
        Self { state, ahead, school }
    }

    async fn add(&self, account: Account, login: NewLogin) -> AccountId {
        let id = account.id;
        let new = NewAccount { account, login };
        self.state.store.add_accounts(self.school.id, &[new], minute(0)).await.unwrap();
        id
    }

    async fn has_pupil(&self, number: u32, format: PasswordFormat, password: &str) -> AccountId {
        let account =
            fixtures::account(number.into(), "Amy Hill").with_username(&format!("pupil{number}"));
        let owner = Owner { purpose: "pupil-password", school: self.school.id.0, id: account.id.0 };
        let sealed = self.state.keys.seal(&self.state.dice, owner, password.as_bytes()).unwrap();
        self.add(account, NewLogin::Pupil { sealed, format }).await
    }

    /// Adds a member of staff with an e-mail address, who has set a password.
    async fn has_staff(&self, email: &str, role: Role) -> AccountId {
        let account = fixtures::staff_account(900, "Amara Okafor").with_email(email);
        let account = account.with_role(role).with_username("AOkafor");
        let id = self.add(account, NewLogin::Staff).await;
        let hash = staff_password::hash(&self.state.dice, STAFF_PASSWORD.into()).await.unwrap();
        let store = &self.state.store;
        assert!(store.set_staff_password(self.school.id, id, &hash, minute(0)).await.unwrap());
        id
    }

    async fn tries(&self, name: &str, password: &str, from: &Origin) -> Result<SignedIn, Kind> {
        tries(&self.state, &self.school, name, password, from).await
    }

    async fn way_in(&self, name: &str, from: &Origin) -> SignInWith {
        let typed = SignIn { username: name.into(), ..SignIn::default() };
        way_in(&self.state, &self.school, from, &typed).await.unwrap().with
    }

    /// Puts somebody into the trash.
    async fn leaves(&self, email: &str) {
        let sql = format!("UPDATE accounts SET status = 'trash' WHERE email_folded = '{email}'");
        execute(&self.state.store, sql).await;
    }

    /// An admin proposes a format for each year, and goes no further.
    async fn drafts_for_all_years(&self, format: PasswordFormat) {
        let store = &self.state.store;
        let mut draft = store.load_draft(self.school.id).await.unwrap();
        draft.settings.passwords.values_mut().for_each(|planned| *planned = format);
        let (version, settings) = (draft.version, &draft.settings);
        let saved = store.save_draft(self.school.id, version, settings, &[], None, minute(1)).await;
        assert!(matches!(saved.unwrap(), Saved::Saved(_)));
    }

    async fn slowed(&self) -> Vec<SlowedWhere> {
        let slowed = alerts::slowed(&self.state, &self.school).await.unwrap();
        slowed.into_iter().map(|slowed| slowed.place).collect()
    }
}

async fn tries(
    state: &AppState,
    school: &StoredSchool,
    name: &str,
    password: &str,
    from: &Origin,
) -> Result<SignedIn, Kind> {
    let typed = SignIn { username: name.into(), password: password.into(), card: None };
    sign_in(state, school, from, typed).await.map_err(|error| match error {
        Error::Problem(problem) => problem.kind,
        Error::Broken(error) => panic!("{error}"),
    })
}

fn from(address: &str) -> Origin {
    let caller = Caller::at(address.parse::<IpAddr>().unwrap());
    Origin { caller, is_seen: true, may_be_learnt: true, device: None }
}

fn on_device(address: &str, device: &Device) -> Origin {
    Origin { device: Some(device.clone()), ..from(address) }
}

const SCHOOL: &str = "192.0.2.7";
const ELSEWHERE: &str = "203.0.113.9";

#[tokio::test]
async fn pupils_with_the_right_password_are_never_refused_however_many_come_at_once() {
    on_both_engines(async |store| {
        let office = Arc::new(Office::on(store).await);
        for pupil in 0..300 {
            office.has_pupil(pupil, PasswordFormat::FiveLetterWord, "level654").await;
        }
        for count in [30, 300] {
            let all = (0..count).map(|pupil| {
                let office = Arc::clone(&office);
                tokio::spawn(async move {
                    let server = if pupil % 2 == 0 { &office.state } else { &office.ahead };
                    let name = format!("pupil{pupil}");
                    tries(server, &office.school, &name, "level654", &from(SCHOOL)).await
                })
            });
            for came in join_all(all).await {
                came.unwrap().unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn one_account_may_sign_in_on_many_devices_at_once() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        office.has_pupil(1, PasswordFormat::FiveLetterWord, "level654").await;
        let network = from(SCHOOL);
        let all = (0..20).map(|_| office.tries("pupil1", "level654", &network));
        for came in join_all(all).await {
            came.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn made_up_names_keep_an_admin_with_the_right_password_out_neither_at_school_nor_at_home() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        let (email, at_school) = ("head@waterside.example", from(SCHOOL));
        office.has_staff(email, Role::Admin).await;
        let SignedIn { device, .. } =
            office.tries(email, STAFF_PASSWORD, &at_school).await.unwrap();
        for (place, own) in [(SCHOOL, from(SCHOOL)), (ELSEWHERE, on_device(ELSEWHERE, &device))] {
            let names: Vec<String> = (0..50).map(|number| format!("nobody{number}")).collect();
            let stranger = from(place);
            join_all(names.iter().map(|name| office.tries(name, "x", &stranger))).await;
            office.tries(email, STAFF_PASSWORD, &own).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn guesses_at_a_name_keep_nobody_out_elsewhere_nor_on_their_own_device() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        let email = "head@waterside.example";
        office.has_staff(email, Role::Admin).await;
        let SignedIn { device, .. } =
            office.tries(email, STAFF_PASSWORD, &from(SCHOOL)).await.unwrap();
        for _ in 0..5 {
            assert_eq!(
                office.tries(email, "x", &from(ELSEWHERE)).await,
                Err(Kind::WrongCredentials)
            );
        }
        let here = office.tries(email, STAFF_PASSWORD, &from(ELSEWHERE)).await;
        assert_eq!(here.unwrap_err(), Kind::TooManyAttempts);
        office.tries(email, STAFF_PASSWORD, &from("198.51.100.1")).await.unwrap();
        office.tries(email, STAFF_PASSWORD, &on_device(ELSEWHERE, &device)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_two_picture_pin_is_enough_at_school_and_on_known_devices_and_never_for_a_stranger() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        office.has_staff("head@waterside.example", Role::Admin).await;
        let pupil = office.has_pupil(1, PasswordFormat::TwoPicturePin, "46").await;
        let other = office.has_pupil(2, PasswordFormat::TwoPicturePin, "71").await;
        office.has_pupil(3, PasswordFormat::TwoPicturePin, "12").await;
        office.has_pupil(4, PasswordFormat::TwoPicturePin, "34").await;
        let home = from(ELSEWHERE);
        assert_eq!(office.way_in("pupil1", &home).await, SignInWith::Card);
        assert_eq!(office.tries("pupil1", "46", &home).await, Err(Kind::CardNeeded));
        assert_eq!(office.tries("pupil1", "46", &from(SCHOOL)).await, Err(Kind::CardNeeded));
        // The school's own address is learnt from staff.
        office.tries("head@waterside.example", STAFF_PASSWORD, &from(SCHOOL)).await.unwrap();
        assert_eq!(office.way_in("pupil1", &from(SCHOOL)).await, SignInWith::Pictures(2));
        let in_class = office.tries("pupil1", "46", &from(SCHOOL)).await.unwrap();
        assert_eq!(in_class.account, pupil);
        // A tablet that is taken home is known to its owner. One pupil alone makes it no tablet of
        // the school, since they could make as many as they like; three do.
        let tablet = on_device(ELSEWHERE, &in_class.device);
        office.tries("pupil1", "46", &tablet).await.unwrap();
        assert_eq!(office.way_in("pupil2", &tablet).await, SignInWith::Card);
        assert_eq!(office.tries("pupil2", "71", &tablet).await, Err(Kind::CardNeeded));
        let at_school = on_device(SCHOOL, &in_class.device);
        for (name, pin) in [("pupil3", "12"), ("pupil4", "34")] {
            office.tries(name, pin, &at_school).await.unwrap();
        }
        assert_eq!(office.way_in("pupil2", &tablet).await, SignInWith::Pictures(2));
        assert_eq!(office.tries("pupil2", "71", &tablet).await.unwrap().account, other);
        assert_eq!(office.way_in("pupil1", &home).await, SignInWith::Card);
    })
    .await;
}

#[tokio::test]
async fn a_cards_key_lets_its_owner_try_anywhere_and_no_more_than_their_guesses() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        let pupil = office.has_pupil(1, PasswordFormat::TwoPicturePin, "46").await;
        let state = &office.state;
        let keys = cards::keys_of(state, office.school.id, &[pupil]).await.unwrap();
        let card = Some(keys[&pupil].to_string());
        let by_card = |password: &str| SignIn {
            username: String::new(),
            password: password.into(),
            card: card.clone(),
        };
        let way = way_in(state, &office.school, &from(ELSEWHERE), &by_card("")).await.unwrap();
        assert_eq!(way, WayIn { username: "pupil1".into(), with: SignInWith::Pictures(2) });
        for place in ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"] {
            sign_in(state, &office.school, &from(place), by_card("64")).await.unwrap_err();
        }
        sign_in(state, &office.school, &from(ELSEWHERE), by_card("46")).await.unwrap();
        for number in 0..5 {
            let place = from(&format!("198.51.100.{number}"));
            sign_in(state, &office.school, &place, by_card("64")).await.unwrap_err();
        }
        let Err(Error::Problem(problem)) =
            sign_in(state, &office.school, &from(ELSEWHERE), by_card("46")).await
        else {
            panic!("the guesses of one card are counted together, from wherever they come")
        };
        assert_eq!(problem.kind, Kind::TooManyAttempts);
        // The owner is not kept out at school by it.
        office.state.store.set_network(office.school.id, SCHOOL, true, minute(0)).await.unwrap();
        office.tries("pupil1", "46", &from(SCHOOL)).await.unwrap();
        // A new card ends the old one.
        state.store.end_card_key(office.school.id, pupil).await.unwrap();
        let old = way_in(state, &office.school, &from(ELSEWHERE), &by_card("")).await;
        assert!(matches!(old, Err(Error::Problem(problem)) if problem.kind == Kind::CardNeeded));
    })
    .await;
}

#[tokio::test]
async fn a_device_is_no_longer_the_schools_when_those_who_used_it_have_left() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        office.has_staff("head@waterside.example", Role::Teacher).await;
        office.has_pupil(1, PasswordFormat::TwoPicturePin, "46").await;
        let school = from(SCHOOL);
        let device = office.tries("head@waterside.example", STAFF_PASSWORD, &school).await;
        let laptop = on_device(ELSEWHERE, &device.unwrap().device);
        assert_eq!(office.way_in("pupil1", &laptop).await, SignInWith::Pictures(2));
        office.leaves("head@waterside.example").await;
        assert_eq!(office.way_in("pupil1", &laptop).await, SignInWith::Card);
        assert_eq!(office.tries("pupil1", "46", &laptop).await, Err(Kind::CardNeeded));
    })
    .await;
}

#[tokio::test]
async fn what_an_admin_is_about_to_change_tells_nobody_which_names_there_are() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        for (number, format) in [PasswordFormat::PicturePin, PasswordFormat::FiveLetterWord]
            .into_iter()
            .cycle()
            .take(20)
            .enumerate()
        {
            office.has_pupil(u32::try_from(number).unwrap(), format, "1256").await;
        }
        let answers = async || {
            let mut answers = Vec::new();
            for number in 0..40 {
                answers.push(office.way_in(&format!("somebody{number}"), &from(ELSEWHERE)).await);
            }
            answers
        };
        let before = answers().await;
        for format in [PasswordFormat::TwoPicturePin, PasswordFormat::SixLetterWord] {
            office.drafts_for_all_years(format).await;
            assert_eq!(answers().await, before, "{format:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_who_exists_from_how_somebody_signs_in() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        for number in 0..8 {
            let format = match number {
                0 | 1 => PasswordFormat::TwoPicturePin,
                2 | 3 => PasswordFormat::PicturePin,
                _ => PasswordFormat::FiveLetterWord,
            };
            office.has_pupil(number, format, "1256").await;
        }
        let names: Vec<String> = (0..200).map(|number| format!("somebody{number}")).collect();
        let mut answers = Vec::new();
        for name in &names {
            let answer = office.way_in(name, &from(ELSEWHERE)).await;
            assert_eq!(answer, office.way_in(&name.to_uppercase(), &from("198.51.100.1")).await);
            answers.push(answer);
        }
        for answer in [SignInWith::Password, SignInWith::Pictures(4), SignInWith::Card] {
            assert!(answers.iter().filter(|one| **one == answer).count() > 20, "{answer:?}");
        }
        let email = office.way_in("nobody@waterside.example", &from(ELSEWHERE)).await;
        assert_eq!(email, SignInWith::Password);
    })
    .await;
}

#[tokio::test]
async fn a_name_nobody_has_and_a_username_and_address_of_one_account_are_counted_alike() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        let email = "head@waterside.example";
        office.has_staff(email, Role::Teacher).await;
        let username = "AOkafor";
        for name in [email, username, "nobody@waterside.example"] {
            let place = from(&format!("198.51.100.{}", name.len()));
            for _ in 0..5 {
                assert_eq!(office.tries(name, "x", &place).await, Err(Kind::WrongCredentials));
            }
            assert_eq!(office.tries(name, "x", &place).await, Err(Kind::TooManyAttempts), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_at_pupils_from_many_networks_is_stopped_told_to_admins_and_lifted_by_them() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        office.has_staff("head@waterside.example", Role::Admin).await;
        for pupil in 0..10 {
            office.has_pupil(pupil, PasswordFormat::PicturePin, "1256").await;
        }
        let mut looked_at = 0;
        for guess in 0..60 {
            let name = format!("pupil{}", guess % 10);
            let tried = office.tries(&name, "0000", &from(&format!("198.51.{guess}.1"))).await;
            looked_at += i32::from(tried == Err(Kind::WrongCredentials));
        }
        assert_eq!(looked_at, 40);
        assert_eq!(office.slowed().await, [SlowedWhere::NewDevices]);
        let mails = office.state.store.list_unsent_mail(10).await.unwrap();
        assert_eq!(mails.len(), 1, "one message, to the one admin");
        // At school everybody comes in.
        office.state.store.set_network(office.school.id, SCHOOL, true, minute(0)).await.unwrap();
        office.tries("pupil1", "1256", &from(SCHOOL)).await.unwrap();
        let away = office.tries("pupil2", "1256", &from(ELSEWHERE)).await;
        assert_eq!(away, Err(Kind::TooManyAttempts));
        alerts::unlock_by_operator(&office.state, office.school.id).await.unwrap();
        assert_eq!(office.slowed().await, []);
        office.tries("pupil2", "1256", &from(ELSEWHERE)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn many_tries_at_two_pictures_from_elsewhere_are_told_to_admins() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        office.has_pupil(1, PasswordFormat::TwoPicturePin, "46").await;
        for guess in 0..101 {
            let place = from(&format!("198.51.{guess}.1"));
            assert_eq!(office.tries("pupil1", "46", &place).await, Err(Kind::CardNeeded));
        }
        assert_eq!(office.slowed().await, [SlowedWhere::Pictures]);
    })
    .await;
}

#[tokio::test]
async fn five_pupils_within_an_hour_show_a_network_to_be_the_schools_unless_it_was_taken_away() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        for pupil in 0..6 {
            office.has_pupil(pupil, PasswordFormat::FiveLetterWord, "level654").await;
        }
        let networks = async || {
            let known = office.state.store.list_networks(office.school.id).await.unwrap();
            known.into_iter().map(|one| one.network).collect::<Vec<_>>()
        };
        for (pupil, address) in
            (0..5).map(|pupil| (pupil, SCHOOL)).chain((0..4).map(|pupil| (pupil, ELSEWHERE)))
        {
            office.tries(&format!("pupil{pupil}"), "level654", &from(address)).await.unwrap();
        }
        assert_eq!(networks().await, [SCHOOL]);
        office.state.clock.advance(TimeDelta::minutes(61));
        office.tries("pupil4", "level654", &from(ELSEWHERE)).await.unwrap();
        assert_eq!(networks().await, [SCHOOL], "the others came more than an hour ago");
        let school = office.school.id;
        office.state.store.set_network(school, SCHOOL, false, minute(0)).await.unwrap();
        for pupil in 0..6 {
            office.tries(&format!("pupil{pupil}"), "level654", &from(SCHOOL)).await.unwrap();
        }
        assert!(networks().await.is_empty(), "what an admin took away is not learnt again");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_seen_for_long_is_forgotten() {
    on_both_engines(async |store| {
        let office = Office::on(store).await;
        let email = "head@waterside.example";
        office.has_staff(email, Role::Admin).await;
        let known = office.tries(email, STAFF_PASSWORD, &from(SCHOOL)).await.unwrap();
        for _ in 0..5 {
            office.tries(email, "x", &from(ELSEWHERE)).await.unwrap_err();
        }
        let sweep = async |days| {
            let later = office.state.clock.now() + TimeDelta::days(days);
            office.state.store.sweep_sign_ins(later).await.unwrap();
            let device = Some(known.device.hash());
            office.state.store.whereabouts(office.school.id, device.as_ref(), None).await.unwrap()
        };
        let soon = sweep(60).await;
        assert!(soon.is_school_device && soon.networks == [SCHOOL]);
        let later = sweep(100).await;
        assert!(later.is_school_device && later.networks.is_empty());
        assert!(!sweep(500).await.is_school_device);
        office.tries(email, STAFF_PASSWORD, &from(ELSEWHERE)).await.unwrap();
    })
    .await;
}

#[test]
fn a_childs_capitals_and_spaces_do_not_matter() {
    let is_same = |a, b| is_same(&without_case_and_spaces(a), &without_case_and_spaces(b));
    assert!(is_same(" Tap cow MUG ", "tapcowmug"));
    assert!(!is_same("tapcowmud", "tapcowmug"));
    assert!(!is_same("", "46"));
}

#[test]
fn a_wait_is_said_in_words() {
    assert_eq!(in_words(TimeDelta::seconds(20)), "in a minute");
    assert_eq!(in_words(TimeDelta::seconds(301)), "in 6 minutes");
    assert_eq!(in_words(TimeDelta::hours(24)), "in 24 hours");
}
