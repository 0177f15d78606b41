//! Objects of Kubernetes as several providers write them: in blocks of a type of their own, in
//! the attribute `manifest`, or as YAML text.

use tollgate_policy::serde_json::{self, Map, Value as Json};
use tollgate_policy::{Attr, Change, Field, Interest, Why};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::interest::by_attributes;

/// The attribute of `kubernetes_manifest`.
const MANIFEST: (&str, &str) = ("kubernetes_manifest", "manifest");
/// The type with YAML text. What it shows besides is not marked sensitive.
const TEXT: (&str, [&str; 2]) = ("kubectl_manifest", ["yaml_body_parsed", "yaml_body"]);

/// The types of hashicorp/kubernetes, with the kind of object.
const TYPES: &[(&str, &str)] = &[
    ("kubernetes_cluster_role", "ClusterRole"),
    ("kubernetes_cluster_role_v1", "ClusterRole"),
    ("kubernetes_cluster_role_binding", "ClusterRoleBinding"),
    ("kubernetes_cluster_role_binding_v1", "ClusterRoleBinding"),
    ("kubernetes_role_binding", "RoleBinding"),
    ("kubernetes_role_binding_v1", "RoleBinding"),
    ("kubernetes_pod", "Pod"),
    ("kubernetes_pod_v1", "Pod"),
    ("kubernetes_deployment", "Deployment"),
    ("kubernetes_deployment_v1", "Deployment"),
    ("kubernetes_daemonset", "DaemonSet"),
    ("kubernetes_daemon_set_v1", "DaemonSet"),
    ("kubernetes_stateful_set", "StatefulSet"),
    ("kubernetes_stateful_set_v1", "StatefulSet"),
    ("kubernetes_replication_controller", "ReplicationController"),
    (
        "kubernetes_replication_controller_v1",
        "ReplicationController",
    ),
    ("kubernetes_job", "Job"),
    ("kubernetes_job_v1", "Job"),
    ("kubernetes_cron_job", "CronJob"),
    ("kubernetes_cron_job_v1", "CronJob"),
];

/// Those whose pods nobody looks at: what decides whether an object is taken.
const ADMISSION: &[(&str, &str)] = &[
    (
        "kubernetes_validating_webhook_configuration",
        "ValidatingWebhookConfiguration",
    ),
    (
        "kubernetes_validating_webhook_configuration_v1",
        "ValidatingWebhookConfiguration",
    ),
    (
        "kubernetes_mutating_webhook_configuration",
        "MutatingWebhookConfiguration",
    ),
    (
        "kubernetes_mutating_webhook_configuration_v1",
        "MutatingWebhookConfiguration",
    ),
];

/// What is read of the types.
pub(crate) fn interests() -> Vec<Interest> {
    let of_types = TYPES.iter().map(|(kind, object)| (*kind, parts(object)));
    let mut interests: Vec<_> = by_attributes(of_types)
        .into_iter()
        .map(Interest::with_references)
        .collect();
    interests.extend([
        Interest::in_types(ADMISSION.iter().map(|(kind, _)| *kind)).attributes(["webhook"]),
        Interest::in_types([MANIFEST.0]).attributes([MANIFEST.1]),
        Interest::in_types([TEXT.0]).attributes(TEXT.1),
    ]);
    interests
}

/// The blocks that a rule reads of a kind of object: those that its type has.
fn parts(object: &str) -> Vec<&'static str> {
    match object {
        "ClusterRole" => vec!["rule"],
        "ClusterRoleBinding" | "RoleBinding" => vec!["role_ref", "subject"],
        _ => vec!["spec"],
    }
}

/// An object on one side of a change.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    /// Such as `ClusterRole`.
    pub(crate) kind: String,
    root: Root<'a>,
}

#[derive(Clone, Debug)]
enum Root<'a> {
    Blocks(&'a Change, Side),
    Tree(Tree),
}

/// A part of an object.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// Blocks of a provider, whose names have underscores.
    Blocks(Field),
    /// As in a manifest.
    Field(Field),
    /// As in a text.
    Text(Json),
}

impl<'a> Object<'a> {
    /// The object that a change is about.
    pub(crate) fn of(change: &'a Change, side: Side) -> Option<Self> {
        let mut types = TYPES.iter().chain(ADMISSION);
        if let Some((_, kind)) = types.find(|(kind, _)| *kind == change.kind) {
            return Some(Self {
                kind: (*kind).to_owned(),
                root: Root::Blocks(change, side),
            });
        }
        let tree = if change.kind == MANIFEST.0 {
            Tree::Field(side.of(change, MANIFEST.1))
        } else if change.kind == TEXT.0 {
            TEXT.1
                .iter()
                .find_map(|path| match side.of(change, path).text() {
                    Attr::Known(text) => yaml(&text).map(Tree::Text),
                    Attr::Unset | Attr::Undetermined(_) => None,
                })?
        } else {
            return None;
        };
        let Attr::Known(kind) = tree.get("kind").text() else {
            return None;
        };
        Some(Self {
            kind,
            root: Root::Tree(tree),
        })
    }

