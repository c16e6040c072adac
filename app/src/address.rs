//! Addresses with a query, as pages link to each other and as the API is asked.

use std::fmt::Display;

/// A query string being put together; what is empty is left out.
#[derive(Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds a text, if there is one.
    #[must_use]
    pub fn text(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(name);
            self.0.push('=');
            self.0.push_str(&String::from(js_sys::encode_uri_component(value)));
        }
        self
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub fn value(self, name: &str, value: Option<impl Display>) -> Self {
        let value = value.map(|value| value.to_string());
        self.text(name, value.as_deref())
    }

    /// Adds `name=true`, if it is set.
    #[must_use]
    pub fn flag(self, name: &str, set: bool) -> Self {
        self.text(name, set.then_some("true"))
    }

    /// The address with this query.
    #[must_use]
    pub fn on(self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}
