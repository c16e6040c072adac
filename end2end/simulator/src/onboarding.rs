//! How a school comes to share its data: asked, passed on, approved or declined, installed.
//!
//! Each step changes the school and writes the e-mails that the real service would send. Telling
//! the application is [`crate::callback`]'s part.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    email::Email,
    school::{Authoriser, Installation, Invitation, School, Scope, Stage},
    state::World,
};

/// Who asks a school for what.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub authoriser: Authoriser,
    pub partner: String,
    pub partner_email: String,
    pub scopes: BTreeSet<Scope>,
}

impl World {
    /// The school that this consent link belongs to.
    pub(crate) fn school_of_link(&self, token: &str) -> Option<&School> {
        self.schools.values().find(|school| {
            school.authorisation.invitation.as_ref().is_some_and(|own| own.token == token)
                || school.authorisation.dead_links.iter().any(|dead| dead == token)
        })
    }

    /// Asks a school for its consent. One that shares already goes on sharing meanwhile.
    pub(crate) fn invite(&mut self, estab: &str, asking: Asking, now: DateTime<Utc>) {
        let Some(school) = self.schools.get_mut(estab) else { return };
        let token = school.next_consent_token();
        let invitation = Invitation {
            token,
            authoriser: asking.authoriser,
            partner: asking.partner,
            partner_email: asking.partner_email,
            asked: asking.scopes,
            sent_at: now,
        };
        let email = consent_email(school, &invitation, now);
        let authorisation = &mut school.authorisation;
        if authorisation.stage != Stage::Authorised {
            authorisation.stage = Stage::Invited;
        }
        let before = authorisation.invitation.replace(invitation);
        authorisation.dead_links.extend(before.map(|before| before.token));
        self.emails.push(email);
    }

    /// Sends the request to somebody else; the first link no longer decides anything.
    pub(crate) fn pass_on(&mut self, estab: &str, authoriser: Authoriser, now: DateTime<Utc>) {
        let school = self.schools.get(estab);
        let Some(own) = school.and_then(|school| school.authorisation.invitation.clone()) else {
            return;
        };
        let asking = Asking {
            authoriser,
            partner: own.partner,
            partner_email: own.partner_email,
            scopes: own.asked,
        };
        self.invite(estab, asking, now);
    }

    /// The school approves these scopes. While it still chooses people the feed is paused.
    pub(crate) fn approve(&mut self, estab: &str, scopes: BTreeSet<Scope>, is_choosing: bool) {
        if let Some(school) = self.schools.get_mut(estab) {
            school.authorisation.authorise(scopes);
            school.authorisation.paused = is_choosing;
        }
    }

    /// The school refuses everything; the application's owner is told by e-mail, not called back
    /// (what the real service does then is not documented).
    pub(crate) fn decline(&mut self, estab: &str, now: DateTime<Utc>) {
        let Some(school) = self.schools.get_mut(estab) else { return };
        school.authorisation.revoke();
        school.authorisation.stage = Stage::Declined;
        let Some(invitation) = &school.authorisation.invitation else { return };
        self.emails.push(Email {
            sent_at: now,
            estab: estab.into(),
            to: invitation.partner_email.clone(),
            subject: format!("{} has declined to share data", school.name),
            text: format!(
                "{} ({estab}) does not share its data with {}.",
                school.name, invitation.partner
            ),
            link: None,
        });
    }

    /// The school books the day on which the agent is installed.
    pub(crate) fn book(&mut self, estab: &str, on: NaiveDate, now: DateTime<Utc>) {
        let Some(school) = self.schools.get_mut(estab) else { return };
        school.authorisation.installation = Installation::Booked(on);
        let email = Email {
            sent_at: now,
            estab: estab.into(),
            to: school.contact_email(),
            subject: "Your installation is booked".into(),
            text: format!(
                "We will install the agent beside the MIS of {} on {}.",
                school.name,
                on.format("%-d %B %Y")
            ),
            link: school.consent_path(),
        };
        self.emails.push(email);
    }

    /// The agent is in place and has sent its first data.
    pub(crate) fn install(&mut self, estab: &str) {
        if let Some(school) = self.schools.get_mut(estab) {
            school.authorisation.installation = Installation::Done;
        }
    }
}

impl School {
    /// Who gave or gives the consent, or the school's office.
    pub(crate) fn contact_email(&self) -> String {
        let invitation = self.authorisation.invitation.as_ref();
        invitation.map_or_else(
            || format!("office@{}", self.domain),
            |invitation| invitation.authoriser.email.clone(),
        )
    }

    /// The path of the page on which the school decides.
    pub(crate) fn consent_path(&self) -> Option<String> {
        let invitation = self.authorisation.invitation.as_ref()?;
        Some(format!("/consent/{}", invitation.token))
    }
}

fn consent_email(school: &School, invitation: &Invitation, now: DateTime<Utc>) -> Email {
    let asked: Vec<&str> = invitation.asked.iter().map(|scope| scope.name()).collect();
    Email {
        sent_at: now,
        estab: school.estab().into(),
        to: invitation.authoriser.email.clone(),
        subject: format!("{} asks to read data from {}", invitation.partner, school.name),
        text: format!(
            "Dear {},\n\n{} asks to read data from the management information system of {} \
             through Xporter on Demand: {}.\n\nOnly somebody who holds the authority to share the \
             school's data may approve this. Open the link to approve or reject each of these, \
             to leave people out, or to name another person.",
            invitation.authoriser.name,
            invitation.partner,
            school.name,
            asked.join(", "),
        ),
        link: Some(format!("/consent/{}", invitation.token)),
    }
}
