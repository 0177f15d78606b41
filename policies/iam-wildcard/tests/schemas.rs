//! Every type and attribute that the policy reads exists in the providers.

use iam_wildcard::attributes;
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let read = attributes()
        .into_iter()
        .flat_map(|(kind, paths)| paths.into_iter().map(move |path| (kind, path)));
    assert_eq!(schemas.lacking(read), [""; 0]);
}
