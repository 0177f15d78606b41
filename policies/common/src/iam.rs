//! Documents of permissions as AWS reads them: who may do what to what, and when.
//!
//! A document is JSON text in an attribute of a resource, or a data source
//! `aws_iam_policy_document` that the plan can only read in part ([`Documents`]). Both become
//! a [`Document`]. Nothing is judged here that cannot be told: what is not known stays
//! [`Truth::Unknown`], and what is no document is [`Reading::Unreadable`].
//!
//! Sources: the grammar of policies, the rules of conditions and the meaning of *public*
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>).

mod condition;
mod data;
mod fault;
pub mod google;
mod json;
pub mod mirror;
pub mod reference;
pub mod wildcard;
mod words;

use tollgate_policy::Why;

pub use condition::{Condition, Operator, Quantifier, Test};
pub use data::{Documents, Side, document_interest, hides};
pub use fault::{
    Fault, doubts, hidden_faults, judge, open_doubts, open_faults, open_hidden, shown,
};
pub use words::{Names, Truth, Words, glob};

use crate::text::clipped;
use json::Node;

/// What an attribute that holds a document comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// There is none.
    Absent,
    /// A document; some of it may be in doubt.
    Read(Document),
    /// It is known only after apply.
    Unknown,
    /// It is marked sensitive. That is the author's choice, and nobody can review what is hidden.
    Hidden,
    /// One that cannot be read: the part of a sentence that says why.
    Unreadable(String),
}

/// A document of permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// In the order of the text.
    pub statements: Vec<Statement>,
    /// What about it cannot be told, as sentence parts: a key that occurs twice, an element
    /// that AWS does not know, a document that is merged in and not known.
    pub doubts: Vec<String>,
    /// Which documents that are part of it are marked sensitive, as sentence parts.
    pub hidden: Vec<String>,
}

/// One statement of a [`Document`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What a message calls it: its `Sid`, or its number.
    pub label: String,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
    /// Whether it allows.
    pub effect: Effect,
    /// Whom it is about; none in a policy that is attached to an identity.
    pub principal: Option<Principal>,
    /// `Action` or `NotAction`.
    pub actions: Names,
    /// `Resource` or `NotResource`; none in a trust policy.
    pub resources: Option<Names>,
    /// All of them have to hold.
    pub conditions: Vec<Condition>,
    /// What of it is marked sensitive.
    pub hidden: Hidden,
}

/// Which parts of a statement are marked sensitive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each element")]
pub struct Hidden {
    /// `Effect`
    pub effect: bool,
    /// `Principal` or `NotPrincipal`
    pub principals: bool,
    /// `Action` or `NotAction`
    pub actions: bool,
    /// `Resource` or `NotResource`
    pub resources: bool,
    /// `Condition`
    pub conditions: bool,
}

/// `Effect`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
    /// It is not known, or no word that AWS knows.
    Unknown,
}

/// `Principal` or `NotPrincipal`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// Whether it is `NotPrincipal`.
    pub not: bool,
    /// The kind (`AWS`, `Service`, `Federated`, `CanonicalUser`, `*`) and its names.
    pub entries: Vec<(String, Words)>,
}

/// How many a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Only those that it names.
    Named,
    /// It cannot be told.
    Unknown,
    /// Every AWS service, or every identity of any provider.
    AnyOfAKind,
    /// Everyone but those that it names.
    AnyoneBut,
    /// Everyone.
    Anyone,
}

impl Audience {
    /// In words, for a message.
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Named => "those that it names",
            Self::Unknown => "principals that are known only after apply",
            Self::AnyOfAKind => "any service or federated identity",
            Self::AnyoneBut => "everyone but those that `NotPrincipal` names",
            Self::Anyone => "everyone",
        }
    }
}

