#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use tollgate_secrets::contract::{Declared, DeclaredType};
use tollgate_secrets::{Format, SecretsFile};

use super::*;
use crate::hcl::Configuration;
use crate::routing::tests::{encrypted, folder, settings, value};

/// A file that one recipient reads.
fn file(name: &str, format: Format, text: &str) -> SecretsFile {
    SecretsFile::parse(name, text.as_bytes(), format)
        .ok()
        .unwrap()
}

/// An environment with one YAML file, `ENVIRONMENT.enc.yaml`.
fn routed(environment: &str, body: &str) -> Routed {
    let text = encrypted(&format!("age1{environment}"), body);
    Routed {
        settings: settings(environment),
        files: vec![file(
            &format!("{environment}.enc.yaml"),
            Format::Yaml,
            &text,
        )],
    }
}

/// A root module that declares this.
fn module(declared: &str) -> Module {
    let folder = folder(&[("main.tf", declared)]);
    Module {
        directory: folder.path().display().to_string(),
        variables: Configuration::read(folder.path())
            .unwrap()
            .variables()
            .clone(),
        environments: None,
    }
}

fn finding(gravity: Gravity, kind: Kind) -> SecretsFinding {
    SecretsFinding {
        gravity,
        environment: None,
        kind,
        file: None,
        name: None,
        message: String::new(),
        fix: String::new(),
    }
}

/// What is said of the names in a file, and what helps.
fn judged(routed: &Routed, declared: &str) -> Vec<(Kind, String, String)> {
    let module = module(declared);
    let mut findings = Vec::new();
    names::judge(routed, &names::declared(&[&module]), &mut findings);
    findings
        .into_iter()
        .map(|finding| (finding.kind, finding.message, finding.fix))
        .collect()
}

/// The same, with what helps alone.
fn fixes(routed: &Routed, declared: &str) -> Vec<String> {
    let judged = judged(routed, declared).into_iter();
    judged.map(|(_, _, fix)| fix).collect()
}

fn check_of(all: Vec<Routed>) -> Check {
    Check {
        neighbours: Neighbours::among(Vec::new(), &[]),
        findings: Vec::new(),
        routed: all.into_iter().map(|routed| (routed, true)).collect(),
        environments: Vec::new(),
    }
}

const SECRET: &str = "  sensitive = true\n";

fn variable(name: &str, ty: &str, more: &str) -> String {
    format!("variable \"{name}\" {{\n  type = {ty}\n{more}}}\n")
}

#[test]
fn the_worst_finding_decides_the_exit_code() {
    let foreign = |gravity| finding(gravity, Kind::ForeignRecipient);
    for (findings, expected) in [
        (vec![], exit::PASSED),
        (
            vec![
                finding(Gravity::Warning, Kind::Copy),
                finding(Gravity::Note, Kind::NotChecked),
                foreign(Gravity::Warning),
            ],
            exit::PASSED,
        ),
        (vec![finding(Gravity::Error, Kind::Missing)], exit::SECRETS),
        (
            vec![
                finding(Gravity::Error, Kind::Missing),
                foreign(Gravity::Error),
            ],
            exit::GUARD,
        ),
        (
            vec![
                finding(Gravity::Error, Kind::Missing),
                foreign(Gravity::Warning),
            ],
            exit::SECRETS,
        ),
    ] {
        assert_eq!(exit_code(&findings), expected, "{findings:?}");
    }
}

#[test]
fn a_message_does_not_begin_with_its_file_twice() {
    assert_eq!(without_file("a b is wrong", "a b"), "is wrong");
    assert_eq!(without_file("it is wrong", "a"), "it is wrong");
}

#[test]
fn where_modules_differ_the_more_demanding_one_counts() {
    let one = module(&variable("a", "string", "  default = \"\"\n"));
    let other = module(&(variable("a", "string", SECRET) + &variable("b", "set(string)", "")));
    let expected = BTreeMap::from([
        (
            "a".to_owned(),
            Declared {
                kind: DeclaredType::Text,
                optional: false,
                secret: true,
            },
        ),
        (
            "b".to_owned(),
            Declared {
                kind: DeclaredType::List,
                optional: false,
                secret: false,
            },
        ),
    ]);
    assert_eq!(names::declared(&[&one, &other]), expected);
    assert_eq!(names::declared(&[&other, &one]), expected);
    assert_eq!(needs_secrets(&[&one, &other]), Some(true));
    assert_eq!(needs_secrets(&[&one]), Some(false));
    // Without a module nobody knows.
    assert_eq!(needs_secrets(&[]), None);
}

