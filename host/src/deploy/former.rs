//! What was secret before: values that a state still holds although no secrets file has them any more.
//!
//! After a rotation the tool shows the old value beside the new one wherever neither is marked as
//! sensitive, and with stand-ins for the secrets every value of the state is an old one. Two places know
//! them: the marks of the state itself, and the secrets files as git has them from before.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use tollgate_secrets::inject::mask::{Patterns, SHORTEST};
use tollgate_secrets::{Keyring, SecretsFile};
use zeroize::Zeroizing;

use super::state;
use crate::deploy::values::Opened;
use crate::hcl::Variable;
use crate::origin::git::{self, Commit};
use crate::report::inert;
use crate::routing::Routed;

/// The versions of a secrets file that are looked into, beside the one that is there.
const VERSIONS: usize = 3;
/// The bytes of a version that are read.
const MAX_BYTES: u64 = 16 << 20;
/// The values of a state that are looked for.
const MAX_VALUES: usize = 5_000;
/// How deep in a value.
const MAX_DEPTH: usize = 64;

/// Returns what a state marks as sensitive, by the addresses of its resources and outputs; nothing where
/// there is no state yet, and none where it cannot be told. `pulled` is what the tool printed.
#[must_use]
pub fn of_state(pulled: &[u8]) -> Option<Patterns> {
    let mut found = Found::default();
    if pulled.trim_ascii().is_empty() {
        return Some(found.patterns);
    }
    let state: State<'_> = state::read(pulled)?;
    for (name, output) in &state.outputs {
        if output.sensitive {
            found.below(&format!("output.{name}, before"), output.value, 0);
        }
    }
    for resource in &state.resources {
        let module = resource.module.iter();
        let data = (resource.mode == "data").then_some("data");
        let address: Vec<&str> = module
            .map(String::as_str)
            .chain(data)
            .chain([resource.kind.as_str(), resource.name.as_str()])
            .collect();
        let address = address.join(".");
        let address = inert(&address);
        for instance in &resource.instances {
            let (Some(attributes), Some(marks)) =
                (instance.attributes, instance.sensitive_attributes)
            else {
                continue;
            };
            // A way that nobody knows is one that no tool of today writes; the others count all the same.
            let ways: Vec<&RawValue> = serde_json::from_str(marks.get()).unwrap_or_default();
            for way in ways {
                let Ok(way) = serde_json::from_str::<Vec<Step>>(way.get()) else {
                    continue;
                };
                if let Some(value) = follow(attributes, &way) {
                    let attribute = way.iter().find_map(|step| match step {
                        Step::GetAttr(name) => Some(name.as_str()),
                        Step::Index(_) => None,
                    });
                    let name = format!("{address}.{}, before", attribute.unwrap_or_default());
                    found.below(&name, value, 0);
                }
            }
        }
    }
    Some(found.patterns)
}

/// What the versions of secrets files say that git has from before, as far as they open without asking
/// anybody for anything: they are looked into for the sake of output only.
#[must_use]
pub fn of_files(
    routed: &Routed,
    declared: &BTreeMap<String, Variable>,
    keyring: &Keyring,
) -> Former {
    let mut found = Patterns::default();
    let mut cut_off = false;
    for file in &routed.files {
        let Some(earlier) = earlier(file) else {
            continue;
        };
        cut_off |= earlier.cut_off;
        for version in earlier.versions {
            let patterns = Opened::patterns_of(routed, version, declared, keyring);
            found.extend(patterns.unwrap_or_default());
        }
    }
    Former {
        patterns: found.renamed(|name| format!("{name}, before")),
        cut_off,
    }
}

/// What was secret before.
#[derive(Default)]
pub struct Former {
    /// To be masked.
    pub patterns: Patterns,
    /// Whether there may be more, which a clone of a part of the history does not have.
    pub cut_off: bool,
}

struct Earlier {
    versions: Vec<SecretsFile>,
    cut_off: bool,
}

/// The versions of a file that differ from the one that is there, latest first.
fn earlier(file: &SecretsFile) -> Option<Earlier> {
    let path = Path::new(file.name());
    let now = std::fs::read(path).ok()?;
    // A link is followed by whoever reads the file; git has what it leads to.
    let path = path.canonicalize().ok()?;
    let directory = path.parent()?;
    let name = path.file_name()?.to_str()?;
    let most = format!("-{}", VERSIONS + 1);
    let commits = git::ask(directory, &["log", &most, "--format=%H", "--", name]).ok()?;
    let mut versions = Vec::new();
    for commit in commits.lines() {
        let bytes = Commit::open(directory, commit)
            .and_then(|commit| commit.read_plain(&commit.relative(&path)?, MAX_BYTES));
        let Ok(bytes) = bytes else { continue };
        if bytes == now || bytes.len() as u64 > MAX_BYTES {
            continue;
        }
        versions.extend(SecretsFile::parse(file.name(), &bytes, file.format()).ok());
        if versions.len() == VERSIONS {
            break;
        }
    }
    // Of fewer than were asked for, the oldest is the first one only where all of the history is here.
    let cut_off = commits.lines().count() <= VERSIONS
        && git::ask(directory, &["rev-parse", "--is-shallow-repository"])
            .is_ok_and(|answer| answer == "true");
    Some(Earlier { versions, cut_off })
}

/// A state as both tools keep it. Values stay where they are: only what is marked is taken out.
#[derive(Deserialize)]
struct State<'s> {
    #[serde(borrow, default)]
    outputs: BTreeMap<Cow<'s, str>, Output<'s>>,
    #[serde(borrow, default)]
    resources: Vec<Resource<'s>>,
}

