//! Filters of web requests: what decides whether they stop anything.
//!
//! Sources: the provider's documentation page of each type, and
//! <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-group-override-options.html>,
//! <https://docs.cloud.google.com/armor/docs/security-policy-overview>,
//! <https://learn.microsoft.com/azure/web-application-firewall/overview>.

/// One type that filters requests, or that is one rule of such a filter.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// The resource type.
    pub kind: &'static str,
    /// What happens to a request that no rule is about: the attribute, and the text in it that
    /// stops it.
    pub default: Option<(&'static str, &'static str)>,
    /// Attributes that decide how much the filter does.
    pub off: &'static [Strength],
    /// A list of what is done with what no rule is about, with those that stop it.
    pub drops: Option<(&'static str, &'static [&'static str])>,
    /// Lists of rules.
    pub lists: &'static [(&'static str, Shape)],
    /// A type that is one rule: how it is read, the attribute that names the filter, and the
    /// attributes of the filter that it can be named by.
    pub alone: Option<Alone>,
}

/// An attribute that decides how much a filter does.
#[derive(Clone, Copy, Debug)]
pub struct Strength {
    /// The attribute, or that of a block.
    pub path: &'static str,
    /// The values with which it does less than it can, from the weakest.
    pub weak: &'static [&'static str],
    /// Which of them it is where it is left out, as with the block around it; none where that is no weak
    /// one.
    pub unset: Option<&'static str>,
    /// Another attribute that names what does the same in its stead.
    pub instead: Option<&'static str>,
}

/// A type that is one rule of a filter.
#[derive(Clone, Copy, Debug)]
pub struct Alone {
    /// How it is read.
    pub shape: Shape,
    /// The attribute that names the filter.
    pub of: &'static str,
    /// The attribute that the filter is named by.
    pub by: &'static str,
    /// The attributes that are read of it, but `of`.
    pub attributes: &'static [&'static str],
}

/// How a rule says that it stops what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `action { block {} }` or `override_action { none {} }`, named by `name`.
    Blocks,
    /// `action { type = "BLOCK" }` or `override_action { type = "NONE" }`, named by `rule_id`.
    Types,
    /// `action = "deny(403)"` and no `preview`, told apart by `priority`.
    Google,
    /// `action = "Block"` and not `enabled = false`, named by `name`.
    Azure,
    /// A set of rules that the cloud keeps, named by `type`.
    Managed,
}

const DEFAULT: &str = "default_action[0]";