#[test]
fn a_module_is_for_the_environments_that_are_planned_in_it() {
    let all = module("");
    let some = Module {
        environments: Some(BTreeSet::from(["staging".to_owned()])),
        ..module("")
    };
    let modules = [all, some];
    assert_eq!(modules_of(&modules, "staging").len(), 2);
    assert_eq!(modules_of(&modules, "production").len(), 1);
}

#[test]
fn a_variable_without_a_value_is_told_with_what_gives_it_one() {
    let other = format!("other: {}\nregion: {}\n", value("YQ=="), value("Yg=="));
    let routed = routed("staging", &other);
    let takes = variable("other", "string", "") + &variable("region", "string", "");
    for (declared, expected) in [
        (
            variable("token", "string", SECRET),
            "add it: `tollgate secrets set 'staging.enc.yaml' token`",
        ),
        (
            variable("port", "number", SECRET),
            "add it: `tollgate secrets set 'staging.enc.yaml' port --type number`",
        ),
        (
            variable("on", "bool", SECRET),
            "add it: `tollgate secrets set 'staging.enc.yaml' on --type boolean`",
        ),
    ] {
        assert_eq!(fixes(&routed, &(takes.clone() + &declared)), [expected]);
    }
    // Below a list or a map.
    for (ty, step) in [
        ("list(string)", "[hosts][0]"),
        ("map(string)", "[hosts][KEY]"),
    ] {
        let fixes = fixes(&routed, &(takes.clone() + &variable("hosts", ty, SECRET)));
        let [fix] = fixes.as_slice() else {
            unreachable!("{fixes:?}");
        };
        let plain = fix.replace(['\'', '"'], "");
        assert!(plain.contains(step), "{fix}");
    }
    // One that is optional, or no secret, needs none.
    let optional = format!("{SECRET}  default = \"x\"\n");
    for declared in [
        variable("token", "string", &optional),
        variable("token", "string", ""),
    ] {
        let found = judged(&routed, &(takes.clone() + &declared));
        assert!(found.is_empty(), "{declared} {found:?}");
    }
}

#[test]
fn a_key_that_is_spelt_otherwise_is_asked_after() {
    let body = format!("DB_PASSWORD: {}\n", value("YQ=="));
    let routed = routed("staging", &body);
    let found = judged(&routed, &variable("db_password", "string", SECRET));
    let texts: Vec<(Kind, &str)> = found
        .iter()
        .map(|(kind, message, _)| (*kind, message.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            (
                Kind::Undeclared,
                "no variable takes the key `DB_PASSWORD`; is `db_password` meant?"
            ),
            (
                Kind::Missing,
                "the variable `db_password` is secret, has no default, and is not in the file"
            ),
        ]
    );
    let fix = found.last().map(|(_, _, fix)| fix.as_str());
    assert_eq!(
        fix,
        Some(
            "if `DB_PASSWORD` is meant: `map = { db_password = \"DB_PASSWORD\" }` in [environments.staging.secrets]"
        )
    );
}

#[test]
fn a_value_of_another_type_is_set_anew_where_that_is_enough() {
    let one = value("YQ==");
    let body = format!("a: {one}\nb:\n    c: {one}\n");
    let routed = routed("staging", &body);
    let declared = variable("a", "number", SECRET) + &variable("b", "list(string)", SECRET);
    let found = judged(&routed, &declared);
    let messages: Vec<&str> = found
        .iter()
        .map(|(_, message, _)| message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "`a` is a text in the file, and the variable takes a number",
            "`b` is a map in the file, and the variable takes a list",
        ]
    );
    let [(_, _, number), (_, _, list)] = found.as_slice() else {
        unreachable!("{found:?}");
    };
    assert_eq!(
        number,
        "set it anew: `tollgate secrets set 'staging.enc.yaml' a --type number`"
    );
    assert!(
        list.starts_with(
            "take it out: `tollgate secrets unset 'staging.enc.yaml' b`; then set it anew: "
        ),
        "{list}"
    );
}

