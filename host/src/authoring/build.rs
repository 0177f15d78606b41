//! Builds a policy with the compiler of its language. Nothing is downloaded here: what is missing is
//! named, with the command that installs it.

mod versions;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tollgate_model::error::UserError;

use super::language::{ALL, Language};
use crate::diagnostic::quoted;
use crate::sandbox::pack::{PackError, pack};

/// How much of what a compiler says is shown, in bytes.
const MAX_SAID: usize = 64 << 10;

/// The largest module that is read, in bytes: the most that can be configured.
const MAX_MODULE: u64 = 128 << 20;

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Nothing in the folder says which language it is.
    #[error("{} is no folder of a policy: it has none of {}", quoted(.0), signs())]
    NoLanguage(String),
    /// A program is missing.
    #[error("a policy in {language} is built with {program}, which is not here")]
    Missing {
        /// The language.
        language: &'static str,
        /// The program.
        program: &'static str,
        /// How to install it.
        install: &'static str,
    },
    /// A program cannot be run.
    #[error("cannot run {program}: {cause}")]
    Run {
        /// The program.
        program: String,
        /// From the operating system.
        cause: io::Error,
    },
    /// The compiler has found something.
    #[error("{program} failed: {status}")]
    Failed {
        /// The program and its first argument.
        program: String,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
        /// What to do, where that is known.
        help: Option<String>,
    },
    /// The compiler ended well, and wrote no module.
    #[error("the compiler wrote no module: {0}")]
    NoModule(io::Error),
    /// What the compiler wrote is no policy.
    #[error("what the compiler wrote cannot be packed: {0}")]
    Pack(PackError),
}

fn signs() -> String {
    let signs = ALL.map(|language| language.spec().sign);
    crate::diagnostic::listed(signs)
}

impl UserError for BuildError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoLanguage(_) => {
                Some("begin one: tollgate policy new NAME --lang LANGUAGE".to_owned())
            }
            Self::Missing { install, .. } => Some((*install).to_owned()),
            Self::Failed { help, .. } => help.clone(),
            Self::Pack(_) => {
                Some("export the world `policy` of wit/policy.wit, and import nothing".to_owned())
            }
            Self::Run { .. } | Self::NoModule(_) => None,
        }
    }

    fn said(&self) -> Option<&str> {
        match self {
            Self::Failed { said, .. } if !said.is_empty() => Some(said),
            _ => None,
        }
    }
}

/// Tells the language of the policy in a folder.
///
/// # Errors
/// When nothing says so.
pub fn detect(folder: &Path) -> Result<Language, BuildError> {
    let is = |language: &&Language| folder.join(language.spec().sign).is_file();
    let found = ALL.iter().find(is).copied();
    found.ok_or_else(|| BuildError::NoLanguage(folder.display().to_string()))
}

/// Builds the policy in a folder, and returns its module. `heard` is told what a compiler says where it
/// has built it; what it says where it refuses is part of the error.
///
/// # Errors
/// When a compiler is missing, or refuses.
pub fn build(
    folder: &Path,
    language: Language,
    heard: &dyn Fn(&str),
) -> Result<Vec<u8>, BuildError> {
    // Compilers run in the folder, and so are told absolute paths.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let scratch = tempfile::tempdir().map_err(BuildError::NoModule)?;
    let output = scratch.path().join("policy.wasm");
    let place = Place {
        folder: &folder,
        output: &output,
        scratch: scratch.path(),
        language,
        heard,
    };
    match language {
        Language::Rust => return rust(&place),
        Language::Go => go(&place)?,
        Language::C => c(&place)?,
        Language::TypeScript => typescript(&place)?,
        Language::Python => python(&place)?,
        Language::Zig => zig(&place)?,
        Language::AssemblyScript => assemblyscript(&place)?,
        Language::Java => return java(&place),
    }
    read(&output)
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    super::run::read(path, MAX_MODULE).map_err(BuildError::NoModule)
}

