//! Names, values and files at the edges of what formats hold: nothing is written as something else than was
//! given, nothing that was typed is lost, and what is printed does what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, given, tollgate};
use crate::secrets_advice::shell;
use crate::secrets_daily::{Person, decrypted, keys, run, sops_agrees};
use crate::secrets_harm::{ALL, does_not_say, two};
use crate::tools::program;

const CANARY: &str = "edge-canary-1618";

pub(crate) fn trials() -> Vec<Trial> {
    let sops = program("sops").is_none();
    vec![
        Trial::test(
            "secrets::the_list_of_a_revoke_names_the_keys_that_are_there",
            listed,
        ),
        Trial::test("secrets::a_hash_in_dotenv_is_a_part_of_the_value", hashes),
        Trial::test("secrets::a_number_stays_as_it_is_given", exact),
        Trial::test("secrets::bytes_are_not_made_into_other_signs", bytes),
        Trial::test("secrets::a_file_of_variables_is_not_replaced", variables),
        Trial::test("secrets::what_was_typed_is_kept", typed),
        Trial::test("secrets::a_signal_leaves_no_plaintext", signals),
        Trial::test("secrets::a_file_can_follow_a_rule_that_encrypts_less", less),
        Trial::test("secrets::what_was_written_by_hand_can_be_mended", by_hand)
            .with_ignored_flag(sops),
        Trial::test(
            "secrets::an_empty_list_does_not_pass_for_the_full_one",
            emptied,
        ),
        Trial::test(
            "secrets::one_comment_without_a_place_costs_no_other",
            comments,
        ),
        Trial::test("secrets::what_sops_writes_in_dotenv_is_read", of_sops).with_ignored_flag(sops),
        Trial::test("secrets::infinity_does_not_stop_an_edit", infinite).with_ignored_flag(sops),
        Trial::test("secrets::nobody_locks_themselves_out", own_key),
        Trial::test("secrets::nothing_is_set_to_nothing_unsaid", nothing),
        Trial::test("secrets::keygen_says_what_is_in_its_way", in_the_way),
    ]
}

fn import(folder: &Path, who: &Person, file: &str, from: &str, text: &str) -> Result<Run, Failed> {
    let ran = run(
        folder,
        who,
        &["import", "--create", file, "-", "--from-type", from],
        text,
    )?;
    ran.expect(0)?;
    Ok(ran)
}

fn same(actual: &str, expected: &str) -> Result<(), Failed> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("expected\n{expected}\ngot\n{actual}").into())
}

/// What a file holds.
fn plain(folder: &Path, who: &Person, file: &str) -> Result<String, Failed> {
    Ok(decrypted(folder, who, file)?.ok_or("it does not decrypt")?)
}

fn edit(folder: &Path, who: &Person, file: &str, script: &str) -> Result<Command, Failed> {
    let path = folder.join("editor.sh");
    fs::write(&path, format!("{script}\n"))?;
    let mut command = tollgate(folder);
    command
        .args(["secrets", "edit", file])
        .env_remove("VISUAL")
        .env_remove("XDG_RUNTIME_DIR")
        .env("EDITOR", format!("sh {}", path.display()));
    keys(&mut command, folder, &who.key);
    Ok(command)
}

