#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn settings(kind: &str, text: &str) -> Settings {
    let pairs = text.split_whitespace().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        // A question mark stands for an expression.
        (name.to_owned(), (value != "?").then(|| value.to_owned()))
    });
    Settings::new(kind, pairs, true)
}

#[test]
fn the_table_says_one_thing_of_each_setting() {
    let mut kinds: Vec<&str> = TABLE.iter().map(|row| row.kind).collect();
    let all = kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, all, "sorted, and each once");
    for row in TABLE {
        let lists = [
            row.identity,
            row.address,
            row.endpoint,
            row.route,
            row.credentials,
            row.others,
        ];
        let mut names: Vec<&str> = lists.into_iter().flatten().copied().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{} has a setting twice", row.kind);
        for (name, _) in row.defaults {
            assert!(names.contains(name), "{} has no {name}", row.kind);
        }
        let (used, _) = settings(row.kind, "").object(row.naming, "staging");
        for name in used {
            let platform = row.naming == Naming::Platform;
            assert!(
                row.identity.contains(name) || platform,
                "{} does not name by {name}",
                row.kind
            );
        }
    }
}

#[test]
fn credentials_are_told_by_name_and_by_value() {
    for (kind, name, value, expected) in [
        (Some("s3"), "secret_key", "x", true),
        (Some("s3"), "key", "app/state", false),
        (
            Some("s3"),
            "assume_role.role_arn",
            "arn:aws:iam::1:role/x",
            false,
        ),
        (
            Some("s3"),
            "assume_role_with_web_identity.web_identity_token",
            "x",
            true,
        ),
        (Some("swift"), "key", "x", true),
        (Some("gcs"), "encryption_key", "x", true),
        (Some("gcs"), "kms_encryption_key", "projects/x", false),
        (Some("gcs"), "credentials", "key.json", true),
        (Some("consul"), "access_token", "x", true),
        (Some("http"), "headers.Authorization", "x", true),
        (Some("http"), "address", "https://states.example/a", false),
        (
            Some("http"),
            "address",
            "https://ann:hunter2@states.example/a",
            true,
        ),
        (
            Some("http"),
            "address",
            "https://states.example/a?token=hunter2",
            true,
        ),
        (
            Some("http"),
            "lock_address",
            "https://ann:hunter2@states.example/a",
            true,
        ),
        (Some("pg"), "conn_str", "postgres://db/x", false),
        (Some("pg"), "conn_str", "postgres://ann:hunter2@db/x", true),
        (
            Some("pg"),
            "conn_str",
            "postgres://db/x?password=hunter2",
            true,
        ),
        (Some("pg"), "conn_str", "host=db password='hunter 2'", true),
        (Some("kubernetes"), "secret_suffix", "x", false),
        (Some("azurerm"), "client_secret_file_path", "x", false),
        (Some("of-tomorrow"), "api_token", "x", true),
        (Some("of-tomorrow"), "api_token_file", "x", false),
        (None, "access_key", "x", true),
        (None, "sas_token", "x", true),
        (None, "client_key", "x", true),
        (None, "key", "app/state", false),
        (None, "bucket", "x", false),
        (None, "conn_str", "postgres://ann:hunter2@db/x", true),
        (None, "new_secret", "x", true),
        (None, "region", "eu-west-1", false),
    ] {
        assert_eq!(
            is_credential(kind, name, Some(value)),
            expected,
            "{kind:?} {name} {value}"
        );
    }
}

#[test]
fn no_settings_hold_a_credential() {
    for (kind, text) in [
        ("s3", "secret_key=hunter2 token=hunter2 bucket=b"),
        (
            "http",
            "address=https://ann:hunter2@h/a?x=1&sig=hunter2 password=hunter2",
        ),
        ("http", "lock_address=https://ann:hunter/2@h/hunter2@h/a"),
        (
            "pg",
            "conn_str=postgres://ann:hunter2@db/x?sslpassword=hunter2",
        ),
        (
            "of-tomorrow",
            "client_secret=hunter2 url=https://a:hunter2@b/c",
        ),
    ] {
        let shown = format!("{:?}", settings(kind, text));
        assert!(!shown.contains("hunter"), "{shown}");
    }
    let libpq = Settings::new(
        "pg",
        [(
            "conn_str".to_owned(),
            Some("host=db dbname=x user=ann password='hunter 2'".to_owned()),
        )],
        true,
    );
    assert_eq!(libpq.get("conn_str"), Some("postgres://db/x"));
}

