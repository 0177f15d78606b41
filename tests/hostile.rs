//! Hostile policies, each in a whole run beside the built-in ones: it fails with its own
//! code and message, the others report, memory stays bounded, and a second run, with
//! whatever the first has cached, says the same.

mod cache;
mod guest;
mod loading;
mod running;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tollgate_model::library::{LIBRARY, Preset};

use self::guest::Guest;
use crate::cli::{Run, root, run, tollgate};

/// Writable memory of Tollgate, and of the compiler that it starts, in KiB: the kernel
/// refuses more. Address space is no measure: every linear memory reserves 4 GiB of it.
const MEMORY_KIB: u64 = 1 << 20;

/// Names a directory that keeps every hostile policy, for `benches/margins.py`.
const KEEP: &str = "TOLLGATE_KEEP_HOSTILE";

/// The bytes of a module. Some are large, so they are built only when they are needed.
type Built = Result<Vec<u8>, Failed>;

/// A hostile policy and what becomes of it.
struct Case {
    name: &'static str,
    module: Box<dyn FnOnce() -> Built + Send>,
    /// Its limits in the configuration.
    limits: &'static str,
    code: &'static str,
    message: &'static str,
}

fn case(
    name: &'static str,
    module: impl FnOnce() -> Built + Send + 'static,
    code: &'static str,
    message: &'static str,
) -> Case {
    Case {
        name,
        module: Box::new(module),
        limits: "",
        code,
        message,
    }
}

/// A folder with a policy and the configuration that uses it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(module: &[u8], limits: &str) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("hostile.wasm"), module)?;
        fs::write(
            folder.path().join("tollgate.toml"),
            format!(
                "[policies.hostile]\nsource = \"hostile.wasm\"\nenforcement = \"advisory\"\n\
                 [policies.hostile.limits]\n{limits}\n\
                 [policies.cost-cap.settings]\nunpriced = \"allow\"\n"
            ),
        )?;
        Ok(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs Tollgate in the folder, with a cache there, and with so much memory.
    fn tollgate(&self) -> Command {
        let plain = tollgate(self.folder.path());
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("ulimit -d {MEMORY_KIB} && exec \"$0\" \"$@\""))
            .arg(plain.get_program())
            .current_dir(self.folder.path())
            .stdin(std::process::Stdio::null())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_STATE_HOME", self.path("state"));
        command
    }

    fn check(&self) -> Result<Run, Failed> {
        let plan = fs::canonicalize(root().join("examples/plans/production.json"))?;
        run(self
            .tollgate()
            .args(["check", "--today", "2026-11-21", "-o", "json"])
            .arg(plan))
    }

    /// What `policy inspect` says of the policy's code.
    fn code(&self, more: &[(&str, &str)]) -> Result<String, Failed> {
        let run = run(self
            .tollgate()
            .args(["policy", "inspect", "hostile", "--json"])
            .envs(more.iter().copied()))?;
        run.expect(0)?;
        Ok(run.json()?["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The one entry of the cache.
    fn entry(&self) -> Result<PathBuf, Failed> {
        let mut entries = fs::read_dir(self.path("cache/tollgate/modules"))?;
        match (entries.next(), entries.next()) {
            (Some(entry), None) => Ok(entry?.path()),
            _ => Err("not one entry in the cache".into()),
        }
    }
}

fn hostile(case: Case) -> Result<(), Failed> {
    let place = Place::new(&(case.module)()?, case.limits)?;
    if let Some(folder) = std::env::var_os(KEEP) {
        let folder = PathBuf::from(folder).join(case.name);
        fs::create_dir_all(&folder)?;
        for file in ["hostile.wasm", "tollgate.toml"] {
            fs::copy(place.path(file), folder.join(file))?;
        }
    }
    let cold = place.check()?;
    cold.expect(4)?;
    let report = cold.json()?;
    let policies = report["plans"][0]["policies"].as_array();
    for policy in policies.into_iter().flatten() {
        let failure = &policy["failure"];
        if policy["name"] != json!("hostile") {
            // Of the others some have nothing to look at in this plan; this one does.
            let blind = policy["name"] == json!("cost-cap") && policy["changes_seen"] == json!(0);
            if !failure.is_null() || blind {
                return Err(format!("another policy suffers: {policy}").into());
            }
            continue;
        }
        let message = failure["message"].as_str().unwrap_or_default();
        let fits = failure["code"] == json!(case.code) && message.contains(case.message);
        if !fits || message.chars().any(char::is_control) {
            return Err(format!("expected {} ({}): {failure}", case.code, case.message).into());
        }
    }
    let recommended = LIBRARY
        .iter()
        .filter(|policy| policy.is_in(Preset::Recommended));
    let expected = recommended.count() + 1;
    if policies.map(Vec::len) != Some(expected) {
        return Err(format!("not {expected} policies: {report}").into());
    }
    let warm = place.check()?;
    if warm.stdout != cold.stdout || warm.code != cold.code {
        return Err(format!("a second run differs:\n{cold}\n{warm}").into());
    }
    Ok(())
}

/// A guest that does nothing wrong passes, so that the cases fail for what they do.
fn well_behaved() -> Result<(), Failed> {
    let place = Place::new(&Guest::new().build()?, "")?;
    let report = place.check()?.json()?;
    let seen: Vec<&Value> = report["plans"][0]["policies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|policy| policy["name"] == json!("hostile"))
        .collect();
    match seen.as_slice() {
        [policy] if policy["failure"].is_null() && policy["changes_seen"] != json!(0) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    running::cases()
        .into_iter()
        .chain(loading::cases())
        .map(|case| Trial::test(format!("hostile::{}", case.name), move || hostile(case)))
        .chain([Trial::test("hostile::one_that_is_not", well_behaved)])
        .chain(cache::trials())
        .collect()
}
