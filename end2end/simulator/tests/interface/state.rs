use xod_simulator::{Config, SchoolSpec, Simulator, StartError};

use crate::support::*;

fn config(state: &std::path::Path) -> Config {
    let school = SchoolSpec::new(ESTAB).pupils(30).seed(7);
    Config { state: Some(state.to_owned()), ..Config::on_a_free_port([school]) }
}

#[tokio::test]
async fn what_changed_is_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("simulator.json");
    let first = Simulator::start(config(&state)).await.unwrap();
    first.change(ESTAB, |school| {
        school.pupils[0].surname = "Changed".into();
        let granted = school.authorisation.granted.clone();
        school.authorisation.authorise(granted);
    });
    let mut client =
        Client { simulator: first, http: reqwest::Client::new(), token: String::new() };
    client.sign_in().await;
    let secret = client.simulator.secret(ESTAB);
    let Client { simulator, token, .. } = client;
    simulator.stop().await;

    let again = Simulator::start(config(&state)).await.unwrap();
    assert_eq!(again.secret(ESTAB), secret);
    assert_eq!(again.look(ESTAB, |school| school.pupils[0].surname.clone()).unwrap(), "Changed");
    let client = Client { simulator: again, http: reqwest::Client::new(), token };
    let details = client.get("/api/v1/TokenDetails").await;
    assert_eq!(details["Estab"], ESTAB, "tokens go on, too");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing is left beside the state file");
}

#[tokio::test]
async fn a_file_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("simulator.json");
    std::fs::write(&state, "not ours").unwrap();
    let refused = Simulator::start(config(&state)).await;
    assert!(matches!(refused, Err(StartError::State { .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "not ours", "it is left as it was");
}

#[tokio::test]
async fn a_taken_address_is_refused() {
    let first = Simulator::start(Config::on_a_free_port([])).await.unwrap();
    let config = Config { listen: first.address(), ..Config::default() };
    let refused = Simulator::start(config).await.unwrap_err();
    assert!(refused.to_string().starts_with("cannot listen on 127.0.0.1:"), "{refused}");
    let address = first.address();
    first.stop().await;
    let config = Config { listen: address, ..Config::default() };
    assert!(Simulator::start(config).await.is_ok(), "the address is free again");
}

#[tokio::test]
async fn a_stopped_simulator_answers_nobody_any_more() {
    let client = small_school().await;
    let details = client.authorised(client.http.get(client.at("/api/v1/TokenDetails")));
    assert!(details.try_clone().unwrap().send().await.is_ok());
    client.simulator.stop().await;
    assert!(details.send().await.is_err(), "not even on a connection that was open");
}
