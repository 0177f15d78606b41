//! Files made to hurt: each gives one error, soon, without a panic, and without its content.

use crate::forge::{IDENTITY, enc, mac, metadata, metadata_for, recipient, seal, sealed_key, yaml};
use crate::support::keyring;
use libtest_mimic::{Failed, Trial};
use std::fmt::Write;
use tollgate_secrets::{Format, SecretsFile};

/// Appears in every hostile file and in no message.
const CANARY: &str = "hunter2canary";

struct Case {
    name: &'static str,
    format: Format,
    file: fn() -> String,
    /// A part of the one error; `None` when the file is good.
    error: Option<&'static str>,
}

fn good() -> String {
    yaml(
        &format!("a: {}", enc(CANARY, "str", "a:")),
        &metadata(&mac(&[CANARY])),
    )
}

fn with_value(value: &str) -> String {
    yaml(
        &format!("c_unencrypted: {CANARY}\na: {value}"),
        &metadata(&mac(&[CANARY])),
    )
}

fn replaced(from: &str, to: &str) -> String {
    let value = enc(CANARY, "str", "a:");
    with_value(&value.replace(from, to))
}

fn metadata_without(field: &str) -> String {
    let mut metadata = metadata(&mac(&[CANARY]));
    metadata.as_object_mut().expect("an object").remove(field);
    yaml(&format!("a: {}", enc(CANARY, "str", "a:")), &metadata)
}

fn metadata_with(field: &str, value: serde_json::Value) -> String {
    let mut metadata = metadata(&mac(&[CANARY]));
    metadata[field] = value;
    yaml(&format!("a: {}", enc(CANARY, "str", "a:")), &metadata)
}

fn deep_yaml() -> String {
    let mut text = String::new();
    for depth in 0..200 {
        let _ = writeln!(text, "{}k:", " ".repeat(depth));
    }
    text
}

/// Nine levels of nine aliases: 387 million values from one kilobyte.
fn alias_bomb() -> String {
    let mut text = format!("a0: &a0 {CANARY}\n");
    for level in 1..10 {
        let previous = format!("*a{}", level - 1);
        let _ = writeln!(
            text,
            "a{level}: &a{level} [{}]",
            vec![previous; 9].join(", ")
        );
    }
    yaml(&text, &metadata(&mac(&[])))
}

/// One megabyte of text, a hundred times.
fn text_bomb() -> String {
    let text = CANARY.repeat(80_000);
    yaml(
        &format!("a: &a {text}\nb: [{}]", vec!["*a"; 100].join(", ")),
        &metadata(&mac(&[])),
    )
}

/// Each alias nests the one before: a deep tree from shallow text.
fn alias_chain() -> String {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    text
}

/// Ten megabytes at the bottom of ninety anchored lists.
fn anchored_levels() -> String {
    let open: String = (0..90).map(|level| format!("&a{level} [")).collect();
    format!("a: {open}{}{}", "x".repeat(10 << 20), "]".repeat(90))
}

