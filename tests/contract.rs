//! `tollgate secrets check` and `secrets diff`, as their users run them: without a key.

use std::fs;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::cli::root;
use crate::exec::{CANARIES, project, shown, with_key};

const STAGING: &str = "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";
const PRODUCTION: &str = "age12ld5kdvlywh9u9rwfcj3ypt8q3ez2p353s2sc9r485xfx0gy6sss5uskuv";

/// What makes the files of tests/exec and its main.tf agree.
const GOOD: &str = r#"
[environments.production.secrets]
environment-marker = "environment"
other-keys = ["unused"]
[environments.staging.secrets]
environment-marker = "environment"
other-keys = ["unused"]
map = { db_host = "database.host", all = "." }
"#;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("contract::check_says_what_is_wrong", checks),
        Trial::test("contract::check_prints_json_of_its_schema", json),
        Trial::test("contract::diff_shows_names_and_types", diff),
    ]
}

struct Case {
    name: &'static str,
    toml: String,
    /// Files beside those of tests/exec, or instead of them.
    files: Vec<(&'static str, String)>,
    arguments: &'static [&'static str],
    code: i32,
    wanted: Vec<&'static str>,
    unwanted: &'static [&'static str],
}

fn case(name: &'static str, code: i32, wanted: &[&'static str]) -> Case {
    Case {
        name,
        toml: GOOD.to_owned(),
        files: Vec::new(),
        arguments: &[],
        code,
        wanted: wanted.to_vec(),
        unwanted: &[],
    }
}

