//! The gated deploy: what is planned, judged, sealed, and then applied as it was judged; what has to
//! hold before, what nobody else may do meanwhile, and what is kept of it.

pub mod audit;
pub mod bundle;
pub mod confirm;
pub mod facts;
pub mod folder;
pub mod guard;
pub mod history;
pub mod lock;
pub mod place;
pub mod placeholder;
