//! Looks for two plans that differ in nothing but one attribute, and of which a policy says different things.
//!
//! Plans are made at random, from the providers' schemas, from values that mean something somewhere, and
//! from the words that stand near the name of the attribute in the policy's source. The same seeds give the
//! same plans.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value as Json, json};

/// What is planned for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Done {
    Nothing,
    Create,
    Read,
    Update,
    Delete,
    Replace,
    Forget,
}

impl Done {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "no-op" => Self::Nothing,
            "create" => Self::Create,
            "read" => Self::Read,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "replace" => Self::Replace,
            "forget" => Self::Forget,
            _ => return None,
        })
    }

    fn has_before(self) -> bool {
        !matches!(self, Self::Create | Self::Read)
    }

    fn has_after(self) -> bool {
        !matches!(self, Self::Delete | Self::Forget)
    }
}

/// What a policy declares, as its description says it.
pub(crate) struct Interest {
    pub(crate) kinds: Vec<String>,
    pub(crate) actions: Vec<Done>,
    pub(crate) attributes: Vec<String>,
    pub(crate) references: bool,
}

/// A policy, and the words of its source.
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) interests: Vec<Interest>,
    /// Settings to choose from, with `$KIND` and `$PATH` for what is read.
    pub(crate) settings: Vec<Json>,
    /// What resources of a type can look like, with `$id`, `$arn` and `$name` for those of the resource
    /// that is read.
    pub(crate) examples: Vec<(&'static str, Json)>,
    pub(crate) words: Words,
}

/// One attribute of one resource type that a policy declares; the type can be a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reading {
    pub(crate) kind: String,
    pub(crate) path: String,
}

/// One side of an attribute, as it is handed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Absent,
    Null,
    Unknown,
    Sensitive,
    Boolean(bool),
    Integer(i64),
    Decimal(String),
    Text(String),
    Json(String),
}

/// A resource of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) address: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) is_data: bool,
    pub(crate) done: Done,
    pub(crate) region: Option<&'static str>,
    pub(crate) references: BTreeMap<String, Vec<String>>,
    before: Json,
    after: Json,
}

/// A resource, with what a policy sees of it.
pub(crate) struct Seen<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) attributes: Vec<(&'a str, Value, Value, &'a [String])>,
}

/// The string literals of source files, in the order in which they stand there.
#[derive(Default)]
pub(crate) struct Words {
    lines: Vec<(usize, String)>,
    at: BTreeMap<String, Vec<usize>>,
    near: RwLock<BTreeMap<String, Arc<[String]>>>,
}

/// How many lines apart two words are at most that are about the same.
const NEAR: usize = 7;
/// Between two files.
const FAR: usize = 1_000;

impl Words {
    pub(crate) fn add(&mut self, source: &str) {
        let start = self.lines.last().map_or(0, |(line, _)| line + FAR);
        for (nth, line) in source.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for word in literals(line) {
                if word.len() <= 120 && (!word.contains(' ') || word.starts_with('{')) {
                    // A path stands for what it ends in, too.
                    let end = word.rsplit('.').next().filter(|end| *end != word);
                    if let Some(end) = end {
                        self.at
                            .entry(end.to_owned())
                            .or_default()
                            .push(self.lines.len());
                    }
                    self.at
                        .entry(word.clone())
                        .or_default()
                        .push(self.lines.len());
                    self.lines.push((start + nth, word));
                }
            }
        }
    }

    /// The words near this one, wherever it stands.
    fn near(&self, word: &str) -> Arc<[String]> {
        let known = self.near.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(near) = known.get(word) {
            return Arc::clone(near);
        }
        drop(known);
        let mut near = BTreeSet::new();
        let standing = self.at.get(word).map(Vec::as_slice).unwrap_or_default();
        for at in standing {
            let Some((line, _)) = self.lines.get(*at) else {
                continue;
            };
            let before = self.lines.iter().take(*at).rev();
            let after = self.lines.iter().skip(at + 1);
            near.extend(
                before
                    .take_while(|(other, _)| other + NEAR >= *line)
                    .chain(after.take_while(|(other, _)| *other <= line + NEAR))
                    .map(|(_, word)| word.clone()),
            );
        }
        let near: Arc<[String]> = near.into_iter().collect();
        let mut known = self.near.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(word.to_owned(), Arc::clone(&near));
        near
    }
}

fn literals(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut escaped = false;
    for c in line.chars() {
        match (&mut word, c) {
            (None, '"') => word = Some(String::new()),
            (None, _) => {}
            (Some(text), c) if escaped => {
                text.push(c);
                escaped = false;
            }
            (Some(_), '\\') => escaped = true,
            (Some(_), '"') => found.extend(word.take()),
            (Some(text), c) => text.push(c),
        }
    }
    found
}

