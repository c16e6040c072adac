//! The school's own address: signing in.
//!
//! The username comes first, so that a child with a picture PIN is shown pictures next. Anyone who
//! scans a login card is identified by it, and goes straight to the pictures or password.

mod pictures;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use rollcall_shared::card::CARD;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Me, SchoolCard, SignIn as Credentials, SignInWith, WayIn};
use wasm_bindgen::JsValue;

use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{
    Button, Field, FieldKind, Form, LinkButton, Look, Notice, PageShell, error_of, missing,
    unanswered_page,
};
use crate::shell::{self, Early};
use crate::state::session::{Session, forget_school, remember_school, start_page};
use pictures::Pictures;

/// The sign-in page of the school in the address.
#[component]
pub fn SignIn(
    /// Fetches ahead what staff, or others, see first.
    ahead: fn(is_staff: bool),
) -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let school = Asked::new(move || {
        let slug = slug.get();
        async move { api::school(&slug).await }
    });
    move || match school.get() {
        Some(Ok(school)) => {
            remember_school(&school.slug);
            view! { <SignInAt school ahead/> }.into_any()
        }
        Some(Err(problem)) if problem.kind == Kind::NotFound => {
            forget_school();
            view! { <NoSuchSchool/> }.into_any()
        }
        answer => unanswered_page("Sign in", school, answer.and_then(Result::err)),
    }
}

#[component]
fn NoSuchSchool() -> impl IntoView {
    view! {
        <PageShell title="There is no school at this address">
            <p>"Check the address on your login card, or find your school by its name or number."</p>
            <LinkButton href=address::CHOOSE_SCHOOL>"Find your school"</LinkButton>
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
    /// The password was right, but the account is not open.
    NotOpen(Problem),
}

/// The sign-in page's state: what has been typed and answered so far.
#[derive(Clone, Copy)]
struct SigningIn {
    slug: StoredValue<String>,
    /// The key of the login card, as long as it counts.
    card: StoredValue<Option<String>>,
    stage: RwSignal<Stage>,
    problem: RwSignal<Option<Problem>>,
    username: RwSignal<String>,
    secret: RwSignal<String>,
    /// Whether "Not you?" has led back to the username.
    came_back: RwSignal<bool>,
    ahead: fn(bool),
}

impl SigningIn {
    fn new(slug: String, card: Option<String>, username: String, ahead: fn(bool)) -> Self {
        let stage = if card.is_some() { Stage::Card } else { Stage::Username };
        Self {
            slug: StoredValue::new(slug),
            card: StoredValue::new(card),
            stage: RwSignal::new(stage),
            problem: RwSignal::new(None),
            username: RwSignal::new(username),
            secret: RwSignal::new(String::new()),
            came_back: RwSignal::new(false),
            ahead,
        }
    }

    fn has_card(self) -> bool {
        self.card.with_value(Option::is_some)
    }

    /// Takes the answer to who is signing in, and how.
    fn take_way_in(self, answer: Answer<WayIn>) {
        match answer {
            Ok(WayIn { username, with }) => {
                self.problem.set(None);
                // Pupils have no e-mail address.
                (self.ahead)(username.contains('@'));
                self.username.set(username);
                self.stage.set(Stage::Secret(with));
            }
            Err(why) => {
                // Anyone who then types a username is not asked about the card again.
                self.card.set_value(None);
                self.problem.set(Some(why));
                self.stage.set(Stage::Username);
            }
        }
    }

    /// What has been typed, to sign in with.
    fn credentials(self) -> Credentials {
        Credentials {
            username: self.username.get_untracked().trim().to_owned(),
            password: self.secret.get_untracked(),
            card: self.card.get_value(),
        }
    }

    /// Takes the reason why someone could not sign in.
    fn take_refusal(self, why: Problem) {
        self.secret.set(String::new());
        if matches!(why.kind, Kind::NotYet | Kind::Blocked) {
            self.problem.set(None);
            self.stage.set(Stage::NotOpen(why));
        } else {
            self.problem.set(Some(why));
        }
    }

    /// Goes back to the username.
    fn start_again(self) {
        self.problem.set(None);
        self.secret.set(String::new());
        if self.has_card() {
            self.card.set_value(None);
            self.username.set(String::new());
        }
        self.came_back.set(true);
        self.stage.set(Stage::Username);
    }
}

#[component]
fn SignInAt(school: SchoolCard, ahead: fn(bool)) -> impl IntoView {
    let Early { username, is_sent } = shell::take_early();
    let forgotten = address::forgotten(&school.slug);
    let state = SigningIn::new(school.slug, take_card(), username, ahead);
    let SigningIn { stage, problem, username, .. } = state;
    let ask_how = asking_how(state);
    if state.has_card() {
        ask_how.dispatch(String::new());
    }
    let sign_in = signing_in(state);
    let name_given = Callback::new(move |()| {
        let typed = username.get_untracked().trim().to_owned();
        if typed.is_empty() {
            problem.set(Some(missing("username", "Enter your username")));
        } else if !ask_how.pending().get_untracked() {
            ask_how.dispatch(typed);
        }
    });
    if is_sent {
        name_given.run(());
    }
    let secret_given = Callback::new(move |()| {
        let credentials = state.credentials();
        if credentials.password.is_empty() {
            problem.set(Some(missing("password", "Enter your password")));
        } else if !sign_in.pending().get_untracked() {
            sign_in.dispatch(credentials);
        }
    });
    // With pictures the problem is shown above the keypad, which keeps the focus.
    let has_pictures = move || matches!(stage.get(), Stage::Secret(SignInWith::Pictures(_)));
    let in_summary = Signal::derive(move || problem.get().filter(|_| !has_pictures()));
    view! {
        <PageShell title=format!("Sign in to {}", school.name) problem=in_summary>
            <AlreadySignedIn/>
            <div class="narrow-panel">
                {move || match stage.get() {
                    Stage::Card => checking_card(),
                    Stage::Username => {
                        view! {
                            <UsernameForm state busy=ask_how.pending() on_submit=name_given/>
                        }
                            .into_any()
                    }
                    Stage::Secret(SignInWith::Card) => card_needed(state),
                    Stage::NotOpen(Problem { title, detail, .. }) => {
                        not_here(state, title, detail.unwrap_or_default())
                    }
                    Stage::Secret(with) => {
                        view! {
                            <SecretForm state with busy=sign_in.pending() on_submit=secret_given/>
                        }
                            .into_any()
                    }
                }}
            </div>
            <p>
                <a href=forgotten>"Forgotten your password?"</a>
            </p>
            <p>
                <a href=address::CHOOSE_SCHOOL>"Not your school?"</a>
            </p>
        </PageShell>
    }
}

/// Asks how someone signs in: who has typed this username, or whose card it is.
fn asking_how(state: SigningIn) -> Action<String, ()> {
    Action::new_local(move |typed: &String| {
        let slug = state.slug.get_value();
        let asked = Credentials {
            username: typed.clone(),
            password: String::new(),
            card: state.card.get_value(),
        };
        async move { state.take_way_in(api::way_in(&slug, &asked).await) }
    })
}

/// Signs in, and leaves the page.
fn signing_in(state: SigningIn) -> Action<Credentials, ()> {
    let go_in = go_in();
    Action::new_local(move |credentials: &Credentials| {
        let (slug, credentials) = (state.slug.get_value(), credentials.clone());
        let go_in = go_in.clone();
        async move {
            match api::sign_in(&slug, &credentials).await {
                Ok(me) => go_in(me),
                Err(why) => state.take_refusal(why),
            }
        }
    })
}

/// That someone is signed in already, if so.
#[component]
fn AlreadySignedIn() -> impl IntoView {
    let session: Session = expect_context();
    move || {
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
    }
}

fn checking_card() -> AnyView {
    view! {
        <p class="loading" role="status">
            "Checking your card…"
        </p>
    }
    .into_any()
}

/// That someone can sign in here with their card only.
fn card_needed(state: SigningIn) -> AnyView {
    not_here(
        state,
        "Use your login card to sign in here".to_owned(),
        "Point the camera of this device at the square code on your card. On a device you have signed in on before, or at school, you can type your username.".to_owned(),
    )
}

/// Why someone cannot sign in here or now, and the way for someone else.
fn not_here(state: SigningIn, title: String, detail: String) -> AnyView {
    view! {
        <Told title detail/>
        <Button look=Look::Secondary on_press=Callback::new(move |()| state.start_again())>
            "Sign in as someone else"
        </Button>
    }
    .into_any()
}

/// Removes the card's key from the address, so that no one finds it there later.
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
    state: SigningIn,
    /// Whether the server is being asked.
    #[prop(into)]
    busy: Signal<bool>,
    /// Takes the username.
    on_submit: Callback<()>,
) -> impl IntoView {
    view! {
        <Form on_submit>
            <Field
                id="username"
                label="Username"
                hint="It is on your login card. Staff can use their e-mail address."
                value=state.username
                error=error_of(state.problem, "username")
                kind=FieldKind::Username
                autocomplete="username"
                focused=state.came_back.get_untracked()
            />
            <Button busy>"Continue"</Button>
        </Form>
    }
}

