#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_model::library::LIBRARY;
use tollgate_secrets::{Format, Keyring, SecretsFile};

use super::*;
use crate::config::Config;
use crate::deploy::target::Project;
use crate::env_diff::Variables;
use crate::environment::SecretsSettings;
use crate::hcl::Dialect;
use crate::routing::tests::{encrypted, folder, settings, value};
use crate::routing::{Failure, OtherSource, RouteError, Routed};

/// Looks at an environment of a project, and says what was found in one line each, with paths from the
/// project on, and what helps.
fn looked(
    files: &[(&str, &str)],
    configuration: &str,
    environment: &str,
    look: impl FnOnce(&Examined<'_>) -> Vec<Finding>,
) -> Vec<(String, String)> {
    let folder = folder(files);
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, configuration).unwrap();
    let config = Config::load(&path, LIBRARY).unwrap();
    let project = Project::resolve(&config, Dialect::OpenTofu);
    let (own, others): (Vec<Arc<Site>>, Vec<Arc<Site>>) = project
        .sites()
        .iter()
        .cloned()
        .partition(|site| site.layout.environment == environment);
    let findings = look(&Examined {
        site: own.first().unwrap(),
        others: &others,
        secret: &BTreeSet::from(["from_secrets".to_owned()]),
    });
    let base = format!("{}/", folder.path().display());
    let plain = |text: &str| text.replace(&base, "");
    findings
        .into_iter()
        .map(|finding| {
            let what = format!("{:?}: {}", finding.health, finding.what);
            (plain(&what), plain(&finding.fix.unwrap_or_default()))
        })
        .collect()
}

/// The lines alone.
fn lines(found: Vec<(String, String)>) -> Vec<String> {
    found.into_iter().map(|(line, _)| line).collect()
}

fn tool(name: &'static str, version: Result<&str, &str>) -> Tool {
    Tool {
        name,
        program: PathBuf::from("/nowhere/tool"),
        version: version.map(ToOwned::to_owned).map_err(ToOwned::to_owned),
    }
}

/// What is said of these tools where a root module has these files.
fn tools(files: &[(&str, &str)], tools: &[Tool]) -> Vec<(String, String)> {
    let all = [files, &[("environments/staging.tfvars", "")]].concat();
    looked(&all, "", "staging", |examined| {
        binary::examine(examined, tools)
    })
}

/// What is said of a backend where a root module has these files besides its variables.
fn backends(files: &[(&str, &str)], configuration: &str) -> Vec<(String, String)> {
    let all = [files, &[("environments/staging.tfvars", "")]].concat();
    looked(&all, configuration, "staging", backend::examine)
}

/// What is said of variables, by a root module's declarations and one file.
fn variables_of(declared: &str, set: &str, machine: &[(&str, &str)]) -> Vec<String> {
    let files = [("main.tf", declared), ("environments/staging.tfvars", set)];
    lines(looked(&files, "", "staging", |examined| {
        variables::examine(examined, &Machine::with(machine))
    }))
}

/// What is said of a workspace.
fn workspaces(files: &[(&str, &str)], machine: &[(&str, &str)]) -> Vec<String> {
    let all = [files, &[("environments/staging.tfvars", "")]].concat();
    lines(looked(&all, "", "staging", |examined| {
        workspace::examine(examined, &[], &Machine::with(machine), false)
    }))
}

const S3: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n    region = \"eu-central-1\"\n    use_lockfile = true\n  }\n}\n";

#[test]
fn a_tool_is_at_least_a_version_that_it_says() {
    for (version, expected) in [
        (Ok("1.10.0"), true),
        (Ok("1.11"), true),
        (Ok("1.10.0-rc1"), true),
        (Ok("2"), true),
        (Ok("1.9.9"), false),
        (Ok("1"), false),
        (Ok("nightly"), false),
        (Err("it does not start"), false),
    ] {
        let tool = tool("OpenTofu", version);
        assert_eq!(tool.is_at_least(1, 10), expected, "{tool}");
    }
}

