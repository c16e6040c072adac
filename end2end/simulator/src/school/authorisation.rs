//! What the school has authorised: the scopes, the people, the secret, and how far it has come.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Pupil, School, Staff};

/// Writes down every scope once: its name, its category and what it covers.
macro_rules! scopes {
    ($($variant:ident $name:literal $category:literal $description:literal)*) => {
        /// One data area that a school can share.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Scope {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl Scope {
            /// All that the service knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name the interface uses.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            #[must_use]
            pub fn category(self) -> &'static str {
                match self { $(Self::$variant => $category,)* }
            }

            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

// Their names are the service's; categories and descriptions are the simulator's choice.
scopes! {
    SchoolLite "SchoolLite" "School" "The school's details, its year groups, classes and groups"
    StaffLite "StaffLite" "Staff" "Names and work e-mail addresses of staff"
    StudentLite "StudentLite" "Student" "Preferred names, class and year group of students"
    Upn "UPN" "Student" "Unique pupil numbers, present and former"
    StudentExtended "StudentExtended" "Student" "Dates of birth, legal names, entry and leaving dates"
    StaffPersonalContact "StaffPersonalContact" "Staff" "Home e-mail addresses and telephone numbers of staff"
    Address "Address" "Contact" "Home addresses"
    AgencyAgent "AgencyAgent" "Other" "People of other agencies"
    AssessmentResults "AssessmentResults" "Student" "Results of assessments"
    Attendance "Attendance" "Student" "Attendance marks"
    Conduct "Conduct" "Student" "Conduct, good and bad"
    ConductComments "ConductComments" "Student" "What was written about conduct"
    Contact "Contact" "Contact" "Parents and other contacts"
    EmergeForWeb "EmergeForWeb" "Other" "What the Emerge website needs"
    EmergeViaXod "EmergeViaXod" "Other" "What the Emerge app needs"
    EndpointInfo "EndpointInfo" "Other" "Which endpoints there are"
    Photos "Photos" "Student" "Photographs"
    Sen "SEN" "Student" "Special educational needs"
    SenTypes "SENTypes" "Student" "Kinds of special educational needs"
    School "School" "School" "Everything of SchoolLite, and the groups that each person is in"
    Staff "Staff" "Staff" "Everything of StaffLite, and the registration groups of staff"
    StaffAbsence "StaffAbsence" "Staff" "Absences of staff"
    StaffAddress "StaffAddress" "Staff" "Home addresses of staff"
    StaffContractual "StaffContractual" "Staff" "Contracts of staff"
    StaffEmployment "StaffEmployment" "Staff" "Employment of staff"
    StaffEthnicity "StaffEthnicity" "Staff" "Ethnicity of staff"
    StaffExtended "StaffExtended" "Staff" "Dates of birth and legal names of staff"
    StaffFinancial "StaffFinancial" "Staff" "Pay of staff"
    StaffReligion "StaffReligion" "Staff" "Religion of staff"
    Student "Student" "Student" "Everything of StudentLite, and more of each student"
    StudentDemographic "StudentDemographic" "Student" "Languages and nationality of students"
    StudentDetentions "StudentDetentions" "Student" "Detentions"
    StudentEthnicity "StudentEthnicity" "Student" "Ethnicity of students"
    StudentExclusions "StudentExclusions" "Student" "Exclusions"
    StudentFamily "StudentFamily" "Student" "Families of students"
    StudentFreeText "StudentFreeText" "Student" "Free text about students"
    StudentFunding "StudentFunding" "Student" "Funding of students"
    StudentHistory "StudentHistory" "Student" "Earlier classes of students"
    StudentMedical "StudentMedical" "Student" "Medical notes of students"
    StudentPregnancy "StudentPregnancy" "Student" "Pregnancies of students"
    StudentReligion "StudentReligion" "Student" "Religion of students"
    StudentSchoolHistory "StudentSchoolHistory" "Student" "Earlier schools of students"
    WritebackAssessment "WritebackAssessment" "Writeback" "Writing assessments back"
    WritebackAttendance "WritebackAttendance" "Writeback" "Writing attendance back"
    WritebackConduct "WritebackConduct" "Writeback" "Writing conduct back"
    WritebackPhotos "WritebackPhotos" "Writeback" "Writing photographs back"
}

impl Scope {
    /// The application's own template: those it asks for where it does not say which.
    pub const TEMPLATE: [Self; 6] = [
        Self::SchoolLite,
        Self::StaffLite,
        Self::StudentLite,
        Self::Upn,
        Self::StudentExtended,
        Self::StaffPersonalContact,
    ];

    /// The scope of this name, whatever its capitals.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is_named = |scope: &Self| scope.name().eq_ignore_ascii_case(name.trim());
        Self::ALL.iter().copied().find(is_named)
    }

    /// The scope that covers this one and more: endpoints answer to either.
    #[must_use]
    pub fn full(self) -> Option<Self> {
        match self {
            Self::SchoolLite => Some(Self::School),
            Self::StaffLite => Some(Self::Staff),
            Self::StudentLite => Some(Self::Student),
            _ => None,
        }
    }
}

