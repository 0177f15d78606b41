//! What may be passed on to `plan`.

use std::ffi::OsString;

use super::DeployError;
use crate::report::inert;

/// Options that would change which state is used, where the plan goes, or what an exit code means.
const OURS: [(&str, &str); 15] = [
    ("out", "the plan is kept by `--out`, encrypted"),
    (
        "destroy",
        "write `tollgate plan --destroy`, or `tollgate destroy`",
    ),
    (
        "refresh-only",
        "write `tollgate plan --drift-only`, or `tollgate apply --refresh-only`",
    ),
    ("target", "write `--target ADDRESS` before the `--`"),
    ("replace", "write `--replace ADDRESS` before the `--`"),
    (
        "var-file",
        "the environment says which files of variables: name it in `var-files` of tollgate.toml",
    ),
    ("detailed-exitcode", "the exit code is Tollgate's"),
    ("input", "nothing is asked for"),
    (
        "generate-config-out",
        "what it writes is not what was planned; run it with the tool itself",
    ),
    (
        "json-into",
        "it would write what the tool says into a file, past the mask; read what it prints",
    ),
    ("help", "read it from the tool itself: `tofu plan -help`"),
    ("state", "the environment says where the state is"),
    ("state-out", "the environment says where the state is"),
    ("backup", "the environment says where the state is"),
    ("chdir", "the environment says where the root module is"),
];

/// Options that count for an apply too, each with a value.
const OF_APPLY: [&str; 2] = ["parallelism", "lock-timeout"];

/// Splits an option into its name and, where it is joined, its value.
fn split(option: &str) -> Option<(&str, Option<&str>)> {
    let name = option.strip_prefix('-')?;
    let name = name.strip_prefix('-').unwrap_or(name);
    Some(match name.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (name, None),
    })
}

/// Whether a plan with these options takes the lock of the state. Without it what is planned may be
/// of a state that somebody is changing, so it can be looked at, and never applied.
#[must_use]
pub fn locks(options: &[OsString]) -> bool {
    options.iter().all(|option| {
        let text = option.to_string_lossy();
        !matches!(split(&text), Some(("lock", value))
            if !matches!(value, None | Some("true" | "1" | "t" | "T" | "TRUE" | "True")))
    })
}

/// Returns those of the options that an apply takes too, in their order: how many things are done at
/// once, how long a lock is waited for, and the values of ephemeral variables, which are in no plan.
/// The rest is in the plan. With the first one that is neither as an error.
///
/// # Errors
/// When `strict`, and there is an option that only a plan takes.
pub fn of_apply(
    options: &[OsString],
    strict: bool,
    is_ephemeral: impl Fn(&str) -> bool,
) -> Result<Vec<OsString>, DeployError> {
    let mut found = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let text = option.to_string_lossy().into_owned();
        let (name, joined) = split(&text).unwrap_or((&text, None));
        let is_var = name == "var";
        let takes_value = is_var || OF_APPLY.contains(&name);
        let value = match joined {
            Some(value) => Some(value.to_owned()),
            None if takes_value => rest.next().map(|next| next.to_string_lossy().into_owned()),
            None => None,
        };
        let counts = match &value {
            Some(value) if is_var => value
                .split_once('=')
                .is_some_and(|(name, _)| is_ephemeral(name.trim())),
            Some(_) => OF_APPLY.contains(&name),
            None => false,
        };
        if let (true, Some(value)) = (counts, &value) {
            found.push(format!("-{name}={value}").into());
        } else if strict {
            return Err(DeployError::Option {
                option: text,
                why: "a kept plan is applied as it is; only -parallelism, -lock-timeout and -var of an ephemeral variable go with it",
            });
        }
    }
    Ok(found)
}

/// Checks options that somebody wants to pass on.
///
/// # Errors
/// When one of them is Tollgate's to say, or is no option.
pub fn check(options: &[OsString]) -> Result<(), DeployError> {
    let mut value_of_last = false;
    for option in options {
        let text = option.to_string_lossy();
        let refuse = |why| {
            Err(DeployError::Option {
                option: text.clone().into_owned(),
                why,
            })
        };
        let Some(name) = text.strip_prefix('-') else {
            if value_of_last {
                value_of_last = false;
                continue;
            }
            return refuse("it is no option, and `plan` takes nothing else");
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        let (name, joined) = match name.split_once('=') {
            Some((name, _)) => (name, true),
            None => (name, false),
        };
        if let Some((_, why)) = OURS.iter().find(|(ours, _)| *ours == name) {
            return refuse(why);
        }
        value_of_last = !joined;
    }
    Ok(())
}

/// Says why a plan with these options does not cover the whole configuration and all that there is,
/// whatever it says of itself: OpenTofu says nothing.
#[must_use]
pub fn narrowing(targets: &[String], options: &[OsString]) -> Vec<String> {
    const NARROW: [&str; 3] = ["exclude", "exclude-file", "target-file"];
    let mut why: Vec<String> = targets
        .iter()
        .map(|target| format!("it was planned for {target} alone (`--target`)"))
        .collect();
    for option in options {
        let text = option.to_string_lossy();
        let name = text.trim_start_matches('-');
        let (name, value) = name.split_once('=').unwrap_or((name, ""));
        if NARROW.contains(&name) {
            why.push(format!("it was planned without a part (`-{name}`)"));
        }
        if name == "refresh" && !matches!(value, "" | "true" | "1" | "t" | "T" | "TRUE" | "True") {
            why.push("what changed outside was not looked at (`-refresh=false`)".to_owned());
        }
    }
    why
}

/// Returns the options that set variables, as they are written.
#[must_use]
pub fn assignments(options: &[OsString]) -> Vec<OsString> {
    let mut found = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let text = option.to_string_lossy();
        match text.trim_start_matches('-') {
            "var" => {
                found.push(option.clone());
                found.extend(options.next().cloned());
            }
            name if name.starts_with("var=") => found.push(option.clone()),
            _ => {}
        }
    }
    found
}

