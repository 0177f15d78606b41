//! Names and types in files against what a configuration declares, without a key.

use crate::file::{DEFAULT_SECTION, Format, SecretsFile, Shape, ShapeKind};
use crate::selector::Selector;
use crate::tree::{KeyPath, PathStep, Step};
use crate::value::ValueType;
use std::collections::{BTreeMap, BTreeSet};

/// What a variable takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredType {
    /// Anything.
    Any,
    /// Text, and what converts to it.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A list, a set or a tuple.
    List,
    /// A map or an object.
    Map,
}

/// A variable that a configuration declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// What it takes.
    pub kind: DeclaredType,
    /// Whether it has a default.
    pub optional: bool,
    /// Whether it says that its value is secret.
    pub secret: bool,
}

/// What is wrong with one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// The variable is secret and has no default, and no file has it.
    Missing {
        /// A key that may be meant.
        perhaps: Option<String>,
    },
    /// A mapping leads nowhere.
    NoSuchPath,
    /// No variable takes the key.
    Undeclared,
    /// The types do not go together.
    Type {
        /// What the file has, such as `a map`.
        found: &'static str,
        /// Whether it may convert all the same, which only the value tells.
        converts: bool,
    },
    /// The value is a text without a character.
    Empty,
    /// The variable is secret and has no default, and its value is null.
    Null,
    /// The variable is secret and has no default, and a place is held for it with nothing in it.
    Unfilled,
    /// The variable is secret, and the file holds it unencrypted.
    InClear,
}

/// Compares files with the declared variables. Names of `others` are for something else.
///
/// Returns the names of variables, or of keys that no variable takes, sorted.
#[must_use]
pub fn compare(
    files: &[SecretsFile],
    map: &BTreeMap<String, Selector>,
    declared: &BTreeMap<String, Declared>,
    others: &BTreeSet<String>,
) -> Vec<(String, Mismatch)> {
    let shapes = shapes(files, map, others);
    let keys: BTreeSet<&str> = shapes
        .iter()
        .flat_map(|(_, shape)| shape)
        .filter_map(|leaf| first_key(&leaf.path))
        .collect();
    let mut found = Vec::new();
    for (name, variable) in declared {
        let selector = match map.get(name) {
            Some(selector) => selector.clone(),
            None => Selector::key(name),
        };
        let (leaves, typed) = taken_by(&selector, &shapes);
        let mismatches = if !leaves.is_empty() {
            of_leaves(&leaves, &selector, variable, typed)
        } else if map.contains_key(name) {
            BTreeSet::from([Mismatch::NoSuchPath])
        } else if variable.secret && !variable.optional {
            let perhaps = keys
                .iter()
                .find(|key| !declared.contains_key(**key) && similar(key, name))
                .map(|key| (*key).to_owned());
            BTreeSet::from([Mismatch::Missing { perhaps }])
        } else {
            BTreeSet::new()
        };
        let mismatches = mismatches.into_iter();
        found.extend(mismatches.map(|mismatch| (name.clone(), mismatch)));
    }
    for key in keys {
        if !declared.contains_key(key) && !others.contains(key) && !is_mapped(key, map, &shapes) {
            found.push((key.to_owned(), Mismatch::Undeclared));
        }
    }
    found.sort();
    found
}

/// Returns what is in each file. The keys before the first section of an INI file are at the top, unless
/// something names the section that they are in.
fn shapes(
    files: &[SecretsFile],
    map: &BTreeMap<String, Selector>,
    others: &BTreeSet<String>,
) -> Vec<(Format, Vec<Shape>)> {
    // What names the section means it.
    let named = map
        .values()
        .any(|selector| selector.first_key() == Some(DEFAULT_SECTION))
        || others
            .iter()
            .any(|other| other.split('.').next() == Some(DEFAULT_SECTION));
    files
        .iter()
        .map(|file| {
            let mut shape = file.shape();
            if file.format() == Format::Ini && !named {
                lift(&mut shape);
            }
            (file.format(), shape)
        })
        .collect()
}

