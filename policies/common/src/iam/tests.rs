#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::redundant_clone,
    reason = "tests"
)]

use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{Evaluation, Input, Interest, NoSettings, Policy, RuleDef, Severity};

use super::wildcard::covers;
use super::*;

fn document(json: &Json) -> Document {
    match Document::parse(&json.to_string()) {
        Reading::Read(document) => document,
        other => panic!("{other:?}"),
    }
}

/// How open a document with one statement is.
fn open(statement: &Json) -> Truth {
    let document = document(&json!({"Statement": statement}));
    document
        .open()
        .first()
        .map_or(Truth::No, |(_, truth)| *truth)
}

fn open_if(condition: &Json) -> Truth {
    open(&json!({
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*",
        "Condition": condition,
    }))
}

#[test]
fn forms() {
    let document = document(&json!({
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "One", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root", "Service": ["a", "b"]},
            "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::a"],
            "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"a:b": 5}},
        },
    }));
    assert_eq!(document.doubts, Vec::<String>::new());
    let [one] = document.statements.as_slice() else {
        panic!()
    };
    assert_eq!(one.label, "statement `One`");
    assert_eq!(one.effect, Effect::Allow);
    assert!(one.actions.not && one.resources.as_ref().unwrap().not);
    assert_eq!(one.actions.takes("S3:GetObject", true), Truth::No);
    assert_eq!(one.actions.takes("iam:PassRole", true), Truth::Yes);
    assert_eq!(
        one.principal
            .as_ref()
            .unwrap()
            .of_kind("service")
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(one.conditions.len(), 2);
    assert_eq!(one.conditions[0].values.known, ["true"]);
    assert_eq!(one.conditions[1].operator.test, Test::Other);
}

#[test]
fn what_is_no_document() {
    for (text, expected) in [
        ("", Some(Reading::Absent)),
        ("  ", Some(Reading::Absent)),
        ("{}", Some(Reading::Absent)),
        ("null", Some(Reading::Absent)),
        ("{", None),
        ("[]", None),
        ("\"x\"", None),
        ("{\"Version\":\"2012-10-17\"}", None),
    ] {
        match (Document::parse(text), expected) {
            (reading, Some(expected)) => assert_eq!(reading, expected, "{text}"),
            (Reading::Unreadable(_), None) => {}
            (reading, None) => panic!("{text}: {reading:?}"),
        }
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(Document::parse(&deep), Reading::Unreadable(_)));
}

#[test]
fn what_is_in_doubt() {
    for text in [
        r#"{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[],"statement":[]}"#,
        r#"{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}"#,
        r#"{"Statement":["x"]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":{},"Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"a","AWS":"*"},"Action":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":"1","a":"2"}}}]}"#,
        r#"{"Statements":[],"Statement":[]}"#,
    ] {
        let Reading::Read(document) = Document::parse(text) else {
            panic!("{text}")
        };
        assert_eq!(document.doubts.len(), 1, "{text}: {:?}", document.doubts);
    }
    // What can be meant is judged as the wider one.
    let text = r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Principal":{"AWS":"a","AWS":"*"},"Action":"*"}}"#;
    let Reading::Read(document) = Document::parse(text) else {
        panic!()
    };
    assert_eq!(document.open().len(), 1);
}

