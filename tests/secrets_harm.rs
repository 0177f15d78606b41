//! Advice that would harm: it hands a file to somebody, makes a password of ciphertext, writes over rules,
//! or shows a private key. Each is asked for, and what is said instead is taken as it is printed.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, given, tollgate};
use crate::secrets_advice::shell;
use crate::secrets_daily::{Person, decrypted, keys, person, run};
use crate::tools::program;

/// In values, and in no message and no file.
const CANARY: &str = "harm-canary-0815";

pub(crate) fn trials() -> Vec<Trial> {
    let sops = program("sops").is_none();
    vec![
        Trial::test(
            "secrets::a_rule_is_not_widened_for_who_was_not_named",
            widened,
        ),
        Trial::test(
            "secrets::check_says_both_ways_where_sync_lets_somebody_in",
            both_ways,
        ),
        Trial::test("secrets::revoking_says_what_else_the_rule_is_for", narrowed),
        Trial::test(
            "secrets::a_grant_wants_the_file_to_follow_its_rule",
            drifted,
        ),
        Trial::test("secrets::a_group_of_one_is_no_last_reader", alone_in_group),
        Trial::test("secrets::a_file_without_its_metadata_is_damaged", cut_off),
        Trial::test("secrets::ciphertext_is_no_secret", ciphertext).with_ignored_flag(sops),
        Trial::test("secrets::advice_writes_over_no_rules", other_rules),
        Trial::test("secrets::what_others_read_is_not_encrypted", for_others),
        Trial::test("secrets::a_private_key_is_not_repeated", private_key),
        Trial::test("secrets::a_value_behind_a_name_is_refused", assigned),
        Trial::test("secrets::a_marker_can_stand_below_a_key", marked),
        Trial::test("secrets::a_copy_is_handed_to_nobody", copied),
        Trial::test("secrets::a_file_of_another_name_is_refused", misnamed),
        Trial::test("secrets::a_conflict_says_which_side_is_which", conflicting),
    ]
}

/// Two environments, Anna's by the rules that are given; `ANNA` and `BEN` stand for their recipients.
pub(crate) fn two(rules: &str) -> Result<(tempfile::TempDir, Person, Person), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    fs::create_dir(path.join(".git"))?;
    let keys = tempfile::tempdir()?.keep();
    let (anna, ben) = (person(&keys, "anna")?, person(&keys, "ben")?);
    fs::write(
        path.join("tollgate.toml"),
        "[environments.staging]\n[environments.production]\n",
    )?;
    write_rules(path, rules, &anna, &ben)?;
    for environment in ["staging", "production"] {
        made(path, &anna, &format!("secrets.{environment}.enc.yaml"))?;
    }
    Ok((folder, anna, ben))
}

fn write_rules(folder: &Path, rules: &str, anna: &Person, ben: &Person) -> Result<(), Failed> {
    let rules = rules
        .replace("ANNA", &anna.recipient)
        .replace("BEN", &ben.recipient);
    Ok(fs::write(folder.join(".sops.yaml"), rules)?)
}

pub(crate) fn made(folder: &Path, who: &Person, file: &str) -> Result<(), Failed> {
    let plain = format!("db_password: {CANARY}\n");
    let arguments = ["import", "--create", file, "-", "--from-type", "yaml"];
    run(folder, who, &arguments, &plain)?.expect(0)
}

pub(crate) fn does_not_say(ran: &Run, text: &str) -> Result<(), Failed> {
    if ran.all().contains(text) {
        return Err(format!("says {text:?}:\n{}", ran.all()).into());
    }
    Ok(())
}

pub(crate) const ALL: &str = "creation_rules:\n  - age: ANNA\n";
const BOTH: &str = "creation_rules:\n  - age: ANNA,BEN\n";

const APART: &str = "creation_rules:\n  - path_regex: staging\n    age: BEN\n  - age: ANNA\n";

