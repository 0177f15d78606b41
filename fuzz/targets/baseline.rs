//! A baseline, which comes out of the repository under review.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::baseline::Baseline;

fuzz_target!(|bytes: &[u8]| {
    match Baseline::parse(bytes) {
        // What is written is read back as the same.
        Ok(baseline) => {
            let written = baseline.to_json();
            assert!(Baseline::parse(written.as_bytes()).is_ok());
        }
        Err(error) => drop(error.to_string()),
    }
});
