//! Where permissions are written, and which of them are too wide, by provider.
//!
//! Sources: the documentation pages of the types (hashicorp/aws 6, hashicorp/google 8,
//! hashicorp/azurerm 5), which [`source`] names, and:
//! - which permissions of AWS lead to all others: the service's own list of actions
//!   (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>)
//!   and what it says of passing roles
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>);
//! - the subjects of tokens: of GitHub
//!   (<https://docs.github.com/en/actions/concepts/security/openid-connect>), GitLab
//!   (<https://docs.gitlab.com/ci/cloud_services/>), HCP Terraform
//!   (<https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials>) and
//!   Kubernetes;
//! - roles of Google's (<https://docs.cloud.google.com/iam/docs/roles-overview>) and Azure's
//!   (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>).

use tollgate_policy_common::iam::mirror::Mirror;

/// A document of permissions of an identity.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// The attribute of each block of a list at `path`, where it is in one.
    pub each: Option<&'static str>,
}

const fn document(kind: &'static str, path: &'static str) -> Document {
    Document {
        kind,
        path,
        each: None,
    }
}

/// Every document of permissions.
pub const DOCUMENTS: &[Document] = &[
    document("aws_iam_policy", "policy"),
    document("aws_iam_role_policy", "policy"),
    document("aws_iam_user_policy", "policy"),
    document("aws_iam_group_policy", "policy"),
    document("aws_ssoadmin_permission_set_inline_policy", "inline_policy"),
    document("aws_iot_policy", "policy"),
    Document {
        kind: "aws_iam_role",
        path: "inline_policy",
        each: Some("policy"),
    },
];

/// Every document that says who may take a role.
pub const TRUSTS: &[(&str, &str)] = &[("aws_iam_role", "assume_role_policy")];

/// Attributes that attach managed policies of AWS, each one ARN or a list.
pub const ATTACHMENTS: &[(&str, &str)] = &[
    ("aws_iam_role_policy_attachment", "policy_arn"),
    ("aws_iam_user_policy_attachment", "policy_arn"),
    ("aws_iam_group_policy_attachment", "policy_arn"),
    ("aws_iam_policy_attachment", "policy_arn"),
    ("aws_iam_role_policy_attachments_exclusive", "policy_arns"),
    ("aws_iam_user_policy_attachments_exclusive", "policy_arns"),
    ("aws_iam_group_policy_attachments_exclusive", "policy_arns"),
    ("aws_iam_role", "managed_policy_arns"),
    (
        "aws_ssoadmin_managed_policy_attachment",
        "managed_policy_arn",
    ),
];

/// What a role only shows of resources of their own.
pub const MIRRORS: &[Mirror] = &[
    Mirror {
        kind: "aws_iam_role",
        path: "inline_policy",
        names: &["name"],
        by: &[("aws_iam_role_policy", "role")],
    },
    Mirror {
        kind: "aws_iam_role",
        path: "managed_policy_arns",
        names: &["name"],
        by: &[
            ("aws_iam_policy_attachment", "roles"),
            ("aws_iam_role_policy_attachment", "role"),
            ("aws_iam_role_policy_attachments_exclusive", "role_name"),
        ],
    },
];

/// Attributes that bound what an identity may do.
pub const BOUNDARIES: &[(&str, &str)] = &[
    ("aws_iam_role", "permissions_boundary"),
    ("aws_iam_user", "permissions_boundary"),
];

/// A type that is a secret for good.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute that says whether it is in use, and the value that says that it is not.
    pub unused: Option<(&'static str, &'static str)>,
    /// What a sentence calls it.
    pub what: &'static str,
}

const fn key(
    kind: &'static str,
    unused: Option<(&'static str, &'static str)>,
    what: &'static str,
) -> Key {
    Key { kind, unused, what }
}

/// Every key.
pub const KEYS: &[Key] = &[
    key(
        "aws_iam_access_key",
        Some(("status", "Inactive")),
        "an access key of a user",
    ),
    key("aws_iam_user_login_profile", None, "a password of a user"),
    key(
        "aws_iam_service_specific_credential",
        Some(("status", "Inactive")),
        "a password of a user for a service",
    ),
    key(
        "google_service_account_key",
        None,
        "a key of a service account",
    ),
    key(
        "google_storage_hmac_key",
        Some(("state", "INACTIVE")),
        "an HMAC key of a service account",
    ),
];

