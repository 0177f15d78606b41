#![expect(clippy::panic, reason = "tests")]
use super::*;

fn parse(text: &str) -> Result<CreationRules, CreationError> {
    CreationRules::parse(Path::new("/p/.sops.yaml"), text.as_bytes())
}

/// Shows what a file would be encrypted to, in one line.
fn show(text: &str, file: &str) -> String {
    let rules = match parse(text) {
        Ok(rules) => rules,
        Err(error) => return error.to_string(),
    };
    match rules.rule_for(Path::new(file)) {
        Err(error) => error.to_string(),
        Ok(rule) => {
            let groups: Vec<String> = rule
                .groups
                .iter()
                .map(|group| {
                    let all: Vec<String> = group.iter().map(show_recipient).collect();
                    all.join(" ")
                })
                .collect();
            let mut out = format!("{}: {}", rule.line, groups.join(" | "));
            if let Some(threshold) = rule.shamir_threshold {
                out.push_str(&format!(" threshold {threshold}"));
            }
            if let Some((name, value)) = &rule.selection {
                out.push_str(&format!(" {name}={value}"));
            }
            if rule.mac_only_encrypted {
                out.push_str(" mac_only");
            }
            out
        }
    }
}

fn show_recipient(recipient: &Recipient) -> String {
    match recipient {
        Recipient::AwsKms {
            arn,
            role,
            profile,
            context,
        } => format!("{arn}{role:?}{profile:?}{context:?}"),
        other => other.to_string(),
    }
}

#[test]
fn the_first_rule_that_matches_counts() {
    const RULES: &str = "\
creation_rules:
  # production first
  - path_regex: ^env/prod.*\\.yaml$
    age: age1prod
  - path_regex: 'prod'
    age: [age1a, age1b]
  - age: age1other
";
    for (file, expected) in [
        ("/p/env/prod.yaml", "3: age1prod"),
        ("/p/env/prod.json", "5: age1a age1b"),
        ("/p/x.yaml", "7: age1other"),
        // The path is relative to the .sops.yaml, so its own directory does not count.
        ("/p/prod.json", "5: age1a age1b"),
    ] {
        assert_eq!(show(RULES, file), expected, "{file}");
    }
}

#[test]
fn every_way_to_name_recipients() {
    for (rule, expected) in [
        ("age: 'age1a, age1b,'", "2: age1a age1b"),
        ("age: ['age1a,age1b', age1a]", "2: age1a age1b"),
        (
            "age: \"age1a,\\n  ssh-ed25519 AAAA x\"",
            "2: age1a ssh-ed25519 AAAA x",
        ),
        (
            "kms: 'arn:a+arn:role,arn:b'\n    aws_profile: p",
            "2: arn:aSome(\"arn:role\")Some(\"p\")[] arn:bNoneSome(\"p\")[]",
        ),
        ("pgp: 'AA BB, CC'", "2: AABB CC"),
        ("gcp_kms: projects/x", "2: projects/x"),
        (
            "azure_keyvault: https://v/keys/k/123",
            "2: https://v/keys/k/123",
        ),
        (
            "hc_vault_transit_uri: https://v/v1/s/keys/k",
            "2: https://v/v1/s/keys/k",
        ),
        (
            "key_groups: [{age: [age1a], kms: [{arn: arn:a, role: r, context: {k: v}}]}, {pgp: [AA]}]\n    shamir_threshold: 2",
            "2: arn:aSome(\"r\")None[(\"k\", \"v\")] age1a | AA threshold 2",
        ),
        (
            "key_groups: [{age: [age1b], merge: [{age: [age1a]}, {age: [age1b]}]}]",
            "2: age1a age1b",
        ),
        ("key_groups: []\n    age: age1a", "2: age1a"),
        (
            "age: age1a\n    encrypted_regex: ^x$\n    mac_only_encrypted: true",
            "2: age1a encrypted_regex=^x$ mac_only",
        ),
        ("age: age1a\n    unencrypted_suffix: ''", "2: age1a"),
    ] {
        let text = format!("creation_rules:\n  - {rule}\nstores: {{yaml: {{indent: 2}}}}\n");
        assert_eq!(show(&text, "/p/a.yaml"), expected, "{rule}");
    }
}

