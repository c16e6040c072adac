//! The architecture, as far as cargo does not guard it: which room may use which. Crates guard the
//! rest: the engine knows `shared` alone, the client of XoD nothing of ours, the store no service.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The server's rooms, the lowest first: a file uses what is in its own room and in lower ones; of
/// those on one line none uses another.
const SERVER: &[&[&str]] = &[
    &["clock", "dice", "caller", "background"],
    &["telemetry", "seal", "error"],
    &["staff_password", "config", "sockets", "mail_limits"],
    &["mail", "mis"],
    &["smtp", "connection", "installation", "health"],
    &["state"],
    &["audit", "outbox"],
    &["housekeeping"],
    &["people"],
    &["sync", "sign_in"],
    &["dashboard"],
    &["api"],
    &["commands"],
];

/// The app's: what pages are made of uses neither them nor the state, and pages do not know in which
/// area they arrive.
const APP: &[(&str, &[&str])] = &[
    ("pages", &["areas", "routes"]),
    ("api", &["state", "pages", "components", "areas", "routes"]),
    ("components", &["api", "state", "pages", "areas", "routes"]),
    ("state", &["pages", "areas", "routes"]),
    ("asked", &["api", "state", "pages", "components"]),
    ("answer", &["api", "asked", "state", "pages", "components"]),
];

/// The source files under a folder, tests apart.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" && name != "snapshots" {
            files.extend(sources(&path));
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
    files
}

/// The room that a file is in: the first part of its path.
fn room_of(file: &Path, folder: &Path) -> String {
    let inside = file.strip_prefix(folder).unwrap().to_str().unwrap();
    let first = inside.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// The rooms of its own crate that a file uses, comments and the tests at its end apart.
fn used_by(file: &Path, folder: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| line.chars().chain([' '])).collect();
    let mut rooms: BTreeSet<String> = code.split("crate::").skip(1).flat_map(names_in).collect();
    // Above a room's root there is the crate.
    let inside = file.strip_prefix(folder).unwrap();
    let depth = inside.components().count() - usize::from(inside.ends_with("mod.rs"));
    if depth == 1 {
        rooms.extend(code.split("super::").skip(1).flat_map(names_in));
    }
    rooms
}

/// The first names of a path, or of a list of paths in braces: of `{a::{b, c}, d}` they are a and d.
fn names_in(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let (mut depth, mut is_first) = (0, true);
    for character in path.trim_start().chars() {
        match character {
            '{' => depth += 1,
            '}' if depth <= 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                names.push(String::new());
                is_first = true;
            }
            'a'..='z' | '_' if is_first => {
                names.last_mut().unwrap().push(character);
            }
            ' ' => {}
            _ if depth == 0 => break,
            _ => is_first = false,
        }
    }
    names
}

#[test]
fn names_are_found_in_lists_and_over_several_lines() {
    assert_eq!(names_in("state::AppState;"), ["state"]);
    assert_eq!(names_in("{a::{b, c}, d};"), ["a", "d"]);
    assert_eq!(names_in("{     a::b,     people::{self, cards}, };"), ["a", "people", ""]);
}

fn assert_nothing_is_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "against the direction of the house:\n  {}", wrong.join("\n  "));
}

#[test]
fn no_file_of_the_server_uses_a_room_above_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floor = |room: &str| SERVER.iter().position(|rooms| rooms.contains(&room));
    let mut wrong = Vec::new();
    for file in sources(&folder) {
        let own = room_of(&file, &folder);
        if ["main", "lib"].contains(&own.as_str()) {
            continue;
        }
        let Some(own_floor) = floor(&own) else { panic!("{own} is not in the list of rooms") };
        for used in used_by(&file, &folder).iter().filter(|used| **used != own) {
            if floor(used).is_some_and(|floor| floor >= own_floor) {
                wrong
                    .push(format!("{} uses {used}", file.strip_prefix(&folder).unwrap().display()));
            }
        }
    }
    assert_nothing_is_wrong(&wrong);
}

#[test]
fn what_the_apps_pages_are_made_of_uses_neither_pages_nor_state() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    let mut wrong = Vec::new();
    for file in sources(&folder) {
        let own = room_of(&file, &folder);
        let never = APP.iter().find(|(room, _)| *room == own).map(|(_, never)| *never);
        let used = used_by(&file, &folder);
        for room in never.unwrap_or_default().iter().filter(|room| used.contains(**room)) {
            wrong.push(format!("{} uses {room}", file.strip_prefix(&folder).unwrap().display()));
        }
    }
    assert_nothing_is_wrong(&wrong);
}

#[test]
fn the_engine_the_store_and_the_client_know_no_more_than_they_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, ours) in [
        ("engine", vec!["rollcall-shared"]),
        ("store", vec!["rollcall-engine", "rollcall-shared"]),
        ("xod", vec![]),
    ] {
        let manifest = std::fs::read_to_string(root.join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let needed = manifest.get("dependencies").and_then(toml::Value::as_table).unwrap();
        let needed: Vec<&str> = needed.keys().map(String::as_str).collect();
        let of_ours: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|one| one.starts_with("rollcall") || one.starts_with("xod"))
            .collect();
        assert_eq!(of_ours, ours, "{name}");
        for heavy in ["axum", "hyper", "tower", "lettre", "leptos"] {
            assert!(!needed.contains(&heavy), "{name} needs {heavy}");
        }
    }
    let engine = std::fs::read_to_string(root.join("engine/Cargo.toml")).unwrap();
    for outside in ["tokio", "sqlx", "reqwest", "futures"] {
        assert!(!engine.contains(outside), "the engine is pure, and needs {outside}");
    }
}
