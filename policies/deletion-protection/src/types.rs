//! Which resource types there are, and what each of them holds.
//!
//! `types/<provider>.txt` has a line for every resource type: its name and its class, sorted
//! by bytes, so that one is found without reading the others. The lists cover hashicorp/aws
//! 6.69 (and what 5.100 had besides), hashicorp/google 8.7 and hashicorp/azurerm 5.10 whole;
//! a test compares them with the providers' schemas. `others.txt` has the types of further
//! providers that hold data, and `arm.txt` those of Azure's own API, for azapi.
//!
//! - `data`: its destruction loses what its configuration does not contain: records, files,
//!   messages, keys, logs, images, identities, or contents that others put there. That takes
//!   in queues, streams and clusters, whose contents come from elsewhere.
//! - `container`: destroying it destroys other things that are in it.
//! - `lock`: it is there to forbid the deletion of something else.
//! - `nothing`: it is made anew just as it was (functions, networks, alarms). So are
//!   instances (where they count, termination protection says so), caches in front of data,
//!   addresses, objects and parameters that a configuration itself writes, and mere metadata.
//! - `by-value`: what it is stands in one of its attributes ([`BY_VALUE`]). What a chart of Helm
//!   holds is told by its name.

use tollgate_policy::{Attr, Change};

use crate::kubernetes::{Held, held};

/// What is at stake when a resource is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Data or identity that the configuration cannot make again.
    Data,
    /// Other things that are in it.
    Container,
    /// The protection of something else.
    Lock,
    /// The service that it gives, but nothing for good.
    Nothing,
}

/// The lists, by the beginning of the types in them.
const LISTS: [(&str, &str); 3] = [
    ("aws_", include_str!("../types/aws.txt")),
    ("google_", include_str!("../types/google.txt")),
    ("azurerm_", include_str!("../types/azurerm.txt")),
];
const OTHERS: &str = include_str!("../types/others.txt");
const ARM: &str = include_str!("../types/arm.txt");

/// Types that can be anything, each with the attribute that says what.
pub const BY_VALUE: [(&str, &str); 5] = [
    ("aws_cloudcontrolapi_resource", "type_name"),
    ("azapi_resource", "type"),
    ("kubernetes_manifest", "manifest.kind"),
    ("kubectl_manifest", "kind"),
    ("helm_release", "chart"),
];

/// Charts that run what holds data, by words in their names.
const CHARTS: &[&str] = &[
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "valkey",
    "keydb",
    "kafka",
    "rabbitmq",
    "nats",
    "pulsar",
    "elasticsearch",
    "opensearch",
    "cassandra",
    "scylla",
    "clickhouse",
    "influxdb",
    "couchdb",
    "couchbase",
    "neo4j",
    "cockroach",
    "etcd",
    "zookeeper",
    "minio",
    "vault",
    "consul",
    "prometheus",
    "victoria-metrics",
    "loki",
    "mimir",
    "thanos",
    "tempo",
    "rook-ceph",
    "longhorn",
    "openebs",
    "gitlab",
    "gitea",
    "harbor",
    "nexus",
    "jenkins",
    "keycloak",
    "velero",
];

/// Words in the names of charts that run what stands beside one of those.
const BESIDE: &[&str] = &[
    "exporter",
    "adapter",
    "agent",
    "operator",
    "crds",
    "secrets",
    "dashboard",
    "injector",
];

/// The name of a chart of Helm, of which it is not known whether it holds data.
pub(crate) fn unknown_chart(change: &Change) -> Option<String> {
    (change.kind == "helm_release" && class_of(change) != Some(Class::Data))
        .then(|| said(change, "chart").unwrap_or_else(|| "unknown".to_owned()))
}

/// Of those that are objects of Kubernetes, the attribute that says of which group.
const GROUPS: [(&str, &str); 2] = [
    ("kubernetes_manifest", "manifest.apiVersion"),
    ("kubectl_manifest", "api_version"),
];

/// Every attribute by which a type says what it is.
pub(crate) fn by_value() -> impl Iterator<Item = (&'static str, &'static str)> {
    BY_VALUE.into_iter().chain(GROUPS)
}

/// The group and the kind of an object of Kubernetes of which it is not known what is kept for it.
pub(crate) fn unknown_object(change: &Change) -> Option<(String, String)> {
    let (api, kind) = object(change)?;
    let api = api?;
    (held(Some(&api), &kind) == Held::Unknown).then(|| {
        let group = api.split('/').next().unwrap_or_default();
        (group.to_owned(), kind)
    })
}

/// The `apiVersion` and the kind of an object of Kubernetes.
fn object(change: &Change) -> Option<(Option<String>, String)> {
    let (_, group) = GROUPS.iter().find(|(kind, _)| *kind == change.kind)?;
    let (_, kind) = BY_VALUE.iter().find(|(kind, _)| *kind == change.kind)?;
    Some((said(change, group), said(change, kind)?))
}

