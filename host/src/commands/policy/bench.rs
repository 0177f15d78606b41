//! `tollgate policy bench`: what a policy takes, and how that grows.

use std::borrow::Cow;
use std::path::Path;

use super::super::{CommandError, configuration, options, print};
use super::{fixture, subject};
use crate::authoring::bench::bench;
use crate::authoring::module;
use crate::cli::{BenchArgs, MutateFormat};
use crate::report::json;
use crate::report::output::OutputError;
use crate::sandbox::engine::Ticker;
use crate::sandbox::request::Context;
use crate::view::benched;

pub(in crate::commands) fn run(args: &BenchArgs) -> Result<u8, CommandError> {
    let bytes = fixture::plan(&args.plan)?;
    let named = match &args.module {
        Some(module) => module.clone(),
        None => module::find(Path::new("."))?.display().to_string(),
    };
    let _ticker = Ticker::start();
    let subject = subject(&named, &args.config)?;
    let documents: Vec<(String, Cow<'static, str>)> = subject
        .builtin
        .iter()
        .flat_map(|builtin| builtin.documents())
        .map(|(name, content)| ((*name).to_owned(), Cow::Borrowed(*content)))
        .collect();
    let (environment, protected) = match &args.environment {
        Some(name) => {
            let environment = configuration(&args.config)?.environment(Some(name))?;
            (environment.name, environment.protected)
        }
        None => ("production".to_owned(), true),
    };
    let context = Context {
        environment: &environment,
        protected,
        settings: "{}",
        documents: &documents,
        observer: None,
    };
    let measured = bench(&subject, &bytes, context)?;
    print(&match args.format {
        MutateFormat::Human => benched::human(&measured, options()),
        MutateFormat::Json => json::render(&measured).map_err(OutputError::Json)?,
    })
}
