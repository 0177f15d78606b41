//! Write Tollgate policies in Rust.
//!
//! A policy is one type that implements [`Policy`]: it says which resource
//! changes and attributes it wants to see ([`Policy::interests`]), which rules it
//! knows ([`Policy::RULES`]), and judges one plan ([`Policy::evaluate`]). Compiled
//! to `wasm32-unknown-unknown` it imports nothing; compiled natively it is an
//! ordinary library that `cargo test` can test (see [`testing`]).
//!
//! An attribute of a plan is known, unset, or cannot be told before apply. The
//! typed accessors of [`Field`] answer with an [`Attr`] that has exactly these
//! three cases and no way around a `match`, so whether *unknown* passes is written
//! down in the policy and never an accident.
//!
//! ```
//! use tollgate_policy::{Attr, Evaluation, Finding, Input, Interest, Policy, RuleDef, Severity};
//!
//! const ENCRYPTED: RuleDef = RuleDef {
//!     id: "volume-encrypted",
//!     title: "EBS volumes are encrypted",
//!     description: "An unencrypted volume leaks with its snapshot.",
//!     severity: Severity::High,
//!     remediation: "Set `encrypted = true`.",
//!     example: "An `aws_ebs_volume` with `encrypted = false`.",
//!     links: &[],
//! };
//!
//! struct Volumes;
//!
//! impl Policy for Volumes {
//!     type Settings = tollgate_policy::NoSettings;
//!     const NAME: &'static str = "volumes";
//!     const VERSION: &'static str = "1.0.0";
//!     const DESCRIPTION: &'static str = "Volumes are encrypted.";
//!     const RULES: &'static [&'static RuleDef] = &[&ENCRYPTED];
//!
//!     fn interests() -> Vec<Interest> {
//!         vec![Interest::in_types(["aws_ebs_volume"]).attributes(["encrypted"])]
//!     }
//!
//!     fn evaluate(input: &Input<'_, Self::Settings>) -> Result<Evaluation, String> {
//!         let mut evaluation = Evaluation::default();
//!         for change in input.changes.iter().filter(|change| change.remains()) {
//!             evaluation.findings.extend(match change.after("encrypted").bool() {
//!                 Attr::Known(true) => None,
//!                 Attr::Known(false) | Attr::Unset => {
//!                     Some(ENCRYPTED.violation(change, "the volume is not encrypted"))
//!                 }
//!                 Attr::Undetermined(why) => Some(ENCRYPTED.undetermined(change, why.to_string())),
//!             }.map(|finding| finding.attribute("encrypted")));
//!         }
//!         Ok(evaluation)
//!     }
//! }
//!
//! tollgate_policy::export!(Volumes);
//! ```

mod field;
mod path;
pub mod pattern;
mod policy;
#[cfg(all(target_arch = "wasm32", feature = "runtime"))]
mod runtime;
pub mod testing;

/// The bindings that `wit-bindgen` generates from `policies/wit/policy.wit`.
#[doc(hidden)]
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    clippy::allow_attributes,
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    reason = "generated from policy.wit, which documents it"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "policy",
        additional_derives: [PartialEq, Clone],
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "tollgate_policy::bindings",
    });
}

pub use bindings::tollgate::policy::types::{
    Action, ActionInvocation, Attribute, Cause, Change, Check, CheckStatus, DeferredChange, Detail,
    Document, Environment, Evaluation, Extension, Finding, InstanceKey, Interest, Metadata, Mode,
    Outcome, OutputChange, PlanFacts, Replacement, Request, ResultDocument, Rule, Severity, Value,
};
pub use field::{Attr, Determined, Field, Why};
pub use path::{Path, PathError, Step};
pub use policy::{Input, NoSettings, Policy, RuleDef, describe, evaluate};

/// The crates that a policy's `Settings` derive from.
pub use {schemars, serde, serde_json};

/// Exports a [`Policy`] from a WASM module. Does nothing in a native build.
#[macro_export]
macro_rules! export {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;
            impl $crate::bindings::Guest for Component {
                fn describe() -> $crate::Metadata {
                    $crate::describe::<$policy>()
                }
                fn evaluate(request: $crate::Request) -> Result<$crate::Evaluation, String> {
                    let answer = $crate::evaluate::<$policy>(&request);
                    // The instance ends with this call, and its memory with it.
                    ::core::mem::forget(request);
                    answer
                }
            }
    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}
