//! A command line of OpenTofu or Terraform, as far as guards go.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use super::Stage;

/// Subcommands that look at the state.
const READ: [&str; 2] = ["output", "show"];
/// Those that plan, and what else runs providers.
const PLAN: [&str; 2] = ["plan", "console"];
/// Those that change resources or the state.
const CHANGE: [&str; 7] = [
    "apply",
    "destroy",
    "refresh",
    "import",
    "taint",
    "untaint",
    "force-unlock",
];
/// The subcommands of `state` that change it.
const CHANGE_STATE: [&str; 6] = ["mv", "move", "rm", "remove", "push", "replace-provider"];

/// What a command line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It does no harm.
    Nothing,
    /// The state of the selected workspace.
    State(Stage),
    /// It makes, selects or deletes a workspace.
    Workspace {
        /// `new`, `select` or `delete`.
        verb: String,
        /// Of this name.
        name: String,
    },
    /// `init`
    Init {
        /// Whether a state is moved to where it is initialised for.
        migrates: bool,
        /// What it is told by options.
        settings: Vec<String>,
        /// Whether it has a backend at all.
        backend: bool,
    },
}

/// A command line, as far as guards go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) directory: PathBuf,
    pub(super) action: Action,
    /// The argument behind the subcommand.
    pub(super) behind: usize,
    /// Whether it takes files of variables.
    pub(super) takes_variables: bool,
    /// Files of states that it names, or that it would write over.
    pub(super) states: Vec<PathBuf>,
    /// The file that a plan is written to.
    pub(super) out: Option<PathBuf>,
    /// The saved plan that it applies.
    pub(super) saved_plan: Option<PathBuf>,
    /// Files of variables that it names.
    pub(super) var_files: Vec<PathBuf>,
}

/// Reads a command line.
pub(super) fn read(arguments: &[OsString]) -> Line {
    let mut line = Line {
        directory: PathBuf::from("."),
        action: Action::Nothing,
        behind: 0,
        takes_variables: false,
        states: Vec::new(),
        out: None,
        saved_plan: None,
        var_files: Vec::new(),
    };
    let texts: Vec<_> = arguments
        .iter()
        .map(|each| each.to_string_lossy())
        .collect();
    let mut rest = texts.iter().map(AsRef::<str>::as_ref);
    let subcommand = loop {
        line.behind += 1;
        match rest.next() {
            None => return line,
            Some(option) if option.starts_with('-') => {
                let option = option.trim_start_matches('-');
                match option.strip_prefix("chdir=") {
                    Some(path) => line.directory = PathBuf::from(path),
                    // `-help` and `-version`.
                    None => return line,
                }
            }
            Some(subcommand) => break subcommand,
        }
    };
    let rest: Vec<&str> = rest.collect();
    let help =
        |word: &&str| matches!(word.trim_start_matches('-'), "help" | "h") && word.starts_with('-');
    if rest.iter().any(help) {
        return line;
    }
    let options = options(&rest);
    let mut words = rest.iter().filter(|word| !word.starts_with('-'));
    let is = |name: &str| is_on(&options, name);
    line.action = if CHANGE.contains(&subcommand) {
        Action::State(Stage::Change)
    } else if PLAN.contains(&subcommand) {
        Action::State(Stage::Plan)
    } else if subcommand == "show" && words.next().is_some() {
        // A file, whatever is selected.
        Action::Nothing
    } else if READ.contains(&subcommand) {
        Action::State(Stage::Read)
    } else {
        match subcommand {
            "state" => {
                let changes = words.next().is_some_and(|word| CHANGE_STATE.contains(word));
                Action::State(if changes { Stage::Change } else { Stage::Read })
            }
            // `env` is what it was once called.
            "workspace" | "env" => match (words.next(), words.next()) {
                (Some(verb @ &("new" | "select" | "delete")), Some(name)) => Action::Workspace {
                    verb: (*verb).to_owned(),
                    name: (*name).to_owned(),
                },
                _ => Action::Nothing,
            },
            "init" => Action::Init {
                migrates: is("migrate-state") || is("force-copy"),
                settings: backend_settings(&options).collect(),
                backend: !is_off(&options, "backend"),
            },
            _ => Action::Nothing,
        }
    };
    let variables = crate::inject::tofu::read(arguments);
    line.takes_variables = variables.takes_files();
    line.saved_plan = variables.plan;
    line.states = states(&options).collect();
    line.out = written_to(&options);
    line.states
        .extend(file_of(subcommand, &rest).map(PathBuf::from));
    line.var_files = var_files_of(&options).collect();
    line
}

