//! What texts call the service that reads schools' MISs: in one place, since there may be others.
//! Macros, because `concat!` puts together nothing but literals.

/// The company, as texts name it.
#[macro_export]
macro_rules! provider {
    () => {
        "Groupcall"
    };
}

/// Its service, as texts name it.
#[macro_export]
macro_rules! service {
    () => {
        "Xporter"
    };
}

/// The company, as texts name it.
pub const PROVIDER: &str = provider!();
