//! Step 2: a password format for each year group, with an example and how strong it is.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use rollcall_shared::formats::{PICTURES, PasswordFormat, Strength, pictures_of};
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{MisYear, PasswordFormatInfo, Step};
use rollcall_shared::year_group::{KeyStage, YearGroup, YearTarget};

use super::step_page::{StepPage, new_users_only};
use super::words::{counted, number};
use crate::api;
use crate::asked::Asked;
use crate::components::{Details, Loaded, Select, Table, Tag, TagTone};
use crate::sets::set_of;
use crate::state::draft::use_wizard;

/// A year group and the format chosen for it.
#[derive(Clone, Copy)]
struct Line {
    year: YearGroup,
    format: RwSignal<PasswordFormat>,
}

/// The page of step 2.
#[component]
pub fn Passwords() -> impl IntoView {
    let wizard = use_wizard();
    let settings = wizard.answers(Step::Passwords);
    let mis_years = wizard.view().map(|view| view.years).unwrap_or_default();
    let pupils = pupils_of_years(&mis_years);
    let lines: Vec<Line> = shown_years(&settings, &pupils)
        .into_iter()
        .map(|year| Line { year, format: RwSignal::new(settings.password_format(year)) })
        .collect();
    let formats = Asked::new(api::password_formats);
    let answer = Callback::new({
        let lines = lines.clone();
        move |()| {
            let mut settings = wizard.settings();
            settings
                .passwords
                .extend(lines.iter().map(|line| (line.year, line.format.get_untracked())));
            Ok(settings)
        }
    });
    let stages: BTreeSet<KeyStage> = set_of(lines.iter().map(|line| line.year.key_stage()));
    let stages = stages
        .into_iter()
        .map(|stage| {
            let lines = lines.iter().copied().filter(|line| line.year.key_stage() == stage);
            key_stage(stage, lines.collect(), &pupils, formats)
        })
        .collect_view();
    view! {
        <StepPage step=Step::Passwords title="Passwords" problem=RwSignal::new(None) answer>
            <p class="lead">
                "Choose the kind of password for each year group. What suits Nursery does not suit Year 6: short and with pictures for the youngest, longer words for the oldest."
            </p>
            {new_users_only("a password")}
            <p>
                "Passwords are random and can be printed on login cards. Staff choose their own password, using a link we e-mail them."
            </p>
            {stages}
            <Details summary="Compare all the formats">
                <Loaded resource=formats children=comparison/>
            </Details>
        </StepPage>
    }
}

/// How many of the MIS's pupils each year group has, so far as that is known before step 3.
fn pupils_of_years(years: &[MisYear]) -> BTreeMap<YearGroup, u32> {
    let mut pupils = BTreeMap::new();
    for year in years {
        let target = match year.decided {
            Some(YearTarget::Import(target)) => Some(target),
            Some(YearTarget::DoNotImport) => None,
            None => year.suggestion.map(|suggestion| suggestion.year),
        };
        if let Some(target) = target {
            *pupils.entry(target).or_default() += year.pupils;
        }
    }
    pupils
}

/// The years of a primary school, and whatever else the school has.
fn shown_years(settings: &Settings, pupils: &BTreeMap<YearGroup, u32>) -> BTreeSet<YearGroup> {
    let known = settings.passwords.keys().chain(pupils.keys());
    set_of(YearGroup::primary().chain(known.copied()))
}

fn choices() -> Vec<(PasswordFormat, String)> {
    PasswordFormat::ALL.into_iter().map(|format| (format, format.label().to_owned())).collect()
}

