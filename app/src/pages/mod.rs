//! The pages, one file each.

pub mod activate;
pub mod add_staff;
pub mod cards;
pub mod classes;
pub mod dashboard;
pub mod find_school;
pub mod groups;
pub mod home;
pub mod messages;
pub mod not_found;
pub mod pupils;
pub mod runs;
pub mod set_up;
pub mod sign_in;
pub mod staff;
pub mod trash;
pub mod users;
pub mod wizard;
