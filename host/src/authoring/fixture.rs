//! A small plan cut out of a large one: some changes, what they refer to in the configuration, and
//! nothing that is secret.

mod configuration;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::error::UserError;
use tollgate_model::exit;
use tollgate_plan::{Action, Plan, PlanError, PlanText, ResourceChange, suggests_secret};

use super::tree::{Tree, TreeError};
use crate::diagnostic::{listed, nearest, quoted};

/// What stands in place of a secret text.
const MASKED: &str = "(sensitive)";

/// Why there is no fixture.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// The plan cannot be read.
    #[error("{0}")]
    Plan(PlanError),
    /// The plan is JSON that cannot be taken apart.
    #[error("the plan cannot be taken apart: {0}")]
    Tree(TreeError),
    /// The plan is not UTF-8.
    #[error("the plan is not UTF-8; a fixture is cut out of UTF-8 only")]
    Encoding,
    /// The plan has no change of this address.
    #[error("the plan changes no {}{}", quoted(.address), did_you_mean(.near))]
    NoAddress {
        /// As it was given.
        address: String,
        /// What was most likely meant.
        near: Option<String>,
        /// How many changes there are.
        changes: usize,
        /// Addresses of the same type, or else those that are most alike; not all, if there are many.
        others: Vec<String>,
    },
    /// What was cut out is no plan any more.
    #[error("what is left is no plan: {0}")]
    Broken(PlanError),
}

fn did_you_mean(near: &Option<String>) -> String {
    match near {
        Some(near) => format!("; did you mean {}?", quoted(near)),
        None => String::new(),
    }
}

impl UserError for FixtureError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Plan(_) | Self::Tree(_) | Self::Encoding => exit::PLAN,
            Self::NoAddress { .. } => exit::USAGE,
            Self::Broken(_) => exit::BUG,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Plan(error) => error.help(),
            Self::NoAddress { changes: 0, .. } => Some("it changes nothing at all".to_owned()),
            Self::NoAddress { others, .. } if !others.is_empty() => Some(format!(
                "the plan changes {}; put an address in quotes for the shell",
                listed(others)
            )),
            Self::NoAddress { .. } => Some(
                "name an address as the plan has it, in quotes for the shell; `tollgate check` lists what is destroyed, and `tofu show` everything"
                    .to_owned(),
            ),
            Self::Encoding => Some("make it with: tofu show -json PLAN > plan.json".to_owned()),
            Self::Broken(_) => Some("report it, with the addresses and the version of the tool".to_owned()),
            Self::Tree(_) => None,
        }
    }
}

/// Cuts the changes of some addresses out of a plan. An address without instance keys stands for all
/// of its instances. With `referred`, changes that those refer to come along.
///
/// # Errors
/// When the bytes are no plan, or the plan has no such change.
pub fn cut(bytes: &[u8], addresses: &[String], referred: bool) -> Result<String, FixtureError> {
    let text = PlanText::from_bytes(bytes.to_vec()).map_err(FixtureError::Plan)?;
    let plan = text.read().map_err(FixtureError::Plan)?;
    let source = str::from_utf8(bytes).map_err(|_| FixtureError::Encoding)?;
    let tree = Tree::first(source).map_err(FixtureError::Tree)?;
    let mut selected = selected(&plan, addresses)?;
    if referred {
        selected.extend(referred_to(&plan, &selected));
    }
    let fixture = fixture(&plan, &tree, &selected).pretty();
    let again = PlanText::from_bytes(fixture.clone().into_bytes());
    let checked = again.and_then(|text| text.read().map(|_| ()));
    checked.map_err(FixtureError::Broken)?;
    Ok(fixture)
}

/// The addresses of all changes that are asked for.
fn selected(plan: &Plan<'_>, addresses: &[String]) -> Result<BTreeSet<String>, FixtureError> {
    let mut selected = BTreeSet::new();
    let all = || plan.changes.iter().chain(&plan.drift);
    for address in addresses {
        let of = |is: fn(&ResourceChange<'_>, &str) -> bool| -> Vec<String> {
            all()
                .filter(|change| is(change, address))
                .map(|change| change.address.to_string())
                .collect()
        };
        let mut found = of(|change, address| change.address == address);
        if found.is_empty() {
            found = of(|change, address| change.block == address);
        }
        if found.is_empty() {
            let names = all().flat_map(|change| [change.address.as_ref(), change.block.as_ref()]);
            return Err(FixtureError::NoAddress {
                address: address.clone(),
                near: nearest(address, names).map(str::to_owned),
                changes: plan.changes.len(),
                others: like(&plan.changes, address),
            });
        }
        selected.extend(found);
    }
    Ok(selected)
}

