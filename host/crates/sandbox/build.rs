//! Compiles the embedded policies, so that a first run compiles nothing.
//!
//! They are compiled for the target's baseline processor, never for the machine that
//! builds. For a target that this machine's Cranelift cannot produce code for, nothing
//! is embedded, and the first run compiles the policies.

#[path = "src/engine/settings.rs"]
mod settings;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

const POLICIES: &[&str] = &["alarm-presence", "cost-cap", "deletion-protection"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine/settings.rs");
    let target = env::var("TARGET")?;
    let out = env::var("OUT_DIR")?;
    let engine = settings::config()
        .target(&target)
        .and_then(|config| Engine::new(config));
    if let Err(error) = &engine {
        println!(
            "cargo::warning=the embedded policies are compiled at first use: no code for {target} can be made here: {error}"
        );
    }
    let mut table = String::from("&[\n");
    for policy in POLICIES {
        let path = Path::new("../../../policies/dist")
            .join(policy)
            .with_extension("wasm");
        println!("cargo::rerun-if-changed={}", path.display());
        let module = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let digest: String = Sha256::digest(&module)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let artifact = match &engine {
            Ok(engine) => {
                let artifact = Path::new(&out).join(policy).with_extension("cwasm");
                fs::write(&artifact, engine.precompile_component(&module)?)?;
                format!("Some(include_bytes!({artifact:?}))")
            }
            Err(_) => "None".to_owned(),
        };
        table.push_str(&format!(
            "    Embedded {{ name: {policy:?}, digest: \"sha256:{digest}\", artifact: {artifact} }},\n"
        ));
    }
    table.push_str("]\n");
    fs::write(Path::new(&out).join("embedded.rs"), table)?;
    Ok(())
}
