//! Recipients put into the rules of a `.sops.yaml`, or taken out of them, where they stand.
//!
//! As with encrypted files, the place is found by looking at the text, and the result is not believed: it
//! is parsed again, and counts only if the rules are what they were but for that one recipient.

use super::{CreationRule, CreationRules};
use crate::keys::Recipient;
use std::path::Path;

/// What becomes of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleChange {
    /// It becomes a recipient.
    Grant,
    /// It is none any more.
    Revoke,
}

impl CreationRules {
    /// Returns the text of a `.sops.yaml` with a recipient put into some of its rules, or taken out: the
    /// rules that begin at these lines. None where the text is written in a way in which that cannot be
    /// done, or a rule would be left without anybody.
    #[must_use]
    pub fn changed(
        path: &Path,
        text: &str,
        recipient: &Recipient,
        lines: &[usize],
        change: RuleChange,
    ) -> Option<String> {
        let before = Self::parse(path, text.as_bytes()).ok()?;
        let mut new = text.to_owned();
        // From the last to the first, so that the lines of the others stay.
        for (index, rule) in before.rules.iter().enumerate().rev() {
            let has = rule.recipients().any(|one| one.key() == recipient.key());
            if !lines.contains(&rule.line) || has != (change == RuleChange::Revoke) {
                continue;
            }
            let end = before
                .rules
                .get(index + 1)
                .map_or(usize::MAX, |next| next.line);
            new = match change {
                RuleChange::Revoke => without(&new, rule, recipient, end)?,
                RuleChange::Grant => with(&new, rule, recipient, end)?,
            };
        }
        let after = Self::parse(path, new.as_bytes()).ok()?;
        let as_wanted = before.rules.len() == after.rules.len()
            && before
                .rules
                .iter()
                .zip(&after.rules)
                .all(|(old, new)| is_as_wanted(old, new, recipient, lines, change));
        as_wanted.then_some(new)
    }
}

fn is_as_wanted(
    old: &CreationRule,
    new: &CreationRule,
    recipient: &Recipient,
    lines: &[usize],
    change: RuleChange,
) -> bool {
    let rights = |group: &Vec<Recipient>| -> Vec<String> {
        let mut rights: Vec<String> = group.iter().map(Recipient::right).collect();
        rights.sort();
        rights
    };
    let text = |rule: &CreationRule| rule.path_regex.as_ref().map(|regex| regex.text.clone());
    let mut wanted: Vec<Vec<Recipient>> = old.groups.clone();
    if lines.contains(&old.line) {
        match change {
            RuleChange::Revoke => {
                for group in &mut wanted {
                    group.retain(|one| one.key() != recipient.key());
                }
            }
            RuleChange::Grant => {
                let has = old.recipients().any(|one| one.key() == recipient.key());
                if let (false, [only]) = (has, wanted.as_mut_slice()) {
                    only.push(recipient.clone());
                }
            }
        }
    }
    text(old) == text(new)
        && old.selection == new.selection
        && old.shamir_threshold == new.shamir_threshold
        && old.mac_only_encrypted == new.mac_only_encrypted
        && wanted.iter().map(rights).eq(new.groups.iter().map(rights))
}

/// The lines of a rule, as bytes of the text.
fn range(text: &str, from: usize, to: usize) -> std::ops::Range<usize> {
    let start = |line: usize| -> usize {
        text.split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum()
    };
    let end = if to == usize::MAX {
        text.len()
    } else {
        start(to)
    };
    start(from)..end
}

