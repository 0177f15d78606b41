#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::{Value as Json, json};
use tollgate_model::library::LIBRARY;

use super::*;

fn config(text: &str) -> Config {
    Config::parse("tollgate.toml", text.into(), LIBRARY).unwrap()
}

#[test]
fn a_message_is_about_the_innermost_setting_in_backquotes() {
    let settings = json!({
        "budgets": {"monthly": {"cap": 1}},
        "regions": ["eu-west-1", "mars"],
        "a/b~c": true,
        "limit": 5,
    });
    for (message, expected) in [
        ("`limit` is too small", "/limit"),
        ("`cap` in `budgets` is too small", "/budgets/monthly/cap"),
        ("`budgets` has no currency", "/budgets"),
        ("`mars` is no region", "/regions/1"),
        ("`a/b~c` cannot be true", "/a~1b~0c"),
        // Without backquotes it can be any word.
        ("limit is too small", ""),
        ("`limits` are unknown", ""),
        // Only texts and keys are names.
        ("`5` is too small", ""),
        ("`true` is no region", ""),
        ("", ""),
    ] {
        assert_eq!(mentioned(&settings, message), expected, "{message}");
    }
}

#[test]
fn a_setting_that_names_an_environment_names_one_of_the_configuration() {
    let schema = json!({"properties": {
        "compare-with": {"type": "string", "format": "environment"},
        "label": {"type": "string", "format": "date"},
        "a/b~c": {"format": "environment"},
    }})
    .to_string();
    let both = "[environments.staging]\n[environments.production]\n";
    let found = |text: &str, schema: &str, settings: &Json| {
        unknown_environment(&config(text), schema, settings)
    };
    for settings in [
        json!({"compare-with": "staging"}),
        json!({"compare-with": 5}),
        json!({"label": "stagign"}),
        json!({"other": "stagign"}),
        json!({}),
    ] {
        assert_eq!(found(both, &schema, &settings), None, "{settings}");
    }
    let wrong = json!({"compare-with": "stagign"});
    assert_eq!(
        found(both, &schema, &wrong),
        Some(SettingError {
            pointer: "/compare-with".to_owned(),
            at_key: false,
            message:
                "`compare-with` names `stagign`, which is no environment of this configuration"
                    .to_owned(),
            help: Some("name one of: production, staging".to_owned()),
        })
    );
    let escaped = found(both, &schema, &json!({"a/b~c": "x"})).unwrap();
    assert_eq!(escaped.pointer, "/a~1b~0c");
    // Where every name is an environment, none is unknown; and a schema can be anything.
    assert_eq!(found("", &schema, &wrong), None);
    assert_eq!(found(both, "{}", &wrong), None);
    assert_eq!(found(both, "{", &wrong), None);
}

/// The line, the column and the help of a mistake in the settings of `cost-cap`.
fn shown(text: &str, error: &SettingError) -> (Option<(usize, usize)>, String) {
    let config = config(text);
    let environment = config.environment(None).unwrap();
    let error = rejected_setting(&config, &environment, "cost-cap", error);
    let ConfigError::Invalid(diagnostics) = error else {
        panic!("{error}");
    };
    let [diagnostic] = &diagnostics[..] else {
        panic!("{diagnostics:?}");
    };
    assert_eq!(diagnostic.title, "policy `cost-cap` rejects its settings");
    let place = diagnostic.place.as_ref().map(|place| {
        assert_eq!(place.label, "too small");
        (place.location.line, place.location.column)
    });
    (place, diagnostic.help.clone().unwrap())
}

#[test]
fn a_rejected_setting_is_shown_where_it_is_written() {
    let error = |pointer: &str, at_key| SettingError {
        pointer: pointer.to_owned(),
        at_key,
        message: "too small".to_owned(),
        help: None,
    };
    let base = "[policies.cost-cap.settings]\nmonthly-cap = 5\n";
    let over =
        format!("{base}[environments.production.policies.cost-cap.settings]\nmonthly-cap = 6\n");
    for (text, pointer, at_key, expected) in [
        (base, "/monthly-cap", false, (2, 15)),
        (base, "/monthly-cap", true, (2, 1)),
        // The environment's own comes first.
        (over.as_str(), "/monthly-cap", false, (4, 15)),
    ] {
        let (place, help) = shown(text, &error(pointer, at_key));
        assert_eq!(place, Some(expected), "{text} {at_key}");
        assert_eq!(
            help,
            "`tollgate policy inspect cost-cap` shows its settings"
        );
    }
    // What is missing is shown at the table that it is missing in.
    let (place, _) = shown(base, &error("/yearly-cap", false));
    assert_eq!(place.map(|(line, _)| line), Some(1));
    // No table, no place.
    assert_eq!(shown("", &error("/monthly-cap", false)).0, None);
}

#[test]
fn help_of_the_schema_comes_before_ours() {
    let error = SettingError {
        pointer: String::new(),
        at_key: false,
        message: "too small".to_owned(),
        help: Some("at least 10".to_owned()),
    };
    assert_eq!(shown("", &error).1, "at least 10");
}
