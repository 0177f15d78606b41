//! The policy `required-tags`: every resource that can have tags has those that the settings
//! ask for, with a value that they allow.
//!
//! [`table`] says which types have tags and where. Both sides of a change are judged, so that
//! a finding says whether the plan brings it about. What is wrong with several tags of a
//! resource in the same way is one finding.

mod judge;
mod rules;
pub mod settings;
pub mod table;
mod tags;

use std::collections::BTreeMap;

use tollgate_policy::{
    Action, Attr, Cause, Change, Evaluation, Finding, Input, Interest, Mode, Outcome, Policy,
    RuleDef,
};
use tollgate_policy_common::bound::bounded;

use crate::judge::{Comparison, Standing, standing};
use crate::rules::{tag_case, tag_forbidden, tag_missing, tag_not_passed_on, tag_value};
use crate::settings::Settings;
use crate::table::{LAUNCH_TEMPLATE, Shape, types};
use crate::tags::{Side, Tags, field};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct RequiredTags;

/// The attribute of a launch template that tags what is launched.
const SPECIFICATIONS: &str = "tag_specifications";

impl Policy for RequiredTags {
    type Settings = Settings;

    const NAME: &'static str = "required-tags";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Resources have the tags and labels that the settings ask for.";
    const RULES: &'static [&'static RuleDef] = &[
        &tag_missing::RULE,
        &tag_value::RULE,
        &tag_case::RULE,
        &tag_forbidden::RULE,
        &tag_not_passed_on::RULE,
    ];
    const CHUNKABLE: bool = true;

    fn interests() -> Vec<Interest> {
        let mut by_shape = BTreeMap::<Shape, Vec<&str>>::new();
        for (kind, shape) in types() {
            by_shape.entry(shape).or_default().push(kind);
        }
        let mut interests: Vec<_> = by_shape
            .into_iter()
            .map(|(shape, kinds)| Interest::in_types(kinds).attributes(shape.attributes()))
            .collect();
        interests.push(Interest::in_types([LAUNCH_TEMPLATE]).attributes([SPECIFICATIONS]));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if let Some(mistake) = settings.mistake() {
            return Err(mistake);
        }
        if settings.is_empty() {
            return Ok(evaluation);
        }
        let shapes: BTreeMap<_, _> = types().collect();
        let judge = Judge {
            settings,
            environment: &input.environment.name,
        };
        for change in &input.changes {
            if change.mode != Mode::Managed || !change.remains() || settings.ignores(change) {
                continue;
            }
            if let Some(shape) = shapes.get(change.kind.as_str()) {
                evaluation.findings.extend(judge.findings(change, *shape));
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// What all changes of a plan are judged by.
#[derive(Clone, Copy)]
struct Judge<'a> {
    settings: &'a Settings,
    environment: &'a str,
}

/// What several tags of one resource have in common, in the order of the rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Missing,
    Value,
    Case,
    Forbidden,
    NotPassedOn,
    Doubt,
}

/// Where a finding comes from, in an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Planned,
    Existing,
}

/// What is told of the tags in a group.
type Told = BTreeMap<(Group, Origin, String), Vec<String>>;

impl Judge<'_> {
    fn findings(&self, change: &Change, shape: Shape) -> Vec<Finding> {
        let mut told = Told::new();
        let after = Tags::of(change, shape, Side::After);
        let before = existed(change).then(|| Tags::of(change, shape, Side::Before));
        self.required(change, shape, &after, before.as_ref(), None, &mut told);
        self.forbidden(change, shape, &after, before.as_ref(), &mut told);
        if change.kind == LAUNCH_TEMPLATE {
            for resource in &self.settings.launch_template_resources {
                let after = specified(change, resource, Side::After);
                let before = existed(change).then(|| specified(change, resource, Side::Before));
                self.required(
                    change,
                    shape,
                    &after,
                    before.as_ref(),
                    Some(resource),
                    &mut told,
                );
            }
        }
        told.into_iter()
            .map(|((group, origin, about), items)| {
                finding(change, shape, group, origin, &about, &items)
            })
            .collect()
    }

    /// The required tags, of the resource or of what it launches.
    fn required(
        &self,
        change: &Change,
        shape: Shape,
        after: &Tags,
        before: Option<&Tags>,
        launched: Option<&str>,
        told: &mut Told,
    ) {
        let comparison = Comparison::new(self.settings.case, shape);
        for (key, requirement) in &self.settings.required {
            if !requirement.applies_to(&change.kind) {
                continue;
            }
            let values = requirement.values_in(self.environment);
            let of = |tags| {
                standing(
                    tags,
                    key,
                    requirement,
                    &values,
                    comparison,
                    self.settings,
                    shape,
                )
            };
            let now = of(after);
            let was = before.map(of);
            let origin = origin(change, &now, was.as_ref());
            let (group, item) = match (&now, launched) {
                (Standing::Fine, _) => continue,
                (Standing::Undetermined((_, why)), _) => (Group::Doubt, format!("`{key}`: {why}")),
                (_, Some(_)) | (Standing::Kept, None) => (Group::NotPassedOn, format!("`{key}`")),
                (Standing::Missing, None) => (Group::Missing, format!("`{key}`")),
                (Standing::Empty, None) => (Group::Missing, format!("`{key}` (it is empty)")),
                (Standing::OtherCase(there), None) => {
                    (Group::Case, format!("`{there}` in place of `{key}`"))
                }
                (Standing::Value(value), None) => (
                    Group::Value,
                    format!("`{key}` is `{value}` (allowed: {})", listed(&values)),
                ),
            };
            let about = match (&now, launched) {
                (Standing::Undetermined((attribute, _)), None) => (*attribute).to_owned(),
                (_, Some(launched)) => launched.to_owned(),
                _ => String::new(),
            };
            told.entry((group, origin, about)).or_default().push(item);
        }
    }

    fn forbidden(
        &self,
        change: &Change,
        shape: Shape,
        after: &Tags,
        before: Option<&Tags>,
        told: &mut Told,
    ) {
        let comparison = Comparison::new(self.settings.case, shape);
        // What default tags add is the same for every resource; what this one sets is not.
        if let Some((attribute, why)) = after.more
            && attribute == shape.set_in()
            && !self.settings.forbidden.is_empty()
        {
            let origin = match before {
                Some(_) if change.action == Action::NoOp => Origin::Existing,
                _ => Origin::Planned,
            };
            told.entry((Group::Doubt, origin, attribute.to_owned()))
                .or_default()
                .push(format!("forbidden ones: {why}"));
        }
        for key in after.known.keys() {
            let forbidden = self
                .settings
                .forbidden
                .iter()
                .any(|wanted| comparison.key_matches(wanted, key));
            if !forbidden {
                continue;
            }
            let was = before.is_some_and(|before| before.known.contains_key(key));
            let origin = match was && !change.importing {
                true => Origin::Existing,
                false => Origin::Planned,
            };
            told.entry((Group::Forbidden, origin, String::new()))
                .or_default()
                .push(format!("`{key}`"));
        }
    }
}

