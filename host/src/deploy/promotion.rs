//! Whether what is about to be deployed was deployed to the environment before: the same commit, with
//! the same values, and verified there.
//!
//! The history is what is asked. It is believed only where nothing of it was changed; who can write to
//! it can write a deploy into it that never was.

pub mod image;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tollgate_model::inert::inert_within;
use tollgate_model::own_rules::{Check, OwnRule, POLICY, PROMOTED_WITHOUT_DIGEST, checked_by};
use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::mask::{Masker, Patterns};

use super::guard::git::{Head, untold};
use super::guard::{Guard, Refusal};
use super::history::{History, Outcome, Promoted, Record};
use crate::config::Promotion;
use crate::hcl::backend::is_credential;
use crate::hcl::{Configuration, Type};
use crate::judge::{Evaluation, Finding, PolicyOutcome, RuleEnforcement};
use crate::layout::Layout;
use crate::report::{Cause, Enforcement, Outcome as Found};
use crate::sandbox::digest;

/// The longest value that is written down, in bytes of its JSON.
const MAX_VALUE: usize = 4096;

/// The longest value that a message shows, in characters.
const MAX_SHOWN: usize = 300;

/// What a command of a record is called that deploys everything.
pub const DEPLOYS: &str = "apply";

/// What a command of a record is called that verifies a deploy.
pub const VERIFIES: &str = "verify";

/// The values of variables in a plan as the tool shows it, as their types have them; those that it does
/// not have are left out.
///
/// # Errors
/// When it is no plan.
pub fn values(
    plan: &[u8],
    names: &BTreeSet<String>,
    root: &Configuration,
) -> Result<BTreeMap<String, Json>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Plan<'a> {
        #[serde(borrow, default)]
        variables: BTreeMap<String, &'a serde_json::value::RawValue>,
    }
    #[derive(Deserialize)]
    struct Variable {
        #[serde(default)]
        value: Json,
    }
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let plan: Plan<'_> = serde_json::from_slice(plan)?;
    // Only those that are named: others can be secrets.
    let wanted = plan
        .variables
        .iter()
        .filter(|(name, _)| names.contains(*name));
    wanted
        .map(|(name, raw)| {
            let variable: Variable = serde_json::from_str(raw.get())?;
            let value = match root.variables().get(name) {
                Some(declared) => converted(variable.value, &declared.ty),
                None => variable.value,
            };
            Ok((name.clone(), value))
        })
        .collect()
}

/// Converts a value as the tools do: what `-var` and `TF_VAR_…` say of a number is a text in a plan, and
/// what a file says of it is a number.
fn converted(value: Json, ty: &Type) -> Json {
    match (ty, value) {
        (Type::String, Json::Number(number)) => Json::String(number.to_string()),
        (Type::String, Json::Bool(value)) => Json::String(value.to_string()),
        (Type::Number, Json::String(text)) => match text.trim().parse::<serde_json::Number>() {
            Ok(number) => whole(number),
            Err(_) => Json::String(text),
        },
        (Type::Number, Json::Number(number)) => whole(number),
        (Type::Bool, Json::String(text)) => match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => Json::String(text),
        },
        (Type::List(ty), Json::Array(list)) => {
            Json::Array(list.into_iter().map(|each| converted(each, ty)).collect())
        }
        (Type::Set(ty), Json::Array(list)) => {
            let mut list: Vec<Json> = list.into_iter().map(|each| converted(each, ty)).collect();
            list.sort_by_key(Json::to_string);
            list.dedup();
            Json::Array(list)
        }
        (Type::Tuple(types), Json::Array(list)) if types.len() == list.len() => {
            let each = list.into_iter().zip(types);
            Json::Array(each.map(|(each, ty)| converted(each, ty)).collect())
        }
        (Type::Map(ty), Json::Object(map)) => Json::Object(
            map.into_iter()
                .map(|(name, each)| (name, converted(each, ty)))
                .collect(),
        ),
        (Type::Object(fields), Json::Object(map)) => Json::Object(
            map.into_iter()
                .filter_map(|(name, each)| {
                    // What is no attribute of the type is dropped.
                    let field = fields.get(&name)?;
                    let each = converted(each, &field.ty);
                    Some((name, each))
                })
                .collect(),
        ),
        (_, value) => value,
    }
}

