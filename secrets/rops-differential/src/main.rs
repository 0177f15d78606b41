//! Holds what `tollgate-secrets` reads against what the crate `rops` reads, on what both support.
//!
//! Random trees that rops encrypts, as YAML and JSON: both must give back the tree. And every stored file
//! of the folder `sops` in `TOLLGATE_CORPUS`: whatever rops opens must open here, to the same values.
//! The other way round rops fails on much that sops writes; that is counted and printed, not tested.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rops::cryptography::{cipher::AES256GCM, hasher::SHA512};
use rops::file::RopsFile;
use rops::file::builder::RopsFileBuilder;
use rops::file::format::{FileFormat, JsonFileFormat, YamlFileFormat};
use rops::file::state::EncryptedFile;
use rops::integration::{AgeIntegration, Integration};
use serde_json::Value as Json;
use std::error::Error;
use std::ffi::OsString;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_secrets::{Format, Keyring, SecretsFile, Value};

/// A test key of ours; it opens nothing else.
const IDENTITY: &str = "AGE-SECRET-KEY-1PQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQWM47SV";
/// rops takes identities from here only, split at commas.
const VARIABLE: &str = "ROPS_AGE";
const CASES: u32 = 150;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = std::env::var_os("TOLLGATE_CORPUS").map(|path| PathBuf::from(path).join("sops"));
    if std::env::var_os(VARIABLE).is_none() {
        let mut identities = vec![IDENTITY.to_owned()];
        if let Some(corpus) = &corpus {
            identities.extend(keys(corpus)?);
        }
        // Its environment is all that rops reads, and this process has begun.
        let status = std::process::Command::new(std::env::current_exe()?)
            .env(VARIABLE, identities.join(","))
            .status()?;
        return if status.success() {
            Ok(())
        } else {
            Err("rops and tollgate-secrets differ".into())
        };
    }
    random::<YamlFileFormat>("yaml", Format::Yaml, |text| Ok(serde_yaml_of(text)?))?;
    random::<JsonFileFormat>("json", Format::Json, |text| Ok(serde_json::from_str(text)?))?;
    match corpus {
        Some(corpus) if corpus.is_dir() => stored(&corpus),
        _ => {
            println!("stored files: ignored, TOLLGATE_CORPUS names no folder with them");
            Ok(())
        }
    }
}

/// JSON is YAML, and rops reads maps of either format from text.
fn serde_yaml_of(text: &str) -> Result<<YamlFileFormat as FileFormat>::Map, Box<dyn Error>> {
    Ok(YamlFileFormat::deserialize_from_str(text)?)
}

fn recipient() -> Result<<AgeIntegration as Integration>::KeyId, Box<dyn Error>> {
    let public = IDENTITY
        .parse::<age::x25519::Identity>()?
        .to_public()
        .to_string();
    Ok(AgeIntegration::parse_key_id(&public)?)
}

/// Trees of what both write alike. rops fails on empty texts, and knows no default rule, which for sops
/// leaves keys that end in `_unencrypted` alone. Floats have few digits, because the JSON reader of rops is
/// not exact.
fn trees() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        4 => "[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{feff}]{1,20}".prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<i32>().prop_map(|number| Json::from(f64::from(number) / 8.0)),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    let tree = leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-zA-Z][a-zA-Z0-9 .-]{0,7}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("k[a-zA-Z0-9]{0,7}", tree, 1..5)
        .prop_map(|map| Json::Object(map.into_iter().collect()))
}

fn random<F: FileFormat>(
    name: &str,
    format: Format,
    map: impl Fn(&str) -> Result<F::Map, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let recipient = recipient()?;
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    });
    runner.run(&trees(), |tree| {
        let fail = |why: String| TestCaseError::fail(format!("{name}: {why}: {tree}"));
        let map = map(&tree.to_string()).map_err(|error| fail(error.to_string()))?;
        let file = RopsFileBuilder::<F>::from_map(map)
            .add_integration_key::<AgeIntegration>(recipient.clone())
            .encrypt::<AES256GCM, SHA512>()
            .map_err(|error| fail(error.to_string()))?;
        let ours = ours("random", file.to_string().as_bytes(), format, IDENTITY);
        let expected = vec![tree.clone()];
        prop_assert_eq!(ours.as_ref(), Ok(&expected));
        let theirs = theirs::<F>(&file.to_string());
        prop_assert_eq!(theirs.as_ref(), Ok(&tree));
        Ok(())
    })?;
    println!("random {name}: {CASES} trees come back from both");
    Ok(())
}

/// Returns all documents of a file.
fn ours(name: &str, text: &[u8], format: Format, identities: &str) -> Result<Vec<Json>, String> {
    let identities = identities.replace(',', "\n");
    let keyring = Keyring::new(
        Arc::new(move |variable| (variable == "SOPS_AGE_KEY").then(|| OsString::from(&identities))),
        None,
    );
    let secrets = SecretsFile::parse(name, text, format)
        .and_then(|file| file.open(&keyring))
        .map_err(|error| error.to_string())?;
    Ok(secrets.documents().map(json).collect())
}

fn theirs<F: FileFormat>(text: &str) -> Result<Json, String> {
    let file: RopsFile<EncryptedFile<AES256GCM, SHA512>, F> =
        text.parse().map_err(|_| "does not parse".to_owned())?;
    let plain = file
        .decrypt::<JsonFileFormat>()
        .map_err(|error| error.to_string())?;
    Ok(Json::Object(plain.into_inner_map()))
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Bool(value) => value.into(),
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Time(text) => text.into(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (key.to_owned(), json(value)))
            .collect(),
        Value::List(list) => list.iter().map(json).collect(),
        _ => Json::Null,
    }
}

/// Returns the age identities that lie beside the stored files.
fn keys(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for path in files(folder)? {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        found.extend(
            text.lines()
                .map(str::trim)
                .filter(|line| {
                    line.starts_with("AGE-SECRET-KEY-1")
                        && line.parse::<age::x25519::Identity>().is_ok()
                })
                .map(str::to_owned),
        );
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

fn stored(folder: &Path) -> Result<(), Box<dyn Error>> {
    let identities = std::env::var(VARIABLE)?;
    // It panics on some files, which are counted and need no backtrace.
    std::panic::set_hook(Box::new(|_| ()));
    let (mut both, mut ours_only, mut neither, mut differ) = (0, 0, 0, 0);
    for path in files(folder)? {
        let format = Format::of(&path);
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        if !matches!(format, Format::Yaml | Format::Json) || !text.contains("ENC[AES256_GCM") {
            continue;
        }
        let theirs = catch_unwind(|| match format {
            Format::Yaml => theirs::<YamlFileFormat>(&text),
            _ => theirs::<JsonFileFormat>(&text),
        })
        .unwrap_or_else(|_| Err("panics".to_owned()));
        let ours = ours(
            &path.display().to_string(),
            text.as_bytes(),
            format,
            &identities,
        );
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) if ours.len() == 1 && same(&theirs, &ours[0]) => both += 1,
            (Err(_), Ok(_)) => ours_only += 1,
            (Err(_), Err(_)) => neither += 1,
            (Ok(_), ours) => {
                differ += 1;
                println!(
                    "{}: {}",
                    path.display(),
                    ours.err().unwrap_or("other values".to_owned())
                );
            }
        }
    }
    println!(
        "stored files: {both} alike, {ours_only} that rops cannot open, {neither} that nobody can"
    );
    if differ > 0 || both == 0 {
        return Err(format!("{differ} files differ").into());
    }
    Ok(())
}

/// Compares values; 1.0 and 1 are one number to whoever reads YAML next.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
