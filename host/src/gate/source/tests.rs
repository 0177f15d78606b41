#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const PLAN: &[u8] = b"{\"format_version\": \"1.2\"}";

/// What a plan that the tool saved begins with.
const SAVED: &[u8] = b"PK\x03\x04 and more";

fn stack(name: &str) -> Stack {
    Stack {
        name: name.to_owned(),
        also: Vec::new(),
    }
}

fn file(path: &Path, show_with: Option<&str>) -> PlanSource {
    PlanSource::File {
        path: path.to_owned(),
        show_with: show_with.map(PathBuf::from),
        stack: stack("stacks/eu"),
    }
}

fn memory(name: &str, bytes: &[u8]) -> PlanSource {
    PlanSource::Memory {
        name: name.to_owned(),
        stack: stack("."),
        bytes: Arc::new(Zeroizing::new(bytes.to_vec())),
    }
}

#[test]
fn a_source_says_what_reports_call_it() {
    let on_disk = file(Path::new("out/plan.json"), None);
    for (source, name, path, stack) in [
        (&PlanSource::Stdin, "-", None, stack::here()),
        (
            &on_disk,
            "out/plan.json",
            Some("out/plan.json"),
            stack("stacks/eu"),
        ),
        (&memory("plan.bin", PLAN), "plan.bin", None, stack(".")),
    ] {
        assert_eq!(source.name(), name);
        assert_eq!(source.path(), path.map(Path::new), "{name}");
        assert_eq!(source.stack(), stack, "{name}");
    }
}

#[test]
fn a_plan_is_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    fs::write(&path, PLAN).unwrap();
    assert_eq!(memory("plan.bin", PLAN).read().unwrap(), PLAN);
    assert_eq!(file(&path, None).read().unwrap(), PLAN);
    // What is JSON already needs no program, not even one that is not there.
    let show_with = Some("/nonexistent/tofu");
    assert_eq!(file(&path, show_with).read().unwrap(), PLAN);
    // Without a program what is saved stays so; the reader says what it is.
    fs::write(&path, SAVED).unwrap();
    assert_eq!(file(&path, None).read().unwrap(), SAVED);
    // A device has no length to go by.
    assert_eq!(file(Path::new("/dev/null"), None).read().unwrap(), b"");
}

#[test]
fn what_cannot_be_read_is_a_problem_with_a_next_step() {
    let folder = tempfile::tempdir().unwrap();
    for (path, said, help) in [
        (
            folder.path().join("missing.json"),
            "No such file or directory",
            "make it: tofu plan -out=plan.bin && tofu show -json plan.bin > plan.json",
        ),
        (
            folder.path().to_owned(),
            "Is a directory",
            "no file below it ends in `.json`; name the plan, or put plans there: tofu show -json plan.bin > DIR/NAME.json",
        ),
        (
            PathBuf::from("/dev/null/plan.json"),
            "Not a directory",
            "check the path and its permissions",
        ),
    ] {
        let problem = file(&path, None).read().unwrap_err();
        let name = path.display();
        assert_eq!(problem.code, "plan-unreadable", "{name}");
        let begins = format!("cannot read the plan {name}: {said}");
        assert!(problem.message.starts_with(&begins), "{}", problem.message);
        assert_eq!(problem.help.as_deref(), Some(help), "{name}");
    }
}

#[test]
fn a_saved_plan_is_what_the_program_prints_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.bin");
    fs::write(&path, SAVED).unwrap();
    let name = path.display();
    let printed = file(&path, Some("/bin/echo")).read().unwrap();
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(printed, format!("show -json -no-color {name}\n"));
    for (program, said, help) in [
        (
            "/bin/false",
            "failed: exit status: 1",
            "run it in the directory where the plan was made, after `init`",
        ),
        (
            "/nonexistent/tofu",
            "No such file or directory",
            "name an installed tofu or terraform with --show-with",
        ),
    ] {
        let problem = file(&path, Some(program)).read().unwrap_err();
        assert_eq!(problem.code, "plan-show-failed", "{program}");
        let command = format!("`{program} show -json {name}`");
        let message = &problem.message;
        assert!(message.contains(&command), "{message}");
        assert!(message.contains(said), "{message}");
        assert_eq!(problem.help.as_deref(), Some(help), "{program}");
    }
}

#[test]
fn reading_ends_where_the_source_does() {
    let text = "x".repeat(1 << 16);
    assert_eq!(bounded(text.as_bytes()).unwrap(), text.as_bytes());
    // What is read until then is no plan.
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    let error = bounded(PLAN.chain(Broken)).unwrap_err();
    assert_eq!(error.to_string(), "the cable is out");
}
