//! AWS WAF.

use tollgate_policy::{Attr, Determined, Field};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::Requests;

/// Web ACLs: the list, each of its rules, and the requests that it looks at. Rules of
/// groups that are charged by themselves are not priced here.
pub(crate) const WEB_ACL: Recipe = Recipe {
    types: &["aws_wafv2_web_acl"],
    attributes: &["scope", "rule", "rule_json"],
    computed: &[],
    usage: &[Requests],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match sheet.text("scope") {
        Attr::Known(scope) if scope == "CLOUDFRONT" => sheet.worldwide(),
        Attr::Known(_) | Attr::Unset => {}
        Attr::Undetermined(why) => {
            sheet.open_line("Web ACL", "scope", why);
            return Ok(());
        }
    }
    sheet.fixed("Web ACL", "awswaf/WebACLV2", Decimal::ONE);
    let (component, key) = ("Rules", "awswaf/RuleV2");
    match (sheet.items("rule"), sheet.text("rule_json")) {
        (Attr::Known(rules), Attr::Unset) => {
            let mut count = Decimal::ZERO;
            for _ in &rules {
                count = count.plus(Decimal::ONE)?;
            }
            sheet.fixed(component, key, count);
            match rules.iter().map(extra).find(|extra| *extra != Determined::Known(false)) {
                Some(Determined::Undetermined(why)) => sheet.open_line("Groups of rules", "rule", why),
                Some(Determined::Known(_)) => sheet.open_line(
                    "Groups of rules",
                    "rule",
                    "a group that is charged by itself: control of bots, fraud or floods, or one of a vendor",
                ),
                None => {}
            }
        }
        (Attr::Unset, Attr::Unset) => {}
        (Attr::Undetermined(why), _) => sheet.open_line(component, "rule", why),
        (_, Attr::Undetermined(why)) => sheet.open_line(component, "rule_json", why),
        (_, Attr::Known(_)) => {
            sheet.open_line(component, "rule_json", "a document, which is not read here");
        }
    }
    sheet.used("Requests", "awswaf/RequestV2-Tier1", &[Requests]);
    Ok(())
}

/// Managed groups that cost more than a rule.
/// <https://aws.amazon.com/waf/pricing/>
const CHARGED: &[&str] = &[
    "AWSManagedRulesBotControlRuleSet",
    "AWSManagedRulesATPRuleSet",
    "AWSManagedRulesACFPRuleSet",
    "AWSManagedRulesAntiDDoSRuleSet",
];

fn extra(rule: &Field) -> Determined<bool> {
    let group = rule
        .get("statement")
        .first()
        .get("managed_rule_group_statement")
        .first();
    if let Some(why) = group.undetermined() {
        return Determined::Undetermined(why);
    }
    match (group.get("name").text(), group.get("vendor_name").text()) {
        (Attr::Known(name), Attr::Known(vendor)) => {
            Determined::Known(vendor != "AWS" || CHARGED.contains(&name.as_str()))
        }
        (Attr::Undetermined(why), _) | (_, Attr::Undetermined(why)) => {
            Determined::Undetermined(why)
        }
        (Attr::Unset, _) | (_, Attr::Unset) => Determined::Known(false),
    }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tests")]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    fn acl(scope: &str, rules: Json) -> Vec<String> {
        let object = json!({"scope": scope, "rule": rules, "rule_json": null});
        lines(
            Resource::create("aws_wafv2_web_acl.w", object),
            json!({"requests": 1_000_000}),
        )
    }

    fn managed(vendor: &str, name: &str) -> Json {
        json!({"name": name, "statement": [{"managed_rule_group_statement": [{"name": name, "vendor_name": vendor}]}]})
    }

    #[test]
    fn charges_the_list_its_rules_and_requests() {
        let common = || managed("AWS", "AWSManagedRulesCommonRuleSet");
        let own =
            || json!({"name": "own", "statement": [{"rate_based_statement": [{"limit": 100}]}]});
        for scope in ["REGIONAL", "CLOUDFRONT"] {
            // 5.00; 2 × 1.00; a million × 0.60.
            assert_eq!(
                acl(scope, json!([common(), own()])),
                ["Web ACL: 1 = 5", "Rules: 2 = 2", "Requests: 1000000 = 0.6"]
            );
        }
    }

    #[test]
    fn groups_that_cost_more_are_not_counted_as_one_rule() {
        for group in [
            managed("AWS", "AWSManagedRulesBotControlRuleSet"),
            managed("Fortinet", "all_rules"),
        ] {
            assert_eq!(
                acl("REGIONAL", json!([group]))[2],
                "Groups of rules: undetermined (`rule`: a group that is charged by itself: control of bots, fraud or floods, or one of a vendor)"
            );
        }
        assert_eq!(
            acl("REGIONAL", unknown())[1],
            "Rules: undetermined (`rule`: known only after apply)"
        );
    }
}
