//! Words that several pages of the wizard say: counted nouns, the act of the final button, the
//! name and address of each list.

use rollcall_shared::plan::{Counts, PlanList, PlanSummary};

use crate::address;

/// "1 person", "388 people"; thousands are set off: "1,204 people".
pub fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{} {}", number(u64::from(count)), if count == 1 { one } else { many })
}

/// A number with its thousands set off.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "a", "a and b", "a, b and c".
pub fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Pupils and staff together.
pub const fn both(pupils: &Counts, staff: &Counts) -> Counts {
    Counts {
        created: pupils.created + staff.created,
        restored: pupils.restored + staff.restored,
        left: pupils.left + staff.left,
        linked: pupils.linked + staff.linked,
        moved: pupils.moved + staff.moved,
        updated: pupils.updated + staff.updated,
        unchanged: pupils.unchanged + staff.unchanged,
    }
}

/// What the final button says it does: "Create 61 accounts and move 388 people"; nothing when
/// there is nothing to do.
pub fn act(plan: &PlanSummary) -> Option<String> {
    let people = both(&plan.pupils, &plan.staff);
    let acts: Vec<(u32, String)> = [
        (people.created, "create", "account", "accounts"),
        (people.moved, "move", "person", "people"),
        (people.left, "put", "leaver in the trash", "leavers in the trash"),
        (people.restored, "restore", "account", "accounts"),
        (people.linked, "link", "account", "accounts"),
        (people.updated, "update", "person", "people"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, verb, one, many)| (count, format!("{verb} {}", counted(count, one, many))))
    .collect();
    let mut said: Vec<String> = acts.iter().take(3).map(|(_, act)| act.clone()).collect();
    let more: u32 = acts.iter().skip(3).map(|(count, _)| count).sum();
    if more > 0 {
        said.push(format!("make {}", counted(more, "other change", "other changes")));
    }
    if said.is_empty() {
        let classes = plan.classes.changes() + plan.subject_groups.changes();
        if classes > 0 {
            said.push(format!("update {}", counted(classes, "class", "classes")));
        }
    }
    (!said.is_empty()).then(|| sentence_case(&joined(&said)))
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The title of a list of the summary, and a sentence on who is in it.
pub const fn list_words(list: PlanList) -> (&'static str, &'static str) {
    match list {
        PlanList::Problem => (
            "Will not be imported",
            "These people cannot have an account until something is corrected. Everyone else continues.",
        ),
        PlanList::PossibleDuplicate => (
            "Possible duplicates",
            "These people may already have an account, but we can’t be sure. Say for each whether they are the same person. Anyone you do not resolve is left out this time, and nothing happens to the account.",
        ),
        PlanList::Create => ("New", "These people have no account. Each of them gets one."),
        PlanList::Restore => (
            "Restored from the trash",
            "These people have an account in the trash. Each gets it back, with the same username and password.",
        ),
        PlanList::Leave => (
            "Leaving",
            "These people have left your MIS. Their accounts go to the trash, and can be restored from there.",
        ),
        PlanList::Link => (
            "Linked",
            "These people have an account that was not created from your MIS. It is linked, and keeps its username and password.",
        ),
        PlanList::Move => ("Moved", "The class or year group of these people changes."),
        PlanList::Update => ("Updated", "Something other than the class or year group changes."),
        PlanList::Unchanged => ("Unchanged", "Nothing changes for these people."),
        PlanList::NotImported => (
            "Not imported by choice",
            "These people are in your MIS, and your settings or your school’s consent leave them out.",
        ),
        PlanList::Unmatched => (
            "Accounts here that no one in your MIS matches",
            "These accounts were added by hand, and nothing happens to them. If a name is spelled differently in your MIS, correct it here or there and read your MIS again.",
        ),
    }
}

/// What a page of the summary lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    List(PlanList),
    /// Everyone with a warning, whichever list they are in.
    Warnings,
    /// Everyone with a field changed by hand that differs from the MIS.
    Kept,
}

impl Listed {
    /// What the last part of an address names.
    pub fn of_slug(slug: &str) -> Option<Self> {
        match slug {
            "warnings" => Some(Self::Warnings),
            "kept" => Some(Self::Kept),
            slug => PlanList::from_code(&slug.replace('-', "_")).map(Self::List),
        }
    }

    pub fn address(self) -> String {
        match self {
            Self::List(list) => list_address(list),
            Self::Warnings => address::summary_list("warnings"),
            Self::Kept => address::summary_list("kept"),
        }
    }

    /// Its title, and a sentence on who is in it.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::List(list) => list_words(list),
            Self::Warnings => (
                "Worth checking",
                "These people are still imported. Check whether something needs correcting in your MIS, or an answer from you.",
            ),
            Self::Kept => (
                "Kept as you set it",
                "You changed these details by hand, and your MIS says something else. They stay until you choose to use what your MIS says.",
            ),
        }
    }
}

/// A list's part of an address.
pub fn list_slug(list: PlanList) -> String {
    list.code().replace('_', "-")
}

/// The address of a list of the summary.
pub fn list_address(list: PlanList) -> String {
    address::summary_list(&list_slug(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_off() {
        assert_eq!(number(100), "100");
        assert_eq!(number(1_204), "1,204");
        assert_eq!(number(12_345_678), "12,345,678");
    }

    #[test]
    fn a_list_survives_its_address() {
        let lists = PlanList::ALL.into_iter().map(Listed::List);
        for listed in lists.chain([Listed::Warnings, Listed::Kept]) {
            let address = listed.address();
            assert_eq!(Listed::of_slug(address.rsplit('/').next().unwrap()), Some(listed));
        }
    }
}
