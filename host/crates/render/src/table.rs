//! Documents of policies as tables.
//!
//! A document with a `table` member is rendered as a table:
//!
//! ```json
//! {
//!   "summary": "Monthly cost after apply: $11.68",
//!   "table": {
//!     "title": "Monthly cost after apply",
//!     "columns": ["resource", "component", "monthly USD"],
//!     "rows": [["aws_db_instance.main", "db.t4g.micro", "11.68"], ["total", "", "11.68"]]
//!   }
//! }
//! ```
//!
//! `title` is optional. Cells are strings, numbers, booleans or null, one per column;
//! a column of which most cells are numbers is set flush right. The last row is always
//! shown, because sums stand there. `summary` is what the document says in one line: a deploy
//! says it at its end, and the history keeps it. Anything else in the document is for machines.

use serde::Deserialize;
use serde_json::Value;

use crate::page::{Cell, Line, Page, Role, Widths};
use tollgate_model::report::DocumentReport;

/// The least room for a first column of which some cells stand on lines of their own.
const MIN_FIRST: usize = 20;

/// The most rows of one table that are shown, the last row included.
const MAX_ROWS: usize = 25;

#[derive(Deserialize)]
pub(crate) struct Table {
    title: Option<String>,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// Reads the `table` member; none when there is none, or not of this shape.
    pub(crate) fn of(document: &DocumentReport) -> Option<Self> {
        #[derive(Deserialize)]
        struct Content {
            table: Option<Value>,
        }
        // What is no object has no table, and a list would do for one with serde.
        let text = document.content.as_str();
        let content: Content = serde_json::from_str(text.starts_with('{').then_some(text)?).ok()?;
        let table = Self::deserialize(content.table?).ok()?;
        let fits = |row: &Vec<Value>| {
            row.len() == table.columns.len()
                && !row.iter().any(|cell| cell.is_array() || cell.is_object())
        };
        (!table.columns.is_empty() && table.rows.iter().all(fits)).then_some(table)
    }

    pub(crate) fn title<'t>(&'t self, document: &'t DocumentReport) -> &'t str {
        self.title.as_deref().unwrap_or(&document.name)
    }

    /// Returns the head and the rows that are shown, and how many are left out before the
    /// last one.
    pub(crate) fn grid(&self) -> (Vec<Vec<Cell>>, usize) {
        let hidden = self.rows.len().saturating_sub(MAX_ROWS);
        let (shown, last) = if hidden == 0 {
            (self.rows.as_slice(), None)
        } else {
            (&self.rows[..MAX_ROWS - 1], self.rows.last())
        };
        let head = self.columns.iter().map(|name| Cell::new(Role::Faint, name));
        let rows = shown
            .iter()
            .chain(last)
            .map(|row| row.iter().map(cell).collect());
        let mut grid = vec![head.collect()];
        grid.extend(rows);
        flush_numbers_right(&mut grid);
        (grid, hidden)
    }
}

/// Adds a document: its table, or a line that says where to find it.
pub(crate) fn document(page: &mut Page, indent: usize, document: &DocumentReport) {
    let Some(table) = Table::of(document) else {
        let line = Line::new()
            .put(Role::Faint, "document ")
            .atom(Role::Plain, document.name.as_str())
            .put(Role::Faint, ": in `-o json`");
        page.line(indent, indent + 2, &line);
        return;
    };
    let title = table.title(document);
    page.line(indent, indent + 2, &Line::new().put(Role::Strong, title));
    let (grid, hidden) = table.grid();
    lay_out(page, indent + 2, &grid);
    if hidden > 0 {
        let line = Line::new().put(
            Role::Faint,
            format!("{hidden} more before the last row: see `-o json`"),
        );
        page.line(indent + 2, indent + 2, &line);
    }
}

