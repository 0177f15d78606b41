//! The message authentication code: SHA-512 over the leaves in file order.

use crate::tree::Scalar;
use sha2::{Digest, Sha512};

/// What the hash starts with when only encrypted leaves count, so that the two modes never agree:
/// SHA-256 of `sops`.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
    0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// A running hash over plaintext leaves. Comments and nulls are not part of it.
pub(crate) struct Mac {
    hash: Sha512,
    only_encrypted: bool,
}

impl Mac {
    pub(crate) fn new(only_encrypted: bool) -> Self {
        let mut hash = Sha512::new();
        if only_encrypted {
            hash.update(ONLY_ENCRYPTED);
        }
        Self {
            hash,
            only_encrypted,
        }
    }

    pub(crate) fn leaf(&mut self, value: &Scalar, encrypted: bool) {
        if encrypted || !self.only_encrypted {
            self.hash.update(value.mac_bytes().as_bytes());
        }
    }

    /// Tells whether the leaves are those that were hashed into `expected`, in upper-case hexadecimal.
    pub(crate) fn agrees_with(self, expected: &[u8]) -> bool {
        self.digest().as_bytes() == expected
    }

    /// Returns the hash as SOPS encrypts it, in upper-case hexadecimal.
    pub(crate) fn digest(self) -> String {
        use std::fmt::Write;
        let mut computed = String::with_capacity(128);
        for byte in self.hash.finalize() {
            let _ = write!(computed, "{byte:02X}");
        }
        computed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_modes_start_apart() {
        assert_eq!(
            ONLY_ENCRYPTED.as_slice(),
            sha2::Sha256::digest(b"sops").as_slice()
        );
        let empty = "CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE\
                     47D0D13C5D85F2B0FF8318D2877EEC2F63B931BD47417A81A538327AF927DA3E";
        assert!(Mac::new(false).agrees_with(empty.as_bytes()));
        assert!(!Mac::new(true).agrees_with(empty.as_bytes()));
    }
}
