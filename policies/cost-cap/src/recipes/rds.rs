//! Amazon RDS.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{BackupGb, IoRequests};

/// Database instances: their hours by class, engine and deployment; their storage; and
/// extended support once the standard support of their engine version has ended.
pub(crate) const INSTANCE: Recipe = Recipe {
    types: &["aws_db_instance"],
    attributes: &[
        "instance_class",
        "engine",
        "engine_version",
        "engine_lifecycle_support",
        "multi_az",
        "storage_type",
        "allocated_storage",
        "iops",
    ],
    computed: &[
        "engine",
        "engine_version",
        "engine_lifecycle_support",
        "multi_az",
        "storage_type",
        "allocated_storage",
        "iops",
    ],
    usage: &[BackupGb, IoRequests],
    lines,
};

/// When the standard support of an engine version ended, and extended support began to
/// be charged for each vCPU: engine, version, day.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>
const SUPPORT_ENDED: &[(&str, &str, &str)] = &[
    ("mysql", "5.7", "2024-02-29"),
    ("mysql", "8.0", "2026-07-31"),
    ("postgres", "11", "2024-02-29"),
    ("postgres", "12", "2025-02-28"),
    ("postgres", "13", "2026-02-28"),
];

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let engine = match sheet.text("engine") {
        Attr::Known(engine) => engine,
        Attr::Unset => {
            // A replica has the engine of its source.
            sheet.open_line("Database", "engine", "not set");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line("Database", "engine", why);
            return Ok(());
        }
    };
    let multi = match sheet.flag("multi_az").unset_as(false) {
        Determined::Known(multi) => multi,
        Determined::Undetermined(why) => {
            sheet.open_line("Database", "multi_az", why);
            return Ok(());
        }
    };
    let (deployment, meter) = if multi {
        ("Multi-AZ", "Multi-AZUsage")
    } else {
        ("Single-AZ", "InstanceUsage")
    };
    match sheet.text("instance_class") {
        Attr::Known(class) => {
            sheet.fixed(
                format!("{engine}, {deployment}, {class}"),
                format!("AmazonRDS/{meter}:{class}/{engine}"),
                sheet.hours,
            );
        }
        Attr::Unset => sheet.open_line("Database", "instance_class", "not set"),
        Attr::Undetermined(why) => sheet.open_line("Database", "instance_class", why),
    }
    storage(sheet, deployment)?;
    sheet.used_if_declared("Backups", "AmazonRDS/ChargedBackupUsage", BackupGb);
    extended_support(sheet, &engine);
    Ok(())
}

fn storage(sheet: &mut Sheet<'_>, deployment: &str) -> Result<(), DecimalError> {
    let iops = sheet.number("iops");
    // RDS makes gp2 storage unless told otherwise, or io1 if told how many IOPS.
    let default = if iops.is_known_and(|iops| *iops > Decimal::ZERO) {
        "io1"
    } else {
        "gp2"
    };
    let kind = match sheet.text("storage_type").unset_as(default.to_owned()) {
        Determined::Known(kind) => kind,
        Determined::Undetermined(why) => {
            sheet.open_line("Storage", "storage_type", why);
            return Ok(());
        }
    };
    let name = match kind.as_str() {
        "gp2" => "GP2",
        "gp3" => "GP3",
        "io1" => "PIOPS",
        "io2" => "PIOPS-IO2",
        "standard" => "Standard",
        other => other,
    };
    let (component, key) = (
        format!("Storage, {kind}"),
        format!("AmazonRDS/{deployment}/{name}-Storage"),
    );
    let size = sheet.number("allocated_storage");
    match &size {
        Attr::Known(size) => sheet.fixed(component, key, *size),
        Attr::Unset => sheet.at_least(
            component,
            key,
            Decimal::ZERO,
            "allocated_storage",
            "not set",
        ),
        Attr::Undetermined(why) => {
            sheet.at_least(component, key, Decimal::ZERO, "allocated_storage", why);
        }
    }
    match (kind.as_str(), iops) {
        ("gp3", Attr::Known(iops)) => {
            // From 400 GB on, gp3 is striped over four volumes and includes 12,000.
            let included =
                Decimal::whole(if size.is_known_and(|size| *size < Decimal::whole(400)) {
                    3000
                } else {
                    12_000
                });
            if iops > included {
                sheet.fixed(
                    "Storage, IOPS",
                    format!("AmazonRDS/{deployment}/GP3-PIOPS"),
                    iops.minus(included)?,
                );
            }
        }
        ("io1" | "io2", Attr::Known(iops)) => sheet.fixed(
            "Storage, IOPS",
            format!(
                "AmazonRDS/{deployment}/{}",
                if kind == "io1" { "PIOPS" } else { "PIOPS-IO2" }
            ),
            iops,
        ),
        ("io1" | "io2", Attr::Unset) => sheet.open_line("Storage, IOPS", "iops", "not set"),
        ("gp3" | "io1" | "io2", Attr::Undetermined(why)) => {
            sheet.open_line("Storage, IOPS", "iops", why);
        }
        ("standard", _) => sheet.used(
            "Storage, I/O",
            format!("AmazonRDS/{deployment}/StorageIOUsage"),
            &[IoRequests],
        ),
        _ => {}
    }
    Ok(())
}