/// What may have been meant by an address: those of its type, or else those that are most like it.
fn like(changes: &[ResourceChange<'_>], address: &str) -> Vec<String> {
    const MOST: usize = 12;
    let block = tollgate_plan::without_keys(&address.into()).into_owned();
    let of_type: Vec<String> = changes
        .iter()
        .filter(|change| block.split('.').any(|part| part == change.kind))
        .map(|change| change.address.to_string())
        .take(MOST)
        .collect();
    if !of_type.is_empty() {
        return of_type;
    }
    let mut left: Vec<&str> = changes
        .iter()
        .map(|change| change.address.as_ref())
        .collect();
    let mut found = Vec::new();
    while found.len() < 3
        && let Some(near) = nearest(address, left.iter().copied())
    {
        found.push(near.to_owned());
        left.retain(|other| *other != near);
    }
    found
}

/// The addresses of changes that others refer to.
fn referred_to(plan: &Plan<'_>, selected: &BTreeSet<String>) -> Vec<String> {
    let whole = tollgate_plan::Path::default();
    let mut blocks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in &plan.changes {
        blocks
            .entry(change.block.as_ref())
            .or_default()
            .push(change.address.as_ref());
    }
    let mut found = Vec::new();
    let changes = plan.changes.iter();
    for change in changes.filter(|change| selected.contains(change.address.as_ref())) {
        for reference in plan.references(change, &whole) {
            let reference = tollgate_plan::without_keys(&reference.into()).into_owned();
            let mut head = reference.as_str();
            loop {
                if let Some(addresses) = blocks.get(head) {
                    found.extend(addresses.iter().map(|address| (*address).to_owned()));
                    break;
                }
                match head.rsplit_once('.') {
                    Some((shorter, _)) => head = shorter,
                    None => break,
                }
            }
        }
    }
    found
}

fn fixture(plan: &Plan<'_>, tree: &Tree, selected: &BTreeSet<String>) -> Tree {
    let mut fixture = Tree::Object(Vec::new());
    // Stored values mark less than changes do.
    let secrets = secrets(tree, selected);
    for key in [
        "format_version",
        "terraform_version",
        "applyable",
        "complete",
        "errored",
    ] {
        if let Some(value) = tree.get(key) {
            fixture.set(key, value.clone());
        }
    }
    // Deposed objects share an address, and so several changes may.
    let mut actions: BTreeMap<(&str, Option<&str>), Action> = BTreeMap::new();
    for change in &plan.changes {
        let key = (change.address.as_ref(), change.deposed.as_deref());
        actions.insert(key, change.action);
    }
    for key in ["resource_drift", "resource_changes"] {
        let Some(changes) = tree.get(key) else {
            continue;
        };
        let kept: Vec<Tree> = changes
            .items()
            .iter()
            .filter(|change| is_selected(change, selected))
            .map(|change| {
                let of = |key: &str| change.get(key).and_then(Tree::text);
                let place = (of("address").unwrap_or_default(), of("deposed"));
                let action = actions.get(&place).copied();
                redacted(change, action, &secrets)
            })
            .collect();
        if !kept.is_empty() || key == "resource_changes" {
            fixture.set(key, Tree::List(kept));
        }
    }
    let changes = fixture.get("resource_changes").cloned();
    let side = |side| Side::of(changes.as_ref(), side);
    if let Some(values) = tree.get("planned_values") {
        let values = stored(values, selected, &secrets, &side("after"));
        fixture.set("planned_values", values);
    }
    if let Some(state) = tree.get("prior_state") {
        let mut prior = Tree::Object(Vec::new());
        for key in ["format_version", "terraform_version"] {
            if let Some(value) = state.get(key) {
                prior.set(key, value.clone());
            }
        }
        if let Some(values) = state.get("values") {
            prior.set(
                "values",
                stored(values, selected, &secrets, &side("before")),
            );
        }
        fixture.set("prior_state", prior);
    }
    if let Some(configuration) = tree.get("configuration") {
        let regions = plan.provider_regions();
        let changes = plan.changes.iter().chain(&plan.drift);
        let blocks = changes.filter(|change| selected.contains(change.address.as_ref()));
        let kept = configuration::kept(configuration, blocks, &regions);
        fixture.set("configuration", kept);
    }
    fixture
}

/// The texts that are marked in these changes, as long as they could be secrets.
fn secrets(tree: &Tree, selected: &BTreeSet<String>) -> BTreeSet<String> {
    const SHORTEST: usize = 3;
    let mut secrets = BTreeSet::new();
    for key in ["resource_changes", "resource_drift"] {
        let changes = tree.get(key).map_or(&[][..], Tree::items).iter();
        for entry in changes.filter(|entry| is_selected(entry, selected)) {
            let Some(change) = entry.get("change") else {
                continue;
            };
            for (side, marks) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
                if let Some(value) = change.get(side) {
                    Marks::of(change.get(marks)).collect(value, &mut secrets);
                }
            }
        }
    }
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets
}

