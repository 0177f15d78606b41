use tollgate_model::inert;
use tollgate_samples as samples;

use super::*;

fn plain(width: usize) -> Options {
    Options {
        width,
        color: false,
    }
}

#[test]
fn samples() {
    for (name, report) in samples::all() {
        insta::assert_snapshot!(format!("human_{name}"), render(&report, plain(100)));
    }
}

#[test]
fn narrow() {
    insta::assert_snapshot!("human_mixed_width_40", render(&samples::mixed(), plain(40)));
}

#[test]
fn colour() {
    let coloured = render(
        &samples::mixed(),
        Options {
            width: 100,
            color: true,
        },
    );
    insta::assert_snapshot!("human_mixed_colour", coloured.replace('\u{1b}', "␛"));
}

/// Removes what `anstyle` writes, and nothing else.
fn without_colour(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| {
        all + piece.split_once('m').map_or(piece, |(_, rest)| rest)
    })
}

#[test]
fn colour_changes_no_word() {
    for (name, report) in samples::all() {
        for width in [40, 100] {
            let coloured = render(&report, Options { width, color: true });
            assert_eq!(
                without_colour(&coloured),
                render(&report, plain(width)),
                "{name}"
            );
        }
    }
}

#[test]
fn nothing_of_others_acts_on_the_terminal() {
    for width in [0, 40, 100, 1000] {
        let text = render(&samples::hostile(), plain(width));
        let active: String = text
            .chars()
            .filter(|&c| c != '\n' && inert::is_active(c))
            .collect();
        assert_eq!(active, "", "at width {width}");
        // No line that Tollgate did not begin: the verdict is the only one.
        assert!(
            !text
                .lines()
                .any(|line| line.trim_start().starts_with("PASSED")),
            "{text}"
        );
        assert!(text.len() < 60_000, "{}", text.len());
    }
}

#[test]
fn lines_keep_to_the_width_except_for_what_is_never_broken() {
    use unicode_width::UnicodeWidthStr as _;
    for width in [40, 60, 80, 100] {
        let text = render(&samples::mixed(), plain(width));
        for line in text.lines().filter(|line| line.width() > width) {
            // Beside a label, or alone.
            let whole = line.trim().rsplit("  ").next().unwrap_or_default().trim();
            assert!(
                whole.contains("[\"")
                    || !whole.contains(' ')
                    || whole.starts_with("tollgate explain"),
                "{width}: {line}"
            );
        }
        for finding in words::findings(&samples::mixed()) {
            let address = finding.address.as_deref().unwrap_or_default();
            let hidden = finding.disposition == Disposition::Baselined;
            assert!(hidden || text.contains(address), "{width}: {address}");
        }
    }
}

#[test]
fn everything_that_refuses_is_shown_and_the_rest_is_counted() {
    let text = render(&samples::many(), plain(100));
    for nth in 0..300 {
        assert!(
            text.contains(&format!("module.shard[{nth}].aws_db_instance.main")),
            "{nth}"
        );
    }
    assert_eq!(
        text.matches("aws_lambda_function.worker[").count(),
        MAX_SHOWN
    );
    assert!(text.contains("and 192 more: see `-o json`"));
}

#[test]
fn the_verdict_comes_last_and_on_long_reports_first_as_well() {
    let mut twice = Vec::new();
    for (name, report) in samples::all() {
        let text = render(&report, plain(100));
        let (_, verdict) = text.rsplit_once("\n\n").unwrap_or_default();
        let passed = report.verdict.decision == Decision::Passed;
        assert!(
            verdict.starts_with(if passed { "PASSED for" } else { "REFUSED for" }),
            "{name}: {verdict}"
        );
        if text.matches(verdict).count() == 2 {
            twice.push(name);
        }
    }
    assert_eq!(twice, ["mixed", "many", "hostile"]);
}
