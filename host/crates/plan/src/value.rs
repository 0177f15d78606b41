//! Attribute values with the plan's masks applied.
//!
//! A side of a change is three mirrored documents: the value, what of it is unknown,
//! and what is sensitive. They are walked together, so that no value is ever seen
//! without its masks.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::json::{Fault, Kind, Map, Text, kind, read};
use super::meter::Meter;
use super::redact::suggests_secret;
use super::{Path, Step, Value};

/// Deeper than any provider's schema nests; bounds the recursion.
const MAX_DEPTH: usize = 100;

/// One side of a change, not yet looked into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    pub(super) value: Option<&'a RawValue>,
    pub(super) unknown: Mask<'a>,
    pub(super) sensitive: Mask<'a>,
}

/// What a mask says of one value: of all of it, of nothing, or of parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mask<'a> {
    Nothing,
    All,
    Object(&'a RawValue),
    List(&'a RawValue),
    /// The plan has no such mask: names decide. Holds whether a name on the way here
    /// suggests a secret.
    ByName(bool),
}

impl<'a> Mask<'a> {
    /// Reads a mask that the plan has. What is no mask masks everything.
    pub(super) fn of(raw: &'a RawValue) -> Self {
        match kind(raw) {
            Kind::False | Kind::Null => Self::Nothing,
            Kind::Object => Self::Object(raw),
            Kind::List => Self::List(raw),
            Kind::True | Kind::Number | Kind::Text => Self::All,
        }
    }

    fn of_part(raw: Option<&&'a RawValue>) -> Self {
        raw.map_or(Self::Nothing, |raw| Self::of(raw))
    }

    fn layer(self) -> Result<Layer<'a>, Fault> {
        Ok(match self {
            Self::Object(raw) => Layer::Object(read(raw)?),
            Self::List(raw) => Layer::List(read(raw)?),
            Self::Nothing => Layer::Nothing,
            Self::All => Layer::All,
            Self::ByName(secret) => Layer::ByName(secret),
        })
    }
}

/// One level of a mask, parsed.
#[derive(Debug)]
enum Layer<'a> {
    Nothing,
    All,
    Object(Map<'a, &'a RawValue>),
    List(Vec<&'a RawValue>),
    ByName(bool),
}

impl<'a> Layer<'a> {
    /// The mask of the value under a key. A mask of another shape than the value
    /// masks it all, unless it is empty padding.
    fn key(&self, key: &str) -> Mask<'a> {
        match self {
            Self::Nothing => Mask::Nothing,
            Self::Object(map) => Mask::of_part(map.get(key)),
            Self::List(items) if items.is_empty() => Mask::Nothing,
            Self::All | Self::List(_) => Mask::All,
            Self::ByName(secret) => Mask::ByName(*secret || suggests_secret(key)),
        }
    }

    fn item(&self, index: usize) -> Mask<'a> {
        match self {
            Self::Nothing => Mask::Nothing,
            Self::List(items) => Mask::of_part(items.get(index)),
            Self::Object(map) if map.is_empty() => Mask::Nothing,
            Self::All | Self::Object(_) => Mask::All,
            Self::ByName(secret) => Mask::ByName(*secret),
        }
    }
}

/// One level of a side, parsed once however many attributes are read.
#[derive(Debug)]
pub(super) struct Index<'a> {
    values: Values<'a>,
    unknown: Layer<'a>,
    sensitive: Layer<'a>,
}

/// The parts of a value.
#[derive(Debug)]
enum Values<'a> {
    None,
    Object(Map<'a, &'a RawValue>),
    List(Vec<&'a RawValue>),
}

impl<'a> Index<'a> {
    pub(super) fn new(side: Side<'a>) -> Result<Self, Fault> {
        Ok(Self {
            values: match side.value {
                Some(raw) if kind(raw) == Kind::Object => Values::Object(read(raw)?),
                Some(raw) if kind(raw) == Kind::List => Values::List(read(raw)?),
                _ => Values::None,
            },
            unknown: side.unknown.layer()?,
            sensitive: side.sensitive.layer()?,
        })
    }

    /// The same, which keeps nothing but the attributes of these names.
    pub(super) fn narrow(side: Side<'a>, names: &Names) -> Result<Self, Fault> {
        let mut index = Self::new(side)?;
        if let Values::Object(map) = &mut index.values {
            map.keep(|key| names.has(key));
        }
        for layer in [&mut index.unknown, &mut index.sensitive] {
            if let Layer::Object(map) = layer {
                map.keep(|key| names.has(key));
            }
        }
        Ok(index)
    }

