//! `wide-trust`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Reading, Side, Statement, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::table::{DENIES, TAKERS};

use crate::trust::{Reach, reach};

/// More may take a role than one workload.
///
/// Reads the subjects that a role accepts from an issuer of tokens: any repository of an owner,
/// any branch or pull request of a repository, any service account of a cluster. Of Google's:
/// roles for every identity of a workload identity pool, for every repository of an owner or with a
/// branch of some name, and for every workload of a cluster; and roles that act as a service account for
/// a whole domain or organisation. Where a plan changes the policy of a role, a
/// bucket, a key or a queue: a whole account that it did not name before; and of a role, a condition on a
/// second factor or an external ID that it drops.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "wide-trust",
    title: "Role that any repository, branch or workload of an owner may take",
    description: "The trust policy of a role accepts more than one workload: any repository of an owner, \
        any branch of a repository, or any service account of a cluster; or a plan lets another account \
        in, or drops the second factor or the external ID that it asked for.",
    severity: Severity::Medium,
    remediation: "Compare the subject with one branch or environment, such as \
        `repo:example/shop:ref:refs/heads/main` or `repo:example/shop:environment:production`.",
    example: r#"```hcl
condition {
  test     = "StringLike"
  variable = "token.actions.githubusercontent.com:sub"
  values   = ["repo:example/shop:*"]
}
```"#,
    links: &["https://docs.github.com/en/actions/concepts/security/openid-connect"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind.starts_with("google_") {
        return judge(&RULE, change, |side| google(subject, side));
    }
    let mut findings = subject.judge_trusts(&RULE, |document, statement| {
        match reach(document, statement) {
            Reach::Wide(who) => Some(format!("lets {who} take the role")),
            _ => None,
        }
    });
    findings.extend(changed(subject));
    findings
}

/// Keys of conditions that prove who takes a role, and what they are.
const PROOFS: [(&str, &str); 4] = [
    ("aws:multifactorauthpresent", "a second factor"),
    ("aws:multifactorauthage", "a second factor"),
    ("sts:externalid", "the external ID"),
    ("aws:principalorgid", "an account of the organisation"),
];

/// What a plan widens of a policy that it changes.
fn changed(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !matches!(change.action, Action::Update | Action::Replace) || change.importing {
        return Vec::new();
    }
    let trusts = subject.trusts.iter().map(|read| {
        (
            read.path,
            read.on(Side::Before).clone(),
            read.on(Side::After).clone(),
            true,
        )
    });
    let resources = DENIES
        .iter()
        .filter(|(kind, _)| *kind == change.kind && *kind != "aws_organizations_policy")
        .map(|(_, path)| {
            let of = |side| subject.context.documents.read(change, path, side);
            (*path, of(Side::Before), of(Side::After), false)
        });
    let mut findings = Vec::new();
    for (path, before, after, trust) in trusts.chain(resources) {
        let (Reading::Read(before), Reading::Read(after)) = (before, after) else {
            continue;
        };
        let known: BTreeSet<_> = before
            .statements
            .iter()
            .flat_map(accounts)
            .map(|(id, _)| id)
            .collect();
        let foreign: BTreeSet<_> = after
            .allows()
            .filter(|statement| statement.conditions.is_empty())
            .flat_map(accounts)
            .filter(|(id, whole)| *whole && !known.contains(id))
            .map(|(id, _)| id)
            .collect();
        for id in foreign {
            let what = if trust {
                "take the role"
            } else {
                "use the resource"
            };
            findings.push(
                RULE.violation(
                    change,
                    format!("the plan lets every identity that the account `{}` allows {what}, which no statement named before", clipped(&id)),
                )
                .attribute(path)
                .remediation("Make sure that the account is yours, and name the one role in it that is meant."),
            );
        }
        if !trust {
            continue;
        }
        for (key, what) in PROOFS {
            let asks = |statement: &Statement| {
                statement
                    .conditions
                    .iter()
                    .any(|condition| condition.key == key)
            };
            let dropped = before.allows().filter(|old| asks(old)).any(|old| {
                after.allows().any(|new| {
                    !asks(new) && new.principal == old.principal && new.actions == old.actions
                })
            });
            // One that did not ask before is no news.
            let open = before.allows().any(|old| {
                !asks(old)
                    && after
                        .allows()
                        .any(|new| !asks(new) && new.principal == old.principal)
            });
            if dropped && !open {
                findings.push(
                    RULE.violation(
                        change,
                        format!("the role can be taken without {what} after apply: the plan drops the condition on `{key}`"),
                    )
                    .attribute(path)
                    .remediation("Keep the condition."),
                );
            }
        }
    }
    findings
}

/// The accounts whose identities a statement names, and whether it names all of each.
fn accounts(statement: &Statement) -> Vec<(String, bool)> {
    let Some(principal) = &statement.principal else {
        return Vec::new();
    };
    principal
        .of_kind("AWS")
        .filter_map(|name| {
            if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
                return Some((name.to_owned(), true));
            }
            let id = name.split(':').nth(4)?;
            let is_account = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
            is_account.then(|| (id.to_owned(), name.ends_with(":root")))
        })
        .collect()
}

/// Members of Google's that are more than one workload.
fn google(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let change = subject.change;
    let mut faults = Vec::new();
    for (path, binding) in subject.bindings(side) {
        let role = clipped(&binding.role);
        let takes = TAKERS.contains(&binding.role.as_str());
        let on_account = change.kind.starts_with("google_service_account_iam_");
        for member in &binding.members {
            let Some((whom, advice)) = many(member, takes && on_account) else {
                continue;
            };
            faults.push(
                Fault::certain(
                    format!("{} {member}", binding.role),
                    path,
                    format!("`{path}` gives the role `{role}` to {whom}"),
                )
                .remedy(advice),
            );
        }
    }
    faults
}

/// Whom a member of a policy of Google's lets in, where that is more than one workload, and the next step;
/// `takes` says whether the role acts as one service account.
fn many(member: &str, takes: bool) -> Option<(String, &'static str)> {
    const POOL: &str = "Give the role to one subject or one attribute of the pool.";
    const REPOSITORY: &str = "Give the role to one repository: `…/attribute.repository/OWNER/NAME`, or to one subject of it.";
    const ONE: &str = "Name the users, groups or service accounts that need it.";
    if takes && let Some(domain) = member.strip_prefix("domain:") {
        let whom = format!("every account of the domain `{}`", clipped(domain));
        return Some((whom, ONE));
    }
    let set = member.strip_prefix("principalSet://")?;
    if takes && set.starts_with("cloudresourcemanager.googleapis.com/") {
        let whom = format!("every identity of `{}`", clipped(set));
        return Some((whom, ONE));
    }
    let (_, of_pool) = set.split_once("/workloadIdentityPools/")?;
    if of_pool.ends_with("/*") {
        let whom = "every identity of a workload identity pool".to_owned();
        return Some((whom, POOL));
    }
    let (_, attribute) = of_pool.split_once('/')?;
    let (name, value) = attribute.split_once('/')?;
    let value = clipped(value);
    match name.strip_prefix("attribute.").unwrap_or(name) {
        // What every token of an issuer has.
        "iss" | "issuer" | "aud" | "audience" => Some((
            format!(
                "every identity of a workload identity pool whose `{name}` is `{value}`: whoever has a token of that issuer"
            ),
            POOL,
        )),
        "repository_owner"
        | "repository_owner_id"
        | "namespace_path"
        | "namespace_id"
        | "organization"
        | "organization_id"
        | "organization_name"
        | "org" => Some((format!("any repository of `{value}`"), REPOSITORY)),
        // It says nothing of the repository.
        "ref" | "ref_type" | "event_name" | "environment" => Some((
            format!("every repository whose `{name}` is `{value}`"),
            REPOSITORY,
        )),
        "kubernetes.cluster" => Some((
            "every workload of a cluster".to_owned(),
            "Give the role to one service account of the cluster, or to one namespace.",
        )),
        _ => None,
    }
}
