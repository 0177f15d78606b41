//! README and book: every command in them that can run here runs, and says what they say.
//!
//! A block of code marked `console` is a session. A line that begins with `$ ` is a command, and
//! one that begins with `> ` goes on with it; the other lines are what both streams have to say.
//! A line `…` stands for any number of lines, `[…]` for any text within one. All blocks of a page
//! are one shell, started in the root of the repository, or, where the page has the comment
//! `<!-- in: DIRECTORY -->`, in a copy of that directory. `<!-- needs: PROGRAM -->` says what else
//! has to be there; without it the page counts as ignored. A block below `<!-- writes: FILE -->` is
//! written into that file where the shell is: what a page shows is what is built and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use tollgate_model::library::LIBRARY;

use crate::cli::{files, root, run, tollgate};

/// What a README may weigh, in bytes: nobody reads a longer one.
const README: u64 = 6 * 1024;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("docs::the_readme_is_short", the_readme_is_short),
        Trial::test("docs::links_lead_somewhere", links_lead_somewhere),
        Trial::test("docs::the_summary_has_every_page", the_summary),
    ];
    trials.extend(generated().into_iter().map(|(page, arguments)| {
        Trial::test(format!("docs::{page}_is_current"), move || {
            is_current(&page, &arguments)
        })
    }));
    for page in pages() {
        let Ok(text) = fs::read_to_string(&page) else {
            continue;
        };
        let steps = steps(&text);
        if steps.is_empty() {
            continue;
        }
        let missing = comments(&text, "needs").any(|program| !is_there(&program));
        let name = page.strip_prefix(root()).unwrap_or(&page);
        let name = format!("docs::{}", name.display());
        let directory = comments(&text, "in").next();
        trials.push(
            Trial::test(name, move || session(&steps, directory.as_deref()))
                .with_ignored_flag(missing),
        );
    }
    trials
}

/// Pages that the product prints, and the arguments that print them.
fn generated() -> Vec<(String, Vec<&'static str>)> {
    let mut pages = vec![(
        "reference/tollgate-toml.md".to_owned(),
        vec!["schema", "config", "--markdown"],
    )];
    pages.extend(LIBRARY.iter().map(|policy| {
        let page = format!("policies/{}.md", policy.name);
        (page, vec!["policy", "docs", policy.name])
    }));
    pages
}

/// `TOLLGATE_BLESS=1` writes the page anew.
fn is_current(page: &str, arguments: &[&str]) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let printed = run(tollgate(folder.path()).args(arguments))?;
    printed.expect(0)?;
    let path = root().join("docs/src").join(page);
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&path, &printed.stdout)?;
    }
    if fs::read_to_string(&path).unwrap_or_default() != printed.stdout {
        let arguments = arguments.join(" ");
        return Err(format!(
            "{page} is not what `tollgate {arguments}` prints; write it anew: TOLLGATE_BLESS=1 tests/run.sh docs::"
        )
        .into());
    }
    Ok(())
}

/// README, and every page of the book.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    pages.extend(files(&root().join("docs/src"), "md"));
    pages
}

fn comments<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = String> + 'a {
    text.lines().filter_map(move |line| {
        let comment = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        let (found, value) = comment.split_once(": ")?;
        (found == key).then(|| value.to_owned())
    })
}

/// Where the tests' own tools are, then whatever is on the path.
fn path() -> std::ffi::OsString {
    let own = [
        Path::new(env!("CARGO_BIN_EXE_tollgate"))
            .parent()
            .map(Path::to_owned),
        fs::canonicalize(root().join(".tools/bin")).ok(),
    ];
    let outside = std::env::var_os("PATH").unwrap_or_default();
    let all = own
        .into_iter()
        .flatten()
        .chain(std::env::split_paths(&outside));
    std::env::join_paths(all).unwrap_or(outside)
}

fn is_there(program: &str) -> bool {
    std::env::split_paths(&path()).any(|folder| folder.join(program).is_file())
}

/// A command, and the lines that it prints.
#[derive(Debug)]
struct Step {
    command: String,
    expected: Vec<String>,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    // The file that the next block is written into, and then the block, while it is read.
    let mut next = None;
    let mut block: Option<String> = None;
    for line in text.lines() {
        if let Some(file) = line
            .strip_prefix("<!-- writes: ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        {
            next = Some(file);
        } else if line.starts_with("```") {
            if let Some(script) = block.take() {
                steps.push(Step {
                    command: format!("{script}{END_OF_FILE}"),
                    expected: Vec::new(),
                });
            } else if let Some(file) = next.take() {
                block = Some(format!("cat > '{file}' << '{END_OF_FILE}'\n"));
            } else {
                inside = line == "```console";
            }
        } else if let Some(script) = &mut block {
            script.push_str(line);
            script.push('\n');
        } else if !inside {
        } else if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                expected: Vec::new(),
            });
        } else if let Some(step) = steps.last_mut() {
            match line.strip_prefix("> ") {
                Some(more) if step.expected.is_empty() => {
                    step.command.push('\n');
                    step.command.push_str(more);
                }
                _ => step.expected.push(line.to_owned()),
            }
        }
    }
    steps
}

