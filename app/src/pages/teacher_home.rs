//! What a teacher's page shows: their classes and subject groups.

use leptos::prelude::*;
use rollcall_shared::people::{ClassKind, ClassRow, Home, Role};
use rollcall_shared::session::Me;

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Loaded, Row, Table};
use crate::state::session::Session;

/// The classes and groups of who is signed in.
#[component]
pub fn TeacherHome() -> impl IntoView {
    let session: Session = expect_context();
    let home = Asked::new(api::home);
    view! {
        <Loaded resource=home let:home>
            {move || session.signed_in().map(|me| of_staff(&me, home.clone()))}
        </Loaded>
    }
}

fn of_staff(me: &Me, home: Home) -> AnyView {
    let (classes, groups): (Vec<_>, Vec<_>) =
        home.classes.into_iter().partition(|class| class.kind == ClassKind::Class);
    let is_theirs = me.role != Role::SupportStaff;
    let row = |class| class_row(class, is_theirs);
    let help = (is_theirs && !classes.is_empty()).then(|| {
        view! {
            <p>
                "Open a class to see its pupils, show or renew a password, and print login cards."
            </p>
        }
    });
    let admin = (me.role == Role::Admin).then(|| {
        view! { <p><a href=address::DASHBOARD>"Go to the dashboard"</a></p> }
    });
    view! {
        <p class="lead">{format!("You are signed in to {}.", me.school.name)}</p>
        {admin}
        {help}
        <Table
            caption="Your classes"
            columns=vec!["Class", "Pupils", "Staff"]
            rows=classes.into_iter().map(row).collect()
            empty="You have no classes. They come from your school’s MIS; if you are not in it, your school office can choose them for you."
        />
        {(!groups.is_empty())
            .then(|| {
                view! {
                    <Table
                        caption="Your subject groups"
                        columns=vec!["Group", "Pupils", "Staff"]
                        rows=groups.into_iter().map(row).collect()
                        empty=""
                    />
                }
            })}
    }
    .into_any()
}

/// A row for a class; for those who teach it, its name leads to its pupils.
fn class_row(class: ClassRow, is_theirs: bool) -> Row {
    vec![
        match is_theirs {
            true => view! { <a href=address::own_class(class.id)>{class.name}</a> }.into_any(),
            false => class.name.into_any(),
        },
        class.pupils.to_string().into_any(),
        class.staff.join(", ").into_any(),
    ]
}
