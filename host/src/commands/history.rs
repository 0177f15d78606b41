//! `tollgate history`: what was deployed.

use serde_json::json;

use super::env::load;
use super::{CommandError, options, print};
use crate::cli::HistoryArgs;
use crate::config::Config;
use crate::deploy::history::{self, History, Record};
use crate::deploy::place::Place;
use crate::deploy::promotion::{self, Running};
use crate::deploy::target::{Project, Target, TargetError};
use crate::exit;
use crate::hcl::Dialect;
use crate::layout::{Layout, LayoutError};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::view::env as report;

pub(super) fn run(args: &HistoryArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let chosen = args
        .environment
        .as_deref()
        .map(|name| config.deploy(Some(name)))
        .transpose()?;
    let mut kept: Vec<(String, History)> = Vec::new();
    for place in places(
        &config,
        chosen.as_ref().map(|chosen| chosen.environment.as_str()),
    )? {
        let location = history::location(&place);
        if kept.iter().all(|(known, _)| *known != location) {
            kept.push((location, history::read(&place)?));
        }
    }
    let wanted = |record: &&Record| {
        chosen
            .as_ref()
            .is_none_or(|chosen| chosen.is_called(&record.deploy.environment))
    };
    if args.matrix {
        let names = match &chosen {
            Some(chosen) => vec![chosen.environment.clone()],
            None => crate::layout::names(&config),
        };
        let histories: Vec<&History> = kept.iter().map(|(_, history)| history).collect();
        show(&matrix(&config, &names, &histories)?, args.common.json)?;
    } else if args.common.json {
        let documents: Vec<_> = kept
            .iter()
            .map(|(location, history)| {
                json!({
                    "place": location,
                    "last": history.last,
                    "damage": history.damage,
                    "records": history.records.iter().filter(wanted).collect::<Vec<_>>(),
                })
            })
            .collect();
        let document = json!({ "histories": documents });
        print(&report_json::render(&document).map_err(OutputError::Json)?)?;
    } else {
        for (location, history) in &kept {
            let rows: Vec<[String; 3]> = history.records.iter().filter(wanted).map(row).collect();
            let sheet = report::Sheet {
                title: location.clone(),
                note: if rows.is_empty() { ": no deploys" } else { "" }.to_owned(),
                rows,
            };
            print(&report::sheet(&sheet, options()))?;
        }
    }
    let mut doubts = kept.iter().filter_map(|(location, history)| {
        let repair = history.repair(location);
        Some((history.doubt(location)?, repair))
    });
    if let Some((doubt, repair)) = doubts.next() {
        let help =
            "compare it with a copy: the digests that deploys printed tell which lines were there";
        return Err(CommandError::usage(
            doubt,
            match repair {
                Some(repair) => format!(
                    "{help}; once nobody deploys, the last line can be moved into a file of its own: `{repair}`"
                ),
                None => help.to_owned(),
            },
        ));
    }
    if let Some(digest) = &args.contains
        && kept.iter().all(|(_, history)| !history.has(digest))
    {
        return Err(CommandError::usage(
            format!(
                "no line has the digest {}",
                crate::diagnostic::quoted(digest)
            ),
            "compare it with a copy: lines at the end were taken out, or it is another project's",
        ));
    }
    Ok(exit::PASSED)
}

/// What runs in the environments.
fn matrix(
    config: &Config,
    names: &[String],
    histories: &[&History],
) -> Result<Vec<Running>, CommandError> {
    let mut all = Vec::new();
    for name in names {
        let settings = config.deploy(Some(name))?;
        let found = histories
            .iter()
            .find_map(|history| promotion::running(history, |called| settings.is_called(called)));
        let mut running = found.unwrap_or_default();
        running.environment.clone_from(name);
        running.after = config.promotion(name).map(|promotion| promotion.after);
        all.push(running);
    }
    Ok(all)
}

/// Prints what runs where.
fn show(all: &[Running], json: bool) -> Result<(), CommandError> {
    if json {
        let document = json!({ "environments": all });
        print(&report_json::render(&document).map_err(OutputError::Json)?)?;
        return Ok(());
    }
    for running in all {
        let before = running
            .after
            .as_ref()
            .and_then(|after| all.iter().find(|other| other.environment == *after));
        let rows = running.promoted.iter().map(|(name, value)| {
            let there = before.map(|before| (before, before.promoted.get(name)));
            let beside = match there {
                Some((before, Some(there))) if there.digest == value.digest => {
                    format!("as in {}", before.environment)
                }
                Some((before, Some(_))) => format!("another one than in {}", before.environment),
                Some((_, None)) | None => String::new(),
            };
            [name.clone(), promotion::shown(value), beside]
        });
        let sheet = report::Sheet {
            title: running.environment.clone(),
            note: said(running),
            rows: rows.collect(),
        };
        print(&report::sheet(&sheet, options()))?;
    }
    Ok(())
}

