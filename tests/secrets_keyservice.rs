//! Keys that Tollgate has no source of its own for, through sops' key service: with the real sops, and a
//! real OpenPGP key that gpg makes.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, finish, given, tollgate};
use crate::exec::until;
use crate::sources::{Moto, has_moto};
use crate::tools::program;

/// In values, and in no message.
const CANARY: &str = "keyservice-canary-4711";
const PLAIN: &str = "token: keyservice-canary-4711\nport: 5432\n";

pub(crate) fn trials() -> Vec<Trial> {
    let (sops, gpg) = (program("sops"), program("gpg"));
    let missing = sops.is_none() || gpg.is_none();
    let mut trials = vec![
        Trial::test("keyservice::a_killed_command_leaves_no_service", killed),
        Trial::test("keyservice::without_sops_that_is_said", without_sops),
    ];
    for (name, test) in [
        (
            "sops_and_an_openpgp_key_open_and_write",
            pgp as fn(&Gpg) -> Result<(), Failed>,
        ),
        ("a_service_that_runs_is_asked", running),
        ("what_gpg_says_is_said", refused),
    ] {
        let sops = sops.clone();
        let trial = Trial::test(format!("keyservice::{name}"), move || {
            test(&Gpg::new(sops.clone().ok_or("sops is missing")?)?)
        });
        trials.push(trial.with_ignored_flag(missing));
    }
    let found = program("sops");
    let missing = found.is_none() || !has_moto();
    trials.push(
        Trial::test("keyservice::a_key_of_aws_without_credentials", move || {
            of_aws(&found.ok_or("sops is missing")?)
        })
        .with_ignored_flag(missing),
    );
    trials
}

/// A home of gpg with one key, and a project whose files are for it.
struct Gpg {
    sops: PathBuf,
    /// Short: sockets are in it.
    home: tempfile::TempDir,
    fingerprint: String,
    folder: tempfile::TempDir,
}

impl Gpg {
    fn new(sops: PathBuf) -> Result<Self, Failed> {
        let home = tempfile::Builder::new().prefix("tg").tempdir_in("/tmp")?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700))?;
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(".git"))?;
        let mut gpg = Self {
            sops,
            home,
            fingerprint: String::new(),
            folder,
        };
        gpg.gpg(&[
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "Tollgate test <test@example.org>",
            "future-default",
            "default",
            "never",
        ])?;
        let listed = gpg.gpg(&["--list-keys", "--with-colons"])?;
        gpg.fingerprint = listed
            .lines()
            .find_map(|line| line.strip_prefix("fpr:"))
            .map(|line| line.trim_matches(':').to_owned())
            .ok_or("no key was made")?;
        let rules = format!("creation_rules:\n  - pgp: {}\n", gpg.fingerprint);
        fs::write(gpg.path(".sops.yaml"), rules)?;
        Ok(gpg)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn gpg(&self, arguments: &[&str]) -> Result<String, Failed> {
        let output = finish(
            Command::new("gpg")
                .env("GNUPGHOME", self.home.path())
                .args(arguments),
        )?;
        output.expect(0)?;
        Ok(output.stdout)
    }

    fn sops(&self, arguments: &[&str]) -> Result<String, Failed> {
        let output = finish(
            Command::new(&self.sops)
                .current_dir(self.folder.path())
                .env("GNUPGHOME", self.home.path())
                .env("HOME", self.folder.path())
                .env_remove("SOPS_AGE_KEY_FILE")
                .args(arguments),
        )?;
        output.expect(0)?;
        Ok(output.stdout)
    }

    /// Tollgate with sops on the `PATH`, and a place for sockets that can be looked at.
    fn tollgate(&self, arguments: &[&str]) -> Result<Command, Failed> {
        let place = self.home.path().join("run");
        if !place.is_dir() {
            fs::create_dir(&place)?;
        }
        let folder = self.sops.parent().ok_or("sops is in no folder")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path)),
        )?;
        let mut command = alone(self.folder.path());
        command
            .env("PATH", path)
            .env("GNUPGHOME", self.home.path())
            .env("XDG_RUNTIME_DIR", place)
            .args(arguments);
        Ok(command)
    }

    fn run(&self, arguments: &[&str], input: &str, code: i32) -> Result<String, Failed> {
        let output = given(&mut self.tollgate(arguments)?, input)?;
        output.expect(code)?;
        let left: Vec<_> = fs::read_dir(self.home.path().join("run"))?.collect();
        if !left.is_empty() {
            return Err(format!("{arguments:?}: a service was left behind: {left:?}").into());
        }
        Ok(output.stdout)
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .env("GNUPGHOME", self.home.path())
            .args(["--kill", "gpg-agent"])
            .status();
    }
}

