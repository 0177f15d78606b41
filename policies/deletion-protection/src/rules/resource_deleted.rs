//! `resource-deleted`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::subject::{Guard, Loss, Subject};
use crate::types::{Class, unknown_chart, unknown_object};

/// A protected or stateful resource is destroyed.
///
/// Reports every deletion of an object whose protection is on today or whose type
/// loses data, deposed objects included. Of a protected one it says that the apply
/// will fail there. Of an object of Kubernetes it looks at the group and the kind in the manifest:
/// namespaces, definitions of custom kinds, claims, and the custom kinds by which operators
/// run databases and queues. A custom kind that it does not know is advice, and so is a chart of
/// Helm whose name is not that of a database, a queue or a store.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-deleted",
    title: "Deletion of a protected or stateful resource",
    description: "The plan destroys an object that is protected today, or whose type holds what \
        the configuration cannot make again.",
    severity: Severity::Critical,
    remediation: "Keep the resource in the configuration; if it has to go, waive this rule for its address.",
    example: "A plan with `- destroy` for an `aws_rds_cluster`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_lock() || subject.loss() != Some(Loss::Deleted) {
        return None;
    }
    let object = match (subject.change.deposed.is_some(), subject.class()) {
        (false, Class::Data) => "the plan destroys a stateful resource",
        (false, Class::Container) => "the plan destroys what other resources are in",
        (false, Class::Lock | Class::Nothing) => "the plan destroys a resource",
        (true, Class::Data | Class::Container) => {
            "the plan destroys a deposed object of a stateful resource"
        }
        (true, Class::Lock | Class::Nothing) => "the plan destroys a deposed object",
    };
    lost(&RULE, subject, object)
}

/// A finding that `what` happens to a protected or stateful object; none for others.
pub(crate) fn lost(rule: &RuleDef, subject: &Subject<'_>, what: &str) -> Option<Finding> {
    let guard = subject.guard();
    let (finding, switch) = match guard {
        Guard::On(switch) => {
            let path = switch.path;
            let message = format!(
                "{what} that `{path}` protects today, so the apply will fail there unless that is turned off first"
            );
            (
                rule.violation(subject.change, message).attribute(path),
                Some(switch),
            )
        }
        Guard::Forced(switch, force) => {
            let (path, force) = (switch.path, force.path);
            let message = format!(
                "{what} although `{path}` protects it today, because `{force}` steps over that"
            );
            (
                rule.violation(subject.change, message)
                    .attribute(path)
                    .attribute(force),
                Some(switch),
            )
        }
        Guard::Off | Guard::Undetermined(..) if subject.is_stateful() => {
            match (subject.due_snapshot(), subject.class()) {
                (Some(snapshot), _) => (
                    rule.violation(
                        subject.change,
                        format!(
                            "{what}, of which a last snapshot is due before (`{}`); what depends on it breaks, and nothing goes on where it was",
                            snapshot.path
                        ),
                    )
                    .attribute(snapshot.path),
                    Some(snapshot),
                ),
                (None, Class::Container) => (
                    rule.violation(
                        subject.change,
                        format!("{what}, and everything in it goes with it"),
                    ),
                    None,
                ),
                (None, _) => (
                    rule.violation(
                        subject.change,
                        format!("{what}, and what it holds goes with it"),
                    ),
                    None,
                ),
            }
        }
        Guard::Off if let Some(chart) = unknown_chart(subject.change) => {
            let message = format!(
                "{what}, and what the chart `{}` keeps goes with it",
                clipped(&chart)
            );
            (rule.violation(subject.change, message).advice(), None)
        }
        Guard::Off => {
            let (group, kind) = unknown_object(subject.change)?;
            let message = format!(
                "{what}, and what an operator keeps for a `{}` of `{}` may go with it",
                clipped(&kind),
                clipped(&group)
            );
            (rule.violation(subject.change, message).advice(), None)
        }
        Guard::Undetermined(switch, why) => {
            let message =
                format!("{what}, and whether it is protected today cannot be told: {why}");
            (
                rule.undetermined(subject.change, message)
                    .attribute(switch.path),
                Some(switch),
            )
        }
    };
    let finding = match &subject.change.reason {
        Some(reason) => finding.detail("reason", reason.clone()),
        None => finding,
    };
    Some(subject.cited(finding, switch))
}
