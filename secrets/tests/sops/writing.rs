//! New files, merged plaintext, and what happens to a file on the disk.

use crate::forge::{IDENTITY as FORGED, recipient};
use crate::fresh::{IDENTITY, call, compare, our_keys};
use crate::support::{keyring, sops, to_json};
use libtest_mimic::{Failed, Trial};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use tollgate_secrets::{
    CreationRules, Draft, ExtractPath, Format, NewValue, Placeholder, Secrets, SecretsFile,
    ValueType,
};

/// Rules of `.sops.yaml` that we encrypt by; A and B stand for two of our recipients.
const RULES: &[(&str, &str)] = &[
    ("age", "age: A"),
    ("two recipients", "age: [B, A]"),
    (
        "groups",
        "key_groups: [{age: [A]}, {age: [A, B]}, {age: [B]}]\n    shamir_threshold: 2",
    ),
    ("all groups", "key_groups: [{age: [A]}, {age: [A]}]"),
    ("regex", "age: A\n    encrypted_regex: ^a"),
    (
        "suffix",
        "age: A\n    unencrypted_suffix: _c\n    mac_only_encrypted: true",
    ),
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("writing: any sequence of changes reads back", any_sequence),
        Trial::test("writing: plaintext is merged", merged),
        Trial::test("writing: what cannot be written is left alone", refused),
        #[cfg(unix)]
        Trial::test("writing: links stay links, modes stay modes", attributes),
        Trial::test("writing: ten at once lose nothing", ten_at_once),
        Trial::test("writing: untouched parts stay to the byte", untouched),
    ];
    match sops() {
        None => trials.push(
            Trial::test(
                "writing: the real sops is absent; run secrets/tests/sops-binary.sh",
                || Ok(()),
            )
            .with_ignored_flag(true),
        ),
        Some(sops) => {
            let sops = Arc::new(sops);
            for (name, rule) in RULES {
                let sops = Arc::clone(&sops);
                trials.push(Trial::test(
                    format!("writing: sops reads new files: {name}"),
                    move || created(&sops, rule),
                ));
            }
        }
    }
    trials
}

fn key(name: &str) -> ExtractPath {
    ExtractPath::key(name)
}

fn text(text: &str) -> NewValue {
    NewValue::text(text.as_bytes())
}

