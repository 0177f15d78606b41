#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::{PermissionsExt as _, symlink};

use tollgate_model::library::LIBRARY;

use super::*;
use crate::config::Config;
use crate::sandbox::limits::Limit;

const DATE: Date = Date::constant(2026, 6, 15);

fn environment() -> Environment {
    Config::conventional(LIBRARY).environment(None).unwrap()
}

fn request() -> wit::Request<'static> {
    wit::Request {
        environment: wit::Environment {
            name: "production",
            protected: true,
        },
        settings: "{}",
        plan: wit::PlanFacts {
            terraform_version: Some("1.9.0"),
            complete: None,
            applyable: None,
            total_changes: 0,
            checks: &[],
            deferred: &[],
            action_invocations: &[],
            drift: &[],
        },
        changes: &[],
        outputs: &[],
        documents: &[],
        extensions: &[],
    }
}

/// An answer that has nothing but a document.
fn documented(content: &str) -> Result<wit::Evaluation, PolicyError> {
    Ok(wit::Evaluation {
        findings: Vec::new(),
        documents: vec![wit::ResultDocument {
            name: "total".to_owned(),
            content: content.to_owned(),
            summary: None,
        }],
        extensions: Vec::new(),
    })
}

/// Records a call.
fn call(
    recorder: &Recorder,
    (plan, policy, piece): (usize, &str, usize),
    answered: &Result<wit::Evaluation, PolicyError>,
) {
    let calls = CallRecorder {
        recorder,
        plan,
        policy,
    };
    let limits = Limits::default().with(Limit::Findings, 7);
    calls.call(piece, &limits, &request(), answered);
}

fn finish(recorder: Recorder) -> Result<(), RecordError> {
    recorder.finish(&environment(), DATE, None, Vec::new())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_call_has_a_name_of_its_own_that_sorts() {
    for (plan, policy, piece, what, expected) in [
        (0, "cost-cap", 0, "request", "000-cost-cap-000.request.json"),
        (12, "a", 345, "response", "012-a-345.response.json"),
        (1000, "a", 1000, "request", "1000-a-1000.request.json"),
    ] {
        assert_eq!(file_name(plan, policy, piece, what), expected);
        let call = Call {
            plan,
            policy: policy.to_owned(),
            piece,
            request: String::new(),
            answer: Answer::Response(String::new()),
        };
        assert_eq!(call.file(what), expected);
    }
}

#[test]
fn an_answer_is_kept_byte_for_byte_and_a_failure_as_the_report_says_it() {
    let kept = answer(&documented("{\"a\":  1.50}")).unwrap();
    let read: PolicyResponse<'_> = serde_json::from_str(&kept).unwrap();
    let PolicyResponse::Evaluation(read) = read else {
        unreachable!("{kept}");
    };
    assert!(read.findings.is_empty());
    let [document] = &read.documents[..] else {
        unreachable!("{kept}");
    };
    assert_eq!(
        (&*document.name, document.content.get()),
        ("total", "{\"a\":  1.50}")
    );

    let refused = PolicyError::Refused("no prices".to_owned());
    let problem = refused.problem();
    assert_eq!(answer(&Err(refused)), Err(problem));

    let broken = answer(&documented("{\"a\":")).unwrap_err();
    assert_eq!(broken.code, "policy-answer");
    let said = "the policy's answer breaks the contract: a document in it is not JSON: EOF";
    assert!(broken.message.starts_with(said), "{}", broken.message);
}

#[test]
fn a_recording_begins_in_a_directory_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    Recorder::create(&at("new")).unwrap();
    assert_eq!(mode(&at("new")), 0o700);
    // An empty one is taken.
    Recorder::create(&at("new")).unwrap();
    fs::write(at("new/other.txt"), "mine").unwrap();
    fs::write(at("file"), "mine").unwrap();
    fs::create_dir(at("empty")).unwrap();
    symlink("empty", at("link")).unwrap();
    for (name, said) in [
        ("new", "it is not empty"),
        ("file", "Not a directory (os error 20)"),
        ("missing/new", "No such file or directory (os error 2)"),
        ("link", "it is a link; name the directory itself"),
    ] {
        let error = Recorder::create(&at(name)).unwrap_err();
        let path = at(name);
        let expected = format!("cannot record into {}: {said}", path.display());
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(fs::read_to_string(at("file")).unwrap(), "mine");
    assert_eq!(fs::read_dir(at("empty")).unwrap().count(), 0);
}

#[test]
fn no_link_leads_the_index_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, home) = (folder.path().join("tree"), folder.path().join("home"));
    fs::create_dir(&tree).unwrap();
    fs::create_dir(&home).unwrap();
    symlink(home.join("start-up"), tree.join(INDEX)).unwrap();
    let error = Recorder::create(&tree).unwrap_err();
    assert!(matches!(error, RecordError::Link(_)), "{error}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn calls_that_come_in_any_order_are_kept_in_that_of_plan_policy_and_piece() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(folder.path()).unwrap();
    let answered = documented("1");
    call(&recorder, (1, "tags", 0), &answered);
    call(&recorder, (0, "tags", 10), &answered);
    call(&recorder, (0, "tags", 2), &answered);
    call(&recorder, (0, "quota", 0), &Err(PolicyError::NotWasm));
    finish(recorder).unwrap();

    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let index: Index = serde_json::from_str(&read(INDEX)).unwrap();
    let order: Vec<_> = index
        .calls
        .iter()
        .map(|call| (call.plan, call.policy.as_str(), call.piece))
        .collect();
    assert_eq!(
        order,
        [
            (0, "quota", 0),
            (0, "tags", 2),
            (0, "tags", 10),
            (1, "tags", 0),
        ]
    );
    // Every digest is that of the file.
    for call in &index.calls {
        assert_eq!(call.request, digest(read(&call.file("request")).as_bytes()));
        let response = folder.path().join(call.file("response"));
        match &call.answer {
            Answer::Response(recorded) => {
                assert_eq!(*recorded, digest(read(&call.file("response")).as_bytes()));
                assert_eq!(mode(&response), 0o600);
            }
            Answer::Failure(problem) => {
                assert_eq!(
                    (call.policy.as_str(), &*problem.code),
                    ("quota", "module-not-wasm")
                );
                assert!(!response.exists());
            }
        }
    }
    assert_eq!(mode(&folder.path().join(INDEX)), 0o600);
    // What bounded the answers belongs to them.
    assert_eq!(index.limits.keys().collect::<Vec<_>>(), ["quota", "tags"]);
    for limits in index.limits.values() {
        assert_eq!(limits.len(), LIMITS.len());
        assert_eq!(limits.get("findings"), Some(&7));
    }
    assert_eq!(
        (index.format_version.as_str(), index.date),
        (FORMAT_VERSION, DATE)
    );
    assert!(index.baseline.is_none() && index.plans.is_empty());
}

