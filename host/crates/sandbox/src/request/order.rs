//! In which order a large plan is cut into pieces.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Wanting;
use crate::module::PolicyModule;

/// The changes of a large plan in the order of its pieces.
pub(super) struct Arranged<'w, 'p, 'a> {
    pub(super) changes: Cow<'w, [Wanting<'p, 'a>]>,
    /// How many of them are in the first piece.
    pub(super) first: usize,
}

/// Brings the changes whose types go together to the front, into the first piece.
///
/// What is there besides them comes from the front of the plan, so that each piece keeps
/// the plan's order.
pub(super) fn arranged<'w, 'p, 'a>(
    module: &PolicyModule,
    changes: &'w [Wanting<'p, 'a>],
    size: usize,
) -> Arranged<'w, 'p, 'a> {
    let together: BTreeSet<&str> = module
        .metadata
        .together
        .iter()
        .map(String::as_str)
        .collect();
    let goes_together = |wanting: &Wanting<'_, '_>| together.contains(wanting.change.kind.as_ref());
    let number = changes
        .iter()
        .filter(|wanting| goes_together(wanting))
        .count();
    if number == 0 {
        return Arranged {
            changes: Cow::Borrowed(changes),
            first: size.min(changes.len()),
        };
    }
    let mut room = size.saturating_sub(number);
    let (first, rest): (Vec<_>, Vec<_>) = changes.iter().cloned().partition(|wanting| {
        goes_together(wanting)
            || (room > 0 && {
                room -= 1;
                true
            })
    });
    Arranged {
        first: first.len(),
        changes: Cow::Owned(first.into_iter().chain(rest).collect()),
    }
}
