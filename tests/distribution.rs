//! What users install and run first: completions, manual pages, the check of a
//! configuration, many stacks at once, the action's scripts, and a run without anything.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::cli::{files, git, root, run, tollgate};

pub(crate) fn trials() -> Vec<Trial> {
    let unshare = can(Command::new("unshare").args(["-rn", "true"]));
    let actionlint = root().join(".tools/bin/actionlint");
    let linux = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    let jq = can(Command::new("jq").arg("--version"));
    let mut trials: Vec<Trial> = CONFIGS
        .iter()
        .map(|case| {
            Trial::test(format!("distribution::config_{}", case.name), || {
                config(case)
            })
        })
        .collect();
    trials.extend([
        Trial::test("distribution::completions", completions),
        Trial::test("distribution::manual_pages", manual_pages),
        Trial::test("distribution::no_configuration_to_check", nothing_to_check),
        Trial::test("distribution::many_stacks", many_stacks),
        // Needs namespaces of users, which some machines forbid.
        Trial::test("distribution::a_first_run_without_network", first_run)
            .with_ignored_flag(!unshare),
        // Needs actionlint from tests/tools.sh.
        Trial::test("distribution::workflows_and_scripts", {
            let actionlint = actionlint.clone();
            move || workflows(&actionlint)
        })
        .with_ignored_flag(!actionlint.is_file()),
        Trial::test("distribution::scripts_parse", scripts_parse).with_ignored_flag(!linux),
        Trial::test(
            "distribution::the_action_installs_what_the_checksum_says",
            action_installs,
        )
        .with_ignored_flag(!linux),
        Trial::test(
            "distribution::the_action_ends_with_the_exit_code",
            action_checks,
        )
        .with_ignored_flag(!linux),
        Trial::test(
            "distribution::the_action_replaces_its_comment_however_it_ends",
            action_comments,
        )
        .with_ignored_flag(!linux || !jq),
        Trial::test(
            "distribution::the_action_knows_who_approved",
            action_approvals,
        )
        .with_ignored_flag(!linux || !jq),
        Trial::test(
            "distribution::the_action_judges_by_the_base",
            action_judges_by_the_base,
        ),
    ]);
    trials
}

fn can(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn completions() -> Result<(), Failed> {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = run(tollgate(&root()).args(["completions", shell]))?;
        run.expect(0)?;
        for part in ["config-from", "inspect"] {
            if !run.stdout.contains(part) {
                return Err(format!("{shell}: no {part:?}").into());
            }
        }
        if shell == "bash" {
            let folder = tempfile::tempdir()?;
            let script = folder.path().join("tollgate.bash");
            fs::write(&script, &run.stdout)?;
            let complete = r#"source "$1"; COMP_WORDS=(tollgate che); COMP_CWORD=1; _tollgate tollgate che tollgate; echo "${COMPREPLY[@]}""#;
            let output = Command::new("bash")
                .args(["-c", complete, "bash"])
                .arg(&script)
                .output()?;
            if String::from_utf8_lossy(&output.stdout).trim() != "check" {
                return Err(format!("bash completes {output:?}").into());
            }
        }
    }
    run(tollgate(&root()).args(["completions", "csh"]))?.expect(2)
}

fn manual_pages() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    run(tollgate(&root()).arg("man").arg(folder.path()))?.expect(0)?;
    let pages = files(folder.path(), "1");
    let names: Vec<_> = pages
        .iter()
        .filter_map(|page| page.file_stem()?.to_str())
        .collect();
    for name in [
        "tollgate",
        "tollgate-check",
        "tollgate-policy-inspect",
        "tollgate-config-check",
    ] {
        if !names.contains(&name) {
            return Err(format!("no page {name} in {names:?}").into());
        }
    }
    let check = fs::read_to_string(folder.path().join("tollgate-check.1"))?;
    for part in [".TH", "config\\-from", "Exit codes"] {
        if !check.contains(part) {
            return Err(format!("no {part:?} in\n{check}").into());
        }
    }
    // One page to standard output; and nowhere to write to.
    let one = run(tollgate(&root()).arg("man"))?;
    one.expect(0)?;
    if one.stdout != fs::read_to_string(folder.path().join("tollgate.1"))? {
        return Err("`man` prints another page than it writes".into());
    }
    run(tollgate(&root()).args(["man", "nowhere/at/all"]))?.expect(2)
}

