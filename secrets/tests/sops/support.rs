//! Keyrings that see only what a test gives them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_secrets::{Env, Format, Keyring, ListView, MapView, Secrets, Value};

/// Builds an environment from pairs.
pub(crate) fn env(pairs: &[(&str, &str)]) -> Env {
    let variables: BTreeMap<String, OsString> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect();
    Arc::new(move |name| variables.get(name).cloned())
}

/// Builds a keyring from the environment that the pairs give.
pub(crate) fn keyring(pairs: &[(&str, &str)]) -> Keyring {
    Keyring::new(env(pairs), None)
}

/// Returns the real sops, if it is installed.
pub(crate) fn sops() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TOLLGATE_SOPS") {
        return Some(path.into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/sops");
    path.is_file().then_some(path)
}

/// Returns the folder of third-party files, if there is one.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("TOLLGATE_CORPUS")?).join("sops");
    folder.is_dir().then_some(folder)
}

/// Returns the format of a file of the corpus; it names binary files `.bin`.
pub(crate) fn format(path: &Path) -> Format {
    Format::of(path)
}

/// Turns plaintext into JSON for comparison by value.
pub(crate) fn to_json(secrets: &Secrets) -> Vec<serde_json::Value> {
    secrets.documents().map(json).collect()
}

fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Time(text) => text.into(),
        Value::Map(map) => map_json(map),
        Value::List(list) => list_json(list),
        _ => panic!("a kind of value that this test does not know"),
    }
}

fn map_json(map: MapView<'_>) -> serde_json::Value {
    map.iter()
        .map(|(key, value)| (key.to_owned(), json(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn list_json(list: ListView<'_>) -> serde_json::Value {
    list.iter().map(json).collect::<Vec<_>>().into()
}
