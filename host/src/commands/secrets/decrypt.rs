//! `tollgate secrets decrypt`: prints plaintext, to where it may go.

use tollgate_secrets::SecretsFile;

use super::{CommandError, keyring, print_bytes};
use crate::cli::DecryptArgs;
use crate::view;

pub(in crate::commands) fn run(args: &DecryptArgs) -> Result<u8, CommandError> {
    if view::is_terminal() && !args.reveal {
        return Err(CommandError::usage(
            "standard output is a terminal, and secrets do not belong on one",
            "send them to a pipe or a file, or add `--reveal`",
        ));
    }
    let file = SecretsFile::read(&args.file, args.input_type.map(Into::into))?;
    let secrets = file.open(&keyring())?;
    let format = args.output_type.map(Into::into);
    let text = match &args.extract {
        Some(path) => secrets.extract(path, format)?,
        None => secrets.render(format)?,
    };
    print_bytes(&text)
}
