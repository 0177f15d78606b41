//! The languages that policies are written in here: what a new one begins with, and how it is built.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Rust, as a component
    Rust,
    /// Go, as a WASI command
    Go,
    /// C, as a WASI command
    C,
    /// TypeScript, as a component
    #[value(name = "typescript")]
    TypeScript,
    /// Python, as a component
    Python,
    /// Zig, as a WASI command
    Zig,
    /// AssemblyScript, as a WASI command
    #[value(name = "assemblyscript")]
    AssemblyScript,
    /// Java with TeaVM, as a WASI command
    Java,
}

/// What is to be known of a language.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What it is called.
    pub title: &'static str,
    /// The file that has the policy.
    pub source: &'static str,
    /// What has to be there, as a sentence.
    pub needs: &'static str,
    /// How GitHub's machines come to have it: steps of a job.
    pub setup: &'static str,
    /// Path and text of every file that is its own.
    pub files: &'static [(&'static str, &'static str)],
    /// A file that says that a folder is of this language.
    pub sign: &'static str,
}

/// The contract, for components.
const CONTRACT: &str = include_str!("../../../policies/wit/policy.wit");

/// Every language, in the order in which folders are looked at: the signs of the first are surer.
pub const ALL: [Language; 8] = [
    Language::AssemblyScript,
    Language::TypeScript,
    Language::Rust,
    Language::Go,
    Language::Java,
    Language::Python,
    Language::Zig,
    Language::C,
];

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../../templates/", $path))
    };
}

/// What is published for a language as a package of its own, of which a new policy has a copy.
macro_rules! helper {
    ($path:literal) => {
        include_str!(concat!("../../../policies/helpers/", $path))
    };
}

/// What a new policy has in every language.
pub const SHARED: [(&str, &str); 5] = [
    ("tests/cases.toml", template!("shared/cases.toml")),
    ("tollgate.toml", template!("shared/tollgate.toml")),
    ("README.md", template!("shared/README.md")),
    ("ci.yml", template!("shared/ci.yml")),
    (".gitignore", template!("shared/gitignore")),
];

impl Language {
    /// What is to be known of it.
    #[must_use]
    pub fn spec(self) -> Spec {
        match self {
            Self::Rust => Spec {
                title: "Rust",
                source: "src/lib.rs",
                needs: "It needs Rust 1.85 or newer, `rustup target add wasm32-unknown-unknown`, and `cargo fetch` once.",
                setup: "      - run: rustup target add wasm32-unknown-unknown && cargo fetch",
                files: &[
                    ("Cargo.toml", template!("rust/Cargo.toml.template")),
                    ("src/lib.rs", template!("rust/lib.rs")),
                    ("wit/policy.wit", CONTRACT),
                ],
                sign: "Cargo.toml",
            },
            Self::Go => Spec {
                title: "Go",
                source: "main.go",
                needs: "It needs Go 1.21 or newer, and nothing else.",
                setup: "      - uses: actions/setup-go@v6\n        with: { go-version: stable, cache: false }",
                files: &[
                    ("main.go", template!("go/main.go")),
                    ("tollgate.go", helper!("go/tollgate.go")),
                    ("go.mod", template!("go/go.mod")),
                ],
                sign: "go.mod",
            },
            Self::C => Spec {
                title: "C",
                source: "policy.c",
                needs: "It needs clang with wasi-libc (Debian: clang, lld, wasi-libc, libclang-rt-dev-wasm32), or Zig.",
                setup: "      - run: sudo apt-get update && sudo apt-get install -y clang lld wasi-libc libclang-rt-dev-wasm32",
                files: &[
                    ("policy.c", template!("c/policy.c")),
                    ("tollgate.h", helper!("c/tollgate.h")),
                ],
                sign: "policy.c",
            },
            Self::TypeScript => Spec {
                title: "TypeScript",
                source: "policy.ts",
                needs: "It needs Node.js 20 or newer, and `npm install` once.",
                setup: "      - run: npm install",
                files: &[
                    ("policy.ts", template!("typescript/policy.ts")),
                    ("tollgate.ts", helper!("typescript/tollgate.ts")),
                    ("contract.ts", helper!("typescript/contract.ts")),
                    ("tsconfig.json", template!("typescript/tsconfig.json")),
                    ("package.json", template!("typescript/package.json")),
                    ("wit/policy.wit", CONTRACT),
                ],
                sign: "package.json",
            },
            Self::Python => Spec {
                title: "Python",
                source: "app.py",
                needs: "It needs componentize-py: `pip install -r requirements.txt`, with Python 3.9 or newer.",
                setup: "      - run: pip install -r requirements.txt",
                files: &[
                    ("app.py", template!("python/app.py")),
                    ("tollgate.py", helper!("python/tollgate.py")),
                    ("requirements.txt", template!("python/requirements.txt")),
                    ("wit/policy.wit", CONTRACT),
                ],
                sign: "app.py",
            },
            Self::Zig => Spec {
                title: "Zig",
                source: "policy.zig",
                needs: "It needs Zig 0.13 to 0.17: `pip install ziglang==0.15.1` brings it.",
                setup: "      - run: pip install ziglang==0.15.1",
                files: &[
                    ("policy.zig", template!("zig/policy.zig")),
                    ("tollgate.zig", helper!("zig/tollgate.zig")),
                ],
                sign: "policy.zig",
            },
            Self::AssemblyScript => Spec {
                title: "AssemblyScript",
                source: "policy.ts",
                needs: "It needs Node.js 20 or newer, and `npm install` once.",
                setup: "      - run: npm install",
                files: &[
                    ("policy.ts", template!("assemblyscript/policy.ts")),
                    ("tollgate.ts", helper!("assemblyscript/tollgate.ts")),
                    ("asconfig.json", template!("assemblyscript/asconfig.json")),
                    ("package.json", template!("assemblyscript/package.json")),
                ],
                sign: "asconfig.json",
            },
            Self::Java => Spec {
                title: "Java",
                source: "src/main/java/policy/Main.java",
                needs: "It needs a JDK (11 or newer) and Maven, and `mvn package` once, which fetches TeaVM.",
                setup: "      - uses: actions/setup-java@v5\n        with: { distribution: temurin, java-version: 17 }\n      - run: mvn --batch-mode --quiet package",
                files: &[
                    (
                        "src/main/java/policy/Main.java",
                        template!("java/Main.java"),
                    ),
                    (
                        "src/main/java/tollgate/Json.java",
                        helper!("java/src/main/java/tollgate/Json.java"),
                    ),
                    (
                        "src/main/java/tollgate/Policy.java",
                        helper!("java/src/main/java/tollgate/Policy.java"),
                    ),
                    (
                        "src/main/java/tollgate/Value.java",
                        helper!("java/src/main/java/tollgate/Value.java"),
                    ),
                    ("pom.xml", template!("java/pom.xml")),
                ],
                sign: "pom.xml",
            },
        }
    }
}
