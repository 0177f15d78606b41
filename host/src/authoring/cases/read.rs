//! A file of cases as TOML, and what of a case is neither its plan nor what it expects.

use std::ops::Range;
use std::path::PathBuf;

use serde_json::Value as Json;
use toml::de::DeTable;

use super::changes::Written;
use super::expect::expected;
use super::{Case, Content, PlanOf};
use crate::config::read::{
    At, Fields, Mistake, Mistakes, Node, boolean, entries, items, json, text, wrong_type,
};
use crate::diagnostic::quoted;
use crate::environment::protected_by_name;

/// What holds for every case of a file that does not say otherwise.
#[derive(Default)]
struct Defaults {
    environment: Option<(String, bool)>,
    settings: Option<(Json, Option<Range<usize>>)>,
    documents: Vec<(String, At<Content>)>,
}

impl Defaults {
    /// What a case says itself, and for the rest what its file says.
    fn over(mut self, defaults: &Self) -> Self {
        for (name, content) in &defaults.documents {
            if !self.documents.iter().any(|(own, _)| own == name) {
                self.documents.push((name.clone(), content.clone()));
            }
        }
        Self {
            environment: self.environment.or_else(|| defaults.environment.clone()),
            settings: self.settings.or_else(|| defaults.settings.clone()),
            documents: self.documents,
        }
    }
}

pub(super) fn file(
    document: &toml::Spanned<DeTable<'_>>,
    to_write: bool,
    mistakes: &mut Mistakes,
) -> Vec<Case> {
    let mut fields = Fields::root(document);
    let defaults = fields
        .take("defaults", mistakes, |node, mistakes| {
            let mut fields = Fields::of(node, "defaults".to_owned(), mistakes)?;
            let defaults = surroundings(&mut fields, mistakes);
            fields.finish(mistakes);
            Some(defaults)
        })
        .map(|defaults| defaults.value)
        .unwrap_or_default();
    let cases = fields
        .take("case", mistakes, |node, mistakes| {
            if node.get_ref().is_table() {
                mistakes.push(
                    wrong_type(node, "an array of tables")
                        .help("write `[[case]]`, with two brackets"),
                );
                return None;
            }
            let cases: Vec<Case> = items(node, mistakes)?
                .into_iter()
                .filter_map(|node| case(node, &defaults, to_write, mistakes))
                .collect();
            Some(cases)
        })
        .map(|cases| cases.value)
        .unwrap_or_default();
    fields.finish(mistakes);
    for (nth, case) in cases.iter().enumerate() {
        let earlier = cases.iter().take(nth);
        if let Some(first) = earlier
            .rev()
            .find(|other| other.name.value == case.name.value)
        {
            let title = format!("two cases are named {}", quoted(&case.name.value));
            mistakes.push(
                Mistake::new(&case.name.span, title, "a report could not tell them apart")
                    .related(&first.name.span, "first here"),
            );
        }
    }
    cases
}

/// Where a policy is asked: environment, settings, documents.
fn surroundings(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Defaults {
    let environment = fields
        .take("environment", mistakes, environment)
        .map(|environment| environment.value);
    let settings = fields
        .take("settings", mistakes, |node, mistakes| {
            if !node.get_ref().is_table() {
                mistakes.push(wrong_type(node, "a table"));
                return None;
            }
            json(node, mistakes)
        })
        .map(|settings| (settings.value, Some(settings.span)));
    let documents = fields
        .take("documents", mistakes, |node, mistakes| {
            let mut documents = Vec::new();
            for (key, node) in entries(node, mistakes)? {
                let content = match node.get_ref().as_str() {
                    Some(path) => Some(Content::File(PathBuf::from(path))),
                    None => json(node, mistakes).map(|json| Content::Inline(json.to_string())),
                };
                if let Some(value) = content {
                    let content = At {
                        value,
                        span: node.span(),
                    };
                    documents.push((key.get_ref().to_string(), content));
                }
            }
            Some(documents)
        })
        .map(|documents| documents.value)
        .unwrap_or_default();
    Defaults {
        environment,
        settings,
        documents,
    }
}

/// `"staging"`, or `{ name = "staging", protected = false }`.
fn environment(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<(String, bool)> {
    if node.get_ref().as_str().is_some() {
        let name = text(node, mistakes)?;
        let protected = protected_by_name(&name);
        return Some((name, protected));
    }
    let mut fields = Fields::of(node, "environment".to_owned(), mistakes)?;
    let name = fields.required("name", mistakes, text);
    let protected = fields.take("protected", mistakes, boolean);
    fields.finish(mistakes);
    let name = name?.value;
    let protected = protected.map_or_else(|| protected_by_name(&name), |value| value.value);
    Some((name, protected))
}

fn case(
    node: &Node<'_>,
    defaults: &Defaults,
    to_write: bool,
    mistakes: &mut Mistakes,
) -> Option<Case> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case".to_owned(), mistakes)?;
    let name = fields.take("name", mistakes, text);
    let file = fields.take("plan", mistakes, |node, mistakes| {
        text(node, mistakes).map(PathBuf::from)
    });
    let has_file = fields.has("plan");
    let written = Written::take(&mut fields, mistakes);
    let surroundings = surroundings(&mut fields, mistakes);
    let expected = expected(&mut fields, mistakes);
    let expects = fields.has("expect") || fields.has("error");
    fields.finish(mistakes);
    let span = node.span();
    needs(node, "case", "name", name.is_some(), before, mistakes);
    // One key that is misspelt is one mistake.
    if !expects && !to_write && mistakes.len() == before {
        mistakes.push(
            Mistake::new(&span, "[case] has no `expect`", "`expect` is required here")
                .help("write `expect = []`, or have it written: tollgate policy test --update"),
        );
    }
    let plan = match (file, written.is_there()) {
        (Some(file), true) => {
            mistakes.push(Mistake::new(
                &file.span,
                "a case has `plan` or writes its changes out, not both",
                "",
            ));
            None
        }
        (Some(file), false) => Some(PlanOf::File(file)),
        // What is wrong with a change has been said.
        (None, true) => match mistakes.len() == before {
            true => written.plan(mistakes),
            false => None,
        },
        (None, false) if has_file || mistakes.len() > before => None,
        (None, false) => {
            mistakes.push(Mistake::new(&span, "[case] has no plan", "").help(
                "name one with `plan = \"FILE.json\"`, or write changes: `[[case.changes]]`",
            ));
            None
        }
    };
    let around = surroundings.over(defaults);
    Some(Case {
        name: name?,
        plan: plan?,
        environment: around
            .environment
            .unwrap_or_else(|| ("production".to_owned(), true)),
        settings: around
            .settings
            .unwrap_or_else(|| (Json::Object(serde_json::Map::new()), None)),
        documents: around.documents,
        expected,
    })
}

/// Says that a key is missing, unless something else of its table is wrong: one key that is
/// misspelt is one mistake.
pub(super) fn needs(
    node: &Node<'_>,
    table: &str,
    key: &str,
    is_there: bool,
    before: usize,
    mistakes: &mut Mistakes,
) {
    if !is_there && mistakes.len() == before {
        let title = format!("[{table}] has no `{key}`");
        let label = format!("`{key}` is required here");
        mistakes.push(Mistake::new(&node.span(), title, label));
    }
}
