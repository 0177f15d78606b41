//! Modules of every released contract, as they were built then: they load, describe themselves and
//! judge as they did. `tests/frozen/README.md` says what they are made of.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{files, root, run, tollgate};

/// Every module, so that none is lost without anybody noticing.
const MODULES: [&str; 8] = [
    "0.1/command",
    "0.1/component",
    "0.2/assemblyscript",
    "0.2/command",
    "0.2/component",
    "0.2/zig",
    "1.0/command",
    "1.0/component",
];

/// The contract as it is now, which was released and so cannot change any more.
const CURRENT: &str = "1.0/policy.wit";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("frozen::all_are_here", all_are_here)];
    trials.extend(MODULES.into_iter().map(|module| {
        Trial::test(format!("frozen::{module}_judges_as_it_did"), move || {
            judges(module)
        })
    }));
    trials
}

fn all_are_here() -> Result<(), Failed> {
    let folder = root().join("tests/frozen");
    let found: Vec<String> = files(&folder, "wasm")
        .iter()
        .filter_map(|path| path.strip_prefix(&folder).ok())
        .map(|path| path.with_extension("").display().to_string())
        .collect();
    if found != MODULES {
        return Err(format!("{found:?}, not {MODULES:?}").into());
    }
    let released = fs::read_to_string(folder.join(CURRENT))?;
    if released != fs::read_to_string(root().join("policies/wit/policy.wit"))? {
        return Err(format!("policies/wit/policy.wit is not tests/frozen/{CURRENT}").into());
    }
    Ok(())
}

fn judges(module: &str) -> Result<(), Failed> {
    let frozen = fs::canonicalize(root().join("tests/frozen"))?;
    let recorded: Value =
        serde_json::from_slice(&fs::read(frozen.join(format!("{module}.json")))?)?;
    let path = frozen.join(format!("{module}.wasm"));
    let folder = tempfile::tempdir()?;
    let inspected = |arguments: &[&str]| {
        run(tollgate(folder.path())
            .args(["policy", "inspect"])
            .args(arguments)
            .arg(&path))
    };
    let kind = inspected(&[])?;
    kind.expect(0)?;
    let raw = inspected(&["--raw"])?;
    raw.expect(0)?;
    let mut found = json!({
        "kind": kind.stdout.lines().find_map(|line| line.strip_prefix("kind")).map(str::trim),
        "metadata": raw.json()?["metadata"],
    });
    let echoes = recorded["documents"].is_array();
    let judged = judge(folder.path(), &frozen, &path, echoes.then_some("say"))?;
    found["findings"] = judged["findings"].clone();
    if echoes {
        found["documents"] = judged["documents"].clone();
        let refused = judge(folder.path(), &frozen, &path, Some("refuse"))?;
        found["failure"] = refused["failure"].clone();
    }
    // A command that does not look at the version is asked in the latest.
    if let Some((shape, _)) = recorded["kind"]
        .as_str()
        .and_then(|kind| kind.split_once(','))
        && shape == "WASI command"
        && !echoes
        && found["kind"]
            .as_str()
            .is_some_and(|kind| kind.starts_with(shape))
    {
        found["kind"] = recorded["kind"].clone();
    }
    holds(&recorded, &found, "").map_err(Into::into)
}

/// What the report says of the module.
fn judge(folder: &Path, frozen: &Path, module: &Path, word: Option<&str>) -> Result<Value, Failed> {
    let mut config = format!(
        "[environments.production]\n[policies.frozen]\nsource = {:?}\nenforcement = \"advisory\"\n",
        module.display().to_string()
    );
    if let Some(word) = word {
        let book = frozen.join("book.json").display().to_string();
        config.push_str(&format!(
            "settings = {{ word = {word:?} }}\ndocuments = {{ book = {book:?} }}\n"
        ));
    }
    fs::write(folder.join("tollgate.toml"), config)?;
    let checked = run(tollgate(folder)
        .args(["check", "-e", "production", "-o", "json"])
        .arg(frozen.join("plan.json")))?;
    checked.json()?["plans"][0]["policies"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|policy| policy["name"] == json!("frozen"))
        .cloned()
        .ok_or_else(|| format!("it did not run:\n{checked}").into())
}

/// Whether all that was recorded is still so. What is new since then is allowed: modules of an
/// earlier contract do not know it.
fn holds(recorded: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (recorded, found) {
        (Value::Object(old), Value::Object(new)) => old.iter().try_for_each(|(key, value)| {
            let found = new.get(key).unwrap_or(&Value::Null);
            holds(value, found, &format!("{at}/{key}"))
        }),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .enumerate()
            .try_for_each(|(index, (old, new))| holds(old, new, &format!("{at}/{index}"))),
        _ if recorded == found => Ok(()),
        _ => Err(format!("{at}: {found:#}\nit was {recorded:#}")),
    }
}
