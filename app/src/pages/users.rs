//! Manage users: links to every list and tool.

use leptos::prelude::*;

use crate::address;
use crate::components::PageShell;

/// The lists, and the Tools.
#[component]
pub fn Users() -> impl IntoView {
    view! {
        <PageShell title="Manage users" wide=true>
            <h2 id="lists">"People"</h2>
            <nav aria-labelledby="lists">
                <ul class="grid">
                    {tile(address::PUPILS, "Pupils", "Usernames, classes and login cards.")}
                    {tile(address::STAFF, "Staff", "Teachers, support staff and admins.")}
                    {tile(address::CLASSES, "Classes", "Who is in each class, and who teaches it.")}
                    {tile(address::GROUPS, "Subject groups", "Groups that come from your MIS.")}
                    {tile(
                        address::TRASH,
                        "Trash",
                        "People who left. They can be restored until the date shown.",
                    )}
                </ul>
            </nav>
            <h2 id="tools">"Tools"</h2>
            <nav aria-labelledby="tools">
                <ul class="grid">
                    {tile(
                        address::WIZARD,
                        "MIS sync wizard",
                        "Create and update everyone’s accounts from your MIS.",
                    )}
                    {tile(
                        address::NIGHTLY_SYNC,
                        "Nightly sync",
                        "Bring accounts up to date automatically each night, and choose who is told.",
                    )}
                    {tile(
                        address::CONNECTION,
                        "Connection to your MIS",
                        "See what is shared and its history, ask for other data areas, or disconnect.",
                    )}
                    {tile(address::CARDS, "Login cards", "Print what pupils need to sign in.")}
                    {tile(
                        address::SIGN_INS,
                        "Sign-ins",
                        "Your school’s own internet addresses, and sign-ins that are slowed.",
                    )}
                    {tile(address::RUNS, "Sync history", "What each sync did, and when.")}
                    {tile(
                        address::NEW_STAFF,
                        "Add a member of staff",
                        "For someone who is not in your MIS.",
                    )}
                    {tile(
                        address::NEW_PUPIL,
                        "Add a pupil",
                        "For someone who is not in your MIS.",
                    )}
                </ul>
            </nav>
        </PageShell>
    }
}

fn tile(href: &'static str, label: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <li>
            <div class="tile">
                <h3><a href=href>{label}</a></h3>
                <p>{words}</p>
            </div>
        </li>
    }
}
