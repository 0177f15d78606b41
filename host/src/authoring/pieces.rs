//! A policy that says `chunkable` judges large plans in pieces. Whether it finds the same then is tried
//! with every case, with as few changes in each piece as there can be.

use std::collections::BTreeMap;

use tollgate_model::finding::Finding;
use tollgate_plan::Plan;

use super::run::Subject;
use crate::report::Problem;
use crate::sandbox::request::{self, Context};

/// The most pieces of a case: real plans are large, and each piece is a call.
const MOST: usize = 256;

/// How what is found in pieces is not what is found in one.
#[derive(Clone, Debug)]
pub enum Apart {
    /// Other findings.
    Differs {
        /// Those that are found in one piece only.
        whole: Vec<Finding>,
        /// Those that are found in pieces only.
        pieces: Vec<Finding>,
    },
    /// It cannot judge them.
    Failed(Problem),
}

/// Judges a plan in pieces of one change each; returns how that differs from `found`, which is what was
/// found of all changes at once.
pub(super) fn apart(
    subject: &Subject,
    plan: &Plan<'_>,
    context: Context<'_>,
    changes_seen: usize,
    found: &[Finding],
) -> Option<Apart> {
    if !subject.module.metadata.chunkable || changes_seen < 2 {
        return None;
    }
    let context = Context {
        observer: None,
        ..context
    };
    let size = changes_seen.div_ceil(MOST);
    match request::evaluate_in_pieces(&subject.module, plan, context, size) {
        Ok(answer) => differences(found, &answer.evaluation.findings),
        Err(error) => Some(Apart::Failed(subject.problem(&error))),
    }
}

/// In which order pieces tell what they find is no difference.
fn differences(whole: &[Finding], pieces: &[Finding]) -> Option<Apart> {
    let mut left: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in pieces {
        left.entry(format!("{finding:?}"))
            .or_default()
            .push(finding);
    }
    let only_whole = whole.iter().filter(|finding| {
        let same = left.get_mut(&format!("{finding:?}"));
        same.is_none_or(|same| same.pop().is_none())
    });
    let whole: Vec<Finding> = only_whole.cloned().collect();
    let pieces: Vec<Finding> = left.into_values().flatten().cloned().collect();
    (!whole.is_empty() || !pieces.is_empty()).then_some(Apart::Differs { whole, pieces })
}

#[cfg(test)]
mod tests {
    use super::super::compare::tests::finding;
    use super::*;

    #[test]
    fn order_is_no_difference_and_number_is_one() {
        let [a, b] = ["a", "b"].map(|address| finding("r", address, "m"));
        let both = [a.clone(), b.clone()];
        assert!(differences(&both, &[b.clone(), a.clone()]).is_none());
        let apart = format!("{:?}", differences(&both, &[a.clone(), a.clone()]));
        let expected = Some(Apart::Differs {
            whole: vec![b],
            pieces: vec![a],
        });
        assert_eq!(apart, format!("{expected:?}"));
    }
}