/// Returns the leaves that a variable takes, and whether one of them is in a format that has types.
fn taken_by<'s>(selector: &Selector, shapes: &'s [(Format, Vec<Shape>)]) -> (Vec<&'s Shape>, bool) {
    let mut leaves = Vec::new();
    let mut typed = false;
    for (format, shape) in shapes {
        for leaf in shape.iter().filter(|leaf| selector.covers(&leaf.path)) {
            typed |= matches!(format, Format::Yaml | Format::Json);
            leaves.push(leaf);
        }
    }
    (leaves, typed)
}

/// Returns what is wrong with the leaves that a variable takes, each thing once.
fn of_leaves(
    leaves: &[&Shape],
    selector: &Selector,
    variable: &Declared,
    typed: bool,
) -> BTreeSet<Mismatch> {
    let mut found: BTreeSet<Mismatch> = BTreeSet::new();
    found.extend(type_mismatch(leaves, selector, variable.kind, typed));
    for leaf in leaves {
        let is_needed_here = || {
            variable.secret && !variable.optional && leaf.path.steps().count() == selector.depth()
        };
        found.extend(match leaf.kind {
            ShapeKind::EmptyText => Some(Mismatch::Empty),
            ShapeKind::Null if is_needed_here() => Some(Mismatch::Null),
            ShapeKind::EmptyMap | ShapeKind::EmptyList if is_needed_here() => {
                Some(Mismatch::Unfilled)
            }
            ShapeKind::Value(_) if variable.secret && !leaf.encrypted => Some(Mismatch::InClear),
            _ => None,
        });
    }
    found
}

/// Tells whether a mapping leads to something below a key.
fn is_mapped(key: &str, map: &BTreeMap<String, Selector>, shapes: &[(Format, Vec<Shape>)]) -> bool {
    let leads_to = |leaf: &Shape| {
        map.values()
            .any(|selector| !selector.is_whole() && selector.covers(&leaf.path))
    };
    shapes
        .iter()
        .flat_map(|(_, shape)| shape)
        .any(|leaf| first_key(&leaf.path) == Some(key) && leads_to(leaf))
}

/// Returns every leaf of the files by its path, list positions left out, with what it is.
#[must_use]
pub fn leaves(files: &[SecretsFile]) -> BTreeMap<String, ShapeKind> {
    let mut leaves = BTreeMap::new();
    for leaf in files.iter().flat_map(SecretsFile::shape) {
        let mut path = String::new();
        for step in leaf.path.steps() {
            match step {
                PathStep::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.extend(key.escape_debug());
                }
                PathStep::Index(_) => path.push_str("[]"),
            }
        }
        leaves.entry(path).or_insert(leaf.kind);
    }
    leaves
}

/// Tells whether there is anything below a path, as [`leaves`] writes it.
#[must_use]
pub fn has_below<T>(leaves: &BTreeMap<String, T>, path: &str) -> bool {
    [".", "[]"].into_iter().any(|joint| {
        let start = format!("{path}{joint}");
        leaves
            .range(start.clone()..)
            .next()
            .is_some_and(|(other, _)| other.starts_with(&start))
    })
}

/// Takes the keys before the first section of an INI file for what they are.
fn lift(shape: &mut [Shape]) {
    let sections: BTreeSet<String> = shape
        .iter()
        .filter_map(|leaf| first_key(&leaf.path).map(ToOwned::to_owned))
        .collect();
    for leaf in shape {
        let steps = leaf.path.clone().into_steps();
        if let [Step::Key(section), Step::Key(key)] = steps.as_slice()
            && section == DEFAULT_SECTION
            && !sections.contains(key)
        {
            leaf.path = KeyPath::of(&[Step::Key(key.clone())]);
        }
    }
}

fn first_key(path: &KeyPath) -> Option<&str> {
    match path.steps().next() {
        Some(PathStep::Key(key)) => Some(key),
        _ => None,
    }
}

/// Equal but for case and what joins words.
fn similar(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    plain(one) == plain(other)
}

