#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::account::{Identity, Unknown};
use super::backend::Initialised;
use super::branch::Found as Branch;
use super::workspace::{By, Found};
use super::*;
use crate::hcl::backend::Settings;
use crate::layout::Provenance;

fn setting<T>(value: T) -> Setting<T> {
    Setting {
        value,
        from: Provenance::Configured("tollgate.toml:4".to_owned()),
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
                "workspace: expected `staging` (tollgate.toml:4), found `default`; `tofu workspace select staging`; or if it is new, `tofu workspace new staging`",
            ),
        ),
        (
            "production",
            By::Selection,
            "infra",
            Some(
                "workspace: expected `staging` (tollgate.toml:4), found `production`; `tofu -chdir=infra workspace select staging`; or if it is new, `tofu -chdir=infra workspace new staging`",
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
    let none = |variable: &str, value: &str| Branch::NoBranch {
        variable: variable.to_owned(),
        value: value.to_owned(),
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
            none("GITHUB_REF", "refs/pull/7/merge"),
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
        // The event first. A pull request names the branch that it goes to, or one of its author's.
        (
            &[
                ("GITHUB_EVENT_NAME", "pull_request_target"),
                ("GITHUB_REF", "refs/heads/main"),
                ("GITHUB_SHA", HERE),
            ],
            none("GITHUB_EVENT_NAME", "pull_request_target"),
        ),
        (
            &[
                ("DRONE_BUILD_EVENT", "push"),
                ("DRONE_BRANCH", "main"),
                ("DRONE_COMMIT", HERE),
            ],
            ci("main", "DRONE_BRANCH"),
        ),
        (
            &[
                ("DRONE_BUILD_EVENT", "pull_request"),
                ("DRONE_BRANCH", "main"),
                ("DRONE_COMMIT", HERE),
            ],
            none("DRONE_BUILD_EVENT", "pull_request"),
        ),
        (
            &[("DRONE_BRANCH", "main"), ("DRONE_COMMIT", HERE)],
            none("DRONE_BUILD_EVENT", "nothing"),
        ),
        (
            &[
                ("DRONE_BUILD_EVENT", "promote"),
                ("DRONE_BRANCH", "main"),
                ("DRONE_COMMIT_REF", "refs/pull/7/head"),
                ("DRONE_COMMIT", HERE),
            ],
            none("DRONE_COMMIT_REF", "refs/pull/7/head"),
        ),
        (
            &[
                ("CI", "woodpecker"),
                ("CI_PIPELINE_EVENT", "cron"),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
            ],
            ci("main", "CI_COMMIT_BRANCH"),
        ),
        (
            &[
                ("CI", "woodpecker"),
                ("CI_PIPELINE_EVENT", "pull_request"),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
            ],
            none("CI_PIPELINE_EVENT", "pull_request"),
        ),
        (
            &[
                ("CI", "woodpecker"),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
            ],
            none("CI_PIPELINE_EVENT", "nothing"),
        ),
        (
            &[
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "external_pull_request_event"),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
            ],
            none("CI_PIPELINE_SOURCE", "external_pull_request_event"),
        ),
        (
            &[
                ("BUILDKITE_PULL_REQUEST", "false"),
                ("BUILDKITE_TAG", ""),
                ("BUILDKITE_BRANCH", "main"),
                ("BUILDKITE_COMMIT", HERE),
            ],
            ci("main", "BUILDKITE_BRANCH"),
        ),
        (
            &[
                ("BUILDKITE_PULL_REQUEST", "7"),
                ("BUILDKITE_BRANCH", "main"),
                ("BUILDKITE_COMMIT", HERE),
            ],
            none("BUILDKITE_PULL_REQUEST", "7"),
        ),
        (
            &[
                ("BUILDKITE_PULL_REQUEST", "false"),
                ("BUILDKITE_TAG", "release/1"),
                ("BUILDKITE_BRANCH", "release/1"),
                ("BUILDKITE_COMMIT", HERE),
            ],
            none("BUILDKITE_TAG", "release/1"),
        ),
        (
            &[
                ("BITBUCKET_BRANCH", "main"),
                ("BITBUCKET_PR_ID", "7"),
                ("BITBUCKET_COMMIT", HERE),
            ],
            none("BITBUCKET_PR_ID", "7"),
        ),
        (
            &[
                ("BUILD_REASON", "PullRequest"),
                ("BUILD_SOURCEBRANCH", "refs/heads/main"),
                ("BUILD_SOURCEVERSION", HERE),
            ],
            none("BUILD_REASON", "PullRequest"),
        ),
        (
            &[
                ("CIRCLE_PR_NUMBER", "7"),
                ("CIRCLE_BRANCH", "main"),
                ("CIRCLE_SHA1", HERE),
            ],
            none("CIRCLE_PR_NUMBER", "7"),
        ),
        (
            &[
                ("TRAVIS_EVENT_TYPE", "push"),
                ("TRAVIS_PULL_REQUEST", "false"),
                ("TRAVIS_BRANCH", "main"),
                ("TRAVIS_COMMIT", HERE),
            ],
            ci("main", "TRAVIS_BRANCH"),
        ),
        (
            &[
                ("TRAVIS_EVENT_TYPE", "push"),
                ("TRAVIS_TAG", "main"),
                ("TRAVIS_BRANCH", "main"),
                ("TRAVIS_COMMIT", HERE),
            ],
            none("TRAVIS_TAG", "main"),
        ),
        (
            &[
                ("SEMAPHORE_GIT_REF_TYPE", "pull-request"),
                ("SEMAPHORE_GIT_BRANCH", "main"),
                ("SEMAPHORE_GIT_SHA", HERE),
            ],
            none("SEMAPHORE_GIT_REF_TYPE", "pull-request"),
        ),
        (
            &[
                ("APPVEYOR_REPO_TAG", "false"),
                ("APPVEYOR_REPO_BRANCH", "main"),
                ("APPVEYOR_REPO_COMMIT", HERE),
            ],
            ci("main", "APPVEYOR_REPO_BRANCH"),
        ),
        (
            &[
                ("APPVEYOR_REPO_TAG", "true"),
                ("APPVEYOR_REPO_BRANCH", "main"),
                ("APPVEYOR_REPO_COMMIT", HERE),
            ],
            none("APPVEYOR_REPO_TAG", "true"),
        ),
        (
            &[
                ("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"),
                ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"),
                ("CODEBUILD_RESOLVED_SOURCE_VERSION", HERE),
            ],
            none("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"),
        ),
        (
            &[
                ("JENKINS_URL", "x"),
                ("BRANCH_NAME", "main"),
                ("GIT_BRANCH", "main"),
                ("GIT_COMMIT", HERE),
            ],
            ci("main", "BRANCH_NAME"),
        ),
        (
            &[
                ("GIT_BRANCH", "origin/main"),
                ("ghprbPullId", "7"),
                ("GIT_COMMIT", HERE),
            ],
            none("ghprbPullId", "7"),
        ),
        (
            &[("GIT_BRANCH", "origin/tags/main"), ("GIT_COMMIT", HERE)],
            detached(None),
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
        (
            &[
                ("CF_BUILD_ID", "1"),
                ("CF_BRANCH", "main"),
                ("CF_REVISION", HERE),
            ],
            ci("main", "CF_BRANCH"),
        ),
        (
            &[
                ("CF_BUILD_ID", "1"),
                ("CF_BRANCH", "main"),
                ("CF_REVISION", HERE),
                ("CF_PULL_REQUEST_NUMBER", "3"),
            ],
            none("CF_PULL_REQUEST_NUMBER", "3"),
        ),
        (
            &[
                ("GERRIT_CHANGE_NUMBER", "1"),
                ("GERRIT_EVENT_TYPE", "patchset-created"),
            ],
            none("GERRIT_EVENT_TYPE", "patchset-created"),
        ),
        (
            &[
                ("TF_VAR_spacelift_run_type", "TRACKED"),
                ("TF_VAR_spacelift_commit_branch", "main"),
                ("TF_VAR_spacelift_commit_sha", HERE),
            ],
            ci("main", "TF_VAR_spacelift_commit_branch"),
        ),
        (
            &[("TF_VAR_spacelift_run_type", "PROPOSED")],
            none("TF_VAR_spacelift_run_type", "PROPOSED"),
        ),
        // Of systems that nobody here knows.
        (&[("_PR_NUMBER", "3")], none("_PR_NUMBER", "3")),
        (&[("PULL_REQUEST", "true")], none("PULL_REQUEST", "true")),
        (
            &[("NEWCI_PULL_REQUEST_ID", "9")],
            none("NEWCI_PULL_REQUEST_ID", "9"),
        ),
        (
            &[("NEWCI_EVENT", "pull_request")],
            none("NEWCI_EVENT", "pull_request"),
        ),
        (&[("PULL_REQUEST", "false")], detached(None)),
        (&[("SUPR_ID", "9")], detached(None)),
        (&[("ENABLE_PULL_REQUEST_COMMENTS", "true")], detached(None)),
        // One that has what a known one has, and its own event.
        (
            &[
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
                ("CI_BUILD_EVENT", "pull_request"),
            ],
            none("CI_BUILD_EVENT", "pull_request"),
        ),
        // Of a branch that is to be merged elsewhere.
        (
            &[
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_SHA", HERE),
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_OPEN_MERGE_REQUESTS", "group/project!333"),
            ],
            ci("main", "CI_COMMIT_BRANCH"),
        ),
    ] {
        let all = variables.iter();
        let all = all
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(branch::of_ci(HERE, &all), expected, "{variables:?}");
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
        let refusal = branch::compare(&allowed, &[], &found, &tag::Tagged::No);
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
    assert!(tree::compare(&clean, &tree::read(at, &[])).is_some());
    assert_eq!(git::Head::read(at), None);
    git(at, &["init", "-q"]);
    fs::create_dir(at.join("infra")).unwrap();
    fs::write(at.join("infra/main.tf"), "").unwrap();
    fs::write(at.join(".gitignore"), "ignored\n").unwrap();
    git(at, &["add", "."]);
    git(at, &["commit", "-qm", "one"]);
    let infra = at.join("infra");
    assert_eq!(branch::read(&infra), Branch::Branch("main".into()));
    assert_eq!(tree::read(&infra, &[]), Ok(Vec::new()));
    assert_eq!(tree::compare(&clean, &tree::read(&infra, &[])), None);
    let head = git::Head::read(&infra).unwrap();
    assert_eq!(
        (head.branch.as_deref(), head.clean, head.commit.len()),
        (Some("main"), true, 40)
    );

    fs::write(at.join("ignored"), "").unwrap();
    crate::deploy::folder::make(at).unwrap();
    assert_eq!(
        tree::read(&infra, &[]),
        Ok(Vec::new()),
        "what git ignores, and ours"
    );
    fs::write(at.join("ä new.tf"), "").unwrap();
    fs::write(at.join("infra/main.tf"), "# changed").unwrap();
    let refusal = tree::compare(&clean, &tree::read(&infra, &[]));
    assert_eq!(
        refusal.map(|each| each.to_string()).as_deref(),
        Some(
            "working tree: expected nothing uncommitted (tollgate.toml:4), found changes in `infra/main.tf`, `ä new.tf`"
        )
    );
    assert!(!git::Head::read(at).unwrap().clean);

    // What git was told to overlook, and what it ignores although the tool reads it.
    fs::remove_file(at.join("ä new.tf")).unwrap();
    git(at, &["update-index", "--assume-unchanged", "infra/main.tf"]);
    let said = |reads: &[&str]| {
        let reads: Vec<_> = reads.iter().map(|name| at.join(name)).collect();
        let refusal = tree::compare(&clean, &tree::read(&infra, &reads));
        refusal.map(|each| each.to_string()).unwrap_or_default()
    };
    let hidden = said(&[]);
    assert!(
        hidden.contains("`infra/main.tf` (which git was told"),
        "{hidden}"
    );
    git(
        at,
        &["update-index", "--no-assume-unchanged", "infra/main.tf"],
    );
    git(at, &["update-index", "--skip-worktree", "infra/main.tf"]);
    assert_eq!(said(&[]), hidden);
    fs::write(at.join("infra/main.tf"), "").unwrap();
    assert_eq!(said(&["infra/main.tf"]), "");
    // As in a sparse checkout.
    fs::remove_file(at.join("infra/main.tf")).unwrap();
    assert_eq!(said(&[]), "");
    git(at, &["update-index", "--no-skip-worktree", "infra/main.tf"]);
    git(at, &["checkout", "-q", "infra/main.tf"]);
    let ignored = said(&["ignored", "infra/main.tf", "not-there"]);
    assert!(
        ignored.contains("`ignored` (which git does not track"),
        "{ignored}"
    );
    assert!(!ignored.contains("main.tf"), "{ignored}");

    git(at, &["checkout", "-q", "--detach"]);
    assert!(
        matches!(branch::read(at), Branch::Detached { commit, stale: None } if commit == head.commit)
    );
}

#[test]
fn tags_count_on_the_history_of_a_branch() {
    use super::tag::{self, Tagged};
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let commit = |name: &str| {
        fs::write(at.join(name), "").unwrap();
        git(at, &["add", "."]);
        git(at, &["commit", "-qm", name]);
    };
    git(at, &["init", "-q"]);
    commit("one");
    git(at, &["tag", "v1"]);
    commit("two");
    git(at, &["tag", "-am", "two", "v2"]);
    git(at, &["checkout", "-qb", "feature"]);
    commit("three");
    git(at, &["tag", "v3"]);
    let setting = |text: &str| setting(text.to_owned());
    let (tags, main) = ([setting("v*")], [setting("main")]);
    let yes = |name: &str| Tagged::Yes(name.to_owned());
    let aside = Tagged::Aside {
        tag: "v3".to_owned(),
        shallow: false,
    };
    for (at_tag, patterns, branches, expected) in [
        // Lightweight and annotated.
        ("v1", &tags[..], &main[..], yes("v1")),
        ("v2", &tags, &main, yes("v2")),
        ("v3", &tags, &main, aside.clone()),
        ("v3", &tags, &[][..], yes("v3")),
        ("v3", &[setting("w*")][..], &main, Tagged::No),
        ("v3", &[][..], &[][..], Tagged::No),
    ] {
        git(at, &["checkout", "-q", "--detach", at_tag]);
        let tagged = tag::read(at, patterns, branches);
        assert_eq!(tagged, expected, "{at_tag}");
    }
    let refused = |tagged: &Tagged| {
        let found = Branch::Detached {
            commit: "0123456789abcdef".to_owned(),
            stale: None,
        };
        branch::compare(&main, &tags, &found, tagged).map(|refusal| refusal.to_string())
    };
    assert_eq!(refused(&yes("v1")), None);
    let text = refused(&aside).unwrap();
    assert!(text.contains("expected `main` or a tag `v*`"), "{text}");
    assert!(
        text.contains("with the tag `v3`, which is on no branch"),
        "{text}"
    );
    // What the remote has counts, where it is known.
    git(at, &["update-ref", "refs/remotes/origin/main", "v1"]);
    git(at, &["checkout", "-q", "--detach", "v2"]);
    assert!(matches!(tag::read(at, &tags, &main), Tagged::Aside { .. }));
}
