//! Attribute paths, as interests and findings write them.

use std::fmt;

/// A path from the root of a resource to one of its values, in the notation of
/// the configuration language: `root_block_device[0].volume_size`,
/// `tags["cost-center"]`. The empty path is the whole object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object, or a key of a map: the plan does not tell them apart.
    Key(String),
    /// A position in a list.
    Index(usize),
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    text: String,
    at: usize,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an attribute path: unexpected text at byte {} (write it like `a.b[0].c` or `tags[\"key\"]`)",
            self.text, self.at
        )
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// Where the text does not follow the notation, with the byte at which.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut rest = text;
        let fail = |rest: &str| PathError {
            text: text.to_owned(),
            at: text.len() - rest.len(),
        };
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let mut key = String::new();
                let mut chars = inner.char_indices();
                let end = loop {
                    match chars.next() {
                        Some((at, '"')) => break at,
                        Some((_, '\\')) => match chars.next() {
                            Some((_, escaped @ ('"' | '\\'))) => key.push(escaped),
                            _ => return Err(fail(rest)),
                        },
                        Some((_, c)) => key.push(c),
                        None => return Err(fail(rest)),
                    }
                };
                let after = &inner[end + 1..];
                rest = after.strip_prefix(']').ok_or_else(|| fail(after))?;
                steps.push(Step::Key(key));
            } else if let Some(inner) = rest.strip_prefix('[') {
                let close = inner.find(']').ok_or_else(|| fail(rest))?;
                let index = inner[..close].parse().map_err(|_| fail(rest))?;
                steps.push(Step::Index(index));
                rest = &inner[close + 1..];
            } else {
                let name = match rest.strip_prefix('.') {
                    Some(name) if !steps.is_empty() => name,
                    None if steps.is_empty() => rest,
                    _ => return Err(fail(rest)),
                };
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if !is_identifier(&name[..end]) {
                    return Err(fail(name));
                }
                steps.push(Step::Key(name[..end].to_owned()));
                rest = &name[end..];
            }
        }
        Ok(Self(steps))
    }

    /// The steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_identifier(key) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Step::Key(key) => {
                    write!(
                        f,
                        "[\"{}\"]",
                        key.replace('\\', "\\\\").replace('"', "\\\"")
                    )?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_notation_round_trips() {
        for text in [
            "",
            "multi_az",
            "root_block_device[0].volume_size",
            r#"tags["cost-center.io/x"]"#,
            r#"tags["a\"b\\c"].d"#,
            "a[0][1].b-c",
        ] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::parse(r#"tags["a"]"#).unwrap().to_string(), "tags.a");
    }

    #[test]
    fn broken_paths_say_where() {
        for (text, at) in [
            (".a", 0),
            ("a..b", 2),
            ("a[", 1),
            ("a[x]", 1),
            ("a[\"x]", 1),
            ("a b", 0),
            ("a.0", 2),
        ] {
            assert_eq!(Path::parse(text).unwrap_err().at, at, "{text}");
        }
    }
}