fn created(sops: &Path, rule: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let own = IDENTITY.parse::<age::x25519::Identity>()?.to_public();
    let rule = rule
        .replace('A', &own.to_string())
        .replace('B', &recipient().to_string());
    std::fs::write(
        folder.path().join(".sops.yaml"),
        format!("creation_rules:\n  - {rule}\n"),
    )?;
    for (name, expected) in [
        (
            "a.yaml",
            "a: one\na2:\n    - b: \"2\"\na_c: clear\nplace: \"\"\nnothing: null\nm: {}\nl: []\n",
        ),
        (
            "a.json",
            "{\n\t\"a\": \"one\",\n\t\"a2\": [\n\t\t{\n\t\t\t\"b\": \"2\"\n\t\t}\n\t],\n\t\"a_c\": \"clear\",\n\t\"place\": \"\",\n\t\"nothing\": null,\n\t\"m\": {},\n\t\"l\": []\n}\n",
        ),
        ("a.env", "a=one\na_c=clear\nplace=\n"),
        ("a.ini", "[s]\na     = one\na_c   = clear\nplace = \n"),
    ] {
        let file = folder.path().join(name);
        let rule = CreationRules::rule_of(&file)?;
        let mut draft = Draft::create(&file, None, &rule, &our_keys())?.allow_unencrypted(true);
        let at = |name: &str| match draft_section(&file) {
            Some(section) => key(section).then_key(name),
            None => key(name),
        };
        draft.set(&at("a"), &text("one"))?;
        if let Format::Yaml | Format::Json = draft.format() {
            draft.set(&r#"["a2"][0]["b"]"#.parse()?, &text("2"))?;
        }
        draft.set(&at("a_c"), &text("clear"))?;
        draft.set_placeholder(&at("place"), Placeholder::Text)?;
        if let Format::Yaml | Format::Json = draft.format() {
            draft.set_placeholder(&at("nothing"), Placeholder::Null)?;
            draft.set_placeholder(&at("m"), Placeholder::Map)?;
            draft.set_placeholder(&at("l"), Placeholder::List)?;
        }
        draft.write()?;
        let theirs = call(sops, folder.path(), &["decrypt", name])?
            .ok_or_else(|| format!("sops refuses {name}"))?;
        compare(name, Some(expected.as_bytes()), Some(&theirs))?;
        call(sops, folder.path(), &["rotate", "--in-place", name])?
            .ok_or_else(|| format!("sops does not rotate {name}"))?;
        if Draft::create(&file, None, &rule, &our_keys()).is_ok() {
            return Err("a file that is there was created again".into());
        }
    }
    // What is imported at once, with its comments, as sops itself would have kept it.
    for (name, plain) in [
        (
            "b.yaml",
            "# first\na: one # behind\n# before\na2:\n    # inside\n    - b: \"2\"\n    # between\n    - c\na_c: clear\nempty: \"\"\nnothing: null\n# last\n",
        ),
        (
            "b.json",
            "{\n\t\"a\": \"one\",\n\t\"n\": 5,\n\t\"l\": [\n\t\ttrue\n\t]\n}\n",
        ),
        ("b.env", "# first\na=one\n# about it\na_c=clear\n"),
        (
            "b.ini",
            "[s]\n; about it\na   = one\na_c = clear\n\n[t]\nb = two\n",
        ),
    ] {
        let file = folder.path().join(name);
        let format = Format::of(&file);
        let rule = CreationRules::rule_of(&file)?;
        let mut draft = Draft::create(&file, None, &rule, &our_keys())?.allow_unencrypted(true);
        let plaintext = Secrets::from_plaintext("plain", plain.as_bytes(), format)?;
        let merged = draft.merge(&plaintext, false)?;
        if merged.comments_left > 0 {
            return Err(format!("{name} lost {} comments", merged.comments_left).into());
        }
        draft.write()?;
        let theirs = format!("theirs-{name}");
        std::fs::write(folder.path().join(&theirs), plain)?;
        call(sops, folder.path(), &["encrypt", "--in-place", &theirs])?
            .ok_or_else(|| format!("sops does not encrypt {theirs}"))?;
        let [expected, found] = [theirs.as_str(), name].map(|name| {
            call(sops, folder.path(), &["decrypt", name])?
                .ok_or_else(|| Failed::from(format!("sops refuses {name}")))
        });
        compare(name, Some(&expected?), Some(&found?))?;
    }
    // A whole file of any bytes.
    let bytes: Vec<u8> = (0..=255).collect();
    let file = folder.path().join("a.bin");
    let rule = CreationRules::rule_of(&file)?;
    let mut draft = Draft::create(&file, None, &rule, &our_keys())?.allow_unencrypted(true);
    if rule.selection.is_none() {
        draft.merge(
            &Secrets::from_plaintext("b", &bytes, Format::Binary)?,
            false,
        )?;
        draft.write()?;
        let theirs = call(sops, folder.path(), &["decrypt", "a.bin"])?.ok_or("sops refuses")?;
        compare("binary", Some(&bytes), Some(&theirs))?;
    }
    Ok(())
}

/// INI keeps keys in sections.
fn draft_section(file: &Path) -> Option<&'static str> {
    (Format::of(file) == Format::Ini).then_some("s")
}

/// Creates a file to the recipient of the forged files, which needs no sops.
fn new_file(folder: &Path, name: &str) -> Result<Draft, Failed> {
    let rules = format!("creation_rules:\n  - age: {}\n", recipient());
    std::fs::write(folder.join(".sops.yaml"), rules)?;
    let file = folder.join(name);
    let rule = CreationRules::rule_of(&file)?;
    Ok(Draft::create(&file, None, &rule, &forged_keys())?)
}

fn forged_keys() -> tollgate_secrets::Keyring {
    keyring(&[("SOPS_AGE_KEY", FORGED)])
}

fn open(file: &Path) -> Result<Value, Failed> {
    let secrets = SecretsFile::read(file, None)?.open(&forged_keys())?;
    Ok(to_json(&secrets).swap_remove(0))
}

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn written(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Key(key) => format!("[\"{key}\"]"),
            Step::Index(index) => format!("[{index}]"),
        })
        .collect()
}

