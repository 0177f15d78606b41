#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tollgate_model::rule::RuleEnforcement;

use super::*;
use crate::config::Config;
use crate::environment::{ConfiguredPolicy, Response, Source};
use crate::hcl::{Configuration, tfvars};
use crate::report::Enforcement;
use crate::waiver::{AddressPattern, Waiver};

fn found() -> Found {
    Found {
        left: "staging".to_owned(),
        right: "production".to_owned(),
        differences: Vec::new(),
    }
}

fn in_words(differences: &[Difference]) -> Vec<String> {
    let one = |difference: &Difference| {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {} | {} | {}",
            difference.name,
            side(&difference.left),
            side(&difference.right),
            side(&difference.drift)
        )
    };
    differences.iter().map(one).collect()
}

fn keys(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()))
        .collect()
}

/// The variables of a root module, and what a file sets.
fn variables(declared: &str, set: &str) -> Variables {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), declared).unwrap();
    let file = folder.path().join("x.tfvars");
    fs::write(&file, set).unwrap();
    Variables {
        declared: Configuration::read(folder.path())
            .unwrap()
            .variables()
            .clone(),
        set: tfvars::read(&file).unwrap(),
        automatic: Vec::new(),
        secret: BTreeSet::new(),
    }
}

fn compared(left: &Variables, right: &Variables) -> Vec<String> {
    let mut found = found();
    variables::compare(&mut found, left, right);
    in_words(&found.differences)
}

/// An environment whose gate asks for as little as can be.
fn gate(name: &str) -> Environment {
    Environment {
        name: name.to_owned(),
        protected: false,
        undetermined: Response::Warn,
        incomplete: Response::Warn,
        existing: Response::Fail,
        gate_changes: Enforcement::Advisory,
        policies: Vec::new(),
        waivers: Vec::new(),
        configuration: None,
    }
}

fn policy(name: &str, enforcement: Enforcement) -> ConfiguredPolicy {
    ConfiguredPolicy {
        name: name.to_owned(),
        source: Source::BuiltIn,
        digest: None,
        enforcement: RuleEnforcement {
            policy: enforcement,
            rules: BTreeMap::new(),
        },
        settings: json!({}),
        documents: BTreeMap::new(),
        location: None,
    }
}

/// What differs between the policies of two gates.
fn policies(left: ConfiguredPolicy, right: ConfiguredPolicy) -> Vec<String> {
    let with = |name: &str, policy: ConfiguredPolicy| Environment {
        policies: vec![policy],
        ..gate(name)
    };
    let mut found = found();
    gate::compare(
        &mut found,
        &with("staging", left),
        &with("production", right),
    );
    in_words(&found.differences)
}

const NOTHING: [&str; 0] = [];
const PLAIN: &str = "variable \"size\" {}\n";
const SECRET: &str = "variable \"token\" {\n  sensitive = true\n}\n";

#[test]
fn secrets_are_compared_by_name_and_type() {
    let left = keys(&[("a", "text"), ("b", "text"), ("c", "text")]);
    let right = keys(&[("a", "text"), ("b", "number"), ("d", "text")]);
    let mut found = found();
    secrets(&mut found, &left, &right);
    assert_eq!(
        in_words(&found.differences),
        [
            "b text | number | the values are of different types",
            "c text | - | only staging has it",
            "d - | text | only production has it",
        ]
    );
}

#[test]
fn a_guard_that_one_side_lacks_is_drift_and_other_settings_are_meant() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), "").unwrap();
    let text = "[environments.staging]\nworkspace = \"s\"\nbranches = [\"main\"]\n\
         [environments.production]\nworkspace = \"p\"\nclean-tree = true\nbranches = [\"release/*\"]\n\
         aws-account = \"123456789012\"\n";
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, text).unwrap();
    let config = Config::load(&path, &[]).unwrap();
    let layout = |name: &str| crate::layout::resolve(&config, Some(name)).unwrap();
    let mut differing = found();
    layouts(&mut differing, &layout("staging"), &layout("production"));
    assert_eq!(
        in_words(&differing.differences),
        [
            "workspace s | p | -",
            "branches main | release/* | -",
            "clean-tree - | true | production is guarded by `clean-tree`, staging is not",
            "aws-account - | 123456789012 | production is guarded by `aws-account`, staging is not",
        ]
    );
    // What is the same on both sides is no difference.
    let mut none = found();
    layouts(&mut none, &layout("staging"), &layout("staging"));
    assert_eq!(in_words(&none.differences), NOTHING);
}

#[test]
fn what_both_write_down_is_meant_and_told_part_by_part() {
    let left = "size = { cpu = 1, zone = \"a\", disks = [1] }\n";
    let right = "size = { cpu = 2, zone = \"a\", disks = [1, 2] }\n";
    assert_eq!(
        compared(&variables(PLAIN, left), &variables(PLAIN, right)),
        ["size.cpu 1 | 2 | -", "size.disks [1] | [1,2] | -"]
    );
    // A key of an object that only one has is as likely forgotten.
    let more = "size = { cpu = 1, zone = \"a\", disks = [1], extra = { a = true } }\n";
    assert_eq!(
        compared(&variables(PLAIN, more), &variables(PLAIN, left)),
        ["size.extra {\"a\":true} | - | only staging has it"]
    );
}

