//! What OpenTofu's settings of encryption make it do: most key providers derive a key or ask a service
//! for one, and some run a program.

use std::sync::Arc;

use super::native;

/// Key providers and methods that run nothing on this machine.
const HARMLESS: [(&str, &str); 7] = [
    ("key_provider", "pbkdf2"),
    ("key_provider", "aws_kms"),
    ("key_provider", "gcp_kms"),
    ("key_provider", "azure_vault"),
    ("key_provider", "openbao"),
    ("method", "aes_gcm"),
    ("method", "unencrypted"),
];

/// Returns the first key provider or method of the text of `TF_ENCRYPTION` that runs a program, or of
/// which that is not known, such as `key_provider "external"`; none where there is none.
///
/// # Errors
/// When the text cannot be read; nothing of it is in the error.
pub fn runs_programs(text: &str) -> Result<Option<String>, Unreadable> {
    let kinds = if text.trim_start().starts_with('{') {
        of_json(text)
    } else {
        of_hcl(text)
    };
    let harmless =
        |(block, kind): &(String, String)| HARMLESS.contains(&(block.as_str(), kind.as_str()));
    let found = kinds?.into_iter().find(|kind| !harmless(kind));
    Ok(found.map(|(block, kind)| format!("{block} \"{}\"", kind.escape_debug())))
}

/// The text is neither HCL nor JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

fn of_hcl(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let body = native::read(&Arc::from(""), text).map_err(|_| Unreadable)?;
    let blocks = body.blocks.into_iter();
    let named = blocks.filter(|block| matches!(block.kind.as_str(), "key_provider" | "method"));
    Ok(named
        .map(|block| {
            (
                block.kind,
                block.labels.into_iter().next().unwrap_or_default(),
            )
        })
        .collect())
}

fn of_json(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let document: serde_json::Value = serde_json::from_str(text).map_err(|_| Unreadable)?;
    let mut kinds = Vec::new();
    for block in ["key_provider", "method"] {
        // One object, or a list of them.
        let found = document
            .get(block)
            .into_iter()
            .flat_map(|found| match found {
                serde_json::Value::Array(items) => items.iter().collect(),
                other => vec![other],
            });
        for found in found {
            let named = found.as_object().ok_or(Unreadable)?;
            kinds.extend(named.keys().map(|kind| (block.to_owned(), kind.clone())));
        }
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_programs_is_found_in_either_notation() {
        let external = || Ok(Some("key_provider \"external\"".to_owned()));
        for (text, expected) in [
            (
                "key_provider \"pbkdf2\" \"k\" { passphrase = \"x\" }\nmethod \"aes_gcm\" \"m\" {\n  keys = key_provider.pbkdf2.k\n}\nstate {\n  method = method.aes_gcm.m\n}\n",
                Ok(None),
            ),
            (
                "key_provider \"external\" \"k\" { command = [\"x\"] }",
                external(),
            ),
            (
                "key_provider \"pbkdf2\" \"a\" {}\nmethod \"external\" \"m\" {}",
                Ok(Some("method \"external\"".to_owned())),
            ),
            (
                "key_provider \"of_tomorrow\" \"a\" {}",
                Ok(Some("key_provider \"of_tomorrow\"".to_owned())),
            ),
            ("{\"key_provider\": {\"pbkdf2\": {\"k\": {}}}}", Ok(None)),
            (
                "{\"key_provider\": {\"external\": {\"k\": {}}}}",
                external(),
            ),
            (
                "{\"key_provider\": [{\"pbkdf2\": {}}, {\"external\": {}}]}",
                external(),
            ),
            ("{\"key_provider\": \"external\"}", Err(Unreadable)),
            ("{", Err(Unreadable)),
            ("key_provider {", Err(Unreadable)),
        ] {
            assert_eq!(runs_programs(text), expected, "{text}");
        }
    }
}
