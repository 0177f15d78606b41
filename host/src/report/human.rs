//! The report for a person at a terminal or before a CI log.
//!
//! Terminals and CI logs show the end first, so the gravest comes last: within a plan
//! what is let pass, then warnings, then what refuses; and the verdict, with the rules
//! that refuse, is the last line. A report longer than a screen has it at the top as
//! well. Everything that refuses is shown; of the rest a few of each rule, with the
//! number of those that are not. Colour is never needed to understand it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::environment::protected_by_name;
use crate::loosening::POLICY;

use super::page::{Cell, Line, Options, Page, Role, Widths, count};
use super::{
    Decision, Disposition, Enforcement, FindingReport, Labelled, LocationSubject, Outcome,
    PlanFacts, PlanReport, PolicyReport, Problem, Report, Severity, SourceLocation, WaiverReport,
    WaiverState, table,
};

/// The lines that a report may have before the verdict is repeated at its top.
const SCREEN: usize = 40;

/// The most findings of one rule that are shown when they do not refuse.
const MAX_SHOWN: usize = 8;

/// The most names that are listed in a note, and rules in the verdict.
const MAX_NAMES: usize = 6;

/// The column beside the words `REFUSES`, `warns`, ….
const WORD: usize = 10;

/// The column beside the words `why`, `at`, `fix`.
const LABEL: usize = 5;

/// Returns the report as text, with a line feed at the end of each line.
pub fn render(report: &Report, options: Options) -> String {
    let mut body = Page::new(options);
    for plan in &report.plans {
        body.blank();
        render_plan(&mut body, report, plan);
    }
    render_waivers(&mut body, &report.waivers);
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
        None => line.put(Role::Faint, ", no tollgate.toml: by convention"),
    };
    if let Some(file) = &environment.baseline {
        line = line
            .put(Role::Faint, ", baseline ")
            .atom(Role::Faint, file.path.as_str());
    }
    page.line(0, 2, &line.put(Role::Faint, format!(", {}", report.date)));
}