/// A configuration, the exit code, and what has to be said of it.
struct Config {
    name: &'static str,
    text: &'static str,
    code: i32,
    says: &'static [&'static str],
}

const CONFIGS: &[Config] = &[
    Config {
        name: "in_order",
        text: "[environments.production]\n[environments.staging]\n",
        code: 0,
        says: &[
            "tollgate.toml, 0 waivers",
            "production (protected): alarm-presence advisory, audit-trail",
            "staging",
        ],
    },
    Config {
        name: "empty",
        text: "",
        code: 0,
        says: &["production (protected)"],
    },
    Config {
        name: "unknown_key",
        text: "[environments.production]\nprotcted = true\n",
        code: 2,
        says: &["tollgate.toml:2:1", "did you mean `protected`?"],
    },
    Config {
        name: "setting_of_one_environment",
        text: "[environments.production]\n[environments.staging.policies.cost-cap]\nsettings = { monthly-cap = '9' }\n",
        code: 2,
        says: &["tollgate.toml:3", "monthly-cap"],
    },
    Config {
        name: "environment_that_is_none",
        text: "[environments.production.policies.parity.settings]\nwith = 'stagin'\n[environments.staging]\n",
        code: 2,
        says: &[
            "tollgate.toml:2",
            "`with` names `stagin`, which is no environment of this configuration",
            "name one of: production, staging",
        ],
    },
    Config {
        name: "environment_that_is_this_one",
        text: "[environments.production.policies.parity.settings]\nwith = 'production'\n",
        code: 2,
        says: &["`with` names `production`, which is this environment"],
    },
    Config {
        name: "bounds_that_nothing_meets",
        text: "[policies.instance-and-quota.settings.limits]\n'aws_autoscaling_group.max_size' = { min = 5, max = 2 }\n",
        code: 2,
        says: &["tollgate.toml:2", "has the `min` 5 above its `max` 2"],
    },
    Config {
        name: "rule_that_is_none",
        text: "[policies.cost-cap.rules]\nmonthly-totl = 'advisory'\n",
        code: 2,
        says: &["tollgate.toml:2", "monthly-total"],
    },
    Config {
        name: "module_that_is_nowhere",
        text: "[policies.own]\nsource = 'own.wasm'\n",
        code: 4,
        says: &[
            "FAILED",
            "own.wasm",
            "module-unreadable",
            "relative to that file",
        ],
    },
    Config {
        name: "digest_that_is_another",
        text: "[policies.cost-cap]\ndigest = 'sha256:0000000000000000000000000000000000000000000000000000000000000000'\n",
        code: 4,
        says: &["FAILED", "module-digest"],
    },
    Config {
        name: "waivers_that_end",
        text: "[[waivers]]\nrule = 'cost-cap/*'\naddress = '*'\nreason = 'r'\nowner = 'team'\nexpires = 2026-11-30\n\
               [[waivers]]\nrule = 'cost-cap/*'\naddress = 'a'\nreason = 'r'\nowner = 'team'\nexpires = 2026-11-01\n\
               [[waivers]]\nrule = 'cost-cap/*'\naddress = 'b'\nreason = 'r'\nowner = 'team'\nexpires = 2027-11-01\n",
        code: 0,
        says: &[
            "3 waivers",
            "at * ends in 9 days, on 2026-11-30: team (tollgate.toml:1)",
            "at a ended on 2026-11-01",
        ],
    },
];

fn config(case: &Config) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("tollgate.toml"), case.text)?;
    for named in [&[][..], &["tollgate.toml"][..]] {
        let run = run(tollgate(folder.path())
            .args(["config", "check", "--today", "2026-11-21"])
            .args(named))?;
        run.expect(case.code)?;
        let text = format!("{}{}", run.stdout, run.stderr);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in case.says {
            if !text.contains(part) {
                return Err(format!("no {part:?} in {run}").into());
            }
        }
        if text.contains("at b") {
            return Err(format!("a waiver of next year is told: {run}").into());
        }
    }
    Ok(())
}

fn nothing_to_check() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    let run = run(tollgate(folder.path()).args(["config", "check"]))?;
    run.expect(2)?;
    if !run
        .stderr
        .contains("there is no tollgate.toml here or above")
    {
        return Err(run.to_string().into());
    }
    Ok(())
}

