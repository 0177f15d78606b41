#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use serde_json::{Value, json};
use tollgate_secrets::{Format, Secrets};

use super::*;

const PASSWORD: &str = "Hunter2canary!";

const ROOT: &str = r#"
variable "db_password" {
  type      = string
  sensitive = true
}
variable "token" { type = string }
variable "host" { type = string }
variable "user" {
  type      = string
  sensitive = true
}
resource "terraform_data" "a" {
  input = { password = nonsensitive(var.db_password) }
}
"#;

/// What is found in a plan, a line each; and the whole of it, in which no value may be.
fn found(plan: &Value) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), ROOT).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let secrets = json!({"db_password": PASSWORD, "token": "Another$ecret", "user": "postgres", "host": "db.internal"});
    let files = [
        Secrets::from_plaintext("s.json", secrets.to_string().as_bytes(), Format::Json).unwrap(),
    ];
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let text = serde_json::to_vec_pretty(plan).unwrap();
    let outcome = audit(&text, &injection, &root, true);
    let told = format!("{outcome:?}");
    for value in [PASSWORD, "Another$ecret"] {
        assert!(!told.contains(value), "{told}");
    }
    let findings = outcome.result.unwrap().findings;
    findings
        .iter()
        .map(|finding| {
            let mut line = format!(
                "{} {}: {}",
                finding.rule,
                finding.address.as_deref().unwrap_or("-"),
                finding.message
            );
            if !finding.attributes.is_empty() {
                line.push_str(&format!(" [{}]", finding.attributes.join(", ")));
            }
            for (label, text) in &finding.details {
                if label == "at" || label == "perhaps" {
                    line.push_str(&format!(" ({text})"));
                }
            }
            line
        })
        .collect()
}

fn change(change: &Value) -> Value {
    json!({"resource_changes": [
        {"address": "terraform_data.other", "change": {"after": {"input": "x"}}},
        {"address": "terraform_data.a", "mode": "managed", "change": change},
    ]})
}

#[test]
fn what_has_a_secret_without_a_mark_is_named() {
    let sha = digest(PASSWORD.as_bytes()).replace("sha256:", "");
    let clear = "has the secret `db_password` unencrypted, and is not marked as sensitive there";
    let cases: Vec<(Value, Vec<String>)> = vec![
        (change(&json!({"after": {"input": "harmless"}})), vec![]),
        (
            change(&json!({"after": {"input": {"password": PASSWORD}}, "after_sensitive": {"input": {}}})),
            vec![format!("secret-in-plan terraform_data.a: {clear} [input.password]")],
        ),
        (
            change(&json!({"after": {"list": [1, {"x y": format!("u:{PASSWORD}@h")}]}, "after_sensitive": false})),
            vec![format!("secret-in-plan terraform_data.a: {clear} [list[1][\"x y\"]]")],
        ),
        // Marked: the value, or what it is in.
        (
            change(&json!({"after": {"input": {"password": PASSWORD}}, "after_sensitive": {"input": {"password": true}}})),
            vec![],
        ),
        (
            change(&json!({"after": {"list": ["a", PASSWORD]}, "after_sensitive": {"list": [false, true]}})),
            vec![],
        ),
        (
            change(&json!({"after": {"input": [PASSWORD]}, "after_sensitive": {"input": true}})),
            vec![],
        ),
        (change(&json!({"after": {"input": PASSWORD}, "after_sensitive": true})), vec![]),
        // What is marked is not what has it.
        (
            change(&json!({"after": {"a": PASSWORD, "b": "x"}, "after_sensitive": {"b": true}})),
            vec![format!("secret-in-plan terraform_data.a: {clear} [a]")],
        ),
        // An attribute may be called like something of the plan's own.
        (
            change(&json!({"after": {"address": "x", "value": {"before": PASSWORD, "before_sensitive": true}}})),
            vec![format!("secret-in-plan terraform_data.a: {clear} [value.before]")],
        ),
        (
            change(&json!({"before": {"input": PASSWORD}, "after": {"input": "new"}})),
            vec!["secret-perhaps-in-plan terraform_data.a: as it exists already has the secret `db_password` unencrypted, and is not marked as sensitive there [input]".to_owned()],
        ),
        (
            change(&json!({"before": {"input": PASSWORD}, "after": {"hash": sha, "input": PASSWORD}})),
            vec!["secret-in-plan terraform_data.a: has the secret `db_password` unencrypted and as its SHA-256, with which guesses can be tried, and is not marked as sensitive there [hash, input]".to_owned()],
        ),
        (
            change(&json!({"after": {"engine": "postgres", "host": "db.internal"}})),
            vec!["secret-perhaps-in-plan terraform_data.a: has the secret `user` unencrypted, and is not marked as sensitive there [engine] (the value is an ordinary word or number, and this a coincidence)".to_owned()],
        ),
        (
            json!({"resource_changes": [{"address": format!("terraform_data.a[\"{PASSWORD}\"]"), "change": {"after": {}}}]}),
            vec![format!("secret-in-plan terraform_data.a[\"[masked]\"]: {clear} [address]")],
        ),
        (
            change(&json!({"after": {"tags": {PASSWORD: "x"}}})),
            vec![format!("secret-in-plan terraform_data.a: {clear} [tags]")],
        ),
        (
            json!({"output_changes": {"url": {"after": PASSWORD, "after_sensitive": false}, "good": {"after": PASSWORD, "after_sensitive": true}},
                   "planned_values": {"outputs": {"url": {"value": PASSWORD, "sensitive": false}, "good": {"value": PASSWORD, "sensitive": true}}}}),
            vec![format!("secret-in-plan -: the output `url` {clear}")],
        ),
        (
            json!({"prior_state": {"values": {"root_module": {"resources": [
                {"address": "data.x.y", "mode": "data", "values": {"body": PASSWORD}, "sensitive_values": {}},
                {"address": "x.y", "mode": "managed", "values": {"body": PASSWORD}, "sensitive_values": {}},
                {"address": "x.z", "mode": "managed", "values": {"body": PASSWORD}, "sensitive_values": {"body": true}},
            ]}}}}),
            vec![
                format!("secret-in-plan data.x.y: {clear} [body]"),
                "secret-perhaps-in-plan x.y: as it exists already has the secret `db_password` unencrypted, and is not marked as sensitive there [body]".to_owned(),
            ],
        ),
        (
            json!({"variables": {"db_password": {"value": PASSWORD}, "token": {"value": "Another$ecret"}}}),
            vec![],
        ),
        (
            json!({"variables": {"url": {"value": format!("postgres://u:{PASSWORD}@h")}, "safe": {"value": PASSWORD}},
                   "configuration": {"root_module": {"variables": {"safe": {"sensitive": true}}}}}),
            vec![
                format!("secret-in-plan -: the variable `url` {clear}"),
                "secret-perhaps-in-plan -: the variable `url` has the secret `user` unencrypted, and is not marked as sensitive there (the value is an ordinary word or number, and this a coincidence)".to_owned(),
            ],
        ),
        (
            json!({"configuration": {"root_module": {"resources": [{"address": "x.y", "expressions": {"password": {"constant_value": PASSWORD}}}]}}}),
            vec![format!("secret-in-plan -: the configuration {clear} (root_module.resources[0].expressions.password.constant_value)")],
        ),
        (
            json!({"checks": [{"instances": [{"problems": [{"message": PASSWORD}]}]}]}),
            vec![format!("secret-in-plan -: the plan {clear} (checks[0].instances[0].problems[0].message)")],
        ),
    ];
    for (plan, expected) in cases {
        assert_eq!(found(&plan), expected, "{plan}");
    }
}

