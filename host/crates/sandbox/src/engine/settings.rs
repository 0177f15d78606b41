//! What code is compiled like: shared by the host and by its build script, which
//! compiles the embedded policies. An artifact loads only where both agree.

use wasmtime::{Config, OptLevel, WasmBacktraceDetails, WasmFeatures};

/// Native stack that a guest may use, in bytes.
const WASM_STACK: usize = 512 << 10;

/// Returns the settings of the sandbox, before a target is chosen.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .cranelift_nan_canonicalization(true)
        // What is not named is off, whatever wasmtime's defaults become.
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(features(), true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // For native debuggers and exceptions; traps do without.
        .native_unwind_info(false);
    config
}

/// Returns what a module may use: WebAssembly 2.0, less what only garbage collection needs.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES)
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}
