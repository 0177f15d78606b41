//! Saved reports: read back, held against themselves, and merged.
//!
//! A report decides whether something may be applied, so one that is read back counts for
//! nothing before its parts have been added up again. What was cut off, edited so that it no
//! longer adds up, or written in a format of another major version is an error, never a
//! pass. An edit that does add up cannot be told: a report is no proof, and whoever can write
//! the file can write a verdict.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use tollgate_model::error::UserError;
use tollgate_model::names::is_kebab;

use super::inert::inert;
use super::{
    Disposition, Enforcement, FORMAT_VERSION, Input, MergedReport, Outcome, PlanReport, Report,
    RuleReport, Verdict, WaiverReport, WaiverState, words,
};
use crate::config::is_name;
use crate::judge::{disposition, verdict};
use crate::sandbox::digest;

/// The largest report that is read, in bytes.
const MAX_SIZE: u64 = 256 << 20;

/// A report that was read from a file, and that adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The file as it was named, and the digest of its bytes.
    pub input: Input,
    /// What it says.
    pub report: Report,
}

/// Why saved reports cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file cannot be read.
    #[error("cannot read the report {}: {cause}", inert(path))]
    Read {
        /// As it was named.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The file is larger than any report.
    #[error("the report {} is larger than {} MiB", inert(path), MAX_SIZE >> 20)]
    TooLarge {
        /// As it was named.
        path: String,
    },
    /// The bytes are not a report, or not the whole of one.
    #[error("{} is no report: {}", inert(path), inert(reason))]
    NotAReport {
        /// As it was named.
        path: String,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// The format is of another version.
    #[error(
        "the report {} has format version {}, and this Tollgate reads {}.x",
        inert(path),
        inert(version),
        major(FORMAT_VERSION)
    )]
    Version {
        /// As it was named.
        path: String,
        /// What the file says.
        version: String,
    },
    /// Its parts do not come to what it says.
    #[error("the report {} does not add up: {}", inert(path), inert(reason))]
    Inconsistent {
        /// As it was named.
        path: String,
        /// What does not.
        reason: String,
    },
    /// Reports of different environments have no common verdict.
    #[error(
        "the reports {} and {} are of different environments: {}",
        inert(one),
        inert(other),
        inert(difference)
    )]
    Environments {
        /// The first.
        one: String,
        /// The one that differs.
        other: String,
        /// In what.
        difference: String,
    },
    /// Parts of plans that were judged in parts are missing, or of another whole.
    #[error("{}", inert(reason))]
    Shards {
        /// What does not fit.
        reason: String,
    },
    /// The same was judged twice.
    #[error("{} is in both {} and {}", inert(what), inert(one), inert(other))]
    Duplicate {
        /// What is.
        what: String,
        /// The first.
        one: String,
        /// The other.
        other: String,
    },
}

impl UserError for SavedError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Read { .. } | Self::TooLarge { .. } | Self::NotAReport { .. } => {
                "name a file that `tollgate check -o json=FILE` wrote"
            }
            Self::Version { .. } => "use the version of Tollgate that wrote it",
            Self::Inconsistent { .. } => {
                "it was edited or damaged since: run `tollgate check` again"
            }
            Self::Environments { .. } => "run `tollgate report` once for each environment",
            Self::Shards { .. } => {
                "name the report of every part, each judged with the same `--shard …/N`"
            }
            Self::Duplicate { .. } => "name each report once, and judge each plan in one of them",
        };
        Some(help.to_owned())
    }
}

