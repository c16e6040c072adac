//! The wizard's four questions: what it opens with, its one draft, the reading of the MIS behind
//! it, and the preview of usernames.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rollcall_engine::domain::roster::{Roster, RosterGroup};
use rollcall_engine::domain::time::timestamp;
use rollcall_engine::planner::naming::usernames;
use rollcall_engine::planner::year_groups::{Accept, decisions};
use rollcall_engine::planner::{Inputs, Newcomer, choice_of, newcomers, taken_usernames};
use rollcall_shared::people::PersonKind;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::{Settings, StaffScope, SubjectGroupChoice, YearMapping};
use rollcall_shared::wizard::{
    Draft, MisSubjectGroup, MisYear, RosterState, SaveDraft, Step, UsernamePreview, WizardView,
};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use rollcall_store::audit::AuditAction;
use rollcall_store::rosters::{ReadState, RosterRead};
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;
use rollcall_store::settings::Saved;

use super::reading::{GIVEN_UP_AFTER, is_due};
use super::runs;
use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;

/// No name of a year group or a subject group is longer.
const LONGEST_NAME: usize = 200;
/// No school has so many year groups, nor so many subject groups.
const MOST_YEARS: usize = 200;
const MOST_GROUPS: usize = 5_000;

/// What the wizard opens with.
///
/// # Errors
/// If something broke.
pub(crate) async fn view(state: &AppState, school: &StoredSchool) -> Result<WizardView> {
    let draft = state.store.load_draft(school.id).await?;
    // Looked at before the roster: a reading that ends in between is shown at the next look.
    let read = state.store.find_roster_read(school.id).await?;
    let roster = state.store.find_roster(school.id).await?.map(|stored| stored.roster);
    let decisions =
        roster.as_ref().map(|roster| decisions(roster, &draft.settings, Accept::Nothing));
    let decisions = decisions.unwrap_or_default();
    let undecided_years = count(decisions.undecided.len());
    let has_run_before = state.store.has_applied_run(school.id).await?;
    Ok(WizardView {
        resume_at: resume_at(&draft, has_run_before, undecided_years),
        has_run_before,
        roster: roster_state(read, roster.as_ref(), &draft.settings, state.clock.now()),
        years: decisions.years,
        undecided_years,
        subject_groups: roster.as_ref().map(subject_groups).unwrap_or_default(),
        going: state.store.find_going_run(school.id).await?,
        held: runs::held(state, school.id).await?,
        draft,
    })
}

/// The first step that has to be answered, else the summary. Once a run has been applied only year
/// groups that were never seen before are asked about.
fn resume_at(draft: &Draft, has_run_before: bool, undecided_years: u32) -> Step {
    let is_open = |step: &Step| match step {
        Step::Summary => true,
        Step::YearGroups if undecided_years > 0 => true,
        _ => !has_run_before && !draft.answered.contains(step),
    };
    Step::ALL.into_iter().find(is_open).unwrap_or(Step::Summary)
}

