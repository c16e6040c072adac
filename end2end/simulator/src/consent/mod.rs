//! The pages that a school sees: what is asked, who is left out, when the agent is installed.

mod pages;
mod people;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::NaiveDate;
use maud::{Markup, html};

use crate::{
    callback,
    form::Form,
    page::not_found,
    school::{Authoriser, Scope, Stage},
    state::Shared,
};

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/consent/{token}", get(show))
        .route("/consent/{token}/approve", post(approve))
        .route("/consent/{token}/decline", post(decline))
        .route("/consent/{token}/revoke", post(revoke))
        .route("/consent/{token}/authoriser", post(name_another))
        .route("/consent/{token}/installation", post(book))
        .route("/consent/{token}/installed", post(installed))
        .route("/consent/{token}/tell", post(tell))
        .route("/consent/{token}/choose", post(people::begin))
        .route("/consent/{token}/people", get(people::show_groups))
        .route("/consent/{token}/people/finish", post(people::finish))
        .route("/consent/{token}/people/{group}", get(people::show_group).post(people::save_group))
}

/// The consent link that was followed, and its school.
struct Link {
    token: String,
    estab: String,
}

impl Link {
    fn path(&self) -> String {
        format!("/consent/{}", self.token)
    }

    fn back(&self) -> Response {
        Redirect::to(&self.path()).into_response()
    }
}

impl FromRequestParts<Arc<Shared>> for Link {
    type Rejection = (StatusCode, Markup);

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let unknown = || not_found("This link is not known. It may belong to another service.");
        let path =
            Path::<std::collections::HashMap<String, String>>::from_request_parts(parts, shared);
        let Path(mut path) = path.await.map_err(|_| unknown())?;
        let token = path.remove("token").ok_or_else(unknown)?;
        let world = shared.world();
        let school = world.school_of_link(&token).ok_or_else(unknown)?;
        if school.authorisation.dead_links.contains(&token) {
            return Err((StatusCode::GONE, pages::passed_on(school)));
        }
        Ok(Self { token, estab: school.estab().into() })
    }
}

async fn show(State(shared): State<Arc<Shared>>, link: Link) -> Markup {
    render(&shared, &link, None)
}

fn render(shared: &Shared, link: &Link, problem: Option<&str>) -> Markup {
    let world = shared.world();
    match world.schools.get(&link.estab) {
        Some(school) => pages::consent(school, &link.path(), problem),
        None => html! {},
    }
}

fn refused(shared: &Shared, link: &Link, problem: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, render(shared, link, Some(problem))).into_response()
}

async fn approve(State(shared): State<Arc<Shared>>, link: Link, form: Form) -> Response {
    let scopes: BTreeSet<Scope> = form.all("scope").filter_map(Scope::named).collect();
    if scopes.is_empty() {
        return refused(&shared, &link, "Tick at least one data area, or decline everything.");
    }
    let is_choosing = form.text("people") == "choose";
    shared.change(|world| world.approve(&link.estab, scopes, is_choosing));
    callback::send(&shared, &link.estab).await;
    if is_choosing {
        return Redirect::to(&format!("{}/people", link.path())).into_response();
    }
    link.back()
}

async fn decline(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    shared.change(|world| world.decline(&link.estab, shared.clock.now()));
    link.back()
}

async fn revoke(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    shared.change(|world| {
        if let Some(school) = world.schools.get_mut(&link.estab) {
            school.authorisation.revoke();
        }
    });
    link.back()
}

async fn name_another(State(shared): State<Arc<Shared>>, link: Link, form: Form) -> Response {
    let authoriser =
        Authoriser { name: form.text("name").into(), email: form.text("email").into() };
    if authoriser.name.is_empty() || !authoriser.email.contains('@') {
        return refused(&shared, &link, "Enter the other person's name and e-mail address.");
    }
    shared.change(|world| world.pass_on(&link.estab, authoriser, shared.clock.now()));
    link.back()
}

async fn book(State(shared): State<Arc<Shared>>, link: Link, form: Form) -> Response {
    let Ok(on) = form.text("date").parse::<NaiveDate>() else {
        return refused(&shared, &link, "Enter the date of the installation.");
    };
    shared.change(|world| world.book(&link.estab, on, shared.clock.now()));
    link.back()
}

async fn installed(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    shared.change(|world| world.install(&link.estab));
    callback::send(&shared, &link.estab).await;
    link.back()
}

/// Calls the application back again, for instance after it could not be reached.
async fn tell(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    let is_authorised = shared
        .world()
        .schools
        .get(&link.estab)
        .is_some_and(|school| school.authorisation.stage == Stage::Authorised);
    if is_authorised {
        callback::send(&shared, &link.estab).await;
    }
    link.back()
}
