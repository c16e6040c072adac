//! The running simulator: listens, answers, and stops when it is dropped.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, ServiceExt, extract::Request, http::Uri};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower::{Layer, util::MapRequestLayer};

use crate::{
    api,
    config::{Config, SchoolSpec, SpecError},
    consent, control,
    faults::Fault,
    school::School,
    state::{Shared, StartError},
};

/// The stand-in for the service.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Starts a simulator on the runtime of the caller; it serves until it is dropped.
    ///
    /// # Errors
    /// If the address is taken, the state file cannot be used, or a school cannot be made.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let failed = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared::new(config, format!("http://{address}"))?);
        let (stop, stopped) = oneshot::channel::<()>();
        let service = service(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            let serve = axum::serve(listener, ServiceExt::<Request>::into_make_service(service));
            let until_stopped = async {
                // A dropped sender stops it just as well.
                let _ = stopped.await;
            };
            if let Err(error) = serve.with_graceful_shutdown(until_stopped).await {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        Ok(Running { address, shared, stop: Some(stop), serving })
    }
}

/// All paths, the interface's without regard to case.
pub(crate) fn service(
    shared: Arc<Shared>,
) -> impl tower::Service<
    Request,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send {
    let router = Router::new()
        .merge(api::router(&shared))
        .merge(consent::router())
        .merge(control::router())
        .with_state(shared);
    MapRequestLayer::new(fold_path).layer(router)
}

/// Puts the path of a call on the interface in lower case, without a slash at the end.
fn fold_path(mut request: Request) -> Request {
    let path = request.uri().path();
    let lower = path.trim_end_matches('/').to_ascii_lowercase();
    let is_interface = lower.starts_with("/api/") || lower.starts_with("/idaas/");
    if !is_interface || lower == path {
        return request;
    }
    let folded = match request.uri().query() {
        Some(query) => format!("{lower}?{query}"),
        None => lower,
    };
    if let Ok(uri) = folded.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

/// A simulator that answers until this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base address of the service, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.own_url.clone()
    }

    /// Where schools' decisions are reported from now on.
    pub fn set_callback(&self, url: impl Into<String>) {
        self.shared.world_mut().callback = url.into();
    }

    /// The last calls of the interface, the oldest first: "GET /api/v1/tokendetails", with the
    /// query where there is one. Neither tokens nor bodies.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.shared.calls()
    }

    /// Scripts a fault.
    pub fn script(&self, fault: Fault) {
        self.shared.world_mut().faults.push(fault);
    }

    /// Drops the faults that are still to come.
    pub fn clear_faults(&self) {
        self.shared.world_mut().faults.clear();
    }

    /// Adds a school.
    ///
    /// # Errors
    /// If it cannot be made, or there is one with this number.
    pub fn add_school(&self, spec: &SchoolSpec) -> Result<(), SpecError> {
        self.shared.change(|world| world.add(spec).map(|_| ()))
    }

    /// The secret of a school that works now.
    #[must_use]
    pub fn secret(&self, estab: &str) -> Option<String> {
        self.look(estab, School::secret).flatten()
    }

    /// Looks at a school; `None` if there is none with this number.
    pub fn look<T>(&self, estab: &str, look: impl FnOnce(&School) -> T) -> Option<T> {
        self.shared.world().schools.get(estab).map(look)
    }

    /// Changes a school at will; `None` if there is none with this number.
    pub fn change<T>(&self, estab: &str, change: impl FnOnce(&mut School) -> T) -> Option<T> {
        self.shared.change(|world| world.schools.get_mut(estab).map(change))
    }

    /// Stops and waits until the address is free again.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // Connections that idle would hold it up.
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
