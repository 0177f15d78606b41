//! Where resources name what they run.
//!
//! Each path is an argument of the provider's documentation page of its type (hashicorp/aws 6,
//! google 8, azurerm 5, kubernetes 2 and 3, helm 2 and 3, kreuzwerker/docker 3); a test looks those
//! of the first three up in their schemas.

/// How an attribute names images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A reference, as `docker pull` takes it.
    Image,
    /// A reference without its registry, which another attribute names.
    Name,
    /// A block with `image_name` and `image_tag`.
    NameAndTag,
    /// A JSON text in which every `image` is one.
    Json,
    /// An object in which every `image` beside a `name` in `containers` is one.
    Manifest,
}

/// One attribute that names container images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// The path, through blocks that may repeat.
    pub path: &'static str,
    /// How it does.
    pub holds: Holds,
}

const fn image(kind: &'static str, path: &'static str) -> Row {
    Row {
        kind,
        path,
        holds: Holds::Image,
    }
}

const fn json(kind: &'static str, path: &'static str) -> Row {
    Row {
        kind,
        path,
        holds: Holds::Json,
    }
}

const fn name(kind: &'static str, path: &'static str) -> Row {
    Row {
        kind,
        path,
        holds: Holds::Name,
    }
}

const fn name_and_tag(kind: &'static str, path: &'static str) -> Row {
    Row {
        kind,
        path,
        holds: Holds::NameAndTag,
    }
}

/// Every attribute that names container images.
pub static IMAGES: &[Row] = &[
    json("aws_ecs_task_definition", "container_definitions"),
    image("aws_lambda_function", "image_uri"),
    image(
        "aws_apprunner_service",
        "source_configuration.image_repository.image_identifier",
    ),
    json("aws_batch_job_definition", "container_properties"),
    json("aws_batch_job_definition", "node_properties"),
    json("aws_batch_job_definition", "ecs_properties"),
    image(
        "aws_batch_job_definition",
        "eks_properties.pod_properties.containers.image",
    ),
    image(
        "aws_batch_job_definition",
        "eks_properties.pod_properties.init_containers.image",
    ),
    image("aws_codebuild_project", "environment.image"),
    image("aws_ecs_express_gateway_service", "primary_container.image"),
    image(
        "aws_emrserverless_application",
        "image_configuration.image_uri",
    ),
    image("aws_sagemaker_model", "primary_container.image"),
    image("aws_sagemaker_model", "container.image"),
    image(
        "aws_lightsail_container_service_deployment_version",
        "container.image",
    ),
    image("google_cloud_run_service", "template.spec.containers.image"),
    image("google_cloud_run_v2_service", "template.containers.image"),
    image(
        "google_cloud_run_v2_job",
        "template.template.containers.image",
    ),
    image(
        "google_cloud_run_v2_worker_pool",
        "template.containers.image",
    ),
    image(
        "google_app_engine_flexible_app_version",
        "deployment.container.image",
    ),
    image("google_workstations_workstation_config", "container.image"),
    image("google_dataproc_batch", "runtime_config.container_image"),
    image("azurerm_container_app", "template.container.image"),
    image("azurerm_container_app", "template.init_container.image"),
    image("azurerm_container_app_job", "template.container.image"),
    image("azurerm_container_app_job", "template.init_container.image"),
    image("azurerm_container_group", "container.image"),
    image("azurerm_container_group", "init_container.image"),
    image("azurerm_spring_cloud_container_deployment", "image"),
    image(
        "azurerm_batch_pool",
        "container_configuration.container_image_names",
    ),
    name(
        "azurerm_linux_web_app",
        "site_config.application_stack.docker_image_name",
    ),
    name(
        "azurerm_linux_web_app_slot",
        "site_config.application_stack.docker_image_name",
    ),
    name(
        "azurerm_windows_web_app",
        "site_config.application_stack.docker_image_name",
    ),
    name(
        "azurerm_windows_web_app_slot",
        "site_config.application_stack.docker_image_name",
    ),
    name_and_tag(
        "azurerm_linux_function_app",
        "site_config.application_stack.docker",
    ),
    name_and_tag(
        "azurerm_linux_function_app_slot",
        "site_config.application_stack.docker",
    ),
    image("kubernetes_pod", "spec.container.image"),
    image("kubernetes_pod", "spec.init_container.image"),
    image("kubernetes_pod_v1", "spec.container.image"),
    image("kubernetes_pod_v1", "spec.init_container.image"),
    image(
        "kubernetes_deployment",
        "spec.template.spec.container.image",
    ),
    image(
        "kubernetes_deployment",
        "spec.template.spec.init_container.image",
    ),
    image(
        "kubernetes_deployment_v1",
        "spec.template.spec.container.image",
    ),
    image(
        "kubernetes_deployment_v1",
        "spec.template.spec.init_container.image",
    ),
    image(
        "kubernetes_stateful_set",
        "spec.template.spec.container.image",
    ),
    image(
        "kubernetes_stateful_set",
        "spec.template.spec.init_container.image",
    ),
    image(
        "kubernetes_stateful_set_v1",
        "spec.template.spec.container.image",
    ),
    image(
        "kubernetes_stateful_set_v1",
        "spec.template.spec.init_container.image",
    ),
    image("kubernetes_daemonset", "spec.template.spec.container.image"),
    image(
        "kubernetes_daemonset",
        "spec.template.spec.init_container.image",
    ),
    image(
        "kubernetes_daemon_set_v1",
        "spec.template.spec.container.image",
    ),
    image(
        "kubernetes_daemon_set_v1",
        "spec.template.spec.init_container.image",
    ),
    image("kubernetes_job", "spec.template.spec.container.image"),
    image("kubernetes_job_v1", "spec.template.spec.container.image"),
    image(
        "kubernetes_cron_job",
        "spec.job_template.spec.template.spec.container.image",
    ),
    image(
        "kubernetes_cron_job_v1",
        "spec.job_template.spec.template.spec.container.image",
    ),
    Row {
        kind: "kubernetes_manifest",
        path: "manifest",
        holds: Holds::Manifest,
    },
    image("docker_container", "image"),
    image("docker_service", "task_spec.container_spec.image"),
];

