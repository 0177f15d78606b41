//! Which patterns take in which others.
//!
//! `*` stands for any run of characters, `?` for one. Everything can be written in many ways: `*`,
//! `?*`, `**`. So a pattern is not compared with a spelling: what counts is whether it matches all that
//! another pattern does.

/// Whether a pattern certainly matches whatever another pattern does.
///
/// A run of `*` and `?` with a star in it stands for any text of at least as many characters as it has
/// `?`. What is between such runs is found from left to right, each part as early as it can be, because
/// that leaves the most to those behind it: the work is at most the product of the two lengths.
#[must_use]
pub fn covers(wide: &str, narrow: &str, ignore_case: bool) -> bool {
    let narrow = narrow.as_bytes();
    let (mut part, mut rest) = until_gap(wide.as_bytes());
    if !at(part, narrow, ignore_case) {
        return false;
    }
    let mut from = part.len();
    if rest.is_empty() {
        return from == narrow.len();
    }
    while !rest.is_empty() {
        let (mut least, behind) = gap(rest);
        while least > 0 {
            match narrow.get(from) {
                // It may stand for nothing.
                Some(b'*') => {}
                Some(_) => least -= 1,
                None => return false,
            }
            from += 1;
        }
        (part, rest) = until_gap(behind);
        let found = if rest.is_empty() {
            narrow
                .len()
                .checked_sub(part.len())
                .filter(|start| *start >= from && at(part, tail(narrow, *start), ignore_case))
        } else {
            (from..narrow.len()).find(|start| at(part, tail(narrow, *start), ignore_case))
        };
        match found {
            Some(start) => from = start + part.len(),
            None => return false,
        }
    }
    true
}

fn tail(text: &[u8], from: usize) -> &[u8] {
    text.get(from..).unwrap_or_default()
}

fn wild(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}

/// The end of the run of wildcards that a pattern begins with.
fn run(pattern: &[u8]) -> usize {
    pattern
        .iter()
        .position(|byte| !wild(*byte))
        .unwrap_or(pattern.len())
}

/// What is before the first run of wildcards with a star in it, and the rest.
fn until_gap(pattern: &[u8]) -> (&[u8], &[u8]) {
    let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
        return (pattern, &[]);
    };
    let before = pattern.get(..star).unwrap_or_default();
    let questions = before
        .iter()
        .rev()
        .take_while(|byte| **byte == b'?')
        .count();
    pattern.split_at(star - questions)
}

/// How many characters such a run has at least, and what is behind it.
fn gap(pattern: &[u8]) -> (usize, &[u8]) {
    let (run, behind) = pattern.split_at(run(pattern));
    (run.iter().filter(|byte| **byte == b'?').count(), behind)
}

/// Whether a text begins with a part that has no star. A star in the text is no character that is
/// known to be there.
fn at(part: &[u8], text: &[u8], ignore_case: bool) -> bool {
    part.len() <= text.len()
        && part.iter().zip(text).all(|(p, t)| match (p, t) {
            (_, b'*') => false,
            (b'?', _) => true,
            (_, b'?') => false,
            (p, t) => p == t || ignore_case && p.eq_ignore_ascii_case(t),
        })
}

/// Any name at all. Wildcards alone say nothing of a name, however many of them there are, so it is
/// one that is as long as names get.
macro_rules! any {
    () => {
        "????????????????????????????????????????????????????????????????*"
    };
}

/// The names of all resources of a service or an account, behind the account in their ARN: in some
/// services each has a type in front of it.
const ANY_RESOURCE: &[&str] = &[
    any!(),
    concat!(any!(), "/", any!()),
    concat!(any!(), ":", any!()),
];

/// Whether a pattern takes in whatever has a name.
#[must_use]
pub fn everything(pattern: &str) -> bool {
    covers(pattern, any!(), false)
}

/// Whether a pattern takes in every action of every service.
#[must_use]
pub fn every_action(pattern: &str) -> bool {
    covers(pattern, concat!(any!(), ":", any!()), false)
}

/// Whether a pattern takes in every action of a service.
#[must_use]
pub fn every_action_of(pattern: &str, service: &str) -> bool {
    covers(pattern, &format!("{service}:{}", any!()), true)
}

/// The services of which a pattern takes in every action, as a pattern: `s3` of `s3:*`.
#[must_use]
pub fn whole_service(pattern: &str) -> Option<&str> {
    let Some((service, actions)) = pattern.split_once(':') else {
        // The star stands for the colon, too.
        let star = pattern.find('*').filter(|star| *star > 0)?;
        let all = covers(pattern.get(star..)?, concat!("*:", any!()), true);
        return pattern.get(..=star).filter(|_| all);
    };
    (!service.is_empty() && everything(actions)).then_some(service)
}

