use std::collections::BTreeSet;

use serde_json::{Value, json};
use xod_simulator::{Config, DEFAULT_APP_ID, Running, SchoolSpec, Simulator};

pub const ESTAB: &str = "3281102";

/// A simulator, and a client that holds a token for one of its schools.
pub struct Client {
    pub simulator: Running,
    pub http: reqwest::Client,
    pub token: String,
}

/// A simulator with one school of 60 pupils.
pub async fn small_school() -> Client {
    with_school(SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7)).await
}

pub async fn with_school(spec: SchoolSpec) -> Client {
    let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
    let mut client = Client { simulator, http: reqwest::Client::new(), token: String::new() };
    client.sign_in().await;
    client
}

impl Client {
    /// Takes a new token if the school gives one.
    pub async fn sign_in(&mut self) {
        let secret = self.simulator.secret(ESTAB).unwrap_or_default();
        let reply = self.token_reply(&secret).await;
        self.token = reply["token"].as_str().unwrap_or_default().to_owned();
    }

    pub async fn token_reply(&self, secret: &str) -> Value {
        self.post("/api/oauth/GetToken", &token_body(ESTAB, secret)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.send(self.http.post(self.at(path)).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Value {
        self.send(self.http.put(self.at(path)).json(body)).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(self.at(path))).await
    }

    pub async fn status(&self, path: &str) -> u16 {
        self.authorised(self.http.get(self.at(path))).send().await.unwrap().status().as_u16()
    }

    /// A table of the school, `query` beginning with `?` or empty.
    pub async fn read(&self, table: &str, query: &str) -> Value {
        self.get(&format!("/api/v1/School/{ESTAB}/{table}{query}")).await
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.url())
    }

    pub fn authorised(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("Authorization", format!("Idaas {}", self.token))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        let reply = self.authorised(request).send().await.unwrap();
        let text = reply.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

pub fn token_body(estab: &str, secret: &str) -> Value {
    json!({
        "estab": estab,
        "relyingParty": DEFAULT_APP_ID,
        "password": secret,
        "thirdpartyid": "XporterOnDemand",
    })
}

pub fn rows<'a>(reply: &'a Value, table: &str) -> &'a Vec<Value> {
    reply[table].as_array().unwrap_or_else(|| panic!("no table {table} in {reply}"))
}

pub fn keys(row: &Value) -> BTreeSet<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

pub fn column<'a>(reply: &'a Value, table: &str, name: &str) -> Vec<&'a str> {
    rows(reply, table).iter().map(|row| row[name].as_str().unwrap()).collect()
}

pub fn words(list: &str) -> BTreeSet<&str> {
    list.split_whitespace().collect()
}
