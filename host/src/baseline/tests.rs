#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;

const ENTRY: &str = r#"{"rule": "p/r", "address": "a.b", "fingerprint": "f"}"#;

#[test]
fn parses_strictly() {
    let file = |version: &str, entry: &str| {
        format!(r#"{{"format_version": {version}, "findings": [{entry}]}}"#)
    };
    for (text, expected) in [
        (file(r#""2.0""#, ENTRY), None),
        (file(r#""2.7""#, ""), None),
        (format!("\u{feff}{}", file(r#""2.0""#, ENTRY)), None),
        // Of an earlier format only what matches nothing is read.
        (file(r#""1.0""#, ""), None),
        (
            file(r#""1.0""#, ENTRY),
            Some(r#"format version "1.0", and this Tollgate reads 2.x"#),
        ),
        (
            file(
                r#""2.0""#,
                &ENTRY.replace("\"fing", "\"stack\": \"\", \"fing"),
            ),
            Some("an empty stack"),
        ),
        (
            String::new(),
            Some("not a baseline: EOF while parsing a value at line 1 column 0"),
        ),
        ("[]".to_owned(), Some("not a baseline: ")),
        (
            r#"{"findings": []}"#.to_owned(),
            Some("missing field `format_version`"),
        ),
        (
            r#"{"format_version": "1.0"}"#.to_owned(),
            Some("missing field `findings`"),
        ),
        (
            file(r#""3.0""#, ENTRY),
            Some(r#"format version "3.0", and this Tollgate reads 2.x"#),
        ),
        (file(r#""2""#, ENTRY), Some(r#"format version "2""#)),
        (
            file(r#""2.0-rc""#, ENTRY),
            Some(r#"format version "2.0-rc""#),
        ),
        (file("2.0", ENTRY), Some("invalid type")),
        (
            file(r#""2.0""#, &ENTRY.replace("address", "adress")),
            Some("unknown field `adress`"),
        ),
        (
            file(r#""2.0""#, r#"{"rule": "p/r", "address": "a.b"}"#),
            Some("missing field `fingerprint`"),
        ),
        (
            file(r#""2.0""#, &ENTRY.replace("p/r", "p")),
            Some("entry 0 of the baseline's findings"),
        ),
        (
            file(r#""2.0""#, &ENTRY.replace("p/r", "p/")),
            Some("a rule that is not `policy/rule`"),
        ),
        (
            file(
                r#""2.0""#,
                &format!("{ENTRY}, {}", ENTRY.replace("a.b", "")),
            ),
            Some("entry 1"),
        ),
        (
            file(r#""2.0""#, &ENTRY.replace(r#""f""#, r#""""#)),
            Some("an empty fingerprint"),
        ),
        (file(r#""2.0""#, ENTRY) + "x", Some("trailing characters")),
    ] {
        match (Baseline::parse(text.as_bytes()), expected) {
            (Ok(_), None) => {}
            (Err(error), Some(part)) => {
                assert!(error.to_string().contains(part), "{error}\nfor {text}");
            }
            (result, _) => panic!("{result:?}\nfor {text}"),
        }
    }
}

#[test]
fn covers_only_the_same_finding() {
    let text = r#"{"format_version": "2.0", "findings": [
            {"rule": "p/r", "address": "a.b", "fingerprint": "f"},
            {"rule": "p/r", "address": "a.b", "deposed": "0123abcd", "fingerprint": "g"}]}"#;
    let baseline = Baseline::parse(text.as_bytes()).unwrap();
    use Enforcement::{Advisory, HardMandatory, SoftMandatory};
    use Outcome::{Undetermined, Violation};
    for (rule, address, deposed, fingerprint, outcome, enforcement, expected) in [
        (
            "p/r",
            Some("a.b"),
            None,
            "f",
            Violation,
            SoftMandatory,
            true,
        ),
        ("p/r", Some("a.b"), None, "f", Violation, Advisory, true),
        (
            "p/r",
            Some("a.b"),
            Some("0123abcd"),
            "g",
            Violation,
            SoftMandatory,
            true,
        ),
        (
            "p/r",
            Some("a.b"),
            None,
            "f",
            Violation,
            HardMandatory,
            false,
        ),
        (
            "p/r",
            Some("a.b"),
            None,
            "f",
            Undetermined,
            SoftMandatory,
            false,
        ),
        (
            "p/r",
            Some("a.b"),
            None,
            "g",
            Violation,
            SoftMandatory,
            false,
        ),
        (
            "p/r",
            Some("a.b"),
            Some("0123abcd"),
            "f",
            Violation,
            SoftMandatory,
            false,
        ),
        (
            "p/r",
            Some("a.c"),
            None,
            "f",
            Violation,
            SoftMandatory,
            false,
        ),
        (
            "p/s",
            Some("a.b"),
            None,
            "f",
            Violation,
            SoftMandatory,
            false,
        ),
        ("p/r", None, None, "f", Violation, SoftMandatory, false),
    ] {
        assert_eq!(
            baseline.covers(
                &Stack::default(),
                rule,
                &Finding {
                    rule: String::new(),
                    outcome,
                    cause: crate::report::Cause::Planned,
                    address: address.map(ToOwned::to_owned),
                    deposed: deposed.map(ToOwned::to_owned),
                    action: None,
                    attributes: Vec::new(),
                    location: None,
                    message: String::new(),
                    remediation: None,
                    details: Vec::new(),
                    fingerprint: fingerprint.to_owned(),
                    previous_fingerprint: None,
                },
                None,
                enforcement,
            ),
            expected.then_some(Entry::OfAnyStack),
            "{rule} {address:?} {deposed:?} {fingerprint} {outcome:?} {enforcement:?}"
        );
    }
}

#[test]
fn accepts_what_is_there_and_no_event() {
    for (action, expected) in [
        ("no-op", true),
        ("create", true),
        ("update", true),
        ("delete", false),
        ("replace", false),
        ("forget", false),
    ] {
        let covered = coverable(Outcome::Violation, Enforcement::SoftMandatory, Some(action));
        assert_eq!(covered, expected, "{action}");
    }
}

#[test]
fn writing_is_stable_and_sorted() {
    let text = r#"{"format_version": "2.3", "findings": [
            {"rule": "p/r", "address": "b", "fingerprint": "2"},
            {"rule": "p/r", "address": "a", "fingerprint": "1"},
            {"rule": "p/r", "address": "b", "fingerprint": "2"}]}"#;
    let written = Baseline::parse(text.as_bytes()).unwrap().to_json();
    assert!(written.find(r#""a""#) < written.find(r#""b""#), "{written}");
    let again = Baseline::parse(written.as_bytes()).unwrap();
    assert_eq!(again.len(), 2);
    assert_eq!(again.to_json(), written);
    assert!(written.ends_with("}\n"));
}

#[test]
fn missing_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.json");
    let error = Baseline::load(&path).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the baseline ") && error.contains("none.json"),
        "{error}"
    );
}

#[test]
fn loading_keeps_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    std::fs::write(&path, Baseline::default().to_json()).unwrap();
    let input = Baseline::load(&path).unwrap().input.unwrap();
    assert_eq!(input.path, path.display().to_string());
    assert_eq!(
        input.digest,
        sha256(Baseline::default().to_json().as_bytes())
    );
}
