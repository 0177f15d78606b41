//! A plan: read, and everything read out of it that a policy could ask for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::plan::{Path, PlanText};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = PlanText::from_bytes(bytes.to_vec()) else {
        return;
    };
    let Ok(plan) = text.read() else { return };
    let Ok(whole) = Path::parse("") else { return };
    for change in &plan.changes {
        let _ = change.before(&whole);
        let _ = change.after(&whole);
        let _ = plan.references(change, &whole);
        let _ = plan.region(change);
    }
    for output in &plan.outputs {
        let _ = output.before();
        let _ = output.after();
    }
});
