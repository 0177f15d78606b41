//! The report as JUnit's XML, which CI systems show beside the results of tests.
//!
//! One suite per plan and policy, one test case per finding, and a passing one for each
//! rule that found nothing. What refuses is a failure; a policy that could not be run and a
//! plan that could not be judged are errors; what was found and let pass is skipped, with
//! the reason. There are failures or errors exactly when the verdict refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::words::{self, disposition, enforcement, plan_name, severity, subject, what_of_it};
use tollgate_model::inert::inert;
use tollgate_model::report::{
    Decision, Disposition, FindingReport, PlanReport, PolicyReport, Problem, Report,
};
use tollgate_model::rule::Response;

/// Returns the report as a document that Jenkins' schema describes.
pub fn render(report: &Report) -> String {
    let mut suites: Vec<Suite> = report
        .plans
        .iter()
        .flat_map(|plan| suites(report, plan))
        .collect();
    let fails = suites.iter().any(Suite::fails);
    if !fails && report.verdict.decision != Decision::Passed {
        // Nothing to hang it on: no plan at all, say.
        let outcome = Outcome::Error {
            kind: words::decision(report.verdict.decision).to_owned(),
            message: words::reasons(report),
            text: String::new(),
        };
        suites.push(Suite {
            name: "verdict".to_owned(),
            properties: Vec::new(),
            cases: vec![Case::new("verdict", &report.environment.name, outcome)],
        });
    }

    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        escape(&format!("tollgate {}", report.environment.name)),
        total(Suite::tests),
        total(Suite::failures),
        total(Suite::errors),
    );
    for suite in &suites {
        suite.write(&mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite {
    name: String,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
}

struct Case {
    class: String,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Failure {
        kind: &'static str,
        message: String,
        text: String,
    },
    Error {
        kind: String,
        message: String,
        text: String,
    },
    Skipped {
        message: String,
        text: String,
    },
}

impl Case {
    fn new(class: &str, name: &str, outcome: Outcome) -> Self {
        Self {
            class: class.to_owned(),
            name: name.to_owned(),
            outcome,
        }
    }
}

fn suites(report: &Report, plan: &PlanReport) -> Vec<Suite> {
    let name = plan_name(plan);
    let mut properties = vec![
        ("environment", report.environment.name.clone()),
        ("plan", plan.input.path.clone()),
        ("plan-digest", plan.input.digest.clone()),
    ];
    properties.extend(words::mixed(report).into_iter().map(|text| ("note", text)));
    if let Some(facts) = &plan.facts {
        let left_out = facts
            .left_out
            .iter()
            .map(|text| format!("the plan has {text}"));
        let losses = words::loss_lines(facts).into_iter();
        let losses = losses.map(|text| format!("the plan {text}"));
        properties.extend(losses.chain(left_out).map(|text| ("note", text)));
    }
    let mut cases = Vec::new();
    if let Some(problem) = &plan.problem {
        cases.push(Case::new("plan", "can be judged", failed(problem)));
    }
    if let Some(facts) = plan
        .facts
        .as_ref()
        .filter(|facts| !facts.incomplete.is_empty())
    {
        let message = format!("the plan is incomplete: {}", facts.incomplete.join("; "));
        let outcome = match report.environment.incomplete {
            Response::Fail => Outcome::Error {
                kind: "plan-incomplete".to_owned(),
                message,
                text: String::new(),
            },
            Response::Warn | Response::Pass => Outcome::Skipped {
                message,
                text: String::new(),
            },
        };
        cases.push(Case::new("plan", "is complete", outcome));
    }
    let mut suites = Vec::new();
    if !cases.is_empty() {
        suites.push(Suite {
            name: name.clone(),
            properties: properties.clone(),
            cases,
        });
    }
    for policy in &plan.policies {
        let mut properties = properties.clone();
        properties.push(("policy-version", policy.version.clone()));
        properties.push(("policy-digest", policy.digest.clone().unwrap_or_default()));
        properties.push(("changes-seen", policy.changes_seen.to_string()));
        suites.push(Suite {
            name: format!("{name} / {}", policy.name),
            properties,
            cases: policy_cases(report, policy),
        });
    }
    suites
}

fn policy_cases(report: &Report, policy: &PolicyReport) -> Vec<Case> {
    if let Some(failure) = &policy.failure {
        return vec![Case::new(&policy.name, "can be run", failed(failure))];
    }
    let mut names: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    for finding in &policy.findings {
        let mut name = subject(finding);
        let nth = names.entry((&finding.rule, name.clone())).or_default();
        *nth += 1;
        if *nth > 1 {
            // Several findings of a rule on a resource; readers take names for identities.
            let _ = write!(name, " ({nth})");
        }
        cases.push(Case::new(&finding.rule, &name, found(report, finding)));
    }
    for rule in words::rules_of(report, policy) {
        if !policy
            .findings
            .iter()
            .any(|finding| finding.rule == rule.rule)
        {
            cases.push(Case::new(&rule.rule, "nothing found", Outcome::Passed));
        }
    }
    if cases.is_empty() {
        cases.push(Case::new(&policy.name, "nothing found", Outcome::Passed));
    }
    cases
}

fn failed(problem: &Problem) -> Outcome {
    Outcome::Error {
        kind: problem.code.clone(),
        message: problem.message.clone(),
        text: problem
            .help
            .as_ref()
            .map(|help| format!("fix: {}", inert(help)))
            .unwrap_or_default(),
    }
}

fn found(report: &Report, finding: &FindingReport) -> Outcome {
    let mut text = String::new();
    for (label, line) in words::lines(report, finding) {
        let label = if label == words::DETAIL {
            String::new()
        } else {
            format!("{label}: ")
        };
        let _ = writeln!(text, "{label}{}", inert(&line));
    }
    let _ = write!(
        text,
        "severity: {}, enforcement: {}, fingerprint: {}",
        severity(finding.severity),
        enforcement(finding.enforcement),
        inert(&finding.fingerprint)
    );
    match finding.disposition {
        Disposition::Refuses => Outcome::Failure {
            kind: words::outcome(finding.outcome),
            message: finding.message.clone(),
            text,
        },
        Disposition::Warns | Disposition::Waived | Disposition::Baselined | Disposition::Passes => {
            Outcome::Skipped {
                message: format!(
                    "{}: {} ({})",
                    disposition(finding.disposition),
                    finding.message,
                    what_of_it(report, finding)
                ),
                text,
            }
        }
    }
}

impl Suite {
    fn tests(&self) -> usize {
        self.cases.len()
    }

    fn number(&self, of: fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| of(&case.outcome)).count()
    }

    fn failures(&self) -> usize {
        self.number(|outcome| matches!(outcome, Outcome::Failure { .. }))
    }

    fn errors(&self) -> usize {
        self.number(|outcome| matches!(outcome, Outcome::Error { .. }))
    }

    fn fails(&self) -> bool {
        self.failures() + self.errors() > 0
    }

    fn write(&self, xml: &mut String) {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escape(&self.name),
            self.tests(),
            self.failures(),
            self.errors(),
            self.number(|outcome| matches!(outcome, Outcome::Skipped { .. })),
        );
        xml.push_str("    <properties>\n");
        for (name, value) in &self.properties {
            let _ = writeln!(
                xml,
                "      <property name=\"{name}\" value=\"{}\"/>",
                escape(value)
            );
        }
        xml.push_str("    </properties>\n");
        for case in &self.cases {
            case.write(xml);
        }
        xml.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, xml: &mut String) {
        let _ = write!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}\"",
            escape(&self.class),
            escape(&self.name)
        );
        let (element, kind, message, text) = match &self.outcome {
            Outcome::Passed => {
                xml.push_str("/>\n");
                return;
            }
            Outcome::Failure {
                kind,
                message,
                text,
            } => ("failure", Some(*kind), message, text),
            Outcome::Error {
                kind,
                message,
                text,
            } => ("error", Some(kind.as_str()), message, text),
            Outcome::Skipped { message, text } => ("skipped", None, message, text),
        };
        let _ = write!(xml, ">\n      <{element}");
        if let Some(kind) = kind {
            let _ = write!(xml, " type=\"{}\"", escape(kind));
        }
        let _ = writeln!(
            xml,
            " message=\"{}\">{}</{element}>\n    </testcase>",
            escape(message),
            text.lines().map(escape).collect::<Vec<_>>().join("\n")
        );
    }
}

/// Makes text inert, and then text of XML, in elements and attributes alike.
#[must_use]
pub fn escape(text: &str) -> String {
    inert(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use tollgate_samples as samples;

    use super::*;

    #[test]
    fn samples() {
        for name in ["mixed", "policy_failure", "several", "incomplete"] {
            insta::assert_snapshot!(format!("junit_{name}"), render(&samples::named(name)));
        }
    }

    #[test]
    fn it_fails_exactly_when_the_verdict_refuses() {
        for (name, report) in samples::all() {
            let xml = render(&report);
            let fails = xml.contains("<failure") || xml.contains("<error");
            assert_eq!(fails, report.verdict.exit_code != 0, "{name}");
        }
        let mut nothing = samples::clean();
        nothing.plans.clear();
        nothing.verdict.decision = Decision::PlanUnusable;
        nothing.verdict.exit_code = 3;
        assert!(render(&nothing).contains("<error type=\"plan-unusable\""));
    }
}
