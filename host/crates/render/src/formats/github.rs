//! The report as workflow commands of GitHub Actions, which become annotations, and then as
//! text for the log.
//!
//! GitHub keeps the first ten annotations of each type of a step and drops the rest without a
//! word, so the gravest come first, and where there are more than ten the tenth says how
//! many. What refuses is an error, what warns a warning, a waiver that covers nothing a
//! notice. The job summary is written beside it.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::human::{self, Passed};
use crate::Options;
use crate::words::{self, plan_name, severity, subject, what_of_it};
use tollgate_model::inert::inert;
use tollgate_model::report::{Disposition, FindingReport, Problem, Report};
use tollgate_model::rule::Response;

/// The annotations of one type that GitHub keeps of a step.
const MAX_OF_A_TYPE: usize = 10;

/// Returns the commands, a line each, and the report for a person.
pub fn render(report: &Report, options: Options) -> String {
    render_with(report, options, Passed::InFull)
}

/// The same, with as much of plans that pass as is wanted.
pub fn render_with(report: &Report, options: Options, passed: Passed) -> String {
    let mut text = String::new();
    write(&mut text, "error", "that refuse", errors(report));
    write(&mut text, "warning", "that warn", warnings(report));
    write(
        &mut text,
        "notice",
        "on waivers that cover nothing",
        notices(report),
    );
    text.push_str(&human::render_with(report, options, passed));
    text
}

/// What one command says.
struct Annotation {
    /// File, line and column.
    place: Option<(String, u32, u32)>,
    title: String,
    /// Line by line.
    message: Vec<String>,
}

fn errors(report: &Report) -> Vec<Annotation> {
    let mut errors = Vec::new();
    for plan in &report.plans {
        let name = plan_name(plan);
        if let Some(problem) = &plan.problem {
            errors.push(failed(format!("{name} could not be judged"), problem));
        }
        for policy in &plan.policies {
            if let Some(failure) = &policy.failure {
                let title = format!("{} could not be run on {name}", policy.name);
                errors.push(failed(title, failure));
            }
        }
    }
    errors.extend(incomplete(report, true));
    errors.extend(found(report, Disposition::Refuses));
    errors
}

fn warnings(report: &Report) -> Vec<Annotation> {
    let mut warnings = incomplete(report, false);
    warnings.extend(found(report, Disposition::Warns));
    warnings
}

fn notices(report: &Report) -> Vec<Annotation> {
    let idle = report.waivers.iter().filter_map(|waiver| {
        let (word, why) = words::idle(waiver)?;
        Some(Annotation {
            place: file_and_line(&waiver.location).map(|(file, line)| (file, line, 1)),
            title: format!("{word} waiver of {}", waiver.rule),
            message: vec![format!("{} at {}: {why}", waiver.owner, waiver.address)],
        })
    });
    let mixed = words::mixed(report).into_iter().map(|text| Annotation {
        place: None,
        title: "merged reports differ".to_owned(),
        message: vec![text],
    });
    mixed.chain(idle).collect()
}

fn failed(title: String, problem: &Problem) -> Annotation {
    let mut message = vec![problem.message.clone()];
    message.extend(problem.help.iter().map(|help| format!("fix: {help}")));
    Annotation {
        place: None,
        title,
        message,
    }
}

/// The incomplete plans, if that refuses or if it does not.
fn incomplete(report: &Report, refuses: bool) -> Vec<Annotation> {
    if (report.environment.incomplete == Response::Fail) != refuses {
        return Vec::new();
    }
    let incomplete = report.plans.iter().filter_map(|plan| {
        let facts = plan.facts.as_ref()?;
        (!facts.incomplete.is_empty()).then(|| Annotation {
            place: None,
            title: format!("{} is incomplete", plan_name(plan)),
            message: facts.incomplete.clone(),
        })
    });
    incomplete.collect()
}

