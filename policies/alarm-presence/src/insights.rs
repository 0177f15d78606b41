//! Metrics Insights: which resources a `SELECT` watches.
//!
//! Understood is what an alarm can prove something with: one function of one
//! metric, a namespace with or without `SCHEMA`, a `WHERE` of equalities joined by
//! `AND`, `GROUP BY` and `ORDER BY`. Everything else is reported as undetermined.

/// A query that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The namespace.
    pub namespace: String,
    /// The metric.
    pub metric: String,
    /// The dimensions of the schema, if it names one.
    pub schema: Option<Vec<String>>,
    /// The dimensions that `WHERE` fixes, and their values.
    pub filters: Vec<(String, String)>,
    /// Whether one resource's failure shows in the result: the function is `SUM` or
    /// `MAX`, or the result is grouped.
    pub telling: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `"…"`: a name.
    Name(String),
    /// `'…'`: a value.
    Value(String),
    Sign(char),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if c == '"' || c == '\'' {
            let inner = &rest[1..];
            let end = inner.find(c)?;
            let quoted = inner[..end].to_owned();
            found.push(if c == '"' {
                Token::Name(quoted)
            } else {
                Token::Value(quoted)
            });
            rest = &inner[end + 1..];
        } else if c.is_ascii_alphanumeric() || c == '_' {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !"_./-".contains(c))
                .unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            found.push(Token::Sign(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(found)
}

struct Cursor {
    tokens: std::vec::IntoIter<Token>,
}

impl Cursor {
    fn peek_keyword(&self, keyword: &str) -> bool {
        matches!(self.tokens.as_slice().first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        self.peek_keyword(keyword)
            .then(|| self.tokens.next())
            .map(|_| ())
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        (self.tokens.as_slice().first() == Some(&Token::Sign(sign)))
            .then(|| self.tokens.next())
            .map(|_| ())
    }

    fn name(&mut self) -> Option<String> {
        match self.tokens.next()? {
            Token::Word(name) | Token::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Reads a query. None: it is not one of the understood kind.
pub fn read(text: &str) -> Option<Query> {
    let mut cursor = Cursor {
        tokens: tokens(text)?.into_iter(),
    };
    cursor.keyword("SELECT")?;
    let function = cursor.name()?;
    cursor.sign('(')?;
    let metric = cursor.name()?;
    cursor.sign(')')?;
    cursor.keyword("FROM")?;
    let (namespace, schema) = if cursor.peek_keyword("SCHEMA") {
        cursor.keyword("SCHEMA")?;
        cursor.sign('(')?;
        let namespace = cursor.name()?;
        let mut dimensions = Vec::new();
        while cursor.sign(',').is_some() {
            dimensions.push(cursor.name()?);
        }
        cursor.sign(')')?;
        (namespace, Some(dimensions))
    } else {
        (cursor.name()?, None)
    };
    let mut filters = Vec::new();
    if cursor.keyword("WHERE").is_some() {
        loop {
            let dimension = cursor.name()?;
            cursor.sign('=')?;
            match cursor.tokens.next()? {
                Token::Value(value) => filters.push((dimension, value)),
                _ => return None,
            }
            if cursor.keyword("AND").is_none() {
                break;
            }
        }
    }
    let mut telling = function.eq_ignore_ascii_case("SUM") || function.eq_ignore_ascii_case("MAX");
    if cursor.keyword("GROUP").is_some() {
        cursor.keyword("BY")?;
        cursor.name()?;
        while cursor.sign(',').is_some() {
            cursor.name()?;
        }
        telling = true;
    }
    if cursor.keyword("ORDER").is_some() {
        cursor.keyword("BY")?;
        cursor.name()?;
        cursor.sign('(')?;
        cursor.sign(')')?;
        if cursor.keyword("ASC").is_none() {
            let _ = cursor.keyword("DESC");
        }
    }
    // LIMIT leaves resources out, and nothing else may follow.
    cursor.tokens.as_slice().is_empty().then_some(Query {
        namespace,
        metric,
        schema,
        filters,
        telling,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let query = |schema: Option<&[&str]>, filters: &[(&str, &str)], telling| {
            Some(Query {
                namespace: "AWS/Lambda".to_owned(),
                metric: "Errors".to_owned(),
                schema: schema.map(|names| names.iter().copied().map(str::to_owned).collect()),
                filters: filters
                    .iter()
                    .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                    .collect(),
                telling,
            })
        };
        for (text, expected) in [
            (
                "SELECT SUM(Errors) FROM \"AWS/Lambda\"",
                query(None, &[], true),
            ),
            (
                "select avg(Errors) from \"AWS/Lambda\"",
                query(None, &[], false),
            ),
            (
                "SELECT AVG(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) GROUP BY FunctionName ORDER BY SUM() DESC",
                query(Some(&["FunctionName"]), &[], true),
            ),
            (
                "SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) WHERE FunctionName = 'a' AND \"Resource\" = 'b'",
                query(
                    Some(&["FunctionName"]),
                    &[("FunctionName", "a"), ("Resource", "b")],
                    true,
                ),
            ),
            ("SELECT SUM(Errors) FROM \"AWS/Lambda\" LIMIT 10", None),
            (
                "SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName != 'a'",
                None,
            ),
            (
                "SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName = 'a' OR FunctionName = 'b'",
                None,
            ),
            ("SELECT SUM(Errors) FROM \"AWS/Lambda", None),
            ("SELECT", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
