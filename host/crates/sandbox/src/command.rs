//! The second shape of a policy: a WASI command, for languages without bindings to the
//! contract.
//!
//! A core module for `wasm32-wasip1` with a `_start` function. Each call runs it from its
//! start to its end: the request is JSON on standard input, the answer is JSON on
//! standard output ([`super::json`]). What WASI offers it is in [`preview1`]: nothing.

mod preview1;

use wasmparser::{ExternalKind, Parser, Payload};
use wasmtime::{ExternType, InstancePre, Module};

use self::preview1::{End, WasiState};
use tollgate_model::names::truncate;

use super::contract::earlier::RELEASES;
use super::contract::wit;
use super::engine::{self, Sandbox};
use super::error::{CONTRACT_VERSION, PolicyError};
use super::json::{PolicyRequest, PolicyResponse};
use super::limits::{Limit, Limits};
use super::module::{Usage, check_metadata, classify, denial, first_line, listed};

/// How much of standard error an error shows, in bytes and in lines.
const SHOWN_BYTES: usize = 400;
const SHOWN_LINES: usize = 3;

/// The calls, as errors name them.
const DESCRIBE: &str = "describe";
const EVALUATE: &str = "evaluate";

/// The function that runs a command.
const START: &str = "_start";

/// A command that imports nothing but what there is.
pub(super) struct Command {
    pre: InstancePre<Sandbox<WasiState>>,
    /// The version of the contract that it is asked in.
    contract: &'static str,
}

/// Whether a core module is a command, going by what it exports. So that a module which
/// is none can be refused before it is compiled.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::ExportSection(exports)) => {
                return exports.into_iter().flatten().any(|export| {
                    export.name == START && matches!(export.kind, ExternalKind::Func)
                });
            }
            Ok(_) => {}
            // For the compiler to say what is wrong.
            Err(_) => return true,
        }
    }
    false
}

impl Command {
    /// Checks what a command imports, and readies it to run.
    pub(super) fn new(module: &Module) -> Result<Self, PolicyError> {
        let engine = engine::engine();
        let linker =
            preview1::linker(engine).map_err(|error| PolicyError::Invalid(first_line(&error)))?;
        let mut foreign = Vec::new();
        for import in module.imports() {
            let name = format!("{}.{}", import.module(), import.name());
            let offered = matches!(import.ty(), ExternType::Func(_))
                && preview1::offers(import.module(), import.name());
            if !offered && !foreign.contains(&name) {
                foreign.push(name);
            }
        }
        if !foreign.is_empty() {
            return Err(PolicyError::CommandImports {
                imports: listed(foreign),
            });
        }
        let start_is_a_call = matches!(
            module.get_export(START),
            Some(ExternType::Func(ty)) if ty.params().len() == 0 && ty.results().len() == 0
        );
        if !start_is_a_call {
            return Err(PolicyError::Contract(
                "`_start` is no function without parameters and results".to_owned(),
            ));
        }
        linker
            .instantiate_pre(module)
            .map(|pre| Self {
                pre,
                contract: CONTRACT_VERSION,
            })
            .map_err(|error| PolicyError::Contract(first_line(&error)))
    }

    /// What the command says it is.
    ///
    /// One that does not want to speak this version of the contract is asked in those before it,
    /// the latest first, and from then on in the one that it answers.
    pub(super) fn describe(&mut self, limits: Limits) -> Result<wit::Metadata, PolicyError> {
        let ask = |command: &Self| {
            command
                .run(
                    &PolicyRequest::describe(command.contract),
                    limits,
                    DESCRIBE,
                    &mut Usage::default(),
                )
                .and_then(|answer| metadata(&answer))
        };
        let refused = match ask(self) {
            Err(error @ (PolicyError::Metadata(_) | PolicyError::Exit { .. })) => error,
            answered => return answered,
        };
        for release in RELEASES {
            self.contract = release.version();
            if let Ok(metadata) = ask(self) {
                return Ok(metadata);
            }
        }
        Err(refused)
    }