fn listed() -> Result<(), Failed> {
    let yaml = "it's: OLD\n'say \"x\"': OLD\n'back\\slash': OLD\n\"two\\nlines\": OLD\ntls: {a.key: OLD}\na.b: OLD\na: {b: OLD}\n'x[0]': OLD\nx: [OLD]\n'-d': OLD\n'': OLD\n'[0]': OLD\n'[\"lit\"]': OLD\n'both \"] and '']': OLD\n'p=q': OLD\nplain_name: OLD\n";
    let json = serde_json::json!({
        "it's": "OLD", "say \"x\"": "OLD", "back\\slash": "OLD", "two\nlines": "OLD",
        "tls": {"a.key": "OLD"}, "a.b": "OLD", "a": {"b": "OLD"}, "x[0]": "OLD", "x": ["OLD"],
        "-d": "OLD", "": "OLD", "[0]": "OLD",
    })
    .to_string();
    for (file, from, text, values) in [
        ("n.enc.yaml", "yaml", yaml, 16),
        ("-n.enc.yaml", "yaml", yaml, 16),
        ("n.enc.json", "json", json.as_str(), 12),
        ("n.enc.env", "dotenv", "A=OLD\na.b=OLD\nc-d=OLD\n", 3),
        (
            "n.enc.ini",
            "ini",
            "top = OLD\n[s.t]\na.b = OLD\nit's = OLD\n",
            3,
        ),
    ] {
        let (folder, anna, _) = two("creation_rules:\n  - age: ANNA,BEN\n")?;
        let folder = folder.path();
        let dashed = format!("./{file}");
        import(folder, &anna, &dashed, from, text)?;
        let before = plain(folder, &anna, &dashed)?;
        fs::write(
            folder.join(".sops.yaml"),
            format!("creation_rules:\n  - age: {}\n", anna.recipient),
        )?;
        let ran = run(folder, &anna, &["sync", "--", file], "")?;
        ran.expect(0)?;
        let commands: Vec<&str> = ran
            .stdout
            .lines()
            .filter_map(|line| line.trim().strip_prefix("[ ] "))
            .collect();
        if commands.len() != values {
            return Err(format!("{file}: not each value is listed:\n{}", ran.all()).into());
        }
        for command in &commands {
            shell(folder, &anna, &format!("printf NEW | {command}"))?.expect(0)?;
        }
        // The same names, and no others.
        same(
            &plain(folder, &anna, &dashed)?,
            &before.replace("OLD", "NEW"),
        )?;
        for command in commands {
            let command = command.replace(" secrets set ", " secrets unset ");
            shell(folder, &anna, &command)?.expect(0)?;
        }
        if plain(folder, &anna, &dashed)?.contains("NEW") {
            return Err(format!("{file}: not each value was taken out").into());
        }
    }
    Ok(())
}

fn hashes() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let text = "# above\nDB=#hunter2\nAPI=tok #en\nQUOTED='x' # behind\nSPACED= # y\nPLAIN=a#b\n";
    let ran = import(folder, &anna, "h.enc.env", "dotenv", text)?;
    ran.says("API: the ` #…` behind the value is taken for a comment")?;
    does_not_say(&ran, "hunter2")?;
    does_not_say(&ran, "DB: ")?;
    let held = "# above\nDB=#hunter2\n#en\nAPI=tok\n# behind\nQUOTED=x\nSPACED=# y\nPLAIN=a#b\n";
    same(&plain(folder, &anna, "h.enc.env")?, held)?;
    sops_agrees(folder, &anna, "h.enc.env", held)
}

fn exact() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    import(
        folder,
        &anna,
        "e.enc.yaml",
        "yaml",
        "float: 1.5\nint: 7\nwhen: 2024-01-02T03:04:05Z\n",
    )?;
    let before = fs::read_to_string(folder.join("e.enc.yaml"))?;
    for (name, value, more) in [
        ("float", "2.10", &[][..]),
        ("float", "2.0", &[]),
        ("float", "2e2", &[]),
        ("float", " 2.5 ", &[]),
        ("int", " 8 ", &[]),
        ("int", "-0", &[]),
        ("when", "2025-01-02", &[]),
        ("new", "3.50", &["--type", "number"]),
        ("new", "9 ", &["--type", "integer"]),
    ] {
        let arguments = [&["set", "e.enc.yaml", name][..], more].concat();
        let ran = run(folder, &anna, &arguments, value)?;
        ran.expect(2)?;
        ran.says("would not stay as it is given")?;
        ran.says("--type text")?;
        if fs::read_to_string(folder.join("e.enc.yaml"))? != before {
            return Err(format!("{name}: {value}: something was written").into());
        }
    }
    for (name, value, more) in [
        ("float", "2.25", &[][..]),
        ("int", "-8", &[]),
        ("when", "2025-01-02T00:00:00Z", &[]),
        ("kept", "3.50", &["--type", "text"]),
        ("number", "12", &["--type", "number"]),
    ] {
        let arguments = [&["set", "e.enc.yaml", name][..], more].concat();
        run(folder, &anna, &arguments, value)?.expect(0)?;
    }
    same(
        &plain(folder, &anna, "e.enc.yaml")?,
        "float: 2.25\nint: -8\nwhen: 2025-01-02T00:00:00Z\nkept: \"3.50\"\nnumber: 12\n",
    )
}

