//! The policies that are part of the binary: listed, chosen by a preset, described.

use std::fs;

use libtest_mimic::{Failed, Trial};
use tollgate_model::library::{LIBRARY, Preset};
use tollgate_model::rule::Enforcement;

use crate::cli::{Run, files, root, run, tollgate};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("library::list", list),
        Trial::test(
            "library::descriptions_are_those_of_the_modules",
            descriptions,
        ),
        Trial::test("library::documents_that_a_policy_does_not_read", documents),
        Trial::test("library::every_policy_has_a_page", pages),
        Trial::test("library::the_table_in_the_book", table),
        Trial::test("library::advisory_rules", advisory),
        Trial::test("library::what_turns_bad_is_noticed", mutants),
    ]
}

fn policy(directory: &tempfile::TempDir, arguments: &[&str]) -> Result<Run, Failed> {
    run(tollgate(directory.path()).arg("policy").args(arguments))
}

/// How many of a hundred mutants of an example somebody notices, at least. Most of the others are harmless:
/// another name, a longer timeout, an alarm that is made anew.
const FLOORS: [(&str, usize); 3] = [
    ("production-first", 40),
    ("production", 25),
    ("staging", 41),
];

/// What has to be noticed wherever it is turned: an attribute, and what it is turned into.
const NEVER_MISSED: [(&str, &str); 10] = [
    ("deletion_protection", "false"),
    ("deletion_protection_enabled", "false"),
    ("deletion_protection_enabled", "unknown"),
    ("skip_final_snapshot", "true"),
    ("force_destroy", "true"),
    ("publicly_accessible", "true"),
    ("block_public_acls", "false"),
    ("restrict_public_buckets", "false"),
    ("retention_in_days", "1"),
    ("recovery_window_in_days", "0"),
];

/// Types of the examples that hold data: an instance that goes is always noticed.
const HOLD_DATA: [&str; 6] = [
    "aws_db_instance",
    "aws_dsql_cluster",
    "aws_dynamodb_table",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
];

/// The examples, with one thing of them turned bad at a time.
fn mutants() -> Result<(), Failed> {
    for (example, floor) in FLOORS {
        let plan = format!("examples/plans/{example}.json");
        let ran = run(tollgate(&root()).args([
            "policy",
            "mutate",
            &plan,
            "-e",
            "production",
            "--limit",
            "4000",
            "--format",
            "json",
        ]))?;
        ran.expect(0)?;
        let mutation = ran.json()?;
        let count = |key: &str| mutation[key].as_u64().ok_or("no count");
        let (made, noticed) = (count("mutants")?, count("noticed")?);
        if made < 150 || noticed * 100 < made * floor as u64 || count("left-out")? != 0 {
            return Err(format!("{example}: {noticed} of {made} mutants noticed").into());
        }
        for mutant in mutation["unnoticed"].as_array().ok_or("no list")? {
            let text = |key: &str| mutant[key].as_str().unwrap_or_default();
            let (address, attribute, to) = (text("address"), text("attribute"), text("to"));
            let gone = attribute.is_empty()
                && HOLD_DATA
                    .iter()
                    .any(|kind| address.split('.').any(|part| part == *kind));
            if gone || NEVER_MISSED.contains(&(attribute, to)) {
                return Err(format!("{example}: nobody notices {mutant}").into());
            }
        }
    }
    Ok(())
}

/// Every policy has a row, which says where it runs.
fn list() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let listed = policy(&directory, &["list"])?;
    listed.expect(0)?;
    for built_in in LIBRARY {
        let row = listed
            .stdout
            .lines()
            .find(|line| line.split_whitespace().next() == Some(built_in.name))
            .ok_or_else(|| format!("no row of {}:\n{listed}", built_in.name))?;
        if !row.contains('(') || !listed.stdout.contains(built_in.summary) {
            return Err(format!("no state or summary of {}:\n{listed}", built_in.name).into());
        }
    }
    fs::write(
        directory.path().join("tollgate.toml"),
        "[policies]\npreset = \"minimal\"\n[policies.cost-cap]\nenabled = false\n\
         [environments.production]\n[environments.staging.policies.cost-cap]\nenabled = true\n\
         enforcement = \"hard-mandatory\"\n",
    )?;
    let json = policy(&directory, &["list", "--json"])?;
    json.expect(0)?;
    let json = json.json()?;
    if json["preset"] != "minimal" {
        return Err(format!("another preset: {json:#}").into());
    }
    let policies = json["policies"].as_array().ok_or("no policies")?;
    let cost = policies
        .iter()
        .find(|policy| policy["name"] == "cost-cap")
        .ok_or("cost-cap is not listed")?;
    let expected = serde_json::json!([
        {"environment": "production"},
        {"environment": "staging", "enforcement": "hard-mandatory"},
    ]);
    if cost["runs"] != expected {
        return Err(format!("cost-cap runs elsewhere: {cost:#}").into());
    }
    let only = policy(&directory, &["list", "-e", "prod"])?;
    only.expect(0)?;
    if !only.stdout.lines().any(|line| line == "cost-cap (off)") {
        return Err(format!("cost-cap is not off in production:\n{only}").into());
    }
    policy(&directory, &["list", "-e", "elsewhere"])?.expect(2)
}

