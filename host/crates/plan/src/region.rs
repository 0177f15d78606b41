//! The region that a resource is in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::value::RawValue;

use super::address::{module_names, without_keys};
use super::configuration::{Configuration, Provider, Scope, references_of};
use super::json::{Map, Text, object, read};
use super::references::{in_module, word};
use super::{Path, Plan, ResourceChange, Step, Value};

/// Bounds how far a variable is followed through module calls.
const MAX_DEPTH: usize = 64;

object!(#[derive(Debug)] RootVariable, "a variable" {
    "value" => value: &'a RawValue,
});

/// The values of the root module's variables, read when one is asked for.
pub(super) type Variables<'a> = OnceLock<Option<Map<'a, RootVariable<'a>>>>;

/// What is resolved once, however many changes ask for it.
#[derive(Debug, Default)]
pub(super) struct Regions<'a>(OnceLock<Resolved<'a>>);

#[derive(Debug, Default)]
struct Resolved<'a> {
    /// Every configuration of a provider by its key, with its region where it has one.
    configured: BTreeMap<Cow<'a, str>, Option<Cow<'a, str>>>,
    /// By the provider's name, the key of its configuration where there is only one.
    alone: BTreeMap<Cow<'a, str>, Option<Cow<'a, str>>>,
}

impl<'a> Plan<'a> {
    /// Returns the region of a resource: its own, or else the one that its provider is
    /// configured with, where that is a constant or, of AWS, a variable whose value the plan has.
    ///
    /// None means that it cannot be told. A provider whose region comes from the
    /// environment or from a computed expression is not in the plan. What another provider
    /// calls a region could be any variable's value, and is not told.
    #[must_use]
    pub fn region(&self, change: &ResourceChange<'a>) -> Option<Cow<'a, str>> {
        let region = change.lazy.region.get_or_init(|| self.find_region(change));
        region.clone()
    }

    fn find_region(&self, change: &ResourceChange<'a>) -> Option<Cow<'a, str>> {
        static PATH: LazyLock<Path> =
            LazyLock::new(|| [Step::Key("region".to_owned())].into_iter().collect());
        for side in [change.after(&PATH), change.before(&PATH)] {
            match side {
                Ok(Value::Text(region)) => return (!region.is_empty()).then_some(region),
                Ok(Value::Absent | Value::Null) => {}
                // Computed, as an attribute of a bucket was before any resource could choose
                // its region: what nothing sets is the provider's.
                Ok(Value::Unknown) if !self.sets(change, "region") => {}
                _ => return None,
            }
        }
        let configuration = self.configuration()?;
        let resolved = self.regions.0.get_or_init(|| self.resolve(configuration));
        let key = in_module(configuration, change, &mut |scope| {
            scope
                .module
                .block(word(change.mode), &change.kind, &change.name)
                .and_then(|block| block.provider_key.clone())
        })
        .flatten();
        let region = match key.as_ref().and_then(|key| resolved.configured.get(key)) {
            Some(region) => region.as_ref(),
            // Older plans do not say which configuration a module is handed. If the provider
            // has only one, it is that.
            None => {
                let name = match &key {
                    Some(key) => key
                        .rsplit(':')
                        .next()
                        .and_then(|local| local.split('.').next()),
                    None => change.provider.rsplit('/').next(),
                }?;
                let key = resolved.alone.get(name)?.as_ref()?;
                resolved.configured.get(key)?.as_ref()
            }
        }?;
        // The configuration calls its providers what it likes; the change has a say as well.
        let aws = is_aws(&change.provider);
        (!aws || is_aws_region(region)).then(|| region.clone())
    }

    /// Returns the region of every configuration of a provider that has one that can be told, by
    /// its key in the plan's configuration.
    #[must_use]
    pub fn provider_regions(&self) -> BTreeMap<String, String> {
        let Some(configuration) = self.configuration() else {
            return BTreeMap::new();
        };
        let resolved = self.regions.0.get_or_init(|| self.resolve(configuration));
        let configured = resolved.configured.iter();
        configured
            .filter_map(|(key, region)| Some((key.to_string(), region.as_ref()?.to_string())))
            .collect()
    }

    /// Resolves the regions of all providers' configurations.
    fn resolve(&self, configuration: &Configuration<'a>) -> Resolved<'a> {
        let mut resolved = Resolved::default();
        let variables = OnceLock::new();
        for (key, provider) in configuration.providers.iter().flat_map(Map::iter) {
            // A module that is handed its providers has entries of its own that configure nothing.
            if provider.module_address.is_some() && provider.expressions.is_none() {
                continue;
            }
            if let Some(name) = &provider.name {
                resolved
                    .alone
                    .entry(name.0.clone())
                    .and_modify(|only| *only = None)
                    .or_insert_with(|| Some(key.clone()));
            }
            let region = self.provider_region(configuration, provider, &variables);
            resolved.configured.insert(key.clone(), region);
        }
        resolved
    }

    /// Whether the configuration sets an attribute of a resource; also if it cannot be
    /// told.
    fn sets(&self, change: &ResourceChange<'a>, attribute: &str) -> bool {
        let sets = self.configuration().and_then(|configuration| {
            in_module(configuration, change, &mut |scope| {
                let block = scope
                    .module
                    .block(word(change.mode), &change.kind, &change.name)?;
                match block.expressions {
                    None => Some(false),
                    Some(raw) => {
                        let expressions: Map<'a, &'a RawValue> = read(raw).ok()?;
                        Some(expressions.get(attribute).is_some())
                    }
                }
            })
            .flatten()
        });
        sets.unwrap_or(true)
    }

    fn provider_region(
        &self,
        configuration: &Configuration<'a>,
        provider: &Provider<'a>,
        variables: &Variables<'a>,
    ) -> Option<Cow<'a, str>> {
        let expressions: Map<'a, &'a RawValue> = read(provider.expressions?).ok()?;
        let region = *expressions.get("region")?;
        let aws = provider.is("aws");
        let region = in_its_module(configuration, provider, &mut |scope| {
            self.constant(region, scope, aws.then_some(variables), 0)
        })
        .flatten()?;
        (!region.is_empty() && (!aws || is_aws_region(&region))).then_some(region)
    }

    /// Evaluates an expression that is a constant string, or, where variables may be read,
    /// nothing but one variable.
    pub(super) fn constant(
        &self,
        raw: &'a RawValue,
        scope: &Scope<'_, 'a>,
        variables: Option<&Variables<'a>>,
        depth: usize,
    ) -> Option<Cow<'a, str>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let expression: Map<'a, &'a RawValue> = read(raw).ok()?;
        if let Some(constant) = expression.get("constant_value") {
            return read::<Text<'a>>(constant).ok().map(|text| text.0);
        }
        let variables = variables?;
        let references = references_of(&expression)?;
        let [reference] = references.as_slice() else {
            return None;
        };
        let name = reference
            .strip_prefix("var.")
            .filter(|name| !name.contains(['.', '[']))?;
        let declared = scope
            .module
            .variables
            .as_ref()
            .and_then(|variables| variables.get(name));
        if declared.is_some_and(|variable| variable.sensitive == Some(true)) {
            return None;
        }
        let given = match scope.called {
            Some((parent, call, _)) => {
                let arguments: Map<'a, &'a RawValue> =
                    call.expressions.and_then(|raw| read(raw).ok())?;
                match arguments.get(name) {
                    Some(argument) => {
                        return self.constant(argument, parent, Some(variables), depth + 1);
                    }
                    None => None,
                }
            }
            None => variables
                .get_or_init(|| self.variables.and_then(|raw| read(raw).ok()))
                .as_ref()
                .and_then(|variables| variables.get(name)?.value),
        };
        let value = given.or_else(|| declared.and_then(|variable| variable.default))?;
        read::<Text<'a>>(value).ok().map(|text| text.0)
    }
}

/// Runs `f` on the module that configures a provider.
pub(super) fn in_its_module<'a, R>(
    configuration: &Configuration<'a>,
    provider: &Provider<'a>,
    f: &mut dyn FnMut(&Scope<'_, 'a>) -> R,
) -> Option<R> {
    let root = Scope {
        module: &configuration.root,
        called: None,
    };
    let address = provider
        .module_address
        .as_ref()
        .map(|address| without_keys(&address.0));
    let names = address
        .as_ref()
        .map(|address| module_names(address))
        .unwrap_or_default();
    root.at(&names, f)
}

