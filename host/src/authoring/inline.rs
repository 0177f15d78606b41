//! Changes that a case writes out, made into a plan: what the reader of plans then reads, and a
//! policy sees, is what it would be in a run.

use tollgate_policy::{Path, Step};

use super::tree::Tree;

/// What stands where a value is masked. The reader never hands it on.
const MASKED: &str = "(sensitive)";

/// One change of a case.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// As a plan writes it.
    pub address: String,
    /// The plan's words, such as `["delete", "create"]`; none if they follow from the sides.
    pub actions: Option<Vec<String>>,
    /// The object as it is; with markers.
    pub before: Option<Tree>,
    /// The object as it will be; with markers.
    pub after: Option<Tree>,
    /// What of `after` is known only afterwards, as a plan writes it, or as paths.
    pub after_unknown: Option<Tree>,
    /// What of `before` is sensitive.
    pub before_sensitive: Option<Tree>,
    /// What of `after` is sensitive.
    pub after_sensitive: Option<Tree>,
    /// What attributes refer to in the configuration.
    pub references: Vec<(Path, Vec<String>)>,
    /// The region of the provider.
    pub region: Option<String>,
    /// Everything else that a plan says of a change, under the plan's names.
    pub more: Vec<(&'static str, Tree)>,
    /// What a plan says of `change` itself besides.
    pub more_inside: Vec<(&'static str, Tree)>,
}

/// A change of an output of the root module.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What changes.
    pub change: Change,
}

/// Why changes do not make a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InlineError {
    /// What was there before is known.
    #[error("`before` holds `$unknown`, and what is there already is known")]
    UnknownBefore,
    /// Neither side is there.
    #[error("the change has neither `before` nor `after`")]
    NoSide,
    /// A marker says something else than `true`.
    #[error("`{0}` is a marker and says `true`; write the attribute's name outside of it")]
    Marker(String),
    /// The address is that of no resource.
    #[error(
        "the address is that of no resource; one is written `TYPE.NAME`, with its modules in front"
    )]
    Address,
}

/// A side of a change, its markers taken out.
struct Side {
    value: Tree,
    unknown: Tree,
    sensitive: Tree,
}

impl Side {
    fn of(written: &Tree) -> Result<Self, InlineError> {
        let mut side = Self {
            value: Tree::Null,
            unknown: Tree::Object(Vec::new()),
            sensitive: Tree::Object(Vec::new()),
        };
        let mut way = Vec::new();
        side.value = side.take(written, &mut way)?.unwrap_or(Tree::Null);
        Ok(side)
    }

    /// Returns the value without markers; none if all of it is unknown.
    fn take(&mut self, written: &Tree, way: &mut Vec<Step>) -> Result<Option<Tree>, InlineError> {
        match written {
            Tree::Object(entries) => {
                if let [(key, value)] = entries.as_slice()
                    && key.starts_with('$')
                {
                    return self.marker(key, value, way);
                }
                let mut kept = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    way.push(Step::Key(key.clone()));
                    let value = self.take(value, way)?;
                    way.pop();
                    kept.extend(value.map(|value| (key.clone(), value)));
                }
                Ok(Some(Tree::Object(kept)))
            }
            Tree::List(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    way.push(Step::Index(index));
                    // A list keeps the places of what is not known.
                    kept.push(self.take(item, way)?.unwrap_or(Tree::Null));
                    way.pop();
                }
                Ok(Some(Tree::List(kept)))
            }
            leaf => Ok(Some(leaf.clone())),
        }
    }

    fn marker(
        &mut self,
        key: &str,
        value: &Tree,
        way: &[Step],
    ) -> Result<Option<Tree>, InlineError> {
        if *value != Tree::Bool(true) {
            return Err(InlineError::Marker(key.to_owned()));
        }
        match key {
            "$unknown" => {
                mark(&mut self.unknown, way);
                Ok(None)
            }
            "$sensitive" => {
                mark(&mut self.sensitive, way);
                Ok(Some(Tree::Text(MASKED.to_owned())))
            }
            "$null" => Ok(Some(Tree::Null)),
            _ => Err(InlineError::Marker(key.to_owned())),
        }
    }
}

/// Marks a place in a mask.
fn mark(mask: &mut Tree, way: &[Step]) {
    mask.put(way, Tree::Bool(true), &Tree::Bool(false));
}

/// Lays what is said of a mask over what markers said.
fn lay_over(mask: &mut Tree, said: Option<&Tree>) {
    match said {
        None => {}
        Some(Tree::Object(entries)) => {
            for (key, value) in entries {
                if let Some(part) = mask.get_mut(key) {
                    lay_over(part, Some(value));
                } else {
                    // Nothing happens to one that masks all of it already.
                    mask.set(key, value.clone());
                }
            }
        }
        // A list of paths, which only the top of a mask can be.
        Some(Tree::List(paths))
            if matches!(mask, Tree::Object(_))
                && paths.iter().all(|path| path.text().is_some()) =>
        {
            for path in paths.iter().filter_map(Tree::text) {
                if let Ok(path) = Path::parse(path) {
                    mark(mask, path.steps());
                }
            }
        }
        Some(whole) => *mask = whole.clone(),
    }
}

