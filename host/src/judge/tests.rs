#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use tollgate_model::own_rules::SECRET_IN_PLAN;
use tollgate_model::report::{Input, PlanFacts};

use super::*;
use crate::waiver::AddressPattern;

const ADVISORY: Enforcement = Enforcement::Advisory;
const SOFT: Enforcement = Enforcement::SoftMandatory;
const HARD: Enforcement = Enforcement::HardMandatory;

fn today() -> Date {
    Date::constant(2026, 6, 15)
}

fn environment(policies: &[&str]) -> Environment {
    let policy = |name: &&str| ConfiguredPolicy {
        name: (*name).to_owned(),
        source: Source::BuiltIn,
        digest: None,
        enforcement: enforced(SOFT),
        settings: serde_json::json!({}),
        documents: BTreeMap::new(),
        location: None,
    };
    Environment {
        name: "production".to_owned(),
        protected: true,
        undetermined: Response::Fail,
        incomplete: Response::Fail,
        existing: Response::Warn,
        gate_changes: SOFT,
        policies: policies.iter().map(policy).collect(),
        waivers: Vec::new(),
        configuration: None,
    }
}

fn enforced(policy: Enforcement) -> RuleEnforcement {
    RuleEnforcement {
        policy,
        rules: BTreeMap::new(),
    }
}

fn waiver(rule: &str, address: &str, expires: Date) -> Waiver {
    let (policy, rule) = rule.split_once('/').unwrap();
    Waiver {
        policy: policy.to_owned(),
        rule: (rule != "*").then(|| rule.to_owned()),
        address: AddressPattern::new(address),
        stack: None,
        reason: "reason".to_owned(),
        owner: "owner".to_owned(),
        expires,
        location: "tollgate.toml:1".to_owned(),
    }
}

fn finding(outcome: Outcome, address: Option<&str>) -> Finding {
    Finding {
        rule: "r".to_owned(),
        outcome,
        cause: Cause::Planned,
        address: address.map(ToOwned::to_owned),
        deposed: None,
        action: None,
        attributes: Vec::new(),
        location: None,
        message: "message".to_owned(),
        remediation: None,
        details: Vec::new(),
        fingerprint: "f".to_owned(),
        previous_fingerprint: None,
    }
}

fn policy(name: &str, enforcement: Enforcement, findings: Vec<Finding>) -> PolicyOutcome {
    PolicyOutcome {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        source: "built-in".to_owned(),
        digest: None,
        enforcement: enforced(enforcement),
        rules: Rules::from_iter([Rule {
            id: "r".to_owned(),
            title: "title".to_owned(),
            severity: Severity::Low,
            remediation: "the rule's own".to_owned(),
            description: "why".to_owned(),
            links: Vec::new(),
        }]),
        changes_seen: 1,
        result: Ok(Evaluation {
            findings,
            documents: Vec::new(),
        }),
    }
}

fn problem(code: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: String::new(),
        help: None,
    }
}

fn plan(policies: Vec<PolicyOutcome>) -> PlanOutcome {
    PlanOutcome {
        input: input(),
        stack: stack("here"),
        result: Ok(PlanRun {
            facts: PlanFacts::default(),
            source: None,
            moved: BTreeMap::new(),
            policies,
        }),
    }
}

fn input() -> Input {
    Input {
        path: "plan.json".to_owned(),
        digest: "sha256:0".to_owned(),
    }
}

fn stack(name: &str) -> Stack {
    Stack {
        name: name.to_owned(),
        also: vec![format!("{name}/plan")],
    }
}

fn unreadable() -> PlanOutcome {
    PlanOutcome {
        input: input(),
        stack: stack("here"),
        result: Err(problem("not-a-plan")),
    }
}

fn failed(name: &str, enforcement: Enforcement) -> PolicyOutcome {
    PolicyOutcome {
        result: Err(problem("trap")),
        ..policy(name, enforcement, Vec::new())
    }
}

fn incomplete(mut outcome: PlanOutcome) -> PlanOutcome {
    if let Ok(run) = &mut outcome.result {
        run.facts
            .incomplete
            .push("it was made with -target".to_owned());
    }
    outcome
}

fn baseline(findings: &[(&str, &str)]) -> Baseline {
    let entry = |(rule, address): &(&str, &str)| serde_json::json!({"rule": rule, "address": address, "fingerprint": "f"});
    let file = serde_json::json!({"format_version": "2.0", "findings": findings.iter().map(entry).collect::<Vec<_>>()});
    Baseline::parse(file.to_string().as_bytes()).unwrap()
}

