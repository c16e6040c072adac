//! Step 3: what the MIS calls the year groups, and which of ours they are. Only what is unsure
//! needs attention; the rest is in a compact list and can be changed.

use leptos::prelude::*;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::{Settings, YearMapping};
use rollcall_shared::wizard::{Certainty, MisYear, Step};
use rollcall_shared::year_group::{YearGroup, YearTarget, normalised_name};

use super::step_page::StepPage;
use super::which_pupils::WhichPupils;
use super::words::{counted, number};
use crate::components::{Details, Select, Table, Tag, TagTone};
use crate::state::draft::use_wizard;
use crate::text::THERE_IS_A_PROBLEM;

/// How sure the answer for a year group is before the admin has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Decided before, and remembered.
    Remembered,
    /// There is only one thing it can be.
    Certain,
    /// Proposed, but worth checking.
    Likely,
    /// The admin has to choose.
    Open,
}

impl Standing {
    const fn needs_attention(self) -> bool {
        matches!(self, Self::Likely | Self::Open)
    }
}

/// One of the MIS's year groups, with the current answer on the page.
#[derive(Clone)]
struct Question {
    id: String,
    year: MisYear,
    standing: Standing,
    answer: RwSignal<Option<YearTarget>>,
}

impl Question {
    /// A question, as the settings stand; answered as it was on this page before.
    fn new(place: usize, year: &MisYear, settings: &Settings, before: &Settings) -> Self {
        let target = |settings: &Settings| settings.year_target(&year.name, year.code.as_deref());
        let decided = target(settings).or(year.decided);
        let (standing, answer) = match (decided, year.suggestion) {
            (Some(target), _) => (Standing::Remembered, Some(target)),
            (None, Some(suggestion)) => (
                match suggestion.certainty {
                    Certainty::Certain => Standing::Certain,
                    Certainty::Likely => Standing::Likely,
                },
                Some(YearTarget::Import(suggestion.year)),
            ),
            (None, None) => (Standing::Open, None),
        };
        Self {
            id: format!("year-{place}"),
            year: year.clone(),
            standing,
            answer: RwSignal::new(target(before).or(answer)),
        }
    }

    fn mapping(&self) -> Option<YearMapping> {
        let target = self.answer.get_untracked()?;
        Some(YearMapping { name: self.year.name.clone(), code: self.year.code.clone(), target })
    }
}