fn bytes() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let odd = b"a\xff\xfeb";
    import(
        folder,
        &anna,
        "b.enc.json",
        "json",
        "{\"k\": \"v\", \"other\": \"x\"}",
    )?;
    import(folder, &anna, "b.enc.env", "dotenv", "k=v\n")?;
    import(folder, &anna, "b.enc.ini", "ini", "[s]\nk = v\n")?;
    import(folder, &anna, "b.enc.yaml", "yaml", "k: v\nother: x\n")?;
    for (file, name) in [
        ("b.enc.json", "k"),
        ("b.enc.json", "new"),
        ("b.enc.env", "k"),
        ("b.enc.ini", "s.k"),
    ] {
        let ran = run(folder, &anna, &["set", file, name], odd)?;
        ran.expect(6)?;
        ran.says("not UTF-8")?;
    }
    run(folder, &anna, &["set", "b.enc.yaml", "k"], odd)?.expect(0)?;
    given(
        &mut edit(folder, &anna, "b.enc.yaml", "sed -i s/x/y/ \"$1\"")?,
        "",
    )?
    .expect(0)?;
    same(
        &plain(folder, &anna, "b.enc.yaml")?,
        "k: !!binary Yf/+Yg==\nother: \"y\"\n",
    )
}

fn variables() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "prod.enc.tfvars";
    let text = format!("password = \"{CANARY}\"\nregion = \"eu\"\n");
    import(folder, &anna, file, "binary", &text)?;
    fs::write(folder.join("new.tfvars"), "region = \"us\"\n")?;
    for (arguments, input) in [
        (&["import", file, "new.tfvars"][..], ""),
        (&["set", file, "region"], "us"),
        (&["unset", file, "region"], ""),
    ] {
        let ran = run(folder, &anna, arguments, input)?;
        ran.expect(2)?;
        ran.says("is encrypted as a whole, as one value")?;
        ran.says("tollgate secrets edit")?;
        does_not_say(&ran, CANARY)?;
        same(&plain(folder, &anna, file)?, &text)?;
    }
    given(
        &mut edit(folder, &anna, file, "sed -i s/eu/us/ \"$1\"")?,
        "",
    )?
    .expect(0)?;
    same(&plain(folder, &anna, file)?, &text.replace("eu", "us"))
}

fn typed() -> Result<(), Failed> {
    if !Path::new("/dev/shm").is_dir() {
        return Ok(());
    }
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    import(folder, &anna, "t.enc.yaml", "yaml", "a: one\nb: two\n")?;
    fs::copy(folder.join("t.enc.yaml"), folder.join("before"))?;
    // Another program writes it while the editor is open.
    let script = format!(
        "sed -i s/one/{CANARY}/ \"$1\"; cd {}; cat before > t.enc.yaml; echo >> t.enc.yaml",
        folder.display()
    );
    let ran = given(&mut edit(folder, &anna, "t.enc.yaml", &script)?, "")?;
    ran.expect(6)?;
    ran.says("was changed by somebody else meanwhile")?;
    does_not_say(&ran, CANARY)?;
    let said = ran.all();
    let kept = said
        .split_whitespace()
        .find(|word| word.starts_with("/dev/shm/"))
        .ok_or("no place is named")?;
    let kept = PathBuf::from(kept.trim_end_matches(';'));
    // The next one clears up, and not that.
    given(&mut edit(folder, &anna, "t.enc.yaml", "true")?, "")?.expect(0)?;
    let text = fs::read_to_string(&kept)?;
    fs::remove_dir_all(kept.parent().ok_or("no directory")?)?;
    same(&text, &format!("a: {CANARY}\nb: two\n"))?;
    // A failed editor is no mistake of the command line.
    given(&mut edit(folder, &anna, "t.enc.yaml", "exit 3")?, "")?.expect(6)
}

