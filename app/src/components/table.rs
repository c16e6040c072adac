//! Tables, and the links between their pages.

use leptos::prelude::*;

use super::page_shell::focus_heading;

/// One row: its cells, in the order of the columns. The first names the row.
pub type Row = Vec<AnyView>;

/// A table. On a narrow screen each row becomes a block, its cells labelled by their columns.
#[component]
pub fn Table(
    /// What the table lists.
    #[prop(into)]
    caption: String,
    /// Whether the caption is only read out, where a heading says the same.
    #[prop(optional)]
    caption_is_hidden: bool,
    /// The headings of the columns; an empty one is for buttons.
    columns: Vec<&'static str>,
    /// The rows.
    rows: Vec<Row>,
    /// What is said where there are no rows.
    #[prop(into)]
    empty: String,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="empty">{empty}</p> }.into_any();
    }
    let head = columns
        .iter()
        .map(|&title| match title {
            // Not an empty heading: it would be announced as one.
            "" => view! { <td></td> }.into_any(),
            title => view! { <th scope="col" role="columnheader">{title}</th> }.into_any(),
        })
        .collect_view();
    let body = rows.into_iter().map(|cells| row_view(&columns, cells)).collect_view();
    // The roles keep it a table for screen readers where the narrow layout shows blocks.
    view! {
        <table class="table" role="table">
            <caption class:visually-hidden=caption_is_hidden>{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">{head}</tr>
            </thead>
            <tbody role="rowgroup">{body}</tbody>
        </table>
    }
    .into_any()
}

fn row_view(columns: &[&'static str], cells: Row) -> AnyView {
    let cells = cells
        .into_iter()
        .zip(columns)
        .enumerate()
        .map(|(index, (cell, &title))| {
            if index == 0 {
                view! { <th scope="row" role="rowheader">{cell}</th> }.into_any()
            } else {
                view! { <td role="cell" data-label=title>{cell}</td> }.into_any()
            }
        })
        .collect_view();
    view! { <tr role="row">{cells}</tr> }.into_any()
}

/// The links between the pages of a long list, and what part of it is shown.
#[component]
pub fn Paging(
    /// The page shown, from 1.
    page: u32,
    /// Rows on a full page.
    page_size: u32,
    /// Rows on all pages together.
    total: u32,
    /// The address of a page.
    #[prop(into)]
    href: Callback<u32, String>,
    /// The address of the whole list as a table file.
    #[prop(into)]
    csv: String,
) -> impl IntoView {
    let pages = total.div_ceil(page_size.max(1)).max(1);
    if total == 0 {
        return ().into_any();
    }
    let first = page.saturating_sub(1) * page_size + 1;
    let last = (page * page_size).min(total);
    // The pressed link may disappear with its page, so the focus moves to the heading.
    let previous = (page > 1).then(|| {
        view! {
            <a href=href.run(page - 1) rel="prev" on:click=|_| focus_heading()>
                "Previous page"
            </a>
        }
    });
    let next = (page < pages).then(|| {
        view! {
            <a href=href.run(page + 1) rel="next" on:click=|_| focus_heading()>
                "Next page"
            </a>
        }
    });
    let shown =
        if pages == 1 { format!("{total} shown") } else { format!("{first} to {last} of {total}") };
    view! {
        <nav class="paging" aria-label="Pages of this list">
            {previous}
            <span>{shown}</span>
            {next}
            // Not the router's to follow.
            <a href=csv download="" rel="external">
                "Download this list (CSV)"
            </a>
        </nav>
    }
    .into_any()
}
