use std::collections::BTreeSet;

use chrono::TimeDelta;
use rollcall_shared::connection::{Authoriser, ConnectionState as State, Disconnect, Invite};
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::Role;
use rollcall_shared::scopes::Scope;
use rollcall_store::contract;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;
use xod_client::XodError;
use xod_simulator::school::{Installation, Scope as SimulatedScope};
use xod_simulator::{Config as SimulatorConfig, Running, SchoolSpec, Simulator};

use super::*;
use crate::config::Options;

const ESTAB: &str = "3281102";

struct Bench {
    simulator: Running,
    connections: Connections,
    school: StoredSchool,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new(spec: SchoolSpec) -> Self {
        let simulator = Simulator::start(SimulatorConfig::on_a_free_port([spec])).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}/rollcall.db", folder.path().display());
        let options: Options =
            toml::from_str(&format!("xod_url = \"{}\"", simulator.url())).unwrap();
        let config = options.resolve().unwrap();
        let store = Store::open(&database).await.unwrap();
        let clock = Clock::standing_at(contract::minute(0));
        let dice = Dice::seeded(1);
        let keys = Arc::new(KeyRing::parse(&KeyRing::draw(&dice)).unwrap());
        let xod = crate::mis::xod_client(&config.xod, clock.clone(), dice.clone()).unwrap();
        let id = contract::school(&store, ESTAB).await;
        let school = store.find_school(id).await.unwrap().unwrap();
        let connections = Connections::new(&config, store, clock.clone(), dice, keys, xod);
        Self { simulator, connections, school, clock, _folder: folder }
    }

    async fn unconnected() -> Self {
        Self::new(SchoolSpec::new(ESTAB).pupils(30).unconnected()).await
    }

    async fn invited() -> Self {
        let bench = Self::unconnected().await;
        bench.invite(Invite { optional_scopes: vec![Scope::Upn], authoriser: None }).await.unwrap();
        bench
    }

    /// A school that has approved these scopes; XoD has not called back yet.
    async fn approved(scopes: impl IntoIterator<Item = SimulatedScope>) -> Self {
        let bench = Self::invited().await;
        let scopes = scopes.into_iter().collect();
        bench.simulator.change(ESTAB, |school| school.authorisation.authorise(scopes));
        bench
    }

    async fn ready() -> Self {
        let bench = Self::approved(required()).await;
        assert_eq!(bench.call_back().await, Ok(()));
        assert_eq!(bench.state().await, State::Ready);
        bench
    }

    async fn invite(&self, invite: Invite) -> Result<ConnectionView> {
        let by = Inviter {
            account: AccountId(uuid::Uuid::from_u128(1)),
            forename: "Amara".into(),
            surname: "Okafor".into(),
            email: Some("office@waterside.example".into()),
        };
        self.connections.invite(&self.school, &by, invite).await
    }

    /// What XoD would send now.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let granted = |school: &xod_simulator::school::School| {
            let names = school.authorisation.granted.iter().map(|scope| scope.name());
            names.collect::<Vec<_>>().join(",")
        };
        vec![
            ("schoolSecret", self.simulator.secret(ESTAB).unwrap_or_default()),
            ("schoolId", ESTAB.into()),
            ("schoolEmail", "una@waterside.example".into()),
            ("scopes", self.simulator.look(ESTAB, granted).unwrap()),
            ("thirdParty", "XporterOnDemand".into()),
            ("partnerId", xod_simulator::DEFAULT_APP_ID.into()),
        ]
    }

    async fn call_back(&self) -> std::result::Result<(), Refusal> {
        self.call_back_with("", "").await
    }

    /// The callback, with one field another than it should be.
    async fn call_back_with(&self, name: &str, value: &str) -> std::result::Result<(), Refusal> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (own, right) in self.fields() {
            body.append_pair(own, if own == name { value } else { &right });
        }
        let callback = Callback::parse(body.finish().as_bytes());
        self.connections.callback("203.0.113.7", callback).await.unwrap()
    }

    async fn view(&self) -> ConnectionView {
        self.connections.view(self.school.id).await.unwrap()
    }

    async fn state(&self) -> State {
        self.view().await.state
    }

    async fn stored(&self) -> StoredConnection {
        self.connections.store.load_connection(self.school.id).await.unwrap()
    }

    async fn check(&self) -> ConnectionView {
        self.connections.check_now(&self.school).await.unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut xod_simulator::school::School)) {
        self.simulator.change(ESTAB, change).unwrap();
    }
}

fn required() -> [SimulatedScope; 3] {
    [SimulatedScope::SchoolLite, SimulatedScope::StaffLite, SimulatedScope::StudentLite]
}