/// Where a policy is built.
struct Place<'p> {
    folder: &'p Path,
    output: &'p Path,
    scratch: &'p Path,
    language: Language,
    heard: &'p dyn Fn(&str),
}

impl Place<'_> {
    fn missing(&self, program: &'static str, install: &'static str) -> BuildError {
        BuildError::Missing {
            language: self.language.spec().title,
            program,
            install,
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder);
        command
    }

    /// A program that the package manager of Node.js put into the folder.
    fn of_node(&self, program: &'static str) -> Result<PathBuf, BuildError> {
        let path = self.folder.join("node_modules/.bin").join(program);
        if !path.exists() {
            let install = "install what package.json names: npm install";
            return Err(self.missing(program, install));
        }
        if on_path("node").is_none() {
            return Err(self.missing(
                "Node.js",
                "install Node.js 20 or newer: https://nodejs.org/",
            ));
        }
        Ok(path)
    }
}

/// Finds a program where the shell would.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Runs a compiler to its end.
fn run(place: &Place<'_>, command: &mut Command, help: Option<&str>) -> Result<(), BuildError> {
    let program = Path::new(command.get_program()).to_owned();
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let first = command.get_args().next().unwrap_or_default();
    let shown = format!("{name} {}", first.to_string_lossy());
    let shown = shown.trim_end().to_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| BuildError::Run {
            program: shown.clone(),
            cause,
        })?;
    let said = [output.stdout, output.stderr].concat();
    let said = said.get(..MAX_SAID.min(said.len())).unwrap_or_default();
    let said = String::from_utf8_lossy(said).trim_end().to_owned();
    if output.status.success() {
        (place.heard)(&said);
        return Ok(());
    }
    Err(BuildError::Failed {
        program: shown,
        status: output.status.to_string(),
        said,
        help: versions::too_old(place.language, &program).or_else(|| help.map(str::to_owned)),
    })
}

fn go(place: &Place<'_>) -> Result<(), BuildError> {
    let go = on_path("go")
        .ok_or_else(|| place.missing("go", "install Go 1.21 or newer: https://go.dev/dl/"))?;
    run(
        place,
        place
            .command(&go)
            .args(["build", "-trimpath", "-buildvcs=false"])
            .args(["-ldflags=-s -w -buildid=", "-o"])
            .arg(place.output)
            .arg(".")
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .env("CGO_ENABLED", "0")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local"),
        None,
    )
}