fn signals() -> Result<(), Failed> {
    if !Path::new("/dev/shm").is_dir() {
        return Ok(());
    }
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    import(
        folder,
        &anna,
        "s.enc.yaml",
        "yaml",
        &format!("a: {CANARY}\n"),
    )?;
    let waits = |deaf: &str| {
        format!(
            "{deaf} echo $$ > pid; echo \"$1\" > place.new; mv place.new place; while :; do sleep 0.05; done"
        )
    };
    for (signal, deaf) in [
        ("TERM", ""),
        ("HUP", ""),
        ("QUIT", ""),
        ("INT", ""),
        ("TERM", "trap '' TERM;"),
        ("KILL", ""),
    ] {
        let _ = fs::remove_file(folder.join("place"));
        let mut child = edit(folder, &anna, "s.enc.yaml", &waits(deaf))?
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        let place = loop {
            if let Ok(text) = fs::read_to_string(folder.join("place")) {
                break PathBuf::from(text.trim());
            }
            if start.elapsed() > Duration::from_secs(20) {
                child.kill()?;
                return Err("the editor does not start".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let pid = child.id().to_string();
        Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status()?;
        child.wait()?;
        // An editor that does not hear it goes when its terminal does.
        let editor = fs::read_to_string(folder.join("pid"))?;
        Command::new("kill")
            .args(["-KILL", editor.trim()])
            .stderr(Stdio::null())
            .status()?;
        let directory = place.parent().ok_or("no directory")?;
        if signal == "KILL" {
            // Nothing hears that; the next one clears up.
            if !directory.exists() {
                return Err("nothing was left".into());
            }
            given(&mut edit(folder, &anna, "s.enc.yaml", "true")?, "")?.expect(0)?;
        }
        if directory.exists() {
            fs::remove_dir_all(directory)?;
            return Err(format!("plaintext was left after SIG{signal} {deaf}").into());
        }
    }
    Ok(())
}

fn less() -> Result<(), Failed> {
    for (file, from, text) in [
        (
            "l.enc.yaml",
            "yaml",
            "# above\nregion: eu\nport: 80\ntoken: edge-canary-1618\n",
        ),
        (
            "l.enc.json",
            "json",
            "{\"region\": \"eu\", \"port\": 80, \"token\": \"edge-canary-1618\"}",
        ),
        (
            "l.enc.env",
            "dotenv",
            "# above\nregion=eu\nport=80\ntoken=edge-canary-1618\n",
        ),
        (
            "l.enc.ini",
            "ini",
            "[s]\n; above\nregion = eu\nport = 80\ntoken = edge-canary-1618\n",
        ),
    ] {
        let (folder, anna, _) = two(ALL)?;
        let folder = folder.path();
        import(folder, &anna, file, from, text)?;
        let before = plain(folder, &anna, file)?;
        fs::write(
            folder.join(".sops.yaml"),
            format!(
                "creation_rules:\n  - age: {}\n    encrypted_regex: ^token$\n",
                anna.recipient
            ),
        )?;
        let ran = run(folder, &anna, &["sync", file], "")?;
        ran.expect(6)?;
        ran.says("add `--allow-unencrypted`")?;
        let ran = run(folder, &anna, &["sync", "--allow-unencrypted", file], "")?;
        ran.expect(0)?;
        ran.says("2 values are unencrypted from now on")?;
        ran.says("region")?;
        ran.says("port")?;
        does_not_say(&ran, CANARY)?;
        let held = fs::read_to_string(folder.join(file))?;
        if !held.contains("eu") || !held.contains("80") || held.contains(CANARY) {
            return Err(format!("{file}: other values are encrypted:\n{held}").into());
        }
        same(&plain(folder, &anna, file)?, &before)?;
        sops_agrees(folder, &anna, file, &before)?;
        run(folder, &anna, &["sync", file], "")?.says("nothing written")?;
    }
    Ok(())
}

fn by_hand() -> Result<(), Failed> {
    for (file, from, text, line) in [
        (
            "h.enc.yaml",
            "yaml",
            "a: one\nlist: [x]\nb: two\n",
            "api_key: edge-canary-1618\n",
        ),
        (
            "h.enc.env",
            "dotenv",
            "a=one\nb=two\n",
            "api_key=edge-canary-1618\n",
        ),
        (
            "h.enc.ini",
            "ini",
            "[s]\na = one\nb = two\n",
            "[t]\napi_key = edge-canary-1618\n",
        ),
        (
            "h.enc.json",
            "json",
            "{\"a\": \"one\", \"b\": \"two\"}",
            "\"api_key\": \"edge-canary-1618\",",
        ),
    ] {
        for verb in ["set", "unset"] {
            let (folder, anna, _) = two(ALL)?;
            let folder = folder.path();
            import(folder, &anna, file, from, text)?;
            let path = folder.join(file);
            let held = fs::read_to_string(&path)?;
            let new = if from == "json" {
                held.replacen('{', &format!("{{{line}"), 1)
            } else {
                format!("{line}{held}")
            };
            fs::write(&path, new)?;
            fs::write(
                folder.join("tollgate.toml"),
                format!("[environments.staging]\nsecrets = \"{file}\"\n"),
            )?;
            let ran = run(folder, &anna, &["check"], "")?;
            ran.expect(6)?;
            ran.says("was written there by hand")?;
            does_not_say(&ran, CANARY)?;
            let said = ran.all().split_whitespace().collect::<Vec<_>>().join(" ");
            let begin = format!("`tollgate secrets {verb} ");
            let (_, rest) = said.split_once(&begin).ok_or("no command")?;
            let (rest, _) = rest.split_once('`').ok_or("no end")?;
            shell(
                folder,
                &anna,
                &format!("printf new | tollgate secrets {verb} {rest}"),
            )?
            .expect(0)?;
            let held = plain(folder, &anna, file)?;
            if held.contains(CANARY) || held.contains("api_key") != (verb == "set") {
                return Err(format!("{file}: {verb}:\n{held}").into());
            }
            sops_agrees(folder, &anna, file, &held)?;
        }
    }
    Ok(())
}

fn emptied() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    import(
        folder,
        &anna,
        "m.enc.yaml",
        "yaml",
        "l: [1, 2]\nm: {a: b}\n",
    )?;
    for (text, says) in [
        ("l: []\n", "l is a longer list in the file"),
        ("m: {}\n", "m is a map with values in the file"),
    ] {
        let ran = run(folder, &anna, &["import", "m.enc.yaml", "-"], text)?;
        ran.expect(6)?;
        ran.says(says)?;
    }
    run(folder, &anna, &["unset", "m.enc.yaml", "l"], "")?.expect(0)?;
    run(folder, &anna, &["import", "m.enc.yaml", "-"], "l: []\n")?.expect(0)?;
    same(
        &plain(folder, &anna, "m.enc.yaml")?,
        "m:\n    a: b\nl: []\n",
    )?;
    // What has no key in INI has no place.
    let ran = run(
        folder,
        &anna,
        &["import", "--create", "m.enc.ini", "-"],
        "[full]\na = b\n[nothing in it]\n",
    )?;
    ran.expect(0)?;
    ran.says("the section `nothing in it` has no key, and was left out")
}

fn comments() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let text = "# top\nfirst: one\nlist:\n    - # behind a dash\n      a: 1\n    # between\n    - a: 2\n# above\nlast: two\n";
    let ran = import(folder, &anna, "c.enc.yaml", "yaml", text)?;
    let held = plain(folder, &anna, "c.enc.yaml")?;
    for comment in ["# top", "# behind a dash", "# between", "# above"] {
        if !held.contains(comment) {
            return Err(format!("without {comment}:\n{held}{}", ran.all()).into());
        }
    }
    sops_agrees(folder, &anna, "c.enc.yaml", &held)
}

/// Has the real sops encrypt a file.
fn by_sops(folder: &Path, who: &Person, file: &str, text: &str) -> Result<(), Failed> {
    fs::write(folder.join(file), text)?;
    let mut command = Command::new(program("sops").ok_or("no sops")?);
    command
        .current_dir(folder)
        .args(["encrypt", "--in-place", "--age", &who.recipient, file]);
    keys(&mut command, folder, &who.key);
    given(&mut command, "")?.expect(0)
}

fn of_sops() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    by_sops(folder, &anna, "bom.enc.env", "\u{feff}A=one\nB=two\n")?;
    let held = plain(folder, &anna, "bom.enc.env")?;
    same(&held, "\u{feff}A=one\nB=two\n")?;
    run(folder, &anna, &["set", "bom.enc.env", "B"], "three")?.expect(0)?;
    sops_agrees(folder, &anna, "bom.enc.env", "\u{feff}A=one\nB=three\n")?;
    // INI of sops has a section twice, and of a key the last value.
    for (file, text, key) in [
        ("twice.enc.env", "A=one\nB=two\nA=three\n", "A"),
        (
            "twice.enc.ini",
            "[s]\na = one\n[t]\nb = two\n[s]\nc = three\n",
            "s",
        ),
    ] {
        by_sops(folder, &anna, file, text)?;
        let ran = run(folder, &anna, &["decrypt", file], "")?;
        ran.expect(6)?;
        ran.says(&format!(
            "has the key {key} twice, which SOPS writes and shows"
        ))?;
        ran.says(&format!("`sops edit '{file}'`"))?;
    }
    Ok(())
}

