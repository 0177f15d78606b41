//! `tollgate exec`: one command with the secrets of an environment.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::mask::Patterns;
use zeroize::Zeroizing;

use super::secrets::{keyring, silent_keyring, warn};
use super::{CommandError, configuration};
use crate::cli::{DescriptorFormat, ExecArgs};
use crate::config::Config;
use crate::deploy::guard::{self, exec::Additions};
use crate::diagnostic::quoted;
use crate::environment::SecretsSettings;
use crate::hcl::{Configuration, Dialect, Type, Variable, tfvars};
use crate::inject::logs::{self, Logs};
use crate::inject::{self, Conduct, Handover, Launch, LaunchError, tofu};
use crate::routing::{Failure, OtherSource, RouteError, directories, route, taken};

pub(super) fn run(args: &ExecArgs) -> Result<u8, CommandError> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(CommandError::usage(
            "no command",
            "write it behind `--`: `tollgate exec -e staging -- tofu plan`",
        ));
    };
    let named = args.env || args.fd.is_some() || !args.files.is_empty() && !tofu::is_tofu(program);
    if args.tofu && !tofu::is_tofu(program) {
        known_subcommand(program, arguments)?;
    }
    let line = if args.tofu || (!named && tofu::is_tofu(program)) {
        Some(tofu::read(arguments))
    } else if named {
        None
    } else {
        return Err(CommandError::usage(
            format!(
                "how does {} take secrets?",
                quoted(&program.to_string_lossy())
            ),
            "say so: `--env` for variables of its environment, `--fd 3` for a descriptor, `--file NAME` for a file in memory, `--tofu` if it is OpenTofu or Terraform by another name",
        ));
    };
    // However it takes the secrets: it is the tool that would go to another environment.
    let of_tool = match &line {
        Some(_) => Some((program, 0)),
        None => inner_tool(program, arguments),
    };
    let conduct = if of_tool.is_some() {
        // Told twice, it would drop what it has not written.
        Conduct::Orderly(Default::default())
    } else {
        Conduct::PassedOn
    };
    let withheld = match &of_tool {
        Some(_) => logs::withheld(Logs::Masked),
        None => Vec::new(),
    };
    if of_tool.is_some()
        && let Some(note) = logs::note(Logs::Masked)
    {
        warn(&note);
    }
    let config = configuration(&args.config)?;
    let settings = config.secrets(args.environment.as_deref())?;
    let module = match &line {
        Some(line) => line.directory.clone().unwrap_or_else(|| ".".into()),
        None => ".".into(),
    };
    let mut additions = Additions::default();
    let environment = &settings.environment;
    if let Some((tool, from)) = of_tool {
        let behind = arguments.get(from..).unwrap_or_default();
        additions = guard::exec::check(&config, environment, dialect(tool), behind)?;
        additions.at += from;
    } else if args.env && (args.prefix == VARIABLE_PREFIX || is_wrapper(program)) {
        guard::exec::check_directory(&config, environment)?;
    }
    let launch = |handover, files, patterns| {
        let added = additions.options.len();
        let mut all = arguments.to_vec();
        let at = additions.at.min(all.len());
        all.splice(at..at, additions.options.iter().cloned());
        launched(inject::run(
            Launch {
                program: program.clone(),
                arguments: all,
                handover: behind(handover, added),
                files,
                patterns,
                errors: None,
                conduct: conduct.clone(),
                withheld: withheld.clone(),
                limit: None,
            },
            |command| {
                if let Some(workspace) = &additions.workspace {
                    command.env(guard::workspace::VARIABLE, workspace);
                }
            },
        ))
    };
    if let Some(line) = &line
        && line.var_file_at.is_none()
        && args.files.is_empty()
    {
        // It takes no variables, so no key is needed; with one, a log of what it shows is masked.
        let patterns = if (line.shows_values || logs_are_shown()) && !args.no_mask && writes_a_log()
        {
            shown(&config, settings, &module, program)
        } else {
            Patterns::default()
        };
        return launch(Handover::Nothing, BTreeMap::new(), patterns);
    }
    inject::forbid_core_dumps()?;
    let directories = directories(&config, std::slice::from_ref(&module));
    let map = settings.map.clone();
    let environment = settings.environment.clone();
    let routed = route(&config, settings, &directories)?;
    let declared = match &line {
        Some(_) => Some(declared(&module, program)?),
        None => None,
    };
    let files = routed.open(&config, &directories, &keyring())?;
    let mut injection = Injection::new(&files, &map)?;
    let (as_files, whole) = injection.files(&files, &args.files)?;
    let names = injection.names().filter(|name| !whole.contains(*name));
    let keys: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
    let untaken = |declared: &BTreeMap<String, Variable>, given: &BTreeSet<String>| {
        let outlines = injection.outlines();
        let named = taken::Named {
            keys: &keys,
            outlines: &outlines,
        };
        let is_set = |name: &str| given.contains(name);
        taken::check(&routed.settings, &named, declared, &is_set)
    };
    let mut said = Vec::new();
    match (&declared, &line) {
        (Some(declared), Some(line)) if !line.saved_plan && line.var_file_at.is_some() => {
            said = untaken(declared, &given_elsewhere(Some(line), &module))?;
        }
        // A wrapper around the tool, which says nothing of a variable that is not declared. One that
        // fetches the root module has none here.
        (None, None) if args.env && args.prefix == VARIABLE_PREFIX => {
            let here = declared_here(&module);
            if !here.is_empty() {
                said = untaken(&here, &given_elsewhere(None, &module))?;
            }
        }
        _ => {}
    }
    for said in &said {
        warn(&said.text);
    }
    if let Some(declared) = &declared {
        injection.retain(|name| declared.contains_key(name));
    }
    // Those that a saved plan holds are printed like those that are handed over.
    // What machines read of the tool stays whole.
    let whole_output = line
        .as_ref()
        .is_some_and(|line| line.var_file_at.is_none() && !line.shows_values && !logs_are_shown());
    let unmasked = args.no_mask || whole_output;
    let mut patterns = if unmasked {
        Patterns::default()
    } else {
        // Of a program that gets no declared variables, every secret is one of the run.
        let (shown, open) = (routed.shown(), routed.unencrypted());
        let declares = |name: &str| {
            declared
                .as_ref()
                .is_some_and(|declared| declared.contains_key(name))
        };
        injection
            .patterns_of(|name| !open.contains(name) && (!shown.contains(name) || declares(name)))
    };
    if !unmasked {
        patterns.extend(as_files.patterns());
    }
    let texts = as_files.texts()?;
    let handover = match (&line, &declared) {
        (Some(line), Some(declared)) => {
            if line.saved_plan {
                // The plan has the others, and Terraform prints one that differs, old and new.
                injection.retain(|name| {
                    declared
                        .get(name)
                        .is_some_and(|variable| variable.ephemeral)
                });
            }
            if line.var_file_at.is_some() {
                given_twice(line, &module, &injection, &environment)?;
            }
            for (name, variable) in declared {
                if variable.ty == Type::String {
                    injection.as_text(name);
                }
            }
            match line.var_file_at {
                Some(at) if !injection.is_empty() => Handover::VarFile {
                    at,
                    text: injection.hcl()?,
                },
                _ => Handover::Nothing,
            }
        }
        _ => {
            injection.retain(|name| !whole.contains(name));
            match args.fd {
                Some(number) => Handover::Descriptor {
                    number,
                    text: match args.format {
                        DescriptorFormat::Json => injection.json()?,
                        DescriptorFormat::Dotenv => injection.dotenv(&args.prefix)?,
                    },
                },
                None if args.env => {
                    if args.prefix.is_empty() && routed.settings.named_only {
                        only_named(&mut injection, &routed.settings)?;
                    }
                    Handover::Environment(variables(&injection, &args.prefix, &texts)?)
                }
                None => Handover::Nothing,
            }
        }
    };
    // Plaintext goes before the command comes: what it needs is in the pipe.
    drop(as_files);
    drop(injection);
    drop(files);
    launch(handover, texts, patterns)
}

