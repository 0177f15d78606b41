#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::fs;

use serde_json::{Value as Json, json};
use tollgate_model::error::UserError;
use tollgate_model::library::Preset;
use toml::de::DeValue;

use super::*;
use crate::environment::{ConfiguredPolicy, Environment, Response};
use crate::report::Enforcement;

const BUILTINS: &[LibraryPolicy] = &[
    LibraryPolicy {
        name: "alarm-presence",
        summary: "",
        preset: Some(tollgate_model::library::Preset::Minimal),
        enforcement: Enforcement::Advisory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "cost-cap",
        summary: "",
        preset: Some(tollgate_model::library::Preset::Minimal),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: false,
    },
    LibraryPolicy {
        name: "deletion-protection",
        summary: "",
        preset: Some(tollgate_model::library::Preset::Minimal),
        enforcement: Enforcement::SoftMandatory,
        advisory: &[],
        formal: false,
    },
];

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse("tollgate.toml", text.as_bytes().to_vec(), BUILTINS)
}

/// `line:column title | label | help` of every mistake.
fn mistakes(error: &ConfigError) -> Vec<String> {
    let ConfigError::Invalid(diagnostics) = error else {
        return vec![error.to_string()];
    };
    let shown = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.as_ref().unwrap();
        let help = diagnostic.help.as_deref().unwrap_or_default();
        let at = &place.location;
        format!(
            "{}:{} {} | {} | {help}",
            at.line, at.column, diagnostic.title, place.label
        )
    };
    diagnostics.iter().map(shown).collect()
}

