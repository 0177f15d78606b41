#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;
use crate::deploy::history::{self, Deploy};
use crate::deploy::place::Place;

const NOW: i64 = 1_000_000_000;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn head(commit: &str, tree: &str, clean: bool) -> Head {
    Head {
        commit: commit.repeat(40),
        branch: None,
        clean,
        tree: Some(tree.repeat(40)),
    }
}

fn image(value: &str) -> BTreeMap<String, Promoted> {
    let values = BTreeMap::from([("image".to_owned(), json!(value))]);
    written(&names(&["image"]), values, None).unwrap()
}

/// A deploy of one commit to staging, one hour ago.
fn deploy(value: &str) -> Deploy {
    Deploy {
        environment: "staging".to_owned(),
        command: DEPLOYS.to_owned(),
        started: Timestamp::from_second(NOW - 3600).unwrap(),
        seconds: 3,
        result: Outcome::Applied,
        tool: "tofu 1.12.6".to_owned(),
        directory: ".".to_owned(),
        workspace: "staging".to_owned(),
        state: None,
        resources: None,
        verdict: "passed".to_owned(),
        waivers: Vec::new(),
        changes: None,
        cost: None,
        head: Some(head("a", "1", true)),
        plan: None,
        bundle: None,
        configuration: None,
        policies: BTreeMap::new(),
        partial: false,
        promoted: image(value),
        verifies: None,
        left_by: None,
        ancestry: None,
        project: None,
        root_module: None,
    }
}

fn layout() -> Layout {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), "").unwrap();
    std::fs::create_dir(folder.path().join("environments")).unwrap();
    std::fs::write(folder.path().join("environments/staging.tfvars"), "").unwrap();
    std::fs::write(
        folder.path().join("tollgate.toml"),
        "[environments.staging]\naliases = ['pre']\n",
    )
    .unwrap();
    let path = folder.path().join("tollgate.toml");
    let config = crate::config::Config::load(&path, tollgate_model::library::LIBRARY).unwrap();
    crate::layout::resolve(&config, Some("staging")).unwrap()
}

/// What is said of a history of these deploys, each of which verifies the one before where it says so.
fn said(
    deploys: &[Deploy],
    head: Option<&Head>,
    value: Option<&str>,
    verified: bool,
    change: impl Fn(&mut Promotion),
) -> String {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    let mut last = None;
    for deploy in deploys {
        let mut deploy = deploy.clone();
        if deploy.command == VERIFIES {
            deploy.verifies.clone_from(&last);
        }
        let appended = history::append(&place, &deploy).unwrap();
        if deploy.command != VERIFIES {
            last = Some(appended.digest);
        }
    }
    let history = history::read(&place).unwrap();
    let mut promotion = Promotion {
        after: "staging".to_owned(),
        max_age: Some(Duration::from_secs(86400)),
        promote: names(&["image"]),
    };
    change(&mut promotion);
    let candidates = Candidates {
        promotion: &promotion,
        environment: "production",
        before: &layout(),
        verified,
        head,
        untold: None,
        history: &history,
        place: "the history",
        now: Timestamp::from_second(NOW).unwrap(),
    };
    let values = value.map(image);
    // Without values it is what was done last.
    if let (None, Ok(record)) = (value, candidates.last()) {
        assert_eq!(candidates.find(None), Ok(record));
    }
    match candidates.find(values.as_ref()) {
        Ok(record) => format!("line {}", record.number),
        Err(refusal) => format!("{refusal} | {}", refusal.help),
    }
}