#[test]
fn values_of_two_types_are_drift_unless_one_is_null() {
    for (left, right, expected) in [
        (
            "size = 1\n",
            "size = \"1\"\n",
            "size 1 | \"1\" | staging is number, production is string",
        ),
        (
            "size = [1]\n",
            "size = { a = 1 }\n",
            "size [1] | {\"a\":1} | staging is list, production is object",
        ),
        ("size = null\n", "size = 1\n", "size null | 1 | -"),
    ] {
        let found = compared(&variables(PLAIN, left), &variables(PLAIN, right));
        assert_eq!(found, [expected]);
    }
}

#[test]
fn not_even_the_equality_of_hidden_values_is_told() {
    let secret = |value: &str| variables(SECRET, &format!("token = {value}\n"));
    for (left, right) in [("\"a\"", "\"a\""), ("\"a\"", "\"b\"")] {
        assert_eq!(compared(&secret(left), &secret(right)), NOTHING);
    }
    assert_eq!(
        compared(&secret("\"hunter2\""), &secret("2")),
        ["token (string, not shown) | (number, not shown) | the values are of different types"]
    );
    // What nothing declares may be one.
    let stray = |value: &str| variables("", &format!("stray = \"{value}\"\n"));
    assert_eq!(compared(&stray("a"), &stray("b")), NOTHING);
    // Either side says so for both.
    let open = variables("variable \"token\" {}\n", "token = \"hunter2\"\n");
    for found in [
        compared(&open, &secret("\"other\"")),
        compared(&secret("\"other\""), &open),
    ] {
        let [only] = found.as_slice() else {
            unreachable!("{found:?}");
        };
        assert!(
            only.starts_with("token (declaration) ") && !only.contains("hunter2"),
            "{only}"
        );
    }
}

#[test]
fn what_one_side_sets_and_the_other_does_not_is_drift() {
    let with_default = "variable \"size\" {\n  default = 1\n}\n";
    for (declared, expected) in [
        (
            with_default,
            "size 2 | default | set for staging, while production takes the default",
        ),
        (
            PLAIN,
            "size 2 | not set in files | set for staging; production needs it from elsewhere",
        ),
    ] {
        let (set, unset) = (variables(declared, "size = 2\n"), variables(declared, ""));
        assert_eq!(compared(&set, &unset), [expected]);
        let turned = compared(&unset, &set);
        let [turned] = turned.as_slice() else {
            unreachable!("{turned:?}");
        };
        assert!(
            turned.contains("| 2 | set for production"),
            "{declared} {turned}"
        );
    }
    // One has it in the secrets: the other's value in a file is not shown for that.
    let set = variables(PLAIN, "size = 2\n");
    let secret = Variables {
        secret: BTreeSet::from(["size".to_owned()]),
        ..variables(PLAIN, "")
    };
    assert_eq!(
        compared(&set, &secret),
        [
            "size (number, not shown) | from the secrets | in a file for staging, in the secrets for production"
        ]
    );
    // One does not declare it at all.
    assert_eq!(
        compared(&set, &variables("", "")),
        [
            "size (declaration) any | - | production does not declare it",
            "size (number, not shown) | - | set for staging only, and production does not declare it",
        ]
    );
}

#[test]
fn an_expression_is_a_place_and_no_text() {
    let left = variables(PLAIN, "size = upper(\"a\")\n");
    let found = compared(&left, &variables(PLAIN, "size = 1\n"));
    let [only] = found.as_slice() else {
        unreachable!("{found:?}");
    };
    assert!(
        only.starts_with("size expression at ") && only.contains("x.tfvars:1 | "),
        "{only}"
    );
    assert_eq!(left.text("size"), None);
}

#[test]
fn a_variable_comes_to_what_is_set_or_to_its_default() {
    let declared = "variable \"a\" {\n  default = 1\n}\nvariable \"b\" {\n  default = [1]\n}\nvariable \"c\" {}\n";
    let variables = variables(declared, "c = \"x\"\nother = true\n");
    for (name, expected) in [
        ("a", Some("1")),
        ("b", None),
        ("c", Some("x")),
        ("other", Some("true")),
        ("nothing", None),
    ] {
        assert_eq!(variables.text(name).as_deref(), expected, "{name}");
    }
    assert!(!variables.is_hidden("a"));
    assert!(variables.is_hidden("other"));
}