fn problem(error: Error) -> Problem {
    match error {
        Error::Problem(problem) => *problem,
        Error::Broken(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn an_invitation_goes_to_the_admin_unless_another_is_named() {
    let bench = Bench::unconnected().await;
    assert_eq!(bench.state().await, State::NotSetUp);
    let view =
        bench.invite(Invite { optional_scopes: vec![Scope::Upn], authoriser: None }).await.unwrap();
    assert_eq!(view.state, State::Invited);
    assert_eq!(view.authoriser.unwrap().email, "office@waterside.example");
    assert_eq!(view.invited_by.as_deref(), Some("Amara Okafor"));
    assert_eq!(view.asked.len(), 4);

    let other = Authoriser {
        forename: " Una ".into(),
        surname: "Head".into(),
        email: "una@waterside.example ".into(),
        phone: Some(" ".into()),
    };
    bench.clock.advance(TimeDelta::minutes(1));
    let again = Invite { optional_scopes: vec![Scope::Upn], authoriser: Some(other) };
    let view = bench.invite(again).await.unwrap();
    let authoriser = view.authoriser.unwrap();
    assert_eq!((authoriser.forename.as_str(), authoriser.phone), ("Una", None));
    let causes: Vec<&str> = view.events.iter().map(|event| event.cause.as_str()).collect();
    assert_eq!(
        causes,
        [
            "Amara Okafor sent the invitation again, to Una Head",
            "Amara Okafor asked Groupcall to invite Amara Okafor",
        ]
    );
}

#[tokio::test]
async fn an_invitation_to_nobody_is_not_sent() {
    let bench = Bench::unconnected().await;
    let nobody = Authoriser { email: "not an address".into(), ..Authoriser::default() };
    let invite = Invite { optional_scopes: vec![], authoriser: Some(nobody) };
    let problem = problem(bench.invite(invite).await.unwrap_err());
    let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["authoriser.forename", "authoriser.surname", "authoriser.email"]);
    assert_eq!(bench.state().await, State::NotSetUp);
}

#[tokio::test]
async fn a_school_that_groupcall_does_not_know_stays_not_set_up_and_the_history_says_why() {
    let mut bench = Bench::unconnected().await;
    bench.school.estab = "9999999".parse().unwrap();
    let problem = problem(bench.invite(Invite::default()).await.unwrap_err());
    assert!(problem.detail.unwrap().contains("School not found in EduBase"));
    let view = bench.view().await;
    assert_eq!(view.state, State::NotSetUp);
    assert!(view.events[0].cause.contains("School not found in EduBase"));
}

#[tokio::test]
async fn a_callback_that_xod_confirms_makes_the_school_ready() {
    let bench = Bench::approved(required()).await;
    assert_eq!(bench.call_back().await, Ok(()));
    let view = bench.view().await;
    assert_eq!(view.state, State::Ready);
    assert_eq!(view.granted.len(), 3);
    let stored = bench.stored().await;
    assert!(stored.narrowed_at.is_none(), "nobody was known before");
    let sealed = stored.secret_sealed.unwrap();
    let secret = bench.simulator.secret(ESTAB).unwrap();
    assert!(!sealed.windows(secret.len()).any(|part| part == secret.as_bytes()));
    assert_eq!(bench.connections.open(bench.school.id, &sealed).unwrap().expose(), secret);
}

#[tokio::test]
async fn a_callback_that_is_not_right_is_refused_and_changes_nothing() {
    let bench = Bench::approved(required()).await;
    let before = bench.stored().await;
    for (field, value, refusal) in [
        ("thirdParty", "SomebodyElse", Refusal::Partner),
        ("partnerId", "other.example", Refusal::Partner),
        ("schoolId", "", Refusal::Uninvited),
        ("schoolId", "9999999", Refusal::Uninvited),
        ("schoolSecret", "", Refusal::NoSecret),
        ("schoolSecret", "made up", Refusal::SecretRejected),
        ("scopes", "SchoolLite,StaffLite,StudentLite,UPN", Refusal::ScopesDiffer),
    ] {
        assert_eq!(bench.call_back_with(field, value).await, Err(refusal), "{field}={value}");
        assert!(bench.stored().await == before, "{field}={value}");
    }
}

#[tokio::test]
async fn a_callback_for_a_school_that_was_not_invited_is_refused() {
    let bench = Bench::unconnected().await;
    bench.change(|school| school.authorisation.authorise(required().into()));
    assert_eq!(bench.call_back().await, Err(Refusal::Uninvited));
    assert_eq!(bench.state().await, State::NotSetUp);
}

#[tokio::test]
async fn a_callback_that_cannot_be_checked_changes_nothing() {
    let bench = Bench::approved(required()).await;
    let fields = bench.fields();
    let before = bench.stored().await;
    let Bench { simulator, connections, school, .. } = &bench;
    let url = simulator.url();
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let fault = r#"{"kind": "html", "times": 9}"#;
    let sent = reqwest::Client::new()
        .post(format!("{url}/_simulator/faults"))
        .header("content-type", "application/json")
        .body(fault)
        .send();
    assert!(sent.await.unwrap().status().is_success());
    let callback = Callback::parse(body.finish().as_bytes());
    let heard = connections.callback("203.0.113.7", callback).await.unwrap();
    assert_eq!(heard, Err(Refusal::Unchecked(XodError::NotJson { status: 200 })));
    assert!(connections.store.load_connection(school.id).await.unwrap() == before);
}

#[tokio::test]
async fn a_replayed_callback_with_a_dead_secret_changes_nothing() {
    let bench = Bench::ready().await;
    let old = bench.simulator.secret(ESTAB).unwrap();
    bench.change(|school| school.authorisation.authorise(required().into()));
    assert_eq!(bench.call_back().await, Ok(()));
    let before = bench.stored().await;
    let replayed = bench.call_back_with("schoolSecret", &old).await;
    assert_eq!(replayed, Err(Refusal::SecretRejected));
    assert!(bench.stored().await == before);
    assert_eq!(bench.check().await.state, State::Ready);
}

#[tokio::test]
async fn the_same_callback_twice_is_heard_twice_and_written_once() {
    let bench = Bench::ready().await;
    let before = bench.stored().await;
    let both = tokio::join!(bench.call_back(), bench.call_back());
    assert_eq!(both, (Ok(()), Ok(())));
    let after = bench.stored().await;
    assert_eq!((after.state, &after.granted), (State::Ready, &before.granted));
    let secret = |stored: StoredConnection| {
        bench.connections.open(bench.school.id, &stored.secret_sealed.unwrap()).unwrap()
    };
    assert_eq!(secret(before), secret(after));
}

#[tokio::test]
async fn any_callback_of_a_school_that_shares_already_marks_its_consent_as_changed() {
    let bench = Bench::ready().await;
    assert_eq!(bench.stored().await.narrowed_at, None);
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.stored().await.narrowed_at, Some(contract::minute(1)));
    let view = bench.view().await;
    assert!(view.events[0].cause.contains("looked at its consent again"), "{:?}", view.events);

    // Narrowed again before any run: the later time counts.
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.stored().await.narrowed_at, Some(contract::minute(2)));
}