fn render_plan(page: &mut Page, report: &Report, plan: &PlanReport) {
    let name = if plan.input.path == "-" {
        "from standard input"
    } else {
        plan.input.path.as_str()
    };
    page.line(
        0,
        2,
        &Line::new()
            .put(Role::Strong, "Plan ")
            .atom(Role::Strong, name),
    );
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

/// Returns what the plan does, like `3 to create, 1 to replace, 12 unchanged`.
fn changes(facts: &PlanFacts) -> String {
    let actions = &facts.actions;
    let parts = parts(&[
        (actions.create, "to create", "to create"),
        (actions.update, "to update", "to update"),
        (actions.replace, "to replace", "to replace"),
        (actions.delete, "to delete", "to delete"),
        (actions.forget, "to forget", "to forget"),
        (actions.read, "to read", "to read"),
        (actions.no_op, "unchanged", "unchanged"),
        (facts.moved, "moved", "moved"),
        (facts.imported, "imported", "imported"),
        (facts.deposed, "deposed", "deposed"),
    ]);
    if parts.is_empty() {
        "no resource changes".to_owned()
    } else {
        parts
    }
}

/// One line a policy: in columns of which the last wraps, or, without the room for
/// that, one cell after the other.
fn render_policies(page: &mut Page, plan: &PlanReport) {
    page.blank();
    let rows: Vec<PolicyRow> = plan.policies.iter().map(PolicyRow::of).collect();
    // The first column is that of the words before findings.
    let widths = Widths::of(rows.iter().map(|row| row.cells.as_slice())).with_first(WORD - 2);
    if page.has_room_beside(2, &widths) {
        for PolicyRow { cells, result } in &rows {
            page.wrapped_beside(2, cells, &widths, result);
        }
        return;
    }
    for PolicyRow { cells, result } in &rows {
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
        let result = parts(&[
            (refuses, "refuses", "refuse"),
            (warns, "warns", "warn"),
            (number(Disposition::Waived), "waived", "waived"),
            (
                number(Disposition::Baselined),
                "in the baseline",
                "in the baseline",
            ),
            (number(Disposition::Passes), "let pass", "let pass"),
        ]);
        let saw = match policy.failure {
            Some(_) => String::new(),
            None if policy.name == POLICY => policy.source.clone(),
            None => format!("saw {}", count(policy.changes_seen, "change", "changes")),
        };
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

/// Returns what there is of each, like `2 refuse, 1 warns`.
fn parts(numbers: &[(usize, &str, &str)]) -> String {
    let parts = numbers.iter().filter(|(number, ..)| *number > 0);
    parts
        .map(|(number, one, many)| count(*number, one, many))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Findings of one rule that met the same fate.
struct Group<'a> {
    key: GroupKey<'a>,
    findings: Vec<&'a FindingReport>,
}

/// Sorts from the lightest to the gravest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey<'a> {
    fate: Fate,
    severity: Severity,
    rule: &'a str,
    enforcement: Enforcement,
    title: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Baselined,
    Passes,
    Waived,
    WarnsUndetermined,
    Warns,
    RefusesUndetermined,
    Refuses,
}

impl Fate {
    fn of(finding: &FindingReport) -> Self {
        match (finding.disposition, finding.outcome) {
            (Disposition::Baselined, _) => Self::Baselined,
            (Disposition::Passes, _) => Self::Passes,
            (Disposition::Waived, _) => Self::Waived,
            (Disposition::Warns, Outcome::Undetermined) => Self::WarnsUndetermined,
            (Disposition::Warns, Outcome::Violation) => Self::Warns,
            (Disposition::Refuses, Outcome::Undetermined) => Self::RefusesUndetermined,
            (Disposition::Refuses, Outcome::Violation) => Self::Refuses,
        }
    }

    fn word(self) -> (&'static str, Role) {
        match self {
            Self::Baselined => ("known", Role::Faint),
            Self::Passes => ("passes", Role::Faint),
            Self::Waived => ("waived", Role::Warning),
            Self::WarnsUndetermined | Self::Warns => ("warns", Role::Warning),
            Self::RefusesUndetermined | Self::Refuses => ("REFUSES", Role::Bad),
        }
    }
}

fn groups(plan: &PlanReport) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<GroupKey<'_>, Vec<&FindingReport>> = BTreeMap::new();
    for finding in plan.policies.iter().flat_map(|policy| &policy.findings) {
        let key = GroupKey {
            fate: Fate::of(finding),
            severity: finding.severity,
            rule: &finding.rule,
            enforcement: finding.enforcement,
            title: &finding.title,
        };
        groups.entry(key).or_default().push(finding);
    }
    groups
        .into_iter()
        .map(|(key, findings)| Group { key, findings })
        .collect()
}

fn render_group(page: &mut Page, report: &Report, group: &Group<'_>) {
    let GroupKey {
        fate,
        severity: how_bad,
        rule,
        enforcement: how_hard,
        title,
    } = group.key;
    let (word, role) = fate.word();
    let mut head = Line::new()
        .atom(Role::Strong, rule)
        .put(Role::Faint, format!(" [{}", severity(how_bad)));
    match (how_hard, fate) {
        (Enforcement::HardMandatory, _) => {
            head = head.put(Role::Faint, ", hard-mandatory: no waiver covers it");
        }
        (Enforcement::Advisory, Fate::Warns) => head = head.put(Role::Faint, ", advisory"),
        _ => {}
    }
    head = head.put(Role::Faint, "]");
    if !title.is_empty() {
        head = head.text(" ").text(title);
    }
    page.item(2, WORD, role, word, &head);
    if let Some(line) = what_of_it(report, group) {
        page.line(4, 4, &line);
    }
    if fate == Fate::Baselined {
        for finding in group.findings.iter().take(MAX_SHOWN) {
            if let Some(address) = &finding.address {
                page.line(4, 6, &Line::new().atom(Role::Plain, address.as_str()));
            }
        }
        return;
    }

    let limit = match fate {
        Fate::Refuses | Fate::RefusesUndetermined => usize::MAX,
        _ => MAX_SHOWN,
    };
    let shown = &group.findings[..group.findings.len().min(limit)];
    let clusters = clusters(shown);
    // One fix for all is said once.
    let fix = shown
        .first()
        .map(|finding| finding.remediation.as_str())
        .filter(|fix| {
            !fix.is_empty()
                && clusters.len() > 1
                && shown.iter().all(|finding| finding.remediation == *fix)
        });
    for cluster in &clusters {
        render_cluster(page, report, cluster, fix.is_none());
    }
    if group.findings.len() > shown.len() {
        let line = format!(
            "and {} more: see `-o json`",
            group.findings.len() - shown.len()
        );
        page.line(4, 6, &Line::new().put(Role::Faint, line));
    }
    if let Some(fix) = fix {
        page.item(4, LABEL, Role::Faint, "fix", &Line::new().text(fix));
    }
}

/// Returns why the findings met their fate, where that needs a word.
fn what_of_it<'a>(report: &'a Report, group: &Group<'_>) -> Option<Line<'a>> {
    let name = report.environment.name.as_str();
    let line = Line::new();
    match group.key.fate {
        Fate::Refuses | Fate::Warns | Fate::Waived => None,
        Fate::Baselined => {
            let number = count(group.findings.len(), "finding", "findings");
            Some(line.text(format!(
                "{number} that the baseline already has: see `-o json`"
            )))
        }
        Fate::WarnsUndetermined if group.key.enforcement == Enforcement::Advisory => {
            Some(line.text("cannot be told before apply; the rule is advisory"))
        }
        Fate::WarnsUndetermined => Some(
            line.text("cannot be told before apply; ")
                .atom(Role::Plain, name)
                .text(" lets that pass with a warning"),
        ),
        Fate::Passes => Some(
            line.text("cannot be told before apply; ")
                .atom(Role::Plain, name)
                .text(" lets that pass"),
        ),
        Fate::RefusesUndetermined => Some(
            line.text("cannot be told before apply; ")
                .atom(Role::Plain, name)
                .text(" refuses that"),
        ),
    }
}

/// Gathers findings that differ in nothing but their resource, in order of appearance.
fn clusters<'a>(findings: &[&'a FindingReport]) -> Vec<Vec<&'a FindingReport>> {
    type Key<'a> = (
        &'a str,
        &'a [String],
        &'a str,
        Vec<(&'a str, &'a str)>,
        Option<usize>,
        Outcome,
    );
    let mut places: BTreeMap<Key<'a>, usize> = BTreeMap::new();
    let mut clusters: Vec<Vec<&FindingReport>> = Vec::new();
    for finding in findings {
        let details = finding
            .details
            .iter()
            .map(|each| (each.name.as_str(), each.note.as_str()))
            .collect();
        let key: Key<'a> = (
            &finding.message,
            &finding.attributes,
            &finding.remediation,
            details,
            finding.waiver,
            finding.outcome,
        );
        let place = *places.entry(key).or_insert(clusters.len());
        match clusters.get_mut(place) {
            Some(cluster) => cluster.push(finding),
            None => clusters.push(vec![finding]),
        }
    }
    clusters
}

