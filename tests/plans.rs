//! Plans of real tools, read: the folders of `tests/plans`, the corpus of
//! `TOLLGATE_CORPUS`, and damaged and random documents, none of which may panic.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tollgate::plan::{self, Plan, PlanError, PlanText, ResourceChange};
use tollgate_model::error::UserError;

/// Every test of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for folder in folders() {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        trials.push(Trial::test(format!("plans::{name}"), move || case(&folder)));
    }
    trials.push(Trial::test("plans::every_truncation_is_refused", truncated));
    trials.push(Trial::test("plans::no_damage_panics", damaged));
    trials.push(Trial::test("plans::no_json_panics", random_json));
    trials.push(Trial::test("plans::no_bytes_panic", random_bytes));
    let corpus = std::env::var_os("TOLLGATE_CORPUS").map(PathBuf::from);
    trials.push(
        Trial::test("plans::corpus", {
            let corpus = corpus.clone();
            move || in_corpus(corpus.as_deref().ok_or("TOLLGATE_CORPUS is not set")?)
        })
        .with_ignored_flag(corpus.is_none()),
    );
    trials
}

fn folder() -> PathBuf {
    // The manifest is that of the package, whose folder is beside this one.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plans")
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("plan.json").is_file())
        .collect();
    folders.sort();
    folders
}

/// Reads `plan.json` and compares all that the reader tells of it with `read.txt`.
/// `TOLLGATE_BLESS=1` writes that file anew.
fn case(folder: &Path) -> Result<(), Failed> {
    let bytes = std::fs::read(folder.join("plan.json"))?;
    let told = match PlanText::from_bytes(bytes) {
        Ok(text) => match text.read() {
            Ok(plan) => tell(&plan)?,
            Err(error) => told_error(&error),
        },
        Err(error) => told_error(&error),
    };
    // The secrets of the configurations; nothing may ever tell them.
    for secret in ["correct horse", "a root variable"] {
        if told.contains(secret) {
            return Err(format!("the reader tells the secret {secret:?}").into());
        }
    }
    let expected = folder.join("read.txt");
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        std::fs::write(&expected, &told)?;
    }
    let expected = std::fs::read_to_string(&expected)?;
    match expected
        .lines()
        .zip(told.lines())
        .find(|(expected, told)| expected != told)
    {
        Some((expected, told)) => Err(format!("expected: {expected}\n     got: {told}").into()),
        None if expected.len() != told.len() => Err("one has more lines than the other".into()),
        None => Ok(()),
    }
}

fn told_error(error: &PlanError) -> String {
    format!(
        "{}: {error}\nhelp: {}\n",
        error.code(),
        error.help().unwrap_or_default()
    )
}

/// Writes down all that the reader tells of a plan.
fn tell(plan: &Plan<'_>) -> Result<String, PlanError> {
    let mut told = String::new();
    let _ = writeln!(
        told,
        "format {} complete {:?} applyable {:?}",
        plan.format_version, plan.complete, plan.applyable
    );
    for (list, changes) in [("change", &plan.changes), ("drift", &plan.drift)] {
        for change in changes {
            tell_change(&mut told, list, plan, change)?;
        }
    }
    for deferred in &plan.deferred {
        tell_change(
            &mut told,
            &format!("deferred ({})", deferred.reason),
            plan,
            &deferred.change,
        )?;
    }
    for output in &plan.outputs {
        let _ = writeln!(
            told,
            "output {} {:?}: {:?} -> {:?}",
            output.name,
            output.action,
            output.before()?,
            output.after()?
        );
    }
    for check in &plan.checks {
        let _ = writeln!(
            told,
            "check {} {:?} {:?}",
            check.address, check.status, check.problems
        );
    }
    for invocation in &plan.action_invocations {
        let _ = writeln!(told, "invocation {invocation:?}");
    }
    Ok(told)
}

fn tell_change<'a>(
    told: &mut String,
    list: &str,
    plan: &Plan<'a>,
    change: &ResourceChange<'a>,
) -> Result<(), PlanError> {
    let _ = writeln!(told, "{list} {}", change.address);
    let _ = writeln!(
        told,
        "  {:?} {:?} {:?} {} {} {}",
        change.action, change.replacement, change.mode, change.kind, change.name, change.provider
    );
    if change.block != change.address {
        let _ = writeln!(told, "  block {}", change.block);
    }
    for (label, text) in [
        ("module", &change.module_address),
        ("previously", &change.previous_address),
        ("deposed", &change.deposed),
        ("reason", &change.reason),
    ] {
        if let Some(text) = text {
            let _ = writeln!(told, "  {label} {text}");
        }
    }
    if let Some(index) = &change.index {
        let _ = writeln!(told, "  index {index:?}");
    }
    if change.importing {
        let _ = writeln!(told, "  importing");
    }
    for path in &change.replace_paths {
        let _ = writeln!(told, "  replaced for {path}");
    }
    let whole = plan::Path::default();
    let _ = writeln!(told, "  before {:?}", change.before(&whole)?);
    let _ = writeln!(told, "  after {:?}", change.after(&whole)?);
    let references = plan.references(change, &whole);
    if !references.is_empty() {
        let _ = writeln!(told, "  refers to {references:?}");
    }
    if let Some(region) = plan.region(change) {
        let _ = writeln!(told, "  region {region}");
    }
    Ok(())
}

