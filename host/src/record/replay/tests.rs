#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::civil::Date;
use serde_json::{Value as Json, json};
use tollgate_model::library::LIBRARY;
use tollgate_model::rule::Cause;

use super::*;
use crate::config::Config;
use crate::judge::{Evaluation, Finding, PlanRun, PolicyOutcome, RuleEnforcement, Rules};
use crate::report::{Enforcement, Input, PlanFacts, Problem};
use crate::stack::Stack;

fn off() -> Cache {
    Cache::off("a test")
}

fn problem(code: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: format!("it is {code}"),
        help: None,
    }
}

fn outcome(path: &str, result: Result<PlanRun, Problem>) -> PlanOutcome {
    PlanOutcome {
        input: Input {
            path: path.to_owned(),
            digest: String::new(),
        },
        stack: Stack::default(),
        result,
    }
}

fn run_of(policies: Vec<PolicyOutcome>) -> PlanRun {
    PlanRun {
        facts: PlanFacts::default(),
        source: None,
        moved: BTreeMap::new(),
        policies,
    }
}

fn policy(name: &str, digest: Option<&str>, result: Result<Evaluation, Problem>) -> PolicyOutcome {
    PolicyOutcome {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        source: "built-in".to_owned(),
        digest: digest.map(ToOwned::to_owned),
        enforcement: RuleEnforcement {
            policy: Enforcement::SoftMandatory,
            rules: BTreeMap::new(),
        },
        rules: Rules::default(),
        changes_seen: 1,
        result,
    }
}

fn index(plans: Vec<PlanOutcome>, calls: Vec<Call>) -> Index {
    Index {
        format_version: FORMAT_VERSION.to_owned(),
        tollgate_version: "0.1.0".to_owned(),
        date: Date::constant(2026, 6, 15),
        environment: Config::conventional(LIBRARY).environment(None).unwrap(),
        baseline: None,
        limits: BTreeMap::new(),
        plans,
        calls,
    }
}

fn called(policy: &str, request: &str) -> Call {
    Call {
        plan: 0,
        policy: policy.to_owned(),
        piece: 0,
        request: digest(request.as_bytes()),
        answer: Answer::Failure(problem("policy-answer")),
    }
}

/// What a replay of this text as an index comes to, and the error as the user sees it.
fn replayed(directory: &Path, text: &str) -> Result<Report, String> {
    fs::write(directory.join(INDEX), text).unwrap();
    replay(directory, &[], &off()).map_err(|error| error.to_string())
}

#[test]
fn what_is_no_recording_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(INDEX);
    let missing = replay(folder.path(), &[], &off()).unwrap_err().to_string();
    let begins = format!("cannot read {} of the recording: No such", path.display());
    assert!(missing.starts_with(&begins), "{missing}");

    let whole = serde_json::to_value(index(Vec::new(), Vec::new())).unwrap();
    let with = |key: &str, value: Json| {
        let mut index = whole.clone();
        index[key] = value;
        index.to_string()
    };
    for (text, reason) in [
        (String::new(), "EOF while parsing a value"),
        ("[]".to_owned(), "invalid length 0"),
        ("{}".to_owned(), "missing field `format-version`"),
        (
            with("format-version", json!("0.9")),
            "its format is 0.9, and this Tollgate reads 1.0",
        ),
        (
            with("format-version", json!("9".repeat(500))),
            "its format is 99999999999999999999, and this Tollgate reads 1.0",
        ),
        (with("verdict", json!("passed")), "unknown field `verdict`"),
        (with("calls", json!(null)), "invalid type: null"),
    ] {
        let said = replayed(folder.path(), &text).unwrap_err();
        let begins = format!(
            "{} is not a recording that can be replayed: {reason}",
            path.display()
        );
        assert!(said.starts_with(&begins), "{said}");
    }
}

