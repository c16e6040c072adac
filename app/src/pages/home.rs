//! What a pupil or a teacher lands on.

use leptos::prelude::*;
use rollcall_shared::people::{ClassKind, ClassRow, Home as HomeData, PersonKind, Role};
use rollcall_shared::session::Me;

use crate::api;
use crate::components::{Loaded, PageShell, Row, Table};
use crate::pictures::picture;
use crate::state::asked::Asked;
use crate::state::session::Session;

/// A greeting, and what is theirs: a pupil's class, a teacher's classes and groups.
#[component]
pub fn Home() -> impl IntoView {
    let session: Session = expect_context();
    let home = Asked::new(api::home);
    let title = Signal::derive(move || {
        session
            .signed_in()
            .map_or_else(|| "Hello".to_owned(), |me| format!("Hello, {}", me.forename))
    });
    view! {
        <PageShell title>
            <Loaded resource=home let:home>
                {move || session.signed_in().map(|me| of_person(&me, home.clone()))}
            </Loaded>
        </PageShell>
    }
}

fn of_person(me: &Me, home: HomeData) -> AnyView {
    match me.role.kind() {
        PersonKind::Pupil => of_pupil(me, home),
        PersonKind::Staff => of_staff(me, home),
    }
}

fn of_pupil(me: &Me, home: HomeData) -> AnyView {
    view! {
        <div class="greeting panel">
            <img src=picture("Owl") alt="" width="120" height="120"/>
            <div class="stack">
        <p class="lead">{format!("You are signed in to {}.", me.school.name)}</p>
        <dl class="facts">
            {home.class.map(|class| view! { <dt>"Your class"</dt><dd>{class}</dd> })}
            {home.year.map(|year| view! { <dt>"Your year"</dt><dd>{year.to_string()}</dd> })}
        </dl>
        </div>
        </div>
        <p>"When you have finished, press Sign out at the top of the page."</p>
    }
    .into_any()
}

fn of_staff(me: &Me, home: HomeData) -> AnyView {
    let (classes, groups): (Vec<_>, Vec<_>) =
        home.classes.into_iter().partition(|class| class.kind == ClassKind::Class);
    let admin = (me.role == Role::Admin).then(|| {
        view! { <p><a href="/dashboard">"Go to the dashboard"</a></p> }
    });
    view! {
        <p class="lead">{format!("You are signed in to {}.", me.school.name)}</p>
        {admin}
        <Table
            caption="Your classes"
            columns=vec!["Class", "Pupils", "Staff"]
            rows=classes.into_iter().map(class_row).collect()
            empty="You have no class. Classes come from your school’s MIS: an admin can see which staff are linked to a class there."
        />
        {(!groups.is_empty())
            .then(|| {
                view! {
                    <Table
                        caption="Your subject groups"
                        columns=vec!["Group", "Pupils", "Staff"]
                        rows=groups.into_iter().map(class_row).collect()
                        empty=""
                    />
                }
            })}
    }
    .into_any()
}

fn class_row(class: ClassRow) -> Row {
    vec![
        class.name.into_any(),
        class.pupils.to_string().into_any(),
        class.staff.join(", ").into_any(),
    ]
}
