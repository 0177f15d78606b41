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

/// The attribute that a reference reads, if it reads one of a resource: `arn` of `aws_iam_policy.p[0].arn`.
#[must_use]
pub fn attribute(reference: &str) -> Option<String> {
    let mut steps = steps(reference).into_iter();
    loop {
        match steps.next()?.0.as_str() {
            "module" => {
                steps.next()?;
            }
            "data" => {
                steps.nth(1)?;
                break;
            }
            _ => {
                steps.next()?;
                break;
            }
        }
    }
    steps.next().map(|(name, _)| name)
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

/// More instances than these are not told apart: the reference then means any of them.
const MOST: usize = 16;

/// Where an instance is: its module, and its own key.
type Place = (String, Option<String>);

/// Changes by the block that they are of.
#[derive(Clone, Debug, Default)]
pub struct ByBlock<'a>(BTreeMap<&'a str, BTreeMap<Place, &'a Change>>);

impl<'a> FromIterator<&'a Change> for ByBlock<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Change>>(changes: I) -> Self {
        let mut blocks = BTreeMap::<&str, BTreeMap<Place, &Change>>::new();
        for change in changes
            .into_iter()
            .filter(|change| change.deposed.is_none())
        {
            let module = change.module_address.clone().unwrap_or_default();
            let place = (module, change.index.as_ref().map(shown));
            blocks
                .entry(&change.block)
                .or_default()
                .insert(place, change);
        }
        Self(blocks)
    }
}

impl<'a> ByBlock<'a> {
    /// The instances that a reference of `from` can mean: the one in the nearest instance of
    /// the modules that both are in, with the key that is written or else the key of `from`.
    /// Several, of which not more than a few are named, where that cannot be told.
    #[must_use]
    pub fn meant(&self, from: &Change, target: &Target) -> Vec<&'a Change> {
        let Some(instances) = self.0.get(target.block.as_str()) else {
            return Vec::new();
        };
        if instances.len() <= 1 {
            return instances.values().copied().collect();
        }
        let own = from.module_address.as_deref().unwrap_or_default();
        // What a reference reaches is in the same module, or in one that hands it in or out.
        let mut module = own;
        loop {
            let keys = [target.key.clone(), from.index.as_ref().map(shown), None];
            for key in keys
                .iter()
                .filter(|key| target.key.is_none() || **key == target.key)
            {
                if let Some(one) = instances.get(&(module.to_owned(), key.clone())) {
                    return vec![one];
                }
            }
            let here = from_module(instances, module, |place| place == module);
            if !here.is_empty() {
                return here;
            }
            match parent(module) {
                Some(outer) => module = outer,
                None => break,
            }
        }
        let mut module = own;
        loop {
            let inner = format!("{module}.");
            let within = |place: &str| module.is_empty() || place.starts_with(&inner);
            let within = from_module(
                instances,
                if module.is_empty() { "" } else { &inner },
                within,
            );
            let keyed: Vec<_> = within
                .iter()
                .copied()
                .filter(|change| {
                    target.key.is_some() && change.index.as_ref().map(shown) == target.key
                })
                .collect();
            if !keyed.is_empty() {
                return keyed;
            }
            if !within.is_empty() {
                return within;
            }
            match parent(module) {
                Some(outer) => module = outer,
                None => return Vec::new(),
            }
        }
    }
}

/// A few of the instances in modules from this one on that are of interest.
fn from_module<'a>(
    instances: &BTreeMap<Place, &'a Change>,
    module: &str,
    wanted: impl Fn(&str) -> bool,
) -> Vec<&'a Change> {
    instances
        .range((module.to_owned(), None)..)
        .take_while(|((place, _), _)| wanted(place))
        .take(MOST)
        .map(|(_, change)| *change)
        .collect()
}