#[test]
fn no_policy_of_a_recording_names_a_file_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../../etc/passwd", "a/b", "a b", "a\\b", "", ".", "é"] {
        let text = serde_json::to_string(&index(Vec::new(), vec![called(name, "")])).unwrap();
        let said = replayed(folder.path(), &text).unwrap_err();
        let ends = "a policy in it has no name of a policy";
        assert!(said.ends_with(ends), "{name}: {said}");
    }
    // One that could be a name is looked for.
    let text = serde_json::to_string(&index(Vec::new(), vec![called("cost_cap-2", "")])).unwrap();
    let said = replayed(folder.path(), &text).unwrap_err();
    let expected = folder.path().join("000-cost_cap-2-000.request.json");
    let begins = format!("cannot read {} of the recording: ", expected.display());
    assert!(said.starts_with(&begins), "{said}");
}

#[test]
fn a_request_is_the_one_that_was_recorded_and_asks_for_an_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("000-tags-000.request.json");
    let name = path.display();
    let question = r#"{"contract": "0.2.0", "call": "describe"}"#;
    let unusable = "is not a recording that can be replayed:";
    for (recorded, there, expected) in [
        (
            question,
            "{}",
            format!("{name} has changed since it was recorded"),
        ),
        (
            question,
            question,
            format!("{name} {unusable} it asks for no evaluation"),
        ),
        ("{", "{", format!("{name} {unusable} EOF while parsing")),
    ] {
        fs::write(&path, there).unwrap();
        let text = serde_json::to_string(&index(Vec::new(), vec![called("tags", recorded)]));
        let said = replayed(folder.path(), &text.unwrap()).unwrap_err();
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn a_plan_that_could_not_be_judged_is_refused_again() {
    let folder = tempfile::tempdir().unwrap();
    let plans = vec![outcome("plan.json", Err(problem("truncated")))];
    let text = serde_json::to_string(&index(plans, Vec::new())).unwrap();
    let report = replayed(folder.path(), &text).unwrap();
    assert_eq!(report.verdict.unreadable_plans, 1);
    assert_eq!(report.date, "2026-06-15");
    let found = report.plans[0].problem.as_ref();
    assert_eq!(found.map(|problem| &*problem.code), Some("truncated"));
}

#[test]
fn limits_are_those_of_the_recording_as_far_as_anybody_may_set_them() {
    let mut index = index(Vec::new(), Vec::new());
    let recorded = [("findings", 7), ("fuel", u64::MAX), ("moons", 3)];
    let recorded = recorded.map(|(key, value)| (key.to_owned(), value));
    index
        .limits
        .insert("tags".to_owned(), BTreeMap::from(recorded));
    let found = limits(&index, "tags");
    assert_eq!(found.get(Limit::Findings), 7);
    // What is in a recording is anybody's word.
    assert_eq!(found.get(Limit::Fuel), Limit::Fuel.spec().max);
    let usual = Limits::default();
    assert_eq!(found.get(Limit::MemoryMib), usual.get(Limit::MemoryMib));
    let other = limits(&index, "quota");
    assert_eq!(other.get(Limit::Findings), usual.get(Limit::Findings));
}

#[test]
fn a_module_is_looked_for_above_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let recording = root.join("out/recording");
    fs::create_dir_all(&recording).unwrap();
    fs::create_dir_all(root.join("out/policies/tags.wasm")).unwrap();
    fs::create_dir(root.join("policies")).unwrap();
    let module = root.join("policies/tags.wasm");
    fs::write(&module, "tags").unwrap();
    let relative = Path::new("policies/tags.wasm");
    // The directory of that name on the way is no module.
    assert_eq!(above(&recording, relative), std::slice::from_ref(&module));
    assert!(above(&recording, Path::new("policies/other.wasm")).is_empty());
    assert!(above(&recording, &module).is_empty());
    assert!(above(&root.join("missing"), relative).is_empty());
}

