//! `tollgate secrets set`: one value into an encrypted file.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Read as _};

use tollgate_secrets::inject::Injection;
use tollgate_secrets::outline::loses_as_number;
use tollgate_secrets::{
    Draft, ExtractPath, NewValue, SecretsFile, Value, ValueType, secrets_command,
};
use zeroize::Zeroizing;

use super::place::{meant, of_variables};
use super::{CommandError, keyring, print, warn};
use crate::cli::{SetArgs, SetType};
use crate::commands::configuration;
use crate::commands::secrets_check::root_modules;
use crate::config::Config;
use crate::routing::taken;
use crate::routing::writing::Writing;
use crate::secrets_check::Module;

/// What a value may occupy, in bytes.
const LIMIT: u64 = 16 << 20;

pub(in crate::commands) fn run(args: &SetArgs) -> Result<u8, CommandError> {
    expect_no_value_in_arguments(args)?;
    let given = given(args)?;
    let config = configuration(&args.config)?;
    let writing = Writing::of(&config, &args.file)?;
    writing.check_file(&args.file, args.input_type.map(Into::into))?;
    let mut draft = Draft::open(&args.file, args.input_type.map(Into::into), &keyring())?
        .allow_unencrypted(args.allow_unencrypted);
    of_variables(&draft, &args.file)?;
    let path = meant(&draft, &args.path)?;
    expect_value(args, &given, &draft, &path)?;
    let value_type = type_of(args, &draft, &path);
    let new = new_value(value_type, &given, &path)?;
    let file = args.file.display().to_string();
    let file = file.escape_debug();
    let name = path.to_string();
    // A type that is asked for is meant.
    let becomes_number = args.value_type.is_none()
        && matches!(value_type, Some(ValueType::Text))
        && loses_as_number(&given);
    let before = becomes_number.then(|| respelt(&config, &writing, &draft));
    let is_changed = draft.set(&path, &new)?;
    if let Some(before) = before {
        expect_same_number(&before, &respelt(&config, &writing, &draft), &path)?;
    }
    if !is_changed {
        return print(&format!(
            "{file}: {name} has that value already, nothing written\n"
        ));
    }
    writing.check_marker(&draft)?;
    let left = draft.unencrypted()?;
    draft.write()?;
    for path in left {
        warn(&format!(
            "{path} stands unencrypted in {file}, so that nobody can open it yet; set it too, or take it out: `{}`",
            secrets_command("unset", &args.file.display().to_string(), &(&path).into())
        ));
    }
    print(&format!("{file}: set {name}\n"))
}

/// Refuses a value on the command line, before one is asked for.
fn expect_no_value_in_arguments(args: &SetArgs) -> Result<(), CommandError> {
    if !args.misplaced.is_empty() {
        return Err(CommandError::usage(
            "a value does not belong on the command line, where the shell's history and other users see it",
            "give it on standard input, and count what you typed as known to others",
        ));
    }
    let Some(name) = &args.path.assigned else {
        return Ok(());
    };
    // A name that is there is one, whatever is in it.
    let there = SecretsFile::read(&args.file, args.input_type.map(Into::into))?
        .shape()
        .iter()
        .any(|leaf| leaf.path.to_string() == args.path.literal.to_string());
    if there {
        return Ok(());
    }
    Err(CommandError::usage(
        format!(
            "{} is followed by `=`, and no name is there that has one; nothing was written",
            crate::diagnostic::quoted(name)
        ),
        format!(
            "give the name alone, and the value on standard input: `{}`; if a value stood on the command line, count it as known to others",
            secrets_command(
                "set",
                &args.file.display().to_string(),
                &ExtractPath::key(name)
            )
        ),
    ))
}