#[test]
fn what_was_so_before() {
    use Cause::{Advice, Existing, Planned};
    use Disposition::{Passes, Refuses, Warns};
    use Outcome::{Undetermined, Violation};
    use Response::{Fail, Pass, Warn};
    for (outcome, cause, enforcement, existing, expected, code) in [
        (Violation, Planned, SOFT, Warn, Refuses, 1),
        (Violation, Planned, SOFT, Pass, Refuses, 1),
        (Violation, Existing, SOFT, Warn, Warns, 0),
        (Violation, Existing, SOFT, Fail, Refuses, 1),
        (Violation, Existing, SOFT, Pass, Passes, 0),
        (Violation, Existing, ADVISORY, Fail, Warns, 0),
        (Violation, Existing, HARD, Warn, Warns, 0),
        (Violation, Existing, HARD, Fail, Refuses, 1),
        (Undetermined, Existing, SOFT, Warn, Warns, 0),
        (Undetermined, Existing, SOFT, Fail, Refuses, 5),
        (Violation, Advice, SOFT, Fail, Warns, 0),
        (Violation, Advice, HARD, Fail, Warns, 0),
        (Undetermined, Advice, SOFT, Fail, Warns, 0),
    ] {
        let mut environment = environment(&["p"]);
        environment.existing = existing;
        let found = Finding {
            cause,
            ..finding(outcome, Some("a.b"))
        };
        let plans = vec![plan(vec![policy("p", enforcement, vec![found])])];
        let report = judge(&environment, today(), None, plans);
        let judged = &report.plans[0].policies[0].findings[0];
        let what = (outcome, cause, enforcement, existing);
        assert_eq!(
            (judged.disposition, judged.cause),
            (expected, cause),
            "{what:?}"
        );
        assert_eq!(report.verdict.exit_code, code, "{what:?}");
        let counted = cause == Existing && expected != Passes;
        assert_eq!(report.verdict.existing, usize::from(counted), "{what:?}");
        assert_eq!(report.environment.existing, existing);
    }
}

#[test]
fn a_waiver_of_the_search_counts_where_there_was_one() {
    let mut environment = environment(&["p"]);
    environment.waivers = vec![
        waiver("tollgate/secret-in-plan", "*", today()),
        waiver("p/r", "*", today()),
    ];
    let found = |policy: PolicyOutcome, rule: &str| {
        let mut own = policy;
        own.rules[0].id = rule.to_owned();
        if let Ok(evaluation) = &mut own.result {
            evaluation.findings[0].rule = rule.to_owned();
        }
        own
    };
    let violation = || vec![finding(Outcome::Violation, Some("a.b"))];
    let of_p = policy("p", SOFT, violation());
    // Without a search it is not even unused, and the others keep their places.
    let report = judge(&environment, today(), None, vec![plan(vec![of_p.clone()])]);
    assert_eq!(report.waivers.len(), 1);
    assert_eq!(report.plans[0].policies[0].findings[0].waiver, Some(0));
    for (rule, code) in [(SECRET_IN_PLAN, 0), ("gate-loosened", 1)] {
        let own = found(policy(POLICY, SOFT, violation()), rule);
        let plans = vec![plan(vec![of_p.clone(), own])];
        let report = judge(&environment, today(), None, plans);
        assert_eq!(report.verdict.exit_code, code, "{rule}");
        assert_eq!(
            report.waivers.len(),
            if code == 0 { 2 } else { 1 },
            "{rule}"
        );
    }
}