#[test]
fn what_was_deployed_before_may_be_deployed() {
    let this = head("a", "1", true);
    let with = |change: &dyn Fn(&mut Deploy)| {
        let mut deploy = deploy("x");
        change(&mut deploy);
        deploy
    };
    let verdict = |result| Deploy {
        command: VERIFIES.to_owned(),
        result,
        ..deploy("x")
    };
    let failed = with(&|deploy| deploy.result = Outcome::Failed);
    let other = with(&|deploy| deploy.head = Some(head("b", "2", true)));
    let well =
        "promotion: expected a deploy of commit aaaaaaaaaaaa to staging that went well, found";
    let again = "deploy it there again, with the values that it had: `tollgate apply -e staging`, and behind ` -- ` each `-var` of that deploy";
    let first = "promotion: expected a deploy of commit aaaaaaaaaaaa to staging, found";
    let there = "deploy it there first: `tollgate apply -e staging`";
    for (case, deploys, expected) in [
        ("it", vec![deploy("x")], "line 1".to_owned()),
        (
            "nothing",
            vec![],
            format!("{first} no deploy there (the history) | {there}"),
        ),
        (
            "another commit",
            vec![other.clone()],
            format!("{first} none; the last one there was of commit bbbbbbbbbbbb (line 1) | {there}"),
        ),
        (
            "another commit later",
            vec![deploy("x"), other.clone()],
            "line 1".to_owned(),
        ),
        (
            "the same files",
            vec![with(&|deploy| deploy.head = Some(head("b", "1", true)))],
            "line 1".to_owned(),
        ),
        (
            "no commit",
            vec![with(&|deploy| deploy.head = None)],
            format!("{first} none; the last one there was of no commit (line 1) | {there}"),
        ),
        (
            "not committed",
            vec![with(&|deploy| deploy.head = Some(head("a", "1", false)))],
            format!(
                "{first} none; the last one there was of commit aaaaaaaaaaaa with uncommitted changes (line 1) | {there}"
            ),
        ),
        (
            "elsewhere",
            vec![with(&|deploy| deploy.environment = "test".to_owned())],
            format!("{first} no deploy there (the history) | {there}"),
        ),
        (
            "by another name",
            vec![with(&|deploy| deploy.environment = "pre".to_owned())],
            "line 1".to_owned(),
        ),
        (
            "a destroy",
            vec![with(&|deploy| deploy.command = "destroy".to_owned())],
            format!("{first} no deploy there (the history) | {there}"),
        ),
        (
            "drift taken over",
            vec![with(&|deploy| deploy.command = "apply --refresh-only".to_owned())],
            format!("{first} no deploy there (the history) | {there}"),
        ),
        (
            "failed later",
            vec![deploy("x"), failed.clone()],
            format!("{well} one that ended as FAILED (line 2) | {again}"),
        ),
        (
            "failed with another value later",
            vec![
                deploy("x"),
                Deploy {
                    promoted: image("y"),
                    ..failed.clone()
                },
            ],
            "line 1".to_owned(),
        ),
        ("better later", vec![failed, deploy("x")], "line 2".to_owned()),
        (
            "a part",
            vec![with(&|deploy| deploy.partial = true)],
            format!("{well} one of a part of it only (line 1) | {again}"),
        ),
        (
            "too old",
            vec![with(&|deploy| {
                deploy.started = Timestamp::from_second(NOW - 3 * 86400).unwrap();
            })],
            format!("{well} one that is 3 days old (line 1), and `max-age` is 24 hours | {again}"),
        ),
        (
            "another value",
            vec![deploy("y")],
            "promotion: expected `image` as staging was deployed with it, `y` (line 1), found `x` | take the values from there: `tollgate promote staging production`".to_owned(),
        ),
        (
            "no value",
            vec![with(&|deploy| deploy.promoted = BTreeMap::new())],
            "promotion: expected `image` as staging was deployed with it, a value that was written down there, found `x` | take the values from there: `tollgate promote staging production`".to_owned(),
        ),
    ] {
        let found = said(&deploys, Some(&this), Some("x"), false, |_| {});
        assert_eq!(found, expected, "{case}");
    }
    for (case, deploys, expected) in [
        (
            "verified",
            vec![deploy("x"), verdict(Outcome::Verified)],
            "line 1".to_owned(),
        ),
        (
            "never verified",
            vec![deploy("x")],
            format!("{well} one that was never verified (line 1) | {again}"),
        ),
        (
            "not passed",
            vec![deploy("x"), verdict(Outcome::NotVerified)],
            format!("{well} one that `verify` did not pass (lines 1 and 2) | {again}"),
        ),
        (
            "another one was verified",
            vec![other, verdict(Outcome::Verified), deploy("x")],
            format!("{well} one that was never verified (line 3) | {again}"),
        ),
        (
            "the second time",
            vec![
                deploy("x"),
                verdict(Outcome::NotVerified),
                deploy("x"),
                verdict(Outcome::Verified),
            ],
            "line 3".to_owned(),
        ),
        (
            "the first time only",
            vec![
                deploy("x"),
                verdict(Outcome::Verified),
                deploy("x"),
                verdict(Outcome::NotVerified),
            ],
            format!("{well} one that `verify` did not pass (lines 3 and 4) | {again}"),
        ),
    ] {
        let found = said(&deploys, Some(&this), Some("x"), true, |_| {});
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn what_is_here_counts_too() {
    let one = [deploy("x")];
    let dirty = head("a", "1", false);
    let found = said(&one, Some(&dirty), None, false, |_| {});
    assert_eq!(
        found,
        "promotion: expected what was deployed to staging, and nothing else, found commit aaaaaaaaaaaa with uncommitted changes | commit what `git status` names, or have git ignore it, and deploy that there first"
    );
    let found = said(&one, None, None, false, |_| {});
    assert!(
        found.contains("found nothing that git could tell (`there is no commit`)"),
        "{found}"
    );
    let this = head("a", "1", true);
    // Without a plan, whatever the values are; with fewer of them, and at any age.
    assert_eq!(said(&one, Some(&this), None, false, |_| {}), "line 1");
    let old = [Deploy {
        started: Timestamp::UNIX_EPOCH,
        ..deploy("y")
    }];
    let any = |promotion: &mut Promotion| {
        promotion.max_age = None;
        promotion.promote.clear();
    };
    assert_eq!(said(&old, Some(&this), Some("x"), false, any), "line 1");
}

#[test]
fn the_last_one_is_what_is_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    history::append(&place, &deploy("x")).unwrap();
    let failed = Deploy {
        result: Outcome::Failed,
        ..deploy("y")
    };
    history::append(&place, &failed).unwrap();
    let history = history::read(&place).unwrap();
    let this = head("a", "1", true);
    let candidates = Candidates {
        promotion: &Promotion {
            after: "staging".to_owned(),
            max_age: None,
            promote: names(&["image"]),
        },
        environment: "production",
        before: &layout(),
        verified: false,
        head: Some(&this),
        untold: None,
        history: &history,
        place: "the history",
        now: Timestamp::from_second(NOW).unwrap(),
    };
    assert_eq!(candidates.find(None).unwrap().number, 1);
    let refusal = candidates.last().unwrap_err();
    assert!(refusal.to_string().contains("FAILED (line 2)"), "{refusal}");
}

#[test]
fn what_was_changed_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    history::append(&place, &deploy("y")).unwrap();
    let path = folder.path().join(".tollgate/history.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let forged = text.replace(&image("y")["image"].digest, &image("x")["image"].digest);
    assert_ne!(text, forged);
    std::fs::write(&path, forged).unwrap();
    let history = history::read(&place).unwrap();
    let this = head("a", "1", true);
    let candidates = Candidates {
        promotion: &Promotion {
            after: "staging".to_owned(),
            max_age: None,
            promote: names(&["image"]),
        },
        environment: "production",
        before: &layout(),
        verified: false,
        head: Some(&this),
        untold: None,
        history: &history,
        place: "the history",
        now: Timestamp::from_second(NOW).unwrap(),
    };
    let refusal = candidates.find(Some(&image("x"))).unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("line 1 was changed after it was written"),
        "{refusal}"
    );
}

