//! Many values in place of those that stand there: each finds its place in the text as it is, all are
//! put there together, and the result is checked once.

use super::check::{assign, same_node, same_values};
use super::leaf::Leaf;
use super::splice::Splice;
use super::{Draft, at, raw_steps};
use crate::error::Problem;
use crate::file::SecretsFile;
use crate::secrets::Secrets;
use crate::tree::{KeyPath, Node, Step};

impl Draft {
    /// Puts values where others are. Returns false, with nothing done, where that takes more than an
    /// exchange: each value is then to be put by itself, which also says what is wrong with it.
    ///
    /// # Errors
    /// When a value cannot be encrypted.
    pub(super) fn exchange(&mut self, values: &[(Vec<Step>, Leaf)]) -> Result<bool, Problem> {
        let (file, marks) = self.parse()?;
        let (Some(document), Some(first)) = (file.document(), self.plain.first()) else {
            return Ok(false);
        };
        let mut wanted = document.clone();
        let mut plain = first.clone();
        let mut splices = Vec::with_capacity(values.len());
        for (steps, leaf) in values {
            let path = KeyPath::of(steps);
            let Ok(leaf) = leaf.for_format(self.format, &path) else {
                return Ok(false);
            };
            let raw = raw_steps(document, steps);
            let encrypted = file.is_selected(&raw) == Some(true);
            let is_scalar = matches!(at(first, steps), Some(Node::Scalar(_)));
            if !is_scalar || !encrypted && !leaf.is_always_clear() && !self.in_clear {
                return Ok(false);
            }
            let written = leaf.written(encrypted, &self.key, &path)?;
            let Some(splice) = self.candidates(&marks, &raw, &written)?.into_iter().next() else {
                return Ok(false);
            };
            splices.push(splice);
            assign(&mut wanted, &raw, written.node);
            assign(&mut plain, steps, leaf.node());
        }
        let Some(text) = Splice::all(&self.text, splices) else {
            return Ok(false);
        };
        let Ok((new, _)) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
        else {
            return Ok(false);
        };
        let same = new.documents().len() == file.documents().len()
            && new
                .documents()
                .iter()
                .zip(std::iter::once(&wanted).chain(file.documents().iter().skip(1)))
                .all(|(new, wanted)| same_node(new, wanted));
        if !same {
            return Ok(false);
        }
        let Ok((read_back, _)) = new.decrypt(&self.key) else {
            return Ok(false);
        };
        let mut after = Secrets::new(self.name.clone(), self.format);
        after.push(plain);
        for other in self.plain.nodes().iter().skip(1) {
            after.push(other.clone());
        }
        if !same_values(&after, &read_back) {
            return Ok(false);
        }
        self.plain = after;
        self.text = text;
        self.changed = true;
        Ok(true)
    }
}
