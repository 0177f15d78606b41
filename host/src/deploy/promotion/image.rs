//! Values that name an image without saying which one.

use serde_json::Value as Json;

/// How deep lists and maps are looked into.
const MAX_DEPTH: usize = 16;

/// Endings of the names of registries that everybody knows, or that say that they are one.
const REGISTRIES: [&str; 11] = [
    "docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "pkg.dev",
    "azurecr.io",
    "public.ecr.aws",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "registry.gitlab.com",
    "icr.io",
];

/// Whether a value of a variable has an image in it that has no digest.
#[must_use]
pub fn lacks_digest(name: &str, value: &Json) -> bool {
    let named = name
        .split(['_', '-', '.'])
        .any(|word| matches!(word.to_ascii_lowercase().as_str(), "image" | "images"));
    any(value, MAX_DEPTH, &|text| is_open(text, named))
}

fn any(value: &Json, depth: usize, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Json::String(text) => is(text),
        // What is not looked at is not fine.
        Json::Array(_) | Json::Object(_) if depth == 0 => true,
        Json::Array(list) => list.iter().any(|each| any(each, depth - 1, is)),
        Json::Object(map) => map.values().any(|each| any(each, depth - 1, is)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Whether a text is an image that can come to be another one. `named` is whether the variable is
/// called after images.
fn is_open(text: &str, named: bool) -> bool {
    let text = text.trim();
    if text.is_empty() || is_digest(text) || is_machine_image(text) {
        return false;
    }
    if let Some((_, digest)) = text.rsplit_once('@') {
        return !is_digest(digest) && (named || is_reference(text));
    }
    named || is_reference(text)
}

/// `sha256:` and its 64 digits, and the like.
fn is_digest(text: &str) -> bool {
    let lengths = [("sha256:", 64), ("sha384:", 96), ("sha512:", 128)];
    lengths.iter().any(|(prefix, length)| {
        text.strip_prefix(prefix).is_some_and(|digits| {
            digits.len() == *length && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    })
}

/// An image of AWS machines, which never changes: `ami-0123456789abcdef0`.
fn is_machine_image(text: &str) -> bool {
    text.strip_prefix("ami-").is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether a text looks like the reference of an image in a registry.
fn is_reference(text: &str) -> bool {
    let text = text.split_once('@').map_or(text, |(before, _)| before);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    if text.contains("//") || !text.chars().all(allowed) {
        return false;
    }
    let (path, tag) = match text.rsplit_once(':') {
        // A port is no tag.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (text, None),
    };
    if tag.is_some_and(str::is_empty) {
        return false;
    }
    let Some((host, rest)) = path.split_once('/') else {
        // `nginx:1.27`, and not `12:30` or `host:443`.
        let is_name = |path: &str| path.starts_with(|c: char| c.is_ascii_lowercase());
        let is_port = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_digit());
        return is_name(path) && !path.contains('.') && tag.is_some_and(|tag| !is_port(tag));
    };
    if rest.is_empty() {
        return false;
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let known = REGISTRIES.iter().any(|ending| {
        host.strip_suffix(ending)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    known || host.starts_with("registry.") || host.contains(".dkr.ecr.") || tag.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_come_to_be_another_image() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let pinned = format!("registry.example:5000/shop/api@{digest}");
        let both = format!("ghcr.io/shop/api:1.2@{digest}");
        for (name, value, expected) in [
            ("image", "registry.example/shop/api:1.2", true),
            ("image", "api", true),
            ("image", "v1.2.3", true),
            ("api_image_tag", "1.2.3", true),
            ("image", pinned.as_str(), false),
            ("image", both.as_str(), false),
            ("image", digest.as_str(), false),
            ("image", "sha256:0a", true),
            ("image", "ghcr.io/shop/api@sha256:0a", true),
            ("image", "", false),
            ("image_id", "ami-0123456789abcdef0", false),
            ("image_id", "ami-latest", true),
            ("release", "v1.2.3", false),
            ("release", "2026-11-29T12:30", false),
            ("release", "shop-1.2.zip", false),
            ("release", "12:30", false),
            ("endpoint", "db.internal:5432", false),
            ("endpoint", "localhost:8080", false),
            ("endpoint", "https://registry.example/shop:1", false),
            ("url", "example.com/some/page", false),
            ("api", "nginx:1.27-alpine", true),
            ("api", "shop/api:latest", true),
            ("api", "ghcr.io/shop/api", true),
            ("api", "registry.example:5000/api", true),
            (
                "api",
                "123456789012.dkr.ecr.eu-north-1.amazonaws.com/api",
                true,
            ),
            ("api", pinned.as_str(), false),
            ("role", "arn:aws:iam::123456789012:role/x", false),
            ("imagery", "v1", false),
        ] {
            let found = lacks_digest(name, &Json::from(value));
            assert_eq!(found, expected, "{name} = {value:?}");
        }
        let map = serde_json::json!({ "api": pinned, "worker": ["shop/worker:1"] });
        assert!(lacks_digest("services", &map));
        assert!(!lacks_digest("image_count", &serde_json::json!(3)));
    }
}
