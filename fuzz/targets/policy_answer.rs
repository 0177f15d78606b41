//! What a policy that is a WASI command writes: its answer to `describe`, a zero byte, and its
//! answer to `evaluate` on a small plan.

#![no_main]
#![expect(clippy::panic, reason = "a target panics where it found a mistake")]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tollgate::plan::PlanText;
use tollgate::sandbox::request;

static PLAN: LazyLock<Option<PlanText>> = LazyLock::new(|| {
    let plan = r#"{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[
        {"address":"aws_sqs_queue.jobs[\"a\"]","mode":"managed","type":"aws_sqs_queue",
         "name":"jobs","index":"a","provider_name":"registry.opentofu.org/hashicorp/aws",
         "change":{"actions":["update"],
          "before":{"name":"jobs","delay":1,"tags":{"Owner":"media"},"policy":"secret"},
          "after":{"name":"jobs","delay":1.5,"tags":null,"policy":"secret"},
          "after_unknown":{"arn":true},
          "before_sensitive":{"policy":true},"after_sensitive":{"policy":true}}}]}"#;
    PlanText::from_bytes(plan.as_bytes().to_vec()).ok()
});

fuzz_target!(|bytes: &[u8]| {
    let Some(plan) = PLAN.as_ref().and_then(|text| text.read().ok()) else {
        panic!("the plan is one");
    };
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    let evaluate = bytes.get(end + 1..).unwrap_or_default();
    match request::written_answers(&bytes[..end], evaluate, &plan) {
        Ok(evaluation) => {
            for finding in &evaluation.findings {
                assert!(!finding.fingerprint.is_empty());
            }
        }
        Err(error) => drop(error.to_string()),
    }
});
