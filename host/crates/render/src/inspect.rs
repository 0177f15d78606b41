//! What `tollgate policy inspect` prints: what a module is, what it may see of a plan
//! and what it can be told to do.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::explain::{RuleDoc, section};
use crate::page::{Line, Options, Page, Role};
use crate::words::severity;

/// A policy module, with all that it says of itself and all that was found in it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PolicyDoc {
    /// The name in the configuration.
    pub name: String,
    /// The version that the module states.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// `built-in` or a path.
    pub source: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Bytes of the module.
    pub size: u64,
    /// The shape and the contract, such as `component, contract 0.1.0`.
    pub kind: String,
    /// Where its compiled code comes from.
    pub code: String,
    /// What the module asks of its host; empty for one that can reach nothing.
    pub imports: Vec<String>,
    /// Functions of WASI that it imports, which are there and reach nothing.
    pub inert_imports: Vec<String>,
    /// The rules that it can report.
    pub rules: Vec<RuleDoc>,
    /// The JSON Schema of its settings.
    pub settings: Value,
    /// Which resource changes it sees, and what of each.
    pub interests: Vec<InterestDoc>,
    /// Whether it sees changes to root module outputs.
    pub outputs: bool,
    /// Whether it sees what changed outside of the configuration.
    pub drift: bool,
    /// Names of the data documents that it reads.
    pub documents: Vec<String>,
    /// Whether a plan may be handed to it in pieces.
    pub chunkable: bool,
    /// Resource types whose changes are all in the first piece.
    pub together: Vec<String>,
    /// How many further resource types it knows and has nothing to say of.
    pub known_types: usize,
}

/// One interest of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InterestDoc {
    /// Resource types, with `*` for any run of characters.
    pub types: Vec<String>,
    /// Only changes with one of these actions; empty means every action.
    pub actions: Vec<String>,
    /// Attribute paths; the empty path is the whole object.
    pub attributes: Vec<String>,
    /// Whether it sees what the configuration of each attribute refers to.
    pub references: bool,
}

/// The column beside `source`, `digest`, ….
const LABEL: usize = 9;

/// The column beside `actions`, `attributes`, ….
const SEES: usize = 12;

/// Returns the description as text.
pub fn render(policy: &PolicyDoc, options: Options) -> String {
    let mut page = Page::new(options);
    page.line(
        0,
        2,
        &Line::new()
            .atom(Role::Strong, policy.name.as_str())
            .text(" ")
            .atom(Role::Plain, policy.version.as_str()),
    );
    page.line(0, 0, &Line::new().text(policy.description.as_str()));
    page.blank();
    let facts = [
        ("source", policy.source.clone()),
        ("digest", policy.digest.clone()),
        ("size", format!("{} bytes", grouped(policy.size))),
        ("kind", policy.kind.clone()),
        ("code", policy.code.clone()),
    ];
    for (label, text) in facts {
        page.item(0, LABEL, Role::Faint, label, &Line::new().text(text));
    }
    let (role, imports) = if policy.imports.is_empty() && !policy.inert_imports.is_empty() {
        (
            Role::Good,
            format!(
                "{} functions of an inert WASI: no file, network, environment or arguments, a clock that stands still, no real randomness",
                policy.inert_imports.len()
            ),
        )
    } else if policy.imports.is_empty() {
        (
            Role::Good,
            "none: it reaches no file, network, clock or randomness".to_owned(),
        )
    } else {
        (Role::Warning, policy.imports.join(", "))
    };
    page.item(
        0,
        LABEL,
        Role::Faint,
        "imports",
        &Line::new().put(role, imports),
    );

    section(
        &mut page,
        "What it sees of a plan, and nothing else",
        |page| sees(page, policy),
    );
    section(&mut page, "Rules", |page| rules(page, &policy.rules));
    section(&mut page, "Settings", |page| settings(page, policy));
    page.finish()
}

