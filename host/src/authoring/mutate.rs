//! Mutants of a plan: one thing of it turned bad at a time, and whether any finding notices.
//!
//! A mutant that no finding notices is either harmless, or something that the policies let pass.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;
use tollgate_model::error::UserError;
use tollgate_model::exit;
use tollgate_plan::{Action, Mode, Path, Plan, PlanError, PlanText, ResourceChange, Step, Value};

use super::tree::{Tree, TreeError};
use crate::report::Problem;

/// The most leaves of one attribute that are turned.
const MAX_LEAVES: usize = 64;

/// How much of a value is shown.
const SHOWN: usize = 40;

/// What a text is turned into.
const OTHER_TEXT: &str = "tollgate-mutant";

/// What judges mutants.
pub trait Judge: Sync {
    /// What is found in a plan, as texts that tell any two findings apart. A policy that cannot
    /// judge has found that, too.
    ///
    /// # Errors
    /// When the plan cannot be read as far as a policy asks.
    fn found(&self, plan: &Plan<'_>) -> Result<BTreeSet<String>, PlanError>;

    /// Whether a change of this type and action is anybody's business.
    fn minds(&self, kind: &str, action: Action) -> bool;

    /// The attributes that are read of a change.
    fn reads(&self, kind: &str, action: Action) -> Vec<Path>;
}

/// Why there are no mutants.
#[derive(Debug, thiserror::Error)]
pub enum MutateError {
    /// The plan cannot be read.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// The plan is JSON that cannot be taken apart.
    #[error("the plan cannot be taken apart: {0}")]
    Tree(#[from] TreeError),
    /// The plan is not UTF-8.
    #[error("the plan is not UTF-8; mutants are made of UTF-8 only")]
    Encoding,
    /// A policy cannot be run.
    #[error("the policy {policy} cannot be run: {}", .problem.message)]
    Policy {
        /// Its name.
        policy: String,
        /// Why.
        problem: Problem,
    },
}

impl UserError for MutateError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Plan(_) | Self::Tree(_) | Self::Encoding => exit::PLAN,
            Self::Policy { .. } => exit::POLICY,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Plan(error) => error.help(),
            Self::Policy { problem, .. } => problem.help.clone(),
            Self::Tree(_) => None,
            Self::Encoding => Some("make it with: tofu show -json PLAN > plan.json".to_owned()),
        }
    }
}

/// One thing that is turned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mutant {
    /// The address of the change.
    pub address: String,
    /// The key of a deposed object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The attribute; none if the action is turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What it is, shortened.
    pub from: String,
    /// What it is turned into.
    pub to: String,
}

/// What came of all mutants.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mutation {
    /// How many were judged.
    pub mutants: usize,
    /// How many changed what is found.
    pub noticed: usize,
    /// Those that changed nothing of it, in the order of the plan.
    pub unnoticed: Vec<Mutant>,
    /// How many are like no plan, and were not judged.
    pub impossible: usize,
    /// How many more there are than were asked for.
    pub left_out: usize,
}

impl Mutation {
    /// How many of a hundred were noticed, rounded down; all of none.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.noticed * 100)
            .checked_div(self.mutants)
            .unwrap_or(100)
    }
}

/// What a mutant does to a change of the plan.
#[derive(Clone, Debug)]
enum Turn {
    /// `after` has another value at a path.
    Value(Vec<Step>, Tree),
    /// It is known only afterwards.
    Unknown(Vec<Step>),
    /// Something else happens.
    Action(&'static [&'static str]),
}

/// A plan in pieces that are put together for each mutant.
struct Pieces {
    head: String,
    tail: String,
    changes: Vec<Tree>,
    texts: Vec<String>,
}

impl Pieces {
    fn of(tree: &Tree) -> Self {
        let mut other = tree.clone();
        other.remove("resource_changes");
        let changes = match tree.get("resource_changes") {
            Some(changes) => changes.items().to_vec(),
            None => Vec::new(),
        };
        let rest = other.compact();
        let open = rest.strip_suffix('}').unwrap_or(&rest);
        let comma = if open.ends_with('{') { "" } else { "," };
        Self {
            head: format!("{open}{comma}\"resource_changes\":["),
            tail: "]}".to_owned(),
            texts: changes.iter().map(Tree::compact).collect(),
            changes,
        }
    }

