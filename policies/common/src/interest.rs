//! What policies with a table of types and attributes are interested in.

use std::collections::BTreeMap;

use tollgate_policy::Interest;

/// An interest in these attributes of each of these types. Types with the same attributes share
/// one, so that none is sent more than its rules read.
#[must_use]
pub fn by_attributes<'a, A>(of_kind: impl IntoIterator<Item = (&'a str, A)>) -> Vec<Interest>
where
    A: Ord + IntoIterator<Item: Into<String>>,
{
    let mut by_attributes = BTreeMap::<A, Vec<&str>>::new();
    for (kind, paths) in of_kind {
        by_attributes.entry(paths).or_default().push(kind);
    }
    by_attributes
        .into_iter()
        .map(|(paths, kinds)| Interest::in_types(kinds).attributes(paths))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::by_attributes;

    #[test]
    fn types_with_the_same_attributes_share_an_interest() {
        let interests = by_attributes([
            ("aws_b", vec!["x", "y"]),
            ("aws_a", vec!["x", "y"]),
            ("aws_c", vec!["x"]),
        ]);
        let seen: Vec<_> = interests
            .iter()
            .map(|one| (one.resource_types.join(" "), one.attributes.join(" ")))
            .collect();
        let expected = [("aws_c", "x"), ("aws_b aws_a", "x y")];
        assert_eq!(
            seen,
            expected.map(|(kinds, paths)| (kinds.to_owned(), paths.to_owned()))
        );
        assert!(
            interests
                .iter()
                .all(|one| !one.references && one.actions.is_empty())
        );
    }
}