#[test]
fn every_module_that_is_another_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.wasm");
    fs::write(&other, "other").unwrap();
    let missing = folder.path().join("missing.wasm");
    let expected = digest(b"the one");
    let files = [other.clone(), missing.clone()];
    let tried = |source: &Source| {
        let found = find(
            source,
            "cost-cap",
            &expected,
            folder.path(),
            &files,
            Limits::default(),
            &off(),
        );
        match found.unwrap_err() {
            RecordError::NoModule {
                policy,
                digest,
                tried,
            } => {
                assert_eq!((policy.as_str(), &digest), ("cost-cap", &expected));
                tried
            }
            error => unreachable!("{error}"),
        }
    };
    let named = format!(
        "{} is another; cannot read {}: No such file or directory (os error 2)",
        other.display(),
        missing.display()
    );
    assert_eq!(
        tried(&Source::BuiltIn),
        format!("the built-in one is another; {named}")
    );
    assert_eq!(
        tried(&Source::Path("moons/cost-cap.wasm".into())),
        format!(
            "moons/cost-cap.wasm is not there from a directory above the recording; {named}; cannot read moons/cost-cap.wasm: No such file or directory (os error 2)"
        )
    );
    // The digest decides, not the name: what is no module fails as that.
    fs::write(&missing, "the one").unwrap();
    let found = find(
        &Source::BuiltIn,
        "cost-cap",
        &expected,
        folder.path(),
        &files,
        Limits::default(),
        &off(),
    );
    let said = found.unwrap_err().to_string();
    assert_eq!(
        said,
        "the module of `cost-cap` cannot be loaded: the file is not a WebAssembly module"
    );
}

fn finding(message: &str) -> Finding {
    Finding {
        rule: "required".to_owned(),
        outcome: Outcome::Violation,
        cause: Cause::Planned,
        address: Some("aws_x.y".to_owned()),
        deposed: None,
        action: Some("create".to_owned()),
        attributes: vec!["tags".to_owned()],
        location: None,
        message: message.to_owned(),
        remediation: None,
        details: vec![("missing".to_owned(), "owner".to_owned())],
        fingerprint: "f".to_owned(),
        previous_fingerprint: None,
    }
}

/// The same as a module answers it.
fn answered(message: &str) -> Json {
    json!({
        "rule": "required",
        "outcome": "violation",
        "address": "aws_x.y",
        "attributes": ["tags"],
        "message": message,
        "details": [{"label": "missing", "text": "owner"}],
    })
}

fn piece(findings: &[Json], documents: &[(&str, Json)]) -> Replayed {
    let documents: Vec<Json> = documents
        .iter()
        .map(|(name, content)| json!({"name": name, "content": content}))
        .collect();
    let response = json!({"evaluation": {"findings": findings, "documents": documents}});
    Replayed {
        response: Some(response.to_string()),
        difference: None,
    }
}

fn evaluation(messages: &[&str], documents: &[(&str, Json)]) -> Evaluation {
    Evaluation {
        findings: messages.iter().map(|message| finding(message)).collect(),
        documents: documents
            .iter()
            .map(|(name, content)| DocumentReport {
                name: (*name).to_owned(),
                content: content.into(),
                summary: None,
            })
            .collect(),
    }
}

