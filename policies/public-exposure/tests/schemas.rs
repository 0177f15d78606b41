//! The table against the providers' schemas.

use public_exposure::settings::Settings;
use public_exposure::{AUTHS, DISTRIBUTION, LIMITS, LISTENERS, RULES_OF};
use tollgate_policy_common::schema::Schemas;
use tollgate_policy_common::switch::proof::{not_considered, not_in_schemas};

/// What sounds as if it was for the table.
const WORDS: &[&str] = &[
    "public",
    "authorized_network",
    "authorization_type",
    "endpoint_access",
    "access_config",
    "ip_rules",
    "default_action",
    "anonymous",
    "unauthenticated",
    "shared_accounts",
    "internet",
    "external_ip",
    "visibility",
    "allow_all",
    "http_tokens",
    "mfa",
    "auth_type",
    "authentication_type",
    "password_authentication",
    "admin_enabled",
];

#[test]
fn every_row_is_in_the_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    assert_eq!(not_in_schemas::<Settings>(&schemas), [""; 0]);
    let auths = AUTHS.iter().flat_map(|auth| {
        let ways = auth.ways.iter().chain(&auth.with);
        auth.kinds
            .iter()
            // Removed from the provider.
            .filter(|kind| schemas.has(kind))
            .flat_map(move |kind| ways.clone().map(move |(path, _)| (*kind, *path)))
    });
    let of_distribution = DISTRIBUTION.1.iter().map(|path| (DISTRIBUTION.0, *path));
    let limits = LIMITS
        .iter()
        .flat_map(|limit| limit.kinds.iter().map(|kind| (*kind, limit.path)));
    let rules = RULES_OF.iter().map(|(kind, path, _)| (*kind, *path));
    let all = auths
        .chain(of_distribution)
        .chain(
            LISTENERS
                .iter()
                .copied()
                .filter(|(kind, _)| schemas.has(kind)),
        )
        .chain(limits)
        .chain(rules);
    assert_eq!(schemas.lacking(all), [""; 0]);
}

#[test]
fn every_attribute_that_sounds_right_was_considered() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let considered = include_str!("../considered.txt");
    assert_eq!(
        not_considered::<Settings>(&schemas, WORDS, considered),
        [""; 0]
    );
}
