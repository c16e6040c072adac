//! What a school has, what its MIS says of it, and the rules that hold for each alone.

pub mod accounts;
pub mod email;
pub mod hash;
pub mod key_id;
pub mod mis_link;
pub mod names;
pub mod plan;
pub mod roster;
pub mod text;
pub mod throttle;
pub mod time;
pub(crate) mod upn;