#[test]
fn pieces_say_one_after_the_other_what_is_recorded() {
    let total = [("total", json!({"usd": 5}))];
    for (messages, pieces, expected) in [
        (&[][..], vec![piece(&[], &[])], true),
        (
            &["a", "b"],
            vec![piece(&[answered("a"), answered("b")], &[])],
            true,
        ),
        (
            &["a", "b"],
            vec![
                piece(&[answered("a")], &[]),
                piece(&[], &[]),
                piece(&[answered("b")], &[]),
            ],
            true,
        ),
        (
            &["a", "b"],
            vec![piece(&[answered("b"), answered("a")], &[])],
            false,
        ),
        (&["a", "b"], vec![piece(&[answered("a")], &[])], false),
        (
            &["a"],
            vec![piece(&[answered("a"), answered("b")], &[])],
            false,
        ),
        (&["a"], vec![], false),
        (&[], vec![], true),
    ] {
        let recorded = evaluation(messages, &[]);
        assert_eq!(
            says(&pieces, &recorded),
            expected,
            "{messages:?} {}",
            pieces.len()
        );
    }
    // Documents have names and no order.
    let two = [("total", json!({"usd": 5})), ("share", json!([1]))];
    let (first, second) = (piece(&[], &two[1..]), piece(&[], &two[..1]));
    assert!(says(&[first, second], &evaluation(&[], &two)));
    for documents in [
        &[][..],
        &two,
        &[("total", json!({"usd": 6}))],
        &[("sum", json!({"usd": 5}))],
        &[("total", json!({"usd": 5})), ("total", json!({"usd": 5}))],
    ] {
        let said = says(&[piece(&[], documents)], &evaluation(&[], &total));
        assert!(!said, "{documents:?}");
    }
    let mut in_words = evaluation(&[], &total);
    in_words.documents[0].summary = Some("5 USD".to_owned());
    assert!(!says(&[piece(&[], &total)], &in_words));
}

#[test]
fn every_word_of_a_finding_counts() {
    let recorded = evaluation(&["a"], &[]);
    let with = |key: &str, value: Json| {
        let mut finding = answered("a");
        finding[key] = value;
        says(&[piece(&[finding], &[])], &recorded)
    };
    assert!(with("message", json!("a")));
    for (key, value) in [
        ("rule", json!("other")),
        ("outcome", json!("undetermined")),
        ("cause", json!("existing")),
        ("cause", json!("advice")),
        ("address", json!("aws_x.z")),
        ("address", json!(null)),
        ("deposed", json!("1a2b")),
        ("attributes", json!([])),
        ("attributes", json!(["tags", "name"])),
        ("message", json!("A")),
        ("remediation", json!("tag it")),
        ("details", json!([])),
        ("details", json!([{"label": "missing", "text": "team"}])),
        ("details", json!([{"label": "lacking", "text": "owner"}])),
    ] {
        assert!(!with(key, value.clone()), "{key} {value}");
    }
}

#[test]
fn what_is_no_answer_says_nothing() {
    for response in [
        None,
        Some("{"),
        Some("{}"),
        Some(r#"{"error": "no prices"}"#),
        Some(r#"{"evaluation": {}}"#),
    ] {
        let replayed = Replayed {
            response: response.map(ToOwned::to_owned),
            difference: None,
        };
        assert!(!says(&[replayed], &evaluation(&[], &[])), "{response:?}");
    }
}

#[test]
fn what_is_recorded_of_a_policy_needs_its_module() {
    let judged = || Ok(evaluation(&["a"], &[]));
    let run = run_of(vec![
        policy("cost-cap", Some("sha256:0"), judged()),
        // A failure refuses, whatever answers now.
        policy("parity", None, Err(problem("policy-answer"))),
        // No policy of the environment: Tollgate itself.
        policy("tollgate", None, judged()),
    ]);
    let plans = vec![
        outcome("a.json", Err(problem("truncated"))),
        outcome("b.json", Ok(run)),
    ];
    let mut index = index(plans, Vec::new());
    assert!(
        index
            .environment
            .policies
            .iter()
            .any(|policy| policy.name == "cost-cap")
    );
    let answers = BTreeMap::from([((1, "cost-cap"), vec![piece(&[answered("a")], &[])])]);
    let found = inconsistencies(&index, &answers, &BTreeMap::new());
    assert_eq!(
        found,
        ["`cost-cap` on b.json: what record.json has of it is not what it answered"]
    );
    assert_eq!(plan_name(&index.plans, 1), "b.json");
    assert_eq!(plan_name(&index.plans, 2), "a plan that is not recorded");
    index.environment.policies.clear();
    assert!(inconsistencies(&index, &answers, &BTreeMap::new()).is_empty());
}
