//! Metadata of the flat formats, where `age__list_0__map_enc` stands for `age[0].enc`.

use crate::error::Problem;
use crate::tree::{Entry, Item, Node, Scalar, Text};
use std::collections::BTreeMap;

const PREFIX: &str = "sops_";
const MAP: &str = "__map_";
const LIST: &str = "__list_";
/// More recipients than any file has; positions are numbers that a file chooses.
const POSITION_LIMIT: usize = 1000;

/// Takes the metadata of a dotenv file: the keys that begin with `sops_`.
pub(super) fn take_prefixed(documents: &mut [Node]) -> Result<Option<Node>, Problem> {
    let Some(Node::Map(entries)) = documents.first_mut() else {
        return Ok(None);
    };
    let mut flat = Vec::new();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        match entry {
            Entry::Pair(key, Node::Scalar(Scalar::Text(text))) if key.starts_with(PREFIX) => {
                flat.push((key[PREFIX.len()..].to_owned(), text));
            }
            other => kept.push(other),
        }
    }
    *entries = kept;
    if flat.is_empty() {
        Ok(None)
    } else {
        unflatten(&flat).map(Some)
    }
}

/// Nests the metadata section of an INI file, whose values write line breaks as `\n`.
pub(super) fn unflatten_section(section: &Node) -> Result<Node, Problem> {
    let Node::Map(entries) = section else {
        return Err(Problem::Metadata("it is not a map"));
    };
    let mut flat = Vec::new();
    for entry in entries {
        if let Entry::Pair(key, value) = entry {
            let text = value.text().unwrap_or_default().replace("\\n", "\n");
            flat.push((key.clone(), Text::from(text.as_str())));
        }
    }
    unflatten(&flat)
}

#[derive(Default)]
struct Branch {
    value: Option<Text>,
    keys: BTreeMap<String, Branch>,
    positions: BTreeMap<usize, Branch>,
}

fn unflatten(flat: &[(String, Text)]) -> Result<Node, Problem> {
    let mut root = Branch::default();
    for (key, value) in flat {
        let mut branch = &mut root;
        let mut rest = key.as_str();
        let mut in_list = false;
        for depth in 0.. {
            super::Budget::check_depth(depth)?;
            let (map, list) = (rest.find(MAP), rest.find(LIST));
            let next_is_list = list.is_some_and(|list| map.is_none_or(|map| list < map));
            let separator = if next_is_list {
                list.map(|at| (at, LIST))
            } else {
                map.map(|at| (at, MAP))
            };
            let (name, after) = match separator {
                Some((at, separator)) => (&rest[..at], Some(&rest[at + separator.len()..])),
                None => (rest, None),
            };
            branch = if in_list {
                let position = name
                    .parse()
                    .ok()
                    .filter(|&position| position < POSITION_LIMIT);
                let position =
                    position.ok_or(Problem::Metadata("a list position is not a number"))?;
                branch.positions.entry(position).or_default()
            } else {
                branch.keys.entry(name.to_owned()).or_default()
            };
            match after {
                Some(after) => (rest, in_list) = (after, next_is_list),
                None => break,
            }
        }
        if branch.value.replace(value.clone()).is_some() {
            return Err(Problem::Metadata("a field stands there twice"));
        }
    }
    nest(root)
}

/// Builds the tree; no deeper than the loop above allows.
fn nest(branch: Branch) -> Result<Node, Problem> {
    let Branch {
        value,
        keys,
        positions,
    } = branch;
    match (value, keys.is_empty(), positions.is_empty()) {
        (Some(text), true, true) => Ok(Node::Scalar(Scalar::Text(text))),
        (None, _, true) => {
            let mut entries = Vec::with_capacity(keys.len());
            for (key, branch) in keys {
                entries.push(Entry::Pair(key, nest(branch)?));
            }
            Ok(Node::Map(entries))
        }
        (None, true, false) => {
            let mut items = Vec::with_capacity(positions.len());
            for (expected, (position, branch)) in positions.into_iter().enumerate() {
                if position != expected {
                    return Err(Problem::Metadata("a list has a gap"));
                }
                items.push(Item::Node(nest(branch)?));
            }
            Ok(Node::List(items))
        }
        _ => Err(Problem::Metadata(
            "a field is both a value and a collection",
        )),
    }
}