impl Principal {
    /// How many it stands for.
    #[must_use]
    pub fn audience(&self) -> Audience {
        if self.not {
            return Audience::AnyoneBut;
        }
        self.entries
            .iter()
            .map(|(kind, names)| {
                let wide = if kind.eq_ignore_ascii_case("AWS") || kind == "*" {
                    Audience::Anyone
                } else {
                    Audience::AnyOfAKind
                };
                match names.any(is_anyone) {
                    Truth::Yes => wide,
                    Truth::Unknown => Audience::Unknown,
                    Truth::No => Audience::Named,
                }
            })
            .max()
            .unwrap_or(Audience::Named)
    }

    /// The known names of a kind.
    pub fn of_kind<'p>(&'p self, kind: &'p str) -> impl Iterator<Item = &'p str> {
        self.entries
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(kind))
            .flat_map(|(_, names)| names.known.iter().map(String::as_str))
    }

    fn covers(&self, other: &Self) -> bool {
        if self.audience() == Audience::Anyone {
            return true;
        }
        if self.not || other.not {
            return self == other;
        }
        other.entries.iter().all(|(kind, names)| {
            !names.unknown
                && names
                    .known
                    .iter()
                    .all(|name| self.of_kind(kind).any(|own| own == name))
        })
    }
}

/// Whether the name of a principal stands for everyone: `*`, or an ARN of any account.
fn is_anyone(name: &str) -> bool {
    if wildcard::everything(name) || wildcard::covers(name, "arn:?*", false) {
        return true;
    }
    name.starts_with("arn:")
        && name
            .split(':')
            .nth(4)
            .is_some_and(|account| account.contains(['*', '?']))
}

impl Statement {
    /// How many it is about.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.principal
            .as_ref()
            .map_or(Audience::Named, Principal::audience)
    }

    /// Whether it allows at least what the other one does, to at least those.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.effect == other.effect
            && match (&self.principal, &other.principal) {
                (Some(own), Some(other)) => own.covers(other),
                (None, None) => true,
                _ => false,
            }
            && self.actions.covers(&other.actions, true)
            && match (&self.resources, &other.resources) {
                (Some(own), Some(other)) => own.covers(other, false),
                (None, None) => true,
                _ => false,
            }
            && self.conditions.iter().all(|own| {
                other
                    .conditions
                    .iter()
                    .any(|condition| own.covers(condition))
            })
    }

    /// Whether its conditions, or a `Deny` of the document, leave only those that somebody
    /// has chosen of all that it is about.
    #[must_use]
    pub fn narrowed(&self, document: &Document) -> Truth {
        let own = condition::narrowed(&self.conditions);
        if own == Truth::Yes {
            return own;
        }
        let denied = document
            .statements
            .iter()
            .filter(|deny| {
                deny.effect == Effect::Deny
                    && matches!(deny.audience(), Audience::Anyone | Audience::AnyoneBut)
                    && deny.actions.covers(&self.actions, true)
                    && match (&deny.resources, &self.resources) {
                        (Some(own), Some(other)) => own.covers(other, false),
                        (None, _) => true,
                        (Some(_), None) => false,
                    }
            })
            .map(|deny| {
                if deny.audience() == Audience::AnyoneBut && deny.conditions.is_empty() {
                    Truth::Yes
                } else {
                    condition::leaves_few(&deny.conditions)
                }
            })
            .max()
            .unwrap_or(Truth::No);
        own.max(denied)
    }
}

impl Document {
    /// Reads a document.
    #[must_use]
    pub fn parse(text: &str) -> Reading {
        if text.trim().is_empty() {
            return Reading::Absent;
        }
        match Node::parse(text) {
            Ok(node) => Self::from_node(&node),
            Err(problem) => Reading::Unreadable(format!("it is not valid JSON ({problem})")),
        }
    }

