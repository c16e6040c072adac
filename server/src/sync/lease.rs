//! Work that one server does at a time: the one who claims it has a lease, and is heard of while it
//! works. When that ends, however it ends, another server takes the work up.

use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_store::StoreError;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::telemetry::Chain;

/// How long the one who works may be silent before another takes the work up.
pub(crate) const LEASE: TimeDelta = TimeDelta::seconds(5);

/// How often the one who works is heard of.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// Works for as long as the lease can be renewed; none if another has taken the work up. `renew`
/// answers whether nobody has. The work is boxed: it is large, and would be copied on the stack.
pub(crate) async fn under_lease<T, F>(
    work: Pin<Box<impl Future<Output = T>>>,
    renew: impl Fn() -> F + Send + 'static,
) -> Option<T>
where
    F: Future<Output = Result<bool, StoreError>> + Send,
{
    // In a task of its own: however long a part of the work takes, the lease holds.
    let mut lease = JoinSet::new();
    let renewing = async move {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match renew().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "a lease could not be renewed");
                }
            }
        }
    };
    lease.spawn(renewing.in_current_span());
    tokio::select! {
        done = work => Some(done),
        _ = lease.join_next() => None,
    }
}
