//! Where in the file something stands: found again when a mistake has to be shown.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Config;
use crate::diagnostic::Location;

impl Config {
    /// Returns where a setting of a policy comes from: the environment's table, or the
    /// policy's own where the environment says nothing of it.
    ///
    /// `pointer` is a JSON Pointer into the merged settings. Where it leads nowhere, as for a
    /// setting that is missing, the location is that of the nearest table around it.
    #[must_use]
    pub fn locate_setting(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
    ) -> Option<Location> {
        self.locate(environment, policy, pointer, |found| found.value)
    }

    /// Returns where the key of a setting is, such as one that the policy does not know.
    #[must_use]
    pub fn locate_setting_key(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
    ) -> Option<Location> {
        self.locate(environment, policy, pointer, |found| found.key)
    }

    /// Returns where a key is, by the names that lead to it, or the nearest table around it
    /// that is there.
    #[must_use]
    pub fn locate_key(&self, keys: &[&str]) -> Option<Location> {
        let source = self.source.as_ref()?;
        let document = DeTable::parse(&source.file.text).ok()?;
        let key = (1..=keys.len())
            .rev()
            .filter_map(|length| keys.get(..length))
            .find_map(|keys| descend(document.get_ref(), keys))?
            .key;
        Some(source.file.locate(&key))
    }

    /// Returns whether the file has a key, by the names that lead to it.
    #[must_use]
    pub fn has_key(&self, keys: &[&str]) -> bool {
        self.source.as_ref().is_some_and(|source| {
            DeTable::parse(&source.file.text)
                .is_ok_and(|document| descend(document.get_ref(), keys).is_some())
        })
    }

    fn locate(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
        span: impl Fn(Found) -> Range<usize>,
    ) -> Option<Location> {
        let source = self.source.as_ref()?;
        // Parsed again: an error is the only one to ask, and only once.
        let document = DeTable::parse(&source.file.text).ok()?;
        let steps: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        let over = ["environments", environment, "policies", policy, "settings"];
        let base = ["policies", policy, "settings"];
        let over = descend(document.get_ref(), &over).map(|settings| settings.follow(&steps));
        let base = descend(document.get_ref(), &base).map(|settings| settings.follow(&steps));
        let found = match (over, base) {
            // Where the environment has a value that is no table, nothing of the policy's is left.
            (Some(over), Some(base)) => Some(if over.depth >= base.depth || !over.table {
                over
            } else {
                base
            }),
            (over, base) => over.or(base),
        };
        let found = found
            .or_else(|| {
                descend(
                    document.get_ref(),
                    &["environments", environment, "policies", policy],
                )
                .map(Node::end)
            })
            .or_else(|| descend(document.get_ref(), &["policies", policy]).map(Node::end))?;
        Some(source.file.locate(&span(found)))
    }
}

/// A value in the document, and the key that leads to it.
struct Node<'t, 'i> {
    key: Range<usize>,
    value: &'t toml::Spanned<DeValue<'i>>,
}

/// Where a pointer leads.
struct Found {
    /// How many steps could be taken.
    depth: usize,
    key: Range<usize>,
    /// The value, or the key of a table: the mark of a table would be its header.
    value: Range<usize>,
    table: bool,
}

fn descend<'t, 'i>(table: &'t DeTable<'i>, keys: &[&str]) -> Option<Node<'t, 'i>> {
    let (first, rest) = keys.split_first()?;
    let (key, value) = table.get_key_value(*first)?;
    if rest.is_empty() {
        Some(Node {
            key: key.span(),
            value,
        })
    } else {
        descend(value.get_ref().as_table()?, rest)
    }
}

impl<'t, 'i> Node<'t, 'i> {
    fn follow(self, steps: &[String]) -> Found {
        let mut node = self;
        let mut depth = 0;
        for step in steps {
            let next = match node.value.get_ref() {
                DeValue::Table(table) => {
                    table.get_key_value(step.as_str()).map(|(key, value)| Node {
                        key: key.span(),
                        value,
                    })
                }
                DeValue::Array(array) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| array.get(index))
                    .map(|value| Node {
                        key: value.span(),
                        value,
                    }),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
            depth += 1;
        }
        Found {
            depth,
            ..node.end()
        }
    }

    fn end(self) -> Found {
        let table = self.value.get_ref().is_table();
        let value = if table {
            self.key.clone()
        } else {
            self.value.span()
        };
        Found {
            depth: 0,
            key: self.key,
            value,
            table,
        }
    }
}
