//! The states of a connection in plain words.

use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::{provider, service};

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
                (false, false) => "Your school now shares different data",
                (true, true) => "Your school may now share different people",
            };
            let means = if change.people {
                "Since the last run the consent was paused or given again, and people may have been left out or added. No one leaves because of this."
            } else if change.less.is_empty() {
                "The new data area is used from the next run. No one leaves because of this."
            } else {
                "What is no longer shared is no longer read. No one leaves because of this."
            };
            Words {
                title,
                means,
                next: "You can continue: anyone your MIS does not send stays as they are in the next run, and you can see who they are.",
            }
        }
        // It was, and was ended from our side.
        (State::NotSetUp, _) if connection.has_been_read => Words {
            means: "The connection has ended and nothing is read any more. The history below says when it ended, who ended it, and what happened to what was imported.",
            ..words(State::NotSetUp)
        },
        (State::Rejected, _) if connection.has_been_read => Words {
            means: "Without it no accounts can be created or updated. All accounts stay as they are.",
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
            means: "No one has been invited to give consent.",
            next: "You need to act: start the set-up.",
        },
        ConnectionState::Invited => Words {
            title: "Waiting for consent",
            means: concat!(
                provider!(),
                " has been asked to send an e-mail to the person below. It has a link to approve or reject each data area."
            ),
            next: "The person below needs to act. This page updates by itself when they have.",
        },
        ConnectionState::Paused => Words {
            title: "Your school is choosing people",
            means: "The consent is paused while someone in your school chooses which people to share. Until then nothing can be read, and accounts stay as they are.",
            next: concat!(
                "The person who gives consent needs to finish choosing in ",
                provider!(),
                " ",
                service!(),
                ". We check every ten minutes."
            ),
        },
        ConnectionState::Authorised => Words {
            title: "Consent has been given",
            means: "We are checking what was granted, and whether data from your MIS has arrived.",
            next: "No one needs to act. This takes a few minutes; we check every ten minutes.",
        },
        ConnectionState::InstallationPending => Words {
            title: concat!(service!(), " needs to be installed"),
            means: concat!(
                "Consent has been given. Your school is new to ",
                provider!(),
                " ",
                service!(),
                ", so its program has to be installed next to your MIS and collect your data for the first time."
            ),
            next: concat!(
                "The person who gave consent books a time with ",
                provider!(),
                ". Tell the person who looks after your school’s computers. After the installation, the first data may not arrive until the next morning."
            ),
        },
        ConnectionState::Ready => Words {
            title: "Your MIS is connected",
            means: "Consent has been given and your data is there. You are not asked for this again.",
            next: "You can continue: the wizard creates and updates your accounts.",
        },
        ConnectionState::Rejected => Words {
            title: "A needed data area was rejected",
            means: "Without it no accounts can be created. Nothing has been read, and nothing has been changed.",
            next: "Speak to the person who gives consent, then send the invitation again.",
        },
        ConnectionState::Revoked => Words {
            title: "The consent has been withdrawn",
            means: "Your school ended the consent, so nothing can be read any more. All accounts stay as they are.",
            next: "If this was a mistake, or you want to connect again, send the invitation again.",
        },
        ConnectionState::SecretRejected => Words {
            title: "Your school has to give consent again",
            means: concat!(
                provider!(),
                " no longer accepts the key your school gave us. This happens when the consent has been withdrawn, or given again. All accounts stay as they are."
            ),
            next: "Ask the person who gives consent whether it was withdrawn. If it was not, or if you want to connect again, send the invitation again for them to approve.",
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
