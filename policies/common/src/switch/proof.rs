//! What the tests of a policy ask of its table: that providers have what it names, that it has
//! what sounds right, and that each switch is found.

use std::collections::BTreeSet;

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::testing::{Plan, Resource};
use tollgate_policy::{Policy, pattern};

use super::judge::Judge;
use super::{Good, Row, Switch, Test, Unset, Versions};
use crate::schema::Schemas;

/// A policy's table, tried switch by switch: each in a resource of its own in which nothing else
/// says anything. Every method returns what is wrong, one line each.
#[derive(Clone, Debug)]
pub struct Proof<K: 'static> {
    /// The rule that a switch is about.
    pub rule: fn(K) -> &'static str,
    /// The rule that tells of one that the plan turns to the bad side, where that is another.
    pub turned: fn(K) -> &'static str,
    /// Settings with which every switch counts.
    pub settings: Json,
}

/// How one switch was judged.
struct Tried {
    /// Its address and path.
    what: String,
    /// Whether no other switch is about the same attribute.
    alone: bool,
    /// Whether it is told and never required.
    advice: bool,
    /// Whether its rule finds it.
    found: bool,
    /// Whether that says that the plan brings it about.
    planned: bool,
}

impl<K: Copy + 'static> Proof<K> {
    /// The switches that the policy does not find where they are on the bad side, or finds where
    /// they are not.
    #[must_use]
    pub fn misjudged<P: Policy, J: Judge<About = K>>(&self) -> Vec<String> {
        let bad = |switch: &Switch<K>| example(switch, false);
        let good = |switch: &Switch<K>| example(switch, true);
        let created = self.tried::<P, J>(|switch, at| Some(Resource::create(at, bad(switch)?)));
        let unchanged =
            self.tried::<P, J>(|switch, at| Some(Resource::unchanged(at, bad(switch)?)));
        let forgotten = self.tried::<P, J>(|switch, at| Some(Resource::forget(at, bad(switch)?)));
        let of_turned = Self {
            rule: self.turned,
            ..self.clone()
        };
        let turned = of_turned
            .tried::<P, J>(|switch, at| Some(Resource::update(at, good(switch)?, bad(switch)?)));
        let right = self.tried::<P, J>(|switch, at| Some(Resource::create(at, good(switch)?)));
        let of = |case: &str, tried: Vec<Tried>, expected: (bool, bool)| -> Vec<String> {
            tried
                .into_iter()
                .filter(|one| (one.found, one.planned) != (expected.0, expected.1 && !one.advice))
                .map(|one| format!("{case}: {}", one.what))
                .collect()
        };
        // What another switch says of the same attribute is not this one's.
        let right = right.into_iter().filter(|one| one.alone).collect();
        [
            of("created bad", created, (true, true)),
            of("unchanged and bad", unchanged, (true, false)),
            of("forgotten", forgotten, (false, false)),
            of("turned bad", turned, (true, true)),
            of("created good", right, (false, false)),
        ]
        .concat()
    }

    /// The switches that the policy finds although one of their conditions does not hold.
    #[must_use]
    pub fn found_beside_the_point<P: Policy, J: Judge<About = K>>(&self) -> Vec<String> {
        let most = switches::<J>().map(|(_, switch)| switch.when.len()).max();
        (0..most.unwrap_or_default())
            .flat_map(|condition| {
                self.tried::<P, J>(|switch, at| {
                    switch.when.get(condition)?;
                    Some(Resource::create(at, beside_the_point(switch, condition)?))
                })
            })
            .filter(|one| one.alone && one.found)
            .map(|one| one.what)
            .collect()
    }

    /// The switches in a block whose removal is not judged as the default is: not found where that
    /// is bad, or found where it is good. Every block around a switch is taken out in turn, as an
    /// empty list and as nothing.
    #[must_use]
    pub fn lost_with_their_block<P: Policy, J: Judge<About = K>>(&self) -> Vec<String> {
        let of_turned = Self {
            rule: self.turned,
            ..self.clone()
        };
        let deepest = switches::<J>()
            .map(|(_, switch)| blocks(switch).len())
            .max();
        let mut wrong = Vec::new();
        for depth in 0..deepest.unwrap_or_default() {
            for nothing in [serde_json::json!([]), Json::Null] {
                for bad in [true, false] {
                    let tried = of_turned.tried::<P, J>(|switch, at| {
                        let block = *blocks(switch).get(depth)?;
                        let default = match switch.unset {
                            Unset::Bad(_) => true,
                            Unset::Good => false,
                            Unset::Account | Unset::Unstated => return None,
                        };
                        // What decides whether it matters is gone as well.
                        let whole = block.trim_end_matches("[0]");
                        let decided = |when: &super::When| when.within(switch).starts_with(whole);
                        if default != bad || switch.when.iter().any(decided) {
                            return None;
                        }
                        let today = example(switch, true)?;
                        let mut after = today.clone();
                        without(&mut after, block, &nothing);
                        Some(Resource::update(at, today, after))
                    });
                    let missed =
                        |one: &Tried| (one.found, one.planned) != (bad, bad && !one.advice);
                    wrong.extend(
                        tried
                            .into_iter()
                            .filter(|one| (bad || one.alone) && missed(one))
                            .map(|one| format!("without its block {depth}: {}", one.what)),
                    );
                }
            }
        }
        wrong
    }

    /// How each switch is judged in the resource that `resource` makes for it, of its address.
    fn tried<P: Policy, J: Judge<About = K>>(
        &self,
        resource: impl Fn(&Switch<K>, &str) -> Option<Resource>,
    ) -> Vec<Tried> {
        let mut tried = Vec::new();
        let mut resources = Vec::new();
        for row in J::rows() {
            for kind in row.kinds {
                for switch in row.switches {
                    let at = format!("{kind}.x{}", tried.len());
                    let of_attribute = |one: &&Switch<K>| one.declared() == switch.declared();
                    let alone = row.switches.iter().filter(of_attribute).count() == 1;
                    if let Some(resource) = resource(switch, &at) {
                        tried.push((at, switch, alone));
                        resources.push(resource);
                    }
                }
            }
        }
        let findings = Plan::new(resources)
            .settings(self.settings.clone())
            .findings::<P>();
        tried
            .into_iter()
            .map(|(at, switch, alone)| {
                let mark = format!(" {at} [{}]", switch.declared());
                let rule = (self.rule)(switch.about);
                let mut of_it = findings
                    .iter()
                    .filter(|line| line.starts_with(rule) && line.contains(&mark));
                Tried {
                    what: format!("{at} {}", switch.path),
                    alone,
                    advice: switch.advice,
                    found: of_it.clone().count() > 0,
                    planned: of_it.any(|line| line.contains(" violation ")),
                }
            })
            .collect()
    }
}