#[test]
fn principals() {
    for (principal, expected) in [
        (json!({"Principal": "*"}), Truth::Yes),
        (json!({"Principal": {"AWS": "*"}}), Truth::Yes),
        (
            json!({"Principal": {"aws": ["arn:aws:iam::1:root", "*"]}}),
            Truth::Yes,
        ),
        (
            json!({"Principal": {"AWS": "arn:aws:iam::*:root"}}),
            Truth::Yes,
        ),
        (
            json!({"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}),
            Truth::Yes,
        ),
        (json!({"Principal": {"Service": "*"}}), Truth::Yes),
        (
            json!({"Principal": {"AWS": "arn:aws:iam::1:root"}}),
            Truth::No,
        ),
        (json!({"Principal": {"AWS": "123456789012"}}), Truth::No),
        (
            json!({"Principal": {"Service": "s3.amazonaws.com"}}),
            Truth::No,
        ),
        (json!({"Principal": {"CanonicalUser": "abc"}}), Truth::No),
        (json!({"Principal": {}}), Truth::No),
        (json!({}), Truth::No),
    ] {
        let mut statement = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
        for (key, value) in principal.as_object().unwrap() {
            statement[key] = value.clone();
        }
        assert_eq!(open(&statement), expected, "{principal}");
        statement["Effect"] = json!("Deny");
        assert_eq!(open(&statement), Truth::No, "{principal}");
    }
}

#[test]
fn conditions_that_narrow() {
    for condition in [
        json!({"StringEquals": {"aws:SourceAccount": "123456789012"}}),
        json!({"StringEquals": {"AWS:SourceOwner": "123456789012"}}),
        json!({"stringequals": {"aws:PrincipalOrgID": ["o-a1", "o-b2"]}}),
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
        json!({"StringEquals": {"kms:CallerAccount": "1", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:execute-api:eu-west-1:1:abc/*/*"}}),
        json!({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::bucket"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket", "aws:PrincipalArn": "arn:aws:iam::1:role/*"}}),
        json!({"StringEquals": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}),
        json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}),
        json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2/r-x/*"}}),
        json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/48"]}}),
        json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        json!({"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}),
        // The key has to be there after all.
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}, "Null": {"aws:PrincipalOrgID": "false"}}),
    ] {
        assert_eq!(open_if(&condition), Truth::No, "{condition}");
    }
    for condition in [
        json!({}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "*"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": ["o-a", "*"]}}),
        json!({"ArnLike": {"aws:SourceArn": "*"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}}),
        json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a"}}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}),
        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}}),
        json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "x"}}),
        json!({"StringEquals": {"aws:Referer": "x"}}),
        json!({"StringEquals": {"sts:ExternalId": "x"}}),
        json!({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}),
        json!({"StringEquals": {"aws:SourceAccount": []}}),
        json!({"Null": {"aws:PrincipalOrgID": "false"}}),
        json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
    ] {
        assert_eq!(open_if(&condition), Truth::Yes, "{condition}");
    }
}

#[test]
fn denials_that_leave_few() {
    let with = |deny: Json| {
        document(&json!({"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": ["execute-api:Invoke"], "Resource": "arn:x/*"},
            deny,
        ]}))
    };
    for (principal, action, resource, condition, expected) in [
        (
            "*",
            "execute-api:Invoke",
            "arn:x/*",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            Truth::No,
        ),
        (
            "*",
            "execute-api:*",
            "*",
            json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            Truth::No,
        ),
        (
            "*",
            "*",
            "*",
            json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
            Truth::No,
        ),
        (
            "arn:aws:iam::1:root",
            "*",
            "*",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            Truth::Yes,
        ),
        (
            "*",
            "execute-api:Other",
            "*",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            Truth::Yes,
        ),
        (
            "*",
            "*",
            "arn:x/a",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            Truth::Yes,
        ),
        (
            "*",
            "*",
            "*",
            json!({"StringNotLike": {"aws:SourceVpce": "*"}}),
            Truth::Yes,
        ),
        (
            "*",
            "*",
            "*",
            json!({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            Truth::Yes,
        ),
        (
            "*",
            "*",
            "*",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "false"}}),
            Truth::Yes,
        ),
        (
            "*",
            "*",
            "*",
            json!({"Bool": {"aws:SecureTransport": "false"}}),
            Truth::Yes,
        ),
        ("*", "*", "*", json!({}), Truth::Yes),
    ] {
        let document = with(json!({
            "Effect": "Deny", "Principal": {"AWS": principal}, "Action": action, "Resource": resource, "Condition": condition,
        }));
        let open = document
            .open()
            .first()
            .map_or(Truth::No, |(_, truth)| *truth);
        assert_eq!(
            open, expected,
            "{principal} {action} {resource} {condition}"
        );
    }
}

#[test]
fn damaged_documents_do_no_harm() {
    let whole = r#"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"arn:aws:s3:::*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-é/*"]},"IpAddress":{"aws:SourceIp":"1.2.3.4/x"}}},{"Effect":"Deny","NotPrincipal":{"AWS":"1"},"NotAction":"*","NotResource":"?"}]}"#;
    assert_eq!(
        match Document::parse(whole) {
            Reading::Read(document) => document.open().len(),
            _ => 0,
        },
        1
    );
    for at in 0..whole.len() {
        for with in ["", "\"", "{", "]", "*", "null", "\u{1}"] {
            for length in [0, 1, 7] {
                let end = (at + length).min(whole.len());
                if !whole.is_char_boundary(at) || !whole.is_char_boundary(end) {
                    continue;
                }
                let damaged = format!("{}{with}{}", &whole[..at], &whole[end..]);
                if let Reading::Read(document) = Document::parse(&damaged) {
                    for (statement, _) in document.open() {
                        assert!(document.covers(statement) || statement.effect == Effect::Unknown);
                    }
                }
            }
        }
    }
}

#[test]
fn patterns() {
    for (pattern, text, expected) in [
        ("s3:*", "S3:GetObject", true),
        ("s3:Get?bject", "s3:GetObject", true),
        ("*:*", "iam:PassRole", true),
        ("iam:*Role", "iam:PassRole", true),
        ("iam:*Role", "iam:PassRoles", false),
        ("a*b*c", "aXbXbc", true),
        ("", "", true),
        ("", "a", false),
        ("**", "", true),
    ] {
        assert_eq!(glob(pattern, text, true), expected, "{pattern} {text}");
    }
    assert!(!glob("s3:*", "S3:x", false));
    assert!(covers("s3:*", "s3:Get*", true));
    assert!(!covers("s3:Get*", "s3:*", true));
    assert!(!covers("s3:?", "s3:*", true));
    assert!(covers("*", "*", true));
}

#[test]
fn what_a_statement_covers() {
    let statement = |json: Json| document(&json!({"Statement": json})).statements.remove(0);
    let wide =
        statement(json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}));
    let narrow = statement(
        json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    );
    let not = statement(
        json!({"Effect": "Allow", "Principal": "*", "NotAction": "iam:*", "Resource": "*"}),
    );
    assert!(wide.covers(&narrow) && !narrow.covers(&wide));
    assert!(not.covers(&narrow) && not.covers(&not) && !wide.covers(&not));
    assert!(wide.covers(&wide));
}

/// A policy that only tells what it reads, so that the fixtures go through interests.
struct Reader;

const RULE: RuleDef = RuleDef {
    id: "read",
    title: "",
    description: "",
    severity: Severity::Low,
    remediation: "",
    example: "",
    links: &[],
};

impl Policy for Reader {
    type Settings = NoSettings;
    const NAME: &'static str = "reader";
    const VERSION: &'static str = "0.0.0";
    const DESCRIPTION: &'static str = "";
    const RULES: &'static [&'static RuleDef] = &[&RULE];

    fn interests() -> Vec<Interest> {
        vec![
            document_interest(),
            Interest::in_types(["aws_sqs_queue_policy"])
                .attributes(["policy"])
                .with_references(),
        ]
    }

    fn evaluate(input: &Input<'_, NoSettings>) -> Result<Evaluation, String> {
        let documents = Documents::of(&input.changes);
        let mut evaluation = Evaluation::default();
        for change in input
            .changes
            .iter()
            .filter(|change| change.kind == "aws_sqs_queue_policy")
        {
            let told = match documents.read(change, "policy", Side::After) {
                Reading::Absent => "absent".to_owned(),
                Reading::Unreadable(why) => why,
                Reading::Hidden => "hidden".to_owned(),
                Reading::Unknown => "it is known only after apply".to_owned(),
                Reading::Read(document) => {
                    let open: Vec<_> = document
                        .open()
                        .iter()
                        .map(|(statement, truth)| format!("{} {truth:?}", statement.label))
                        .collect();
                    format!(
                        "[{}] doubts [{}]",
                        open.join(", "),
                        document.doubts.join(", ")
                    )
                }
            };
            evaluation.findings.push(RULE.violation(change, told));
        }
        Ok(evaluation)
    }
}

fn told(resources: Vec<Resource>) -> Vec<String> {
    Plan::new(resources)
        .findings::<Reader>()
        .iter()
        .map(|line| line.split_once("]: ").unwrap().1.to_owned())
        .collect()
}

fn policy(address: &str, to: &str) -> Resource {
    Resource::create(address, json!({"policy": unknown()})).refers("policy", to)
}

/// A data source that is read during the apply, as the provider writes it.
fn data(address: &str, statement: Json) -> Resource {
    Resource::create(
        address,
        json!({
            "id": unknown(), "json": unknown(), "minified_json": unknown(), "policy_id": null, "version": null,
            "override_policy_documents": null, "source_policy_documents": null, "statement": statement,
        }),
    )
    .with(|change| change.action = tollgate_policy::Action::Read)
}

fn block(principals: Json, condition: Json) -> Json {
    json!([{
        "actions": ["sqs:SendMessage"], "condition": condition, "effect": "Allow", "not_actions": null,
        "not_principals": [], "not_resources": null, "principals": principals, "resources": [unknown()], "sid": null,
    }])
}

#[test]
fn data_sources_that_are_read_later() {
    let all = json!([{"identifiers": ["*"], "type": "*"}]);
    let arn = |value: Json| json!([{"test": "ArnEquals", "variable": "aws:SourceArn", "values": [value]}]);
    let d = "data.aws_iam_policy_document.d";
    for (statement, expected) in [
        (block(all.clone(), json!([])), "[statement 1 Yes] doubts []"),
        (
            block(all.clone(), arn(json!("arn:aws:sns:eu-west-1:1:t"))),
            "[] doubts []",
        ),
        (
            block(all.clone(), arn(unknown())),
            "[statement 1 Unknown] doubts []",
        ),
        (
            block(
                all.clone(),
                json!([{"test": "StringEquals", "variable": "aws:SourceArn", "values": [unknown()]}]),
            ),
            "[] doubts []",
        ),
        (
            block(
                json!([{"identifiers": [unknown()], "type": "AWS"}]),
                json!([]),
            ),
            "[statement 1 Unknown] doubts []",
        ),
        (
            block(
                json!([{"identifiers": ["arn:aws:iam::1:root"], "type": "AWS"}]),
                json!([]),
            ),
            "[] doubts []",
        ),
        (
            block(
                json!([{"identifiers": [sensitive()], "type": "AWS"}]),
                json!([]),
            ),
            "[statement 1 Unknown] doubts [part of statement 1 is marked sensitive]",
        ),
        (
            unknown(),
            "[] doubts [the statements of `data.aws_iam_policy_document.d`: it is known only after apply]",
        ),
    ] {
        let plan = vec![
            policy("aws_sqs_queue_policy.p", &format!("{d}.json")),
            data(d, statement.clone()),
        ];
        assert_eq!(told(plan), [expected], "{statement}");
    }
    // No document to be found.
    for to in [d, "var.policy", "aws_sqs_queue.q.arn"] {
        assert_eq!(
            told(vec![policy("aws_sqs_queue_policy.p", to)]),
            ["it is known only after apply"]
        );
    }
}

#[test]
fn documents_that_are_merged_and_repeated() {
    let all = block(json!([{"identifiers": ["*"], "type": "AWS"}]), json!([]));
    let none = block(json!([{"identifiers": ["1"], "type": "AWS"}]), json!([]));
    let merging = Resource::create(
        "module.m[0].data.aws_iam_policy_document.outer",
        json!({"statement": [], "source_policy_documents": [unknown(), "{\"Statement\":[]}"], "override_policy_documents": null}),
    )
    .refers("source_policy_documents", "module.m.data.aws_iam_policy_document.inner.json");
    assert_eq!(
        told(vec![
            policy(
                "module.m[0].aws_sqs_queue_policy.p",
                "module.m.data.aws_iam_policy_document.outer.json"
            ),
            merging,
            data(
                "module.m[0].data.aws_iam_policy_document.inner",
                all.clone()
            ),
            data(
                "module.m[1].data.aws_iam_policy_document.inner",
                none.clone()
            ),
        ]),
        ["[statement 1 Yes] doubts []"]
    );
    let keyed = |key: &str| {
        policy(
            &format!("aws_sqs_queue_policy.p[\"{key}\"]"),
            "data.aws_iam_policy_document.d",
        )
    };
    assert_eq!(
        told(vec![
            keyed("a"),
            keyed("b"),
            data("data.aws_iam_policy_document.d[\"a\"]", all),
            data("data.aws_iam_policy_document.d[\"b\"]", none),
        ]),
        ["[statement 1 Yes] doubts []", "[] doubts []"]
    );
    // One that merges itself must not go on for ever.
    let circle = Resource::create(
        "data.aws_iam_policy_document.d",
        json!({"statement": [], "source_policy_documents": unknown()}),
    )
    .refers(
        "source_policy_documents",
        "data.aws_iam_policy_document.d.json",
    );
    let found = told(vec![
        policy(
            "aws_sqs_queue_policy.p",
            "data.aws_iam_policy_document.d.json",
        ),
        circle,
    ]);
    assert!(found[0].contains("known only after apply"), "{found:?}");
}

#[test]
fn policies_of_google() {
    let read = google::bindings(
        r#"{"bindings":[{"role":"roles/viewer","members":["allUsers","user:a@b"],"condition":{"title":"t"}}]}"#,
    )
    .unwrap();
    assert_eq!(read.len(), 1);
    assert!(
        read[0].conditional
            && google::is_public(&read[0].members[0])
            && !google::is_public(&read[0].members[1])
    );
    assert!(google::bindings("{").is_err() && google::bindings("[]").is_err());
    assert!(google::bindings("{}").unwrap().is_empty());
}
