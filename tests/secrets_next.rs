//! What `secrets check` finds without being told where to look, and next steps that fit the format of a
//! file: each is taken as it is printed.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::cli::{git, given, tollgate};
use crate::secrets_advice::shell;
use crate::secrets_daily::{Person, decrypted, keys, project, run};
use crate::secrets_harm::{ALL, does_not_say, two};
use crate::tools::program;

const CANARY: &str = "next-canary-2342";

pub(crate) fn trials() -> Vec<Trial> {
    let git = program("git").is_none();
    vec![
        Trial::test("secrets::decrypted_copies_are_found_by_their_names", copies)
            .with_ignored_flag(git),
        Trial::test("secrets::an_identity_in_the_repository_is_found", identity)
            .with_ignored_flag(git),
        Trial::test("secrets::ini_and_dotenv_get_advice_that_fits", flat),
        Trial::test(
            "secrets::a_value_where_a_map_belongs_takes_two_steps",
            two_steps,
        ),
        Trial::test("secrets::check_says_of_defaults_what_plan_says", defaults),
        Trial::test("secrets::one_key_in_two_files_is_found", twice),
        Trial::test("secrets::nothing_is_not_several_documents", nothing),
        Trial::test("secrets::numbers_that_stay_are_not_changed", numbers),
        Trial::test("secrets::texts_stay_what_they_are_in_numbers", respelt),
        Trial::test("secrets::comments_do_not_go_unsaid", comments),
        Trial::test("secrets::names_are_quoted_for_the_shell", quoted),
        Trial::test("secrets::what_is_wrong_is_named", named),
    ]
}

fn copies() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    git(folder, &["init", "-q"])?;
    let check = |code: i32, says: &str| -> Result<(), Failed> {
        let ran = run(folder, &anna, &["check"], "")?;
        ran.expect(code)?;
        does_not_say(&ran, CANARY)?;
        ran.says(says)
    };
    check(0, "")?;
    let yaml = format!("db_password: {CANARY}\n");
    let json = format!("{{\"db_password\": \"{CANARY}\"}}\n");
    let env = format!("DB_PASSWORD={CANARY}\n");
    fs::create_dir(folder.join("plain"))?;
    for (file, text) in [
        ("secrets.yaml", &yaml),
        ("secrets.json", &json),
        ("staging.yaml", &yaml),
        ("decrypted.yaml", &yaml),
        ("staging.dec.yaml", &yaml),
        ("out.json", &json),
        (".env", &env),
        ("plain/secrets.yaml", &yaml),
    ] {
        fs::write(folder.join(file), text)?;
        check(6, file)?;
        check(6, "a decrypted copy")?;
        // What git ignores goes nowhere.
        fs::write(folder.join(".gitignore"), format!("/{file}\n"))?;
        check(0, "")?;
        // Unless somebody has added it all the same.
        git(folder, &["add", "-f", file])?;
        check(6, "a decrypted copy")?;
        git(folder, &["rm", "-q", "--cached", file])?;
        fs::remove_file(folder.join(file))?;
        fs::remove_file(folder.join(".gitignore"))?;
    }
    fs::write(
        folder.join(".envrc"),
        format!("use nix\nexport TF_VAR_db_password={CANARY}\n"),
    )?;
    check(6, "line 2 sets `db_password`")?;
    fs::remove_file(folder.join(".envrc"))?;
    // Examples, what leads to a value elsewhere, and other files are none.
    for (file, text) in [
        ("secrets.example.yaml", "db_password: changeme\n"),
        ("empty.json", "{\"db_password\": \"\"}\n"),
        (".env", "DB_PASSWORD=$(pass show db)\n"),
        (".envrc", "export TF_VAR_db_password=\"$DB\"\n"),
        ("values.yaml", "db:\n    db_password: x1y2\nreplicas: 3\n"),
    ] {
        fs::write(folder.join(file), text)?;
        check(0, "")?;
    }
    Ok(())
}

fn identity() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    git(folder, &["init", "-q"])?;
    fs::create_dir(folder.join("keys"))?;
    fs::copy(&anna.key, folder.join("keys/age.key"))?;
    let ran = run(folder, &anna, &["check"], "")?;
    ran.expect(0)?;
    ran.says("git does not ignore it")?;
    git(folder, &["add", "keys/age.key"])?;
    let ran = run(folder, &anna, &["check"], "")?;
    ran.expect(6)?;
    ran.says("holds a private key of age, and is in the repository")?;
    ran.says("git rm --cached 'keys/age.key'")?;
    does_not_say(&ran, "AGE-SECRET-KEY")
}

fn execs(folder: &Path, who: &Person, script: &str) -> Result<(), Failed> {
    let mut command = tollgate(folder);
    command.args(["exec", "-e", "staging", "--env", "--", "sh", "-c", script]);
    keys(&mut command, folder, &who.key);
    given(&mut command, "")?.expect(0)
}

