//! `service-disabled`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::subject::{Loss, Subject};

/// An API of a project is turned off.
///
/// Reports the deletion of a `google_project_service` that turns the API off
/// (`disable_on_destroy`). Where it turns off what depends on it as well
/// (`disable_dependent_services`), it is a violation, else advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "service-disabled",
    title: "API that this plan turns off",
    description: "The plan turns off an API of a project. What it runs stops, and so does what \
        depends on it where that is turned off as well.",
    severity: Severity::High,
    remediation: "Set `disable_on_destroy = false` and apply that before the resource goes; if the API is not used any more, waive this rule for the address.",
    example: "A `google_project_service` for `container.googleapis.com` that is taken out of the \
        configuration.",
    links: &["https://cloud.google.com/service-usage/docs/enable-disable"],
};

const KIND: &str = "google_project_service";

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let change = subject.change;
    if change.kind != KIND || !matches!(subject.loss(), Some(Loss::Deleted | Loss::Replaced)) {
        return None;
    }
    let on = |path: &str| {
        change
            .before(path)
            .text()
            .is_known_and(|text| text == "true")
    };
    if !on("disable_on_destroy") {
        return None;
    }
    let service = match change.before("service").text() {
        Attr::Known(service) => format!(" `{}`", clipped(&service)),
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    let finding = if on("disable_dependent_services") {
        RULE.violation(
            change,
            format!("the plan turns off the API{service}, and every API that depends on it"),
        )
        .attribute("disable_dependent_services")
    } else {
        RULE.violation(change, format!("the plan turns off the API{service}"))
            .advice()
    };
    Some(subject.cited(finding.attribute("disable_on_destroy"), None))
}
