//! Tables that are text: a line for each row, its key first, sorted by bytes.
//!
//! A table of thousands of rows is looked up where it lies. To make a map of it first costs more than
//! everything else that a policy does for a small plan.

use std::cmp::Ordering;

/// Returns the lines whose first word is `key`, in their order. Words are parted by one space.
pub fn of<'t>(table: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    // Where the first of them starts, if there is one: between these.
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let start = line_start(table, low + (high - low) / 2);
        match word(&table[start..]).cmp(key) {
            Ordering::Less => {
                low = table[start..]
                    .find('\n')
                    .map_or(table.len(), |end| start + end + 1);
            }
            Ordering::Equal | Ordering::Greater => high = start,
        }
    }
    let key = key.to_owned();
    table[low..]
        .lines()
        .take_while(move |line| word(line) == key)
}

/// The start of the line that a place is in.
fn line_start(table: &str, at: usize) -> usize {
    table.as_bytes()[..at]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1)
}

fn word(text: &str) -> &str {
    text.split([' ', '\n']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "a 1\na_b 2\na_b 3\na_b_c 4\nb 5\nc\nd é\nz 6\n";

    #[test]
    fn finds_every_line_of_a_key_and_no_other() {
        for (key, expected) in [
            ("a", &["a 1"][..]),
            ("a_b", &["a_b 2", "a_b 3"]),
            ("a_b_c", &["a_b_c 4"]),
            ("b", &["b 5"]),
            ("c", &["c"]),
            ("d", &["d é"]),
            ("z", &["z 6"]),
            ("", &[]),
            ("a_", &[]),
            ("aa", &[]),
            ("zz", &[]),
            ("a 1", &[]),
            ("é", &[]),
        ] {
            let found: Vec<&str> = of(TABLE, key).collect();
            assert_eq!(found, expected, "{key}");
        }
        assert_eq!(of("", "a").count(), 0);
        assert_eq!(of("a 1", "a").count(), 1);
    }

    #[test]
    fn finds_what_reading_all_lines_finds() {
        let words = ["a", "ab", "abc", "b", "ba", "c"];
        // Every table of these keys, each there twice or not at all.
        for choice in 0..1_u32 << words.len() {
            let there: Vec<&str> = (0..words.len())
                .filter(|nth| choice >> nth & 1 == 1)
                .map(|nth| words[nth])
                .collect();
            let table: String = there
                .iter()
                .map(|key| format!("{key} 1\n{key} 2\n"))
                .collect();
            for key in words {
                let expected: Vec<&str> = table.lines().filter(|line| word(line) == key).collect();
                assert_eq!(
                    of(&table, key).collect::<Vec<_>>(),
                    expected,
                    "{key} in {there:?}"
                );
            }
        }
    }
}
