//! What the policy finds in plans, case by case.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

use public_principal::PublicPrincipal;
use public_principal::table::{DOCUMENTS, MIRRORS, Shield};
use tollgate_policy::Action;
use tollgate_policy::serde_json::{Map, Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome [attributes]` of every finding.
fn judged(resources: Vec<Resource>) -> Vec<String> {
    with_settings(resources, json!({}))
}

fn with_settings(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    Plan::new(resources)
        .settings(settings)
        .findings::<PublicPrincipal>()
        .iter()
        .map(|line| {
            let mut words: Vec<_> = line.split_once(": ").unwrap().0.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn merged(mut base: Json, over: Json) -> Json {
    for (key, value) in over.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

fn allow(principal: Json, condition: Json) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Principal": principal, "Action": "a:Do",
        "Resource": "*", "Condition": condition}]})
    .to_string()
}

/// An object with a text at a path such as `details[0].policy`.
fn object(path: &str, value: Json) -> Json {
    let (head, rest) = path
        .split_once("[0].")
        .map_or((path, None), |(head, rest)| (head, Some(rest)));
    let inner = match rest {
        Some(rest) => json!([object(rest, value)]),
        None => value,
    };
    Json::Object(Map::from_iter([(head.to_owned(), inner)]))
}

#[test]
fn every_document() {
    for row in DOCUMENTS {
        // An access point's block is on unless it says otherwise.
        let base = match row.shield {
            Shield::AccessPoint(None) => {
                json!({"public_access_block_configuration": [{"restrict_public_buckets": false}]})
            }
            _ => json!({}),
        };
        let address = format!("{}.x", row.kind);
        let at = |value: Json| merged(base.clone(), object(row.path, value));
        let create = |value: Json| judged(vec![Resource::create(&address, at(value))]);
        let none: &[&str] = &[];
        let found = vec![format!("open-to-everyone violation [{}]", row.path)];
        let public = json!(allow(json!("*"), json!({})));
        let private = json!(allow(
            json!({"AWS": "arn:aws:iam::123456789012:root"}),
            json!({})
        ));
        assert_eq!(create(public.clone()), found, "{}", row.kind);
        assert_eq!(create(private.clone()), none, "{}", row.kind);
        assert_eq!(
            create(json!(allow(
                json!({"AWS": "*"}),
                json!({"StringEquals": {"aws:PrincipalOrgID": "o-a"}})
            ))),
            none,
            "{}",
            row.kind
        );
        assert_eq!(create(json!(null)), none, "{}", row.kind);
        assert_eq!(
            create(json!("{")),
            [format!("policy-unknown undetermined [{}]", row.path)],
            "{}",
            row.kind
        );
        let of_unknown = create(unknown());
        if row.computed {
            assert_eq!(of_unknown, none, "{}", row.kind);
        } else {
            assert_eq!(
                of_unknown,
                [format!("policy-unknown undetermined [{}]", row.path)],
                "{}",
                row.kind
            );
        }
        // Set by something that is not known.
        let from = Resource::create(&address, at(unknown())).refers(row.path, "local.policy");
        assert_eq!(
            judged(vec![from]),
            [format!("policy-unknown undetermined [{}]", row.path)],
            "{}",
            row.kind
        );
        let existing = vec![format!(
            "open-to-everyone violation(existing) [{}]",
            row.path
        )];
        assert_eq!(
            judged(vec![Resource::unchanged(&address, at(public.clone()))]),
            existing,
            "{}",
            row.kind
        );
        assert_eq!(
            judged(vec![Resource::update(
                &address,
                at(private.clone()),
                at(public.clone())
            )]),
            found,
            "{}",
            row.kind
        );
        assert_eq!(
            judged(vec![Resource::update(
                &address,
                at(public.clone()),
                at(private)
            )]),
            none,
            "{}",
            row.kind
        );
        assert_eq!(
            judged(vec![Resource::delete(&address, at(public))]),
            none,
            "{}",
            row.kind
        );
    }
}

#[test]
fn documents_in_other_words() {
    let none: &[&str] = &[];
    let q = |policy: Json| {
        judged(vec![Resource::create(
            "aws_sqs_queue_policy.q",
            json!({"id": unknown(), "policy": policy, "queue_url": unknown()}),
        )])
    };
    let found = &["open-to-everyone violation [policy]"];
    for (policy, expected) in [
        (
            allow(
                json!("*"),
                json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:t"}}),
            ),
            none,
        ),
        (
            allow(
                json!("*"),
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:t"}}),
            ),
            found,
        ),
        (
            allow(
                json!("*"),
                json!({"StringLike": {"aws:SourceAccount": "*"}}),
            ),
            found,
        ),
        (
            allow(
                json!("*"),
                json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
            ),
            found,
        ),
        (allow(json!({"Service": "*"}), json!({})), found),
        (
            allow(
                json!({"Service": "sns.amazonaws.com"}),
                json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:t"}}),
            ),
            none,
        ),
        (
            allow(json!({"Service": "sns.amazonaws.com"}), json!({})),
            &["source-missing violation [policy]"],
        ),
        (
            allow(
                json!({"Service": "sns.amazonaws.com"}),
                json!({"ArnLike": {"aws:SourceArn": "*"}}),
            ),
            &["source-missing violation [policy]"],
        ),
    ] {
        assert_eq!(q(json!(policy)), expected, "{policy}");
    }
    assert_eq!(
        q(sensitive()),
        [
            "open-to-everyone undetermined [policy]",
            "policy-unknown undetermined [policy]"
        ]
    );
    // The service needs no source where it acts for the account itself.
    let key =
        json!({"policy": allow(json!({"Service": "logs.eu-west-1.amazonaws.com"}), json!({}))});
    assert_eq!(judged(vec![Resource::create("aws_kms_key.k", key)]), none);
    assert_eq!(
        with_settings(
            vec![Resource::create(
                "aws_sqs_queue_policy.q",
                json!({"policy": allow(json!({"Service": "s3.amazonaws.com"}), json!({}))})
            )],
            json!({"require-source": false})
        ),
        none
    );
    // A tag of a queue that is open, and a narrower statement.
    let queue = |action: &str, tags: Json| json!({"name": "q", "tags": tags, "policy": allow(json!("*"), json!({})).replace("a:Do", action)});
    assert_eq!(
        judged(vec![Resource::update(
            "aws_sqs_queue.q",
            queue("sqs:*", json!({})),
            queue("sqs:SendMessage", json!({"a": "b"}))
        )]),
        ["open-to-everyone violation(existing) [policy]"]
    );
    assert_eq!(
        judged(vec![Resource::update(
            "aws_sqs_queue.q",
            queue("sqs:SendMessage", json!({})),
            queue("sqs:*", json!({}))
        )]),
        found
    );
    assert_eq!(
        judged(vec![
            Resource::unchanged("aws_sqs_queue.q", queue("sqs:*", json!({})))
                .with(|change| change.importing = true)
        ]),
        found
    );
}

#[test]
fn permissions() {
    let none: &[&str] = &[];
    let lambda = |over: Json| {
        judged(vec![Resource::create(
            "aws_lambda_permission.p",
            merged(
                json!({"action": "lambda:InvokeFunction", "event_source_token": null, "function_name": "f", "function_url_auth_type": null,
                "id": unknown(), "principal": "s3.amazonaws.com", "principal_org_id": null, "qualifier": null, "source_account": null,
                "source_arn": null, "statement_id": unknown(), "statement_id_prefix": unknown()}),
                over,
            ),
        )])
    };
    for (over, expected) in [
        (
            json!({}),
            &["source-missing violation [principal]"] as &[&str],
        ),
        (json!({"source_arn": "arn:aws:s3:::b"}), none),
        (
            json!({"source_arn": "arn:aws:execute-api:eu-west-1:1:a/*/*"}),
            none,
        ),
        (
            json!({"source_arn": "*"}),
            &["source-missing violation [principal]"],
        ),
        // What a bucket of the plan will be called is no wildcard for a service.
        (json!({"source_arn": unknown()}), none),
        (json!({"source_account": "1"}), none),
        (
            json!({"principal": "alexa-appkit.amazon.com", "event_source_token": "amzn1.ask.skill.x"}),
            none,
        ),
        (json!({"principal": "123456789012"}), none),
        (json!({"principal": "arn:aws:iam::1:root"}), none),
        (
            json!({"principal": "*"}),
            &["open-to-everyone violation [principal]"],
        ),
        (
            json!({"principal": "*", "function_url_auth_type": "NONE", "action": "lambda:InvokeFunctionUrl"}),
            &["open-to-everyone violation [principal]"],
        ),
        (json!({"principal": "*", "principal_org_id": "o-a"}), none),
        (json!({"principal": "*", "source_account": "1"}), none),
        (
            json!({"principal": "*", "source_arn": unknown()}),
            &["policy-unknown undetermined(advice) [principal]"],
        ),
        (
            json!({"principal": "*", "source_arn": sensitive()}),
            &[
                "open-to-everyone undetermined [principal]",
                "policy-unknown undetermined [principal]",
                "policy-unknown undetermined(advice) [principal]",
            ],
        ),
        (
            json!({"principal": unknown()}),
            &["policy-unknown undetermined(advice) [principal]"],
        ),
    ] {
        assert_eq!(lambda(over.clone()), expected, "{over}");
    }
    for (address, after, expected) in [
        (
            "aws_lambda_layer_version_permission.p",
            json!({"action": "lambda:GetLayerVersion", "principal": "*", "organization_id": null}),
            &["open-to-everyone violation [principal]"] as &[&str],
        ),
        (
            "aws_lambda_layer_version_permission.p",
            json!({"action": "lambda:GetLayerVersion", "principal": "*", "organization_id": "o-a"}),
            none,
        ),
        (
            "aws_lambda_layer_version_permission.p",
            json!({"action": "lambda:GetLayerVersion", "principal": "1", "organization_id": null}),
            none,
        ),
        (
            "aws_cloudwatch_event_permission.p",
            json!({"action": "events:PutEvents", "principal": "*", "condition": []}),
            &["open-to-everyone violation [principal]"],
        ),
        (
            "aws_cloudwatch_event_permission.p",
            json!({"action": "events:PutEvents", "principal": "*", "condition": [{"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-a"}]}),
            none,
        ),
        (
            "aws_cloudwatch_event_permission.p",
            json!({"action": null, "principal": "123456789012", "condition": []}),
            none,
        ),
        (
            "aws_vpc_endpoint_service.p",
            json!({"acceptance_required": false, "allowed_principals": ["*"]}),
            &["open-to-everyone violation [allowed_principals]"],
        ),
        (
            "aws_vpc_endpoint_service.p",
            json!({"acceptance_required": true, "allowed_principals": ["*"]}),
            &["open-to-everyone violation(advice) [allowed_principals]"],
        ),
        (
            "aws_vpc_endpoint_service.p",
            json!({"acceptance_required": false, "allowed_principals": ["arn:aws:iam::1:root"]}),
            none,
        ),
        (
            "aws_vpc_endpoint_service.p",
            json!({"acceptance_required": false, "allowed_principals": unknown()}),
            none,
        ),
        (
            "aws_vpc_endpoint_service_allowed_principal.p",
            json!({"principal_arn": "*"}),
            &["open-to-everyone violation [principal_arn]"],
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
}

#[test]
fn what_makes_it_harmless() {
    let public = allow(json!("*"), json!({}));
    let domain = |vpc: Json, security: Json| {
        Resource::create(
            "aws_opensearch_domain.d",
            json!({"domain_name": "d", "access_policies": public, "vpc_options": vpc, "advanced_security_options": security}),
        )
    };
    let found = ["open-to-everyone violation [access_policies]"];
    let advice = ["open-to-everyone violation(advice) [access_policies]"];
    assert_eq!(judged(vec![domain(json!([]), json!([]))]), found);
    assert_eq!(
        judged(vec![domain(
            json!([{"subnet_ids": ["subnet-1"]}]),
            json!([])
        )]),
        advice
    );
    assert_eq!(
        judged(vec![domain(
            json!([]),
            json!([{"enabled": true, "anonymous_auth_enabled": false}])
        )]),
        advice
    );
    assert_eq!(
        judged(vec![domain(
            json!([]),
            json!([{"enabled": true, "anonymous_auth_enabled": true}])
        )]),
        found
    );
    assert_eq!(
        judged(vec![domain(json!([]), json!([{"enabled": false}]))]),
        found
    );
    // In a resource of its own.
    let policy = Resource::create(
        "aws_opensearch_domain_policy.p",
        json!({"domain_name": "d", "access_policies": public}),
    )
    .refers("domain_name", "aws_opensearch_domain.e.domain_name");
    let other = |vpc: Json| {
        Resource::create(
            "aws_opensearch_domain.e",
            json!({"domain_name": "d", "access_policies": unknown(), "vpc_options": vpc, "advanced_security_options": []}),
        )
    };
    assert_eq!(
        judged(vec![
            policy.clone(),
            other(json!([{"subnet_ids": ["subnet-1"]}]))
        ]),
        advice
    );
    assert_eq!(judged(vec![policy.clone(), other(json!([]))]), found);
    assert_eq!(judged(vec![policy]), found);
    let point = |over: Json| {
        Resource::create(
            "aws_s3_access_point.x",
            merged(
                json!({"policy": public, "public_access_block_configuration": [], "vpc_configuration": []}),
                over,
            ),
        )
    };
    assert_eq!(
        judged(vec![point(json!({}))]),
        ["open-to-everyone violation(advice) [policy]"]
    );
    assert_eq!(
        judged(vec![point(
            json!({"public_access_block_configuration": [{"restrict_public_buckets": false}]})
        )]),
        ["open-to-everyone violation [policy]"]
    );
}

#[test]
fn what_a_resource_only_shows() {
    let none: &[&str] = &[];
    let (open, closed) = (
        allow(json!("*"), json!({})),
        allow(json!({"AWS": "1"}), json!({})),
    );
    for row in MIRRORS {
        for (kind, of) in row.by {
            let owner = format!("{}.x", row.kind);
            let name = row.names[0];
            let base =
                json!({"public_access_block_configuration": [{"restrict_public_buckets": false}]});
            let shows = |text: &str| merged(base.clone(), json!({name: "n", row.path: text}));
            let path = DOCUMENTS
                .iter()
                .find(|document| document.kind == *kind)
                .unwrap()
                .path;
            let sets = |text: &str, of_what: &str| json!({*of: of_what, path: text});
            let other = format!("{kind}.y");
            let existing = [format!(
                "open-to-everyone violation(existing) [{}]",
                row.path
            )];
            // The plan closes what the owner still shows.
            let closing = |of_what: &str| {
                Resource::update(&other, sets(&open, of_what), sets(&closed, of_what))
            };
            assert_eq!(
                judged(vec![
                    Resource::unchanged(&owner, shows(&open)),
                    closing("n")
                ]),
                none,
                "{owner}"
            );
            assert_eq!(
                judged(vec![
                    Resource::unchanged(&owner, shows(&open)),
                    closing("m")
                ]),
                existing,
                "{owner}"
            );
            let referring = closing("m").refers(of, &format!("{owner}.{name}"));
            assert_eq!(
                judged(vec![Resource::unchanged(&owner, shows(&open)), referring]),
                none,
                "{owner}"
            );
            assert_eq!(
                judged(vec![Resource::unchanged(&owner, shows(&open))]),
                existing,
                "{owner}"
            );
            // What the plan sets in the owner itself is judged.
            assert_eq!(
                judged(vec![
                    Resource::update(&owner, shows(&closed), shows(&open)),
                    closing("n")
                ]),
                [format!("open-to-everyone violation [{}]", row.path)],
                "{owner}"
            );
        }
    }
}

#[test]
fn roles_of_google() {
    let none: &[&str] = &[];
    for (address, after, expected) in [
        (
            "google_pubsub_topic_iam_member.x",
            json!({"role": "roles/pubsub.publisher", "member": "allUsers", "condition": []}),
            &["public-member violation [member]"] as &[&str],
        ),
        (
            "google_pubsub_topic_iam_member.x",
            json!({"role": "roles/pubsub.publisher", "member": "serviceAccount:a@b", "condition": []}),
            none,
        ),
        (
            "google_pubsub_topic_iam_member.x",
            json!({"role": "roles/pubsub.publisher", "member": "domain:example.com", "condition": []}),
            none,
        ),
        (
            "google_project_iam_binding.x",
            json!({"role": "roles/viewer", "members": ["user:a@b", "allAuthenticatedUsers"]}),
            &["public-member violation [members]"],
        ),
        (
            "google_cloud_run_v2_service_iam_binding.x",
            json!({"role": "roles/run.invoker", "members": ["allUsers", "user:a@b"]}),
            &["public-member violation [members]"],
        ),
        (
            "google_kms_crypto_key_iam_policy.x",
            json!({"policy_data": "{\"bindings\":[{\"role\":\"r\",\"members\":[\"allUsers\"]}]}"}),
            &["public-member violation [policy_data]"],
        ),
        (
            "google_kms_crypto_key_iam_policy.x",
            json!({"policy_data": unknown()}),
            &["policy-unknown undetermined [policy_data]"],
        ),
        (
            "google_kms_crypto_key_iam_policy.x",
            json!({"policy_data": "{"}),
            &["policy-unknown undetermined [policy_data]"],
        ),
        (
            "google_project_iam_member.x",
            json!({"role": "roles/viewer", "member": unknown()}),
            &["policy-unknown undetermined(advice) [member]"],
        ),
        (
            "google_project_iam_binding.x",
            json!({"role": "roles/viewer", "members": unknown()}),
            &["policy-unknown undetermined [members]"],
        ),
        (
            "google_bigquery_dataset_access.x",
            json!({"role": "READER", "special_group": "allAuthenticatedUsers", "iam_member": null}),
            &["public-member violation [special_group]"],
        ),
        (
            "google_bigquery_dataset_access.x",
            json!({"role": "READER", "special_group": null, "iam_member": "allUsers"}),
            &["public-member violation [iam_member]"],
        ),
        (
            "google_bigquery_dataset_access.x",
            json!({"role": "READER", "special_group": "projectReaders", "iam_member": null}),
            none,
        ),
        (
            "google_bigquery_dataset.x",
            json!({"access": [{"role": "READER", "special_group": "allAuthenticatedUsers"}, {"role": "OWNER", "user_by_email": "a@b"}]}),
            &["public-member violation [access]"],
        ),
        (
            "google_bigquery_dataset.x",
            json!({"access": unknown()}),
            none,
        ),
        // The buckets' policy has them.
        (
            "google_storage_bucket_iam_member.x",
            json!({"role": "roles/storage.objectViewer", "member": "allUsers"}),
            none,
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
    let run = |settings: Json| {
        with_settings(
            vec![Resource::create(
                "module.site.google_cloud_run_service_iam_member.x",
                json!({"role": "roles/run.invoker", "member": "allUsers"}),
            )],
            settings,
        )
    };
    assert_eq!(run(json!({"allow-roles": ["roles/run.invoker"]})), none);
    assert_eq!(
        run(json!({"allow-roles": ["roles/run"]})),
        ["public-member violation [member]"]
    );
    assert_eq!(run(json!({"allow-public": ["module.site.*"]})), none);
    assert_eq!(run(json!({"ignore-types": ["google_*"]})), none);
    let old = json!({"role": "roles/viewer", "member": "allUsers"});
    assert_eq!(
        judged(vec![Resource::unchanged(
            "google_project_iam_member.x",
            old.clone()
        )]),
        ["public-member violation(existing) [member]"]
    );
    assert_eq!(
        judged(vec![Resource::replace(
            "google_project_iam_member.x",
            old,
            json!({"role": "roles/editor", "member": "allUsers"})
        )]),
        ["public-member violation [member]"]
    );
    // From a data source.
    let data = Resource::create(
        "data.google_iam_policy.d",
        json!({"binding": [{"role": "r", "members": [unknown(), "allUsers"]}]}),
    )
    .with(|change| change.action = Action::Read);
    let policy = Resource::create(
        "google_pubsub_topic_iam_policy.x",
        json!({"policy_data": unknown()}),
    )
    .refers("policy_data", "data.google_iam_policy.d.policy_data");
    assert_eq!(
        judged(vec![policy, data]),
        ["public-member violation [policy_data]"]
    );
}

#[test]
fn settings_with_a_typo_are_refused() {
    for settings in [json!({"allow_public": []}), json!({"require-source": "no"})] {
        assert!(
            Plan::new([])
                .settings(settings)
                .evaluate::<PublicPrincipal>()
                .is_err()
        );
    }
}

/// How many findings there are, of which each is what the host takes.
fn fits(resources: Vec<Resource>) -> usize {
    Plan::new(resources).findings::<PublicPrincipal>().len()
}

#[test]
fn what_a_plan_says_at_length_is_told_in_short() {
    let long = "x".repeat(9_000);
    let actions: Vec<_> = (0..300).map(|nth| format!("sqs:{long}{nth}")).collect();
    let text = |principal: Json| json!({"policy": json!({"Statement": [{"Sid": long, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}]}).to_string()});
    for (resource, expected) in [
        (
            Resource::create("aws_sqs_queue_policy.q", text(json!("*"))),
            1,
        ),
        (
            Resource::create(
                "aws_sqs_queue_policy.q",
                text(json!({"Service": format!("{long}.amazonaws.com")})),
            ),
            1,
        ),
        (
            Resource::create(
                "google_pubsub_topic_iam_member.t",
                json!({"role": long, "member": "allUsers"}),
            ),
            1,
        ),
    ] {
        assert_eq!(fits(vec![resource.clone()]), expected, "{resource:?}");
    }
}

#[test]
fn what_is_hidden_cannot_be_told() {
    let none: &[&str] = &[];
    // Every document, and every permission, of which nothing makes it harmless.
    for row in DOCUMENTS {
        if row.shield != Shield::None {
            continue;
        }
        let address = format!("{}.x", row.kind);
        let hidden = || object(row.path, sensitive());
        let open = |cause: &str| format!("open-to-everyone undetermined{cause} [{}]", row.path);
        let first = |resource: Resource| judged(vec![resource])[0].clone();
        assert_eq!(first(Resource::create(&address, hidden())), open(""));
        assert_eq!(
            first(Resource::update(&address, hidden(), hidden())),
            open("(existing)")
        );
        assert_eq!(
            first(Resource::unchanged(&address, hidden())),
            open("(existing)")
        );
        let known = object(
            row.path,
            json!(allow(json!({"AWS": "arn:aws:iam::1:root"}), json!({}))),
        );
        assert_eq!(first(Resource::update(&address, known, hidden())), open(""));
        assert!(judged(vec![Resource::delete(&address, hidden())]).is_empty());
    }
    let permission = |over: Json| {
        let of_function = json!({"action": "lambda:InvokeFunction", "principal": "*", "source_arn": null, "source_account": null, "principal_org_id": null, "event_source_token": null});
        judged(vec![Resource::create(
            "aws_lambda_permission.p",
            merged(of_function, over),
        )])
        .into_iter()
        .filter(|line| !line.starts_with("policy-unknown"))
        .collect::<Vec<_>>()
    };
    let cannot: &[&str] = &["open-to-everyone undetermined [principal]"];
    for (over, expected) in [
        (json!({"principal": sensitive()}), cannot),
        (json!({"source_arn": sensitive()}), cannot),
        (
            json!({"principal": sensitive(), "source_account": "123456789012"}),
            none,
        ),
        (json!({"principal": unknown()}), none),
        (
            json!({"principal": "arn:aws:iam::1:root", "source_arn": sensitive()}),
            none,
        ),
    ] {
        assert_eq!(permission(over.clone()), expected, "{over}");
    }
    // Parts of a document that is read during the apply.
    let data = |over: Json| {
        let statement = json!({"actions": ["sqs:SendMessage"], "condition": [], "effect": "Allow", "not_actions": null, "not_principals": [],
            "not_resources": null, "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::1:root"]}], "resources": ["*"], "sid": null});
        judged(vec![
            Resource::create("aws_sqs_queue_policy.q", json!({"policy": unknown()}))
                .refers("policy", "data.aws_iam_policy_document.d.json"),
            Resource::create(
                "data.aws_iam_policy_document.d",
                json!({"override_policy_documents": null, "source_policy_documents": null, "statement": [merged(statement, over)]}),
            )
            .with(|change| change.action = Action::Read),
        ])
        .into_iter()
        .filter(|line| !line.starts_with("policy-unknown"))
        .collect::<Vec<_>>()
    };
    let cannot: &[&str] = &["open-to-everyone undetermined [policy]"];
    for (over, expected) in [
        (
            json!({"principals": [{"type": "AWS", "identifiers": [sensitive()]}]}),
            cannot,
        ),
        (json!({"principals": sensitive()}), cannot),
        (json!({"resources": [sensitive()]}), none),
        (json!({"effect": sensitive()}), none),
        (
            json!({"effect": sensitive(), "principals": [{"type": "*", "identifiers": ["*"]}]}),
            cannot,
        ),
        (
            json!({"condition": [{"test": "ArnLike", "variable": "aws:SourceArn", "values": [sensitive()]}]}),
            none,
        ),
    ] {
        assert_eq!(data(over.clone()), expected, "{over}");
    }
    // Members of Google's.
    let member = |kind: &str, before: Json, after: Json| {
        judged(vec![Resource::update(
            &format!("google_pubsub_topic_{kind}.t"),
            before,
            after,
        )])
        .into_iter()
        .filter(|line| !line.starts_with("policy-unknown"))
        .collect::<Vec<_>>()
    };
    let of = |path: &str, value: Json| json!({"role": "roles/pubsub.publisher", path: value});
    for (kind, path, hidden) in [
        ("iam_member", "member", sensitive()),
        ("iam_binding", "members", sensitive()),
        (
            "iam_binding",
            "members",
            json!(["user:a@example.com", sensitive()]),
        ),
        ("iam_policy", "policy_data", sensitive()),
    ] {
        let hidden = || of(path, hidden.clone());
        assert_eq!(
            member(kind, of(path, json!(null)), hidden()),
            [format!("public-member undetermined [{path}]")],
            "{kind}"
        );
        assert_eq!(
            member(kind, hidden(), hidden()),
            [format!("public-member undetermined(existing) [{path}]")],
            "{kind}"
        );
    }
    assert_eq!(
        member("iam_member", json!(null), of("member", unknown())),
        none
    );
    let dataset =
        |kind: &str, after: Json| judged(vec![Resource::create(&format!("{kind}.d"), after)]);
    for (after, expected) in [
        (
            json!({"access": sensitive()}),
            &["public-member undetermined [access]"] as &[&str],
        ),
        (
            json!({"access": [{"role": "READER", "special_group": sensitive()}]}),
            &["public-member undetermined [access]"],
        ),
        (
            json!({"access": [{"role": "READER", "special_group": "projectReaders", "user_by_email": sensitive()}]}),
            none,
        ),
        (json!({"access": unknown()}), none),
    ] {
        let found: Vec<_> = dataset("google_bigquery_dataset", after.clone())
            .into_iter()
            .filter(|line| line.starts_with("public-member"))
            .collect();
        assert_eq!(found, expected, "{after}");
    }
    let settings = json!({"allow-roles": ["roles/pubsub.publisher"]});
    let allowed = vec![Resource::create(
        "google_pubsub_topic_iam_binding.t",
        of("members", json!([sensitive()])),
    )];
    assert!(
        with_settings(allowed, settings)
            .iter()
            .all(|line| !line.starts_with("public-member"))
    );
}
