//! Answers of the wizard that were changed and not saved yet, as this tab keeps them: they are there again
//! after a reload, or for whoever went back without Continue.

use leptos::prelude::window;
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{Draft, Step};
use serde::{Deserialize, Serialize};

/// Where they are kept in the tab's storage.
const KEY: &str = "rollcall.answers";

/// What is kept: of one school, changed from one version of its draft.
#[derive(Serialize, Deserialize)]
struct Unsaved {
    school: String,
    version: i64,
    steps: Vec<(Step, Settings)>,
}

impl Unsaved {
    /// What the tab has for this school and version; nothing, if it is of others.
    fn of(school: &str, version: i64) -> Self {
        let stored = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        let stored: Option<Self> = stored.and_then(|json| serde_json::from_str(&json).ok());
        stored
            .filter(|unsaved| unsaved.school == school && unsaved.version == version)
            .unwrap_or_else(|| Self { school: school.to_owned(), version, steps: Vec::new() })
    }

    /// Notes the answers of a step, if there are any to keep.
    fn set(&mut self, step: Step, settings: Option<Settings>) {
        self.steps.retain(|(known, _)| *known != step);
        self.steps.extend(settings.map(|settings| (step, settings)));
    }

    fn store(&self) {
        let Some(storage) = storage() else { return };
        // A tab that keeps nothing forgets them, as it did before.
        let _ = match serde_json::to_string(self) {
            Ok(json) if !self.steps.is_empty() => storage.set_item(KEY, &json),
            _ => storage.remove_item(KEY),
        };
    }
}

/// The answers of a step that were changed and not saved.
pub fn unsaved(school: &str, draft: &Draft, step: Step) -> Option<Settings> {
    let unsaved = Unsaved::of(school, draft.version);
    unsaved.steps.into_iter().find(|(known, _)| *known == step).map(|(_, settings)| settings)
}

/// Keeps the answers of a step, or forgets them where they are as they were saved.
pub fn keep(school: &str, draft: &Draft, step: Step, settings: Settings) {
    let mut unsaved = Unsaved::of(school, draft.version);
    unsaved.set(step, (settings != draft.settings).then_some(settings));
    unsaved.store();
}

/// Goes on to the version in which a step was saved; what other steps keep stays.
pub fn saved(school: &str, before: i64, step: Step, now: i64) {
    let mut unsaved = Unsaved::of(school, before);
    unsaved.set(step, None);
    unsaved.version = now;
    unsaved.store();
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}
