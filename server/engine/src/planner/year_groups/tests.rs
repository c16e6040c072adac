use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::Certainty::{Certain, Likely};
use rollcall_shared::year_group::YearGroup::{Nursery, Reception};

use super::*;

fn year(number: u8) -> YearGroup {
    YearGroup::year(number).unwrap()
}

fn alone(name: &str, code: Option<&str>) -> Option<(YearGroup, Certainty)> {
    suggest(name, code, &YearContext::default()).map(|s| (s.year, s.certainty))
}

/// What is suggested for each of a school's year groups, given by name alone.
fn in_school(names: &[&str]) -> Vec<Option<(YearGroup, Certainty)>> {
    let context = YearContext::of(names.iter().map(|&name| (name, None)));
    names.iter().map(|name| suggest(name, None, &context).map(|s| (s.year, s.certainty))).collect()
}

#[test]
#[rustfmt::skip]
fn is_certain_of_the_names_met_in_real_data() {
    let table: &[(&[&str], YearGroup)] = &[
        (
            &[
                "Nursery", "NURSERY", " nursery ", "N", "N1", "N2", "N 1", "n2", "Year N",
                "Year N1", "Year  N2", "YN", "Yr N", "YN1", "FS1", "FS 1", "F1", "Foundation 1",
                "Foundation Stage 1", "Nursery AM", "Nursery PM", "Nursery (am)", "N AM",
                "Nursery - Morning", "Afternoon Nursery", "Nursery 1", "Nursery 2", "Pre-school",
                "Nursery 30 hours", "Nursery 15hrs", "30 hour Nursery", "N1 15 Hours",
                "Preschool", "Pre School", "PRE-SCHOOL", "Meithrin", "Meithrin Bore",
                "Meithrin Prynhawn", "Nur", "Nurs", "Nursery Group", "Curriculum Year N1",
            ],
            Nursery,
        ),
        (
            &[
                "Reception", "RECEPTION", "reception", "R", "r", "YR", "Y R", "Year R", "year r",
                "Yr R", "Yr. R", "Rec", "REC", "Recep", "Girls Reception", "Boys Reception", "00R",
                "0R", "FS2", "fs2", "F2", "FS 2", "Foundation 2", "Foundation Stage 2", "Derbyn", "Blwyddyn Derbyn", "Year Reception", "Yr Rec", "Reception AM",
                "Reception (R)", "Curriculum Year R", "NC Year R", "Reception / Rec", "YrR",
            ],
            Reception,
        ),
        (
            &[
                "Year 1", "Year  1", "YEAR 1", "Y1", "y1", "Yr1", "Yr 1", "01", "1", "Year One",
                "Y01",
            ],
            year(1),
        ),
        (&["Blwyddyn 1", "Bl 1", "Blwyddyn Un", "NCY1", "One", "Year 1 Girls"], year(1)),
        (
            &["Year  2", "Y2", "Yr2", "Yr. 2", "2", "02", "Year Two", "YEAR TWO", "Blwyddyn Dau"],
            year(2),
        ),
        (&["YearGroup 3", "YearGroup3", "Year_Group 3", "YrGrp 3", "YEARGROUP 03"], year(3)),
        (&["Year 3", "year 3", "Y3", "Year-3", "Year: 3", "Y_3", "3", "Blwyddyn Tri"], year(3)),
        (&["Year  4", "Y4", "Y 4", "Y.4", "4", "Year Group 4", "Yr Gp 4", "Year four"], year(4)),
        (&["Year 5", "Y05", "Yr05", "5", "Year5", "NC Year 5", "NCYear 5", "Boys Year 5"], year(5)),
        (
            &[
                "Year 6", "Y6", "Yr6", "Yr 6", "YR6", "YR 6", "Year Six", "6", "06", "Y06",
                "Yr 06", "Year 06", "Six", "Curriculum Year 6", "Curriculum Year  6",
                "National Curriculum Year 6", "Blwyddyn 6", "BLWYDDYN 6", "Bl 6", "Bl. 6", "Bl6",
                "Blwyddyn Chwech", "Year 6 (Y6)", "Year 6 / Y6", "Primary Year 6", "Year 6 - 6",
                "Y6 Boys", "YEAR6",
            ],
            year(6),
        ),
        (&["Year 7", "Y7", "7", "Year Seven"], year(7)),
        (&["Year 9", "09"], year(9)),
    ];
    for &(names, expected) in table {
        for name in names {
            assert_eq!(alone(name, None), Some((expected, Certain)), "{name}");
        }
    }
}

