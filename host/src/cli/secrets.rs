//! `tollgate secrets init`, `set`, `unset` and `import`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use tollgate_secrets::ExtractPath;

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

    /// A name, or a path such as `["database"]["hosts"][0]`; what leads there is created
    #[arg(value_name = "NAME|PATH", value_parser = path)]
    pub path: ExtractPath,

    /// What the value is [default: what it was; text when it is new]
    #[arg(long = "type", value_name = "TYPE")]
    pub value_type: Option<SetType>,

    /// Take the value from this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "from_file")]
    pub from_env: Option<String>,

    /// Take the value from this file
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,

    /// Let the value stand in clear if the file's rule leaves it so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// Read the file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

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

    /// A name, or a path such as `["database"]["hosts"][0]`
    #[arg(value_name = "NAME|PATH", value_parser = path)]
    pub path: ExtractPath,

    /// Read the file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,
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

    /// Let values stand in clear where the file's rule leaves them so
    #[arg(long)]
    pub allow_unencrypted: bool,

    /// Read the encrypted file as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,
}

/// Reads a path; anything that does not begin with a bracket is the name of one key.
fn path(text: &str) -> Result<ExtractPath, tollgate_secrets::ExtractPathError> {
    if text.starts_with('[') {
        text.parse()
    } else if text.is_empty() {
        Err(tollgate_secrets::ExtractPathError)
    } else {
        Ok(ExtractPath::key(text))
    }
}
