//! `[environments.NAME.secrets]`

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use tollgate_secrets::Selector;

use super::read::{At, Fields, Mistake, Mistakes, Node, boolean, entries, items, text, wrong_type};
use super::source::SourceTable;
use super::{Config, ConfigError};
use crate::diagnostic::quoted;
use crate::environment::{SecretsSettings, protected_by_name};

/// Where the secrets of an environment are, and who they are for.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename = "Secrets", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SecretsTable {
    /// The encrypted files, relative to this one. Without them conventions hold, such as
    /// `secrets.NAME.enc.yaml`.
    #[schemars(default)]
    pub(super) files: Vec<At<PathBuf>>,
    #[schemars(flatten)]
    pub(super) source: SourceTable,
    /// Variables that are not called as in the file: the name, and the path in the file, such as
    /// `database.password`, `hosts[0]` or `.` for the whole document.
    #[schemars(default, with = "BTreeMap<String, String>")]
    pub(super) map: BTreeMap<String, At<Selector>>,
    /// Who may read these secrets, as the files name them: age and SSH public keys, ARNs. A file
    /// with any other recipient is refused.
    pub(super) recipients: Option<At<Vec<String>>>,
    /// The path in the file of the environment's name or alias. A file that says another one, or
    /// none, is refused.
    #[schemars(with = "Option<String>")]
    pub(super) environment_marker: Option<At<Selector>>,
    /// Keys of the files that are for something other than the variables of the configuration.
    #[schemars(default)]
    pub(super) other_keys: Vec<String>,
    /// Whether `exec --env` without a `--prefix` hands over only what the configuration names: in
    /// `map`, `other-keys`, or a source's `variables` or `prefix`. Default: false; then names that
    /// may steer programs need `map`, and the others are handed over in upper case.
    pub(super) named_only: Option<At<bool>>,
    /// Whether `TF_ENCRYPTION` in these secrets may have OpenTofu run a program, such as the key
    /// provider `external` does. Default: false.
    pub(super) encryption_runs_programs: Option<At<bool>>,
}

/// What `secrets` may be: the table, or the path of the only file.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum SecretsShape {
    /// The only file.
    File(String),
    /// More than a file.
    Table(Box<SecretsTable>),
}

impl SecretsTable {
    pub(super) fn read(node: &Node<'_>, name: String, mistakes: &mut Mistakes) -> Option<Self> {
        if node.get_ref().is_str() {
            return Some(Self {
                files: vec![At {
                    value: PathBuf::from(text(node, mistakes)?),
                    span: node.span(),
                }],
                ..Self::default()
            });
        }
        if !node.get_ref().is_table() {
            mistakes.push(wrong_type(node, "a path or a table"));
            return None;
        }
        let mut fields = Fields::of(node, name, mistakes)?;
        let files = fields.take("files", mistakes, texts);
        let files_at = files.as_ref().map(|files| files.span.clone());
        let table = Self {
            source: SourceTable::read(&mut fields, files_at, mistakes),
            files: files
                .map(|files| files.value)
                .unwrap_or_default()
                .into_iter()
                .map(|file| At {
                    value: PathBuf::from(file.value),
                    span: file.span,
                })
                .collect(),
            map: fields
                .take("map", mistakes, |node, mistakes| {
                    let mut map = BTreeMap::new();
                    for (key, node) in entries(node, mistakes)? {
                        if let Some(selector) = selector(node, mistakes) {
                            let span = node.span();
                            let selector = At {
                                value: selector,
                                span,
                            };
                            map.insert(key.get_ref().to_string(), selector);
                        }
                    }
                    Some(map)
                })
                .map(|map| map.value)
                .unwrap_or_default(),
            recipients: fields.take("recipients", mistakes, |node, mistakes| {
                let recipients = texts(node, mistakes)?;
                if recipients.is_empty() {
                    mistakes.push(
                        Mistake::new(
                            &node.span(),
                            "nobody could read these secrets",
                            "no recipient",
                        )
                        .help("name recipients, or leave the key out"),
                    );
                }
                Some(recipients.into_iter().map(|item| item.value).collect())
            }),
            environment_marker: fields.take("environment-marker", mistakes, selector),
            other_keys: fields
                .take("other-keys", mistakes, texts)
                .map(|keys| keys.value)
                .unwrap_or_default()
                .into_iter()
                .map(|key| key.value)
                .collect(),
            named_only: fields.take("named-only", mistakes, boolean),
            encryption_runs_programs: fields.take("encryption-runs-programs", mistakes, boolean),
        };
        if let (Some((key, first)), Some(recipients)) = (table.source.first(), &table.recipients) {
            let title = format!("`recipients` is for encrypted files, and `{key}` is none");
            mistakes.push(
                Mistake::new(&recipients.span, title, "nothing would check it")
                    .related(&first, "the secrets come from here")
                    .help("leave it out; the source itself decides who may read it"),
            );
        }
        fields.finish(mistakes);
        Some(table)
    }
}