/// What the host believes of a built-in policy without loading it is what its module says.
fn descriptions() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let modules = files(&root().join("policies/dist"), "wasm");
    if modules.len() != LIBRARY.len() {
        return Err(format!("{} modules", modules.len()).into());
    }
    for module in modules {
        let module = module.canonicalize()?;
        let said = policy(
            &directory,
            &["inspect", "--raw", &module.display().to_string()],
        )?;
        said.expect(0)?;
        let kept = fs::read_to_string(module.with_extension("json"))?;
        if said.stdout != kept {
            return Err(format!(
                "{} is not current: run policies/build.sh --dist",
                module.with_extension("json").display()
            )
            .into());
        }
    }
    Ok(())
}

/// A document with a name that the policy does not know would silently not be read.
fn documents() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let plan = root().join("examples/plans/staging.json").canonicalize()?;
    for (table, said) in [
        ("cost-cap", "did you mean `price-book`?"),
        ("deletion-protection", "it reads none; remove the line"),
    ] {
        fs::write(
            directory.path().join("tollgate.toml"),
            format!("[policies.{table}.documents]\nprice-boks = \"prices.json\"\n"),
        )?;
        fs::write(directory.path().join("prices.json"), "{}")?;
        let refused = run(tollgate(directory.path()).arg("check").arg(&plan))?;
        refused.expect(2)?;
        if !refused.stderr.contains(said) || !refused.stderr.contains("tollgate.toml:2") {
            return Err(format!("not told: {said}\n{refused}").into());
        }
    }
    Ok(())
}

/// The book's table of policies is that of the library; `TOLLGATE_BLESS=1` writes it anew.
fn table() -> Result<(), Failed> {
    const MARKS: [&str; 2] = ["<!-- policies: begin -->\n", "<!-- policies: end -->\n"];
    let mut rows = String::from(
        "| policy | rules about | smallest preset | a violation |\n|---|---|---|---|\n",
    );
    for policy in LIBRARY {
        let preset = policy.preset.map_or("none", Preset::as_str);
        let leads_to = match (policy.enforcement, policy.advisory) {
            (Enforcement::Advisory, _) => "warns",
            (_, []) => "refuses",
            (_, _) => "refuses; of some rules it warns",
        };
        let (name, summary) = (policy.name, policy.summary);
        rows.push_str(&format!(
            "| [`{name}`]({name}.md) | {summary} | {preset} | {leads_to} |\n"
        ));
    }
    let path = root().join("docs/src/policies/index.md");
    let page = fs::read_to_string(&path)?;
    let [begin, end] = MARKS;
    let (before, rest) = page.split_once(begin).ok_or("the table has no begin")?;
    let (_, after) = rest.split_once(end).ok_or("the table has no end")?;
    let whole = format!("{before}{begin}{rows}{end}{after}");
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&path, &whole)?;
    }
    if fs::read_to_string(&path)? != whole {
        return Err("the table of policies in docs/src/policies/index.md is not that of the library; write it anew: TOLLGATE_BLESS=1 tests/run.sh library::".into());
    }
    Ok(())
}

/// The rules that a row calls advisory are rules of the policy.
fn advisory() -> Result<(), Failed> {
    for policy in LIBRARY {
        let text = fs::read_to_string(root().join(format!("policies/dist/{}.json", policy.name)))?;
        let description: serde_json::Value = serde_json::from_str(&text)?;
        let rules = description["metadata"]["rules"]
            .as_array()
            .ok_or("no rules")?;
        for rule in policy.advisory {
            if !rules.iter().any(|known| known["id"] == *rule) {
                return Err(format!("{} has no rule {rule}", policy.name).into());
            }
        }
    }
    Ok(())
}

/// The book has a page of each, and its summary leads there.
fn pages() -> Result<(), Failed> {
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md"))?;
    for built_in in LIBRARY {
        let page = format!("policies/{}.md", built_in.name);
        if !root().join("docs/src").join(&page).exists() || !summary.contains(&page) {
            return Err(format!("docs/src/{page} is missing, or not in SUMMARY.md").into());
        }
    }
    Ok(())
}
