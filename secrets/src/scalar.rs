//! How SOPS, a Go program, reads and writes numbers, booleans and times.
//!
//! The MAC covers these texts, so they have to come out the same to the byte. Sources: Go's
//! `strconv`, `time` and `encoding/json`, and go-yaml v3's `resolve.go`.

use crate::tree::{Scalar, Text};
use zeroize::Zeroizing;

/// Returns the shortest positional form, `FormatFloat(f, 'f', -1, 64)` in Go.
pub(crate) fn float_positional(number: f64) -> Zeroizing<String> {
    Zeroizing::new(if number.is_infinite() {
        if number > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        }
    } else {
        number.to_string()
    })
}

/// Returns the shortest form, with an exponent when that is below -4 or above 5:
/// `FormatFloat(f, 'g', -1, 64)` in Go.
pub(crate) fn float_general(number: f64) -> Zeroizing<String> {
    if !number.is_finite() {
        return float_positional(number);
    }
    let scientific = Zeroizing::new(format!("{number:e}"));
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return float_positional(number);
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..=5).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        Zeroizing::new(format!("{digits}e{sign}{:02}", exponent.abs()))
    } else {
        float_positional(number)
    }
}

/// Returns the form of `encoding/json`, or `None` for what JSON cannot say.
pub(crate) fn float_json(number: f64) -> Option<Zeroizing<String>> {
    if !number.is_finite() {
        return None;
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Some(float_positional(number));
    }
    let scientific = Zeroizing::new(format!("{number:e}"));
    let (digits, exponent) = scientific.split_once('e')?;
    Some(Zeroizing::new(if exponent.starts_with('-') {
        format!("{digits}e{exponent}")
    } else {
        format!("{digits}e+{exponent}")
    }))
}

/// Tells whether a text is a number as JSON writes one.
pub(crate) fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}

/// Tells whether a decimal number as written is the very number that it was read as: a floating-point
/// number has no more than some seventeen digits.
pub(crate) fn is_exactly(text: &str, number: f64) -> bool {
    match (decimal(text), decimal(&float_positional(number))) {
        (Some(written), Some(read)) => written == read,
        _ => false,
    }
}

/// Splits a decimal number into sign, digits without zeros at the ends, and the power of ten behind
/// them.
fn decimal(text: &str) -> Option<(bool, Zeroizing<String>, i64)> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !whole
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let digits = Zeroizing::new(format!("{whole}{fraction}"));
    let trimmed = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - trimmed.len()).ok()?;
    let behind = i64::try_from(fraction.len()).ok()?;
    let significant = Zeroizing::new(trimmed.trim_start_matches('0').to_owned());
    if significant.is_empty() {
        return Some((false, significant, 0));
    }
    Some((negative, significant, exponent.checked_add(zeros - behind)?))
}

/// Reads a decrypted boolean, as Go's `ParseBool` does.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// What an untagged plain YAML scalar is, or why it is nothing SOPS carries.
pub(crate) enum Plain {
    Scalar(Scalar),
    /// An integer between 2^63 and 2^64, which SOPS refuses.
    Unsigned,
}

/// Resolves an untagged plain YAML scalar: YAML 1.1 octal, hexadecimal and underscores are numbers,
/// `yes` and `on` are text.
pub(crate) fn resolve_plain(text: &str) -> Plain {
    Plain::Scalar(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => match text.as_bytes().first() {
            Some(b'.') => decimal_float(text).map_or_else(|| Scalar::text(text), Scalar::Float),
            Some(b'0'..=b'9' | b'+' | b'-') => return resolve_number(text),
            _ => Scalar::text(text),
        },
    })
}

fn resolve_number(text: &str) -> Plain {
    if let Some(time) = parse_time(text) {
        return Plain::Scalar(Scalar::Time(time.as_str().into()));
    }
    let digits = Zeroizing::new(text.replace('_', ""));
    match integer(&digits) {
        Some(Integer::Signed(number)) => return Plain::Scalar(Scalar::Int(number)),
        Some(Integer::Unsigned) => return Plain::Unsigned,
        None => {}
    }
    Plain::Scalar(decimal_float(&digits).map_or_else(|| Scalar::text(text), Scalar::Float))
}

