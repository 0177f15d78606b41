//! What several formats say in the same words.
//!
//! Nothing here is inert yet: each format makes it so in its own way.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::page::count;
use tollgate_model::digest::digits;
use tollgate_model::own_rules::{Check, POLICY, own_rule};
use tollgate_model::report::{
    Cause, Decision, Disposition, Enforcement, FindingReport, Input, MergedReport, Outcome,
    PlanFacts, PlanReport, PolicyReport, Report, RuleReport, Severity, TypeCoverage, WaiverReport,
    WaiverState,
};

/// The most rules that the verdict names.
const MAX_RULES: usize = 6;

/// Returns the word of a severity.
#[must_use]
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Returns the word of an enforcement.
#[must_use]
pub fn enforcement(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Advisory => "advisory",
        Enforcement::SoftMandatory => "soft-mandatory",
        Enforcement::HardMandatory => "hard-mandatory",
    }
}

/// Returns the word of an outcome.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Violation => "violation",
        Outcome::Undetermined => "undetermined",
    }
}

/// Returns the word of a decision, as the JSON report has it.
#[must_use]
pub fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Passed => "passed",
        Decision::Refused => "refused",
        Decision::Undetermined => "undetermined",
        Decision::PolicyFailed => "policy-failed",
        Decision::PlanUnusable => "plan-unusable",
    }
}

/// Returns the word of a disposition, as the JSON report has it.
#[must_use]
pub fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Refuses => "refuses",
        Disposition::Warns => "warns",
        Disposition::Waived => "waived",
        Disposition::Baselined => "baselined",
        Disposition::Passes => "passes",
    }
}

/// Returns how a plan is called: its path, and where a merged report has it from.
#[must_use]
pub fn plan_name(plan: &PlanReport) -> String {
    let name = match plan.input.path.as_str() {
        "-" => "standard input",
        path => path,
    };
    match &plan.report {
        Some(report) => format!("{name} (report {report})"),
        None => name.to_owned(),
    }
}

/// Returns in what the reports that a merged one was made of were judged differently, a
/// line each.
#[must_use]
pub fn mixed(report: &Report) -> Vec<String> {
    const SHOWN: usize = 4;
    let differ = |what: &str, of: &dyn Fn(&MergedReport) -> String| {
        let found: BTreeSet<String> = report.merged.iter().map(of).collect();
        if found.len() < 2 {
            return None;
        }
        let mut list = found
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if found.len() > SHOWN {
            list.push_str(&format!(" and {} more", found.len() - SHOWN));
        }
        Some(format!("the merged reports were judged {what}: {list}"))
    };
    // Two files can have one name; a few digits of the digest tell them apart.
    let file = |input: &Input| {
        let digest = digits(&input.digest);
        let digest: String = digest.chars().take(12).collect();
        format!("{} ({digest}…)", input.path)
    };
    let or = |input: &Option<Input>, none: &str| input.as_ref().map_or(none.to_owned(), file);
    [
        differ("by different configurations", &|each| {
            or(&each.configuration, "none, by convention")
        }),
        differ("with different baselines", &|each| {
            or(&each.baseline, "none")
        }),
        differ("on different dates", &|each| each.date.clone()),
        differ("by different versions of Tollgate", &|each| {
            each.tollgate_version.clone()
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns what a finding without an address is about.
#[must_use]
pub fn whole(finding: &FindingReport) -> &'static str {
    match finding.rule.split_once('/') {
        Some((POLICY, rule))
            if own_rule(rule).is_some_and(|rule| rule.check == Check::GateReview) =>
        {
            "the gate itself"
        }
        _ => "the plan as a whole",
    }
}

/// Returns what a policy had to look at.
#[must_use]
pub fn saw(policy: &PolicyReport) -> String {
    match policy.failure {
        Some(_) => String::new(),
        // What Tollgate itself looked at: another gate, or else the plan.
        None if policy.name == POLICY && policy.source != "built-in" => policy.source.clone(),
        None => format!("saw {}", count(policy.changes_seen, "change", "changes")),
    }
}

/// Returns what a finding is about: an address, with the key of a deposed object.
#[must_use]
pub fn subject(finding: &FindingReport) -> String {
    let address = finding.address.as_deref().unwrap_or_else(|| whole(finding));
    match &finding.deposed {
        Some(key) => format!("{address}, deposed object {key}"),
        None => address.to_owned(),
    }
}

/// Returns where what a finding reports comes from.
pub(crate) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Planned => "planned",
        Cause::Existing => "existing",
        Cause::Advice => "advice",
    }
}

/// Returns how many changes nobody looked at; none where there is none.
pub(crate) fn unjudged(types: &[&TypeCoverage]) -> Option<String> {
    let changes: usize = types.iter().map(|each| each.changes).sum();
    (changes > 0).then(|| {
        format!(
            "{} of {} that no policy judges",
            count(changes, "change", "changes"),
            count(types.len(), "type", "types")
        )
    })
}

/// Returns what the plan does, like `3 to create, 1 to replace, 12 unchanged`.
#[must_use]
pub fn changes(facts: &PlanFacts) -> String {
    let actions = &facts.actions;
    let parts = parts(&[
        (actions.create, "to create", "to create"),
        (actions.update, "to update", "to update"),
        (actions.replace, "to replace", "to replace"),
        (actions.delete, "to delete", "to delete"),
        (actions.forget, "to forget", "to forget"),
        (actions.read, "to read", "to read"),
        (actions.no_op, "unchanged", "unchanged"),
        (facts.moved, "moved", "moved"),
        (facts.imported, "imported", "imported"),
        (facts.deposed, "deposed", "deposed"),
    ]);
    if parts.is_empty() {
        "no resource changes".to_owned()
    } else {
        parts
    }
}

/// The most names that a line lists; the JSON report has them all.
pub(crate) const MAX_NAMED: usize = 20;

/// Returns what a plan does that cannot be undone by another, and what vanished before it, a
/// line each: what is said of the addresses, and these.
pub(crate) fn losses(facts: &PlanFacts) -> Vec<(String, &[String])> {
    [
        ("destroys", facts.destroyed.as_slice()),
        ("replaces", &facts.replaced),
        ("forgets, and leaves behind,", &facts.forgotten),
        ("no longer finds, although no plan removed it,", &facts.gone),
    ]
    .into_iter()
    .filter(|(_, addresses)| !addresses.is_empty())
    .map(|(what, addresses)| (format!("{what} {}", addresses.len()), addresses))
    .collect()
}

/// Returns the same in whole lines, without a mark around addresses.
pub(crate) fn loss_lines(facts: &PlanFacts) -> Vec<String> {
    let line = |(what, addresses): (String, &[String])| {
        let shown: Vec<&str> = addresses
            .iter()
            .take(MAX_NAMED)
            .map(String::as_str)
            .collect();
        format!(
            "{what}: {}{}",
            shown.join(", "),
            more_names(addresses.len())
        )
    };
    losses(facts).into_iter().map(line).collect()
}

/// Returns how many names a line leaves out, and where they are; empty for none.
pub(crate) fn more_names(total: usize) -> String {
    match total.saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more: see the JSON report"),
    }
}