#[test]
fn a_version_as_a_tool_says_it_fits_or_is_not_known_to() {
    for (constraint, version, expected) in [
        (">= 1.6", "1.11.4", Some(true)),
        ("< 1.6", "v1.11.4", Some(false)),
        (">= 1.6", "1.6.0+build", Some(true)),
        (">= 1.6", "nightly", None),
        (">= x", "1.6.0", None),
        (">= 1.6,", "1.6.0", None),
    ] {
        assert_eq!(
            fits(constraint, version),
            expected,
            "{constraint} {version}"
        );
    }
}

#[test]
fn a_tool_is_there_and_says_what_it_is() {
    let main = [("main.tf", "")];
    for (all, expected) in [
        (vec![], "Problem: neither tofu nor terraform is on the PATH"),
        (
            vec![tool("OpenTofu", Err("/nowhere/tool does not start"))],
            "Problem: /nowhere/tool does not start",
        ),
        (
            vec![tool("OpenTofu", Ok("nightly"))],
            "Warning: OpenTofu nightly: an unusual version",
        ),
        (vec![tool("OpenTofu", Ok("1.11.4"))], "Ok: OpenTofu 1.11.4"),
    ] {
        assert_eq!(lines(tools(&main, &all)), [expected]);
    }
}

#[test]
fn a_version_that_does_not_fit_leads_to_a_tool_that_does() {
    let text = "terraform {\n  required_version = \"< 1.11\"\n}\n";
    let main = [("main.tf", text)];
    let tofu = tool("OpenTofu", Ok("1.11.4"));
    let terraform = tool("Terraform", Ok("1.5.7"));
    let new = tool("Terraform", Ok("1.12.0"));
    let said = "Problem: OpenTofu 1.11.4 does not fit required_version < 1.11";
    for (all, expected) in [
        (
            vec![tofu.clone(), terraform.clone()],
            "install a version that fits, or take tofu off the PATH: Terraform 1.5.7 fits",
        ),
        (
            vec![tofu.clone(), new],
            "install a version that fits < 1.11",
        ),
        (vec![tofu], "install a version that fits < 1.11"),
    ] {
        let found = tools(&main, &all);
        assert_eq!(found.last(), Some(&(said.to_owned(), expected.to_owned())));
    }
    let found = lines(tools(&main, &[terraform]));
    assert_eq!(
        found,
        ["Ok: Terraform 1.5.7", "Ok: required_version < 1.11"]
    );
}

#[test]
fn what_a_tool_is_too_old_for_is_told() {
    let ephemeral = [("main.tf", "variable \"t\" {\n  ephemeral = true\n}\n")];
    let old = tools(&ephemeral, &[tool("OpenTofu", Ok("1.10.9"))]);
    assert_eq!(
        old.last(),
        Some(&(
            "Problem: the ephemeral variable `t` (main.tf:1) is too new for OpenTofu 1.10.9"
                .to_owned(),
            "install OpenTofu 1.11 or newer".to_owned()
        ))
    );
    for new in [
        tool("OpenTofu", Ok("1.11.0")),
        tool("Terraform", Ok("1.10.0")),
    ] {
        assert_eq!(tools(&ephemeral, &[new]).len(), 1);
    }
    // What only OpenTofu reads.
    let twin = [("main.tf", ""), ("a.tofu", ""), ("a.tf", "")];
    let own = [("main.tf", ""), ("a.tofu", "")];
    for (files, tool, expected) in [
        (&own[..], tool("Terraform", Ok("1.12.0")), true),
        (&twin, tool("Terraform", Ok("1.12.0")), false),
        (&own, tool("OpenTofu", Ok("1.11.0")), false),
    ] {
        let found = lines(tools(files, &[tool]));
        let is_told = found
            .iter()
            .any(|line| line.starts_with("Problem: a.tofu is a file that Terraform does not read"));
        assert_eq!(is_told, expected, "{found:?}");
    }
}

