//! Why a policy module could not be trusted or run.

use std::io;

use tollgate_model::error::UserError;
use tollgate_model::exit;

use super::limits::{Limit, Limits};
use tollgate_model::problem::Problem;
use tollgate_plan::PlanError;

/// The version of the contract that this Tollgate speaks.
pub const CONTRACT_VERSION: &str = "1.0.0";

/// Why a policy module could not be trusted or run. Any of these refuses the plan.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("cannot read the policy module {path}: {cause}")]
    Unreadable {
        /// As configured.
        path: String,
        /// From the operating system.
        cause: io::Error,
    },
    /// The file does not start as WebAssembly does.
    #[error("the file is not a WebAssembly module")]
    NotWasm,
    /// A core module that is no WASI command.
    #[error(
        "the file is a WebAssembly core module, neither a component nor a WASI command (it exports no `_start`)"
    )]
    CoreModule,
    /// Neither a core module nor a component of the version that wasmtime knows.
    #[error("the file is WebAssembly of an unsupported binary version")]
    UnsupportedBinary,
    /// The digest is not the pinned one.
    #[error("the module's digest is {found}, but the configuration pins {expected}")]
    Digest {
        /// `sha256:…`
        expected: String,
        /// `sha256:…`
        found: String,
    },
    /// wasmtime refuses the module.
    #[error("the module is invalid: {0}")]
    Invalid(String),
    /// The module asks for something from outside.
    #[error("the module imports {imports}, but a policy may import nothing")]
    Imports {
        /// Names, comma-separated.
        imports: String,
    },
    /// A command asks for more than WASI preview 1.
    #[error(
        "the module imports {imports}, but a WASI command may import functions of wasi_snapshot_preview1 and nothing else"
    )]
    CommandImports {
        /// Names, comma-separated.
        imports: String,
    },
    /// The module speaks another version of the contract.
    #[error(
        "the module was built for version {found} of the policy contract; this Tollgate speaks {CONTRACT_VERSION}, 0.2 and 0.1"
    )]
    ContractVersion {
        /// A semantic version.
        found: String,
    },
    /// The module cannot do without something that this Tollgate does not know.
    #[error("the policy requires what this Tollgate does not know: {names}")]
    Requires {
        /// The extensions of the contract.
        names: String,
    },
    /// The module does not export what the contract says.
    #[error("the module does not export what the policy contract asks for: {0}")]
    Contract(String),
    /// The module uses what is switched off.
    #[error("the module uses {0}, which no policy may")]
    Feature(String),
    /// There is no process to compile the module in.
    #[error("the module cannot be compiled: {reason}")]
    Compiler {
        /// From the operating system.
        reason: String,
    },
    /// The process that compiled the module ended before it answered.
    #[error("the module cannot be compiled: the compiler ended with {how}")]
    CompilerCrashed {
        /// A signal or an exit code.
        how: String,
    },
    /// A limit was hit.
    #[error("the policy {}{} (limit `{}`: {value}{})", .limit.spec().exceeded, in_call(.call), .limit.spec().key, part(.limit, .call))]
    Limit {
        /// Which.
        limit: Limit,
        /// As configured, with what the changes add to it; of `fuel`, what the call may use.
        value: String,
        /// `describe` or `evaluate`, if the policy ran.
        call: Option<&'static str>,
    },
    /// The native stack, which is the same for every policy, was used up.
    #[error("the policy recursed too deeply in `{call}`")]
    Stack {
        /// `describe` or `evaluate`.
        call: &'static str,
    },
    /// The guest trapped.
    #[error("the policy crashed in `{call}`: {reason}")]
    Trap {
        /// `describe` or `evaluate`.
        call: &'static str,
        /// From wasmtime, first line.
        reason: String,
        /// What it wrote to standard error until then, with its line breaks.
        stderr: String,
    },
    /// A command ended with another exit code than 0.
    #[error("the policy ended with exit code {code} in `{call}`{said}")]
    Exit {
        /// `describe` or `evaluate`.
        call: &'static str,
        /// Not 0.
        code: i32,
        /// What it wrote to standard error, as something to append; or nothing.
        said: String,
        /// The same with its line breaks, and more of it.
        stderr: String,
    },
    /// A command ended and had written nothing to standard output.
    #[error("the policy ended without an answer in `{call}`{said}")]
    NoAnswer {
        /// `describe` or `evaluate`.
        call: &'static str,
        /// What it wrote to standard error, as something to append; or nothing.
        said: String,
        /// The same with its line breaks, and more of it.
        stderr: String,
    },
    /// The policy answered that it cannot judge.
    #[error("the policy could not judge the plan: {0}")]
    Refused(String),
    /// `describe` answered something that cannot be used.
    #[error("the policy describes itself wrongly: {0}")]
    Metadata(String),
    /// `evaluate` answered something that the contract rules out.
    #[error("the policy's answer breaks the contract: {0}")]
    Answer(String),
    /// The policy asks for a data document that nobody has.
    #[error("the policy reads the document `{name}`, which is not configured")]
    NoDocument {
        /// As the policy names it.
        name: String,
    },
    /// A configured document cannot be used.
    #[error("cannot use the document `{name}` ({path}): {reason}")]
    Document {
        /// As the policy names it.
        name: String,
        /// As configured.
        path: String,
        /// Why.
        reason: String,
    },
    /// A value that the policy asks for cannot be read from the plan: the plan's fault,
    /// and so the plan is refused and not the policy.
    #[error("{0}")]
    Plan(#[from] PlanError),
}

