//! The daily life of secrets files: who reads them, new keys, an editor, what somebody wrote by hand. The
//! real sops reads whatever is written, where it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, given, tollgate};

/// In values, and in no message and no file.
const CANARY: &str = "daily-canary-4711";
const FILES: [&str; 4] = ["a.yaml", "a.json", "a.env", "a.ini"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("secrets::who_is_revoked_is_locked_out", revoked),
        Trial::test("secrets::all_files_are_changed_or_none", all_or_none),
        Trial::test("secrets::rotate_keeps_what_is_in_a_file", rotated),
        Trial::test("secrets::sync_follows_the_rules", synced),
        Trial::test("secrets::key_groups_are_rotated_and_synced", grouped),
        Trial::test("secrets::binary_files_are_rotated_and_synced", binary),
        Trial::test("secrets::granting_obeys_isolation", isolated),
        Trial::test("secrets::what_was_written_by_hand_can_be_mended", mended),
        Trial::test("secrets::an_editor_gets_plaintext_in_memory", edited),
        Trial::test("secrets::values_arrive_as_they_were", exact),
        Trial::test("secrets::copies_and_plaintext_are_found", found),
    ]
}

/// A person with an identity of their own.
pub(crate) struct Person {
    pub(crate) key: PathBuf,
    pub(crate) recipient: String,
}

pub(crate) fn person(folder: &Path, name: &str) -> Result<Person, Failed> {
    let key = folder.join(format!("{name}.txt"));
    let made = given(
        tollgate(folder).args(["secrets", "keygen", "-o"]).arg(&key),
        "",
    )?;
    made.expect(0)?;
    let recipient = made
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("public key: "))
        .ok_or("no public key is printed")?
        .to_owned();
    if made.all().contains("AGE-SECRET-KEY") {
        return Err("a private key is printed".into());
    }
    Ok(Person { key, recipient })
}

pub(crate) fn run(
    folder: &Path,
    who: &Person,
    arguments: &[&str],
    input: impl AsRef<[u8]>,
) -> Result<Run, Failed> {
    let mut command = tollgate(folder);
    command.arg("secrets").args(arguments);
    keys(&mut command, folder, &who.key);
    given(&mut command, input)
}

pub(crate) fn keys(command: &mut Command, folder: &Path, key: &Path) {
    command
        .env("HOME", folder)
        .env_remove("SOPS_AGE_KEY")
        .env_remove("SOPS_AGE_KEY_CMD")
        .env_remove("XDG_CONFIG_HOME")
        .env("SOPS_AGE_KEY_FILE", key);
}

pub(crate) fn decrypted(folder: &Path, who: &Person, file: &str) -> Result<Option<String>, Failed> {
    let ran = run(folder, who, &["decrypt", file], "")?;
    Ok((ran.code == 0).then_some(ran.stdout))
}

/// Has the real sops print a file, and compares.
pub(crate) fn sops_agrees(
    folder: &Path,
    who: &Person,
    file: &str,
    expected: &str,
) -> Result<(), Failed> {
    let Some(sops) = crate::tools::program("sops") else {
        return Ok(());
    };
    let mut command = Command::new(sops);
    command.current_dir(folder).args(["decrypt", file]);
    keys(&mut command, folder, &who.key);
    let ran = given(&mut command, "")?;
    ran.expect(0)?;
    if ran.stdout == expected {
        return Ok(());
    }
    Err(format!("{file}: sops prints\n{}\nand not\n{expected}", ran.stdout).into())
}

