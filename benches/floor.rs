//! The floor under the gate, on the same file: touch every byte, or parse it once into
//! types that borrow and skip. What `benches/run.py` divides by.
//!
//! usage: floor touch|typed PLAN

#![expect(
    clippy::print_stdout,
    reason = "the sum keeps the work from being removed"
)]

use std::borrow::Cow;
use std::error::Error;
use std::{env, fs};

use serde::Deserialize;
use serde_json::value::RawValue;

/// As much of a plan as a gate cannot do without.
#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow)]
    resource_changes: Vec<ResourceChange<'a>>,
}

#[derive(Deserialize)]
struct ResourceChange<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    change: Change<'a>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    actions: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, what, path] = arguments.as_slice() else {
        return Err("usage: floor touch|typed PLAN".into());
    };
    let bytes = fs::read(path)?;
    let sum = match what.as_str() {
        "touch" => bytes.iter().map(|byte| usize::from(*byte)).sum(),
        "typed" => {
            let plan: Plan<'_> = serde_json::from_slice(&bytes)?;
            plan.resource_changes
                .iter()
                .map(|change| {
                    let raw = |value: Option<&RawValue>| value.map_or(0, |value| value.get().len());
                    change.address.len()
                        + change.kind.len()
                        + change.change.actions.len()
                        + raw(change.change.before)
                        + raw(change.change.after)
                })
                .sum::<usize>()
        }
        other => return Err(format!("no such floor: {other}").into()),
    };
    println!("{sum}");
    Ok(())
}
