//! The interface of the service: everything that an application calls.

mod data;
pub(crate) mod failure;
mod information;
mod parameters;
mod register;
mod token;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use self::failure::Failure;
use crate::{faults, state::Shared};

/// Every call, under its path in lower case: [`crate::server`] folds the paths that come in.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/oauth/gettoken", post(token::issue))
        .route("/idaas/sts/sts/gettoken", post(token::issue))
        .route("/api/v1/tokendetails", get(information::token_details))
        .route("/api/v1/scopes", get(information::scopes))
        .route("/api/v1/gdprids", get(information::gdpr_ids))
        .route("/api/v1/school/{estab}/{table}", get(data::read_table))
        .route("/api/v1/school/{estab}/{table}/{id}", get(data::read_one))
        .route("/api/manage/schoolregister", post(register::register))
        .route("/api/{*rest}", get(unknown).post(unknown))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), faults::meet))
        .layer(middleware::from_fn(failure::hide_status))
}

async fn unknown() -> Failure {
    Failure::not_found("There is no such endpoint.")
}
