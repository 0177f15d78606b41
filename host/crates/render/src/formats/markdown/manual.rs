//! Pages of a manual: what a policy says of itself, and what a JSON Schema says of a file.
//!
//! A page is the same wherever it is made: no digest, size or place of a module is in it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::escape::{code, code_cell, prose};
use super::paragraph;
use crate::inspect::PolicyDoc;
use crate::words::severity;
use tollgate_model::inert::inert;

/// The most resource types that are listed for one interest.
const MAX_TYPES: usize = 40;

/// Returns the page of a policy: its rules, its settings, and what it sees of a plan.
pub fn policy(policy: &PolicyDoc) -> String {
    let mut page = format!(
        "# {}\n\n{}\n",
        code(&policy.name),
        prose(&policy.description)
    );
    page.push_str("\n## Rules\n\n| Rule | Severity | What it finds |\n|---|---|---|\n");
    for rule in &policy.rules {
        let _ = writeln!(
            page,
            "| [{}](#{}) | {} | {} |",
            code_cell(&rule.id),
            rule.id,
            severity(rule.severity),
            cell(&rule.title)
        );
    }
    for rule in &policy.rules {
        let _ = write!(
            page,
            "\n### {}\n\n{}.\n\n{}\n",
            rule.id,
            prose(&rule.title),
            paragraph(&rule.description),
        );
        if let Some(example) = &rule.example {
            let _ = write!(page, "\n**For example.** {}\n", blocks(example));
        }
        let _ = write!(page, "\n**How to comply.** {}\n", prose(&rule.remediation));
        if !rule.links.is_empty() {
            page.push_str("\n**Read more.**\n\n");
            for link in &rule.links {
                let _ = writeln!(page, "- {}", code(link));
            }
        }
    }
    page.push_str("\n## Settings\n\n");
    match policy.settings.get("properties").and_then(Value::as_object) {
        Some(keys) if !keys.is_empty() => {
            let _ = writeln!(
                page,
                "In `[policies.{0}.settings]`, or `[environments.NAME.policies.{0}]` for one environment.\n",
                policy.name
            );
            page.push_str(&table(keys, &policy.settings, false));
            page.push_str(&definitions(&policy.settings, false));
        }
        _ => page.push_str("None.\n"),
    }
    page.push_str("\n## What it sees\n\n");
    page.push_str("The attributes that it asks for, of resources of these types; nothing else of a plan reaches it.");
    if policy
        .interests
        .iter()
        .any(|interest| interest.types.len() > MAX_TYPES)
    {
        let _ = write!(
            page,
            " Long lists of types are cut here: {} has all.",
            code(&format!("tollgate policy inspect {} --json", policy.name))
        );
    }
    page.push_str("\n\n");
    for interest in &policy.interests {
        let shown: Vec<String> = interest
            .types
            .iter()
            .take(MAX_TYPES)
            .map(|name| code(name))
            .collect();
        let more = match interest.types.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let attributes: Vec<String> = interest
            .attributes
            .iter()
            .map(|path| match path.as_str() {
                "" => "the whole resource".to_owned(),
                path => code(path),
            })
            .collect();
        let attributes = match attributes.as_slice() {
            [] => "no attribute".to_owned(),
            all => all.join(", "),
        };
        let _ = writeln!(page, "- **{}{more}**: {attributes}", shown.join(", "));
    }
    page
}

/// Returns a schema as a page: a table of the keys, then one for every kind of table below it.
pub fn schema(title: &str, schema: &Value) -> String {
    let mut page = format!("# {}\n", code(title));
    if let Some(text) = description(schema) {
        let _ = write!(page, "\n{}\n", paragraph(text));
    }
    if let Some(keys) = schema.get("properties").and_then(Value::as_object) {
        page.push('\n');
        page.push_str(&table(keys, schema, true));
    }
    page.push_str(&definitions(schema, true));
    page
}

/// A section for each definition that has keys or a choice of words. With `links`, types lead to
/// their sections.
fn definitions(schema: &Value, links: bool) -> String {
    let mut text = String::new();
    for (name, definition) in schema
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let choices = choices(definition);
        let keys = definition.get("properties").and_then(Value::as_object);
        if choices.is_empty() && keys.is_none() && alternatives(definition).is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {name}\n");
        if let Some(told) = description(definition) {
            let _ = write!(text, "\n{}\n", paragraph(told));
        }
        if !choices.is_empty() {
            text.push_str("\n| Word | Meaning |\n|---|---|\n");
            for (word, meaning) in choices {
                let _ = writeln!(text, "| {} | {} |", code_cell(&word), cell(meaning));
            }
        } else if let Some(keys) = keys {
            text.push('\n');
            text.push_str(&table(keys, definition, links));
        } else {
            text.push_str("\nOne of:\n\n");
            for one in alternatives(definition) {
                let told = description(one)
                    .map(|told| format!(": {}", prose(told)))
                    .unwrap_or_default();
                let _ = writeln!(text, "- {}{told}", kind(one, links));
            }
        }
    }
    text
}

