//! Every row of the table, against the schemas of the providers.

use log_retention::table::{FORMER, rows};
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_attribute_is_in_a_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let mut read = Vec::new();
    for row in rows() {
        read.push((
            row.kind,
            match row.each {
                Some(block) => format!("{block}.{}", row.path),
                None => row.path.to_owned(),
            },
        ));
        let beside = [row.name, row.unless.map(|(path, _)| path)];
        read.extend(
            beside
                .into_iter()
                .flatten()
                .map(|path| (row.kind, path.to_owned())),
        );
    }
    let (former, read): (Vec<_>, Vec<_>) = read.into_iter().partition(|(kind, path)| {
        FORMER
            .iter()
            .any(|(one, of)| one == kind && path.starts_with(of))
    });
    assert_eq!(schemas.lacking(read), [""; 0]);
    let count = former.len();
    assert_eq!(
        schemas.lacking(former).len(),
        count,
        "something is there again"
    );
}
