//! Which attributes put a resource where the whole internet, or every account, can reach it.
//!
//! Sources: each switch is an argument of the provider's documentation page of its type, which
//! [`source`] names, and the defaults are the ones stated there (hashicorp/aws 6, hashicorp/google
//! 8, hashicorp/azurerm 5). Where a fact comes from somewhere else, a comment at the row says
//! where. Attributes whose names sound like exposure and that are in no row are in
//! `considered.txt`, with the reason; a test compares both with the providers' schemas.
//!
//! Rules of firewalls are those of `network-exposure`, access to buckets is that of
//! `public-bucket`, and documents of permissions are those of `public-principal`.

mod aws;
mod azure;
mod google;

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

/// What becomes reachable, and for whom. Each is a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// An endpoint on the internet, because a switch puts it there.
    Endpoint,
    /// An endpoint on the internet, because nothing limits who may connect.
    AnyNetwork,
    /// A list of networks that has most of the internet in it.
    OpenNetwork,
    /// A public address of a machine.
    Address,
    /// Public addresses for everything that starts in a subnet.
    Subnet,
    /// Use without signing in.
    Anonymous,
    /// A route of an API that needs no authorization.
    Route,
    /// Data or software that every account can read or copy.
    Shared,
    /// A setting of the account that keeps resources from becoming public.
    Guard,
    /// A load balancer or another entrance that is public by its nature.
    Entrance,
    /// Credentials of a machine, for whoever makes it send a request.
    Metadata,
    /// Use with nothing but a password.
    Password,
    /// Use with nothing but a key that every client has.
    ApiKey,
}

/// Every resource type that has a switch, by provider, then by what it is.
pub fn rows() -> impl Iterator<Item = &'static Row<Exposure>> {
    [aws::ROWS, google::ROWS, azure::ROWS].into_iter().flatten()
}

/// The documentation page of a resource type.
#[must_use]
pub fn source(kind: &str) -> Option<String> {
    let (provider, page) = match kind {
        "aws_alb" => ("aws", "lb"),
        kind => kind.split_once('_')?,
    };
    matches!(provider, "aws" | "google" | "azurerm").then(|| {
        format!("https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}")
    })
}

/// A boolean that is good while it is false, as it is by default.
const fn opens(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::False, Unset::Good)
}

/// A boolean that is good while it is false, and true by default.
const fn open(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::False, Unset::Bad("true"))
}

/// A boolean that is good while it is true, and false by default.
const fn closes(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::True, Unset::Bad("false"))
}

/// A text that must not be one of these; leaving it out is good.
const fn never(
    about: Exposure,
    path: &'static str,
    bad: &'static [&'static str],
) -> Switch<Exposure> {
    Switch::new(about, path, Good::NoneOf(bad), Unset::Good)
}

/// A text that must be one of these; the default is another.
const fn only(
    about: Exposure,
    path: &'static str,
    good: &'static [&'static str],
    default: &'static str,
) -> Switch<Exposure> {
    Switch::new(about, path, Good::OneOf(good), Unset::Bad(default))
}

/// Networks that are let in. One that is made of the address of a gateway or machine is a small one.
const fn networks(path: &'static str) -> Switch<Exposure> {
    Switch::new(Exposure::OpenNetwork, path, Good::Closed, Unset::Good).from(&[
        "public_ip",
        "ip_address",
        "address",
        "nat_ip",
        "public_ip_address",
        "cidr_block",
        "ip_cidr_range",
    ])
}

/// Those that something is shared with, which must not be one of these. One that is made of an
/// account is that account.
const fn shared(path: &'static str, bad: &'static [&'static str]) -> Switch<Exposure> {
    never(Exposure::Shared, path, bad).from(&[
        "email",
        "member",
        "arn",
        "id",
        "account_id",
        "unique_id",
        "name",
    ])
}

/// A block that must not be there.
const fn without(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::Empty, Unset::Good)
}

/// A block that has to be there.
const fn with(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::Present, Unset::Bad(""))
}

/// The service of a machine that hands out its credentials asks for a token first, which no
/// request that somebody else makes the machine send can bring.
const fn tokens(path: &'static str) -> Switch<Exposure> {
    never(Exposure::Metadata, path, &["optional"])
        .fix("Set `http_tokens = \"required\"`, after checking that the software on the machine uses version 2 of the metadata service.")
}

/// A text that must not be set.
const fn unnamed(about: Exposure, path: &'static str) -> Switch<Exposure> {
    Switch::new(about, path, Good::Unnamed, Unset::Good)
}

/// A network rule that lets nobody in without being named has this default action.
const fn unless_denied(path: &'static str) -> When {
    When::not(path, &["Deny"])
}

const fn row(
    kinds: &'static [&'static str],
    switches: &'static [Switch<Exposure>],
) -> Row<Exposure> {
    Row { kinds, switches }
}