/// Whether a pattern can match an action at all: `NotAction` with one that cannot leaves out nothing.
#[must_use]
pub fn is_of_actions(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let of_service = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || wild(*byte);
    let of_action = |byte: &u8| byte.is_ascii_alphanumeric() || wild(*byte);
    let first_wrong = bytes.iter().position(|byte| !of_service(byte));
    let behind_wrong = bytes
        .iter()
        .rposition(|byte| !of_action(byte))
        .map_or(0, |at| at + 1);
    bytes.iter().enumerate().any(|(nth, byte)| {
        let star = *byte == b'*';
        (star || matches!(byte, b':' | b'?'))
            && first_wrong.is_none_or(|wrong| nth <= wrong)
            && nth + 1 >= behind_wrong
            && (star || nth > 0)
            && (star || nth + 1 < bytes.len())
    })
}

/// Whether a pattern of ARNs takes in every resource of a service or an account. With a service, only
/// one of that service counts.
#[must_use]
pub fn every_resource(pattern: &str, service: Option<&str>) -> bool {
    names_all(pattern, service, &ANY_RESOURCE.iter().copied())
}

/// The same of the resources of one type: `arn:aws:iam::*:role/*`, `arn:aws:iam::*:role*`.
#[must_use]
pub fn every_resource_of(pattern: &str, kind: &str) -> bool {
    let names = [format!("{kind}/{}", any!()), format!("{kind}:{}", any!())];
    names_all(pattern, None, &names.iter().map(String::as_str))
}

/// One piece of what is before the name in an ARN.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Byte(u8),
    /// The name of a partition, a service or a region.
    Any,
    /// Of the number of an account, or `aws`.
    Account,
}

impl Piece {
    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => own == byte,
            Self::Any => byte.is_ascii_alphanumeric() || byte == b'-',
            Self::Account => byte.is_ascii_digit() || b"aws".contains(&byte),
        }
    }
}

