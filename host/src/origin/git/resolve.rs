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

/// Returns the identifier of the commit that a name means.
pub(super) fn resolve(directory: &Path, name: &str) -> Result<String, GitError> {
    let (start, steps) = split(name);
    let commit = |object: &str, steps: &str| {
        let wanted = format!("{object}{steps}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ];
        ask(directory, &arguments).ok()
    };
    let remotes = remotes(directory)?;
    let unknown = || GitError::Unknown {
        name: name.to_owned(),
        fetch: fetch(directory, &remotes, start, steps),
    };
    if names_head(start) {
        return commit("HEAD", steps).ok_or_else(unknown);
    }
    if start == "FETCH_HEAD" {
        // Only the file: where it is missing, git takes a tag of that name.
        let path = ask(directory, &["rev-parse", "--git-path", start])?;
        let fetched = directory.join(path).is_file();
        let id = fetched.then(|| commit(start, steps)).flatten();
        return id.ok_or_else(unknown);
    }
    let digits = start.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && matches!(start.len(), 40 | 64) {
        let id = start.to_ascii_lowercase();
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            start,
        ];
        // A full identifier is the object whatever else is called so, unless it is one of
        // the other kind of repository.
        if ask(directory, &arguments).is_ok_and(|found| found == id) {
            return commit(&id, steps).ok_or_else(unknown);
        }
    }
    let mut meanings = refs(directory, &candidates(start))?;
    if digits && start.len() >= SHORT_ID {
        let argument = format!("--disambiguate={start}");
        let objects = ask(directory, &["rev-parse", &argument])?;
        let objects = objects.lines().filter(|id| commit(id, "").is_some());
        let objects: Vec<String> = objects.map(ToOwned::to_owned).collect();
        if objects.is_empty()
            && let Some((_, found)) = meanings.first()
        {
            return Err(GitError::StandsIn {
                name: name.to_owned(),
                found: found.clone(),
                looks_like: "an identifier of a commit".to_owned(),
                fetch: fetch(directory, &remotes, start, steps),
            });
        }
        meanings.extend(objects.into_iter().map(|id| (id.clone(), id)));
    }
    let of_remote = remotes.iter().find(|remote| {
        let rest = start.strip_prefix(remote.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if let Some(remote) = of_remote
        && let Some((_, found)) = meanings.first()
        && !meanings
            .iter()
            .any(|(_, name)| name.starts_with("refs/remotes/"))
    {
        return Err(GitError::StandsIn {
            name: name.to_owned(),
            found: found.clone(),
            looks_like: format!("a branch of the remote `{remote}`"),
            fetch: fetch(directory, &remotes, start, steps),
        });
    }
    // A tag `main` where only the remote has a branch `main`.
    let written = format!("refs/{start}");
    if !start.starts_with("refs/")
        && !meanings.is_empty()
        && meanings
            .iter()
            .all(|(_, name)| name.starts_with("refs/tags/") && *name != written)
    {
        let branches = remotes
            .iter()
            .map(|remote| format!("refs/remotes/{remote}/{start}"));
        meanings.extend(refs(directory, &branches.collect::<Vec<_>>())?);
    }
    let meanings: Vec<Meaning> = meanings
        .into_iter()
        // A tag of something else than a commit is no meaning here.
        .filter_map(|(object, name)| {
            let id = commit(&object, "")?;
            Some(Meaning { name, id })
        })
        .collect();
    let first = meanings.first().ok_or_else(unknown)?;
    if meanings.iter().any(|meaning| meaning.id != first.id) {
        let full = |start: &str| meanings.iter().find(|other| other.name.starts_with(start));
        let likely = full("refs/remotes/").or(full("refs/heads/"));
        return Err(GitError::Ambiguous {
            name: name.to_owned(),
            likely: likely.unwrap_or(first).name.clone(),
            meanings: Meanings(
                meanings
                    .iter()
                    .map(|meaning| (meaning.name.clone(), meaning.id.clone()))
                    .collect(),
            ),
        });
    }
    commit(&first.id, steps).ok_or_else(unknown)
}

/// Whether a name says `HEAD`, without steps from there to another commit.
pub(super) fn is_head(name: &str) -> bool {
    names_head(split(name).0)
}

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