#[test]
fn what_becomes_of_one_finding() {
    use Disposition::{Baselined, Passes, Refuses, Waived, Warns};
    use Outcome::{Undetermined, Violation};
    use Response::{Fail, Pass, Warn};
    for (outcome, enforcement, undetermined, waived, known, expected, code) in [
        (Violation, ADVISORY, Fail, false, false, Warns, 0),
        (Violation, SOFT, Fail, false, false, Refuses, 1),
        (Violation, HARD, Fail, false, false, Refuses, 1),
        // An environment's word on what is undetermined changes nothing for what is known.
        (Violation, SOFT, Pass, false, false, Refuses, 1),
        (Violation, ADVISORY, Pass, false, false, Warns, 0),
        (Undetermined, ADVISORY, Fail, false, false, Warns, 0),
        (Undetermined, ADVISORY, Warn, false, false, Warns, 0),
        (Undetermined, ADVISORY, Pass, false, false, Passes, 0),
        (Undetermined, SOFT, Fail, false, false, Refuses, 5),
        (Undetermined, SOFT, Warn, false, false, Warns, 0),
        (Undetermined, SOFT, Pass, false, false, Passes, 0),
        (Undetermined, HARD, Fail, false, false, Refuses, 5),
        (Undetermined, HARD, Warn, false, false, Warns, 0),
        (Undetermined, HARD, Pass, false, false, Passes, 0),
        (Violation, ADVISORY, Fail, true, false, Waived, 0),
        (Violation, SOFT, Fail, true, false, Waived, 0),
        (Violation, HARD, Fail, true, false, Refuses, 1),
        (Undetermined, SOFT, Fail, true, false, Waived, 0),
        (Undetermined, HARD, Fail, true, false, Refuses, 5),
        (Violation, ADVISORY, Fail, false, true, Baselined, 0),
        (Violation, SOFT, Fail, false, true, Baselined, 0),
        (Violation, HARD, Fail, false, true, Refuses, 1),
        (Undetermined, SOFT, Fail, false, true, Refuses, 5),
        (Violation, SOFT, Fail, true, true, Waived, 0),
        (Violation, HARD, Fail, true, true, Refuses, 1),
    ] {
        let mut environment = environment(&["p"]);
        environment.undetermined = undetermined;
        if waived {
            environment.waivers.push(waiver("p/r", "a.b", today()));
        }
        let known = known.then(|| baseline(&[("p/r", "a.b")]));
        let plans = vec![plan(vec![policy(
            "p",
            enforcement,
            vec![finding(outcome, Some("a.b"))],
        )])];
        let report = judge(&environment, today(), known.as_ref(), plans);
        let what = format!(
            "{outcome:?} {enforcement:?} {undetermined:?} {waived} {}",
            known.is_some()
        );
        let found = &report.plans[0].policies[0].findings[0];
        assert_eq!(found.disposition, expected, "{what}");
        assert_eq!(found.waiver, (expected == Waived).then_some(0), "{what}");
        assert_eq!(report.verdict.exit_code, code, "{what}");
        assert_eq!(found.rule, "p/r");
        assert_eq!(found.remediation, "the rule's own");
    }
}

#[test]
fn a_rule_has_its_own_enforcement() {
    let mut outcome = policy("p", SOFT, vec![finding(Outcome::Violation, None)]);
    outcome.enforcement.rules.insert("r".to_owned(), ADVISORY);
    let report = judge(
        &environment(&["p"]),
        today(),
        None,
        vec![plan(vec![outcome])],
    );
    assert_eq!(report.verdict.decision, Decision::Passed);
    assert_eq!(report.plans[0].policies[0].enforcement, SOFT);
    assert_eq!(
        report.plans[0].policies[0].findings[0].enforcement,
        ADVISORY
    );
}

#[test]
fn decisions_and_codes() {
    let clean = || plan(vec![policy("p", SOFT, Vec::new())]);
    let violating = || {
        plan(vec![policy(
            "p",
            SOFT,
            vec![finding(Outcome::Violation, None)],
        )])
    };
    let open = || {
        plan(vec![policy(
            "p",
            SOFT,
            vec![finding(Outcome::Undetermined, None)],
        )])
    };
    let failing = || plan(vec![failed("p", ADVISORY)]);
    use Decision::{Passed, PlanUnusable, PolicyFailed, Refused, Undetermined};
    for (what, plans, decision, code) in [
        ("clean", vec![clean()], Passed, 0),
        ("violating", vec![violating()], Refused, 1),
        ("undetermined", vec![open()], Undetermined, 5),
        ("an advisory policy fails", vec![failing()], PolicyFailed, 4),
        ("unreadable", vec![unreadable()], PlanUnusable, 3),
        ("incomplete", vec![incomplete(clean())], PlanUnusable, 3),
        ("no plan", vec![], PlanUnusable, 3),
        (
            "a policy that did not run",
            vec![plan(Vec::new())],
            PolicyFailed,
            4,
        ),
        (
            "one of two is clean",
            vec![clean(), violating()],
            Refused,
            1,
        ),
        ("1 before 5", vec![open(), violating()], Refused, 1),
        ("4 before 1", vec![violating(), failing()], PolicyFailed, 4),
        ("3 before 4", vec![failing(), unreadable()], PlanUnusable, 3),
        (
            "3 before all",
            vec![open(), violating(), failing(), incomplete(clean())],
            PlanUnusable,
            3,
        ),
    ] {
        let verdict = judge(&environment(&["p"]), today(), None, plans).verdict;
        assert_eq!(
            (verdict.decision, verdict.exit_code),
            (decision, code),
            "{what}"
        );
    }
}