/// Types that give a policy to a user, each with the attribute that names the users where it
/// can be none.
pub const USERS: &[(&str, Option<&str>)] = &[
    ("aws_iam_user_policy", None),
    ("aws_iam_user_policy_attachment", None),
    ("aws_iam_policy_attachment", Some("users")),
    (
        "aws_iam_user_policy_attachments_exclusive",
        Some("policy_arns"),
    ),
];

/// Permissions of AWS which, together and on every resource, lead to all others.
pub const ESCALATIONS: &[(&[&str], &str)] = &[
    (&["iam:CreatePolicyVersion"], "rewrite a policy"),
    (
        &["iam:SetDefaultPolicyVersion"],
        "take up an earlier version of a policy",
    ),
    (&["iam:AttachUserPolicy"], "attach any policy to a user"),
    (&["iam:AttachGroupPolicy"], "attach any policy to a group"),
    (&["iam:AttachRolePolicy"], "attach any policy to a role"),
    (&["iam:PutUserPolicy"], "write a policy of a user"),
    (&["iam:PutGroupPolicy"], "write a policy of a group"),
    (&["iam:PutRolePolicy"], "write a policy of a role"),
    (&["iam:AddUserToGroup"], "join any group"),
    (&["iam:UpdateAssumeRolePolicy"], "let itself take any role"),
    (&["iam:CreateAccessKey"], "make a key of any user"),
    (&["iam:CreateLoginProfile"], "make a password of any user"),
    (
        &["iam:UpdateLoginProfile"],
        "change the password of any user",
    ),
    (
        &["iam:DeleteRolePermissionsBoundary"],
        "remove the boundary of a role",
    ),
    (
        &["iam:DeleteUserPermissionsBoundary"],
        "remove the boundary of a user",
    ),
    (
        &["sts:AssumeRole"],
        "take any role that lets the account in",
    ),
    (
        &["lambda:UpdateFunctionCode"],
        "run code with the role of any function",
    ),
    (
        &["iam:PassRole", "ec2:RunInstances"],
        "start an instance with any role",
    ),
    (
        &[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:InvokeFunction",
        ],
        "run a function with any role",
    ),
    (
        &[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:AddPermission",
        ],
        "run a function with any role",
    ),
    (
        &[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:CreateEventSourceMapping",
        ],
        "run a function with any role",
    ),
    (
        &["iam:PassRole", "cloudformation:CreateStack"],
        "make a stack with any role",
    ),
    (
        &[
            "iam:PassRole",
            "codebuild:CreateProject",
            "codebuild:StartBuild",
        ],
        "build with any role",
    ),
    (
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
        "run a task with any role",
    ),
    (
        &["iam:PassRole", "glue:CreateDevEndpoint"],
        "open an endpoint with any role",
    ),
    (
        &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
        "run a job with any role",
    ),
    (
        &[
            "iam:PassRole",
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
        ],
        "open a notebook with any role",
    ),
    (
        &[
            "iam:PassRole",
            "states:CreateStateMachine",
            "states:StartExecution",
        ],
        "run a state machine with any role",
    ),
    (
        &[
            "iam:PassRole",
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
        ],
        "run a pipeline with any role",
    ),
    (
        &["iam:PassRole", "ec2:AssociateIamInstanceProfile"],
        "give an instance any role",
    ),
    (
        &["iam:PassRole", "cloudformation:UpdateStack"],
        "change a stack with any role",
    ),
    (
        &[
            "iam:PassRole",
            "cloudformation:CreateChangeSet",
            "cloudformation:ExecuteChangeSet",
        ],
        "change a stack with any role",
    ),
    (
        &[
            "iam:PassRole",
            "codebuild:UpdateProject",
            "codebuild:StartBuild",
        ],
        "build with any role",
    ),
    (
        &[
            "iam:PassRole",
            "ecs:RegisterTaskDefinition",
            "ecs:CreateService",
        ],
        "run a service with any role",
    ),
    (
        &[
            "iam:PassRole",
            "ecs:RegisterTaskDefinition",
            "ecs:StartTask",
        ],
        "run a task with any role",
    ),
    (
        &[
            "iam:PassRole",
            "batch:RegisterJobDefinition",
            "batch:SubmitJob",
        ],
        "run a job with any role",
    ),
    (
        &["iam:PassRole", "apprunner:CreateService"],
        "run a service with any role",
    ),
    (
        &["iam:PassRole", "sagemaker:CreateTrainingJob"],
        "run a training job with any role",
    ),
    (
        &["iam:PassRole", "sagemaker:CreateProcessingJob"],
        "run a processing job with any role",
    ),
    (
        &["iam:PassRole", "elasticmapreduce:RunJobFlow"],
        "start a cluster with any role",
    ),
    (
        &["iam:PassRole", "scheduler:CreateSchedule"],
        "call any service with any role",
    ),
    (
        &["iam:PassRole", "ssm:StartAutomationExecution"],
        "run an automation with any role",
    ),
    (
        &[
            "iam:PassRole",
            "states:UpdateStateMachine",
            "states:StartExecution",
        ],
        "run a state machine with any role",
    ),
    (
        &["lambda:UpdateFunctionConfiguration"],
        "load code into any function",
    ),
    (
        &["glue:UpdateDevEndpoint"],
        "open an endpoint with its role",
    ),
    (
        &["ssm:SendCommand"],
        "run commands with the role of any instance",
    ),
    (
        &["ssm:StartSession"],
        "open a shell with the role of any instance",
    ),
    (
        &["sso:CreateAccountAssignment"],
        "give itself any permission set in any account",
    ),
    (
        &["sso:PutInlinePolicyToPermissionSet"],
        "write the policy of a permission set",
    ),
    (
        &["sso:AttachManagedPolicyToPermissionSet"],
        "attach any policy to a permission set",
    ),
    (
        &["sso:AttachCustomerManagedPolicyReferenceToPermissionSet"],
        "attach any policy to a permission set",
    ),
    (
        &["identitystore:CreateGroupMembership"],
        "join any group of the directory",
    ),
    (&["kms:PutKeyPolicy"], "write the policy of any key"),
    (&["kms:CreateGrant"], "grant itself the use of any key"),
];