/// Every switch of a table with its type.
fn switches<J: Judge>() -> impl Iterator<Item = (&'static str, &'static Switch<J::About>)> {
    J::rows().flat_map(|row| {
        let of_row = row.kinds.iter();
        of_row.flat_map(|kind| row.switches.iter().map(|switch| (*kind, switch)))
    })
}

/// How many switches a table has, so that a test can say that it tried some.
#[must_use]
pub fn size<J: Judge>() -> usize {
    switches::<J>().count()
}

/// The switches of a table that say no next step, or nothing about where they are documented.
#[must_use]
pub fn unexplained<J: Judge>() -> Vec<String> {
    switches::<J>()
        .filter(|(kind, switch)| {
            let advice = switch.advice();
            !advice.ends_with('.') || advice.contains("\"\"") || J::source(kind).is_none()
        })
        .map(|(kind, switch)| format!("{kind} {}: {}", switch.path, switch.advice()))
        .collect()
}

/// What of a table the providers' schemas do not bear out, one sentence each. Switches that a
/// provider had once are left out.
#[must_use]
pub fn not_in_schemas<J: Judge>(schemas: &Schemas) -> Vec<String> {
    let mut wrong = Vec::new();
    for (kind, switch) in switches::<J>() {
        if matches!(switch.versions, Versions::Until(_)) {
            continue;
        }
        if !schemas.has(kind) {
            wrong.push(format!("{kind} is no type"));
            continue;
        }
        match flags(schemas, kind, switch.path) {
            None => wrong.push(format!("{kind} has no `{}`", switch.path)),
            Some("C") => wrong.push(format!("{kind}: `{}` is read-only", switch.path)),
            Some(flags) if flags.contains('C') != switch.computed => wrong.push(format!(
                "{kind}: `{}` is {flags}, and the row says computed = {}",
                switch.path, switch.computed
            )),
            Some(_) => {}
        }
        let conditions = switch.when.iter().map(|when| (kind, when.within(switch)));
        let companion = switch
            .companion
            .map(|companion| (companion.kind, companion.reference.to_owned()));
        for (kind, path) in conditions.chain(companion) {
            if schemas.attribute(kind, &path).is_none() {
                wrong.push(format!("{kind} has no `{path}`"));
            }
        }
    }
    wrong
}

