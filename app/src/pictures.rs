//! The pictures of the picture PINs: files of their own, so that only who needs them loads them.

/// The address of an animal's picture, by its name in `PICTURES`.
#[must_use]
pub fn picture(name: &str) -> String {
    format!("/pictures/{}.svg", name.to_lowercase())
}
