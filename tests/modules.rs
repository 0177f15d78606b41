//! Modules that must not be trusted, and what the gate says of each.

use libtest_mimic::{Failed, Trial};
use tollgate::plan::PlanText;
use tollgate::report::Cause;
use tollgate::sandbox::PolicyModule;
use tollgate::sandbox::cache::Cache;
use tollgate::sandbox::engine::Ticker;
use tollgate::sandbox::limits::{Limit, Limits};
use tollgate::sandbox::request::{Context, evaluate};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

pub(crate) const CONTRACT: &str = include_str!("../policies/wit/policy.wit");

/// A core module with the contract's exports, whose `describe` has this body.
pub(crate) fn core(memory: &str, describe: &str, more: &str) -> String {
    format!(
        r#"(module
            {more}
            (memory (export "memory") {memory})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func $describe (export "describe") (result i32) {describe})
            (func (export "cabi_post_describe") (param i32))
            (func (export "evaluate") (param i32) (result i32) unreachable)
            (func (export "cabi_post_evaluate") (param i32)))"#
    )
}

/// Makes a component of a module in the text format, for this version of the contract.
pub(crate) fn component(contract: &str, module: &str) -> Result<Vec<u8>, Failed> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("policy.wit", contract)?;
    let world = resolve.select_world(&[package], Some("policy"))?;
    let mut bytes = wat::parse_str(module)?;
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&bytes)?.encode()?)
}

/// Its name, the module, and the code of the refusal.
type Case = (&'static str, Result<Vec<u8>, Failed>, &'static str);

fn cases() -> Vec<Case> {
    let plain = |describe: &str| component(CONTRACT, &core("1", describe, ""));
    let newer = CONTRACT.replace("policy@1.0.0", "policy@1.1.0");
    let greedy = CONTRACT.replace(
        "world policy {",
        "world policy {\n  import read-file: func(path: string) -> string;",
    );
    vec![
        ("empty", Ok(Vec::new()), "module-not-wasm"),
        (
            "garbage",
            Ok(b"#!/bin/sh\nexit 0\n".to_vec()),
            "module-not-wasm",
        ),
        (
            "the_text_format",
            Ok(b"(component)".to_vec()),
            "module-not-wasm",
        ),
        (
            "a_core_module",
            wat::parse_str("(module)").map_err(Into::into),
            "module-core",
        ),
        (
            "an_unknown_binary_version",
            Ok(b"\0asm\x0e\0\x01\0".to_vec()),
            "module-unsupported-binary",
        ),
        (
            "truncated",
            plain("unreachable").map(|bytes| bytes[..bytes.len() / 2].to_vec()),
            "module-invalid",
        ),
        (
            "no_exports",
            wat::parse_str("(component)").map_err(Into::into),
            "contract-missing",
        ),
        (
            "another_contract_version",
            component(&newer, &core("1", "unreachable", "")),
            "contract-version",
        ),
        (
            "an_import",
            component(
                &greedy,
                &core(
                    "1",
                    "unreachable",
                    r#"(import "$root" "read-file" (func (param i32 i32 i32)))"#,
                ),
            ),
            "module-imports",
        ),
        ("describe_traps", plain("unreachable"), "policy-crashed"),
        (
            "describe_loops",
            plain("(loop br 0) unreachable"),
            "limit-fuel",
        ),
        ("describe_recurses", plain("call $describe"), "limit-stack"),
        (
            "describe_fills_memory_for_ever",
            component(
                CONTRACT,
                &core(
                    "1000",
                    "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65000000)) br 0) unreachable",
                    "",
                ),
            ),
            "limit-fuel",
        ),
        (
            "the_start_function_loops",
            component(
                CONTRACT,
                &core("1", "unreachable", "(func $s (loop br 0)) (start $s)"),
            ),
            "limit-fuel",
        ),
        (
            "four_gigabytes_at_once",
            component(CONTRACT, &core("65536", "unreachable", "")),
            "limit-memory",
        ),
        (
            "a_table_of_ten_million",
            component(
                CONTRACT,
                &core("1", "unreachable", "(table 10000000 funcref)"),
            ),
            "limit-table",
        ),
        (
            "an_answer_out_of_bounds",
            plain("i32.const 0x7ffffff0"),
            "policy-answer",
        ),
        (
            "an_answer_of_nothing",
            plain("i32.const 4096"),
            "policy-metadata",
        ),
        (
            "a_list_of_four_billion",
            // The rules' length is the eighth word of the metadata.
            plain("(i32.store (i32.const 4124) (i32.const -1)) i32.const 4096"),
            "policy-answer",
        ),
        (
            "shared_memory",
            component(CONTRACT, &core("1 1 shared", "unreachable", "")),
            "module-feature",
        ),
    ]
}

