#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
mod estab;
mod http;
mod pages;
mod secret;
mod settings;
mod token;
mod wire;

#[cfg(fuzzing)]
pub use wire::read_as_everything;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use error::{Said, Unreachable, XodError};
pub use estab::{Estab, NotAnEstab};
pub use http::SetUpError;
pub use pages::{Mark, Pages, TablePage};
pub use secret::Secret;
pub use settings::{Limits, Settings, Surroundings, is_loopback};
pub use token::Token;
pub use wire::{
    Field, GroupRow, GroupsReply, Members, Meta, StaffMemberRow, StaffReply, StaffRow,
    StudentMemberRow, StudentRow, StudentsReply, TableReply,
};

use self::http::{Call, Http, Repeat, Room};
use self::token::Tokens;
use self::wire::AnswerTo;

/// The service's name for itself, in tokens and callbacks.
pub const THIRD_PARTY: &str = "XporterOnDemand";

/// Our side of XoD; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: Http,
    tokens: Tokens,
    surroundings: Surroundings,
    app_id: String,
    management_secret: Secret,
}

impl Client {
    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// If the address is plain http to another machine, or TLS cannot be set up.
    pub fn new(settings: &Settings, surroundings: Surroundings) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Inner {
            http: Http::new(settings, surroundings.clone())?,
            tokens: Tokens::default(),
            surroundings,
            app_id: settings.app_id.clone(),
            management_secret: settings.management_secret.clone(),
        })))
    }

    /// Our application's id, by which XoD calls us its partner.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// A school that gave us this secret.
    #[must_use]
    pub fn school(&self, estab: Estab, secret: Secret) -> School<'_> {
        School {
            client: self,
            estab,
            secret,
            own_tokens: None,
            refuses_select: AtomicBool::new(false),
            room: Arc::new(Room::of(self.0.http.limits().whole_read)),
        }
    }

    /// A school by a secret that is still to be proved: its token is kept apart, and whatever comes
    /// of it the token of the secret that works stays where it is.
    #[must_use]
    pub fn candidate(&self, estab: Estab, secret: Secret) -> School<'_> {
        School { own_tokens: Some(Tokens::default()), ..self.school(estab, secret) }
    }

    /// Drops the token of a school whose secret is no longer in use.
    pub fn forget(&self, estab: &Estab) {
        self.0.tokens.forget(estab.as_str());
    }

    /// Asks a school to share its data: XoD e-mails anyone who holds the authority.
    ///
    /// # Errors
    /// As any call; and what XoD says about this one school is an error too.
    pub async fn register_school(&self, invitation: &Invitation<'_>) -> Result<(), XodError> {
        let Invitation { estab, school_name, contact, scopes, partner } = invitation;
        let body = json!({
            "RegistrationType": if self.0.http.is_local() { "Test" } else { "Live" },
            "Schools": [{
                "LeaCode": estab.lea_code(),
                "DfesCode": estab.dfe_number(),
                "SchoolName": school_name,
                "SchoolContactFirstName": contact.forename,
                "SchoolContactLastName": contact.surname,
                "SchoolContactEmail": contact.email,
                "SchoolContactPhone": contact.phone,
                "PartnerApplicationId": self.app_id(),
                "PartnerName": partner.name,
                "PartnerRegisteredEmail": partner.email,
                "ScopesToAuthorise": scopes,
                "AuthParams": null,
                "WeAcceptGroupcallUsagePolicy": true,
            }],
        });
        let management =
            Holder { estab: "", secret: &self.0.management_secret, tokens: &self.0.tokens };
        let reply: wire::RegisterReply = self
            .authorised(management, |token| Call {
                method: Method::POST,
                url: self.0.http.url(&["api", "Manage", "SchoolRegister"], &[]),
                token: Some(token),
                json: Some(http::secret_json(&body)),
                repeat: Repeat::IfUnsent,
                to: AnswerTo::Other,
                room: None,
            })
            .await?;
        let ours = |school: &wire::RegisteredSchool| {
            school.lea_code.is(estab.lea_code()) && school.dfes_code.is(estab.dfe_number())
        };
        let mut schools = reply.schools.unwrap_or_default();
        let school = match schools.len() {
            1 => schools.pop(),
            _ => schools.into_iter().find(ours),
        };
        let school = school.ok_or(XodError::NotAsAgreed("nothing about the school"))?;
        let said = school.said();
        if school.status.recorded().is_some_and(|status| status.eq_ignore_ascii_case("ok")) {
            return Ok(());
        }
        Err(XodError::InvitationRefused { said })
    }

    /// Makes a call in somebody's name; where the token is rejected, once more with a new one.
    async fn authorised<'f, T: DeserializeOwned>(
        &self,
        holder: Holder<'_>,
        call: impl for<'t> Fn(&'t str) -> Call<'t, 'f>,
    ) -> Result<T, XodError> {
        let token = self.token(holder, None).await?;
        match self.answered(holder, &call(token.expose())).await {
            Err(XodError::TokenRejected) => {
                let token = self.token(holder, Some(&token)).await?;
                self.answered(holder, &call(token.expose())).await
            }
            result => result,
        }
    }

    async fn token(&self, holder: Holder<'_>, rejected: Option<&Token>) -> Result<Token, XodError> {
        let now = self.0.surroundings.now();
        let fetch = || self.fetch_token(holder);
        holder.tokens.get(holder.estab, holder.secret, now, rejected, fetch).await
    }

    async fn fetch_token(&self, holder: Holder<'_>) -> Result<Token, XodError> {
        let body = TokenRequest {
            estab: holder.estab,
            relying_party: self.app_id(),
            password: holder.secret.expose(),
            third_party: THIRD_PARTY,
        };
        let call = Call {
            method: Method::POST,
            url: self.0.http.url(&["api", "oauth", "GetToken"], &[]),
            token: None,
            json: Some(http::secret_json(&body)),
            repeat: Repeat::Freely,
            to: AnswerTo::GetToken,
            room: None,
        };
        let reply: wire::TokenReply = self.answered(holder, &call).await?;
        let (text, expires) = reply.into_token()?;
        // Without a usable date the token serves now and is not kept.
        Ok(Token::new(text, expires.unwrap_or_else(|| self.0.surroundings.now())))
    }

    async fn answered<T: DeserializeOwned>(
        &self,
        holder: Holder<'_>,
        call: &Call<'_, '_>,
    ) -> Result<T, XodError> {
        let answer = self.0.http.send(holder.estab, call).await?;
        wire::read(&answer, call.to)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.0.app_id)
    }
}

