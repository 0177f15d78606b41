//! From places in the text of a plan to what they belong to.
//!
//! The whole text is searched first, at the speed of the automaton. Only what has something in it is
//! then taken apart, so a plan without a finding is not parsed at all.

use std::collections::BTreeSet;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tollgate_secrets::inject::find::{Finder, Found};

/// What has a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    /// A resource, by its address.
    Resource(String),
    /// An output of the root module.
    Output(String),
    /// A variable of the root module other than the value's own.
    Variable(String),
    /// The configuration as it is written.
    Configuration,
    /// Something else.
    Elsewhere,
}

impl Holder {
    /// The same without a value in its name.
    pub(super) fn without(&self, finder: &Finder) -> Self {
        match self {
            Self::Resource(name) => Self::Resource(finder.without(name)),
            Self::Output(name) => Self::Output(finder.without(name)),
            Self::Variable(name) => Self::Variable(finder.without(name)),
            other => other.clone(),
        }
    }
}

/// A place that has a value without a mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot<'f> {
    pub(super) holder: Holder,
    /// From there.
    pub(super) path: String,
    /// Whether it is about what exists, and not about what is planned.
    pub(super) prior: bool,
    pub(super) found: Found<'f>,
}

/// Nesting beyond every plan.
const MAX_DEPTH: usize = 256;

/// Finds every place that has a value and no mark.
///
/// # Errors
/// When the text is no JSON.
pub(super) fn search<'f>(
    plan: &[u8],
    finder: &'f Finder,
) -> Result<BTreeSet<Spot<'f>>, &'static str> {
    let text = std::str::from_utf8(plan).map_err(|_| "it is not UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let hits = finder.find(text.as_bytes());
    let mut walk = Walk {
        start: text.as_ptr() as usize,
        hits,
        spots: BTreeSet::new(),
    };
    if walk.hits.is_empty() {
        return Ok(walk.spots);
    }
    let root: &RawValue = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
    let members = members(root).ok_or("it is no object")?;
    for (name, value) in &members {
        match name.as_str() {
            "variables" => {
                let mut others = unmarked_variables(root);
                // Those that the secrets set have what they should.
                others.retain(|name| !finder.names().any(|own| own == name));
                walk.variables(value, &others);
            }
            name => {
                let holder = match name {
                    "configuration" => Holder::Configuration,
                    _ => Holder::Elsewhere,
                };
                let at = At {
                    holder,
                    path: if name == "configuration" {
                        String::new()
                    } else {
                        name.to_owned()
                    },
                    prior: matches!(name, "prior_state" | "resource_drift"),
                    outputs: name == "output_changes",
                    depth: 0,
                };
                walk.structure(value, &at);
            }
        }
    }
    Ok(walk.spots)
}

struct Walk<'f> {
    /// The address of the text's first byte.
    start: usize,
    /// Sorted by their places.
    hits: Vec<Found<'f>>,
    spots: BTreeSet<Spot<'f>>,
}

/// Where the walk is in the plan's own structure.
#[derive(Clone)]
struct At {
    holder: Holder,
    path: String,
    prior: bool,
    /// Whether the members are outputs by their names.
    outputs: bool,
    depth: usize,
}

impl At {
    fn member(&self, name: &str) -> Self {
        Self {
            path: joined(&self.path, name),
            outputs: false,
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn element(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            outputs: false,
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

/// Where the marks of a member are: beside it.
fn marks_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "before" => "before_sensitive",
        "after" => "after_sensitive",
        "values" => "sensitive_values",
        "value" => "sensitive",
        "config_values" => "config_sensitive",
        _ => return None,
    })
}

impl<'f> Walk<'f> {
    /// The hits inside of a piece of the text.
    fn within(&self, raw: &RawValue) -> std::ops::Range<usize> {
        let from = (raw.get().as_ptr() as usize).wrapping_sub(self.start);
        let to = from + raw.get().len();
        let first = self.hits.partition_point(|hit| hit.start < from);
        let last = self.hits.partition_point(|hit| hit.start < to);
        first..last
    }

    fn spot(&mut self, hits: std::ops::Range<usize>, at: &At) {
        for hit in self.hits.get(hits).unwrap_or_default() {
            self.spots.insert(Spot {
                holder: at.holder.clone(),
                path: at.path.clone(),
                prior: at.prior,
                // Where exactly says nothing more.
                found: Found { start: 0, ..*hit },
            });
        }
    }

    /// Hits of an object or a list that are in none of its parts: the names of its members.
    fn leftover(&mut self, all: std::ops::Range<usize>, parts: &[std::ops::Range<usize>], at: &At) {
        for hit in all {
            if !parts.iter().any(|part| part.contains(&hit)) {
                self.spot(hit..hit + 1, at);
            }
        }
    }