#[tokio::test]
async fn of_two_callbacks_at_once_with_different_secrets_the_one_that_works_is_kept() {
    let bench = Bench::ready().await;
    let dead = bench.simulator.secret(ESTAB).unwrap();
    bench.change(|school| school.authorisation.authorise(required().into()));
    let both = tokio::join!(bench.call_back_with("schoolSecret", &dead), bench.call_back());
    assert_eq!(both, (Err(Refusal::SecretRejected), Ok(())));
    assert_eq!(bench.check().await.state, State::Ready);

    // One that is looked at while another is stored is not lost: it is looked at again.
    let stale = bench.stored().await;
    bench.change(|school| school.authorisation.authorise(required().into()));
    assert_eq!(bench.call_back().await, Ok(()));
    bench.change(|school| school.authorisation.authorise(required().into()));
    let newest = Secret::new(bench.simulator.secret(ESTAB).unwrap());
    let upon_stale =
        bench.connections.accept_upon(&bench.school, stale, &newest, None).await.unwrap();
    assert_eq!(upon_stale.err(), Some(Refusal::Overtaken));
    assert_eq!(bench.call_back().await, Ok(()));
    let sealed = bench.stored().await.secret_sealed.unwrap();
    assert_eq!(bench.connections.open(bench.school.id, &sealed).unwrap(), newest);
}

#[tokio::test]
async fn a_forged_callback_does_not_touch_the_token_of_the_secret_that_works() {
    let bench = Bench::ready().await;
    bench.check().await;
    let tokens =
        || bench.simulator.calls().iter().filter(|call| call.contains("/gettoken")).count();
    let before = tokens();
    bench.call_back_with("schoolSecret", "made up").await.unwrap_err();
    assert_eq!(tokens(), before + 1, "the made-up one was tried");
    bench.check().await;
    assert_eq!(tokens(), before + 1, "the one we held still serves");
}

#[tokio::test]
async fn too_many_callbacks_for_one_school_are_turned_away_before_groupcall_is_asked() {
    let bench = Bench::ready().await;
    for _ in 0..10 {
        bench.call_back_with("schoolSecret", "made up").await.unwrap_err();
    }
    let before = bench.simulator.calls().len();
    assert_eq!(bench.call_back().await, Err(Refusal::TooMany));
    assert_eq!(bench.simulator.calls().len(), before);
    bench.clock.advance(TimeDelta::minutes(2));
    assert_eq!(bench.call_back().await, Ok(()));
}

