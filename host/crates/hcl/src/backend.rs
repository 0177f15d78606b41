//! Backends: what of their settings says where a state is, what is a credential, and what is neither.
//!
//! The one table of it is in `table`. Everything that has to know reads it here: the guards, what
//! a plan depends on, the doctor, where lock and history are, and what `tollgate.toml` may not have.

mod address;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use self::table::{Row, TABLE};
/// The workspace that is there without any.
pub const DEFAULT_WORKSPACE: &str = "default";

/// The backend that there is without any.
pub const LOCAL: &str = "local";

/// What one setting of a backend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It says which state it is.
    Identity,
    /// As [`Self::Identity`], and a credential may be written into the value.
    Address,
    /// Where the service is that has the states.
    Endpoint,
    /// How to get there; the state is the same.
    Route,
    /// It is a credential.
    Credential,
    /// It is neither.
    Neither,
    /// No version of a tool that the table knows has it.
    Unknown,
}

/// How a backend calls the states of workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// By the workspace, beside each other.
    Beside,
    /// It has one state and no workspaces.
    Single,
    /// It keeps no state.
    Nowhere,
    /// `path`, and a directory for each other workspace.
    Local,
    /// `key`, and below a prefix for each other workspace.
    Key,
    /// Objects below `prefix`.
    Prefix,
    /// `key`, and something behind it for each other workspace.
    Suffix(&'static str),
    /// The same for `path`.
    SuffixOfPath(&'static str),
    /// `key` below `prefix`, with a folder between for each other workspace.
    Folder,
    /// A secret.
    Secret,
    /// By the platform's own workspaces.
    Platform,
}

/// A backend, and what it is told. It never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    kind: String,
    values: BTreeMap<String, Option<String>>,
    complete: bool,
}

/// A setting that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name; `type` for the kind of backend.
    pub name: String,
    /// What is wanted.
    pub wanted: String,
    /// What there is.
    pub found: String,
}

/// Where one state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    kind: String,
    /// What has to agree; none for what is an expression.
    parts: BTreeMap<String, Option<String>>,
}

/// Whether two states are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are.
    Same,
    /// They are not.
    Different,
    /// It depends on expressions.
    Unknown,
}

/// Returns the kinds of backends that there are.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.kind)
}

fn row(kind: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.kind == kind)
}

/// Returns what a setting of a backend is; those of nested blocks are named with dots.
#[must_use]
pub fn role(kind: &str, name: &str) -> Role {
    let unknown = || {
        if sounds_like_a_credential(name) {
            Role::Credential
        } else {
            Role::Unknown
        }
    };
    let Some(row) = row(kind) else {
        return unknown();
    };
    let lists = [
        (row.identity, Role::Identity),
        (row.address, Role::Address),
        (row.endpoint, Role::Endpoint),
        (row.route, Role::Route),
        (row.credentials, Role::Credential),
        (row.others, Role::Neither),
    ];
    // What is in a block is what the block is, unless it has a line of its own.
    let mut asked = name;
    loop {
        if let Some((_, role)) = lists.iter().find(|(list, _)| list.contains(&asked)) {
            return *role;
        }
        match asked.rsplit_once('.') {
            Some((block, _)) => asked = block,
            None => return unknown(),
        }
    }
}

/// Whether a setting holds a credential. Where the kind of backend is not known, any kind counts; a
/// value says more than a name alone.
#[must_use]
pub fn is_credential(kind: Option<&str>, name: &str, value: Option<&str>) -> bool {
    let in_value = value.is_some_and(address::has_credential);
    let of = |kind: &str| match role(kind, name) {
        Role::Credential => true,
        // An expression can come to anything.
        Role::Address => in_value || value.is_none(),
        _ => in_value,
    };
    match kind {
        Some(kind) => of(kind),
        None => {
            let last = name.rsplit('.').next().unwrap_or(name);
            let listed = |row: &Row| {
                let mut names = row.credentials.iter();
                names.any(|each| *each == name || *each == last)
            };
            // `key` is the name of a state nearly everywhere, and in one old backend a password.
            let identity = TABLE.iter().any(|row| row.identity.contains(&name));
            let known = |row: &Row| role(row.kind, name) == Role::Neither;
            in_value
                || TABLE.iter().any(listed) && !identity
                || !TABLE.iter().any(known) && sounds_like_a_credential(name)
        }
    }
}