/// Ends a file that a page writes.
const END_OF_FILE: &str = "---- end of a file of the book ----";

/// Ends the output of a command. No program prints it by chance.
const END: &str = "---- end of a step of the book ----";

fn session(steps: &[Step], directory: Option<&str>) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut script = String::from("exec 2>&1\n");
    for step in steps {
        // What a reader runs from a checkout is the binary that is tested.
        let command = step.command.replace("cargo run --release -- ", "tollgate ");
        script.push_str(&command);
        // The exit code stays what the next command sees as `$?`.
        script.push_str("\n__code=$?; printf '%s\\n' '");
        script.push_str(END);
        script.push_str("'; (exit $__code)\n");
    }
    let start = match directory {
        None => fs::canonicalize(root())?,
        Some(directory) => {
            let copy = folder.path().join("project");
            let copied = Command::new("cp")
                .arg("-r")
                .arg(root().join(directory))
                .arg(&copy)
                .status()?;
            if !copied.success() {
                return Err(format!("cannot copy {directory}").into());
            }
            copy
        }
    };
    let output = Command::new("bash")
        .arg("-c")
        .arg(script)
        .current_dir(start)
        .env_clear()
        .env("PATH", path())
        .env("HOME", folder.path())
        .env("REPOSITORY", fs::canonicalize(root())?)
        .env("TF_CLI_CONFIG_FILE", root().join(".tools/tofu.rc"))
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let end = format!("{END}\n");
    let mut parts = said.split(end.as_str());
    for step in steps {
        let Some(printed) = parts.next() else {
            return Err(format!("the shell ended before `{}`", step.command).into());
        };
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let expected: Vec<&str> = step.expected.iter().map(|line| line.trim_end()).collect();
        if !alike(&expected, &printed) {
            return Err(format!(
                "$ {}\n--- the page says\n{}\n--- it prints\n{}",
                step.command,
                expected.join("\n"),
                printed.join("\n")
            )
            .into());
        }
    }
    Ok(())
}

/// Whether lines are those of a pattern, in which `…` is any number of lines.
fn alike(pattern: &[&str], lines: &[&str]) -> bool {
    match (pattern.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => {
            (0..=lines.len()).any(|skipped| alike(rest, &lines[skipped..]))
        }
        (Some((first, rest)), Some((line, others))) => fits(first, line) && alike(rest, others),
        _ => false,
    }
}

/// Whether a line is that of a pattern, in which `[…]` is any text.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[…]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

fn the_readme_is_short() -> Result<(), Failed> {
    let length = fs::metadata(root().join("README.md"))?.len();
    if length > README {
        return Err(format!("README.md has {length} bytes, of {README}").into());
    }
    Ok(())
}

/// Links within the repository: the file is there, and so is the heading.
fn links_lead_somewhere() -> Result<(), Failed> {
    let mut lost = Vec::new();
    let mut followed = 0;
    for page in pages() {
        let text = fs::read_to_string(&page)?;
        for target in targets(&text) {
            if target.contains("://") {
                continue;
            }
            followed += 1;
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap_or(&page).join(file)
            };
            let Ok(found) = read(&file) else {
                lost.push(format!("{}: {target}", page.display()));
                continue;
            };
            let there = heading.is_empty()
                || found
                    .lines()
                    .filter_map(|line| line.strip_prefix('#'))
                    .any(|title| anchor(title.trim_start_matches('#')) == heading);
            if !there {
                lost.push(format!("{}: {target}", page.display()));
            }
        }
    }
    if followed < 20 {
        return Err(format!("only {followed} links were found").into());
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!("lead nowhere:\n{}", lost.join("\n")).into())
}

/// A page, or what it includes.
fn read(page: &Path) -> Result<String, Failed> {
    if page.is_dir() {
        return Ok(String::new());
    }
    let text = fs::read_to_string(page)?;
    let included = text
        .trim()
        .strip_prefix("{{#include ")
        .and_then(|rest| rest.strip_suffix("}}"));
    match included {
        Some(file) => Ok(fs::read_to_string(
            page.parent().unwrap_or(page).join(file),
        )?),
        None => Ok(text),
    }
}

/// What `[text](target)` leads to, outside of code.
fn targets(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut targets = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        }
        if inside {
            continue;
        }
        for rest in line.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                targets.push(target.to_owned());
            }
        }
    }
    targets
}

/// The anchor of a heading, as renderers of Markdown make it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
            _ => None,
        })
        .collect()
}

fn the_summary() -> Result<(), Failed> {
    let book = root().join("docs/src");
    let summary = fs::read_to_string(book.join("SUMMARY.md"))?;
    let listed: Vec<PathBuf> = targets(&summary)
        .into_iter()
        .map(|target| book.join(target))
        .collect();
    for page in files(&book, "md") {
        if !page.ends_with("SUMMARY.md") && !listed.contains(&page) {
            return Err(format!("{} is not in SUMMARY.md", page.display()).into());
        }
    }
    match listed.iter().find(|page| !page.is_file()) {
        Some(page) => Err(format!("{} is in SUMMARY.md, and no page", page.display()).into()),
        None => Ok(()),
    }
}