    fn from_node(node: &Node) -> Reading {
        let Node::Map(entries) = node else {
            // Some services write `null` or `{}` for none at all.
            return match node {
                Node::Null => Reading::Absent,
                _ => Reading::Unreadable("it is not a JSON object".to_owned()),
            };
        };
        if entries.is_empty() {
            return Reading::Absent;
        }
        let mut document = Self::default();
        repeated(entries, "the document", &mut document.doubts);
        let mut found = false;
        for (key, value) in entries {
            match key.to_ascii_lowercase().as_str() {
                "statement" => {
                    found = true;
                    for statement in value.list() {
                        let number = document.statements.len() + 1;
                        match statement {
                            Node::Map(entries) => {
                                let statement =
                                    Statement::from_entries(entries, number, &mut document.doubts);
                                document.statements.push(statement);
                            }
                            _ => document
                                .doubts
                                .push(format!("statement {number} is not an object")),
                        }
                    }
                }
                "version" | "id" => {}
                _ => document
                    .doubts
                    .push(format!("`{}` is no element of a policy", clipped(key))),
            }
        }
        if !found {
            return Reading::Unreadable("it has no `Statement`".to_owned());
        }
        Reading::Read(document)
    }

    /// Adds the statements of another document; one with the same `Sid` takes the place of
    /// the earlier one.
    pub(crate) fn merge(&mut self, other: Self) {
        for statement in other.statements {
            match statement.sid.as_ref().and_then(|sid| {
                self.statements
                    .iter()
                    .position(|own| own.sid.as_ref() == Some(sid))
            }) {
                Some(at) => {
                    if let Some(own) = self.statements.get_mut(at) {
                        *own = statement;
                    }
                }
                None => self.statements.push(statement),
            }
        }
        self.doubts.extend(other.doubts);
        self.hidden.extend(other.hidden);
    }

    /// The statements that allow.
    pub fn allows(&self) -> impl Iterator<Item = &Statement> {
        self.statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow)
    }

    /// Whether one of its statements allows at least what this one does.
    #[must_use]
    pub fn covers(&self, statement: &Statement) -> bool {
        self.allows().any(|own| own.covers(statement))
    }

    /// The statements that allow something to everyone, and whether that is certain:
    /// [`Truth::Unknown`] where it cannot be told.
    #[must_use]
    pub fn open(&self) -> Vec<(&Statement, Truth)> {
        self.statements
            .iter()
            .filter_map(|statement| {
                let by_effect = match statement.effect {
                    Effect::Allow => Truth::Yes,
                    Effect::Unknown => Truth::Unknown,
                    Effect::Deny => return None,
                };
                let by_audience = match statement.audience() {
                    Audience::Named => return None,
                    Audience::Unknown => Truth::Unknown,
                    Audience::AnyOfAKind | Audience::AnyoneBut | Audience::Anyone => Truth::Yes,
                };
                if statement.actions.is_empty() {
                    return None;
                }
                let open = by_effect.min(by_audience).min(!statement.narrowed(self));
                (open != Truth::No).then_some((statement, open))
            })
            .collect()
    }
}