impl PolicyError {
    /// Says that a limit was hit, before or in a call.
    pub(super) fn limit(limit: Limit, limits: &Limits, call: Option<&'static str>) -> Self {
        Self::Limit {
            limit,
            value: limits.describe(limit),
            call,
        }
    }

    /// Names the situation: kebab-case and stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "module-unreadable",
            Self::NotWasm => "module-not-wasm",
            Self::CoreModule => "module-core",
            Self::UnsupportedBinary => "module-unsupported-binary",
            Self::Digest { .. } => "module-digest",
            Self::Invalid(_) => "module-invalid",
            Self::Imports { .. } | Self::CommandImports { .. } => "module-imports",
            Self::ContractVersion { .. } => "contract-version",
            Self::Requires { .. } => "contract-requires",
            Self::Contract(_) => "contract-missing",
            Self::Feature(_) => "module-feature",
            Self::Compiler { .. } => "compiler-unavailable",
            Self::CompilerCrashed { .. } => "compiler-crashed",
            Self::Limit { limit, .. } => limit.spec().code,
            Self::Stack { .. } => "limit-stack",
            Self::Trap { .. } => "policy-crashed",
            Self::Exit { .. } => "policy-exit",
            Self::NoAnswer { .. } => "policy-no-answer",
            Self::Refused(_) => "policy-could-not-judge",
            Self::Metadata(_) => "policy-metadata",
            Self::Answer(_) => "policy-answer",
            Self::NoDocument { .. } => "document-missing",
            Self::Document { .. } => "document-unusable",
            Self::Plan(error) => error.code(),
        }
    }

    /// The form that the report carries of a policy that is part of Tollgate.
    #[must_use]
    pub fn problem_of_builtin(&self) -> Problem {
        let mut problem = self.problem();
        if let Self::Limit { limit, .. } = self {
            problem.help = Some(format!(
                "raise `{}` in `[limits]` in tollgate.toml, or split the plan",
                limit.spec().key
            ));
        }
        problem
    }

    /// What a command wrote to standard error before it failed, with its line breaks.
    #[must_use]
    pub fn standard_error(&self) -> Option<&str> {
        match self {
            Self::Exit { stderr, .. }
            | Self::NoAnswer { stderr, .. }
            | Self::Trap { stderr, .. } => Some(stderr),
            _ => None,
        }
    }

    /// Why it cannot judge, in the policy's own words: its answer, or its standard error where it
    /// ended by itself. What stopped it from outside says nothing of this kind.
    #[must_use]
    pub fn own_words(&self) -> Option<&str> {
        match self {
            Self::Refused(message) => Some(message),
            Self::Exit { stderr, .. } | Self::NoAnswer { stderr, .. } => Some(stderr),
            _ => None,
        }
    }

    /// The next step of whoever writes the policy.
    #[must_use]
    pub fn help_for_author(&self) -> Option<String> {
        Some(match self {
            Self::Limit { limit, .. } => format!(
                "`tollgate policy bench PLAN` says what it takes; whoever runs it can raise `{}` in its `limits` in tollgate.toml",
                limit.spec().key
            ),
            Self::Answer(_) => {
                "what `evaluate` answers is `evaluation` of `tollgate schema policy-response`, and of a component the record `evaluation` of policies/wit/policy.wit".to_owned()
            }
            Self::Metadata(_) => {
                "what `describe` answers is `metadata` of `tollgate schema policy-response`, and of a component the record `metadata` of policies/wit/policy.wit".to_owned()
            }
            Self::Trap { .. } => {
                "its code crashed there: answer `error` where it cannot judge, so that the reason is told".to_owned()
            }
            Self::Stack { call } => format!("a recursion in `{call}` is too deep, or has no end"),
            Self::CompilerCrashed { .. } => {
                "try it with an older or newer version of its compiler".to_owned()
            }
            _ => return self.help(),
        })
    }

    /// The form that the report carries.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            code: self.code().to_owned(),
            message: self.to_string(),
            help: self.help(),
        }
    }
}

