//! Entrances of a Kubernetes cluster: services and ingresses, as types of their own and as manifests.

use tollgate_policy::{Attr, Change, Field, Interest};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::switch::is_open;

/// The types of services and ingresses, and the kind of object.
const TYPES: &[(&str, &str)] = &[
    ("kubernetes_service", "Service"),
    ("kubernetes_service_v1", "Service"),
    ("kubernetes_ingress", "Ingress"),
    ("kubernetes_ingress_v1", "Ingress"),
];

/// Any object.
const MANIFEST: (&str, &str) = ("kubernetes_manifest", "manifest");

/// Annotations that keep a load balancer inside of a network, with the value that does.
const INSIDE: &[(&str, &[&str])] = &[
    (
        "service.beta.kubernetes.io/aws-load-balancer-scheme",
        &["internal"],
    ),
    (
        "service.beta.kubernetes.io/aws-load-balancer-internal",
        &["true", "0.0.0.0/0"],
    ),
    (
        "service.beta.kubernetes.io/azure-load-balancer-internal",
        &["true"],
    ),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal"]),
    (
        "service.beta.kubernetes.io/oci-load-balancer-internal",
        &["true"],
    ),
];

/// Annotations of an ingress that name the networks that may come in.
const NETWORKS: &[&str] = &[
    "whitelist-source-range",
    "allowlist-source-range",
    "inbound-cidrs",
];

/// What is read of the types.
pub(crate) fn interests() -> Vec<Interest> {
    vec![
        Interest::in_types(TYPES.iter().map(|(kind, _)| *kind)).attributes(["metadata", "spec"]),
        Interest::in_types([MANIFEST.0]).attributes([MANIFEST.1]),
    ]
}

/// A service or an ingress on one side of a change.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    ingress: bool,
    manifest: bool,
    metadata: Field,
    spec: Field,
}

/// How far an entrance reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Into a network only.
    Inside(String),
    /// The internet, for some networks.
    Limited(String),
    /// The whole internet.
    Everyone(String),
    /// It cannot be told.
    Unknown,
}

impl Entrance {
    /// The entrance that a change is about.
    pub(crate) fn of(change: &Change, side: Side) -> Option<Self> {
        if change.kind == MANIFEST.0 {
            let manifest = side.of(change, MANIFEST.1);
            let Attr::Known(kind) = manifest.get("kind").text() else {
                return None;
            };
            return matches!(kind.as_str(), "Service" | "Ingress").then(|| Self {
                ingress: kind == "Ingress",
                manifest: true,
                metadata: manifest.get("metadata"),
                spec: manifest.get("spec"),
            });
        }
        let (_, kind) = TYPES.iter().find(|(kind, _)| *kind == change.kind)?;
        Some(Self {
            ingress: *kind == "Ingress",
            manifest: false,
            metadata: side.of(change, "metadata").first(),
            spec: side.of(change, "spec").first(),
        })
    }

    /// Whether it is a service that everybody on the internet can reach. Where an ingress is reached from
    /// is up to its controller.
    pub(crate) fn is_open_service(&self) -> bool {
        !self.ingress && matches!(self.reach(), Reach::Everyone(_))
    }

    /// The attribute that a finding names.
    pub(crate) fn attribute(&self) -> &'static str {
        if self.manifest {
            MANIFEST.1
        } else {
            "metadata"
        }
    }

    /// The attribute that has its type.
    pub(crate) fn spec_attribute(&self) -> &'static str {
        if self.manifest { MANIFEST.1 } else { "spec" }
    }

    /// Whether its annotations can be told.
    pub(crate) fn knows_annotations(&self) -> bool {
        self.metadata.undetermined().is_none()
            && self.metadata.get("annotations").undetermined().is_none()
    }

    fn annotations(&self) -> Vec<(String, Field)> {
        match self.metadata.get("annotations").entries() {
            Attr::Known(entries) => entries.into_iter().collect(),
            Attr::Unset | Attr::Undetermined(_) => Vec::new(),
        }
    }

    /// An annotation by the end of its name.
    pub(crate) fn annotation(&self, name: &str) -> Option<String> {
        self.annotations().into_iter().find_map(|(key, value)| {
            let (_, end) = key.rsplit_once('/')?;
            match value.text() {
                Attr::Known(text) if end == name && !text.is_empty() => Some(text),
                _ => None,
            }
        })
    }

    fn is_inside(&self) -> bool {
        self.annotations().iter().any(|(key, value)| {
            INSIDE.iter().any(|(name, good)| {
                name == key
                    && value
                        .text()
                        .is_known_and(|text| good.iter().any(|one| one.eq_ignore_ascii_case(text)))
            })
        })
    }

    /// Who can reach it.
    pub(crate) fn reach(&self) -> Reach {
        if self.spec.undetermined().is_some() || !self.knows_annotations() {
            return Reach::Unknown;
        }
        if self.ingress {
            let scheme = self.annotation("scheme");
            if scheme.as_deref() == Some("internal") {
                return Reach::Inside("`scheme` is `internal`".to_owned());
            }
            let named = NETWORKS
                .iter()
                .find_map(|name| Some((*name, self.annotation(name)?)));
            return match named {
                Some((name, list)) if !list.split(',').any(|one| is_open(one.trim())) => {
                    Reach::Limited(format!("`{name}` names networks"))
                }
                _ if scheme.as_deref() == Some("internet-facing") => {
                    Reach::Everyone("`scheme` is `internet-facing`".to_owned())
                }
                _ => Reach::Everyone("no annotation names networks".to_owned()),
            };
        }
        let kind = match self.spec.get("type").text() {
            Attr::Known(kind) => kind,
            Attr::Unset => "ClusterIP".to_owned(),
            Attr::Undetermined(_) => return Reach::Unknown,
        };
        if kind != "LoadBalancer" {
            return Reach::Inside(format!("`type` is `{kind}`"));
        }
        if self.is_inside() {
            return Reach::Inside("an annotation keeps it internal".to_owned());
        }
        let name = if self.manifest {
            "loadBalancerSourceRanges"
        } else {
            "load_balancer_source_ranges"
        };
        let ranges = match self.spec.get(name).items() {
            Attr::Known(ranges) => ranges,
            Attr::Unset => Vec::new(),
            Attr::Undetermined(_) => return Reach::Unknown,
        };
        let open = ranges
            .iter()
            .any(|range| range.text().is_known_and(|text| is_open(text)));
        if ranges.is_empty() || open {
            Reach::Everyone(format!(
                "`type` is `LoadBalancer`, and `{name}` limits nothing"
            ))
        } else {
            Reach::Limited(format!("`{name}` names networks"))
        }
    }
}
