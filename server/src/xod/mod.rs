//! The one client of Xporter-on-Demand (XoD), Groupcall's service that reads schools' MISs.
//!
//! The verbs are [`School::get_token`], [`School::token_details`], [`School::gdpr_ids`],
//! [`School::school_info`], [`School::students`], [`School::staff`], [`School::groups`], and
//! [`Client::register_school`], which invites a school. Every failure is an [`XodError`]: a closed
//! list, each with what an office admin is told.
//!
//! `http` is the single send, `token` keeps the tokens, `wire` reads replies, `pages` puts tables
//! together.

mod error;
mod fields;
mod http;
mod pages;
mod token;
mod wire;

#[cfg(fuzzing)]
pub use wire::read_as_everything;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use rollcall_shared::connection::Authoriser;
use rollcall_shared::ids::Estab;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use error::{Said, Unreachable, XodError, without_advice};
pub use fields::asked_for as fields_asked_for;
pub use http::{Limits, SetUpError};
pub use pages::{Mark, Page, Pages};
pub use token::Token;
pub use wire::{
    Field, GroupRow, GroupsReply, Members, StaffMemberRow, StaffReply, StaffRow, StudentMemberRow,
    StudentRow, StudentsReply,
};

use self::http::{Call, Http, Repeat, Room};
use self::token::Tokens;
use self::wire::AnswerTo;
use crate::clock::Clock;
use crate::config::{Secret, XodConfig};
use crate::dice::Dice;

/// The service's name for itself, in tokens and callbacks.
pub const THIRD_PARTY: &str = "XporterOnDemand";

/// Our side of XoD; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: Http,
    tokens: Tokens,
    clock: Clock,
    app_id: String,
    management_secret: Secret,
}

