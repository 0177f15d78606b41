//! `tollgate secrets show`: names and types, without a key.

use std::fmt::Write as _;

use serde_json::json;
use tollgate_secrets::{SecretsFile, ShapeKind, ValueType};

use super::{CommandError, print};
use crate::cli::ShowArgs;
use crate::report::json as report_json;
use crate::report::output::OutputError;

pub(in crate::commands) fn run(args: &ShowArgs) -> Result<u8, CommandError> {
    let file = SecretsFile::read(&args.file, args.input_type.map(Into::into))?;
    if args.json {
        print(&report_json::render(&document(&file)).map_err(OutputError::Json)?)
    } else {
        print(&text(&file))
    }
}

fn document(file: &SecretsFile) -> serde_json::Value {
    let recipients: Vec<_> = file
        .recipients()
        .map(|recipient| json!({ "recipient": recipient.to_string(), "needs": recipient.needs() }))
        .collect();
    let names: Vec<_> = file
        .shape()
        .iter()
        .map(|leaf| {
            json!({
                "document": leaf.document,
                "path": leaf.path.to_string(),
                "type": kind(leaf.kind),
                "encrypted": leaf.encrypted,
            })
        })
        .collect();
    json!({
        "file": file.name(),
        "format": file.format().name(),
        "version": file.version(),
        "recipients": recipients,
        "names": names,
    })
}

fn text(file: &SecretsFile) -> String {
    let mut out = String::new();
    let version = file.version().unwrap_or("unknown");
    let _ = writeln!(
        out,
        "{}: {}, written by sops {}\n\nrecipients",
        file.name().escape_debug(),
        file.format().name(),
        version.escape_debug()
    );
    for recipient in file.recipients() {
        let _ = writeln!(out, "  {recipient}: {}", recipient.needs());
    }
    let shape = file.shape();
    let several = shape.iter().any(|leaf| leaf.document > 0);
    let names: Vec<String> = shape
        .iter()
        .map(|leaf| {
            if several {
                format!("{}: {}", leaf.document + 1, leaf.path)
            } else {
                leaf.path.to_string()
            }
        })
        .collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    out.push_str("\nnames\n");
    for (name, leaf) in names.iter().zip(&shape) {
        let clear = match leaf.kind {
            ShapeKind::Value(_) if !leaf.encrypted => ", unencrypted",
            _ => "",
        };
        let _ = writeln!(out, "  {name:width$}  {}{clear}", kind(leaf.kind));
    }
    out
}

pub(in crate::commands) fn kind(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Value(ValueType::Text) => "text",
        ShapeKind::Value(ValueType::Int) => "integer",
        ShapeKind::Value(ValueType::Float) => "number",
        ShapeKind::Value(ValueType::Bool) => "boolean",
        ShapeKind::Value(ValueType::Bytes) => "bytes",
        ShapeKind::Value(ValueType::Time) => "time",
        ShapeKind::Value(ValueType::Comment) => "comment",
        ShapeKind::EmptyText => "empty text",
        ShapeKind::Null => "null",
        ShapeKind::EmptyMap => "empty map",
        ShapeKind::EmptyList => "empty list",
        ShapeKind::Damaged => "damaged: should be encrypted and is not",
    }
}
