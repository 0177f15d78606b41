#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::account::{Identity, Unknown};
use super::backend::Initialised;
use super::branch::Found as Branch;
use super::workspace::{By, Found};
use super::*;
use crate::configuration::backend::Settings;
use crate::layout::From;

fn setting<T>(value: T) -> Setting<T> {
    Setting {
        value,
        from: From::Configured("tollgate.toml:4".to_owned()),
    }
}

fn said(refusal: Option<Refusal>) -> Option<String> {
    refusal.map(|refusal| format!("{refusal}; {}", refusal.help))
}

#[test]
fn workspaces() {
    let expected = setting("staging".to_owned());
    for (name, by, directory, wanted) in [
        ("staging", By::Selection, ".", None),
        ("staging", By::Variable, ".", None),
        (
            "default",
            By::Default,
            ".",
            Some(
                "workspace: expected `staging` (tollgate.toml:4), found `default`; `tofu workspace select staging`; or if it is new, `workspace new`",
            ),
        ),
        (
            "production",
            By::Selection,
            "infra",
            Some(
                "workspace: expected `staging` (tollgate.toml:4), found `production`; `tofu -chdir=infra workspace select staging`; or if it is new, `workspace new`",
            ),
        ),
        (
            "production",
            By::Variable,
            "infra",
            Some(
                "workspace: expected `staging` (tollgate.toml:4), found `production` (by TF_WORKSPACE); `unset TF_WORKSPACE`, or set it to staging",
            ),
        ),
    ] {
        let found = Found {
            name: name.to_owned(),
            by,
        };
        let refusal = workspace::compare(&expected, &found, "tofu", Path::new(directory));
        assert_eq!(said(refusal).as_deref(), wanted, "{name} {by:?}");
    }
}

#[test]
fn the_selected_workspace_is_what_the_tools_wrote_down() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".terraform")).unwrap();
    for (text, expected) in [
        (None, ("default", By::Default)),
        (Some("staging"), ("staging", By::Selection)),
        (Some("staging\n"), ("staging", By::Selection)),
        (Some(""), ("default", By::Default)),
    ] {
        if let Some(text) = text {
            fs::write(folder.path().join(".terraform/environment"), text).unwrap();
        }
        let found = workspace::read(folder.path());
        assert_eq!((found.name.as_str(), found.by), expected, "{text:?}");
    }
}

fn backend(kind: &str, settings: &[(&str, Option<&str>)], complete: bool) -> Settings {
    let settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.map(ToOwned::to_owned)));
    Settings::new(kind, settings, complete)
}

#[test]
fn backends() {
    let here = [
        ("bucket", Some("state")),
        ("key", Some("media/staging")),
        ("region", Some("eu-west-1")),
        ("encrypt", Some("true")),
    ];
    let found = Initialised::For(backend("s3", &here, true));
    for (kind, wanted, complete, expected) in [
        ("s3", &here[..], true, None),
        // What says nothing of where the state is.
        (
            "s3",
            &[
                ("bucket", Some("state")),
                ("key", Some("media/staging")),
                ("encrypt", Some("false")),
            ],
            true,
            None,
        ),
        // An expression cannot be told.
        (
            "s3",
            &[("bucket", None), ("key", Some("media/staging"))],
            true,
            None,
        ),
        // Told by somebody else.
        ("s3", &[], false, None),
        ("s3", &[("bucket", Some("state"))], false, None),
        (
            "s3",
            &[("bucket", Some("state"))],
            true,
            Some("backend: expected key not set, found key `media/staging`"),
        ),
        (
            "s3",
            &[("bucket", Some("state")), ("key", Some("media/production"))],
            true,
            Some("backend: expected key `media/production`, found key `media/staging`"),
        ),
        (
            "s3",
            &[("bucket", Some("other")), ("key", Some("media/production"))],
            false,
            Some(
                "backend: expected bucket `other`, key `media/production`, found bucket `state`, key `media/staging`",
            ),
        ),
        (
            "s3",
            &[
                ("bucket", Some("state")),
                ("key", Some("media/staging")),
                ("workspace_key_prefix", Some("w")),
            ],
            true,
            Some("backend: expected workspace_key_prefix `w`, found workspace_key_prefix not set"),
        ),
        (
            "local",
            &[],
            false,
            Some("backend: expected type local, found type s3"),
        ),
    ] {
        let wanted = backend(kind, wanted, complete);
        let refusal = backend::compare(&wanted, &found, "tofu", Path::new("."));
        assert_eq!(refusal.map(|each| each.to_string()).as_deref(), expected);
    }
    let wanted = backend("s3", &here, true);
    assert_eq!(
        backend::compare(&wanted, &Initialised::Not, "tofu", Path::new(".")),
        None
    );
    let refusal = backend::compare(
        &wanted,
        &Initialised::Unreadable("it is no JSON".into()),
        "tofu",
        Path::new("x"),
    );
    assert_eq!(
        said(refusal).as_deref(),
        Some(
            "backend: expected `s3`, found nothing that can be read (it is no JSON); `tofu -chdir=x init -reconfigure` with the backend settings of this environment"
        )
    );
}

