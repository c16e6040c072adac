//! Unique Pupil Numbers: thirteen characters, the first a check letter over the rest.

const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// The check letter for the twelve characters that follow it; `None` where they cannot be a UPN's.
#[must_use]
pub fn check_letter(rest: &str) -> Option<char> {
    if rest.len() != 12 {
        return None;
    }
    let mut sum = 0;
    for (index, byte) in rest.bytes().enumerate() {
        let value = match byte {
            b'0'..=b'9' => usize::from(byte - b'0'),
            _ if index == 11 => LETTERS.iter().position(|letter| *letter == byte)?,
            _ => return None,
        };
        sum += value * (index + 2);
    }
    LETTERS.get(sum % 23).map(|letter| char::from(*letter))
}

/// Whether the check letter of this UPN is the right one.
#[must_use]
pub fn has_right_check_letter(upn: &str) -> bool {
    upn.split_at_checked(1).is_some_and(|(letter, rest)| {
        check_letter(rest).is_some_and(|right| letter.starts_with(right))
    })
}

/// A UPN of these twelve characters.
pub(crate) fn with_check_letter(rest: &str) -> Option<String> {
    check_letter(rest).map(|letter| format!("{letter}{rest}"))
}

/// The same UPN with a check letter that is wrong.
pub(crate) fn spoil_check_letter(upn: &str) -> String {
    let rest = upn.get(1..).unwrap_or_default();
    let wrong = if upn.starts_with('A') { 'B' } else { 'A' };
    format!("{wrong}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_check_letter_of_a_known_upn() {
        // 8·2 + 2·3 + 3·4 + 4·5 + 3·6 + 2·7 + 1·8 + 0·9 + 8·10 + 0·11 + 0·12 + 1·13 = 187,
        // and 187 mod 23 is 3: the fourth letter.
        assert_eq!(check_letter("823432108001"), Some('D'));
        assert!(has_right_check_letter("D823432108001"));
    }

    #[test]
    fn a_spoilt_check_letter_is_wrong() {
        let upn = with_check_letter("328110221007").unwrap();
        assert!(has_right_check_letter(&upn));
        assert!(!has_right_check_letter(&spoil_check_letter(&upn)));
    }

    #[test]
    fn a_temporary_upn_ends_in_a_letter() {
        let upn = with_check_letter("32811022100B").unwrap();
        assert!(has_right_check_letter(&upn));
        assert_eq!(check_letter("3281102A1007"), None, "a letter elsewhere is no UPN");
    }
}
