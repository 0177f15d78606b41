//! Files of cases: what a policy is asked, and what it is expected to find.

use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_model::error::UserError;
use tollgate_model::rule::{Cause, Outcome};
use tollgate_policy::Path as AttributePath;
use toml::de::DeTable;

use super::inline::{self, Change, InlineError, Output, Part};
use super::module;
use super::tree::Tree;
use crate::config::read::{
    self, At, Fields, Mistake, Mistakes, Node, boolean, entries, items, json, text, word,
    wrong_type,
};
use crate::config::syntax;
use crate::diagnostic::{Diagnostic, Place, SourceFile, quoted};
use crate::environment::protected_by_name;

/// The largest file of cases that is read, in bytes.
const MAX_SIZE: u64 = 8 << 20;

/// The most files of cases of a folder.
const MAX_FILES: usize = 1_000;

/// A file of cases.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Where it is.
    pub path: PathBuf,
    /// As it was named and read.
    pub source: Arc<SourceFile>,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows; unique in its file.
    pub name: At<String>,
    /// What is judged.
    pub plan: PlanOf,
    /// The name of the environment, and whether it is protected.
    pub environment: (String, bool),
    /// The settings of the policy, and where they are written, if they are.
    pub settings: (Json, Option<Range<usize>>),
    /// Documents that the policy reads, by name.
    pub documents: Vec<(String, At<Content>)>,
    /// What is expected; none only where it is to be written down.
    pub expected: Option<Expected>,
}

/// The plan of a case.
#[derive(Clone, Debug)]
pub enum PlanOf {
    /// A file, relative to the file of cases.
    File(At<PathBuf>),
    /// What the case writes out, as JSON; and the places of its changes.
    Inline {
        /// The plan.
        text: String,
        /// Every `[[case.changes]]`, with its address.
        changes: Vec<At<String>>,
        /// What they say of attributes that neither side has.
        named: Vec<Named>,
    },
}

/// An attribute of which a change says something besides its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The address of the change.
    pub address: String,
    /// `after_unknown` or `references`.
    pub key: &'static str,
    /// The attribute.
    pub path: AttributePath,
    /// As it is written.
    pub shown: String,
}

/// A document of a case.
#[derive(Clone, Debug)]
pub enum Content {
    /// A file, relative to the file of cases.
    File(PathBuf),
    /// Written out.
    Inline(String),
}

/// What a case expects.
#[derive(Clone, Debug)]
pub enum Expected {
    /// These findings.
    Findings {
        /// In the order of the file.
        list: Vec<Expectation>,
        /// The value of `expect`.
        at: Range<usize>,
        /// Whether others may be there too.
        others: bool,
    },
    /// That the policy cannot judge: a part of what it says, or the code of the failure.
    Error(At<String>),
}

/// A finding that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The rule.
    pub rule: String,
    /// The address; none for a finding about the plan as a whole.
    pub address: Option<String>,
    /// The deposed key.
    pub deposed: Option<String>,
    /// What the policy says.
    pub outcome: Outcome,
    /// Where it comes from, if that matters.
    pub cause: Option<Cause>,
    /// A part of the message, if that matters.
    pub message: Option<String>,
    /// The attributes, if they matter.
    pub attributes: Option<Vec<String>>,
    /// Where it is written.
    pub at: Range<usize>,
}

/// Why cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A file cannot be read.
    #[error("cannot read the cases in {}: {cause}", quoted(.path))]
    Read {
        /// As it was named.
        path: String,
        /// From the operating system.
        cause: std::io::Error,
    },
    /// A file is larger than any that people write.
    #[error("{} is larger than {} MiB, which no file of cases is", quoted(.0), MAX_SIZE >> 20)]
    TooLarge(String),
    /// A file is not text.
    #[error("{} is not UTF-8; save it as UTF-8", quoted(.0))]
    NotText(String),
    /// There are none.
    #[error("{} has no cases", quoted(.0))]
    None(String),
    /// There are more files than anybody reads.
    #[error("{} has more than {MAX_FILES} files of cases", quoted(.0))]
    Many(String),
    /// Files have mistakes.
    #[error("{}", rendered(.0, false))]
    Mistakes(Vec<Diagnostic>),
}

