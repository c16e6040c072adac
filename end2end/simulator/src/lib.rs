//! A stand-in for Xporter-on-Demand (XoD), the service that reads schools' MISs.
//!
//! It speaks the service's interface with its oddities, over schools that are generated from a
//! seed. The development server, the server's tests and the browser tests all use it: as the
//! program `xod-simulator`, or in-process:
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use xod_simulator::{Config, SchoolSpec, Simulator};
//!
//! let school = SchoolSpec::new("3281102").pupils(60).seed(7);
//! let simulator = Simulator::start(Config::on_a_free_port([school])).await?;
//! let base_url = simulator.url();
//! let secret = simulator.secret("3281102");
//! # assert!(base_url.starts_with("http://127.0.0.1:") && secret.is_some());
//! # Ok::<(), xod_simulator::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Code tour: [`school`] is what an MIS and a school's consent hold, `generate` makes it up, `api`
//! is the interface that applications call. `onboarding` is how a school comes to share, `consent`
//! the pages on which it decides, `callback` how the application hears of it. `control` is for
//! tests and people: it changes schools, scripts `faults`, and shows the e-mails.

mod api;
mod callback;
pub mod cli;
mod clock;
mod config;
mod consent;
mod control;
mod email;
mod faults;
mod form;
mod generate;
mod onboarding;
mod page;
pub mod school;
mod server;
mod state;

pub use clock::Clock;
pub use config::{
    Booleans, Config, DEFAULT_APP_ID, DEFAULT_CALLBACK, DEFAULT_LISTEN, DEFAULT_MANAGEMENT_SECRET,
    Dialect, SchoolSpec, SpecError, usual_staff,
};
pub use email::Email;
pub use faults::{Fault, Kind as FaultKind};
pub use generate::school as generate_school;
pub use server::{Running, Simulator};
pub use state::StartError;
