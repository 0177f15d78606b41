//! From a recording back to the verdict.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Answer, Call, FORMAT_VERSION, INDEX, Index, RecordError, answer};
use crate::environment::{ConfiguredPolicy, Source};
use crate::gate::rule;
use crate::judge::{self, PlanOutcome, judge};
use crate::report::{Cause, DocumentReport, Outcome, Report};
use crate::sandbox::builtin::BUILTINS;
use crate::sandbox::cache::Cache;
use crate::sandbox::engine::Ticker;
use crate::sandbox::json::{self, PolicyRequest, PolicyResponse};
use crate::sandbox::limits::{LIMITS, Limit, Limits};
use crate::sandbox::{PolicyModule, digest};

/// Runs the modules on the recorded requests, and judges again if they answer as they did.
///
/// A built-in module is taken from this executable, another one from `modules` or from
/// where it was when it was recorded, seen from the working directory or from a directory
/// above the recording; in each case only if it has the recorded digest.
///
/// # Errors
/// When the recording cannot be read or has changed, a module is not at hand, or an answer
/// is another one.
pub fn replay(directory: &Path, modules: &[PathBuf], cache: &Cache) -> Result<Report, RecordError> {
    let path = directory.join(INDEX);
    let unusable = |reason: String| RecordError::Unusable {
        path: path.display().to_string(),
        reason,
    };
    let text = read(&path)?;
    let version: FormatVersion =
        serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    if version.format_version != FORMAT_VERSION {
        return Err(unusable(format!(
            "its format is {}, and this Tollgate reads {FORMAT_VERSION}",
            version.format_version.chars().take(20).collect::<String>()
        )));
    }
    let index: Index = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    for call in &index.calls {
        let named_safely = !call.policy.is_empty()
            && call
                .policy
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !named_safely {
            return Err(unusable(
                "a policy in it has no name of a policy".to_owned(),
            ));
        }
    }
    let _ticker = Ticker::start();
    let modules = load(&index, directory, modules, cache)?;
    let answers: Vec<Result<Replayed, RecordError>> = index
        .calls
        .par_iter()
        .map(|call| run(directory, call, &modules))
        .collect();
    let mut answered: BTreeMap<(usize, &str), Vec<Replayed>> = BTreeMap::new();
    let mut differences = Vec::new();
    for (call, replayed) in index.calls.iter().zip(answers) {
        let replayed = replayed?;
        if let Some(difference) = &replayed.difference {
            differences.push(format!(
                "`{}` on {}: {difference}",
                call.policy,
                plan_name(&index.plans, call.plan)
            ));
        }
        answered
            .entry((call.plan, call.policy.as_str()))
            .or_default()
            .push(replayed);
    }
    if differences.is_empty() {
        differences = inconsistencies(&index, &answered, &modules);
    }
    if !differences.is_empty() {
        return Err(RecordError::Differs(differences));
    }
    Ok(judge(
        &index.environment,
        index.date,
        index.baseline.as_ref(),
        index.plans,
    ))
}

/// What is read before anything else of a recording is.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FormatVersion {
    format_version: String,
}

fn plan_name(plans: &[PlanOutcome], plan: usize) -> &str {
    plans
        .get(plan)
        .map_or("a plan that is not recorded", |plan| &plan.input.path)
}

fn read(path: &Path) -> Result<String, RecordError> {
    fs::read_to_string(path).map_err(|cause| RecordError::Read {
        path: path.display().to_string(),
        cause,
    })
}

/// Reads a file of the recording, if it is the one that was recorded.
fn read_call(directory: &Path, name: &str, recorded: &str) -> Result<String, RecordError> {
    let path = directory.join(name);
    let text = read(&path)?;
    if digest(text.as_bytes()) != recorded {
        return Err(RecordError::Changed {
            path: path.display().to_string(),
        });
    }
    Ok(text)
}