impl UserError for CasesError {
    fn help(&self) -> Option<String> {
        match self {
            Self::None(_) => Some(
                "write one, such as tests/cases.toml: `[[case]]` with `name`, `plan` or `changes`, and `expect`"
                    .to_owned(),
            ),
            Self::Read { .. } => Some("name the folder of the policy".to_owned()),
            Self::Many(_) => Some("name one of them: --cases FILE".to_owned()),
            Self::TooLarge(_) | Self::NotText(_) | Self::Mistakes(_) => None,
        }
    }

    fn render(&self, color: bool) -> String {
        match self {
            Self::Mistakes(mistakes) => rendered(mistakes, color),
            other => Diagnostic::of(other).render(color),
        }
    }
}

fn rendered(mistakes: &[Diagnostic], color: bool) -> String {
    let mistakes = mistakes.iter().map(|mistake| mistake.render(color));
    mistakes.collect::<Vec<_>>().join("\n\n")
}

/// Finds the files of cases of a policy: `tests/*.toml` of its folder.
///
/// # Errors
/// When there are none.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, CasesError> {
    in_folder(&module::within(folder, "tests"))
}

/// Returns the files of cases that a path stands for: itself, or those of a folder.
///
/// # Errors
/// When there are none.
pub fn in_folder(path: &Path) -> Result<Vec<PathBuf>, CasesError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = || path.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let file = entry.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
            && file.is_file()
        {
            files.push(file);
        }
        if files.len() > MAX_FILES {
            return Err(CasesError::Many(shown()));
        }
    }
    if files.is_empty() {
        return Err(CasesError::None(shown()));
    }
    files.sort();
    Ok(files)
}

impl CaseFile {
    /// Reads a file of cases. With `to_write` a case may leave out what it expects.
    ///
    /// # Errors
    /// When it cannot be read, or has mistakes: all of them.
    pub fn load(path: &Path, to_write: bool) -> Result<Self, CasesError> {
        let shown = path.display().to_string();
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
            .map_err(|cause| CasesError::Read {
                path: shown.clone(),
                cause,
            })?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(CasesError::TooLarge(shown));
        }
        let text = String::from_utf8(bytes).map_err(|_| CasesError::NotText(shown.clone()))?;
        let source = Arc::new(SourceFile { path: shown, text });
        Self::read(path, source, to_write)
    }

    fn read(path: &Path, source: Arc<SourceFile>, to_write: bool) -> Result<Self, CasesError> {
        let mut mistakes = Vec::new();
        let cases = {
            let (document, errors) = DeTable::parse_recoverable(&source.text);
            if errors.is_empty() {
                file(&document, to_write, &mut mistakes)
            } else {
                mistakes.extend(errors.iter().map(|error| {
                    let mistake = syntax(&source.text, error);
                    match is_null(&source.text, mistake.span.start) {
                        true => mistake.help("TOML has no null: write `{ \"$null\" = true }`"),
                        false => mistake,
                    }
                }));
                Vec::new()
            }
        };
        let file = Self {
            path: path.to_owned(),
            source,
            cases,
        };
        if mistakes.is_empty() && file.cases.is_empty() {
            return Err(CasesError::None(file.source.path.clone()));
        }
        match file.diagnostics(mistakes) {
            none if none.is_empty() => Ok(file),
            some => Err(CasesError::Mistakes(some)),
        }
    }

    /// Ties mistakes to this file, in the order of their places.
    pub(crate) fn diagnostics(&self, mut mistakes: Mistakes) -> Vec<Diagnostic> {
        mistakes.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.title).cmp(&(b.span.start, b.span.end, &b.title))
        });
        mistakes.dedup();
        let mistakes = mistakes.into_iter();
        mistakes
            .map(|mistake| Diagnostic {
                title: mistake.title,
                help: mistake.help,
                place: Some(Place {
                    location: self.source.locate(&mistake.span),
                    label: mistake.label,
                    related: mistake
                        .related
                        .map(|(span, label)| (self.source.locate(&span), label)),
                    file: Arc::clone(&self.source),
                }),
            })
            .collect()
    }

    /// Returns the line of a case.
    #[must_use]
    pub fn line(&self, case: &Case) -> usize {
        self.source.locate(&case.name.span).line
    }

    /// Returns a path that the file names, relative to it.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// Whether JSON's `null` stands where something is wrong.
