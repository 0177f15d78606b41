//! What resources are called by, and how long their names may be.
//!
//! `names.txt` has a line for each attribute: the resource type, the attribute, and the fewest and
//! most characters, `-` where no limit is known; sorted by bytes. It covers hashicorp/aws 6.69,
//! hashicorp/google 8.7 and hashicorp/azurerm 5.10; a test looks every attribute up in the
//! providers' schemas. Left out are names that are somebody else's: of records, zones and domains,
//! of settings, extensions and attachments. Types of EC2 that have no name of their own go by
//! their tag `Name`.
//!
//! Limits come from the services' documentation:
//!
//! - AWS: the API reference of each service, whose pages state "Length Constraints"
//!   (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>,
//!   <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>,
//!   <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>,
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>). What a provider
//!   makes of a prefix is 26 characters longer; of a load balancer's it is as long as is left.
//! - Google: RFC 1035 labels for everything of Compute Engine
//!   (<https://cloud.google.com/compute/docs/naming-resources>), and the pages of the services
//!   (<https://cloud.google.com/storage/docs/buckets#naming>).
//! - Azure: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>.

use tollgate_policy_common::lines;

/// One attribute that holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub attribute: &'static str,
    /// The fewest characters, where known.
    pub min: Option<usize>,
    /// The most characters, where known.
    pub max: Option<usize>,
}

const NAMES: &str = include_str!("../names.txt");

/// Names of buckets are made of labels with dots between; together they may be longer.
pub(crate) const DOTTED: (&str, usize) = ("google_storage_bucket", 222);

/// Every attribute that holds a name.
pub fn rows() -> impl Iterator<Item = Row> {
    NAMES.lines().filter_map(row)
}

/// The attributes that hold the name of one resource type.
pub(crate) fn rows_of(kind: &str) -> Vec<Row> {
    lines::of(NAMES, kind).filter_map(row).collect()
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ');
    Some(Row {
        kind: words.next()?,
        attribute: words.next()?,
        min: words.next()?.parse().ok(),
        max: words.next()?.parse().ok(),
    })
}

impl Row {
    /// Whether it is only the beginning of a name.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.attribute.ends_with("_prefix")
    }

    /// Whether it is a tag, which a resource need not have.
    #[must_use]
    pub fn is_tag(&self) -> bool {
        self.attribute.starts_with("tags.")
    }
}