/// As a grid; if that is too wide, with the last column wrapped, or with the first cells
/// that are too long on lines of their own; if that is still too wide, one cell a line.
fn lay_out(page: &mut Page, indent: usize, grid: &[Vec<Cell>]) {
    if page.columns(indent, grid) {
        return;
    }
    let widths = Widths::of(
        grid.iter()
            .filter_map(|row| row.split_last().map(|(_, row)| row)),
    );
    let prose = !grid
        .iter()
        .any(|row| row.last().is_some_and(|cell| cell.right));
    if prose && page.has_room_beside(indent, &widths) {
        for row in grid {
            let Some((last, row)) = row.split_last() else {
                continue;
            };
            page.wrapped_beside(indent, row, &widths, last);
        }
        return;
    }
    let widths = Widths::of(grid.iter().filter_map(|row| row.get(1..)));
    if widths.total() == 0 || indent + 2 + widths.total() > page.width() {
        one_cell_a_line(page, indent, grid);
        return;
    }
    let room = page.width() - indent - widths.total() - 2;
    let fits = |row: &[Cell]| row.first().is_some_and(|first| first.width() <= room);
    // A few long names are no reason to give every row two lines.
    if room >= MIN_FIRST && grid.iter().filter(|row| fits(row)).count() * 2 > grid.len() {
        let first = grid
            .iter()
            .filter(|row| fits(row))
            .filter_map(|row| row.first());
        let widths = widths.after(first.map(Cell::width).max().unwrap_or_default());
        for row in grid {
            if fits(row) {
                page.aligned(indent, row, &widths);
            } else if let Some((first, rest)) = row.split_first() {
                page.line(
                    indent,
                    indent,
                    &Line::new().atom(first.role, first.text.as_str()),
                );
                let mut rest = rest.to_vec();
                rest.insert(0, Cell::new(Role::Plain, ""));
                page.aligned(indent, &rest, &widths);
            }
        }
        return;
    }
    let mut above: Option<&str> = None;
    for row in grid {
        let Some((first, rest)) = row.split_first() else {
            continue;
        };
        if above != Some(first.text.as_str()) {
            page.line(
                indent,
                indent,
                &Line::new().atom(first.role, first.text.as_str()),
            );
        }
        above = Some(&first.text);
        page.aligned(indent + 2, rest, &widths);
    }
}

fn one_cell_a_line(page: &mut Page, indent: usize, grid: &[Vec<Cell>]) {
    let Some((head, rows)) = grid.split_first() else {
        return;
    };
    for row in rows {
        for (nth, (name, cell)) in head.iter().zip(row).enumerate() {
            if nth == 0 {
                page.line(
                    indent,
                    indent,
                    &Line::new().atom(Role::Plain, cell.text.as_str()),
                );
            } else if !cell.text.is_empty() {
                let line = Line::new()
                    .put(Role::Faint, format!("{}: ", name.text))
                    .text(cell.text.as_str());
                page.line(indent + 2, indent + 4, &line);
            }
        }
    }
}

fn cell(value: &Value) -> Cell {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Cell::new(Role::Plain, &text)
}

fn flush_numbers_right(grid: &mut [Vec<Cell>]) {
    let Some((head, rows)) = grid.split_first_mut() else {
        return;
    };
    for (nth, name) in head.iter_mut().enumerate() {
        let mut column = rows
            .iter_mut()
            .filter_map(|row| row.get_mut(nth))
            .collect::<Vec<_>>();
        let filled = column.iter().filter(|cell| !cell.text.is_empty()).count();
        let numbers = column.iter().filter(|cell| is_number(&cell.text)).count();
        name.right = numbers * 2 > filled;
        for cell in &mut column {
            cell.right = name.right;
        }
    }
}