#[tokio::test]
async fn an_invitation_that_groupcall_did_not_confirm_may_be_answered_all_the_same() {
    for fault in [
        xod_simulator::FaultKind::Html,
        xod_simulator::FaultKind::Drop,
        xod_simulator::FaultKind::Truncate,
        xod_simulator::FaultKind::Status { status: 502, retry_after: None },
        xod_simulator::FaultKind::Field { name: "Status".into(), value: serde_json::json!([]) },
    ] {
        let bench = Bench::unconnected().await;
        bench.simulator.script(fault_at("schoolregister", fault.clone()));
        let problem = problem(bench.invite(Invite::default()).await.unwrap_err());
        assert!(problem.detail.unwrap().contains("may have gone out"), "{fault:?}");
        let view = bench.view().await;
        assert_eq!(view.state, State::Invited, "{fault:?}");
        assert!(view.events[0].cause.contains("did not confirm it"), "{:?}", view.events);

        bench.change(|school| school.authorisation.authorise(required().into()));
        assert_eq!(bench.call_back().await, Ok(()), "{fault:?}");
        assert_eq!(bench.state().await, State::Ready, "{fault:?}");
    }
}

#[tokio::test]
async fn a_management_key_that_groupcall_does_not_accept_is_not_the_schools_affair() {
    for status in [401, 403] {
        let bench = Bench::unconnected().await;
        let kind = xod_simulator::FaultKind::Status { status, retry_after: None };
        bench.simulator.script(xod_simulator::Fault { times: 2, ..fault_at("register", kind) });
        let problem = problem(bench.invite(Invite::default()).await.unwrap_err());
        assert!(problem.title.contains("platform’s own key"), "{status}: {}", problem.title);
        assert_eq!(bench.state().await, State::NotSetUp);
    }
}

#[tokio::test]
async fn after_a_new_invitation_a_look_does_not_fall_back_to_the_dead_consent() {
    let bench = Bench::ready().await;
    bench.change(|school| school.authorisation.revoke());
    assert_eq!(bench.check().await.state, State::SecretRejected);
    bench.invite(Invite::default()).await.unwrap();
    assert_eq!(bench.stored().await.secret_sealed, None);
    let view = bench.check().await;
    assert_eq!(view.state, State::Invited);
    assert!(view.message.unwrap().contains("not told us yet that the school has answered"));

    // A consent that was too little: its secret still works.
    let bench = Bench::approved([SimulatedScope::SchoolLite]).await;
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.state().await, State::Rejected);
    bench.invite(Invite::default()).await.unwrap();
    assert_eq!(bench.check().await.state, State::Invited);
    bench.change(|school| school.authorisation.granted.extend(required()));
    assert_eq!(bench.check().await.state, State::Ready);
}

#[tokio::test]
async fn a_first_answer_that_grants_nothing_is_a_rejection_and_a_later_one_a_withdrawal() {
    let bench = Bench::approved([]).await;
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.state().await, State::Rejected);

    let bench = Bench::ready().await;
    bench.change(|school| school.authorisation.granted.clear());
    assert_eq!(bench.check().await.state, State::Revoked);
    assert_eq!(bench.check().await.state, State::Revoked);
    // Given back in the same consent: the watch finds it by itself.
    bench.change(|school| school.authorisation.granted.extend(required()));
    bench.clock.advance(TimeDelta::minutes(11));
    bench.connections.check_waiting().await.unwrap();
    assert_eq!(bench.state().await, State::Ready);
}

#[tokio::test]
async fn a_connection_that_cannot_be_looked_at_does_not_stop_the_watch_over_the_others() {
    let bench = Bench::approved(required()).await;
    bench.change(|school| school.authorisation.installation = Installation::ToBook);
    assert_eq!(bench.call_back().await, Ok(()));
    bench.change(|school| school.authorisation.installation = Installation::Done);
    // Another school's secret was sealed with a key that is gone.
    let broken = contract::school(&bench.connections.store, "3281100").await;
    bench
        .connections
        .change(broken, |connection| {
            connection.state = State::Paused;
            connection.secret_sealed = Some(vec![1, 2, 3]);
            None
        })
        .await
        .unwrap();
    bench.clock.advance(TimeDelta::minutes(11));
    bench.connections.check_waiting().await.unwrap();
    assert_eq!(bench.state().await, State::Ready);
    let broken = bench.connections.store.load_connection(broken).await.unwrap();
    assert_eq!(broken.checked_at, Some(contract::minute(11)), "its next turn is in ten minutes");
}

