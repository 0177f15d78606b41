//! For how long something is kept.

use std::fmt;

use tollgate_policy::{Action, Attr, Change, Field, Why};

use crate::table::{Row, Unset, Zero};

/// For how long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// For so many days.
    Days(i64),
    Forever,
    /// There is nothing that could be kept, or another resource decides.
    Nothing,
    Undetermined(Why),
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Forever => f.write_str("for ever"),
            Self::Nothing => f.write_str("not at all"),
            Self::Undetermined(why) => write!(f, "{why}"),
        }
    }
}

/// One side of a change, as the table reads it: the span of each block, by its key, or of
/// the resource.
pub(crate) fn spans(row: &Row, change: &Change, after: bool) -> Vec<(Option<String>, Span)> {
    let get = |path: &str| {
        if after {
            change.after(path)
        } else {
            change.before(path)
        }
    };
    if let Some((path, value)) = row.unless
        && get(path).text().is_known_and(|text| text == value)
    {
        return vec![(None, Span::Nothing)];
    }
    let Some(block) = row.each else {
        let field = get(row.path);
        // Left out, and known only when the service has filled in its default.
        let left_out = after
            && matches!(change.action, Action::Create | Action::Replace)
            && field.undetermined() == Some(Why::Unknown)
            && change.references(row.path).is_empty();
        let span = if left_out {
            unset(row)
        } else {
            span(row, &field, row.while_true.map(get))
        };
        return vec![(None, span)];
    };
    let Attr::Known(blocks) = get(block).items() else {
        return Vec::new();
    };
    blocks
        .iter()
        .map(|one| {
            let key =
                ["category", "category_group"]
                    .iter()
                    .find_map(|key| match one.get(key).text() {
                        Attr::Known(text) if !text.is_empty() => Some(text),
                        _ => None,
                    });
            let gate = row.while_true.map(|path| inside(one, path));
            (key, span(row, &inside(one, row.path), gate))
        })
        .collect()
}

/// What a path such as `retention_policy[0].days` leads to.
fn inside(field: &Field, path: &str) -> Field {
    path.split('.')
        .fold(field.clone(), |at, step| match step.strip_suffix("[0]") {
            Some(block) => at.get(block).first(),
            None => at.get(step),
        })
}

const fn unset(row: &Row) -> Span {
    match row.unset {
        Unset::Days(days) => Span::Days(days),
        Unset::Forever => Span::Forever,
        Unset::Nothing => Span::Nothing,
    }
}

fn span(row: &Row, field: &Field, while_true: Option<Field>) -> Span {
    if while_true.is_some_and(|gate| gate.bool().is_known_and(|on| !*on)) {
        return Span::Forever;
    }
    match field.integer() {
        Attr::Known(days) if days > 0 => Span::Days(days),
        // -1 is the default of the workspace, in a table of Azure.
        Attr::Known(days) if days < 0 => unset(row),
        Attr::Known(_) => match row.zero {
            Zero::Forever => Span::Forever,
            Zero::Never => Span::Days(0),
        },
        Attr::Unset => unset(row),
        Attr::Undetermined(why) => Span::Undetermined(why),
    }
}