/// A repository of two people with a file of each format.
pub(crate) fn project(rule: &str) -> Result<(tempfile::TempDir, Person, Person), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    fs::create_dir(path.join(".git"))?;
    let (anna, ben) = (person(path, "anna")?, person(path, "ben")?);
    let rule = rule
        .replace("ANNA", &anna.recipient)
        .replace("BEN", &ben.recipient);
    fs::write(
        path.join(".sops.yaml"),
        format!("creation_rules:\n  - {rule}\n"),
    )?;
    let plain = [
        (
            "a.yaml",
            "# a comment\ntoken: CANARY\nlist:\n    - one\n    # between\n    - CANARY\nport: 5432\n",
        ),
        (
            "a.json",
            "{\"token\": \"CANARY\", \"deep\": {\"port\": 5432, \"list\": [true, \"x\"]}}",
        ),
        ("a.env", "# a comment\nTOKEN=CANARY\nPORT=5432\n"),
        ("a.ini", "[s]\ntoken = CANARY\nport = 5432\n"),
    ];
    for (file, text) in plain {
        let text = text.replace("CANARY", CANARY);
        let from = match file.rsplit_once('.') {
            Some((_, "env")) => "dotenv",
            Some((_, ending)) => ending,
            None => "yaml",
        };
        run(
            path,
            &anna,
            &[
                "import",
                "--create",
                "--allow-unencrypted",
                file,
                "-",
                "--from-type",
                from,
            ],
            &text,
        )?
        .expect(0)?;
    }
    Ok((folder, anna, ben))
}

fn revoked() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN # the team")?;
    let folder = folder.path();
    let mut plain = Vec::new();
    let mut old = Vec::new();
    for file in FILES {
        plain.push(decrypted(folder, &ben, file)?.ok_or("ben cannot read yet")?);
        old.push(fs::read_to_string(folder.join(file))?);
    }
    let mut arguments = vec!["revoke", ben.recipient.as_str()];
    arguments.extend(FILES);
    let ran = run(folder, &anna, &arguments, "")?;
    ran.expect(0)?;
    ran.says("locked out, with a new data key")?;
    ran.says("[ ] tollgate secrets set 'a.yaml' token")?;
    if ran.all().contains(CANARY) {
        return Err("a value in a message".into());
    }
    for ((file, plain), old) in FILES.iter().zip(&plain).zip(&old) {
        if decrypted(folder, &ben, file)?.is_some() {
            return Err(format!("{file}: ben still reads it").into());
        }
        let now = decrypted(folder, &anna, file)?.ok_or("anna cannot read it any more")?;
        if now != *plain {
            return Err(format!("{file}: other values:\n{now}").into());
        }
        sops_agrees(folder, &anna, file, plain)?;
        // What was encrypted with the old key is nowhere in the new file.
        let new = fs::read_to_string(folder.join(file))?;
        let kept = old
            .split("ENC[")
            .skip(1)
            .filter_map(|rest| rest.split_once(']'))
            .any(|(value, _)| new.contains(value));
        if kept || new.contains(&ben.recipient) {
            return Err(format!("{file}: something of the old file is left").into());
        }
        // What he has kept of the old file opens nothing of the new one: his copy of the old key with the
        // new values.
        let grafted = folder.join(format!("grafted-{file}"));
        if *file == "a.yaml" {
            let (values, _) = new.split_once("sops:").ok_or("no metadata")?;
            let (_, metadata) = old.split_once("sops:").ok_or("no metadata")?;
            fs::write(&grafted, format!("{values}sops:{metadata}"))?;
            if run(folder, &ben, &["decrypt", "grafted-a.yaml"], "")?.code == 0 {
                return Err("the old data key opens new values".into());
            }
        }
    }
    let rules = fs::read_to_string(folder.join(".sops.yaml"))?;
    if rules != format!("creation_rules:\n  - age: {} # the team\n", anna.recipient) {
        return Err(format!("other rules:\n{rules}").into());
    }
    // And back.
    let mut arguments = vec!["grant", ben.recipient.as_str()];
    arguments.extend(FILES);
    run(folder, &anna, &arguments, "")?.expect(0)?;
    for (file, plain) in FILES.iter().zip(&plain) {
        let now = decrypted(folder, &ben, file)?.ok_or("ben cannot read what he was granted")?;
        if now != *plain {
            return Err(format!("{file}: other values").into());
        }
        sops_agrees(folder, &ben, file, plain)?;
    }
    let readers = run(folder, &ben, &["readers", "a.yaml"], "")?;
    readers.expect(0)?;
    readers.says(&ben.recipient)?;
    readers.says(&anna.recipient)
}

