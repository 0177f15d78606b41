//! Runs cases: the plan through the reader of plans, the policy in its sandbox.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use rayon::prelude::*;
use tollgate_model::finding::Finding;
use tollgate_plan::{PlanError, PlanText};

use super::cases::{Case, CaseFile, CasesError, Content, Expected, PlanOf};
use super::compare::{Difference, differences};
use super::doubts::{self, Watched};
use super::module;
use super::pieces::{self, Apart};
use crate::config::read::{Mistake, Mistakes, did_you_mean};
use crate::diagnostic::{listed, nearest, quoted};
use crate::gate::MAX_DOCUMENT_BYTES;
use crate::report::Problem;
use crate::sandbox::builtin::Builtin;
use crate::sandbox::limits::{Limit, Limits};
use crate::sandbox::request::{self, Context};
use crate::sandbox::{PolicyError, PolicyModule, Usage, settings};
use tollgate_model::error::UserError as _;

/// The largest plan of a case, in bytes.
const MAX_PLAN_BYTES: u64 = 256 << 20;

/// The policy that cases are about.
#[derive(Debug)]
pub struct Subject {
    /// Ready to evaluate.
    pub module: PolicyModule,
    /// Whose documents stand in for those that a case does not name.
    pub builtin: Option<&'static Builtin>,
    /// What the configuration calls it, whose limits it has; none where it is in no configuration.
    pub name: Option<String>,
}

impl Subject {
    /// Why it cannot judge, for whoever writes it.
    pub(super) fn problem(&self, error: &PolicyError) -> Problem {
        Problem {
            help: module::help(error, self.name.as_deref()),
            ..error.problem()
        }
    }
}

/// A case with everything read that it needs.
struct Ready<'f> {
    case: &'f Case,
    plan: PlanText,
    settings: String,
    documents: Vec<(String, Cow<'static, str>)>,
}

/// A file of cases that were run.
#[derive(Clone, Debug)]
pub struct RanFile {
    /// As it was named.
    pub path: String,
    /// In the order of the file.
    pub cases: Vec<RanCase>,
}

/// A case that was run.
#[derive(Clone, Debug)]
pub struct RanCase {
    /// Its name.
    pub name: String,
    /// Its line in the file.
    pub line: usize,
    /// How many resource changes the policy was given.
    pub changes_seen: usize,
    /// How much of a limit a call used at most, in percent, by the key of the limit.
    pub used: Vec<(&'static str, u64)>,
    /// What is likely a mistake, whether or not it is as expected.
    pub warnings: Vec<String>,
    /// What a policy that failed wrote to standard error.
    pub stderr: Option<String>,
    /// What it found; or why it could not judge.
    pub found: Result<Vec<Finding>, Problem>,
    /// What came of it.
    pub verdict: CaseVerdict,
    /// How a policy that says `chunkable` finds something else when it is handed the plan in pieces.
    pub apart: Option<Apart>,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub enum CaseVerdict {
    /// It is as expected.
    Passed,
    /// Other findings than expected.
    Differs(Vec<Difference>),
    /// The policy could not judge, and findings were expected.
    Failed(Problem),
    /// The policy judged, and was expected not to.
    Judged(String),
    /// The policy could not judge, for another reason than the expected one.
    FailedOtherwise {
        /// What is expected.
        expected: String,
        /// What happened.
        problem: Problem,
    },
    /// Nothing says what is expected.
    Open,
}

impl RanCase {
    /// Whether the case is as expected, also in pieces.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.is_as_expected() && self.apart.is_none()
    }

    /// Whether what is found of all changes at once is what is expected.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        matches!(self.verdict, CaseVerdict::Passed)
    }
}

/// How well cases cover a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The rule.
    pub rule: String,
    /// How many cases have a finding of it.
    pub fired: usize,
    /// How many cases gave the policy something to judge, and have no finding of it.
    pub silent: usize,
}

