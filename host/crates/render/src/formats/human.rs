//! The report for a person at a terminal or before a CI log.
//!
//! Terminals and CI logs show the end first, so the gravest comes last: within a plan
//! what is let pass, then warnings, then what refuses; and the verdict, with the rules
//! that refuse, is the last line. A report longer than a screen has it at the top as
//! well. Everything that refuses is shown; of the rest a few of each rule, with the
//! number of those that are not. Colour is never needed to understand it.

mod findings;
#[cfg(test)]
mod tests;

use tollgate_model::environment::protected_by_name;
use tollgate_model::library::built_in;
use tollgate_model::own_rules::POLICY;

use crate::groups::{Fate, groups};
use crate::page::{Cell, Line, Options, Page, Role, Widths, count};
use crate::table;
use crate::words::{self, changes, enforcement};
use findings::render_group;
use tollgate_model::report::{
    Decision, Disposition, FindingReport, Labelled, PlanFacts, PlanReport, PolicyReport, Problem,
    Report, TypeCoverage, WaiverReport, WaiverState,
};

/// The lines that a report may have before the verdict is repeated at its top.
const SCREEN: usize = 40;

/// The most findings of one rule that are shown when they do not refuse.
const MAX_SHOWN: usize = 8;

/// From so many on, policies that had nothing to look at share a line.
const MANY_IDLE: usize = 2;

/// The most names that are listed in a note.
const MAX_NAMES: usize = 6;

/// The column beside the words `REFUSES`, `warns`, ….
const WORD: usize = 10;

/// The column beside the words `why`, `at`, `fix`.
const LABEL: usize = 5;

/// How much is said of plans that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passed {
    /// As much as of any other.
    #[default]
    InFull,
    /// A line each: of thousands of stacks, those that do not pass are what somebody looks for.
    OnOneLine,
}

/// Returns the report as text, with a line feed at the end of each line.
pub fn render(report: &Report, options: Options) -> String {
    render_with(report, options, Passed::InFull)
}

/// The same, with as much of plans that pass as is wanted.
pub fn render_with(report: &Report, options: Options, passed: Passed) -> String {
    let mut body = Page::new(options);
    let mut beside_line = false;
    for plan in &report.plans {
        let on_line = passed == Passed::OnOneLine && passes(report, plan);
        if !(on_line && beside_line) {
            body.blank();
        }
        match on_line {
            true => render_passed(&mut body, plan),
            false => render_plan(&mut body, report, plan),
        }
        beside_line = on_line;
    }
    render_waivers(&mut body, &report.waivers);
    render_several_stacks(&mut body, report);
    render_hint(&mut body, report);

    let mut page = Page::new(options);
    render_header(&mut page, report);
    if body.lines() > SCREEN {
        render_verdict(&mut page, report);
    }
    page.blank();
    page.append(&body);
    page.blank();
    render_verdict(&mut page, report);
    page.finish()
}

fn render_header(page: &mut Page, report: &Report) {
    let environment = &report.environment;
    let mut line = Line::new()
        .put(
            Role::Faint,
            format!("Tollgate {}, ", report.tollgate_version),
        )
        .atom(Role::Strong, environment.name.as_str());
    if environment.protected {
        line = line.put(Role::Faint, " (protected)");
    } else if protected_by_name(&environment.name) {
        // One line of configuration turns most rules off, and must not go unnoticed.
        line = line.put(Role::Warning, " (NOT protected: the configuration says so)");
    }
    line = match &environment.configuration {
        Some(file) => line
            .put(Role::Faint, ", ")
            .atom(Role::Faint, file.path.as_str()),
        None if !report.merged.is_empty() => line,
        None => line.put(Role::Faint, ", no tollgate.toml: by convention"),
    };
    if !report.merged.is_empty() {
        line = line.put(
            Role::Faint,
            format!(", merged from {} reports", report.merged.len()),
        );
    }
    if let Some(shard) = report.shard {
        line = line.put(Role::Warning, format!(", part {shard} of the plans"));
    }
    if let Some(file) = &environment.baseline {
        line = line
            .put(Role::Faint, ", baseline ")
            .atom(Role::Faint, file.path.as_str());
    }
    page.line(0, 2, &line.put(Role::Faint, format!(", {}", report.date)));
    for text in words::mixed(report) {
        page.line(0, 2, &Line::new().put(Role::Warning, text));
    }
}