fn render_cluster(page: &mut Page, report: &Report, cluster: &[&FindingReport], with_fix: bool) {
    for finding in cluster {
        let mut line = match &finding.address {
            Some(address) => Line::new().atom(Role::Strong, address.as_str()),
            None if is_host(&finding.rule) => Line::new().put(Role::Strong, "the gate itself"),
            None => Line::new().put(Role::Strong, "the plan as a whole"),
        };
        if let Some(key) = &finding.deposed {
            line = line
                .put(Role::Faint, ", deposed object ")
                .atom(Role::Faint, key.as_str());
        }
        if let Some(action) = &finding.action {
            line = line
                .put(Role::Faint, " (")
                .put(Role::Faint, action.as_str())
                .put(Role::Faint, ")");
        }
        if let Some(location) = &finding.location {
            line = located(line, location);
        }
        page.line(4, 6, &line);
    }
    let Some(first) = cluster.first() else { return };
    labelled(page, "why", &Line::new().text(first.message.as_str()));
    if !first.attributes.is_empty() {
        let line = first
            .attributes
            .iter()
            .enumerate()
            .fold(Line::new(), |line, (nth, path)| {
                line.text(if nth == 0 { "" } else { ", " })
                    .atom(Role::Plain, path.as_str())
            });
        labelled(page, "at", &line);
    }
    for detail in &first.details {
        let line = Line::new()
            .put(Role::Faint, detail.name.as_str())
            .put(Role::Faint, ": ")
            .text(detail.note.as_str());
        page.line(6 + LABEL, 8 + LABEL, &line);
    }
    if first.disposition == Disposition::Waived {
        let waiver = first.waiver.and_then(|index| report.waivers.get(index));
        labelled(page, "by", &waiver.map_or_else(Line::new, waived_by));
    } else if with_fix && !first.remediation.is_empty() {
        labelled(page, "fix", &Line::new().text(first.remediation.as_str()));
    }
}

