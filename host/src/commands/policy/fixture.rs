//! `tollgate policy fixture`: a small plan, cut out of a large one.

use std::io::Read as _;
use std::path::Path;

use super::super::{CommandError, print};
use crate::authoring::fixture::cut;
use crate::cli::FixtureArgs;
use crate::exit;
use crate::report::output::write_file;

/// The largest plan that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

pub(in crate::commands) fn run(args: &FixtureArgs) -> Result<u8, CommandError> {
    let bytes = plan(&args.plan)?;
    let fixture = cut(&bytes, &args.addresses, args.referred)?;
    match &args.output {
        None => print(&fixture),
        Some(path) => {
            write_file(path, fixture.as_bytes())?;
            Ok(exit::PASSED)
        }
    }
}

/// Reads a plan; `-` is standard input.
pub(super) fn plan(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        CommandError::usage(
            format!("cannot read the plan {}: {error}", path.display()),
            "make it: tofu plan -out=plan.bin && tofu show -json plan.bin > plan.json",
        )
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CommandError::usage(
            format!("the plan {} is larger than 1 GiB", path.display()),
            "name a smaller plan",
        ));
    }
    Ok(bytes)
}