fn type_mismatch(
    leaves: &[&Shape],
    selector: &Selector,
    declared: DeclaredType,
    typed: bool,
) -> Option<Mismatch> {
    let first = leaves.first()?;
    let below = first.path.steps().nth(selector.depth());
    let (found, collection) = match (below, first.kind) {
        (Some(PathStep::Key(_)), _) | (None, ShapeKind::EmptyMap) => {
            ("a map", Some(DeclaredType::Map))
        }
        (Some(PathStep::Index(_)), _) | (None, ShapeKind::EmptyList) => {
            ("a list", Some(DeclaredType::List))
        }
        (None, ShapeKind::Value(ValueType::Int | ValueType::Float)) => ("a number", None),
        (None, ShapeKind::Value(ValueType::Bool)) => ("a boolean", None),
        (None, ShapeKind::Value(_)) => ("a text", None),
        // Null fits everywhere, and the others have a mismatch of their own.
        (None, ShapeKind::Null | ShapeKind::EmptyText | ShapeKind::Damaged) => return None,
    };
    let fits = match declared {
        // For a text a collection becomes JSON.
        DeclaredType::Any | DeclaredType::Text => true,
        DeclaredType::List | DeclaredType::Map => collection == Some(declared),
        DeclaredType::Number => found == "a number",
        DeclaredType::Bool => found == "a boolean",
    };
    // OpenTofu converts texts; in dotenv and INI there is nothing else.
    let converts =
        found == "a text" && matches!(declared, DeclaredType::Number | DeclaredType::Bool);
    (!fits && (typed || !converts)).then_some(Mismatch::Type { found, converts })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const FILE: &str = r#"
token: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
port: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
count: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:int]
empty: ""
clear_unencrypted: plain
damaged: plain
none: null
unset: null
db:
    host: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
    hosts: []
list:
    - ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
DB_PASSWORD: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
deploy: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]
sops:
    age:
        - recipient: age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt
          enc: x
    lastmodified: "2026-01-01T00:00:00Z"
    mac: x
    version: 3.11.0
"#;

    #[test]
    fn names_and_types_are_compared() {
        let file = SecretsFile::parse("f.yaml", FILE.as_bytes(), Format::Yaml).unwrap();
        let declared: BTreeMap<String, Declared> = [
            ("token", DeclaredType::Text, false, true),
            ("port", DeclaredType::Number, false, false),
            ("count", DeclaredType::Number, false, false),
            ("empty", DeclaredType::Text, true, true),
            ("clear_unencrypted", DeclaredType::Text, false, true),
            ("damaged", DeclaredType::Any, false, false),
            ("none", DeclaredType::Map, false, false),
            ("unset", DeclaredType::Number, false, true),
            ("db", DeclaredType::List, false, false),
            ("list", DeclaredType::List, false, false),
            ("db_password", DeclaredType::Text, false, true),
            ("with_default", DeclaredType::Text, true, true),
            ("not_secret", DeclaredType::Text, false, false),
            ("host", DeclaredType::Text, false, false),
            ("all", DeclaredType::Text, false, false),
            ("gone", DeclaredType::Text, false, false),
        ]
        .into_iter()
        .map(|(name, kind, optional, secret)| {
            let variable = Declared {
                kind,
                optional,
                secret,
            };
            (name.to_owned(), variable)
        })
        .collect();
        let map = [("host", "db.host"), ("all", "."), ("gone", "db.gone")]
            .into_iter()
            .map(|(name, path)| (name.to_owned(), path.parse().unwrap()))
            .collect();
        let others = BTreeSet::from(["deploy".to_owned()]);
        let found = compare(&[file], &map, &declared, &others);
        let missing = Mismatch::Missing {
            perhaps: Some("DB_PASSWORD".to_owned()),
        };
        let kind = |found, converts| Mismatch::Type { found, converts };
        let expected = [
            ("DB_PASSWORD", Mismatch::Undeclared),
            ("all", Mismatch::Empty),
            ("clear_unencrypted", Mismatch::InClear),
            ("db", kind("a map", false)),
            ("db_password", missing),
            ("empty", Mismatch::Empty),
            ("gone", Mismatch::NoSuchPath),
            ("port", kind("a text", true)),
            ("unset", Mismatch::Null),
        ];
        let found: Vec<(&str, Mismatch)> = found
            .iter()
            .map(|(name, mismatch)| (name.as_str(), mismatch.clone()))
            .collect();
        assert_eq!(found, expected);
    }
}
