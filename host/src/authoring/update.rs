//! Writes into a file of cases what a policy found. Everything else of the file stays as it is, and
//! so do the expectations that hold, with the comments beside them.

use std::ops::Range;

use tollgate_model::finding::Finding;
use tollgate_model::rule::{Cause, Outcome};

use super::cases::{Case, CaseFile, Expectation, Expected};
use super::compare::{self, pairs};
use super::run::{RanCase, RanFile};

/// The most characters of an array that stays on one line.
const MAX_LINE: usize = 90;

/// A file with other expectations in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// Its text.
    pub text: String,
    /// The names of the cases whose expectations changed.
    pub cases: Vec<String>,
}

/// Returns the file with what was found as what is expected; none if nothing changes. Cases that
/// were not run, and those in which the policy could not judge, stay as they are.
#[must_use]
pub fn update(file: &CaseFile, ran: &RanFile) -> Option<Updated> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut cases = Vec::new();
    for ran in ran.cases.iter().filter(|ran| !ran.is_as_expected()) {
        let Some(case) = file.cases.iter().find(|case| case.name.value == ran.name) else {
            continue;
        };
        if let Some(edit) = edit(file, case, ran) {
            edits.push(edit);
            cases.push(case.name.value.clone());
        }
    }
    if edits.is_empty() {
        return None;
    }
    let mut text = file.source.text.clone();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        // Ranges are the parser's.
        if text.get(range.clone()).is_some() {
            text.replace_range(range, &new);
        }
    }
    Some(Updated { text, cases })
}

fn edit(file: &CaseFile, case: &Case, ran: &RanCase) -> Option<(Range<usize>, String)> {
    let found = ran.found.as_ref().ok()?;
    let text = file.source.text.as_str();
    match &case.expected {
        Some(Expected::Findings { list, at, others }) => {
            let source = text.get(at.clone())?;
            (source.starts_with('[') && source.ends_with(']'))
                .then(|| (at.clone(), array(text, at, list, found, *others)))
        }
        // That it cannot judge is a person's expectation.
        Some(Expected::Error(_)) => None,
        None => {
            let rest = text.get(case.name.span.end..)?;
            let (line, end) = match rest.find('\n') {
                Some(newline) => (case.name.span.end + newline + 1, "\n"),
                None => (text.len(), ""),
            };
            let start = if end.is_empty() { "\n" } else { "" };
            let items: Vec<String> = found.iter().map(|found| written(found, None)).collect();
            Some((
                line..line,
                format!("{start}expect = {}{end}", fresh(&items)),
            ))
        }
    }
}

/// An array that nobody has laid out yet.
fn fresh(items: &[String]) -> String {
    let one_line = format!("[{}]", items.join(", "));
    if items.len() <= 1 && one_line.chars().count() <= MAX_LINE {
        return one_line;
    }
    let lines: String = items.iter().map(|item| format!("  {item},\n")).collect();
    format!("[\n{lines}]")
}

/// An item of an array, with what is written around it.
struct Item<'t> {
    /// From the end of the line before.
    lead: &'t str,
    text: String,
    /// Up to the end of its line, without the comma.
    trail: &'t str,
}

/// The array as it is written, with what was found.
fn array(
    text: &str,
    at: &Range<usize>,
    expected: &[Expectation],
    found: &[Finding],
    others: bool,
) -> String {
    let slice = |range: Range<usize>| text.get(range).unwrap_or_default();
    let pairs = pairs(expected, found);
    let mut left: Vec<(usize, &Finding)> = found
        .iter()
        .enumerate()
        .filter(|(nth, _)| !pairs.contains(&Some(*nth)))
        .collect();
    let mut items: Vec<Option<Item<'_>>> = Vec::new();
    let mut from = at.start + 1;
    for (expectation, pair) in expected.iter().zip(&pairs) {
        let (trail, lead) = apart(slice(from..expectation.at.start), items.is_empty());
        if let Some(Some(before)) = items.last_mut() {
            before.trail = trail;
        }
        from = expectation.at.end;
        let near = left.iter().position(|(_, finding)| {
            finding.rule == expectation.rule
                && finding.address == expectation.address
                && finding.deposed == expectation.deposed
        });
        let kept = match (pair, near) {
            (Some(_), _) => Some(slice(expectation.at.clone()).to_owned()),
            (None, Some(near)) => Some(written(left.remove(near).1, Some(expectation))),
            (None, None) => None,
        };
        items.push(kept.map(|text| Item {
            lead,
            text,
            trail: "",
        }));
    }
    let (trail, tail) = apart(slice(from..at.end.saturating_sub(1)), items.is_empty());
    if let Some(Some(last)) = items.last_mut() {
        last.trail = trail;
    }
    let mut items: Vec<Item<'_>> = items.into_iter().flatten().collect();
    if !others {
        items.extend(left.into_iter().map(|(_, finding)| Item {
            lead: "",
            text: written(finding, None),
            trail: "",
        }));
    }
    let laid_out = slice(at.clone()).contains('\n');
    if !laid_out {
        let texts: Vec<String> = items.into_iter().map(|item| item.text).collect();
        return fresh(&texts);
    }
    let mut array = String::from("[");
    for item in &items {
        let lead = if item.lead.contains('\n') {
            item.lead
        } else {
            "\n  "
        };
        array.push_str(&format!("{lead}{},{}", item.text, item.trail));
    }
    if items.is_empty() && tail.trim().is_empty() {
        return "[]".to_owned();
    }
    array.push_str(if tail.contains('\n') { tail } else { "\n" });
    array.push(']');
    array
}

