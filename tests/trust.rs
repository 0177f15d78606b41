//! A pull request cannot weaken its own gate: `check --config-from`, against the real git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{Run, git, root, run, tollgate};

/// Production asks for protection by a module of the repository, and caps the cost.
const BASE: &str = r#"
[project]
waiver-owners = ["*team"]
gate-approvers = ["*@platform.example"]

[environments.production]
[environments.staging]

[policies.guard]
source = "policies/guard.wasm"

[policies.cost-cap]
settings = { monthly-cap-usd = "20", undeclared-usage = "zero" }
documents = { price-book = "book.json" }

[policies.alarm-presence]
enabled = false
[policies.deletion-protection]
enabled = false
"#;

const WAIVER: &str = r#"
[[waivers]]
rule = "guard/*"
address = "*"
reason = "in a hurry"
owner = "my team"
expires = 2027-01-01
"#;

pub(crate) fn trials() -> Vec<Trial> {
    let no_git = Command::new("git").arg("--version").output().is_err();
    let mut trials = Vec::new();
    for case in CHANGES {
        trials.push(Trial::test(format!("trust::{}", case.name), || {
            changes(case)
        }));
    }
    for case in MISTAKES {
        trials.push(Trial::test(format!("trust::{}", case.name), || {
            mistake(case)
        }));
    }
    trials.extend([
        Trial::test("trust::the_base_judges", the_base_judges),
        Trial::test("trust::a_directory_is_no_branch", a_directory_is_no_branch),
        Trial::test("trust::a_checkout_by_its_path", a_checkout),
        Trial::test("trust::a_first_configuration", a_first_configuration),
        Trial::test("trust::a_baseline", a_baseline),
        Trial::test("trust::a_shallow_clone", a_shallow_clone),
        Trial::test("trust::who_approves", who_approves),
        Trial::test("trust::a_branch_that_is_behind", a_branch_that_is_behind),
        Trial::test("trust::from_a_directory_below", from_below),
        Trial::test("trust::variables_of_git_change_nothing", variables_of_git),
        Trial::test("trust::explained", explained),
        Trial::test("trust::on_the_base_itself", on_the_base_itself),
        Trial::test("trust::nobody_approves", nobody_approves),
        Trial::test(
            "trust::a_checkout_that_differs_from_its_commit",
            a_checkout_that_differs,
        ),
        Trial::test("trust::in_a_submodule", in_a_submodule),
        Trial::test(
            "trust::in_an_embedded_repository",
            in_an_embedded_repository,
        ),
        Trial::test("trust::a_reader_more", a_reader_more),
        Trial::test("trust::the_place_of_the_history", the_place_of_the_history),
        Trial::test(
            "trust::a_configuration_below_another",
            a_configuration_below,
        ),
        Trial::test(
            "trust::a_configuration_of_somebody_else",
            a_configuration_of_somebody_else,
        )
        .with_ignored_flag(!is_root()),
    ]);
    trials.extend(
        NAMES
            .iter()
            .map(|case| Trial::test(format!("trust::name::{}", case.name), || name(case))),
    );
    trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(no_git))
        .collect()
}

/// A repository with the base on the branch `base`, and the change on `change`.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new(config: &str) -> Result<Self, Failed> {
        let repository = Self {
            folder: tempfile::tempdir()?,
        };
        repository.git(&["init", "-q", "-b", "base"])?;
        if !config.is_empty() {
            repository.write("tollgate.toml", config)?;
        }
        fs::create_dir(repository.path("policies"))?;
        fs::copy(
            root().join("policies/dist/deletion-protection.wasm"),
            repository.path("policies/guard.wasm"),
        )?;
        fs::copy(
            root().join("policies/cost-cap/price-book.json"),
            repository.path("book.json"),
        )?;
        fs::copy(
            root().join("examples/plans/violating/replaced-on-request.json"),
            repository.path("refused.json"),
        )?;
        fs::copy(
            root().join("examples/plans/production.json"),
            repository.path("plan.json"),
        )?;
        repository.commit("base", "somebody@platform.example")?;
        repository.git(&["switch", "-q", "-c", "change"])?;
        Ok(repository)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failed> {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        Ok(fs::write(path, text)?)
    }

    fn git(&self, arguments: &[&str]) -> Result<(), Failed> {
        git(self.folder.path(), arguments).map(drop)
    }

    fn commit(&self, message: &str, author: &str) -> Result<(), Failed> {
        self.git(&["add", "-A"])?;
        self.git(&[
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            message,
            &format!("--author=Somebody <{author}>"),
        ])
    }

    fn check(&self, arguments: &[&str]) -> Command {
        let mut command = tollgate(self.folder.path());
        command
            .args(["check", "--today", "2026-11-21", "-e", "production"])
            .args(arguments);
        command
    }

    fn judge(&self, arguments: &[&str]) -> Result<Run, Failed> {
        run(&mut self.check(arguments))
    }
}

/// What Tollgate itself finds, as `rule disposition: message`.
fn told(run: &Run) -> Result<Vec<String>, Failed> {
    let report = run.json()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let policies = report["plans"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|plan| plan["policies"].as_array())
        .flatten();
    Ok(policies
        .filter(|policy| policy["name"] == json!("tollgate"))
        .filter_map(|policy| policy["findings"].as_array())
        .flatten()
        .map(|finding| {
            let (rule, disposition) = (text(&finding["rule"]), text(&finding["disposition"]));
            format!("{rule} {disposition}: {}", text(&finding["message"]))
        })
        .collect())
}

/// One change of the repository; the exit code for a plan that passes, and beginnings of
/// what is told.
struct Change {
    name: &'static str,
    change: fn(&Repository) -> Result<(), Failed>,
    code: i32,
    told: &'static [&'static str],
}

