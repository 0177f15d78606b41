//! Texts: without control characters, links of others, or what SARIF takes for arguments.

use super::log::Message;
use tollgate_model::inert::{inert, inert_within};

/// The most characters of a rule's short and full description.
const MAX_DESCRIPTION: usize = 1_024;

/// Text that is shown as it is: names, reasons, digests.
pub(super) fn plain(text: &str) -> String {
    inert(text).into_owned()
}

/// A message: no links but ours, of which there are none, and braces as SARIF wants them.
pub(super) fn message(text: &str) -> Message {
    let text = unlinked(&plain(text));
    let text = if text.is_empty() { "(empty)" } else { &text };
    Message { text: braces(text) }
}

/// A message that is cut where code scanning would reject it.
pub(super) fn description(text: &str) -> Message {
    // Escapes and doubled braces make a text longer.
    let shown = inert_within(text, MAX_DESCRIPTION);
    let shown = braces(&unlinked(&shown));
    let text = match shown.char_indices().nth(MAX_DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None if shown.is_empty() => "(empty)".to_owned(),
        None => shown,
    };
    Message { text }
}

/// Takes apart what SARIF and Markdown read as a link.
pub(super) fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// Braces stand for arguments in messages, and are doubled where they do not.
pub(super) fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
