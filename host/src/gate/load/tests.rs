#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;
use tollgate_model::library::LIBRARY;

use super::*;
use crate::judge::RuleEnforcement;
use crate::report::Enforcement;

/// A configuration with these files beside it, and no cache of modules.
fn project(files: &[(&str, &[u8])]) -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, "").unwrap();
    let config = Config::load(&path, LIBRARY).unwrap();
    (folder, config.without_cache())
}

fn configured(name: &str, documents: &[(&str, &str)]) -> ConfiguredPolicy {
    let pair = |(name, path): &(&str, &str)| ((*name).to_owned(), (*path).into());
    ConfiguredPolicy {
        name: name.to_owned(),
        source: Source::BuiltIn,
        digest: None,
        enforcement: RuleEnforcement {
            policy: Enforcement::SoftMandatory,
            rules: BTreeMap::new(),
        },
        settings: serde_json::json!({}),
        documents: documents.iter().map(pair).collect(),
        location: None,
    }
}

#[test]
fn a_configured_document_is_read_whole() {
    let (_folder, config) = project(&[("book.json", b" {\"a\": [1, 2]}\n")]);
    let policy = configured("naming", &[("book", "book.json")]);
    let (name, content) = document(&config, &policy, "book").unwrap();
    assert_eq!((name.as_str(), &*content), ("book", " {\"a\": [1, 2]}\n"));
}

#[test]
fn a_document_that_cannot_be_used_says_why() {
    let (_folder, config) = project(&[
        ("latin.json", b"\"\xe4\""),
        ("broken.json", b"{\"a\": }"),
        ("two.json", b"{} {}"),
        ("empty.json", b""),
    ]);
    for (file, reason) in [
        ("missing.json", "No such file or directory"),
        ("latin.json", "it is not UTF-8"),
        ("broken.json", "it is not JSON: expected value"),
        ("two.json", "it is not JSON: trailing characters"),
        ("empty.json", "it is not JSON: EOF"),
    ] {
        let policy = configured("naming", &[("book", file)]);
        let error = document(&config, &policy, "book").unwrap_err();
        assert_eq!(error.code(), "document-unusable", "{file}");
        let said = error.to_string();
        assert!(
            said.starts_with("cannot use the document `book` ("),
            "{said}"
        );
        assert!(said.contains(&format!("{file}): {reason}")), "{said}");
    }
}

#[test]
fn a_document_has_a_largest_size() {
    let (folder, config) = project(&[]);
    let file = fs::File::create(folder.path().join("large.json")).unwrap();
    file.set_len(MAX_DOCUMENT_BYTES + 1).unwrap();
    let policy = configured("naming", &[("book", "large.json")]);
    let said = document(&config, &policy, "book").unwrap_err().to_string();
    assert!(said.ends_with("it is larger than 64 MiB"), "{said}");
}

#[test]
fn a_document_that_comes_with_a_policy_is_its_own_unless_configured() {
    let (_folder, config) = project(&[("book.json", b"{}")]);
    let own = document(&config, &configured("cost-cap", &[]), "price-book").unwrap();
    assert_eq!(own.0, "price-book");
    assert!(matches!(own.1, Cow::Borrowed(text) if text.starts_with('{')));
    let other = configured("cost-cap", &[("price-book", "book.json")]);
    assert_eq!(document(&config, &other, "price-book").unwrap().1, "{}");
    // Another policy has none, and this one no other.
    for (policy, name) in [("naming", "price-book"), ("cost-cap", "book")] {
        let error = document(&config, &configured(policy, &[]), name).unwrap_err();
        assert_eq!(error.code(), "document-missing", "{policy} {name}");
    }
}

#[test]
fn a_module_is_compared_with_its_digest_before_it_is_looked_at() {
    const OTHER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let bytes = b"not WebAssembly";
    let (_folder, config) = project(&[("naming.wasm", bytes)]);
    let source = Source::Path("naming.wasm".into());
    let own = digest(bytes);
    for (expected, code) in [
        (Some(OTHER), "module-digest"),
        (Some(own.as_str()), "module-not-wasm"),
        (None, "module-not-wasm"),
    ] {
        let (found, module) = load_module(&config, "naming", &source, expected);
        assert_eq!(found.as_ref(), Some(&own), "{expected:?}");
        assert_eq!(module.unwrap_err().code(), code, "{expected:?}");
    }
}

#[test]
fn a_module_that_is_not_there_has_no_digest() {
    let (_folder, config) = project(&[]);
    for (source, said) in [
        (Source::Path("naming.wasm".into()), "naming.wasm: No such"),
        (
            Source::BuiltIn,
            "cannot read the policy module built-in naming: ",
        ),
    ] {
        let (found, module) = load_module(&config, "naming", &source, None);
        let error = module.unwrap_err();
        assert_eq!((found, error.code()), (None, "module-unreadable"));
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_rule_keeps_everything_that_the_module_says_of_it() {
    for (of, expected) in [
        (wit::Severity::Info, Severity::Info),
        (wit::Severity::Low, Severity::Low),
        (wit::Severity::Medium, Severity::Medium),
        (wit::Severity::High, Severity::High),
        (wit::Severity::Critical, Severity::Critical),
    ] {
        let declared = wit::Rule {
            id: "prefix".to_owned(),
            title: "A prefix".to_owned(),
            description: "Names begin alike.".to_owned(),
            severity: of,
            remediation: "Begin it so.".to_owned(),
            example: Some("A name that begins otherwise.".to_owned()),
            links: vec!["https://example.com/".to_owned()],
            extensions: Vec::new(),
        };
        assert_eq!(
            rule(&declared),
            Rule {
                id: "prefix".to_owned(),
                title: "A prefix".to_owned(),
                description: "Names begin alike.".to_owned(),
                severity: expected,
                remediation: "Begin it so.".to_owned(),
                links: vec!["https://example.com/".to_owned()],
            }
        );
    }
}
