//! The configuration that the plan carries, indexed when it is first asked for.
//!
//! It holds constants, secret ones among them, so nothing of it leaves this module's
//! siblings but addresses and a provider's region.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::Plan;
use super::json::{Map, Text, object, read};

object!(Raw, "a configuration" {
    "provider_config" => providers: Map<'a, Provider<'a>>,
    "root_module" => root: RawModule<'a>,
});

object!(#[derive(Debug)] Provider, "a provider configuration" {
    "name" => name: Text<'a>,
    "full_name" => full_name: Text<'a>,
    "module_address" => module_address: Text<'a>,
    "version_constraint" => version: Text<'a>,
    "expressions" => expressions: &'a RawValue,
});

object!(RawModule, "a module" {
    "resources" => resources: Vec<RawBlock<'a>>,
    "module_calls" => calls: Map<'a, RawCall<'a>>,
    "outputs" => outputs: Map<'a, Output<'a>>,
    "variables" => variables: Map<'a, Variable<'a>>,
});

object!(RawBlock, "a resource block" {
    "mode" => mode: Text<'a>,
    "type" => kind: Text<'a>,
    "name" => name: Text<'a>,
    "provider_config_key" => provider_key: Text<'a>,
    "expressions" => expressions: &'a RawValue,
    "count_expression" => count: &'a RawValue,
    "for_each_expression" => for_each: &'a RawValue,
});

object!(RawCall, "a module call" {
    "source" => source: Text<'a>,
    "version_constraint" => version: Text<'a>,
    "expressions" => expressions: &'a RawValue,
    "count_expression" => count: &'a RawValue,
    "for_each_expression" => for_each: &'a RawValue,
    "module" => module: Box<RawModule<'a>>,
});

object!(#[derive(Debug)] Output, "an output" {
    "expression" => expression: &'a RawValue,
});

object!(#[derive(Debug)] Variable, "a variable" {
    "default" => default: &'a RawValue,
    "sensitive" => sensitive: bool,
});

/// The configuration of a plan.
#[derive(Debug)]
pub(super) struct Configuration<'a> {
    pub(super) providers: Option<Map<'a, Provider<'a>>>,
    pub(super) root: Module<'a>,
}

/// A module, with its blocks by their address in it.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    blocks: BTreeMap<String, Block<'a>>,
    pub(super) calls: BTreeMap<Cow<'a, str>, Call<'a>>,
    pub(super) outputs: Option<Map<'a, Output<'a>>>,
    pub(super) variables: Option<Map<'a, Variable<'a>>>,
}

/// A `resource` or `data` block: one, however many instances it has.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) provider_key: Option<Cow<'a, str>>,
    pub(super) expressions: Option<&'a RawValue>,
    pub(super) iteration: Iteration<'a>,
}

/// A `module` block.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) source: Option<Cow<'a, str>>,
    /// Which versions of a registry's module are allowed.
    pub(super) version: Option<Cow<'a, str>>,
    pub(super) expressions: Option<&'a RawValue>,
    pub(super) iteration: Iteration<'a>,
    pub(super) module: Module<'a>,
}

/// What `count` or `for_each` of a block are set to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Iteration<'a> {
    pub(super) count: Option<&'a RawValue>,
    pub(super) for_each: Option<&'a RawValue>,
}

impl Provider<'_> {
    /// Whether it is the provider of this name. Both names have to say so: the local one is the author's
    /// choice.
    pub(super) fn is(&self, provider: &str) -> bool {
        let named = self.name.as_ref().is_some_and(|name| name.0 == provider);
        let full = self.full_name.as_ref();
        named && full.is_none_or(|name| name.0.rsplit('/').next() == Some(provider))
    }
}

impl<'a> Configuration<'a> {
    /// Indexes the configuration. One that is damaged or says two things at once tells
    /// nothing: what is looked up in it is then not found, which satisfies no rule.
    pub(super) fn index(raw: &'a RawValue) -> Option<Self> {
        let raw: Raw<'a> = read(raw).ok()?;
        Some(Self {
            providers: raw.providers,
            root: raw.root.map_or_else(|| Some(Module::default()), module)?,
        })
    }
}

/// What the root module declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The addresses of resources and data sources, without instance keys.
    pub blocks: BTreeSet<String>,
    /// The names of module calls.
    pub calls: BTreeSet<String>,
}

