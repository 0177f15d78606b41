//! Signals in the middle of an apply leave what the tool itself would leave.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal};

use super::Test;
use super::project::{Project, STAGING};

/// How long anything may take that takes seconds; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn trials() -> Vec<(&'static str, Test)> {
    vec![
        ("ends_in_order_on_a_signal", signals as Test),
        ("is_told_once_whoever_is_told", everybody),
        ("leaves_a_lock_that_names_it_when_killed", killed),
        ("goes_on_whenever_it_was_killed", killed_at_any_moment),
        ("says_that_the_tool_was_killed", tool_killed),
    ]
}

fn until<T>(what: &str, mut check: impl FnMut() -> Result<Option<T>, Failed>) -> Result<T, Failed> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = check()? {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("waited in vain for {what}").into())
}

/// An apply whose provisioner has begun, and takes as long.
fn begun(project: &Project, seconds: &str) -> Result<Child, Failed> {
    let _ = fs::remove_file(project.path("begun"));
    let log = fs::File::create(project.path("log"))?;
    let mut command = project.command(STAGING, &["apply", "-e", "staging"]);
    let child = command
        .env("SECONDS_TO_SLEEP", seconds)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()?;
    until("the provisioner to begin", || {
        Ok(project.path("begun").exists().then_some(()))
    })?;
    Ok(child)
}

fn id(child: &Child) -> Result<Pid, Failed> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    id.ok_or_else(|| "no process id".into())
}

/// The lock of the tool's own, in whichever place.
fn state_is_locked(project: &Project) -> Result<bool, Failed> {
    let folder = project.path("terraform.tfstate.d/staging");
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.to_string_lossy().contains("lock.info") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn signals(project: &Project) -> Result<(), Failed> {
    for (signal, to_group) in [
        (Signal::INT, false),
        (Signal::TERM, false),
        (Signal::HUP, false),
        (Signal::INT, true),
        (Signal::HUP, true),
    ] {
        let project = Project::new(&project.program)?;
        let mut child = begun(&project, "60")?;
        if !state_is_locked(&project)? {
            return Err("apply holds no lock, so this shows nothing".into());
        }
        let pid = id(&child)?;
        if to_group {
            rustix::process::kill_process_group(pid, signal)?;
        } else {
            rustix::process::kill_process(pid, signal)?;
        }
        let status = until("the end", || Ok(child.try_wait()?))?;
        let log = project.read("log")?;
        let ended = status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal));
        if ended != Some(128 + signal.as_raw()) || !log.contains("ended in order") {
            return Err(format!("{signal:?}: {status}: {log}").into());
        }
        if state_is_locked(&project)? {
            return Err(format!("{signal:?}: the state is still locked: {log}").into());
        }
        project.quiet()?;
        // Nobody holds anything: the next one goes on.
        project
            .run(STAGING, &["apply", "-e", "staging"])?
            .expect(0, &["Applied staging"])?;
    }
    Ok(())
}

/// The processes of the tool that work in the project, without those that they started.
fn tools(project: &Project) -> Result<Vec<Pid>, Failed> {
    let folder = fs::canonicalize(project.path("."))?;
    let name = project.program.file_name();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let link = |link: &str| fs::read_link(entry.path().join(link)).ok();
        if link("cwd").is_some_and(|at| at == folder)
            && link("exe").is_some_and(|exe| exe.file_name() == name)
        {
            found.extend(Pid::from_raw(pid));
        }
    }
    Ok(found)
}

/// A service manager and some CI systems signal every process, and again: the tool must not count
/// that as twice, on which it drops what it has not written.
fn everybody(project: &Project) -> Result<(), Failed> {
    for signals in [
        &[Signal::TERM][..],
        &[Signal::TERM, Signal::HUP],
        &[Signal::INT, Signal::TERM],
    ] {
        let project = Project::new(&project.program)?;
        let mut child = begun(&project, "60")?;
        let mut all = tools(&project)?;
        if all.is_empty() {
            return Err("the tool is not there, so this shows nothing".into());
        }
        all.push(id(&child)?);
        for pid in all {
            rustix::process::kill_process(pid, signals[0])?;
        }
        // The rest to Tollgate alone, which is not to pass it on.
        for signal in &signals[1..] {
            let _ = rustix::process::kill_process(id(&child)?, *signal);
        }
        until("the end", || Ok(child.try_wait()?))?;
        let log = project.read("log")?;
        if !log.contains("ended in order") || log.contains("Two interrupts") {
            return Err(format!("{signals:?}: {log}").into());
        }
        if state_is_locked(&project)? || project.state(STAGING)?.is_none() {
            return Err(format!("{signals:?}: a lock is left, or no state: {log}").into());
        }
        project
            .run(STAGING, &["history"])?
            .expect(0, &["INTERRUPTED"])?;
    }
    Ok(())
}