fn copied() -> Result<(), Failed> {
    let exec = |environment: &str| format!("tollgate exec -e {environment} --env -- true");
    let (folder, anna, ben) = two(APART)?;
    let folder = folder.path();
    let (staging, production) = ("secrets.staging.enc.yaml", "secrets.production.enc.yaml");
    shell(folder, &anna, &exec("production"))?.expect(0)?;
    fs::copy(folder.join(production), folder.join(staging))?;
    let before = fs::read_to_string(folder.join(staging))?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(6)?;
    check.says("is a copy of secrets.")?;
    does_not_say(&check, "tollgate secrets sync")?;
    let sync = run(folder, &anna, &["sync", staging], "")?;
    sync.expect(7)?;
    sync.says("has encrypted values of secrets.production.enc.yaml, the file of `production`")?;
    sync.says(&format!("{} would read them from now on", ben.recipient))?;
    sync.says("tollgate secrets init 'secrets.staging.enc.yaml'")?;
    // Whose it is the rules tell.
    let ran = shell(folder, &anna, &exec("staging"))?;
    ran.expect(125)?;
    ran.says("one is a copy of the other")?;
    shell(folder, &anna, &exec("production"))?.expect(0)?;
    // Without rules of their own nobody can tell, and a new data key would hide it.
    write_rules(folder, ALL, &anna, &ben)?;
    let rotate = run(folder, &anna, &["rotate", staging], "")?;
    rotate.expect(7)?;
    rotate.says("nobody could tell any more")?;
    shell(folder, &anna, &exec("production"))?.expect(125)?;
    write_rules(
        folder,
        "creation_rules:\n  - path_regex: staging\n    age: ANNA\n  - age: ANNA\n",
        &anna,
        &ben,
    )?;
    let grant = run(folder, &anna, &["grant", &ben.recipient, staging], "")?;
    grant.expect(7)?;
    grant.says("the recipient would read them")?;
    if fs::read_to_string(folder.join(staging))? != before {
        return Err("the copy was changed".into());
    }
    // Who is let into both gets nothing by the copy.
    let both = ["grant", &ben.recipient, staging, production];
    run(folder, &anna, &both, "")?.expect(0)?;
    fs::remove_file(folder.join(staging))?;
    made(folder, &anna, staging)?;
    run(folder, &anna, &["rotate", staging], "")?.expect(0)?;
    shell(folder, &anna, &exec("staging"))?.expect(0)
}

fn misnamed() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let toml = |text: &str| fs::write(folder.join("tollgate.toml"), text);
    toml(
        "[environments.staging]\n[environments.production]\nsecrets = \"secrets.staging.enc.yaml\"\n",
    )?;
    let said = "secrets.staging.enc.yaml is called as the file of `staging`, and `production`, which is protected, is given it";
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(7)?;
    check.says("is called as the file of `staging`")?;
    let exec = "tollgate exec -e production --env -- true";
    let ran = shell(folder, &anna, exec)?;
    ran.expect(125)?;
    ran.says(said)?;
    // One that is for both has a name that says so.
    fs::rename(
        folder.join("secrets.staging.enc.yaml"),
        folder.join("secrets.common.enc.yaml"),
    )?;
    fs::remove_file(folder.join("secrets.production.enc.yaml"))?;
    toml(
        "[environments.staging]\nsecrets = \"secrets.common.enc.yaml\"\n[environments.production]\nsecrets = \"secrets.common.enc.yaml\"\n",
    )?;
    shell(folder, &anna, exec)?.expect(0)?;
    run(folder, &anna, &["check"], "")?.expect(0)?;
    // The other way round it is said.
    fs::rename(
        folder.join("secrets.common.enc.yaml"),
        folder.join("secrets.production.enc.yaml"),
    )?;
    toml(
        "[environments.staging]\nsecrets = \"secrets.production.enc.yaml\"\n[environments.production]\n",
    )?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(0)?;
    check.says("is called as the file of `production`")
}

fn conflicting() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    let text = fs::read_to_string(folder.join(file))?;
    let sides = format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n");
    fs::write(folder.join(file), sides)?;
    let decrypt = || run(folder, &anna, &["decrypt", file], "");
    let committed = decrypt()?;
    committed.says("no merge is under way")?;
    committed.says("git checkout COMMIT -- ")?;
    does_not_say(&committed, "--ours")?;
    fs::write(folder.join(".git/MERGE_HEAD"), "")?;
    decrypt()?.says("` is the branch that you are on")?;
    fs::remove_file(folder.join(".git/MERGE_HEAD"))?;
    fs::create_dir(folder.join(".git/rebase-merge"))?;
    decrypt()?.says("in which your own is `git checkout --theirs ")
}

