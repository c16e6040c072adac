//! One round: a run that is cut off, once or again and again, and everything that must be as if
//! nothing had happened.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunStatus, RunView};
use rollcall_store::Store;

use crate::ledger::{Credentials, Ledger, credentials, damage, execute, rows};
use crate::mailbox::Mailbox;
use crate::office::{Api, Base, LONGEST, Place, Template, Trouble, all_is_sent, keep_workers_away};

/// A run that was cut off is at its end again after so long, at the most.
pub(crate) const LONGEST_RECOVERY: Duration = Duration::from_secs(10);

/// What is done with a server until it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A plan is made and finished, and the run followed.
    Walk,
    /// The MIS is read first.
    ReadAndWalk,
    /// The plan is asked for twice.
    PlanTwiceAndWalk,
    /// The run that is going is stopped. No worker looks for it before.
    Stop,
    /// Nothing: the server does it by itself.
    Wait,
}

/// One start of the server, until it dies.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub act: Act,
    pub dies: Dies,
    /// Whether e-mails are sent, and not kept.
    pub is_mailing: bool,
}

/// When it dies.
#[derive(Clone, Debug)]
pub(crate) enum Dies {
    /// Where it is told to.
    At(String),
    /// So long after the act began.
    After(Duration),
}

/// A run that is cut off.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub name: String,
    pub steps: Vec<Step>,
    /// How the run ends that was cut off. None: there may be none yet, else it is done.
    pub ends: Option<RunStatus>,
    /// How many messages may have been sent twice, because the server died before it could note
    /// that they were taken.
    pub doubles: usize,
    /// Whether the mail server refuses the first message for the time being.
    pub refuses: bool,
}

/// How it is when nothing is cut off.
pub(crate) struct Reference {
    before: Credentials,
    pub ledger: Ledger,
    addresses: BTreeSet<String>,
    /// How long a run takes, from the plan to the last e-mail.
    pub takes: Duration,
}

/// What came of a round.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub name: String,
    pub kills: usize,
    /// From the last death to the end of the run, where one was going.
    pub recovery: Option<Duration>,
    pub findings: Vec<String>,
}

impl Reference {
    pub(crate) async fn of(template: &Template) -> Self {
        let place = template.copy().await;
        let mailbox = Mailbox::open().await;
        let store = place.open().await;
        let before = credentials(&store, template.school).await;
        let mut server = template.serve(&place, "", Some(&mailbox)).await;
        let began = Instant::now();
        let run = walk(&server.api, Act::Walk).await.unwrap();
        assert_eq!((run.status, run.done), (RunStatus::Done, run.total));
        assert!(run.total > 100, "more than one batch: {}", run.total);
        all_is_sent(&store).await;
        let takes = began.elapsed();
        server.kill().await;
        let ledger = Ledger::of(&store, template.school).await;
        let created = run.pupils.created + run.staff.created;
        let accounts = credentials(&store, template.school).await.len();
        assert_eq!(accounts, before.len() + created as usize, "what was planned was done");
        let addresses: BTreeSet<String> = mailbox.taken().into_keys().collect();
        let is_writing = template.base != Base::Undo;
        assert_eq!(!addresses.is_empty(), is_writing, "{addresses:?}");
        store.close().await;
        place.remove().await;
        Self { before, ledger, addresses, takes }
    }
}

impl Round {
    /// A run that is cut off once, where it is told to.
    pub(crate) fn at(point: &str) -> Self {
        Self::of(point, vec![Step::new(Act::Walk, point)]).ends(RunStatus::Done)
    }

    pub(crate) fn of(name: &str, steps: Vec<Step>) -> Self {
        Self { name: name.to_owned(), steps, ends: None, doubles: 0, refuses: false }
    }

    pub(crate) fn ends(self, status: RunStatus) -> Self {
        Self { ends: Some(status), ..self }
    }

    /// Does it, and looks at everything.
    pub(crate) async fn survive(&self, template: &Template, reference: &Reference) -> Outcome {
        let mut findings = Vec::new();
        let place = template.copy().await;
        let mailbox = Mailbox::open().await;
        if self.refuses {
            mailbox.answer_once(".", "451 not now");
        }
        for step in &self.steps {
            step.until_it_dies(template, &place, &mailbox, &mut findings).await;
        }
        let died = Instant::now();
        let store = place.open().await;
        let at_death = credentials(&store, template.school).await;
        let going: Vec<(i64,)> =
            rows!(&store, "SELECT COUNT(*) FROM runs WHERE status IN ('queued', 'running')");
        findings.extend(damage(&store).await);

        let is_mailing = self.steps.iter().any(|step| step.is_mailing);
        let mut server = template.serve(&place, "", is_mailing.then_some(&mailbox)).await;
        let mut recovery = None;
        match self.recover(template, &server.api, died).await {
            Ok(took) => recovery = took.filter(|_| going == [(1,)]),
            Err(Trouble::Gone) => findings.push(format!("it died: {}", server.last_words())),
            Err(Trouble::Refused(why)) => findings.push(why),
        }
        if recovery.is_some_and(|took| took > LONGEST_RECOVERY) {
            findings.push(format!("it took {recovery:?} to recover"));
        }
        if is_mailing {
            execute!(
                &store,
                // As if the time of the one who took them up were over.
                "UPDATE outbox SET send_after = created_at
                WHERE sent_at IS NULL AND withdrawn_at IS NULL AND attempts > 0"
            );
            all_is_sent(&store).await;
            findings.extend(self.lost_or_doubled(&mailbox, reference));
        }
        server.kill().await;

        findings.extend(Ledger::of(&store, template.school).await.differs_from(&reference.ledger));
        let after = credentials(&store, template.school).await;
        let kept = reference.before.iter().chain(&at_death);
        let changed: BTreeSet<&String> = kept
            .filter(|(username, login)| after.get(*username) != Some(*login))
            .map(|(username, _)| username)
            .collect();
        if !changed.is_empty() {
            findings.push(format!("the logins of {changed:?} changed"));
        }
        findings.extend(damage(&store).await);
        store.close().await;
        place.remove().await;
        Outcome { name: self.name.clone(), kills: self.steps.len(), recovery, findings }
    }