enum Integer {
    Signed(i64),
    Unsigned,
}

fn integer(text: &str) -> Option<Integer> {
    let (negative, signed, rest) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &rest[2..]),
        [b'0', b'b' | b'B', ..] => (2, &rest[2..]),
        [b'0', b'o' | b'O', ..] => (8, &rest[2..]),
        [b'0', _, ..] => (8, &rest[1..]),
        _ => (10, rest),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let size = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let number = if negative { -size } else { size };
    match i64::try_from(number) {
        Ok(number) => Some(Integer::Signed(number)),
        Err(_) if !signed => Some(Integer::Unsigned),
        Err(_) => None,
    }
}

/// Reads `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; too large is no float.
fn decimal_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return None;
        }
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads a YAML timestamp and returns it as RFC 3339 with the fraction's zeros trimmed.
pub(crate) fn parse_time(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let mut rest = text;
    let year = number(&mut rest, 4, 4)?;
    eat(&mut rest, "-")?;
    let month = number(&mut rest, 1, 2)?;
    eat(&mut rest, "-")?;
    let day = number(&mut rest, 1, 2)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.is_empty() {
        return Some(Zeroizing::new(format!("{date}T00:00:00Z")));
    }
    let spaced = rest.starts_with(' ');
    rest = rest.strip_prefix(['T', 't', ' '])?;
    let hour = number(&mut rest, 1, 2)?;
    eat(&mut rest, ":")?;
    let minute = number(&mut rest, 1, 2)?;
    eat(&mut rest, ":")?;
    let second = number(&mut rest, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut fraction = String::new();
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let end = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        if end == 0 {
            return None;
        }
        let kept = after[..end.min(9)].trim_end_matches('0');
        if !kept.is_empty() {
            fraction = format!(".{kept}");
        }
        rest = &after[end..];
    }
    let zone = if spaced {
        if !rest.is_empty() {
            return None;
        }
        "Z".to_owned()
    } else if rest == "Z" {
        "Z".to_owned()
    } else {
        let sign = rest
            .chars()
            .next()
            .filter(|sign| matches!(sign, '+' | '-'))?;
        rest = &rest[1..];
        let hours = number(&mut rest, 2, 2)?;
        eat(&mut rest, ":")?;
        let minutes = number(&mut rest, 2, 2)?;
        if !rest.is_empty() || hours > 23 || minutes > 59 {
            return None;
        }
        if hours == 0 && minutes == 0 {
            "Z".to_owned()
        } else {
            format!("{sign}{hours:02}:{minutes:02}")
        }
    };
    Some(Zeroizing::new(format!(
        "{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
    )))
}

fn number(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let digits = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if digits < least {
        return None;
    }
    let (text, after) = rest.split_at(digits);
    *rest = after;
    text.parse().ok()
}

fn eat(rest: &mut &str, sign: &str) -> Option<()> {
    *rest = rest.strip_prefix(sign)?;
    Some(())
}