/// Zig itself, or the one that Python's package `ziglang` brings.
fn zig_command(place: &Place<'_>) -> Option<Command> {
    let mut command = match on_path("zig") {
        Some(zig) => place.command(&zig),
        None => {
            let python = on_path("python3")?;
            let is_there = Command::new(&python)
                .args(["-c", "import ziglang"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success());
            if !is_there {
                return None;
            }
            let mut command = place.command(&python);
            command.args(["-m", "ziglang"]);
            command
        }
    };
    command.env("ZIG_LOCAL_CACHE_DIR", place.scratch.join("zig"));
    Some(command)
}

fn zig(place: &Place<'_>) -> Result<(), BuildError> {
    let mut zig = zig_command(place).ok_or_else(|| {
        place.missing(
            "zig",
            "install Zig, for instance with: pip install ziglang==0.15.1",
        )
    })?;
    let mut output = OsString::from("-femit-bin=");
    output.push(place.output);
    run(
        place,
        zig.args(["build-exe", "policy.zig", "-target", "wasm32-wasi"])
            .args(["-O", "ReleaseSafe", "-fstrip"])
            .arg(output),
        None,
    )
}

fn c(place: &Place<'_>) -> Result<(), BuildError> {
    let mut sources: Vec<PathBuf> = fs::read_dir(place.folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .filter_map(|path| path.file_name().map(PathBuf::from))
        .collect();
    sources.sort();
    // Debian's wasi-libc is where the cross compiler does not look by itself.
    let debian = Path::new("/usr/lib/wasm32-wasi").is_dir();
    let given = std::env::var_os("CC").map(PathBuf::from);
    let clang = given.or_else(|| on_path("clang").filter(|_| debian));
    let mut command = match clang {
        Some(clang) => {
            let mut command = place.command(&clang);
            command.arg("--target=wasm32-wasi");
            if debian {
                command.args(["--sysroot=/", "-isystem", "/usr/include/wasm32-wasi"]);
                command.arg("-L/usr/lib/wasm32-wasi");
            }
            command
        }
        None => {
            let mut command = zig_command(place).ok_or_else(|| {
                place.missing(
                    "clang with wasi-libc",
                    "on Debian: apt install clang lld wasi-libc libclang-rt-dev-wasm32; or the WASI SDK, with CC naming its clang; or Zig: pip install ziglang==0.15.1",
                )
            })?;
            command.args(["cc", "-target", "wasm32-wasi"]);
            command
        }
    };
    run(
        place,
        command
            .args(["-std=c11", "-Wall", "-Wextra", "-O2", "-s", "-o"])
            .arg(place.output)
            .args(sources),
        None,
    )
}

fn typescript(place: &Place<'_>) -> Result<(), BuildError> {
    let source = if place.folder.join("tsconfig.json").is_file() {
        run(place, &mut place.command(&place.of_node("tsc")?), None)?;
        "build/policy.js"
    } else {
        "policy.js"
    };
    // What is disabled would be imported, and a policy may import nothing.
    run(
        place,
        place
            .command(&place.of_node("componentize-js")?)
            .arg(source)
            .args(["-w", "wit", "-n", "policy"])
            .args([
                "-d",
                "stdio",
                "random",
                "clocks",
                "http",
                "fetch-event",
                "-o",
            ])
            .arg(place.output),
        None,
    )
}

fn python(place: &Place<'_>) -> Result<(), BuildError> {
    let own = place.folder.join(".venv/bin/componentize-py");
    let program = Some(own)
        .filter(|path| path.is_file())
        .or_else(|| on_path("componentize-py"))
        .ok_or_else(|| {
            place.missing(
                "componentize-py",
                "install it, with Python 3.9 or newer: pip install -r requirements.txt",
            )
        })?;
    run(
        place,
        place
            .command(&program)
            .args([
                "-d",
                "wit",
                "-w",
                "policy",
                "componentize",
                "-s",
                "app",
                "-o",
            ])
            .arg(place.output),
        None,
    )
}

fn assemblyscript(place: &Place<'_>) -> Result<(), BuildError> {
    run(
        place,
        place
            .command(&place.of_node("asc")?)
            .args(["policy.ts", "--config", "asconfig.json", "-o"])
            .arg(place.output),
        None,
    )
}

/// Runs Maven, which has TeaVM compile what javac made. What neither fetches is fetched once by hand.
fn java(place: &Place<'_>) -> Result<Vec<u8>, BuildError> {
    const JDK: &str = "install a JDK, 11 or newer: on Debian: apt install default-jdk-headless; or https://adoptium.net/";
    let maven = on_path("mvn").ok_or_else(|| {
        place.missing(
            "mvn",
            "install Maven: on Debian: apt install maven; or https://maven.apache.org/install.html",
        )
    })?;
    let home = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let has_compiler = home.is_some_and(|home| home.join("bin/javac").is_file());
    if !has_compiler && on_path("javac").is_none() {
        return Err(place.missing("javac", JDK));
    }
    let output = place.folder.join("target/wasm/policy.wasm");
    // What an earlier build left would pass for what this one wrote.
    match fs::remove_file(&output) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(BuildError::NoModule(error));
        }
        _ => {}
    }
    run(
        place,
        place
            .command(&maven)
            .args(["package", "--offline", "--batch-mode", "--quiet"])
            .arg("-Dstyle.color=never"),
        Some("if Maven cannot find what pom.xml names, have it fetched once: mvn package"),
    )?;
    read(&output)
}