#[test]
fn secrets_are_not_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let text = "variable \"image\" {}\nvariable \"token\" { sensitive = true }\nvariable \"session\" { ephemeral = true }\nvariable \"password\" {}\n";
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let all = names(&["image", "token", "session", "password", "imgae"]);
    let said: Vec<String> = unfit(&all, &root, &|name| name == "password")
        .iter()
        .map(|refusal| {
            refusal
                .found
                .split(" (")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(
        said,
        [
            "none that the root module declares",
            "a variable that the secrets set",
            "a variable that is declared as ephemeral",
            "a variable that is declared as sensitive",
        ]
    );
}

#[test]
fn what_looks_like_a_credential_is_not_written_down() {
    let values = |name: &str, value: Json| {
        let values = BTreeMap::from([(name.to_owned(), value)]);
        let written = written(&names(&[name]), values, None).unwrap();
        written[name].clone()
    };
    for (name, value, kept) in [
        ("image", json!("registry.example/api@sha256:00"), true),
        ("release", json!({ "api": "1", "worker": 2 }), true),
        (
            "mirror",
            json!("https://ann:hunter2@mirror.example/"),
            false,
        ),
        (
            "mirrors",
            json!(["https://ann:hunter2@mirror.example/"]),
            false,
        ),
        ("password", json!("hunter2"), false),
        ("settings", json!({ "api_token": "hunter2" }), false),
        ("notes", json!("x".repeat(MAX_VALUE)), false),
    ] {
        let promoted = values(name, value);
        assert_eq!(promoted.value.is_some(), kept, "{name}");
        assert!(!shown(&promoted).contains("hunter2"), "{name}");
    }
    let missing = written(&names(&["image"]), BTreeMap::new(), None).unwrap_err();
    assert!(missing[0].to_string().contains("none in the plan"));
}

#[test]
fn values_are_said_as_the_tools_take_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = "variable \"image\" { type = string }\nvariable \"count\" { type = number }\nvariable \"any\" {}\nvariable \"map\" { type = map(string) }\nvariable \"none\" { type = string }\n";
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let all = names(&["image", "count", "any", "map", "none"]);
    let values = BTreeMap::from([
        ("image".to_owned(), json!("a${b}\"c")),
        ("count".to_owned(), json!(3)),
        ("any".to_owned(), json!("x")),
        ("map".to_owned(), json!({ "k": "${b}%{c}" })),
        ("none".to_owned(), json!(null)),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    let promoted = written(&all, values, None).unwrap();
    history::append(
        &place,
        &Deploy {
            promoted,
            ..deploy("x")
        },
    )
    .unwrap();
    let history = history::read(&place).unwrap();
    let promotion = Promotion {
        after: "staging".to_owned(),
        max_age: None,
        promote: all,
    };
    let said = options(&promotion, &history.records[0], &root).unwrap();
    assert_eq!(
        said,
        [
            "-var=any=x",
            "-var=count=3",
            "-var=image=a${b}\"c",
            "-var=map={\"k\":\"$${b}%%{c}\"}",
        ]
    );
}

#[test]
fn values_are_alike_whoever_says_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = "variable \"number\" { type = number }\nvariable \"bool\" { type = bool }\nvariable \"text\" { type = string }\nvariable \"map\" { type = map(number) }\nvariable \"set\" { type = set(string) }\nvariable \"object\" { type = object({ a = bool }) }\nvariable \"any\" {}\nvariable \"other\" {}\n";
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let root = Configuration::read(folder.path()).unwrap();
    let all = names(&["number", "bool", "text", "map", "set", "object", "any"]);
    let found = |variables: Json| {
        let variables: serde_json::Map<String, Json> = variables
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), json!({ "value": value })))
            .collect();
        let plan = json!({ "format_version": "1.2", "variables": variables }).to_string();
        values(plan.as_bytes(), &all, &root).unwrap()
    };
    let by_file = found(json!({
        "number": 1, "bool": true, "text": "2", "map": { "a": 1.0, "b": 2.5 }, "set": ["x", "y"],
        "object": { "a": true }, "any": 1, "other": "x"
    }));
    let by_option = found(json!({
        "number": "1", "bool": "true", "text": 2, "map": { "a": "1", "b": "2.50" }, "set": ["y", "x", "y"],
        "object": { "a": "true", "b": 1 }, "any": 1, "other": "y"
    }));
    assert_eq!(by_file, by_option);
    assert!(!by_file.contains_key("other"));
    assert_ne!(found(json!({ "number": "2" }))["number"], by_file["number"]);
    assert!(values(b"no plan", &all, &root).is_err());
}