#[test]
fn an_incomplete_plan_is_what_the_environment_says() {
    for (response, decision, count) in [
        (Response::Fail, Decision::PlanUnusable, 1),
        (Response::Warn, Decision::Passed, 0),
        (Response::Pass, Decision::Passed, 0),
    ] {
        let mut environment = environment(&["p"]);
        environment.incomplete = response;
        let plans = vec![incomplete(plan(vec![policy("p", SOFT, Vec::new())]))];
        let report = judge(&environment, today(), None, plans);
        assert_eq!(
            (report.verdict.decision, report.verdict.incomplete_plans),
            (decision, count),
            "{response:?}"
        );
        assert_eq!(report.plans[0].facts.as_ref().unwrap().incomplete.len(), 1);
        assert_eq!(
            report.plans[0].policies.len(),
            1,
            "its findings are worth reading all the same"
        );
    }
}

#[test]
fn what_judges_nothing_is_no_pass() {
    let nothing = judge(&environment(&[]), today(), None, vec![plan(Vec::new())]);
    assert_eq!(nothing.verdict.exit_code, exit::PLAN);
    assert_eq!(nothing.plans[0].problem.as_ref().unwrap().code, "no-policy");
    let one_of_two = judge(
        &environment(&["a", "b"]),
        today(),
        None,
        vec![plan(vec![policy("b", SOFT, Vec::new())])],
    );
    assert_eq!(one_of_two.verdict.exit_code, exit::POLICY);
    let names: Vec<_> = one_of_two.plans[0]
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(
        one_of_two.plans[0].policies[0]
            .failure
            .as_ref()
            .unwrap()
            .code,
        "policy-not-run"
    );
}

#[test]
fn waivers_are_always_reported() {
    let yesterday = today().yesterday().unwrap();
    let mut environment = environment(&["p", "hard"]);
    environment.waivers = vec![
        waiver("p/r", "a.*", yesterday),
        waiver("p/*", "a.b", today()),
        waiver("p/r", "*", today()),
        waiver("p/r", "a.b", today()),
        waiver("p/other", "a.b", today()),
        waiver("hard/*", "*", today()),
        waiver("hard/r", "*", yesterday),
    ];
    let findings = vec![
        finding(Outcome::Violation, Some("a.b")),
        finding(Outcome::Undetermined, Some("a.c")),
        finding(Outcome::Violation, None),
    ];
    let plans = vec![plan(vec![
        policy("p", SOFT, findings.clone()),
        policy("hard", HARD, findings),
    ])];
    let report = judge(&environment, today(), None, plans);
    let states: Vec<_> = report
        .waivers
        .iter()
        .map(|waiver| (waiver.state, waiver.covers))
        .collect();
    use WaiverState::{Expired, Powerless, Unused, Used};
    assert_eq!(
        states,
        [
            (Expired, 0),
            (Used, 1),
            (Used, 2),
            (Unused, 0),
            (Unused, 0),
            (Powerless, 0),
            (Expired, 0)
        ]
    );
    let waivers = |index: usize| -> Vec<_> {
        report.plans[0].policies[index]
            .findings
            .iter()
            .map(|finding| finding.waiver)
            .collect()
    };
    assert_eq!(waivers(0), [None, None, None]);
    assert_eq!(
        waivers(1),
        [Some(2), Some(1), Some(2)],
        "sorted by address; only `*` matches the plan as a whole"
    );
    assert_eq!(report.waivers[1].rule, "p/*");
    assert_eq!(report.waivers[1].expires, "2026-06-15");
    let verdict = &report.verdict;
    assert_eq!(
        (verdict.waived, verdict.refusing, verdict.undetermined),
        (3, 3, 2)
    );
}

/// A plan in which `new` was called `old` until now.
fn moving(policies: Vec<PolicyOutcome>) -> PlanOutcome {
    let mut outcome = plan(policies);
    if let Ok(run) = &mut outcome.result {
        let names = ["old".to_owned()].into();
        run.moved.insert("new".to_owned(), names);
    }
    outcome
}

