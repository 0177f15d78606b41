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
        return line;
    }
    let mut at = nth + 1;
    let mut rest = arguments.iter().enumerate().skip(nth + 1);
    while let Some((nth, argument)) = rest.next() {
        let argument = text(argument);
        let Some(option) = argument.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            line.saved_plan = subcommand == "apply";
            break;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        if option.is_empty() {
            line.saved_plan = subcommand == "apply" && rest.next().is_some();
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
                if !joined {
                    rest.next();
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
            let expected = CommandLine {
                var_file_at: at,
                directory: directory.map(PathBuf::from),
                saved_plan,
            };
            assert_eq!(read(&arguments), expected, "{line}");
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