/// Asks everything of a document that can be asked.
fn exercise(bytes: Vec<u8>) -> Result<(), PlanError> {
    let text = PlanText::from_bytes(bytes).inspect_err(describe)?;
    let plan = text.read().inspect_err(describe)?;
    // Damage inside of a value may show only when the value is asked for.
    let _ = tell(&plan).inspect_err(describe);
    Ok(())
}

fn describe(error: &PlanError) {
    assert!(!error.to_string().is_empty() && !error.code().is_empty() && error.help().is_some());
}

fn originals() -> Vec<Vec<u8>> {
    folders()
        .iter()
        .filter_map(|folder| std::fs::read(folder.join("plan.json")).ok())
        .filter(|bytes| exercise(bytes.clone()).is_ok())
        .collect()
}

fn truncated() -> Result<(), Failed> {
    for bytes in originals().into_iter().filter(|bytes| bytes.len() < 4000) {
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'}')
            .unwrap_or_default();
        for at in 0..=end {
            match exercise(bytes[..at].to_vec()) {
                Ok(()) => return Err(format!("passes when cut at byte {at}").into()),
                Err(error) if matches!(error.code(), "truncated" | "empty-file") => {}
                Err(error) => return Err(format!("cut at byte {at}: {error}").into()),
            }
        }
    }
    Ok(())
}

fn damaged() -> Result<(), Failed> {
    let originals = originals();
    if originals.is_empty() {
        return Err("no plan to damage".into());
    }
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        prop_oneof![
            Just(b'"'),
            Just(b'{'),
            Just(b'}'),
            Just(b'['),
            Just(b']'),
            Just(b','),
            Just(b':'),
            Just(b'\\'),
            Just(b'0'),
            Just(b'n'),
            Just(b' '),
            Just(0u8),
            Just(0xFFu8),
            any::<u8>(),
        ],
    );
    run(600, prop::collection::vec(change, 1..4), |changes| {
        let mut bytes = originals[changes[0].0.index(originals.len())].clone();
        for (_, at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = exercise(bytes);
    })
}

/// JSON that keeps to the format's keys but not to its types.
fn random_json() -> Result<(), Failed> {
    const KEYS: [&str; 24] = [
        "format_version",
        "resource_changes",
        "change",
        "actions",
        "before",
        "after",
        "after_unknown",
        "after_sensitive",
        "address",
        "mode",
        "type",
        "name",
        "index",
        "provider_name",
        "configuration",
        "root_module",
        "resources",
        "expressions",
        "references",
        "module_calls",
        "module",
        "provider_config",
        "checks",
        "output_changes",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-z\\[\\].\"\\\\ö]{0,8}".prop_map(|text| format!("{text:?}")),
        prop::sample::select(vec![
            "\"1.2\"",
            "\"create\"",
            "\"managed\"",
            "[\"update\"]",
            "\"\\ud800\"",
            "true"
        ])
        .prop_map(str::to_owned),
    ];
    let value = leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((prop::sample::select(KEYS.to_vec()), inner), 0..8).prop_map(
                |entries| {
                    let entries: Vec<String> = entries
                        .iter()
                        .map(|(key, value)| format!("\"{key}\":{value}"))
                        .collect();
                    format!("{{{}}}", entries.join(","))
                }
            ),
        ]
    });
    // Half of them inside of a change that is read.
    run(600, (value, any::<bool>()), |(value, inside)| {
        let text = if inside {
            format!(
                r#"{{"format_version":"1.2","planned_values":{{}},"configuration":{value},"resource_changes":[{{"address":"a.b","mode":"managed","type":"a","name":"b","provider_name":"p","change":{{"actions":["no-op"],"before":{{"x":{value}}},"after":{{"x":{value}}},"after_unknown":{{"x":{value}}},"before_sensitive":{{"x":{value}}},"after_sensitive":{{"x":{value}}}}}}}]}}"#
            )
        } else {
            value
        };
        let _ = exercise(text.into_bytes());
    })
}

fn random_bytes() -> Result<(), Failed> {
    run(400, prop::collection::vec(any::<u8>(), 0..200), |bytes| {
        let _ = exercise(bytes);
    })
}

fn run<S: Strategy>(cases: u32, strategy: S, f: impl Fn(S::Value)) -> Result<(), Failed> {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |value| {
            f(value);
            Ok(())
        })
        .map_err(|error| error.to_string().into())
}

