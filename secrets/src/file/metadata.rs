//! The metadata: what SOPS keeps beside the values, first of all who can read them.

use super::METADATA_KEY;
use crate::error::Problem;
use crate::keys::{Recipient, Stanza};
use crate::tree::{Entry, Node, Scalar};

/// Takes the metadata out of every document; the first one's counts.
pub(super) fn take_metadata(documents: &mut [Node]) -> Result<Option<Node>, Problem> {
    let mut metadata = None;
    for (number, document) in documents.iter_mut().enumerate() {
        let Node::Map(entries) = document else {
            return Err(Problem::NotAMap);
        };
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries.drain(..) {
            match entry {
                Entry::Pair(key, node) if key == METADATA_KEY => {
                    if number == 0 {
                        metadata = Some(node);
                    }
                }
                other => kept.push(other),
            }
        }
        *entries = kept;
    }
    Ok(metadata)
}

/// Returns a scalar of the metadata as text; null as absent.
pub(crate) fn scalar_text(node: &Node) -> Option<String> {
    match node {
        Node::Scalar(Scalar::Null) | Node::Map(_) | Node::List(_) => None,
        Node::Scalar(scalar) => scalar.mac_bytes().as_str().map(str::to_owned),
    }
}

/// Reads the recipients: those at the top if there are any, or else those of the key groups.
pub(super) fn groups(metadata: &Node) -> Result<Vec<Vec<Stanza>>, Problem> {
    let top = group(metadata)?;
    if !top.is_empty() {
        return Ok(vec![top]);
    }
    let mut groups = Vec::new();
    for node in metadata.get("key_groups").into_iter().flat_map(Node::items) {
        groups.push(group(node)?);
    }
    if groups.iter().all(Vec::is_empty) {
        return Err(Problem::Metadata("it names no recipient"));
    }
    Ok(groups)
}

fn group(node: &Node) -> Result<Vec<Stanza>, Problem> {
    let mut stanzas = Vec::new();
    for family in [
        "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp", "age",
    ] {
        for entry in node.get(family).into_iter().flat_map(Node::items) {
            let field = |name: &str| {
                entry
                    .get(name)
                    .and_then(scalar_text)
                    .filter(|text| !text.is_empty())
            };
            let id = |name: &str| field(name).ok_or(Problem::Metadata("a recipient has no name"));
            let recipient = match family {
                "age" => Recipient::age(&id("recipient")?),
                "pgp" => Recipient::Pgp(id("fp")?),
                "kms" => Recipient::AwsKms {
                    arn: id("arn")?,
                    role: field("role"),
                    profile: field("aws_profile"),
                    context: context(entry.get("context")),
                },
                "gcp_kms" => Recipient::GcpKms(id("resource_id")?),
                "azure_kv" => {
                    let key = format!("{}/keys/{}", id("vault_url")?, id("name")?);
                    Recipient::AzureKeyVault(match field("version") {
                        Some(version) => format!("{key}/{version}"),
                        None => key,
                    })
                }
                "hc_vault" => Recipient::Vault(format!(
                    "{}/v1/{}/keys/{}",
                    id("vault_address")?,
                    id("engine_path")?,
                    id("key_name")?
                )),
                _ => Recipient::HuaweiKms(id("key_id")?),
            };
            stanzas.push(Stanza {
                recipient,
                encrypted: field("enc").unwrap_or_default(),
            });
        }
    }
    Ok(stanzas)
}

/// Reads the encryption context of a key of KMS.
pub(crate) fn context(node: Option<&Node>) -> Vec<(String, String)> {
    let Some(Node::Map(entries)) = node else {
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Pair(key, value) => Some((key.clone(), scalar_text(value).unwrap_or_default())),
            Entry::Comment(_) => None,
        })
        .collect()
}
