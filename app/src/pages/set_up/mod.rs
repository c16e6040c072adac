//! Connecting the school to its MIS, once, through Groupcall Xporter.

pub mod absences;
mod areas;
pub mod authoriser;
pub mod disconnect;
mod granted;
pub mod guidance;
mod history;
pub mod scopes;
mod states;
pub mod waiting;
pub mod what_is_read;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::{provider, service};

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, LinkButton, Loaded, Notice, PageShell};

/// What the set-up is, what happens, and who has to act. A school that has been invited already
/// is shown its state.
#[component]
pub fn SetUp() -> impl IntoView {
    let connection = Asked::new(api::connection);
    view! {
        <PageShell
            title="Connect your MIS"
            back=Back::to(address::USERS, "Back to manage users")
        >
            <Loaded resource=connection children=start/>
        </PageShell>
    }
}

fn start(connection: ConnectionView) -> AnyView {
    if connection.state != ConnectionState::NotSetUp {
        use_navigate()(
            address::CONNECTION,
            NavigateOptions { replace: true, ..NavigateOptions::default() },
        );
        return ().into_any();
    }
    view! {
        <p class="lead">
            "Your school’s information system (MIS) has every pupil and teacher. Connect it once, and a short wizard creates and updates all their accounts: no files, and nothing shared that is not needed."
        </p>
        <section>
            <h2>"What happens"</h2>
            <ol class="stages">
                <li>
                    <strong>"You choose what we may see."</strong>
                    " Three data areas are needed; three more are up to you."
                </li>
                <li>
                    <strong>"You choose who gives consent."</strong>
                    " You, or the person in your school who has the authority to share data."
                </li>
                <li>
                    <strong>{concat!("That person answers an e-mail from ", provider!(), ".")}</strong>
                    " It leads to a page where each data area is approved or rejected, and people can be left out."
                </li>
                <li>
                    <strong>{concat!(provider!(), "’s ", service!(), " is installed, if your school does not have it.")}</strong>
                    " You book a time for that; most schools have it already."
                </li>
                <li>
                    <strong>"The wizard opens."</strong>
                    " You are not asked for any of this again."
                </li>
            </ol>
        </section>
        <Notice>
            <p>
                {concat!(provider!(), " ", service!(), " is the service that passes on data from your MIS. Your school can limit, pause or end the consent there at any time.")}
            </p>
        </Notice>
        <div class="button-row">
            <LinkButton href=address::SCOPES>"Start"</LinkButton>
            <a href=address::WHAT_IS_READ>"See exactly what is read and kept"</a>
        </div>
        {history::history(connection, true)}
    }
    .into_any()
}
