//! Functions, and what makes them privileged.

use std::collections::BTreeMap;

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Attr, Change};
use tollgate_policy_common::reference::blocks;

use crate::settings::Settings;

/// Each type of function, with its name and the attributes that are its code.
pub const FUNCTIONS: &[(&str, &str, &[&str])] = &[
    (
        "aws_lambda_function",
        "function_name",
        &[
            "source_code_hash",
            "filename",
            "image_uri",
            "s3_bucket",
            "s3_key",
            "s3_object_version",
            "handler",
            "layers",
        ],
    ),
    (
        "google_cloudfunctions_function",
        "name",
        &[
            "source_archive_bucket",
            "source_archive_object",
            "entry_point",
        ],
    ),
    (
        "google_cloudfunctions2_function",
        "name",
        &[
            "build_config[0].source[0].storage_source[0].bucket",
            "build_config[0].source[0].storage_source[0].object",
            "build_config[0].entry_point",
        ],
    ),
    ("azurerm_linux_function_app", "name", &["zip_deploy_file"]),
    ("azurerm_windows_function_app", "name", &["zip_deploy_file"]),
    // It sees every request.
    ("aws_cloudfront_function", "name", &["code"]),
];

/// What gives a function rights by naming it: type, attribute, and what the function then does.
pub const NAMED_BY: &[(&str, &str, &str)] = &[
    (
        "aws_api_gateway_authorizer",
        "authorizer_uri",
        "it decides who may call an API",
    ),
    (
        "aws_apigatewayv2_authorizer",
        "authorizer_uri",
        "it decides who may call an API",
    ),
    (
        "aws_cognito_user_pool",
        "lambda_config",
        "it decides who may sign in",
    ),
    (
        "aws_secretsmanager_secret_rotation",
        "rotation_lambda_arn",
        "it reads and writes a secret",
    ),
    (
        "aws_cloudfront_distribution",
        "default_cache_behavior",
        "it runs at the edge, before everything else",
    ),
];

/// What gives rights to a role: type, the attribute with the role, and the one with the rights.
pub const RIGHTS: &[(&str, &str, &str)] = &[
    ("aws_iam_role_policy_attachment", "role", "policy_arn"),
    ("aws_iam_role_policy", "role", "policy"),
];

/// Managed policies with which a role can give itself everything else.
const ADMIN: &[&str] = &[
    "AdministratorAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "AWSOrganizationsFullAccess",
    "AWSKeyManagementServicePowerUser",
    "SecretsManagerReadWrite",
];

/// Which functions and roles are privileged, and why.
#[derive(Debug)]
pub(crate) struct Privileges<'a> {
    settings: &'a Settings,
    /// By block or name.
    roles: BTreeMap<String, String>,
    functions: BTreeMap<String, &'static str>,
}

impl<'a> Privileges<'a> {
    pub(crate) fn of_plan(changes: &[Change], settings: &'a Settings) -> Self {
        let mut privileges = Self {
            settings,
            roles: BTreeMap::new(),
            functions: BTreeMap::new(),
        };
        for change in changes.iter().filter(|change| change.remains()) {
            let kind = change.kind.as_str();
            if let Some((_, path, why)) = NAMED_BY.iter().find(|(named, _, _)| *named == kind) {
                for reference in change.references(path) {
                    for block in blocks(reference) {
                        privileges.functions.insert(block.to_owned(), why);
                    }
                }
            }
            if let Some((_, role, rights)) = RIGHTS.iter().find(|(one, _, _)| *one == kind) {
                let Attr::Known(text) = change.after(rights).text() else {
                    continue;
                };
                let Some(why) = too_much(&text) else { continue };
                if let Attr::Known(role) = change.after(role).text() {
                    privileges.roles.insert(role, why.clone());
                }
                for reference in change.references(role) {
                    for block in blocks(reference) {
                        privileges.roles.insert(block.to_owned(), why.clone());
                    }
                }
            }
        }
        privileges
    }

    /// Why a function is privileged, if it is.
    pub(crate) fn of(&self, change: &Change, name: &str) -> Option<String> {
        if self.settings.calls_privileged(name) || self.settings.calls_privileged(&change.address) {
            return Some("`privileged-functions` names it".to_owned());
        }
        if change.kind == "aws_cloudfront_function" {
            return Some("it runs at the edge, before everything else".to_owned());
        }
        if let Some(why) = self.functions.get(&change.block) {
            return Some((*why).to_owned());
        }
        if change.kind != "aws_lambda_function" {
            return None;
        }
        let by_reference = change
            .references("role")
            .iter()
            .flat_map(|reference| blocks(reference))
            .find_map(|block| self.roles.get(block));
        let by_name = match change.after("role").text() {
            Attr::Known(arn) => arn
                .rsplit_once('/')
                .and_then(|(_, name)| self.roles.get(name)),
            Attr::Unset | Attr::Undetermined(_) => None,
        };
        by_reference.or(by_name).cloned()
    }
}

/// What is too much in a managed policy or a document, if anything is.
fn too_much(text: &str) -> Option<String> {
    if let Some((_, policy)) = text.rsplit_once('/')
        && text.starts_with("arn:")
    {
        return ADMIN
            .contains(&policy)
            .then(|| format!("its role has the policy `{policy}`"));
    }
    let document: Json = serde_json::from_str(text).ok()?;
    let statements = document.get("Statement")?;
    let one = std::slice::from_ref(statements);
    let statements = statements.as_array().map_or(one, Vec::as_slice);
    for statement in statements {
        if statement.get("Effect").and_then(Json::as_str) != Some("Allow") {
            continue;
        }
        let Some(actions) = statement.get("Action") else {
            continue;
        };
        let one = std::slice::from_ref(actions);
        let actions = actions.as_array().map_or(one, Vec::as_slice);
        for action in actions.iter().filter_map(Json::as_str) {
            if action == "*" || action == "*:*" || action.eq_ignore_ascii_case("iam:*") {
                return Some(format!("its role may do `{action}`"));
            }
        }
    }
    None
}
