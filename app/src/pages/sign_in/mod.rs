//! The school's own address: signing in.
//!
//! The username comes first, so that a child with a picture PIN is shown pictures next. Whoever comes
//! by the QR code of a login card is known by it, and goes straight to the pictures or password.

mod pictures;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use rollcall_shared::card::CARD;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Me, SchoolCard, SignIn as Credentials, SignInWith, WayIn};
use wasm_bindgen::JsValue;

use crate::api;
use crate::components::{
    Button, Field, FieldKind, Form, LinkButton, LoadingPage, Look, Notice, PageShell, ProblemPage,
    error_of,
};
use crate::state::asked::Asked;
use crate::state::session::{Session, forget_school, is_way_in, remember_school, start_page};
use pictures::Pictures;

/// The sign-in page of the school in the address.
#[component]
pub fn SignIn() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let school = Asked::new(move || {
        let slug = slug.get();
        async move { api::school(&slug).await }
    });
    move || match school.get() {
        Some(Ok(school)) => {
            remember_school(&school.slug);
            view! { <SignInAt school/> }.into_any()
        }
        Some(Err(problem)) if problem.kind == Kind::NotFound => {
            forget_school();
            view! { <NoSuchSchool/> }.into_any()
        }
        None => view! { <LoadingPage title="Sign in"/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| school.refetch());
            view! { <ProblemPage title="Sign in" problem retry/> }.into_any()
        }
    }
}

#[component]
fn NoSuchSchool() -> impl IntoView {
    view! {
        <PageShell title="There is no school at this address">
            <p>"Check the address on your login card, or look your school up by its name or number."</p>
            <LinkButton href="/?choose=yes">"Find your school"</LinkButton>
        </PageShell>
    }
}

/// What has been asked so far.
#[derive(Clone, PartialEq)]
enum Stage {
    /// It is being asked whose card it is.
    Card,
    Username,
    Secret(SignInWith),
    /// The password was right, but the account is not open yet.
    NotYet(Problem),
}

#[component]
fn SignInAt(school: SchoolCard) -> impl IntoView {
    let session: Session = expect_context();
    let slug = StoredValue::new(school.slug);
    let card = StoredValue::new(take_card());
    let stage = RwSignal::new(card.with_value(|card| match card {
        Some(_) => Stage::Card,
        None => Stage::Username,
    }));
    let problem = RwSignal::new(None::<Problem>);
    let username = RwSignal::new(String::new());
    let secret = RwSignal::new(String::new());
    let came_back = RwSignal::new(false);

    let ask_how = Action::new_local(move |typed: &String| {
        let slug = slug.get_value();
        let asked = Credentials {
            username: typed.clone(),
            password: String::new(),
            card: card.get_value(),
        };
        async move {
            match api::way_in(&slug, &asked).await {
                Ok(WayIn { username: whose, with }) => {
                    problem.set(None);
                    username.set(whose);
                    stage.set(Stage::Secret(with));
                }
                Err(why) => {
                    // Whoever goes on by typing is not asked about the card again.
                    card.set_value(None);
                    problem.set(Some(why));
                    stage.set(Stage::Username);
                }
            }
        }
    });
    if card.with_value(Option::is_some) {
        ask_how.dispatch(String::new());
    }
    let go_in = go_in();
    let sign_in = Action::new_local(move |credentials: &Credentials| {
        let (slug, credentials) = (slug.get_value(), credentials.clone());
        let go_in = go_in.clone();
        async move {
            match api::sign_in(&slug, &credentials).await {
                Ok(me) => go_in(me),
                Err(why) => {
                    secret.set(String::new());
                    if why.kind == Kind::NotYet {
                        problem.set(None);
                        stage.set(Stage::NotYet(why));
                    } else {
                        problem.set(Some(why));
                    }
                }
            }
        }
    });
    let name_given = Callback::new(move |()| {
        let typed = username.get_untracked().trim().to_owned();
        if typed.is_empty() {
            problem.set(Some(missing("username", "Enter your username")));
        } else if !ask_how.pending().get_untracked() {
            ask_how.dispatch(typed);
        }
    });
    let secret_given = Callback::new(move |()| {
        let credentials = Credentials {
            username: username.get_untracked().trim().to_owned(),
            password: secret.get_untracked(),
            card: card.get_value(),
        };
        if credentials.password.is_empty() {
            problem.set(Some(missing("password", "Enter your password")));
        } else if !sign_in.pending().get_untracked() {
            sign_in.dispatch(credentials);
        }
    });
    let start_again = Callback::new(move |()| {
        problem.set(None);
        secret.set(String::new());
        if card.with_value(Option::is_some) {
            card.set_value(None);
            username.set(String::new());
        }
        came_back.set(true);
        stage.set(Stage::Username);
    });
    let already = move || {
        session.signed_in().map(|me| {
            view! {
                <Notice>
                    <p>
                        "You are signed in as " {me.forename} " " {me.surname} ". "
                        <a href=start_page(me.role)>"Go to your home page"</a>
                    </p>
                </Notice>
            }
        })
    };
    // A child with pictures is told beside the pictures, and stays on the keypad.
    let has_pictures = move || matches!(stage.get(), Stage::Secret(SignInWith::Pictures(_)));
    let in_summary = Signal::derive(move || problem.get().filter(|_| !has_pictures()));
    view! {
        <PageShell title=format!("Sign in to {}", school.name) problem=in_summary>
            {already}
            <div class="narrow-panel">
                {move || match stage.get() {
                    Stage::Card => {
                        view! {
                            <p class="loading" role="status">
                                "Looking at your card…"
                            </p>
                        }
                            .into_any()
                    }
                    Stage::Secret(SignInWith::Card) => {
                        view! {
                            <Told
                                title="Use your login card to sign in here"
                                detail="Point the camera of this device at the square code on your card. On a device you have signed in on before, or at school, you can type your username."
                            />
                            <Button look=Look::Secondary on_press=start_again>
                                "Sign in as someone else"
                            </Button>
                        }
                            .into_any()
                    }
                    Stage::Username => {
                        view! {
                            <UsernameForm
                                username
                                again=came_back
                                error=error_of(problem, "username")
                                busy=ask_how.pending()
                                on_submit=name_given
                            />
                        }
                            .into_any()
                    }
                    Stage::NotYet(Problem { title, detail, .. }) => {
                        view! {
                            <Told title detail=detail.unwrap_or_default()/>
                            <Button look=Look::Secondary on_press=start_again>
                                "Sign in as someone else"
                            </Button>
                        }
                            .into_any()
                    }
                    Stage::Secret(with) => {
                        view! {
                            <p class="row row-spread">
                                <span>
                                    "Signing in as " <strong class="credential">{username}</strong>
                                </span>
                                <Button look=Look::Quiet on_press=start_again>
                                    "Not you?"
                                </Button>
                            </p>
                            {match with {
                                SignInWith::Password | SignInWith::Card => {
                                    view! {
                                        <PasswordForm
                                            username
                                            password=secret
                                            error=error_of(problem, "password")
                                            busy=sign_in.pending()
                                            on_submit=secret_given
                                        />
                                    }
                                        .into_any()
                                }
                                SignInWith::Pictures(count) => {
                                    view! {
                                        <Pictures
                                            count
                                            pin=secret
                                            problem
                                            busy=sign_in.pending()
                                            on_complete=secret_given
                                        />
                                    }
                                        .into_any()
                                }
                            }}
                        }
                            .into_any()
                    }
                }}
            </div>
            <p>
                <a href="/?choose=yes">"Not your school?"</a>
            </p>
        </PageShell>
    }
}

