//! The gated deploy: what is planned, judged and sealed is what is applied, to the byte.
//!
//! The tool plans into memory, is asked for its plan as JSON, and later applies the very same
//! bytes; the plan is in no file in between. Which state it works on is said to it in its
//! environment and checked afterwards, and never taken from what somebody selected before.

pub mod arguments;
pub mod audit;
pub mod backend;
pub mod bundle;
pub mod choice;
pub mod confirm;
pub mod directory;
pub mod drift;
pub mod elsewhere;
pub mod ending;
mod error;
pub mod facts;
pub mod folder;
pub mod former;
pub mod guard;
pub mod history;
pub mod inputs;
pub mod interrupt;
pub mod lock;
pub mod memory;
pub mod place;
pub mod placeholder;
pub mod plan_file;
pub mod promotion;
pub mod restated;
pub mod signs;
pub mod state;
pub mod state_lock;
pub mod target;
pub mod tool;
pub mod values;
pub mod whereabouts;

pub use self::error::DeployError;
