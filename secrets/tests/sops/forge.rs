//! Writes encrypted files by hand, also those that sops never would.

use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::generic_array::typenum::U32;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, aes::Aes256};
use age::armor::{ArmoredWriter, Format as Armor};
use age::{Encryptor, x25519};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};
use std::io::Write;

/// A fixed test key; it opens only what these tests write.
pub(crate) const IDENTITY: &str =
    "AGE-SECRET-KEY-1PQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQWM47SV";
pub(crate) const DATA_KEY: [u8; 32] = [42; 32];
const TIME: &str = "2026-01-02T03:04:05Z";

/// Returns the public half of [`IDENTITY`].
pub(crate) fn recipient() -> x25519::Recipient {
    IDENTITY
        .parse::<x25519::Identity>()
        .expect("a key")
        .to_public()
}

/// Encrypts one value for the place that `path` names, such as `a:b:`.
pub(crate) fn enc(plaintext: &str, value_type: &str, path: &str) -> String {
    enc_with(plaintext, value_type, path, &[7; 32])
}

fn enc_with(plaintext: &str, value_type: &str, path: &str, iv: &[u8; 32]) -> String {
    let cipher = AesGcm::<Aes256, U32>::new(GenericArray::from_slice(&DATA_KEY));
    let payload = Payload {
        msg: plaintext.as_bytes(),
        aad: path.as_bytes(),
    };
    let sealed = cipher
        .encrypt(GenericArray::from_slice(iv), payload)
        .expect("sealed");
    let (data, tag) = sealed.split_at(sealed.len() - 16);
    let encode = |bytes: &[u8]| STANDARD.encode(bytes);
    format!(
        "ENC[AES256_GCM,data:{},iv:{},tag:{},type:{value_type}]",
        encode(data),
        encode(iv),
        encode(tag)
    )
}

/// Encrypts the data key, or whatever bytes stand for it, to a recipient.
pub(crate) fn seal(recipient: &dyn age::Recipient, bytes: &[u8]) -> String {
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient)).expect("a recipient");
    let mut out = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut out, Armor::AsciiArmor).expect("armor");
    let mut writer = encryptor.wrap_output(armor).expect("a writer");
    writer.write_all(bytes).expect("written");
    writer
        .finish()
        .and_then(|armor| armor.finish())
        .expect("finished");
    String::from_utf8(out).expect("armor is text")
}

/// Returns the MAC over leaves, encrypted.
pub(crate) fn mac(leaves: &[&str]) -> String {
    let mut hash = Sha512::new();
    for leaf in leaves {
        hash.update(leaf.as_bytes());
    }
    let hex: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    enc(&hex, "str", TIME)
}

/// Returns the metadata of a file to [`recipient`], as JSON, which is YAML too.
pub(crate) fn metadata(mac: &str) -> serde_json::Value {
    metadata_for(
        mac,
        &[(recipient().to_string(), seal(&recipient(), &DATA_KEY))],
    )
}

/// Returns the metadata of a file to the given age recipients.
pub(crate) fn metadata_for(mac: &str, recipients: &[(String, String)]) -> serde_json::Value {
    let age: Vec<_> = recipients
        .iter()
        .map(|(recipient, enc)| serde_json::json!({ "recipient": recipient, "enc": enc }))
        .collect();
    serde_json::json!({ "age": age, "lastmodified": TIME, "mac": mac, "version": "3.11.0" })
}

/// Seals the data key to a recipient.
pub(crate) fn sealed_key(recipient: &dyn age::Recipient) -> String {
    seal(recipient, &DATA_KEY)
}

/// Returns a YAML file with the given body and metadata.
pub(crate) fn yaml(body: &str, metadata: &serde_json::Value) -> String {
    format!("{body}\nsops: {metadata}\n")
}
