//! `tollgate bundle show`: what a bundle is, without its plan.

use serde_json::json;
use tollgate_secrets::seal::SealError;

use super::secrets::{keyring, warn};
use super::{CommandError, options, print};
use crate::cli::BundleShowArgs;
use crate::deploy::bundle::{Bundle, BundleError, Header, Manifest, Mode, Opened};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::report::{Decision, PlanFacts, words};
use crate::view::env::{Sheet, sheet};

/// What is known of a bundle.
enum Inside {
    /// All of it.
    Opened(Box<Opened>),
    /// Nobody asked for it.
    NotAsked,
    /// No key opens it, and why.
    Closed(String),
}

pub(super) fn show(args: &BundleShowArgs) -> Result<u8, CommandError> {
    let bundle = Bundle::read(&args.file)?;
    let file = args.file.display().to_string();
    let header = bundle.header().clone();
    let encrypted = bundle.is_encrypted();
    let digest = bundle.digest();
    let readers: Vec<String> = bundle.recipients().map(ToString::to_string).collect();
    let inside = if args.header {
        Inside::NotAsked
    } else {
        match bundle.open(&keyring()) {
            Ok(opened) => Inside::Opened(Box::new(opened)),
            Err(BundleError::File {
                cause: cause @ SealError::NoKey(_),
                ..
            }) => Inside::Closed(first_line(&cause.to_string())),
            Err(error) => return Err(error.into()),
        }
    };
    if args.json {
        let opened = match &inside {
            Inside::Opened(opened) => Some(&**opened),
            Inside::NotAsked | Inside::Closed(_) => None,
        };
        let document = json!({
            "file": file,
            "digest": digest,
            "encrypted": encrypted,
            "readers": readers,
            "verified": opened.is_some(),
            "header": header,
            "manifest": opened.map(|opened| document(&opened.content.manifest)),
        });
        return print(&report_json::render(&document).map_err(OutputError::Json)?);
    }
    let mut rows = clear(&header, encrypted, &readers);
    let note = match &inside {
        Inside::Opened(opened) => {
            rows.extend(manifest(&opened.content.manifest));
            if encrypted {
                ", opened and verified"
            } else {
                ", whole; everybody who can write the file can also replace it"
            }
        }
        Inside::NotAsked => ", not verified: `--header` uses no key",
        Inside::Closed(why) => {
            warn(&format!("only its unencrypted part is shown: it {why}"));
            ", not verified"
        }
    };
    let page = Sheet {
        title: file,
        note: note.to_owned(),
        rows,
    };
    print(&sheet(&page, options()))
}

/// Who could open it is in the page.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.trim_end_matches(':').to_owned()
}

fn row(label: &str, value: impl Into<String>, note: impl Into<String>) -> [String; 3] {
    let note = match note.into() {
        note if note.is_empty() => note,
        note => format!("({note})"),
    };
    [label.to_owned(), value.into(), note]
}

/// What it says in clear.
fn clear(header: &Header, encrypted: bool, readers: &[String]) -> Vec<[String; 3]> {
    let mode = match header.mode {
        Mode::Apply => "",
        Mode::Destroy => "a plan to destroy",
    };
    let why = match (header.applicable, header.verdict) {
        (false, _) => Some("it holds placeholders, and is for checking only"),
        (true, Decision::Passed) => None,
        (true, _) => Some("it did not pass"),
    };
    let mut rows = vec![
        row("environment", header.environment.as_str(), ""),
        row("root module", header.directory.as_str(), ""),
        row("workspace", header.workspace.as_str(), ""),
        row(
            "made",
            header.created.to_string(),
            format!("{}, Tollgate {}", header.tool, header.tollgate),
        ),
        row(
            "changes",
            words::changes(&PlanFacts {
                actions: header.changes,
                ..PlanFacts::default()
            }),
            mode,
        ),
        row("verdict", words::decision(header.verdict), ""),
        row(
            "can be applied",
            if why.is_none() { "yes" } else { "no" },
            why.unwrap_or("if all that it depends on is still so"),
        ),
    ];
    if !encrypted {
        rows.push(row(
            "encrypted",
            "no",
            "everybody who reads the file reads every secret in the plan",
        ));
    }
    for (nth, reader) in readers.iter().enumerate() {
        rows.push(row(
            if nth == 0 { "readers" } else { "" },
            reader.as_str(),
            "",
        ));
    }
    rows
}

/// What it depends on; digests are for machines.
fn manifest(manifest: &Manifest) -> Vec<[String; 3]> {
    let facts = &manifest.facts;
    let mut rows = vec![row("backend", facts.backend.to_string(), "")];
    if let Some(git) = &facts.git {
        let branch = git.branch.as_deref().unwrap_or("no branch");
        let clean = if git.clean {
            ""
        } else {
            ", with changes that are not committed"
        };
        rows.push(row(
            "commit",
            git.commit.as_str(),
            format!("{branch}{clean}"),
        ));
    }
    for target in &manifest.targets {
        rows.push(row("incomplete", target.as_str(), ""));
    }
    let mut list = |label: &str, names: Vec<(String, String)>| {
        for (nth, (name, note)) in names.into_iter().enumerate() {
            rows.push(row(if nth == 0 { label } else { "" }, name, note));
        }
    };
    let named = |names: &mut dyn Iterator<Item = &String>| {
        names.map(|name| (name.clone(), String::new())).collect()
    };
    list("gate", named(&mut facts.gate.keys()));
    list("configuration", named(&mut facts.source.keys()));
    list(
        "variables",
        named(&mut facts.variables.iter().map(|(name, _)| name)),
    );
    let secrets = manifest.variables.iter().map(|(name, variable)| {
        let what = match (variable.placeholder, variable.ephemeral) {
            (true, true) => "a placeholder; ephemeral, handed over again",
            (true, false) => "a placeholder, which is in the plan",
            (false, true) => "ephemeral, handed over again",
            (false, false) => "its value is in the plan",
        };
        (name.clone(), what.to_owned())
    });
    list("secrets", secrets.collect());
    rows
}

/// The manifest without the key, with which values could be guessed, and without what is made by it.
fn document(manifest: &Manifest) -> serde_json::Value {
    let variables: serde_json::Map<String, serde_json::Value> = manifest
        .variables
        .iter()
        .map(|(name, variable)| {
            let value = json!({
                "ephemeral": variable.ephemeral,
                "placeholder": variable.placeholder,
            });
            (name.clone(), value)
        })
        .collect();
    json!({
        "format": manifest.format,
        "created": manifest.created,
        "mode": manifest.mode,
        "targets": manifest.targets,
        "facts": manifest.facts,
        "plan-digest": manifest.plan_digest,
        "variables": variables,
    })
}