/// The body of GetToken; borrowed, so that the secret is copied no more than it must be.
#[derive(Serialize)]
struct TokenRequest<'a> {
    estab: &'a str,
    #[serde(rename = "relyingParty")]
    relying_party: &'a str,
    password: &'a str,
    #[serde(rename = "thirdpartyid")]
    third_party: &'a str,
}

/// In whose name a call is made; the empty estab is ourselves.
#[derive(Clone, Copy)]
struct Holder<'a> {
    estab: &'a str,
    secret: &'a Secret,
    tokens: &'a Tokens,
}

/// An invitation to a school.
#[derive(Clone, Copy)]
pub struct Invitation<'a> {
    /// The number by which XoD finds the school.
    pub estab: &'a Estab,
    /// The school's name, which XoD is told beside the number.
    pub school_name: &'a str,
    /// Who is asked.
    pub contact: Contact<'a>,
    /// The names of the data areas asked for.
    pub scopes: &'a [&'a str],
    /// Who asks.
    pub partner: Partner<'a>,
}

/// Somebody at a school who may let its data be shared.
#[derive(Clone, Copy)]
pub struct Contact<'a> {
    /// Their forename, sent as `SchoolContactFirstName`.
    pub forename: &'a str,
    /// Their surname, sent as `SchoolContactLastName`.
    pub surname: &'a str,
    /// The address that XoD writes to.
    pub email: &'a str,
    /// Their telephone number, unchecked; None sends null.
    pub phone: Option<&'a str>,
}

/// Ourselves, as XoD names us to the school.
#[derive(Clone, Copy)]
pub struct Partner<'a> {
    /// The name by which a school knows the application.
    pub name: &'a str,
    /// The application's address at XoD, sent as `PartnerRegisteredEmail`.
    pub email: &'a str,
}

/// What a token stands for: this is how we learn what the school really granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDetails {
    /// The number of the school that it is for; None where XoD does not say.
    pub estab: Option<String>,
    /// The id of the application that it is for, capitals aside; None where XoD does not say.
    pub relying_party: Option<String>,
    /// The names of the data areas that the school granted.
    pub scopes: BTreeSet<String>,
}

