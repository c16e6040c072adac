//! The school's own networks: learnt from its sign-ins, and put right by its admins.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::caller::Caller;

/// The fewest bits of a network that a school may call its own: a /16, or an IPv6 /32.
const WIDEST: (u8, u8) = (16, 32);

/// Whether one of these networks holds the caller.
#[must_use]
pub(crate) fn holds(networks: &[String], caller: &Caller) -> bool {
    let Some(caller) = read(&caller.network()) else { return false };
    networks.iter().any(|ours| read(ours).is_some_and(|ours| ours.contains(&caller)))
}

/// A network as it is kept, from what an admin typed: an address, or a range such as
/// `192.0.2.0/24`. An IPv6 address stands for its /64. Nothing, if it is no network, or one that no
/// school has for itself.
#[must_use]
pub(crate) fn tidied(typed: &str) -> Option<String> {
    let network = read(typed.trim())?.trunc();
    Some(match network {
        IpNet::V4(v4) if v4.prefix_len() == 32 => v4.addr().to_string(),
        IpNet::V4(v4) => (v4.prefix_len() >= WIDEST.0).then(|| v4.to_string())?,
        IpNet::V6(v6) if v6.prefix_len() > 64 => Caller::at(IpAddr::V6(v6.addr())).network(),
        IpNet::V6(v6) => (v6.prefix_len() >= WIDEST.1).then(|| v6.to_string())?,
    })
}

fn read(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> Caller {
        Caller::at(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_callers_in_it() {
        let ours = ["192.0.2.7", "198.51.100.0/24", "2001:db8:1:2::/64"].map(String::from);
        for inside in ["192.0.2.7", "198.51.100.200", "2001:db8:1:2:3::4", "::ffff:192.0.2.7"] {
            assert!(holds(&ours, &caller(inside)), "{inside}");
        }
        for outside in ["192.0.2.8", "198.51.101.1", "2001:db8:1:3::4", "::1"] {
            assert!(!holds(&ours, &caller(outside)), "{outside}");
        }
    }

    #[test]
    fn what_an_admin_types_is_tidied_or_is_no_network() {
        for (typed, kept) in [
            (" 192.0.2.7 ", Some("192.0.2.7")),
            ("192.0.2.7/24", Some("192.0.2.0/24")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
            ("2001:DB8:1::/48", Some("2001:db8:1::/48")),
            ("0.0.0.0/0", None),
            ("10.0.0.0/8", None),
            ("2000::/3", None),
            ("school", None),
            ("192.0.2.7:80", None),
            ("", None),
        ] {
            assert_eq!(tidied(typed).as_deref(), kept, "{typed}");
        }
    }
}