fn sees(page: &mut Page, policy: &PolicyDoc) {
    let labelled = |page: &mut Page, label, text: String| {
        page.item(4, SEES, Role::Faint, label, &Line::new().text(text));
    };
    for interest in &policy.interests {
        let types = if interest.types.iter().any(|pattern| pattern == "*") {
            "every type of resource".to_owned()
        } else {
            names(&interest.types)
        };
        page.item(2, 2, Role::Plain, "-", &Line::new().text(types));
        let actions = if interest.actions.is_empty() {
            "any".to_owned()
        } else {
            names(&interest.actions)
        };
        labelled(page, "actions", actions);
        let attributes = if interest.attributes.iter().any(String::is_empty) {
            "all".to_owned()
        } else if interest.attributes.is_empty() {
            "none".to_owned()
        } else {
            names(&interest.attributes)
        };
        labelled(page, "attributes", attributes);
        if interest.references {
            labelled(
                page,
                "references",
                "what the configuration of these refers to".to_owned(),
            );
        }
    }
    if policy.interests.is_empty() {
        page.item(
            2,
            2,
            Role::Plain,
            "-",
            &Line::new().text("no change of a resource"),
        );
    }
    let also = [
        (policy.outputs, "changes to root module outputs"),
        (policy.drift, "what changed outside of the configuration"),
    ];
    for (_, what) in also.into_iter().filter(|(sees, _)| *sees) {
        page.item(2, 2, Role::Plain, "-", &Line::new().text(what));
    }
    if !policy.documents.is_empty() {
        let line = Line::new()
            .text("data documents: ")
            .text(names(&policy.documents));
        page.item(2, 2, Role::Plain, "-", &line);
    }
    if policy.known_types > 0 {
        let line = Line::new().text(format!(
            "besides, it knows {} that none of its rules is about",
            crate::page::count(policy.known_types, "type", "types")
        ));
        page.item(2, 2, Role::Plain, "-", &line);
    }
    if !policy.together.is_empty() {
        let line = Line::new()
            .text("always together: ")
            .text(names(&policy.together));
        page.item(2, 2, Role::Plain, "-", &line);
    }
    let how = if policy.chunkable {
        "Large plans may be handed to it in pieces."
    } else {
        "It is handed all of that at once."
    };
    page.line(
        2,
        2,
        &Line::new()
            .put(Role::Faint, how)
            .put(Role::Faint, " Sensitive values are never handed over."),
    );
}

fn names(names: &[String]) -> String {
    names.join(", ")
}

fn rules(page: &mut Page, rules: &[RuleDoc]) {
    let width = rules
        .iter()
        .map(|rule| rule.id.len())
        .max()
        .unwrap_or(0)
        .min(32)
        + 2;
    for rule in rules {
        let line = Line::new()
            .put(Role::Faint, format!("[{}] ", severity(rule.severity)))
            .text(rule.title.as_str());
        page.item(2, width, Role::Strong, &rule.id, &line);
    }
    if rules.is_empty() {
        page.line(2, 2, &Line::new().text("none"));
    }
    if let Some(rule) = rules.first() {
        let line = Line::new()
            .put(Role::Faint, "Why a rule exists: ")
            .atom(Role::Plain, format!("tollgate explain {}", rule.name()));
        page.line(2, 4, &line);
    }
}

fn settings(page: &mut Page, policy: &PolicyDoc) {
    let properties = policy.settings.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        page.line(2, 2, &Line::new().text("none"));
        return;
    };
    let required: BTreeSet<&str> = policy
        .settings
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, schema) in properties {
        let mut line = Line::new().atom(Role::Strong, name.as_str()).put(
            Role::Faint,
            format!(" ({}", kind(&policy.settings, schema, 0)),
        );
        if required.contains(name.as_str()) {
            line = line.put(Role::Faint, ", required");
        } else if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
            line = line.put(Role::Faint, format!(", default {default}"));
        }
        page.line(2, 4, &line.put(Role::Faint, ")"));
        let target = resolve(&policy.settings, schema);
        if let Some(text) = schema
            .get("description")
            .or_else(|| target.get("description"))
            .and_then(Value::as_str)
        {
            // Doc comments wrap in the middle of sentences.
            let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            page.line(4, 4, &Line::new().text(text));
        }
    }
    let line = Line::new()
        .put(Role::Faint, "Set them under ")
        .atom(Role::Plain, format!("[policies.{}.settings]", policy.name))
        .put(
            Role::Faint,
            " in tollgate.toml; `--json` has the whole schema.",
        );
    page.line(2, 2, &line);
}

/// Follows one reference into the schema's own definitions.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.strip_prefix('#'));
    pointer
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

/// Returns what a setting may be, in a few words; `any` where that takes more.
fn kind(root: &Value, schema: &Value, depth: usize) -> String {
    // Schemas come from policies: references may go round in circles.
    if depth > 4 {
        return "any".to_owned();
    }
    let schema = resolve(root, schema);
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let kinds = choices.iter().map(|choice| kind(root, choice, depth + 1));
            return either(kinds);
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => match schema.get("items") {
            Some(items) => format!("list of {}", kind(root, items, depth + 1)),
            None => "list".to_owned(),
        },
        Some(Value::String(name)) if name == "object" => "table".to_owned(),
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            either(names.iter().filter_map(Value::as_str).map(str::to_owned))
        }
        _ => "any".to_owned(),
    }
}