/// A number without a fraction as an integer, however it is written.
fn whole(number: serde_json::Number) -> Json {
    /// Up to here each is a number of its own.
    const MOST: f64 = 9_007_199_254_740_991.0;
    match number.as_f64() {
        Some(float) if number.as_i64().is_none() && float.fract() == 0.0 && float.abs() <= MOST => {
            format!("{float:.0}")
                .parse::<i64>()
                .map_or(Json::Number(number), Json::from)
        }
        _ => Json::Number(number),
    }
}

/// Refuses names that cannot be promoted: those that no variable has, and those of variables that are
/// sensitive, of which the history would have the value. `secret` says which the secrets set.
#[must_use]
pub fn unfit(
    names: &BTreeSet<String>,
    root: &Configuration,
    secret: &dyn Fn(&str) -> bool,
) -> Vec<Refusal> {
    let refusal = |expected: String, found: String, help: String| Refusal {
        guard: Guard::Promotion,
        expected,
        found,
        help,
    };
    let take_out = |name: &str| {
        format!(
            "take `{name}` out of `promote` in tollgate.toml: the history has the values of what is promoted, so a secret cannot be"
        )
    };
    let mut refusals = Vec::new();
    for name in names {
        let variable = root.variables().get(name);
        let Some(variable) = variable else {
            refusals.push(refusal(
                format!("a variable `{name}`, which `promote` names"),
                "none that the root module declares".to_owned(),
                "correct the name in `promote` of tollgate.toml, or declare the variable"
                    .to_owned(),
            ));
            continue;
        };
        let why = match (variable.ephemeral, variable.sensitive) {
            (true, _) => Some("ephemeral"),
            (false, true) => Some("sensitive"),
            (false, false) => None,
        };
        if let Some(why) = why {
            refusals.push(refusal(
                format!("no secret in `promote`, which names `{name}`"),
                format!("a variable that is declared as {why} ({})", variable.place),
                take_out(name),
            ));
        } else if secret(name) {
            refusals.push(refusal(
                format!("no secret in `promote`, which names `{name}`"),
                "a variable that the secrets set".to_owned(),
                take_out(name),
            ));
        }
    }
    refusals
}

/// What must not be in a value that is written down: whoever reads the history needs no key.
pub struct Unwritable<'s> {
    /// What is handed over.
    pub injection: Injection<'s>,
    /// What no log may show.
    pub patterns: Patterns,
}

impl Unwritable<'_> {
    /// Tells of the JSON of a value whether a secret is in it. An ordinary word counts as well: in a plan it
    /// can be there for another reason, but the history would keep it for good.
    /// None where they are too many to look for.
    fn test(self) -> Option<impl FnMut(&str) -> bool> {
        let finder = self.injection.finder().ok()?;
        let mut masker = Masker::new(self.patterns).ok()?;
        Some(move |text: &str| {
            let mut shown = Vec::new();
            masker.push(text.as_bytes(), &mut shown);
            masker.finish(&mut shown);
            shown != text.as_bytes() || !finder.find(text.as_bytes()).is_empty()
        })
    }
}

