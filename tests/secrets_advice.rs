//! The next step that an error gives, taken: what is printed is run as it is printed, and afterwards the
//! command that failed does not fail any more.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, given, root, tollgate};
use crate::secrets_daily::{Person, keys, project};
use crate::tools::program;

pub(crate) fn trials() -> Vec<Trial> {
    let case = |case: &'static Case| {
        let missing = case.needs.iter().any(|tool| program(tool).is_none());
        Trial::test(format!("advice::{}", case.name), move || tried(case))
            .with_ignored_flag(missing)
    };
    CASES.iter().map(case).collect()
}

/// What is done with the next step.
enum Step {
    /// It has a command that begins so, and is run in a shell; what stands for something that only the
    /// user knows is replaced.
    Run(&'static str, &'static [(&'static str, &'static str)]),
    /// It has an option, which is added to the command.
    Add(&'static str),
    /// It has lines for `tollgate.toml`, in that order.
    Configure(&'static str),
    /// It has a command that only shows something: that has to end well.
    Look(&'static str),
}

struct Case {
    name: &'static str,
    needs: &'static [&'static str],
    /// Commands of a shell that bring it about; `ANNA` and `BEN` are their public keys.
    before: &'static str,
    /// What fails, and what it gets on standard input.
    command: &'static [&'static str],
    input: &'static str,
    /// Who runs the next step; the first one runs the command.
    helper: Who,
    step: Step,
}

#[derive(Clone, Copy)]
enum Who {
    Anna,
    Ben,
}

const DEFAULT: Case = Case {
    name: "",
    needs: &[],
    before: "true",
    command: &[],
    input: "",
    helper: Who::Anna,
    step: Step::Add(""),
};

const CASES: &[Case] = &[
    Case {
        name: "a_file_that_is_not_there_is_made",
        command: &["secrets", "show", "new.yaml"],
        step: Step::Run("tollgate secrets init", &[]),
        ..DEFAULT
    },
    Case {
        name: "a_file_that_is_not_encrypted_is",
        needs: &["sops"],
        before: "echo 'token: x' > b.yaml",
        command: &["secrets", "decrypt", "b.yaml"],
        step: Step::Run("sops encrypt", &[]),
        ..DEFAULT
    },
    Case {
        name: "somebody_lets_the_reader_in",
        before: "echo \"creation_rules: [{age: 'BEN'}]\" > .sops.yaml; tollgate secrets sync a.yaml",
        command: &["secrets", "decrypt", "a.yaml"],
        helper: Who::Ben,
        step: Step::Run("tollgate secrets grant", &[]),
        ..DEFAULT
    },
    Case {
        name: "a_file_that_was_changed_has_a_history",
        needs: &["git"],
        before: "git add -A; git commit -qm first; sed -i s/^port:.*/port:\\ 1/ a.yaml",
        command: &["secrets", "decrypt", "a.yaml"],
        step: Step::Look("git log"),
        ..DEFAULT
    },
    Case {
        name: "a_merge_of_two_branches_is_taken_back",
        needs: &["git"],
        // Two branches change different values, and git puts both into one file.
        before: "git add -A; git commit -qm first; git checkout -qb BRANCH; \
                 printf one | tollgate secrets set a.json token; git commit -qam one; \
                 git checkout -q -; printf two | tollgate secrets set a.json deep.list[1]; git commit -qam two; \
                 cp a.json ours.json; git show BRANCH:a.json > theirs.json; \
                 sed -i \"s|\\\"token\\\":.*|$(grep '\"token\"' theirs.json)|\" a.json; git commit -qam merged",
        command: &["secrets", "decrypt", "a.json"],
        step: Step::Run("git checkout BRANCH", &[]),
        ..DEFAULT
    },
    Case {
        name: "a_conflict_is_resolved_by_one_side",
        needs: &["git"],
        before: "git add -A; git commit -qm first; git checkout -qb other; \
                 printf one | tollgate secrets set a.yaml token; git commit -qam one; \
                 git checkout -q -; printf two | tollgate secrets set a.yaml token; git commit -qam two; \
                 git merge -q other || true",
        command: &["secrets", "decrypt", "a.yaml"],
        step: Step::Run("git checkout --ours", &[]),
        ..DEFAULT
    },
    Case {
        name: "names_are_shown",
        command: &["secrets", "unset", "a.yaml", "nothing"],
        step: Step::Look("tollgate secrets show"),
        ..DEFAULT
    },
    Case {
        name: "a_file_that_is_there_is_changed",
        command: &["secrets", "init", "a.yaml", "--no-input"],
        step: Step::Look("tollgate secrets set"),
        ..DEFAULT
    },
    Case {
        name: "an_empty_value_is_meant",
        command: &["secrets", "set", "a.yaml", "token"],
        step: Step::Add("--allow-empty"),
        ..DEFAULT
    },
    Case {
        name: "an_empty_value_is_imported",
        command: &["secrets", "import", "a.yaml", "-", "--from-type", "yaml"],
        input: "token: ''\n",
        step: Step::Add("--allow-empty"),
        ..DEFAULT
    },
    Case {
        name: "a_number_is_kept_as_text",
        command: &["secrets", "set", "a.yaml", "port"],
        input: "0042",
        step: Step::Add("--type text"),
        ..DEFAULT
    },
    Case {
        name: "an_import_makes_the_file",
        before: "echo 'token: x' > plain.yaml",
        command: &["secrets", "import", "b.yaml", "plain.yaml"],
        step: Step::Add("--create"),
        ..DEFAULT
    },
    Case {
        name: "an_import_says_what_it_reads",
        before: "echo 'A=b' > plain",
        command: &["secrets", "import", "a.env", "plain"],
        step: Step::Add("--from-type dotenv"),
        ..DEFAULT
    },
    Case {
        name: "what_is_unencrypted_is_meant",
        command: &["secrets", "set", "a.yaml", "shown_unencrypted"],
        input: "x",
        step: Step::Add("--allow-unencrypted"),
        ..DEFAULT
    },
    Case {
        name: "the_last_reader_gets_company",
        // Who gives up a key needs another one that stays.
        before: "cat ben.txt >> anna.txt",
        command: &[
            "secrets", "revoke", "ANNA", "a.yaml", "a.json", "a.env", "a.ini",
        ],
        step: Step::Run("tollgate secrets grant", &[("RECIPIENT", "BEN")]),
        ..DEFAULT
    },
    Case {
        name: "rules_are_made_for_a_file",
        before: "rm .sops.yaml",
        command: &["secrets", "init", "b.yaml", "--no-input"],
        step: Step::Run("printf", &[("YOUR_AGE_RECIPIENT", "ANNA")]),
        ..DEFAULT
    },
    Case {
        name: "rules_get_their_name",
        before: "mv .sops.yaml .sops.yml",
        command: &["secrets", "init", "b.yaml", "--no-input"],
        step: Step::Run("mv", &[]),
        ..DEFAULT
    },
    Case {
        name: "variables_get_a_prefix",
        before: "mv a.yaml secrets.staging.enc.yaml; printf '[environments.staging.secrets]\\nnamed-only = true\\n' > tollgate.toml",
        command: &["exec", "-e", "staging", "--env", "--", "true"],
        step: Step::Add("--prefix APP_"),
        ..DEFAULT
    },
    Case {
        name: "variables_get_names",
        before: "mv a.yaml secrets.staging.enc.yaml; printf '[environments.staging.secrets]\\nnamed-only = true\\n' > tollgate.toml",
        command: &[
            "exec",
            "-e",
            "staging",
            "--env",
            "--",
            "sh",
            "-c",
            "test -n \"$PORT$TOKEN\"",
        ],
        step: Step::Configure("[environments.staging.secrets]"),
        ..DEFAULT
    },
    Case {
        name: "a_command_says_how_it_takes_secrets",
        before: "mv a.yaml secrets.staging.enc.yaml; echo '[environments.staging]' > tollgate.toml",
        command: &[
            "exec",
            "-e",
            "staging",
            "--",
            "sh",
            "-c",
            "cat /dev/fd/3 > /dev/null",
        ],
        step: Step::Add("--fd 3"),
        ..DEFAULT
    },
];

fn tried(case: &Case) -> Result<(), Failed> {
    let (folder, anna, ben) = project("age: ANNA")?;
    let folder = folder.path();
    fs::write(
        folder.join("main.tf"),
        "variable \"token\" {\n  type      = string\n  sensitive = true\n}\n",
    )?;
    // A repository that git takes for one.
    let own = |text: &str| {
        text.replace("ANNA", &anna.recipient)
            .replace("BEN", &ben.recipient)
    };
    let git = "rm -rf .git; git init -q . && git config user.email a@example.org && git config user.name a && ";
    let before = match case.needs.contains(&"git") {
        true => format!("{git}{}", own(case.before)),
        false => own(case.before),
    };
    shell(folder, &anna, &before)?.expect(0)?;
    let arguments: Vec<String> = case.command.iter().map(|word| own(word)).collect();
    let failed = run(folder, &anna, &arguments, case.input)?;
    if failed.code == 0 {
        return Err(format!("it did not fail:\n{}", failed.all()).into());
    }
    let advice = failed
        .stderr
        .split_once("= help: ")
        .map(|(_, help)| help)
        .ok_or_else(|| format!("it gives no next step:\n{}", failed.all()))?;
    let missing =
        |what: &str| Failed::from(format!("no {what} in the next step:\n{}", failed.all()));
    let command = |start: &str| -> Result<String, Failed> {
        let found = advice
            .split('`')
            .skip(1)
            .step_by(2)
            .find(|code| code.starts_with(start));
        found.map(str::to_owned).ok_or_else(|| missing(start))
    };
    let helper = match case.helper {
        Who::Anna => &anna,
        Who::Ben => &ben,
    };
    let again = match &case.step {
        Step::Look(start) => {
            let looked = shell(folder, helper, &command(start)?)?;
            return looked.expect(0);
        }
        Step::Run(start, names) => {
            let mut line = command(start)?;
            for (name, value) in *names {
                line = line.replace(name, value);
            }
            shell(folder, helper, &own(&line))?.expect(0)?;
            run(folder, &anna, &arguments, case.input)?
        }
        Step::Add(option) => {
            if !advice.contains(option) {
                return Err(missing(option));
            }
            let at = arguments.iter().position(|word| word == "--");
            let mut more = arguments;
            let at = at.unwrap_or(more.len());
            more.splice(at..at, option.split(' ').map(str::to_owned));
            run(folder, &anna, &more, case.input)?
        }
        Step::Configure(table) => {
            let own = "named-only = true".to_owned();
            let lines = [command(table)?, command("map")?, own].join("\n");
            fs::write(folder.join("tollgate.toml"), lines)?;
            run(folder, &anna, &arguments, case.input)?
        }
    };
    again.expect(0)
}

fn run(folder: &Path, who: &Person, arguments: &[String], input: &str) -> Result<Run, Failed> {
    let mut command = tollgate(folder);
    command.args(arguments);
    keys(&mut command, folder, &who.key);
    given(&mut command, input)
}

/// A line as somebody types it, with Tollgate and the tools at hand.
pub(crate) fn shell(folder: &Path, who: &Person, line: &str) -> Result<Run, Failed> {
    let of_tollgate = Path::new(env!("CARGO_BIN_EXE_tollgate"));
    let mut places = vec![
        of_tollgate.parent().ok_or("no folder")?.to_owned(),
        fs::canonicalize(root())?.join(".tools/bin"),
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    places.extend(std::env::split_paths(&path));
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .args(["-ec", line])
        .env("PATH", std::env::join_paths(places)?)
        .env("PAGER", "cat")
        .env("GIT_PAGER", "cat")
        .stderr(Stdio::piped());
    keys(&mut command, folder, &who.key);
    given(&mut command, "x")
}