fn checks() -> Result<(), Failed> {
    let tf = fs::read_to_string(root().join("tests/exec/main.tf"))?;
    let rules = |staging: &str, production: &str| {
        (
            ".sops.yaml",
            format!(
                "creation_rules:\n  - path_regex: staging\n    age: {staging}\n  - path_regex: production\n    age: {production}\n"
            ),
        )
    };
    let moved = fs::read_to_string(root().join("tests/secrets/example.enc.yaml"))?;
    let cases = [
        case("all is well", 0, &["staging: secrets.staging.enc.yaml, 7 values", "PASSED: 0 errors", STAGING]),
        Case { toml: "[environments.production]\n[environments.staging]\n".into(), ..case("undeclared", 6, &["no variable takes the key `unused`", "`other-keys` of [environments.staging.secrets]", "no variable takes the key `environment`"]) },
        Case { files: vec![("more.tf", "variable \"gone\" {\n  sensitive = true\n}\nvariable \"un_used\" {\n  ephemeral = true\n}\n".into())], toml: GOOD.replace("other-keys = [\"unused\"]", ""), ..case("missing", 6, &["the variable `gone` is secret, has no default, and is not in the file", "if `unused` is meant: `map = { un_used = \"unused\" }`"]) },
        Case { files: vec![("main.tf", tf.replace("object({ host = string, port = number })", "list(string)").replace("object({host=string, port=number})", "list(string)"))], ..case("a type", 6, &["`database` is a map in the file, and the variable takes a list"]) },
        Case { files: vec![rules(STAGING, PRODUCTION)], ..case("recipients as in .sops.yaml", 0, &["PASSED"]) },
        Case { files: vec![rules(PRODUCTION, PRODUCTION)], arguments: &["-e", "staging"], ..case("drift", 6, &["is in .sops.yaml (line 2) and cannot read the file", "can read the file and is not in .sops.yaml (line 2)", "tollgate secrets sync 'secrets.staging.enc.yaml'"]) },
        Case { files: vec![rules(PRODUCTION, PRODUCTION)], arguments: &["-e", "production"], unwanted: &["secrets sync"], ..case("drift elsewhere", 0, &["PASSED"]) },
        Case { files: vec![(".sops.yaml", format!("creation_rules:\n  - path_regex: ^deep/.*\\.yaml$\n    age: {STAGING}\n  - age: {STAGING},{PRODUCTION}\n")), ("deep/secrets.yaml", "token: nothing-canary\n".into())], ..case("plaintext", 6, &["deep/secrets.yaml: .sops.yaml names it, and it is not encrypted"]) },
        Case { files: vec![rules(STAGING, PRODUCTION), ("vars/staging.tfvars", "size = 1\n".into())], ..case("variables files of an environment", 0, &["PASSED"]) },
        Case { files: vec![(".sops.yaml", format!("creation_rules:\n  - path_regex: ^vars/.*\\.tfvars$\n    age: {STAGING}\n  - age: {STAGING},{PRODUCTION}\n")), ("vars/production.tfvars", "token = \"nothing-canary\"\n".into())], ..case("variables files that a rule names", 6, &["vars/production.tfvars: .sops.yaml names it, and it is not encrypted"]) },
        Case { files: vec![("secrets.staging.enc.yaml", "token: nothing-canary\n".into())], ..case("plaintext by convention", 6, &["secrets.staging.enc.yaml: has no sops metadata", "sops encrypt"]) },
        Case { toml: "[project]\nisolated = true\n[environments.production]\n[environments.staging]\nsecrets = \"secrets.production.enc.yaml\"\n".into(), ..case("foreign", 7, &["secrets.production.enc.yaml: is the file of `staging` and of `production`, and `staging` is isolated", "exit code 7"]) },
        Case { files: vec![("secrets.staging.enc.yaml", moved)], arguments: &["-e", "staging"], ..case("parity", 6, &["database.user - yes", "`db_password` is in production and not here", "Keys that not every environment has"]) },
        Case { toml: "[environments.staging]\n[environments.dev]\n".into(), arguments: &["-e", "dev"], ..case("no file", 6, &["no secrets file for `dev`"]) },
        Case { arguments: &["-e", "stagin"], ..case("no such environment", 2, &["did you mean `staging`?"]) },
        Case { arguments: &["--configuration", "nowhere"], ..case("no such directory", 2, &["nowhere"]) },
        Case { files: vec![("broken.tf", "variable \"x\" {\n".into())], ..case("a syntax error", 2, &["broken.tf:"]) },
    ];
    for case in cases {
        let folder = project(&case.toml)?;
        for (path, text) in &case.files {
            let path = folder.path().join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        let output = with_key(folder.path(), "nobody")
            .args(["secrets", "check"])
            .args(case.arguments)
            .output()?;
        let text = shown(&output);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = words(&text);
        if output.status.code() != Some(case.code) {
            return Err(format!("{}: expected {}: {text}", case.name, case.code).into());
        }
        for wanted in &case.wanted {
            if !plain.contains(&words(wanted)) {
                return Err(format!("{}: does not say {wanted:?}: {text}", case.name).into());
            }
        }
        if let Some(unwanted) = case
            .unwanted
            .iter()
            .find(|unwanted| plain.contains(**unwanted))
        {
            return Err(format!("{}: says {unwanted:?}: {text}", case.name).into());
        }
        if let Some(canary) = CANARIES.iter().find(|canary| text.contains(**canary)) {
            return Err(format!("{}: shows {canary:?}: {text}", case.name).into());
        }
    }
    Ok(())
}

fn json() -> Result<(), Failed> {
    let schema: Value = serde_json::from_str(&fs::read_to_string(
        root().join("schemas/secrets-check.schema.json"),
    )?)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    for (toml, code) in [
        (GOOD, 0),
        ("[environments.staging]\n[environments.production]\n", 6),
    ] {
        let folder = project(toml)?;
        let output = with_key(folder.path(), "nobody")
            .args(["secrets", "check", "--all", "-o", "json"])
            .output()?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        if !validator.is_valid(&report)
            || output.status.code() != Some(code)
            || report["exit_code"] != code
            || report["readers"].as_array().map_or(0, Vec::len) != 2
        {
            return Err(shown(&output).into());
        }
    }
    Ok(())
}

fn diff() -> Result<(), Failed> {
    let folder = project(GOOD)?;
    fs::copy(
        root().join("tests/secrets/example.enc.yaml"),
        folder.path().join("other.yaml"),
    )?;
    for (sides, wanted) in [
        (["staging", "prod"], "have the same names and types (7)"),
        (["staging", "other.yaml"], "database.password"),
    ] {
        let output = with_key(folder.path(), "nobody")
            .args(["secrets", "diff"])
            .args(sides)
            .output()?;
        let text = shown(&output);
        if !output.status.success()
            || !text.contains(wanted)
            || CANARIES.iter().any(|canary| text.contains(canary))
        {
            return Err(text.into());
        }
    }
    Ok(())
}