#[test]
fn what_could_not_be_written_leaves_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(folder.path()).unwrap();
    // Of several failures the first is told.
    fs::write(folder.path().join("000-tags-000.request.json"), "mine").unwrap();
    fs::write(folder.path().join("001-tags-000.response.json"), "mine").unwrap();
    for plan in 0..3 {
        call(&recorder, (plan, "tags", 0), &documented("1"));
    }
    let error = finish(recorder).unwrap_err().to_string();
    assert!(error.starts_with("cannot write "), "{error}");
    assert!(
        error.contains("/000-tags-000.request.json of the recording: "),
        "{error}"
    );
    assert!(!folder.path().join(INDEX).exists());
    // And nothing that was there is written over.
    for name in ["000-tags-000.request.json", "001-tags-000.response.json"] {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            "mine"
        );
    }
}

#[test]
fn an_index_says_everything_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(folder.path()).unwrap();
    call(&recorder, (0, "tags", 0), &documented("1"));
    finish(recorder).unwrap();
    let text = fs::read_to_string(folder.path().join(INDEX)).unwrap();
    assert!(text.ends_with("}\n"), "{text}");
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let usable = |index: &serde_json::Value| {
        serde_json::from_value::<Index>(index.clone()).map_err(|error| error.to_string())
    };
    assert!(usable(&whole).is_ok());
    for key in [
        "format-version",
        "date",
        "environment",
        "limits",
        "plans",
        "calls",
    ] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(key);
        let said = usable(&less).unwrap_err();
        assert!(
            said.starts_with(&format!("missing field `{key}`")),
            "{said}"
        );
    }
    for at in ["", "/calls/0"] {
        let mut more = whole.clone();
        more.pointer_mut(at).unwrap()["verdict"] = "passed".into();
        let said = usable(&more).unwrap_err();
        assert!(said.starts_with("unknown field `verdict`"), "{said}");
    }
    let mut other = whole;
    other["date"] = "2026-06-31".into();
    assert!(usable(&other).is_err());
}

#[test]
fn only_modules_and_their_answers_are_about_policies() {
    let path = || "rec/record.json".to_owned();
    let policy = || "tags".to_owned();
    let cause = || io::Error::from(io::ErrorKind::NotFound);
    let no_module = RecordError::NoModule {
        policy: policy(),
        digest: "sha256:0".to_owned(),
        tried: String::new(),
    };
    let unusable = RecordError::Unusable {
        path: path(),
        reason: "x".to_owned(),
    };
    let module = RecordError::Module {
        policy: policy(),
        cause: PolicyError::NotWasm,
    };
    for (error, exit_code, help) in [
        (
            RecordError::Create {
                path: path(),
                cause: cause(),
            },
            exit::USAGE,
            None,
        ),
        (
            RecordError::NotEmpty { path: path() },
            exit::USAGE,
            Some("name a directory that does not exist yet".to_owned()),
        ),
        (
            unusable,
            exit::USAGE,
            Some("make one: tollgate check PLAN --record DIR".to_owned()),
        ),
        (
            RecordError::Changed { path: path() },
            exit::USAGE,
            Some("replay a copy that nobody has edited".to_owned()),
        ),
        (
            no_module,
            exit::USAGE,
            Some("name its file with --module".to_owned()),
        ),
        // In the words of what went wrong with the module.
        (module, exit::POLICY, PolicyError::NotWasm.help()),
        (
            RecordError::Differs(vec!["a".to_owned(), "b".to_owned()]),
            exit::POLICY,
            Some("another Tollgate, or a module that does not answer alike every time; the recording says which Tollgate made it".to_owned()),
        ),
    ] {
        assert_eq!(error.exit_code(), exit_code, "{error}");
        assert_eq!(error.concerns_policies(), exit_code == exit::POLICY, "{error}");
        assert_eq!(error.help(), help, "{error}");
    }
}