#[test]
fn is_only_likely_right_where_something_is_left_unread() {
    for (name, expected) in [
        ("Year 4 Oak", year(4)),
        ("Y4 - Mrs Green", year(4)),
        ("Year 6 2026", year(6)),
        ("Year 6 2025/26", year(6)),
        ("Y6A", year(6)),
        ("Year IV", year(4)),
        ("Yr", Reception),
        ("Reception Owls", Reception),
        ("EYFS Reception", Reception),
        ("Foundation Reception", Reception),
        ("Infant Reception", Reception),
        ("Reception 2026", Reception),
        ("Nursery Ducklings", Nursery),
        ("EYFS Nursery", Nursery),
        ("Early Years Nursery", Nursery),
        ("Lower Nursery", Nursery),
        ("-1", Nursery),
        ("0", Reception),
        ("00", Reception),
        ("Year 0", Reception),
        ("Y0", Reception),
        ("Yr 00", Reception),
        ("Blwyddyn 0", Reception),
        ("YR1", year(1)),
        ("EYFS2", Reception),
        ("EYFS 2", Reception),
        ("EYFS-2 Owls", Reception),
        ("EYFS1", Nursery),
        ("2024-25 Year 3", year(3)),
        ("2024/25 Year 3", year(3)),
        ("2024-2025 Reception", Reception),
        ("Year 3 24/25", year(3)),
        ("Reception 25-26", Reception),
        ("Class 1 (Reception)", Reception),
        ("Class 2 (Year 3)", year(3)),
        ("Class One - Nursery", Nursery),
        ("Reception Class 1", Reception),
        ("Dosbarth 2 (Blwyddyn 4)", year(4)),
        ("Room 7 Y5", year(5)),
    ] {
        assert_eq!(alone(name, None), Some((expected, Likely)), "{name}");
    }
}

mod nothing_is_suggested_for_names {
    use super::*;

    fn say_nothing<const N: usize>(names: [&str; N]) {
        for name in names {
            assert_eq!(alone(name, None), None, "{name}");
        }
    }

    #[rustfmt::skip]
    cases!(
        say_nothing,
        of_two_years([
            "Y1/2", "Y1/Y2", "Year 1/2", "Year 1 / 2", "Year 1-2", "Y1-2", "Year 1 & 2",
            "Year 1 and 2", "Years 1 and 2", "Years 3-6", "Y5+6", "Y5Y6", "Y34", "Y56", "Year 123",
            "R/1", "R/Y1", "YR/1", "YR/Y1", "R1", "Rec 1", "Reception/Year 1", "Reception & Year 1",
            "Reception 1", "N/R", "FS1/FS2", "Nursery and Reception", "Nursery/Reception",
            "Blwyddyn 1 a 2", "Derbyn/Bl 1", "Year 2 3", "Mixed Year 3", "Year 1 to 3", "F1/2",
            "Meithrin a Derbyn", "1/2", "5-6",
        ]),
        from_p1_to_p7([
            "P1", "P2", "P3", "P4", "P5", "P6", "P7", "p1", "P 1", "Primary 1", "Primary 7",
            "PRIMARY ONE", "P1 Red", "Primary 1/2", "P6/7",
        ]),
        that_a_word_turns_round([
            "Pre-Reception", "Pre Nursery", "Pre-Year 1", "Cyn-Feithrin", "Cyn Meithrin", "Ex Year 6",
            "Old Year 6", "Year 6 Leavers", "Leavers", "Future Year 1", "Reception 2027 Intake",
            "Next Year", "New Reception", "Not Year 6", "Guest Year 4", "2 year olds", "3 Year Olds",
            "Year 2 olds", "Nursery 2 year olds", "Rising 5s", "Age 5", "Ages 4-5",
            "After School Year 2", "Last Year",
        ]),
        with_a_number_of_something_else([
            "Class 1", "Class 6", "Form 1", "Form VI", "Grade 1", "Grade 6", "Sixth Form", "6th Form",
            "1st", "1st Year", "First Year", "Sixth", "Key Stage 1", "Key Stage 2", "KS1", "KS2", "S1",
            "J3", "Infants 1", "Oak 4", "4 Oak", "4B", "6A", "Room 3", "House 2", "Set 1", "Stage 1",
            "Level 2", "Early Years 1", "EY1", "EYFS3", "Upper 6", "Class 1/2",
            "Class 1 (Reception/Year 1)", "Class 12", "Dosbarth 3", "Room 5", "Year 3 24/26", "Unit 1", "Tiny 2s", "6 Year",
            "Clas 1", "Rang 2", "Group 1", "Group 6", "Part 2", "Day 3", "All 4", "School 2", "6 Girls",
            "Year -1", "Year −2",
        ]),
        of_early_years_that_may_be_either([
            "Foundation", "Foundation Stage", "FS", "F", "FS3", "F3", "F0", "EYFS", "Early Years",
            "Foundation Phase", "Kindergarten", "Toddlers", "Playgroup", "Cyfnod Sylfaen",
        ]),
        that_say_nothing_at_all([
            "", " ", "-", "?", "Owls", "Year", "Year X", "Year M", "X", "M", "Y", "Robins R", "Other",
            "SEN Base", "Year 14", "Year 99", "12345", "Year 6 12345", "2026", "Ⅵ", "年6",
            "Y10", "Y12", "12", "Year 13", "Year 11", "Foundation Unit", "Unallocated", "N/A", "No Year", "None", "-3", "14",
        ]),
    );
}