    /// One step down.
    fn part(&self, step: &Step) -> Side<'a> {
        match step {
            Step::Key(key) => Side {
                value: match &self.values {
                    Values::Object(map) => map.get(key).copied(),
                    _ => None,
                },
                unknown: self.unknown.key(key),
                sensitive: self.sensitive.key(key),
            },
            Step::Index(index) => Side {
                value: match &self.values {
                    Values::List(items) => items.get(*index).copied(),
                    _ => None,
                },
                unknown: self.unknown.item(*index),
                sensitive: self.sensitive.item(*index),
            },
        }
    }

    /// Returns the value at a path.
    #[cfg(test)]
    fn get(&self, side: Side<'a>, path: &Path) -> Result<Value<'a>, Fault> {
        Descent::default().get(self, side, path, &Meter::unlimited())
    }
}

/// The names of the attributes that somebody will ask for. Whatever else is asked for is found all the
/// same, and has to be parsed each time.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn new(mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self(names)
    }

    fn has(&self, name: &str) -> bool {
        self.0
            .binary_search_by(|known| known.as_str().cmp(name))
            .is_ok()
    }

    /// Whether an index that knows only these leads to what is at the path.
    pub(super) fn lead_to(&self, path: &Path) -> bool {
        match path.steps() {
            [] => true,
            [Step::Key(name), ..] => self.has(name),
            [Step::Index(_), ..] => false,
        }
    }
}

/// The levels that led to the last value: what the next path shares with it is not parsed
/// again.
#[derive(Debug, Default)]
pub(super) struct Descent<'a> {
    levels: Vec<(Step, Index<'a>)>,
}

impl<'a> Descent<'a> {
    /// Returns the value at a path below `side`, whose index is `top`. Both are the same in every call.
    pub(super) fn get(
        &mut self,
        top: &Index<'a>,
        side: Side<'a>,
        path: &Path,
        meter: &Meter,
    ) -> Result<Value<'a>, Fault> {
        let Some((last, way)) = path.steps().split_last() else {
            return side.finish(meter);
        };
        let shared = self
            .levels
            .iter()
            .zip(way)
            .take_while(|((step, _), wanted)| step == *wanted)
            .count();
        self.levels.truncate(shared);
        for step in way.iter().skip(shared) {
            let side = self
                .levels
                .last()
                .map_or(top, |(_, level)| level)
                .part(step);
            meter.work(side.size())?;
            self.levels.push((step.clone(), Index::new(side)?));
        }
        self.levels
            .last()
            .map_or(top, |(_, level)| level)
            .part(last)
            .finish(meter)
    }
}

impl<'a> Side<'a> {
    /// A side without a value has nothing to keep secret.
    pub(super) fn new(value: Option<&'a RawValue>, unknown: Mask<'a>, sensitive: Mask<'a>) -> Self {
        Self {
            value,
            unknown,
            sensitive: if value.is_some() {
                sensitive
            } else {
                Mask::Nothing
            },
        }
    }

