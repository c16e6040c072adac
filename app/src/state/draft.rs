//! The wizard's state: what the server last said of the school's draft, its roster and its plan,
//! shared by all the steps. The server holds the truth; this is only the copy that is shown.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::PlanSummary;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{RosterState, SaveDraft, Step, WizardView};

use super::session::Session;
use super::unsaved;
use crate::{api, dates};

/// How often the reading of the MIS is polled.
const READING_EVERY_MS: u32 = 1_500;

/// How far the wizard is open.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    Loading,
    /// The school's MIS is not connected: the set-up comes first.
    NotConnected,
    /// The MIS is being read; [`Wizard::reading`] says what of it.
    Reading,
    /// The MIS could not be read, or the wizard could not be opened.
    Failed(Problem),
    Open,
}

/// The wizard's state, in context for all its pages.
#[derive(Clone, Copy)]
pub struct Wizard {
    view: RwSignal<Option<WizardView>>,
    plan: RwSignal<Option<PlanSummary>>,
    opening: RwSignal<Opening>,
    /// Plain words on what is being read now.
    pub reading: RwSignal<String>,
    /// Grows when someone else's answers are loaded, so that the step is rendered again.
    pub loads: RwSignal<u32>,
    /// The address of the school, for what this tab keeps.
    school: StoredValue<String>,
    /// The wizard's frame owns whatever outlives one of its pages.
    frame: StoredValue<Owner>,
}

/// The wizard's state, which the wizard's frame has put into the context.
pub fn use_wizard() -> Wizard {
    expect_context()
}

impl Wizard {
    /// Makes the state, puts it into the context, and opens the wizard.
    pub fn provide() -> Self {
        let me = expect_context::<Session>().signed_in();
        let school = me.map(|me| me.school.slug).unwrap_or_default();
        let wizard = Self {
            school: StoredValue::new(school),
            view: RwSignal::new(None),
            plan: RwSignal::new(None),
            opening: RwSignal::new(Opening::Loading),
            reading: RwSignal::new(String::new()),
            loads: RwSignal::new(0),
            frame: StoredValue::new(Owner::current().unwrap_or_default()),
        };
        provide_context(wizard);
        spawn_local_scoped_with_cancellation(wizard.open());
        wizard
    }

    /// How far the wizard is open.
    pub fn opening(self) -> Memo<Opening> {
        Memo::new(move |_| self.opening.get())
    }

    /// What the server last said; there is always a view once the wizard is open.
    pub fn view(self) -> Option<WizardView> {
        self.view.get_untracked()
    }

    /// The answers as they were last saved.
    pub fn settings(self) -> Settings {
        self.view().map(|view| view.draft.settings).unwrap_or_default()
    }

    /// The settings that a step begins with: as saved, or as they were changed on it and not saved.
    pub fn answers(self, step: Step) -> Settings {
        self.view()
            .and_then(|view| unsaved::unsaved(&self.school.get_value(), &view.draft, step))
            .unwrap_or_else(|| self.settings())
    }

    /// Keeps the answers of a step that is left without having been saved.
    pub fn keep(self, step: Step, settings: Settings) {
        if let Some(view) = self.view() {
            unsaved::keep(&self.school.get_value(), &view.draft, step, settings);
        }
    }

    /// Where the admin continues: the first step without an answer, else the summary.
    pub fn resume_at(self) -> Step {
        self.view().map_or(Step::Usernames, |view| view.resume_at)
    }

    /// The step to go back to if `step` cannot be reached yet.
    pub fn earlier_than(self, step: Step) -> Option<Step> {
        Some(self.resume_at()).filter(|resume_at| *resume_at < step)
    }

    /// The plan that was made last, unless answers have been saved since.
    pub fn plan(self) -> Memo<Option<PlanSummary>> {
        Memo::new(move |_| self.plan.get())
    }

    /// Makes a plan, or has the same again while nothing has changed.
    pub async fn make_plan(self) -> Result<PlanSummary, Problem> {
        let plan = api::plan().await?;
        self.plan.set(Some(plan.clone()));
        Ok(plan)
    }

    /// The run of the plan that was made last; a plan is made if there is none.
    pub async fn planned_run(self) -> Result<RunId, Problem> {
        match self.plan.with_untracked(|plan| plan.as_ref().map(|plan| plan.run)) {
            Some(run) => Ok(run),
            None => Ok(self.make_plan().await?.run),
        }
    }

