//! Where a value that is known only after apply comes from.
//!
//! A policy or a role that the plan makes is judged where it is written, so what refers to it need not be
//! known. Anything else can turn out to be an administrator's: a value that a pending data source or
//! another resource hands over is as good as hidden.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Change, Interest, Mode};
use tollgate_policy_common::iam::reference::{attribute, target};
use tollgate_policy_common::reference::refers;

/// What is a policy or a role, and the attributes that name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    kinds: &'static [&'static str],
    attributes: &'static [&'static str],
}

pub(crate) const POLICY: Kind = Kind {
    kinds: &["aws_iam_policy"],
    attributes: &["arn", "id"],
};

pub(crate) const GOOGLE_ROLE: Kind = Kind {
    kinds: &[
        "google_project_iam_custom_role",
        "google_organization_iam_custom_role",
    ],
    attributes: &["id", "name", "role_id"],
};

pub(crate) const AZURE_ROLE: Kind = Kind {
    kinds: &["azurerm_role_definition"],
    attributes: &[
        "role_definition_resource_id",
        "role_definition_id",
        "id",
        "name",
    ],
};

/// Data sources that say which policy or role they look up, and what is read of them.
const LOOKED_UP: &[(&str, &[&str])] = &[
    ("aws_iam_policy", &["name", "arn"]),
    ("azurerm_role_definition", &["name", "role_definition_id"]),
];

/// Data sources with which ARNs and scopes are built. One that the plan has already read has a value,
/// and something else is what is not known.
const STEADY: &[&str] = &[
    "aws_partition",
    "aws_caller_identity",
    "aws_region",
    "azurerm_client_config",
    "azurerm_subscription",
    "google_client_config",
];

/// What a policy has to declare so that [`Origins`] sees the data sources that are read during the apply.
pub(crate) fn interests() -> Vec<Interest> {
    let looked_up = LOOKED_UP
        .iter()
        .map(|(kind, paths)| Interest::in_types([*kind]).attributes(paths.iter().copied()));
    // That one is pending is all there is to know.
    let steady = Interest::in_types(STEADY.iter().copied());
    looked_up
        .chain([steady])
        .map(|interest| interest.actions([Action::Read]))
        .collect()
}

/// The policies and roles that a plan makes, and the data sources that it has not read yet.
#[derive(Debug, Default)]
pub(crate) struct Origins<'a> {
    made: BTreeSet<&'a str>,
    pending: BTreeMap<&'a str, &'a Change>,
}

/// Where a value comes from.
#[derive(Debug, PartialEq)]
pub(crate) enum Origin<'a> {
    /// The configuration does not set it, or refers to nothing that is not known.
    Nothing,
    /// Only from what the plan makes, which is judged there, and from these data sources.
    Plan(Vec<&'a Change>),
    /// From something that says nothing of it.
    Elsewhere,
}

impl<'a> Origins<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut origins = Self::default();
        for change in changes {
            let kind = change.kind.as_str();
            if change.mode == Mode::Data {
                if change.action == Action::Read
                    && (STEADY.contains(&kind) || LOOKED_UP.iter().any(|(known, _)| *known == kind))
                {
                    origins.pending.insert(&change.block, change);
                }
            } else if [POLICY, GOOGLE_ROLE, AZURE_ROLE]
                .iter()
                .any(|made| made.kinds.contains(&kind))
                && change.remains()
            {
                origins.made.insert(&change.block);
            }
        }
        origins
    }

    /// Where the value of an attribute comes from that is to name a policy or a role.
    pub(crate) fn origin(&self, change: &Change, path: &str, wanted: Kind) -> Origin<'a> {
        let references = change.references(path);
        // What variables alone say is known: it is null here, and the provider computes the value.
        if !refers(change, path) {
            return Origin::Nothing;
        }
        let mut any = false;
        let mut looked_up = Vec::new();
        for reference in references {
            // A variable has a value in every plan, and the key of an instance too.
            let Some(target) = target(reference) else {
                continue;
            };
            let mut steps = target.block.rsplit('.').skip(1);
            let kind = steps.next().unwrap_or_default();
            let is_data = steps.next() == Some("data");
            let names = attribute(reference)
                .is_none_or(|attribute| wanted.attributes.contains(&attribute.as_str()));
            // The text of a policy is no name of one. How many instances there are can depend on it,
            // and what refers to the key of an instance refers to that.
            if is_data && kind == "aws_iam_policy_document" {
                continue;
            }
            if is_data {
                match self.pending.get(target.block.as_str()) {
                    None if STEADY.contains(&kind) => continue,
                    Some(data) if wanted.kinds.contains(&kind) && names => looked_up.push(*data),
                    _ => return Origin::Elsewhere,
                }
            } else if !(wanted.kinds.contains(&kind)
                && names
                && self.made.contains(target.block.as_str()))
            {
                return Origin::Elsewhere;
            }
            any = true;
        }
        if any {
            Origin::Plan(looked_up)
        } else {
            Origin::Elsewhere
        }
    }
}
