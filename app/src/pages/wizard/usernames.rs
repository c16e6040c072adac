//! Step 1: how usernames are made, shown on the school's own people, and which staff come.

use leptos::prelude::*;
use rollcall_shared::formats::UsernameFormat;
use rollcall_shared::people::PersonKind;
use rollcall_shared::settings::StaffScope;
use rollcall_shared::wizard::{Step, UsernameFormatPreview, UsernamePreview};

use super::step_page::{StepPage, new_users_only};
use super::words::counted;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{Choice, Radios, Table};
use crate::state::draft::use_wizard;

/// The page of step 1.
#[component]
pub fn Usernames() -> impl IntoView {
    let wizard = use_wizard();
    let settings = wizard.answers(Step::Usernames);
    let pupils = RwSignal::new(settings.pupil_usernames);
    let staff = RwSignal::new(settings.staff_usernames);
    let scope = RwSignal::new(settings.staff_scope);
    let answer = Callback::new(move |()| {
        let mut settings = wizard.settings();
        settings.pupil_usernames = pupils.get_untracked();
        settings.staff_usernames = staff.get_untracked();
        settings.staff_scope = scope.get_untracked();
        Ok(settings)
    });
    view! {
        <StepPage step=Step::Usernames title="Usernames" problem=RwSignal::new(None) answer>
            <p class="lead">
                "Choose how usernames are made from names. You can see what each choice would look like for your own people."
            </p>
            {new_users_only("a username")}
            {format_question(PersonKind::Pupil, pupils, scope)}
            {format_question(PersonKind::Staff, staff, scope)}
            {scope_question(scope)}
        </StepPage>
    }
}

/// The question for one kind of people, with what the chosen format makes of the school's own.
fn format_question(
    kind: PersonKind,
    chosen: RwSignal<UsernameFormat>,
    scope: RwSignal<StaffScope>,
) -> AnyView {
    // Which staff come changes nothing about the pupils.
    let preview = Asked::new(move || {
        let scope = match kind {
            PersonKind::Pupil => scope.get_untracked(),
            PersonKind::Staff => scope.get(),
        };
        api::username_preview(kind, scope)
    });
    let (name, legend, recommended) = match kind {
        PersonKind::Pupil => {
            ("pupil_usernames", "Pupils’ usernames", UsernameFormat::ForenameInitial)
        }
        PersonKind::Staff => ("staff_usernames", "Staff usernames", UsernameFormat::InitialSurname),
    };
    let choices = UsernameFormat::ALL
        .into_iter()
        .map(|format| {
            let hint = Signal::derive(move || hint(format, preview.get()));
            let choice = Choice::new(format, format.label()).hint(hint);
            if format == recommended { choice.recommended() } else { choice }
        })
        .collect();
    view! {
        <section class="question">
            <Radios
                name=name
                legend=legend
                choices=choices
                value=Signal::derive(move || Some(chosen.get()))
                on_choose=Callback::new(move |format| chosen.set(format))
            />
            {move || preview.get().map(|preview| preview_panel(preview, chosen.get()))}
        </section>
    }
    .into_any()
}

/// What a format makes of John Smith, and how many clashes it causes in this school.
fn hint(format: UsernameFormat, preview: Option<Answer<UsernamePreview>>) -> String {
    let example = format!("John Smith becomes {}", format.of_john_smith());
    let Some(Ok(preview)) = preview else { return example };
    match of_format(&preview, format) {
        Some(made) if preview.people > 0 => format!("{example} · {}", clashes(made.clashes)),
        _ => example,
    }
}

fn clashes(clashes: u32) -> String {
    if clashes == 0 { "no clashes".to_owned() } else { counted(clashes, "clash", "clashes") }
}

fn of_format(preview: &UsernamePreview, format: UsernameFormat) -> Option<&UsernameFormatPreview> {
    preview.formats.iter().find(|made| made.format == format)
}

fn preview_panel(preview: Answer<UsernamePreview>, format: UsernameFormat) -> AnyView {
    let preview = match preview {
        Ok(preview) => preview,
        Err(problem) => {
            return view! {
                <p class="hint" role="status">
                    {problem.title} ". There are no examples, but you can continue without them."
                </p>
            }
            .into_any();
        }
    };
    let (one, many) = match preview.kind {
        PersonKind::Pupil => ("new pupil", "new pupils"),
        PersonKind::Staff => ("new member of staff", "new members of staff"),
    };
    let Some(made) = of_format(&preview, format).filter(|_| preview.people > 0) else {
        return view! {
            <p class="preview-empty" role="status">
                "There are no " {many} " at the moment. Your choice is kept for later."
            </p>
        }
        .into_any();
    };
    let numbered = match made.clashes {
        0 => "There are no clashes.".to_owned(),
        clashes => format!(
            "{} a number to tell the username from someone else’s.",
            counted(clashes, "of them needs", "of them need")
        ),
    };
    let changed = (made.changed > 0).then(|| {
        format!(
            " {} read as an unsuitable word, so the next format is used.",
            counted(made.changed, "username would", "usernames would")
        )
    });
    let rows = made
        .examples
        .iter()
        .map(|example| {
            vec![
                example.name.clone().into_any(),
                view! { <code class="credential">{example.username.clone()}</code> }.into_any(),
            ]
        })
        .collect();
    view! {
        <div class="preview">
            <p role="status">
                <strong>{counted(preview.people, one, many)} ". "</strong>
                {numbered}
                {changed}
            </p>
            <Table
                caption=format!("Some of your {many}")
                columns=vec!["Name", "Username"]
                rows=rows
                empty="There are no examples."
            />
        </div>
    }
    .into_any()
}

fn scope_question(scope: RwSignal<StaffScope>) -> AnyView {
    let choices = vec![
        Choice::new(StaffScope::TeachersOnly, "Only teachers")
            .hint(
                "Staff your MIS marks as teachers. Other staff rarely need an account, and anyone can be added by hand.",
            )
            .recommended(),
        Choice::new(StaffScope::AllStaff, "All staff").hint(
            "Everyone on your MIS staff list who has an e-mail address: office, kitchen and site staff too.",
        ),
    ];
    view! {
        <section class="question">
            <Radios
                name="staff_scope"
                legend="Which staff to import"
                hint="Staff who have an account keep it, whatever you choose here."
                choices=choices
                value=Signal::derive(move || Some(scope.get()))
                on_choose=Callback::new(move |chosen| scope.set(chosen))
            />
        </section>
    }
    .into_any()
}
