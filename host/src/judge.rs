//! Turns what the policies answered into a verdict.
//!
//! Pure and total: no input or output, no clock (today is an argument), no failure.
//! Nothing that failed to run counts as passed.
//!
//! What becomes of a finding, first match first:
//! 1. waivers that hold cover it, under every address that the resource has in the plan, unless
//!    its rule is hard-mandatory: waived;
//! 2. the baseline has it: baselined (see [`crate::baseline`] for what it can cover);
//! 3. a violation: a warning where its rule is advisory, a refusal otherwise;
//! 4. undetermined: what the environment says, but an advisory rule never refuses;
//! 5. what was so before: at most what the environment says of that; advice: at most a
//!    warning.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
pub use tollgate_model::finding::{Evaluation, Finding, PlanOutcome, PlanRun, PolicyOutcome};
use tollgate_model::own_rules::POLICY;
pub use tollgate_model::rule::{Rule, RuleEnforcement, Rules};

use crate::baseline::{Baseline, Entry};
use crate::environment::{ConfiguredPolicy, Environment, Response, Source};
use crate::exit;
use crate::report::{
    self, Cause, Decision, Disposition, Enforcement, EnvironmentReport, FindingReport, Labelled,
    Outcome, PlanReport, PolicyReport, Problem, Report, RuleReport, Severity, Verdict,
    WaiverReport, WaiverState,
};
use crate::stack::Stack;
use crate::waiver::Waiver;

/// Judges what the policies answered.
///
/// The report does not depend on the order in which policies and findings arrive; plans
/// keep theirs. A run that judges nothing is never a pass: without a plan, or with a plan
/// that no policy was to judge, the decision is [`Decision::PlanUnusable`]; a policy of the
/// environment that has no outcome counts as one that failed to run.
#[must_use]
pub fn judge(
    environment: &Environment,
    today: Date,
    baseline: Option<&Baseline>,
    plans: Vec<PlanOutcome>,
) -> Report {
    // Where nothing looked at a rule of Tollgate's own, nothing can be said of its waivers.
    let looked_at: BTreeSet<&str> = plans
        .iter()
        .filter_map(|plan| plan.result.as_ref().ok())
        .flat_map(|run| &run.policies)
        .filter(|policy| policy.name == POLICY)
        .flat_map(|policy| policy.rules.iter())
        .map(|rule| rule.id.as_str())
        .collect();
    let waivers: Vec<&Waiver> = environment
        .waivers
        .iter()
        .filter(|waiver| {
            waiver.policy != POLICY
                || waiver
                    .rule
                    .as_deref()
                    .is_some_and(|rule| looked_at.contains(rule))
        })
        .collect();
    let mut judge = Judge {
        environment,
        today,
        baseline,
        covers: vec![0; waivers.len()],
        stacks: vec![BTreeSet::new(); waivers.len()],
        accompanying: BTreeSet::new(),
        unbound: BTreeSet::new(),
        considered: waivers,
        powerless: BTreeSet::new(),
        rules: BTreeMap::new(),
    };
    let plans: Vec<PlanReport> = plans.into_iter().map(|plan| judge.plan(plan)).collect();
    let waivers = judge.waivers();
    let unbound = judge.unbound.len();
    let rules = judge.rules.into_values().collect();
    Report {
        format_version: report::FORMAT_VERSION.to_owned(),
        tollgate_version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: EnvironmentReport {
            name: environment.name.clone(),
            protected: environment.protected,
            undetermined: environment.undetermined,
            incomplete: environment.incomplete,
            existing: environment.existing,
            configuration: environment.configuration.clone(),
            baseline: baseline.and_then(|baseline| baseline.input.clone()),
            baseline_stacks: unbound,
        },
        date: today.to_string(),
        verdict: verdict(environment.incomplete, &plans),
        plans,
        waivers,
        rules,
        shard: None,
        merged: Vec::new(),
    }
}

/// What all findings of a plan have in common.
#[derive(Clone, Copy)]
struct Whole<'a> {
    stack: &'a Stack,
    /// The plan's.
    path: &'a str,
    moved: &'a BTreeMap<String, BTreeSet<String>>,
}

impl Whole<'_> {
    /// Tells it from any other plan of the run.
    fn key(&self) -> (String, String) {
        (self.stack.name.clone(), self.path.to_owned())
    }
}

/// What waivers make of a finding.
enum Cover {
    /// This one covers it.
    By(usize),
    /// It is covered under the first of two addresses that it has, and not under the second.
    OnlyAs(String, String),
    /// None does.
    None,
}