/// The attributes that can be set, that one of these words is in the own name of, and that no
/// switch of a table is; without those that a line of `considered` is about: a pattern of types, one
/// of paths, and the reason. Also the lines that are about nothing.
#[must_use]
pub fn not_considered<J: Judge>(
    schemas: &Schemas,
    words: &[&str],
    considered: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    for line in considered.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            [kind, path, reason] if !reason.is_empty() => lines.push((kind, path, line, false)),
            _ => wrong.push(format!("gives no reason: {line}")),
        }
    }
    let named = |name: &str| words.iter().any(|word| name.contains(word));
    for (kind, path) in not_in_rows(J::rows(), schemas, named) {
        let mut any = false;
        for (kinds, paths, _, used) in &mut lines {
            if pattern::matches(kinds, &kind) && pattern::matches(paths, &path) {
                *used = true;
                any = true;
            }
        }
        if !any {
            wrong.push(format!("in no row, and not considered: {kind} {path}"));
        }
    }
    let stale = lines.iter().filter(|(_, _, _, used)| !used);
    wrong.extend(stale.map(|(_, _, line, _)| format!("about nothing any more: {line}")));
    wrong
}

/// The attributes whose own name, in lower case, `named` accepts, that can be set, and that no
/// switch of the rows is: type and path, without the marks of blocks.
fn not_in_rows<K: 'static>(
    rows: impl Iterator<Item = &'static Row<K>>,
    schemas: &Schemas,
    named: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut known = BTreeSet::new();
    for row in rows {
        for kind in row.kinds {
            for switch in row.switches {
                known.insert((*kind, switch.plain_path()));
            }
        }
    }
    let mut left = Vec::new();
    for (kind, attributes) in schemas.types() {
        let mut inside = vec![(String::new(), attributes)];
        while let Some((prefix, attributes)) = inside.pop() {
            for (name, attribute) in attributes.as_object().into_iter().flatten() {
                let path = format!("{prefix}{name}");
                if let Some(block) = attribute.get("b") {
                    inside.push((format!("{path}."), block));
                }
                let settable = attribute.get("f").and_then(Json::as_str) != Some("C");
                // A block is told by what is in it.
                let known = known
                    .range((kind, path.clone())..)
                    .take_while(|(of, at)| *of == kind && at.starts_with(&path))
                    .any(|(_, at)| {
                        at.strip_prefix(&path)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    });
                if settable && !known && named(&name.to_lowercase()) {
                    left.push((kind.to_owned(), path));
                }
            }
        }
    }
    left.sort();
    left
}

/// A resource in which only this switch says anything, on the good or on the bad side, for a test
/// of a whole table. None for what has no such side.
#[must_use]
pub fn example<K: 'static>(switch: &Switch<K>, good: bool) -> Option<Json> {
    build(switch, good, None)
}

/// The same on the bad side, but that one of its conditions, counted from 0, does not hold.
#[must_use]
pub fn beside_the_point<K: 'static>(switch: &Switch<K>, condition: usize) -> Option<Json> {
    build(switch, false, Some(condition))
}