    /// Follows the run that was cut off to its end, and has the rest done where there is any. How
    /// long after the last death it ended.
    async fn recover(
        &self,
        template: &Template,
        api: &Api,
        died: Instant,
    ) -> Result<Option<Duration>, Trouble> {
        let runs = api.runs().await?;
        let cut_off = runs.first().filter(|_| runs.len() > template.runs);
        let mut took = None;
        let mut ended = None;
        if let Some(run) = cut_off {
            let view = api.follow(run.id).await?;
            took = Some(died.elapsed());
            ended = Some(view.status);
            if view.status == RunStatus::Done && view.done != view.total {
                return Err(Trouble::Refused(format!("{} of {} done", view.done, view.total)));
            }
        }
        if ended != self.ends && !(self.ends.is_none() && ended == Some(RunStatus::Done)) {
            return Err(Trouble::Refused(format!("{ended:?} instead of {:?}", self.ends)));
        }
        if ended != Some(RunStatus::Done) {
            api.wait_for_the_reading().await?;
            let run = walk(api, Act::Walk).await?;
            if run.status != RunStatus::Done {
                return Err(Trouble::Refused(format!("the rest ended as {:?}", run.status)));
            }
        }
        Ok(took)
    }

    fn lost_or_doubled(&self, mailbox: &Mailbox, reference: &Reference) -> Vec<String> {
        let taken = mailbox.taken();
        let mut findings = Vec::new();
        let addresses: BTreeSet<String> = taken.keys().cloned().collect();
        if addresses != reference.addresses {
            let lost = reference.addresses.difference(&addresses).count();
            findings.push(format!("{lost} e-mails lost"));
        }
        let doubled: Vec<_> = taken.values().filter(|ids| ids.len() > 1).collect();
        let is_told = |ids: &&Vec<String>| ids.len() == 2 && ids.first() == ids.last();
        if doubled.len() > self.doubles || !doubled.iter().all(is_told) {
            findings.push(format!("e-mails sent twice: {doubled:?}"));
        }
        findings
    }
}

impl Step {
    pub(crate) fn new(act: Act, point: &str) -> Self {
        Self { act, dies: Dies::At(point.to_owned()), is_mailing: false }
    }

    pub(crate) fn mailing(self) -> Self {
        Self { is_mailing: true, ..self }
    }

    async fn until_it_dies(
        &self,
        template: &Template,
        place: &Place,
        mailbox: &Mailbox,
        findings: &mut Vec<String>,
    ) {
        let lock = (self.act == Act::Stop).then(|| keep_workers_away(place));
        let crash_at = match &self.dies {
            Dies::At(point) => point.as_str(),
            Dies::After(_) => "",
        };
        let mut server = template.serve(place, crash_at, self.is_mailing.then_some(mailbox)).await;
        let acting = act(&server.api, self.act);
        if let Dies::After(time) = self.dies {
            if let Ok(Err(Trouble::Refused(why))) = tokio::time::timeout(time, acting).await {
                findings.push(why);
            }
            server.kill().await;
            return;
        }
        if let Err(Trouble::Refused(why)) = acting.await {
            findings.push(why);
        }
        drop(lock);
        match tokio::time::timeout(LONGEST, server.child.wait()).await {
            Ok(status) if status.as_ref().unwrap().signal() == Some(9) => {}
            Ok(status) => {
                findings.push(format!("it ended with {status:?}: {}", server.last_words()));
            }
            Err(_) => {
                findings.push(format!("it never came to {crash_at}"));
                server.kill().await;
            }
        }
    }
}

async fn act(api: &Api, act: Act) -> Result<(), Trouble> {
    match act {
        Act::Wait => Ok(()),
        Act::Stop => {
            let runs = api.runs().await?;
            api.post::<RunView>(&with(routes::CANCEL, &runs[0].id), &()).await.map(drop)
        }
        _ => walk(api, act).await.map(drop),
    }
}

/// What an admin does: a plan, Finish, and following the run.
async fn walk(api: &Api, act: Act) -> Result<RunView, Trouble> {
    if act == Act::ReadAndWalk {
        api.read().await?;
    }
    if act == Act::PlanTwiceAndWalk {
        api.plan().await?;
    }
    let plan = api.plan().await?;
    api.finish(&plan).await?;
    let run = api.follow(plan.run).await?;
    if run.status == RunStatus::Done && (run.pupils, run.staff) != (plan.pupils, plan.staff) {
        return Err(Trouble::Refused(format!("planned {plan:?}, done {run:?}")));
    }
    Ok(run)
}