mod a_code {
    use super::*;

    type Read = (&'static str, &'static str, Option<(YearGroup, Certainty)>);

    fn is_read<const N: usize>(names_with_codes: [Read; N]) {
        for (name, code, expected) in names_with_codes {
            assert_eq!(alone(name, Some(code)), expected, "{name} with {code}");
        }
    }

    cases!(
        is_read,
        that_agrees_or_says_nothing_leaves_the_name_to_speak([
            ("Year  1", "1", Some((year(1), Certain))),
            ("Year  N2", "N2", Some((Nursery, Certain))),
            ("Reception", "R", Some((Reception, Certain))),
            ("Reception", "0", Some((Reception, Certain))),
            ("Year 4 Oak", "4", Some((year(4), Certain))),
            ("Year 4 Oak", "Y4", Some((year(4), Certain))),
            ("0", "R", Some((Reception, Certain))),
            ("4", "Y4", Some((year(4), Certain))),
            ("Year 4", "YEAR4-10233", Some((year(4), Likely))),
            ("Year 4", "10233", Some((year(4), Certain))),
            ("Year 4", "OAK", Some((year(4), Certain))),
        ]),
        that_disagrees_leaves_a_doubt([
            ("Year 4", "Y5", None),
            ("Year 4", "5", None),
            ("Year N2", "2", None),
            ("Year 4 Oak", "5", None),
            ("Reception", "1", None),
            ("4", "5", None),
            ("4", "Y5", None),
            ("4", "P5", None),
            ("Year 3", "3/4", Some((year(3), Likely))),
        ]),
        speaks_alone_where_the_name_says_nothing_and_it_names_the_year([
            ("Owls", "Y4", Some((year(4), Likely))),
            ("Owls", "Year 4", Some((year(4), Likely))),
            ("Owls", "R", Some((Reception, Likely))),
            ("Owls", "N2", Some((Nursery, Likely))),
            ("Owls", "4", None),
            ("Owls", "X", None),
            ("Robins", "R", None),
            ("Newts", "N", None),
            ("Foxes", "F2", None),
        ]),
        settles_no_doubtful_name([
            ("Y1/2", "1", None),
            ("Pre-Reception", "R", None),
            ("Class 6", "6", None),
        ]),
        tells_what_p1_to_p7_are_only_where_it_names_the_year([
            ("P1", "R", Some((Reception, Likely))),
            ("P1", "Year R", Some((Reception, Likely))),
            ("P3", "Y2", Some((year(2), Likely))),
            ("P1", "1", None),
            ("Year 4", "P4", None),
            ("Year 4", "P5", None),
            ("P1", "0", None),
            ("P1", "P1", None),
            ("Primary 4", "4", None),
            ("Primary 4", "3", None),
        ]),
    );
}

#[test]
fn plain_numbers_as_codes_speak_alone_where_the_others_agree() {
    let groups = [("Year 1", Some("1")), ("Year 2", Some("2")), ("Owls", Some("3"))];
    let context = YearContext::of(groups);
    let owls = suggest("Owls", Some("3"), &context).unwrap();
    assert_eq!((owls.year, owls.certainty), (year(3), Likely));

    let context = YearContext::of(groups.into_iter().chain([("Year 5", Some("4"))]));
    assert_eq!(suggest("Owls", Some("3"), &context), None);
}

