//! Two files of states, of which one was copied from the other.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::deploy::state::Contents;

/// The bytes of a state that are looked at.
const MAX_BYTES: u64 = 64 << 20;

/// Says what two files have in common that no two states have: the file itself, or lineage and a
/// resource. None where they have nothing, or one of them is not there.
pub(super) fn in_common(one: &Path, other: &Path) -> Option<&'static str> {
    let (a, b) = (fs::metadata(one).ok()?, fs::metadata(other).ok()?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Some("file behind it");
    }
    if a.len().max(b.len()) > MAX_BYTES {
        return None;
    }
    // Of two that have nothing to do with each other, the beginning tells: they may be many, and large.
    if let (Some(a), Some(b)) = (lineage(one), lineage(other))
        && a != b
    {
        return None;
    }
    let (one, other) = (read(one)?, read(other)?);
    let (one, other) = (Contents::of(&one)?, Contents::of(&other)?);
    one.is_copy_of(&other).then_some("lineage and resources")
}

/// The lineage, where it stands near the beginning, as either tool writes it.
fn lineage(path: &Path) -> Option<String> {
    const BEGINNING: u64 = 1 << 10;
    let mut text = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(BEGINNING).read_to_end(&mut text))
        .ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, rest) = text.split_once("\"lineage\":")?;
    let (lineage, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(lineage.to_owned())
}

fn read(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    fs::read(path).ok().map(Zeroizing::new)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn copies_are_told_from_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, lineage: &str, id: &str| {
            let path = folder.path().join(name);
            let text = format!(
                r#"{{"version":4,"lineage":"{lineage}","resources":[{{"mode":"managed","type":"t","name":"n","instances":[{{"attributes":{{"id":"{id}"}}}}]}}]}}"#
            );
            fs::write(&path, text).unwrap();
            path
        };
        let one = write("a", "l", "1");
        for (lineage, id, expected) in [
            ("l", "1", Some("lineage and resources")),
            ("l", "2", None),
            ("m", "1", None),
            ("", "1", None),
        ] {
            let other = write("b", lineage, id);
            assert_eq!(in_common(&one, &other), expected, "{lineage} {id}");
        }
        // Where it is said elsewhere, all of it is read.
        let late = folder.path().join("late");
        let text = fs::read_to_string(&one).unwrap();
        let text = text.replacen(
            "\"lineage\"",
            &format!("\"x\":\"{}\",\"lineage\"", "x".repeat(2_000)),
            1,
        );
        fs::write(&late, text).unwrap();
        assert_eq!(in_common(&one, &late), Some("lineage and resources"));
        let link = folder.path().join("link");
        fs::hard_link(&one, &link).unwrap();
        assert_eq!(in_common(&one, &link), Some("file behind it"));
        assert_eq!(in_common(&one, &folder.path().join("none")), None);
        fs::write(&link, "damaged").unwrap();
        assert_eq!(in_common(&write("c", "l", "1"), &link), None);
    }
}
