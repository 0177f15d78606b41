#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use jiff::civil::Date;
use tollgate_model::error::UserError;
use tollgate_secrets::inject::{DigestKey, Injection};
use tollgate_secrets::{Format, Secrets};

use super::*;
use crate::config::Config;
use crate::deploy::facts::{BackendIdentity, Facts, Git};
use crate::hcl::Configuration;
use crate::report::{Disposition, FindingReport, WaiverReport, WaiverState, samples};
use crate::sandbox::digest;

const CANARY: &str = "Hunter2canary-of-the-plan";

const VARIABLES: &str = r#"
variable "db_password" {
  type      = string
  sensitive = true
}
variable "pin" { type = number }
variable "session" {
  type      = string
  ephemeral = true
}
"#;

#[test]
fn advice_names_the_environment_of_the_file() {
    for (path, said) in [
        (".tollgate/staging.tollgate", "`tollgate plan -e staging`"),
        (
            "a/.tollgate/eu-1.keyless.tollgate",
            "`tollgate plan -e eu-1`",
        ),
        ("release-42.tollgate", "`tollgate plan -e ENVIRONMENT`"),
        ("plan.bin", "`tollgate plan -e ENVIRONMENT`"),
        ("'; rm x; '.tollgate", "`tollgate plan -e ENVIRONMENT`"),
    ] {
        let error = BundleError::File {
            path: path.to_owned(),
            cause: SealError::CutOff,
        };
        assert!(error.help().unwrap().ends_with(said), "{path}");
    }
}

fn nobody() -> Keyring {
    Keyring::new(Arc::new(|_| None), None)
}

fn facts() -> Facts {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), digest(text.as_bytes()));
        pairs.iter().map(pair).collect()
    };
    Facts {
        environment: "production".to_owned(),
        directory: "infra".to_owned(),
        workspace: "prod".to_owned(),
        backend: BackendIdentity {
            kind: "s3".to_owned(),
            settings: BTreeMap::from([("bucket".to_owned(), "states".to_owned())]),
        },
        tool: "tofu".to_owned(),
        tool_version: "1.12.6".to_owned(),
        tollgate: "0.1.0".to_owned(),
        git: Some(Git {
            commit: "c0ffee".to_owned(),
            branch: Some("main".to_owned()),
            clean: true,
        }),
        gate: map(&[("tollgate.toml", "a"), ("the policy cost-cap", "b")]),
        source: map(&[("infra/main.tf", "c"), ("infra/.terraform.lock.hcl", "d")]),
        inputs: map(&[("infra/run.sh", "g"), ("the module net", "h")]),
        variables: vec![
            ("a.tfvars".to_owned(), digest(b"e")),
            ("b.tfvars".to_owned(), digest(b"f")),
        ],
    }
}

fn secrets(json: &str) -> Vec<Secrets> {
    vec![Secrets::from_plaintext("s.json", json.as_bytes(), Format::Json).unwrap()]
}

const PLANNED: &str = r#"{"db_password": "hunter2", "pin": 4711, "session": "one"}"#;

/// What the root module of these tests declares.
fn declared() -> BTreeMap<String, crate::hcl::Variable> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), VARIABLES).unwrap();
    Configuration::read(folder.path())
        .unwrap()
        .variables()
        .clone()
}

fn content() -> Content {
    let files = secrets(PLANNED);
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let key = DigestKey::generate().unwrap();
    let variables = planned(&injection, &declared(), &key);
    Content {
        manifest: Manifest::new(
            facts(),
            Mode::Apply,
            vec!["aws_s3_bucket.a".to_owned()],
            CANARY.as_bytes(),
            variables,
            key,
        ),
        report: samples::clean(),
        plan: Zeroizing::new(CANARY.as_bytes().to_vec()),
    }
}

/// Written to a file, read and opened.
fn opened(content: &Content) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tollgate");
    let written = write(&path, content, &Encryption::Off, &nobody()).unwrap();
    let opened = Bundle::read(&path).unwrap().open(&nobody()).unwrap();
    assert_eq!(opened.digest, written.digest);
    assert_eq!(opened.digest, digest(&fs::read(&path).unwrap()));
    opened
}

#[test]
fn a_bundle_comes_back_as_it_was_written() {
    let content = content();
    let opened = opened(&content);
    let (there, back) = (&content.manifest, &opened.content.manifest);
    assert_eq!(there.facts, back.facts);
    assert_eq!(there.variables, back.variables);
    assert_eq!(there.targets, back.targets);
    assert_eq!(there.created, back.created);
    assert_eq!(opened.content.report, content.report);
    assert_eq!(*opened.content.plan, *content.plan);
    assert_eq!(opened.header.environment, "production");
    assert_eq!(opened.header.verdict, Decision::Passed);
    assert!(opened.header.applicable);
    assert!(!opened.encrypted);
}