/// The services that a role is passed to by an action of a service: what a condition on
/// `iam:PassedToService` names.
pub const PASSED_TO: &[(&str, &[&str])] = &[
    ("apprunner", &["tasks.apprunner.amazonaws.com"]),
    ("batch", &["batch.amazonaws.com", "ecs-tasks.amazonaws.com"]),
    ("cloudformation", &["cloudformation.amazonaws.com"]),
    ("codebuild", &["codebuild.amazonaws.com"]),
    (
        "datapipeline",
        &[
            "datapipeline.amazonaws.com",
            "ec2.amazonaws.com",
            "elasticmapreduce.amazonaws.com",
        ],
    ),
    ("ec2", &["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]),
    ("ecs", &["ecs-tasks.amazonaws.com"]),
    (
        "elasticmapreduce",
        &["elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"],
    ),
    ("glue", &["glue.amazonaws.com"]),
    ("lambda", &["lambda.amazonaws.com"]),
    ("sagemaker", &["sagemaker.amazonaws.com"]),
    ("scheduler", &["scheduler.amazonaws.com"]),
    ("ssm", &["ssm.amazonaws.com"]),
    ("states", &["states.amazonaws.com"]),
];

/// Types of resources in an ARN of which every one is all that an escalation is about.
pub const ESCALATED: &[&str] = &[
    "role", "user", "group", "policy", "function", "instance", "key",
];

/// Where a condition on one of these keys decides over which roles or policies an action is.
pub const BOUNDING_KEYS: &[&str] = &[
    "iam:passedtoservice",
    "iam:associatedresourcearn",
    "iam:permissionsboundary",
    "iam:policyarn",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "kms:grantisforawsresource",
    "kms:viaservice",
    "kms:resourcealiases",
    "kms:granteeprincipal",
];

/// Beginnings of keys, as in [`BOUNDING_KEYS`].
pub const BOUNDING_PREFIXES: &[&str] = &[
    "aws:resourcetag/",
    "iam:resourcetag/",
    "ssm:resourcetag/",
    "ec2:resourcetag/",
    "kms:encryptioncontext:",
];

/// Issuers of tokens that are everyone's: without a subject, any customer's token is accepted.
pub const SHARED_ISSUERS: &[&str] = &[
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "agent.buildkite.com",
    "oidc.vercel.com",
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Of some, the audience says whose application it is.
pub const BY_AUDIENCE: &[&str] = &[
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Scopes of Google's at which a role is one on everything in it.
pub const SCOPES: &[&str] = &[
    "google_project_iam_",
    "google_folder_iam_",
    "google_organization_iam_",
];

/// Roles of Google's on everything in a project.
/// Owners are among [`IMPERSONATORS`].
pub const BASIC_ROLES: &[&str] = &["roles/editor", "roles/writer"];

/// Basic roles that are everything, and give roles.
pub const OWNERS: &[&str] = &["roles/owner", "roles/admin"];

/// Roles of Google's that act as service accounts, or give roles to whom they like; and what one can do
/// with them where they are given on a project or above.
/// Source: <https://docs.cloud.google.com/iam/docs/service-account-permissions>.
pub const IMPERSONATORS: &[(&str, &str)] = &[
    ("roles/owner", OWNS),
    ("roles/admin", OWNS),
    (
        "roles/iam.serviceAccountTokenCreator",
        "and gets tokens of every service account there",
    ),
    (
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "and gets ID tokens of every service account there",
    ),
    (
        "roles/iam.serviceAccountUser",
        "and runs what it likes as any service account there",
    ),
    (
        "roles/iam.serviceAccountKeyAdmin",
        "and makes keys of every service account there",
    ),
    (
        "roles/iam.serviceAccountAdmin",
        "and says who may act as the service accounts there",
    ),
    (
        "roles/iam.workloadIdentityUser",
        "and workloads with it act as every service account there",
    ),
    (
        "roles/iam.workloadIdentityPoolAdmin",
        "and says whose tokens the pools there accept",
    ),
    ("roles/iam.securityAdmin", GIVES),
    ("roles/iam.roleAdmin", "and changes what custom roles allow"),
    (
        "roles/iam.organizationRoleAdmin",
        "and changes what custom roles allow",
    ),
    ("roles/resourcemanager.projectIamAdmin", GIVES),
    ("roles/resourcemanager.folderIamAdmin", GIVES),
    ("roles/resourcemanager.organizationAdmin", GIVES),
];

const OWNS: &str = "and may do everything and give roles there";
const GIVES: &str = "and gives roles there, also to itself";

/// Roles that are for whole projects: on one service account they act as it and make keys of it, and
/// more than whoever is meant to act as it needs.
pub const ON_ONE_ACCOUNT: &[&str] = &["roles/owner", "roles/admin", "roles/editor", "roles/writer"];

/// Roles with which a workload takes a service account.
pub const TAKERS: &[&str] = &[
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountUser",
];

/// The types of Google's custom roles.
pub const CUSTOM_ROLES: &[(&str, &str)] = &[
    ("google_project_iam_custom_role", "permissions"),
    ("google_organization_iam_custom_role", "permissions"),
];

/// Permissions of Google's that lead to all others.
pub const ESCALATING_PERMISSIONS: &[&str] = &[
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccountKeys.create",
    "iam.roles.update",
    "resourcemanager.projects.setIamPolicy",
    "resourcemanager.folders.setIamPolicy",
    "resourcemanager.organizations.setIamPolicy",
];

/// Types that give a role of Azure's.
pub const ASSIGNMENTS: &[&str] = &[
    "azurerm_role_assignment",
    "azurerm_pim_active_role_assignment",
    "azurerm_pim_eligible_role_assignment",
];

/// Roles of Azure's that are everything, or give it: the name, and the identifier.
pub const AZURE_ROLES: &[(&str, &str)] = &[
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    (
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    ),
    (
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    ),
];

/// The documentation page of a resource type, at the argument.
#[must_use]
pub fn source(kind: &str, path: &str) -> Option<String> {
    let (provider, page) = kind.split_once('_')?;
    // Of a provider that has several publishers.
    if provider == "kubectl" {
        return None;
    }
    let argument = path.split(['.', '[']).next().unwrap_or(path);
    Some(format!(
        "https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}#{argument}"
    ))
}

/// Documents besides those of identities whose `Deny` statements are compared.
pub const DENIES: &[(&str, &str)] = &[
    ("aws_organizations_policy", "content"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_sqs_queue_policy", "policy"),
    ("aws_sqs_queue", "policy"),
    ("aws_sns_topic_policy", "policy"),
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_ecr_repository_policy", "policy"),
    ("aws_ecr_registry_policy", "policy"),
    ("aws_backup_vault_policy", "policy"),
    ("aws_vpc_endpoint", "policy"),
    ("aws_vpc_endpoint_policy", "policy"),
    ("aws_dynamodb_resource_policy", "policy"),
    ("aws_efs_file_system_policy", "policy"),
    ("aws_glacier_vault", "access_policy"),
    ("aws_opensearch_domain_policy", "access_policies"),
    ("aws_api_gateway_rest_api_policy", "policy"),
];

/// What a policy that is a resource of its own is for: the type, the attribute that names it, and the
/// type and attribute that are named.
pub const POLICY_OF: &[(&str, &str, &str, &str)] = &[
    ("aws_s3_bucket_policy", "bucket", "aws_s3_bucket", "bucket"),
    ("aws_kms_key_policy", "key_id", "aws_kms_key", "key_id"),
    ("aws_kms_key_policy", "key_id", "aws_kms_key", "arn"),
    ("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue", "url"),
    ("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue", "id"),
    ("aws_sns_topic_policy", "arn", "aws_sns_topic", "arn"),
    (
        "aws_secretsmanager_secret_policy",
        "secret_arn",
        "aws_secretsmanager_secret",
        "arn",
    ),
    (
        "aws_ecr_repository_policy",
        "repository",
        "aws_ecr_repository",
        "name",
    ),
    (
        "aws_backup_vault_policy",
        "backup_vault_name",
        "aws_backup_vault",
        "name",
    ),
    (
        "aws_vpc_endpoint_policy",
        "vpc_endpoint_id",
        "aws_vpc_endpoint",
        "id",
    ),
    (
        "aws_dynamodb_resource_policy",
        "resource_arn",
        "aws_dynamodb_table",
        "arn",
    ),
    (
        "aws_efs_file_system_policy",
        "file_system_id",
        "aws_efs_file_system",
        "id",
    ),
    (
        "aws_api_gateway_rest_api_policy",
        "rest_api_id",
        "aws_api_gateway_rest_api",
        "id",
    ),
    (
        "aws_opensearch_domain_policy",
        "domain_name",
        "aws_opensearch_domain",
        "domain_name",
    ),
    ("aws_iam_role_policy", "role", "aws_iam_role", "name"),
    ("aws_iam_user_policy", "user", "aws_iam_user", "name"),
    ("aws_iam_group_policy", "group", "aws_iam_group", "name"),
    (
        "aws_iam_role_policy_attachment",
        "role",
        "aws_iam_role",
        "name",
    ),
    (
        "aws_iam_user_policy_attachment",
        "user",
        "aws_iam_user",
        "name",
    ),
    (
        "aws_iam_group_policy_attachment",
        "group",
        "aws_iam_group",
        "name",
    ),
    (
        "aws_ssoadmin_permission_set_inline_policy",
        "permission_set_arn",
        "aws_ssoadmin_permission_set",
        "arn",
    ),
    ("aws_iam_policy", "arn", "", ""),
];

/// Policies of AWS that deny everything, by the end of their names.
pub const DENY_ALL: &[&str] = &["/AWSDenyAll"];

/// Keys whose policy can be applied without a check.
pub const LOCKS: &[&str] = &[
    "aws_kms_key",
    "aws_kms_external_key",
    "aws_kms_key_policy",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
];

/// What gives roles of Azure's to another tenant, and the blocks that name them.
pub const DELEGATION: (&str, [&str; 2]) = (
    "azurerm_lighthouse_definition",
    ["authorization", "eligible_authorization"],
);