fn either(kinds: impl Iterator<Item = String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    // An optional setting is left out, not set to null: TOML has none.
    for kind in kinds.filter(|kind| kind != "null") {
        if !distinct.contains(&kind) {
            distinct.push(kind);
        }
    }
    distinct.join(" or ")
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use tollgate_model::rule::{Enforcement, Severity};

    use super::*;
    use crate::formats::json;

    fn policy() -> PolicyDoc {
        let rule = |id: &str, title: &str, severity| RuleDoc {
            policy: "cost-cap".into(),
            id: id.into(),
            title: title.into(),
            description: "Money.".into(),
            severity,
            remediation: "Spend less.".into(),
            example: None,
            links: vec![],
            enforcement: vec![("production".into(), Enforcement::SoftMandatory)],
        };
        PolicyDoc {
            name: "cost-cap".into(),
            version: "0.1.0".into(),
            description: "Caps what an environment costs a month.".into(),
            source: "built-in".into(),
            digest: "sha256:6f1e0d6cbb0fd1c3e1bb1fbc2b9ab0c58a3e4c3a7f0a5b9d2f40b2f6e3d7c8a9"
                .into(),
            size: 204_312,
            kind: "component, contract 0.1.0".into(),
            code: "compiled when Tollgate was built".into(),
            imports: vec![],
            inert_imports: vec![],
            rules: vec![
                rule(
                    "monthly-total",
                    "Monthly cost within the cap",
                    Severity::High,
                ),
                rule(
                    "unpriced",
                    "A price for everything that costs money",
                    Severity::Medium,
                ),
            ],
            settings: json!({
                "type": "object",
                "properties": {
                    "monthly-cap-usd": {
                        "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}],
                        "description": "The most that the environment\nmay cost a month, in USD."
                    },
                    "unpriced": {"$ref": "#/$defs/Unpriced", "default": "undetermined"},
                    "usage": {"type": "object", "description": "Declared usage."},
                    "allow-unpriced-types": {"type": "array", "items": {"type": "string"}, "default": []},
                    "round": {"$ref": "#/$defs/Round"}
                },
                "required": ["usage"],
                "$defs": {
                    "Unpriced": {"description": "What an unpriced resource leads to.", "enum": ["undetermined", "allow"]},
                    "Round": {"$ref": "#/$defs/Round"}
                }
            }),
            interests: vec![
                InterestDoc {
                    types: vec!["aws_db_instance".into(), "aws_lambda_*".into()],
                    actions: vec![],
                    attributes: vec!["instance_class".into(), "allocated_storage".into()],
                    references: false,
                },
                InterestDoc {
                    types: vec!["*".into()],
                    actions: vec!["create".into(), "delete".into()],
                    attributes: vec![],
                    references: true,
                },
            ],
            outputs: true,
            drift: false,
            documents: vec!["price-book".into()],
            chunkable: false,
            together: Vec::new(),
            known_types: 0,
        }
    }

    #[test]
    fn whole() {
        insta::assert_snapshot!(
            "inspect",
            render(
                &policy(),
                Options {
                    width: 80,
                    color: false
                }
            )
        );
    }

    #[test]
    fn a_module_with_imports_and_nothing_to_say() {
        let policy = PolicyDoc {
            name: "n\u{1b}[0m".into(),
            imports: vec![
                "wasi_snapshot_preview1.clock_time_get".into(),
                "env.evil\n".into(),
            ],
            rules: vec![],
            settings: json!({"properties": {"a\u{202e}b": {"type": ["string", "null"]}}}),
            interests: vec![],
            outputs: false,
            documents: vec![],
            chunkable: true,
            together: vec!["aws_rds_cluster_instance".to_owned()],
            known_types: 1_200,
            ..policy()
        };
        insta::assert_snapshot!(
            "inspect_imports",
            render(
                &policy,
                Options {
                    width: 40,
                    color: false
                }
            )
        );
    }

    #[test]
    fn json_holds_everything() {
        let text = json::render(&policy()).unwrap_or_default();
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        for key in [
            "name",
            "digest",
            "imports",
            "rules",
            "settings",
            "interests",
            "outputs",
            "drift",
            "documents",
            "chunkable",
            "together",
            "known_types",
        ] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert_eq!(
            value["rules"][0]["enforcement"],
            json!([["production", "soft-mandatory"]])
        );
    }
}