/// The target that components are built for.
const TARGET: &str = "wasm32-unknown-unknown";

fn rust(place: &Place<'_>) -> Result<Vec<u8>, BuildError> {
    const INSTALL: &str = "install Rust with rustup, https://rustup.rs, then: rustup target add wasm32-unknown-unknown; or on Debian: apt install rustc-web cargo-web rust-web-src";
    let sysroot = on_path("rustc").and_then(|rustc| {
        let output = Command::new(rustc).args(["--print", "sysroot"]).output();
        let text = String::from_utf8(output.ok()?.stdout).ok()?;
        Some(PathBuf::from(text.trim()))
    });
    let has_target =
        sysroot.is_some_and(|sysroot| sysroot.join("lib/rustlib").join(TARGET).is_dir());
    let mut command = match on_path("cargo").filter(|_| has_target) {
        Some(cargo) => {
            let mut command = place.command(&cargo);
            command.arg("build");
            command
        }
        None if DEBIAN.iter().all(|file| Path::new(file).exists()) => debian_cargo(place),
        None => return Err(place.missing("cargo and the target wasm32-unknown-unknown", INSTALL)),
    };
    run(
        place,
        command
            .args(["--release", "--quiet", "--offline", "--target", TARGET])
            .arg("--target-dir")
            .arg(place.folder.join("target")),
        Some("if a crate is missing, fetch what Cargo.toml names: cargo fetch"),
    )?;
    let folder = place.folder.join("target").join(TARGET).join("release");
    let mut modules: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    modules.sort();
    let (_, newest) = modules
        .pop()
        .ok_or_else(|| BuildError::NoModule(io::ErrorKind::NotFound.into()))?;
    pack(&read(&newest)?).map_err(BuildError::Pack)
}

/// What Debian's packages cargo-web, rustc-web and rust-web-src bring.
const DEBIAN: [&str; 3] = [
    "/usr/bin/cargo",
    "/usr/bin/rustc",
    "/usr/lib/rustlib/src/rust/library",
];

/// Debian's cargo, which builds the standard library itself, with the linker of rustup's toolchain
/// where that has one.
fn debian_cargo(place: &Place<'_>) -> Command {
    let mut command = place.command(Path::new("/usr/bin/cargo"));
    let mut path = vec![PathBuf::from("/usr/bin")];
    let outside = std::env::var_os("PATH").unwrap_or_default();
    path.extend(std::env::split_paths(&outside));
    if let Some(linker) = rustup_linker() {
        path.push(linker);
    }
    if let Ok(path) = std::env::join_paths(path) {
        command.env("PATH", path);
    }
    command
        .args(["build", "-Z", "build-std=std,panic_abort"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .env("RUSTC_BOOTSTRAP", "1");
    command
}

/// The folder of the linker that rustup's toolchain brings.
fn rustup_linker() -> Option<PathBuf> {
    let rustc = on_path("rustc")?;
    let ask = |arguments: &[&str]| {
        let output = Command::new(&rustc).args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let sysroot = ask(&["--print", "sysroot"])?;
    let about = ask(&["-vV"])?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "))?;
    let folder = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin");
    folder.is_dir().then_some(folder)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::scaffold::files;
    use super::*;

    #[test]
    fn what_a_new_policy_is_made_of_says_its_language() {
        for language in ALL {
            let folder = tempfile::tempdir().unwrap();
            for (path, text) in files("mine", language) {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            assert_eq!(detect(folder.path()).unwrap(), language);
        }
        let empty = tempfile::tempdir().unwrap();
        let error = detect(empty.path()).unwrap_err();
        assert!(error.to_string().contains("`go.mod`"), "{error}");
    }
}
