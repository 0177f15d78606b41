//! `bucket-website`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, judge};

use crate::Subject;
use crate::table::WEBSITES;

/// A bucket is a website.
///
/// Notes a bucket or storage account that serves a website itself. One that only redirects to
/// another host is none. It is advice: the website of an S3 or Google bucket shows nothing that
/// an ACL or a policy does not open, which other rules judge.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "bucket-website",
    title: "Bucket that serves a website",
    description: "The bucket serves a website itself, which is only of use if what is in it is public. \
        The website alone opens nothing in S3 and Cloud Storage.",
    severity: Severity::Low,
    remediation: "Serve the website by a distribution in front of a private bucket, or name the bucket \
        in `allow-public` of the settings of this policy.",
    example: r#"```hcl
resource "aws_s3_bucket_website_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  index_document { suffix = "index.html" }
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    WEBSITES
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .flat_map(|(_, path)| {
            let of = if path.is_some() {
                None
            } else {
                Some(name_of(&change.kind))
            };
            if path.is_some_and(|path| subject.is_mirror(path)) || subject.may_be_public(of) {
                return Vec::new();
            }
            judge(&RULE, change, |side| {
                let serves = match path {
                    Some(path) => match side.of(change, path).items() {
                        Attr::Known(blocks) => blocks.first().is_some_and(|block| {
                            block.get("redirect_all_requests_to").text() == Attr::Unset
                        }),
                        Attr::Unset | Attr::Undetermined(_) => false,
                    },
                    None => !redirects(subject, side),
                };
                if !serves {
                    return Vec::new();
                }
                let at = path.unwrap_or("index_document");
                vec![Fault {
                    harmless: true,
                    ..Fault::certain("website", at, "the bucket serves a website itself")
                }]
            })
        })
        .collect()
}

/// The attribute that names the bucket or account of a website.
fn name_of(kind: &str) -> &'static str {
    if kind.starts_with("azurerm_") {
        "storage_account_id"
    } else {
        "bucket"
    }
}

fn redirects(subject: &Subject<'_>, side: Side) -> bool {
    subject.change.kind == "aws_s3_bucket_website_configuration"
        && matches!(
            side.of(subject.change, "redirect_all_requests_to").items(),
            Attr::Known(blocks) if !blocks.is_empty()
        )
}