const CASES: &[Case] = &[
    Case {
        name: "a good file",
        format: Format::Yaml,
        file: good,
        error: None,
    },
    Case {
        name: "as deep as allowed",
        format: Format::Yaml,
        file: || {
            let nested = format!("{}x{}", "[".repeat(98), "]".repeat(98));
            yaml(&format!("a_unencrypted: {nested}"), &metadata(&mac(&["x"])))
        },
        error: None,
    },
    Case {
        name: "not encrypted",
        format: Format::Yaml,
        file: || format!("password: {CANARY}\n"),
        error: Some("no sops metadata"),
    },
    Case {
        name: "not encrypted, dotenv",
        format: Format::Dotenv,
        file: || format!("PASSWORD={CANARY}\n"),
        error: Some("no sops metadata"),
    },
    Case {
        name: "not encrypted, ini",
        format: Format::Ini,
        file: || format!("[a]\npassword={CANARY}\n"),
        error: Some("no sops metadata"),
    },
    Case {
        name: "not encrypted, json",
        format: Format::Json,
        file: || format!("{{\"password\":\"{CANARY}\"}}"),
        error: Some("no sops metadata"),
    },
    Case {
        name: "empty",
        format: Format::Yaml,
        file: String::new,
        error: Some("is empty"),
    },
    Case {
        name: "empty, json",
        format: Format::Json,
        file: String::new,
        error: Some("is empty"),
    },
    Case {
        name: "a list",
        format: Format::Yaml,
        file: || format!("- {CANARY}\n"),
        error: Some("no map at its top level"),
    },
    Case {
        name: "a list, json",
        format: Format::Json,
        file: || format!("[\"{CANARY}\"]"),
        error: Some("no map at its top level"),
    },
    Case {
        name: "a text",
        format: Format::Yaml,
        file: || format!("{CANARY}\n"),
        error: Some("no map at its top level"),
    },
    Case {
        name: "broken yaml",
        format: Format::Yaml,
        file: || format!("a: \"{CANARY}\nb: [\n"),
        error: Some("not valid YAML"),
    },
    Case {
        name: "truncated json",
        format: Format::Json,
        file: || format!("{{\"a\":\"{CANARY}\""),
        error: Some("an early end at line 1"),
    },
    Case {
        name: "json and more",
        format: Format::Json,
        file: || format!("{{}} \"{CANARY}\""),
        error: Some("something after the end"),
    },
    Case {
        name: "dotenv without a sign",
        format: Format::Dotenv,
        file: || format!("A=1\n{CANARY}\n"),
        error: Some("a line without `=` at line 2"),
    },
    Case {
        name: "ini without a sign",
        format: Format::Ini,
        file: || format!("[a]\n{CANARY}\n"),
        error: Some("a line without `=` at line 2"),
    },
    Case {
        name: "an unclosed ini quote",
        format: Format::Ini,
        file: || format!("[a]\nb=\"\"\"{CANARY}\n"),
        error: Some("a quoted value without an end"),
    },
    Case {
        name: "conflict markers",
        format: Format::Yaml,
        file: || format!("<<<<<<< HEAD\na: {CANARY}\n=======\n"),
        error: Some("conflict markers at line 1"),
    },
    Case {
        name: "deep yaml",
        format: Format::Yaml,
        file: deep_yaml,
        error: Some("nests deeper"),
    },
    Case {
        name: "deep flow yaml",
        format: Format::Yaml,
        file: || format!("a: {}", "[".repeat(100_000)),
        error: Some("nests deeper"),
    },
    Case {
        name: "deep json",
        format: Format::Json,
        file: || format!("{{\"a\":{}", "[".repeat(100_000)),
        error: Some("nests deeper"),
    },
    Case {
        name: "deep flattened metadata",
        format: Format::Dotenv,
        file: || format!("sops_{}=x\n", vec!["a"; 1_000_000].join("__map_")),
        error: Some("nests deeper"),
    },
    Case {
        name: "a far list position",
        format: Format::Dotenv,
        file: || "sops_age__list_99999999999=x\n".to_owned(),
        error: Some("list position"),
    },
    Case {
        name: "a list with a gap",
        format: Format::Dotenv,
        file: || "sops_age__list_1__map_enc=x\n".to_owned(),
        error: Some("a gap"),
    },
    Case {
        name: "alias bomb",
        format: Format::Yaml,
        file: alias_bomb,
        error: Some("more values than"),
    },
    Case {
        name: "text bomb",
        format: Format::Yaml,
        file: text_bomb,
        error: Some("more text than"),
    },
    Case {
        name: "aliases in a chain",
        format: Format::Yaml,
        file: alias_chain,
        error: Some("nests deeper"),
    },
    Case {
        name: "anchors on every level",
        format: Format::Yaml,
        file: anchored_levels,
        error: Some("more text than"),
    },
    Case {
        name: "an alias of itself",
        format: Format::Yaml,
        file: || "a: &a [*a]\n".to_owned(),
        error: Some("alias inside the very node"),
    },
    Case {
        name: "an unknown alias",
        format: Format::Yaml,
        file: || "a: *b\n".to_owned(),
        error: Some("not valid YAML"),
    },
    Case {
        name: "100 MB scalar",
        format: Format::Yaml,
        file: || format!("a: {}", "x".repeat(100 << 20)),
        error: Some("larger than 32 MiB"),
    },
    Case {
        name: "100 MB of one json string",
        format: Format::Json,
        file: || format!("{{\"a\":\"{}\"}}", "x".repeat(100 << 20)),
        error: Some("larger than 32 MiB"),
    },
    Case {
        name: "duplicate key",
        format: Format::Yaml,
        file: || {
            yaml(
                &format!("a: {CANARY}\nb:\n    k: 1\n    k: 2"),
                &metadata(""),
            )
        },
        error: Some("the key b.k twice"),
    },
    Case {
        name: "duplicate key, json",
        format: Format::Json,
        file: || format!("{{\"a\":\"{CANARY}\",\"\\u0061\":1}}"),
        error: Some("the key a twice"),
    },
    Case {
        name: "duplicate key, dotenv",
        format: Format::Dotenv,
        file: || format!("A={CANARY}\nA=2\n"),
        error: Some("the key A twice"),
    },
    Case {
        name: "duplicate key, ini",
        format: Format::Ini,
        file: || format!("[s]\nA={CANARY}\nA=2\n"),
        error: Some("the key s.A twice"),
    },
    Case {
        name: "duplicate metadata",
        format: Format::Yaml,
        file: || format!("{}sops: {{}}\n", good()),
        error: Some("the key sops twice"),
    },
    Case {
        name: "a number as key",
        format: Format::Yaml,
        file: || yaml(&format!("a:\n    80: {CANARY}"), &metadata("")),
        error: Some("not text under a"),
    },
    Case {
        name: "a list as key",
        format: Format::Yaml,
        file: || yaml(&format!("[a]: {CANARY}"), &metadata("")),
        error: Some("not text under the top level"),
    },
    Case {
        name: "an integer beyond i64",
        format: Format::Yaml,
        file: || yaml("a_unencrypted: 18446744073709551615", &metadata("")),
        error: Some("above the largest"),
    },
    Case {
        name: "a tag that does not fit",
        format: Format::Yaml,
        file: || yaml(&format!("a_unencrypted: !!int {CANARY}"), &metadata("")),
        error: Some("a_unencrypted that does not fit"),
    },
    Case {
        name: "plain where encrypted",
        format: Format::Yaml,
        file: || with_value(CANARY),
        error: Some("a is not encrypted"),
    },
    Case {
        name: "a number where encrypted",
        format: Format::Yaml,
        file: || with_value("17"),
        error: Some("a is not encrypted"),
    },
    Case {
        name: "long IV",
        format: Format::Yaml,
        file: || replaced("iv:", "iv:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        error: Some("initialisation vector"),
    },
    Case {
        name: "no IV",
        format: Format::Yaml,
        file: || replaced(",iv:", ",vi:"),
        error: Some("damaged encrypted value"),
    },
    Case {
        name: "short tag",
        format: Format::Yaml,
        file: || replaced("tag:", "tag:AAAA"),
        error: Some("damaged"),
    },
    Case {
        name: "wrong tag",
        format: Format::Yaml,
        file: || {
            let value = enc(CANARY, "str", "a:");
            let at = value.find("tag:").expect("a tag") + 4;
            let other = if value.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            with_value(&format!("{}{other}{}", &value[..at], &value[at + 1..]))
        },
        error: Some("a does not decrypt"),
    },
    Case {
        name: "truncated base64",
        format: Format::Yaml,
        file: || replaced("=,iv:", ",iv:"),
        error: Some("damaged encrypted value"),
    },
    Case {
        name: "truncated value",
        format: Format::Yaml,
        file: || replaced(",type:str]", ""),
        error: Some("damaged encrypted value"),
    },
    Case {
        name: "unknown type",
        format: Format::Yaml,
        file: || replaced("type:str", "type:map"),
        error: Some("type tag that SOPS does not know"),
    },
    Case {
        name: "swapped type tag",
        format: Format::Yaml,
        file: || replaced("type:str", "type:int"),
        error: Some("does not read as the type"),
    },
    Case {
        name: "value turned into a comment",
        format: Format::Yaml,
        file: || replaced("type:str", "type:comment"),
        error: Some("does not read as the type"),
    },
    Case {
        name: "value of another key",
        format: Format::Yaml,
        file: || with_value(&enc(CANARY, "str", "b:")),
        error: Some("a does not decrypt"),
    },
    Case {
        name: "a clear value changed",
        format: Format::Yaml,
        file: || {
            yaml(
                &format!("a: {}\nb_unencrypted: 2", enc(CANARY, "str", "a:")),
                &metadata(&mac(&[CANARY, "1"])),
            )
        },
        error: Some("message authentication code does not match"),
    },
    Case {
        name: "an emptied value",
        format: Format::Yaml,
        file: || yaml("a: \"\"", &metadata(&mac(&[CANARY]))),
        error: Some("message authentication code does not match"),
    },
    Case {
        name: "values in another order",
        format: Format::Yaml,
        file: || {
            yaml(
                &format!(
                    "a:\n    - {}\n    - {}",
                    enc("x", "str", "a:"),
                    enc(CANARY, "str", "a:")
                ),
                &metadata(&mac(&[CANARY, "x"])),
            )
        },
        error: Some("message authentication code does not match"),
    },
    Case {
        name: "no MAC",
        format: Format::Yaml,
        file: || metadata_without("mac"),
        error: Some("no message authentication code"),
    },
    Case {
        name: "an empty MAC",
        format: Format::Yaml,
        file: || metadata_with("mac", "".into()),
        error: Some("no message authentication code"),
    },
    Case {
        name: "a MAC that is none",
        format: Format::Yaml,
        file: || metadata_with("mac", CANARY.into()),
        error: Some("does not decrypt, so it or `lastmodified`"),
    },
    Case {
        name: "another time",
        format: Format::Yaml,
        file: || metadata_with("lastmodified", "2026-01-02T03:04:06Z".into()),
        error: Some("does not decrypt, so it or `lastmodified`"),
    },
    Case {
        name: "no time",
        format: Format::Yaml,
        file: || metadata_without("lastmodified"),
        error: Some("lastmodified is missing"),
    },
    Case {
        name: "a time that is none",
        format: Format::Yaml,
        file: || metadata_with("lastmodified", CANARY.into()),
        error: Some("lastmodified is not a time"),
    },
    Case {
        name: "no recipients",
        format: Format::Yaml,
        file: || metadata_without("age"),
        error: Some("names no recipient"),
    },
    Case {
        name: "metadata that is none",
        format: Format::Yaml,
        file: || format!("a: {CANARY}\nsops: {CANARY}\n"),
        error: Some("not a map"),
    },
    Case {
        name: "two rules",
        format: Format::Yaml,
        file: || {
            let mut metadata = metadata(&mac(&[CANARY]));
            metadata["encrypted_suffix"] = "a".into();
            metadata["encrypted_regex"] = "a".into();
            yaml(&format!("a: {}", enc(CANARY, "str", "a:")), &metadata)
        },
        error: Some("more than one of the rules"),
    },
    Case {
        name: "a broken expression",
        format: Format::Yaml,
        file: || metadata_with("encrypted_regex", "(".into()),
        error: Some("invalid or too large"),
    },
    Case {
        name: "an expression bomb",
        format: Format::Yaml,
        file: || metadata_with("encrypted_regex", "((a{1,1000}){1,1000}){1,1000}".into()),
        error: Some("invalid or too large"),
    },
    Case {
        name: "a key of the wrong size",
        format: Format::Yaml,
        file: || {
            yaml(
                "a: x",
                &metadata_for(
                    "x",
                    &[(recipient().to_string(), seal(&recipient(), b"short"))],
                ),
            )
        },
        error: Some("not a data key"),
    },
    Case {
        name: "a copy that is no age file",
        format: Format::Yaml,
        file: || {
            yaml(
                "a: x",
                &metadata_for("x", &[(recipient().to_string(), CANARY.to_owned())]),
            )
        },
        error: Some("its copy of the data key is damaged"),
    },
    Case {
        name: "a truncated copy",
        format: Format::Yaml,
        file: || {
            let copy = sealed_key(&recipient());
            yaml(
                "a: x",
                &metadata_for(
                    "x",
                    &[(recipient().to_string(), copy[..copy.len() / 2].to_owned())],
                ),
            )
        },
        error: Some("its copy of the data key is damaged"),
    },
    Case {
        name: "another's file",
        format: Format::Yaml,
        file: || {
            let other = age::x25519::Identity::generate().to_public();
            yaml(
                "a: x",
                &metadata_for("x", &[(other.to_string(), sealed_key(&other))]),
            )
        },
        error: Some("none of your identities is this recipient"),
    },
    Case {
        name: "a plugin recipient",
        format: Format::Yaml,
        file: || {
            yaml(
                "a: x",
                &metadata_for("x", &[("age1yubikey1qwerty".to_owned(), CANARY.to_owned())]),
            )
        },
        error: Some("needs the plugin age-plugin-yubikey"),
    },
    Case {
        name: "a post-quantum recipient",
        format: Format::Yaml,
        file: || {
            yaml(
                "a: x",
                &metadata_for("x", &[("age1pq1qwerty".to_owned(), CANARY.to_owned())]),
            )
        },
        error: Some(
            "needs a post-quantum age identity, by the plugin age-plugin-pq, and none of your identities opens it",
        ),
    },
    Case {
        name: "a recipient that speaks to the terminal",
        format: Format::Yaml,
        file: || {
            yaml(
                "a: x",
                &metadata_for("x", &[("\u{1b}[2Jage1".to_owned(), CANARY.to_owned())]),
            )
        },
        error: Some("\\u{1b}[2Jage1"),
    },
    Case {
        name: "every cloud",
        format: Format::Yaml,
        file: || {
            let mut metadata = metadata_for("x", &[]);
            metadata["pgp"] = serde_json::json!([{ "fp": "ABCDEF", "enc": CANARY }]);
            metadata["gcp_kms"] =
                serde_json::json!([{ "resource_id": "projects/p", "enc": CANARY }]);
            metadata["azure_kv"] = serde_json::json!([{ "vault_url": "https://v", "name": "n", "version": "1", "enc": CANARY }]);
            metadata["hc_vault"] = serde_json::json!([{ "vault_address": "https://v", "engine_path": "e", "key_name": "n", "enc": CANARY }]);
            yaml("a: x", &metadata)
        },
        error: Some(
            "ABCDEF: needs an OpenPGP key, through sops' key service, and no source of such keys is set up",
        ),
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = CASES
        .iter()
        .map(|case| Trial::test(format!("hostile: {}", case.name), move || run(case)))
        .collect();
    trials.push(Trial::test("hostile: bytes that are not UTF-8", not_utf8));
    trials
}

fn run(case: &Case) -> Result<(), Failed> {
    let text = (case.file)();
    let file = SecretsFile::parse("a.yaml", text.as_bytes(), case.format);
    let outcome = file.and_then(|file| file.open(&keyring(&[("SOPS_AGE_KEY", IDENTITY)])));
    match (outcome, case.error) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(_)) => Err("was accepted".into()),
        (Err(error), wanted) => {
            let message = error.to_string();
            if wanted.is_none_or(|wanted| !message.contains(wanted)) {
                return Err(format!("an unexpected error: {message}").into());
            }
            // What the program prints when something goes wrong inside it counts as well.
            for text in [message, format!("{error:?}")] {
                if text.contains(CANARY) {
                    return Err(format!("leaks: {text}").into());
                }
            }
            Ok(())
        }
    }
}

fn not_utf8() -> Result<(), Failed> {
    let error = SecretsFile::parse("a.yaml", b"a: b\nc: \xff\n", Format::Yaml)
        .err()
        .ok_or("was accepted")?;
    if error.to_string()
        == "a.yaml: is not valid yaml: bytes that are not UTF-8 at line 2, column 4"
    {
        Ok(())
    } else {
        Err(error.to_string().into())
    }
}