#[test]
fn a_version_file_counts_where_it_names_one_version() {
    for (text, expected) in [
        (
            "1.10.0\n",
            Some("Problem: .opentofu-version says OpenTofu 1.10.0, and this is 1.11.4"),
        ),
        ("v1.11.4\n", None),
        ("latest\n", None),
    ] {
        let files = [("main.tf", ""), (".opentofu-version", text)];
        let found = lines(tools(&files, &[tool("OpenTofu", Ok("1.11.4"))]));
        let more: Vec<&str> = found.iter().skip(1).map(String::as_str).collect();
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(more, expected, "{text}");
    }
}

#[test]
fn variables_are_set_by_somebody_who_is_asked() {
    let declared = "variable \"a\" {}\nvariable \"b\" {\n  default = 1\n}\n";
    let unset = ["Warning: set by no file: `a` (main.tf:1)"];
    assert_eq!(variables_of(declared, "", &[]), unset);
    // A variable of the shell that is empty sets nothing.
    assert_eq!(
        variables_of("variable \"a\" {}\n", "", &[("TF_VAR_a", "")]).first(),
        Some(&unset[0].to_owned())
    );
    assert_eq!(
        variables_of(declared, "", &[("TF_VAR_a", "x")]),
        ["Warning: `a` is set by TF_VAR_a in your shell, for every environment"]
    );
    // The file counts, whatever the shell says.
    for (declared, set) in [
        (declared, "a = 1\n"),
        (
            "variable \"from_secrets\" {}\nvariable \"a\" {}\n",
            "a = 1\n",
        ),
    ] {
        assert_eq!(
            variables_of(declared, set, &[("TF_VAR_a", "x"), ("TF_VAR_other", "y")]),
            ["Ok: 1 set by files, 2 declared"]
        );
    }
    assert_eq!(
        variables_of("", "", &[("TF_CLI_ARGS_plan", "-target=x")]),
        ["Warning: TF_CLI_ARGS_plan is set in your shell, and changes what the tool does"]
    );
}

#[test]
fn what_a_file_of_variables_must_not_have_is_told() {
    let declared = "variable \"a\" {}\nvariable \"token\" {\n  sensitive = true\n}\n";
    let fine = "token = \"\"\na = 1\n";
    for (set, expected) in [
        (
            "a = 1\nb = 2\ntoken = \"\"\n",
            &["Warning: `b` is set (environments/staging.tfvars:2), and nothing declares it"][..],
        ),
        (
            "a = 1\ntoken = \"hunter2\"\n",
            &[
                "Warning: `token` is declared as secret, and set unencrypted (environments/staging.tfvars:2)",
            ],
        ),
        (
            "a = upper(\"x\")\ntoken = \"\"\n",
            &["Problem: `a` (environments/staging.tfvars:1) is set to an expression"],
        ),
        (fine, &["Ok: 2 set by files, 2 declared"]),
    ] {
        assert_eq!(variables_of(declared, set, &[]), expected, "{set}");
    }
}

#[test]
fn a_workspace_is_there_or_what_is_alike_is_named() {
    let main = ("main.tf", "");
    let there = "Ok: staging";
    let none = "Warning: there is no workspace `staging` yet";
    for (files, expected) in [
        (&[main][..], none),
        (&[main, ("terraform.tfstate.d/staging/x", "")], there),
        (&[main, ("terraform.tfstate.d/production/x", "")], none),
        (
            &[main, ("terraform.tfstate.d/stagign/x", "")],
            "Warning: there is no workspace `staging` yet, but `stagign`",
        ),
        (
            &[main, ("terraform.tfstate", "")],
            "Warning: there is no workspace `staging` yet, but `default`",
        ),
        (
            &[("main.tf", S3)],
            "Unknown: `staging`: only the backend knows whether it is there",
        ),
    ] {
        assert_eq!(workspaces(files, &[]), [expected]);
    }
    assert_eq!(
        workspaces(
            &[main, ("terraform.tfstate.d/staging/x", "")],
            &[("TF_WORKSPACE", "production")]
        ),
        [
            "Problem: TF_WORKSPACE is set to `production`, and a deploy here uses `staging`",
            there
        ]
    );
    for same in ["staging", ""] {
        let found = workspaces(
            &[main, ("terraform.tfstate.d/staging/x", "")],
            &[("TF_WORKSPACE", same)],
        );
        assert_eq!(found, [there], "{same}");
    }
}

