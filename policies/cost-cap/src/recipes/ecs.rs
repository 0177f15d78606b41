//! Amazon ECS.

use tollgate_policy::{Attr, Determined};

use super::vpc::PUBLIC_IPV4;
use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};

/// What is read of a task definition.
pub(crate) const DEFINITION: (&str, &[&str]) = (
    "aws_ecs_task_definition",
    &[
        "arn",
        "arn_without_revision",
        "family",
        "cpu",
        "memory",
        SYSTEM,
        PROCESSOR,
        STORAGE,
    ],
);

const SYSTEM: &str = "runtime_platform[0].operating_system_family";
const PROCESSOR: &str = "runtime_platform[0].cpu_architecture";
const STORAGE: &str = "ephemeral_storage[0].size_in_gib";

const COUNT: &str = "desired_count";
const OF_DEFINITION: &str = "task_definition";
const LAUNCH: &str = "launch_type";
const PROVIDERS: &str = "capacity_provider_strategy";
const ADDRESS: &str = "network_configuration[0].assign_public_ip";

/// Services on Fargate: processors and memory of the task definition of the same plan, as often as
/// the configuration wants it. Tasks on instances are charged on those.
pub(crate) const SERVICE: Recipe = Recipe {
    types: &["aws_ecs_service"],
    attributes: &[LAUNCH, PROVIDERS, COUNT, OF_DEFINITION, ADDRESS],
    computed: &[LAUNCH],
    usage: &[],
    lines,
};

/// Where the tasks of a service run.
enum Where {
    Fargate,
    Instances,
    Open(&'static str, String),
}

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let component = "Tasks";
    match place(sheet) {
        Where::Fargate => {}
        Where::Instances => return Ok(()),
        Where::Open(attribute, why) => {
            sheet.open_line(component, attribute, why);
            return Ok(());
        }
    }
    let count = match sheet.number(COUNT) {
        Attr::Known(count) => count,
        Attr::Unset => {
            sheet.open_line(component, COUNT, "not set, so what scales it decides");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line(component, COUNT, why);
            return Ok(());
        }
    };
    if sheet.flag(ADDRESS).is_known_and(|on| *on) {
        sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, count.times(sheet.hours)?);
    }
    let text = match sheet.text(OF_DEFINITION) {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let Some(part) = sheet.part(OF_DEFINITION, DEFINITION.0, text.as_deref()) else {
        let why = "the plan does not have it, and it decides about processors and memory";
        sheet.open_line(component, OF_DEFINITION, why);
        return Ok(());
    };
    let mut one = sheet.of_part(part, &[]);
    task(&mut one)?;
    sheet.take_over(one, count, OF_DEFINITION, None)
}

fn place(sheet: &Sheet<'_>) -> Where {
    match sheet.items(PROVIDERS) {
        Attr::Known(providers) if !providers.is_empty() => {
            let mut fargate = 0;
            for provider in &providers {
                match provider.get("capacity_provider").text() {
                    Attr::Known(name) if name == "FARGATE" => fargate += 1,
                    Attr::Known(name) if name == "FARGATE_SPOT" => {
                        let why = "FARGATE_SPOT, whose prices are not known beforehand";
                        return Where::Open(PROVIDERS, why.to_owned());
                    }
                    Attr::Known(_) => {}
                    Attr::Unset => return Where::Open(PROVIDERS, "not set".to_owned()),
                    Attr::Undetermined(why) => return Where::Open(PROVIDERS, why.to_string()),
                }
            }
            return match fargate {
                0 => Where::Instances,
                all if all == providers.len() => Where::Fargate,
                _ => Where::Open(
                    PROVIDERS,
                    "some of the tasks run on instances, and how many is not known".to_owned(),
                ),
            };
        }
        Attr::Undetermined(why) => return Where::Open(PROVIDERS, why.to_string()),
        Attr::Known(_) | Attr::Unset => {}
    }
    match sheet.text(LAUNCH) {
        Attr::Known(kind) => match kind.as_str() {
            "FARGATE" => Where::Fargate,
            "EC2" => Where::Instances,
            _ => Where::Open(LAUNCH, format!("{kind}, whose prices are not known here")),
        },
        Attr::Unset => Where::Open(LAUNCH, "not set, so the cluster decides".to_owned()),
        Attr::Undetermined(why) => Where::Open(LAUNCH, why.to_string()),
    }
}