#[derive(Deserialize)]
struct Output<'s> {
    #[serde(borrow)]
    value: &'s RawValue,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct Resource<'s> {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(borrow, default)]
    instances: Vec<Instance<'s>>,
}

#[derive(Deserialize)]
struct Instance<'s> {
    #[serde(borrow, default)]
    attributes: Option<&'s RawValue>,
    #[serde(borrow, default)]
    sensitive_attributes: Option<&'s RawValue>,
}

/// One step of the way to a value that is marked.
#[derive(Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
enum Step {
    GetAttr(String),
    Index(Index),
}

#[derive(Deserialize)]
struct Index {
    value: serde_json::Value,
}

fn follow<'s>(from: &'s RawValue, way: &[Step]) -> Option<&'s RawValue> {
    let mut at = from;
    for step in way {
        let key = match step {
            Step::GetAttr(name) => name.clone(),
            Step::Index(Index { value }) => match value {
                serde_json::Value::String(key) => key.clone(),
                number => {
                    let items: Vec<&RawValue> = serde_json::from_str(at.get()).ok()?;
                    at = items.get(usize::try_from(number.as_u64()?).ok()?)?;
                    continue;
                }
            },
        };
        let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(at.get()).ok()?;
        at = fields.get(key.as_str())?;
    }
    Some(at)
}

#[derive(Default)]
struct Found {
    patterns: Patterns,
    count: usize,
}

impl Found {
    /// Takes every text in a value.
    fn below(&mut self, name: &str, value: &RawValue, depth: usize) {
        if self.count >= MAX_VALUES || depth > MAX_DEPTH {
            return;
        }
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'"') => {
                let read = serde_json::from_str::<String>(text).map(Zeroizing::new);
                if let Ok(read) = read
                    && read.len() >= SHORTEST
                {
                    self.count += 1;
                    self.patterns.add(name, read.as_bytes());
                }
            }
            Some(b'{') => {
                let fields: Result<BTreeMap<Cow<'_, str>, &RawValue>, _> =
                    serde_json::from_str(text);
                for field in fields.unwrap_or_default().values() {
                    self.below(name, field, depth + 1);
                }
            }
            Some(b'[') => {
                let items: Result<Vec<&RawValue>, _> = serde_json::from_str(text);
                for item in items.unwrap_or_default() {
                    self.below(name, item, depth + 1);
                }
            }
            // Numbers and truths are in every output.
            _ => {}
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tollgate_secrets::inject::mask::Masker;

    use super::*;

    fn masked(state: &str, output: &str) -> String {
        let mut masker = Masker::new(of_state(state.as_bytes()).unwrap_or_default()).unwrap();
        let mut shown = Vec::new();
        masker.push(output.as_bytes(), &mut shown);
        masker.finish(&mut shown);
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn what_the_marks_of_a_state_say() {
        let state = r#"{"version": 4,
            "outputs": {"token": {"value": "an-output-that-is-secret", "type": "string", "sensitive": true},
                        "url": {"value": "an-output-that-is-none", "type": "string"}},
            "resources": [{"module": "module.a", "mode": "managed", "type": "t", "name": "n", "provider": "p",
                "instances": [{"attributes": {"password": "the-old-password", "user": "somebody-else",
                        "list": [{"k \" 1": "in-a-list-of-maps"}, {"k \" 1": "in-the-second-one"}]},
                    "sensitive_attributes": [
                        [{"type": "of_tomorrow", "value": "user"}],
                        [{"type": "get_attr", "value": "password"}],
                        [{"type": "get_attr", "value": "list"}, {"type": "index", "value": {"value": 1, "type": "number"}},
                         {"type": "index", "value": {"value": "k \" 1", "type": "string"}}],
                        [{"type": "get_attr", "value": "gone"}]]}]}]}"#;
        let shown = masked(
            state,
            "the-old-password somebody-else in-a-list-of-maps in-the-second-one an-output-that-is-secret an-output-that-is-none\n",
        );
        // Whatever a tool or a wrapper has to say before it.
        let warned = format!("\nWarning: {{ not JSON\n{{ nor this }}\n{state}");
        let same = masked(&warned, "the-old-password\n");
        assert!(!same.contains("the-old-password"), "{same}");
        assert!(shown.contains("module.a.t.n.password, before"), "{shown}");
        assert!(shown.contains("output.token, before"), "{shown}");
        for (text, expected) in [
            ("the-old-password", false),
            ("somebody-else", true),
            ("in-a-list-of-maps", true),
            ("in-the-second-one", false),
            ("an-output-that-is-secret", false),
            ("an-output-that-is-none", true),
        ] {
            assert_eq!(shown.contains(text), expected, "{text}: {shown}");
        }
    }

    #[test]
    fn what_is_no_state_marks_nothing() {
        for state in [
            "",
            "[]",
            "{}",
            "{\"resources\": 3}",
            r#"{"resources": [{"mode": "managed", "type": "t", "name": "n",
                "instances": [{"attributes": null, "sensitive_attributes": null},
                    {"attributes": {"a": "not-a-secret-at-all"}, "sensitive_attributes": [[{"type": "other"}]]}]}]}"#,
        ] {
            assert_eq!(
                masked(state, "not-a-secret-at-all"),
                "not-a-secret-at-all",
                "{state}"
            );
        }
    }
}
