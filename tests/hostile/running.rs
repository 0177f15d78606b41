//! Policies that are hostile while they run.

use super::guest::Guest;
use super::{Case, case};

/// A table of ten thousand elements that grows until it may not.
const TABLE_BOMB: &str = "(loop (br_if 0 (i32.ge_s
    (table.grow $t (ref.null func) (i32.const 9000)) (i32.const 0)))) unreachable";

const MEMORY_BOMB: &str = "(loop (br_if 0 (i32.ge_s
    (memory.grow (i32.const 16)) (i32.const 0)))) unreachable";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "evaluate_loops",
            || Guest::evaluate("(loop br 0) unreachable").build(),
            "limit-fuel",
            "in `evaluate` (limit `fuel`: 2000000000, and 200000 for each of ",
        ),
        case(
            "describe_loops",
            || Guest::describe("(loop br 0) unreachable").build(),
            "limit-fuel",
            "in `describe` (limit `fuel`: 200000000, a tenth of what is configured)",
        ),
        case(
            "start_loops",
            || {
                Guest::new()
                    .more("(func $s (loop br 0)) (start $s)")
                    .build()
            },
            "limit-fuel",
            "in `describe`",
        ),
        Case {
            limits: "fuel = 1_000_000_000_000\ndeadline-seconds = 1",
            ..case(
                "loops_where_fuel_would_last",
                || Guest::evaluate("(loop br 0) unreachable").build(),
                "limit-deadline",
                "did not answer in time in `evaluate` (limit `deadline-seconds`: 1)",
            )
        },
        case(
            "grows_memory",
            || Guest::evaluate(MEMORY_BOMB).build(),
            "limit-memory",
            "(limit `memory-mib`: 256, and 16 KiB for each of ",
        ),
        case(
            "asks_for_memory_without_end",
            || {
                Guest::evaluate("(loop (drop (memory.grow (i32.const 65535))) br 0) unreachable")
                    .build()
            },
            "limit-memory",
            "(limit `memory-mib`: 256, and 16 KiB for each of ",
        ),
        case(
            "fills_memory",
            || {
                Guest::evaluate("(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 33554432)) br 0) unreachable").build()
            },
            "limit-fuel",
            "computing budget",
        ),
        case(
            "grows_a_table",
            || {
                Guest::evaluate(TABLE_BOMB)
                    .more("(table $t 10 funcref)")
                    .build()
            },
            "limit-table",
            "(limit `table-elements`: 100000)",
        ),
        case(
            "recurses",
            || Guest::evaluate("(call $evaluate (local.get 0))").build(),
            "limit-stack",
            "recursed too deeply in `evaluate`",
        ),
        case(
            "traps",
            || Guest::evaluate("unreachable").build(),
            "policy-crashed",
            "crashed in `evaluate`",
        ),
        case(
            "divides_by_zero",
            || Guest::evaluate("(i32.div_u (i32.const 1) (i32.const 0))").build(),
            "policy-crashed",
            "divide by zero",
        ),
        case(
            "answers_four_billion_findings",
            || {
                Guest::evaluate(format!("(i32.store (i32.const {0}) (i32.const 0)) (i32.store (i32.const {1}) (i32.const 8)) (i32.store (i32.const {2}) (i32.const -1)) i32.const {0}", 16, 20, 24)).build()
            },
            "policy-answer",
            "out of bounds",
        ),
        case(
            "answers_a_million_findings",
            || {
                Guest::evaluate("(i32.store (i32.const 20) (i32.const 65536)) (i32.store (i32.const 24) (i32.const 450000)) i32.const 16").build()
            },
            "limit-answer",
            "(limit `answer-kib`: 8192, and 2 KiB for each of ",
        ),
        case(
            "answers_one_text_ten_thousand_times",
            || {
                Guest::findings(10_000, |image| {
                    let rule = image.text(b"some-rule");
                    [rule, [0, 0], [0, 30 << 20]]
                })
                .build()
            },
            "limit-answer",
            "(limit `answer-kib`: 8192, and 2 KiB for each of ",
        ),
        case(
            "answers_findings_without_end",
            || {
                Guest::findings(11_000, |image| {
                    let text = image.text(b"some-rule");
                    [text, [0, 0], text]
                })
                .build()
            },
            "limit-findings",
            "(limit `findings`: 10000, and 4 for each of ",
        ),
        case(
            "answers_a_long_text",
            || {
                Guest::findings(1, |image| {
                    let rule = image.text(b"some-rule");
                    [rule, [0, 0], image.text(&[b'x'; 5_000])]
                })
                .build()
            },
            "limit-text",
            "(limit `text-bytes`: 4096)",
        ),
        case(
            "answers_out_of_bounds",
            || {
                Guest::findings(1, |image| {
                    let rule = image.text(b"some-rule");
                    [rule, [0, 0], [0x7fff_fff0, 100]]
                })
                .build()
            },
            "policy-answer",
            "out of bounds",
        ),
        case(
            "answers_what_is_not_text",
            || {
                Guest::findings(1, |image| {
                    let rule = image.text(b"some-rule");
                    [rule, [0, 0], image.text(b"\xff\xfe\xc0")]
                })
                .build()
            },
            "policy-answer",
            "utf-8",
        ),
        case(
            "answers_beyond_memory",
            || Guest::evaluate("i32.const 0x7ffffff0").build(),
            "policy-answer",
            "out of bounds",
        ),
        case(
            "schema_stands_for_millions",
            || {
                // Each step names the next one twice.
                let mut schema = r##"{"$ref":"#/$defs/s0","$defs":{"##.to_owned();
                for step in 0..40 {
                    let next = format!(r##"{{"$ref":"#/$defs/s{}"}}"##, step + 1);
                    schema.push_str(&format!(r#""s{step}":{{"oneOf":[{next},{next}]}},"#));
                }
                schema.push_str(r#""s40":{"type":"null"}}}"#);
                Guest::described(schema.as_bytes(), &[]).build()
            },
            "policy-metadata",
            "more than 100000 parts",
        ),
        Case {
            // Enough time on a busy machine for memory to be what ends it, in every run.
            limits: "deadline-seconds = 200",
            ..case(
                "schema_of_patterns_that_repeat",
                || {
                    let patterns: Vec<String> = (0..5_000)
                        .map(|nth| format!(r#""^({nth}x{{1,40}}){{1,100}}$":true"#))
                        .collect();
                    let schema = format!(r#"{{"patternProperties":{{{}}}}}"#, patterns.join(","));
                    Guest::described(schema.as_bytes(), &[]).build()
                },
                "policy-metadata",
                "than the policy may use",
            )
        },
        Case {
            limits: "fuel = 2_000_000",
            ..case(
                "wants_thousands_of_deep_attributes",
                || {
                    let paths: Vec<String> = (0..9_000)
                        .map(|nth| format!("tags.a{nth}.b[{nth}].c"))
                        .collect();
                    Guest::described(br#"{"type":"object"}"#, &paths).build()
                },
                "limit-fuel",
                "in `evaluate` (limit `fuel`: 2000000, and 200000 for each of ",
            )
        },
        case(
            "answers_a_document_that_nests",
            || Guest::document("[".repeat(33).as_bytes()).build(),
            "policy-answer",
            "nests deeper than 32 levels",
        ),
        case(
            "finds_an_undeclared_rule",
            || {
                Guest::findings(1, |image| {
                    let rule = image.text(b"no-rule");
                    [rule, [0, 0], rule]
                })
                .build()
            },
            "policy-answer",
            "the rule \"no-rule\", which the policy does not declare",
        ),
        case(
            "finds_what_is_not_in_the_plan",
            || {
                Guest::findings(1, |image| {
                    let rule = image.text(b"some-rule");
                    [rule, image.text(b"aws_instance.nowhere"), rule]
                })
                .build()
            },
            "policy-answer",
            "\"aws_instance.nowhere\", which the policy was not given",
        ),
    ]
}
