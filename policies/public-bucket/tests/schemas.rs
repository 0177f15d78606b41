//! Every type and attribute that the policy reads exists in the providers.

use public_bucket::attributes;
use tollgate_policy_common::schema::Schemas;

/// What the provider does not have any more, and old plans do.
const FORMER: [(&str, &str); 3] = [
    ("azurerm_storage_account", "allow_blob_public_access"),
    ("azurerm_storage_account", "static_website"),
    ("azurerm_storage_account", "cors"),
];

#[test]
fn every_row_is_in_the_schemas() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let read = attributes()
        .into_iter()
        .flat_map(|(kind, paths)| paths.into_iter().map(move |path| (kind, path)))
        .filter(|(kind, _)| {
            ["aws_", "google_", "azurerm_"]
                .iter()
                .any(|provider| kind.starts_with(provider))
        })
        .filter(|(kind, path)| !FORMER.contains(&(*kind, path.as_str())));
    assert_eq!(schemas.lacking(read), [""; 0]);
}