/// Loads the module of every policy that was called.
fn load<'i>(
    index: &'i Index,
    directory: &Path,
    files: &[PathBuf],
    cache: &Cache,
) -> Result<BTreeMap<&'i str, PolicyModule>, RecordError> {
    let mut modules = BTreeMap::new();
    for call in &index.calls {
        let policy = call.policy.as_str();
        if modules.contains_key(policy) {
            continue;
        }
        let recorded = index
            .plans
            .iter()
            .filter_map(|plan| plan.result.as_ref().ok())
            .flat_map(|run| &run.policies)
            .find(|outcome| outcome.name == policy);
        let configured = index
            .environment
            .policies
            .iter()
            .find(|configured| configured.name == policy);
        // Without an outcome the plan could not be judged, and nothing depends on the calls.
        let (Some(recorded), Some(configured)) = (recorded, configured) else {
            continue;
        };
        let Some(expected) = &recorded.digest else {
            continue;
        };
        // As the configuration's paths are: from where it was.
        let source = match (&configured.source, &index.environment.configuration) {
            (Source::Path(path), Some(configuration)) => {
                Source::Path(Path::new(&configuration.path).with_file_name("").join(path))
            }
            (source, _) => source.clone(),
        };
        let limits = limits(index, policy);
        let module = find(&source, policy, expected, directory, files, limits, cache)?;
        modules.insert(policy, module);
    }
    Ok(modules)
}

fn limits(index: &Index, policy: &str) -> Limits {
    let recorded = index.limits.get(policy);
    LIMITS.iter().fold(Limits::default(), |limits, spec| {
        match recorded.and_then(|recorded| recorded.get(spec.key)) {
            Some(value) => limits.with(spec.limit, (*value).min(spec.max)),
            None => limits,
        }
    })
}

fn find(
    source: &Source,
    policy: &str,
    expected: &str,
    directory: &Path,
    files: &[PathBuf],
    limits: Limits,
    cache: &Cache,
) -> Result<PolicyModule, RecordError> {
    let failed = |cause| RecordError::Module {
        policy: policy.to_owned(),
        cause,
    };
    let mut tried = Vec::new();
    let mut candidates = files.to_vec();
    match source {
        Source::BuiltIn => {
            if let Some(builtin) = BUILTINS.iter().find(|builtin| builtin.name == policy) {
                if builtin.digest == expected {
                    return builtin.load(limits, cache).map_err(failed);
                }
                tried.push("the built-in one is another".to_owned());
            }
        }
        Source::Path(path) => {
            candidates.push(path.clone());
            let above = above(directory, path);
            if above.is_empty() && path.is_relative() {
                tried.push(format!(
                    "{} is not there from a directory above the recording",
                    path.display()
                ));
            }
            candidates.extend(above);
        }
    }
    for path in candidates {
        match read_module(&path, &limits) {
            Ok(bytes) if digest(&bytes) == expected => {
                return PolicyModule::load(&bytes, limits, cache).map_err(failed);
            }
            Ok(_) => tried.push(format!("{} is another", path.display())),
            Err(error) => tried.push(format!("cannot read {}: {error}", path.display())),
        }
    }
    Err(RecordError::NoModule {
        policy: policy.to_owned(),
        digest: expected.to_owned(),
        tried: tried.join("; "),
    })
}

/// Where a path leads that was written relative to the directory in which the recording was
/// made: a recording names no directory of anybody's machine, but mostly lies below it.
fn above(directory: &Path, path: &Path) -> Vec<PathBuf> {
    let Ok(directory) = directory.canonicalize() else {
        return Vec::new();
    };
    if path.is_absolute() {
        return Vec::new();
    }
    let places = directory.ancestors().map(|above| above.join(path));
    places.filter(|place| place.is_file()).collect()
}