/// A value with a mask in place of every text that is a secret elsewhere.
fn without(value: &Tree, secrets: &BTreeSet<String>) -> Tree {
    match value {
        Tree::Text(text) if secrets.contains(text) => Tree::Text(MASKED.to_owned()),
        Tree::List(items) => Tree::List(items.iter().map(|item| without(item, secrets)).collect()),
        Tree::Object(entries) => Tree::object(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), without(value, secrets))),
        ),
        leaf => leaf.clone(),
    }
}

fn is_selected(entry: &Tree, selected: &BTreeSet<String>) -> bool {
    let address = entry.get("address").and_then(Tree::text);
    address.is_some_and(|address| selected.contains(address))
}

/// A change without what is secret, and without what nobody needs to judge it.
fn redacted(entry: &Tree, action: Option<Action>, secrets: &BTreeSet<String>) -> Tree {
    let mut kept = Tree::Object(Vec::new());
    for key in [
        "address",
        "previous_address",
        "module_address",
        "mode",
        "type",
        "name",
        "index",
        "index_unknown",
        "provider_name",
        "deposed",
        "action_reason",
    ] {
        if let Some(value) = entry.get(key) {
            kept.set(key, value.clone());
        }
    }
    let Some(change) = entry.get("change") else {
        return kept;
    };
    let mut body = Tree::Object(Vec::new());
    let marks = |key: &str| Marks::of(change.get(key));
    let (before, after) = (marks("before_sensitive"), marks("after_sensitive"));
    for (key, value) in change.entries() {
        let value = match key.as_str() {
            // Both sides are the same, and stay so, whatever else is marked of one.
            "before" | "after" if action == Some(Action::NoOp) => {
                without(&after.masked(&before.masked(value)), secrets)
            }
            "before" => without(&before.masked(value), secrets),
            "after" => without(&after.masked(value), secrets),
            "actions" | "after_unknown" | "before_sensitive" | "after_sensitive"
            | "replace_paths" | "importing" => value.clone(),
            _ => continue,
        };
        body.set(key, value);
    }
    kept.set("change", body);
    kept
}

/// What of a value is sensitive.
#[derive(Clone, Copy)]
enum Marks<'t> {
    /// As the plan marks it.
    Said(&'t Tree),
    /// The plan marks nothing at all, and names decide. Holds whether a name so far suggests a
    /// secret.
    ByName(bool),
}

/// A mark of nothing.
const NOTHING: Marks<'static> = Marks::Said(&Tree::Null);
/// A mark of everything.
const EVERYTHING: Marks<'static> = Marks::Said(&Tree::Bool(true));

impl<'t> Marks<'t> {
    fn of(marks: Option<&'t Tree>) -> Self {
        match marks {
            None | Some(Tree::Null) => Self::ByName(false),
            Some(marks) => Self::Said(marks),
        }
    }

    fn key(self, key: &str) -> Self {
        match self {
            Self::ByName(secret) => Self::ByName(secret || suggests_secret(key)),
            Self::Said(Tree::Object(entries)) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map_or(NOTHING, |(_, marks)| Self::Said(marks)),
            other => other.of_another_shape(),
        }
    }

    fn item(self, index: usize) -> Self {
        match self {
            Self::ByName(secret) => Self::ByName(secret),
            Self::Said(Tree::List(items)) => items.get(index).map_or(NOTHING, Self::Said),
            other => other.of_another_shape(),
        }
    }

    /// As the reader of plans has it: what is no mask of this value masks all of it.
    fn of_another_shape(self) -> Self {
        match self {
            Self::Said(Tree::Null | Tree::Bool(false)) => NOTHING,
            Self::Said(Tree::List(items)) if items.is_empty() => NOTHING,
            Self::Said(Tree::Object(entries)) if entries.is_empty() => NOTHING,
            _ => EVERYTHING,
        }
    }

    /// Whether all of a value is masked.
    fn all(self, value: &Tree) -> bool {
        match self {
            Self::Said(Tree::Bool(true) | Tree::Number(_) | Tree::Text(_)) => true,
            Self::Said(_) => false,
            Self::ByName(secret) => secret && !matches!(value, Tree::Null | Tree::Bool(_)),
        }
    }