/// Adds where a finding's resource is written, and what leads into the modules around it.
fn located<'a>(line: Line<'a>, location: &SourceLocation) -> Line<'a> {
    let word = match location.subject {
        LocationSubject::ModuleCall => " via ",
        _ => " in ",
    };
    let related = location
        .related
        .iter()
        .map(|call| (" via ", &call.file, call.line));
    [(word, &location.file, location.line)]
        .into_iter()
        .chain(related)
        .fold(line, |line, (word, file, number)| {
            line.put(Role::Faint, word)
                .atom(Role::Faint, format!("{file}:{number}"))
        })
}

/// Whether Tollgate itself has the rule, and not a policy.
fn is_host(rule: &str) -> bool {
    rule.split_once('/')
        .is_some_and(|(policy, _)| policy == POLICY)
}

fn waived_by(waiver: &WaiverReport) -> Line<'_> {
    Line::new()
        .text(waiver.owner.as_str())
        .text(", until ")
        .text(waiver.expires.as_str())
        .text(": ")
        .text(waiver.reason.as_str())
        .put(Role::Faint, " (")
        .atom(Role::Faint, waiver.location.as_str())
        .put(Role::Faint, ")")
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
        let (word, why) = match waiver.state {
            WaiverState::Used => continue,
            WaiverState::Unused => (
                "unused",
                format!("nothing needs it; it holds until {}", waiver.expires),
            ),
            WaiverState::Expired => ("expired", format!("its last day was {}", waiver.expires)),
            WaiverState::Powerless => (
                "powerless",
                "the rule is hard-mandatory, which no waiver covers".to_owned(),
            ),
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
    let mut reasons = Vec::new();
    if report.plans.is_empty() {
        reasons.push("no plan was judged".to_owned());
    }
    if verdict.unreadable_plans > 0 {
        reasons.push(format!(
            "{} could not be judged",
            count(verdict.unreadable_plans, "plan", "plans")
        ));
    }
    let incomplete = report
        .plans
        .iter()
        .filter(|plan| is_incomplete(plan))
        .count();
    if incomplete > 0 {
        reasons.push(format!(
            "{} incomplete",
            count(incomplete, "plan is", "plans are")
        ));
    }
    if verdict.failed_policies > 0 {
        reasons.push(format!(
            "{} could not be run",
            count(verdict.failed_policies, "policy", "policies")
        ));
    }
    if verdict.refusing > 0 {
        reasons.push(format!(
            "{} ({})",
            count(verdict.refusing, "finding refuses", "findings refuse"),
            by_rule(report)
        ));
    } else if passed {
        reasons.push("nothing refuses".to_owned());
    }
    let passing = findings(report)
        .filter(|finding| finding.disposition == Disposition::Passes)
        .count();
    let rest = parts(&[
        (verdict.warnings, "warns", "warn"),
        (verdict.waived, "waived", "waived"),
        (verdict.baselined, "in the baseline", "in the baseline"),
        (passing, "let pass", "let pass"),
    ]);
    if !rest.is_empty() {
        reasons.push(rest);
    }
    if verdict.undetermined > 0 {
        reasons.push(format!("among them {} undetermined", verdict.undetermined));
    }
    line = line.text(": ").text(reasons.join("; "));
    page.line(0, 2, &line);
}

/// Returns the rules that refuse, the gravest first, then by their numbers of findings.
fn by_rule(report: &Report) -> String {
    let mut rules: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
    for finding in findings(report).filter(|finding| finding.disposition == Disposition::Refuses) {
        let (worst, number) = rules.entry(&finding.rule).or_insert((finding.severity, 0));
        *worst = finding.severity.max(*worst);
        *number += 1;
    }
    let mut rules: Vec<(&str, (Severity, usize))> = rules.into_iter().collect();
    rules.sort_by_key(|(rule, grade)| (Reverse(*grade), *rule));
    let rules: Vec<(&str, usize)> = rules
        .into_iter()
        .map(|(rule, (_, number))| (rule, number))
        .collect();
    let mut names: Vec<String> = rules
        .iter()
        .take(MAX_NAMES)
        .map(|(rule, number)| {
            if *number == 1 {
                (*rule).to_owned()
            } else {
                format!("{rule}: {number}")
            }
        })
        .collect();
    if rules.len() > MAX_NAMES {
        names.push(format!("{} more rules", rules.len() - MAX_NAMES));
    }
    names.join(", ")
}

