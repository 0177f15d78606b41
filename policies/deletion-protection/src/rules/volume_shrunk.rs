//! `volume-shrunk`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};

use crate::history::SIZES;
use crate::subject::Subject;

/// A volume becomes smaller while there is something on it.
///
/// Compares the size of volumes, shares and databases that are changed in place.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "volume-shrunk",
    title: "Volume that this plan makes smaller",
    description: "The plan makes a volume, share or database smaller in place. Most services refuse \
        that in the middle of the apply; those that do not cut off what is at the end.",
    severity: Severity::High,
    remediation: "Keep the size; to get a smaller one, make a new one and copy the data.",
    example: "A `quota` of an `azurerm_storage_share` that is lowered from 500 to 100.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    SIZES
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .filter_map(|(_, path)| {
            let before = size(&change.before(path))?;
            let after = size(&change.after(path))?;
            (after < before).then(|| {
                let message =
                    format!("the plan makes it smaller: `{path}` from {before} to {after}");
                let finding = RULE.violation(change, message).attribute(*path);
                subject.cited(finding, None)
            })
        })
        .collect()
}

/// A size that is known; one that is not is what the service makes of it.
fn size(field: &Field) -> Option<i64> {
    match field.integer() {
        Attr::Known(size) if size > 0 => Some(size),
        Attr::Known(_) | Attr::Unset | Attr::Undetermined(_) => None,
    }
}
