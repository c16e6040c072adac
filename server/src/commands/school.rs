//! `rollcall school …`: adding a school, and connecting it.

use std::process::ExitCode;

use clap::Subcommand;
use rollcall_engine::domain::text::{LONGEST, typed};
use rollcall_shared::ids::{Estab, SchoolId};
use rollcall_store::schools::{AddSchoolError, StoredSchool};

use crate::sign_in::alerts;
use crate::state::AppState;

/// How long people who left stay in the trash, unless the school sets another time.
const RETENTION_MONTHS: u32 = 12;

#[derive(Subcommand)]
pub(crate) enum SchoolCommand {
    /// Add a school
    Add {
        /// The school's seven-digit number (LAESTAB), such as 3281102
        #[arg(long)]
        estab: Estab,
        /// Its name, as its people know it
        #[arg(long)]
        name: String,
        /// The last part of its address, after /sch/ [default: made of the name]
        #[arg(long)]
        slug: Option<String>,
    },
    /// Change what is set for a school
    Set {
        /// The school's seven-digit number (LAESTAB)
        #[arg(long)]
        estab: Estab,
        /// How many months people who leave from now on stay in the trash
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=120))]
        retention_months: u32,
    },
    /// Let everyone at a school try to sign in again straight away, where sign-ins are slowed
    Unlock {
        /// The school's seven-digit number (LAESTAB)
        #[arg(long)]
        estab: Estab,
    },
    /// Connect a school that has given us its XoD secret already
    Connect(super::connect::Connect),
}

impl SchoolCommand {
    pub(crate) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add { estab, name, slug } => add(state, estab, &name, slug).await,
            Self::Set { estab, retention_months } => set(state, &estab, retention_months).await,
            Self::Unlock { estab } => unlock(state, &estab).await,
            Self::Connect(connect) => connect.run(state).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
async fn add(
    state: &AppState,
    estab: Estab,
    name: &str,
    slug: Option<String>,
) -> anyhow::Result<ExitCode> {
    let school = add_school(state, estab, name, slug).await?;
    println!("Added {} ({}).", school.name, school.estab);
    println!("Its address is {}", state.config.page(&format!("sch/{}", school.slug)));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
async fn unlock(state: &AppState, estab: &Estab) -> anyhow::Result<ExitCode> {
    let school = super::school_of(state, estab).await?;
    alerts::unlock_by_operator(state, school.id).await.map_err(super::in_words)?;
    println!("{} ({estab}): everyone can try to sign in again.", school.name);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
async fn set(state: &AppState, estab: &Estab, retention_months: u32) -> anyhow::Result<ExitCode> {
    let school = super::school_of(state, estab).await?;
    state.store.set_retention(school.id, retention_months).await?;
    println!(
        "{} ({estab}): people who leave from now on stay in the trash for {retention_months} \
         months. People already in it keep the date that is shown.",
        school.name
    );
    Ok(ExitCode::SUCCESS)
}

/// Adds a school under an address made of its name, or one that is given.
///
/// # Errors
/// If the name is empty, the address has other than small letters, digits and hyphens, or the
/// school is there already.
pub async fn add_school(
    state: &AppState,
    estab: Estab,
    name: &str,
    slug: Option<String>,
) -> anyhow::Result<StoredSchool> {
    let name = typed(name);
    anyhow::ensure!(
        !name.is_empty() && name.chars().count() <= LONGEST,
        "a school needs a name of {LONGEST} characters or fewer"
    );
    if state.store.find_school_by_estab(&estab).await?.is_some() {
        anyhow::bail!("the school {estab} already exists");
    }
    let is_given = slug.is_some();
    let slug = slug.unwrap_or_else(|| slug_of(&name));
    anyhow::ensure!(
        !slug.is_empty() && slug == slug_of(&slug),
        "an address has only lower-case letters, digits and single hyphens: try --slug {}",
        slug_of(&name)
    );
    let id = SchoolId(state.dice.uuid());
    let mut school = StoredSchool { id, estab, slug, name, retention_months: RETENTION_MONTHS };
    match state.store.add_school(&school, state.clock.now()).await {
        Err(AddSchoolError::Taken) if !is_given => {
            // There are many St Mary's: the number tells them apart.
            school.slug = format!("{}-{}", school.slug, school.estab);
            state.store.add_school(&school, state.clock.now()).await?;
        }
        done => done?,
    }
    Ok(school)
}

/// What stands in an address for a name: `St Mary’s, Bath` is `st-marys-bath`.
fn slug_of(name: &str) -> String {
    let ascii: String = any_ascii::any_ascii(name)
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '\'' | '.'))
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let mut slug = ascii.split_whitespace().collect::<Vec<_>>().join("-");
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_made_of_the_schools_name() {
        assert_eq!(slug_of("Waterside Primary School"), "waterside-primary-school");
        assert_eq!(slug_of("St Mary’s C. of E., Bath"), "st-marys-c-of-e-bath");
        assert_eq!(slug_of("Ysgol Gynradd Llanfairpwll / Tŷ"), "ysgol-gynradd-llanfairpwll-ty");
        assert_eq!(slug_of("—"), "");
    }
}
