//! `public-acl`

use tollgate_policy::{Attr, Field, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Side, google, hides, judge};
use tollgate_policy_common::text::{clipped, listed};

use crate::Subject;
use crate::table::{ACLS, Acl, Reads};

/// An access control list lets everyone in.
///
/// Looks at canned and predefined ACLs, grants and entities of buckets and objects, and at the
/// access type of Azure's containers. One that a public access block of the same bucket makes
/// void is told as advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-acl",
    title: "Access control list that lets everyone in",
    description: "An ACL, a grant or the access type of a container lets everyone, or everyone \
        with any account of the provider, read or write what is in a bucket.",
    severity: Severity::Critical,
    remediation: "Use the ACL `private`, or no ACL, and let in by a policy whom the bucket is for.",
    example: r#"```hcl
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  acl    = "public-read"
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    ACLS.iter()
        .filter(|row| row.kind == change.kind)
        .flat_map(|row| {
            if subject.is_mirror(row.path) || subject.may_be_public(row.of) {
                return Vec::new();
            }
            let findings = judge(&RULE, change, |side| {
                subject.voided(
                    faults(row, subject, side),
                    side,
                    row.of,
                    "ignore_public_acls",
                )
            });
            subject.cited(findings, row.path)
        })
        .collect()
}

fn faults(row: &Acl, subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let change = subject.change;
    let path = row.path;
    let field = side.of(change, path);
    if let Some(why) = field.undetermined() {
        // Left out, it is unknown at creation, and the default lets nobody in.
        if row.computed && why == Why::Unknown && change.references(path).is_empty() {
            return Vec::new();
        }
        let message = format!("whom the bucket is open to cannot be told: `{path}` is {why}");
        return vec![if why == Why::Sensitive {
            Fault::hidden(path, path, message)
        } else {
            Fault::uncertain(path, path, message)
        }];
    }
    let mut faults = open_to_all(row, &field);
    if hides_who(row, &field) {
        faults.push(Fault::hidden(
            format!("hidden {path}"),
            path,
            format!(
                "whom the bucket is open to cannot be told: part of `{path}` is marked sensitive"
            ),
        ));
    }
    faults
}

/// Whether it is marked sensitive who is let in.
fn hides_who(row: &Acl, field: &Field) -> bool {
    match row.reads {
        Reads::Word(_) | Reads::Entity => false,
        Reads::Entities => items(field).iter().any(hides),
        Reads::Grants(within) => items(field)
            .iter()
            .any(|grant| hides(&grantee(grant, within).get("uri"))),
    }
}

fn grantee(grant: &Field, within: Option<&str>) -> Field {
    within.map_or_else(|| grant.clone(), |block| grant.get(block).first())
}

fn open_to_all(row: &Acl, field: &Field) -> Vec<Fault> {
    let path = row.path;
    let open = |who: &str| {
        Fault::certain(
            format!("{path} {who}"),
            path,
            format!("`{path}` opens the bucket to everyone: {who}"),
        )
    };
    match row.reads {
        Reads::Word(public) => match field.text() {
            Attr::Known(word) if public.contains(&word.as_str()) => {
                vec![open(&format!("`{word}`"))]
            }
            _ => Vec::new(),
        },
        Reads::Entity => match field.text() {
            Attr::Known(entity) if google::is_public(&entity) => {
                vec![open(&format!("`{}`", clipped(&entity)))]
            }
            _ => Vec::new(),
        },
        Reads::Entities => items(field)
            .iter()
            .filter_map(|item| match item.text() {
                Attr::Known(entity) if google::is_public(&entity) => {
                    Some(open(&format!("`{}`", clipped(&entity))))
                }
                _ => None,
            })
            .collect(),
        Reads::Grants(within) => items(field)
            .iter()
            .filter_map(|grant| match grantee(grant, within).get("uri").text() {
                Attr::Known(uri) if is_everyone(&uri) => {
                    let group = uri.rsplit('/').next().unwrap_or_default();
                    Some(open(&format!(
                        "a grant to the group `{group}`{}",
                        permissions(grant)
                    )))
                }
                _ => None,
            })
            .collect(),
    }
}

fn items(field: &Field) -> Vec<Field> {
    match field.items() {
        Attr::Known(items) => items,
        Attr::Unset | Attr::Undetermined(_) => Vec::new(),
    }
}

fn is_everyone(uri: &str) -> bool {
    let uri = uri.trim_end_matches('/');
    uri.ends_with("/global/AllUsers") || uri.ends_with("/global/AuthenticatedUsers")
}

fn permissions(grant: &Field) -> String {
    if let Attr::Known(permission) = grant.get("permission").text() {
        return format!(" of `{permission}`");
    }
    let list: Vec<_> = items(&grant.get("permissions"))
        .iter()
        .filter_map(|item| match item.text() {
            Attr::Known(text) => Some(text),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect();
    if list.is_empty() {
        String::new()
    } else {
        format!(" of {}", listed(&list))
    }
}