impl Statement {
    fn from_entries(entries: &[(String, Node)], number: usize, doubts: &mut Vec<String>) -> Self {
        let mut statement = Self {
            label: format!("statement {number}"),
            sid: None,
            effect: Effect::Unknown,
            principal: None,
            actions: Names::default(),
            resources: None,
            conditions: Vec::new(),
            hidden: Hidden::default(),
        };
        if let Some(sid) = entries
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("sid"))
            .and_then(|(_, value)| value.text())
            .filter(|sid| !sid.is_empty())
        {
            statement.label = format!("statement `{}`", clipped(&sid));
            statement.sid = Some(sid);
        }
        let label = statement.label.clone();
        repeated(entries, &label, doubts);
        let mut effects = Vec::new();
        for (key, value) in entries {
            let mut doubt = |what: &str| doubts.push(format!("{what} of {label} cannot be read"));
            match key.to_ascii_lowercase().as_str() {
                "sid" => {}
                "effect" => effects.push(match value.text().as_deref() {
                    Some("Allow") => Effect::Allow,
                    Some("Deny") => Effect::Deny,
                    _ => {
                        doubt("`Effect`");
                        Effect::Unknown
                    }
                }),
                "principal" | "notprincipal" => {
                    let not = key.eq_ignore_ascii_case("notprincipal");
                    match principal_entries(value) {
                        Some(entries) => {
                            let principal = statement.principal.get_or_insert_default();
                            principal.not |= not;
                            principal.entries.extend(entries);
                        }
                        None => doubt("the principal"),
                    }
                }
                "action" | "notaction" => match value.words() {
                    Some(words) => statement.actions.add(key.len() > "action".len(), words),
                    None => doubt("`Action`"),
                },
                "resource" | "notresource" => match value.words() {
                    Some(words) => statement
                        .resources
                        .get_or_insert_default()
                        .add(key.len() > "resource".len(), words),
                    None => doubt("`Resource`"),
                },
                "condition" => match conditions(value) {
                    Some(conditions) => statement.conditions.extend(conditions),
                    None => doubt("`Condition`"),
                },
                _ => doubts.push(format!(
                    "`{}` in {label} is no element of a statement",
                    clipped(key)
                )),
            }
        }
        statement.effect = match effects.as_slice() {
            [effect] => *effect,
            [] => {
                doubts.push(format!("{label} has no `Effect`"));
                Effect::Unknown
            }
            // Which of several counts depends on the reader.
            several if several.contains(&Effect::Allow) => Effect::Allow,
            [first, rest @ ..] if rest.iter().all(|effect| effect == first) => *first,
            _ => Effect::Unknown,
        };
        statement
    }
}

fn principal_entries(value: &Node) -> Option<Vec<(String, Words)>> {
    match value {
        Node::Text(text) => Some(vec![("*".to_owned(), Words::from(text.as_str()))]),
        // Not in the grammar, but what some write; each is a name of any kind.
        Node::List(_) => Some(vec![("*".to_owned(), value.words()?)]),
        Node::Map(entries) => entries
            .iter()
            .map(|(kind, names)| Some((kind.clone(), names.words()?)))
            .collect(),
        Node::Null => Some(Vec::new()),
    }
}

fn conditions(value: &Node) -> Option<Vec<Condition>> {
    let operators = match value {
        Node::Map(operators) => operators,
        Node::Null => return Some(Vec::new()),
        Node::Text(_) | Node::List(_) => return None,
    };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Node::Map(keys) = keys else {
            return None;
        };
        for (key, values) in keys {
            conditions.push(Condition::new(operator, key, values.words()?));
        }
    }
    Some(conditions)
}

/// Notes the keys that an object has more than once.
fn repeated(entries: &[(String, Node)], of: &str, doubts: &mut Vec<String>) {
    let mut keys: Vec<_> = entries
        .iter()
        .map(|(key, _)| key.to_ascii_lowercase())
        .collect();
    keys.sort();
    let mut noted = None;
    for pair in keys.windows(2) {
        if let [one, two] = pair
            && one == two
            && noted != Some(one)
        {
            doubts.push(format!(
                "`{}` occurs twice in {of}, and which one counts depends on the reader",
                clipped(one)
            ));
            noted = Some(one);
        }
    }
    for (key, value) in entries {
        // Within a statement: its principals, its operators, and the keys of each.
        if let Node::Map(inner) = value {
            repeated(inner, &format!("`{}` of {of}", clipped(key)), doubts);
        }
    }
}

/// Why an attribute that is not known cannot be read, as a sentence part.
#[must_use]
pub fn unreadable(why: Why) -> String {
    match why {
        Why::Unknown => "it is known only after apply".to_owned(),
        Why::Sensitive => "it is marked sensitive".to_owned(),
        Why::NotA(_) => "it is not a text".to_owned(),
    }
}

#[cfg(test)]
mod tests;
