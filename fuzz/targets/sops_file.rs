//! Any bytes as a file of each format: read, opened with a key that opens everything, rendered.
#![no_main]

#[path = "sops/key.rs"]
mod key;

use libfuzzer_sys::fuzz_target;
use tollgate_secrets::{Format, SecretsFile};

const FORMATS: [Format; 5] = [
    Format::Yaml,
    Format::Json,
    Format::Dotenv,
    Format::Ini,
    Format::Binary,
];

fuzz_target!(|input: &[u8]| {
    let Some((format, bytes)) = input.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(*format) % FORMATS.len()];
    let Ok(file) = SecretsFile::parse("fuzz", bytes, format) else {
        return;
    };
    let _ = file.shape();
    if let Ok(secrets) = file.open(&key::keyring()) {
        for format in FORMATS {
            let _ = secrets.render(Some(format));
        }
    }
});
