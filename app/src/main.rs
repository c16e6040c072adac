//! Starts the app in the browser.

fn main() {
    rollcall_app::start();
}
