//! What has happened to the connection, and the record to download.

use leptos::prelude::*;
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::routes;

use super::states::state_name;
use crate::components::{Details, Table};
use crate::dates::moment;

/// The connection's history; nothing where nothing has happened.
pub fn history(connection: ConnectionView, with_record: bool) -> AnyView {
    if connection.events.is_empty() {
        return ().into_any();
    }
    let rows = connection
        .events
        .into_iter()
        .map(|event| {
            vec![
                moment(&event.at).into_any(),
                state_name(event.state).into_any(),
                event.cause.into_any(),
            ]
        })
        .collect();
    view! {
        <Details summary="History of the connection">
            <Table
                caption="History of the connection"
                caption_is_hidden=true
                columns=vec!["When", "State", "Details"]
                rows=rows
                empty="Nothing has happened yet."
            />
            {with_record.then(|| view! { <p>{record_link()}</p> })}
        </Details>
    }
    .into_any()
}

/// Downloads the consent record: a file, which the app's own router leaves alone.
pub fn record_link() -> AnyView {
    view! {
        <a href=routes::CONSENT_RECORD download rel="external">
            "Download the consent record"
        </a>
    }
    .into_any()
}