    /// Takes a plan that the server has answered with.
    pub fn set_plan(self, plan: PlanSummary) {
        self.plan.set(Some(plan));
    }

    /// Takes what the server answered as the state.
    pub fn adopt(self, view: WizardView) {
        self.plan.set(None);
        self.view.set(Some(view));
    }

    /// Loads the draft as someone else has saved it, in place of what is shown.
    pub async fn load_theirs(self) -> Result<(), Problem> {
        self.adopt(api::wizard().await?);
        self.loads.update(|loads| *loads += 1);
        Ok(())
    }

    /// Saves a step's answers.
    pub async fn save(self, step: Step, settings: Settings) -> Result<(), Problem> {
        // The wizard may be left by the time it is saved.
        let school = self.school.get_value();
        let version = self.view().map_or(0, |view| view.draft.version);
        let view = api::save_draft(&SaveDraft { version, step, settings }).await?;
        unsaved::saved(&school, version, step, view.draft.version);
        self.adopt(view);
        Ok(())
    }

    /// Reads the MIS again where what it said does not go with the answers any more.
    pub fn read_if_due(self) {
        let is_due = self
            .view()
            .is_some_and(|view| matches!(view.roster, RosterState::Ready { is_old: true, .. }));
        if is_due {
            self.read_again();
        }
    }

    /// Opens the wizard: looks at the connection, reads the MIS where that is due, and waits
    /// for it.
    async fn open(self) {
        let outcome = self.try_open().await;
        self.settle(outcome);
    }

    /// Opens the wizard once more, after it could not be opened.
    pub fn open_again(self) {
        self.opening.set(Opening::Loading);
        self.frame.get_value().with(|| spawn_local_scoped_with_cancellation(self.open()));
    }

    /// Reads the MIS again, unless that is being done already: of two readings the second would
    /// take the plan away that was made after the first. The page that asked is gone as soon as
    /// the reading begins, so the reading is the frame's.
    pub fn read_again(self) {
        if self.opening.get_untracked() == Opening::Reading {
            return;
        }
        self.opening.set(Opening::Reading);
        self.frame.get_value().with(|| {
            spawn_local_scoped_with_cancellation(async move {
                let outcome = match api::read_roster().await {
                    Ok(view) => self.follow_reading(view).await,
                    Err(problem) => Err(problem),
                };
                self.settle(outcome);
            });
        });
    }

    fn settle(self, outcome: Result<Opening, Problem>) {
        self.opening.set(match outcome {
            Ok(opening) => opening,
            Err(problem) if problem.kind == Kind::NotConnected => Opening::NotConnected,
            Err(problem) => Opening::Failed(problem),
        });
    }

    async fn try_open(self) -> Result<Opening, Problem> {
        if api::connection().await?.state != ConnectionState::Ready {
            return Ok(Opening::NotConnected);
        }
        let mut view = api::wizard().await?;
        if view.going.is_some() {
            self.adopt(view);
            return Ok(Opening::Open);
        }
        let is_due = matches!(
            view.roster,
            RosterState::None
                | RosterState::Failed { .. }
                | RosterState::Ready { is_old: true, .. }
        );
        if is_due {
            view = api::read_roster().await?;
        }
        self.follow_reading(view).await
    }

    /// Looks again and again until the reading has ended.
    async fn follow_reading(self, mut view: WizardView) -> Result<Opening, Problem> {
        loop {
            match &view.roster {
                RosterState::Failed { title, detail, retry_at } => {
                    let again = retry_at
                        .as_ref()
                        .map(|at| format!(" We will try again at {}.", dates::time_of_day(at)));
                    let detail = format!("{detail}{}", again.unwrap_or_default());
                    return Err(Problem::new(Kind::XodUnavailable, title).detail(detail));
                }
                RosterState::Ready { .. } => {
                    self.adopt(view);
                    return Ok(Opening::Open);
                }
                RosterState::Reading { doing } => self.reading.set(doing.clone()),
                // A reading that was begun has ended without a trace: the MIS was disconnected.
                RosterState::None => return Ok(Opening::NotConnected),
            }
            self.opening.set(Opening::Reading);
            TimeoutFuture::new(READING_EVERY_MS).await;
            view = api::wizard().await?;
        }
    }
}
