//! Plaintext that no rule names: files that have the names of a secrets file at the same places, files that
//! set secret variables for a shell, and identities.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tollgate_secrets::{
    Format, PathStep, Secrets, SecretsFile, Value, is_read_by_others, shell_path,
};
use zeroize::Zeroizing;

use super::{Gravity, Kind, SecretsFinding};

/// What is read of one file, in bytes: more than people keep secrets in.
const LIMIT: u64 = 1 << 20;
/// An identity is a line or two.
const IDENTITY_LIMIT: u64 = 64 << 10;
/// How many files are read.
const MOST_FILES: usize = 20_000;

/// The names of one secrets file.
struct Names {
    file: String,
    /// The places of its encrypted values, list positions left out.
    places: BTreeSet<String>,
}

/// What looks like plaintext of secrets, before git has said whether it is anybody's.
pub(super) struct Lookalikes {
    all: Vec<Names>,
    /// The keys of the top level, in capitals.
    top: BTreeSet<String>,
    /// The last keys of all places, by which a file is known that is worth parsing.
    keys: BTreeSet<String>,
    read: usize,
    copies: Vec<(PathBuf, String)>,
    set: Vec<(PathBuf, usize, String)>,
    identities: Vec<PathBuf>,
}

impl Lookalikes {
    /// Takes the names of the encrypted values of files; `shown` are keys that say nothing.
    pub(super) fn of<'f>(
        files: impl Iterator<Item = &'f SecretsFile>,
        shown: &BTreeSet<String>,
    ) -> Self {
        let mut all = Vec::new();
        let mut top = BTreeSet::new();
        let mut last = BTreeSet::new();
        for file in files.filter(|file| file.format() != Format::Binary) {
            let mut places = BTreeSet::new();
            for leaf in file.shape().iter().filter(|leaf| leaf.encrypted) {
                let mut place = String::new();
                for step in leaf.path.steps() {
                    push(&mut place, &step);
                }
                if let Some(PathStep::Key(key)) = leaf.path.steps().next()
                    && shown.contains(key)
                {
                    continue;
                }
                let keys = place.strip_prefix("/DEFAULT").unwrap_or(&place);
                if let Some(key) = keys.strip_prefix('/')
                    && !key.contains('/')
                {
                    top.insert(key.to_uppercase());
                }
                if let Some(key) = place.rsplit('/').find(|key| *key != "[]") {
                    last.insert(key.to_owned());
                }
                places.insert(place);
            }
            if !places.is_empty() {
                let file = file.name().to_owned();
                all.push(Names { file, places });
            }
        }
        Self {
            all,
            top,
            keys: last,
            read: 0,
            copies: Vec::new(),
            set: Vec::new(),
            identities: Vec::new(),
        }
    }

    /// Looks at one file.
    pub(super) fn look(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let size = path.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let environment = name == ".env"
            || name.starts_with(".env.")
            || name == ".envrc"
            || name.starts_with(".envrc.")
            || name.ends_with(".env");
        let format = if environment {
            Format::Dotenv
        } else {
            Format::of(path)
        };
        let data = format != Format::Binary && !is_read_by_others(path) && size <= LIMIT;
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let identity = size <= IDENTITY_LIMIT
            && (data
                || [
                    "", "age", "agekey", "key", "keys", "identity", "pem", "sh", "txt",
                ]
                .contains(&ending));
        if !data && !identity || self.read >= MOST_FILES {
            return;
        }
        self.read += 1;
        let mut bytes = Zeroizing::new(Vec::new());
        let read =
            std::fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return;
        };
        if read.is_err() {
            return;
        }
        if identity && text.lines().any(is_identity) && !text.lines().any(is_for_tests) {
            self.identities.push(path.to_owned());
        }
        if !data {
            return;
        }
        if format == Format::Dotenv {
            self.look_at_lines(path, text);
        } else if self.keys.iter().any(|key| text.contains(key.as_str()))
            && let Ok(secrets) =
                Secrets::from_plaintext(&path.display().to_string(), &bytes, format)
        {
            self.look_at_tree(path, &secrets);
        }
    }

    fn look_at_tree(&mut self, path: &Path, secrets: &Secrets) {
        let mut real = BTreeSet::new();
        let mut has_text = false;
        for document in secrets.documents() {
            walk(document, &mut String::new(), &mut real, &mut has_text);
        }
        if let Some(names) = self.all.iter().find(|names| is_most(&names.places, &real))
            && has_text
        {
            self.copies.push((path.to_owned(), names.file.clone()));
        }
    }

    /// What a shell would read, in which there may be other lines.
    fn look_at_lines(&mut self, path: &Path, text: &str) {
        let mut real = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let name = name.trim();
            if is_nothing(value) {
                continue;
            }
            if let Some(variable) = name.strip_prefix("TF_VAR_")
                && self.top.contains(&variable.to_uppercase())
            {
                self.set
                    .push((path.to_owned(), number + 1, variable.to_owned()));
            }
            real.insert(name.to_uppercase());
        }
        let found = self.all.iter().find(|names| {
            let places: BTreeSet<String> = names
                .places
                .iter()
                .map(|place| {
                    let place = place.strip_prefix("/DEFAULT").unwrap_or(place);
                    place.strip_prefix('/').unwrap_or(place).to_uppercase()
                })
                .collect();
            is_most(&places, &real)
        });
        if let Some(names) = found {
            self.copies.push((path.to_owned(), names.file.clone()));
        }
    }

    /// Tells what is left when git has said what it ignores, and begins anew.
    pub(super) fn findings(&mut self, directory: &Path, findings: &mut Vec<SecretsFinding>) {
        let copies = std::mem::take(&mut self.copies);
        let set = std::mem::take(&mut self.set);
        let identities = std::mem::take(&mut self.identities);
        if self.read >= MOST_FILES {
            findings.push(finding(
                Gravity::Note,
                Kind::NotChecked,
                directory,
                format!("only {MOST_FILES} of its files were read to find plaintext"),
                "run it in the directory of the project that has the secrets".to_owned(),
            ));
        }
        if copies.is_empty() && set.is_empty() && identities.is_empty() {
            return;
        }
        let known = Known::of(directory);
        let copies = copies.iter().filter(|(path, _)| known.counts(path));
        findings.extend(copies.map(|(path, of)| a_copy(path, of)));
        let set = set.iter().filter(|(path, ..)| known.counts(path));
        findings.extend(set.map(|(path, line, name)| a_line(path, *line, name)));
        // Outside of a repository it is where identities are kept.
        let identities = identities
            .iter()
            .filter(|path| known.is_in_repository(path));
        findings.extend(identities.map(|path| an_identity(path, known.is_tracked(path))));
    }
}

