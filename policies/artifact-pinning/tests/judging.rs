//! What the policy finds in plans, case by case.

use artifact_pinning::ArtifactPinning;
use tollgate_policy::Policy;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

const NONE: &[&str] = &[];

fn findings(resource: Resource, settings: Json) -> Vec<String> {
    Plan::new([resource])
        .settings(settings)
        .findings::<ArtifactPinning>()
}

fn short(resource: Resource, settings: Json) -> Vec<String> {
    findings(resource, settings)
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default().to_owned())
        .collect()
}

fn created(kind: &str, object: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), object)
}

/// A task definition as hashicorp/aws plans it: its containers are a JSON text.
fn task(image: &str) -> Json {
    let containers = json!([
        {"name": "api", "image": image, "essential": true, "environment": [{"name": "TAG", "value": "latest"}]},
        {"name": "proxy", "image": "envoyproxy/envoy:v1.31.0", "essential": true},
    ]);
    json!({
        "family": "api", "container_definitions": containers.to_string(), "cpu": "256",
        "memory": "512", "network_mode": "awsvpc", "arn": unknown(), "revision": unknown(),
    })
}

#[test]
fn tags_and_digests() {
    let digest = format!("acme/api@sha256:{}", "0".repeat(64));
    for (image, by_tag, by_digest) in [
        ("acme/api:v1.2.3", None, Some("has no digest")),
        (
            "acme/api:latest",
            Some("has the tag `latest`, which moves from one image to the next"),
            None,
        ),
        (
            "acme/api",
            Some("has neither a tag nor a digest, and means `latest`"),
            None,
        ),
        (
            "registry.example.org:5000/api",
            Some("has neither a tag nor a digest, and means `latest`"),
            None,
        ),
        (
            "acme/api:main",
            Some("has the tag `main`, which moves from one image to the next"),
            None,
        ),
        ("acme/latest:v1", None, Some("has no digest")),
        ("acme/api:latest-2024-01-01", None, Some("has no digest")),
        (digest.as_str(), None, None),
    ] {
        let expected = |fault: Option<&str>| -> Vec<String> {
            fault
                .iter()
                .map(|fault| format!("image-not-pinned violation aws_ecs_task_definition.x [container_definitions]: the image `{image}` {fault}"))
                .collect()
        };
        let resource = created("aws_ecs_task_definition", task(image));
        assert_eq!(
            findings(resource.clone(), json!({})),
            expected(by_tag),
            "{image}"
        );
        let strict = json!({"images": "digest", "allow-images": ["docker.io/envoyproxy/*"]});
        assert_eq!(
            findings(resource.clone(), strict),
            expected(by_tag.or(by_digest)),
            "{image}"
        );
        assert_eq!(
            findings(resource.clone(), json!({"images": "any"})),
            NONE,
            "{image}"
        );
    }
    let own = created("aws_ecs_task_definition", task("acme/api:blue"));
    assert_eq!(
        short(own.clone(), json!({"moving-tags": ["blue"]})).len(),
        1
    );
    assert_eq!(findings(own, json!({"moving-tags": []})), NONE);
}

