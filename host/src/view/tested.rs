//! What `tollgate policy test` prints.

use std::fmt::Write as _;

use tollgate_model::finding::Finding;

use crate::authoring::cases::Expectation;
use crate::authoring::compare::{self, Difference};
use crate::authoring::pieces::Apart;
use crate::authoring::run::{CaseVerdict, RanCase, RanFile, RuleCoverage};
use crate::diagnostic::listed;
use crate::report::page::{Line, Options, Page, Role, count};
use crate::report::{Problem, inert, junit, tap};

/// The column beside the words `ok` and `FAILED`.
const WORD: usize = 10;

/// From here on, in percent, a case comes near to a limit.
const NEAR: u64 = 50;

/// The cases of a policy, run.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The name and the version of the policy.
    pub policy: (String, String),
    /// Where the module is.
    pub module: String,
    /// A source that is newer than the module.
    pub newer: Option<String>,
    /// The files that were written, and how many cases expect something else now.
    pub written: Vec<(String, usize)>,
    /// Every file, in order.
    pub files: Vec<RanFile>,
    /// What of the rules they cover; none where only some cases ran.
    pub coverage: Option<Vec<RuleCoverage>>,
}

impl Tested {
    /// How many cases ran, and how many of them are not as expected.
    #[must_use]
    pub fn numbers(&self) -> (usize, usize) {
        let cases = || self.files.iter().flat_map(|file| &file.cases);
        (
            cases().count(),
            cases().filter(|case| !case.passed()).count(),
        )
    }