fn build<K: 'static>(switch: &Switch<K>, good: bool, broken: Option<usize>) -> Option<Json> {
    let text = |patterns: &[&str]| {
        let pattern = patterns.first().copied().unwrap_or_default();
        Json::from(pattern.replace('*', "x"))
    };
    let other = Json::from("something-else");
    let value = match (switch.good, good) {
        (Good::True, _) => Json::from(good),
        (Good::False, _) => Json::from(!good),
        (Good::OneOf(patterns), true)
        | (Good::NoneOf(patterns) | Good::NamedBut(patterns), false) => text(patterns),
        (Good::OneOf(_), false) | (Good::NoneOf(_) | Good::NamedBut(_) | Good::Named, true) => {
            other
        }
        (Good::Named, false) | (Good::Unnamed, true) => Json::from(""),
        (Good::Present, true) | (Good::Empty, false) => serde_json::json!([{}]),
        (Good::Present, false) | (Good::Empty, true) => serde_json::json!([]),
        (Good::AtMost(number) | Good::AtLeast(number), true) => Json::from(number),
        (Good::AtMost(number), false) => Json::from(number.saturating_add(1)),
        (Good::AtLeast(number), false) => Json::from(number.saturating_sub(1)),
        (Good::SecondsAtMost(seconds), _) => {
            Json::from(format!("{}s", seconds.saturating_add(i64::from(!good))))
        }
        (Good::Closed, true) => Json::from("10.0.0.0/8"),
        (Good::Closed, false) => Json::from("0.0.0.0/0"),
        (Good::ClosedUpTo(_), _) => Json::from("1.0.0.0"),
        (Good::Never, true) => return None,
        (Good::Never | Good::Unnamed, false) => other,
    };
    let mut resource = Json::Object(serde_json::Map::new());
    put(&mut resource, switch.path, value);
    if let Good::ClosedUpTo(last) = switch.good {
        let path = beside(switch.path, last);
        put(
            &mut resource,
            &path,
            Json::from(if good { "1.0.0.9" } else { "200.0.0.0" }),
        );
    }
    for (at, when) in switch.when.iter().enumerate() {
        let path = when.within(switch);
        let holds = broken != Some(at);
        let value = match (when.test, holds) {
            (Test::Is(patterns, _), true) | (Test::Not(patterns, _), false) => text(patterns),
            (Test::Is(..), false) | (Test::Not(..), true) => Json::from("something-else"),
            (Test::Set, true) | (Test::Unset, false) => Json::from("something"),
            // The switch itself is in the block.
            (Test::Set, false) if switch.path.starts_with(when.path) => return None,
            (Test::Set, false) | (Test::Unset, true) => continue,
        };
        put(&mut resource, &path, value);
    }
    Some(resource)
}

/// The blocks around a switch, from the outermost to the innermost one, each with its mark; none
/// around one in repeated blocks, of which a plan can have none.
fn blocks<K: 'static>(switch: &Switch<K>) -> Vec<&'static str> {
    let path = switch.path;
    if path.contains("[]") {
        return Vec::new();
    }
    path.match_indices("[0].")
        .map(|(at, _)| &path[..at + 3])
        .collect()
}

/// Puts something else in the place of the list that a block is in.
fn without(from: &mut Json, block: &str, nothing: &Json) {
    let mut at = from;
    let mut names = block.split('.').peekable();
    while let Some(name) = names.next() {
        let bare = name.trim_end_matches("[0]");
        let Some(next) = at.get_mut(bare) else {
            return;
        };
        if names.peek().is_none() {
            *next = nothing.clone();
            return;
        }
        at = next;
        if bare != name {
            let Some(first) = at.get_mut(0) else {
                return;
            };
            at = first;
        }
    }
}

/// The path of the attribute of this name beside another one.
fn beside(path: &str, name: &str) -> String {
    path.rsplit_once('.')
        .map_or_else(|| name.to_owned(), |(block, _)| format!("{block}.{name}"))
}