fn flat() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    fs::remove_file(folder.join("secrets.staging.enc.yaml"))?;
    fs::write(
        folder.join("main.tf"),
        "variable \"db_password\" {\n  type = string\n  sensitive = true\n}\nvariable \"port\" {\n  type = number\n  sensitive = true\n}\n",
    )?;
    for file in ["b.enc.ini", "b.enc.env"] {
        fs::write(
            folder.join("tollgate.toml"),
            format!("[environments.staging]\nsecrets = \"{file}\"\n"),
        )?;
        let ran = run(folder, &anna, &["init", "-e", "staging", "--no-input"], "")?;
        ran.expect(0)?;
        let commands: Vec<&str> = ran
            .stdout
            .lines()
            .filter(|line| line.trim().starts_with("tollgate secrets set"))
            .collect();
        if commands.len() != 2 {
            return Err(format!("not two commands:\n{}", ran.stdout).into());
        }
        for command in commands {
            shell(folder, &anna, &format!("printf 42 | {command}"))?.expect(0)?;
        }
        run(folder, &anna, &["check"], "")?.expect(0)?;
        execs(folder, &anna, "test \"$DB_PASSWORD$PORT\" = 4242")?;
    }
    // A list is for another format.
    fs::write(
        folder.join("main.tf"),
        "variable \"names\" {\n  type = list(string)\n  sensitive = true\n}\n",
    )?;
    let ran = run(folder, &anna, &["init", "c.enc.env", "--no-input"], "")?;
    ran.expect(0)?;
    ran.says("the format holds text only")?;
    does_not_say(&ran, "[0]")
}

fn two_steps() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    fs::write(
        folder.join("main.tf"),
        "variable \"db_password\" {\n  type = map(string)\n  sensitive = true\n}\n",
    )?;
    let ran = run(folder, &anna, &["check", "-e", "staging"], "")?;
    ran.expect(6)?;
    ran.says(&format!(
        "take it out: `tollgate secrets unset '{file}' db_password`"
    ))?;
    let set = format!("tollgate secrets set '{file}' '[\"db_password\"][\"KEY\"]'");
    ran.says(&set)?;
    shell(
        folder,
        &anna,
        &format!("tollgate secrets unset {file} db_password; printf x | {set}"),
    )?
    .expect(0)?;
    let ran = run(folder, &anna, &["check", "-e", "staging"], "")?;
    does_not_say(&ran, "is a text")
}

fn defaults() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    let variable = |ty: &str, default: &str| -> Result<(), Failed> {
        Ok(fs::write(
            folder.join("main.tf"),
            format!(
                "variable \"db_password\" {{\n  sensitive = true\n}}\nvariable \"other\" {{\n  type = {ty}\n  default = {default}\n  sensitive = true\n}}\n"
            ),
        )?)
    };
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging]\n[environments.production]\nprotected = true\n",
    )?;
    for (ty, default) in [
        ("map(string)", "{}"),
        ("list(string)", "[]"),
        ("string", "\"\""),
        ("string", "null"),
    ] {
        variable(ty, default)?;
        let ran = run(folder, &anna, &["check"], "")?;
        ran.expect(0)?;
        does_not_say(&ran, "takes its default")?;
    }
    for (ty, default) in [
        ("string", "\"changeme\""),
        ("number", "5"),
        ("object({ p = optional(string, \"x\") })", "{}"),
    ] {
        variable(ty, default)?;
        let ran = run(folder, &anna, &["check"], "")?;
        ran.expect(6)?;
        ran.says("the variable `other` is secret, and takes its default")?;
        ran.says("`tollgate secrets set 'secrets.production.enc.yaml' other`")?;
        // Elsewhere it is a warning, as for plan.
        run(folder, &anna, &["check", "-e", "staging"], "")?.expect(0)?;
    }
    Ok(())
}

fn twice() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging]\nworkspace = \"staging\"\n[environments.staging.secrets]\nfiles = [\"secrets.staging.enc.yaml\", \"more.enc.yaml\"]\n",
    )?;
    let arguments = [
        "import",
        "--create",
        "more.enc.yaml",
        "-",
        "--from-type",
        "yaml",
    ];
    run(folder, &anna, &arguments, "db_password: x\nmore: y\n")?.expect(0)?;
    fs::write(
        folder.join("main.tf"),
        "variable \"db_password\" {\n  sensitive = true\n}\nvariable \"more\" {\n  sensitive = true\n}\n",
    )?;
    let ran = run(folder, &anna, &["check"], "")?;
    ran.expect(6)?;
    ran.says("has the key `db_password`, and secrets.staging.enc.yaml has it too")?;
    let mut command = tollgate(folder);
    command.args(["env", "doctor", "-e", "staging"]);
    keys(&mut command, folder, &anna.key);
    given(&mut command, "")?.says("both have the key `db_password`")?;
    shell(
        folder,
        &anna,
        "tollgate secrets unset 'more.enc.yaml' db_password",
    )?
    .expect(0)?;
    run(folder, &anna, &["check"], "")?.expect(0)
}

