//! Tells the application what a school decided: a form-encoded POST, server to server.

use std::time::Duration;

use crate::{
    faults,
    school::{CallbackAttempt, Installation, School},
    state::Shared,
};

/// How many attempts are remembered for each school.
const REMEMBERED: usize = 20;

/// The client that callbacks go out with.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have chosen a provider already; then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(10)).build()
}

/// Calls the application back about a school, and notes how that went. Schools without a secret
/// have nothing to tell.
pub(crate) async fn send(shared: &Shared, estab: &str) -> Option<CallbackAttempt> {
    let (url, fields) = {
        let world = shared.world();
        (world.callback.clone(), fields(shared, world.schools.get(estab)?)?)
    };
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let mut attempt = CallbackAttempt {
        at: shared.clock.now(),
        fields: fields.into_iter().filter(|(name, _)| name != "schoolSecret").collect(),
        status: None,
        error: None,
    };
    if faults::loses_callback(&mut shared.world_mut()) {
        attempt.error = Some("lost on the way, as scripted".into());
    } else {
        let request = shared
            .http
            .post(&url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        match request.send().await {
            Ok(reply) => attempt.status = Some(reply.status().as_u16()),
            Err(error) => attempt.error = Some(error.without_url().to_string()),
        }
    }
    let outcome = attempt.error.as_deref().unwrap_or("answered");
    tracing::info!(estab, outcome, status = attempt.status, "called the application back");
    shared.change(|world| {
        if let Some(school) = world.schools.get_mut(estab) {
            let callbacks = &mut school.authorisation.callbacks;
            callbacks.push(attempt.clone());
            let too_many = callbacks.len().saturating_sub(REMEMBERED);
            callbacks.drain(..too_many);
        }
    });
    Some(attempt)
}

/// What the application is told. The flag of a completed installation is the simulator's choice.
fn fields(shared: &Shared, school: &School) -> Option<Vec<(String, String)>> {
    let authorisation = &school.authorisation;
    let asked = authorisation.invitation.as_ref().map_or(&authorisation.granted, |own| &own.asked);
    let asked: Vec<&str> = asked.iter().map(|scope| scope.name()).collect();
    let mut fields = vec![
        ("schoolSecret", school.secret()?),
        ("schoolId", school.estab().to_owned()),
        ("schoolEmail", school.contact_email()),
        ("schoolName", school.name.clone()),
        ("templateScopes", asked.join(",")),
        ("scopes", school.granted_names().join(",")),
        ("thirdParty", "XporterOnDemand".into()),
        ("partnerId", shared.app_id.clone()),
    ];
    if authorisation.installation == Installation::Done {
        fields.push(("installCompleted", "true".into()));
    }
    Some(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
