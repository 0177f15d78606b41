//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::network::{Addresses, Ports, Protocol, Range, Reach};
use tollgate_policy_common::require::RequireAlways;

use crate::ports::ADMIN;

/// The settings of `network-exposure`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Where the policy applies.
    pub require: RequireAlways,
    /// What may be open to the Internet: `443` and `8000-8100` (by TCP and UDP), `tcp/443`,
    /// `udp/53`, or a protocol without ports, such as `icmp`.
    pub open_ports: Vec<PortSetting>,
    /// The ports whose exposure is gravest: administration and databases.
    pub admin_ports: Vec<PortSetting>,
    /// Networks on the Internet that are yours, as prefixes. What is open to them alone is no
    /// finding.
    pub trusted_networks: Vec<NetworkSetting>,
    /// Which further networks may reach which ports.
    pub allow: Vec<Allow>,
    /// The widest public IPv4 prefix that may reach a port that is not in `open-ports`. A
    /// wider range is `range-too-wide`; from /8 on it counts as the Internet.
    #[schemars(range(min = 8, max = 32))]
    pub widest_ipv4: u32,
    /// The same for IPv6, where a range counts as the Internet from /16 on.
    #[schemars(range(min = 16, max = 128))]
    pub widest_ipv6: u32,
    /// Whether traffic that goes out is judged as well.
    pub egress: Judged,
    /// Where `egress` is judged: what may be open towards the Internet.
    pub open_egress_ports: Vec<PortSetting>,
    /// Whether network access lists of AWS are judged. Their default allows everything, and
    /// security groups decide.
    pub network_acls: Judged,
    /// Requires that the default security group of a VPC has no rules, as the CIS benchmark asks.
    pub default_group_empty: bool,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

/// Whether something is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Judged {
    /// It is.
    Judge,
    /// It is not.
    Ignore,
}

/// Ports, such as `443`, `8000-8100`, `udp/53`, or a protocol such as `icmp`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", transparent)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct PortSetting(
    #[schemars(regex(
        pattern = r"^((tcp|udp|sctp)/)?[0-9]{1,5}(-[0-9]{1,5})?$|^(tcp|udp|sctp)$|^(icmp|icmpv6|esp|ah|gre|igmp|ipip)$"
    ))]
    String,
);

/// A network, such as `198.51.100.0/24` or `2001:db8::/32`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", transparent)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct NetworkSetting(#[schemars(regex(pattern = r"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$"))] String);

/// Which networks may reach which ports.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Allow {
    /// The ports, as in `open-ports`.
    #[schemars(length(min = 1))]
    pub ports: Vec<PortSetting>,
    /// The networks that may reach them.
    #[schemars(length(min = 1))]
    pub from: Vec<NetworkSetting>,
}

impl Default for Settings {
    fn default() -> Self {
        let ports = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| PortSetting((*text).to_owned()))
                .collect()
        };
        Self {
            require: RequireAlways::default(),
            open_ports: ports(&["80", "443", "icmp", "icmpv6"]),
            admin_ports: ADMIN
                .iter()
                .map(|(port, _)| PortSetting(port.to_string()))
                .collect(),
            trusted_networks: Vec::new(),
            allow: Vec::new(),
            widest_ipv4: 16,
            widest_ipv6: 32,
            egress: Judged::Ignore,
            open_egress_ports: ports(&["443"]),
            network_acls: Judged::Judge,
            default_group_empty: false,
            ignore_types: Vec::new(),
        }
    }
}

/// The settings, read.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) open: Reach,
    pub(crate) admin: Reach,
    pub(crate) open_egress: Reach,
    /// The addresses that are not the Internet, and those that the settings trust.
    pub(crate) inside: Addresses,
    pub(crate) allow: Vec<(Reach, Addresses)>,
    pub(crate) widest_ipv4: u32,
    pub(crate) widest_ipv6: u32,
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        self.require.applies_to(environment)
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// Reads the texts.
    pub(crate) fn limits(&self) -> Result<Limits, String> {
        let mut allow = Vec::new();
        for entry in &self.allow {
            allow.push((
                reach(&entry.ports, "allow.ports")?,
                networks(&entry.from, "allow.from")?,
            ));
        }
        let mut inside = Addresses::special();
        inside.extend(&networks(&self.trusted_networks, "trusted-networks")?);
        Ok(Limits {
            open: reach(&self.open_ports, "open-ports")?,
            admin: reach(&self.admin_ports, "admin-ports")?,
            open_egress: reach(&self.open_egress_ports, "open-egress-ports")?,
            inside,
            allow,
            widest_ipv4: self.widest_ipv4,
            widest_ipv6: self.widest_ipv6,
        })
    }
}

fn reach(settings: &[PortSetting], key: &str) -> Result<Reach, String> {
    let mut reach = Reach::default();
    for PortSetting(text) in settings {
        let wrong = || {
            format!("`{text}` in `{key}` is no port: write `443`, `8000-8100`, `udp/53` or `icmp`")
        };
        let (protocols, ports) = match text.split_once('/') {
            Some((protocol, ports)) => (
                vec![Protocol::parse(protocol).ok_or_else(wrong)?],
                Ports::parse(ports).ok_or_else(wrong)?,
            ),
            None if text.starts_with(|c: char| c.is_ascii_digit()) => (
                vec![Protocol::TCP, Protocol::UDP],
                Ports::parse(text).ok_or_else(wrong)?,
            ),
            None => (vec![Protocol::parse(text).ok_or_else(wrong)?], Ports::all()),
        };
        for protocol in protocols {
            reach.add(protocol, &ports);
        }
    }
    Ok(reach)
}

fn networks(settings: &[NetworkSetting], key: &str) -> Result<Addresses, String> {
    settings
        .iter()
        .map(|NetworkSetting(text)| {
            Range::parse(text).ok_or_else(|| {
                format!("`{text}` in `{key}` is no network: write it like `198.51.100.0/24`")
            })
        })
        .collect()
}