impl Saved {
    /// Reads a report, and adds it up.
    ///
    /// # Errors
    /// When it cannot be read, is not a report, or does not come to what it says.
    pub fn load(path: &Path) -> Result<Self, SavedError> {
        let name = path.display().to_string();
        let read = |cause| SavedError::Read {
            path: name.clone(),
            cause,
        };
        let mut bytes = Vec::new();
        let limit = MAX_SIZE + 1;
        if path == Path::new("-") {
            io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        }
        .map_err(read)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(SavedError::TooLarge { path: name });
        }
        Self::parse(&name, &bytes)
    }

    /// Parses the bytes of a report, and adds it up.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, SavedError> {
        /// The version is looked at first, so that a later format is named as such.
        #[derive(Deserialize)]
        struct Versioned {
            format_version: String,
        }
        let not_a_report = |error: &serde_json::Error| SavedError::NotAReport {
            path: name.to_owned(),
            reason: match error.classify() {
                serde_json::error::Category::Eof if bytes.is_empty() => "it is empty".to_owned(),
                serde_json::error::Category::Eof => format!("it ends too early: {error}"),
                _ => error.to_string(),
            },
        };
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let versioned: Versioned =
            serde_json::from_slice(text).map_err(|error| not_a_report(&error))?;
        if major(&versioned.format_version) != major(FORMAT_VERSION) {
            return Err(SavedError::Version {
                path: name.to_owned(),
                version: versioned.format_version,
            });
        }
        let report: Report = serde_json::from_slice(text).map_err(|error| not_a_report(&error))?;
        add_up(&report).map_err(|reason| SavedError::Inconsistent {
            path: name.to_owned(),
            reason,
        })?;
        Ok(Self {
            input: Input {
                path: name.to_owned(),
                digest: digest(bytes),
            },
            report,
        })
    }
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// Holds the names in a report against what a run can write: others are read as part of
/// the report's own words.
fn named(report: &Report) -> Result<(), String> {
    let policies = || report.plans.iter().flat_map(|plan| &plan.policies);
    let names = std::iter::once(("an environment", &report.environment.name))
        .chain(policies().map(|policy| ("a policy", &policy.name)));
    for (what, name) in names {
        if !is_name(name) {
            return Err(format!("{name:?} cannot be the name of {what}"));
        }
    }
    let rules = report.rules.iter().map(|rule| (None, &rule.rule));
    let findings = policies().flat_map(|policy| {
        let findings = policy.findings.iter();
        findings.map(|finding| (Some(policy.name.as_str()), &finding.rule))
    });
    for (of, rule) in rules.chain(findings) {
        let fits = rule.split_once('/').is_some_and(|(policy, id)| {
            is_name(policy) && is_kebab(id) && of.is_none_or(|of| of == policy)
        });
        if !fits {
            return Err(format!("{rule:?} cannot be a rule of its policy"));
        }
    }
    for WaiverReport { rule, .. } in &report.waivers {
        let fits = rule
            .split_once('/')
            .is_some_and(|(policy, id)| is_name(policy) && (id == "*" || is_name(id)));
        if !fits {
            return Err(format!("{rule:?} cannot be the rule of a waiver"));
        }
    }
    Ok(())
}

/// Holds a report against itself.
fn add_up(report: &Report) -> Result<(), String> {
    named(report)?;
    let environment = &report.environment;
    for plan in &report.plans {
        let name = words::plan_name(plan);
        match (&plan.problem, &plan.facts) {
            (Some(_), _) if !plan.policies.is_empty() => {
                return Err(format!("{name} could not be judged, and was"));
            }
            (None, None) => return Err(format!("{name} has neither facts nor a problem")),
            (None, Some(_)) if plan.policies.is_empty() => {
                return Err(format!("no policy judged {name}"));
            }
            _ => {}
        }
        for policy in &plan.policies {
            if policy.failure.is_some() && !policy.findings.is_empty() {
                return Err(format!(
                    "{} could not be run on {name}, and found something",
                    policy.name
                ));
            }
            for finding in &policy.findings {
                let plain = disposition(
                    (finding.outcome, finding.cause),
                    finding.enforcement,
                    environment.undetermined,
                    environment.existing,
                );
                let fits = match finding.disposition {
                    Disposition::Waived => {
                        finding.enforcement != Enforcement::HardMandatory
                            && words::waiver_of(report, finding)
                                .is_some_and(|waiver| waiver.state == WaiverState::Used)
                    }
                    Disposition::Baselined => {
                        finding.enforcement != Enforcement::HardMandatory
                            && finding.outcome == Outcome::Violation
                    }
                    found => found == plain,
                };
                if !fits {
                    return Err(format!(
                        "{} at {} cannot be {}",
                        finding.rule,
                        words::subject(finding),
                        words::disposition(finding.disposition)
                    ));
                }
            }
        }
    }
    let mut covers = vec![0; report.waivers.len()];
    let waived = words::findings(report).filter(|each| each.disposition == Disposition::Waived);
    for index in waived.filter_map(|finding| finding.waiver) {
        if let Some(number) = covers.get_mut(index) {
            *number += 1;
        }
    }
    for (waiver, covers) in report.waivers.iter().zip(covers) {
        if covers != waiver.covers {
            return Err(format!(
                "the waiver of {} at {} covers {covers}, and says {}",
                waiver.rule, waiver.address, waiver.covers
            ));
        }
    }
    for (waiver, stacks) in report.waivers.iter().zip(words::stacks(report)) {
        // Reports before 1.2 say nothing of stacks.
        if waiver.stacks != stacks && waiver.stacks != 0 {
            return Err(format!(
                "the waiver of {} at {} covers findings in {stacks} stacks, and says {}",
                waiver.rule, waiver.address, waiver.stacks
            ));
        }
    }
    let sum = verdict(environment.incomplete, &report.plans);
    if sum == report.verdict {
        Ok(())
    } else {
        Err(difference(&report.verdict, &sum))
    }
}

