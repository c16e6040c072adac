//! The states of a connection in plain words.

use rollcall_shared::connection::{ConnectionState, ConnectionView};

/// What a state means to an admin.
pub struct Words {
    pub title: &'static str,
    pub means: &'static str,
    /// Who has to act, and what comes next.
    pub next: &'static str,
}

/// The words for a connection: those of its state, or of what has changed since the last run.
pub fn words_for(connection: &ConnectionView) -> Words {
    use ConnectionState as State;
    match (connection.state, &connection.change) {
        (State::Ready, Some(change)) => {
            let title = match (change.more.is_empty(), change.less.is_empty()) {
                (true, false) => "Your school shares less than before",
                (false, true) => "Your school shares more than before",
                (false, false) => "Your school shares other data than before",
                (true, true) => "Your school may share other people than before",
            };
            let means = if change.people {
                "Since the last run the consent was paused or given anew, and people may have been left out or added. Nobody leaves because of it."
            } else if change.less.is_empty() {
                "The new data area is used from the next run on. Nobody leaves because of the change."
            } else {
                "What is no longer shared is not read any more. Nobody leaves because of it."
            };
            Words {
                title,
                means,
                next: "You can go on: in the next run whoever your MIS does not send stays as they are, and you see who they are.",
            }
        }
        // It was, and was ended from our side.
        (State::NotSetUp, _) if connection.has_been_read => Words {
            means: "The connection has been ended: nothing is read any more. Its history below says when, by whom, and what became of what was imported.",
            ..words(State::NotSetUp)
        },
        (State::Rejected, _) if connection.has_been_read => Words {
            means: "Without it no account can be made or updated. All accounts stay as they are.",
            ..words(State::Rejected)
        },
        (state, _) => words(state),
    }
}

/// The words for a state.
const fn words(state: ConnectionState) -> Words {
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
            means: "Groupcall no longer accepts the key your school gave us. That happens when the consent has been withdrawn, or given anew. All accounts stay as they are.",
            next: "Ask whoever gives consent whether it was withdrawn. If it was not, or you want to connect again, send the invitation again; that person approves it once more.",
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
