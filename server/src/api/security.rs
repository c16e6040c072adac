//! What keeps other sites out: the check that a request comes from our own pages, and the headers
//! that tell the browser what our pages may do.

use std::path::Path;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::routes;
use sha2::{Digest, Sha256};
use url::Url;

use crate::config::Config;
use crate::error::Error;
use crate::state::AppState;

/// Refuses what would change something and does not come from our own pages.
///
/// The browser says where a request comes from (`Sec-Fetch-Site`; where it is not sent, `Origin`),
/// and a page of another site can't send JSON without asking first. XoD's callback comes from a
/// server, form-encoded, and proves itself by what it carries: the one exception.
pub(super) async fn own_pages_only(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = request.method().is_safe();
    if is_safe || request.uri().path() == routes::XOD_CALLBACK {
        return next.run(request).await;
    }
    let headers = request.headers();
    if !is_own_page(headers, &state.config.public_url) {
        return foreign("This request did not come from one of our pages");
    }
    if !is_json_or_empty(headers) {
        return foreign("This request is not JSON");
    }
    next.run(request).await
}

fn foreign(title: &str) -> Response {
    let detail = "Nothing was changed. Open the page again and try from there.";
    Error::from(Problem::new(Kind::ForeignRequest, title).detail(detail)).into_response()
}

/// Refuses addresses with a NUL in them: nobody types one, and it can stand in no text of ours.
pub(super) async fn usable_addresses_only(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let has_nul = |text: &str| text.contains("%00");
    if has_nul(uri.path()) || uri.query().is_some_and(has_nul) {
        return unusable_character().into_response();
    }
    next.run(request).await
}

/// Something was sent with a character in it that can stand in no text.
pub(super) fn unusable_character() -> Error {
    Problem::new(Kind::Unusable, "What was sent has a character in it that can’t be used")
        .detail("Nothing was changed. Type it again, rather than pasting it.")
        .into()
}

fn is_own_page(headers: &HeaderMap, public_url: &Url) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    (host.is_some() && authority == host) || origin == public_url.origin().ascii_serialization()
}

fn is_json_or_empty(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) {
        Some(Ok(kind)) => kind
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")),
        Some(Err(_)) => false,
        None => {
            !headers.contains_key(header::TRANSFER_ENCODING)
                && headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
        }
    }
}

/// The headers of every reply, made once at the start.
#[derive(Clone, Debug)]
pub(super) struct SecurityHeaders(HeaderMap);

impl SecurityHeaders {
    /// Reads the built page, whose inline scripts alone may run inline.
    #[must_use]
    pub(super) fn new(config: &Config) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in FIXED {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let policy = content_security_policy(
            &inline_script_hashes(&config.app_dir),
            config.platform_logo.as_deref(),
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if config.is_https() {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
        Self(headers)
    }
}

const FIXED: [(&str, &str); 6] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Adds the security headers; what the API says is not to be kept by anybody on the way.
pub(super) async fn add_headers(
    State(SecurityHeaders(security)): State<SecurityHeaders>,
    request: Request,
    next: Next,
) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(security);
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn content_security_policy(script_hashes: &[String], logo: Option<&str>) -> String {
    let scripts: String = script_hashes.iter().map(|hash| format!(" '{hash}'")).collect();
    // A logo at another address is let in, and nothing else from there.
    let logo = logo
        .and_then(|logo| Url::parse(logo).ok())
        .filter(|logo| logo.scheme() == "https")
        .map(|logo| format!(" {}", logo.origin().ascii_serialization()))
        .unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         img-src 'self' data:{logo}; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

fn inline_script_hashes(app_dir: &Path) -> Vec<String> {
    let page = std::fs::read_to_string(app_dir.join("index.html")).unwrap_or_default();
    inline_scripts(&page)
        .map(|script| format!("sha256-{}", base64(&Sha256::digest(script.as_bytes()))))
        .collect()
}

/// The text of each script that stands in the page itself.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

/// Base64 as a hash stands in a policy (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get((bits & 63) as usize).map_or('=', |digit| *digit as char);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let padded = |at: usize, bits| if chunk.len() < at { '=' } else { digit(bits) };
            [digit(bits >> 18), digit(bits >> 12), padded(2, bits >> 6), padded(3, bits)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_page_of_ours_is_told_by_what_the_browser_says() {
        let ours = Url::parse("https://learn.example.org/").unwrap();
        for own in [
            headers(&[("sec-fetch-site", "same-origin")]),
            headers(&[("sec-fetch-site", "none")]),
            headers(&[("origin", "https://learn.example.org"), ("host", "inside:8080")]),
            headers(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]),
        ] {
            assert!(is_own_page(&own, &ours), "{own:?}");
        }
        for foreign in [
            headers(&[]),
            headers(&[("sec-fetch-site", "cross-site")]),
            headers(&[("sec-fetch-site", "same-site"), ("origin", "https://learn.example.org")]),
            headers(&[("origin", "https://evil.example"), ("host", "learn.example.org")]),
            headers(&[("origin", "null"), ("host", "null")]),
        ] {
            assert!(!is_own_page(&foreign, &ours), "{foreign:?}");
        }
    }

    #[test]
    fn a_form_is_not_json() {
        assert!(is_json_or_empty(&headers(&[("content-type", "application/json;charset=utf-8")])));
        assert!(is_json_or_empty(&headers(&[("content-length", "0")])));
        assert!(!is_json_or_empty(&headers(&[("content-type", "text/plain")])));
        assert!(!is_json_or_empty(&headers(&[("content-length", "12")])));
    }

    #[test]
    fn only_scripts_that_stand_in_the_page_are_hashed() {
        let page = "<script src=\"a.js\"></script><p><script type=\"module\">go()</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["go()"]);
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_logo_of_another_site_is_let_in_and_nothing_else() {
        let policy = content_security_policy(&[], Some("https://cdn.example.org/logo.svg"));
        assert!(policy.contains("img-src 'self' data: https://cdn.example.org;"));
        assert!(!policy.contains("unsafe-inline"));
    }
}
