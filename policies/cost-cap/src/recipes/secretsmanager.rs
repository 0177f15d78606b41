//! AWS Secrets Manager.

use tollgate_policy::Attr;

use super::Recipe;
use crate::decimal::Decimal;
use crate::settings::UsageName::Requests;

/// Secrets: each, and each replica of it, and requests.
pub(crate) const SECRET: Recipe = Recipe {
    types: &["aws_secretsmanager_secret"],
    attributes: &["replica"],
    computed: &["replica"],
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
        sheet.used(
            "Requests",
            "AWSSecretsManager/AWSSecretsManagerAPIRequest",
            &[Requests],
        );
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_each_replica_too() {
        // 0.40 each; 10,000 requests 0.05.
        let secret = Resource::create("aws_secretsmanager_secret.s", json!({"replica": []}));
        assert_eq!(
            lines(secret, json!({"requests": 10_000})),
            ["Secret: 1 = 0.4", "Requests: 10000 = 0.05"]
        );
        let secret = Resource::create(
            "aws_secretsmanager_secret.s",
            json!({"replica": [{"region": "us-west-2"}, {"region": "eu-west-1"}]}),
        );
        assert_eq!(lines(secret, json!({"requests": 0}))[0], "Secret: 3 = 1.2");
    }
}
