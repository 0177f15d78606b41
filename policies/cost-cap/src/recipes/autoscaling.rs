//! Application Auto Scaling.

use tollgate_policy::Attr;

use super::Recipe;

/// Targets: what they scale is charged on the resource itself, with the capacity that is
/// configured. How much more there will be no plan tells.
pub(crate) const TARGET: Recipe = Recipe {
    types: &["aws_appautoscaling_target"],
    attributes: &["min_capacity", "max_capacity"],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        let component = "Capacity that it adds";
        match (sheet.number("min_capacity"), sheet.number("max_capacity")) {
            (Attr::Known(least), Attr::Known(most)) if least == most => {}
            (_, Attr::Known(most)) => sheet.open_line(
                component,
                "max_capacity",
                format!(
                    "up to {most}; what it scales is priced with the capacity that is configured"
                ),
            ),
            (_, Attr::Unset) => sheet.open_line(component, "max_capacity", "not set"),
            (_, Attr::Undetermined(why)) => sheet.open_line(component, "max_capacity", why),
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn capacity_that_may_grow_is_not_zero() {
        let target = |least: i64, most: i64| {
            Resource::create(
                "aws_appautoscaling_target.t",
                json!({"min_capacity": least, "max_capacity": most}),
            )
        };
        assert_eq!(lines(target(5, 5), json!({})), [""; 0]);
        assert_eq!(
            lines(target(5, 4000), json!({})),
            [
                "Capacity that it adds: undetermined (`max_capacity`: up to 4000; what it scales is priced with the capacity that is configured)"
            ]
        );
    }
}
