//! Which versions a constraint lets through, and what a module's source says of its version.

/// How firmly a version is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Firmness {
    /// Whatever is newest.
    Open,
    /// One of a range that ends.
    Bounded,
    /// Exactly one, which its publisher could move.
    Named,
    /// Exactly one content.
    Fixed,
}

/// What a constraint such as `~> 5.1, != 5.3.0` lets through. All its parts have to hold.
pub(crate) fn of_constraint(constraint: &str) -> Firmness {
    constraint
        .split(',')
        .map(|part| {
            let part = part.trim();
            let operator: String = part
                .chars()
                .take_while(|c| matches!(c, '=' | '!' | '<' | '>' | '~'))
                .collect();
            let version = part.get(operator.len()..).unwrap_or_default().trim();
            match operator.as_str() {
                _ if version.is_empty() => Firmness::Open,
                "" | "=" => Firmness::Named,
                "~>" | "<" | "<=" => Firmness::Bounded,
                _ => Firmness::Open,
            }
        })
        .max()
        .unwrap_or(Firmness::Open)
}

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A registry, which has versions.
    Registry,
    /// A repository, with what is checked out; none for its default branch.
    Repository(Option<String>),
    /// A file or an image somewhere, with what names its content; none where nothing does.
    File(Option<String>),
}

/// Reads the source of a module.
pub(crate) fn origin(source: &str) -> Origin {
    let (address, parameters) = match source.split_once('?') {
        Some((address, parameters)) => (address, parameters),
        None => (source, ""),
    };
    let parameter = |wanted: &[&str]| {
        let mut all = parameters
            .split('&')
            .filter_map(|each| each.split_once('='));
        let found = all.find(|(name, value)| wanted.contains(name) && !value.is_empty());
        found.map(|(_, value)| value.to_owned())
    };
    let scheme = address.split_once("::").map(|(scheme, _)| scheme);
    let is_repository = matches!(scheme, Some("git" | "hg"))
        || ["github.com/", "bitbucket.org/", "git@", "ssh://"]
            .iter()
            .any(|start| address.starts_with(start));
    if is_repository {
        return Origin::Repository(parameter(&["ref", "rev"]));
    }
    if scheme.is_some() || address.contains("://") {
        return Origin::File(parameter(&["digest", "checksum", "version", "tag"]));
    }
    Origin::Registry
}

/// References of a repository that are branches by their name.
const BRANCHES: [&str; 6] = ["HEAD", "main", "master", "develop", "trunk", "latest"];

/// How firmly a reference of a repository is chosen.
pub(crate) fn of_reference(reference: Option<&str>) -> Firmness {
    match reference {
        None => Firmness::Open,
        Some(name) if BRANCHES.contains(&name) || name.starts_with("refs/heads/") => Firmness::Open,
        Some(name) if is_commit(name) => Firmness::Fixed,
        Some(_) => Firmness::Named,
    }
}

/// How firmly a file is chosen.
pub(crate) fn of_file(version: Option<&str>) -> Firmness {
    match version {
        None | Some("latest") => Firmness::Open,
        Some(version) if version.contains("sha256:") || version.contains("sha512:") => {
            Firmness::Fixed
        }
        Some(_) => Firmness::Named,
    }
}

fn is_commit(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        for (constraint, firmness) in [
            ("", Firmness::Open),
            (">= 1.0", Firmness::Open),
            ("> 1.0, != 1.3.0", Firmness::Open),
            ("~> 5.1", Firmness::Bounded),
            (">= 5.1, < 6.0.0", Firmness::Bounded),
            ("<= 2", Firmness::Bounded),
            ("1.2.3", Firmness::Named),
            ("= 1.2.3", Firmness::Named),
            (">= 1.0, 1.2.3", Firmness::Named),
            ("=", Firmness::Open),
        ] {
            assert_eq!(of_constraint(constraint), firmness, "{constraint:?}");
        }
    }

    #[test]
    fn sources() {
        let repository = |reference: Option<&str>| Origin::Repository(reference.map(str::to_owned));
        let file = |version: Option<&str>| Origin::File(version.map(str::to_owned));
        for (source, expected) in [
            ("acme/net/aws", Origin::Registry),
            ("acme/net/aws//modules/x", Origin::Registry),
            ("app.example.org/acme/net/aws", Origin::Registry),
            ("github.com/acme/net", repository(None)),
            (
                "git::https://example.org/net.git//x?ref=v1",
                repository(Some("v1")),
            ),
            ("git@example.org:acme/net.git?ref=", repository(None)),
            ("hg::http://example.org/net?rev=1", repository(Some("1"))),
            ("https://example.org/net.zip", file(None)),
            (
                "https://example.org/net.zip?checksum=sha256:ab",
                file(Some("sha256:ab")),
            ),
            ("s3::https://example.org/b/net.zip", file(None)),
            ("oci://example.org/net?tag=1.0", file(Some("1.0"))),
        ] {
            assert_eq!(origin(source), expected, "{source}");
        }
        let commit = "0".repeat(40);
        for (reference, firmness) in [
            (None, Firmness::Open),
            (Some("main"), Firmness::Open),
            (Some("refs/heads/x"), Firmness::Open),
            (Some("v1.0"), Firmness::Named),
            (Some(commit.as_str()), Firmness::Fixed),
        ] {
            assert_eq!(of_reference(reference), firmness, "{reference:?}");
        }
    }
}
