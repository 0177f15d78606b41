//! The report as a comment on a pull request, in GitHub's Markdown.
//!
//! The verdict comes first, then what refuses, in full; everything else is folded. The
//! first line is a comment that names the environment, by which an action finds the
//! comment to update. What does not fit into GitHub's limit is left out from the end and
//! counted.

mod escape;
pub mod manual;

use std::fmt::Write as _;

use tollgate_model::digest::{Digits, percent};

use crate::groups::{Fate, Group, clusters, groups};
use crate::page::count;
use crate::table::Table;
use crate::words::{self, enforcement, place, plan_name, severity};
use escape::{code, code_cell, html_code, plain, prose};
use tollgate_model::environment::protected_by_name;
use tollgate_model::report::{
    Decision, Disposition, FindingReport, LocationSubject, PlanReport, Problem, Report, WaiverState,
};
use tollgate_model::rule::Response;

/// The most bytes of a comment. GitHub says 65,536 characters; counted in bytes it fits
/// however they are counted.
pub const COMMENT_LIMIT: usize = 65_536;

/// The most bytes of a job summary: GitHub refuses a larger one as a whole.
pub const SUMMARY_LIMIT: usize = 1 << 20;

/// What the words on what was left out need at most.
const RESERVE: usize = 1_000;

/// The most rows of the tables of plans and policies.
const MAX_ROWS: usize = 50;

/// The most resources that share one explanation.
const MAX_CLUSTER: usize = 25;

/// The bytes of an environment's name that tell its comment from others.
const MAX_MARKER: usize = 100;

/// The most attributes, and the most details, of a finding.
const MAX_PARTS: usize = 8;

