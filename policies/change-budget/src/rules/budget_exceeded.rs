//! `budget-exceeded`

use tollgate_policy::{Change, Finding, Outcome, RuleDef, Severity, pattern};

use crate::settings::{Limits, Settings};
use crate::tally::{Loss, Tally, with_examples};

/// A plan deletes, replaces or forgets more resources than one plan may.
///
/// Counts the deletions, replacements and forgotten resources of the whole plan, and of each
/// type and module that has limits of its own. Types whose replacement is routine, and deposed
/// objects, are not counted.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "budget-exceeded",
    title: "Plans that delete, replace or forget too much",
    description: "The plan deletes, replaces or forgets more resources than the settings allow for \
        one plan, one type or one module.",
    severity: Severity::High,
    remediation: "Check the workspace and the variables of the plan; split the change if it is meant.",
    example: r#"```toml
[policies.change-budget.settings]
deletions = 20
types = { "aws_route53_record" = { deletions = 3 } }
modules = { "module.network*" = { deletions = 0, replacements = 0 } }
```"#,
    links: &["https://developer.hashicorp.com/terraform/language/block/resource#prevent_destroy"],
};

pub(crate) fn check(tally: &Tally<'_>, settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let whole = Limits {
        deletions: Some(settings.deletions),
        replacements: Some(settings.replacements),
        forgets: Some(settings.forgets),
    };
    exceeded(tally, whole, "", |_| true, &mut findings);
    for (kind, limits) in &settings.types {
        exceeded(
            tally,
            *limits,
            &format!(" of type `{kind}`"),
            |change| pattern::matches(kind, &change.kind),
            &mut findings,
        );
    }
    for (module, limits) in &settings.modules {
        let place = match module.as_str() {
            "" => " of the root module".to_owned(),
            module => format!(" in `{module}`"),
        };
        exceeded(
            tally,
            *limits,
            &place,
            |change| pattern::matches(module, change.module_address.as_deref().unwrap_or_default()),
            &mut findings,
        );
    }
    findings
}

fn exceeded(
    tally: &Tally<'_>,
    limits: Limits,
    place: &str,
    f: impl Fn(&Change) -> bool,
    findings: &mut Vec<Finding>,
) {
    for (loss, limit) in [
        (Loss::Deleted, limits.deletions),
        (Loss::Replaced, limits.replacements),
        (Loss::Forgotten, limits.forgets),
    ] {
        let Some(limit) = limit else { continue };
        let lost = tally.of_kind(loss, &f);
        if lost.len() <= usize::try_from(limit).unwrap_or(usize::MAX) {
            continue;
        }
        let s = if lost.len() == 1 { "" } else { "s" };
        let message = format!(
            "the plan {} {} resource{s}{place}, and `{}` allows {limit}",
            loss.verb(),
            lost.len(),
            loss.setting(),
        );
        let finding = RULE.finding(Outcome::Violation, message);
        // About one resource it is said at that resource.
        let finding = match lost.as_slice() {
            [only] => finding.on(only),
            _ => finding,
        };
        findings.push(with_examples(finding, &lost));
    }
}