/// Who is signing in, and their pictures or password.
#[component]
fn SecretForm(
    state: SigningIn,
    /// How they sign in.
    with: SignInWith,
    /// Whether the server is being asked.
    #[prop(into)]
    busy: Signal<bool>,
    /// Signs in.
    on_submit: Callback<()>,
) -> impl IntoView {
    let SigningIn { problem, username, secret, .. } = state;
    let form = match with {
        SignInWith::Pictures(count) => {
            view! { <Pictures count pin=secret problem busy on_complete=on_submit/> }.into_any()
        }
        SignInWith::Password | SignInWith::Card => {
            let error = error_of(problem, "password");
            view! { <PasswordForm username password=secret error busy on_submit/> }.into_any()
        }
    };
    view! {
        <p class="row row-spread">
            <span>"Signing in as " <strong class="credential">{username}</strong></span>
            <Button look=Look::Quiet on_press=Callback::new(move |()| state.start_again())>
                "Not you?"
            </Button>
        </p>
        {form}
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

/// Where people go after signing in: back to the page they wanted, else the start page
/// of their role.
fn go_in() -> impl Fn(Me) + Clone + 'static {
    let session: Session = expect_context();
    let navigate = use_navigate();
    let wanted = use_query_map().with_untracked(|query| query.get("next"));
    move |me: Me| {
        let start = start_page(me.role);
        let page = wanted.as_deref().filter(|page| is_our_own(page) && !address::is_way_in(page));
        let page = page.unwrap_or(start).to_owned();
        session.signed_in_as(me);
        navigate(&page, NavigateOptions { replace: true, ..NavigateOptions::default() });
    }
}

/// Whether an address is a page of this app: an address elsewhere is not followed.
fn is_our_own(page: &str) -> bool {
    page.starts_with('/') && !page.starts_with("//") && !page.contains('\\')
}
