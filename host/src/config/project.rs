//! `[project]`

use schemars::JsonSchema;

use super::read::{At, Fields, Mistakes, Node, text};

/// The project that the configuration belongs to.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Project {
    /// A name for people.
    pub(super) name: Option<At<String>>,
}

impl Project {
    pub(super) fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = Fields::of(node, "project".to_owned(), mistakes)?;
        let name = fields.take("name", mistakes, text);
        fields.finish(mistakes);
        Some(Self { name })
    }
}
