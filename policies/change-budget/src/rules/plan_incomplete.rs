//! `plan-incomplete`

use tollgate_policy::{Finding, Outcome, PlanFacts, RuleDef, Severity};

use crate::settings::Settings;

/// A plan leaves out a part of the configuration.
///
/// Reports a plan that says of itself that it is not complete: one made with `-target` or
/// `-exclude`, or one that puts resources off to a later plan. A version of the tool that does
/// not say so is not asked.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "plan-incomplete",
    title: "Plans that leave something out",
    description: "The plan does not cover the whole configuration: it was made with `-target` or \
        `-exclude`, or puts resources off. What it leaves out was not judged.",
    severity: Severity::Medium,
    remediation: "Plan again without `-target` and `-exclude`, or set `allow-incomplete`.",
    example: r#"```console
tofu plan -target=module.api -out plan.bin
```"#,
    links: &["https://opentofu.org/docs/cli/commands/plan/#resource-targeting"],
};

pub(crate) fn check(plan: &PlanFacts, settings: &Settings) -> Option<Finding> {
    if settings.allow_incomplete || plan.complete != Some(false) {
        return None;
    }
    let finding = match plan.deferred.len() {
        0 => RULE.finding(
            Outcome::Violation,
            "the plan does not cover the whole configuration, as one made with `-target` or `-exclude` does not",
        ),
        count => RULE
            .finding(
                Outcome::Violation,
                format!("the plan puts {count} resources off to a later plan"),
            )
            .remediation("Apply it with `allow-incomplete`, and check the plan that follows as well."),
    };
    Some(finding)
}