#[test]
fn a_state_without_a_backend_is_for_one_person() {
    let local = "the state is a file beside the root module";
    let main = [("main.tf", "")];
    let of = |protected: bool| format!("[environments.staging]\nprotected = {protected}\n");
    assert_eq!(lines(backends(&main, &of(false))), [format!("Ok: {local}")]);
    assert_eq!(
        lines(backends(&main, &of(true))),
        [format!("Warning: {local}")]
    );
    // Settings for a backend that is not there.
    let settings = format!("{}backend-config = [\"key=k\"]\n", of(false));
    assert_eq!(
        lines(backends(&main, &settings)),
        ["Problem: there are settings for a backend, and the root module declares none"]
    );
}

#[test]
fn a_backend_is_told_what_it_needs() {
    let uninitialised = "Unknown: not initialised here";
    for (text, expected) in [
        (S3.to_owned(), &["Ok: s3 (main.tf:2)"][..]),
        (
            S3.replace("    key = \"k\"\n", ""),
            &["Problem: s3 (main.tf:2) is not told its `key`"],
        ),
        (
            S3.replace("use_lockfile = true", "use_lockfile = false"),
            &["Warning: s3 (main.tf:2) does not lock: two deploys at once can lose state"],
        ),
        (
            S3.replace("use_lockfile = true", "dynamodb_table = \"t\""),
            &["Ok: s3 (main.tf:2)"],
        ),
        (
            "terraform {\n  backend \"remote\" {}\n}\n".to_owned(),
            &["Problem: `remote` (main.tf:2) may plan elsewhere, and `tollgate plan` refuses it"],
        ),
    ] {
        let mut expected = expected.to_vec();
        expected.push(uninitialised);
        assert_eq!(lines(backends(&[("main.tf", &text)], "")), expected);
    }
}

