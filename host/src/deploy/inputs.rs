//! What the tool reads when it applies a plan, besides the configuration that is in the plan:
//! scripts that provisioners run, templates, files that functions read, and the modules that `init`
//! installed.
//!
//! Which files a run will read cannot be told without running it. So it is every file that git
//! tracks in the directories of the root module and of its local modules, and every other file that
//! their configuration mentions. What a script reads or starts in its turn is not looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::facts::{FactsError, relative};
use super::guard::tree::is_the_tools;
use crate::hcl::{Configuration, clean};
use crate::origin::git;

/// How many files are looked at.
const MAX_FILES: usize = 200_000;
/// How deep directories of installed modules go.
const MAX_DEPTH: usize = 64;

/// What stands for a file that cannot be read as one.
const NOT_A_FILE: &str = "not a file";

/// From where inputs are gathered.
pub struct InputSources<'a> {
    /// What paths are told from.
    pub project: &'a Path,
    /// The root module.
    pub root: &'a Configuration,
    /// Its directory.
    pub directory: &'a Path,
    /// What is compared otherwise, or may change: the configuration itself, files of variables,
    /// secrets.
    pub otherwise: &'a [PathBuf],
}

/// Returns the digests of what an apply reads, by name.
///
/// # Errors
/// When there are too many, or one of them cannot be read.
pub fn gather(from: &InputSources<'_>) -> Result<BTreeMap<String, String>, FactsError> {
    let directories = from.root.local_directories()?;
    let mut paths = BTreeSet::new();
    for directory in &directories {
        paths.extend(tracked(directory));
    }
    let sources = from.root.local_files()?;
    paths.extend(mentioned(&sources, from.directory, &paths)?);
    let absolute = |path: &Path| clean(&std::path::absolute(path).unwrap_or_else(|_| path.into()));
    let otherwise: BTreeSet<PathBuf> = sources
        .iter()
        .chain(from.otherwise)
        .map(|path| absolute(path))
        .collect();
    paths.retain(|path| !otherwise.contains(&absolute(path)) && !is_ours(path));
    if paths.len() > MAX_FILES {
        return Err(FactsError::TooMany {
            path: from.directory.to_owned(),
            most: MAX_FILES,
        });
    }
    let digests: Result<Vec<(String, String)>, FactsError> = paths
        .par_iter()
        .map(|path| Ok((relative(from.project, path), digest(path)?)))
        .collect();
    let mut found: BTreeMap<String, String> = digests?.into_iter().collect();
    for (key, installed) in from.root.installed_modules() {
        found.insert(format!("the module {key}"), whole(&installed)?);
    }
    Ok(found)
}

/// Whether a path is what a deploy itself writes, or what is compared as part of the gate.
fn is_ours(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let name = path.file_name().map(|name| name.to_string_lossy());
    is_the_tools(&text)
        || name.is_some_and(|name| {
            name == "tollgate.toml"
                || name == ".terraform.lock.hcl"
                || name.ends_with(".tollgate")
                || is_a_state(&name)
        })
}

/// Whether a file is a state, its backup or its lock, whatever the state is called.
fn is_a_state(name: &str) -> bool {
    let name = name.strip_suffix(".backup").unwrap_or(name);
    let name = name.strip_suffix(".lock.info").unwrap_or(name);
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit());
    name.strip_suffix('.').unwrap_or(name).ends_with(".tfstate")
}

/// The files that git tracks below a directory; none outside of a repository.
fn tracked(directory: &Path) -> Vec<PathBuf> {
    let arguments = ["ls-files", "--cached", "--recurse-submodules", "-z"];
    let text = git::ask(directory, &arguments).unwrap_or_default();
    let names = text.split('\0').filter(|name| !name.is_empty());
    names.map(|name| clean(&directory.join(name))).collect()
}

/// The files that the configuration mentions, as far as they are there: in a call of a function, a
/// command, an attribute. Every word of its text that leads to a file from the module that has it,
/// or from the root module, where commands run.
fn mentioned(
    sources: &[PathBuf],
    root: &Path,
    tracked: &BTreeSet<PathBuf>,
) -> Result<BTreeSet<PathBuf>, FactsError> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for source in sources {
        let text = fs::read(source).map_err(|error| FactsError::Unreadable {
            path: source.clone(),
            cause: error,
        })?;
        let text = String::from_utf8_lossy(&text);
        let module = source.parent().unwrap_or(Path::new("."));
        for word in words(&text) {
            for from in [module, root] {
                let path = clean(&from.join(word));
                if !seen.insert(path.clone()) {
                    continue;
                }
                // A word alone is rarely the name of a file, and often of one that is written.
                let counts = word.contains(['.', '/']) || tracked.contains(&path);
                if counts && fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                    found.insert(path);
                }
            }
        }
    }
    Ok(found)
}

/// The words of a configuration that could be paths, without what is interpolated before them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let of_a_path = |character: char| {
        character.is_alphanumeric() || matches!(character, '.' | '/' | '_' | '-' | '@' | '+' | '~')
    };
    text.split(move |character| !of_a_path(character))
        // `${path.module}/run.sh` leaves `/run.sh`; what is absolute is the machine's.
        .map(|word| word.trim_start_matches('/').trim_end_matches('.'))
        .filter(|word| !word.is_empty() && word.len() < 1024)
}