/// Plans as `terragrunt run --all plan --json-out-dir` lays them out, and as a matrix does.
fn many_stacks() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let place = |from: &str, to: &str| -> Result<(), Failed> {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().unwrap_or(Path::new("/")))?;
        fs::copy(root().join("examples/plans").join(from), to)?;
        Ok(())
    };
    fs::copy(
        root().join("tollgate.toml"),
        folder.path().join("tollgate.toml"),
    )?;
    place("production.json", "plans/live/service/tfplan.json")?;
    place(
        "terraform/no-changes.json",
        "plans/live/network/tfplan.json",
    )?;
    place(
        "forms/no-changes.json",
        "plans/live/network/peering/tfplan.json",
    )?;
    let check = |arguments: &[&str]| {
        run(tollgate(folder.path())
            .args(["check", "-e", "production", "-o", "json"])
            .args(arguments))
    };
    let run = check(&["plans"])?;
    run.expect(0)?;
    let report = run.json()?;
    let names: Vec<_> = report["plans"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|plan| plan["input"]["path"].clone())
        .collect();
    let expected = [
        "plans/live/network/peering/tfplan.json",
        "plans/live/network/tfplan.json",
        "plans/live/service/tfplan.json",
    ];
    if names != expected.map(|name| json!(name)) {
        return Err(format!("{names:?}").into());
    }
    // One refusal refuses all, and says which stack it is.
    place(
        "violating/replaced-on-request.json",
        "plans/live/data/tfplan.json",
    )?;
    let run = check(&["plans"])?;
    run.expect(1)?;
    if run.json()?["plans"][0]["input"]["path"] != json!("plans/live/data/tfplan.json") {
        return Err(run.to_string().into());
    }
    // What is no plan is not passed over, and a directory without plans is no pass.
    fs::write(folder.path().join("plans/live/other.json"), "{}")?;
    check(&["plans"])?.expect(3)?;
    fs::create_dir(folder.path().join("empty"))?;
    let run = check(&["empty"])?;
    run.expect(3)?;
    if !run.stdout.contains("no file below it ends in `.json`") {
        return Err(run.to_string().into());
    }
    Ok(())
}

/// No configuration, no variables, no network, nowhere to write.
fn first_run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::copy(
        root().join("examples/plans/violating/replaced-on-request.json"),
        folder.path().join("plan.json"),
    )?;
    let mut command = Command::new("unshare");
    command
        .args(["-rn", env!("CARGO_BIN_EXE_tollgate"), "check", "plan.json"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null());
    let run = run(&mut command)?;
    run.expect(1)?;
    for part in [
        "no tollgate.toml: by convention",
        "deletion-protection/resource-replaced",
    ] {
        if !run.stdout.contains(part) {
            return Err(format!("no {part:?} in {run}").into());
        }
    }
    let left = fs::read_dir(folder.path())?.count();
    if left != 2 {
        return Err(format!("the run left files behind: {left}").into());
    }
    Ok(())
}

/// With shellcheck, where that is installed.
fn workflows(actionlint: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let workflows = folder.path().join(".github/workflows");
    fs::create_dir_all(&workflows)?;
    let mut checked = 0;
    for entry in fs::read_dir(root().join(".github/workflows"))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = name.strip_suffix(".example").unwrap_or(&name);
        // Ours, so that actionlint knows its inputs.
        let text = fs::read_to_string(&path)?;
        pinned(&text).map_err(|line| format!("{name}: not pinned: {line}"))?;
        let action = "your-organisation/tollgate/.github/actions/tollgate@";
        let own = text.replace(action, "./.github/actions/tollgate # ");
        fs::write(workflows.join(name), own)?;
        checked += 1;
    }
    let action = folder.path().join(".github/actions/tollgate");
    fs::create_dir_all(&action)?;
    fs::copy(
        root().join(".github/actions/tollgate/action.yml"),
        action.join("action.yml"),
    )?;
    fs::create_dir(folder.path().join(".git"))?;
    let output = Command::new(actionlint)
        .current_dir(folder.path())
        .args(["-no-color", "-shellcheck="])
        .output()?;
    if !output.status.success() || checked < 5 {
        let said = String::from_utf8_lossy(&output.stdout);
        return Err(format!("{checked} workflows\n{said}").into());
    }
    Ok(())
}

