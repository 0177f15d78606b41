//! One change, with everything that the rules ask of it.

use tollgate_policy::{Action, Change, Finding};
use tollgate_policy_common::bound::PARTS;
use tollgate_policy_common::network::Reach;
use tollgate_policy_common::text::clipped;

use crate::exposure::Exposure;
use crate::settings::Limits;

/// One change that the policy judges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) limits: &'a Limits,
}

/// What gets through and must not: all that the plan opens, or all that was open before.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) reach: Reach,
    /// All that gets through, where it is every port.
    pub(crate) everything: Option<Reach>,
    pub(crate) existing: bool,
    pub(crate) paths: Vec<String>,
    pub(crate) names: Vec<String>,
    /// From where, as it is written.
    pub(crate) from: Vec<String>,
}

impl Subject<'_> {
    /// Whether there is an object today that the plan goes on with.
    pub(crate) fn existed(&self) -> bool {
        !self.change.importing && !matches!(self.change.action, Action::Create | Action::Read)
    }

    /// What of `after` is too much, told apart by whether `before` had it.
    pub(crate) fn parts(&self, after: &Reach, before: &Reach, exposure: &Exposure) -> Vec<Part> {
        let (new, old) = if self.existed() {
            (after.without(before), after.and(before))
        } else {
            (after.clone(), Reach::default())
        };
        [(new, false), (old, true)]
            .into_iter()
            .filter(|(reach, _)| !reach.is_empty())
            .map(|(reach, existing)| {
                let (paths, names, from) = exposure.responsible(&reach);
                Part {
                    everything: (exposure.world.is_all() && reach.is_most())
                        .then(|| exposure.world.clone()),
                    reach,
                    existing,
                    paths,
                    names,
                    from,
                }
            })
            .collect()
    }

    /// The rules that let something through, in words.
    pub(crate) fn rules(&self, part: &Part) -> String {
        let quoted = |names: &[String]| {
            let mut texts: Vec<_> = names
                .iter()
                .map(|name| format!("`{}`", clipped(name)))
                .collect();
            if texts.len() > 3 {
                texts.truncate(3);
                texts.push("others".to_owned());
            }
            texts.join(", ")
        };
        let rules = match (part.names.as_slice(), part.paths.as_slice()) {
            ([], []) => "it".to_owned(),
            ([], paths) => quoted(paths),
            (names, _) if names.len() == 1 => format!("the rule {}", quoted(names)),
            (names, _) => format!("the rules {}", quoted(names)),
        };
        if part.from.is_empty() {
            rules
        } else {
            format!("{rules} (from {})", quoted(&part.from))
        }
    }

    /// Says whether the plan brings it about, and which attributes do it.
    pub(crate) fn told(&self, finding: Finding, part: &Part) -> Finding {
        let finding = part
            .paths
            .iter()
            .take(PARTS)
            .fold(finding, |finding, path| finding.attribute(path));
        if part.existing {
            finding.existing()
        } else {
            finding
        }
    }
}