/// Whether there is an object today.
fn existed(change: &Change) -> bool {
    !matches!(change.action, Action::Create | Action::Read)
}

fn origin(change: &Change, now: &Standing, was: Option<&Standing>) -> Origin {
    match was {
        _ if change.importing => Origin::Planned,
        None | Some(Standing::Fine) => Origin::Planned,
        Some(Standing::Undetermined(_)) if change.action != Action::NoOp => Origin::Planned,
        // A value that was not allowed, and becomes another that is not, is the plan's.
        Some(Standing::Value(old)) => match now {
            Standing::Value(new) if new != old => Origin::Planned,
            Standing::Undetermined(_) | Standing::Missing | Standing::Empty => Origin::Planned,
            _ => Origin::Existing,
        },
        Some(_) => Origin::Existing,
    }
}

/// The tags that a launch template gives to this kind of resource.
fn specified(change: &Change, resource: &str, side: Side) -> Tags {
    let mut found = Tags::default();
    match field(change, SPECIFICATIONS, side).items() {
        Attr::Known(blocks) => {
            for block in blocks {
                match block.get("resource_type").text() {
                    Attr::Known(kind) if kind == resource => {
                        let tags = Tags::from_map(SPECIFICATIONS, &block.get("tags"));
                        found.known.extend(tags.known);
                        found.more = found.more.or(tags.more);
                    }
                    Attr::Undetermined(why) => {
                        found.more.get_or_insert((SPECIFICATIONS, why));
                    }
                    Attr::Known(_) | Attr::Unset => {}
                }
            }
        }
        Attr::Unset => {}
        Attr::Undetermined(why) => found.more = Some((SPECIFICATIONS, why)),
    }
    found
}

fn finding(
    change: &Change,
    shape: Shape,
    group: Group,
    origin: Origin,
    about: &str,
    items: &[String],
) -> Finding {
    let word = shape.word();
    let s = if items.len() == 1 { "" } else { "s" };
    let list = items.join(", ");
    let which = match items.len() {
        1 => format!("a {word}"),
        _ => format!("{} {word}s", items.len()),
    };
    let (rule, message, attribute) = match group {
        Group::Missing => (
            &tag_missing::RULE,
            format!("the resource does not have the {word}{s} {list}"),
            shape.set_in(),
        ),
        Group::Value => (
            &tag_value::RULE,
            format!("the value of {which} is not allowed: {list}"),
            shape.set_in(),
        ),
        Group::Case => (
            &tag_case::RULE,
            format!("the resource has the {word}{s} {list}: another case is another {word}"),
            shape.set_in(),
        ),
        Group::Forbidden => (
            &tag_forbidden::RULE,
            format!("the resource has the forbidden {word}{s} {list}"),
            shape.set_in(),
        ),
        Group::NotPassedOn if about.is_empty() => (
            &tag_not_passed_on::RULE,
            format!("the instances of the group do not get the {word}{s} {list}"),
            "tag",
        ),
        Group::NotPassedOn => (
            &tag_not_passed_on::RULE,
            format!("what is launched as `{about}` does not get the {word}{s} {list}"),
            SPECIFICATIONS,
        ),
        Group::Doubt => {
            let (rule, attribute) =
                match change.kind == LAUNCH_TEMPLATE && about != "tags_all" && about != "tags" {
                    true => (&tag_not_passed_on::RULE, SPECIFICATIONS),
                    false => (&tag_missing::RULE, about),
                };
            let finding = rule
                .undetermined(
                    change,
                    format!("whether the {word}{s} will be there cannot be told from `{attribute}`: {list}"),
                )
                .attribute(attribute);
            return caused(finding, origin);
        }
    };
    let finding = rule
        .finding(Outcome::Violation, message)
        .on(change)
        .attribute(attribute);
    caused(finding, origin)
}

fn caused(mut finding: Finding, origin: Origin) -> Finding {
    finding.cause = match origin {
        Origin::Planned => Cause::Planned,
        Origin::Existing => Cause::Existing,
    };
    finding
}

fn listed(values: &[String]) -> String {
    values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

tollgate_policy::export!(RequiredTags);
