//! `contents-deleted`

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::text::{clipped, listed};

use crate::subject::Subject;
use crate::types::{Class, class_of_cloudformation};

/// An update deletes a part of what is in a resource.
///
/// Compares the columns in the schema of a table; the resources that hold data in the template of a
/// stack, as far as it is written in JSON; and whether a deployment of a template deletes everything
/// in its group that the template does not name. A resource of a template that says that it is kept
/// is advice, and so is a new deployment that deletes the rest.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "contents-deleted",
    title: "Contents that an update deletes",
    description: "The plan changes a resource in place, and a part of what is in it is deleted: a column \
        of a table, what holds data in the template of a stack, or everything in a resource group that \
        a template does not name.",
    severity: Severity::Critical,
    remediation: "Keep the column, the resource or the mode; if what is in it may go, waive this rule for the address.",
    example: r#"```hcl
resource "azurerm_resource_group_template_deployment" "main" {
  deployment_mode = "Complete" # was "Incremental"
}
```"#,
    links: &["https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes"],
};

const TABLE: &str = "google_bigquery_table";
const STACK: &str = "aws_cloudformation_stack";
const DEPLOYMENT: &str = "azurerm_resource_group_template_deployment";

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let is_new = change.action == Action::Create && !change.importing;
    if change.action != Action::Update && !(is_new && change.kind == DEPLOYMENT) {
        return Vec::new();
    }
    let finding = match change.kind.as_str() {
        TABLE => columns(change),
        STACK => resources(change),
        // The group may be new as well, and nothing in it.
        DEPLOYMENT if is_new => mode(change).map(Finding::advice),
        DEPLOYMENT => mode(change),
        _ => None,
    };
    finding
        .into_iter()
        .map(|finding| subject.cited(finding, None))
        .collect()
}

/// Columns that are in the schema of a table today, and not after apply.
fn columns(change: &Change) -> Option<Finding> {
    let before = json(&change.before("schema"))?;
    let after = json(&change.after("schema"))?;
    let (mut were, mut are) = (Vec::new(), Vec::new());
    named(&before, "", &mut were);
    named(&after, "", &mut are);
    // A name is the same in any case. What is in a column that goes, goes with it.
    let gone: Vec<String> = were
        .into_iter()
        .filter(|name| !are.iter().any(|other| other.eq_ignore_ascii_case(name)))
        .collect();
    let outermost: Vec<&String> = gone
        .iter()
        .filter(|name| {
            !gone
                .iter()
                .any(|other| name.starts_with(&format!("{other}.")))
        })
        .collect();
    (!outermost.is_empty()).then(|| {
        RULE.violation(
            change,
            format!(
                "the plan takes out of the table, with what is in it, the column {}",
                listed(&outermost)
            ),
        )
        .attribute("schema")
    })
}

/// The names of columns, and of those in them after a point.
fn named(schema: &Json, prefix: &str, into: &mut Vec<String>) {
    // Some write the columns in an object.
    let columns = match schema {
        Json::Array(columns) => columns,
        other => match other["fields"].as_array() {
            Some(columns) => columns,
            None => return,
        },
    };
    for column in columns {
        if let Some(name) = column["name"].as_str() {
            let name = format!("{prefix}{name}");
            named(&column["fields"], &format!("{name}."), into);
            into.push(name);
        }
    }
}

/// Resources with data that are in the template of a stack today, and not after apply.
fn resources(change: &Change) -> Option<Finding> {
    let before = json(&change.before("template_body"))?;
    let after = json(&change.after("template_body"))?;
    let (mut gone, mut left) = (Vec::new(), Vec::new());
    for (name, resource) in before["Resources"].as_object()? {
        let Some(kind) = resource["Type"].as_str() else {
            continue;
        };
        let holds = matches!(
            class_of_cloudformation(kind),
            Some(Class::Data | Class::Container)
        );
        if !holds || after["Resources"][name]["Type"] == *kind {
            continue;
        }
        // What the service deployed last says what becomes of it.
        let of = match resource["DeletionPolicy"].as_str() {
            Some("Retain" | "RetainExceptOnCreate") => &mut left,
            _ => &mut gone,
        };
        of.push(format!("{} ({})", clipped(name), clipped(kind)));
    }
    let finding = if gone.is_empty() {
        if left.is_empty() {
            return None;
        }
        let message = format!(
            "the template of the stack no longer has {}, which stays behind, unmanaged",
            listed(&left)
        );
        RULE.violation(change, message).advice()
    } else {
        let message = format!(
            "the template of the stack no longer has {}, and what it holds is deleted with it",
            listed(&gone)
        );
        RULE.violation(change, message)
    };
    Some(finding.attribute("template_body"))
}

/// Whether a deployment deletes what it does not name, and did not.
fn mode(change: &Change) -> Option<Finding> {
    let path = "deployment_mode";
    let complete = |text: &String| text.eq_ignore_ascii_case("Complete");
    if change.before(path).text().is_known_and(complete) {
        return None;
    }
    let finding = match change.after(path).text() {
        Attr::Known(mode) if complete(&mode) => RULE.violation(
            change,
            format!(
                "the deployment deletes everything in its resource group that the template does not name: `{path}` is `{mode}`"
            ),
        ),
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!("whether the deployment deletes what it does not name cannot be told: `{path}` is {why}"),
        ),
        Attr::Known(_) | Attr::Unset => return None,
    };
    Some(finding.attribute(path))
}

/// A document that is known, and written in JSON.
fn json(field: &Field) -> Option<Json> {
    match field.text() {
        Attr::Known(text) => serde_json::from_str(&text).ok(),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}
