//! Lines of text for a person: wrapped, indented, styled, and inert.
//!
//! Every text goes through [`inert`] on its way onto a [`Page`], so no renderer can
//! forget it. Style only stresses; the words alone say everything.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use tollgate_model::inert::inert;

/// How much room there is, and whether colour is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to write ANSI colour. The caller knows of terminals and `NO_COLOR`.
    pub color: bool,
}

impl Default for Options {
    /// What suits a file or a CI log: 100 columns, no colour.
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
        }
    }
}

/// The narrowest page that is laid out; on less, lines run over.
const MIN_WIDTH: usize = 30;

/// Prose is not set wider than this, because long lines are hard to read.
const MAX_PROSE: usize = 120;

/// The least room for a column that wraps beside others.
const MIN_BESIDE: usize = 24;

/// What a piece of text is, which decides how it is stressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// As the terminal shows it.
    Plain,
    /// Bold.
    Strong,
    /// Dimmed.
    Faint,
    /// Red and bold.
    Bad,
    /// Yellow and bold.
    Warning,
    /// Green and bold.
    Good,
}

impl Role {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
        }
    }
}

/// A paragraph before it is wrapped.
#[derive(Clone, Debug, Default)]
pub struct Line<'a> {
    spans: Vec<Span<'a>>,
}

#[derive(Clone, Debug)]
struct Span<'a> {
    role: Role,
    text: Cow<'a, str>,
    breakable: bool,
}

impl<'a> Line<'a> {
    /// Starts an empty paragraph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds plain words.
    #[must_use]
    pub fn text(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.put(Role::Plain, text)
    }

    /// Adds words that can be wrapped at spaces.
    #[must_use]
    pub fn put(mut self, role: Role, text: impl Into<Cow<'a, str>>) -> Self {
        self.spans.push(Span {
            role,
            text: text.into(),
            breakable: true,
        });
        self
    }

    /// Adds an address or another name, which is never broken.
    #[must_use]
    pub fn atom(mut self, role: Role, text: impl Into<Cow<'a, str>>) -> Self {
        self.spans.push(Span {
            role,
            text: text.into(),
            breakable: false,
        });
        self
    }

    fn words(&self, room: usize) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        // Whether the next piece belongs to the last word.
        let mut glued = false;
        for span in &self.spans {
            let text = inert(&span.text);
            let pieces = if span.breakable {
                split(&text, room)
            } else {
                vec![&*text]
            };
            for (nth, piece) in pieces.into_iter().enumerate() {
                glued &= nth == 0;
                if piece.is_empty() {
                    continue;
                }
                match words.last_mut() {
                    Some(word) if glued => word.pieces.push((span.role, piece.to_owned())),
                    _ => words.push(Word {
                        pieces: vec![(span.role, piece.to_owned())],
                    }),
                }
                glued = true;
            }
        }
        words
    }
}

/// What stays on one line.
struct Word {
    pieces: Vec<(Role, String)>,
}

impl Word {
    fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }
}

/// Splits at spaces, but not inside an instance key, nor inside a `` `command` `` that
/// fits on a line of its own.
fn split(text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let kept_whole = if rest.starts_with("[\"") {
            rest.find("\"]").map(|end| end + 2)
        } else if c == '`' {
            rest[1..]
                .find('`')
                .map(|end| end + 2)
                .filter(|&end| rest[..end].width() <= room)
        } else {
            None
        };
        if c == ' ' {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
        at += kept_whole.unwrap_or(c.len_utf8());
    }
    pieces.push(&text[start..]);
    pieces
}

/// Text under construction.
#[derive(Debug)]
pub struct Page {
    options: Options,
    text: String,
}

