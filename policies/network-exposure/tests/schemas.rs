//! Every row of the table, against the schemas of the providers.

use network_exposure::table::filters::{FILTERS, NAMED_BY};
use network_exposure::table::{FORMER, OTHERS, rows};
use network_exposure::{ASSOCIATIONS, PROTECTED, RULES};
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_attribute_is_in_a_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let read = rows()
        .filter(|row| !FORMER.contains(&row.kind) && !OTHERS.contains(&row.kind))
        .flat_map(|row| {
            let paths = row.attributes.iter().chain(row.inside);
            paths.map(|path| (row.kind, *path)).chain([(row.kind, "")])
        })
        .chain(ASSOCIATIONS.iter().copied())
        .chain(PROTECTED.iter().copied())
        .chain(RULES.1.iter().map(|path| (RULES.0, *path)));
    assert_eq!(schemas.lacking(read), [""; 0]);
    let filters = FILTERS
        .iter()
        // Removed from version 5 of the provider.
        .filter(|filter| {
            filter.kind != "azurerm_frontdoor_firewall_policy" || schemas.has(filter.kind)
        })
        .flat_map(|filter| {
            filter
                .attributes()
                .into_iter()
                .map(|path| (filter.kind, path))
        })
        .chain(NAMED_BY.iter().copied());
    assert_eq!(schemas.lacking(filters), [""; 0]);
    for kind in FORMER {
        assert!(!schemas.has(kind), "{kind} is there again");
    }
}