/// One mistake each: the file, and what has to be said about it, where.
const MISTAKES: &[(&str, &str)] = &[
    // Syntax
    ("[project", "1:9 not TOML: "),
    ("a = ", "1:5 not TOML: string values must be quoted"),
    (
        "[project]\nname = \"a\"\nname = \"b\"",
        "3:1 `name` is given twice | keep one of them",
    ),
    // What a deploy uses
    (
        "[environments.a]\ndirectory = \"/srv\"",
        "2:13 `/srv` is not relative |  | write the path from the directory of tollgate.toml on",
    ),
    (
        "[environments.a]\nworkspace = \"a b\"",
        "2:13 `a b` cannot be the name of a workspace",
    ),
    (
        "[environments.a]\nvar-files = \"a.tfvars\"",
        "2:13 expected an array, found a string",
    ),
    (
        "[environments.a]\nvar-files = [\"a\", \"b\", \"a\"]",
        "2:24 `a` is given twice",
    ),
    (
        "[environments.a]\nbackend-config = [\"key=x\", \"a b=c\"]",
        "2:28 `a b` is no setting of a backend",
    ),
    (
        "[environments.a]\nbackend-config = [\"secret_key=x\"]",
        "2:19 the credential `secret_key` in a configuration",
    ),
    (
        "[environments.a]\nbranches = []",
        "2:12 an empty list | no branch is named here",
    ),
    (
        "[environments.a]\naws-account = \"12345678901\"",
        "2:15 `12345678901` is no AWS account | an account has 12 digits",
    ),
    (
        "[environments.a]\naws-account = 123456789012",
        "2:15 expected a string, found an integer",
    ),
    (
        "[environments.a]\nafter = \"b\"",
        "2:9 unknown environment `b` |  | environments and their aliases: `a`",
    ),
    (
        "[environments.a]\nafter = \"a\"",
        "2:9 `a` comes after itself | it could never be deployed | name the environment that is deployed to before this one",
    ),
    (
        "[environments.a]\nafter = \"c\"\n[environments.b]\naliases = [\"c\"]\nafter = \"a\"",
        "2:9 `a` comes after itself",
    ),
    (
        "[environments.a]\npromote = [\"image\"]",
        "2:12 `promote` without `after` | it means nothing alone | add `after`, or take `promote` out",
    ),
    (
        "[environments.a]\nafter = \"b\"\npromote = [\"x\", \"a b\"]\n[environments.b]",
        "3:17 `a b` cannot be the name of a variable",
    ),
    (
        "[environments.a]\nafter = \"b\"\npromote = [\"x\", \"x\"]\n[environments.b]",
        "3:17 `x` is given twice",
    ),
    (
        "[environments.a]\nafter = \"b\"\nmax-age = \"0d\"\n[environments.b]",
        "3:11 `0d` is no length of time |  | write a number and a unit: `12h` or `7d`",
    ),
    (
        "[environments.a]\nverify = \"./smoke.sh\"",
        "2:10 expected an array, found a string",
    ),
    (
        "[environments.a]\nverify = []",
        "2:10 an empty list | no program is named here",
    ),
    (
        "[environments.a]\nverify-secrets = [\"token\"]",
        "2:19 `verify-secrets` without `verify`",
    ),
    (
        "[environments.a]\nverify = [\"x\"]\nverify-timeout = \"25h\"",
        "3:18 `25h` is too long",
    ),
    (
        "[environments.a]\n[environments.a]",
        "2:15 `a` is given twice",
    ),
    ("[[waivers]]\nexpires = 2026-02-30", "2:11 not TOML: "),
    // Unknown keys, at every level
    (
        "[enviroments.a]",
        "1:2 unknown key `enviroments` | did you mean `environments`? | allowed at the top: `project`, `environments`, `policies`, `limits`, `waivers`",
    ),
    ("x = 1", "1:1 unknown key `x` |  | allowed at the top"),
    (
        "[project]\nnmae = \"m\"",
        "2:1 unknown key `nmae` | did you mean `name`? | allowed in [project]: `name`, `isolated`, `separate-identities`, `waiver-owners`, `gate-approvers`, `former-names`",
    ),
    (
        "[environments.a]\nprotcted = true",
        "2:1 unknown key `protcted` | did you mean `protected`? | allowed in [environments.a]: `aliases`, `protected`, `undetermined`, `incomplete`, `existing`, `gate-changes`, `secrets`, `isolated`, `separate-identities`, `directory`, `workspace`, `backend-config`, `var-files`, `branches`, `tags`, `clean-tree`, `parallelism`, `lock-timeout`, `tool`, `aws-account`, `after`, `max-age`, `promote`, `verify`, `verify-secrets`, `verify-timeout`, `policies`",
    ),
    (
        "[policies.cost-cap]\nEnabled = true",
        "2:1 unknown key `Enabled` | did you mean `enabled`?",
    ),
    (
        "[environments.a.policies.cost-cap]\nsource = \"x.wasm\"",
        "2:1 unknown key `source` |  | allowed in [environments.a.policies.cost-cap]: `enabled`, `enforcement`, `settings`, `rules`, `documents`",
    ),
    (
        "[environments.a]\nworkplace = \"a\"",
        "2:1 unknown key `workplace`",
    ),
    (
        "[environments.a]\n\"a\\u001b\" = 1",
        "2:1 unknown key `a\\u{1b}`",
    ),
    // Secrets
    (
        "[environments.a.secrets]\nfile = \"x\"",
        "2:1 unknown key `file` | did you mean `files`? | allowed in [environments.a.secrets]: `files`, `command`, `format`, `at`, `aws-secrets-manager`, `region`, `profile`, `role`, `stage`, `as-value`, `variables`, `prefix`, `map`, `recipients`, `environment-marker`, `other-keys`",
    ),
    (
        "[environments.a]\nsecrets = 1",
        "2:11 expected a path or a table, found an integer",
    ),
    (
        "[environments.a.secrets.map]\nx = \"a..b\"",
        "2:5 `a..b` is no path in a file |  | write a path such as `database.hosts[0]`",
    ),
    (
        "[environments.a.secrets]\nrecipients = []",
        "2:14 nobody could read these secrets",
    ),
    (
        "[environments.a.secrets]\nother-keys = [\"b\", \"b\"]",
        "2:20 `b` is given twice",
    ),
    (
        "[environments.a.secrets]\nprefix = \"A_\"\nfiles = [\"x\"]",
        "3:9 `prefix` and `files` are two sources of the same secrets |  | keep one",
    ),
    (
        "[environments.a.secrets]\ncommand = [\"x\"]\naws-secrets-manager = \"y\"",
        "3:23 `command` and `aws-secrets-manager` are two sources",
    ),
    (
        "[environments.a.secrets]\ncommand = []",
        "2:11 a command without a program",
    ),
    (
        "[environments.a.secrets]\ncommand = [\"\"]",
        "2:12 an empty string",
    ),
    (
        "[environments.a.secrets]\ncommand = \"vault kv get\"",
        "2:11 expected an array, found a string | this is a string | write each word on its own",
    ),
    (
        "[environments.a.secrets]\ncommand = [\"x\", 1]",
        "2:17 expected a string, found an integer",
    ),
    (
        "[environments.a.secrets]\ncommand = [\"x\"]\nformat = \"yaml\"",
        "3:10 unknown value `yaml` |  | allowed: `json`, `dotenv`",
    ),
    (
        "[environments.a.secrets]\nformat = \"json\"",
        "2:10 `format` says nothing without `command`",
    ),
    (
        "[environments.a.secrets]\nprefix = \"A_\"\nregion = \"eu-west-1\"",
        "3:10 `region` says nothing without `aws-secrets-manager`",
    ),
    (
        "[environments.a.secrets]\naws-secrets-manager = \"x\"\nat = \"a\"\nas-value = \"b\"",
        "4:12 `as-value` takes the whole secret, and `at` a part of it",
    ),
    (
        "[environments.a.secrets]\nprefix = \"A_\"\nrecipients = [\"age1x\"]",
        "3:14 `recipients` is for encrypted files, and `prefix` is none | nothing would check it",
    ),
    (
        "[environments.a.secrets]\nvariables = []",
        "2:13 no variable",
    ),
    (
        "[environments.a.secrets]\nvariables = [\"A=hunter2\"]",
        "2:14 no variable can be called so |  | give its name",
    ),
    (
        "[environments.a.secrets]\nvariables = 1",
        "2:13 expected an array of names, or a table, found an integer",
    ),
    // Types
    (
        "project = 1",
        "1:11 expected a table, found an integer | this is an integer",
    ),
    (
        "[project]\nname = 1.5",
        "2:8 expected a string, found a float",
    ),
    ("[project]\nname = \" \"", "2:8 an empty string"),
    ("environments = []", "1:16 expected a table, found an array"),
    (
        "environments.a = true",
        "1:18 expected a table, found a boolean",
    ),
    (
        "[environments.a]\naliases = \"b\"",
        "2:11 expected an array, found a string",
    ),
    (
        "[environments.a]\naliases = [\"b\", 2]",
        "2:17 expected a string, found an integer",
    ),
    (
        "[environments.a]\nprotected = \"yes\"",
        "2:13 expected `true` or `false`, found a string",
    ),
    (
        "[environments.a]\nundetermined = true",
        "2:16 expected one of `pass`, `warn`, `fail`, found a boolean",
    ),
    (
        "[environments.a]\nincomplete = \"Fail\"",
        "2:14 unknown value `Fail` | did you mean `fail`? | allowed: `pass`, `warn`, `fail`",
    ),
    (
        "[policies.cost-cap]\nsettings = 2026-01-01",
        "2:12 expected a table, found a date or time",
    ),
    (
        "[policies.cost-cap]\nenforcement = \"hard\"",
        "2:15 unknown value `hard` | did you mean `hard-mandatory`? | allowed: `advisory`, `soft-mandatory`, `hard-mandatory`",
    ),
    (
        "[policies.cost-cap]\nsettings = { a = [{ b = nan }] }",
        "2:25 not a number that JSON has",
    ),
    (
        "[policies.cost-cap.settings]\na = 9223372036854775808",
        "2:5 the number is too large",
    ),
    (
        "[policies.cost-cap]\ndocuments = { a = 1 }",
        "2:19 expected a string, found an integer",
    ),
    (
        "[waivers]\nrule = \"a/b\"",
        "1:1 expected an array of tables, found a table | this is a table | write `[[waivers]]`",
    ),
    ("waivers = [1]", "1:12 expected a table, found an integer"),
    // Names
    (
        "[environments.\"a/b\"]",
        "1:15 `a/b` cannot be the name of an environment",
    ),
    (
        "[environments.\"\"]",
        "1:15 `` cannot be the name of an environment",
    ),
    (
        "[environments.a]\naliases = [\"../b\"]",
        "2:12 `../b` cannot be the name of an environment",
    ),
    (
        "[policies.\"a b\"]\nsource = \"x\"",
        "1:11 `a b` cannot be the name of a policy",
    ),
    (
        "[policies.cost-cap.rules]\n\"a b\" = \"advisory\"",
        "2:1 `a b` cannot be the name of a rule",
    ),
    (
        "[policies.cost-cap.rules]\n\"cost-cap/total\" = \"advisory\"",
        "2:1 `cost-cap/total` has the policy's name in it | write `total`",
    ),
    (
        "[policies.cost-cap.documents]\n\"a/b\" = \"c\"",
        "2:1 `a/b` cannot be the name of a document",
    ),
    // Environments against each other
    (
        "[environments.a]\naliases = [\"a\"]",
        "2:12 the alias `a` is ambiguous | an environment needs no alias for its own name",
    ),
    (
        "[environments.a]\naliases = [\"b\"]\n[environments.b]",
        "2:12 the alias `b` is ambiguous | an environment has this name",
    ),
    (
        "[environments.b]\naliases = [\"x\"]\n[environments.a]\naliases = [\"x\"]",
        "4:12 the alias `x` is ambiguous | it already stands for `b`",
    ),
    (
        "[environments.a]\naliases = [\"x\", \"x\"]",
        "2:17 the alias `x` is given twice",
    ),
    // Policies
    (
        "[policies.cost-cp]\nenabled = true",
        "1:11 `cost-cp` is no built-in policy and has no `source` | did you mean `cost-cap`?",
    ),
    (
        "[policies.mine]\nsource = \"built-in\"",
        "2:10 `mine` is no built-in policy |  | built-in policies: `alarm-presence`, `cost-cap`, `deletion-protection`;",
    ),
    (
        "[policies.mine]\nsource = 1",
        "2:10 expected a string, found an integer",
    ),
    (
        "[limits]\nmemory = 1",
        "2:1 unknown key `memory` | did you mean `memory-mib`?",
    ),
    (
        "[limits]\nfuel = 0",
        "2:8 `fuel` is out of range | 1 to 1000000000000; the default is 2000000000",
    ),
    (
        "[limits]\nfuel = 99999999999999999999",
        "2:8 `fuel` is out of range",
    ),
    (
        "[limits]\nfuel = \"1\"",
        "2:8 expected an integer, found a string",
    ),
    (
        "[policies.cost-cap.limits]\nnesting = -1",
        "2:11 `nesting` is out of range | 1 to 32; the default is 8",
    ),
    (
        "[policies.cost-cap]\ndigest = \"sha256:ABC\"",
        "2:10 not a digest |  | a digest is `sha256:` and 64 hexadecimal digits in lower case",
    ),
    (
        "[environments.a.policies.cost-cp]",
        "1:26 unknown policy `cost-cp` | did you mean `cost-cap`? | policies: `alarm-presence`, `cost-cap`, `deletion-protection`",
    ),
    (
        "[[waivers]]\nrule = \"cost-cap/*\"\naddress = \"*\"\nreason = \"r\"\nowner = \"o\"",
        "1:1 [[waivers]] has no `expires` | `expires` is required here",
    ),
];