/// In what two verdicts differ, the decision first.
fn difference(says: &Verdict, sum: &Verdict) -> String {
    if (says.decision, says.exit_code) != (sum.decision, sum.exit_code) {
        return format!(
            "it says {} (exit code {}), and its parts come to {} (exit code {})",
            words::decision(says.decision),
            says.exit_code,
            words::decision(sum.decision),
            sum.exit_code
        );
    }
    let numbers = [
        ("refusing", says.refusing, sum.refusing),
        ("warnings", says.warnings, sum.warnings),
        ("waived", says.waived, sum.waived),
        ("baselined", says.baselined, sum.baselined),
        ("undetermined", says.undetermined, sum.undetermined),
        ("existing", says.existing, sum.existing),
        ("failed policies", says.failed_policies, sum.failed_policies),
        (
            "unreadable plans",
            says.unreadable_plans,
            sum.unreadable_plans,
        ),
        (
            "incomplete plans",
            says.incomplete_plans,
            sum.incomplete_plans,
        ),
    ];
    let different = numbers.iter().find(|(_, says, sum)| says != sum);
    different.map_or_else(String::new, |(what, says, sum)| {
        format!("it says {says} {what}, and its parts come to {sum}")
    })
}

/// Makes one report of several: every plan of each, judged as it was, and the verdict over
/// all. One alone stays as it is; none comes to a refusal.
///
/// # Errors
/// When they are of different environments, judged the same plan, or are not all parts of plans
/// that were judged in parts.
pub fn merge(saved: Vec<Saved>) -> Result<Report, SavedError> {
    same_environment(&saved)?;
    no_duplicates(&saved)?;
    if saved.len() > 1 {
        all_shards(&saved)?;
    }
    let mut all = saved.into_iter();
    let (Some(first), rest) = (all.next(), all.collect::<Vec<_>>()) else {
        return Err(SavedError::NotAReport {
            path: "nothing".to_owned(),
            reason: "no report was named".to_owned(),
        });
    };
    if rest.is_empty() {
        return Ok(first.report);
    }
    let mut sum = Sum {
        report: Report {
            tollgate_version: env!("CARGO_PKG_VERSION").to_owned(),
            format_version: FORMAT_VERSION.to_owned(),
            plans: Vec::new(),
            waivers: Vec::new(),
            rules: Vec::new(),
            shard: None,
            merged: Vec::new(),
            ..first.report.clone()
        },
        rules: BTreeMap::new(),
        waivers: BTreeMap::new(),
    };
    for saved in std::iter::once(first).chain(rest) {
        add(&mut sum, saved);
    }
    let mut merged = sum.report;
    merged.rules = sum.rules.into_values().collect();
    let stacks = words::stacks(&merged);
    for (waiver, stacks) in merged.waivers.iter_mut().zip(stacks) {
        waiver.stacks = stacks;
    }
    merged.verdict = verdict(merged.environment.incomplete, &merged.plans);
    Ok(merged)
}

/// A merged report under construction.
struct Sum {
    report: Report,
    /// By name.
    rules: BTreeMap<String, RuleReport>,
    /// Their places in the report.
    waivers: BTreeMap<WaiverKey, usize>,
}

fn add(sum: &mut Sum, saved: Saved) {
    let Saved { input, report } = saved;
    let environment = report.environment;
    let places: Vec<usize> = report
        .waivers
        .into_iter()
        .map(|waiver| add_waiver(sum, waiver))
        .collect();
    for rule in report.rules {
        // Of two versions of a policy, the first that was named describes its rules.
        sum.rules.entry(rule.rule.clone()).or_insert(rule);
    }
    let merged = &mut sum.report;
    // Where they differ there is no one configuration; `merged` has each.
    if merged.environment.configuration != environment.configuration {
        merged.environment.configuration = None;
    }
    if merged.environment.baseline != environment.baseline {
        merged.environment.baseline = None;
    }
    merged.environment.baseline_stacks += environment.baseline_stacks;
    // The oldest says how fresh the whole is.
    if report.date < merged.date {
        merged.date.clone_from(&report.date);
    }
    for plan in report.plans {
        let mut plan = PlanReport {
            report: Some(plan.report.unwrap_or_else(|| input.path.clone())),
            ..plan
        };
        for finding in plan.policies.iter_mut().flat_map(|each| &mut each.findings) {
            finding.waiver = finding.waiver.and_then(|index| places.get(index).copied());
        }
        merged.plans.push(plan);
    }
    if report.merged.is_empty() {
        merged.merged.push(MergedReport {
            report: input,
            tollgate_version: report.tollgate_version,
            date: report.date,
            configuration: environment.configuration,
            baseline: environment.baseline,
        });
    } else {
        merged.merged.extend(report.merged);
    }
}