/// How well cases cover the rules of a policy, in the order in which it declares them.
#[must_use]
pub fn coverage(module: &PolicyModule, files: &[RanFile]) -> Vec<RuleCoverage> {
    let rules = module.metadata.rules.iter();
    rules
        .map(|rule| {
            let mut coverage = RuleCoverage {
                rule: rule.id.clone(),
                fired: 0,
                silent: 0,
            };
            for case in files.iter().flat_map(|file| &file.cases) {
                let Ok(found) = &case.found else { continue };
                if found.iter().any(|finding| finding.rule == rule.id) {
                    coverage.fired += 1;
                } else if case.changes_seen > 0 || module.metadata.outputs {
                    coverage.silent += 1;
                }
            }
            coverage
        })
        .collect()
}

/// Reads what cases need, and runs those whose name has `only` in it.
///
/// # Errors
/// The mistakes of every file, before anything is run; or why settings cannot be checked.
pub fn run(
    subject: &Subject,
    files: &[CaseFile],
    only: Option<&str>,
) -> Result<Result<Vec<RanFile>, CasesError>, PolicyError> {
    let mut diagnostics = Vec::new();
    let mut ready = Vec::new();
    let mut checked = BTreeMap::new();
    for file in files {
        let mut mistakes = Vec::new();
        let mut cases = Vec::new();
        for case in &file.cases {
            if only.is_some_and(|only| !case.name.value.contains(only)) {
                continue;
            }
            expects_what_there_is(&subject.module, case, &mut mistakes);
            check_settings(&subject.module, case, &mut checked, &mut mistakes)?;
            cases.extend(prepare(subject, file, case, &mut mistakes));
        }
        diagnostics.extend(file.diagnostics(mistakes));
        ready.push((file, cases));
    }
    if !diagnostics.is_empty() {
        return Ok(Err(CasesError::Mistakes(diagnostics)));
    }
    Ok(Ok(ready
        .iter()
        .map(|(file, cases)| RanFile {
            path: file.source.path.clone(),
            cases: cases
                .par_iter()
                .map(|ready| judge(subject, file, ready))
                .collect(),
        })
        .collect()))
}

/// An expectation of a rule that the policy does not have is a typing mistake.
fn expects_what_there_is(module: &PolicyModule, case: &Case, mistakes: &mut Mistakes) {
    let Some(Expected::Findings { list, .. }) = &case.expected else {
        return;
    };
    let rules = || module.metadata.rules.iter().map(|rule| rule.id.as_str());
    for expectation in list {
        if !rules().any(|rule| rule == expectation.rule) {
            let title = format!(
                "the policy {} has no rule {}",
                quoted(&module.metadata.name),
                quoted(&expectation.rule)
            );
            let label = did_you_mean(nearest(&expectation.rule, rules()));
            let help = format!("its rules: {}", listed(rules()));
            mistakes.push(Mistake::new(&expectation.at, title, label).help(help));
        }
    }
}

/// Holds settings against the policy's schema, each once.
fn check_settings(
    module: &PolicyModule,
    case: &Case,
    checked: &mut BTreeMap<String, Vec<(String, Option<String>)>>,
    mistakes: &mut Mistakes,
) -> Result<(), PolicyError> {
    let (settings, at) = &case.settings;
    let key = settings.to_string();
    if !checked.contains_key(&key) {
        let schema = &module.metadata.settings_schema;
        let errors = settings::validate_limited(schema, settings, &module.limits)?;
        let errors = errors.into_iter().map(|error| {
            let message = match error.pointer.as_str() {
                "" => error.message,
                _ if error.at_key => error.message,
                pointer => format!("`{pointer}`: {}", error.message),
            };
            (message, error.help)
        });
        checked.insert(key.clone(), errors.collect());
    }
    for (error, help) in checked.get(&key).into_iter().flatten() {
        let title = format!(
            "policy {} rejects its settings: {error}",
            quoted(&module.metadata.name)
        );
        let span = at.as_ref().unwrap_or(&case.name.span);
        let mut mistake = Mistake::new(span, title, "");
        mistake.help.clone_from(help);
        mistakes.push(mistake);
    }
    Ok(())
}