    /// Follows what the tools wrote around values.
    fn structure(&mut self, raw: &RawValue, at: &At) {
        let hits = self.within(raw);
        if hits.is_empty() {
            return;
        }
        if at.depth > MAX_DEPTH {
            return self.spot(hits, at);
        }
        if let Some(members) = members(raw) {
            let mut at = at.clone();
            let text = |name: &str| {
                let found = members.iter().find(|(member, _)| member == name)?.1;
                serde_json::from_str::<String>(found.get()).ok()
            };
            let configured = at.holder == Holder::Configuration;
            if let Some(address) = text("address")
                && !configured
            {
                at.holder = Holder::Resource(address);
                at.path = String::new();
                // What is read while planning is in the state afterwards.
                at.prior &= text("mode").as_deref() != Some("data");
            }
            let holds = matches!(at.holder, Holder::Resource(_) | Holder::Output(_));
            let mut parts = Vec::new();
            for (name, value) in &members {
                parts.push(self.within(value));
                if self.within(value).is_empty() {
                    continue;
                }
                if let Some(beside) = marks_of(name)
                    && holds
                {
                    let marks = members.iter().find(|(member, _)| member == beside);
                    let inside = At {
                        prior: at.prior || name == "before",
                        ..at.clone()
                    };
                    let marks = marks.map(|(_, marks)| *marks);
                    self.data(value, marks, &inside);
                } else if at.outputs {
                    let output = At {
                        holder: Holder::Output(name.clone()),
                        path: String::new(),
                        outputs: false,
                        ..at.clone()
                    };
                    self.structure(value, &output);
                } else if name == "outputs" && !configured {
                    let outputs = At {
                        outputs: true,
                        ..at.clone()
                    };
                    self.structure(value, &outputs);
                } else if name == "change" && holds {
                    self.structure(value, &at);
                } else {
                    self.structure(value, &at.member(name));
                }
            }
            self.leftover(hits, &parts, &at);
        } else if let Some(elements) = elements(raw) {
            for (nth, element) in elements.iter().enumerate() {
                self.structure(element, &at.element(nth));
            }
        } else {
            self.spot(hits, at);
        }
    }

    /// Follows a value and its marks; nothing in it means what it means outside.
    fn data(&mut self, raw: &RawValue, marks: Option<&RawValue>, at: &At) {
        let hits = self.within(raw);
        if hits.is_empty() || marks.is_some_and(|marks| marks.get() == "true") {
            return;
        }
        if at.depth > MAX_DEPTH {
            return self.spot(hits, at);
        }
        if let Some(values) = members(raw) {
            let marks = marks.and_then(members).unwrap_or_default();
            let mut parts = Vec::new();
            for (name, value) in &values {
                parts.push(self.within(value));
                let marks = marks.iter().find(|(member, _)| member == name);
                self.data(value, marks.map(|(_, marks)| *marks), &at.member(name));
            }
            self.leftover(hits, &parts, at);
        } else if let Some(values) = elements(raw) {
            let marks = marks.and_then(elements).unwrap_or_default();
            for (nth, value) in values.iter().enumerate() {
                self.data(value, marks.get(nth).copied(), &at.element(nth));
            }
        } else {
            self.spot(hits, at);
        }
    }

    /// A variable has its own value; another one should not have it.
    fn variables(&mut self, raw: &RawValue, unmarked: &BTreeSet<String>) {
        for (name, value) in members(raw).unwrap_or_default() {
            if !unmarked.contains(&name) {
                continue;
            }
            for hit in self.within(value) {
                if self
                    .hits
                    .get(hit)
                    .is_some_and(|hit| hit.name != name.as_str())
                {
                    let at = At {
                        holder: Holder::Variable(name.clone()),
                        path: String::new(),
                        prior: false,
                        outputs: false,
                        depth: 0,
                    };
                    self.spot(hit..hit + 1, &at);
                }
            }
        }
    }
}

/// The variables of a plan that its configuration does not mark as sensitive.
fn unmarked_variables(plan: &RawValue) -> BTreeSet<String> {
    let declared = child(plan, "configuration")
        .and_then(|configuration| child(configuration, "root_module"))
        .and_then(|module| child(module, "variables"));
    let is_marked = |name: &str| {
        declared
            .and_then(|declared| child(declared, name))
            .and_then(|variable| child(variable, "sensitive"))
            .is_some_and(|mark| mark.get() == "true")
    };
    let given = child(plan, "variables")
        .and_then(members)
        .unwrap_or_default();
    given
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !is_marked(name))
        .collect()
}

/// A member of an object.
fn child<'r>(raw: &'r RawValue, name: &str) -> Option<&'r RawValue> {
    let members = members(raw)?;
    let found = members.iter().find(|(member, _)| member == name)?;
    Some(found.1)
}

/// A path as findings write it: `a.b[0]["odd key"]`.
fn joined(path: &str, name: &str) -> String {
    let plain = name
        .chars()
        .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'));
    if !plain || name.is_empty() {
        format!("{path}[{}]", serde_json::Value::from(name))
    } else if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The members of an object, also of one that has a name twice; none for anything else.
fn members(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    struct Members;
    impl<'r> Visitor<'r> for Members {
        type Value = Vec<(String, &'r RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(entry) = map.next_entry()? {
                members.push(entry);
            }
            Ok(members)
        }
    }
    if !raw.get().starts_with('{') {
        return None;
    }
    let mut from = serde_json::Deserializer::from_str(raw.get());
    (&mut from).deserialize_map(Members).ok()
}

/// The elements of a list; none for anything else.
fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    struct Elements;
    impl<'r> Visitor<'r> for Elements {
        type Value = Vec<&'r RawValue>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'r>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = list.next_element()? {
                elements.push(element);
            }
            Ok(elements)
        }
    }
    if !raw.get().starts_with('[') {
        return None;
    }
    let mut from = serde_json::Deserializer::from_str(raw.get());
    (&mut from).deserialize_seq(Elements).ok()
}