/// People whom the school opted out, or the only ones it opted in, by the ids of the feed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GdprIds {
    /// Only those listed may be imported, instead of all but them.
    pub is_opt_in: bool,
    /// The pupils listed, each by any of the ids that the feed has for them.
    pub pupils: BTreeSet<String>,
    /// The staff listed, in the same way.
    pub staff: BTreeSet<String>,
}

impl GdprIds {
    /// The same for the same list that means the same.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update([u8::from(self.is_opt_in)]);
        for ids in [&self.pupils, &self.staff] {
            hash.update(u64::try_from(ids.len()).unwrap_or(u64::MAX).to_le_bytes());
            for id in ids {
                hash.update(u64::try_from(id.len()).unwrap_or(u64::MAX).to_le_bytes());
                hash.update(id);
            }
        }
        hex::encode(hash.finalize())
    }
}

/// The school itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolInfo {
    /// The school's name in its MIS; None where it is not shared or not recorded.
    pub name: Option<String>,
    /// The year in which the MIS's current academic year began.
    pub academic_year: Option<i32>,
    /// What stands in place of a year that can be read.
    pub unread_year: Option<String>,
    /// Which MIS it is.
    pub mis: Option<String>,
}

/// How many people XoD says there are; none where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What XoD counts under `Students`.
    pub pupils: Option<u32>,
    /// What XoD counts under `Staff`.
    pub staff: Option<u32>,
}

/// The kinds of groups we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// Year groups (`YearGrp`), without their members.
    Year,
    /// Registration groups (`RegGrp`), each a class of the school, with their members.
    Registration,
    /// Teaching groups (`TeachingGrp`), each of a subject, with their members.
    Teaching,
}

impl GroupKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Year => "YearGrp",
            Self::Registration => "RegGrp",
            Self::Teaching => "TeachingGrp",
        }
    }
}

/// Which pupils are wanted besides those on the roll and those who have left lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Students {
    /// Pupils that the MIS expects and has not admitted yet.
    pub pre_admissions: bool,
    /// Pupils of another school who are here for a while.
    pub guests: bool,
    /// Pupils registered at two schools whose main school is the other one.
    pub subsidiary: bool,
}

/// One school's data.
pub struct School<'a> {
    client: &'a Client,
    estab: Estab,
    secret: Secret,
    /// None: the client's.
    own_tokens: Option<Tokens>,
    /// XoD has refused to be asked for single fields: they are not named any more.
    refuses_select: AtomicBool,
    /// How much may still come in all.
    room: Arc<Room>,
}

/// The parameter that names the fields that are wanted.
const SELECT: &str = "select";

/// The fields of the school itself that are asked for.
pub const SCHOOL_FIELDS: &str = "Id,Name,CurrentAcademicYear";

/// A query without the fields that are wanted.
fn without_select<'q, 'n, V>(query: &'q [(&'n str, V)]) -> impl Iterator<Item = &'q (&'n str, V)> {
    query.iter().filter(|(name, _)| *name != SELECT)
}

