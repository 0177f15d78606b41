//! Every row of the table, against the schemas of the providers.

use audit_trail::selectors::SELECTORS;
use audit_trail::table::{FORMER_AZURE, On, rows};
use audit_trail::{BESIDES, EXCLUSIONS, MUTED, PLACES};
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_attribute_is_in_a_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let mut read = Vec::<(&str, String)>::new();
    for row in rows() {
        // A type whose deletion only is judged has no attributes here.
        read.push((row.kind, String::new()));
        for path in row.watches {
            read.push((row.kind, (*path).to_owned()));
        }
        for switch in row.switches {
            read.push((row.kind, switch.path.to_owned()));
            if let Some((path, _)) = switch.unless {
                read.push((row.kind, path.to_owned()));
            }
            if let On::Entries(keys) = switch.on {
                for key in keys {
                    read.push((row.kind, format!("{}.{key}", switch.path)));
                }
            }
        }
    }
    for (kind, path) in EXCLUSIONS {
        read.push((kind, (*path).to_owned()));
    }
    for (kind, paths) in BESIDES.iter().chain(MUTED).chain(PLACES).chain(SELECTORS) {
        for path in *paths {
            read.push((kind, (*path).to_owned()));
        }
    }
    read.retain(|(kind, _)| !FORMER_AZURE.contains(kind));
    assert_eq!(schemas.lacking(read), [""; 0]);
}
