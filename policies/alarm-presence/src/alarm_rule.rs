//! The rule of a composite alarm: when it fires.
//!
//! A rule is a condition on the states of other alarms: `ALARM(a)`, `OK(a)`,
//! `INSUFFICIENT_DATA(a)` and `AT_LEAST(n, ALARM, (a, …))`, joined by `NOT`, `AND` and
//! `OR`. A composite alarm tells of an alarm if the rule holds when that alarm fires and
//! all is well otherwise, and does not hold when all is well: `FALSE AND ALARM(a)` never
//! fires, `ALARM(a) AND ALARM(b)` does not for `a` alone, and one that always holds
//! never changes.

use std::collections::BTreeSet;

/// A rule that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `TRUE` or `FALSE`.
    Constant(bool),
    /// A condition on the state of one alarm.
    State(State, String),
    /// A condition on the states of several alarms.
    AtLeast {
        /// How many of them must be in the state.
        least: Least,
        /// The state.
        state: State,
        /// Whether they must be in another state than that.
        negated: bool,
        /// Their names.
        names: Vec<String>,
    },
    /// The opposite.
    Not(Box<Rule>),
    /// All of them.
    And(Vec<Rule>),
    /// Any of them.
    Or(Vec<Rule>),
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It fires.
    Alarm,
    /// All is well.
    Ok,
    /// It has no data.
    InsufficientData,
}

/// How many alarms a rule wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// So many.
    Count(u64),
    /// So many of a hundred.
    Percent(u64),
}

impl Rule {
    /// Reads a rule. None: it is not understood.
    pub fn read(text: &str) -> Option<Self> {
        let mut parser = Parser {
            rest: text,
            depth: 0,
        };
        let rule = parser.any()?;
        parser.rest.trim().is_empty().then_some(rule)
    }

    /// Whether the rule holds when these alarms fire and all others are well.
    pub fn holds(&self, firing: &BTreeSet<String>) -> bool {
        let is = |state: State, name: &String| match state {
            State::Alarm => firing.contains(name),
            State::Ok => !firing.contains(name),
            State::InsufficientData => false,
        };
        match self {
            Self::Constant(constant) => *constant,
            Self::State(state, name) => is(*state, name),
            Self::AtLeast {
                least,
                state,
                negated,
                names,
            } => {
                let count = names
                    .iter()
                    .filter(|name| is(*state, name) != *negated)
                    .count() as u64;
                match least {
                    Least::Count(least) => count >= *least,
                    Least::Percent(least) => {
                        count.saturating_mul(100) >= least.saturating_mul(names.len() as u64)
                    }
                }
            }
            Self::Not(rule) => !rule.holds(firing),
            Self::And(rules) => rules.iter().all(|rule| rule.holds(firing)),
            Self::Or(rules) => rules.iter().any(|rule| rule.holds(firing)),
        }
    }

    /// The names of the alarms that the rule is about.
    pub fn names(&self) -> BTreeSet<&str> {
        match self {
            Self::Constant(_) => BTreeSet::new(),
            Self::State(_, name) => BTreeSet::from([name.as_str()]),
            Self::AtLeast { names, .. } => names.iter().map(String::as_str).collect(),
            Self::Not(rule) => rule.names(),
            Self::And(rules) | Self::Or(rules) => rules.iter().flat_map(Self::names).collect(),
        }
    }
}

