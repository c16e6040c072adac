//! The e-mails that the real service would have sent; here they are kept and shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One e-mail to a school, or to the one who asked it for consent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Email {
    pub sent_at: DateTime<Utc>,
    /// The school it is about.
    pub estab: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The path of the page that it invites to open.
    pub link: Option<String>,
}
