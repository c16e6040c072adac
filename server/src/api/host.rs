//! Under which name a request comes: a page of ours is served under our own name only, so that no
//! other site can be made of it by pointing a name at this server.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::routes;
use url::Url;

use crate::caller::{Caller, is_forwarded};
use crate::config::is_loopback;
use crate::error::Error;
use crate::state::AppState;

/// Anyone who watches over a server asks each machine, under whatever name it has there.
const UNDER_ANY_NAME: [&str; 2] = [routes::HEALTHZ, routes::READYZ];

/// How a request under another name than ours is refused.
pub(super) const MISDIRECTED: (u16, Kind) =
    (StatusCode::MISDIRECTED_REQUEST.as_u16(), Kind::ForeignRequest);

/// Whether this address is for all who ask.
pub(super) fn answers_under_any_name(path: &str) -> bool {
    UNDER_ANY_NAME.contains(&path)
}

/// Refuses what was asked for under another name than the public one.
pub(super) async fn own_name_only(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let public_url = &state.config.public_url;
    let is_for_all = answers_under_any_name(request.uri().path());
    if is_for_all || is_ours(request.uri(), request.headers(), public_url) {
        return next.run(request).await;
    }
    let (status, kind) = MISDIRECTED;
    let mut problem = Problem::new(kind, "This server does not answer under this name")
        .detail(format!("Nothing was changed. Open {public_url} instead."));
    problem.status = status;
    Error::from(problem).into_response()
}

/// Whether a request was made on this machine, as far as can be told: from here, under a name that
/// only this machine has, and not for somebody else.
pub(super) fn is_made_here(caller: Caller, uri: &Uri, headers: &HeaderMap) -> bool {
    let is_here = |host: &HeaderValue| {
        let url = host.to_str().ok().and_then(|host| url_of(host, "http"));
        url.is_some_and(|url| is_loopback(&url))
    };
    caller.is_loopback()
        && all(hosts(uri, headers, "http"), is_loopback)
        && !is_forwarded(headers)
        // A developer's proxy (`make dev`) says under which name it was asked, as others do.
        && headers.get_all("x-forwarded-host").iter().all(is_here)
}

/// Whether a request names us. On this machine alone any of its own names will do.
fn is_ours(uri: &Uri, headers: &HeaderMap, public_url: &Url) -> bool {
    all(hosts(uri, headers, public_url.scheme()), |host| {
        if is_loopback(public_url) {
            return is_loopback(host);
        }
        host.host() == public_url.host()
            && (host.port().is_none() || host.port() == public_url.port())
    })
}

/// Whether there are hosts, and each is so.
fn all(mut hosts: impl Iterator<Item = Option<Url>>, is_so: impl Fn(&Url) -> bool) -> bool {
    let is_so = |host: Option<Url>| host.is_some_and(|host| is_so(&host));
    hosts.next().is_some_and(is_so) && hosts.all(is_so)
}

/// Every host that a request names, as the address of its first page: HTTP/2 names it in the
/// address, HTTP/1 in a header, or in both.
fn hosts<'a>(
    uri: &'a Uri,
    headers: &'a HeaderMap,
    scheme: &'a str,
) -> impl Iterator<Item = Option<Url>> + 'a {
    let in_address = uri.authority().map(|authority| url_of(authority.as_str(), scheme));
    let in_headers = headers.get_all(header::HOST).iter();
    in_address.into_iter().chain(in_headers.map(move |host| url_of(host.to_str().ok()?, scheme)))
}

fn url_of(host: &str, scheme: &str) -> Option<Url> {
    // A name, a path or the like would be read as some other part of the address.
    host.parse::<Authority>().ok().filter(|host| !host.as_str().contains('@'))?;
    Url::parse(&format!("{scheme}://{host}/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(hosts: &[&str]) -> HeaderMap {
        hosts.iter().map(|host| (header::HOST, host.parse().unwrap())).collect()
    }

    fn asked(uri: &'static str, hosts: &[&str], public_url: &str) -> bool {
        is_ours(&Uri::from_static(uri), &named(hosts), &Url::parse(public_url).unwrap())
    }

    #[test]
    fn only_the_public_name_is_ours() {
        let ours = "https://learn.example.org/";
        for host in ["learn.example.org", "Learn.Example.ORG", "learn.example.org:443"] {
            assert!(asked("/", &[host], ours), "{host}");
        }
        for hosts in [
            &["evil.example"][..],
            &[],
            &[""],
            &["localhost"],
            &["127.0.0.1"],
            &["192.0.2.7"],
            &["learn.example.org.evil.example"],
            &["learn.example.org:8080"],
            &["learn.example.org:80"],
            &["learn.example.org@evil.example"],
            &["evil.example@learn.example.org"],
            &["learn.example.org/evil"],
            &["learn.example.org", "evil.example"],
            &["évil.example"],
        ] {
            assert!(!asked("/", hosts, ours), "{hosts:?}");
        }
        assert!(asked("/", &["learn.example.org:8443"], "https://learn.example.org:8443/"));
    }

    #[test]
    fn on_this_machine_every_name_of_its_own_is_ours() {
        let ours = "http://localhost:8080/";
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "localhost", "LOCALHOST:1"] {
            assert!(asked("/", &[host], ours), "{host}");
        }
        for host in ["rollcall.example:8080", "192.0.2.7:8080", "localhost.evil.example"] {
            assert!(!asked("/", &[host], ours), "{host}");
        }
    }

    #[test]
    fn http_2_names_the_host_in_the_address() {
        let ours = "https://learn.example.org/";
        assert!(asked("https://learn.example.org/wizard", &[], ours));
        assert!(!asked("https://evil.example/wizard", &[], ours));
        assert!(!asked("https://evil.example/", &["learn.example.org"], ours));
        assert!(!asked("https://learn.example.org/", &["evil.example"], ours));
    }

    #[test]
    fn what_a_proxy_passes_on_was_not_made_here() {
        let here = Caller::at([127, 0, 0, 1].into());
        let is_here = |caller, headers: &[(&'static str, &str)]| {
            let mut map = named(&["localhost:8080"]);
            for (name, value) in headers {
                map.insert(*name, value.parse().unwrap());
            }
            is_made_here(caller, &Uri::from_static("/api/messages"), &map)
        };
        assert!(is_here(here, &[]));
        assert!(is_here(here, &[("x-forwarded-host", "localhost:8080")]));
        assert!(!is_here(Caller::at([192, 0, 2, 7].into()), &[]));
        for header in [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("via", "1.1 proxy"),
            ("x-forwarded-host", "learn.example.org"),
            ("host", "learn.example.org"),
        ] {
            assert!(!is_here(here, &[header]), "{header:?}");
        }
    }
}