/// What of a name that no table has is rather taken for a credential.
fn sounds_like_a_credential(name: &str) -> bool {
    let parts = [
        "access_key",
        "credential",
        "passphrase",
        "password",
        "private_key",
        "secret",
        "token",
    ];
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_place = ["_file", "_path", "_id", "_arn", "_suffix"];
    parts.iter().any(|part| last.contains(part)) && !is_place.iter().any(|end| last.ends_with(end))
}

impl Settings {
    /// Keeps what a backend is told, without credentials. A value that is more than plain text is
    /// none. `complete` says that nothing else is told.
    #[must_use]
    pub fn new(
        kind: &str,
        values: impl IntoIterator<Item = (String, Option<String>)>,
        complete: bool,
    ) -> Self {
        let kept = values.into_iter().filter_map(|(name, value)| {
            let shown = match role(kind, &name) {
                Role::Credential => return None,
                Role::Address if kind == "pg" => value.map(|value| address::database(&value)),
                _ => value.map(|value| address::without_credentials(&value)),
            };
            Some((name, shown))
        });
        Self {
            kind: kind.to_owned(),
            values: kept.collect(),
            complete,
        }
    }

    /// Such as `s3`; `cloud` for a `cloud` block.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns a setting that is plain text, and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)?
            .as_deref()
            .filter(|value| !value.is_empty())
    }

    /// Whether anything says a setting, be it by an expression.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether a setting is there, and more than plain text.
    #[must_use]
    pub fn is_expression(&self, name: &str) -> bool {
        self.values.get(name) == Some(&None)
    }

    /// Whether any setting is more than plain text.
    #[must_use]
    pub fn has_expressions(&self) -> bool {
        self.values.values().any(Option::is_none)
    }

    /// Returns every setting that is kept.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let values = self.values.iter();
        values.map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Adds what only somebody else knows: what is left out here, and what expressions came to.
    #[must_use]
    pub fn filled_from(mut self, other: &Self) -> Self {
        if self.kind == other.kind {
            for (name, value) in &other.values {
                let own = self.values.entry(name.clone()).or_default();
                if own.is_none() {
                    own.clone_from(value);
                }
            }
        }
        self
    }

    /// Returns what says where the state is, as plain text: what a plan depends on.
    #[must_use]
    pub fn identity(&self) -> BTreeMap<String, String> {
        let known = self.iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            let says = !matches!(role(&self.kind, name), Role::Neither | Role::Credential);
            says.then(|| (name.to_owned(), value.to_owned()))
        });
        known.collect()
    }

    /// What a setting comes to where it is left out: nothing, or what the tool takes.
    fn told(&self, name: &str) -> Option<String> {
        match self.values.get(name) {
            Some(None) => None,
            Some(Some(value)) if !value.is_empty() => Some(value.clone()),
            Some(_) | None => {
                let block = name.split_once('.').map(|(block, _)| block);
                if block.is_some_and(|block| self.is_expression(block)) {
                    return None;
                }
                Some(default(&self.kind, name).unwrap_or_default().to_owned())
            }
        }
    }

    /// Returns in which settings that say where the state is another backend differs from this one.
    /// What is an expression here cannot be told, and is taken for equal.
    #[must_use]
    pub fn differences(&self, found: &Self) -> Vec<Difference> {
        if self.kind != found.kind {
            return vec![Difference {
                name: "type".to_owned(),
                wanted: self.kind.clone(),
                found: found.kind.clone(),
            }];
        }
        let mut names: Vec<&str> = self
            .values
            .keys()
            .chain(found.values.keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        let differing = names.into_iter().filter_map(|name| {
            let role = role(&self.kind, name);
            if matches!(role, Role::Neither | Role::Credential) {
                return None;
            }
            let wanted = self.told(name)?;
            let there = found.told(name).unwrap_or_default();
            // Where nothing is said, the machine's own settings may say it.
            let by_the_machine = matches!(role, Role::Endpoint | Role::Route);
            let unsaid = self.get(name).is_none() && (!self.complete || by_the_machine);
            let show = |of: &Self| {
                let value = of.get(name);
                value.map_or_else(|| "not set".to_owned(), tollgate_model::diagnostic::quoted)
            };
            (wanted != there && !unsaid).then(|| Difference {
                name: name.to_owned(),
                wanted: show(self),
                found: show(found),
            })
        });
        differing.collect()
    }

    /// Whether the tool would say that its settings have changed, although the state is where it was.
    #[must_use]
    pub fn differs_elsewhere(&self, found: &Self) -> bool {
        let mut names = self.values.keys().chain(found.values.keys());
        names.any(|name| !self.is_expression(name) && self.get(name) != found.get(name))
    }

    /// Returns where a workspace's state is. `resolve` makes a path of the local backend, from the
    /// root module on, one that is the same from everywhere.
    #[must_use]
    pub fn location(&self, workspace: &str, resolve: impl Fn(&Path) -> PathBuf) -> Location {
        let mut parts = BTreeMap::new();
        let Some(row) = row(&self.kind) else {
            for (name, value) in self.iter() {
                parts.insert(name.to_owned(), value.map(ToOwned::to_owned));
            }
            parts.insert("workspace".to_owned(), Some(workspace.to_owned()));
            return Location {
                kind: self.kind.clone(),
                parts,
            };
        };
        let (used, object) = self.object(row.naming, workspace);
        let object = match (row.naming, object) {
            (Naming::Local, Some(path)) => {
                let path = resolve(Path::new(&path));
                Some(path.to_string_lossy().into_owned())
            }
            (_, object) => object,
        };
        parts.insert("state".to_owned(), object);
        for name in row.identity.iter().chain(row.address) {
            if !used.contains(name) {
                let told = self.told(name).map(|value| match value.contains("://") {
                    true => plain_address(&value),
                    false => value,
                });
                parts.insert((*name).to_owned(), told);
            }
        }
        for name in row.endpoint {
            // An old name and a new one for the same.
            let plain = name.split('.').next().unwrap_or(name).trim_end_matches('s');
            let told = self
                .told(name)
                .map(|value| plain_address(&value))
                .map(|value| match row.kind == "s3" && is_standard_s3(&value) {
                    true => String::new(),
                    false => value,
                });
            let part = parts
                .entry(plain.to_owned())
                .or_insert_with(|| Some(String::new()));
            if part.as_deref() == Some("") {
                *part = told;
            }
        }
        Location {
            // Two ways to write the same.
            kind: if row.kind == "cloud" {
                "remote"
            } else {
                row.kind
            }
            .to_owned(),
            parts,
        }
    }

    /// What a workspace's state is called, and by which settings.
    fn object(&self, naming: Naming, workspace: &str) -> (&'static [&'static str], Option<String>) {
        let default = workspace == DEFAULT_WORKSPACE;
        let told = |name: &str| self.told(name);
        let joined = |parts: &[&str]| -> String {
            let parts = parts.iter().map(|part| part.trim_matches('/'));
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join("/")
        };
        match naming {
            Naming::Beside => (&[], Some(workspace.to_owned())),
            Naming::Single => (&[], Some(String::new())),
            Naming::Nowhere => (&[], None),
            Naming::Local => (
                &["path", "workspace_dir"],
                if default {
                    told("path")
                } else {
                    let inside = |folder| format!("{folder}/{workspace}/terraform.tfstate");
                    told("workspace_dir").map(inside)
                },
            ),
            Naming::Key => (
                &["key", "workspace_key_prefix"],
                if default {
                    told("key").map(|key| joined(&[&key]))
                } else {
                    // The tool takes what it joins for a path, and cleans that; an empty prefix is one.
                    let prefix = match self.values.get("workspace_key_prefix") {
                        Some(Some(prefix)) if prefix.is_empty() => Some(String::new()),
                        _ => told("workspace_key_prefix"),
                    };
                    told("key")
                        .zip(prefix)
                        .map(|(key, prefix)| cleaned(&format!("{prefix}/{workspace}/{key}")))
                },
            ),
            Naming::Prefix => (
                &["prefix"],
                told("prefix").map(|prefix| joined(&[&prefix, &format!("{workspace}.tfstate")])),
            ),
            Naming::Suffix(between) => (
                &["key"],
                told("key").map(|key| suffixed(key, between, workspace)),
            ),
            Naming::SuffixOfPath(between) => (
                &["path"],
                told("path").map(|path| suffixed(path, between, workspace)),
            ),
            Naming::Folder => (
                &["key", "prefix"],
                told("key").zip(told("prefix")).map(|(key, prefix)| {
                    let folder = if default { "" } else { workspace };
                    joined(&[&prefix, folder, &key])
                }),
            ),
            Naming::Secret => (
                &["secret_suffix"],
                told("secret_suffix").map(|suffix| format!("tfstate-{workspace}-{suffix}")),
            ),
            Naming::Platform => (
                &["workspaces.name", "workspaces.prefix"],
                told("workspaces.name")
                    .zip(told("workspaces.prefix"))
                    .map(|(name, prefix)| {
                        if name.is_empty() {
                            format!("{prefix}{workspace}")
                        } else {
                            name
                        }
                    }),
            ),
        }
    }
}

