//! Several files that are written all or not at all.

use super::{Draft, replace};
use crate::error::Error;

/// Drafts that belong together.
#[derive(Default)]
pub struct Together {
    drafts: Vec<Draft>,
}

impl Together {
    /// Adds one; it keeps its file locked.
    pub fn add(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// Writes every file beside the old one and reads it back; once that has worked for all, moves them
    /// into place. Where one cannot be moved, or `last` fails, those before it are put back. Returns how
    /// many were written.
    ///
    /// # Errors
    /// For the first file that cannot be written, or what `last` returns; no file is then another one than
    /// before, except where putting one back fails as well, which the error then says.
    pub fn write<E: From<Error>>(self, last: impl FnOnce() -> Result<(), E>) -> Result<usize, E> {
        let mut drafts: Vec<Draft> = self.drafts;
        drafts.retain(|draft| draft.changed);
        let mut written: Vec<replace::Beside> = Vec::with_capacity(drafts.len());
        for draft in &mut drafts {
            let beside = draft
                .prepare()
                .map_err(|problem| Error::new(&draft.name, problem))?;
            written.push(beside);
        }
        let mut failed: Option<E> = None;
        let mut moved = 0;
        for (draft, beside) in drafts.iter().zip(written) {
            match draft.target.commit(beside) {
                Ok(()) => moved += 1,
                Err(problem) => {
                    failed = Some(Error::new(&draft.name, problem).into());
                    break;
                }
            }
        }
        let failed = match failed {
            Some(error) => error,
            None => match last() {
                Ok(()) => return Ok(drafts.len()),
                Err(error) => error,
            },
        };
        for draft in drafts.iter().take(moved) {
            draft
                .target
                .restore()
                .map_err(|problem| Error::new(&draft.name, problem))?;
        }
        Err(failed)
    }
}
