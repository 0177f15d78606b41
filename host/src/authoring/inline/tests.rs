#![expect(clippy::unwrap_used, reason = "tests")]

use tollgate_plan::{Action, PlanText, Value};

use super::*;

fn json(text: &str) -> Option<Tree> {
    Some(Tree::parse(text).unwrap())
}

#[test]
fn what_a_case_says_is_what_the_reader_reads() {
    let change = Change {
        address: r#"module.m["x"].aws_db_instance.d[0]"#.to_owned(),
        before: json(r#"{"id":"d","size":1}"#),
        after: json(
            r#"{"id":"d","size":{"$unknown":true},"password":{"$sensitive":true},"note":{"$null":true},"disks":[{"key":{"$unknown":true},"n":2}]}"#,
        ),
        after_sensitive: json(r#"["note"]"#),
        references: vec![(
            Path::parse("disks[0].key").unwrap(),
            vec!["aws_kms_key.k.arn".to_owned(), "aws_kms_key.k".to_owned()],
        )],
        region: Some("eu-west-1".to_owned()),
        ..Change::default()
    };
    let text = plan(&[change], &[], &[], None).unwrap();
    let text = PlanText::from_bytes(text.into_bytes()).unwrap();
    let read = text.read().unwrap();
    let change = &read.changes[0];
    assert_eq!(change.action, Action::Update);
    let after = |path: &str| change.after(&Path::parse(path).unwrap()).unwrap();
    assert_eq!(after("size"), Value::Unknown);
    assert_eq!(after("password"), Value::Sensitive);
    assert_eq!(after("note"), Value::Sensitive);
    assert_eq!(after("gone"), Value::Absent);
    assert_eq!(after("disks[0].key"), Value::Unknown);
    assert_eq!(after("disks[0].n"), Value::Integer(2));
    let key = Path::parse("disks[0].key").unwrap();
    assert_eq!(
        read.references(change, &key),
        ["module.m.aws_kms_key.k.arn"]
    );
    assert_eq!(read.region(change).as_deref(), Some("eu-west-1"));
}

#[test]
fn actions_follow_from_the_sides() {
    for (before, after, action) in [
        (None, json("{}"), Action::Create),
        (json("{}"), None, Action::Delete),
        (json("{}"), json("{}"), Action::NoOp),
        (json("{}"), json(r#"{"a":1}"#), Action::Update),
    ] {
        let change = Change {
            address: "aws_x.y".to_owned(),
            before,
            after,
            ..Change::default()
        };
        let text = plan(&[change], &[], &[], None).unwrap();
        let text = PlanText::from_bytes(text.into_bytes()).unwrap();
        assert_eq!(text.read().unwrap().changes[0].action, action);
    }
}

#[test]
fn what_no_plan_has_is_said() {
    for (address, before, after, error) in [
        ("aws_x.y", None, None, InlineError::NoSide),
        ("aws_x", None, json("{}"), InlineError::Address),
        (
            "aws_x.y",
            json(r#"{"a":{"$unknown":true}}"#),
            None,
            InlineError::UnknownBefore,
        ),
        (
            "aws_x.y",
            None,
            json(r#"{"a":{"$unknwon":true}}"#),
            InlineError::Marker("$unknwon".to_owned()),
        ),
    ] {
        let change = Change {
            address: address.to_owned(),
            before,
            after,
            ..Change::default()
        };
        assert_eq!(
            plan(&[change], &[], &[], None),
            Err((Part::Changes, 0, error))
        );
    }
}
