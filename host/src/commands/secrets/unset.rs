//! `tollgate secrets unset`: one value out of an encrypted file.

use tollgate_secrets::Draft;

use super::{CommandError, keyring, print};
use crate::cli::UnsetArgs;

pub(in crate::commands) fn run(args: &UnsetArgs) -> Result<u8, CommandError> {
    let mut draft = Draft::open(&args.file, args.input_type.map(Into::into), &keyring())?;
    draft.unset(&args.path)?;
    draft.write()?;
    let file = args.file.display().to_string();
    print(&format!("{}: unset {}\n", file.escape_debug(), args.path))
}
