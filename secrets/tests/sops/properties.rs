//! What holds for any input.

use crate::forge::{IDENTITY, enc, mac, metadata};
use crate::support::keyring;
use libtest_mimic::{Failed, Trial};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tollgate_secrets::{Format, SecretsFile, Value};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("properties: no input makes the parsers panic", no_panic),
        Trial::test(
            "properties: no changed file opens to other values",
            no_undetected_change,
        ),
        Trial::test(
            "properties: any text comes back, and is JSON",
            any_text_comes_back,
        ),
    ]
}

const FORMATS: [Format; 4] = [Format::Yaml, Format::Json, Format::Dotenv, Format::Ini];

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

fn check<T>(outcome: Result<(), proptest::test_runner::TestError<T>>) -> Result<(), Failed>
where
    T: std::fmt::Debug,
{
    outcome.map_err(|error| error.to_string().into())
}

/// Bytes that look like the formats more often than chance would.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "b: ", ": ", "- ", "\n", "\n  ", "\n    ", "#", " # c", "{", "}", "[", "]", ",", "\"", "'", "&a ",
            "*a", "<<: ", "|", ">-", "---\n", "...", "!!int ", "!!binary ", "%YAML 1.2\n", "sops", "sops: ", "sops_",
            "__map_", "__list_", "=", "`", "\"\"\"", "\\", "\\n", "\\u", "\\ud800", ";", "\t", "\r", "\u{feff}",
            "\u{2028}", "1e", "0x", "-0", "ENC[AES256_GCM,", "data:", ",iv:", ",tag:", ",type:str]", "age:", "mac: x",
            "lastmodified: \"2026-01-02T03:04:05Z\"", "recipient: age1",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(fragment, 0..40).prop_map(|parts| parts.concat())
}

fn no_panic() -> Result<(), Failed> {
    check(runner(2000).run(&fragments(), |text| {
        for format in FORMATS {
            if let Ok(file) = SecretsFile::parse("a", text.as_bytes(), format) {
                let _ = file.shape();
                let _ = file.open(&keyring(&[])).map(|_| ());
            }
        }
        Ok(())
    }))
}

fn good_file() -> (String, Vec<&'static str>) {
    let leaves = vec!["first", "17", "clear", "second"];
    let body = format!(
        "{{\"a\":{:?},\"n\":{:?},\"c_unencrypted\":\"clear\",\"l\":[{:?}],\"sops\":{}}}",
        enc("first", "str", "a:"),
        enc("17", "int", "n:"),
        enc("second", "str", "l:"),
        metadata(&mac(&leaves)),
    );
    (body, leaves)
}

fn leaves(value: Value<'_>, all: &mut Vec<String>) {
    match value {
        Value::Map(map) => map.iter().for_each(|(_, value)| leaves(value, all)),
        Value::List(list) => list.iter().for_each(|value| leaves(value, all)),
        Value::Int(number) => all.push(number.to_string()),
        Value::Text(text) => all.push(String::from_utf8_lossy(text).into_owned()),
        Value::Float(number) => all.push(number.to_string()),
        Value::Bool(value) => all.push(value.to_string()),
        Value::Time(text) => all.push(text.to_owned()),
        _ => {}
    }
}

fn no_undetected_change() -> Result<(), Failed> {
    let (text, expected) = good_file();
    let keyring = keyring(&[("SOPS_AGE_KEY", IDENTITY)]);
    let opened = |text: &[u8]| -> Option<Vec<String>> {
        let secrets = SecretsFile::parse("a.json", text, Format::Json)
            .ok()?
            .open(&keyring)
            .ok()?;
        let mut all = Vec::new();
        secrets
            .documents()
            .for_each(|document| leaves(document, &mut all));
        Some(all)
    };
    if opened(text.as_bytes()).is_none_or(|all| all != expected) {
        return Err("the unchanged file does not open".into());
    }
    let change = (0..text.len(), any::<u8>(), 0..3u8);
    check(runner(400).run(&change, |(at, byte, kind)| {
        let mut changed = text.clone().into_bytes();
        match kind {
            0 => changed[at] = byte,
            1 => changed.insert(at, byte),
            _ => {
                changed.remove(at);
            }
        }
        if let Some(all) = opened(&changed) {
            // The MAC covers the bytes of all leaves one after the other.
            prop_assert_eq!(all.concat(), expected.concat());
        }
        Ok(())
    }))
}

fn any_text_comes_back() -> Result<(), Failed> {
    let keyring = keyring(&[("SOPS_AGE_KEY", IDENTITY)]);
    check(
        runner(100).run(&(any::<String>(), "[a-z]{1,8}"), |(text, key)| {
            prop_assume!(!text.is_empty() && key != "sops");
            let file = serde_json::json!({
                key.clone(): enc(&text, "str", &format!("{key}:")),
                "sops": metadata(&mac(&[&text])),
            });
            let file = SecretsFile::parse("a.json", file.to_string().as_bytes(), Format::Json);
            let secrets = file
                .and_then(|file| file.open(&keyring))
                .expect("a good file");
            let json = secrets
                .render(Some(Format::Json))
                .expect("JSON says any text");
            let json: serde_json::Value = serde_json::from_slice(&json).expect("valid JSON");
            prop_assert_eq!(json[&key].as_str(), Some(text.as_str()));
            Ok(())
        }),
    )
}