/// Puts a value into the model; false where the file must refuse it.
fn put(node: &mut Value, steps: &[Step], value: Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        let taken = match node {
            Value::Object(map) => !map.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => false,
        };
        if !taken {
            *node = value;
        }
        return !taken;
    };
    let blank = match node {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    match (&mut *node, step) {
        (Value::Object(map), Step::Key(key)) => match map.get_mut(key) {
            Some(node) => put(node, rest, value),
            None => {
                let mut new = Value::Null;
                let fits = put(&mut new, rest, value);
                if fits {
                    map.insert(key.clone(), new);
                }
                fits
            }
        },
        (Value::Array(list), Step::Index(index)) if *index < list.len() => {
            put(&mut list[*index], rest, value)
        }
        (Value::Array(list), Step::Index(index)) if *index == list.len() => {
            let mut new = Value::Null;
            let fits = put(&mut new, rest, value);
            if fits {
                list.push(new);
            }
            fits
        }
        (Value::Null | Value::String(_), step) if blank => {
            let mut new = match step {
                Step::Key(_) => Value::Object(Map::new()),
                Step::Index(_) => Value::Array(Vec::new()),
            };
            let fits = put(&mut new, steps, value);
            if fits {
                *node = new;
            }
            fits
        }
        _ => false,
    }
}

fn take(node: &mut Value, steps: &[Step]) -> bool {
    match (node, steps) {
        (Value::Object(map), [Step::Key(key)]) => map.remove(key).is_some(),
        (Value::Array(list), [Step::Index(index)]) if *index < list.len() => {
            list.remove(*index);
            true
        }
        (Value::Object(map), [Step::Key(key), rest @ ..]) => {
            map.get_mut(key).is_some_and(|node| take(node, rest))
        }
        (Value::Array(list), [Step::Index(index), rest @ ..]) => {
            list.get_mut(*index).is_some_and(|node| take(node, rest))
        }
        _ => false,
    }
}

fn any_sequence() -> Result<(), Failed> {
    let step = prop_oneof![
        3 => "[ab:# é-]{1,2}".prop_map(Step::Key),
        1 => (0..3usize).prop_map(Step::Index),
    ];
    let path = ("[abc]", prop::collection::vec(step, 0..3)).prop_map(|(first, rest)| {
        let mut steps = vec![Step::Key(first)];
        steps.extend(rest);
        steps
    });
    let value = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let ops = prop::collection::vec((path, prop::option::weighted(0.7, value)), 1..10);
    let mut runner = TestRunner::new(Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    });
    let strategy = (ops, prop_oneof![Just("a.yaml"), Just("a.json")]);
    let result = runner.run(&strategy, |(ops, name)| {
        let fail = |error: Failed| TestCaseError::fail(error.message().unwrap_or("").to_owned());
        let folder = tempfile::tempdir().map_err(|_| TestCaseError::reject("no folder"))?;
        let file = folder.path().join(name);
        let mut model = json!({});
        new_file(folder.path(), name)
            .and_then(|draft| Ok(draft.write()?))
            .map_err(fail)?;
        for (steps, value) in ops {
            let path: ExtractPath = written(&steps).parse().expect("a path");
            let mut draft = Draft::open(&file, None, &forged_keys())
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            let mut next = model.clone();
            let (done, expected) = match value {
                Some(value) => {
                    let new = match &value {
                        Value::String(string) => text(string),
                        Value::Number(number) => {
                            NewValue::typed(ValueType::Int, &number.to_string()).expect("a number")
                        }
                        Value::Bool(value) => {
                            NewValue::typed(ValueType::Bool, &value.to_string()).expect("a boolean")
                        }
                        _ => NewValue::null(),
                    };
                    (
                        draft.set(&path, &new).map(|_| ()),
                        put(&mut next, &steps, value),
                    )
                }
                None => (draft.unset(&path), take(&mut next, &steps)),
            };
            if let (Err(error), true) = (&done, expected) {
                prop_assert!(false, "{error}\n{model}\n{steps:?}");
            }
            prop_assert_eq!(done.is_ok(), expected, "{} {:?}", model, steps);
            if expected {
                draft
                    .write()
                    .map_err(|error| TestCaseError::fail(error.to_string()))?;
                model = next;
            }
            prop_assert_eq!(&open(&file).map_err(fail)?, &model);
        }
        Ok(())
    });
    result.map_err(|error| error.to_string().into())
}

