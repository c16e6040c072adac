//! `POST /api/Manage/SchoolRegister`: the application asks schools for their consent.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{failure::Failure, token::Caller};
use crate::{
    onboarding::Asking,
    school::{Authoriser, Scope},
    state::{Shared, World},
};

/// One school of the request, its members' names in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Registered {
    leacode: String,
    dfescode: String,
    schoolcontactfirstname: String,
    schoolcontactlastname: String,
    schoolcontactemail: String,
    partnerapplicationid: String,
    partnername: String,
    partnerregisteredemail: String,
    scopestoauthorise: Option<Vec<String>>,
    weacceptgroupcallusagepolicy: bool,
}

#[derive(Debug, Deserialize)]
struct Registration {
    registrationtype: String,
    schools: Vec<Registered>,
}

pub(super) async fn register(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    if caller.estab.is_some() {
        return Err(Failure::forbidden("Registering schools needs a management token."));
    }
    let registration: Registration = serde_json::from_slice::<Value>(&body)
        .and_then(|body| serde_json::from_value(lower_names(body)))
        .map_err(|error| Failure::bad_request(format!("The body cannot be read: {error}.")))?;
    if !["live", "test"].contains(&registration.registrationtype.to_ascii_lowercase().as_str()) {
        return Err(Failure::bad_request("RegistrationType is Live or Test."));
    }
    let results: Vec<Value> = shared.change(|world| {
        registration.schools.iter().map(|school| register_one(&shared, world, school)).collect()
    });
    Ok(Json(json!({ "Schools": results })))
}

/// Sends one school its e-mail, or says why not. A status other than OK is the simulator's choice.
fn register_one(shared: &Shared, world: &mut World, registered: &Registered) -> Value {
    let result = asking(shared, world, registered);
    let (status, message) = match &result {
        Ok(_) => ("OK", Value::Null),
        Err(message) => ("Error", Value::from(message.as_str())),
    };
    if let Ok((estab, asking)) = result {
        world.invite(&estab, asking, shared.clock.now());
    }
    json!({
        "LeaCode": registered.leacode,
        "DfesCode": registered.dfescode,
        "Status": status,
        "Message": message,
    })
}

fn asking(
    shared: &Shared,
    world: &World,
    registered: &Registered,
) -> Result<(String, Asking), String> {
    let estab = format!("{}{}", registered.leacode, registered.dfescode);
    if !world.schools.contains_key(&estab) {
        return Err("School not found in EduBase".into());
    }
    if !registered.partnerapplicationid.eq_ignore_ascii_case(&shared.app_id) {
        return Err("Partner application not found".into());
    }
    if !registered.weacceptgroupcallusagepolicy {
        return Err("The usage policy has not been accepted".into());
    }
    if !registered.schoolcontactemail.contains('@') {
        return Err("School contact e-mail address is missing".into());
    }
    let scopes = match &registered.scopestoauthorise {
        // Without a list the application's own template counts.
        None => Scope::TEMPLATE.into(),
        Some(names) => names
            .iter()
            .map(|name| Scope::named(name).ok_or_else(|| format!("Scope {name} is not known")))
            .collect::<Result<BTreeSet<Scope>, String>>()?,
    };
    let name =
        format!("{} {}", registered.schoolcontactfirstname, registered.schoolcontactlastname);
    let asking = Asking {
        authoriser: Authoriser {
            name: name.trim().into(),
            email: registered.schoolcontactemail.clone(),
        },
        partner: registered.partnername.clone(),
        partner_email: registered.partnerregisteredemail.clone(),
        scopes,
    };
    Ok((estab, asking))
}

/// The same value with the names of all members in lower case, nulls left out.
fn lower_names(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.to_ascii_lowercase(), lower_names(value)))
                .collect::<Map<String, Value>>(),
        ),
        Value::Array(values) => values.into_iter().map(lower_names).collect(),
        other => other,
    }
}
