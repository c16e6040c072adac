//! What a page's form or a script sends: fields, or JSON.

use std::convert::Infallible;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The fields of a form, in order; a name may come more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The value of a field, without the spaces around it; empty where it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
    }

    /// Every value of a field.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The same as JSON: an empty field is null.
    fn into_json(self) -> Value {
        let mut object = Map::new();
        for (name, value) in self.0 {
            let value = match value.trim() {
                "" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(value),
            };
            if !LISTS.contains(&name.as_str()) {
                object.insert(name, value);
            } else if let Value::Array(values) =
                object.entry(name).or_insert_with(|| Vec::<Value>::new().into())
                && !value.is_null()
            {
                values.push(value);
            }
        }
        Value::Object(object)
    }
}

/// The fields that are lists even with one value or none.
const LISTS: [&str; 2] = ["scopes", "classes"];

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = StatusCode;

    async fn from_request(request: Request, state: &S) -> Result<Self, StatusCode> {
        let body = Bytes::from_request(request, state).await;
        body.map(|body| Self::parse(&body)).map_err(|_| StatusCode::BAD_REQUEST)
    }
}

/// What a script (JSON) or a form says, as this type. An empty body says nothing at all.
#[derive(Debug)]
pub(crate) struct Given<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = (StatusCode, Json<Value>);

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let refuse =
            |reason: String| (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": reason })));
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| refuse(error.to_string()))?;
        let value = if is_form {
            Form::parse(&body).into_json()
        } else if body.is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(&body).map_err(|error| refuse(error.to_string()))?
        };
        serde_json::from_value(value).map(Self).map_err(|error| refuse(error.to_string()))
    }
}

/// Whether a page is wanted, by a browser, or JSON, by a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantsPage(pub bool);

impl<S: Send + Sync> FromRequestParts<S> for WantsPage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Ok(Self(accepts.is_some_and(|kinds| kinds.contains("text/html"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_the_same_as_json() {
        let form = Form::parse(b"forename=Ada&upn=&is_teacher=true&scopes=&scopes=UPN");
        assert_eq!(
            form.into_json(),
            json!({"forename": "Ada", "upn": null, "is_teacher": true, "scopes": ["UPN"]})
        );
    }
}