#[test]
fn images_of_each_kind() {
    for (kind, object, path) in [
        (
            "aws_lambda_function",
            json!({"package_type": "Image", "image_uri": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/f:latest"}),
            "image_uri",
        ),
        (
            "aws_apprunner_service",
            json!({"source_configuration": [{"image_repository": [{"image_identifier": "public.ecr.aws/acme/api:latest", "image_repository_type": "ECR_PUBLIC"}]}]}),
            "source_configuration[0].image_repository[0].image_identifier",
        ),
        (
            "aws_batch_job_definition",
            json!({"container_properties": "{\"image\":\"busybox\",\"vcpus\":1}"}),
            "container_properties",
        ),
        (
            "aws_codebuild_project",
            json!({"environment": [{"image": "acme/build:latest"}]}),
            "environment[0].image",
        ),
        (
            "google_cloud_run_v2_service",
            json!({"template": [{"containers": [{"image": "gcr.io/acme/api:v1"}, {"image": "gcr.io/acme/api"}]}]}),
            "template[0].containers[1].image",
        ),
        (
            "google_cloud_run_service",
            json!({"template": [{"spec": [{"containers": [{"image": "gcr.io/acme/api"}]}]}]}),
            "template[0].spec[0].containers[0].image",
        ),
        (
            "azurerm_container_app",
            json!({"template": [{"container": [{"image": "acme.azurecr.io/api:latest"}], "init_container": []}]}),
            "template[0].container[0].image",
        ),
        (
            "azurerm_container_group",
            json!({"container": [{"image": "mcr.microsoft.com/app"}], "init_container": []}),
            "container[0].image",
        ),
        (
            "azurerm_linux_web_app",
            json!({"site_config": [{"application_stack": [{"docker_image_name": "api:latest", "docker_registry_url": "https://acme.azurecr.io"}]}]}),
            "site_config[0].application_stack[0].docker_image_name",
        ),
        (
            "azurerm_linux_function_app",
            json!({"site_config": [{"application_stack": [{"docker": [{"image_name": "f", "image_tag": "latest", "registry_url": "acme.azurecr.io"}]}]}]}),
            "site_config[0].application_stack[0].docker[0]",
        ),
        (
            "kubernetes_deployment_v1",
            json!({"spec": [{"template": [{"spec": [{"container": [{"name": "a", "image": "nginx"}], "init_container": []}]}]}]}),
            "spec[0].template[0].spec[0].container[0].image",
        ),
        (
            "kubernetes_cron_job_v1",
            json!({"spec": [{"job_template": [{"spec": [{"template": [{"spec": [{"container": [{"image": "nginx:latest"}]}]}]}]}]}]}),
            "spec[0].job_template[0].spec[0].template[0].spec[0].container[0].image",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}}}),
            "manifest.spec.template.spec.containers[0].image",
        ),
    ] {
        assert_eq!(
            short(created(kind, object), json!({})),
            [format!("image-not-pinned violation {kind}.x [{path}]")]
        );
    }
    for (kind, object) in [
        (
            "aws_lambda_function",
            json!({"package_type": "Zip", "image_uri": null, "filename": "latest.zip"}),
        ),
        (
            "aws_codebuild_project",
            json!({"environment": [{"image": "aws/codebuild/standard:7.0"}]}),
        ),
        (
            "aws_ecs_task_definition",
            json!({"container_definitions": "[]"}),
        ),
        (
            "aws_batch_job_definition",
            json!({"container_properties": null, "node_properties": null}),
        ),
        // An `image` that is none: no container is around it.
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "Widget", "spec": {"image": "logo"}}}),
        ),
        ("aws_ecr_repository", json!({"name": "latest"})),
    ] {
        assert_eq!(
            findings(created(kind, object.clone()), json!({})),
            NONE,
            "{kind} {object}"
        );
    }
}

#[test]
fn images_that_cannot_be_told() {
    for (doubt, why) in [
        (unknown(), "known only after apply"),
        (sensitive(), "marked sensitive"),
        (json!("no JSON"), "not a JSON document"),
    ] {
        let resource = created(
            "aws_ecs_task_definition",
            json!({"container_definitions": doubt}),
        );
        assert_eq!(
            findings(resource, json!({})),
            [format!(
                "image-not-pinned undetermined aws_ecs_task_definition.x [container_definitions]: whether the image is pinned cannot be told: `container_definitions` is {why}"
            )]
        );
    }
    let still = Resource::unchanged(
        "aws_ecs_task_definition.x",
        json!({"container_definitions": sensitive()}),
    );
    assert_eq!(
        short(still, json!({})),
        [
            "image-not-pinned undetermined(existing) aws_ecs_task_definition.x [container_definitions]"
        ]
    );
}