impl UserError for PolicyError {
    fn exit_code(&self) -> u8 {
        exit::POLICY
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "correct `source` in tollgate.toml; it is relative to that file".to_owned(),
            Self::NotWasm => "point `source` at the component that the policy's build script writes (*.wasm)".to_owned(),
            Self::CoreModule => "if it was built against policy.wit, turn it into a component: tollgate policy pack MODULE --output COMPONENT".to_owned(),
            Self::Digest { .. } => "if the module was changed on purpose, review it and pin the new digest".to_owned(),
            Self::Imports { .. } => {
                "build it for wasm32-unknown-unknown, or stub WASI out (CONTRIBUTING.md, \"Write a policy\")".to_owned()
            }
            Self::ContractVersion { .. } => {
                format!("use a newer Tollgate, or build the policy against tollgate:policy@{CONTRACT_VERSION}")
            }
            Self::Requires { .. } => {
                "use a Tollgate that knows them; the policy was built for a newer one".to_owned()
            }
            Self::Contract(_) => "build it against policies/wit/policy.wit, world `policy`".to_owned(),
            Self::CommandImports { .. } => {
                "build it for wasm32-wasip1 with nothing but the language's own runtime (CONTRIBUTING.md, \"Write a policy\")".to_owned()
            }
            Self::Exit { .. } => {
                "a command ends with exit code 0 after its answer; the message is the policy's own".to_owned()
            }
            Self::NoAnswer { call, .. } => {
                format!("the answer to `{call}` goes to standard output: tollgate schema policy-response")
            }
            Self::Feature(_) => "build it without that feature: for the component model and WebAssembly 2.0".to_owned(),
            Self::Compiler { .. } => {
                "run the tollgate executable itself, with /proc mounted and leave to start processes".to_owned()
            }
            Self::Limit { limit, .. } => format!(
                "report it to the policy's author; if you trust it to need more, raise `{}` in its `limits` in tollgate.toml",
                limit.spec().key
            ),
            Self::CompilerCrashed { .. } | Self::Stack { .. } | Self::Trap { .. } | Self::Answer(_) | Self::Metadata(_) => {
                "report it to the policy's author; `tollgate policy inspect` names the module".to_owned()
            }
            Self::NoDocument { name } => format!("add `documents = {{ {name} = \"FILE\" }}` to the policy in tollgate.toml"),
            Self::UnsupportedBinary
            | Self::Invalid(_)
            | Self::Refused(_)
            | Self::Document { .. } => return None,
            Self::Plan(error) => return error.help(),
        })
    }
}

/// What of a configured limit a call may use, where that is not all.
fn part(limit: &Limit, call: &Option<&'static str>) -> &'static str {
    match (limit, call) {
        (Limit::Fuel, Some("describe")) => ", a tenth of what is configured",
        _ => "",
    }
}

fn in_call(call: &Option<&'static str>) -> String {
    call.map(|call| format!(" in `{call}`")).unwrap_or_default()
}