    /// The plan with one change turned.
    fn with(&self, nth: usize, turn: &Turn) -> Option<String> {
        let mut entry = self.changes.get(nth)?.clone();
        turn.apply(&mut entry)?;
        let turned = entry.compact();
        let mut plan = self.head.clone();
        for (other, text) in self.texts.iter().enumerate() {
            if other > 0 {
                plan.push(',');
            }
            plan.push_str(if other == nth { &turned } else { text });
        }
        plan.push_str(&self.tail);
        Some(plan)
    }
}

impl Turn {
    fn apply(&self, entry: &mut Tree) -> Option<()> {
        let change = entry.get_mut("change")?;
        let is = |words: &[&str]| *words == ["no-op"];
        let actions: Vec<String> = change
            .get("actions")?
            .items()
            .iter()
            .filter_map(|word| word.text().map(str::to_owned))
            .collect();
        match self {
            Self::Value(steps, value) => {
                change
                    .get_mut("after")?
                    .put(steps, value.clone(), &Tree::Null);
            }
            Self::Unknown(steps) => {
                let unknown = Tree::Bool(true);
                change.get_mut("after")?.put(steps, Tree::Null, &Tree::Null);
                change
                    .get_mut("after_unknown")?
                    .put(steps, unknown, &Tree::Bool(false));
            }
            Self::Action(words) => {
                let gone = matches!(words, ["delete" | "forget"]);
                if change
                    .get("before")
                    .is_none_or(|before| *before == Tree::Null)
                {
                    // What is there now is what would have been made.
                    let after = change.get("after")?.clone();
                    change.set("before", after);
                    if let Some(marks) = change.get("after_sensitive").cloned() {
                        change.set("before_sensitive", marks);
                    }
                }
                if gone {
                    change.set("after", Tree::Null);
                    change.set("after_unknown", Tree::Object(Vec::new()));
                    change.set("after_sensitive", Tree::Bool(false));
                }
                change.set("actions", Tree::texts(words.iter().copied()));
                change.remove("replace_paths");
                entry.remove("action_reason");
                return Some(());
            }
        }
        let words: Vec<&str> = actions.iter().map(String::as_str).collect();
        if is(&words) {
            change.set("actions", Tree::texts(["update"]));
        }
        Some(())
    }
}

/// Makes every mutant of a plan, at most `most`, and judges it.
///
/// # Errors
/// When the bytes are no plan.
pub fn mutate(bytes: &[u8], judge: &dyn Judge, most: usize) -> Result<Mutation, MutateError> {
    let text = PlanText::from_bytes(bytes.to_vec())?;
    let plan = text.read()?;
    let source = str::from_utf8(bytes).map_err(|_| MutateError::Encoding)?;
    let tree = Tree::first(source)?;
    let pieces = Pieces::of(&tree);
    let before = judge.found(&plan)?;
    let mut turns = Vec::new();
    for (nth, change) in plan.changes.iter().enumerate() {
        if change.mode == Mode::Managed && change.deposed.is_none() {
            turns_of(nth, change, &pieces, judge, &mut turns);
        }
    }
    let left_out = turns.len().saturating_sub(most);
    let turns = spread(turns, most);
    // None: no plan is like this.
    let noticed: Vec<Option<bool>> = turns
        .par_iter()
        .map(|(nth, turn, _)| {
            let text = pieces.with(*nth, turn)?;
            let text = PlanText::from_bytes(text.into_bytes()).ok()?;
            let plan = text.read().ok()?;
            Some(judge.found(&plan).ok()? != before)
        })
        .collect();
    let mut mutation = Mutation {
        mutants: 0,
        noticed: 0,
        unnoticed: Vec::new(),
        impossible: 0,
        left_out,
    };
    for ((_, _, mutant), noticed) in turns.into_iter().zip(noticed) {
        match noticed {
            None => mutation.impossible += 1,
            Some(noticed) => {
                mutation.mutants += 1;
                mutation.noticed += usize::from(noticed);
                if !noticed {
                    mutation.unnoticed.push(mutant);
                }
            }
        }
    }
    Ok(mutation)
}