fn suffixed(key: String, between: &str, workspace: &str) -> String {
    if workspace == DEFAULT_WORKSPACE {
        key
    } else {
        format!("{key}{between}{workspace}")
    }
}

fn default(kind: &str, name: &str) -> Option<&'static str> {
    let defaults = row(kind)?.defaults.iter();
    defaults
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| *value)
        .next()
}

impl Location {
    /// Returns whether another state is this one.
    #[must_use]
    pub fn relation(&self, other: &Self) -> Relation {
        if self.kind != other.kind {
            return Relation::Different;
        }
        if row(&self.kind).is_some_and(|row| row.naming == Naming::Nowhere) {
            return Relation::Different;
        }
        let mut relation = Relation::Same;
        for name in self.parts.keys().chain(other.parts.keys()) {
            let value = |of: &Self| {
                of.parts
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| Some(String::new()))
            };
            match (value(self), value(other)) {
                (Some(one), Some(two))
                    if address::of_this_machine(&one) == address::of_this_machine(&two) => {}
                (Some(_), Some(_)) => return Relation::Different,
                _ => relation = Relation::Unknown,
            }
        }
        relation
    }

    /// Whether all of it is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.parts.values().all(Option::is_some)
    }

    /// The kind of backend.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name of the state in its backend: a path, a key.
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        self.parts.get("state")?.as_deref()
    }

    /// Another part of it, by the setting's name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts
            .get(name)?
            .as_deref()
            .filter(|value| !value.is_empty())
    }
}

/// An address without what makes no difference: the case of the host, the scheme's own port, a slash at the
/// end.
fn plain_address(address: &str) -> String {
    let address = address.trim_end_matches('/');
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let host = host.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let host = match host.strip_suffix(port) {
        Some(bare) if !port.is_empty() => bare,
        _ => host.as_str(),
    };
    format!("{scheme}://{user}{host}{path}")
}

/// Whether an endpoint is one that leads to the same buckets as none: those of AWS itself, in whichever
/// region, over whichever protocol.
fn is_standard_s3(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let own = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    let host = own.iter().find_map(|suffix| host.strip_suffix(suffix));
    host.is_some_and(|host| {
        let mut words = host
            .split('.')
            .map(|word| word.split('-').next().unwrap_or(word));
        words.next() == Some("s3")
    })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        let mut before = " ";
        for (name, value) in &self.parts {
            match value.as_deref() {
                Some("") => continue,
                Some(value) => write!(
                    f,
                    "{before}{name} {}",
                    tollgate_model::diagnostic::quoted(value)
                )?,
                None => write!(f, "{before}{name} by an expression")?,
            }
            before = ", ";
        }
        Ok(())
    }
}

/// A key as Go cleans a path: without empty parts and `.`, and with `..` followed.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
