//! AWS Lambda.

use tollgate_policy::{Attr, Determined};

use super::{Quantity, Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{DurationMs, GbSeconds, Requests};

/// Functions: requests, and memory held for their duration; temporary storage beyond
/// the 512 MB that are included.
pub(crate) const FUNCTION: Recipe = Recipe {
    types: &["aws_lambda_function"],
    attributes: &["memory_size", "architectures", TEMPORARY],
    usage: &[Requests, DurationMs, GbSeconds],
    lines,
};

const TEMPORARY: &str = "ephemeral_storage[0].size";
const COMPUTE: &str = "Compute";
const STORAGE: &str = "Temporary storage above 512 MB";

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    sheet.used("Requests", "AWSLambda/Request", &[Requests]);

    let memory = sheet.number("memory_size").unset_as(Decimal::whole(128));
    // How long all requests of a month run together, in seconds.
    let mut seconds = match (sheet.declared(Requests), sheet.declared(DurationMs)) {
        (Some(requests), Some(duration)) => Some(requests.times(duration)?.per(Decimal::whole(1000))?),
        _ => None,
    };
    let compute = match (sheet.declared(GbSeconds), seconds, &memory) {
        (Some(declared), _, Determined::Known(memory)) => {
            if seconds.is_none() && *memory > Decimal::ZERO {
                seconds = Some(declared.times(Decimal::whole(1024))?.per(*memory)?);
            }
            Quantity::Known(declared)
        }
        (Some(declared), ..) => Quantity::Known(declared),
        (None, Some(seconds), Determined::Known(memory)) => Quantity::Known(seconds.times(*memory)?.per(Decimal::whole(1024))?),
        (None, Some(_), Determined::Undetermined(why)) => {
            Quantity::AtLeast { least: Decimal::ZERO, attribute: "memory_size", why: why.to_string() }
        }
        (None, None, _) => Quantity::Undeclared(&[Requests, DurationMs]),
    };
    let arm = match sheet.items("architectures") {
        Attr::Unset => Determined::Known(false),
        Attr::Undetermined(why) => Determined::Undetermined(why),
        Attr::Known(items) => match items.first().map(|item| item.text()) {
            None | Some(Attr::Unset) => Determined::Known(false),
            Some(Attr::Known(architecture)) => Determined::Known(architecture == "arm64"),
            Some(Attr::Undetermined(why)) => Determined::Undetermined(why),
        },
    };
    match arm {
        Determined::Known(true) => sheet.push(format!("{COMPUTE}, arm64"), "AWSLambda/Lambda-GB-Second-ARM", compute, true),
        Determined::Known(false) => sheet.push(format!("{COMPUTE}, x86_64"), "AWSLambda/Lambda-GB-Second", compute, true),
        Determined::Undetermined(why) => sheet.open_line(COMPUTE, "architectures", why),
    }

    let included = Decimal::whole(512);
    match sheet.number(TEMPORARY) {
        Attr::Unset => {}
        Attr::Undetermined(why) => sheet.open_line(STORAGE, TEMPORARY, why),
        Attr::Known(size) if size <= included => {}
        Attr::Known(size) => {
            let gb = size.minus(included)?.per(Decimal::whole(1024))?;
            let quantity = match seconds {
                Some(seconds) => Quantity::Known(seconds.times(gb)?),
                None => Quantity::Undeclared(&[Requests, DurationMs]),
            };
            sheet.push(STORAGE, "AWSLambda/Lambda-Storage-GB-Second", quantity, true);
        }
    }
    Ok(())
}
