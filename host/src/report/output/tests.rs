#![expect(clippy::unwrap_used, reason = "tests")]

use super::super::samples;
use super::*;

fn parse(text: &str) -> Result<OutputSpec, String> {
    text.parse()
        .map_err(|error: OutputSpecError| error.to_string())
}

fn file(name: &str) -> Target {
    Target::File(PathBuf::from(name))
}

#[test]
fn specs() {
    let good = [
        ("human", Format::Human, Target::Stdout),
        ("json", Format::Json, Target::Stdout),
        ("json=-", Format::Json, Target::Stdout),
        (
            "json=out/report.json",
            Format::Json,
            file("out/report.json"),
        ),
        ("human=a=b.txt", Format::Human, file("a=b.txt")),
    ];
    for (text, format, target) in good {
        assert_eq!(parse(text), Ok(OutputSpec { format, target }), "{text}");
    }
    let bad = [
        (
            "jsno",
            "no format is called `jsno`; use one of: human, json, sarif, junit, github, markdown, tap",
        ),
        (
            "JSON",
            "no format is called `JSON`; use one of: human, json, sarif, junit, github, markdown, tap",
        ),
        (
            "",
            "no format is called ``; use one of: human, json, sarif, junit, github, markdown, tap",
        ),
        (
            "report.json",
            "no format is called `report.json`; use one of: human, json, sarif, junit, github, markdown, tap",
        ),
        (
            "json=",
            "no file follows `json=`; write `json=FILE`, or `json` for standard output",
        ),
    ];
    for (text, message) in bad {
        assert_eq!(parse(text), Err(message.to_owned()), "{text}");
    }
}

fn outputs(specs: &[String], inputs: &[&Path]) -> Result<Outputs, String> {
    let specs = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    let inputs = inputs.iter().copied().collect();
    Outputs::new(specs, &inputs).map_err(|error| error.to_string())
}

#[test]
fn one_place_has_one_output() {
    assert_eq!(outputs(&[], &[]), Ok(Outputs::default()));
    let twice = "two outputs go to standard output; give all but one a file: `-o FORMAT=FILE`";
    assert_eq!(
        outputs(&["human".into(), "json".into()], &[]),
        Err(twice.into())
    );
    assert_eq!(
        outputs(&["human".into(), "json=-".into()], &[]),
        Err(twice.into())
    );

    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("json={}", dir.path().join(name).display());
    assert!(outputs(&["human".into(), at("a.json"), at("b.json")], &[]).is_ok());
    for other in ["a.json", "./a.json", "../a.json"] {
        let other = if other.starts_with("..") {
            format!("json={}/x/../a.json", dir.path().display())
        } else {
            at(other)
        };
        fs::create_dir_all(dir.path().join("x")).unwrap();
        let error = outputs(&[at("a.json"), other.clone()], &[]).unwrap_err();
        assert!(error.starts_with("two outputs go to `"), "{other}: {error}");
    }
    let plan = dir.path().join("plan.json");
    fs::write(&plan, "{}").unwrap();
    let error = outputs(&[at("./plan.json")], &[&plan]).unwrap_err();
    assert!(
        error.contains("would replace a file that this run reads"),
        "{error}"
    );
}

#[test]
fn files_and_stdout_get_their_formats() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    let report = samples::mixed();
    let outputs = outputs(&["human".into(), format!("json={}", path.display())], &[]).unwrap();
    for _ in 0..2 {
        let mut stdout = Vec::new();
        let options = Options {
            width: 60,
            color: true,
        };
        outputs.write(&report, &mut stdout, options).unwrap();
        assert_eq!(
            String::from_utf8(stdout).unwrap(),
            human::render(&report, options)
        );
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            json::render(&report).unwrap()
        );
    }
    assert_eq!(names(dir.path()), ["report.json"]);
}

#[test]
fn what_is_no_report_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "main.tf",
        "MAIN.TF",
        "prod.tfstate",
        "secrets.prod.enc.yaml",
        "tollgate.toml",
        "id.Key",
        ".gitignore",
        ".bashrc",
        "id_rsa",
        ".git/hooks/pre-commit",
        ".github/workflows/gate.yml",
    ] {
        let path = dir.path().join(name);
        let spec = [format!("json={}", path.display())];
        // Whether it is there or not: the next program would read it.
        for there in [false, true] {
            if there {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, "mine").unwrap();
            }
            let error = outputs(&spec, &[]).unwrap_err();
            assert!(error.contains("something else than a report"), "{error}");
        }
    }
    fs::write(dir.path().join("report.txt"), "old").unwrap();
    let spec = [format!("human={}", dir.path().join("report.txt").display())];
    assert!(outputs(&spec, &[]).is_ok());
}

#[test]
fn a_pipe_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
    let error = write_file(&path, b"x").unwrap_err().to_string();
    assert!(error.contains("a pipe that no program reads"), "{error}");
    let reader = std::thread::spawn({
        let path = path.clone();
        move || fs::read_to_string(path).unwrap()
    });
    // The reader opens it at some moment.
    let large = "x".repeat(1 << 20);
    while write_file(&path, large.as_bytes()).is_err() {
        std::thread::yield_now();
    }
    assert_eq!(reader.join().unwrap(), large);
}

#[test]
fn emptying_leaves_no_older_report_and_touches_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("old.json"), "{\"verdict\": \"passed\"}").unwrap();
    fs::write(path("other.json"), "kept").unwrap();
    let specs = [
        format!("json={}", path("old.json").display()),
        format!("sarif={}", path("new.sarif").display()),
        "junit=/dev/null".to_owned(),
    ];
    outputs(&specs, &[]).unwrap().empty().unwrap();
    assert_eq!(fs::read_to_string(path("old.json")).unwrap(), "");
    assert_eq!(fs::read_to_string(path("other.json")).unwrap(), "kept");
    assert_eq!(names(dir.path()), ["old.json", "other.json"]);
}

