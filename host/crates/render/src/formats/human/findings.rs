//! What a person sees of findings: by rule, the gravest last.

use super::{LABEL, MAX_SHOWN, WORD, labelled};
use crate::groups::{Fate, Group, GroupKey, clusters};
use crate::page::{Line, Page, Role, count};
use crate::words::{self, severity};
use tollgate_model::report::{
    Disposition, Enforcement, FindingReport, LocationSubject, Report, SourceLocation, WaiverReport,
};

fn word(fate: Fate) -> (&'static str, Role) {
    match fate {
        Fate::Baselined => ("known", Role::Faint),
        Fate::Passes | Fate::PassesExisting => ("passes", Role::Faint),
        Fate::Waived => ("waived", Role::Warning),
        Fate::WarnsAdvice => ("advises", Role::Faint),
        Fate::WarnsExisting | Fate::WarnsUndetermined | Fate::Warns => ("warns", Role::Warning),
        Fate::RefusesExisting | Fate::RefusesUndetermined | Fate::Refuses => ("REFUSES", Role::Bad),
    }
}

/// Adds the findings of one rule that met the same fate.
pub(super) fn render_group(page: &mut Page, report: &Report, group: &Group<'_>) {
    let GroupKey {
        fate,
        severity: how_bad,
        rule,
        enforcement: how_hard,
        title,
    } = group.key;
    let (word, role) = word(fate);
    let mut head = Line::new()
        .atom(Role::Strong, rule)
        .put(Role::Faint, format!(" [{}", severity(how_bad)));
    match (how_hard, fate) {
        (Enforcement::HardMandatory, _) => {
            head = head.put(Role::Faint, ", hard-mandatory: no waiver covers it");
        }
        (Enforcement::Advisory, Fate::Warns | Fate::WarnsExisting) => {
            head = head.put(Role::Faint, ", advisory");
        }
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
        Fate::Refuses | Fate::RefusesExisting | Fate::RefusesUndetermined => usize::MAX,
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
        Fate::WarnsAdvice => Some(line.text("advice: it never refuses")),
        Fate::WarnsExisting if group.key.enforcement == Enforcement::Advisory => {
            Some(line.text("so before the plan; the rule is advisory"))
        }
        Fate::WarnsExisting => Some(
            line.text("so before the plan; ")
                .atom(Role::Plain, name)
                .text(" lets that pass with a warning"),
        ),
        Fate::PassesExisting => Some(
            line.text("so before the plan; ")
                .atom(Role::Plain, name)
                .text(" lets that pass"),
        ),
        Fate::RefusesExisting => Some(
            line.text("so before the plan; ")
                .atom(Role::Plain, name)
                .text(" refuses that too"),
        ),
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

fn render_cluster(page: &mut Page, report: &Report, cluster: &[&FindingReport], with_fix: bool) {
    for finding in cluster {
        let mut line = match &finding.address {
            Some(address) => Line::new().atom(Role::Strong, address.as_str()),
            None => Line::new().put(Role::Strong, words::whole(finding)),
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
