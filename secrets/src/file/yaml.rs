//! YAML: the only place that knows its parser.
//!
//! Plain scalars resolve as go-yaml v3 resolves them; aliases are expanded where they stand, merge
//! keys stay keys, and comments become entries of the map or list that they stand in, because SOPS
//! encrypts them and selects by them.

use super::marks::{Content, Marks};
use super::{Budget, Cost, Keys};
use crate::error::Problem;
use crate::scalar::{self, Plain};
use crate::tree::{Comment, Entry, Item, KeyPath, Node, Scalar, Text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{
    ErrorKind, Event, Parser, Placement, ScalarStyle, ScanError, Span, StructureStyle, Tag, options,
};
use std::collections::BTreeMap;

/// Parses all documents of a file.
pub(crate) fn parse(text: &str, marks: &mut Marks) -> Result<Vec<Node>, Problem> {
    let options = options! { max_buffered_comment_events: 4096 };
    let mut builder = Builder {
        events: Parser::new_from_str_with_options(text, options),
        marks,
        held: None,
        pending: Vec::new(),
        anchors: BTreeMap::new(),
        path: KeyPath::default(),
        budget: Budget::new(),
    };
    builder.documents()
}

/// A comment that has not found its place yet.
struct Pending {
    comment: Comment,
    column: usize,
}

struct Builder<'a, 'm, E> {
    events: E,
    marks: &'m mut Marks,
    held: Option<(Event<'a>, Span)>,
    pending: Vec<Pending>,
    /// Finished nodes with an anchor, and what a copy of them costs.
    anchors: BTreeMap<usize, (Node, Cost)>,
    path: KeyPath,
    budget: Budget,
}

impl<'a, E: Iterator<Item = Result<(Event<'a>, Span), ScanError>>> Builder<'a, '_, E> {
    /// Returns the next event that is no comment; comments above it wait in `pending`.
    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        loop {
            let (event, span) = match self.events.next() {
                Some(Ok(event)) => event,
                Some(Err(error)) => return Err(syntax(&error)),
                None => return Ok((Event::StreamEnd, Span::default())),
            };
            match event {
                Event::Comment(text, placement) => {
                    self.budget.take(text.len())?;
                    let comment = Comment {
                        text: text.trim_end_matches('\r').into(),
                        inline: placement == Placement::Right,
                    };
                    self.pending.push(Pending {
                        comment,
                        column: span.start.col(),
                    });
                }
                event => return Ok((event, span)),
            }
        }
    }

    /// Takes a comment that stands behind the value just read, on the same line.
    fn inline(&mut self) -> Result<Option<Comment>, Problem> {
        if self.held.is_none() && self.pending.is_empty() {
            let next = self.next()?;
            self.held = Some(next);
        }
        let inline = self
            .pending
            .first()
            .is_some_and(|pending| pending.comment.inline);
        Ok(inline.then(|| self.pending.remove(0).comment))
    }

    fn documents(&mut self) -> Result<Vec<Node>, Problem> {
        let mut documents = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                Event::MappingStart(style, anchor, _) => {
                    self.anchors.clear();
                    self.marks
                        .open_map(start(&span), style == StructureStyle::Flow);
                    let node = self.mapping(anchor, &span, 0)?.0;
                    documents.push(node);
                }
                Event::Scalar(text, ScalarStyle::Plain, _, None)
                    if matches!(&*text, "" | "~" | "null") =>
                {
                    // A document start marker and nothing else.
                    self.marks.open_map(start(&span), false);
                    self.marks.close(start(&span));
                    documents.push(Node::Map(
                        self.pending
                            .drain(..)
                            .map(|pending| above(pending.comment))
                            .collect(),
                    ));
                }
                _ => return Err(Problem::NotAMap),
            }
        }
        if let Some(Node::Map(entries)) = documents.last_mut() {
            entries.extend(self.pending.drain(..).map(|pending| above(pending.comment)));
        }
        Ok(documents)
    }

    fn value(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
    ) -> Result<(Node, Cost), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let cost = Cost::scalar(text.len());
                self.budget.take(cost.text)?;
                let content = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => Content::Block,
                    _ => Content::Scalar,
                };
                let tagged = span.tag_span().map_or(start(span), |tag| start(&tag));
                self.marks.leaf(tagged..end(span), content);
                let scalar = self.scalar(&text, style, tag.as_deref())?;
                let respelled =
                    matches!(scalar, Scalar::Int(_) | Scalar::Float(_) | Scalar::Time(_))
                        && scalar.mac_bytes().as_bytes() != text.as_bytes();
                if respelled {
                    self.marks.inexact(&self.path);
                }
                let node = Node::Scalar(scalar);
                self.remember(anchor, &node, cost)?;
                Ok((node, cost))
            }
            Event::MappingStart(style, anchor, _) => {
                self.marks
                    .open_map(start(span), style == StructureStyle::Flow);
                self.mapping(anchor, span, depth)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.marks
                    .open_list(start(span), style == StructureStyle::Flow);
                self.sequence(anchor, span, depth)
            }
            Event::Alias(id) => {
                self.marks.leaf(start(span)..end(span), Content::Alias);
                let (node, cost) = self.anchors.get(&id).ok_or(Problem::Limit(
                    "holds an alias inside the very node that it stands for",
                ))?;
                // Chained aliases nest deeper than any text does.
                Budget::check_depth(depth + cost.height)?;
                self.budget.take_copy(*cost)?;
                Ok((node.clone(), *cost))
            }
            _ => Err(Problem::NotAMap),
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node, cost: Cost) -> Result<(), Problem> {
        if anchor != 0 {
            // Nested anchors keep their content once per level.
            self.budget.take_copy(cost)?;
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        Ok(())
    }

    fn mapping(
        &mut self,
        anchor: usize,
        span: &Span,
        depth: usize,
    ) -> Result<(Node, Cost), Problem> {
        Budget::check_depth(depth)?;
        self.budget.take(0)?;
        let column = span.start.col();
        let mut cost = Cost::collection();
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = Keys::default();
        // Where the last entry's nested collection began, to give it the comments that follow it.
        let mut nested_column = None;
        loop {
            let (event, span) = self.next()?;
            if let Some(column) = nested_column.take() {
                self.adopt(&mut entries, column);
            }
            if event == Event::MappingEnd {
                self.marks.close(end(&span));
                let trailing = self.trailing(column);
                entries.extend(trailing.into_iter().map(above));
                break;
            }
            entries.extend(self.pending.drain(..).map(|pending| above(pending.comment)));
            let key = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let scalar = self.scalar(&text, style, tag.as_deref())?;
                    let Scalar::Text(key) = &scalar else {
                        return Err(Problem::KeyNotText(self.path.clone()));
                    };
                    let key = key
                        .as_str()
                        .ok_or_else(|| Problem::KeyNotText(self.path.clone()))?
                        .to_owned();
                    self.remember(anchor, &Node::Scalar(scalar), Cost::scalar(text.len()))?;
                    key
                }
                Event::Alias(id) => self
                    .anchors
                    .get(&id)
                    .and_then(|(node, _)| match node {
                        Node::Scalar(Scalar::Text(text)) => text.as_str(),
                        _ => None,
                    })
                    .ok_or_else(|| Problem::KeyNotText(self.path.clone()))?
                    .to_owned(),
                _ => return Err(Problem::KeyNotText(self.path.clone())),
            };
            keys.insert(&key, &self.path)?;
            self.marks.key(&key, start(&span)..end(&span));
            cost.text += key.len();
            self.path.push_key(&key);
            let (event, span) = self.next()?;
            let collection = matches!(event, Event::MappingStart(..) | Event::SequenceStart(..));
            if let Some(behind_key) = self
                .pending
                .iter()
                .position(|pending| pending.comment.inline)
            {
                // `key: # comment` over a nested collection, or over a value on the next line.
                let comment = self.pending.remove(behind_key).comment;
                entries.push(above(comment));
            }
            if !collection {
                entries.extend(self.pending.drain(..).map(|pending| above(pending.comment)));
            } else if !is_empty_flow(&event) {
                nested_column = Some(span.start.col());
            }
            let (node, value_cost) = self.value(event, &span, depth + 1)?;
            cost.add(value_cost);
            if !collection && let Some(comment) = self.inline()? {
                entries.push(Entry::Comment(comment));
            }
            self.path.pop();
            entries.push(Entry::Pair(key, node));
        }
        let node = Node::Map(entries);
        self.remember(anchor, &node, cost)?;
        Ok((node, cost))
    }

    fn sequence(
        &mut self,
        anchor: usize,
        span: &Span,
        depth: usize,
    ) -> Result<(Node, Cost), Problem> {
        Budget::check_depth(depth)?;
        self.budget.take(0)?;
        let column = span.start.col();
        let mut cost = Cost::collection();
        let mut items: Vec<Item> = Vec::new();
        let mut nested_column = None;
        let mut index = 0;
        loop {
            let (event, span) = self.next()?;
            if let Some(column) = nested_column.take() {
                let trailing = self.trailing(column);
                match items.last_mut() {
                    Some(Item::Node(Node::Map(entries))) => {
                        entries.extend(trailing.into_iter().map(above));
                    }
                    Some(Item::Node(Node::List(inner))) => {
                        inner.extend(trailing.into_iter().map(Item::Comment));
                    }
                    _ => {}
                }
            }
            if event == Event::SequenceEnd {
                self.marks.close(end(&span));
                items.extend(self.trailing(column).into_iter().map(Item::Comment));
                break;
            }
            let collection = matches!(event, Event::MappingStart(..) | Event::SequenceStart(..));
            // `- # comment` comes to stand above what follows, as in SOPS.
            items.extend(self.pending.drain(..).map(|pending| {
                Item::Comment(Comment {
                    inline: false,
                    ..pending.comment
                })
            }));
            if collection && !is_empty_flow(&event) {
                nested_column = Some(span.start.col());
            }
            self.path.push_index(index);
            let (node, item_cost) = self.value(event, &span, depth + 1)?;
            self.path.pop();
            cost.add(item_cost);
            if !collection && let Some(comment) = self.inline()? {
                items.push(Item::Comment(comment));
            }
            items.push(Item::Node(node));
            index += 1;
        }
        let node = Node::List(items);
        self.remember(anchor, &node, cost)?;
        Ok((node, cost))
    }

    /// Takes the waiting comments that stand at least as deep as a collection that ended.
    fn trailing(&mut self, column: usize) -> Vec<Comment> {
        let deep = self
            .pending
            .iter()
            .take_while(|pending| pending.column >= column)
            .count();
        self.pending
            .drain(..deep)
            .map(|pending| pending.comment)
            .collect()
    }

    /// Gives a nested collection the comments behind it that are indented like it.
    fn adopt(&mut self, entries: &mut [Entry], column: usize) {
        let trailing = self.trailing(column);
        match entries.last_mut() {
            Some(Entry::Pair(_, Node::Map(entries))) => {
                entries.extend(trailing.into_iter().map(above));
            }
            Some(Entry::Pair(_, Node::List(items))) => {
                items.extend(trailing.into_iter().map(Item::Comment));
            }
            _ => {}
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar, Problem> {
        let unsupported = |what| Problem::Unsupported {
            path: self.path.clone(),
            what,
        };
        let resolve = || match scalar::resolve_plain(text) {
            Plain::Scalar(scalar) => Ok(scalar),
            Plain::Unsigned => Err(unsupported(
                "is an integer above the largest that SOPS stores; quote it",
            )),
        };
        let misfit = || unsupported("does not fit its YAML tag");
        let Some(tag) = tag else {
            return if style == ScalarStyle::Plain {
                resolve()
            } else {
                Ok(Scalar::text(text))
            };
        };
        let full = tag.to_string();
        let name = full
            .strip_prefix("tag:yaml.org,2002:")
            .or_else(|| full.strip_prefix("!!"));
        Ok(match name {
            Some("binary") => {
                let joined: String = text.split_ascii_whitespace().collect();
                Scalar::Text(Text::from(STANDARD.decode(joined).map_err(|_| misfit())?))
            }
            Some("null") => Some(resolve()?)
                .filter(|scalar| matches!(scalar, Scalar::Null))
                .ok_or_else(misfit)?,
            Some("bool") => Some(resolve()?)
                .filter(|scalar| matches!(scalar, Scalar::Bool(_)))
                .ok_or_else(misfit)?,
            Some("int") => Some(resolve()?)
                .filter(|scalar| matches!(scalar, Scalar::Int(_)))
                .ok_or_else(misfit)?,
            Some("float") => match resolve()? {
                #[expect(clippy::cast_precision_loss, reason = "what SOPS does")]
                Scalar::Int(number) => Scalar::Float(number as f64),
                float @ Scalar::Float(_) => float,
                _ => return Err(misfit()),
            },
            Some("timestamp") => {
                Scalar::Time(scalar::parse_time(text).ok_or_else(misfit)?.as_str().into())
            }
            _ => Scalar::text(text),
        })
    }
}

fn start(span: &Span) -> usize {
    span.byte_range().map_or(0, |range| range.start)
}

fn end(span: &Span) -> usize {
    span.byte_range().map_or(0, |range| range.end)
}

fn is_empty_flow(event: &Event<'_>) -> bool {
    // Flow collections end on their own line's terms; nothing below them is theirs.
    matches!(
        event,
        Event::MappingStart(StructureStyle::Flow, ..)
            | Event::SequenceStart(StructureStyle::Flow, ..)
    )
}

fn above(comment: Comment) -> Entry {
    Entry::Comment(Comment {
        inline: false,
        ..comment
    })
}

fn syntax(error: &ScanError) -> Problem {
    if let ErrorKind::RecursionLimitExceeded = error.kind() {
        return Problem::Limit("nests deeper than any secrets file does");
    }
    let mark = error.marker();
    Problem::Syntax {
        format: "YAML",
        what: "something that does not parse".to_owned(),
        line: mark.line(),
        column: mark.col() + 1,
    }
}
