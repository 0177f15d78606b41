//! hashicorp/google.

use super::{Of, Row, Unset, Zero, row};

/// <https://cloud.google.com/logging/docs/buckets#custom-retention>
const fn bucket(kind: &'static str) -> Row {
    row(
        kind,
        "retention_days",
        Unset::Days(30),
        Zero::Never,
        Of::Applications,
    )
}

pub(super) static ROWS: &[Row] = &[
    bucket("google_logging_project_bucket_config"),
    bucket("google_logging_folder_bucket_config"),
    bucket("google_logging_organization_bucket_config"),
    bucket("google_logging_billing_account_bucket_config"),
];
