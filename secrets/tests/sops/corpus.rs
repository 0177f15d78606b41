//! Every file of the corpus, against what the real sops made of it. Skipped, and reported so, where
//! `TOLLGATE_CORPUS` names none.

use crate::support::{corpus, format, keyring, to_json};
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use tollgate_secrets::{Draft, ExtractPath, Format, Keyring, NewValue, SecretsFile};

pub(crate) fn trials() -> Vec<Trial> {
    let Some(folder) = corpus() else {
        return vec![
            Trial::test(
                "corpus: TOLLGATE_CORPUS names no folder with sops files",
                || Ok(()),
            )
            .with_ignored_flag(true),
        ];
    };
    let manifest = std::fs::read(folder.join("manifest.json")).expect("the corpus has a manifest");
    let manifest: Vec<serde_json::Value> =
        serde_json::from_slice(&manifest).expect("the manifest is a list");
    let mut trials = Vec::new();
    for entry in manifest {
        let field = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let (folder, file) = (folder.clone(), field("file"));
        let name = format!("corpus: {file}");
        match field("kind").as_str() {
            "generated" => {
                let (keys, expected, json) =
                    (field("key"), field("expected"), field("expected_json"));
                trials.push(Trial::test(name, move || {
                    decrypts(&folder, &file, &keys, &expected, &json)?;
                    changes(&folder, &file, &keys)
                }));
            }
            "negative" => trials.push(Trial::test(name, move || negative(&folder, &file))),
            "kms_shape_only" => trials.push(Trial::test(name, move || needs_kms(&folder, &file))),
            other => panic!("a kind of file that this test does not know: {other}"),
        }
    }
    trials
}

/// The manifest writes several keys with `+` (all needed) or `or` (any will do).
fn keyring_of(folder: &Path, keys: &str) -> Vec<Keyring> {
    let path = |key: &str| folder.join(key.trim()).display().to_string();
    keys.split(" or ")
        .map(|alternative| {
            if alternative.contains('+') {
                let keys: Vec<String> = alternative
                    .split('+')
                    .map(|key| {
                        std::fs::read_to_string(path(key)).expect("the corpus holds its keys")
                    })
                    .collect();
                let secret: Vec<&str> = keys
                    .iter()
                    .flat_map(|key| key.lines())
                    .filter(|line| !line.starts_with('#'))
                    .collect();
                keyring(&[("SOPS_AGE_KEY", &secret.join(" "))])
            } else if alternative.contains("ssh_") {
                keyring(&[("SOPS_AGE_SSH_PRIVATE_KEY_FILE", &path(alternative))])
            } else {
                keyring(&[("SOPS_AGE_KEY_FILE", &path(alternative))])
            }
        })
        .collect()
}

fn decrypts(
    folder: &Path,
    file: &str,
    keys: &str,
    expected: &str,
    json: &str,
) -> Result<(), Failed> {
    for keyring in keyring_of(folder, keys) {
        let path = folder.join(file);
        let read = SecretsFile::read(&path, Some(format(&path)))?;
        let secrets = read.open(&keyring)?;
        let rendered = secrets.render(None)?;
        if !expected.is_empty() {
            let expected = std::fs::read(folder.join(expected))?;
            same(&rendered, &expected, "its own format")?;
        }
        if !json.is_empty() {
            let expected = std::fs::read(folder.join(json))?;
            same(&secrets.render(Some(Format::Json))?, &expected, "JSON")?;
            let expected: serde_json::Value = serde_json::from_slice(&expected)?;
            let value = to_json(&secrets).into_iter().next();
            if value.as_ref().map(numbers_as_floats) != Some(numbers_as_floats(&expected)) {
                return Err("differs from sops by value".into());
            }
        }
        let leaves = read.shape().len();
        if leaves == 0 && file.contains("basic") {
            return Err("the shape of a file with values is empty".into());
        }
    }
    Ok(())
}

