//! The states of a connection in plain words.

use rollcall_shared::connection::ConnectionState;

/// What a state means to an admin.
pub struct Words {
    pub title: &'static str,
    pub means: &'static str,
    /// Who has to act, and what comes next.
    pub next: &'static str,
}

/// The words for a state.
pub const fn words(state: ConnectionState) -> Words {
    match state {
        ConnectionState::NotSetUp => Words {
            title: "Your MIS is not connected",
            means: "Nobody has been invited to give consent.",
            next: "You have to act: start the set-up.",
        },
        ConnectionState::Invited => Words {
            title: "Waiting for consent",
            means: "Groupcall has been asked to write to the person below. Its e-mail holds a link to approve or reject each data area.",
            next: "The person below has to act. This page notices by itself when that is done.",
        },
        ConnectionState::Paused => Words {
            title: "Your school is choosing people",
            means: "The consent is paused while somebody in your school chooses who is shared. Until then nothing can be read; accounts stay as they are.",
            next: "Whoever gives consent has to finish choosing in Groupcall Xporter. We look again every ten minutes.",
        },
        ConnectionState::Authorised => Words {
            title: "Consent has been given",
            means: "We are checking what was granted, and whether your MIS’s data is there.",
            next: "Nobody has to act. This takes some minutes; we look again every ten minutes.",
        },
        ConnectionState::InstallationPending => Words {
            title: "Xporter is to be installed",
            means: "Consent has been given. Your school is new to Groupcall Xporter, so its program has to be installed beside your MIS, and to collect your data for the first time.",
            next: "Whoever gave consent books a time with Groupcall, and whoever looks after your school’s computers should know of it. After the installation the first data may take until the next morning.",
        },
        ConnectionState::Ready => Words {
            title: "Your MIS is connected",
            means: "Consent has been given and your data is there. You are not asked for this again.",
            next: "You can go on: the wizard makes and updates your accounts.",
        },
        ConnectionState::Rejected => Words {
            title: "A needed data area was rejected",
            means: "Without it no account can be made. Nothing has been read, and nothing has been changed.",
            next: "Speak with the person who gives consent, then send the invitation again.",
        },
        ConnectionState::Revoked => Words {
            title: "The consent has been withdrawn",
            means: "Your school ended the consent, so nothing can be read any more. All accounts stay as they are.",
            next: "If that was not meant, or you want to connect again, send the invitation again.",
        },
        ConnectionState::SecretRejected => Words {
            title: "Your school has to give consent again",
            means: "Groupcall no longer accepts the key your school gave us. That happens when consent is given anew. All accounts stay as they are.",
            next: "Send the invitation again; the person below approves it once more.",
        },
    }
}

/// The name of a state, in the history.
pub const fn state_name(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::NotSetUp => "Not set up",
        ConnectionState::Invited => "Invited",
        ConnectionState::Paused => "Paused",
        ConnectionState::Authorised => "Consent given",
        ConnectionState::InstallationPending => "Installation to be booked",
        ConnectionState::Ready => "Ready",
        ConnectionState::Rejected => "Rejected",
        ConnectionState::Revoked => "Withdrawn",
        ConnectionState::SecretRejected => "Consent needed again",
    }
}