/// Puts a value at a path, unless there is one already, with the blocks around it.
fn put(into: &mut Json, path: &str, value: Json) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let bare = name.trim_end_matches("[0]").trim_end_matches("[]");
    let Some(map) = into.as_object_mut() else {
        return;
    };
    if name == bare {
        let at = map.entry(bare);
        if rest.is_empty() {
            at.or_insert(value);
        } else {
            put(at.or_insert_with(|| serde_json::json!({})), rest, value);
        }
        return;
    }
    let list = map.entry(bare).or_insert_with(|| serde_json::json!([]));
    let Some(items) = list.as_array_mut() else {
        return;
    };
    if rest.is_empty() {
        items.push(value);
    } else {
        if items.is_empty() {
            items.push(serde_json::json!({}));
        }
        if let Some(block) = items.first_mut() {
            put(block, rest, value);
        }
    }
}

/// Blocks that the provider fills in where they are left out, as plans show, and of which its
/// schema cannot say so.
const COMPUTED_BLOCKS: &[(&str, &str)] = &[
    ("aws_s3_bucket", "server_side_encryption_configuration[0]"),
    (
        "google_sql_database_instance",
        "settings[0].ip_configuration[0]",
    ),
];

/// Whether an attribute is required, optional or computed, or in something that is computed.
fn flags<'a>(schemas: &'a Schemas, kind: &str, path: &str) -> Option<&'a str> {
    let flag = |path: &str| {
        schemas
            .attribute(kind, path)
            .map(|attribute| attribute["f"].as_str().unwrap_or_default())
    };
    let own = flag(path)?;
    // What is in a computed block is computed with it.
    let around = path.match_indices('.').filter_map(|(at, _)| {
        let block = &path[..at];
        match COMPUTED_BLOCKS.contains(&(kind, block)) {
            true => Some("OC"),
            false => flag(block),
        }
    });
    Some(if around.chain([own]).any(|flags| flags == "OC") {
        "OC"
    } else {
        own
    })
}

impl super::When {
    /// The path of what decides, from the root, for a switch.
    fn within<K: 'static>(&self, switch: &Switch<K>) -> String {
        match self.path.strip_prefix("./") {
            Some(name) => match switch.path.rsplit_once("[]") {
                Some((root, _)) => format!("{root}[].{name}"),
                None => name.to_owned(),
            },
            None => self.path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_policy::serde_json::json;
    use tollgate_policy::{
        Change, Evaluation, Finding, Input, Interest, NoSettings, Policy, RuleDef, Severity,
    };

    use super::super::judge::{self, Judge};
    use super::super::{Fault, Good, Row, Switch, Unset, When, interests};
    use super::{Proof, not_considered, not_in_schemas, size, unexplained};
    use crate::schema::Schemas;

    const RULE: RuleDef = RuleDef {
        id: "wrong",
        title: "",
        description: "",
        severity: Severity::Low,
        remediation: "",
        example: "",
        links: &[],
    };

    const fn on(path: &'static str) -> Switch<()> {
        Switch::new((), path, Good::True, Unset::Bad("false"))
    }

    static ROWS: &[Row<()>] = &[
        Row {
            kinds: &["a_b", "a_c"],
            switches: &[
                on("first"),
                on("block[0].second").when(&[When::is("kind", &["x"])]),
            ],
        },
        Row {
            kinds: &["a_gone"],
            switches: &[on("first").fix("no sentence").or("a_d", "b_id")],
        },
    ];

    /// A policy that can overlook a switch, or its conditions.
    struct Of<const OVERLOOKS: bool>;

    impl<const OVERLOOKS: bool> Judge for Of<OVERLOOKS> {
        type About = ();
        const GUARDS: &'static [&'static str] = &[];

        fn rows() -> impl Iterator<Item = &'static Row<()>> {
            ROWS.iter()
        }

        fn source(kind: &str) -> Option<String> {
            (kind != "a_c").then(|| "somewhere".to_owned())
        }

        fn ignores(&self, _: &Change) -> bool {
            false
        }

        fn asks(&self, _: &Change, switch: &Switch<()>) -> bool {
            !(OVERLOOKS && switch.path == "first")
        }