#[test]
fn differences_are_of_the_state_alone() {
    for (kind, wanted, found, expected) in [
        (
            "s3",
            "bucket=a key=k",
            "bucket=a key=k region=r dynamodb_table=t",
            "",
        ),
        (
            "s3",
            "bucket=a key=k region=q",
            "bucket=a key=k region=r",
            "region `q` `r`",
        ),
        ("s3", "bucket=a key=k", "bucket=a key=l", "key `k` `l`"),
        ("s3", "bucket=a key=?", "bucket=a key=l", ""),
        ("s3", "bucket=a", "bucket=a workspace_key_prefix=env:", ""),
        (
            "s3",
            "bucket=a",
            "bucket=a workspace_key_prefix=w",
            "workspace_key_prefix not set `w`",
        ),
        (
            "pg",
            "conn_str=postgres://a:x@db/x",
            "conn_str=postgresql://b:y@DB:5432/x",
            "",
        ),
        (
            "pg",
            "conn_str=postgres://db/x",
            "conn_str=postgres://db/y",
            "conn_str `postgres://db/x` `postgres://db/y`",
        ),
        (
            "pg",
            "conn_str=postgres://db/x",
            "conn_str=postgres://db/x table_name=t",
            "table_name not set `t`",
        ),
        (
            "remote",
            "organization=a workspaces=?",
            "organization=a workspaces.name=x",
            "",
        ),
        ("of-tomorrow", "place=a", "place=b", "place `a` `b`"),
        (
            "s3",
            "bucket=a of_tomorrow=a",
            "bucket=a of_tomorrow=b",
            "of_tomorrow `a` `b`",
        ),
    ] {
        let differences = settings(kind, wanted).differences(&settings(kind, found));
        let shown: Vec<String> = differences
            .iter()
            .map(|each| format!("{} {} {}", each.name, each.wanted, each.found))
            .collect();
        assert_eq!(shown.join(", "), expected, "{kind} {wanted} | {found}");
    }
    let kinds = settings("s3", "").differences(&settings("gcs", ""));
    assert_eq!(kinds.len(), 1);
}