/// The findings of one disposition, the gravest first.
fn found(report: &Report, disposition: Disposition) -> Vec<Annotation> {
    let several = report.plans.len() > 1;
    let mut found: Vec<(&FindingReport, String)> = Vec::new();
    for plan in &report.plans {
        let from = if several {
            format!("{}: ", plan_name(plan))
        } else {
            String::new()
        };
        let findings = plan.policies.iter().flat_map(|policy| &policy.findings);
        found.extend(
            findings
                .filter(|finding| finding.disposition == disposition)
                .map(|finding| (finding, from.clone())),
        );
    }
    found.sort_by_key(|(finding, _)| Reverse(finding.severity));
    let annotation = |(finding, from): (&FindingReport, String)| {
        let mut message = vec![format!("{from}{}: {}", subject(finding), finding.message)];
        let so = what_of_it(report, finding);
        if !so.is_empty() {
            message.push(so);
        }
        if !finding.remediation.is_empty() {
            message.push(format!("fix: {}", finding.remediation));
        }
        Annotation {
            place: finding.location.as_ref().map(|place| {
                let (file, line, column) = place.in_repository();
                (file.to_owned(), line, column)
            }),
            title: format!("{} [{}]", finding.rule, severity(finding.severity)),
            message,
        }
    };
    found.into_iter().map(annotation).collect()
}

/// Splits `tollgate.toml:14`.
fn file_and_line(location: &str) -> Option<(String, u32)> {
    let (file, line) = location.rsplit_once(':')?;
    Some((file.to_owned(), line.parse().ok()?))
}

fn write(text: &mut String, kind: &str, what: &str, mut annotations: Vec<Annotation>) {
    if annotations.len() > MAX_OF_A_TYPE {
        let rest = annotations.len() - (MAX_OF_A_TYPE - 1);
        annotations.truncate(MAX_OF_A_TYPE - 1);
        annotations.push(Annotation {
            place: None,
            title: format!("{rest} more {what}"),
            message: vec![format!(
                "GitHub shows {MAX_OF_A_TYPE} annotations of a type; the log of this step and the job summary have all"
            )],
        });
    }
    for Annotation {
        place,
        title,
        message,
    } in annotations
    {
        let _ = write!(text, "::{kind} ");
        if let Some((file, line, column)) = place {
            let _ = write!(text, "file={},line={line},col={column},", property(&file));
        }
        let message: Vec<String> = message.iter().map(|line| data(line)).collect();
        let _ = writeln!(text, "title={}::{}", property(&title), message.join("%0A"));
    }
}

/// Makes text inert, and then the message of a command.
fn data(text: &str) -> String {
    // No line break is left in it.
    inert(text).replace('%', "%25")
}

/// Makes text inert, and then a value between the commas of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use tollgate_samples as samples;

    use super::*;

    fn commands(report: &Report) -> Vec<String> {
        render(report, Options::default())
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn samples() {
        for name in ["mixed", "policy_failure", "several", "incomplete"] {
            insta::assert_snapshot!(
                format!("github_{name}"),
                commands(&samples::named(name)).join("\n")
            );
        }
    }

    #[test]
    fn ten_of_a_type_and_the_tenth_counts_the_rest() {
        let commands = commands(&samples::many());
        let of = |kind: &str| {
            commands
                .iter()
                .filter(|line| line.starts_with(kind))
                .count()
        };
        assert_eq!((of("::error "), of("::warning ")), (10, 10));
        assert!(
            commands[9].starts_with("::error title=291 more that refuse::"),
            "{}",
            commands[9]
        );
        assert!(commands[19].starts_with("::warning title=191 more that warn::"));
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(data("50% ::a\nb"), "50%25 \\u{3a}:a\\nb");
        assert_eq!(property("a:b,c%\r"), "a%3Ab%2Cc%25\\r");
        assert_eq!(
            file_and_line("a:b.toml:14"),
            Some(("a:b.toml".to_owned(), 14))
        );
        assert_eq!(file_and_line("tollgate.toml"), None);
    }
}
