//! The price book that a team hands to `cost-cap`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = cost_cap::PriceBook::parse(text).map_err(|error| error.to_string());
    }
});
