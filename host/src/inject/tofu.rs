//! What a command line of OpenTofu or Terraform does with variables.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The subcommands that take `-var-file`, by their `-help`.
const TAKE_VARIABLES: [&str; 7] = [
    "plan", "apply", "destroy", "refresh", "import", "console", "test",
];

/// Options whose value may be the next argument, in either tool.
const WITH_VALUE: [&str; 17] = [
    "backup",
    "config",
    "deprecation",
    "exclude",
    "exclude-file",
    "filter",
    "generate-config-out",
    "json-into",
    "lock-timeout",
    "out",
    "parallelism",
    "replace",
    "state",
    "state-out",
    "target",
    "target-file",
    "test-directory",
];

/// A command line, as far as variables go.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// Before which argument a variables file has the last word; none where none is taken.
    pub var_file_at: Option<usize>,
    /// The directory of `-chdir`.
    pub directory: Option<PathBuf>,
    /// Whether it applies a saved plan, which has every value but the ephemeral ones.
    pub saved_plan: bool,
    /// That plan.
    pub plan: Option<PathBuf>,
    /// The variables that `-var` gives a value.
    pub assigned: Vec<String>,
    /// The files that `-var-file` names.
    pub var_files: Vec<PathBuf>,
    /// Whether it takes no variables and prints, for people, values that a state or a plan holds.
    pub shows_values: bool,
}

impl CommandLine {
    /// Whether files of variables count for it: a saved plan has their values.
    #[must_use]
    pub fn takes_files(&self) -> bool {
        self.var_file_at.is_some() && !self.saved_plan
    }
}

/// Tells OpenTofu and Terraform by the name of the program.
#[must_use]
pub fn is_tofu(program: &OsStr) -> bool {
    Path::new(program)
        .file_stem()
        .is_some_and(|name| name == "tofu" || name == "terraform")
}

/// Reads the arguments behind `tofu` or `terraform`.
#[must_use]
pub fn read(arguments: &[OsString]) -> CommandLine {
    let mut line = CommandLine {
        var_file_at: None,
        directory: None,
        saved_plan: false,
        plan: None,
        assigned: Vec::new(),
        var_files: Vec::new(),
        shows_values: false,
    };
    let text = |argument: &OsString| argument.to_string_lossy().into_owned();
    let mut subcommand = None;
    for (nth, argument) in arguments.iter().enumerate() {
        let argument = text(argument);
        if let Some(directory) = argument
            .strip_prefix("-chdir=")
            .or_else(|| argument.strip_prefix("--chdir="))
        {
            line.directory = Some(PathBuf::from(directory));
        } else if argument.starts_with('-') {
            // `-help` and `-version` end it.
            return line;
        } else {
            subcommand = Some((nth, argument));
            break;
        }
    }
    let Some((nth, subcommand)) = subcommand else {
        return line;
    };
    if !TAKE_VARIABLES.contains(&subcommand.as_str()) {
        let rest: Vec<String> = arguments.iter().skip(nth + 1).map(text).collect();
        line.shows_values = shows_values(&subcommand, &rest);
        return line;
    }
    let mut at = nth + 1;
    let mut rest = arguments.iter().enumerate().skip(nth + 1);
    while let Some((nth, argument)) = rest.next() {
        let argument = text(argument);
        let Some(option) = argument.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            line.saved_plan = subcommand == "apply";
            line.plan = line.saved_plan.then(|| PathBuf::from(&argument));
            break;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        if option.is_empty() {
            let next = rest.next().filter(|_| subcommand == "apply");
            line.plan = next.map(|(_, next)| PathBuf::from(next));
            line.saved_plan = line.plan.is_some();
            break;
        }
        let (name, joined) = match option.split_once('=') {
            Some((name, _)) => (name, true),
            None => (option, false),
        };
        match name {
            "help" | "h" => return line,
            "var" | "var-file" => {
                // Later ones win, and these are the user's.
                at = nth + if joined { 1 } else { 2 };
                let given = match option.split_once('=') {
                    Some((_, given)) => Some(given.to_owned()),
                    None => rest.next().map(|(_, next)| text(next)),
                };
                if name == "var-file" {
                    line.var_files.extend(given.as_ref().map(PathBuf::from));
                }
                if name == "var"
                    && let Some((assigned, _)) =
                        given.as_deref().and_then(|given| given.split_once('='))
                {
                    line.assigned.push(assigned.trim().to_owned());
                }
            }
            name if !joined && WITH_VALUE.contains(&name) => {
                rest.next();
            }
            _ => {}
        }
    }
    line.var_file_at = Some(at.min(arguments.len()));
    line
}