fn extended_support(sheet: &mut Sheet<'_>, engine: &str) {
    if sheet
        .text("engine_lifecycle_support")
        .is_known_and(|support| support == "open-source-rds-extended-support-disabled")
    {
        return;
    }
    let component = "Extended support";
    match sheet.text("engine_version") {
        Attr::Known(version) => {
            let ended = SUPPORT_ENDED.iter().any(|(of, release, day)| {
                *of == engine
                    && version
                        .strip_prefix(release)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    && *day < sheet.day
            });
            if ended {
                sheet.open_line(component, "engine_version", format!("{version}, which is charged extra for each vCPU since its standard support ended"));
            }
        }
        // RDS starts with its own current default version.
        Attr::Unset => {}
        Attr::Undetermined(why) => sheet.open_line(component, "engine_version", why),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_instance_and_storage_by_engine_and_deployment() {
        for (database, expected) in [
            // The research's own example: 730 × 0.016, 20 GB × 0.115 = 13.98 a month.
            (
                json!({"engine": "postgres", "instance_class": "db.t4g.micro", "multi_az": false, "storage_type": "gp3", "allocated_storage": 20, "engine_version": "16.4"}),
                vec![
                    "postgres, Single-AZ, db.t4g.micro: 730 = 11.68",
                    "Storage, gp3: 20 = 2.3",
                ],
            ),
            // 730 × 0.272, 30 GB × 0.23.
            (
                json!({"engine": "mysql", "instance_class": "db.t3.large", "multi_az": true, "storage_type": "gp2", "allocated_storage": 30}),
                vec![
                    "mysql, Multi-AZ, db.t3.large: 730 = 198.56",
                    "Storage, gp2: 30 = 6.9",
                ],
            ),
            // 50 GB × 0.125, 1,200 IOPS × 0.10.
            (
                json!({"engine": "mysql", "instance_class": "db.t3.large", "storage_type": unknown(), "iops": 1200, "allocated_storage": 50}),
                vec![
                    "mysql, Single-AZ, db.t3.large: 730 = 99.28",
                    "Storage, io1: 50 = 6.25",
                    "Storage, IOPS: 1200 = 120",
                ],
            ),
            (
                json!({"engine": "oracle-se2", "instance_class": "db.t3.large", "storage_type": "gp3", "allocated_storage": 20, "iops": 4000}),
                vec![
                    "oracle-se2, Single-AZ, db.t3.large: unpriced (the price book has no price for AmazonRDS/InstanceUsage:db.t3.large/oracle-se2 in us-east-1)",
                    "Storage, gp3: 20 = 2.3",
                    "Storage, IOPS: 1000 = 20",
                ],
            ),
        ] {
            assert_eq!(
                lines(
                    Resource::create("aws_db_instance.d", database.clone()),
                    json!({})
                ),
                expected,
                "{database}"
            );
        }
    }

    #[test]
    fn knows_when_extended_support_is_charged() {
        let database = |version: serde_json::Value, support: &str| {
            json!({"engine": "mysql", "instance_class": "db.t3.large", "storage_type": "gp3", "allocated_storage": 20,
                "engine_version": version, "engine_lifecycle_support": support})
        };
        let enabled = "open-source-rds-extended-support";
        for (version, support, charged) in [
            (json!("5.7.44"), enabled, true),
            (json!("5.7"), enabled, true),
            (json!("8.0.40"), enabled, true),
            (json!("8.4.3"), enabled, false),
            (json!("5.70"), enabled, false),
            (unknown(), enabled, false),
            (
                json!("5.7.44"),
                "open-source-rds-extended-support-disabled",
                false,
            ),
        ] {
            let lines = lines(
                Resource::create("aws_db_instance.d", database(version.clone(), support)),
                json!({}),
            );
            assert_eq!(
                lines
                    .iter()
                    .any(|line| line.starts_with("Extended support: undetermined")),
                charged,
                "{version} {support}: {lines:?}"
            );
        }
    }
}
