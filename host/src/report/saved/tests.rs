#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::super::{json as format, samples};
use super::*;

/// Those samples that a run could have written.
const REAL: &[&str] = &[
    "clean",
    "policy_failure",
    "unreadable",
    "several",
    "many",
    "waived",
];

fn saved(name: &str, report: &Report) -> Saved {
    Saved::parse(name, format::render(report).unwrap().as_bytes()).unwrap()
}

fn error(name: &str, text: &str) -> String {
    Saved::parse(name, text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_a_run_wrote_is_read_back_as_it_was() {
    for name in REAL {
        let report = samples::named(name);
        let read = saved("r.json", &report);
        assert_eq!(read.report, report, "{name}");
        assert_eq!(merge(vec![read]).unwrap(), report, "{name}");
    }
}

#[test]
fn a_report_that_does_not_add_up_is_refused() {
    let cases: &[(&str, &str, Value, &str)] = &[
        (
            "several",
            "/verdict/decision",
            json!("passed"),
            "it says passed (exit code 3), and its parts come to plan-unusable (exit code 3)",
        ),
        (
            "many",
            "/verdict/exit_code",
            json!(0),
            "it says refused (exit code 0), and its parts come to refused (exit code 1)",
        ),
        (
            "many",
            "/verdict/warnings",
            json!(1),
            "it says 1 warnings, and its parts come to 200",
        ),
        (
            "many",
            "/plans/0/policies/1/findings",
            json!([]),
            "it says refused (exit code 1), and its parts come to passed (exit code 0)",
        ),
        (
            "many",
            "/plans/0/policies/1/findings/0/disposition",
            json!("warns"),
            "cannot be warns",
        ),
        (
            "many",
            "/plans/0/policies/1/findings/0/disposition",
            json!("waived"),
            "cannot be waived",
        ),
        (
            "many",
            "/plans/0/policies/0/findings/0/enforcement",
            json!("hard-mandatory"),
            "cannot be warns",
        ),
        (
            "clean",
            "/environment/name",
            json!("production\nPASSED"),
            "cannot be the name of an environment",
        ),
        (
            "many",
            "/plans/0/policies/1/name",
            json!("no name"),
            "cannot be the name of a policy",
        ),
        (
            "many",
            "/plans/0/policies/1/findings/0/rule",
            json!("other/resource-deleted"),
            "cannot be a rule of its policy",
        ),
        (
            "many",
            "/rules",
            json!([{
                "rule": "cost-cap/Some Rule", "title": "", "description": "", "severity": "low",
                "remediation": "", "links": [],
            }]),
            "cannot be a rule of its policy",
        ),
        (
            "waived",
            "/waivers/0/rule",
            json!("**"),
            "cannot be the rule of a waiver",
        ),
        (
            "clean",
            "/plans",
            json!([]),
            "its parts come to plan-unusable",
        ),
        (
            "clean",
            "/plans/0/policies",
            json!([]),
            "no policy judged examples/plans/production.json",
        ),
        (
            "clean",
            "/plans/0/facts",
            Value::Null,
            "has neither facts nor a problem",
        ),
        (
            "clean",
            "/plans/0/facts/incomplete",
            json!(["targeted"]),
            "its parts come to plan-unusable (exit code 3)",
        ),
        (
            "unreadable",
            "/plans/0/problem",
            Value::Null,
            "has neither facts nor a problem",
        ),
        ("waived", "/waivers", json!([]), "cannot be waived"),
        (
            "waived",
            "/waivers/0/covers",
            json!(2),
            "covers 1, and says 2",
        ),
        (
            "waived",
            "/waivers/0/state",
            json!("expired"),
            "cannot be waived",
        ),
    ];
    for (name, pointer, value, says) in cases {
        let mut edited = serde_json::to_value(samples::named(name)).unwrap();
        *edited.pointer_mut(pointer).unwrap() = value.clone();
        let error = error("r.json", &edited.to_string());
        assert!(
            error.starts_with("the report r.json does not add up: ") && error.contains(says),
            "{name} {pointer}: {error}"
        );
    }
}

#[test]
fn what_is_no_report_is_named_as_such() {
    let whole = format::render(&samples::named("clean")).unwrap();
    let mut later: Value = serde_json::from_str(&whole).unwrap();
    later["format_version"] = json!("2.0");
    let cases = [
        (String::new(), "r.json is no report: it is empty"),
        (
            whole[..whole.len() / 2].to_owned(),
            "r.json is no report: it ends too early: EOF",
        ),
        ("[1]".to_owned(), "r.json is no report: "),
        (
            "{\"version\": \"2.1.0\"}".to_owned(),
            "missing field `format_version`",
        ),
        (
            "<testsuites/>".to_owned(),
            "expected value at line 1 column 1",
        ),
        (
            later.to_string(),
            "the report r.json has format version 2.0, and this Tollgate reads 1.x",
        ),
        (
            whole.replace("\"soft-mandatory\"", "\"\\u001b[32mnone\""),
            "unknown variant `\\u{1b}[32mnone`",
        ),
    ];
    for (text, says) in cases {
        let error = error("r.json", &text);
        assert!(error.contains(says), "{error}");
        assert!(!error.contains('\u{1b}'), "{error}");
    }
    let (mut minor, name): (Value, _) = (serde_json::from_str(&whole).unwrap(), "r.json");
    minor["format_version"] = json!("1.99");
    minor["a later key"] = json!(1);
    assert!(Saved::parse(name, minor.to_string().as_bytes()).is_ok());
}

fn named_plan(path: &str, digit: char, base: &str) -> Report {
    let mut report = samples::named(base);
    for plan in &mut report.plans {
        plan.input.path = path.to_owned();
        plan.input.digest = format!("sha256:{}", digit.to_string().repeat(64));
    }
    report
}

#[test]
fn merged_reports_come_to_the_gravest_of_them() {
    let cases: &[(&[&str], u8)] = &[
        (&["clean", "clean"], 0),
        (&["clean", "many"], 1),
        (&["clean", "many", "policy_failure"], 4),
        (&["unreadable", "policy_failure", "many", "clean"], 3),
        (&["waived", "clean"], 0),
    ];
    for (names, exit_code) in cases {
        let reports: Vec<Saved> = names
            .iter()
            .zip('a'..)
            .map(|(name, digit)| {
                let report = named_plan("plan.json", digit, name);
                saved(&format!("{digit}.json"), &report)
            })
            .collect();
        let plans: usize = reports.iter().map(|each| each.report.plans.len()).sum();
        let merged = merge(reports).unwrap();
        assert_eq!(merged.verdict.exit_code, *exit_code, "{names:?}");
        assert_eq!(merged.plans.len(), plans, "{names:?}");
        assert_eq!(
            merged.plans[0].report.as_deref(),
            Some("a.json"),
            "{names:?}"
        );
        assert_eq!(merged.merged.len(), names.len(), "{names:?}");
        // What was merged can be saved and read back, and merged again.
        assert_eq!(saved("m.json", &merged).report, merged, "{names:?}");
        let more = saved("z.json", &named_plan("plan.json", 'z', "clean"));
        let again = merge(vec![saved("m.json", &merged), more]).unwrap();
        assert_eq!(again.merged.len(), names.len() + 1, "{names:?}");
        assert_eq!(
            again.plans[0].report.as_deref(),
            Some("a.json"),
            "{names:?}"
        );
    }
}

#[test]
fn waivers_of_several_reports_become_one_and_findings_follow() {
    let one = named_plan("a.json", 'a', "waived");
    let mut other = named_plan("b.json", 'b', "waived");
    // Another waiver before it: the index of the same one differs.
    other.waivers.insert(
        0,
        WaiverReport {
            address: "aws_sqs_queue.q".to_owned(),
            state: WaiverState::Unused,
            covers: 0,
            ..other.waivers[0].clone()
        },
    );
    for finding in other
        .plans
        .iter_mut()
        .flat_map(|plan| &mut plan.policies)
        .flat_map(|policy| &mut policy.findings)
    {
        finding.waiver = finding.waiver.map(|index| index + 1);
    }
    let merged = merge(vec![saved("1.json", &one), saved("2.json", &other)]).unwrap();
    let covers: Vec<usize> = merged.waivers.iter().map(|waiver| waiver.covers).collect();
    assert_eq!(covers, [2, 0]);
    let indexes: Vec<_> = words::findings(&merged)
        .filter_map(|finding| finding.waiver)
        .collect();
    assert_eq!(indexes, [0, 0]);
    assert_eq!(merged.verdict.waived, 2);
}

#[test]
fn reports_that_do_not_belong_together_are_not_merged() {
    let base = || named_plan("plan.json", 'a', "clean");
    let other = |change: &dyn Fn(&mut Report)| {
        let mut report = named_plan("plan.json", 'b', "clean");
        change(&mut report);
        report
    };
    let cases: Vec<(Report, &str)> = vec![
        (
            other(&|report| report.environment.name = "staging".to_owned()),
            "the reports 1.json and 2.json are of different environments: `production` and `staging`",
        ),
        (
            other(&|report| report.environment.protected = false),
            "`production` is protected in one only",
        ),
        (
            other(&|report| report.environment.incomplete = crate::environment::Response::Warn),
            "they answer incomplete plans differently",
        ),
        (base(), "the same report is in both 1.json and 2.json"),
        (
            other(&|report| report.plans[0].input.digest = base().plans[0].input.digest.clone()),
            "the same report is in both",
        ),
        (
            other(&|report| {
                report.plans[0].input.digest = base().plans[0].input.digest.clone();
                report.date = "2026-11-22".to_owned();
            }),
            "the plan plan.json is in both 1.json and 2.json",
        ),
    ];
    for (report, says) in cases {
        let reports = vec![saved("1.json", &base()), saved("2.json", &report)];
        let error = merge(reports).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert!(merge(Vec::new()).is_err());
}

#[test]
fn what_differs_between_reports_is_kept_for_each() {
    let one = named_plan("a.json", 'a', "clean");
    let mut other = named_plan("b.json", 'b', "clean");
    other.environment.configuration = None;
    other.date = "2026-11-20".to_owned();
    let merged = merge(vec![saved("1.json", &one), saved("2.json", &other)]).unwrap();
    assert_eq!(merged.date, "2026-11-20");
    assert_eq!(merged.environment.configuration, None);
    assert_eq!(
        merged.merged[0].configuration,
        one.environment.configuration
    );
    assert_eq!(merged.merged[0].date, one.date);

    // Every format that has a place for it says so.
    let options = crate::report::Options::default();
    let formats = |report: &Report| {
        use super::super::{github, human, junit, markdown, sarif, tap};
        [
            ("human", human::render(report, options)),
            ("github", github::render(report, options)),
            ("markdown", markdown::render(report)),
            ("sarif", sarif::render(report).unwrap()),
            ("junit", junit::render(report)),
            ("tap", tap::render(report)),
        ]
    };
    let said = |text: &str, what: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").contains(what)
    };
    let dates = "judged on different dates: 2026-11-20, 2026-11-21";
    for (format, text) in formats(&merged) {
        assert!(said(&text, dates), "{format}: {text}");
        assert!(
            said(&text, "by different configurations"),
            "{format}: {text}"
        );
        assert!(!said(&text, "different baselines"), "{format}: {text}");
    }
    let alike = named_plan("b.json", 'b', "clean");
    let merged = merge(vec![saved("1.json", &one), saved("2.json", &alike)]).unwrap();
    for (format, text) in formats(&merged) {
        assert!(!said(&text, "different"), "{format}: {text}");
    }
}

#[test]
fn the_parts_of_a_whole_are_merged_when_all_are_there() {
    let part = |shard: Option<&str>, path: &str| {
        let mut report = samples::named("clean");
        report.shard = shard.map(|shard| shard.parse().unwrap());
        for plan in &mut report.plans {
            plan.input.path = format!("{path}.json");
        }
        saved(path, &report)
    };
    let merged = |parts: &[(Option<&str>, &str)]| {
        let parts = parts.iter().map(|(shard, path)| part(*shard, path));
        merge(parts.collect()).map_err(|error| error.to_string())
    };
    let (one, two, three) = ((Some("1/3"), "a"), (Some("2/3"), "b"), (Some("3/3"), "c"));
    let whole = merged(&[two, three, one]).unwrap();
    assert_eq!(whole.shard, None);
    assert_eq!(whole.merged.len(), 3);
    // One alone is shown as what it is.
    assert_eq!(
        merged(&[two]).unwrap().shard.map(|shard| shard.to_string()),
        Some("2/3".to_owned())
    );
    for (parts, expected) in [
        (&[one, three][..], "the report of part 2/3 is missing"),
        (
            &[one, (Some("2/4"), "b")],
            "the report a is one of 3 parts, and b is one of 4 parts",
        ),
        (
            &[one, two, (Some("2/3"), "d"), three],
            "the reports b and d are both part 2/3",
        ),
        (
            &[one, two, three, (None, "e")],
            "the report a is one of 3 parts, and e is no part",
        ),
        (
            &[(Some("4/9"), "f"), (Some("9/9"), "g")],
            "the reports of 7 parts are missing, from 1/9 to 8/9",
        ),
    ] {
        assert_eq!(merged(parts).unwrap_err(), expected);
    }
}
