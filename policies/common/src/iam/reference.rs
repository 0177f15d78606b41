//! From a reference in the configuration to the resource that it means.

use std::collections::BTreeMap;

use tollgate_policy::{Change, InstanceKey};

/// What a reference names: the block without any instance key, and the key if it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Such as `module.a.aws_s3_bucket.b` or `data.aws_iam_policy_document.d`.
    pub block: String,
    /// The instance key of the resource, without quotes.
    pub key: Option<String>,
}

/// The target of a reference; none for a variable, a local value and the like.
#[must_use]
pub fn target(reference: &str) -> Option<Target> {
    let mut steps = steps(reference).into_iter();
    let mut block: Vec<String> = Vec::new();
    loop {
        let (step, _) = steps.next()?;
        match step.as_str() {
            "module" => {
                let (name, _) = steps.next()?;
                block.extend([step, name]);
            }
            "data" => {
                let (kind, _) = steps.next()?;
                let (name, key) = steps.next()?;
                block.extend([step, kind, name]);
                return Some(Target {
                    block: block.join("."),
                    key,
                });
            }
            "var" | "local" | "each" | "count" | "path" | "terraform" | "self" => return None,
            _ => {
                let (name, key) = steps.next()?;
                block.extend([step, name]);
                return Some(Target {
                    block: block.join("."),
                    key,
                });
            }
        }
    }
}

/// The names between the dots, each with the key in brackets behind it.
fn steps(text: &str) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let mut name = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '.' => {
                if !name.is_empty() {
                    found.push((std::mem::take(&mut name), None));
                }
            }
            '[' => {
                let mut key = String::new();
                if chars.peek() == Some(&'"') {
                    chars.next();
                    while let Some(c) = chars.next() {
                        match c {
                            '"' => break,
                            '\\' => key.extend(chars.next()),
                            c => key.push(c),
                        }
                    }
                    chars.next();
                } else {
                    key.extend(chars.by_ref().take_while(|c| *c != ']'));
                }
                if !name.is_empty() {
                    found.push((std::mem::take(&mut name), Some(key)));
                }
            }
            c => name.push(c),
        }
    }
    if !name.is_empty() {
        found.push((name, None));
    }
    found
}

/// Changes by the block that they are of.
#[derive(Clone, Debug, Default)]
pub struct ByBlock<'a>(BTreeMap<&'a str, Vec<&'a Change>>);

impl<'a> FromIterator<&'a Change> for ByBlock<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Change>>(changes: I) -> Self {
        let mut blocks = BTreeMap::<_, Vec<_>>::new();
        for change in changes {
            blocks
                .entry(change.block.as_str())
                .or_default()
                .push(change);
        }
        Self(blocks)
    }
}

impl<'a> ByBlock<'a> {
    /// The instances that a reference of `from` can mean: those of the same instance of the
    /// modules that both are in, with the key that is written or else the key of `from`.
    #[must_use]
    pub fn meant(&self, from: &Change, target: &Target) -> Vec<&'a Change> {
        let Some(all) = self.0.get(target.block.as_str()) else {
            return Vec::new();
        };
        if let [one] = all.as_slice() {
            return vec![one];
        }
        let same_module = prefer(all.clone(), |change| {
            module_within(
                from.module_address.as_deref(),
                change.module_address.as_deref(),
            )
        });
        prefer(same_module, |change| match &target.key {
            Some(key) => change
                .index
                .as_ref()
                .is_some_and(|index| shown(index) == *key),
            None => change.index.is_some() && change.index == from.index,
        })
    }
}

/// Those for which something holds, if there are any.
fn prefer(changes: Vec<&Change>, f: impl Fn(&Change) -> bool) -> Vec<&Change> {
    let some: Vec<_> = changes.iter().copied().filter(|change| f(change)).collect();
    if some.is_empty() { changes } else { some }
}

/// Whether one module instance is the other, or one that calls it or that it calls.
fn module_within(one: Option<&str>, other: Option<&str>) -> bool {
    let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    long.strip_prefix(short)
        .is_some_and(|rest| short.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

fn shown(key: &InstanceKey) -> String {
    match key {
        InstanceKey::Number(number) => number.to_string(),
        InstanceKey::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn targets() {
        for (reference, block, key) in [
            ("aws_s3_bucket.b.id", "aws_s3_bucket.b", None),
            ("aws_s3_bucket.b[0].id", "aws_s3_bucket.b", Some("0")),
            (
                "aws_s3_bucket.b[\"a.b\"].id",
                "aws_s3_bucket.b",
                Some("a.b"),
            ),
            ("module.m.aws_s3_bucket.b", "module.m.aws_s3_bucket.b", None),
            (
                "module.m.data.aws_iam_policy_document.d.json",
                "module.m.data.aws_iam_policy_document.d",
                None,
            ),
        ] {
            let target = target(reference).unwrap();
            assert_eq!(
                (target.block.as_str(), target.key.as_deref()),
                (block, key),
                "{reference}"
            );
        }
        for reference in [
            "var.x",
            "local.a.b",
            "module.m.var.x",
            "each.value",
            "aws_x",
            "",
        ] {
            assert_eq!(target(reference), None, "{reference}");
        }
    }

    #[test]
    fn modules_within_each_other() {
        assert!(module_within(None, Some("module.a[0]")));
        assert!(module_within(
            Some("module.a[0]"),
            Some("module.a[0].module.b")
        ));
        assert!(!module_within(Some("module.a[0]"), Some("module.a[1]")));
        assert!(!module_within(Some("module.a"), Some("module.ab")));
    }
}