/// A source of the same numbers for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: &str) -> Self {
        // FNV-1a
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// SplitMix64
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn percent(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

const OPEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const CLOSED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// Texts that mean something somewhere.
const TEXTS: &[&str] = &[
    "",
    "x",
    "*",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "0.0.0.0",
    "255.255.255.255",
    "Internet",
    "Disabled",
    "Enabled",
    "disabled",
    "enabled",
    "DISABLED",
    "ENABLED",
    "NONE",
    "None",
    "none",
    "OFF",
    "off",
    "Ignore",
    "true",
    "false",
    "TLSv1",
    "TLS1_0",
    "TLS1_2",
    "1.0",
    "1.2",
    "public",
    "private",
    "PUBLIC",
    "PRIVATE",
    "public-read",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "*:*",
    OPEN,
    TRUST,
    ALL,
    CLOSED,
    DENY,
    "{}",
    "[]",
    "allUsers",
    "allAuthenticatedUsers",
    "user:a@example.com",
    "roles/owner",
    "tcp",
    "udp",
    "-1",
    "22",
    "443",
    "0-65535",
    "HTTP",
    "HTTPS",
    "Allow",
    "Deny",
    "ALLOW",
    "Inbound",
    "ingress",
    "INGRESS",
    "egress",
    "latest",
    "a:latest",
    "a:1.2.3",
    "us-east-1",
    "eu-west-1",
    "2020-01-01T00:00:00Z",
    "7d",
    "86400s",
    "P7D",
    "604800s",
    "2592000s",
    "30d",
    "P30D",
    "24h",
    "1h",
    "0 0 * * *",
    "0 */6 * * *",
    "DAYS",
    "YEARS",
    "PREMIUM",
    "Standard",
    "Production",
    "NAME_with.Dots",
    "projects/p/global/networks/default",
    "t3.micro",
    "m5.large",
    "db.t3.medium",
    "db.r5.large",
    "cache.t3.micro",
    "gp2",
    "gp3",
    "io1",
    "mysql",
    "postgres",
    "aurora-mysql",
    "5.7",
    "11",
    "8.0",
    "LINUX",
    "FARGATE",
    "PROVISIONED",
    "PAY_PER_REQUEST",
    "AKIAIOSFODNN7EXAMPLE",
    "DB_PASSWORD",
    "password",
    "hunter2hunter2",
    "#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    "ZXhwb3J0IEFXU19BQ0NFU1NfS0VZX0lEPUFLSUFJT1NGT0ROTjdFWEFNUExFCmV4cG9ydCBBV1NfU0VDUkVUX0FDQ0VTU19LRVk9d0phbHJYVXRuRkVNSS9LN01ERU5HL2JQeFJmaUNZRVhBTVBMRUtFWQo=",
    "https://example.com/a.git?ref=v1",
    "1",
    "0",
    "7",
    "30",
    // As long as no service allows it.
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const NUMBERS: &[i64] = &[
    0, 1, -1, 2, 3, 7, 8, 14, 22, 30, 34, 80, 90, 99, 100, 365, 443, 1_000, 3_306, 5_432, 65_535,
    100_000,
];

/// About so many types of one interest are looked at, where it has more.
const ALIKE: usize = 60;

/// Searches for a policy.
pub(crate) struct Search<'a> {
    pub(crate) schemas: &'a BTreeMap<String, Json>,
    pub(crate) policy: &'a Policy,
    /// The numbers of the interests, by the types that they name.
    exact: BTreeMap<&'a str, Vec<usize>>,
    patterns: Vec<(&'a str, usize)>,
}

/// What a search of one reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Two known values, or one and none, make a difference.
    Noticed,
    /// Only whether it is known does.
    OnlyUnknown,
    Nothing,
}

impl<'a> Search<'a> {
    pub(crate) fn new(schemas: &'a BTreeMap<String, Json>, policy: &'a Policy) -> Self {
        let mut exact = BTreeMap::<&str, Vec<usize>>::new();
        let mut patterns = Vec::new();
        for (nth, interest) in policy.interests.iter().enumerate() {
            for kind in &interest.kinds {
                match kind.contains('*') {
                    true => patterns.push((kind.as_str(), nth)),
                    false => exact.entry(kind).or_default().push(nth),
                }
            }
        }
        Self {
            schemas,
            policy,
            exact,
            patterns,
        }
    }

    /// The interests that select a resource, in their order.
    fn selecting(&self, kind: &str, done: Done) -> Vec<&'a Interest> {
        let mut numbers = self.exact.get(kind).cloned().unwrap_or_default();
        let fitting = self
            .patterns
            .iter()
            .filter(|(pattern, _)| matches(pattern, kind));
        numbers.extend(fitting.map(|(_, nth)| *nth));
        numbers.sort_unstable();
        numbers.dedup();
        let all = &self.policy.interests;
        let selecting = numbers.into_iter().filter_map(|nth| all.get(nth));
        selecting
            .filter(|interest| interest.actions.is_empty() || interest.actions.contains(&done))
            .collect()
    }

    /// Everything that the policy declares.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        let mut readings = BTreeSet::new();
        for interest in &self.policy.interests {
            // A list of hundreds of types treats them alike.
            let every = 1 + interest.kinds.len() / ALIKE;
            for kind in interest.kinds.iter().step_by(every) {
                for path in &interest.attributes {
                    readings.insert(Reading {
                        kind: kind.clone(),
                        path: path.clone(),
                    });
                }
            }
        }
        readings.into_iter().collect()
    }

    /// Makes the plans of these numbers, each with several values of the attribute; `judge` says what the
    /// policy says.
    pub(crate) fn search(
        &self,
        reading: &Reading,
        plans: Range<usize>,
        judge: &dyn Fn(&Json, &[Seen<'_>]) -> Option<String>,
    ) -> Found {
        let mut found = Found::Nothing;
        let kinds = self.kinds(&reading.kind);
        for nth in plans {
            let mut dice = Dice::new(&format!(
                "{} {} {} {nth}",
                self.policy.name, reading.kind, reading.path
            ));
            let Some(kind) = kinds.get(nth % kinds.len().max(1)) else {
                return found;
            };
            match self.one(reading, kind, nth, &mut dice, judge) {
                Found::Noticed => return Found::Noticed,
                Found::OnlyUnknown => found = Found::OnlyUnknown,
                Found::Nothing => {}
            }
        }
        found
    }

    /// The type, or some that a pattern stands for: those that the policy names otherwise first.
    fn kinds(&self, kind: &str) -> Vec<String> {
        if !kind.contains('*') {
            return vec![kind.to_owned()];
        }
        let fits = |other: &str| matches(kind, other);
        let named = self.exact.keys().filter(|other| fits(other));
        let mut kinds: Vec<String> = named.map(|kind| (*kind).to_owned()).collect();
        let mut dice = Dice::new(kind);
        if !self.schemas.keys().any(|other| fits(other)) {
            kinds.push(kind.replace('*', "x_y"));
        }
        let all: Vec<&String> = self.schemas.keys().filter(|other| fits(other)).collect();
        let mut some = Vec::new();
        while !kinds.is_empty() && some.len() < 10 {
            some.push(kinds.swap_remove(dice.below(kinds.len())));
        }
        for _ in 0..10 {
            some.extend(dice.one(&all).map(|kind| (*kind).clone()));
        }
        some
    }

    fn one(
        &self,
        reading: &Reading,
        kind: &str,
        nth: usize,
        dice: &mut Dice,
        judge: &dyn Fn(&Json, &[Seen<'_>]) -> Option<String>,
    ) -> Found {
        let mut plan = vec![self.subject(reading, kind, nth, dice)];
        if nth > 2 && dice.percent(55) {
            for _ in 0..=dice.below(3) {
                let is_deleted = plan
                    .first()
                    .is_some_and(|subject| subject.done == Done::Delete);
                let companion = self.companion(kind, plan.len(), is_deleted, dice);
                plan.extend(companion);
            }
        }
        if nth > 2
            && dice.percent(50)
            && let Some(kind) = self.example(kind, dice)
        {
            let done = *dice.one(&SOMEHOW).unwrap_or(&Done::Create);
            // Much of what goes with a resource goes when that does.
            let done = match plan.first().map(|subject| subject.done) {
                Some(Done::Delete) if dice.percent(50) => Done::Delete,
                _ => done,
            };
            plan.push(self.resource(kind, plan.len(), done, dice));
        }
        let tokens = tokens(&plan);
        for at in 0..plan.len() {
            self.fill(at, nth, &mut plan, &tokens, dice);
        }
        let settings = match dice.one(&self.policy.settings) {
            Some(settings) => replaced(settings, &[("$KIND", kind), ("$PATH", &reading.path)]),
            None => json!({}),
        };
        let steps = steps(&reading.path);
        let node = self.node(kind, &steps);
        let mut said: Vec<(bool, String)> = Vec::new();
        let mut only_unknown = false;
        for variant in 0..8 {
            let Some(subject) = plan.first_mut() else {
                break;
            };
            let known = variant < 6;
            let of = Of {
                kind,
                tokens: &tokens,
                own: 0,
            };
            let is_text = node.is_none_or(|node| node["t"] == "string");
            let value = match variant {
                0 => None,
                1 => Some(Json::Null),
                3 => {
                    let fitting = self.policy.examples.iter().filter(|(of, _)| *of == kind);
                    let values: Vec<&Json> = fitting
                        .filter_map(|(_, example)| at(example, &steps))
                        .collect();
                    match dice.one(&values) {
                        Some(value) => Some((*value).clone()),
                        None => Some(self.draw(of, &steps, node, dice)),
                    }
                }
                2 | 4 if is_text => dice.one(&tokens).map(|token| json!(token.any(dice))),
                6 => Some(marker("$unknown")),
                7 => Some(marker("$sensitive")),
                _ => Some(self.draw(of, &steps, node, dice)),
            };
            let sides = match subject.done {
                Done::Create | Done::Read => 1,
                Done::Delete | Done::Forget => 2,
                Done::Nothing => 3,
                // The same side for all of one plan.
                Done::Update | Done::Replace => 1 + (nth % 3),
            };
            if sides & 1 == 1 {
                set(&mut subject.after, &steps, value.clone());
            }
            if sides & 2 == 2 {
                set(&mut subject.before, &steps, value);
            }
            let seen: Vec<Seen<'_>> = plan.iter().filter_map(|one| self.seen(one)).collect();
            let Some(says) = judge(&settings, &seen) else {
                continue;
            };
            if known {
                if said.iter().any(|(_, other)| *other != says) {
                    return Found::Noticed;
                }
            } else if said.iter().any(|(_, other)| *other != says) {
                only_unknown = true;
            }
            said.push((known, says));
        }
        match only_unknown {
            true => Found::OnlyUnknown,
            false => Found::Nothing,
        }
    }

    fn subject(&self, reading: &Reading, kind: &str, nth: usize, dice: &mut Dice) -> Resource {
        let mut allowed: Vec<Done> = Vec::new();
        for interest in &self.policy.interests {
            if interest.kinds.contains(&reading.kind) && interest.attributes.contains(&reading.path)
            {
                match interest.actions.is_empty() {
                    true => allowed.extend(ALL_DONE),
                    false => allowed.extend(&interest.actions),
                }
            }
        }
        let done = match nth {
            0 if allowed.contains(&Done::Create) => Done::Create,
            1 if allowed.contains(&Done::Update) => Done::Update,
            _ => dice.one(&allowed).copied().unwrap_or(Done::Create),
        };
        self.resource(kind, 0, done, dice)
    }

    fn resource(&self, kind: &str, at: usize, done: Done, dice: &mut Dice) -> Resource {
        let known = self.schemas.contains_key(kind);
        let is_data = match known {
            true => dice.percent(5),
            false => DATA.contains(&kind),
        };
        let done = match (is_data, done) {
            (true, Done::Nothing) => Done::Nothing,
            (true, _) => Done::Read,
            (false, Done::Read) => Done::Create,
            (false, done) => done,
        };
        let address = format!("{kind}.r{at}");
        Resource {
            address: match is_data {
                true => format!("data.{address}"),
                false => address,
            },
            kind: kind.to_owned(),
            name: format!("r{at}"),
            is_data,
            done,
            region: *dice
                .one(&[None, Some("eu-west-1"), Some("us-east-1")])
                .unwrap_or(&None),
            references: BTreeMap::new(),
            before: Json::Null,
            after: Json::Null,
        }
    }

    /// The type of an example, rather of one of the same service.
    fn example(&self, kind: &str, dice: &mut Dice) -> Option<&'static str> {
        let examples = &self.policy.examples;
        let service = |kind: &str| {
            kind.splitn(3, '_')
                .take(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let near: Vec<&'static str> = examples
            .iter()
            .map(|(other, _)| *other)
            .filter(|other| *other != kind && service(other) == service(kind))
            .collect();
        match dice.percent(70) {
            true if !near.is_empty() => dice.one(&near).copied(),
            _ => dice.one(examples).map(|(other, _)| *other),
        }
    }

    /// Another resource, rather one that the policy has something to do with the first.
    fn companion(
        &self,
        kind: &str,
        at: usize,
        is_deleted: bool,
        dice: &mut Dice,
    ) -> Option<Resource> {
        let words = self.policy.words.near(kind);
        let near: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|word| self.exact.contains_key(word))
            .collect();
        let service =
            |kind: &str| -> String { kind.splitn(3, '_').take(2).collect::<Vec<_>>().join("_") };
        let own = service(kind);
        let siblings: Vec<&str> = self
            .exact
            .keys()
            .copied()
            .filter(|other| service(other) == own)
            .collect();
        let provider = kind.split('_').next().unwrap_or_default();
        let all: Vec<&str> = self
            .exact
            .keys()
            .copied()
            .filter(|other| other.split('_').next() == Some(provider))
            .collect();
        let from = match dice.below(10) {
            0..=4 if !near.is_empty() => &near,
            0..=7 if !siblings.is_empty() && !DATA.contains(&kind) => &siblings,
            _ => &all,
        };
        let other = dice.one(from)?;
        let done = match is_deleted && dice.percent(50) {
            true => Done::Delete,
            false => *dice.one(&SOMEHOW)?,
        };
        Some(self.resource(other, at, done, dice))
    }

    /// Gives a resource values on both sides, and references.
    fn fill(
        &self,
        at: usize,
        nth: usize,
        plan: &mut [Resource],
        tokens: &[Token],
        dice: &mut Dice,
    ) {
        let Some(resource) = plan.get_mut(at) else {
            return;
        };
        let declared = self.declared(&resource.kind, resource.done);
        let fill = match nth {
            0 | 1 => 0,
            2 => 100,
            _ => *dice.one(&[30, 60, 60, 90]).unwrap_or(&60),
        };
        let kind = resource.kind.clone();
        let of = Of {
            kind: &kind,
            tokens,
            own: at,
        };
        let mut after = json!({});
        let mut before = json!({});
        let has_own_identity = dice.percent(70);
        for (path, with_references) in &declared {
            let steps = steps(path);
            let node = self.node(&resource.kind, &steps);
            let draw = |dice: &mut Dice| -> Option<Json> {
                if has_own_identity
                    && let Some(own) = tokens.get(at).and_then(|token| token.own(path))
                {
                    return Some(json!(own));
                }
                match dice.percent(fill) {
                    true => Some(self.draw(of, &steps, node, dice)),
                    false => dice.percent(50).then_some(Json::Null),
                }
            };
            let value = draw(dice);
            set(&mut after, &steps, value.clone());
            let earlier = match dice.percent(35) && resource.done != Done::Nothing {
                true => draw(dice),
                false => value,
            };
            set(&mut before, &steps, earlier);
            if *with_references && dice.percent(30) && nth > 1 {
                let others: Vec<&Token> = tokens.iter().collect();
                let to = dice.one(&others).map(|token| token.reference(dice));
                let also = dice
                    .percent(20)
                    .then(|| dice.one(&others).map(|token| token.reference(dice)));
                let to: Vec<String> = to.into_iter().chain(also.flatten()).collect();
                resource.references.insert((*path).to_owned(), to);
                if dice.percent(50) {
                    set(&mut after, &steps, Some(marker("$unknown")));
                }
            }
        }
        // A document that a data source writes.
        let mut documents = tokens
            .iter()
            .filter(|token| token.address.starts_with("data."));
        if let Some(document) = documents.next_back()
            && !resource.is_data
            && dice.percent(60)
        {
            let fitting: Vec<&str> = declared
                .iter()
                .filter(|(path, references)| *references && path.contains("policy"))
                .map(|(path, _)| *path)
                .collect();
            if let Some(path) = dice.one(&fitting) {
                let attribute = match document.address.contains("google") {
                    true => "policy_data",
                    false => "json",
                };
                let to = vec![format!("{}.{attribute}", document.address)];
                resource.references.insert((*path).to_owned(), to);
                set(&mut after, &steps(path), Some(marker("$unknown")));
            }
        }
        let examples = self.policy.examples.iter();
        let fitting: Vec<&Json> = examples
            .filter(|(kind, _)| *kind == resource.kind)
            .map(|(_, example)| example)
            .collect();
        if nth > 2
            && dice.percent(75)
            && let Some(example) = dice.one(&fitting)
            && let Some(first) = tokens.first()
        {
            let by = [
                ("$id", first.id.as_str()),
                ("$arn", &first.arn),
                ("$name", &first.name),
            ];
            let both = [dice.percent(80), dice.percent(80)];
            for (side, is_one) in [&mut after, &mut before].into_iter().zip(both) {
                let Json::Object(values) = replaced(example, &by) else {
                    continue;
                };
                for (key, value) in values.into_iter().filter(|_| is_one) {
                    if dice.percent(92) {
                        side[key] = value;
                    }
                }
            }
        }
        if resource.done.has_after() {
            resource.after = after;
        }
        if resource.done.has_before() {
            resource.before = before;
        }
        if resource.done == Done::Nothing {
            resource.before = resource.after.clone();
        }
    }

    /// The paths that the policy sees of a resource, and whether it sees their references.
    fn declared(&self, kind: &str, done: Done) -> Vec<(&'a str, bool)> {
        let mut declared: Vec<(&str, bool)> = Vec::new();
        for interest in self.selecting(kind, done) {
            for path in &interest.attributes {
                match declared.iter_mut().find(|(known, _)| known == path) {
                    Some((_, references)) => *references |= interest.references,
                    None => declared.push((path, interest.references)),
                }
            }
        }
        declared
    }

    fn seen<'r>(&'r self, resource: &'r Resource) -> Option<Seen<'r>> {
        if self.selecting(&resource.kind, resource.done).is_empty() {
            return None;
        }
        let declared = self.declared(&resource.kind, resource.done);
        let attributes = declared.into_iter().map(|(path, with_references)| {
            let steps = steps(path);
            let references = resource.references.get(path).map(Vec::as_slice);
            (
                path,
                project(&resource.before, &steps),
                project(&resource.after, &steps),
                references.filter(|_| with_references).unwrap_or_default(),
            )
        });
        Some(Seen {
            resource,
            attributes: attributes.collect(),
        })
    }

    /// What the schema says of an attribute.
    fn node(&self, kind: &str, steps: &[Step]) -> Option<&'a Json> {
        let mut within = self.schemas.get(kind)?;
        let mut found = None;
        for step in steps {
            let Step::Key(key) = step else {
                continue;
            };
            let attribute = within.get(key.as_str())?;
            within = attribute.get("b").unwrap_or(&Json::Null);
            found = Some(attribute);
        }
        if steps.is_empty() {
            return Some(within);
        }
        found
    }

    /// A value that the attribute can have.
    fn draw(&self, of: Of<'_>, steps: &[Step], node: Option<&Json>, dice: &mut Dice) -> Json {
        if steps.is_empty() {
            return match node {
                Some(node) => self.object(of, node, 0, dice),
                None => json!({"id": "x"}),
            };
        }
        let name = steps.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        let name = name.unwrap_or_default();
        let is_item = matches!(steps.last(), Some(Step::Index(_)));
        self.value(of, name, node, is_item, 0, dice)
    }

    fn value(
        &self,
        of: Of<'_>,
        name: &str,
        node: Option<&Json>,
        is_item: bool,
        depth: usize,
        dice: &mut Dice,
    ) -> Json {
        let Some(node) = node else {
            return self.guess(of, name, depth, dice);
        };
        let t = node["t"].as_str().unwrap_or_default();
        if let Some(block) = node.get("b") {
            let one = |dice: &mut Dice| self.object(of, block, depth + 1, dice);
            if is_item || t.ends_with("object") {
                return one(dice);
            }
            let number = match depth > 4 {
                true => 0,
                false => *dice.one(&[0, 1, 1, 1, 1, 2]).unwrap_or(&1),
            };
            return (0..number).map(|_| one(dice)).collect();
        }
        let inner = t
            .split_once('(')
            .map(|(_, inner)| inner.trim_end_matches(')'));
        match t.split('(').next().unwrap_or_default() {
            "bool" => json!(dice.percent(50)),
            "number" => self.number(name, dice),
            "map" => {
                let mut map = Map::new();
                for _ in 0..dice.below(3) {
                    let key = self.text(of, name, dice);
                    let value = self.scalar(of, inner.unwrap_or_default(), name, dice);
                    map.insert(key, value);
                }
                Json::Object(map)
            }
            "list" | "set" if !is_item => (0..dice.below(4))
                .map(|_| self.scalar(of, inner.unwrap_or_default(), name, dice))
                .collect(),
            "list" | "set" => self.scalar(of, inner.unwrap_or_default(), name, dice),
            "object" | "tuple" | "dynamic" => self.guess(of, name, depth, dice),
            _ => json!(self.text(of, name, dice)),
        }
    }

    fn scalar(&self, of: Of<'_>, t: &str, name: &str, dice: &mut Dice) -> Json {
        match t {
            "bool" => json!(dice.percent(50)),
            "number" => self.number(name, dice),
            _ => json!(self.text(of, name, dice)),
        }
    }

    fn object(&self, of: Of<'_>, block: &Json, depth: usize, dice: &mut Dice) -> Json {
        let mut object = Map::new();
        let Some(attributes) = block.as_object() else {
            return Json::Object(object);
        };
        let fill = *dice.one(&[25, 50, 80]).unwrap_or(&50);
        for (name, node) in attributes {
            let value = match dice.percent(fill) {
                true => self.value(of, name, Some(node), false, depth + 1, dice),
                false => Json::Null,
            };
            object.insert(name.clone(), value);
        }
        Json::Object(object)
    }

    /// A value of an attribute that no schema describes.
    fn guess(&self, of: Of<'_>, name: &str, depth: usize, dice: &mut Dice) -> Json {
        match dice.below(if depth < 3 { 9 } else { 6 }) {
            0 => json!(dice.percent(50)),
            1 => self.number(name, dice),
            2..=4 => json!(self.text(of, name, dice)),
            5 => (0..dice.below(3))
                .map(|_| json!(self.text(of, name, dice)))
                .collect(),
            number => {
                let near = self.policy.words.near(name);
                let mut object = Map::new();
                for _ in 0..=dice.below(4) {
                    if let Some(key) = dice.one(&near) {
                        let value = self.guess(of, key, depth + 1, dice);
                        object.insert(key.clone(), value);
                    }
                }
                match number {
                    6 => Json::Object(object),
                    _ => json!([object]),
                }
            }
        }
    }

    fn number(&self, name: &str, dice: &mut Dice) -> Json {
        if dice.percent(20) {
            let near = self.policy.words.near(name);
            let numbers: Vec<i64> = near.iter().filter_map(|word| word.parse().ok()).collect();
            if let Some(number) = dice.one(&numbers) {
                return json!(number);
            }
        }
        json!(dice.one(NUMBERS).copied().unwrap_or_default())
    }

    fn text(&self, of: Of<'_>, name: &str, dice: &mut Dice) -> String {
        let names_another = [
            "_id", "_arn", "_name", "bucket", "role", "name", "_link", "_url", "_ids", "_arns",
        ]
        .iter()
        .any(|end| name.ends_with(end));
        let is_document =
            name.contains("policies") || (name.contains("policy") && !name.ends_with("_id"));
        if is_document && dice.percent(40) {
            return (*dice.one(&[OPEN, ALL, TRUST, CLOSED]).unwrap_or(&OPEN)).to_owned();
        }
        let roll = match names_another && dice.percent(40) {
            true => 70,
            false => dice.below(100),
        };
        let written = match roll {
            0..=39 => {
                let near = self.policy.words.near(name);
                dice.one(&near).cloned()
            }
            40..=49 => {
                let near = self.policy.words.near(of.kind);
                dice.one(&near).cloned()
            }
            50..=69 => None,
            70..=84 => {
                let others: Vec<&Token> = of
                    .tokens
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != of.own || of.tokens.len() == 1)
                    .map(|(_, token)| token)
                    .collect();
                let other = dice.one(&others).copied();
                other.map(|token| token.any(dice))
            }
            _ => {
                let all = &self.policy.words.lines;
                dice.one(all).map(|(_, word)| word.clone())
            }
        };
        match written {
            // What a pattern stands for.
            Some(word) if word.len() > 1 && word.contains('*') && dice.percent(70) => {
                word.replace('*', dice.one(&["", "x", "1"]).unwrap_or(&""))
            }
            Some(word) => word,
            None => dice.one(TEXTS).copied().unwrap_or_default().to_owned(),
        }
    }
}

const ALL_DONE: [Done; 6] = [
    Done::Create,
    Done::Update,
    Done::Delete,
    Done::Replace,
    Done::Nothing,
    Done::Forget,
];

/// What is done to a resource beside the one that is read.
const SOMEHOW: [Done; 7] = [
    Done::Create,
    Done::Create,
    Done::Nothing,
    Done::Nothing,
    Done::Update,
    Done::Delete,
    Done::Replace,
];

/// A value with other texts in place of these.
fn replaced(json: &Json, by: &[(&str, &str)]) -> Json {
    match json {
        Json::String(text) => {
            let text = by
                .iter()
                .fold(text.clone(), |text, (from, to)| text.replace(from, to));
            Json::String(text)
        }
        Json::Array(items) => items.iter().map(|item| replaced(item, by)).collect(),
        Json::Object(map) => {
            let with = |(key, value): (&String, &Json)| (key.clone(), replaced(value, by));
            Json::Object(map.iter().map(with).collect())
        }
        other => other.clone(),
    }
}

/// Types of data sources that policies read.
const DATA: [&str; 7] = [
    "aws_iam_policy_document",
    "google_iam_policy",
    "aws_partition",
    "aws_caller_identity",
    "aws_region",
    "azurerm_client_config",
    "google_client_config",
];

/// Whose values are drawn: the type, what names the resources of the plan, and which of them it is.
#[derive(Clone, Copy)]
struct Of<'t> {
    kind: &'t str,
    tokens: &'t [Token],
    own: usize,
}

