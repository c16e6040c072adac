//! The data areas in plain words: what each is called, why it is asked for, what is read of it
//! and what is kept.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::scopes::Scope;

/// A data area in an admin's words.
pub struct Area {
    pub name: &'static str,
    pub why: &'static str,
    pub read: &'static str,
    pub kept: &'static str,
    /// What is lost if it is not granted.
    pub without: &'static str,
}

/// The words for a data area.
pub const fn area(scope: Scope) -> Area {
    match scope {
        Scope::SchoolLite => Area {
            name: "Year groups, classes and groups",
            why: "Puts pupils and staff in the right classes.",
            read: "The school’s name and school year; the names of year groups, classes and subject groups, and who is in them.",
            kept: "The names of classes and of the subject groups you choose, and who is in them.",
            without: "Without it no one can be put in a class or year group, so no accounts can be created.",
        },
        Scope::StaffLite => Area {
            name: "Staff names and work e-mail",
            why: "An account for a member of staff needs a first name, a surname and an e-mail address.",
            read: "Names, work e-mail, whether someone teaches, whether they are at the school now.",
            kept: "Names and work e-mail of staff who have an account.",
            without: "Without it no accounts can be created for staff, and classes have no teachers.",
        },
        Scope::StudentLite => Area {
            name: "Pupil names, class and year",
            why: "An account for a pupil needs a name, a class and a year group.",
            read: "First name and surname as used in school, class, year group, and whether the pupil is on roll. This covers pupils on roll and leavers; expected, guest and subsidiary pupils are read only if you choose to import them.",
            kept: "Name, class and year group.",
            without: "Without it no accounts can be created for pupils.",
        },
        Scope::Upn => Area {
            name: "UPN (unique pupil number)",
            why: "The one number that stays with a pupil when your school changes MIS. Without it the same pupil may be mistaken for two.",
            read: "The UPN and any former UPN.",
            kept: "The UPN, to recognise the pupil. It is never shown on a login card and never part of a username.",
            without: "Without it a pupil may be mistaken for two when your school changes MIS, and there are more possible duplicates to resolve.",
        },
        Scope::StudentExtended => Area {
            name: "Date of birth and legal names",
            why: "Tells pupils with the same name apart.",
            read: "Date of birth, legal first name and surname. If you choose to import pupils before they start: the day they start. If you choose guest or subsidiary pupils: how each pupil is registered.",
            kept: "The date of birth and legal name, used only to recognise the pupil; the day a pupil starts, until they are on roll.",
            without: "Without it we can’t always tell pupils with the same name apart, and have to ask you who is who.",
        },
        Scope::StaffPersonalContact => Area {
            name: "Staff home e-mail",
            why: "Used only for someone who has no work e-mail. Without it they cannot have an account from your MIS.",
            read: "Home e-mail.",
            kept: "Home e-mail, only for staff who have no work e-mail.",
            without: "Without it staff who have no work e-mail get no account from your MIS; you can add them by hand.",
        },
    }
}

/// The data areas a school can leave out.
pub fn optional_areas() -> impl Iterator<Item = Scope> {
    Scope::ALL.into_iter().filter(|scope| !scope.is_required())
}

/// The query parameter that holds the chosen areas.
const IN_ADDRESS: &str = "areas";

/// The address of a page, with the chosen optional areas in it: they outlive a reload and Back.
pub fn with_areas(page: &str, chosen: &[Scope]) -> String {
    let names: Vec<&str> = chosen.iter().map(|scope| scope.name()).collect();
    format!("{page}?{IN_ADDRESS}={}", names.join(","))
}

/// The address of a page, with the areas of the current address, if there are any.
pub fn with_same_areas(page: &str) -> String {
    match use_query_map().with_untracked(|query| query.get(IN_ADDRESS)) {
        Some(areas) => format!("{page}?{IN_ADDRESS}={areas}"),
        None => page.to_owned(),
    }
}

/// The optional areas chosen so far: those in the address, else those asked for before, else the
/// UPN, which we recommend.
pub fn chosen_areas(
    query: &leptos_router::params::ParamsMap,
    connection: &ConnectionView,
) -> Vec<Scope> {
    let is_optional = |scope: &Scope| !scope.is_required();
    match query.get_str(IN_ADDRESS) {
        Some(names) => names.split(',').filter_map(Scope::from_name).filter(is_optional).collect(),
        None if connection.asked.is_empty() => vec![Scope::Upn],
        None => connection.asked.iter().copied().filter(is_optional).collect(),
    }
}

/// Areas as a list with their reasons.
pub fn areas_with_reasons(scopes: impl IntoIterator<Item = Scope>) -> AnyView {
    let items = scopes
        .into_iter()
        .map(|scope| {
            let Area { name, why, .. } = area(scope);
            view! {
                <li>
                    // Groupcall's own pages call it by its short name.
                    <strong>{name}</strong> " (" {scope.name()} ")"
                    <span class="row-sub">{why}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="areas">{items}</ul> }.into_any()
}
