//! Each switch of the table, on its good and on its bad side.

use encryption::Encryption;
use encryption::settings::Settings;
use encryption::table::Concern;
use tollgate_policy::serde_json::json;
use tollgate_policy_common::switch::proof::{Proof, size, unexplained};

fn rule(about: Concern) -> &'static str {
    match about {
        Concern::AtRest => "unencrypted-at-rest",
        Concern::Topic => "topic-unencrypted",
        Concern::InTransit => "unencrypted-in-transit",
        Concern::Tls => "weak-tls",
        Concern::Key => "customer-key-missing",
        Concern::Rotation => "key-rotation-off",
    }
}

fn proof() -> Proof<Concern> {
    Proof {
        rule,
        turned: rule,
        settings: json!({"customer-keys": ["*"], "volumes-encrypted-by-default": true}),
    }
}

#[test]
fn each_switch_is_found_where_it_is_bad_and_only_there() {
    assert!(size::<Settings>() > 200);
    assert_eq!(proof().misjudged::<Encryption, Settings>(), [""; 0]);
}

#[test]
fn no_switch_is_found_where_it_means_nothing() {
    assert_eq!(
        proof().found_beside_the_point::<Encryption, Settings>(),
        [""; 0]
    );
}

#[test]
fn a_switch_that_goes_with_its_block_is_judged_by_its_default() {
    assert_eq!(
        proof().lost_with_their_block::<Encryption, Settings>(),
        [""; 0]
    );
}

#[test]
fn each_switch_says_how_to_put_it_right_and_where_it_is_documented() {
    assert_eq!(unexplained::<Settings>(), [""; 0]);
}