/// Returns what there is of each, like `2 refuse, 1 warns`.
#[must_use]
pub fn parts(numbers: &[(usize, &str, &str)]) -> String {
    let parts = numbers.iter().filter(|(number, ..)| *number > 0);
    parts
        .map(|(number, one, many)| count(*number, one, many))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns what became of findings, like `2 refuse, 1 warns, 3 waived`; empty for none.
#[must_use]
pub fn fates<'a>(findings: &(impl Iterator<Item = &'a FindingReport> + Clone)) -> String {
    let number = |disposition| {
        findings
            .clone()
            .filter(|each| each.disposition == disposition)
            .count()
    };
    let existing = findings
        .clone()
        .filter(|each| each.cause == Cause::Existing && counts(each))
        .count();
    let mut fates = parts(&[
        (number(Disposition::Refuses), "refuses", "refuse"),
        (number(Disposition::Warns), "warns", "warn"),
        (number(Disposition::Waived), "waived", "waived"),
        (
            number(Disposition::Baselined),
            "in the baseline",
            "in the baseline",
        ),
        (number(Disposition::Passes), "let pass", "let pass"),
    ]);
    if existing > 0 {
        fates.push_str(&format!(" ({existing} so before the plan)"));
    }
    fates
}

/// Whether a finding refuses or warns.
fn counts(finding: &FindingReport) -> bool {
    matches!(
        finding.disposition,
        Disposition::Refuses | Disposition::Warns
    )
}