/// One mistake each, in a waiver that has everything but its rule and its end.
const WAIVER_MISTAKES: &[(&str, &str)] = &[
    (
        "rule = \"cost-cap\"\nexpires = 2026-12-31",
        "5:8 `cost-cap` is not a rule |  | write `policy/rule`, or `policy/*`",
    ),
    (
        "rule = \"cost-cap/\"\nexpires = 2026-12-31",
        "5:8 `cost-cap/` is not a rule",
    ),
    (
        "rule = \"cost-cap/a/b\"\nexpires = 2026-12-31",
        "5:8 `cost-cap/a/b` is not a rule",
    ),
    (
        "rule = \"*/*\"\nexpires = 2026-12-31",
        "5:8 `*/*` is not a rule",
    ),
    (
        "rule = \"cost-cap/a*\"\nexpires = 2026-12-31",
        "5:8 `cost-cap/a*` is not a rule",
    ),
    (
        "rule = \"cost-cup/*\"\nexpires = 2026-12-31",
        "5:8 unknown policy `cost-cup` | did you mean `cost-cap`?",
    ),
    (
        "rule = \"tollgate/*\"\nexpires = 2026-12-31",
        "5:8 of Tollgate's own rules only some can be waived |  | name one of these: `tollgate/secret-in-plan`, `tollgate/drift`",
    ),
    (
        "rule = \"tollgate/gate-loosened\"\nexpires = 2026-12-31",
        "5:8 of Tollgate's own rules only some can be waived",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 2026-12-31\nexpire = 1",
        "7:1 unknown key `expire` | did you mean `expires`?",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 2026-12-31\nenvironments = []",
        "7:16 the waiver holds in no environment",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 2026-12-31\nenvironments = [\"a b\"]",
        "7:17 `a b` cannot be the name of an environment",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 2026-12-31\nenvironments = [\"stagin\"]\n[environments.staging]\naliases = [\"stg\"]",
        "7:17 unknown environment `stagin` | did you mean `staging`? | environments and their aliases: `staging`, `stg`",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"\"",
        "6:11 `` is not a date |  | a date is written YYYY-MM-DD",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"2026-2-1\"",
        "6:11 `2026-2-1` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"31-12-2026\"",
        "6:11 `31-12-2026` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"2026-02-30\"",
        "6:11 `2026-02-30` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"2026-12-31 \"",
        "6:11 `2026-12-31 ` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"+026-12-31\"",
        "6:11 `+026-12-31` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = \"never\"",
        "6:11 `never` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 2026-12-31T00:00:00Z",
        "6:11 `2026-12-31T00:00:00Z` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 12:00:00",
        "6:11 `12:00:00` is not a date",
    ),
    (
        "rule = \"cost-cap/*\"\nexpires = 20261231",
        "6:11 expected a date, found an integer",
    ),
];

fn assert_one_mistake(text: &str, expected: &str) {
    let mistakes = mistakes(&parse(text).expect_err(text));
    assert!(
        matches!(mistakes.as_slice(), [one] if one.starts_with(expected)),
        "{mistakes:#?}\nfor {text}"
    );
}

#[test]
fn a_policys_own_limits_go_before_those_of_all() {
    use crate::sandbox::limits::Limit;
    let config = parse(
        "[limits]\nfuel = 5\nnesting = 2\n[policies.cost-cap.limits]\nfuel = 1_000_000_000_000\n",
    )
    .unwrap();
    for (policy, fuel) in [
        ("cost-cap", 1_000_000_000_000),
        ("alarm-presence", 5),
        ("", 5),
    ] {
        let limits = config.limits(policy);
        assert_eq!(limits.get(Limit::Fuel), fuel, "{policy}");
        assert_eq!(limits.get(Limit::Nesting), 2, "{policy}");
        assert_eq!(limits.get(Limit::Findings), 10_000, "{policy}");
    }
}

#[test]
fn mistakes_say_where_and_what_is_allowed() {
    for (text, expected) in MISTAKES {
        assert_one_mistake(text, expected);
        assert_one_mistake(&text.replace('\n', "\r\n"), expected);
    }
    for (rest, expected) in WAIVER_MISTAKES {
        assert_one_mistake(
            &format!("[[waivers]]\naddress = \"*\"\nreason = \"r\"\nowner = \"o\"\n{rest}"),
            expected,
        );
    }
}

#[test]
fn all_mistakes_are_reported_in_order() {
    let error = parse(
        "[[waivers]]\nrule = \"cost-cap/x\"\n[policies.cost-cap]\nenabled = 1\nenforced = true\n[project]\nname = 2\n",
    )
    .unwrap_err();
    let starts: Vec<String> = mistakes(&error)
        .iter()
        .map(|mistake| mistake.split(" |").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        starts,
        [
            "1:1 [[waivers]] has no `address`",
            "1:1 [[waivers]] has no `expires`",
            "1:1 [[waivers]] has no `owner`",
            "1:1 [[waivers]] has no `reason`",
            "4:11 expected `true` or `false`, found an integer",
            "5:1 unknown key `enforced`",
            "7:8 expected a string, found an integer",
        ]
    );
}

#[test]
fn errors_show_the_line() {
    let error = parse("[environments.production]\nprotcted = true # \u{202e}on\n").unwrap_err();
    assert_eq!(
        error.render(false),
        "error: unknown key `protcted`
 --> tollgate.toml:2:1
  |
2 | protcted = true # \\u{202e}on
  | ^^^^^^^^ did you mean `protected`?
  |
  = help: allowed in [environments.production]: `aliases`, `protected`, `undetermined`, `incomplete`, `existing`, `gate-changes`, `secrets`, `isolated`, `separate-identities`, `directory`, `workspace`, `backend-config`, `var-files`, `branches`, `tags`, `clean-tree`, `parallelism`, `lock-timeout`, `tool`, `aws-account`, `after`, `max-age`, `promote`, `verify`, `verify-secrets`, `verify-timeout`, `policies`"
    );
    assert_eq!(error.to_string(), error.render(false));
    assert!(error.render(true).contains("\u{1b}["));
}

#[test]
fn endless_mistakes_are_cut() {
    let text: String = (0..50).map(|nth| format!("unknown-{nth} = 1\n")).collect();
    let shown = parse(&text).unwrap_err().to_string();
    assert!(shown.ends_with("… and 30 more mistakes"), "{shown}");
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str| {
        Config::load(&folder.path().join(name), BUILTINS)
            .unwrap_err()
            .to_string()
    };
    fs::write(
        folder.path().join("latin1"),
        b"[project]\nname = \"\xe9\"\n",
    )
    .unwrap();
    fs::write(folder.path().join("huge"), vec![b'#'; 2 << 20]).unwrap();
    assert!(load("none").starts_with("cannot read "), "{}", load("none"));
    assert!(load(".").starts_with("cannot read "), "{}", load("."));
    assert!(
        load("latin1").ends_with("is not UTF-8 from byte 18 (line 2) on; save it as UTF-8"),
        "{}",
        load("latin1")
    );
    assert!(
        load("huge").contains("is larger than 1048576 bytes"),
        "{}",
        load("huge")
    );
}

#[test]
fn find_stops_at_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("repo/.git")).unwrap();
    fs::create_dir_all(root.join("repo/stacks/media")).unwrap();
    fs::write(root.join(FILE_NAME), "").unwrap();
    let media = root.join("repo/stacks/media");
    assert_eq!(
        Config::find(&media),
        None,
        "the file above the repository belongs to somebody else"
    );
    fs::write(root.join("repo").join(FILE_NAME), "").unwrap();
    assert_eq!(
        Config::find(&media),
        Some(media.join("../../tollgate.toml"))
    );
    fs::write(media.join(FILE_NAME), "").unwrap();
    assert_eq!(Config::find(&media), Some(media.join(FILE_NAME)));
    assert_eq!(Config::find(&root.join("none")), None);
}