fn task(one: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match one.text(SYSTEM).unset_as("LINUX".to_owned()) {
        Determined::Known(system) if system == "LINUX" => {}
        Determined::Known(system) => {
            let why = format!("{system}, whose licence is not priced here");
            one.open_line("Tasks", SYSTEM, why);
            return Ok(());
        }
        Determined::Undetermined(why) => {
            one.open_line("Tasks", SYSTEM, why);
            return Ok(());
        }
    }
    let arm = match one.text(PROCESSOR).unset_as("X86_64".to_owned()) {
        Determined::Known(kind) => kind == "ARM64",
        Determined::Undetermined(why) => {
            one.open_line("Tasks", PROCESSOR, why);
            return Ok(());
        }
    };
    let kind = if arm { "Fargate-ARM" } else { "Fargate" };
    let meters = [
        (
            "Processors",
            "cpu",
            "vcpu",
            format!("AmazonECS/{kind}-vCPU-Hours:perCPU"),
        ),
        (
            "Memory",
            "memory",
            "gb",
            format!("AmazonECS/{kind}-GB-Hours"),
        ),
    ];
    for (component, path, unit, key) in meters {
        match one.text(path) {
            Attr::Known(text) => match amount(&text, unit) {
                Some(amount) => one.fixed(component, key, amount.times(one.hours)?),
                None => one.open_line(component, path, "no amount"),
            },
            Attr::Unset => one.open_line(component, path, "not set"),
            Attr::Undetermined(why) => one.open_line(component, path, why),
        }
    }
    // What comes with every task.
    let included = Decimal::whole(20);
    let (component, key) = ("Storage", "AmazonECS/Fargate-EphemeralStorage-GB-Hours");
    match one.number(STORAGE) {
        Attr::Known(size) if size > included => {
            one.fixed(component, key, size.minus(included)?.times(one.hours)?);
        }
        Attr::Known(_) | Attr::Unset => {}
        Attr::Undetermined(why) => one.open_line(component, STORAGE, why),
    }
    Ok(())
}