impl School<'_> {
    /// The number by which the school is asked about.
    #[must_use]
    pub const fn estab(&self) -> &Estab {
        &self.estab
    }

    /// Makes sure of a token: tells whether the school's secret works and the feed is not paused.
    ///
    /// # Errors
    /// [`XodError::SecretRejected`], [`XodError::Paused`], or as any call.
    pub async fn get_token(&self) -> Result<Token, XodError> {
        self.client.token(self.holder(), None).await
    }

    /// What the school granted.
    ///
    /// # Errors
    /// As any call.
    pub async fn token_details(&self) -> Result<TokenDetails, XodError> {
        let reply: wire::TokenDetailsReply = self.get(&["api", "v1", "TokenDetails"], &[]).await?;
        let scopes = reply.scopes.ok_or(XodError::NotAsAgreed("TokenDetails without Scopes"))?;
        Ok(TokenDetails {
            estab: reply.estab.recorded(),
            relying_party: reply.relying_party.recorded(),
            scopes: scopes.into_iter().filter_map(Field::recorded).collect(),
        })
    }

    /// Whom the school opted out (or in) for us.
    ///
    /// # Errors
    /// As any call.
    pub async fn gdpr_ids(&self) -> Result<GdprIds, XodError> {
        let reply: wire::GdprReply = self.get(&["api", "v1", "GDPRIDs"], &[]).await?;
        let rows = reply.rows.ok_or(XodError::NotAsAgreed("GDPRIDs without its table"))?;
        let mut ids = GdprIds::default();
        for row in rows {
            // A list for another school or another application is none of our business.
            if names_another_school(row.estab, &self.estab)
                || row
                    .relying_party
                    .recorded()
                    .is_some_and(|party| !party.eq_ignore_ascii_case(self.client.app_id()))
            {
                continue;
            }
            ids.is_opt_in |= row.is_opt_in.recorded().unwrap_or_default();
            let recorded = |ids: Option<Vec<Field<String>>>| {
                ids.unwrap_or_default().into_iter().filter_map(Field::recorded)
            };
            ids.pupils.extend(recorded(row.student_ids));
            ids.staff.extend(recorded(row.staff_ids));
        }
        Ok(ids)
    }

    /// The school itself; none before the first data has arrived from its MIS.
    ///
    /// # Errors
    /// As any call.
    pub async fn school_info(&self) -> Result<Option<SchoolInfo>, XodError> {
        let select = [(SELECT, SCHOOL_FIELDS)];
        let reply: wire::SchoolInfoReply = self.get_data("SchoolInfo", &select).await?;
        let (row, meta) = reply.into_row();
        Ok(row.map(|row| {
            let year = row.current_academic_year.recorded();
            SchoolInfo {
                name: row.name.recorded(),
                academic_year: year.as_deref().and_then(first_year),
                unread_year: year.filter(|text| first_year(text).is_none()),
                mis: meta.and_then(|meta| meta.mis.recorded()),
            }
        }))
    }

    /// How many people there are, by XoD's own count.
    ///
    /// # Errors
    /// As any call.
    pub async fn counts(&self) -> Result<Counts, XodError> {
        let reply: wire::CountsReply = self.get_data("Counts", &[]).await?;
        Ok(Counts { pupils: reply.of("Students"), staff: reply.of("Staff") })
    }

    /// Pupils on roll, those who left in this school year or the last, and those asked for besides;
    /// of their fields those in `select`, apart by commas. A mark holds for the same pupils and
    /// fields only, as they are part of the call.
    #[must_use]
    pub fn students(&self, which: Students, select: &str) -> Pages<'_, StudentsReply> {
        self.pages("Students", students_query(which, select))
    }

    /// One pupil, by the id of the feed: a row, or none.
    ///
    /// # Errors
    /// As any call.
    pub async fn student(
        &self,
        id: &str,
        which: Students,
        select: &str,
    ) -> Result<Vec<StudentRow>, XodError> {
        self.get_one::<StudentsReply>("Students", id, &students_query(which, select)).await
    }

    /// One member of staff, by the id of the feed: a row, or none.
    ///
    /// # Errors
    /// As any call.
    pub async fn staff_member(&self, id: &str, select: &str) -> Result<Vec<StaffRow>, XodError> {
        self.get_one::<StaffReply>("Staff", id, &[(SELECT, select.to_owned())]).await
    }

    async fn get_one<R: TableReply>(
        &self,
        table: &str,
        id: &str,
        query: &[(&'static str, String)],
    ) -> Result<Vec<R::Row>, XodError> {
        let path = ["api", "v1", "School", self.estab.as_str(), table, id];
        let query: Vec<(&str, &str)> =
            query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply: R = match self.get(&path, &query).await {
            Err(XodError::NotFound { .. }) => return Ok(Vec::new()),
            reply => reply?,
        };
        let why = "the table is missing";
        reply.into_parts().rows.ok_or(XodError::Incomplete { table: R::TABLE, why })
    }

    /// Current staff, teachers or not; of their fields those in `select`.
    #[must_use]
    pub fn staff(&self, select: &str) -> Pages<'_, StaffReply> {
        self.pages("Staff", vec![(SELECT, select.to_owned())])
    }

    /// Groups of a kind, of their fields those in `select`; all but year groups with their members,
    /// whose pupils' own rows have it.
    #[must_use]
    pub fn groups(&self, kind: GroupKind, select: &str) -> Pages<'_, GroupsReply> {
        let mut options = vec![];
        if kind != GroupKind::Year {
            options.extend(["includeStudentMembers", "includeStaffMembers"]);
        }
        if kind == GroupKind::Teaching {
            options.push("includeSubjects");
        }
        let mut query = vec![("type", kind.name().into()), (SELECT, select.to_owned())];
        if !options.is_empty() {
            query.push(("options", options.join(",")));
        }
        self.pages("Groups", query)
    }

    fn pages<R: TableReply>(
        &self,
        table: &'static str,
        query: Vec<(&'static str, String)>,
    ) -> Pages<'_, R> {
        Pages::new(self, table, query)
    }

    fn limits(&self) -> &Limits {
        self.client.0.http.limits()
    }

    fn holder(&self) -> Holder<'_> {
        let tokens = self.own_tokens.as_ref().unwrap_or(&self.client.0.tokens);
        Holder { estab: self.estab.as_str(), secret: &self.secret, tokens }
    }

    async fn get_data<T: DeserializeOwned>(
        &self,
        table: &str,
        query: &[(&str, &str)],
    ) -> Result<T, XodError> {
        self.get(&["api", "v1", "School", self.estab.as_str(), table], query).await
    }

    /// Whether XoD has refused to be asked for single fields, so that all came which the consent
    /// covers.
    #[must_use]
    pub fn refuses_select(&self) -> bool {
        self.refuses_select.load(Ordering::Relaxed)
    }

    /// Asks; where XoD does not want to be asked for single fields, once more without naming them,
    /// and from then on no more.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, XodError> {
        let plain: Vec<(&str, &str)> = without_select(query).copied().collect();
        let select = query.iter().find(|(name, _)| *name == SELECT);
        let Some((_, select)) = select.filter(|_| !self.refuses_select()) else {
            return self.get_exactly(path, &plain, AnswerTo::Other).await;
        };
        match self.get_exactly(path, query, AnswerTo::Select(select)).await {
            Err(XodError::FieldRefused { status, .. }) => {
                tracing::info!(status, "XoD does not want to be asked for single fields");
                self.refuses_select.store(true, Ordering::Relaxed);
                self.get_exactly(path, &plain, AnswerTo::Other).await
            }
            answered => answered,
        }
    }

    async fn get_exactly<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        to: AnswerTo<'_>,
    ) -> Result<T, XodError> {
        self.client
            .authorised(self.holder(), |token| Call {
                method: Method::GET,
                url: self.client.0.http.url(path, query),
                token: Some(token),
                json: None,
                repeat: Repeat::Freely,
                to,
                room: Some(Arc::clone(&self.room)),
            })
            .await
    }
}