        fn finding(&self, change: &Change, fault: &Fault<()>) -> Option<Finding> {
            Some(fault.finding(&RULE, change, "wrong", "right"))
        }

        fn unguarded(change: &Change) -> Finding {
            RULE.violation(change, "")
        }
    }

    impl<const OVERLOOKS: bool> Policy for Of<OVERLOOKS> {
        type Settings = NoSettings;
        const NAME: &'static str = "of";
        const VERSION: &'static str = "0.0.0";
        const DESCRIPTION: &'static str = "";
        const RULES: &'static [&'static RuleDef] = &[&RULE];

        fn interests() -> Vec<Interest> {
            interests(ROWS.iter())
        }

        fn evaluate(input: &Input<'_, NoSettings>) -> Result<Evaluation, String> {
            Ok(Evaluation {
                findings: judge::findings(&Self, &input.changes),
                ..Evaluation::default()
            })
        }
    }

    fn proof() -> Proof<()> {
        Proof {
            rule: |()| "wrong",
            turned: |()| "wrong",
            settings: json!({}),
        }
    }

    #[test]
    fn a_switch_that_is_overlooked_is_told() {
        assert_eq!(size::<Of<false>>(), 5);
        assert_eq!(proof().misjudged::<Of<false>, Of<false>>(), [""; 0]);
        assert_eq!(
            proof().found_beside_the_point::<Of<false>, Of<false>>(),
            [""; 0]
        );
        let wrong = proof().misjudged::<Of<true>, Of<true>>();
        assert_eq!(
            wrong[..3],
            [
                "created bad: a_b.x0 first",
                "created bad: a_c.x2 first",
                "created bad: a_gone.x4 first"
            ]
        );
        assert_eq!(wrong.len(), 9, "created, unchanged and turned: {wrong:?}");
    }

    #[test]
    fn a_switch_that_goes_with_its_block_is_judged_by_its_default() {
        assert_eq!(
            proof().lost_with_their_block::<Of<false>, Of<false>>(),
            [""; 0]
        );
        let of_nothing = Proof {
            turned: |()| "another",
            ..proof()
        };
        assert_eq!(
            of_nothing.lost_with_their_block::<Of<false>, Of<false>>(),
            [
                "without its block 0: a_b.x0 block[0].second",
                "without its block 0: a_c.x1 block[0].second",
                "without its block 0: a_b.x0 block[0].second",
                "without its block 0: a_c.x1 block[0].second",
            ]
        );
    }

    #[test]
    fn a_switch_without_advice_or_source_is_told() {
        assert_eq!(
            unexplained::<Of<false>>(),
            [
                "a_c first: Set `first = true`.",
                "a_c block[0].second: Set `second = true` in the block `block`.",
                "a_gone first: no sentence",
            ]
        );
    }

    #[test]
    fn what_the_schemas_and_the_table_do_not_share_is_told() {
        let schemas = Schemas::from_iter([
            (
                "a_b".to_owned(),
                json!({
                    "first": {"t": "bool", "f": "OC"},
                    "kind": {"t": "string", "f": "R"},
                    "block": {"f": "O", "b": {
                        "second": {"t": "bool", "f": "O"},
                        "public_third": {"t": "bool", "f": "O"},
                    }},
                    "public_fourth": {"t": "bool", "f": "O"},
                    "public_read": {"t": "bool", "f": "C"},
                }),
            ),
            ("a_c".to_owned(), json!({"first": {"t": "bool", "f": "C"}})),
        ]);
        assert_eq!(
            not_in_schemas::<Of<false>>(&schemas),
            [
                "a_b: `first` is OC, and the row says computed = false",
                "a_c: `first` is read-only",
                "a_c has no `block[0].second`",
                "a_c has no `kind`",
                "a_gone is no type",
            ]
        );
        let considered =
            "# why\na_b public_f* is something else\na_b first is in a row\na_b reasonless";
        assert_eq!(
            not_considered::<Of<false>>(&schemas, &["public"], considered),
            [
                "gives no reason: a_b reasonless",
                "in no row, and not considered: a_b block.public_third",
                "about nothing any more: a_b first is in a row",
            ]
        );
    }
}