#[test]
fn what_was_so_before_is_existing() {
    let address = "aws_ecs_task_definition.x";
    let planned =
        &["image-not-pinned violation aws_ecs_task_definition.x [container_definitions]"][..];
    let existing =
        &["image-not-pinned violation(existing) aws_ecs_task_definition.x [container_definitions]"]
            [..];
    for (resource, expected) in [
        (Resource::unchanged(address, task("api:latest")), existing),
        (
            Resource::update(address, task("api:latest"), task("api:latest")),
            existing,
        ),
        (
            Resource::replace(address, task("api:v1"), task("api:latest")),
            planned,
        ),
        (
            Resource::replace(address, task("api"), task("api:latest")),
            planned,
        ),
        (
            Resource::replace(address, task("api:latest"), task("api:v2")),
            NONE,
        ),
        // An image bump.
        (
            Resource::replace(address, task("api:v1"), task("api:v2")),
            NONE,
        ),
        (
            Resource::unchanged(address, task("api:latest")).with(|change| change.importing = true),
            planned,
        ),
        (Resource::delete(address, task("api:latest")), NONE),
        (Resource::forget(address, task("api:latest")), NONE),
    ] {
        assert_eq!(short(resource.clone(), json!({})), expected, "{resource:?}");
    }
}

#[test]
fn registries() {
    let settings =
        json!({"registries": ["ghcr.io/acme/*", "docker.io/library/*", "docker.io/envoyproxy/*"]});
    for (image, allowed) in [
        ("ghcr.io/acme/api:v1", true),
        ("nginx:1.27", true),
        ("acme/api:v1", false),
        ("ghcr.io/acmee/api:v1", false),
        ("evil.example.org/ghcr.io/acme/api:v1", false),
    ] {
        let found = short(
            created("aws_ecs_task_definition", task(image)),
            settings.clone(),
        );
        let expected: &[&str] = if allowed {
            NONE
        } else {
            &[
                "image-source-not-allowed violation aws_ecs_task_definition.x [container_definitions]",
            ]
        };
        assert_eq!(found, expected, "{image}");
    }
    let bump = Resource::replace(
        "aws_ecs_task_definition.x",
        task("acme/api:v1"),
        task("acme/api:v2"),
    );
    assert_eq!(
        short(bump, settings.clone()),
        [
            "image-source-not-allowed violation(existing) aws_ecs_task_definition.x [container_definitions]"
        ]
    );
    // Its registry is in another attribute.
    let app = created(
        "azurerm_linux_web_app",
        json!({"site_config": [{"application_stack": [{"docker_image_name": "api:v1"}]}]}),
    );
    assert_eq!(findings(app, settings), NONE);
}

