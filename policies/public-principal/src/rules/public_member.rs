//! `public-member`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, google, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;

/// A role of Google's is given to everyone.
///
/// # What it does
/// Looks at every type that gives a role to members (`google_…_iam_member`, `_binding`,
/// `_policy`), and at the access of BigQuery's datasets, for `allUsers` and
/// `allAuthenticatedUsers`. Buckets are in `public-bucket`.
///
/// # Why
/// `allAuthenticatedUsers` is everyone with any account of Google's, of any organisation or
/// none, and not those of yours.
///
/// # Example
/// ```hcl
/// resource "google_pubsub_topic_iam_member" "t" {
///   topic  = google_pubsub_topic.t.name
///   role   = "roles/pubsub.publisher"
///   member = "allUsers"
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-member",
    title: "Role that is given to everyone",
    description: "A role on a resource is given to `allUsers` or `allAuthenticatedUsers`: to everyone, \
        or to everyone with any account of Google's.",
    severity: Severity::Critical,
    remediation: "Give the role to the accounts or groups that need it; a role that is meant for everyone, \
        such as `roles/run.invoker`, goes into `allow-roles` of the settings of this policy.",
    links: &["https://docs.cloud.google.com/iam/docs/principals-overview"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    judge(&RULE, subject.change, |side| {
        subject
            .members(side)
            .into_iter()
            .filter_map(|(path, read)| Some((path, read.ok()?)))
            .filter(|(_, binding)| !subject.settings.allows_role(&binding.role))
            .flat_map(|(path, binding)| {
                let role = binding.role;
                binding
                    .members
                    .into_iter()
                    .filter(|member| google::is_public(member))
                    .map(move |member| {
                        Fault::certain(
                            format!("{role} {member}"),
                            path,
                            format!(
                                "`{path}` gives the role `{}` to `{}`, which is everyone",
                                clipped(&role),
                                clipped(&member)
                            ),
                        )
                    })
            })
            .collect()
    })
}