#[test]
fn paths_are_relative_to_the_file() {
    let config = Config::parse("a/b/tollgate.toml", Vec::new(), BUILTINS).unwrap();
    for (given, expected) in [
        ("prices.json", "a/b/prices.json"),
        ("../x", "a/b/../x"),
        ("/etc/x", "/etc/x"),
    ] {
        assert_eq!(config.resolve(Path::new(given)), Path::new(expected));
    }
    assert_eq!(parse("").unwrap().resolve(Path::new("x")), Path::new("x"));
    assert_eq!(
        Config::conventional(BUILTINS).resolve(Path::new("x")),
        Path::new("x")
    );
}

/// Name, enforcement.
fn policies(environment: &Environment) -> Vec<(&str, Enforcement)> {
    environment
        .policies
        .iter()
        .map(|policy| (policy.name.as_str(), policy.enforcement.policy))
        .collect()
}

#[test]
fn a_preset_says_which_policies_run_without_being_named() {
    let policy = |name, preset, enforcement, advisory| LibraryPolicy {
        name,
        summary: "",
        preset,
        enforcement,
        advisory,
        formal: false,
    };
    let library = [
        policy(
            "always",
            Some(Preset::Minimal),
            Enforcement::SoftMandatory,
            &[],
        ),
        policy(
            "often",
            Some(Preset::Recommended),
            Enforcement::SoftMandatory,
            &["noisy"],
        ),
        policy(
            "rarely",
            Some(Preset::Strict),
            Enforcement::Advisory,
            &["noisy"],
        ),
        policy("settings", None, Enforcement::SoftMandatory, &[]),
    ];
    // NAME=ENFORCEMENT, and the rules that differ.
    let runs = |text: &str, environment: &str| -> String {
        let config = Config::parse("tollgate.toml", text.as_bytes().to_vec(), &library).unwrap();
        let environment = config.environment(Some(environment)).unwrap();
        let shown = |policy: &ConfiguredPolicy| {
            let word = |enforcement| match enforcement {
                Enforcement::Advisory => "warns",
                Enforcement::SoftMandatory => "refuses",
                Enforcement::HardMandatory => "hard",
            };
            let rules = policy.enforcement.rules.iter();
            let rules: String = rules
                .map(|(rule, own)| format!(" {rule}={}", word(*own)))
                .collect();
            format!("{}={}{rules}", policy.name, word(policy.enforcement.policy))
        };
        environment
            .policies
            .iter()
            .map(shown)
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (text, expected) in [
        ("", "always=refuses, often=refuses noisy=warns"),
        (
            "[policies]\npreset = \"recommended\"",
            "always=refuses, often=refuses noisy=warns",
        ),
        ("[policies]\npreset = \"minimal\"", "always=refuses"),
        (
            "[policies]\npreset = \"strict\"",
            "always=refuses, often=refuses, rarely=refuses",
        ),
        // A policy that is configured is meant.
        (
            "[policies]\npreset = \"minimal\"\n[policies.rarely]",
            "always=refuses, rarely=warns noisy=warns",
        ),
        (
            "[policies.settings.settings]\nx = 1",
            "always=refuses, often=refuses noisy=warns, settings=refuses",
        ),
        ("[policies.often]\nenabled = false", "always=refuses"),
        // Without any of the smallest set, and without a preset, they are chosen by hand.
        (
            "[policies.always]\nenabled = false\n[policies.rarely]",
            "rarely=warns noisy=warns",
        ),
        (
            "[policies]\npreset = \"recommended\"\n[policies.always]\nenabled = false",
            "often=refuses noisy=warns",
        ),
        // What is said of the policy is said of its rules; what is said of a rule counts more.
        (
            "[policies.often]\nenforcement = \"soft-mandatory\"",
            "always=refuses, often=refuses",
        ),
        (
            "[policies.often.rules]\nnoisy = \"hard-mandatory\"",
            "always=refuses, often=refuses noisy=hard",
        ),
        (
            "[environments.a.policies.rarely]\n[environments.b]",
            "always=refuses, often=refuses noisy=warns, rarely=warns noisy=warns",
        ),
    ] {
        assert_eq!(runs(text, "a"), expected, "{text}");
    }
    assert_eq!(
        runs("[environments.a.policies.rarely]\n[environments.b]", "b"),
        "always=refuses, often=refuses noisy=warns"
    );
    assert_eq!(
        mistakes(&parse("[policies]\npreset = \"recomended\"").unwrap_err()),
        [
            "2:10 unknown value `recomended` | did you mean `recommended`? | allowed: `minimal`, `recommended`, `strict`"
        ]
    );
}

#[test]
fn conventions_stand_in_for_a_file() {
    let config = Config::conventional(BUILTINS);
    for (given, name, protected, response) in [
        (None, "production", true, Response::Fail),
        (Some("production"), "production", true, Response::Fail),
        (Some("media"), "media", true, Response::Fail),
        (Some("eu-staging"), "eu-staging", false, Response::Warn),
    ] {
        let environment = config.environment(given).unwrap();
        assert_eq!(environment.name, name);
        assert_eq!(environment.protected, protected, "{name}");
        assert_eq!(
            (environment.undetermined, environment.incomplete),
            (response, response),
            "{name}"
        );
        assert_eq!(environment.configuration, None);
        assert_eq!(
            policies(&environment),
            [
                ("alarm-presence", Enforcement::Advisory),
                ("cost-cap", Enforcement::SoftMandatory),
                ("deletion-protection", Enforcement::SoftMandatory),
            ]
        );
        assert!(
            environment
                .policies
                .iter()
                .all(|policy| policy.source == Source::BuiltIn
                    && policy.settings == json!({})
                    && policy.location.is_none())
        );
    }
    for name in ["", "a/b", "-x", "a\u{1b}b"] {
        let error = config.environment(Some(name)).unwrap_err().to_string();
        assert!(
            error.contains("cannot be the name of an environment"),
            "{error}"
        );
    }
}

#[test]
fn environments_are_found_by_name_and_alias() {
    let two = "[environments.production]\naliases = [\"prod\", \"live\"]\n[environments.staging]\naliases = [\"stg\"]";
    let list = "`production` (aliases `prod`, `live`), `staging` (alias `stg`)";
    for (text, given, expected) in [
        (two, Some("production"), Ok("production")),
        (two, Some("prod"), Ok("production")),
        (two, Some("stg"), Ok("staging")),
        (
            two,
            Some("stagin"),
            Err(format!(
                "unknown environment `stagin`; did you mean `staging`?; tollgate.toml has {list}"
            )),
        ),
        (
            two,
            Some("liv"),
            Err(format!(
                "unknown environment `liv`; did you mean `live`?; tollgate.toml has {list}"
            )),
        ),
        (
            two,
            Some("qqqq"),
            Err(format!(
                "unknown environment `qqqq`; tollgate.toml has {list}"
            )),
        ),
        (
            two,
            Some("Production"),
            Err(format!(
                "unknown environment `Production`; did you mean `production`?; tollgate.toml has {list}"
            )),
        ),
        (
            two,
            None,
            Err(format!(
                "tollgate.toml has several environments; say which with `--environment`: {list}"
            )),
        ),
        ("[environments.only]", None, Ok("only")),
        (
            "[environments.only]",
            Some("other"),
            Err("unknown environment `other`; tollgate.toml has `only`".to_owned()),
        ),
        ("", None, Ok("production")),
        ("", Some("anything"), Ok("anything")),
    ] {
        let found = parse(text)
            .unwrap()
            .environment(given)
            .map(|environment| environment.name);
        assert_eq!(
            found.map_err(|error| error.to_string()),
            expected.map(ToOwned::to_owned),
            "{given:?}"
        );
    }
}

#[test]
fn responses_follow_protection_unless_set() {
    for (keys, protected, undetermined, incomplete) in [
        ("", true, Response::Fail, Response::Fail),
        ("protected = false", false, Response::Warn, Response::Warn),
        (
            "undetermined = \"pass\"",
            true,
            Response::Pass,
            Response::Fail,
        ),
        (
            "protected = false\nincomplete = \"fail\"",
            false,
            Response::Warn,
            Response::Fail,
        ),
    ] {
        let environment = parse(&format!("[environments.media]\n{keys}"))
            .unwrap()
            .environment(None)
            .unwrap();
        assert_eq!(
            (
                environment.protected,
                environment.undetermined,
                environment.incomplete
            ),
            (protected, undetermined, incomplete),
            "{keys}"
        );
    }
}

const FULL: &str = r#"
[project]
name = "media"

[environments.production]
[environments.staging]

[policies.cost-cap]
enforcement = "hard-mandatory"
documents = { price-book = "prices.json" }
[policies.cost-cap.rules]
monthly-total = "soft-mandatory"
unpriced = "advisory"
[policies.cost-cap.settings]
cap = 20
decimal = 19.99
since = 2026-01-01
types = ["a", "b"]
[policies.cost-cap.settings.usage.lambda]
requests = 1_000
duration = "1s"

[policies.naming]
source = "policies/naming.wasm"
digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

[policies.alarm-presence]
enabled = false

[environments.staging.policies.cost-cap]
enforcement = "advisory"
rules = { unpriced = "hard-mandatory" }
documents = { other = "other.json" }
[environments.staging.policies.cost-cap.settings]
cap = 9
types = ["c"]
usage.lambda.requests = 5
[environments.staging.policies.alarm-presence]
enabled = true
[environments.staging.policies.deletion-protection]
enabled = false

[[waivers]]
rule = "deletion-protection/*"
address = "*"
reason = "r1"
owner = "o"
expires = 2026-12-31
[[waivers]]
rule = "cost-cap/unpriced"
address = "aws_x.*"
environments = ["staging"]
reason = "r2"
owner = "o"
expires = "2020-01-01"
"#;

#[test]
fn an_environment_overrides_table_by_table() {
    let config = parse(FULL).unwrap();
    assert_eq!(config.project(), Some("media"));
    let production = config.environment(Some("production")).unwrap();
    let staging = config.environment(Some("staging")).unwrap();
    let soft = Enforcement::SoftMandatory;
    assert_eq!(
        policies(&production),
        [
            ("cost-cap", Enforcement::HardMandatory),
            ("deletion-protection", soft),
            ("naming", soft)
        ]
    );
    assert_eq!(
        policies(&staging),
        [
            ("alarm-presence", Enforcement::Advisory),
            ("cost-cap", Enforcement::Advisory),
            ("naming", soft)
        ]
    );
    let cost_cap = |environment: &Environment| {
        environment
            .policies
            .iter()
            .find(|policy| policy.name == "cost-cap")
            .cloned()
            .unwrap()
    };
    let (there, here) = (cost_cap(&production), cost_cap(&staging));
    assert_eq!(
        there.settings,
        json!({"cap": 20, "decimal": 19.99, "since": "2026-01-01", "types": ["a", "b"],
            "usage": {"lambda": {"requests": 1000, "duration": "1s"}}})
    );
    assert_eq!(
        here.settings,
        json!({"cap": 9, "decimal": 19.99, "since": "2026-01-01", "types": ["c"],
            "usage": {"lambda": {"requests": 5, "duration": "1s"}}})
    );
    for (rule, production, staging) in [
        ("monthly-total", soft, soft),
        (
            "unpriced",
            Enforcement::Advisory,
            Enforcement::HardMandatory,
        ),
        ("other", Enforcement::HardMandatory, Enforcement::Advisory),
    ] {
        assert_eq!(
            (there.enforcement.of(rule), here.enforcement.of(rule)),
            (production, staging),
            "{rule}"
        );
    }
    assert_eq!(there.documents.keys().collect::<Vec<_>>(), ["price-book"]);
    assert_eq!(
        here.documents.keys().collect::<Vec<_>>(),
        ["other", "price-book"]
    );
    let naming = production
        .policies
        .iter()
        .find(|policy| policy.name == "naming")
        .unwrap();
    assert_eq!(
        naming.source,
        Source::Path(PathBuf::from("policies/naming.wasm"))
    );
    assert_eq!(naming.digest.as_deref().map(str::len), Some(71));
    assert_eq!(
        naming
            .location
            .as_ref()
            .map(|location| (location.line, location.column)),
        Some((23, 11))
    );
}

#[test]
fn waivers_reach_the_environments_and_policies_that_they_name() {
    let config = parse(FULL).unwrap();
    let reasons = |name: &str| -> Vec<(String, String)> {
        let waivers = config.environment(Some(name)).unwrap().waivers;
        waivers
            .into_iter()
            .map(|waiver| (waiver.reason, waiver.location))
            .collect()
    };
    let pair = |reason: &str, location: &str| (reason.to_owned(), location.to_owned());
    assert_eq!(reasons("production"), [pair("r1", "tollgate.toml:43")]);
    assert_eq!(
        reasons("staging"),
        [pair("r2", "tollgate.toml:49")],
        "deletion-protection does not run there"
    );
    let by_alias = "[environments.production]\naliases = [\"prod\"]\n[[waivers]]\nrule = \"cost-cap/*\"\naddress = \"*\"\nenvironments = [\"prod\"]\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31";
    assert_eq!(
        parse(by_alias)
            .unwrap()
            .environment(None)
            .unwrap()
            .waivers
            .len(),
        1
    );
}

#[test]
fn what_the_search_for_secrets_finds_can_be_waived() {
    let text = "[[waivers]]\nrule = \"tollgate/secret-in-plan\"\naddress = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31";
    let waivers = parse(text).unwrap().environment(None).unwrap().waivers;
    assert_eq!(waivers[0].rule_pattern(), "tollgate/secret-in-plan");
}

#[test]
fn zero_policies_is_an_error() {
    let all = "[policies]\ncost-cap.enabled = false\nalarm-presence.enabled = false\n";
    let config = parse(&format!(
        "{all}[environments.a]\n[environments.b.policies.deletion-protection]\nenabled = false"
    ))
    .unwrap();
    assert_eq!(policies(&config.environment(Some("a")).unwrap()).len(), 1);
    assert_eq!(
        config.environment(Some("b")).unwrap_err().to_string(),
        "no policy is enabled for the environment `b`; enable at least one of `alarm-presence`, `cost-cap`, `deletion-protection`"
    );
    assert!(matches!(
        Config::conventional(&[]).environment(None),
        Err(ConfigError::NoPolicy { .. })
    ));
}

#[test]
fn settings_are_found_in_the_right_table() {
    let config = parse(FULL).unwrap();
    let place =
        |location: Option<Location>| location.map(|location| (location.line, location.column));
    for (environment, pointer, value, key) in [
        ("production", "/cap", (15, 7), (15, 1)),
        ("staging", "/cap", (35, 7), (35, 1)),
        ("staging", "/decimal", (16, 11), (16, 1)),
        ("production", "/types/1", (18, 15), (18, 15)),
        ("staging", "/types/0", (36, 10), (36, 10)),
        ("staging", "/types/1", (36, 9), (36, 1)),
        ("staging", "/usage/lambda/requests", (37, 25), (37, 14)),
        ("staging", "/usage/lambda/duration", (21, 12), (21, 1)),
        ("production", "/usage/lambda/missing", (19, 35), (19, 35)),
        ("production", "/missing", (14, 20), (14, 20)),
        ("staging", "/missing", (34, 41), (34, 41)),
        ("production", "", (14, 20), (14, 20)),
    ] {
        assert_eq!(
            place(config.locate_setting(environment, "cost-cap", pointer)),
            Some(value),
            "{environment} {pointer}"
        );
        assert_eq!(
            place(config.locate_setting_key(environment, "cost-cap", pointer)),
            Some(key),
            "{environment} {pointer}"
        );
    }
    assert_eq!(
        place(config.locate_setting("staging", "naming", "/a")),
        Some((23, 11))
    );
    assert_eq!(
        place(config.locate_setting("staging", "deletion-protection", "/a")),
        Some((40, 32))
    );
    assert_eq!(
        config.locate_setting("production", "deletion-protection", "/a"),
        None
    );
    assert_eq!(
        Config::conventional(BUILTINS).locate_setting("production", "cost-cap", "/cap"),
        None
    );
    let escaped = parse("[policies.cost-cap.settings]\n\"a/b\" = { \"~\" = 1 }").unwrap();
    assert_eq!(
        place(escaped.locate_setting("production", "cost-cap", "/a~1b/~0")),
        Some((2, 17))
    );
}

#[test]
fn mistakes_that_a_policy_sees_are_shown_alike() {
    let config = parse("[policies.cost-cap.settings]\ncap = \"x\"\n").unwrap();
    let location = config.locate_setting("production", "cost-cap", "/cap");
    let error = config.diagnose(
        location,
        "expected integer",
        "here",
        Some("ask the policy".to_owned()),
    );
    assert_eq!(
        error.render(false),
        "error: expected integer
 --> tollgate.toml:2:7
  |
2 | cap = \"x\"
  |       ^^^ here
  |
  = help: ask the policy"
    );
    let error = config.diagnose(None, "the setting cap is missing", "", None);
    assert_eq!(error.render(false), "error: the setting cap is missing");
}

#[test]
fn rules_are_held_against_what_the_policy_declares() {
    let config = parse(FULL).unwrap();
    assert!(
        config
            .check_rules("cost-cap", &["monthly-total", "unpriced"])
            .is_ok()
    );
    assert!(
        config.check_rules("deletion-protection", &[]).is_ok(),
        "`*` names no rule"
    );
    assert_eq!(
        mistakes(
            &config
                .check_rules("cost-cap", &["monthly-total", "unprized"])
                .unwrap_err()
        ),
        [
            "13:1 the policy `cost-cap` has no rule `unpriced` | did you mean `unprized`? | its rules: `monthly-total`, `unprized`",
            "32:11 the policy `cost-cap` has no rule `unpriced` | did you mean `unprized`? | its rules: `monthly-total`, `unprized`",
            "50:8 the policy `cost-cap` has no rule `unpriced` | did you mean `unprized`? | its rules: `monthly-total`, `unprized`",
        ]
    );
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(
        parse("\u{feff}[project]\nname = \"m\"").unwrap().project(),
        Some("m")
    );
}

/// What the reader takes and what the schema says are written twice; they may not differ.
#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = schema();
    for (element, before) in [
        ("/properties", ""),
        ("/$defs/Project/properties", "[project]\n"),
        ("/$defs/Environment/properties", "[environments.a]\n"),
        ("/$defs/Policy/properties", "[policies.cost-cap]\n"),
        (
            "/$defs/PolicyOverride/properties",
            "[environments.a.policies.cost-cap]\n",
        ),
        (
            "/$defs/Waiver/properties",
            "[[waivers]]\nrule = \"cost-cap/*\"\naddress = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31\n",
        ),
    ] {
        let error = parse(&format!("{before}zzzzzzzzzz = 1")).unwrap_err();
        let ConfigError::Invalid(diagnostics) = &error else {
            panic!("{error}")
        };
        let help = diagnostics[0].help.clone().unwrap();
        let mut read: Vec<&str> = help
            .split_once(": ")
            .unwrap()
            .1
            .split(", ")
            .map(|key| key.trim_matches('`'))
            .collect();
        read.sort_unstable();
        let mut documented: Vec<&str> = schema
            .pointer(element)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        documented.sort_unstable();
        assert_eq!(read, documented, "{element}");
    }
}