    /// The rules that never found anything, and those that never stayed silent.
    #[must_use]
    pub fn uncovered(&self) -> Vec<String> {
        let of = |is: fn(&RuleCoverage) -> bool| -> Vec<&str> {
            let rules = self.coverage.iter().flatten();
            rules
                .filter(|rule| is(rule))
                .map(|rule| rule.rule.as_str())
                .collect()
        };
        let told = |rules: Vec<&str>, what: &str| {
            (!rules.is_empty()).then(|| format!("{what}: {}", listed(rules)))
        };
        let never = of(|rule| rule.fired == 0);
        let always = of(|rule| rule.fired > 0 && rule.silent == 0);
        [
            told(never, "no case has a finding of"),
            told(always, "no case is without a finding of"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn summary(&self) -> String {
        let (all, failed) = self.numbers();
        match failed {
            0 => format!("{} passed", count(all, "case", "cases")),
            failed => format!("{failed} of {} failed", count(all, "case", "cases")),
        }
    }
}

/// Returns it as text for a person, with a line feed at the end of each line.
#[must_use]
pub fn human(tested: &Tested, options: Options) -> String {
    let mut page = Page::new(options);
    let (name, version) = &tested.policy;
    page.line(
        0,
        2,
        &Line::new()
            .atom(Role::Strong, name.as_str())
            .put(Role::Faint, format!(" {version}, "))
            .atom(Role::Faint, tested.module.as_str()),
    );
    if let Some(source) = &tested.newer {
        let line = Line::new()
            .atom(Role::Plain, source.as_str())
            .text(" is newer than the module; build it anew: `tollgate policy build`");
        page.item(2, WORD, Role::Warning, "warns", &line);
    }
    for (path, cases) in &tested.written {
        let line = Line::new().atom(Role::Plain, path.as_str()).text(format!(
            ": {} what was found",
            count(*cases, "case expects", "cases expect")
        ));
        page.item(2, WORD, Role::Warning, "wrote", &line);
    }
    for file in &tested.files {
        if file.cases.is_empty() {
            continue;
        }
        page.blank();
        page.line(0, 2, &Line::new().atom(Role::Strong, file.path.as_str()));
        for case in &file.cases {
            let (role, word) = match case.passed() {
                true => (Role::Good, "ok"),
                false => (Role::Bad, "FAILED"),
            };
            let mut line = Line::new().text(case.name.as_str());
            if !case.passed() {
                line = line
                    .put(Role::Faint, " (")
                    .atom(Role::Faint, format!("{}:{}", file.path, case.line))
                    .put(Role::Faint, ")");
            }
            page.item(2, WORD, role, word, &line);
            for (key, share) in case.used.iter().filter(|(_, share)| *share >= NEAR) {
                let line = Line::new().text(format!(
                    "it used {share} % of the limit `{key}`; a larger plan will be refused"
                ));
                page.item(2, WORD, Role::Warning, "warns", &line);
            }
            for warning in &case.warnings {
                let line = Line::new().text(warning.as_str());
                page.item(2, WORD, Role::Warning, "warns", &line);
            }
            for (sign, text) in what_differs(case) {
                let role = match sign {
                    '-' => Role::Bad,
                    '+' => Role::Good,
                    _ => Role::Plain,
                };
                let line = Line::new()
                    .atom(role, sign.to_string())
                    .text(" ")
                    .text(text);
                page.line(2 + WORD, 4 + WORD, &line);
            }
        }
    }
    page.blank();
    let (_, failed) = tested.numbers();
    let role = if failed == 0 { Role::Good } else { Role::Bad };
    let mut line = Line::new().put(role, tested.summary());
    if let Some(coverage) = &tested.coverage {
        let covered = coverage.iter().filter(|rule| rule.fired > 0).count();
        line = line.put(
            Role::Faint,
            format!(
                "; {covered} of {} found something",
                count(coverage.len(), "rule", "rules")
            ),
        );
    }
    page.line(0, 2, &line);
    for text in tested.uncovered() {
        page.line(2, 4, &Line::new().put(Role::Faint, text));
    }
    page.finish()
}

/// How a case is not as expected: `-` what was expected, `+` what is there, `!` what happened, `|` what the
/// policy wrote to standard error, and blanks for what belongs to the line before.
fn what_differs(case: &RanCase) -> Vec<(char, String)> {
    let mut lines = Vec::new();
    match &case.verdict {
        CaseVerdict::Passed => {}
        CaseVerdict::Differs(differences) => {
            for difference in differences {
                match difference {
                    Difference::Missing(expected) => lines.push(('-', expectation(expected))),
                    Difference::Unexpected(found) => lines.push(('+', finding(found))),
                    Difference::Other { found, about, .. } => {
                        lines.push((
                            '!',
                            place(
                                &found.rule,
                                found.address.as_deref(),
                                found.deposed.as_deref(),
                            ),
                        ));
                        for (key, expected, found) in about {
                            lines.push(('-', format!("{key}: {expected}")));
                            lines.push(('+', format!("{key}: {found}")));
                        }
                    }
                }
            }
        }
        CaseVerdict::Failed(problem) => failed(problem, case, &mut lines),
        CaseVerdict::Judged(expected) => {
            lines.push(('-', format!("the policy cannot judge: {expected}")));
            match &case.found {
                Ok(found) if found.is_empty() => lines.push(('+', "no finding".to_owned())),
                Ok(found) => lines.extend(found.iter().map(|found| ('+', finding(found)))),
                Err(_) => {}
            }
        }
        CaseVerdict::FailedOtherwise { expected, problem } => {
            lines.push(('-', format!("the policy cannot judge: {expected}")));
            failed(problem, case, &mut lines);
            let code = format!(
                "what happened is expected by its own word: error = \"{}\"",
                problem.code
            );
            lines.push((' ', code));
        }
        CaseVerdict::Open => lines.push((
            '!',
            "nothing says what is expected; `tollgate policy test --update` writes it".to_owned(),
        )),
    }
    lines.extend(case.apart.iter().flat_map(in_pieces));
    lines
}

/// What a policy that says `chunkable` finds otherwise where changes come one at a time.
fn in_pieces(apart: &Apart) -> Vec<(char, String)> {
    let mut lines = Vec::new();
    match apart {
        Apart::Differs { whole, pieces } => {
            lines.push((
                '!',
                "the policy says `chunkable`, and its findings change when it is handed one change at a time"
                    .to_owned(),
            ));
            let only = |findings: &[Finding], sign, when: &str| -> Vec<(char, String)> {
                let findings = findings.iter();
                findings
                    .map(|found| (sign, format!("{when}: {}", finding(found))))
                    .collect()
            };
            lines.extend(only(whole, '-', "all at once"));
            lines.extend(only(pieces, '+', "one at a time"));
        }
        Apart::Failed(problem) => {
            lines.push((
                '!',
                format!(
                    "the policy says `chunkable`, and fails when it is handed one change at a time: {} [{}]",
                    problem.message, problem.code
                ),
            ));
            lines.extend(problem.help.iter().map(|help| (' ', help.clone())));
        }
    }
    lines.push((
        ' ',
        "large plans come in pieces: set `chunkable` to false, or name the types that it compares in `together`"
            .to_owned(),
    ));
    lines
}

fn failed(problem: &Problem, case: &RanCase, lines: &mut Vec<(char, String)>) {
    let said = case.stderr.as_deref().filter(|said| said.contains('\n'));
    let whole = problem.message.as_str();
    // What it said is told line by line, and so not in the message.
    let message = match (said, whole.split_once("; it says: ")) {
        (Some(_), Some((before, _))) => before,
        _ => whole,
    };
    lines.push(('!', format!("{message} [{}]", problem.code)));
    let said = said.into_iter().flat_map(str::lines);
    let said = said.filter(|line| !line.trim().is_empty());
    lines.extend(said.map(|line| ('|', line.replace('\t', "    "))));
    lines.extend(problem.help.iter().map(|help| (' ', help.clone())));
}

fn place(rule: &str, address: Option<&str>, deposed: Option<&str>) -> String {
    let mut text = format!("{rule} at {}", address.unwrap_or("the plan as a whole"));
    if let Some(deposed) = deposed {
        let _ = write!(text, " (deposed {deposed})");
    }
    text
}

fn expectation(expected: &Expectation) -> String {
    let mut text = place(
        &expected.rule,
        expected.address.as_deref(),
        expected.deposed.as_deref(),
    );
    let _ = write!(text, ", {}", compare::outcome(expected.outcome));
    if let Some(cause) = expected.cause {
        let _ = write!(text, ", {}", compare::cause(cause));
    }
    if let Some(message) = &expected.message {
        let _ = write!(text, ": {message}");
    }
    text
}

fn finding(found: &Finding) -> String {
    format!(
        "{}, {}, {}: {}",
        place(
            &found.rule,
            found.address.as_deref(),
            found.deposed.as_deref()
        ),
        compare::outcome(found.outcome),
        compare::cause(found.cause),
        found.message
    )
}

/// The lines of [`what_differs`] as one text.
fn told(case: &RanCase) -> String {
    let lines = what_differs(case).into_iter();
    let lines: Vec<String> = lines.map(|(sign, text)| format!("{sign} {text}")).collect();
    lines.join("\n")
}

/// Returns it as JUnit's XML: a suite for each file, a test for each case.
#[must_use]
pub fn as_junit(tested: &Tested) -> String {
    let escape = junit::escape;
    let (all, failed) = tested.numbers();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = escape(&format!("tollgate policy test {}", tested.policy.0));
    let _ = writeln!(
        xml,
        "<testsuites name=\"{name}\" tests=\"{all}\" failures=\"{failed}\" errors=\"0\">"
    );
    for file in &tested.files {
        let failed = file.cases.iter().filter(|case| !case.passed()).count();
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\">",
            escape(&file.path),
            file.cases.len()
        );
        for case in &file.cases {
            let _ = write!(
                xml,
                "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
                escape(&file.path),
                escape(&case.name),
                escape(&file.path),
                case.line
            );
            if case.passed() {
                xml.push_str("/>\n");
                continue;
            }
            let lines: Vec<String> = told(case).lines().map(escape).collect();
            let _ = writeln!(
                xml,
                ">\n      <failure type=\"case\" message=\"{}\">{}</failure>\n    </testcase>",
                lines.first().map_or("", String::as_str),
                lines.join("\n")
            );
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// Returns it in the Test Anything Protocol, version 14.
#[must_use]
pub fn as_tap(tested: &Tested) -> String {
    let (all, _) = tested.numbers();
    let mut out = format!("TAP version 14\n1..{all}\n");
    let cases = tested
        .files
        .iter()
        .flat_map(|file| file.cases.iter().map(move |case| (file, case)));
    for (nth, (file, case)) in cases.enumerate() {
        let word = if case.passed() { "ok" } else { "not ok" };
        let name = tap::escape(&format!("{}: {}", file.path, case.name));
        let _ = writeln!(out, "{word} {} - {name}", nth + 1);
        for warning in &case.warnings {
            let _ = writeln!(out, "# {}", inert(warning));
        }
        if !case.passed() {
            let place = format!("{}:{}", file.path, case.line);
            let _ = writeln!(out, "  ---\n  - at: {}", tap::yaml(&place));
            for line in told(case).lines() {
                let _ = writeln!(out, "  - says: {}", tap::yaml(line));
            }
            out.push_str("  ...\n");
        }
    }
    for text in tested.uncovered() {
        let _ = writeln!(out, "# {}", inert(&text));
    }
    let _ = writeln!(out, "# {}", inert(&tested.summary()));
    out
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use tollgate_model::rule::{Cause, Outcome};

    use super::*;

    fn sample() -> Tested {
        let hostile = "\u{1b}[31m<evil> ##[group]\n::error::x";
        let found = Finding {
            rule: "r".to_owned(),
            outcome: Outcome::Undetermined,
            cause: Cause::Existing,
            address: Some("aws_x.y".to_owned()),
            deposed: None,
            action: None,
            attributes: Vec::new(),
            location: None,
            message: hostile.to_owned(),
            remediation: None,
            details: Vec::new(),
            fingerprint: String::new(),
            previous_fingerprint: None,
        };
        let case = |name: &str, verdict| RanCase {
            name: name.to_owned(),
            line: 3,
            changes_seen: 1,
            used: vec![("fuel", 80)],
            warnings: vec![hostile.to_owned()],
            stderr: None,
            found: Ok(vec![found.clone()]),
            verdict,
            apart: None,
        };
        Tested {
            policy: ("p".to_owned(), "1.0.0".to_owned()),
            module: "policy.wasm".to_owned(),
            newer: None,
            written: Vec::new(),
            files: vec![RanFile {
                path: "tests/a.toml".to_owned(),
                cases: vec![
                    case("fine", CaseVerdict::Passed),
                    case(
                        hostile,
                        CaseVerdict::Differs(vec![Difference::Unexpected(found.clone())]),
                    ),
                ],
            }],
            coverage: Some(vec![RuleCoverage {
                rule: "r".to_owned(),
                fired: 2,
                silent: 0,
            }]),
        }
    }

    #[test]
    fn every_format_says_what_failed_and_obeys_nobody() {
        let tested = sample();
        for text in [
            human(&tested, Options::default()),
            as_junit(&tested),
            as_tap(&tested),
        ] {
            assert!(
                text.contains("r at aws_x.y, undetermined, existing"),
                "{text}"
            );
            assert!(text.contains("1 of 2 cases failed") || text.contains("failures=\"1\""));
            assert!(
                !text.contains('\u{1b}') && !text.contains("##[group]"),
                "{text}"
            );
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        }
        let xml = as_junit(&tested);
        assert!(!xml.contains("<evil>"), "{xml}");
        assert!(human(&tested, Options::default()).contains("80 % of the limit `fuel`"));
        let gap = "no case is without a finding of: `r`";
        assert!(human(&tested, Options::default()).contains(gap));
        let first = as_tap(&tested).lines().nth(2).map(str::to_owned);
        assert_eq!(first.expect("a point"), "ok 1 - tests/a.toml: fine");
    }

    #[test]
    fn a_case_that_differs_in_pieces_has_failed() {
        let mut tested = sample();
        for case in tested.files.iter_mut().flat_map(|file| &mut file.cases) {
            case.apart = Some(Apart::Differs {
                whole: case.found.clone().expect("findings"),
                pieces: Vec::new(),
            });
        }
        assert_eq!(tested.numbers(), (2, 2));
        for text in [as_junit(&tested), as_tap(&tested)] {
            assert!(text.contains("one change at a time"), "{text}");
            assert!(text.contains("all at once: r at aws_x.y"), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
}