/// Returns a paragraph or a list of others for another document in Markdown: code between
/// backticks and what starts a line keep their meaning, links and HTML lose it.
pub(crate) fn paragraph(text: &str) -> String {
    let line = |line: &str| match line.split_once(' ') {
        Some((mark @ ("-" | "*" | "+"), rest)) => format!("{mark} {}", prose(rest)),
        _ => prose(line),
    };
    text.lines()
        .map(|text| line(text.trim()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns a comment of at most [`COMMENT_LIMIT`] bytes.
pub fn render(report: &Report) -> String {
    within(report, COMMENT_LIMIT)
}

/// Returns the same for another limit, in bytes. The verdict is there whatever the limit.
pub fn within(report: &Report, limit: usize) -> String {
    let mut sheet = Sheet {
        text: String::new(),
        room: limit.saturating_sub(RESERVE),
        left_out: 0,
        parts_left_out: 0,
    };
    head(&mut sheet.text, report);
    for text in words::mixed(report) {
        let block = format!("\n⚠️ {}.\n", plain(&text));
        if !sheet.add(&block, 0) {
            sheet.parts_left_out += 1;
        }
    }
    plans(&mut sheet.text, report);
    problems(&mut sheet, report);
    refusing(&mut sheet, report);
    losses(&mut sheet, report);
    for (what, fates) in [
        ("warns", &[Fate::Warns, Fate::WarnsUndetermined][..]),
        ("so before the plan", &[Fate::WarnsExisting]),
        ("advice", &[Fate::WarnsAdvice]),
        ("waived", &[Fate::Waived]),
        ("let pass: cannot be told before apply", &[Fate::Passes]),
        ("let pass: so before the plan", &[Fate::PassesExisting]),
        ("in the baseline", &[Fate::Baselined]),
    ] {
        folded(&mut sheet, report, what, fates);
    }
    waivers(&mut sheet, report);
    documents(&mut sheet, report);
    judged(&mut sheet, report);
    foot(&mut sheet, report);
    sheet.text
}

/// The first line of a comment on plans for an environment of this name.
fn marker(environment: &str) -> String {
    // Nothing that could end an HTML comment, and another text for another name.
    let bytes = environment.as_bytes();
    let name = percent(&bytes[..bytes.len().min(MAX_MARKER)], b"", Digits::Lower);
    format!("<!-- tollgate: {name} -->")
}

/// Text that must not grow beyond a limit.
struct Sheet {
    text: String,
    room: usize,
    /// Findings that found no room.
    left_out: usize,
    /// Parts without findings that found none.
    parts_left_out: usize,
}

impl Sheet {
    /// Adds a block as a whole, if there is room for it and for `more` bytes after it.
    fn add(&mut self, block: &str, more: usize) -> bool {
        let fits = self.text.len() + block.len() + more <= self.room;
        if fits {
            self.text.push_str(block);
        }
        fits
    }

    /// Adds a part that can be unfolded, with as many of its blocks as there is room for.
    /// Each comes with the number of findings that it has.
    fn fold(&mut self, summary: &str, blocks: &[(String, usize)]) {
        const END: &str = "\n</details>\n";
        let before = self.text.len();
        let mut left_out = 0;
        let mut added = false;
        if self.add(
            &format!("\n<details><summary>{summary}</summary>\n"),
            END.len(),
        ) {
            for (block, findings) in blocks {
                if left_out == 0 && self.add(block, END.len()) {
                    added = true;
                } else {
                    left_out += findings;
                }
            }
        } else {
            left_out = blocks.iter().map(|(_, findings)| findings).sum();
        }
        if added {
            self.text.push_str(END);
        } else {
            self.text.truncate(before);
            self.parts_left_out += usize::from(left_out == 0);
        }
        self.left_out += left_out;
    }
}

fn head(text: &mut String, report: &Report) {
    let environment = &report.environment;
    let name = code(&environment.name);
    let _ = writeln!(text, "{}", marker(&environment.name));
    let (mark, word) = match report.verdict.decision {
        Decision::Passed => ("✅", "passed"),
        _ => ("❌", "refused"),
    };
    let _ = writeln!(text, "### {mark} Tollgate: {word} for {name}\n");
    let reasons = prose(&words::reasons(report));
    let _ = match report.verdict.decision {
        Decision::Passed => writeln!(text, "**Passed**: {reasons}."),
        _ => writeln!(
            text,
            "**Refused** (exit code {}): {reasons}.",
            report.verdict.exit_code
        ),
    };
    if !environment.protected && protected_by_name(&environment.name) {
        let _ = writeln!(
            text,
            "\n⚠️ {name} is **not protected**: the configuration says so."
        );
    }
}

fn plans(text: &mut String, report: &Report) {
    text.push_str("\n| Plan | Changes | Findings |\n|---|---|---|\n");
    for plan in report.plans.iter().take(MAX_ROWS) {
        let changes = match (&plan.facts, &plan.problem) {
            (_, Some(_)) => "could not be judged".to_owned(),
            (Some(facts), None) => words::changes(facts),
            (None, None) => String::new(),
        };
        let findings = plan.policies.iter().flat_map(|policy| &policy.findings);
        let mut fates = vec![words::fates(&findings)];
        let failed = plan
            .policies
            .iter()
            .filter(|policy| policy.failure.is_some());
        let failed = failed.count();
        if failed > 0 {
            fates.push(format!(
                "{} could not be run",
                count(failed, "policy", "policies")
            ));
        }
        fates.retain(|fate| !fate.is_empty());
        if fates.is_empty() && plan.problem.is_none() {
            fates.push("none".to_owned());
        }
        let coverage = plan.facts.iter().flat_map(|facts| &facts.coverage);
        let unjudged: Vec<_> = coverage.filter(|each| each.is_unjudged()).collect();
        fates.extend(words::unjudged(&unjudged));
        let name = code_cell(&shortened(&plan_name(plan)));
        let _ = writeln!(text, "| {name} | {changes} | {} |", fates.join(", "));
    }
    if report.plans.len() > MAX_ROWS {
        let _ = writeln!(text, "\n{} more plans.", report.plans.len() - MAX_ROWS);
    }
}

/// The end of a long path, which tells it from others.
fn shortened(path: &str) -> String {
    const MOST: usize = 120;
    match path.char_indices().rev().nth(MOST) {
        Some((at, _)) => format!("…{}", path.get(at..).unwrap_or_default()),
        None => path.to_owned(),
    }
}

/// What plans destroy, replace, forget and no longer find, whatever policies say of it.
fn losses(sheet: &mut Sheet, report: &Report) {
    let mut blocks = Vec::new();
    for plan in report.plans.iter().take(MAX_ROWS) {
        let name = code(&shortened(&plan_name(plan)));
        if let Some(facts) = &plan.facts {
            for (what, addresses) in words::losses(facts) {
                let shown: Vec<String> = addresses
                    .iter()
                    .take(words::MAX_NAMED)
                    .map(|address| code(address))
                    .collect();
                let more = words::more_names(addresses.len());
                blocks.push(format!("- {name} {what}: {}{more}\n", shown.join(", ")));
            }
            for text in &facts.left_out {
                blocks.push(format!("- {name} has {}\n", prose(text)));
            }
        }
    }
    for (nth, block) in blocks.iter().enumerate() {
        let block = if nth == 0 {
            format!("\n{block}")
        } else {
            block.clone()
        };
        if !sheet.add(&block, 0) {
            sheet.add("\nMore is destroyed or replaced: see the JSON report.\n", 0);
            break;
        }
    }
}

fn problems(sheet: &mut Sheet, report: &Report) {
    let mut blocks = Vec::new();
    let problem = |what: String, problem: &Problem| {
        let mut block = format!(
            "\n- **{what}** ({})\n  - why: {}\n",
            code(&problem.code),
            prose(&problem.message)
        );
        if let Some(help) = &problem.help {
            let _ = writeln!(block, "  - fix: {}", prose(help));
        }
        block
    };
    for plan in &report.plans {
        let name = code(&plan_name(plan));
        if let Some(why) = &plan.problem {
            blocks.push(problem(format!("The plan {name} could not be judged"), why));
        }
        for policy in &plan.policies {
            if let Some(why) = &policy.failure {
                let what = format!("{} could not be run on {name}", code(&policy.name));
                blocks.push(problem(what, why));
            }
        }
        let facts = plan.facts.as_ref();
        if let Some(facts) = facts.filter(|facts| !facts.incomplete.is_empty()) {
            let environment = code(&report.environment.name);
            let (mark, so) = match report.environment.incomplete {
                Response::Fail => ("", "refuses"),
                Response::Warn | Response::Pass => ("⚠️ ", "lets pass"),
            };
            blocks.push(format!(
                "\n- {mark}**The plan {name} is incomplete**, which {environment} {so}: {}\n",
                prose(&facts.incomplete.join("; "))
            ));
        }
    }
    for (nth, block) in blocks.iter().enumerate() {
        if !sheet.add(block, 0) {
            let _ = writeln!(
                sheet.text,
                "\n{} of plans or policies that failed: see the JSON report.",
                count(blocks.len() - nth, "more message", "more messages")
            );
            break;
        }
    }
}

/// What refuses, unfolded, the gravest rule of each plan first.
fn refusing(sheet: &mut Sheet, report: &Report) {
    let mut left_out = 0;
    for plan in &report.plans {
        for group in groups(plan).iter().rev() {
            if group.key.fate < Fate::RefusesExisting {
                continue;
            }
            let mut title = Some(heading(report, plan, group));
            for (block, findings) in blocks(report, group) {
                let block = title.as_deref().unwrap_or_default().to_owned() + &block;
                if left_out == 0 && sheet.add(&block, 0) {
                    title = None;
                } else {
                    left_out += findings;
                }
            }
        }
    }
    sheet.left_out += left_out;
}

fn heading(report: &Report, plan: &PlanReport, group: &Group<'_>) -> String {
    let mut line = format!(
        "\n#### {} ({}, {})",
        code(group.key.rule),
        severity(group.key.severity),
        enforcement(group.key.enforcement)
    );
    if report.plans.len() > 1 {
        let _ = write!(line, " in {}", code(&plan_name(plan)));
    }
    line.push_str("\n\n");
    let mut about = Vec::new();
    if !group.key.title.is_empty() {
        about.push(format!("**{}**", prose(group.key.title)));
    }
    let environment = code(&report.environment.name);
    match group.key.fate {
        Fate::RefusesUndetermined => about.push(format!(
            "cannot be told before apply; {environment} refuses that"
        )),
        Fate::RefusesExisting => about.push(format!(
            "so before the plan; {environment} refuses that too"
        )),
        _ => {}
    }
    let _ = writeln!(line, "{}", about.join(": "));
    line
}

/// The findings of a group, those together that differ in their resource only.
fn blocks(report: &Report, group: &Group<'_>) -> Vec<(String, usize)> {
    let clusters = clusters(&group.findings);
    let chunks = clusters
        .iter()
        .flat_map(|cluster| cluster.chunks(MAX_CLUSTER));
    chunks
        .map(|chunk| (block(report, chunk), chunk.len()))
        .collect()
}

fn block(report: &Report, findings: &[&FindingReport]) -> String {
    let mut text = String::from("\n");
    for (nth, finding) in findings.iter().enumerate() {
        text.push_str(if nth == 0 { "- " } else { "  <br>" });
        text.push_str(&match &finding.address {
            Some(address) => code(address),
            None => format!("**{}**", words::whole(finding)),
        });
        if let Some(key) = &finding.deposed {
            let _ = write!(text, ", deposed object {}", code(key));
        }
        if let Some(action) = &finding.action {
            let _ = write!(text, " ({})", prose(action));
        }
        if let Some(at) = &finding.location {
            let word = match at.subject {
                LocationSubject::ModuleCall => "via",
                _ => "in",
            };
            let _ = write!(text, " {word} {}", code(&place(&at.file, at.line)));
            for call in at.related.iter().take(MAX_PARTS) {
                let _ = write!(text, " via {}", code(&place(&call.file, call.line)));
            }
        }
        text.push('\n');
    }
    let Some(first) = findings.first() else {
        return String::new();
    };
    let mut item = |label: &str, line: &str| {
        let _ = writeln!(text, "  - {label}: {line}");
    };
    item("why", &prose(&first.message));
    if !first.attributes.is_empty() {
        let shown = first.attributes.iter().take(MAX_PARTS);
        let mut paths = shown.map(|path| code(path)).collect::<Vec<_>>().join(", ");
        more(&mut paths, first.attributes.len());
        item("at", &paths);
    }
    for detail in first.details.iter().take(MAX_PARTS) {
        item(&prose(&detail.name), &prose(&detail.note));
    }
    if first.details.len() > MAX_PARTS {
        let number = first.details.len() - MAX_PARTS;
        item("more", &format!("{number} in the JSON report"));
    }
    match words::waiver_of(report, first) {
        Some(waiver) => item(
            "by",
            &format!(
                "{} ({})",
                prose(&words::waived_by(waiver)),
                code(&waiver.location)
            ),
        ),
        None if first.remediation.is_empty() => {}
        None => item("fix", &prose(&first.remediation)),
    }
    text
}

fn more(list: &mut String, number: usize) {
    if number > MAX_PARTS {
        let _ = write!(list, " and {} more", number - MAX_PARTS);
    }
}

fn folded(sheet: &mut Sheet, report: &Report, what: &str, fates: &[Fate]) {
    let mut total = 0;
    let mut all = Vec::new();
    for plan in &report.plans {
        for group in groups(plan).iter().rev() {
            if !fates.contains(&group.key.fate) {
                continue;
            }
            total += group.findings.len();
            let title = heading(report, plan, group);
            let blocks = blocks(report, group);
            let first = blocks.iter().enumerate().map(|(nth, (block, findings))| {
                let block = if nth == 0 {
                    format!("{title}{block}")
                } else {
                    block.clone()
                };
                (block, *findings)
            });
            all.extend(first);
        }
    }
    if total > 0 {
        let what = match (total, what) {
            (1, "warns") => "1 warns".to_owned(),
            (_, "warns") => format!("{total} warn"),
            (_, what) => format!("{total} {what}"),
        };
        sheet.fold(&what, &all);
    }
}

fn waivers(sheet: &mut Sheet, report: &Report) {
    let idle = report.waivers.iter().filter_map(|waiver| {
        let (word, why) = words::idle(waiver)?;
        Some(format!(
            "\n- **{word}**: {} at {}, {}: {} ({})\n",
            code(&waiver.rule),
            code(&waiver.address),
            prose(&waiver.owner),
            prose(&why),
            code(&waiver.location)
        ))
    });
    let blocks: Vec<(String, usize)> = idle.map(|block| (block, 0)).collect();
    if !blocks.is_empty() {
        let summary = format!(
            "{} nothing",
            count(blocks.len(), "waiver covers", "waivers cover")
        );
        sheet.fold(&summary, &blocks);
    }
    let wide = words::in_several_stacks(report);
    let blocks: Vec<(String, usize)> = wide
        .iter()
        .map(|text| (format!("\n- {}\n", prose(text)), 0))
        .collect();
    if !blocks.is_empty() {
        sheet.fold("Covers more than one stack", &blocks);
    }
}

/// The tables that policies want kept, such as a cost breakdown.
fn documents(sheet: &mut Sheet, report: &Report) {
    for plan in &report.plans {
        for document in plan.policies.iter().flat_map(|policy| &policy.documents) {
            let Some(table) = Table::of(document) else {
                continue;
            };
            let (grid, hidden) = table.grid();
            let mut block = String::from("\n");
            for (nth, row) in grid.iter().enumerate() {
                for cell in row {
                    let text = match (nth, cell.text.as_str()) {
                        (_, "") => String::new(),
                        (0, text) => plain(text),
                        (_, text) if cell.right => plain(text),
                        // An address, most likely, which is to be copied.
                        (_, text) if text.contains(['.', '[']) => code_cell(text),
                        (_, text) => plain(text),
                    };
                    let _ = write!(block, "| {text} ");
                }
                block.push_str("|\n");
                if nth == 0 {
                    for cell in row {
                        block.push_str(if cell.right { "|--:" } else { "|---" });
                    }
                    block.push_str("|\n");
                }
            }
            if hidden > 0 {
                let rows = count(hidden, "more row", "more rows");
                let _ = writeln!(block, "\n{rows} before the last: see the JSON report.");
            }
            let mut summary = html_code(table.title(document));
            if report.plans.len() > 1 {
                let _ = write!(summary, " of {}", html_code(&plan_name(plan)));
            }
            sheet.fold(&summary, &[(block, 0)]);
        }
    }
}

/// Which policies ran, by what they were configured, and on what.
fn judged(sheet: &mut Sheet, report: &Report) {
    let mut block = String::from("\n| Policy | Enforcement | Saw | Result |\n|---|---|---|---|\n");
    let several = report.plans.len() > 1;
    let rows = report
        .plans
        .iter()
        .flat_map(|plan| plan.policies.iter().map(move |policy| (plan, policy)));
    let total = rows.clone().count();
    for (plan, policy) in rows.take(MAX_ROWS) {
        let mut name = format!("{} {}", policy.name, policy.version)
            .trim_end()
            .to_owned();
        if several {
            name = format!("{name} on {}", shortened(&plan_name(plan)));
        }
        let fates = words::fates(&policy.findings.iter());
        let result = match &policy.failure {
            Some(_) => "**failed**",
            None if fates.is_empty() => "ok",
            None => &fates,
        };
        let _ = writeln!(
            block,
            "| {} | {} | {} | {result} |",
            code_cell(&name),
            enforcement(policy.enforcement),
            plain(words::saw(policy).trim_start_matches("saw ")),
        );
    }
    if total > MAX_ROWS {
        let _ = writeln!(block, "\n{} more.", total - MAX_ROWS);
    }
    let environment = &report.environment;
    let by = match &environment.configuration {
        Some(file) => format!("by {}", code(&file.path)),
        None if report.merged.is_empty() => "by convention, without a tollgate.toml".to_owned(),
        None => format!(
            "merged from {}",
            count(report.merged.len(), "report", "reports")
        ),
    };
    let by = match report.shard {
        Some(shard) => format!("part {shard} of the plans, {by}"),
        None => by,
    };
    let baseline = match &environment.baseline {
        Some(file) => format!(", baseline {}", code(&file.path)),
        None => String::new(),
    };
    let used = report
        .waivers
        .iter()
        .filter(|waiver| waiver.state == WaiverState::Used)
        .count();
    let _ = writeln!(
        block,
        "\nJudged {by}{baseline} with Tollgate {}, {}; {} in use.",
        plain(&report.tollgate_version),
        plain(&report.date),
        count(used, "waiver", "waivers"),
    );
    sheet.fold("What was judged, and by what", &[(block, 0)]);
}

fn foot(sheet: &mut Sheet, report: &Report) {
    if sheet.left_out > 0 {
        let _ = writeln!(
            sheet.text,
            "\n**{} not shown here**, to keep within GitHub's limit on the length of a text: \
             the JSON report has all.",
            count(sheet.left_out, "finding is", "findings are")
        );
    }
    if sheet.parts_left_out > 0 {
        let _ = writeln!(
            sheet.text,
            "\nNor is there room for {}.",
            count(sheet.parts_left_out, "table or list", "tables and lists")
        );
    }
    let gravest = words::findings(report)
        .filter(|finding| {
            matches!(
                finding.disposition,
                Disposition::Refuses | Disposition::Warns
            )
        })
        .max_by_key(|finding| (Fate::of(finding), finding.severity));
    if let Some(finding) = gravest {
        let _ = writeln!(
            sheet.text,
            "\nWhy a rule exists, how to comply and how to waive it: {}",
            code(&format!("tollgate explain {}", finding.rule))
        );
    }
}

#[cfg(test)]
mod tests {
    use tollgate_samples as samples;

    use super::*;

    #[test]
    fn samples() {
        for (name, report) in samples::all() {
            if name != "many" {
                insta::assert_snapshot!(format!("markdown_{name}"), render(&report));
            }
        }
    }

    /// The findings that a text shows or says that it does not.
    fn accounted(text: &str, report: &Report) -> (usize, usize) {
        let shown = words::findings(report)
            .filter_map(|finding| finding.address.as_deref())
            .filter(|address| text.contains(&format!("{} ", code(address))))
            .count();
        let left_out = text
            .lines()
            .find(|line| line.contains(" not shown here**"))
            .and_then(|line| {
                let number = line.trim_start_matches("**").split(' ').next();
                number.and_then(|number| number.parse().ok())
            })
            .unwrap_or(0);
        (shown, left_out)
    }

    #[test]
    fn what_finds_no_room_is_counted_at_every_limit() {
        let report = samples::many();
        let total = words::findings(&report).count();
        for limit in [
            0,
            2_000,
            4_000,
            8_000,
            16_000,
            32_000,
            COMMENT_LIMIT,
            SUMMARY_LIMIT,
        ] {
            let text = within(&report, limit);
            let (shown, left_out) = accounted(&text, &report);
            assert_eq!(
                shown + left_out,
                total,
                "at {limit}: {shown} and {left_out}"
            );
            assert!(text.len() <= limit.max(2_000), "at {limit}: {}", text.len());
            assert!(text.contains("### ❌ Tollgate: refused"), "at {limit}");
            let count = |what| text.matches(what).count();
            assert_eq!(count("<details>"), count("</details>"), "at {limit}");
        }
        assert_eq!(accounted(&within(&report, SUMMARY_LIMIT), &report).1, 0);
    }

    #[test]
    fn another_environment_has_another_marker() {
        assert_eq!(marker("production"), "<!-- tollgate: production -->");
        assert_eq!(marker("a-b"), "<!-- tollgate: a%2db -->");
        assert_eq!(marker("a--> x"), "<!-- tollgate: a%2d%2d%3e%20x -->");
    }
}