/// Makes of values what is written down of them.
///
/// # Errors
/// When one is missing, or has a secret in it.
pub fn written(
    names: &BTreeSet<String>,
    values: BTreeMap<String, Json>,
    secrets: Option<Unwritable<'_>>,
) -> Result<BTreeMap<String, Promoted>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let refusal = |name: &str, found: &str, help: &str| Refusal {
        guard: Guard::Promotion,
        expected: format!("a value of `{name}`, which `promote` names, that may be written down"),
        found: found.to_owned(),
        help: help.to_owned(),
    };
    for name in names.iter().filter(|name| !values.contains_key(*name)) {
        refusals.push(refusal(
            name,
            "none in the plan",
            "set it in a file of variables, or by `TF_VAR_…`",
        ));
    }
    let mut test = secrets.map(Unwritable::test);
    let mut written = BTreeMap::new();
    for (name, value) in values {
        let text = value.to_string();
        let has_secret = match &mut test {
            None => false,
            Some(Some(test)) => test(&text) || value.as_str().is_some_and(test),
            Some(None) => true,
        };
        if has_secret {
            refusals.push(refusal(
                &name,
                "one that has a secret of the environment in it",
                &format!(
                    "take `{name}` out of `promote` in tollgate.toml, or the secret out of its value: the history has what is promoted in clear"
                ),
            ));
            continue;
        }
        let open = text.len() <= MAX_VALUE && !looks_sensitive(&name, &value);
        let promoted = Promoted {
            digest: digest(text.as_bytes()),
            value: (open && !value.is_null()).then_some(value),
        };
        written.insert(name, promoted);
    }
    if refusals.is_empty() {
        Ok(written)
    } else {
        Err(refusals)
    }
}

/// Whether a value, or its name, looks as if a credential were in it: then only its digest is kept.
fn looks_sensitive(name: &str, value: &Json) -> bool {
    match value {
        Json::String(text) => is_credential(None, name, Some(text)),
        Json::Array(list) => list.iter().any(|each| looks_sensitive(name, each)),
        Json::Object(map) => map.iter().any(|(name, each)| looks_sensitive(name, each)),
        Json::Null | Json::Bool(_) | Json::Number(_) => is_credential(None, name, None),
    }
}

/// The deploys of the environment before, and what one of them has to meet to be promoted.
pub struct Candidates<'a> {
    /// What is wanted.
    pub promotion: &'a Promotion,
    /// The environment that is deployed.
    pub environment: &'a str,
    /// The environment before it.
    pub before: &'a Layout,
    /// Whether a deploy there has to have been verified.
    pub verified: bool,
    /// What is checked out.
    pub head: Option<&'a Head>,
    /// Why git could not tell that.
    pub untold: Option<&'a str>,
    /// What the history of the environment before it says.
    pub history: &'a History,
    /// Where that is.
    pub place: &'a str,
    /// What time it is.
    pub now: Timestamp,
}