/// The rows of an object's keys, in the order of the schema.
fn table(keys: &Map<String, Value>, object: &Value, links: bool) -> String {
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut text = String::from("| Key | Value | Meaning |\n|---|---|---|\n");
    for (key, value) in keys {
        let mut meaning = description(value).map(cell).unwrap_or_default();
        if required.contains(&key.as_str()) {
            meaning.push_str(" Required.");
        }
        if let Some(default) = value.get("default").filter(|default| !default.is_null()) {
            let _ = write!(meaning, " Default: {}.", code_cell(&default.to_string()));
        }
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            code_cell(key),
            kind(value, links),
            meaning.trim()
        );
    }
    text
}

/// The shape of a value, in words.
fn kind(value: &Value, links: bool) -> String {
    if let Some(name) = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| path.rsplit('/').next())
    {
        return if links {
            format!("[{name}](#{})", name.to_lowercase())
        } else {
            name.to_owned()
        };
    }
    let alternatives = alternatives(value);
    if !alternatives.is_empty() {
        let all: Vec<String> = alternatives.iter().map(|one| kind(one, links)).collect();
        return all.join(" or ");
    }
    if let Some(words) = value.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words
            .iter()
            .map(|word| code_cell(&word.to_string()))
            .collect();
        return words.join(", ");
    }
    let name = match value.get("type") {
        Some(Value::String(name)) => name.as_str(),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or("any"),
        _ => "any",
    };
    match name {
        "array" => match value.get("items") {
            Some(items) => format!("list of {}", kind(items, links)),
            None => "list".to_owned(),
        },
        "object" => match value.get("additionalProperties") {
            Some(values @ Value::Object(_)) => format!("table of {}", kind(values, links)),
            _ => "table".to_owned(),
        },
        "integer" => match (value.get("minimum"), value.get("maximum")) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            _ => "integer".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// The shapes that a value may have; not the one that is null.
fn alternatives(value: &Value) -> Vec<&Value> {
    ["anyOf", "oneOf"]
        .iter()
        .filter_map(|key| value.get(*key).and_then(Value::as_array))
        .flatten()
        .filter(|one| {
            one.get("const").is_none() && one.get("type").and_then(Value::as_str) != Some("null")
        })
        .collect()
}

/// The words that a value may be, with what each means.
fn choices(value: &Value) -> Vec<(String, &str)> {
    value
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| {
            let word = one.get("const")?.as_str()?.to_owned();
            Some((word, description(one).unwrap_or_default()))
        })
        .collect()
}

fn description(value: &Value) -> Option<&str> {
    value.get("description").and_then(Value::as_str)
}

/// Paragraphs, and blocks of code between fences. A fence that nothing closes ends with the text.
fn blocks(text: &str) -> String {
    let mut out = String::new();
    let mut code: Option<Vec<&str>> = None;
    let mut plain: Vec<&str> = Vec::new();
    for line in text.lines().chain(text.contains("```").then_some("```")) {
        let is_fence = line.trim_start().starts_with("```");
        match (&mut code, is_fence) {
            (Some(lines), false) => lines.push(line),
            (Some(_), true) => {
                let lines = code.take().unwrap_or_default();
                if !lines.is_empty() {
                    out.push_str(&fenced(&lines));
                }
            }
            (None, true) => {
                out.push_str(&paragraph(&plain.join("\n")));
                plain.clear();
                code = Some(Vec::new());
            }
            (None, false) => plain.push(line),
        }
    }
    out.push_str(&paragraph(&plain.join("\n")));
    out
}

/// Lines of code, between fences that none of them ends.
fn fenced(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| inert(line)).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`'));
    let fence = "`".repeat(longest.map(str::len).max().unwrap_or_default().max(2) + 1);
    format!("\n\n{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

/// Prose on one line, in which no bar ends a cell.
fn cell(text: &str) -> String {
    let text = prose(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut cell = String::with_capacity(text.len());
    for letter in text.chars() {
        // Outside of code it is escaped already.
        if letter == '|' && !cell.ends_with('\\') {
            cell.push('\\');
        }
        cell.push(letter);
    }
    cell
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{blocks, schema};

    #[test]
    fn code_stays_between_its_fences() {
        assert_eq!(blocks("A `bucket`, <b>"), "A `bucket`, &lt;b&gt;");
        let page = blocks("First:\n```hcl\na = 1\n<!-- ````x -->\n```\nand *then*.");
        assert_eq!(
            page,
            "First:\n\n`````text\na = 1\n<!-- ````x -->\n`````\nand \\*then\\*."
        );
        // Nothing closes it.
        assert_eq!(blocks("```\nx"), "\n\n```text\nx\n```\n");
    }

    #[test]
    fn says_what_a_key_takes() {
        let page = schema(
            "file.toml",
            &json!({
                "description": "A file.",
                "properties": {
                    "size": { "type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "How\nlarge." },
                    "names": { "type": "array", "items": { "type": "string" } },
                    "mood": { "anyOf": [{ "$ref": "#/$defs/Mood" }, { "type": "null" }], "description": "a | b" },
                },
                "required": ["names"],
                "$defs": {
                    "Mood": { "oneOf": [{ "const": "good", "description": "Fine." }] },
                },
            }),
        );
        for row in [
            "| `size` | integer, 1 to 9 | How large. Default: `3`. |",
            "| `names` | list of string | Required. |",
            "| `mood` | [Mood](#mood) | a \\| b |",
            "| `good` | Fine. |",
        ] {
            assert!(page.lines().any(|line| line == row), "no {row}\n{page}");
        }
    }
}
