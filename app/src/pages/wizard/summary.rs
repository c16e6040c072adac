//! The summary: what will happen, before it happens, and the button that makes it happen.

use leptos::prelude::*;
use rollcall_shared::page::Page;
use rollcall_shared::plan::{
    ClassCounts, Guard, GuardKind, PlanList, PlanPerson, PlanQuery, PlanSummary, Rollover,
};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunCause;
use rollcall_shared::wizard::{RosterState, Step};
use rollcall_shared::{provider, service};

use super::changes::{Lists, News, counts_table, guarded_table, problem_table};
use super::chosen::settings_list;
use super::finish::FinishForm;
use super::words::{Listed, counted, joined, list_address};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Button, Loaded, Look, Notice, PageShell, ProblemPanel, Tone};
use crate::dates::moment;
use crate::state::draft::use_wizard;

/// The page of step 5.
#[component]
pub fn Summary() -> impl IntoView {
    let wizard = use_wizard();
    let problem = RwSignal::new(None::<Problem>);
    let news = RwSignal::new(None::<String>);
    let failed = RwSignal::new(None::<Problem>);
    let make = Action::new_local(move |(): &()| async move {
        match wizard.make_plan().await {
            // The page was open so long that what the MIS said is out of date.
            Err(problem) if problem.kind == Kind::Stale => wizard.read_again(),
            made => failed.set(made.err()),
        }
    });
    // Made on each visit: while nothing has changed it is the same plan again.
    make.dispatch(());
    let retry = Callback::new(move |()| {
        make.dispatch(());
    });
    let plan = wizard.plan();
    let failed = Memo::new(move |_| failed.get());
    let body = move || match (plan.get(), failed.get()) {
        (Some(plan), _) => plan_view(plan, problem, news),
        (None, Some(problem)) => view! { <ProblemPanel problem retry/> }.into_any(),
        (None, None) => view! {
            <p class="loading" role="status">
                "Working out what will happen…"
            </p>
        }
        .into_any(),
    };
    let back = wizard.view().filter(|view| view.has_run_before).map_or_else(
        || Back::to(address::step(Step::SubjectGroups), "Back"),
        |_| Back::to(address::USERS, "Back to manage users"),
    );
    view! {
        <PageShell title="What will happen" caption="Step 5 of 5" wide=true problem back=back>
            <p class="lead">
                "Nothing has been done yet. Check what would happen before you finish."
            </p>
            {move || news.get().map(|news| view! { <News news/> })}
            {body}
        </PageShell>
    }
}

fn plan_view(
    plan: PlanSummary,
    problem: RwSignal<Option<Problem>>,
    news: RwSignal<Option<String>>,
) -> AnyView {
    view! {
        {held(&plan)}
        {freshness(&plan)}
        {guards(&plan)}
        <section class="people-counts">
            <h2>"People"</h2>
            {counts_table("People affected by each change", "What happens", &plan.pupils, &plan.staff, Lists::Plan)}
            {unmatched(&plan)}
            {classes(&plan)}
        </section>
        {duplicates(&plan, problem, news)}
        {problems(&plan)}
        {notes(&plan)}
        <section>
            <h2>"Your settings"</h2>
            {settings_list()}
        </section>
        <FinishForm plan problem/>
    }
    .into_any()
}

/// That an unattended sync found something, and waits for this summary to be checked.
fn held(plan: &PlanSummary) -> Option<AnyView> {
    let held = use_wizard().view()?.held?;
    let who = match held.cause {
        RunCause::Schedule => "The nightly sync",
        RunCause::Admin | RunCause::CommandLine => "A sync",
    };
    // What still holds it is shown below.
    let why = plan.guards.is_empty().then_some(held.message);
    Some(
        view! {
            <Notice tone=Tone::Warning title=format!("{who} is waiting for you")>
                <p>
                    {format!("It stopped on {}, and changed nothing. ", moment(&held.at))}
                    {why}
                </p>
                <p>"This is what it would do now. If it is right, finish it here."</p>
            </Notice>
        }
        .into_any(),
    )
}

