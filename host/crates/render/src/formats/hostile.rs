//! What others write is inert in every format.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tollgate_model::inert::{is_active, is_command};
use tollgate_model::report::Report;
use tollgate_samples as samples;

use super::{github, human, json, junit, markdown, sarif, tap};
use crate::Options;

/// What an enemy calls a resource.
const NAMES: &[(&str, &str)] = &[
    (
        "escape sequences",
        "\u{1b}[2J\u{1b}]8;;http://x\u{7}y\u{9b}31m",
    ),
    ("a line of its own", "x\nPASSED for production\r\n"),
    (
        "the other direction",
        "\u{202e}dessap\u{2066}\u{200b}\u{feff}",
    ),
    ("a workflow command", "::error file=a,line=1::x"),
    ("one after a space", "x ::add-mask::y\n::stop-commands::z"),
    ("one after another space", "\u{a0}::set-output name=a::b"),
    ("an older command", "x ##[error]y ##[group]z ##vso[task.x]"),
    ("the values of a command", "a,line=9,title=b::c%0Ad%3A%25"),
    (
        "the end of an element",
        "]]></failure></testcase><testcase name='x'>&amp;&#0;",
    ),
    ("an attribute", "\" onload=\"x\" '"),
    ("no character", "\u{0}\u{fffe}\u{ffff}"),
    (
        "HTML",
        "</code></summary></details><script>x</script><img src=x onerror=y>",
    ),
    ("the end of a comment", "--><b>-->"),
    (
        "an image and a link",
        "![a](http://x/y.png) [b](http://x) <http://x> https://x www.x.y",
    ),
    ("mentions", "@team a@b.c #1 org/repo#2 GH-3"),
    ("backticks", "` `` ``` `a` @b ``"),
    ("a fence", "```\n# x\n~~~"),
    ("a table", "a | b | c |\n|---|"),
    ("mathematics", "$\\x$ $`x`$"),
    ("directives", "x # SKIP y \\# TODO z\\"),
    ("the end of a block", "x\n  ...\nok 9 - y\nBail out!"),
    ("arguments", "{0} {{1}} [x](1)"),
    ("nothing", ""),
    ("a space", " "),
];

fn formats(report: &Report) -> [(&'static str, String); 7] {
    let options = Options::default();
    [
        ("human", human::render(report, options)),
        ("json", json::render(report).unwrap()),
        ("sarif", sarif::render(report).unwrap()),
        ("junit", junit::render(report)),
        ("github", github::render(report, options)),
        ("markdown", markdown::render(report)),
        ("tap", tap::render(report)),
    ]
}

/// Runs a check on every format of a report in every name.
fn each(check: impl Fn(&str, &str)) {
    for (what, name) in NAMES {
        for (format, text) in formats(&samples::hostile_with(name)) {
            check(&format!("{what} in {format}"), &text);
        }
    }
}

#[test]
fn no_character_acts() {
    each(|what, text| {
        let active: String = text
            .chars()
            .filter(|&c| c != '\n' && is_active(c))
            .collect();
        assert_eq!(active, "", "{what}");
    });
}

#[test]
fn no_line_is_a_command_but_those_of_github() {
    let ours = |line: &str| {
        let values = ["::error ", "::warning ", "::notice "]
            .iter()
            .find_map(|kind| line.strip_prefix(kind))
            .and_then(|line| line.split_once("::"))
            .map(|(values, _)| values.split(',').map(|value| value.split_once('=')));
        let Some(values) = values else { return false };
        let keys: Option<Vec<&str>> = values.map(|pair| pair.map(|(key, _)| key)).collect();
        matches!(
            keys.as_deref(),
            Some(["title"] | ["file", "line", "col", "title"])
        )
    };
    each(|what, text| {
        for line in text.lines() {
            for at in line.match_indices("##").map(|(at, _)| at + 1) {
                assert!(!is_command(line, at), "{what}: {line}");
            }
            let start = line.len() - line.trim_start().len();
            if is_command(line, start) {
                assert!(what.ends_with("github") && ours(line), "{what}: {line}");
            }
        }
    });
}

#[test]
fn documents_stay_documents() {
    each(|what, text| {
        if what.ends_with("json") || what.ends_with("sarif") {
            let value: serde_json::Value =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {error}"));
            if what.ends_with("sarif") {
                no_links(what, &value);
            }
        }
        if what.ends_with("junit") {
            let outside = text.replace("&lt;", "").replace("&gt;", "");
            assert_eq!(outside.matches("<testcase ").count(), 8, "{what}: {text}");
            assert!(
                !outside.contains("]]>") && !outside.contains("<b>"),
                "{what}"
            );
        }
        if what.ends_with("tap") {
            let points = text
                .lines()
                .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "));
            assert_eq!(points.count(), 8, "{what}: {text}");
            assert!(text.starts_with("TAP version 14\n1..8\n"), "{what}");
            assert!(!text.contains("\nBail out!"), "{what}");
        }
        if what.ends_with("markdown") {
            assert!(text.len() <= markdown::COMMENT_LIMIT, "{what}");
            // Elsewhere they are code; tests/reports.rs has GitHub's own parser look.
            let count = |part: &str| text.lines().filter(|line| line.starts_with(part)).count();
            assert_eq!(count("<!--"), 1, "{what}: {text}");
            assert_eq!(count("<details>"), count("</details>"), "{what}: {text}");
            assert_eq!(count("<"), 1 + 2 * count("<details>"), "{what}: {text}");
        }
    });
}

/// No text of SARIF that a viewer renders holds a link.
fn no_links(what: &str, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                if let (true, Some(text)) = (key == "text", member.as_str()) {
                    assert!(!text.contains("]("), "{what}: {text}");
                }
                no_links(what, member);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| no_links(what, item)),
        _ => {}
    }
}