/// Whenever it was killed, the next one goes on, at most with the words that a refusal gives.
fn killed_at_any_moment(project: &Project) -> Result<(), Failed> {
    type Moment = (&'static str, fn(&Project) -> bool);
    fn logged(project: &Project, words: &str) -> bool {
        project.read("log").is_ok_and(|log| log.contains(words))
    }
    let moments: [Moment; 10] = [
        ("at once", |_| true),
        ("before it initialises", |project| {
            project.path(".terraform/tollgate.pid").exists()
        }),
        ("while it initialises", |project| {
            project.path(".terraform/terraform.tfstate").exists()
        }),
        ("once there is a workspace", |project| {
            project.path("terraform.tfstate.d/staging").exists()
        }),
        ("once it has the lock", |project| {
            project.path(".tollgate/lock.json").exists()
        }),
        ("once it is planned", |project| {
            logged(project, "Plan: 1 to add")
        }),
        ("once it is judged", |project| logged(project, "PASSED")),
        ("in the middle", |project| project.path("begun").exists()),
        ("once all is made", |project| {
            logged(project, "Creation complete")
        }),
        ("at the end", |project| logged(project, "Apply complete!")),
    ];
    for (name, moment) in moments {
        let project = Project::new(&project.program)?;
        let log = fs::File::create(project.path("log"))?;
        let mut command = project.command(STAGING, &["apply", "-e", "staging"]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        until(name, || {
            let ended = child.try_wait()?.is_some();
            Ok((ended || moment(&project)).then_some(()))
        })?;
        let _ = child.kill();
        child.wait()?;
        until("the tool to end", || {
            Ok(tools(&project)?.is_empty().then_some(()))
        })?;
        let apply = ["apply", "-e", "staging"];
        let mut next = project.run(STAGING, &apply)?;
        if next.code == 7 {
            let id = next
                .stderr
                .split("--break-lock ")
                .nth(1)
                .and_then(|rest| rest.split([' ', '`', '\n']).next())
                .ok_or_else(|| format!("{name}: no way on: {next}"))?
                .to_owned();
            next = project.run(STAGING, &[&apply[..], &["--break-lock", &id]].concat())?;
            project
                .run(STAGING, &["history"])?
                .expect(0, &["UNFINISHED", "LOCK BROKEN", &id])?;
        }
        next.expect(0, &["Applied staging"])
            .map_err(|error| format!("{name}: {error:?}"))?;
        project.quiet()?;
    }
    Ok(())
}

/// Nothing says that all is well where nobody can know.
fn tool_killed(project: &Project) -> Result<(), Failed> {
    let mut child = begun(project, "60")?;
    for pid in tools(project)? {
        rustix::process::kill_process(pid, Signal::KILL)?;
    }
    let status = until("the end", || Ok(child.try_wait()?))?;
    let log = project.read("log")?;
    if status.code() != Some(8) || !log.contains("was killed (SIGKILL)") {
        return Err(format!("{status}: {log}").into());
    }
    project.run(STAGING, &["history"])?.expect(0, &["FAILED"])
}

/// The apply goes on to its end, as it would under a shell that dies; the project stays locked.
fn killed(project: &Project) -> Result<(), Failed> {
    let mut child = begun(project, "8")?;
    rustix::process::kill_process(id(&child)?, Signal::KILL)?;
    child.wait()?;
    // Nobody gets past the lock before that.
    project
        .run(STAGING, &["apply", "-e", "staging", "--break-lock", "any"])?
        .expect(7, &["still at work"])?;
    until("the apply to finish", || {
        Ok(project
            .read("log")?
            .contains("Apply complete!")
            .then_some(()))
    })?;
    until("the state's lock to go", || {
        Ok((!state_is_locked(project)?).then_some(()))
    })?;
    let state = project.state(STAGING)?.ok_or("there is no state")?;
    if state["resources"][0]["instances"][0]["status"] == "tainted"
        || state["resources"].as_array().map_or(0, Vec::len) != 1
    {
        return Err(format!("{state}").into());
    }
    project.quiet()?;
    let refused = project.run(STAGING, &["apply", "-e", "staging"])?;
    refused.expect(
        7,
        &["the tool that it started may still run", "--break-lock"],
    )?;
    let id = refused
        .stderr
        .split("--break-lock ")
        .nth(1)
        .and_then(|rest| rest.split([' ', '`', '\n']).next())
        .ok_or("no ID is named")?;
    project
        .run(
            STAGING,
            &["apply", "-e", "staging", "--break-lock", "another"],
        )?
        .expect(7, &["the lock `another` is gone"])?;
    project
        .run(STAGING, &["apply", "-e", "staging", "--break-lock", id])?
        .expect(0, &["Applied staging"])?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["Applied staging"])
}
