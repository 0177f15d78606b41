//! `tollgate secrets unset`: one value out of an encrypted file.

use tollgate_secrets::Draft;

use super::place::{meant, of_variables};
use super::{CommandError, keyring, print};
use crate::cli::UnsetArgs;
use crate::commands::configuration;
use crate::routing::writing::Writing;

pub(in crate::commands) fn run(args: &UnsetArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let writing = Writing::of(&config, &args.file)?;
    let mut draft = Draft::open(&args.file, args.input_type.map(Into::into), &keyring())?;
    of_variables(&draft, &args.file)?;
    let path = meant(&draft, &args.path)?;
    draft.unset(&path)?;
    writing.check_marker(&draft)?;
    draft.write()?;
    let file = args.file.display().to_string();
    print(&format!("{}: unset {path}\n", file.escape_debug()))
}
