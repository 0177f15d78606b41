//! What the policy finds in plans, case by case.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

use iam_wildcard::IamWildcard;
use iam_wildcard::table::{ATTACHMENTS, DOCUMENTS, ESCALATIONS, PASSED_TO};
use tollgate_policy::Action;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome [attributes]` of every finding.
fn judged(resources: Vec<Resource>) -> Vec<String> {
    with_settings(resources, json!({}))
}

fn with_settings(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    let plan = Plan::new(resources).settings(settings);
    assert_eq!(plan.brought_about_by_nothing::<IamWildcard>(), [""; 0]);
    plan.findings::<IamWildcard>()
        .iter()
        .map(|line| {
            let mut words: Vec<_> = line.split_once(": ").unwrap().0.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn document(statement: Json) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn allow(action: Json, resource: Json) -> Json {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// The rules that a policy breaks that is created.
fn rules(statement: Json) -> Vec<String> {
    policy(json!(document(statement)))
}

fn policy(text: Json) -> Vec<String> {
    judged(vec![Resource::create(
        "aws_iam_policy.p",
        json!({"arn": unknown(), "description": null, "id": unknown(), "name": "p", "path": "/", "policy": text, "policy_id": unknown(), "tags": null, "tags_all": {}}),
    )])
    .iter()
    .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
    .collect()
}

#[test]
fn how_wide_a_policy_is() {
    let none: &[&str] = &[];
    for (statement, expected) in [
        // Everything.
        (
            allow(json!("*"), json!("*")),
            &["admin-access violation"] as &[&str],
        ),
        (
            allow(json!(["s3:GetObject", "*:*"]), json!(["*"])),
            &["admin-access violation"],
        ),
        (
            json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
            &["admin-access violation"],
        ),
        (
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
            &["admin-access violation"],
        ),
        (
            json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}),
            &["admin-access violation"],
        ),
        (
            json!({"Effect": "Deny", "Action": "*", "Resource": "*"}),
            none,
        ),
        (allow(json!("*"), json!("arn:aws:s3:::b/*")), none),
        // A service.
        (
            allow(json!("s3:*"), json!("*")),
            &["service-wildcard violation"],
        ),
        (
            allow(json!("S3:*"), json!("arn:aws:s3:::*")),
            &["service-wildcard violation"],
        ),
        (
            allow(
                json!(["sqs:*"]),
                json!("arn:aws:sqs:eu-west-1:123456789012:*"),
            ),
            &["service-wildcard violation"],
        ),
        (
            allow(json!("s3:*"), json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"])),
            none,
        ),
        (allow(json!("s3:*"), json!("arn:aws:s3:::b*")), none),
        (allow(json!("s3:Get*"), json!("*")), none),
        (allow(json!(["xray:*", "ssmmessages:*"]), json!("*")), none),
        (
            allow(json!("iam:*"), json!("*")),
            &[
                "service-wildcard violation",
                "privilege-escalation violation",
            ],
        ),
        // All but some.
        (
            json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            &["not-action-allow violation"],
        ),
        (
            json!({"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "arn:aws:s3:::b/*"}),
            none,
        ),
        (
            json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}),
            none,
        ),
        // Roles.
        (
            allow(json!("iam:PassRole"), json!("*")),
            &["pass-role violation"],
        ),
        (
            allow(json!("iam:Pass*"), json!("arn:aws:iam::*:role/*")),
            &["pass-role violation"],
        ),
        (
            allow(
                json!("iam:passrole"),
                json!("arn:aws:iam::123456789012:role/*"),
            ),
            &["pass-role violation"],
        ),
        (
            allow(
                json!("iam:PassRole"),
                json!("arn:aws:iam::123456789012:role/app-*"),
            ),
            none,
        ),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}),
            none,
        ),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": "*"}}}),
            &["pass-role violation"],
        ),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}}),
            &["pass-role violation"],
        ),
        (
            json!([allow(json!("iam:PassRole"), json!("*")), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
            none,
        ),
        // Routine.
        (
            allow(
                json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
                json!("*"),
            ),
            none,
        ),
        (allow(json!(["ec2:Describe*"]), json!("*")), none),
        (json!([]), none),
    ] {
        assert_eq!(rules(statement.clone()), expected, "{statement}");
    }
}

#[test]
fn permissions_that_lead_to_others() {
    let none: &[&str] = &[];
    let escalates = "privilege-escalation violation";
    for (actions, what) in ESCALATIONS {
        let found = rules(allow(json!(actions), json!("*")));
        assert!(
            found.iter().any(|rule| rule == escalates),
            "{what}: {found:?}"
        );
        if let [first, rest @ ..] = actions
            && !rest.is_empty()
        {
            // One of a pair is none.
            assert!(
                !rules(allow(json!(rest), json!("*"))).contains(&escalates.to_owned()),
                "{what}"
            );
            assert!(
                !rules(allow(json!(first), json!("*"))).contains(&escalates.to_owned()),
                "{what}"
            );
        }
        assert_eq!(
            rules(allow(json!(actions), json!("arn:aws:iam::1:role/a"))),
            none,
            "{what}"
        );
    }
    for (statement, expected) in [
        (
            json!([
                allow(json!("iam:PassRole"), json!("*")),
                allow(json!("ec2:Run*"), json!("*"))
            ]),
            &["pass-role violation", escalates] as &[&str],
        ),
        (
            allow(json!("iam:Put*"), json!("arn:aws:iam::*:user/*")),
            &[escalates],
        ),
        (
            json!({"Effect": "Allow", "Action": ["iam:AttachRolePolicy"], "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::1:policy/p"}}}),
            none,
        ),
        (
            json!({"Effect": "Allow", "Action": ["iam:PutRolePolicy"], "Resource": "*", "Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}}}),
            none,
        ),
        (
            allow(
                json!(["iam:CreateAccessKey", "iam:UpdateLoginProfile"]),
                json!("arn:aws:iam::*:user/${aws:username}"),
            ),
            none,
        ),
        (
            json!([allow(json!("iam:*Policy*"), json!("*")), {"Effect": "Deny", "Action": ["iam:*"], "Resource": "*"}]),
            none,
        ),
    ] {
        assert_eq!(rules(statement.clone()), expected, "{statement}");
    }
    // One more way is news; one less is not.
    let at = |actions: Json| json!({"name": "p", "policy": document(allow(actions, json!("*")))});
    let (one, two) = (
        at(json!(["iam:AddUserToGroup"])),
        at(json!(["iam:AddUserToGroup", "iam:PutUserPolicy"])),
    );
    let update = |before: &Json, after: &Json| {
        judged(vec![Resource::update(
            "aws_iam_policy.p",
            before.clone(),
            after.clone(),
        )])
    };
    assert_eq!(
        update(&one, &two),
        ["privilege-escalation violation [policy]"]
    );
    assert_eq!(
        update(&two, &one),
        ["privilege-escalation violation(existing) [policy]"]
    );
    assert_eq!(
        update(&at(json!("*")), &one),
        ["privilege-escalation violation(existing) [policy]"]
    );
}

#[test]
fn documents_of_every_type() {
    for row in DOCUMENTS {
        let address = format!("{}.x", row.kind);
        let at = |text: Json| match row.each {
            Some(each) => json!({row.path: [{"name": "n", each: text}], "assume_role_policy": ""}),
            None => json!({row.path: text}),
        };
        let other = |lines: Vec<String>| -> Vec<String> {
            lines
                .into_iter()
                .filter(|line| !line.starts_with("user-policy"))
                .collect()
        };
        let admin = json!(document(allow(json!("*"), json!("*"))));
        let narrow = json!(document(allow(json!("s3:*"), json!("*"))));
        let create = |text: Json| other(judged(vec![Resource::create(&address, at(text))]));
        assert_eq!(
            create(admin.clone()),
            [format!("admin-access violation [{}]", row.path)],
            "{address}"
        );
        assert_eq!(
            create(json!("{")),
            [format!("policy-unknown undetermined [{}]", row.path)],
            "{address}"
        );
        assert_eq!(
            create(unknown()),
            [format!(
                "policy-unknown undetermined(advice) [{}]",
                row.path
            )],
            "{address}"
        );
        assert_eq!(
            other(with_settings(
                vec![Resource::create(&address, at(unknown()))],
                json!({"require-known": true})
            )),
            [format!("policy-unknown undetermined [{}]", row.path)],
            "{address}"
        );
        assert_eq!(
            create(sensitive()),
            [
                format!("admin-access undetermined [{}]", row.path),
                format!("policy-unknown undetermined [{}]", row.path)
            ],
            "{address}"
        );
        // What was hidden before is not hidden by this plan.
        let hidden = || at(sensitive());
        for resource in [
            Resource::unchanged(&address, hidden()),
            Resource::update(&address, hidden(), hidden()),
        ] {
            assert_eq!(
                other(judged(vec![resource])),
                [
                    format!("admin-access undetermined(existing) [{}]", row.path),
                    format!("policy-unknown undetermined(existing) [{}]", row.path)
                ],
                "{address}"
            );
        }
        for resource in [
            Resource::update(&address, at(narrow.clone()), hidden()),
            Resource::replace(&address, hidden(), hidden()),
            Resource::unchanged(&address, hidden()).with(|change| change.importing = true),
        ] {
            assert_eq!(
                other(judged(vec![resource]))[0],
                format!("admin-access undetermined [{}]", row.path),
                "{address}"
            );
        }
        assert!(
            other(judged(vec![Resource::delete(&address, hidden())])).is_empty(),
            "{address}"
        );
        assert_eq!(
            other(judged(vec![Resource::unchanged(
                &address,
                at(admin.clone())
            )])),
            [format!("admin-access violation(existing) [{}]", row.path)],
            "{address}"
        );
        // Narrower than it was.
        assert_eq!(
            other(judged(vec![Resource::update(
                &address,
                at(admin.clone()),
                at(narrow.clone())
            )])),
            [format!(
                "service-wildcard violation(existing) [{}]",
                row.path
            )],
            "{address}"
        );
        assert_eq!(
            other(judged(vec![Resource::update(
                &address,
                at(narrow),
                at(admin.clone())
            )])),
            [format!("admin-access violation [{}]", row.path)],
            "{address}"
        );
        assert!(
            other(judged(vec![Resource::delete(&address, at(admin))])).is_empty(),
            "{address}"
        );
    }
}

#[test]
fn everything_in_other_words() {
    let none: &[&str] = &[];
    let admin: &[&str] = &["admin-access violation"];
    let service: &[&str] = &["service-wildcard violation"];
    let pass: &[&str] = &["pass-role violation"];
    let iam: &[&str] = &[
        "service-wildcard violation",
        "privilege-escalation violation",
    ];
    let allow_but =
        |actions: Json| json!({"Effect": "Allow", "NotAction": actions, "Resource": "*"});
    let role = |resource: &str| allow(json!("iam:PassRole"), json!(resource));
    for (statement, expected) in [
        (allow(json!("?*"), json!("*")), admin),
        (allow(json!("*?"), json!("?*")), admin),
        (allow(json!("*:?*"), json!("arn:aws:*:*:*:?*")), admin),
        (allow(json!("????????*"), json!("arn:*")), admin),
        (allow(json!("*"), json!("arn:?*")), admin),
        (allow_but(json!([])), admin),
        (
            allow_but(json!(["", "nothing", "s3:no_such", ":Get", "iam:"])),
            admin,
        ),
        (
            allow_but(json!(["nothing", "iam:*"])),
            &["not-action-allow violation"],
        ),
        (allow(json!("s3:?*"), json!("*")), service),
        (allow(json!("s3*"), json!("arn:aws:s3:::?*")), service),
        (allow(json!("s3:*"), json!("arn:aws:s3:::*/?*")), service),
        (
            allow(json!("sqs:*?"), json!("arn:aws:sqs:?*:*:?*")),
            service,
        ),
        (allow(json!("iam:?*"), json!("*")), iam),
        (allow(json!("i*"), json!("arn:aws:iam::*:?*")), iam),
        (role("arn:aws:iam::*:role*"), pass),
        (role("arn:aws:iam::*:role/?*"), pass),
        (role("arn:aws:iam::123456789012:r?le/*"), pass),
        (role("arn:aws:iam::*:?*"), pass),
        (role("*:role/*"), pass),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": "?*"}}}),
            pass,
        ),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}}),
            pass,
        ),
        // What is denied elsewhere is not denied here.
        (
            json!([allow(json!("iam:PassRole"), json!("*")), {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "arn:aws:s3:::*"}]),
            pass,
        ),
        (
            json!([allow(json!("iam:PassRole"), json!("*")), {"Effect": "Deny", "Action": "iam:Pass*", "Resource": "arn:aws:iam::*:?*"}]),
            none,
        ),
        // Only a part.
        (role("arn:aws:iam::*:role/app-*"), none),
        (role("arn:aws:iam::*:role/*/deploy"), none),
        (role("arn:aws:iam::*:user/*"), none),
        (allow(json!("s3:Get*"), json!("*")), none),
        (allow(json!("s3:G?tObject"), json!("*")), none),
        (allow(json!("s3:*"), json!("arn:aws:s3:::bucket/*")), none),
        (allow(json!("s3:?*"), json!("arn:aws:s3:::bucket-?*")), none),
        (allow(json!("?"), json!("*")), none),
        (allow(json!("xray:?*"), json!("*")), none),
        (
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": "ecs*.amazonaws.com"}}}),
            none,
        ),
    ] {
        assert_eq!(rules(statement.clone()), expected, "{statement}");
    }
    // However long it is, and however many stars it has.
    let stars = json!(vec![json!("*".repeat(5_000)); 50]);
    assert_eq!(rules(allow(stars.clone(), stars)), admin);
    let apart = json!(vec![json!(format!("iam:{}", "*P".repeat(2_500))); 50]);
    assert_eq!(rules(allow(apart.clone(), apart)), none);
    // Of Azure's.
    let azure = |action: &str| {
        judged(vec![Resource::create(
            "azurerm_role_definition.r",
            json!({"permissions": [{"actions": [action], "not_actions": []}]}),
        )])
    };
    assert_eq!(azure("*/*"), ["admin-access violation [permissions]"]);
    assert_eq!(azure("Microsoft.Storage/*"), none);
}

#[test]
fn documents_that_are_read_later() {
    let statement = |actions: Json, resources: Json| {
        json!([{"actions": actions, "condition": [], "effect": "Allow", "not_actions": null, "not_principals": [],
            "not_resources": null, "principals": [], "resources": resources, "sid": null}])
    };
    let found = |actions: Json, resources: Json| {
        let data = Resource::create(
            "data.aws_iam_policy_document.d",
            json!({"json": unknown(), "override_policy_documents": null, "source_policy_documents": null, "statement": statement(actions, resources)}),
        )
        .with(|change| change.action = Action::Read);
        judged(vec![
            Resource::create("aws_iam_role_policy.p", json!({"policy": unknown()}))
                .refers("policy", "data.aws_iam_policy_document.d.json"),
            data,
        ])
    };
    let none: &[&str] = &[];
    assert_eq!(found(json!(["s3:GetObject"]), json!([unknown()])), none);
    assert_eq!(found(json!(["s3:*"]), json!([unknown(), unknown()])), none);
    assert_eq!(
        found(json!(["s3:*"]), json!([unknown(), "*"])),
        ["service-wildcard violation [policy]"]
    );
    assert_eq!(
        found(json!(["*"]), json!([unknown()])),
        ["policy-unknown undetermined [policy]"]
    );
    // All of IAM is as good as everything.
    assert_eq!(
        found(json!(["iam:*"]), json!([unknown()])),
        ["policy-unknown undetermined [policy]"]
    );
    assert_eq!(found(json!(["iam:GetRole"]), json!([unknown()])), none);
    assert_eq!(
        found(json!([unknown()]), json!(["*"])),
        ["policy-unknown undetermined [policy]"]
    );
    assert_eq!(
        found(json!(["*"]), json!(["*"])),
        ["admin-access violation [policy]"]
    );
}

#[test]
fn what_is_hidden_cannot_be_told() {
    let none: &[&str] = &[];
    let admin: &[&str] = &["admin-access undetermined [policy]"];
    let data = |over: Json| {
        let mut statement = json!({"actions": ["s3:GetObject"], "condition": [], "effect": "Allow", "not_actions": null, "not_principals": [],
            "not_resources": null, "principals": [], "resources": ["arn:aws:s3:::b/*"], "sid": null});
        for (key, value) in over.as_object().unwrap() {
            statement[key] = value.clone();
        }
        judged(vec![
            Resource::create("aws_iam_role_policy.p", json!({"policy": unknown()}))
                .refers("policy", "data.aws_iam_policy_document.d.json"),
            Resource::create(
                "data.aws_iam_policy_document.d",
                json!({"json": unknown(), "override_policy_documents": null, "source_policy_documents": null, "statement": [statement]}),
            )
            .with(|change| change.action = Action::Read),
        ])
        .into_iter()
        .filter(|line| !line.starts_with("policy-unknown"))
        .collect::<Vec<_>>()
    };
    for (over, expected) in [
        (json!({"actions": [sensitive()], "resources": ["*"]}), admin),
        (json!({"actions": ["*"], "resources": [sensitive()]}), admin),
        (
            json!({"actions": sensitive(), "resources": sensitive()}),
            admin,
        ),
        (
            json!({"actions": ["*"], "resources": ["*"], "effect": sensitive()}),
            admin,
        ),
        // What is known suffices.
        (json!({"actions": [sensitive()]}), none),
        (json!({"resources": [sensitive()]}), none),
        (json!({"effect": sensitive()}), none),
        (
            json!({"condition": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [sensitive()]}]}),
            none,
        ),
        (
            json!({"effect": "Deny", "actions": [sensitive()], "resources": ["*"]}),
            none,
        ),
    ] {
        assert_eq!(data(over.clone()), expected, "{over}");
    }
    // Of a role: who may take it, and its own policies.
    let role = |trust: Json, inline: Json| json!({"assume_role_policy": trust, "inline_policy": inline, "managed_policy_arns": unknown(), "permissions_boundary": null});
    let trusting = || {
        json!(document(
            json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
        ))
    };
    let r = "aws_iam_role.r";
    let hidden = || role(sensitive(), json!([]));
    assert_eq!(
        judged(vec![Resource::create(r, hidden())]),
        [
            "open-trust undetermined [assume_role_policy]",
            "policy-unknown undetermined [assume_role_policy]"
        ]
    );
    assert_eq!(
        judged(vec![Resource::update(r, hidden(), hidden())])[0],
        "open-trust undetermined(existing) [assume_role_policy]"
    );
    assert_eq!(
        judged(vec![Resource::update(
            r,
            role(trusting(), json!([])),
            hidden()
        )])[0],
        "open-trust undetermined [assume_role_policy]"
    );
    assert_eq!(
        judged(vec![Resource::create(r, role(trusting(), json!([])))]),
        none
    );
    for inline in [sensitive(), json!([{"name": "p", "policy": sensitive()}])] {
        assert_eq!(
            judged(vec![Resource::create(r, role(trusting(), inline.clone()))])[0],
            "admin-access undetermined [inline_policy]",
            "{inline}"
        );
    }
    // Of other providers.
    let one = |kind: &str, after: Json| judged(vec![Resource::create(&format!("{kind}.x"), after)]);
    for (kind, after, expected) in [
        (
            "azurerm_role_definition",
            json!({"permissions": [{"actions": sensitive(), "not_actions": []}]}),
            "admin-access undetermined [permissions]",
        ),
        (
            "azurerm_role_definition",
            json!({"permissions": sensitive()}),
            "admin-access undetermined [permissions]",
        ),
        (
            "google_project_iam_custom_role",
            json!({"permissions": [sensitive()]}),
            "privilege-escalation undetermined [permissions]",
        ),
        (
            "google_iam_workload_identity_pool_provider",
            json!({"attribute_condition": sensitive(), "oidc": [{"issuer_uri": "https://gitlab.com"}]}),
            "open-trust undetermined [attribute_condition]",
        ),
        (
            "google_iam_workload_identity_pool_provider",
            json!({"attribute_condition": null, "oidc": [{"issuer_uri": sensitive()}]}),
            "open-trust undetermined [oidc[0].issuer_uri]",
        ),
    ] {
        assert_eq!(one(kind, after.clone()), [expected], "{kind} {after}");
    }
    assert_eq!(
        one(
            "google_iam_workload_identity_pool_provider",
            json!({"attribute_condition": sensitive(), "oidc": [{"issuer_uri": "https://login.example.com"}]})
        ),
        none
    );
    // A boundary that comes to be hidden.
    let bounded = |boundary: Json| json!({"assume_role_policy": trusting(), "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": boundary});
    let update = Resource::update(
        r,
        bounded(json!("arn:aws:iam::1:policy/b")),
        bounded(sensitive()),
    )
    .refers("permissions_boundary", "var.boundary");
    assert_eq!(
        judged(vec![update]),
        ["boundary-removed undetermined [permissions_boundary]"]
    );
    let of_boundary = |before: Json, after: Json| {
        judged(vec![
            Resource::update(
                "aws_iam_policy.b",
                json!({"policy": before}),
                json!({"policy": after}),
            ),
            Resource::unchanged(r, bounded(json!("arn:aws:iam::1:policy/b")))
                .refers("permissions_boundary", "aws_iam_policy.b.arn"),
        ])
    };
    let narrow = || json!(document(allow(json!("s3:Get*"), json!("*"))));
    assert_eq!(
        of_boundary(narrow(), sensitive()),
        ["boundary-removed undetermined [policy]"]
    );
    assert_eq!(of_boundary(sensitive(), sensitive()), none);
}

#[test]
fn boundaries() {
    let none: &[&str] = &[];
    // A policy that is only a boundary allows nothing.
    let wide = || {
        Resource::create(
            "aws_iam_policy.b",
            json!({"policy": document(allow(json!("*"), json!("*")))}),
        )
    };
    let trusting = |boundary: Json| json!({"assume_role_policy": "", "inline_policy": [], "managed_policy_arns": unknown(), "permissions_boundary": boundary});
    let role = || {
        Resource::create("aws_iam_role.r", trusting(unknown()))
            .refers("permissions_boundary", "aws_iam_policy.b.arn")
    };
    assert_eq!(judged(vec![wide(), role()]), none);
    assert_eq!(judged(vec![wide()]), ["admin-access violation [policy]"]);
    let attachment = Resource::create(
        "aws_iam_role_policy_attachment.a",
        json!({"policy_arn": unknown(), "role": "r"}),
    )
    .refers("policy_arn", "aws_iam_policy.b.arn");
    assert_eq!(
        judged(vec![wide(), role(), attachment]),
        ["admin-access violation [policy]"]
    );
    // Removed.
    let arn = json!("arn:aws:iam::1:policy/b");
    for kind in ["aws_iam_role", "aws_iam_user"] {
        let address = format!("{kind}.r");
        let update = |before: &Json, after: Json| {
            judged(vec![Resource::update(
                &address,
                trusting(before.clone()),
                trusting(after),
            )])
        };
        let removed = ["boundary-removed violation [permissions_boundary]"];
        assert_eq!(update(&arn, json!(null)), removed);
        assert_eq!(update(&arn, json!("")), removed);
        assert_eq!(update(&arn, json!("arn:aws:iam::1:policy/c")), none);
        assert_eq!(update(&json!(null), json!(null)), none);
        assert_eq!(update(&json!(""), arn.clone()), none);
        assert_eq!(
            update(&arn, unknown()),
            ["boundary-removed undetermined [permissions_boundary]"]
        );
        assert_eq!(
            judged(vec![Resource::replace(
                &address,
                trusting(arn.clone()),
                trusting(json!(null))
            )]),
            removed
        );
        assert_eq!(
            judged(vec![Resource::create(&address, trusting(json!(null)))]),
            none
        );
        assert_eq!(
            judged(vec![Resource::delete(&address, trusting(arn.clone()))]),
            none
        );
        let other = Resource::update(&address, trusting(arn.clone()), trusting(unknown()))
            .refers("permissions_boundary", "aws_iam_policy.c.arn");
        assert_eq!(judged(vec![other]), none);
    }
    let attached =
        json!({"permission_set_arn": "arn:aws:sso:::permissionSet/a", "permissions_boundary": []});
    let gone = || {
        Resource::delete(
            "aws_ssoadmin_permissions_boundary_attachment.x",
            attached.clone(),
        )
    };
    let set = |arn: &str| Resource::delete("aws_ssoadmin_permission_set.s", json!({"arn": arn}));
    let removed = ["boundary-removed violation [permission_set_arn]"];
    assert_eq!(judged(vec![gone()]), removed);
    assert_eq!(
        judged(vec![gone(), set("arn:aws:sso:::permissionSet/b")]),
        removed
    );
    assert_eq!(
        judged(vec![gone(), set("arn:aws:sso:::permissionSet/a")]),
        none
    );
}

/// Without what other rules say of users.
fn but_users(resources: Vec<Resource>) -> Vec<String> {
    judged(resources)
        .into_iter()
        .filter(|line| !line.starts_with("user-policy"))
        .collect()
}

fn pending(address: &str, after: Json) -> Resource {
    Resource::create(address, after).with(|change| change.action = Action::Read)
}

#[test]
fn attachments_that_are_not_known() {
    for (kind, path) in ATTACHMENTS {
        let address = format!("{kind}.x");
        let list = path.ends_with('s');
        let whole = |arn: Json| json!({*path: arn, "assume_role_policy": "", "inline_policy": [], "permissions_boundary": null});
        let at = |arn: Json| whole(if list { json!([arn]) } else { arn });
        let found = |cause: &str| vec![format!("admin-attachment undetermined{cause} [{path}]")];
        let create = |arn: Json| Resource::create(&address, at(arn));
        assert_eq!(but_users(vec![create(sensitive())]), found(""), "{kind}");
        assert_eq!(
            but_users(vec![Resource::create(&address, whole(sensitive()))]),
            found(""),
            "{kind}"
        );
        for both in [
            Resource::unchanged(&address, at(sensitive())),
            Resource::update(&address, at(sensitive()), at(sensitive())),
        ] {
            assert_eq!(but_users(vec![both]), found("(existing)"), "{kind}");
        }
        assert_eq!(
            but_users(vec![Resource::replace(
                &address,
                at(sensitive()),
                at(sensitive())
            )]),
            found(""),
            "{kind}"
        );
        // A reference to a policy does not show what is hidden.
        let policy = || {
            Resource::create(
                "aws_iam_policy.p",
                json!({"policy": document(allow(json!("s3:Get*"), json!("*")))}),
            )
        };
        let from = |to: &[&str]| {
            to.iter()
                .fold(create(unknown()), |resource, to| resource.refers(path, to))
        };
        assert_eq!(
            but_users(vec![
                policy(),
                create(sensitive()).refers(path, "aws_iam_policy.p.arn")
            ]),
            found(""),
            "{kind}"
        );
        assert_eq!(but_users(vec![create(unknown())]), found(""), "{kind}");
        // Left out, or null by a variable, the provider computes those of a role.
        let left_out = Resource::create(&address, whole(unknown()));
        for left_out in [
            left_out.clone(),
            left_out.refers(path, "module.m.var.managed_policy_arns"),
        ] {
            let said = but_users(vec![left_out]);
            assert_eq!(said.is_empty(), *kind == "aws_iam_role", "{kind}");
        }
        let from_local = Resource::create(&address, whole(unknown())).refers(path, "local.arns");
        assert_eq!(but_users(vec![from_local]), found(""), "{kind}");
        for to in [
            &["aws_iam_policy.p.arn"] as &[&str],
            &["aws_iam_policy.p.id", "each.key"],
            &["aws_iam_policy.p[0].arn", "var.names"],
            &["aws_iam_policy.p"],
            &[
                "aws_iam_policy.p.arn",
                "data.aws_partition.current.partition",
            ],
            &[
                "data.aws_iam_policy_document.d",
                "aws_iam_policy.p",
                "count.index",
            ],
        ] {
            assert!(
                but_users(vec![policy(), from(to)]).is_empty(),
                "{kind} {to:?}"
            );
        }
        for to in [
            // No policy of the plan, or not what names it.
            &["aws_iam_policy.other.arn"] as &[&str],
            &["aws_iam_policy.p.tags"],
            &["terraform_data.x.output"],
            &["aws_iam_policy.p.arn", "terraform_data.x.output"],
            &["data.external.x.result"],
            &["data.aws_partition.current.partition"],
            &["var.arn", "local.arns"],
            &["data.aws_iam_policy.p.arn"],
            &["data.aws_iam_policy_document.d.json"],
        ] {
            assert_eq!(
                but_users(vec![policy(), from(to)]),
                found(""),
                "{kind} {to:?}"
            );
        }
        // A data source that waits is where the value may come from.
        let partition = pending("data.aws_partition.current", json!({"id": unknown()}));
        assert_eq!(
            but_users(vec![
                policy(),
                partition,
                from(&[
                    "aws_iam_policy.p.arn",
                    "data.aws_partition.current.partition"
                ])
            ]),
            found(""),
            "{kind}"
        );
        let looked_up = |name: Json, arn: Json| {
            but_users(vec![
                pending(
                    "data.aws_iam_policy.d",
                    json!({"name": name, "arn": arn, "policy": unknown()}),
                ),
                from(&["data.aws_iam_policy.d.arn"]),
            ])
        };
        let none: &[&str] = &[];
        let certain = [format!("admin-attachment violation [{path}]")];
        assert_eq!(looked_up(json!("ReadOnlyAccess"), unknown()), none);
        assert_eq!(looked_up(unknown(), json!("arn:aws:iam::1:policy/p")), none);
        assert_eq!(looked_up(json!("AdministratorAccess"), unknown()), certain);
        assert_eq!(
            looked_up(unknown(), json!("arn:aws:iam::aws:policy/IAMFullAccess")),
            certain
        );
        assert_eq!(looked_up(unknown(), unknown()), found(""));
        assert_eq!(looked_up(sensitive(), unknown()), found(""));
    }
    // One of a module, and what is known beside it.
    let role = |arns: Json| json!({"assume_role_policy": "", "inline_policy": [], "permissions_boundary": null, "managed_policy_arns": arns});
    let made = || {
        Resource::create(
            "module.m.aws_iam_policy.this",
            json!({"policy": document(allow(json!("s3:Get*"), json!("*")))}),
        )
    };
    let with = |arns: Json| {
        judged(vec![
            made(),
            Resource::create("aws_iam_role.r", role(arns))
                .refers("managed_policy_arns", "module.m.aws_iam_policy.this[0].arn"),
        ])
    };
    let none: &[&str] = &[];
    assert_eq!(
        with(json!([unknown(), "arn:aws:iam::aws:policy/ReadOnlyAccess"])),
        none
    );
    assert_eq!(
        with(json!([
            unknown(),
            "arn:aws:iam::aws:policy/PowerUserAccess"
        ])),
        ["admin-attachment violation [managed_policy_arns]"]
    );
    assert_eq!(
        with(json!([unknown(), sensitive()])),
        ["admin-attachment undetermined [managed_policy_arns]"]
    );
}

#[test]
fn roles_that_are_not_known() {
    let none: &[&str] = &[];
    let found: &[&str] = &["basic-role undetermined [role]"];
    let existing: &[&str] = &["basic-role undetermined(existing) [role]"];
    let custom = || {
        Resource::create(
            "google_project_iam_custom_role.c",
            json!({"permissions": ["storage.buckets.get"]}),
        )
    };
    for (kind, path, who) in [
        (
            "google_project_iam_member",
            "member",
            json!("user:a@example.com"),
        ),
        (
            "google_folder_iam_binding",
            "members",
            json!(["user:a@example.com"]),
        ),
        ("google_organization_iam_member", "member", unknown()),
    ] {
        let address = format!("{kind}.x");
        let at = |role: Json| json!({"role": role, path: who.clone()});
        let create = |role: Json| Resource::create(&address, at(role));
        assert_eq!(judged(vec![create(sensitive())]), found, "{kind}");
        assert_eq!(judged(vec![create(unknown())]), found, "{kind}");
        assert_eq!(
            judged(vec![Resource::update(
                &address,
                at(sensitive()),
                at(sensitive())
            )]),
            existing,
            "{kind}"
        );
        assert_eq!(
            judged(vec![Resource::unchanged(&address, at(sensitive()))]),
            existing
        );
        let of = |to: &str| judged(vec![custom(), create(unknown()).refers("role", to)]);
        assert_eq!(of("google_project_iam_custom_role.c.id"), none, "{kind}");
        assert_eq!(of("google_project_iam_custom_role.c.name"), none, "{kind}");
        assert_eq!(
            of("google_project_iam_custom_role.c.title"),
            found,
            "{kind}"
        );
        assert_eq!(of("terraform_data.x.output"), found, "{kind}");
        assert_eq!(
            judged(vec![create(json!("roles/storage.objectViewer"))]),
            none
        );
    }
    // On one resource a role is not everything.
    let one = json!({"role": sensitive(), "member": "user:a@example.com"});
    assert_eq!(
        judged(vec![Resource::create(
            "google_service_account_iam_member.x",
            one
        )]),
        none
    );
    let policy = |data: Json| {
        judged(vec![Resource::create(
            "google_project_iam_policy.x",
            json!({"policy_data": data}),
        )])
    };
    assert_eq!(
        policy(sensitive()),
        ["basic-role undetermined [policy_data]"]
    );
    assert_eq!(policy(unknown()), none);
    let written = |role: Json| {
        judged(vec![
            Resource::create(
                "google_project_iam_policy.x",
                json!({"policy_data": unknown()}),
            )
            .refers("policy_data", "data.google_iam_policy.d.policy_data"),
            pending(
                "data.google_iam_policy.d",
                json!({"binding": [{"role": role, "members": ["user:a@example.com"]}]}),
            ),
        ])
    };
    assert_eq!(
        written(sensitive()),
        ["basic-role undetermined [policy_data]"]
    );
    assert_eq!(written(json!("roles/viewer")), none);
}

#[test]
fn assignments_that_are_not_known() {
    let none: &[&str] = &[];
    let a = "azurerm_role_assignment.x";
    let subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
    let group = format!("{subscription}/resourceGroups/g");
    let at = |scope: Json, name: Json, id: Json| json!({"scope": scope, "role_definition_name": name, "role_definition_id": id, "condition": null});
    let wide = |name: Json, id: Json| at(json!(subscription), name, id);
    let owner =
        "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    for (after, expected) in [
        (wide(sensitive(), unknown()), "role_definition_name"),
        (wide(unknown(), sensitive()), "role_definition_id"),
        (wide(json!(null), unknown()), "role_definition_id"),
        (at(sensitive(), json!("Owner"), unknown()), "scope"),
        (at(sensitive(), unknown(), json!(owner)), "scope"),
        (
            at(sensitive(), sensitive(), unknown()),
            "role_definition_name",
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(a, after.clone())]),
            [format!("subscription-role undetermined [{expected}]")],
            "{after}"
        );
    }
    for after in [
        at(json!(group), sensitive(), unknown()),
        at(json!(group), unknown(), sensitive()),
        at(sensitive(), json!("Reader"), unknown()),
        wide(json!("Reader"), unknown()),
        wide(json!("Reader"), sensitive()),
    ] {
        assert_eq!(
            judged(vec![Resource::create(a, after.clone())]),
            none,
            "{after}"
        );
    }
    assert_eq!(
        judged(vec![Resource::create(a, wide(json!("owner"), unknown()))]),
        ["subscription-role violation [scope]"]
    );
    for hidden in [
        wide(sensitive(), json!("x")),
        at(sensitive(), json!("Owner"), json!("x")),
    ] {
        let found = judged(vec![Resource::update(a, hidden.clone(), hidden.clone())]);
        assert!(
            found.len() == 1 && found[0].starts_with("subscription-role undetermined(existing)"),
            "{found:?}"
        );
    }
    // A hidden scope is not shown by what it refers to.
    assert_eq!(
        judged(vec![
            Resource::create(a, at(sensitive(), json!("Owner"), unknown()))
                .refers("scope", "azurerm_resource_group.g.id")
        ]),
        ["subscription-role undetermined [scope]"]
    );
    for (to, expected) in [
        ("azurerm_resource_group.g.id", none),
        ("module.m.azurerm_key_vault.v.id", none),
        (
            "azurerm_resource_group.g.tags",
            &["subscription-role undetermined [scope]"],
        ),
        (
            "terraform_data.x.output",
            &["subscription-role undetermined [scope]"],
        ),
        (
            "data.azurerm_client_config.c.subscription_id",
            &["subscription-role undetermined [scope]"],
        ),
    ] {
        let assigned = Resource::create(a, at(unknown(), json!("Owner"), unknown()));
        assert_eq!(judged(vec![assigned.refers("scope", to)]), expected, "{to}");
    }
    // A role that the plan makes, or looks up.
    let role = || {
        Resource::create(
            "azurerm_role_definition.r",
            json!({"permissions": [{"actions": ["Microsoft.Storage/*/read"], "not_actions": []}]}),
        )
    };
    let data = |name: Json| {
        pending(
            "data.azurerm_role_definition.d",
            json!({"name": name, "role_definition_id": unknown(), "permissions": unknown()}),
        )
    };
    let of = |to: &str, name: Json| {
        judged(vec![
            role(),
            data(name),
            Resource::create(a, wide(unknown(), unknown())).refers("role_definition_id", to),
        ])
    };
    let cannot: &[&str] = &["subscription-role undetermined [role_definition_id]"];
    let made = "azurerm_role_definition.r.role_definition_resource_id";
    assert_eq!(of(made, json!("Reader")), none);
    assert_eq!(
        of("azurerm_role_definition.r.description", json!("Reader")),
        cannot
    );
    assert_eq!(
        of("data.azurerm_role_definition.d.id", json!("Reader")),
        none
    );
    assert_eq!(
        of("data.azurerm_role_definition.d.id", json!("Owner")),
        ["subscription-role violation [scope]"]
    );
    assert_eq!(of("data.azurerm_role_definition.d.id", unknown()), cannot);
    assert_eq!(of("terraform_data.x.output", json!("Reader")), cannot);
    assert_eq!(
        judged(vec![
            Resource::create(a, wide(unknown(), unknown()))
                .refers("role_definition_name", "terraform_data.x.output")
        ]),
        ["subscription-role undetermined [role_definition_name]"]
    );
}

#[test]
fn attachments() {
    for (kind, path) in ATTACHMENTS {
        let address = format!("{kind}.x");
        let list = path.ends_with('s');
        let at = |arn: Json| json!({*path: if list { json!([arn]) } else { arn }, "assume_role_policy": ""});
        let create = |arn: Json| -> Vec<String> {
            judged(vec![Resource::create(&address, at(arn))])
                .into_iter()
                .filter(|line| !line.starts_with("user-policy"))
                .collect()
        };
        let found = vec![format!("admin-attachment violation [{path}]")];
        assert_eq!(
            create(json!("arn:aws:iam::aws:policy/AdministratorAccess")),
            found
        );
        assert_eq!(
            create(json!("arn:aws-us-gov:iam::aws:policy/IAMFullAccess")),
            found
        );
        for arn in [
            json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            json!("arn:aws:iam::aws:policy/AdministratorAccess-Amplify"),
            json!("arn:aws:iam::123456789012:policy/AdministratorAccess"),
        ] {
            assert!(create(arn.clone()).is_empty(), "{kind} {arn}");
        }
        let same = at(json!("arn:aws:iam::aws:policy/PowerUserAccess"));
        let existing: Vec<_> = judged(vec![Resource::unchanged(&address, same)])
            .into_iter()
            .filter(|line| !line.starts_with("user-policy"))
            .collect();
        assert_eq!(
            existing,
            [format!("admin-attachment violation(existing) [{path}]")]
        );
    }
    let none: &[&str] = &[];
    let admin = || {
        vec![Resource::create(
            "module.ci.aws_iam_role_policy_attachment.x",
            json!({"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        )]
    };
    assert_eq!(
        with_settings(admin(), json!({"allow": ["module.ci.*"]})),
        none
    );
    assert_eq!(with_settings(admin(), json!({"admin-policies": []})), none);
}

fn trusted(principal: Json, condition: Json) -> Vec<String> {
    let text = document(
        json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}),
    );
    judged(vec![Resource::create("aws_iam_role.r", json!({"assume_role_policy": text, "inline_policy": [], "managed_policy_arns": unknown(), "permissions_boundary": null}))])
        .iter()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn who_may_take_a_role() {
    let none: &[&str] = &[];
    let open: &[&str] = &["open-trust violation"];
    let wide: &[&str] = &["wide-trust violation"];
    for (principal, condition, expected) in [
        (json!({"Service": "ec2.amazonaws.com"}), json!({}), none),
        (
            json!({"AWS": "arn:aws:iam::123456789012:root"}),
            json!({}),
            none,
        ),
        (json!("*"), json!({}), open),
        (
            json!({"AWS": "*"}),
            json!({"StringEquals": {"sts:ExternalId": "secret"}}),
            open,
        ),
        (
            json!({"AWS": "*"}),
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-a"}}),
            none,
        ),
        (
            json!({"AWS": "*"}),
            json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}),
            none,
        ),
        (
            json!({"AWS": "*"}),
            json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}),
            open,
        ),
        (json!({"Federated": "*"}), json!({}), open),
        (
            json!({"Federated": "arn:aws:iam::1:saml-provider/idp"}),
            json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
            none,
        ),
        (
            json!({"Federated": "cognito-identity.amazonaws.com"}),
            json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:x"}}),
            none,
        ),
        (
            json!({"Federated": "cognito-identity.amazonaws.com"}),
            json!({"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}),
            open,
        ),
        (
            json!({"Federated": "accounts.google.com"}),
            json!({"StringEquals": {"accounts.google.com:aud": "x.apps"}}),
            none,
        ),
        (json!({"Federated": "accounts.google.com"}), json!({}), open),
        (
            json!({"Federated": "arn:aws:iam::1:oidc-provider/login.example.com"}),
            json!({"StringEquals": {"login.example.com:aud": "client"}}),
            none,
        ),
        (
            json!({"Federated": "arn:aws:iam::1:oidc-provider/login.example.com"}),
            json!({}),
            wide,
        ),
    ] {
        assert_eq!(
            trusted(principal.clone(), condition.clone()),
            expected,
            "{principal} {condition}"
        );
    }
    let provider = |host: &str| json!({"Federated": format!("arn:aws:iam::123456789012:oidc-provider/{host}")});
    let github = "token.actions.githubusercontent.com";
    for (operator, sub, expected) in [
        ("StringEquals", "repo:o/r:ref:refs/heads/main", none),
        ("StringLike", "repo:o/r:ref:refs/heads/main", none),
        ("StringLike", "repo:o/r:environment:production", none),
        ("StringLike", "repo:o/r:ref:refs/tags/v*", none),
        ("StringLike", "repo:o/r:ref:refs/heads/release/*", none),
        ("StringEquals", "repo:o/r:*", none),
        ("StringLike", "repo:o/r:*", wide),
        ("StringLike", "repo:o/r:ref:refs/heads/*", wide),
        ("StringLike", "repo:o/r*", wide),
        ("StringLike", "repo:o/*", wide),
        ("StringLike", "repo:o/*:ref:refs/heads/main", wide),
        ("StringLike", "repo:o*", open),
        ("StringLike", "repo:*", open),
        ("StringLike", "repo:*/r:ref:refs/heads/main", open),
        ("StringLike", "*", open),
        ("StringLike", "*:ref:refs/heads/main", open),
        ("StringLike", "repository_owner_id:123:*", none),
        ("StringLikeIfExists", "repo:o/r:ref:refs/heads/main", open),
        (
            "ForAllValues:StringLike",
            "repo:o/r:ref:refs/heads/main",
            open,
        ),
        (
            "ForAnyValue:StringLike",
            "repo:o/r:ref:refs/heads/main",
            none,
        ),
        ("StringNotEquals", "repo:o/r:pull_request", open),
    ] {
        let condition = json!({
            "StringEquals": {format!("{github}:aud"): "sts.amazonaws.com"},
            operator: {format!("{github}:sub"): sub},
        });
        // The operator may be the same as that of the audience.
        let condition = if operator == "StringEquals" {
            json!({operator: {format!("{github}:aud"): "sts.amazonaws.com", format!("{github}:sub"): sub}})
        } else {
            condition
        };
        assert_eq!(
            trusted(provider(github), condition),
            expected,
            "{operator} {sub}"
        );
    }
    // Only the audience, which is everyone's.
    assert_eq!(
        trusted(
            provider(github),
            json!({"StringEquals": {format!("{github}:aud"): "sts.amazonaws.com"}})
        ),
        open
    );
    // One wide subject of several; another claim that narrows.
    assert_eq!(
        trusted(
            provider(github),
            json!({"StringLike": {format!("{github}:sub"): ["repo:o/r:ref:refs/heads/main", "repo:*"]}})
        ),
        open
    );
    assert_eq!(
        trusted(
            provider(github),
            json!({"StringLike": {format!("{github}:sub"): "repo:o/*"}, "StringEquals": {format!("{github}:job_workflow_ref"): "o/r/.github/workflows/d.yml@refs/heads/main"}})
        ),
        none
    );
    for (host, sub, expected) in [
        (
            "gitlab.com",
            "project_path:g/p:ref_type:branch:ref:main",
            none,
        ),
        (
            "gitlab.com",
            "project_path:g/*:ref_type:branch:ref:main",
            wide,
        ),
        (
            "gitlab.com",
            "project_path:*:ref_type:branch:ref:main",
            open,
        ),
        ("gitlab.com", "project_path:g/p:*", wide),
        (
            "app.terraform.io",
            "organization:o:project:p:workspace:w:run_phase:*",
            none,
        ),
        (
            "app.terraform.io",
            "organization:o:project:p:workspace:*:run_phase:*",
            wide,
        ),
        (
            "app.terraform.io",
            "organization:*:project:p:workspace:w:run_phase:apply",
            open,
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "system:serviceaccount:ns:app",
            none,
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "system:serviceaccount:ns:*",
            wide,
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "system:serviceaccount:*:*",
            wide,
        ),
        (
            "gitlab.example.com",
            "project_path:*:ref_type:branch:ref:main",
            wide,
        ),
        (
            "container.googleapis.com/v1/projects/p",
            "system:serviceaccount:*:*",
            wide,
        ),
        (
            "token.actions.githubusercontent.com/example",
            "repo:o/*",
            wide,
        ),
        (
            "token.actions.githubusercontent.com/example",
            "repo:o/r:environment:p",
            none,
        ),
        ("agent.buildkite.com", "organization:o:*", none),
        ("agent.buildkite.com", "*", open),
        ("login.example.com", "*", wide),
    ] {
        assert_eq!(
            trusted(
                provider(host),
                json!({"StringLike": {format!("{host}:sub"): sub}})
            ),
            expected,
            "{host} {sub}"
        );
    }
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
    assert_eq!(
        trusted(
            provider(eks),
            json!({"StringEquals": {format!("{eks}:aud"): "sts.amazonaws.com"}})
        ),
        wide
    );
    assert_eq!(
        trusted(
            provider(eks),
            json!({"StringEquals": {format!("{eks}:sub"): "system:serviceaccount:ns:app"}})
        ),
        none
    );
}

#[test]
fn trust_that_changes_or_is_not_known() {
    let none: &[&str] = &[];
    let github = "token.actions.githubusercontent.com";
    let at = |sub: &str| {
        json!({"inline_policy": [], "managed_policy_arns": [], "permissions_boundary": "", "assume_role_policy": document(json!({
            "Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::1:oidc-provider/{github}")}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {format!("{github}:sub"): sub}},
        }))})
    };
    let update = |before: &str, after: &str| {
        judged(vec![Resource::update(
            "aws_iam_role.r",
            at(before),
            at(after),
        )])
    };
    assert_eq!(
        update("repo:o/r:ref:refs/heads/main", "repo:o/*"),
        ["wide-trust violation [assume_role_policy]"]
    );
    assert_eq!(
        update("repo:o/*", "repo:o/r:*"),
        ["wide-trust violation(existing) [assume_role_policy]"]
    );
    assert_eq!(update("repo:o/*", "repo:o/r:ref:refs/heads/main"), none);
    assert_eq!(
        update("repo:o/*", "repo:*"),
        ["open-trust violation [assume_role_policy]"]
    );
    assert_eq!(
        judged(vec![Resource::unchanged("aws_iam_role.r", at("repo:*"))]),
        ["open-trust violation(existing) [assume_role_policy]"]
    );
    // One of several policies of a role.
    let some = json!({"assume_role_policy": "", "inline_policy": [{"name": "a", "policy": document(allow(json!("*"), json!("*")))}, {"name": "b", "policy": unknown()}]});
    assert_eq!(
        judged(vec![Resource::create("aws_iam_role.r", some)]),
        [
            "admin-access violation [inline_policy]",
            "policy-unknown undetermined [inline_policy]"
        ]
    );
    // Known only after apply, and in part.
    let role = |text: Json| {
        Resource::create(
            "aws_iam_role.r",
            json!({"inline_policy": [], "managed_policy_arns": unknown(), "permissions_boundary": null, "assume_role_policy": text}),
        )
    };
    assert_eq!(
        judged(vec![role(unknown())]),
        ["policy-unknown undetermined(advice) [assume_role_policy]"]
    );
    let data = |condition: Json| {
        Resource::create(
            "data.aws_iam_policy_document.d",
            json!({"override_policy_documents": null, "source_policy_documents": null, "statement": [{
                "actions": ["sts:AssumeRoleWithWebIdentity"], "condition": condition, "effect": "Allow", "not_actions": null,
                "not_principals": [], "not_resources": null, "principals": [{"type": "Federated", "identifiers": [unknown()]}],
                "resources": null, "sid": null}]}),
        )
        .with(|change| change.action = Action::Read)
    };
    let with = |condition: Json| {
        judged(vec![
            role(unknown()).refers("assume_role_policy", "data.aws_iam_policy_document.d.json"),
            data(condition),
        ])
    };
    let sub = |test: &str, value: Json| json!([{"test": test, "variable": format!("{github}:sub"), "values": [value]}]);
    assert_eq!(
        with(sub("StringEquals", json!("repo:o/r:ref:refs/heads/main"))),
        none
    );
    assert_eq!(
        with(sub("StringLike", json!("repo:*"))),
        ["open-trust violation [assume_role_policy]"]
    );
    assert_eq!(
        with(sub("StringLike", unknown())),
        ["policy-unknown undetermined [assume_role_policy]"]
    );
    assert_eq!(
        with(json!([])),
        ["policy-unknown undetermined [assume_role_policy]"]
    );
}

#[test]
fn what_a_role_only_shows() {
    let none: &[&str] = &[];
    let wide = document(allow(json!("*"), json!("*")));
    let narrow = document(allow(json!("s3:GetObject"), json!("*")));
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let role = || {
        Resource::unchanged(
            "aws_iam_role.r",
            json!({"name": "r", "assume_role_policy": "", "inline_policy": [{"name": "a", "policy": wide}], "managed_policy_arns": [admin], "permissions_boundary": ""}),
        )
    };
    let found = [
        "admin-access violation(existing) [inline_policy]",
        "admin-attachment violation(existing) [managed_policy_arns]",
    ];
    assert_eq!(judged(vec![role()]), found);
    let policy = |of: &str, text: &str| json!({"role": of, "name": "a", "policy": text});
    let closing = |of: &str| {
        Resource::update(
            "aws_iam_role_policy.p",
            policy(of, &wide),
            policy(of, &narrow),
        )
    };
    let detaching = |of: &str| {
        Resource::delete(
            "aws_iam_role_policy_attachment.a",
            json!({"role": of, "policy_arn": admin}),
        )
    };
    assert_eq!(judged(vec![role(), closing("r"), detaching("r")]), none);
    assert_eq!(judged(vec![role(), closing("s"), detaching("s")]), found);
    let shared = Resource::delete(
        "aws_iam_policy_attachment.a",
        json!({"roles": ["q", "r"], "users": [], "policy_arn": admin}),
    );
    assert_eq!(judged(vec![role(), closing("r"), shared]), none);
    assert_eq!(
        judged(vec![role(), closing("r")]),
        ["admin-attachment violation(existing) [managed_policy_arns]"]
    );
}

#[test]
fn keys_and_users() {
    let none: &[&str] = &[];
    let key = |status: &str| json!({"user": "u", "status": status, "id": unknown(), "secret": sensitive()});
    let k = "aws_iam_access_key.k";
    assert_eq!(
        judged(vec![Resource::create(k, key("Active"))]),
        ["access-key violation [status]"]
    );
    assert_eq!(
        judged(vec![Resource::unchanged(k, key("Active"))]),
        ["access-key violation(existing) [status]"]
    );
    assert_eq!(
        judged(vec![Resource::update(k, key("Inactive"), key("Active"))]),
        ["access-key violation [status]"]
    );
    assert_eq!(
        judged(vec![Resource::update(k, key("Active"), key("Inactive"))]),
        none
    );
    assert_eq!(judged(vec![Resource::delete(k, key("Active"))]), none);
    for (address, after) in [
        ("aws_iam_user_login_profile.x", json!({"user": "u"})),
        (
            "google_service_account_key.x",
            json!({"service_account_id": "a"}),
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after)]),
            ["access-key violation []"],
            "{address}"
        );
    }
    assert_eq!(
        judged(vec![Resource::create(
            "google_storage_hmac_key.x",
            json!({"state": "ACTIVE"})
        )]),
        ["access-key violation [state]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "google_storage_hmac_key.x",
            json!({"state": "INACTIVE"})
        )]),
        none
    );
    // Users.
    let small = document(allow(json!("s3:GetObject"), json!("*")));
    assert_eq!(
        judged(vec![Resource::create(
            "aws_iam_user_policy.x",
            json!({"user": "u", "policy": small})
        )]),
        ["user-policy violation [user]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_iam_group_policy.x",
            json!({"group": "g", "policy": small})
        )]),
        none
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_iam_user_policy_attachment.x",
            json!({"user": "u", "policy_arn": "arn:aws:iam::1:policy/p"})
        )]),
        ["user-policy violation [user]"]
    );
    let attachment = |users: Json| json!({"users": users, "roles": ["r"], "groups": [], "policy_arn": "arn:aws:iam::1:policy/p"});
    assert_eq!(
        judged(vec![Resource::create(
            "aws_iam_policy_attachment.x",
            attachment(json!(["u"]))
        )]),
        ["user-policy violation [users]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_iam_policy_attachment.x",
            attachment(json!([]))
        )]),
        none
    );
}

#[test]
fn roles_of_google() {
    let none: &[&str] = &[];
    let member = |role: &str, member: Json| json!({"project": "p", "role": role, "member": member, "condition": []});
    for (address, after, expected) in [
        (
            "google_project_iam_member.x",
            member("roles/owner", json!("user:a@b")),
            &["impersonation violation [role]"] as &[&str],
        ),
        (
            "google_folder_iam_member.x",
            member("roles/editor", json!("user:a@b")),
            &["basic-role violation [role]"],
        ),
        (
            "google_organization_iam_binding.x",
            json!({"role": "roles/editor", "members": ["user:a@b"]}),
            &["basic-role violation [role]"],
        ),
        (
            "google_project_iam_member.x",
            member(
                "roles/editor",
                json!("serviceAccount:1@cloudservices.gserviceaccount.com"),
            ),
            none,
        ),
        (
            "google_project_iam_member.x",
            member("roles/editor", unknown()),
            &["basic-role violation [role]"],
        ),
        (
            "google_project_iam_member.x",
            member("roles/viewer", json!("user:a@b")),
            none,
        ),
        (
            "google_project_iam_member.x",
            member("roles/storage.objectViewer", unknown()),
            none,
        ),
        (
            "google_project_iam_policy.x",
            json!({"policy_data": "{\"bindings\":[{\"role\":\"roles/owner\",\"members\":[\"user:a@b\"]}]}"}),
            &["impersonation violation [policy_data]"],
        ),
        (
            "google_project_iam_member.x",
            member("roles/iam.serviceAccountTokenCreator", json!("user:a@b")),
            &["impersonation violation [role]"],
        ),
        (
            "google_service_account_iam_member.x",
            member("roles/iam.serviceAccountTokenCreator", json!("user:a@b")),
            none,
        ),
        (
            "google_service_account_iam_member.x",
            member(
                "roles/iam.workloadIdentityUser",
                json!(
                    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"
                ),
            ),
            &["wide-trust violation [member]"],
        ),
        (
            "google_service_account_iam_member.x",
            member(
                "roles/iam.workloadIdentityUser",
                json!(
                    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repository/o/r"
                ),
            ),
            none,
        ),
        (
            "google_project_iam_custom_role.x",
            json!({"role_id": "r", "permissions": ["storage.objects.get", "iam.serviceAccounts.actAs"]}),
            &["privilege-escalation violation [permissions]"],
        ),
        (
            "google_project_iam_custom_role.x",
            json!({"role_id": "r", "permissions": ["storage.objects.get"]}),
            none,
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
    let provider = |issuer: &str, condition: Json| {
        judged(vec![Resource::create(
            "google_iam_workload_identity_pool_provider.x",
            json!({"oidc": [{"issuer_uri": issuer, "allowed_audiences": []}], "attribute_condition": condition}),
        )])
    };
    let github = "https://token.actions.githubusercontent.com";
    assert_eq!(
        provider(github, json!(null)),
        ["open-trust violation [attribute_condition]"]
    );
    assert_eq!(
        provider(github, json!("true")),
        ["open-trust violation [attribute_condition]"]
    );
    assert_eq!(
        provider(github, json!("assertion.repository_owner == 'o'")),
        none
    );
    assert_eq!(provider("https://login.example.com", json!(null)), none);
    assert_eq!(
        judged(vec![Resource::update(
            "google_project_iam_member.x",
            member("roles/owner", json!("user:a@b")),
            member("roles/editor", json!("user:a@b"))
        )]),
        ["basic-role violation [role]"]
    );
    assert_eq!(
        judged(vec![Resource::unchanged(
            "google_project_iam_member.x",
            member("roles/owner", json!("user:a@b"))
        )]),
        ["impersonation violation(existing) [role]"]
    );
    // An owner of a folder or an organisation, and the names that Google gives the roles today.
    for (kind, role, rule) in [
        ("google_folder_iam_member", "roles/owner", "impersonation"),
        (
            "google_organization_iam_member",
            "roles/owner",
            "impersonation",
        ),
        ("google_project_iam_member", "roles/admin", "impersonation"),
        ("google_project_iam_member", "roles/writer", "basic-role"),
    ] {
        assert_eq!(
            judged(vec![Resource::create(
                &format!("{kind}.x"),
                member(role, json!("user:a@b"))
            )]),
            [format!("{rule} violation [role]")],
            "{kind} {role}"
        );
    }
    let provider = |condition: Json| json!({"oidc": [{"issuer_uri": github, "allowed_audiences": []}], "attribute_condition": condition});
    assert_eq!(
        judged(vec![Resource::update(
            "google_iam_workload_identity_pool_provider.x",
            provider(json!("assertion.repository_owner == 'o'")),
            provider(json!(null))
        )]),
        ["open-trust violation [attribute_condition]"]
    );
}

#[test]
fn a_whole_service_weighs_no_less_than_a_part_of_it() {
    let escalates = "privilege-escalation violation".to_owned();
    for statement in [
        allow(json!("iam:*"), json!("*")),
        allow(json!("IAM:*"), json!("*")),
        allow(json!(["iam:*", "s3:*", "ec2:*", "sts:*"]), json!("*")),
        allow(json!("sts:*"), json!("*")),
        allow(json!("lambda:*"), json!("*")),
        allow(json!("iam:*"), json!(["arn:aws:iam::123456789012:*"])),
        json!({"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::1:role/a"}),
    ] {
        assert!(rules(statement.clone()).contains(&escalates), "{statement}");
    }
    for statement in [
        allow(json!("s3:*"), json!("*")),
        allow(json!("iam:*"), json!("arn:aws:iam::1:role/a")),
        json!([allow(json!("iam:*"), json!("*")), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
        json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}}}),
    ] {
        assert!(
            !rules(statement.clone()).contains(&escalates),
            "{statement}"
        );
    }
    // Written into a role, and by an update.
    let role = |action: &str| json!({"assume_role_policy": "", "inline_policy": [{"name": "p", "policy": document(allow(json!(action), json!("*")))}], "managed_policy_arns": []});
    assert!(
        judged(vec![Resource::update(
            "aws_iam_role.r",
            role("s3:GetObject"),
            role("iam:*")
        )])
        .contains(&"privilege-escalation violation [inline_policy]".to_owned())
    );
    assert!(
        judged(vec![Resource::update(
            "aws_iam_role.r",
            role("iam:*"),
            role("iam:PutRolePolicy")
        )])
        .contains(&"privilege-escalation violation(existing) [inline_policy]".to_owned())
    );
}

#[test]
fn boundaries_that_bound_nothing() {
    let none: &[&str] = &[];
    let arn = "arn:aws:iam::1:policy/b";
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let removed = ["boundary-removed violation [permissions_boundary]"];
    for kind in ["aws_iam_role", "aws_iam_user"] {
        let update = |before: &str, after: &str| {
            let with = |boundary: &str| json!({"assume_role_policy": "", "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": boundary});
            judged(vec![Resource::update(
                &format!("{kind}.r"),
                with(before),
                with(after),
            )])
        };
        assert_eq!(update(arn, admin), removed);
        assert_eq!(update(admin, arn), none);
        assert_eq!(
            update(admin, "arn:aws:iam::aws:policy/PowerUserAccess"),
            none
        );
        assert_eq!(update(arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"), none);
    }
    let set = |policy: Json| json!({"permission_set_arn": "arn:aws:sso:::permissionSet/a", "permissions_boundary": [{"managed_policy_arn": policy, "customer_managed_policy_reference": []}]});
    let replaced = |before: Json, after: Json| {
        judged(vec![Resource::replace(
            "aws_ssoadmin_permissions_boundary_attachment.x",
            set(before),
            set(after),
        )])
    };
    assert_eq!(
        replaced(json!(null), json!(admin)),
        ["boundary-removed violation [permissions_boundary[0].managed_policy_arn]"]
    );
    assert_eq!(replaced(json!(admin), json!(arn)), none);
    // The boundary itself is rewritten.
    let role = || {
        Resource::unchanged(
            "aws_iam_role.r",
            json!({"assume_role_policy": "", "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": arn}),
        )
        .refers("permissions_boundary", "aws_iam_policy.b.arn")
    };
    let policy = |statement: Json| json!({"policy": document(statement)});
    let narrow = allow(json!("s3:*"), json!("*"));
    let rewritten = |after: Json| {
        judged(vec![
            role(),
            Resource::update("aws_iam_policy.b", policy(narrow.clone()), policy(after)),
        ])
    };
    assert_eq!(
        rewritten(allow(json!("*"), json!("*"))),
        ["boundary-removed violation [policy]"]
    );
    assert_eq!(
        rewritten(
            json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}])
        ),
        none
    );
    assert_eq!(rewritten(allow(json!("ec2:*"), json!("*"))), none);
}

#[test]
fn roles_of_azure() {
    let none: &[&str] = &[];
    let found: &[&str] = &["subscription-role violation [scope]"];
    let assignment = |scope: Json, name: Json, id: Json, condition: Json| {
        Resource::create(
            "azurerm_role_assignment.x",
            json!({"scope": scope, "role_definition_name": name, "role_definition_id": id, "condition": condition, "principal_id": unknown()}),
        )
    };
    let named = |scope: &str, name: &str| {
        judged(vec![assignment(
            json!(scope),
            json!(name),
            unknown(),
            json!(null),
        )])
    };
    let subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
    for role in [
        "Owner",
        "Contributor",
        "User Access Administrator",
        "Role Based Access Control Administrator",
    ] {
        assert_eq!(named(subscription, role), found, "{role}");
    }
    assert_eq!(
        named(
            "/providers/Microsoft.Management/managementGroups/g",
            "Owner"
        ),
        found
    );
    assert_eq!(named("/", "Owner"), found);
    assert_eq!(
        named(&format!("{subscription}/resourceGroups/g"), "Owner"),
        none
    );
    assert_eq!(named(subscription, "Reader"), none);
    let id = format!(
        "{subscription}/providers/Microsoft.Authorization/roleDefinitions/8E3AF657-a8ff-443c-a75c-2fe8c4bcb635"
    );
    assert_eq!(
        judged(vec![assignment(
            json!(subscription),
            json!(null),
            json!(id),
            json!(null)
        )]),
        found
    );
    // A condition says which roles may be given; of an owner it says nothing of what it may do.
    assert_eq!(
        judged(vec![assignment(
            json!(subscription),
            json!("User Access Administrator"),
            unknown(),
            json!("(…)")
        )]),
        none
    );
    assert_eq!(
        judged(vec![assignment(
            json!(subscription),
            json!("Owner"),
            unknown(),
            json!("(…)")
        )]),
        found
    );
    // Known only after apply.
    let unknown_scope = || assignment(unknown(), json!("Owner"), unknown(), json!(null));
    assert_eq!(
        judged(vec![unknown_scope()]),
        ["subscription-role undetermined [scope]"]
    );
    assert_eq!(
        judged(vec![
            unknown_scope().refers("scope", "azurerm_resource_group.g.id")
        ]),
        none
    );
    assert_eq!(
        judged(vec![
            unknown_scope().refers("scope", "azurerm_subscription.s.id")
        ]),
        found
    );
    assert_eq!(
        judged(vec![
            unknown_scope().refers("scope", "data.azurerm_subscription.s.id")
        ]),
        found
    );
    for kind in [
        "azurerm_pim_active_role_assignment",
        "azurerm_pim_eligible_role_assignment",
    ] {
        assert_eq!(
            judged(vec![Resource::create(
                &format!("{kind}.x"),
                json!({"scope": subscription, "role_definition_id": id})
            )]),
            found
        );
    }
    // Custom roles.
    let role = |permissions: Json| {
        judged(vec![Resource::create(
            "azurerm_role_definition.x",
            json!({"name": "r", "scope": subscription, "permissions": permissions}),
        )])
    };
    assert_eq!(
        role(json!([{"actions": ["*"], "not_actions": []}])),
        ["admin-access violation [permissions]"]
    );
    assert_eq!(
        role(json!([{"actions": ["Microsoft.Compute/*/read"], "not_actions": []}])),
        none
    );
    assert_eq!(
        role(json!([{"actions": ["Microsoft.Authorization/*"], "not_actions": []}])),
        ["privilege-escalation violation [permissions]"]
    );
    assert_eq!(
        role(
            json!([{"actions": ["Microsoft.Authorization/*"], "not_actions": ["Microsoft.Authorization/*/write"]}])
        ),
        none
    );
    assert_eq!(
        role(json!([{"actions": ["Microsoft.Authorization/*/read"], "not_actions": []}])),
        none
    );
}

#[test]
fn settings() {
    let none: &[&str] = &[];
    let wide = || {
        vec![Resource::create(
            "aws_iam_policy.p",
            json!({"policy": document(allow(json!(["s3:*", "sqs:*"]), json!("*")))}),
        )]
    };
    assert_eq!(
        with_settings(wide(), json!({"allow-services": ["s3", "SQS"]})),
        none
    );
    assert_eq!(
        with_settings(wide(), json!({"allow-services": ["s3"]})),
        ["service-wildcard violation [policy]"]
    );
    assert_eq!(
        with_settings(wide(), json!({"ignore-types": ["aws_iam_*"]})),
        none
    );
    for settings in [json!({"allow_services": []}), json!({"allow": "x"})] {
        assert!(
            Plan::new([])
                .settings(settings)
                .evaluate::<IamWildcard>()
                .is_err()
        );
    }
}

#[test]
fn policies_of_an_organisation_that_are_taken_off() {
    let none: &[&str] = &[];
    let attached = || json!({"policy_id": "p-1", "target_id": "ou-1"});
    let gone = || Resource::delete("aws_organizations_policy_attachment.a", attached());
    let removed = ["boundary-removed violation [target_id]"];
    assert_eq!(judged(vec![gone()]), removed);
    let unit =
        |id: &str| Resource::delete("aws_organizations_organizational_unit.u", json!({"id": id}));
    assert_eq!(judged(vec![gone(), unit("ou-1")]), none);
    assert_eq!(judged(vec![gone(), unit("ou-2")]), removed);
    assert_eq!(
        judged(vec![Resource::create(
            "aws_organizations_policy_attachment.a",
            attached()
        )]),
        none
    );
}

/// How many findings there are, of which each is what the host takes.
fn fits(resources: Vec<Resource>) -> usize {
    Plan::new(resources).findings::<IamWildcard>().len()
}

#[test]
fn what_a_plan_says_at_length_is_told_in_short() {
    let services: Vec<_> = (0..230).map(|nth| format!("service{nth:04}:*")).collect();
    let text = document(allow(json!(services), json!("*")));
    let created = |kind: &str, after: Json| Resource::create(&format!("{kind}.x"), after);
    assert_eq!(
        fits(vec![created("aws_iam_policy", json!({"policy": text}))]),
        1
    );
    assert_eq!(
        Plan::new(vec![created("aws_iam_policy", json!({"policy": text}))])
            .findings::<IamWildcard>()[0]
            .split_once(": ")
            .unwrap()
            .1,
        "statement 1 of the policy allows `service0000:*`, `service0001:*`, `service0002:*`, \
         `service0003:*`, `service0004:*` and 225 more on every resource"
    );
    let long = "x".repeat(9_000);
    let statement =
        json!({"Sid": long, "Effect": "Allow", "Action": "*", "Resource": "*", long.clone(): 1});
    let trust = |principal: Json, condition: Json| {
        json!({"assume_role_policy": document(json!({"Sid": long, "Effect": "Allow",
        "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition})), "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": null})
    };
    let github = json!({"StringLike": {"token.actions.githubusercontent.com:sub": format!("repo:{long}/*")}});
    for (resource, expected) in [
        (
            created("aws_iam_policy", json!({"policy": document(statement)})),
            2,
        ),
        (created("aws_iam_role", trust(json!("*"), json!({}))), 1),
        (
            created(
                "aws_iam_role",
                trust(
                    json!({"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}),
                    github,
                ),
            ),
            1,
        ),
        (
            created(
                "aws_iam_role",
                trust(
                    json!({"Federated": format!("{long}.example.com")}),
                    json!({}),
                ),
            ),
            1,
        ),
        (
            created(
                "google_project_iam_member",
                json!({"role": "roles/editor", "member": format!("user:{long}")}),
            ),
            1,
        ),
        (
            created(
                "google_project_iam_member",
                json!({"role": format!("roles/{long}"), "member": "principalSet://iam/workloadIdentityPools/p/*"}),
            ),
            1,
        ),
    ] {
        assert_eq!(fits(vec![resource.clone()]), expected, "{resource:?}");
    }
}

/// A policy that passes a role under a condition, and runs what it says.
fn passing(service: &str, actions: &[&str]) -> Json {
    json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": service}}},
        allow(json!(actions), json!("*")),
    ])
}

#[test]
fn conditions_that_bound_nothing() {
    let none: &[&str] = &[];
    let escalates: &[&str] = &["privilege-escalation violation"];
    // What a role may be passed to is what runs it.
    for (actions, _) in ESCALATIONS {
        let [first, rest @ ..] = actions else {
            continue;
        };
        if *first != "iam:PassRole" {
            continue;
        }
        let service = rest[0].split(':').next().unwrap();
        let (_, passed) = PASSED_TO.iter().find(|(own, _)| *own == service).unwrap();
        for principal in *passed {
            assert_eq!(rules(passing(principal, rest)), escalates, "{rest:?}");
        }
        // Of another service it bounds.
        assert_eq!(
            rules(passing("monitoring.rds.amazonaws.com", rest)),
            none,
            "{rest:?}"
        );
    }
    let condition = |action: &str, operator: &str, key: &str, value: &str| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {operator: {key: value}}});
    for (statement, expected) in [
        (passing("glue.amazonaws.com", &["glue:GetJob"]), none),
        (
            json!([
                condition(
                    "iam:PassRole",
                    "StringLike",
                    "iam:PassedToService",
                    "e*.amazonaws.com"
                ),
                allow(json!("ec2:*"), json!("*")),
            ]),
            &[
                "service-wildcard violation",
                "privilege-escalation violation",
            ][..],
        ),
        (
            json!([
                condition(
                    "iam:PassRole",
                    "ArnLike",
                    "iam:AssociatedResourceArn",
                    "arn:aws:ec2:*:*:instance/*"
                ),
                allow(json!("ec2:RunInstances"), json!("*")),
            ]),
            escalates,
        ),
        (
            json!([
                condition(
                    "iam:PassRole",
                    "ArnLike",
                    "iam:AssociatedResourceArn",
                    "arn:aws:ecs:*:*:task/*"
                ),
                allow(json!("ec2:RunInstances"), json!("*")),
            ]),
            none,
        ),
        (
            condition(
                "iam:AttachUserPolicy",
                "ArnEquals",
                "iam:PolicyARN",
                "arn:aws:iam::aws:policy/IAMFullAccess",
            ),
            escalates,
        ),
        (
            condition(
                "iam:AttachUserPolicy",
                "ArnLike",
                "iam:PolicyARN",
                "arn:aws:iam::aws:policy/*",
            ),
            escalates,
        ),
        (
            condition(
                "iam:AttachUserPolicy",
                "ArnLike",
                "iam:PolicyARN",
                "arn:aws:iam::1:policy/team/*",
            ),
            none,
        ),
        (
            condition(
                "iam:AttachUserPolicy",
                "ArnEquals",
                "iam:PolicyARN",
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
            ),
            none,
        ),
        (
            condition(
                "iam:PutRolePolicy",
                "StringEquals",
                "iam:PermissionsBoundary",
                "arn:aws:iam::aws:policy/AdministratorAccess",
            ),
            escalates,
        ),
        (
            condition(
                "iam:PutRolePolicy",
                "StringEquals",
                "iam:PermissionsBoundary",
                "arn:aws:iam::1:policy/boundary",
            ),
            none,
        ),
        (
            condition(
                "kms:CreateGrant",
                "Bool",
                "kms:GrantIsForAWSResource",
                "true",
            ),
            none,
        ),
        (
            condition(
                "kms:CreateGrant",
                "Bool",
                "kms:GrantIsForAWSResource",
                "false",
            ),
            escalates,
        ),
        (
            condition(
                "ssm:StartSession",
                "StringEquals",
                "ssm:resourceTag/team",
                "shop",
            ),
            none,
        ),
        (
            allow(
                json!("ssm:StartSession"),
                json!("arn:aws:ec2:eu-west-1:1:instance/i-1"),
            ),
            none,
        ),
        // It takes the instance and the document.
        (
            allow(
                json!("ssm:SendCommand"),
                json!([
                    "arn:aws:ec2:eu-west-1:1:instance/i-1",
                    "arn:aws:ssm:*:*:document/*"
                ]),
            ),
            none,
        ),
        (
            allow(
                json!("ssm:SendCommand"),
                json!("arn:aws:ec2:*:*:instance/*"),
            ),
            escalates,
        ),
        (
            allow(
                json!("kms:PutKeyPolicy"),
                json!("arn:aws:kms:eu-west-1:1:key/a"),
            ),
            none,
        ),
    ] {
        assert_eq!(rules(statement.clone()), expected, "{statement}");
    }
}

#[test]
fn another_tenant() {
    let delegated = |role: &str| {
        json!({"managing_tenant_id": "t", "scope": "/subscriptions/0", "eligible_authorization": [],
            "authorization": [{"principal_id": "p", "role_definition_id": role}]})
    };
    let address = "azurerm_lighthouse_definition.d";
    let contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    assert_eq!(
        judged(vec![Resource::create(address, delegated(contributor))]),
        ["subscription-role violation [authorization]"]
    );
    assert_eq!(
        judged(vec![Resource::unchanged(address, delegated(contributor))]),
        ["subscription-role violation(existing) [authorization]"]
    );
    // Reader.
    assert!(
        judged(vec![Resource::create(
            address,
            delegated("acdd72a7-3385-48ef-bd42-f606fba81ae7")
        )])
        .is_empty()
    );
}

fn binding(role: &str, subjects: &[&str]) -> Json {
    let subjects: Vec<_> = subjects
        .iter()
        .map(
            |name| json!({"kind": "Group", "name": name, "api_group": "rbac.authorization.k8s.io"}),
        )
        .collect();
    json!({"metadata": [{"name": "b"}], "role_ref": [{"kind": "ClusterRole", "name": role}], "subject": subjects})
}

fn role(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Json {
    json!({"metadata": [{"name": "r"}], "rule": [{"api_groups": groups, "resources": resources, "verbs": verbs, "resource_names": []}]})
}

#[test]
fn clusters() {
    let none: &[&str] = &[];
    let admin: &[&str] = &["cluster-admin violation [role_ref]"];
    let open: &[&str] = &["cluster-open violation [subject]"];
    let wide: &[&str] = &["cluster-admin violation [rule]"];
    for (address, after, expected) in [
        (
            "kubernetes_cluster_role_binding.b",
            binding("cluster-admin", &["ops"]),
            admin,
        ),
        (
            "kubernetes_cluster_role_binding_v1.b",
            binding("cluster-admin", &["system:unauthenticated"]),
            open,
        ),
        (
            "kubernetes_cluster_role_binding_v1.b",
            binding("view", &["ops", "system:authenticated"]),
            open,
        ),
        (
            "kubernetes_cluster_role_binding_v1.b",
            binding("view", &["ops"]),
            none,
        ),
        (
            "kubernetes_cluster_role_binding_v1.b",
            binding("system:public-info-viewer", &["system:unauthenticated"]),
            none,
        ),
        (
            "kubernetes_role_binding_v1.b",
            binding("cluster-admin", &["ops"]),
            none,
        ),
        (
            "kubernetes_role_binding_v1.b",
            binding("view", &["system:anonymous"]),
            open,
        ),
        (
            "kubernetes_cluster_role_v1.r",
            role(&["*"], &["*"], &["*"]),
            wide,
        ),
        (
            "kubernetes_cluster_role_v1.r",
            role(&["*"], &["*"], &["get", "list"]),
            none,
        ),
        (
            "kubernetes_cluster_role_v1.r",
            role(&["apps"], &["*"], &["*"]),
            none,
        ),
        (
            "kubernetes_cluster_role.r",
            role(
                &["rbac.authorization.k8s.io"],
                &["clusterroles"],
                &["get", "escalate"],
            ),
            wide,
        ),
        (
            "kubernetes_cluster_role.r",
            role(&[""], &["pods"], &["bind"]),
            none,
        ),
        (
            "aws_eks_access_policy_association.a",
            json!({"policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "access_scope": [{"type": "cluster"}]}),
            &["cluster-admin violation [policy_arn]"],
        ),
        (
            "aws_eks_access_policy_association.a",
            json!({"policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "access_scope": [{"type": "namespace", "namespaces": ["shop"]}]}),
            none,
        ),
        (
            "aws_eks_access_policy_association.a",
            json!({"policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "access_scope": [{"type": "cluster"}]}),
            none,
        ),
        (
            "aws_eks_access_entry.e",
            json!({"kubernetes_groups": ["viewers", "system:masters"]}),
            &["cluster-admin violation [kubernetes_groups]"],
        ),
        (
            "aws_eks_access_entry.e",
            json!({"kubernetes_groups": unknown()}),
            none,
        ),
        (
            "google_container_cluster.c",
            json!({"enable_legacy_abac": true}),
            &["cluster-open violation [enable_legacy_abac]"],
        ),
        (
            "google_container_cluster.c",
            json!({"enable_legacy_abac": null}),
            none,
        ),
        (
            "azurerm_kubernetes_cluster.c",
            json!({"role_based_access_control_enabled": false, "local_account_disabled": true}),
            &["cluster-open violation [role_based_access_control_enabled]"],
        ),
        (
            "azurerm_kubernetes_cluster.c",
            json!({"role_based_access_control_enabled": null, "local_account_disabled": null}),
            none,
        ),
        (
            "kubernetes_manifest.m",
            json!({"manifest": {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"kind": "User", "name": "ann"}]}}),
            &["cluster-admin violation [manifest]"],
        ),
        (
            "kubernetes_manifest.m",
            json!({"manifest": {"kind": "ConfigMap", "data": {"a": "b"}}}),
            none,
        ),
        (
            "kubectl_manifest.m",
            json!({"yaml_body": sensitive(), "yaml_body_parsed": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: all\nroleRef:\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n- kind: User\n  name: system:anonymous\n"}),
            &["cluster-open violation [yaml_body]"],
        ),
        (
            "kubectl_manifest.m",
            json!({"yaml_body": "kind: ClusterRole\nrules:\n  - apiGroups: ['*']\n    resources: ['*']\n    verbs: ['*']\n"}),
            &["cluster-admin violation [yaml_body]"],
        ),
        ("kubectl_manifest.m", json!({"yaml_body": unknown()}), none),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
        let before: Vec<_> = expected
            .iter()
            .map(|line| line.replacen("violation", "violation(existing)", 1))
            .collect();
        assert_eq!(
            judged(vec![Resource::unchanged(address, after.clone())]),
            before,
            "{address} {after}"
        );
    }
    // A binding whose subjects change is not made an administrator's anew for those that stay.
    let local = |off: Json| json!({"role_based_access_control_enabled": true, "local_account_disabled": off});
    let address = "azurerm_kubernetes_cluster.c";
    assert_eq!(
        judged(vec![Resource::update(
            address,
            local(json!(true)),
            local(json!(false))
        )]),
        ["cluster-open violation [local_account_disabled]"]
    );
    assert!(
        judged(vec![Resource::update(
            address,
            local(json!(false)),
            local(json!(false))
        )])
        .is_empty()
    );
    assert_eq!(
        judged(vec![Resource::create(
            "kubernetes_cluster_role_binding_v1.b",
            {
                let mut hidden = binding("view", &["ops"]);
                hidden["role_ref"] = sensitive();
                hidden
            }
        )]),
        ["cluster-admin undetermined [role_ref]"]
    );
}

#[test]
fn containers_that_own_their_machine() {
    let none: &[&str] = &[];
    let found: &[&str] = &["privileged-container violation [spec]"];
    let template = |pod: Json| json!({"spec": [{"template": [{"spec": [pod]}]}]});
    let container = |context: Json| json!({"container": [{"name": "a", "image": "a", "security_context": [context]}]});
    for (address, after, expected) in [
        (
            "kubernetes_deployment_v1.d",
            template(container(json!({"privileged": true}))),
            found,
        ),
        (
            "kubernetes_deployment.d",
            template(container(
                json!({"privileged": false, "capabilities": [{"add": ["NET_BIND_SERVICE"]}]}),
            )),
            none,
        ),
        (
            "kubernetes_stateful_set_v1.d",
            template(container(json!({"capabilities": [{"add": ["SYS_ADMIN"]}]}))),
            found,
        ),
        (
            "kubernetes_daemon_set_v1.d",
            template(json!({"host_pid": true})),
            found,
        ),
        (
            "kubernetes_daemonset.d",
            template(json!({"host_network": true})),
            &["privileged-container violation(advice) [spec]"],
        ),
        (
            "kubernetes_deployment_v1.d",
            template(
                json!({"volume": [{"name": "v", "host_path": [{"path": "/var/run/docker.sock"}]}]}),
            ),
            found,
        ),
        (
            "kubernetes_deployment_v1.d",
            template(json!({"volume": [{"name": "v", "host_path": [{"path": "/data/cache"}]}]})),
            none,
        ),
        (
            "kubernetes_pod_v1.p",
            json!({"spec": [{"init_container": [{"name": "i", "security_context": [{"privileged": true}]}]}]}),
            found,
        ),
        (
            "kubernetes_cron_job_v1.c",
            json!({"spec": [{"job_template": [{"spec": [{"template": [{"spec": [{"host_ipc": true}]}]}]}]}]}),
            found,
        ),
        (
            "kubernetes_manifest.m",
            json!({"manifest": {"kind": "DaemonSet", "spec": {"template": {"spec": {"hostPID": true}}}}}),
            &["privileged-container violation [manifest]"],
        ),
        (
            "aws_ecs_task_definition.t",
            json!({"container_definitions": json!([{"name": "a", "privileged": true}]).to_string()}),
            &["privileged-container violation [container_definitions]"],
        ),
        (
            "aws_ecs_task_definition.t",
            json!({"container_definitions": json!([{"name": "a", "privileged": false}]).to_string(), "pid_mode": "task"}),
            none,
        ),
        (
            "aws_ecs_task_definition.t",
            json!({"container_definitions": unknown(), "pid_mode": "host", "volume": [{"name": "v", "host_path": "/"}]}),
            &[
                "privileged-container violation [pid_mode]",
                "privileged-container violation [volume]",
            ],
        ),
        (
            "aws_codebuild_project.b",
            json!({"environment": [{"privileged_mode": true}]}),
            &["privileged-container violation(advice) [environment[0].privileged_mode]"],
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
    let own = template(container(json!({"privileged": true})));
    assert_eq!(
        judged(vec![Resource::unchanged("kubernetes_deployment_v1.d", own)]),
        ["privileged-container violation(existing) [spec]"]
    );
}

#[test]
fn guard_rails() {
    let none: &[&str] = &[];
    let gone: &[&str] = &["guardrail-removed violation []"];
    let scp = |kind: &str| json!({"id": "p-1", "type": kind, "content": document(json!({"Effect": "Deny", "Action": "*", "Resource": "*"}))});
    let spec = |rule: Json| json!({"name": "projects/p/policies/c", "parent": "projects/p", "spec": [{"reset": false, "rules": [rule]}]});
    let on = spec(json!({"enforce": "TRUE"}));
    let perimeter = |services: &[&str], resources: &[&str]| json!({"parent": "accessPolicies/1", "perimeter_type": "PERIMETER_TYPE_REGULAR", "status": [{"restricted_services": services, "resources": resources}]});
    for (address, before, expected) in [
        (
            "aws_organizations_policy.p",
            scp("SERVICE_CONTROL_POLICY"),
            gone,
        ),
        ("aws_organizations_policy.p", scp("TAG_POLICY"), none),
        (
            "aws_controltower_control.c",
            json!({"target_identifier": "arn:aws:organizations::1:ou/o/ou-1"}),
            gone,
        ),
        ("google_org_policy_policy.c", on.clone(), gone),
        (
            "google_org_policy_policy.c",
            spec(json!({"enforce": "FALSE"})),
            none,
        ),
        (
            "google_project_organization_policy.c",
            json!({"project": "p", "boolean_policy": [{"enforced": true}], "list_policy": [], "restore_policy": []}),
            gone,
        ),
        (
            "azurerm_subscription_policy_assignment.a",
            json!({"subscription_id": "/subscriptions/0", "enforce": true}),
            gone,
        ),
        (
            "azurerm_resource_group_policy_assignment.a",
            json!({"resource_group_id": "/g", "enforce": false}),
            none,
        ),
        (
            "google_access_context_manager_service_perimeter.s",
            perimeter(&["storage.googleapis.com"], &[]),
            gone,
        ),
        (
            "google_access_context_manager_service_perimeter_resource.s",
            json!({"resource": "projects/1"}),
            gone,
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::delete(address, before.clone())]),
            expected,
            "{address} {before}"
        );
        assert_eq!(
            judged(vec![Resource::create(address, before)]),
            none,
            "{address}"
        );
    }
    // With what it is about.
    assert_eq!(
        judged(vec![
            Resource::delete("google_org_policy_policy.c", on.clone()),
            Resource::delete(
                "google_project.p",
                json!({"id": "projects/p", "number": "1"})
            ),
        ]),
        none
    );
    let perimeters = |services: &[&str]| json!({"parent": "accessPolicies/1", "service_perimeters": [{"name": "a", "status": [{"restricted_services": services}]}]});
    for (address, before, after, expected) in [
        (
            "google_org_policy_policy.c",
            on.clone(),
            spec(json!({"enforce": "FALSE"})),
            &["guardrail-removed violation [spec]"][..],
        ),
        ("google_org_policy_policy.c", on.clone(), on, none),
        (
            "google_org_policy_policy.c",
            spec(json!({"values": [{"allowed_values": ["in:eu-locations"]}]})),
            spec(json!({"values": [{"allowed_values": ["in:eu-locations", "in:us-locations"]}]})),
            none,
        ),
        (
            "google_org_policy_policy.c",
            spec(json!({"deny_all": "TRUE"})),
            spec(json!({"allow_all": "TRUE"})),
            &["guardrail-removed violation [spec]"],
        ),
        (
            "google_organization_policy.c",
            json!({"boolean_policy": [{"enforced": true}], "list_policy": [], "restore_policy": []}),
            json!({"boolean_policy": [{"enforced": false}], "list_policy": [], "restore_policy": []}),
            &["guardrail-removed violation [boolean_policy]"],
        ),
        (
            "azurerm_management_group_policy_assignment.a",
            json!({"enforce": null}),
            json!({"enforce": false}),
            &["guardrail-removed violation [enforce]"],
        ),
        (
            "azurerm_management_group_policy_assignment.a",
            json!({"enforce": false}),
            json!({"enforce": true}),
            none,
        ),
        (
            "google_access_context_manager_service_perimeter.s",
            perimeter(
                &["storage.googleapis.com", "bigquery.googleapis.com"],
                &["projects/1"],
            ),
            perimeter(&["storage.googleapis.com"], &["projects/1"]),
            &["guardrail-removed violation [status]"],
        ),
        (
            "google_access_context_manager_service_perimeter.s",
            perimeter(&["storage.googleapis.com"], &["projects/1"]),
            perimeter(&["storage.googleapis.com"], &[]),
            &["guardrail-removed violation [status]"],
        ),
        (
            "google_access_context_manager_service_perimeter.s",
            perimeter(&["storage.googleapis.com"], &[]),
            perimeter(
                &["storage.googleapis.com", "bigquery.googleapis.com"],
                &["projects/1"],
            ),
            none,
        ),
        (
            "google_access_context_manager_service_perimeters.s",
            perimeters(&["a.googleapis.com"]),
            perimeters(&[]),
            &["guardrail-removed violation [service_perimeters]"],
        ),
        (
            "aws_organizations_organization.o",
            json!({"enabled_policy_types": ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]}),
            json!({"enabled_policy_types": ["TAG_POLICY"]}),
            &["guardrail-removed violation [enabled_policy_types]"],
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::update(
                address,
                before.clone(),
                after.clone()
            )]),
            expected,
            "{address} {before} {after}"
        );
    }
}

#[test]
fn denials_that_are_dropped() {
    let none: &[&str] = &[];
    let deny = |sid: &str, action: Json| json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"});
    let read = json!({"Sid": "r", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:role/r"}, "Action": "s3:GetObject", "Resource": "*"});
    let bucket = |statements: Json| json!({"bucket": "b", "policy": document(statements)});
    let address = "aws_s3_bucket_policy.p";
    let dropped: &[&str] = &["deny-removed violation [policy]"];
    for (before, after, expected) in [
        (
            json!([deny("a", json!(["s3:DeleteObject"])), read]),
            json!([read]),
            dropped,
        ),
        (
            json!([deny("a", json!(["s3:DeleteObject", "s3:PutObject"]))]),
            json!([deny("a", json!(["s3:PutObject"]))]),
            dropped,
        ),
        (
            json!([deny("a", json!("s3:DeleteObject"))]),
            json!([deny("b", json!("s3:Delete*"))]),
            none,
        ),
        (
            json!([deny("a", json!("s3:DeleteObject")), read]),
            json!([read, deny("a", json!("s3:DeleteObject"))]),
            none,
        ),
        (
            json!([read]),
            json!([read, deny("a", json!("s3:DeleteObject"))]),
            none,
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::update(
                address,
                bucket(before.clone()),
                bucket(after.clone())
            )]),
            expected,
            "{before} {after}"
        );
    }
    // What is not known yet is no removal.
    assert!(
        judged(vec![Resource::update(
            address,
            bucket(json!([deny("a", json!("s3:DeleteObject"))])),
            json!({"bucket": "b", "policy": unknown()})
        )])
        .is_empty()
    );
    // Of an identity and of an organisation.
    let own = |statements: Json| json!({"name": "p", "policy": document(statements)});
    let secret = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*"});
    let get = allow(json!("s3:GetObject"), json!("arn:aws:s3:::b/*"));
    assert_eq!(
        judged(vec![Resource::update(
            "aws_iam_policy.p",
            own(json!([get, secret])),
            own(json!([get]))
        )]),
        dropped
    );
    let scp = |effect: &str| json!({"id": "p", "type": "SERVICE_CONTROL_POLICY", "content": document(json!({"Effect": effect, "Action": "*", "Resource": "*"}))});
    assert_eq!(
        judged(vec![Resource::update(
            "aws_organizations_policy.p",
            scp("Deny"),
            scp("Allow")
        )]),
        ["deny-removed violation [content]"]
    );
    assert!(
        judged(vec![Resource::update(
            "aws_organizations_policy.p",
            scp("Allow"),
            scp("Deny")
        )])
        .is_empty()
    );
}

#[test]
fn keys_that_nobody_may_change() {
    let key = |bypass: bool, principal: &str, action: &str| json!({"bypass_policy_lockout_safety_check": bypass, "policy": document(json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}))});
    let root = "arn:aws:iam::111122223333:root";
    let one = "arn:aws:iam::111122223333:role/one";
    let address = "aws_kms_key.k";
    let locked = key(true, one, "kms:Decrypt");
    assert_eq!(
        judged(vec![Resource::update(
            address,
            key(false, root, "kms:*"),
            locked.clone()
        )]),
        ["key-locked violation [policy]"]
    );
    assert_eq!(
        judged(vec![Resource::unchanged(address, locked)]),
        ["key-locked violation(existing) [policy]"]
    );
    assert_eq!(
        judged(vec![Resource::create(address, key(true, one, "kms:*"))]),
        ["key-locked violation(advice) [policy]"]
    );
    for fine in [
        key(true, root, "kms:*"),
        key(false, one, "kms:Decrypt"),
        key(true, "111122223333", "kms:Put*"),
    ] {
        assert!(judged(vec![Resource::create(address, fine)]).is_empty());
    }
}

#[test]
fn an_owner_is_told_what_an_owner_is() {
    let owner = Resource::create(
        "google_project_iam_member.x",
        json!({"project": "p", "role": "roles/owner", "member": "user:a@b", "condition": []}),
    );
    let found = Plan::new([owner]).findings::<IamWildcard>();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("on the whole project, and may do everything and give roles there"),
        "{found:?}"
    );
}

#[test]
fn policies_that_deny_and_are_deleted() {
    let none: &[&str] = &[];
    let gone: &[&str] = &["deny-removed violation [policy]"];
    let denies = || {
        document(json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]))
    };
    let reads = || {
        document(
            json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/r"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]),
        )
    };
    for (kind, of, target, attribute) in [
        ("aws_s3_bucket_policy", "bucket", "aws_s3_bucket", "bucket"),
        ("aws_kms_key_policy", "key_id", "aws_kms_key", "key_id"),
        ("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue", "url"),
        (
            "aws_secretsmanager_secret_policy",
            "secret_arn",
            "aws_secretsmanager_secret",
            "arn",
        ),
        (
            "aws_efs_file_system_policy",
            "file_system_id",
            "aws_efs_file_system",
            "id",
        ),
        (
            "aws_api_gateway_rest_api_policy",
            "rest_api_id",
            "aws_api_gateway_rest_api",
            "id",
        ),
        (
            "aws_vpc_endpoint_policy",
            "vpc_endpoint_id",
            "aws_vpc_endpoint",
            "id",
        ),
        ("aws_iam_role_policy", "role", "aws_iam_role", "name"),
    ] {
        let address = format!("{kind}.x");
        let policy = |text: String| json!({of: "n", "policy": text});
        let deleted = || Resource::delete(&address, policy(denies()));
        assert_eq!(judged(vec![deleted()]), gone, "{kind}");
        let target = Resource::delete(&format!("{target}.x"), json!({attribute: "n"}));
        assert_eq!(judged(vec![deleted(), target]), none, "{kind}");
        // Under another address.
        let moved = Resource::create(&format!("{kind}.y"), policy(denies()));
        assert!(
            !judged(vec![deleted(), moved])
                .iter()
                .any(|line| line.starts_with("deny-removed")),
            "{kind}"
        );
        let less = Resource::create(&format!("{kind}.y"), policy(reads()));
        assert!(
            judged(vec![deleted(), less])
                .iter()
                .any(|line| line.starts_with("deny-removed")),
            "{kind}"
        );
        if kind != "aws_vpc_endpoint_policy" {
            assert_eq!(
                judged(vec![Resource::delete(&address, policy(reads()))]),
                none,
                "{kind}"
            );
        }
    }
    assert_eq!(
        judged(vec![Resource::delete(
            "aws_iam_policy.p",
            json!({"arn": "a", "policy": denies()})
        )]),
        gone
    );
    let attached = |arn: &str| {
        judged(vec![Resource::delete(
            "aws_iam_role_policy_attachment.a",
            json!({"role": "r", "policy_arn": arn}),
        )])
    };
    assert_eq!(
        attached("arn:aws:iam::aws:policy/AWSDenyAll"),
        ["deny-removed violation [policy_arn]"]
    );
    assert_eq!(attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), none);
    // An endpoint without a policy lets everything through.
    let endpoint = |before: Json, after: Json| {
        judged(vec![Resource::update(
            "aws_vpc_endpoint.e",
            json!({"id": "e", "policy": before}),
            json!({"id": "e", "policy": after}),
        )])
    };
    assert_eq!(endpoint(json!(reads()), json!(null)), gone);
    assert_eq!(endpoint(json!(reads()), json!(reads())), none);
    let everything =
        document(json!([{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]));
    assert_eq!(endpoint(json!(everything), json!(null)), none);
}

#[test]
fn trust_that_a_plan_widens() {
    let none: &[&str] = &[];
    let wide: &[&str] = &["wide-trust violation [assume_role_policy]"];
    let trust = |principal: &str, condition: Json| {
        let mut statement =
            json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        json!({"name": "r", "assume_role_policy": document(json!([statement]))})
    };
    let own = "arn:aws:iam::123456789012:root";
    let other = "arn:aws:iam::999999999999:root";
    let factor = || json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let external = || json!({"StringEquals": {"sts:ExternalId": "abc"}});
    for (before, after, expected) in [
        (trust(own, json!(null)), trust(other, json!(null)), wide),
        (trust(own, factor()), trust(own, json!(null)), wide),
        (trust(other, external()), trust(other, json!(null)), wide),
        (trust(own, json!(null)), trust(own, factor()), none),
        (trust(own, json!(null)), trust(own, json!(null)), none),
        (trust(own, json!(null)), trust(other, external()), none),
        (
            trust(own, json!(null)),
            trust("arn:aws:iam::999999999999:role/one", json!(null)),
            none,
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::update(
                "aws_iam_role.r",
                before.clone(),
                after.clone()
            )]),
            expected,
            "{before} {after}"
        );
    }
    let bucket = |principal: &str| json!({"bucket": "b", "policy": document(json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]))});
    let update = |before: &str, after: &str| {
        judged(vec![Resource::update(
            "aws_s3_bucket_policy.p",
            bucket(before),
            bucket(after),
        )])
    };
    assert_eq!(update(own, other), ["wide-trust violation [policy]"]);
    assert_eq!(update(own, "arn:aws:iam::123456789012:role/r"), none);
}

#[test]
fn administrators_in_a_config_map() {
    let none: &[&str] = &[];
    let map = |name: &str, text: &str| json!({"metadata": [{"name": name, "namespace": "kube-system"}], "data": {"mapRoles": text}});
    let nodes = "- rolearn: arn:aws:iam::1:role/node\n  groups: [system:nodes]\n";
    let block = format!(
        "{nodes}- groups:\n  - system:masters\n  rolearn: arn:aws:iam::999999999999:role/x\n"
    );
    let json_text =
        r#"[{"rolearn":"arn:aws:iam::999999999999:role/x","groups":["system:masters"]}]"#;
    for kind in [
        "kubernetes_config_map",
        "kubernetes_config_map_v1",
        "kubernetes_config_map_v1_data",
    ] {
        let update = |name: &str, before: &str, after: &str| {
            judged(vec![Resource::update(
                &format!("{kind}.a"),
                map(name, before),
                map(name, after),
            )])
        };
        for after in [block.as_str(), json_text] {
            assert_eq!(
                update("aws-auth", nodes, after),
                ["cluster-admin violation [data]"],
                "{kind}"
            );
        }
        assert_eq!(update("other", nodes, &block), none);
        assert_eq!(update("aws-auth", &block, nodes), none);
        assert_eq!(
            update("aws-auth", &block, &block),
            ["cluster-admin violation(existing) [data]"]
        );
    }
}

#[test]
fn further_guard_rails() {
    let none: &[&str] = &[];
    let told = |resource: Resource| -> Vec<String> {
        judged(vec![resource])
            .into_iter()
            .filter(|line| line.starts_with("guardrail-removed"))
            .collect()
    };
    for kind in [
        "google_iam_deny_policy",
        "google_iam_principal_access_boundary_policy",
        "google_iam_organizations_policy_binding",
        "google_iam_folders_policy_binding",
        "google_iam_projects_policy_binding",
        "aws_fms_policy",
        "google_binary_authorization_policy",
        "kubernetes_validating_webhook_configuration_v1",
    ] {
        assert_eq!(
            told(Resource::delete(&format!("{kind}.x"), json!({"id": "x"}))),
            ["guardrail-removed violation []"],
            "{kind}"
        );
    }
    assert_eq!(
        told(Resource::delete(
            "azurerm_policy_definition.x",
            json!({"id": "x"})
        )),
        ["guardrail-removed violation(advice) []"]
    );
    for kind in [
        "google_container_cluster",
        "kubernetes_namespace_v1",
        "azurerm_subscription_policy_exemption",
    ] {
        assert_eq!(
            told(Resource::delete(&format!("{kind}.x"), json!({"id": "x"}))),
            none,
            "{kind}"
        );
    }
    let exemption = |ends: Json| {
        told(Resource::create(
            "azurerm_resource_group_policy_exemption.x",
            json!({"expires_on": ends, "resource_group_id": "g"}),
        ))
    };
    assert_eq!(
        exemption(json!(null)),
        ["guardrail-removed violation [expires_on]"]
    );
    assert_eq!(
        exemption(json!("2027-01-01T00:00:00Z")),
        ["guardrail-removed violation(advice) [expires_on]"]
    );
    let rules = |denied: &[&str], whom: &[&str], but: &[&str]| json!({"parent": "p", "rules": [{"deny_rule": [{"denied_permissions": denied, "denied_principals": whom, "exception_principals": but}]}]});
    let assigned = |enforce: bool, scopes: &[&str], effect: &str| json!({"enforce": enforce, "not_scopes": scopes, "subscription_id": "s", "parameters": json!({"effect": {"value": effect}}).to_string()});
    let perimeter = |policies: Json| json!({"parent": "a", "perimeter_type": "PERIMETER_TYPE_REGULAR", "status": [{"resources": ["projects/1"], "restricted_services": ["storage.googleapis.com"], "ingress_policies": policies, "vpc_accessible_services": []}]});
    let from = |identity: &str, level: &str| json!([{"ingress_from": [{"identity_type": identity, "sources": [{"access_level": level}]}], "ingress_to": []}]);
    let level = |networks: &[&str]| json!({"parent": "a", "basic": [{"conditions": [{"ip_subnetworks": networks, "negate": false}]}]});
    let images = |mode: &str| json!({"project": "p", "default_admission_rule": [{"evaluation_mode": mode, "enforcement_mode": "ENFORCED_BLOCK_AND_AUDIT_LOG"}]});
    let cluster =
        |mode: &str| json!({"project": "p", "binary_authorization": [{"evaluation_mode": mode}]});
    let namespace = |level: Json| json!({"metadata": [{"name": "n", "labels": level}]});
    let label = "pod-security.kubernetes.io/enforce";
    let webhook = |policy: &str| json!({"metadata": [{"name": "w"}], "webhook": [{"name": "a.b", "failure_policy": policy}]});
    let ann = "user:ann@example.com";
    for (kind, before, after, path) in [
        (
            "google_iam_deny_policy",
            rules(&["a", "b"], &["g"], &[]),
            rules(&["b"], &["g"], &[]),
            "rules",
        ),
        (
            "google_iam_deny_policy",
            rules(&["a"], &["g", "h"], &[]),
            rules(&["a"], &["g"], &[]),
            "rules",
        ),
        (
            "google_iam_deny_policy",
            rules(&["a"], &["g"], &[]),
            rules(&["a"], &["g"], &[ann]),
            "rules",
        ),
        (
            "azurerm_subscription_policy_assignment",
            assigned(true, &[], "Deny"),
            assigned(true, &["g"], "Deny"),
            "not_scopes",
        ),
        (
            "azurerm_subscription_policy_assignment",
            assigned(true, &[], "Deny"),
            assigned(true, &[], "Audit"),
            "parameters",
        ),
        (
            "azurerm_subscription_policy_assignment",
            assigned(true, &[], "Deny"),
            assigned(true, &[], "Disabled"),
            "parameters",
        ),
        (
            "google_access_context_manager_service_perimeter",
            perimeter(json!([])),
            perimeter(from("ANY_IDENTITY", "*")),
            "status",
        ),
        (
            "google_access_context_manager_access_level",
            level(&["203.0.113.0/24"]),
            level(&["0.0.0.0/0"]),
            "basic",
        ),
        (
            "google_binary_authorization_policy",
            images("REQUIRE_ATTESTATION"),
            images("ALWAYS_ALLOW"),
            "default_admission_rule",
        ),
        (
            "google_container_cluster",
            cluster("PROJECT_SINGLETON_POLICY_ENFORCE"),
            cluster("DISABLED"),
            "binary_authorization",
        ),
        (
            "google_container_cluster",
            cluster("PROJECT_SINGLETON_POLICY_ENFORCE"),
            json!({"project": "p", "binary_authorization": []}),
            "binary_authorization",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"azure_policy_enabled": true}),
            json!({"azure_policy_enabled": null}),
            "azure_policy_enabled",
        ),
        (
            "kubernetes_namespace_v1",
            namespace(json!({label: "restricted"})),
            namespace(json!({label: "privileged"})),
            "metadata",
        ),
        (
            "kubernetes_namespace",
            namespace(json!({label: "baseline"})),
            namespace(json!({})),
            "metadata",
        ),
        (
            "kubernetes_validating_webhook_configuration_v1",
            webhook("Fail"),
            webhook("Ignore"),
            "webhook",
        ),
    ] {
        let address = format!("{kind}.x");
        assert_eq!(
            told(Resource::update(&address, before.clone(), after.clone())),
            [format!("guardrail-removed violation [{path}]")],
            "{before} {after}"
        );
        for (before, after) in [(&after, &before), (&before, &before), (&after, &after)] {
            assert_eq!(
                told(Resource::update(&address, before.clone(), after.clone())),
                none,
                "{before} {after}"
            );
        }
    }
    // One identity, or one level.
    for policies in [
        from("ANY_IDENTITY", "accessPolicies/1/accessLevels/office"),
        from("ANY_USER_ACCOUNT", "*"),
    ] {
        assert_eq!(
            told(Resource::update(
                "google_access_context_manager_service_perimeter.x",
                perimeter(json!([])),
                perimeter(policies)
            )),
            none
        );
    }
}

/// What decides in a cluster whether an object is taken, as each provider writes it.
#[test]
fn what_decides_whether_an_object_is_taken() {
    let none: &[&str] = &[];
    let told = |resource: Resource| -> Vec<String> {
        judged(vec![resource])
            .into_iter()
            .filter(|line| line.starts_with("guardrail-removed"))
            .collect()
    };
    let rule = |resources: &[&str]| json!({"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": resources, "scope": null});
    let webhook = |changes: Json| {
        let mut webhook = json!({"name": "a.b", "failurePolicy": "Fail", "namespaceSelector": {"matchExpressions": [{"key": "name", "operator": "NotIn", "values": ["gatekeeper-system"]}]},
            "rules": [rule(&["pods", "deployments"])]});
        for (name, value) in changes.as_object().into_iter().flatten() {
            webhook[name] = value.clone();
        }
        webhook
    };
    let object = |kind: &str, webhooks: Json| json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "w"}, "webhooks": webhooks});
    let manifest = |object: Json| json!({"manifest": object});
    let text = |object: Json| json!({"yaml_body": object.to_string(), "yaml_body_parsed": null});
    // As blocks, with the names of the provider.
    let blocks = |webhook: &Json| {
        let list = |name: &str| webhook.get(name).cloned().unwrap_or_default();
        let rules: Vec<_> = list("rules")
            .as_array()
            .into_iter()
            .flatten()
            .map(|rule| json!({"api_groups": rule["apiGroups"], "api_versions": rule["apiVersions"], "operations": rule["operations"], "resources": rule["resources"], "scope": null}))
            .collect();
        let expressions = &webhook["namespaceSelector"]["matchExpressions"];
        let labels = &webhook["namespaceSelector"]["matchLabels"];
        json!({"name": webhook["name"], "failure_policy": webhook["failurePolicy"], "match_policy": webhook.get("matchPolicy"), "rule": rules, "object_selector": [],
            "namespace_selector": [{"match_expressions": expressions, "match_labels": labels}]})
    };
    let not_in = |values: &[&str]| json!({"namespaceSelector": {"matchExpressions": [{"key": "name", "operator": "NotIn", "values": values}]}});
    let today = webhook(json!({}));
    for (case, change, weaker) in [
        ("ignored", json!({"failurePolicy": "Ignore"}), true),
        ("by default", json!({"failurePolicy": null}), false),
        (
            "one more namespace left out",
            not_in(&["gatekeeper-system", "payments"]),
            true,
        ),
        (
            "no namespace left out",
            json!({"namespaceSelector": {}}),
            false,
        ),
        (
            "namespaces with a label",
            json!({"namespaceSelector": {"matchExpressions": [{"key": "name", "operator": "NotIn", "values": ["gatekeeper-system"]}], "matchLabels": {"guarded": "true"}}}),
            true,
        ),
        ("fewer resources", json!({"rules": [rule(&["pods"])]}), true),
        (
            "more resources",
            json!({"rules": [rule(&["pods", "deployments", "services"])]}),
            false,
        ),
        ("every resource", json!({"rules": [rule(&["*"])]}), false),
        (
            "in two rules",
            json!({"rules": [rule(&["services"]), rule(&["pods", "deployments"])]}),
            false,
        ),
        ("no rules", json!({"rules": []}), true),
        ("exactly", json!({"matchPolicy": "Exact"}), true),
        ("slower", json!({"timeoutSeconds": 20}), false),
    ] {
        let changed = webhook(change);
        for kind in [
            "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
        ] {
            for (address, path, of) in [
                (
                    "kubernetes_manifest.w",
                    "manifest",
                    &manifest as &dyn Fn(Json) -> Json,
                ),
                ("kubectl_manifest.w", "yaml_body", &text),
            ] {
                let expected = [format!("guardrail-removed violation [{path}]")];
                let expected = if weaker { &expected[..] } else { &[] };
                let (before, after) = (
                    of(object(kind, json!([today]))),
                    of(object(kind, json!([changed]))),
                );
                assert_eq!(
                    told(Resource::update(address, before.clone(), after.clone())),
                    expected,
                    "{case} {address}"
                );
                assert_eq!(
                    told(Resource::update(address, after.clone(), after)),
                    none,
                    "{case} {address}"
                );
            }
        }
        for kind in [
            "kubernetes_validating_webhook_configuration",
            "kubernetes_validating_webhook_configuration_v1",
            "kubernetes_mutating_webhook_configuration",
            "kubernetes_mutating_webhook_configuration_v1",
        ] {
            let address = format!("{kind}.w");
            let of =
                |webhook: &Json| json!({"metadata": [{"name": "w"}], "webhook": [blocks(webhook)]});
            let expected: &[&str] = if weaker {
                &["guardrail-removed violation [webhook]"]
            } else {
                none
            };
            assert_eq!(
                told(Resource::update(&address, of(&today), of(&changed))),
                expected,
                "{case} {kind}"
            );
        }
    }
    let second = webhook(json!({"name": "c.d", "rules": [rule(&["secrets"])]}));
    let both = json!([today, second]);
    let validating = |webhooks: Json| manifest(object("ValidatingWebhookConfiguration", webhooks));
    let update =
        |before: Json, after: Json| told(Resource::update("kubernetes_manifest.w", before, after));
    let found = ["guardrail-removed violation [manifest]"];
    assert_eq!(
        update(validating(both.clone()), validating(json!([today]))),
        found
    );
    assert_eq!(
        update(validating(json!([today])), validating(both.clone())),
        none
    );
    // The same under another name.
    assert_eq!(
        update(
            validating(json!([today])),
            validating(json!([webhook(json!({"name": "e.f"}))]))
        ),
        none
    );
    assert_eq!(
        update(validating(both.clone()), validating(json!([]))),
        found
    );
    assert_eq!(
        update(
            validating(both.clone()),
            validating(json!([
                today,
                webhook(json!({"name": "c.d", "failurePolicy": unknown()}))
            ]))
        ),
        ["guardrail-removed undetermined [manifest]"]
    );
    assert_eq!(
        update(validating(both), manifest(unknown())),
        ["guardrail-removed undetermined [manifest]"]
    );
    assert_eq!(
        Plan::new([Resource::delete(
            "kubernetes_manifest.w",
            manifest(object("MutatingWebhookConfiguration", json!([today])))
        )])
        .findings::<IamWildcard>(),
        [
            "guardrail-removed violation kubernetes_manifest.w []: the plan deletes a webhook that changes objects"
        ]
    );
    assert_eq!(
        Plan::new([Resource::update(
            "kubernetes_manifest.w",
            validating(json!([today])),
            validating(json!([webhook(not_in(&["gatekeeper-system", "payments"]))]))
        )])
        .findings::<IamWildcard>(),
        [
            "guardrail-removed violation kubernetes_manifest.w [manifest]: webhooks see fewer objects: `a.b` is about less by `namespaceSelector`"
        ]
    );
    // A config map is none.
    let map = |data: &str| {
        manifest(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "w"}, "data": {"a": data}}),
        )
    };
    assert_eq!(update(map("1"), map("2")), none);
    assert_eq!(
        told(Resource::delete("kubernetes_manifest.w", map("1"))),
        none
    );
}

#[test]
fn policies_in_a_cluster_that_only_tell() {
    let none: &[&str] = &[];
    let told = |resource: Resource| -> Vec<String> {
        judged(vec![resource])
            .into_iter()
            .filter(|line| line.starts_with("guardrail-removed"))
            .collect()
    };
    let object = |version: &str, kind: &str, spec: Json| json!({"manifest": {"apiVersion": version, "kind": kind, "metadata": {"name": "p"}, "spec": spec}});
    const ADMISSION: &str = "admissionregistration.k8s.io/v1";
    const KYVERNO: &str = "kyverno.io/v1";
    const GATEKEEPER: &str = "constraints.gatekeeper.sh/v1beta1";
    let binding = |actions: &[&str]| {
        object(
            ADMISSION,
            "ValidatingAdmissionPolicyBinding",
            json!({"policyName": "p", "validationActions": actions, "matchResources": null}),
        )
    };
    let of_some = |labels: Json| {
        object(
            ADMISSION,
            "ValidatingAdmissionPolicyBinding",
            json!({"policyName": "p", "validationActions": ["Deny"], "matchResources": {"namespaceSelector": {"matchLabels": labels}}}),
        )
    };
    let policy = |failure: &str, checks: &[&str]| {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| json!({"expression": check}))
            .collect();
        object(
            ADMISSION,
            "ValidatingAdmissionPolicy",
            json!({"failurePolicy": failure, "validations": checks,
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}}),
        )
    };
    let kyverno = |action: &str| {
        object(
            KYVERNO,
            "ClusterPolicy",
            json!({"validationFailureAction": action, "rules": []}),
        )
    };
    let gatekeeper = |action: Json| {
        object(
            GATEKEEPER,
            "K8sRequiredLabels",
            json!({"enforcementAction": action}),
        )
    };
    let label = "pod-security.kubernetes.io/enforce";
    let namespace = |labels: Json| json!({"manifest": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels}}});
    for (before, after) in [
        (binding(&["Deny", "Audit"]), binding(&["Audit"])),
        (binding(&["Deny"]), of_some(json!({"guarded": "true"}))),
        (policy("Fail", &["a", "b"]), policy("Ignore", &["a", "b"])),
        (policy("Fail", &["a", "b"]), policy("Fail", &["a"])),
        (kyverno("Enforce"), kyverno("Audit")),
        (gatekeeper(json!(null)), gatekeeper(json!("dryrun"))),
        (gatekeeper(json!("deny")), gatekeeper(json!("warn"))),
        (
            namespace(json!({label: "restricted"})),
            namespace(json!({label: "privileged"})),
        ),
        (
            namespace(json!({label: "baseline"})),
            namespace(json!(null)),
        ),
    ] {
        let update = |before: &Json, after: &Json| {
            told(Resource::update(
                "kubernetes_manifest.p",
                before.clone(),
                after.clone(),
            ))
        };
        assert_eq!(
            update(&before, &after),
            ["guardrail-removed violation [manifest]"],
            "{before} {after}"
        );
        for (before, after) in [(&after, &before), (&before, &before), (&after, &after)] {
            assert_eq!(update(before, after), none, "{before} {after}");
        }
        let deleted = told(Resource::delete("kubernetes_manifest.p", before.clone()));
        let guards = before["manifest"]["kind"] != "Namespace";
        assert_eq!(deleted.len(), usize::from(guards), "{before}");
    }
    assert_eq!(
        told(Resource::delete(
            "kubernetes_manifest.p",
            object(
                "templates.gatekeeper.sh/v1",
                "ConstraintTemplate",
                json!({})
            )
        )),
        ["guardrail-removed violation []"]
    );
    // Other objects of these groups, and other groups with such a kind.
    for (version, kind) in [
        (KYVERNO, "UpdateRequest"),
        ("example.com/v1", "ClusterPolicy"),
    ] {
        assert_eq!(
            told(Resource::delete(
                "kubernetes_manifest.p",
                object(version, kind, json!({}))
            )),
            none
        );
    }
}

#[test]
fn who_acts_as_a_service_account_of_google() {
    let none: &[&str] = &[];
    let account = |role: &str, member: &str| {
        judged(vec![Resource::create(
            "google_service_account_iam_member.x",
            json!({"service_account_id": "a", "role": role, "member": member, "condition": []}),
        )])
    };
    let ann = "user:ann@example.com";
    const TAKES: &str = "roles/iam.workloadIdentityUser";
    // A role that is made for it, on the account that is meant, is what `impersonation` advises.
    for role in [
        TAKES,
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/iam.serviceAccountUser",
        "roles/viewer",
    ] {
        assert_eq!(account(role, ann), none, "{role}");
    }
    for role in ["roles/owner", "roles/editor", "roles/admin", "roles/writer"] {
        assert_eq!(
            account(role, ann),
            ["impersonation violation [role]"],
            "{role}"
        );
    }
    let message = |kind: &str, object: Json| {
        let found =
            Plan::new([Resource::create(&format!("{kind}.x"), object)]).findings::<IamWildcard>();
        found.join("; ")
    };
    assert_eq!(
        message(
            "google_service_account_iam_member",
            json!({"role": "roles/owner", "member": ann})
        ),
        "impersonation violation google_service_account_iam_member.x [role]: \
          the role `roles/owner` is given to `user:ann@example.com` on a service account, and acts as it and makes keys of it"
    );
    assert_eq!(
        message(
            "google_service_account_iam_policy",
            json!({"policy_data": "{\"bindings\":[{\"role\":\"roles/editor\",\"members\":[\"user:ann@example.com\"]}]}"})
        ),
        "impersonation violation google_service_account_iam_policy.x [policy_data]: \
          the role `roles/editor` is given to `user:ann@example.com` on a service account, and acts as it and makes keys of it"
    );
    // On a project each says what it can do there.
    for (role, can) in [
        ("roles/owner", "and may do everything and give roles there"),
        (
            "roles/iam.serviceAccountTokenCreator",
            "and gets tokens of every service account there",
        ),
        (
            "roles/iam.serviceAccountUser",
            "and runs what it likes as any service account there",
        ),
        (
            TAKES,
            "and workloads with it act as every service account there",
        ),
        (
            "roles/iam.securityAdmin",
            "and gives roles there, also to itself",
        ),
    ] {
        assert_eq!(
            message(
                "google_project_iam_member",
                json!({"project": "p", "role": role, "member": ann})
            ),
            format!(
                "impersonation violation google_project_iam_member.x [role]: the role `{role}` is given to `user:ann@example.com` on the whole project, {can}"
            )
        );
    }
    let pool =
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
    let wide = ["wide-trust violation [member]"];
    for member in [
        format!("{pool}/*"),
        format!("{pool}/attribute.iss/https://token.actions.githubusercontent.com"),
        format!("{pool}/attribute.aud/https://github.com/o"),
        format!("{pool}/attribute.repository_owner/o"),
        format!("{pool}/attribute.ref/refs/heads/main"),
        format!("{pool}/attribute.environment/production"),
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/kubernetes.cluster/https://container.googleapis.com/v1/projects/p/locations/l/clusters/c".to_owned(),
        "domain:example.com".to_owned(),
        "principalSet://cloudresourcemanager.googleapis.com/organizations/1".to_owned(),
    ] {
        assert_eq!(account(TAKES, &member), wide, "{member}");
    }
    for member in [
        format!("{pool}/attribute.repository/o/r"),
        format!("{pool}/attribute.repository_ref/o/r/main"),
        format!("{pool}/group/build"),
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/repo:o/r:ref:refs/heads/main".to_owned(),
        "serviceAccount:p.svc.id.goog[n/s]".to_owned(),
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/namespace/n".to_owned(),
        "group:build@example.com".to_owned(),
    ] {
        assert_eq!(account(TAKES, &member), none, "{member}");
    }
    // To look at it is something else.
    assert_eq!(
        account("roles/iam.serviceAccountViewer", "domain:example.com"),
        none
    );
    let of = |member: String| json!({"service_account_id": "a", "role": TAKES, "member": member});
    let (one, owner) = (
        format!("{pool}/attribute.repository/o/r"),
        format!("{pool}/attribute.repository_owner/o"),
    );
    let update = |before: &String, after: &String| {
        judged(vec![Resource::update(
            "google_service_account_iam_member.x",
            of(before.clone()),
            of(after.clone()),
        )])
    };
    assert_eq!(update(&one, &owner), wide);
    assert_eq!(update(&owner, &one), none);
    assert_eq!(
        update(&owner, &owner),
        ["wide-trust violation(existing) [member]"]
    );

    let provider = |host: &str, condition: &str| {
        judged(vec![Resource::create(
            "google_iam_workload_identity_pool_provider.x",
            json!({"oidc": [{"issuer_uri": format!("https://{host}")}], "attribute_condition": condition}),
        )])
    };
    let github = "token.actions.githubusercontent.com";
    for (host, condition) in [
        (github, "assertion.ref == 'refs/heads/main'"),
        (github, "assertion.environment == 'production'"),
        (
            github,
            "assertion.iss == 'https://token.actions.githubusercontent.com'",
        ),
        (github, "assertion.repository_owner != ''"),
        (github, "has(assertion.repository)"),
        ("gitlab.com", "assertion.ref_protected == 'true'"),
    ] {
        assert_eq!(
            provider(host, condition),
            ["open-trust violation [attribute_condition]"],
            "{condition}"
        );
    }
    for (host, condition) in [
        (github, "assertion.repository == 'o/r'"),
        (github, "assertion.repository_owner_id in ['1', '2']"),
        (github, "assertion.sub.startsWith('repo:o/')"),
        (
            github,
            "attribute.repository == 'o/r' && assertion.ref == 'refs/heads/main'",
        ),
        (github, "google.subject.matches('^repo:o/')"),
        ("gitlab.com", "assertion.namespace_id == '1'"),
        (
            "app.terraform.io",
            "assertion.terraform_organization_name == 'o'",
        ),
        (
            "accounts.google.com",
            "assertion.aud == '1.apps.googleusercontent.com'",
        ),
    ] {
        assert_eq!(provider(host, condition), none, "{condition}");
    }
}