/// As many as are asked for, from all over the plan.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let number = all.len();
    if number <= most {
        return all;
    }
    all.into_iter()
        .enumerate()
        // The nth is taken where the share up to it grows by one.
        .filter(|(nth, _)| nth * most / number != (nth + 1) * most / number)
        .map(|(_, item)| item)
        .collect()
}

type Turned = (usize, Turn, Mutant);

fn turns_of(
    nth: usize,
    change: &ResourceChange<'_>,
    pieces: &Pieces,
    judge: &dyn Judge,
    turns: &mut Vec<Turned>,
) {
    let mutant = |attribute: Option<&str>, from: &str, to: &str| Mutant {
        address: change.address.to_string(),
        deposed: change.deposed.as_deref().map(str::to_owned),
        attribute: attribute.map(str::to_owned),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    const DANGEROUS: [(Action, &[&str]); 3] = [
        (Action::Delete, &["delete"]),
        (Action::Replace, &["delete", "create"]),
        (Action::Forget, &["forget"]),
    ];
    let harmless = matches!(
        change.action,
        Action::NoOp | Action::Create | Action::Update
    );
    if harmless {
        let minds = |action| judge.minds(&change.kind, action);
        let wanted = DANGEROUS
            .into_iter()
            .filter(|(action, _)| minds(change.action) || minds(*action));
        for (action, words) in wanted {
            let mutant = mutant(None, change.action.as_str(), action.as_str());
            turns.push((nth, Turn::Action(words), mutant));
        }
    }
    let after = pieces
        .changes
        .get(nth)
        .and_then(|entry| entry.get("change")?.get("after"));
    let Some(after) = after else { return };
    let paths: BTreeSet<Path> = judge
        .reads(&change.kind, change.action)
        .into_iter()
        .collect();
    // A path can lead into what another one reads.
    let mut seen = BTreeSet::new();
    for path in &paths {
        let mut leaves = Vec::new();
        if let Some(value) = after.at(path) {
            leaf(value, path.steps(), &mut leaves);
        }
        for (steps, value) in leaves {
            let path: Path = steps.iter().cloned().collect();
            if !seen.insert(path.clone()) {
                continue;
            }
            // What nobody sees cannot be noticed.
            if matches!(
                change.after(&path),
                Err(_) | Ok(Value::Sensitive | Value::Unknown)
            ) {
                continue;
            }
            let name = path.to_string();
            for (to, told) in bad(value) {
                turns.push((
                    nth,
                    Turn::Value(steps.clone(), to),
                    mutant(Some(&name), &shown(value), told),
                ));
            }
            turns.push((
                nth,
                Turn::Unknown(steps),
                mutant(Some(&name), &shown(value), "unknown"),
            ));
        }
    }
}

/// The leaves of a value, and the containers on the way to them.
fn leaf<'t>(value: &'t Tree, steps: &[Step], leaves: &mut Vec<(Vec<Step>, &'t Tree)>) {
    if leaves.len() >= MAX_LEAVES || *value == Tree::Null {
        return;
    }
    // The whole object is no attribute.
    if !steps.is_empty() {
        leaves.push((steps.to_vec(), value));
    }
    let below = |step: Step| {
        let mut steps = steps.to_vec();
        steps.push(step);
        steps
    };
    for (key, part) in value.entries() {
        leaf(part, &below(Step::Key(key.clone())), leaves);
    }
    for (index, part) in value.items().iter().enumerate() {
        leaf(part, &below(Step::Index(index)), leaves);
    }
}

/// What a value is turned into, and how that is told.
fn bad(value: &Tree) -> Vec<(Tree, &'static str)> {
    let number = |text: &str| Tree::Number(text.to_owned());
    let mut bad = match value {
        Tree::Null => return Vec::new(),
        Tree::Bool(true) => vec![(Tree::Bool(false), "false")],
        Tree::Bool(false) => vec![(Tree::Bool(true), "true")],
        Tree::Number(_) => vec![
            (number("0"), "0"),
            (number("1"), "1"),
            (number("1000000"), "1000000"),
        ],
        Tree::Text(_) => vec![
            (Tree::Text(String::new()), "\"\""),
            (Tree::Text(OTHER_TEXT.to_owned()), "another text"),
        ],
        Tree::List(items) if items.is_empty() => Vec::new(),
        Tree::List(_) => vec![(Tree::List(Vec::new()), "[]")],
        Tree::Object(entries) if entries.is_empty() => Vec::new(),
        Tree::Object(_) => vec![(Tree::Object(Vec::new()), "{}")],
    };
    bad.push((Tree::Null, "null"));
    bad.retain(|(turned, _)| turned != value);
    bad
}

/// A value, short enough for a line. Containers may hold what is secret.
fn shown(value: &Tree) -> String {
    match value {
        Tree::List(_) => "a list".to_owned(),
        Tree::Object(_) => "an object".to_owned(),
        leaf => {
            let text = leaf.compact();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            }
        }
    }
}