fn nothing() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    fs::write(folder.join("e.yaml"), "")?;
    let ran = run(
        folder,
        &anna,
        &["import", "--create", "e.enc.yaml", "e.yaml"],
        "",
    )?;
    ran.says("the plaintext is empty")?;
    does_not_say(&ran, "several")?;
    let ran = run(folder, &anna, &["show", "e.yaml"], "")?;
    ran.expect(6)?;
    does_not_say(&ran, "sops encrypt")?;
    ran.says("`rm 'e.yaml' && tollgate secrets init 'e.yaml'`")?;
    shell(
        folder,
        &anna,
        "rm 'e.yaml' && tollgate secrets init 'e.yaml'",
    )?
    .expect(0)?;
    // A link that leads nowhere is neither there nor not.
    std::os::unix::fs::symlink("gone.yaml", folder.join("link.yaml"))?;
    for arguments in [
        &["show", "link.yaml"][..],
        &["init", "link.yaml", "--no-input"],
    ] {
        let ran = run(folder, &anna, arguments, "")?;
        ran.expect(6)?;
        ran.says("`rm 'link.yaml'`")?;
    }
    Ok(())
}

fn numbers() -> Result<(), Failed> {
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    run(
        folder,
        &anna,
        &["set", "a.json", "count", "--type", "number"],
        "7",
    )?
    .expect(0)?;
    let before = fs::read_to_string(folder.join("a.json"))?;
    let line = |text: &str| -> Option<String> {
        let found = text.lines().find(|line| line.contains("\"count\""));
        found.map(|line| line.trim_end_matches(',').to_owned())
    };
    let arguments = ["import", "a.json", "-", "--from-type", "json"];
    let ran = run(
        folder,
        &anna,
        &arguments,
        "{\"count\": 7, \"token\": \"new\"}",
    )?;
    ran.expect(0)?;
    ran.says("0 added, 1 changed, 1 as before")?;
    if line(&fs::read_to_string(folder.join("a.json"))?) != line(&before) {
        return Err("the number was encrypted anew".into());
    }
    run(folder, &anna, &arguments, "{\"count\": 8}")?.says("1 changed")
}

fn respelt() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    fs::write(
        folder.join("main.tf"),
        "variable \"db_password\" {\n  sensitive = true\n}\nvariable \"pin\" {\n  type = number\n}\nvariable \"door\" {\n  type = object({ code = number, name = string })\n}\n",
    )?;
    let file = "secrets.staging.enc.yaml";
    let before = fs::read(folder.join(file))?;
    for (path, value, named) in [
        ("pin", "0042", "`pin`"),
        ("pin", "+49301234", "`pin`"),
        ("pin", "7e3", "`pin`"),
        ("[\"door\"][\"code\"]", "007", "`door.code`"),
    ] {
        let ran = run(folder, &anna, &["set", file, path], value)?;
        ran.expect(2)?;
        ran.says(named)?;
        ran.says("in staging and is a number")?;
        does_not_say(&ran, value)?;
    }
    if fs::read(folder.join(file))? != before {
        return Err("something was written".into());
    }
    for (path, value) in [
        ("pin", "42"),
        ("[\"door\"][\"name\"]", "007"),
        ("[\"door\"][\"code\"]", "7.5"),
        ("note", "0042"),
    ] {
        run(folder, &anna, &["set", file, path], value)?.expect(0)?;
    }
    // Whoever asks for it gets it; what the tool would make of it is told where it is used, and refused
    // where the environment is protected.
    let text = ["--type", "text"];
    for (environment, code) in [("staging", 0), ("production", 125)] {
        let file = format!("secrets.{environment}.enc.yaml");
        for (path, value) in [("pin", "0042"), ("[\"door\"][\"code\"]", "7")] {
            let arguments = [&["set", &file, path][..], &text].concat();
            run(folder, &anna, &arguments, value)?.expect(0)?;
        }
        // In place of the tool stands what shows only that it was started.
        let program = folder.join("tofu");
        fs::write(&program, "#!/bin/sh\nexit 0\n")?;
        fs::set_permissions(
            &program,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )?;
        let mut command = tollgate(folder);
        command
            .args(["exec", "-e", environment, "--", "./tofu", "plan"])
            .args(["-var", "note=x"]);
        keys(&mut command, folder, &anna.key);
        let ran = given(&mut command, "")?;
        ran.expect(code)?;
        ran.says("the tool makes another number of the text in `pin`")?;
        does_not_say(&ran, "0042")?;
    }
    Ok(())
}

