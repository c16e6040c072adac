//! E-mail addresses.

use email_address::EmailAddress;

/// No address is longer.
const LONGEST_ADDRESS: usize = 200;

/// Whether mail can be sent there: a mailbox at a domain, as those who send it read addresses. One
/// rule for what is typed and what an MIS has, so that nobody gets an account whose message is
/// refused afterwards.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_ADDRESS
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['"', '['])
        && text.rsplit_once('@').is_some_and(|(mailbox, domain)| {
            EmailAddress::is_valid_local_part(mailbox)
                && EmailAddress::is_valid_domain(domain)
                && domain.contains('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_addresses_from_other_texts() {
        for good in ["a@x.org", "a.b+c@x.sch.uk", "o'brien@x.org"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "n/a",
            "a@x",
            "@x.org",
            "a b@x.org",
            "a@x.org; b@x.org",
            "a@@x.org",
            " a@x.org",
            "a..b@x.org",
            ".a@x.org",
            "a@.x.org",
            "a@x.org.",
            "\"a b\"@x.org",
            "a@[127.0.0.1]",
            "jané@x.org",
            "Jane <a@x.org>",
            "a@x.org\r\nBcc: b@x.org",
            "a\r\n@x.org",
            "a@x.org\n",
            "a\0@x.org",
            "a\u{7f}@x.org",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
