//! What the configuration is put together from: the modules that it calls, and the providers that it
//! configures.
//!
//! A source may carry credentials (a token in the address of a repository, a key among its parameters),
//! and the expressions of a provider are full of them. Only what is named here leaves.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Plan;
use super::configuration::{Configuration, Module, Provider};
use super::json::{Map, Text, read};
use super::region::Variables;

/// What the configuration names, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sources {
    /// The configurations of providers, those that modules are handed included.
    pub providers: Vec<ProviderSource>,
    /// The modules that are called and that are no directory of the configuration itself.
    pub modules: Vec<ModuleSource>,
}

/// One configuration of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderSource {
    /// Its key in the plan, such as `aws`, `aws.eu` or `module.network:aws`.
    pub key: String,
    /// The module that declares it, without instance keys; none of the root module.
    pub module: Option<String>,
    /// Which provider it is, as the plan names it.
    pub source: Option<String>,
    /// Which versions the configuration allows.
    pub version: Option<String>,
    /// The accounts of AWS, or the subscription of Azure, that it can be about, where constants or
    /// variables say so: that of the role which it assumes, or those which it allows.
    pub accounts: Vec<String>,
    /// Whether a resource is managed with it.
    pub used: bool,
}

/// One call of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModuleSource {
    /// The address of the call, without instance keys.
    pub address: String,
    /// Where it comes from, without credentials.
    pub source: String,
    /// Which versions of a registry's module are allowed.
    pub version: Option<String>,
}

impl Sources {
    /// Whether there is nothing that a policy could say something of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let says_nothing =
            |provider: &ProviderSource| provider.accounts.is_empty() && provider.version.is_none();
        self.modules.is_empty() && self.providers.iter().all(says_nothing)
    }
}

impl<'a> Plan<'a> {
    /// Returns what the configuration is put together from; none where the plan does not say.
    #[must_use]
    pub fn sources(&self) -> Option<Sources> {
        let configuration = self.configuration()?;
        let mut sources = Sources::default();
        let mut used = BTreeSet::new();
        collect(&configuration.root, "", &mut used, &mut sources.modules);
        let variables = OnceLock::new();
        for (key, provider) in configuration.providers.iter().flat_map(Map::iter) {
            let text = |text: &Option<Text<'a>>| text.as_ref().map(|text| text.0.to_string());
            sources.providers.push(ProviderSource {
                key: key.to_string(),
                module: text(&provider.module_address),
                source: text(&provider.full_name).or_else(|| text(&provider.name)),
                version: text(&provider.version),
                accounts: self
                    .accounts(configuration, provider, &variables)
                    .unwrap_or_default(),
                used: used.contains(key.as_ref()),
            });
        }
        Some(sources)
    }

    fn accounts(
        &self,
        configuration: &Configuration<'a>,
        provider: &Provider<'a>,
        variables: &Variables<'a>,
    ) -> Option<Vec<String>> {
        let expressions: Map<'a, &'a RawValue> = read(provider.expressions?).ok()?;
        let constant = |raw: &'a RawValue| {
            super::region::in_its_module(configuration, provider, &mut |scope| {
                self.constant(raw, scope, Some(variables), 0)
            })
            .flatten()
        };
        if provider.is("azurerm") {
            let id = constant(expressions.get("subscription_id")?)?;
            return is_uuid(&id).then(|| vec![id.to_lowercase()]);
        }
        if !provider.is("aws") {
            return None;
        }
        let roles: Option<Vec<Map<'a, &'a RawValue>>> = expressions
            .get("assume_role")
            .and_then(|raw| read(raw).ok());
        // Roles are assumed one after the other, and the last one is used.
        let role = roles
            .as_ref()
            .and_then(|roles| roles.last()?.get("role_arn"))
            .and_then(|raw| constant(raw));
        if let Some(account) = role.as_ref().and_then(|arn| arn.split(':').nth(4)) {
            return is_account(account).then(|| vec![account.to_owned()]);
        }
        let allowed: Map<'a, &'a RawValue> = read(expressions.get("allowed_account_ids")?).ok()?;
        let allowed: Vec<Text<'a>> = read(allowed.get("constant_value")?).ok()?;
        let allowed: Vec<String> = allowed.iter().map(|id| id.0.to_string()).collect();
        allowed
            .iter()
            .all(|account| is_account(account))
            .then_some(allowed)
    }
}

