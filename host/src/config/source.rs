//! The keys of `[environments.NAME.secrets]` for secrets that are in no file of the repository.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use tollgate_secrets::Selector;
use tollgate_secrets::source::CommandOutput;

use super::read::{At, Fields, Mistake, Mistakes, Node, entries, items, text, word, wrong_type};
use super::secrets::{selector, texts};
use crate::routing::OtherSource;

/// At most one of `command`, `aws-secrets-manager`, `variables` and `prefix`, and what belongs to it.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SourceTable {
    /// A command that prints the secrets, instead of files: the program and its arguments, such as
    /// `["vault", "kv", "get", "-format=json", "secret/app"]`. No shell; it runs beside this file.
    command: Option<At<Vec<String>>>,
    /// What the command prints: `json`, an object, or `dotenv`, lines of `NAME=value`. Default: `json`.
    #[schemars(with = "Option<PrintedShape>")]
    format: Option<At<CommandOutput>>,
    /// The path of the object with the secrets in what the command prints or the secret holds,
    /// such as `data.data`.
    #[schemars(with = "Option<String>")]
    at: Option<At<Selector>>,
    /// A secret of AWS Secrets Manager, instead of files: its name or ARN. It holds a JSON object,
    /// unless `as-value` is set.
    aws_secrets_manager: Option<At<String>>,
    /// The region of the secret. Default: that of its ARN, or of the AWS configuration.
    region: Option<At<String>>,
    /// The profile of the AWS configuration. Default: `AWS_PROFILE`.
    profile: Option<At<String>>,
    /// The ARN of a role that is assumed to read the secret.
    role: Option<At<String>>,
    /// The staging label of the version. Default: `AWSCURRENT`.
    stage: Option<At<String>>,
    /// The name that the whole value of the secret gets, whatever it is.
    as_value: Option<At<String>>,
    /// Variables of the environment that hold the secrets, instead of files: their names, or a
    /// table of the name that each gets and the variable. All have to be set.
    #[schemars(with = "Option<VariablesShape>")]
    variables: Option<At<Vec<(String, String)>>>,
    /// What the variables of the environment begin with that hold the secrets, instead of files;
    /// each is called by the rest of its name.
    prefix: Option<At<String>>,
}

/// What a command may print.
#[derive(JsonSchema)]
#[schemars(rename = "Printed", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum PrintedShape {
    /// One JSON object.
    Json,
    /// Lines of `NAME=value`.
    Dotenv,
}

/// What `variables` may be.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum VariablesShape {
    /// Under their own names.
    Names(Vec<String>),
    /// The name that each gets, and the variable.
    Renamed(BTreeMap<String, String>),
}

const OUTPUTS: [(&str, CommandOutput); 2] = [
    ("json", CommandOutput::Json),
    ("dotenv", CommandOutput::Dotenv),
];

impl SourceTable {
    /// Takes the keys, and checks that they go together and with `files`, where those are.
    pub(super) fn read(
        fields: &mut Fields<'_, '_>,
        files: Option<Range<usize>>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let table = Self {
            command: fields.take("command", mistakes, command),
            format: fields.take("format", mistakes, |node, mistakes| {
                word(node, &OUTPUTS, mistakes)
            }),
            at: fields.take("at", mistakes, selector),
            aws_secrets_manager: fields.take("aws-secrets-manager", mistakes, text),
            region: fields.take("region", mistakes, text),
            profile: fields.take("profile", mistakes, text),
            role: fields.take("role", mistakes, text),
            stage: fields.take("stage", mistakes, text),
            as_value: fields.take("as-value", mistakes, text),
            variables: fields.take("variables", mistakes, variables),
            prefix: fields.take("prefix", mistakes, |node, mistakes| {
                let prefix = text(node, mistakes)?;
                variable_name(&prefix, &node.span(), mistakes).then_some(prefix)
            }),
        };
        table.check(fields, files, mistakes);
        table
    }

    /// The sources that are named, in the order of the file.
    fn sources(&self) -> Vec<(&'static str, Range<usize>)> {
        let mut sources: Vec<_> = [
            ("command", span(self.command.as_ref())),
            (
                "aws-secrets-manager",
                span(self.aws_secrets_manager.as_ref()),
            ),
            ("variables", span(self.variables.as_ref())),
            ("prefix", span(self.prefix.as_ref())),
        ]
        .into_iter()
        .filter_map(|(key, span)| Some((key, span?)))
        .collect();
        sources.sort_by_key(|(_, span)| span.start);
        sources
    }

    /// Returns the source that is named first, and where.
    pub(super) fn first(&self) -> Option<(&'static str, Range<usize>)> {
        self.sources().into_iter().next()
    }