/// Says which variables were given on the command line, without their values, as the end of a command
/// that is advised: run without them it would take other values.
#[must_use]
pub fn in_words(options: &[OsString]) -> String {
    let names: Vec<String> = variables(options)
        .map(|name| format!("`-var {}=…`", inert(&name)))
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(", with the same {} behind `--`", names.join(" ")),
    }
}

/// Returns the variables that the options set one by one.
pub fn variables(options: &[OsString]) -> impl Iterator<Item = String> {
    let mut texts = options
        .iter()
        .map(|option| option.to_string_lossy().into_owned());
    std::iter::from_fn(move || {
        loop {
            let option = texts.next()?;
            let name = option.trim_start_matches('-');
            let assignment = match name.strip_prefix("var") {
                Some("") => texts.next()?,
                Some(joined) if joined.starts_with('=') => joined[1..].to_owned(),
                _ => continue,
            };
            if let Some((name, _)) = assignment.split_once('=') {
                return Some(name.trim().to_owned());
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn what_is_passed_on() {
        for (line, fine) in [
            ("", true),
            ("-parallelism=5 -compact-warnings", true),
            ("-parallelism 5", true),
            ("-var a=b", true),
            ("-lock-timeout=5m", true),
            ("-out=p.bin", false),
            ("--out p.bin", false),
            ("-chdir=elsewhere", false),
            ("-var-file=other.tfvars", false),
            ("-state=other.tfstate", false),
            ("-detailed-exitcode", false),
            ("-lock=false", true),
            ("-generate-config-out=new.tf", false),
            ("-compact-warnings p.bin q.bin", false),
            ("p.bin", false),
        ] {
            assert_eq!(check(&split_words(line)).is_ok(), fine, "{line}");
        }
    }

    #[test]
    fn what_an_apply_takes_too() {
        let taken = |line: &str, strict| {
            let taken = of_apply(&split_words(line), strict, |name| name == "token");
            let joined = |list: Vec<OsString>| {
                let texts: Vec<String> = list
                    .iter()
                    .map(|each| each.to_string_lossy().into_owned())
                    .collect();
                texts.join(" ")
            };
            taken.ok().map(joined)
        };
        for (line, loose, strict) in [
            ("", "", Some("")),
            ("-parallelism=1", "-parallelism=1", Some("-parallelism=1")),
            (
                "--lock-timeout 5m -parallelism 2",
                "-lock-timeout=5m -parallelism=2",
                Some("-lock-timeout=5m -parallelism=2"),
            ),
            ("-var token=a=b", "-var=token=a=b", Some("-var=token=a=b")),
            ("-var size=2 -parallelism=1", "-parallelism=1", None),
            ("-refresh=false", "", None),
            ("-compact-warnings -parallelism=1", "-parallelism=1", None),
        ] {
            assert_eq!(taken(line, false).as_deref(), Some(loose), "{line}");
            assert_eq!(taken(line, true).as_deref(), strict, "{line}");
        }
    }

    #[test]
    fn which_plans_lock() {
        for (line, expected) in [
            ("", true),
            ("-lock=true", true),
            ("-lock", true),
            ("-lock=false", false),
            ("--lock=0", false),
            ("-lock-timeout=5m", true),
        ] {
            assert_eq!(locks(&split_words(line)), expected, "{line}");
        }
    }

    #[test]
    fn what_narrows_a_plan() {
        let targets = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (named, line, expected) in [
            (&[][..], "", 0),
            (&[], "-parallelism=5 -refresh -refresh=true", 0),
            (&["a.b", "a.c"], "", 2),
            (&["a.b"], "-exclude=a.d", 2),
            (&[], "-exclude a.d", 1),
            (&[], "--target-file=list", 1),
            (&[], "-refresh=false", 1),
            (&[], "-refresh=0", 1),
        ] {
            let found = narrowing(&targets(named), &split_words(line));
            assert_eq!(found.len(), expected, "{named:?} {line}: {found:?}");
        }
    }

    #[test]
    fn variables_that_are_set() {
        for (line, expected) in [
            ("", vec![]),
            (
                "-var a=b -var=c=d=e --var f=g -var-file=h",
                vec!["a", "c", "f"],
            ),
            ("-variable x=y", vec![]),
        ] {
            let found: Vec<String> = variables(&split_words(line)).collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