#[test]
fn a_waiver_covers_what_moves_under_both_of_its_names_or_not_at_all() {
    use WaiverState::{Unused, Used};
    for (addresses, disposition, states, note) in [
        (
            &["new"][..],
            Disposition::Refuses,
            &[Unused][..],
            "none covers `old`",
        ),
        (
            &["old"],
            Disposition::Refuses,
            &[Unused],
            "none covers `new`",
        ),
        (&["*"], Disposition::Waived, &[Used], ""),
        (&["old", "new"], Disposition::Waived, &[Used, Used], ""),
        (
            &["new", "other"],
            Disposition::Refuses,
            &[Unused, Unused],
            "none covers `old`",
        ),
        (&["other"], Disposition::Refuses, &[Unused], ""),
    ] {
        let mut environment = environment(&["p"]);
        let waivers = addresses
            .iter()
            .map(|address| waiver("p/r", address, today()));
        environment.waivers = waivers.collect();
        let found = policy("p", SOFT, vec![finding(Outcome::Violation, Some("new"))]);
        let report = judge(&environment, today(), None, vec![moving(vec![found])]);
        let finding = &report.plans[0].policies[0].findings[0];
        assert_eq!(finding.disposition, disposition, "{addresses:?}");
        assert_eq!(finding.previous_address.as_deref(), Some("old"));
        let found: Vec<_> = report.waivers.iter().map(|waiver| waiver.state).collect();
        assert_eq!(found, states, "{addresses:?}");
        let notes: Vec<_> = finding.details.iter().map(|detail| &detail.note).collect();
        assert_eq!(
            notes.is_empty(),
            note.is_empty(),
            "{addresses:?}: {notes:?}"
        );
        assert!(
            notes.iter().all(|one| one.contains(note)),
            "{addresses:?}: {notes:?}"
        );
    }
}

#[test]
fn waivers_and_baselines_keep_to_the_stack_that_they_name() {
    let found = || {
        vec![policy(
            "p",
            SOFT,
            vec![finding(Outcome::Violation, Some("a"))],
        )]
    };
    let plans = || {
        let of = |name: &str| PlanOutcome {
            stack: stack(name),
            ..plan(found())
        };
        vec![of("stacks/eu"), of("stacks/us")]
    };
    for (name, refusing, stacks) in [
        (None, 0, 2),
        (Some("stacks/eu"), 1, 1),
        (Some("stacks/eu/plan"), 1, 1),
        (Some("stacks/*"), 0, 2),
        (Some("stacks"), 2, 0),
        (Some("eu"), 2, 0),
    ] {
        let mut environment = environment(&["p"]);
        environment.waivers = vec![Waiver {
            stack: name.map(ToOwned::to_owned),
            ..waiver("p/r", "*", today())
        }];
        let report = judge(&environment, today(), None, plans());
        assert_eq!(report.verdict.refusing, refusing, "{name:?}");
        assert_eq!(report.waivers[0].stacks, stacks, "{name:?}");
    }
    // What is written from one of them is of that one.
    let of_one = judge(&environment(&["p"]), today(), None, plans().split_off(1));
    let written = Baseline::from_report(&of_one);
    let report = judge(&environment(&["p"]), today(), Some(&written), plans());
    let dispositions: Vec<_> = report
        .plans
        .iter()
        .map(|plan| plan.policies[0].findings[0].disposition)
        .collect();
    assert_eq!(dispositions, [Disposition::Refuses, Disposition::Baselined]);
    assert_eq!(report.environment.baseline_stacks, 0);
    // What names none covers both, which is told.
    let report = judge(
        &environment(&["p"]),
        today(),
        Some(&baseline(&[("p/r", "a")])),
        plans(),
    );
    assert_eq!(
        (report.verdict.baselined, report.environment.baseline_stacks),
        (2, 2)
    );
}

#[test]
fn a_baseline_goes_by_the_address_in_the_state() {
    let moves = || {
        let found = Finding {
            fingerprint: "as-new".to_owned(),
            previous_fingerprint: Some("f".to_owned()),
            ..finding(Outcome::Violation, Some("new"))
        };
        vec![moving(vec![policy("p", SOFT, vec![found])])]
    };
    let disposition = |baseline: &Baseline, plans: Vec<PlanOutcome>| {
        let report = judge(&environment(&["p"]), today(), Some(baseline), plans);
        report.plans[0].policies[0].findings[0].disposition
    };
    assert_eq!(
        disposition(&baseline(&[("p/r", "old")]), moves()),
        Disposition::Baselined
    );
    // That of another resource, which the moved one takes the name of.
    assert_eq!(
        disposition(&baseline(&[("p/r", "new")]), moves()),
        Disposition::Refuses
    );
    // What is written while it moves holds now, and once it has moved.
    let report = judge(&environment(&["p"]), today(), None, moves());
    let written = Baseline::from_report(&report);
    assert_eq!(written.len(), 2);
    assert_eq!(disposition(&written, moves()), Disposition::Baselined);
    let moved = Finding {
        fingerprint: "as-new".to_owned(),
        ..finding(Outcome::Violation, Some("new"))
    };
    let moved = vec![plan(vec![policy("p", SOFT, vec![moved])])];
    assert_eq!(disposition(&written, moved), Disposition::Baselined);
}