/// When the MIS was read, and the school year it has gone into.
fn freshness(plan: &PlanSummary) -> AnyView {
    let wizard = use_wizard();
    let roster = wizard.view().map(|view| view.roster);
    let found = match roster {
        Some(RosterState::Ready { pupils, staff, classes, .. }) => format!(
            " It has {}, {} and {}.",
            counted(pupils, "pupil", "pupils"),
            counted(staff, "member of staff", "members of staff"),
            counted(classes, "class", "classes")
        ),
        _ => String::new(),
    };
    let rollover = plan.rollover.map(|rollover| new_year(rollover, plan.rollover_waits));
    view! {
        <p class="freshness">
            {format!("Your MIS was read {}.", moment(&plan.roster_read_at))} {found} " "
            <Button look=Look::Quiet on_press=Callback::new(move |()| wizard.read_again())>
                "Read it again"
            </Button>
        </p>
        {rollover}
    }
    .into_any()
}

/// The school year that the MIS has gone into, with its pupils or before them.
fn new_year(rollover: Rollover, waits: bool) -> AnyView {
    let year = |begins: i32| format!("{begins}/{:02}", (begins + 1).rem_euclid(100));
    let (from, to) = (year(rollover.from), year(rollover.to));
    let words = if waits {
        format!(
            "Your MIS has started {to} but has not moved its pupils yet, or only some of them. Pupils it has not moved stay in their year group and class here. Run the wizard again once they have all moved there."
        )
    } else {
        format!(
            "Your MIS has moved on from {from}. Pupils move into their new classes, the top year leaves, and a new intake arrives."
        )
    };
    view! { <Notice title=format!("A new school year: {to}")>{words}</Notice> }.into_any()
}

fn guards(plan: &PlanSummary) -> AnyView {
    plan.guards
        .iter()
        .map(|Guard { kind, message, people }| {
            let (tone, title) = match kind {
                GuardKind::Stop => (Tone::Warning, "This cannot be done"),
                GuardKind::Confirm => (Tone::Warning, "Check this before you continue"),
                GuardKind::Hold => (Tone::Info, "A nightly sync would wait for you here"),
            };
            let message = message.clone();
            let people = (!people.is_empty()).then(|| guarded_table(people));
            view! {
                <Notice tone=tone title=title>
                    <p>{message}</p>
                </Notice>
                {people}
            }
        })
        .collect_view()
        .into_any()
}

/// Accounts added by hand, counted apart: no one in the MIS matches them.
fn unmatched(plan: &PlanSummary) -> Option<AnyView> {
    (plan.unmatched > 0).then(|| {
        let accounts = counted(plan.unmatched, "account here", "accounts here");
        view! {
            <p class="apart">
                <a href=list_address(PlanList::Unmatched)>
                    {format!("{accounts} that no one in your MIS matches")}
                </a>
                <span class="row-sub">"Added by hand; nothing happens to them."</span>
            </p>
        }
        .into_any()
    })
}