impl<'a> Candidates<'a> {
    /// Returns the newest deploy to the environment before that may be promoted; with `values`, of those
    /// with these values.
    ///
    /// # Errors
    /// When there is none, and why.
    pub fn find(
        &self,
        values: Option<&BTreeMap<String, Promoted>>,
    ) -> Result<&'a Record, Box<Refusal>> {
        let deploys = self.of_this_commit()?;
        let before = &self.before.environment;
        let fitting: Vec<&&Record> = match values {
            None => deploys.iter().collect(),
            Some(values) => {
                let fits = |record: &&&Record| self.differing(record, values).is_none();
                deploys.iter().filter(fits).collect()
            }
        };
        let mut refusal = None;
        for (nth, record) in fitting.iter().enumerate().rev() {
            // What came of the same thing later counts.
            let is_outdone = fitting
                .iter()
                .skip(nth + 1)
                .any(|later| self.same_values(record, later));
            if is_outdone {
                continue;
            }
            match self.why_not(record) {
                None => return Ok(record),
                Some(why) => refusal = refusal.or(Some(why)),
            }
        }
        if let Some(why) = refusal {
            return Err(Box::new(why));
        }
        let differing = deploys.last().zip(values);
        let differing = differing.and_then(|(last, values)| {
            let name = self.differing(last, values)?;
            Some((name, last, values))
        });
        let Some((name, last, values)) = differing else {
            return Err(self.never());
        };
        let there = last.deploy.promoted.get(name).map_or_else(
            || "a value that was written down there".to_owned(),
            |there| format!("{} (line {})", shown(there), last.number),
        );
        Err(Box::new(Refusal {
            guard: Guard::Promotion,
            expected: format!("`{name}` as {before} was deployed with it, {there}"),
            found: values.get(name).map_or("none".to_owned(), shown),
            help: format!(
                "take the values from there: `tollgate promote {before} {}`",
                self.environment
            ),
        }))
    }

    /// Returns the last deploy to the environment before of what is checked out: what whoever names no
    /// values means.
    ///
    /// # Errors
    /// When there is none, or it may not be promoted.
    pub fn last(&self) -> Result<&'a Record, Box<Refusal>> {
        let deploys = self.of_this_commit()?;
        let last = deploys.last().ok_or_else(|| self.never())?;
        match self.why_not(last) {
            None => Ok(last),
            Some(why) => Err(Box::new(why)),
        }
    }

    /// The deploys of what is checked out, oldest first; never empty.
    fn of_this_commit(&self) -> Result<Vec<&'a Record>, Box<Refusal>> {
        let refusal = |expected: String, found: String, help: String| {
            Box::new(Refusal {
                guard: Guard::Promotion,
                expected,
                found,
                help,
            })
        };
        let before = &self.before.environment;
        if let Some(damage) = self.history.damage.first() {
            return Err(refusal(
                format!("a history of {before} that can be believed"),
                format!(
                    "one whose line {} {} ({})",
                    damage.line, damage.what, self.place
                ),
                "compare it with a copy: `tollgate history` says more".to_owned(),
            ));
        }
        let Some(head) = self.head else {
            let (found, help) = untold(self.untold.unwrap_or("there is no commit"));
            return Err(refusal(
                format!("a commit that was deployed to {before}"),
                found,
                help,
            ));
        };
        if !head.clean {
            return Err(refusal(
                format!("what was deployed to {before}, and nothing else"),
                format!("commit {} with uncommitted changes", head.short()),
                "commit what `git status` names, or have git ignore it, and deploy that there first"
                    .to_owned(),
            ));
        }
        let is_deploy = |record: &&Record| {
            record.deploy.command == DEPLOYS
                && self.before.is_called(&record.deploy.environment)
                && record
                    .deploy
                    .head
                    .as_ref()
                    .is_some_and(|there| there.is_same(head))
        };
        let found: Vec<&Record> = self.history.records.iter().filter(is_deploy).collect();
        if found.is_empty() {
            return Err(self.never());
        }
        Ok(found)
    }

    /// Says that there is no such deploy.
    fn never(&self) -> Box<Refusal> {
        let before = &self.before.environment;
        let mut records = self.history.records.iter().rev();
        let last = records.find(|record| {
            record.deploy.command == DEPLOYS && self.before.is_called(&record.deploy.environment)
        });
        let found = match last {
            None => format!("no deploy there ({})", self.place),
            Some(record) => {
                let what = match &record.deploy.head {
                    None => "no commit".to_owned(),
                    Some(head) if !head.clean => {
                        format!("commit {} with uncommitted changes", head.short())
                    }
                    Some(head) => format!("commit {}", head.short()),
                };
                format!(
                    "none; the last one there was of {what} (line {})",
                    record.number
                )
            }
        };
        let commit = self.head.map_or_else(String::new, Head::short);
        Box::new(Refusal {
            guard: Guard::Promotion,
            expected: format!("a deploy of commit {commit} to {before}"),
            found,
            help: format!("deploy it there first: `tollgate apply -e {before}`"),
        })
    }

    /// Why a deploy may not be promoted.
    fn why_not(&self, record: &Record) -> Option<Refusal> {
        let before = &self.before.environment;
        let deploy = &record.deploy;
        let line = record.number;
        let refusal = |found: String, help: String| Refusal {
            guard: Guard::Promotion,
            expected: format!(
                "a deploy of commit {} to {before} that went well",
                deploy.head.as_ref().map(Head::short).unwrap_or_default()
            ),
            found,
            help,
        };
        let again = format!(
            "deploy it there again, with the values that it had: `tollgate apply -e {before}`, and behind ` -- ` each `-var` of that deploy"
        );
        if deploy.result != Outcome::Applied {
            let found = format!("one that ended as {} (line {line})", deploy.result.word());
            return Some(refusal(found, again));
        }
        if deploy.partial {
            let found = format!("one of a part of it only (line {line})");
            return Some(refusal(found, again));
        }
        let missing = |name: &&String| !deploy.promoted.contains_key(*name);
        if let Some(name) = self.promotion.promote.iter().find(missing) {
            let found = format!("one of which the value of `{name}` is not known (line {line})");
            return Some(refusal(found, again));
        }
        if let Some(most) = self.promotion.max_age {
            let seconds = self
                .now
                .as_second()
                .saturating_sub(deploy.started.as_second());
            let age = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            if age > most {
                let found = format!(
                    "one that is {} old (line {line}), and `max-age` is {}",
                    long(age),
                    long(most)
                );
                return Some(refusal(found, again));
            }
        }
        if !self.verified {
            return None;
        }
        let digest = self.history.digest_of(record);
        let mut records = self.history.records.iter().rev();
        let verdict = records.find(|each| {
            each.deploy.command == VERIFIES
                && each.deploy.verifies.is_some()
                && each.deploy.verifies.as_deref() == digest
        });
        match verdict {
            Some(verdict) if verdict.deploy.result == Outcome::Verified => None,
            Some(verdict) => Some(refusal(
                format!(
                    "one that `verify` did not pass (lines {line} and {})",
                    verdict.number
                ),
                again,
            )),
            None => Some(refusal(
                format!("one that was never verified (line {line})"),
                again,
            )),
        }
    }

    fn same_values(&self, one: &Record, other: &Record) -> bool {
        self.differing(one, &other.deploy.promoted).is_none()
    }

    /// The first of the promoted variables that a deploy did not have with this value.
    fn differing(
        &self,
        record: &Record,
        values: &BTreeMap<String, Promoted>,
    ) -> Option<&'a String> {
        let digest = |values: &BTreeMap<String, Promoted>, name: &String| {
            values.get(name).map(|value| value.digest.clone())
        };
        let mut names = self.promotion.promote.iter();
        names.find(|name| digest(&record.deploy.promoted, name) != digest(values, name))
    }
}

