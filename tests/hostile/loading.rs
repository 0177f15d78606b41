//! Policies that are hostile before they run.

use std::fmt::Write as _;

use super::guest::Guest;
use super::{Built, Case, case};
use crate::modules::{self, CONTRACT, component};

/// A component in the text format, for what the encoder would not write.
fn text(component: impl AsRef<str>) -> Built {
    Ok(wat::parse_str(component.as_ref())?)
}

/// A component around a core module with these fields.
fn core(fields: impl AsRef<str>) -> Built {
    text(format!("(component (core module {}))", fields.as_ref()))
}

fn importing(name: &str) -> Built {
    text(format!(
        r#"(component (import "{name}" (instance (export "f" (func)))))"#
    ))
}

/// A function of about a megabyte that an optimiser has to think about.
fn large_function() -> String {
    let mut body = String::from("(func (param i32) (result i32) (local i32 i32) ");
    for number in 0..45_000 {
        // Every branch makes values that differ by the way they came.
        let _ = write!(
            body,
            "(if (local.get 0) (then (local.set {} (i32.mul (i32.xor (local.get {}) (i32.load (local.get 0))) (local.get 1)))))",
            number % 3,
            (number + 1) % 3
        );
    }
    body.push_str("local.get 2)");
    body
}

/// Components in components, each with several of the one below: 20^depth instances.
fn multiplying(depth: usize) -> Built {
    let mut inner = String::from(
        r#"(component $c0 (core module $m (memory 1) (func (export "f"))) (core instance (instantiate $m)))"#,
    );
    for level in 1..depth {
        let instances = format!("(instance (instantiate $c{}))", level - 1).repeat(20);
        inner = format!("(component $c{level} {inner} {instances})");
    }
    let instances = format!("(instance (instantiate $c{}))", depth - 1).repeat(20);
    text(format!("(component {inner} {instances})"))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "starts_with_four_gigabytes",
            || core("(memory 65536)"),
            "limit-memory",
            "(limit `memory-mib`: 256)",
        ),
        case(
            "starts_with_a_large_table",
            || core("(table 10000000 funcref)"),
            "limit-table",
            "(limit `table-elements`: 100000)",
        ),
        case(
            "has_many_memories",
            || {
                text(format!(
                    "(component {})",
                    "(core module (memory 0))".repeat(65)
                ))
            },
            "limit-instances",
            "(limit `instances`: 64)",
        ),
        case(
            "has_many_tables",
            || core("(table 0 funcref)".repeat(65)),
            "limit-instances",
            "(limit `instances`: 64)",
        ),
        case(
            "has_many_instances",
            || {
                text(format!(
                    "(component (core module $m) {})",
                    "(core instance (instantiate $m))".repeat(65)
                ))
            },
            "limit-instances",
            "(limit `instances`: 64)",
        ),
        Case {
            limits: "compile-seconds = 1",
            ..case(
                "has_instances_that_multiply",
                || multiplying(6),
                "limit-compile-time",
                "(limit `compile-seconds`: 1)",
            )
        },
        case(
            "has_200_000_functions",
            || core("(func)".repeat(200_000)),
            "limit-functions",
            "(limit `functions`: 30000)",
        ),
        case(
            "has_a_giant_function",
            || core(format!("(func {})", "(drop (i32.const 1))".repeat(400_000))),
            "limit-function-size",
            "(limit `function-kib`: 1024)",
        ),
        case(
            "has_too_much_code",
            || core(format!("(func {})", "(drop (i32.const 1))".repeat(300_000)).repeat(20)),
            "limit-code-size",
            "(limit `code-mib`: 16)",
        ),
        case(
            "has_too_much_data",
            || {
                core(format!(
                    r#"(memory 1) (data (i32.const 0) "{}")"#,
                    "x".repeat(25 << 20)
                ))
            },
            "limit-data-size",
            "(limit `data-mib`: 24)",
        ),
        case(
            "has_too_many_globals",
            || core("(global i32 (i32.const 0))".repeat(100_001)),
            "limit-items",
            "(limit `items`: 100000)",
        ),
        case(
            "is_too_large",
            || {
                Guest::new().build().map(|mut bytes| {
                    bytes.resize(33 << 20, 0);
                    bytes
                })
            },
            "module-too-large",
            "(limit `module-mib`: 32)",
        ),
        case(
            "is_nested_too_deeply",
            || text(format!("{}{}", "(component ".repeat(10), ")".repeat(10))),
            "limit-nesting",
            "(limit `nesting`: 8)",
        ),
        Case {
            limits: "compile-seconds = 1",
            ..case(
                "has_blocks_in_blocks",
                || {
                    // As deep as functions may be large, and as many as there may be code.
                    let nested = format!(
                        "(func (param i32) {} {})",
                        "block local.get 0 br_if 0 ".repeat(130_000),
                        "end ".repeat(130_000)
                    );
                    Guest::new().more(nested.repeat(15)).build()
                },
                "limit-compile-time",
                "(limit `compile-seconds`: 1)",
            )
        },
        Case {
            limits: "compile-seconds = 1",
            ..case(
                "takes_long_to_compile",
                || core(format!("(memory 1) {}", large_function().repeat(14))),
                "limit-compile-time",
                "(limit `compile-seconds`: 1)",
            )
        },
        Case {
            limits: "compile-memory-mib = 64",
            ..case(
                "takes_memory_to_compile",
                || core(format!("(memory 1) {}", large_function().repeat(14))),
                "limit-compile-memory",
                "(limit `compile-memory-mib`: 64)",
            )
        },
        case(
            "uses_threads",
            || core("(memory 1 1 shared)"),
            "module-feature",
            "threads",
        ),
        case(
            "uses_atomics",
            || core("(memory 1) (func (drop (i32.atomic.load (i32.const 0))))"),
            "module-feature",
            "threads",
        ),
        case(
            "uses_64_bit_memory",
            || core("(memory i64 1)"),
            "module-feature",
            "64-bit memories",
        ),
        case(
            "uses_64_bit_tables",
            || core("(table i64 1 funcref)"),
            "module-feature",
            "64-bit tables",
        ),
        case(
            "uses_exceptions",
            || core("(tag)"),
            "module-feature",
            "exceptions",
        ),
        case(
            "catches_exceptions",
            || core("(func try_table end)"),
            "module-feature",
            "exceptions",
        ),
        case(
            "uses_garbage_collection",
            || core("(type (struct))"),
            "module-feature",
            "garbage collection",
        ),
        case(
            "uses_gc_references",
            || core("(func (drop (ref.i31 (i32.const 1))))"),
            "module-feature",
            "garbage collection",
        ),
        case(
            "uses_tail_calls",
            || core("(func $f return_call $f)"),
            "module-feature",
            "tail calls",
        ),
        case(
            "uses_relaxed_simd",
            || core("(func (param v128) (drop (i32x4.relaxed_trunc_f32x4_s (local.get 0))))"),
            "module-feature",
            "relaxed SIMD",
        ),
        case(
            "uses_several_memories",
            || core("(memory 1) (memory 1)"),
            "module-feature",
            "several memories",
        ),
        case(
            "imports_files",
            || importing("wasi:filesystem/types@0.2.6"),
            "module-imports",
            "wasi:filesystem/types@0.2.6",
        ),
        case(
            "imports_sockets",
            || importing("wasi:sockets/tcp@0.2.6"),
            "module-imports",
            "wasi:sockets/tcp",
        ),
        case(
            "imports_clocks",
            || importing("wasi:clocks/wall-clock@0.2.6"),
            "module-imports",
            "wasi:clocks/wall-clock",
        ),
        case(
            "imports_randomness",
            || importing("wasi:random/random@0.2.6"),
            "module-imports",
            "wasi:random/random",
        ),
        case(
            "imports_the_environment",
            || importing("wasi:cli/environment@0.2.6"),
            "module-imports",
            "wasi:cli/environment",
        ),
        case(
            "imports_what_nobody_has",
            || importing("acme:backdoor/open"),
            "module-imports",
            "acme:backdoor/open",
        ),
        case(
            "speaks_another_version",
            || {
                component(
                    &CONTRACT.replace("policy@1.0.0", "policy@0.9.0"),
                    &modules::core("1", "unreachable", ""),
                )
            },
            "contract-version",
            "version 0.9.0",
        ),
        case(
            "exports_nothing",
            || text("(component)"),
            "contract-missing",
            "describe",
        ),
        case(
            "is_a_core_module",
            || text("(module)"),
            "module-core",
            "neither a component nor a WASI command",
        ),
        case(
            "is_a_script",
            || Ok(b"#!/bin/sh\nrm -rf /\n".to_vec()),
            "module-not-wasm",
            "not a WebAssembly module",
        ),
        case(
            "is_empty",
            || Ok(Vec::new()),
            "module-not-wasm",
            "not a WebAssembly module",
        ),
        case(
            "is_truncated",
            || {
                Guest::new()
                    .build()
                    .map(|bytes| bytes[..bytes.len() / 2].to_vec())
            },
            "module-invalid",
            "invalid",
        ),
        case(
            "has_bits_flipped",
            || {
                Guest::new().build().map(|mut bytes| {
                    let middle = bytes.len() / 2;
                    bytes[middle..middle + 40]
                        .iter_mut()
                        .for_each(|byte| *byte ^= 0x55);
                    bytes
                })
            },
            "module-invalid",
            "invalid",
        ),
        case(
            "is_an_artifact",
            || Ok([b"\x7fELF".as_slice(), &[0; 200]].concat()),
            "module-not-wasm",
            "not a WebAssembly module",
        ),
    ]
}