/// How an attribute names the image of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// The identifier of an image of AWS.
    Ami,
    /// A version of an image of Azure, or `latest`.
    Version,
    /// An image of Google, or a family of which the newest is taken.
    Family,
}

/// Every attribute that names the image of a machine.
pub static MACHINES: &[(&str, &str, Machine)] = &[
    ("aws_instance", "ami", Machine::Ami),
    ("aws_spot_instance_request", "ami", Machine::Ami),
    ("aws_launch_template", "image_id", Machine::Ami),
    ("aws_launch_configuration", "image_id", Machine::Ami),
    (
        "azurerm_linux_virtual_machine",
        "source_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_windows_virtual_machine",
        "source_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_linux_virtual_machine_scale_set",
        "source_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_windows_virtual_machine_scale_set",
        "source_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_orchestrated_virtual_machine_scale_set",
        "source_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_virtual_machine",
        "storage_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_virtual_machine_scale_set",
        "storage_profile_image_reference.version",
        Machine::Version,
    ),
    (
        "azurerm_batch_pool",
        "storage_image_reference.version",
        Machine::Version,
    ),
    (
        "google_compute_instance",
        "boot_disk.initialize_params.image",
        Machine::Family,
    ),
    (
        "google_compute_instance_template",
        "disk.source_image",
        Machine::Family,
    ),
    (
        "google_compute_region_instance_template",
        "disk.source_image",
        Machine::Family,
    ),
    ("google_compute_disk", "image", Machine::Family),
];

/// The type that is a chart of Helm, and what it reads of it.
pub const CHART: (&str, [&str; 2]) = ("helm_release", ["chart", "version"]);

/// Types that run code out of a bucket.
pub static OBJECTS: &[&str] = &["aws_lambda_function", "aws_lambda_layer_version"];
/// What says which object, and which version of it.
pub const OBJECT: [&str; 2] = ["s3_key", "s3_object_version"];

/// The type that deploys from git by its own block.
pub const APPLICATION: (&str, &str) = ("argocd_application", "spec");
/// The type that can be any object of a cluster.
pub const MANIFEST: (&str, &str) = ("kubernetes_manifest", "manifest");