/// Whether a cell reads as a number, an amount, a range of them, or an unknown one.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-', '−', '$', '<', '>', '≥', '~', ' ']);
    text == "?"
        || digits.starts_with(|c: char| c.is_ascii_digit())
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || ".,_ %$–".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use tollgate_model::report::DocumentReport;

    use crate::page::{Options, Page};

    fn rendered(width: usize, content: Value) -> String {
        let mut page = Page::new(Options {
            width,
            color: false,
        });
        super::document(
            &mut page,
            0,
            &DocumentReport {
                name: "d".into(),
                content: content.into(),
                summary: None,
            },
        );
        page.finish()
    }

    fn costs() -> Value {
        json!({"table": {
            "title": "Costs",
            "columns": ["resource", "what", "USD"],
            "rows": [
                ["module.a.aws_db_instance.main", "hours", "12.00"],
                ["module.a.aws_db_instance.main", "storage", 1.5],
                ["aws_kms_key.k[\"a b\"]", null, "unknown"],
                ["total", "", "≥ 13.50"]
            ]
        }})
    }

    #[test]
    fn the_layout_follows_the_width() {
        assert_eq!(
            rendered(60, costs()),
            "Costs\n\
             \x20 resource                       what         USD\n\
             \x20 module.a.aws_db_instance.main  hours      12.00\n\
             \x20 module.a.aws_db_instance.main  storage      1.5\n\
             \x20 aws_kms_key.k[\"a b\"]                    unknown\n\
             \x20 total                                   ≥ 13.50\n"
        );
        // A resource that goes on is named once.
        assert_eq!(
            rendered(36, costs()),
            "Costs\n\
             \x20 resource\n\
             \x20   what         USD\n\
             \x20 module.a.aws_db_instance.main\n\
             \x20   hours      12.00\n\
             \x20   storage      1.5\n\
             \x20 aws_kms_key.k[\"a b\"]\n\
             \x20            unknown\n\
             \x20 total\n\
             \x20            ≥ 13.50\n"
        );
        let wide = json!({"table": {
            "columns": ["a", "a long name of a column", "b"],
            "rows": [["x", "a text that is longer than the page is wide", true]]
        }});
        assert_eq!(
            rendered(30, wide),
            "d\n\
             \x20 x\n\
             \x20   a long name of a column: a\n\
             \x20     text that is longer than\n\
             \x20     the page is wide\n\
             \x20   b: true\n"
        );
    }

    #[test]
    fn a_last_column_of_words_wraps() {
        let notes = json!({"table": {
            "columns": ["Resource", "After", "Note"],
            "rows": [
                ["aws_lambda_function.f", "≥ 1.00", "usage not declared, depends on what apply finds"],
                ["aws_nat_gateway.n", "32.85–40.00", ""],
                ["Total", "?", "1 not determined"]
            ]
        }});
        assert_eq!(
            rendered(66, notes),
            "d\n\
             \x20 Resource                     After  Note\n\
             \x20 aws_lambda_function.f       ≥ 1.00  usage not declared, depends\n\
             \x20                                     on what apply finds\n\
             \x20 aws_nat_gateway.n      32.85–40.00\n\
             \x20 Total                            ?  1 not determined\n"
        );
    }

    #[test]
    fn what_is_no_table_is_named() {
        let cases = [
            json!([1, 2]),
            json!({"rows": []}),
            json!({"table": null}),
            json!({"table": {"columns": ["a"]}}),
            json!({"table": {"columns": [], "rows": []}}),
            json!({"table": {"columns": ["a"], "rows": [["x", "y"]]}}),
            json!({"table": {"columns": ["a"], "rows": [[["x"]]]}}),
        ];
        for content in cases {
            assert_eq!(
                rendered(80, content.clone()),
                "document d: in `-o json`\n",
                "{content}"
            );
        }
    }

    #[test]
    fn long_tables_keep_their_last_row_and_count_the_rest() {
        let mut rows: Vec<Value> = (0..100).map(|nth| json!([nth.to_string()])).collect();
        rows.push(json!(["sum"]));
        let text = rendered(80, json!({"table": {"columns": ["n"], "rows": rows}}));
        assert!(
            text.contains(" 23\n  sum\n  76 more before the last row: see `-o json`\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1 + 1 + super::MAX_ROWS + 1);
    }
}
