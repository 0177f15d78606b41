//! `tollgate secrets readers`: who can read which files, without a key.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;
use tollgate_secrets::SecretsFile;

use super::files::chosen;
use super::{CommandError, print};
use crate::cli::ReadersArgs;
use crate::commands::configuration;
use crate::report::json as report_json;
use crate::report::output::OutputError;

pub(in crate::commands) fn run(args: &ReadersArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.files.config)?;
    let files = chosen(&config, &args.files, true)?
        .iter()
        .map(|path| SecretsFile::read(path, None))
        .collect::<Result<Vec<_>, _>>()?;
    // By the key: how it is written, what its holder needs, and what it opens.
    let mut readers: BTreeMap<String, (String, String, Vec<&str>)> = BTreeMap::new();
    for file in &files {
        for recipient in file.recipients() {
            let entry = readers
                .entry(recipient.key())
                .or_insert_with(|| (recipient.to_string(), recipient.needs(), Vec::new()));
            if !entry.2.contains(&file.name()) {
                entry.2.push(file.name());
            }
        }
    }
    if args.json {
        let readers: Vec<_> = readers
            .values()
            .map(|(recipient, needs, files)| {
                json!({ "recipient": recipient, "needs": needs, "files": files })
            })
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|file| {
                let readers = file.readers();
                let groups: Vec<Vec<String>> = readers
                    .groups
                    .iter()
                    .map(|group| group.iter().map(ToString::to_string).collect())
                    .collect();
                json!({
                    "file": file.name(),
                    "groups": groups,
                    "needed_groups": readers.threshold.max(1),
                })
            })
            .collect();
        let document = json!({ "readers": readers, "files": files });
        return print(&report_json::render(&document).map_err(OutputError::Json)?);
    }
    let mut out = String::new();
    for (recipient, needs, opens) in readers.values() {
        let _ = writeln!(out, "{recipient} ({needs})");
        for file in opens {
            let _ = writeln!(out, "  {}", file.escape_debug());
        }
    }
    for file in &files {
        let readers = file.readers();
        if readers.groups.len() > 1 {
            let _ = writeln!(
                out,
                "{}: {} of {} key groups are needed together",
                file.name().escape_debug(),
                readers.threshold,
                readers.groups.len()
            );
        }
        if let Some(recipient) = file.mislabelled().next() {
            let _ = writeln!(
                out,
                "{}: the copy for {recipient} is for somebody else, or for somebody besides",
                file.name().escape_debug()
            );
        }
    }
    print(&out)
}
