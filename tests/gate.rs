//! The gate as a whole: the example plans, policies that misbehave, the corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use tollgate_model::library::{LIBRARY, Preset};

use crate::cli::{Run, files, root, run, tollgate};

/// What the example configuration makes of every example plan: the exit code and the
/// rules that refuse.
const EXAMPLES: &str = include_str!("gate/examples.txt");

const FORMATS: [&str; 7] = [
    "human", "json", "sarif", "junit", "github", "markdown", "tap",
];

/// What becomes of a policy that misbehaves, by its `behave` setting.
const MISBEHAVIOURS: &[(&str, &str)] = &[
    ("trap", "policy-crashed"),
    ("loop", "limit-fuel"),
    // Its own stack, in linear memory, ends before the native one does.
    ("recurse", "policy-crashed"),
    ("grow-memory", "limit-memory"),
    ("answer-too-much", "limit-answer"),
    ("too-many-findings", "limit-findings"),
    ("long-message", "limit-text"),
    ("undeclared-rule", "policy-answer"),
    ("foreign-address", "policy-answer"),
    ("broken-path", "policy-answer"),
    ("broken-document", "policy-answer"),
    ("read-undeclared-attribute", "policy-crashed"),
    ("cannot-judge", "policy-could-not-judge"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let rebuilt = root().join("target/policies");
    let corpus = std::env::var_os("TOLLGATE_CORPUS").map(PathBuf::from);
    let mut trials = vec![
        Trial::test("gate::examples", examples),
        Trial::test("gate::examples_tell_no_secret", no_secret),
        Trial::test("gate::same_bytes_every_time", same_bytes),
        Trial::test("gate::several_plans_in_one_report", several_plans),
        Trial::test("gate::one_plan_is_judged_once", named_twice),
        Trial::test(
            "gate::a_limit_of_a_built_in_is_the_users_to_raise",
            a_limit_for_built_ins,
        ),
        Trial::test("gate::a_large_plan_is_judged_on_default_limits", large_plan),
        Trial::test("gate::baseline", baseline),
        Trial::test(
            "gate::baseline_covers_nothing_destroyed",
            baseline_of_deletions,
        ),
        Trial::test("gate::baseline_is_of_one_object", baseline_of_one_object),
        Trial::test("gate::waivers", waivers),
        Trial::test("gate::source_digests", source_digests),
        Trial::test("gate::schemas", schemas),
        Trial::test("gate::rebuilt_modules_judge_alike", {
            let rebuilt = rebuilt.clone();
            move || rebuilt_alike(&rebuilt)
        })
        .with_ignored_flag(!rebuilt.join("cost-cap.wasm").is_file()),
        Trial::test("gate::corpus", {
            let corpus = corpus.clone();
            move || in_corpus(corpus.as_deref().ok_or("TOLLGATE_CORPUS is not set")?)
        })
        .with_ignored_flag(corpus.is_none()),
    ];
    let guest = rebuilt.join("misbehave.wasm");
    for (behave, code) in MISBEHAVIOURS {
        let guest = guest.clone();
        trials.push(
            Trial::test(
                format!("gate::a_policy_that_does_{}", behave.replace('-', "_")),
                move || misbehave(&guest, behave, code),
            )
            .with_ignored_flag(!rebuilt.join("misbehave.wasm").is_file()),
        );
    }
    trials.push(
        Trial::test("gate::hostile_text_is_inert", move || hostile_text(&guest))
            .with_ignored_flag(!rebuilt.join("misbehave.wasm").is_file()),
    );
    trials
}

fn example_plans() -> Vec<PathBuf> {
    files(&root().join("examples/plans"), "json")
}

fn check(plan: &Path, environment: &str, more: &[&str]) -> Result<Run, Failed> {
    check_all(&[plan.to_owned()], environment, more)
}

/// Judges many plans in one run: the modules are compiled once.
fn check_all(plans: &[PathBuf], environment: &str, more: &[&str]) -> Result<Run, Failed> {
    run(&mut checking(plans, environment, more))
}

fn checking(plans: &[PathBuf], environment: &str, more: &[&str]) -> Command {
    let mut command = tollgate(&root());
    command
        .args(["check", "-e", environment, "--today", "2026-11-21"])
        .args(more)
        .args(
            plans
                .iter()
                .map(|plan| plan.strip_prefix(root()).unwrap_or(plan)),
        );
    command
}

/// The rules whose findings refuse one plan, and the policies or plans that failed.
fn refusals(plan: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    if !plan["problem"].is_null() {
        *found.entry(text(&plan["problem"]["code"])).or_default() += 1;
    }
    for reason in list(&plan["facts"]["incomplete"]) {
        *found
            .entry(format!("incomplete({})", text(&reason).len()))
            .or_default() += 1;
    }
    for policy in list(&plan["policies"]) {
        if !policy["failure"].is_null() {
            *found.entry(text(&policy["failure"]["code"])).or_default() += 1;
        }
        for finding in list(&policy["findings"]) {
            if finding["disposition"] == json!("refuses") {
                *found.entry(text(&finding["rule"])).or_default() += 1;
            }
        }
    }
    found
        .iter()
        .map(|(rule, count)| format!(" {rule}={count}"))
        .collect()
}

/// `TOLLGATE_BLESS=1` writes the expectation anew.
fn examples() -> Result<(), Failed> {
    let mut told = String::new();
    for environment in ["production", "staging"] {
        let report = check_all(&example_plans(), environment, &["-o", "json"])?.json()?;
        for plan in report["plans"].as_array().into_iter().flatten() {
            let name = plan["input"]["path"].as_str().unwrap_or_default();
            told.push_str(&format!("{environment} {name}{}\n", refusals(plan)));
        }
    }
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(root().join("tests/gate/examples.txt"), &told)?;
        return Ok(());
    }
    for (expected, told) in EXAMPLES.lines().zip(told.lines()) {
        if expected != told {
            return Err(format!("expected: {expected}\n     got: {told}").into());
        }
    }
    if EXAMPLES.lines().count() != told.lines().count() {
        return Err("another number of plans".into());
    }
    // The README's first command.
    check(
        &root().join("examples/plans/production.json"),
        "production",
        &[],
    )?
    .expect(0)?;
    check(&root().join("examples/plans/staging.json"), "staging", &[])?.expect(0)
}

