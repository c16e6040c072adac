//! What a token stands for, which scopes there are, and who was opted out.

use std::sync::Arc;

use axum::{Json, extract::State};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{
    failure::{Failure, no_failure},
    token::Caller,
};
use crate::{
    school::{School, Scope},
    state::{Shared, World},
};

/// The application's name, as the service knows it.
const APPLICATION: &str = "Rollcall";

/// `GET /api/v1/TokenDetails`
pub(super) async fn token_details(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<Map<String, Value>>, Failure> {
    let world = shared.world();
    let (estab, scopes) = match &caller.estab {
        None => (String::new(), Vec::new()),
        Some(_) => {
            let school = school_of(&world, &caller)?;
            (school.estab().into(), school.granted_names())
        }
    };
    let mut details = Map::from_iter(no_failure());
    details.insert("Estab".into(), estab.into());
    details.insert(
        "Expires".into(),
        caller.expires.to_rfc3339_opts(SecondsFormat::Micros, true).into(),
    );
    details.insert("Name".into(), APPLICATION.into());
    details.insert("RelyingParty".into(), shared.app_id.clone().into());
    details.insert("Scopes".into(), scopes.into());
    Ok(Json(details))
}

/// `GET /api/v1/Scopes`
pub(super) async fn scopes(_: Caller) -> Json<Value> {
    let scopes: Vec<Value> = Scope::ALL
        .iter()
        .map(|scope| {
            json!({
                "Name": scope.name(),
                "Category": scope.category(),
                "Description": scope.description(),
            })
        })
        .collect();
    Json(json!({ "Scopes": scopes }))
}

/// `GET /api/v1/GDPRIDs`: people left out one by one, and those on the school's own list. Whole
/// groups that are left out do not show.
pub(super) async fn gdpr_ids(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<Map<String, Value>>, Failure> {
    let world = shared.world();
    let school = school_of(&world, &caller)?;
    let authorisation = &school.authorisation;
    let gdpr = &authorisation.gdpr;
    let mut students = gdpr.students.clone();
    let mut staff = gdpr.staff.clone();
    if !gdpr.opt_in {
        let left_out =
            school.pupils.iter().filter(|pupil| authorisation.left_out_pupils.contains(&pupil.id));
        students.extend(left_out.map(|pupil| school.pupil_feed_id(pupil)));
        let left_out =
            school.staff.iter().filter(|one| authorisation.left_out_staff.contains(&one.id));
        staff.extend(left_out.map(|member| school.staff_feed_id(member)));
    }
    let mut reply = Map::from_iter(no_failure());
    let row = json!({
        "IsOptIn": gdpr.opt_in,
        "Estab": school.estab(),
        "RelyingParty": shared.app_id,
        "MIS": null,
        "StudentIds": students,
        "StaffIds": staff,
        "ContactIds": [],
        "OtherIds": [],
    });
    reply.insert("GDPR".into(), vec![row].into());
    Ok(Json(reply))
}

/// The school that this token is for, unless it has paused the feed.
pub(super) fn school_of<'a>(world: &'a World, caller: &Caller) -> Result<&'a School, Failure> {
    let school = caller.estab.as_ref().and_then(|estab| world.schools.get(estab));
    let school = school.ok_or_else(|| Failure::forbidden("The token is not for a school."))?;
    if school.authorisation.paused {
        return Err(Failure::paused());
    }
    Ok(school)
}
