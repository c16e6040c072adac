//! The one client of Xporter-on-Demand.