/// What runs in an environment, in a line.
fn said(running: &Running) -> String {
    let parts = match running.parts.as_slice() {
        [] => String::new(),
        [one] => format!("; then a part of it (line {one})"),
        [.., last] => format!(
            "; then parts of it, {} times (line {last} last)",
            running.parts.len()
        ),
    };
    let later = running
        .later
        .as_ref()
        .map(|later| format!("; a later deploy is {}", later.word()))
        .unwrap_or_default();
    let Some(since) = running.since else {
        let nothing = match running.destroyed {
            true => ": nothing, since it was destroyed",
            false if running.parts.is_empty() => ": no deploys",
            false => ": never all of it",
        };
        return format!("{nothing}{later}{parts}");
    };
    let mut text = match &running.head {
        None => ": no commit".to_owned(),
        Some(head) => {
            let branch = head.branch.as_ref();
            let branch = branch.map(|branch| format!(" ({branch})"));
            format!(": {}{}", head.short(), branch.unwrap_or_default())
        }
    };
    if running.head.as_ref().is_some_and(|head| !head.clean) {
        text.push_str(", with uncommitted changes");
    }
    text.push_str(&format!(", since {}", since.strftime("%Y-%m-%d %H:%M UTC")));
    match running.verified {
        Some(true) => text.push_str(", verified"),
        Some(false) => text.push_str(", NOT VERIFIED"),
        None => {}
    }
    text + &later + &parts
}

/// Where the environments keep their histories; one place, as a rule.
fn places(config: &Config, chosen: Option<&str>) -> Result<Vec<Place>, CommandError> {
    let any = |_: &Layout| Ok::<_, TargetError>(Dialect::OpenTofu);
    if let Some(name) = chosen {
        let target = Target::look(config, Some(name), any)?;
        return Ok(vec![Place::of(config, &target)?]);
    }
    let mut project = Project::resolve(config, Dialect::OpenTofu);
    if project.sites().is_empty() && project.unclear().is_empty() {
        return Err(CommandError::usage(
            "no environment is configured, and convention finds none",
            "run it in the directory of the project, or see `tollgate init --help`",
        ));
    }
    let mut places = Vec::new();
    for site in project.sites() {
        places.push(Place::of(config, &project.target(site))?);
    }
    // What was never described cannot have been deployed; everything else has to be known.
    let never =
        |why: &TargetError| matches!(why, TargetError::Layout(LayoutError::NotFound { .. }));
    match project.take_unclear_where(|why| places.is_empty() || !never(why)) {
        Some(why) => Err(why.into()),
        None => Ok(places),
    }
}

fn row(record: &Record) -> [String; 3] {
    let deploy = &record.deploy;
    let mut what = format!(
        "{} {} ({})",
        deploy.environment,
        deploy.result.word(),
        deploy.command
    );
    if let Some(changes) = &deploy.changes {
        what.push_str(&format!(", {changes}"));
    }
    if !deploy.waivers.is_empty() {
        what.push_str(&format!(", waivers: {}", deploy.waivers.len()));
    }
    if let Some(left) = &deploy.left_by {
        what.push_str(&format!(
            ", left by {}@{} with the lock {}",
            left.user, left.host, left.lock
        ));
        if let Some(run) = &left.run {
            what.push_str(&format!(" in {run}"));
        }
    }
    let mut from = format!("{}@{}", record.user, record.host);
    if let Some(head) = &deploy.head {
        let commit: String = head.commit.chars().take(12).collect();
        from.push_str(&format!(", {commit}"));
        if let Some(branch) = &head.branch {
            from.push_str(&format!(" ({branch})"));
        }
        if !head.clean {
            from.push_str(", with uncommitted changes");
        }
    }
    if let Some(run) = &record.run {
        from.push_str(&format!(", {run}"));
    }
    let when = deploy.started.strftime("%Y-%m-%d %H:%M UTC").to_string();
    [when, what, from]
}
