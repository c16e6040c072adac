//! Who calls: an address, found past the proxies that are trusted to say it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The machine that a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Caller(IpAddr);

impl Caller {
    /// The caller at an address; an IPv4 address in the dress of an IPv6 one is the IPv4 address.
    #[must_use]
    pub const fn at(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The network that belongs to one caller alone: an IPv4 address, or the /64 of an IPv6 one. A
    /// home has 2⁶⁴ addresses of its own, and may use another for each request.
    #[must_use]
    pub fn network(&self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => first_bits(address, 64),
        }
    }

    /// The network that an organisation has at the most, with 65,536 of those; none for IPv4.
    #[must_use]
    pub fn wider(&self) -> Option<String> {
        match self.0 {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(first_bits(address, 48)),
        }
    }

    /// Whether it is this machine itself.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.0.is_loopback()
    }
}

fn first_bits(address: Ipv6Addr, bits: u32) -> String {
    let mask = u128::MAX << (128 - bits);
    format!("{}/{bits}", Ipv6Addr::from_bits(address.to_bits() & mask))
}

/// The proxies whose word on who calls is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why proxies can't be trusted as they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxiesError {
    #[error("number {0} of them is neither an address nor a network")]
    NotANetwork(usize),
    #[error("number {0} of them covers every address, so anyone could pretend to be anyone else")]
    Everybody(usize),
}

/// A header that says who calls, and can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("X-Forwarded-For holds something that is not an address")]
pub struct NotAnAddress;

impl TrustedProxies {
    /// Reads addresses and networks with commas between them, such as `10.0.0.0/8, 192.0.2.7`.
    ///
    /// # Errors
    /// If one of them is neither, or is a network of everybody.
    pub fn parse(text: &str) -> Result<Self, ProxiesError> {
        let given = text.split(',').map(str::trim).filter(|text| !text.is_empty()).zip(1..);
        let networks = given.map(|(text, number)| {
            let network = text
                .parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| ProxiesError::NotANetwork(number))?;
            if network.prefix_len() == 0 {
                return Err(ProxiesError::Everybody(number));
            }
            Ok(network)
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a caller is one of them.
    #[must_use]
    pub fn hold(&self, Caller(address): Caller) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who calls, given who is at the other end of the connection and the headers
    /// `X-Forwarded-For`, in their order. Each proxy adds whom it was called by on the right; so
    /// from there on back, past all proxies that are trusted, the first that is not is the caller,
    /// whatever it says itself. Where all are trusted, it is the farthest.
    ///
    /// # Errors
    /// If a trusted proxy says something that is no address.
    pub fn caller<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> Result<Caller, NotAnAddress> {
        let mut caller = Caller::at(peer);
        let said = forwarded.rev().flat_map(|list| list.rsplit(|byte| *byte == b','));
        for entry in said.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty()) {
            if !self.hold(caller) {
                break;
            }
            caller = Caller::at(address(entry).ok_or(NotAnAddress)?);
        }
        Ok(caller)
    }
}

/// Headers by which a proxy says that a request is somebody else's.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

/// Whether a proxy says that a request is somebody else's.
#[must_use]
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED.iter().any(|name| headers.contains_key(*name))
}

/// An address as proxies write it: alone, with a port, an IPv6 one in brackets.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Caller {
        Caller::at(address.parse().unwrap())
    }

    fn found(trusted: &str, peer: &str, forwarded: &[&str]) -> Result<Caller, NotAnAddress> {
        let forwarded = forwarded.iter().map(|list| list.as_bytes());
        TrustedProxies::parse(trusted).unwrap().caller(peer.parse().unwrap(), forwarded)
    }

    #[test]
    fn a_caller_is_an_ipv4_address_or_an_ipv6_network_of_64_bits() {
        assert_eq!(at("192.0.2.7").network(), "192.0.2.7");
        assert_eq!(at("192.0.2.7").wider(), None);
        assert_eq!(at("::ffff:192.0.2.7"), at("192.0.2.7"));
        assert_eq!(at("2001:db8:1:2:3:4:5:6").network(), "2001:db8:1:2::/64");
        assert_eq!(at("2001:db8:1:2:ffff::1").network(), at("2001:db8:1:2::").network());
        assert_ne!(at("2001:db8:1:3::1").network(), at("2001:db8:1:2::1").network());
        assert_eq!(at("2001:db8:1:2::1").wider().unwrap(), "2001:db8:1::/48");
        for here in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert!(at(here).is_loopback(), "{here}");
        }
        assert!(!at("192.0.2.7").is_loopback());
    }

    #[test]
    fn only_a_trusted_proxy_says_who_calls() {
        let proxy = "10.0.0.5";
        for (trusted, peer, forwarded, caller) in [
            ("", proxy, &["203.0.113.9"][..], proxy),
            ("10.0.0.0/8", "192.0.2.7", &["203.0.113.9"], "192.0.2.7"),
            ("10.0.0.0/8", proxy, &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.5", proxy, &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.0/8", "::ffff:10.0.0.5", &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.0/8", proxy, &[], proxy),
            ("10.0.0.0/8", proxy, &["", " , "], proxy),
            // What the caller itself says stands on the left.
            ("10.0.0.0/8", proxy, &["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.0/8", proxy, &["rubbish, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.0/8", proxy, &["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            // Two proxies, one after the other.
            ("10.0.0.0/8,2001:db8::/32", proxy, &["203.0.113.9, 2001:db8::1"], "203.0.113.9"),
            ("10.0.0.0/8", proxy, &["203.0.113.9", "10.1.1.1"], "203.0.113.9"),
            ("10.0.0.0/8", proxy, &["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        ] {
            let context = format!("{trusted} {peer} {forwarded:?}");
            assert_eq!(found(trusted, peer, forwarded), Ok(at(caller)), "{context}");
        }
    }

    #[test]
    fn a_port_is_dropped_so_that_it_is_no_way_round_the_limits() {
        for said in ["203.0.113.9", "203.0.113.9:51234", " 203.0.113.9:1 ", "::ffff:203.0.113.9"] {
            assert_eq!(found("10.0.0.5", "10.0.0.5", &[said]), Ok(at("203.0.113.9")), "{said}");
        }
        for said in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(found("10.0.0.5", "10.0.0.5", &[said]), Ok(at("2001:db8::1")), "{said}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for said in ["unknown", "_hidden", "203.0.113", "203.0.113.9:", "[::1", "é", "1.2.3.4 5"] {
            assert_eq!(found("10.0.0.5", "10.0.0.5", &[said]), Err(NotAnAddress), "{said}");
            assert_eq!(found("", "10.0.0.5", &[said]), Ok(at("10.0.0.5")), "{said}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks_and_never_everybody() {
        for good in ["", " , ", "127.0.0.1", "::1, 10.0.0.0/8 ,2001:db8::/32"] {
            assert!(TrustedProxies::parse(good).is_ok(), "{good}");
        }
        for bad in ["true", "10.0.0.0/33", "10.0.0.0/8; ::1", "proxy.example.org"] {
            assert_eq!(TrustedProxies::parse(bad), Err(ProxiesError::NotANetwork(1)), "{bad}");
        }
        for bad in ["::1, 0.0.0.0/0", "::1, ::/0"] {
            assert_eq!(TrustedProxies::parse(bad), Err(ProxiesError::Everybody(2)), "{bad}");
        }
    }
}
