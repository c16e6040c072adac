//! Whole schools, through the function that the wizard and the unattended run use.

use rollcall_shared::settings::Settings;

use super::super::{Accept, YearDecisions, decisions};
use crate::fixtures;

/// What is decided of a school whose year groups are these, with a Code after `=`.
fn decided(groups: &[&str], accept: Accept) -> YearDecisions {
    let mut roster = fixtures::roster(Vec::new(), Vec::new());
    roster.year_groups = (0..)
        .zip(groups)
        .map(|(place, text)| {
            let (name, code) = text.split_once('=').unwrap_or((text, ""));
            let mut group = fixtures::group(&place.to_string(), name);
            group.code = (!code.is_empty()).then(|| code.to_owned());
            group
        })
        .collect();
    decisions(&roster, &Settings::default(), accept)
}

/// `Year 1`, `Year 1?` where it is only likely, `-` where nothing is suggested.
fn suggested(groups: &[&str]) -> Vec<String> {
    let shown = |year: rollcall_shared::wizard::MisYear| match year.suggestion {
        None => "-".to_owned(),
        Some(found) => {
            let doubt = if found.certainty == super::Certain { "" } else { "?" };
            let year = found.year.to_string();
            let short = year.strip_prefix("Year ").unwrap_or(year.get(..1).unwrap());
            format!("{short}{doubt}")
        }
    };
    decided(groups, Accept::Nothing).years.into_iter().map(shown).collect()
}

/// The year groups, with commas between, and what is suggested for each.
fn are_read(groups: &str, expected: &str) {
    let groups: Vec<&str> = groups.split(',').collect();
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(suggested(&groups), expected);
}

mod an_english_school_is_certain {
    use super::*;

    cases!(
        are_read,
        as_an_infant_school("Nursery,Reception,Year 1,Year 2", "N R 1 2"),
        as_a_junior_school("3,4,5,6", "3 4 5 6"),
        as_a_primary_school_with_plain_names("N1,N2,R,1,2,3,4,5,6", "N N R 1 2 3 4 5 6"),
        as_a_primary_school_with_short_names(
            "Nursery AM,Nursery PM,YR,Y1,Y2,Y3,Y4,Y5,Y6",
            "N N R 1 2 3 4 5 6"
        ),
        as_a_primary_school_without_early_years("Y1,Y2,Y3,Y4,Y5,Y6", "1 2 3 4 5 6"),
        as_a_first_school("Year R,Year 1,Year 2,Year 3,Year 4", "R 1 2 3 4"),
        as_a_middle_school("Year 5,Year 6,Year 7,Year 8", "5 6 7 8"),
        as_a_middle_school_from_year_4("Year 4,Year 5,Year 6,Year 7", "4 5 6 7"),
        as_a_primary_school_with_a_year_7("R,1,2,3,4,5,6,7", "R 1 2 3 4 5 6 7"),
        as_a_secondary_school("7,8,9,10,11,12,13", "7 8 9 10 11 12 13"),
        as_an_all_through_school(
            "R,1,2,3,4,5,6,7,8,9,10,11,12,13",
            "R 1 2 3 4 5 6 7 8 9 10 11 12 13"
        ),
        where_nurseries_are_named_by_hours(
            "Nursery 15 hours,Nursery 30 hours,Reception,Year 1",
            "N N R 1"
        ),
        except_of_a_year_0("Year 0,Year 1,Year 2,Year 3", "R? 1 2 3"),
    );
}

mod names_with_something_beside_them {
    use super::*;

    cases!(
        are_read,
        are_read_as_sims_writes_them_with_two_spaces_and_codes(
            "Year  N2=N2,Year  R=R,Year  1=1,Year  2=2,Year  6=6",
            "N R 1 2 6"
        ),
        are_only_likely_right_where_the_codes_are_numbers_of_records(
            "Reception=10,Year 1=11,Year 2=12,Year 3=13",
            "R? 1? 2? 3?"
        ),
        are_read_where_numbers_stand_beside_words("Reception=R,Year One=1,Year Two=2", "R 1 2"),
        are_read_by_plain_codes_where_the_others_agree("Year 1=1,Year 2=2,Owls=3", "1 2 3?"),
        are_read_by_clean_codes_where_they_are_birds("Robins=Y1,Wrens=Y2,Owls=Y3", "1? 2? 3?"),
        are_only_likely_right_where_the_school_year_is_among_them(
            "2024-25 Reception,2024-25 Year 1",
            "R? 1?"
        ),
        are_only_likely_right_where_classes_say_the_year(
            "Class 1 (Reception),Class 2 (Year 1),Class 3",
            "R? 1? -"
        ),
        are_read_where_all_of_them_begin_with_year_group(
            "YearGroup R,YearGroup 1,YearGroup 2",
            "R 1 2"
        ),
    );
}

mod welsh_names {
    use super::*;

