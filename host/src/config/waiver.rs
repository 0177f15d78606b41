//! `[[waivers]]`

use jiff::civil::Date;
use schemars::JsonSchema;
use tollgate_model::names::is_name;
use tollgate_model::own_rules::{POLICY, own_rule};
use toml::de::DeValue;

use super::read::{At, Fields, Mistake, Mistakes, Node, items, text, wrong_type};
use crate::diagnostic::quoted;

/// One waiver: findings that somebody answers for, until a day.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "Waiver", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WaiverTable {
    /// Where it begins in the file.
    #[schemars(skip)]
    pub(super) span: std::ops::Range<usize>,
    /// `policy/rule`, or `policy/*` for every rule of the policy.
    #[schemars(with = "String")]
    pub(super) rule: At<RulePattern>,
    /// The address of a resource. `*` stands for any run of characters, everything else for
    /// itself. Only `*` alone covers findings about the plan as a whole.
    pub(super) address: At<String>,
    /// The stack that it is for, as reports name it: the directory of the root module, or of the
    /// plan, from the root of the repository on. `*` stands for any run of characters. Default:
    /// every stack.
    pub(super) stack: Option<At<String>>,
    /// Where it holds. Default: everywhere.
    pub(super) environments: Option<Vec<At<String>>>,
    /// Why.
    pub(super) reason: At<String>,
    /// Who answers for it.
    pub(super) owner: At<String>,
    /// The last day on which it holds: a date, or a string `YYYY-MM-DD`.
    #[schemars(with = "String")]
    pub(super) expires: At<Date>,
}

/// The rule of a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RulePattern {
    pub(super) policy: String,
    /// None for every rule.
    pub(super) rule: Option<String>,
}

impl RulePattern {
    /// Whether it is of the policy that Tollgate itself plays.
    pub(super) fn is_own(&self) -> bool {
        self.policy == POLICY
    }

    /// Whether it is a rule of Tollgate's own that can be waived. All of them together cannot.
    pub(super) fn is_waivable(&self) -> bool {
        self.is_own()
            && self
                .rule
                .as_deref()
                .and_then(own_rule)
                .is_some_and(|rule| rule.waivable)
    }
}

impl WaiverTable {
    pub(super) fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = Fields::of(node, "[waivers]".to_owned(), mistakes)?;
        let rule = fields.required("rule", mistakes, rule);
        let address = fields.required("address", mistakes, text);
        let stack = fields.take("stack", mistakes, stack);
        let environments = fields.take("environments", mistakes, environments);
        let reason = fields.required("reason", mistakes, text);
        let owner = fields.required("owner", mistakes, text);
        let expires = fields.required("expires", mistakes, date);
        fields.finish(mistakes);
        Some(Self {
            span: node.span(),
            rule: rule?,
            address: address?,
            stack,
            environments: environments.map(|environments| environments.value),
            reason: reason?,
            owner: owner?,
            expires: expires?,
        })
    }
}

fn rule(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<RulePattern> {
    let text = text(node, mistakes)?;
    let pattern = text.split_once('/').and_then(|(policy, rule)| {
        let rule = if rule == "*" {
            None
        } else {
            Some(rule.to_owned())
        };
        (is_name(policy) && rule.as_deref().is_none_or(is_name)).then(|| RulePattern {
            policy: policy.to_owned(),
            rule,
        })
    });
    if pattern.is_none() {
        let title = format!("{} is not a rule", quoted(&text));
        let help = "write `policy/rule`, or `policy/*` for every rule of a policy";
        mistakes.push(Mistake::new(&node.span(), title, "").help(help));
    }
    pattern
}

/// As reports write it: no `./` before, no `/` behind, which would cover nothing.
fn stack(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let value = text(node, mistakes)?;
    let plain = value == "."
        || !value.split('/').skip(1).any(str::is_empty)
            && !value.split('/').any(|part| matches!(part, "." | ".."));
    if value.is_empty() || !plain {
        let title = format!("{} is not the name of a stack", quoted(&value));
        let help = "write it as reports do: the path of its directory from the root of the repository on, such as `stacks/network`, or `.` for the root itself";
        mistakes.push(Mistake::new(&node.span(), title, "").help(help));
        return None;
    }
    Some(value)
}

fn environments(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let items = items(node, mistakes)?;
    if items.is_empty() {
        let help = "leave the key out if the waiver holds in every environment";
        mistakes
            .push(Mistake::new(&node.span(), "the waiver holds in no environment", "").help(help));
        return None;
    }
    let names = items.into_iter().filter_map(|item| {
        Some(At {
            value: text(item, mistakes)?,
            span: item.span(),
        })
    });
    Some(names.collect())
}

fn date(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Date> {
    let (shown, date) = match node.get_ref() {
        DeValue::Datetime(value) => {
            let date = match (value.date, value.time, value.offset) {
                (Some(date), None, None) => civil(u32::from(date.year), date.month, date.day),
                _ => None,
            };
            (value.to_string(), date)
        }
        DeValue::String(text) => (text.to_string(), written(text)),
        _ => {
            mistakes.push(wrong_type(node, "a date"));
            return None;
        }
    };
    if date.is_none() {
        let help = "a date is written YYYY-MM-DD, without a time; the waiver holds until the end of that day, in UTC";
        let title = format!("{} is not a date", quoted(&shown));
        mistakes.push(Mistake::new(&node.span(), title, "").help(help));
    }
    date
}

fn civil(year: u32, month: u8, day: u8) -> Option<Date> {
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// Exactly `YYYY-MM-DD`: a date that is understood in two ways would end on two days.
fn written(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let mut parts = text.split('-');
    civil(
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    )
}