#[test]
fn a_whole_primary_school_is_certain() {
    let names = ["N1", "N2", "R", "1", "2", "3", "4", "5", "6"];
    assert!(in_school(&names).iter().all(|s| matches!(s, Some((_, Certain)))));
    let names = ["Nursery AM", "Nursery PM", "YR", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6"];
    assert!(in_school(&names).iter().all(|s| matches!(s, Some((_, Certain)))));
}

#[test]
fn a_junior_middle_or_all_through_school_is_certain() {
    let junior = ["3", "4", "5", "6"];
    let middle = ["Year 5", "Year 6", "Year 7", "Year 8"];
    let all_through = ["R", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"];
    for names in [junior.as_slice(), &middle, &all_through] {
        assert!(in_school(names).iter().all(|s| matches!(s, Some((_, Certain)))), "{names:?}");
    }
}

#[test]
fn bare_numbers_beside_p1_to_p7_are_doubtful() {
    assert_eq!(in_school(&["P1", "P2", "3"]), [None, None, None]);
}

#[test]
fn yr1_beside_yr_may_be_reception_and_year_1() {
    let mixed = in_school(&["YR", "YR1", "Y2"]);
    assert_eq!(mixed, [Some((Reception, Certain)), None, Some((year(2), Certain))]);
    let plain = in_school(&["YR", "YR1", "YR2"]);
    assert_eq!(plain[1], Some((year(1), Certain)));
}

fn groups() -> Vec<YearGroupInMis<'static>> {
    [("Year  1", Some("1")), ("Reception Owls", None), ("Owls", None), ("Year  2", None)]
        .map(|(name, code)| YearGroupInMis { name, code, pupils: 30 })
        .to_vec()
}

fn accepted(decisions: &YearDecisions) -> Vec<(&str, YearTarget)> {
    decisions.accepted.iter().map(|mapping| (mapping.name.as_str(), mapping.target)).collect()
}

#[test]
fn nothing_is_accepted_unless_asked_for() {
    let decisions = decide(&Settings::default(), &groups(), Accept::Nothing);
    assert_eq!(decisions.accepted, []);
    assert_eq!(decisions.undecided, ["Year  1", "Reception Owls", "Owls", "Year  2"]);
    assert_eq!(decisions.years.iter().filter(|year| year.suggestion.is_some()).count(), 3);
    assert_eq!(decisions.years.iter().map(|year| year.pupils).sum::<u32>(), 120);
}

#[test]
fn accepts_certain_or_likely_suggestions_and_leaves_the_rest_open() {
    let year_1 = ("Year  1", YearTarget::Import(year(1)));
    let year_2 = ("Year  2", YearTarget::Import(year(2)));
    let decisions = decide(&Settings::default(), &groups(), Accept::Certain);
    assert_eq!(accepted(&decisions), [year_1, year_2]);
    assert_eq!(decisions.undecided, ["Reception Owls", "Owls"]);

    let decisions = decide(&Settings::default(), &groups(), Accept::All);
    let reception = ("Reception Owls", YearTarget::Import(Reception));
    assert_eq!(accepted(&decisions), [year_1, reception, year_2]);
    assert_eq!(decisions.undecided, ["Owls"]);
}

#[test]
fn what_was_decided_is_not_asked_again() {
    let mut settings = Settings::default();
    let decided = |name: &str, target| YearMapping { name: name.into(), code: None, target };
    settings.year_mappings = vec![
        decided("year 1", YearTarget::DoNotImport),
        decided("Owls", YearTarget::Import(year(1))),
    ];
    let decisions = decide(&settings, &groups(), Accept::All);
    assert_eq!(decisions.years[0].decided, Some(YearTarget::DoNotImport));
    assert_eq!(decisions.years[0].suggestion, None);
    assert_eq!(decisions.undecided, Vec::<String>::new());
    assert_eq!(accepted(&decisions).len(), 2);
}

mod schools;

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(name in ".{0,30}", code in proptest::option::of(".{0,8}")) {
            let _ = alone(&name, code.as_deref());
        }

        #[test]
        fn two_years_in_one_name_are_never_certain(
            a in 1_u8..=6, b in 1_u8..=6,
            marker in prop::sample::select(vec!["Y", "Yr", "Year ", "Blwyddyn ", ""]),
            between in prop::sample::select(vec!["/", "-", " & ", " and ", "+", " / "]),
        ) {
            prop_assume!(a != b);
            for name in [format!("{marker}{a}{between}{b}"), format!("{marker}{a}{between}{marker}{b}")] {
                prop_assert_eq!(alone(&name, None), None, "{}", name);
            }
        }

        #[test]
        fn case_and_spaces_do_not_change_the_year(number in 1_u8..=9, spaces in " {1,4}") {
            for word in ["year", "Year", "YEAR", "yr", "y", "Y", "Blwyddyn"] {
                let name = format!("{spaces}{word}{spaces}{number}{spaces}");
                prop_assert_eq!(alone(&name, None), Some((year(number), Certain)), "{}", name);
            }
        }
    }
}