/// What an attribute says today or, of what is new, after apply.
fn said(change: &Change, path: &str) -> Option<String> {
    [change.before(path), change.after(path)]
        .iter()
        .find_map(|field| match field.text() {
            Attr::Known(text) => Some(text),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
}

/// The class of a resource type; none for one that is in no list.
#[must_use]
pub fn class(kind: &str) -> Option<Class> {
    let list = LISTS
        .iter()
        .find(|(prefix, _)| kind.starts_with(prefix))
        .map_or(OTHERS, |(_, list)| list);
    word(find(list, kind)?)
}

/// The class of the resource that a change is of.
#[must_use]
pub fn class_of(change: &Change) -> Option<Class> {
    let Some((kind, path)) = BY_VALUE.iter().find(|(kind, _)| *kind == change.kind) else {
        return class(&change.kind);
    };
    let said = said(change, path)?;
    match *kind {
        "azapi_resource" => {
            let name = said.split('@').next().unwrap_or_default();
            word(find(ARM, &name.to_ascii_lowercase())?)
        }
        "kubernetes_manifest" | "kubectl_manifest" => {
            let (api, said) = object(change)?;
            match held(api.as_deref(), &said) {
                Held::Known(class) => Some(class),
                Held::BuiltIn => {
                    class(&format!("kubernetes_{}", snake(&said))).or(Some(Class::Nothing))
                }
                Held::Unknown => Some(Class::Nothing),
            }
        }
        "helm_release" => {
            let name = said
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let name = name.to_ascii_lowercase();
            let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
            Some(if has(CHARTS) && !has(BESIDE) {
                Class::Data
            } else {
                Class::Nothing
            })
        }
        _ => class(&cloud_control(&said)?),
    }
}

/// Every type that the lists have, and the class that they give it.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    LISTS
        .iter()
        .map(|(_, list)| *list)
        .chain([OTHERS])
        .flat_map(str::lines)
        .filter_map(|line| line.split_once(' '))
}

/// The class of a type of `CloudFormation`, `AWS::RDS::DBInstance`.
pub(crate) fn class_of_cloudformation(name: &str) -> Option<Class> {
    class(&cloud_control(name)?)
}

/// The type of the provider awscc for a type of `CloudFormation`: `awscc_rds_db_instance` for
/// `AWS::RDS::DBInstance`.
fn cloud_control(name: &str) -> Option<String> {
    let mut parts = name.strip_prefix("AWS::")?.split("::");
    let (service, resource) = (parts.next()?, parts.next()?);
    Some(format!(
        "awscc_{}_{}",
        service.to_ascii_lowercase(),
        snake(resource)
    ))
}

/// `db_instance` for `DBInstance`, `persistent_volume_claim` for `PersistentVolumeClaim`.
fn snake(camel: &str) -> String {
    let chars: Vec<char> = camel.chars().collect();
    let mut snake = String::new();
    for (nth, c) in chars.iter().enumerate() {
        let before = nth.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(nth + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn word(word: &str) -> Option<Class> {
    match word {
        "data" => Some(Class::Data),
        "container" => Some(Class::Container),
        "lock" => Some(Class::Lock),
        "nothing" => Some(Class::Nothing),
        _ => None,
    }
}

/// The word that a sorted list has for a name, found by halves.
fn find<'l>(list: &'l str, name: &str) -> Option<&'l str> {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = list
            .get(low..middle)?
            .rfind('\n')
            .map_or(low, |at| low + at + 1);
        let end = list
            .get(start..)?
            .find('\n')
            .map_or(list.len(), |at| start + at);
        let (key, word) = list.get(start..end)?.split_once(' ')?;
        match key.cmp(name) {
            std::cmp::Ordering::Equal => return Some(word),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_line_is_found() {
        for (prefix, list) in LISTS.iter().copied().chain([("", OTHERS), ("", ARM)]) {
            let mut last = "";
            for line in list.lines() {
                let (key, class) = line.split_once(' ').unwrap();
                assert!(last < key, "{last} {key}");
                assert!(key.starts_with(prefix), "{key}");
                assert!(word(class).is_some() || class == "by-value", "{line}");
                assert_eq!(find(list, key), Some(class), "{key}");
                last = key;
            }
            assert_eq!(find(list, "aaa"), None);
            assert_eq!(find(list, "zzz"), None);
        }
        assert_eq!(class("aws_db_instance"), Some(Class::Data));
        assert_eq!(class("aws_db_instanc"), None);
        assert_eq!(class("azurerm_resource_group"), Some(Class::Container));
    }

    #[test]
    fn names_of_other_apis() {
        for (name, expected) in [
            ("AWS::RDS::DBInstance", Some("awscc_rds_db_instance")),
            ("AWS::S3::Bucket", Some("awscc_s3_bucket")),
            ("AWS::EFS::FileSystem", Some("awscc_efs_file_system")),
            ("AWS::DSQL::Cluster", Some("awscc_dsql_cluster")),
            ("Alexa::ASK::Skill", None),
            ("AWS::S3", None),
        ] {
            assert_eq!(cloud_control(name).as_deref(), expected, "{name}");
        }
        assert_eq!(snake("PersistentVolumeClaim"), "persistent_volume_claim");
    }
}