fn all_or_none() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN")?;
    let folder = folder.path();
    let before: Vec<String> = [".sops.yaml", "a.yaml", "a.json", "a.env"]
        .iter()
        .map(|file| fs::read_to_string(folder.join(file)))
        .collect::<Result<_, _>>()?;
    // One that does not verify.
    let broken = fs::read_to_string(folder.join("a.ini"))?
        .replace("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:AAAA");
    fs::write(folder.join("a.ini"), &broken)?;
    let mut arguments = vec!["revoke", ben.recipient.as_str()];
    arguments.extend(FILES);
    let ran = run(folder, &anna, &arguments, "")?;
    ran.expect(6)?;
    ran.says("a.ini")?;
    for (file, before) in [".sops.yaml", "a.yaml", "a.json", "a.env"]
        .iter()
        .zip(&before)
    {
        if fs::read_to_string(folder.join(file))? != *before {
            return Err(format!("{file} was changed").into());
        }
    }
    // Nobody would be left.
    fs::write(
        folder.join(".sops.yaml"),
        format!(
            "creation_rules:\n  - path_regex: a\\.yaml$\n    age: {0},{1}\n  - age: {0},{1}\n",
            anna.recipient, ben.recipient
        ),
    )?;
    let alone = run(folder, &ben, &["revoke", &anna.recipient, "a.yaml"], "")?;
    alone.expect(0)?;
    let none = run(folder, &ben, &["revoke", &ben.recipient, "a.yaml"], "")?;
    none.expect(2)?;
    none.says("nobody else could read a.yaml")
}

fn rotated() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN\n    encrypted_regex: ^(token|list|TOKEN)$")?;
    let folder = folder.path();
    for file in ["a.yaml", "a.json"] {
        let plain = decrypted(folder, &anna, file)?.ok_or("anna cannot read")?;
        let old = fs::read_to_string(folder.join(file))?;
        run(folder, &anna, &["rotate", file], "")?.expect(0)?;
        let new = fs::read_to_string(folder.join(file))?;
        // What is no encrypted value and no metadata stays to the byte.
        let skeleton = |text: &str| -> String {
            let values = text.split_once("sops").map_or(text, |(values, _)| values);
            let mut parts = values.split("ENC[");
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                out.push_str(part.split_once(']').map_or("", |(_, rest)| rest));
            }
            out
        };
        if skeleton(&old) != skeleton(&new) || old == new {
            return Err(format!("{file}: changed otherwise:\n{old}\n{new}").into());
        }
        for who in [&anna, &ben] {
            if decrypted(folder, who, file)?.as_deref() != Some(plain.as_str()) {
                return Err(format!("{file}: other values").into());
            }
            sops_agrees(folder, who, file, &plain)?;
        }
    }
    Ok(())
}

fn synced() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN\n    encrypted_regex: ^token$")?;
    let folder = folder.path();
    let path = folder.join("secrets.staging.enc.yaml");
    fs::rename(folder.join("a.yaml"), &path)?;
    fs::write(folder.join("tollgate.toml"), "[environments.staging]\n")?;
    let plain = decrypted(folder, &ben, "secrets.staging.enc.yaml")?.ok_or("ben cannot read")?;
    fs::write(
        folder.join(".sops.yaml"),
        format!("creation_rules:\n  - age: {}\n", anna.recipient),
    )?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(6)?;
    check.says("`port` stands unencrypted")?;
    check.says("new data key")?;
    check.says("tollgate secrets sync 'secrets.staging.enc.yaml'")?;
    run(folder, &anna, &["sync", "-e", "staging"], "")?.expect(0)?;
    if decrypted(folder, &ben, "secrets.staging.enc.yaml")?.is_some() {
        return Err("ben still reads it".into());
    }
    if fs::read_to_string(&path)?.contains("5432") {
        return Err("the port is unencrypted".into());
    }
    sops_agrees(folder, &anna, "secrets.staging.enc.yaml", &plain)?;
    run(folder, &anna, &["check"], "")?.expect(0)?;
    run(folder, &anna, &["sync", "--all"], "")?.says("nothing written")
}