fn widened() -> Result<(), Failed> {
    let (folder, anna, ben) = two(ALL)?;
    let folder = folder.path();
    let before = fs::read_to_string(folder.join(".sops.yaml"))?;
    let ran = run(
        folder,
        &anna,
        &["grant", &ben.recipient, "-e", "staging"],
        "",
    )?;
    ran.expect(2)?;
    ran.says("is also for secrets.production.enc.yaml")?;
    if fs::read_to_string(folder.join(".sops.yaml"))? != before
        || decrypted(folder, &ben, "secrets.staging.enc.yaml")?.is_some()
    {
        return Err("something was changed".into());
    }
    // With `recipients`, of which the isolated one says nothing of who is in the rule.
    fs::write(
        folder.join("tollgate.toml"),
        format!(
            "[project]\nisolated = true\n[environments.staging.secrets]\nrecipients = [\"{0}\", \"{1}\"]\n[environments.production.secrets]\nrecipients = [\"{0}\"]\n",
            anna.recipient, ben.recipient
        ),
    )?;
    run(
        folder,
        &anna,
        &["grant", &ben.recipient, "-e", "staging"],
        "",
    )?
    .expect(2)?;
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging]\n[environments.production]\n",
    )?;
    // A rule of its own, as it says; then production is left alone, and nobody says to let Ben in.
    write_rules(
        folder,
        "creation_rules:\n  - path_regex: secrets\\.staging\\.enc\\.yaml$\n    age: ANNA\n  - age: ANNA\n",
        &anna,
        &ben,
    )?;
    run(
        folder,
        &anna,
        &["grant", &ben.recipient, "-e", "staging"],
        "",
    )?
    .expect(0)?;
    decrypted(folder, &ben, "secrets.staging.enc.yaml")?.ok_or("ben was let in")?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(0)?;
    does_not_say(&check, "sync")?;
    if decrypted(folder, &ben, "secrets.production.enc.yaml")?.is_some() {
        return Err("ben reads production".into());
    }
    // All at once is meant, and takes along what is no environment's.
    write_rules(folder, ALL, &anna, &ben)?;
    run(
        folder,
        &anna,
        &["revoke", &ben.recipient, "-e", "staging"],
        "",
    )?
    .expect(0)?;
    made(folder, &anna, "other.enc.yaml")?;
    run(folder, &anna, &["grant", &ben.recipient, "--all"], "")?.expect(0)?;
    for file in ["secrets.production.enc.yaml", "other.enc.yaml"] {
        decrypted(folder, &ben, file)?.ok_or("not all were granted")?;
    }
    Ok(())
}

fn both_ways() -> Result<(), Failed> {
    let (folder, anna, ben) = two(ALL)?;
    let folder = folder.path();
    write_rules(folder, BOTH, &anna, &ben)?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(6)?;
    check.says("if it must not read the file: give the file a rule of its own")?;
    check.says("if it may: `tollgate secrets sync 'secrets.production.enc.yaml'`")?;
    // A rule that nobody comes to has the readers that the file has.
    write_rules(
        folder,
        "creation_rules:\n  - path_regex: .*\n    age: ANNA,BEN\n  - path_regex: staging\n    age: ANNA\n",
        &anna,
        &ben,
    )?;
    let check = run(folder, &anna, &["check", "-e", "staging"], "")?;
    check.expect(6)?;
    check.says("move the rule at line 4 of .sops.yaml")?;
    // A sync that is meant says whom it lets in.
    let ran = run(folder, &anna, &["sync", "-e", "staging"], "")?;
    ran.expect(0)?;
    ran.says(&format!("can read it now: {}", ben.recipient))
}