/// What names a resource.
pub(crate) struct Token {
    address: String,
    id: String,
    arn: String,
    name: String,
}

fn tokens(plan: &[Resource]) -> Vec<Token> {
    let of = |(at, resource): (usize, &Resource)| Token {
        address: resource.address.clone(),
        id: format!("i-{at}"),
        arn: format!("arn:aws:{}:eu-west-1:123456789012:n-{at}", resource.kind),
        name: format!("n-{at}"),
    };
    plan.iter().enumerate().map(of).collect()
}

impl Token {
    fn own(&self, path: &str) -> Option<&str> {
        match path {
            "id" => Some(&self.id),
            "arn" => Some(&self.arn),
            "name" => Some(&self.name),
            "bucket" if self.address.starts_with("aws_s3_bucket.") => Some(&self.name),
            _ => None,
        }
    }

    fn any(&self, dice: &mut Dice) -> String {
        match dice.below(3) {
            0 => self.id.clone(),
            1 => self.arn.clone(),
            _ => self.name.clone(),
        }
    }

    fn reference(&self, dice: &mut Dice) -> String {
        let attribute = dice.one(&["id", "arn", "name", "id"]).unwrap_or(&"id");
        format!("{}.{attribute}", self.address)
    }
}

/// A step of a path.
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// The steps of a path such as `a[0].b["c.d"]`.
pub(crate) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, after) = inner.split_once("\"]").unwrap_or((inner, ""));
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').unwrap_or((inner, ""));
            steps.push(Step::Index(index.parse().unwrap_or(0)));
            rest = after;
        } else {
            let inner = rest.strip_prefix('.').unwrap_or(rest);
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            let (key, after) = inner.split_at(end);
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        }
    }
    steps
}

