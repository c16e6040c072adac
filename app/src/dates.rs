//! Moments and days in words, by the browser's own Intl.

use js_sys::{Date, Object, Reflect};
use rollcall_shared::time::{Day, Timestamp};
use wasm_bindgen::JsValue;

/// "1 September 2026 at 08:30", in the browser's time zone.
#[must_use]
pub fn moment(at: &Timestamp) -> String {
    let date = Date::new(&JsValue::from_str(&at.0));
    String::from(
        date.to_locale_string("en-GB", &options(&[("dateStyle", "long"), ("timeStyle", "short")])),
    )
}

/// "1 Sept 2026, 08:30", in the browser's time zone: for tables.
#[must_use]
pub fn short_moment(at: &Timestamp) -> String {
    let date = Date::new(&JsValue::from_str(&at.0));
    String::from(
        date.to_locale_string(
            "en-GB",
            &options(&[("dateStyle", "medium"), ("timeStyle", "short")]),
        ),
    )
}

/// "14:05", in the browser's time zone.
#[must_use]
pub fn time_of_day(at: &Timestamp) -> String {
    let date = Date::new(&JsValue::from_str(&at.0));
    String::from(
        date.to_locale_time_string_with_options("en-GB", &options(&[("timeStyle", "short")])),
    )
}

/// "1 September 2026", of a moment.
#[must_use]
pub fn date_of(at: &Timestamp) -> String {
    let date = Date::new(&JsValue::from_str(&at.0));
    String::from(date.to_locale_date_string("en-GB", &options(&[("dateStyle", "long")])))
}

/// "1 September 2026".
#[must_use]
pub fn day(day: &Day) -> String {
    // A day has no time zone: read and written as UTC it stays the same day everywhere.
    let date = Date::new(&JsValue::from_str(&day.0));
    let options = options(&[("dateStyle", "long"), ("timeZone", "UTC")]);
    String::from(date.to_locale_date_string("en-GB", &options))
}

/// How long it is from one moment to a later one: "under a second", "4 seconds", "3 minutes".
#[must_use]
pub fn length(from: &Timestamp, to: &Timestamp) -> String {
    let at = |moment: &Timestamp| Date::new(&JsValue::from_str(&moment.0)).get_time();
    let seconds = ((at(to) - at(from)) / 1_000.0).max(0.0);
    let (count, unit) = if seconds < 90.0 {
        (seconds.round(), "second")
    } else {
        ((seconds / 60.0).round(), "minute")
    };
    match count {
        0.0 => "under a second".to_owned(),
        1.0 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    }
}

fn options(pairs: &[(&str, &str)]) -> JsValue {
    let options = Object::new();
    for (name, value) in pairs {
        // Setting a property of a fresh object can't fail.
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    options.into()
}