/// Whether the full name of a provider, or its short one of before 0.13, is that of AWS.
fn is_aws(provider: &str) -> bool {
    provider.rsplit('/').next() == Some("aws")
}

/// Whether a text has the form of an AWS region (`eu-central-1`, `us-gov-west-1`): the
/// plan does not tell `var.continent` from `"${var.continent}-central-1"`.
fn is_aws_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [words @ .., number] if words.len() >= 2 => {
            words
                .iter()
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::PlanText;

    /// The region of `aws_x.y`, which has `attributes`, in a plan with `variables` and `configuration`.
    fn region(
        module: &str,
        attributes: &str,
        variables: &str,
        configuration: &str,
    ) -> Option<String> {
        let text = format!(
            r#"{{"format_version":"1.2","variables":{variables},"configuration":{configuration},"resource_changes":[{{"address":"{module}aws_x.y"{},"mode":"managed","type":"aws_x","name":"y","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["update"],"before":{{}},"after":{attributes},"after_unknown":{{}},"after_sensitive":{{}}}}}}]}}"#,
            module
                .strip_suffix('.')
                .map(|module| format!(r#","module_address":"{module}""#))
                .unwrap_or_default(),
        );
        let text = PlanText::from_bytes(text.into_bytes()).unwrap();
        let plan = text.read().unwrap();
        plan.region(&plan.changes[0])
            .map(std::borrow::Cow::into_owned)
    }

    const BLOCK: &str =
        r#""resources":[{"mode":"managed","type":"aws_x","name":"y","provider_config_key":"KEY"}]"#;

    fn root(key: &str, providers: &str, more: &str) -> String {
        format!(
            r#"{{"provider_config":{providers},"root_module":{{{}{more}}}}}"#,
            BLOCK.replace("KEY", key)
        )
    }

    #[test]
    fn a_region_that_the_provider_computes_is_the_providers() {
        for (expressions, expected) in [
            (r#"{"bucket":{"constant_value":"b"}}"#, Some("eu-west-1")),
            (r#"{"region":{"references":["var.region"]}}"#, None),
            (r#"{"region":{}}"#, None),
        ] {
            let text = format!(
                r#"{{"format_version":"1.2","configuration":{{"provider_config":{{"aws":{{"name":"aws","expressions":{{"region":{{"constant_value":"eu-west-1"}}}}}}}},"root_module":{{"resources":[{{"mode":"managed","type":"aws_x","name":"y","provider_config_key":"aws","expressions":{expressions}}}]}}}},"resource_changes":[{{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"region":true}}}}}}]}}"#
            );
            let text = PlanText::from_bytes(text.into_bytes()).unwrap();
            let plan = text.read().unwrap();
            assert_eq!(
                plan.region(&plan.changes[0]).as_deref(),
                expected,
                "{expressions}"
            );
        }
    }

    #[test]
    fn a_region_is_resolved_or_not_told() {
        const CONSTANT: &str =
            r#"{"aws":{"name":"aws","expressions":{"region":{"constant_value":"eu-west-1"}}}}"#;
        const TWO: &str = r#"{"aws":{"name":"aws","expressions":{"region":{"constant_value":"eu-west-1"}}},"aws.us":{"name":"aws","alias":"us","expressions":{"region":{"constant_value":"us-east-1"}}}}"#;
        const VARIABLE: &str =
            r#"{"aws":{"name":"aws","expressions":{"region":{"references":["var.region"]}}}}"#;
        const VALUE: &str = r#"{"region":{"value":"eu-west-2"}}"#;
        for (attributes, variables, configuration, expected) in [
            // Its own comes first.
            (
                r#"{"region":"us-west-2"}"#,
                "{}",
                root("aws", CONSTANT, ""),
                Some("us-west-2"),
            ),
            (
                r#"{"region":null}"#,
                "{}",
                root("aws", CONSTANT, ""),
                Some("eu-west-1"),
            ),
            ("{}", "{}", root("aws", CONSTANT, ""), Some("eu-west-1")),
            ("{}", "{}", root("aws.us", TWO, ""), Some("us-east-1")),
            // Variables of the root module.
            ("{}", VALUE, root("aws", VARIABLE, ""), Some("eu-west-2")),
            ("{}", "{}", root("aws", VARIABLE, ""), None),
            (
                "{}",
                "{}",
                root(
                    "aws",
                    VARIABLE,
                    r#","variables":{"region":{"default":"eu-west-3"}}"#,
                ),
                Some("eu-west-3"),
            ),
            (
                "{}",
                VALUE,
                root(
                    "aws",
                    VARIABLE,
                    r#","variables":{"region":{"sensitive":true}}"#,
                ),
                None,
            ),
            // What another provider calls a region may be any variable.
            (
                "{}",
                VALUE,
                root("own", &VARIABLE.replace("aws", "own"), ""),
                None,
            ),
            (
                "{}",
                VALUE,
                root(
                    "aws",
                    &VARIABLE.replace(
                        r#""name":"aws""#,
                        r#""name":"aws","full_name":"example.org/other/own""#,
                    ),
                    "",
                ),
                None,
            ),
            (
                "{}",
                "{}",
                root("own", &CONSTANT.replace("aws", "own"), ""),
                Some("eu-west-1"),
            ),
            (
                "{}",
                r#"{"region":{"value":"eu"}}"#,
                root("aws", VARIABLE, ""),
                None,
            ),
            (
                "{}",
                r#"{"region":{"value":["eu-west-2"]}}"#,
                root("aws", VARIABLE, ""),
                None,
            ),
            // What the plan does not tell.
            (
                "{}",
                VALUE,
                root(
                    "aws",
                    r#"{"aws":{"name":"aws","expressions":{"region":{"references":["var.region","local.x"]}}}}"#,
                    "",
                ),
                None,
            ),
            (
                "{}",
                VALUE,
                root(
                    "aws",
                    r#"{"aws":{"name":"aws","expressions":{"region":{"references":["local.region"]}}}}"#,
                    "",
                ),
                None,
            ),
            (
                "{}",
                VALUE,
                root(
                    "aws",
                    r#"{"aws":{"name":"aws","expressions":{"region":{}}}}"#,
                    "",
                ),
                None,
            ),
            (
                "{}",
                VALUE,
                root("aws", r#"{"aws":{"name":"aws"}}"#, ""),
                None,
            ),
            ("{}", "{}", root("gone:aws", TWO, ""), None),
            (
                "{}",
                "{}",
                root("gone:aws", CONSTANT, ""),
                Some("eu-west-1"),
            ),
            (
                "{}",
                "{}",
                r#"{"root_module":{},"root_module":{}}"#.to_owned(),
                None,
            ),
        ] {
            let found = region("", attributes, variables, &configuration);
            assert_eq!(
                found.as_deref(),
                expected,
                "{attributes} {variables} {configuration}"
            );
        }
    }

    #[test]
    fn a_variable_is_followed_through_module_calls() {
        let configuration = format!(
            r#"{{"provider_config":{{"module.a:aws":{{"name":"aws","module_address":"module.a","expressions":{{"region":{{"references":["var.where"]}}}}}}}},"root_module":{{"module_calls":{{"a":{{"expressions":{{"where":{{"references":["var.region"]}}}},"module":{{{}}}}}}}}}}}"#,
            BLOCK.replace("KEY", "module.a:aws")
        );
        let found = region(
            "module.a.",
            "{}",
            r#"{"region":{"value":"ap-south-1"}}"#,
            &configuration,
        );
        assert_eq!(found.as_deref(), Some("ap-south-1"));
    }
}
