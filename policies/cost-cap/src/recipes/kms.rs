//! AWS KMS.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::decimal::Decimal;
use crate::settings::UsageName::{KeyVersions, Requests};

/// Keys: each billed version of their material, and requests. The first two rotations
/// each add a version for good; declare `key-versions` when they have happened.
pub(crate) const KEY: Recipe = Recipe {
    types: &[
        "aws_kms_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
    ],
    attributes: &["customer_master_key_spec", "key_spec"],
    computed: &[],
    usage: &[Requests, KeyVersions],
    lines: |sheet| {
        let versions = sheet.declared(KeyVersions).unwrap_or(Decimal::ONE);
        sheet.fixed("Key", "awskms/KMS-Keys", versions);
        // Keys of other material and replicas call it otherwise.
        let own = sheet.text("customer_master_key_spec");
        let (attribute, spec) = if matches!(own, Attr::Unset) {
            ("key_spec", sheet.text("key_spec"))
        } else {
            ("customer_master_key_spec", own)
        };
        let spec = match spec {
            Attr::Unset => Determined::Known("SYMMETRIC_DEFAULT".to_owned()),
            Attr::Known(spec) => Determined::Known(spec),
            Attr::Undetermined(why) => Determined::Undetermined(why),
        };
        match spec {
            Determined::Known(spec)
                if matches!(spec.as_str(), "SYMMETRIC_DEFAULT" | "RSA_2048") =>
            {
                sheet.used("Requests", "awskms/KMS-Requests", &[Requests]);
            }
            Determined::Known(_) => sheet.used(
                "Requests, asymmetric",
                "awskms/KMS-Requests-Asymmetric",
                &[Requests],
            ),
            Determined::Undetermined(why) => {
                sheet.open_line("Requests", attribute, why);
            }
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_key_versions_and_requests() {
        let key = |spec: &str| {
            Resource::create("aws_kms_key.k", json!({"customer_master_key_spec": spec}))
        };
        assert_eq!(
            lines(key("SYMMETRIC_DEFAULT"), json!({"requests": 20_000})),
            ["Key: 1 = 1", "Requests: 20000 = 0.06"]
        );
        // Rotated twice: three versions.
        assert_eq!(
            lines(
                key("SYMMETRIC_DEFAULT"),
                json!({"requests": 0, "key-versions": 3})
            )[0],
            "Key: 3 = 3"
        );
        assert_eq!(
            lines(key("ECC_NIST_P256"), json!({"requests": 1}))[1],
            ASYMMETRIC
        );
        // A replica has the kind of its key, which its provider computes.
        let replica = |spec: serde_json::Value| {
            Resource::create("aws_kms_replica_key.k", json!({"key_spec": spec}))
        };
        assert_eq!(
            lines(replica(json!("RSA_4096")), json!({"requests": 1}))[1],
            ASYMMETRIC
        );
        assert_eq!(
            lines(replica(unknown()), json!({"requests": 1}))[1],
            "Requests: undetermined (`key_spec`: known only after apply)"
        );
    }

    const ASYMMETRIC: &str = "Requests, asymmetric: unpriced (the price book has no price for awskms/KMS-Requests-Asymmetric in us-east-1)";
}
