//! A draw that stays the same while what is drawn from changes little.

use rollcall_shared::formats::PasswordFormat;

/// Shares are told apart in so many parts of the whole: a pupil more or less changes no draw.
const PARTS: u32 = 8;

/// Draws a format as often as its share of the pupils, from a tag of each that nobody can foresee
/// (rendezvous hashing): where a share grows, only draws that it gains change. None of no pupils.
pub(super) fn by_weight(
    formats: &[(PasswordFormat, u32)],
    tag: impl Fn(PasswordFormat) -> [u8; 32],
) -> Option<PasswordFormat> {
    let all: u32 = formats.iter().map(|(_, pupils)| pupils).sum();
    let drawn = formats.iter().filter(|(_, pupils)| *pupils > 0).map(|&(format, pupils)| {
        let parts = (f64::from(pupils) * f64::from(PARTS) / f64::from(all.max(1))).round().max(1.0);
        (format, -uniform(tag(format)).ln() / parts)
    });
    drawn.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(format, _)| format)
}

/// A number above 0 and below 1.
fn uniform(tag: [u8; 32]) -> f64 {
    let [a, b, c, d, ..] = tag;
    (f64::from(u32::from_be_bytes([a, b, c, d])) + 0.5) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use PasswordFormat::{FiveLetterWord, PicturePin, TwoPicturePin};
    use sha2::{Digest, Sha256};

    use super::*;

    fn draw(name: u32, formats: &[(PasswordFormat, u32)]) -> Option<PasswordFormat> {
        by_weight(formats, |format| Sha256::digest(format!("{name} {}", format.code())).into())
    }

    #[test]
    fn each_format_is_drawn_as_often_as_pupils_have_it() {
        let formats = [(TwoPicturePin, 60), (PicturePin, 60), (FiveLetterWord, 120)];
        let drawn = |format| (0..4000).filter(|name| draw(*name, &formats) == Some(format)).count();
        assert!((900..1100).contains(&drawn(TwoPicturePin)));
        assert!((900..1100).contains(&drawn(PicturePin)));
        assert!((1900..2100).contains(&drawn(FiveLetterWord)));
        assert_eq!(draw(1, &[]), None);
    }

    #[test]
    fn a_pupil_more_or_less_changes_no_draw_and_a_new_year_few() {
        let before = [(PicturePin, 120), (FiveLetterWord, 240)];
        let one_more = [(PicturePin, 121), (FiveLetterWord, 238)];
        let new_year = [(TwoPicturePin, 60), (PicturePin, 120), (FiveLetterWord, 240)];
        let changed = |after: &[(PasswordFormat, u32)]| {
            (0..4000).filter(|name| draw(*name, &before) != draw(*name, after)).count()
        };
        assert_eq!(changed(&one_more), 0);
        assert!(changed(&new_year) < 800, "{}", changed(&new_year));
        let moved = (0..4000).filter(|name| {
            let (was, is) = (draw(*name, &before), draw(*name, &new_year));
            was != is && is != Some(TwoPicturePin)
        });
        assert!(moved.count() < 400, "the others stay, but for the rounding of their shares");
    }
}