#[test]
fn what_a_directory_is_initialised_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join(".terraform");
    assert_eq!(backend::initialised(folder.path()), Initialised::Not);
    fs::create_dir(&data).unwrap();
    for (text, expected) in [
        (r#"{"version": 3}"#, Initialised::Not),
        (
            r#"{"backend": {"type": "s3", "config": {"bucket": "b", "key": null, "encrypt": true, "secret_key": "hunter2", "token": "hunter2",
            "endpoints": {"s3": "http://x", "sts": null}, "assume_role": [{"role_arn": "r"}]}}}"#,
            Initialised::For(backend(
                "s3",
                &[
                    ("bucket", Some("b")),
                    ("encrypt", Some("true")),
                    ("endpoints.s3", Some("http://x")),
                    ("assume_role.role_arn", Some("r")),
                ],
                true,
            )),
        ),
        (
            r#"{"backend": {"type": "local", "config": {"path": "p"}}}"#,
            Initialised::For(backend("local", &[("path", Some("p"))], true)),
        ),
    ] {
        fs::write(data.join("terraform.tfstate"), text).unwrap();
        assert_eq!(backend::initialised(folder.path()), expected, "{text}");
    }
    fs::write(data.join("terraform.tfstate"), "{").unwrap();
    assert!(
        matches!(backend::initialised(folder.path()), Initialised::Unreadable(why) if why.contains("is no JSON"))
    );
}

#[test]
fn accounts() {
    let expected = setting("123456789012".to_owned());
    let identity = |account: &str| {
        Ok(Identity {
            account: account.to_owned(),
            arn: format!("arn:aws:iam::{account}:user/ann"),
        })
    };
    for (found, wanted) in [
        (identity("123456789012"), None),
        (
            identity("210987654321"),
            Some(
                "AWS account: expected `123456789012` (tollgate.toml:4), found `210987654321` as `arn:aws:iam::210987654321:user/ann`",
            ),
        ),
        (
            Err(Unknown {
                why: "there are no AWS credentials".to_owned(),
                next: None,
            }),
            Some(
                "AWS account: expected `123456789012` (tollgate.toml:4), found none that can be asked: there are no AWS credentials",
            ),
        ),
    ] {
        let refusal = account::compare(&expected, &found);
        assert_eq!(refusal.map(|each| each.to_string()).as_deref(), wanted);
    }
}

#[test]
fn what_ci_says_counts_for_its_own_commit() {
    const HERE: &str = "1111111111111111111111111111111111111111";
    const OTHER: &str = "2222222222222222222222222222222222222222";
    let ci = |name: &str, variable| Branch::Ci {
        name: name.to_owned(),
        variable,
    };
    let detached = |stale: Option<(&'static str, &str, &str)>| Branch::Detached {
        commit: HERE.to_owned(),
        stale: stale.map(|(variable, name, of)| (variable, name.to_owned(), of.to_owned())),
    };
    for (variables, expected) in [
        (&[][..], detached(None)),
        (
            &[("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", HERE)],
            ci("main", "GITHUB_REF"),
        ),
        (
            &[("GITHUB_REF", "refs/heads/release/1"), ("GITHUB_SHA", HERE)],
            ci("release/1", "GITHUB_REF"),
        ),
        // A tag by the name of a branch, and a pull request.
        (
            &[("GITHUB_REF", "refs/tags/main"), ("GITHUB_SHA", HERE)],
            detached(None),
        ),
        (
            &[("GITHUB_REF", "refs/pull/7/merge"), ("GITHUB_SHA", HERE)],
            detached(None),
        ),
        (
            &[("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", OTHER)],
            detached(Some(("GITHUB_REF", "main", OTHER))),
        ),
        (
            &[("GITHUB_REF", "refs/heads/main")],
            detached(Some(("GITHUB_REF", "main", ""))),
        ),
        (
            &[("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_SHA", HERE)],
            ci("main", "CI_COMMIT_BRANCH"),
        ),
        (
            &[("CI_COMMIT_BRANCH", ""), ("CI_COMMIT_SHA", HERE)],
            detached(None),
        ),
        (
            &[
                ("BUILD_SOURCEBRANCH", "refs/heads/main"),
                ("BUILD_SOURCEVERSION", HERE),
            ],
            ci("main", "BUILD_SOURCEBRANCH"),
        ),
        (
            &[("GIT_BRANCH", "origin/main"), ("GIT_COMMIT", HERE)],
            ci("main", "GIT_BRANCH"),
        ),
        (
            &[
                ("GITHUB_REF", "refs/heads/main"),
                ("GITHUB_SHA", OTHER),
                ("CIRCLE_BRANCH", "other"),
                ("CIRCLE_SHA1", HERE),
            ],
            ci("other", "CIRCLE_BRANCH"),
        ),
    ] {
        let find = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(branch::of_ci(HERE, find), expected, "{variables:?}");
    }
}