/// How far the school has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has asked.
    #[default]
    Unconnected,
    /// The school has been asked and has not answered.
    Invited,
    Authorised,
    /// The school refused everything.
    Declined,
    /// The school took its consent back.
    Revoked,
}

impl Stage {
    /// In words for the simulator's pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unconnected => "unconnected",
            Self::Invited => "invited",
            Self::Authorised => "authorised",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
        }
    }
}

/// Whether the agent beside the school's MIS is installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installation {
    /// The school was on the service before.
    #[default]
    NotNeeded,
    ToBook,
    Booked(NaiveDate),
    Done,
}

/// Anyone who holds the authority to share the school's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authoriser {
    pub name: String,
    pub email: String,
}

/// A request for consent that the school has been sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    /// The last part of the link in the e-mail.
    pub token: String,
    pub authoriser: Authoriser,
    /// Who asks.
    pub partner: String,
    pub partner_email: String,
    pub asked: BTreeSet<Scope>,
    pub sent_at: DateTime<Utc>,
}

/// People listed for the application to leave out (or, the other way about, the only ones to
/// take), by the ids of the feed. The feed still carries them: honouring the list is up to the
/// application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gdpr {
    pub opt_in: bool,
    pub students: Vec<String>,
    pub staff: Vec<String>,
}

/// One attempt to tell the application what the school decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallbackAttempt {
    pub at: DateTime<Utc>,
    /// The fields sent, the secret left out.
    pub fields: Vec<(String, String)>,
    /// The HTTP status that came back, if any.
    pub status: Option<u16>,
    /// Why nothing came back.
    pub error: Option<String>,
}

impl CallbackAttempt {
    #[must_use]
    pub fn was_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Everything about the consent of one school.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Authorisation {
    pub stage: Stage,
    /// The school is choosing people, or has paused the feed.
    pub paused: bool,
    pub granted: BTreeSet<Scope>,
    pub invitation: Option<Invitation>,
    pub(crate) invitations_sent: u32,
    /// Links that were passed on or sent again.
    #[serde(default)]
    pub(crate) dead_links: Vec<String>,
    pub installation: Installation,
    /// 0 = no secret was ever issued; each authorisation adds one.
    pub(crate) secret_generation: u32,
    /// Tokens carry the number at which they were issued; another number is a dead token.
    pub(crate) token_epoch: u32,
    pub left_out_pupils: BTreeSet<u32>,
    pub left_out_staff: BTreeSet<u32>,
    /// Groups whose pupils are left out as a whole; these do not show among the GDPR ids.
    pub left_out_groups: BTreeSet<u32>,
    #[serde(default)]
    pub gdpr: Gdpr,
    #[serde(default)]
    pub callbacks: Vec<CallbackAttempt>,
}

impl Authorisation {
    /// That of a school which shares these scopes already.
    #[must_use]
    pub fn authorised(granted: BTreeSet<Scope>) -> Self {
        Self { stage: Stage::Authorised, granted, secret_generation: 1, ..Self::default() }
    }