/// Takes the answers into the settings. Those for year groups that the MIS does not have at the
/// moment are kept: they are remembered for when it has them again.
fn answered(mut settings: Settings, questions: &[Question]) -> Result<Settings, Problem> {
    let mut problem = Problem::new(Kind::Unusable, THERE_IS_A_PROBLEM);
    let mut mappings = Vec::with_capacity(questions.len());
    for question in questions {
        match question.mapping() {
            Some(mapping) => mappings.push(mapping),
            None => problem = problem.field(&question.id, "missing", missing(&question.year)),
        }
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    settings.year_mappings.retain(|old| {
        !mappings.iter().any(|new| {
            normalised_name(&new.name) == normalised_name(&old.name) && new.code == old.code
        })
    });
    mappings.append(&mut settings.year_mappings);
    settings.year_mappings = mappings;
    Ok(settings)
}

fn missing(year: &MisYear) -> String {
    format!("Choose what happens to “{}”", year.name)
}

/// The page of step 3.
#[component]
pub fn YearGroups() -> impl IntoView {
    let wizard = use_wizard();
    let (settings, before) = (wizard.settings(), wizard.answers(Step::YearGroups));
    let view = wizard.view();
    let questions: Vec<Question> = view
        .iter()
        .flat_map(|view| &view.years)
        .enumerate()
        .map(|(place, year)| Question::new(place, year, &settings, &before))
        .collect();
    let asks_only_new = view.is_some_and(|view| view.has_run_before);
    let problem = RwSignal::new(None);
    let (unsure, sure): (Vec<Question>, Vec<Question>) =
        questions.iter().cloned().partition(|question| question.standing.needs_attention());
    let scope = RwSignal::new(before.pupil_scope);
    let answer = Callback::new(move |()| {
        let pupil_scope = scope.get_untracked();
        answered(Settings { pupil_scope, ..wizard.settings() }, &questions)
    });
    let intro = match (unsure.len(), sure.is_empty()) {
        (0, true) => "Your MIS has no year groups with pupils in them.".to_owned(),
        (0, false) => {
            "We know what all your year groups are. Check the list, then continue.".to_owned()
        }
        (1, _) => "There is one year group we are not sure of.".to_owned(),
        (unsure, _) => format!("There are {unsure} year groups we are not sure of."),
    };
    let asks = !unsure.is_empty();
    let unsure = unsure.iter().map(|question| open_question(question, problem)).collect_view();
    let sure = (!sure.is_empty()).then(|| {
        let summary = format!("Change others ({})", sure.len());
        let table = sure_table(sure);
        if asks && asks_only_new {
            view! { <Details summary=summary>{table}</Details> }.into_any()
        } else {
            table
        }
    });
    view! {
        <StepPage step=Step::YearGroups title="Year groups" problem answer>
            <p class="lead">
                "Every MIS names year groups in its own way. Tell us which is which, once: your answers are remembered."
            </p>
            <p>{intro}</p>
            {unsure}
            {sure}
            <WhichPupils scope/>
        </StepPage>
    }
}

fn choices() -> Vec<(YearTarget, String)> {
    YearGroup::all()
        .map(|year| (YearTarget::Import(year), year.to_string()))
        .chain([(YearTarget::DoNotImport, "Do not import".to_owned())])
        .collect()
}

/// A year group that the admin has to look at.
fn open_question(question: &Question, problem: RwSignal<Option<Problem>>) -> AnyView {
    let Question { id, year, standing, answer } = question.clone();
    let advice = match (standing, year.suggestion) {
        (Standing::Likely, Some(suggestion)) => {
            format!("It looks like {} to us, but it could be another. Check this.", suggestion.year)
        }
        _ => "It could be one of several. Choose one, or leave its pupils out.".to_owned(),
    };
    let error = {
        let (id, message) = (id.clone(), missing(&year));
        Signal::derive(move || {
            problem
                .with(|problem: &Option<Problem>| {
                    let errors = &problem.as_ref()?.errors;
                    errors.iter().find(|error| error.field == id).map(drop)
                })
                .map(|()| message.clone())
        })
    };
    view! {
        <div class="year-question">
            <h2>
                "“" {year.name.clone()} "” "
                <Tag tone=TagTone::Attention>
                    {if standing == Standing::Likely { "Check this" } else { "Choose" }}
                </Tag>
            </h2>
            <p>{about(&year)} ". " {advice}</p>
            <Select
                id=id
                label=format!("Which year group is “{}”?", year.name)
                nothing="Choose"
                choices=choices()
                value=answer
                on_choose=Callback::new(move |target| answer.set(target))
                error=error
            />
        </div>
    }
    .into_any()
}

/// The MIS's code for a year group, where that says more than its name, and its pupils.
fn about(year: &MisYear) -> String {
    let pupils = counted(year.pupils, "pupil", "pupils");
    match &year.code {
        Some(code) if normalised_name(code) != normalised_name(&year.name) => {
            format!("{pupils}, code {code}")
        }
        _ => pupils,
    }
}

/// The year groups that need no attention, to look over and to change.
fn sure_table(questions: Vec<Question>) -> AnyView {
    let rows = questions
        .into_iter()
        .map(|Question { id, year, answer, .. }| {
            let select = view! {
                <Select
                    id=id
                    label=format!("Which year group is “{}”?", year.name)
                    label_is_hidden=true
                    choices=choices()
                    value=answer
                    on_choose=Callback::new(move |target| answer.set(target))
                />
            };
            vec![
                year.name.clone().into_any(),
                number(u64::from(year.pupils)).into_any(),
                select.into_any(),
            ]
        })
        .collect();
    view! {
        <div class="sure-years">
            <Table
                caption="Year groups we know"
                columns=vec!["In your MIS", "Pupils", "Year group here"]
                rows=rows
                empty="There are none."
            />
        </div>
    }
    .into_any()
}
