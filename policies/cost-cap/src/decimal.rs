//! Money and quantities: exact decimals, no floats.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};

const PLACES: u32 = 12;
const SCALE: i128 = 1_000_000_000_000;

/// A fixed-point number with twelve decimal places.
///
/// Addition is exact. Multiplication and division round up at the twelfth place, so
/// that rounding never brings an estimate under a cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a decimal number.
    #[error("not a decimal number; write it like 19.99")]
    Syntax,
    /// More than twelve decimal places.
    #[error("more than 12 decimal places; round it up")]
    Precision,
    /// Beyond what is computed with.
    #[error("too large to compute with; use a smaller number")]
    Overflow,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(SCALE);

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Self {
        // i64::MAX × 10^12 is below 10^31; an i128 holds 10^38.
        Self(number as i128 * SCALE)
    }

    /// Reads decimal text such as `19.99`, `-3` or `1e6`.
    ///
    /// # Errors
    /// When the text is no number, or one that does not fit without rounding.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (
                mantissa,
                exponent
                    .strip_prefix('+')
                    .unwrap_or(exponent)
                    .parse::<i32>()
                    .map_err(|_| DecimalError::Syntax)?,
            ),
            None => (text, 0),
        };
        let (negative, digits) = mantissa
            .strip_prefix('-')
            .map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty()
            || digits.ends_with('.')
            || !whole
                .bytes()
                .chain(fraction.bytes())
                .all(|b| b.is_ascii_digit())
        {
            return Err(DecimalError::Syntax);
        }
        let fraction = fraction.trim_end_matches('0');
        let mut value = 0_i128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(i128::from(digit - b'0')))
                .ok_or(DecimalError::Overflow)?;
        }
        if value == 0 {
            return Ok(Self::ZERO);
        }
        let shift = i32::try_from(fraction.len())
            .ok()
            .and_then(|places| exponent.checked_sub(places))
            .and_then(|shift| shift.checked_add(PLACES as i32))
            .ok_or(DecimalError::Overflow)?;
        if shift >= 0 {
            for _ in 0..shift {
                value = value.checked_mul(10).ok_or(DecimalError::Overflow)?;
            }
        } else {
            for _ in shift..0 {
                if value % 10 != 0 {
                    return Err(DecimalError::Precision);
                }
                value /= 10;
            }
        }
        Ok(Self(if negative { -value } else { value }))
    }

    /// The sum, unless it is too large.
    ///
    /// # Errors
    /// On overflow.
    pub fn plus(self, other: Self) -> Result<Self, DecimalError> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .ok_or(DecimalError::Overflow)
    }

    /// The difference, unless it is too large.
    ///
    /// # Errors
    /// On overflow.
    pub fn minus(self, other: Self) -> Result<Self, DecimalError> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .ok_or(DecimalError::Overflow)
    }

    /// The product, rounded up at the twelfth place.
    ///
    /// # Errors
    /// On overflow.
    pub fn times(self, other: Self) -> Result<Self, DecimalError> {
        // Whole and fractional part apart, so that the product of the raw numbers,
        // which would overflow much earlier, is never formed.
        let (whole, fraction) = (self.0.div_euclid(SCALE), self.0.rem_euclid(SCALE));
        let (other_whole, other_fraction) = (other.0.div_euclid(SCALE), other.0.rem_euclid(SCALE));
        // All of whole × other is a multiple of 10^-12; of fraction × other, only the
        // product of the two fractions can need rounding.
        let exact = whole.checked_mul(other.0).ok_or(DecimalError::Overflow)?;
        let part = fraction
            .checked_mul(other_whole)
            .ok_or(DecimalError::Overflow)?;
        let rest = ceiling(fraction * other_fraction, SCALE);
        exact
            .checked_add(part)
            .and_then(|sum| sum.checked_add(rest))
            .map(Self)
            .ok_or(DecimalError::Overflow)
    }

    /// The quotient, rounded up at the twelfth place.
    ///
    /// # Errors
    /// On overflow, and when `other` is not above zero.
    pub fn per(self, other: Self) -> Result<Self, DecimalError> {
        if other.0 <= 0 {
            return Err(DecimalError::Syntax);
        }
        let (whole, rest) = (self.0.div_euclid(other.0), self.0.rem_euclid(other.0));
        let fraction = ceiling(
            rest.checked_mul(SCALE).ok_or(DecimalError::Overflow)?,
            other.0,
        );
        whole
            .checked_mul(SCALE)
            .and_then(|w| w.checked_add(fraction))
            .map(Self)
            .ok_or(DecimalError::Overflow)
    }

    /// The amount in dollars and cents, rounded half up: `-$0.01`, `$23.73`.
    #[must_use]
    pub fn dollars(self) -> String {
        let cent = SCALE / 100;
        let cents = self.0.abs() / cent + i128::from(self.0.abs() % cent >= cent / 2);
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        format!("{sign}${}.{:02}", cents / 100, cents % 100)
    }

    /// Whether the number is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