/// Returns a point in time as RFC 3339 in UTC, in whole seconds.
pub(crate) fn rfc3339(time: std::time::SystemTime) -> String {
    let seconds = time
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days of the proleptic Gregorian calendar, counted in eras of 400 years from a first of March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Returns a time without its fraction of a second, as `time.RFC3339` formats it.
pub(crate) fn time_seconds(time: &Text) -> Zeroizing<String> {
    let text = time.as_str().unwrap_or_default();
    match text.split_once('.') {
        Some((seconds, rest)) => {
            let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            Zeroizing::new(format!("{seconds}{zone}"))
        }
        None => Zeroizing::new(text.to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match resolve_plain(text) {
            Plain::Unsigned => "unsigned".to_owned(),
            Plain::Scalar(scalar) => {
                let kind = match &scalar {
                    Scalar::Null => "null",
                    Scalar::Bool(_) => "bool",
                    Scalar::Int(_) => "int",
                    Scalar::Float(_) => "float",
                    Scalar::Text(_) => "str",
                    Scalar::Time(_) => "time",
                };
                format!("{kind} {}", scalar.mac_bytes().as_str().unwrap_or("?"))
            }
        }
    }

    #[test]
    fn plain_scalars_resolve_as_in_go_yaml() {
        for (text, expected) in [
            ("", "null "),
            ("~", "null "),
            ("yes", "str yes"),
            ("True", "bool True"),
            ("0x1F", "int 31"),
            ("0o17", "int 15"),
            ("017", "int 15"),
            ("08", "float 8"),
            ("1_000", "int 1000"),
            ("-0b11", "int -3"),
            ("9223372036854775807", "int 9223372036854775807"),
            ("9223372036854775808", "unsigned"),
            ("-9223372036854775809", "float -9223372036854776000"),
            ("18446744073709551616", "float 18446744073709552000"),
            ("1e3", "float 1000"),
            (".5", "float 0.5"),
            ("1.", "float 1"),
            ("1e999", "str 1e999"),
            ("-.inf", "float -Inf"),
            ("2024-01-02", "time 2024-01-02T00:00:00Z"),
            ("2024-1-2 3:4:5.120", "time 2024-01-02T03:04:05.12Z"),
            ("2024-02-30", "str 2024-02-30"),
            ("2024-01-02T03:04:05+00:00", "time 2024-01-02T03:04:05Z"),
            (
                "2024-01-02T03:04:05+02:00",
                "time 2024-01-02T03:04:05+02:00",
            ),
            ("1.2.3", "str 1.2.3"),
            ("-", "str -"),
            ("0x", "str 0x"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_utc_to_the_second() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_273_200, "2026-11-21T15:00:00Z"),
        ] {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            assert_eq!(rfc3339(time), expected);
            assert!(parse_time(expected).is_some());
        }
    }

    #[test]
    fn floats_are_written_as_go_writes_them() {
        for (number, positional, general, json) in [
            (0.0, "0", "0", "0"),
            (-0.0, "-0", "-0", "-0"),
            (123_456.0, "123456", "123456", "123456"),
            (1_234_567.0, "1234567", "1.234567e+06", "1234567"),
            (0.0001, "0.0001", "0.0001", "0.0001"),
            (0.000_01, "0.00001", "1e-05", "0.00001"),
            (1e-7, "0.0000001", "1e-07", "1e-7"),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (
                0.1 + 0.2,
                "0.30000000000000004",
                "0.30000000000000004",
                "0.30000000000000004",
            ),
        ] {
            assert_eq!(*float_positional(number), positional);
            assert_eq!(*float_general(number), general);
            let Some(text) = float_json(number) else {
                panic!("{number} is a JSON number")
            };
            assert_eq!(*text, json);
        }
        assert!(float_json(f64::NAN).is_none());
    }
}

#[cfg(test)]
mod exactness {
    use super::*;

    #[test]
    fn numbers_are_what_json_calls_one() {
        for (text, expected) in [
            ("0", true),
            ("-12", true),
            ("1.50", true),
            ("1e5", true),
            ("1E-05", true),
            ("007", false),
            ("010", false),
            ("+49", false),
            ("0x10", false),
            ("0o17", false),
            ("1_000", false),
            (".5", false),
            ("5.", false),
            ("", false),
            ("-", false),
            ("1e", false),
            (" 1", false),
        ] {
            assert_eq!(is_json_number(text), expected, "{text}");
        }
    }

    #[test]
    fn digits_that_would_be_lost_are_noticed() {
        for (text, number, expected) in [
            ("1.50", 1.5, true),
            ("-0.25", -0.25, true),
            ("1e3", 1000.0, true),
            ("100", 100.0, true),
            ("0.0", 0.0, true),
            ("12345678901234567890", 12_345_678_901_234_567_000.0, false),
            ("0.12345678901234567890", 0.123_456_789_012_345_68, false),
            ("9007199254740993", 9_007_199_254_740_992.0, false),
        ] {
            assert_eq!(is_exactly(text, number), expected, "{text}");
        }
    }
}