/// Whether nothing of a plan refuses it.
fn passes(report: &Report, plan: &PlanReport) -> bool {
    let is_incomplete = plan
        .facts
        .as_ref()
        .is_some_and(|facts| !facts.incomplete.is_empty());
    plan.problem.is_none()
        && !(is_incomplete && report.verdict.incomplete_plans > 0)
        && plan.policies.iter().all(|policy| {
            let refuses = |finding: &FindingReport| finding.disposition == Disposition::Refuses;
            policy.failure.is_none() && !policy.findings.iter().any(refuses)
        })
}

fn render_passed(page: &mut Page, plan: &PlanReport) {
    let findings = plan.policies.iter().flat_map(|policy| &policy.findings);
    let warns = |finding: &&FindingReport| finding.disposition == Disposition::Warns;
    let (word, role) = match findings.clone().any(|finding| warns(&finding)) {
        true => ("warns", Role::Warning),
        false => ("ok", Role::Good),
    };
    let mut line = Line::new().atom(Role::Plain, name_of(plan));
    if let Some(facts) = &plan.facts {
        line = line.text(": ").text(changes(facts));
    }
    let fates = words::fates(&findings);
    if !fates.is_empty() {
        line = line.text("; ").text(fates);
    }
    page.item(0, WORD, role, word, &line);
}

fn name_of(plan: &PlanReport) -> &str {
    match plan.input.path.as_str() {
        "-" => "from standard input",
        path => path,
    }
}

fn render_plan(page: &mut Page, report: &Report, plan: &PlanReport) {
    let mut line = Line::new()
        .put(Role::Strong, "Plan ")
        .atom(Role::Strong, name_of(plan));
    if let Some(saved) = &plan.report {
        line = line
            .put(Role::Faint, " (report ")
            .atom(Role::Faint, saved.as_str())
            .put(Role::Faint, ")");
    }
    page.line(0, 2, &line);
    if let Some(problem) = &plan.problem {
        render_problem(page, "REFUSED", Line::new().text("not judged"), problem);
        return;
    }
    if let Some(facts) = &plan.facts {
        render_facts(page, report, facts);
    }
    if let Some(source) = &plan.source {
        for text in &source.notes {
            note(page, Line::new().text(text.as_str()), Vec::new());
        }
    }
    render_policies(page, plan);
    render_coverage(page, plan);
    for policy in &plan.policies {
        for document in &policy.documents {
            page.blank();
            table::document(page, 2, document);
        }
    }
    for group in groups(plan) {
        page.blank();
        render_group(page, report, &group);
    }
    for policy in &plan.policies {
        if let Some(failure) = &policy.failure {
            page.blank();
            let what = Line::new()
                .atom(Role::Strong, policy.name.as_str())
                .text(" could not be run, and that refuses the plan (")
                .atom(Role::Plain, policy.source.as_str())
                .text(")");
            render_problem(page, "FAILED", what, failure);
        }
    }
}