/// Walks through the modules, in the order of their addresses.
fn collect<'m>(
    module: &'m Module<'_>,
    address: &str,
    used: &mut BTreeSet<&'m str>,
    found: &mut Vec<ModuleSource>,
) {
    used.extend(module.provider_keys());
    for (name, call) in &module.calls {
        let address = match address {
            "" => format!("module.{name}"),
            above => format!("{above}.module.{name}"),
        };
        if let Some(source) = &call.source
            && !is_local(source)
        {
            found.push(ModuleSource {
                address: address.clone(),
                source: without_credentials(source),
                version: call.version.as_ref().map(ToString::to_string),
            });
        }
        collect(&call.module, &address, used, found);
    }
}

/// Whether a module is a directory beside the one that calls it.
fn is_local(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"]
        .iter()
        .any(|start| source.starts_with(start))
        || matches!(source, "." | "..")
}

/// What says which version of something is meant, of the parameters that sources have.
const VERSIONS: [&str; 6] = ["ref", "rev", "tag", "digest", "checksum", "version"];

/// Takes user, password and all parameters but those that name a version out of a module's source.
fn without_credentials(source: &str) -> String {
    let (address, parameters) = match source.split_once('?') {
        Some((address, parameters)) => (address, Some(parameters)),
        None => (source, None),
    };
    let mut shown = String::with_capacity(source.len());
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let host = match authority.rsplit_once('@') {
                // Everybody's user of SSH.
                Some(("git", _)) if scheme.ends_with("ssh") => authority,
                Some((_, host)) => host,
                None => authority,
            };
            shown.push_str(scheme);
            shown.push_str("://");
            shown.push_str(host);
            shown.push_str(path);
        }
        None => shown.push_str(address),
    }
    let kept = parameters.into_iter().flat_map(|all| all.split('&'));
    let kept = kept.filter(|parameter| {
        let name = parameter
            .split_once('=')
            .map_or(*parameter, |(name, _)| name);
        VERSIONS.contains(&name)
    });
    for (nth, parameter) in kept.enumerate() {
        shown.push(if nth == 0 { '?' } else { '&' });
        shown.push_str(parameter);
    }
    shown
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    text.split('-').count() == lengths.len()
        && text.split('-').zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::PlanText;
    use super::*;

    fn sources(variables: &str, configuration: &str) -> Option<Sources> {
        let text = format!(
            r#"{{"format_version":"1.2","variables":{variables},"configuration":{configuration},"resource_changes":[]}}"#
        );
        let text = PlanText::from_bytes(text.into_bytes()).unwrap();
        let plan = text.read().unwrap();
        plan.sources()
    }

    fn accounts(name: &str, variables: &str, expressions: &str) -> Vec<String> {
        let configuration = format!(
            r#"{{"provider_config":{{"p":{{"name":"{name}","full_name":"example.org/hashicorp/{name}","expressions":{expressions}}}}},"root_module":{{"variables":{{"token":{{"sensitive":true}},"role":{{}}}}}}}}"#
        );
        sources(variables, &configuration)
            .unwrap()
            .providers
            .remove(0)
            .accounts
    }

    #[test]
    fn the_account_of_a_provider_is_told_where_it_is_one() {
        const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
        let role = format!(r#"{{"assume_role":[{{"role_arn":{{"constant_value":"{ROLE}"}}}}]}}"#);
        assert_eq!(accounts("aws", "{}", &role), ["111122223333"]);
        let variable = r#"{"assume_role":[{"role_arn":{"references":["var.role"]}}]}"#;
        let value = format!(r#"{{"role":{{"value":"{ROLE}"}}}}"#);
        assert_eq!(accounts("aws", &value, variable), ["111122223333"]);
        let allowed =
            r#"{"allowed_account_ids":{"constant_value":["111122223333","444455556666"]}}"#;
        assert_eq!(
            accounts("aws", "{}", allowed),
            ["111122223333", "444455556666"]
        );
        let id = "0F5B6C2E-1111-2222-3333-0123456789ab";
        let subscription = format!(r#"{{"subscription_id":{{"constant_value":"{id}"}}}}"#);
        assert_eq!(
            accounts("azurerm", "{}", &subscription),
            [id.to_lowercase()]
        );
        for (name, variables, expressions) in [
            // A value that is none may be anything.
            ("aws", r#"{"role":{"value":"hunter2:a:b:c:d"}}"#, variable),
            (
                "aws",
                "{}",
                r#"{"assume_role":[{"role_arn":{"references":["var.token"]}}]}"#,
            ),
            (
                "aws",
                r#"{"token":{"value":"arn:aws:iam::111122223333:role/x"}}"#,
                r#"{"assume_role":[{"role_arn":{"references":["var.token"]}}]}"#,
            ),
            (
                "aws",
                "{}",
                r#"{"allowed_account_ids":{"constant_value":["hunter2"]}}"#,
            ),
            (
                "aws",
                "{}",
                r#"{"allowed_account_ids":{"references":["var.role"]}}"#,
            ),
            (
                "azurerm",
                "{}",
                r#"{"subscription_id":{"constant_value":"hunter2"}}"#,
            ),
            ("vault", "{}", &role),
            ("aws", "{}", r#"{"assume_role":"damaged"}"#),
        ] {
            assert_eq!(
                accounts(name, variables, expressions),
                Vec::<String>::new(),
                "{expressions}"
            );
        }
    }

    #[test]
    fn modules_and_providers_are_listed() {
        let found = sources(
            "{}",
            r#"{"provider_config":{
                "aws":{"name":"aws","full_name":"example.org/hashicorp/aws","version_constraint":"~> 5.0"},
                "aws.eu":{"name":"aws","full_name":"example.org/hashicorp/aws","alias":"eu"},
                "module.a:aws":{"name":"aws","module_address":"module.a","version_constraint":">= 4.0"}},
              "root_module":{"resources":[{"mode":"managed","type":"aws_x","name":"y","provider_config_key":"aws"},{"mode":"data","type":"aws_x","name":"y","provider_config_key":"aws.eu"}],
                "module_calls":{
                  "a":{"source":"./a","module":{"module_calls":{"b":{"source":"acme/b/aws","version_constraint":"1.2.3","module":{}}}}},
                  "c":{"source":"git::https://user:hunter2@example.org/c.git//sub?ref=v1&sshkey=hunter2"}}}}"#,
        )
        .unwrap();
        let modules: Vec<_> = found
            .modules
            .iter()
            .map(|module| {
                (
                    module.address.as_str(),
                    module.source.as_str(),
                    module.version.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            modules,
            [
                ("module.a.module.b", "acme/b/aws", Some("1.2.3")),
                (
                    "module.c",
                    "git::https://example.org/c.git//sub?ref=v1",
                    None
                ),
            ]
        );
        let providers: Vec<_> = found
            .providers
            .iter()
            .map(|provider| {
                (
                    provider.key.as_str(),
                    provider.version.as_deref(),
                    provider.used,
                )
            })
            .collect();
        assert_eq!(
            providers,
            [
                ("aws", Some("~> 5.0"), true),
                ("aws.eu", None, false),
                ("module.a:aws", Some(">= 4.0"), false),
            ]
        );
        assert!(!found.is_empty());
        assert!(sources("{}", r#"{"root_module":{}}"#).unwrap().is_empty());
        assert_eq!(sources("{}", r#"{"root_module":[]}"#), None);
    }

    #[test]
    fn sources_are_shown_without_credentials() {
        for (source, shown) in [
            ("acme/net/aws", "acme/net/aws"),
            (
                "github.com/acme/net?ref=v1.0",
                "github.com/acme/net?ref=v1.0",
            ),
            ("git@github.com:acme/net.git", "git@github.com:acme/net.git"),
            (
                "git::ssh://git@example.org/net.git?ref=v1&depth=1",
                "git::ssh://git@example.org/net.git?ref=v1",
            ),
            (
                "git::https://hunter2@example.org/net.git",
                "git::https://example.org/net.git",
            ),
            (
                "git::https://a:hunter2@example.org",
                "git::https://example.org",
            ),
            (
                "git::ssh://me:hunter2@example.org/net",
                "git::ssh://example.org/net",
            ),
            (
                "https://example.org/net.zip?token=hunter2&checksum=sha256:ab",
                "https://example.org/net.zip?checksum=sha256:ab",
            ),
            (
                "s3::https://s3.amazonaws.com/b/net.zip?aws_access_key_secret=hunter2",
                "s3::https://s3.amazonaws.com/b/net.zip",
            ),
        ] {
            assert_eq!(without_credentials(source), shown);
        }
    }
}
