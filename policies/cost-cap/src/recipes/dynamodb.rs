//! Amazon DynamoDB.

use tollgate_policy::{Attr, Determined, Field};

use super::{Recipe, Sheet, number};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{ReadRequestUnits, StoredGb, WriteRequestUnits};

/// Tables: capacity (provisioned for the table and its indexes, or by request),
/// storage, and continuous backups.
pub(crate) const TABLE: Recipe = Recipe {
    types: &["aws_dynamodb_table"],
    attributes: &[
        "billing_mode",
        "read_capacity",
        "write_capacity",
        "global_secondary_index",
        "table_class",
        RECOVERY,
        "replica",
    ],
    computed: &["read_capacity", "write_capacity", RECOVERY],
    usage: &[ReadRequestUnits, WriteRequestUnits, StoredGb],
    lines,
};

const RECOVERY: &str = "point_in_time_recovery[0].enabled";

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match sheet.text("table_class").unset_as("STANDARD".to_owned()) {
        Determined::Known(class) if class == "STANDARD" => {}
        Determined::Known(class) => {
            sheet.open_line(
                "Table",
                "table_class",
                format!("{class}, whose prices are not known here"),
            );
            return Ok(());
        }
        Determined::Undetermined(why) => {
            sheet.open_line("Table", "table_class", why);
            return Ok(());
        }
    }
    match sheet
        .text("billing_mode")
        .unset_as("PROVISIONED".to_owned())
    {
        Determined::Known(mode) if mode == "PAY_PER_REQUEST" => {
            sheet.used(
                "Write request units",
                "AmazonDynamoDB/WriteRequestUnits",
                &[WriteRequestUnits],
            );
            sheet.used(
                "Read request units",
                "AmazonDynamoDB/ReadRequestUnits",
                &[ReadRequestUnits],
            );
        }
        Determined::Known(_) => {
            provisioned(
                sheet,
                "Write capacity",
                "AmazonDynamoDB/WriteCapacityUnit-Hrs",
                "write_capacity",
            )?;
            provisioned(
                sheet,
                "Read capacity",
                "AmazonDynamoDB/ReadCapacityUnit-Hrs",
                "read_capacity",
            )?;
        }
        Determined::Undetermined(why) => sheet.open_line("Capacity", "billing_mode", why),
    }
    sheet.used(
        "Storage",
        "AmazonDynamoDB/TimedStorage-ByteHrs",
        &[StoredGb],
    );

    let backups = "Continuous backups";
    match sheet.flag(RECOVERY) {
        Attr::Known(true) => sheet.used(
            backups,
            "AmazonDynamoDB/TimedPITRStorage-ByteHrs",
            &[StoredGb],
        ),
        Attr::Known(false) | Attr::Unset => {}
        Attr::Undetermined(why) => sheet.open_line(backups, RECOVERY, why),
    }
    match sheet.items("replica") {
        Attr::Unset => {}
        Attr::Known(replicas) if replicas.is_empty() => {}
        Attr::Known(_) => sheet.open_line(
            "Replicas",
            "replica",
            "a global table, whose replicas are not priced",
        ),
        Attr::Undetermined(why) => sheet.open_line("Replicas", "replica", why),
    }
    Ok(())
}

/// Capacity of the table and of every global index, for all hours of the month.
fn provisioned(
    sheet: &mut Sheet<'_>,
    component: &'static str,
    key: &'static str,
    attribute: &'static str,
) -> Result<(), DecimalError> {
    let mut units = Decimal::ZERO;
    let mut missing = None;
    match sheet.number(attribute) {
        Attr::Known(capacity) => units = capacity,
        Attr::Unset => missing = Some((attribute, "not set".to_owned())),
        Attr::Undetermined(why) => missing = Some((attribute, why.to_string())),
    }
    match sheet.items("global_secondary_index") {
        Attr::Unset => {}
        Attr::Undetermined(why) => missing = Some(("global_secondary_index", why.to_string())),
        Attr::Known(indexes) => {
            for index in indexes {
                match capacity(&index, attribute) {
                    Attr::Known(capacity) => units = units.plus(capacity)?,
                    Attr::Unset => {}
                    Attr::Undetermined(why) => {
                        missing = Some(("global_secondary_index", why.to_string()));
                    }
                }
            }
        }
    }
    let quantity = units.times(sheet.hours)?;
    match missing {
        None => sheet.fixed(component, key, quantity),
        Some((attribute, why)) => sheet.at_least(component, key, quantity, attribute, why),
    }
    Ok(())
}

fn capacity(index: &Field, attribute: &str) -> Attr<Decimal> {
    number(&index.get(attribute))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_requests_or_capacity() {
        // 2 million × 0.625, 4 million × 0.125, 10 GB × 0.25.
        let on_demand = json!({"billing_mode": "PAY_PER_REQUEST", "table_class": "STANDARD", "point_in_time_recovery": [{"enabled": false}]});
        assert_eq!(
            lines(
                Resource::create("aws_dynamodb_table.t", on_demand),
                json!({"write-request-units": 2_000_000, "read-request-units": 4_000_000, "stored-gb": 10})
            ),
            [
                "Write request units: 2000000 = 1.25",
                "Read request units: 4000000 = 0.5",
                "Storage: 10 = 2.5"
            ]
        );
        // Writes (20 + 5) × 730 h × 0.00065; reads (30 + 10) × 730 h × 0.00013.
        let provisioned = json!({"billing_mode": "PROVISIONED", "write_capacity": 20, "read_capacity": 30,
            "global_secondary_index": [{"name": "i", "write_capacity": 5, "read_capacity": 10}],
            "point_in_time_recovery": unknown(), "replica": []});
        assert_eq!(
            lines(
                Resource::create("aws_dynamodb_table.t", provisioned),
                json!({"stored-gb": 0})
            ),
            [
                "Write capacity: 18250 = 11.8625",
                "Read capacity: 29200 = 3.796",
                "Storage: 0 = 0"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        for (table, expected) in [
            (
                json!({"billing_mode": "PROVISIONED", "write_capacity": 1, "read_capacity": 1, "global_secondary_index": [{"write_capacity": unknown(), "read_capacity": 1}]}),
                // 730 × 0.00065.
                "Write capacity: at least 0.4745 (`global_secondary_index`: known only after apply)",
            ),
            (
                json!({"table_class": "STANDARD_INFREQUENT_ACCESS"}),
                "Table: undetermined (`table_class`: STANDARD_INFREQUENT_ACCESS, whose prices are not known here)",
            ),
        ] {
            assert_eq!(
                lines(
                    Resource::create("aws_dynamodb_table.t", table),
                    json!({"stored-gb": 0})
                )[0],
                expected
            );
        }
        let replicated = json!({"billing_mode": "PAY_PER_REQUEST", "replica": [{"region_name": "us-west-2"}], "point_in_time_recovery": [{"enabled": true}]});
        assert_eq!(
            lines(
                Resource::create("aws_dynamodb_table.t", replicated),
                json!({"stored-gb": 1, "write-request-units": 0, "read-request-units": 0})
            )[3..],
            [
                "Continuous backups: 1 = 0.2",
                "Replicas: undetermined (`replica`: a global table, whose replicas are not priced)"
            ]
        );
    }
}