#[test]
fn mistakes_are_said_at_their_line() {
    for (text, expected) in [
        ("", "/p/.sops.yaml: has no `creation_rules`"),
        (
            "destination_rules: []\n",
            "/p/.sops.yaml: has no `creation_rules`",
        ),
        (
            "creation_rules: yes\n",
            "/p/.sops.yaml:1: `creation_rules` is not a list",
        ),
        (
            "creation_rules:\n  - age1x\n",
            "/p/.sops.yaml:2: `creation_rules` has an element that is not a map",
        ),
        (
            "creation_rules: []\n",
            "/p/.sops.yaml: no rule of `creation_rules` matches a.yaml",
        ),
        (
            "creation_rules:\n  - path_regex: b\n    age: age1a\n",
            "/p/.sops.yaml: no rule of `creation_rules` matches a.yaml",
        ),
        (
            "creation_rules:\n  - path_regex: '(['\n    age: age1a\n",
            "/p/.sops.yaml:2: `path_regex` is no valid regular expression",
        ),
        (
            "creation_rules:\n  - path_regex: a\n",
            "/p/.sops.yaml:2: the rule names no recipient, so nobody could read the file",
        ),
        (
            "creation_rules:\n  - age: age1a\n    encrypted_regex: a\n    encrypted_suffix: b\n",
            "/p/.sops.yaml:3: `encrypted_regex` is one rule too many: only one may select what is encrypted",
        ),
        (
            "creation_rules:\n  - age: age1a\n    encrypted_regex: '(['\n",
            "/p/.sops.yaml:3: `encrypted_regex` is no valid regular expression",
        ),
        (
            "creation_rules:\n  - age: age1a\n    shamir_threshold: two\n",
            "/p/.sops.yaml:3: `shamir_threshold` is not a number",
        ),
        (
            "creation_rules:\n  - key_groups:\n      - kms:\n          - role: x\n",
            "/p/.sops.yaml:4: `kms` has an element that names no recipient",
        ),
        (
            "creation_rules:\n  - age: age1a,age-secret-key-1CANARY\n",
            "/p/.sops.yaml:2: `age` holds a private key, not a recipient",
        ),
        (
            "creation_rules:\n  - age: {a: b}\n",
            "/p/.sops.yaml:2: `age` is neither text nor a list",
        ),
        (
            "creation_rules: [\n",
            "/p/.sops.yaml:1: is not valid YAML: something that does not parse at line 1, column 17",
        ),
    ] {
        assert_eq!(show(text, "/p/a.yaml"), expected, "{text}");
    }
}

#[test]
fn aliases_and_merge_keys_mean_what_they_mean_to_sops() {
    const RULES: &str = "\
keys:
  - &anna age1anna
  - &ben age1ben
  - &team [age1anna, age1ben]
base: &base
  age: age1base
  encrypted_regex: ^x
creation_rules:
  - path_regex: list
    age: *team
  - path_regex: items
    age: [*anna, *ben]
  - path_regex: merged
    <<: *base
  - path_regex: over
    <<: *base
    age: age1own
  - path_regex: groups
    key_groups:
      - age: *team
      - age: [*anna]
";
    for (file, expected) in [
        ("/p/list", "9: age1anna age1ben"),
        ("/p/items", "11: age1anna age1ben"),
        ("/p/merged", "13: age1base encrypted_regex=^x"),
        ("/p/over", "15: age1own encrypted_regex=^x"),
        ("/p/groups", "18: age1anna age1ben | age1anna"),
    ] {
        assert_eq!(show(RULES, file), expected, "{file}");
    }
}

#[test]
fn fields_that_sops_passes_over_are_named() {
    for (field, meant) in [
        ("path-regex", Some("path_regex")),
        ("pathregex", Some("path_regex")),
        ("path_regexp", Some("path_regex")),
        ("encrypted-regex", Some("encrypted_regex")),
        ("shamir_treshold", Some("shamir_threshold")),
        ("arn", Some("kms")),
        ("description", None),
        ("owner", None),
    ] {
        let text = format!("creation_rules:\n  - {field}: x\n    age: age1a\n");
        let rules = parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<_> = rules.rules()[0]
            .unknown
            .iter()
            .map(|field| (field.name.as_str(), field.line, field.meant))
            .collect();
        assert_eq!(found, [(field, 2, meant)]);
        // What may be meant otherwise decides about no file.
        assert_eq!(rules.rule_for(Path::new("/p/x")).is_err(), meant.is_some());
    }
}

#[test]
fn rules_for_no_file_are_known() {
    let text = "creation_rules:\n  - path_regex: a\n    age: age1a\n  - path_regex: a\n    age: age1b\n  - age: age1c\n  - path_regex: z\n    age: age1d\n";
    let rules = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let found: Vec<_> = rules
        .shadowed()
        .into_iter()
        .map(|(rule, by)| (rule.line, by))
        .collect();
    assert_eq!(found, [(4, 2), (7, 6)]);
}
