//! References to container images.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Attr, Change, Field, Why};
use tollgate_policy_common::walk::{leaves, root};

use crate::settings::{Images, Settings};
use crate::table::{Holds, Row};

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

pub(crate) fn field(change: &Change, path: &str, side: Side) -> Field {
    match side {
        Side::Before => change.before(path),
        Side::After => change.after(path),
    }
}

/// What an attribute says of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) path: String,
    /// The reference, or why it cannot be told.
    pub(crate) image: Result<String, Why>,
}

/// A reference, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// With its registry: `docker.io/library/nginx`.
    pub(crate) name: String,
    pub(crate) tag: Option<String>,
    pub(crate) is_digest: bool,
}

impl Reference {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (rest, is_digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, digest.contains(':')),
            None => (text, false),
        };
        // A colon before the last slash is a port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let name = match name.split_once('/') {
            None => format!("docker.io/library/{name}"),
            Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
            Some(_) => format!("docker.io/{name}"),
        };
        Self {
            name,
            tag,
            is_digest,
        }
    }
}

/// What is wrong with how an image is pinned.
pub(crate) fn fault(text: &str, settings: &Settings) -> Option<String> {
    let reference = Reference::parse(text);
    if reference.is_digest
        || settings.images == Images::Any
        || any_matches(&settings.allow_images, &reference.name)
        || any_matches(&settings.allow_images, text)
    {
        return None;
    }
    match &reference.tag {
        None => Some("has neither a tag nor a digest, and means `latest`".to_owned()),
        Some(tag) if settings.moving_tags.contains(tag) => Some(format!(
            "has the tag `{tag}`, which moves from one image to the next"
        )),
        Some(_) if settings.images == Images::Digest => Some("has no digest".to_owned()),
        Some(_) => None,
    }
}

/// The images that an attribute names on one side of a change.
pub(crate) fn images(change: &Change, row: &Row, side: Side) -> Vec<Found> {
    let mut found = Vec::new();
    for leaf in leaves(&field(change, root(row.path), side), row.path) {
        let told = |image: Result<String, Why>| Found {
            path: leaf.path.clone(),
            image,
        };
        match row.holds {
            Holds::Image | Holds::Name => match leaf.value.text() {
                Attr::Known(text) if text.is_empty() => {}
                // Those that CodeBuild itself keeps have no registry.
                Attr::Known(text) if text.starts_with("aws/codebuild/") => {}
                Attr::Known(text) => found.push(told(Ok(text))),
                Attr::Unset => {}
                Attr::Undetermined(why) => found.push(told(Err(why))),
            },
            Holds::NameAndTag => {
                match (
                    leaf.value.get("image_name").text(),
                    leaf.value.get("image_tag").text(),
                ) {
                    (Attr::Undetermined(why), _) | (_, Attr::Undetermined(why)) => {
                        found.push(told(Err(why)));
                    }
                    (Attr::Known(name), Attr::Known(tag)) => {
                        found.push(told(Ok(format!("{name}:{tag}"))));
                    }
                    (Attr::Known(name), Attr::Unset) => found.push(told(Ok(name))),
                    (Attr::Unset, _) => {}
                }
            }
            Holds::Json => match leaf.value.text() {
                Attr::Known(text) => match serde_json::from_str::<Json>(&text) {
                    Ok(json) => in_json(&json, &mut |image| {
                        found.push(told(Ok(image.to_owned())));
                    }),
                    Err(_) => found.push(told(Err(Why::NotA("JSON document")))),
                },
                Attr::Unset => {}
                Attr::Undetermined(why) => found.push(told(Err(why))),
            },
            Holds::Manifest => in_manifest(&leaf.value, &leaf.path, &mut found),
        }
    }
    found
}

/// The `image` of every object in a JSON text.
fn in_json(json: &Json, f: &mut impl FnMut(&str)) {
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                match value {
                    Json::String(image) if key == "image" && !image.is_empty() => f(image),
                    value => in_json(value, f),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| in_json(item, f)),
        _ => {}
    }
}

/// The images of the containers of an object of a cluster, wherever its template is.
fn in_manifest(object: &Field, path: &str, found: &mut Vec<Found>) {
    let Attr::Known(entries) = object.entries() else {
        return;
    };
    for (key, value) in entries {
        let at = format!("{path}.{key}");
        if matches!(key.as_str(), "containers" | "initContainers") {
            for leaf in leaves(&value, "containers.image") {
                let path = leaf.path.replacen("containers", &at, 1);
                match leaf.value.text() {
                    Attr::Known(text) => found.push(Found {
                        path,
                        image: Ok(text),
                    }),
                    Attr::Unset => {}
                    Attr::Undetermined(why) => found.push(Found {
                        path,
                        image: Err(why),
                    }),
                }
            }
        } else {
            in_manifest(&value, &at, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_are_taken_apart() {
        for (text, name, tag, is_digest) in [
            ("nginx", "docker.io/library/nginx", None, false),
            ("nginx:1.27", "docker.io/library/nginx", Some("1.27"), false),
            ("acme/api:v1", "docker.io/acme/api", Some("v1"), false),
            ("ghcr.io/acme/api", "ghcr.io/acme/api", None, false),
            ("localhost:5000/api", "localhost:5000/api", None, false),
            ("registry:5000/api:2", "registry:5000/api", Some("2"), false),
            ("nginx@sha256:00ff", "docker.io/library/nginx", None, true),
            (
                "nginx:1@sha256:00ff",
                "docker.io/library/nginx",
                Some("1"),
                true,
            ),
            ("nginx@", "docker.io/library/nginx", None, false),
            (
                "docker://alpine:3",
                "docker.io/library/alpine",
                Some("3"),
                false,
            ),
            ("", "docker.io/library/", None, false),
        ] {
            let expected = Reference {
                name: name.to_owned(),
                tag: tag.map(str::to_owned),
                is_digest,
            };
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
    }
}
