//! What code is compiled like: shared by the host and by its build script, which
//! compiles the embedded policies. An artifact loads only where both agree.

use wasmtime::{Config, OptLevel, WasmBacktraceDetails};

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
        .wasm_component_model(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}
