//! The pages, one file or folder each.

pub mod activate;
pub mod cards;
pub mod dashboard;
pub mod find_school;
pub mod forgotten_password;
pub mod home;
pub mod mail;
pub mod messages;
mod new_password;
pub mod nightly_sync;
pub mod not_found;
pub mod own_account;
pub mod own_class;
pub mod people;
mod pupil_password;
pub mod runs;
pub mod set_up;
pub mod sign_in;
pub mod sign_ins;
pub mod teacher_home;
pub mod users;
pub mod wizard;