impl Page {
    /// Starts an empty page.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let width = options.width.max(MIN_WIDTH);
        Self {
            options: Options { width, ..options },
            text: String::new(),
        }
    }

    /// Returns its width in columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.options.width
    }

    /// Returns how many lines it has.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.text.matches('\n').count()
    }

    /// Adds the lines of another page.
    pub fn append(&mut self, sheet: &Self) {
        self.text.push_str(&sheet.text);
    }

    /// Returns the text, with a line feed at the end of each line.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// Adds an empty line, unless there is nothing yet to be set apart from.
    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds a paragraph, wrapped. Its first line starts at `indent`, the others at `hang`.
    pub fn line(&mut self, indent: usize, hang: usize, line: &Line<'_>) {
        let width = self.options.width.min(MAX_PROSE);
        let mut left = indent;
        let mut used = 0;
        let mut row: Vec<(Role, String)> = Vec::new();
        for word in line.words(width.saturating_sub(hang)) {
            let wide = word.width();
            if !row.is_empty() && left + used + 1 + wide > width {
                self.row(left, &row);
                row.clear();
                left = hang;
                used = 0;
            }
            if let Some((role, text)) = row.last_mut() {
                used += 1;
                // The space takes the style of its surroundings, or none.
                if word.pieces.first().is_some_and(|(next, _)| next == role) {
                    text.push(' ');
                } else {
                    row.push((Role::Plain, " ".to_owned()));
                }
            }
            used += wide;
            for (role, piece) in word.pieces {
                match row.last_mut() {
                    Some((last, text)) if *last == role => text.push_str(&piece),
                    _ => row.push((role, piece)),
                }
            }
        }
        self.row(left, &row);
    }

    /// Adds `word` in a column of its own, and a paragraph that hangs beside it.
    pub fn item(&mut self, indent: usize, column: usize, role: Role, word: &str, line: &Line<'_>) {
        // No break after the word: the next line would begin in the same column.
        let gap = " ".repeat(column.saturating_sub(word.width()).max(1));
        let mut whole = Line::new().atom(role, word).atom(Role::Plain, gap);
        whole.spans.extend(line.spans.iter().cloned());
        self.line(indent, indent + column, &whole);
    }

    /// Adds a line as it is, but inert: code, for instance.
    pub fn verbatim(&mut self, indent: usize, text: &str) {
        let text = inert(text).into_owned();
        self.row(indent, &[(Role::Plain, text)]);
    }

    /// Adds rows of cells in aligned columns, two spaces apart, if they fit beside
    /// `indent`; says whether they did.
    pub fn columns(&mut self, indent: usize, rows: &[Vec<Cell>]) -> bool {
        let widths = Widths::of(rows.iter().map(Vec::as_slice));
        if indent + widths.total() > self.options.width {
            return false;
        }
        for row in rows {
            self.aligned(indent, row, &widths);
        }
        true
    }

    /// Adds one row of cells, aligned to columns of these widths.
    pub fn aligned(&mut self, indent: usize, row: &[Cell], widths: &Widths) {
        let mut pieces = Vec::new();
        let mut gap = 0;
        for (cell, width) in row.iter().zip(&widths.0) {
            let pad = width.saturating_sub(cell.width());
            if cell.text.is_empty() {
                gap += pad + 2;
                continue;
            }
            let (before, after) = if cell.right { (pad, 0) } else { (0, pad) };
            pieces.push((Role::Plain, " ".repeat(gap + before)));
            pieces.push((cell.role, cell.text.clone()));
            gap = after + 2;
        }
        self.row(indent, &pieces);
    }

    /// Whether a column can be wrapped beside columns of these widths.
    #[must_use]
    pub fn has_room_beside(&self, indent: usize, widths: &Widths) -> bool {
        indent + widths.total() + 2 + MIN_BESIDE <= self.options.width.min(MAX_PROSE)
    }

    /// Adds one row of cells, aligned to columns of these widths, and a last one beside
    /// them that wraps.
    pub fn wrapped_beside(&mut self, indent: usize, row: &[Cell], widths: &Widths, last: &Cell) {
        let mut line = Line::new();
        for (cell, width) in row.iter().zip(&widths.0) {
            let pad = width.saturating_sub(cell.width());
            let (before, after) = if cell.right { (pad, 0) } else { (0, pad) };
            line = line
                .atom(Role::Plain, " ".repeat(before))
                .atom(cell.role, cell.text.as_str())
                .atom(Role::Plain, " ".repeat(after + 2));
        }
        self.line(
            indent,
            indent + widths.total() + 2,
            &line.put(last.role, last.text.as_str()),
        );
    }

    fn row(&mut self, indent: usize, pieces: &[(Role, String)]) {
        // Padding at the end of a line is of no use.
        let blank = |(_, text): &&(Role, String)| text.trim_end_matches(' ').is_empty();
        let padding = pieces.iter().rev().take_while(blank).count();
        let pieces = &pieces[..pieces.len() - padding];
        if !pieces.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
        for (role, text) in pieces {
            if self.options.color && *role != Role::Plain {
                let style = role.style();
                self.text.push_str(&format!("{style}{text}{style:#}"));
            } else {
                self.text.push_str(text);
            }
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// How it is stressed.
    pub role: Role,
    /// Inert already.
    pub text: String,
    /// Whether it is set to the right, as numbers are.
    pub right: bool,
}

impl Cell {
    /// Makes a cell that is set to the left, of text that is made inert.
    #[must_use]
    pub fn new(role: Role, text: &str) -> Self {
        Self {
            role,
            text: inert(text).into_owned(),
            right: false,
        }
    }

    /// Returns its width in columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.text.width()
    }
}

/// The widths of the columns of a table.
#[derive(Clone, Debug)]
pub struct Widths(Vec<usize>);