fn without(text: &str, rule: &CreationRule, recipient: &Recipient, end: usize) -> Option<String> {
    let mut new = text.to_owned();
    let written = rule
        .recipients()
        .filter(|one| one.key() == recipient.key())
        .map(Recipient::text);
    for name in written {
        let span = range(&new, rule.line, end);
        let part = new.get(span.clone())?;
        let (at, length) = match place(&new, part, name) {
            Some((at, length)) => (span.start + at, length),
            // A list behind an alias stands elsewhere.
            None => (new.find(name)?, name.len()),
        };
        let behind = at + length;
        let line = new.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = new
            .get(behind..)?
            .find('\n')
            .map_or(new.len(), |newline| behind + newline + 1);
        let before = new.get(line..at)?.trim_matches([' ', '\t', '"', '\'']);
        let after = new
            .get(behind..line_end)?
            .trim()
            .trim_matches(['"', '\''])
            .trim();
        let whole_line = (before == "-" || before.is_empty())
            && (after.is_empty() || after.starts_with('#') || after == ",");
        let head = new.get(..line)?.trim_end();
        let cut = if whole_line && before.is_empty() && after.is_empty() && head.ends_with(',') {
            // The last of a text over several lines: the comma before it goes with it.
            let keep = usize::from(new.get(..line_end)?.ends_with('\n'));
            head.len() - 1..line_end - keep
        } else if whole_line {
            line..line_end
        } else {
            let rest = new.get(behind..)?;
            let comma = rest.len()
                - rest
                    .trim_start_matches(['"', '\'', ' ', '\t', '\n', '\r'])
                    .len();
            if rest.get(comma..)?.starts_with(',') {
                let next = rest.get(comma + 1..)?;
                let space = next.len() - next.trim_start().len();
                at..behind + comma + 1 + space
            } else {
                let head = new.get(..at)?;
                let trimmed = head.trim_end_matches(['"', '\'', ' ', '\t', '\n', '\r']);
                let trimmed = trimmed.strip_suffix(',')?;
                trimmed.len()..behind
            }
        };
        new.replace_range(cut, "");
    }
    Some(new)
}

/// Finds where a recipient stands in the lines of a rule: itself, or an alias of what is anchored as it.
/// Returns the place and the length of what is written.
fn place(text: &str, part: &str, name: &str) -> Option<(usize, usize)> {
    if let Some(at) = part.find(name) {
        return Some((at, name.len()));
    }
    let in_name = |character: char| {
        !character.is_whitespace() && !matches!(character, ',' | '[' | ']' | '{' | '}')
    };
    for (at, _) in text.match_indices(name) {
        let head = text.get(..at)?.trim_end_matches([' ', '\t', '"', '\'']);
        let start = head.trim_end_matches(in_name).len();
        let Some(anchor) = head.get(start..).and_then(|word| word.strip_prefix('&')) else {
            continue;
        };
        let alias = format!("*{anchor}");
        let found = part.match_indices(&alias).find(|(at, _)| {
            let rest = part.get(at + alias.len()..).unwrap_or_default();
            !rest.starts_with(in_name)
        });
        if let Some((at, _)) = found {
            return Some((at, alias.len()));
        }
    }
    None
}

fn with(text: &str, rule: &CreationRule, recipient: &Recipient, end: usize) -> Option<String> {
    let [group] = rule.groups.as_slice() else {
        // Into which group, only its owner knows.
        return None;
    };
    let Some(beside) = group.iter().rev().find(|one| one.is_listed_with(recipient)) else {
        return with_field(text, rule, recipient);
    };
    let mut new = text.to_owned();
    let span = range(&new, rule.line, end);
    let part = new.get(span.clone())?;
    let (at, length) = match part.rfind(beside.text()) {
        Some(at) => (at, beside.text().len()),
        None => place(&new, part, beside.text())?,
    };
    let at = span.start + at;
    let behind = at + length;
    let is_alias = new.get(at..)?.starts_with('*');
    let line = new.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let head = new.get(line..at)?;
    if head.trim_matches([' ', '\t', '"', '\'']) == "-" {
        let line_end = new
            .get(behind..)?
            .find('\n')
            .map_or(new.len(), |newline| behind + newline + 1);
        let dash = head.find('-')?;
        let indent = head.get(..dash)?.to_owned();
        let line_break = crate::edit::break_of(&new);
        let ending = if new.get(..line_end)?.ends_with('\n') {
            ""
        } else {
            line_break
        };
        new.insert_str(
            line_end,
            &format!("{ending}{indent}- {}{line_break}", recipient.text()),
        );
    } else if is_alias {
        // The name of an alias ends at a space.
        new.insert_str(behind, &format!(", {}", recipient.text()));
    } else {
        new.insert_str(behind, &format!(",{}", recipient.text()));
    }
    Some(new)
}