/// What is planned, where the case does not say.
fn action(before: Option<&Tree>, after: Option<&Tree>) -> Result<&'static str, InlineError> {
    match (before, after) {
        (Some(before), Some(after)) if before == after => Ok("no-op"),
        (Some(_), Some(_)) => Ok("update"),
        (None, Some(_)) => Ok("create"),
        (Some(_), None) => Ok("delete"),
        (None, None) => Err(InlineError::NoSide),
    }
}

impl Change {
    /// What stands under `change` in a plan.
    fn body(&self) -> Result<Tree, InlineError> {
        let before = self.before.as_ref().map(Side::of).transpose()?;
        let after = self.after.as_ref().map(Side::of).transpose()?;
        if before
            .as_ref()
            .is_some_and(|side| side.unknown != Tree::Object(Vec::new()))
        {
            return Err(InlineError::UnknownBefore);
        }
        let actions = match &self.actions {
            Some(actions) => actions.clone(),
            None => {
                let guessed = action(self.before.as_ref(), self.after.as_ref())?;
                vec![guessed.to_owned()]
            }
        };
        let nothing = || Tree::Object(Vec::new());
        let (before, mut before_sensitive) = match before {
            Some(side) => (side.value, side.sensitive),
            None => (Tree::Null, nothing()),
        };
        let (after, mut unknown, mut after_sensitive) = match after {
            Some(side) => (side.value, side.unknown, side.sensitive),
            None => (Tree::Null, nothing(), nothing()),
        };
        lay_over(&mut unknown, self.after_unknown.as_ref());
        lay_over(&mut before_sensitive, self.before_sensitive.as_ref());
        lay_over(&mut after_sensitive, self.after_sensitive.as_ref());
        let mut body = Tree::object([
            ("actions", Tree::texts(actions)),
            ("before", before),
            ("after", after),
            ("after_unknown", unknown),
            ("before_sensitive", before_sensitive),
            ("after_sensitive", after_sensitive),
        ]);
        for (key, value) in &self.more_inside {
            body.set(key, value.clone());
        }
        Ok(body)
    }

    fn entry(&self) -> Result<Tree, InlineError> {
        let place = Place::of(&self.address).ok_or(InlineError::Address)?;
        let prefix = place.kind.split('_').next().unwrap_or(&place.kind);
        let mut entry = Tree::object([
            ("address", Tree::Text(self.address.clone())),
            (
                "provider_name",
                Tree::Text(format!("registry.terraform.io/hashicorp/{prefix}")),
            ),
        ]);
        for (key, value) in &self.more {
            entry.set(key, value.clone());
        }
        entry.set("change", self.body()?);
        Ok(entry)
    }
}

/// Where a block is in the configuration.
struct Place {
    modules: Vec<String>,
    mode: &'static str,
    kind: String,
    name: String,
}

impl Place {
    /// Takes an address apart; none if it is not one of a resource.
    fn of(address: &str) -> Option<Self> {
        let block = tollgate_plan::without_keys(&address.into()).into_owned();
        let mut modules = Vec::new();
        let mut rest = block.as_str();
        while let Some(call) = rest.strip_prefix("module.") {
            let (name, after) = call.split_once('.')?;
            modules.push(name.to_owned());
            rest = after;
        }
        let (mode, rest) = if let Some(rest) = rest.strip_prefix("data.") {
            ("data", rest)
        } else if let Some(rest) = rest.strip_prefix("ephemeral.") {
            ("ephemeral", rest)
        } else {
            ("managed", rest)
        };
        let (kind, name) = rest.split_once('.')?;
        (!kind.is_empty() && !name.is_empty()).then(|| Self {
            modules,
            mode,
            kind: kind.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// The configuration that changes say something about.
fn configuration(changes: &[Change]) -> Tree {
    let mut providers = Tree::Object(Vec::new());
    let mut root = Tree::Object(Vec::new());
    for change in changes {
        let Some(place) = Place::of(&change.address) else {
            continue;
        };
        let prefix = place.kind.split('_').next().unwrap_or(&place.kind);
        let key = match &change.region {
            Some(region) => format!("{prefix}.{region}"),
            None => prefix.to_owned(),
        };
        if providers.get(&key).is_none() {
            let mut provider = Tree::object([("name", Tree::Text(prefix.to_owned()))]);
            if let Some(region) = &change.region {
                let constant = Tree::object([("constant_value", Tree::Text(region.clone()))]);
                provider.set("expressions", Tree::object([("region", constant)]));
            }
            providers.set(&key, provider);
        }
        let module = module(&mut root, &place.modules);
        refer(module, &place, &key, &change.references);
    }
    Tree::object([("provider_config", providers), ("root_module", root)])
}

/// The module of this name, made where there is none yet.
fn module<'t>(root: &'t mut Tree, names: &[String]) -> &'t mut Tree {
    let mut steps = Vec::new();
    for name in names {
        let key = |key: &str| Step::Key(key.to_owned());
        steps.extend([key("module_calls"), key(name), key("module")]);
    }
    reach(root, &steps)
}

/// What steps by keys lead to; made as objects where nothing is.
fn reach<'t>(tree: &'t mut Tree, steps: &[Step]) -> &'t mut Tree {
    let mut at = tree;
    for step in steps {
        let Step::Key(key) = step else { continue };
        if !matches!(at, Tree::Object(_)) {
            *at = Tree::Object(Vec::new());
        }
        if let Tree::Object(entries) = at {
            let nth = match entries.iter().position(|(name, _)| name == key) {
                Some(nth) => nth,
                None => {
                    entries.push((key.clone(), Tree::Object(Vec::new())));
                    entries.len() - 1
                }
            };
            // Two borrows of `at` end in one: the entry is there.
            at = &mut entries[nth].1;
        } else {
            return at;
        }
    }
    at
}

