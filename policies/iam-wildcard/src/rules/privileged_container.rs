//! `privileged-container`

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::kubernetes::{Object, Tree};

/// A container owns the machine that it runs on.
///
/// Looks at workloads of Kubernetes and task definitions of ECS for privileged containers, for
/// the capabilities `SYS_ADMIN`, `SYS_PTRACE`, `SYS_MODULE` and `ALL`, for the processes of the
/// machine (`hostPID`, `pid_mode`), and for its root folder or its container runtime as a volume.
/// The network of the machine alone (`hostNetwork`), and a privileged build of CodeBuild, are
/// advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "privileged-container",
    title: "Container that owns its machine",
    description: "A container is privileged, sees the processes of the machine, or has its root folder or \
        its container runtime as a volume. Whoever gets into it has all that runs on the machine.",
    severity: Severity::Medium,
    remediation: "Give the container the capability or the folder that it needs; an agent that has to own \
        its machine goes into `allow` of the settings of this policy.",
    example: r#"```hcl
security_context {
  privileged = true
}
```"#,
    links: &["https://kubernetes.io/docs/concepts/security/pod-security-standards/"],
};

/// A task definition, and what is read of it.
pub(crate) const TASK: &str = "aws_ecs_task_definition";
pub(crate) const OF_TASK: &[&str] = &["container_definitions", "pid_mode", "ipc_mode", "volume"];

/// A project of builds.
pub(crate) const BUILD: (&str, &str) = ("aws_codebuild_project", "environment[0].privileged_mode");

const CAPABILITIES: &[&str] = &["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"];

/// Folders of a machine that are all of it.
fn owns(folder: &str) -> bool {
    let folder = if folder.len() > 1 {
        folder.trim_end_matches('/')
    } else {
        folder
    };
    [
        "/",
        "/etc",
        "/root",
        "/proc",
        "/var/run",
        "/run",
        "/var/lib/kubelet",
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/var/run/containerd/containerd.sock",
        "/run/crio/crio.sock",
        "/var/run/crio/crio.sock",
    ]
    .contains(&folder)
}

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == TASK {
        return judge(&RULE, change, |side| task(subject, side));
    }
    if change.kind == BUILD.0 {
        return judge(&RULE, change, |side| {
            if !side.of(change, BUILD.1).bool().is_known_and(|on| *on) {
                return Vec::new();
            }
            vec![Fault {
                harmless: true,
                ..Fault::certain(
                    "build",
                    BUILD.1,
                    "builds run privileged: whoever writes what is built owns the machine of the build",
                )
            }]
        });
    }
    judge(&RULE, change, |side| {
        Object::of(change, side)
            .and_then(|object| Some((object.path("spec"), object.pod()?)))
            .map_or_else(Vec::new, |(path, pod)| workload(&path, &pod))
    })
}

fn workload(path: &str, pod: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, what) in [
        ("hostPID", "the pods see the processes of the machine"),
        ("hostIPC", "the pods share the memory of the machine"),
        ("hostNetwork", "the pods use the network of the machine"),
    ] {
        if pod.get(name).is_true() {
            faults.push(Fault {
                harmless: name == "hostNetwork",
                ..Fault::certain(name, path, what)
            });
        }
    }
    for (list, block) in [
        ("containers", "container"),
        ("initContainers", "init_container"),
    ] {
        for container in pod.list(list, block).unwrap_or_default() {
            let name = match container.get("name").text() {
                Attr::Known(name) => clipped(&name),
                Attr::Unset | Attr::Undetermined(_) => "?".to_owned(),
            };
            let context = container.part("securityContext");
            if context.get("privileged").is_true() {
                faults.push(privileged(path, &name));
            }
            for capability in context.part("capabilities").texts("add") {
                if CAPABILITIES.contains(&capability.trim_start_matches("CAP_")) {
                    faults.push(capable(path, &name, &capability));
                }
            }
        }
    }
    for volume in pod.list("volumes", "volume").unwrap_or_default() {
        if let Attr::Known(folder) = volume.part("hostPath").get("path").text()
            && owns(&folder)
        {
            faults.push(mounted(path, &folder));
        }
    }
    faults
}

fn privileged(path: &str, name: &str) -> Fault {
    Fault::certain(
        format!("privileged {name}"),
        path,
        format!("the container `{name}` is privileged"),
    )
}

fn capable(path: &str, name: &str, capability: &str) -> Fault {
    let capability = clipped(capability);
    Fault::certain(
        format!("{capability} {name}"),
        path,
        format!("the container `{name}` has the capability `{capability}`"),
    )
}

fn mounted(path: &str, folder: &str) -> Fault {
    Fault::certain(
        format!("folder {folder}"),
        path,
        format!("`{}` of the machine is a volume", clipped(folder)),
    )
}

fn task(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let change = subject.change;
    let mut faults = Vec::new();
    for (path, what) in [
        ("pid_mode", "the task sees the processes of the machine"),
        ("ipc_mode", "the task shares the memory of the machine"),
    ] {
        if side
            .of(change, path)
            .text()
            .is_known_and(|mode| mode == "host")
        {
            faults.push(Fault::certain(path, path, what));
        }
    }
    if let Attr::Known(volumes) = side.of(change, "volume").items() {
        for volume in &volumes {
            if let Attr::Known(folder) = volume.get("host_path").text()
                && owns(&folder)
            {
                faults.push(mounted("volume", &folder));
            }
        }
    }
    let path = "container_definitions";
    let containers = match side.of(change, path).text() {
        Attr::Known(text) => serde_json::from_str::<Json>(&text).unwrap_or(Json::Null),
        Attr::Unset | Attr::Undetermined(_) => Json::Null,
    };
    for container in containers.as_array().into_iter().flatten() {
        let name = clipped(container.get("name").and_then(Json::as_str).unwrap_or("?"));
        if container.get("privileged").is_some_and(|on| *on == true) {
            faults.push(privileged(path, &name));
        }
        let added = container
            .pointer("/linuxParameters/capabilities/add")
            .and_then(Json::as_array);
        for capability in added.into_iter().flatten().filter_map(Json::as_str) {
            if CAPABILITIES.contains(&capability.trim_start_matches("CAP_")) {
                faults.push(capable(path, &name, capability));
            }
        }
    }
    faults
}