/// Texts, each once.
pub(super) fn texts(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let mut texts: Vec<At<String>> = Vec::new();
    for item in items(node, mistakes)? {
        let Some(value) = text(item, mistakes) else {
            continue;
        };
        let span = item.span();
        if let Some(first) = texts.iter().find(|first| first.value == value) {
            let title = format!("{} is given twice", quoted(&value));
            mistakes.push(Mistake::new(&span, title, "").related(&first.span, "first here"));
            continue;
        }
        texts.push(At { value, span });
    }
    Some(texts)
}

pub(super) fn selector(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Selector> {
    let text = text(node, mistakes)?;
    match text.parse() {
        Ok(selector) => Some(selector),
        Err(error) => {
            let error: tollgate_secrets::SelectorError = error;
            let title = format!("{} is no path in a file", quoted(&text));
            mistakes.push(Mistake::new(&node.span(), title, "").help(error.to_string()));
            None
        }
    }
}

impl Config {
    /// Returns where the secrets of an environment are and who they are for, by the environment's
    /// name or alias.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed.
    pub fn secrets(&self, name: Option<&str>) -> Result<SecretsSettings, ConfigError> {
        let name = self.environment_name(name)?;
        let table = self.file.environments.get(&name);
        let secrets = table.and_then(|table| table.secrets.as_ref());
        let project = &self.file.project;
        let set = |own: Option<&At<bool>>, project: Option<&At<bool>>| {
            own.or(project).is_some_and(|key| key.value)
        };
        let resolve = |file: &At<PathBuf>| self.resolve(&file.value);
        Ok(SecretsSettings {
            protected: table
                .and_then(|table| table.protected.as_ref())
                .map_or_else(|| protected_by_name(&name), |key| key.value),
            aliases: self.names_for(&name),
            files: secrets
                .map(|secrets| secrets.files.iter().map(resolve).collect())
                .unwrap_or_default(),
            source: secrets.and_then(|secrets| secrets.source.other()),
            map: secrets
                .map(|secrets| {
                    let pair =
                        |(name, at): (&String, &At<Selector>)| (name.clone(), at.value.clone());
                    secrets.map.iter().map(pair).collect()
                })
                .unwrap_or_default(),
            recipients: secrets
                .and_then(|secrets| secrets.recipients.as_ref())
                .map(|recipients| recipients.value.clone()),
            marker: secrets
                .and_then(|secrets| secrets.environment_marker.as_ref())
                .map(|marker| marker.value.clone()),
            other_keys: secrets
                .map(|secrets| secrets.other_keys.clone())
                .unwrap_or_default(),
            named_only: secrets
                .and_then(|secrets| secrets.named_only.as_ref())
                .is_some_and(|key| key.value),
            encryption_runs_programs: secrets
                .and_then(|secrets| secrets.encryption_runs_programs.as_ref())
                .is_some_and(|key| key.value),
            isolated: set(
                table.and_then(|table| table.isolated.as_ref()),
                project.isolated.as_ref(),
            ),
            separate_identities: set(
                table.and_then(|table| table.separate_identities.as_ref()),
                project.separate_identities.as_ref(),
            ),
            environment: name,
        })
    }
}
