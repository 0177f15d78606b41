#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use tollgate_samples as samples;

use super::log::Message;
use super::place::artifact;
use super::rules::is_address;
use super::*;
use tollgate_model::report::Severity;

fn log(report: &Report) -> Value {
    serde_json::from_str(&render(report).unwrap()).unwrap()
}

#[test]
fn samples() {
    for name in ["mixed", "policy_failure", "incomplete"] {
        insta::assert_snapshot!(
            format!("sarif_{name}"),
            render(&samples::named(name)).unwrap()
        );
    }
}

#[test]
fn a_log_is_what_code_scanning_takes_the_gravest_first() {
    let mut report = samples::mixed();
    let policy = &mut report.plans[0].policies[0];
    let mut finding = policy.findings[0].clone();
    let mut findings = Vec::new();
    for nth in 0..MAX_RESULTS + 10 {
        finding.address = Some(format!("aws_x.y[{nth}]"));
        finding.disposition = match nth % 2 {
            0 => Disposition::Warns,
            _ => Disposition::Refuses,
        };
        finding.severity = match nth % 3 {
            0 => Severity::Low,
            1 => Severity::Critical,
            _ => Severity::Medium,
        };
        findings.push(finding.clone());
    }
    policy.findings = findings;
    let total = words::findings(&report).count();
    let log = log(&report);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), MAX_RESULTS);
    let levels: Vec<_> = results.iter().map(|result| &result["level"]).collect();
    let last_error = levels.iter().rposition(|level| *level == "error").unwrap();
    let first_other = levels.iter().position(|level| *level != "error").unwrap();
    assert!(last_error < first_other, "{last_error} {first_other}");
    let notifications = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let told = notifications.as_array().unwrap().iter();
    let told: Vec<_> = told
        .filter(|each| each["descriptor"]["id"] == "results-left-out")
        .collect();
    let said = told[0]["message"]["text"].as_str().unwrap();
    assert!(
        said.starts_with(&format!("{} of {total} results", total - MAX_RESULTS)),
        "{said}"
    );
}

#[test]
fn levels_say_what_a_finding_leads_to() {
    let log = log(&samples::mixed());
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let level = result["level"].as_str().unwrap();
        let suppressed = !result["suppressions"].as_array().unwrap().is_empty();
        let expected = match result["properties"]["disposition"].as_str().unwrap() {
            "refuses" => (&["error"][..], false),
            "warns" => (&["warning", "note"][..], false),
            "passes" => (&["note"][..], false),
            _ => (&["warning", "note"][..], true),
        };
        assert!(expected.0.contains(&level), "{result}");
        assert_eq!(expected.1, suppressed, "{result}");
        let nth = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            log["runs"][0]["tool"]["driver"]["rules"][nth]["id"],
            result["ruleId"]
        );
    }
}

#[test]
fn fingerprints_differ_within_a_run_and_not_from_run_to_run() {
    let hashes = |report: &Report| -> Vec<String> {
        let log = log(report);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let of = |result: &Value| {
            result["partialFingerprints"]["primaryLocationLineHash"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        results.iter().map(of).collect()
    };
    let report = samples::many();
    let all = hashes(&report);
    assert_eq!(
        all.iter().collect::<std::collections::BTreeSet<_>>().len(),
        all.len()
    );
    let mut other = report.clone();
    for policy in &mut other.plans[0].policies {
        for finding in &mut policy.findings {
            finding.message.push_str(", in other words");
            finding.fingerprint = "sha256:0".to_owned();
            finding.location = None;
        }
    }
    assert_eq!(hashes(&other), all);
    // The same twice in a report is told apart.
    let mut twice = report;
    let finding = twice.plans[0].policies[0].findings[0].clone();
    twice.plans[0].policies[0].findings = vec![finding.clone(), finding];
    let twice = hashes(&twice);
    let second = twice.iter().find(|hash| hash.ends_with(":2")).unwrap();
    assert!(twice.contains(&second.replace(":2", ":1")), "{twice:?}");
}

#[test]
fn files_are_addresses() {
    let cases = [
        ("a/b.tf", "a/b.tf", true),
        ("./plan.json", "plan.json", true),
        ("../x/plan.json", "../x/plan.json", true),
        ("a\\b c.tf", "a/b%20c.tf", true),
        ("ä:b?#.tf", "%C3%A4%3Ab%3F%23.tf", true),
        ("/tmp/plan.json", "file:///tmp/plan.json", false),
        ("", ".", true),
    ];
    for (file, uri, relative) in cases {
        let found = artifact(HERE, file);
        assert_eq!(found.uri, uri, "of {file:?}");
        assert_eq!(found.uri_base_id.is_some(), relative, "of {file:?}");
    }
    for (link, good) in [
        ("https://registry.terraform.io/a/b#c", true),
        ("https://a.example/x?y=1", true),
        ("javascript:alert(1)", false),
        ("https://a b", false),
        ("https://a/%zz", false),
        ("https://[x", false),
    ] {
        assert_eq!(is_address(link), good, "{link}");
    }
}

#[test]
fn messages_hold_no_links_and_no_arguments() {
    assert_eq!(
        message("see [here](http://x) {0}"),
        Message {
            text: "see [here] (http://x) {{0}}".to_owned()
        }
    );
    assert_eq!(message("").text, "(empty)");
}
