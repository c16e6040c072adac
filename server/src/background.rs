//! What runs beside the requests: tasks that go on for as long as the server does, and short ones
//! that a request leaves behind. A task that breaks is started again. When the server stops, all are
//! told, and have until a deadline to come to a good place.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long to wait before a task is started again: longer each time it breaks soon after.
#[derive(Clone, Copy, Debug)]
struct Pauses {
    first: Duration,
    longest: Duration,
    /// A task that ran for so long before it broke is started again after the first pause.
    ran_well: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first: seconds(1), longest: seconds(60), ran_well: seconds(300) }
    }
}

impl Pauses {
    /// The pause after one, where the task has run for so long since.
    fn after(&self, last: Option<Duration>, ran_for: Duration) -> Duration {
        match last {
            Some(last) if ran_for < self.ran_well => (last * 2).min(self.longest),
            _ => self.first,
        }
    }
}

/// The tasks beside the requests; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Background {
    tasks: TaskTracker,
    stop: CancellationToken,
    restarts: Arc<AtomicU32>,
    pauses: Pauses,
}

impl Background {
    /// Keeps a task going until the server stops: one that panics, or ends by itself, is logged,
    /// counted and made again.
    pub fn keep<F>(&self, name: &'static str, make: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let background = self.clone();
        self.tasks.spawn(async move {
            let mut pause = None;
            loop {
                let began = Instant::now();
                // In a task of its own, so that a panic ends nothing else.
                let ended = tokio::spawn(make()).await;
                if background.is_stopping() {
                    return;
                }
                let restarts = background.restarts.fetch_add(1, Ordering::Relaxed) + 1;
                let has_panicked = ended.is_err();
                tracing::error!(name, has_panicked, restarts, "a background task is started again");
                let next = background.pauses.after(pause, began.elapsed());
                if !background.pause(next).await {
                    return;
                }
                pause = Some(next);
            }
        });
    }

    /// Does something that nobody waits for; the server does not stop before it is done, unless that
    /// takes too long.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.tasks.spawn(task)
    }

    /// How many tasks are under way, those that are kept going among them.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.tasks.len()
    }

    /// How often a task had to be started again.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Waits; false, and at once, when the server stops.
    pub async fn pause(&self, time: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = sleep(time) => true,
        }
    }

    /// Whether the server stops: long work ends at the next good place.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells all tasks that the server stops.
    pub fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    /// Waits until all tasks have ended, or for as long as they may take. False if some are cut off.
    pub async fn end_by(&self, deadline: Instant) -> bool {
        self.tell_to_stop();
        self.tasks.close();
        let ended = timeout_at(deadline, self.tasks.wait()).await.is_ok();
        if !ended {
            tracing::warn!(left = self.tasks.len(), "stopping with background tasks under way");
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_task_that_breaks_again_and_again_waits_longer_each_time_and_up_to_a_minute() {
        let (pauses, mut last) = (Pauses::default(), None);
        let mut seconds = Vec::new();
        for _ in 0..9 {
            let next = pauses.after(last, MILLISECOND);
            seconds.push(next.as_secs());
            last = Some(next);
        }
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pauses.after(last, pauses.ran_well), pauses.first, "it had run well since");
    }

    #[tokio::test]
    async fn a_task_that_panics_or_ends_by_itself_is_started_again() {
        let pauses = Pauses { first: MILLISECOND, longest: MILLISECOND, ..Pauses::default() };
        let background = Background { pauses, ..Background::default() };
        let (began, mut begun) = mpsc::unbounded_channel();
        let times = AtomicU32::new(0);
        background.keep("test", move || {
            let time = times.fetch_add(1, Ordering::Relaxed);
            began.send(time).unwrap();
            async move { assert!(time > 1, "twice it panics, and later it ends") }
        });
        for time in 0..5 {
            assert_eq!(begun.recv().await, Some(time));
        }
        assert!(background.restarts() >= 4);
        assert!(background.end_by(soon()).await);
    }

    #[tokio::test]
    async fn what_is_under_way_comes_to_a_good_place_before_the_server_stops() {
        let background = Background::default();
        let (began, mut begun) = mpsc::unbounded_channel();
        let (done, mut is_done) = oneshot::channel();
        let (done, own) = (Arc::new(std::sync::Mutex::new(Some(done))), background.clone());
        background.keep("batches", move || {
            let (began, done, background) = (began.clone(), Arc::clone(&done), own.clone());
            async move {
                while background.pause(Duration::ZERO).await {
                    began.send(()).unwrap();
                    // A batch is not cut in two, though the server stops in the middle of it.
                    background.stop.cancelled().await;
                    let done = done.lock().unwrap().take();
                    done.unwrap().send(()).unwrap();
                }
            }
        });
        begun.recv().await.unwrap();
        assert!(background.end_by(soon()).await);
        assert_eq!(is_done.try_recv(), Ok(()));
        assert_eq!(background.restarts(), 0);
    }

    #[tokio::test]
    async fn what_never_ends_does_not_keep_the_server_from_stopping() {
        let background = Background::default();
        background.spawn(std::future::pending::<()>());
        assert!(!background.end_by(Instant::now()).await);
    }
}