#[test]
fn states_are_told_apart_in_every_backend() {
    use Relation::{Different, Same, Unknown};
    for (kind, one, first, other, second, expected) in [
        ("local", "", "default", "", "default", Same),
        ("local", "", "staging", "", "production", Different),
        ("local", "path=a", "staging", "path=b", "staging", Same),
        ("local", "path=a", "default", "path=./a", "default", Same),
        (
            "local",
            "path=terraform.tfstate.d/x/terraform.tfstate",
            "default",
            "",
            "x",
            Same,
        ),
        ("local", "path=?", "default", "path=a", "default", Unknown),
        ("local", "path=?", "x", "path=a", "x", Same),
        (
            "s3",
            "bucket=b key=k",
            "default",
            "bucket=b key=k region=eu-west-1",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=b key=/k",
            "default",
            "bucket=b key=k",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=b key=k",
            "x",
            "bucket=b key=k",
            "y",
            Different,
        ),
        (
            "s3",
            "bucket=b key=env:/x/k",
            "default",
            "bucket=b key=k",
            "x",
            Same,
        ),
        // In a workspace the tool cleans what it joins, and elsewhere it does not.
        (
            "s3",
            "bucket=b key=a//k",
            "x",
            "bucket=b key=a/k",
            "x",
            Same,
        ),
        (
            "s3",
            "bucket=b key=a/./b/../k",
            "x",
            "bucket=b key=env:/x/a/k",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=b key=a//k",
            "default",
            "bucket=b key=a/k",
            "default",
            Different,
        ),
        (
            "s3",
            "bucket=b key=k",
            "x",
            "bucket=b key=k workspace_key_prefix=p",
            "x",
            Different,
        ),
        (
            "s3",
            "bucket=b key=k endpoint=http://h",
            "default",
            "bucket=b key=k endpoints.s3=http://h/",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=b key=k endpoint=http://h",
            "default",
            "bucket=b key=k",
            "default",
            Different,
        ),
        (
            "s3",
            "bucket=b key=k endpoint=http://localhost:9000",
            "default",
            "bucket=b key=k endpoints.s3=http://127.0.0.1:9000/",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=b key=k endpoint=http://localhost:9000",
            "default",
            "bucket=b key=k endpoint=http://127.0.0.1:9001",
            "default",
            Different,
        ),
        (
            "http",
            "address=http://[::1]:8080/state",
            "default",
            "address=http://LOCALHOST.:8080/state",
            "default",
            Same,
        ),
        (
            "pg",
            "conn_str=postgres://ann@127.0.0.1/states",
            "default",
            "conn_str=postgres:///states",
            "default",
            Same,
        ),
        (
            "consul",
            "path=p address=127.0.0.1:8500",
            "x",
            "path=p address=localhost:8500",
            "x",
            Same,
        ),
        (
            "s3",
            "bucket=b key=k profile=x",
            "default",
            "bucket=b key=k profile=y",
            "default",
            Same,
        ),
        (
            "s3",
            "bucket=? key=k",
            "default",
            "bucket=b key=l",
            "default",
            Different,
        ),
        (
            "gcs",
            "bucket=b",
            "default",
            "bucket=b prefix=",
            "default",
            Same,
        ),
        (
            "gcs",
            "bucket=b prefix=p",
            "x",
            "bucket=b prefix=q",
            "x",
            Different,
        ),
        (
            "azurerm",
            "storage_account_name=a container_name=c key=k",
            "x",
            "storage_account_name=a container_name=c key=kenv:x",
            "default",
            Same,
        ),
        (
            "azurerm",
            "storage_account_name=a container_name=c key=k resource_group_name=g",
            "x",
            "storage_account_name=a container_name=c key=k resource_group_name=h",
            "x",
            Same,
        ),
        ("consul", "path=p", "x", "path=p", "y", Different),
        (
            "consul",
            "path=p address=a",
            "x",
            "path=p address=b",
            "x",
            Different,
        ),
        (
            "cos",
            "bucket=b",
            "x",
            "bucket=b key=terraform.tfstate",
            "x",
            Same,
        ),
        (
            "oss",
            "bucket=b prefix=p",
            "x",
            "bucket=b prefix=p",
            "default",
            Different,
        ),
        (
            "oci",
            "bucket=b namespace=n",
            "x",
            "bucket=b namespace=m",
            "x",
            Different,
        ),
        (
            "kubernetes",
            "secret_suffix=s",
            "x",
            "secret_suffix=s namespace=default",
            "x",
            Same,
        ),
        (
            "kubernetes",
            "secret_suffix=s namespace=n",
            "x",
            "secret_suffix=s",
            "x",
            Different,
        ),
        (
            "pg",
            "conn_str=postgres://a:b@db/x",
            "x",
            "conn_str=postgres://c:d@db/x",
            "x",
            Same,
        ),
        (
            "pg",
            "conn_str=postgres://db/x schema_name=s",
            "x",
            "conn_str=postgres://db/x",
            "x",
            Different,
        ),
        (
            "http",
            "address=http://h/a",
            "x",
            "address=http://h/a",
            "y",
            Same,
        ),
        (
            "http",
            "address=http://h/a?id=1",
            "x",
            "address=http://h/a?id=2",
            "x",
            Different,
        ),
        ("inmem", "", "x", "", "x", Different),
        ("of-tomorrow", "place=a", "x", "place=a", "x", Same),
        ("of-tomorrow", "place=a", "x", "place=a", "y", Different),
    ] {
        let at = |text: &str, workspace: &str| {
            settings(kind, text).location(workspace, |path| {
                super::super::clean(&Path::new("/project").join(path))
            })
        };
        let relation = at(one, first).relation(&at(other, second));
        assert_eq!(
            relation, expected,
            "{kind}: {one} {first} | {other} {second}"
        );
        assert_eq!(
            at(other, second).relation(&at(one, first)),
            expected,
            "the other way round: {kind}"
        );
    }
    let platform = settings("cloud", "organization=o workspaces.name=a")
        .location("default", Path::to_path_buf);
    let remote =
        settings("remote", "organization=o workspaces.prefix=a").location("", Path::to_path_buf);
    assert_eq!(platform.relation(&remote), Same);
}