/// What happens to the classes, in a sentence or two.
fn classes(plan: &PlanSummary) -> AnyView {
    let sentence = |counts: &ClassCounts, one: &str, many: &str| {
        let parts: Vec<String> = [
            (counts.created, "new"),
            (counts.renamed, "renamed"),
            (counts.linked, "linked to your MIS"),
            (counts.unchanged, "unchanged"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let total = counts.changes() + counts.unchanged;
        (total > 0).then(|| {
            view! {
                <p>
                    <strong>{counted(total, one, many)}</strong>
                    ": "
                    {joined(&parts)}
                    "."
                </p>
            }
        })
    };
    view! {
        {sentence(&plan.classes, "class", "classes")}
        {sentence(&plan.subject_groups, "subject group", "subject groups")}
    }
    .into_any()
}

/// The possible duplicates, one by one or the sure ones in bulk.
fn duplicates(
    plan: &PlanSummary,
    problem: RwSignal<Option<Problem>>,
    news: RwSignal<Option<String>>,
) -> AnyView {
    if plan.possible_duplicates == 0 {
        return ().into_any();
    }
    let wizard = use_wizard();
    let (run, sure) = (plan.run, plan.sure_ones);
    let accept = Action::new_local(move |(): &()| async move {
        match api::resolve_sure(run).await {
            Ok(plan) => {
                problem.set(None);
                news.set(Some(format!(
                    "{} be linked when you finish. They keep their usernames and passwords.",
                    counted(sure, "account will", "accounts will")
                )));
                wizard.set_plan(plan);
            }
            // The plan has changed: the new one is shown, to be checked and answered again.
            Err(refused) if refused.kind == Kind::Stale => {
                let made = wizard.make_plan().await;
                problem.set(Some(made.err().unwrap_or(refused)));
            }
            Err(refused) => problem.set(Some(refused)),
        }
    });
    let bulk = (sure > 0).then(|| {
        let on_press = Callback::new(move |()| {
            accept.dispatch(());
        });
        let label = if sure == 1 {
            "Accept the sure one".to_owned()
        } else {
            format!("Accept the {sure} sure ones")
        };
        view! {
            <p>
                {counted(sure, "of them is sure", "of them are sure")}
                ": the same name, no one else with that name in your MIS or here, the same class or the expected year, and nothing to suggest otherwise."
            </p>
            <Button look=Look::Secondary busy=accept.pending() on_press>
                {label}
            </Button>
        }
    });
    view! {
        <section class="panel">
            <h2>
                {counted(plan.possible_duplicates, "possible duplicate", "possible duplicates")}
            </h2>
            <p>
                "These people may already have an account, but we can’t be sure. Anyone you do not resolve is left out this time. Everyone else continues."
            </p>
            {bulk}
            <p>
                <a href=list_address(PlanList::PossibleDuplicate)>"Resolve them one by one"</a>
            </p>
        </section>
    }
    .into_any()
}

/// How many people with a problem the summary shows by itself.
const SHOWN_PROBLEMS: usize = 5;

/// The people who will not be imported, the first of them here.
fn problems(plan: &PlanSummary) -> AnyView {
    if plan.problems == 0 {
        return ().into_any();
    }
    let (run, total) = (plan.run, plan.problems);
    let query = PlanQuery { list: Some(PlanList::Problem), ..PlanQuery::default() };
    let people = Asked::new(move || {
        let query = query.clone();
        async move { api::run_people(run, &query).await }
    });
    let show = move |mut page: Page<PlanPerson>| {
        page.rows.truncate(SHOWN_PROBLEMS);
        problem_table(page.rows, run, "People who will not be imported")
    };
    let has_more = usize::try_from(total).is_ok_and(|total| total > SHOWN_PROBLEMS);
    view! {
        <section>
            <h2>{counted(total, "person", "people")} " will not be imported"</h2>
            <p>
                {concat!("You can still finish: everyone else continues. Corrections you make in your MIS today normally show tomorrow, because ", provider!(), " ", service!(), " gives us a copy made overnight.")}
            </p>
            <Loaded resource=people children=show/>
            {has_more
                .then(|| {
                    view! {
                        <p>
                            <a href=list_address(PlanList::Problem)>
                                {format!("See all {total} with their reasons")}
                            </a>
                        </p>
                    }
                })}
        </section>
    }
    .into_any()
}

/// Other things worth knowing.
fn notes(plan: &PlanSummary) -> AnyView {
    let link = |count: u32, href: String, text: String| {
        (count > 0).then(|| view! { <li><a href=href>{text}</a></li> })
    };
    let warnings = link(
        plan.warnings,
        Listed::Warnings.address(),
        counted(plan.warnings, "thing worth checking", "things worth checking"),
    );
    let kept_fields = link(
        plan.kept_fields,
        Listed::Kept.address(),
        format!(
            "{} details you changed by hand; they stay",
            counted(plan.kept_fields, "person has", "people have")
        ),
    );
    let not_imported = link(
        plan.not_imported,
        list_address(PlanList::NotImported),
        format!("{} not imported by choice", counted(plan.not_imported, "person", "people")),
    );
    let withheld = (plan.withheld > 0).then(|| {
        let who = counted(plan.withheld, "person", "people");
        view! { <li>{format!("{who} withheld by your school when it gave consent")}</li> }
    });
    let kept = (plan.uncounted_absences > 0).then(|| {
        let who = counted(plan.uncounted_absences, "person stays", "people stay");
        view! {
            <li>
                {format!("{who} although your MIS did not send them, because it may share less than before. ")}
                <a href=address::CONNECTION>"If they have left, say so"</a>
            </li>
        }
    });
    let brought_back = link(
        plan.brought_back,
        Listed::Warnings.address(),
        format!(
            "{} because you restored them from the trash; your MIS does not have them",
            counted(plan.brought_back, "person stays", "people stay")
        ),
    );
    let notes = plan.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
    let counted = plan.warnings
        + plan.kept_fields
        + plan.not_imported
        + plan.withheld
        + plan.uncounted_absences
        + plan.brought_back;
    if counted == 0 && plan.notes.is_empty() {
        return ().into_any();
    }
    view! {
        <section>
            <h2>"Worth knowing"</h2>
            <ul>{notes} {kept} {brought_back} {kept_fields} {warnings} {not_imported} {withheld}</ul>
        </section>
    }
    .into_any()
}