/// Returns what is to be set, as it was given, and nothing for null.
fn given(args: &SetArgs) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let given = if args.value_type == Some(SetType::Null) {
        Zeroizing::new(Vec::new())
    } else {
        value(args)?
    };
    if given.trim_ascii().starts_with(b"ENC[AES256_GCM,") {
        return Err(CommandError::usage(
            "the value given is an encrypted one of a file, and would be taken for the secret as it is",
            "give the secret itself; a file that has lost its metadata has its last good version in its history: `git log -p -- FILE`",
        ));
    }
    Ok(given)
}

/// Refuses the empty text where nobody says that it is meant, and something else than it would be gone.
fn expect_value(
    args: &SetArgs,
    given: &[u8],
    draft: &Draft,
    path: &ExtractPath,
) -> Result<(), CommandError> {
    if !given.is_empty() || args.allow_empty || args.value_type == Some(SetType::Null) {
        return Ok(());
    }
    let (what, next) = match draft.get(path) {
        Some(Value::Text(b"") | Value::Null) => return Ok(()),
        Some(_) => (
            ", and a value is set there",
            "to empty it all the same, add `--allow-empty`, or take it out with `tollgate secrets unset`",
        ),
        None => (
            "",
            "to set the empty text all the same, add `--allow-empty`",
        ),
    };
    Err(CommandError::usage(
        format!("the value given for {path} is empty{what}; nothing was changed"),
        format!("see why what should have given the value gave none; {next}"),
    ))
}

/// The type that the value gets: the one that is asked for, or that of the value in its place; none for
/// null.
fn type_of(args: &SetArgs, draft: &Draft, path: &ExtractPath) -> Option<ValueType> {
    Some(match args.value_type {
        Some(SetType::Null) => return None,
        Some(SetType::Text) => ValueType::Text,
        Some(SetType::Integer) => ValueType::Int,
        Some(SetType::Number) => ValueType::Float,
        Some(SetType::Boolean) => ValueType::Bool,
        None => match draft.get(path) {
            Some(Value::Int(_)) => ValueType::Int,
            Some(Value::Float(_)) => ValueType::Float,
            Some(Value::Bool(_)) => ValueType::Bool,
            Some(Value::Time(_)) => ValueType::Time,
            _ => ValueType::Text,
        },
    })
}

/// Makes a value of what was given.
fn new_value(
    value_type: Option<ValueType>,
    given: &[u8],
    path: &ExtractPath,
) -> Result<NewValue, CommandError> {
    let value_type = match value_type {
        None => return Ok(NewValue::null()),
        Some(ValueType::Text) => return Ok(NewValue::text(given)),
        Some(value_type) => value_type,
    };
    let text = std::str::from_utf8(given).ok();
    let value = text.and_then(|text| NewValue::typed(value_type, text));
    value.ok_or_else(|| {
        if text.is_some_and(|text| NewValue::is_respelt(value_type, text)) {
            return CommandError::usage(
                format!(
                    "the value for {path} would not stay as it is given: as {} it is written otherwise (without spaces, exponent, and zeros at the end of a fraction); nothing was changed",
                    if value_type == ValueType::Time {
                        "a point in time"
                    } else {
                        "a number"
                    }
                ),
                "to keep every character as it is, add `--type text`; or give it as it is written",
            );
        }
        CommandError::usage(
            format!("the value for {path} is not {}", article(value_type)),
            "give another value; or, to keep every character as it is, add `--type text`",
        )
    })
}

/// Refuses a text of which a variable makes another number, where none did before.
fn expect_same_number(
    before: &BTreeSet<(String, String)>,
    after: &BTreeSet<(String, String)>,
    path: &ExtractPath,
) -> Result<(), CommandError> {
    let Some((variable, environment)) = after.difference(before).next() else {
        return Ok(());
    };
    Err(CommandError::usage(
        format!(
            "the variable `{variable}` takes {path} in {environment} and is a number, which the text given is not without its leading zeros, sign, exponent or last zeros; nothing was changed"
        ),
        "declare the variable as `string` if every character counts, or give the number without them; `--type text` writes the text all the same",
    ))
}