#[test]
fn what_the_gates_ask_for_is_meant() {
    let strict = Environment {
        protected: true,
        undetermined: Response::Fail,
        gate_changes: Enforcement::HardMandatory,
        ..gate("production")
    };
    let mut differing = found();
    gate::compare(&mut differing, &gate("staging"), &strict);
    assert_eq!(
        in_words(&differing.differences),
        [
            "protected false | true | -",
            "undetermined warn | fail | -",
            "gate-changes advisory | hard-mandatory | -",
        ]
    );
    let mut none = found();
    gate::compare(&mut none, &strict, &strict);
    assert_eq!(in_words(&none.differences), NOTHING);
}

#[test]
fn policies_differ_in_enforcement_by_rule_and_in_settings_by_key() {
    let one = policy("costs", Enforcement::SoftMandatory);
    assert_eq!(
        policies(one.clone(), policy("tags", Enforcement::Advisory)),
        [
            "costs soft-mandatory | does not run | -",
            "tags does not run | advisory | -",
        ]
    );
    assert_eq!(policies(one.clone(), one.clone()), NOTHING);
    let mut by_rule = one.clone();
    by_rule.enforcement.rules = BTreeMap::from([
        ("total".to_owned(), Enforcement::HardMandatory),
        // As every rule that is not listed.
        ("growth".to_owned(), Enforcement::SoftMandatory),
    ]);
    assert_eq!(
        policies(one.clone(), by_rule),
        ["costs/total soft-mandatory | hard-mandatory | -"]
    );
    let set = |settings| ConfiguredPolicy {
        settings,
        ..one.clone()
    };
    assert_eq!(
        policies(
            set(json!({ "limit": { "month": 10, "day": 1 }, "currency": "EUR" })),
            set(json!({ "limit": { "month": 20, "day": 1 } })),
        ),
        [
            "costs: currency \"EUR\" | - | set for staging, while production takes the default",
            "costs: limit.month 10 | 20 | -",
        ]
    );
}

#[test]
fn a_document_that_one_side_lacks_is_drift() {
    let one = policy("costs", Enforcement::Advisory);
    let with = |path: &str| ConfiguredPolicy {
        documents: BTreeMap::from([("prices".to_owned(), PathBuf::from(path))]),
        ..one.clone()
    };
    assert_eq!(
        policies(one.clone(), with("b.json")),
        ["costs: document prices - | b.json | set for production, while staging takes the default"]
    );
    assert_eq!(
        policies(with("a.json"), with("b.json")),
        ["costs: document prices a.json | b.json | -"]
    );
}

#[test]
fn waivers_differ_by_what_they_are_for_and_by_their_end() {
    let waiver = |address: &str, expires: &str| Waiver {
        policy: "costs".to_owned(),
        rule: None,
        address: AddressPattern::new(address),
        stack: None,
        reason: "r".to_owned(),
        owner: "o".to_owned(),
        expires: expires.parse().unwrap(),
        location: String::new(),
    };
    let with = |waivers: Vec<Waiver>| Environment {
        waivers,
        ..gate("any")
    };
    let mut found = found();
    gate::compare(
        &mut found,
        &with(vec![
            waiver("a.b", "2027-01-01"),
            waiver("c.*", "2027-01-01"),
        ]),
        &with(vec![waiver("a.b", "2027-02-01")]),
    );
    assert_eq!(
        in_words(&found.differences),
        [
            "costs/* at a.b until 2027-01-01 | until 2027-02-01 | -",
            "costs/* at c.* until 2027-01-01 | - | -",
        ]
    );
}

#[test]
fn what_cannot_be_compared_is_noted() {
    let (staging, production) = (gate("staging"), gate("production"));
    let file = keys(&[("a", "text")]);
    let side = |gate, secrets| Side {
        gate,
        deploy: None,
        secrets,
    };
    let both = compare(&side(&staging, Some(&file)), &side(&production, None));
    assert_eq!(
        both.notes,
        [
            "variables are not compared: nothing says what a deploy of staging uses",
            "variables are not compared: nothing says what a deploy of production uses",
            "secrets are not compared: production has no secrets file",
        ]
    );
    assert_eq!(in_words(&both.differences), NOTHING);
    // Without any file there is nothing to compare, and nothing to say.
    let none = compare(&side(&staging, None), &side(&production, None));
    assert_eq!(none.notes.len(), 2);
}

#[test]
fn differences_come_in_the_order_of_areas_and_names() {
    let protected = Environment {
        protected: true,
        policies: vec![policy("costs", Enforcement::Advisory)],
        ..gate("production")
    };
    let (left, right) = (keys(&[("z", "text"), ("a", "text")]), keys(&[]));
    let staging = gate("staging");
    let compared = compare(
        &Side {
            gate: &staging,
            deploy: None,
            secrets: Some(&left),
        },
        &Side {
            gate: &protected,
            deploy: None,
            secrets: Some(&right),
        },
    );
    let found: Vec<(Area, &str)> = compared
        .differences
        .iter()
        .map(|difference| (difference.area, difference.name.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Area::Secret, "a"),
            (Area::Secret, "z"),
            (Area::Environment, "protected"),
            (Area::Policy, "costs"),
        ]
    );
}