/// Two groups, of which both are needed: with a new key each has a share of that, and neither opens it alone.
fn grouped() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN")?;
    let folder = folder.path();
    let both = folder.join("both.txt");
    let keys_of = |person: &Person| fs::read_to_string(&person.key);
    fs::write(&both, format!("{}{}", keys_of(&anna)?, keys_of(&ben)?))?;
    let both = Person {
        key: both,
        recipient: String::new(),
    };
    let rule = |groups: &str| {
        fs::write(
            folder.join(".sops.yaml"),
            format!("creation_rules:\n  - {groups}\n"),
        )
    };
    let (one, two) = (&anna.recipient, &ben.recipient);
    for file in FILES {
        let plain = decrypted(folder, &anna, file)?.ok_or("anna cannot read")?;
        let apart = |what: &str| -> Result<(), Failed> {
            for alone in [&anna, &ben] {
                if decrypted(folder, alone, file)?.is_some() {
                    return Err(format!("{file}: one share opens it after {what}").into());
                }
            }
            if decrypted(folder, &both, file)?.as_deref() != Some(plain.as_str()) {
                return Err(format!("{file}: both do not open it after {what}").into());
            }
            sops_agrees(folder, &both, file, &plain)
        };
        rule(&format!("key_groups: [{{age: [{one}]}}, {{age: [{two}]}}]"))?;
        run(folder, &both, &["sync", file], "")?.expect(0)?;
        apart("sync")?;
        let before = fs::read_to_string(folder.join(file))?;
        run(folder, &both, &["rotate", file], "")?.expect(0)?;
        if fs::read_to_string(folder.join(file))? == before {
            return Err(format!("{file}: `rotate` wrote nothing").into());
        }
        apart("rotate")?;
        // One of the two is enough.
        rule(&format!(
            "key_groups: [{{age: [{one}]}}, {{age: [{two}]}}, {{age: [{two}]}}]\n    shamir_threshold: 2"
        ))?;
        run(folder, &both, &["sync", file], "")?.expect(0)?;
        if decrypted(folder, &ben, file)?.as_deref() != Some(plain.as_str())
            || decrypted(folder, &anna, file)?.is_some()
        {
            return Err(format!("{file}: two of three shares are ben's").into());
        }
        // And back to one group.
        rule(&format!("age: {one}"))?;
        run(folder, &both, &["sync", file], "")?.expect(0)?;
        if decrypted(folder, &anna, file)?.as_deref() != Some(plain.as_str())
            || decrypted(folder, &ben, file)?.is_some()
        {
            return Err(format!("{file}: it is not anna's alone").into());
        }
        sops_agrees(folder, &anna, file, &plain)?;
        rule(&format!("age: {one},{two}"))?;
        run(folder, &anna, &["sync", file], "")?.expect(0)?;
    }
    Ok(())
}

/// A file of any bytes.
fn binary() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA,BEN")?;
    let folder = folder.path();
    let plain = format!("{CANARY}\n\u{1}\u{7f}é\n");
    run(
        folder,
        &anna,
        &["import", "--create", "a.bin", "-", "--from-type", "binary"],
        &plain,
    )?
    .expect(0)?;
    let opens = |who: &Person| -> Result<bool, Failed> {
        match decrypted(folder, who, "a.bin")? {
            Some(text) if text == plain => Ok(true),
            Some(text) => Err(format!("other bytes: {text:?}").into()),
            None => Ok(false),
        }
    };
    let all = |anna_reads: bool, ben_reads: bool, what: &str| -> Result<(), Failed> {
        if (opens(&anna)?, opens(&ben)?) != (anna_reads, ben_reads) {
            return Err(format!("other readers after {what}").into());
        }
        sops_agrees(folder, &anna, "a.bin", &plain)
    };
    all(true, true, "import")?;
    let before = fs::read_to_string(folder.join("a.bin"))?;
    run(folder, &anna, &["rotate", "a.bin"], "")?.expect(0)?;
    all(true, true, "rotate")?;
    if fs::read_to_string(folder.join("a.bin"))? == before {
        return Err("`rotate` wrote nothing".into());
    }
    fs::write(
        folder.join(".sops.yaml"),
        format!(
            "creation_rules:\n  - path_regex: a\\.bin$\n    age: {0}\n  - age: {0},{1}\n",
            anna.recipient, ben.recipient
        ),
    )?;
    run(folder, &anna, &["sync", "a.bin"], "")?.expect(0)?;
    all(true, false, "sync")?;
    run(folder, &anna, &["grant", &ben.recipient, "a.bin"], "")?.expect(0)?;
    all(true, true, "grant")?;
    run(folder, &anna, &["revoke", &ben.recipient, "a.bin"], "")?.expect(0)?;
    all(true, false, "revoke")
}