/// The module that calls a module; the root calls those without a dot.
fn parent(module: &str) -> Option<&str> {
    if module.is_empty() {
        return None;
    }
    // The last `.module.` outside of the brackets of a key.
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut last = 0;
    for (at, c) in module.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if depth == 0
                && module
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(".module.")) =>
            {
                last = at;
            }
            _ => {}
        }
    }
    module.get(..last)
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
    fn attributes() {
        for (reference, expected) in [
            ("aws_iam_policy.p.arn", Some("arn")),
            ("aws_iam_policy.p[\"a.b\"].arn", Some("arn")),
            (
                "module.m[0].aws_iam_policy.p[0].tags[\"x\"].y",
                Some("tags"),
            ),
            ("module.m.data.aws_iam_policy.p.arn", Some("arn")),
            ("data.aws_iam_policy.p", None),
            ("aws_iam_policy.p", None),
            ("aws_iam_policy.p[0]", None),
            ("each.key", None),
            ("module.m", None),
            ("", None),
        ] {
            assert_eq!(attribute(reference).as_deref(), expected, "{reference}");
        }
    }

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
    fn modules_and_their_callers() {
        assert_eq!(parent(""), None);
        assert_eq!(parent("module.a"), Some(""));
        assert_eq!(parent("module.a[0].module.b"), Some("module.a[0]"));
        assert_eq!(parent("module.a[\"x.module.y\"]"), Some(""));
    }

    #[test]
    fn which_instance_is_meant() {
        use tollgate_policy::testing::{Plan, Resource};
        use tollgate_policy::{
            Evaluation, Input, Interest, NoSettings, Policy, RuleDef, Severity, serde_json::json,
        };

        struct Meaning;
        const RULE: RuleDef = RuleDef {
            id: "r",
            title: "",
            description: "",
            severity: Severity::Low,
            remediation: "",
            example: "",
            links: &[],
        };
        impl Policy for Meaning {
            type Settings = NoSettings;
            const NAME: &'static str = "meaning";
            const VERSION: &'static str = "0.0.0";
            const DESCRIPTION: &'static str = "";
            const RULES: &'static [&'static RuleDef] = &[&RULE];
            fn interests() -> Vec<Interest> {
                vec![
                    Interest::in_types(["t_from", "t_to"])
                        .attributes(["a"])
                        .with_references(),
                ]
            }
            fn evaluate(input: &Input<'_, NoSettings>) -> Result<Evaluation, String> {
                let all: ByBlock<'_> = input.changes.iter().collect();
                let mut evaluation = Evaluation::default();
                for change in input
                    .changes
                    .iter()
                    .filter(|change| change.kind == "t_from")
                {
                    let target = target(&change.references("a")[0]).unwrap();
                    let meant: Vec<_> = all
                        .meant(change, &target)
                        .iter()
                        .map(|one| one.address.clone())
                        .collect();
                    evaluation
                        .findings
                        .push(RULE.violation(change, meant.join(" ")));
                }
                Ok(evaluation)
            }
        }
        let meant = |from: &str, reference: &str, to: &[&str]| {
            let mut plan = vec![Resource::create(from, json!({"a": "x"})).refers("a", reference)];
            plan.extend(to.iter().map(|to| Resource::create(to, json!({"a": "x"}))));
            let found = Plan::new(plan).findings::<Meaning>();
            found[0].split_once("]: ").unwrap().1.to_owned()
        };
        let m = |key: &str| format!("module.m[\"{key}\"].t_to.t");
        let (a, b) = (m("a"), m("b"));
        for (from, reference, to, expected) in [
            ("t_from.f", "t_to.t.id", vec!["t_to.t"], "t_to.t"),
            (
                "t_from.f",
                "t_to.t[\"a\"].id",
                vec!["t_to.t[\"a\"]", "t_to.t[\"b\"]"],
                "t_to.t[\"a\"]",
            ),
            (
                "t_from.f[\"b\"]",
                "t_to.t",
                vec!["t_to.t[\"a\"]", "t_to.t[\"b\"]"],
                "t_to.t[\"b\"]",
            ),
            (
                "t_from.f",
                "t_to.t",
                vec!["t_to.t[0]", "t_to.t[1]"],
                "t_to.t[0] t_to.t[1]",
            ),
            (
                "module.m[\"b\"].t_from.f",
                "module.m.t_to.t.id",
                vec![&a, &b],
                &b,
            ),
            (
                "module.m[\"b\"].module.n.t_from.f",
                "module.m.t_to.t.id",
                vec![&a, &b],
                &b,
            ),
            (
                "t_from.f",
                "module.m.t_to.t.id",
                vec![&a, &b],
                &format!("{a} {b}"),
            ),
            ("t_from.f", "t_to.other", vec!["t_to.t"], ""),
        ] {
            assert_eq!(meant(from, reference, &to), expected, "{from} {reference}");
        }
    }
}