fn infinite() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    by_sops(
        folder,
        &anna,
        "i.enc.yaml",
        "up: .inf\ndown: -.inf\nno: .nan\na: one\n",
    )?;
    let ran = given(
        &mut edit(folder, &anna, "i.enc.yaml", "sed -i s/one/two/ \"$1\"")?,
        "",
    )?;
    ran.expect(0)?;
    ran.says("1 value set")?;
    let held = plain(folder, &anna, "i.enc.yaml")?;
    if !held.contains("a: two") {
        return Err(held.into());
    }
    sops_agrees(folder, &anna, "i.enc.yaml", &held)
}

fn own_key() -> Result<(), Failed> {
    let (folder, anna, ben) = two("creation_rules:\n  - age: ANNA,BEN\n")?;
    let folder = folder.path();
    let before = fs::read_to_string(folder.join("secrets.staging.enc.yaml"))?;
    let ran = run(folder, &anna, &["revoke", &anna.recipient, "--all"], "")?;
    ran.expect(6)?;
    ran.says("none of your keys could open secrets.")?;
    same(
        &fs::read_to_string(folder.join("secrets.staging.enc.yaml"))?,
        &before,
    )?;
    run(folder, &ben, &["revoke", &anna.recipient, "--all"], "")?.expect(0)?;
    // Who is refused does not read it.
    fs::write(
        folder.join("tollgate.toml"),
        format!(
            "[environments.staging]\n[environments.staging.secrets]\nrecipients = [\"{}\"]\n[environments.production]\n",
            ben.recipient
        ),
    )?;
    let ran = run(
        folder,
        &ben,
        &["grant", &anna.recipient, "secrets.staging.enc.yaml"],
        "",
    )?;
    ran.expect(7)?;
    ran.says("would be encrypted to")
}

