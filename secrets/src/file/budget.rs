//! What reading a file may cost, so that a small one cannot become a large tree.

use super::FILE_LIMIT_MIB;
use crate::error::Problem;

/// How deep maps and lists may nest.
const DEPTH_LIMIT: usize = 100;
/// How many nodes a file may hold, aliases expanded.
const NODE_LIMIT: usize = 1 << 20;
/// What the text of all nodes may occupy, aliases expanded, in bytes.
const TEXT_LIMIT: usize = (2 * FILE_LIMIT_MIB) << 20;

/// What a subtree costs to copy.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    nodes: usize,
    pub(super) text: usize,
    /// How many levels of maps and lists it has.
    pub(super) height: usize,
}

impl Cost {
    pub(super) fn scalar(text: usize) -> Self {
        Self {
            nodes: 1,
            text,
            height: 0,
        }
    }

    pub(super) fn collection() -> Self {
        Self {
            nodes: 1,
            text: 0,
            height: 1,
        }
    }

    pub(super) fn add(&mut self, child: Self) {
        self.nodes += child.nodes;
        self.text += child.text;
        self.height = self.height.max(child.height + 1);
    }
}

/// Counts what a parser builds, so that a small file cannot become a large tree.
pub(super) struct Budget {
    nodes: usize,
    text: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            nodes: NODE_LIMIT,
            text: TEXT_LIMIT,
        }
    }

    pub(super) fn take(&mut self, text: usize) -> Result<(), Problem> {
        match (self.nodes.checked_sub(1), self.text.checked_sub(text)) {
            (Some(nodes), Some(text)) => {
                (self.nodes, self.text) = (nodes, text);
                Ok(())
            }
            _ => Err(Problem::Limit(
                "expands to more values than any secrets file holds",
            )),
        }
    }

    /// Takes what a copy costs.
    pub(super) fn take_copy(&mut self, cost: Cost) -> Result<(), Problem> {
        self.nodes = self.nodes.checked_sub(cost.nodes).ok_or(Problem::Limit(
            "expands to more values than any secrets file holds",
        ))?;
        self.text = self.text.checked_sub(cost.text).ok_or(Problem::Limit(
            "expands to more text than any secrets file holds",
        ))?;
        Ok(())
    }

    pub(super) fn check_depth(depth: usize) -> Result<(), Problem> {
        if depth > DEPTH_LIMIT {
            Err(Problem::Limit("nests deeper than any secrets file does"))
        } else {
            Ok(())
        }
    }
}