fn isolated() -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA")?;
    let folder = folder.path();
    fs::write(
        folder.join("tollgate.toml"),
        format!(
            "[project]\nisolated = true\n[environments.staging.secrets]\nfiles = [\"a.yaml\"]\nrecipients = [\"{}\"]\n[environments.production.secrets]\nfiles = [\"a.json\"]\nrecipients = [\"{}\"]\n",
            anna.recipient, ben.recipient
        ),
    )?;
    let before = fs::read_to_string(folder.join("a.yaml"))?;
    let ran = run(folder, &anna, &["grant", &ben.recipient, "a.yaml"], "")?;
    ran.expect(7)?;
    ran.says("belongs to `production`")?;
    // Production's file, which only staging's key reads.
    run(folder, &anna, &["set", "a.json", "token"], "new")?.expect(7)?;
    if fs::read_to_string(folder.join("a.yaml"))? != before {
        return Err("the file was changed".into());
    }
    // A rule that is for everything makes no file for another environment.
    fs::remove_file(folder.join("a.json"))?;
    let ran = run(folder, &anna, &["init", "a.json", "--no-input"], "")?;
    ran.expect(7)?;
    if folder.join("a.json").exists() {
        return Err("the file was made".into());
    }
    Ok(())
}

fn mended() -> Result<(), Failed> {
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    let path = folder.join("a.yaml");
    let good = fs::read_to_string(&path)?;
    fs::write(
        &path,
        format!("first: written-by-hand\nsecond: by-hand-too\n{good}"),
    )?;
    if decrypted(folder, &anna, "a.yaml")?.is_some() {
        return Err("a file with plaintext in it was read".into());
    }
    let set = run(folder, &anna, &["set", "a.yaml", "first"], "new-value")?;
    set.expect(0)?;
    set.says("second stands unencrypted")?;
    run(folder, &anna, &["unset", "a.yaml", "second"], "")?.expect(0)?;
    let text = decrypted(folder, &anna, "a.yaml")?.ok_or("it cannot be read")?;
    if !text.contains("first: new-value") || text.contains("second") {
        return Err(format!("other values:\n{text}").into());
    }
    sops_agrees(folder, &anna, "a.yaml", &text)?;
    // Whoever changed something else as well is not helped.
    let tampered = good.replace(
        "port: ENC[AES256_GCM,data:",
        "port: ENC[AES256_GCM,data:AAAA",
    );
    fs::write(&path, format!("first: written-by-hand\n{tampered}"))?;
    run(folder, &anna, &["set", "a.yaml", "first"], "x")?.expect(6)
}