#[test]
fn it_is_encrypted_to_recipients_and_says_in_clear_what_it_is() {
    let content = content();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tollgate");
    // A key of the repository's own tests.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/exec");
    let key = fs::read_to_string(root.join("production.txt")).unwrap();
    let file = tollgate_secrets::SecretsFile::read(&root.join("secrets.production.enc.yaml"), None)
        .unwrap();
    let to = Encryption::To(Recipients {
        readers: file.readers(),
        left_out: Vec::new(),
    });
    write(&path, &content, &to, &nobody()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for said in ["\"environment\":\"production\"", "\"verdict\":\"passed\""] {
        assert!(text.contains(said), "{said}");
    }
    // Nothing of the plan, nor anything that a value could be guessed from.
    let plain = serde_json::to_string(&content.manifest).unwrap();
    let inside = plain.split('"').filter(|word| word.len() > 40);
    for hidden in inside.chain([CANARY, "hmac-sha256", "db_password", "main.tf"]) {
        assert!(!text.contains(hidden), "{hidden}");
    }
    let bundle = Bundle::read(&path).unwrap();
    assert!(bundle.is_encrypted());
    assert!(bundle.check_environment(&["prod", "production"]).is_ok());
    let error = bundle.check_environment(&["staging", "stag"]).unwrap_err();
    assert_eq!(error.exit_code(), exit::GUARD);
    assert!(
        error
            .to_string()
            .ends_with("is a plan of `production`, not of `staging`")
    );
    let Err(error) = bundle.open(&nobody()) else {
        panic!("opened without a key");
    };
    assert_eq!(error.exit_code(), exit::SECRETS);
    let key = key
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .unwrap()
        .to_owned();
    let keyring = Keyring::new(
        Arc::new(move |name| (name == "SOPS_AGE_KEY").then(|| key.clone().into())),
        None,
    );
    let opened = Bundle::read(&path).unwrap().open(&keyring).unwrap();
    assert_eq!(*opened.content.plan, *content.plan);
}

#[test]
fn what_is_no_bundle_of_ours_is_refused() {
    let header = |format: &str| format!("{{\"format\":\"{format}\"}}");
    let seal = |clear: &str, parts: &[&[u8]]| seal::seal(clear, parts, None, &nobody()).unwrap();
    let good = content();
    let clear = serde_json::to_string(&Header::of(&good.manifest, &good.report)).unwrap();
    let manifest = serde_json::to_vec(&good.manifest).unwrap();
    let report = json::render(&good.report).unwrap();
    let other = clear.replace("production", "staging");
    let three = |manifest: &[u8], report: &str, plan: &str| {
        seal(&clear, &[manifest, report.as_bytes(), plan.as_bytes()])
    };
    for (bytes, code, expected) in [
        (b"PK".to_vec(), exit::USAGE, "is not a bundle"),
        (seal("x", &[]), exit::GUARD, "its header is not one"),
        (seal(&header("2.0"), &[]), exit::GUARD, "format 2.0"),
        (seal(&header("1.9"), &[]), exit::GUARD, "header is damaged"),
        (seal(&clear, &[]), exit::GUARD, "other parts than"),
        (
            three(b"{\"digest-key\":\"canary\"}", &report, CANARY),
            exit::GUARD,
            "its manifest is damaged at column",
        ),
        (three(&manifest, "{}", CANARY), exit::GUARD, "is no report"),
        (
            three(
                &manifest,
                &report.replace("\"exit_code\": 0", "\"exit_code\": 1"),
                CANARY,
            ),
            exit::GUARD,
            "does not add up",
        ),
        (
            three(&manifest, &report, "another plan"),
            exit::GUARD,
            "not the one of its manifest",
        ),
        (
            seal(&other, &[&manifest, report.as_bytes(), CANARY.as_bytes()]),
            exit::GUARD,
            "its unencrypted part does not match its content",
        ),
    ] {
        let result = Bundle::parse("a.tollgate", bytes).and_then(|bundle| bundle.open(&nobody()));
        let Err(error) = result else {
            panic!("opened: {expected}");
        };
        let said = error.to_string();
        assert!(said.contains(expected), "{said:?} is not {expected:?}");
        assert!(said.starts_with("a.tollgate") && !said.contains("canary"));
        assert_eq!(error.exit_code(), code, "{said}");
        assert!(error.help().is_some(), "{said}");
    }
    assert!(
        Bundle::parse("a", three(&manifest, &report, CANARY))
            .unwrap()
            .open(&nobody())
            .is_ok()
    );
}

#[test]
fn everything_that_changed_is_named() {
    type Change = fn(&mut Facts);
    let cases: &[(Change, &str)] = &[
        (|_| {}, ""),
        (
            |facts| facts.environment = "staging".to_owned(),
            "environment: expected `production`, found `staging`",
        ),
        (
            |facts| facts.directory = ".".to_owned(),
            "directory: expected `infra`, found `.`",
        ),
        (
            |facts| facts.workspace = "default".to_owned(),
            "workspace: expected `prod`, found `default`",
        ),
        (
            |facts| facts.backend.settings = BTreeMap::new(),
            "backend: expected `s3: bucket states`, found `s3`",
        ),
        (
            |facts| facts.tool_version = "1.12.7".to_owned(),
            "tool: expected `tofu 1.12.6`, found `tofu 1.12.7`",
        ),
        (
            |facts| facts.tollgate = "9".to_owned(),
            "Tollgate: expected `0.1.0`, found `9`",
        ),
        // Guards look at it, by what is configured.
        (|facts| facts.git = None, ""),
        (
            |facts| {
                facts.gate.insert("tollgate.toml".to_owned(), digest(b"x"));
                facts.gate.remove("the policy cost-cap");
            },
            "gate: expected as it was planned, found the policy cost-cap is gone, tollgate.toml is changed",
        ),
        (
            |facts| {
                facts.source.insert("infra/new.tf".to_owned(), digest(b"x"));
            },
            "configuration: expected as it was planned, found infra/new.tf is new",
        ),
        (
            |facts| {
                facts.inputs.insert("infra/run.sh".to_owned(), digest(b"x"));
                facts.inputs.remove("the module net");
            },
            "files: expected as it was planned, found infra/run.sh is changed, the module net is gone",
        ),
        (
            |facts| facts.variables[0].1 = digest(b"x"),
            "variables: expected as it was planned, found a.tfvars is changed",
        ),
        (
            |facts| facts.variables.reverse(),
            "order of the files of variables: expected a.tfvars, b.tfvars, found b.tfvars, a.tfvars",
        ),
    ];
    let opened = opened(&content());
    let files = secrets(PLANNED);
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let declared = declared();
    for (change, expected) in cases {
        let mut facts = facts();
        change(&mut facts);
        let now = Now {
            facts: &facts,
            secrets: &injection,
            of_shell: &[],
            declared: &declared,
            today: Date::constant(2026, 11, 21),
        };
        let found: Vec<String> = verify(&opened, &now)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.join("; "), *expected);
    }
}