#[tokio::test]
async fn a_consent_that_changes_while_it_is_read_gives_no_roster_or_one_that_says_so() {
    let bench = Bench::ready().await;
    let once = std::sync::atomic::AtomicBool::new(false);
    let given_again = |words: String| {
        let is_first = words.starts_with("Reading staff")
            && !once.swap(true, std::sync::atomic::Ordering::SeqCst);
        if is_first {
            bench.change(|school| {
                school.authorisation.granted.insert(SimulatedScope::Upn);
            });
        }
    };
    let error = bench.connections.read_roster(&bench.school, &given_again).await.unwrap_err();
    assert_eq!(problem(error).title, "Not everything arrived from Groupcall");
    bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();

    // Only the list of people changes.
    once.store(false, std::sync::atomic::Ordering::SeqCst);
    let listed_again = |words: String| {
        if words.starts_with("Reading staff") {
            bench.change(|school| school.authorisation.gdpr.students = vec!["1".into()]);
        }
    };
    let error = bench.connections.read_roster(&bench.school, &listed_again).await.unwrap_err();
    assert_eq!(problem(error).title, "Not everything arrived from Groupcall");
}

#[tokio::test]
async fn a_callback_that_arrives_while_the_school_is_read_marks_that_roster_too() {
    let bench = Bench::ready().await;
    let hears_one = |words: String| {
        if words.starts_with("Checking that") {
            let heard = futures::executor::block_on(bench.connections.change(
                bench.school.id,
                |connection| {
                    connection.narrow(contract::minute(1));
                    Some("Heard while it was read".into())
                },
            ));
            heard.unwrap();
        }
    };
    let roster = bench.connections.read_roster(&bench.school, &hears_one).await.unwrap();
    assert!(roster.may_be_narrowed);
}

#[tokio::test]
async fn a_refused_reading_says_its_own_reason_and_the_connection_is_looked_at() {
    let bench = Bench::ready().await;
    let refused = xod_simulator::FaultKind::Status { status: 403, retry_after: None };
    bench.simulator.script(fault_at("/students", refused));
    let html = xod_simulator::FaultKind::Html;
    let after_reading = |words: String| {
        if words.starts_with("Reading what") {
            // The look at the end fails in another way.
            bench.simulator.script(xod_simulator::Fault {
                after: 1,
                ..fault_at("tokendetails", html.clone())
            });
        }
    };
    let error = bench.connections.read_roster(&bench.school, &after_reading).await.unwrap_err();
    assert_eq!(problem(error).title, "The school does not share what is needed");
    assert!(bench.view().await.message.unwrap().contains("could not be read"));
}

fn fault_at(part: &str, kind: xod_simulator::FaultKind) -> xod_simulator::Fault {
    xod_simulator::Fault { matches: part.into(), after: 0, times: 1, kind }
}

#[tokio::test]
async fn too_many_callbacks_from_one_place_are_turned_away() {
    let bench = Bench::approved(required()).await;
    for _ in 0..30 {
        bench.call_back_with("partnerId", "other.example").await.unwrap_err();
    }
    assert_eq!(bench.call_back().await, Err(Refusal::TooMany));
    bench.clock.advance(TimeDelta::minutes(2));
    assert_eq!(bench.call_back().await, Ok(()));
}

#[tokio::test]
async fn without_a_required_scope_the_connection_is_rejected_and_says_which() {
    let bench = Bench::approved([SimulatedScope::SchoolLite, SimulatedScope::StaffLite]).await;
    assert_eq!(bench.call_back().await, Ok(()));
    let view = bench.view().await;
    assert_eq!(view.state, State::Rejected);
    assert!(view.message.unwrap().contains("pupil names, class and year"));
}

#[tokio::test]
async fn a_school_new_to_xod_waits_for_its_installation_and_is_then_found_ready() {
    let bench = Bench::approved(required()).await;
    bench.change(|school| school.authorisation.installation = Installation::ToBook);
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.state().await, State::InstallationPending);

    // The second callback is lost; the watch finds out by itself, in its time.
    bench.change(|school| school.authorisation.installation = Installation::Done);
    bench.clock.advance(TimeDelta::minutes(9));
    bench.connections.check_waiting().await.unwrap();
    assert_eq!(bench.state().await, State::InstallationPending);
    bench.clock.advance(TimeDelta::minutes(2));
    bench.connections.check_waiting().await.unwrap();
    let view = bench.view().await;
    assert_eq!(view.state, State::Ready);
    assert_eq!(view.events[0].cause, "The first data from the MIS has arrived");
}

#[tokio::test]
async fn a_school_that_is_choosing_people_is_paused_and_then_ready() {
    let bench = Bench::approved(required()).await;
    bench.change(|school| school.authorisation.paused = true);
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.state().await, State::Paused);
    bench.change(|school| school.authorisation.paused = false);
    assert_eq!(bench.check().await.state, State::Ready);
    assert_eq!(bench.view().await.granted.len(), 3);
}