const fn filter(kind: &'static str, lists: &'static [(&'static str, Shape)]) -> Filter {
    Filter {
        kind,
        default: None,
        off: &[],
        drops: None,
        lists,
        alone: None,
    }
}

const fn alone(kind: &'static str, alone: Alone) -> Filter {
    Filter {
        kind,
        default: None,
        off: &[],
        drops: None,
        lists: &[],
        alone: Some(alone),
    }
}

const fn google(kind: &'static str, of: &'static str, by: &'static str) -> Filter {
    alone(
        kind,
        Alone {
            shape: Shape::Google,
            of,
            by,
            attributes: &["action", "preview", "priority", "match"],
        },
    )
}

const fn weak(path: &'static str, weak: &'static [&'static str]) -> Strength {
    Strength {
        path,
        weak,
        unset: None,
        instead: None,
    }
}

const DETECTION: &[&str] = &["Detection"];
const OFF: &[&str] = &["false"];
/// What only says that something passes does not stop it.
const ALERTS: &[&str] = &["Off", "Alert"];
const PASS: &[&str] = &["aws:pass"];

/// Every filter.
pub static FILTERS: &[Filter] = &[
    Filter {
        default: Some((DEFAULT, "block")),
        ..filter("aws_wafv2_web_acl", &[("rule", Shape::Blocks)])
    },
    filter("aws_wafv2_rule_group", &[("rule", Shape::Blocks)]),
    alone(
        "aws_wafv2_web_acl_rule",
        Alone {
            shape: Shape::Blocks,
            of: "web_acl_arn",
            by: "arn",
            attributes: &["name", "action", "override_action", "statement"],
        },
    ),
    Filter {
        default: Some((DEFAULT, "BLOCK")),
        ..filter("aws_waf_web_acl", &[("rules", Shape::Types)])
    },
    Filter {
        default: Some((DEFAULT, "BLOCK")),
        ..filter("aws_wafregional_web_acl", &[("rule", Shape::Types)])
    },
    filter("google_compute_security_policy", &[("rule", Shape::Google)]),
    filter(
        "google_compute_region_security_policy",
        &[("rules", Shape::Google)],
    ),
    google(
        "google_compute_security_policy_rule",
        "security_policy",
        "name",
    ),
    google(
        "google_compute_region_security_policy_rule",
        "security_policy",
        "name",
    ),
    google(
        "google_compute_organization_security_policy_rule",
        "policy_id",
        "id",
    ),
    Filter {
        off: &[
            weak("policy_settings[0].enabled", OFF),
            weak("policy_settings[0].mode", DETECTION),
        ],
        ..filter(
            "azurerm_web_application_firewall_policy",
            &[
                ("custom_rules", Shape::Azure),
                ("managed_rules[0].managed_rule_set", Shape::Managed),
            ],
        )
    },
    Filter {
        off: &[weak("enabled", OFF), weak("mode", DETECTION)],
        ..filter(
            "azurerm_cdn_frontdoor_firewall_policy",
            &[
                ("custom_rule", Shape::Azure),
                ("managed_rule", Shape::Managed),
            ],
        )
    },
    Filter {
        off: &[weak("enabled", OFF), weak("mode", DETECTION)],
        ..filter(
            "azurerm_frontdoor_firewall_policy",
            &[
                ("custom_rule", Shape::Azure),
                ("managed_rule", Shape::Managed),
            ],
        )
    },
    Filter {
        off: &[
            Strength {
                unset: Some("false"),
                instead: Some("firewall_policy_id"),
                ..weak("waf_configuration[0].enabled", OFF)
            },
            weak("waf_configuration[0].firewall_mode", DETECTION),
        ],
        ..filter("azurerm_application_gateway", &[])
    },
    // Firewalls of a network that look into what passes.
    Filter {
        off: &[
            Strength {
                unset: Some("Alert"),
                ..weak("threat_intelligence_mode", ALERTS)
            },
            Strength {
                unset: Some("Off"),
                ..weak("intrusion_detection[0].mode", ALERTS)
            },
        ],
        ..filter("azurerm_firewall_policy", &[])
    },
    Filter {
        // One with a policy, or in a hub, has no mode of its own.
        off: &[weak("threat_intel_mode", ALERTS)],
        ..filter("azurerm_firewall", &[])
    },
    // Without them the network policies in a cluster are only text.
    Filter {
        off: &[
            Strength {
                unset: Some("false"),
                ..weak("network_policy[0].enabled", OFF)
            },
            Strength {
                unset: Some("true"),
                ..weak(
                    "addons_config[0].network_policy_config[0].disabled",
                    &["true"],
                )
            },
        ],
        ..filter("google_container_cluster", &[])
    },
    Filter {
        off: &[Strength {
            unset: Some("none"),
            ..weak("network_profile[0].network_policy", &["none"])
        }],
        ..filter("azurerm_kubernetes_cluster", &[])
    },
    Filter {
        off: &[
            weak("firewall_policy[0].stateless_default_actions", PASS),
            weak(
                "firewall_policy[0].stateless_fragment_default_actions",
                PASS,
            ),
        ],
        drops: Some((
            "firewall_policy[0].stateful_default_actions",
            &[
                "aws:drop_strict",
                "aws:drop_established",
                "aws:drop_established_app_layer",
            ],
        )),
        ..filter("aws_networkfirewall_firewall_policy", &[])
    },
];

/// The filters that rules of their own name, by the attribute that they are named by.
pub const NAMED_BY: &[(&str, &str)] = &[
    ("aws_wafv2_web_acl", "arn"),
    ("google_compute_security_policy", "name"),
    ("google_compute_region_security_policy", "name"),
    ("google_compute_organization_security_policy", "id"),
];