fn findings(report: &Report) -> impl Iterator<Item = &FindingReport> {
    report
        .plans
        .iter()
        .flat_map(|plan| &plan.policies)
        .flat_map(|policy| &policy.findings)
}

fn is_incomplete(plan: &PlanReport) -> bool {
    plan.facts
        .as_ref()
        .is_some_and(|facts| !facts.incomplete.is_empty())
}

/// Returns the word of a severity.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Returns the word of an enforcement.
pub(crate) fn enforcement(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Advisory => "advisory",
        Enforcement::SoftMandatory => "soft-mandatory",
        Enforcement::HardMandatory => "hard-mandatory",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn plain(width: usize) -> Options {
        Options {
            width,
            color: false,
        }
    }

    #[test]
    fn samples() {
        for (name, report) in samples::all() {
            insta::assert_snapshot!(format!("human_{name}"), render(&report, plain(100)));
        }
    }

    #[test]
    fn narrow() {
        insta::assert_snapshot!("human_mixed_width_40", render(&samples::mixed(), plain(40)));
    }

    #[test]
    fn colour() {
        let coloured = render(
            &samples::mixed(),
            Options {
                width: 100,
                color: true,
            },
        );
        insta::assert_snapshot!("human_mixed_colour", coloured.replace('\u{1b}', "␛"));
    }

    /// Removes what `anstyle` writes, and nothing else.
    fn without_colour(text: &str) -> String {
        let mut pieces = text.split('\u{1b}');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |all, piece| {
            all + piece.split_once('m').map_or(piece, |(_, rest)| rest)
        })
    }

    #[test]
    fn colour_changes_no_word() {
        for (name, report) in samples::all() {
            for width in [40, 100] {
                let coloured = render(&report, Options { width, color: true });
                assert_eq!(
                    without_colour(&coloured),
                    render(&report, plain(width)),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn nothing_of_others_acts_on_the_terminal() {
        for width in [0, 40, 100, 1000] {
            let text = render(&samples::hostile(), plain(width));
            let active: Vec<char> = text
                .chars()
                .filter(|&c| c != '\n' && super::super::inert::is_active(c))
                .collect();
            assert!(active.is_empty(), "{active:?} at width {width}");
            // No line that Tollgate did not begin: the verdict is the only one.
            assert!(
                !text
                    .lines()
                    .any(|line| line.trim_start().starts_with("PASSED")),
                "{text}"
            );
            assert!(text.len() < 60_000, "{}", text.len());
        }
    }

    #[test]
    fn lines_keep_to_the_width_except_for_what_is_never_broken() {
        use unicode_width::UnicodeWidthStr as _;
        for width in [40, 60, 80, 100] {
            let text = render(&samples::mixed(), plain(width));
            for line in text.lines().filter(|line| line.width() > width) {
                // Beside a label, or alone.
                let whole = line.trim().rsplit("  ").next().unwrap_or_default().trim();
                assert!(
                    whole.contains("[\"")
                        || !whole.contains(' ')
                        || whole.starts_with("tollgate explain"),
                    "{width}: {line}"
                );
            }
            for finding in findings(&samples::mixed()) {
                let address = finding.address.as_deref().unwrap_or_default();
                let hidden = finding.disposition == Disposition::Baselined;
                assert!(hidden || text.contains(address), "{width}: {address}");
            }
        }
    }

    #[test]
    fn everything_that_refuses_is_shown_and_the_rest_is_counted() {
        let text = render(&samples::many(), plain(100));
        for nth in 0..300 {
            assert!(
                text.contains(&format!("module.shard[{nth}].aws_db_instance.main")),
                "{nth}"
            );
        }
        assert_eq!(
            text.matches("aws_lambda_function.worker[").count(),
            MAX_SHOWN
        );
        assert!(text.contains("and 192 more: see `-o json`"));
    }

    #[test]
    fn the_verdict_comes_last_and_on_long_reports_first_as_well() {
        let mut twice = Vec::new();
        for (name, report) in samples::all() {
            let text = render(&report, plain(100));
            let (_, verdict) = text.rsplit_once("\n\n").unwrap_or_default();
            let passed = report.verdict.decision == Decision::Passed;
            assert!(
                verdict.starts_with(if passed { "PASSED for" } else { "REFUSED for" }),
                "{name}: {verdict}"
            );
            if text.matches(verdict).count() == 2 {
                twice.push(name);
            }
        }
        assert_eq!(twice, ["mixed", "many", "hostile"]);
    }
}
