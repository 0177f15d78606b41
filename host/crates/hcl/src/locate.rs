//! From an address of the plan to the place where it is written.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use super::Configuration;
use super::files::clean;
use super::module::Module;
use super::syntax::{Block, Body, Place, Value};
use tollgate_model::report::{LocationSubject, RelatedLocation, SourceLocation};
use tollgate_plan::{Path, Step};

/// The modules that an address may lead through.
const MAX_DEPTH: usize = 64;

impl Configuration {
    /// Returns where a resource of the plan is written: the first of the attributes that
    /// is written out, or else the resource.
    ///
    /// Instance keys of the address do not matter. None where nothing declares it: no
    /// place is better than a wrong one.
    #[must_use]
    pub fn locate(&self, address: &str, attributes: &[String]) -> Option<SourceLocation> {
        let address = tollgate_plan::without_keys(&address.into()).into_owned();
        let mut rest = address.as_str();
        let mut calls: Vec<(Arc<Module>, &str)> = Vec::new();
        let mut module = Arc::clone(&self.root);
        let mut directory = self.directory.clone();
        let mut key = String::new();
        while let Some(inner) = rest.strip_prefix("module.") {
            let (name, inner) = inner.split_once('.')?;
            if calls.len() >= MAX_DEPTH {
                return None;
            }
            let Some(call) = module.calls.get(name) else {
                return self.removed(&module, rest, &calls);
            };
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(name);
            let Some((inside, child)) = self.child(&directory, &key, call) else {
                let related = self.related(&calls, None);
                return Some(self.location(
                    &call.place,
                    LocationSubject::ModuleCall,
                    None,
                    related,
                ));
            };
            directory = inside;
            calls.push((std::mem::replace(&mut module, child), name));
            rest = inner;
        }
        let Some(resource) = module.resources.get(rest) else {
            return self.removed(&module, rest, &calls);
        };
        for attribute in attributes {
            let Ok(path) = Path::parse(attribute) else {
                continue;
            };
            if let Some(found) = in_body(&resource.body, path.steps()) {
                let written: Path = path.steps().iter().take(found.steps).cloned().collect();
                return Some(self.location(
                    found.place,
                    LocationSubject::Attribute,
                    Some(written.to_string()),
                    self.related(&calls, found.value.and_then(variable)),
                ));
            }
        }
        Some(self.location(
            &resource.place,
            LocationSubject::Resource,
            None,
            self.related(&calls, None),
        ))
    }

    /// Finds the module behind a call; none if its files are not there.
    pub(super) fn child(
        &self,
        directory: &FilePath,
        key: &str,
        call: &Block,
    ) -> Option<(PathBuf, Arc<Module>)> {
        let directory = match call.body.text("source") {
            Some(source) if source.starts_with("./") || source.starts_with("../") => {
                clean(&directory.join(source))
            }
            _ => self.manifest().directory(key)?.to_owned(),
        };
        let module = self.module(&directory)?;
        Some((directory, module))
    }

    /// Finds what says that something is no longer declared: in the module where it was,
    /// or in one around it.
    fn removed(
        &self,
        module: &Module,
        rest: &str,
        calls: &[(Arc<Module>, &str)],
    ) -> Option<SourceLocation> {
        let mut rest = rest.to_owned();
        let mut module = module;
        let mut calls = calls;
        loop {
            let removed = module.removed.iter().find(|(from, _)| {
                rest.strip_prefix(from.as_str())
                    .is_some_and(|more| more.is_empty() || more.starts_with('.'))
            });
            if let Some((_, place)) = removed {
                let related = self.related(calls, None);
                return Some(self.location(place, LocationSubject::Removed, None, related));
            }
            let ((outer, name), others) = calls.split_last()?;
            rest = format!("module.{name}.{rest}");
            module = outer;
            calls = others;
        }
    }

    /// The calls of the modules around a place, innermost first. Where a variable is only
    /// handed on, it is the argument that counts.
    fn related(
        &self,
        calls: &[(Arc<Module>, &str)],
        mut variable_name: Option<String>,
    ) -> Vec<RelatedLocation> {
        let mut related = Vec::new();
        for (depth, (module, name)) in calls.iter().enumerate().rev() {
            let Some(call) = module.calls.get(*name) else {
                continue;
            };
            let address: Vec<String> = calls
                .iter()
                .take(depth + 1)
                .map(|(_, name)| format!("module.{name}"))
                .collect();
            let address = address.join(".");
            let argument = variable_name
                .take()
                .and_then(|name| call.body.attribute(&name));
            let (place, message) = match argument {
                Some(argument) => {
                    variable_name = variable(&argument.value);
                    let message = format!("`{}` of {address} is set here", argument.name);
                    (&argument.place, message)
                }
                None => (&call.place, format!("{address} is called here")),
            };
            related.push(RelatedLocation {
                file: self.base.relative(&place.file),
                line: place.line,
                column: place.column,
                message,
            });
        }
        related
    }

