//! `open-trust`

use tollgate_policy::{Attr, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Truth, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::table::{BY_AUDIENCE, SHARED_ISSUERS};
use crate::trust::{Reach, reach};

/// Anyone may take a role.
///
/// Reads who may take a role: a principal that is everyone and that no condition narrows; an
/// issuer of tokens that is everyone's, such as GitHub's or Cognito, of which every subject is
/// accepted, or that of any organisation. Of Google's: providers of a workload identity pool that
/// accept such an issuer without an `attribute_condition` that says whose tokens: one on the branch alone
/// says nothing of the repository. What is marked sensitive of it cannot be told
/// to keep the rule.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "open-trust",
    title: "Role that anyone may take",
    description: "The trust policy of a role lets in everyone, or every subject of an issuer of tokens \
        that everyone can get a token of.",
    severity: Severity::Critical,
    remediation: "Name the principals; for an issuer of tokens, compare its `sub` with that of your own \
        repository, project or application.",
    example: r#"```hcl
condition {
  test     = "StringLike"
  variable = "token.actions.githubusercontent.com:sub"
  values   = ["repo:*"]
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_secure-by-default.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == "google_iam_workload_identity_pool_provider" {
        return judge(&RULE, change, |side| {
            let issuer = match side.of(change, "oidc[0].issuer_uri").text() {
                Attr::Known(issuer) => issuer,
                Attr::Undetermined(Why::Sensitive) => {
                    return vec![hidden("oidc[0].issuer_uri")];
                }
                Attr::Unset | Attr::Undetermined(_) => return Vec::new(),
            };
            let host = issuer.trim_start_matches("https://").trim_end_matches('/');
            let conditional = match side.of(change, "attribute_condition").text() {
                Attr::Known(condition) => names_whose(host, &condition),
                Attr::Unset => false,
                Attr::Undetermined(Why::Sensitive) if SHARED_ISSUERS.contains(&host) => {
                    return vec![hidden("attribute_condition")];
                }
                Attr::Undetermined(_) => true,
            };
            if conditional || !SHARED_ISSUERS.contains(&host) {
                return Vec::new();
            }
            let why = match side.of(change, "attribute_condition").text() {
                Attr::Known(condition) if !condition.trim().is_empty() => {
                    format!("says nothing of whose it is: `{}`", clipped(&condition))
                }
                _ => "is not set".to_owned(),
            };
            vec![
                Fault::certain(
                    "no condition",
                    "attribute_condition",
                    format!("every token of `{host}` is accepted, which is everyone's: `attribute_condition` {why}"),
                )
                .remedy("Set `attribute_condition` to compare the owner or the repository of the token."),
            ]
        });
    }
    let mut findings = subject.judge_trusts(&RULE, |document, statement| {
        match reach(document, statement) {
            Reach::Anyone(who) => Some(format!("lets {who} take the role")),
            _ => None,
        }
    });
    findings.extend(subject.judge_hidden(
        &RULE,
        subject.trusts,
        "whether anyone may take the role",
        |document, statement| {
            let hidden = statement.hidden;
            let reach = reach(document, statement);
            hidden.principals && statement.narrowed(document) != Truth::Yes
                || hidden.conditions && matches!(reach, Reach::Unknown(_))
                || hidden.effect && reach != Reach::Named
        },
    ));
    findings
}

/// Claims that say whose token it is. Those of the branch, the event or the environment do not: everyone
/// can have one of that name.
const WHOSE: &[&str] = &[
    "repository",
    "owner",
    "sub",
    "actor",
    "enterprise",
    "workflow_ref",
    "project",
    "namespace",
    "organization",
    "org",
    "user",
    "tenant",
    "account",
    "workspace",
    "pipeline",
    "email",
    "team",
    "hd",
    "azp",
    "attribute.",
];

/// Whether a condition on tokens compares whose they are with something.
fn names_whose(host: &str, condition: &str) -> bool {
    let condition = condition.to_ascii_lowercase();
    let compares = [
        "==",
        " in ",
        " in[",
        "startswith(",
        "endswith(",
        "matches(",
        "contains(",
        "exists(",
    ]
    .iter()
    .any(|word| condition.contains(word));
    let claims = without_texts(&condition);
    let by_audience = BY_AUDIENCE.contains(&host) && claims.contains("aud");
    compares && (by_audience || WHOSE.iter().any(|claim| claims.contains(claim)))
}

/// A condition without what stands in quotes.
fn without_texts(condition: &str) -> String {
    let mut quote = None;
    condition
        .chars()
        .filter(|c| match quote {
            Some(open) => {
                if *c == open {
                    quote = None;
                }
                false
            }
            None if matches!(c, '\'' | '"') => {
                quote = Some(*c);
                false
            }
            None => true,
        })
        .collect()
}

fn hidden(path: &str) -> Fault {
    Fault::hidden(
        format!("hidden {path}"),
        path,
        format!("whether every token is accepted cannot be told: `{path}` is marked sensitive"),
    )
}
