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

/// What `policies/build.sh --dist` made.
const DIST: &str = "../../../policies/dist";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine/settings.rs");
    let target = env::var("TARGET")?;
    let out = env::var("OUT_DIR")?;
    let engine = settings::config()
        // Where in the module an instruction came from: no error of a policy of ours says that.
        .generate_address_map(false)
        .target(&target)
        .and_then(|config| Engine::new(config));
    if let Err(error) = &engine {
        println!(
            "cargo::warning=the embedded policies are compiled at first use: no code for {target} can be made here: {error}"
        );
    }
    let dist = fs::canonicalize(DIST).map_err(|error| format!("{DIST}: {error}"))?;
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut modules = Vec::new();
    for entry in fs::read_dir(&dist)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            modules.push(path);
        }
    }
    modules.sort();
    let mut table = format!(
        "/// Every built-in policy, by name: what the build found in `policies/dist`.\n\
         pub static BUILTINS: [Builtin; {}] = [\n",
        modules.len()
    );
    for path in modules {
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| format!("{} has no name", path.display()))?;
        let module = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let digest: String = Sha256::digest(&module)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // Either is enough: what a module was compiled to, or the module.
        let code = match &engine {
            Ok(engine) => {
                let artifact = Path::new(&out).join(name).with_extension("cwasm");
                let code = engine.precompile_component(&module)?;
                fs::write(&artifact, &code)?;
                format!(
                    "{{ static PAGES: Pages<{}> = Pages(*include_bytes!({artifact:?})); \
                     Some(Compiled::new(&PAGES.0)) }}, module: &[]",
                    code.len()
                )
            }
            Err(_) => format!("None, module: include_bytes!({path:?})"),
        };
        let description = path.with_extension("json");
        let size = module.len();
        table.push_str(&format!(
            "    Builtin {{ name: {name:?}, digest: \"sha256:{digest}\", size: {size}, \
             description: include_str!({description:?}), compiled: {code} }},\n"
        ));
    }
    table.push_str("];\n");
    fs::write(Path::new(&out).join("builtins.rs"), table)?;
    Ok(())
}