    cases!(
        are_read,
        are_read_by_themselves("Meithrin,Derbyn,Blwyddyn 1,Blwyddyn 2,Bl 6", "N R 1 2 6"),
        are_read_beside_english_ones("Derbyn / Reception,Blwyddyn 1 / Year 1", "R 1"),
        of_mixed_years_are_left_to_a_person(
            "Meithrin a Derbyn,Bl 1/2,Bl 3/4,Blwyddyn 5 a 6",
            "- - - -"
        ),
        are_read_in_words("Derbyn,Blwyddyn Un,Blwyddyn Chwech", "R 1 6"),
    );
}

mod scottish_years_are_left_to_a_person {
    use super::*;

    cases!(
        are_read,
        beside_a_nursery("Nursery,P1,P2,P3,P4,P5,P6,P7", "N - - - - - - -"),
        in_full("Primary 1,Primary 2,Primary 7", "- - -"),
        in_composite_classes("P1,P1/2,P2/3,4", "- - - -"),
        with_numbers_as_codes("P1=1,P2=2,P3=3", "- - -"),
        beside_years("P1,P2,Year 3,4", "- - - -"),
    );
}

mod years_1_to_7_without_a_reception_are_never_suggested {
    use super::*;

    cases!(
        are_read,
        as_northern_ireland_has_them(
            "Year 1,Year 2,Year 3,Year 4,Year 5,Year 6,Year 7",
            "- - - - - - -"
        ),
        as_numbers("1,2,3,4,5,6,7", "- - - - - - -"),
        beside_a_nursery_unit("Nursery,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N - - - - - - -"),
        beside_two_nurseries("Nursery AM,Nursery PM,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N N - - - - - - -"),
        beside_a_pre_school("Pre-school,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N - - - - - - -"),
        beside_a_foundation_unit("Foundation Unit,Y1,Y2,Y7", "- - - -"),
        beside_older_years("Y1,Y2,Y3,Y4,Y5,Y6,Y7,Y8", "- - - - - - - -"),
        where_years_are_mixed("Nursery,Y1/2,Y3/4,Y5/6,Y7", "N - - - -"),
        where_years_are_pairs("Y12,Y34,Y56,Y7", "- - - -"),
        where_the_codes_are_p1_and_p2("Year 1=P1,Year 2=P2", "- -"),
        where_birds_have_them_as_codes("Robins=Y1,Wrens=Y4,Owls=Y7", "- - -"),
        where_they_are_the_codes_too("Nursery=N,Year 1=1,Year 4=4,Year 7=7", "N - - -"),
    );
}

mod mixed_years_of_village_schools_are_left_to_a_person {
    use super::*;

    cases!(
        are_read,
        as_pairs("Foundation Unit,Y12,Y34,Y56", "- - - -"),
        as_pairs_beside_reception("R,Y12,Y34,Y56", "R - - -"),
        as_bare_pairs("Reception,12,34,56", "R - - -"),
        as_pairs_in_full("Reception,Year 12,Year 34,Year 56", "R - - -"),
        as_one_pair_among_years("Reception,Y12,Y3,Y4", "R - 3 4"),
        as_one_pair_and_nothing_else("Y12", "-"),
        as_other_pairs("YR,Y1,Y23,Y45,Y6", "R 1 - - 6"),
        as_threes("Reception,Y123,Y456", "R - -"),
        with_strokes("R/Y1,Y1/2,Y3/4,Y5/6", "- - - -"),
        with_and("Reception & Year 1,Years 2 & 3,Years 4 and 5,Year 6", "- - - 6"),
        with_to("Years 1-2,Years 3-6", "- -"),
        as_pairs_beside_year_7("Y12,Y34,Y56,Y78,Y7", "- - - - -"),
    );
}

mod years_10_to_13 {
    use super::*;

    cases!(
        are_read,
        are_not_suggested_alone("10,11,12,13", "- - - -"),
        are_not_suggested_in_a_sixth_form("Year 12,Year 13", "- -"),
        are_not_suggested_beside_year_6("Year 6,Year 11", "6 -"),
        are_suggested_beside_year_9("Year 9,Year 10,Year 11", "9 10 11"),
        are_suggested_beside_a_mixed_year_7("Year 7/8,Year 10", "- 10"),
    );
}

#[test]
fn nothing_in_doubt_is_remembered_by_a_run_that_nobody_watches() {
    for school in [
        ["Nursery", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"].as_slice(),
        &["Foundation Unit", "Y12", "Y34", "Y56"],
        &["P1", "P2", "P3"],
        &["12", "34", "56"],
    ] {
        for accept in [Accept::Certain, Accept::All] {
            let decisions = decided(school, accept);
            let accepted: Vec<&str> =
                decisions.accepted.iter().map(|mapping| mapping.name.as_str()).collect();
            assert!(accepted.iter().all(|&name| name == "Nursery"), "{accepted:?}");
            assert_eq!(decisions.undecided.len(), school.len() - accepted.len());
        }
    }
}