#[test]
fn branches() {
    let allowed = [setting("main".to_owned()), setting("release/*".to_owned())];
    let commit = "0123456789abcdef0123456789abcdef01234567".to_owned();
    for (found, wanted) in [
        (Branch::Branch("main".into()), None),
        (Branch::Branch("release/1.2".into()), None),
        (
            Branch::Ci {
                name: "main".into(),
                variable: "GITHUB_REF",
            },
            None,
        ),
        (
            Branch::Branch("feature".into()),
            Some("branch: expected `main`, `release/*` (tollgate.toml:4), found `feature`"),
        ),
        (
            Branch::Ci {
                name: "feature".into(),
                variable: "GITHUB_REF",
            },
            Some(
                "branch: expected `main`, `release/*` (tollgate.toml:4), found `feature` (by GITHUB_REF)",
            ),
        ),
        (
            Branch::Detached {
                commit: commit.clone(),
                stale: None,
            },
            Some(
                "branch: expected `main`, `release/*` (tollgate.toml:4), found commit 0123456789ab of no branch",
            ),
        ),
        (
            Branch::Detached {
                commit,
                stale: Some(("GITHUB_REF", "main".into(), "ffff".into())),
            },
            Some(
                "branch: expected `main`, `release/*` (tollgate.toml:4), found commit 0123456789ab of no branch; GITHUB_REF says `main` for commit `ffff`",
            ),
        ),
        (
            Branch::Unknown("not a git repository".into()),
            Some(
                "branch: expected `main`, `release/*` (tollgate.toml:4), found nothing that git could tell (`not a git repository`)",
            ),
        ),
    ] {
        let refusal = branch::compare(&allowed, &found);
        assert_eq!(refusal.map(|each| each.to_string()).as_deref(), wanted);
    }
}

fn git(directory: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {done:?}");
}

#[test]
fn a_real_repository() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let clean = setting(true);
    assert!(matches!(branch::read(at), Branch::Unknown(_)));
    assert!(tree::compare(&clean, &tree::read(at)).is_some());
    assert_eq!(git::Head::read(at), None);
    git(at, &["init", "-q"]);
    fs::create_dir(at.join("infra")).unwrap();
    fs::write(at.join("infra/main.tf"), "").unwrap();
    fs::write(at.join(".gitignore"), "ignored\n").unwrap();
    git(at, &["add", "."]);
    git(at, &["commit", "-qm", "one"]);
    let infra = at.join("infra");
    assert_eq!(branch::read(&infra), Branch::Branch("main".into()));
    assert_eq!(tree::read(&infra), Ok(Vec::new()));
    assert_eq!(tree::compare(&clean, &tree::read(&infra)), None);
    let head = git::Head::read(&infra).unwrap();
    assert_eq!(
        (head.branch.as_deref(), head.clean, head.commit.len()),
        (Some("main"), true, 40)
    );

    fs::write(at.join("ignored"), "").unwrap();
    crate::deploy::folder::make(at).unwrap();
    assert_eq!(
        tree::read(&infra),
        Ok(Vec::new()),
        "what git ignores, and ours"
    );
    fs::write(at.join("ä new.tf"), "").unwrap();
    fs::write(at.join("infra/main.tf"), "# changed").unwrap();
    let refusal = tree::compare(&clean, &tree::read(&infra));
    assert_eq!(
        refusal.map(|each| each.to_string()).as_deref(),
        Some(
            "working tree: expected nothing uncommitted (tollgate.toml:4), found changes in `infra/main.tf`, `ä new.tf`"
        )
    );
    assert!(!git::Head::read(at).unwrap().clean);
    git(at, &["checkout", "-q", "--detach"]);
    assert!(
        matches!(branch::read(at), Branch::Detached { commit, stale: None } if commit == head.commit)
    );
}
