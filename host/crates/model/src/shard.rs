//! A part of many plans, so that several machines can judge them.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of several parts of the same plans: `3/10` is the third of ten.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Shard {
    /// Which one it is, from 1.
    pub number: NonZeroUsize,
    /// How many there are.
    pub of: NonZeroUsize,
}

/// Why a text is no shard.
#[derive(Debug, PartialEq, Eq)]
pub struct ShardError;

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no part of a whole; write `3/10` for the third of ten")
    }
}

impl std::error::Error for ShardError {}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError)?;
        let read = |text: &str| text.trim().parse::<NonZeroUsize>().map_err(|_| ShardError);
        let (number, of) = (read(number)?, read(of)?);
        if number > of {
            return Err(ShardError);
        }
        Ok(Self { number, of })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Returns this part of a list: of every `of` items one. All parts together are the list, and
    /// none has more than one item more than another.
    pub fn part<T>(self, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        all.into_iter()
            .skip(self.number.get() - 1)
            .step_by(self.of.get())
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_parts_together_are_the_whole() {
        for of in 1..6 {
            let mut all: Vec<u32> = Vec::new();
            for number in 1..=of {
                let shard: Shard = format!("{number}/{of}").parse().expect("a shard");
                let part: Vec<u32> = shard.part(0..17).collect();
                assert!((17 / of..=17 / of + 1).contains(&part.len()), "{shard}");
                all.extend(part);
            }
            all.sort_unstable();
            assert_eq!(all, Vec::from_iter(0..17));
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in [
            "", "3", "0/3", "3/0", "4/3", "-1/3", "1/3/5", "a/b", "1.0/2",
        ] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError), "{text}");
        }
    }
}