fn narrowed() -> Result<(), Failed> {
    let (folder, anna, ben) = two(BOTH)?;
    let folder = folder.path();
    fs::create_dir(folder.join("deep"))?;
    made(folder, &anna, "deep/c.enc.yaml")?;
    let before = fs::read_to_string(folder.join("secrets.staging.enc.yaml"))?;
    let ran = run(
        folder,
        &anna,
        &["revoke", &ben.recipient, "secrets.staging.enc.yaml"],
        "",
    )?;
    ran.expect(2)?;
    ran.says("deep/c.enc.yaml")?;
    if fs::read_to_string(folder.join("secrets.staging.enc.yaml"))? != before {
        return Err("the file was changed".into());
    }
    // The command that it prints names all of them.
    let said = ran.all().replace('\n', " ");
    let words: Vec<&str> = said.split_whitespace().collect();
    let said = words.join(" ");
    let (_, rest) = said.split_once("all of them: `").ok_or("no command")?;
    let (command, _) = rest.split_once('`').ok_or("no end")?;
    shell(folder, &anna, command)?.expect(0)?;
    for file in ["deep/c.enc.yaml", "secrets.production.enc.yaml"] {
        if decrypted(folder, &ben, file)?.is_some() {
            return Err(format!("ben reads {file}").into());
        }
    }
    Ok(())
}

fn drifted() -> Result<(), Failed> {
    let (folder, anna, ben) = two(BOTH)?;
    let folder = folder.path();
    write_rules(folder, ALL, &anna, &ben)?;
    let cleo = person(folder, "cleo")?;
    let ran = run(folder, &anna, &["grant", &cleo.recipient, "--all"], "")?;
    ran.expect(7)?;
    ran.says("which the rule at .sops.yaml:2 does not name")
}

fn alone_in_group() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    fs::create_dir(folder.join(".git"))?;
    let people = [
        person(folder, "anna")?,
        person(folder, "ben")?,
        person(folder, "cleo")?,
    ];
    let [anna, ben, cleo] = &people;
    let rules = |groups: &[&Person]| -> Result<(), Failed> {
        let groups: Vec<String> = groups
            .iter()
            .map(|one| format!("      - age: [{}]\n", one.recipient))
            .collect();
        Ok(fs::write(
            folder.join(".sops.yaml"),
            format!(
                "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n{}",
                groups.concat()
            ),
        )?)
    };
    rules(&[anna, ben, cleo])?;
    made(folder, anna, "a.yaml")?;
    let both = Person {
        key: folder.join("both.txt"),
        recipient: String::new(),
    };
    let own = |one: &Person| fs::read_to_string(&one.key);
    fs::write(&both.key, format!("{}{}", own(anna)?, own(cleo)?))?;
    let ran = run(folder, &both, &["revoke", &ben.recipient, "a.yaml"], "")?;
    ran.expect(2)?;
    ran.says("only member of a key group")?;
    does_not_say(&ran, "nobody else could read")?;
    // The group goes, and the file follows.
    rules(&[anna, cleo])?;
    ran.says("`tollgate secrets sync 'a.yaml'`")?;
    run(folder, &both, &["sync", "a.yaml"], "")?.expect(0)?;
    let text = fs::read_to_string(folder.join("a.yaml"))?;
    if text.contains(&ben.recipient) || decrypted(folder, &both, "a.yaml")?.is_none() {
        return Err("ben is still in the file, or nobody reads it".into());
    }
    Ok(())
}

fn cut_off() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = folder.join("secrets.staging.enc.yaml");
    let whole = fs::read_to_string(&file)?;
    let (values, _) = whole.split_once("sops:").ok_or("no metadata")?;
    fs::write(&file, values)?;
    let commands: [&[&str]; 4] = [
        &["check", "-e", "staging"],
        &["show", "secrets.staging.enc.yaml"],
        &["decrypt", "secrets.staging.enc.yaml"],
        &[
            "import",
            "--create",
            "new.enc.yaml",
            "secrets.staging.enc.yaml",
        ],
    ];
    for arguments in commands {
        let ran = run(folder, &anna, arguments, "")?;
        ran.expect(6)?;
        ran.says("is damaged")?;
        ran.says("`git log -p -- 'secrets.staging.enc.yaml'`")?;
        does_not_say(&ran, "sops encrypt")?;
    }
    Ok(())
}