fn prepare<'f>(
    subject: &Subject,
    file: &CaseFile,
    case: &'f Case,
    mistakes: &mut Mistakes,
) -> Option<Ready<'f>> {
    let plan = plan(file, case, mistakes);
    let mut wanted = subject.module.metadata.documents.clone();
    wanted.retain(|name| !request::OWN_DOCUMENTS.contains(&name.as_str()));
    for (name, content) in &case.documents {
        if !wanted.contains(name) {
            let title = format!(
                "the policy {} reads no document {}",
                quoted(&subject.module.metadata.name),
                quoted(name)
            );
            let label = did_you_mean(nearest(name, wanted.iter().map(String::as_str)));
            mistakes.push(Mistake::new(&content.span, title, label));
        }
    }
    let documents: Vec<Option<(String, Cow<'static, str>)>> = wanted
        .iter()
        .map(|name| document(subject, file, case, name, mistakes))
        .collect();
    Some(Ready {
        case,
        plan: plan?,
        settings: case.settings.0.to_string(),
        documents: documents.into_iter().collect::<Option<_>>()?,
    })
}

/// Reads the plan of a case, so that what is wrong with it is said at its line.
fn plan(file: &CaseFile, case: &Case, mistakes: &mut Mistakes) -> Option<PlanText> {
    let (bytes, span) = match &case.plan {
        PlanOf::File(named) => match read(&file.resolve(&named.value), MAX_PLAN_BYTES) {
            Ok(bytes) => (bytes, named.span.clone()),
            Err(error) => {
                let title = format!("cannot read the plan: {error}");
                mistakes.push(
                    Mistake::new(&named.span, title, "")
                        .help("the path is relative to the file of cases"),
                );
                return None;
            }
        },
        PlanOf::Inline { text, changes, .. } => {
            let span = changes
                .first()
                .map_or_else(|| case.name.span.clone(), |change| change.span.clone());
            (text.clone().into_bytes(), span)
        }
    };
    let checked = PlanText::from_bytes(bytes).and_then(|text| {
        text.read()?;
        Ok(text)
    });
    checked
        .map_err(|error| mistakes.push(unusable(&error, case, &span)))
        .ok()
}

/// What is wrong with a plan, at the change that it is about if the case has that.
fn unusable(error: &PlanError, case: &Case, span: &std::ops::Range<usize>) -> Mistake {
    let message = error.to_string();
    let at = match &case.plan {
        PlanOf::Inline { changes, .. } => changes
            .iter()
            .find(|change| message.contains(change.value.as_str()))
            .map_or(span, |change| &change.span),
        PlanOf::File(_) => span,
    };
    let mistake = Mistake::new(at, format!("no plan is like this: {message}"), "");
    match (&case.plan, error.help()) {
        (PlanOf::File(_), Some(help)) => mistake.help(help),
        _ => mistake,
    }
}

fn document(
    subject: &Subject,
    file: &CaseFile,
    case: &Case,
    name: &str,
    mistakes: &mut Mistakes,
) -> Option<(String, Cow<'static, str>)> {
    let found = case.documents.iter().find(|(own, _)| own == name);
    let (bytes, span) = match found {
        Some((_, content)) => match &content.value {
            Content::Inline(text) => (text.clone().into_bytes(), content.span.clone()),
            Content::File(path) => match read(&file.resolve(path), MAX_DOCUMENT_BYTES) {
                Ok(bytes) => (bytes, content.span.clone()),
                Err(error) => {
                    let title = format!("cannot read the document {}: {error}", quoted(name));
                    mistakes.push(
                        Mistake::new(&content.span, title, "")
                            .help("the path is relative to the file of cases"),
                    );
                    return None;
                }
            },
        },
        None => {
            let own = subject.builtin.and_then(|builtin| {
                let mut documents = builtin.documents().iter();
                documents.find(|(document, _)| *document == name)
            });
            let Some((_, bytes)) = own else {
                let title = format!("the policy reads the document {}", quoted(name));
                mistakes.push(
                    Mistake::new(&case.name.span, title, "this case has none")
                        .help(format!("write `documents = {{ {name} = \"FILE.json\" }}`")),
                );
                return None;
            };
            return Some((name.to_owned(), Cow::Borrowed(*bytes)));
        }
    };
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
    let text = text.and_then(|text| {
        serde_json::from_str::<serde::de::IgnoredAny>(&text)
            .map(|_| text)
            .map_err(|error| format!("it is not JSON: {error}"))
    });
    match text {
        Ok(text) => Some((name.to_owned(), Cow::Owned(text))),
        Err(reason) => {
            let title = format!("cannot use the document {}: {reason}", quoted(name));
            mistakes.push(Mistake::new(&span, title, ""));
            None
        }
    }
}

