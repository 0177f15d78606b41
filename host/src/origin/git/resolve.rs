//! What the name of a commit means.
//!
//! git takes the first of the refs that a short name can mean, and a tag goes before a
//! remote's branch. So whoever may push a tag `origin/main` could put it in the place of the
//! base branch, and a plain clone brings tags along. Here a name means one commit, or it is
//! refused.

use std::path::Path;

use super::{GitError, Meanings, ask};

/// How many digits make a text the short identifier of an object. git takes four, which
/// many a word has.
const SHORT_ID: usize = 7;

/// The remote that a clone has.
const ORIGIN: &str = "origin";

/// Something that a name means.
struct Meaning {
    /// A full name.
    name: String,
    /// The commit.
    id: String,
}

/// A name that somebody asks for.
struct Asked<'a> {
    directory: &'a Path,
    name: &'a str,
    /// What it begins with, and the steps from there.
    start: &'a str,
    steps: &'a str,
    remotes: Vec<String>,
}

/// Returns the identifier of the commit that a name means.
pub(super) fn resolve(directory: &Path, name: &str) -> Result<String, GitError> {
    let (start, steps) = split(name);
    let asked = Asked {
        directory,
        name,
        start,
        steps,
        remotes: remotes(directory)?,
    };
    if names_head(start) {
        return asked.behind_steps("HEAD");
    }
    if start == "FETCH_HEAD" {
        return asked.fetched();
    }
    if asked.is_full_id() {
        return asked.behind_steps(&start.to_ascii_lowercase());
    }
    let mut found = refs(directory, &candidates(start))?;
    let objects = asked.objects(&found)?;
    found.extend(objects);
    asked.expect_branch_of_remote(&found)?;
    let branches = asked.branches_behind_tags(&found)?;
    found.extend(branches);
    let id = asked.one_commit(found)?;
    asked.behind_steps(&id)
}