pub(crate) fn marker(key: &str) -> Json {
    json!({ key: true })
}

fn is_marker(json: &Json, key: &str) -> bool {
    json.as_object()
        .is_some_and(|map| map.len() == 1 && map.contains_key(key))
}

/// Sets what is at a path, and makes the blocks around it; none takes it away.
fn set(object: &mut Json, steps: &[Step], value: Option<Json>) {
    let Some((step, rest)) = steps.split_first() else {
        *object = value.unwrap_or(Json::Null);
        return;
    };
    match step {
        Step::Key(key) => {
            if !object.is_object()
                || is_marker(object, "$unknown")
                || is_marker(object, "$sensitive")
            {
                if value.is_none() {
                    return;
                }
                *object = json!({});
            }
            let Some(map) = object.as_object_mut() else {
                return;
            };
            if rest.is_empty() && value.is_none() {
                map.remove(key);
                return;
            }
            if value.is_none() && !map.contains_key(key) {
                return;
            }
            set(map.entry(key.clone()).or_insert(Json::Null), rest, value);
        }
        Step::Index(index) => {
            if !object.is_array() {
                if value.is_none() {
                    return;
                }
                *object = json!([]);
            }
            let Some(list) = object.as_array_mut() else {
                return;
            };
            if rest.is_empty() && value.is_none() {
                list.truncate(*index);
                return;
            }
            if value.is_none() && list.len() <= *index {
                return;
            }
            while list.len() <= *index {
                list.push(json!({}));
            }
            if let Some(item) = list.get_mut(*index) {
                set(item, rest, value);
            }
        }
    }
}

fn at<'j>(object: &'j Json, steps: &[Step]) -> Option<&'j Json> {
    steps.iter().try_fold(object, |at, step| match step {
        Step::Key(key) => at.get(key.as_str()),
        Step::Index(index) => at.get(*index),
    })
}

fn project(object: &Json, steps: &[Step]) -> Value {
    let mut at = object;
    for step in steps {
        if is_marker(at, "$unknown") || is_marker(at, "$sensitive") {
            break;
        }
        let next = match step {
            Step::Key(key) => at.get(key.as_str()),
            Step::Index(index) => at.get(*index),
        };
        match next {
            Some(next) => at = next,
            None => return Value::Absent,
        }
    }
    match at {
        Json::Null if steps.is_empty() => Value::Absent,
        at if is_marker(at, "$unknown") => Value::Unknown,
        at if is_marker(at, "$sensitive") => Value::Sensitive,
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Decimal(number.to_string()), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => Value::Json(at.to_string()),
    }
}

/// Whether a pattern in which `*` is any run of characters fits a text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    loop {
        if matches(rest, left) {
            return true;
        }
        let mut chars = left.chars();
        if chars.next().is_none() {
            return false;
        }
        left = chars.as_str();
    }
}
