//! A new file without a value: the metadata as SOPS writes it, with the code still to come.

use super::leaf::yaml_text;
use crate::creation::CreationRule;
use crate::error::Problem;
use crate::file::Format;
use crate::keys::{Recipient, Stanza};
use crate::render;
use crate::tree::{Entry, Item, Node, Scalar};
use std::fmt::Write as _;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The release of SOPS whose format this is.
const VERSION: &str = "3.11.0";
/// What SOPS assumes and writes when a rule selects nothing.
const DEFAULT_SELECTION: (&str, &str) = ("unencrypted_suffix", "_unencrypted");

/// What the metadata says besides for whom the file is.
pub(super) struct Terms<'a> {
    pub(super) threshold: Option<usize>,
    pub(super) selection: Option<(&'a str, &'a str)>,
    pub(super) mac_only_encrypted: bool,
}

impl<'a> Terms<'a> {
    pub(super) fn of(rule: &'a CreationRule) -> Self {
        Self {
            threshold: rule.shamir_threshold,
            selection: rule
                .selection
                .as_ref()
                .map(|(name, value)| (*name, value.as_str())),
            mac_only_encrypted: rule.mac_only_encrypted,
        }
    }
}

/// Returns the text of a file without a value.
pub(super) fn text(
    format: Format,
    rule: &Terms<'_>,
    stanzas: &[Vec<Stanza>],
) -> Result<Zeroizing<String>, Problem> {
    let metadata = metadata(format, rule, stanzas)?;
    let mut out = Zeroizing::new(String::new());
    match format {
        Format::Yaml => {
            out.push_str("sops:\n");
            yaml(&mut out, &metadata, 4, false);
        }
        Format::Json | Format::Binary => {
            let file = Node::Map(vec![Entry::Pair("sops".to_owned(), metadata)]);
            let text = render::document(&[&file], Format::Json)?;
            out.push_str(text.as_str().unwrap_or_default());
        }
        Format::Dotenv => {
            for (name, value) in flat(&metadata) {
                let _ = writeln!(out, "sops_{name}={value}");
            }
        }
        Format::Ini => {
            out.push_str("[sops]\n");
            for (name, value) in flat(&metadata) {
                let _ = writeln!(out, "{name} = {value}");
            }
        }
    }
    Ok(out)
}

fn metadata(format: Format, rule: &Terms<'_>, stanzas: &[Vec<Stanza>]) -> Result<Node, Problem> {
    let mut entries = Vec::new();
    if let [only] = stanzas {
        entries.extend(families(only)?);
    } else {
        let threshold = rule.threshold.unwrap_or(stanzas.len());
        entries.push(pair(
            "shamir_threshold",
            Node::Scalar(Scalar::Int(threshold as i64)),
        ));
        let groups = stanzas
            .iter()
            .map(|group| Ok(Item::Node(Node::Map(families(group)?))))
            .collect::<Result<_, Problem>>()?;
        entries.push(pair("key_groups", Node::List(groups)));
    }
    entries.push(text_pair(
        "lastmodified",
        &crate::scalar::rfc3339(SystemTime::now()),
    ));
    entries.push(text_pair("mac", ""));
    match rule.selection {
        Some((name, value)) => entries.push(text_pair(name, value)),
        // The one value of a binary file has no name to select by.
        None if format == Format::Binary => {}
        None => entries.push(text_pair(DEFAULT_SELECTION.0, DEFAULT_SELECTION.1)),
    }
    if rule.mac_only_encrypted {
        entries.push(pair("mac_only_encrypted", Node::Scalar(Scalar::Bool(true))));
    }
    entries.push(text_pair("version", VERSION));
    Ok(Node::Map(entries))
}

/// The families of recipients, in the order in which SOPS writes them.
const FAMILIES: [&str; 7] = [
    "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp", "age",
];

/// Writes the recipients of a group, family by family.
fn families(group: &[Stanza]) -> Result<Vec<Entry>, Problem> {
    let mut families = FAMILIES.map(|name| (name, Vec::new()));
    for stanza in group {
        let (family, entries) = member(stanza)?;
        if let Some((_, items)) = families.iter_mut().find(|(name, _)| *name == family) {
            items.push(Item::Node(Node::Map(entries)));
        }
    }
    let written = families.into_iter().filter(|(_, items)| !items.is_empty());
    Ok(written
        .map(|(name, items)| pair(name, Node::List(items)))
        .collect())
}

