//! What admins are written about syncs that nobody watched: that one waits for them, and what came
//! of a night. None of it names anybody but the admin who is written to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use rollcall_shared::plan::{ProblemCode, WarningCode};
use rollcall_store::outbox::SealedMail;
use rollcall_store::schools::StoredSchool;
use sha2::{Digest, Sha256};

use super::report::{Report, Status};
use crate::error::{Error, Result};
use crate::mail::Mail;
use crate::outbox::{Letterhead, to_admins};
use crate::state::AppState;

/// The pages that a message leads to.
struct Pages {
    summary: String,
    run: Option<String>,
    schedule: String,
}

/// Tells every admin that a sync waits for them, and why.
///
/// # Errors
/// If something broke.
pub(crate) async fn held(
    state: &AppState,
    school: &StoredSchool,
    why: &str,
) -> Result<Vec<SealedMail>> {
    let pages = pages(state, None);
    to_admins(state, school, |head| held_mail(head, why, &pages)).await
}

/// Tells every admin that a sync could not begin until somebody acts, and why.
///
/// # Errors
/// If something broke.
pub(crate) async fn not_begun(
    state: &AppState,
    school: &StoredSchool,
    why: &str,
) -> Result<Vec<SealedMail>> {
    let pages = pages(state, None);
    to_admins(state, school, |head| not_begun_mail(head, why, &pages)).await
}

/// Tells every admin what came of a night.
///
/// # Errors
/// If something broke.
pub(crate) async fn digest(
    state: &AppState,
    school: &StoredSchool,
    report: &Report,
    next_at: DateTime<Utc>,
) -> Result<Vec<SealedMail>> {
    // A run that changed nobody keeps no lists.
    let run = report.run_id.filter(|_| report.changes() > 0);
    let run = run.map(|run| state.config.page(&format!("runs/{run}")));
    let pages = pages(state, run);
    to_admins(state, school, |head| digest_mail(head, report, next_at, &pages)).await
}

/// A mark of what a person has to look at after a run: another one as soon as that is anything
/// else. None if there is nothing.
///
/// # Errors
/// If something broke.
pub(crate) fn needs(report: &Report) -> Result<Option<String>> {
    let waiting = waiting_for_a_year(report);
    if report.problems.is_empty() && report.possible_duplicates == 0 && waiting == 0 {
        return Ok(None);
    }
    let mut people: Vec<_> =
        report.problems.iter().map(|one| (one.role, &one.person, one.code)).collect();
    people.sort();
    let covered = (people, report.possible_duplicates, waiting);
    let json = serde_json::to_vec(&covered).map_err(Error::broken)?;
    Ok(Some(hex::encode(Sha256::digest(json))))
}

fn pages(state: &AppState, run: Option<String>) -> Pages {
    let page = |page| state.config.page(page);
    Pages { summary: page("wizard/summary"), run, schedule: page("users/nightly-sync") }
}

fn held_mail(head: &Letterhead<'_>, why: &str, pages: &Pages) -> Mail {
    let Letterhead { platform, school, forename } = head;
    let summary = &pages.summary;
    Mail {
        subject: format!("The MIS sync for {school} is waiting for you"),
        body: format!(
            "Hello {forename},\n\
             \n\
             The last sync for {school} found something that needs checking first. Nothing was \
             changed, and all accounts stay as they are until you have checked it.\n\
             \n\
             {why}\n\
             \n\
             Look at the summary, and finish it there if everything is right:\n\
             {summary}\n\
             \n\
             {platform}, for {school}\n"
        ),
    }
}

fn not_begun_mail(head: &Letterhead<'_>, why: &str, pages: &Pages) -> Mail {
    let Letterhead { platform, school, forename } = head;
    let schedule = &pages.schedule;
    Mail {
        subject: format!("The nightly sync for {school} could not start"),
        body: format!(
            "Hello {forename},\n\
             \n\
             The nightly sync for {school} could not start, and can’t until someone acts.\n\
             \n\
             {why}\n\
             \n\
             Its status, and when it runs next:\n\
             {schedule}\n\
             \n\
             {platform}, for {school}\n"
        ),
    }
}