/// The release that an example installs, by the digest of its archive: a release can be replaced.
/// Otherwise what is wrong.
fn pinned(workflow: &str) -> Result<(), String> {
    let values = |key: &str| {
        let key = format!(" {key}: \"");
        workflow
            .lines()
            .filter_map(move |line| line.split_once(&key))
            .map(|(_, value)| value.trim_end_matches('"').to_owned())
            .collect::<Vec<_>>()
    };
    let digests = values("sha256");
    if values("version").len() != digests.len() {
        return Err("a `version` without its `sha256`".to_owned());
    }
    let is_digest = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match digests.iter().find(|digest| !is_digest(digest)) {
        Some(digest) => Err(digest.clone()),
        None => Ok(()),
    }
}

fn scripts() -> [PathBuf; 4] {
    [
        root().join(".github/release.sh"),
        root().join(".github/actions/tollgate/install.sh"),
        root().join(".github/actions/tollgate/check.sh"),
        root().join(".github/actions/tollgate/comment.sh"),
    ]
}

fn scripts_parse() -> Result<(), Failed> {
    for script in scripts() {
        let output = Command::new("bash").arg("-n").arg(&script).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
    }
    Ok(())
}

/// From a directory with a release's files: the binary of this build, and its checksum.
fn action_installs() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let release = folder.path().join("release");
    fs::create_dir_all(&release)?;
    let pack = format!(
        "mkdir tollgate-9.9.9-x86_64-linux && cp '{}' tollgate-9.9.9-x86_64-linux/tollgate \
         && tar -cf - tollgate-9.9.9-x86_64-linux | gzip -1 > release/tollgate-9.9.9-x86_64-linux.tar.gz \
         && cd release && sha256sum *.tar.gz > SHA256SUMS",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let packed = Command::new("bash")
        .args(["-ec", &pack])
        .current_dir(folder.path())
        .status()?;
    if !packed.success() {
        return Err("cannot pack".into());
    }
    // Stands in for `gh`: has the release 9.9.9 of one repository, in the folder that it was started in.
    let bin = folder.path().join("bin");
    fs::create_dir(&bin)?;
    let gh = format!(
        "#!/bin/sh\n[ \"$*\" = 'release download v9.9.9 --repo owner/tollgate \
         --pattern tollgate-9.9.9-x86_64-linux.tar.gz --pattern SHA256SUMS' ] || exit 1\n\
         cp '{}'/* .\n",
        release.display()
    );
    fs::write(bin.join("gh"), gh)?;
    fs::set_permissions(bin.join("gh"), PermissionsExt::from_mode(0o755))?;
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    )))?;
    // What a pull request would like to be installed instead, by every name that it could guess.
    let checkout = folder.path().join("checkout");
    let planted = "mkdir -p tollgate-9.9.9-x86_64-linux && cd tollgate-9.9.9-x86_64-linux \
         && printf '#!/bin/sh\\necho planted\\n' >tollgate && chmod +x tollgate && cd .. \
         && tar -czf tollgate-9.9.9-x86_64-linux.tar.gz tollgate-9.9.9-x86_64-linux \
         && sha256sum *.tar.gz >SHA256SUMS && cp SHA256SUMS expected \
         && for name in owner/tollgate other/tollgate v9.9.9; do mkdir -p \"$name\"; cp *.tar.gz SHA256SUMS \"$name\"; done";
    fs::create_dir(&checkout)?;
    let status = Command::new("bash")
        .args(["-ec", planted])
        .current_dir(&checkout)
        .status()?;
    if !status.success() {
        return Err("cannot plant".into());
    }
    let [_, script, ..] = scripts();
    let install = |repository: &str, version: &str, sha256: &str| {
        fs::write(folder.path().join("path"), "")?;
        Command::new("bash")
            .arg(&script)
            .current_dir(&checkout)
            .env("PATH", &path)
            .env("VERSION", version)
            .env("SHA256", sha256)
            .env("REPOSITORY", repository)
            .env("RUNNER_TEMP", folder.path())
            .env("GITHUB_PATH", folder.path().join("path"))
            .output()
    };
    let added = || fs::read_to_string(folder.path().join("path"));
    let sums = fs::read_to_string(release.join("SHA256SUMS"))?;
    let digest = sums.split(' ').next().unwrap_or_default().to_owned();
    for pinned in ["", digest.as_str()] {
        let output = install("owner/tollgate", "9.9.9", pinned)?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success()
            || !added()?.contains("tollgate-9.9.9")
            || !said.starts_with("tollgate ")
        {
            return Err(format!("{output:?}").into());
        }
    }
    let refused = |repository: &str, version: &str, sha256: &str, says: &str| {
        let output = install(repository, version, sha256)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let ran = String::from_utf8_lossy(&output.stdout).contains("planted");
        if output.status.success() || ran || !added()?.is_empty() || !said.contains(says) {
            return Err(Failed::from(format!("{output:?}")));
        }
        Ok(())
    };
    let own = "owner/tollgate";
    refused("other/tollgate", "9.9.9", "", "")?;
    for path in [".", "./owner/tollgate", "v9.9.9", "/tmp/a", "a/../b", ""] {
        refused(path, "9.9.9", "", "not the name of a repository")?;
    }
    refused(own, "9.9.9", &"0".repeat(64), "not what its checksum says")?;
    refused(own, "9.9.9", "latest", "not a digest")?;
    refused(own, "9.9.9; echo", "", "not the number of a release")?;
    refused(own, "9.9.8", "", "")?;
    fs::write(release.join("SHA256SUMS"), "")?;
    refused(own, "9.9.9", "", "does not name")?;
    fs::write(
        release.join("SHA256SUMS"),
        sums.replace(&digest, &"f".repeat(64)),
    )?;
    refused(own, "9.9.9", "", "not what its checksum says")
}

