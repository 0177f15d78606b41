//! `authentication-removed`

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::text::clipped;

/// Who uses something is asked who they are today, and not after apply.
///
/// # What it does
/// Compares the sign-in of caches, search domains, backends behind Identity-Aware Proxy, web
/// applications, distributions and accounts of storage and messages today and after apply: tokens and
/// users that are dropped, a proxy or an authentication that is switched off, signed links that
/// are no longer asked for, the identity of a distribution that is taken off its origin, and keys
/// that sign anyone in and that were switched off. Where it was so before it is no finding.
///
/// # Why
/// What is behind was built for users who had signed in. After apply the network is all that is
/// between it and everybody.
///
/// # Example
/// `auth_enabled` of a `google_redis_instance` becomes `false`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "authentication-removed",
    title: "Sign-in that this plan removes",
    description: "Whoever uses the resource has to sign in today, and after apply need not, or can do so \
        with a key that everybody shares.",
    severity: Severity::High,
    remediation: "Keep the sign-in; where another way of signing in takes its place in the same plan, set that \
        up in the same resource.",
    links: &["https://owasp.org/Top10/2021/A07_2021-Identification_and_Authentication_Failures/"],
};

/// A type, and ways of asking who somebody is, one of which has to be on.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    /// The types.
    pub kinds: &'static [&'static str],
    /// The attributes.
    pub ways: &'static [(&'static str, On)],
    /// What is said.
    message: &'static str,
    /// Whether one that is made counts as well: it is on without it.
    made: bool,
}

/// What an attribute is like while it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// True.
    True,
    /// False.
    False,
    /// Not false: it asks where it is left out.
    NotFalse,
    /// There is something.
    Named,
    /// A text, and none of these.
    NoneOf(&'static [&'static str]),
}

const fn auth(
    kinds: &'static [&'static str],
    ways: &'static [(&'static str, On)],
    message: &'static str,
) -> Auth {
    Auth {
        kinds,
        ways,
        message,
        made: false,
    }
}

const APPLICATIONS: &[&str] = &[
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_linux_web_app_slot",
    "azurerm_windows_web_app_slot",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_linux_function_app_slot",
    "azurerm_windows_function_app_slot",
];

const NO_TOKEN: &str = "whoever reaches the data can read and write it without signing in";
const NO_PROXY: &str = "Identity-Aware Proxy no longer asks who a user is";
const NO_LOGIN: &str = "the application no longer asks who a user is";
const SHARED: &str = "a key that everybody shares is enough to sign in again";

/// Every type.
pub const AUTHS: &[Auth] = &[
    auth(
        &["google_redis_instance"],
        &[("auth_enabled", On::True)],
        NO_TOKEN,
    ),
    auth(
        &["google_redis_cluster"],
        &[(
            "authorization_mode",
            On::NoneOf(&["AUTH_MODE_DISABLED", "AUTH_MODE_UNSPECIFIED"]),
        )],
        NO_TOKEN,
    ),
    auth(
        &["google_memorystore_instance"],
        &[("authorization_mode", On::NoneOf(&["AUTH_DISABLED"]))],
        NO_TOKEN,
    ),
    auth(
        &["aws_elasticache_replication_group"],
        &[("auth_token", On::Named), ("user_group_ids", On::Named)],
        NO_TOKEN,
    ),
    auth(
        &["aws_elasticache_serverless_cache"],
        &[("user_group_id", On::Named)],
        NO_TOKEN,
    ),
    auth(
        &["aws_memorydb_cluster"],
        &[("acl_name", On::NoneOf(&["open-access"]))],
        NO_TOKEN,
    ),
    auth(
        &["azurerm_redis_cache"],
        &[(
            "redis_configuration[0].authentication_enabled",
            On::NotFalse,
        )],
        NO_TOKEN,
    ),
    auth(
        &["aws_opensearch_domain", "aws_elasticsearch_domain"],
        &[("advanced_security_options[0].enabled", On::True)],
        "the domain no longer asks who a user is",
    ),
    auth(
        &[
            "google_compute_backend_service",
            "google_compute_region_backend_service",
        ],
        &[("iap[0].enabled", On::True)],
        NO_PROXY,
    ),
    auth(
        &["google_cloud_run_v2_service"],
        &[("iap_enabled", On::True)],
        NO_PROXY,
    ),
    auth(
        APPLICATIONS,
        &[
            ("auth_settings_v2[0].auth_enabled", On::True),
            ("auth_settings[0].enabled", On::True),
        ],
        NO_LOGIN,
    ),
    auth(
        APPLICATIONS,
        &[
            ("auth_settings_v2[0].require_authentication", On::True),
            (
                "auth_settings[0].unauthenticated_client_action",
                On::NoneOf(&["AllowAnonymous"]),
            ),
        ],
        NO_LOGIN,
    ),
    auth(
        &["azurerm_storage_account"],
        &[("shared_access_key_enabled", On::False)],
        SHARED,
    ),
    auth(
        &[
            "azurerm_servicebus_namespace",
            "azurerm_cognitive_account",
            "azurerm_app_configuration",
            "azurerm_eventgrid_topic",
            "azurerm_eventgrid_domain",
        ],
        &[("local_auth_enabled", On::False)],
        SHARED,
    ),
    auth(
        &[
            "azurerm_eventhub_namespace",
            "azurerm_cosmosdb_account",
            "azurerm_search_service",
        ],
        &[("local_authentication_enabled", On::False)],
        SHARED,
    ),
    Auth {
        made: true,
        ..auth(
            &["aws_ec2_serial_console_access"],
            &[("enabled", On::False)],
            "the serial console of every machine in the region can be used: a password of the machine is enough, past every firewall",
        )
    },
];

