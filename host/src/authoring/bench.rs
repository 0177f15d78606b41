//! What judging takes, and how that grows with the plan.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tollgate_plan::PlanText;

use super::mutate::MutateError;
use super::run::Subject;
use super::tree::Tree;
use crate::sandbox::contract::wit;
use crate::sandbox::limits::{Limit, Limits};
use crate::sandbox::request::{self, Context, Observer};
use crate::sandbox::{PolicyError, Usage};

/// How often each plan is judged; the median of the times counts.
const RUNS: usize = 5;

/// How many times the plan is taken, each beside the others.
const SCALES: [usize; 4] = [1, 2, 4, 8];

/// What judging plans of growing size takes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bench {
    /// The policy's name.
    pub policy: String,
    /// Its version.
    pub version: String,
    /// One for each size.
    pub rows: Vec<Row>,
    /// What one call may use: fuel, and memory in bytes.
    pub may: (u64, u64),
}

/// What judging one plan takes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// How many changes the plan has.
    pub changes: usize,
    /// How many of them the policy was given.
    pub seen: usize,
    /// The median of all runs, in microseconds: selecting, calling and checking the answer.
    pub microseconds: u64,
    /// All calls together.
    pub fuel: u64,
    /// The call that used most of it.
    pub most_fuel: u64,
    /// The call that had most of it, in bytes.
    pub memory: u64,
    /// How many calls there were.
    pub calls: usize,
}

impl Bench {
    /// How much more fuel the largest plan takes than the one half its size, in percent of what a
    /// plan twice as large should: 100 is as it grows, 200 is with its square.
    #[must_use]
    pub fn growth(&self) -> Option<u64> {
        let [.., half, whole] = self.rows.as_slice() else {
            return None;
        };
        let base = self.rows.first()?;
        // What a call takes before it looks at a change grows with nothing.
        let own = |row: &Row| row.fuel.saturating_sub(base.fuel);
        let (steps, former) = (own(whole), own(half));
        // From one to eight are seven steps, from one to four three.
        (steps * 3 * 100).checked_div(former * 7)
    }
}

/// Takes down what calls take.
#[derive(Debug, Default)]
pub(super) struct Taken(Mutex<Vec<Usage>>);

impl Taken {
    /// What each call took.
    pub(super) fn calls(self) -> Vec<Usage> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Taken {
    fn call(
        &self,
        _: usize,
        _: &Limits,
        _: &wit::Request<'_>,
        _: &Result<wit::Evaluation, PolicyError>,
    ) {
    }

    fn used(&self, _: usize, usage: Usage) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(usage);
    }
}

/// Has a policy judge a plan, and plans with that many times its changes.
///
/// # Errors
/// When the bytes are no plan, or the policy cannot judge one of them.
pub fn bench(subject: &Subject, bytes: &[u8], context: Context<'_>) -> Result<Bench, MutateError> {
    let source = str::from_utf8(bytes).map_err(|_| MutateError::Encoding)?;
    PlanText::from_bytes(bytes.to_vec())?.read()?;
    let tree = Tree::first(source)?;
    let metadata = &subject.module.metadata;
    let mut rows = Vec::new();
    for scale in SCALES {
        let text = PlanText::from_bytes(times(&tree, scale).compact().into_bytes())?;
        rows.push(row(subject, &text, context)?);
    }
    let limits = &subject.module.limits;
    Ok(Bench {
        policy: metadata.name.clone(),
        version: metadata.version.clone(),
        rows,
        may: (limits.get(Limit::Fuel), limits.bytes(Limit::MemoryMib)),
    })
}

fn row(subject: &Subject, text: &PlanText, context: Context<'_>) -> Result<Row, MutateError> {
    let plan = text.read()?;
    let mut times: Vec<Duration> = Vec::new();
    let mut seen = 0;
    let mut taken = Vec::new();
    for _ in 0..RUNS {
        let observer = Taken::default();
        let context = Context {
            observer: Some(&observer),
            ..context
        };
        let start = Instant::now();
        let answer = request::evaluate(&subject.module, &plan, context);
        times.push(start.elapsed());
        match answer {
            Ok(answer) => seen = answer.changes_seen,
            Err(PolicyError::Plan(error)) => return Err(error.into()),
            Err(error) => {
                return Err(MutateError::Policy {
                    policy: subject.module.metadata.name.clone(),
                    problem: error.problem(),
                });
            }
        }
        taken = observer.calls();
    }
    times.sort();
    let median = times.get(RUNS / 2).copied().unwrap_or_default();
    let most = |of: fn(&Usage) -> u64| taken.iter().map(of).max().unwrap_or_default();
    Ok(Row {
        changes: plan.changes.len(),
        seen,
        microseconds: u64::try_from(median.as_micros()).unwrap_or(u64::MAX),
        fuel: taken.iter().map(|usage| usage.fuel).sum(),
        most_fuel: most(|usage| usage.fuel),
        memory: most(|usage| usage.memory),
        calls: taken.len(),
    })
}

