#![expect(clippy::unwrap_used, reason = "tests")]

use crate::PlanText;

/// What is said against a plan with these changes, what drifted, what is stored before and
/// what afterwards; nothing if it is believed.
fn said(changes: &[&str], drift: &[&str], prior: &[&str], planned: &[&str]) -> String {
    let entry = |of: &&str| {
        let (name, rest) = of.split_once(' ').unwrap();
        let (actions, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let words = match actions {
            "replace" => r#""delete","create""#.to_owned(),
            word => format!("\"{word}\""),
        };
        let object = r#"{"name":"n"}"#;
        let before = if actions == "create" { "null" } else { object };
        let gone = matches!(actions, "delete" | "forget");
        let after = if gone { "null" } else { object };
        let (reason, paths) = match more.split_once(' ') {
            Some(("paths", paths)) => (String::new(), format!(r#","replace_paths":[["{paths}"]]"#)),
            _ if more.is_empty() => (String::new(), String::new()),
            _ => (format!(r#","action_reason":"{more}""#), String::new()),
        };
        format!(
            r#"{{"address":"aws_x.{name}","mode":"managed","type":"aws_x","name":"{name}","provider_name":"aws"{reason},"change":{{"actions":[{words}],"before":{before},"after":{after},"after_unknown":{{}}{paths}}}}}"#
        )
    };
    let store = |name: &&str| {
        let (name, more) = match (name.split_once('#'), name.split_once('=')) {
            (Some((name, key)), _) => (name, format!(r#","deposed_key":"{key}""#)),
            (_, Some((name, values))) => (name, format!(r#","values":{values}"#)),
            (None, None) => (*name, String::new()),
        };
        format!(
            r#"{{"address":"aws_x.{name}","mode":"managed","type":"aws_x","name":"{name}"{more}}}"#
        )
    };
    let list = |items: Vec<String>| items.join(",");
    let document = format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{}]}}}},"resource_drift":[{}],"resource_changes":[{}],"prior_state":{{"values":{{"root_module":{{"resources":[{}]}}}}}}}}"#,
        list(planned.iter().map(store).collect()),
        list(drift.iter().map(entry).collect()),
        list(changes.iter().map(entry).collect()),
        list(prior.iter().map(store).collect()),
    );
    let text = PlanText::from_bytes(document.into_bytes()).unwrap();
    let said = text
        .read()
        .map_or_else(|error| error.to_string(), |_| String::new());
    said.replace("the plan contradicts itself: ", "")
}

#[test]
fn what_tools_write_is_believed() {
    for (changes, drift, prior, planned) in [
        (
            &[
                "a no-op",
                "b update",
                "c replace replace_because_cannot_update",
                "d delete delete_because_no_resource_config",
                "e create",
            ][..],
            &[][..],
            &["a", "b", "c", "d"][..],
            &["a", "b", "c", "e"][..],
        ),
        // Forgotten objects stay in the planned values of some tools.
        (&["a forget"], &[], &["a"], &["a"]),
        (&["a forget", "b no-op"], &[], &["a", "b"], &["b"]),
        // Gone, and made anew; what is deposed is stored beside it.
        (&["a create"], &["a delete"], &["a#8f1c"], &["a"]),
        (&["a update"], &["a update"], &["a"], &["a"]),
        (&["a replace paths name"], &[], &["a"], &["a"]),
        // By hand, with nothing stored.
        (
            &["a no-op", "b create", "c delete"],
            &["a update"],
            &[],
            &[],
        ),
        // What is stored is the same, however it is written.
        (
            &["a update", "b create"],
            &[],
            &[r#"a={"name":"n"}"#],
            &[r#"a={ "name" : "\u006e" }"#, r#"b={"name":"n"}"#],
        ),
        // What is not set before is written as a provider likes.
        (
            &["a update"],
            &[],
            &[r#"a={"name":"n","tags":{},"size":0,"on":false,"list":[]}"#],
            &["a"],
        ),
        // A reason of a later version.
        (&["a update update_because_asked"], &[], &["a"], &["a"]),
    ] {
        assert_eq!(said(changes, drift, prior, planned), "", "{changes:?}");
    }
}

#[test]
fn an_edited_action_contradicts_what_else_is_said() {
    for (changes, drift, prior, planned, expected) in [
        (
            &["a no-op"][..],
            &[][..],
            &["a"][..],
            &[r#"a={"name":"n","protected":false}"#][..],
            "aws_x.a: `planned_values` has another `protected` than `after`",
        ),
        (
            &["a update"],
            &[],
            &[r#"a={"name":"m"}"#],
            &["a"],
            "aws_x.a: `prior_state` has another `name` than `before`",
        ),
        // Whatever else is there, and however it is written.
        (
            &["a no-op"],
            &[],
            &["a"],
            &[r#"a={"x":1e400,"name":"m"}"#],
            "aws_x.a: `planned_values` has another `name` than `after`",
        ),
        (
            &["a no-op"],
            &[],
            &["a"],
            &[r#"a={"name":1e400}"#],
            "aws_x.a: `planned_values` has another `name` than `after`",
        ),
        (
            &["a update"],
            &[],
            &["a=[]"],
            &["a"],
            "aws_x.a: `prior_state` has another `value` than `before`",
        ),
        (
            &["a update", "b no-op"],
            &[],
            &["a"],
            &["a", "b"],
            "aws_x.b: `no-op` is planned of what is there, yet `prior_state` does not have it",
        ),
        (
            &["a update replace_because_cannot_update"][..],
            &[][..],
            &["a"][..],
            &["a"][..],
            "aws_x.a: `update` is planned, yet the reason for it is `replace_because_cannot_update`",
        ),
        (
            &["a create replace_by_request"],
            &[],
            &[],
            &["a"],
            "aws_x.a: `create` is planned, yet the reason for it is `replace_by_request`",
        ),
        (
            &["a no-op delete_because_count_index"],
            &[],
            &["a"],
            &["a"],
            "aws_x.a: `no-op` is planned, yet the reason for it is `delete_because_count_index`",
        ),
        (
            &["a update paths name"],
            &[],
            &["a"],
            &["a"],
            "aws_x.a: `update` is planned, yet `replace_paths` says what forces a replacement",
        ),
        (
            &["a create"],
            &[],
            &["a"],
            &["a"],
            "aws_x.a: `create` is planned, yet `prior_state` has it, as of what is replaced",
        ),
        (
            &["a no-op", "b no-op"],
            &[],
            &["a", "b"],
            &["b"],
            "aws_x.a: `no-op` is planned, yet `planned_values` does not have it, as of what is deleted",
        ),
        (
            &["a update", "b no-op"],
            &[],
            &["a", "b"],
            &["b"],
            "aws_x.a: `update` is planned, yet `planned_values` does not have it, as of what is deleted",
        ),
        (
            &["a delete"],
            &[],
            &["a"],
            &["a"],
            "aws_x.a: `delete` is planned, yet `planned_values` has it",
        ),
        (
            &["a create"],
            &["a update"],
            &[],
            &["a"],
            "aws_x.a: `resource_drift` says that it was changed, yet `create` is planned, as of what is gone",
        ),
        (
            &["b no-op"],
            &["a update"],
            &["b"],
            &["b"],
            "aws_x.a: `resource_drift` says that it was changed, yet `prior_state` does not have it, as of what is gone",
        ),
    ] {
        assert_eq!(said(changes, drift, prior, planned), expected);
    }
}
