//! What an expression refers to, as the host hands it over.

use tollgate_policy::Change;

/// Whether the configuration of an attribute refers to something that a plan may not know, so that
/// an unknown value can be what is written there.
#[must_use]
pub fn refers(change: &Change, path: &str) -> bool {
    sources(change, path).next().is_some()
}

/// What the configuration of an attribute refers to, and can be unknown in a plan. What variables
/// lead to is already followed; a variable that is left over has a value, or none.
pub(crate) fn sources<'a>(change: &'a Change, path: &str) -> impl Iterator<Item = &'a str> {
    let references = change.references(path).iter().map(String::as_str);
    references.filter(|reference| {
        let mut rest = *reference;
        while let Some((_, inner)) = rest
            .strip_prefix("module.")
            .and_then(|inner| inner.split_once('.'))
        {
            rest = inner;
        }
        !["var.", "count.", "path.", "terraform."]
            .iter()
            .any(|known| rest.starts_with(known))
    })
}

/// The blocks that a reference such as `module.a.aws_s3_bucket.logs["x"].id` can be of, as
/// [`tollgate_policy::Change::block`] writes them: without instance keys at the end. A reference
/// does not say whether its last word is an attribute, so there are two.
pub fn blocks(reference: &str) -> impl Iterator<Item = &str> {
    let of_attribute = cut(reference).map(without_key);
    [of_attribute, Some(without_key(reference))]
        .into_iter()
        .flatten()
}

/// What is before the last dot outside of brackets.
fn cut(reference: &str) -> Option<&str> {
    let mut quoted = false;
    let mut depth = 0_usize;
    let mut at = None;
    for (index, c) in reference.char_indices() {
        match c {
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if depth == 0 => at = Some(index),
            _ => {}
        }
    }
    reference.get(..at?)
}

fn without_key(text: &str) -> &str {
    match (text.rfind('['), text.ends_with(']')) {
        (Some(at), true) => text.get(..at).unwrap_or(text),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn the_blocks_of_a_reference() {
        for (reference, expected) in [
            ("aws_s3_bucket.logs.id", "aws_s3_bucket.logs"),
            ("aws_s3_bucket.logs", "aws_s3_bucket.logs"),
            ("aws_s3_bucket.logs[0].id", "aws_s3_bucket.logs"),
            ("aws_s3_bucket.logs[\"a.b\"].id", "aws_s3_bucket.logs"),
            ("aws_s3_bucket.logs[\"a.b\"]", "aws_s3_bucket.logs"),
            (
                "module.a.aws_s3_bucket.logs.arn",
                "module.a.aws_s3_bucket.logs",
            ),
        ] {
            assert!(
                blocks(reference).any(|block| block == expected),
                "{reference}"
            );
        }
        assert!(!blocks("aws_s3_bucket.logs.id").any(|block| block == "aws_s3_bucket"));
        assert_eq!(blocks("x").collect::<Vec<_>>(), ["x"]);
    }
}
