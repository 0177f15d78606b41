//! The policies that are part of the binary.

use super::cache::Cache;
use super::error::PolicyError;
use super::limits::Limits;
use super::module::PolicyModule;
use tollgate_model::environment::BuiltinInfo;
use tollgate_model::rule::Enforcement;

/// A policy that is part of the binary.
#[derive(Debug)]
pub struct Builtin {
    /// Its name, and its key in the configuration.
    pub name: &'static str,
    /// The component.
    pub module: &'static [u8],
    /// Where the configuration says nothing.
    pub enforcement: Enforcement,
    /// The data documents that come with it: name and content.
    pub documents: &'static [(&'static str, &'static [u8])],
}

impl Builtin {
    /// Loads the policy from the code that the build embedded, or compiles it where
    /// the build could not.
    ///
    /// # Errors
    /// As [`PolicyModule::load`].
    pub fn load(&self, limits: Limits, cache: &Cache) -> Result<PolicyModule, PolicyError> {
        match EMBEDDED.iter().find(|embedded| embedded.name == self.name) {
            Some(Embedded {
                artifact: Some(artifact),
                digest,
                ..
            }) => PolicyModule::load_embedded(artifact, digest, self.module.len(), limits),
            _ => PolicyModule::load(self.module, limits, cache),
        }
    }
}

/// What the build script made of a module.
struct Embedded {
    name: &'static str,
    digest: &'static str,
    /// Compiled for the baseline of the target, if that could be done.
    artifact: Option<&'static [u8]>,
}

const EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The JSON Schema of a price book, as published.
pub const PRICE_BOOK_SCHEMA: &str = include_str!("../../../../schemas/price-book.schema.json");

/// What the configuration has to know of the built-in policies.
#[must_use]
pub fn infos() -> Vec<BuiltinInfo<'static>> {
    BUILTINS
        .iter()
        .map(|builtin| BuiltinInfo {
            name: builtin.name,
            default_enforcement: builtin.enforcement,
        })
        .collect()
}

/// Every built-in policy, by name.
///
/// `alarm-presence` is advisory until the configuration says otherwise: which
/// alarms a system needs is its owners' decision, while nobody plans to lose a
/// database or to overspend.
pub const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "alarm-presence",
        module: include_bytes!("../../../../policies/dist/alarm-presence.wasm"),
        enforcement: Enforcement::Advisory,
        documents: &[],
    },
    Builtin {
        name: "cost-cap",
        module: include_bytes!("../../../../policies/dist/cost-cap.wasm"),
        enforcement: Enforcement::SoftMandatory,
        documents: &[(
            "price-book",
            include_bytes!("../../../../policies/cost-cap/price-book.json"),
        )],
    },
    Builtin {
        name: "deletion-protection",
        module: include_bytes!("../../../../policies/dist/deletion-protection.wasm"),
        enforcement: Enforcement::SoftMandatory,
        documents: &[],
    },
];

#[cfg(test)]
mod tests {
    use tollgate_model::environment::BUILTIN_POLICIES;

    use super::*;

    #[test]
    fn the_names_are_those_that_reports_know() {
        let names: Vec<_> = BUILTINS.iter().map(|builtin| builtin.name).collect();
        assert_eq!(names, BUILTIN_POLICIES);
    }
}
