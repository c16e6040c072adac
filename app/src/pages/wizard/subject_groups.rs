//! Step 4: which of the MIS's teaching groups to import. None is proposed, and none is fine.

use std::collections::BTreeSet;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{MisSubjectGroup, Step};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::step_page::StepPage;
use super::words::{counted, joined};
use crate::components::{Button, Field, FieldKind, Look};
use crate::sets::set_of;
use crate::state::draft::use_wizard;

/// The page of step 4.
#[component]
pub fn SubjectGroups() -> impl IntoView {
    let wizard = use_wizard();
    let groups = wizard.view().map(|view| view.subject_groups).unwrap_or_default();
    let settings = wizard.answers(Step::SubjectGroups);
    let imported = groups.iter().filter(|group| settings.imports(&group.choice));
    let ticked = RwSignal::new(set_of(imported.map(|group| group.choice.mis_id.clone())));
    let answer = Callback::new({
        let groups = groups.clone();
        move |()| Ok(ticked.with_untracked(|ticked| answered(wizard.settings(), &groups, ticked)))
    });
    let list = if groups.is_empty() {
        view! {
            <p class="empty">
                "Your MIS has no teaching groups. Many primary schools have none: you can continue."
            </p>
        }
        .into_any()
    } else {
        view! { <TickList groups ticked/> }.into_any()
    };
    view! {
        <StepPage
            step=Step::SubjectGroups
            title="Subject groups"
            problem=RwSignal::new(None)
            answer
        >
            <p class="lead">
                "Classes are imported automatically. If you also teach in sets or subject groups, tick those you want here. If not, continue."
            </p>
            {list}
        </StepPage>
    }
}

/// Takes the ticks into the settings. A ticked group that the MIS does not have at the moment
/// stays ticked for when it has it again.
fn answered(
    mut settings: Settings,
    groups: &[MisSubjectGroup],
    ticked: &BTreeSet<String>,
) -> Settings {
    settings
        .subject_groups
        .retain(|choice| !groups.iter().any(|group| choice.is_same_as(&group.choice)));
    let chosen = groups.iter().map(|group| &group.choice);
    settings
        .subject_groups
        .extend(chosen.filter(|choice| ticked.contains(&choice.mis_id)).cloned());
    settings
}

/// The list with its search and its ticks.
#[component]
fn TickList(groups: Vec<MisSubjectGroup>, ticked: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let wanted = Memo::new(move |_| search.with(|search| search.trim().to_lowercase()));
    let known = searched_texts(&groups);
    let found = {
        let known = known.clone();
        Memo::new(move |_| {
            wanted.with(|wanted| {
                let found = known.iter().filter(|(_, text)| text.contains(wanted.as_str()));
                set_of(found.map(|(id, _)| id.clone()))
            })
        })
    };
    let set_all = move |tick: bool| {
        Callback::new(move |()| {
            ticked.update(|ticked| {
                for id in found.get_untracked() {
                    set_tick(ticked, id, tick);
                }
            });
        })
    };
    let count = move || {
        let total = known.len();
        let chosen =
            ticked.with(|ticked| known.iter().filter(|(id, _)| ticked.contains(id)).count());
        let shown = found.with(BTreeSet::len);
        if shown == total {
            format!("{chosen} of {total} ticked")
        } else {
            format!("{chosen} of {total} ticked, {shown} shown")
        }
    };
    let rows = groups
        .into_iter()
        .enumerate()
        .map(|(place, group)| group_row(place, group, ticked, found))
        .collect_view();
    view! {
        <div class="tick-list" on:keydown=|event| keep_enter_in_search(&event)>
            <Field id="find-group" label="Find a group" value=search kind=FieldKind::Search/>
            <div class="button-row">
                <Button look=Look::Secondary on_press=set_all(true)>"Tick all shown"</Button>
                <Button look=Look::Secondary on_press=set_all(false)>"Untick all shown"</Button>
            </div>
            <p role="status">{count}</p>
            <fieldset>
                <legend>"Subject groups to import"</legend>
                {rows}
                <p class="empty" hidden=move || found.with(|found| !found.is_empty())>
                    "No group has that in its name or subject."
                </p>
            </fieldset>
        </div>
    }
}

/// The ids of the groups, each with the text that is searched.
fn searched_texts(groups: &[MisSubjectGroup]) -> Vec<(String, String)> {
    groups
        .iter()
        .map(|group| {
            let name = &group.choice.name;
            let text = format!("{name} {}", group.subject.as_deref().unwrap_or_default());
            (group.choice.mis_id.clone(), text.to_lowercase())
        })
        .collect()
}

/// Enter in the search would send the step's form.
fn keep_enter_in_search(event: &KeyboardEvent) {
    let is_in_search = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        .is_some_and(|input| input.type_() == "search");
    if is_in_search && event.key() == "Enter" {
        event.prevent_default();
    }
}

fn set_tick(ticked: &mut BTreeSet<String>, id: String, tick: bool) {
    if tick {
        ticked.insert(id);
    } else {
        ticked.remove(&id);
    }
}

fn group_row(
    place: usize,
    group: MisSubjectGroup,
    ticked: RwSignal<BTreeSet<String>>,
    found: Memo<BTreeSet<String>>,
) -> AnyView {
    let id = format!("group-{place}");
    let hint_id = format!("group-{place}-hint");
    let mut facts: Vec<String> = group.subject.into_iter().collect();
    facts.push(counted(group.pupils, "pupil", "pupils"));
    if !group.staff.is_empty() {
        facts.push(joined(&group.staff));
    }
    let mis_id = group.choice.mis_id;
    let (shown, is_ticked, changed) = (mis_id.clone(), mis_id.clone(), mis_id);
    view! {
        <div class="choice" hidden=move || found.with(|found| !found.contains(&shown))>
            <input
                type="checkbox"
                id=id.clone()
                aria-describedby=hint_id.clone()
                prop:checked=move || ticked.with(|ticked| ticked.contains(&is_ticked))
                on:change:target=move |event| {
                    let tick = event.target().checked();
                    ticked.update(|ticked| set_tick(ticked, changed.clone(), tick));
                }
            />
            <div class="choice-text">
                <label for=id>{group.choice.name}</label>
                <p class="hint" id=hint_id>{facts.join(" · ")}</p>
            </div>
        </div>
    }
    .into_any()
}
