#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use tollgate_model::library::LIBRARY;
use zeroize::Zeroizing;

use super::*;
use crate::stack::Stack;

const PLAN: &str = r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": []}"#;

/// A configuration of two policies, neither of which has a module.
fn config() -> Config {
    let text = "[policies.naming]\nsource = \"missing/naming.wasm\"\n\n\
        [policies.quota]\nsource = \"missing/quota.wasm\"\n";
    let config = Config::parse("tollgate.toml", text.into(), LIBRARY).unwrap();
    config.without_cache()
}

/// The environment of that configuration, with these two policies only.
fn environment(config: &Config) -> Environment {
    let mut environment = config.environment(None).unwrap();
    environment
        .policies
        .retain(|policy| matches!(policy.source, Source::Path(_)));
    environment
}

fn memory(name: &str, text: &str) -> PlanSource {
    PlanSource::Memory {
        name: name.to_owned(),
        stack: Stack::default(),
        bytes: Arc::new(Zeroizing::new(text.as_bytes().to_vec())),
    }
}

#[test]
fn every_source_has_an_outcome_in_its_place() {
    let config = config();
    let environment = environment(&config);
    let gate = Gate::open(&config, &environment).unwrap();
    let missing = PlanSource::File {
        path: PathBuf::from("missing/plan.json"),
        show_with: None,
        stack: Stack::default(),
    };
    let sources = [
        memory("cut.json", &PLAN[..20]),
        memory("plan.json", PLAN),
        missing,
        memory("other.json", "[]"),
    ];
    let outcomes = gate.evaluate(&sources, None);
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let result = outcome.result.as_ref().map(|_| "judged");
            let result = result.unwrap_or_else(|problem| problem.code.as_str());
            (outcome.input.path.as_str(), result)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("cut.json", "truncated"),
            ("plan.json", "judged"),
            ("missing/plan.json", "plan-unreadable"),
            ("other.json", "not-an-object"),
        ]
    );
    // What was read has a digest, usable or not.
    for (outcome, text) in outcomes.iter().zip([&PLAN[..20], PLAN, "", "[]"]) {
        let expected = match text {
            "" => String::new(),
            text => crate::sandbox::digest(text.as_bytes()),
        };
        assert_eq!(outcome.input.digest, expected, "{}", outcome.input.path);
    }
}

#[test]
fn a_policy_without_a_module_fails_and_every_other_is_asked_too() {
    let config = config();
    let environment = environment(&config);
    let gate = Gate::open(&config, &environment).unwrap();
    let text = PlanText::from_bytes(PLAN.into()).unwrap();
    let plan = text.read().unwrap();
    let asked = |only| {
        let answers = gate.answers(&plan, only).unwrap();
        let told = answers.into_iter().map(|answer| {
            let failure = answer.result.unwrap_err();
            assert_eq!(failure.code, "module-unreadable", "{}", answer.name);
            assert!(
                failure.message.contains(&answer.source),
                "{}",
                failure.message
            );
            assert_eq!((answer.version.as_str(), answer.digest), ("", None));
            assert_eq!((answer.changes_seen, answer.rules.len()), (0, 0));
            answer.name
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(asked(None), ["naming", "quota"]);
    assert_eq!(asked(Some("quota")), ["quota"]);
    assert_eq!(asked(Some("quot")), [""; 0]);
}

#[test]
fn settings_that_nobody_can_look_at_are_no_mistake_of_the_configuration() {
    let config = config();
    let mut environment = environment(&config);
    environment.policies[0].settings = serde_json::json!({"any": "thing"});
    let gate = Gate::open(&config, &environment).unwrap();
    assert!(gate.try_settings(&config).is_ok());
    let names = gate.policies().iter().map(|policy| &policy.configured.name);
    assert_eq!(names.collect::<Vec<_>>(), ["naming", "quota"]);
}
