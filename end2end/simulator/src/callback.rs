//! Tells the application what a school decided: a form-encoded POST, server to server.

use std::time::Duration;

/// The client that callbacks go out with.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have chosen a provider already; then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(10)).build()
}
