//! A plan that a case writes out: its changes, drift and outputs.

use tollgate_policy::Path as AttributePath;

use super::read::needs;
use super::{Named, PlanOf};
use crate::authoring::inline::{self, Change, InlineError, Output, Part};
use crate::authoring::tree::Tree;
use crate::config::read::{
    At, Fields, Mistake, Mistakes, Node, boolean, entries, items, json, text, word, wrong_type,
};

/// What a case writes out of a plan.
pub(super) struct Written {
    changes: Option<Vec<At<Change>>>,
    drift: Option<Vec<At<Change>>>,
    outputs: Option<Vec<At<Output>>>,
    more: Option<Tree>,
}

impl Written {
    pub(super) fn take(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Self {
        let mut list = |key: &'static str| {
            let list = fields.take(key, mistakes, |node, mistakes| {
                if node.get_ref().is_table() {
                    mistakes.push(
                        wrong_type(node, "an array of tables")
                            .help(format!("write `[[case.{key}]]`, with two brackets")),
                    );
                    return None;
                }
                let list: Vec<At<Change>> = items(node, mistakes)?
                    .into_iter()
                    .filter_map(|node| change(node, key, mistakes))
                    .collect();
                Some(list)
            });
            list.map(|list| list.value)
        };
        let (changes, drift) = (list("changes"), list("drift"));
        let outputs = fields.take("outputs", mistakes, |node, mistakes| {
            let list: Vec<At<Output>> = items(node, mistakes)?
                .into_iter()
                .filter_map(|node| output(node, mistakes))
                .collect();
            Some(list)
        });
        let more = fields.take("plan_json", mistakes, |node, mistakes| {
            let tree = tree(node, mistakes)?;
            if matches!(tree, Tree::Object(_)) {
                return Some(tree);
            }
            mistakes.push(Mistake::new(&node.span(), "expected an object", ""));
            None
        });
        Self {
            changes,
            drift,
            outputs: outputs.map(|outputs| outputs.value),
            more: more.map(|more| more.value),
        }
    }

    /// Whether there is anything but JSON that is added to a plan.
    pub(super) fn is_there(&self) -> bool {
        self.changes.is_some() || self.drift.is_some() || self.outputs.is_some()
    }

    pub(super) fn plan(&self, mistakes: &mut Mistakes) -> Option<PlanOf> {
        written_out(
            self.changes.as_deref().unwrap_or_default(),
            self.drift.as_deref().unwrap_or_default(),
            self.outputs.as_deref().unwrap_or_default(),
            self.more.as_ref(),
            mistakes,
        )
    }
}

fn written_out(
    changes: &[At<Change>],
    drift: &[At<Change>],
    outputs: &[At<Output>],
    more: Option<&Tree>,
    mistakes: &mut Mistakes,
) -> Option<PlanOf> {
    fn values<T: Clone>(list: &[At<T>]) -> Vec<T> {
        list.iter().map(|item| item.value.clone()).collect()
    }
    match inline::plan(&values(changes), &values(drift), &values(outputs), more) {
        Ok(text) => Some(PlanOf::Inline {
            text,
            changes: changes
                .iter()
                .chain(drift)
                .map(|change| At {
                    value: change.value.address.clone(),
                    span: change.span.clone(),
                })
                .collect(),
            named: changes
                .iter()
                .flat_map(|change| named(&change.value))
                .collect(),
        }),
        Err((part, nth, error)) => {
            let span = match part {
                Part::Changes => changes.get(nth).map(|at| at.span.clone()),
                Part::Drift => drift.get(nth).map(|at| at.span.clone()),
                Part::Outputs => outputs.get(nth).map(|at| at.span.clone()),
            };
            let help = match error {
                InlineError::Marker(_) => Some(
                    "markers: { \"$unknown\" = true }, { \"$sensitive\" = true }, { \"$null\" = true }",
                ),
                _ => None,
            };
            let mut mistake = Mistake::new(&span.unwrap_or_default(), error.to_string(), "");
            mistake.help = help.map(str::to_owned);
            mistakes.push(mistake);
            None
        }
    }
}

