//! The tables, compared with the providers' schemas.

use artifact_pinning::HELD;
use artifact_pinning::table::{IMAGES, MACHINES, OBJECT, OBJECTS};
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let images = IMAGES.iter().map(|row| (row.kind, row.path));
    let machines = MACHINES.iter().map(|(kind, path, _)| (*kind, *path));
    let objects = OBJECTS
        .iter()
        .flat_map(|kind| OBJECT.iter().map(move |path| (*kind, *path)));
    let held = HELD.iter().map(|(kind, path, _, _)| (*kind, *path));
    let mut looked_up = 0;
    for (kind, path) in images.chain(machines).chain(objects).chain(held) {
        let known = ["aws_", "google_", "azurerm_"];
        if !known.iter().any(|provider| kind.starts_with(provider)) {
            continue;
        }
        looked_up += 1;
        assert!(schemas.attribute(kind, path).is_some(), "{kind}.{path}");
    }
    assert!(looked_up > 50, "{looked_up}");
}
