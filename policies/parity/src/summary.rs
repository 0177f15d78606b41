//! The summary of an environment: the document that two plans are compared by.
//!
//! ```json
//! {
//!   "format": "tollgate-parity/1",
//!   "environment": "staging",
//!   "resources": {
//!     "module.api.aws_lambda_function.f": {
//!       "type": "aws_lambda_function",
//!       "instances": 2,
//!       "attributes": { "runtime": ["nodejs22.x"], "timeout": ["30"] }
//!     }
//!   }
//! }
//! ```
//!
//! A block stands by its address without instance keys. The values of an attribute are those of all
//! its instances, as texts, sorted, each once. What is not set is not there; what cannot be told
//! before apply is in `undetermined`.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::serde::{Deserialize, Serialize};
use tollgate_policy::{Action, Attr, Change, Field, Mode, Why};
use tollgate_policy_common::walk::{leaves, root};

use crate::table::rows;

/// The word that a document begins with.
pub const FORMAT: &str = "tollgate-parity/1";

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "tollgate_policy::serde", deny_unknown_fields)]
pub struct Summary {
    /// [`FORMAT`].
    pub format: String,
    /// Its name.
    pub environment: String,
    /// Its resources by their block.
    pub resources: BTreeMap<String, Block>,
}

/// All instances of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "tollgate_policy::serde", deny_unknown_fields)]
pub struct Block {
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many instances there are.
    pub instances: u64,
    /// The values of the compared attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeSet<String>>,
    /// The attributes that cannot be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub undetermined: BTreeSet<String>,
}

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// The blocks that exist on one side of a plan.
pub(crate) fn blocks(changes: &[Change], side: Side) -> BTreeMap<String, Block> {
    let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
    for (kind, path) in rows() {
        of_kind.entry(kind).or_default().push(path);
    }
    let mut blocks = BTreeMap::<String, Block>::new();
    for change in changes {
        let exists = match side {
            Side::After => change.remains(),
            // What is imported is not one of ours today.
            Side::Before => change.action != Action::Create && !change.importing,
        };
        if change.mode != Mode::Managed || change.deposed.is_some() || !exists {
            continue;
        }
        let block = blocks.entry(change.block.clone()).or_default();
        block.kind.clone_from(&change.kind);
        block.instances = block.instances.saturating_add(1);
        for path in of_kind.get(change.kind.as_str()).into_iter().flatten() {
            add(block, change, path, side);
        }
    }
    blocks
}

fn add(block: &mut Block, change: &Change, path: &str, side: Side) {
    let top = root(path);
    let field: Field = match side {
        Side::Before => change.before(top),
        Side::After => change.after(top),
    };
    for leaf in leaves(&field, path) {
        match leaf.value.text() {
            Attr::Known(text) => {
                block
                    .attributes
                    .entry(path.to_owned())
                    .or_default()
                    .insert(text);
            }
            Attr::Unset => {}
            // What refers to nothing is left to the provider, in both environments alike.
            Attr::Undetermined(Why::Unknown) if change.references(top).is_empty() => {}
            Attr::Undetermined(_) => {
                block.undetermined.insert(path.to_owned());
            }
        }
    }
}
