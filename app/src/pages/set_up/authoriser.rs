//! Who gives consent: the admin, or another person who holds the authority to share data. Here
//! the invitation is sent.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use rollcall_shared::connection::{Authoriser as Person, ConnectionView, Invite};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::scopes::Scope;
use rollcall_shared::{provider, service};

use super::areas::{area, chosen_areas, with_areas, with_same_areas};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{
    Back, Button, Choice, Field, FieldKind, Form, Loaded, PageShell, Radios, error_of,
};
use crate::state::here::Here;
use crate::state::session::Session;
use crate::text::THERE_IS_A_PROBLEM;

/// The page of the authoriser.
#[component]
pub fn Authoriser() -> impl IntoView {
    let connection = Asked::new(api::connection);
    let problem = RwSignal::new(None::<Problem>);
    let form = move |connection: ConnectionView| view! { <Question connection problem/> };
    view! {
        <PageShell
            title="Who gives consent"
            back=Back::to(with_same_areas(address::SCOPES), "Back")
            problem
        >
            <Loaded resource=connection children=form/>
        </PageShell>
    }
}

/// Who will be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Me,
    Another,
}

/// What has been typed of another person.
#[derive(Clone, Copy)]
struct Fields {
    forename: RwSignal<String>,
    surname: RwSignal<String>,
    email: RwSignal<String>,
    phone: RwSignal<String>,
}

impl Fields {
    fn new(person: Person) -> Self {
        Self {
            forename: RwSignal::new(person.forename),
            surname: RwSignal::new(person.surname),
            email: RwSignal::new(person.email),
            phone: RwSignal::new(person.phone.unwrap_or_default()),
        }
    }

    /// The person, or what is missing.
    fn person(self) -> Result<Person, Problem> {
        let typed = |field: RwSignal<String>| field.get_untracked().trim().to_owned();
        let person = Person {
            forename: typed(self.forename),
            surname: typed(self.surname),
            email: typed(self.email),
            phone: Some(typed(self.phone)).filter(|phone| !phone.is_empty()),
        };
        let wrong = [
            ("forename", person.forename.is_empty(), "Enter the person’s first name"),
            ("surname", person.surname.is_empty(), "Enter the person’s surname"),
            (
                "email",
                !reads_as_email(&person.email),
                "Enter the person’s e-mail address, such as head@school.example",
            ),
        ];
        let problem = wrong.into_iter().filter(|(_, is_wrong, _)| *is_wrong).fold(
            Problem::new(Kind::Unusable, THERE_IS_A_PROBLEM),
            |problem, (field, _, message)| problem.field(field, "missing", message),
        );
        if problem.errors.is_empty() { Ok(person) } else { Err(problem) }
    }
}

/// Whether a text can be an e-mail address; whether it is one only sending tells.
fn reads_as_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !text.contains(char::is_whitespace)
            && !host.contains('@')
    })
}

#[component]
fn Question(connection: ConnectionView, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let areas = use_query_map().with_untracked(|query| chosen_areas(query, &connection));
    let session: Session = expect_context();
    let me = untrack(move || session.signed_in());
    let my_name = me.map(|me| format!("{} {}", me.forename, me.surname)).unwrap_or_default();
    let another = connection.authoriser.filter(|before| {
        !before.email.is_empty() && format!("{} {}", before.forename, before.surname) != my_name
    });
    let who = RwSignal::new(if another.is_some() { Who::Another } else { Who::Me });
    let fields = Fields::new(another.unwrap_or_default());
    let send = inviting(areas.clone(), problem);
    let submit = Callback::new(move |()| {
        if send.pending().get_untracked() {
            return;
        }
        problem.set(None);
        let authoriser = match who.get_untracked() {
            Who::Me => Ok(None),
            Who::Another => fields.person().map(Some),
        };
        match authoriser {
            Ok(authoriser) => {
                send.dispatch(authoriser);
            }
            Err(wrong) => problem.set(Some(wrong)),
        }
    });
    view! {
        <p class="lead">
            {concat!(provider!(), " sends an e-mail to the person who can decide about your school’s data, with a link to approve or reject each data area.")}
        </p>
        <Form on_submit=submit>
            <div class="choices-large">{me_or_another(who, &my_name)}</div>
            <div class="another" hidden=move || who.get() == Who::Me>
                {person_fields(fields, problem)}
            </div>
            {what_is_asked_for(&areas)}
            <div class="button-row">
                <Button busy=send.pending()>{concat!("Set up ", provider!(), " ", service!())}</Button>
                // What has been typed stays, since the page stays.
                <a href=with_areas(address::GUIDANCE, &areas) target="_blank">
                    "Guidance for the person who gives consent (opens in a new tab)"
                </a>
            </div>
            <p class="hint">"This sends the invitation. Nothing is read until consent is given."</p>
        </Form>
    }
}