#[test]
fn what_runs_where_is_told_from_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    let running = || {
        let history = history::read(&place).unwrap();
        running(&history, |name| name == "staging")
    };
    let add = |change: &dyn Fn(&mut Deploy)| {
        let mut deploy = deploy("x");
        change(&mut deploy);
        history::append(&place, &deploy).unwrap().digest
    };
    assert_eq!(running(), None);
    add(&|deploy| deploy.result = Outcome::Failed);
    let found = running().unwrap();
    assert_eq!((found.since, found.later), (None, Some(Outcome::Failed)));
    let digest = add(&|_| {});
    add(&|deploy| deploy.environment = "production".to_owned());
    let found = running().unwrap();
    assert_eq!(
        (found.line, found.later, found.verified),
        (Some(2), None, None)
    );
    assert_eq!(found.promoted, image("x"));
    add(&|deploy| {
        deploy.command = VERIFIES.to_owned();
        deploy.result = Outcome::NotVerified;
        deploy.verifies = Some(digest.clone());
    });
    add(&|deploy| deploy.result = Outcome::Interrupted);
    let found = running().unwrap();
    assert_eq!(found.verified, Some(false));
    assert_eq!(
        (found.line, found.later),
        (Some(2), Some(Outcome::Interrupted))
    );
    // Of a part: the rest runs on.
    add(&|deploy| deploy.partial = true);
    add(&|deploy| {
        deploy.partial = true;
        deploy.command = "destroy".to_owned();
    });
    let found = running().unwrap();
    assert_eq!((found.line, found.parts), (Some(2), vec![6, 7]));
    add(&|deploy| deploy.command = "destroy".to_owned());
    let found = running().unwrap();
    assert_eq!((found.destroyed, found.since), (true, None));
    assert_eq!(found.parts, Vec::<u64>::new());
}