/// Plans that no tool wrote as they are: each is refused, and this is why.
const REFUSED: [(&str, &str); 13] = [
    // Hand-made excerpts without a format version.
    ("plan_vpc_endpoint__tfplan.json", "no-format-version"),
    (
        "tests__data__plans__artificial__invalid.json",
        "no-format-version",
    ),
    ("examples__json__no-op.json", "no-format-version"),
    ("examples__json__replace.json", "no-format-version"),
    ("examples__json__tfplan.json", "no-format-version"),
    // Hand-made, with a word for a version.
    (
        "tests__data__plans__artificial__full.json",
        "unsupported-version",
    ),
    (
        "tests__data__plans__artificial__no-resource-changes.json",
        "not-a-plan",
    ),
    // Edited: what tells unknown from unset was taken out.
    (
        "plan_batch_job_null_container_properties__tfplan.json",
        "missing-key",
    ),
    // Cut down to the planned values: what becomes of the resources is gone.
    ("test_issue-132__plan.out.json", "contradiction"),
    (
        "plan_with_resource_reference__tfplan_graph.json",
        "contradiction",
    ),
    // Edited: one resource of the planned values is in no change.
    ("testdata__aws__asg-plan.json", "contradiction"),
    // Edited: the thumbprints of a change are others than those of the planned values.
    (
        "example_GithubActionsOIDCTrustPolicy__tfplan.json",
        "contradiction",
    ),
    // Edited: drift without an address.
    ("test_issue_522__plan.out.json", "missing-key"),
];

/// A plan that loads, but was edited until one attribute stands twice in an object:
/// asking for it is refused.
const TWICE: &str = "tf1_0plan.applied.json";

/// Genuine plans that are refused because planning failed.
const ERRORED: &str = "show-json__plan-error__output.json";

/// The code for each look-alike that its kind alone does not settle, by the end of its name.
const NAMED: [(&str, &str); 8] = [
    ("__schemas.json", "provider-schemas"),
    ("providers-schema__basic__output.json", "provider-schemas"),
    ("functions.json", "functions"),
    ("plan-redacted.json", "redacted-plan"),
    ("expected.json", "infracost"),
    ("invalid__state.json", "trailing-data"),
    ("terraform-plan-noprovider.json", "trailing-data"),
    ("6-terragrunt-multiplan__plan.json", "concatenated-plans"),
];

fn in_corpus(corpus: &Path) -> Result<(), Failed> {
    let folder = corpus.join("plans");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let mut wrong = Vec::new();
    let mut kinds = BTreeSet::new();
    for entry in manifest.as_array().ok_or("the manifest is not a list")? {
        let (Some(file), Some(kind)) = (entry["file"].as_str(), entry["kind"].as_str()) else {
            return Err("an entry of the manifest has no file or no kind".into());
        };
        kinds.insert(kind);
        let named = |list: &[(&str, &'static str)]| {
            list.iter()
                .find(|(end, _)| file.ends_with(end))
                .map(|(_, code)| *code)
        };
        let expected = match kind {
            "plan" if file.ends_with(ERRORED) => Some("errored-plan"),
            "plan" => named(&REFUSED),
            "show-state" => Some("state"),
            "raw-state" => Some("raw-state"),
            "plan-log" => Some("plan-log"),
            "binary-plan" => Some("binary-plan"),
            // The wrapper of setup-terraform is understood.
            "malformed" if file.ends_with("plan_with_terraform_wrapper.json") => None,
            "lookalike" | "malformed" | "plan-nonstandard" => Some(
                named(&NAMED)
                    .ok_or_else(|| format!("{file}: a look-alike without an expected code"))?,
            ),
            // Texts that accompany the plans.
            _ => continue,
        };
        let found = PlanText::from_bytes(std::fs::read(folder.join(file))?).and_then(|text| {
            let plan = text.read()?;
            match tell(&plan) {
                Err(PlanError::DuplicateKey { .. }) if file.ends_with(TWICE) => {}
                told => drop(told?),
            }
            compare(entry, &plan).map_err(|problem| PlanError::Syntax {
                problem,
                at: "the manifest".to_owned(),
            })
        });
        match (found, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(code)) if error.code() == code => {}
            (found, _) => wrong.push(format!("{file}: expected {expected:?}, found {found:?}")),
        }
    }
    if kinds.len() < 8 {
        wrong.push(format!("the manifest has only the kinds {kinds:?}"));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// Holds what was read against what the manifest counted with another parser.
fn compare(entry: &serde_json::Value, plan: &Plan<'_>) -> Result<(), String> {
    if let Some(count) = entry["n_resource_changes"].as_u64()
        && plan.changes.len() as u64 != count
    {
        return Err(format!(
            "{count} changes counted, {} read",
            plan.changes.len()
        ));
    }
    if let Some(modes) = entry["modes"].as_object() {
        for (mode, count) in modes {
            let read = plan
                .changes
                .iter()
                .filter(|change| format!("{:?}", change.mode).eq_ignore_ascii_case(mode))
                .count();
            if Some(read as u64) != count.as_u64() {
                return Err(format!("{count} of mode {mode} counted, {read} read"));
            }
        }
    }
    Ok(())
}
