//! The project lock among processes, the guards of `exec` with the real tools, and the history.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use tollgate::config::Config;
use tollgate::deploy::confirm::{self, Action};
use tollgate::deploy::history::{self, Deploy, Outcome};
use tollgate::deploy::lock::{self, Claim};
use tollgate::deploy::place::Place;
use tollgate::deploy::target::{Target, TargetError};
use tollgate::hcl::Dialect;
use tollgate::layout::Layout;
use tollgate_model::error::UserError;
use tollgate_model::library::LIBRARY;

use crate::cli::{finish, git, tollgate};
use crate::secrets::has_script;
use crate::sources::{Moto, has_moto};
use crate::tools::program;

/// What ends a process that holds a lock.
const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// What a process of this binary is to do instead of running tests.
const CHILD: &str = "TOLLGATE_TEST_CHILD";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("guards::one_process_of_many_gets_a_file", || {
            race(&local()?, &[])
        }),
        Trial::test("guards::a_killed_process_leaves_its_file", || {
            killed(&local()?, &[])
        }),
        Trial::test("guards::signals_give_a_file_back", || {
            signals(&local()?, &[])
        }),
        Trial::test("guards::one_process_of_many_gets_an_object", || {
            let (_moto, folder, variables) = bucket()?;
            race(&folder, &variables)
        })
        .with_ignored_flag(!has_moto()),
        Trial::test("guards::a_killed_process_leaves_its_object", || {
            let (_moto, folder, variables) = bucket()?;
            killed(&folder, &variables)
        })
        .with_ignored_flag(!has_moto()),
        Trial::test("guards::signals_give_an_object_back", || {
            let (_moto, folder, variables) = bucket()?;
            signals(&folder, &variables)
        })
        .with_ignored_flag(!has_moto()),
        Trial::test(
            "guards::a_bucket_that_cannot_be_had_is_no_lock",
            unreachable,
        )
        .with_ignored_flag(!has_moto()),
        Trial::test("guards::a_terminal_is_asked_for_the_name", asked)
            .with_ignored_flag(!has_script()),
        Trial::test("guards::history_is_shown_and_verified", histories),
        Trial::test(
            "guards::history_beside_the_state_in_a_bucket",
            object_history,
        )
        .with_ignored_flag(!has_moto()),
        Trial::test("guards::short_names_mean_their_environment", short_names),
        Trial::test(
            "guards::files_say_what_an_environment_is_called",
            names_of_files,
        ),
    ];
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        trials.push(
            Trial::test(
                format!("guards::exec_with_{tool}_stays_in_its_environment"),
                {
                    let found = found.clone();
                    move || exec(&found.ok_or("the tool is missing")?)
                },
            )
            .with_ignored_flag(missing),
        );
        trials.push(
            Trial::test(
                format!("guards::exec_with_{tool}_takes_nothing_of_another"),
                move || exec_elsewhere(&found.ok_or("the tool is missing")?),
            )
            .with_ignored_flag(missing),
        );
    }
    trials.push(
        Trial::test("guards::exec_asks_for_the_aws_account", account)
            .with_ignored_flag(!has_moto() || program("tofu").is_none()),
    );
    trials
}

/// What a process does that a test started; none where this is the test run.
pub(crate) fn child() -> Option<ExitCode> {
    let role = std::env::var(CHILD).ok()?;
    let done = match role.as_str() {
        "confirm" => confirming(),
        "append" => appending(),
        role => holding(role),
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error);
            ExitCode::from(7)
        }
    })
}

fn say(text: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "answers the test that started it"
    )]
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

fn place(directory: &Path, environment: &str) -> Result<Place, String> {
    let config = Config::load(&directory.join("tollgate.toml"), LIBRARY)
        .map_err(|error| error.to_string())?;
    let any = |_: &Layout| Ok::<_, TargetError>(Dialect::OpenTofu);
    let target =
        Target::look(&config, Some(environment), any).map_err(|error| error.to_string())?;
    Place::of(&config, &target).map_err(|error| error.to_string())
}