fn ciphertext() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    let whole = fs::read_to_string(folder.join(file))?;
    let (values, _) = whole.split_once("sops:").ok_or("no metadata")?;
    fs::write(folder.join(file), values)?;
    shell(folder, &anna, &format!("sops encrypt --in-place {file}"))?.expect(0)?;
    let mut command = tollgate(folder);
    command.args(["exec", "-e", "staging", "--env", "--", "env"]);
    keys(&mut command, folder, &anna.key);
    let ran = given(&mut command, "")?;
    ran.expect(125)?;
    ran.says("has at db_password an encrypted value")?;
    does_not_say(&ran, "DB_PASSWORD=")?;
    // It is set anew as it says, and nobody sets it to what a file lost.
    let value = values.split_once(": ").ok_or("no value")?.1.trim();
    run(folder, &anna, &["set", file, "db_password"], value)?.expect(2)?;
    ran.says("`tollgate secrets set 'secrets.staging.enc.yaml' db_password`")?;
    run(folder, &anna, &["set", file, "db_password"], CANARY)?.expect(0)?;
    let mut command = tollgate(folder);
    command.args(["exec", "-e", "staging", "--env", "--", "true"]);
    keys(&mut command, folder, &anna.key);
    given(&mut command, "")?.expect(0)
}

fn other_rules() -> Result<(), Failed> {
    let (folder, anna, ben) = two(ALL)?;
    let folder = folder.path();
    let before = fs::read_to_string(folder.join(".sops.yaml"))?;
    fs::create_dir_all(folder.join("nested/.git"))?;
    fs::create_dir_all(folder.join("nested/new"))?;
    let beside = tempfile::tempdir()?;
    fs::create_dir(beside.path().join(".git"))?;
    let absolute = beside
        .path()
        .join("it's \"n\".enc.yaml")
        .display()
        .to_string();
    for file in ["nested/n.enc.yaml", "./nested/new/m.enc.yaml", &absolute] {
        let ran = run(folder, &anna, &["init", file, "--no-input"], "")?;
        ran.expect(6)?;
        let said = ran.all();
        let words: Vec<&str> = said.split_whitespace().collect();
        let said = words
            .join(" ")
            .replace("creation_rules:\\n -", "creation_rules:\\n  -");
        let (_, rest) = said.split_once("alone: `").ok_or("no command")?;
        let (command, _) = rest.rsplit_once('`').ok_or("no end")?;
        // What stands in quotes has lost its second spaces with the lines.
        let command = command
            .replace("\\n age:", "\\n    age:")
            .replace("YOUR_AGE_RECIPIENT", &anna.recipient);
        shell(folder, &ben, &command)?.expect(0)?;
        if fs::read_to_string(folder.join(".sops.yaml"))? != before {
            return Err("the rules of another repository were changed".into());
        }
        run(folder, &anna, &["init", file, "--no-input"], "")?.expect(0)?;
        // The next one is of the same repository, and has no rule.
        for rules in ["nested/.sops.yaml", "nested/new/.sops.yaml"] {
            let _ = fs::remove_file(folder.join(rules));
        }
    }
    // What is above `..` is not above here.
    fs::create_dir_all(folder.join("work"))?;
    fs::create_dir_all(folder.join("nested/deep"))?;
    fs::write(
        folder.join("work/.sops.yaml"),
        before.replace(&anna.recipient, &ben.recipient),
    )?;
    fs::write(folder.join("nested/.sops.yaml"), &before)?;
    let ran = run(
        &folder.join("work"),
        &anna,
        &["init", "../nested/deep/x.enc.yaml"],
        "",
    )?;
    ran.expect(0)?;
    ran.says(&anna.recipient)
}