/// Says which changes nobody looked at, and with `--explain-coverage` who looked at the others.
fn render_coverage(page: &mut Page, plan: &PlanReport) {
    let coverage = plan.facts.iter().flat_map(|facts| &facts.coverage);
    let unjudged: Vec<&TypeCoverage> = coverage.clone().filter(|each| each.is_unjudged()).collect();
    if let Some(text) = words::unjudged(&unjudged) {
        let names = unjudged
            .iter()
            .map(|each| (each.kind.as_str(), None))
            .collect();
        note(page, Line::new().text(text).text(": "), names);
    }
    let known: Vec<&TypeCoverage> = coverage.filter(|each| !each.is_unjudged()).collect();
    for each in known {
        let mut line = Line::new()
            .atom(Role::Plain, each.kind.as_str())
            .text(format!(", {}", count(each.changes, "change", "changes")));
        if !each.judged_by.is_empty() {
            line = line.text(format!("; judged by {}", each.judged_by.join(", ")));
        }
        if !each.known_to.is_empty() {
            line = line.text(format!(
                "; nothing to say of it: {}",
                each.known_to.join(", ")
            ));
        }
        if !each.unread.is_empty() {
            line = line.text("; no policy reads ").text(each.unread.join(", "));
        }
        page.item(2, WORD, Role::Faint, "covers", &line);
    }
}

fn render_problem(page: &mut Page, word: &str, what: Line<'_>, problem: &Problem) {
    let what = what
        .put(Role::Faint, " [")
        .atom(Role::Faint, problem.code.as_str())
        .put(Role::Faint, "]");
    page.item(2, WORD, Role::Bad, word, &what);
    labelled(page, "why", &Line::new().text(problem.message.as_str()));
    if let Some(help) = &problem.help {
        labelled(page, "fix", &Line::new().text(help.as_str()));
    }
}

fn labelled(page: &mut Page, label: &str, line: &Line<'_>) {
    page.item(6, LABEL, Role::Faint, label, line);
}

fn render_facts(page: &mut Page, report: &Report, facts: &PlanFacts) {
    let mut line = Line::new().text(changes(facts));
    if let Some(version) = &facts.terraform_version {
        line = line
            .put(Role::Faint, " (planned by version ")
            .put(Role::Faint, version.as_str())
            .put(Role::Faint, ")");
    }
    page.line(2, 4, &line);

    for (what, addresses) in words::losses(facts) {
        let mut line = Line::new().text(format!("{what}: "));
        for (nth, address) in addresses.iter().take(words::MAX_NAMED).enumerate() {
            line = line
                .text(if nth == 0 { "" } else { ", " })
                .atom(Role::Plain, address.as_str());
        }
        let more = words::more_names(addresses.len());
        page.item(
            2,
            WORD,
            Role::Warning,
            "loses",
            &line.put(Role::Faint, more),
        );
    }
    if !facts.drift.is_empty() {
        let what = format!(
            "{} changed outside of the configuration: ",
            facts.drift.len()
        );
        note(page, Line::new().text(what), unnoted(&facts.drift));
    }
    if !facts.deferred.is_empty() {
        let what = format!("{} put off to a later plan: ", facts.deferred.len());
        note(page, Line::new().text(what), noted(&facts.deferred));
    }
    if !facts.checks.is_empty() {
        let what = format!(
            "{} did not pass: ",
            count(facts.checks.len(), "check", "checks")
        );
        note(page, Line::new().text(what), noted(&facts.checks));
    }
    if !facts.action_invocations.is_empty() {
        let what = format!(
            "{} run during apply: ",
            count(facts.action_invocations.len(), "action", "actions")
        );
        note(
            page,
            Line::new().text(what),
            unnoted(&facts.action_invocations),
        );
    }
    for text in &facts.left_out {
        let line = Line::new().text("the plan has ").text(text.as_str());
        page.item(2, WORD, Role::Faint, "note", &line);
    }
    if !facts.incomplete.is_empty() {
        let line = Line::new()
            .text("the plan is incomplete, and ")
            .atom(Role::Plain, report.environment.name.as_str());
        let (word, role, line) = if report.verdict.incomplete_plans > 0 {
            ("REFUSES", Role::Bad, line.text(" refuses that: "))
        } else {
            ("warns", Role::Warning, line.text(" lets that pass: "))
        };
        page.item(2, WORD, role, word, &line.text(facts.incomplete.join("; ")));
    }
}

