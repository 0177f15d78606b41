//! `tollgate policy new` and `build`: from nothing to a module.

use std::io::{self, Write as _};
use std::path::Path;

use super::super::{CommandError, print};
use super::subject_of;
use crate::authoring::build::{build as build_module, detect};
use crate::authoring::module::{BUILT, within};
use crate::authoring::scaffold::make;
use crate::cli::{BuildArgs, NewArgs};
use crate::report::inert;
use crate::report::output::write_file;
use crate::sandbox::engine::Ticker;

pub(in crate::commands) fn new(args: &NewArgs) -> Result<u8, CommandError> {
    let folder = make(&args.name, args.language, &args.parent)?;
    let shown = folder.display().to_string();
    let folder = inert(&shown);
    let spec = args.language.spec();
    print(&format!(
        "{folder}: a policy in {}; {} is where it begins\n\n{}\nThen: tollgate policy build {folder} && tollgate policy test {folder}\n",
        spec.title, spec.source, spec.needs
    ))
}

pub(in crate::commands) fn build(args: &BuildArgs) -> Result<u8, CommandError> {
    let language = match args.language {
        Some(language) => language,
        None => detect(&args.folder)?,
    };
    let module = build_module(&args.folder, language, &|said| {
        if args.verbose && !said.is_empty() {
            for line in said.lines() {
                // Nobody may listen, which is no reason not to build.
                let _ = writeln!(io::stderr(), "{}", inert(line));
            }
        }
    })?;
    let output = match &args.output {
        Some(output) => output.clone(),
        None => within(&args.folder, BUILT),
    };
    write_file(&output, &module)?;
    // What cannot be loaded is better told here than in CI.
    let _ticker = Ticker::start();
    let shown = output.display().to_string();
    // A name without a folder could be that of a policy.
    let named = match output.parent() {
        Some(parent) if parent == Path::new("") => Path::new(".").join(&output),
        _ => output.clone(),
    };
    let built = subject_of(&args.folder, &named.display().to_string(), &args.config)?.module;
    print(&format!(
        "{}: {} {}, in {}, {} bytes\n{}\n",
        inert(&shown),
        inert(&built.metadata.name),
        inert(&built.metadata.version),
        language.spec().title,
        built.size,
        built.digest
    ))
}
