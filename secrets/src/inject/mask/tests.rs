#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
use proptest::prelude::*;

fn patterns(values: &[(&str, &str)]) -> Patterns {
    let mut patterns = Patterns::default();
    for (name, value) in values {
        patterns.add(name, value.as_bytes());
    }
    patterns
}

fn masked(values: &[(&str, &str)], chunks: &[&[u8]]) -> String {
    let mut masker = Masker::new(patterns(values)).unwrap();
    let mut out = Vec::new();
    for chunk in chunks {
        masker.push(chunk, &mut out);
    }
    masker.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn every_form_of_a_secret_is_masked() {
    let values = [
        ("password", "hunter2\"<canary>"),
        ("key", "-----BEGIN-----\n  line one of it\nline two of it\n"),
        ("pin", "1234567"),
        ("template", "a${b}c%{d}e"),
        ("umlaut", "größer als"),
    ];
    let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
    let cases: Vec<(String, String)> = vec![
        (
            "a hunter2\"<canary> b".into(),
            "a [masked: password] b".into(),
        ),
        (
            r#"{"a":"hunter2\"<canary>"}"#.into(),
            r#"{"a":"[masked: password]"}"#.into(),
        ),
        (
            r#""hunter2\"\u003ccanary\u003e""#.into(),
            r#""[masked: password]""#.into(),
        ),
        (
            r#""{\"a\":\"hunter2\\\"<canary>\"}""#.into(),
            r#""{\"a\":\"[masked: password]\"}""#.into(),
        ),
        ("x\nline two of it\n".into(), "x\n[masked: key]\n".into()),
        ("    line one of it".into(), "    [masked: key]".into()),
        (
            r#""-----BEGIN-----\n  line one of it\nline two of it\n""#.into(),
            r#""[masked: key]""#.into(),
        ),
        ("pin 1234567".into(), "pin 1234567".into()),
        ("a$${b}c%%{d}e".into(), "[masked: template]".into()),
        ("größer als".into(), "[masked: umlaut]".into()),
        (base64("hunter2\"<canary>"), "[masked: password]A".into()),
        ("hunter2".into(), "hunter2".into()),
    ];
    for (text, expected) in cases {
        // Base64 may show the bits that the last character shares with what follows.
        let expected = if text == base64("hunter2\"<canary>") {
            let kept = &text[text.len() - (text.len() - 16 * 8 / 6)..];
            format!("[masked: password]{kept}")
        } else {
            expected
        };
        assert_eq!(masked(&values, &[text.as_bytes()]), expected, "{text}");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(masked(&values, &bytes), expected, "byte by byte: {text}");
    }
}

#[test]
fn base64_is_found_wherever_the_secret_begins() {
    for before in ["", "u", "us", "use", "user:"] {
        for behind in ["", "!", "!!"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}correct horse battery{behind}"));
            let shown = masked(&[("p", "correct horse battery")], &[text.as_bytes()]);
            assert!(shown.contains("[masked: p]"), "{before} {behind}: {shown}");
            let left = shown.replace("[masked: p]", "").len();
            assert!(left <= (before.len() + behind.len()) * 8 / 6 + 4, "{shown}");
        }
    }
}

#[test]
fn secrets_that_overlap_or_contain_each_other_leave_nothing() {
    let values = [("a", "abcdefghij"), ("b", "ghijklmnop"), ("c", "abcdefgh")];
    assert_eq!(masked(&values, &[b"<abcdefghijklmnop>"]), "<[masked: a]>");
    assert_eq!(
        masked(&values, &[b"<abcdefgh", b"ijklm>"]),
        "<[masked: a]klm>"
    );
    assert_eq!(
        masked(&values, &[b"<abcdefgh", b"klm>"]),
        "<[masked: c]klm>"
    );
}

#[test]
fn long_secrets_are_masked_whole_and_hold_little_back() {
    let long: String = (0..5000)
        .map(|n| char::from(b'a' + (n * n % 23) as u8))
        .collect();
    assert_eq!(
        masked(&[("blob", &long)], &[b"<", long.as_bytes(), b">"]),
        "<[masked: blob]>"
    );
    let mut masker = Masker::new(patterns(&[("blob", &long)])).unwrap();
    let mut out = Vec::new();
    masker.push(&long.as_bytes()[..4000], &mut out);
    assert!(masker.window.len() <= PIECE);
}

#[test]
fn output_is_held_back_only_while_it_could_become_a_secret() {
    let mut masker = Masker::new(patterns(&[("p", " hunter2canary")])).unwrap();
    let mut out = Vec::new();
    masker.push(b"Enter a value: ", &mut out);
    assert_eq!(out, b"Enter a value:");
    assert!(masker.holds());
    masker.idle(&mut out);
    assert_eq!(out, b"Enter a value: ");
    assert!(!masker.holds());
    // What was shown still counts.
    masker.push(b"hunter2canary.", &mut out);
    assert_eq!(out, b"Enter a value: [masked: p].");
    out.clear();
    masker.push(b" hunter2", &mut out);
    masker.idle(&mut out);
    assert_eq!(out, b"");
    masker.push(b"!", &mut out);
    assert_eq!(out, b" hunter2!");
}

#[test]
fn patterns_travel() {
    let sent = patterns(&[("a", "first secret"), ("b", "second\nsecret of two lines")]);
    let mut wire = Vec::new();
    sent.send(&mut wire).unwrap();
    wire.extend_from_slice(b"rest");
    let mut reader = wire.as_slice();
    let received = Patterns::receive(&mut reader).unwrap();
    assert!(received.patterns == sent.patterns && received.names == sent.names);
    assert_eq!(reader, b"rest");
    for cut in 0..wire.len() - 4 {
        assert!(Patterns::receive(&mut &wire[..cut]).is_err(), "{cut}");
    }
}

proptest! {
    /// However the output is cut, the same bytes come out, and no secret.
    #[test]
    fn cutting_changes_nothing(
        secrets in proptest::collection::vec("[ab]{8,12}", 1..4),
        text in "[ab]{0,80}",
        cuts in proptest::collection::vec(0usize..80, 0..6),
    ) {
        let named: Vec<(&str, &str)> = secrets.iter().map(|secret| ("s", secret.as_str())).collect();
        let whole = masked(&named, &[text.as_bytes()]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([text.len()]) {
            chunks.push(&text.as_bytes()[from..cut]);
            from = cut;
        }
        let pieces = masked(&named, &chunks);
        for shown in [&whole, &pieces] {
            for secret in &secrets {
                prop_assert!(!shown.contains(secret.as_str()), "{shown}");
            }
        }
        prop_assert_eq!(whole.replace("[masked: s]", ""), pieces.replace("[masked: s]", ""));
    }
}