/// As on a push: no pull request to comment on, nothing to upload.
fn action_checks() -> Result<(), Failed> {
    let [_, _, script, _] = scripts();
    let folder = tempfile::tempdir()?;
    let bin = Path::new(env!("CARGO_BIN_EXE_tollgate"));
    let path = std::env::join_paths(bin.parent().map(Path::to_path_buf).into_iter().chain(
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
    ))?;
    for (plans, code) in [
        (
            "examples/plans/production.json\n\nexamples/plans/forms/no-changes.json\n",
            0,
        ),
        ("examples/plans/violating/replaced-on-request.json", 1),
        ("--no-such-plan", 3),
    ] {
        let output = folder.path().join("output");
        fs::write(&output, "")?;
        let ran = Command::new("bash")
            .arg(&script)
            .current_dir(root())
            .env("PATH", &path)
            .env("RUNNER_TEMP", folder.path())
            .env("GITHUB_OUTPUT", &output)
            .env("PLANS", plans)
            .env("ENVIRONMENT", "production")
            .env("COMMENT", "true")
            .output()?;
        let told = fs::read_to_string(&output)?;
        if ran.status.code() != Some(code) || !told.contains(&format!("exit-code={code}\n")) {
            return Err(format!("{plans}: {ran:?} {told}").into());
        }
    }
    // Nothing to judge is no pass, and neither is not to know what is meant.
    for (plans, plan, says) in [
        ("\n", "false", "there is nothing to judge"),
        ("plan.json", "true", "`plan` and `plans` are both there"),
    ] {
        let ran = Command::new("bash")
            .arg(&script)
            .env("PATH", &path)
            .env("RUNNER_TEMP", folder.path())
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("PLANS", plans)
            .env("PLAN", plan)
            .output()?;
        if ran.status.code() != Some(2) || !String::from_utf8_lossy(&ran.stderr).contains(says) {
            return Err(format!("{plans:?}, {plan}: {ran:?}").into());
        }
    }
    Ok(())
}

/// A folder in which `check.sh` runs as in a job: `gh` is a stand-in that answers from files and
/// keeps what it is asked to write.
struct Job {
    folder: tempfile::TempDir,
}

impl Job {
    fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let bin = folder.path().join("bin");
        fs::create_dir(&bin)?;
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tollgate"), bin.join("tollgate"))?;
        // `gh api [-X METHOD] PATH [--input FILE] [--jq FILTER]`
        let gh = r#"#!/usr/bin/env bash
method=GET path= body=
while (($# > 0)); do
  case $1 in
    api | --paginate) ;;
    -X) method=$2; shift ;;
    --input) body=$(jq -r .body "$2"); shift ;;
    --jq) filter=$2; shift ;;
    *) path=$1 ;;
  esac
  shift