fn merged() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for (name, plain, format, expected, counts) in [
        (
            "a.yaml",
            "A=1\nB=\"x\\ny\"\n",
            Format::Dotenv,
            json!({"A": "1", "B": "x\ny", "l": ["p"], "old": "o"}),
            (2, 0, 0),
        ),
        (
            "a.yaml",
            "old: new\nl: [p, q]\nm: {n: 1, e: {}}\n",
            Format::Yaml,
            json!({"old": "new", "l": ["p", "q"], "m": {"n": 1, "e": {}}}),
            (3, 1, 1),
        ),
        (
            "a.json",
            r#"{"old": "o", "t": {"u": [true, null]}}"#,
            Format::Json,
            json!({"old": "o", "l": ["p"], "t": {"u": [true, null]}}),
            (2, 0, 1),
        ),
        (
            "a.env",
            "n: 5\nb: true\n",
            Format::Yaml,
            json!({"old": "o", "n": "5", "b": "true"}),
            (2, 0, 0),
        ),
    ] {
        let file = folder.path().join(name);
        let mut draft = new_file(folder.path(), name)?;
        draft.set(&key("old"), &text("o"))?;
        if draft.format() != Format::Dotenv {
            draft.set(&r#"["l"][0]"#.parse()?, &text("p"))?;
        }
        draft.write()?;
        let plaintext = Secrets::from_plaintext("plain", plain.as_bytes(), format)?;
        let mut draft = Draft::open(&file, None, &forged_keys())?;
        let merged = draft.merge(&plaintext, false)?;
        draft.write()?;
        let found = open(&file)?;
        let got = (merged.added.len(), merged.changed.len(), merged.unchanged);
        if found != expected || got != counts {
            return Err(format!("{plain}: {found} {got:?}").into());
        }
        // The same again changes nothing, and so writes nothing.
        let before = std::fs::read(&file)?;
        let mut draft = Draft::open(&file, None, &forged_keys())?;
        draft.merge(&plaintext, false)?;
        if draft.write()? || std::fs::read(&file)? != before {
            return Err("the same plaintext was written again".into());
        }
        std::fs::remove_file(&file)?;
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a.yaml");
    let mut draft = new_file(folder.path(), "a.yaml")?;
    for path in [r#"["m"]["k"]"#, r#"["l"][0]"#, r#"["t"]"#] {
        draft.set(&path.parse()?, &text("CANARY"))?;
    }
    draft.write()?;
    let before = std::fs::read(&file)?;
    for (path, expected) in [
        (r#"["m"]"#, "m is a map; name a key"),
        (r#"["l"]"#, "l is a list; give a position"),
        (r#"["m"][0]"#, "m is a map; name a key"),
        (r#"["l"]["k"]"#, "l is a list; give a position"),
        (r#"["l"][2]"#, "l[2] skips list positions"),
        (r#"["n"][1]"#, "n[1] skips list positions"),
        (r#"["t"]["u"]"#, "t is a value"),
        (r#"["sops"]["mac"]"#, "sops is where SOPS keeps"),
        (r#"["x_unencrypted"]"#, "x_unencrypted would be unencrypted"),
    ] {
        let mut draft = Draft::open(&file, None, &forged_keys())?;
        let Err(error) = draft.set(&path.parse()?, &text("CANARY")) else {
            return Err(format!("{path} was set").into());
        };
        if !error.to_string().contains(expected) || error.to_string().contains("CANARY") {
            return Err(format!("{path}: {error}").into());
        }
        // A draft that refused is as it was.
        if draft.write()? || std::fs::read(&file)? != before {
            return Err(format!("{path} changed the file").into());
        }
    }
    let mut draft = Draft::open(&file, None, &forged_keys())?;
    if draft.unset(&key("none")).is_ok() {
        return Err("what is not there was unset".into());
    }
    // Somebody else writes the file between our reading and our writing.
    draft.set(&key("new"), &text("CANARY"))?;
    let mut theirs = before.clone();
    theirs.extend(b"# theirs\n");
    std::fs::write(&file, &theirs)?;
    let Err(error) = draft.write() else {
        return Err("somebody's change was lost".into());
    };
    if !error.to_string().contains("changed by somebody else") || std::fs::read(&file)? != theirs {
        return Err(error.into());
    }
    // Nothing is left behind.
    let names: Vec<_> = std::fs::read_dir(folder.path())?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    if names.len() != 2 {
        return Err(format!("left behind: {names:?}").into());
    }
    for (content, expected) in [
        ("a: 1\n", "has no sops metadata"),
        ("<<<<<<< HEAD\na: 1\n", "conflict markers"),
    ] {
        std::fs::write(&file, content)?;
        let Err(error) = Draft::open(&file, None, &forged_keys()) else {
            return Err("opened".into());
        };
        if !error.to_string().contains(expected) {
            return Err(error.into());
        }
    }
    let Err(error) = Draft::open(folder.path(), Some(Format::Yaml), &forged_keys()) else {
        return Err("a directory was opened".into());
    };
    if !error.to_string().contains("is not a regular file") {
        return Err(error.into());
    }
    match Secrets::from_plaintext("p", &before, Format::Yaml) {
        Err(error) if error.to_string().contains("is encrypted already") => Ok(()),
        _ => Err("encrypted plaintext was taken".into()),
    }
}

#[cfg(unix)]
fn attributes() -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a.yaml");
    let mut draft = new_file(folder.path(), "a.yaml")?;
    draft.set(&key("a"), &text("x"))?;
    draft.write()?;
    for mode in [0o600, 0o640, 0o664] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode))?;
        let sub = folder.path().join(format!("links-{mode:o}"));
        std::fs::create_dir(&sub)?;
        let link = sub.join("link.yaml");
        std::os::unix::fs::symlink("../a.yaml", &link)?;
        let mut draft = Draft::open(&link, None, &forged_keys())?;
        draft.set(&key("a"), &text(&mode.to_string()))?;
        draft.write()?;
        let found = std::fs::metadata(&file)?.permissions().mode() & 0o777;
        if found != mode || !link.symlink_metadata()?.is_symlink() {
            return Err(format!("{mode:o} became {found:o}").into());
        }
        if open(&file)? != json!({"a": mode.to_string()}) {
            return Err("the link's target was not changed".into());
        }
    }
    Ok(())
}

fn ten_at_once() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a.yaml");
    new_file(folder.path(), "a.yaml")?.write()?;
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..10)
            .map(|number| {
                let file = &file;
                scope.spawn(move || -> Result<(), String> {
                    let mut draft = Draft::open(file, None, &forged_keys())
                        .map_err(|error| error.to_string())?;
                    draft
                        .set(&key(&format!("k{number}")), &text("x"))
                        .and_then(|_| draft.write())
                        .map_err(|error| error.to_string())?;
                    Ok(())
                })
            })
            .collect();
        handles
            .into_iter()
            .try_for_each(|handle| handle.join().expect("no panic"))
    })?;
    let count = open(&file)?.as_object().map(Map::len);
    if count == Some(10) {
        Ok(())
    } else {
        Err(format!("{count:?} of 10 values are there").into())
    }
}

/// Odd layout that no tool would write: what is not changed stays as it is.
fn untouched() -> Result<(), Failed> {
    let metadata = |mac: &str| crate::forge::metadata(mac).to_string();
    for (name, format, body, change, expected) in [
        (
            "a.yaml",
            Format::Yaml,
            "\u{feff}# top\r\n\r\nz:   SECRET # odd\r\n\r\n'q' :   {k: [ null,null ], n: {} }\r\nb:\r\n  - {}\r\nsops: META\r\n",
            r#"["q"]["k"][2]"#,
            "\u{feff}# top\r\n\r\nz:   SECRET # odd\r\n\r\n'q' :   {k: [ null,null,NEW ], n: {} }\r\nb:\r\n  - {}\r\nsops: META\r\n",
        ),
        (
            "a.json",
            Format::Json,
            "{ \"z\":\"SECRET\",\n    \"e\" : [ ] , \"sops\":META }",
            r#"["n"]"#,
            "{ \"z\":\"SECRET\",\n    \"e\" : [ ],\n    \"n\":NEW , \"sops\":META }",
        ),
    ] {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join(name);
        let secret = crate::forge::enc("first", "str", "z:");
        let body = body
            .replace("SECRET", &secret)
            .replace("META", &metadata(&crate::forge::mac(&["first"])));
        std::fs::write(&file, &body)?;
        let mut draft = Draft::open(&file, Some(format), &forged_keys())?;
        draft.set(&change.parse()?, &text("second"))?;
        draft.write()?;
        let after = std::fs::read_to_string(&file)?;
        let metadata_at = |text: &str| text.find("sops").unwrap_or(text.len());
        let (head, _) = after.split_at(metadata_at(&after));
        let expected = expected.replace("SECRET", &secret);
        let (wanted, _) = expected.split_at(metadata_at(&expected));
        let (before, behind) = wanted.split_once("NEW").ok_or("no NEW")?;
        if !head.starts_with(before) || !head.ends_with(behind) {
            return Err(format!("{name}\n{head}\nwanted\n{wanted}").into());
        }
    }
    Ok(())
}
