//! Each switch of the table, on its good and on its bad side.

use public_exposure::PublicExposure;
use public_exposure::settings::Settings;
use public_exposure::table::Exposure;
use tollgate_policy::serde_json::json;
use tollgate_policy_common::switch::proof::{Proof, size, unexplained};

fn rule(about: Exposure) -> &'static str {
    match about {
        Exposure::Endpoint => "public-endpoint",
        Exposure::AnyNetwork => "any-network-allowed",
        Exposure::OpenNetwork => "open-network",
        Exposure::Address => "public-address",
        Exposure::Subnet => "public-subnet",
        Exposure::Anonymous => "anonymous-access",
        Exposure::Route => "unauthenticated-route",
        Exposure::Shared => "shared-with-everyone",
        Exposure::Guard => "public-access-block-off",
        Exposure::Entrance => "public-entrance",
        Exposure::Metadata => "metadata-without-token",
        Exposure::Password => "password-alone",
        Exposure::ApiKey => "api-key-access",
    }
}

fn proof() -> Proof<Exposure> {
    Proof {
        rule,
        turned: |about| match about {
            Exposure::AnyNetwork => "network-limit-removed",
            Exposure::Route => "authentication-removed",
            Exposure::Metadata | Exposure::Password | Exposure::ApiKey => "sign-in-weakened",
            about => rule(about),
        },
        settings: json!({"public-entrances": "forbidden"}),
    }
}

#[test]
fn each_switch_is_found_where_it_is_bad_and_only_there() {
    assert!(size::<Settings>() > 200);
    assert_eq!(proof().misjudged::<PublicExposure, Settings>(), [""; 0]);
}

#[test]
fn no_switch_is_found_where_it_means_nothing() {
    assert_eq!(
        proof().found_beside_the_point::<PublicExposure, Settings>(),
        [""; 0]
    );
}

#[test]
fn a_switch_that_goes_with_its_block_is_judged_by_its_default() {
    assert_eq!(
        proof().lost_with_their_block::<PublicExposure, Settings>(),
        [""; 0]
    );
}

#[test]
fn each_switch_says_how_to_put_it_right_and_where_it_is_documented() {
    assert_eq!(unexplained::<Settings>(), [""; 0]);
}
