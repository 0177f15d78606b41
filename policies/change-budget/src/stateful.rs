//! Which resource types hold what their configuration cannot make again.
//!
//! `stateful.txt` has one a line, sorted by bytes. They are those that `deletion-protection`
//! classes as data or as a container of other things; a test compares the two.

const TYPES: &str = include_str!("../stateful.txt");

/// Whether a resource type holds data.
#[must_use]
pub fn is_stateful(kind: &str) -> bool {
    let (mut low, mut high) = (0, TYPES.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = TYPES
            .get(low..middle)
            .and_then(|before| before.rfind('\n'))
            .map_or(low, |at| low + at + 1);
        let end = TYPES
            .get(start..)
            .and_then(|rest| rest.find('\n'))
            .map_or(TYPES.len(), |at| start + at);
        match TYPES.get(start..end).map(|found| found.cmp(kind)) {
            Some(std::cmp::Ordering::Equal) => return true,
            Some(std::cmp::Ordering::Less) => low = end + 1,
            Some(std::cmp::Ordering::Greater) => high = start,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{TYPES, is_stateful};

    #[test]
    fn every_line_is_found() {
        assert!(TYPES.lines().count() > 500);
        for kind in TYPES.lines() {
            assert!(is_stateful(kind), "{kind}");
        }
        for kind in [
            "",
            "a",
            "aws_lb",
            "aws_db_instanc",
            "aws_db_instancee",
            "zzz",
        ] {
            assert!(!is_stateful(kind), "{kind}");
        }
    }

    /// The list is what `deletion-protection` says. `TOLLGATE_BLESS` makes it anew.
    #[test]
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn the_list_is_that_of_deletion_protection() {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/stateful.txt");
        let mut expected: Vec<String> = ["aws", "google", "azurerm", "others"]
            .iter()
            .map(|provider| {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deletion-protection/types");
                std::fs::read_to_string(format!("{folder}/{provider}.txt")).unwrap()
            })
            .flat_map(|text| {
                text.lines()
                    .filter_map(|line| line.split_once(' '))
                    .filter(|(_, class)| matches!(*class, "data" | "container"))
                    .map(|(kind, _)| format!("{kind}\n"))
                    .collect::<Vec<_>>()
            })
            .collect();
        expected.sort();
        let expected: String = expected.concat();
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            std::fs::write(own, &expected).unwrap();
        }
        assert!(
            std::fs::read_to_string(own).unwrap() == expected,
            "stateful.txt is stale: run the test with TOLLGATE_BLESS=1"
        );
    }
}
