//! Any bytes as a bundle: read, opened with a key that opens everything, and what it says in clear.
#![no_main]

#[path = "sops/key.rs"]
mod key;

use libfuzzer_sys::fuzz_target;
use tollgate::deploy::bundle::Bundle;
use tollgate_secrets::seal::{self, Sealed};

fuzz_target!(|input: &[u8]| {
    // As it is.
    if let Ok(sealed) = Sealed::parse(input.to_vec()) {
        let _ = sealed.recipients().map(ToString::to_string).count();
        let _ = sealed.open(&key::keyring());
    }
    if let Ok(bundle) = Bundle::parse("fuzz", input.to_vec()) {
        let _ = bundle.check_environment(&["production", "prod"]);
        let _ = bundle.open(&key::keyring());
    }
    // As what is inside of a whole one: a header, and then a manifest, a report and a plan.
    let mut pieces = input.splitn(4, |byte| *byte == b'\n');
    let clear = String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    let pieces: Vec<&[u8]> = pieces.collect();
    if let Ok(bytes) = seal::seal(&clear, &pieces, None, &key::keyring())
        && let Ok(bundle) = Bundle::parse("fuzz", bytes)
    {
        let _ = bundle.open(&key::keyring());
    }
});