/// Reads a file that must not be larger than `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!(
            "it is larger than {} MiB",
            limit >> 20
        )));
    }
    Ok(bytes)
}

fn judge(subject: &Subject, file: &CaseFile, ready: &Ready<'_>) -> RanCase {
    let case = ready.case;
    let watched = Watched::default();
    let context = Context {
        environment: &case.environment.0,
        protected: case.environment.1,
        settings: &ready.settings,
        documents: &ready.documents,
        observer: Some(&watched),
    };
    let answer = ready
        .plan
        .read()
        .map_err(PolicyError::Plan)
        .and_then(|plan| {
            let answer = request::evaluate(&subject.module, &plan, context)?;
            let (seen, found) = (answer.changes_seen, answer.evaluation.findings);
            let apart = pieces::apart(subject, &plan, context, seen, &found);
            Ok((seen, found, apart))
        });
    let mut own_words = None;
    let mut stderr = None;
    let (changes_seen, found, apart) = match answer {
        Ok((seen, found, apart)) => (seen, Ok(found), apart),
        Err(error) => {
            own_words = error.own_words().map(str::to_owned);
            stderr = error.standard_error().map(str::to_owned);
            (0, Err(subject.problem(&error)), None)
        }
    };
    let (calls, handed) = watched.into_parts();
    RanCase {
        name: case.name.value.clone(),
        line: file.line(case),
        changes_seen,
        used: used(&calls, &subject.module.limits),
        warnings: doubts::of(subject, case, &ready.plan, &handed, &found),
        stderr,
        verdict: verdict(case.expected.as_ref(), &found, own_words.as_deref()),
        found,
        apart,
    }
}

/// How near calls came to their limits.
fn used(calls: &[Usage], limits: &Limits) -> Vec<(&'static str, u64)> {
    let share = |limit: Limit, of: fn(&Usage) -> u64| {
        let most = calls.iter().map(of).max().unwrap_or_default();
        let share = most.saturating_mul(100).checked_div(limits.bytes(limit));
        (limit.spec().key, share.unwrap_or_default())
    };
    vec![
        share(Limit::Fuel, |usage| usage.fuel),
        share(Limit::MemoryMib, |usage| usage.memory),
    ]
}

fn verdict(
    expected: Option<&Expected>,
    found: &Result<Vec<Finding>, Problem>,
    own_words: Option<&str>,
) -> CaseVerdict {
    match (expected, found) {
        (None, _) => CaseVerdict::Open,
        (Some(Expected::Findings { list, others, .. }), Ok(found)) => {
            match differences(list, found, *others) {
                none if none.is_empty() => CaseVerdict::Passed,
                some => CaseVerdict::Differs(some),
            }
        }
        (Some(Expected::Findings { .. }), Err(problem)) => CaseVerdict::Failed(problem.clone()),
        (Some(Expected::Error(expected)), Ok(_)) => CaseVerdict::Judged(expected.value.clone()),
        (Some(Expected::Error(expected)), Err(problem)) => {
            // A crash that happens to have the word in it is not what is expected.
            let says = own_words.is_some_and(|said| said.contains(&expected.value));
            if problem.code == expected.value || says {
                CaseVerdict::Passed
            } else {
                CaseVerdict::FailedOtherwise {
                    expected: expected.value.clone(),
                    problem: problem.clone(),
                }
            }
        }
    }
}
