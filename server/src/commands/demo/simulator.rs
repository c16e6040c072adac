//! The simulator's control interface, as far as the demo needs it.

use std::collections::BTreeMap;

use anyhow::Context;
use reqwest::Client;
use rollcall_shared::ids::Estab;
use rollcall_shared::year_group::YearGroup;
use serde::Deserialize;
use url::{Host, Url};

use crate::config::Config;

/// The simulator that stands in for XoD.
pub(super) struct Simulator {
    client: Client,
    address: Url,
}

/// A pupil on roll, as a teacher knows them.
pub(super) struct Pupil {
    pub forename: String,
    pub surname: String,
    pub class: Option<String>,
    pub year: Option<YearGroup>,
}

#[derive(Deserialize)]
struct School {
    estab: String,
    name: String,
}

#[derive(Deserialize)]
struct People {
    students: Vec<Student>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Student {
    forename: String,
    surname: String,
    nc_year: i16,
    classes: Vec<u32>,
    status: String,
}

#[derive(Deserialize)]
struct Group {
    id: u32,
    name: String,
}

impl Simulator {
    /// The simulator at the configured XoD address.
    pub(super) fn of(config: &Config) -> anyhow::Result<Self> {
        let address = config.xod.url.clone();
        let is_loopback = match address.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        anyhow::ensure!(
            is_loopback,
            "the demo needs the simulator; {address} is not on this machine"
        );
        Ok(Self { client: Client::new(), address })
    }

    pub(super) async fn name_of(&self, estab: &Estab) -> anyhow::Result<String> {
        let schools: Vec<School> = self.get("schools").await?;
        schools
            .into_iter()
            .find(|school| school.estab == estab.as_str())
            .map(|school| school.name)
            .with_context(|| format!("the simulator has no school {estab}"))
    }

    /// The school's secret, as the callback would have brought it.
    pub(super) async fn secret_of(&self, estab: &Estab) -> anyhow::Result<String> {
        let mut secrets: BTreeMap<String, String> = self.get("secrets").await?;
        secrets.remove(estab.as_str()).with_context(|| format!("{estab} has no secret yet"))
    }

    pub(super) async fn pupils_of(&self, estab: &Estab) -> anyhow::Result<Vec<Pupil>> {
        let people: People = self.get(&format!("schools/{estab}/people")).await?;
        let names: BTreeMap<u32, &str> =
            people.groups.iter().map(|group| (group.id, group.name.as_str())).collect();
        Ok(people
            .students
            .into_iter()
            .filter(|student| student.status == "OnRoll")
            .map(|student| Pupil {
                class: student
                    .classes
                    .first()
                    .and_then(|class| names.get(class))
                    .map(|name| (*name).to_owned()),
                year: YearGroup::from_number(student.nc_year),
                forename: student.forename,
                surname: student.surname,
            })
            .collect())
    }

    pub(super) async fn advance_year(&self, estab: &Estab) -> anyhow::Result<()> {
        let address = self.at(&format!("schools/{estab}/advance-year"))?;
        let request = self.client.post(address).header("accept", "application/json");
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, path: &str) -> anyhow::Result<T> {
        let reply = self.client.get(self.at(path)?).header("accept", "application/json");
        let reply = reply.send().await.context("the simulator is not running")?;
        Ok(reply.error_for_status()?.json().await?)
    }

    fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(self.address.join(&format!("/_simulator/{path}"))?)
    }
}
