//! Every type and attribute that the policy reads exists in the providers.

use public_principal::attributes;
use public_principal::table::MEMBERS;
use tollgate_policy::pattern;
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let mut read: Vec<_> = attributes()
        .into_iter()
        .flat_map(|(kind, paths)| paths.into_iter().map(move |path| (kind, path)))
        .collect();
    // Every type of Google's that a pattern matches has the attributes.
    for (kinds, path) in MEMBERS {
        let of_pattern: Vec<_> = schemas
            .types()
            .map(|(kind, _)| kind)
            .filter(|kind| pattern::matches(kinds, kind))
            .collect();
        assert!(of_pattern.len() > 100, "{kinds}");
        for kind in of_pattern {
            read.push((kind, path));
            if path != "policy_data" {
                read.push((kind, "role"));
            }
        }
    }
    assert_eq!(schemas.lacking(read), [""; 0]);
}