/// Tells whether a subcommand without variables prints values for people to read. What machines read
/// (`-json`, `-raw`, `state pull`) has to stay as it is.
fn shows_values(subcommand: &str, rest: &[String]) -> bool {
    let machine = rest.iter().any(|argument| {
        let option = argument.trim_start_matches('-');
        argument.starts_with('-')
            && ["json", "raw", "help", "h"]
                .iter()
                .any(|name| option == *name || option.strip_prefix(*name) == Some("=true"))
    });
    !machine
        && match subcommand {
            "show" | "output" => true,
            "state" => {
                rest.iter()
                    .find(|argument| !argument.starts_with('-'))
                    .map(String::as_str)
                    == Some("show")
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_variables_file_goes() {
        for (line, at, directory, saved_plan) in [
            ("plan", Some(1), None, false),
            ("plan -out=p.bin", Some(1), None, false),
            ("plan -var-file=a -out p.bin", Some(2), None, false),
            ("plan -var-file a -var x=y -no-color", Some(5), None, false),
            ("plan --var-file a", Some(3), None, false),
            (
                "-chdir=stack plan -input=false",
                Some(2),
                Some("stack"),
                false,
            ),
            ("apply", Some(1), None, false),
            ("apply -auto-approve", Some(1), None, false),
            ("apply p.bin", Some(1), None, true),
            ("apply -auto-approve -var-file=e p.bin", Some(3), None, true),
            ("apply -parallelism 4 p.bin", Some(1), None, true),
            ("apply -target a.b", Some(1), None, false),
            ("apply -- p.bin", Some(1), None, true),
            ("destroy -auto-approve", Some(1), None, false),
            ("import -var x=y a.b id", Some(3), None, false),
            ("test -filter tests/a.tftest.hcl", Some(1), None, false),
            ("console", Some(1), None, false),
            ("refresh", Some(1), None, false),
            ("plan -help", None, None, false),
            ("-version", None, None, false),
            ("", None, None, false),
            ("init -upgrade", None, None, false),
            ("validate", None, None, false),
            ("output -raw x", None, None, false),
            ("show -json p.bin", None, None, false),
            ("-chdir=stack state list", None, Some("stack"), false),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let found = read(&arguments);
            assert_eq!(found.var_file_at, at, "{line}");
            assert_eq!(found.directory, directory.map(PathBuf::from), "{line}");
            assert_eq!(found.saved_plan, saved_plan, "{line}");
        }
    }

    #[test]
    fn what_var_gives_is_known_by_name() {
        for (line, assigned) in [
            (
                "plan -var a=b -var=c=d --var e=f=g --var=h=",
                &["a", "c", "e", "h"][..],
            ),
            ("apply -var-file=a=b -out=x=y -var a", &[]),
            ("apply -var a=b p.bin", &["a"]),
            ("output -var a=b", &[]),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(read(&arguments).assigned, assigned, "{line}");
        }
    }

    #[test]
    fn values_for_people_are_told_from_those_for_machines() {
        for (line, shows) in [
            ("output", true),
            ("output host", true),
            ("output -no-color host", true),
            ("output -json", false),
            ("output --raw host", false),
            ("output -json=true", false),
            ("show", true),
            ("show plan.bin", true),
            ("show -json plan.bin", false),
            ("state show a.b", true),
            ("-chdir=x state show -state=s a.b", true),
            ("state list", false),
            ("state pull", false),
            ("show -help", false),
            ("init", false),
            ("validate -json", false),
            ("plan", false),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(read(&arguments).shows_values, shows, "{line}");
        }
    }

    #[test]
    fn tools_are_told_by_their_name() {
        for (program, expected) in [
            ("tofu", true),
            ("/opt/bin/terraform", true),
            ("terraform.exe", true),
            ("terragrunt", false),
            ("tofu-1.12", false),
        ] {
            assert_eq!(is_tofu(OsStr::new(program)), expected, "{program}");
        }
    }
}
