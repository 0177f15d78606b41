//! Metric math: which metrics an expression is made of.

/// What an expression of a metric query is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Math over the results of other queries of the same alarm.
    Math {
        /// Their ids.
        uses: Vec<String>,
        /// `METRICS()`: all of them, or those whose id contains one of these texts.
        metrics: Vec<String>,
    },
    /// A Metrics Insights query: `SELECT …`.
    Insights,
    /// It finds its metrics by itself while it runs; why they cannot be told.
    Dynamic(&'static str),
}

/// Reads an expression.
pub fn read(text: &str) -> Expression {
    let start = text.trim_start();
    if start
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("select"))
        && start[6..].starts_with(|c: char| c.is_whitespace())
    {
        return Expression::Insights;
    }
    let mut uses = Vec::new();
    let mut metrics = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '"' || c == '\'' {
            let inner = &rest[1..];
            rest = inner.find(c).map_or("", |end| &inner[end + 1..]);
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            rest = tail;
            match word {
                "SEARCH" => {
                    return Expression::Dynamic(
                        "a SEARCH expression finds its metrics while it runs",
                    );
                }
                "DB_PERF_INSIGHTS" | "LAMBDA" => {
                    return Expression::Dynamic("the expression reads data that is no metric");
                }
                "METRICS" => {
                    let argument = tail
                        .trim_start()
                        .strip_prefix('(')
                        .map(str::trim_start)
                        .unwrap_or_default();
                    let quoted = argument
                        .strip_prefix(['"', '\''])
                        .and_then(|inner| inner.split(['"', '\'']).next())
                        .unwrap_or_default();
                    metrics.push(quoted.to_owned());
                }
                // The id of a query starts with a lower-case letter; functions do not.
                word if word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    uses.push(word.to_owned());
                }
                _ => {}
            }
        } else if c.is_ascii_digit() {
            // `1e3` holds no id.
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(rest.len());
            rest = &rest[end..];
        } else {
            rest = &rest[c.len_utf8()..];
        }
    }
    Expression::Math { uses, metrics }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let math = |uses: &[&str], metrics: &[&str]| Expression::Math {
            uses: uses.iter().copied().map(str::to_owned).collect(),
            metrics: metrics.iter().copied().map(str::to_owned).collect(),
        };
        for (text, expected) in [
            ("m1", math(&["m1"], &[])),
            (
                "100 * errors / MAX([errors, invocations])",
                math(&["errors", "errors", "invocations"], &[]),
            ),
            ("ANOMALY_DETECTION_BAND(m1, 2)", math(&["m1"], &[])),
            ("IF(m1 > 1e3, FILL(m2, 0), 0)", math(&["m1", "m2"], &[])),
            ("SUM(METRICS())", math(&[], &[""])),
            ("SUM(METRICS(\"err\"))", math(&[], &["err"])),
            ("'m1' + m2", math(&["m2"], &[])),
            ("", math(&[], &[])),
            (
                "select SUM(Errors) FROM \"AWS/Lambda\"",
                Expression::Insights,
            ),
            ("selected + 1", math(&["selected"], &[])),
            ("é", math(&[], &[])),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(matches!(
            read("SUM(SEARCH('{AWS/Lambda}', 'Sum'))"),
            Expression::Dynamic(_)
        ));
    }
}
