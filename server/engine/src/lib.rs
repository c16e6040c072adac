#![doc = include_str!("../README.md")]

#[cfg(test)]
#[macro_use]
mod cases;
pub mod domain;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
pub mod planner;
