//! The providers' schemas, for tests that compare tables with them. Not in a module: it reads
//! files.
//!
//! The corpus is not part of the repository. `TOLLGATE_CORPUS` names the folder it is in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tollgate_policy::serde_json::{self, Value as Json};

/// The schemas of several providers: what attributes a resource type has.
#[derive(Debug)]
pub struct Schemas(BTreeMap<String, Json>);

/// The providers that the corpus has, and the release that the tables were made for.
const PROVIDERS: [&str; 3] = ["aws-6.69.1", "google-8.7.0", "azurerm-5.10.0"];

impl FromIterator<(String, Json)> for Schemas {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(types: I) -> Self {
        Self(types.into_iter().collect())
    }
}

impl Schemas {
    /// Reads them. Where they are not there the test's output says so, and the caller has nothing
    /// to compare with.
    ///
    /// # Panics
    /// When a file is there and is not a schema.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::print_stdout,
        reason = "a test that cannot run says so, and one that reads nonsense fails"
    )]
    pub fn read() -> Option<Self> {
        let Some(root) = std::env::var_os("TOLLGATE_CORPUS") else {
            println!("ignored: TOLLGATE_CORPUS does not name a folder with the providers' schemas");
            return None;
        };
        let mut all = BTreeMap::new();
        for provider in PROVIDERS {
            let path = PathBuf::from(&root)
                .join("provider-facts")
                .join(format!("{provider}.json"));
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    println!("ignored: {}: {error}", path.display());
                    return None;
                }
            };
            let types: BTreeMap<String, Json> =
                serde_json::from_slice(&bytes).expect("a map of types");
            all.extend(types);
        }
        Some(Self(all))
    }

    /// Of these types and paths, those that no provider has. An empty path stands for the type.
    pub fn lacking<'a, P: AsRef<str>>(
        &self,
        read: impl IntoIterator<Item = (&'a str, P)>,
    ) -> Vec<String> {
        let mut lacking = Vec::new();
        for (kind, path) in read {
            let path = path.as_ref();
            let there = match path {
                "" => self.has(kind),
                path => self.attribute(kind, path).is_some(),
            };
            if !there {
                lacking.push(format!("{kind}.{path}"));
            }
        }
        lacking
    }

    /// Every resource type with its attributes.
    pub fn types(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(kind, schema)| (kind.as_str(), schema))
    }

    /// Whether there is such a resource type.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// The attribute at a path such as `node_config[0].machine_type`; none where the type does
    /// not have it. Whatever is inside of a map is there.
    #[must_use]
    pub fn attribute(&self, kind: &str, path: &str) -> Option<&Json> {
        let mut within = self.0.get(kind)?;
        let mut found = None;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let name = step.split('[').next().unwrap_or_default();
            if let Some(map) = found.filter(|at: &&Json| is_map(at)) {
                return Some(map);
            }
            let attribute = within.get(name)?;
            within = attribute.get("b").unwrap_or(&Json::Null);
            found = Some(attribute);
        }
        found
    }
}

fn is_map(attribute: &Json) -> bool {
    attribute["t"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("map("))
}

#[cfg(test)]
mod tests {
    use tollgate_policy::serde_json::json;

    use super::Schemas;

    #[test]
    fn what_no_provider_has_is_lacking() {
        let schemas = Schemas::from_iter([(
            "a_b".to_owned(),
            json!({
                "name": {"t": "string", "f": "R"},
                "tags": {"t": "map(string)", "f": "O"},
                "block": {"f": "O", "b": {"inner": {"t": "string", "f": "O"}}},
            }),
        )]);
        let read = [
            ("a_b", ""),
            ("a_b", "name"),
            ("a_b", "tags.anything"),
            ("a_b", "block[0].inner"),
            ("a_b", "block[].other"),
            ("a_b", "inner"),
            ("a_c", ""),
            ("a_c", "name"),
        ];
        assert_eq!(
            schemas.lacking(read),
            ["a_b.block[].other", "a_b.inner", "a_c.", "a_c.name"]
        );
    }
}