fn is_null(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let (before, after) = bytes.split_at(at.min(bytes.len()));
    let before = before
        .iter()
        .rev()
        .take_while(|byte| is_letter(byte))
        .count();
    let start = at.min(bytes.len()) - before;
    let length = before + after.iter().take_while(|byte| is_letter(byte)).count();
    bytes.get(start..start + length) == Some(b"null".as_slice())
}

/// What holds for every case of a file that does not say otherwise.
#[derive(Default)]
struct Defaults {
    environment: Option<(String, bool)>,
    settings: Option<(Json, Option<Range<usize>>)>,
    documents: Vec<(String, At<Content>)>,
}

fn file(
    document: &toml::Spanned<DeTable<'_>>,
    to_write: bool,
    mistakes: &mut Mistakes,
) -> Vec<Case> {
    let mut fields = Fields::root(document);
    let defaults = fields
        .take("defaults", mistakes, |node, mistakes| {
            let mut fields = Fields::of(node, "defaults".to_owned(), mistakes)?;
            let defaults = surroundings(&mut fields, mistakes);
            fields.finish(mistakes);
            Some(defaults)
        })
        .map(|defaults| defaults.value)
        .unwrap_or_default();
    let cases = fields
        .take("case", mistakes, |node, mistakes| {
            if node.get_ref().is_table() {
                mistakes.push(
                    wrong_type(node, "an array of tables")
                        .help("write `[[case]]`, with two brackets"),
                );
                return None;
            }
            let cases: Vec<Case> = items(node, mistakes)?
                .into_iter()
                .filter_map(|node| case(node, &defaults, to_write, mistakes))
                .collect();
            Some(cases)
        })
        .map(|cases| cases.value)
        .unwrap_or_default();
    fields.finish(mistakes);
    for (nth, case) in cases.iter().enumerate() {
        let earlier = cases.iter().take(nth);
        if let Some(first) = earlier
            .rev()
            .find(|other| other.name.value == case.name.value)
        {
            let title = format!("two cases are named {}", quoted(&case.name.value));
            mistakes.push(
                Mistake::new(&case.name.span, title, "a report could not tell them apart")
                    .related(&first.name.span, "first here"),
            );
        }
    }
    cases
}