/// How many mutants of each attribute no finding noticed, most first.
#[must_use]
pub fn by_attribute(unnoticed: &[Mutant]) -> Vec<(String, usize)> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for mutant in unnoticed {
        let what = match &mutant.attribute {
            Some(attribute) => attribute.clone(),
            None => format!("{} -> {}", mutant.from, mutant.to),
        };
        *counted.entry(what).or_default() += 1;
    }
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    counted
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Notices what is deleted, and `on` that is not `true`.
    struct Deletions;

    impl Judge for Deletions {
        fn found(&self, plan: &Plan<'_>) -> Result<BTreeSet<String>, PlanError> {
            let on = Path::parse("on").unwrap();
            let mut found = BTreeSet::new();
            for change in &plan.changes {
                if change.action == Action::Delete {
                    found.insert(format!("{} is deleted", change.address));
                } else if change.after(&on)? != Value::Bool(true) {
                    found.insert(format!("{} is off", change.address));
                }
            }
            Ok(found)
        }

        fn minds(&self, _: &str, _: Action) -> bool {
            true
        }

        fn reads(&self, _: &str, _: Action) -> Vec<Path> {
            ["on", "size", "secret", "tags"]
                .map(|path| Path::parse(path).unwrap())
                .to_vec()
        }
    }

    const PLAN: &str = r#"{"format_version":"1.2","resource_changes":[
        {"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y","change":{"actions":["no-op"],"before":{"on":true,"size":5,"secret":"s","tags":{"a":"b"}},"after":{"on":true,"size":5,"secret":"s","tags":{"a":"b"}},"after_unknown":{},"before_sensitive":{"secret":true},"after_sensitive":{"secret":true}}},
        {"address":"aws_x.gone","mode":"managed","type":"aws_x","name":"gone","change":{"actions":["delete"],"before":{"on":true},"after":null,"after_unknown":{},"before_sensitive":{},"after_sensitive":false}}]}"#;

    #[test]
    fn what_is_noticed_is_counted_and_the_rest_is_told() {
        let mutation = mutate(PLAN.as_bytes(), &Deletions, 1_000).unwrap();
        // Three of `on`, and what leaves nothing behind.
        assert_eq!(mutation.noticed, 5);
        assert_eq!(mutation.impossible, 0);
        let told: Vec<String> = mutation
            .unnoticed
            .iter()
            .map(|mutant| {
                let what = mutant.attribute.as_deref().unwrap_or("action");
                format!("{what}: {} -> {}", mutant.from, mutant.to)
            })
            .collect();
        assert_eq!(
            told,
            [
                "action: no-op -> replace",
                "size: 5 -> 0",
                "size: 5 -> 1",
                "size: 5 -> 1000000",
                "size: 5 -> null",
                "size: 5 -> unknown",
                "tags: an object -> {}",
                "tags: an object -> null",
                "tags: an object -> unknown",
                "tags.a: \"b\" -> \"\"",
                "tags.a: \"b\" -> another text",
                "tags.a: \"b\" -> null",
                "tags.a: \"b\" -> unknown",
            ]
        );
        assert_eq!(mutation.percent(), 5 * 100 / 18);
        let again = mutate(PLAN.as_bytes(), &Deletions, 1_000).unwrap();
        assert_eq!(again.unnoticed, mutation.unnoticed);
        let few = mutate(PLAN.as_bytes(), &Deletions, 5).unwrap();
        assert_eq!((few.mutants, few.left_out), (5, 13));
    }
}