/// The digest of a file, of where a link leads together with what is there, or of what is no file.
fn digest(path: &Path) -> Result<String, FactsError> {
    let unreadable = |cause: io::Error| FactsError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok("gone".to_owned()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut hash = Sha256::new();
    if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(unreadable)?;
        hash.update(target.to_string_lossy().as_bytes());
        hash.update([0]);
        // Only a file: anything else could block.
        if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(format!("sha256:{:x}", hash.finalize()));
        }
    } else if !metadata.is_file() {
        return Ok(NOT_A_FILE.to_owned());
    }
    let mut file = File::open(path).map_err(unreadable)?;
    // A script that nobody may run is another one.
    let runs = file
        .metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = file.read(&mut buffer).map_err(unreadable)?;
        if length == 0 {
            break;
        }
        hash.update(buffer.get(..length).unwrap_or_default());
    }
    // It can be a secret that somebody should not have put there.
    zeroize::Zeroize::zeroize(&mut buffer);
    let runs = if runs { ", executable" } else { "" };
    Ok(format!("sha256:{:x}{runs}", hash.finalize()))
}

/// One digest for all files of a directory, but git's own.
fn whole(directory: &Path) -> Result<String, FactsError> {
    let mut files = Vec::new();
    let mut open = vec![(directory.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Not installed, or not any more: the tool says so.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(cause) => {
                return Err(FactsError::Unreadable {
                    path: folder,
                    cause,
                });
            }
        };
        for entry in entries.flatten() {
            if entry.file_name() == ".git" {
                continue;
            }
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder {
                files.push(entry.path());
            } else if depth < MAX_DEPTH {
                open.push((entry.path(), depth + 1));
            }
            if files.len() > MAX_FILES {
                return Err(FactsError::TooMany {
                    path: directory.to_owned(),
                    most: MAX_FILES,
                });
            }
        }
    }
    files.sort();
    let digests: Result<Vec<String>, FactsError> = files
        .par_iter()
        .map(|path| {
            Ok(format!(
                "{}\0{}\n",
                relative(directory, path),
                digest(path)?
            ))
        })
        .collect();
    Ok(crate::sandbox::digest(digests?.concat().as_bytes()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hcl::Dialect;

    fn inputs(root: &Path) -> BTreeMap<String, String> {
        let configuration = Configuration::read_as(root, Dialect::OpenTofu).unwrap();
        let from = InputSources {
            project: root,
            root: &configuration,
            directory: root,
            otherwise: &[root.join("secrets.enc.yaml")],
        };
        gather(&from).unwrap()
    }

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    const MAIN: &str = r#"
module "a" { source = "./modules/a" }
resource "terraform_data" "x" {
  input = templatefile("${path.module}/motd.tpl", {})
  provisioner "local-exec" { command = "sh ./run.sh --with=conf/a.json && cat secrets.enc.yaml > made" }
}
"#;

    #[test]
    fn what_is_mentioned_counts_in_git_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root.join("main.tf"), MAIN);
        write(
            root.join("modules/a/main.tf"),
            "locals {\n  x = file(\"../shared/x.txt\")\n  y = filemd5(\"${path.module}/y.bin\")\n}\n",
        );
        for name in [
            "motd.tpl",
            "run.sh",
            "conf/a.json",
            "modules/shared/x.txt",
            "modules/a/y.bin",
            "secrets.enc.yaml",
            "made",
            "other.txt",
            "terraform.tfstate",
        ] {
            write(root.join(name), "1");
        }
        let before = inputs(root);
        let names: Vec<&str> = before.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "conf/a.json",
                "modules/a/y.bin",
                "modules/shared/x.txt",
                "motd.tpl",
                "run.sh"
            ]
        );
        write(root.join("run.sh"), "2");
        let after = inputs(root);
        let changed: Vec<&String> = before
            .iter()
            .filter(|(name, digest)| after.get(*name) != Some(digest))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(changed, ["run.sh"]);
    }

    #[test]
    fn installed_modules_count_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(
            root.join("main.tf"),
            "module \"net\" { source = \"example/net/aws\" }\n",
        );
        write(
            root.join(".terraform/modules/modules.json"),
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"net","Source":"registry/example/net/aws","Dir":".terraform/modules/net"}]}"#,
        );
        write(root.join(".terraform/modules/net/main.tf"), "");
        write(root.join(".terraform/modules/net/scripts/run.sh"), "1");
        write(root.join(".terraform/modules/net/.git/HEAD"), "1");
        let before = inputs(root);
        assert!(before.contains_key("the module net"), "{before:?}");
        write(root.join(".terraform/modules/net/.git/HEAD"), "2");
        assert_eq!(inputs(root), before);
        write(root.join(".terraform/modules/net/scripts/run.sh"), "2");
        assert_ne!(inputs(root), before);
    }

    #[test]
    fn states_are_no_inputs() {
        for (name, expected) in [
            ("prod.tfstate", true),
            ("prod.tfstate.backup", true),
            ("x.tfstate.1700000000.backup", true),
            (".prod.tfstate.lock.info", true),
            ("terraform.tfstate.tf", false),
            ("tfstate.sh", false),
        ] {
            assert_eq!(is_a_state(name), expected, "{name}");
        }
    }
}