/// Where a policy is asked: environment, settings, documents.
fn surroundings(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Defaults {
    let environment = fields
        .take("environment", mistakes, environment)
        .map(|environment| environment.value);
    let settings = fields
        .take("settings", mistakes, |node, mistakes| {
            if !node.get_ref().is_table() {
                mistakes.push(wrong_type(node, "a table"));
                return None;
            }
            json(node, mistakes)
        })
        .map(|settings| (settings.value, Some(settings.span)));
    let documents = fields
        .take("documents", mistakes, |node, mistakes| {
            let mut documents = Vec::new();
            for (key, node) in entries(node, mistakes)? {
                let content = match node.get_ref().as_str() {
                    Some(path) => Some(Content::File(PathBuf::from(path))),
                    None => json(node, mistakes).map(|json| Content::Inline(json.to_string())),
                };
                if let Some(value) = content {
                    let content = At {
                        value,
                        span: node.span(),
                    };
                    documents.push((key.get_ref().to_string(), content));
                }
            }
            Some(documents)
        })
        .map(|documents| documents.value)
        .unwrap_or_default();
    Defaults {
        environment,
        settings,
        documents,
    }
}

/// `"staging"`, or `{ name = "staging", protected = false }`.
fn environment(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<(String, bool)> {
    if node.get_ref().as_str().is_some() {
        let name = text(node, mistakes)?;
        let protected = protected_by_name(&name);
        return Some((name, protected));
    }
    let mut fields = Fields::of(node, "environment".to_owned(), mistakes)?;
    let name = fields.required("name", mistakes, text);
    let protected = fields.take("protected", mistakes, boolean);
    fields.finish(mistakes);
    let name = name?.value;
    let protected = protected.map_or_else(|| protected_by_name(&name), |value| value.value);
    Some((name, protected))
}

fn case(
    node: &Node<'_>,
    defaults: &Defaults,
    to_write: bool,
    mistakes: &mut Mistakes,
) -> Option<Case> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case".to_owned(), mistakes)?;
    let name = fields.take("name", mistakes, text);
    let file = fields.take("plan", mistakes, |node, mistakes| {
        text(node, mistakes).map(PathBuf::from)
    });
    let has_file = fields.has("plan");
    let mut inline = Vec::new();
    for key in ["changes", "drift"] {
        let list = fields.take(key, mistakes, |node, mistakes| {
            if node.get_ref().is_table() {
                mistakes.push(
                    wrong_type(node, "an array of tables")
                        .help(format!("write `[[case.{key}]]`, with two brackets")),
                );
                return None;
            }
            let list: Vec<At<Change>> = items(node, mistakes)?
                .into_iter()
                .filter_map(|node| change(node, key, mistakes))
                .collect();
            Some(list)
        });
        inline.push(list);
    }
    let outputs = fields.take("outputs", mistakes, |node, mistakes| {
        let list: Vec<At<Output>> = items(node, mistakes)?
            .into_iter()
            .filter_map(|node| output(node, mistakes))
            .collect();
        Some(list)
    });
    let more = fields.take("plan_json", mistakes, |node, mistakes| {
        let tree = tree(node, mistakes)?;
        if matches!(tree, Tree::Object(_)) {
            return Some(tree);
        }
        mistakes.push(Mistake::new(&node.span(), "expected an object", ""));
        None
    });
    let surroundings = surroundings(&mut fields, mistakes);
    let expected = expected(&mut fields, mistakes);
    let expects = fields.has("expect") || fields.has("error");
    fields.finish(mistakes);
    let span = node.span();
    needs(node, "case", "name", name.is_some(), before, mistakes);
    // One key that is misspelt is one mistake.
    if !expects && !to_write && mistakes.len() == before {
        mistakes.push(
            Mistake::new(&span, "[case] has no `expect`", "`expect` is required here")
                .help("write `expect = []`, or have it written: tollgate policy test --update"),
        );
    }
    let drift = inline.pop().flatten();
    let changes = inline.pop().flatten();
    let written = changes.is_some() || drift.is_some() || outputs.is_some();
    let plan = match (file, written) {
        (Some(file), true) => {
            mistakes.push(Mistake::new(
                &file.span,
                "a case has `plan` or writes its changes out, not both",
                "",
            ));
            None
        }
        (Some(file), false) => Some(PlanOf::File(file)),
        (None, true) => {
            let changes = changes.map_or_else(Vec::new, |list| list.value);
            let drift = drift.map_or_else(Vec::new, |list| list.value);
            let outputs = outputs.map_or_else(Vec::new, |list| list.value);
            // What is wrong with a change has been said.
            (mistakes.len() == before)
                .then(|| written_out(&changes, &drift, &outputs, more.as_ref(), mistakes))
                .flatten()
        }
        (None, false) if has_file || mistakes.len() > before => None,
        (None, false) => {
            mistakes.push(Mistake::new(&span, "[case] has no plan", "").help(
                "name one with `plan = \"FILE.json\"`, or write changes: `[[case.changes]]`",
            ));
            None
        }
    };
    let mut documents = surroundings.documents;
    for (name, content) in &defaults.documents {
        if !documents.iter().any(|(own, _)| own == name) {
            documents.push((name.clone(), content.clone()));
        }
    }
    Some(Case {
        name: name?,
        plan: plan?,
        environment: surroundings
            .environment
            .or_else(|| defaults.environment.clone())
            .unwrap_or_else(|| ("production".to_owned(), true)),
        settings: surroundings
            .settings
            .or_else(|| defaults.settings.clone())
            .unwrap_or_else(|| (Json::Object(serde_json::Map::new()), None)),
        documents,
        expected,
    })
}

/// Says that a key is missing, unless something else of its table is wrong: one key that is
/// misspelt is one mistake.
fn needs(
    node: &Node<'_>,
    table: &str,
    key: &str,
    is_there: bool,
    before: usize,
    mistakes: &mut Mistakes,
) {
    if !is_there && mistakes.len() == before {
        let title = format!("[{table}] has no `{key}`");
        let label = format!("`{key}` is required here");
        mistakes.push(Mistake::new(&node.span(), title, label));
    }
}

fn written_out(
    changes: &[At<Change>],
    drift: &[At<Change>],
    outputs: &[At<Output>],
    more: Option<&At<Tree>>,
    mistakes: &mut Mistakes,
) -> Option<PlanOf> {
    fn values<T: Clone>(list: &[At<T>]) -> Vec<T> {
        list.iter().map(|item| item.value.clone()).collect()
    }
    let more = more.map(|more| &more.value);
    match inline::plan(&values(changes), &values(drift), &values(outputs), more) {
        Ok(text) => Some(PlanOf::Inline {
            text,
            changes: changes
                .iter()
                .chain(drift)
                .map(|change| At {
                    value: change.value.address.clone(),
                    span: change.span.clone(),
                })
                .collect(),
            named: changes
                .iter()
                .flat_map(|change| named(&change.value))
                .collect(),
        }),
        Err((part, nth, error)) => {
            let span = match part {
                Part::Changes => changes.get(nth).map(|at| at.span.clone()),
                Part::Drift => drift.get(nth).map(|at| at.span.clone()),
                Part::Outputs => outputs.get(nth).map(|at| at.span.clone()),
            };
            let help = match error {
                InlineError::Marker(_) => Some(
                    "markers: { \"$unknown\" = true }, { \"$sensitive\" = true }, { \"$null\" = true }",
                ),
                _ => None,
            };
            let mut mistake = Mistake::new(&span.unwrap_or_default(), error.to_string(), "");
            mistake.help = help.map(str::to_owned);
            mistakes.push(mistake);
            None
        }
    }
}

/// What a change says of attributes, other than those that its sides have.
fn named(change: &Change) -> Vec<Named> {
    let one = |key, shown: &str| {
        Some(Named {
            address: change.address.clone(),
            key,
            path: AttributePath::parse(shown).ok()?,
            shown: shown.to_owned(),
        })
    };
    let has = |key: &str| {
        let sides = [&change.before, &change.after].into_iter().flatten();
        sides.into_iter().any(|side| side.get(key).is_some())
    };
    let unknown: Vec<&str> = match &change.after_unknown {
        Some(Tree::List(paths)) => paths.iter().filter_map(Tree::text).collect(),
        Some(whole @ Tree::Object(_)) => {
            let entries = whole.entries().iter();
            entries.map(|(key, _)| key.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let unknown = unknown.into_iter().filter(|path| !has(path));
    let mut named: Vec<Named> = unknown
        .filter_map(|path| one("after_unknown", path))
        .collect();
    for (path, _) in &change.references {
        named.extend(one("references", &path.to_string()));
    }
    named
}

/// What stands in `change` of a plan; the same for resources and outputs.
fn sides(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Change {
    let actions = fields.take("action", mistakes, |node, mistakes| {
        word(node, &ACTIONS, mistakes)
            .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
    });
    let as_written = fields.take("actions", mistakes, texts);
    let mut side = |key: &'static str| {
        fields
            .take(key, mistakes, tree)
            .map(|tree| tree.value)
            // Plans write null where there is nothing.
            .filter(|tree| *tree != Tree::Null)
    };
    Change {
        before: side("before"),
        after: side("after"),
        after_unknown: side("after_unknown"),
        before_sensitive: side("before_sensitive"),
        after_sensitive: side("after_sensitive"),
        actions: as_written.or(actions).map(|actions| actions.value),
        ..Change::default()
    }
}

/// The contract's words for actions, and a plan's.
const ACTIONS: [(&str, &[&str]); 7] = [
    ("no-op", &["no-op"]),
    ("create", &["create"]),
    ("read", &["read"]),
    ("update", &["update"]),
    ("delete", &["delete"]),
    ("replace", &["delete", "create"]),
    ("forget", &["forget"]),
];

fn change(node: &Node<'_>, list: &str, mistakes: &mut Mistakes) -> Option<At<Change>> {
    let before = mistakes.len();
    let table = format!("case.{list}");
    let mut fields = Fields::of(node, table.clone(), mistakes)?;
    let address = fields.take("address", mistakes, text);
    let mut change = sides(&mut fields, mistakes);
    for key in [
        "previous_address",
        "deposed",
        "provider_name",
        "action_reason",
    ] {
        if let Some(value) = fields.take(key, mistakes, text) {
            change.more.push((key, Tree::Text(value.value)));
        }
    }
    if let Some(paths) = fields.take("replace_paths", mistakes, |node, mistakes| {
        replace_paths(node, mistakes)
    }) {
        change.more_inside.push(("replace_paths", paths.value));
    }
    if let Some(importing) = fields.take("importing", mistakes, boolean)
        && importing.value
    {
        let id = Tree::object([("id", Tree::Text("imported".to_owned()))]);
        change.more_inside.push(("importing", id));
    }
    change.region = fields
        .take("region", mistakes, text)
        .map(|region| region.value);
    change.references = fields
        .take("references", mistakes, |node, mistakes| {
            let mut references = Vec::new();
            for (key, node) in entries(node, mistakes)? {
                let path = AttributePath::parse(key.get_ref())
                    .map_err(|error| {
                        mistakes.push(Mistake::new(&key.span(), error.to_string(), ""));
                    })
                    .ok();
                if let (Some(path), Some(to)) = (path, texts(node, mistakes)) {
                    references.push((path, to));
                }
            }
            Some(references)
        })
        .map(|references| references.value)
        .unwrap_or_default();
    fields.finish(mistakes);
    needs(node, &table, "address", address.is_some(), before, mistakes);
    change.address = address?.value;
    Some(At {
        value: change,
        span: node.span(),
    })
}

fn output(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<At<Output>> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case.outputs".to_owned(), mistakes)?;
    let name = fields.take("name", mistakes, text);
    let change = sides(&mut fields, mistakes);
    fields.finish(mistakes);
    needs(
        node,
        "case.outputs",
        "name",
        name.is_some(),
        before,
        mistakes,
    );
    Some(At {
        value: Output {
            name: name?.value,
            change,
        },
        span: node.span(),
    })
}

/// A list of texts; one text is a list of one.
fn texts(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    if node.get_ref().as_str().is_some() {
        return text(node, mistakes).map(|text| vec![text]);
    }
    let items = items(node, mistakes)?;
    items.into_iter().map(|item| text(item, mistakes)).collect()
}

/// Attribute paths, as a plan writes the steps of each.
fn replace_paths(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tree> {
    let paths = texts(node, mistakes)?;
    let mut lists = Vec::new();
    for path in paths {
        match AttributePath::parse(&path) {
            Ok(path) => lists.push(Tree::List(
                path.steps()
                    .iter()
                    .map(|step| match step {
                        tollgate_policy::Step::Key(key) => Tree::Text(key.clone()),
                        tollgate_policy::Step::Index(index) => Tree::Number(index.to_string()),
                    })
                    .collect(),
            )),
            Err(error) => {
                mistakes.push(Mistake::new(&node.span(), error.to_string(), ""));
                return None;
            }
        }
    }
    Some(Tree::List(lists))
}

/// Any value; a string is JSON, as it is copied from a plan.
fn tree(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tree> {
    let Some(text) = node.get_ref().as_str() else {
        return json(node, mistakes).map(Tree::from);
    };
    match Tree::parse(text) {
        Ok(tree) => Some(tree),
        Err(error) => {
            let title = format!("the text is not JSON: {error}");
            mistakes.push(
                Mistake::new(&node.span(), title, "")
                    .help("write a table, or a string with JSON as it is in a plan"),
            );
            None
        }
    }
}

fn expected(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Option<Expected> {
    let others = fields.take("others", mistakes, |node, mistakes| {
        word(node, &[("allowed", true), ("refused", false)], mistakes)
    });
    let findings = fields.take("expect", mistakes, |node, mistakes| {
        if node.get_ref().is_table() {
            mistakes.push(wrong_type(node, "an array"));
            return None;
        }
        let list = items(node, mistakes)?;
        let list: Vec<Option<Expectation>> = list
            .into_iter()
            .map(|node| expectation(node, mistakes))
            .collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    let error = fields.take("error", mistakes, text);
    match (findings, error) {
        (Some(_), Some(error)) => {
            let title = "a policy that cannot judge finds nothing";
            let label = "a case has `expect` or `error`, not both";
            mistakes.push(Mistake::new(&error.span, title, label));
            None
        }
        (Some(findings), None) => Some(Expected::Findings {
            list: findings.value,
            at: findings.span,
            others: others.is_some_and(|others| others.value),
        }),
        (None, Some(error)) => Some(Expected::Error(error)),
        (None, None) => None,
    }
}

fn expectation(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Expectation> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, "case.expect".to_owned(), mistakes)?;
    let rule = fields.take("rule", mistakes, text);
    let address = fields.take("address", mistakes, text);
    let deposed = fields.take("deposed", mistakes, text);
    let outcome = fields.take("outcome", mistakes, |node, mistakes| {
        word(node, &OUTCOMES, mistakes)
    });
    let cause = fields.take("cause", mistakes, |node, mistakes| {
        word(node, &CAUSES, mistakes)
    });
    let message = fields.take("message", mistakes, text);
    let attributes = fields.take("attributes", mistakes, |node, mistakes| {
        let items = read::items(node, mistakes)?;
        items
            .into_iter()
            .map(|item| text(item, mistakes))
            .collect::<Option<Vec<_>>>()
    });
    fields.finish(mistakes);
    needs(
        node,
        "case.expect",
        "rule",
        rule.is_some(),
        before,
        mistakes,
    );
    Some(Expectation {
        rule: rule?.value,
        address: address.map(|address| address.value),
        deposed: deposed.map(|deposed| deposed.value),
        outcome: outcome.map_or(Outcome::Violation, |outcome| outcome.value),
        cause: cause.map(|cause| cause.value),
        message: message.map(|message| message.value),
        attributes: attributes.map(|attributes| attributes.value),
        at: node.span(),
    })
}

/// The words for outcomes.
pub const OUTCOMES: [(&str, Outcome); 2] = [
    ("violation", Outcome::Violation),
    ("undetermined", Outcome::Undetermined),
];

/// The words for causes.
pub const CAUSES: [(&str, Cause); 3] = [
    ("planned", Cause::Planned),
    ("existing", Cause::Existing),
    ("advice", Cause::Advice),
];

#[cfg(test)]
mod tests;
