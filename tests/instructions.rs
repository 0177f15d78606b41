//! Instruction counts guard against regressions where a clock cannot: callgrind counts
//! the same for the same binary and input, whatever else the machine does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::cli::root;

/// What a count may grow by before it counts as a regression, in percent. Threads and
/// the processor's own string routines move it by less than two.
const MARGIN: u64 = 10;

/// The plan that is counted, and the file that holds its count for a release build.
const PLAN: &str = "examples/plans/staging.json";
const RECORDED: &str = "benches/instructions.txt";

pub(crate) fn trials() -> Vec<Trial> {
    let valgrind = valgrind();
    // The recorded counts are those of optimised code, and recording one takes a run of it.
    let recorded = root().join(RECORDED).is_file() || std::env::var_os("TOLLGATE_BLESS").is_some();
    let can_run =
        recorded && valgrind.is_some() && !cfg!(debug_assertions) && cfg!(target_arch = "x86_64");
    vec![
        Trial::test("instructions::small_plan", move || {
            small_plan(valgrind.as_deref().ok_or("valgrind is not installed")?)
        })
        .with_ignored_flag(!can_run),
    ]
}

fn valgrind() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("valgrind"))
        .find(|path| path.is_file())
}

/// `TOLLGATE_BLESS=1` records the count anew.
fn small_plan(valgrind: &Path) -> Result<(), Failed> {
    let counted = count(valgrind)?;
    let recorded = root().join(RECORDED);
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&recorded, format!("{PLAN} {counted}\n"))?;
    }
    let text = fs::read_to_string(&recorded)?;
    let expected: u64 = text
        .strip_prefix(PLAN)
        .and_then(|rest| rest.trim().parse().ok())
        .ok_or_else(|| format!("{RECORDED} does not hold a count of {PLAN}"))?;
    let limit = expected + expected / 100 * MARGIN;
    if counted > limit {
        return Err(format!(
            "judging {PLAN} takes {counted} instructions; {expected} are recorded, and {MARGIN} % more are allowed.\n\
             If the new work is worth it, record it: TOLLGATE_BLESS=1 tests/run.sh instructions"
        )
        .into());
    }
    Ok(())
}

fn count(valgrind: &Path) -> Result<u64, Failed> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("callgrind.out");
    let output = Command::new(valgrind)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env!("CARGO_BIN_EXE_tollgate"))
        .args(["check", "-e", "staging", PLAN])
        .current_dir(root())
        // One thread, or waiting for work is counted as well.
        .env("RAYON_NUM_THREADS", "1")
        .output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("under valgrind: {}\n{errors}", output.status).into());
    }
    let profile = fs::read_to_string(&out)?;
    profile
        .lines()
        .find_map(|line| {
            line.strip_prefix("totals:")
                .or(line.strip_prefix("summary:"))
        })
        .and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| "callgrind wrote no total".into())
}