    /// The version of the contract that it is asked in.
    pub(super) fn contract(&self) -> &'static str {
        self.contract
    }

    /// What the command says of a plan.
    pub(super) fn evaluate(
        &self,
        request: &wit::Request<'_>,
        limits: Limits,
        usage: &mut Usage,
    ) -> Result<Result<wit::Evaluation, String>, PolicyError> {
        let request =
            PolicyRequest::evaluate(request, self.contract).map_err(|error| unsayable(&error))?;
        let answer = self.run(&request, limits, EVALUATE, usage)?;
        evaluation(&answer)
    }

    /// Runs the command once, in a store of its own, and returns its standard output.
    fn run(
        &self,
        request: &PolicyRequest<'_>,
        limits: Limits,
        call: &'static str,
        usage: &mut Usage,
    ) -> Result<Vec<u8>, PolicyError> {
        let stdin = serde_json::to_vec(request).map_err(|error| unsayable(&error))?;
        let wasi = WasiState::new(stdin, limits.size(Limit::AnswerKib));
        let mut store = engine::store(limits, wasi)
            .map_err(|error| PolicyError::Invalid(first_line(&error)))?;
        let ended = self.pre.instantiate(&mut store).and_then(|instance| {
            let start = instance.get_typed_func::<(), ()>(&mut store, START)?;
            start.call(&mut store, ())
        });
        *usage = Usage::of(&store);
        let sandbox = store.into_data();
        let wasi = &sandbox.state;
        if let Err(error) = ended {
            match error.downcast_ref::<End>() {
                Some(End::Exit(0)) => {}
                Some(End::Flood) => {
                    return Err(PolicyError::limit(Limit::AnswerKib, &limits, Some(call)));
                }
                Some(End::Exit(code)) => {
                    return Err(match sandbox.denied() {
                        // Most runtimes end like this when they get no more memory.
                        Some(denied) => denial(denied, &limits, call),
                        None => PolicyError::Exit {
                            call,
                            code: *code,
                            said: said(&wasi.stderr),
                            stderr: whole(&wasi.stderr),
                        },
                    });
                }
                None => {
                    return Err(
                        match classify(&error, &sandbox, call, PolicyError::Answer) {
                            // The trap says where, standard error says why.
                            PolicyError::Trap { call, reason, .. } => PolicyError::Trap {
                                call,
                                reason: reason + &said(&wasi.stderr),
                                stderr: whole(&wasi.stderr),
                            },
                            other => other,
                        },
                    );
                }
            }
        }
        if wasi.stdout.iter().all(u8::is_ascii_whitespace) {
            let mut said = said(&wasi.stderr);
            if wasi.slept {
                said.push_str(
                    "; it slept, and waiting is not supported: no time passes and nothing else happens meanwhile",
                );
            }
            let stderr = whole(&wasi.stderr);
            return Err(PolicyError::NoAnswer { call, said, stderr });
        }
        Ok(sandbox.state.stdout)
    }
}

/// Reads the answer to `describe`.
pub(super) fn metadata(answer: &[u8]) -> Result<wit::Metadata, PolicyError> {
    let metadata: wit::Metadata = match parse(answer, DESCRIBE)? {
        PolicyResponse::Metadata(metadata) => metadata.into(),
        PolicyResponse::Evaluation(_) => {
            return Err(unasked(DESCRIBE, "an `evaluation`", "`metadata`"));
        }
        PolicyResponse::Error(message) => {
            return Err(PolicyError::Metadata(format!(
                "it answers with an error: {}",
                truncate(&message, 1_000)
            )));
        }
    };
    check_metadata(&metadata)?;
    Ok(metadata)
}

/// Reads the answer to `evaluate`: what the policy says of a plan, or why it cannot judge.
pub(super) fn evaluation(answer: &[u8]) -> Result<Result<wit::Evaluation, String>, PolicyError> {
    match parse(answer, EVALUATE)? {
        PolicyResponse::Evaluation(evaluation) => Ok(Ok(evaluation.into())),
        PolicyResponse::Error(message) => Ok(Err(message)),
        PolicyResponse::Metadata(_) => Err(unasked(
            EVALUATE,
            "`metadata`",
            "an `evaluation` or an `error`",
        )),
    }
}

/// Reads an answer. A key that the contract does not know, or one that is there twice, is
/// an error: it was meant to say something.
fn parse<'a>(answer: &'a [u8], call: &'static str) -> Result<PolicyResponse<'a>, PolicyError> {
    let wrong = |reason: String| {
        let reason = format!(
            "what it wrote to standard output in `{call}` is no response of the contract: {}",
            truncate(&reason, 300)
        );
        match call {
            DESCRIBE => PolicyError::Metadata(reason),
            _ => PolicyError::Answer(reason),
        }
    };
    let text = str::from_utf8(answer)
        .map_err(|error| wrong(format!("it is not UTF-8 from byte {}", error.valid_up_to())))?;
    serde_json::from_str(text).map_err(|error| wrong(error.to_string()))
}

fn unasked(call: &'static str, got: &str, expected: &str) -> PolicyError {
    let reason = format!("it answered `{call}` with {got} instead of {expected}");
    match call {
        DESCRIBE => PolicyError::Metadata(reason),
        _ => PolicyError::Answer(reason),
    }
}

/// Settings and documents were parsed when they were read, so this does not happen.
fn unsayable(error: &serde_json::Error) -> PolicyError {
    PolicyError::Invalid(format!("the request cannot be written as JSON: {error}"))
}

/// All that is kept of standard error.
fn whole(stderr: &[u8]) -> String {
    String::from_utf8_lossy(stderr).trim_end().to_owned()
}

/// The first lines of standard error, in one line, to follow another message.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(SHOWN_LINES)
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("; it says: {}", truncate(&lines.join(" / "), SHOWN_BYTES))
}