/// What the examples' plans hold in clear under a mark of sensitivity.
const CANARY: &str = "not-a-real-key";

fn no_secret() -> Result<(), Failed> {
    let plans = example_plans();
    let marked = plans
        .iter()
        .filter(|plan| fs::read_to_string(plan).is_ok_and(|text| text.contains(CANARY)))
        .count();
    if marked == 0 {
        return Err("no plan holds the canary, so this proves nothing".into());
    }
    for format in FORMATS {
        let run = check_all(&plans, "production", &["-o", format])?;
        if run.stdout.contains(CANARY) || run.stderr.contains(CANARY) {
            return Err(format!("{CANARY} is in the {format} report").into());
        }
    }
    Ok(())
}

fn same_bytes() -> Result<(), Failed> {
    let plans = example_plans();
    for format in FORMATS {
        let first = check_all(&plans, "production", &["-o", format])?;
        let second =
            run(checking(&plans, "production", &["-o", format]).env("RAYON_NUM_THREADS", "1"))?;
        if first.stdout != second.stdout || first.code != second.code {
            return Err(format!("the {format} report differs from run to run").into());
        }
    }
    Ok(())
}

/// What a plan changes counts once.
fn named_twice() -> Result<(), Failed> {
    for plans in [
        [
            "examples/plans/staging.json",
            "./examples/plans/staging.json",
        ],
        [
            "examples/plans/violating",
            "examples/plans/violating/deleted.json",
        ],
    ] {
        let run = run(tollgate(&root())
            .args(["check", "-e", "staging"])
            .args(plans))?;
        run.expect(2)?;
        if !run.stderr.contains("are the same plan") || !run.stdout.is_empty() {
            return Err(format!("{run}").into());
        }
    }
    Ok(())
}