fn edited() -> Result<(), Failed> {
    if !Path::new("/dev/shm").is_dir() {
        return Ok(());
    }
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    let edit = |file: &str, script: &str| -> Result<Run, Failed> {
        let mut command = tollgate(folder);
        command.args(["secrets", "edit", file]);
        keys(&mut command, folder, &anna.key);
        command
            .env_remove("VISUAL")
            .env_remove("XDG_RUNTIME_DIR")
            .env("EDITOR", format!("sh -c '{script}' -"));
        given(&mut command, "")
    };
    let old = fs::read_to_string(folder.join("a.yaml"))?;
    edit("a.yaml", "echo $1 > where; cat $1 > /dev/null")?.says("nothing was changed")?;
    if fs::read_to_string(folder.join("a.yaml"))? != old {
        return Err("the file was changed".into());
    }
    let place = fs::read_to_string(folder.join("where"))?;
    if !place.starts_with("/dev/shm/") || Path::new(place.trim()).exists() {
        return Err(format!("plaintext was or is at {place}").into());
    }
    for file in FILES {
        let ran = edit(file, "sed -i s/daily-canary/other-canary/ $1")?;
        ran.expect(0)?;
        let text = decrypted(folder, &anna, file)?.ok_or("it cannot be read")?;
        if !text.contains("other-canary-4711") || text.contains("daily-canary") {
            return Err(format!("{file}: other values:\n{text}").into());
        }
        sops_agrees(folder, &anna, file, &text)?;
    }
    // A line that did not change stays to the byte.
    let new = fs::read_to_string(folder.join("a.yaml"))?;
    let port = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("port"))
            .map(str::to_owned)
    };
    if port(&old) != port(&new) {
        return Err("a value that nobody touched was written anew".into());
    }
    for (script, said) in [
        ("echo \"port: [\" > $1", "what was edited"),
        ("sed -i s/5432/0042/ $1", "port"),
        (
            "sed -i \"s/token: .*/token: \\\"\\\"/\" $1",
            "would be empty",
        ),
        ("exit 3", "the editor failed"),
    ] {
        let before = fs::read_to_string(folder.join("a.yaml"))?;
        let ran = edit("a.yaml", script)?;
        if ran.code == 0 {
            return Err(format!("{script}: taken over:\n{}", ran.all()).into());
        }
        ran.says(said)?;
        if fs::read_to_string(folder.join("a.yaml"))? != before {
            return Err(format!("{script}: the file was changed").into());
        }
        // What was edited is kept where nobody else reads it, and is not ours to leave here.
        if let Some(kept) = ran
            .all()
            .split_whitespace()
            .find(|word| word.starts_with("/dev/shm/"))
        {
            let kept = Path::new(kept.trim_end_matches(';'));
            fs::remove_dir_all(kept.parent().ok_or("no directory")?)?;
        }
    }
    Ok(())
}

