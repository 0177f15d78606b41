//! The host's side of `policies/wit/policy.wit`.

pub(super) mod earlier;

#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    clippy::allow_attributes,
    missing_docs,
    unreachable_pub,
    reason = "generated from policy.wit, which documents it"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../../policies/wit",
        world: "policy",
        ownership: Borrowing { duplicate_if_necessary: true },
        additional_derives: [PartialEq],
    });
}

pub use bindings::tollgate::policy::types as wit;
pub use bindings::{Policy, PolicyPre};