/// Returns what the verdict rests on, the gravest first.
#[must_use]
pub fn reasons(report: &Report) -> String {
    let verdict = &report.verdict;
    let mut reasons = Vec::new();
    if report.plans.is_empty() {
        reasons.push("no plan was judged".to_owned());
    }
    if verdict.unreadable_plans > 0 {
        reasons.push(format!(
            "{} could not be judged",
            count(verdict.unreadable_plans, "plan", "plans")
        ));
    }
    let incomplete = report
        .plans
        .iter()
        .filter(|plan| is_incomplete(plan))
        .count();
    if incomplete > 0 {
        reasons.push(format!(
            "{} incomplete",
            count(incomplete, "plan is", "plans are")
        ));
    }
    if verdict.failed_policies > 0 {
        reasons.push(format!(
            "{} could not be run",
            count(verdict.failed_policies, "policy", "policies")
        ));
    }
    if verdict.refusing > 0 {
        reasons.push(format!(
            "{} ({})",
            count(verdict.refusing, "finding refuses", "findings refuse"),
            by_rule(report)
        ));
    } else if verdict.decision == Decision::Passed {
        reasons.push("no finding blocks this plan".to_owned());
    }
    let passing = findings(report)
        .filter(|finding| finding.disposition == Disposition::Passes)
        .count();
    let rest = parts(&[
        (verdict.warnings, "warns", "warn"),
        (verdict.waived, "waived", "waived"),
        (verdict.baselined, "in the baseline", "in the baseline"),
        (passing, "let pass", "let pass"),
    ]);
    if !rest.is_empty() {
        reasons.push(rest);
    }
    if verdict.undetermined > 0 {
        reasons.push(format!("among them {} undetermined", verdict.undetermined));
    }
    if verdict.existing > 0 {
        reasons.push(format!(
            "among them {} so before the plan",
            verdict.existing
        ));
    }
    reasons.join("; ")
}

/// Returns the rules that refuse, the gravest first, then by their numbers of findings.
fn by_rule(report: &Report) -> String {
    let mut rules: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
    for finding in findings(report).filter(|finding| finding.disposition == Disposition::Refuses) {
        let (worst, number) = rules.entry(&finding.rule).or_insert((finding.severity, 0));
        *worst = finding.severity.max(*worst);
        *number += 1;
    }
    let mut rules: Vec<(&str, (Severity, usize))> = rules.into_iter().collect();
    rules.sort_by_key(|(rule, grade)| (Reverse(*grade), *rule));
    let mut names: Vec<String> = rules
        .iter()
        .take(MAX_RULES)
        .map(|(rule, (_, number))| match number {
            1 => (*rule).to_owned(),
            number => format!("{rule}: {number}"),
        })
        .collect();
    if rules.len() > MAX_RULES {
        names.push(format!("{} more rules", rules.len() - MAX_RULES));
    }
    names.join(", ")
}

/// Returns why a waiver covers nothing, as a word and a phrase; none for one in use.
#[must_use]
pub fn idle(waiver: &WaiverReport) -> Option<(&'static str, String)> {
    match waiver.state {
        WaiverState::Used => None,
        WaiverState::Unused => Some((
            "unused",
            format!("nothing needs it; it holds until {}", waiver.expires),
        )),
        WaiverState::Expired => Some(("expired", format!("its last day was {}", waiver.expires))),
        WaiverState::Powerless => Some((
            "powerless",
            "the rule is hard-mandatory, which no waiver covers".to_owned(),
        )),
    }
}

/// Returns in how many stacks every waiver covers findings, in the report's order.
#[must_use]
pub fn stacks(report: &Report) -> Vec<usize> {
    let mut stacks = vec![BTreeSet::new(); report.waivers.len()];
    for plan in &report.plans {
        let stack = (&plan.stack, &plan.input.path);
        let findings = plan.policies.iter().flat_map(|policy| &policy.findings);
        let waived = findings.filter(|finding| finding.disposition == Disposition::Waived);
        for index in waived.filter_map(|finding| finding.waiver) {
            if let Some(stacks) = stacks.get_mut(index) {
                stacks.insert(stack);
            }
        }
    }
    stacks.iter().map(BTreeSet::len).collect()
}

/// Returns what names no stack and covers findings in several, one sentence each: modules repeat
/// their addresses, so it can cover more than was meant.
pub(crate) fn in_several_stacks(report: &Report) -> Vec<String> {
    let waivers = report
        .waivers
        .iter()
        .filter(|waiver| waiver.stack.is_none() && waiver.stacks > 1)
        .map(|waiver| {
            format!(
                "the waiver of {} at {} ({}) names no stack, and covers findings in {} stacks; `stack` holds it to one",
                waiver.rule, waiver.address, waiver.location, waiver.stacks
            )
        });
    let baseline = report.environment.baseline_stacks;
    let baseline = (baseline > 1).then(|| {
        format!(
            "entries of the baseline name no stack, and cover findings in {baseline} stacks; `--write-baseline` names them"
        )
    });
    waivers.chain(baseline).collect()
}

/// Returns the waiver that covers a finding.
#[must_use]
pub fn waiver_of<'r>(report: &'r Report, finding: &FindingReport) -> Option<&'r WaiverReport> {
    finding
        .waiver
        .and_then(|index| report.waivers.get(index))
        .filter(|_| finding.disposition == Disposition::Waived)
}

