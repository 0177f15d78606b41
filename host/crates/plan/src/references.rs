//! What the configuration of an attribute refers to.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::address::{after_key, module_names, without_keys};
use super::configuration::{Configuration, Iteration, Scope, references_of};
use super::json::{Kind, Map, kind, read};
use super::{Meter, Mode, Path, Plan, ResourceChange, Spent, Step};

/// Bounds what one attribute may lead to; a reference beyond it is kept as written.
const MAX_STEPS: usize = 1024;
const MAX_DEPTH: usize = 64;

impl<'a> Plan<'a> {
    /// Returns what the configuration of an attribute refers to, sorted: absolute,
    /// without instance keys of modules, followed through module calls, outputs,
    /// `count` and `for_each`. What cannot be followed is given as it is written, with
    /// its module in front.
    ///
    /// For a path that is a block, or leads into one that is repeated, these are the
    /// references of all such blocks: the plan does not keep the order of sets.
    /// `dynamic` blocks are not in the plan, so an empty list proves nothing.
    #[must_use]
    pub fn references(&self, change: &ResourceChange<'_>, path: &Path) -> Vec<String> {
        self.references_within(change, path, &Meter::unlimited())
            .unwrap_or_default()
    }

    /// Does the same, at a price.
    ///
    /// # Errors
    /// When the meter has run out.
    pub fn references_within(
        &self,
        change: &ResourceChange<'_>,
        path: &Path,
        meter: &Meter,
    ) -> Result<Vec<String>, Spent> {
        let found = self.configuration().and_then(|configuration| {
            in_module(configuration, change, &mut |scope| {
                let block = scope
                    .module
                    .block(word(change.mode), &change.kind, &change.name)?;
                let mut walk = Walk {
                    found: BTreeSet::new(),
                    steps: MAX_STEPS,
                    meter,
                    spent: None,
                };
                walk.path(block.expressions?, path.steps(), scope, block.iteration, 0);
                Some(walk)
            })
        });
        let Some(walk) = found.flatten() else {
            return Ok(Vec::new());
        };
        match walk.spent {
            Some(spent) => Err(spent),
            None => Ok(walk.found.into_iter().collect()),
        }
    }

    pub(super) fn configuration(&self) -> Option<&Configuration<'a>> {
        self.index
            .get_or_init(|| self.configuration.and_then(Configuration::index))
            .as_ref()
    }
}

/// The word of a block's mode, as the configuration writes it.
pub(super) fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    }
}

/// Runs `f` on the module of a change.
pub(super) fn in_module<'a, R>(
    configuration: &Configuration<'a>,
    change: &ResourceChange<'_>,
    f: &mut dyn FnMut(&Scope<'_, 'a>) -> R,
) -> Option<R> {
    let root = Scope {
        module: &configuration.root,
        called: None,
    };
    let address = change.module_address.as_ref().map(without_keys);
    let names = address
        .as_ref()
        .map(|address| module_names(address))
        .unwrap_or_default();
    root.at(&names, f)
}

struct Walk<'m> {
    found: BTreeSet<String>,
    steps: usize,
    meter: &'m Meter,
    /// Why the walk ended early, if it did.
    spent: Option<Spent>,
}