#[tokio::test]
async fn while_a_school_is_paused_a_made_up_secret_does_not_replace_the_one_that_works() {
    let bench = Bench::ready().await;
    let before = bench.stored().await.secret_sealed;
    bench.change(|school| school.authorisation.paused = true);
    bench.call_back_with("schoolSecret", "made up").await.unwrap_err();
    assert!(bench.stored().await.secret_sealed == before);

    // Given again and paused at once: the old secret is dead, so the new one may take its place.
    bench.change(|school| {
        school.authorisation.authorise(required().into());
        school.authorisation.paused = true;
    });
    assert_eq!(bench.call_back().await, Ok(()));
    assert!(bench.stored().await.secret_sealed != before);
    bench.change(|school| school.authorisation.paused = false);
    assert_eq!(bench.check().await.state, State::Ready);
}

#[tokio::test]
async fn a_pause_and_a_changed_consent_mark_the_next_absences_as_explained() {
    let bench = Bench::ready().await;
    assert!(bench.stored().await.narrowed_at.is_none());
    bench.change(|school| {
        school.authorisation.granted.insert(SimulatedScope::Upn);
    });
    bench.clock.advance(TimeDelta::minutes(1));
    let view = bench.check().await;
    assert_eq!(view.events[0].cause, "The school now shares UPNs too");
    assert!(bench.stored().await.narrowed_at.is_some());

    let paused = Bench::ready().await;
    paused.change(|school| school.authorisation.paused = true);
    assert_eq!(paused.check().await.state, State::Paused);
    assert!(paused.stored().await.narrowed_at.is_some());
}

#[tokio::test]
async fn consent_given_anew_replaces_the_secret_and_marks_the_consent_as_changed() {
    let bench = Bench::ready().await;
    bench.change(|school| school.authorisation.authorise(required().into()));
    assert_eq!(bench.check().await.state, State::SecretRejected);
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!(bench.state().await, State::Ready);
    assert!(bench.stored().await.narrowed_at.is_some());
}

#[tokio::test]
async fn a_fault_of_groupcalls_takes_nothing_back_and_says_so() {
    let bench = Bench::ready().await;
    let before = bench.stored().await;
    bench.simulator.change(ESTAB, |school| school.authorisation.expire_tokens());
    let Bench { simulator, connections, school, .. } = bench;
    simulator.stop().await;
    let problem = problem(connections.check_now(&school).await.unwrap_err());
    assert_eq!(problem.kind, Kind::XodUnavailable);
    let after = connections.store.load_connection(school.id).await.unwrap();
    assert_eq!((after.state, after.granted), (before.state, before.granted));
    assert!(after.message.unwrap().starts_with("Groupcall could not be reached. Nothing was"));
}

#[tokio::test]
async fn a_secret_given_by_hand_is_checked_before_it_is_stored() {
    let bench = Bench::new(SchoolSpec::new(ESTAB).pupils(30)).await;
    let wrong = bench.connections.connect_with_secret(&bench.school, Secret::new("made up")).await;
    assert_eq!(wrong.unwrap().unwrap_err(), Refusal::SecretRejected);
    assert!(bench.stored().await == StoredConnection::default());
    let right = Secret::new(bench.simulator.secret(ESTAB).unwrap());
    let view = bench.connections.connect_with_secret(&bench.school, right).await.unwrap().unwrap();
    assert_eq!((view.state, view.granted.len(), view.asked.len()), (State::Ready, 6, 6));
}

#[tokio::test]
async fn a_connection_without_an_answer_yet_is_looked_at_without_harm() {
    let bench = Bench::invited().await;
    let view = bench.check().await;
    assert_eq!(view.state, State::Invited);
    assert!(view.checked_at.is_some() && view.message.is_some());
    let bench = Bench::unconnected().await;
    let error = bench.connections.check_now(&bench.school).await.unwrap_err();
    assert_eq!(problem(error).kind, Kind::NotConnected);
}

#[tokio::test]
async fn a_reading_finds_out_by_itself_that_the_school_has_paused_or_left() {
    let bench = Bench::ready().await;
    let roster = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    assert!(!roster.may_be_narrowed && roster.pupils.len() >= 30);
    bench.change(|school| school.authorisation.paused = true);
    let error = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap_err();
    assert!(problem(error).title.contains("paused"));
    assert_eq!(bench.state().await, State::Paused);
    bench.change(|school| {
        school.authorisation.paused = false;
        school.authorisation.revoke();
    });
    let error = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap_err();
    assert_eq!(problem(error).kind, Kind::XodRefused);
    assert_eq!(bench.state().await, State::SecretRejected);
}