fn digest_mail(
    head: &Letterhead<'_>,
    report: &Report,
    next_at: DateTime<Utc>,
    pages: &Pages,
) -> Mail {
    let Letterhead { platform, school, forename } = head;
    let came_of_it = match report.status {
        Status::Done => "is done",
        Status::Held => "is waiting for you",
        Status::Failed => "could not be finished",
    };
    let subject = format!("The nightly sync for {school} {came_of_it}");
    let mut parts = vec![format!("Hello {forename},"), format!("{subject}.")];
    parts.extend(report.message.clone());
    if report.status == Status::Done {
        parts.push(changes(report).join("\n"));
    }
    let needs = needs_in_words(report);
    if !needs.is_empty() {
        parts.push(format!("What needs your attention:\n{}", needs.join("\n")));
    }
    if let Some(run) = &pages.run {
        parts.push(format!("See what was done, person by person:\n{run}"));
    }
    if report.status != Status::Done || !needs.is_empty() {
        parts.push(format!("The summary of what is left to do:\n{}", pages.summary));
    }
    let next = next_at.with_timezone(&London).format("%A %-d %B at %H:%M");
    parts.push(format!(
        "The next one is on {next}. You can change when it runs, and when you get this e-mail, \
         here:\n{}",
        pages.schedule
    ));
    parts.push(format!("{platform}, for {school}"));
    Mail { subject, body: parts.join("\n\n") + "\n" }
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many people stand under each change.
fn changes(report: &Report) -> Vec<String> {
    let created = [
        (report.created.pupils, "pupil", "pupils"),
        (report.created.staff, "member of staff", "members of staff"),
    ];
    let created: Vec<String> = created
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    let mut lines = Vec::new();
    if !created.is_empty() {
        lines.push(format!("New: {}", created.join(" and ")));
    }
    let others = [
        ("Restored from the trash", report.restored),
        ("Left", report.left),
        ("Linked", report.linked),
        ("Moved", report.moved),
        ("Updated", report.updated),
    ];
    lines.extend(
        others
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(change, count)| format!("{change}: {count}")),
    );
    if lines.is_empty() {
        lines.push("No changes were needed.".into());
    }
    lines.push(format!("Unchanged: {}", report.unchanged));
    lines
}

/// What a person has to look at, a line each.
fn needs_in_words(report: &Report) -> Vec<String> {
    let mut problems: BTreeMap<ProblemCode, u32> = BTreeMap::new();
    for problem in &report.problems {
        *problems.entry(problem.code).or_default() += 1;
    }
    let mut lines: Vec<String> = problems
        .into_iter()
        .map(|(code, count)| {
            let who = counted(count, "person is", "people are");
            format!("- {who} not imported: {}", problem_words(code))
        })
        .collect();
    let waiting = waiting_for_a_year(report);
    if waiting > 0 {
        let who = counted(waiting, "pupil stays as they are", "pupils stay as they are");
        lines.push(format!("- {who}: no one has decided on their year group"));
    }
    if report.possible_duplicates > 0 {
        let who = counted(report.possible_duplicates, "possible duplicate", "possible duplicates");
        lines.push(format!("- {who} to be decided"));
    }
    lines
}

/// Pupils with an account whose year group nobody has decided on.
fn waiting_for_a_year(report: &Report) -> u32 {
    let of_a_year = |code: WarningCode| code == WarningCode::UnmappedYear;
    let waiting = report.warnings.iter().filter(|warning| of_a_year(warning.code)).count();
    u32::try_from(waiting).unwrap_or(u32::MAX)
}