fn for_others() -> Result<(), Failed> {
    let (folder, anna, ben) = two(ALL)?;
    let folder = folder.path();
    write_rules(
        folder,
        "creation_rules:\n  - path_regex: .*\\.yaml$\n    age: ANNA\n",
        &anna,
        &ben,
    )?;
    fs::create_dir_all(folder.join(".github/workflows"))?;
    fs::write(folder.join(".github/workflows/ci.yaml"), "on: push\n")?;
    fs::write(folder.join("docker-compose.yaml"), "services: {}\n")?;
    fs::write(folder.join(".yamllint.yaml"), "rules: {}\n")?;
    let check = run(folder, &anna, &["check"], "")?;
    check.expect(0)?;
    check.says("narrow `path_regex`")?;
    for text in ["sops encrypt", ".github", "yamllint"] {
        does_not_say(&check, text)?;
    }
    let ran = run(folder, &anna, &["show", ".sops.yaml"], "")?;
    ran.expect(6)?;
    does_not_say(&ran, "sops encrypt")?;
    // One that names files by what they are called still says so.
    write_rules(
        folder,
        "creation_rules:\n  - path_regex: prod[^/]*\\.yaml$\n    age: ANNA\n",
        &anna,
        &ben,
    )?;
    fs::write(folder.join("prod-db.yaml"), "user: x\n")?;
    run(folder, &anna, &["check"], "")?.says("sops encrypt --in-place 'prod-db.yaml'")
}

fn private_key() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let ssh =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaCANARY\n-----END OPENSSH PRIVATE KEY-----";
    let own = fs::read_to_string(&anna.key)?;
    let age = own
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .ok_or("no key")?;
    let small = age.to_ascii_lowercase();
    let pem = format!("--name={ssh}");
    let plugin = "AGE-PLUGIN-YUBIKEY-1QQQQCANARY";
    let file = "secrets.staging.enc.yaml";
    let lines: [&[&str]; 9] = [
        &["secrets", "grant", ssh, file],
        &["secrets", "revoke", ssh, file],
        &["secrets", "grant", "--", ssh, file],
        &["secrets", "set", file, age],
        &["secrets", "set", file, "token", &small],
        &["secrets", "show", &pem],
        &["secrets", "revoke", plugin, file],
        &["check", &pem],
        // Without quotes it is several.
        &[
            "secrets",
            "grant",
            "-----BEGIN",
            "OPENSSH",
            "PRIVATE",
            "KEY-----",
            "b3BlbnNzaCANARY",
        ],
    ];
    for arguments in lines {
        let mut command = tollgate(folder);
        command.args(arguments);
        keys(&mut command, folder, &anna.key);
        let ran = given(&mut command, "x")?;
        ran.expect(2)?;
        ran.says("that is a private key")?;
        for key in ["CANARY", age, &small] {
            does_not_say(&ran, key)?;
        }
    }
    Ok(())
}

fn assigned() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    let before = fs::read_to_string(folder.join(file))?;
    let ran = run(folder, &anna, &["set", file, "token=hunter2"], "x")?;
    ran.expect(2)?;
    ran.says(&format!("`tollgate secrets set '{file}' token`"))?;
    does_not_say(&ran, "hunter2")?;
    if fs::read_to_string(folder.join(file))? != before {
        return Err("the file was changed".into());
    }
    // In brackets it is meant, and then it is there.
    run(folder, &anna, &["set", file, "[\"a=b\"]"], "x")?.expect(0)?;
    run(folder, &anna, &["set", file, "a=b"], "y")?.expect(0)
}

fn marked() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging.secrets]\nenvironment-marker = \"about.name\"\n[environments.production]\n",
    )?;
    let exec = || -> Result<Run, Failed> {
        let mut command = tollgate(folder);
        command.args(["exec", "-e", "staging", "--env", "--", "true"]);
        keys(&mut command, folder, &anna.key);
        given(&mut command, "")
    };
    let ran = exec()?;
    ran.says(
        "`printf staging | tollgate secrets set 'secrets.staging.enc.yaml' '[\"about\"][\"name\"]'`",
    )?;
    shell(
        folder,
        &anna,
        &format!("printf staging | tollgate secrets set '{file}' '[\"about\"][\"name\"]'"),
    )?
    .expect(0)?;
    exec()?.expect(0)?;
    // A new file says it from the start.
    fs::remove_file(folder.join(file))?;
    run(folder, &anna, &["init", "-e", "staging", "--no-input"], "")?.expect(0)?;
    exec()?.expect(0)
}