/// Puts a field for the recipient's kind before the others of a rule that has none. A rule that is written
/// in braces, or whose groups are listed, is none that this makes anything of.
fn with_field(text: &str, rule: &CreationRule, recipient: &Recipient) -> Option<String> {
    let field = match recipient {
        Recipient::Age(_)
        | Recipient::AgePlugin(_)
        | Recipient::AgePostQuantum(_)
        | Recipient::Ssh(_) => "age",
        Recipient::Pgp(_) => "pgp",
        Recipient::AwsKms { .. } => "kms",
        _ => return None,
    };
    let start = range(text, rule.line, rule.line).start;
    let line = text.get(start..)?.lines().next()?;
    let dash = line.strip_prefix(|character: char| character == ' ' || character == '-');
    let key = dash.map_or(line, |_| line.trim_start_matches([' ', '-']));
    if key.is_empty() || key.starts_with(['{', '*', '&', '<', '#', '[']) {
        return None;
    }
    let column = line.len() - key.len();
    let mut new = text.to_owned();
    new.insert_str(
        start + column,
        &format!(
            "{field}: {}{}{}",
            recipient.text(),
            crate::edit::break_of(text),
            " ".repeat(column)
        ),
    );
    Some(new)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const A: &str = "age1aaaa";
    const B: &str = "age1bbbb";
    const C: &str = "age1cccc";

    fn change(text: &str, recipient: &str, lines: &[usize], change: RuleChange) -> Option<String> {
        let recipient = Recipient::parse(recipient).unwrap();
        CreationRules::changed(Path::new("/p/.sops.yaml"), text, &recipient, lines, change)
    }

    #[test]
    fn recipients_behind_aliases_are_found() {
        let keys = format!("keys:\n  - &anna {A}\n  - &ben {B}\n  - &benny {C}\n");
        let rules = |list: &str| {
            format!("{keys}creation_rules:\n  - path_regex: x\n    {list}\n  - age: {C}\n")
        };
        for (before, after) in [
            ("age: [*anna, *benny, *ben]", "age: [*anna, *benny]"),
            (
                "age:\n      - *benny\n      - *ben # leaves\n      - *anna",
                "age:\n      - *benny\n      - *anna",
            ),
            (
                "key_groups:\n      - age:\n          - *ben\n          - *benny",
                "key_groups:\n      - age:\n          - *benny",
            ),
        ] {
            let text = rules(before);
            let found = change(&text, B, &[6], RuleChange::Revoke);
            assert_eq!(found, Some(rules(after)), "{text}");
        }
        let new = "age1dddd";
        for (before, after) in [
            ("age: [*anna, *ben]", format!("age: [*anna, *ben, {new}]")),
            (
                "age:\n      - *anna\n      - *ben",
                format!("age:\n      - *anna\n      - *ben\n      - {new}"),
            ),
            ("age: *anna", String::new()),
        ] {
            let text = rules(before);
            let found = change(&text, new, &[6], RuleChange::Grant);
            let expected = (!after.is_empty()).then(|| rules(&after));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn lines_end_as_they_did() {
        let text = format!("creation_rules:\r\n  - age:\r\n      - {A}\r\n");
        let granted = change(&text, B, &[2], RuleChange::Grant).unwrap();
        assert_eq!(
            granted,
            format!("creation_rules:\r\n  - age:\r\n      - {A}\r\n      - {B}\r\n")
        );
        assert_eq!(change(&granted, B, &[2], RuleChange::Revoke), Some(text));
    }

    #[test]
    fn recipients_are_taken_out_where_they_stand() {
        for (text, expected) in [
            (
                "creation_rules:\n  - age: A,B # both\n",
                Some("creation_rules:\n  - age: A # both\n"),
            ),
            (
                "creation_rules:\n  - age: B, A\n",
                Some("creation_rules:\n  - age: A\n"),
            ),
            (
                "creation_rules:\n  - age: [A, B]\n",
                Some("creation_rules:\n  - age: [A]\n"),
            ),
            (
                "creation_rules:\n  - age:\n      - A # keep\n      - B # leaves\n    encrypted_regex: x\n",
                Some("creation_rules:\n  - age:\n      - A # keep\n    encrypted_regex: x\n"),
            ),
            (
                "creation_rules:\n  - age: >-\n      A,\n      B\n",
                Some("creation_rules:\n  - age: >-\n      A\n"),
            ),
            ("creation_rules:\n  - age: B\n", None),
            // Another rule keeps it.
            (
                "creation_rules:\n  - age: A,B\n  - path_regex: x\n    age: A,B\n",
                Some("creation_rules:\n  - age: A\n  - path_regex: x\n    age: A,B\n"),
            ),
        ] {
            let put = |text: &str| text.replace('A', A).replace('B', B);
            let found = change(&put(text), B, &[2], RuleChange::Revoke);
            assert_eq!(found, expected.map(put), "{text}");
        }
    }

    #[test]
    fn recipients_are_put_beside_others() {
        for (text, expected) in [
            (
                "creation_rules:\n  - age: A # one\n",
                Some("creation_rules:\n  - age: A,C # one\n"),
            ),
            (
                "creation_rules:\n  - age: [A, B]\n",
                Some("creation_rules:\n  - age: [A, B,C]\n"),
            ),
            (
                "creation_rules:\n  - age:\n      - A\n      - B # x\n",
                Some("creation_rules:\n  - age:\n      - A\n      - B # x\n      - C\n"),
            ),
            (
                "creation_rules:\n  - key_groups: [{age: [A]}, {age: [B]}]\n",
                None,
            ),
        ] {
            let put = |text: &str| text.replace('A', A).replace('B', B).replace('C', C);
            let found = change(&put(text), C, &[2], RuleChange::Grant);
            assert_eq!(found, expected.map(put), "{text}");
        }
        // Beside its like only: a fingerprint among age keys would be no key at all.
        let fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
        let other = fingerprint.replace('0', "F");
        for (text, recipient, expected) in [
            (
                format!("creation_rules:\n  - age: {A}\n    pgp: {other}\n"),
                fingerprint,
                Some(format!(
                    "creation_rules:\n  - age: {A}\n    pgp: {other},{fingerprint}\n"
                )),
            ),
            (
                format!("creation_rules:\n  - age: {A}\n"),
                fingerprint,
                Some(format!(
                    "creation_rules:\n  - pgp: {fingerprint}\n    age: {A}\n"
                )),
            ),
            (
                format!("creation_rules:\n  - pgp: {other}\n"),
                A,
                Some(format!("creation_rules:\n  - age: {A}\n    pgp: {other}\n")),
            ),
            (
                "creation_rules:\n  - path_regex: x\n    kms: arn:aws:kms:eu-west-1:1:key/k\n"
                    .to_owned(),
                A,
                Some(format!(
                    "creation_rules:\n  - age: {A}\n    path_regex: x\n    kms: arn:aws:kms:eu-west-1:1:key/k\n"
                )),
            ),
            (format!("creation_rules:\n  - {{pgp: {other}}}\n"), A, None),
            (
                format!("creation_rules:\n  - key_groups:\n      - pgp: [{other}]\n"),
                A,
                None,
            ),
            (
                "creation_rules:\n  - age: age1test1aaaa\n".to_owned(),
                A,
                Some(format!("creation_rules:\n  - age: age1test1aaaa,{A}\n")),
            ),
        ] {
            let found = change(&text, recipient, &[2], RuleChange::Grant);
            assert_eq!(found, expected, "{text}");
        }
    }
}
