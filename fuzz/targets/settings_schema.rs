//! The schema of a policy's settings, as a module can state it: bounded, or refused, in no time and
//! without following it off the stack.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::sandbox::settings;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(schema) = std::str::from_utf8(bytes) {
        let _ = settings::bounded(schema);
    }
});
