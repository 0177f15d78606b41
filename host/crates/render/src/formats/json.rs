//! The report, and anything else that is printed for machines, as JSON.

use std::io::{self, Write};

use serde::Serialize;

use tollgate_model::inert::{is_active, is_command};
use tollgate_model::report::Report;

/// Returns a value as indented JSON with a line feed at the end; the same bytes for the
/// same value.
///
/// Characters that could act on a terminal, and what a CI system takes for a command, are
/// written as `\u` escapes, which readers of JSON undo.
///
/// # Errors
///
/// Fails for what JSON cannot hold, such as a map whose keys are not strings.
pub fn render<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// Writes the same without holding all of it: a report of thousands of plans has a hundred megabytes.
///
/// # Errors
///
/// As [`render`], and when `out` cannot be written to.
pub fn write<T: Serialize>(value: &T, out: &mut dyn Write) -> serde_json::Result<()> {
    let mut lines = Lines {
        out,
        line: Vec::new(),
    };
    serde_json::to_writer_pretty(&mut lines, value)?;
    lines.write_all(b"\n").map_err(serde_json::Error::io)
}

/// Makes one line after the other safe.
struct Lines<'w> {
    out: &'w mut dyn Write,
    /// What there is of a line that has not ended.
    line: Vec<u8>,
}

impl Lines<'_> {
    /// Writes a line, with its end. Within one there is no other: in strings it is an escape. One starts
    /// with a space, a brace or a quote: `::` is no command in any.
    fn finish(&mut self) -> io::Result<()> {
        let acts = |byte: &u8| !matches!(byte, b' '..=b'"' | b'$'..=b'~' | b'\n');
        // Looked at to the end, as nearly every line is: that way many bytes are at a time.
        if self
            .line
            .iter()
            .fold(false, |found, byte| found | acts(byte))
        {
            let text = str::from_utf8(&self.line).map_err(io::Error::other)?;
            let mut safe = String::with_capacity(text.len());
            for (at, c) in text.char_indices() {
                if c != '\n' && is_active(c) || c == '#' && is_command(text, at) {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        safe.push_str(&format!("\\u{unit:04x}"));
                    }
                } else {
                    safe.push(c);
                }
            }
            self.out.write_all(safe.as_bytes())?;
        } else {
            self.out.write_all(&self.line)?;
        }
        self.line.clear();
        Ok(())
    }
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (part, after) = rest.split_at(end + 1);
            self.line.extend_from_slice(part);
            self.finish()?;
            rest = after;
        }
        self.line.extend_from_slice(rest);
        Ok(bytes.len())
    }

    /// A line that has not ended stays.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Returns the JSON Schema (2020-12) of the report.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tollgate_samples as samples;

    use super::*;

    #[test]
    fn every_sample_is_of_the_schema_and_reads_back() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for (name, report) in samples::all() {
            let text = render(&report).unwrap();
            assert!(text.ends_with("}\n"), "{name}");
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(
                validator.is_valid(&value),
                "{name}: {:?}",
                validator.validate(&value)
            );
            let back: Report = serde_json::from_str(&text).unwrap();
            assert_eq!(back, report, "{name}");
            assert_eq!(render(&back).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn what_is_not_a_report_is_not_of_the_schema() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let good = serde_json::to_value(samples::mixed()).unwrap();
        assert!(validator.is_valid(&good));
        let cases: [(&str, serde_json::Value); 4] = [
            ("/verdict/decision", "fine".into()),
            ("/verdict/exit_code", (-1).into()),
            ("/plans/0/policies", serde_json::Value::Null),
            ("/plans/0/policies/0/enforcement", "SoftMandatory".into()),
        ];
        for (pointer, wrong) in cases {
            let mut value = good.clone();
            *value.pointer_mut(pointer).unwrap() = wrong;
            assert!(!validator.is_valid(&value), "{pointer}");
        }
    }

    #[test]
    fn a_remark_goes_where_the_repository_has_a_line() {
        let report = samples::mixed();
        let mut location = report
            .plans
            .iter()
            .flat_map(|plan| &plan.policies)
            .flat_map(|policy| &policy.findings)
            .filter_map(|finding| finding.location.clone())
            .find(|location| !location.related.is_empty())
            .unwrap();
        assert_eq!(location.in_repository().0, "infra/modules/database/main.tf");
        location.file = "infra/.terraform/modules/database/main.tf".into();
        assert_eq!(location.in_repository(), ("infra/data.tf", 7, 1));
        location.related.clear();
        assert_eq!(location.in_repository().0, location.file);
    }

    #[test]
    fn hostile_text_is_escaped_and_kept() {
        let text = "\u{1b}[2J\u{9b}m\u{202e}x\u{e0041}\n é ##[error]";
        let json = render(&text).unwrap();
        assert_eq!(
            json,
            "\"\\u001b[2J\\u009bm\\u202ex\\udb40\\udc41\\n é #\\u0023[error]\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
