//! Amazon Cognito.

use tollgate_policy::Determined;

use super::Recipe;
use crate::settings::UsageName::MonthlyUsers;

/// Pools of users: those that sign in, by the tier of the pool. What an account has free is not
/// taken off.
pub(crate) const USER_POOL: Recipe = Recipe {
    types: &["aws_cognito_user_pool"],
    attributes: &["user_pool_tier"],
    computed: &["user_pool_tier"],
    usage: &[MonthlyUsers],
    lines: |sheet| {
        match sheet
            .text("user_pool_tier")
            .unset_as("ESSENTIALS".to_owned())
        {
            Determined::Known(tier) => sheet.used(
                format!("Users, {}", tier.to_lowercase()),
                format!("AmazonCognito/CognitoUserPoolsMAU:{tier}"),
                &[MonthlyUsers],
            ),
            Determined::Undetermined(why) => sheet.open_line("Users", "user_pool_tier", why),
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::{lines, total};

    #[test]
    fn charges_users_by_tier() {
        let pool = |tier: Json| {
            Resource::create("aws_cognito_user_pool.p", json!({"user_pool_tier": tier}))
        };
        let of = |tier: Json| {
            let usage = json!({"usage": {"*": {"monthly-users": 1000}}});
            total(pool(tier), "us-west-2", usage)
        };
        assert_eq!(of(json!("ESSENTIALS")), "15");
        assert_eq!(of(unknown()), "15");
        assert_eq!(of(json!("PLUS")), "20");
        assert_eq!(of(json!("LITE")), "5.5");
        assert_eq!(
            lines(pool(json!("LITE")), json!({})),
            ["Users, lite: usage-undeclared (declare monthly-users)"]
        );
    }
}