/// Sends the invitation, for these data areas besides those that are required, and goes on to
/// the connection.
fn inviting(areas: Vec<Scope>, problem: RwSignal<Option<Problem>>) -> Action<Option<Person>, ()> {
    let (navigate, here) = (use_navigate(), Here::now());
    Action::new_local(move |authoriser: &Option<Person>| {
        let invite = Invite { optional_scopes: areas.clone(), authoriser: authoriser.clone() };
        let navigate = navigate.clone();
        async move {
            let answer = api::invite(&invite).await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(_) => navigate(address::CONNECTION, NavigateOptions::default()),
                Err(refused) => problem.set(Some(with_own_fields(refused))),
            }
        }
    })
}

/// The server names the fields by their place in what was sent; the page by their own names.
fn with_own_fields(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        if let Some((_, own)) = error.field.rsplit_once('.') {
            error.field = own.to_owned();
        }
    }
    problem
}

fn me_or_another(who: RwSignal<Who>, my_name: &str) -> AnyView {
    let me = if my_name.is_empty() { "Me".to_owned() } else { format!("Me, {my_name}") };
    let choices = vec![
        Choice::new(Who::Me, me).hint(
            "You have the authority to share your school’s data. The e-mail goes to your account’s address.",
        ),
        Choice::new(Who::Another, "Another person").hint(
            "For example the head teacher or the data protection lead. You can print a page of guidance for them.",
        ),
    ];
    view! {
        <Radios
            name="who"
            legend="Who has the authority to share data?"
            choices=choices
            value=Signal::derive(move || Some(who.get()))
            on_choose=Callback::new(move |chosen| who.set(chosen))
        />
    }
    .into_any()
}

fn person_fields(fields: Fields, problem: RwSignal<Option<Problem>>) -> AnyView {
    view! {
        <Field
            id="forename"
            label="First name"
            value=fields.forename
            error=error_of(problem, "forename")
        />
        <Field
            id="surname"
            label="Surname"
            value=fields.surname
            error=error_of(problem, "surname")
        />
        <Field
            id="email"
            label="E-mail address"
            hint=concat!(provider!(), " sends its invitation there.")
            kind=FieldKind::Email
            value=fields.email
            error=error_of(problem, "email")
        />
        <Field
            id="phone"
            label="Telephone number"
            hint=concat!("For ", provider!(), ", in case they have a question.")
            kind=FieldKind::Telephone
            optional=true
            value=fields.phone
            error=error_of(problem, "phone")
        />
    }
    .into_any()
}

/// The data areas of the invitation, in a list, and the way to change them.
fn what_is_asked_for(optional: &[Scope]) -> AnyView {
    let items = Scope::ALL
        .into_iter()
        .filter(|scope| scope.is_required() || optional.contains(scope))
        .map(|scope| view! { <li>{area(scope).name}</li> })
        .collect_view();
    view! {
        <section class="panel">
            <h2>"What you will ask for"</h2>
            <ul>{items}</ul>
            <p>
                <a href=with_areas(address::SCOPES, optional)>"Change the data areas"</a>
            </p>
        </section>
    }
    .into_any()
}