/// `a / b`, rounded up; `b` is above zero and `a` is not below it.
fn ceiling(a: i128, b: i128) -> i128 {
    a / b + i128::from(a % b != 0)
}

/// The shortest decimal text, without an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / SCALE, self.0.abs() % SCALE);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:012}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    /// Reads decimal text. Numbers are not accepted: a document that holds them may
    /// have lost digits on its way.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                Decimal::parse(text).map_err(|error| E::custom(format_args!("{text:?} is {error}")))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl schemars::JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact decimal number, as text.",
            "type": "string",
            "pattern": r"^[0-9]{1,18}(\.[0-9]{1,12})?$",
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for (text, printed) in [
            ("0", "0"),
            ("0.0", "0"),
            ("-0", "0"),
            ("20", "20"),
            ("19.99", "19.99"),
            ("007.50", "7.5"),
            ("0.0000000309", "0.0000000309"),
            ("0.000000000001", "0.000000000001"),
            ("-3.25", "-3.25"),
            ("1e6", "1000000"),
            ("1.5E-3", "0.0015"),
            ("1e+2", "100"),
            ("0.1230000000000000", "0.123"),
        ] {
            assert_eq!(d(text).to_string(), printed, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_exact_decimal() {
        for (text, error) in [
            ("", DecimalError::Syntax),
            (".5", DecimalError::Syntax),
            ("5.", DecimalError::Syntax),
            ("1,5", DecimalError::Syntax),
            ("$5", DecimalError::Syntax),
            ("NaN", DecimalError::Syntax),
            ("1e", DecimalError::Syntax),
            ("--1", DecimalError::Syntax),
            ("+1", DecimalError::Syntax),
            ("0.0000000000001", DecimalError::Precision),
            ("1e-13", DecimalError::Precision),
            ("1e30", DecimalError::Overflow),
            ("1e2147483647", DecimalError::Overflow),
            (
                "99999999999999999999999999999999999999999",
                DecimalError::Overflow,
            ),
        ] {
            assert_eq!(Decimal::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn rounds_dollars_half_up() {
        for (amount, printed) in [
            ("0", "$0.00"),
            ("0.005", "$0.01"),
            ("0.0049999", "$0.00"),
            ("23.725", "$23.73"),
            ("16.425", "$16.43"),
            ("-0.004", "$0.00"),
            ("-1.5", "-$1.50"),
            ("1234.5", "$1234.50"),
        ] {
            assert_eq!(d(amount).dollars(), printed, "{amount}");
        }
    }

    #[test]
    fn products_and_quotients_round_up() {
        assert_eq!(d("0.000000000001").times(d("0.5")), Ok(d("0.000000000001")));
        assert_eq!(d("1").per(d("3")), Ok(d("0.333333333334")));
        assert_eq!(d("0.0000166667").times(d("400000")), Ok(d("6.66668")));
        assert_eq!(d("1").per(Decimal::ZERO), Err(DecimalError::Syntax));
    }

    proptest! {
        #[test]
        fn printing_and_reading_are_inverse(raw in any::<i64>()) {
            let number = Decimal(i128::from(raw));
            prop_assert_eq!(Decimal::parse(&number.to_string()), Ok(number));
        }

        #[test]
        fn multiplication_is_exact_up_to_the_last_place(a in any::<i64>(), b in any::<i64>()) {
            // Both factors below 2^63, so the raw product fits an i128.
            let raw = i128::from(a) * i128::from(b);
            let expected = raw.div_euclid(SCALE) + i128::from(raw.rem_euclid(SCALE) != 0);
            prop_assert_eq!(Decimal(i128::from(a)).times(Decimal(i128::from(b))), Ok(Decimal(expected)));
        }

        #[test]
        fn multiplication_commutes(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (Decimal(i128::from(a)), Decimal(i128::from(b)));
            prop_assert_eq!(a.times(b), b.times(a));
        }

        #[test]
        fn division_undoes_multiplication_upwards(a in 0..=i64::MAX, b in 1..=i64::MAX) {
            let (a, b) = (Decimal(i128::from(a)), Decimal(i128::from(b)));
            if let Ok(quotient) = a.per(b) {
                // quotient - 10^-12 < a / b <= quotient
                prop_assert!(quotient.times(b)? >= a);
                prop_assert!(Decimal(quotient.0 - 1).times(b)? <= a.plus(Decimal(1))?);
            }
        }

        #[test]
        fn addition_keeps_the_order(a in any::<i64>(), b in any::<i64>(), c in any::<i64>()) {
            let (a, b, c) = (Decimal(i128::from(a)), Decimal(i128::from(b)), Decimal(i128::from(c)));
            prop_assert_eq!(a < b, a.plus(c)? < b.plus(c)?);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.eE]{0,40}") {
            let _ = Decimal::parse(&text);
        }
    }
}
