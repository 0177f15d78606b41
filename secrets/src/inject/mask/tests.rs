#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
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
fn the_name_in_its_place_is_inert() {
    let shown = masked(
        &[(
            "x\n::error::pwned \u{1b}[31m##[group]\u{202e}",
            "hunter2-canary",
        )],
        &[b"hunter2-canary\n"],
    );
    assert_eq!(
        shown,
        "[masked: x\\u{a}::error::pwned \\u{1b}[31m\\u{23}\\u{23}[group]\\u{202e}]\n"
    );
    let long = masked(
        &[(&"n".repeat(500), "hunter2-canary")],
        &[b"hunter2-canary"],
    );
    assert!(long.len() < 250 && long.ends_with("…]"), "{long}");
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

/// What is left of a text once the names are gone, and whether there were any.
fn left(secret: &str, text: &str) -> (String, bool) {
    let whole = masked(&[("p", secret)], &[text.as_bytes()]);
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    let pieces = masked(&[("p", secret)], &bytes);
    assert_eq!(
        whole.replace("[masked: p]", ""),
        pieces.replace("[masked: p]", ""),
        "{text}"
    );
    (
        whole.replace("[masked: p]", ""),
        whole.contains("[masked: p]"),
    )
}

#[test]
fn encodings_that_programs_use_are_masked() {
    // Quotes, a backslash, what HTML and templates escape, a slash, spaces, and what is not ASCII.
    let secret = "gr\u{fc}n \"q\" \\ <a>&b/c d=e+\u{1f511}@host:9~*'(x)!";
    let python = secret
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\u{fc}', "\\u00fc")
        .replace('\u{1f511}', "\\ud83d\\udd11");
    let again = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let upper = python
        .replace("u00fc", "u00FC")
        .replace("ud83d", "uD83D")
        .replace("udd11", "uDD11");
    for (what, text) in [
        ("json in ASCII", python.clone()),
        ("json in ASCII, in capitals", upper),
        ("json in ASCII, as a text in json", again(&python)),
        // Each as the named encoder printed it.
        ("python quote", "gr%C3%BCn%20%22q%22%20%5C%20%3Ca%3E%26b/c%20d%3De%2B%F0%9F%94%91%40host%3A9~%2A%27%28x%29%21".into()),
        ("encodeURIComponent", "gr%C3%BCn%20%22q%22%20%5C%20%3Ca%3E%26b%2Fc%20d%3De%2B%F0%9F%94%91%40host%3A9~*'(x)!".into()),
        ("urlencode of OpenTofu", "gr%C3%BCn+%22q%22+%5C+%3Ca%3E%26b%2Fc+d%3De%2B%F0%9F%94%91%40host%3A9~%2A%27%28x%29%21".into()),
        ("in small letters", "gr%c3%bcn%20%22q%22%20%5c%20%3ca%3e%26b%2fc%20d%3de%2b%f0%9f%94%91%40host%3a9~%2a%27%28x%29%21".into()),
        ("password of a URL in Go", "gr%C3%BCn%20%22q%22%20%5C%20%3Ca%3E&b%2Fc%20d=e+%F0%9F%94%91%40host%3A9~%2A%27%28x%29%21".into()),
        ("hexadecimal", secret.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ("HEXADECIMAL", secret.bytes().map(|byte| format!("{byte:02X}")).collect()),
    ] {
        assert_eq!(left(secret, &format!("<{text}>")), ("<>".into(), true), "{what}");
    }
}

#[test]
fn a_document_in_base64_does_not_hide_a_secret() {
    let secret = "correct \"horse\" <battery>";
    let json = r#"correct \"horse\" <battery>"#;
    let html = r#"correct \"horse\" \u003cbattery\u003e"#;
    for before in ["{", "{\"", "{\"a"] {
        for inner in [json, html] {
            let document = format!("{before}password\":\"{inner}\"}}");
            for text in [STANDARD.encode(&document), URL_SAFE.encode(&document)] {
                let (rest, found) = left(secret, &text);
                let around = document.len() - inner.len();
                assert!(
                    found && rest.len() <= around * 8 / 6 + 6,
                    "{document}: {rest}"
                );
            }
        }
    }
}

#[test]
fn what_is_broken_into_lines_is_found() {
    let secret = "correct horse battery staple, and then some more of it?";
    for before in ["", "u", "us", "user:", &"x".repeat(70)] {
        let code = STANDARD.encode(format!("{before}{secret}{}", "y".repeat(90)));
        let hex: String = format!("{before}{secret}")
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        for code in [code, hex] {
            for columns in [1, 30, 60, 64, 76] {
                for newline in ["\n", "\r\n", "\n    ", "\\n"] {
                    let lines: Vec<&str> = code
                        .as_bytes()
                        .chunks(columns)
                        .map(|line| std::str::from_utf8(line).unwrap())
                        .collect();
                    let text = format!("key: |\n    {}\n", lines.join(newline));
                    let (rest, found) = left(secret, &text);
                    let letters =
                        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).count();
                    // Nothing but its neighbours, and the characters that they share with it.
                    let gone = letters(&text) - letters(&rest);
                    assert!(found && gone >= 70, "{columns} {newline:?}: {rest}");
                }
            }
        }
    }
    // Lines that are none of it stay, and are not held back.
    let mut masker = Masker::new(patterns(&[("p", secret)])).unwrap();
    let mut out = Vec::new();
    masker.push(b"one\ntwo\n", &mut out);
    masker.idle(&mut out);
    assert_eq!(out, b"one\ntwo\n");
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
    assert!(masker.held() <= PIECE);
}

#[test]
fn what_is_looked_for_in_a_document_is_bounded() {
    let document = "a/b+\"c\" ".repeat(39_999);
    let patterns = patterns(&[("doc", &document)]);
    let all: usize = patterns
        .patterns
        .iter()
        .map(|pattern| pattern.text.len())
        .sum();
    // As it is, in JSON, and at most six times in base64; and its only line, trimmed, once more.
    assert!(all < document.len() * 21, "{all}");
    assert_eq!(
        masked(
            &[("doc", &document)],
            &[STANDARD.encode(&document).as_bytes()]
        )
        .replace("[masked: doc]", "")
        .len(),
        0
    );
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
    assert!(received.patterns.iter().any(|pattern| pattern.wraps));
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

#[test]
fn quoting_of_other_languages_is_masked() {
    let secret = "it's-a$ecret\"<&>!1 and\\more`x`";
    let values = [("p", secret)];
    for text in [
        // bash -x, ${x@Q}; printf %q; declare -p; dash; Python's double quotes around it.
        r#"'it'\''s-a$ecret"<&>!1 and\more`x`'"#,
        r#"it\'s-a\$ecret\"\<\&\>\!1\ and\\more\`x\`"#,
        r#"declare -x P="it's-a\$ecret\"<&>!1 and\\more\`x\`""#,
        r#"'it'"'"'s-a$ecret"<&>!1 and\more`x`'"#,
        r#"'it\'s-a$ecret"<&>!1 and\\more`x`'"#,
        r#""it's-a$ecret\"<&>!1 and\\more`x`""#,
        // HTML and XML, in a text and in attributes; SQL.
        "it's-a$ecret\"&lt;&amp;&gt;!1 and\\more`x`",
        "it&#39;s-a$ecret&#34;&lt;&amp;&gt;!1 and\\more`x`",
        "it&#x27;s-a$ecret&quot;&lt;&amp;&gt;!1 and\\more`x`",
        "it's-a$ecret&quot;&lt;&amp;&gt;!1 and\\more`x`",
        "'it''s-a$ecret\"<&>!1 and\\more`x`'",
    ] {
        let shown = masked(&values, &[text.as_bytes()]);
        assert!(
            shown.contains("[masked: p]") && !shown.contains("ecret"),
            "{text}: {shown}"
        );
    }
}

#[test]
fn what_is_no_ascii_is_masked_as_programs_escape_it() {
    let values = [("p", "schlüssel \"€\" it's 🔑\u{1b}\u{7}end")];
    for text in [
        // bash in the C locale: `$'…'` of `set -x` and `printf %q`.
        r#"$'schl\303\274ssel "\342\202\254" it\'s \360\237\224\221\E\aend'"#,
        // git and C.
        r#""schl\303\274ssel \"\342\202\254\" it's \360\237\224\221\033\aend""#,
        // ls.
        r#"'schl'$'\303\274''ssel "'$'\342\202\254''" it'\''s '$'\360\237\224\221\033\a''end'"#,
        // Python: bytes, and `ascii()`.
        r#"b'schl\xc3\xbcssel "\xe2\x82\xac" it\'s \xf0\x9f\x94\x91\x1b\x07end'"#,
        r#"'schl\xfcssel "\u20ac" it\'s \U0001f511\x1b\x07end'"#,
    ] {
        let shown = masked(&values, &[text.as_bytes()]);
        assert!(
            shown.contains("[masked: p]") && !shown.contains("ssel"),
            "{text}: {shown}"
        );
    }
    // Bytes that are no text, as Python prints them.
    let mut patterns = Patterns::default();
    patterns.add("bytes", b"\xff\xfe-binary-\x00-key");
    let mut masker = Masker::new(patterns).unwrap();
    let mut out = Vec::new();
    masker.push(br"b'\xff\xfe-binary-\x00-key'", &mut out);
    masker.finish(&mut out);
    assert_eq!(out, b"b'[masked: bytes]'");
}

#[test]
fn what_is_inside_of_a_secret_is_masked() {
    let account = r#"{"type":"service_account","private_key":"-----BEGIN KEY-----\nAAAAcanaryline1\nBBBBcanaryline2\n-----END KEY-----\n","client":{"secret":"canary/nested+1"}}"#;
    let values = [
        ("account", account),
        (
            "url",
            "postgres://application:p%40ss-canary@db.internal/app",
        ),
        (
            "config",
            "apiVersion: v1\nusers:\n- name: admin\n  token: canary-token-1\n",
        ),
        ("encoded", "Y2FuYXJ5IGluc2lkZSBvZiBiYXNlNjQ="),
    ];
    for text in [
        "key line AAAAcanaryline1 printed",
        "  + private_key = \"-----BEGIN KEY-----\\nAAAAcanaryline1\\nBBBBcanaryline2\\n-----END KEY-----\\n\"",
        "secret: canary/nested+1",
        "password p@ss-canary",
        "password p%40ss-canary",
        "token=canary-token-1",
        "decoded: canary inside of base64",
    ] {
        let shown = masked(&values, &[text.as_bytes()]);
        assert!(
            shown.contains("[masked: ") && !shown.contains("canary"),
            "{text}: {shown}"
        );
    }
    // The names of fields are no secrets.
    assert_eq!(masked(&values, &[b"private_key"]), "private_key");
}

/// What SECURITY.md says is not found.
#[test]
fn the_net_has_these_holes() {
    let secret = "canary-password-17";
    let once = STANDARD.encode(secret);
    let wide: Vec<u8> = secret
        .encode_utf16()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let (start, end) = secret.split_at(9);
    let each = |written: fn(u8) -> String, between: &str| {
        let all: Vec<String> = secret.bytes().map(written).collect();
        all.join(between).into_bytes()
    };
    for text in [
        each(|byte| format!("%{byte:02X}"), ""),
        each(|byte| format!("&#{byte};"), ""),
        each(|byte| format!("{byte:02x}"), ":"),
        secret.chars().rev().collect::<String>().into_bytes(),
        secret.to_uppercase().into_bytes(),
        STANDARD.encode(once).into_bytes(),
        wide,
        format!("{start}\u{1b}[31m{end}").into_bytes(),
        format!("{start}\n12:00:01 {end}").into_bytes(),
    ] {
        let mut masker = Masker::new(patterns(&[("p", secret)])).unwrap();
        let mut out = Vec::new();
        masker.push(&text, &mut out);
        masker.finish(&mut out);
        assert_eq!(out, text, "found by now: say so in SECURITY.md");
    }
    let short = "short77";
    assert_eq!(masked(&[("p", short)], &[short.as_bytes()]), short);
}
