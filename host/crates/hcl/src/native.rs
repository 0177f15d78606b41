//! `.tf` and `.tofu` files. The only file that knows `hcl-edit`.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure;
use hcl_edit::template::Element;
use hcl_edit::visit::{self, Visit};
use serde_json::Value as Json;

use super::syntax::{Attribute, Block, Body, Lines, Place, Value};

/// A file that is no HCL: what is wrong, without a word of the file's own, and where.
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) place: Place,
}

/// Reads a file.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Body, SyntaxError> {
    let lines = Lines::new(Arc::clone(file), text);
    match hcl_edit::parser::parse_body(text) {
        Ok(parsed) => Ok(body(&parsed, &lines)),
        Err(error) => Err(SyntaxError {
            // The parser goes back to about where the block begins, whatever in it is wrong.
            message: if error.message().starts_with("invalid block body") {
                "the block here does not end as it should, or is wrong inside".to_owned()
            } else {
                error.message().to_owned()
            },
            place: lines.place(error.location().offset()),
        }),
    }
}

/// Reads the expression that a string of a JSON file holds. Places in it are of no use.
pub(super) fn expression(text: &str) -> Option<Value> {
    let lines = Lines::new(Arc::from(""), text);
    let parsed = hcl_edit::parser::parse_expr(text).ok()?;
    Some(value(&parsed, &lines))
}

/// Reads the template that a string of a JSON file is.
pub(super) fn template(text: &str) -> Option<Value> {
    let lines = Lines::new(Arc::from(""), text);
    let parsed = hcl_edit::parser::parse_template(text).ok()?;
    let template: hcl_edit::template::StringTemplate = parsed.into_iter().collect();
    let expression = Expression::StringTemplate(template.clone());
    Some(pieces(&expression, &template, &lines))
}

/// Reads a file that sets variables: names, places, and values that are written out.
pub(super) fn literals(
    file: &Arc<str>,
    text: &str,
) -> Result<Vec<(String, Place, Option<Json>)>, SyntaxError> {
    let lines = Lines::new(Arc::clone(file), text);
    let parsed = hcl_edit::parser::parse_body(text).map_err(|error| SyntaxError {
        message: error.message().to_owned(),
        place: lines.place(error.location().offset()),
    })?;
    let mut literals = Vec::new();
    for structure in &parsed {
        match structure {
            structure::Structure::Attribute(attribute) => literals.push((
                attribute.key.as_str().to_owned(),
                place(attribute.key.span().or_else(|| attribute.span()), &lines),
                literal(&attribute.value),
            )),
            structure::Structure::Block(block) => {
                return Err(SyntaxError {
                    message: "a block, in a file that sets variables".to_owned(),
                    place: place(block.ident.span().or_else(|| block.span()), &lines),
                });
            }
        }
    }
    Ok(literals)
}

