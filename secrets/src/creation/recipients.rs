//! The recipients of a rule: at its top as text or a list, or in `key_groups`.

use super::{CreationError, CreationProblem, Source};
use crate::file::marks::Mark;
use crate::file::{context, scalar_text};
use crate::keys::Recipient;
use crate::tree::Node;

/// What a list element in clear text may look like under each name.
#[derive(Clone, Copy)]
enum Family {
    Kms,
    GcpKms,
    HuaweiKms,
    Azure,
    Vault,
    Pgp,
    Age,
}

const TOP: [(&str, Family); 7] = [
    ("kms", Family::Kms),
    ("gcp_kms", Family::GcpKms),
    ("hckms", Family::HuaweiKms),
    ("azure_keyvault", Family::Azure),
    ("hc_vault_transit_uri", Family::Vault),
    ("pgp", Family::Pgp),
    ("age", Family::Age),
];

const IN_GROUP: [(&str, Family); 7] = [
    ("kms", Family::Kms),
    ("gcp_kms", Family::GcpKms),
    ("hckms", Family::HuaweiKms),
    ("azure_keyvault", Family::Azure),
    ("hc_vault", Family::Vault),
    ("pgp", Family::Pgp),
    ("age", Family::Age),
];

/// How deep `merge` may nest.
const MERGE_LIMIT: usize = 8;

impl Source<'_> {
    /// Reads the groups of a rule; without `key_groups` there is one.
    pub(super) fn groups(
        &self,
        node: &Node,
        mark: &Mark,
    ) -> Result<Vec<Vec<Recipient>>, CreationError> {
        let mut groups = Vec::new();
        let listed = node.get("key_groups").map(|groups| groups.items().count());
        if listed.is_some_and(|count| count > 0) {
            let entry = mark.entry("key_groups").map(|entry| &entry.value);
            let listed = node.get("key_groups").into_iter().flat_map(Node::items);
            for (nth, group) in listed.enumerate() {
                let mark = entry.map_or(mark, |list| list.items().get(nth).unwrap_or(list));
                let mut recipients = Vec::new();
                self.group(group, mark, &IN_GROUP, 0, &mut recipients)?;
                groups.push(recipients);
            }
        } else {
            let mut recipients = Vec::new();
            self.group(node, mark, &TOP, MERGE_LIMIT, &mut recipients)?;
            groups.push(recipients);
        }
        if groups.iter().any(Vec::is_empty) {
            return Err(self.error(mark.span.start, CreationProblem::NoRecipient));
        }
        Ok(groups)
    }

    fn group(
        &self,
        node: &Node,
        mark: &Mark,
        families: &[(&'static str, Family)],
        depth: usize,
        recipients: &mut Vec<Recipient>,
    ) -> Result<(), CreationError> {
        if depth < MERGE_LIMIT
            && let Some(merged) = node.get("merge")
        {
            let list = mark.entry("merge").map_or(mark, |entry| &entry.value);
            for (nth, group) in merged.items().enumerate() {
                let mark = list.items().get(nth).unwrap_or(list);
                self.group(group, mark, families, depth + 1, recipients)?;
            }
        }
        for &(name, family) in families {
            let Some(value) = node.get(name) else {
                continue;
            };
            // What comes from an alias or a merge key has no place of its own.
            let (key_at, list) = match mark.entry(name) {
                Some(entry) => (entry.key_span.start, Some(&entry.value)),
                None => (mark.span.start, None),
            };
            let profile = node.get("aws_profile").and_then(scalar_text);
            let mut add = |recipient: Option<Recipient>, at: usize| match recipient {
                Some(recipient) if is_identity(&recipient.to_string()) => {
                    Err(self.error(at, CreationProblem::PrivateKey))
                }
                Some(recipient) => {
                    let known = |other: &Recipient| other.same_use(&recipient);
                    if !recipients.iter().any(known) {
                        recipients.push(recipient);
                    }
                    Ok(())
                }
                None => Err(self.field(&(at..at), name, "has an element that names no recipient")),
            };
            match value {
                Node::Scalar(_) => {
                    let text = scalar_text(value).unwrap_or_default();
                    for word in words(&text) {
                        add(family.recipient(word, profile.as_deref()), key_at)?;
                    }
                }
                Node::List(_) => {
                    for (nth, item) in value.items().enumerate() {
                        let at = list
                            .and_then(|list| list.items().get(nth))
                            .map_or(key_at, |mark| mark.span.start);
                        if let Node::Map(_) = item {
                            add(family.recipient_of_map(item), at)?;
                        } else {
                            let text = scalar_text(item).unwrap_or_default();
                            for word in words(&text) {
                                add(family.recipient(word, profile.as_deref()), at)?;
                            }
                        }
                    }
                }
                Node::Map(_) => {
                    let at = key_at..key_at;
                    return Err(self.field(&at, name, "is neither text nor a list"));
                }
            }
        }
        Ok(())
    }
}

/// Whether somebody has put the key itself where its public half belongs.
fn is_identity(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    word.starts_with("AGE-SECRET-KEY-") || word.starts_with("AGE-PLUGIN-")
}

/// Splits comma-separated text; empty parts do not count.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

impl Family {
    fn recipient(self, word: &str, profile: Option<&str>) -> Option<Recipient> {
        Some(match self {
            Self::Kms => {
                let (arn, role) = match word.split_once('+') {
                    Some((arn, role)) => (arn, Some(role.to_owned())),
                    None => (word, None),
                };
                Recipient::AwsKms {
                    arn: arn.to_owned(),
                    role,
                    profile: profile.filter(|text| !text.is_empty()).map(str::to_owned),
                    context: Vec::new(),
                }
            }
            Self::GcpKms => Recipient::GcpKms(word.to_owned()),
            Self::HuaweiKms => Recipient::HuaweiKms(word.to_owned()),
            Self::Azure => {
                let word = word.trim_end_matches('/');
                let (_, key) = word.split_once("/keys/")?;
                key.split('/').next().filter(|name| !name.is_empty())?;
                Recipient::AzureKeyVault(word.to_owned())
            }
            Self::Vault => Recipient::Vault(word.trim_end_matches('/').to_owned()),
            Self::Pgp => Recipient::Pgp(word.replace(' ', "")),
            Self::Age => Recipient::age(word),
        })
    }

    fn recipient_of_map(self, node: &Node) -> Option<Recipient> {
        let field = |name: &str| {
            node.get(name)
                .and_then(scalar_text)
                .filter(|text| !text.is_empty())
        };
        Some(match self {
            Self::Kms => Recipient::AwsKms {
                arn: field("arn")?,
                role: field("role"),
                profile: field("aws_profile"),
                context: context(node.get("context")),
            },
            Self::GcpKms => Recipient::GcpKms(field("resource_id")?),
            Self::HuaweiKms => Recipient::HuaweiKms(field("key_id")?),
            Self::Azure => {
                let key = format!(
                    "{}/keys/{}",
                    field("vaultUrl")?.trim_end_matches('/'),
                    field("key")?
                );
                Recipient::AzureKeyVault(match field("version") {
                    Some(version) => format!("{key}/{version}"),
                    None => key,
                })
            }
            Self::Vault | Self::Pgp | Self::Age => return None,
        })
    }
}