/// Programs that start another one, which is among their arguments.
const LAUNCHERS: [&str; 12] = [
    "env", "nice", "ionice", "nohup", "setsid", "stdbuf", "sudo", "doas", "time", "timeout",
    "xargs", "exec",
];

/// Programs that run the tool in the directory that they are started in, with variables of it.
const WRAPPERS: [&str; 2] = ["terragrunt", "terramate"];

/// Subcommands of either tool.
const SUBCOMMANDS: [&str; 27] = [
    "apply",
    "console",
    "destroy",
    "env",
    "fmt",
    "force-unlock",
    "get",
    "graph",
    "import",
    "init",
    "login",
    "logout",
    "metadata",
    "modules",
    "output",
    "plan",
    "providers",
    "query",
    "refresh",
    "show",
    "stacks",
    "state",
    "taint",
    "test",
    "untaint",
    "validate",
    "workspace",
];

/// The tool that a command line starts, and before which argument its own ones begin.
fn inner_tool<'a>(
    program: &'a OsString,
    arguments: &'a [OsString],
) -> Option<(&'a OsString, usize)> {
    if tofu::is_tofu(program) {
        return Some((program, 0));
    }
    if !is_one_of(program, &LAUNCHERS) {
        return None;
    }
    let mut arguments = arguments.iter().enumerate();
    let (nth, tool) = arguments.find(|(_, argument)| tofu::is_tofu(argument))?;
    Some((tool, nth + 1))
}

