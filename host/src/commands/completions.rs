//! `tollgate completions` and `tollgate man`: what a packager installs beside the binary.

use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::{CommandError, print_bytes};
use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::exit;
use crate::report::output::{OutputError, write_file};

const NAME: &str = "tollgate";

pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    print_bytes(&script)
}

pub(super) fn man(args: &ManArgs) -> Result<u8, CommandError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    // Gives every subcommand its full name.
    command.build();
    match &args.directory {
        None => print_bytes(&page(&command, NAME)?),
        Some(directory) => {
            pages(&command, NAME, directory)?;
            Ok(exit::PASSED)
        }
    }
}

fn pages(command: &clap::Command, name: &str, directory: &Path) -> Result<(), CommandError> {
    write_file(&directory.join(format!("{name}.1")), &page(command, name)?)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        pages(sub, &format!("{name}-{}", sub.get_name()), directory)?;
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str) -> Result<Vec<u8>, CommandError> {
    let mut text = Vec::new();
    Man::new(command.clone())
        .title(name.to_owned())
        .render(&mut text)
        .map_err(OutputError::Stdout)?;
    Ok(text)
}