const fn problem_words(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::NoEmail => "no e-mail address in the MIS",
        ProblemCode::SharedEmail => "an e-mail address that several people share",
        ProblemCode::EmailTaken => "an e-mail address that someone else has",
        ProblemCode::UnusableEmail => "an e-mail address that e-mail can’t be sent to",
        ProblemCode::NoUsableName => "no name that a username can be made from",
        ProblemCode::NoYearGroup => "no year group in the MIS",
        ProblemCode::UnmappedYear => "a year group that no one has decided on",
        ProblemCode::IdTwice => "a number or UPN that appears twice in the MIS",
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Created, Reported, Timings};
    use super::*;

    fn pages(run: Option<&str>) -> Pages {
        let page = |page: &str| format!("https://learn.example.org/{page}");
        Pages {
            summary: page("wizard/summary"),
            run: run.map(page),
            schedule: page("users/nightly-sync"),
        }
    }

    const HEAD: Letterhead<'_> =
        Letterhead { platform: "Bluebell", school: "Waterside Primary School", forename: "Amara" };

    fn report(status: Status) -> Report {
        Report {
            run: 3,
            run_id: None,
            status,
            dry_run: false,
            message: None,
            is_told: false,
            retry_after_seconds: None,
            created: Created::default(),
            linked: 0,
            updated: 0,
            moved: 0,
            restored: 0,
            left: 0,
            unchanged: 214,
            possible_duplicates: 0,
            not_imported: BTreeMap::new(),
            unmatched: 0,
            problems: Vec::new(),
            warnings: Vec::new(),
            seconds: 2.5,
            timings: Timings::default(),
        }
    }

    fn problem(person: &str, code: ProblemCode) -> Reported<ProblemCode> {
        Reported {
            person: Some(person.into()),
            role: Some("staff"),
            code,
            reason: format!("{person} has something wrong."),
            fix: Some("Put it right.".into()),
        }
    }

    fn eventful() -> Report {
        Report {
            created: Created { pupils: 3, staff: 1 },
            moved: 12,
            left: 1,
            possible_duplicates: 1,
            problems: vec![
                problem("Ida Stone", ProblemCode::NoEmail),
                problem("Ben Wood", ProblemCode::SharedEmail),
                problem("Zoe Li", ProblemCode::NoEmail),
            ],
            warnings: vec![Reported {
                person: Some("Kit Green".into()),
                role: Some("pupil"),
                code: WarningCode::UnmappedYear,
                reason: "Kit Green stays.".into(),
                fix: None,
            }],
            ..report(Status::Done)
        }
    }

    fn digest(report: &Report, run: Option<&str>) -> String {
        let next_at = "2026-09-09T04:30:00Z".parse().unwrap();
        let mail = digest_mail(&HEAD, report, next_at, &pages(run));
        format!("{}\n\n{}", mail.subject, mail.body)
    }

    #[test]
    fn the_message_about_a_hold_says_why_and_where_to_go() {
        let why = "18 of 90 pupils who are linked to your MIS would leave. If that is not so, \
                   something is missing in what your MIS shares: check it before you continue.";
        let mail = held_mail(&HEAD, why, &pages(None));
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body));
    }

    #[test]
    fn the_message_about_a_night_that_could_not_begin_says_why() {
        let why = "Your school has paused what it shares. Nothing was changed.";
        let mail = not_begun_mail(&HEAD, why, &pages(None));
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body));
    }

    #[test]
    fn the_digest_of_an_eventful_night_counts_and_names_nobody() {
        let text = digest(&eventful(), Some("runs/7"));
        for name in ["Ida", "Stone", "Ben", "Wood", "Zoe", "Kit", "Green"] {
            assert!(!text.contains(name), "{text}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_digest_of_a_night_on_which_nothing_changed_is_short() {
        insta::assert_snapshot!(digest(&report(Status::Done), Some("runs/7")));
    }

    #[test]
    fn the_digest_of_a_night_that_failed_says_why() {
        let failed = Report {
            message: Some(
                "Groupcall can’t be reached. Nothing was changed; all accounts are as they were."
                    .into(),
            ),
            ..report(Status::Failed)
        };
        insta::assert_snapshot!(digest(&failed, None));
    }

    #[test]
    fn the_digest_of_a_night_that_still_waits_repeats_it_in_a_line() {
        let why = "18 of 90 pupils who are linked to your MIS would leave.";
        let held = Report { message: Some(why.into()), ..report(Status::Held) };
        insta::assert_snapshot!(digest(&held, None));
    }

    #[test]
    fn what_needs_a_person_has_another_mark_when_it_is_another_thing() {
        let mark = |report: &Report| needs(report).unwrap();
        assert_eq!(mark(&report(Status::Done)), None);
        let mut night = eventful();
        let first = mark(&night);
        night.problems.reverse();
        night.moved = 0;
        assert_eq!(mark(&night), first, "the order and the changes do not matter");
        night.problems[0].person = Some("Somebody Else".into());
        assert_ne!(mark(&night), first);
    }
}