#[test]
fn findings_are_sorted_and_fall_back_to_their_rule() {
    let with = |rule: &str, address: Option<&str>, deposed: Option<&str>, message: &str| Finding {
        rule: rule.to_owned(),
        deposed: deposed.map(ToOwned::to_owned),
        message: message.to_owned(),
        remediation: Some("its own".to_owned()),
        ..finding(Outcome::Violation, address)
    };
    let findings = vec![
        with("undeclared", Some("a"), None, "m"),
        with("r", Some("b"), None, "m"),
        with("r", Some("a"), Some("1"), "m"),
        with("r", Some("a"), None, "n"),
        with("r", Some("a"), None, "m"),
        with("r", None, None, "z"),
    ];
    let report = judge(
        &environment(&["p"]),
        today(),
        None,
        vec![plan(vec![policy("p", SOFT, findings)])],
    );
    let shown: Vec<_> = report.plans[0].policies[0]
        .findings
        .iter()
        .map(|finding| {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            format!(
                "{} {} {} {}",
                finding.rule,
                or_none(&finding.address),
                or_none(&finding.deposed),
                finding.message
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "p/r - - z",
            "p/r a - m",
            "p/r a - n",
            "p/r a 1 m",
            "p/r b - m",
            "p/undeclared a - m"
        ]
    );
    let findings = &report.plans[0].policies[0].findings;
    assert_eq!(
        (findings[5].title.as_str(), findings[5].severity),
        ("undeclared", Severity::Critical)
    );
    assert_eq!(
        (findings[0].title.as_str(), findings[0].severity),
        ("title", Severity::Low)
    );
    assert_eq!(findings[0].remediation, "its own");
}

#[test]
fn a_baseline_of_a_report_covers_what_it_may() {
    let environment = {
        let mut environment = environment(&["hard", "p"]);
        environment.waivers.push(waiver("p/r", "waived", today()));
        environment
    };
    let plans = || {
        let findings = || {
            vec![
                finding(Outcome::Violation, Some("a")),
                finding(Outcome::Violation, Some("waived")),
                finding(Outcome::Undetermined, Some("open")),
                finding(Outcome::Violation, None),
            ]
        };
        vec![plan(vec![
            policy("p", SOFT, findings()),
            policy("hard", HARD, findings()),
        ])]
    };
    let first = judge(&environment, today(), None, plans());
    let written = Baseline::from_report(&first);
    let expected = r#"{"format_version": "2.0", "findings": [
        {"rule": "p/r", "address": "a", "stack": "here", "fingerprint": "f"}]}"#;
    assert_eq!(written, Baseline::parse(expected.as_bytes()).unwrap());
    let second = judge(&environment, today(), Some(&written), plans());
    assert_eq!((first.verdict.baselined, second.verdict.baselined), (0, 1));
    assert_eq!(
        Baseline::from_report(&second),
        written,
        "what is covered stays covered"
    );
    let changed = Finding {
        fingerprint: "g".to_owned(),
        ..finding(Outcome::Violation, Some("a"))
    };
    let plans = vec![plan(vec![
        policy("p", SOFT, vec![changed]),
        policy("hard", HARD, Vec::new()),
    ])];
    assert_eq!(
        judge(&environment, today(), Some(&written), plans)
            .verdict
            .exit_code,
        exit::REFUSED
    );
}

/// A run: everything that `judge` takes.
#[derive(Clone, Debug)]
struct Run {
    environment: Environment,
    baseline: Option<Baseline>,
    plans: Vec<PlanOutcome>,
}

impl Run {
    fn judge(&self) -> Report {
        judge(
            &self.environment,
            today(),
            self.baseline.as_ref(),
            self.plans.clone(),
        )
    }

    /// Every policy that ran.
    fn policies(&mut self) -> Vec<&mut PolicyOutcome> {
        let runs = self
            .plans
            .iter_mut()
            .filter_map(|plan| plan.result.as_mut().ok());
        runs.flat_map(|run| &mut run.policies).collect()
    }
}

fn any_enforcement() -> impl Strategy<Value = Enforcement> {
    prop_oneof![Just(ADVISORY), Just(SOFT), Just(HARD)]
}

