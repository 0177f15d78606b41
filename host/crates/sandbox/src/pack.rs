//! Turns the core module that a compiler writes into the component that the gate loads.

use wit_component::ComponentEncoder;

use tollgate_model::names::truncate;

/// Why a module cannot be made into a component.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The bytes do not start as a core module does.
    #[error("the file is not a WebAssembly core module")]
    NotCore,
    /// The bytes are a component.
    #[error("the file is a component already")]
    AlreadyComponent,
    /// The module carries no description of the contract, or breaks it.
    #[error("the module cannot be made a component: {0}")]
    Encode(String),
}

/// Makes a component of a core module that was built against the policy contract.
///
/// # Errors
/// When the bytes are no core module, or the module does not carry the contract
/// that `wit-bindgen` embeds.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, PackError> {
    match module {
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {}
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Err(PackError::AlreadyComponent),
        _ => return Err(PackError::NotCore),
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| PackError::Encode(truncate(&format!("{error:#}").replace('\n', " "), 500)))
}
