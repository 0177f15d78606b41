//! Which attributes decide whether data is encrypted, where it lies and where it travels.
//!
//! Sources: each switch is an argument of the provider's documentation page of its type, which
//! [`source`] names, and the defaults are the ones stated there (hashicorp/aws 6, hashicorp/google
//! 8, hashicorp/azurerm 5). Where a fact comes from somewhere else, a comment at the row says
//! where. What a service encrypts whatever is set is in no row but those of [`Concern::Key`].
//! Attributes whose names sound like encryption and that are in no row are in `considered.txt`,
//! with the reason; a test compares both with the providers' schemas.

mod aws;
mod azure;
mod google;
mod keys;

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

/// What a switch is about. Each is a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Data that is stored.
    AtRest,
    /// Messages of a topic, which are stored only until they are delivered.
    Topic,
    /// Data that travels.
    InTransit,
    /// Versions and ciphers of TLS.
    Tls,
    /// A key of the customer's own, where the settings ask for one.
    Key,
    /// Whether a key is replaced from time to time.
    Rotation,
}

/// Every resource type that has a switch, by provider, then by what it is.
pub fn rows() -> impl Iterator<Item = &'static Row<Concern>> {
    [aws::ROWS, google::ROWS, azure::ROWS, keys::ROWS]
        .into_iter()
        .flatten()
}

/// The documentation page of a resource type.
#[must_use]
pub fn source(kind: &str) -> Option<String> {
    let (provider, page) = match kind {
        "aws_alb_listener" => ("aws", "lb_listener"),
        kind => kind.split_once('_')?,
    };
    matches!(provider, "aws" | "google" | "azurerm").then(|| {
        format!("https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}")
    })
}

/// A boolean that has to be true; the default is false.
const fn on(about: Concern, path: &'static str) -> Switch<Concern> {
    Switch::new(about, path, Good::True, Unset::Bad("false"))
}

/// A boolean that has to be true, as it is by default.
const fn keep_on(about: Concern, path: &'static str) -> Switch<Concern> {
    Switch::new(about, path, Good::True, Unset::Good)
}

/// A boolean that has to be true; what it is made from or the account decides where it is left out.
const fn on_or_account(path: &'static str) -> Switch<Concern> {
    Switch::new(Concern::AtRest, path, Good::True, Unset::Account)
}

/// A boolean that has to be false, as it is by default.
const fn keep_off(about: Concern, path: &'static str) -> Switch<Concern> {
    Switch::new(about, path, Good::False, Unset::Good)
}

/// A text that has to be one of these; the default is another.
const fn only(
    about: Concern,
    path: &'static str,
    good: &'static [&'static str],
    default: &'static str,
) -> Switch<Concern> {
    Switch::new(about, path, Good::OneOf(good), Unset::Bad(default))
}

/// A text that must not be one of these; leaving it out is good.
const fn never(
    about: Concern,
    path: &'static str,
    bad: &'static [&'static str],
) -> Switch<Concern> {
    Switch::new(about, path, Good::NoneOf(bad), Unset::Good)
}

const fn row(kinds: &'static [&'static str], switches: &'static [Switch<Concern>]) -> Row<Concern> {
    Row { kinds, switches }
}

/// It is not made from something that decides.
const fn not_from(path: &'static str) -> When {
    When::unset(path)
}