/// Everything is new and named only after apply, so that every alarm is linked by what the
/// configuration refers to: 2,500 functions with two alarms each, and 1,250 queues with a
/// dead-letter queue each.
fn large_plan() -> Result<(), Failed> {
    const FUNCTIONS: usize = 2_500;
    const QUEUES: usize = 1_250;
    let change = |kind: &str, name: &str, at: usize, after: Value, unknown: Value| {
        json!({"address": format!("{kind}.{name}[\"k{at}\"]"), "mode": "managed", "type": kind, "name": name, "index": format!("k{at}"),
            "provider_name": "registry.opentofu.org/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown, "after_sensitive": {}, "before_sensitive": false}})
    };
    let action = json!(["arn:aws:sns:eu-west-1:123456789012:on-call"]);
    let alarm = |name: &str, at: usize, namespace: &str, metric: &str| {
        let after = json!({"actions_enabled": true, "alarm_actions": action, "alarm_name": format!("{name}-{at}"), "metric_name": metric,
            "metric_query": [], "namespace": namespace});
        change(
            "aws_cloudwatch_metric_alarm",
            name,
            at,
            after,
            json!({"dimensions": true, "arn": true}),
        )
    };
    let mut changes = Vec::new();
    for at in 0..FUNCTIONS {
        changes.push(change(
            "aws_lambda_function",
            "f",
            at,
            json!({}),
            json!({"function_name": true, "arn": true, "id": true}),
        ));
        changes.push(alarm("errors", at, "AWS/Lambda", "Errors"));
        changes.push(alarm("throttles", at, "AWS/Lambda", "Throttles"));
    }
    for at in 0..QUEUES {
        let unknown = json!({"arn": true, "id": true, "url": true, "redrive_policy": true});
        changes.push(change(
            "aws_sqs_queue",
            "jobs",
            at,
            json!({"name": format!("jobs-{at}")}),
            unknown,
        ));
        changes.push(change(
            "aws_sqs_queue",
            "dead",
            at,
            json!({"name": format!("dead-{at}")}),
            json!({"arn": true, "id": true, "url": true}),
        ));
    }
    let block = |kind: &str, name: &str, expressions: Value| {
        json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "provider_config_key": "aws",
            "for_each_expression": {}, "expressions": expressions})
    };
    let of_function = json!({"dimensions": {"references": ["aws_lambda_function.f", "each.key"]}});
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}},
            "root_module": {"resources": [
                block("aws_lambda_function", "f", json!({})),
                block("aws_cloudwatch_metric_alarm", "errors", of_function.clone()),
                block("aws_cloudwatch_metric_alarm", "throttles", of_function),
                block("aws_sqs_queue", "jobs", json!({"redrive_policy": {"references": ["aws_sqs_queue.dead", "each.key"]}})),
                block("aws_sqs_queue", "dead", json!({})),
            ]},
        },
    });
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("plan.json"), plan.to_string())?;
    fs::write(
        folder.path().join("tollgate.toml"),
        "[environments.production]\nprotected = true\n[environments.production.policies.alarm-presence]\nenforcement = \"hard-mandatory\"\nsettings = { require = [\"lambda-errors\", \"lambda-throttles\", \"sqs-dead-letters\"] }\n",
    )?;
    // No alarm watches a dead-letter queue, and each of them is known to be one.
    let run = run(tollgate(folder.path()).args([
        "check",
        "plan.json",
        "-e",
        "production",
        "-o",
        "json",
    ]))?;
    run.expect(1)?;
    let report = run.json()?;
    let rules: BTreeMap<String, usize> =
        findings_of(&report)
            .into_iter()
            .fold(BTreeMap::new(), |mut counts, finding| {
                let rule = finding["rule"].as_str().unwrap_or_default();
                if rule.starts_with("alarm-presence/") {
                    *counts
                        .entry(format!(
                            "{rule} {}",
                            finding["outcome"].as_str().unwrap_or_default()
                        ))
                        .or_default() += 1;
                }
                counts
            });
    let expected = BTreeMap::from([(
        "alarm-presence/sqs-dead-letters-unwatched violation".to_owned(),
        QUEUES,
    )]);
    if rules != expected {
        return Err(format!("{rules:?}").into());
    }
    Ok(())
}

