//! `tollgate policy`: inspect a module, or make one.

use std::fs;
use std::path::Path;

use super::{CommandError, configuration, print};
use crate::cli::{InspectArgs, PackArgs};
use crate::environment::Source;
use crate::exit;
use crate::gate::module_bytes;
use crate::policy::engine::Ticker;
use crate::policy::pack::{PackError, pack as pack_module};
use crate::policy::{PolicyError, PolicyModule};
use crate::report::inspect::PolicyDoc;
use crate::report::output::write_file;

pub(super) fn inspect(args: &InspectArgs) -> Result<u8, CommandError> {
    let source = source(args)?;
    let bytes = module_bytes(&source).map_err(failed)?;
    let _ticker = Ticker::start();
    let module = PolicyModule::load(&bytes).map_err(failed)?;
    let doc = PolicyDoc::of(&module, &source);
    print(&if args.json { doc.to_json() } else { doc.to_text() })
}

fn failed(error: PolicyError) -> CommandError {
    CommandError::Policy(error.problem())
}

/// A name that the configuration or the binary knows, or else a file.
fn source(args: &InspectArgs) -> Result<Source, CommandError> {
    let config = configuration(&args.config)?;
    if let Some(source) = config.policy_source(&args.policy) {
        return Ok(source);
    }
    let path = Path::new(&args.policy);
    if path.exists() {
        return Ok(Source::Path { written: args.policy.clone(), resolved: path.to_owned() });
    }
    Err(CommandError::Usage {
        message: format!("`{}` is neither a file nor a policy that is configured or built in", args.policy),
        help: Some(format!("policies: {}", config.policy_names().join(", "))),
    })
}

pub(super) fn pack(args: &PackArgs) -> Result<u8, CommandError> {
    let usage = |message: String, help: &str| CommandError::Usage { message, help: Some(help.to_owned()) };
    let module = fs::read(&args.module).map_err(|error| {
        usage(format!("cannot read the module {}: {error}", args.module.display()), "build it first: cargo build --target wasm32-unknown-unknown")
    })?;
    let component = pack_module(&module).map_err(|error| {
        let help = match error {
            PackError::NotCore => "name the .wasm file that the compiler wrote",
            PackError::AlreadyComponent => "use it as it is",
            PackError::Encode(_) => "build it against policies/wit/policy.wit with wit-bindgen",
        };
        usage(format!("{}: {error}", args.module.display()), help)
    })?;
    write_file(&args.output, &component)?;
    Ok(exit::PASSED)
}