    /// Whether this scope is granted, or the full one that covers it.
    #[must_use]
    pub fn grants(&self, scope: Scope) -> bool {
        let covers = |scope| self.granted.contains(&scope);
        self.stage == Stage::Authorised && (covers(scope) || scope.full().is_some_and(covers))
    }

    /// Whether data can be read: authorised, and the agent in place.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        matches!(self.installation, Installation::NotNeeded | Installation::Done)
    }

    /// Makes every token issued so far worthless.
    pub fn expire_tokens(&mut self) {
        self.token_epoch += 1;
    }

    /// The school takes its consent back: secret and tokens stop working.
    pub fn revoke(&mut self) {
        self.stage = Stage::Revoked;
        self.paused = false;
        self.expire_tokens();
    }

    /// The school approves these scopes: a new secret, and the old one and its tokens are dead.
    pub fn authorise(&mut self, granted: BTreeSet<Scope>) {
        self.stage = Stage::Authorised;
        self.paused = false;
        self.granted = granted;
        self.secret_generation += 1;
        self.expire_tokens();
    }

    #[must_use]
    pub fn shares_pupil(&self, pupil: &Pupil) -> bool {
        let mut groups = pupil.classes.iter().chain(&pupil.year_group);
        !self.left_out_pupils.contains(&pupil.id)
            && !groups.any(|group| self.left_out_groups.contains(group))
    }

    #[must_use]
    pub fn shares_staff(&self, member: &Staff) -> bool {
        !self.left_out_staff.contains(&member.id)
    }
}

impl School {
    /// The names of what is granted, as tokens and callbacks list them: some schools' list the full
    /// scopes where the Lite ones were approved.
    #[must_use]
    pub fn granted_names(&self) -> Vec<&'static str> {
        let lists_full = self.dialect().full_scopes;
        let listed = |scope: &Scope| scope.full().filter(|_| lists_full).unwrap_or(*scope).name();
        self.authorisation.granted.iter().map(listed).collect()
    }

    /// The secret that works now; `None` before the first authorisation and after a revocation.
    ///
    /// It depends on seed, estab and the number of authorisations only, so tests can know it.
    #[must_use]
    pub fn secret(&self) -> Option<String> {
        let generation = self.authorisation.secret_generation;
        (self.authorisation.stage == Stage::Authorised && generation > 0).then(|| {
            derive(&["school secret", self.estab(), &self.spec.seed.to_string()], generation)
        })
    }

    /// The last part of the link in the next consent e-mail.
    pub(crate) fn next_consent_token(&mut self) -> String {
        self.authorisation.invitations_sent += 1;
        derive(
            &["consent link", self.estab(), &self.spec.seed.to_string()],
            self.authorisation.invitations_sent,
        )
    }
}

/// 32 hex digits that follow from these words and this number.
fn derive(words: &[&str], number: u32) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    hash.update(number.to_be_bytes());
    hex::encode(hash.finalize().iter().take(16).copied().collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorising_again_changes_the_secret() {
        let mut school = crate::generate::school(&crate::SchoolSpec::new("3281102").pupils(30));
        let first = school.secret().unwrap();
        school.authorisation.authorise(Scope::TEMPLATE.into());
        assert_ne!(school.secret().unwrap(), first);
        school.authorisation.revoke();
        assert_eq!(school.secret(), None);
    }

    #[test]
    fn finds_a_scope_whatever_its_capitals() {
        assert_eq!(Scope::named(" upn"), Some(Scope::Upn));
        assert_eq!(Scope::named("studentlite"), Some(Scope::StudentLite));
        assert_eq!(Scope::named("Everything"), None);
    }

    #[test]
    fn a_full_scope_covers_its_lite_one_and_not_the_other_way_about() {
        let school = |scope| Authorisation::authorised([scope].into());
        assert!(school(Scope::Student).grants(Scope::StudentLite));
        assert!(!school(Scope::StudentLite).grants(Scope::Student));
        assert!(!school(Scope::Student).grants(Scope::StaffLite));
        assert!(!school(Scope::StaffExtended).grants(Scope::StaffLite));
    }
}