#[test]
fn secrets_that_changed_are_named_without_values() {
    let opened = opened(&content());
    let facts = facts();
    let declared = declared();
    for (now, expected) in [
        (PLANNED, ""),
        // Not in the plan, so it may change; not declared, so it does not matter.
        (
            r#"{"db_password": "hunter2", "pin": 4711, "session": "two", "other": "x"}"#,
            "",
        ),
        (
            r#"{"db_password": "hunter3", "pin": "4711", "session": "one"}"#,
            "secret `db_password`: expected the value that was planned with, found another value; \
             secret `pin`: expected the value that was planned with, found another value",
        ),
        (
            r#"{"db_password": "hunter2"}"#,
            "secret `pin`: expected a value, found none; secret `session`: expected a value, found none",
        ),
    ] {
        let files = secrets(now);
        let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
        let now = Now {
            facts: &facts,
            secrets: &injection,
            of_shell: &[],
            declared: &declared,
            today: Date::constant(2026, 11, 21),
        };
        let found: Vec<String> = verify(&opened, &now)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.join("; "), expected);
    }
    let mut without = content();
    without.manifest.variables.remove("session");
    let files = secrets(PLANNED);
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let now = Now {
        facts: &facts,
        secrets: &injection,
        of_shell: &[],
        declared: &declared,
        today: Date::constant(2026, 11, 21),
    };
    let found = verify(&self::opened(&without), &now);
    assert_eq!(
        found[0].to_string(),
        "secret `session`: expected no value, found one that was set since"
    );
}

