//! What `tollgate env` prints.

use crate::doctor::{Checkup, Health};
use crate::env_diff::{Comparison, Difference};
use crate::report::page::{Cell, Line, Options, Page, Role, Widths, count};

/// More of a value than this is cut in a table; `--json` has all of it.
const MAX_VALUE: usize = 36;

/// A list of what belongs to something, each with where it comes from.
pub struct Sheet {
    /// What it is of.
    pub title: String,
    /// Words after the title.
    pub note: String,
    /// Label, value, and where it comes from.
    pub rows: Vec<[String; 3]>,
}

/// Returns it as text, with a line feed at the end of each line.
#[must_use]
pub fn sheet(sheet: &Sheet, options: Options) -> String {
    let mut page = Page::new(options);
    let title = Line::new()
        .atom(Role::Strong, sheet.title.as_str())
        .put(Role::Faint, sheet.note.as_str());
    page.line(0, 2, &title);
    rows(&mut page, &sheet.rows);
    page.finish()
}

fn rows(page: &mut Page, rows: &[[String; 3]]) {
    let cells: Vec<[Cell; 3]> = rows
        .iter()
        .map(|[label, value, from]| {
            [
                Cell::new(Role::Faint, label),
                Cell::new(Role::Plain, value),
                Cell::new(Role::Faint, from),
            ]
        })
        .collect();
    // Where nothing comes from anywhere, the values are what wraps.
    let fixed = if rows.iter().all(|[_, _, from]| from.is_empty()) {
        1
    } else {
        2
    };
    let widths = Widths::of(cells.iter().map(|row| &row[..fixed]));
    let fits = page.has_room_beside(2, &widths);
    for row in &cells {
        let (before, rest) = row.split_at(fixed);
        match rest.first() {
            Some(last) if fits => page.wrapped_beside(2, before, &widths, last),
            _ => {
                let [label, value, from] = row;
                let line = Line::new()
                    .text(value.text.as_str())
                    .put(Role::Faint, " ")
                    .put(Role::Faint, from.text.as_str());
                page.item(2, 16, Role::Faint, &label.text, &line);
            }
        }
    }
}

/// Returns a comparison as text, with a line feed at the end of each line.
#[must_use]
pub fn comparison(comparison: &Comparison, options: Options) -> String {
    let mut page = Page::new(options);
    let mut areas: Vec<_> = comparison
        .differences
        .iter()
        .map(|each| each.area)
        .collect();
    areas.dedup();
    for area in areas {
        let of_area: Vec<&Difference> = comparison
            .differences
            .iter()
            .filter(|each| each.area == area)
            .collect();
        let head = [
            Cell::new(Role::Strong, area.title()),
            Cell::new(Role::Faint, &comparison.left),
            Cell::new(Role::Faint, &comparison.right),
        ];
        table(&mut page, comparison, &head, &of_area);
        page.blank();
    }
    for note in &comparison.notes {
        let line = Line::new().text(note.as_str());
        page.item(0, 6, Role::Warning, "note", &line);
    }
    let drift = comparison
        .differences
        .iter()
        .filter(|each| each.drift.is_some())
        .count();
    let total = comparison.differences.len();
    let line = match (total, drift) {
        (0, _) => Line::new().put(Role::Good, "no difference"),
        (_, 0) => Line::new()
            .text(count(total, "difference", "differences"))
            .put(Role::Good, ", all of them written down for both"),
        _ => Line::new()
            .text(count(total, "difference", "differences"))
            .text(", ")
            .put(Role::Warning, format!("{drift} unexplained (DRIFT)")),
    };
    page.line(0, 2, &line);
    page.finish()
}

/// Returns what was found out about environments as text, with a line feed at the end of each
/// line.
#[must_use]
pub fn checkups(checkups: &[Checkup], options: Options) -> String {
    let mut page = Page::new(options);
    for checkup in checkups {
        page.blank();
        page.line(
            0,
            2,
            &Line::new().atom(Role::Strong, checkup.environment.as_str()),
        );
        for finding in &checkup.findings {
            let (role, word) = match finding.health {
                Health::Ok => (Role::Good, "ok"),
                Health::Unknown => (Role::Faint, "unknown"),
                Health::Warning => (Role::Warning, "warns"),
                Health::Problem => (Role::Bad, "FAILS"),
            };
            let line = Line::new()
                .put(Role::Faint, finding.check.word())
                .text(": ")
                .text(finding.what.as_str());
            page.item(2, 9, role, word, &line);
            if let Some(fix) = &finding.fix {
                page.item(11, 5, Role::Faint, "fix", &Line::new().text(fix.as_str()));
            }
        }
    }
    page.finish()
}

fn table(page: &mut Page, comparison: &Comparison, head: &[Cell; 3], rows: &[&Difference]) {
    let value = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or("-");
        let short: String = text.chars().take(MAX_VALUE).collect();
        let cut = if text.chars().count() > MAX_VALUE {
            "…"
        } else {
            ""
        };
        Cell::new(Role::Plain, &format!("{short}{cut}"))
    };
    let cells: Vec<Vec<Cell>> = std::iter::once(head.to_vec())
        .chain(rows.iter().map(|row| {
            let role = if row.drift.is_some() {
                Role::Warning
            } else {
                Role::Plain
            };
            vec![
                Cell::new(role, &row.name),
                value(&row.left),
                value(&row.right),
            ]
        }))
        .collect();
    let widths = Widths::of(cells.iter().map(Vec::as_slice));
    let fits = widths.total() <= page.width();
    if !fits {
        page.line(0, 2, &Line::new().put(Role::Strong, head[0].text.as_str()));
    }
    for (nth, cells) in cells.iter().enumerate() {
        if fits {
            page.aligned(0, cells, &widths);
        } else if let (Some(name), Some(row)) = (
            cells.first(),
            nth.checked_sub(1).and_then(|nth| rows.get(nth)),
        ) {
            page.line(2, 4, &Line::new().put(name.role, name.text.as_str()));
            for (environment, value) in [
                (&comparison.left, &row.left),
                (&comparison.right, &row.right),
            ] {
                let line = Line::new().text(value.as_deref().unwrap_or("-"));
                page.item(4, 16, Role::Faint, environment, &line);
            }
        }
        let drift = nth
            .checked_sub(1)
            .and_then(|nth| rows.get(nth))
            .and_then(|row| row.drift.as_deref());
        if let Some(drift) = drift {
            page.item(2, 7, Role::Warning, "DRIFT", &Line::new().text(drift));
        }
    }
}