/// Tollgate without any key.
fn alone(folder: &Path) -> Command {
    let mut command = tollgate(folder);
    for variable in [
        "SOPS_AGE_KEY",
        "SOPS_AGE_KEY_FILE",
        "SOPS_AGE_KEY_CMD",
        "SOPS_KEYSERVICE",
        "SOPS_ENABLE_LOCAL_KEYSERVICE",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
    ] {
        command.env_remove(variable);
    }
    command.env("HOME", folder);
    command
}

fn pgp(gpg: &Gpg) -> Result<(), Failed> {
    // What sops wrote is read.
    for (name, text) in [
        ("a.yaml", PLAIN),
        ("a.json", "{\"token\": \"keyservice-canary-4711\"}"),
        ("a.env", "token=keyservice-canary-4711\n"),
        ("a.ini", "[s]\ntoken = keyservice-canary-4711\n"),
        ("a.bin", "keyservice-canary-4711"),
    ] {
        fs::write(gpg.path(name), text)?;
        gpg.sops(&["encrypt", "--in-place", name])?;
        if fs::read_to_string(gpg.path(name))?.contains(CANARY) {
            return Err(format!("{name} is not encrypted").into());
        }
        let text = gpg.run(&["secrets", "decrypt", name], "", 0)?;
        if text != gpg.sops(&["decrypt", name])? || !text.contains(CANARY) {
            return Err(format!("{name}: {text}").into());
        }
        // A new data key, sealed to gpg's key.
        let before = fs::read_to_string(gpg.path(name))?;
        gpg.run(&["secrets", "rotate", name], "", 0)?;
        let after = fs::read_to_string(gpg.path(name))?;
        if before == after || gpg.sops(&["decrypt", name])? != text {
            return Err(format!("{name}: sops reads something else after `rotate`").into());
        }
    }
    // What is made here is read by sops.
    fs::write(
        gpg.path("main.tf"),
        "variable \"token\" {\n  sensitive = true\n}\n",
    )?;
    gpg.run(&["secrets", "init", "new.yaml", "--no-input"], "", 0)?;
    gpg.run(&["secrets", "set", "new.yaml", "token"], CANARY, 0)?;
    if !gpg.sops(&["decrypt", "new.yaml"])?.contains(CANARY) {
        return Err("sops does not read what was made".into());
    }
    gpg.run(
        &["secrets", "set", "a.yaml", "password"],
        "second-canary",
        0,
    )?;
    if !gpg.sops(&["decrypt", "a.yaml"])?.contains("second-canary") {
        return Err("sops does not see what was set".into());
    }
    // One more reader, and the first one gone.
    let key = gpg.path("key.txt");
    let made = gpg.run(
        &["secrets", "keygen", "-o", &key.display().to_string()],
        "",
        0,
    )?;
    let age = made
        .lines()
        .find_map(|line| line.strip_prefix("public key: "))
        .ok_or("no public key")?;
    let rules = |who: &str| {
        fs::write(
            gpg.path(".sops.yaml"),
            format!("creation_rules:\n  - {who}\n"),
        )
    };
    rules(&format!("pgp: {}\n    age: {age}", gpg.fingerprint))?;
    gpg.run(&["secrets", "sync", "a.yaml"], "", 0)?;
    let with_age = |arguments: &[&str]| -> Result<Run, Failed> {
        let mut command = alone(gpg.folder.path());
        command
            .env("SOPS_AGE_KEY_FILE", &key)
            .env("PATH", "/usr/bin:/bin");
        given(command.args(arguments), "")
    };
    with_age(&["secrets", "decrypt", "a.yaml"])?.expect(0)?;
    if !gpg.sops(&["decrypt", "a.yaml"])?.contains(CANARY) {
        return Err("sops does not read it after `sync`".into());
    }
    // Several groups: one share is gpg's, one is age's.
    rules(&format!(
        "key_groups:\n      - pgp: [{}]\n      - age: [{age}]",
        gpg.fingerprint
    ))?;
    let mut command = gpg.tollgate(&["secrets", "sync", "a.yaml"])?;
    given(command.env("SOPS_AGE_KEY_FILE", &key), "")?.expect(0)?;
    let mut command = gpg.tollgate(&["secrets", "decrypt", "a.yaml"])?;
    given(command.env("SOPS_AGE_KEY_FILE", &key), "")?.expect(0)?;
    let half = given(&mut gpg.tollgate(&["secrets", "decrypt", "a.yaml"])?, "")?;
    half.expect(6)?;
    let shown = half.to_string();
    if shown.contains(CANARY) || !shown.contains("1 of 2 key groups opened") {
        return Err(shown.into());
    }
    Ok(())
}

