//! What `tollgate policy mutate` prints.

use crate::authoring::mutate::{Mutant, Mutation, by_attribute};
use crate::report::page::{Line, Options, Page, Role, count};

/// How many mutants are listed; `-o json` has all.
const LISTED: usize = 60;

/// How many attributes are summed up.
const SUMMED: usize = 10;

/// Returns it as text for a person, with a line feed at the end of each line.
#[must_use]
pub fn human(mutation: &Mutation, at_least: Option<u8>, options: Options) -> String {
    let mut page = Page::new(options);
    let mut address: Option<&str> = None;
    for mutant in mutation.unnoticed.iter().take(LISTED) {
        if address != Some(mutant.address.as_str()) {
            page.line(
                0,
                2,
                &Line::new().atom(Role::Strong, mutant.address.as_str()),
            );
            address = Some(&mutant.address);
        }
        page.line(2, 4, &turned(mutant));
    }
    let more = mutation.unnoticed.len().saturating_sub(LISTED);
    if more > 0 {
        let line = format!("and {more} more; `-o json` has all");
        page.line(0, 2, &Line::new().put(Role::Faint, line));
        page.blank();
        page.line(0, 2, &Line::new().text("Most often unnoticed:"));
        for (what, number) in by_attribute(&mutation.unnoticed).iter().take(SUMMED) {
            let line = Line::new().atom(Role::Plain, what.as_str()).put(
                Role::Faint,
                format!(", {}", count(*number, "time", "times")),
            );
            page.line(2, 4, &line);
        }
    }
    page.blank();
    let fails = at_least.is_some_and(|floor| mutation.percent() < usize::from(floor));
    let role = if fails { Role::Bad } else { Role::Strong };
    let mut line = Line::new().put(
        role,
        format!(
            "{} of {} noticed, {} %",
            mutation.noticed,
            count(mutation.mutants, "mutant", "mutants"),
            mutation.percent()
        ),
    );
    if let Some(floor) = at_least.filter(|_| fails) {
        line = line.text(format!("; at least {floor} % are asked for"));
    }
    if mutation.impossible > 0 {
        line = line.put(
            Role::Faint,
            format!(
                "; {} left out, as no plan can be like that",
                mutation.impossible
            ),
        );
    }
    if mutation.left_out > 0 {
        line = line.put(
            Role::Faint,
            format!(
                "; {} more were left out, `--mutants` has them made",
                mutation.left_out
            ),
        );
    }
    page.line(0, 2, &line);
    page.finish()
}

fn turned(mutant: &Mutant) -> Line<'_> {
    let what = mutant.attribute.as_deref().unwrap_or("the action");
    Line::new()
        .atom(Role::Plain, what)
        .text(": ")
        .text(mutant.from.as_str())
        .text(" → ")
        .text(mutant.to.as_str())
}
