//! What has been asked of the server, as a signal.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;

use crate::answer::Answer;

/// An answer of any type.
type AnyAnswer = Answer<Rc<dyn Any>>;

/// Something asked of the server: asked at once, and again whenever a signal changes that the
/// question reads.
///
/// Inside is one `LocalResource` type for all: its code is large, and would otherwise be in
/// the app once for every type of answer.
pub struct Asked<T> {
    resource: LocalResource<AnyAnswer>,
    answers: PhantomData<fn() -> T>,
}

impl<T> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Asked<T> {}

impl<T: Clone + 'static> Asked<T> {
    /// Asks.
    pub fn new<F>(ask: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Answer<T>> + 'static,
    {
        let ask = move || -> Pin<Box<dyn Future<Output = AnyAnswer>>> {
            let answer = ask();
            Box::pin(async move { answer.await.map(|answer| Rc::new(answer) as Rc<dyn Any>) })
        };
        Self { resource: ask_any(Box::new(ask)), answers: PhantomData }
    }

    /// The answer, once there is one. While it is asked again the old answer stays.
    #[must_use]
    pub fn get(self) -> Option<Answer<T>> {
        match self.resource.get()? {
            // It was put in as a `T`, so it comes out as one.
            Ok(answer) => answer.downcast_ref::<T>().cloned().map(Ok),
            Err(problem) => Some(Err(problem)),
        }
    }

    /// The current answer, without tracking it.
    #[must_use]
    pub fn get_untracked(self) -> Option<Answer<T>> {
        untrack(|| self.get())
    }

    /// Puts another answer in its place.
    pub fn set(self, answer: Answer<T>) {
        let answer = answer.map(|answer| Rc::new(answer) as Rc<dyn Any>);
        self.resource.set(Some(answer));
    }

    /// Asks again.
    pub fn refetch(self) {
        self.resource.refetch();
    }
}

fn ask_any(
    ask: Box<dyn Fn() -> Pin<Box<dyn Future<Output = AnyAnswer>>>>,
) -> LocalResource<AnyAnswer> {
    LocalResource::new(ask)
}
