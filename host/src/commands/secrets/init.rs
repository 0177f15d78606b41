//! `tollgate secrets init`: a new encrypted file, from the variables that a configuration declares.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;
use tollgate_secrets::{
    CreationRules, Draft, ExtractPath, Format, NewValue, Placeholder, ValueType, shell_name,
    shell_path,
};
use zeroize::Zeroizing;

use super::{CommandError, keyring, print, warn};
use crate::cli::InitArgs;
use crate::commands::configuration;
use crate::deploy::target::Project;
use crate::diagnostic::listed;
use crate::exit;
use crate::hcl::{Configuration, ConfigurationError, Dialect, Type, Variable};
use crate::routing::writing::Writing;
use crate::routing::{RouteError, directories, find};

pub(in crate::commands) fn run(args: &InitArgs) -> Result<u8, CommandError> {
    let module = root_module(args)?;
    let file = file(args, &module)?;
    let rule = CreationRules::rule_of(&file)?;
    let writing = Writing::of(&configuration(&args.config)?, &file)?;
    writing.check_rule(&file, &rule)?;
    let configuration = match Configuration::read(&module) {
        Ok(configuration) => Some(configuration),
        Err(ConfigurationError::Empty { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut draft =
        Draft::create(&file, None, &rule, &keyring())?.allow_unencrypted(args.allow_unencrypted);
    // Whoever stands elsewhere than in the module wants the file first: `secrets set` asks for each value.
    let here = args.configuration.is_some() || module == Path::new(".");
    let ask = here && !args.no_input && io::stdin().is_terminal();
    mark(&mut draft, &writing)?;
    let mut filled = Filled::default();
    for (name, variable) in wanted(configuration.as_ref(), args.all) {
        filled.fill(&mut draft, name, variable, ask)?;
    }
    let rules = CreationRules::find(&file).map_or_else(
        || ".sops.yaml".to_owned(),
        |path| format!("{}:{}", beside(&path), rule.line),
    );
    if !args.allow_unencrypted {
        filled.expect_secrets_encrypted(&file, &rules)?;
    }
    draft.write()?;
    report(
        &file,
        &rule
            .recipients()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        filled.set,
        &filled.empty,
        configuration.is_some(),
    )
    .inspect(|_| filled.warn(&rules))
}

/// The file to create: the one that is named, or the environment's.
fn file(args: &InitArgs, module: &Path) -> Result<PathBuf, CommandError> {
    let file = match (&args.file, &args.environment) {
        (Some(file), _) => file.clone(),
        (None, Some(name)) => file_of(args, name, module)?,
        (None, None) => {
            return Err(CommandError::usage(
                "nothing says which file to create",
                "name it, or the environment: `tollgate secrets init -e staging`",
            ));
        }
    };
    if Format::of(&file) == Format::Binary {
        return Err(CommandError::usage(
            format!(
                "the name {} says no format that has names",
                file.display().to_string().escape_debug()
            ),
            "end it in .yaml, .json, .env or .ini, or encrypt a whole file with `tollgate secrets import --create`",
        ));
    }
    Ok(file)
}

/// Has the file say from the start which environment it is for. One that is of several says nothing.
fn mark(draft: &mut Draft, writing: &Writing) -> Result<(), CommandError> {
    let [owner] = writing.owners() else {
        return Ok(());
    };
    let Some(at) = owner.marker.as_ref().filter(|at| !at.is_whole()) else {
        return Ok(());
    };
    let fits = match draft.format() {
        Format::Yaml | Format::Json => true,
        Format::Dotenv => at.depth() == 1,
        Format::Ini => at.depth() == 2,
        Format::Binary => false,
    };
    if fits {
        draft.set(
            &ExtractPath::from(at),
            &NewValue::text(owner.environment.as_bytes()),
        )?;
    }
    Ok(())
}

/// The variables that are to be in the file: those without a default that are secret, or all of them, the
/// secret ones first.
fn wanted(configuration: Option<&Configuration>, all: bool) -> Vec<(&String, &Variable)> {
    let mut names: Vec<(&String, &Variable)> = configuration
        .into_iter()
        .flat_map(Configuration::variables)
        .filter(|(_, variable)| !variable.default && (all || is_secret(variable)))
        .collect();
    names.sort_by_key(|(_, variable)| !is_secret(variable));
    names
}

/// What became of the variables in a new file.
#[derive(Default)]
struct Filled<'c> {
    /// How many have a value.
    set: usize,
    /// Those that have none yet, as arguments of `secrets set`.
    empty: Vec<String>,
    /// Those whose values the rule leaves unencrypted, and whether they are secret.
    in_clear: Vec<(&'c String, bool)>,
    /// Those that the format has no place for.
    unfit: Vec<(&'c String, &'c Type)>,
}

impl<'c> Filled<'c> {
    /// Puts the value of a variable into the file, as far as somebody who is asked gives one, or holds a
    /// place for it.
    fn fill(
        &mut self,
        draft: &mut Draft,
        name: &'c String,
        variable: &'c Variable,
        ask: bool,
    ) -> Result<(), CommandError> {
        let flat = matches!(draft.format(), Format::Dotenv | Format::Ini);
        let nested = matches!(
            variable.ty,
            Type::Map(_) | Type::Object(_) | Type::List(_) | Type::Set(_) | Type::Tuple(_)
        );
        if flat && nested {
            self.unfit.push((name, &variable.ty));
            return Ok(());
        }
        let path = match draft.format() {
            Format::Ini => ExtractPath::key("DEFAULT").then_key(name),
            _ => ExtractPath::key(name),
        };
        let answer = if ask { answer(name, variable)? } else { None };
        match answer {
            Some(value) => {
                self.set += 1;
                draft.set(&path, &value)?;
            }
            None => {
                self.empty.push(to_be_set(name, &variable.ty, flat));
                draft.set_placeholder(&path, placeholder(&variable.ty, draft.format()))?;
            }
        }
        // A placeholder is in clear anyway; what will stand in its place must not be.
        if draft.encrypts(&path)? == Some(false) {
            self.in_clear.push((name, is_secret(variable)));
        }
        Ok(())
    }

    /// Refuses a file that would leave a secret readable.
    fn expect_secrets_encrypted(&self, file: &Path, rules: &str) -> Result<(), LeftUnencrypted> {
        let secret: Vec<&String> = self
            .in_clear
            .iter()
            .filter(|(_, secret)| *secret)
            .map(|(name, _)| *name)
            .collect();
        if secret.is_empty() {
            return Ok(());
        }
        Err(LeftUnencrypted {
            file: file.display().to_string(),
            rules: rules.to_owned(),
            names: listed(secret),
        })
    }

    /// Warns of what is not in the file, and of what everybody who has it can read.
    fn warn(&self, rules: &str) {
        for (name, ty) in &self.unfit {
            warn(&format!(
                "`{name}` is not in the file: it is {ty}, and the format holds text only; use a file that ends in .yaml or .json"
            ));
        }
        for (name, secret) in &self.in_clear {
            warn(&format!(
                "the rule at {rules} leaves `{name}` unencrypted{}",
                if *secret {
                    ", and the configuration declares it as a secret"
                } else {
                    ""
                }
            ));
        }
    }
}

/// The arguments of `secrets set` behind the file that give a variable its value.
fn to_be_set(name: &str, ty: &Type, flat: bool) -> String {
    let key = ExtractPath::key(name);
    let (at, how) = match ty {
        // There is nothing but text in the others.
        Type::Number if !flat => (key, " --type number"),
        Type::Bool if !flat => (key, " --type boolean"),
        Type::Map(_) | Type::Object(_) => (key.then_key("KEY"), ""),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => (key.then_index(0), ""),
        Type::Any | Type::String | Type::Number | Type::Bool => (key, ""),
    };
    format!("{}{how}", at.argument())
}

/// A new secrets file would leave a secret readable.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: the rule at {rules} leaves {names} unencrypted, which the configuration declares as secret; nothing was written",
    file.escape_debug()
)]
pub(in crate::commands) struct LeftUnencrypted {
    /// The file.
    file: String,
    /// File and line.
    rules: String,
    /// The variables.
    names: String,
}

impl UserError for LeftUnencrypted {
    fn exit_code(&self) -> u8 {
        exit::SECRETS
    }

    fn help(&self) -> Option<String> {
        Some(
            "have the rule encrypt them, or add `--allow-unencrypted` if everybody may read them"
                .to_owned(),
        )
    }
}

/// A path as it is from here, where it is below.
fn beside(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn is_secret(variable: &Variable) -> bool {
    variable.sensitive || variable.ephemeral
}

/// The directory whose variables the file is for: the one that is named, or the root module of the
/// environment, or this one.
fn root_module(args: &InitArgs) -> Result<PathBuf, CommandError> {
    let here = PathBuf::from(".");
    if let Some(named) = &args.configuration {
        return Ok(named.clone());
    }
    let Some(name) = &args.environment else {
        return Ok(here);
    };
    let config = configuration(&args.config)?;
    let project = Project::resolve(&config, Dialect::OpenTofu);
    Ok(project
        .site(name)
        .map_or(here, |site| site.layout.directory.value.clone()))
}

/// Returns the file of an environment: the one that is configured or there by convention, or the
/// first of the conventions, beside the configuration.
fn file_of(args: &InitArgs, name: &str, module: &Path) -> Result<PathBuf, CommandError> {
    let config = configuration(&args.config)?;
    let settings = config.secrets(Some(name))?;
    let environment = &settings.environment;
    if let Some(source) = &settings.source {
        return Err(CommandError::usage(
            format!("the secrets of {environment} come from {source}, so no file is used"),
            "set them there; or name a file to create one all the same: `tollgate secrets init FILE`",
        ));
    }
    let directories = directories(&config, &[module.to_owned()]);
    match find(&settings, &directories) {
        Ok(files) if files.len() == 1 => Ok(files.into_iter().collect()),
        Ok(several) => Err(CommandError::usage(
            format!(
                "{environment} has several secrets files: {}",
                listed(several.iter().map(|path| path.display().to_string()))
            ),
            "say which: `tollgate secrets init FILE`",
        )),
        Err(RouteError::NotFound { .. }) => {
            let path = config.resolve(Path::new(&format!("secrets.{environment}.enc.yaml")));
            Ok(path
                .strip_prefix(".")
                .map(Path::to_path_buf)
                .unwrap_or(path))
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks for a value; none when it is left empty, or is of a type that no line can say.
fn answer(name: &str, variable: &Variable) -> Result<Option<NewValue>, CommandError> {
    let value_type = match variable.ty {
        Type::String | Type::Any => ValueType::Text,
        Type::Number => ValueType::Float,
        Type::Bool => ValueType::Bool,
        _ => return Ok(None),
    };
    loop {
        let question = format!(
            "{name} ({}, not shown; Enter leaves it for later): ",
            variable.ty
        );
        let answer = rpassword::prompt_password(question)
            .map(Zeroizing::new)
            .map_err(|error| {
                CommandError::usage(
                    format!(
                        "the terminal cannot be read: {}",
                        tollgate_secrets::in_words(error.kind())
                    ),
                    "add `--no-input` and set the values later",
                )
            })?;
        if answer.is_empty() {
            return Ok(None);
        }
        // A whole number stays one.
        let value = match value_type {
            ValueType::Float => NewValue::typed(ValueType::Int, &answer)
                .or_else(|| NewValue::typed(ValueType::Float, &answer)),
            value_type => NewValue::typed(value_type, &answer),
        };
        if value.is_some() {
            return Ok(value);
        }
        warn(&format!("that is no {}", variable.ty));
    }
}

fn placeholder(ty: &Type, format: Format) -> Placeholder {
    match (format, ty) {
        (Format::Yaml | Format::Json, Type::Number | Type::Bool) => Placeholder::Null,
        (Format::Yaml | Format::Json, Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
            Placeholder::List
        }
        (Format::Yaml | Format::Json, Type::Map(_) | Type::Object(_)) => Placeholder::Map,
        _ => Placeholder::Text,
    }
}

fn report(
    file: &Path,
    recipients: &[String],
    set: usize,
    empty: &[String],
    has_configuration: bool,
) -> Result<u8, CommandError> {
    let word = file.display().to_string();
    let word = if word.starts_with('-') {
        shell_path(&word)
    } else {
        shell_name(&word)
    };
    let file = file.display().to_string();
    let file = file.escape_debug();
    let mut out = String::new();
    let _ = writeln!(out, "{file}: created, encrypted to");
    for recipient in recipients {
        let _ = writeln!(out, "  {recipient}");
    }
    if set > 0 {
        let _ = writeln!(out, "\n{set} set");
    }
    if !empty.is_empty() {
        out.push_str("\nto be set; each value comes from standard input\n");
        for name in empty {
            let _ = writeln!(out, "  tollgate secrets set {word} {name}");
        }
    } else if set == 0 {
        let why = if has_configuration {
            "the configuration declares no sensitive or ephemeral variable without a default"
        } else {
            "there is no configuration here that would name variables"
        };
        let _ = writeln!(
            out,
            "\nempty: {why}; add values with `tollgate secrets set {word} NAME`"
        );
    }
    print(&out)
}
