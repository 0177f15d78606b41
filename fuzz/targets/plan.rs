//! A plan: read, and everything read out of it that a policy could ask for.

#![no_main]
#![expect(clippy::panic, reason = "a target panics where it found a mistake")]

use libfuzzer_sys::fuzz_target;
use tollgate::plan::{Meter, Path, PlanText};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = PlanText::from_bytes(bytes.to_vec()) else {
        return;
    };
    let Ok(plan) = text.read() else { return };
    let Ok(whole) = Path::parse("") else { return };
    let paths: Vec<Path> = [
        "",
        "id",
        "tags",
        "tags.a",
        "tags.a[0]",
        "rule[0].name",
        "rule[1]",
    ]
    .iter()
    .filter_map(|path| Path::parse(path).ok())
    .collect();
    let meter = Meter::unlimited();
    for change in plan.changes.iter().chain(&plan.drift) {
        let Ok(mut reader) = change.attributes(&meter) else {
            panic!("without a limit there is none to hit");
        };
        for path in &paths {
            // What was read before must not show in what is read now.
            assert_eq!(reader.before(path), change.before(path));
            assert_eq!(reader.after(path), change.after(path));
        }
        let _ = change.differences();
        let _ = plan.references(change, &whole);
        let _ = plan.region(change);
    }
    for output in &plan.outputs {
        let _ = output.before();
        let _ = output.after();
    }
});
