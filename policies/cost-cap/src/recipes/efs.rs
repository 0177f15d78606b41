//! Amazon EFS.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{ProcessedGb, StoredGb};

/// File systems: what they store, all of it at the price of the standard class; the
/// throughput that is provisioned beyond what comes with that; and what is read and
/// written where a lifecycle moves files out of the standard class.
pub(crate) const FILE_SYSTEM: Recipe = Recipe {
    types: &["aws_efs_file_system"],
    attributes: &[
        "availability_zone_name",
        "throughput_mode",
        "provisioned_throughput_in_mibps",
        "lifecycle_policy",
    ],
    computed: &["availability_zone_name"],
    usage: &[StoredGb, ProcessedGb],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match sheet.text("availability_zone_name") {
        Attr::Known(zone) if !zone.is_empty() => {
            sheet.used(
                "Storage, one zone",
                "AmazonEFS/TimedStorage-Z-ByteHrs",
                &[StoredGb],
            );
        }
        Attr::Known(_) | Attr::Unset => {
            sheet.used("Storage", "AmazonEFS/TimedStorage-ByteHrs", &[StoredGb]);
        }
        Attr::Undetermined(why) => sheet.open_line("Storage", "availability_zone_name", why),
    }
    match sheet.items("lifecycle_policy") {
        Attr::Known(policies) if policies.is_empty() => {}
        Attr::Unset => {}
        Attr::Known(_) => sheet.used(
            "Data of other classes, read and written",
            "AmazonEFS/IADataAccess-Bytes",
            &[ProcessedGb],
        ),
        Attr::Undetermined(why) => sheet.open_line(
            "Data of other classes, read and written",
            "lifecycle_policy",
            why,
        ),
    }
    let mode = "throughput_mode";
    match sheet.text(mode).unset_as("bursting".to_owned()) {
        Determined::Known(name) if name == "bursting" => {}
        Determined::Known(name) if name == "provisioned" => throughput(sheet)?,
        Determined::Known(name) => sheet.open_line(
            "Throughput",
            mode,
            format!("{name}, which is charged by what is read and written"),
        ),
        Determined::Undetermined(why) => sheet.open_line("Throughput", mode, why),
    }
    Ok(())
}

/// Each 20 GB come with 1 MiB/s.
fn throughput(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let (component, key) = ("Throughput", "AmazonEFS/ProvisionedTP-MiBpsHrs");
    let path = "provisioned_throughput_in_mibps";
    match (sheet.number(path), sheet.declared(StoredGb)) {
        (Attr::Known(provisioned), Some(stored)) => {
            let included = stored.per(Decimal::whole(20))?;
            let more = provisioned.minus(included.min(provisioned))?;
            sheet.fixed(component, key, more);
        }
        (Attr::Known(_), None) => sheet.used(component, key, &[StoredGb]),
        (Attr::Unset, _) => sheet.open_line(component, path, "not set"),
        (Attr::Undetermined(why), _) => sheet.open_line(component, path, why),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    fn of(object: Json, usage: Json) -> Vec<String> {
        lines(Resource::create("aws_efs_file_system.f", object), usage)
    }

    #[test]
    fn charges_storage_by_where_it_is() {
        // 100 GB × 0.30, and × 0.16 in one zone.
        assert_eq!(
            of(
                json!({"availability_zone_name": unknown()}),
                json!({"stored-gb": 100})
            ),
            ["Storage: 100 = 30"]
        );
        assert_eq!(
            of(
                json!({"availability_zone_name": "us-east-1a"}),
                json!({"stored-gb": 100})
            ),
            ["Storage, one zone: 100 = 16"]
        );
        // 50 GB × 0.01 out of the other classes.
        assert_eq!(
            of(
                json!({"lifecycle_policy": [{"transition_to_ia": "AFTER_30_DAYS"}]}),
                json!({"stored-gb": 0, "processed-gb": 50})
            )[1],
            "Data of other classes, read and written: 50 = 0.5"
        );
    }

    #[test]
    fn charges_throughput_beyond_what_storage_brings() {
        let provisioned =
            || json!({"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 10});
        // 10 MiB/s less 100 / 20, × 6.
        assert_eq!(
            of(provisioned(), json!({"stored-gb": 100}))[1],
            "Throughput: 5 = 30"
        );
        assert_eq!(
            of(provisioned(), json!({"stored-gb": 1000}))[1],
            "Throughput: 0 = 0"
        );
        assert_eq!(
            of(provisioned(), json!({}))[1],
            "Throughput: usage-undeclared (declare stored-gb)"
        );
        assert_eq!(
            of(
                json!({"throughput_mode": "elastic"}),
                json!({"stored-gb": 0})
            )[1],
            "Throughput: undetermined (`throughput_mode`: elastic, which is charged by what is read and written)"
        );
    }
}