/// The variables that make another number of a text of the file, each with the environment.
fn respelt(config: &Config, writing: &Writing, draft: &Draft) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    // A module that cannot be read is told by whatever uses it.
    let modules = root_modules(config).unwrap_or_default();
    for settings in writing.owners() {
        let Ok(injection) = Injection::new(std::slice::from_ref(draft.secrets()), &settings.map)
        else {
            continue;
        };
        let outlines = injection.outlines();
        let own = |module: &&Module| {
            let environments = module.environments.as_ref();
            environments.is_none_or(|names| names.contains(&settings.environment))
        };
        for (name, variable) in modules
            .iter()
            .filter(own)
            .flat_map(|module| &module.variables)
        {
            let Some(outline) = outlines.get(name) else {
                continue;
            };
            let mut paths = BTreeSet::new();
            taken::respelt_numbers(name, outline, &variable.ty, &mut paths);
            found.extend(
                paths
                    .into_iter()
                    .map(|path| (path, settings.environment.clone())),
            );
        }
    }
    found
}

fn article(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Int => "a whole number as JSON writes one, of up to 64 bits",
        ValueType::Float => "a number as JSON writes one, of up to some 17 digits",
        ValueType::Bool => "true or false",
        ValueType::Time => "a point in time as RFC 3339 writes it",
        _ => "text",
    }
}

/// Reads the value from where the arguments say, or else standard input.
fn value(args: &SetArgs) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    if let Some(name) = &args.from_env {
        return std::env::var_os(name)
            .map(|value| without_line_break(Zeroizing::new(value.into_encoded_bytes())))
            .ok_or_else(|| {
                CommandError::usage(
                    format!(
                        "the environment variable {} is not set",
                        name.escape_debug()
                    ),
                    "export it, or give the value on standard input",
                )
            });
    }
    let bytes = match &args.from_file {
        Some(path) => read(std::fs::File::open(path), &path.display().to_string())?,
        None if io::stdin().is_terminal() => {
            let question = format!("Value of {} (not shown): ", args.path.literal);
            let answer = rpassword::prompt_password(question)
                .map(|answer| Zeroizing::new(answer.into_bytes()))
                .map_err(|error| unreadable("the terminal", &error))?;
            if answer.is_empty() {
                return Err(CommandError::usage(
                    "no value was given, so nothing was changed",
                    "to set the empty text, give it on standard input: `printf '' | tollgate secrets set --allow-empty …`",
                ));
            }
            return Ok(answer);
        }
        None => read(Ok(io::stdin().lock()), "standard input")?,
    };
    Ok(without_line_break(bytes))
}

fn read(source: io::Result<impl io::Read>, name: &str) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 << 10));
    source
        .and_then(|source| source.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(CommandError::usage(
            format!(
                "{} holds more than a value can: 16 MiB",
                name.escape_debug()
            ),
            "keep large files outside of secrets files",
        ));
    }
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> CommandError {
    CommandError::usage(
        format!(
            "{} cannot be read: {}",
            name.escape_debug(),
            tollgate_secrets::in_words(error.kind())
        ),
        "give the value on standard input",
    )
}

/// Drops the line break behind a single line, which `echo` and editors add. Several lines, such as a
/// key's, keep theirs.
fn without_line_break(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let one_line = bytes.iter().filter(|&&byte| byte == b'\n').count() == 1;
    if one_line && bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_line_loses_its_break() {
        for (given, expected) in [
            ("", ""),
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("\n", ""),
            ("a\n\n", "a\n\n"),
            ("a\nb\n", "a\nb\n"),
            ("a\nb", "a\nb"),
        ] {
            let bytes = Zeroizing::new(given.as_bytes().to_vec());
            assert_eq!(*without_line_break(bytes), expected.as_bytes(), "{given:?}");
        }
    }
}