fn literal(expression: &Expression) -> Option<Json> {
    Some(match expression {
        Expression::Null(_) => Json::Null,
        Expression::Bool(value) => Json::Bool(**value),
        Expression::Number(number) => number_of(number, false)?,
        Expression::String(text) => Json::String(text.as_str().to_owned()),
        Expression::HeredocTemplate(heredoc) => {
            let mut text = String::new();
            for element in &heredoc.template {
                match element {
                    Element::Literal(part) => text.push_str(part.as_str()),
                    _ => return None,
                }
            }
            Json::String(text)
        }
        Expression::Array(items) => Json::Array(items.iter().map(literal).collect::<Option<_>>()?),
        Expression::Object(object) => {
            let mut entries = serde_json::Map::new();
            for (key, item) in object {
                let name = match key {
                    ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                    ObjectKey::Expression(key) => match literal(key)? {
                        Json::String(name) => name,
                        Json::Number(number) => number.to_string(),
                        _ => return None,
                    },
                };
                entries.insert(name, literal(item.expr())?);
            }
            Json::Object(entries)
        }
        Expression::Parenthesis(inner) => literal(inner.inner())?,
        Expression::UnaryOp(operation)
            if *operation.operator.value() == hcl_edit::expr::UnaryOperator::Neg =>
        {
            match &operation.expr {
                Expression::Number(number) => number_of(number, true)?,
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// A number as it is written; none where that has more digits than can be kept.
fn number_of(number: &hcl_edit::Formatted<hcl_edit::Number>, negative: bool) -> Option<Json> {
    let sign = if negative { "-" } else { "" };
    let read = number.value().to_string();
    let written = number.as_repr().map(|repr| &**repr);
    if written.is_some_and(|written| !same_number(written, &read)) {
        return None;
    }
    serde_json::from_str(&format!("{sign}{read}")).ok()
}

/// Whether two ways to write a number are of the same one, to the last digit.
fn same_number(one: &str, other: &str) -> bool {
    /// The digits that count, and the power of ten of the last one.
    fn plain(text: &str) -> Option<(String, i64)> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let trimmed = digits.trim_end_matches('0');
        let dropped = i64::try_from(digits.len() - trimmed.len()).ok()?;
        let fraction = i64::try_from(fraction.len()).ok()?;
        let trimmed = trimmed.trim_start_matches('0');
        if trimmed.is_empty() {
            return Some(("0".to_owned(), 0));
        }
        let power = exponent.checked_sub(fraction)?.checked_add(dropped)?;
        Some((trimmed.to_owned(), power))
    }
    let unsigned = |text: &str| (text.starts_with('-'), plain(text.trim_start_matches('-')));
    let (one, other) = (unsigned(one), unsigned(other));
    one.1.is_some() && one == other
}

fn body(parsed: &structure::Body, lines: &Lines<'_>) -> Body {
    let mut body = Body::default();
    for structure in parsed {
        match structure {
            structure::Structure::Attribute(attribute) => body.attributes.push(Attribute {
                name: attribute.key.as_str().to_owned(),
                place: place(attribute.key.span().or_else(|| attribute.span()), lines),
                value: value(&attribute.value, lines),
            }),
            structure::Structure::Block(block) => body.blocks.push(Block {
                kind: block.ident.as_str().to_owned(),
                labels: block
                    .labels
                    .iter()
                    .map(|label| label.as_str().to_owned())
                    .collect(),
                place: place(block.ident.span().or_else(|| block.span()), lines),
                body: self::body(&block.body, lines),
            }),
        }
    }
    body
}

fn place(span: Option<std::ops::Range<usize>>, lines: &Lines<'_>) -> Place {
    lines.place(span.map_or(0, |span| span.start))
}

fn value(expression: &Expression, lines: &Lines<'_>) -> Value {
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(value) => Value::Bool(**value),
        Expression::Number(number) => Value::Number(number.value().to_string()),
        Expression::String(text) => Value::Text(text.as_str().to_owned()),
        Expression::StringTemplate(template) => pieces(expression, template, lines),
        Expression::Array(items) => {
            Value::List(items.iter().map(|item| value(item, lines)).collect())
        }
        Expression::Object(object) => Value::Object(
            object
                .iter()
                .filter_map(|(key, item)| {
                    let (name, span) = match key {
                        ObjectKey::Ident(ident) => (ident.as_str(), ident.span()),
                        ObjectKey::Expression(Expression::String(text)) => {
                            (text.as_str(), text.span())
                        }
                        ObjectKey::Expression(_) => return None,
                    };
                    Some(Attribute {
                        name: name.to_owned(),
                        place: place(span, lines),
                        value: value(item.expr(), lines),
                    })
                })
                .collect(),
        ),
        Expression::Parenthesis(inner) => value(inner.inner(), lines),
        Expression::Variable(name) => Value::Name(name.as_str().to_owned()),
        Expression::Traversal(traversal) => {
            let Expression::Variable(root) = &traversal.expr else {
                return other(expression);
            };
            let mut steps = vec![root.as_str().to_owned()];
            let mut before = None;
            for operator in &traversal.operators {
                match operator.value() {
                    TraversalOperator::GetAttr(attribute) => {
                        steps.push(attribute.as_str().to_owned());
                    }
                    TraversalOperator::Index(Expression::String(index)) => {
                        before.get_or_insert_with(|| steps.join("."));
                        steps.push(index.value().clone());
                    }
                    TraversalOperator::Index(Expression::Number(index)) => {
                        before.get_or_insert_with(|| steps.join("."));
                        steps.push(index.value().to_string());
                    }
                    _ => return other(expression),
                }
            }
            match before {
                Some(before) => Value::Indexed(before, steps),
                None => Value::Name(steps.join(".")),
            }
        }
        Expression::FuncCall(call) if call.name.namespace.is_empty() => Value::Call(
            call.name.name.as_str().to_owned(),
            call.args
                .iter()
                .map(|argument| value(argument, lines))
                .collect(),
        ),
        _ => other(expression),
    }
}

/// Reads a string with expressions in it. Directives decide what of it counts, which is not told.
fn pieces(
    expression: &Expression,
    template: &hcl_edit::template::StringTemplate,
    lines: &Lines<'_>,
) -> Value {
    let mut pieces = Vec::new();
    for element in template {
        match element {
            Element::Literal(text) => pieces.push(Value::Text(text.as_str().to_owned())),
            Element::Interpolation(interpolation) => {
                pieces.push(value(&interpolation.expr, lines));
            }
            Element::Directive(_) => return other(expression),
        }
    }
    Value::Template(pieces)
}

/// An expression of which only the names count.
fn other(expression: &Expression) -> Value {
    struct Names(Vec<String>);
    impl Visit for Names {
        fn visit_traversal(&mut self, traversal: &Traversal) {
            if let Expression::Variable(root) = &traversal.expr {
                let mut name = root.as_str().to_owned();
                for operator in &traversal.operators {
                    match operator.value() {
                        TraversalOperator::GetAttr(attribute) => {
                            name.push('.');
                            name.push_str(attribute.as_str());
                        }
                        _ => break,
                    }
                }
                self.0.push(name);
            }
            visit::visit_traversal(self, traversal);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_expr(expression);
    Value::Other(names.0)
}
