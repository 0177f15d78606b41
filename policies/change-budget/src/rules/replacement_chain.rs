//! `replacement-chain`

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tollgate_policy::{Action, Change, Field, Finding, Mode, Path, RuleDef, Severity, Step};

use crate::settings::Settings;
use crate::tally::with_examples;

/// The replacement of one resource drags many others along.
///
/// Follows references between replaced resources: one is dragged along where the attribute that
/// forces its replacement is not known before apply, and its configuration refers to another
/// resource that is replaced. It reports the first of the chain when more than `chain` others
/// come after it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "replacement-chain",
    title: "Replacements that drag others along",
    description: "The replacement of one resource forces that of more others than the settings \
        allow.",
    severity: Severity::High,
    remediation: "Leave the attribute that forces the first replacement as it was, or plan the move in steps.",
    example: r#"```hcl
resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16" # was 10.0.0.0/16: replaces all that is in it
}
```"#,
    links: &["https://developer.hashicorp.com/terraform/tutorials/state/resource-lifecycle"],
};

/// The whole object: only there do all references of a resource stand.
pub(crate) const WHOLE: &str = "";

pub(crate) fn check(changes: &[Change], settings: &Settings) -> Vec<Finding> {
    let replaced: Vec<&Change> = changes
        .iter()
        .filter(|change| {
            change.mode == Mode::Managed
                && change.deposed.is_none()
                && change.action == Action::Replace
        })
        .collect();
    let mut of_block = BTreeMap::<&str, Vec<&Change>>::new();
    for change in &replaced {
        of_block.entry(&change.block).or_default().push(change);
    }
    // From a block to those that its replacement drags along.
    let mut followers = BTreeMap::<&str, BTreeSet<&str>>::new();
    let mut dragged = BTreeSet::new();
    for change in &replaced {
        if !is_forced_by_unknown(change) {
            continue;
        }
        for reference in change.references(WHOLE) {
            if let Some(block) = block_of(reference, &of_block)
                && block != change.block
            {
                followers.entry(block).or_default().insert(&change.block);
                dragged.insert(change.block.as_str());
            }
        }
    }
    let limit = usize::try_from(settings.chain).unwrap_or(usize::MAX);
    let mut findings = Vec::new();
    for (block, members) in &of_block {
        if dragged.contains(block) || !followers.contains_key(block) {
            continue;
        }
        let others: Vec<&Change> = reached(block, &followers)
            .into_iter()
            .filter_map(|block| of_block.get(block))
            .flatten()
            .copied()
            .collect();
        let Some(first) = members.first() else {
            continue;
        };
        if others.len() <= limit {
            continue;
        }
        let mut finding = RULE.violation(
            first,
            format!(
                "the replacement of this resource drags {} others along, and `chain` allows {}",
                others.len(),
                settings.chain
            ),
        );
        finding
            .attributes
            .extend(first.replace_paths.first().cloned());
        findings.push(with_examples(finding, &others));
    }
    findings
}

/// What comes after a block, without itself, in the order in which it is reached.
fn reached<'a>(from: &'a str, followers: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut seen = BTreeSet::from([from]);
    let mut queue = VecDeque::from([from]);
    let mut order = Vec::new();
    while let Some(block) = queue.pop_front() {
        for next in followers.get(block).into_iter().flatten() {
            if seen.insert(next) {
                order.push(*next);
                queue.push_back(next);
            }
        }
    }
    order
}

/// Whether an attribute that forces the replacement is known only after apply.
fn is_forced_by_unknown(change: &Change) -> bool {
    let after = change.after(WHOLE);
    change.replace_paths.iter().any(|path| {
        let Ok(path) = Path::parse(path) else {
            return false;
        };
        let mut at = after.clone();
        for step in path.steps() {
            at = match step {
                Step::Key(key) => at.get(key),
                Step::Index(index) => item(&at, *index),
            };
        }
        at.undetermined().is_some() || has_unknown_item(&at)
    })
}

fn item(list: &Field, index: usize) -> Field {
    match list.items() {
        tollgate_policy::Attr::Known(items) => items
            .into_iter()
            .nth(index)
            .unwrap_or_else(|| list.get(WHOLE)),
        tollgate_policy::Attr::Unset | tollgate_policy::Attr::Undetermined(_) => list.clone(),
    }
}

fn has_unknown_item(list: &Field) -> bool {
    matches!(list.items(), tollgate_policy::Attr::Known(items)
        if items.iter().any(|item| item.undetermined().is_some()))
}

/// The replaced block that a reference names: `module.a.aws_vpc.b` of `module.a.aws_vpc.b.id`.
fn block_of<'a>(reference: &str, blocks: &BTreeMap<&'a str, Vec<&Change>>) -> Option<&'a str> {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for c in reference.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let mut text = bare.as_str();
    loop {
        if let Some((block, _)) = blocks.get_key_value(text) {
            return Some(block);
        }
        text = text.rsplit_once('.')?.0;
    }
}