/// Every finding, wherever it stands in a report.
fn findings_of(node: &Value) -> Vec<&Value> {
    match node {
        Value::Object(map) => {
            let here = map
                .get("findings")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            here.chain(map.values().flat_map(findings_of)).collect()
        }
        Value::Array(items) => items.iter().flat_map(findings_of).collect(),
        _ => Vec::new(),
    }
}

/// Nobody can be asked for another built-in policy.
fn a_limit_for_built_ins() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(
        folder.path().join("tollgate.toml"),
        "[environments.production]\n[limits]\ntable-elements = 1\n",
    )?;
    let plan = fs::canonicalize(root().join("examples/plans/violating/alarms-missing.json"))?;
    let run = run(tollgate(folder.path())
        .args(["check", "-e", "production", "-o", "json"])
        .arg(plan))?;
    run.expect(4)?;
    let help = "raise `table-elements` in `[limits]` in tollgate.toml, or split the plan";
    if run.stdout.contains(help) && !run.stdout.contains("policy's author") {
        Ok(())
    } else {
        Err(format!("{run}").into())
    }
}

fn several_plans() -> Result<(), Failed> {
    let run = run(tollgate(&root()).args([
        "check",
        "-e",
        "staging",
        "-o",
        "json",
        "examples/plans/staging.json",
        "examples/plans/production.json",
    ]))?;
    let report = run.json()?;
    let names: Vec<_> = report["plans"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|plan| plan["input"]["path"].as_str().unwrap_or_default())
        .collect();
    if names
        == [
            "examples/plans/staging.json",
            "examples/plans/production.json",
        ]
    {
        Ok(())
    } else {
        Err(format!("{names:?}").into())
    }
}

/// What was accepted passes; the same resource, changed, does not.
fn baseline() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("baseline.json").display().to_string();
    let plan = root().join("examples/plans/violating/protection-off.json");
    let config = folder.path().join("tollgate.toml");
    fs::write(
        &config,
        "[policies]\ncost-cap = { enabled = false }\nalarm-presence = { enabled = false }\n",
    )?;
    let config = config.display().to_string();
    let with = |plan: &Path, more: &[&str]| {
        let mut arguments = vec!["--config", config.as_str(), "-o", "json"];
        arguments.extend(more);
        check(plan, "production", &arguments)
    };
    with(&plan, &[])?.expect(1)?;
    with(&plan, &["--write-baseline", &file])?.expect(0)?;
    with(&plan, &["--baseline", &file])?.expect(0)?;
    // The same findings on the same addresses, by other values.
    let changed = folder.path().join("plan.json");
    let text = fs::read_to_string(&plan)?;
    let edited = text.replace(
        "\"deletion_protection\":false",
        "\"deletion_protection\":null",
    );
    if edited == text {
        return Err("the example has no `deletion_protection` to change".into());
    }
    fs::write(&changed, edited)?;
    with(&changed, &["--baseline", &file])?.expect(1)
}

/// Writes a baseline of an example plan, and returns the run that wrote it.
fn write_baseline(plan: &str, baseline: &Path) -> Result<Run, Failed> {
    let plan = root().join("examples/plans/violating").join(plan);
    let path = baseline.display().to_string();
    check(&plan, "production", &["--write-baseline", &path])
}