/// What stays the same while one finding after the other is judged, and what adds up.
struct Judge<'a> {
    environment: &'a Environment,
    today: Date,
    baseline: Option<&'a Baseline>,
    /// The waivers that could cover something here.
    considered: Vec<&'a Waiver>,
    /// How many findings each of them covers.
    covers: Vec<usize>,
    /// The stacks that these findings are in.
    stacks: Vec<BTreeSet<(String, String)>>,
    /// The waivers that cover a former address of what another one covers.
    accompanying: BTreeSet<usize>,
    /// The stacks in which entries of the baseline cover findings that name none.
    unbound: BTreeSet<(String, String)>,
    /// The waivers that match a finding which no waiver can cover.
    powerless: BTreeSet<usize>,
    /// The rules of the policies that ran, by qualified name.
    rules: BTreeMap<String, RuleReport>,
}

impl Judge<'_> {
    fn plan(&mut self, outcome: PlanOutcome) -> PlanReport {
        let unusable = |input, problem| PlanReport {
            input,
            stack: None,
            report: None,
            problem: Some(problem),
            facts: None,
            source: None,
            policies: Vec::new(),
        };
        let run = match outcome.result {
            Ok(run) => run,
            Err(problem) => return unusable(outcome.input, problem),
        };
        let PlanOutcome { input, stack, .. } = outcome;
        let whole = Whole {
            stack: &stack,
            path: &input.path,
            moved: &run.moved,
        };
        let mut policies: Vec<PolicyReport> = run
            .policies
            .into_iter()
            .map(|policy| self.policy(whole, policy))
            .collect();
        for configured in &self.environment.policies {
            if !policies.iter().any(|policy| policy.name == configured.name) {
                policies.push(not_run(configured));
            }
        }
        if policies.is_empty() {
            let problem = Problem {
                code: "no-policy".to_owned(),
                message: "no policy judged the plan".to_owned(),
                help: Some("enable at least one policy for the environment".to_owned()),
            };
            return unusable(input, problem);
        }
        policies
            .sort_by(|a, b| (&a.name, &a.source, &a.digest).cmp(&(&b.name, &b.source, &b.digest)));
        PlanReport {
            input,
            stack: Some(stack.name).filter(|name| !name.is_empty()),
            report: None,
            problem: None,
            facts: Some(run.facts),
            source: run.source,
            policies,
        }
    }

    fn policy(&mut self, whole: Whole<'_>, outcome: PolicyOutcome) -> PolicyReport {
        let PolicyOutcome {
            name,
            version,
            source,
            digest,
            enforcement,
            rules,
            changes_seen,
            result,
        } = outcome;
        let (failure, evaluation) = match result {
            Ok(evaluation) => (None, evaluation),
            Err(problem) => (Some(problem), Evaluation::default()),
        };
        let mut findings: Vec<FindingReport> = evaluation
            .findings
            .into_iter()
            .map(|finding| {
                let rule = rules.iter().find(|rule| rule.id == finding.rule);
                self.finding(whole, &name, enforcement.of(&finding.rule), rule, finding)
            })
            .collect();
        findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        for rule in rules.iter() {
            let qualified = format!("{name}/{}", rule.id);
            self.rules
                .entry(qualified)
                .or_insert_with_key(|qualified| RuleReport {
                    rule: qualified.clone(),
                    title: rule.title.clone(),
                    description: rule.description.clone(),
                    severity: rule.severity,
                    remediation: rule.remediation.clone(),
                    links: rule.links.clone(),
                });
        }
        let mut documents = evaluation.documents;
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        PolicyReport {
            name,
            version,
            source,
            digest,
            enforcement: enforcement.policy,
            failure,
            changes_seen,
            findings,
            documents,
        }
    }

    fn finding(
        &mut self,
        whole: Whole<'_>,
        policy: &str,
        enforcement: Enforcement,
        rule: Option<&Rule>,
        mut finding: Finding,
    ) -> FindingReport {
        let qualified = format!("{policy}/{}", finding.rule);
        let previous: Vec<&str> = finding
            .address
            .as_ref()
            .and_then(|address| whole.moved.get(address))
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let waiver = self.waiver(whole, policy, enforcement, &finding, &previous);
        let (waiver, uncovered) = match waiver {
            Cover::By(index) => (Some(index), None),
            Cover::OnlyAs(covered, uncovered) => (None, Some((covered, uncovered))),
            Cover::None => (None, None),
        };
        if let Some((covered, uncovered)) = uncovered {
            let note = format!(
                "a waiver covers `{covered}` and none covers `{uncovered}`: it is the same resource, which moves, so both have to be waived"
            );
            finding.details.push(("not waived".to_owned(), note));
        }
        let baselined = self.baseline.and_then(|baseline| {
            baseline.covers(
                whole.stack,
                &qualified,
                &finding,
                previous.first().copied(),
                enforcement,
            )
        });
        let disposition = if waiver.is_some() {
            Disposition::Waived
        } else if let Some(entry) = baselined {
            if entry == Entry::OfAnyStack {
                self.unbound.insert(whole.key());
            }
            Disposition::Baselined
        } else {
            disposition(
                (finding.outcome, finding.cause),
                enforcement,
                self.environment.undetermined,
                self.environment.existing,
            )
        };
        FindingReport {
            rule: qualified,
            title: rule.map_or_else(|| finding.rule.clone(), |rule| rule.title.clone()),
            // The contract check lets no undeclared rule through; were one to slip by, it would not look harmless.
            severity: rule.map_or(Severity::Critical, |rule| rule.severity),
            outcome: finding.outcome,
            cause: finding.cause,
            enforcement,
            disposition,
            waiver,
            previous_address: previous.first().map(|previous| (*previous).to_owned()),
            address: finding.address,
            deposed: finding.deposed,
            action: finding.action,
            attributes: finding.attributes,
            location: finding.location,
            message: finding.message,
            remediation: finding
                .remediation
                .or_else(|| rule.map(|rule| rule.remediation.clone()))
                .unwrap_or_default(),
            details: finding
                .details
                .into_iter()
                .map(|(name, note)| Labelled { name, note })
                .collect(),
            fingerprint: finding.fingerprint,
            previous_fingerprint: finding.previous_fingerprint,
        }
    }

    /// Finds the first waiver that covers the finding, and counts it. What moves has to be covered
    /// under its former addresses too, by it or by others.
    fn waiver(
        &mut self,
        whole: Whole<'_>,
        policy: &str,
        enforcement: Enforcement,
        finding: &Finding,
        previous: &[&str],
    ) -> Cover {
        let matching = |address: Option<&str>| -> Vec<usize> {
            self.considered
                .iter()
                .enumerate()
                .filter(|(_, waiver)| !waiver.expired(self.today))
                .filter(|(_, waiver)| waiver.matches(whole.stack, policy, &finding.rule, address))
                .map(|(index, _)| index)
                .collect()
        };
        let address = finding.address.as_deref();
        let own = matching(address);
        if enforcement == Enforcement::HardMandatory {
            self.powerless.extend(own);
            return Cover::None;
        }
        let former: Vec<(&str, Option<usize>)> = previous
            .iter()
            .map(|previous| {
                let found = matching(Some(previous));
                // The same one for both, if there is one.
                let same = found.iter().find(|index| own.first() == Some(*index));
                (*previous, same.or(found.first()).copied())
            })
            .collect();
        let uncovered = former.iter().find(|(_, waiver)| waiver.is_none());
        match (own.first(), uncovered, address) {
            (Some(first), None, _) => {
                if let Some(covers) = self.covers.get_mut(*first) {
                    *covers += 1;
                }
                if let Some(stacks) = self.stacks.get_mut(*first) {
                    stacks.insert(whole.key());
                }
                self.accompanying
                    .extend(former.iter().filter_map(|(_, waiver)| *waiver));
                Cover::By(*first)
            }
            (Some(_), Some((previous, _)), Some(address)) => {
                Cover::OnlyAs(address.to_owned(), (*previous).to_owned())
            }
            (None, _, Some(address)) => former
                .iter()
                .find(|(_, waiver)| waiver.is_some())
                .map_or(Cover::None, |(previous, _)| {
                    Cover::OnlyAs((*previous).to_owned(), address.to_owned())
                }),
            _ => Cover::None,
        }
    }

    fn waivers(&self) -> Vec<WaiverReport> {
        self.considered
            .iter()
            .zip(&self.covers)
            .zip(&self.stacks)
            .enumerate()
            .map(|(index, ((waiver, &covers), stacks))| WaiverReport {
                rule: waiver.rule_pattern(),
                address: waiver.address.as_str().to_owned(),
                stack: waiver.stack.clone(),
                reason: waiver.reason.clone(),
                owner: waiver.owner.clone(),
                expires: waiver.expires.to_string(),
                location: waiver.location.clone(),
                state: self.state(index, waiver, covers),
                covers,
                stacks: stacks.len(),
            })
            .collect()
    }

    fn state(&self, index: usize, waiver: &Waiver, covers: usize) -> WaiverState {
        if waiver.expired(self.today) {
            WaiverState::Expired
        } else if covers > 0 || self.accompanying.contains(&index) {
            WaiverState::Used
        } else if self.powerless.contains(&index) {
            WaiverState::Powerless
        } else {
            WaiverState::Unused
        }
    }
}