#[tokio::test]
async fn a_changed_list_of_withheld_people_marks_the_roster() {
    let bench = Bench::ready().await;
    let read = async || bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    let first = read().await;
    bench.connections.store.save_roster(bench.school.id, &first).await.unwrap();
    assert!(!read().await.may_be_narrowed);
    let pupil = first.pupils[0].ids.id.clone();
    bench.change(|school| school.authorisation.gdpr.students = vec![pupil.clone()]);
    bench.clock.advance(TimeDelta::minutes(1));
    let second = read().await;
    assert!(second.may_be_narrowed);
    assert_eq!(bench.stored().await.narrowed_at, Some(second.read_at), "a run from it settles it");
    assert_eq!(second.withheld_pupils, BTreeSet::from([pupil]));
    assert!(bench.stored().await.narrowed_at.is_some());

    // Somebody nobody knew, and the same list with another meaning.
    for opt_in in [false, true] {
        let bench = Bench::ready().await;
        let first = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
        bench.connections.store.save_roster(bench.school.id, &first).await.unwrap();
        bench.change(|school| {
            school.authorisation.gdpr.opt_in = opt_in;
            school.authorisation.gdpr.students = vec!["999999".into()];
        });
        let second = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
        assert!(second.may_be_narrowed, "opt-in: {opt_in}");
    }
}

#[tokio::test]
async fn an_answer_says_who_gave_it_and_what_was_declined() {
    let bench = Bench::approved(required()).await;
    assert_eq!(bench.view().await.pending.len(), 4, "nobody has answered yet");
    assert_eq!(bench.call_back().await, Ok(()));
    let view = bench.view().await;
    assert_eq!((view.pending, view.declined), (vec![], vec![Scope::Upn]));
    let consents = bench.connections.store.list_consents(bench.school.id).await.unwrap();
    assert_eq!(consents[0].approved_by.as_deref(), Some("una@waterside.example"));
    assert_eq!((consents[0].granted.len(), consents[0].asked.len()), (3, 4));

    // ReadExtent for once more, it waits for the answer.
    bench.clock.advance(TimeDelta::minutes(1));
    let again = Invite { optional_scopes: vec![Scope::Upn], authoriser: None };
    let view = bench.invite(again).await.unwrap();
    assert_eq!((view.state, view.pending, view.declined), (State::Ready, vec![Scope::Upn], vec![]));
}

#[tokio::test]
async fn a_change_of_consent_is_shown_only_against_a_run_that_was_applied() {
    let bench = Bench::ready().await;
    bench.change(|school| {
        school.authorisation.granted.insert(SimulatedScope::Upn);
    });
    assert_eq!(bench.check().await.change, None, "no run has been applied");
}

#[tokio::test]
async fn every_read_is_recorded_with_the_fields_that_were_asked_for() {
    let bench = Bench::approved(required()).await;
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(bench.call_back().await, Ok(()));
    assert!(!bench.view().await.has_been_read);
    let roster = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    assert!(bench.view().await.has_been_read);
    let record = bench.connections.consent_record(&bench.school).await.unwrap();
    let [read] = record.reads.as_slice() else { panic!("{:?}", record.reads) };
    assert_eq!(read.pupils as usize, roster.pupils.len());
    assert!(read.fields["Students"].contains(&"Surname".to_owned()));
    assert!(!read.fields["Students"].contains(&"UPN".to_owned()), "it was not granted");
    assert_eq!(record.events.first().unwrap().state, State::Invited, "the oldest first");
}

#[tokio::test]
async fn a_callback_after_the_connection_was_ended_is_refused_as_uninvited() {
    let bench = Bench::ready().await;
    let admin = SignedInPerson {
        account: AccountId(uuid::Uuid::from_u128(1)),
        role: Role::Admin,
        forename: "Amara".into(),
        surname: "Okafor".into(),
        school: bench.school.clone(),
        seen_at: bench.clock.now(),
        expires_at: bench.clock.now(),
    };
    let asked = Disconnect { erase: false, confirmation: "disconnect ".into() };
    bench.clock.advance(TimeDelta::minutes(1));
    let view = bench.connections.disconnect(&admin, &asked).await.unwrap();
    assert_eq!((view.state, view.granted.len(), view.message), (State::NotSetUp, 0, None));
    assert_eq!(
        view.events[0].cause,
        "Amara Okafor ended the connection and kept what was imported"
    );
    assert_eq!(bench.call_back().await, Err(Refusal::Uninvited));
    assert_eq!(bench.state().await, State::NotSetUp);
    let consents = bench.connections.store.list_consents(bench.school.id).await.unwrap();
    assert!(consents.iter().all(|consent| consent.ended_at.is_some()));
    let again = bench.connections.disconnect(&admin, &asked).await.unwrap_err();
    assert_eq!(problem(again).kind, Kind::NotConnected);
}

