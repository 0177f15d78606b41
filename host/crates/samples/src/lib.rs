//! Reports to render in tests.

use serde_json::json;

use tollgate_model::report::*;
use tollgate_model::rule::Response;

/// Every sample, by name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("clean", clean()),
        ("mixed", mixed()),
        ("policy_failure", policy_failure()),
        ("unreadable", unreadable()),
        ("several", several()),
        ("many", many()),
        ("hostile", hostile()),
        ("incomplete", incomplete()),
        ("let_pass", let_pass()),
        ("waived", waived()),
    ]
}

/// One of them.
#[expect(clippy::unwrap_used, reason = "tests")]
pub fn named(name: &str) -> Report {
    all().into_iter().find(|(own, _)| *own == name).unwrap().1
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn labelled(name: &str, note: &str) -> Labelled {
    Labelled {
        name: name.into(),
        note: note.into(),
    }
}

fn report(plans: Vec<PlanReport>) -> Report {
    let mut report = Report {
        format_version: FORMAT_VERSION.into(),
        tollgate_version: "0.1.0".into(),
        environment: EnvironmentReport {
            name: "production".into(),
            protected: true,
            undetermined: Response::Fail,
            incomplete: Response::Fail,
            existing: Response::Warn,
            configuration: Some(Input {
                path: "tollgate.toml".into(),
                digest: digest('c'),
            }),
            baseline: None,
            baseline_stacks: 0,
        },
        date: "2026-11-21".into(),
        verdict: Verdict {
            decision: Decision::Passed,
            exit_code: 0,
            refusing: 0,
            warnings: 0,
            waived: 0,
            baselined: 0,
            undetermined: 0,
            existing: 0,
            failed_policies: 0,
            unreadable_plans: 0,
            incomplete_plans: 0,
        },
        plans,
        waivers: vec![],
        rules: vec![],
        shard: None,
        merged: vec![],
    };
    judge(&mut report);
    report
}

/// Fills in the verdict, as the judge would.
fn judge(report: &mut Report) {
    let policies = || report.plans.iter().flat_map(|plan| &plan.policies);
    let findings: Vec<&FindingReport> = policies().flat_map(|policy| &policy.findings).collect();
    let number = |disposition| {
        findings
            .iter()
            .filter(|each| each.disposition == disposition)
            .count()
    };
    let refuses = |outcome| {
        findings
            .iter()
            .any(|each| each.disposition == Disposition::Refuses && each.outcome == outcome)
    };
    let failed_policies = policies().filter(|policy| policy.failure.is_some()).count();
    let unreadable_plans = report
        .plans
        .iter()
        .filter(|plan| plan.problem.is_some())
        .count();
    let (decision, exit_code) = if unreadable_plans > 0 {
        (Decision::PlanUnusable, 3)
    } else if failed_policies > 0 {
        (Decision::PolicyFailed, 4)
    } else if refuses(Outcome::Violation) {
        (Decision::Refused, 1)
    } else if refuses(Outcome::Undetermined) {
        (Decision::Undetermined, 5)
    } else {
        (Decision::Passed, 0)
    };
    report.verdict = Verdict {
        decision,
        exit_code,
        refusing: number(Disposition::Refuses),
        warnings: number(Disposition::Warns),
        waived: number(Disposition::Waived),
        baselined: number(Disposition::Baselined),
        undetermined: findings
            .iter()
            .filter(|each| each.outcome == Outcome::Undetermined)
            .count(),
        existing: findings
            .iter()
            .filter(|each| {
                each.cause == Cause::Existing
                    && matches!(each.disposition, Disposition::Refuses | Disposition::Warns)
            })
            .count(),
        failed_policies,
        unreadable_plans,
        incomplete_plans: 0,
    };
}

fn plan(path: &str, facts: PlanFacts, policies: Vec<PolicyReport>) -> PlanReport {
    PlanReport {
        input: Input {
            path: path.into(),
            digest: digest('1'),
        },
        stack: None,
        report: None,
        problem: None,
        facts: Some(facts),
        source: None,
        policies,
    }
}

fn facts() -> PlanFacts {
    PlanFacts {
        terraform_version: Some("1.10.6".into()),
        actions: ActionCounts {
            create: 3,
            update: 1,
            replace: 1,
            no_op: 12,
            ..ActionCounts::default()
        },
        ..PlanFacts::default()
    }
}

fn policy(name: &str, enforcement: Enforcement, findings: Vec<FindingReport>) -> PolicyReport {
    PolicyReport {
        name: name.into(),
        version: "0.1.0".into(),
        source: "built-in".into(),
        digest: Some(digest('2')),
        enforcement,
        failure: None,
        changes_seen: 4,
        findings,
        documents: vec![],
    }
}

fn finding(rule: &str, title: &str, address: &str) -> FindingReport {
    FindingReport {
        rule: rule.into(),
        title: title.into(),
        severity: Severity::High,
        outcome: Outcome::Violation,
        cause: Cause::Planned,
        enforcement: Enforcement::SoftMandatory,
        disposition: Disposition::Refuses,
        waiver: None,
        address: Some(address.into()),
        previous_address: None,
        deposed: None,
        action: Some("create".into()),
        attributes: vec![],
        location: None,
        message: "it is wrong".into(),
        remediation: String::new(),
        details: vec![],
        fingerprint: digest('3'),
        previous_fingerprint: None,
    }
}

fn location(file: &str, line: u32) -> SourceLocation {
    SourceLocation {
        file: file.into(),
        line,
        column: 3,
        subject: LocationSubject::Resource,
        attribute: None,
        related: vec![],
    }
}

fn unprotected(address: &str) -> FindingReport {
    FindingReport {
        attributes: vec!["deletion_protection".into()],
        message:
            "`deletion_protection` is false, so one `destroy` deletes the database and its backups"
                .into(),
        remediation: "set `deletion_protection = true`".into(),
        ..finding(
            "deletion-protection/unprotected",
            "Deletion protection on what holds data",
            address,
        )
    }
}

fn alarm(address: &str) -> FindingReport {
    FindingReport {
        severity: Severity::Medium,
        enforcement: Enforcement::Advisory,
        disposition: Disposition::Warns,
        message: "no alarm watches `Errors` of this function".into(),
        remediation: "declare an `aws_cloudwatch_metric_alarm` on `Errors` with the function's name among its \
                      dimensions, and an action"
            .into(),
        ..finding("alarm-presence/missing", "An alarm on whatever can fail", address)
    }
}

/// A pass without a finding.
pub fn clean() -> Report {
    let policies = vec![
        policy("alarm-presence", Enforcement::Advisory, vec![]),
        policy("cost-cap", Enforcement::SoftMandatory, vec![]),
        PolicyReport {
            changes_seen: 1,
            ..policy("deletion-protection", Enforcement::SoftMandatory, vec![])
        },
    ];
    report(vec![plan(
        "examples/plans/production.json",
        facts(),
        policies,
    )])
}

fn breakdown() -> DocumentReport {
    DocumentReport {
        name: "cost-breakdown".into(),
        content: json!({
            "book": "aws-2026-11",
            "table": {
                "title": "Monthly cost after apply, USD",
                "columns": ["resource", "component", "quantity", "monthly"],
                "rows": [
                    ["module.database.aws_db_instance.main", "db.t4g.small, hours", 730, "23.36"],
                    ["module.database.aws_db_instance.main", "storage gp3, GB", 20, "2.30"],
                    ["aws_lambda_function.ingest[\"video uploads\"]", "requests", null, "usage not declared"],
                    ["aws_kms_key.media", "key", 1, "1.00"],
                    ["total", "", "", "26.66"]
                ]
            }
        })
        .into(),
        summary: Some("Monthly cost after apply: 26.66 USD".into()),
    }
}

/// Something of everything that is no failure.
pub fn mixed() -> Report {
    let total = FindingReport {
        address: None,
        action: None,
        message: "the plan costs at least 26.66 USD a month, 6.66 USD over the cap".into(),
        remediation: "make it smaller, or raise `monthly-cap-usd` for production".into(),
        details: vec![
            labelled("cap", "20.00 USD"),
            labelled("dearest", "module.database.aws_db_instance.main, 25.66 USD"),
        ],
        enforcement: Enforcement::HardMandatory,
        ..finding("cost-cap/monthly-total", "Monthly cost within the cap", "")
    };
    let unknown = FindingReport {
        outcome: Outcome::Undetermined,
        severity: Severity::Medium,
        action: Some("replace".into()),
        attributes: vec!["deletion_protection_enabled".into()],
        message: "`deletion_protection_enabled` is known only after apply".into(),
        remediation: "set it to a value that the plan can show".into(),
        location: Some(SourceLocation {
            subject: LocationSubject::Attribute,
            attribute: Some("deletion_protection_enabled".into()),
            related: vec![RelatedLocation {
                file: "infra/data.tf".into(),
                line: 7,
                column: 1,
                message: "module.database is called here".into(),
            }],
            ..location("infra/modules/database/main.tf", 31)
        }),
        ..unprotected("module.database.aws_dsql_cluster.media[\"eu\"]")
    };
    let waived = FindingReport {
        disposition: Disposition::Waived,
        waiver: Some(0),
        severity: Severity::Medium,
        attributes: vec!["skip_final_snapshot".into()],
        message: "no snapshot is taken when the database is deleted".into(),
        remediation: "set `skip_final_snapshot = false`".into(),
        location: Some(location("infra/scratch.tf", 12)),
        ..finding(
            "deletion-protection/final-snapshot",
            "A final snapshot of every database",
            "aws_db_instance.scratch",
        )
    };
    let before = FindingReport {
        disposition: Disposition::Warns,
        cause: Cause::Existing,
        action: Some("update".into()),
        ..unprotected("aws_db_instance.reports")
    };
    let advice = FindingReport {
        disposition: Disposition::Warns,
        cause: Cause::Advice,
        action: Some("no-op".into()),
        attributes: vec!["deletion_protection_enabled".into()],
        message: "the provider version in use does not have `deletion_protection_enabled`".into(),
        remediation: "nothing can be set with this version".into(),
        ..unprotected("aws_cloudwatch_log_group.audit")
    };
    let known = FindingReport {
        disposition: Disposition::Baselined,
        ..unprotected("aws_db_instance.old")
    };
    let old = FindingReport {
        deposed: Some("9c2f1a77".into()),
        action: Some("delete".into()),
        message: "an object that a failed apply left behind is deleted with its data".into(),
        attributes: vec![],
        ..unprotected("aws_db_instance.main")
    };
    let usage = FindingReport {
        outcome: Outcome::Undetermined,
        disposition: Disposition::Passes,
        severity: Severity::Low,
        message: "usage is not declared: requests, duration".into(),
        remediation: "declare it under `usage`".into(),
        ..finding(
            "cost-cap/usage-undeclared",
            "Declared usage for what is paid by use",
            "aws_lambda_function.ingest[\"video uploads\"]",
        )
    };
    let policies = vec![
        policy(
            "alarm-presence",
            Enforcement::Advisory,
            vec![
                alarm("aws_lambda_function.ingest[\"video uploads\"]"),
                alarm("aws_lambda_function.serve"),
            ],
        ),
        PolicyReport {
            documents: vec![
                breakdown(),
                DocumentReport {
                    name: "raw".into(),
                    content: json!([1]).into(),
                    summary: None,
                },
            ],
            changes_seen: 31,
            ..policy("cost-cap", Enforcement::SoftMandatory, vec![total, usage])
        },
        policy(
            "deletion-protection",
            Enforcement::SoftMandatory,
            vec![
                waived,
                unprotected("aws_db_instance.main"),
                old,
                known,
                before,
                advice,
                unprotected("module.database.aws_docdb_cluster.audit"),
                unknown,
            ],
        ),
    ];
    let facts = PlanFacts {
        moved: 2,
        drift: vec!["aws_iam_role.reader".into(), "aws_s3_bucket.media".into()],
        checks: vec![labelled("check.health", "fail")],
        action_invocations: vec!["action.aws_lambda_invoke.warm".into()],
        coverage: vec![TypeCoverage {
            kind: "elsewhere_mailbox".into(),
            changes: 3,
            judged_by: vec![],
            known_to: vec![],
            unread: vec![],
        }],
        ..facts()
    };
    let mut report = report(vec![plan(
        "examples/plans/production.json",
        facts,
        policies,
    )]);
    report.environment.baseline = Some(Input {
        path: "baseline.json".into(),
        digest: digest('b'),
    });
    let waiver =
        |rule: &str, address: &str, line: u32, state, expires: &str, covers| WaiverReport {
            rule: rule.into(),
            address: address.into(),
            stack: None,
            reason: "scratch data only, rebuilt every night".into(),
            owner: "team-media".into(),
            expires: expires.into(),
            location: format!("tollgate.toml:{line}"),
            state,
            covers,
            stacks: 0,
        };
    report.waivers = vec![
        waiver(
            "deletion-protection/final-snapshot",
            "aws_db_instance.scratch",
            14,
            WaiverState::Used,
            "2026-12-31",
            1,
        ),
        waiver(
            "deletion-protection/unprotected",
            "aws_db_instance.*",
            21,
            WaiverState::Expired,
            "2026-11-20",
            0,
        ),
        waiver(
            "cost-cap/monthly-total",
            "*",
            28,
            WaiverState::Powerless,
            "2027-01-31",
            0,
        ),
        waiver(
            "alarm-presence/*",
            "aws_sqs_queue.legacy",
            35,
            WaiverState::Unused,
            "2027-01-31",
            0,
        ),
    ];
    report
}

/// One policy that ran out of fuel and one that is no module, beside one that ran.
pub fn policy_failure() -> Report {
    let failed =
        |name: &str, source: &str, code: &str, message: &str, help: Option<&str>| PolicyReport {
            source: source.into(),
            changes_seen: 0,
            failure: Some(Problem {
                code: code.into(),
                message: message.into(),
                help: help.map(str::to_owned),
            }),
            ..policy(name, Enforcement::Advisory, vec![])
        };
    let policies = vec![
        policy(
            "alarm-presence",
            Enforcement::Advisory,
            vec![alarm("aws_lambda_function.serve")],
        ),
        failed(
            "naming",
            "policies/naming.wasm",
            "fuel-exhausted",
            "the policy used up its fuel of 1,000,000,000 units in `evaluate`",
            Some("look for a loop without an end, or raise `limits.fuel`"),
        ),
        PolicyReport {
            version: String::new(),
            digest: None,
            ..failed(
                "tags",
                "policies/tags.wasm",
                "not-wasm",
                "policies/tags.wasm is no WebAssembly module: it starts with `<!DOCTYPE`",
                None,
            )
        },
    ];
    report(vec![plan("plan.json", facts(), policies)])
}

/// A state instead of a plan, without a configuration.
pub fn unreadable() -> Report {
    let mut report = report(vec![PlanReport {
        input: Input { path: "-".into(), digest: digest('1') },
        stack: None,
        report: None,
        problem: Some(Problem {
            code: "state-not-plan".into(),
            message: "this is a state (`tofu show -json` without a plan file), not a plan".into(),
            help: Some("make a plan and show that: `tofu plan -out=plan.bin && tofu show -json plan.bin > plan.json`".into()),
        }),
        facts: None,
        source: None,
        policies: vec![],
    }]);
    report.environment.configuration = None;
    report
}

/// Three plans: one passes, one is refused, one cannot be read.
pub fn several() -> Report {
    let policies = |findings| {
        vec![
            policy("alarm-presence", Enforcement::Advisory, vec![]),
            policy("deletion-protection", Enforcement::SoftMandatory, findings),
        ]
    };
    let mut unreadable = unreadable().plans;
    let mut plans = vec![
        plan("network.json", PlanFacts::default(), policies(vec![])),
        plan(
            "database.json",
            facts(),
            policies(vec![unprotected("aws_db_instance.main")]),
        ),
    ];
    plans.append(&mut unreadable);
    report(plans)
}

/// 500 findings: 300 of one rule that refuse, 100 of them each in other words, and 200 that warn.
pub fn many() -> Report {
    let refusing = (0..300).map(|nth| {
        let finding = unprotected(&format!("module.shard[{nth}].aws_db_instance.main"));
        if nth < 200 {
            return finding;
        }
        FindingReport {
            message: format!("`deletion_protection` of shard {nth} is false"),
            ..finding
        }
    });
    let warning = (0..200).map(|nth| alarm(&format!("aws_lambda_function.worker[{nth}]")));
    let policies = vec![
        policy("alarm-presence", Enforcement::Advisory, warning.collect()),
        policy(
            "deletion-protection",
            Enforcement::SoftMandatory,
            refusing.collect(),
        ),
    ];
    report(vec![plan("plan.json", facts(), policies)])
}

/// Everything that others write, written by an enemy.
pub fn hostile() -> Report {
    let mut report = hostile_with(
        "\u{1b}[2J\u{1b}[1;32mPASSED\u{1b}[0m\r\nPASSED for production: no finding blocks this plan\n\u{9b}1A\u{202e}txet\u{202c}\u{200b}\u{7}",
    );
    for plan in &mut report.plans {
        for finding in plan.policies.iter_mut().flat_map(|each| &mut each.findings) {
            if finding.disposition == Disposition::Refuses {
                finding.message.push_str(&"A".repeat(1 << 20));
            }
        }
    }
    report
}

/// The same, written in these words.
pub fn hostile_with(evil: &str) -> Report {
    let finding = FindingReport {
        rule: format!("policy/{evil}"),
        title: evil.into(),
        address: Some(format!("aws_s3_bucket.b[\"{evil}\"]")),
        deposed: Some(evil.into()),
        action: Some(evil.into()),
        attributes: vec![evil.into()],
        location: Some(SourceLocation {
            attribute: Some(evil.into()),
            related: vec![RelatedLocation {
                file: evil.into(),
                line: 2,
                column: 1,
                message: evil.into(),
            }],
            ..location(evil, 1)
        }),
        message: evil.into(),
        remediation: evil.into(),
        details: vec![labelled(evil, evil)],
        ..finding("", "", "")
    };
    let rest = [
        Disposition::Warns,
        Disposition::Waived,
        Disposition::Baselined,
        Disposition::Passes,
    ];
    let mut findings: Vec<FindingReport> = rest
        .into_iter()
        .map(|disposition| FindingReport {
            disposition,
            waiver: (disposition == Disposition::Waived).then_some(1),
            message: evil.into(),
            ..finding.clone()
        })
        .collect();
    findings.push(finding);
    let document = DocumentReport {
        name: evil.into(),
        content: json!({"table": {"title": evil, "columns": [evil], "rows": [[evil]]}}).into(),
        summary: Some(evil.into()),
    };
    let problem = Problem {
        code: evil.into(),
        message: evil.into(),
        help: Some(evil.into()),
    };
    let facts = PlanFacts {
        terraform_version: Some(evil.into()),
        drift: vec![evil.into()],
        deferred: vec![labelled(evil, evil)],
        checks: vec![labelled(evil, evil)],
        action_invocations: vec![evil.into()],
        incomplete: vec![evil.into()],
        coverage: vec![
            TypeCoverage {
                kind: evil.into(),
                changes: 1,
                judged_by: vec![],
                known_to: vec![],
                unread: vec![],
            },
            TypeCoverage {
                kind: evil.into(),
                changes: 1,
                judged_by: vec![evil.into()],
                known_to: vec![evil.into()],
                unread: vec![evil.into()],
            },
        ],
        ..facts()
    };
    let policies = vec![
        PolicyReport {
            version: evil.into(),
            documents: vec![document],
            ..policy(evil, Enforcement::Advisory, findings)
        },
        PolicyReport {
            source: evil.into(),
            failure: Some(problem.clone()),
            ..policy(evil, Enforcement::Advisory, vec![])
        },
    ];
    let unusable = PlanReport {
        input: Input {
            path: evil.into(),
            digest: digest('1'),
        },
        stack: Some(evil.into()),
        report: Some(evil.into()),
        problem: Some(problem),
        facts: None,
        source: None,
        policies: vec![],
    };
    let judged = PlanReport {
        source: Some(SourceReport {
            directory: evil.into(),
            notes: vec![evil.into()],
        }),
        ..plan(evil, facts, policies)
    };
    let mut report = report(vec![judged, unusable]);
    report.tollgate_version = evil.into();
    report.date = evil.into();
    report.environment.name = evil.into();
    report.environment.configuration = Some(Input {
        path: evil.into(),
        digest: digest('c'),
    });
    let expired = WaiverReport {
        rule: evil.into(),
        address: evil.into(),
        stack: Some(evil.into()),
        reason: evil.into(),
        owner: evil.into(),
        expires: evil.into(),
        location: format!("{evil}:3"),
        state: WaiverState::Expired,
        covers: 0,
        stacks: 0,
    };
    let used = WaiverReport {
        state: WaiverState::Used,
        covers: 1,
        ..expired.clone()
    };
    report.waivers = vec![expired, used];
    report.rules = vec![RuleReport {
        title: evil.into(),
        description: format!("{evil}\n\n- {evil}\n{evil}"),
        remediation: evil.into(),
        links: vec![evil.into(), format!("https://{evil}")],
        ..rule(&format!("policy/{evil}"))
    }];
    report
}

/// A targeted plan in an environment that refuses those.
pub fn incomplete() -> Report {
    let facts = PlanFacts {
        complete: Some(false),
        incomplete: vec![
            "it was made with `-target`".into(),
            "1 change is put off".into(),
        ],
        deferred: vec![labelled("aws_instance.later", "resource_config_unknown")],
        ..facts()
    };
    let mut report = report(vec![plan(
        "plan.json",
        facts,
        vec![policy("cost-cap", Enforcement::SoftMandatory, vec![])],
    )]);
    report.verdict.decision = Decision::PlanUnusable;
    report.verdict.exit_code = 3;
    report.verdict.incomplete_plans = 1;
    report
}

/// Undetermined findings only, in an environment that lets them pass or warns of them.
pub fn let_pass() -> Report {
    let undetermined = |nth: usize, disposition| FindingReport {
        outcome: Outcome::Undetermined,
        disposition,
        message: "`multi_az` is known only after apply".into(),
        ..finding(
            "ha/single-zone",
            "More than one zone",
            &format!("aws_db_instance.n[{nth}]"),
        )
    };
    let findings = (0..12).map(|nth| {
        undetermined(
            nth,
            if nth < 9 {
                Disposition::Passes
            } else {
                Disposition::Warns
            },
        )
    });
    let mut report = report(vec![plan(
        "plan.json",
        facts(),
        vec![policy("ha", Enforcement::SoftMandatory, findings.collect())],
    )]);
    report.environment.name = "staging".into();
    report.environment.protected = false;
    report.environment.undetermined = Response::Warn;
    report.environment.incomplete = Response::Warn;
    report
}

/// A finding that passes because somebody answers for it.
pub fn waived() -> Report {
    let finding = FindingReport {
        disposition: Disposition::Waived,
        waiver: Some(0),
        ..unprotected("aws_db_instance.scratch")
    };
    let mut report = report(vec![plan(
        "plan.json",
        facts(),
        vec![policy(
            "deletion-protection",
            Enforcement::SoftMandatory,
            vec![finding],
        )],
    )]);
    report.waivers = vec![WaiverReport {
        rule: "deletion-protection/*".into(),
        address: "aws_db_instance.scratch".into(),
        stack: None,
        reason: "rebuilt every night".into(),
        owner: "team-media".into(),
        expires: "2026-12-31".into(),
        location: "tollgate.toml:14".into(),
        state: WaiverState::Used,
        covers: 1,
        stacks: 0,
    }];
    report.rules = vec![
        rule("deletion-protection/unprotected"),
        rule("deletion-protection/replaced"),
    ];
    report
}

fn rule(name: &str) -> RuleReport {
    RuleReport {
        rule: name.into(),
        title: "Deletion protection on what holds data".into(),
        description:
            "A slip deletes it, `backups` included.\n\n- see [the guide](https://a.example)".into(),
        severity: Severity::High,
        remediation: "set `deletion_protection = true`".into(),
        links: vec!["https://a.example/guide".into()],
    }
}