impl Plan<'_> {
    /// Returns what the root module declares; none if the plan does not say.
    #[must_use]
    pub fn declared(&self) -> Option<Declared> {
        let root = &self.configuration()?.root;
        Some(Declared {
            blocks: root
                .blocks
                .keys()
                .filter(|key| !key.starts_with("ephemeral."))
                .map(|key| key.strip_prefix("managed.").unwrap_or(key).to_owned())
                .collect(),
            calls: root.calls.keys().map(|name| name.to_string()).collect(),
        })
    }
}

impl<'a> Module<'a> {
    /// The configurations of providers that managed resources of this module name.
    pub(super) fn provider_keys(&self) -> impl Iterator<Item = &str> {
        let managed = self
            .blocks
            .iter()
            .filter(|(key, _)| key.starts_with("managed."));
        managed.filter_map(|(_, block)| block.provider_key.as_deref())
    }

    pub(super) fn block(&self, mode: &str, kind: &str, name: &str) -> Option<&Block<'a>> {
        self.blocks.get(&key(mode, kind, name))
    }
}

fn key(mode: &str, kind: &str, name: &str) -> String {
    format!("{mode}.{kind}.{name}")
}

fn module(raw: RawModule<'_>) -> Option<Module<'_>> {
    let mut blocks = BTreeMap::new();
    for block in raw.resources.unwrap_or_default() {
        let key = key(&block.mode?.0, &block.kind?.0, &block.name?.0);
        let block = Block {
            provider_key: block.provider_key.map(|key| key.0),
            expressions: block.expressions,
            iteration: Iteration {
                count: block.count,
                for_each: block.for_each,
            },
        };
        if blocks.insert(key, block).is_some() {
            return None;
        }
    }
    let mut calls = BTreeMap::new();
    for (name, call) in raw.calls.map(Map::into_entries).unwrap_or_default() {
        let call = Call {
            source: call.source.map(|text| text.0),
            version: call.version.map(|text| text.0),
            expressions: call.expressions,
            iteration: Iteration {
                count: call.count,
                for_each: call.for_each,
            },
            module: call
                .module
                .map_or_else(|| Some(Module::default()), |raw| module(*raw))?,
        };
        calls.insert(name, call);
    }
    Some(Module {
        blocks,
        calls,
        outputs: raw.outputs,
        variables: raw.variables,
    })
}

/// A module in its place in the tree.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) module: &'s Module<'a>,
    /// The scope that calls it and the call's name; none for the root module.
    pub(super) called: Option<(&'s Scope<'s, 'a>, &'s Call<'a>, &'s str)>,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(super) fn child(&'s self, name: &str) -> Option<Scope<'s, 'a>> {
        let (name, call) = self.module.calls.get_key_value(name)?;
        Some(Scope {
            module: &call.module,
            called: Some((self, call, name)),
        })
    }

    /// Runs `f` on the module that the names lead to.
    pub(super) fn at<R>(
        &self,
        names: &[&str],
        f: &mut dyn FnMut(&Scope<'_, 'a>) -> R,
    ) -> Option<R> {
        match names {
            [] => Some(f(self)),
            [name, rest @ ..] => self.child(name)?.at(rest, f),
        }
    }

    /// Puts the module's address in front of something in it.
    pub(super) fn absolute(&self, text: &str) -> String {
        let mut absolute = text.to_owned();
        let mut scope = self;
        while let Some((parent, _, name)) = scope.called {
            absolute = format!("module.{name}.{absolute}");
            scope = parent;
        }
        absolute
    }
}

/// Returns what an expression refers to, the shorter forms of each reference left
/// out; none if it is a block, not an expression.
pub(super) fn references_of<'a>(expression: &Map<'a, &'a RawValue>) -> Option<Vec<Cow<'a, str>>> {
    if expression.get("constant_value").is_some() {
        return Some(Vec::new());
    }
    let list: Vec<Text<'a>> = read(expression.get("references")?).ok()?;
    let mut kept: Vec<Cow<'a, str>> = Vec::new();
    for Text(reference) in list {
        // `a.b.c` is followed by `a.b` and `a`.
        let shorter = kept.last().is_some_and(|last| {
            last.strip_prefix(reference.as_ref())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !shorter {
            kept.push(reference);
        }
    }
    Some(kept)
}
