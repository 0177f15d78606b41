//! That a person meant this environment.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Write as _};

use super::guard::{Guard, Refusal};
use crate::diagnostic::quoted;

/// What is to be confirmed. Consent to one is none to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Apply a plan.
    Apply,
    /// Destroy everything.
    Destroy,
}

impl Action {
    /// The option that stands in for a terminal.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Apply => "--confirm",
            Self::Destroy => "--confirm-destroy",
        }
    }

    fn question(self, environment: &str) -> String {
        match self {
            Self::Apply => format!(
                "This changes {environment}. Type its name to go on (anything else ends it): "
            ),
            Self::Destroy => format!(
                "This destroys everything in {environment}. Type its name to go on (anything else ends it): "
            ),
        }
    }
}

/// What there is of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The option, with this name.
    Option(&'a str),
    /// This line of a terminal.
    Typed(&'a str),
    /// No option, and no terminal to ask on.
    Nobody,
}

/// Asks for a name of the environment, of which `names` has its own first: the option's, or else what is
/// typed on the terminal.
///
/// # Errors
/// When it is another one, or there is nobody to ask.
pub fn ask(action: Action, names: &[&str], given: Option<&str>) -> Result<(), Refusal> {
    let refusal = match given {
        Some(name) => decide(action, names, Answer::Option(name)),
        None => match typed(&action.question(own(names))) {
            Ok(line) => decide(action, names, Answer::Typed(&line)),
            Err(_) => decide(action, names, Answer::Nobody),
        },
    };
    refusal.map_or(Ok(()), Err)
}

/// Refuses what will not be confirmed: another name by the option, or no option and no terminal. So
/// that nobody waits for a plan first.
///
/// # Errors
/// As [`ask`], as far as it can be told without asking.
pub fn expect(action: Action, names: &[&str], given: Option<&str>) -> Result<(), Refusal> {
    let refusal = match given {
        Some(name) => decide(action, names, Answer::Option(name)),
        None if terminal().is_ok() => None,
        None => decide(action, names, Answer::Nobody),
    };
    refusal.map_or(Ok(()), Err)
}

/// Says why an answer does not do.
#[must_use]
pub fn decide(action: Action, names: &[&str], answer: Answer<'_>) -> Option<Refusal> {
    let option = action.option();
    let environment = own(names);
    let (found, help) = match answer {
        Answer::Option(name) if names.contains(&name) => return None,
        Answer::Typed(line) if names.contains(&line.trim()) => return None,
        Answer::Option(name) => (
            format!("{} (by {option})", quoted(name)),
            format!("if {environment} is meant: `{option} {environment}`"),
        ),
        Answer::Typed(line) if line.trim().is_empty() => (
            "nothing".to_owned(),
            format!("run it again, and type {environment}"),
        ),
        Answer::Typed(line) => (
            quoted(line.trim()),
            format!("run it again, and type {environment}"),
        ),
        Answer::Nobody => (
            "no terminal to ask on".to_owned(),
            format!("in CI: `{option} {environment}`"),
        ),
    };
    Some(Refusal {
        guard: Guard::Confirmation,
        expected: quoted(environment),
        found,
        help,
    })
}

fn own<'n>(names: &[&'n str]) -> &'n str {
    names.first().copied().unwrap_or_default()
}

fn terminal() -> io::Result<std::fs::File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty")
}

/// Asks on the terminal, wherever the standard streams lead.
fn typed(question: &str) -> io::Result<String> {
    let mut terminal = terminal()?;
    terminal.write_all(question.as_bytes())?;
    terminal.flush()?;
    let mut line = String::new();
    BufReader::new(&terminal).read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_of_it_will_do() {
        use Action::{Apply, Destroy};
        for (action, answer, expected) in [
            (Apply, Answer::Option("production"), None),
            (Apply, Answer::Typed("production\n"), None),
            (Apply, Answer::Typed("  production \r\n"), None),
            (Destroy, Answer::Typed("production\n"), None),
            (Apply, Answer::Option("prod"), None),
            (Apply, Answer::Typed("prod\n"), None),
            (
                Apply,
                Answer::Option("pro"),
                Some("confirmation: expected `production`, found `pro` (by --confirm)"),
            ),
            (
                Destroy,
                Answer::Option("staging"),
                Some("confirmation: expected `production`, found `staging` (by --confirm-destroy)"),
            ),
            (
                Apply,
                Answer::Typed("yes\n"),
                Some("confirmation: expected `production`, found `yes`"),
            ),
            (
                Apply,
                Answer::Typed("Production\n"),
                Some("confirmation: expected `production`, found `Production`"),
            ),
            (
                Apply,
                Answer::Typed("\n"),
                Some("confirmation: expected `production`, found nothing"),
            ),
            (
                Apply,
                Answer::Typed(""),
                Some("confirmation: expected `production`, found nothing"),
            ),
            (
                Destroy,
                Answer::Nobody,
                Some("confirmation: expected `production`, found no terminal to ask on"),
            ),
        ] {
            let refusal = decide(action, &["production", "prod"], answer);
            let said = refusal.as_ref().map(ToString::to_string);
            assert_eq!(said.as_deref(), expected, "{action:?} {answer:?}");
        }
        let nobody = decide(Destroy, &["production"], Answer::Nobody);
        assert_eq!(
            nobody.map(|refusal| refusal.help).as_deref(),
            Some("in CI: `--confirm-destroy production`")
        );
    }
}
