//! The report in the Test Anything Protocol, version 14.
//!
//! One test point per finding, one for each rule that found nothing, and one for each
//! policy and plan that failed. What was found and let pass is `not ok` with `# TODO`, which
//! harnesses count as passed and show; what the environment lets pass untold is
//! `# SKIP`. The stream fails exactly when the verdict refuses.

use std::fmt::Write as _;

use crate::words::{self, enforcement, plan_name, severity, subject, what_of_it};
use tollgate_model::inert::inert;
use tollgate_model::report::{Decision, Disposition, Problem, Report};
use tollgate_model::rule::Response;

/// Returns the report as TAP.
pub fn render(report: &Report) -> String {
    let mut points: Vec<Point> = Vec::new();
    for plan in &report.plans {
        plan_points(report, plan, &mut points);
    }
    if report.verdict.decision != Decision::Passed && !points.iter().any(Point::fails) {
        points.push(Point {
            result: Result::NotOk,
            name: "verdict".to_owned(),
            facts: vec![("why", words::reasons(report))],
        });
    }
    let mut tap = format!("TAP version 14\n1..{}\n", points.len());
    for (nth, point) in points.iter().enumerate() {
        point.write(nth + 1, &mut tap);
    }
    for plan in &report.plans {
        if let Some(facts) = &plan.facts {
            let left_out = facts.left_out.iter().map(|text| format!("has {text}"));
            for text in words::loss_lines(facts).into_iter().chain(left_out) {
                let _ = writeln!(tap, "# {}", inert(&format!("{} {text}", plan_name(plan))));
            }
        }
    }
    for text in words::mixed(report) {
        let _ = writeln!(tap, "# {}", inert(&text));
    }
    let _ = writeln!(
        tap,
        "# {} for {}: {}",
        words::decision(report.verdict.decision),
        inert(&report.environment.name),
        inert(&words::reasons(report)),
    );
    tap
}

/// A test point.
struct Point {
    result: Result,
    name: String,
    /// Label and text, for the block below it.
    facts: Vec<(&'static str, String)>,
}

enum Result {
    Ok,
    NotOk,
    /// It failed, and that is let pass.
    Todo(String),
    Skip(String),
}

fn plan_points(
    report: &Report,
    plan: &tollgate_model::report::PlanReport,
    points: &mut Vec<Point>,
) {
    let name = plan_name(plan);
    let failed = |what: &str, problem: &Problem| {
        let mut facts = vec![
            ("code", problem.code.clone()),
            ("why", problem.message.clone()),
        ];
        facts.extend(problem.help.iter().map(|help| ("fix", help.clone())));
        Point {
            result: Result::NotOk,
            name: format!("{name}: {what}"),
            facts,
        }
    };
    if let Some(problem) = &plan.problem {
        points.push(failed("the plan can be judged", problem));
    }
    if let Some(facts) = plan
        .facts
        .as_ref()
        .filter(|facts| !facts.incomplete.is_empty())
    {
        let environment = &report.environment;
        points.push(Point {
            result: match environment.incomplete {
                Response::Fail => Result::NotOk,
                Response::Warn | Response::Pass => {
                    Result::Todo(format!("{} lets that pass", environment.name))
                }
            },
            name: format!("{name}: the plan is complete"),
            facts: vec![("why", facts.incomplete.join("; "))],
        });
    }
    for policy in &plan.policies {
        if let Some(failure) = &policy.failure {
            points.push(failed(&format!("{} can be run", policy.name), failure));
            continue;
        }
        let before = points.len();
        for finding in &policy.findings {
            let mut facts = words::lines(report, finding);
            facts.push(("severity", severity(finding.severity).to_owned()));
            facts.push(("enforcement", enforcement(finding.enforcement).to_owned()));
            facts.push(("fingerprint", finding.fingerprint.clone()));
            let so = what_of_it(report, finding);
            points.push(Point {
                result: match finding.disposition {
                    Disposition::Refuses => Result::NotOk,
                    Disposition::Passes => Result::Skip(so),
                    Disposition::Warns | Disposition::Waived | Disposition::Baselined => {
                        Result::Todo(so)
                    }
                },
                name: format!("{name}: {}: {}", finding.rule, subject(finding)),
                facts,
            });
        }
        for rule in words::rules_of(report, policy) {
            if !policy
                .findings
                .iter()
                .any(|finding| finding.rule == rule.rule)
            {
                points.push(Point::ok(format!("{name}: {}", rule.rule)));
            }
        }
        if points.len() == before {
            points.push(Point::ok(format!("{name}: {}", policy.name)));
        }
    }
}

impl Point {
    fn ok(name: String) -> Self {
        Self {
            result: Result::Ok,
            name,
            facts: Vec::new(),
        }
    }

    fn fails(&self) -> bool {
        matches!(self.result, Result::NotOk)
    }

    fn write(&self, number: usize, tap: &mut String) {
        let (word, directive) = match &self.result {
            Result::Ok => ("ok", None),
            Result::NotOk => ("not ok", None),
            Result::Todo(why) => ("not ok", Some(("TODO", why))),
            Result::Skip(why) => ("ok", Some(("SKIP", why))),
        };
        let _ = write!(tap, "{word} {number} - {}", escape(&self.name));
        if let Some((directive, why)) = directive {
            let _ = write!(tap, " # {directive} {}", escape(why));
        }
        tap.push('\n');
        if self.facts.is_empty() {
            return;
        }
        // A sequence: two facts of one finding may have the same label. Labels are our own
        // words, because Perl's harness reads few others.
        tap.push_str("  ---\n");
        for (label, text) in &self.facts {
            let _ = writeln!(tap, "  - {label}: {}", yaml(text));
        }
        tap.push_str("  ...\n");
    }
}

/// Makes text inert, and takes from `#` and `\` what they mean to a harness.
#[must_use]
pub fn escape(text: &str) -> String {
    inert(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// Returns text as a quoted scalar: what JSON writes, YAML reads.
#[must_use]
pub fn yaml(text: &str) -> String {
    serde_json::Value::from(inert(text)).to_string()
}

#[cfg(test)]
mod tests {
    use tollgate_samples as samples;

    use super::*;

    #[test]
    fn samples() {
        for name in ["mixed", "policy_failure", "several"] {
            insta::assert_snapshot!(format!("tap_{name}"), render(&samples::named(name)));
        }
    }

    #[test]
    fn it_fails_exactly_when_the_verdict_refuses() {
        let fails = |tap: &str| {
            tap.lines()
                .any(|line| line.starts_with("not ok ") && !line.contains(" # TODO "))
        };
        for (name, report) in samples::all() {
            let tap = render(&report);
            assert_eq!(fails(&tap), report.verdict.exit_code != 0, "{name}: {tap}");
        }
        let mut nothing = samples::clean();
        nothing.plans.clear();
        nothing.verdict.decision = Decision::PlanUnusable;
        assert!(fails(&render(&nothing)));
    }
}