/// Whether a pattern takes in, for some partition, service, region and account, all of these names.
///
/// A star can stand for colons as well, so the pattern is not split at them: every place of it is
/// looked for that can be the first of the name.
fn names_all<'n>(
    pattern: &str,
    service: Option<&str>,
    names: &(impl Iterator<Item = &'n str> + Clone),
) -> bool {
    // Names go on for ever: a pattern that ends in anything but a star matches not all of them.
    let mut bytes = pattern.as_bytes().to_vec();
    bytes.dedup_by(|one, other| *one == b'*' && *other == b'*');
    if !bytes
        .iter()
        .rev()
        .take_while(|byte| wild(**byte))
        .any(|byte| *byte == b'*')
    {
        return false;
    }
    let mut pieces: Vec<Piece> = b"arn:".map(Piece::Byte).to_vec();
    pieces.extend([Piece::Any, Piece::Byte(b':')]);
    match service {
        Some(service) => pieces.extend(service.bytes().map(Piece::Byte)),
        None => pieces.push(Piece::Any),
    }
    let colon = Piece::Byte(b':');
    pieces.extend([colon, Piece::Any, colon, Piece::Account, colon]);
    let longest = names.clone().map(str::len).max().unwrap_or_default();
    let fits = |from: usize| {
        let name = tail(&bytes, from);
        // Most have more characters than any of the names has to have.
        name.len() <= 2 * longest + 1
            && std::str::from_utf8(name)
                .is_ok_and(|name| names.clone().any(|wanted| covers(name, wanted, false)))
    };
    let mut seen = vec![false; (bytes.len() + 1) * (pieces.len() + 1)];
    let mut open = vec![(0, 0)];
    while let Some((of, piece)) = open.pop() {
        let Some(known) = seen.get_mut(of * (pieces.len() + 1) + piece) else {
            continue;
        };
        if std::mem::replace(known, true) {
            continue;
        }
        let Some(own) = pieces.get(piece).copied() else {
            if fits(of) {
                return true;
            }
            continue;
        };
        let repeats = !matches!(own, Piece::Byte(_));
        let next = if repeats { piece } else { piece + 1 };
        if repeats {
            open.push((of, piece + 1));
        }
        match bytes.get(of) {
            Some(b'*') => open.extend([(of + 1, piece), (of, next)]),
            Some(b'?') => open.push((of + 1, next)),
            Some(byte) if own.takes(*byte) => open.push((of + 1, next)),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::glob;

    /// All texts of some letters up to a length.
    fn texts(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|text| letters.chars().map(move |c| format!("{text}{c}")))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn a_pattern_covers_what_no_text_denies() {
        // One letter that is in no pattern stands for all that are in none.
        for (signs, longest, letters, longest_text) in [("a?*", 5, "ax", 8), ("ab?*", 4, "abx", 6)]
        {
            let patterns = texts(signs, longest);
            let words = texts(letters, longest_text);
            let matched: Vec<Vec<bool>> = patterns
                .iter()
                .map(|pattern| {
                    words
                        .iter()
                        .map(|word| glob(pattern, word, false))
                        .collect()
                })
                .collect();
            for (wide, of_wide) in patterns.iter().zip(&matched) {
                for (narrow, of_narrow) in patterns.iter().zip(&matched) {
                    let expected = of_narrow.iter().zip(of_wide).all(|(n, w)| !n || *w);
                    assert_eq!(covers(wide, narrow, false), expected, "{wide} {narrow}");
                }
            }
        }
    }

    #[test]
    fn everything_can_be_written_in_many_ways() {
        for all in [
            "*", "**", "?*", "*?", "?*?", "*:*", "?*:?*", "*:?*", "??*:*", "??????*",
        ] {
            assert!(every_action(all), "{all}");
        }
        for some in ["", "?", "????????", "s3:*", "*:Get*", "*e*", "*:*t", "a*"] {
            assert!(!every_action(some), "{some}");
        }
        for (pattern, service) in [
            ("s3:*", Some("s3")),
            ("S3:?*", Some("S3")),
            ("s3:*?", Some("s3")),
            ("s3*", Some("s3*")),
            ("i*?", Some("i*")),
            ("s?:*", Some("s?")),
            ("s3:Get*", None),
            ("s3:G?tObject", None),
            ("s3:?????", None),
            ("s3:", None),
            ("s3", None),
            (":*", None),
            ("s3*:Get*", None),
        ] {
            assert_eq!(whole_service(pattern), service, "{pattern}");
        }
        assert!(every_action_of("IAM:?*", "iam") && every_action_of("i*", "iam"));
        assert!(!every_action_of("iam:P*", "iam") && !every_action_of("ia:*", "iam"));
    }

    #[test]
    fn what_can_be_an_action() {
        for action in [
            "s3:*",
            "*",
            "s3:Get?bject",
            "s3?Get",
            "?*",
            "execute-api:Invoke",
            "*Object",
        ] {
            assert!(is_of_actions(action), "{action}");
        }
        for none in [
            "",
            "s3",
            "s3:",
            ":Get",
            "none",
            "s3:Get_Object",
            "a b:c",
            "s3:a:b",
            "s3:a-b",
            "?",
        ] {
            assert!(!is_of_actions(none), "{none}");
        }
    }

    #[test]
    fn every_resource_can_be_written_in_many_ways() {
        for all in [
            "*",
            "?*",
            "arn:*",
            "a*",
            "?rn:*",
            "arn:aws:s3*",
            "arn:aws:s3:::*",
            "arn:aws:s3:::?*",
            "arn:aws:s3:::????????*",
            "arn:aws:s3:::*/*",
            "arn:aws:s3:::?*/?*",
            "arn:aws:*:*:*:*",
            "arn:aws:*:*:*:?*",
            "arn:?*:?*:?*:?*:?*",
            "arn:aws:i?m*",
            "arn:aws:sqs:eu-west-1:123456789012:*?",
            "arn:aws:lambda:*:*:*:*",
            "*:*:*",
        ] {
            assert!(every_resource(all, None), "{all}");
        }
        for some in [
            "",
            "?",
            "arn:aws:s3:::bucket/*",
            "arn:aws:s3:::b*",
            "arn:aws:s3::bucket/*",
            "arn:aws:s3:::b",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:role*",
            "arn:*:role/*",
            "*b",
            "*/b*",
            "arn:aws:s3:::*.example.com",
        ] {
            assert!(!every_resource(some, None), "{some}");
        }
        for all in [
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:role*",
            "arn:aws:iam::123456789012:role/?*",
            "arn:aws:iam::*:r?le/*",
            "arn:*:role/*",
            "*:role/*",
            "*role/*",
            "*",
        ] {
            assert!(every_resource_of(all, "role"), "{all}");
        }
        for some in [
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:role/",
            "arn:aws:iam::*:role/*/deploy",
            "arn:aws:iam::*:roles/*",
        ] {
            assert!(!every_resource_of(some, "role"), "{some}");
        }
        assert!(every_resource_of(
            "arn:aws:lambda:*:*:function:*",
            "function"
        ));
        assert!(every_resource("arn:aws:iam::*:*", Some("iam")));
        assert!(every_resource("*", Some("iam")));
        assert!(!every_resource("arn:aws:s3:::*", Some("iam")));
    }

    #[test]
    fn long_patterns_take_no_longer_than_their_product() {
        let stars = "*".repeat(5_000);
        let apart = "*a".repeat(5_000);
        let questions = "?*".repeat(5_000);
        assert!(covers(&stars, &apart, false) && every_resource(&stars, None));
        assert!(!covers(&apart, &questions, false));
        assert!(covers(&apart, &"ba".repeat(5_000), false));
        assert!(!every_resource(&apart, None));
        assert!(every_resource(&questions, None));
        assert!(!every_resource_of(
            &format!("arn:aws:iam::1:{apart}*"),
            "role"
        ));
        assert!(!covers(
            &format!("{}b", "a".repeat(3_000)),
            &"a".repeat(6_000),
            false
        ));
    }
}
