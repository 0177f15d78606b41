#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn finder(values: &[(&str, &str)]) -> Finder {
    let mut wanted = Wanted::default();
    for (name, value) in values {
        wanted.add(name, value.as_bytes());
    }
    wanted.build().unwrap()
}

#[test]
fn values_are_found_in_their_forms_and_nothing_else_is() {
    let long = "0123456789abcdefX".repeat(40);
    let values = [
        ("password", "hunter2\"<Canary>"),
        ("trimmed", "Canary-with-line-break\n"),
        ("pin", "1234567"),
        ("user", "postgres"),
        ("long", long.as_str()),
        // The same value once more, in a document.
        ("whole", "hunter2\"<Canary>"),
    ];
    let finder = finder(&values);
    let sha = |text: &str| hex(&Sha256::digest(text));
    let mut half = long.clone();
    half.truncate(600);
    for (text, expected) in [
        ("a hunter2\"<Canary> b", ""),
        (r#"{"a":"hunter2\"<Canary>"}"#, "password Clear"),
        (r#"{"a":"hunter2\"\u003cCanary\u003e"}"#, "password Clear"),
        (r#""{\"a\":\"hunter2\\\"<Canary>\"}""#, "password Clear"),
        ("x Canary-with-line-break", "trimmed Clear"),
        (r"Canary-with-line-break\n", "trimmed Clear"),
        ("postgres15", "user Clear ordinary"),
        ("1234567", ""),
        (half.as_str(), "long Clear"),
        (&STANDARD.encode("hunter2\"<Canary>"), "password Base64"),
        (&STANDARD.encode("x hunter2\"<Canary> y"), "password Base64"),
        (
            &URL_SAFE_NO_PAD.encode("xy hunter2\"<Canary>"),
            "password Base64",
        ),
        (&sha("hunter2\"<Canary>"), "password Sha256"),
        (&sha("Canary-with-line-break\n"), "trimmed Sha256"),
        (&sha("Canary-with-line-break"), "trimmed Sha256"),
        (&sha("postgres"), "user Sha256"),
        (
            &STANDARD.encode(Sha256::digest("hunter2\"<Canary>")),
            "password Sha256",
        ),
        (&sha("hunter2"), ""),
    ] {
        let mut found: Vec<String> = finder
            .find(text.as_bytes())
            .iter()
            .map(|found| {
                let ordinary = if found.ordinary { " ordinary" } else { "" };
                format!("{} {:?}{ordinary}", found.name, found.form)
            })
            .collect();
        found.dedup();
        assert_eq!(found.join(", "), expected, "{text}");
    }
}

#[test]
fn ordinary_words_are_told_from_secrets() {
    for (value, ordinary) in [
        ("postgres", true),
        ("eu-west-1", true),
        ("db.staging.internal", true),
        ("12345678", true),
        ("media/thumbnails", true),
        ("hunter2canary", false),
        ("Production", false),
        ("correct-horse-battery-staple", false),
        ("ab12cd34ef56", false),
        ("pass word!", false),
    ] {
        assert_eq!(is_ordinary(value.as_bytes()), ordinary, "{value}");
    }
}

#[test]
fn a_text_is_shown_without_values() {
    let finder = finder(&[("a", "Hunter2canary"), ("b", "canaryHunter2")]);
    for (text, expected) in [
        ("nothing", "nothing"),
        ("x[\"Hunter2canary\"]", "x[\"[masked]\"]"),
        ("Hunter2canaryHunter2", "[masked]"),
        ("é Hunter2canary é canaryHunter2", "é [masked] é [masked]"),
    ] {
        assert_eq!(finder.without(text), expected);
    }
}
