//! The table of addresses, from which both the router and its document (OpenAPI 3.1) are made.
//!
//! What an operation takes and answers is read off the types of its handler, so that the document
//! can't say something else than the code does. What no type says, which problems only this
//! handler has, stands in the table; that nothing is missing there, every test of the API checks.

use std::any::type_name;
use std::collections::BTreeMap;
use std::future::Future;

use axum::extract::State;
use axum::handler::Handler;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::NoContent;
use axum::routing::{self, MethodRouter};
use axum::{Json, Router};
use rollcall_shared::problem::{Kind, MEDIA_TYPE, Problem};
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{Array, ArrayItems, Schema, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Header, Ref, RefOr, Required, Response};
use utoipa::{PartialSchema, ToSchema};

use super::{document, host};
use crate::error::Result;
use crate::state::AppState;

/// Named schemas, as `utoipa` collects them.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// Addresses with what answers at them, and what the document says of it.
#[derive(Default)]
pub(super) struct Table {
    pub router: Router<AppState>,
    pub paths: Paths,
    pub schemas: Schemas,
}

impl Table {
    /// Adds an address.
    #[must_use]
    pub(super) fn route(mut self, path: &str, methods: Methods) -> Self {
        for (method, mut entry) in methods.entries {
            entry.may_refuse(&refused_by_layers(path, &method));
            let operation = entry.operation(path, &mut self.schemas);
            self.paths.add_path_operation(path, vec![method], operation);
        }
        self.router = self.router.route(path, methods.router);
        self
    }
}

/// What the layers around all handlers may answer instead of them.
fn refused_by_layers(path: &str, method: &HttpMethod) -> Vec<(u16, Kind)> {
    let is_safe = matches!(method, HttpMethod::Get);
    let mut refused = vec![refusal(Kind::Unusable), refusal(Kind::Internal)];
    if !is_safe {
        refused.push(refusal(Kind::ForeignRequest));
    }
    if !host::answers_under_any_name(path) {
        refused.push(host::MISDIRECTED);
    }
    refused
}

/// A kind of problem with its usual status.
pub(super) const fn refusal(kind: Kind) -> (u16, Kind) {
    (kind.status(), kind)
}

/// What answers at one address, by method.
pub(super) struct Methods {
    router: MethodRouter<AppState>,
    entries: Vec<(HttpMethod, Entry)>,
}

