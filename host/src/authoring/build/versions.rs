//! Compilers that are too old: what they say of it is rarely that they are.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::on_path;
use crate::authoring::language::Language;

/// A program, and the oldest of it that builds what a new policy begins with.
struct Needed {
    /// What it is called.
    title: &'static str,
    /// What says its version, and how it is asked.
    program: &'static str,
    asked: &'static [&'static str],
    /// The oldest that will do.
    least: [u32; 2],
    /// How to get it.
    install: &'static str,
}

const NODE: &[Needed] = &[Needed {
    title: "Node.js",
    program: "node",
    asked: &["--version"],
    least: [20, 0],
    install: "https://nodejs.org/, or `nvm install 20`",
}];

fn needed(language: Language) -> &'static [Needed] {
    match language {
        Language::Rust => &[Needed {
            title: "Rust",
            program: "rustc",
            asked: &["--version"],
            least: [1, 85],
            install: "`rustup update stable`",
        }],
        Language::Go => &[Needed {
            title: "Go",
            program: "go",
            asked: &["version"],
            least: [1, 21],
            install: "https://go.dev/dl/",
        }],
        Language::C => &[Needed {
            title: "clang",
            program: "clang",
            asked: &["--version"],
            least: [11, 0],
            install: "`apt install clang lld`, or the WASI SDK, with CC naming its clang",
        }],
        Language::TypeScript | Language::AssemblyScript => NODE,
        Language::Python => &[Needed {
            title: "componentize-py",
            program: "componentize-py",
            asked: &["--version"],
            least: [0, 25],
            install: "`pip install -r requirements.txt`",
        }],
        Language::Zig => &[Needed {
            title: "Zig",
            program: "zig",
            asked: &["version"],
            least: [0, 13],
            install: "`pip install ziglang==0.15.1`",
        }],
        Language::Java => &[
            Needed {
                title: "the JDK",
                program: "javac",
                asked: &["-version"],
                least: [11, 0],
                install: "`apt install default-jdk-headless`, or https://adoptium.net/",
            },
            Needed {
                title: "Maven",
                program: "mvn",
                asked: &["--version"],
                least: [3, 6],
                install: "https://maven.apache.org/install.html",
            },
        ],
    }
}

/// Says which program of a language is too old, and how to get a newer one. `compiler` is the one that
/// was run.
pub(super) fn too_old(language: Language, compiler: &Path) -> Option<String> {
    needed(language).iter().find_map(|needed| {
        let name = compiler.file_name().and_then(|name| name.to_str());
        let program = match name.is_some_and(|name| name.starts_with(needed.program)) {
            true => compiler.to_owned(),
            false => place_beside(needed.program)?,
        };
        let output = Command::new(program)
            .args(needed.asked)
            .stdin(Stdio::null())
            .output()
            .ok()?;
        // Old versions of javac tell theirs on standard error.
        let said = [output.stdout, output.stderr].concat();
        let found = version(&String::from_utf8_lossy(&said))?;
        (found < needed.least).then(|| {
            let [major, minor] = found;
            let [least, least_minor] = needed.least;
            let least = match least_minor {
                0 => least.to_string(),
                minor => format!("{least}.{minor}"),
            };
            format!(
                "this is version {major}.{minor} of {}, and {least} or newer is needed: {}",
                needed.title, needed.install
            )
        })
    })
}

/// Where a program is that the compiler runs by itself: of the JDK what `JAVA_HOME` names, as Maven does. A
/// compiler that did not run is not to blame.
fn place_beside(program: &str) -> Option<PathBuf> {
    if !["node", "rustc", "javac"].contains(&program) {
        return None;
    }
    let home = std::env::var_os("JAVA_HOME").filter(|_| program == "javac");
    let named = home.map(|home| Path::new(&home).join("bin/javac"));
    named
        .filter(|path| path.is_file())
        .or_else(|| on_path(program))
}

/// The first two numbers with a dot between them; Java 8 calls itself 1.8.
fn version(text: &str) -> Option<[u32; 2]> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c)).find_map(|word| {
        let mut numbers = word.split('.').map(str::parse);
        match (numbers.next()?, numbers.next()?) {
            (Ok(major), Ok(minor)) => Some([major, minor]),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_compilers_say_of_themselves_is_understood() {
        for (said, found) in [
            ("go version go1.18.1 linux/amd64\n", Some([1, 18])),
            ("v12.22.9\n", Some([12, 22])),
            ("rustc 1.63.0 (4b91a6ea7 2022-08-08)", Some([1, 63])),
            ("javac 1.8.0_392", Some([1, 8])),
            ("componentize-py 0.13.5", Some([0, 13])),
            ("0.12.0\n", Some([0, 12])),
            ("Debian clang version 14.0.6\nTarget: x86_64", Some([14, 0])),
            (
                "Apache Maven 3.3.9 (bb52d8502b132ec0a5a3f4c09453c07478323dc5)",
                Some([3, 3]),
            ),
            ("go version devel", None),
            ("", None),
        ] {
            assert_eq!(version(said), found, "{said}");
        }
    }
}
