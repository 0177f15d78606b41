//! `tollgate schema`: the published JSON Schemas.

use super::{CommandError, print};
use crate::cli::{SchemaArgs, SchemaOf};
use crate::report::markdown::manual;
use crate::report::output::OutputError;
use crate::{baseline, config, report, sandbox, secrets_check};

pub(super) fn run(args: &SchemaArgs) -> Result<u8, CommandError> {
    let text = text(args.of);
    if !args.markdown {
        return print(&text);
    }
    let schema = serde_json::from_str(&text).map_err(OutputError::Json)?;
    print(&manual::schema(args.of.title(), &schema))
}

/// The schema as the repository keeps it under `schemas/`.
#[must_use]
pub fn text(of: SchemaOf) -> String {
    match of {
        SchemaOf::Baseline => format!("{:#}\n", baseline::schema()),
        SchemaOf::Config => format!("{:#}\n", config::schema()),
        SchemaOf::Report => format!("{:#}\n", report::json::schema()),
        SchemaOf::PolicyRequest => format!("{:#}\n", sandbox::json::request_schema()),
        SchemaOf::PolicyResponse => format!("{:#}\n", sandbox::json::response_schema()),
        SchemaOf::History => format!("{:#}\n", crate::deploy::history::schema()),
        SchemaOf::SecretsCheck => format!("{:#}\n", secrets_check::schema()),
        SchemaOf::PriceBook => sandbox::builtin::PRICE_BOOK_SCHEMA.to_owned(),
    }
}