/// Returns who answers for a waiver, until when, and why.
#[must_use]
pub fn waived_by(waiver: &WaiverReport) -> String {
    format!(
        "{}, until {}: {}",
        waiver.owner, waiver.expires, waiver.reason
    )
}

/// Returns why a finding that does not simply refuse was let pass, or why one that is
/// undetermined or was so before refuses; empty where that needs no word.
#[must_use]
pub fn what_of_it(report: &Report, finding: &FindingReport) -> String {
    let environment = &report.environment.name;
    let before = match finding.outcome {
        Outcome::Violation => "so before the plan",
        Outcome::Undetermined => "so before the plan, as far as can be told",
    };
    match (finding.disposition, finding.cause) {
        (Disposition::Refuses, Cause::Existing) => {
            return format!("{before}; {environment} refuses that too");
        }
        (Disposition::Warns, Cause::Existing) if finding.enforcement == Enforcement::Advisory => {
            return format!("{before}; the rule is advisory");
        }
        (Disposition::Warns, Cause::Existing) => {
            return format!("{before}; {environment} lets that pass with a warning");
        }
        (Disposition::Passes, Cause::Existing) => {
            return format!("{before}; {environment} lets that pass");
        }
        (Disposition::Warns, Cause::Advice) => return "advice: it never refuses".to_owned(),
        _ => {}
    }
    match (finding.disposition, finding.outcome) {
        (Disposition::Refuses, Outcome::Violation) => String::new(),
        (Disposition::Refuses, Outcome::Undetermined) => {
            format!("cannot be told before apply; {environment} refuses that")
        }
        (Disposition::Warns, Outcome::Violation) => "the rule is advisory".to_owned(),
        (Disposition::Warns, Outcome::Undetermined)
            if finding.enforcement == Enforcement::Advisory =>
        {
            "cannot be told before apply; the rule is advisory".to_owned()
        }
        (Disposition::Warns, Outcome::Undetermined) => {
            format!("cannot be told before apply; {environment} lets that pass with a warning")
        }
        (Disposition::Waived, _) => match waiver_of(report, finding) {
            Some(waiver) => format!("waived by {}", waived_by(waiver)),
            None => "waived".to_owned(),
        },
        (Disposition::Baselined, _) => "the baseline already has it".to_owned(),
        (Disposition::Passes, _) => {
            format!("cannot be told before apply; {environment} lets that pass")
        }
    }
}

/// The label of what a policy adds to a finding, under a name of its own.
pub const DETAIL: &str = "detail";

/// Returns what there is to say of a finding, line by line, each with its label.
#[must_use]
pub fn lines(report: &Report, finding: &FindingReport) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(location) = &finding.location {
        lines.push(("file", place(&location.file, location.line)));
        lines.extend(location.related.iter().map(|related| {
            (
                "file",
                format!(
                    "{}: {}",
                    place(&related.file, related.line),
                    related.message
                ),
            )
        }));
    }
    if let Some(action) = &finding.action {
        lines.push(("action", action.clone()));
    }
    lines.push(("why", finding.message.clone()));
    if !finding.attributes.is_empty() {
        lines.push(("at", finding.attributes.join(", ")));
    }
    let details = finding.details.iter();
    lines.extend(details.map(|detail| (DETAIL, format!("{}: {}", detail.name, detail.note))));
    let so = what_of_it(report, finding);
    if !so.is_empty() {
        lines.push(("so", so));
    }
    if finding.disposition != Disposition::Waived && !finding.remediation.is_empty() {
        lines.push(("fix", finding.remediation.clone()));
    }
    lines
}

/// Returns `file:line`.
#[must_use]
pub fn place(file: &str, line: u32) -> String {
    format!("{file}:{line}")
}

/// Returns the rules that a policy of a report has.
pub fn rules_of<'r>(
    report: &'r Report,
    policy: &PolicyReport,
) -> impl Iterator<Item = &'r RuleReport> {
    let name = policy.name.clone();
    report.rules.iter().filter(move |rule| {
        rule.rule
            .strip_prefix(&name)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Returns every finding of a report, in its order.
pub fn findings(report: &Report) -> impl Iterator<Item = &FindingReport> + Clone {
    report
        .plans
        .iter()
        .flat_map(|plan| &plan.policies)
        .flat_map(|policy| &policy.findings)
}

/// Whether a plan says that it leaves something open.
#[must_use]
pub fn is_incomplete(plan: &PlanReport) -> bool {
    plan.facts
        .as_ref()
        .is_some_and(|facts| !facts.incomplete.is_empty())
}
