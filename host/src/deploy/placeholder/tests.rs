#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use tollgate_secrets::{Format, SecretsFile};

use super::*;
use crate::config::Config;
use crate::hcl::Configuration;

fn leaf(ty: &str) -> String {
    format!("'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:{ty}]'")
}

/// What stands in, as HCL, for variables that are declared like this, and a file like that.
fn made(variables: &str, yaml: &str, secrets: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), variables).unwrap();
    let toml = format!("[environments.staging.secrets]\n{secrets}\n");
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, toml).unwrap();
    let config = Config::load(&path, tollgate_model::library::LIBRARY).unwrap();
    let settings = config.secrets(Some("staging")).unwrap();
    let yaml = yaml
        .replace("STR", &leaf("str"))
        .replace("INT", &leaf("int"))
        .replace("BOOL", &leaf("bool"));
    let metadata = "sops:\n  age: [{recipient: age1x, enc: y}]\n  lastmodified: '2026-01-02T03:04:05Z'\n  mac: x\n  version: 3.9.0\n";
    let text = format!("{yaml}\n{metadata}");
    let file = SecretsFile::parse("s.yaml", text.as_bytes(), Format::Yaml).unwrap();
    let routed = Routed {
        settings: settings.clone(),
        files: if yaml.is_empty() {
            Vec::new()
        } else {
            vec![file]
        },
    };
    let root = Configuration::read(folder.path()).unwrap();
    let made = Placeholders::new(root.variables(), &settings, Some(&routed));
    let hcl = String::from_utf8(made.hcl()).unwrap();
    // The tool's own syntax.
    let written = folder.path().join("a.tfvars");
    fs::write(&written, &hcl).unwrap();
    let read = crate::hcl::tfvars::read(&written).unwrap();
    assert!(read.values().all(|set| set.value.is_some()), "{hcl}");
    hcl.trim_end().to_owned()
}

#[test]
fn every_type_has_a_stand_in() {
    let p = PREFIX;
    let number = number("v");
    for (ty, yaml, expected) in [
        ("string", "v: STR", format!("\"{p}v\"")),
        ("string", "v: ''", "\"\"".to_owned()),
        ("string", "v: null", "null".to_owned()),
        (
            "string",
            "v: {a: STR}",
            format!("\"{{\\u0022a\\u0022:\\u0022{p}v.a\\u0022}}\"")
                .replace('{', "\\u007b")
                .replace('}', "\\u007d"),
        ),
        ("number", "v: INT", number.to_string()),
        ("bool", "v: BOOL", "false".to_owned()),
        ("any", "v: STR", format!("\"{p}v\"")),
        ("any", "v: INT", number.to_string()),
        (
            "any",
            "v: {b: BOOL, a: [STR, {c: STR}]}",
            format!("{{\"a\" = [\"{p}v.a.0\", {{\"c\" = \"{p}v.a.1.c\"}}], \"b\" = false}}"),
        ),
        ("any", "v: {}", "{}".to_owned()),
        ("any", "v: []", "[]".to_owned()),
        (
            "list(string)",
            "v: [STR, STR]",
            format!("[\"{p}v.0\", \"{p}v.1\"]"),
        ),
        ("list(string)", "v: []", "[]".to_owned()),
        ("list(string)", "v: STR", format!("[\"{p}v.0\"]")),
        ("set(string)", "v: [STR]", format!("[\"{p}v.0\"]")),
        (
            "map(string)",
            "v: {eu: STR, us: STR}",
            format!("{{\"eu\" = \"{p}v.eu\", \"us\" = \"{p}v.us\"}}"),
        ),
        (
            "map(string)",
            "v: {'a.b ${x}': STR}",
            format!("{{\"a.b \\u0024\\u007bx\\u007d\" = \"{p}v.a.b \\u0024\\u007bx\\u007d\"}}"),
        ),
        (
            "map(string)",
            "v: STR",
            format!("{{\"{p}v\" = \"{p}v.value\"}}"),
        ),
        (
            "tuple([string, bool])",
            "v: [STR]",
            format!("[\"{p}v.0\", false]"),
        ),
        (
            "object({a = string, b = optional(string), c = optional(string)})",
            "v: {a: STR, c: STR}",
            format!("{{\"a\" = \"{p}v.a\", \"c\" = \"{p}v.c\"}}"),
        ),
        (
            "object({a = object({b = list(string)})})",
            "v: STR",
            format!("{{\"a\" = {{\"b\" = [\"{p}v.a.b.0\"]}}}}"),
        ),
    ] {
        let variable = format!("variable \"v\" {{ type = {ty} }}");
        assert_eq!(
            made(&variable, yaml, ""),
            format!("v = {expected}"),
            "{ty} {yaml}"
        );
    }
}

#[test]
fn only_what_the_secrets_set_has_one() {
    const VARIABLES: &str = r#"
variable "a" { type = string }
variable "b" { type = string }
variable "required" {
  type      = string
  sensitive = true
}
variable "session" { ephemeral = true }
variable "optional" {
  sensitive = true
  default   = "x"
}
"#;
    for (yaml, secrets, expected) in [
        ("a: STR\nundeclared: STR", "", "a"),
        ("x: {y: STR}", "map = { b = \"x.y\" }", "b"),
        ("x: STR", "map = { b = \".\" }", "b"),
        // Another source does not say what it has.
        ("", "command = [\"true\"]", "required session"),
        (
            "",
            "command = [\"true\"]\nmap = { a = \"k\" }",
            "a required session",
        ),
    ] {
        let hcl = made(VARIABLES, yaml, secrets);
        let names: Vec<&str> = hcl
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(names.join(" "), expected, "{yaml} {secrets}");
    }
}

#[test]
fn what_the_tool_says_is_led_back_to_a_placeholder() {
    let value = Value::Number(number("db_port"));
    let placeholders = Placeholders(BTreeMap::from([
        ("db".to_owned(), text("db")),
        ("db_port".to_owned(), value),
        ("token".to_owned(), text("token")),
    ]));
    let port = number("db_port");
    for (stderr, expected) in [
        ("Error: Backend initialization required", "none"),
        (
            "╷\n│ \u{1b}[31mError: \u{1b}[0mInvalid value for variable\n│ \n│   on main.tf line 1:\n│    1: variable \"token\" {\n",
            "a rule for the value of a variable refuses the placeholder for `token`",
        ),
        (
            "Error: Invalid for_each argument\n  var.token is a string\n",
            "a `for_each` or `count` needs the placeholder for `token`",
        ),
        (
            "Error: cannot parse \"tollgate-placeholder-db.host\" as an address",
            "the configuration cannot be planned with the placeholder for `db`",
        ),
        (
            &format!("Error: dial tcp 127.0.0.1:{port}: refused\n  with provider[\"x\"].y"),
            "a provider cannot be asked with the placeholder for `db_port`",
        ),
        (&format!("Error: id 1{port}2"), "none"),
        (
            "Error: access denied\n  with provider[\"registry.opentofu.org/x/y\"]",
            "perhaps a provider cannot be asked with a placeholder: there are some for `db`, `db_port`, `token`",
        ),
    ] {
        let said = placeholders.explain(stderr);
        let shown = said
            .as_ref()
            .map_or_else(|| "none".to_owned(), ToString::to_string);
        assert_eq!(shown, expected, "{stderr}");
        if let Some(said) = said {
            assert!(
                said.help()
                    .starts_with("plan with a key, without `--keyless`")
            );
        }
    }
    assert!(
        Placeholders(BTreeMap::new())
            .explain("Error: provider")
            .is_none()
    );
}
