//! `cors-any-origin`

use tollgate_policy::{Attr, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};

use crate::Subject;
use crate::table::CORS;

/// Pages of any origin may write to a bucket.
///
/// Reports rules of CORS with the origin `*` and a method that writes. Reading is none: CORS
/// opens nothing that is not open, and fonts and images are read from everywhere.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "cors-any-origin",
    title: "CORS rule that lets pages of any origin write",
    description: "A rule of CORS accepts requests that write from pages of every origin. It does not \
        make the bucket public; it lets any page use a signed address or a token that it gets hold of.",
    severity: Severity::Low,
    remediation: "Name the origins of your own pages in the rule.",
    example: r#"```hcl
cors_rule {
  allowed_methods = ["PUT"]
  allowed_origins = ["*"]
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    CORS.iter()
        .filter(|row| row.0 == change.kind && !subject.is_mirror(row.1))
        .flat_map(|(_, path, methods, origins)| {
            judge(&RULE, change, |side| {
                let Attr::Known(rules) = side.of(change, path).items() else {
                    return Vec::new();
                };
                rules
                    .iter()
                    .filter(|rule| texts(&rule.get(origins)).iter().any(|origin| origin == "*"))
                    .flat_map(|rule| texts(&rule.get(methods)))
                    .map(|method| method.to_ascii_uppercase())
                    .filter(|method| !["GET", "HEAD", "OPTIONS"].contains(&method.as_str()))
                    .map(|method| {
                        Fault::certain(
                            method.clone(),
                            *path,
                            format!("a rule of `{path}` lets pages of any origin `{method}`"),
                        )
                    })
                    .collect()
            })
        })
        .collect()
}

fn texts(field: &Field) -> Vec<String> {
    match field.items() {
        Attr::Known(items) => items
            .iter()
            .filter_map(|item| match item.text() {
                Attr::Known(text) => Some(text),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect(),
        Attr::Unset | Attr::Undetermined(_) => Vec::new(),
    }
}