/// What git says of the files below a directory.
struct Known {
    directory: PathBuf,
    /// Those that are in the repository; none where there is no git.
    tracked: Option<BTreeSet<PathBuf>>,
    /// These, and those that it would take along; none where there is no git.
    all: Option<BTreeSet<PathBuf>>,
}

impl Known {
    fn of(directory: &Path) -> Self {
        let listed = |which: &[&str]| -> Option<BTreeSet<PathBuf>> {
            let arguments = [&["ls-files", "-z"], which].concat();
            let said = crate::origin::git::ask(directory, &arguments).ok()?;
            Some(said.split('\0').map(PathBuf::from).collect())
        };
        Self {
            directory: directory.to_owned(),
            tracked: listed(&["--cached"]),
            all: listed(&["--cached", "--others", "--exclude-standard"]),
        }
    }

    fn has(&self, listed: &BTreeSet<PathBuf>, path: &Path) -> bool {
        listed.contains(path.strip_prefix(&self.directory).unwrap_or(path))
    }

    /// Whether a file is anybody's. Where there is no git, nothing says that it is nobody's.
    fn counts(&self, path: &Path) -> bool {
        self.all.as_ref().is_none_or(|all| self.has(all, path))
    }

    fn is_in_repository(&self, path: &Path) -> bool {
        self.all.as_ref().is_some_and(|all| self.has(all, path))
    }

    fn is_tracked(&self, path: &Path) -> bool {
        self.tracked
            .as_ref()
            .is_some_and(|tracked| self.has(tracked, path))
    }
}

fn finding(
    gravity: Gravity,
    kind: Kind,
    path: &Path,
    message: String,
    fix: String,
) -> SecretsFinding {
    SecretsFinding {
        gravity,
        environment: None,
        kind,
        file: Some(path.display().to_string()),
        name: None,
        message,
        fix,
    }
}

/// Says that a file is a decrypted copy of another one.
fn a_copy(path: &Path, of: &str) -> SecretsFinding {
    finding(
        Gravity::Error,
        Kind::Unencrypted,
        path,
        format!(
            "has most of the names of {of} at the same places, with values, and is not encrypted: a decrypted copy"
        ),
        format!(
            "delete it (`rm {}`), or have git ignore it; if it has been committed or shared, change the secrets",
            shell_path(&path.display().to_string())
        ),
    )
}