#[tokio::test]
async fn a_read_that_ends_after_the_connection_was_ended_saves_nothing() {
    let bench = Bench::ready().await;
    let roster = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    let how = rollcall_store::disconnect::Disconnection {
        id: uuid::Uuid::from_u128(5),
        at: bench.clock.now(),
        actor: AccountId(uuid::Uuid::from_u128(1)),
        cause: "Ended",
        erase: false,
    };
    bench.connections.store.disconnect(bench.school.id, &how).await.unwrap();
    assert!(!bench.connections.store.save_roster(bench.school.id, &roster).await.unwrap());
}

fn full() -> [SimulatedScope; 3] {
    [SimulatedScope::School, SimulatedScope::Staff, SimulatedScope::Student]
}

#[tokio::test]
async fn a_school_that_approved_the_full_scopes_is_ready_and_shares_what_we_asked_for() {
    let bench = Bench::approved(full().into_iter().chain([SimulatedScope::Upn])).await;
    assert_eq!(bench.call_back().await, Ok(()));
    let view = bench.view().await;
    assert_eq!(view.state, State::Ready);
    let lite = [Scope::SchoolLite, Scope::StaffLite, Scope::StudentLite, Scope::Upn];
    assert_eq!((view.granted.as_slice(), view.declined), (lite.as_slice(), vec![]));
    let roster = bench.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    assert!(roster.pupils.len() >= 30);
    assert!(roster.pupils.iter().all(|pupil| pupil.date_of_birth.is_none()));
}

#[tokio::test]
async fn a_callback_may_name_the_lite_scopes_where_the_token_lists_the_full_ones() {
    let bench = Bench::approved(full()).await;
    let lite = "SchoolLite,StaffLite,StudentLite";
    assert_eq!(bench.call_back_with("scopes", lite).await, Ok(()));
    assert_eq!(bench.state().await, State::Ready);
    let more = "School,Staff,Student,UPN";
    assert_eq!(bench.call_back_with("scopes", more).await, Err(Refusal::ScopesDiffer));
}

#[tokio::test]
async fn a_full_scope_covers_no_other_than_its_own_lite_one() {
    let bench = Bench::approved([SimulatedScope::School, SimulatedScope::Student]).await;
    assert_eq!(bench.call_back().await, Ok(()));
    let view = bench.view().await;
    assert_eq!(view.state, State::Rejected);
    assert!(view.message.unwrap().contains("staff names and work e-mail"));
    // Names that only begin like a full one are none.
    let extended = [SimulatedScope::StaffExtended, SimulatedScope::StudentHistory];
    let bench = Bench::approved(extended).await;
    assert_eq!(bench.call_back().await, Ok(()));
    assert_eq!((bench.state().await, bench.view().await.granted), (State::Rejected, vec![]));
}

#[tokio::test]
async fn only_the_lite_scopes_are_ever_asked_for() {
    let bench = Bench::invited().await;
    let asked = bench
        .simulator
        .look(ESTAB, |school| school.authorisation.invitation.clone().unwrap().asked)
        .unwrap();
    let lite: BTreeSet<SimulatedScope> =
        required().into_iter().chain([SimulatedScope::Upn]).collect();
    assert_eq!(asked, lite);
}

#[tokio::test]
async fn a_pause_that_only_a_member_of_the_token_reply_tells_of_is_a_pause() {
    let bench = Bench::ready().await;
    bench.change(|school| {
        school.spec.dialect.pause_as_member = true;
        school.authorisation.paused = true;
        school.authorisation.expire_tokens();
    });
    bench.connections.xod.forget(&crate::mis::xod_estab(&bench.school.estab));
    assert_eq!(bench.check().await.state, State::Paused);
    bench.change(|school| school.authorisation.paused = false);
    assert_eq!(bench.check().await.state, State::Ready);
}

#[tokio::test]
async fn a_fault_at_http_200_takes_nothing_back_and_a_revocation_there_does() {
    let bench = Bench::ready().await;
    let body = |said: &str| xod_simulator::FaultKind::Body {
        body: serde_json::json!({ "ExceptionMessage": said }).to_string(),
    };
    let stays = |kind| xod_simulator::Fault { times: 9, ..fault_at("tokendetails", kind) };
    bench.simulator.script(stays(body("Something went wrong")));
    let error = bench.connections.check_now(&bench.school).await.unwrap_err();
    assert_eq!(problem(error).kind, Kind::XodUnavailable);
    assert_eq!(bench.state().await, State::Ready);
    bench.simulator.clear_faults();
    bench.simulator.script(stays(body("The authorisation was revoked")));
    assert_eq!(bench.check().await.state, State::SecretRejected);
}