fn any_response() -> impl Strategy<Value = Response> {
    prop_oneof![
        Just(Response::Pass),
        Just(Response::Warn),
        Just(Response::Fail)
    ]
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let outcome = prop_oneof![Just(Outcome::Violation), Just(Outcome::Undetermined)];
    let address = proptest::option::of(prop_oneof![Just("a.a"), Just("a.b"), Just("b.a")]);
    (
        outcome,
        address,
        prop_oneof![Just("r"), Just("s")],
        prop_oneof![Just("f"), Just("g")],
        "[xy]",
    )
        .prop_map(|(outcome, address, rule, fingerprint, message)| Finding {
            rule: rule.to_owned(),
            fingerprint: fingerprint.to_owned(),
            message,
            ..finding(outcome, address)
        })
}

fn any_policy(name: &'static str) -> impl Strategy<Value = PolicyOutcome> {
    let rules = proptest::collection::btree_map(
        prop_oneof![Just("r".to_owned()), Just("s".to_owned())],
        any_enforcement(),
        0..2,
    );
    let result = prop_oneof![
        9 => proptest::collection::vec(any_finding(), 0..5).prop_map(Some),
        1 => Just(None),
    ];
    (any_enforcement(), rules, result).prop_map(move |(enforcement, rules, findings)| {
        let mut outcome = match findings {
            Some(findings) => policy(name, enforcement, findings),
            None => failed(name, enforcement),
        };
        outcome.enforcement.rules = rules;
        outcome
    })
}

fn any_plan() -> impl Strategy<Value = PlanOutcome> {
    let policies = (any_policy("p"), any_policy("q"))
        .prop_map(|(p, q)| vec![p, q])
        .boxed();
    prop_oneof![
        1 => Just(unreadable()),
        2 => policies.clone().prop_map(|policies| incomplete(plan(policies))),
        8 => policies.prop_map(plan),
        1 => any_policy("q").prop_map(|only| plan(vec![only])),
    ]
}

fn any_waiver() -> impl Strategy<Value = Waiver> {
    let rule = prop_oneof![Just("p/r"), Just("p/*"), Just("q/s"), Just("q/*")];
    let address = prop_oneof![Just("a.a"), Just("a.*"), Just("*")];
    (rule, address, -1_i64..2).prop_map(|(rule, address, days)| {
        waiver(
            rule,
            address,
            today().checked_add(jiff::Span::new().days(days)).unwrap(),
        )
    })
}

fn any_run() -> impl Strategy<Value = Run> {
    let known = proptest::option::of(
        proptest::sample::subsequence(
            vec![
                ("p/r", "a.a"),
                ("p/s", "a.b"),
                ("q/r", "b.a"),
                ("q/s", "a.a"),
            ],
            0..=4,
        )
        .prop_map(|findings| baseline(&findings)),
    );
    (
        (any_response(), any_response()),
        proptest::collection::vec(any_waiver(), 0..4),
        known,
        proptest::collection::vec(any_plan(), 0..3),
    )
        .prop_map(|((undetermined, incomplete), waivers, baseline, plans)| {
            let environment = Environment {
                undetermined,
                incomplete,
                waivers,
                ..environment(&["p", "q"])
            };
            Run {
                environment,
                baseline,
                plans,
            }
        })
}

