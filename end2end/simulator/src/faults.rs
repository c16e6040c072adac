//! Misbehaviour on demand: what the service, or the network before it, does wrong next.

use serde::{Deserialize, Serialize};

/// A fault that waits for a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {}