    /// The group and version of its API, where the type of the resource does not say them.
    pub(crate) fn group(&self) -> Option<String> {
        match &self.root {
            Root::Blocks(..) => None,
            Root::Tree(tree) => match tree.get("apiVersion").text() {
                Attr::Known(version) => Some(version),
                Attr::Unset | Attr::Undetermined(_) => Some(String::new()),
            },
        }
    }

    /// The attribute that has a part of the object, for a finding.
    pub(crate) fn path(&self, name: &str) -> String {
        match &self.root {
            Root::Blocks(..) => snake(name),
            Root::Tree(Tree::Text(_)) => TEXT.1[1].to_owned(),
            Root::Tree(_) => MANIFEST.1.to_owned(),
        }
    }

    /// A part that occurs once.
    pub(crate) fn part(&self, name: &str) -> Tree {
        match &self.root {
            Root::Blocks(change, side) => Tree::Blocks(side.of(change, &snake(name)).first()),
            Root::Tree(tree) => tree.get(name),
        }
    }

    /// The items of a list, which blocks call by another name.
    pub(crate) fn list(&self, name: &str, block: &str) -> Result<Vec<Tree>, Why> {
        match &self.root {
            Root::Blocks(change, side) => items(&side.of(change, block), Tree::Blocks),
            Root::Tree(tree) => tree.list(name, block),
        }
    }

    /// What its pods are like.
    pub(crate) fn pod(&self) -> Option<Tree> {
        let spec = || self.part("spec");
        match self.kind.as_str() {
            "Pod" => Some(spec()),
            "CronJob" => Some(
                spec()
                    .part("jobTemplate")
                    .part("spec")
                    .part("template")
                    .part("spec"),
            ),
            "Deployment"
            | "DaemonSet"
            | "StatefulSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job" => Some(spec().part("template").part("spec")),
            _ => None,
        }
    }
}

impl Tree {
    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Self {
        match self {
            Self::Blocks(field) => Self::Blocks(field.get(&snake(name))),
            Self::Field(field) => Self::Field(field.get(name)),
            Self::Text(json) => Self::Text(json.get(name).cloned().unwrap_or(Json::Null)),
        }
    }

    /// An object within, which is a block that occurs once.
    pub(crate) fn part(&self, name: &str) -> Self {
        match self.get(name) {
            Self::Blocks(field) => Self::Blocks(field.first()),
            other => other,
        }
    }

    /// The items of a list, which blocks call by another name.
    pub(crate) fn list(&self, name: &str, block: &str) -> Result<Vec<Self>, Why> {
        match self {
            Self::Blocks(field) => items(&field.get(block), Tree::Blocks),
            Self::Field(field) => items(&field.get(name), Tree::Field),
            Self::Text(json) => Ok(json
                .get(name)
                .and_then(Json::as_array)
                .map(|items| items.iter().cloned().map(Tree::Text).collect())
                .unwrap_or_default()),
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Result<Vec<(String, Self)>, Why> {
        let (field, tree): (_, fn(Field) -> Self) = match self {
            Self::Blocks(field) => (field, Self::Blocks),
            Self::Field(field) => (field, Self::Field),
            Self::Text(json) => {
                let entries = json.as_object().into_iter().flatten();
                return Ok(entries
                    .map(|(name, value)| (name.clone(), Self::Text(value.clone())))
                    .collect());
            }
        };
        match field.entries() {
            Attr::Known(entries) => Ok(entries
                .into_iter()
                .map(|(name, value)| (name, tree(value)))
                .collect()),
            Attr::Unset => Ok(Vec::new()),
            Attr::Undetermined(why) => Err(why),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> Attr<String> {
        match self {
            Self::Blocks(field) | Self::Field(field) => field.text(),
            Self::Text(Json::Null) => Attr::Unset,
            Self::Text(Json::String(text)) => Attr::Known(text.clone()),
            Self::Text(other) => Attr::Known(other.to_string()),
        }
    }

    /// Whether it is certainly true.
    pub(crate) fn is_true(&self) -> bool {
        self.text().is_known_and(|text| text == "true")
    }

    /// The texts of a list that are known.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name, &snake(name))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| match item.text() {
                Attr::Known(text) => Some(text),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect()
    }
}

fn items(field: &Field, tree: fn(Field) -> Tree) -> Result<Vec<Tree>, Why> {
    match field.items() {
        Attr::Known(items) => Ok(items.into_iter().map(tree).collect()),
        Attr::Unset => Ok(Vec::new()),
        Attr::Undetermined(why) => Err(why),
    }
}

/// `hostPath` as blocks call it: `host_path`, `hostPID` as `host_pid`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = !c.is_ascii_uppercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// How deep a text is followed.
const DEEPEST: usize = 40;

/// Reads the YAML that manifests are written in: maps and lists by indentation, plain and quoted
/// texts, and lists of texts in brackets. None of what is more than that, but for JSON, which is YAML too.
fn yaml(text: &str) -> Option<Json> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim() == "---" {
            if lines.is_empty() {
                continue;
            }
            break;
        }
        let content = without_comment(line);
        if content.trim().is_empty() {
            continue;
        }
        let indent = content.len() - content.trim_start_matches(' ').len();
        lines.push((indent, content.trim().to_owned()));
    }
    let mut at = 0;
    let indent = lines.first()?.0;
    block(&mut lines, &mut at, indent, 0)
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (nth, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '#' && before.is_whitespace() => {
                return line.get(..nth).unwrap_or_default();
            }
            Some(_) | None => {}
        }
        before = c;
    }
    line
}