/// The year groups of a key stage, and one answer for them all.
fn key_stage(
    stage: KeyStage,
    lines: Vec<Line>,
    pupils: &BTreeMap<YearGroup, u32>,
    formats: Asked<Vec<PasswordFormatInfo>>,
) -> AnyView {
    let common = {
        let lines = lines.clone();
        Signal::derive(move || {
            let mut formats = lines.iter().map(|line| line.format.get());
            let first = formats.next()?;
            formats.all(|format| format == first).then_some(first)
        })
    };
    let rows = lines.iter().map(|line| year_line(*line, pupils, formats)).collect_view();
    let apply = Callback::new(move |format: Option<PasswordFormat>| {
        if let Some(format) = format {
            for line in &lines {
                line.format.set(format);
            }
        }
    });
    let id = match stage {
        KeyStage::EarlyYears => "all-early-years",
        KeyStage::KeyStage1 => "all-key-stage-1",
        KeyStage::KeyStage2 => "all-key-stage-2",
        KeyStage::Later => "all-later",
    };
    view! {
        <section class="key-stage" aria-labelledby=format!("{id}-heading")>
            <h2 id=format!("{id}-heading")>{stage.label()}</h2>
            <div class="whole-stage">
                <Select
                    id=id
                    label=format!("The same for all of {}", in_a_sentence(stage))
                    nothing="Different for each year group"
                    choices=choices()
                    value=common
                    on_choose=apply
                />
            </div>
            {rows}
        </section>
    }
    .into_any()
}

const fn in_a_sentence(stage: KeyStage) -> &'static str {
    match stage {
        KeyStage::EarlyYears => "early years",
        KeyStage::KeyStage1 => "key stage 1",
        KeyStage::KeyStage2 => "key stage 2",
        KeyStage::Later => "Years 7 to 13",
    }
}

fn year_line(
    line: Line,
    pupils: &BTreeMap<YearGroup, u32>,
    formats: Asked<Vec<PasswordFormatInfo>>,
) -> AnyView {
    let label = match pupils.get(&line.year) {
        Some(&pupils) => format!("{} · {}", line.year, counted(pupils, "pupil", "pupils")),
        None => line.year.to_string(),
    };
    let explained = move || {
        let formats = formats.get()?.ok()?;
        formats.into_iter().find(|info| info.format == line.format.get()).map(explanation)
    };
    let explained_by = format!("password-{}-explained", line.year.slug());
    view! {
        <div class="year-line">
            <Select
                id=format!("password-{}", line.year.slug())
                explained_by=explained_by.clone()
                label=label
                choices=choices()
                value=Signal::derive(move || Some(line.format.get()))
                on_choose=Callback::new(move |format: Option<PasswordFormat>| {
                    if let Some(format) = format {
                        line.format.set(format);
                    }
                })
            />
            <p class="hint" id=explained_by>{explained}</p>
        </div>
    }
    .into_any()
}

fn explanation(info: PasswordFormatInfo) -> AnyView {
    view! {
        "For example " <code class="credential">{example(&info)}</code> " · "
        {number(info.possible_values)} " possible · " {strength_tag(info.strength)}
    }
    .into_any()
}

/// An example as a pupil would know it: pictures by their names.
fn example(info: &PasswordFormatInfo) -> String {
    if info.format.is_pictures() {
        let pictures: Vec<&str> = pictures_of(&info.example)
            .into_iter()
            .filter_map(|picture| PICTURES.get(picture).copied())
            .collect();
        pictures.join(", ")
    } else {
        info.example.clone()
    }
}

fn strength_tag(strength: Strength) -> AnyView {
    let tone = match strength {
        Strength::VeryEasy => TagTone::Attention,
        Strength::Easy | Strength::Medium => TagTone::Plain,
        Strength::Strong => TagTone::Good,
    };
    view! { <Tag tone>{strength.label()}</Tag> }.into_any()
}

fn comparison(formats: Vec<PasswordFormatInfo>) -> AnyView {
    let rows = formats
        .into_iter()
        .map(|info| {
            vec![
                info.format.label().into_any(),
                view! { <code class="credential">{example(&info)}</code> }.into_any(),
                number(info.possible_values).into_any(),
                strength_tag(info.strength),
            ]
        })
        .collect();
    view! {
        <Table
            caption="The password formats, the easiest first"
            columns=vec!["Format", "Example", "Possible passwords", "Strength"]
            rows=rows
            empty="There are no formats."
        />
        <p>
            "Even the shortest is safe: after a few wrong tries signing in is slowed down, so that no one can try them all."
        </p>
    }
    .into_any()
}