/// Returns the family of a recipient, and what stands there for it.
fn member(stanza: &Stanza) -> Result<(&'static str, Vec<Entry>), Problem> {
    let Stanza {
        recipient,
        encrypted,
    } = stanza;
    Ok(match recipient {
        Recipient::Age(name)
        | Recipient::AgePlugin(name)
        | Recipient::AgePostQuantum(name)
        | Recipient::Ssh(name) => (
            "age",
            vec![text_pair("recipient", name), text_pair("enc", encrypted)],
        ),
        Recipient::AwsKms {
            arn,
            role,
            profile,
            context,
        } => {
            let mut entries = vec![text_pair("arn", arn)];
            if let Some(role) = role {
                entries.push(text_pair("role", role));
            }
            if !context.is_empty() {
                let pairs = context.iter().map(|(key, value)| text_pair(key, value));
                entries.push(pair("context", Node::Map(pairs.collect())));
            }
            entries.extend(sealed(encrypted));
            entries.push(text_pair(
                "aws_profile",
                profile.as_deref().unwrap_or_default(),
            ));
            ("kms", entries)
        }
        Recipient::Pgp(fingerprint) => {
            let mut entries = Vec::from(sealed(encrypted));
            entries.push(text_pair("fp", fingerprint));
            ("pgp", entries)
        }
        Recipient::GcpKms(resource) => ("gcp_kms", named(&[("resource_id", resource)], encrypted)),
        Recipient::HuaweiKms(id) => ("hckms", named(&[("key_id", id)], encrypted)),
        Recipient::AzureKeyVault(url) => {
            let (vault, name, version) = crate::keys::azure(url)
                .ok_or_else(|| Problem::CannotCreateFor(recipient.clone()))?;
            let names = [("vault_url", vault), ("name", name), ("version", version)];
            ("azure_kv", named(&names, encrypted))
        }
        Recipient::Vault(url) => {
            let (address, engine, name) = crate::keys::vault(url)
                .ok_or_else(|| Problem::CannotCreateFor(recipient.clone()))?;
            let names = [
                ("vault_address", address),
                ("engine_path", engine),
                ("key_name", name),
            ];
            ("hc_vault", named(&names, encrypted))
        }
    })
}

/// What names a key of a service, and the data key that it encrypts.
fn named(names: &[(&str, &str)], encrypted: &str) -> Vec<Entry> {
    let names = names.iter().map(|(name, text)| text_pair(name, text));
    names.chain(sealed(encrypted)).collect()
}

/// When the data key was encrypted, and what it became.
fn sealed(encrypted: &str) -> [Entry; 2] {
    [
        text_pair("created_at", &crate::scalar::rfc3339(SystemTime::now())),
        text_pair("enc", encrypted),
    ]
}

fn pair(key: &str, node: Node) -> Entry {
    Entry::Pair(key.to_owned(), node)
}

fn text_pair(key: &str, text: &str) -> Entry {
    pair(key, Node::Scalar(Scalar::text(text)))
}

/// Writes a map's entries at an indentation; `inline` when the first follows a dash.
fn yaml(out: &mut String, node: &Node, indent: usize, mut inline: bool) {
    let Node::Map(entries) = node else { return };
    for entry in entries {
        let Entry::Pair(key, value) = entry else {
            continue;
        };
        if !std::mem::take(&mut inline) {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&yaml_text(key));
        out.push(':');
        match value {
            Node::Scalar(Scalar::Text(text)) => {
                let text = text.as_str().unwrap_or_default();
                if text.ends_with('\n') && !text.trim_end().is_empty() {
                    out.push_str(" |\n");
                    for line in text.lines() {
                        let _ = writeln!(out, "{}{line}", " ".repeat(indent + 2));
                    }
                } else if text == VERSION {
                    // Neither a number nor anything else that needs quotes.
                    let _ = writeln!(out, " {text}");
                } else {
                    let _ = writeln!(out, " {}", yaml_text(text).as_str());
                }
            }
            Node::Scalar(scalar) => {
                let text = render::flat(scalar);
                let _ = writeln!(out, " {}", text.as_str().unwrap_or_default());
            }
            Node::Map(_) => {
                out.push('\n');
                yaml(out, value, indent + 4, false);
            }
            Node::List(_) => {
                out.push('\n');
                for item in value.items() {
                    let _ = write!(out, "{}- ", " ".repeat(indent + 4));
                    yaml(out, item, indent + 6, true);
                }
            }
        }
    }
}

/// Flattens the metadata as dotenv and INI hold it, in the order of names.
fn flat(metadata: &Node) -> Vec<(String, String)> {
    fn walk(node: &Node, name: &str, out: &mut Vec<(String, String)>) {
        match node {
            Node::Scalar(scalar) => {
                let text = render::flat(scalar);
                let text = text.as_str().unwrap_or_default().replace('\n', "\\n");
                out.push((name.to_owned(), text));
            }
            Node::Map(entries) => {
                for entry in entries {
                    if let Entry::Pair(key, value) = entry {
                        let name = if name.is_empty() {
                            key.clone()
                        } else {
                            format!("{name}__map_{key}")
                        };
                        walk(value, &name, out);
                    }
                }
            }
            Node::List(_) => {
                for (index, item) in node.items().enumerate() {
                    walk(item, &format!("{name}__list_{index}"), out);
                }
            }
        }
    }
    let mut out = Vec::new();
    walk(metadata, "", &mut out);
    out.sort();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        for (text, expected) in [
            ("_unencrypted", "_unencrypted"),
            ("arn:aws:kms:eu:1:key/a", "\"arn:aws:kms:eu:1:key/a\""),
            ("2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05Z\""),
            ("no", "\"no\""),
            ("null", "\"null\""),
            ("a\u{7f}\"", "\"a\\u007f\\\"\""),
            ("", "\"\""),
        ] {
            assert_eq!(yaml_text(text).as_str(), expected);
        }
    }
}
