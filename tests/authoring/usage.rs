//! What `policy test` and its like go by: limits, pieces, options.

use std::fs;

use libtest_mimic::Failed;

use super::{CASE, METADATA, MODULE, PASSING, command, command_with, folder};
use crate::cli::{root, run, tollgate};

pub(super) fn limits() -> Result<(), Failed> {
    let folder = folder(CASE)?;
    // 320 MiB, and 256 are the default.
    let module = command_with(METADATA, r#"{"evaluation":{"findings":[]}}"#, 5_120)?;
    fs::write(folder.path().join("policy.wasm"), module)?;
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let outside = tempfile::tempdir()?;
    let inside = outside.path().join("told");
    std::os::unix::fs::symlink(folder.path(), &inside)?;
    let raise =
        |table: &str| format!("raise `memory-mib` in `{table}` of tollgate.toml, to at most");
    for (toml, passes, told) in [
        ("", false, raise("[limits]")),
        ("[limits]\nmemory-mib = 400\n", true, String::new()),
        (
            "[policies.told]\nsource = \"policy.wasm\"\n",
            false,
            raise("[policies.told.limits]"),
        ),
        (
            "[policies.told]\nsource = \"policy.wasm\"\nlimits = { memory-mib = 400 }\n",
            true,
            String::new(),
        ),
        (
            "[limits]\nmemory-mib = 400\n[policies.told]\nsource = \"policy.wasm\"\nlimits = { memory-mib = 300 }\n",
            false,
            raise("[policies.told.limits]"),
        ),
    ] {
        fs::write(folder.path().join("tollgate.toml"), toml)?;
        let from_outside = run(tollgate(outside.path()).args(["policy", "test", "told"]))?;
        let from_inside = run(tollgate(folder.path()).args(["policy", "test"]))?;
        let bench = run(tollgate(folder.path()).args(["policy", "bench"]).arg(&plan))?;
        for ran in [from_outside, from_inside, bench] {
            if passes {
                ran.expect(0)?;
                continue;
            }
            ran.expect(4)?;
            ran.says(&told)?;
        }
        if toml.contains("policies") {
            let ran = run(tollgate(folder.path()).arg("check").arg(&plan))?;
            if (ran.code == 4) == passes {
                return Err(format!("{toml}: `check` is of another opinion:\n{ran}").into());
            }
        }
    }
    Ok(())
}

pub(super) fn in_pieces() -> Result<(), Failed> {
    const TWO: &str = "[[case]]\nname = \"two\"\nexpect = EXPECTED\n[[case.changes]]\naddress = \"aws_x.y\"\nafter = {}\n[[case.changes]]\naddress = \"aws_x.z\"\nafter = {}\n";
    // It finds the same, whatever it is handed: of the plan as a whole, or of one of the changes.
    let whole =
        r#"{"evaluation":{"findings":[{"rule":"some-rule","outcome":"violation","message":"m"}]}}"#;
    let one = r#"{"evaluation":{"findings":[{"rule":"some-rule","outcome":"violation","address":"aws_x.y","message":"m"}]}}"#;
    let nothing = r#"{"evaluation":{"findings":[]}}"#;
    for (says, evaluate, expected, code, told) in [
        ("", whole, "[{ rule = \"some-rule\" }]", 0, ""),
        (
            r#""chunkable":true,"#,
            whole,
            "[{ rule = \"some-rule\" }]",
            1,
            "+ one at a time: some-rule at the plan as a whole",
        ),
        (
            r#""chunkable":true,"#,
            one,
            "[{ rule = \"some-rule\", address = \"aws_x.y\" }]",
            1,
            "fails when it is handed one change at a time",
        ),
        (
            r#""chunkable":true,"together":["aws_x"],"#,
            one,
            "[{ rule = \"some-rule\", address = \"aws_x.y\" }]",
            0,
            "",
        ),
        (r#""chunkable":true,"#, nothing, "[]", 0, ""),
    ] {
        let metadata = METADATA.replace(r#""name":"told","#, &format!(r#""name":"told",{says}"#));
        let folder = folder(&TWO.replace("EXPECTED", expected))?;
        fs::write(
            folder.path().join("policy.wasm"),
            command(&metadata, evaluate)?,
        )?;
        let ran = run(tollgate(folder.path()).args(["policy", "test"]))?;
        ran.expect(code)?;
        ran.says(told)?;
        // What is expected is right, and so there is nothing to write.
        let text = fs::read_to_string(folder.path().join("tests/cases.toml"))?;
        run(tollgate(folder.path()).args(["policy", "test", "--update"]))?.expect(code)?;
        if fs::read_to_string(folder.path().join("tests/cases.toml"))? != text {
            return Err(format!("{expected} was written anew").into());
        }
    }
    Ok(())
}

/// `-o` is what `check` has; the names before are read, and not shown.
pub(super) fn old_names() -> Result<(), Failed> {
    let folder = folder(PASSING)?;
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let plan = plan.display().to_string();
    let plan = plan.as_str();
    for (new, old) in [
        (
            vec!["test", "--module", MODULE, "-o", "tap"],
            vec!["test", "--module", MODULE, "--format", "tap"],
        ),
        (
            vec![
                "mutate",
                plan,
                "--module",
                MODULE,
                "--mutants",
                "20",
                "--output",
                "json",
            ],
            vec![
                "mutate", plan, "--policy", MODULE, "--limit", "20", "--format", "json",
            ],
        ),
        (
            vec!["inspect", MODULE, "-o", "json"],
            vec!["inspect", MODULE, "--json"],
        ),
    ] {
        let told = |arguments: &[&str]| -> Result<String, Failed> {
            let ran = run(tollgate(folder.path()).arg("policy").args(arguments))?;
            ran.expect(0)?;
            Ok(ran.stdout)
        };
        if told(&new)? != told(&old)? {
            return Err(format!("{new:?} is not {old:?}").into());
        }
        let help = told(&[new[0], "--help"])?;
        for name in ["--format", "--policy", "--limit "] {
            if help.contains(name) {
                return Err(format!("{name} is shown:\n{help}").into());
            }
        }
    }
    let json = run(tollgate(folder.path()).args([
        "policy", "bench", plan, "--module", MODULE, "-e", "staging", "--format", "json",
    ]))?;
    json.json()?;
    Ok(())
}
