//! What the policy finds in plans, case by case.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    clippy::redundant_clone,
    reason = "tests"
)]

use public_bucket::PublicBucket;
use public_bucket::table::{ACLS, BLOCKS, Form, GRANTS, Reads, SETTINGS};
use tollgate_policy::Action;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome address [attributes]` of every finding.
fn judged(resources: Vec<Resource>) -> Vec<String> {
    with_settings(resources, json!({"require-block": false}))
}

fn with_settings(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    Plan::new(resources)
        .settings(settings)
        .findings::<PublicBucket>()
        .iter()
        .map(|line| line.split_once(": ").unwrap().0.to_owned())
        .collect()
}

fn merged(mut base: Json, over: Json) -> Json {
    for (key, value) in over.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

/// A bucket as hashicorp/aws 6 plans it.
fn bucket(over: Json) -> Json {
    merged(
        json!({
            "acceleration_status": unknown(), "acl": unknown(), "arn": unknown(), "bucket": "logs", "bucket_prefix": unknown(),
            "cors_rule": [], "force_destroy": false, "grant": [], "hosted_zone_id": unknown(), "id": unknown(),
            "lifecycle_rule": [], "logging": [], "object_lock_enabled": unknown(), "policy": unknown(), "region": "eu-west-1",
            "replication_configuration": [], "request_payer": unknown(), "server_side_encryption_configuration": [],
            "tags": null, "tags_all": {}, "timeouts": null, "versioning": [], "website": [],
        }),
        over,
    )
}

/// The same as it is in the state.
fn existing_bucket(over: Json) -> Json {
    bucket(merged(
        json!({"acceleration_status": "", "acl": null, "arn": "arn:aws:s3:::logs", "bucket_prefix": "", "hosted_zone_id": "Z",
            "id": "logs", "object_lock_enabled": false, "policy": "", "request_payer": "BucketOwner"}),
        over,
    ))
}

fn block(bucket: Json, on: [bool; 4]) -> Json {
    json!({"bucket": bucket, "id": "logs", "block_public_acls": on[0], "block_public_policy": on[1],
        "ignore_public_acls": on[2], "restrict_public_buckets": on[3], "region": "eu-west-1", "skip_destroy": null})
}

const ON: [bool; 4] = [true; 4];

fn policy(bucket: Json, policy: Json) -> Json {
    let policy = if policy.get("Statement").is_some() {
        json!(policy.to_string())
    } else {
        policy
    };
    json!({"bucket": bucket, "id": "logs", "policy": policy, "region": "eu-west-1"})
}

fn public() -> Json {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}]})
}

fn private() -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*", "Resource": "*"},
        {"Sid": "Front", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "*",
            "Condition": {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1"}}},
    ]})
}

fn acl(over: Json) -> Json {
    merged(
        json!({"acl": null, "access_control_policy": unknown(), "bucket": "logs", "expected_bucket_owner": null, "id": unknown(), "region": "eu-west-1"}),
        over,
    )
}

fn grants(uri: &str) -> Json {
    json!([{"owner": [{"id": "a", "display_name": "a"}], "grant": [
        {"permission": "FULL_CONTROL", "grantee": [{"id": "a", "type": "CanonicalUser", "uri": "", "email_address": "", "display_name": "a"}]},
        {"permission": "READ", "grantee": [{"id": "", "type": "Group", "uri": uri, "email_address": "", "display_name": ""}]},
    ]}])
}

#[test]
fn access_control_lists() {
    let none: &[&str] = &[];
    let everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
    let logs = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    for (address, after, expected) in [
        ("aws_s3_bucket_acl.x", acl(json!({"acl": "private"})), none),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": "log-delivery-write"})),
            none,
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": "public-read"})),
            &["public-acl violation aws_s3_bucket_acl.x [acl]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": "public-read-write"})),
            &["public-acl violation aws_s3_bucket_acl.x [acl]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": "authenticated-read"})),
            &["public-acl violation aws_s3_bucket_acl.x [acl]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": unknown()})),
            &["public-acl undetermined aws_s3_bucket_acl.x [acl]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"acl": sensitive()})),
            &["public-acl undetermined aws_s3_bucket_acl.x [acl]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"access_control_policy": grants(logs)})),
            none,
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(json!({"access_control_policy": grants(everyone)})),
            &["public-acl violation aws_s3_bucket_acl.x [access_control_policy[0].grant]"],
        ),
        (
            "aws_s3_bucket_acl.x",
            acl(
                json!({"access_control_policy": grants("http://acs.amazonaws.com/groups/global/AuthenticatedUsers")}),
            ),
            &["public-acl violation aws_s3_bucket_acl.x [access_control_policy[0].grant]"],
        ),
        ("aws_s3_bucket.x", bucket(json!({})), none),
        ("aws_s3_bucket.x", bucket(json!({"acl": "private"})), none),
        (
            "aws_s3_bucket.x",
            bucket(json!({"acl": "public-read"})),
            &["public-acl violation aws_s3_bucket.x [acl]"],
        ),
        (
            "aws_s3_bucket.x",
            bucket(
                json!({"grant": [{"id": "", "type": "Group", "uri": everyone, "permissions": ["READ", "WRITE"]}]}),
            ),
            &["public-acl violation aws_s3_bucket.x [grant]"],
        ),
        (
            "aws_s3_object.x",
            json!({"bucket": "logs", "key": "public-read", "acl": unknown()}),
            none,
        ),
        (
            "aws_s3_object.x",
            json!({"bucket": "logs", "key": "k", "acl": "public-read"}),
            &["public-acl violation aws_s3_object.x [acl]"],
        ),
        (
            "aws_s3_bucket_object.x",
            json!({"bucket": "logs", "key": "k", "acl": "public-read"}),
            &["public-acl violation aws_s3_bucket_object.x [acl]"],
        ),
        (
            "aws_s3_object_copy.x",
            json!({"bucket": "logs", "key": "k", "acl": unknown(), "grant": [{"uri": everyone, "type": "Group", "permissions": ["READ"]}]}),
            &["public-acl violation aws_s3_object_copy.x [grant]"],
        ),
        // Google
        (
            "google_storage_bucket_acl.x",
            json!({"bucket": "b", "predefined_acl": "projectPrivate", "default_acl": null, "role_entity": unknown()}),
            none,
        ),
        (
            "google_storage_bucket_acl.x",
            json!({"bucket": "b", "predefined_acl": "publicRead", "default_acl": null, "role_entity": unknown()}),
            &["public-acl violation google_storage_bucket_acl.x [predefined_acl]"],
        ),
        (
            "google_storage_bucket_acl.x",
            json!({"bucket": "b", "predefined_acl": null, "default_acl": "publicRead", "role_entity": ["OWNER:user-a@b", "READER:allAuthenticatedUsers"]}),
            &[
                "public-acl violation google_storage_bucket_acl.x [default_acl]",
                "public-acl violation google_storage_bucket_acl.x [role_entity]",
            ],
        ),
        (
            "google_storage_object_access_control.x",
            json!({"bucket": "b", "object": "o", "entity": "user-a@b", "role": "READER"}),
            none,
        ),
        (
            "google_storage_object_access_control.x",
            json!({"bucket": "b", "object": "o", "entity": "allUsers", "role": "READER"}),
            &["public-acl violation google_storage_object_access_control.x [entity]"],
        ),
        (
            "google_storage_default_object_acl.x",
            json!({"bucket": "b", "role_entity": ["READER:allUsers"]}),
            &["public-acl violation google_storage_default_object_acl.x [role_entity]"],
        ),
        // Azure
        (
            "azurerm_storage_container.x",
            json!({"name": "c", "storage_account_id": "/a", "container_access_type": "private"}),
            none,
        ),
        (
            "azurerm_storage_container.x",
            json!({"name": "c", "storage_account_id": "/a", "container_access_type": null}),
            none,
        ),
        (
            "azurerm_storage_container.x",
            json!({"name": "c", "storage_account_id": "/a", "container_access_type": "blob"}),
            &["public-acl violation azurerm_storage_container.x [container_access_type]"],
        ),
        (
            "azurerm_storage_container.x",
            json!({"name": "c", "storage_account_id": "/a", "container_access_type": "container"}),
            &["public-acl violation azurerm_storage_container.x [container_access_type]"],
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{after}"
        );
        // As it is today.
        let quiet: Vec<_> = expected
            .iter()
            .filter(|line| line.contains("violation"))
            .map(|line| line.replacen("violation", "violation(existing)", 1))
            .collect();
        if quiet.len() == expected.len() {
            assert_eq!(
                judged(vec![Resource::unchanged(address, after.clone())]),
                quiet,
                "{after}"
            );
        }
        assert_eq!(judged(vec![Resource::delete(address, after)]), none);
    }
}

/// An object with a value at a path such as `access_control_policy[0].grant`.
fn object(path: &str, value: Json) -> Json {
    let (head, rest) = path
        .split_once("[0].")
        .map_or((path, None), |(head, rest)| (head, Some(rest)));
    let inner = match rest {
        Some(rest) => json!([object(rest, value)]),
        None => value,
    };
    json!({head: inner})
}

#[test]
fn whom_a_list_hides_cannot_be_told() {
    let none: &[&str] = &[];
    let grant = |uri: Json| json!([{"owner": [], "grant": [{"permission": "READ", "grantee": [{"id": "", "type": "Group", "uri": uri}]}]}]);
    let of = |value: Json| acl(json!({"access_control_policy": value}));
    let a = "aws_s3_bucket_acl.x";
    let found =
        |cause: &str, path: &str| vec![format!("public-acl undetermined{cause} {a} [{path}]")];
    let list = "access_control_policy[0].grant";
    let hidden = || of(grant(sensitive()));
    assert_eq!(judged(vec![Resource::create(a, hidden())]), found("", list));
    assert_eq!(
        judged(vec![Resource::update(a, hidden(), hidden())]),
        found("(existing)", list)
    );
    assert_eq!(
        judged(vec![Resource::update(a, of(grant(json!(""))), hidden())]),
        found("", list)
    );
    let word = || acl(json!({"acl": sensitive()}));
    assert_eq!(
        judged(vec![Resource::update(a, word(), word())])[0],
        found("(existing)", "acl")[0]
    );
    // Who owns it and what may be done is no matter.
    let mut other = grant(json!("http://acs.amazonaws.com/groups/s3/LogDelivery"));
    other[0]["owner"] = sensitive();
    other[0]["grant"][0]["permission"] = sensitive();
    other[0]["grant"][0]["grantee"][0]["id"] = sensitive();
    assert_eq!(judged(vec![Resource::create(a, of(other))]), none);
}

#[test]
fn every_access_control_list() {
    for row in ACLS {
        let group = |name: &str| json!({"uri": format!("http://acs.amazonaws.com/groups/global/{name}"), "type": "Group"});
        let (bad, good) = match row.reads {
            Reads::Word(words) => (
                words.iter().map(|word| json!(word)).collect(),
                json!("private"),
            ),
            Reads::Entity => (
                vec![json!("allUsers"), json!("allAuthenticatedUsers")],
                json!("user-allUsers@example.com"),
            ),
            Reads::Entities => (
                vec![json!(["OWNER:user-a@b", "READER:allUsers"])],
                json!(["READER:group-a@b"]),
            ),
            Reads::Grants(None) => (
                vec![
                    json!([group("AllUsers")]),
                    json!([group("AuthenticatedUsers")]),
                ],
                json!([group("Other")]),
            ),
            Reads::Grants(Some(block)) => (
                vec![json!([{block: [group("AllUsers")]}])],
                json!([{block: [group("Other")]}]),
            ),
        };
        let address = format!("{}.x", row.kind);
        let at = |value: Json| object(row.path, value);
        for bad in bad {
            assert_eq!(
                judged(vec![Resource::create(&address, at(bad.clone()))]),
                [format!("public-acl violation {address} [{}]", row.path)],
                "{bad}"
            );
            assert_eq!(
                judged(vec![Resource::update(
                    &address,
                    at(good.clone()),
                    at(bad.clone())
                )]),
                [format!("public-acl violation {address} [{}]", row.path)],
                "{bad}"
            );
            assert!(
                judged(vec![Resource::update(&address, at(bad), at(good.clone()))]).is_empty(),
                "{address} {}",
                row.path
            );
        }
        assert!(
            judged(vec![Resource::create(&address, at(json!(null)))]).is_empty(),
            "{address} {}",
            row.path
        );
        // Unknown because of something that it refers to.
        let refers = Resource::create(&address, at(unknown())).refers(row.path, "local.acl");
        assert_eq!(
            judged(vec![refers]),
            [format!("public-acl undetermined {address} [{}]", row.path)]
        );
        assert_eq!(
            judged(vec![Resource::create(&address, at(unknown()))]).is_empty(),
            row.computed,
            "{address} {}",
            row.path
        );
    }
}

#[test]
fn every_grant() {
    for row in GRANTS {
        let address = format!("{}.x", row.kind);
        let (bad, good) = match row.form {
            Form::Aws => (json!(public().to_string()), json!(private().to_string())),
            Form::Member => (json!("allUsers"), json!("user:a@b")),
            Form::Members => (json!(["user:a@b", "allUsers"]), json!(["user:a@b"])),
            Form::Policy => (
                json!("{\"bindings\":[{\"role\":\"r\",\"members\":[\"allUsers\"]}]}"),
                json!("{\"bindings\":[{\"role\":\"r\",\"members\":[\"user:a@b\"]}]}"),
            ),
        };
        let at = |value: Json| json!({row.path: value, "role": "r"});
        let found = [format!("public-policy violation {address} [{}]", row.path)];
        assert_eq!(
            judged(vec![Resource::create(&address, at(bad.clone()))]),
            found
        );
        assert_eq!(
            judged(vec![Resource::update(
                &address,
                at(good.clone()),
                at(bad.clone())
            )]),
            found
        );
        assert!(
            judged(vec![Resource::update(
                &address,
                at(bad.clone()),
                at(good.clone())
            )])
            .is_empty(),
            "{address}"
        );
        assert_eq!(
            judged(vec![Resource::unchanged(&address, at(bad))]),
            [format!(
                "public-policy violation(existing) {address} [{}]",
                row.path
            )]
        );
        let refers = Resource::create(&address, at(sensitive())).refers(row.path, "var.policy");
        let hidden = judged(vec![refers]);
        assert_eq!(
            hidden[0],
            format!("public-policy undetermined {address} [{}]", row.path)
        );
        let member = row.form == Form::Member;
        assert_eq!(hidden.len(), if member { 1 } else { 2 }, "{hidden:?}");
        let both = || at(sensitive());
        assert_eq!(
            judged(vec![Resource::update(&address, both(), both())])[0],
            format!(
                "public-policy undetermined(existing) {address} [{}]",
                row.path
            )
        );
        assert_eq!(
            judged(vec![Resource::update(&address, at(good), both())])[0],
            format!("public-policy undetermined {address} [{}]", row.path)
        );
    }
}

#[test]
fn every_setting_of_every_block() {
    for row in BLOCKS {
        for setting in SETTINGS {
            let address = format!("{}.x", row.kind);
            let at = |value: Json| {
                let mut settings = json!({"bucket": "logs"});
                for one in SETTINGS {
                    settings[one] = if one == setting {
                        value.clone()
                    } else {
                        json!(true)
                    };
                }
                match row.prefix.trim_end_matches('.').trim_end_matches("[0]") {
                    "" => settings,
                    path => object(path, json!([settings])),
                }
            };
            let path = format!("{}{setting}", row.prefix);
            assert!(
                judged(vec![Resource::create(&address, at(json!(true)))]).is_empty(),
                "{address}"
            );
            assert_eq!(
                judged(vec![Resource::create(&address, at(json!(false)))]),
                [format!("block-off violation {address} [{path}]")]
            );
            assert_eq!(
                judged(vec![Resource::create(&address, at(json!(null)))]).is_empty(),
                row.unset,
                "{address}"
            );
            assert_eq!(
                judged(vec![Resource::create(&address, at(unknown()))]),
                [format!("block-off undetermined {address} [{path}]")]
            );
            assert_eq!(
                judged(vec![Resource::update(
                    &address,
                    at(json!(true)),
                    at(json!(false))
                )]),
                [format!("block-off violation {address} [{path}]")]
            );
        }
    }
}

#[test]
fn what_changes() {
    let none: &[&str] = &[];
    let a = "aws_s3_bucket_acl.x";
    let (open, closed) = (
        acl(json!({"acl": "public-read"})),
        acl(json!({"acl": "private"})),
    );
    let found = &["public-acl violation aws_s3_bucket_acl.x [acl]"];
    let existing = &["public-acl violation(existing) aws_s3_bucket_acl.x [acl]"];
    assert_eq!(
        judged(vec![Resource::update(a, closed.clone(), open.clone())]),
        found
    );
    assert_eq!(
        judged(vec![Resource::replace(a, closed.clone(), open.clone())]),
        found
    );
    assert_eq!(
        judged(vec![Resource::update(a, open.clone(), closed.clone())]),
        none
    );
    assert_eq!(
        judged(vec![Resource::replace(a, open.clone(), open.clone())]),
        existing
    );
    assert_eq!(
        judged(vec![
            Resource::unchanged(a, open.clone()).with(|change| change.importing = true)
        ]),
        found
    );
    assert_eq!(judged(vec![Resource::forget(a, open)]), none);
    // A tag of a public bucket.
    let tagged = |tags: Json| existing_bucket(json!({"acl": "public-read", "tags": tags}));
    assert_eq!(
        judged(vec![Resource::update(
            "aws_s3_bucket.x",
            tagged(json!({})),
            tagged(json!({"acl": "public-read"}))
        )]),
        ["public-acl violation(existing) aws_s3_bucket.x [acl]"]
    );
}

#[test]
fn policies() {
    let none: &[&str] = &[];
    let p = "aws_s3_bucket_policy.x";
    let found = &["public-policy violation aws_s3_bucket_policy.x [policy]"];
    let cannot = &["policy-unknown undetermined aws_s3_bucket_policy.x [policy]"];
    let with = |condition: Json| {
        let mut document = public();
        document["Statement"][0]["Condition"] = condition;
        document
    };
    for (document, expected) in [
        (private(), none),
        (public(), found),
        (
            with(json!({"Bool": {"aws:SecureTransport": "true"}})),
            found,
        ),
        (
            with(json!({"StringLike": {"aws:PrincipalOrgID": "*"}})),
            found,
        ),
        (
            with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1"}})),
            none,
        ),
        (
            with(json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            found,
        ),
        (
            json!({"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Action": "s3:*", "Resource": "*"}]}),
            found,
        ),
        (json!(unknown()), cannot),
        (
            sensitive(),
            &[
                "public-policy undetermined aws_s3_bucket_policy.x [policy]",
                cannot[0],
            ],
        ),
        (json!("{\"Statement\": ["), cannot),
        (
            json!(
                "{\"Statement\": [{\"Effect\": \"Deny\", \"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Principal\": \"*\"}]}"
            ),
            cannot,
        ),
        (json!(""), none),
    ] {
        let after = policy(json!("logs"), document.clone());
        assert_eq!(
            judged(vec![Resource::create(p, after)]),
            expected,
            "{document}"
        );
    }
    let at = |document: Json| policy(json!("logs"), document);
    // Narrower than before, written in another way, or with another statement's name.
    let wide = json!({"Statement": {"Sid": "Old", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}});
    assert_eq!(
        judged(vec![Resource::update(p, at(wide.clone()), at(public()))]),
        ["public-policy violation(existing) aws_s3_bucket_policy.x [policy]"]
    );
    assert_eq!(
        judged(vec![Resource::update(p, at(public()), at(wide))]),
        found
    );
    assert_eq!(
        judged(vec![Resource::update(p, at(private()), at(public()))]),
        found
    );
    assert_eq!(
        judged(vec![Resource::update(p, at(public()), at(private()))]),
        none
    );
    assert_eq!(
        judged(vec![Resource::unchanged(p, at(public()))]),
        ["public-policy violation(existing) aws_s3_bucket_policy.x [policy]"]
    );
    // In the bucket itself; left out, it is unknown at creation.
    assert_eq!(
        judged(vec![Resource::create("aws_s3_bucket.x", bucket(json!({})))]),
        none
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_s3_bucket.x",
            bucket(json!({"policy": public().to_string()}))
        )]),
        ["public-policy violation aws_s3_bucket.x [policy]"]
    );
}

#[test]
fn policies_of_google() {
    let none: &[&str] = &[];
    for (address, after, expected) in [
        (
            "google_storage_bucket_iam_member.x",
            json!({"bucket": "b", "role": "roles/storage.objectViewer", "member": "user:allUsers@example.com", "condition": []}),
            none,
        ),
        (
            "google_storage_bucket_iam_member.x",
            json!({"bucket": "b", "role": "roles/storage.objectViewer", "member": "allUsers", "condition": []}),
            &["public-policy violation google_storage_bucket_iam_member.x [member]"],
        ),
        (
            "google_storage_bucket_iam_member.x",
            json!({"bucket": "b", "role": "roles/storage.objectViewer", "member": unknown(), "condition": []}),
            &["policy-unknown undetermined(advice) google_storage_bucket_iam_member.x [member]"],
        ),
        (
            "google_storage_bucket_iam_binding.x",
            json!({"bucket": "b", "role": "r", "members": ["user:a@b", "allAuthenticatedUsers"]}),
            &["public-policy violation google_storage_bucket_iam_binding.x [members]"],
        ),
        (
            "google_storage_managed_folder_iam_member.x",
            json!({"bucket": "b", "managed_folder": "f", "role": "r", "member": "allUsers"}),
            &["public-policy violation google_storage_managed_folder_iam_member.x [member]"],
        ),
        (
            "google_storage_bucket_iam_policy.x",
            json!({"bucket": "b", "policy_data": "{\"bindings\":[{\"role\":\"r\",\"members\":[\"allUsers\"]}]}"}),
            &["public-policy violation google_storage_bucket_iam_policy.x [policy_data]"],
        ),
        (
            "google_storage_bucket_iam_policy.x",
            json!({"bucket": "b", "policy_data": "{\"bindings\":[{\"role\":\"r\",\"members\":[\"user:a@b\"]}]}"}),
            none,
        ),
        (
            "google_storage_bucket_iam_policy.x",
            json!({"bucket": "b", "policy_data": unknown()}),
            &["policy-unknown undetermined google_storage_bucket_iam_policy.x [policy_data]"],
        ),
    ] {
        assert_eq!(
            judged(vec![Resource::create(address, after.clone())]),
            expected,
            "{after}"
        );
    }
    // From a data source that is read during the apply.
    let data = Resource::create("data.google_iam_policy.d", json!({"binding": [{"role": "r", "members": ["allUsers", unknown()], "condition": []}], "policy_data": unknown()}))
        .with(|change| change.action = Action::Read);
    let x = Resource::create(
        "google_storage_bucket_iam_policy.x",
        json!({"bucket": "b", "policy_data": unknown()}),
    )
    .refers("policy_data", "data.google_iam_policy.d.policy_data");
    assert_eq!(
        judged(vec![x, data]),
        ["public-policy violation google_storage_bucket_iam_policy.x [policy_data]"]
    );
    // What the bucket enforces.
    let member = Resource::create(
        "google_storage_bucket_iam_member.x",
        json!({"bucket": unknown(), "role": "r", "member": "allUsers"}),
    )
    .refers("bucket", "google_storage_bucket.b.name");
    let host = |prevention: &str| {
        Resource::create(
            "google_storage_bucket.b",
            json!({"name": "b", "public_access_prevention": prevention, "website": [], "cors": []}),
        )
    };
    assert_eq!(
        judged(vec![member.clone(), host("enforced")]),
        ["public-policy violation(advice) google_storage_bucket_iam_member.x [member]"]
    );
    assert_eq!(
        judged(vec![member, host("inherited")]),
        ["public-policy violation google_storage_bucket_iam_member.x [member]"]
    );
}

#[test]
fn documents_that_are_read_later() {
    let statement = |principals: Json| {
        json!([{"actions": ["s3:GetObject"], "condition": [], "effect": "Allow", "not_actions": null, "not_principals": [],
            "not_resources": null, "principals": principals, "resources": [unknown()], "sid": "Read"}])
    };
    let data = |principals: Json| {
        Resource::create(
            "data.aws_iam_policy_document.d",
            json!({"json": unknown(), "override_policy_documents": null, "source_policy_documents": null, "statement": statement(principals)}),
        )
        .with(|change| change.action = Action::Read)
    };
    let p = || {
        Resource::create("aws_s3_bucket_policy.x", policy(unknown(), unknown()))
            .refers("policy", "data.aws_iam_policy_document.d.json")
            .refers("bucket", "aws_s3_bucket.b.id")
    };
    assert_eq!(
        judged(vec![
            p(),
            data(json!([{"type": "*", "identifiers": ["*"]}]))
        ]),
        ["public-policy violation aws_s3_bucket_policy.x [policy]"]
    );
    let none: &[&str] = &[];
    assert_eq!(
        judged(vec![
            p(),
            data(json!([{"type": "AWS", "identifiers": ["arn:aws:iam::1:root"]}]))
        ]),
        none
    );
    assert_eq!(
        judged(vec![
            p(),
            data(json!([{"type": "AWS", "identifiers": [unknown()]}]))
        ]),
        ["policy-unknown undetermined(advice) aws_s3_bucket_policy.x [policy]"]
    );
    assert_eq!(
        judged(vec![p()]),
        ["policy-unknown undetermined aws_s3_bucket_policy.x [policy]"]
    );
    // A block makes what it is of no consequence.
    let block = Resource::create("aws_s3_bucket_public_access_block.x", block(unknown(), ON))
        .refers("bucket", "aws_s3_bucket.b.id");
    let b = Resource::create("aws_s3_bucket.b", bucket(json!({})));
    assert_eq!(judged(vec![p(), block, b]), none);
}

#[test]
fn blocks_of_the_same_bucket() {
    let open = |bucket: Json| {
        Resource::create(
            "aws_s3_bucket_acl.x",
            merged(
                acl(json!({"acl": "public-read"})),
                json!({"bucket": bucket}),
            ),
        )
    };
    let by = |bucket: Json, on: [bool; 4]| {
        Resource::create("aws_s3_bucket_public_access_block.x", block(bucket, on))
    };
    let found = "public-acl violation aws_s3_bucket_acl.x [acl]";
    let void = "public-acl violation(advice) aws_s3_bucket_acl.x [acl]";
    let b = |key: &str| {
        Resource::create(
            &format!("aws_s3_bucket.b[\"{key}\"]"),
            bucket(json!({"bucket": key})),
        )
    };
    // By name.
    assert_eq!(
        judged(vec![open(json!("logs")), by(json!("logs"), ON)]),
        [void]
    );
    assert_eq!(
        judged(vec![open(json!("logs")), by(json!("other"), ON)]),
        [found]
    );
    assert_eq!(
        judged(vec![
            open(json!("logs")),
            by(json!("logs"), [true, true, false, true])
        ]),
        [
            found,
            "block-off violation aws_s3_bucket_public_access_block.x [ignore_public_acls]"
        ]
    );
    // By reference, to the right one of several, through another resource, and not at all.
    let acl_of = |to: &str| open(unknown()).refers("bucket", to);
    let block_of = |to: &str| by(unknown(), ON).refers("bucket", to);
    let two = || [b("a"), b("c")];
    for (one, other, expected) in [
        (
            "aws_s3_bucket.b[\"a\"].id",
            "aws_s3_bucket.b[\"a\"].bucket",
            void,
        ),
        (
            "aws_s3_bucket.b[\"a\"].id",
            "aws_s3_bucket.b[\"c\"].id",
            found,
        ),
        (
            "aws_s3_bucket_public_access_block.x.bucket",
            "aws_s3_bucket.b[\"c\"].id",
            void,
        ),
    ] {
        let plan = [acl_of(one), block_of(other)]
            .into_iter()
            .chain(two())
            .collect();
        assert_eq!(judged(plan), [expected], "{one} {other}");
    }
    // Of the whole account.
    let account = |on: bool| {
        Resource::create(
            "aws_s3_account_public_access_block.a",
            json!({"account_id": unknown(), "id": unknown(), "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": on, "restrict_public_buckets": true}),
        )
    };
    assert_eq!(judged(vec![open(json!("logs")), account(true)]), [void]);
    assert_eq!(
        judged(vec![open(json!("logs")), account(false)]),
        [
            found,
            "block-off violation aws_s3_account_public_access_block.a [ignore_public_acls]"
        ]
    );
    // Azure's account.
    let container = Resource::create(
        "azurerm_storage_container.x",
        json!({"name": "c", "storage_account_id": unknown(), "container_access_type": "blob"}),
    )
    .refers("storage_account_id", "azurerm_storage_account.a.id");
    let storage = |open: bool| {
        Resource::create(
            "azurerm_storage_account.a",
            json!({"name": "a", "id": unknown(), "allow_nested_items_to_be_public": open}),
        )
    };
    assert_eq!(
        judged(vec![container.clone(), storage(false)]),
        ["public-acl violation(advice) azurerm_storage_container.x [container_access_type]"]
    );
    assert_eq!(
        judged(vec![container, storage(true)]),
        ["public-acl violation azurerm_storage_container.x [container_access_type]"]
    );
}

#[test]
fn what_a_block_held_back() {
    let x = "aws_s3_bucket_public_access_block.x";
    let p = || Resource::unchanged("aws_s3_bucket_policy.x", policy(json!("logs"), public()));
    let at = |on| block(json!("logs"), on);
    let off = [true, true, true, false];
    let planned = "public-policy violation aws_s3_bucket_policy.x [policy]".to_owned();
    let of_policy = |resources| -> Vec<String> {
        judged(resources)
            .into_iter()
            .filter(|line| line.starts_with("public-policy"))
            .collect()
    };
    // The policy is what it was, and opens the bucket now.
    assert_eq!(
        of_policy(vec![p(), Resource::update(x, at(ON), at(off))]),
        std::slice::from_ref(&planned)
    );
    assert_eq!(of_policy(vec![p(), Resource::delete(x, at(ON))]), [planned]);
    assert_eq!(
        of_policy(vec![p(), Resource::unchanged(x, at(off))]),
        ["public-policy violation(existing) aws_s3_bucket_policy.x [policy]"]
    );
    for kept in [
        Resource::unchanged(x, at(ON)),
        Resource::update(x, at(off), at(ON)),
    ] {
        assert_eq!(
            of_policy(vec![p(), kept]),
            ["public-policy violation(advice) aws_s3_bucket_policy.x [policy]"]
        );
    }
}

#[test]
fn what_a_bucket_only_shows() {
    let none: &[&str] = &[];
    let wide = json!([{"allowed_methods": ["PUT"], "allowed_origins": ["*"]}]);
    // As the provider reads it back from the policy, the website and the rules of their own.
    let shown = || {
        existing_bucket(
            json!({"policy": public().to_string(), "website": [{"index_document": "i"}], "cors_rule": wide}),
        )
    };
    let found = [
        "public-policy violation(existing) aws_s3_bucket.b [policy]",
        "bucket-website violation(advice) aws_s3_bucket.b [website]",
        "cors-any-origin violation(existing) aws_s3_bucket.b [cors_rule]",
    ];
    let b = || Resource::unchanged("aws_s3_bucket.b", shown());
    assert_eq!(judged(vec![b()]), found);
    let at = |document: Json| policy(json!("logs"), document);
    let site = json!({"bucket": "logs", "index_document": [{"suffix": "i"}], "redirect_all_requests_to": []});
    let cors = json!({"bucket": "logs", "cors_rule": [{"allowed_methods": ["PUT"], "allowed_origins": ["https://a.example"]}]});
    // The plan closes what the bucket still shows.
    assert_eq!(
        judged(vec![
            b(),
            Resource::update("aws_s3_bucket_policy.x", at(public()), at(private())),
            Resource::delete("aws_s3_bucket_website_configuration.x", site.clone()),
            Resource::update("aws_s3_bucket_cors_configuration.x", cors.clone(), cors),
        ]),
        none
    );
    // It is told once, where it is set.
    assert_eq!(
        judged(vec![
            b(),
            Resource::unchanged("aws_s3_bucket_policy.x", at(public())),
            Resource::unchanged("aws_s3_bucket_website_configuration.x", site)
        ]),
        [
            "cors-any-origin violation(existing) aws_s3_bucket.b [cors_rule]",
            "public-policy violation(existing) aws_s3_bucket_policy.x [policy]",
            "bucket-website violation(advice) aws_s3_bucket_website_configuration.x [index_document]",
        ]
    );
    // Those of another bucket say nothing of this one, and what the plan sets is judged.
    assert_eq!(
        judged(vec![
            b(),
            Resource::unchanged("aws_s3_bucket_policy.x", policy(json!("other"), private()))
        ]),
        found
    );
    let closed = existing_bucket(json!({"policy": private().to_string()}));
    let open = existing_bucket(json!({"policy": public().to_string()}));
    assert_eq!(
        judged(vec![
            Resource::update("aws_s3_bucket.b", closed, open),
            Resource::unchanged("aws_s3_bucket_policy.x", at(private()))
        ]),
        ["public-policy violation aws_s3_bucket.b [policy]"]
    );
}

#[test]
fn blocks_that_are_missing() {
    let strict = |resources| with_settings(resources, json!({}));
    let none: &[&str] = &[];
    let new = || Resource::create("aws_s3_bucket.b", bucket(json!({})));
    let old = || Resource::unchanged("aws_s3_bucket.b", existing_bucket(json!({})));
    let missing = ["block-missing violation aws_s3_bucket.b [bucket]"];
    let block_of = |to: &str| {
        Resource::create("aws_s3_bucket_public_access_block.x", block(unknown(), ON))
            .refers("bucket", to)
    };
    assert_eq!(strict(vec![new()]), missing);
    assert_eq!(
        strict(vec![old()]),
        ["block-missing violation(existing) aws_s3_bucket.b [bucket]"]
    );
    assert_eq!(strict(vec![new(), block_of("aws_s3_bucket.b.id")]), none);
    assert_eq!(
        strict(vec![new(), block_of("aws_s3_bucket.other.id")]),
        missing
    );
    assert_eq!(
        strict(vec![
            old(),
            Resource::unchanged(
                "aws_s3_bucket_public_access_block.x",
                block(json!("logs"), ON)
            )
        ]),
        none
    );
    assert_eq!(judged(vec![new()]), none);
    assert_eq!(
        with_settings(vec![new()], json!({"account-blocks": true})),
        none
    );
    assert_eq!(
        with_settings(vec![new()], json!({"ignore-types": ["aws_s3_*"]})),
        none
    );
    // Other providers.
    let gcs = |prevention: Json| {
        Resource::create(
            "google_storage_bucket.b",
            json!({"name": "b", "public_access_prevention": prevention, "website": [], "cors": []}),
        )
    };
    for (prevention, expected) in [
        (json!("enforced"), none),
        (
            json!("inherited"),
            &["block-missing violation google_storage_bucket.b [public_access_prevention]"],
        ),
        (
            unknown(),
            &["block-missing violation google_storage_bucket.b [public_access_prevention]"],
        ),
    ] {
        assert_eq!(strict(vec![gcs(prevention)]), expected);
    }
    let storage = |over: Json| {
        Resource::create(
            "azurerm_storage_account.a",
            merged(
                json!({"name": "a", "id": unknown(), "blob_properties": [], "static_website": []}),
                over,
            ),
        )
    };
    for (over, expected) in [
        (json!({"allow_nested_items_to_be_public": false}), none),
        (
            json!({"allow_nested_items_to_be_public": true}),
            &[
                "block-missing violation azurerm_storage_account.a [allow_nested_items_to_be_public]",
            ],
        ),
        (json!({"allow_blob_public_access": false}), none),
        (
            json!({"allow_blob_public_access": true}),
            &[
                "block-missing violation azurerm_storage_account.a [allow_nested_items_to_be_public]",
            ],
        ),
    ] {
        assert_eq!(strict(vec![storage(over)]), expected);
    }
}

#[test]
fn blocks_that_are_turned_off_or_removed() {
    let none: &[&str] = &[];
    let x = "aws_s3_bucket_public_access_block.x";
    let at = |on| block(json!("logs"), on);
    let off = [true, false, true, false];
    let both = "[block_public_policy, restrict_public_buckets]";
    assert_eq!(judged(vec![Resource::create(x, at(ON))]), none);
    assert_eq!(
        judged(vec![Resource::create(x, at(off))]),
        [format!("block-off violation {x} {both}")]
    );
    assert_eq!(
        judged(vec![Resource::update(x, at(ON), at(off))]),
        [format!("block-off violation {x} {both}")]
    );
    assert_eq!(
        judged(vec![Resource::unchanged(x, at(off))]),
        [format!("block-off violation(existing) {x} {both}")]
    );
    assert_eq!(judged(vec![Resource::update(x, at(off), at(ON))]), none);
    // One more turned off than was.
    assert_eq!(
        judged(vec![Resource::update(
            x,
            at([true, false, true, true]),
            at(off)
        )]),
        [format!("block-off violation {x} {both}")]
    );
    let mut unset = at(ON);
    unset["restrict_public_buckets"] = Json::Null;
    assert_eq!(
        judged(vec![Resource::create(x, unset.clone())]),
        [format!("block-off violation {x} [restrict_public_buckets]")]
    );
    unset["restrict_public_buckets"] = unknown();
    assert_eq!(
        judged(vec![Resource::create(x, unset)]),
        [format!(
            "block-off undetermined {x} [restrict_public_buckets]"
        )]
    );
    // Access points have all four on by default.
    let point = |block: Json| {
        Resource::create(
            "aws_s3_access_point.x",
            json!({"bucket": "logs", "name": "p", "policy": unknown(), "public_access_block_configuration": block}),
        )
    };
    assert_eq!(judged(vec![point(json!([]))]), none);
    assert_eq!(
        judged(vec![point(
            json!([{"block_public_acls": true, "block_public_policy": false, "ignore_public_acls": true, "restrict_public_buckets": true}])
        )]),
        [
            "block-off violation aws_s3_access_point.x [public_access_block_configuration[0].block_public_policy]"
        ]
    );
    let regions = Resource::create(
        "aws_s3control_multi_region_access_point.x",
        json!({"id": unknown(), "details": [{"name": "m", "region": [], "public_access_block": [{"block_public_acls": false}]}]}),
    );
    assert_eq!(
        with_settings(vec![regions], json!({"allow-public": ["nothing"]})),
        [
            "block-off violation aws_s3control_multi_region_access_point.x [details[0].public_access_block[0].block_public_acls]"
        ]
    );
    // Removed, and the bucket stays, goes, or gets another.
    let removed = || Resource::delete(x, at(ON));
    let b = || Resource::unchanged("aws_s3_bucket.b", existing_bucket(json!({})));
    let told = [format!("block-removed violation {x} [block_public_acls]")];
    assert_eq!(judged(vec![removed(), b()]), told);
    assert_eq!(with_settings(vec![removed(), b()], json!({})), told);
    assert_eq!(judged(vec![removed()]), told);
    assert_eq!(
        judged(vec![
            removed(),
            Resource::delete("aws_s3_bucket.b", existing_bucket(json!({})))
        ]),
        none
    );
    assert_eq!(
        judged(vec![
            removed(),
            b(),
            Resource::create("aws_s3_bucket_public_access_block.y", at(ON))
        ]),
        none
    );
    assert_eq!(judged(vec![Resource::forget(x, at(ON)), b()]), none);
    let account = json!({"account_id": "1", "id": "1", "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true});
    assert_eq!(
        judged(vec![Resource::delete(
            "aws_s3_account_public_access_block.a",
            account
        )]),
        ["block-removed violation aws_s3_account_public_access_block.a [block_public_acls]"]
    );
    let gcs = |prevention: &str| json!({"name": "b", "public_access_prevention": prevention, "website": [], "cors": []});
    assert_eq!(
        with_settings(
            vec![Resource::update(
                "google_storage_bucket.b",
                gcs("enforced"),
                gcs("inherited")
            )],
            json!({})
        ),
        ["block-removed violation google_storage_bucket.b [public_access_prevention]"]
    );
    assert_eq!(
        with_settings(
            vec![Resource::unchanged(
                "google_storage_bucket.b",
                gcs("inherited")
            )],
            json!({})
        ),
        ["block-missing violation(existing) google_storage_bucket.b [public_access_prevention]"]
    );
}

#[test]
fn websites_and_cors() {
    let none: &[&str] = &[];
    let site = |over: Json| {
        merged(
            json!({"bucket": "logs", "index_document": [{"suffix": "index.html"}], "redirect_all_requests_to": []}),
            over,
        )
    };
    let w = "aws_s3_bucket_website_configuration.x";
    let advice =
        ["bucket-website violation(advice) aws_s3_bucket_website_configuration.x [index_document]"];
    assert_eq!(judged(vec![Resource::create(w, site(json!({})))]), advice);
    assert_eq!(
        judged(vec![Resource::create(
            w,
            site(
                json!({"redirect_all_requests_to": [{"host_name": "a.example", "protocol": null}]})
            )
        )]),
        none
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_s3_bucket.b",
            bucket(json!({"website": [{"index_document": "i", "redirect_all_requests_to": null}]}))
        )]),
        ["bucket-website violation(advice) aws_s3_bucket.b [website]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "aws_s3_bucket.b",
            bucket(
                json!({"website": [{"index_document": null, "redirect_all_requests_to": "a.example"}]})
            )
        )]),
        none
    );
    assert_eq!(
        judged(vec![Resource::create(
            "azurerm_storage_account_static_website.x",
            json!({"storage_account_id": "/a", "index_document": "i"})
        )]),
        [
            "bucket-website violation(advice) azurerm_storage_account_static_website.x [index_document]"
        ]
    );
    let cors = |methods: Json, origins: Json| {
        Resource::create(
            "aws_s3_bucket_cors_configuration.x",
            json!({"bucket": "logs", "cors_rule": [{"allowed_methods": methods, "allowed_origins": origins, "allowed_headers": ["*"]}]}),
        )
    };
    assert_eq!(judged(vec![cors(json!(["GET"]), json!(["*"]))]), none);
    assert_eq!(
        judged(vec![cors(json!(["PUT"]), json!(["https://a.example"]))]),
        none
    );
    assert_eq!(
        judged(vec![cors(json!(["GET", "PUT"]), json!(["*"]))]),
        ["cors-any-origin violation aws_s3_bucket_cors_configuration.x [cors_rule]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "google_storage_bucket.b",
            json!({"name": "b", "cors": [{"method": ["DELETE"], "origin": ["*"]}], "website": []})
        )]),
        ["cors-any-origin violation google_storage_bucket.b [cors]"]
    );
    assert_eq!(
        judged(vec![Resource::create(
            "azurerm_storage_account.a",
            json!({"name": "a", "id": unknown(), "blob_properties": [{"cors_rule": [{"allowed_methods": ["PUT"], "allowed_origins": ["*"]}]}]})
        )]),
        ["cors-any-origin violation azurerm_storage_account.a [blob_properties[0].cors_rule]"]
    );
}

#[test]
fn buckets_that_are_meant_to_be_public() {
    let none: &[&str] = &[];
    let b = || {
        Resource::create(
            "module.site.aws_s3_bucket.b",
            bucket(json!({"bucket": "site"})),
        )
    };
    let p = || {
        Resource::create(
            "module.site.aws_s3_bucket_policy.x",
            policy(unknown(), public()),
        )
        .refers("bucket", "module.site.aws_s3_bucket.b.id")
    };
    let off = || {
        Resource::create(
            "module.site.aws_s3_bucket_public_access_block.x",
            block(unknown(), [false; 4]),
        )
        .refers("bucket", "module.site.aws_s3_bucket.b.id")
    };
    let plan = || vec![b(), off(), p()];
    assert_eq!(with_settings(plan(), json!({})).len(), 2);
    for allowed in ["module.site.*", "module.site.aws_s3_bucket.b"] {
        assert_eq!(
            with_settings(plan(), json!({"allow-public": [allowed]})),
            none,
            "{allowed}"
        );
    }
    // Another bucket's name is none of it.
    assert_eq!(
        with_settings(plan(), json!({"allow-public": ["sit"]})).len(),
        2
    );
    let named = |name: &str| {
        with_settings(
            vec![Resource::create(
                "aws_s3_bucket_policy.x",
                policy(json!(name), public()),
            )],
            json!({"allow-public": ["site-*"]}),
        )
    };
    assert_eq!(named("site-a"), none);
    assert_eq!(
        named("a-site-"),
        ["public-policy violation aws_s3_bucket_policy.x [policy]"]
    );
}

#[test]
fn settings_with_a_typo_are_refused() {
    for settings in [json!({"allow_public": []}), json!({"require-block": "no"})] {
        assert!(
            Plan::new([])
                .settings(settings)
                .evaluate::<PublicBucket>()
                .is_err()
        );
    }
}

/// How many findings there are, of which each is what the host takes.
fn fits(resources: Vec<Resource>) -> usize {
    Plan::new(resources).findings::<PublicBucket>().len()
}

#[test]
fn what_a_plan_says_at_length_is_told_in_short() {
    let long = "x".repeat(9_000);
    let text = json!({"Statement": [{"Sid": long, "Effect": "Allow", "Principal": "*", "Action": [long], "Resource": "*"}]});
    let created = |kind: &str, after: Json| Resource::create(&format!("{kind}.x"), after);
    for (resource, expected) in [
        (
            created(
                "aws_s3_bucket_policy",
                policy(json!("logs"), json!(text.to_string())),
            ),
            1,
        ),
        (
            created(
                "google_storage_bucket_iam_member",
                json!({"bucket": "b", "role": long, "member": format!("{long}:allUsers")}),
            ),
            1,
        ),
    ] {
        assert_eq!(fits(vec![resource.clone()]), expected, "{resource:?}");
    }
}

#[test]
fn buckets_of_other_stores() {
    for (kind, word, expected) in [
        ("digitalocean_spaces_bucket", "public-read", 1),
        ("digitalocean_spaces_bucket", "private", 0),
        ("digitalocean_spaces_bucket_object", "public-read", 1),
        ("linode_object_storage_bucket", "public-read-write", 1),
        ("scaleway_object_bucket_acl", "private", 0),
    ] {
        let found = judged(vec![Resource::create(
            &format!("{kind}.x"),
            json!({"acl": word}),
        )]);
        assert_eq!(found.len(), expected, "{kind} {word} {found:?}");
    }
}

#[test]
fn what_forbids_public_access_and_is_known_only_after_apply() {
    for (kind, path, safe, open) in [
        (
            "google_storage_bucket",
            "public_access_prevention",
            json!("enforced"),
            json!("inherited"),
        ),
        (
            "azurerm_storage_account",
            "allow_nested_items_to_be_public",
            json!(false),
            json!(true),
        ),
    ] {
        let address = format!("{kind}.x");
        let update = |after: Json| {
            judged(vec![Resource::update(
                &address,
                json!({path: safe}),
                json!({path: after}),
            )])
        };
        assert_eq!(
            update(unknown()),
            [format!("block-removed undetermined {address} [{path}]")]
        );
        assert_eq!(
            update(open),
            [format!("block-removed violation {address} [{path}]")]
        );
        assert_eq!(update(safe.clone()), [""; 0]);
    }
}