/// Has the block say what attributes refer to; makes it in its module where there is none yet.
fn refer(module: &mut Tree, place: &Place, provider: &str, references: &[(Path, Vec<String>)]) {
    if module.get("resources").is_none() {
        module.set("resources", Tree::List(Vec::new()));
    }
    let Some(Tree::List(blocks)) = module.get_mut("resources") else {
        return;
    };
    let is =
        |block: &Tree, key: &str, value: &str| block.get(key).and_then(Tree::text) == Some(value);
    let found = blocks.iter().position(|block| {
        is(block, "mode", place.mode)
            && is(block, "type", &place.kind)
            && is(block, "name", &place.name)
    });
    let nth = found.unwrap_or_else(|| {
        blocks.push(Tree::object([
            ("mode", Tree::Text(place.mode.to_owned())),
            ("type", Tree::Text(place.kind.clone())),
            ("name", Tree::Text(place.name.clone())),
            ("provider_config_key", Tree::Text(provider.to_owned())),
            ("expressions", Tree::Object(Vec::new())),
        ]));
        blocks.len() - 1
    });
    let block = blocks.get_mut(nth);
    if let Some(expressions) = block.and_then(|block| block.get_mut("expressions")) {
        for (path, to) in references {
            let refers = Tree::object([("references", Tree::texts(to.iter().map(String::as_str)))]);
            expressions.put(path.steps(), refers, &Tree::Object(Vec::new()));
        }
    }
}

/// Makes a plan of changes, drift and outputs; `more` has keys that are added to it as they are.
///
/// # Errors
/// The first change that no plan could have: its place in its list, and why.
pub fn plan(
    changes: &[Change],
    drift: &[Change],
    outputs: &[Output],
    more: Option<&Tree>,
) -> Result<String, (Part, usize, InlineError)> {
    let entries = |part: Part, list: &[Change]| -> Result<Tree, (Part, usize, InlineError)> {
        let entries = list.iter().enumerate();
        entries
            .map(|(nth, change)| change.entry().map_err(|error| (part, nth, error)))
            .collect::<Result<_, _>>()
            .map(Tree::List)
    };
    let mut written = Tree::Object(Vec::new());
    for (nth, output) in outputs.iter().enumerate() {
        let body = output
            .change
            .body()
            .map_err(|error| (Part::Outputs, nth, error))?;
        written.set(&output.name, body);
    }
    let everything: Vec<Change> = changes.iter().chain(drift).cloned().collect();
    let mut plan = Tree::object([
        ("format_version", Tree::Text("1.2".to_owned())),
        ("terraform_version", Tree::Text("1.11.4".to_owned())),
        ("complete", Tree::Bool(true)),
        ("applyable", Tree::Bool(true)),
        ("errored", Tree::Bool(false)),
        ("planned_values", Tree::Object(Vec::new())),
        ("resource_changes", entries(Part::Changes, changes)?),
        ("output_changes", written),
        ("configuration", configuration(&everything)),
    ]);
    if !drift.is_empty() {
        plan.set("resource_drift", entries(Part::Drift, drift)?);
    }
    for (key, value) in more.into_iter().flat_map(Tree::entries) {
        plan.set(key, value.clone());
    }
    Ok(plan.compact())
}

/// A list of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `changes`
    Changes,
    /// `drift`
    Drift,
    /// `outputs`
    Outputs,
}

#[cfg(test)]
mod tests;
