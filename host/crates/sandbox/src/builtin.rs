//! The policies that are part of the binary.

use super::cache::Cache;
use super::error::PolicyError;
use super::interest::{Declared, Lines};
use super::limits::Limits;
use super::module::{Compiled, PolicyModule};
use tollgate_plan::Action;

/// A policy that is part of the binary.
#[derive(Debug)]
pub struct Builtin {
    /// Its name, and its key in the configuration.
    pub name: &'static str,
    /// `sha256:` and 64 hexadecimal digits, over the bytes of the component.
    pub digest: &'static str,
    /// The size of the component, in bytes.
    pub(crate) size: usize,
    /// What the module answers to `describe`, in JSON.
    pub description: &'static str,
    /// The same without what is in the two tables below, which is most of it: a run needs little.
    pub(crate) metadata: &'static str,
    pub(crate) interests: &'static [Declared],
    /// The resource types that interests name, other than by patterns, each with their numbers.
    pub(crate) named: Lines,
    pub(crate) known_types: Lines,
    /// What the component was compiled to, for the baseline of the target; none where the build
    /// could not do that.
    compiled: Option<Compiled>,
    /// The component, where it was not compiled; nothing otherwise.
    module: &'static [u8],
}

/// Bytes that start on a page, so that code among them can be run from there.
#[repr(C, align(4096))]
struct Pages<const N: usize>([u8; N]);

impl Builtin {
    /// Loads the policy from the code that the build embedded, or compiles it where
    /// the build could not.
    ///
    /// # Errors
    /// As [`PolicyModule::load`].
    pub fn load(&'static self, limits: Limits, cache: &Cache) -> Result<PolicyModule, PolicyError> {
        match &self.compiled {
            Some(compiled) => PolicyModule::built_in(self, compiled, limits),
            None => PolicyModule::load(self.module, limits, cache),
        }
    }

    /// The data documents that come with it: name and content, which is JSON.
    #[must_use]
    pub fn documents(&self) -> &'static [(&'static str, &'static str)] {
        match self.name {
            "cost-cap" => &[("price-book", PRICE_BOOK)],
            "parity" => &[("other-environment", NO_ENVIRONMENT)],
            _ => &[],
        }
    }
}

/// Nothing to compare with, which the policy tells.
const NO_ENVIRONMENT: &str = include_str!("../../../../policies/parity/no-environment.json");

/// Packed by the build script.
const PRICE_BOOK: &str = include_str!(concat!(env!("OUT_DIR"), "/price-book.json"));

/// The JSON Schema of a price book, as published.
pub const PRICE_BOOK_SCHEMA: &str = include_str!("../../../../schemas/price-book.schema.json");

// A static: a constant would be copied, with all modules, to every place that names it.
include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use tollgate_model::library::LIBRARY;

    use super::*;
    use crate::interest::Interests;
    use crate::settings;

    #[test]
    fn descriptions_can_be_read_and_settings_left_out() {
        for builtin in &BUILTINS {
            let module = builtin.load(Limits::default(), &Cache::off("tests"));
            let module = module.expect(builtin.name);
            let metadata = module.metadata_in_full().expect(builtin.name);
            assert_eq!(metadata.name, builtin.name);
            // The tables say the same.
            assert_eq!(module.known_types(), metadata.known_types.len());
            let known = |kind: &String| module.knows(kind);
            assert!(metadata.known_types.iter().all(known), "{}", builtin.name);
            let described = Interests::of(&metadata).expect(builtin.name);
            assert_eq!(
                described.in_words(),
                module.interests.in_words(),
                "{}",
                builtin.name
            );
            let rejected = settings::validate(&metadata.settings_schema, &serde_json::json!({}));
            assert_eq!(rejected.expect(builtin.name), [], "{}", builtin.name);
        }
    }

    #[test]
    fn documents_are_json() {
        let documents = BUILTINS.iter().flat_map(Builtin::documents);
        for (name, content) in documents {
            let read = serde_json::from_str::<serde::de::IgnoredAny>(content);
            read.expect(name);
        }
        // Whoever changes the book sees here if it can be packed no longer.
        assert!(PRICE_BOOK.starts_with("{\"packed\":"));
    }

    #[test]
    fn the_modules_are_those_of_the_library() {
        let names: Vec<_> = BUILTINS.iter().map(|builtin| builtin.name).collect();
        let listed: Vec<_> = LIBRARY.iter().map(|policy| policy.name).collect();
        assert_eq!(names, listed);
    }
}