impl Client {
    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// If the address is plain http to another machine, or TLS cannot be set up.
    pub fn new(config: &XodConfig, clock: Clock, dice: Dice) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Inner {
            http: Http::new(config.url.clone(), clock.clone(), dice, config.limits)?,
            tokens: Tokens::default(),
            clock,
            app_id: config.app_id.clone(),
            management_secret: config.management_secret.clone(),
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

    /// Asks a school to share its data: XoD e-mails whoever holds the authority.
    ///
    /// # Errors
    /// As any call; and what XoD says about this one school is an error too.
    pub async fn register_school(&self, invitation: &Invitation<'_>) -> Result<(), XodError> {
        let Invitation { estab, school_name, authoriser, scopes, partner } = invitation;
        let body = json!({
            "RegistrationType": if self.0.http.is_local() { "Test" } else { "Live" },
            "Schools": [{
                "LeaCode": estab.lea_code(),
                "DfesCode": estab.dfe_number(),
                "SchoolName": school_name,
                "SchoolContactFirstName": authoriser.forename,
                "SchoolContactLastName": authoriser.surname,
                "SchoolContactEmail": authoriser.email,
                "SchoolContactPhone": authoriser.phone,
                "PartnerApplicationId": self.app_id(),
                "PartnerName": partner.name,
                "PartnerRegisteredEmail": partner.email,
                "ScopesToAuthorise": scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
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
    async fn authorised<T: DeserializeOwned>(
        &self,
        holder: Holder<'_>,
        call: impl Fn(&str) -> Call<'_>,
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
        let now = self.0.clock.now();
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
        Ok(Token::new(text, expires.unwrap_or_else(|| self.0.clock.now())))
    }

    async fn answered<T: DeserializeOwned>(
        &self,
        holder: Holder<'_>,
        call: &Call<'_>,
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
    pub estab: &'a Estab,
    pub school_name: &'a str,
    /// Who is asked.
    pub authoriser: &'a Authoriser,
    pub scopes: &'a BTreeSet<Scope>,
    pub partner: Partner<'a>,
}

/// Ourselves, as XoD names us to the school.
#[derive(Clone, Copy)]
pub struct Partner<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// What a token stands for: this is how we learn what the school really granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDetails {
    pub estab: Option<String>,
    pub relying_party: Option<String>,
    /// Those of ours, granted by their own names or by the full ones that cover them; others are
    /// none of our business.
    pub scopes: BTreeSet<Scope>,
}

/// People whom the school opted out, or the only ones it opted in, by the ids of the feed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GdprIds {
    /// Only those listed may be imported, instead of all but them.
    pub is_opt_in: bool,
    pub pupils: BTreeSet<String>,
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
    pub name: Option<String>,
    /// The year in which the MIS's current academic year began.
    pub academic_year: Option<i32>,
    /// What stands in place of a year that can be read.
    pub unread_year: Option<String>,
    /// Which MIS it is.
    pub mis: Option<String>,
}

/// How many people XoD says there are; none where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub pupils: Option<u32>,
    pub staff: Option<u32>,
}

/// The kinds of groups we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Year,
    Registration,
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

/// A query without the fields that are wanted.
fn without_select<'q, 'n, V>(query: &'q [(&'n str, V)]) -> impl Iterator<Item = &'q (&'n str, V)> {
    query.iter().filter(|(name, _)| *name != SELECT)
}

impl School<'_> {
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
            scopes: scopes
                .into_iter()
                .filter_map(|name| Scope::granted_by(&name.recorded()?))
                .collect(),
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
        let select = [(SELECT, fields::SCHOOL)];
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
    /// with the fields that these scopes allow. A mark holds for the same pupils only, as the
    /// options are part of the call.
    #[must_use]
    pub fn students(
        &self,
        scopes: &BTreeSet<Scope>,
        pupils: PupilScope,
    ) -> Pages<'_, StudentsReply> {
        self.pages("Students", students_query(scopes, pupils))
    }

    /// One pupil, by the id of the feed: a row, or none.
    ///
    /// # Errors
    /// As any call.
    pub async fn student(
        &self,
        id: &str,
        scopes: &BTreeSet<Scope>,
        pupils: PupilScope,
    ) -> Result<Vec<StudentRow>, XodError> {
        self.get_one::<StudentsReply>("Students", id, &students_query(scopes, pupils)).await
    }

    /// One member of staff, by the id of the feed: a row, or none.
    ///
    /// # Errors
    /// As any call.
    pub async fn staff_member(
        &self,
        id: &str,
        scopes: &BTreeSet<Scope>,
    ) -> Result<Vec<StaffRow>, XodError> {
        self.get_one::<StaffReply>("Staff", id, &[(SELECT, fields::staff(scopes))]).await
    }

    async fn get_one<R: wire::TableReply>(
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

    /// Current staff, teachers or not; with the fields that these scopes allow.
    #[must_use]
    pub fn staff(&self, scopes: &BTreeSet<Scope>) -> Pages<'_, StaffReply> {
        self.pages("Staff", vec![(SELECT, fields::staff(scopes))])
    }

    /// Groups of a kind; all but year groups with their members, whose pupils' own rows have it.
    #[must_use]
    pub fn groups(&self, kind: GroupKind) -> Pages<'_, GroupsReply> {
        let mut options = vec![];
        if kind != GroupKind::Year {
            options.extend(["includeStudentMembers", "includeStaffMembers"]);
        }
        if kind == GroupKind::Teaching {
            options.push("includeSubjects");
        }
        let mut query = vec![("type", kind.name().into()), (SELECT, fields::groups(kind))];
        if !options.is_empty() {
            query.push(("options", options.join(",")));
        }
        self.pages("Groups", query)
    }

    fn pages<R: wire::TableReply>(
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
        if plain.len() == query.len() || self.refuses_select() {
            return self.get_exactly(path, &plain, AnswerTo::Other).await;
        }
        match self.get_exactly(path, query, AnswerTo::Select).await {
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
        to: AnswerTo,
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

fn students_query(scopes: &BTreeSet<Scope>, pupils: PupilScope) -> Vec<(&'static str, String)> {
    let options: Vec<&str> = [
        (true, "includeLeavers"),
        (pupils.pre_admissions, "includePreAdmissions"),
        (pupils.guests, "includeGuests"),
        (pupils.subsidiary, "includeSubsidiary"),
    ]
    .into_iter()
    .filter_map(|(is_asked_for, option)| is_asked_for.then_some(option))
    .collect();
    vec![("options", options.join(",")), (SELECT, fields::students(scopes, pupils))]
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
mod tests;