/// What runs in an environment, as far as its history knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Running {
    /// The environment.
    pub environment: String,
    /// The one before it.
    pub after: Option<String>,
    /// What was checked out.
    pub head: Option<Head>,
    /// Since when; none where nothing runs.
    pub since: Option<Timestamp>,
    /// Whether it was destroyed and not deployed again.
    pub destroyed: bool,
    /// Whether it was verified, where that was tried.
    pub verified: Option<bool>,
    /// The values of the variables that are promoted.
    pub promoted: BTreeMap<String, Promoted>,
    /// The line of the history.
    pub line: Option<u64>,
    /// What came of a later deploy that did not go well, of which some may run too.
    pub later: Option<Outcome>,
    /// The lines of later deploys of a part (`--target`), of which that part runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<u64>,
}

/// Finds what runs in an environment; none where it was never deployed.
#[must_use]
pub fn running(history: &History, is_called: impl Fn(&str) -> bool) -> Option<Running> {
    let own = |record: &&Record| is_called(&record.deploy.environment);
    let mut later = None;
    let mut parts = Vec::new();
    for record in history.records.iter().rev().filter(own) {
        let deploy = &record.deploy;
        match (deploy.command.as_str(), deploy.result) {
            ("destroy" | DEPLOYS, Outcome::Applied) if deploy.partial => {
                parts.insert(0, record.number);
            }
            ("destroy", Outcome::Applied) => {
                return Some(Running {
                    destroyed: true,
                    line: Some(record.number),
                    later,
                    parts,
                    ..Running::default()
                });
            }
            (DEPLOYS, Outcome::Applied) => {
                let digest = history.digest_of(record);
                let mut verdicts = history.records.iter().rev().filter(|each| {
                    each.deploy.verifies.is_some() && each.deploy.verifies.as_deref() == digest
                });
                return Some(Running {
                    head: deploy.head.clone(),
                    since: Some(deploy.started),
                    verified: verdicts
                        .next()
                        .map(|verdict| verdict.deploy.result == Outcome::Verified),
                    promoted: deploy.promoted.clone(),
                    line: Some(record.number),
                    later,
                    parts,
                    ..Running::default()
                });
            }
            (_, Outcome::Failed | Outcome::Interrupted | Outcome::Unfinished) => {
                later = later.or(Some(deploy.result));
            }
            _ => {}
        }
    }
    // It began, and never went well; or only parts were ever deployed.
    (later.is_some() || !parts.is_empty()).then(|| Running {
        later,
        parts,
        ..Running::default()
    })
}

