//! Documents in a plan: texts in attributes, and data sources that are read during the apply.

use tollgate_policy::{Attr, Change, Field, Interest, Mode, Why};

use crate::text::clipped;

use super::reference::{ByBlock, target};
use super::{
    Condition, Document, Effect, Hidden, Names, Principal, Reading, Statement, Words, unreadable,
};

/// The data source in which a configuration writes a document.
const KIND: &str = "aws_iam_policy_document";
const STATEMENT: &str = "statement";
/// Documents that come before its own statements.
const SOURCES: [&str; 2] = ["source_policy_documents", "source_json"];
/// Documents whose statements take the place of its own.
const OVERRIDES: [&str; 2] = ["override_policy_documents", "override_json"];
/// How many documents deep one that merges others is followed.
const DEEPEST: usize = 8;

/// What a policy has to declare so that [`Documents`] sees the data sources.
#[must_use]
pub fn document_interest() -> Interest {
    Interest::in_types([KIND])
        .attributes([STATEMENT])
        .attributes(SOURCES)
        .attributes(OVERRIDES)
        .with_references()
}

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Today.
    Before,
    /// After apply.
    After,
}

impl Side {
    /// The attribute on this side.
    #[must_use]
    pub fn of(self, change: &Change, path: &str) -> Field {
        match self {
            Self::Before => change.before(path),
            Self::After => change.after(path),
        }
    }
}

/// The data sources of a plan that write documents.
#[derive(Clone, Debug, Default)]
pub struct Documents<'a>(ByBlock<'a>);

impl<'a> Documents<'a> {
    /// Those among the changes.
    #[must_use]
    pub fn of(changes: &'a [Change]) -> Self {
        Self(
            changes
                .iter()
                .filter(|change| change.mode == Mode::Data && change.kind == KIND)
                .collect(),
        )
    }

    /// The document that an attribute holds. One that is known only after apply is looked up
    /// in the data sources that its configuration refers to.
    #[must_use]
    pub fn read(&self, change: &Change, path: &str, side: Side) -> Reading {
        self.read_field(&side.of(change, path), change, path, side)
    }

    /// The document in a field, such as one of a block, of an attribute at `path`.
    #[must_use]
    pub fn read_field(&self, field: &Field, change: &Change, path: &str, side: Side) -> Reading {
        match field.text() {
            Attr::Known(text) => Document::parse(&text),
            Attr::Unset => Reading::Absent,
            Attr::Undetermined(Why::Unknown) if side == Side::After => self
                .follow(change, path, DEEPEST)
                .map_or(Reading::Unknown, Reading::Read),
            Attr::Undetermined(Why::Unknown) => Reading::Unknown,
            Attr::Undetermined(Why::Sensitive) => Reading::Hidden,
            Attr::Undetermined(why) => Reading::Unreadable(unreadable(why)),
        }
    }

    /// What the data sources say that the configuration of an attribute refers to.
    fn follow(&self, change: &Change, path: &str, depth: usize) -> Option<Document> {
        let depth = depth.checked_sub(1)?;
        let mut meant: Vec<&Change> = Vec::new();
        let mut elsewhere = None;
        for reference in change.references(path) {
            let Some(target) = target(reference) else {
                continue;
            };
            let found = self.0.meant(change, &target);
            if found.is_empty() && target.block.contains(&format!("data.{KIND}.")) {
                elsewhere = Some(target.block);
            }
            for one in found {
                if !meant.iter().any(|other| other.address == one.address) {
                    meant.push(one);
                }
            }
        }
        let mut document = Document::default();
        for change in &meant {
            document.merge(self.data(change, depth));
        }
        if meant.len() > 1 {
            document
                .doubts
                .push("which of several documents it is cannot be told".to_owned());
        }
        if let Some(block) = elsewhere {
            document
                .doubts
                .push(format!("`{block}` is not in the plan"));
        }
        (!meant.is_empty()).then_some(document)
    }

    fn data(&self, change: &Change, depth: usize) -> Document {
        let mut document = Document::default();
        for path in SOURCES {
            document.merge(self.merged(change, path, depth));
        }
        let mut own = Document::default();
        match change.after(STATEMENT).items() {
            Attr::Known(blocks) => {
                for (nth, block) in blocks.iter().enumerate() {
                    let statement = statement(block, nth + 1);
                    if hides(block) {
                        own.doubts
                            .push(format!("part of {} is marked sensitive", statement.label));
                    }
                    own.statements.push(statement);
                }
            }
            Attr::Unset => {}
            Attr::Undetermined(why) => {
                let what = format!("the statements of `{}`", change.block);
                own.hide(why, &what);
                own.doubts.push(format!("{what}: {}", unreadable(why)));
            }
        }
        document.merge(own);
        for path in OVERRIDES {
            document.merge(self.merged(change, path, depth));
        }
        document
    }