/// The file that a subcommand names without an option, where it can be a state.
fn file_of<'a>(subcommand: &str, rest: &[&'a str]) -> Option<&'a str> {
    let words = || {
        rest.iter()
            .filter(|word| !word.starts_with('-') || **word == "-")
    };
    let file = match subcommand {
        "show" => words().next(),
        "state" if words().next() == Some(&"push") => words().nth(1),
        _ => None,
    };
    file.copied().filter(|file| *file != "-")
}

/// The options of a subcommand by their names, with what is joined to them or comes next.
fn options(rest: &[&str]) -> Vec<(String, String)> {
    let mut options = Vec::new();
    let mut words = rest.iter().peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-') else {
            continue;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, value),
            None => {
                let next = words.peek().filter(|next| !next.starts_with('-'));
                (option, next.map_or("", |next| next))
            }
        };
        options.push((name.to_owned(), value.to_owned()));
    }
    options
}

impl Line {
    /// Takes options along that stand somewhere else.
    pub(super) fn add(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let more = options(&words);
        self.states.extend(states(&more));
        self.out = written_to(&more).or_else(|| self.out.take());
        self.var_files.extend(var_files_of(&more));
        if let Action::Init {
            migrates,
            settings,
            backend,
        } = &mut self.action
        {
            *migrates |= is_on(&more, "migrate-state") || is_on(&more, "force-copy");
            settings.extend(backend_settings(&more));
            *backend &= !is_off(&more, "backend");
        }
    }
}

/// The options that both tools take from the environment, as if somebody had written them.
pub(super) fn of_the_shell(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let quotes: &[char] = &['"', '\''];
    let options = variables.filter(|(name, _)| name.to_string_lossy().starts_with("TF_CLI_ARGS"));
    options
        .flat_map(|(_, value)| {
            let value = value.to_string_lossy();
            let words = value.split_whitespace();
            words
                .map(|word| word.replace(quotes, ""))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_on(options: &[(String, String)], name: &str) -> bool {
    let given = options.iter().find(|(option, _)| option == name);
    given.is_some_and(|(_, value)| !matches!(value.as_str(), "false" | "0" | "f" | "F"))
}

fn is_off(options: &[(String, String)], name: &str) -> bool {
    let mut given = options.iter();
    given.any(|(option, value)| option == name && value == "false")
}

fn backend_settings(options: &[(String, String)]) -> impl Iterator<Item = String> {
    let settings = options.iter().filter(|(name, _)| name == "backend-config");
    settings.map(|(_, value)| value.clone())
}

/// The files of variables that options name.
fn var_files_of(options: &[(String, String)]) -> impl Iterator<Item = PathBuf> {
    let named = options.iter().filter(|(name, _)| name == "var-file");
    named.map(|(_, value)| PathBuf::from(value))
}

/// The files of states that options name.
fn states(options: &[(String, String)]) -> impl Iterator<Item = PathBuf> {
    let named = options.iter().filter(|(name, _)| {
        matches!(
            name.as_str(),
            "state" | "state-out" | "backup" | "backup-out" | "out"
        )
    });
    named.map(|(_, value)| PathBuf::from(value))
}

/// Where options have a plan written to.
fn written_to(options: &[(String, String)]) -> Option<PathBuf> {
    let named = options.iter().rev().find(|(name, _)| name == "out");
    named.map(|(_, value)| PathBuf::from(value))
}