done
if [[ $method == GET ]]; then
  [[ -e $ANSWERS/${path//\//_} ]] || exit 1
  jq -r "$filter" "$ANSWERS/${path//\//_}"
else
  printf '%s %s\n%s\n' "$method" "$path" "$body" >>"$ANSWERS/written"
fi
"#;
        fs::write(bin.join("gh"), gh)?;
        fs::set_permissions(bin.join("gh"), PermissionsExt::from_mode(0o755))?;
        fs::create_dir(folder.path().join("answers"))?;
        Ok(Self { folder })
    }

    fn answer(&self, path: &str, answer: &serde_json::Value) -> Result<(), Failed> {
        let file = self
            .folder
            .path()
            .join("answers")
            .join(path.replace('/', "_"));
        Ok(fs::write(file, answer.to_string())?)
    }

    fn run(&self, directory: &Path, variables: &[(&str, &str)]) -> Result<(i32, String), Failed> {
        let [_, _, script, _] = scripts();
        let written = self.folder.path().join("answers/written");
        fs::write(&written, "")?;
        let path = std::env::join_paths(std::iter::once(self.folder.path().join("bin")).chain(
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
        ))?;
        let output = Command::new("bash")
            .arg(&script)
            .current_dir(directory)
            .env("PATH", &path)
            .env("ANSWERS", self.folder.path().join("answers"))
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_OUTPUT", self.folder.path().join("output"))
            .env("GITHUB_REPOSITORY", "owner/name")
            .env("GITHUB_RUN_ID", "77")
            .env("PULL_REQUEST", "7")
            .envs(variables.iter().copied())
            .output()?;
        let said = format!(
            "{}{}",
            fs::read_to_string(&written)?,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok((output.status.code().unwrap_or(-1), said))
    }
}

fn action_comments() -> Result<(), Failed> {
    let job = Job::new()?;
    let comments = "repos/owner/name/issues/7/comments";
    let run = |environment: &str, plans: &str, comment: &str| {
        job.run(
            &root(),
            &[
                ("ENVIRONMENT", environment),
                ("PLANS", plans),
                ("COMMENT", comment),
            ],
        )
    };
    let good = "examples/plans/forms/no-changes.json";
    let bad = "examples/plans/violating/replaced-on-request.json";
    let marker = "<!-- tollgate:action:production -->";
    job.answer(comments, &json!([]))?;
    // The first one is new; it is this environment's.
    let (code, said) = run("production", good, "true")?;
    if code != 0 || !said.starts_with(&format!("POST {comments}\n{marker}\n")) {
        return Err(format!("{code} {said}").into());
    }
    // Without a report there is nothing to say of a pull request that was never told anything.
    let (code, said) = run("production", "", "true")?;
    if code != 2 || said.contains("POST") {
        return Err(format!("{code} {said}").into());
    }
    let by = |id: u32, kind: &str, environment: &str| {
        let body = format!("<!-- tollgate:action:{environment} -->\nPASSED");
        json!({"id": id, "user": {"type": kind}, "body": body})
    };
    job.answer(
        comments,
        &json!([
            by(1, "User", "production"),
            by(2, "Bot", "staging"),
            by(3, "Bot", "production"),
            by(4, "Bot", "production"),
        ]),
    )?;
    // From then on it is replaced: by what refuses, and where there is no report at all.
    for (plans, expected, says) in [
        (bad, 1, "resource-replaced"),
        ("", 2, "ended without a verdict"),
        ("--no-such-option", 3, "no-such-option"),
    ] {
        let (code, said) = run("production", plans, "true")?;
        let start = format!("PATCH repos/owner/name/issues/comments/3\n{marker}\n");
        if code != expected
            || !said.starts_with(&start)
            || !said.contains(says)
            || said.contains("PASSED")
            || !said.contains("DELETE repos/owner/name/issues/comments/4\n")
            || said.contains("comments/1\n")
            || said.contains("comments/2\n")
        {
            return Err(format!("{plans:?}: {code} {said}").into());
        }
    }
    // Another run of the same job has nothing of this one.
    let (code, said) = run("staging", "", "true")?;
    if code != 2 || said.contains("resource-replaced") || !said.contains("comments/2\n") {
        return Err(format!("{code} {said}").into());
    }
    let (code, said) = run("production", bad, "false")?;
    if code != 1 || said.contains("PATCH") || said.contains("POST") {
        return Err(format!("{code} {said}").into());
    }
    // Nothing of this changes what the job ends with.
    fs::remove_file(
        job.folder
            .path()
            .join("answers")
            .join(comments.replace('/', "_")),
    )?;
    let (code, said) = run("production", bad, "true")?;
    if code != 1 || !said.contains("::warning::the comments could not be read") {
        return Err(format!("{code} {said}").into());
    }
    Ok(())
}

/// A repository whose pull request switches the gate off, and what reviews are worth for it.
fn action_approvals() -> Result<(), Failed> {
    let job = Job::new()?;
    let repository = tempfile::tempdir()?;
    let git = |arguments: &[&str]| git(repository.path(), arguments);
    let file = repository.path().join("tollgate.toml");
    let base = "[project]\ngate-approvers = [\"*\"]\n[environments.production]\n";
    git(&["init", "-q", "-b", "main"])?;
    fs::write(&file, base)?;
    git(&["add", "-A"])?;
    git(&["commit", "-q", "-m", "base"])?;
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"])?;
    fs::write(
        &file,
        format!("{base}[policies.deletion-protection]\nenabled = false\n"),
    )?;
    git(&["commit", "-q", "-a", "-m", "off"])?;
    let head = git(&["rev-parse", "HEAD"])?;
    let plan = root().join("examples/plans/forms/no-changes.json");
    let plan = plan.display().to_string();
    let review = |who: &str, association: &str, state: &str, commit: &str| {
        json!({
            "user": {"login": who}, "author_association": association,
            "state": state, "commit_id": commit,
        })
    };
    let reviews = "repos/owner/name/pulls/7/reviews";
    let approved = |association: &str| json!([review("ann", association, "APPROVED", &head)]);
    job.answer("repos/owner/name/pulls/7", &json!({"head": {"sha": head}}))?;
    let variables = [
        ("ENVIRONMENT", "production"),
        ("PLANS", plan.as_str()),
        ("CONFIG_FROM", "refs/remotes/origin/main"),
        ("APPROVERS", "true"),
        ("HEAD_SHA", head.as_str()),
    ];
    for (answer, expected) in [
        (json!([]), 1),
        (approved("MEMBER"), 0),
        (approved("OWNER"), 0),
        (approved("COLLABORATOR"), 0),
        (approved("CONTRIBUTOR"), 1),
        (approved("FIRST_TIME_CONTRIBUTOR"), 1),
        (approved("NONE"), 1),
        (json!([review("ann", "MEMBER", "APPROVED", "0000")]), 1),
        (json!([review("ann", "MEMBER", "COMMENTED", &head)]), 1),
        (
            json!([
                review("ann", "MEMBER", "APPROVED", &head),
                review("ann", "MEMBER", "CHANGES_REQUESTED", &head),
            ]),
            1,
        ),
    ] {
        job.answer(reviews, &answer)?;
        let (code, said) = job.run(repository.path(), &variables)?;
        if code != expected {
            return Err(format!("{answer}: {code} {said}").into());
        }
    }
    // An entry of a merge queue is the same pull request, by a commit of GitHub's own.
    let queued = "refs/heads/gh-readonly-queue/main/pr-7-0123456789012345678901234567890123456789";
    for (answer, entry, expected) in [
        (approved("MEMBER"), queued, 0),
        (approved("NONE"), queued, 1),
        // Which one, cannot be told: nobody's.
        (approved("MEMBER"), "refs/heads/main", 1),
    ] {
        job.answer(reviews, &answer)?;
        let mut variables = variables.to_vec();
        variables.extend([
            ("PULL_REQUEST", ""),
            ("QUEUED", entry),
            ("HEAD_SHA", "0000"),
        ]);
        let (code, said) = job.run(repository.path(), &variables)?;
        if code != expected {
            return Err(format!("{entry} {answer}: {code} {said}").into());
        }
    }
    // Reviews that cannot be read are none.
    fs::remove_file(
        job.folder
            .path()
            .join("answers")
            .join(reviews.replace('/', "_")),
    )?;
    let (code, said) = job.run(repository.path(), &variables)?;
    if code != 1 || !said.contains("the reviews could not be read") {
        return Err(format!("{code} {said}").into());
    }
    Ok(())
}

/// For every event that has a base: what is judged never brings its own gate.
fn action_judges_by_the_base() -> Result<(), Failed> {
    let action = fs::read_to_string(root().join(".github/actions/tollgate/action.yml"))?;
    let from = action
        .split("\n  config-from:")
        .nth(1)
        .and_then(|rest| rest.split("default: ").nth(1))
        .and_then(|rest| rest.lines().next())
        .ok_or("no default of config-from")?;
    for event in [
        "github.event.pull_request.base.ref",
        "github.event.merge_group.base_sha",
    ] {
        if !from.contains(event) {
            return Err(format!("{event} is not in {from}").into());
        }
    }
    Ok(())
}