impl Asked<'_> {
    /// The commit that an object is, or is the name of; none where it is neither.
    fn commit(&self, object: &str, steps: &str) -> Option<String> {
        let wanted = format!("{object}{steps}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ];
        ask(self.directory, &arguments).ok()
    }

    /// The commit that is asked for, where it is known what its name begins with.
    fn behind_steps(&self, object: &str) -> Result<String, GitError> {
        self.commit(object, self.steps)
            .ok_or_else(|| self.unknown())
    }

    /// The commit that was fetched last.
    fn fetched(&self) -> Result<String, GitError> {
        // Only the file: where it is missing, git takes a tag of that name.
        let path = ask(self.directory, &["rev-parse", "--git-path", self.start])?;
        if !self.directory.join(path).is_file() {
            return Err(self.unknown());
        }
        self.behind_steps(self.start)
    }

    /// Whether it is written as an identifier is.
    fn is_hexadecimal(&self) -> bool {
        self.start.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Whether it is the full identifier of an object. That is the object whatever else is called so,
    /// unless it is one of the other kind of repository.
    fn is_full_id(&self) -> bool {
        if !self.is_hexadecimal() || !matches!(self.start.len(), 40 | 64) {
            return false;
        }
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            self.start,
        ];
        ask(self.directory, &arguments).is_ok_and(|found| found == self.start.to_ascii_lowercase())
    }

    /// The commits of which it is the short identifier, each under its full one. A ref that looks like
    /// one where there is no such commit is refused.
    fn objects(&self, refs: &[(String, String)]) -> Result<Vec<(String, String)>, GitError> {
        if !self.is_hexadecimal() || self.start.len() < SHORT_ID {
            return Ok(Vec::new());
        }
        let argument = format!("--disambiguate={}", self.start);
        let objects = ask(self.directory, &["rev-parse", &argument])?;
        let objects = objects.lines().filter(|id| self.commit(id, "").is_some());
        let objects: Vec<String> = objects.map(ToOwned::to_owned).collect();
        if objects.is_empty()
            && let Some((_, found)) = refs.first()
        {
            return Err(self.stands_in(found, "an identifier of a commit".to_owned()));
        }
        Ok(objects.into_iter().map(|id| (id.clone(), id)).collect())
    }

    /// Refuses what looks like a branch of a remote and is none, such as a tag `origin/main`.
    fn expect_branch_of_remote(&self, found: &[(String, String)]) -> Result<(), GitError> {
        let of_remote = self.remotes.iter().find(|remote| {
            let rest = self.start.strip_prefix(remote.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if let Some(remote) = of_remote
            && let Some((_, first)) = found.first()
            && !found
                .iter()
                .any(|(_, name)| name.starts_with("refs/remotes/"))
        {
            return Err(self.stands_in(first, format!("a branch of the remote `{remote}`")));
        }
        Ok(())
    }

    /// The branches of remotes that are called like it, where it is the short name of nothing but tags:
    /// a tag `main` where only the remote has a branch `main`.
    fn branches_behind_tags(
        &self,
        found: &[(String, String)],
    ) -> Result<Vec<(String, String)>, GitError> {
        let start = self.start;
        let written = format!("refs/{start}");
        let is_tag = |name: &str| name.starts_with("refs/tags/") && name != written;
        if start.starts_with("refs/")
            || found.is_empty()
            || !found.iter().all(|(_, name)| is_tag(name))
        {
            return Ok(Vec::new());
        }
        let branches = self
            .remotes
            .iter()
            .map(|remote| format!("refs/remotes/{remote}/{start}"));
        refs(self.directory, &branches.collect::<Vec<_>>())
    }

    /// The one commit that all of these objects are; others, each with its name, are refused.
    fn one_commit(&self, found: Vec<(String, String)>) -> Result<String, GitError> {
        let meanings: Vec<Meaning> = found
            .into_iter()
            // A tag of something else than a commit is no meaning here.
            .filter_map(|(object, name)| {
                let id = self.commit(&object, "")?;
                Some(Meaning { name, id })
            })
            .collect();
        let first = meanings.first().ok_or_else(|| self.unknown())?;
        if meanings.iter().all(|meaning| meaning.id == first.id) {
            return Ok(first.id.clone());
        }
        let full = |start: &str| meanings.iter().find(|other| other.name.starts_with(start));
        let likely = full("refs/remotes/").or(full("refs/heads/"));
        Err(GitError::Ambiguous {
            name: self.name.to_owned(),
            likely: likely.unwrap_or(first).name.clone(),
            meanings: Meanings(
                meanings
                    .iter()
                    .map(|meaning| (meaning.name.clone(), meaning.id.clone()))
                    .collect(),
            ),
        })
    }

    /// It means nothing here.
    fn unknown(&self) -> GitError {
        GitError::Unknown {
            name: self.name.to_owned(),
            fetch: self.fetch(),
        }
    }

    /// Something else is called so than what it looks like.
    fn stands_in(&self, found: &str, looks_like: String) -> GitError {
        GitError::StandsIn {
            name: self.name.to_owned(),
            found: found.to_owned(),
            looks_like,
            fetch: self.fetch(),
        }
    }

    /// What brings it here.
    fn fetch(&self) -> String {
        fetch(self.directory, &self.remotes, self.start, self.steps)
    }
}

/// Whether a name says `HEAD`, without steps from there to another commit.
pub(super) fn is_head(name: &str) -> bool {
    names_head(split(name).0)
}

/// Whether it is a name of the commit that is checked out.
fn names_head(start: &str) -> bool {
    matches!(start, "HEAD" | "@")
}

/// The name, and the steps from there (`~1`, `^2`): no ref has these characters.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.find(['~', '^']).unwrap_or(name.len()))
}

/// The refs that a name can mean.
fn candidates(start: &str) -> Vec<String> {
    if start.starts_with("refs/") {
        return vec![start.to_owned()];
    }
    vec![
        format!("refs/{start}"),
        format!("refs/tags/{start}"),
        format!("refs/heads/{start}"),
        format!("refs/remotes/{start}"),
        format!("refs/remotes/{start}/HEAD"),
    ]
}

/// Those of some refs that exist, each after its object.
fn refs(directory: &Path, names: &[String]) -> Result<Vec<(String, String)>, GitError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = vec!["for-each-ref", "--format=%(objectname) %(refname)"];
    arguments.extend(names.iter().map(String::as_str));
    let listed = ask(directory, &arguments)?;
    Ok(listed
        .lines()
        .filter_map(|line| line.split_once(' '))
        // A pattern of git's also names everything below it.
        .filter(|(_, name)| names.iter().any(|wanted| wanted == name))
        .map(|(object, name)| (object.to_owned(), name.to_owned()))
        .collect())
}

/// The remotes, and the usual one even where there is none any more.
fn remotes(directory: &Path) -> Result<Vec<String>, GitError> {
    let listed = ask(directory, &["remote"])?;
    let mut remotes: Vec<String> = listed.lines().map(ToOwned::to_owned).collect();
    if !remotes.iter().any(|remote| remote == ORIGIN) {
        remotes.push(ORIGIN.to_owned());
    }
    Ok(remotes)
}

/// What brings a commit into the repository under the name by which it was asked for.
fn fetch(directory: &Path, remotes: &[String], start: &str, steps: &str) -> String {
    let shallow = is_shallow(directory);
    let depth = match (shallow, steps.is_empty()) {
        (false, _) => "",
        (true, true) => " --depth 1",
        // Further back than any depth that could be told.
        (true, false) => " --unshallow",
    };
    let short = start.strip_prefix("refs/remotes/").unwrap_or(start);
    let of_remote = remotes.iter().find_map(|remote| {
        let branch = short.strip_prefix(remote.as_str())?.strip_prefix('/')?;
        Some((remote.as_str(), branch))
    });
    let full_id =
        matches!(start.len(), 40 | 64) && start.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (what, then) = match (of_remote, start) {
        (Some((remote, branch)), _) => (
            format!("{remote} {branch}:refs/remotes/{remote}/{branch}"),
            String::new(),
        ),
        (None, "HEAD" | "@" | "FETCH_HEAD") => (ORIGIN.to_owned(), String::new()),
        (None, id) if full_id => (format!("{ORIGIN} {id}"), String::new()),
        (None, other) => match other.strip_prefix("refs/tags/") {
            Some(tag) => (format!("{ORIGIN} tag {tag}"), String::new()),
            None => {
                let branch = other.strip_prefix("refs/heads/").unwrap_or(other);
                (
                    format!("{ORIGIN} {branch}:refs/remotes/{ORIGIN}/{branch}"),
                    format!(" and name `{ORIGIN}/{branch}`"),
                )
            }
        },
    };
    let command = format!("`git fetch{depth} {what}`");
    if shallow {
        format!("the clone is shallow: run {command}{then}, or check out with `fetch-depth: 0`")
    } else {
        format!("fetch it first ({command}){then}, or correct the name")
    }
}

/// Whether history was cut off when the repository was cloned.
pub(super) fn is_shallow(directory: &Path) -> bool {
    ask(directory, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|answer| answer == "true")
}