fn students_query(which: Students, select: &str) -> Vec<(&'static str, String)> {
    let options: Vec<&str> = [
        (true, "includeLeavers"),
        (which.pre_admissions, "includePreAdmissions"),
        (which.guests, "includeGuests"),
        (which.subsidiary, "includeSubsidiary"),
    ]
    .into_iter()
    .filter_map(|(is_asked_for, option)| is_asked_for.then_some(option))
    .collect();
    vec![("options", options.join(",")), (SELECT, select.to_owned())]
}

/// Whether a number is another school's, however it is written ("328/1102"). One without digits
/// names nobody: what the school withholds is not passed over in doubt.
fn names_another_school(named: Field<String>, estab: &Estab) -> bool {
    let digits: String =
        named.recorded().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    !digits.is_empty() && digits != estab.as_str()
}

/// The year in which an academic year begins: of "2017", "2017/2018", "AY2025", "Academic Year
/// 2025-26" and "25/26".
fn first_year(text: &str) -> Option<i32> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    let first = numbers.next()?;
    let mut next = || numbers.next().and_then(|run| run.parse::<i32>().ok());
    let year: i32 = match first.len() {
        4 => first.parse().ok()?,
        // Two years without anything between them.
        8 => {
            let (year, after) = first.split_at_checked(4)?;
            let year: i32 = year.parse().ok()?;
            (after.parse() == Ok(year + 1)).then_some(year)?
        }
        2 => {
            let year: i32 = first.parse().ok()?;
            (next() == Some((year + 1) % 100)).then_some(2000 + year)?
        }
        _ => return None,
    };
    (1900..=2999).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_year_in_which_an_academic_year_begins() {
        for (text, year) in [
            ("2017", Some(2017)),
            ("2017/2018", Some(2017)),
            ("2025-26", Some(2025)),
            ("25/26", Some(2025)),
            ("99/00", Some(2099)),
            ("AY2025", Some(2025)),
            ("Academic Year 2025/2026", Some(2025)),
            ("Academic Year 25 - 26", Some(2025)),
            ("20252026", Some(2025)),
            ("  2025 ", Some(2025)),
            ("25", None),
            ("25/27", None),
            ("20252027", None),
            ("Autumn", None),
            ("", None),
            ("12025", None),
            ("0025", None),
        ] {
            assert_eq!(first_year(text), year, "{text:?}");
        }
    }
}
