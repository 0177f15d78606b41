//! What the CIS benchmark for AWS wants to be watched in the events of a trail.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Control {
    /// Everything below.
    All,
    /// Calls that were denied.
    UnauthorizedCalls,
    /// Signing in to the console without a second factor.
    ConsoleWithoutMfa,
    /// What the root user does.
    RootUse,
    /// Changes of IAM policies.
    IamChanges,
    /// Changes of trails.
    TrailChanges,
    /// Failures to sign in to the console.
    ConsoleFailures,
    /// Keys that are disabled or deleted.
    KeyDeletion,
    /// Changes of bucket policies.
    BucketPolicyChanges,
    /// Changes of AWS Config.
    ConfigChanges,
    /// Changes of security groups.
    SecurityGroupChanges,
    /// Changes of network access lists.
    NetworkAclChanges,
    /// Changes of gateways.
    GatewayChanges,
    /// Changes of route tables.
    RouteTableChanges,
    /// Changes of VPCs.
    VpcChanges,
    /// Changes of the organization.
    OrganizationChanges,
}

/// Each control with the words that the pattern of its filter cannot do without.
pub const CONTROLS: &[(Control, &str, &[&str])] = &[
    (
        Control::UnauthorizedCalls,
        "unauthorized-calls",
        &["UnauthorizedOperation", "AccessDenied"],
    ),
    (
        Control::ConsoleWithoutMfa,
        "console-without-mfa",
        &["ConsoleLogin", "MFAUsed"],
    ),
    (Control::RootUse, "root-use", &["userIdentity.type", "Root"]),
    (
        Control::IamChanges,
        "iam-changes",
        &["PutRolePolicy", "AttachRolePolicy", "CreatePolicyVersion"],
    ),
    (
        Control::TrailChanges,
        "trail-changes",
        &["StopLogging", "DeleteTrail", "UpdateTrail"],
    ),
    (
        Control::ConsoleFailures,
        "console-failures",
        &["ConsoleLogin", "Failed authentication"],
    ),
    (
        Control::KeyDeletion,
        "key-deletion",
        &["DisableKey", "ScheduleKeyDeletion"],
    ),
    (
        Control::BucketPolicyChanges,
        "bucket-policy-changes",
        &["PutBucketPolicy", "DeleteBucketPolicy"],
    ),
    (
        Control::ConfigChanges,
        "config-changes",
        &["StopConfigurationRecorder", "DeleteDeliveryChannel"],
    ),
    (
        Control::SecurityGroupChanges,
        "security-group-changes",
        &["AuthorizeSecurityGroupIngress"],
    ),
    (
        Control::NetworkAclChanges,
        "network-acl-changes",
        &["CreateNetworkAclEntry"],
    ),
    (
        Control::GatewayChanges,
        "gateway-changes",
        &["AttachInternetGateway"],
    ),
    (
        Control::RouteTableChanges,
        "route-table-changes",
        &["CreateRouteTable", "ReplaceRoute"],
    ),
    (
        Control::VpcChanges,
        "vpc-changes",
        &["CreateVpc", "DeleteVpc"],
    ),
    (
        Control::OrganizationChanges,
        "organization-changes",
        &["organizations.amazonaws.com"],
    ),
];
