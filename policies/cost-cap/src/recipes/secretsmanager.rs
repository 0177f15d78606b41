//! AWS Secrets Manager.

use tollgate_policy::Attr;

use super::Recipe;
use crate::decimal::Decimal;
use crate::settings::UsageName::Requests;

/// Secrets: each, and each replica of it, and requests.
pub(crate) const SECRET: Recipe = Recipe {
    types: &["aws_secretsmanager_secret"],
    attributes: &["replica"],
    usage: &[Requests],
    lines: |sheet| {
        let (component, key) = ("Secret", "AWSSecretsManager/AWSSecretsManager-Secrets");
        match sheet.items("replica") {
            Attr::Unset => sheet.fixed(component, key, Decimal::ONE),
            Attr::Known(replicas) => {
                let mut count = Decimal::ONE;
                for _ in replicas {
                    count = count.plus(Decimal::ONE)?;
                }
                sheet.fixed(component, key, count);
            }
            Attr::Undetermined(why) => sheet.at_least(component, key, Decimal::ONE, "replica", why),
        }
        sheet.used("Requests", "AWSSecretsManager/AWSSecretsManagerAPIRequest", &[Requests]);
        Ok(())
    },
};
