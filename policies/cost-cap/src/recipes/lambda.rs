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
    computed: &["architectures", TEMPORARY],
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
        (Some(requests), Some(duration)) => {
            Some(requests.times(duration)?.per(Decimal::whole(1000))?)
        }
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
        (None, Some(seconds), Determined::Known(memory)) => {
            Quantity::Known(seconds.times(*memory)?.per(Decimal::whole(1024))?)
        }
        (None, Some(_), Determined::Undetermined(why)) => Quantity::AtLeast {
            least: Decimal::ZERO,
            attribute: "memory_size",
            why: why.to_string(),
        },
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
        Determined::Known(true) => sheet.push(
            format!("{COMPUTE}, arm64"),
            "AWSLambda/Lambda-GB-Second-ARM",
            compute,
            true,
        ),
        Determined::Known(false) => sheet.push(
            format!("{COMPUTE}, x86_64"),
            "AWSLambda/Lambda-GB-Second",
            compute,
            true,
        ),
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
            sheet.push(
                STORAGE,
                "AWSLambda/Lambda-Storage-GB-Second",
                quantity,
                true,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_requests_and_memory_for_their_duration() {
        let used = json!({"requests": 1_000_000, "duration-ms": 200});
        // 1,000,000 × 0.2 s × 512/1024 GB = 100,000 GB-s; × 0.0000166667 = 1.66667.
        let x86 = json!({"memory_size": 512, "architectures": ["x86_64"], "ephemeral_storage": [{"size": 512}]});
        assert_eq!(
            lines(Resource::create("aws_lambda_function.f", x86), used.clone()),
            [
                "Requests: 1000000 = 0.2",
                "Compute, x86_64: 100000 = 1.66667"
            ]
        );
        // On arm64 × 0.0000133334 = 1.33334.
        let arm = json!({"memory_size": 512, "architectures": ["arm64"], "ephemeral_storage": [{"size": 512}]});
        assert_eq!(
            lines(Resource::create("aws_lambda_function.f", arm), used)[1],
            "Compute, arm64: 100000 = 1.33334"
        );
        let declared = json!({"requests": 0, "gb-seconds": 1000});
        let plain = json!({"memory_size": 128});
        assert_eq!(
            lines(Resource::create("aws_lambda_function.f", plain), declared),
            ["Requests: 0 = 0", "Compute, x86_64: 1000 = 0.0166667"]
        );
    }

    #[test]
    fn charges_the_later_tiers_less() {
        // 6e9 × 0.0000166667 + 1e9 × 0.000015 = 100,000.2 + 15,000.
        let function = Resource::create("aws_lambda_function.f", json!({"memory_size": 128}));
        assert_eq!(
            lines(function, json!({"requests": 0, "gb-seconds": "7000000000"}))[1],
            "Compute, x86_64: 7000000000 = 115000.2"
        );
    }

    #[test]
    fn charges_temporary_storage_above_what_is_included() {
        // 1,536 MB above 512: 1 GB × 1,000,000 × 1 s × 0.0000000309 = 0.0309.
        let function = Resource::create(
            "aws_lambda_function.f",
            json!({"memory_size": 1024, "ephemeral_storage": [{"size": 1536}]}),
        );
        assert_eq!(
            lines(
                function,
                json!({"requests": 1_000_000, "duration-ms": 1000})
            )[2],
            "Temporary storage above 512 MB: 1000000 = 0.0309"
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let function = || json!({"memory_size": 128, "architectures": unknown(), "ephemeral_storage": unknown()});
        // What nothing in the configuration sets gets the service's own default.
        let set_by_nothing = Resource::create("aws_lambda_function.f", function());
        assert_eq!(
            lines(
                set_by_nothing,
                json!({"requests": 1_000_000, "duration-ms": 1000})
            ),
            // 1,000,000 s × 0.125 GB.
            [
                "Requests: 1000000 = 0.2",
                "Compute, x86_64: 125000 = 2.0833375"
            ]
        );
        let set = Resource::create("aws_lambda_function.f", function())
            .refers("architectures", "data.external.size.result.architecture");
        assert_eq!(
            lines(set, json!({"requests": 1_000_000, "duration-ms": 1000})),
            [
                "Requests: 1000000 = 0.2",
                "Compute: undetermined (`architectures`: known only after apply)"
            ]
        );
        // The provider computes no memory size: unknown, it comes from somewhere.
        let sized = Resource::create("aws_lambda_function.f", json!({"memory_size": unknown()}));
        assert_eq!(
            lines(sized, json!({"requests": 1_000_000, "duration-ms": 1000}))[1],
            "Compute, x86_64: undetermined (`memory_size`: known only after apply)"
        );
        let undeclared = Resource::create("aws_lambda_function.f", json!({"memory_size": 128}));
        assert_eq!(
            lines(undeclared, json!({"requests": 1})),
            [
                "Requests: 1 = 0.0000002",
                "Compute, x86_64: usage-undeclared (declare requests, duration-ms)"
            ]
        );
    }
}
