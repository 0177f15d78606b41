#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn deploy(environment: &str) -> Deploy {
    Deploy {
        environment: environment.to_owned(),
        command: "apply".to_owned(),
        started: Timestamp::UNIX_EPOCH,
        seconds: 3,
        result: Outcome::Applied,
        tool: "tofu 1.12.6".to_owned(),
        directory: ".".to_owned(),
        workspace: "default".to_owned(),
        state: None,
        resources: None,
        verdict: "passed".to_owned(),
        waivers: Vec::new(),
        changes: Some("1 to create".to_owned()),
        cost: None,
        head: None,
        plan: Some("sha256:00".to_owned()),
        bundle: None,
        configuration: None,
        policies: BTreeMap::new(),
        partial: false,
        promoted: BTreeMap::new(),
        verifies: None,
        left_by: None,
        ancestry: None,
        project: None,
        root_module: None,
    }
}

fn three() -> (tempfile::TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    for environment in ["staging", "production", "staging"] {
        append(&place, &deploy(environment)).unwrap();
    }
    (folder, place)
}

#[test]
fn nothing_is_added_behind_what_is_no_record() {
    let (folder, place) = three();
    let path = folder.path().join(".tollgate/history.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    assert!(expect_room(&place).is_ok());
    for (end, refused) in [
        (text[..text.len() - 9].to_owned(), true),
        (format!("{text}{{}}\n"), true),
        // Whole, but for the line feed.
        (text.trim_end().to_owned(), false),
        (text.replacen("staging", "stagign", 1), false),
    ] {
        fs::write(&path, &end).unwrap();
        let found = expect_room(&place);
        assert_eq!(
            matches!(found, Err(HistoryError::Broken { .. })),
            refused,
            "{end}"
        );
    }
    let history = parse(b"{}\n{");
    assert_eq!(
        history.repair("a b/h").unwrap(),
        "sed -n '$p' 'a b/h' > 'a b/h.line-2' && sed '$d' 'a b/h' > 'a b/h.rest' && cp 'a b/h.rest' 'a b/h' && rm 'a b/h.rest'"
    );
    assert_eq!(
        history.repair("s3://b/k.jsonl").unwrap(),
        "aws s3 cp s3://b/k.jsonl history.jsonl && sed -n '$p' history.jsonl > history.jsonl.line-2 && sed '$d' history.jsonl > history.jsonl.rest && cp history.jsonl.rest history.jsonl && rm history.jsonl.rest && aws s3 cp history.jsonl s3://b/k.jsonl"
    );
}

#[test]
fn lines_follow_each_other() {
    let (folder, place) = three();
    let history = read(&place).unwrap();
    assert_eq!(history.damage, []);
    let numbers: Vec<u64> = history.records.iter().map(|each| each.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(history.records[1].deploy, deploy("production"));
    let appended = append(&place, &deploy("staging")).unwrap();
    assert_eq!(appended.number, 4);
    assert_eq!(read(&place).unwrap().last, Some(appended.digest));
    let mode = |path: &str| {
        let metadata = fs::metadata(folder.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(".tollgate"), 0o700);
    assert_eq!(mode(".tollgate/history.jsonl"), 0o600);
    assert_eq!(
        read(&Place::directory(&folder.path().join("elsewhere"))).unwrap(),
        History::default()
    );
}

#[test]
fn what_was_done_to_it_shows() {
    let (folder, place) = three();
    let path = folder.path().join(".tollgate/history.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let edited = lines[1].replace("production", "somewhere");
    let join = |lines: &[&str]| format!("{}\n", lines.join("\n"));
    let changed = "was changed after it was written";
    let without_digest = format!("{}}}", lines[2].rsplit_once(OWN_DIGEST).unwrap().0);
    let follow = "does not follow the line before: that one was changed, or others were taken out";
    for (case, text, expected) in [
        ("nothing", text.clone(), vec![]),
        (
            "edited",
            join(&[lines[0], &edited, lines[2]]),
            vec![(2, changed), (3, follow)],
        ),
        (
            "the last one edited",
            join(&[
                lines[0],
                lines[1],
                &lines[2].replace("staging", "elsewhere"),
            ]),
            vec![(3, changed)],
        ),
        (
            "the last one without its digest",
            join(&[lines[0], lines[1], &without_digest]),
            vec![(3, changed)],
        ),
        (
            "one taken out",
            join(&[lines[0], lines[2]]),
            vec![(2, follow), (2, "says that it is line 3")],
        ),
        (
            "the first taken out",
            join(&lines[1..]),
            vec![
                (1, "follows a line that is not there any more"),
                (1, "says that it is line 2"),
                (2, "says that it is line 3"),
            ],
        ),
        (
            "swapped",
            join(&[lines[1], lines[0], lines[2]]),
            vec![
                (1, "follows a line that is not there any more"),
                (1, "says that it is line 2"),
                (2, "says that it is the first one"),
                (2, "says that it is line 1"),
                (3, follow),
            ],
        ),
        (
            "begun again",
            join(&[lines[0], lines[0]]),
            vec![
                (2, "says that it is the first one"),
                (2, "says that it is line 1"),
            ],
        ),
        (
            "cut off",
            text[..text.len() - 9].to_owned(),
            vec![(3, "is cut off: the disk was full, or the machine stopped")],
        ),
        (
            "garbage",
            join(&[lines[0], "{}", lines[2]]),
            vec![(2, "is no record"), (3, follow)],
        ),
    ] {
        let damage = parse(text.as_bytes()).damage;
        let damage: Vec<(u64, &str)> = damage
            .iter()
            .map(|each| (each.line, each.what.as_str()))
            .collect();
        assert_eq!(damage, expected, "{case}");
    }
    // The next line stands by itself, and what was cut off goes on to show.
    fs::write(&path, &text[..text.len() - 9]).unwrap();
    append(&place, &deploy("production")).unwrap();
    let history = read(&place).unwrap();
    assert_eq!(history.records.len(), 3);
    assert_eq!(history.damage.len(), 1);
    assert_eq!(history.damage[0].line, 3);
}

#[test]
fn a_line_of_the_first_version_is_read() {
    let line = br#"{"version":1,"number":1,"previous":null,"user":"u","host":"h","run":null,"tollgate":"0.1.0","environment":"staging","command":"apply","started":"1970-01-01T00:00:00Z","seconds":3,"result":"applied","tool":"tofu 1.12.6","directory":".","workspace":"default","verdict":"passed","waivers":[],"changes":null,"cost":null,"head":null,"plan":null,"bundle":null,"configuration":null,"policies":{}}"#;
    let history = parse(line);
    assert_eq!((history.records.len(), history.damage), (1, Vec::new()));
}

#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    folder::make(folder.path()).unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "mine\n").unwrap();
    let path = folder.path().join(".tollgate/history.jsonl");
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    let place = Place::directory(folder.path());
    assert!(append(&place, &deploy("staging")).is_err());
    assert!(read(&place).is_err());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine\n");
}

#[test]
fn a_broken_lock_has_its_lines() {
    use crate::deploy::lock::Holder;
    let holder = Holder::read(
        br#"{"version":1,"id":"12ab","user":"ann","host":"there","pid":7,"began":null,"machine":null,"environment":"staging","command":"apply","since":"1970-01-01T00:00:00Z","run":null}"#,
    );
    let broken = |holder| BrokenLock {
        id: "12ab".to_owned(),
        holder,
    };
    let by = deploy("production");
    let said = |lines: Vec<Deploy>| -> Vec<(String, &'static str, Option<String>)> {
        let one = |line: Deploy| {
            let left = line
                .left_by
                .map(|left| format!("{}@{}", left.user, left.host));
            (line.environment, line.result.word(), left)
        };
        lines.into_iter().map(one).collect()
    };
    let ann = || Some("ann@there".to_owned());
    assert_eq!(
        said(Deploy::of_broken_lock(&broken(holder), &by)),
        [
            ("staging".to_owned(), "UNFINISHED", ann()),
            ("staging".to_owned(), "LOCK BROKEN", ann())
        ]
    );
    assert_eq!(
        said(Deploy::of_broken_lock(&broken(None), &by)),
        [("production".to_owned(), "LOCK BROKEN", None)]
    );
}

#[test]
fn only_a_directory_of_ours_is_written_to() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join(".tollgate")).unwrap();
    let error = append(&Place::directory(folder.path()), &deploy("staging")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("something else than a directory"),
        "{error}"
    );
}

#[test]
fn many_append_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    append(&place, &deploy("staging")).unwrap();
                }
            });
        }
    });
    let history = read(&place).unwrap();
    assert_eq!((history.records.len(), history.damage), (80, Vec::new()));
}
