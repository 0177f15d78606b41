//! Which resource types have tags, and where.
//!
//! `tagged/<provider>.txt` has every resource type that can have tags, one a line and sorted by
//! bytes: hashicorp/aws 6.69, hashicorp/google 8.7 (with the attribute that holds the labels)
//! and hashicorp/azurerm 5.10. A test makes the lists from the providers' schemas. A type that is
//! in no list has no tags, and is not judged.
//!
//! - AWS: `tags_all` is `tags` with the provider's `default_tags`; where there are neither, it is
//!   unknown until apply (`SetTagsDiff` in the provider's `internal/verify`). Groups of instances have
//!   `tag` blocks instead, which default tags do not reach
//!   (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/autoscaling_group#tag>).
//! - Google: `terraform_labels` is what the configuration and the provider's `default_labels` set
//!   (<https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference#default_labels>).
//!   Its `tags` are something else: names for firewalls, or bindings of the organisation.
//! - Azure: `tags`. The provider has no defaults; what a policy of Azure adds is in no plan.

/// Where a resource type has its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `tags` and `tags_all`.
    Aws,
    /// `tag` blocks with `key` and `value`.
    Blocks,
    /// Labels at this path, `terraform_labels` and `effective_labels` beside it.
    Google(&'static str),
    /// `tags`.
    Azure,
}

const AWS: &str = include_str!("../tagged/aws.txt");
const GOOGLE: &str = include_str!("../tagged/google.txt");
const AZURE: &str = include_str!("../tagged/azurerm.txt");

/// The type whose tags are blocks.
pub const WITH_BLOCKS: &str = "aws_autoscaling_group";
/// The type that tags what is launched from it.
pub const LAUNCH_TEMPLATE: &str = "aws_launch_template";

/// Every resource type that can have tags.
pub fn types() -> impl Iterator<Item = (&'static str, Shape)> {
    let aws = AWS.lines().map(|kind| match kind {
        WITH_BLOCKS => (kind, Shape::Blocks),
        kind => (kind, Shape::Aws),
    });
    let google = GOOGLE
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, path)| (kind, Shape::Google(path)));
    let azure = AZURE.lines().map(|kind| (kind, Shape::Azure));
    aws.chain(google).chain(azure)
}

impl Shape {
    /// The attributes that hold tags, the one that tells most first.
    #[must_use]
    pub fn attributes(self) -> Vec<&'static str> {
        match self {
            Self::Aws => vec!["tags_all", "tags"],
            Self::Blocks => vec!["tag"],
            Self::Google(path) => vec!["terraform_labels", "effective_labels", path],
            Self::Azure => vec!["tags"],
        }
    }

    /// What a person sets.
    pub(crate) fn set_in(self) -> &'static str {
        match self {
            Self::Aws | Self::Azure => "tags",
            Self::Blocks => "tag",
            Self::Google(path) => path,
        }
    }

    /// What it is called there.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Google(_) => "label",
            Self::Aws | Self::Blocks | Self::Azure => "tag",
        }
    }
}
