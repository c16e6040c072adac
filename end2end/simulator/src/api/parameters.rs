//! The query of a call: names without regard to case, values that are lists with commas.

use std::{collections::BTreeSet, convert::Infallible};

use axum::{extract::FromRequestParts, http::request::Parts};

/// The parameters of a call, their names in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(query: &str) -> Self {
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
                .collect(),
        )
    }

    /// The value of the parameter with this name in lower case; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    /// The parts of a list with commas, in lower case.
    pub(super) fn list(&self, name: &str) -> Option<BTreeSet<String>> {
        self.get(name).map(|value| {
            value
                .split(',')
                .map(|part| part.trim().to_ascii_lowercase())
                .filter(|part| !part.is_empty())
                .collect()
        })
    }

    /// All parameters but these, as they would be sent again.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_list_items_come_in_any_case() {
        let parameters = Parameters::parse("PageSize=2&OPTIONS=IncludeLeavers,%20includeGuests&x=");
        assert_eq!(parameters.get("pagesize"), Some("2"));
        let options = parameters.list("options").unwrap();
        assert!(options.contains("includeleavers") && options.contains("includeguests"));
        assert_eq!(parameters.get("x"), None);
    }
}