/// A service that somebody has started, in a directory of its own.
struct Service(Child, PathBuf);

impl Service {
    /// `sops keyservice`, with what it needs in its environment, and its socket in a folder.
    fn start(sops: &Path, folder: &Path, environment: &[(&str, &OsStr)]) -> Result<Self, Failed> {
        let socket = folder.join("own.sock");
        let child = Command::new(sops)
            .args(["keyservice", "--network", "unix", "--address"])
            .arg(&socket)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let started = Self(child, socket);
        until("the service to listen", || {
            let listens = std::os::unix::net::UnixStream::connect(&started.1).is_ok();
            Ok(listens.then_some(()))
        })?;
        Ok(started)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn running(gpg: &Gpg) -> Result<(), Failed> {
    fs::write(gpg.path("a.yaml"), PLAIN)?;
    gpg.sops(&["encrypt", "--in-place", "a.yaml"])?;
    let home = gpg.home.path();
    let service = Service::start(&gpg.sops, home, &[("GNUPGHOME", home.as_os_str())])?;
    let address = format!("unix://{}", service.1.display());
    // Neither gpg's home nor sops is within reach of Tollgate itself.
    let asks = |arguments: &[&str], variable: &str, input: &str| -> Result<Run, Failed> {
        let mut command = alone(gpg.folder.path());
        command
            .env("PATH", "/nowhere")
            .env("SOPS_KEYSERVICE", variable)
            .args(arguments);
        given(&mut command, input)
    };
    for (arguments, variable) in [
        (&["secrets", "decrypt", "a.yaml"][..], address.as_str()),
        (
            &["secrets", "decrypt", "a.yaml"],
            &format!("unix:///nowhere/s, {address}"),
        ),
        (
            &["--keyservice", &address, "secrets", "decrypt", "a.yaml"],
            "unix:///nowhere/s",
        ),
        (
            &["secrets", "decrypt", "a.yaml", "--keyservice", &address],
            "",
        ),
    ] {
        let output = asks(arguments, variable, "")?;
        output.expect(0)?;
        if output.stdout != PLAIN {
            return Err(output.to_string().into());
        }
    }
    asks(&["secrets", "rotate", "a.yaml"], &address, "")?.expect(0)?;
    asks(
        &["secrets", "set", "a.yaml", "port", "--type", "number"],
        &address,
        "7",
    )?
    .expect(0)?;
    if !gpg.sops(&["decrypt", "a.yaml"])?.contains("port: 7") {
        return Err("sops does not see what was set".into());
    }
    drop(service);
    let output = asks(&["secrets", "decrypt", "a.yaml"], &address, "")?;
    output.expect(6)?;
    let shown = output.to_string();
    if !shown.contains(&format!("the key service {address} cannot be reached"))
        || !shown.contains("sops is not installed")
    {
        return Err(shown.into());
    }
    Ok(())
}

/// A key of AWS KMS, for which the service has credentials and Tollgate has none: opened, and written so
/// that sops reads it with credentials of its own.
fn of_aws(sops: &Path) -> Result<(), Failed> {
    let moto = Moto::start()?;
    let made = moto.call("kms", "TrentService.CreateKey", &serde_json::json!({}))?;
    let arn = made["KeyMetadata"]["Arn"].as_str().ok_or("no key")?;
    // Short: a socket is in it.
    let folder = tempfile::Builder::new().prefix("tg").tempdir_in("/tmp")?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join("a.yaml"), PLAIN)?;
    let endpoint = format!("http://127.0.0.1:{}", moto.port);
    let credentials: [(&str, &OsStr); 4] = [
        ("AWS_ENDPOINT_URL", endpoint.as_ref()),
        ("AWS_ACCESS_KEY_ID", "test".as_ref()),
        ("AWS_SECRET_ACCESS_KEY", "test".as_ref()),
        ("HOME", folder.path().as_os_str()),
    ];
    let with_credentials = |arguments: &[&str]| -> Result<String, Failed> {
        let output = finish(
            Command::new(sops)
                .current_dir(folder.path())
                .envs(credentials)
                .args(arguments),
        )?;
        output.expect(0)?;
        Ok(output.stdout)
    };
    with_credentials(&["encrypt", "--in-place", "--kms", arn, "a.yaml"])?;
    let service = Service::start(sops, folder.path(), &credentials)?;
    let address = format!("unix://{}", service.1.display());
    let asks = |arguments: &[&str], input: &str| -> Result<Run, Failed> {
        let mut command = alone(folder.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SOPS_KEYSERVICE", &address)
            .args(arguments);
        given(&mut command, input)
    };
    let opened = asks(&["secrets", "decrypt", "a.yaml"], "")?;
    opened.expect(0)?;
    if opened.stdout != PLAIN {
        return Err(opened.to_string().into());
    }
    // A new data key, encrypted by the service.
    asks(&["secrets", "rotate", "a.yaml"], "")?.expect(0)?;
    let set = ["secrets", "set", "a.yaml", "port", "--type", "number"];
    asks(&set, "7")?.expect(0)?;
    if !with_credentials(&["decrypt", "a.yaml"])?.contains("port: 7") {
        return Err("sops does not see what was set".into());
    }
    drop(service);
    let closed = asks(&["secrets", "decrypt", "a.yaml"], "")?;
    closed.expect(6)?;
    let shown = closed.to_string();
    if shown.contains(CANARY) || !shown.contains("cannot be reached") {
        return Err(shown.into());
    }
    Ok(())
}

/// gpg without the private key: what was tried, what it said, and what helps.
fn refused(gpg: &Gpg) -> Result<(), Failed> {
    fs::write(gpg.path("a.yaml"), PLAIN)?;
    gpg.sops(&["encrypt", "--in-place", "a.yaml"])?;
    let empty = tempfile::Builder::new().prefix("tg").tempdir_in("/tmp")?;
    fs::set_permissions(empty.path(), fs::Permissions::from_mode(0o700))?;
    let mut command = gpg.tollgate(&["secrets", "decrypt", "a.yaml"])?;
    let output = given(command.env("GNUPGHOME", empty.path()), "")?;
    let _ = Command::new("gpgconf")
        .env("GNUPGHOME", empty.path())
        .args(["--kill", "gpg-agent"])
        .status();
    output.expect(6)?;
    let shown = output.to_string();
    for said in [
        gpg.fingerprint.as_str(),
        "keyservice` refused:",
        "gpg --list-secret-keys",
    ] {
        if !shown.contains(said) {
            return Err(format!("does not say {said:?}: {shown}").into());
        }
    }
    Ok(())
}

/// A file for an OpenPGP key, as sops writes one; nobody has the key.
fn file_for_nobody(folder: &Path) -> Result<(), Failed> {
    fs::create_dir(folder.join(".git"))?;
    let text = "token: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]\nsops:\n    pgp:\n        - created_at: \"2026-01-02T03:04:05Z\"\n          enc: x\n          fp: 0123456789ABCDEF0123456789ABCDEF01234567\n    lastmodified: \"2026-01-02T03:04:05Z\"\n    mac: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]\n    version: 3.11.0\n";
    Ok(fs::write(folder.join("a.yaml"), text)?)
}

fn without_sops() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    file_for_nobody(folder.path())?;
    let mut command = alone(folder.path());
    command
        .env("PATH", "/nowhere")
        .args(["secrets", "decrypt", "a.yaml"]);
    let output = given(&mut command, "")?;
    output.expect(6)?;
    let shown = output.to_string();
    for said in [
        "sops is not installed",
        "help: install sops, or name a key service",
    ] {
        if !shown.contains(said) {
            return Err(format!("does not say {said:?}: {shown}").into());
        }
    }
    Ok(())
}

/// Killed while a service starts, a command takes it along, and the directory of its socket.
fn killed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    file_for_nobody(folder.path())?;
    let place = tempfile::Builder::new().prefix("tg").tempdir_in("/tmp")?;
    let programs = folder.path().join("programs");
    fs::create_dir(&programs)?;
    let sops = programs.join("sops");
    // It says where it is, and never listens.
    let script = format!(
        "#!/bin/sh\necho $$ > {}\nexec sleep 600\n",
        folder.path().join("pid").display()
    );
    fs::write(&sops, script)?;
    fs::set_permissions(&sops, fs::Permissions::from_mode(0o755))?;
    let mut command = alone(folder.path());
    command
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("XDG_RUNTIME_DIR", place.path())
        .args(["secrets", "decrypt", "a.yaml"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    let pid = until("the service to start", || {
        let text = fs::read_to_string(folder.path().join("pid")).unwrap_or_default();
        Ok(text.trim().parse::<u32>().ok())
    })?;
    let made: Vec<_> = fs::read_dir(place.path())?.flatten().collect();
    let mode = match made.as_slice() {
        [one] => one.metadata()?.permissions().mode() & 0o777,
        other => return Err(format!("not one directory: {other:?}").into()),
    };
    if mode != 0o700 {
        return Err(format!("the socket's directory has the mode {mode:o}").into());
    }
    child.kill()?;
    child.wait()?;
    until("the service and its directory to be gone", || {
        std::thread::sleep(Duration::from_millis(10));
        let gone = fs::read_dir(place.path())?.next().is_none();
        Ok((gone && !Path::new(&format!("/proc/{pid}")).exists()).then_some(()))
    })
}