/// What becomes of a finding that nothing covers.
pub(crate) fn disposition(
    (outcome, cause): (Outcome, Cause),
    enforcement: Enforcement,
    undetermined: Response,
    existing: Response,
) -> Disposition {
    let response = match outcome {
        Outcome::Violation => Response::Fail,
        Outcome::Undetermined => undetermined,
    };
    let response = match cause {
        Cause::Planned => response,
        Cause::Existing => response.min(existing),
        Cause::Advice => response.min(Response::Warn),
    };
    match (response, enforcement) {
        (Response::Pass, _) => Disposition::Passes,
        (Response::Fail, Enforcement::SoftMandatory | Enforcement::HardMandatory) => {
            Disposition::Refuses
        }
        (Response::Warn, _) | (Response::Fail, Enforcement::Advisory) => Disposition::Warns,
    }
}

/// A policy that should have judged the plan and did not.
fn not_run(policy: &ConfiguredPolicy) -> PolicyReport {
    PolicyReport {
        name: policy.name.clone(),
        version: String::new(),
        source: match &policy.source {
            Source::BuiltIn => "built-in".to_owned(),
            Source::Path(path) => path.display().to_string(),
        },
        digest: None,
        enforcement: policy.enforcement.policy,
        failure: Some(Problem {
            code: "policy-not-run".to_owned(),
            message: format!(
                "the policy {} is configured for the environment and did not run",
                policy.name
            ),
            help: Some("this is a bug in Tollgate; please report it".to_owned()),
        }),
        changes_seen: 0,
        findings: Vec::new(),
        documents: Vec::new(),
    }
}