fn exact() -> Result<(), Failed> {
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    for (value, arguments, code) in [
        ("0042", &["set", "a.yaml", "port"][..], 2),
        ("+4930", &["set", "a.yaml", "port"], 2),
        ("0x10", &["set", "a.yaml", "n", "--type", "number"], 2),
        (
            "12345678901234567890",
            &["set", "a.yaml", "n", "--type", "number"],
            2,
        ),
        ("0042", &["set", "a.yaml", "port", "--type", "text"], 0),
        ("", &["set", "a.yaml", "token"], 2),
        ("", &["set", "a.yaml", "token", "--allow-empty"], 0),
        ("deep", &["set", "a.json", "deep.port", "--type", "text"], 0),
        ("new", &["set", "a.json", "deep.new"], 0),
        ("new", &["set", "a.json", "other.new"], 2),
        ("new", &["set", "a.json", "[\"other.new\"]"], 0),
    ] {
        run(folder, &anna, arguments, value)?
            .expect(code)
            .map_err(|failed| {
                format!(
                    "{value} {arguments:?}: {}",
                    failed.message().unwrap_or_default()
                )
            })?;
    }
    let text = decrypted(folder, &anna, "a.json")?.ok_or("it cannot be read")?;
    let value: serde_json::Value = serde_json::from_str(&text)?;
    if value["deep"]["port"] != "deep"
        || value["deep"]["new"] != "new"
        || value["other.new"] != "new"
    {
        return Err(format!("other places:\n{text}").into());
    }
    for (plain, names) in [
        ("pin: 0123\nport: 5\n", "`pin`"),
        ("big: 123456789012345678901\n", "`big`"),
        ("version: 1.10\ndate: 2024-01-02\n", "`version`, `date`"),
    ] {
        let ran = run(folder, &anna, &["import", "a.yaml", "-"], plain)?;
        ran.expect(6)?;
        ran.says(names)?;
    }
    fs::write(
        folder.join("v.tfvars"),
        "ports = [1, 2]\nname = \"x${y}\"\n",
    )?;
    let ran = run(folder, &anna, &["import", "a.yaml", "v.tfvars"], "")?;
    ran.expect(6)?;
    ran.says("expression")?;
    fs::write(folder.join("v.tfvars"), "ports = [1, 2]\nflag = true\n")?;
    // What is empty there takes no value away unasked.
    let before = fs::read_to_string(folder.join("a.json"))?;
    for plain in [
        "{\"token\": \"\"}",
        "{\"more\": 1, \"deep\": {\"list\": [true, \"\"]}}",
    ] {
        let arguments = ["import", "a.json", "-", "--from-type", "json"];
        let ran = run(folder, &anna, &arguments, plain)?;
        ran.expect(6)?;
        ran.says("would be empty, and a value is set there")?;
        ran.says("--allow-empty")?;
        if fs::read_to_string(folder.join("a.json"))? != before {
            return Err("a.json was written".into());
        }
    }
    let arguments = [
        "import",
        "a.json",
        "-",
        "--from-type",
        "json",
        "--allow-empty",
    ];
    run(folder, &anna, &arguments, "{\"token\": \"\"}")?.expect(0)?;
    // Empty over empty is no change.
    run(folder, &anna, &arguments[..5], "{\"token\": \"\"}")?.expect(0)?;
    run(folder, &anna, &["import", "a.yaml", "v.tfvars"], "")?.expect(0)?;
    let text = decrypted(folder, &anna, "a.yaml")?.ok_or("it cannot be read")?;
    if !text.contains("ports:\n    - 1\n    - 2\n") || !text.contains("flag: true") {
        return Err(format!("other values:\n{text}").into());
    }
    Ok(())
}

fn found() -> Result<(), Failed> {
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    let staging = folder.join("secrets.staging.enc.yaml");
    fs::rename(folder.join("a.yaml"), &staging)?;
    for file in ["a.json", "a.env", "a.ini"] {
        fs::remove_file(folder.join(file))?;
    }
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging]\n[environments.production]\n",
    )?;
    fs::copy(&staging, folder.join("secrets.production.enc.yaml"))?;
    let plain = decrypted(folder, &anna, "secrets.staging.enc.yaml")?.ok_or("it cannot be read")?;
    let check = |code: i32, said: &[&str]| -> Result<(), Failed> {
        let ran = run(folder, &anna, &["check"], "")?;
        ran.expect(code)?;
        if ran.all().contains(CANARY) {
            return Err("a value in a message".into());
        }
        said.iter().try_for_each(|said| ran.says(said))
    };
    // What has nothing of its own would be one environment's secrets in another, and is refused.
    check(6, &["is a copy of secrets.production.enc.yaml"])
        .or_else(|_| check(6, &["is a copy of secrets.staging.enc.yaml"]))?;
    fs::remove_file(folder.join("secrets.production.enc.yaml"))?;
    fs::write(folder.join("tollgate.toml"), "[environments.staging]\n")?;
    for copy in [
        "secrets.staging.dec.yaml",
        "secrets.staging.yaml",
        "secrets.staging.enc.yaml.orig",
        "secrets.staging.enc.yaml~",
        "deep/secrets.staging.txt",
    ] {
        let path = folder.join(copy);
        fs::create_dir_all(path.parent().ok_or("no directory")?)?;
        fs::write(&path, &plain)?;
        check(6, &[copy, "a decrypted copy"])?;
        fs::remove_file(path)?;
    }
    fs::write(
        folder.join("secrets.staging.md"),
        "How to get the token: ask.\n",
    )?;
    check(0, &[])?;
    let text = fs::read_to_string(&staging)?;
    fs::write(
        &staging,
        text.replacen("list:", "deep:\n    by_hand: plain-value\nlist:", 1),
    )?;
    check(6, &["`deep.by_hand` stands unencrypted"])
}
