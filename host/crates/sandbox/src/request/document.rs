//! The documents that the host makes of a plan.

use std::collections::BTreeMap;

use super::Budget;
use crate::error::PolicyError;
use crate::module::PolicyModule;
use tollgate_plan::{Action, Plan};

/// The names of the documents that the host itself makes of each plan, for policies that read them. They
/// go with the first piece.
pub const OWN_DOCUMENTS: [&str; 2] = [CONFIGURATION, CHANGED];

/// The modules and the providers that the configuration names ([`tollgate_plan::Sources`]); null where the
/// plan does not say.
const CONFIGURATION: &str = "configuration";

/// By address, the names of the attributes that an update changes, where that can be told, for types
/// that no interest of the policy names: what they hold is not handed over.
const CHANGED: &str = "changed-attributes";

/// A document that the host made of a plan.
pub(super) struct Document {
    pub(super) name: &'static str,
    pub(super) json: String,
    /// Whether it says nothing that a policy could judge without a change.
    pub(super) is_empty: bool,
}

/// Makes those of [`OWN_DOCUMENTS`] that the policy reads.
pub(super) fn own_documents(
    module: &PolicyModule,
    plan: &Plan<'_>,
    settings: &str,
    budget: &Budget,
) -> Result<Vec<Document>, PolicyError> {
    let written = |name: &'static str,
                   json: serde_json::Result<String>,
                   is_empty|
     -> Result<_, PolicyError> {
        let json = json.map_err(|error| PolicyError::Document {
            name: name.to_owned(),
            path: "the plan".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Document {
            name,
            json,
            is_empty,
        })
    };
    let mut documents = Vec::new();
    for name in &module.metadata.documents {
        match name.as_str() {
            CONFIGURATION => {
                let sources = plan.sources();
                // No policy of ours says anything of providers unless its settings ask for it.
                let is_empty = sources.as_ref().is_none_or(|sources| match settings {
                    "{}" => sources.modules.is_empty(),
                    _ => sources.is_empty(),
                });
                let json = serde_json::to_string(&sources);
                documents.push(written(CONFIGURATION, json, is_empty)?);
            }
            CHANGED => {
                let mut changed = BTreeMap::new();
                let updates = plan
                    .changes
                    .iter()
                    .filter(|change| change.action == Action::Update && change.deposed.is_none());
                for change in updates.filter(|change| !module.names(&change.kind)) {
                    let names = change.differences_within(&budget.meter);
                    if let Some(names) = names.map_err(|error| budget.failed(error))? {
                        changed.insert(change.address.as_ref(), names);
                    }
                }
                documents.push(written(CHANGED, serde_json::to_string(&changed), true)?);
            }
            _ => {}
        }
    }
    Ok(documents)
}