/// Takes the lock, says so, and holds it until standard input ends.
fn holding(role: &str) -> Result<(), String> {
    let mut words = role.split(' ');
    let environment = words.next().unwrap_or_default();
    let option = words.next();
    let breaking = option.and_then(|option| option.strip_prefix("break="));
    let place = place(Path::new("."), environment)?;
    let held = lock::acquire(&place, &Claim::now(environment, "apply"), breaking)
        .map_err(|error| format!("{error}\n{}", error.help().unwrap_or_default()))?;
    let child = (option == Some("child")).then(|| held.child_runs());
    if child.is_some() {
        let mut signals = signal_hook::iterator::Signals::new(SIGNALS.map(Signal::as_raw))
            .map_err(|error| error.to_string())?;
        std::thread::spawn(move || signals.forever().for_each(|_| say("heard")));
    }
    say("taken");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    drop(child);
    held.check().map_err(|error| error.to_string())?;
    held.release().map_err(|error| error.to_string())
}

fn confirming() -> Result<(), String> {
    confirm::ask(Action::Apply, &["production"], None).map_err(|refusal| refusal.to_string())?;
    say("confirmed");
    Ok(())
}

fn appending() -> Result<(), String> {
    let place = place(Path::new("."), "staging")?;
    for environment in ["staging", "production"] {
        history::append(&place, &deploy(environment)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A process that has the lock, or said why not.
struct Holding {
    child: Child,
    said: String,
    rest: BufReader<std::process::ChildStdout>,
}

impl Holding {
    fn start(folder: &Path, role: &str, variables: &[(&str, String)]) -> Result<Child, Failed> {
        Ok(Command::new(std::env::current_exe()?)
            .current_dir(folder)
            .env(CHILD, role)
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?)
    }

    fn of(mut child: Child) -> Result<Self, Failed> {
        let mut rest = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut said = String::new();
        rest.read_line(&mut said)?;
        Ok(Self { child, said, rest })
    }

    fn new(folder: &Path, role: &str, variables: &[(&str, String)]) -> Result<Self, Failed> {
        Self::of(Self::start(folder, role, variables)?)
    }

    fn has_it(&self) -> bool {
        self.said == "taken\n"
    }

    fn expect_it(self) -> Result<Self, Failed> {
        if self.has_it() {
            Ok(self)
        } else {
            Err(format!("no lock: {}", self.end()?.0).into())
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), Failed> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).ok_or("no process")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Lets it end, and returns everything that it said.
    fn end(mut self) -> Result<(String, std::process::ExitStatus), Failed> {
        drop(self.child.stdin.take());
        self.rest.read_to_string(&mut self.said)?;
        let status = self.child.wait()?;
        Ok((self.said, status))
    }
}

const TWO: &str = "[environments.staging]\nworkspace = \"staging\"\n[environments.production]\nworkspace = \"production\"\n";

/// Two environments in two workspaces of one local backend.
fn local() -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join("tollgate.toml"), TWO)?;
    fs::write(folder.path().join("main.tf"), "")?;
    Ok(folder)
}

fn http(port: u16, request: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n",
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

type Variables = Vec<(&'static str, String)>;

fn credentials(folder: &Path) -> Variables {
    let none = folder.join("none").display().to_string();
    vec![
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", none.clone()),
        ("AWS_SHARED_CREDENTIALS_FILE", none),
    ]
}

fn in_bucket(port: u16) -> Result<tempfile::TempDir, Failed> {
    let folder = local()?;
    let backend = format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"state\"\n    key = \"media/terraform.tfstate\"\n    region = \"us-east-1\"\n    endpoint = \"http://127.0.0.1:{port}\"\n    use_path_style = true\n  }}\n}}\n"
    );
    fs::write(folder.path().join("main.tf"), backend)?;
    Ok(folder)
}

/// The same in a bucket.
fn bucket() -> Result<(Moto, tempfile::TempDir, Variables), Failed> {
    let moto = Moto::start()?;
    let made = http(moto.port, "PUT /state")?;
    if !made.starts_with("HTTP/1.1 200") {
        return Err(made.into());
    }
    let folder = in_bucket(moto.port)?;
    let variables = credentials(folder.path());
    Ok((moto, folder, variables))
}

fn race(folder: &tempfile::TempDir, variables: &[(&str, String)]) -> Result<(), Failed> {
    for round in 0..4 {
        // Of both environments: it is one lock.
        let started: Vec<Child> = (0..10)
            .map(|nth| {
                let environment = if nth % 2 == 0 {
                    "staging"
                } else {
                    "production"
                };
                Holding::start(folder.path(), environment, variables)
            })
            .collect::<Result<_, _>>()?;
        let all: Vec<Holding> = started
            .into_iter()
            .map(Holding::of)
            .collect::<Result<_, _>>()?;
        let (with, without): (Vec<_>, Vec<_>) = all.into_iter().partition(Holding::has_it);
        if with.len() != 1 {
            return Err(format!("round {round}: {} have it", with.len()).into());
        }
        for holding in without {
            let (said, status) = holding.end()?;
            if status.code() != Some(7)
                || !said.contains("; the lock is ")
                || !said.contains("--break-lock ")
            {
                return Err(format!("round {round}: {status}: {said}").into());
            }
        }
        for holding in with {
            let (said, status) = holding.end()?;
            if !status.success() {
                return Err(format!("round {round}: {status}: {said}").into());
            }
        }
    }
    Ok(())
}

/// The ID that a refusal names.
fn id(said: &str) -> Result<String, Failed> {
    let (_, rest) = said
        .split_once("--break-lock ")
        .ok_or_else(|| said.to_owned())?;
    Ok(rest.chars().take_while(|c| *c != '`').collect())
}

fn killed(folder: &tempfile::TempDir, variables: &[(&str, String)]) -> Result<(), Failed> {
    let at = folder.path();
    let holding = Holding::new(at, "production", variables)?.expect_it()?;
    holding.signal(Signal::KILL)?;
    holding.end()?;
    let (said, status) = Holding::new(at, "staging", variables)?.end()?;
    for part in [
        " deploys production (`apply`, process ",
        "that process runs no more",
        "the tool that it started may still run",
    ] {
        if !said.contains(part) || status.code() != Some(7) {
            return Err(format!("does not say {part:?}: {said}").into());
        }
    }
    let left = id(&said)?;
    let (said, _) = Holding::new(at, "staging break=0000000000000000", variables)?.end()?;
    if !said.contains("the lock `0000000000000000` is gone, and there is another") {
        return Err(said.into());
    }
    // Several break it, and one does.
    let role = format!("staging break={left}");
    let started: Vec<Child> = (0..8)
        .map(|_| Holding::start(at, &role, variables))
        .collect::<Result<_, _>>()?;
    let all: Vec<Holding> = started
        .into_iter()
        .map(Holding::of)
        .collect::<Result<_, _>>()?;
    let (with, without): (Vec<_>, Vec<_>) = all.into_iter().partition(Holding::has_it);
    if with.len() != 1 {
        return Err(format!("{} broke it", with.len()).into());
    }
    for holding in without {
        let (said, _) = holding.end()?;
        if !said.contains("is gone, and there is another")
            || said.contains("that process runs no more")
        {
            return Err(said.into());
        }
    }
    for holding in with {
        let (said, status) = holding.end()?;
        if !status.success() {
            return Err(said.into());
        }
    }
    let (said, _) = Holding::new(at, &role, variables)?.end()?;
    if !said.contains("there is no lock") {
        return Err(said.into());
    }
    Holding::new(at, "production", variables)?
        .expect_it()?
        .end()?;
    Ok(())
}

/// Whether this process was started with the signal ignored, as a shell without job control does in the
/// background: its children then ignore it too, and so does the lock, on purpose.
fn is_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    (mask.unwrap_or(0) >> (signal.as_raw() - 1)) & 1 == 1
}

fn signals(folder: &tempfile::TempDir, variables: &[(&str, String)]) -> Result<(), Failed> {
    use std::os::unix::process::ExitStatusExt as _;
    let at = folder.path();
    for signal in SIGNALS.into_iter().filter(|signal| !is_ignored(*signal)) {
        let holding = Holding::new(at, "staging", variables)?.expect_it()?;
        holding.signal(signal)?;
        let mut holding = holding;
        // Waiting would close it, which ends the process as well.
        let stdin = holding.child.stdin.take();
        let status = holding.child.wait()?;
        drop(stdin);
        if status.signal() != Some(signal.as_raw()) {
            return Err(format!("{signal:?}: {status}").into());
        }
        // A child goes on, so the lock stays until it has ended.
        let mut holding = Holding::new(at, "staging child", variables)?.expect_it()?;
        holding.signal(signal)?;
        holding.rest.read_line(&mut holding.said)?;
        let (said, _) = Holding::new(at, "production", variables)?.end()?;
        if !said.contains("deploys staging") {
            return Err(format!("{signal:?}: {said}").into());
        }
        let (said, status) = holding.end()?;
        if !status.success() {
            return Err(format!("{signal:?}: {status}: {said}").into());
        }
        Holding::new(at, "production", variables)?
            .expect_it()?
            .end()?;
    }
    Ok(())
}

fn unreachable() -> Result<(), Failed> {
    let moto = Moto::start()?;
    let folder = in_bucket(moto.port)?;
    let variables = credentials(folder.path());
    let refuses = |variables: &[(&str, String)], wanted: &str| -> Result<(), Failed> {
        let (said, status) = Holding::new(folder.path(), "staging", variables)?.end()?;
        if said.contains(wanted) && status.code() == Some(7) {
            Ok(())
        } else {
            Err(format!("does not say {wanted:?}: {status}: {said}").into())
        }
    };
    refuses(&variables, "there is no bucket state")?;
    let nobody: Variables = variables
        .iter()
        .filter(|(name, _)| !name.contains("KEY"))
        .cloned()
        .collect();
    refuses(&nobody, "there are no AWS credentials")?;
    drop(moto);
    refuses(
        &variables,
        "the bucket state cannot be reached at the endpoint of the backend's settings",
    )
}

fn asked() -> Result<(), Failed> {
    let own = std::env::current_exe()?;
    for (typed, wanted) in [
        ("production\n", "confirmed"),
        (
            "prod\n",
            "confirmation: expected `production`, found `prod`",
        ),
        ("\n", "confirmation: expected `production`, found nothing"),
    ] {
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command"])
            // Standard streams that lead elsewhere: the terminal itself is asked.
            .arg(format!("'{}' </dev/null", own.display()))
            .arg("/dev/null")
            .env(CHILD, "confirm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = child.stdout.take().ok_or("no output")?;
        let mut said = String::new();
        let mut byte = [0];
        // Only what is asked for is answered.
        while !said.ends_with("ends it): ") && stdout.read(&mut byte)? == 1 {
            said.push(char::from(byte[0]));
        }
        if let Some(stdin) = &mut child.stdin {
            stdin.write_all(typed.as_bytes())?;
            stdin.flush()?;
        }
        stdout.read_to_string(&mut said)?;
        child.wait()?;
        if !said.contains("This changes production.") || !said.contains(wanted) {
            return Err(format!("{typed:?}: {said}").into());
        }
    }
    Ok(())
}

fn deploy(environment: &str) -> Deploy {
    Deploy {
        environment: environment.to_owned(),
        command: "apply".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        seconds: 3,
        result: Outcome::Applied,
        tool: "tofu 1.12.6".to_owned(),
        directory: ".".to_owned(),
        workspace: environment.to_owned(),
        state: None,
        resources: None,
        verdict: "passed".to_owned(),
        waivers: vec!["deletion-protection/resource-replaced at aws_x.y (ann)".to_owned()],
        changes: Some("1 to create".to_owned()),
        cost: Some("$9.71".to_owned()),
        head: None,
        plan: Some(format!("sha256:{}", "0".repeat(64))),
        bundle: None,
        configuration: None,
        policies: std::collections::BTreeMap::new(),
        partial: false,
        promoted: Default::default(),
        verifies: None,
        left_by: None,
        ancestry: None,
        project: None,
        root_module: None,
    }
}

fn histories() -> Result<(), Failed> {
    let folder = local()?;
    let history =
        |arguments: &[&str]| finish(tollgate(folder.path()).arg("history").args(arguments));
    history(&[])?.ends(0, &["history.jsonl: no deploys"])?;
    let place = place(folder.path(), "staging")?;
    for environment in ["staging", "production", "staging"] {
        history::append(&place, &deploy(environment)).map_err(|error| error.to_string())?;
    }
    let all = history(&[])?;
    all.ends(
        0,
        &["1970-01-01 00:00 UTC production applied (apply), 1 to create, waivers: 1"],
    )?;
    let one = history(&["-e", "prod"])?;
    one.ends(0, &["production applied"])?;
    if one.stdout.contains("staging") {
        return Err(one.to_string().into());
    }
    let json = history(&["--json"])?.json()?;
    let records = &json["histories"][0]["records"];
    let schema = finish(tollgate(folder.path()).args(["schema", "history"]))?.json()?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    for record in records.as_array().ok_or("no records")? {
        if let Some(error) = validator.iter_errors(record).next() {
            return Err(format!("{error} in {record}").into());
        }
    }
    let last = json["histories"][0]["last"].as_str().ok_or("no digest")?;
    history(&["--contains", last])?.ends(0, &[])?;
    let path = folder.path().join(".tollgate/history.jsonl");
    let text = fs::read_to_string(&path)?;
    let lines: Vec<&str> = text.lines().collect();
    // One line less at the end shows only beside a digest that somebody kept.
    fs::write(&path, format!("{}\n", lines[..2].join("\n")))?;
    history(&[])?.ends(0, &[])?;
    history(&["--contains", last])?.ends(2, &["no line has the digest"])?;
    fs::write(&path, format!("{}\n{}\n", lines[0], lines[2]))?;
    history(&[])?.ends(
        2,
        &["history.jsonl:2: the line does not follow the line before"],
    )
}

fn object_history() -> Result<(), Failed> {
    let (_moto, folder, variables) = bucket()?;
    // The library reads the variables of its process: another one appends.
    let history = |arguments: &[&str]| {
        let mut command = tollgate(folder.path());
        command.envs(variables.iter().map(|(name, value)| (*name, value)));
        finish(command.arg("history").args(arguments))
    };
    history(&[])?.ends(
        0,
        &["s3://state/media/terraform.tfstate.tollgate-history.jsonl: no deploys"],
    )?;
    // At once, and none is lost.
    let started: Vec<Child> = (0..4)
        .map(|_| Holding::start(folder.path(), "append", &variables))
        .collect::<Result<_, _>>()?;
    for child in started {
        let (said, status) = Holding::of(child)?.end()?;
        if !status.success() {
            return Err(said.into());
        }
    }
    let json = history(&["--json"])?;
    json.expect(0)?;
    let records = json.json()?["histories"][0]["records"]
        .as_array()
        .map(Vec::len);
    if records != Some(8) {
        return Err(format!("{records:?} of 8 lines: {json}").into());
    }
    Ok(())
}

fn short_names() -> Result<(), Failed> {
    let folder = local()?;
    let show = |name: &str| finish(tollgate(folder.path()).args(["env", "show", name]));
    for name in ["production", "prod", "prd"] {
        show(name)?.ends(0, &["production (protected)"])?;
    }
    finish(tollgate(folder.path()).args(["env", "diff", "stag", "prod"]))?
        .ends(0, &["staging production"])?;
    finish(tollgate(folder.path()).args(["env", "doctor", "-e", "stg"]))?.ends(0, &["staging"])?;
    show("dev")?.ends(2, &["`dev`"])?;
    // A name that means two is none.
    fs::write(
        folder.path().join("tollgate.toml"),
        "[environments.prod]\nworkspace = \"a\"\n[environments.production]\nworkspace = \"b\"\n",
    )?;
    show("prd")?.ends(2, &["`prd`"])?;
    show("prod")?.ends(0, &["workspace a"])
}

fn names_of_files() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    fs::create_dir(at.join(".git"))?;
    fs::create_dir(at.join("environments"))?;
    fs::write(
        at.join("main.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )?;
    for name in ["staging", "production"] {
        fs::write(at.join(format!("environments/{name}.tfvars")), "")?;
        fs::write(
            at.join(format!("environments/{name}.tfbackend")),
            format!("path = \"{name}.tfstate\"\n"),
        )?;
    }
    let run = |arguments: &[&str]| finish(tollgate(at).args(arguments));
    for name in ["production", "prod", "prd"] {
        run(&["env", "show", name])?.ends(0, &["production (protected)"])?;
    }
    for name in ["staging", "stg", "stag"] {
        let shown = run(&["env", "show", name, "--json"])?;
        shown.expect(0)?;
        let layout = shown.json()?;
        if layout["environment"] != "staging" || layout["protected"] != false {
            return Err(shown.to_string().into());
        }
    }
    // Any name of it is a word for it, and another's is none.
    for (name, code, said) in [
        ("production", 7, "expected `production`, found no terminal"),
        ("prod", 7, "in CI: `--confirm production`"),
    ] {
        run(&["deploy", name])?.ends(code, &[said])?;
    }
    let wrong = run(&["deploy", "prod", "--confirm", "staging"])?;
    wrong.ends(7, &["found `staging` (by --confirm)"])?;
    // A second file of a backend that is as much production's as the first.
    fs::write(
        at.join("backend-production.hcl"),
        "path = \"other.tfstate\"\n",
    )?;
    run(&["plan", "-e", "production"])?.ends(
        2,
        &["could be `environments/production.tfbackend` or `backend-production.hcl`"],
    )?;
    fs::remove_file(at.join("backend-production.hcl"))?;
    fs::write(
        at.join("backend-production-eu.hcl"),
        "path = \"other.tfstate\"\n",
    )?;
    run(&["env", "show", "production"])?.ends(0, &["production.tfbackend"])
}

/// A run without anything of whoever runs the tests, or of their CI.
fn alone(command: &mut Command, home: &Path) {
    for variable in [
        "TF_WORKSPACE",
        "TF_DATA_DIR",
        "TF_LOG",
        "TF_CLI_CONFIG_FILE",
        "GITHUB_REF",
        "GITHUB_SHA",
        "CI_COMMIT_BRANCH",
        "CI_COMMIT_SHA",
    ] {
        command.env_remove(variable);
    }
    command.env("HOME", home).env("CHECKPOINT_DISABLE", "1");
}

/// Whatever takes the secrets in whatever way, the tool goes to no other environment: not through a
/// launcher, not by a saved plan, and not by the file of a state.
fn exec_elsewhere(tool: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    fs::write(
        at.join("main.tf"),
        "resource \"terraform_data\" \"one\" {\n  input = terraform.workspace\n}\n",
    )?;
    fs::create_dir_all(at.join("elsewhere/app"))?;
    fs::write(
        at.join("elsewhere/app/main.tf"),
        "variable \"v\" {\n  default = 1\n}\n",
    )?;
    fs::write(
        at.join("tollgate.toml"),
        format!(
            "[environments.staging]\nworkspace = \"staging\"\n{SOURCE}[environments.production]\nworkspace = \"production\"\n{SOURCE}\
             [environments.live]\ndirectory = \"elsewhere/app\"\n{SOURCE}"
        ),
    )?;
    let direct = |line: &str| -> Result<(), Failed> {
        let mut command = Command::new(tool);
        alone(&mut command, at);
        finish(command.current_dir(at).args(line.split(' ')))?.expect(0)
    };
    let exec = |environment: &str, how: &[&str], launcher: &[&str], line: &str| {
        let mut command = tollgate(at);
        alone(&mut command, at);
        command
            .args(["exec", "-e", environment])
            .args(how)
            .arg("--");
        finish(command.args(launcher).arg(tool).args(line.split(' ')))
    };
    direct("init -input=false")?;
    direct("workspace new production")?;
    exec("production", &[], &[], "plan -input=false -out=p.bin")?.expect(0)?;
    exec("production", &[], &[], "apply -input=false p.bin")?.expect(0)?;
    exec(
        "production",
        &[],
        &[],
        "plan -input=false -out=p.bin -replace=terraform_data.one",
    )?
    .expect(0)?;
    let by_env: &[&str] = &["--env", "--prefix", "A_"];
    for (how, launcher) in [
        (&[][..], &[][..]),
        (by_env, &[]),
        (&["--fd", "3"], &[]),
        (by_env, &["env", "A=b"]),
        (by_env, &["timeout", "60"]),
    ] {
        exec("staging", how, launcher, "apply -auto-approve")?.ends(
            125,
            &["workspace: expected `staging`", "found `production`"],
        )?;
    }
    let mut command = tollgate(at);
    alone(&mut command, at);
    command
        .args(["exec", "-e", "staging", "--tofu", "--", "env"])
        .arg(tool);
    finish(command.args(["apply", "-auto-approve"]))?.ends(125, &["is no subcommand of theirs"])?;
    direct("workspace new staging")?;
    exec("staging", &[], &[], "apply -input=false p.bin")?.ends(
        125,
        &[
            "plan: expected a plan of `staging`",
            "made for workspace `production`",
            "plan -out=p.bin",
        ],
    )?;
    let state = "terraform.tfstate.d/production/terraform.tfstate";
    let whole = fs::read(at.join(state))?;
    for line in [
        "show STATE",
        "state push -force STATE",
        "plan -input=false -out=STATE",
        "plan -input=false -out STATE",
    ] {
        exec("staging", &[], &[], &line.replace("STATE", state))?.ends(
            125,
            &[
                "state: expected none but `staging`'s",
                "that of `production`",
            ],
        )?;
    }
    let own = "plan -input=false -out=terraform.tfstate.d/staging/terraform.tfstate";
    exec("staging", &[], &[], own)?.ends(125, &["a file of its own for the plan"])?;
    if fs::read(at.join(state))? != whole {
        return Err("production's state was touched".into());
    }
    // Its own are nobody else's.
    exec("staging", &[], &[], "plan -input=false -out=s.bin")?.expect(0)?;
    exec("staging", by_env, &["env"], "apply -input=false s.bin")?.expect(0)?;
    exec(
        "staging",
        &[],
        &[],
        "show terraform.tfstate.d/staging/terraform.tfstate",
    )?
    .expect(0)?;
    // What runs the tool by itself, in another environment's root module.
    let mut command = tollgate(&at.join("elsewhere/app"));
    alone(&mut command, at);
    command.args([
        "exec", "-e", "staging", "--env", "--prefix", "TF_VAR_", "--", "sh", "-c", "true",
    ]);
    finish(&mut command)?.ends(125, &["root module: expected", "that of `live`"])
}

/// Secrets that need no key.
const SOURCE: &str = "secrets = { variables = [\"PATH\"], other-keys = [\"PATH\"] }\n";

fn exec(tool: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let write = |path: &str, text: &str| -> Result<(), Failed> {
        let path = at.join(path);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        Ok(fs::write(path, text)?)
    };
    write(
        "main.tf",
        "terraform {\n  backend \"local\" {}\n}\nresource \"terraform_data\" \"one\" {}\noutput \"o\" {\n  value = terraform.workspace\n}\n",
    )?;
    write("other/main.tf", "output \"o\" {\n  value = 1\n}\n")?;
    write("production/main.tf", "output \"o\" {\n  value = 1\n}\n")?;
    write(
        "tollgate.toml",
        &format!(
            "[environments.staging]\ndirectory = \".\"\nworkspace = \"staging\"\nbackend-config = [\"path=staging.tfstate\"]\nbranches = [\"main\"]\nclean-tree = true\n{SOURCE}\
             [environments.production]\ndirectory = \"production\"\n{SOURCE}"
        ),
    )?;
    write(".gitignore", ".terraform*\n*.tfstate*\n*.bin\n")?;
    let git = |arguments: &[&str]| git(at, arguments);
    git(&["init", "-q"])?;
    git(&["add", "."])?;
    git(&["commit", "-qm", "one"])?;
    let direct = |line: &str| -> Result<(), Failed> {
        let mut command = Command::new(tool);
        alone(&mut command, at);
        let done = command.current_dir(at).args(line.split(' ')).output()?;
        if done.status.success() {
            Ok(())
        } else {
            Err(format!("{line}: {done:?}").into())
        }
    };
    let name = tool
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or("no name")?;
    let exec = |directory: &str, environment: &str, line: &str, variables: &[(&str, &str)]| {
        let mut command = tollgate(&at.join(directory));
        alone(&mut command, at);
        command.envs(variables.iter().copied());
        command.args(["exec", "-e", environment, "--"]).arg(tool);
        finish(command.args(line.split(' ')))
    };
    let refuses = |line: &str, wanted: &[&str]| -> Result<(), Failed> {
        exec("", "staging", line, &[])?.ends(125, wanted)
    };

    direct("init -input=false -backend-config=path=production.tfstate")?;
    let select = format!("`{name} workspace select staging`");
    let workspace = "workspace: expected `staging` (tollgate.toml:3), found `default`";
    let backend = "backend: expected path `staging.tfstate`, found path `production.tfstate`";
    // All that is wrong at once, before any tool runs.
    refuses(
        "plan",
        &[
            workspace,
            &select,
            backend,
            &format!("`{name} init -reconfigure`"),
        ],
    )?;
    refuses("apply -auto-approve", &[workspace, backend])?;
    refuses("output", &[workspace, backend])?;
    refuses("state list", &[workspace])?;
    // What touches no state is nobody's business.
    exec("", "staging", "validate", &[])?.ends(0, &[])?;
    direct("init -input=false -reconfigure -backend-config=path=staging.tfstate")?;
    refuses("plan", &[workspace])?;
    exec("", "staging", "workspace new staging", &[])?.ends(0, &[])?;
    exec("", "staging", "plan -input=false", &[])?.ends(0, &["1 to add"])?;
    exec(
        "",
        "staging",
        "plan -input=false",
        &[("TF_WORKSPACE", "production")],
    )?
    .ends(
        125,
        &[
            "found `production` (by TF_WORKSPACE)",
            "`unset TF_WORKSPACE`",
        ],
    )?;
    exec("", "stag", "apply -auto-approve -input=false", &[])?.ends(0, &["o = \"staging\""])?;
    // In another environment's directory, in nobody's, and in one's own from elsewhere.
    let foreign = "found `.`, which is that of `production`";
    exec("production", "staging", "plan", &[])?
        .ends(125, &["root module: expected", foreign, "-e production"])?;
    refuses(
        "-chdir=production plan",
        &[
            "root module: expected `.`",
            "found `production`, which is that of `production`",
        ],
    )?;
    // A root module that is nobody's in particular is everybody's.
    let shared = tempfile::tempdir()?;
    fs::copy(at.join("other/main.tf"), shared.path().join("main.tf"))?;
    fs::write(
        shared.path().join("tollgate.toml"),
        format!(
            "[environments.staging]\nworkspace = \"default\"\n[environments.production]\n{SOURCE}"
        ),
    )?;
    let shared = shared.path().display().to_string();
    exec(&shared, "prod", "plan -input=false", &[])?.ends(0, &[])?;
    direct("-chdir=other init -input=false")?;
    exec("other", "staging", "plan -input=false", &[])?.ends(0, &[])?;
    let chdir = format!("-chdir={} output", at.display());
    exec("other", "staging", &chdir, &[])?.ends(0, &["staging"])?;

    // Where one is checked out decides about changes only.
    git(&["checkout", "-qb", "feature"])?;
    let branch = "branch: expected `main` (tollgate.toml:5), found `feature`";
    exec("", "staging", "plan -input=false", &[])?.ends(0, &[])?;
    refuses("apply -auto-approve", &[branch])?;
    refuses("state rm terraform_data.one", &[branch])?;
    exec("", "staging", "state list", &[])?.ends(0, &["terraform_data.one"])?;
    git(&["checkout", "-q", "main"])?;
    write("new.tf", "")?;
    refuses(
        "destroy -auto-approve",
        &[
            "working tree: expected nothing uncommitted (tollgate.toml:6), found changes in `new.tf`",
        ],
    )?;
    fs::remove_file(at.join("new.tf"))?;
    git(&["checkout", "-q", "--detach"])?;
    refuses(
        "apply -auto-approve",
        &["branch: expected `main`", "of no branch"],
    )?;
    let head = git(&["rev-parse", "HEAD"])?;
    let ci = |sha: &'static str| [("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", sha)];
    exec("", "staging", "apply -auto-approve", &ci("0000"))?
        .ends(125, &["GITHUB_REF says `main` for commit `0000`"])?;
    let right = [
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SHA", head.trim()),
    ];
    exec("", "staging", "apply -auto-approve -input=false", &right)?.ends(0, &[])
}

fn account() -> Result<(), Failed> {
    let moto = Moto::start()?;
    let tool: PathBuf = program("tofu").ok_or("the tool is missing")?;
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(
        folder.path().join("main.tf"),
        "output \"o\" {\n  value = 1\n}\n",
    )?;
    for (account, variables, code, wanted) in [
        ("123456789012", true, 0, "o = 1"),
        (
            "210987654321",
            true,
            125,
            "AWS account: expected `210987654321` (tollgate.toml:2), found `123456789012` as `arn:aws:sts::123456789012:user/moto`",
        ),
        (
            "123456789012",
            false,
            125,
            "found none that can be asked: there are no AWS credentials",
        ),
    ] {
        let toml = format!("[environments.staging]\naws-account = \"{account}\"\n{SOURCE}");
        fs::write(folder.path().join("tollgate.toml"), toml)?;
        let mut command = tollgate(folder.path());
        for variable in [
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_SESSION_TOKEN",
            "TF_CLI_CONFIG_FILE",
        ] {
            command.env_remove(variable);
        }
        for (name, value) in credentials(folder.path()) {
            if variables || !name.contains("KEY") {
                command.env(name, value);
            } else {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", folder.path())
            .env(
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", moto.port),
            )
            .args(["exec", "-e", "staging", "--"])
            .arg(&tool);
        let ran = finish(command.args(["plan", "-input=false"]))?;
        ran.ends(code, &[wanted])?;
        if code != 0 && ran.stdout.contains("o =") {
            return Err(ran.to_string().into());
        }
    }
    Ok(())
}
