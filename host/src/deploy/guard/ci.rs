//! What CI systems say of the commit that they checked out.
//!
//! In each of them a job for a pull request has variables with the name of a branch: the one that it
//! would go to, or the one that its author chose. So the event is looked at first, and only one that
//! is known to be of a branch lets the name count.

use std::collections::BTreeMap;

/// A CI system.
struct System {
    /// The variables with the branch, and what comes before its name; the first one that is set
    /// counts.
    branch: &'static [(&'static str, &'static str)],
    /// The variables with the commit.
    commit: &'static [&'static str],
    /// What has to be so that the other variables are this system's.
    is: Is,
    /// The event.
    event: Event,
    /// Variables that are set for a pull request or a tag, and for nothing else. Empty and `false`
    /// count as not set.
    never: &'static [&'static str],
    /// A variable that has the whole reference, where it is set.
    reference: Option<&'static str>,
}

/// How a system is told from another one with the same variables.
#[derive(Clone, Copy)]
enum Is {
    /// By its names, which nobody else has.
    Named,
    /// One of these variables is set.
    With(&'static [&'static str]),
    /// A variable has this value, or another one is set.
    Says(&'static str, &'static str, &'static str),
}

/// Where a system says what happened.
#[derive(Clone, Copy)]
enum Event {
    /// This variable has one of these values. Without one nothing is known.
    Always(&'static str, &'static [&'static str]),
    /// The same, where the variable is set: the name of the branch says that it is one.
    IfSet(&'static str, &'static [&'static str]),
    /// By [`System::never`] only.
    NotSaid,
}

const SYSTEMS: [System; 22] = [
    // GitHub, Gitea and Forgejo. With its prefix, because the short name of a tag looks the same.
    System {
        branch: &[("GITHUB_REF", "refs/heads/")],
        commit: &["GITHUB_SHA"],
        is: Is::Named,
        event: Event::IfSet(
            "GITHUB_EVENT_NAME",
            &[
                "push",
                "workflow_dispatch",
                "schedule",
                "repository_dispatch",
                "workflow_run",
                "release",
                "deployment",
                "create",
            ],
        ),
        never: &[],
        reference: None,
    },
    // Before GitLab, whose variables it has too: in a pull request with the branch that it goes to.
    System {
        branch: &[("CI_COMMIT_BRANCH", "")],
        commit: &["CI_COMMIT_SHA"],
        is: Is::Says("CI", "woodpecker", "CI_PIPELINE_EVENT"),
        event: Event::Always(
            "CI_PIPELINE_EVENT",
            &["push", "manual", "cron", "deployment"],
        ),
        never: &["CI_COMMIT_PULL_REQUEST", "CI_COMMIT_TAG"],
        reference: Some("CI_COMMIT_REF"),
    },
    System {
        branch: &[("CI_COMMIT_BRANCH", "")],
        commit: &["CI_COMMIT_SHA"],
        is: Is::With(&["GITLAB_CI", "CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_IID"]),
        event: Event::IfSet(
            "CI_PIPELINE_SOURCE",
            &[
                "push",
                "web",
                "schedule",
                "api",
                "trigger",
                "pipeline",
                "parent_pipeline",
                "chat",
                "webide",
            ],
        ),
        never: &[
            "CI_MERGE_REQUEST_IID",
            "CI_MERGE_REQUEST_ID",
            "CI_EXTERNAL_PULL_REQUEST_IID",
            "CI_COMMIT_TAG",
        ],
        reference: None,
    },
    // Azure Pipelines.
    System {
        branch: &[("BUILD_SOURCEBRANCH", "refs/heads/")],
        commit: &["BUILD_SOURCEVERSION"],
        is: Is::Named,
        event: Event::IfSet(
            "BUILD_REASON",
            &[
                "Manual",
                "IndividualCI",
                "BatchedCI",
                "Schedule",
                "ResourceTrigger",
                "BuildCompletion",
            ],
        ),
        never: &["SYSTEM_PULLREQUEST_PULLREQUESTID"],
        reference: None,
    },
    System {
        branch: &[("BITBUCKET_BRANCH", "")],
        commit: &["BITBUCKET_COMMIT"],
        is: Is::Named,
        event: Event::NotSaid,
        never: &[
            "BITBUCKET_PR_ID",
            "BITBUCKET_PR_DESTINATION_BRANCH",
            "BITBUCKET_TAG",
        ],
        reference: None,
    },
    System {
        branch: &[("CIRCLE_BRANCH", "")],
        commit: &["CIRCLE_SHA1"],
        is: Is::Named,
        event: Event::NotSaid,
        // CIRCLE_PULL_REQUEST is also set for a branch that is to be merged elsewhere.
        never: &["CIRCLE_PR_NUMBER", "CIRCLE_PR_USERNAME", "CIRCLE_TAG"],
        reference: None,
    },
    System {
        branch: &[("BUILDKITE_BRANCH", "")],
        commit: &["BUILDKITE_COMMIT"],
        is: Is::Named,
        event: Event::Always("BUILDKITE_PULL_REQUEST", &["false"]),
        // For a tag the branch is the tag's name.
        never: &["BUILDKITE_TAG"],
        reference: None,
    },
    System {
        branch: &[("DRONE_BRANCH", "")],
        commit: &["DRONE_COMMIT_SHA", "DRONE_COMMIT"],
        is: Is::Named,
        event: Event::Always(
            "DRONE_BUILD_EVENT",
            &["push", "cron", "custom", "promote", "rollback"],
        ),
        never: &["DRONE_PULL_REQUEST", "DRONE_TAG"],
        // What was built of a pull request can be promoted.
        reference: Some("DRONE_COMMIT_REF"),
    },
    System {
        branch: &[("TRAVIS_BRANCH", "")],
        commit: &["TRAVIS_COMMIT"],
        is: Is::Named,
        event: Event::Always("TRAVIS_EVENT_TYPE", &["push", "api", "cron"]),
        never: &["TRAVIS_PULL_REQUEST", "TRAVIS_TAG"],
        reference: None,
    },
    System {
        branch: &[("SEMAPHORE_GIT_BRANCH", "")],
        commit: &["SEMAPHORE_GIT_SHA"],
        is: Is::Named,
        event: Event::Always("SEMAPHORE_GIT_REF_TYPE", &["branch"]),
        never: &["SEMAPHORE_GIT_PR_NUMBER", "SEMAPHORE_GIT_TAG_NAME"],
        reference: Some("SEMAPHORE_GIT_REF"),
    },
    System {
        branch: &[("APPVEYOR_REPO_BRANCH", "")],
        commit: &["APPVEYOR_REPO_COMMIT"],
        is: Is::Named,
        event: Event::NotSaid,
        never: &[
            "APPVEYOR_PULL_REQUEST_NUMBER",
            "APPVEYOR_PULL_REQUEST_HEAD_COMMIT",
            "APPVEYOR_REPO_TAG",
        ],
        reference: None,
    },
    // AWS CodeBuild.
    System {
        branch: &[("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/")],
        commit: &["CODEBUILD_RESOLVED_SOURCE_VERSION"],
        is: Is::Named,
        event: Event::Always("CODEBUILD_WEBHOOK_EVENT", &["PUSH"]),
        never: &[],
        reference: None,
    },
    // Jenkins, with its plugins.
    System {
        branch: &[("GIT_BRANCH", "origin/"), ("BRANCH_NAME", "")],
        commit: &["GIT_COMMIT"],
        is: Is::With(&["JENKINS_URL", "GIT_BRANCH"]),
        event: Event::IfSet("gitlabActionType", &["PUSH"]),
        never: &[
            "CHANGE_ID",
            "CHANGE_TARGET",
            "TAG_NAME",
            "ghprbPullId",
            "gitlabMergeRequestIid",
            "gitlabMergeRequestId",
            "BITBUCKET_PULL_REQUEST_ID",
            "GITHUB_PR_NUMBER",
            "pullRequestId",
        ],
        reference: None,
    },
    // Jenkins, where Gerrit triggers it.
    System {
        branch: &[],
        commit: &[],
        is: Is::With(&["GERRIT_CHANGE_NUMBER", "GERRIT_EVENT_TYPE"]),
        event: Event::Always("GERRIT_EVENT_TYPE", &["ref-updated", "change-merged"]),
        never: &[],
        reference: None,
    },
    // Codefresh.
    System {
        branch: &[("CF_BRANCH", "")],
        commit: &["CF_REVISION"],
        is: Is::With(&["CF_BUILD_ID", "CF_BRANCH"]),
        event: Event::NotSaid,
        never: &[
            "CF_PULL_REQUEST_NUMBER",
            "CF_PULL_REQUEST_ID",
            "CF_PULL_REQUEST_TARGET",
            "CF_RELEASE_TAG",
        ],
        reference: None,
    },
    // Vercel.
    System {
        branch: &[("VERCEL_GIT_COMMIT_REF", "")],
        commit: &["VERCEL_GIT_COMMIT_SHA"],
        is: Is::Named,
        event: Event::NotSaid,
        never: &["VERCEL_GIT_PULL_REQUEST_ID"],
        reference: None,
    },
    // Netlify.
    System {
        branch: &[("BRANCH", "")],
        commit: &["COMMIT_REF"],
        is: Is::With(&["NETLIFY"]),
        event: Event::NotSaid,
        never: &["PULL_REQUEST"],
        reference: None,
    },
    // Spacelift.
    System {
        branch: &[("TF_VAR_spacelift_commit_branch", "")],
        commit: &["TF_VAR_spacelift_commit_sha"],
        is: Is::Named,
        event: Event::Always("TF_VAR_spacelift_run_type", &["TRACKED", "TASK", "DESTROY"]),
        never: &[],
        reference: None,
    },
    // Zuul: what runs after a merge is for no change.
    System {
        branch: &[],
        commit: &[],
        is: Is::With(&["ZUUL_CHANGE"]),
        event: Event::NotSaid,
        never: &["ZUUL_CHANGE"],
        reference: None,
    },
    // Atlantis runs for pull requests only.
    System {
        branch: &[],
        commit: &[],
        is: Is::With(&["ATLANTIS_TERRAFORM_VERSION", "PULL_NUM"]),
        event: Event::NotSaid,
        never: &["PULL_NUM"],
        reference: None,
    },
    // Prow: what runs after a merge has no number of a pull request.
    System {
        branch: &[("PULL_BASE_REF", "")],
        commit: &["PULL_BASE_SHA"],
        is: Is::With(&["PROW_JOB_ID"]),
        event: Event::Always("JOB_TYPE", &["postsubmit"]),
        never: &["PULL_NUMBER"],
        reference: None,
    },
    // Cirrus.
    System {
        branch: &[("CIRRUS_BRANCH", "")],
        commit: &["CIRRUS_CHANGE_IN_REPO"],
        is: Is::With(&["CIRRUS_CI"]),
        event: Event::NotSaid,
        never: &["CIRRUS_PR", "CIRRUS_TAG"],
        reference: None,
    },
];

/// What the systems say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The commit is of this branch.
    Branch {
        name: String,
        variable: &'static str,
    },
    /// It is of no branch, for this reason: a variable, and what it has.
    Other { variable: String, value: String },
    /// A branch is named for another commit, or for none.
    Stale {
        variable: &'static str,
        name: String,
        of: String,
    },
    /// Nothing.
    Nothing,
}

/// Finds out what CI says of a commit. That it is of no branch counts for more than anything else.
pub(super) fn said(commit: &str, variables: &BTreeMap<String, String>) -> Said {
    let set = |name: &str| {
        let value = variables.get(name).filter(|value| !value.is_empty());
        value.cloned()
    };
    let mut said = Said::Nothing;
    let mut is_known = false;
    for system in &SYSTEMS {
        if !is_this(system, &set) {
            continue;
        }
        is_known = true;
        if let Some((variable, value)) = no_branch(system, &set) {
            let variable = variable.to_owned();
            return Said::Other { variable, value };
        }
        // Woodpecker has what GitLab has.
        let found = branch(system, commit, &set);
        match (&said, found) {
            // The first one counts.
            (_, Said::Nothing)
            | (Said::Branch { .. }, _)
            | (Said::Stale { .. }, Said::Stale { .. }) => {}
            (_, found) => said = found,
        }
        if matches!(system.is, Is::Says(..)) {
            break;
        }
    }
    match of_a_request(variables, is_known) {
        Some((variable, value)) => Said::Other { variable, value },
        None => said,
    }
}

/// A variable that says of any system, whichever it is, that what runs is for a request to merge. Of a
/// system that is known, a number alone says nothing: some have that of a branch which is to be merged.
fn of_a_request(variables: &BTreeMap<String, String>, is_known: bool) -> Option<(String, String)> {
    const REFERENCES: [&str; 5] = [
        "refs/pull/",
        "refs/pull-requests/",
        "refs/merge-requests/",
        "refs/changes/",
        "refs/remotes/pull/",
    ];
    const REQUESTS: [&str; 4] = [
        "PULL_REQUEST",
        "PULLREQUEST",
        "MERGE_REQUEST",
        "MERGEREQUEST",
    ];
    const SHORT: [&str; 2] = ["PR", "PULL"];
    const NUMBERS: [&str; 4] = ["_NUMBER", "_NUM", "_ID", "_IID"];
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let says_so = |name: &str, value: &str| {
        let plain = letters(value);
        let is_event = name.contains("EVENT")
            && (plain.starts_with("pullrequest") || plain.starts_with("mergerequest"));
        let is_reference = name.contains("REF")
            && REFERENCES
                .iter()
                .any(|reference| value.starts_with(reference));
        let number = NUMBERS.iter().find_map(|number| name.strip_suffix(number));
        let is_called = |names: &[&str], called: &str| {
            names.iter().any(|name| {
                let before = called.strip_suffix(name);
                // A word of its own: `SUPR_ID` is none.
                before.is_some_and(|before| before.is_empty() || before.ends_with('_'))
            })
        };
        let is_number = !is_known
            && (is_called(&REQUESTS, number.unwrap_or(name))
                || number.is_some_and(|called| is_called(&SHORT, called)))
            && !["", "0", "false", "no", "none", "null"].contains(&plain.as_str());
        is_event || is_reference || is_number
    };
    variables
        .iter()
        .find(|(name, value)| says_so(&name.to_ascii_uppercase(), value))
        .map(|(name, value)| (name.clone(), value.clone()))
}

fn is_this(system: &System, set: &impl Fn(&str) -> Option<String>) -> bool {
    match system.is {
        Is::Named => {
            let event = match system.event {
                Event::Always(name, _) | Event::IfSet(name, _) => Some(name),
                Event::NotSaid => None,
            };
            let names = system.branch.iter().map(|(name, _)| *name);
            names
                .chain(event)
                .chain(system.never.iter().copied())
                .any(|name| set(name).is_some())
        }
        Is::With(names) => names.iter().any(|name| set(name).is_some()),
        Is::Says(name, value, other) => {
            set(name).is_some_and(|said| said == value) || set(other).is_some()
        }
    }
}

/// Why what happened is of no branch.
fn no_branch(
    system: &System,
    set: &impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    let (event, known) = match system.event {
        Event::Always(name, known) => (Some((name, known)), false),
        Event::IfSet(name, known) => (Some((name, known)), true),
        Event::NotSaid => (None, true),
    };
    if let Some((name, values)) = event {
        match set(name) {
            Some(value) if values.contains(&value.as_str()) => {}
            Some(value) => return Some((name, value)),
            None if known => {}
            None => return Some((name, "nothing".to_owned())),
        }
    }
    system.never.iter().find_map(|name| {
        let value = set(name).filter(|value| !value.eq_ignore_ascii_case("false"))?;
        Some((*name, value))
    })
}

fn branch(system: &System, commit: &str, set: &impl Fn(&str) -> Option<String>) -> Said {
    let named = system.branch.iter().find_map(|(variable, prefix)| {
        let value = set(variable)?;
        let name = value.strip_prefix(prefix)?;
        // What Jenkins says of a tag.
        let is_one = !name.is_empty() && !name.starts_with("tags/") && !name.starts_with("refs/");
        is_one.then(|| (*variable, name.to_owned()))
    });
    let Some((variable, name)) = named else {
        return Said::Nothing;
    };
    if let Some((reference, value)) = system
        .reference
        .and_then(|reference| Some((reference, set(reference)?)))
        && value != format!("refs/heads/{name}")
    {
        return Said::Other {
            variable: reference.to_owned(),
            value,
        };
    }
    let of = system.commit.iter().find_map(|name| set(name));
    match of {
        Some(of) if of.eq_ignore_ascii_case(commit) => Said::Branch { name, variable },
        of => Said::Stale {
            variable,
            name,
            of: of.unwrap_or_default(),
        },
    }
}
