use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{Router, routing::post};
use reqwest::Method;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use xod_simulator::{Config, DEFAULT_APP_ID, Running, SchoolSpec, Simulator};

pub(crate) const ESTAB: &str = "3281102";

/// A simulator, and a client that holds a token for one of its schools.
pub(crate) struct Client {
    pub simulator: Running,
    pub http: reqwest::Client,
    pub token: String,
}

/// A simulator with one school of 60 pupils.
pub(crate) async fn small_school() -> Client {
    with_school(SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7)).await
}

pub(crate) async fn with_school(spec: SchoolSpec) -> Client {
    let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
    let mut client = Client { simulator, http: reqwest::Client::new(), token: String::new() };
    client.sign_in().await;
    client
}

impl Client {
    /// Takes a new token if the school gives one.
    pub(crate) async fn sign_in(&mut self) {
        let secret = self.simulator.secret(ESTAB).unwrap_or_default();
        let reply = self.token_reply(&secret).await;
        self.token = reply["token"].as_str().unwrap_or_default().to_owned();
    }

    pub(crate) async fn token_reply(&self, secret: &str) -> Value {
        self.post("/api/oauth/GetToken", &token_body(ESTAB, secret)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.send(self.http.post(self.at(path)).json(body)).await
    }

    /// Sends JSON to the control interface of the school, and gives the status and the reply.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = self.at(&format!("/_simulator/schools/{ESTAB}{path}"));
        let reply = self.http.request(method, url).json(&body).send().await.unwrap();
        let status = reply.status().as_u16();
        (status, reply.json().await.unwrap_or(Value::Null))
    }

    /// Sends a form as a browser does and gives the page that comes of it.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        self.submit_with_status(path, fields).await.1
    }

    pub(crate) async fn submit_with_status(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (u16, String) {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(self.at(path)).header("accept", "text/html");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let reply = request.body(body).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    /// Opens a page as a browser does.
    pub(crate) async fn page(&self, path: &str) -> String {
        let request = self.http.get(self.at(path)).header("accept", "text/html");
        request.send().await.unwrap().text().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(self.at(path))).await
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.authorised(self.http.get(self.at(path))).send().await.unwrap().status().as_u16()
    }

    /// A table of the school, `query` beginning with `?` or empty.
    pub(crate) async fn read(&self, table: &str, query: &str) -> Value {
        self.get(&format!("/api/v1/School/{ESTAB}/{table}{query}")).await
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.url())
    }

    pub(crate) fn authorised(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("Authorization", format!("Idaas {}", self.token))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        let reply = self.authorised(request).send().await.unwrap();
        let text = reply.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

pub(crate) fn token_body(estab: &str, secret: &str) -> Value {
    json!({
        "estab": estab,
        "relyingParty": DEFAULT_APP_ID,
        "password": secret,
        "thirdpartyid": "XporterOnDemand",
    })
}

pub(crate) fn rows<'a>(reply: &'a Value, table: &str) -> &'a Vec<Value> {
    reply[table].as_array().unwrap_or_else(|| panic!("no table {table} in {reply}"))
}

pub(crate) fn keys(row: &Value) -> BTreeSet<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn column<'a>(reply: &'a Value, table: &str, name: &str) -> Vec<&'a str> {
    rows(reply, table).iter().map(|row| row[name].as_str().unwrap()).collect()
}

pub(crate) fn words(list: &str) -> BTreeSet<&str> {
    list.split_whitespace().collect()
}

/// An application that notes what it is called back with.
#[derive(Clone, Default)]
pub(crate) struct Application(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

impl Application {
    /// Starts it, and has the simulator report to it.
    pub(crate) async fn of(client: &Client) -> Self {
        let application = Self::default();
        let noting = application.clone();
        let note = async move |body: String| {
            let fields = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            noting.0.lock().unwrap().push(fields);
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/api/xod/callback", post(note));
        tokio::spawn(async { axum::serve(listener, router).await });
        client.simulator.set_callback(format!("http://{address}/api/xod/callback"));
        application
    }

    pub(crate) fn calls(&self) -> Vec<BTreeMap<String, String>> {
        self.0.lock().unwrap().clone()
    }
}
