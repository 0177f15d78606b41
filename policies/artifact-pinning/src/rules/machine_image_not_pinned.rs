//! `machine-image-not-pinned`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};
use tollgate_policy_common::walk::{leaves, root};

use super::caused;
use crate::image::{Side, field};
use crate::settings::{MachineImages, Settings};
use crate::table::{MACHINES, Machine};

/// The image of a machine is whichever is the newest.
///
/// Reports a machine of AWS that is replaced because the lookup of its image
/// (`data "aws_ami"` with `most_recent`, a public parameter) finds a newer one. Everything else
/// that takes the newest, such as the version `latest` of Azure, a family of Google, or a lookup
/// for a new machine, is advice; `machine-images = "id"` requires it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "machine-image-not-pinned",
    title: "Machines whose image is the newest one",
    description: "A machine is replaced because a lookup finds a newer image; or, where the \
        settings ask for more, its image is named as the newest and not by its identifier.",
    severity: Severity::Medium,
    remediation: "Name the image by its identifier or version, and change that on purpose; or ignore changes of it with `lifecycle`.",
    example: r#"```hcl
data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
}
resource "aws_instance" "api" {
  ami = data.aws_ami.linux.id
}
```"#,
    links: &["https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/ami"],
};

pub(crate) fn check(change: &Change, settings: &Settings) -> Vec<Finding> {
    if settings.machine_images == MachineImages::Any {
        return Vec::new();
    }
    MACHINES
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind)
        .filter_map(|(_, path, machine)| {
            let finding = of_row(change, path, *machine, settings)?;
            Some(finding.attribute(*path))
        })
        .collect()
}

fn of_row(change: &Change, path: &str, machine: Machine, settings: &Settings) -> Option<Finding> {
    let wanted = settings.machine_images == MachineImages::Id;
    if machine == Machine::Ami {
        let lookup = change
            .references(path)
            .iter()
            .find(|reference| is_lookup(reference));
        let forced = change.action == Action::Replace
            && change.replace_paths.iter().any(|forcing| forcing == path);
        if let (true, Some(lookup)) = (forced, lookup) {
            return Some(RULE.violation(
                change,
                format!("the machine is replaced because `{lookup}` finds another image"),
            ));
        }
        let parameter = match change.after(path).text() {
            Attr::Known(text) => text.starts_with("resolve:ssm:"),
            Attr::Unset | Attr::Undetermined(_) => false,
        };
        let message = match lookup {
            Some(lookup) => format!("the image is what `{lookup}` finds"),
            None if parameter => "the image is what a parameter names at launch".to_owned(),
            None => return None,
        };
        let unchanged = matches!(change.action, Action::NoOp | Action::Update)
            && change.after(path) == change.before(path);
        return Some(graded(change, &message, unchanged, wanted));
    }
    let newest = |side| {
        leaves(&field(change, root(path), side), path)
            .into_iter()
            .find_map(|leaf| match leaf.value.text() {
                Attr::Known(text) if is_newest(&text, machine) => Some(text),
                _ => None,
            })
    };
    let text = newest(Side::After)?;
    let was_so = newest(Side::Before).is_some();
    let message = match machine {
        Machine::Family => format!("the image is the newest of the family `{text}`"),
        Machine::Ami | Machine::Version => "the version of the image is `latest`".to_owned(),
    };
    Some(graded(change, &message, was_so, wanted))
}

fn graded(change: &Change, message: &str, was_so: bool, wanted: bool) -> Finding {
    let finding = RULE.violation(change, message);
    match wanted {
        true => caused(change, finding, was_so),
        false => finding.advice(),
    }
}

/// Whether a reference is to what looks an image up.
fn is_lookup(reference: &str) -> bool {
    [
        "data.aws_ami.",
        "data.aws_ami_ids.",
        "data.aws_ssm_parameter.",
    ]
    .iter()
    .any(|lookup| reference.starts_with(lookup) || reference.contains(&format!(".{lookup}")))
}

fn is_newest(text: &str, machine: Machine) -> bool {
    match machine {
        Machine::Version => text.eq_ignore_ascii_case("latest"),
        // An image of the public projects has its date in its name; without, it is a family.
        Machine::Family => {
            text.contains("family/")
                || (text.split('/').count() == 2
                    && text.contains("-cloud/")
                    && !text.rsplit("-v").next().is_some_and(|date| {
                        date.len() >= 6 && date.bytes().all(|b| b.is_ascii_digit())
                    }))
        }
        Machine::Ami => false,
    }
}