    /// The documents that a data source takes in under `path`.
    fn merged(&self, change: &Change, path: &str, depth: usize) -> Document {
        let field = change.after(path);
        let texts = match field.items() {
            Attr::Known(items) => items.iter().map(Field::text).collect(),
            _ => vec![field.text()],
        };
        let mut document = Document::default();
        let mut unknown = false;
        for text in texts {
            match text {
                Attr::Known(text) => match Document::parse(&text) {
                    Reading::Read(other) => document.merge(other),
                    Reading::Absent | Reading::Unknown | Reading::Hidden => {}
                    Reading::Unreadable(why) => document.doubts.push(format!(
                        "of a document in `{path}` of `{}`: {why}",
                        change.block
                    )),
                },
                Attr::Unset => {}
                Attr::Undetermined(why) => {
                    document.hide(
                        why,
                        &format!("a document in `{path}` of `{}`", change.block),
                    );
                    unknown = true;
                }
            }
        }
        if unknown {
            match self.follow(change, path, depth) {
                Some(mut other) => {
                    // Here several are all meant.
                    other
                        .doubts
                        .retain(|doubt| !doubt.starts_with("which of several"));
                    document.merge(other);
                }
                None => document.doubts.push(format!(
                    "a document in `{path}` of `{}` is known only after apply",
                    change.block
                )),
            }
        }
        document
    }
}

impl Document {
    /// Notes what is marked sensitive.
    fn hide(&mut self, why: Why, what: &str) {
        if why == Why::Sensitive {
            self.hidden.push(format!("{what}: {}", unreadable(why)));
        }
    }
}

/// What of a block is marked sensitive.
fn hidden(block: &Field) -> Hidden {
    let any = |names: &[&str]| names.iter().any(|name| hides(&block.get(name)));
    Hidden {
        effect: any(&["effect"]),
        principals: any(&["principals", "not_principals"]),
        actions: any(&["actions", "not_actions"]),
        resources: any(&["resources", "not_resources"]),
        conditions: any(&["condition"]),
    }
}

/// Whether something in it is marked sensitive.
#[must_use]
pub fn hides(field: &Field) -> bool {
    if field.undetermined() == Some(Why::Sensitive) {
        return true;
    }
    match (field.items(), field.entries()) {
        (Attr::Known(items), _) => items.iter().any(hides),
        (_, Attr::Known(entries)) => entries.iter().any(|(_, value)| hides(value)),
        _ => false,
    }
}

fn statement(block: &Field, number: usize) -> Statement {
    let sid = match block.get("sid").text() {
        Attr::Known(sid) if !sid.is_empty() => Some(sid),
        _ => None,
    };
    let effect = match block.get("effect").text() {
        Attr::Known(effect) if effect == "Deny" => Effect::Deny,
        Attr::Known(effect) if effect == "Allow" => Effect::Allow,
        Attr::Unset => Effect::Allow,
        Attr::Known(_) | Attr::Undetermined(_) => Effect::Unknown,
    };
    let mut actions = Names::default();
    actions.add(false, words(&block.get("actions")));
    let not_actions = words(&block.get("not_actions"));
    if not_actions != Words::default() {
        actions.add(true, not_actions);
    }
    let (resources, not_resources) = (
        words(&block.get("resources")),
        words(&block.get("not_resources")),
    );
    let mut names = Names::default();
    names.add(false, resources);
    if not_resources != Words::default() {
        names.add(true, not_resources);
    }
    let mut principal = Principal::default();
    for (path, not) in [("principals", false), ("not_principals", true)] {
        let blocks = block.get(path);
        match blocks.items() {
            Attr::Known(blocks) => {
                principal.not |= not && !blocks.is_empty();
                principal.entries.extend(blocks.iter().map(|block| {
                    let kind = match block.get("type").text() {
                        Attr::Known(kind) => kind,
                        Attr::Unset | Attr::Undetermined(_) => "*".to_owned(),
                    };
                    (kind, words(&block.get("identifiers")))
                }));
            }
            Attr::Unset => {}
            Attr::Undetermined(_) => {
                principal.entries.push((
                    "*".to_owned(),
                    Words {
                        known: Vec::new(),
                        unknown: true,
                    },
                ));
            }
        }
    }
    let conditions = match block.get("condition").items() {
        Attr::Known(blocks) => blocks
            .iter()
            .map(|block| {
                let text = |key| match block.get(key).text() {
                    Attr::Known(text) => text,
                    Attr::Unset | Attr::Undetermined(_) => String::new(),
                };
                Condition::new(
                    &text("test"),
                    &text("variable"),
                    words(&block.get("values")),
                )
            })
            .collect(),
        // One that is not known may be any; none is assumed to narrow.
        Attr::Unset | Attr::Undetermined(_) => Vec::new(),
    };
    Statement {
        label: sid.as_ref().map_or_else(
            || format!("statement {number}"),
            |sid| format!("statement `{}`", clipped(sid)),
        ),
        sid,
        effect,
        principal: (!principal.entries.is_empty()).then_some(principal),
        resources: (!names.is_empty()).then_some(names),
        actions,
        conditions,
        hidden: hidden(block),
    }
}

/// A list of texts, with what of it is not known.
fn words(field: &Field) -> Words {
    match field.items() {
        Attr::Known(items) => {
            let mut words = Words::default();
            for item in &items {
                match item.text() {
                    Attr::Known(text) => words.known.push(text),
                    Attr::Unset => {}
                    Attr::Undetermined(_) => words.unknown = true,
                }
            }
            words
        }
        Attr::Unset => Words::default(),
        Attr::Undetermined(_) => Words {
            known: Vec::new(),
            unknown: true,
        },
    }
}