/// Takes the card's key out of the address, so that nobody finds it there later.
fn take_card() -> Option<String> {
    let location = window().location();
    let hash = location.hash().ok()?;
    let card = hash.trim_start_matches('#').strip_prefix(CARD)?.to_owned();
    let address = location.pathname().ok()? + &location.search().unwrap_or_default();
    let history = window().history().ok()?;
    // Fails only where the browser keeps no history.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    Some(card)
}

/// Says when an account opens, or what is needed; takes the focus, since the form it follows is gone.
#[component]
fn Told(#[prop(into)] title: String, #[prop(into)] detail: String) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(|node| {
        // Fails only where the page has gone already.
        let _ = node.focus();
    });
    view! {
        <div tabindex="-1" class="said" role="status" node_ref=node>
            <Notice title>
                <p>{detail}</p>
            </Notice>
        </div>
    }
}

#[component]
fn UsernameForm(
    /// What has been typed.
    username: RwSignal<String>,
    /// Whether "Not you?" has led back here.
    again: RwSignal<bool>,
    /// Why it can't be used.
    error: Signal<Option<String>>,
    /// Whether the server is being asked.
    #[prop(into)]
    busy: Signal<bool>,
    /// Goes on.
    on_submit: Callback<()>,
) -> impl IntoView {
    view! {
        <Form on_submit>
            <Field
                id="username"
                label="Username"
                hint="It is on your login card. Staff can use their e-mail address."
                value=username
                error
                kind=FieldKind::Username
                autocomplete="username"
                focused=again.get_untracked()
            />
            <Button busy>"Continue"</Button>
        </Form>
    }
}

#[component]
fn PasswordForm(
    /// The username given before, for the browser's own password manager.
    username: RwSignal<String>,
    /// What has been typed.
    password: RwSignal<String>,
    /// Why it can't be used.
    error: Signal<Option<String>>,
    /// Whether the server is being asked.
    #[prop(into)]
    busy: Signal<bool>,
    /// Signs in.
    on_submit: Callback<()>,
) -> impl IntoView {
    view! {
        <Form on_submit>
            <input type="text" name="username" autocomplete="username" prop:value=username hidden/>
            <Field
                id="password"
                label="Password"
                value=password
                error
                kind=FieldKind::Password
                autocomplete="current-password"
                focused=true
            />
            <Button busy>"Sign in"</Button>
        </Form>
    }
}

/// Where somebody goes who has just signed in: back to the page they wanted, else where a person
/// of their role starts from.
fn go_in() -> impl Fn(Me) + Clone + 'static {
    let session: Session = expect_context();
    let navigate = use_navigate();
    let wanted = use_query_map().with_untracked(|query| query.get("next"));
    move |me: Me| {
        let start = start_page(me.role);
        let page = wanted.as_deref().filter(|page| is_our_own(page) && !is_way_in(page));
        let page = page.unwrap_or(start).to_owned();
        session.signed_in_as(me);
        navigate(&page, NavigateOptions { replace: true, ..NavigateOptions::default() });
    }
}

/// Whether an address is a page of this app: an address elsewhere is not followed.
fn is_our_own(page: &str) -> bool {
    page.starts_with('/') && !page.starts_with("//") && !page.contains('\\')
}

fn missing(field: &str, message: &str) -> Problem {
    Problem::new(Kind::Unusable, message).field(field, "missing", message)
}
