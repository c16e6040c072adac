//! Manage users: the way to every list and tool.

use leptos::prelude::*;

use crate::components::PageShell;

/// The lists, and the Tools.
#[component]
pub fn Users() -> impl IntoView {
    view! {
        <PageShell title="Manage users" wide=true>
            <h2 id="lists">"People"</h2>
            <nav aria-labelledby="lists">
                <ul class="grid">
                    {tile("/users/pupils", "Pupils", "Usernames, classes and login cards.")}
                    {tile("/users/staff", "Staff", "Teachers, support staff and admins.")}
                    {tile("/users/classes", "Classes", "Who is in each class, and who teaches it.")}
                    {tile("/users/groups", "Subject groups", "Groups that come from your MIS.")}
                    {tile(
                        "/users/trash",
                        "Trash",
                        "People who left. They can be restored until the date shown.",
                    )}
                </ul>
            </nav>
            <h2 id="tools">"Tools"</h2>
            <nav aria-labelledby="tools">
                <ul class="grid">
                    {tile(
                        "/wizard",
                        "MIS sync wizard",
                        "Create and update everybody’s account from your MIS.",
                    )}
                    {tile(
                        "/users/nightly-sync",
                        "Nightly sync",
                        "Bring accounts up to date each night by itself, and who is told.",
                    )}
                    {tile(
                        "/set-up/waiting",
                        "Connection to your MIS",
                        "What is shared, its history and its record; other data areas; disconnecting.",
                    )}
                    {tile("/cards", "Login cards", "Print what pupils need to sign in.")}
                    {tile(
                        "/users/sign-ins",
                        "Sign-ins",
                        "Your school’s own internet addresses, and sign-ins that are slowed.",
                    )}
                    {tile("/runs", "Runs", "What each run did, and when.")}
                    {tile(
                        "/users/staff/new",
                        "Add a member of staff",
                        "For somebody who is not in your MIS.",
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
