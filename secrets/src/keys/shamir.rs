//! Shamir's secret sharing over GF(2^8): key groups, of which some number recovers the data key.

use aes_gcm::aead::OsRng;
use aes_gcm::aead::rand_core::RngCore;
use zeroize::Zeroizing;

/// Recovers the secret from shares; each is the bytes followed by its x coordinate.
///
/// `None` when the shares cannot belong together. Too few shares of the right shape give a wrong
/// secret, which the MAC finds.
pub(crate) fn combine(shares: &[Zeroizing<Vec<u8>>]) -> Option<Zeroizing<Vec<u8>>> {
    let length = shares.first()?.len().checked_sub(1)?;
    let mut positions = Vec::with_capacity(shares.len());
    for share in shares {
        let (&position, bytes) = share.split_last()?;
        if bytes.len() != length || position == 0 || positions.contains(&position) {
            return None;
        }
        positions.push(position);
    }
    if positions.len() < 2 {
        return None;
    }
    // Lagrange interpolation at zero: each share's weight depends on the positions alone.
    let weights: Vec<u8> = positions
        .iter()
        .map(|&own| {
            positions
                .iter()
                .filter(|&&other| other != own)
                .fold(1, |weight, &other| {
                    multiply(weight, multiply(other, inverse(other ^ own)))
                })
        })
        .collect();
    let mut secret = Zeroizing::new(vec![0; length]);
    for (share, weight) in shares.iter().zip(weights) {
        for (byte, part) in secret.iter_mut().zip(share.iter()) {
            *byte ^= multiply(*part, weight);
        }
    }
    Some(secret)
}

/// Splits a secret into `parts` shares, any `needed` of which recover it; at least two, at most `parts`.
///
/// `None` when the operating system gives no random numbers.
pub(crate) fn split(secret: &[u8], parts: u8, needed: u8) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    // One polynomial per byte of the secret, which is its value at zero.
    let mut polynomials = Vec::with_capacity(secret.len());
    for &byte in secret {
        let mut coefficients = Zeroizing::new(vec![0; usize::from(needed)]);
        OsRng.try_fill_bytes(&mut coefficients).ok()?;
        if let Some(constant) = coefficients.first_mut() {
            *constant = byte;
        }
        polynomials.push(coefficients);
    }
    let share = |position: u8| {
        let mut share = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
        share.extend(polynomials.iter().map(|coefficients| {
            coefficients.iter().rev().fold(0, |value, coefficient| {
                multiply(value, position) ^ coefficient
            })
        }));
        share.push(position);
        share
    };
    Some((1..=parts).map(share).collect())
}

/// Multiplies in the field of AES, without branches or tables that depend on the operands.
fn multiply(mut a: u8, b: u8) -> u8 {
    let mut product = 0;
    for bit in 0..8 {
        product ^= a & (b >> bit & 1).wrapping_neg();
        a = (a << 1) ^ (0x1b & (a >> 7).wrapping_neg());
    }
    product
}

/// Returns `a` to the power of 254, which is its inverse; zero has none and gives zero.
fn inverse(a: u8) -> u8 {
    (0..254).fold(1, |power, _| multiply(power, a))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Shares a secret with the given coefficients, for two of `positions`.
    fn share(secret: &[u8], slope: &[u8], positions: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
        positions
            .iter()
            .map(|&x| {
                let mut bytes: Vec<u8> = secret
                    .iter()
                    .zip(slope)
                    .map(|(byte, slope)| byte ^ multiply(*slope, x))
                    .collect();
                bytes.push(x);
                Zeroizing::new(bytes)
            })
            .collect()
    }

    #[test]
    fn shares_that_do_not_belong_together_are_refused() {
        let share = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        for (case, shares) in [
            ("none", vec![]),
            ("one", vec![share(&[1, 2, 1])]),
            ("empty share", vec![share(&[]), share(&[])]),
            ("same position twice", vec![share(&[1, 1]), share(&[2, 1])]),
            ("position zero", vec![share(&[1, 0]), share(&[2, 1])]),
            ("different lengths", vec![share(&[1, 1]), share(&[2, 2, 2])]),
        ] {
            assert!(combine(&shares).is_none(), "{case}");
        }
    }

    proptest! {
        #[test]
        fn any_two_shares_give_the_secret(secret: [u8; 32], slope: [u8; 32], a in 1u8.., b in 1u8..) {
            prop_assume!(a != b);
            let shares = share(&secret, &slope, &[a, b]);
            let combined = combine(&shares).map(|secret| secret.to_vec());
            prop_assert_eq!(combined, Some(secret.to_vec()));
        }

        #[test]
        fn what_is_split_comes_back(secret: [u8; 32], parts in 2u8..12, skip in 0usize..12, all in 2u8..12) {
            let needed = all.min(parts);
            let shares = split(&secret, parts, needed).expect("randomness");
            prop_assert_eq!(shares.len(), usize::from(parts));
            let start = skip % shares.len();
            let mut some: Vec<_> = shares[start..].iter().chain(&shares[..start]).cloned().collect();
            some.truncate(usize::from(needed));
            let combined = combine(&some).map(|secret| secret.to_vec());
            prop_assert_eq!(combined, Some(secret.to_vec()));
            if needed > 2 {
                some.pop();
                let combined = combine(&some).map(|secret| secret.to_vec());
                prop_assert_ne!(combined, Some(secret.to_vec()));
            }
        }

        #[test]
        fn every_element_but_zero_has_an_inverse(a in 1u8..) {
            prop_assert_eq!(multiply(a, inverse(a)), 1);
        }
    }
}
