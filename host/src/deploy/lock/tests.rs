#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use tollgate_model::error::UserError;

use super::*;

fn claim() -> Claim {
    Claim::now("production", "apply")
}

fn take(directory: &Path, breaking: Option<&str>) -> Result<Held, LockError> {
    acquire(&Place::directory(directory), &claim(), breaking)
}

/// What a lock says, or its absence.
fn there(directory: &Path) -> Option<Holder> {
    let bytes = fs::read(directory.join(".tollgate/lock.json")).ok()?;
    Some(Holder::read(&bytes).unwrap())
}

#[test]
fn one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = take(folder.path(), None).unwrap();
    let holder = there(folder.path()).unwrap();
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.environment, "production");
    held.check().unwrap();
    let error = take(folder.path(), None).err().unwrap();
    let text = error.to_string();
    for part in [
        "deploys production (`apply`, process ",
        " ago); the lock is ",
        "lock.json",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("runs no more"), "{text}");
    assert_eq!(error.exit_code(), crate::exit::GUARD);
    assert!(error.help().unwrap().contains(&holder.id));
    held.release().unwrap();
    assert_eq!(there(folder.path()), None);
    drop(take(folder.path(), None).unwrap());
    assert_eq!(there(folder.path()), None);
    // Nothing else is left behind.
    let mut left: Vec<_> = fs::read_dir(folder.path().join(".tollgate"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, [".gitignore"]);
}

#[test]
fn only_the_very_lock_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let none = take(folder.path(), Some("0123456789abcdef")).err().unwrap();
    assert!(matches!(none, LockError::Gone { .. }), "{none}");
    let first = take(folder.path(), None).unwrap();
    let id = there(folder.path()).unwrap().id;
    let other = take(folder.path(), Some("0123456789abcdef")).err().unwrap();
    assert!(matches!(other, LockError::Another { .. }), "{other}");
    assert!(other.help().unwrap().contains(&id), "{other}");
    let second = take(folder.path(), Some(&id)).unwrap();
    let now = there(folder.path()).unwrap();
    assert_ne!(now.id, id);
    // Whoever had it learns so, and takes nothing away.
    let lost = first.check().err().unwrap();
    assert!(matches!(lost, LockError::Lost { .. }), "{lost}");
    let lost = first.release().err().unwrap();
    assert!(matches!(lost, LockError::Lost { .. }), "{lost}");
    assert_eq!(there(folder.path()), Some(now));
    second.release().unwrap();
    assert_eq!(there(folder.path()), None);
}

#[test]
fn what_a_dead_process_left_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = crate::deploy::folder::make(folder.path())
        .unwrap()
        .join("lock.json");
    let live = claim().holder();
    for (case, holder, gone) in [
        ("alive", live.clone(), false),
        (
            "no such process",
            Holder {
                pid: 4_194_304,
                ..live.clone()
            },
            true,
        ),
        (
            "another by its number",
            Holder {
                began: Some(1),
                ..live.clone()
            },
            true,
        ),
        (
            "of another machine",
            Holder {
                pid: 4_194_304,
                machine: Some("other".into()),
                ..live.clone()
            },
            false,
        ),
        (
            "of nobody knows where",
            Holder {
                pid: 4_194_304,
                machine: None,
                ..live
            },
            false,
        ),
    ] {
        fs::write(&path, holder.to_bytes()).unwrap();
        let error = take(folder.path(), None).err().unwrap();
        assert_eq!(
            error.to_string().contains("that process runs no more"),
            gone,
            "{case}: {error}"
        );
        assert_eq!(
            error
                .help()
                .unwrap()
                .contains("the tool that it started may still run"),
            gone,
            "{case}"
        );
    }
}

#[test]
fn what_is_no_lock_locks() {
    for bytes in [
        &b""[..],
        b"{",
        b"\xff",
        br#"{"version": 2}"#,
        br#"{"version": 1, "id": "; rm -rf"}"#,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = crate::deploy::folder::make(folder.path())
            .unwrap()
            .join("lock.json");
        fs::write(&path, bytes).unwrap();
        let error = take(folder.path(), None).err().unwrap();
        let LockError::Unreadable { id, .. } = &error else {
            panic!("{error}");
        };
        assert!(error.help().unwrap().contains(id.as_str()));
        take(folder.path(), Some(id)).unwrap().release().unwrap();
        assert!(!path.exists());
    }
}

#[test]
fn what_others_wrote_does_not_act_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = crate::deploy::folder::make(folder.path())
        .unwrap()
        .join("lock.json");
    let holder = Holder {
        user: "\u{1b}[2Jann".into(),
        run: Some("::error::x".into()),
        ..claim().holder()
    };
    fs::write(&path, holder.to_bytes()).unwrap();
    let text = take(folder.path(), None).err().unwrap().to_string();
    assert!(
        !text.contains('\u{1b}') && !text.contains(" ::error"),
        "{text}"
    );
}

#[test]
fn where_nothing_can_be_written_nothing_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".tollgate"), "").unwrap();
    let error = take(folder.path(), None).err().unwrap();
    assert!(matches!(error, LockError::Store { .. }), "{error}");
    assert_eq!(error.exit_code(), crate::exit::GUARD);
}

#[test]
fn many_threads() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..20 {
        let start = std::sync::Barrier::new(8);
        let taken: Vec<Held> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        take(folder.path(), None).ok()
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(taken.len(), 1);
        let id = there(folder.path()).unwrap().id;
        // Of those who break it, one does.
        let broken: Vec<Held> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        take(folder.path(), Some(&id)).ok()
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(broken.len(), 1);
    }
}
