//! A keyring that opens every file with one data key, and a MAC made with it.
#![allow(dead_code, reason = "each target uses its part")]

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, aes::Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Arc, OnceLock};
use tollgate_secrets::keys::{Attempt, KeySource, LookedAt, Sealing, Share, Stanza};
use tollgate_secrets::{Keyring, Recipient};

const DATA_KEY: [u8; 32] = [42; 32];
pub(crate) const TIME: &str = "2026-01-02T03:04:05Z";

struct Everything;

impl KeySource for Everything {
    fn open(&self, _: &Stanza) -> Attempt {
        Attempt::Opened(Share::new(DATA_KEY.to_vec()))
    }

    fn seal(&self, _: &Recipient, _: &[u8]) -> Sealing {
        Sealing::NotMine
    }

    fn seals(&self, _: &Recipient) -> bool {
        false
    }

    fn looked_at(&self) -> Vec<LookedAt> {
        Vec::new()
    }
}

pub(crate) fn keyring() -> Keyring {
    Keyring::new(Arc::new(|_| None), None).with(Box::new(Everything))
}

/// The SHA-512 of nothing, encrypted.
#[expect(clippy::expect_used, reason = "key and nonce have the right sizes")]
pub(crate) fn mac() -> &'static str {
    static MAC: OnceLock<String> = OnceLock::new();
    MAC.get_or_init(|| {
        let empty = "CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE\
                     47D0D13C5D85F2B0FF8318D2877EEC2F63B931BD47417A81A538327AF927DA3E";
        let iv = [7; 32];
        let payload = Payload {
            msg: empty.as_bytes(),
            aad: TIME.as_bytes(),
        };
        let sealed = AesGcm::<Aes256, U32>::new((&DATA_KEY).into())
            .encrypt((&iv).into(), payload)
            .expect("sealed");
        let (data, tag) = sealed.split_at(sealed.len() - 16);
        let encode = |bytes: &[u8]| STANDARD.encode(bytes);
        format!(
            "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]",
            encode(data),
            encode(&iv),
            encode(tag)
        )
    })
}