    fn check(&self, fields: &Fields<'_, '_>, files: Option<Range<usize>>, mistakes: &mut Mistakes) {
        let mut sources = self.sources();
        sources.extend(files.map(|span| ("files", span)));
        sources.sort_by_key(|(_, span)| span.start);
        if let [(first, first_at), others @ ..] = sources.as_slice() {
            for (other, at) in others {
                let title = format!("`{first}` and `{other}` are two sources of the same secrets");
                mistakes.push(
                    Mistake::new(at, title, "")
                        .related(first_at, "first here")
                        .help("keep one"),
                );
            }
        }
        let aws = &["aws-secrets-manager"][..];
        let dependents = [
            ("format", span(self.format.as_ref()), &["command"][..]),
            (
                "at",
                span(self.at.as_ref()),
                &["command", "aws-secrets-manager"][..],
            ),
            ("region", span(self.region.as_ref()), aws),
            ("profile", span(self.profile.as_ref()), aws),
            ("role", span(self.role.as_ref()), aws),
            ("stage", span(self.stage.as_ref()), aws),
            ("as-value", span(self.as_value.as_ref()), aws),
        ];
        for (key, at, needed) in dependents {
            // A source that is there and wrong has a mistake of its own.
            if let Some(at) = at
                && !needed.iter().any(|needed| fields.has(needed))
            {
                let title = format!("`{key}` says nothing without `{}`", needed.join("` or `"));
                mistakes.push(Mistake::new(&at, title, "").help("name the source, or remove it"));
            }
        }
        if let (Some(at), Some(value)) = (&self.at, &self.as_value) {
            let title = "`as-value` takes the whole secret, and `at` a part of it";
            mistakes.push(
                Mistake::new(&value.span, title, "")
                    .related(&at.span, "the part")
                    .help("keep one"),
            );
        }
    }

    /// Returns what is named.
    pub(super) fn other(&self) -> Option<OtherSource> {
        let own = |key: &Option<At<String>>| key.as_ref().map(|key| key.value.clone());
        let at = || self.at.as_ref().map(|at| at.value.clone());
        if let Some(command) = &self.command {
            let (program, arguments) = command.value.split_first()?;
            return Some(OtherSource::Command {
                program: program.clone(),
                arguments: arguments.to_vec(),
                output: self
                    .format
                    .as_ref()
                    .map_or(CommandOutput::Json, |format| format.value),
                at: at(),
            });
        }
        if let Some(id) = &self.aws_secrets_manager {
            return Some(OtherSource::AwsSecretsManager {
                id: id.value.clone(),
                region: own(&self.region),
                profile: own(&self.profile),
                role: own(&self.role),
                stage: own(&self.stage),
                at: at(),
                as_value: own(&self.as_value),
            });
        }
        let variables = self.variables.as_ref();
        variables
            .map(|variables| OtherSource::Variables(variables.value.clone()))
            .or_else(|| own(&self.prefix).map(OtherSource::Prefix))
    }
}

fn span<T>(key: Option<&At<T>>) -> Option<Range<usize>> {
    key.map(|key| key.span.clone())
}

/// A program and its arguments; arguments may be empty and may be given twice.
fn command(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    if node.get_ref().is_str() {
        mistakes.push(
            wrong_type(node, "an array").help(
                "write each word on its own: `[\"vault\", \"kv\", \"get\"]`; there is no shell",
            ),
        );
        return None;
    }
    let mut words = Vec::new();
    for item in items(node, mistakes)? {
        // Only the program has to be something.
        let word = if words.is_empty() {
            text(item, mistakes)?
        } else if let Some(word) = item.get_ref().as_str() {
            word.to_owned()
        } else {
            mistakes.push(wrong_type(item, "a string"));
            return None;
        };
        if word.contains('\0') {
            mistakes.push(Mistake::new(
                &item.span(),
                "no argument can have a zero byte",
                "",
            ));
            return None;
        }
        words.push(word);
    }
    if words.is_empty() {
        mistakes.push(
            Mistake::new(
                &node.span(),
                "a command without a program",
                "nothing to run",
            )
            .help("name the program, and then its arguments"),
        );
        return None;
    }
    Some(words)
}

fn variables(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    if node.get_ref().is_array() {
        for name in texts(node, mistakes)? {
            if variable_name(&name.value, &name.span, mistakes) {
                pairs.push((name.value.clone(), name.value));
            }
        }
    } else if node.get_ref().is_table() {
        for (key, node) in entries(node, mistakes)? {
            if let Some(variable) = text(node, mistakes)
                && variable_name(&variable, &node.span(), mistakes)
            {
                pairs.push((key.get_ref().to_string(), variable));
            }
        }
    } else {
        mistakes.push(wrong_type(node, "an array of names, or a table"));
        return None;
    }
    if pairs.is_empty() && empty(node) {
        mistakes.push(
            Mistake::new(&node.span(), "no variable", "nothing would be secret")
                .help("name variables of the environment"),
        );
    }
    Some(pairs)
}

fn empty(node: &Node<'_>) -> bool {
    let node = node.get_ref();
    node.as_array().is_some_and(|array| array.is_empty())
        || node.as_table().is_some_and(|table| table.is_empty())
}

/// What a variable can be called.
fn variable_name(name: &str, span: &Range<usize>, mistakes: &mut Mistakes) -> bool {
    let fits = !name.contains(['=', '\0']);
    if !fits {
        let title = "no variable can be called so";
        mistakes.push(Mistake::new(span, title, "").help("give its name, not its value"));
    }
    fits
}