fn is_wrapper(program: &OsStr) -> bool {
    is_one_of(program, &WRAPPERS)
}

fn is_one_of(program: &OsStr, names: &[&str]) -> bool {
    let name = Path::new(program).file_stem().unwrap_or_default();
    names.iter().any(|one| name == *one)
}

/// Refuses a program that is said to be the tool, and whose first word is none of the tool's: what it
/// starts would be guarded by nothing.
fn known_subcommand(program: &OsStr, arguments: &[OsString]) -> Result<(), CommandError> {
    let mut words = arguments.iter().map(|argument| argument.to_string_lossy());
    let Some(word) = words.find(|word| !word.starts_with('-')) else {
        return Ok(());
    };
    if word == "version" || SUBCOMMANDS.contains(&&*word) {
        return Ok(());
    }
    Err(CommandError::usage(
        format!(
            "`--tofu` says that {} is OpenTofu or Terraform, and {} is no subcommand of theirs",
            quoted(&program.to_string_lossy()),
            quoted(&word)
        ),
        "name the tool itself behind `--`, as in `tollgate exec -e staging -- tofu plan`",
    ))
}

/// Leaves the secrets to which the configuration gives a name, where it asks for that. Whoever writes a secrets file has no say in what a program's variables are called.
fn only_named(
    injection: &mut Injection<'_>,
    settings: &SecretsSettings,
) -> Result<(), CommandError> {
    let given = |key: &str| {
        let listed = match &settings.source {
            // Which variables of the environment these are, the configuration says.
            Some(OtherSource::Variables(variables)) => {
                variables.iter().any(|(name, _)| name == key)
            }
            Some(OtherSource::Prefix(_)) => true,
            _ => false,
        };
        // A variable of the root module's decides nothing else, whoever named it.
        listed || settings.other_keys.iter().any(|other| other == key) || key.starts_with("TF_VAR_")
    };
    let mut left = injection.retain_named(given);
    let marker = settings
        .marker
        .as_ref()
        .and_then(|marker| marker.first_key());
    left.retain(|key| marker != Some(key));
    if left.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = left.iter().map(|key| quoted(key)).collect();
    if !injection.is_empty() {
        warn(&format!(
            "not handed over, because `map` does not name them and there is no `--prefix`: {}",
            names.join(", ")
        ));
        return Ok(());
    }
    let environment = &settings.environment;
    let pairs: Vec<String> = left
        .iter()
        .take(MOST_PAIRS)
        .map(|key| format!("{} = {}", toml_key(&upper(key)), toml_text(&selector(key))))
        .collect();
    Err(CommandError::usage(
        format!(
            "nobody says what these secrets are called as variables: {}",
            names.join(", ")
        ),
        format!(
            "put something before their names: `--prefix APP_`; or say it in tollgate.toml: `[environments.{}.secrets]` with `map = {{ {} }}`",
            toml_key(environment),
            pairs.join(", ")
        ),
    ))
}