#[test]
fn what_is_read_only_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut specs = Vec::new();
    for name in ["first.json", "locked.json"] {
        fs::write(path(name), "kept").unwrap();
        specs.push(format!("json={}", path(name).display()));
    }
    let mut mode = fs::metadata(path("locked.json")).unwrap().permissions();
    mode.set_readonly(true);
    fs::set_permissions(path("locked.json"), mode).unwrap();
    let error = outputs(&specs, &[]).unwrap().empty().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it is read-only; nothing was written there"),
        "{error}"
    );
    for name in ["first.json", "locked.json"] {
        assert_eq!(fs::read_to_string(path(name)).unwrap(), "kept", "{name}");
    }
}

#[test]
fn the_job_summary_is_added_to_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let summary = dir.path().join("summary.md");
    fs::write(&summary, "a step before\n").unwrap();
    let write = |format: &str| {
        let outputs = outputs(&[format.to_owned()], &[]).unwrap();
        outputs
            .with_summary(Some(summary.clone()))
            .write(&samples::many(), &mut Vec::new(), Options::default())
            .unwrap();
        fs::read_to_string(&summary).unwrap()
    };
    assert_eq!(write("human"), "a step before\n");
    let text = write("github");
    assert!(
        text.starts_with("a step before\n\n<!-- tollgate: production -->\n"),
        "{text}"
    );
    // Whatever is there already, GitHub takes no more.
    for _ in 0..20 {
        write("github");
    }
    let room = markdown::SUMMARY_LIMIT + 20 * 2_000;
    assert!(fs::metadata(&summary).unwrap().len() < room as u64);
}

#[test]
fn files_have_no_colour() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.txt");
    let outputs = outputs(&[format!("human={}", path.display())], &[]).unwrap();
    let mut stdout = Vec::new();
    outputs
        .write(
            &samples::mixed(),
            &mut stdout,
            Options {
                width: 60,
                color: true,
            },
        )
        .unwrap();
    assert!(stdout.is_empty());
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        human::render(&samples::mixed(), Options::default())
    );
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.json");
    fs::write(&good, "old").unwrap();
    let cases = [
        (
            "missing/report.json",
            "its directory does not exist; create it first",
        ),
        ("", "it is a directory; name a file in it"),
        ("good.json/report.json", "Not a directory"),
    ];
    for (name, reason) in cases {
        let bad = dir.path().join(name);
        let specs = [
            "human".into(),
            format!("json={}", good.display()),
            format!("json={}", bad.display()),
        ];
        let outputs = outputs(&specs, &[]).unwrap();
        let mut stdout = Vec::new();
        let error = outputs
            .write(&samples::mixed(), &mut stdout, Options::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("cannot write `{}`: {reason}", bad.display())),
            "{error}"
        );
        assert!(stdout.is_empty(), "{name}");
        assert_eq!(fs::read_to_string(&good).unwrap(), "old", "{name}");
        assert_eq!(names(dir.path()), ["good.json"], "{name}");
    }
}

#[test]
fn links_stay_links_modes_stay_modes_and_devices_stay_devices() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.json", &link).unwrap();
    let specs = [
        format!("json={}", link.display()),
        "human=/dev/null".to_owned(),
    ];
    let outputs = outputs(&specs, &[]).unwrap();
    outputs
        .write(&samples::mixed(), &mut Vec::new(), Options::default())
        .unwrap();
    assert!(link.is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("{\n"));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn no_link_leads_a_report_elsewhere() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    let (tree, home) = (dir.path().join("tree"), dir.path().join("home"));
    for folder in [&tree, &home] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(home.join("start-up"), "mine").unwrap();
    symlink("../home/start-up", tree.join("relative.tap")).unwrap();
    symlink(home.join("start-up"), tree.join("absolute.tap")).unwrap();
    symlink(home.join("not-there-yet"), tree.join("dangling.tap")).unwrap();
    symlink("absolute.tap", tree.join("chain.tap")).unwrap();
    symlink("round.tap", tree.join("round.tap")).unwrap();
    for name in ["relative", "absolute", "dangling", "chain", "round"] {
        let path = tree.join(format!("{name}.tap"));
        let error = outputs(&[format!("tap={}", path.display())], &[]).unwrap_err();
        assert!(
            error.contains("is a link that leads elsewhere"),
            "{name}: {error}"
        );
        assert!(write_file(&path, b"x").is_err(), "{name}");
    }
    assert_eq!(fs::read_to_string(home.join("start-up")).unwrap(), "mine");
    assert_eq!(names(&home), ["start-up"]);
    fs::write(tree.join("real.tap"), "").unwrap();
    symlink("real.tap", tree.join("beside.tap")).unwrap();
    assert!(direct(&tree.join("beside.tap")).is_ok());
    assert!(direct(&tree.join("real.tap")).is_ok());
    assert!(direct(Path::new("/dev/stdout")).is_ok());
}

struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_left_is_no_error_and_a_full_disk_is() {
    let write =
        |kind| Outputs::default().write(&samples::clean(), &mut Failing(kind), Options::default());
    assert!(write(io::ErrorKind::BrokenPipe).is_ok());
    let error = write(io::ErrorKind::StorageFull).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot write to standard output: "),
        "{error}"
    );
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
