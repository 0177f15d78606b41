//! `account-not-allowed`

use std::collections::BTreeMap;

use tollgate_policy::{Action, Attr, Change, Finding, Outcome, RuleDef, Severity, pattern};
use tollgate_policy_common::configuration::{Configuration, Provider};

use super::counted;
use crate::place::{Side, arn_part, field};
use crate::settings::{Settings, Unseen};
use crate::table::Cloud;

/// A plan is about an account, a project or a subscription that the environment does not use.
///
/// Reads the account out of the ARNs of existing resources (AWS), the `project` of resources
/// (Google) and the subscription in their identifiers (Azure). A plan that only creates shows the
/// account of AWS or the subscription of Azure where the provider's configuration does: the role
/// that it assumes, `allowed_account_ids`, `subscription_id`, as constants or variables. Where
/// nothing does, `unseen-account` says what becomes of it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "account-not-allowed",
    title: "Accounts that are not allowed",
    description: "The plan has resources in an account of AWS, a project of Google or a \
        subscription of Azure that the settings do not allow for this environment.",
    severity: Severity::Critical,
    remediation: "Plan again with the credentials of this environment.",
    example: r#"```toml
[environments.production.policies.region-and-account.settings]
accounts = ["111122223333"]
```"#,
    links: &["https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html"],
};

/// What a cloud calls what bills are for.
struct Owner {
    cloud: Cloud,
    provider: &'static str,
    word: &'static str,
    setting: &'static str,
    attribute: &'static str,
}

const OWNERS: [Owner; 3] = [
    Owner {
        cloud: Cloud::Aws,
        provider: "aws",
        word: "account",
        setting: "accounts",
        attribute: "arn",
    },
    Owner {
        cloud: Cloud::Google,
        provider: "google",
        word: "project",
        setting: "projects",
        attribute: "project",
    },
    Owner {
        cloud: Cloud::Azure,
        provider: "azurerm",
        word: "subscription",
        setting: "subscriptions",
        attribute: "id",
    },
];

pub(crate) fn check(
    changes: &[&Change],
    configuration: &Configuration,
    settings: &Settings,
) -> Vec<Finding> {
    OWNERS
        .iter()
        .flat_map(|owner| of_cloud(owner, changes, configuration, settings))
        .collect()
}

fn of_cloud(
    owner: &Owner,
    changes: &[&Change],
    configuration: &Configuration,
    settings: &Settings,
) -> Vec<Finding> {
    let allowed = match owner.cloud {
        Cloud::Aws => &settings.accounts,
        Cloud::Google => &settings.projects,
        Cloud::Azure => &settings.subscriptions,
    };
    if allowed.is_empty() {
        return Vec::new();
    }
    let is_allowed = |account: &str| {
        allowed
            .iter()
            .any(|pattern| pattern::matches(&pattern.to_lowercase(), &account.to_lowercase()))
    };
    let mut found = BTreeMap::<String, Vec<&Change>>::new();
    let mut untold = Vec::new();
    for change in changes {
        if Cloud::of(&change.kind) != Some(owner.cloud) {
            continue;
        }
        match owner_of(change, owner) {
            Some(account) => found.entry(account).or_default().push(change),
            None if may_tell(change, owner) => untold.push(*change),
            None => {}
        }
    }
    let providers: Vec<&Provider> = configuration
        .providers
        .iter()
        .filter(|provider| provider.used && provider.is(owner.provider))
        .collect();
    let is_told = !providers.is_empty()
        && providers.iter().all(|provider| {
            !provider.accounts.is_empty() && provider.accounts.iter().all(|id| is_allowed(id))
        });
    // Of Google each resource says its own; of the others all have the credentials' one.
    let nothing_said = match owner.cloud {
        Cloud::Google => !untold.is_empty(),
        Cloud::Aws | Cloud::Azure => found.is_empty() && !untold.is_empty() && !is_told,
    };
    let concerned: Vec<&&Change> = changes
        .iter()
        .filter(|change| Cloud::of(&change.kind) == Some(owner.cloud))
        .collect();
    let wrong: Vec<Finding> = providers
        .iter()
        .filter(|provider| {
            !provider.accounts.is_empty()
                && !provider.accounts.iter().any(|id| is_allowed(id))
                // What the resources say already is said once.
                && !provider.accounts.iter().all(|id| found.contains_key(id))
                && !concerned.is_empty()
        })
        .map(|provider| {
            let finding = RULE.finding(
                Outcome::Violation,
                format!(
                    "the provider configuration `{}` is for the {} `{}`, which is not one of the allowed {}",
                    provider.key,
                    owner.word,
                    provider.accounts.join("`, `"),
                    owner.setting
                ),
            );
            let settled = concerned
                .iter()
                .all(|change| change.action == Action::NoOp && !change.importing);
            if settled { finding.existing() } else { finding }
        })
        .collect();
    let nothing_said = nothing_said && wrong.is_empty();
    let mut findings: Vec<_> = found
        .into_iter()
        .filter(|(account, _)| !is_allowed(account))
        .map(|(account, changes)| {
            let finding = RULE.finding(
                Outcome::Violation,
                format!(
                    "{} in the {} `{account}`, which is not one of the allowed {}",
                    match changes.len() {
                        1 => "1 resource is".to_owned(),
                        count => format!("{count} resources are"),
                    },
                    owner.word,
                    owner.setting
                ),
            );
            let finding = match changes.first() {
                Some(first) => finding.detail("first", first.address.clone()),
                None => finding,
            };
            let settled = changes
                .iter()
                .all(|change| change.action == Action::NoOp && !change.importing);
            if settled { finding.existing() } else { finding }
        })
        .collect();
    findings.extend(wrong);
    if let (true, Some(first)) = (nothing_said, untold.first()) {
        let finding = RULE
            .finding(
                Outcome::Undetermined,
                format!(
                    "the {} of {} cannot be told: `{}` of {} is known only after apply",
                    owner.word,
                    counted(untold.len()),
                    owner.attribute,
                    first.address
                ),
            )
            .remediation(match owner.cloud {
                Cloud::Aws => "Set `allowed_account_ids` in the provider's configuration, which refuses the wrong account.",
                Cloud::Google => "Set `project` in the provider's configuration or in the resource.",
                Cloud::Azure => "Set `subscription_id` in the provider's configuration, and check it in a review.",
            });
        // What the configuration computes can be anything; what it leaves out is the provider's.
        let computed = untold
            .iter()
            .any(|change| !change.references(owner.attribute).is_empty());
        let required = computed || settings.unseen_account == Unseen::Undetermined;
        findings.push(match required {
            true => finding,
            false => finding.advice(),
        });
    }
    findings
}

/// What a resource says of where it is, today or after apply.
fn owner_of(change: &Change, owner: &Owner) -> Option<String> {
    let sides = [Side::After, Side::Before];
    match owner.cloud {
        Cloud::Aws => sides.iter().find_map(|side| {
            // What a service of AWS owns is nobody's.
            arn_part(&field(change, "arn", *side), 4)
                .filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
        }),
        Cloud::Google => {
            let project = |side| match field(change, "project", side).text() {
                Attr::Known(project) if !project.is_empty() => {
                    Some(project.rsplit('/').next().unwrap_or(&project).to_owned())
                }
                _ => None,
            };
            // What is replaced may change its project.
            project(Side::After).or_else(|| project(Side::Before).filter(|_| stays(change)))
        }
        Cloud::Azure => sides.iter().find_map(|side| {
            let Attr::Known(id) = field(change, "id", *side).text() else {
                return None;
            };
            let mut parts = id
                .split('/')
                .skip_while(|part| !part.eq_ignore_ascii_case("subscriptions"));
            parts.next()?;
            parts
                .next()
                .filter(|id| !id.is_empty())
                .map(str::to_lowercase)
        }),
    }
}

/// Whether a resource will have what says so.
fn may_tell(change: &Change, owner: &Owner) -> bool {
    change.after(owner.attribute).undetermined().is_some()
}

fn stays(change: &Change) -> bool {
    matches!(change.action, Action::NoOp | Action::Update)
}
