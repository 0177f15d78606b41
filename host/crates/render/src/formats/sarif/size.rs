//! How large a log is when it is uploaded, which is compressed.

use std::io;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

/// Returns how many bytes a value takes.
pub(super) fn compressed(value: &impl Serialize) -> serde_json::Result<usize> {
    let mut measure = Measure::new();
    measure.add(value)?;
    Ok(measure.end())
}

/// How many of the first results fit into so many compressed bytes.
pub(super) fn fitting<T: Serialize>(results: &[T], room: usize) -> serde_json::Result<usize> {
    let mut measure = Measure::new();
    for (nth, result) in results.iter().enumerate() {
        measure.add(result)?;
        if measure.written() > room {
            return Ok(nth);
        }
    }
    // The compressor holds back what it has not written yet.
    Ok(match measure.end() > room {
        true => results.len().saturating_sub(1),
        false => results.len(),
    })
}

/// Counts the bytes that texts take when they are compressed, as they are for an upload.
struct Measure(DeflateEncoder<Counter>);

/// Counts what is written, and keeps nothing.
#[derive(Default)]
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Measure {
    fn new() -> Self {
        // Whoever uploads compresses at least as well.
        Self(DeflateEncoder::new(Counter::default(), Compression::fast()))
    }

    fn add(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        // The compressor is slow at many small pieces.
        let text = serde_json::to_vec_pretty(value)?;
        io::Write::write_all(&mut self.0, &text).map_err(serde_json::Error::io)
    }

    fn written(&self) -> usize {
        self.0.get_ref().0
    }

    fn end(self) -> usize {
        let before = self.written();
        self.0.finish().map_or(before, |counter| counter.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::{Value, json};
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn what_does_not_compress_is_bounded_by_its_size() {
        let digest = |nth: usize| format!("{:x}", Sha256::digest(nth.to_le_bytes()));
        let results: Vec<Value> = (0..20_000)
            .map(|nth| json!({ "text": digest(nth) }))
            .collect();
        assert_eq!(fitting(&results, usize::MAX).unwrap(), results.len());
        // 32 bytes of noise each, and what the compressor has not written yet.
        let some = fitting(&results, 200_000).unwrap();
        assert!((4_000..9_000).contains(&some), "{some}");
        assert!(fitting(&results, 0).unwrap() < 4_000);
    }
}
