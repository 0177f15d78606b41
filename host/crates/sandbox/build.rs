//! Compiles the embedded policies, so that a first run compiles nothing.
//!
//! They are compiled for the target's baseline processor, never for the machine that
//! builds. For a target that this machine's Cranelift cannot produce code for, nothing
//! is embedded, and the first run compiles the policies.

#[path = "src/engine/settings.rs"]
mod settings;

#[path = "../../../policies/cost-cap/src/pack.rs"]
#[expect(unreachable_pub, reason = "the policy has it too, for all to use")]
mod pack;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

/// The prices that come with the policy `cost-cap`.
const PRICE_BOOK: &str = "../../../policies/cost-cap/price-book.json";

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
        let tables = tables(&fs::read_to_string(&description)?).ok_or_else(|| {
            format!(
                "{}: not what a policy says of itself",
                description.display()
            )
        })?;
        let size = module.len();
        table.push_str(&format!(
            "    Builtin {{ name: {name:?}, digest: \"sha256:{digest}\", size: {size}, \
             description: include_str!({description:?}), {tables}, compiled: {code} }},\n"
        ));
    }
    table.push_str("];\n");
    fs::write(Path::new(&out).join("builtins.rs"), table)?;
    price_book(&Path::new(&out).join("price-book.json"))
}

/// Embeds the price book in a form that takes no reading. One that has no such form is embedded as it is.
fn price_book(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PRICE_BOOK}");
    println!("cargo::rerun-if-changed=../../../policies/cost-cap/src/pack.rs");
    let text = fs::read_to_string(PRICE_BOOK).map_err(|error| format!("{PRICE_BOOK}: {error}"))?;
    let packed = pack::pack(&serde_json::from_str(&text)?);
    fs::write(out, packed.unwrap_or(text))?;
    Ok(())
}

/// What a policy says of itself, taken apart: its lists of names as text that is searched where it lies,
/// and the rest.
fn tables(description: &str) -> Option<String> {
    let mut description: Value = serde_json::from_str(description).ok()?;
    let metadata = description.get_mut("metadata")?.as_object_mut()?;
    let interests = metadata.insert("interests".to_owned(), Value::Array(Vec::new()))?;
    let known = metadata.insert("known-types".to_owned(), Value::Array(Vec::new()))?;
    let mut declared = String::new();
    // By type, the interests that name it.
    let mut named = BTreeMap::<String, Vec<String>>::new();
    for (nth, interest) in interests.as_array()?.iter().enumerate() {
        let (patterns, exact): (Vec<_>, Vec<_>) = texts(interest.get("resource-types")?)?
            .into_iter()
            .partition(|name| name.contains('*'));
        for name in BTreeSet::from_iter(exact) {
            named.entry(name).or_default().push(nth.to_string());
        }
        let actions: Vec<String> = texts(interest.get("actions")?)?
            .into_iter()
            .map(|action| action_named(&action))
            .collect::<Option<_>>()?;
        let attributes = texts(interest.get("attributes")?)?;
        let references = interest.get("references")?.as_bool()?;
        // Names and paths as one text: each of a list of texts is an address that is set at each start.
        let patterns = patterns.join("\n");
        let attributes: String = attributes.into_iter().map(|path| path + "\n").collect();
        declared.push_str(&format!(
            "Declared {{ patterns: {patterns:?}, actions: &[{}], attributes: {attributes:?}, references: {references} }}, ",
            actions.join(", ")
        ));
    }
    let named = named
        .into_iter()
        .map(|(name, interests)| format!("{name} {}\n", interests.join(" ")));
    let named: String = named.collect();
    let rest = serde_json::to_string(&description).ok()?;
    Some(format!(
        "metadata: {rest:?}, interests: &[{declared}], named: Lines({named:?}), known_types: Lines({:?})",
        lines(texts(&known)?)
    ))
}

fn texts(list: &Value) -> Option<Vec<String>> {
    let texts = list.as_array()?.iter();
    texts.map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Each on a line, sorted.
fn lines(mut names: Vec<String>) -> String {
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| name + "\n").collect()
}

fn action_named(name: &str) -> Option<String> {
    let variant = match name {
        "no-op" => "NoOp",
        "create" => "Create",
        "read" => "Read",
        "update" => "Update",
        "delete" => "Delete",
        "replace" => "Replace",
        "forget" => "Forget",
        _ => return None,
    };
    Some(format!("Action::{variant}"))
}