fn note(page: &mut Page, line: Line<'_>, names: Vec<(&str, Option<&str>)>) {
    let total = names.len();
    let mut line = line;
    for (nth, (name, word)) in names.into_iter().take(MAX_NAMES).enumerate() {
        line = line
            .text(if nth == 0 { "" } else { ", " })
            .atom(Role::Plain, name);
        if let Some(word) = word {
            line = line
                .put(Role::Faint, " (")
                .put(Role::Faint, word)
                .put(Role::Faint, ")");
        }
    }
    if total > MAX_NAMES {
        line = line.put(
            Role::Faint,
            format!(" and {} more: see `-o json`", total - MAX_NAMES),
        );
    }
    page.item(2, WORD, Role::Faint, "note", &line);
}

fn unnoted(names: &[String]) -> Vec<(&str, Option<&str>)> {
    names.iter().map(|name| (name.as_str(), None)).collect()
}

fn noted(names: &[Labelled]) -> Vec<(&str, Option<&str>)> {
    names
        .iter()
        .map(|each| (each.name.as_str(), Some(each.note.as_str())))
        .collect()
}

/// One line a policy: in columns of which the last wraps, or, without the room for
/// that, one cell after the other.
fn render_policies(page: &mut Page, plan: &PlanReport) {
    page.blank();
    // A library has policies for much that a plan does not have: a row each would hide the others.
    let (idle, judging): (Vec<_>, Vec<_>) = plan.policies.iter().partition(|each| idle(each));
    let rows: Vec<PolicyRow> = if idle.len() < MANY_IDLE {
        plan.policies.iter().map(PolicyRow::of).collect()
    } else {
        judging.into_iter().map(PolicyRow::of).collect()
    };
    render_rows(page, &rows);
    if idle.len() >= MANY_IDLE {
        let names: Vec<&str> = idle.iter().map(|policy| policy.name.as_str()).collect();
        let line = Line::new()
            .text(count(idle.len(), "policy", "policies"))
            .text(" with nothing to look at here: ")
            .text(names.join(", "));
        page.item(2, WORD, Role::Good, "ok", &line);
    }
}

/// Whether a policy of ours was handed nothing of the plan, and so found nothing.
fn idle(policy: &PolicyReport) -> bool {
    policy.changes_seen == 0
        && policy.failure.is_none()
        && policy.findings.is_empty()
        && policy.documents.is_empty()
        && policy.source == "built-in"
        && policy.name != POLICY
}

fn render_rows(page: &mut Page, rows: &[PolicyRow]) {
    // The first column is that of the words before findings.
    let widths = Widths::of(rows.iter().map(|row| row.cells.as_slice())).with_first(WORD - 2);
    if page.has_room_beside(2, &widths) {
        for PolicyRow { cells, result } in rows {
            page.wrapped_beside(2, cells, &widths, result);
        }
        return;
    }
    for PolicyRow { cells, result } in rows {
        let Some((word, cells)) = cells.split_first() else {
            continue;
        };
        let mut line = Line::new();
        for (nth, cell) in cells
            .iter()
            .filter(|cell| !cell.text.is_empty())
            .enumerate()
        {
            let comma = if nth == 0 { "" } else { ", " };
            line = line.text(comma).atom(cell.role, cell.text.as_str());
        }
        if !result.text.is_empty() {
            line = line.text(", ").text(result.text.as_str());
        }
        page.item(2, WORD, word.role, &word.text, &line);
    }
}

struct PolicyRow {
    /// What it comes to, name and version, enforcement, what it saw.
    cells: Vec<Cell>,
    /// What became of its findings.
    result: Cell,
}

