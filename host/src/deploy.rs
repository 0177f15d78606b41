//! The gated deploy: what is planned, judged, sealed, and then applied as it was judged.

pub mod audit;
pub mod bundle;
pub mod facts;
pub mod placeholder;
