//! Values inside of blocks, wherever those repeat.

use tollgate_policy::{Attr, Field};

/// One value that a path leads to.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Where it is, with the positions in lists: `replica[1].region_name`.
    pub path: String,
    /// The value; undetermined where something around it is.
    pub value: Field,
}

/// Every value that a path leads to from an attribute: `path` is `replica.region_name`, `root` the
/// value of `replica`. Each block of a list is followed, and a list at the end is taken apart.
/// What is unset leads nowhere.
#[must_use]
pub fn leaves(root: &Field, path: &str) -> Vec<Leaf> {
    let mut steps = path.split('.');
    let first = steps.next().unwrap_or_default();
    let mut at = apart(Leaf {
        path: first.to_owned(),
        value: root.clone(),
    });
    for step in steps {
        at = at
            .into_iter()
            .flat_map(|leaf| {
                if leaf.value.undetermined().is_some() {
                    return vec![leaf];
                }
                apart(Leaf {
                    path: format!("{}.{step}", leaf.path),
                    value: leaf.value.get(step),
                })
            })
            .collect();
    }
    at
}

/// The attribute that an interest has to declare for a path.
#[must_use]
pub fn root(path: &str) -> &str {
    path.split('.').next().unwrap_or_default()
}

/// The items of a list; anything else as it is, and what is unset not at all.
fn apart(leaf: Leaf) -> Vec<Leaf> {
    if leaf.value.is_unset() {
        return Vec::new();
    }
    let Attr::Known(items) = leaf.value.items() else {
        return vec![leaf];
    };
    items
        .into_iter()
        .enumerate()
        .filter(|(_, value)| !value.is_unset())
        .map(|(nth, value)| Leaf {
            path: format!("{}[{nth}]", leaf.path),
            value,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tollgate_policy::serde_json::json;
    use tollgate_policy::testing::{Plan, Resource, unknown};
    use tollgate_policy::{
        Attr, Evaluation, Input, Interest, NoSettings, Outcome, Policy, RuleDef, Severity,
    };

    use super::leaves;

    /// A policy that says what it sees, since a [`tollgate_policy::Field`] is only made by one.
    struct Seen;

    const RULE: RuleDef = RuleDef {
        id: "seen",
        title: "",
        description: "",
        severity: Severity::Info,
        remediation: "",
        example: "",
        links: &[],
    };

    impl Policy for Seen {
        type Settings = NoSettings;
        const NAME: &'static str = "seen";
        const VERSION: &'static str = "0.0.0";
        const DESCRIPTION: &'static str = "";
        const RULES: &'static [&'static RuleDef] = &[&RULE];

        fn interests() -> Vec<Interest> {
            vec![Interest::in_types(["a_b"]).attributes(["top"])]
        }

        fn evaluate(input: &Input<'_, NoSettings>) -> Result<Evaluation, String> {
            let mut evaluation = Evaluation::default();
            for change in &input.changes {
                for leaf in leaves(&change.after("top"), "top.list.leaf") {
                    let value = match leaf.value.text() {
                        Attr::Known(text) => text,
                        Attr::Unset => "unset".to_owned(),
                        Attr::Undetermined(why) => why.to_string(),
                    };
                    evaluation
                        .findings
                        .push(RULE.finding(Outcome::Violation, format!("{} {value}", leaf.path)));
                }
            }
            Ok(evaluation)
        }
    }

    #[test]
    fn every_block_is_followed() {
        for (top, expected) in [
            (json!(null), &[][..]),
            (json!([]), &[]),
            (json!([{"list": null}]), &[]),
            (
                json!([{"list": [{"leaf": "x"}, {"leaf": null}, {"leaf": unknown()}]}, {"list": unknown()}]),
                &[
                    "top[0].list[0].leaf x",
                    "top[0].list[2].leaf known only after apply",
                    "top[1].list known only after apply",
                ],
            ),
            (unknown(), &["top known only after apply"]),
            (
                json!({"list": {"leaf": ["x", "y"]}}),
                &["top.list.leaf[0] x", "top.list.leaf[1] y"],
            ),
            (json!("text"), &[]),
        ] {
            let found: Vec<_> = Plan::new([Resource::create("a_b.c", json!({"top": top}))])
                .findings::<Seen>()
                .iter()
                .map(|line| line.split(": ").nth(1).unwrap_or_default().to_owned())
                .collect();
            assert_eq!(found, expected, "{top}");
        }
    }
}