/// Orders findings by rule, address, deposed key and message; everything else follows, so
/// that findings which differ at all have one order.
fn sort_key(finding: &FindingReport) -> impl Ord + '_ {
    let details: Vec<(&str, &str)> = finding
        .details
        .iter()
        .map(|detail| (detail.name.as_str(), detail.note.as_str()))
        .collect();
    (
        (
            &finding.rule,
            &finding.address,
            &finding.deposed,
            &finding.message,
        ),
        (
            (finding.outcome, finding.cause),
            &finding.attributes,
            &finding.fingerprint,
            &finding.action,
            &finding.remediation,
        ),
        details,
    )
}

/// Adds up what plans come to, in an environment that answers incomplete plans so.
pub(crate) fn verdict(incomplete: Response, plans: &[PlanReport]) -> Verdict {
    let mut verdict = Verdict {
        decision: Decision::Passed,
        exit_code: exit::PASSED,
        refusing: 0,
        warnings: 0,
        waived: 0,
        baselined: 0,
        undetermined: 0,
        existing: 0,
        failed_policies: 0,
        unreadable_plans: plans.iter().filter(|plan| plan.problem.is_some()).count(),
        incomplete_plans: 0,
    };
    if incomplete == Response::Fail {
        verdict.incomplete_plans = plans
            .iter()
            .filter_map(|plan| plan.facts.as_ref())
            .filter(|facts| !facts.incomplete.is_empty())
            .count();
    }
    let mut violated = false;
    for policy in plans.iter().flat_map(|plan| &plan.policies) {
        verdict.failed_policies += usize::from(policy.failure.is_some());
        for finding in &policy.findings {
            match finding.disposition {
                Disposition::Refuses => verdict.refusing += 1,
                Disposition::Warns => verdict.warnings += 1,
                Disposition::Waived => verdict.waived += 1,
                Disposition::Baselined => verdict.baselined += 1,
                Disposition::Passes => {}
            }
            verdict.existing += usize::from(
                finding.cause == Cause::Existing
                    && matches!(
                        finding.disposition,
                        Disposition::Refuses | Disposition::Warns
                    ),
            );
            match finding.outcome {
                Outcome::Undetermined => verdict.undetermined += 1,
                Outcome::Violation => violated |= finding.disposition == Disposition::Refuses,
            }
        }
    }
    (verdict.decision, verdict.exit_code) =
        if plans.is_empty() || verdict.unreadable_plans > 0 || verdict.incomplete_plans > 0 {
            (Decision::PlanUnusable, exit::PLAN)
        } else if verdict.failed_policies > 0 {
            (Decision::PolicyFailed, exit::POLICY)
        } else if violated {
            (Decision::Refused, exit::REFUSED)
        } else if verdict.refusing > 0 {
            (Decision::Undetermined, exit::UNDETERMINED)
        } else {
            (Decision::Passed, exit::PASSED)
        };
    verdict
}

#[cfg(test)]
mod tests;
