//! Who is signed in, and the school this device remembers.

use leptos::prelude::*;
use rollcall_shared::people::Role;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Me, Platform};

use crate::address;
use crate::answer::on_signed_out;
use crate::api::{self, Answer};
use crate::asked::Asked;

/// Where the remembered school is kept on the device.
const SCHOOL_KEY: &str = "rollcall.school";

/// The session, in context for every page.
#[derive(Clone, Copy)]
pub struct Session {
    me: Asked<Me>,
    platform: Asked<Platform>,
    /// Whether the session timed out, so that what is on the page is kept.
    has_ended: RwSignal<bool>,
}

impl Session {
    /// Starts to ask who is signed in, and puts the session into context.
    pub fn provide() -> Self {
        let session = Self {
            me: Asked::new(api::me),
            platform: Asked::new(api::platform),
            has_ended: RwSignal::new(false),
        };
        provide_context(session);
        on_signed_out(move || session.ended());
        session
    }

    /// Who is signed in, so far as is known; `None` while it is being asked.
    #[must_use]
    pub fn me(self) -> Option<Answer<Me>> {
        self.me.get()
    }

    /// Who is signed in; `None` also while it is being asked.
    #[must_use]
    pub fn signed_in(self) -> Option<Me> {
        self.me.get().and_then(Result::ok)
    }

    /// The platform's name and logo; `None` until they are known.
    #[must_use]
    pub fn platform(self) -> Option<Platform> {
        self.platform.get().and_then(Result::ok)
    }

    /// Whether messages are kept and shown instead of being sent.
    #[must_use]
    pub fn keeps_messages(self) -> bool {
        let platform = self.platform.get_untracked().and_then(Result::ok);
        platform.is_some_and(|platform| platform.keeps_messages)
    }

    /// Notes who has just signed in.
    pub fn signed_in_as(self, me: Me) {
        remember_school(&me.school.slug);
        self.has_ended.set(false);
        self.me.set(Ok(me));
    }

    /// Notes that no one is signed in any more; a guarded page then goes to the sign-in page.
    pub fn signed_out(self) {
        let nobody = Problem::new(Kind::SignedOut, "You have signed out");
        self.me.set(Err(nobody));
    }

    /// Notes that the server no longer knows the session of a page that is open: the page stays,
    /// with what has been typed.
    pub fn ended(self) {
        if self.me.get_untracked().is_some_and(|me| me.is_ok()) {
            self.has_ended.set(true);
        } else {
            self.signed_out();
        }
    }

    /// Whether the session ended while a page was open.
    #[must_use]
    pub fn has_ended(self) -> bool {
        self.has_ended.get()
    }

    /// Checks whether the same person has signed in again in another tab. If it is someone else,
    /// everything here is discarded, and they begin on their own start page.
    pub async fn look_again(self) -> bool {
        let before = self.me.get_untracked().and_then(Result::ok).map(|me| me.account);
        match api::me().await {
            Ok(me) if before == Some(me.account) => {
                self.signed_in_as(me);
                true
            }
            Ok(me) => {
                // Fails only where the browser goes away anyway.
                let _ = window().location().assign(start_page(me.role));
                true
            }
            Err(_) => false,
        }
    }

    /// Asks again who is signed in.
    pub fn ask_again(self) {
        self.me.refetch();
    }
}

/// The page a person of this role starts from.
#[must_use]
pub const fn start_page(role: Role) -> &'static str {
    match role {
        Role::Admin => address::DASHBOARD,
        Role::Pupil | Role::Teacher | Role::SupportStaff => address::HOME,
    }
}

/// The school that this device remembers, by its address.
#[must_use]
pub fn remembered_school() -> Option<String> {
    storage()?.get_item(SCHOOL_KEY).ok().flatten().filter(|slug| !slug.is_empty())
}

/// Remembers a school on this device.
pub fn remember_school(slug: &str) {
    if let Some(storage) = storage() {
        // A browser that keeps nothing asks for the school again, which is all that is lost.
        let _ = storage.set_item(SCHOOL_KEY, slug);
    }
}

/// Forgets the remembered school.
pub fn forget_school() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(SCHOOL_KEY);
    }
}

/// The sign-in page of the remembered school, else the page that asks for the school.
#[must_use]
pub fn sign_in_page() -> String {
    remembered_school()
        .map_or_else(|| address::FIND_SCHOOL.to_owned(), |slug| address::school(&slug))
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