#[test]
fn a_format_of_text_holds_no_list_and_needs_no_type() {
    let text = format!(
        "hosts={}\nsops_age__list_0__map_recipient=age1a\nsops_age__list_0__map_enc=x\nsops_lastmodified=2026-01-01T00:00:00Z\nsops_mac=x\nsops_version=3.11.0\n",
        value("YQ==")
    );
    let routed = Routed {
        settings: settings("staging"),
        files: vec![file("s.enc.env", Format::Dotenv, &text)],
    };
    let takes = variable("hosts", "string", "");
    assert_eq!(
        fixes(&routed, &(takes + &variable("port", "number", SECRET))),
        ["add it: `tollgate secrets set 's.enc.env' port`"]
    );
    assert_eq!(
        fixes(&routed, &variable("hosts", "list(string)", SECRET)),
        [
            "take it out: `tollgate secrets unset 's.enc.env' hosts`; then set it anew: keep the secrets in YAML, because dotenv holds text only: `tollgate secrets init secrets.staging.enc.yaml`"
        ]
    );
}

#[test]
fn what_somebody_wrote_by_hand_is_told_as_that() {
    let body = format!("a: {}\nby_hand: plain\n", value("YQ=="));
    let routed = routed("staging", &body);
    assert!(judged(&routed, &variable("a", "string", SECRET)).is_empty());
    let mut findings = Vec::new();
    for file in &routed.files {
        plaintext::in_file("staging", file, &mut findings);
    }
    let found: Vec<(Kind, Option<&str>)> = findings
        .iter()
        .map(|finding| (finding.kind, finding.name.as_deref()))
        .collect();
    assert_eq!(found, [(Kind::InClear, Some("by_hand"))]);
}

#[test]
fn a_key_in_two_files_is_told_once_and_the_marker_is_not() {
    let one = value("YQ==");
    let yaml = |name: &str, body: &str| file(name, Format::Yaml, &encrypted("age1a", body));
    let ini = format!(
        "token={one}\n[app]\nx={one}\n[sops]\nage__list_0__map_recipient=age1a\nage__list_0__map_enc=x\nlastmodified=2026-01-01T00:00:00Z\nmac=x\nversion=3.11.0\n"
    );
    let mut routed = Routed {
        settings: SecretsSettings {
            marker: Some("meta.environment".parse().unwrap()),
            ..settings("staging")
        },
        files: vec![
            yaml(
                "a.yaml",
                &format!("token: {one}\nmeta:\n    environment: {one}\n"),
            ),
            yaml(
                "b.yaml",
                &format!("other: {one}\nmeta:\n    environment: {one}\n"),
            ),
            file("c.ini", Format::Ini, &ini),
        ],
    };
    // What stands before the first section is no section of its own.
    assert_eq!(twice(&routed), [("token".to_owned(), "a.yaml", "c.ini")]);
    // Unless somebody means the section.
    routed.settings.other_keys = vec!["DEFAULT".to_owned()];
    assert!(twice(&routed).is_empty());
}

#[test]
fn keys_that_not_every_environment_has_are_told_where_they_are_not() {
    let one = value("YQ==");
    let none = Routed {
        settings: settings("empty"),
        files: Vec::new(),
    };
    let mut check = check_of(vec![
        routed("dev", &format!("a: {one}\nb: {one}\nlist: []\n")),
        routed("prod", &format!("a: {one}\nlist:\n    - {one}\n")),
        none,
    ]);
    let rows = check.parity(&BTreeSet::from(["prod".to_owned()]));
    let rows: Vec<(&str, Vec<String>, Vec<String>)> = rows
        .iter()
        .map(|row| (row.key.as_str(), row.present.clone(), row.absent.clone()))
        .collect();
    let names = |name: &str| vec![name.to_owned()];
    // A list is there, whether or not something is in it; its elements are not.
    assert_eq!(
        rows,
        [
            ("b", names("dev"), names("prod")),
            ("list[]", names("prod"), names("dev")),
        ]
    );
    // `dev` is not reported on.
    let told: Vec<&str> = check
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(told, ["`b` is in dev and not here"]);
}

#[test]
fn a_reader_is_listed_once_with_all_that_it_opens() {
    let body = format!("a: {}\n", value("YQ=="));
    let check = check_of(vec![
        routed("dev", &body),
        Routed {
            settings: settings("qa"),
            files: vec![file("qa.yaml", Format::Yaml, &encrypted("age1dev", &body))],
        },
        routed("prod", &body),
    ]);
    let readers: Vec<(String, Vec<String>)> = check
        .readers()
        .into_iter()
        .map(|reader| (reader.recipient, reader.environments))
        .collect();
    let expected = [("age1dev", &["dev", "qa"][..]), ("age1prod", &["prod"])].map(
        |(recipient, environments)| {
            let environments = environments.iter().map(|name| (*name).to_owned());
            (recipient.to_owned(), environments.collect::<Vec<_>>())
        },
    );
    assert_eq!(readers, expected);
}