/// An amount of processors or memory in whole ones, from 1024ths or, with its unit, as it is:
/// `512`, `0.5 vCPU`, `1 GB`.
fn amount(text: &str, unit: &str) -> Option<Decimal> {
    let text = text.trim().to_ascii_lowercase();
    match text.strip_suffix(unit) {
        Some(whole) => Decimal::parse(whole.trim()).ok(),
        None => Decimal::parse(&text).ok()?.per(Decimal::whole(1024)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines_of;

    const SERVICE: &str = "aws_ecs_service.s";

    fn definition(changes: &[(&str, Json)]) -> Json {
        let mut definition = json!({"arn": unknown(), "arn_without_revision": unknown(), "family": "api", "cpu": "256", "memory": "512",
            "runtime_platform": [], "ephemeral_storage": []});
        for (path, value) in changes {
            definition[*path] = value.clone();
        }
        definition
    }

    fn service(changes: &[(&str, Json)]) -> Json {
        let mut service = json!({"launch_type": "FARGATE", "capacity_provider_strategy": [], "desired_count": 2, "task_definition": unknown(),
            "network_configuration": [{"assign_public_ip": false, "subnets": ["a"]}]});
        for (path, value) in changes {
            service[*path] = value.clone();
        }
        service
    }

    fn of(definition: Json, service: Json) -> Vec<String> {
        lines_of(
            SERVICE,
            [
                Resource::create("aws_ecs_task_definition.api", definition),
                Resource::create(SERVICE, service)
                    .refers("task_definition", "aws_ecs_task_definition.api.arn"),
            ],
            json!({}),
        )
    }

    #[test]
    fn charges_processors_and_memory_of_the_definition() {
        // 2 × 0.25 × 730 h × 0.04048; 2 × 0.5 GB × 730 h × 0.004445.
        assert_eq!(
            of(definition(&[]), service(&[])),
            ["Processors: 365 = 14.7752", "Memory: 730 = 3.24485"]
        );
        assert_eq!(
            of(
                definition(&[("cpu", json!("0.25 vCPU")), ("memory", json!("0.5 GB"))]),
                service(&[])
            ),
            ["Processors: 365 = 14.7752", "Memory: 730 = 3.24485"]
        );
        // 365 × 0.03238; 730 × 0.00356.
        let arm = definition(&[(
            "runtime_platform",
            json!([{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}]),
        )]);
        assert_eq!(
            of(arm, service(&[])),
            ["Processors: 365 = 11.8187", "Memory: 730 = 2.5988"]
        );
        // 2 × 10 GB × 730 h × 0.000111, and 2 × 730 h × 0.005.
        let roomy = definition(&[("ephemeral_storage", json!([{"size_in_gib": 30}]))]);
        let public = service(&[("network_configuration", json!([{"assign_public_ip": true}]))]);
        let lines = of(roomy, public);
        assert!(
            lines.contains(&"Storage: 14600 = 1.6206".to_owned()),
            "{lines:?}"
        );
        assert!(
            lines.contains(&"Public IPv4 address: 1460 = 7.3".to_owned()),
            "{lines:?}"
        );
        // By the name of its family.
        let named = [
            Resource::unchanged("aws_ecs_task_definition.api", definition(&[])),
            Resource::create(SERVICE, service(&[("task_definition", json!("api"))])),
        ];
        assert_eq!(lines_of(SERVICE, named, json!({})).len(), 2);
    }

    #[test]
    fn tasks_on_instances_are_charged_on_those() {
        let on = |changes: &[(&str, Json)]| of(definition(&[]), service(changes));
        assert_eq!(on(&[("launch_type", json!("EC2"))]), [""; 0]);
        let own = json!([{"capacity_provider": "own", "base": null, "weight": 1}]);
        assert_eq!(on(&[("capacity_provider_strategy", own)]), [""; 0]);
        let fargate = json!([{"capacity_provider": "FARGATE", "base": 1, "weight": 1}]);
        assert_eq!(
            on(&[
                ("launch_type", unknown()),
                ("capacity_provider_strategy", fargate)
            ])
            .len(),
            2
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let first = |lines: Vec<String>| lines.into_iter().next().unwrap_or_default();
        let with = |path: &str, value: Json| of(definition(&[]), service(&[(path, value)]));
        for (found, expected) in [
            (
                with("launch_type", unknown()),
                "Tasks: undetermined (`launch_type`: not set, so the cluster decides)",
            ),
            (
                with("launch_type", json!("EXTERNAL")),
                "Tasks: undetermined (`launch_type`: EXTERNAL, whose prices are not known here)",
            ),
            (
                with(
                    "capacity_provider_strategy",
                    json!([{"capacity_provider": "FARGATE_SPOT"}]),
                ),
                "Tasks: undetermined (`capacity_provider_strategy`: FARGATE_SPOT, whose prices are not known beforehand)",
            ),
            (
                with(
                    "capacity_provider_strategy",
                    json!([{"capacity_provider": "FARGATE"}, {"capacity_provider": "own"}]),
                ),
                "Tasks: undetermined (`capacity_provider_strategy`: some of the tasks run on instances, and how many is not known)",
            ),
            (
                with("desired_count", json!(null)),
                "Tasks: undetermined (`desired_count`: not set, so what scales it decides)",
            ),
            (
                of(
                    definition(&[(
                        "runtime_platform",
                        json!([{"operating_system_family": "WINDOWS_SERVER_2022_CORE"}]),
                    )]),
                    service(&[]),
                ),
                "Tasks: undetermined (`task_definition`: `runtime_platform[0].operating_system_family` of it: WINDOWS_SERVER_2022_CORE, whose licence is not priced here)",
            ),
            (
                of(definition(&[("cpu", unknown())]), service(&[])),
                "Processors: undetermined (`task_definition`: `cpu` of it: known only after apply)",
            ),
            (
                lines_of(
                    SERVICE,
                    [Resource::create(SERVICE, service(&[]))],
                    json!({}),
                ),
                "Tasks: undetermined (`task_definition`: the plan does not have it, and it decides about processors and memory)",
            ),
        ] {
            assert_eq!(first(found), expected);
        }
    }
}