#[test]
fn a_refused_plan_an_ended_waiver_and_placeholders_are_not_applied() {
    let facts = facts();
    let declared = declared();
    let files = secrets(PLANNED);
    let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    let check = |content: &Content, today: Date| -> Vec<String> {
        let now = Now {
            facts: &facts,
            secrets: &injection,
            of_shell: &[],
            declared: &declared,
            today,
        };
        let mismatches = verify(&opened(content), &now);
        mismatches.iter().map(ToString::to_string).collect()
    };
    let today = Date::constant(2026, 11, 21);
    let mut refused = content();
    refused.report = samples::policy_failure();
    let found = check(&refused, today);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("verdict: expected passed, found ")),
        "{found:?}"
    );
    let mut waived = content();
    let samples = samples::mixed();
    let (policy, finding) = samples.plans[0]
        .policies
        .iter()
        .find_map(|policy| {
            let waived = |finding: &&FindingReport| finding.disposition == Disposition::Waived;
            Some((&policy.name, policy.findings.iter().find(waived)?.clone()))
        })
        .unwrap();
    let waiver = WaiverReport {
        state: WaiverState::Used,
        covers: 1,
        ..samples.waivers[finding.waiver.unwrap()].clone()
    };
    waived.report.waivers = vec![waiver.clone()];
    waived.report.verdict.waived = 1;
    let own = waived.report.plans[0].policies.iter_mut();
    for own in own.filter(|own| own.name == *policy) {
        let finding = FindingReport {
            waiver: Some(0),
            ..finding.clone()
        };
        own.findings = vec![finding];
    }
    let last: Date = waiver.expires.parse().unwrap();
    let named = |found: &[String]| {
        let what = format!("waiver of {} at ", waiver.rule);
        found.iter().any(|one| one.starts_with(&what))
    };
    assert!(!named(&check(&waived, last)));
    assert!(named(&check(&waived, last.tomorrow().unwrap())));

    let mut keyless = content();
    for (name, variable) in &mut keyless.manifest.variables {
        variable.digest = None;
        variable.placeholder = name == "session";
    }
    assert_eq!(check(&keyless, today), Vec::<String>::new());
    for variable in keyless.manifest.variables.values_mut() {
        variable.placeholder = true;
    }
    assert_eq!(
        check(&keyless, today),
        [
            "plan: expected made with the real values of what lasts, found a placeholder for db_password, pin"
        ]
    );
    assert!(!opened(&keyless).header.applicable);
}

#[test]
fn who_reads_a_bundle() {
    const ONE: &str = "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";
    const KMS: &str = "arn:aws:kms:eu-west-1:123456789012:key/b40a6e5d";
    let rules = |text: &str| format!("creation_rules:\n{text}");
    for (toml, sops, expected) in [
        ("", None, Err("there is no .sops.yaml")),
        (
            "",
            Some(rules("  - path_regex: other\n    age: age1x\n")),
            Err("has no rule for secrets.staging.enc.yaml"),
        ),
        (
            "",
            Some(rules(&format!("  - age: {ONE}\n"))),
            Ok(ONE.to_owned()),
        ),
        (
            "",
            Some(rules(&format!(
                "  - kms: {KMS}\n    age: {ONE}\n    pgp: ABCD\n"
            ))),
            Ok(format!("{KMS} {ONE} without ABCD")),
        ),
        (
            "",
            Some(rules("  - pgp: ABCD\n")),
            Err("cannot be encrypted to `ABCD`"),
        ),
        (
            "",
            Some("creation_rules: 1".to_owned()),
            Err("is not a list"),
        ),
        (
            "[environments.staging.secrets]\nrecipients = [\"RECIPIENT\"]\n",
            Some(rules("  - age: age1x\n")),
            Ok(ONE.to_owned()),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tollgate.toml");
        let toml = format!("[environments.staging]\n{}", toml.replace("RECIPIENT", ONE));
        fs::write(&path, toml).unwrap();
        if let Some(sops) = &sops {
            fs::write(folder.path().join(".sops.yaml"), sops).unwrap();
        } else {
            // Nothing above may say anything.
            assert!(tollgate_secrets::CreationRules::find(&path).is_none());
        }
        let config = Config::load(&path, tollgate_model::library::LIBRARY).unwrap();
        let settings = config.secrets(Some("staging")).unwrap();
        let with_kms = nobody().with(Box::new(tollgate_secrets::keys::aws_kms::AwsKms::default()));
        let found = readers(&config, &settings, None, &with_kms);
        let shown = found.map(|found| {
            let names = |list: &mut dyn Iterator<Item = &Recipient>| {
                list.map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            let mut shown = names(&mut found.readers.recipients());
            if !found.left_out.is_empty() {
                shown.push_str(" without ");
                shown.push_str(&names(&mut found.left_out.iter()));
            }
            shown
        });
        match (shown, expected) {
            (Ok(shown), Ok(expected)) => assert_eq!(shown, expected),
            (Err(error), Err(expected)) => {
                assert!(error.to_string().contains(expected), "{error}");
                assert_eq!(error.exit_code(), exit::SECRETS);
            }
            (shown, expected) => panic!("{shown:?} is not {expected:?}"),
        }
    }
}