/// Adds a value and removes it again, which must leave every other line as it was; then changes every
/// encrypted value.
fn changes(folder: &Path, file: &str, keys: &str) -> Result<(), Failed> {
    let temporary = tempfile::tempdir()?;
    let copy = temporary.path().join("copy");
    // Without its mode: the corpus may be read-only.
    std::fs::write(&copy, std::fs::read(folder.join(file))?)?;
    let format = format(&folder.join(file));
    let keyring = keyring_of(folder, keys).swap_remove(0);
    let lines = || -> Result<Vec<String>, Failed> {
        let text = std::fs::read_to_string(&copy)?;
        let kept = text
            .lines()
            .filter(|line| !line.contains("mac") && !line.contains("lastmodified"));
        Ok(kept.map(str::to_owned).collect())
    };
    let before = lines()?;
    let probe = match format {
        Format::Ini => ExtractPath::key("probe").then_key("k"),
        _ => ExtractPath::key("probe"),
    };
    let value = NewValue::text(b"a new value");
    let open = || Draft::open(&copy, Some(format), &keyring);
    if format != Format::Binary {
        let mut draft = open()?.allow_unencrypted(true);
        draft.set(&probe, &value)?;
        draft.write()?;
        let mut draft = open()?;
        let whole = match format {
            Format::Ini => ExtractPath::key("probe"),
            _ => probe,
        };
        draft.unset(&whole)?;
        draft.write()?;
        let after = lines()?;
        if after != before {
            return Err(format!("{}\nbecame\n{}", before.join("\n"), after.join("\n")).into());
        }
        let mut draft = open()?;
        let shape = SecretsFile::read(&copy, Some(format))?.shape();
        for leaf in shape {
            if leaf.document == 0 && leaf.encrypted {
                draft.set(&leaf.path.into(), &value)?;
            }
        }
        draft.write()?;
    }
    open()?;
    Ok(())
}

/// sops writes `1.0` as `1`.
fn numbers_as_floats(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(items) => items.iter().map(numbers_as_floats).collect(),
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), numbers_as_floats(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The corpus holds no secrets, so that a failure may show what differs.
fn same(ours: &[u8], theirs: &[u8], what: &str) -> Result<(), Failed> {
    if ours == theirs {
        return Ok(());
    }
    let (ours, theirs) = (
        String::from_utf8_lossy(ours),
        String::from_utf8_lossy(theirs),
    );
    Err(format!("differs from sops in {what}\n--- ours\n{ours}\n--- sops\n{theirs}").into())
}

fn negative(folder: &Path, file: &str) -> Result<(), Failed> {
    let keyring = keyring(&[(
        "SOPS_AGE_KEY_FILE",
        &folder.join("generated/keys/a.txt").display().to_string(),
    )]);
    let path = folder.join(file);
    let outcome = SecretsFile::read(&path, None).and_then(|read| read.open(&keyring));
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let expected = match name.as_str() {
        "ciphertext_tampered" => Some("does not decrypt: it was changed"),
        "git_conflict_marker" => Some("conflict markers"),
        "key_removed_mac_mismatch" => Some("was changed after it was encrypted"),
        "long_iv_rops_panics" | "short_iv" => Some("initialisation vector"),
        "no_mac" => Some("has no message authentication code"),
        // These two are read by sops as well: the type tag is not authenticated, and a file without a
        // rule has one.
        "no_rule_in_metadata_defaults_to_unencrypted_suffix"
        | "type_tag_swapped_NOT_detected_by_sops" => None,
        other => return Err(format!("a file that this test does not know: {other}").into()),
    };
    match (outcome, expected) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(_)) => Err("was accepted".into()),
        (Err(error), Some(expected)) if error.to_string().contains(expected) => Ok(()),
        (Err(error), _) => Err(format!("an unexpected error: {error}").into()),
    }
}

fn needs_kms(folder: &Path, file: &str) -> Result<(), Failed> {
    let read = SecretsFile::read(&folder.join(file), None)?;
    if read.shape().is_empty() {
        return Err("the shape is readable without a key".into());
    }
    let Err(error) = read.open(&keyring(&[])) else {
        return Err("opened without a key".into());
    };
    let text = error.to_string();
    let wanted: &[&str] = if file.contains("kms_and_age") {
        &[
            "arn:aws:kms:",
            "needs AWS KMS",
            "age1",
            "SOPS_AGE_KEY: not set",
            "export SOPS_AGE_KEY_FILE=",
        ]
    } else {
        &[
            "arn:aws:kms:",
            "needs AWS KMS",
            "no recipient is an age or SSH key",
        ]
    };
    for wanted in wanted {
        if !text.contains(wanted) {
            return Err(format!("does not say {wanted:?}: {text}").into());
        }
    }
    Ok(())
}
