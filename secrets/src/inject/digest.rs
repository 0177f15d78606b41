//! Digests of values that say whether two are equal, and nothing else to whoever lacks the key.

use crate::seal::hex;
use crate::secrets::Value;
use aes_gcm::aead::OsRng;
use aes_gcm::aead::rand_core::RngCore as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// A random key. A digest of a password can be guessed by trying passwords, unless it is keyed. Zeroed
/// when dropped, never formatted.
pub struct DigestKey(Zeroizing<[u8; 32]>);

impl DigestKey {
    /// Makes a key; none when the operating system gives no random numbers.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    /// Returns it as hexadecimal digits, to be kept where only readers of the values see it.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_slice()))
    }

    /// Returns the digest of a text that a variable is set to; of no other variable's it is the same.
    #[must_use]
    pub fn of_text(&self, name: &str, text: &[u8]) -> String {
        of(self, name, Value::Text(text))
    }

    /// Takes what [`Self::to_hex`] returned.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }
}

/// The digest of a variable's value.
pub(super) fn of(key: &DigestKey, name: &str, value: Value<'_>) -> String {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.0.as_slice()) else {
        return String::new();
    };
    mac.update(b"tollgate value 1\n");
    text(&mut mac, name.as_bytes());
    feed(&mut mac, value);
    format!("hmac-sha256:{}", hex(&mac.finalize().into_bytes()))
}

/// With its kind and its length, so that no two values are fed alike.
fn feed(mac: &mut Hmac<Sha256>, value: Value<'_>) {
    match value {
        Value::Null => mac.update(b"n"),
        Value::Bool(value) => mac.update(if value { b"t" } else { b"f" }),
        Value::Int(number) => {
            mac.update(b"i");
            mac.update(&number.to_le_bytes());
        }
        Value::Float(number) => {
            mac.update(b"d");
            mac.update(&number.to_bits().to_le_bytes());
        }
        Value::Text(bytes) => {
            mac.update(b"s");
            text(mac, bytes);
        }
        Value::Time(time) => {
            mac.update(b"z");
            text(mac, time.as_bytes());
        }
        Value::Map(map) => {
            let sorted: BTreeMap<&str, Value<'_>> = map.iter().collect();
            mac.update(b"m");
            mac.update(&(sorted.len() as u64).to_le_bytes());
            for (key, item) in sorted {
                text(mac, key.as_bytes());
                feed(mac, item);
            }
        }
        Value::List(list) => {
            mac.update(b"l");
            mac.update(&(list.iter().count() as u64).to_le_bytes());
            list.iter().for_each(|item| feed(mac, item));
        }
    }
}

fn text(mac: &mut Hmac<Sha256>, bytes: &[u8]) {
    mac.update(&(bytes.len() as u64).to_le_bytes());
    mac.update(bytes);
}
