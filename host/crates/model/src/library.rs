//! The policies that are part of the binary, and the sets of them that a configuration can
//! choose: one row each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::Enforcement;

/// A set of built-in policies.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// What no plan should do anywhere: lose data, cost more than allowed, stop watching.
    Minimal,
    /// Also what exposes data or opens a system, and what most teams want; rules that
    /// would surprise a team on its first day only warn.
    #[default]
    Recommended,
    /// All that need no settings, and every rule refuses.
    Strict,
}

impl Preset {
    /// Its name in a configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Recommended => "recommended",
            Self::Strict => "strict",
        }
    }
}

/// A policy that is part of the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryPolicy {
    /// Its name, and its key in the configuration.
    pub name: &'static str,
    /// What it is about, in one line.
    pub summary: &'static str,
    /// The smallest set that it is in; none if it runs only where it is configured.
    pub preset: Option<Preset>,
    /// What a violation leads to where nothing is configured.
    pub enforcement: Enforcement,
    /// The rules that are advisory there even so.
    pub advisory: &'static [&'static str],
    /// Whether it looks at every kind of resource alike, such as at its name: that it looked at
    /// one does not mean that its type is known.
    pub formal: bool,
}

impl LibraryPolicy {
    /// Whether a set has the policy.
    #[must_use]
    pub fn is_in(&self, preset: Preset) -> bool {
        self.preset.is_some_and(|smallest| smallest <= preset)
    }

    /// What a violation leads to in a set, where nothing else is configured.
    #[must_use]
    pub fn enforcement_in(&self, preset: Preset) -> Enforcement {
        match preset {
            Preset::Strict => Enforcement::SoftMandatory,
            Preset::Minimal | Preset::Recommended => self.enforcement,
        }
    }

    /// The rules that are advisory in a set, where nothing else is configured.
    #[must_use]
    pub fn advisory_in(&self, preset: Preset) -> &'static [&'static str] {
        match preset {
            Preset::Strict => &[],
            Preset::Minimal | Preset::Recommended => self.advisory,
        }
    }
}

/// Every policy that is part of the binary, by name.
///
/// `alarm-presence` is advisory until the configuration says otherwise: which alarms a system
/// needs is its owners' decision, while nobody plans to lose a database or to overspend.
pub const LIBRARY: &[LibraryPolicy] = &[
    LibraryPolicy {
        name: "alarm-presence",
        summary: "what runs without an alarm that reaches somebody",
        preset: Some(Preset::Minimal),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "artifact-pinning",
        summary: "images, charts and code that somebody else can replace after the review",
        preset: Some(Preset::Strict),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "audit-trail",
        summary: "audit logs, access logs and detectors that are off or switched off",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "access-log-off",
            "alarm-chain-broken",
            "audit-incomplete",
            "logs-excluded",
            "trail-bucket-unlogged",
            "trail-bucket-unversioned",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "change-budget",
        summary: "how much one plan may delete, replace or forget",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &["plan-incomplete", "replacement-chain"],
        formal: true,
    },
    LibraryPolicy {
        name: "cost-cap",
        summary: "what a month costs, priced offline from a price book",
        preset: Some(Preset::Minimal),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "deletion-protection",
        summary: "data that is deleted, replaced, forgotten or unprotected",
        preset: Some(Preset::Minimal),
        enforcement: Enforcement::SoftMandatory,
        advisory: &["backups-rarer", "service-disabled"],
        formal: false,
    },
    LibraryPolicy {
        name: "dns-and-traffic",
        summary: "names, routes, listeners and functions that this plan leads elsewhere",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "privileged-code-swapped",
            "traffic-repointed",
            "weight-shifted",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "encryption",
        summary: "data and connections that are not encrypted, or weakly",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "iam-wildcard",
        summary: "identities that may do everything, or that anyone can take",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "access-key",
            "basic-role",
            "cluster-admin",
            "policy-unknown",
            "privileged-container",
            "service-wildcard",
            "user-policy",
            "wide-trust",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "instance-and-quota",
        summary: "sizes, counts and throttles that an environment allows",
        preset: None,
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "log-retention",
        summary: "how long logs are kept",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "retention-too-long",
            "retention-too-short",
            "retention-unlimited",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "network-exposure",
        summary: "what the Internet can reach through a firewall",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "default-group-used",
            "egress-open",
            "network-acl-open",
            "range-too-wide",
            "stop-removed",
            "web-rule-removed",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "parity",
        summary: "what two environments of one configuration may have differently",
        preset: None,
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: true,
    },
    LibraryPolicy {
        name: "public-bucket",
        summary: "buckets and containers that are open to everyone",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "block-missing",
            "bucket-website",
            "cors-any-origin",
            "policy-unknown",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "public-exposure",
        summary: "databases, clusters, images and functions that everyone can reach",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[
            "any-network-allowed",
            "api-key-access",
            "metadata-without-token",
            "password-alone",
            "public-address",
            "public-subnet",
            "unauthenticated-route",
        ],
        formal: false,
    },
    LibraryPolicy {
        name: "public-principal",
        summary: "queues, keys, functions and repositories that everyone may use",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::SoftMandatory,
        advisory: &["policy-unknown", "source-missing"],
        formal: false,
    },
    LibraryPolicy {
        name: "region-and-account",
        summary: "regions, accounts and providers that an environment allows",
        preset: None,
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: true,
    },
    LibraryPolicy {
        name: "required-tags",
        summary: "tags and labels that resources must have",
        preset: None,
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: true,
    },
    LibraryPolicy {
        name: "resource-naming",
        summary: "names that a service would refuse, and conventions for names",
        preset: Some(Preset::Recommended),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: true,
    },
];

/// The policy of this name, if it is part of the binary.
#[must_use]
pub fn built_in(name: &str) -> Option<&'static LibraryPolicy> {
    LIBRARY.iter().find(|policy| policy.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_larger_sets_have_more() {
        assert!(LIBRARY.is_sorted_by_key(|policy| policy.name));
        let of = |preset| LIBRARY.iter().filter(|policy| policy.is_in(preset)).count();
        assert!(of(Preset::Minimal) <= of(Preset::Recommended));
        assert!(of(Preset::Recommended) <= of(Preset::Strict));
        assert!(built_in("cost-cap").is_some() && built_in("cost-ca").is_none());
    }
}
