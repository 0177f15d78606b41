//! `privileged-code-swapped`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

use crate::functions::{FUNCTIONS, Privileges};

/// A privileged function gets other code.
///
/// Reports functions whose code, image, handler or layers change, where the function is
/// privileged: its role may do everything or manage IAM, it decides who gets in, it runs at
/// the edge or rotates secrets, or the setting `privileged-functions` names it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "privileged-code-swapped",
    title: "Code of a privileged function that this plan swaps",
    description: "The plan gives other code to a function whose role may do everything, that decides \
        who gets in, that runs at the edge or rotates secrets, or that the setting \
        `privileged-functions` names. Who can change the code has the rights of the function.",
    severity: Severity::High,
    remediation: "Review the code that the function gets; then waive this rule for the address.",
    example: "A changed `source_code_hash` of a function that authorizes the calls of an API.",
    links: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-security.html"],
};

pub(crate) fn check(change: &Change, privileges: &Privileges<'_>) -> Option<Finding> {
    if !matches!(change.action, Action::Update | Action::Replace) {
        return None;
    }
    let (_, name, paths) = FUNCTIONS.iter().find(|(kind, _, _)| *kind == change.kind)?;
    let mut swapped = Vec::new();
    let mut untold = Vec::new();
    for path in *paths {
        let (before, after) = (change.before(path), change.after(path));
        if before == after {
            continue;
        }
        if after.undetermined().is_some() {
            untold.push(*path);
        } else if !(before.is_unset() && after.is_unset()) {
            swapped.push(*path);
        }
    }
    // A computed hash that is left out is not known before apply, whatever the code is.
    untold.retain(|path| !change.references(path).is_empty());
    if swapped.is_empty() && untold.is_empty() {
        return None;
    }
    let name = match change.after(name).text() {
        Attr::Known(name) => name,
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    let why = privileges.of(change, &name)?;
    let finding = if swapped.is_empty() {
        RULE.undetermined(
            change,
            format!(
                "whether the code of the function changes cannot be told before apply, and {why}"
            ),
        )
    } else {
        RULE.violation(
            change,
            format!("the plan changes the code of the function, and {why}"),
        )
    };
    Some(
        swapped
            .into_iter()
            .chain(untold)
            .fold(finding, Finding::attribute),
    )
}
