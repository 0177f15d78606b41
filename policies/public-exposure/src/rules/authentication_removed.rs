//! `authentication-removed`

use tollgate_policy::{Action, Attr, Cause, Change, Field, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::switch::Standing;
use tollgate_policy_common::text::clipped;

use crate::Fault;
use crate::cluster::Entrance;

/// Who uses something is asked who they are today, and not after apply.
///
/// Compares the sign-in of caches, search domains, databases, backends behind Identity-Aware Proxy, web
/// applications, APIs, load balancers, distributions and accounts of storage and messages today and
/// after apply: tokens, users and client certificates that are dropped, a proxy or an authentication
/// that is switched off, an action of a listener that signs users in and goes, methods of an API that
/// become public, signed links that are no longer asked for, the identity of a distribution that is
/// taken off its origin, and keys and passwords that sign anyone in and that were switched off. Where it
/// was so before it is no finding.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "authentication-removed",
    title: "Sign-in that this plan removes",
    description: "Whoever uses the resource has to sign in today, and after apply need not, or can do so \
        with a key that everybody shares.",
    severity: Severity::High,
    remediation: "Keep the sign-in; where another way of signing in takes its place in the same plan, set that \
        up in the same resource.",
    example: "`auth_enabled` of a `google_redis_instance` becomes `false`.",
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
    /// What has to be on today for it to mean something.
    pub with: Option<(&'static str, On)>,
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
    /// One of these texts.
    Is(&'static [&'static str]),
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
        with: None,
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
    "azurerm_function_app_flex_consumption",
];

/// Those that take code with a password.
const DEPLOYED: &[&str] = APPLICATIONS;