const CHANGES: &[Change] = &[
    Change {
        name: "no_change",
        change: |_| Ok(()),
        code: 0,
        told: &[],
    },
    Change {
        name: "another_file",
        change: |repository| repository.write("main.tf", "# nothing"),
        code: 0,
        told: &[],
    },
    Change {
        name: "a_comment",
        change: |repository| repository.write("tollgate.toml", &format!("# why\n{BASE}")),
        code: 0,
        told: &[],
    },
    Change {
        name: "a_waiver",
        change: |repository| repository.write("tollgate.toml", &format!("{BASE}{WAIVER}")),
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production, staging: the waiver of guard/* at * is added (until 2027-01-01, my team: in a hurry)",
        ],
    },
    Change {
        name: "a_waiver_for_staging",
        change: |repository| {
            let text = format!("{BASE}{WAIVER}environments = ['staging']\n");
            repository.write("tollgate.toml", &text)
        },
        code: 0,
        told: &["tollgate/gate-loosened warns: staging: the waiver of guard/* at * is added"],
    },
    Change {
        name: "a_higher_cap",
        change: |repository| repository.write("tollgate.toml", &BASE.replace("\"20\"", "\"2000\"")),
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production, staging: the setting `monthly-cap-usd` of cost-cap is raised: 20 → 2000",
        ],
    },
    Change {
        name: "another_setting",
        change: |repository| {
            repository.write(
                "tollgate.toml",
                &BASE.replace("\"zero\"", "\"undetermined\""),
            )
        },
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: production, staging: the setting `undeclared-usage` of cost-cap is changed: zero → undetermined",
        ],
    },
    Change {
        name: "a_policy_is_gone",
        change: |repository| {
            let gone = BASE.replace("[policies.guard]\nsource = \"policies/guard.wasm\"\n", "");
            repository.write("tollgate.toml", &gone)
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production, staging: the policy guard does not run any more",
        ],
    },
    Change {
        name: "a_module_is_another",
        change: |repository| {
            let other = root().join("policies/dist/cost-cap.wasm");
            fs::copy(other, repository.path("policies/guard.wasm"))?;
            Ok(())
        },
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: production, staging: the module of guard is another: sha256:",
        ],
    },
    Change {
        name: "a_module_is_gone",
        change: |repository| Ok(fs::remove_file(repository.path("policies/guard.wasm"))?),
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: production, staging: the module of guard is another: sha256:",
        ],
    },
    Change {
        name: "the_price_book_is_another",
        change: |repository| repository.write("book.json", "{}"),
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: production, staging: the document price-book of cost-cap is another: sha256:",
        ],
    },
    Change {
        name: "the_configuration_is_gone",
        change: |repository| Ok(fs::remove_file(repository.path("tollgate.toml"))?),
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: production, staging: the document price-book of cost-cap is another: sha256:",
            "tollgate/gate-changed refuses: production, staging: the setting `undeclared-usage` of cost-cap is removed",
            "tollgate/gate-loosened refuses: `waiver-owners`",
            "tollgate/gate-loosened refuses: production, staging: the policy guard does not run any more",
            "tollgate/gate-loosened refuses: production, staging: the setting `monthly-cap-usd` of cost-cap is removed",
        ],
    },
    Change {
        name: "a_key_of_tomorrow_or_of_another_command",
        change: |repository| {
            repository.write(
                "tollgate.toml",
                &BASE.replace(
                    "[environments.production]\n",
                    "[environments.production]\ngate-changes = \"advisory\"\n",
                ),
            )
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production: what a change of the gate leads to is lowered: soft-mandatory → advisory",
        ],
    },
    Change {
        name: "an_alias_of_an_unprotected_environment",
        change: |repository| {
            let staging = "[environments.staging]\n";
            let text = BASE.replace(staging, &format!("{staging}aliases = ['prod-eu']\n"));
            repository.write("tollgate.toml", &text)
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: prod-eu: the name comes to stand for staging, which is not protected",
        ],
    },
    Change {
        name: "an_environment_called_as_another_is_for_short",
        change: |repository| {
            let own = "[environments.prd]\n[environments.prd.policies.guard]\nenabled = false\n";
            repository.write("tollgate.toml", &format!("{BASE}{own}"))
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production: the name `prd` stands for another environment: production → prd",
            "tollgate/gate-loosened refuses: production: the name `prod` stands for another environment: production → nothing",
        ],
    },
    Change {
        name: "the_state_of_another_environment",
        change: |repository| {
            repository.write(
                "main.tf",
                "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n",
            )?;
            for (name, key) in [("production", "p"), ("staging", "s")] {
                repository.write(&format!("environments/{name}.tfvars"), "")?;
                let text = format!("key = \"{key}\"\n");
                repository.write(&format!("environments/{name}.tfbackend"), &text)?;
            }
            repository.commit("deployed", "somebody@platform.example")?;
            repository.git(&["branch", "-f", "base"])?;
            repository.write("environments/production.tfbackend", "key = \"empty\"\n")
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production: the state is in another place: ., workspace default, s3 (bucket = b, key = p) → ., workspace default, s3 (bucket = b, key = empty)",
        ],
    },
    Change {
        name: "a_usual_short_name_for_another",
        change: |repository| {
            let staging = "[environments.staging]\n";
            let text = BASE.replace(staging, &format!("{staging}aliases = ['prod']\n"));
            repository.write("tollgate.toml", &text)
        },
        code: 1,
        told: &[
            "tollgate/gate-loosened refuses: production: the name `prod` stands for another environment: production → staging",
        ],
    },
    Change {
        name: "the_configuration_is_a_link",
        change: |repository| link(repository, "tollgate.toml", "real.toml"),
        code: 1,
        told: &["tollgate/gate-changed refuses: `tollgate.toml` is a symbolic link now"],
    },
    Change {
        name: "a_document_is_a_link",
        change: |repository| link(repository, "book.json", "real.json"),
        code: 1,
        told: &["tollgate/gate-changed refuses: `book.json` is a symbolic link now"],
    },
    Change {
        name: "the_directory_of_a_module_is_a_link",
        change: |repository| link(repository, "policies", "real"),
        code: 1,
        told: &["tollgate/gate-changed refuses: `policies` is a symbolic link now"],
    },
    Change {
        name: "the_directory_of_a_module_is_a_submodule",
        change: |repository| {
            let other = Repository::new(BASE)?;
            other.git(&["mv", "policies/guard.wasm", "guard.wasm"])?;
            other.commit("moved", "a@b")?;
            repository.git(&["rm", "-q", "-r", "policies"])?;
            let from = other.folder.path().display().to_string();
            repository.git(&["submodule", "--quiet", "add", &from, "policies"])
        },
        code: 1,
        told: &[
            "tollgate/gate-changed refuses: `policies` is a submodule now",
            "tollgate/gate-changed refuses: production, staging: the module of guard is another: sha256:",
        ],
    },
    Change {
        name: "stricter",
        change: |repository| {
            let text = BASE.replace("\"20\"", "\"10\"").replace(
                "[environments.staging]",
                "[environments.staging]\nundetermined = \"fail\"",
            );
            repository.write("tollgate.toml", &text)
        },
        code: 0,
        told: &[],
    },
];

/// The same content, but through a link.
fn link(repository: &Repository, path: &str, real: &str) -> Result<(), Failed> {
    repository.git(&["mv", path, real])?;
    Ok(std::os::unix::fs::symlink(real, repository.path(path))?)
}

fn changes(case: &Change) -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    (case.change)(&repository)?;
    // By nobody who may approve it.
    repository.commit("change", "mallory@example.org")?;
    let run = repository.judge(&["plan.json", "--config-from", "base", "-o", "json"])?;
    run.expect(case.code)?;
    let told = told(&run)?;
    let right = told.len() == case.told.len()
        && told
            .iter()
            .zip(case.told)
            .all(|(told, start)| told.starts_with(start));
    if !right {
        return Err(format!("expected {:#?}, got {told:#?}", case.told).into());
    }
    Ok(())
}

/// A waiver of the change neither covers nor is reported; that of the base does.
fn the_base_judges() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
    repository.judge(&["refused.json"])?.expect(0)?;
    let run = repository.judge(&["refused.json", "--config-from", "base", "-o", "json"])?;
    run.expect(1)?;
    let report = run.json()?;
    if report["waivers"] != json!([])
        || report["environment"]["configuration"]["path"] != json!("base:tollgate.toml")
        || report["verdict"]["refusing"] != json!(2)
    {
        return Err(run.to_string().into());
    }
    let human = repository.judge(&["refused.json", "--config-from", "base"])?;
    for part in [
        "the gate itself",
        "soft-mandatory  base (",
        "written at",
        "tollgate explain",
    ] {
        if !human.stdout.contains(part) {
            return Err(format!("no {part:?} in {human}").into());
        }
    }
    // And the other way round.
    repository.commit("waived", "somebody@platform.example")?;
    repository.git(&["branch", "-f", "base"])?;
    repository.write("tollgate.toml", BASE)?;
    repository.commit("not waived", "somebody@platform.example")?;
    repository.judge(&["refused.json"])?.expect(1)?;
    repository
        .judge(&["refused.json", "--config-from", "base"])?
        .expect(0)
}

/// Otherwise a change could bring a directory that is called as the branch is.
fn a_directory_is_no_branch() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.write("base/tollgate.toml", "[policies.guard]\nenabled = false\n")?;
    let run = repository.judge(&["refused.json", "--config-from", "base", "-o", "json"])?;
    run.expect(1)?;
    // A path that is part of the change is refused.
    for path in ["./base", ".", "./", "./policies"] {
        let run = repository.judge(&["refused.json", "--config-from", path])?;
        run.expect(2)?;
        if !run.stderr.contains("part of the working tree") {
            return Err(run.to_string().into());
        }
    }
    Ok(())
}

fn a_checkout() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    let beside = tempfile::tempdir()?;
    let checkout = beside.path().join("base").display().to_string();
    repository.git(&["worktree", "add", "-q", &checkout, "base"])?;
    let from = ["--config-from", checkout.as_str()];
    repository
        .judge(&["plan.json", from[0], from[1]])?
        .expect(0)?;
    repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
    let run = repository.judge(&["refused.json", from[0], from[1], "-o", "json"])?;
    run.expect(1)?;
    if told(&run)?.len() != 1 {
        return Err(run.to_string().into());
    }
    // One without a gate is a wrong path.
    let empty = beside.path().join("empty");
    fs::create_dir(&empty)?;
    let empty = empty.display().to_string();
    let run = repository.judge(&["plan.json", from[0], &empty])?;
    run.expect(2)?;
    if !run.stderr.contains("has no tollgate.toml") {
        return Err(run.to_string().into());
    }
    // Who approved it has to be said: a checkout has no authors.
    let run = repository.judge(&["plan.json", from[0], from[1]])?;
    run.expect(1)?;
    if !run.stdout.contains("--approved-by") {
        return Err(run.to_string().into());
    }
    repository
        .judge(&[
            "plan.json",
            from[0],
            from[1],
            "--approved-by",
            "ann@platform.example",
        ])?
        .expect(0)
}

/// Until it is merged, the conventions judge.
fn a_first_configuration() -> Result<(), Failed> {
    let repository = Repository::new("")?;
    repository.write(
        "tollgate.toml",
        "[environments.production]\nprotected = false\n",
    )?;
    repository.commit("first", "mallory@example.org")?;
    let run = repository.judge(&["refused.json", "--config-from", "base", "-o", "json"])?;
    run.expect(1)?;
    let told = told(&run)?.join("\n");
    if !told.contains("production: `protected` is lowered")
        || !run.json()?["environment"]["configuration"].is_null()
    {
        return Err(run.to_string().into());
    }
    // Where it is named, it has to be there.
    let arguments = [
        "plan.json",
        "--config-from",
        "base",
        "--config",
        "tollgate.toml",
    ];
    let run = repository.judge(&arguments)?;
    run.expect(2)?;
    if !run.stderr.contains("leave `--config` out") {
        return Err(run.to_string().into());
    }
    Ok(())
}

fn a_baseline() -> Result<(), Failed> {
    let repository = Repository::new("[environments.production]\n")?;
    let plan = root().join("examples/plans/violating/protection-off.json");
    fs::copy(plan, repository.path("off.json"))?;
    // A baseline that comes with the change covers nothing yet.
    repository.judge(&["off.json", "--write-baseline", "accepted.json"])?;
    let with = ["off.json", "--baseline", "accepted.json"];
    repository.judge(&with)?.expect(0)?;
    repository.commit("accepted", "mallory@example.org")?;
    let from = [&with[..], &["--config-from", "base", "-o", "json"]].concat();
    let run = repository.judge(&from)?;
    run.expect(1)?;
    let loosened = told(&run)?;
    if !loosened[0].starts_with("tollgate/gate-loosened refuses: the baseline accepts ")
        || !loosened[0].contains("findings more: ")
        || run.json()?["verdict"]["baselined"] != json!(0)
    {
        return Err(run.to_string().into());
    }
    // That of the base does, whatever the change makes of it.
    repository.git(&["branch", "-f", "base"])?;
    fs::remove_file(repository.path("accepted.json"))?;
    repository.commit("no longer accepted", "mallory@example.org")?;
    let run = repository.judge(&from)?;
    run.expect(0)?;
    if !run.stdout.contains("the baseline accepts") || !told(&run)?.is_empty() {
        return Err(run.to_string().into());
    }
    // A path that is nowhere is a mistake.
    let nowhere = [
        "off.json",
        "--baseline",
        "nowhere.json",
        "--config-from",
        "base",
    ];
    repository.judge(&nowhere)?.expect(2)
}

fn a_shallow_clone() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
    repository.commit("waived", "ann@platform.example")?;
    let beside = tempfile::tempdir()?;
    let clone = beside.path().join("clone");
    let from = format!("file://{}", repository.folder.path().display());
    let target = clone.display().to_string();
    git(
        beside.path(),
        &[
            "clone", "-q", "--depth", "1", "--branch", "change", &from, &target,
        ],
    )?;
    let check = |base: &str| {
        run(tollgate(&clone).args([
            "check",
            "-e",
            "production",
            "plan.json",
            "--config-from",
            base,
        ]))
    };
    let unknown = check("origin/base")?;
    unknown.expect(2)?;
    if !unknown.stderr.contains("fetch-depth: 0") {
        return Err(unknown.to_string().into());
    }
    // The command that is told is the one that works. The commit alone is enough to judge
    // by, not to tell who changed what, or whether the base has gone on.
    let said = unknown.stderr.split_whitespace().collect::<Vec<_>>();
    let said = said.join(" ");
    let command = said
        .split('`')
        .find_map(|part| part.strip_prefix("git "))
        .ok_or_else(|| unknown.to_string())?;
    git(&clone, &command.split(' ').collect::<Vec<_>>())?;
    let run = check("origin/base")?;
    run.expect(1)?;
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.contains("the clone is shallow and the common ancestor unknown")
        || text.contains("the base has gone on since")
    {
        return Err(run.to_string().into());
    }
    Ok(())
}

/// There the base is what is judged. The report says so; a name that is always what is
/// judged is refused.
fn on_the_base_itself() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.git(&["switch", "-q", "base"])?;
    let run = repository.judge(&["plan.json", "--config-from", "base"])?;
    run.expect(0)?;
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.contains("the base is the very commit that is judged") {
        return Err(run.to_string().into());
    }
    repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
    repository
        .judge(&["plan.json", "--config-from", "base"])?
        .expect(1)?;
    for name in ["HEAD", "@", "HEAD~0"] {
        let run = repository.judge(&["plan.json", "--config-from", name])?;
        run.expect(2)?;
        if !run.stderr.contains("would judge themselves") {
            return Err(run.to_string().into());
        }
    }
    Ok(())
}

/// A name, in a repository where others can be called so: the remote's `main` is the base,
/// and the tag `weak` a commit whose gate lets the plan through.
struct Name {
    name: &'static str,
    /// Commands of git, before; `ID` and `SHORT` are the base's identifier.
    before: &'static [&'static str],
    from: &'static str,
    /// 1 for a plan that the base judges, 0 for one that `weak` does.
    code: i32,
    says: &'static [&'static str],
}

const NAMES: &[Name] = &[
    Name {
        name: "a_branch_of_the_remote",
        before: &[],
        from: "origin/main",
        code: 1,
        says: &["resource-replaced"],
    },
    Name {
        name: "a_tag_called_as_the_branch",
        before: &["tag origin/main weak"],
        from: "origin/main",
        code: 2,
        says: &[
            "`origin/main` is ambiguous",
            "`refs/tags/origin/main` (",
            "`refs/remotes/origin/main` (",
            "such as `refs/remotes/origin/main`",
        ],
    },
    Name {
        name: "the_full_name_beside_a_tag",
        before: &["tag origin/main weak", "tag refs/remotes/origin/main weak"],
        from: "refs/remotes/origin/main",
        code: 1,
        says: &["resource-replaced"],
    },
    Name {
        name: "a_tag_of_the_full_name_alone",
        before: &[
            "tag refs/remotes/origin/main weak",
            "update-ref -d refs/remotes/origin/main",
        ],
        from: "refs/remotes/origin/main",
        code: 2,
        says: &[
            "no commit",
            "git fetch origin main:refs/remotes/origin/main",
        ],
    },
    Name {
        name: "a_local_branch_called_as_the_remotes",
        before: &["branch origin/main weak"],
        from: "origin/main",
        code: 2,
        says: &["ambiguous", "`refs/heads/origin/main` ("],
    },
    Name {
        name: "a_tag_in_the_place_of_the_branch",
        before: &[
            "update-ref -d refs/remotes/origin/main",
            "tag origin/main weak",
        ],
        from: "origin/main",
        code: 2,
        says: &[
            "looks like a branch of the remote `origin`",
            "only `refs/tags/origin/main`",
            "git fetch origin main:refs/remotes/origin/main",
        ],
    },
    Name {
        name: "an_earlier_commit_of_a_tag_in_the_place",
        before: &["tag origin/main weak"],
        from: "origin/main~0",
        code: 2,
        says: &["ambiguous"],
    },
    Name {
        name: "a_tag_called_as_the_remote",
        before: &["tag origin weak"],
        from: "origin",
        code: 2,
        says: &["looks like a branch of the remote `origin`"],
    },
    Name {
        name: "a_tag_called_as_what_only_the_remote_has",
        before: &["tag main weak"],
        from: "main",
        code: 2,
        says: &["ambiguous", "`refs/remotes/origin/main` ("],
    },
    Name {
        name: "a_tag_of_the_same_commit",
        before: &["tag origin/main refs/remotes/origin/main"],
        from: "origin/main",
        code: 1,
        says: &["resource-replaced"],
    },
    Name {
        name: "a_tag_by_its_name",
        before: &["tag -a -m annotated v1 weak"],
        from: "v1",
        code: 0,
        says: &["v1 ("],
    },
    Name {
        name: "an_identifier",
        before: &[
            "update-ref refs/tags/ID weak^{commit}",
            "update-ref refs/heads/ID weak^{commit}",
        ],
        from: "ID",
        code: 1,
        says: &["resource-replaced"],
    },
    Name {
        name: "a_short_identifier",
        before: &[],
        from: "SHORT",
        code: 1,
        says: &["resource-replaced"],
    },
    Name {
        name: "a_tag_called_as_a_short_identifier",
        before: &["tag SHORT weak"],
        from: "SHORT",
        code: 2,
        says: &["ambiguous", "`refs/tags/"],
    },
    Name {
        name: "a_tag_that_only_looks_like_an_identifier",
        before: &["tag 0123abc weak"],
        from: "0123abc",
        code: 2,
        says: &[
            "looks like an identifier of a commit",
            "`refs/tags/0123abc`",
        ],
    },
    Name {
        name: "a_tag_for_what_was_fetched",
        before: &["tag FETCH_HEAD weak"],
        from: "FETCH_HEAD",
        code: 2,
        says: &["no commit `FETCH_HEAD`"],
    },
];

fn name(case: &Name) -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    let id = git(repository.folder.path(), &["rev-parse", "base"])?;
    let filled = |text: &str| text.replace("ID", &id).replace("SHORT", &id[..10]);
    repository.git(&["update-ref", "refs/remotes/origin/main", "base"])?;
    repository.git(&["switch", "-q", "--detach"])?;
    let weak = BASE.replace("[policies.guard]\n", "[policies.guard]\nenabled = false\n");
    repository.write("tollgate.toml", &weak)?;
    repository.commit("weak", "mallory@example.org")?;
    repository.git(&["tag", "weak"])?;
    repository.git(&["branch", "-q", "-D", "base", "change"])?;
    for command in case.before {
        repository.git(&filled(command).split(' ').collect::<Vec<_>>())?;
    }
    let run = repository.judge(&["refused.json", "--config-from", &filled(case.from)])?;
    run.expect(case.code)?;
    let text = format!("{}{}", run.stdout, run.stderr);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in case.says {
        if !text.contains(part) {
            return Err(format!("no {part:?} in {run}").into());
        }
    }
    Ok(())
}

fn who_approves() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    let judge = |more: &[&str]| {
        let base = ["plan.json", "--config-from", "base"];
        repository.judge(&[&base[..], more].concat())
    };
    repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
    // Nobody, as long as it is not committed.
    judge(&[])?.expect(1)?;
    repository.commit("waived", "ann@platform.example")?;
    let approved = judge(&[])?;
    approved.expect(0)?;
    for part in ["approved by", "ann@platform.example", "warns"] {
        if !approved.stdout.contains(part) {
            return Err(approved.to_string().into());
        }
    }
    // What CI says goes before what commits say.
    judge(&["--approved-by", "mallory@example.org"])?.expect(1)?;
    judge(&[
        "--approved-by",
        "mallory@example.org",
        "--approved-by",
        "bob@platform.example",
    ])?
    .expect(0)?;
    // Another commit of the same file by somebody else.
    let text = format!("{BASE}{WAIVER}").replace("2027", "2037");
    repository.write("tollgate.toml", &text)?;
    repository.commit("longer", "mallory@example.org")?;
    judge(&[])?.expect(1)?;
    // A change that also widens who may approve is judged by those of the base.
    let text = text.replace("*@platform.example", "*");
    repository.write("tollgate.toml", &text)?;
    repository.commit("anybody", "mallory@example.org")?;
    judge(&[])?.expect(1)
}

/// What the base has tightened since is not the change's doing, and the report says so.
fn a_branch_that_is_behind() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.commit("nothing", "mallory@example.org")?;
    repository.git(&["switch", "-q", "base"])?;
    repository.write("tollgate.toml", &BASE.replace("\"20\"", "\"10\""))?;
    repository.commit("tighter", "somebody@platform.example")?;
    repository.git(&["switch", "-q", "change"])?;
    let judge = || repository.judge(&["plan.json", "--config-from", "base"]);
    let run = judge()?;
    run.expect(1)?;
    for part in ["is raised: 10 → 20", "behind", "rebase"] {
        if !run.stdout.contains(part) {
            return Err(format!("no {part:?} in {run}").into());
        }
    }
    repository.git(&["rebase", "-q", "base"])?;
    judge()?.expect(0)
}

/// As with `-chdir`: the configuration is in the root, the run in a directory of its own.
fn from_below() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    fs::create_dir_all(repository.path("stacks/new"))?;
    fs::copy(
        repository.path("refused.json"),
        repository.path("stacks/new/plan.json"),
    )?;
    let check = || {
        run(tollgate(&repository.path("stacks/new")).args([
            "check",
            "-e",
            "production",
            "plan.json",
            "--today",
            "2026-11-21",
            "--config-from",
            "base",
            "-o",
            "json",
        ]))
    };
    let run = check()?;
    run.expect(1)?;
    if !told(&run)?.is_empty() {
        return Err(run.to_string().into());
    }
    // A nearer configuration that comes with the change does not judge.
    repository.write(
        "stacks/new/tollgate.toml",
        "[environments.production]\nprotected = false\n",
    )?;
    // Not committed, it is only in the way.
    let run = check()?;
    run.expect(1)?;
    let here = "tollgate/gate-changed refuses: `stacks/new/tollgate.toml` is here and not in the last commit";
    if !told(&run)?.join("\n").starts_with(here) {
        return Err(run.to_string().into());
    }
    repository.commit("nearer", "mallory@example.org")?;
    let run = check()?;
    run.expect(1)?;
    let told = told(&run)?.join("\n");
    for part in [
        "the configuration is another file: tollgate.toml → stacks/new/tollgate.toml",
        "`protected` is lowered",
        "the policy guard does not run any more",
    ] {
        if !told.contains(part) {
            return Err(format!("no {part:?} in {run}").into());
        }
    }
    Ok(())
}

/// Variables of git that would lead to another repository.
fn variables_of_git() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    let other = Repository::new("[policies.guard]\nenabled = false\n")?;
    let elsewhere = other.path(".git");
    let run = run(repository
        .check(&["refused.json", "--config-from", "base", "-o", "json"])
        .env("GIT_DIR", &elsewhere)
        .env("GIT_WORK_TREE", other.folder.path())
        .env("GIT_OBJECT_DIRECTORY", elsewhere.join("objects")))?;
    run.expect(1)?;
    if !run.stdout.contains("guard/resource-replaced") {
        return Err(run.to_string().into());
    }
    Ok(())
}

fn explained() -> Result<(), Failed> {
    for rule in ["tollgate/gate-loosened", "gate-changed"] {
        let run = run(tollgate(&root()).args(["explain", rule]))?;
        run.expect(0)?;
        if !run.stdout.contains("--config-from") || !run.stdout.contains("No waiver covers") {
            return Err(run.to_string().into());
        }
    }
    Ok(())
}

/// What ends a run before a plan is judged.
struct Mistake {
    name: &'static str,
    before: fn(&Repository) -> Result<(), Failed>,
    from: &'static str,
    code: i32,
    says: &'static [&'static str],
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "no_such_branch",
        before: |_| Ok(()),
        from: "origin/main",
        code: 2,
        says: &["no commit `origin/main`", "git fetch origin main"],
    },
    Mistake {
        name: "a_branch_that_is_an_option",
        before: |_| Ok(()),
        from: "--upload-pack=touch pwned",
        code: 2,
        says: &["cannot be the name of a commit"],
    },
    Mistake {
        name: "a_file_of_a_branch",
        before: |_| Ok(()),
        from: "base:tollgate.toml",
        code: 2,
        says: &["cannot be the name of a commit"],
    },
    Mistake {
        name: "no_such_checkout",
        before: |_| Ok(()),
        from: "../nowhere-at-all",
        code: 2,
        says: &["../nowhere-at-all", "name a checkout"],
    },
    Mistake {
        name: "no_repository",
        before: |repository| Ok(fs::remove_dir_all(repository.path(".git"))?),
        from: "base",
        code: 2,
        says: &["in no git repository"],
    },
    Mistake {
        name: "a_broken_change",
        before: |repository| {
            repository.write(
                "tollgate.toml",
                "[environments.production]\nprotcted = true\n",
            )?;
            repository.commit("broken", "a@b")
        },
        from: "base",
        code: 2,
        says: &[
            "tollgate.toml:2:1",
            "protected",
            "this is the file of the last commit",
        ],
    },
    Mistake {
        name: "a_broken_base",
        before: |repository| {
            repository.write("tollgate.toml", "[environments.production]\nprotcted = 1\n")?;
            repository.commit("broken", "a@b")?;
            repository.git(&["branch", "-f", "base"])?;
            repository.write("tollgate.toml", BASE)
        },
        from: "base",
        code: 2,
        says: &["base:tollgate.toml:2:1", "this is the file of base ("],
    },
    Mistake {
        name: "an_owner_who_may_not",
        before: |repository| {
            let text = format!("{BASE}{}", WAIVER.replace("my team", "mallory"));
            repository.write("tollgate.toml", &text)?;
            repository.commit("owned", "a@b")
        },
        from: "base",
        code: 2,
        says: &[
            "`mallory` may not own a waiver",
            "tollgate.toml:25:9",
            "`*team`",
        ],
    },
    Mistake {
        name: "a_link_in_the_base",
        before: |repository| {
            repository.git(&["mv", "tollgate.toml", "real.toml"])?;
            std::os::unix::fs::symlink("real.toml", repository.path("tollgate.toml"))?;
            repository.commit("link", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 2,
        says: &["`tollgate.toml` is a symbolic link at base"],
    },
    Mistake {
        name: "a_link_on_the_way_to_a_module",
        before: |repository| {
            repository.git(&["mv", "policies", "real"])?;
            std::os::unix::fs::symlink("real", repository.path("policies"))?;
            repository.commit("link", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 4,
        says: &["`policies` is a symbolic link at base"],
    },
    Mistake {
        name: "a_module_in_a_submodule",
        before: |repository| {
            let other = Repository::new(BASE)?;
            repository.git(&["rm", "-q", "-r", "policies"])?;
            let from = other.folder.path().display().to_string();
            repository.git(&["submodule", "--quiet", "add", &from, "policies"])?;
            repository.commit("submodule", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 4,
        says: &["`policies` is a submodule at base", "checkout"],
    },
    Mistake {
        name: "a_module_in_lfs",
        before: |repository| {
            let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
            repository.write("policies/guard.wasm", pointer)?;
            repository.commit("lfs", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 4,
        says: &["Git LFS pointer at base"],
    },
    Mistake {
        name: "a_module_outside",
        before: |repository| {
            let text = BASE.replace("policies/guard.wasm", "../guard.wasm");
            repository.write("tollgate.toml", &text)?;
            repository.commit("outside", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 4,
        says: &["`../guard.wasm` is outside of the repository"],
    },
    Mistake {
        name: "a_module_that_the_base_does_not_have",
        before: |repository| {
            repository.git(&["rm", "-q", "policies/guard.wasm"])?;
            repository.commit("gone", "a@b")?;
            repository.git(&["branch", "-f", "base"])
        },
        from: "base",
        code: 4,
        says: &["base has no file `policies/guard.wasm`"],
    },
];

fn mistake(case: &Mistake) -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    (case.before)(&repository)?;
    let from = format!("--config-from={}", case.from);
    let run = repository.judge(&["plan.json", &from])?;
    run.expect(case.code)?;
    let text = format!("{}{}", run.stdout, run.stderr).replace('\n', " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in case.says {
        if !text.contains(part) {
            return Err(format!("no {part:?} in {run}").into());
        }
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

/// Who says that nobody approved is not somebody.
fn nobody_approves() -> Result<(), Failed> {
    let base = BASE.replace("*@platform.example", "*");
    let repository = Repository::new(&base)?;
    repository.write("tollgate.toml", &format!("{base}{WAIVER}"))?;
    repository.commit("waived", "ann@platform.example")?;
    let judge = |more: &[&str]| {
        let base = ["plan.json", "--config-from", "base"];
        repository.judge(&[&base[..], more].concat())
    };
    // Anybody may, and the author is somebody.
    judge(&[])?.expect(0)?;
    judge(&["--approved-by", "ann"])?.expect(0)?;
    let run = judge(&["--approved-by-nobody"])?;
    run.expect(1)?;
    if !run.stdout.contains("nobody has approved it") {
        return Err(run.to_string().into());
    }
    for name in ["nobody", "nobody (no review)", "Nobody: none", "", " "] {
        let run = judge(&["--approved-by", name])?;
        run.expect(2)?;
        if !run.stderr.contains("--approved-by-nobody") {
            return Err(run.to_string().into());
        }
    }
    judge(&["--approved-by", "ann", "--approved-by-nobody"])?.expect(2)
}

/// What lies there need not be what a merge brings.
fn a_checkout_that_differs() -> Result<(), Failed> {
    /// Name, what is done, what is told.
    type Case = (
        &'static str,
        fn(&Repository) -> Result<(), Failed>,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            "expanded by git",
            |repository| {
                // git replaces what is between the marks of a line.
                let line = "waivers = [{rule=\"cost-cap/unpriced\",address=\"a\",expires=2030-01-01,owner=\"x team\",reason=\"$Id:\"},{rule=\"guard/*\",address=\"*\",expires=2030-01-01,owner=\"x team\",reason=\"$\"}]\n";
                repository.write("tollgate.toml", &format!("{line}{BASE}"))?;
                repository.commit("one line", "mallory@example.org")?;
                repository.write(".gitattributes", "tollgate.toml ident\n")?;
                repository.git(&["add", ".gitattributes"])?;
                repository.git(&["commit", "-q", "-m", "attributes"])?;
                fs::remove_file(repository.path("tollgate.toml"))?;
                repository.git(&["checkout", "-q", "--", "tollgate.toml"])
            },
            &[
                "gate-loosened refuses: production, staging: the waiver of cost-cap/unpriced at a is added",
                "gate-loosened refuses: production, staging: the waiver of guard/* at * is added",
                "gate-changed refuses: `tollgate.toml` is another here than in the last commit",
            ],
        ),
        (
            "overlooked",
            |repository| {
                repository.git(&["update-index", "--assume-unchanged", "tollgate.toml"])?;
                repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))
            },
            &["gate-changed refuses: `tollgate.toml` is another here"],
        ),
        (
            "left out",
            |repository| {
                repository.git(&["update-index", "--skip-worktree", "book.json"])?;
                Ok(fs::remove_file(repository.path("book.json"))?)
            },
            &["gate-changed refuses: `book.json` is in the last commit and not here"],
        ),
        (
            "committed, and lying there as it was",
            |repository| {
                repository.write("tollgate.toml", &format!("{BASE}{WAIVER}"))?;
                repository.commit("waived", "mallory@example.org")?;
                repository.git(&["update-index", "--assume-unchanged", "tollgate.toml"])?;
                repository.write("tollgate.toml", BASE)
            },
            &[
                "gate-loosened refuses: production, staging: the waiver of guard/* at * is added",
                "gate-changed refuses: `tollgate.toml` is another here",
            ],
        ),
        (
            "another module",
            |repository| {
                let other = root().join("policies/dist/cost-cap.wasm");
                fs::copy(other, repository.path("policies/guard.wasm"))?;
                Ok(())
            },
            &["gate-changed refuses: `policies/guard.wasm` is another here"],
        ),
        (
            "readers that nobody committed",
            |repository| {
                repository.write(".git/info/exclude", ".sops.yaml\n")?;
                repository.write(".sops.yaml", "creation_rules: []\n")
            },
            &["gate-changed refuses: `.sops.yaml` is here and not in the last commit"],
        ),
        // As a checkout on Windows has it, which means the same.
        (
            "other line ends",
            |repository| repository.write("tollgate.toml", &BASE.replace('\n', "\r\n")),
            &[],
        ),
    ];
    for (name, act, says) in cases {
        let repository = Repository::new(BASE)?;
        act(&repository)?;
        let run = repository.judge(&["plan.json", "--config-from", "base", "-o", "json"])?;
        let told = told(&run)?;
        let right = told.len() == says.len()
            && says
                .iter()
                .all(|part| told.iter().any(|one| one.contains(part)));
        if !right || run.code != i32::from(!says.is_empty()) {
            return Err(format!("{name}: expected {says:#?}, got {told:#?} of {run}").into());
        }
    }
    Ok(())
}

/// Its own branches are whatever the change makes them.
fn in_a_submodule() -> Result<(), Failed> {
    let weak = Repository::new("[policies.deletion-protection]\nenabled = false\n")?;
    let repository = Repository::new(BASE)?;
    let from = weak.folder.path().display().to_string();
    repository.git(&["submodule", "--quiet", "add", &from, "infra"])?;
    git(&repository.path("infra"), &["branch", "-f", "base", "HEAD"])?;
    for committed in [false, true] {
        if committed {
            repository.commit("a repository of its own", "mallory@example.org")?;
        }
        let run = run(tollgate(&repository.path("infra")).args([
            "check",
            "-e",
            "production",
            "refused.json",
            "--config-from",
            "base",
        ]))?;
        run.expect(2)?;
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        if !said.contains("the working directory is in `infra`, a submodule of the repository in") {
            return Err(run.to_string().into());
        }
    }
    Ok(())
}

/// A bare repository is made of files like any others, so a change can bring one.
fn in_an_embedded_repository() -> Result<(), Failed> {
    let weak = Repository::new("[policies.deletion-protection]\nenabled = false\n")?;
    for worktree in [".", "..", "../.."] {
        let repository = Repository::new(BASE)?;
        let stack = repository.path("stacks/app");
        fs::create_dir_all(stack.join("refs/keep"))?;
        fs::write(stack.join("refs/keep/file"), "")?;
        weak.git(&["pack-refs", "--all"])?;
        for name in ["HEAD", "index", "packed-refs"] {
            fs::copy(weak.path(".git").join(name), stack.join(name))?;
        }
        for folder in fs::read_dir(weak.path(".git/objects"))? {
            let folder = folder?;
            let to = stack.join("objects").join(folder.file_name());
            fs::create_dir_all(&to)?;
            for object in fs::read_dir(folder.path())? {
                let object = object?;
                fs::copy(object.path(), to.join(object.file_name()))?;
            }
        }
        fs::write(
            stack.join("config"),
            format!("[core]\nrepositoryformatversion = 0\nbare = false\nworktree = {worktree}\n"),
        )?;
        fs::copy(weak.path("tollgate.toml"), stack.join("tollgate.toml"))?;
        let git = |arguments: &[&str]| git(&stack, arguments);
        // Otherwise this shows nothing.
        git(&["rev-parse", "--verify", "--quiet", "refs/heads/base"])?;
        for directory in [stack.clone(), stack.join("refs/keep")] {
            let plan = repository.path("refused.json").display().to_string();
            let arguments = ["check", "-e", "production", &plan, "--config-from", "base"];
            let run = run(tollgate(&directory).args(arguments))?;
            run.expect(2)?;
            let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            if !said.contains("is a git repository made of files of the checkout") {
                return Err(run.to_string().into());
            }
        }
        // From the root it is a change like any other.
        let run = repository.judge(&["refused.json", "--config-from", "base"])?;
        run.expect(1)?;
    }
    Ok(())
}

/// Kept plans are encrypted to whom `.sops.yaml` names.
fn a_reader_more() -> Result<(), Failed> {
    let one = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let other = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
    let rules = |recipients: &str| format!("creation_rules:\n  - age: {recipients}\n");
    let both = format!("{one},{other}");
    for (was, is, told_as) in [
        (one, both.as_str(), Some("gate-loosened refuses")),
        (one, other, Some("gate-loosened refuses")),
        (one, "", Some("gate-changed refuses")),
        (both.as_str(), one, None),
        (one, one, None),
    ] {
        let repository = Repository::new(BASE)?;
        repository.write(".sops.yaml", &rules(was))?;
        repository.commit("readers", "somebody@platform.example")?;
        repository.git(&["branch", "-f", "base"])?;
        repository.write(".sops.yaml", &format!("# changed\n{}", rules(is)))?;
        repository.commit("other readers", "mallory@example.org")?;
        let run = repository.judge(&["plan.json", "--config-from", "base", "-o", "json"])?;
        run.expect(i32::from(told_as.is_some()))?;
        let told = told(&run)?;
        if !told
            .iter()
            .all(|one| told_as.is_some_and(|part| one.contains(part) && one.contains(" read ")))
            || told.is_empty() != told_as.is_none()
        {
            return Err(format!("{was} → {is}: {told:#?}").into());
        }
    }
    Ok(())
}

/// What is called otherwise has no history, and is locked by nobody.
fn the_place_of_the_history() -> Result<(), Failed> {
    let environments = "[environments.staging]\ndirectory = \"tf\"\nbackend-config = [\"key=live/staging\"]\n[environments.production]\ndirectory = \"tf\"\nbackend-config = [\"key=live/production\"]\n";
    let more = "[environments.qa]\ndirectory = \"tf\"\nbackend-config = [\"key=other/qa\"]\n";
    let named = |name: &str| format!("[project]\nname = \"{name}\"\n{environments}");
    let moved = "the lock and the history are in another place";
    for (was, is, told_as) in [
        (named("a"), named("b"), Some(moved)),
        (environments.to_owned(), named("a"), Some(moved)),
        (
            environments.to_owned(),
            format!("{environments}{more}"),
            Some(moved),
        ),
        // By its name it is where it was.
        (
            named("a"),
            format!("{}branches = [\"main\"]\n", named("a")),
            None,
        ),
    ] {
        let repository = Repository::new(&was)?;
        repository.write(
            "tf/main.tf",
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    region = \"eu-west-1\"\n  }\n}\n",
        )?;
        repository.commit("a root module", "somebody@platform.example")?;
        repository.git(&["branch", "-f", "base"])?;
        repository.write("tollgate.toml", &is)?;
        repository.commit("another name", "mallory@example.org")?;
        let run = repository.judge(&["plan.json", "--config-from", "base", "-o", "json"])?;
        let told = told(&run)?;
        let found = told
            .iter()
            .any(|one| one.contains("gate-changed refuses") && one.contains(moved));
        if found != told_as.is_some() {
            return Err(format!("{was} → {is}: {told:#?}").into());
        }
    }
    Ok(())
}

/// Whoever works below it is judged by it, which a run above does not show.
fn a_configuration_below() -> Result<(), Failed> {
    let repository = Repository::new(BASE)?;
    repository.write("stacks/net/tollgate.toml", "[environments.production]\n")?;
    repository.commit("one that is there", "somebody@platform.example")?;
    repository.git(&["branch", "-f", "base"])?;
    let judge = || repository.judge(&["plan.json", "--config-from", "base", "-o", "json"]);
    repository.write("stacks/net/main.tf", "")?;
    repository.commit("something else", "mallory@example.org")?;
    judge()?.expect(0)?;
    repository.write(
        "stacks/app/tollgate.toml",
        "[environments.production]\nprotected = false\n",
    )?;
    repository.commit("another configuration", "mallory@example.org")?;
    let run = repository.judge(&["plan.json", "--config-from", "base"])?;
    run.expect(0)?;
    let shown = format!("{run}");
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if !shown.contains(
        "neutral a configuration is added that judges whoever works below it: tollgate.toml → stacks/app/tollgate.toml",
    ) {
        return Err(shown.into());
    }
    Ok(())
}

/// Found in a directory above that others may write, it decides nothing and runs nothing.
fn a_configuration_of_somebody_else() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let inner = folder.path().join("inner");
    fs::create_dir(&inner)?;
    fs::copy(
        root().join("examples/plans/production.json"),
        inner.join("plan.json"),
    )?;
    let file = folder.path().join("tollgate.toml");
    fs::write(&file, "[environments.production]\nprotected = false\n")?;
    let given = |owner: &str| -> Result<(), Failed> {
        let status = Command::new("chown").arg(owner).arg(&file).status()?;
        if status.success() {
            Ok(())
        } else {
            Err("chown".into())
        }
    };
    let check = |more: &[&str]| {
        run(tollgate(&inner)
            .args(["check", "plan.json", "-e", "production", "-o", "json"])
            .args(more)
            .env_remove("SUDO_UID"))
    };
    check(&[])?.expect(0)?;
    given("65534")?;
    let run_of_other = check(&[])?;
    run_of_other.expect(2)?;
    if !run_of_other
        .stderr
        .contains("belongs to another user (uid 65534)")
    {
        return Err(run_of_other.to_string().into());
    }
    run(tollgate(&inner)
        .args(["config", "check"])
        .env_remove("SUDO_UID"))?
    .expect(2)?;
    // Who names it means it.
    check(&["--config", "../tollgate.toml"])?.expect(0)
}
