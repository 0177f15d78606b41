//! `admin-attachment`

use tollgate_policy::{Attr, Change, Field, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::origin::{Origin, POLICY};
use crate::table::ATTACHMENTS;

/// A managed policy that allows everything is attached.
///
/// Looks at what attaches managed policies to roles, users, groups and permission sets for those
/// in `admin-policies` of the settings: `AdministratorAccess`, `IAMFullAccess`,
/// `PowerUserAccess`. An ARN that is marked sensitive can be one of them. So can one that is known only
/// after apply, unless the configuration refers to a policy that the plan makes, which is judged there.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "admin-attachment",
    title: "Administrator policy that is attached",
    description: "A managed policy of AWS is attached that allows everything, or giving oneself \
        everything. Whoever gets hold of the identity owns the account.",
    severity: Severity::Critical,
    remediation: "Attach a policy with the permissions that are needed; an identity that has to be an \
        administrator goes into `allow` of the settings of this policy.",
    example: r#"```hcl
policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
```"#,
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    ATTACHMENTS
        .iter()
        .filter(|(kind, path)| *kind == change.kind && !subject.context.mirrors.shows(change, path))
        .flat_map(|(_, path)| judge(&RULE, change, |side| faults(subject, path, side)))
        .collect()
}

fn faults(subject: &Subject<'_>, path: &str, side: Side) -> Vec<Fault> {
    let field = side.of(subject.change, path);
    let arns: Vec<_> = match field.items() {
        Attr::Known(items) => items.iter().map(Field::text).collect(),
        Attr::Unset | Attr::Undetermined(_) => vec![field.text()],
    };
    let mut faults = Vec::new();
    let (mut hidden, mut unknown) = (false, false);
    for arn in arns {
        match arn {
            Attr::Known(arn) if subject.settings.is_admin(&arn) => {
                faults.push(attached(path, &arn));
            }
            Attr::Undetermined(Why::Sensitive) => hidden = true,
            Attr::Undetermined(Why::Unknown) => unknown = true,
            Attr::Known(_) | Attr::Unset | Attr::Undetermined(Why::NotA(_)) => {}
        }
    }
    let whether = "whether an administrator policy is attached cannot be told";
    if hidden {
        faults.push(Fault::hidden(
            format!("hidden {path}"),
            path,
            format!("{whether}: `{path}` is marked sensitive"),
        ));
    }
    if unknown {
        let left_out = field.undetermined().is_some() && subject.change.kind == "aws_iam_role";
        let (found, told) = match subject.context.origins.origin(subject.change, path, POLICY) {
            // Left out, the provider computes it of what is attached elsewhere.
            Origin::Nothing => (Vec::new(), left_out),
            Origin::Elsewhere => (Vec::new(), false),
            Origin::Plan(looked_up) => looked_up_faults(subject, path, &looked_up),
        };
        faults.extend(found);
        if !told {
            faults.push(
                Fault::uncertain(
                    format!("unknown {path}"),
                    path,
                    format!("{whether}: `{path}` is known only after apply, and not only of a policy that this plan makes"),
                )
                .remedy("Refer to the policy itself (`aws_iam_policy.NAME.arn`), or write its ARN."),
            );
        }
    }
    faults
}

/// What is wrong with policies that data sources look up during the apply, and whether that is all
/// that can be.
fn looked_up_faults(
    subject: &Subject<'_>,
    path: &str,
    looked_up: &[&Change],
) -> (Vec<Fault>, bool) {
    let settings = subject.settings;
    let mut faults = Vec::new();
    let mut told = true;
    for data in looked_up {
        match (data.after("arn").text(), data.after("name").text()) {
            (Attr::Known(arn), _) if settings.is_admin(&arn) => faults.push(attached(path, &arn)),
            (_, Attr::Known(name)) if settings.admin_policies.contains(&name) => {
                faults.push(attached(path, &name));
            }
            (Attr::Known(_), _) | (_, Attr::Known(_)) => {}
            _ => told = false,
        }
    }
    (faults, told)
}

fn attached(path: &str, arn: &str) -> Fault {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Fault::certain(
        name,
        path,
        format!("`{path}` attaches the managed policy `{}`", clipped(name)),
    )
}
