//! What `tollgate policy bench` prints.

use crate::authoring::bench::Bench;
use crate::report::page::{Cell, Line, Options, Page, Role};

/// From here on, in percent, fuel grows faster than the plan.
const FASTER: u64 = 130;

/// Returns it as text for a person, with a line feed at the end of each line.
#[must_use]
pub fn human(bench: &Bench, options: Options) -> String {
    let mut page = Page::new(options);
    let title = Line::new()
        .atom(Role::Strong, bench.policy.as_str())
        .put(Role::Faint, format!(" {}", bench.version));
    page.line(0, 2, &title);
    let head = [
        "changes",
        "seen",
        "time",
        "fuel",
        "of the limit",
        "memory",
        "of the limit",
        "fuel per change",
    ];
    let mut rows = vec![cells(Role::Faint, &head.map(str::to_owned))];
    let (fuel, memory) = bench.may;
    for row in &bench.rows {
        rows.push(cells(
            Role::Plain,
            &[
                row.changes.to_string(),
                row.seen.to_string(),
                time(row.microseconds),
                short(row.fuel),
                percent(row.most_fuel, fuel),
                format!("{:.1} MiB", row.memory as f64 / f64::from(1 << 20)),
                percent(row.memory, memory),
                short(row.fuel.checked_div(row.seen as u64).unwrap_or_default()),
            ],
        ));
    }
    if !page.columns(2, &rows) {
        for row in &bench.rows {
            let line = format!(
                "{} changes: {}, {} fuel",
                row.changes,
                time(row.microseconds),
                short(row.fuel)
            );
            page.line(2, 4, &Line::new().text(line));
        }
    }
    match bench.growth() {
        Some(growth) if growth > FASTER => {
            let line = Line::new().put(
                Role::Warning,
                "fuel grows faster than the plan: a policy that compares every change with every other does that",
            );
            page.line(0, 2, &line);
        }
        Some(_) => page.line(0, 2, &Line::new().text("fuel grows as the plan does")),
        None => page.line(
            0,
            2,
            &Line::new()
                .text("fuel does not grow with the plan: the policy is given nothing of it"),
        ),
    }
    page.finish()
}

fn cells(role: Role, texts: &[String; 8]) -> Vec<Cell> {
    texts
        .iter()
        .map(|text| Cell {
            right: true,
            ..Cell::new(role, text)
        })
        .collect()
}

fn time(microseconds: u64) -> String {
    match microseconds {
        0..10_000 => format!("{microseconds} µs"),
        _ => format!("{:.1} ms", microseconds as f64 / 1_000.0),
    }
}

/// A number with a letter for its size.
fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..10_000_000 => format!("{:.1} k", number as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} M", number as f64 / 1e6),
        _ => format!("{:.1} G", number as f64 / 1e9),
    }
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.2} %", part as f64 * 100.0 / whole as f64)
}