fn edits(folder: &Path, who: &Person, editor: &str, file: &str) -> Result<String, Failed> {
    let mut command = tollgate(folder);
    command
        .args(["secrets", "edit", file])
        .env("EDITOR", editor)
        .env_remove("VISUAL");
    keys(&mut command, folder, &who.key);
    let ran = given(&mut command, "")?;
    ran.expect(0)?;
    Ok(ran.all())
}

fn comments() -> Result<(), Failed> {
    let (folder, anna, _) = project("age: ANNA")?;
    let folder = folder.path();
    let said = edits(
        folder,
        &anna,
        "sed -i s/^port:/port:/\\;s/5432/5433/",
        "a.yaml",
    )?;
    if said.contains("comment") {
        return Err(format!("of comments that stay:\n{said}").into());
    }
    let said = edits(folder, &anna, "sed -i s/^token:/renamed:/", "a.yaml")?;
    let lost = !decrypted(folder, &anna, "a.yaml")?
        .ok_or("it cannot be read")?
        .contains("a comment");
    if lost != said.contains("1 comment went with") {
        return Err(format!("lost: {lost}, and said:\n{said}").into());
    }
    // Ciphertext of another file is no value, whoever types it.
    let mut command = tollgate(folder);
    command
        .args(["secrets", "edit", "a.yaml"])
        .env(
            "EDITOR",
            "sed -i 's/^renamed:.*/renamed: ENC[AES256_GCM,data:x]/'",
        )
        .env_remove("VISUAL");
    keys(&mut command, folder, &anna.key);
    let ran = given(&mut command, "")?;
    ran.expect(6)?;
    ran.says("an encrypted value of another file")?;
    Ok(())
}

fn quoted() -> Result<(), Failed> {
    let (folder, anna, _) = two(ALL)?;
    let folder = folder.path();
    fs::write(
        folder.join("main.tf"),
        "variable \"db\" {\n  type = string\n  sensitive = true\n}\n",
    )?;
    let file = "it's a.enc.yaml";
    let ran = run(folder, &anna, &["init", file, "--no-input"], "")?;
    ran.expect(0)?;
    let command = ran
        .stdout
        .lines()
        .find(|line| line.trim().starts_with("tollgate secrets set"))
        .ok_or("no command")?;
    shell(folder, &anna, &format!("printf x | {command}"))?.expect(0)?;
    let ran = run(folder, &anna, &["unset", file, "nothing"], "")?;
    let said = ran.all();
    let (_, rest) = said.split_once("see the names: `").ok_or("no command")?;
    let (command, _) = rest.split_once('`').ok_or("no end")?;
    shell(folder, &anna, command)?.expect(0)
}

fn named() -> Result<(), Failed> {
    let (folder, anna, ben) = two(ALL)?;
    let folder = folder.path();
    let file = "secrets.staging.enc.yaml";
    let both = format!("{},{}", anna.recipient, ben.recipient);
    let cases: [(&[&str], &str); 5] = [
        (&["keygen", "-o", "."], ". is a directory"),
        (&["grant", &both, file], "these are several recipients"),
        (
            &["import", file, "gone.yaml"],
            "gone.yaml cannot be read: no such file",
        ),
        (
            &["import", file, "-", "--from-type", "binary"],
            "a binary file has no names",
        ),
        (&["diff", file, "gone.yaml"], "`gone.yaml`: no such file"),
    ];
    for (arguments, said) in cases {
        let ran = run(folder, &anna, arguments, "")?;
        ran.expect(2)?;
        ran.says(said)?;
    }
    let ran = run(
        folder,
        &anna,
        &["grant", "age1xyz", file, "secrets.production.enc.yaml"],
        "",
    )?;
    ran.expect(6)?;
    ran.says("it is not an age recipient")?;
    ran.says("`age-keygen -y KEYFILE`")?;
    let arguments = ["import", "--create", "p.enc.ini", "-", "--from-type", "ini"];
    let ran = run(
        folder,
        &anna,
        &arguments,
        "; first\nk = v\n[s]\n; second\nx = y\n; of nothing\n",
    )?;
    ran.expect(0)?;
    ran.says("with 2 comments")?;
    ran.says("1 comment could not be kept")?;
    let text = decrypted(folder, &anna, "p.enc.ini")?.ok_or("it cannot be read")?;
    for kept in ["; first\nk = v\n", "[s]\n; second\nx = y\n"] {
        if !text.contains(kept) {
            return Err(format!("{kept:?} is not in:\n{text}").into());
        }
    }
    fs::write(folder.join("main.tf"), "variable \"x\" {}\n")?;
    let ran = run(folder, &anna, &["rotate", "main.tf"], "")?;
    ran.expect(6)?;
    does_not_say(&ran, "JSON")
}