impl Widths {
    /// Measures rows.
    #[must_use]
    pub fn of<'a>(rows: impl Iterator<Item = &'a [Cell]>) -> Self {
        let mut widths: Vec<usize> = Vec::new();
        for row in rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        Self(widths)
    }

    /// Makes the first column at least this wide.
    #[must_use]
    pub fn with_first(mut self, least: usize) -> Self {
        if let Some(first) = self.0.first_mut() {
            *first = (*first).max(least);
        }
        self
    }

    /// Puts another column before the others.
    #[must_use]
    pub fn after(&self, first: usize) -> Self {
        Self(
            std::iter::once(first)
                .chain(self.0.iter().copied())
                .collect(),
        )
    }

    /// Returns the width of a row, gaps included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum::<usize>() + 2 * self.0.len().saturating_sub(1)
    }
}

/// Returns `1 finding`, `2 findings`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(width: usize, line: &Line<'_>) -> String {
        let mut page = Page::new(Options {
            width,
            color: false,
        });
        page.line(2, 4, line);
        page.finish()
    }

    #[test]
    fn words_wrap_and_hang() {
        let line = Line::new().text("one two three four five six seven eight nine ten");
        assert_eq!(
            wrapped(30, &line),
            "  one two three four five six\n    seven eight nine ten\n"
        );
    }

    #[test]
    fn addresses_and_commands_are_not_broken() {
        let cases = [
            (
                "the role aws_iam_role.r[\"a name with spaces\"].arn is open",
                "  the role\n    aws_iam_role.r[\"a name with spaces\"].arn\n    is open\n",
            ),
            (
                "then run `tofu show -json p` and look",
                "  then run `tofu show -json p`\n    and look\n",
            ),
            (
                "run `tofu show -json plan.bin > plan.json` and look",
                "  run `tofu show -json\n    plan.bin > plan.json` and\n    look\n",
            ),
            (
                "an unclosed [\"key goes on and on and on",
                "  an unclosed [\"key goes on\n    and on and on\n",
            ),
            (
                "日本語 日本語 日本語 日本語 日本語",
                "  日本語 日本語 日本語 日本語\n    日本語\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(wrapped(30, &Line::new().text(text)), expected);
        }
        let address = "module.a[\"x y\"].aws_db_instance.main[\"very long and wide\"]";
        let line = Line::new()
            .text("of ")
            .atom(Role::Strong, address)
            .text(", twice");
        assert_eq!(
            wrapped(30, &line),
            format!("  of\n    {address},\n    twice\n")
        );
    }

    #[test]
    fn nothing_active_reaches_a_page() {
        let hostile = "\u{1b}[31m\u{202e}x\n";
        let mut page = Page::new(Options::default());
        page.line(0, 0, &Line::new().text(hostile).atom(Role::Bad, hostile));
        page.item(0, 4, Role::Plain, hostile, &Line::new());
        page.verbatim(0, hostile);
        assert!(page.columns(0, &[vec![Cell::new(Role::Plain, hostile)]]));
        let text = page.finish();
        assert_eq!(text.matches('\n').count(), 4, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }

    #[test]
    fn colour_adds_nothing_but_escape_sequences() {
        let line = Line::new()
            .put(Role::Bad, "REFUSED for")
            .text(" it: ")
            .atom(Role::Strong, "a.b");
        let mut page = Page::new(Options {
            width: 30,
            color: true,
        });
        page.line(0, 0, &line);
        assert_eq!(
            page.finish(),
            "\u{1b}[1m\u{1b}[31mREFUSED for\u{1b}[0m it: \u{1b}[1ma.b\u{1b}[0m\n"
        );
    }

    #[test]
    fn the_last_column_wraps_beside_the_others() {
        let row = [Cell::new(Role::Plain, "日本"), Cell::new(Role::Plain, "b")];
        let widths = Widths::of([row.as_slice()].into_iter()).with_first(5);
        let mut page = Page::new(Options {
            width: 35,
            color: false,
        });
        assert!(page.has_room_beside(1, &widths));
        assert!(!page.has_room_beside(2, &widths));
        let last = Cell::new(Role::Plain, "words that go on for more than a line");
        page.wrapped_beside(1, &row, &widths, &last);
        page.wrapped_beside(1, &row, &widths, &Cell::new(Role::Plain, ""));
        assert_eq!(
            page.finish(),
            " 日本   b  words that go on for\n           more than a line\n 日本   b\n"
        );
    }

    #[test]
    fn columns_align_or_decline() {
        let cell = |text: &str, right| Cell {
            right,
            ..Cell::new(Role::Plain, text)
        };
        let rows = [
            vec![
                cell("a", false),
                cell("1", true),
                cell("", false),
                cell("x", false),
            ],
            vec![
                cell("日本", false),
                cell("100", true),
                cell("yy", false),
                cell("", false),
            ],
        ];
        let mut page = Page::new(Options {
            width: 30,
            color: false,
        });
        assert!(page.columns(1, &rows));
        assert_eq!(page.finish(), " a       1      x\n 日本  100  yy\n");
        let mut page = Page::new(Options {
            width: 30,
            color: false,
        });
        assert!(!page.columns(20, &rows));
        assert_eq!(page.finish(), "");
    }
}