    /// Whether the side is not there at all.
    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none() && matches!(self.unknown, Mask::Nothing)
    }

    /// Whether anything of the value is known only afterwards.
    pub(super) fn says_unknown(self) -> Result<bool, Fault> {
        self.write_unknown(&mut String::new(), 0, &Meter::unlimited())
    }

    /// The attributes that differ from those of another side, by name; none if a side cannot be read. The values themselves
    /// go nowhere, so no mask is looked at.
    pub(super) fn differences(self, other: Self) -> Option<Vec<String>> {
        fn attributes<'a>(raw: Option<&'a RawValue>) -> Option<Map<'a, &'a RawValue>> {
            raw.map_or(Some(Map::default()), |raw| read(raw).ok())
        }
        let (before, after) = (attributes(self.value)?, attributes(other.value)?);
        let mut names: Vec<&str> = before
            .iter()
            .chain(after.iter())
            .map(|(name, _)| name.as_ref())
            .collect();
        names.sort_unstable();
        names.dedup();
        let differing = names
            .into_iter()
            .filter(|name| !alike(before.get(name).copied(), after.get(name).copied(), 0));
        Some(differing.map(str::to_owned).collect())
    }

    /// How much there is to parse, in bytes.
    pub(super) fn size(&self) -> usize {
        let mask = |mask: Mask<'_>| match mask {
            Mask::Object(raw) | Mask::List(raw) => raw.get().len(),
            Mask::Nothing | Mask::All | Mask::ByName(_) => 0,
        };
        // A part that is not there takes looking, too.
        32 + self.value.map_or(0, |raw| raw.get().len()) + mask(self.unknown) + mask(self.sensitive)
    }

    /// Whether the whole value is masked as sensitive, markers or not.
    fn secret(&self) -> bool {
        match self.sensitive {
            Mask::All => true,
            Mask::ByName(named) => {
                named
                    && self.value.is_some_and(|raw| {
                        !matches!(kind(raw), Kind::Null | Kind::True | Kind::False)
                    })
            }
            _ => false,
        }
    }

    fn finish(self, meter: &Meter) -> Result<Value<'a>, Fault> {
        meter.work(self.size())?;
        if matches!(self.unknown, Mask::All) {
            return Ok(Value::Unknown);
        }
        if self.secret() {
            return Ok(Value::Sensitive);
        }
        let found = self.value.map(|raw| (raw, kind(raw)));
        Ok(match found {
            None | Some((_, Kind::Null)) => {
                // The plan leaves out what is unknown, at times with all that is around it.
                let mut text = String::new();
                if self.write_unknown(&mut text, 0, meter)? {
                    meter.keep(text.len())?;
                    Value::Json(text)
                } else if found.is_some() {
                    Value::Null
                } else {
                    Value::Absent
                }
            }
            Some((_, Kind::True)) => Value::Bool(true),
            Some((_, Kind::False)) => Value::Bool(false),
            Some((raw, Kind::Number)) => raw
                .get()
                .parse()
                .map_or_else(|_| Value::Decimal(raw.get()), Value::Integer),
            Some((raw, Kind::Text)) => Value::Text(read::<Text<'a>>(raw)?.0),
            Some((_, Kind::Object | Kind::List)) => {
                let mut text = String::new();
                self.write(&mut text, 0, meter)?;
                meter.keep(text.len())?;
                Value::Json(text)
            }
        })
    }

    /// Writes the value as JSON with its masked leaves replaced. Returns false, with
    /// nothing written, for a value that is not there at all.
    fn write(self, out: &mut String, depth: usize, meter: &Meter) -> Result<bool, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        meter.work(self.size())?;
        if matches!(self.unknown, Mask::All) {
            out.push_str(r#"{"$unknown":true}"#);
            return Ok(true);
        }
        if self.secret() {
            out.push_str(r#"{"$sensitive":true}"#);
            return Ok(true);
        }
        let Some(raw) = self.value else {
            return self.write_unknown(out, depth, meter);
        };
        match kind(raw) {
            Kind::Null => {
                if !self.write_unknown(out, depth, meter)? {
                    out.push_str("null");
                }
            }
            Kind::True | Kind::False | Kind::Number => out.push_str(raw.get()),
            Kind::Text => {
                // Only for the check: as it is written it is already JSON.
                read::<Text<'a>>(raw)?;
                out.push_str(raw.get());
            }
            Kind::Object => {
                let (unknown, sensitive) = (self.unknown.layer()?, self.sensitive.layer()?);
                let values: Map<'a, &'a RawValue> = read(raw)?;
                let mut keys: Vec<&str> = values.iter().map(|(key, _)| key.as_ref()).collect();
                match &unknown {
                    Layer::Object(masks) => {
                        keys.extend(masks.iter().map(|(key, _)| key.as_ref()));
                        keys.sort_unstable();
                        keys.dedup();
                    }
                    // A mask of another shape: nothing inside is known for sure.
                    Layer::List(items) if !items.is_empty() => {
                        out.push_str(r#"{"$unknown":true}"#);
                        return Ok(true);
                    }
                    _ => {}
                }
                out.push('{');
                let mut first = true;
                for key in keys {
                    let part = Self {
                        value: values.get(key).copied(),
                        unknown: unknown.key(key),
                        sensitive: sensitive.key(key),
                    };
                    part.write_entry(out, key, &mut first, depth, meter)?;
                }
                out.push('}');
            }
            Kind::List => {
                let (unknown, sensitive) = (self.unknown.layer()?, self.sensitive.layer()?);
                let values: Vec<&'a RawValue> = read(raw)?;
                let len = match &unknown {
                    Layer::List(masks) => values.len().max(masks.len()),
                    Layer::Object(map) if !map.is_empty() => {
                        out.push_str(r#"{"$unknown":true}"#);
                        return Ok(true);
                    }
                    _ => values.len(),
                };
                out.push('[');
                let mut end = out.len();
                for index in 0..len {
                    let part = Self {
                        value: values.get(index).copied(),
                        unknown: unknown.item(index),
                        sensitive: sensitive.item(index),
                    };
                    if index > 0 {
                        out.push(',');
                    }
                    if part.write(out, depth + 1, meter)? {
                        end = out.len();
                    } else {
                        out.push_str("null");
                    }
                }
                // Past the last item the mask may have padding.
                out.truncate(end);
                out.push(']');
            }
        }
        Ok(true)
    }

    fn write_entry(
        self,
        out: &mut String,
        key: &str,
        first: &mut bool,
        depth: usize,
        meter: &Meter,
    ) -> Result<(), Fault> {
        let rewind = out.len();
        if !*first {
            out.push(',');
        }
        write_key(out, key)?;
        if self.write(out, depth + 1, meter)? {
            *first = false;
        } else {
            out.truncate(rewind);
        }
        Ok(())
    }

    /// Writes what the unknown mask alone tells of a value that the plan leaves out.
    /// Returns false, with nothing written, if that is nothing.
    fn write_unknown(self, out: &mut String, depth: usize, meter: &Meter) -> Result<bool, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        meter.work(self.size())?;
        let rewind = out.len();
        let mut any = false;
        match self.unknown.layer()? {
            Layer::All => {
                out.push_str(r#"{"$unknown":true}"#);
                any = true;
            }
            Layer::Object(masks) => {
                out.push('{');
                let mut first = true;
                for (key, mask) in masks.iter() {
                    let part = Self {
                        value: None,
                        unknown: Mask::of(mask),
                        sensitive: Mask::Nothing,
                    };
                    part.write_entry(out, key, &mut first, depth, meter)?;
                }
                out.push('}');
                any = !first;
            }
            Layer::List(masks) => {
                out.push('[');
                for (index, mask) in masks.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    let part = Self {
                        value: None,
                        unknown: Mask::of(mask),
                        sensitive: Mask::Nothing,
                    };
                    if part.write_unknown(out, depth + 1, meter)? {
                        any = true;
                    } else {
                        out.push_str("null");
                    }
                }
                out.push(']');
            }
            Layer::Nothing | Layer::ByName(_) => {}
        }
        if !any {
            out.truncate(rewind);
        }
        Ok(any)
    }
}

/// Whether two values are the same but for how nothing is written.
fn alike(a: Option<&RawValue>, b: Option<&RawValue>, depth: usize) -> bool {
    let nothing = |raw: Option<&RawValue>| {
        raw.is_none_or(|raw| match kind(raw) {
            Kind::Null => true,
            Kind::Text => raw.get() == "\"\"",
            Kind::Object | Kind::List => raw
                .get()
                .bytes()
                .skip(1)
                .find(|byte| !byte.is_ascii_whitespace())
                .is_some_and(|byte| matches!(byte, b'}' | b']')),
            Kind::True | Kind::False | Kind::Number => false,
        })
    };
    let (Some(one), Some(other)) = (a, b) else {
        return nothing(a) && nothing(b);
    };
    if one.get() == other.get() || (nothing(a) && nothing(b)) {
        return true;
    }
    if depth > MAX_DEPTH {
        return false;
    }
    match (kind(one), kind(other)) {
        (Kind::Object, Kind::Object) => {
            let (Ok(one), Ok(other)) = (
                read::<Map<'_, &RawValue>>(one),
                read::<Map<'_, &RawValue>>(other),
            ) else {
                return false;
            };
            one.iter()
                .all(|(key, value)| alike(Some(value), other.get(key).copied(), depth + 1))
                && other
                    .iter()
                    .all(|(key, value)| one.get(key).is_some() || nothing(Some(value)))
        }
        (Kind::List, Kind::List) => {
            let (Ok(one), Ok(other)) = (read::<Vec<&RawValue>>(one), read::<Vec<&RawValue>>(other))
            else {
                return false;
            };
            one.len() == other.len()
                && one
                    .iter()
                    .zip(&other)
                    .all(|(one, other)| alike(Some(one), Some(other), depth + 1))
        }
        (Kind::Text, Kind::Text) => {
            matches!((read::<Text<'_>>(one), read::<Text<'_>>(other)), (Ok(one), Ok(other)) if one == other)
        }
        _ => false,
    }
}

fn write_key(out: &mut String, key: &str) -> Result<(), Fault> {
    let escaped: Cow<'_, str> = if key.starts_with('$') {
        Cow::Owned(format!("${key}"))
    } else {
        Cow::Borrowed(key)
    };
    let json = serde_json::to_string(&escaped).map_err(|error| Fault::from(&error))?;
    out.push_str(&json);
    out.push(':');
    Ok(())
}