/// What a change says of attributes, other than those that its sides have.
fn named(change: &Change) -> Vec<Named> {
    let one = |key, shown: &str| {
        Some(Named {
            address: change.address.clone(),
            key,
            path: AttributePath::parse(shown).ok()?,
            shown: shown.to_owned(),
        })
    };
    let has = |key: &str| {
        let sides = [&change.before, &change.after].into_iter().flatten();
        sides.into_iter().any(|side| side.get(key).is_some())
    };
    let unknown: Vec<&str> = match &change.after_unknown {
        Some(Tree::List(paths)) => paths.iter().filter_map(Tree::text).collect(),
        Some(whole @ Tree::Object(_)) => {
            let entries = whole.entries().iter();
            entries.map(|(key, _)| key.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let unknown = unknown.into_iter().filter(|path| !has(path));
    let mut named: Vec<Named> = unknown
        .filter_map(|path| one("after_unknown", path))
        .collect();
    for (path, _) in &change.references {
        named.extend(one("references", &path.to_string()));
    }
    named
}

/// What stands in `change` of a plan; the same for resources and outputs.
fn sides(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Change {
    let actions = fields.take("action", mistakes, |node, mistakes| {
        word(node, &ACTIONS, mistakes)
            .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
    });
    let as_written = fields.take("actions", mistakes, texts);
    let mut side = |key: &'static str| {
        fields
            .take(key, mistakes, tree)
            .map(|tree| tree.value)
            // Plans write null where there is nothing.
            .filter(|tree| *tree != Tree::Null)
    };
    Change {
        before: side("before"),
        after: side("after"),
        after_unknown: side("after_unknown"),
        before_sensitive: side("before_sensitive"),
        after_sensitive: side("after_sensitive"),
        actions: as_written.or(actions).map(|actions| actions.value),
        ..Change::default()
    }
}

/// The contract's words for actions, and a plan's.
const ACTIONS: [(&str, &[&str]); 7] = [
    ("no-op", &["no-op"]),
    ("create", &["create"]),
    ("read", &["read"]),
    ("update", &["update"]),
    ("delete", &["delete"]),
    ("replace", &["delete", "create"]),
    ("forget", &["forget"]),
];

fn change(node: &Node<'_>, list: &str, mistakes: &mut Mistakes) -> Option<At<Change>> {
    let before = mistakes.len();
    let table = format!("case.{list}");
    let mut fields = Fields::of(node, table.clone(), mistakes)?;
    let address = fields.take("address", mistakes, text);
    let mut change = sides(&mut fields, mistakes);
    for key in [
        "previous_address",
        "deposed",
        "provider_name",
        "action_reason",
    ] {
        if let Some(value) = fields.take(key, mistakes, text) {
            change.more.push((key, Tree::Text(value.value)));
        }
    }
    if let Some(paths) = fields.take("replace_paths", mistakes, |node, mistakes| {
        replace_paths(node, mistakes)
    }) {
        change.more_inside.push(("replace_paths", paths.value));
    }
    if let Some(importing) = fields.take("importing", mistakes, boolean)
        && importing.value
    {
        let id = Tree::object([("id", Tree::Text("imported".to_owned()))]);
        change.more_inside.push(("importing", id));
    }
    change.region = fields
        .take("region", mistakes, text)
        .map(|region| region.value);
    change.references = fields
        .take("references", mistakes, |node, mistakes| {
            let mut references = Vec::new();
            for (key, node) in entries(node, mistakes)? {
                let path = AttributePath::parse(key.get_ref())
                    .map_err(|error| {
                        mistakes.push(Mistake::new(&key.span(), error.to_string(), ""));
                    })
                    .ok();
                if let (Some(path), Some(to)) = (path, texts(node, mistakes)) {
                    references.push((path, to));
                }
            }
            Some(references)
        })
        .map(|references| references.value)
        .unwrap_or_default();
    fields.finish(mistakes);
    needs(node, &table, "address", address.is_some(), before, mistakes);
    change.address = address?.value;
    Some(At {
        value: change,
        span: node.span(),
    })
}

fn output(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<At<Output>> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case.outputs".to_owned(), mistakes)?;
    let name = fields.take("name", mistakes, text);
    let change = sides(&mut fields, mistakes);
    fields.finish(mistakes);
    needs(
        node,
        "case.outputs",
        "name",
        name.is_some(),
        before,
        mistakes,
    );
    Some(At {
        value: Output {
            name: name?.value,
            change,
        },
        span: node.span(),
    })
}

/// A list of texts; one text is a list of one.
fn texts(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    if node.get_ref().as_str().is_some() {
        return text(node, mistakes).map(|text| vec![text]);
    }
    let items = items(node, mistakes)?;
    items.into_iter().map(|item| text(item, mistakes)).collect()
}

/// Attribute paths, as a plan writes the steps of each.
fn replace_paths(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tree> {
    let paths = texts(node, mistakes)?;
    let mut lists = Vec::new();
    for path in paths {
        match AttributePath::parse(&path) {
            Ok(path) => lists.push(Tree::List(
                path.steps()
                    .iter()
                    .map(|step| match step {
                        tollgate_policy::Step::Key(key) => Tree::Text(key.clone()),
                        tollgate_policy::Step::Index(index) => Tree::Number(index.to_string()),
                    })
                    .collect(),
            )),
            Err(error) => {
                mistakes.push(Mistake::new(&node.span(), error.to_string(), ""));
                return None;
            }
        }
    }
    Some(Tree::List(lists))
}

/// Any value; a string is JSON, as it is copied from a plan.
fn tree(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tree> {
    let Some(text) = node.get_ref().as_str() else {
        return json(node, mistakes).map(Tree::from);
    };
    match Tree::parse(text) {
        Ok(tree) => Some(tree),
        Err(error) => {
            let title = format!("the text is not JSON: {error}");
            mistakes.push(
                Mistake::new(&node.span(), title, "")
                    .help("write a table, or a string with JSON as it is in a plan"),
            );
            None
        }
    }
}