fn roster_state(
    read: Option<RosterRead>,
    roster: Option<&Roster>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> RosterState {
    let given_up_before = now - GIVEN_UP_AFTER;
    let was_cut_short = read.as_ref().is_some_and(|read| read.started_at < given_up_before);
    match (read.map(|read| read.state), roster) {
        (Some(ReadState::Reading { .. }), _) if was_cut_short => RosterState::Failed {
            title: "The reading was cut short".into(),
            detail: "Nothing was changed. Start it again.".into(),
            retry_at: None,
        },
        (Some(ReadState::Reading { doing }), _) => RosterState::Reading { doing },
        (Some(ReadState::Failed { title, detail, retry_at }), _) => {
            RosterState::Failed { title, detail, retry_at: retry_at.map(timestamp) }
        }
        (_, None) => RosterState::None,
        (_, Some(roster)) => RosterState::Ready {
            read_at: timestamp(roster.read_at),
            pupils: count(roster.pupils_on_roll().count()),
            staff: count(roster.staff.len()),
            classes: count(roster.classes.len()),
            subject_groups: count(roster.subject_groups.len()),
            is_old: is_due(roster, settings, now),
        },
    }
}

/// Saves a step's answers.
///
/// # Errors
/// `Stale`, naming who saved meanwhile, or `Unusable`.
pub(crate) async fn save(state: &AppState, admin: &SignedInPerson, asked: SaveDraft) -> Result<()> {
    check(&asked.settings)?;
    let school = admin.school.id;
    let before = state.store.load_draft(school).await?;
    let mut answered = before.answered;
    if !answered.contains(&asked.step) {
        answered.push(asked.step);
        answered.sort();
    }
    let (settings, name, now) = (&asked.settings, admin.name(), state.clock.now());
    let saved = state
        .store
        .save_draft(school, asked.version, settings, &answered, Some(&name), now)
        .await?;
    match saved {
        Saved::Saved(_) => {
            let changed = differences(&before.settings, settings);
            let detail = match changed.as_slice() {
                [] => format!("{}: nothing changed", asked.step.slug()),
                _ => format!("{}: {}", asked.step.slug(), changed.join(", ")),
            };
            record(state, admin, AuditAction::SettingsSaved, None, Some(&detail)).await
        }
        Saved::Stale(theirs) => Err(stale(&theirs, settings)),
    }
}

fn stale(theirs: &Draft, yours: &Settings) -> Error {
    let who = theirs.changed_by.as_deref().unwrap_or("Someone else");
    let differs = differences(&theirs.settings, yours);
    let what = match differs.as_slice() {
        [] => "They saved the same answers as you.".to_owned(),
        _ => format!("What they saved differs from your answers in: {}.", differs.join(", ")),
    };
    Problem::new(Kind::Stale, format!("{who} changed these answers while you had them open"))
        .detail(format!(
            "Your answers on this page were not saved, so that theirs are not lost. {what} Check \
             what they chose, then change what you want to be different."
        ))
        .into()
}

/// The answers in which two settings differ, as the wizard names them.
fn differences(one: &Settings, other: &Settings) -> Vec<&'static str> {
    let same = [
        (one.pupil_usernames == other.pupil_usernames, "pupils’ usernames"),
        (one.staff_usernames == other.staff_usernames, "staff usernames"),
        (one.staff_scope == other.staff_scope, "which staff to import"),
        (one.pupil_scope == other.pupil_scope, "which pupils to import"),
        (one.passwords == other.passwords, "passwords"),
        (one.year_mappings == other.year_mappings, "year groups"),
        (one.subject_groups == other.subject_groups, "subject groups"),
    ];
    same.into_iter().filter(|(is_same, _)| !is_same).map(|(_, name)| name).collect()
}

fn check(settings: &Settings) -> Result<()> {
    let unusable = |field: &str, message: &str| {
        Err(Problem::new(Kind::Unusable, "These answers can’t be used")
            .detail("Nothing was saved. Load the page again and answer once more.")
            .field(field, "unusable", message)
            .into())
    };
    let is_name = |name: &str| !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    let years = &settings.year_mappings;
    if years.len() > MOST_YEARS || !years.iter().all(|year| is_name(&year.name)) {
        return unusable("year_mappings", "A year group has a name of 200 characters at most");
    }
    let groups = &settings.subject_groups;
    if groups.len() > MOST_GROUPS || !groups.iter().all(|group| is_name(&group.mis_id)) {
        return unusable("subject_groups", "A subject group has an id of 200 characters at most");
    }
    let mut names = HashSet::new();
    let key = |year: &YearMapping| (year.name.clone(), year.code.clone());
    if !years.iter().all(|year| names.insert(key(year))) {
        return unusable("year_mappings", "A year group can be decided only once");
    }
    Ok(())
}

/// What each format would make of the school's own new people. Year groups that are not decided yet
/// count as ones that are imported, since the usernames are asked about first.
///
/// # Errors
/// If something broke.
pub(crate) async fn preview_usernames(
    state: &AppState,
    school: &StoredSchool,
    kind: PersonKind,
    staff_scope: Option<StaffScope>,
) -> Result<UsernamePreview> {
    let school_state = state.store.school_state(school.id).await?;
    let Some(stored) = state.store.find_roster(school.id).await? else {
        return Ok(usernames::preview::<u8>(kind, [], &taken_usernames(&school_state)));
    };
    let settings = state.store.load_draft(school.id).await?.settings;
    let mut settings = with_all_years(&stored.roster, settings);
    settings.staff_scope = staff_scope.unwrap_or(settings.staff_scope);
    let now = state.clock.now();
    let (roster, state) = (&stored.roster, &school_state);
    Ok(preview(kind, Inputs { roster, settings: &settings, state, now }))
}

/// The settings as if every year group that is not decided yet were imported: as suggested, or else
/// into any year, since that makes no difference to a username.
fn with_all_years(roster: &Roster, mut settings: Settings) -> Settings {
    let years = decisions(roster, &settings, Accept::All);
    settings.year_mappings.extend(years.accepted);
    let is_open = |year: &MisYear| year.decided.is_none() && year.suggestion.is_none();
    settings.year_mappings.extend(years.years.into_iter().filter(is_open).map(|year| {
        YearMapping {
            name: year.name,
            code: year.code,
            target: YearTarget::Import(YearGroup::Reception),
        }
    }));
    settings
}

