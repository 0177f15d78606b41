//! What a case expects.

use tollgate_model::rule::{Cause, Outcome};

use super::read::needs;
use super::{Expectation, Expected};
use crate::config::read::{self, Fields, Mistake, Mistakes, Node, items, text, word, wrong_type};

pub(super) fn expected(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Option<Expected> {
    let others = fields.take("others", mistakes, |node, mistakes| {
        word(node, &[("allowed", true), ("refused", false)], mistakes)
    });
    let findings = fields.take("expect", mistakes, |node, mistakes| {
        if node.get_ref().is_table() {
            mistakes.push(wrong_type(node, "an array"));
            return None;
        }
        let list = items(node, mistakes)?;
        let list: Vec<Option<Expectation>> = list
            .into_iter()
            .map(|node| expectation(node, mistakes))
            .collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    let error = fields.take("error", mistakes, text);
    match (findings, error) {
        (Some(_), Some(error)) => {
            let title = "a policy that cannot judge finds nothing";
            let label = "a case has `expect` or `error`, not both";
            mistakes.push(Mistake::new(&error.span, title, label));
            None
        }
        (Some(findings), None) => Some(Expected::Findings {
            list: findings.value,
            at: findings.span,
            others: others.is_some_and(|others| others.value),
        }),
        (None, Some(error)) => Some(Expected::Error(error)),
        (None, None) => None,
    }
}

fn expectation(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Expectation> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case.expect".to_owned(), mistakes)?;
    let rule = fields.take("rule", mistakes, text);
    let address = fields.take("address", mistakes, text);
    let deposed = fields.take("deposed", mistakes, text);
    let outcome = fields.take("outcome", mistakes, |node, mistakes| {
        word(node, &OUTCOMES, mistakes)
    });
    let cause = fields.take("cause", mistakes, |node, mistakes| {
        word(node, &CAUSES, mistakes)
    });
    let message = fields.take("message", mistakes, text);
    let attributes = fields.take("attributes", mistakes, |node, mistakes| {
        let items = read::items(node, mistakes)?;
        items
            .into_iter()
            .map(|item| text(item, mistakes))
            .collect::<Option<Vec<_>>>()
    });
    fields.finish(mistakes);
    needs(
        node,
        "case.expect",
        "rule",
        rule.is_some(),
        before,
        mistakes,
    );
    Some(Expectation {
        rule: rule?.value,
        address: address.map(|address| address.value),
        deposed: deposed.map(|deposed| deposed.value),
        outcome: outcome.map_or(Outcome::Violation, |outcome| outcome.value),
        cause: cause.map(|cause| cause.value),
        message: message.map(|message| message.value),
        attributes: attributes.map(|attributes| attributes.value),
        at: node.span(),
    })
}

/// The words for outcomes.
pub const OUTCOMES: [(&str, Outcome); 2] = [
    ("violation", Outcome::Violation),
    ("undetermined", Outcome::Undetermined),
];

/// The words for causes.
pub const CAUSES: [(&str, Cause); 3] = [
    ("planned", Cause::Planned),
    ("existing", Cause::Existing),
    ("advice", Cause::Advice),
];
