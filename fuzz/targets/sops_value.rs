//! Any text as an encrypted value, in a file that is sound but for it.
#![no_main]
#![expect(
    clippy::expect_used,
    reason = "a target panics where it found a mistake"
)]

#[path = "sops/key.rs"]
mod key;

use libfuzzer_sys::fuzz_target;
use tollgate_secrets::{Format, SecretsFile};

fuzz_target!(|value: &str| {
    let mut text = String::from("{\"a\":\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            control if u32::from(control) < 0x20 => {
                text.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => text.push(plain),
        }
    }
    text.push_str(&format!(
        "\",\"sops\":{{\"age\":[{{\"recipient\":\"age1x\",\"enc\":\"x\"}}],\"lastmodified\":\"{}\",\"mac\":\"{}\"}}}}",
        key::TIME,
        key::mac()
    ));
    let file =
        SecretsFile::parse("fuzz", text.as_bytes(), Format::Json).expect("a file around any text");
    let _ = file.shape();
    // The MAC is that of no value: whatever opens can only have been empty.
    if let Ok(secrets) = file.open(&key::keyring()) {
        let empty = secrets
            .documents()
            .next()
            .is_some_and(|document| match document {
                tollgate_secrets::Value::Map(map) => {
                    matches!(map.get("a"), Some(tollgate_secrets::Value::Text(b"")))
                }
                _ => false,
            });
        assert!(empty, "a value that the MAC does not cover");
    }
});