    /// Collects the texts that are masked of a value.
    fn collect(self, value: &Tree, secrets: &mut BTreeSet<String>) {
        match value {
            value if self.all(value) => texts(value, secrets),
            Tree::Object(entries) => {
                for (key, value) in entries {
                    self.key(key).collect(value, secrets);
                }
            }
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(index).collect(item, secrets);
                }
            }
            _ => {}
        }
    }

    /// The value without what is masked of it.
    fn masked(self, value: &Tree) -> Tree {
        if self.all(value) {
            return match value {
                Tree::Null => Tree::Null,
                Tree::Bool(_) => Tree::Bool(false),
                Tree::Number(_) => Tree::Number("0".to_owned()),
                Tree::Text(_) => Tree::Text(MASKED.to_owned()),
                Tree::List(_) => Tree::List(Vec::new()),
                Tree::Object(_) => Tree::Object(Vec::new()),
            };
        }
        match value {
            Tree::Object(entries) => Tree::object(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), self.key(key).masked(value))),
            ),
            Tree::List(items) => Tree::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.item(index).masked(item))
                    .collect(),
            ),
            leaf => leaf.clone(),
        }
    }
}

/// Collects every text of a value.
fn texts(value: &Tree, into: &mut BTreeSet<String>) {
    match value {
        Tree::Text(text) => {
            into.insert(text.clone());
        }
        Tree::List(items) => items.iter().for_each(|item| texts(item, into)),
        Tree::Object(entries) => entries.iter().for_each(|(_, value)| texts(value, into)),
        _ => {}
    }
}

/// What changes say of their objects on one side, by address. What is stored of an object says the
/// same, so it is masked in the same places.
struct Side<'t>(BTreeMap<&'t str, &'t Tree>);

impl<'t> Side<'t> {
    fn of(changes: Option<&'t Tree>, side: &str) -> Self {
        let changes = changes.map_or(&[][..], Tree::items).iter();
        Self(
            changes
                .filter(|change| change.get("deposed").is_none())
                .filter_map(|change| {
                    let value = change.get("change")?.get(side)?;
                    let address = change.get("address")?.text()?;
                    matches!(value, Tree::Object(_)).then_some((address, value))
                })
                .collect(),
        )
    }
}

/// Stored values: of these resources only, without what is secret and without outputs.
fn stored(
    values: &Tree,
    selected: &BTreeSet<String>,
    secrets: &BTreeSet<String>,
    side: &Side<'_>,
) -> Tree {
    let root = values.get("root_module");
    match root.and_then(|root| stored_module(root, selected, secrets, side)) {
        Some(root) => Tree::object([("root_module", root)]),
        None => Tree::Object(Vec::new()),
    }
}