/// A plan with every change that many times, each under a name of its own.
fn times(tree: &Tree, scale: usize) -> Tree {
    let mut plan = Tree::Object(Vec::new());
    for (key, value) in tree.entries() {
        let value = match key.as_str() {
            // They only repeat what the changes say.
            "planned_values" if tree.get("resource_changes").is_some() => continue,
            "prior_state" | "resource_drift" => continue,
            "resource_changes" => {
                let changes = value.items();
                let copies = (0..scale)
                    .flat_map(|copy| changes.iter().map(move |change| renamed(change, copy)));
                Tree::List(copies.collect())
            }
            "configuration" => Tree::object(value.entries().iter().map(|(key, value)| {
                let value = match key.as_str() {
                    "root_module" => module(value, scale),
                    _ => value.clone(),
                };
                (key.clone(), value)
            })),
            _ => value.clone(),
        };
        plan.set(key, value);
    }
    plan
}

fn module(module: &Tree, scale: usize) -> Tree {
    Tree::object(module.entries().iter().map(|(key, value)| {
        let value = match key.as_str() {
            "resources" => {
                let blocks = value.items();
                let copies = (0..scale)
                    .flat_map(|copy| blocks.iter().map(move |block| renamed(block, copy)));
                Tree::List(copies.collect())
            }
            "module_calls" => Tree::object(value.entries().iter().map(|(name, call)| {
                let mut call = call.clone();
                if let Some(inner) = call.get_mut("module") {
                    let copies = self::module(inner, scale);
                    *inner = copies;
                }
                (name.clone(), call)
            })),
            _ => value.clone(),
        };
        (key.clone(), value)
    }))
}

/// A change or a block under another name; the first copy keeps its own.
fn renamed(entry: &Tree, copy: usize) -> Tree {
    let mut entry = entry.clone();
    let (Some(address), true) = (
        entry.get("address").and_then(Tree::text).map(str::to_owned),
        copy > 0,
    ) else {
        return entry;
    };
    let block = tollgate_plan::without_keys(&address.as_str().into()).into_owned();
    let Some((_, name)) = block.rsplit_once('.') else {
        return entry;
    };
    let new = format!("{name}_{copy}");
    // The name is followed by the key of the instance, if by anything.
    if let Some(at) = address.rfind(&format!(".{name}")) {
        let (head, tail) = address.split_at(at);
        let rest = tail.get(name.len() + 1..).unwrap_or_default();
        entry.set("address", Tree::Text(format!("{head}.{new}{rest}")));
    }
    if entry.get("name").is_some() {
        entry.set("name", Tree::Text(new));
    }
    entry.remove("previous_address");
    entry
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_larger_plan_has_every_change_under_another_name() {
        let plan = r#"{"format_version":"1.2","planned_values":{},"resource_changes":[
            {"address":"module.m[\"a.y\"].aws_x.y[0]","mode":"managed","type":"aws_x","name":"y","index":0,"provider_name":"aws","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{}}}],
            "configuration":{"root_module":{"module_calls":{"m":{"module":{"resources":[{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y"}]}}}}}}"#;
        let larger = times(&Tree::parse(plan).unwrap(), 3).compact();
        let text = PlanText::from_bytes(larger.clone().into_bytes()).unwrap();
        let addresses: Vec<String> = text
            .read()
            .unwrap()
            .changes
            .iter()
            .map(|change| change.address.to_string())
            .collect();
        assert_eq!(
            addresses,
            [
                r#"module.m["a.y"].aws_x.y[0]"#,
                r#"module.m["a.y"].aws_x.y_1[0]"#,
                r#"module.m["a.y"].aws_x.y_2[0]"#
            ]
        );
        assert_eq!(larger.matches("\"name\":\"y_2\"").count(), 2);
    }

    #[test]
    fn growth_is_told_apart() {
        let of = |fuel: [u64; 4]| Bench {
            policy: String::new(),
            version: String::new(),
            may: (1, 1),
            rows: fuel
                .into_iter()
                .map(|fuel| Row {
                    changes: 1,
                    seen: 1,
                    microseconds: 1,
                    fuel,
                    most_fuel: fuel,
                    memory: 1,
                    calls: 1,
                })
                .collect(),
        };
        assert_eq!(of([110, 120, 140, 180]).growth(), Some(100));
        assert_eq!(of([101, 104, 116, 164]).growth(), Some(180));
        assert_eq!(of([5, 5, 5, 5]).growth(), None);
    }
}