/// A distribution, and what is read of it.
pub const DISTRIBUTION: (&str, &[&str]) = (
    "aws_cloudfront_distribution",
    &["default_cache_behavior", "ordered_cache_behavior", "origin"],
);

pub(crate) fn check(change: &Change) -> Option<Finding> {
    if change.deposed.is_some() || change.importing || !change.remains() {
        return None;
    }
    if change.kind == DISTRIBUTION.0 {
        return distribution(change);
    }
    let existed = !matches!(change.action, Action::Create | Action::Read);
    AUTHS
        .iter()
        .filter(|auth| auth.kinds.contains(&change.kind.as_str()))
        .find_map(|auth| {
            let asks = |side: Side| {
                let ways: Vec<_> = auth
                    .ways
                    .iter()
                    .map(|(path, on)| stands(&side.of(change, path), *on))
                    .collect();
                if ways.contains(&Some(true)) {
                    Some(true)
                } else if ways.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            };
            let was = if existed {
                asks(Side::Before) == Some(true)
            } else {
                auth.made
            };
            if !was {
                return None;
            }
            let path = auth
                .ways
                .iter()
                .find(|(path, on)| {
                    !existed || stands(&change.before(path), *on) == Some(true)
                })
                .map_or("", |(path, _)| *path);
            match asks(Side::After) {
                Some(true) => None,
                Some(false) => {
                    Some(RULE.violation(change, auth.message).attribute(path))
                }
                // What is left out of a new one is filled in with its default.
                None if !existed => None,
                None => Some(
                    RULE.undetermined(
                        change,
                        format!("whether the resource still asks who a user is cannot be told: `{path}` is not known"),
                    )
                    .attribute(path),
                ),
            }
        })
}

/// Whether an attribute asks; none where that cannot be told.
fn stands(field: &Field, on: On) -> Option<bool> {
    let known = |good: &dyn Fn(&str) -> bool, unset: bool| match field.text() {
        Attr::Known(text) => Some(good(&text)),
        Attr::Unset => Some(unset),
        Attr::Undetermined(_) => None,
    };
    match on {
        On::True => known(&|text| text == "true", false),
        On::False => known(&|text| text == "false", false),
        On::NotFalse => known(&|text| text != "false", true),
        On::NoneOf(bad) => known(
            &|text| !text.is_empty() && !bad.iter().any(|one| text.eq_ignore_ascii_case(one)),
            false,
        ),
        On::Named => Some(named(field)),
    }
}

/// Whether something is there. What is hidden or not known yet is something.
fn named(field: &Field) -> bool {
    match field.items() {
        Attr::Known(items) => !items.is_empty(),
        Attr::Unset => false,
        Attr::Undetermined(Why::NotA(_)) => !field.text().is_known_and(String::is_empty),
        Attr::Undetermined(_) => true,
    }
}

/// A list of blocks, what tells them apart, whether one asks, and what is said where it no longer does.
type Check<'a> = (&'a str, &'a str, &'a dyn Fn(&Field) -> bool, &'a str);

/// Signed links, and the identity with which a distribution reads its origin.
fn distribution(change: &Change) -> Option<Finding> {
    if matches!(change.action, Action::Create | Action::Read) {
        return None;
    }
    let signed = |block: &Field| {
        named(&block.get("trusted_key_groups")) || named(&block.get("trusted_signers"))
    };
    let path = "default_cache_behavior";
    let (before, after) = (change.before(path).first(), change.after(path).first());
    if signed(&before) && !after.is_unset() && !signed(&after) {
        return Some(
            RULE.violation(
                change,
                "the distribution serves everybody: links need not be signed any more",
            )
            .attribute(path),
        );
    }
    let origin = |block: &Field| {
        named(&block.get("origin_access_control_id"))
            || named(
                &block
                    .get("s3_origin_config")
                    .first()
                    .get("origin_access_identity"),
            )
    };
    let checks: [Check<'_>; 2] = [
        (
            "ordered_cache_behavior",
            "path_pattern",
            &signed,
            "links need not be signed any more",
        ),
        (
            "origin",
            "origin_id",
            &origin,
            "the distribution no longer signs what it asks of the origin, which has to let everybody in",
        ),
    ];
    for (path, key, asks, message) in checks {
        let (Attr::Known(before), Attr::Known(after)) =
            (change.before(path).items(), change.after(path).items())
        else {
            continue;
        };
        for old in before.iter().filter(|block| asks(block)) {
            let Attr::Known(name) = old.get(key).text() else {
                continue;
            };
            let new = after
                .iter()
                .find(|block| block.get(key).text().is_known_and(|own| *own == name));
            if new.is_some_and(|block| !asks(block)) {
                return Some(
                    RULE.violation(change, format!("`{}`: {message}", clipped(&name)))
                        .attribute(path),
                );
            }
        }
    }
    None
}