fn stored_module(
    module: &Tree,
    selected: &BTreeSet<String>,
    secrets: &BTreeSet<String>,
    side: &Side<'_>,
) -> Option<Tree> {
    let mut kept = Tree::Object(Vec::new());
    if let Some(address) = module.get("address") {
        kept.set("address", address.clone());
    }
    let resources: Vec<Tree> = module
        .get("resources")
        .map_or(&[][..], Tree::items)
        .iter()
        .filter(|resource| is_selected(resource, selected))
        .map(|resource| {
            let marks = Marks::of(resource.get("sensitive_values"));
            let said = match resource.get("deposed_key") {
                None => resource.get("address").and_then(Tree::text),
                Some(_) => None,
            };
            let said = said.and_then(|address| side.0.get(address));
            let entries = resource.entries().iter();
            Tree::object(entries.filter_map(|(key, value)| {
                let value = match key.as_str() {
                    "values" => said.map_or_else(
                        || without(&marks.masked(value), secrets),
                        |said| (*said).clone(),
                    ),
                    // Who it is in the provider's own words, which no policy reads.
                    "identity" | "identity_schema_version" => return None,
                    _ => value.clone(),
                };
                Some((key.clone(), value))
            }))
        })
        .collect();
    let children: Vec<Tree> = module
        .get("child_modules")
        .map_or(&[][..], Tree::items)
        .iter()
        .filter_map(|child| stored_module(child, selected, secrets, side))
        .collect();
    if resources.is_empty() && children.is_empty() {
        return None;
    }
    if !resources.is_empty() {
        kept.set("resources", Tree::List(resources));
    }
    if !children.is_empty() {
        kept.set("child_modules", Tree::List(children));
    }
    Some(kept)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const PLAN: &str = r#"{
      "format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "now",
      "variables": {"password": {"value": "hunter2"}, "region": {"value": "eu-west-1"}},
      "planned_values": {"outputs": {"o": {"value": "hunter2"}}, "root_module": {"resources": [
        {"address": "aws_x.a[0]", "mode": "managed", "type": "aws_x", "name": "a", "index": 0, "values": {"id": "1", "name": "a", "n": 2, "list": ["hunter2", 3], "password": "hunter2", "note": "hunter2"}, "sensitive_values": {"list": [true, false], "password": true}},
        {"address": "aws_y.b", "mode": "managed", "type": "aws_y", "name": "b", "values": {}, "sensitive_values": {}}]}},
      "resource_changes": [
        {"address": "aws_x.a[0]", "mode": "managed", "type": "aws_x", "name": "a", "index": 0, "provider_name": "registry.terraform.io/hashicorp/aws",
         "change": {"actions": ["update"], "before": {"id": "1", "name": "a", "n": 1e400, "list": ["hunter2", 2]}, "after": {"id": "1", "name": "a", "n": 2, "list": ["hunter2", 3], "password": "hunter2", "note": "hunter2"},
                    "after_unknown": {"arn": true}, "before_sensitive": {"list": [true]}, "after_sensitive": {"list": [true, false], "password": true}, "generated_config": "hunter2"}},
        {"address": "aws_y.b", "mode": "managed", "type": "aws_y", "name": "b", "provider_name": "registry.terraform.io/hashicorp/aws",
         "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}}}],
      "output_changes": {"o": {"actions": ["create"], "before": null, "after": "hunter2", "after_unknown": false, "before_sensitive": false, "after_sensitive": false}},
      "configuration": {"provider_config": {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "expressions": {"region": {"references": ["var.region"]}, "secret_key": {"constant_value": "hunter2"}}}},
        "root_module": {"variables": {"password": {"default": "hunter2"}, "region": {}}, "outputs": {"o": {"expression": {"constant_value": "hunter2"}}},
          "resources": [
            {"address": "aws_x.a", "mode": "managed", "type": "aws_x", "name": "a", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "hunter2"}, "target": {"references": ["aws_y.b.arn", "aws_y.b"]}}, "count_expression": {"constant_value": 1}},
            {"address": "aws_y.b", "mode": "managed", "type": "aws_y", "name": "b", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "hunter2"}}}]}}}"#;

    fn cut_out(addresses: &[&str], referred: bool) -> Result<String, FixtureError> {
        let addresses: Vec<String> = addresses.iter().map(|text| (*text).to_owned()).collect();
        cut(PLAN.as_bytes(), &addresses, referred)
    }

    #[test]
    fn what_is_left_is_a_plan_of_these_changes_without_a_secret() {
        let fixture = cut_out(&["aws_x.a"], false).unwrap();
        assert!(!fixture.contains("hunter2"), "{fixture}");
        assert!(!fixture.contains("\"aws_y.b\","), "{fixture}");
        assert!(fixture.contains("1e400"), "{fixture}");
        let text = PlanText::from_bytes(fixture.into_bytes()).unwrap();
        let plan = text.read().unwrap();
        let [change] = plan.changes.as_slice() else {
            unreachable!("{:?}", plan.changes)
        };
        let path = |text: &str| tollgate_plan::Path::parse(text).unwrap();
        assert_eq!(plan.references(change, &path("target")), ["aws_y.b.arn"]);
        assert_eq!(plan.region(change).as_deref(), Some("eu-west-1"));
        use tollgate_plan::Value;
        assert_eq!(change.after(&path("password")).unwrap(), Value::Sensitive);
        assert_eq!(change.after(&path("list[0]")).unwrap(), Value::Sensitive);
        assert_eq!(change.after(&path("list[1]")).unwrap(), Value::Integer(3));
        assert_eq!(change.after(&path("arn")).unwrap(), Value::Unknown);
    }

    #[test]
    fn what_is_referred_to_comes_along_where_that_is_asked() {
        let fixture = cut_out(&["aws_x.a[0]"], true).unwrap();
        let text = PlanText::from_bytes(fixture.into_bytes()).unwrap();
        let addresses: Vec<String> = text
            .read()
            .unwrap()
            .changes
            .iter()
            .map(|change| change.address.to_string())
            .collect();
        assert_eq!(addresses, ["aws_x.a[0]", "aws_y.b"]);
    }

    #[test]
    fn an_address_that_is_not_there_is_told_with_the_nearest() {
        let error = cut_out(&["aws_x.aa"], false).unwrap_err();
        assert!(
            error.to_string().contains("did you mean `aws_x.a`?"),
            "{error}"
        );
        assert!(matches!(
            cut(b"{}", &["a".to_owned()], false),
            Err(FixtureError::Plan(_))
        ));
    }
}