/// What a plan destroys, replaces or forgets is never accepted in advance.
fn baseline_of_deletions() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for plan in ["deleted.json", "table-replaced.json", "forgotten.json"] {
        let baseline = folder.path().join(plan);
        write_baseline(plan, &baseline)?.expect(1)?;
        let written: Value = serde_json::from_slice(&fs::read(&baseline)?)?;
        let covered = written["findings"].to_string();
        if covered.contains("deletion-protection/") {
            return Err(format!("the baseline of {plan} covers {covered}").into());
        }
    }
    Ok(())
}

/// A baseline covers the object that it was written for, not the next one at its address.
fn baseline_of_one_object() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let baseline = folder.path().join("baseline.json");
    // The plan is over the cap as well, and was so before: no baseline is needed for that.
    write_baseline("protection-removed.json", &baseline)?.expect(0)?;
    let plan = root().join("examples/plans/violating/protection-removed.json");
    let path = baseline.display().to_string();
    let refused = |plan: &Path| -> Result<usize, Failed> {
        let report = check(plan, "production", &["--baseline", &path, "-o", "json"])?.json()?;
        let policies = report["plans"][0]["policies"].as_array().cloned();
        Ok(policies
            .into_iter()
            .flatten()
            .filter(|policy| policy["name"] == json!("deletion-protection"))
            .flat_map(|policy| policy["findings"].as_array().cloned().unwrap_or_default())
            .filter(|finding| finding["disposition"] == json!("refuses"))
            .count())
    };
    let same = refused(&plan)?;

    let mut changed: Value = serde_json::from_slice(&fs::read(&plan)?)?;
    for change in changed["resource_changes"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        for side in ["before", "after"] {
            let object = &mut change["change"][side];
            if object["id"].is_string() {
                object["id"] = json!("another");
            }
        }
    }
    // What else says which objects these are.
    if let Some(plan) = changed.as_object_mut() {
        plan.insert("planned_values".to_owned(), json!({}));
        plan.remove("prior_state");
    }
    let other = folder.path().join("other.json");
    fs::write(&other, changed.to_string())?;
    let others = refused(&other)?;
    if same == 0 && others > 0 {
        return Ok(());
    }
    Err(format!("{same} refuse of the same objects, {others} of others").into())
}

fn waivers() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("tollgate.toml");
    let plan = root().join("examples/plans/violating/database-replaced.json");
    let waiver = |rule: &str, expires: &str| {
        format!(
            "[policies]\ncost-cap = {{ enabled = false }}\nalarm-presence = {{ enabled = false }}\n\
             [[waivers]]\nrule = \"{rule}\"\naddress = \"*\"\nreason = \"planned\"\nowner = \"data\"\nexpires = {expires}\n"
        )
    };
    for (rule, expires, code, state) in [
        ("deletion-protection/*", "2026-11-21", 0, "used"),
        ("deletion-protection/*", "2026-11-20", 1, "expired"),
        (
            "deletion-protection/lock-deleted",
            "2026-12-31",
            1,
            "unused",
        ),
    ] {
        fs::write(&config, waiver(rule, expires))?;
        let run = check(
            &plan,
            "production",
            &["--config", &config.display().to_string(), "-o", "json"],
        )?;
        run.expect(code)?;
        let found = &run.json()?["waivers"][0]["state"];
        if *found != json!(state) {
            return Err(format!("{rule} until {expires}: expected {state}, got {found}").into());
        }
    }
    Ok(())
}

/// The modules that the binary embeds were built from the sources that are here.
fn source_digests() -> Result<(), Failed> {
    for policy in LIBRARY.iter().map(|policy| policy.name) {
        let recorded = fs::read_to_string(root().join(format!("policies/dist/{policy}.source")))?;
        let output = Command::new("bash")
            .arg(root().join("policies/source-digest.sh"))
            .arg(policy)
            .output()?;
        if String::from_utf8_lossy(&output.stdout) != recorded {
            return Err(format!(
                "{policy} has changed since it was built: run policies/build.sh --dist"
            )
            .into());
        }
    }
    Ok(())
}

