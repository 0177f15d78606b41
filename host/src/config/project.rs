//! `[project]`

use schemars::JsonSchema;

use super::read::{At, Fields, Mistake, Mistakes, Node, boolean, items, text};

/// The project that the configuration belongs to.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Project {
    /// What tells it apart from other projects that keep states in the same bucket: the lock and the
    /// history are called after it. Another name is another lock and an empty history.
    pub(super) name: Option<At<String>>,
    /// Who may own a waiver: patterns in which `*` stands for any run of characters.
    /// Default: anybody.
    pub(super) waiver_owners: Option<Vec<At<String>>>,
    /// Whose word lets a change of the gate pass: patterns as above, for the addresses of
    /// the commits' authors, or for what `check --approved-by` says. Read from the base
    /// branch. Default: nobody's.
    pub(super) gate_approvers: Option<Vec<At<String>>>,
    /// Whether the environments keep their secrets from each other: a file that is encrypted to
    /// a recipient of another environment is refused. Default: false.
    pub(super) isolated: Option<At<bool>>,
    /// Whether an identity that opens the secrets of a protected environment is refused for one
    /// that is not protected. Default: false.
    pub(super) separate_identities: Option<At<bool>>,
    /// What the project was called before, or the directory, from the repository's root, that the
    /// root module was in before: a state that was last deployed by another project, or from another
    /// root module, is refused unless that is named here. Default: none.
    pub(super) former_names: Option<Vec<At<String>>>,
}

impl Project {
    pub(super) fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = Fields::of(node, "project".to_owned(), mistakes)?;
        let name = fields.take("name", mistakes, text);
        let isolated = fields.take("isolated", mistakes, boolean);
        let separate_identities = fields.take("separate-identities", mistakes, boolean);
        let mut patterns = |key, mistakes: &mut Mistakes| {
            let patterns = fields.take(key, mistakes, patterns);
            patterns.map(|patterns| patterns.value)
        };
        let waiver_owners = patterns("waiver-owners", mistakes);
        let gate_approvers = patterns("gate-approvers", mistakes);
        let former_names = patterns("former-names", mistakes);
        fields.finish(mistakes);
        Some(Self {
            name,
            waiver_owners,
            gate_approvers,
            isolated,
            separate_identities,
            former_names,
        })
    }
}

/// An empty list would say that nobody may, which is better said by leaving the key out or
/// by removing the waivers.
fn patterns(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let items = items(node, mistakes)?;
    if items.is_empty() {
        mistakes.push(
            Mistake::new(&node.span(), "an empty list", "nobody is named here")
                .help("leave the key out, or name somebody"),
        );
        return None;
    }
    let patterns = items.into_iter().filter_map(|item| {
        Some(At {
            value: text(item, mistakes)?,
            span: item.span(),
        })
    });
    Some(patterns.collect())
}
