//! The rule of a composite alarm: which alarms make it fire.
//!
//! An alarm makes the composite fire if the rule holds for its `ALARM` state:
//! `ALARM(a)`, `NOT OK(a)`, and `AT_LEAST(n, ALARM, (a, …))`, joined by `AND` and
//! `OR`. One that only holds the composite back (`NOT ALARM(a)`, `OK(a)`) does not.

/// The names of the alarms that make a composite alarm fire. None: the rule is not
/// understood.
pub fn triggers(rule: &str) -> Option<Vec<String>> {
    let mut parser = Parser {
        rest: rule,
        names: Vec::new(),
        depth: 0,
    };
    parser.expression(true)?;
    parser.rest.trim().is_empty().then_some(parser.names)
}

struct Parser<'a> {
    rest: &'a str,
    names: Vec<String>,
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

    /// A name or an ARN, with or without quotes, up to one of `ends`.
    fn alarm(&mut self, ends: &[char]) -> Option<String> {
        self.skip();
        let name = if let Some(inner) = self.rest.strip_prefix('"') {
            let end = inner.find('"')?;
            self.rest = &inner[end + 1..];
            &inner[..end]
        } else {
            let end = self.rest.find(ends)?;
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            name.trim()
        };
        let name = if name.starts_with("arn:") {
            name.split_once(":alarm:")?.1
        } else {
            name
        };
        Some(name.to_owned())
    }

    fn expression(&mut self, positive: bool) -> Option<()> {
        // The rule may be 10 KB of parentheses.
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        loop {
            self.operand(positive)?;
            let before = self.rest;
            match self.word() {
                "AND" | "OR" => {}
                "" => break,
                _ => {
                    self.rest = before;
                    return None;
                }
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn operand(&mut self, mut positive: bool) -> Option<()> {
        loop {
            if self.sign('(').is_some() {
                self.expression(positive)?;
                return self.sign(')');
            }
            match self.word() {
                "NOT" => positive = !positive,
                "TRUE" | "FALSE" => return Some(()),
                "AT_LEAST" => return self.at_least(positive),
                state @ ("ALARM" | "OK" | "INSUFFICIENT_DATA") => {
                    self.sign('(')?;
                    let name = self.alarm(&[')'])?;
                    self.sign(')')?;
                    if fires(state, positive) {
                        self.names.push(name);
                    }
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn at_least(&mut self, mut positive: bool) -> Option<()> {
        self.sign('(')?;
        self.word();
        let _ = self.sign('%');
        self.sign(',')?;
        let mut state = self.word();
        if state == "NOT" {
            positive = !positive;
            state = self.word();
        }
        self.sign(',')?;
        self.sign('(')?;
        loop {
            let name = self.alarm(&[',', ')'])?;
            if fires(state, positive) {
                self.names.push(name);
            }
            if self.sign(',').is_none() {
                break;
            }
        }
        self.sign(')')?;
        self.sign(')')
    }
}

/// Whether a condition on the state of an alarm, negated or not, holds when the
/// alarm fires and not when all is well.
fn fires(state: &str, positive: bool) -> bool {
    match state {
        "ALARM" => positive,
        "OK" => !positive,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for (rule, expected) in [
            ("ALARM(a)", Some("a")),
            ("ALARM(\"a b\") OR ALARM(c)", Some("a b|c")),
            (
                "ALARM(\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a:b\")",
                Some("a:b"),
            ),
            ("(ALARM(a) AND (NOT ALARM(b))) OR NOT OK(c)", Some("a|c")),
            ("NOT (ALARM(a) OR OK(b))", Some("b")),
            ("ALARM(a) AND NOT INSUFFICIENT_DATA(b) AND TRUE", Some("a")),
            ("AT_LEAST(2, ALARM, (a, \"b\", c))", Some("a|b|c")),
            ("AT_LEAST(50%, NOT OK, (a)) AND ALARM(b)", Some("a|b")),
            ("OK(a)", Some("")),
            ("ALARM(a", None),
            ("ALARM(a) XOR ALARM(b)", None),
            ("ALARM(a))", None),
            ("", None),
        ] {
            assert_eq!(
                triggers(rule).map(|names| names.join("|")),
                expected.map(str::to_owned),
                "{rule}"
            );
        }
        assert_eq!(triggers(&"(".repeat(10_000)), None);
    }
}