/// The name of an alarm that is given by name or by ARN.
pub fn name(text: &str) -> &str {
    if text.starts_with("arn:") {
        text.split_once(":alarm:").map_or(text, |(_, name)| name)
    } else {
        text
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.skip();
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> &'a str {
        self.skip();
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.rest;
        let found = self.word() == keyword;
        if !found {
            self.rest = before;
        }
        found
    }

    /// A name or an ARN, with or without quotes, up to one of `ends`.
    fn alarm(&mut self, ends: &[char]) -> Option<String> {
        self.skip();
        let text = if let Some(inner) = self.rest.strip_prefix('"') {
            let end = inner.find('"')?;
            self.rest = &inner[end + 1..];
            &inner[..end]
        } else {
            let end = self.rest.find(ends)?;
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            name.trim()
        };
        if text.starts_with("arn:") && !text.contains(":alarm:") {
            return None;
        }
        Some(name(text).to_owned())
    }

    fn state(&mut self) -> Option<State> {
        match self.word() {
            "ALARM" => Some(State::Alarm),
            "OK" => Some(State::Ok),
            "INSUFFICIENT_DATA" => Some(State::InsufficientData),
            _ => None,
        }
    }

    fn any(&mut self) -> Option<Rule> {
        // The rule may be 10 KB of parentheses.
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        let mut rules = vec![self.all()?];
        while self.keyword("OR") {
            rules.push(self.all()?);
        }
        self.depth -= 1;
        one(rules, Rule::Or)
    }

    fn all(&mut self) -> Option<Rule> {
        let mut rules = vec![self.operand()?];
        while self.keyword("AND") {
            rules.push(self.operand()?);
        }
        one(rules, Rule::And)
    }

    fn operand(&mut self) -> Option<Rule> {
        let mut negated = false;
        while self.keyword("NOT") {
            negated = !negated;
        }
        let rule = if self.sign('(').is_some() {
            let rule = self.any()?;
            self.sign(')')?;
            rule
        } else if self.keyword("TRUE") {
            Rule::Constant(true)
        } else if self.keyword("FALSE") {
            Rule::Constant(false)
        } else if self.keyword("AT_LEAST") {
            self.at_least()?
        } else {
            let state = self.state()?;
            self.sign('(')?;
            let name = self.alarm(&[')'])?;
            self.sign(')')?;
            Rule::State(state, name)
        };
        Some(if negated {
            Rule::Not(Box::new(rule))
        } else {
            rule
        })
    }

    fn at_least(&mut self) -> Option<Rule> {
        self.sign('(')?;
        let count = self.word().parse().ok()?;
        let least = if self.sign('%').is_some() {
            Least::Percent(count)
        } else {
            Least::Count(count)
        };
        self.sign(',')?;
        let negated = self.keyword("NOT");
        let state = self.state()?;
        self.sign(',')?;
        self.sign('(')?;
        let mut names = Vec::new();
        loop {
            names.push(self.alarm(&[',', ')'])?);
            if self.sign(',').is_none() {
                break;
            }
        }
        self.sign(')')?;
        self.sign(')')?;
        Some(Rule::AtLeast {
            least,
            state,
            negated,
            names,
        })
    }
}

fn one(mut rules: Vec<Rule>, join: fn(Vec<Rule>) -> Rule) -> Option<Rule> {
    if rules.len() == 1 {
        rules.pop()
    } else {
        Some(join(rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of `a`, `b` and `c` make a rule fire when they alone fire.
    fn alone(rule: &Rule) -> String {
        let well = rule.holds(&BTreeSet::new());
        ["a", "b", "c"]
            .into_iter()
            .filter(|name| !well && rule.holds(&BTreeSet::from([(*name).to_owned()])))
            .collect()
    }

    #[test]
    fn rules() {
        for (text, expected) in [
            ("ALARM(a)", Some("a")),
            ("ALARM(\"a\") OR ALARM( c )", Some("ac")),
            (
                "ALARM(\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a\")",
                Some("a"),
            ),
            ("(ALARM(a) AND (NOT ALARM(b))) OR NOT OK(c)", Some("ac")),
            ("NOT (ALARM(a) OR OK(b))", Some("b")),
            ("ALARM(a) AND NOT INSUFFICIENT_DATA(b) AND TRUE", Some("a")),
            ("ALARM(a) AND INSUFFICIENT_DATA(b)", Some("")),
            ("ALARM(a) AND OK(b)", Some("a")),
            ("ALARM(a) AND ALARM(b)", Some("")),
            ("ALARM(c) OR ALARM(a) AND ALARM(b)", Some("c")),
            ("FALSE AND (ALARM(a) OR ALARM(b))", Some("")),
            ("TRUE OR ALARM(a)", Some("")),
            ("NOT NOT ALARM(a)", Some("a")),
            ("AT_LEAST(2, ALARM, (a, \"b\", c))", Some("")),
            ("AT_LEAST(1, ALARM, (a, \"b\"))", Some("ab")),
            ("AT_LEAST(50%, NOT OK, (a, b)) OR ALARM(c)", Some("abc")),
            ("AT_LEAST(51%, ALARM, (a, b))", Some("")),
            ("OK(a)", Some("")),
            ("ALARM(a", None),
            ("ALARM(a) XOR ALARM(b)", None),
            ("ALARM(a))", None),
            ("AT_LEAST(x, ALARM, (a))", None),
            ("ALARM(arn:aws:sns:eu-west-1:123456789012:t)", None),
            ("", None),
        ] {
            assert_eq!(
                Rule::read(text).as_ref().map(alone),
                expected.map(str::to_owned),
                "{text}"
            );
        }
        assert_eq!(Rule::read(&"(".repeat(10_000)), None);
        assert_eq!(Rule::read(&"NOT ".repeat(10_000)), None);
    }
}
