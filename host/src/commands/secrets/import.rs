//! `tollgate secrets import`: plaintext into an encrypted file.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::Path;

use tollgate_secrets::source::DotenvReading;
use tollgate_secrets::{CreationRules, Draft, Format, Merged, Secrets};
use zeroize::Zeroizing;

use super::place;
use super::{CommandError, keyring, print, warn};
use crate::cli::ImportArgs;
use crate::commands::configuration;
use crate::report::count;
use crate::routing;
use crate::routing::writing::Writing;

/// What plaintext may occupy, in bytes; encrypted it must fit a secrets file.
const LIMIT: u64 = 16 << 20;

pub(in crate::commands) fn run(args: &ImportArgs) -> Result<u8, CommandError> {
    let formats = Formats::of(args);
    expect_possible(args, &formats)?;
    let (plaintext, reading) = plaintext(args, &formats)?;
    let (mut draft, writing) = draft(args, formats.file)?;
    let merged = draft.merge(&plaintext, args.allow_empty)?;
    writing.check_marker(&draft)?;
    draft.write()?;
    let code = print(&report(args, &merged, reading.as_ref()))?;
    warn_of_what_is_left(args, &merged, &plaintext);
    Ok(code)
}

/// What the plaintext is, and what the file.
struct Formats {
    file: Format,
    plaintext: Format,
    /// Whether the plaintext is a file that sets variables, as its name says.
    of_variables: bool,
}

impl Formats {
    fn of(args: &ImportArgs) -> Self {
        let file = args
            .input_type
            .map_or_else(|| Format::of(&args.file), Into::into);
        Self {
            file,
            plaintext: match args.from_type {
                Some(format) => format.into(),
                None if is_stdin(args) || file == Format::Binary => file,
                None => Format::of(&args.from),
            },
            of_variables: args.from_type.is_none() && routing::is_called_variables(&args.from),
        }
    }
}

fn is_stdin(args: &ImportArgs) -> bool {
    args.from == Path::new("-")
}

/// Refuses what nothing can come of, before the plaintext is read.
fn expect_possible(args: &ImportArgs, formats: &Formats) -> Result<(), CommandError> {
    if !is_stdin(args) && !args.from.exists() {
        return Err(CommandError::usage(
            format!(
                "{} cannot be read: no such file",
                args.from.display().to_string().escape_debug()
            ),
            "give the plaintext as a file, or `-` for standard input",
        ));
    }
    let into_names = formats.plaintext == Format::Binary && formats.file != Format::Binary;
    if into_names && args.from_type.is_some() {
        return Err(CommandError::usage(
            format!(
                "a binary file has no names, and {} holds names with values",
                args.file.display().to_string().escape_debug()
            ),
            "import it into a file of its own, whose name ends in none of .yaml, .json, .env and .ini; or as one value: `tollgate secrets set FILE NAME --from-file`",
        ));
    }
    if into_names && !formats.of_variables {
        return Err(CommandError::usage(
            format!(
                "nothing says what {} holds",
                args.from.display().to_string().escape_debug()
            ),
            "say it with `--from-type dotenv`, json, yaml or ini",
        ));
    }
    if !args.create && !args.file.exists() {
        return Err(CommandError::usage(
            format!(
                "{} does not exist",
                args.file.display().to_string().escape_debug()
            ),
            "add `--create` to make it, for the recipients of .sops.yaml",
        ));
    }
    Ok(())
}

/// Reads the plaintext; of dotenv also what was made of its lines.
fn plaintext(
    args: &ImportArgs,
    formats: &Formats,
) -> Result<(Secrets, Option<DotenvReading>), CommandError> {
    if formats.of_variables && formats.file != Format::Binary {
        let bytes = bytes_of(&args.from, is_stdin(args))?;
        let name = args.from.display().to_string();
        return Ok((routing::variables_of(&name, &bytes)?, None));
    }
    read(&args.from, is_stdin(args), formats.plaintext)
}