/// A value as a message shows it.
#[must_use]
pub fn shown(promoted: &Promoted) -> String {
    let text = match &promoted.value {
        None if promoted.digest == digest(b"null") => return "null".to_owned(),
        None => {
            let short: String = promoted.digest.chars().take(19).collect();
            return format!("a value with the digest {short}…");
        }
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("`{}`", inert_within(&text, MAX_SHOWN))
}

/// A length of time, rounded down.
fn long(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    let (number, unit) = match hours {
        0 => (time.as_secs() / 60, "minute"),
        1..48 => (hours, "hour"),
        _ => (hours / 24, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Writes values as `-var` takes them.
///
/// # Errors
/// With the name of the first variable whose value was not written down.
pub fn options(
    promotion: &Promotion,
    record: &Record,
    root: &Configuration,
) -> Result<Vec<String>, String> {
    let mut options = Vec::new();
    for name in &promotion.promote {
        let promoted = record.deploy.promoted.get(name);
        if promoted.is_some_and(|promoted| promoted.digest == digest(b"null")) {
            // What is said cannot be null; that it is so here too is compared.
            continue;
        }
        let Some(value) = promoted.and_then(|promoted| promoted.value.as_ref()) else {
            return Err(name.clone());
        };
        let ty = root.variables().get(name).map(|variable| &variable.ty);
        let text = match (ty, value) {
            // For these the tools take the text as it is.
            (None | Some(Type::Any | Type::String | Type::Number | Type::Bool), value) => {
                match value {
                    Json::String(text) => text.clone(),
                    other => other.to_string(),
                }
            }
            (Some(_), value) => value.to_string().replace("${", "$${").replace("%{", "%%{"),
        };
        options.push(format!("-var={name}={text}"));
    }
    Ok(options)
}

/// Makes findings of promoted values that name an image without saying which one.
#[must_use]
pub fn outcome(values: &BTreeMap<String, Json>, protected: bool) -> PolicyOutcome {
    let open = values
        .iter()
        .filter(|(name, value)| image::lacks_digest(name, value));
    let findings = open.map(|(name, _)| Finding {
        previous_fingerprint: None,
        rule: PROMOTED_WITHOUT_DIGEST.to_owned(),
        outcome: Found::Violation,
        cause: Cause::Planned,
        address: None,
        deposed: None,
        action: None,
        attributes: Vec::new(),
        location: None,
        fingerprint: digest(format!("{PROMOTED_WITHOUT_DIGEST}\0{name}").as_bytes()),
        message: format!(
            "the variable `{name}` is promoted, and names an image without its digest: another one can be pushed under that name"
        ),
        remediation: None,
        details: Vec::new(),
    });
    PolicyOutcome {
        name: POLICY.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: "built-in".to_owned(),
        digest: None,
        enforcement: RuleEnforcement {
            policy: Enforcement::by_protection(protected),
            rules: BTreeMap::from([(
                PROMOTED_WITHOUT_DIGEST.to_owned(),
                Enforcement::by_protection(protected),
            )]),
        },
        rules: checked_by(Check::Promotion).map(OwnRule::rule).collect(),
        changes_seen: 0,
        result: Ok(Evaluation {
            findings: findings.collect(),
            documents: Vec::new(),
        }),
    }
}
