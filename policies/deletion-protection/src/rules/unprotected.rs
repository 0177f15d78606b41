//! `unprotected`

use tollgate_policy::{Action, Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::switch::{Because, Layer, Standing};

/// Protection against deletion is off after apply.
///
/// Looks at every resource that exists after apply, changed or not, whose type has a
/// switch that refuses its deletion or keeps what was deleted recoverable, and wants
/// the switch on. A switch that is not set counts as the provider's default. Of a new log group
/// that is advice: few configurations set it, and nothing is in the group yet.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "unprotected",
    title: "Deletion protection that is off",
    description: "A resource whose type can be protected against deletion is not. The switch is \
        the one defence that a wrong plan, workspace or click does not step over by accident. One \
        that is not set counts as the provider's default; one that the provider version in use \
        does not have is told, and never refuses, as is one that a new log group does not set.",
    severity: Severity::High,
    remediation: "Turn the protection of the resource on.",
    example: r#"```hcl
resource "aws_dynamodb_table" "orders" {
  deletion_protection_enabled = false # or left out
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
};

/// Types of which a new one that leaves the switch out is advice.
const SELDOM: &[&str] = &["aws_cloudwatch_log_group"];

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    if fault.was_safe() || !matches!(fault.switch.layer, Layer::Refuses | Layer::Recovers) {
        return None;
    }
    let path = fault.path();
    let finding = match &fault.standing {
        Standing::Safe => return None,
        Standing::Undetermined(why) => RULE.undetermined(
            subject.change,
            format!("whether the resource is protected cannot be told: {why}"),
        ),
        Standing::Unsafe(Because::Missing(version)) => RULE
            .violation(
                subject.change,
                format!("the resource cannot be protected: the provider version in use does not have {path}, which came with version {version}"),
            )
            .remediation(format!(
                "Nothing can be set with this version of the provider; once it is {version} or later: {}",
                fault.switch.advice(subject.minimum_days())
            )),
        Standing::Unsafe(Because::Default) => {
            let finding = RULE.violation(
                subject.change,
                format!("the resource is not protected: {path} is not set, and the default is no protection"),
            );
            let is_new = subject.change.action == Action::Create && !subject.change.importing;
            if is_new && SELDOM.contains(&subject.change.kind.as_str()) {
                finding.advice()
            } else {
                finding
            }
        }
        Standing::Unsafe(Because::Set | Because::Days(_)) => RULE.violation(
            subject.change,
            format!("the resource is not protected: {path} is off"),
        ),
    };
    Some(subject.told(finding, fault))
}
