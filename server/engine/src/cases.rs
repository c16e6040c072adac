//! Tables of cases, each of which is a test of its own.

/// Makes a test of each case of a table, so that a failure names the case and hides no other.
///
/// First stands the function that checks a case. Each case is written as a call: its name is the
/// test's, a sentence, and its arguments are the function's.
///
/// ```text
/// cases!(
///     reads_as,
///     a_year_in_words_is_read("Year One", "1"),
///     a_mixed_year_is_left_to_a_person("Year 1/2", "-"),
/// );
/// ```
///
/// Two tables of which cases have the same names stand in a module each. Where the cases are no
/// more than texts to try, a loop with a message that names the text does as well.
macro_rules! cases {
    ($check:ident, $($case:ident($($argument:expr),+ $(,)?)),+ $(,)?) => {
        $(
            #[test]
            fn $case() {
                $check($($argument),+);
            }
        )+
    };
}