#[test]
fn the_schema_accepts_what_is_read_and_refuses_what_is_not() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let as_json = |text: &str| -> Option<Json> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let table = toml::Spanned::new(document.span(), DeValue::Table(document.into_inner()));
        errors
            .is_empty()
            .then(|| read::json(&table, &mut Vec::new()))
            .flatten()
    };
    assert!(validator.is_valid(&as_json(FULL).unwrap()));
    for (text, mistake) in MISTAKES {
        // Names and references are beyond a schema.
        if [
            "unknown key",
            "expected",
            "unknown value",
            "has no `expires`",
            "not a digest",
        ]
        .iter()
        .any(|kind| mistake.contains(kind))
            && let Some(json) = as_json(text)
        {
            assert!(!validator.is_valid(&json), "{text}");
        }
    }
}

#[test]
fn parsing_is_total() {
    use proptest::prelude::*;
    let words = [
        "[",
        "]",
        "[[",
        "]]",
        "environments",
        "policies",
        "waivers",
        ".",
        "cost-cap",
        "=",
        "\"a\"",
        "\n",
        "{",
        "}",
        ",",
        "rule",
        "é",
        "1",
        "\u{0}",
        "'",
        "\"\"\"",
        "settings",
    ];
    let text = proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..40);
    proptest!(|(words in text)| {
        if let Err(error) = parse(&words.concat()) {
            prop_assert!(!error.render(false).is_empty());
        }
    });
}

#[test]
fn what_cannot_be_seen_says_nothing() {
    for blank in ["", " ", "\\t", "\\u200B", " \\u2060\\uFEFF", "\\u3164"] {
        let text = format!(
            "[[waivers]]\nrule = \"a/b\"\naddress = \"c\"\nreason = \"{blank}\"\nowner = \"d\"\nexpires = 2030-01-01\n"
        );
        let error = Config::parse("tollgate.toml", text.into_bytes(), BUILTINS).unwrap_err();
        assert!(
            error.to_string().contains("an empty string"),
            "{blank}: {error}"
        );
    }
}
