//! `scope-exceeded`

use tollgate_policy::{Action, Change, Finding, Mode, RuleDef, Severity};

use crate::settings::Settings;

/// A plan changes what it was not meant to.
///
/// With `only`, wants every resource that the plan creates, changes, replaces, deletes, imports
/// or forgets to have an address that one of the patterns matches. What is only moved is left
/// alone.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "scope-exceeded",
    title: "Changes outside of what a plan may change",
    description: "The plan changes a resource whose address none of the patterns in `only` matches.",
    severity: Severity::High,
    remediation: "Make this change in a plan of its own, or add its address to `only`.",
    example: r#"```toml
[environments.production.policies.change-budget.settings]
only = ["module.api.*", "aws_route53_record.api*"]
```"#,
    links: &["https://developer.hashicorp.com/terraform/cli/state/resource-addressing"],
};

pub(crate) fn check(change: &Change, settings: &Settings) -> Option<Finding> {
    let changes = change.mode == Mode::Managed
        && (change.importing || !matches!(change.action, Action::NoOp | Action::Read));
    if !changes || settings.may_change(&change.address) {
        return None;
    }
    // Moved from where the plan may change something, it is the same resource.
    if change
        .previous_address
        .as_deref()
        .is_some_and(|address| settings.may_change(address))
    {
        return None;
    }
    let what = match change.action {
        _ if change.importing => "imported",
        Action::Create => "created",
        Action::Delete => "deleted",
        Action::Replace => "replaced",
        Action::Forget => "forgotten",
        Action::Update | Action::NoOp | Action::Read => "changed",
    };
    Some(RULE.violation(
        change,
        format!(
            "the resource is {what}, and `only` allows changes of {}",
            listed(&settings.only)
        ),
    ))
}

fn listed(patterns: &[String]) -> String {
    patterns
        .iter()
        .map(|pattern| format!("`{pattern}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