/// Where fuel does not end a guest, the clock does.
fn deadline() -> Result<(), Failed> {
    let bytes = component(CONTRACT, &core("1", "(loop br 0) unreachable", ""))?;
    let limits = Limits::default()
        .with(Limit::Fuel, u64::MAX)
        .with(Limit::DeadlineSeconds, 1);
    let _ticker = Ticker::start();
    match PolicyModule::load(&bytes, limits, &Cache::off("a test")) {
        Err(error) if error.code() == "limit-deadline" => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

/// The contract as it was before findings said where they come from.
const CONTRACT_BEFORE: &str = include_str!("frozen/0.1/policy.wit");

/// Memory of a module, as the canonical ABI lays it out.
struct Memory {
    base: u32,
    bytes: Vec<u8>,
}

impl Memory {
    /// Appends a record of these words and returns where it is.
    fn words(&mut self, words: &[u32]) -> u32 {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
        let at = self.base + u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes
            .extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }

    /// Appends a text and returns its pointer and length.
    fn text(&mut self, text: &str) -> [u32; 2] {
        let at = self.base + u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend(text.bytes());
        [at, u32::try_from(text.len()).unwrap_or(u32::MAX)]
    }

    fn data(&self) -> String {
        let bytes: String = self
            .bytes
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        format!("(data (i32.const {}) \"{bytes}\")", self.base)
    }
}

/// A module of version 0.1 still runs, and what it finds counts as caused by the plan.
fn the_version_before() -> Result<(), Failed> {
    let mut memory = Memory {
        base: 32_768,
        bytes: Vec::new(),
    };
    let [id, id_length] = memory.text("rule");
    let [name, name_length] = memory.text("before");
    let [version, version_length] = memory.text("1.0.0");
    let [schema, schema_length] = memory.text("{}");
    let [all, all_length] = memory.text("*");
    let [address, address_length] = memory.text("aws_x.y");
    let rule = memory.words(&[
        id, id_length, id, id_length, id, id_length, 3, id, id_length, 0, 0,
    ]);
    let kinds = memory.words(&[all, all_length]);
    let interest = memory.words(&[kinds, 1, 0, 0, 0, 0, 0]);
    let metadata = memory.words(&[
        name,
        name_length,
        version,
        version_length,
        name,
        name_length,
        rule,
        1,
        schema,
        schema_length,
        interest,
        1,
        0,
        0,
        0,
        0,
    ]);
    let finding = memory.words(&[
        id,
        id_length,
        0,
        1,
        address,
        address_length,
        0,
        0,
        0,
        0,
        0,
        name,
        name_length,
        0,
        0,
        0,
        0,
        0,
    ]);
    let answer = memory.words(&[0, finding, 1, 0, 0]);
    let module = format!(
        r#"(module
            (memory (export "memory") 2)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "describe") (result i32) i32.const {metadata})
            (func (export "cabi_post_describe") (param i32))
            (func (export "evaluate") (param i32) (result i32) i32.const {answer})
            (func (export "cabi_post_evaluate") (param i32))
            {})"#,
        memory.data()
    );
    let bytes = component(CONTRACT_BEFORE, &module)?;
    let _ticker = Ticker::start();
    let module = PolicyModule::load(&bytes, Limits::default(), &Cache::off("a test"))
        .map_err(|error| error.to_string())?;
    if module.kind() != "component, contract 0.1.0" || module.metadata.name != "before" {
        return Err(format!("{}, {:?}", module.kind(), module.metadata).into());
    }
    let plan = serde_json::json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": [{
            "address": "aws_x.y", "mode": "managed", "type": "aws_x", "name": "y",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {}},
        }],
    });
    let text = PlanText::from_bytes(plan.to_string().into_bytes())?;
    let plan = text.read()?;
    let context = Context {
        environment: "production",
        protected: true,
        settings: "{}",
        documents: &[],
        observer: None,
    };
    let answer = evaluate(&module, &plan, context).map_err(|error| error.to_string())?;
    match answer.evaluation.findings.as_slice() {
        [finding]
            if finding.rule == "rule"
                && finding.cause == Cause::Planned
                && finding.address.as_deref() == Some("aws_x.y")
                && finding.message == "before" =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}").into()),
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let before = Trial::test("modules::the_version_before", the_version_before);
    let deadline = Trial::test("modules::describe_loops_on_unlimited_fuel", deadline);
    cases()
        .into_iter()
        .map(|(name, bytes, code)| {
            Trial::test(format!("modules::{name}"), move || {
                let bytes = bytes?;
                let _ticker = Ticker::start();
                match PolicyModule::load(&bytes, Limits::default(), &Cache::off("a test")) {
                    Ok(_) => Err("the module was loaded".into()),
                    Err(error) if error.code() == code && !error.to_string().contains('\n') => {
                        Ok(())
                    }
                    Err(error) => {
                        Err(format!("expected {code}, got {}: {error}", error.code()).into())
                    }
                }
            })
        })
        .chain([deadline, before])
        .collect()
}
