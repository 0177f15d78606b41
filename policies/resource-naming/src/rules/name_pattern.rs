//! `name-pattern`

use tollgate_policy::{Finding, RuleDef, Severity, pattern};

use crate::name::Name;
use crate::settings::Convention;

/// A name is not what the convention says.
///
/// Compares the name of every resource that exists after apply with the convention of its
/// type: prefixes, suffixes, patterns and characters. Of a name that ends in random characters
/// it compares the prefix.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "name-pattern",
    title: "Names that do not follow the convention",
    description: "The name of a resource does not have the prefix, suffix, pattern or characters \
        that the settings ask for.",
    severity: Severity::Low,
    remediation: "Name the resource as the convention says. Renaming one that exists may replace it.",
    example: r#"```toml
[policies.resource-naming.settings.names]
"*" = { prefixes = ["{environment}-"] }
"aws_s3_bucket" = { patterns = ["acme-{environment}-*"], characters = "kebab" }
```"#,
    links: &[
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming",
    ],
};

pub(crate) fn check(
    name: &Name<'_>,
    convention: &Convention,
    environment: &str,
) -> Option<Finding> {
    let fill = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .map(|text| text.replace("{environment}", environment))
            .collect()
    };
    let prefixes = fill(&convention.prefixes);
    let suffixes = fill(&convention.suffixes);
    let patterns = fill(&convention.patterns);
    let asks = !(prefixes.is_empty() && suffixes.is_empty() && patterns.is_empty())
        || convention.characters != crate::settings::Characters::Any;
    if !asks {
        return None;
    }
    let text = match &name.text {
        // What the service puts in front of every name is not a part of it.
        Ok(text) => match name.row.kind {
            "aws_kms_alias" => text.strip_prefix("alias/").unwrap_or(text),
            _ => text.as_str(),
        },
        Err(why) => {
            return Some(name.told(RULE.undetermined(
                name.change,
                format!(
                    "whether the name follows the convention cannot be told: `{}` is {why}",
                    name.row.attribute
                ),
            )));
        }
    };
    let ends_at_random = name.row.is_prefix();
    let wanted = if !prefixes.is_empty() && !prefixes.iter().any(|prefix| text.starts_with(prefix))
    {
        format!("begin with {}", listed(&prefixes))
    } else if !suffixes.is_empty()
        && !ends_at_random
        && !suffixes.iter().any(|suffix| text.ends_with(suffix))
    {
        format!("end with {}", listed(&suffixes))
    } else if !patterns.is_empty()
        && !patterns.iter().any(|pattern| match ends_at_random {
            true => may_begin(pattern, text),
            false => pattern::matches(pattern, text),
        })
    {
        format!("look like {}", listed(&patterns))
    } else if !text.chars().all(|c| convention.characters.allow(c)) {
        format!("have {}", convention.characters.words())
    } else {
        return None;
    };
    Some(name.told(RULE.violation(name.change, format!("the name `{text}` does not {wanted}"))))
}

/// Whether a name that begins with `text` can match the pattern: as far as the first `*`, both
/// say the same.
fn may_begin(pattern: &str, text: &str) -> bool {
    let head = pattern.split('*').next().unwrap_or_default();
    text.starts_with(head) || head.starts_with(text)
}

fn listed(texts: &[String]) -> String {
    texts
        .iter()
        .map(|text| format!("`{text}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}