/// Says that a line sets a variable that is secret.
fn a_line(path: &Path, line: usize, name: &str) -> SecretsFinding {
    SecretsFinding {
        name: Some(name.to_owned()),
        ..finding(
            Gravity::Error,
            Kind::InClear,
            path,
            format!("line {line} sets `{name}`, which a secrets file has encrypted"),
            "take the line out, and run the command with `tollgate exec`; if it has been committed or shared, change the secret".to_owned(),
        )
    }
}

/// Says that a file holds a private key.
fn an_identity(path: &Path, is_tracked: bool) -> SecretsFinding {
    let word = shell_path(&path.display().to_string());
    let (gravity, message, fix) = if is_tracked {
        (
            Gravity::Error,
            "holds a private key of age, and is in the repository: who has the repository opens what the key opens",
            format!(
                "make another (`tollgate secrets keygen`), let it in (`tollgate secrets grant`), lock this one out (`tollgate secrets revoke`), and take it out of the repository: `git rm --cached {word}`"
            ),
        )
    } else {
        (
            Gravity::Warning,
            "holds a private key of age, and git does not ignore it: the next `git add` takes it along",
            format!("keep it elsewhere, or have git ignore it: `echo {word} >> .gitignore`"),
        )
    };
    finding(gravity, Kind::Unencrypted, path, message.to_owned(), fix)
}

/// Tells whether more than half of the names are there, among not too many others.
fn is_most(names: &BTreeSet<String>, real: &BTreeSet<String>) -> bool {
    let common = names.intersection(real).count();
    common * 2 > names.len() && common * 4 >= real.len()
}

/// Tells whether a comment says that the key beside it is for tests: whoever reviews it sees that.
fn is_for_tests(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|comment| comment.to_ascii_lowercase().contains("for tests"))
}

fn is_identity(line: &str) -> bool {
    const LEAST: usize = 50;
    let line = line.trim().trim_matches(['"', '\'']);
    let line = line.rsplit(['=', ' ', '"', '\'']).next().unwrap_or(line);
    ["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1"]
        .iter()
        .filter_map(|start| line.strip_prefix(start))
        .any(|rest| {
            rest.len() >= LEAST
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
}

fn push(place: &mut String, step: &PathStep<'_>) {
    match step {
        PathStep::Key(key) => {
            place.push('/');
            place.push_str(key);
        }
        PathStep::Index(_) => place.push_str("/[]"),
    }
}

/// Collects the places of values that are more than a stand-in.
fn walk(value: Value<'_>, place: &mut String, real: &mut BTreeSet<String>, has_text: &mut bool) {
    let length = place.len();
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                push(place, &PathStep::Key(key));
                walk(value, place, real, has_text);
                place.truncate(length);
            }
        }
        Value::List(list) => {
            for value in list.iter() {
                push(place, &PathStep::Index(0));
                walk(value, place, real, has_text);
                place.truncate(length);
            }
        }
        Value::Null => {}
        Value::Text(text) => {
            if !is_nothing(&String::from_utf8_lossy(text)) {
                *has_text = true;
                real.insert(place.clone());
            }
        }
        _ => {
            real.insert(place.clone());
        }
    }
}

/// Tells whether a text is none, stands for one that somebody is to put there, or leads to one elsewhere.
fn is_nothing(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let small = text.to_lowercase();
    let words = [
        "",
        "null",
        "~",
        "changeme",
        "change_me",
        "change-me",
        "change me",
        "todo",
        "tbd",
        "fixme",
        "secret",
        "password",
        "none",
        "dummy",
        "fake",
        "redacted",
        "unset",
    ];
    words.contains(&small.as_str())
        || ["example", "placeholder", "replace", "changeme"]
            .iter()
            .any(|word| small.contains(word))
        || small.starts_with("your")
        || text.starts_with('<') && text.ends_with('>')
        || text.starts_with("{{")
        || text.starts_with('$')
        || text.starts_with('`')
        || ["op://", "ref+", "vault:", "arn:aws:secretsmanager:", "enc["]
            .iter()
            .any(|start| small.starts_with(start))
        || text
            .chars()
            .all(|character| matches!(character, 'x' | 'X' | '*' | '.' | '-' | '_' | '…'))
}