impl Walk<'_> {
    /// Follows a path into the expressions of a block, then collects what is there.
    fn path<'a>(
        &mut self,
        raw: &'a RawValue,
        steps: &[Step],
        scope: &Scope<'_, 'a>,
        iteration: Iteration<'a>,
        depth: usize,
    ) {
        let [step, rest @ ..] = steps else {
            self.expression(raw, scope, iteration, depth);
            return;
        };
        if !self.spend(depth) || !self.pay(raw) {
            return;
        }
        match kind(raw) {
            Kind::Object => {
                let Ok(entries) = read::<Map<'a, &'a RawValue>>(raw) else {
                    return;
                };
                if depth > 0 && references_of(&entries).is_some() {
                    // The path leads into the value of one expression.
                    self.expression(raw, scope, iteration, depth);
                    return;
                }
                match step {
                    Step::Key(key) => {
                        if let Some(entry) = entries.get(key) {
                            self.path(entry, rest, scope, iteration, depth + 1);
                        }
                    }
                    // A block that occurs once is written without a list.
                    Step::Index(_) => self.path(raw, rest, scope, iteration, depth + 1),
                }
            }
            Kind::List => {
                let Ok(blocks) = read::<Vec<&'a RawValue>>(raw) else {
                    return;
                };
                let rest = if matches!(step, Step::Index(_)) {
                    rest
                } else {
                    steps
                };
                for block in blocks {
                    self.path(block, rest, scope, iteration, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Collects the references of an expression, or of every expression in a block.
    /// Returns false if that leads too far.
    fn expression<'a>(
        &mut self,
        raw: &'a RawValue,
        scope: &Scope<'_, 'a>,
        iteration: Iteration<'a>,
        depth: usize,
    ) -> bool {
        if !self.spend(depth) || !self.pay(raw) {
            return false;
        }
        let mut whole = true;
        match kind(raw) {
            Kind::Object => {
                let Ok(entries) = read::<Map<'a, &'a RawValue>>(raw) else {
                    return true;
                };
                match references_of(&entries) {
                    Some(references) => {
                        for reference in references {
                            self.reference(&reference, scope, iteration, depth + 1);
                        }
                    }
                    None => {
                        for (_, entry) in entries.iter() {
                            whole &= self.expression(entry, scope, iteration, depth + 1);
                        }
                    }
                }
            }
            Kind::List => {
                for block in read::<Vec<&'a RawValue>>(raw).unwrap_or_default() {
                    whole &= self.expression(block, scope, iteration, depth + 1);
                }
            }
            _ => {}
        }
        whole
    }

    fn reference<'a>(
        &mut self,
        text: &str,
        scope: &Scope<'_, 'a>,
        iteration: Iteration<'a>,
        depth: usize,
    ) {
        let (head, tail) = split(text);
        let followed = self.spend(depth)
            && match head {
                "self" => return,
                "each" => self.some(iteration.for_each, scope, depth),
                "count" => self.some(iteration.count, scope, depth),
                "var" => self.variable(tail, scope, depth),
                "module" => self.output(tail, scope, depth),
                _ => false,
            };
        // That one instance of many is meant is told beside what it is one of: an expression
        // that picks one of several things for all instances alike refers to the same.
        let one_of_many = matches!(head, "each" | "count");
        if !followed || one_of_many {
            let text = match head {
                "module" => without_module_keys(text),
                _ => Cow::Borrowed(text),
            };
            let found = scope.absolute(&text);
            if let Err(spent) = self.meter.keep(found.len()) {
                self.spent = Some(spent);
                return;
            }
            self.found.insert(found);
        }
    }

    /// Collects from `count` or `for_each`; false if they refer to nothing, or too far.
    fn some<'a>(&mut self, raw: Option<&'a RawValue>, scope: &Scope<'_, 'a>, depth: usize) -> bool {
        let Some(raw) = raw else { return false };
        let (whole, found) = self.apart(raw, scope, depth);
        let any = !found.is_empty();
        self.found.extend(found);
        whole && any
    }

    /// Collects from an expression apart from what was found before, out of the same budget.
    /// False if that leads too far.
    fn apart<'a>(
        &mut self,
        raw: &'a RawValue,
        scope: &Scope<'_, 'a>,
        depth: usize,
    ) -> (bool, BTreeSet<String>) {
        let mut inner = Walk {
            found: BTreeSet::new(),
            steps: self.steps,
            meter: self.meter,
            spent: None,
        };
        let whole = inner.expression(raw, scope, Iteration::default(), depth + 1);
        self.steps = inner.steps;
        self.spent = self.spent.or(inner.spent);
        (whole, inner.found)
    }

    /// Follows a variable of a called module to the argument of the call.
    fn variable(&mut self, tail: &str, scope: &Scope<'_, '_>, depth: usize) -> bool {
        let Some((parent, call, _)) = scope.called else {
            return false;
        };
        let Some(expressions) = call.expressions else {
            return false;
        };
        if !self.pay(expressions) {
            return false;
        }
        let Ok(arguments) = read::<Map<'_, &RawValue>>(expressions) else {
            return false;
        };
        let (name, _) = split(tail);
        let Some(argument) = arguments.get(name) else {
            return false;
        };
        self.expression(argument, parent, call.iteration, depth + 1)
    }

    /// Follows an output of a called module into that module.
    fn output(&mut self, tail: &str, scope: &Scope<'_, '_>, depth: usize) -> bool {
        let (call, mut rest) = split(tail);
        if rest.is_empty() {
            return false;
        }
        if let Some(after) = after_key(rest) {
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        let (name, _) = split(rest);
        let tail = rest.get(name.len()..).unwrap_or_default();
        let Some(child) = scope.child(call) else {
            return false;
        };
        let Some(output) = child
            .module
            .outputs
            .as_ref()
            .and_then(|outputs| outputs.get(name))
        else {
            return false;
        };
        output.expression.is_none_or(|expression| {
            let (whole, found) = self.apart(expression, &child, depth);
            match (found.len(), tail.strip_prefix('.')) {
                // An output that is a resource, of which one attribute is read.
                (1, Some(attribute)) => self.found.extend(found.into_iter().map(|found| {
                    if is_resource(&found) {
                        format!("{found}.{attribute}")
                    } else {
                        found
                    }
                })),
                _ => self.found.extend(found),
            }
            whole
        })
    }

    /// Pays for what is parsed next.
    fn pay(&mut self, raw: &RawValue) -> bool {
        match self.meter.work(raw.get().len()) {
            Ok(()) => true,
            Err(spent) => {
                self.spent = Some(spent);
                false
            }
        }
    }

    fn spend(&mut self, depth: usize) -> bool {
        if self.spent.is_some() || self.steps == 0 || depth > MAX_DEPTH {
            return false;
        }
        self.steps -= 1;
        true
    }
}