#[test]
fn a_copy_is_an_error_where_it_is_refused_or_isolated() {
    let body = |data: &[&str]| -> String {
        let values = data.iter().enumerate();
        values
            .map(|(nth, data)| format!("k{nth}: {}\n", value(data)))
            .collect()
    };
    for (one, other, isolated, expected) in [
        // Nothing in one of them is its own.
        (
            &["YQ=="][..],
            &["YQ==", "Yg=="][..],
            false,
            Some(Gravity::Error),
        ),
        (
            &["YQ==", "Yg=="],
            &["YQ==", "Yw=="],
            false,
            Some(Gravity::Warning),
        ),
        (
            &["YQ==", "Yg=="],
            &["YQ==", "Yw=="],
            true,
            Some(Gravity::Error),
        ),
        (&["YQ=="], &["Yg=="], true, None),
    ] {
        let (dev, mut prod) = (routed("dev", &body(one)), routed("prod", &body(other)));
        prod.settings.isolated = isolated;
        let mut findings = Vec::new();
        let copies = copies::find([(&dev, true), (&prod, true)].into_iter(), &mut findings);
        let gravities: Vec<Gravity> = findings.iter().map(|finding| finding.gravity).collect();
        let expected: Vec<Gravity> = expected.into_iter().collect();
        assert_eq!(gravities, expected, "{one:?} {other:?} {isolated}");
        assert_eq!(copies.is_empty(), expected.is_empty());
        // Of two that nobody asks after nothing is told.
        let mut none = Vec::new();
        copies::find([(&dev, false), (&prod, false)].into_iter(), &mut none);
        assert!(none.is_empty(), "{none:?}");
    }
}

#[test]
fn a_copy_is_not_told_to_take_over_readers() {
    let body = format!("a: {}\n", value("YQ=="));
    let mut check = check_of(vec![routed("dev", &body), routed("prod", &body)]);
    let advised = |file: &str| SecretsFinding {
        file: Some(file.to_owned()),
        fix: format!("`tollgate secrets sync {file}`"),
        ..finding(Gravity::Error, Kind::RecipientDrift)
    };
    check.findings = vec![advised("dev.enc.yaml"), advised("other.enc.yaml")];
    check.judge_copies();
    let fixes: Vec<&str> = check
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::RecipientDrift)
        .map(|finding| finding.fix.as_str())
        .collect();
    let [copy, other] = fixes.as_slice() else {
        unreachable!("{fixes:?}");
    };
    assert!(
        copy.starts_with("first see to it that it is no copy any more: make it anew"),
        "{copy}"
    );
    assert_eq!(*other, "`tollgate secrets sync other.enc.yaml`");
}

#[test]
fn an_environment_without_a_file_is_wrong_only_where_one_is_needed() {
    let folder = folder(&[("tollgate.toml", "[environments.staging]\n")]);
    let path = folder.path().join("tollgate.toml");
    let config = Config::load(&path, &[]).unwrap();
    let directories = [folder.path().to_owned()];
    let reported = BTreeSet::from(["staging".to_owned()]);
    let needs = module(&variable("token", "string", SECRET));
    let optional = module(&variable("token", "string", ""));
    for (modules, expected) in [
        (vec![], (exit::SECRETS, Kind::Unroutable)),
        (vec![needs], (exit::SECRETS, Kind::Unroutable)),
        (vec![optional], (exit::PASSED, Kind::NotChecked)),
    ] {
        let all = vec![config.secrets(Some("staging")).unwrap()];
        let report = check(&config, all, &reported, &directories, &modules);
        let kinds: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [expected.1]);
        assert_eq!(report.exit_code, expected.0);
        assert_eq!(report.passed, expected.0 == exit::PASSED);
    }
    // One that is there and not encrypted is named, and nothing else of it is checked.
    fs::write(folder.path().join("secrets.staging.enc.yaml"), "a: b\n").unwrap();
    let all = vec![config.secrets(Some("staging")).unwrap()];
    let report = check(&config, all, &reported, &directories, &[]);
    let environment = report.environments.first().unwrap();
    assert_eq!(environment.files, environment.unread);
    assert_eq!(report.exit_code, exit::SECRETS);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.kind == Kind::Unencrypted),
        "{:?}",
        report.findings
    );
}
