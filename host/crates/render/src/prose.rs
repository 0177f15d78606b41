//! Markdown, set as plain text: paragraphs and lists are wrapped anew, code stays as it
//! is, and inline marks are left in, because they read well enough.

use crate::page::{Line, Page, Role};

/// Adds Markdown at an indentation.
pub(crate) fn render(page: &mut Page, indent: usize, text: &str) {
    let mut block = Block::default();
    let mut code = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            block.flush(page, indent);
            code = !code;
        } else if code {
            page.verbatim(indent + 2, line.trim_end());
        } else if trimmed.is_empty() {
            block.flush(page, indent);
            page.blank();
        } else if let Some(heading) = heading(trimmed) {
            block.flush(page, indent);
            page.blank();
            page.line(indent, indent, &Line::new().put(Role::Strong, heading));
        } else if let Some((mark, rest)) = list_item(trimmed) {
            block.flush(page, indent);
            let nested = line.len() - line.trim_start().len();
            block = Block {
                lead: mark.to_owned(),
                nested: nested.min(8),
                text: rest.to_owned(),
            };
        } else {
            block.add(trimmed);
        }
    }
    block.flush(page, indent);
}

/// What is gathered until it ends.
#[derive(Default)]
struct Block {
    lead: String,
    nested: usize,
    text: String,
}

impl Block {
    fn add(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }

    fn flush(&mut self, page: &mut Page, indent: usize) {
        let Self { lead, nested, text } = std::mem::take(self);
        let indent = indent + nested;
        if lead.is_empty() {
            if !text.is_empty() {
                page.line(indent, indent, &Line::new().text(text));
            }
        } else {
            page.item(
                indent,
                lead.len() + 1,
                Role::Plain,
                &lead,
                &Line::new().text(text),
            );
        }
    }
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    ((1..=6).contains(&level) && rest.starts_with(' ')).then(|| rest.trim())
}

/// Splits `- text`, `* text` or `1. text`.
fn list_item(line: &str) -> Option<(&str, &str)> {
    let (mark, rest) = line.split_once(' ')?;
    let number = mark.strip_suffix('.').or_else(|| mark.strip_suffix(')'));
    let numbered = number.is_some_and(|digits| {
        (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    (matches!(mark, "-" | "*" | "+") || numbered).then(|| (mark, rest.trim_start()))
}