/// How many names a next step shows.
const MOST_PAIRS: usize = 20;

/// What a key is called as a variable.
fn upper(key: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_uppercase(),
        _ => '_',
    };
    key.chars().map(letter).collect()
}

/// The place of a key of the top level, as `map` writes it.
fn selector(key: &str) -> String {
    if key.contains(['.', '[']) {
        format!("[\"{key}\"]")
    } else {
        key.to_owned()
    }
}

fn toml_key(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !key.is_empty() && key.bytes().all(bare) {
        key.to_owned()
    } else {
        toml_text(key)
    }
}

fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The variables of a command's environment, none of which is called as one of its files.
fn variables(
    injection: &Injection<'_>,
    prefix: &str,
    files: &BTreeMap<String, Zeroizing<Vec<u8>>>,
) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, CommandError> {
    let variables = injection.environment(prefix)?;
    match files.keys().find(|name| variables.contains_key(*name)) {
        Some(name) => Err(CommandError::usage(
            format!("`{name}` would be the path of a file and a secret"),
            "give the file another name: `--file OTHER_NAME=KEY`",
        )),
        None => Ok(variables),
    }
}

/// What the command ended with. One that failed says so by its own code, whatever became of its
/// output.
fn launched(result: Result<u8, LaunchError>) -> Result<u8, CommandError> {
    let error = match result {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    match &error {
        LaunchError::OutputLost { code, .. } if *code != 0 => {
            // If standard error is gone there is nowhere left to say so.
            let _ = writeln!(
                io::stderr(),
                "error: {}",
                crate::report::inert(&error.to_string())
            );
            Ok(*code)
        }
        _ => Err(error.into()),
    }
}

/// The same values, behind options that were added before them.
fn behind(handover: Handover, added: usize) -> Handover {
    match handover {
        Handover::VarFile { at, text } => Handover::VarFile {
            at: at + added,
            text,
        },
        other => other,
    }
}

/// Whether the tool is told to log what it does.
fn logs_are_shown() -> bool {
    std::env::vars_os()
        .any(|(name, value)| !value.is_empty() && name.as_bytes().starts_with(b"TF_LOG"))
}

fn writes_a_log() -> bool {
    !(crate::view::is_terminal() && io::stderr().is_terminal())
}

/// Refuses a variable that the command line sets and that is a secret: the secret would win without
/// a word. What the environment sets is weaker in either tool, and there often by habit.
fn given_twice(
    line: &tofu::CommandLine,
    module: &Path,
    injection: &Injection<'_>,
    environment: &str,
) -> Result<(), CommandError> {
    let mut files = BTreeMap::new();
    for file in &line.var_files {
        for name in tfvars::read(&module.join(file))
            .unwrap_or_default()
            .into_keys()
        {
            files.insert(name, file);
        }
    }
    for name in injection.names() {
        if let Some(file) = files.get(name) {
            return Err(CommandError::usage(
                format!(
                    "`-var-file={}` sets `{name}`, and `{name}` is a secret of {}, which would win",
                    file.display(),
                    quoted(environment)
                ),
                "take it out of the file",
            ));
        }
        if line.assigned.iter().any(|assigned| assigned == name) {
            return Err(CommandError::usage(
                format!(
                    "`-var {name}=…` is given, and `{name}` is a secret of {}",
                    quoted(environment)
                ),
                "leave one of them out; a value on the command line is seen by every process",
            ));
        }
        if std::env::var_os(format!("TF_VAR_{name}")).is_some() {
            warn(&format!(
                "TF_VAR_{name} is set and does not count: `{name}` comes from the secrets of {}",
                quoted(environment)
            ));
        }
    }
    Ok(())
}

/// What must not be seen in the output of a subcommand that takes no variables. Where it cannot be
/// had without asking anybody for anything, that is said, and the command runs all the same.
pub(super) fn shown(
    config: &Config,
    settings: SecretsSettings,
    module: &Path,
    program: &OsStr,
) -> Patterns {
    let environment = settings.environment.clone();
    let unmasked = |why: &str| {
        warn(&format!(
            "the output is not masked, because the secrets of {} are not known here: {why}",
            quoted(&environment)
        ));
        Patterns::default()
    };
    if let Some(source) = &settings.source {
        return unmasked(&format!(
            "{source} is not asked for a subcommand that takes no variables"
        ));
    }
    if let Err(error) = inject::forbid_core_dumps() {
        return unmasked(&error.to_string());
    }
    let directories = directories(config, std::slice::from_ref(&module.to_path_buf()));
    let map = settings.map.clone();
    let opened = route(config, settings, &directories)
        .and_then(|routed| routed.open(config, &directories, &silent_keyring()));
    let files = match opened {
        Ok(files) => files,
        // Without secrets there is nothing to mask.
        Err(Failure::Route(RouteError::NotFound { .. })) => return Patterns::default(),
        Err(failure) => return unmasked(&first_line(&CommandError::from(failure).to_string())),
    };
    let mut injection = match Injection::new(&files, &map) {
        Ok(injection) => injection,
        Err(error) => return unmasked(&error.to_string()),
    };
    // Other keys of the files are words such as the environment's name.
    if let Ok(declared) = declared(module, program) {
        injection.retain(|name| declared.contains_key(name));
    }
    injection.patterns()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What else gives variables a value: the command line, files, and the environment.
fn given_elsewhere(line: Option<&tofu::CommandLine>, module: &Path) -> BTreeSet<String> {
    let automatic = tfvars::automatic(module).unwrap_or_default();
    let named = line.into_iter().flat_map(|line| &line.var_files);
    let named = named.map(|file| module.join(file));
    let of_files = automatic
        .into_iter()
        .chain(named)
        .flat_map(|file| tfvars::read(&file).unwrap_or_default().into_keys());
    let of_environment = std::env::vars_os().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        name.strip_prefix(VARIABLE_PREFIX).map(ToOwned::to_owned)
    });
    of_files
        .chain(of_environment)
        .chain(line.into_iter().flat_map(|line| line.assigned.clone()))
        .collect()
}

fn declared(module: &Path, program: &OsStr) -> Result<BTreeMap<String, Variable>, CommandError> {
    let configuration = Configuration::read_as(module, dialect(program))?;
    Ok(configuration.variables().clone())
}

/// How variables of the environment begin that either tool takes for variables of its own.
const VARIABLE_PREFIX: &str = "TF_VAR_";

/// The variables of a root module that a wrapper of the tool is started in, if there is one.
fn declared_here(module: &Path) -> BTreeMap<String, Variable> {
    Configuration::read_as(module, Dialect::OpenTofu)
        .map(|configuration| configuration.variables().clone())
        .unwrap_or_default()
}

fn dialect(program: &OsStr) -> Dialect {
    if program.to_string_lossy().contains("terraform") {
        Dialect::Terraform
    } else {
        Dialect::OpenTofu
    }
}
