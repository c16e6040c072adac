//! The settings as the summary shows them, each with a "Change" link.

use leptos::prelude::*;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::settings::{PupilScope, Settings, StaffScope};
use rollcall_shared::wizard::Step;
use rollcall_shared::year_group::YearTarget;

use super::which_pupils::other_pupils;
use super::words::{counted, joined};
use crate::address;
use crate::state::draft::use_wizard;

/// The answers of steps 1 to 4, each with a link to change it.
pub fn settings_list() -> AnyView {
    listed(&use_wizard().settings(), true)
}

/// The answers that a run was made with.
pub fn settings_of_run(settings: &Settings) -> AnyView {
    listed(settings, false)
}

fn listed(settings: &Settings, can_change: bool) -> AnyView {
    let line = |what, answer, step: Step| line(what, answer, can_change.then_some(step));
    let usernames = [
        ("Pupils’ usernames", settings.pupil_usernames),
        ("Staff usernames", settings.staff_usernames),
    ]
    .map(|(what, format)| {
        let answer = format!("{}, such as {}", format.label(), format.of_john_smith());
        line(what, vec![answer], Step::Usernames)
    });
    let staff = match settings.staff_scope {
        StaffScope::TeachersOnly => "Only teachers",
        StaffScope::AllStaff => "All staff",
    };
    view! {
        <dl class="settings">
            {usernames}
            {line("Which staff", vec![staff.to_owned()], Step::Usernames)}
            {line("Which pupils", vec![which_pupils(settings.pupil_scope)], Step::YearGroups)}
            {line("New pupils’ passwords", passwords(settings), Step::Passwords)}
            {line("Year groups", vec![years(settings)], Step::YearGroups)}
            {line("Subject groups", vec![groups(settings)], Step::SubjectGroups)}
        </dl>
    }
    .into_any()
}

fn line(what: &'static str, answer: Vec<String>, step: Option<Step>) -> AnyView {
    let change = step.map(|step| {
        view! {
            <dd>
                <a href=address::change(step)>
                    "Change" <span class="visually-hidden">" " {what}</span>
                </a>
            </dd>
        }
    });
    let answer = answer.into_iter().map(|line| view! { <span class="line">{line}</span> });
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{answer.collect_view()}</dd>
            {change}
        </div>
    }
    .into_any()
}

fn which_pupils(scope: PupilScope) -> String {
    let besides: Vec<String> = other_pupils(scope).map(|(_, name)| name.to_lowercase()).collect();
    if besides.is_empty() {
        "Those on roll".to_owned()
    } else {
        format!("Those on roll, and {}", joined(&besides))
    }
}

/// Each password format with the years that have it.
fn passwords(settings: &Settings) -> Vec<String> {
    PasswordFormat::ALL
        .into_iter()
        .filter_map(|format| {
            let years: Vec<String> = settings
                .passwords
                .iter()
                .filter(|(_, chosen)| **chosen == format)
                .map(|(year, _)| year.to_string())
                .collect();
            (!years.is_empty()).then(|| format!("{}: {}", joined(&years), format.label()))
        })
        .collect()
}

fn years(settings: &Settings) -> String {
    let (imported, left_out): (Vec<_>, Vec<_>) = settings
        .year_mappings
        .iter()
        .partition(|mapping| matches!(mapping.target, YearTarget::Import(_)));
    let imported = counted(count(&imported), "year group is known", "year groups are known");
    if left_out.is_empty() {
        imported
    } else {
        let names: Vec<String> = left_out.iter().map(|left| left.name.clone()).collect();
        format!("{imported}; not imported: {}", joined(&names))
    }
}

fn groups(settings: &Settings) -> String {
    if settings.subject_groups.is_empty() {
        "None".to_owned()
    } else {
        counted(count(&settings.subject_groups), "subject group", "subject groups")
    }
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