/// Answers GET, HEAD too, as the summary says.
pub(super) fn get<H, T, In, Out>(handler: H, summary: &'static str) -> Methods
where
    H: Handler<T, AppState> + Endpoint<In, Out>,
    T: 'static,
{
    let entries = vec![(HttpMethod::Get, Entry::of::<H, In, Out>(summary))];
    Methods { router: routing::get(handler), entries }
}

/// Answers POST, as the summary says.
pub(super) fn post<H, T, In, Out>(handler: H, summary: &'static str) -> Methods
where
    H: Handler<T, AppState> + Endpoint<In, Out>,
    T: 'static,
{
    let entries = vec![(HttpMethod::Post, Entry::of::<H, In, Out>(summary))];
    Methods { router: routing::post(handler), entries }
}

/// Answers PUT, as the summary says.
pub(super) fn put<H, T, In, Out>(handler: H, summary: &'static str) -> Methods
where
    H: Handler<T, AppState> + Endpoint<In, Out>,
    T: 'static,
{
    let entries = vec![(HttpMethod::Put, Entry::of::<H, In, Out>(summary))];
    Methods { router: routing::put(handler), entries }
}

impl Methods {
    /// At the same address these too.
    #[must_use]
    pub(super) fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.entries.extend(other.entries);
        self
    }

    /// The problems that the handler has besides those that its types and the layers tell of.
    #[must_use]
    pub(super) fn or<const N: usize>(mut self, kinds: [Kind; N]) -> Self {
        for (_, entry) in &mut self.entries {
            entry.may_refuse(&kinds.map(refusal));
        }
        self
    }

    /// Changes how the requests get there.
    #[must_use]
    pub(super) fn map(
        mut self,
        change: impl FnOnce(MethodRouter<AppState>) -> MethodRouter<AppState>,
    ) -> Self {
        self.router = change(self.router);
        self
    }
}

/// A handler of which all types are such that the document can say what they are.
pub(super) trait Endpoint<In, Out> {
    fn describe(entry: &mut Entry);
}

/// What a handler takes of a request.
pub(super) trait Input {
    fn describe(entry: &mut Entry);
}

/// What a handler answers.
pub(super) trait Output {
    fn describe(entry: &mut Entry);
}

macro_rules! endpoint {
    ($($input:ident)*) => {
        impl<F, Reply, Out, $($input),*> Endpoint<($($input,)*), Out> for F
        where
            F: FnOnce($($input),*) -> Reply,
            Reply: Future<Output = Out>,
            Out: Output,
            $($input: Input,)*
        {
            fn describe(entry: &mut Entry) {
                $($input::describe(entry);)*
                Out::describe(entry);
            }
        }
    };
}

endpoint!();
endpoint!(A);
endpoint!(A B);
endpoint!(A B C);
endpoint!(A B C D);
endpoint!(A B C D E);

macro_rules! says_nothing {
    ($($input:ty),*) => {
        $(impl Input for $input {
            fn describe(_: &mut Entry) {}
        })*
    };
}

says_nothing!(State<AppState>, HeaderMap, Uri);

impl<T: Output> Output for Result<T> {
    fn describe(entry: &mut Entry) {
        T::describe(entry);
    }
}

impl<T: ToSchema> Output for Json<T> {
    fn describe(entry: &mut Entry) {
        let schema = entry.schema::<T>();
        entry.answers(StatusCode::OK, "application/json", schema);
    }
}

/// With headers.
impl<H, T: Output> Output for (H, T) {
    fn describe(entry: &mut Entry) {
        T::describe(entry);
    }
}

impl Output for NoContent {
    fn describe(entry: &mut Entry) {
        entry.replies.insert(204, Response::new("Done; there is nothing to say"));
    }
}

impl Output for &str {
    fn describe(entry: &mut Entry) {
        let schema = entry.schema::<String>();
        entry.answers(StatusCode::OK, "text/plain; charset=utf-8", schema);
    }
}

/// What the document says of one method of an address.
pub(super) struct Entry {
    /// Of the handler: the file it is in, and its name.
    of: (&'static str, &'static str),
    summary: &'static str,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    replies: BTreeMap<u16, Response>,
    refusals: BTreeMap<u16, Vec<Kind>>,
    is_for_signed_in: bool,
    schemas: Schemas,
}

impl Entry {
    fn of<H: Endpoint<In, Out>, In, Out>(summary: &'static str) -> Self {
        let mut entry = Self {
            of: name_of::<H>(),
            summary,
            parameters: Vec::new(),
            body: None,
            replies: BTreeMap::new(),
            refusals: BTreeMap::new(),
            is_for_signed_in: false,
            schemas: Schemas::new(),
        };
        H::describe(&mut entry);
        entry
    }

    /// It may be refused with these problems.
    pub(super) fn may_refuse(&mut self, refusals: &[(u16, Kind)]) {
        for (status, kind) in refusals {
            let kinds = self.refusals.entry(*status).or_default();
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
    }

    /// It is for those who are signed in.
    pub(super) fn is_for_signed_in(&mut self) {
        self.is_for_signed_in = true;
    }

    /// It takes what stands between the braces of the address.
    pub(super) fn takes_of_path<T: ToSchema>(&mut self) {
        let mut parameter = Parameter::new("");
        parameter.parameter_in = ParameterIn::Path;
        parameter.required = Required::True;
        parameter.schema = Some(self.schema::<T>());
        self.parameters.push(parameter);
    }

    /// It takes a body of this media type.
    pub(super) fn takes_body<T: ToSchema>(&mut self, media_type: &str) {
        let schema = self.schema::<T>();
        let mut body = RequestBody::new();
        body.required = Some(Required::True);
        body.content.insert(media_type.into(), RefOr::T(Content::new(Some(schema))));
        self.body = Some(body);
    }

    /// It takes the fields of this type after the address's question mark.
    pub(super) fn takes_query<T: ToSchema>(&mut self) {
        T::schemas(&mut self.schemas);
        let RefOr::T(Schema::Object(fields)) = T::schema() else { return };
        for (name, schema) in fields.properties {
            let mut parameter = Parameter::new(&name);
            parameter.parameter_in = ParameterIn::Query;
            parameter.required = match fields.required.contains(&name) {
                true => Required::True,
                false => Required::False,
            };
            parameter.schema = Some(never_null(schema));
            self.parameters.push(parameter);
        }
    }

    /// It answers with this status.
    pub(super) fn answers(&mut self, status: StatusCode, media_type: &str, schema: RefOr<Schema>) {
        let mut reply = Response::new("What was asked for");
        reply.content.insert(media_type.into(), RefOr::T(Content::new(Some(schema))));
        self.replies.insert(status.as_u16(), reply);
    }

    /// The schema of a type of ours by its name, and of a list or a page of them; what JSON itself
    /// has is said in place.
    pub(super) fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        let mut schema = T::schema();
        let Some(name) = name_of_ours(type_name::<T>()) else { return schema };
        if let Some(items) = items_of(&mut schema) {
            // One that is named already is among the schemas by now.
            if let RefOr::T(item) = std::mem::replace(items, Ref::from_schema_name(name).into()) {
                self.schemas.push((name.into(), item.into()));
            }
            return schema;
        }
        self.schemas.push((T::name().into_owned(), schema));
        Ref::from_schema_name(T::name()).into()
    }

    fn operation(mut self, path: &str, schemas: &mut Schemas) -> Operation {
        let (file, function) = self.of;
        let problem = self.schema::<Problem>();
        let mut operation = Operation::new();
        operation.tags = Some(vec![file.into()]);
        operation.operation_id = Some(format!("{file}_{function}"));
        operation.summary = Some(self.summary.into());
        for mut parameter in self.parameters {
            if matches!(parameter.parameter_in, ParameterIn::Path) {
                parameter.name = name_in_braces(path).into();
            }
            operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
        }
        operation.request_body = self.body.map(RefOr::T);
        if self.is_for_signed_in {
            let none: [&str; 0] = [];
            operation.security = Some(vec![SecurityRequirement::new(document::SESSION, none)]);
        }
        for (status, reply) in self.replies {
            operation.responses.responses.insert(status.to_string(), reply.into());
        }
        for (status, kinds) in self.refusals {
            let reply = refused(&kinds, problem.clone());
            operation.responses.responses.entry(status.to_string()).or_insert(reply.into());
        }
        schemas.extend(self.schemas);
        operation
    }
}

/// The reply with which these problems are sent.
fn refused(kinds: &[Kind], problem: RefOr<Schema>) -> Response {
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", code(*kind))).collect();
    let mut reply = Response::new(names.join(", "));
    reply.content.insert(MEDIA_TYPE.into(), RefOr::T(Content::new(Some(problem))));
    if kinds.contains(&Kind::TooManyAttempts) {
        reply.headers.insert("Retry-After".into(), RefOr::T(Header::new(u32::schema())));
    }
    reply
}

/// A kind of problem as it is sent.
fn code(kind: Kind) -> String {
    let code = serde_json::to_value(kind).unwrap_or_default();
    code.as_str().unwrap_or_default().to_owned()
}

/// The last part of the path of a type of ours, or of the one that it is a list of.
fn name_of_ours(type_name: &str) -> Option<&str> {
    let of = type_name.rsplit_once('<').map_or(type_name, |(_, inner)| inner.trim_end_matches('>'));
    let name = of.rsplit_once("::").map(|(_, name)| name);
    name.filter(|_| of.starts_with("rollcall_"))
}

/// What a list, or a page of one, consists of.
fn items_of(schema: &mut RefOr<Schema>) -> Option<&mut RefOr<Schema>> {
    match schema {
        RefOr::T(Schema::Array(Array { items: ArrayItems::RefOrSchema(items), .. })) => Some(items),
        RefOr::T(Schema::Object(page)) => page.properties.get_mut("rows").and_then(items_of),
        _ => None,
    }
}

/// The file and the name of a handler.
fn name_of<H>() -> (&'static str, &'static str) {
    let (path, function) = type_name::<H>().rsplit_once("::").unwrap_or_default();
    (path.rsplit_once("::").unwrap_or_default().1, function)
}

/// What is filled in in an address; none of ours has two.
fn name_in_braces(path: &str) -> &str {
    let inside = path.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    inside.map_or("", |(name, _)| name)
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    matches!(object.schema_type, SchemaType::Type(Type::Null))
}

/// What may be null in JSON is simply not there in an address.
fn never_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::OneOf(one_of)) => {
            let only = one_of.items.iter().find(|item| !is_null(item)).cloned();
            only.unwrap_or(RefOr::T(Schema::OneOf(one_of)))
        }
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &object.schema_type
                && let Some(other) = types.iter().find(|one| **one != Type::Null)
            {
                object.schema_type = other.clone().into();
            }
            object.into()
        }
        other => other,
    }
}