#[test]
fn images_of_machines() {
    let machine = |ami: Json| json!({"ami": ami, "instance_type": "t3.micro"});
    let looked_up = |resource: Resource| resource.refers("ami", "data.aws_ami.linux.id");
    let replaced = Resource::replace(
        "aws_instance.x",
        machine(json!("ami-1")),
        machine(json!("ami-2")),
    )
    .with(|change| change.replace_paths = vec!["ami".to_owned()]);
    let id = json!({"machine-images": "id"});
    assert_eq!(
        findings(looked_up(replaced.clone()), json!({})),
        [
            "machine-image-not-pinned violation aws_instance.x [ami]: the machine is replaced because `data.aws_ami.linux.id` finds another image"
        ]
    );
    // On purpose.
    assert_eq!(findings(replaced.clone(), json!({})), NONE);
    assert_eq!(
        findings(replaced.clone().refers("ami", "var.ami"), json!({})),
        NONE
    );
    // For another reason.
    let resized = replaced
        .clone()
        .with(|change| change.replace_paths = vec!["subnet_id".to_owned()]);
    assert_eq!(
        short(looked_up(resized), json!({})),
        ["machine-image-not-pinned violation(advice) aws_instance.x [ami]"]
    );
    assert_eq!(
        findings(looked_up(replaced), json!({"machine-images": "any"})),
        NONE
    );
    let new = looked_up(created("aws_instance", machine(json!("ami-1"))));
    assert_eq!(
        short(new.clone(), json!({})),
        ["machine-image-not-pinned violation(advice) aws_instance.x [ami]"]
    );
    assert_eq!(
        short(new, id.clone()),
        ["machine-image-not-pinned violation aws_instance.x [ami]"]
    );
    let still = Resource::unchanged("aws_instance.x", machine(json!("ami-1")))
        .refers("ami", "module.base.data.aws_ami.linux.id");
    assert_eq!(
        short(still, id.clone()),
        ["machine-image-not-pinned violation(existing) aws_instance.x [ami]"]
    );
    let template = created(
        "aws_launch_template",
        json!({"image_id": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023"}),
    );
    assert_eq!(
        short(template, id.clone()),
        ["machine-image-not-pinned violation aws_launch_template.x [image_id]"]
    );
    let azure = |version: &str| json!({"source_image_reference": [{"publisher": "Canonical", "offer": "ubuntu", "sku": "server", "version": version}]});
    assert_eq!(
        short(
            created("azurerm_linux_virtual_machine", azure("latest")),
            json!({})
        ),
        [
            "machine-image-not-pinned violation(advice) azurerm_linux_virtual_machine.x [source_image_reference.version]"
        ]
    );
    assert_eq!(
        short(
            created("azurerm_linux_virtual_machine", azure("latest")),
            id.clone()
        )
        .len(),
        1
    );
    assert_eq!(
        findings(
            created("azurerm_linux_virtual_machine", azure("24.04.202410170")),
            id.clone()
        ),
        NONE
    );
    for (image, found) in [
        ("debian-cloud/debian-12", true),
        ("projects/debian-cloud/global/images/family/debian-12", true),
        ("debian-cloud/debian-12-bookworm-v20240910", false),
        ("projects/acme/global/images/base-7", false),
        ("acme-base", false),
    ] {
        let disk = json!({"boot_disk": [{"initialize_params": [{"image": image}]}]});
        assert_eq!(
            !findings(created("google_compute_instance", disk), id.clone()).is_empty(),
            found,
            "{image}"
        );
    }
}

#[test]
fn charts() {
    let release = |chart: &str, version: Json| json!({"name": "x", "repository": "https://charts.example.org", "chart": chart, "version": version});
    for (chart, version, expected) in [
        ("ingress", json!("4.11.2"), None),
        (
            "ingress",
            Json::Null,
            Some("the chart `ingress` has no version, so the newest is installed"),
        ),
        // Left out, it is computed.
        (
            "ingress",
            unknown(),
            Some("the chart `ingress` has no version, so the newest is installed"),
        ),
        (
            "ingress",
            json!("~> 4.11"),
            Some("the version `~> 4.11` of the chart `ingress` is a range"),
        ),
        (
            "ingress",
            json!("^4"),
            Some("the version `^4` of the chart `ingress` is a range"),
        ),
        ("ingress", json!("4.11.2-rc.1+build"), None),
        ("./charts/ingress", Json::Null, None),
        ("ingress-4.11.2.tgz", Json::Null, None),
        (
            "oci://registry.example.org/ingress",
            Json::Null,
            Some(
                "the chart `oci://registry.example.org/ingress` has no version, so the newest is installed",
            ),
        ),
    ] {
        let found = findings(
            created("helm_release", release(chart, version.clone())),
            json!({}),
        );
        let expected: Vec<_> = expected
            .iter()
            .map(|message| {
                format!("chart-not-pinned violation helm_release.x [version]: {message}")
            })
            .collect();
        assert_eq!(found, expected, "{chart} {version}");
    }
    let computed = created("helm_release", release("ingress", unknown()))
        .refers("version", "data.http.newest.body");
    assert_eq!(
        short(computed, json!({})),
        ["chart-not-pinned undetermined helm_release.x [version]"]
    );
    assert_eq!(
        findings(
            created("helm_release", release("ingress", Json::Null)),
            json!({"charts": "any"})
        ),
        NONE
    );
    let still = Resource::update(
        "helm_release.x",
        release("ingress", json!("^4")),
        release("ingress", json!("^4")),
    );
    assert_eq!(
        short(still, json!({})),
        ["chart-not-pinned violation(existing) helm_release.x [version]"]
    );
}

#[test]
fn sources_in_git() {
    let application = |revision: Json| json!({"spec": [{"source": [{"repo_url": "https://example.org/x.git", "target_revision": revision}]}]});
    for (revision, found) in [
        (json!("HEAD"), true),
        (json!("main"), true),
        (Json::Null, true),
        (json!("v1.2.3"), false),
        (json!("0a1b2c3"), false),
        (unknown(), false),
    ] {
        assert_eq!(
            !findings(
                created("argocd_application", application(revision.clone())),
                json!({})
            )
            .is_empty(),
            found,
            "{revision}"
        );
    }
    let manifest = |spec: Json, kind: &str| json!({"manifest": {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": kind, "spec": spec}});
    assert_eq!(
        findings(
            created(
                "kubernetes_manifest",
                manifest(
                    json!({"url": "https://example.org/x.git", "ref": {"branch": "main"}}),
                    "GitRepository"
                )
            ),
            json!({})
        ),
        [
            "source-not-pinned violation kubernetes_manifest.x [manifest.spec.ref]: the source in git names no tag and no commit"
        ]
    );
    assert_eq!(
        findings(
            created(
                "kubernetes_manifest",
                manifest(json!({"ref": {"tag": "v1"}}), "GitRepository")
            ),
            json!({})
        ),
        NONE
    );
    assert_eq!(
        findings(
            created(
                "kubernetes_manifest",
                manifest(json!({"ref": {"branch": "main"}}), "Widget")
            ),
            json!({})
        ),
        NONE
    );
    assert_eq!(
        findings(
            created("argocd_application", application(Json::Null)),
            json!({"sources": "any"})
        ),
        NONE
    );
}

#[test]
fn code_in_buckets() {
    let function = |version: Json| json!({"function_name": "f", "s3_bucket": "b", "s3_key": "api.zip", "s3_object_version": version, "image_uri": null});
    let pinned = json!({"objects": "pinned"});
    assert_eq!(
        findings(
            created("aws_lambda_function", function(Json::Null)),
            json!({})
        ),
        NONE
    );
    assert_eq!(
        findings(
            created("aws_lambda_function", function(Json::Null)),
            pinned.clone()
        ),
        [
            "object-not-pinned violation aws_lambda_function.x [s3_object_version]: the code in the bucket is named without the version of its object"
        ]
    );
    assert_eq!(
        findings(
            created("aws_lambda_function", function(json!("abc"))),
            pinned.clone()
        ),
        NONE
    );
    assert_eq!(
        findings(
            created("aws_lambda_function", function(unknown())),
            pinned.clone()
        ),
        NONE
    );
    let zip = created(
        "aws_lambda_function",
        json!({"filename": "f.zip", "s3_key": null, "s3_object_version": null}),
    );
    assert_eq!(findings(zip, pinned.clone()), NONE);
    let still = Resource::unchanged("aws_lambda_function.x", function(Json::Null));
    assert_eq!(
        short(still, pinned),
        ["object-not-pinned violation(existing) aws_lambda_function.x [s3_object_version]"]
    );
}

#[test]
fn a_typo_in_the_settings_is_an_error() {
    for settings in [
        json!({"image": "tag"}),
        json!({"images": "sha"}),
        json!({"charts": true}),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert!(plan.evaluate::<ArtifactPinning>().is_err(), "{settings}");
    }
    assert!(!ArtifactPinning::interests().is_empty());
}

#[test]
fn what_no_rule_is_about() {
    let bad = || task("api:latest");
    let read = Resource::create("data.aws_ecs_task_definition.x", bad());
    assert_eq!(findings(read, json!({})), NONE);
    let deposed = Resource::unchanged("aws_ecs_task_definition.x", bad())
        .with(|change| change.deposed = Some("a1b2c3d4".to_owned()));
    assert_eq!(findings(deposed, json!({})), NONE);
    let ignored = created("aws_ecs_task_definition", bad());
    assert_eq!(
        findings(ignored, json!({"ignore-types": ["aws_ecs_*"]})),
        NONE
    );
}

#[test]
fn what_was_not_pinned_before_either() {
    let application =
        |revision: &str| json!({"spec": [{"source": [{"target_revision": revision}]}]});
    let address = "argocd_application.x";
    for (before, expected) in [
        ("HEAD", "source-not-pinned violation(existing)"),
        ("main", "source-not-pinned violation"),
        ("v1", "source-not-pinned violation"),
    ] {
        let change = Resource::update(address, application(before), application("HEAD"));
        let found = findings(change, json!({}));
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("{expected} argocd")),
            "{found:?}"
        );
    }
    let function = |version: Json| json!({"s3_key": "api.zip", "s3_object_version": version});
    let pinned = json!({"objects": "pinned"});
    let unpinned = Resource::update(
        "aws_lambda_function.x",
        function(json!("abc")),
        function(Json::Null),
    );
    assert_eq!(
        short(unpinned, pinned),
        ["object-not-pinned violation aws_lambda_function.x [s3_object_version]"]
    );
    // A date has six digits at least.
    let disk = |image: &str| json!({"boot_disk": [{"initialize_params": [{"image": image}]}]});
    let id = json!({"machine-images": "id"});
    for (image, count) in [
        ("debian-cloud/debian-v202409", 0),
        ("debian-cloud/debian-v2024", 1),
    ] {
        let machine = created("google_compute_instance", disk(image));
        assert_eq!(findings(machine, id.clone()).len(), count, "{image}");
    }
}

fn of_configuration(document: &Json, settings: Json) -> Vec<String> {
    Plan::new([])
        .settings(settings)
        .document("configuration", &document.to_string())
        .findings::<ArtifactPinning>()
}

#[test]
fn modules_from_elsewhere_name_a_version() {
    let module = |source: &str, version: Option<&str>| {
        json!({"providers": [], "modules": [
            {"address": "module.a", "source": source, "version": version},
        ]})
    };
    let commit = format!("git::https://example.org/a.git?ref={}", "a".repeat(40));
    for (source, version, fault, exact) in [
        ("acme/a/aws", None, Some("has no `version`"), None),
        (
            "acme/a/aws",
            Some(">= 5.0"),
            Some("has the versions `>= 5.0`, which has no upper end"),
            None,
        ),
        (
            "acme/a/aws",
            Some("~> 5.0"),
            None,
            Some("has the versions `~> 5.0`, which is a range"),
        ),
        ("acme/a/aws", Some("5.0.1"), None, None),
        (
            "git::https://example.org/a.git",
            None,
            Some("has no `ref`, and is whatever its default branch holds"),
            None,
        ),
        (
            "github.com/acme/a?ref=main",
            None,
            Some("is the branch `main`"),
            None,
        ),
        ("github.com/acme/a?ref=v1.0.0", None, None, None),
        (commit.as_str(), None, None, None),
        (
            "https://example.org/a.zip",
            None,
            Some("has neither a checksum nor a version"),
            None,
        ),
        (
            "https://example.org/a.zip?checksum=sha256:00",
            None,
            None,
            None,
        ),
        (
            "oci://example.org/a?tag=latest",
            None,
            Some("has the version `latest`"),
            None,
        ),
    ] {
        let document = module(source, version);
        let expected = |fault: Option<&str>| -> Vec<String> {
            fault
                .iter()
                .map(|fault| {
                    format!(
                        "module-not-pinned violation(existing) - []: the module `{source}` {fault}"
                    )
                })
                .collect()
        };
        assert_eq!(
            of_configuration(&document, json!({})),
            expected(fault),
            "{source}"
        );
        assert_eq!(
            of_configuration(&document, json!({"modules": "exact"})),
            expected(fault.or(exact)),
            "{source}"
        );
        for settings in [json!({"modules": "any"}), json!({"allow-modules": ["*"]})] {
            assert_eq!(of_configuration(&document, settings), NONE, "{source}");
        }
    }
    // One finding for one source, however often it is called.
    let twice = json!({"providers": [], "modules": [
        {"address": "module.a", "source": "acme/a/aws", "version": null},
        {"address": "module.b", "source": "acme/a/aws", "version": null},
    ]});
    assert_eq!(of_configuration(&twice, json!({})).len(), 1);
    assert_eq!(of_configuration(&Json::Null, json!({})), NONE);
}

#[test]
fn modules_come_from_where_they_may() {
    let document = json!({"providers": [], "modules": [
        {"address": "module.a", "source": "app.example.org/acme/a/aws", "version": "1.0.0"},
        {"address": "module.b", "source": "git::https://evil.example/b.git?ref=v1", "version": null},
    ]});
    assert_eq!(of_configuration(&document, json!({})), NONE);
    assert_eq!(
        of_configuration(
            &document,
            json!({"module-sources": ["app.example.org/acme/*"]})
        ),
        [
            "module-source-not-allowed violation - []: the module source `git::https://evil.example/b.git` is not an allowed one"
        ]
    );
    let both = json!({"module-sources": ["app.example.org/*", "git::https://evil.example/*"]});
    assert_eq!(of_configuration(&document, both), NONE);
}

#[test]
fn providers_end_their_range_where_that_is_asked_for() {
    let document = |version: Json| {
        json!({"modules": [], "providers": [
            {"key": "aws", "module": null, "source": "example.org/hashicorp/aws", "version": version, "accounts": [], "used": true},
            {"key": "aws.eu", "module": null, "source": "example.org/hashicorp/aws", "version": null, "accounts": [], "used": true},
            {"key": "module.a:random", "module": "module.a", "source": "example.org/hashicorp/random", "version": null, "accounts": [], "used": true},
            {"key": "terraform", "module": null, "source": "terraform.io/builtin/terraform", "version": null, "accounts": [], "used": true},
        ]})
    };
    let pinned = json!({"providers": "pinned"});
    let said = [
        "provider-not-pinned violation(existing) - []: the provider `example.org/hashicorp/aws` has no version that ends its range",
    ];
    for version in [Json::Null, json!(">= 5.0")] {
        assert_eq!(
            of_configuration(&document(version.clone()), pinned.clone()),
            said
        );
        assert_eq!(of_configuration(&document(version), json!({})), NONE);
    }
    for version in ["~> 5.0", ">= 5, < 6", "5.100.0"] {
        assert_eq!(
            of_configuration(&document(json!(version)), pinned.clone()),
            NONE
        );
    }
}

#[test]
fn registries_that_are_loosened() {
    let of = |mutability: &str, scan: bool| json!({"image_tag_mutability": mutability, "image_scanning_configuration": [{"scan_on_push": scan}]});
    let address = "aws_ecr_repository.r";
    let update = |before: Json, after: Json| {
        short(Resource::update(address, before, after), json!({})).len()
    };
    assert_eq!(update(of("IMMUTABLE", true), of("MUTABLE", false)), 2);
    assert_eq!(
        update(of("IMMUTABLE", true), of("IMMUTABLE_WITH_EXCLUSION", true)),
        0
    );
    assert_eq!(update(of("MUTABLE", false), of("IMMUTABLE", true)), 0);
    assert_eq!(update(of("MUTABLE", false), of("MUTABLE", false)), 0);
    assert_eq!(
        short(
            created("aws_ecr_repository", of("MUTABLE", false)),
            json!({})
        ),
        NONE
    );
    let docker = |on: bool| json!({"docker_config": [{"immutable_tags": on}]});
    assert_eq!(
        short(
            Resource::update(
                "google_artifact_registry_repository.r",
                docker(true),
                docker(false)
            ),
            json!({})
        )
        .len(),
        1
    );
}
