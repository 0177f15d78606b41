#![expect(clippy::unwrap_used, reason = "tests")]

use tollgate_secrets::Format;

use super::*;
use crate::routing::tests::{encrypted, folder, value};

/// What is known of a file that is called so, with a user and a password of a database.
fn keys_of(name: &str) -> Keys {
    let one = value("YQ==");
    let body = format!("database:\n    user: {one}\n    password: {one}\nopen_unencrypted: x\n");
    let text = encrypted("age1a", &body);
    let file = SecretsFile::parse(name, text.as_bytes(), Format::Yaml);
    keys(std::iter::once(&file.ok().unwrap()))
}

/// The one finding about a file in a directory whose `.sops.yaml` has this expression, by its gravity and
/// the beginning of its message; nothing where there is none.
fn looked(pattern: &str, name: &str, text: &str) -> String {
    let rules = format!(
        "creation_rules:\n  - path_regex: {pattern}\n    age: age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt\n"
    );
    let folder = folder(&[(".sops.yaml", &rules), (name, text)]);
    let rules = CreationRules::read(&folder.path().join(".sops.yaml"))
        .ok()
        .unwrap();
    let keys = keys_of("secrets.staging.enc.yaml");
    let path = folder.path().join(name);
    let found = looked_at(&path, Some(&rules), &BTreeSet::new(), &keys);
    found.map_or_else(String::new, |finding| {
        let words: Vec<&str> = finding.message.split(' ').take(4).collect();
        format!("{:?}: {}", finding.gravity, words.join(" "))
    })
}

#[test]
fn a_copy_is_called_as_the_file_is() {
    assert_eq!(stem("secrets.staging.enc.yaml"), "secrets.staging");
    assert_eq!(stem("app.sops.json"), "app");
    assert_eq!(stem(".env.enc"), "env");
    assert_eq!(stem("app.yaml"), "app");
    assert_eq!(stem("app"), "app");
    let keys = keys_of("dir/secrets.staging.enc.yaml");
    for (name, expected) in [
        ("secrets.staging.yaml", true),
        ("secrets.staging.dec", true),
        ("secrets.staging-old.json", true),
        ("secrets.staging.enc.yaml.bak", true),
        // As editors keep them.
        ("secrets.staging.enc.yaml~", true),
        (".secrets.staging.enc.yaml.swp", true),
        ("#secrets.staging.enc.yaml#", true),
        // Another environment's, or another name.
        ("secrets.stagings.yaml", false),
        ("secrets.production.yaml", false),
        ("old-secrets.staging.yaml", false),
        ("secrets.staging.md", false),
    ] {
        assert_eq!(keys.is_called_so(name), expected, "{name}");
    }
}

#[test]
fn a_name_of_an_encrypted_value_counts_with_something_behind_it() {
    let keys = keys_of("secrets.yaml");
    for (text, expected) in [
        ("password: hunter2\n", true),
        ("  \"password\": \"hunter2\",\n", true),
        ("- password: hunter2\n", true),
        ("export user=app\n", true),
        ("password:\n", false),
        ("password: \"\"\n", false),
        ("password: {\n", false),
        ("password: ENC[AES256_GCM,data:YQ==]\n", false),
        ("password: \"ENC[AES256_GCM,data:YQ==]\"\n", false),
        // The name of no encrypted value, and of more than one.
        ("open_unencrypted: x\n", false),
        ("passwords: x\n", false),
        ("a password\n", false),
    ] {
        let folder = folder(&[("f", text)]);
        assert_eq!(keys.are_in(&folder.path().join("f")), expected, "{text}");
    }
    assert!(!keys.are_in(Path::new("/nowhere/at/all")));
}

#[test]
fn a_file_that_could_hold_secrets_is_known_by_its_ending() {
    for (name, expected) in [
        ("a.yaml", true),
        ("a.env", true),
        ("a.tfvars", true),
        ("a.pem", true),
        ("a.tf.json", false),
        ("a.tofu.json", false),
        ("a.tf", false),
        ("a.md", false),
        ("yaml", false),
    ] {
        assert_eq!(is_data(Path::new(name)), expected, "{name}");
    }
}

#[test]
fn what_a_rule_names_is_to_be_encrypted() {
    let plain = "a: b\n";
    for (pattern, name, expected) in [
        // By its own name, and with a name that says so.
        (
            r"^secrets\.dev\.yaml$",
            "secrets.dev.yaml",
            "Error: .sops.yaml names it, and",
        ),
        (
            r"^conf/dev\.yaml$",
            "conf/dev.yaml",
            "Warning: .sops.yaml names it, and",
        ),
        // By its ending only: nobody says that it is secret.
        (r"\.yaml$", "dev.yaml", "Warning: a rule of .sops.yaml"),
        (r"\.yaml$", ".dev.yaml", ""),
        // A rule for everything names nothing.
        (".*", "dev.yaml", ""),
        // Variables have to be read by the tool.
        ("dev", "dev.tfvars", ""),
        (
            r"dev\.tfvars$",
            "dev.tfvars",
            "Error: .sops.yaml names it, and",
        ),
        // For other programs.
        ("tf", "main.tf.json", ""),
        ("dev", "dev.txt", ""),
    ] {
        let found = looked(pattern, name, plain);
        assert_eq!(found, expected, "{pattern} {name}");
    }
}

#[test]
fn an_encrypted_file_is_left_alone_and_a_copy_or_a_loss_is_not() {
    let one = value("YQ==");
    let body = format!("password: {one}\n");
    let whole = encrypted("age1a", &body);
    let pattern = r"\.enc\.yaml$";
    for (name, text, expected) in [
        ("a.enc.yaml", whole.as_str(), ""),
        ("a.enc.yaml", &body, "Error: is damaged: it has"),
        (
            "secrets.staging.dec",
            "password: hunter2\n",
            "Error: has names of encrypted",
        ),
        // Called as a copy, and none.
        ("secrets.staging.dec", "notes: hunter2\n", ""),
    ] {
        let found = looked(pattern, name, text);
        assert_eq!(found, expected, "{name}");
    }
}