/// `TOLLGATE_BLESS=1` writes the schemas anew.
fn schemas() -> Result<(), Failed> {
    // The host prints this file, so it is the policy's own type that says what is current.
    let price_book = root().join("schemas/price-book.schema.json");
    let current = format!(
        "{:#}\n",
        schemars::schema_for!(cost_cap::PriceBook).to_value()
    );
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&price_book, &current)?;
    }
    if fs::read_to_string(&price_book)? != current {
        return Err(
            "schemas/price-book.schema.json is not current: run this test with TOLLGATE_BLESS=1"
                .into(),
        );
    }
    let validator = jsonschema::validator_for(&serde_json::from_str(&current)?)
        .map_err(|error| error.to_string())?;
    let book: Value = serde_json::from_str(&fs::read_to_string(
        root().join("policies/cost-cap/price-book.json"),
    )?)?;
    if let Some(error) = validator.iter_errors(&book).next() {
        return Err(format!("the price book: {error} at {}", error.instance_path()).into());
    }
    for name in [
        "baseline",
        "config",
        "history",
        "policy-request",
        "policy-response",
        "price-book",
        "report",
        "secrets-check",
    ] {
        let run = run(tollgate(&root()).args(["schema", name]))?;
        run.expect(0)?;
        let path = root().join(format!("schemas/{name}.schema.json"));
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            fs::write(&path, &run.stdout)?;
        }
        if fs::read_to_string(&path)? != run.stdout {
            return Err(format!(
                "{} is not current: run this test with TOLLGATE_BLESS=1",
                path.display()
            )
            .into());
        }
    }
    // The reports of the examples keep the published schema.
    let schema: Value = serde_json::from_str(&fs::read_to_string(
        root().join("schemas/report.schema.json"),
    )?)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let report = check_all(&example_plans(), "production", &["-o", "json"])?.json()?;
    match validator.iter_errors(&report).next() {
        Some(error) => Err(format!("{error} at {}", error.instance_path()).into()),
        None => Ok(()),
    }
}

/// The modules that were built just now answer as the committed ones do.
fn rebuilt_alike(rebuilt: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("tollgate.toml");
    let own = fs::read_to_string(root().join("tollgate.toml"))?;
    // All of them run, also those that a configuration has to ask for.
    let (mut text, mut as_embedded) = (own.clone(), own);
    for policy in LIBRARY.iter().map(|policy| policy.name) {
        let path = fs::canonicalize(rebuilt.join(format!("{policy}.wasm")))?;
        let header = format!("\n[policies.{policy}]\n");
        as_embedded.push_str(&header);
        text.push_str(&header);
        text.push_str(&format!("source = {:?}\n", path.display().to_string()));
    }
    let beside = folder.path().join("embedded.toml");
    fs::write(&beside, as_embedded)?;
    let book = fs::canonicalize(root().join("policies/cost-cap/price-book.json"))?;
    // The table of cost-cap is opened above already, by its settings.
    let text = text.replace(
        "[policies.cost-cap]\n",
        &format!(
            "[policies.cost-cap]\ndocuments = {{ price-book = {:?} }}\n",
            book.display().to_string()
        ),
    );
    fs::write(&config, text)?;
    let same = |run: &Run| -> Result<Value, Failed> {
        let mut report = run.json()?;
        report["environment"]["configuration"] = Value::Null;
        for plan in report["plans"].as_array_mut().into_iter().flatten() {
            for policy in plan["policies"].as_array_mut().into_iter().flatten() {
                policy["source"] = Value::Null;
                policy["digest"] = Value::Null;
                for finding in policy["findings"].as_array_mut().into_iter().flatten() {
                    finding["enforcement"] = Value::Null;
                    finding["disposition"] = Value::Null;
                }
            }
        }
        report["verdict"] = Value::Null;
        Ok(report["plans"].clone())
    };
    let plans = example_plans();
    let embedded = check_all(
        &plans,
        "production",
        &["--config", &beside.display().to_string(), "-o", "json"],
    )?;
    let other = check_all(
        &plans,
        "production",
        &["--config", &config.display().to_string(), "-o", "json"],
    )?;
    if same(&embedded)? == same(&other)? {
        Ok(())
    } else {
        Err("the rebuilt modules judge differently".into())
    }
}