impl PolicyRow {
    fn of(policy: &PolicyReport) -> Self {
        let number = |disposition| {
            policy
                .findings
                .iter()
                .filter(|each| each.disposition == disposition)
                .count()
        };
        let refuses = number(Disposition::Refuses);
        let warns = number(Disposition::Warns);
        let (word, role) = match policy.failure {
            Some(_) => ("FAILED", Role::Bad),
            None if refuses > 0 => ("REFUSES", Role::Bad),
            None if warns > 0 => ("warns", Role::Warning),
            None => ("ok", Role::Good),
        };
        let result = words::fates(&policy.findings.iter());
        let mut saw = words::saw(policy);
        // A module of another's can bear the name of a built-in policy.
        if policy.source != "built-in" && built_in(&policy.name).is_some() {
            saw = format!("{saw} from {}", policy.source);
        }
        let name = format!("{} {}", policy.name, policy.version);
        let cells = vec![
            Cell::new(role, word),
            Cell::new(Role::Strong, name.trim_end()),
            Cell::new(Role::Faint, enforcement(policy.enforcement)),
            Cell::new(Role::Faint, &saw),
        ];
        let result = Cell::new(Role::Plain, &result);
        Self { cells, result }
    }
}

/// Adds the waivers that somebody has to look at; those in use stand at their findings.
fn render_waivers(page: &mut Page, waivers: &[WaiverReport]) {
    let of = |state| waivers.iter().filter(move |waiver| waiver.state == state);
    let idle = of(WaiverState::Unused)
        .chain(of(WaiverState::Expired))
        .chain(of(WaiverState::Powerless));
    let mut first = true;
    for waiver in idle {
        if std::mem::take(&mut first) {
            page.blank();
            page.line(
                0,
                2,
                &Line::new().put(Role::Strong, "Waivers that cover nothing"),
            );
        }
        let Some((word, why)) = words::idle(waiver) else {
            continue;
        };
        let line = Line::new()
            .atom(Role::Plain, waiver.rule.as_str())
            .text(" at ")
            .atom(Role::Plain, waiver.address.as_str())
            .text(", ")
            .text(waiver.owner.as_str())
            .text(": ")
            .text(why)
            .put(Role::Faint, " (")
            .atom(Role::Faint, waiver.location.as_str())
            .put(Role::Faint, ")");
        page.item(2, WORD + 1, Role::Warning, word, &line);
    }
}

/// Adds what covers the same address of several stacks because it names none.
fn render_several_stacks(page: &mut Page, report: &Report) {
    let wide = words::in_several_stacks(report);
    if wide.is_empty() {
        return;
    }
    page.blank();
    page.line(
        0,
        2,
        &Line::new().put(Role::Strong, "Covers more than one stack"),
    );
    for text in &wide {
        page.line(2, 4, &Line::new().text(text.as_str()));
    }
}

/// Adds where to read more, by the gravest finding.
fn render_hint(page: &mut Page, report: &Report) {
    let all = report.plans.iter().flat_map(groups);
    let Some(group) = all
        .filter(|group| group.key.fate >= Fate::Waived)
        .max_by(|a, b| a.key.cmp(&b.key))
    else {
        return;
    };
    page.blank();
    let line = Line::new()
        .put(
            Role::Faint,
            "Why a rule exists, how to comply and how to waive it: ",
        )
        .atom(Role::Plain, format!("tollgate explain {}", group.key.rule));
    page.line(0, 2, &line);
}

fn render_verdict(page: &mut Page, report: &Report) {
    let verdict = &report.verdict;
    let name = report.environment.name.as_str();
    let passed = verdict.decision == Decision::Passed;
    let mut line = if passed {
        Line::new()
            .put(Role::Good, "PASSED")
            .text(" for ")
            .atom(Role::Strong, name)
    } else {
        Line::new()
            .put(Role::Bad, "REFUSED")
            .text(" for ")
            .atom(Role::Strong, name)
            .text(format!(" (exit code {})", verdict.exit_code))
    };
    line = line.text(": ").text(words::reasons(report));
    page.line(0, 2, &line);
}