fn block(
    lines: &mut Vec<(usize, String)>,
    at: &mut usize,
    indent: usize,
    depth: usize,
) -> Option<Json> {
    if depth > DEEPEST {
        return None;
    }
    let mut list = Vec::new();
    let mut map = Map::new();
    while let Some((own, line)) = lines.get(*at).cloned() {
        if own != indent {
            break;
        }
        if line == "-" || line.starts_with("- ") {
            if !map.is_empty() {
                break;
            }
            let rest = line.trim_start_matches('-');
            let value = rest.trim_start();
            if value.is_empty() {
                *at += 1;
                list.push(within(lines, at, indent, depth)?);
            } else if pair(value).is_some() {
                // The first entry of a map, which goes on below it.
                let inner = indent + (line.len() - value.len());
                let entry = lines.get_mut(*at)?;
                *entry = (inner, value.to_owned());
                list.push(block(lines, at, inner, depth + 1)?);
            } else {
                *at += 1;
                list.push(scalar(value));
            }
            continue;
        }
        if !list.is_empty() {
            return None;
        }
        let (key, value) = pair(&line)?;
        *at += 1;
        let value = if value.is_empty() {
            // A list may stand as far to the left as its key.
            match lines.get(*at) {
                Some((next, line))
                    if *next == indent && (line == "-" || line.starts_with("- ")) =>
                {
                    list_at(lines, at, indent, depth)?
                }
                _ => within(lines, at, indent, depth)?,
            }
        } else if value.starts_with(['|', '>']) {
            while lines.get(*at).is_some_and(|(next, _)| *next > indent) {
                *at += 1;
            }
            Json::String(String::new())
        } else {
            scalar(&value)
        };
        map.insert(key, value);
    }
    Some(if list.is_empty() {
        Json::Object(map)
    } else {
        Json::Array(list)
    })
}

/// A list that stands as far to the left as its key: it ends where an entry of the map follows.
fn list_at(
    lines: &mut Vec<(usize, String)>,
    at: &mut usize,
    indent: usize,
    depth: usize,
) -> Option<Json> {
    let end = (*at..lines.len()).find(|nth| {
        lines.get(*nth).is_some_and(|(own, line)| {
            *own < indent || (*own == indent && line != "-" && !line.starts_with("- "))
        })
    });
    let rest = end.map(|end| lines.split_off(end)).unwrap_or_default();
    let list = block(lines, at, indent, depth + 1);
    *at = lines.len();
    lines.extend(rest);
    list
}

fn within(
    lines: &mut Vec<(usize, String)>,
    at: &mut usize,
    indent: usize,
    depth: usize,
) -> Option<Json> {
    match lines.get(*at) {
        Some((inner, _)) if *inner > indent => {
            let inner = *inner;
            block(lines, at, inner, depth + 1)
        }
        _ => Some(Json::Null),
    }
}

/// A key and what stands behind it.
fn pair(line: &str) -> Option<(String, String)> {
    if line.starts_with(['[', '{']) {
        return None;
    }
    let (key, value) = match line.split_once(": ") {
        Some((key, value)) => (key, value),
        None => (line.strip_suffix(':')?, ""),
    };
    Some((unquoted(key.trim()).to_owned(), value.trim().to_owned()))
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return inner;
        }
    }
    text
}

fn scalar(text: &str) -> Json {
    if let Some(inner) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return Json::Array(
            inner
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Json::String(unquoted(item).to_owned()))
                .collect(),
        );
    }
    match text {
        "true" | "True" => Json::Bool(true),
        "false" | "False" => Json::Bool(false),
        "null" | "~" | "{}" => Json::Null,
        _ => Json::String(unquoted(text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tollgate_policy::serde_json::json;

    use super::{snake, yaml};

    #[test]
    fn manifests_are_read() {
        let text = "# of the team\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole # all\nmetadata:\n  name: \"x\"\nrules:\n- apiGroups: ['*']\n  resources:\n  - '*'\n  verbs: [\"get\", list]\nother:\n  - a\n  -\n    b: true\n  - c: 1\n    d:\n";
        assert_eq!(
            yaml(text),
            Some(json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "x"},
                "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}],
                "other": ["a", {"b": true}, {"c": "1", "d": null}],
            }))
        );
        for text in [
            "",
            "---",
            "- a\nb: c",
            "a: |\n  b: c\n  d\ne: f",
            "\t",
            ":",
            "- - a",
            "a:\n- b:\n  - c",
        ] {
            let _ = yaml(text);
        }
        assert_eq!(snake("hostPID"), "host_pid");
        assert_eq!(snake("securityContext"), "security_context");
    }
}