fn nothing() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    let before = fs::read_to_string(folder.join(file))?;
    let ran = run(folder, &anna, &["set", file, "brand_new"], "")?;
    ran.expect(2)?;
    ran.says("is empty")?;
    same(&fs::read_to_string(folder.join(file))?, &before)?;
    run(
        folder,
        &anna,
        &["set", "--allow-empty", file, "brand_new"],
        "",
    )?
    .expect(0)?;
    let mut command = tollgate(folder);
    command
        .args(["secrets", "set", "--from-env", "EDGE", file, "of_env"])
        .env("EDGE", "one line\n");
    keys(&mut command, folder, &anna.key);
    given(&mut command, "")?.expect(0)?;
    let held = plain(folder, &anna, file)?;
    if held.contains("of_env: one line\n") && held.contains("brand_new: \"\"") {
        return Ok(());
    }
    Err(held.into())
}

fn in_the_way() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    std::os::unix::fs::symlink("nowhere", folder.join("link"))?;
    fs::write(folder.join("notes.txt"), "shopping\n")?;
    for (file, says) in [
        ("/dev/full", "is not a regular file"),
        ("link", "is a link to a file that is not there"),
        ("notes.txt", "is there already, and is not written over"),
    ] {
        let ran = given(tollgate(folder).args(["secrets", "keygen", "-o", file]), "")?;
        ran.expect(2)?;
        ran.says(says)?;
        does_not_say(&ran, "holds somebody's identity")?;
    }
    if folder.join("nowhere").exists() {
        return Err("it was written through the link".into());
    }
    let key = folder.join("key.txt");
    let key = key.to_str().ok_or("no text")?;
    given(tollgate(folder).args(["secrets", "keygen", "-o", key]), "")?.expect(0)?;
    let ran = given(tollgate(folder).args(["secrets", "keygen", "-o", key]), "")?;
    ran.expect(2)?;
    ran.says("holds somebody's identity")
}