fn with_guest(guest: &Path, settings: &str) -> Result<(tempfile::TempDir, PathBuf), Failed> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("tollgate.toml");
    let guest = fs::canonicalize(guest)?.display().to_string();
    fs::write(
        &config,
        format!(
            "[policies.misbehave]\nsource = {guest:?}\nenforcement = \"advisory\"\nsettings = {{ {settings} }}\n"
        ),
    )?;
    Ok((folder, config))
}

/// It refuses the plan with its own code, although it is only advisory, and the other
/// policies still report.
fn misbehave(guest: &Path, behave: &str, code: &str) -> Result<(), Failed> {
    let (_folder, config) = with_guest(guest, &format!("behave = {behave:?}"))?;
    let plan = root().join("examples/plans/production.json");
    let run = check(
        &plan,
        "production",
        &["--config", &config.display().to_string(), "-o", "json"],
    )?;
    run.expect(4)?;
    let report = run.json()?;
    let policies = report["plans"][0]["policies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let failed: Vec<_> = policies
        .iter()
        .filter(|policy| !policy["failure"].is_null())
        .collect();
    let recommended = LIBRARY
        .iter()
        .filter(|policy| policy.is_in(Preset::Recommended));
    let expected = recommended.count() + 1;
    match failed.as_slice() {
        [policy]
            if policy["name"] == json!("misbehave")
                && policy["failure"]["code"] == json!(code)
                && policies.len() == expected =>
        {
            Ok(())
        }
        failed => {
            Err(format!("expected {code} alone among {expected} policies, got {failed:?}").into())
        }
    }
}

fn hostile_text(guest: &Path) -> Result<(), Failed> {
    let (_folder, config) = with_guest(
        guest,
        r#"behave = "say", text = "\u001b[2J\u009b31m::error::x\r\n\u202ePASSED""#,
    )?;
    let plan = root().join("examples/plans/production.json");
    for format in FORMATS {
        let run = check(
            &plan,
            "production",
            &["--config", &config.display().to_string(), "-o", format],
        )?;
        let bad: BTreeSet<char> = run
            .stdout
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c))
            .collect();
        if !bad.is_empty() || !run.stdout.contains("error::x") {
            return Err(format!("{format}: {bad:?}").into());
        }
        if run
            .stdout
            .lines()
            .filter(|line| !(format == "github" && line.starts_with("::error title=")))
            .any(|line| line.trim_start().starts_with("::error"))
        {
            return Err(format!("{format}: a line that a CI system takes for a command").into());
        }
    }
    Ok(())
}

/// Every plan that loads can be judged: no policy fails on any of them.
fn in_corpus(corpus: &Path) -> Result<(), Failed> {
    let manifest: Value = serde_json::from_slice(&fs::read(corpus.join("plans/manifest.json"))?)?;
    let plans: Vec<PathBuf> = manifest
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["kind"] == json!("plan"))
        .filter_map(|entry| Some(corpus.join("plans").join(entry["file"].as_str()?)))
        .collect();
    let report = check_all(&plans, "production", &["-o", "json"])?.json()?;
    let mut judged = 0;
    for plan in report["plans"].as_array().into_iter().flatten() {
        judged += usize::from(plan["problem"].is_null());
        for policy in plan["policies"].as_array().into_iter().flatten() {
            if !policy["failure"].is_null() {
                return Err(format!(
                    "{} fails on {}: {}",
                    policy["name"], plan["input"]["path"], policy["failure"]
                )
                .into());
            }
        }
    }
    // Those that the reader's own corpus test lists are refused.
    if judged + 15 < plans.len() || judged == 0 {
        return Err(format!("only {judged} of {} plans were judged", plans.len()).into());
    }
    Ok(())
}