fn preview(kind: PersonKind, inputs: Inputs<'_>) -> UsernamePreview {
    let mut taken = taken_usernames(inputs.state);
    let new = newcomers(inputs);
    let of_kind =
        |kind| new.iter().filter(move |person| person.kind == kind).map(Newcomer::to_name);
    if kind == PersonKind::Staff {
        // In a run the new pupils are named first.
        let format = inputs.settings.pupil_usernames;
        usernames::assign(of_kind(PersonKind::Pupil), format, &mut taken);
    }
    usernames::preview(kind, of_kind(kind), &taken)
}

fn subject_groups(roster: &Roster) -> Vec<MisSubjectGroup> {
    let names: HashMap<&str, String> = roster
        .staff
        .iter()
        .map(|one| (one.ids.id.as_str(), format!("{} {}", one.forename, one.surname)))
        .collect();
    let shown = |group: &RosterGroup| MisSubjectGroup {
        choice: choice_of(group, roster.mis.as_deref()),
        subject: group.subject.clone(),
        pupils: count(group.pupils.len()),
        staff: group.staff.iter().filter_map(|id| names.get(id.as_str()).cloned()).collect(),
    };
    let mut groups: Vec<MisSubjectGroup> = roster.subject_groups.iter().map(shown).collect();
    let order = |group: &MisSubjectGroup| {
        let SubjectGroupChoice { name, mis_id, .. } = group.choice.clone();
        (group.subject.clone(), name, mis_id)
    };
    groups.sort_by_cached_key(order);
    groups
}

fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures;

    use super::*;

    fn draft(answered: &[Step]) -> Draft {
        Draft {
            version: 1,
            settings: Settings::default(),
            answered: answered.to_vec(),
            changed_by: None,
            changed_at: None,
        }
    }

    #[test]
    fn goes_on_at_the_first_step_that_was_not_answered() {
        assert_eq!(resume_at(&draft(&[]), false, 0), Step::Usernames);
        assert_eq!(resume_at(&draft(&[Step::Usernames]), false, 3), Step::Passwords);
        let three = [Step::Usernames, Step::Passwords, Step::YearGroups];
        assert_eq!(resume_at(&draft(&three), false, 0), Step::SubjectGroups);
        assert_eq!(resume_at(&draft(&three), false, 1), Step::YearGroups);
        assert_eq!(resume_at(&draft(&Step::ALL), false, 0), Step::Summary);
    }

    #[test]
    fn next_time_only_new_year_groups_are_asked_about() {
        assert_eq!(resume_at(&draft(&[]), true, 0), Step::Summary);
        assert_eq!(resume_at(&draft(&[]), true, 1), Step::YearGroups);
    }

    #[test]
    fn the_preview_of_staff_knows_the_usernames_that_the_new_pupils_will_have() {
        let state = fixtures::state(vec![]);
        let settings = fixtures::settings();
        // JsmitH and JSmith are the same without case.
        let pupil = fixtures::pupil("1", "Jsmit Hill");
        let roster = fixtures::roster(vec![pupil], vec![fixtures::teacher("1", "Jo Smith")]);
        let inputs =
            Inputs { roster: &roster, settings: &settings, state: &state, now: fixtures::now() };
        let shown = preview(PersonKind::Staff, inputs);
        let ours = shown.formats.iter().find(|one| one.format == settings.staff_usernames).unwrap();
        assert_eq!((ours.clashes, ours.examples[0].username.as_str()), (1, "JSmith2"));
    }

    #[test]
    fn pupils_of_a_year_group_that_is_not_decided_yet_are_shown_and_counted_too() {
        let state = fixtures::state(vec![]);
        let decided = fixtures::pupil("1", "Amy Hill");
        let open = fixtures::pupil("2", "Zoe Li").in_year_group("juniors");
        let mut roster = fixtures::roster(vec![decided, open], vec![]);
        roster.year_groups.push(fixtures::group("juniors", "Juniors"));
        let settings = with_all_years(&roster, fixtures::settings());
        let inputs =
            Inputs { roster: &roster, settings: &settings, state: &state, now: fixtures::now() };
        assert_eq!(preview(PersonKind::Pupil, inputs).people, 2);
    }

    #[test]
    fn refuses_a_year_group_decided_twice_and_one_without_a_name() {
        let year = |name: &str| YearMapping {
            name: name.into(),
            code: None,
            target: YearTarget::DoNotImport,
        };
        let with = |year_mappings| Settings { year_mappings, ..Settings::default() };
        assert!(check(&with(vec![year("Year 1"), year("Year 2")])).is_ok());
        assert!(check(&with(vec![year("Year 1"), year("Year 1")])).is_err());
        assert!(check(&with(vec![year("  ")])).is_err());
    }
}
