//! What a state says of where it is from: two environments must not have copies of one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tollgate_model::digest::sha256;
use zeroize::Zeroizing;

use super::tool::Runner;

/// How many resources a line of the history names, at most.
const MAX_MARKS: usize = 32;
/// The hexadecimal digits of a mark: enough to tell resources of one lineage apart, and too few to tell
/// an identifier by.
const MARK: usize = 8;

/// The state of an environment as the tool prints it; none where the backend does not say. It has
/// secrets in it.
#[must_use]
pub fn pull(runner: &Runner) -> Option<Zeroizing<Vec<u8>>> {
    let pull = ["state", "pull"].map(OsString::from);
    match runner.quietly(&pull, &runner.workspace) {
        Ok(printed) if printed.code == 0 => Some(printed.output),
        Ok(_) | Err(_) => None,
    }
}

/// Reads a state as the tool printed it: behind its warnings, and behind a word of a wrapper.
#[must_use]
pub fn read<'s, T: Deserialize<'s>>(printed: &'s [u8]) -> Option<T> {
    let text = std::str::from_utf8(printed).ok()?;
    let starts = text.match_indices('{').map(|(at, _)| at).filter(|at| {
        text.get(..*at)
            .is_some_and(|before| before.is_empty() || before.ends_with('\n'))
    });
    starts.filter_map(|at| text.get(at..)).find_map(|text| {
        let mut states = serde_json::Deserializer::from_str(text).into_iter::<T>();
        states.next().and_then(Result::ok)
    })
}

/// What tells a state from all others: its lineage, and type and identifier of every resource.
#[derive(Default)]
pub struct Contents {
    lineage: String,
    resources: BTreeSet<(String, String)>,
}

impl Contents {
    /// Reads them from a state as the tool keeps or prints it.
    #[must_use]
    pub fn of(state: &[u8]) -> Option<Self> {
        let state: State<'_> = read(state)?;
        let managed = state.resources.iter().filter(|one| one.mode == "managed");
        let identified = managed.flat_map(|resource| {
            let instances = resource.instances.iter();
            instances.filter_map(|instance| {
                let attributes: Identified<'_> =
                    serde_json::from_str(instance.attributes?.get()).ok()?;
                let id = attributes.id.filter(|id| !id.is_empty())?;
                Some((resource.kind.to_string(), id.into_owned()))
            })
        });
        Some(Self {
            lineage: state.lineage.to_string(),
            resources: identified.collect(),
        })
    }

    /// Whether one of two was copied from the other. A state that was split has the lineage of both, and
    /// no resource in both.
    #[must_use]
    pub fn is_copy_of(&self, other: &Self) -> bool {
        !self.lineage.is_empty()
            && self.lineage == other.lineage
            && !self.resources.is_disjoint(&other.resources)
    }

    /// Returns what a history keeps of them; none where the state has no lineage.
    #[must_use]
    pub fn ancestry(&self) -> Option<Ancestry> {
        if self.lineage.is_empty() {
            return None;
        }
        // The smallest ones of each: two states that have much in common have some of those in common.
        let marks: BTreeSet<String> = self
            .resources
            .iter()
            // The identifier of a random text is that text.
            .filter(|(kind, _)| !kind.starts_with("random_"))
            .map(|(kind, id)| {
                let digest = sha256(format!("{}\0{kind}\0{id}", self.lineage).as_bytes());
                let hex = digest.trim_start_matches("sha256:");
                hex.chars().take(MARK).collect()
            })
            .collect();
        Some(Ancestry {
            lineage: self.lineage.clone(),
            marks: marks.into_iter().take(MAX_MARKS).collect(),
        })
    }
}

/// Where a state is from, as a history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Ancestry {
    /// Its lineage: what the tool gives to a state once, and a copy keeps.
    pub lineage: String,
    /// What tells some of its resources from others: the beginnings of digests, sorted, at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}

impl Ancestry {
    /// Whether the state of one was copied from that of the other, as far as their marks tell.
    #[must_use]
    pub fn is_copy_of(&self, other: &Self) -> bool {
        self.lineage == other.lineage && self.marks.iter().any(|mark| other.marks.contains(mark))
    }
}

/// As much of a state as tells what is in it.
#[derive(Deserialize)]
struct State<'s> {
    #[serde(borrow, default)]
    lineage: Cow<'s, str>,
    #[serde(borrow, default)]
    resources: Vec<Resource<'s>>,
}

#[derive(Deserialize)]
struct Resource<'s> {
    mode: Cow<'s, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'s, str>,
    #[serde(borrow, default)]
    instances: Vec<Instance<'s>>,
}

#[derive(Deserialize)]
struct Instance<'s> {
    #[serde(borrow, default)]
    attributes: Option<&'s RawValue>,
}

#[derive(Deserialize)]
struct Identified<'s> {
    #[serde(borrow, default)]
    id: Option<Cow<'s, str>>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn ancestry(lineage: &str, kind: &str, ids: &[&str]) -> Option<Ancestry> {
        let one = |id: &&str| format!(r#"{{"attributes":{{"id":"{id}"}}}}"#);
        let instances: Vec<String> = ids.iter().map(one).collect();
        let state = format!(
            "Warning: something\n{{\"version\":4,\"lineage\":\"{lineage}\",\"resources\":[{{\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"n\",\"instances\":[{}]}}]}}",
            instances.join(",")
        );
        Contents::of(state.as_bytes()).unwrap().ancestry()
    }

    #[test]
    fn a_copy_is_told_by_lineage_and_resources() {
        let one = ancestry("l", "t", &["1", "2", "3"]).unwrap();
        for (lineage, kind, ids, expected) in [
            ("l", "t", &["3", "4"][..], true),
            ("l", "t", &["4", "5"], false),
            ("l", "u", &["1"], false),
            ("m", "t", &["1", "2", "3"], false),
            ("l", "t", &[], false),
        ] {
            let other = ancestry(lineage, kind, ids).unwrap();
            assert_eq!(one.is_copy_of(&other), expected, "{lineage} {kind} {ids:?}");
        }
        assert_eq!(ancestry("", "t", &["1"]), None);
    }

    #[test]
    fn what_is_kept_is_bounded_and_names_no_random_text() {
        let many: Vec<String> = (0..1_000).map(|nth| nth.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let one = ancestry("l", "t", &many).unwrap();
        assert_eq!(one.marks.len(), MAX_MARKS);
        assert!(one.marks.iter().all(|mark| mark.len() == MARK));
        // Of a copy in which a tenth is other, enough is the same.
        let rest = ancestry("l", "t", many.get(100..).unwrap()).unwrap();
        assert!(one.is_copy_of(&rest));
        assert_eq!(
            ancestry("l", "random_string", &["hunter2"]).unwrap().marks,
            Vec::<String>::new()
        );
    }
}
