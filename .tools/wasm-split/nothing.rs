//! Only what it depends on matters.
