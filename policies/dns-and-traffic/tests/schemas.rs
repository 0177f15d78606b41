//! Every row of the table, against the schemas of the providers.

use dns_and_traffic::SIGNED;
use dns_and_traffic::functions::{FUNCTIONS, NAMED_BY, RIGHTS};
use dns_and_traffic::table::{ADDRESSES, FORMER, HOPS, Target, rows};
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_attribute_is_in_a_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let mut read = Vec::<(&str, String)>::new();
    for row in rows() {
        // Of some only the deletion is judged.
        read.push((row.kind, String::new()));
        for path in row.declared() {
            read.push((row.kind, path.to_owned()));
        }
        for target in row.targets {
            let Target::Blocks {
                block,
                key,
                values,
                shares,
                ..
            } = target
            else {
                continue;
            };
            let mut inside = |path: &str| read.push((row.kind, format!("{block}.{path}")));
            key.iter().chain(*values).copied().for_each(&mut inside);
            if let Some((list, name, weight)) = shares {
                for path in [name, weight] {
                    inside(format!("{list}.{path}").trim_matches('.'));
                }
            }
        }
    }
    for (kind, name, paths) in FUNCTIONS {
        read.push((kind, (*name).to_owned()));
        read.extend(paths.iter().map(|path| (*kind, (*path).to_owned())));
    }
    for (kind, path, _) in NAMED_BY {
        read.push((kind, (*path).to_owned()));
    }
    for (kind, first, second) in RIGHTS {
        read.push((kind, (*first).to_owned()));
        read.push((kind, (*second).to_owned()));
    }
    for row in HOPS {
        for path in row.destinations.iter().chain(row.hops) {
            let path = match row.routes.block() {
                Some(block) => format!("{block}.{path}"),
                None => (*path).to_owned(),
            };
            read.push((row.kind, path));
        }
    }
    for (kind, paths) in SIGNED {
        read.extend(paths.iter().map(|path| (*kind, (*path).to_owned())));
    }
    for row in ADDRESSES {
        read.push((row.kind, row.address.to_owned()));
        read.extend(row.unless.map(|(path, _)| (row.kind, path.to_owned())));
    }
    // Of other providers there are no schemas here.
    read.retain(|(kind, _)| {
        ["aws_", "azurerm_", "google_"]
            .iter()
            .any(|provider| kind.starts_with(provider))
    });
    read.retain(|(kind, path)| {
        !FORMER
            .iter()
            .any(|(one, of)| one == kind && (of.is_empty() || path == of))
    });
    assert_eq!(schemas.lacking(read), [""; 0]);
}
