//! `public-member`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, google, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;

/// A role of Google's is given to everyone.
///
/// Looks at every type that gives a role to members (`google_…_iam_member`, `_binding`,
/// `_policy`), and at the access of BigQuery's datasets, for `allUsers` and
/// `allAuthenticatedUsers`. Members that are marked sensitive cannot be told from them. Buckets are in
/// `public-bucket`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-member",
    title: "Role that is given to everyone",
    description: "A role on a resource is given to `allUsers` or `allAuthenticatedUsers`: to everyone, \
        or to everyone with any account of Google's.",
    severity: Severity::Critical,
    remediation: "Give the role to the accounts or groups that need it; a role that is meant for everyone, \
        such as `roles/run.invoker`, goes into `allow-roles` of the settings of this policy.",
    example: r#"```hcl
resource "google_pubsub_topic_iam_member" "t" {
  topic  = google_pubsub_topic.t.name
  role   = "roles/pubsub.publisher"
  member = "allUsers"
}
```"#,
    links: &["https://docs.cloud.google.com/iam/docs/principals-overview"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    judge(&RULE, subject.change, |side| {
        let mut faults = Vec::new();
        for (path, read) in subject.members(side) {
            let binding = match read {
                Ok(binding) => binding,
                Err(why) if google::is_hidden(&why) => {
                    faults.push(hidden(path));
                    continue;
                }
                Err(_) => continue,
            };
            if subject.settings.allows_role(&binding.role) {
                continue;
            }
            let role = binding.role;
            if binding.hidden_members {
                faults.push(hidden(path));
            }
            faults.extend(
                binding
                    .members
                    .iter()
                    .filter(|member| google::is_public(member))
                    .map(|member| {
                        Fault::certain(
                            format!("{role} {member}"),
                            path,
                            format!(
                                "`{path}` gives the role `{}` to `{}`, which is everyone",
                                clipped(&role),
                                clipped(member)
                            ),
                        )
                    }),
            );
        }
        faults
    })
}

fn hidden(path: &str) -> Fault {
    Fault::hidden(
        format!("hidden {path}"),
        path,
        format!("whether a role is given to everyone cannot be told: `{path}` is marked sensitive"),
    )
}