    fn location(
        &self,
        place: &Place,
        subject: LocationSubject,
        attribute: Option<String>,
        related: Vec<RelatedLocation>,
    ) -> SourceLocation {
        SourceLocation {
            file: self.base.relative(&place.file),
            line: place.line,
            column: place.column,
            subject,
            attribute,
            related,
        }
    }
}

/// The name of the variable that a value is.
fn variable(value: &Value) -> Option<String> {
    match value {
        Value::Name(name) => name
            .strip_prefix("var.")
            .filter(|name| !name.contains('.'))
            .map(str::to_owned),
        _ => None,
    }
}

/// What a path leads to, as far as it is written out.
struct Found<'b> {
    place: &'b Place,
    /// How many steps of the path lead there.
    steps: usize,
    /// None for a block.
    value: Option<&'b Value>,
}

impl Found<'_> {
    fn after(self, steps: usize) -> Self {
        Self {
            steps: self.steps + steps,
            ..self
        }
    }
}

fn in_body<'b>(body: &'b Body, path: &[Step]) -> Option<Found<'b>> {
    let (Step::Key(name), rest) = path.split_first()? else {
        return None;
    };
    if let Some(attribute) = body.attribute(name) {
        let here = Found {
            place: &attribute.place,
            steps: 1,
            value: Some(&attribute.value),
        };
        return Some(in_value(&attribute.value, rest).map_or(here, |found| found.after(1)));
    }
    let mut blocks = body.blocks.iter().filter(|block| block.makes() == name);
    let Some(block) = blocks.next() else {
        return in_dynamic(body, name, rest);
    };
    let here = Found {
        place: &block.place,
        steps: 1,
        value: None,
    };
    // Which of several blocks it is cannot be told: the plan does not keep the order of sets.
    if blocks.next().is_some() {
        return Some(here);
    }
    let inner = if block.kind == "dynamic" {
        block.body.blocks("content").next().map(|block| &block.body)
    } else {
        Some(&block.body)
    };
    let (skipped, rest) = without_index(rest);
    Some(
        inner
            .and_then(|inner| in_body(inner, rest))
            .map_or(here, |found| found.after(1 + skipped)),
    )
}

/// `dynamic` blocks of JSON files, which are properties there.
fn in_dynamic<'b>(body: &'b Body, name: &str, rest: &[Step]) -> Option<Found<'b>> {
    let Value::Object(dynamic) = &body.attribute("dynamic")?.value else {
        return None;
    };
    let block = dynamic.iter().find(|block| block.name == name)?;
    let (skipped, rest) = without_index(rest);
    let content = match &block.value {
        Value::Object(parts) => parts.iter().find(|part| part.name == "content"),
        _ => None,
    };
    Some(
        content
            .and_then(|content| in_value(&content.value, rest))
            .map_or(
                Found {
                    place: &block.place,
                    steps: 1,
                    value: None,
                },
                |found| found.after(1 + skipped),
            ),
    )
}

fn in_value<'b>(value: &'b Value, path: &[Step]) -> Option<Found<'b>> {
    match (value, path.split_first()?) {
        (Value::Object(items), (Step::Key(name), rest)) => {
            let item = items.iter().find(|item| item.name == *name)?;
            let here = Found {
                place: &item.place,
                steps: 1,
                value: Some(&item.value),
            };
            Some(in_value(&item.value, rest).map_or(here, |found| found.after(1)))
        }
        // In JSON, a block that is there once need be no list.
        (Value::Object(_), (Step::Index(0), rest)) => {
            in_value(value, rest).map(|found| found.after(1))
        }
        (Value::List(items), (Step::Index(0), rest)) => match items.as_slice() {
            [item] => in_value(item, rest).map(|found| found.after(1)),
            // The plan does not keep the order of sets.
            _ => None,
        },
        _ => None,
    }
}

/// Leaves out the index of a block, and says how many steps that is.
fn without_index(path: &[Step]) -> (usize, &[Step]) {
    match path.split_first() {
        Some((Step::Index(_), rest)) => (1, rest),
        _ => (0, path),
    }
}