/// Opens the file, or begins a new one, where it may be written.
fn draft(args: &ImportArgs, format: Format) -> Result<(Draft, Writing), CommandError> {
    let config = configuration(&args.config)?;
    let writing = Writing::of(&config, &args.file)?;
    let keyring = keyring();
    let draft = if args.create {
        let rule = CreationRules::rule_of(&args.file)?;
        writing.check_rule(&args.file, &rule)?;
        Draft::create(&args.file, Some(format), &rule, &keyring)?
    } else {
        writing.check_file(&args.file, args.input_type.map(Into::into))?;
        let draft = Draft::open(&args.file, args.input_type.map(Into::into), &keyring)?;
        // What is not in the plaintext would be gone, and not stay, as a merge has it.
        place::of_variables(&draft, &args.file)?;
        draft
    };
    Ok((draft.allow_unencrypted(args.allow_unencrypted), writing))
}

/// Says what was added and changed, by name.
fn report(args: &ImportArgs, merged: &Merged, reading: Option<&DotenvReading>) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} added, {} changed, {} as before",
        args.file.display().to_string().escape_debug(),
        merged.added.len(),
        merged.changed.len(),
        merged.unchanged
    );
    for (what, names) in [("added", &merged.added), ("changed", &merged.changed)] {
        for name in names {
            let _ = writeln!(out, "  {what:8}{name}");
        }
    }
    if let Some(reading) = reading {
        told(&mut out, reading);
    }
    if merged.comments > 0 {
        let _ = writeln!(
            out,
            "  with {}",
            count(merged.comments, "comment", "comments")
        );
    }
    out
}

/// Warns of what did not get into the file, and of the plaintext, which is still there.
fn warn_of_what_is_left(args: &ImportArgs, merged: &Merged, plaintext: &Secrets) {
    if merged.comments_left > 0 {
        warn(&format!(
            "{} could not be kept: the file has no place for {}",
            count(merged.comments_left, "comment", "comments"),
            if merged.comments_left == 1 {
                "it"
            } else {
                "them"
            }
        ));
    }
    for section in plaintext.sections_lost() {
        warn(&format!(
            "the section `{}` has no key, and was left out",
            section.escape_debug()
        ));
    }
    if !is_stdin(args) {
        warn(&format!(
            "{} still holds the plaintext; delete it, and if it was ever committed or shared, change what is in it",
            args.from.display().to_string().escape_debug()
        ));
    }
}

/// Says what a shell would have made of the file, where that is not what stands there.
fn told(out: &mut String, reading: &DotenvReading) {
    let mut done = Vec::new();
    if reading.quoted > 0 {
        done.push(format!(
            "the quotes of {} taken off",
            count(reading.quoted, "value", "values")
        ));
    }
    if reading.exported > 0 {
        done.push(format!(
            "`export` of {} dropped",
            count(reading.exported, "line", "lines")
        ));
    }
    if !done.is_empty() {
        let _ = writeln!(out, "  read as dotenv: {}", done.join(", "));
    }
    for (names, what) in [
        (
            &reading.not_expanded,
            "the `$` is kept as it is: nothing is expanded",
        ),
        (
            &reading.not_unescaped,
            "the `\\n` is kept as two characters; within double quotes it is a line break",
        ),
        (
            &reading.cut,
            "the ` #…` behind the value is taken for a comment; within quotes it is a part of it",
        ),
    ] {
        for name in names {
            let _ = writeln!(out, "  {}: {what}", name.escape_debug());
        }
    }
}

fn name_of(from: &Path, from_stdin: bool) -> String {
    if from_stdin {
        "standard input".to_owned()
    } else {
        from.display().to_string()
    }
}

fn bytes_of(from: &Path, from_stdin: bool) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let name = name_of(from, from_stdin);
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 << 10));
    let result = if from_stdin {
        io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(from).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| {
        CommandError::usage(
            format!(
                "{} cannot be read: {}",
                name.escape_debug(),
                tollgate_secrets::in_words(error.kind())
            ),
            "give the plaintext as a file, or `-` for standard input",
        )
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(CommandError::usage(
            format!("{} is larger than 16 MiB", name.escape_debug()),
            "import it in parts",
        ));
    }
    Ok(bytes)
}

fn read(
    from: &Path,
    from_stdin: bool,
    format: Format,
) -> Result<(Secrets, Option<DotenvReading>), CommandError> {
    let name = name_of(from, from_stdin);
    let bytes = bytes_of(from, from_stdin)?;
    Ok(if format == Format::Dotenv {
        let (secrets, reading) = Secrets::from_dotenv(&name, &bytes)?;
        (secrets, Some(reading))
    } else {
        (Secrets::from_plaintext(&name, &bytes, format)?, None)
    })
}
