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
        "instance_class", "engine", "engine_version", "engine_lifecycle_support", "multi_az", "storage_type",
        "allocated_storage", "iops",
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
    let (deployment, meter) = if multi { ("Multi-AZ", "Multi-AZUsage") } else { ("Single-AZ", "InstanceUsage") };
    match sheet.text("instance_class") {
        Attr::Known(class) => {
            sheet.fixed(format!("{engine}, {deployment}, {class}"), format!("AmazonRDS/{meter}:{class}/{engine}"), sheet.hours);
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
    let default = if iops.is_known_and(|iops| *iops > Decimal::ZERO) { "io1" } else { "gp2" };
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
    let (component, key) = (format!("Storage, {kind}"), format!("AmazonRDS/{deployment}/{name}-Storage"));
    let size = sheet.number("allocated_storage");
    match &size {
        Attr::Known(size) => sheet.fixed(component, key, *size),
        Attr::Unset => sheet.at_least(component, key, Decimal::ZERO, "allocated_storage", "not set"),
        Attr::Undetermined(why) => sheet.at_least(component, key, Decimal::ZERO, "allocated_storage", why),
    }
    match (kind.as_str(), iops) {
        ("gp3", Attr::Known(iops)) => {
            // From 400 GB on, gp3 is striped over four volumes and includes 12,000.
            let included = Decimal::whole(if size.is_known_and(|size| *size < Decimal::whole(400)) { 3000 } else { 12_000 });
            if iops > included {
                sheet.fixed("Storage, IOPS", format!("AmazonRDS/{deployment}/GP3-PIOPS"), iops.minus(included)?);
            }
        }
        ("io1" | "io2", Attr::Known(iops)) => sheet.fixed("Storage, IOPS", format!("AmazonRDS/{deployment}/{}", if kind == "io1" { "PIOPS" } else { "PIOPS-IO2" }), iops),
        ("io1" | "io2", Attr::Unset) => sheet.open_line("Storage, IOPS", "iops", "not set"),
        ("gp3" | "io1" | "io2", Attr::Undetermined(why)) => sheet.open_line("Storage, IOPS", "iops", why),
        ("standard", _) => sheet.used("Storage, I/O", format!("AmazonRDS/{deployment}/StorageIOUsage"), &[IoRequests]),
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
                    && version.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
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
