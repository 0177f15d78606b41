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

/// Why there are no schemas to compare with.
const ABSENT: &str = "ignored: TOLLGATE_CORPUS does not name a folder with the providers' schemas";

impl Schemas {
    /// Reads them, or says why the caller cannot be tried.
    ///
    /// # Errors
    /// A line for the test's output when the corpus is not there.
    pub fn read() -> Result<Self, String> {
        let root = std::env::var_os("TOLLGATE_CORPUS").ok_or(ABSENT)?;
        let mut all = BTreeMap::new();
        for provider in PROVIDERS {
            let path = PathBuf::from(&root)
                .join("provider-facts")
                .join(format!("{provider}.json"));
            let bytes = std::fs::read(&path)
                .map_err(|error| format!("{ABSENT}: {}: {error}", path.display()))?;
            let types: BTreeMap<String, Json> = serde_json::from_slice(&bytes)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            all.extend(types);
        }
        Ok(Self(all))
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
        for step in path.split('.') {
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
