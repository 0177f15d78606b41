//! What a plan provably leaves as it is.

use tollgate_policy::{Action, Change, Value};

/// Whether what is at a path is provably the same today and after apply. A sensitive value of a resource
/// that changes may be another one; what the policy does not read cannot be told.
#[must_use]
pub fn unaltered(change: &Change, path: &str) -> bool {
    match change.action {
        Action::NoOp => true,
        Action::Update => change.attributes.iter().any(|attribute| {
            attribute.path == path
                && shown(&attribute.after)
                && (attribute.before == attribute.after
                    || nothing(&attribute.before) && nothing(&attribute.after))
        }),
        Action::Create | Action::Read | Action::Delete | Action::Replace | Action::Forget => false,
    }
}

/// Whether all that the policy reads of a resource is provably the same today and after apply: the plan
/// changes nothing of it, or something else, such as its tags.
#[must_use]
pub fn all_unaltered(change: &Change) -> bool {
    let mut paths = change.attributes.iter().map(|attribute| &attribute.path);
    match change.action {
        Action::NoOp => true,
        Action::Update => paths.all(|path| unaltered(change, path)),
        _ => false,
    }
}

/// Whether there is no value, however that is written.
fn nothing(value: &Value) -> bool {
    matches!(value, Value::Absent | Value::Null)
}

/// Whether nothing of a value is kept from the policy.
fn shown(value: &Value) -> bool {
    match value {
        Value::Unknown | Value::Sensitive => false,
        Value::Json(text) => !text.contains("\"$unknown\"") && !text.contains("\"$sensitive\""),
        Value::Absent
        | Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Text(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_policy::Attribute;
    use tollgate_policy::testing::Resource;

    use super::*;

    #[expect(clippy::expect_used, reason = "a test wants the panic")]
    fn change(action: Action, sides: [(Value, Value); 2]) -> Change {
        let mut change = None;
        let _ = Resource::new("a_b.c", action).with(|of| change = Some(of.clone()));
        let mut change = change.expect("`with` hands it over");
        let names = ["first", "second"];
        for (path, (before, after)) in names.into_iter().zip(sides) {
            change.attributes.push(Attribute {
                path: path.to_owned(),
                before,
                after,
                references: Vec::new(),
            });
        }
        change
    }

    #[test]
    fn what_is_kept_from_a_policy_may_change() {
        let same = || (Value::Boolean(true), Value::Boolean(true));
        let text = |text: &str| Value::Json(text.to_owned());
        for (second, expected) in [
            (same(), true),
            ((Value::Absent, Value::Absent), true),
            ((Value::Null, Value::Absent), true),
            ((Value::Text(String::new()), Value::Absent), false),
            ((Value::Boolean(true), Value::Boolean(false)), false),
            ((Value::Sensitive, Value::Sensitive), false),
            ((Value::Boolean(true), Value::Unknown), false),
            ((text("[1]"), text("[1]")), true),
            (
                (
                    text("[{\"$sensitive\":true}]"),
                    text("[{\"$sensitive\":true}]"),
                ),
                false,
            ),
        ] {
            let update = change(Action::Update, [same(), second.clone()]);
            assert_eq!(unaltered(&update, "second"), expected, "{second:?}");
            assert_eq!(all_unaltered(&update), expected, "{second:?}");
            assert!(unaltered(&update, "first"));
            assert!(!unaltered(&update, "third"), "it is not read");
            for (action, expected) in [
                (Action::NoOp, true),
                (Action::Create, false),
                (Action::Replace, false),
            ] {
                let of_action = change(action, [same(), second.clone()]);
                assert_eq!(all_unaltered(&of_action), expected);
                assert_eq!(unaltered(&of_action, "second"), expected);
            }
        }
    }
}