/// What makes a waiver the same in two reports: all of it but what it did.
type WaiverKey = [String; 7];

/// Adds a waiver, or what it did to the same one, and returns its place.
fn add_waiver(sum: &mut Sum, waiver: WaiverReport) -> usize {
    let key = [
        waiver.rule.clone(),
        waiver.address.clone(),
        waiver.stack.clone().unwrap_or_default(),
        waiver.reason.clone(),
        waiver.owner.clone(),
        waiver.expires.clone(),
        waiver.location.clone(),
    ];
    let next = sum.report.waivers.len();
    let place = *sum.waivers.entry(key).or_insert(next);
    let Some(known) = sum.report.waivers.get_mut(place) else {
        sum.report.waivers.push(waiver);
        return place;
    };
    known.covers += waiver.covers;
    let weight = |state| match state {
        WaiverState::Unused => 0,
        WaiverState::Expired => 1,
        WaiverState::Powerless => 2,
        WaiverState::Used => 3,
    };
    if weight(waiver.state) > weight(known.state) {
        known.state = waiver.state;
    }
    place
}

fn same_environment(saved: &[Saved]) -> Result<(), SavedError> {
    let Some((first, rest)) = saved.split_first() else {
        return Ok(());
    };
    let one = &first.report.environment;
    for other in rest {
        let environment = &other.report.environment;
        let difference = if environment.name != one.name {
            format!("`{}` and `{}`", one.name, environment.name)
        } else if environment.protected != one.protected {
            format!("`{}` is protected in one only", one.name)
        } else if environment.undetermined != one.undetermined {
            "they answer what is undetermined differently".to_owned()
        } else if environment.incomplete != one.incomplete {
            "they answer incomplete plans differently".to_owned()
        } else if environment.existing != one.existing {
            "they answer what was so before differently".to_owned()
        } else {
            continue;
        };
        return Err(SavedError::Environments {
            one: first.input.path.clone(),
            other: other.input.path.clone(),
            difference,
        });
    }
    Ok(())
}

/// What a missing part would have refused is not passed by the others.
fn all_shards(saved: &[Saved]) -> Result<(), SavedError> {
    let mut parts: BTreeMap<usize, &str> = BTreeMap::new();
    let mut whole: Option<(&str, Option<usize>)> = None;
    for Saved { input, report } in saved {
        let of = report.shard.map(|shard| shard.of.get());
        let (first, one) = *whole.get_or_insert((&input.path, of));
        if one != of {
            let of = |of: Option<usize>| match of {
                Some(of) => format!("one of {of} parts"),
                None => "no part".to_owned(),
            };
            return Err(SavedError::Shards {
                reason: format!(
                    "the report {first} is {}, and {} is {}",
                    of(one),
                    input.path,
                    of(report.shard.map(|shard| shard.of.get()))
                ),
            });
        }
        if let Some(shard) = report.shard
            && let Some(other) = parts.insert(shard.number.get(), &input.path)
        {
            return Err(SavedError::Shards {
                reason: format!(
                    "the reports {other} and {} are both part {shard}",
                    input.path
                ),
            });
        }
    }
    let Some((_, Some(of))) = whole else {
        return Ok(());
    };
    let missing: Vec<String> = (1..=of)
        .filter(|number| !parts.contains_key(number))
        .map(|number| format!("{number}/{of}"))
        .collect();
    match missing.as_slice() {
        [] => Ok(()),
        [one] => Err(SavedError::Shards {
            reason: format!("the report of part {one} is missing"),
        }),
        [first, .., last] => Err(SavedError::Shards {
            reason: format!(
                "the reports of {} parts are missing, from {first} to {last}",
                missing.len()
            ),
        }),
    }
}

/// The same report, or the same plan, twice would count twice, and may stand where
/// another was meant.
fn no_duplicates(saved: &[Saved]) -> Result<(), SavedError> {
    let mut reports: BTreeMap<&str, &str> = BTreeMap::new();
    let mut plans: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for Saved { input, report } in saved {
        if let Some(one) = reports.insert(&input.digest, &input.path) {
            return Err(SavedError::Duplicate {
                what: "the same report".to_owned(),
                one: one.to_owned(),
                other: input.path.clone(),
            });
        }
        for plan in &report.plans {
            // What could not be read has no digest, and refuses anyway.
            if plan.input.digest.is_empty() {
                continue;
            }
            let key = (plan.input.path.as_str(), plan.input.digest.as_str());
            if let Some(one) = plans.insert(key, &input.path)
                && one != input.path
            {
                return Err(SavedError::Duplicate {
                    what: format!("the plan {}", words::plan_name(plan)),
                    one: one.to_owned(),
                    other: input.path.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