/// Whether a reference that is absolute is to a whole resource, or one instance of it.
fn is_resource(text: &str) -> bool {
    let mut rest = text;
    while let Some(call) = rest.strip_prefix("module.") {
        match call.split_once('.') {
            Some((_, inner)) => rest = inner,
            None => return false,
        }
    }
    let (kind, name) = split(rest);
    if matches!(
        kind,
        "var"
            | "local"
            | "data"
            | "module"
            | "ephemeral"
            | "each"
            | "count"
            | "self"
            | "path"
            | "terraform"
    ) {
        return false;
    }
    let (name, key) = split(name);
    !name.is_empty() && (key.is_empty() || after_key(key) == Some(""))
}

/// Splits a reference after its first name; a key stays at the start of the tail.
fn split(text: &str) -> (&str, &str) {
    match text.find(['.', '[']) {
        Some(at) if text.as_bytes().get(at) == Some(&b'.') => (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default(),
        ),
        Some(at) => text.split_at(at),
        None => (text, ""),
    }
}

/// `module.a["x"].out["y"]` without the key of the module.
fn without_module_keys(text: &str) -> Cow<'_, str> {
    let Some(call) = text.strip_prefix("module.") else {
        return Cow::Borrowed(text);
    };
    let (name, rest) = split(call);
    match after_key(rest) {
        Some(after) => Cow::Owned(format!("module.{name}{after}")),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{Path, PlanText};

    /// What `path` of `a_x.y` refers to, with the root module's configuration given.
    fn references(path: &str, configuration: &str) -> Vec<String> {
        let text = format!(
            r#"{{"format_version":"1.2","configuration":{{"root_module":{configuration}}},"resource_changes":[{{"address":"a_x.y","mode":"managed","type":"a_x","name":"y","provider_name":"a","change":{{"actions":["create"],"after":{{}},"after_unknown":{{}}}}}}]}}"#
        );
        let text = PlanText::from_bytes(text.into_bytes()).unwrap();
        let plan = text.read().unwrap();
        plan.references(&plan.changes[0], &Path::parse(path).unwrap())
    }

    fn block(expressions: &str) -> String {
        format!(
            r#"{{"resources":[{{"mode":"managed","type":"a_x","name":"y","expressions":{expressions}}}]}}"#
        )
    }

    #[test]
    fn a_path_leads_into_blocks_and_expressions() {
        let expressions = r#"{
            "plain": {"references": ["a_q.q[\"in\"].name", "a_q.q[\"in\"]", "a_q.q", "a_r.r"]},
            "constant": {"constant_value": "x"},
            "function": {},
            "own": {"references": ["self.id", "self"]},
            "once": {"inner": {"references": ["a_q.once.id", "a_q.once"]}},
            "blocks": [
                {"name": {"references": ["a_q.one.id", "a_q.one"]}, "deep": [{"id": {"references": ["a_q.deep"]}}]},
                {"name": {"references": ["a_q.two.id", "a_q.two"]}}
            ]
        }"#;
        for (path, expected) in [
            ("plain", &["a_q.q[\"in\"].name", "a_r.r"][..]),
            ("plain.key[0]", &["a_q.q[\"in\"].name", "a_r.r"]),
            ("constant", &[]),
            ("function", &[]),
            ("own", &[]),
            ("missing", &[]),
            ("once", &["a_q.once.id"]),
            ("once.inner", &["a_q.once.id"]),
            ("once[0].inner", &["a_q.once.id"]),
            ("blocks", &["a_q.deep", "a_q.one.id", "a_q.two.id"]),
            ("blocks[0].name", &["a_q.one.id", "a_q.two.id"]),
            ("blocks[1].deep[0].id", &["a_q.deep"]),
            (
                "",
                &[
                    "a_q.deep",
                    "a_q.once.id",
                    "a_q.one.id",
                    "a_q.q[\"in\"].name",
                    "a_q.two.id",
                    "a_r.r",
                ],
            ),
        ] {
            assert_eq!(references(path, &block(expressions)), expected, "{path}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_kept_as_it_is_written() {
        for (reference, expected) in [
            ("module.gone.out", "module.gone.out"),
            ("module.gone[0].out.x", "module.gone.out.x"),
            ("module.gone", "module.gone"),
            ("var.x", "var.x"),
            ("each.value.name", "each.value.name"),
            (
                "data.aws_region.current.name",
                "data.aws_region.current.name",
            ),
            ("terraform.workspace", "terraform.workspace"),
        ] {
            let configuration = block(&format!(r#"{{"a":{{"references":["{reference}"]}}}}"#));
            assert_eq!(references("a", &configuration), [expected]);
        }
    }

    #[test]
    fn one_of_many_is_told_beside_what_it_is_one_of() {
        let configuration = r#"{"resources":[{"mode":"managed","type":"a_x","name":"y",
            "expressions":{"a":{"references":["each.value.id","each.value"]},"b":{"references":["count.index"]}},
            "for_each_expression":{"references":["a_q.q"]}}]}"#;
        assert_eq!(references("a", configuration), ["a_q.q", "each.value.id"]);
        assert_eq!(references("b", configuration), ["count.index"]);
    }

    #[test]
    fn the_rest_of_a_reference_goes_on_behind_what_it_leads_to() {
        let configuration = |value: &str, reference: &str| {
            format!(
                r#"{{"resources":[{{"mode":"managed","type":"a_x","name":"y","expressions":{{"a":{{"references":["{reference}"]}}}}}}],
                "module_calls":{{"m":{{"module":{{"outputs":{{"out":{{"expression":{{"references":["{value}"]}}}}}}}}}}}}}}"#
            )
        };
        for (value, reference, expected) in [
            ("a_q.q", "module.m.out.id", "module.m.a_q.q.id"),
            ("a_q.q[0]", "module.m.out.id", "module.m.a_q.q[0].id"),
            ("a_q.q", "module.m.out", "module.m.a_q.q"),
            // The value is no resource, or it cannot be told which key is an attribute.
            ("a_q.q.name", "module.m.out.id", "module.m.a_q.q.name"),
            ("var.x", "module.m.out.id", "module.m.var.x"),
            ("a_q.q", "module.m.out[0].id", "module.m.a_q.q"),
        ] {
            assert_eq!(
                references("a", &configuration(value, reference)),
                [expected],
                "{value} {reference}"
            );
        }
    }

    #[test]
    fn circles_end() {
        // No tool writes this; a hostile plan may.
        let configuration = r#"{"resources":[{"mode":"managed","type":"a_x","name":"y","expressions":{"a":{"references":["module.m.out"]}}}],
            "module_calls":{"m":{"expressions":{"v":{"references":["module.m.out","module.m.out"]}},"module":{"outputs":{"out":{"expression":{"references":["var.v","var.v"]}}}}}}}"#;
        let found = references("a", configuration);
        assert!(!found.is_empty(), "the circle is not forgotten either");
    }

    #[test]
    fn a_configuration_that_says_two_things_tells_nothing() {
        let twice = r#"{"resources":[{"mode":"managed","type":"a_x","name":"y","expressions":{"a":{"references":["a.b"]}}},{"mode":"managed","type":"a_x","name":"y"}]}"#;
        assert!(references("a", twice).is_empty());
        assert!(references("a", &block(r#"{"a":{"references":["a.b"]},"a":{}}"#)).is_empty());
    }
}
