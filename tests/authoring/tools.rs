//! Compilers: those that are too old, and what those say that are not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use super::has;
use crate::cli::{run, tollgate};

/// Whether Python has a Zig.
pub(super) fn has_ziglang() -> bool {
    Command::new("python3")
        .args(["-c", "import ziglang"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Writes a program that runs this.
fn program(path: &Path, script: &str) -> Result<(), Failed> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, format!("#!/bin/sh\n{script}\n"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// A compiler that says its version, and otherwise refuses without a word of it.
fn old(path: &Path, asked: &str, version: &str) -> Result<(), Failed> {
    let script = format!(
        "if [ \"$*\" = '{asked}' ]; then echo '{version}'; exit 0; fi\necho 'no such thing' >&2; exit 3"
    );
    program(path, &script)
}

pub(super) fn too_old() -> Result<(), Failed> {
    for (language, told) in [
        (
            "go",
            "this is version 1.18 of Go, and 1.21 or newer is needed: https://go.dev/dl/",
        ),
        (
            "python",
            "this is version 0.13 of componentize-py, and 0.25 or newer is needed",
        ),
        (
            "zig",
            "this is version 0.11 of Zig, and 0.13 or newer is needed",
        ),
        (
            "c",
            "this is version 9.0 of clang, and 11 or newer is needed",
        ),
        (
            "typescript",
            "this is version 12.22 of Node.js, and 20 or newer is needed",
        ),
        (
            "assemblyscript",
            "this is version 12.22 of Node.js, and 20 or newer is needed",
        ),
        (
            "java",
            "this is version 1.8 of the JDK, and 11 or newer is needed",
        ),
        (
            "rust",
            "this is version 1.63 of Rust, and 1.85 or newer is needed",
        ),
    ] {
        let folder = tempfile::tempdir()?;
        let tools = folder.path().join("bin");
        for (name, asked, version) in [
            ("go", "version", "go version go1.18.1 linux/amd64"),
            ("componentize-py", "--version", "componentize-py 0.13.5"),
            ("zig", "version", "0.11.0"),
            ("clang", "--version", "clang version 9.0.1"),
            ("node", "--version", "v12.22.9"),
            ("javac", "-version", "javac 1.8.0_392"),
            ("mvn", "--version", "Apache Maven 3.8.7"),
            ("cargo", "--version", "cargo 1.63.0"),
        ] {
            old(&tools.join(name), asked, version)?;
        }
        // It has the target, and so it is the one that is used.
        let target = folder
            .path()
            .join("sysroot/lib/rustlib/wasm32-unknown-unknown");
        fs::create_dir_all(&target)?;
        program(
            &tools.join("rustc"),
            &format!(
                "case \"$*\" in\n'--print sysroot') echo '{}';;\n--version) echo 'rustc 1.63.0 (4b91a6ea7 2022-08-08)';;\n*) exit 3;;\nesac",
                folder.path().join("sysroot").display()
            ),
        )?;
        run(tollgate(folder.path()).args(["policy", "new", "mine", "--lang", language]))?
            .expect(0)?;
        for name in ["tsc", "asc", "componentize-js"] {
            let path = folder.path().join("mine/node_modules/.bin").join(name);
            program(&path, "echo 'no such thing' >&2; exit 3")?;
        }
        let built = run(tollgate(folder.path())
            .args(["policy", "build", "mine"])
            .env("PATH", &tools)
            .env("CC", tools.join("clang"))
            .env_remove("JAVA_HOME"))?;
        built.expect(2)?;
        has(&built, &["no such thing"])?;
        built.says(told)?;
    }
    Ok(())
}

/// What a compiler says where it builds a policy is heard only with `--verbose`.
pub(super) fn silent() -> Result<(), Failed> {
    let folder = super::told(r#"{"evaluation":{"findings":[]}}"#, super::CASE)?;
    let made = folder.path();
    let module = made.join("made.wasm");
    fs::rename(made.join("policy.wasm"), &module)?;
    fs::write(made.join("go.mod"), "module told\n")?;
    let tools = made.join("bin");
    // `go build … -o FILE .`
    let script = format!(
        "echo 'a warning of the compiler' >&2\nwhile [ \"$1\" != -o ]; do shift; done\n/bin/cp '{}' \"$2\"",
        module.display()
    );
    program(&tools.join("go"), &script)?;
    for (arguments, heard) in [
        (vec![], false),
        (vec!["--verbose"], true),
        (vec!["-v"], true),
    ] {
        let built = run(tollgate(made)
            .args(["policy", "build"])
            .args(&arguments)
            .env("PATH", &tools))?;
        built.expect(0)?;
        if built.stderr.contains("a warning of the compiler") != heard {
            return Err(format!("{arguments:?}:\n{built}").into());
        }
    }
    Ok(())
}
