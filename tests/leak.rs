//! Canaries through the real tools: where does plaintext turn up?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::{Failed, Trial};

use crate::exec::{CANARIES, project, shown, with_key};
use crate::tools::program;

/// Every secret is declared as one.
const CONFIGURATION: &str = r#"
variable "db_password" {
  type      = string
  sensitive = true
}
variable "database" {
  type      = object({ host = string, port = number })
  sensitive = true
}
variable "tls_key" {
  type      = string
  sensitive = true
}
variable "unused" {
  sensitive = true
}
variable "session" {
  type      = string
  ephemeral = true
}
resource "terraform_data" "one" {
  input = [var.db_password, var.database, var.tls_key, var.unused]
  provisioner "local-exec" {
    command = "sleep 0.3"
  }
}
"#;

pub(crate) fn trials() -> Vec<Trial> {
    ["tofu", "terraform"]
        .into_iter()
        .map(|tool| {
            let found = program(tool);
            let missing = found.is_none() || !cfg!(target_os = "linux");
            Trial::test(
                format!("leak::{tool}_shows_no_canary_anywhere"),
                move || leaks(&found.ok_or("the tool is missing")?),
            )
            .with_ignored_flag(missing)
        })
        .chain([
            Trial::test("leak::files_in_memory_show_no_canary_anywhere", in_files)
                .with_ignored_flag(!cfg!(target_os = "linux")),
            Trial::test("leak::the_daily_life_shows_no_canary_anywhere", daily)
                .with_ignored_flag(!cfg!(target_os = "linux")),
        ])
        .chain([Trial::test("leak::the_search_finds_what_is_there", finds)
            .with_ignored_flag(!cfg!(target_os = "linux"))])
        .collect()
}

/// The canaries as they are, in base64 wherever they begin, and as our variables file escapes them.
fn needles() -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    for canary in CANARIES {
        needles.push(canary.as_bytes().to_vec());
        let escaped: String = canary
            .chars()
            .map(|c| format!("\\u{:04x}", u32::from(c)))
            .collect();
        needles.push(escaped.into_bytes());
        for before in 0..3 {
            let shifted = [&vec![0; before], canary.as_bytes()].concat();
            let first = (before * 8usize).div_ceil(6);
            let whole = shifted.len() * 8 / 6;
            needles.push(base64(&shifted)[first..whole].to_vec());
        }
    }
    needles
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0, |sum, nth| {
            sum << 8 | u32::from(chunk.get(nth).copied().unwrap_or(0))
        });
        out.extend([18, 12, 6, 0].map(|shift| LETTERS[(number >> shift) as usize & 63]));
    }
    out
}

fn found(bytes: &[u8]) -> Option<String> {
    needles()
        .into_iter()
        .find(|needle| {
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_slice())
        })
        .map(|needle| String::from_utf8_lossy(&needle).into_owned())
}

/// What was seen of the processes: arguments and environments.
#[derive(Default)]
struct Watch {
    seen: BTreeMap<(i32, Vec<u8>), Vec<u8>>,
}

impl Watch {
    /// Looks at a process and all that descend from it.
    fn look(&mut self, family: &mut BTreeSet<i32>) {
        let mut processes = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<i32>().ok())
            else {
                continue;
            };
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent = stat
                .rsplit_once(") ")
                .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<i32>().ok());
            processes.push((pid, parent));
        }
        processes.sort_unstable();
        for (pid, parent) in processes {
            if parent.is_some_and(|parent| family.contains(&parent)) {
                family.insert(pid);
            }
            if family.contains(&pid) {
                let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
                let arguments = read("cmdline");
                let environment = read("environ");
                let before = self.seen.entry((pid, arguments)).or_default();
                if before.is_empty() {
                    *before = environment;
                }
            }
        }
    }
}

fn watched(folder: &Path, arguments: &[&str]) -> Result<(Output, Watch), Failed> {
    watched_with(folder, arguments, &[])
}

