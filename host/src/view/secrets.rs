//! What `tollgate secrets check` and `secrets diff` print for people.

use std::collections::BTreeMap;

use crate::report::page::{Cell, Line, Options, Page, Role, count};
use crate::secrets_check::{EnvironmentSecrets, Gravity, SecretsFinding, SecretsReport};
use tollgate_secrets::contract::has_below;

/// Returns the report as text.
#[must_use]
pub fn render(report: &SecretsReport, options: Options) -> String {
    let mut page = Page::new(options);
    for environment in &report.environments {
        page.line(0, 2, &environment_line(environment));
    }
    let compared = compared_with(&report.configurations);
    page.line(0, 0, &Line::new().put(Role::Faint, compared));
    if !report.findings.is_empty() {
        page.blank();
    }
    for finding in &report.findings {
        finding_lines(&mut page, finding);
    }
    matrix(
        &mut page,
        "Keys that not every environment has",
        report.parity.iter().map(|row| {
            (
                row.key.as_str(),
                row.present.as_slice(),
                row.absent.as_slice(),
            )
        }),
    );
    matrix(
        &mut page,
        "Who can read what",
        report.readers.iter().map(|reader| {
            (
                reader.recipient.as_str(),
                reader.environments.as_slice(),
                &[][..],
            )
        }),
    );
    page.blank();
    page.line(0, 2, &verdict(report));
    page.finish()
}

/// What was looked at of an environment.
fn environment_line(environment: &EnvironmentSecrets) -> Line<'_> {
    let line = Line::new().atom(Role::Strong, environment.name.as_str());
    match (&environment.source, environment.files.as_slice()) {
        (Some(source), _) => line.text(format!(": {source}, not checked")),
        (None, []) => line.text(": no file"),
        (None, files) => {
            let line = line.text(format!(": {}, ", files.join(", ")));
            match environment.unread.as_slice() {
                [] => line.text(count(environment.keys, "value", "values")),
                unread if unread.len() == files.len() => line.text("not checked"),
                unread => line
                    .text(count(environment.keys, "value", "values"))
                    .text(format!(", {} not checked", unread.join(", "))),
            }
        }
    }
}

fn compared_with(directories: &[String]) -> String {
    match directories {
        [] => "No configuration here, so names are compared between environments only; \
               `--configuration DIR` names one."
            .to_owned(),
        [here] if here == "." => {
            "Compared with the variables of the configuration here.".to_owned()
        }
        directories => format!("Compared with the variables in {}", directories.join(", ")),
    }
}

fn finding_lines(page: &mut Page, finding: &SecretsFinding) {
    let (role, word) = match finding.gravity {
        Gravity::Error => (Role::Bad, "error    "),
        Gravity::Warning => (Role::Warning, "warning  "),
        Gravity::Note => (Role::Faint, "note     "),
    };
    let mut line = Line::new().put(role, word);
    if let Some(environment) = &finding.environment {
        line = line.atom(Role::Strong, environment.as_str()).text(": ");
    }
    if let Some(file) = &finding.file {
        line = line.atom(Role::Plain, file.as_str()).text(": ");
    }
    page.line(0, 9, &line.text(finding.message.as_str()));
    let fix = Line::new()
        .put(Role::Faint, "fix ")
        .text(finding.fix.as_str());
    page.line(9, 13, &fix);
}

/// The last line: what the check came to, and how many errors and warnings there are.
fn verdict(report: &SecretsReport) -> Line<'_> {
    let line = if report.passed {
        Line::new().put(Role::Good, "PASSED")
    } else if report.exit_code == crate::exit::PASSED {
        let unchecked: Vec<&str> = report
            .environments
            .iter()
            .filter(|environment| environment.source.is_some())
            .map(|environment| environment.name.as_str())
            .collect();
        Line::new()
            .put(Role::Warning, "NOT CHECKED")
            .text(format!(" ({})", unchecked.join(", ")))
    } else {
        Line::new()
            .put(Role::Bad, "FAILED")
            .text(format!(" (exit code {})", report.exit_code))
    };
    let number = |gravity| {
        report
            .findings
            .iter()
            .filter(|finding| finding.gravity == gravity)
            .count()
    };
    line.text(": ")
        .text(count(number(Gravity::Error), "error", "errors"))
        .text(", ")
        .text(count(number(Gravity::Warning), "warning", "warnings"))
}

/// A row per name and a column per environment.
fn matrix<'r>(
    page: &mut Page,
    title: &str,
    rows: impl Iterator<Item = (&'r str, &'r [String], &'r [String])>,
) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let mut environments: Vec<&str> = rows
        .iter()
        .flat_map(|(_, present, absent)| present.iter().chain(*absent))
        .map(String::as_str)
        .collect();
    environments.sort_unstable();
    environments.dedup();
    page.blank();
    page.line(0, 2, &Line::new().put(Role::Strong, title));
    let mut header = vec![Cell::new(Role::Plain, "")];
    header.extend(environments.iter().map(|name| Cell::new(Role::Faint, name)));
    let mut table = vec![header];
    for (name, present, _) in &rows {
        let mut row = vec![Cell::new(Role::Plain, name)];
        row.extend(environments.iter().map(|environment| {
            if present.iter().any(|name| name == environment) {
                Cell::new(Role::Good, "yes")
            } else {
                Cell::new(Role::Faint, "-")
            }
        }));
        table.push(row);
    }
    if !page.columns(2, &table) {
        for (name, present, _) in rows {
            page.line(2, 4, &Line::new().atom(Role::Plain, name));
            page.line(4, 6, &Line::new().text(present.join(", ")));
        }
    }
}

/// Returns what differs between two sets of names and types.
#[must_use]
pub fn diff(
    names: (&str, &str),
    sides: (
        &BTreeMap<String, &'static str>,
        &BTreeMap<String, &'static str>,
    ),
    options: Options,
) -> String {
    let mut page = Page::new(options);
    let (left, right) = sides;
    let mut rows = Vec::new();
    for (key, kind) in left {
        match right.get(key) {
            // Empty here, and filled there.
            None if has_below(right, key) => {}
            None => rows.push((key, *kind, "-")),
            Some(other) if other != kind => rows.push((key, *kind, *other)),
            Some(_) => {}
        }
    }
    for (key, kind) in right {
        if !left.contains_key(key) && !has_below(left, key) {
            rows.push((key, "-", *kind));
        }
    }
    if rows.is_empty() {
        page.line(
            0,
            2,
            &Line::new().text(format!(
                "{} and {} have the same names and types ({}); values were not compared",
                names.0,
                names.1,
                left.len()
            )),
        );
        return page.finish();
    }
    rows.sort_unstable();
    let mut table = vec![vec![
        Cell::new(Role::Plain, ""),
        Cell::new(Role::Strong, names.0),
        Cell::new(Role::Strong, names.1),
    ]];
    for (key, one, other) in &rows {
        table.push(vec![
            Cell::new(Role::Plain, key),
            Cell::new(Role::Plain, one),
            Cell::new(Role::Plain, other),
        ]);
    }
    if !page.columns(0, &table) {
        for (key, one, other) in rows {
            page.line(0, 2, &Line::new().atom(Role::Plain, key.as_str()));
            page.line(2, 4, &Line::new().text(format!("{one} | {other}")));
        }
    }
    page.finish()
}