/// One way to make a run stricter. False where the run has nothing of the kind.
fn stricter(run: &mut Run, how: usize, pick: usize) -> bool {
    fn at<T>(items: &mut [T], pick: usize) -> Option<&mut T> {
        let index = pick.checked_rem(items.len())?;
        items.get_mut(index)
    }
    fn raise(enforcement: Enforcement) -> Enforcement {
        if enforcement == ADVISORY { SOFT } else { HARD }
    }
    fn raise_response(response: Response) -> Response {
        if response == Response::Pass {
            Response::Warn
        } else {
            Response::Fail
        }
    }
    match how {
        0 => {
            let waivers = &mut run.environment.waivers;
            !waivers.is_empty() && {
                waivers.remove(pick % waivers.len());
                true
            }
        }
        1 => at(&mut run.environment.waivers, pick)
            .map(|waiver| waiver.expires = today().yesterday().unwrap())
            .is_some(),
        2 => {
            let mut policies = run.policies();
            at(&mut policies, pick)
                .map(|policy| policy.enforcement.policy = raise(policy.enforcement.policy))
                .is_some()
        }
        3 => {
            let mut policies = run.policies();
            at(&mut policies, pick)
                .map(|policy| {
                    let raised = raise(policy.enforcement.of("r"));
                    policy.enforcement.rules.insert("r".to_owned(), raised);
                })
                .is_some()
        }
        4 => run.baseline.take().is_some(),
        5 => {
            run.environment.undetermined = raise_response(run.environment.undetermined);
            true
        }
        6 => {
            run.environment.incomplete = raise_response(run.environment.incomplete);
            true
        }
        7 => at(&mut run.plans, pick)
            .map(|plan| *plan = incomplete(plan.clone()))
            .is_some(),
        8 => {
            run.plans.push(unreadable());
            true
        }
        9 => {
            let mut policies = run.policies();
            at(&mut policies, pick)
                .map(|policy| policy.result = Err(problem("trap")))
                .is_some()
        }
        _ => {
            let runs = run
                .plans
                .iter_mut()
                .filter_map(|plan| plan.result.as_mut().ok());
            let mut runs: Vec<_> = runs.filter(|run| !run.policies.is_empty()).collect();
            at(&mut runs, pick).map(|run| run.policies.pop()).is_some()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn stricter_never_passes_what_was_refused(run in any_run(), how in 0_usize..11, pick in 0_usize..8) {
        let mut strict = run.clone();
        if stricter(&mut strict, how, pick) && run.judge().verdict.decision != Decision::Passed {
            prop_assert_ne!(strict.judge().verdict.decision, Decision::Passed, "way {}", how);
        }
    }

    #[test]
    fn another_finding_never_passes_what_was_refused(run in any_run(), finding in any_finding(), pick in 0_usize..8) {
        let mut more = run.clone();
        let mut policies = more.policies();
        if !policies.is_empty() {
            let pick = pick % policies.len();
            if let Ok(evaluation) = &mut policies[pick].result {
                evaluation.findings.push(finding);
            }
        }
        if run.judge().verdict.decision != Decision::Passed {
            prop_assert_ne!(more.judge().verdict.decision, Decision::Passed);
        }
    }

    #[test]
    fn the_verdict_is_what_its_counts_say(run in any_run()) {
        let report = run.judge();
        let verdict = &report.verdict;
        let findings: Vec<_> =
            report.plans.iter().flat_map(|plan| &plan.policies).flat_map(|policy| &policy.findings).collect();
        let count = |disposition| findings.iter().filter(|finding| finding.disposition == disposition).count();
        prop_assert_eq!(verdict.refusing, count(Disposition::Refuses));
        prop_assert_eq!(verdict.warnings, count(Disposition::Warns));
        prop_assert_eq!(verdict.waived, count(Disposition::Waived));
        prop_assert_eq!(verdict.baselined, count(Disposition::Baselined));
        let open = findings.iter().filter(|finding| finding.outcome == Outcome::Undetermined);
        prop_assert_eq!(verdict.undetermined, open.clone().count());
        prop_assert_eq!(verdict.waived, report.waivers.iter().map(|waiver| waiver.covers).sum::<usize>());
        let open = open.filter(|finding| finding.disposition == Disposition::Refuses).count();
        let expected = if report.plans.is_empty() || verdict.unreadable_plans + verdict.incomplete_plans > 0 {
            (Decision::PlanUnusable, 3)
        } else if verdict.failed_policies > 0 {
            (Decision::PolicyFailed, 4)
        } else if verdict.refusing > open {
            (Decision::Refused, 1)
        } else if verdict.refusing > 0 {
            (Decision::Undetermined, 5)
        } else {
            (Decision::Passed, 0)
        };
        prop_assert_eq!((verdict.decision, verdict.exit_code), expected);
    }

    #[test]
    fn the_order_of_policies_and_findings_does_not_matter(run in any_run(), seed in any::<u64>()) {
        let mut shuffled = run.clone();
        let mut state = seed | 1;
        let mut below = |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % u64::try_from(bound).unwrap()).unwrap()
        };
        for run in shuffled.plans.iter_mut().filter_map(|plan| plan.result.as_mut().ok()) {
            for nth in (1..run.policies.len()).rev() {
                run.policies.swap(nth, below(nth + 1));
            }
            for policy in &mut run.policies {
                if let Ok(evaluation) = &mut policy.result {
                    for nth in (1..evaluation.findings.len()).rev() {
                        evaluation.findings.swap(nth, below(nth + 1));
                    }
                }
            }
        }
        let text = |run: &Run| serde_json::to_string(&run.judge()).unwrap();
        prop_assert_eq!(text(&run), text(&shuffled));
    }
}