fn watched_with(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(Output, Watch), Failed> {
    let mut command = with_key(folder, "staging");
    let child = command
        .args(arguments)
        .envs(variables.iter().copied())
        .env("TMPDIR", folder.join("tmp"))
        .env("TF_LOG", "TRACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let root = i32::try_from(child.id())?;
    let ended = Arc::new(AtomicBool::new(false));
    let watching = Arc::clone(&ended);
    let watcher = std::thread::spawn(move || {
        let mut watch = Watch::default();
        let mut family = BTreeSet::from([root]);
        while !watching.load(Ordering::SeqCst) {
            watch.look(&mut family);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        watch
    });
    let output = child.wait_with_output()?;
    ended.store(true, Ordering::SeqCst);
    let watch = watcher.join().map_err(|_| "the watcher panicked")?;
    Ok((output, watch))
}

fn leaks(program: &Path) -> Result<(), Failed> {
    let folder = project("[environments.staging]\n[environments.production]\n")?;
    fs::write(folder.path().join("main.tf"), CONFIGURATION)?;
    fs::create_dir(folder.path().join("tmp"))?;
    let program = program.display().to_string();
    for step in [
        &["init", "-input=false"][..],
        &["plan", "-input=false", "-out=plan.bin"],
        &["show", "plan.bin"],
        &["apply", "-input=false", "plan.bin"],
        &["plan", "-input=false", "-json"],
        &["apply", "-input=false", "-auto-approve"],
        &["destroy", "-input=false", "-auto-approve"],
    ] {
        let mut arguments = vec!["exec", "-e", "staging", "--", &program];
        arguments.extend(step);
        let (output, watch) = watched(folder.path(), &arguments)?;
        if !output.status.success() {
            return Err(format!("{step:?}: {}", shown(&output)).into());
        }
        // TRACE says a lot; without it this would search nothing.
        if output.stderr.len() < 1_000 || watch.seen.is_empty() {
            return Err(format!("{step:?}: too little was seen").into());
        }
        let takes_variables = !step.contains(&"init") && !step.contains(&"show");
        if takes_variables && (output.stderr.len() < 10_000 || watch.seen.len() < 3) {
            return Err(format!("{step:?}: too little was seen of a run with secrets").into());
        }
        for (what, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if let Some(needle) = found(bytes) {
                return Err(format!("{step:?}: {what} shows {needle:?}").into());
            }
        }
        for ((pid, arguments), environment) in &watch.seen {
            for (what, bytes) in [("argv", arguments), ("environ", environment)] {
                if let Some(needle) = found(bytes) {
                    let name = String::from_utf8_lossy(arguments);
                    return Err(
                        format!("{step:?}: {what} of {pid} ({name}) shows {needle:?}").into(),
                    );
                }
            }
        }
        for path in files(folder.path()) {
            // The plan and the state are Terraform's, and hold what is not ephemeral: see SECURITY.md.
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name == "plan.bin" || name.starts_with("terraform.tfstate") {
                continue;
            }
            if let Some(needle) = found(&fs::read(&path)?) {
                return Err(format!("{step:?}: {} shows {needle:?}", path.display()).into());
            }
        }
        if step.contains(&"plan.bin") && step.contains(&"apply") {
            let state = fs::read(folder.path().join("terraform.tfstate"))?;
            let text = String::from_utf8_lossy(&state);
            // The control: what the documentation says is in there is found, and no more.
            if found(&state).is_none() || text.contains("ephemeralcanary1") {
                return Err("the state is not as SECURITY.md says".into());
            }
        }
        if step.contains(&"-out=plan.bin") {
            reports(folder.path(), &program)?;
        }
    }
    Ok(())
}

/// Looks for canaries in everything that a run left or showed.
fn quiet(step: &str, folder: &Path, output: &Output, watch: &Watch) -> Result<(), Failed> {
    for (what, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if let Some(needle) = found(bytes) {
            return Err(format!("{step}: {what} shows {needle:?}").into());
        }
    }
    if watch.seen.is_empty() {
        return Err(format!("{step}: no process was seen").into());
    }
    for ((pid, arguments), environment) in &watch.seen {
        for (what, bytes) in [("argv", arguments), ("environ", environment)] {
            if let Some(needle) = found(bytes) {
                let name = String::from_utf8_lossy(arguments);
                return Err(format!("{step}: {what} of {pid} ({name}) shows {needle:?}").into());
            }
        }
    }
    for path in files(folder) {
        if let Some(needle) = found(&fs::read(&path)?) {
            return Err(format!("{step}: {} shows {needle:?}", path.display()).into());
        }
    }
    Ok(())
}

/// A command reads its files, and all that it shows of them is a digest.
fn in_files() -> Result<(), Failed> {
    let folder = project("[environments.staging]\n[environments.production]\n")?;
    fs::create_dir(folder.path().join("tmp"))?;
    let script =
        r#"sha256sum < "$TLS_KEY"; sh -c 'sha256sum < "$TLS_KEY"'; sha256sum < "$DB"; sleep 0.3"#;
    for mask in [&[][..], &["--no-mask"]] {
        let mut arguments = vec![
            "exec",
            "-e",
            "staging",
            "--file",
            "TLS_KEY",
            "--file",
            "DB=database",
        ];
        arguments.extend(mask);
        arguments.extend(["--", "sh", "-c", script]);
        let (output, watch) = watched(folder.path(), &arguments)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let digests: Vec<&str> = text.lines().collect();
        // Read twice it is the same, and not nothing.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        match digests.as_slice() {
            [one, two, other] if one == two && one != other && !text.contains(empty) => {}
            _ => return Err(format!("{mask:?}: {}", shown(&output)).into()),
        }
        quiet("exec --file", folder.path(), &output, &watch)?;
    }
    Ok(())
}

/// Who edits, rotates, grants and revokes sees values in an editor, and nothing else does.
fn daily() -> Result<(), Failed> {
    const FILE: &str = "secrets.staging.enc.yaml";
    let folder = project("[environments.staging]\n[environments.production]\n")?;
    fs::create_dir(folder.path().join("tmp"))?;
    let editor = folder.path().join("editor");
    // It adds a value, so that all is written, and waits until it was seen.
    fs::write(
        &editor,
        "#!/bin/sh\ngrep -q canary \"$1\" || exit 9\necho 'added: other-value-1' >> \"$1\"\nsleep 0.3\n",
    )?;
    fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let made = with_key(folder.path(), "staging")
        .args(["secrets", "keygen", "-o", "other.txt"])
        .output()?;
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    let other = text
        .lines()
        .find_map(|line| line.strip_prefix("public key: "))
        .ok_or("no public key")?
        .to_owned();
    let editing = [("EDITOR", "./editor"), ("VISUAL", "")];
    for (arguments, variables) in [
        (&["edit", FILE][..], &editing[..]),
        (&["rotate", FILE], &[]),
        (&["grant", &other, FILE], &[]),
        (&["readers", "--all"], &[]),
        (&["revoke", &other, FILE], &[]),
    ] {
        let before = fs::read(folder.path().join(FILE))?;
        let mut all = vec!["secrets"];
        all.extend(arguments);
        let (output, watch) = watched_with(folder.path(), &all, variables)?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", shown(&output)).into());
        }
        let after = fs::read(folder.path().join(FILE))?;
        if (before == after) != arguments.contains(&"readers") {
            return Err(format!("{arguments:?}: {}", shown(&output)).into());
        }
        quiet(arguments[0], folder.path(), &output, &watch)?;
    }
    // The control: it holds what it held, and what was added.
    let output = with_key(folder.path(), "staging")
        .args(["secrets", "decrypt", FILE])
        .output()?;
    if found(&output.stdout).is_none()
        || !String::from_utf8_lossy(&output.stdout).contains("other-value-1")
    {
        return Err(shown(&output).into());
    }
    Ok(())
}

/// The plan as JSON has the secrets; no report of it does.
fn reports(folder: &Path, program: &str) -> Result<(), Failed> {
    let shown = with_key(folder, "staging")
        .args([
            "exec", "-e", "staging", "--", program, "show", "-json", "plan.bin",
        ])
        .output()?;
    if found(&shown.stdout).is_none() {
        return Err("show -json has no canary, so this shows nothing".into());
    }
    let plan = folder.join("tmp/plan.json");
    fs::write(&plan, &shown.stdout)?;
    for format in [
        "human", "json", "markdown", "sarif", "junit", "github", "tap",
    ] {
        if format
            .parse::<tollgate::report::output::OutputSpec>()
            .is_err()
        {
            continue;
        }
        let report = with_key(folder, "staging")
            .args(["check", "tmp/plan.json", "-e", "staging", "-o", format])
            .output()?;
        if report.stdout.is_empty() {
            return Err(format!("{format}: {}", crate::exec::shown(&report)).into());
        }
        if let Some(needle) = found(&[report.stdout, report.stderr].concat()) {
            return Err(format!("the {format} report shows {needle:?}").into());
        }
    }
    Ok(fs::remove_file(plan)?)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

/// A leak on purpose, in every place that is searched.
fn finds() -> Result<(), Failed> {
    let folder = project("[environments.staging]\n")?;
    fs::create_dir(folder.path().join("tmp"))?;
    let (output, watch) = watched(
        folder.path(),
        &[
            "exec",
            "-e",
            "staging",
            "--env",
            "--prefix",
            "A_",
            "--no-mask",
            "--",
            "sh",
            "-c",
            "echo $A_SESSION; echo $A_UNUSED | base64 >&2; echo $A_TLS_KEY > tmp/file; sh -c 'sleep 0.5; true' $A_SESSION",
        ],
    )?;
    let arguments = watch
        .seen
        .keys()
        .any(|(_, arguments)| found(arguments).is_some());
    let environments = watch
        .seen
        .values()
        .any(|environment| found(environment).is_some());
    let written = fs::read(folder.path().join("tmp/file"))?;
    if found(&output.stdout).is_none()
        || found(&output.stderr).is_none()
        || found(&written).is_none()
        || !arguments
        || !environments
        || !files(folder.path()).contains(&folder.path().join("tmp/file"))
    {
        return Err(format!("{arguments} {environments} {}", shown(&output)).into());
    }
    Ok(())
}
