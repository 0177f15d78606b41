//! `tollgate secrets init`, `set`, `unset` and `import`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use tollgate_secrets::{ExtractPath, Selector};

use super::{ConfigArgs, SECRETS_EXIT_CODES, SecretsFormat};

/// `tollgate secrets init`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct InitArgs {
    /// The file to create [default: the environment's in tollgate.toml, or
    /// secrets.ENVIRONMENT.enc.yaml beside it]
    #[arg(required_unless_present = "environment")]
    pub file: Option<PathBuf>,

    /// The environment that the file is for
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// The OpenTofu or Terraform configuration whose variables it holds [default: the root
    /// module of the environment, or else the working directory]
    #[arg(long, value_name = "DIRECTORY")]
    pub configuration: Option<PathBuf>,

    /// Include variables that are neither sensitive nor ephemeral, as far as they have no
    /// default
    #[arg(long)]
    pub all: bool,

    /// Ask for nothing, even on a terminal: leave every value to be set later
    #[arg(long)]
    pub no_input: bool,

    /// Let values stand in clear where the rule of .sops.yaml leaves them so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// The configuration, which may name the environment's file.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate secrets set`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct SetArgs {
    /// The encrypted file
    pub file: PathBuf,

    /// A name, or a path such as `database.password`, `hosts[0]` or `["a.b"]["c"]`; what leads
    /// there is created
    #[arg(value_name = "NAME|PATH", value_parser = path)]
    pub path: ValuePath,

    /// What the value is [default: what it was; text when it is new]
    #[arg(long = "type", value_name = "TYPE")]
    pub value_type: Option<SetType>,

    /// Take the value from this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "from_file")]
    pub from_env: Option<String>,

    /// Take the value from this file
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,

    /// Set the empty text
    #[arg(long)]
    pub allow_empty: bool,

    /// Let the value stand in clear if the file's rule leaves it so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// Read the file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

    /// The configuration, which says whose file it is
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Caught, so that no message repeats it: a value that somebody typed here.
    #[arg(hide = true)]
    pub misplaced: Vec<OsString>,
}

/// What `tollgate secrets set` can store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SetType {
    /// Text
    Text,
    /// A whole number
    Integer,
    /// Any number
    Number,
    /// true or false
    Boolean,
    /// Nothing; no value is read
    Null,
}

/// `tollgate secrets unset`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct UnsetArgs {
    /// The encrypted file
    pub file: PathBuf,

    /// A name, or a path such as `database.password`, `hosts[0]` or `["a.b"]["c"]`
    #[arg(value_name = "NAME|PATH", value_parser = path)]
    pub path: ValuePath,

    /// Read the file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

    /// The configuration, which says whose file it is
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate secrets import`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct ImportArgs {
    /// The encrypted file
    pub file: PathBuf,

    /// The plaintext; `-` reads standard input
    pub from: PathBuf,

    /// Read the plaintext as this [default: by its name; standard input as the encrypted
    /// file is]
    #[arg(long, value_name = "FORMAT")]
    pub from_type: Option<SecretsFormat>,

    /// Create the encrypted file, for the recipients of .sops.yaml
    #[arg(long)]
    pub create: bool,

    /// Put an empty text in place of a value that is there
    #[arg(long)]
    pub allow_empty: bool,

    /// Let values stand in clear where the file's rule leaves them so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// Read the encrypted file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

    /// The configuration, which says whose file it is
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// A place in a file, as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePath {
    /// One key of that name, or the path in brackets.
    pub literal: ExtractPath,
    /// What messages mean by it, where it has dots or positions.
    pub nested: Option<ExtractPath>,
    /// What stands before `=` in a name that is not in brackets: perhaps a value was given with it.
    pub assigned: Option<String>,
}

/// Reads a path; what does not begin with a bracket is the name of one key, or a path as messages
/// write it.
fn path(text: &str) -> Result<ValuePath, tollgate_secrets::ExtractPathError> {
    if text.starts_with('[') {
        return Ok(ValuePath {
            literal: text.parse()?,
            nested: None,
            assigned: None,
        });
    }
    if text.is_empty() {
        return Err(tollgate_secrets::ExtractPathError);
    }
    let selector = text
        .parse::<Selector>()
        .ok()
        .filter(|selector| selector.depth() > 1);
    Ok(ValuePath {
        literal: ExtractPath::key(text),
        nested: selector.as_ref().map(ExtractPath::from),
        assigned: text.split_once('=').map(|(name, _)| name.to_owned()),
    })
}

/// Which files.
#[derive(Debug, Args)]
pub struct FilesArgs {
    /// The encrypted files
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Those of an environment. Repeatable
    #[arg(short, long, value_name = "NAME", conflicts_with = "files")]
    pub environment: Vec<String>,

    /// Those of every environment
    #[arg(long, conflicts_with_all = ["files", "environment"])]
    pub all: bool,

    /// The configuration, which says whose files they are
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate secrets readers`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct ReadersArgs {
    /// Which files [default: those of every environment]
    #[command(flatten)]
    pub files: FilesArgs,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tollgate secrets sync`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct SyncArgs {
    /// Which files
    #[command(flatten)]
    pub files: FilesArgs,

    /// Write values unencrypted that are encrypted and that the rule does not encrypt any more; they
    /// are listed
    #[arg(long)]
    pub allow_unencrypted: bool,
}

/// `tollgate secrets rotate`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct RotateArgs {
    /// Which files
    #[command(flatten)]
    pub files: FilesArgs,
}

/// `tollgate secrets grant` and `secrets revoke`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct RecipientArgs {
    /// An age or SSH public key, or the ARN of a key of AWS KMS
    #[arg(value_name = "RECIPIENT")]
    pub recipient: String,

    /// Which files
    #[command(flatten)]
    pub files: FilesArgs,
}

/// `tollgate secrets edit`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct EditArgs {
    /// The encrypted file
    #[arg(required_unless_present = "environment")]
    pub file: Option<PathBuf>,

    /// The environment whose file it is
    #[arg(short, long, value_name = "NAME", conflicts_with = "file")]
    pub environment: Option<String>,

    /// Put the empty text in place of a value that is there
    #[arg(long)]
    pub allow_empty: bool,

    /// Let new values stand in clear if the file's rule leaves them so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// The configuration, which says whose file it is
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate secrets keygen`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct KeygenArgs {
    /// The file to create [default: where SOPS looks for it, sops/age/keys.txt of the user's
    /// configuration directory]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Ask for a passphrase, which is needed whenever the identity is used
    #[arg(long)]
    pub passphrase: bool,
}