/// Those that take code by FTP as well.
const WITH_FTP: &[&str] = &[
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
const PASSWORD: &str = "a password of the database is enough to sign in again";
const PUBLISHED: &str =
    "a password that everybody who deploys shares is enough to publish code again";
const NO_OS_LOGIN: &str =
    "keys in the metadata are enough to sign in to machines again, whatever roles somebody has";
const NO_CERTIFICATE: &str = "clients need not show a certificate any more";
const NO_SUBSCRIPTION: &str = "calls need no key of a subscription any more";

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
    // Visitors who have not signed in are let through, though signing in is possible.
    Auth {
        with: Some(("auth_settings_v2[0].auth_enabled", On::True)),
        ..auth(
            APPLICATIONS,
            &[
                (
                    "auth_settings_v2[0].unauthenticated_action",
                    On::NoneOf(&["AllowAnonymous"]),
                ),
                (
                    "auth_settings[0].unauthenticated_client_action",
                    On::NoneOf(&["AllowAnonymous"]),
                ),
            ],
            NO_LOGIN,
        )
    },
    auth(
        APPLICATIONS,
        &[("client_certificate_enabled", On::True)],
        NO_CERTIFICATE,
    ),
    Auth {
        with: Some(("client_certificate_enabled", On::True)),
        ..auth(
            APPLICATIONS,
            &[("client_certificate_mode", On::Is(&["Required"]))],
            NO_CERTIFICATE,
        )
    },
    auth(
        &["aws_lb_listener", "aws_alb_listener"],
        &[("mutual_authentication[0].mode", On::Is(&["verify"]))],
        NO_CERTIFICATE,
    ),
    auth(
        &[
            "aws_api_gateway_domain_name",
            "aws_apigatewayv2_domain_name",
        ],
        &[("mutual_tls_authentication[0].truststore_uri", On::Named)],
        NO_CERTIFICATE,
    ),
    auth(
        &[
            "azurerm_api_management_api",
            "azurerm_api_management_product",
        ],
        &[("subscription_required", On::True)],
        NO_SUBSCRIPTION,
    ),
    auth(
        &["azurerm_mssql_server"],
        &[(
            "azuread_administrator[0].azuread_authentication_only",
            On::True,
        )],
        PASSWORD,
    ),
    auth(
        &["azurerm_mssql_managed_instance"],
        &[(
            "azure_active_directory_administrator[0].azuread_authentication_only_enabled",
            On::True,
        )],
        PASSWORD,
    ),
    auth(
        &["azurerm_synapse_workspace"],
        &[("azuread_authentication_only", On::True)],
        PASSWORD,
    ),
    auth(
        &["azurerm_postgresql_flexible_server"],
        &[("authentication[0].password_auth_enabled", On::False)],
        PASSWORD,
    ),
    auth(
        &["azurerm_kubernetes_cluster"],
        &[("local_account_disabled", On::True)],
        "a certificate of the cluster's administrator is enough to sign in again",
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
            "azurerm_signalr_service",
            "azurerm_web_pubsub",
            "azurerm_web_pubsub_socketio",
        ],
        &[("local_auth_enabled", On::False)],
        SHARED,
    ),
    auth(
        &[
            "azurerm_eventhub_namespace",
            "azurerm_cosmosdb_account",
            "azurerm_search_service",
            "azurerm_maps_account",
            "azurerm_application_insights",
            "azurerm_automation_account",
            "azurerm_iothub",
            "azurerm_log_analytics_workspace",
            "azurerm_bot_service_azure_bot",
            "azurerm_eventgrid_partner_namespace",
        ],
        &[("local_authentication_enabled", On::False)],
        SHARED,
    ),
    auth(
        &["azurerm_redis_cache"],
        &[("access_keys_authentication_enabled", On::False)],
        SHARED,
    ),
    auth(
        DEPLOYED,
        &[("webdeploy_publish_basic_authentication_enabled", On::False)],
        PUBLISHED,
    ),
    auth(
        WITH_FTP,
        &[("ftp_publish_basic_authentication_enabled", On::False)],
        PUBLISHED,
    ),
    auth(
        &["azurerm_storage_account"],
        &[("sftp_enabled", On::False)],
        "users of the account's own can sign in by SFTP, whom nothing else knows",
    ),
    auth(
        &[
            "google_compute_project_metadata",
            "google_compute_instance",
            "google_compute_instance_template",
            "google_compute_region_instance_template",
        ],
        &[("metadata.enable-oslogin", On::Is(&["true"]))],
        NO_OS_LOGIN,
    ),
    Auth {
        with: Some(("key", On::Is(&["enable-oslogin"]))),
        ..auth(
            &["google_compute_project_metadata_item"],
            &[("value", On::Is(&["true"]))],
            NO_OS_LOGIN,
        )
    },
    auth(
        &["azurerm_managed_redis"],
        &[(
            "default_database[0].access_keys_authentication_enabled",
            On::False,
        )],
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

/// What a load balancer does with requests, and the actions of it.
pub const LISTENERS: &[(&str, &str)] = &[
    ("aws_lb_listener", "default_action"),
    ("aws_alb_listener", "default_action"),
    ("aws_lb_listener_rule", "action"),
    ("aws_alb_listener_rule", "action"),
];

/// The actions that ask who a user is.
const SIGN_IN: [(&str, &str); 3] = [
    ("authenticate-cognito", "authenticate_cognito"),
    ("authenticate-oidc", "authenticate_oidc"),
    ("jwt-validation", "jwt_validation"),
];

pub(crate) fn check(change: &Change) -> Option<Finding> {
    if change.deposed.is_some() || change.importing || !change.remains() {
        return None;
    }
    if change.kind == DISTRIBUTION.0 {
        return distribution(change);
    }
    if let Some((_, path)) = LISTENERS.iter().find(|(kind, _)| *kind == change.kind)
        && let Some(finding) = listener(change, path)
    {
        return Some(finding);
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
            let means = auth
                .with
                .is_none_or(|(path, on)| stands(&change.before(path), on) == Some(true));
            if !was || !means {
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
pub(super) fn stands(field: &Field, on: On) -> Option<bool> {
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
        On::Is(good) => known(
            &|text| good.iter().any(|one| text.eq_ignore_ascii_case(one)),
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

/// What tells of users of an ingress of a cluster before it sends a request on.
const ASKED: &[&str] = &["auth-url", "auth-type", "auth-tls-secret"];

/// The finding for an ingress that no longer asks.
pub(crate) fn of_ingress(change: &Change) -> Option<Finding> {
    let before = Entrance::of(change, Side::Before)?;
    let after = Entrance::of(change, Side::After)?;
    let lost = ASKED.iter().find(|name| {
        before.annotation(name).is_some()
            && after.knows_annotations()
            && !ASKED.iter().any(|name| after.annotation(name).is_some())
    })?;
    Some(
        RULE.violation(
            change,
            format!("the ingress no longer asks who a user is: the annotation `{lost}` goes"),
        )
        .attribute(before.attribute()),
    )
}

/// The finding for a method or route of an API that a user has to sign in for today.
pub(crate) fn opened(change: &Change, fault: &Fault) -> Option<Finding> {
    let bad = matches!(fault.standing, Standing::Bad(_));
    let planned = fault.was_good && fault.cause == Cause::Planned && !change.importing;
    // Another path may be the only thing that is new.
    let other = |path: &str| change.before(path) != change.after(path);
    let planned = planned && (other(fault.switch.path) || other("api_key_required"));
    (bad && planned).then(|| {
        fault.finding(
            &RULE,
            change,
            "whoever reaches the API can call it without signing in",
            "whoever reaches the API can call it without signing in",
        )
    })
}

/// Whether one of the actions of a load balancer asks who a user is; none where that cannot be told.
fn asks_in(actions: &Field) -> Option<bool> {
    let actions = match actions.items() {
        Attr::Known(actions) => actions,
        Attr::Unset => return Some(false),
        Attr::Undetermined(_) => return None,
    };
    let mut asks = Some(false);
    for action in &actions {
        let kind = match action.get("type").text() {
            Attr::Known(kind) => kind,
            Attr::Unset => continue,
            Attr::Undetermined(_) => {
                asks = None;
                continue;
            }
        };
        let Some((_, block)) = SIGN_IN.iter().find(|(name, _)| *name == kind) else {
            continue;
        };
        let visitors = action.get(block).first().get("on_unauthenticated_request");
        if !visitors.text().is_known_and(|text| text == "allow") {
            return Some(true);
        }
    }
    asks
}

/// The action of a load balancer that signs users in.
fn listener(change: &Change, path: &str) -> Option<Finding> {
    if matches!(change.action, Action::Create | Action::Read)
        || asks_in(&change.before(path)) != Some(true)
    {
        return None;
    }
    // What sends nothing on lets nobody in.
    let sends = match change.after(path).items() {
        Attr::Known(actions) => actions.iter().any(|action| {
            !action
                .get("type")
                .text()
                .is_known_and(|kind| matches!(kind.as_str(), "fixed-response" | "redirect"))
        }),
        Attr::Unset | Attr::Undetermined(_) => true,
    };
    match asks_in(&change.after(path)) {
        Some(false) if sends => Some(
            RULE.violation(
                change,
                "the load balancer no longer asks who a user is before it sends a request on",
            )
            .attribute(path),
        ),
        Some(_) => None,
        None => Some(
            RULE.undetermined(
                change,
                format!("whether the load balancer still asks who a user is cannot be told: `{path}` is not known"),
            )
            .attribute(path),
        ),
    }
}