/// Reads a module; one byte more than allowed, so that too large a one is told from a
/// fitting one.
fn read_module(path: &Path, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(limits.bytes(Limit::ModuleMib).saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a call came to this time.
struct Replayed {
    /// The response, when it is as recorded.
    response: Option<String>,
    difference: Option<String>,
}

fn run(
    directory: &Path,
    call: &Call,
    modules: &BTreeMap<&str, PolicyModule>,
) -> Result<Replayed, RecordError> {
    let name = call.file("request");
    let text = read_call(directory, &name, &call.request)?;
    let unusable = |reason: String| RecordError::Unusable {
        path: directory.join(&name).display().to_string(),
        reason,
    };
    let request: PolicyRequest<'_> =
        serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let request = request
        .request
        .ok_or_else(|| unusable("it asks for no evaluation".to_owned()))?;
    let recorded = match &call.answer {
        Answer::Response(recorded) => Ok(read_call(directory, &call.file("response"), recorded)?),
        Answer::Failure(problem) => Err(problem.clone()),
    };
    let Some(module) = modules.get(call.policy.as_str()) else {
        return Ok(Replayed {
            response: None,
            difference: None,
        });
    };
    let now = json::lower(&request, |request| answer(&module.evaluate(request)));
    let difference = match (&recorded, &now) {
        (Ok(recorded), Ok(now)) if recorded == now => None,
        (Err(recorded), Err(now)) if recorded == now => None,
        (Ok(_), Ok(_)) => Some("it answers something else".to_owned()),
        (Ok(_), Err(problem)) => Some(format!("it fails now: {}", problem.message)),
        (Err(problem), Ok(_)) => Some(format!("it failed then: {}", problem.message)),
        (Err(then), Err(now)) => Some(format!(
            "it fails in another way: {}; then: {}",
            now.message, then.message
        )),
    };
    Ok(Replayed {
        response: now.ok(),
        difference,
    })
}

/// Holds what was recorded of each policy against what its module answers.
fn inconsistencies(
    index: &Index,
    answered: &BTreeMap<(usize, &str), Vec<Replayed>>,
    modules: &BTreeMap<&str, PolicyModule>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (number, plan) in index.plans.iter().enumerate() {
        let Ok(run) = &plan.result else { continue };
        for policy in &run.policies {
            let Ok(evaluation) = &policy.result else {
                // Nothing can be judged better than a failure: it refuses.
                continue;
            };
            let name = policy.name.as_str();
            // What Tollgate itself says, of changes to the gate, has no module.
            let configured = |other: &ConfiguredPolicy| other.name == name;
            if !index.environment.policies.iter().any(configured) {
                continue;
            }
            let replayed = answered.get(&(number, name)).map_or(&[][..], Vec::as_slice);
            let consistent = modules.get(name).is_some_and(|module| {
                module
                    .metadata
                    .rules
                    .iter()
                    .map(rule)
                    .eq(policy.rules.iter().cloned())
                    && module.metadata.version == policy.version
                    && !replayed.is_empty()
                    && says(replayed, evaluation)
            });
            if !consistent {
                found.push(format!(
                    "`{name}` on {}: what {INDEX} has of it is not what it answered",
                    plan.input.path
                ));
            }
        }
    }
    found
}

/// Whether the responses, one after the other, are this evaluation.
fn says(replayed: &[Replayed], evaluation: &judge::Evaluation) -> bool {
    let mut findings = evaluation.findings.iter();
    let mut documents: BTreeMap<&str, &DocumentReport> = evaluation
        .documents
        .iter()
        .map(|document| (document.name.as_str(), document))
        .collect();
    for replayed in replayed {
        let Some(Ok(PolicyResponse::Evaluation(response))) =
            replayed.response.as_deref().map(serde_json::from_str)
        else {
            return false;
        };
        for answered in &response.findings {
            let outcome = match answered.outcome {
                json::Outcome::Violation => Outcome::Violation,
                json::Outcome::Undetermined => Outcome::Undetermined,
            };
            // Advice never refuses, so who edits a cause edits the verdict.
            let cause = match answered.cause {
                json::Cause::Planned => Cause::Planned,
                json::Cause::Existing => Cause::Existing,
                json::Cause::Advice => Cause::Advice,
            };
            let same = findings.next().is_some_and(|finding| {
                finding.rule == answered.rule
                    && finding.outcome == outcome
                    && finding.cause == cause
                    && finding.address == answered.address
                    && finding.deposed == answered.deposed
                    && finding.attributes == answered.attributes
                    && finding.message == answered.message
                    && finding.remediation == answered.remediation
                    && finding
                        .details
                        .iter()
                        .map(|(label, text)| (label, text))
                        .eq(answered.details.iter().map(|d| (&d.label, &d.text)))
            });
            if !same {
                return false;
            }
        }
        for document in &response.documents {
            let content: Result<serde_json::Value, _> =
                serde_json::from_str(document.content.get());
            match (documents.remove(document.name.as_ref()), content) {
                (Some(recorded), Ok(content))
                    if recorded.content.value() == content
                        && recorded.summary == document.summary => {}
                _ => return false,
            }
        }
    }
    findings.next().is_none() && documents.is_empty()
}