#[test]
fn what_a_directory_is_initialised_for_is_compared() {
    let initialised = |text: &str| {
        let files = [("main.tf", S3), (".terraform/terraform.tfstate", text)];
        let mut found = lines(backends(&files, ""));
        assert_eq!(found.remove(0), "Ok: s3 (main.tf:2)");
        found
    };
    let for_bucket = |bucket: &str| {
        initialised(&format!(
            r#"{{"backend": {{"type": "s3", "config": {{"bucket": "{bucket}", "key": "k", "region": "eu-central-1", "use_lockfile": true}}}}}}"#
        ))
    };
    assert_eq!(for_bucket("b"), ["Ok: initialised for it"]);
    assert_eq!(
        for_bucket("other"),
        ["Warning: initialised for another environment: `bucket` is `other`, not `b`"]
    );
    assert_eq!(
        initialised(r#"{"backend": {"type": "gcs", "config": {"bucket": "b"}}}"#),
        ["Warning: initialised for `gcs`, not for `s3`"]
    );
    assert_eq!(
        initialised("{"),
        ["Warning: .terraform/terraform.tfstate is no JSON"]
    );
    assert_eq!(initialised("{}"), ["Unknown: not initialised here"]);
}

#[test]
fn a_credential_in_a_file_is_told_by_name_only() {
    let files = [
        ("main.tf", S3),
        (
            "environments/staging.tfbackend",
            "secret_key = \"hunter2\"\nkey = \"k2\"\n",
        ),
    ];
    let found = backends(&files, "");
    assert_eq!(
        found.first().map(|(line, _)| line.as_str()),
        Some("Warning: `secret_key` is a credential in a file (environments/staging.tfbackend:1)")
    );
    assert!(
        found
            .iter()
            .all(|(line, fix)| !line.contains("hunter2") && !fix.contains("hunter2")),
        "{found:?}"
    );
}

#[test]
fn credentials_are_looked_for_as_the_tool_does() {
    let home = folder(&[
        (".aws/config", "[profile team]\nregion = eu-central-1\n"),
        (
            "default/.aws/credentials",
            "[default]\naws_access_key_id = x\n",
        ),
        ("token", "x"),
    ]);
    let path = |below: &str| home.path().join(below).display().to_string();
    let (base, with_default, nowhere) = (path("."), path("default"), path("nowhere"));
    let (token, lost) = (path("token"), path("lost"));
    let asked = |machine: &[(&str, &str)], configuration: &str, main: &str| {
        let files = [("main.tf", main), ("environments/staging.tfvars", "")];
        lines(looked(&files, configuration, "staging", |examined| {
            let found = Machine::with(machine).credentials(examined);
            found.into_iter().collect()
        }))
    };
    let aws = "provider \"aws\" {}\n";
    for (machine, expected) in [
        (
            &[("HOME", nowhere.as_str())][..],
            "Warning: no credentials for AWS: no variables, profile or web identity".to_owned(),
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")],
            "Ok: AWS: AWS_ACCESS_KEY_ID is set".to_owned(),
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "")],
            "Problem: AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY".to_owned(),
        ),
        (
            &[("HOME", base.as_str()), ("AWS_PROFILE", "team")],
            "Ok: AWS: profile team".to_owned(),
        ),
        (
            &[("HOME", base.as_str()), ("AWS_DEFAULT_PROFILE", "team")],
            "Ok: AWS: profile team".to_owned(),
        ),
        // One that is named and not there is not made up for by anything else.
        (
            &[
                ("HOME", with_default.as_str()),
                ("AWS_PROFILE", "team"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
            ],
            "Problem: AWS_PROFILE is `team`, and no such profile is configured".to_owned(),
        ),
        (
            &[
                ("HOME", nowhere.as_str()),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
            ],
            "Ok: AWS: a web identity".to_owned(),
        ),
        (
            &[
                ("HOME", nowhere.as_str()),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", lost.as_str()),
            ],
            format!("Problem: AWS_WEB_IDENTITY_TOKEN_FILE names {lost}, which is not there"),
        ),
        (
            &[
                ("HOME", nowhere.as_str()),
                ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"),
            ],
            "Ok: AWS: those of the container".to_owned(),
        ),
        (
            &[("HOME", with_default.as_str())],
            "Ok: AWS: profile default".to_owned(),
        ),
    ] {
        assert_eq!(asked(machine, "", aws), [expected]);
    }
    let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")];
    // Nobody is asked whose they are.
    assert_eq!(
        asked(
            &keys,
            "[environments.staging]\naws-account = \"123456789012\"\n",
            ""
        ),
        [
            "Ok: AWS: AWS_ACCESS_KEY_ID is set; whether they are for account 123456789012 is not asked here"
        ]
    );
    // A state in S3 needs some as well; a project without AWS none.
    assert_eq!(asked(&keys, "", S3).len(), 1);
    assert!(asked(&keys, "", "provider \"random\" {}\n").is_empty());
}

/// An environment with one file.
fn routed(format: Format, text: &str) -> Routed {
    let file = SecretsFile::parse("s.enc", text.as_bytes(), format);
    Routed {
        settings: settings("staging"),
        files: vec![file.ok().unwrap()],
    }
}

