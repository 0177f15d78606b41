//! `.tf` and `.tofu` files. The only file that knows `hcl-edit`.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure;

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
        Expression::String(text) => Value::Text(text.as_str().to_owned()),
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
                return Value::Other;
            };
            let mut name = root.as_str().to_owned();
            for operator in &traversal.operators {
                let TraversalOperator::GetAttr(attribute) = operator.value() else {
                    return Value::Other;
                };
                name.push('.');
                name.push_str(attribute.as_str());
            }
            Value::Name(name)
        }
        Expression::FuncCall(call) if call.name.namespace.is_empty() => Value::Call(
            call.name.name.as_str().to_owned(),
            call.args
                .iter()
                .map(|argument| value(argument, lines))
                .collect(),
        ),
        _ => Value::Other,
    }
}