#[test]
fn what_cannot_be_searched_is_not_clean() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), ROOT).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let secrets = json!({"db_password": PASSWORD});
    let files = [
        Secrets::from_plaintext("s.json", secrets.to_string().as_bytes(), Format::Json).unwrap(),
    ];
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let quoted = format!("[\"{PASSWORD}\"");
    let deep = format!("{}\"{PASSWORD}\"{}", "[".repeat(5000), "]".repeat(5000));
    for (plan, expected) in [
        (b"\xff".to_vec(), Err("it is not UTF-8")),
        (quoted.clone().into_bytes(), Err("it is not JSON")),
        (format!("{quoted}]").into_bytes(), Err("it is no object")),
        (format!("{{\"a\":{deep}}}").into_bytes(), Ok(1)),
        (b"{}".to_vec(), Ok(0)),
    ] {
        let result = audit(&plan, &injection, &root, false).result;
        match (result, expected) {
            (Ok(evaluation), Ok(number)) => assert_eq!(evaluation.findings.len(), number),
            (Err(problem), Err(expected)) => assert!(problem.message.ends_with(expected)),
            (result, expected) => unreachable!("{result:?} is not {expected:?}"),
        }
    }
}

#[test]
fn the_fix_is_for_the_case() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), ROOT).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let secrets = json!({"db_password": PASSWORD, "token": "Another$ecret"});
    let files = [
        Secrets::from_plaintext("s.json", secrets.to_string().as_bytes(), Format::Json).unwrap(),
    ];
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let plan =
        change(&json!({"after": {"input": {"password": PASSWORD, "token": "Another$ecret"}}}));
    let plan = serde_json::to_vec(&plan).unwrap();
    let findings = audit(&plan, &injection, &root, true)
        .result
        .unwrap()
        .findings;
    let fixes: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding.remediation.as_deref())
        .collect();
    assert!(fixes[0].contains("Declare `db_password` as `ephemeral`"));
    assert!(fixes[1].starts_with("Add `sensitive = true` to the variable `token`"));
    // With its line.
    let location = findings[0].location.as_ref().unwrap();
    assert_eq!(location.line, 13);
}
