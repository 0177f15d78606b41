//! For how long which resource type keeps logs.

mod aws;
mod azure;
mod google;

pub use azure::FORMER;

/// One attribute that says for how many days something is kept.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute, in days; inside of each of `each`, if that is set.
    pub path: &'static str,
    /// The blocks that have one each.
    pub each: Option<&'static str>,
    /// The attribute that has to be true for `path` to count. Where it is false nothing is
    /// ever deleted.
    pub while_true: Option<&'static str>,
    /// A value with which the service decides by itself.
    pub unless: Option<(&'static str, &'static str)>,
    /// What it means that nothing is set.
    pub unset: Unset,
    /// What 0 means.
    pub zero: Zero,
    /// Whose logs these are.
    pub of: Of,
    /// What the resource is called.
    pub name: Option<&'static str>,
}

/// What it means that nothing is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The default of the service, in days.
    Days(i64),
    /// For ever.
    Forever,
    /// That there are no such logs, or that another resource decides.
    Nothing,
}

/// What 0 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// For ever.
    Forever,
    /// No days.
    Never,
}

/// Whose logs these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of applications: keeping them for ever is waste.
    Applications,
    /// Of an audit: keeping them for ever is in order.
    Audit,
}

/// The types and attributes that `deletion-protection` compares as well. That policy is part of
/// every set that this one is part of, and neither can know whether the other runs.
pub const COMPARED_ELSEWHERE: &[(&str, &str)] = &[
    ("aws_cloudwatch_log_group", "retention_in_days"),
    ("aws_cloudtrail_event_data_store", "retention_period"),
    ("google_logging_project_bucket_config", "retention_days"),
    ("google_logging_folder_bucket_config", "retention_days"),
    (
        "google_logging_organization_bucket_config",
        "retention_days",
    ),
    (
        "google_logging_billing_account_bucket_config",
        "retention_days",
    ),
    ("azurerm_log_analytics_workspace", "retention_in_days"),
    ("azurerm_application_insights", "retention_in_days"),
    ("azurerm_log_analytics_workspace_table", "retention_in_days"),
    (
        "azurerm_log_analytics_workspace_table",
        "total_retention_in_days",
    ),
    (
        "azurerm_log_analytics_workspace_table_custom_log",
        "retention_in_days",
    ),
    (
        "azurerm_log_analytics_workspace_table_custom_log",
        "total_retention_in_days",
    ),
    (
        "azurerm_log_analytics_workspace_table_microsoft",
        "retention_in_days",
    ),
    (
        "azurerm_log_analytics_workspace_table_microsoft",
        "total_retention_in_days",
    ),
];

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, azure::ROWS, google::ROWS].into_iter().flatten()
}

impl Row {
    /// Whether `deletion-protection` finds a smaller number as well.
    #[must_use]
    pub fn is_compared_elsewhere(&self) -> bool {
        COMPARED_ELSEWHERE.contains(&(self.kind, self.path))
    }

    /// What the policy declares of the row.
    pub fn declared(&self) -> impl Iterator<Item = &'static str> {
        [
            Some(self.each.unwrap_or(self.path)),
            self.while_true.filter(|_| self.each.is_none()),
            self.unless.map(|(path, _)| path),
            self.name,
        ]
        .into_iter()
        .flatten()
    }
}

const fn row(kind: &'static str, path: &'static str, unset: Unset, zero: Zero, of: Of) -> Row {
    Row {
        kind,
        path,
        each: None,
        while_true: None,
        unless: None,
        unset,
        zero,
        of,
        name: None,
    }
}