/// Takes apart what stands between two items: what is left of the line of the first, and what leads
/// to the second. The comma is in neither. Before the first item everything leads to it.
fn apart(between: &str, first: bool) -> (&str, &str) {
    if first {
        return ("", between);
    }
    let mut comment = false;
    let comma = between.char_indices().find(|(_, c)| {
        match c {
            '#' => comment = true,
            '\n' => comment = false,
            _ => {}
        }
        *c == ',' && !comment
    });
    let rest = match comma {
        Some((at, _)) => between.get(at + 1..).unwrap_or_default(),
        None => between,
    };
    match rest.find('\n') {
        Some(newline) => rest.split_at(newline),
        None => ("", rest),
    }
}

/// A finding as an expectation; says of it what the former expectation said.
fn written(finding: &Finding, former: Option<&Expectation>) -> String {
    let mut parts = vec![format!("rule = {}", quoted(&finding.rule))];
    if let Some(address) = &finding.address {
        parts.push(format!("address = {}", quoted(address)));
    }
    if let Some(deposed) = &finding.deposed {
        parts.push(format!("deposed = {}", quoted(deposed)));
    }
    if finding.outcome != Outcome::Violation || former.is_some() {
        parts.push(format!(
            "outcome = {}",
            quoted(compare::outcome(finding.outcome))
        ));
    }
    if finding.cause != Cause::Planned || former.is_some_and(|former| former.cause.is_some()) {
        parts.push(format!("cause = {}", quoted(compare::cause(finding.cause))));
    }
    if former.is_some_and(|former| former.message.is_some()) {
        parts.push(format!("message = {}", quoted(&finding.message)));
    }
    if former.is_some_and(|former| former.attributes.is_some()) {
        let attributes: Vec<String> = finding
            .attributes
            .iter()
            .map(|attribute| quoted(attribute))
            .collect();
        parts.push(format!("attributes = [{}]", attributes.join(", ")));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let plain = |c: char| !c.is_control();
    if text.contains('"') && !text.contains('\'') && text.chars().all(plain) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if plain(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::path::Path;

    use super::super::compare::differences;
    use super::super::compare::tests::finding;
    use super::super::run::CaseVerdict;
    use super::*;

    fn updated(text: &str, found: Vec<Finding>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.toml");
        std::fs::write(&path, text).unwrap();
        let file = CaseFile::load(&path, true).unwrap();
        let verdict = match &file.cases[0].expected {
            Some(Expected::Findings { list, .. }) => {
                CaseVerdict::Differs(differences(list, &found, false))
            }
            _ => CaseVerdict::Open,
        };
        let ran = RanFile {
            path: String::new(),
            cases: vec![RanCase {
                name: "one".to_owned(),
                line: 1,
                changes_seen: 1,
                used: Vec::new(),
                warnings: Vec::new(),
                stderr: None,
                found: Ok(found),
                verdict,
                apart: None,
            }],
        };
        let updated = update(&file, &ran).unwrap();
        assert_eq!(updated.cases, ["one"]);
        std::fs::write(&path, &updated.text).unwrap();
        let again = CaseFile::load(&path, false);
        assert!(again.is_ok(), "{}", updated.text);
        assert_eq!(Path::new(&again.unwrap().path), path);
        updated.text
    }

    #[test]
    fn what_holds_stays_with_its_comments() {
        let text = r#"# A file.
[[case]]
name = "one" # first
plan = "p.json"
expect = [
  # The one that stays.
  { rule = "r", address = "a" }, # why
  { rule = "r", address = "gone" }, # gone too
  # Other.
  { rule = "r", address = 'x["k"]', outcome = "undetermined", message = "old" },
  # The end.
]
settings = { a = 1 } # kept
"#;
        let new = updated(
            text,
            vec![
                finding("r", "a", "m"),
                finding("r", r#"x["k"]"#, "new"),
                finding("s", "b", "m"),
            ],
        );
        assert_eq!(
            new,
            r#"# A file.
[[case]]
name = "one" # first
plan = "p.json"
expect = [
  # The one that stays.
  { rule = "r", address = "a" }, # why
  # Other.
  { rule = "r", address = 'x["k"]', outcome = "violation", message = "new" },
  { rule = "s", address = "b" },
  # The end.
]
settings = { a = 1 } # kept
"#
        );
    }

    #[test]
    fn what_is_not_there_is_written_and_what_is_gone_is_removed() {
        let head = "[[case]]\nname = \"one\"\n";
        let new = updated(
            &format!("{head}plan = \"p\"\n"),
            vec![finding("r", "a\u{7}", "m")],
        );
        assert_eq!(
            new,
            format!("{head}expect = [{{ rule = \"r\", address = \"a\\u0007\" }}]\nplan = \"p\"\n")
        );
        let new = updated(
            &format!("{head}expect = [{{ rule = \"r\", address = \"a\" }}]\nplan = \"p\""),
            Vec::new(),
        );
        assert_eq!(new, format!("{head}expect = []\nplan = \"p\""));
        let new = updated(
            &format!("{head}expect = []\nplan = \"p\""),
            vec![finding("r", "a", "m"), finding("r", "b", "m")],
        );
        assert_eq!(
            new,
            format!(
                "{head}expect = [\n  {{ rule = \"r\", address = \"a\" }},\n  {{ rule = \"r\", address = \"b\" }},\n]\nplan = \"p\""
            )
        );
    }
}