#[test]
fn a_secrets_file_is_opened_by_an_identity_or_by_whom_only_a_service_knows() {
    // Nobody's: no identity is set, and no home has one.
    let keyring = Keyring::new(Arc::new(|_: &str| -> Option<OsString> { None }), None);
    let said = |routed: Result<Routed, Failure>| -> Vec<(Health, String)> {
        let found = secrets::examine(&routed, &keyring).into_iter();
        found
            .map(|finding| (finding.health, finding.what))
            .collect()
    };
    let body = format!("a: {}\n", value("YQ=="));
    let age = encrypted("age1stranger", &body);
    let kms = format!(
        "{body}sops:\n    kms:\n        - arn: arn:aws:kms:eu-central-1:111111111111:key/a\n          created_at: \"2026-01-01T00:00:00Z\"\n          enc: x\n          aws_profile: \"\"\n    lastmodified: \"2026-01-01T00:00:00Z\"\n    mac: x\n    version: 3.11.0\n"
    );
    let found = said(Ok(routed(Format::Yaml, &age)));
    let [(health, what)] = found.as_slice() else {
        unreachable!("{found:?}");
    };
    assert_eq!(*health, Health::Problem);
    assert!(
        what.starts_with("s.enc: none of your identities is one of its recipients: age1stranger ("),
        "{what}"
    );
    assert_eq!(
        said(Ok(routed(Format::Yaml, &kms))),
        [(
            Health::Unknown,
            "s.enc: only AWS knows whether you may use arn:aws:kms:eu-central-1:111111111111:key/a"
                .to_owned()
        )]
    );
    let elsewhere = Routed {
        settings: SecretsSettings {
            source: Some(OtherSource::Prefix("APP_".to_owned())),
            ..settings("staging")
        },
        files: Vec::new(),
    };
    let found = said(Ok(elsewhere));
    assert_eq!(
        found.first().map(|(health, _)| *health),
        Some(Health::Unknown)
    );
    // No file is fine, two are not.
    let environment = || "staging".to_owned();
    let none = RouteError::NotFound {
        environment: environment(),
        looked_for: Vec::new(),
        similar: Vec::new(),
    };
    assert_eq!(
        said(Err(none.into())),
        [(Health::Ok, "there is no secrets file".to_owned())]
    );
    let two = RouteError::Ambiguous {
        environment: environment(),
        candidates: vec!["a".to_owned(), "b".to_owned()],
    };
    assert_eq!(
        said(Err(two.into())),
        [(
            Health::Problem,
            "`staging` has several secrets files: `a`, `b`".to_owned()
        )]
    );
    let unread = SecretsFile::read(Path::new("/nowhere/at/all.yaml"), None)
        .err()
        .unwrap();
    let found = said(Err(unread.into()));
    assert_eq!(
        found.first().map(|(health, _)| *health),
        Some(Health::Problem)
    );
}

#[test]
fn a_secret_that_no_variable_takes_stops_a_protected_environment_only() {
    let body = format!("a: {}\n", value("YQ=="));
    let text = encrypted("age1a", &body);
    let variables = Variables::default();
    let keys = BTreeSet::from(["a".to_owned()]);
    for (protected, expected) in [(true, Health::Problem), (false, Health::Warning)] {
        let mut routed = routed(Format::Yaml, &text);
        routed.settings.protected = protected;
        let found = secrets::untaken(&routed, &variables, &keys);
        let found: Vec<(Health, &str)> = found
            .iter()
            .map(|finding| (finding.health, finding.what.as_str()))
            .collect();
        assert_eq!(found, [(expected, "no variable takes the secret `a`")]);
    }
    // What another source has nobody knows.
    let mut elsewhere = routed(Format::Yaml, &text);
    elsewhere.settings.source = Some(OtherSource::Prefix("APP_".to_owned()));
    assert!(secrets::untaken(&elsewhere, &variables, &keys).is_empty());
}
