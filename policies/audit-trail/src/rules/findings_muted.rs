//! `findings-muted`

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::reference::blocks;
use tollgate_policy_common::text::clipped;

/// What a detector finds reaches nobody.
///
/// Looks for filters that archive or suppress what GuardDuty, Access Analyzer, Inspector, Macie,
/// Security Hub and the Security Command Center find; for controls of Security Hub that are
/// disabled; for lists of addresses that GuardDuty trusts; for event rules on findings that are
/// disabled or deleted, or lose their last target; and for exports of audit logs that are deleted. A
/// filter that names a kind of finding or a resource is an advice, and so is the deletion of an
/// export of other logs; one that names neither is reported.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "findings-muted",
    title: "Findings of a detector that reach nobody",
    description: "A filter archives or suppresses findings without naming a kind of finding or a \
        resource, a control is disabled, a list of addresses is trusted, or what passes findings and \
        audit logs on is disabled or deleted. The detector stays on, and nobody hears of what it finds.",
    severity: Severity::High,
    remediation: "Name in the filter the kind of finding and the resource that are known to be harmless; \
        leave on what passes findings on.",
    example: r#"```hcl
resource "aws_guardduty_filter" "noise" {
  action = "ARCHIVE"
  finding_criteria {
    criterion {
      field                 = "severity"
      greater_than_or_equal = "1"
    }
  }
}
```"#,
    links: &["https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html"],
};

/// What is read of each type.
pub const MUTED: &[(&str, &[&str])] = &[
    ("aws_guardduty_filter", &["action", "finding_criteria"]),
    (
        "aws_macie2_findings_filter",
        &["action", "finding_criteria"],
    ),
    ("aws_inspector2_filter", &["action", "filter_criteria"]),
    ("aws_accessanalyzer_archive_rule", &["filter"]),
    (
        "aws_securityhub_automation_rule",
        &["rule_status", "actions", "criteria"],
    ),
    ("aws_securityhub_standards_control", &["control_status"]),
    (
        "aws_securityhub_standards_control_association",
        &["association_status"],
    ),
    ("google_scc_mute_config", &["filter"]),
    ("google_scc_v2_project_mute_config", &["filter"]),
    ("google_scc_v2_folder_mute_config", &["filter"]),
    ("google_scc_v2_organization_mute_config", &["filter"]),
    (TRUSTED, &["location", "activate"]),
    (EVENTS, &["name", "event_pattern", "state", "is_enabled"]),
    (TARGET, &["rule", "event_bus_name"]),
    (EXPORT, &["log_group_name", "name"]),
];

const EVENTS: &str = "aws_cloudwatch_event_rule";
const EXPORT: &str = "aws_cloudwatch_log_subscription_filter";
const TARGET: &str = "aws_cloudwatch_event_target";
/// Addresses of which GuardDuty finds nothing: <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_upload-lists.html>
const TRUSTED: &str = "aws_guardduty_ipset";

/// Sources of events that are findings, or somebody who signs in.
const SOURCES: &[&str] = &[
    "aws.guardduty",
    "aws.securityhub",
    "aws.macie",
    "aws.access-analyzer",
    "aws.inspector",
    "aws.inspector2",
    "aws.detective",
    "aws.config",
    "aws.signin",
];

/// What names of groups of audit logs have in them.
const AUDIT_LOGS: &[&str] = &[
    "cloudtrail",
    "audit",
    "flow-log",
    "flowlog",
    "flow_log",
    "guardduty",
    "waf-logs",
    "/aws/eks/",
    "resolver-query",
    "siem",
];

/// The two attributes in which controls are on or off.
const CONTROLS: &[(&str, &str)] = &[
    ("aws_securityhub_standards_control", "control_status"),
    (
        "aws_securityhub_standards_control_association",
        "association_status",
    ),
];

/// What of the criteria for Inspector and Security Hub names a kind of finding or a resource.
const NAMES: &[&str] = &[
    "vulnerability_id",
    "title",
    "resource_id",
    "resource_tags",
    "ecr_image_hash",
    "ecr_image_repository_name",
    "ec2_instance_image_id",
    "lambda_function_name",
    "finding_arn",
    "vulnerable_packages",
    "component_id",
    "id",
    "generator_id",
    "type",
    "compliance_security_control_id",
];

pub(crate) fn check(change: &Change, all: &[Change]) -> Vec<Finding> {
    let Some((_, paths)) = MUTED.iter().find(|(kind, _)| *kind == change.kind) else {
        return Vec::new();
    };
    if change.kind == EVENTS || change.kind == EXPORT {
        return stopped(change, all).into_iter().collect();
    }
    if change.kind == TARGET {
        return unheard(change, all).into_iter().collect();
    }
    if change.kind == TRUSTED {
        return trusted(change);
    }
    if let Some((_, path)) = CONTROLS.iter().find(|(kind, _)| *kind == change.kind) {
        return judge(&RULE, change, |side| {
            let off = |side: Side| {
                side.of(change, path)
                    .text()
                    .is_known_and(|status| status.eq_ignore_ascii_case("DISABLED"))
            };
            if !off(side) {
                return Vec::new();
            }
            // Such a resource is how a control that does not apply is taken out.
            vec![Fault {
                harmless: change.action == Action::Create,
                ..Fault::certain(
                    "control",
                    *path,
                    "a control of the security hub is disabled",
                )
            }]
        });
    }
    let path = paths.last().copied().unwrap_or_default();
    judge(&RULE, change, |side| {
        let Some(narrow) = mutes(change, side) else {
            return Vec::new();
        };
        vec![Fault {
            harmless: narrow,
            ..Fault::certain(
                if narrow { "some" } else { "all" },
                path,
                if narrow {
                    "findings are put away that the filter names: see that it names no more than what is known to be harmless".to_owned()
                } else {
                    "findings are put away, and the filter names neither a kind of finding nor a resource".to_owned()
                },
            )
        }]
    })
}

/// Whether findings are muted, and whether only those that the filter names.
fn mutes(change: &Change, side: Side) -> Option<bool> {
    let text = |path: &str| match side.of(change, path).text() {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let is =
        |path: &str, value: &str| text(path).is_some_and(|own| own.eq_ignore_ascii_case(value));
    let block = |path: &str| side.of(change, path).first();
    match change.kind.as_str() {
        "aws_guardduty_filter" | "aws_macie2_findings_filter" => {
            is("action", "ARCHIVE").then(|| named_in(&block("finding_criteria").get("criterion")))
        }
        "aws_inspector2_filter" => {
            is("action", "SUPPRESS").then(|| names(&block("filter_criteria")))
        }
        "aws_accessanalyzer_archive_rule" => {
            let Attr::Known(filters) = side.of(change, "filter").items() else {
                return Some(true);
            };
            Some(filters.iter().any(|filter| {
                let about = filter.get("criteria").text().is_known_and(|criteria| {
                    ["resource", "id", "action"].contains(&criteria.as_str())
                        || criteria.starts_with("principal")
                        || criteria.starts_with("condition")
                });
                about && (filled(&filter.get("eq")) || filled(&filter.get("contains")))
            }))
        }
        "aws_securityhub_automation_rule" => {
            if is("rule_status", "DISABLED") {
                return None;
            }
            let Attr::Known(actions) = side.of(change, "actions").items() else {
                return None;
            };
            let suppresses = actions.iter().any(|action| {
                let update = action.get("finding_fields_update").first();
                update
                    .get("workflow")
                    .first()
                    .get("status")
                    .text()
                    .is_known_and(|status| ["SUPPRESSED", "RESOLVED"].contains(&status.as_str()))
            });
            suppresses.then(|| names(&block("criteria")))
        }
        _ => {
            let filter = text("filter")?.to_ascii_lowercase();
            let low = filter.contains("severity") && filter.contains("low");
            Some(low || filter.contains("category") || filter.contains("resource"))
        }
    }
}

/// Whether a filter of GuardDuty or Macie names a kind of finding or a resource, or is about what
/// is of low severity only.
fn named_in(criteria: &Field) -> bool {
    let Attr::Known(criteria) = criteria.items() else {
        // What cannot be told is not everything.
        return true;
    };
    criteria.iter().any(|criterion| {
        let Attr::Known(field) = criterion.get("field").text() else {
            return true;
        };
        let general = [
            "severity",
            "region",
            "accountid",
            "updatedat",
            "createdat",
            "confidence",
        ]
        .iter()
        .any(|one| field.to_ascii_lowercase().starts_with(one))
            || field.ends_with("archived");
        let listed = ["equals", "matches", "eq", "eq_exact_match"]
            .iter()
            .any(|test| filled(&criterion.get(test)));
        let low = field.eq_ignore_ascii_case("severity")
            && [("less_than", 4), ("less_than_or_equal", 3)]
                .iter()
                .any(|(test, most)| {
                    criterion.get(test).text().is_known_and(|text| {
                        text.parse::<f64>().is_ok_and(|n| n <= f64::from(*most))
                    })
                });
        low || (!general && listed)
    })
}

/// Whether criteria name a kind of finding or a resource.
fn names(criteria: &Field) -> bool {
    criteria.undetermined().is_some() || NAMES.iter().any(|name| filled(&criteria.get(name)))
}

fn filled(field: &Field) -> bool {
    match field.items() {
        Attr::Known(items) => !items.is_empty(),
        Attr::Unset => false,
        Attr::Undetermined(_) => field.undetermined().is_some(),
    }
}

/// The source of findings that a pattern of events names.
fn source(pattern: &Field) -> Option<&'static str> {
    let Attr::Known(pattern) = pattern.text() else {
        return None;
    };
    SOURCES
        .iter()
        .find(|source| pattern.contains(&format!("\"{source}\"")))
        .copied()
}

/// Addresses of which a detector finds nothing.
fn trusted(change: &Change) -> Vec<Finding> {
    judge(&RULE, change, |side| {
        if !side.of(change, "activate").bool().is_known_and(|on| *on) {
            return Vec::new();
        }
        let from = match side.of(change, "location").text() {
            Attr::Known(from) => format!(" in `{}`", clipped(&from)),
            Attr::Unset | Attr::Undetermined(_) => String::new(),
        };
        vec![Fault::certain(
            format!("trusted{from}"),
            "activate",
            format!(
                "nothing is found of what comes from the addresses{from}: the list is one that the detector trusts"
            ),
        )]
    })
}

/// The target of a rule on findings that is deleted, while the rule stays and has no other.
fn unheard(change: &Change, all: &[Change]) -> Option<Finding> {
    if change.action != Action::Delete {
        return None;
    }
    let known = |field: Field| match field.text() {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let name = known(change.before("rule"))?;
    let rule = all.iter().find(|other| {
        other.kind == EVENTS
            && other.remains()
            && known(other.before("name")).is_some_and(|own| own == name)
    })?;
    let source = source(&rule.after("event_pattern"))?;
    let others = all.iter().any(|other| {
        other.kind == TARGET
            && other.remains()
            && (known(other.after("rule")).is_some_and(|own| own == name)
                || other
                    .references("rule")
                    .iter()
                    .any(|reference| blocks(reference).any(|block| block == rule.block)))
    });
    (!others).then(|| {
        RULE.violation(
            change,
            format!(
                "the plan deletes the last target of {} here, which passes events of `{source}` on",
                rule.address
            ),
        )
        .attribute("rule")
    })
}

/// What passes findings or audit logs on, and is disabled or deleted.
fn stopped(change: &Change, all: &[Change]) -> Option<Finding> {
    if change.deposed.is_some() || change.action == Action::Create || change.importing {
        return None;
    }
    let known = |field: Field| match field.text() {
        Attr::Known(text) => text,
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    if change.kind == EXPORT {
        let group = known(change.before("log_group_name"));
        let name = known(change.before("name"));
        let lower = format!("{group}\n{name}").to_ascii_lowercase();
        let audit = AUDIT_LOGS.iter().any(|word| lower.contains(word));
        // With the log itself it is in order.
        let with_it = all.iter().any(|other| {
            other.action == Action::Delete
                && other.kind == "aws_cloudwatch_log_group"
                && known(other.before("id")) == group
        });
        return (change.action == Action::Delete && !with_it).then(|| {
            let what = if audit { "audit log" } else { "log" };
            let finding = RULE
                .violation(
                    change,
                    format!(
                        "the plan deletes what passes on the {what} `{}`",
                        clipped(&group)
                    ),
                )
                .attribute("log_group_name");
            if audit { finding } else { finding.advice() }
        });
    }
    let source = source(&change.before("event_pattern"))?;
    let off = |side: Side| {
        side.of(change, "state")
            .text()
            .is_known_and(|state| state.eq_ignore_ascii_case("DISABLED"))
            || side.of(change, "is_enabled").bool().is_known_and(|on| !*on)
    };
    if off(Side::Before) {
        return None;
    }
    if change.action == Action::Delete {
        return Some(
            RULE.violation(
                change,
                format!("the plan deletes the rule that passes events of `{source}` on"),
            )
            .attribute("event_pattern"),
        );
    }
    (change.remains() && off(Side::After)).then(|| {
        let by_state = change
            .after("state")
            .text()
            .is_known_and(|state| state.eq_ignore_ascii_case("DISABLED"));
        RULE.violation(
            change,
            format!("the plan disables the rule that passes events of `{source}` on"),
        )
        .attribute(if by_state { "state" } else { "is_enabled" })
    })
}
