//! Charges of single attributes: modes that cost something on a type that costs nothing
//! by itself, or something more on one that does.
//!
//! Without a row here such a mode would count zero without a word. Most have no price
//! yet: what they cost is then not known, and neither is the total.

use tollgate_policy::{Attr, Change, Field, Why};

use crate::decimal::Decimal;
use crate::recipes::{Sheet, number};

/// One attribute of some types that is charged in some of its values.
pub(crate) struct Extra {
    /// The resource types.
    pub(crate) types: &'static [&'static str],
    /// The attribute that decides.
    pub(crate) attribute: &'static str,
    /// Whether its value is charged.
    when: fn(&Field) -> Attr<bool>,
    /// What is charged, for a reader.
    component: &'static str,
    charge: Charge,
    /// Where to read that it is charged.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the tests and by reviewers")
    )]
    source: &'static str,
}

enum Charge {
    /// How much is not known here.
    Unknown(&'static str),
    /// So much of a meter.
    Meter(&'static str, i64),
}

const ALARM: &str = "AmazonCloudWatch/CW:AlarmMonitorUsage";

/// Every such attribute.
pub(crate) const ALL: &[Extra] = &[
    Extra {
        types: &["aws_lambda_event_source_mapping"],
        attribute: "provisioned_poller_config",
        when: present,
        component: "Provisioned event pollers",
        charge: Charge::Unknown(
            "pollers that are charged by the hour, whose price is not known here",
        ),
        source: "https://aws.amazon.com/lambda/pricing/",
    },
    Extra {
        types: &["aws_cloudwatch_event_target"],
        attribute: "ecs_target",
        when: starts_tasks,
        component: "Tasks that it starts",
        charge: Charge::Unknown("tasks that no other resource is charged for"),
        source: "https://aws.amazon.com/fargate/pricing/",
    },
    Extra {
        types: &["aws_scheduler_schedule"],
        attribute: "target[0].ecs_parameters",
        when: starts_tasks,
        component: "Tasks that it starts",
        charge: Charge::Unknown("tasks that no other resource is charged for"),
        source: "https://aws.amazon.com/fargate/pricing/",
    },
    Extra {
        types: &["aws_pipes_pipe"],
        attribute: "target_parameters[0].ecs_task_parameters",
        when: starts_tasks,
        component: "Tasks that it starts",
        charge: Charge::Unknown("tasks that no other resource is charged for"),
        source: "https://aws.amazon.com/fargate/pricing/",
    },
    Extra {
        types: &["aws_ecs_cluster"],
        attribute: "setting",
        when: container_insights,
        component: "Container Insights",
        charge: Charge::Unknown(
            "metrics that are charged as custom metrics, and their number is not known",
        ),
        source: "https://aws.amazon.com/cloudwatch/pricing/",
    },
    Extra {
        types: &["aws_ecs_account_setting_default"],
        attribute: "name",
        when: |field| is(field, &["containerInsights"]),
        component: "Container Insights of every cluster",
        charge: Charge::Unknown(
            "metrics that are charged as custom metrics, and their number is not known",
        ),
        source: "https://aws.amazon.com/cloudwatch/pricing/",
    },
    Extra {
        types: &["aws_eks_cluster"],
        attribute: "compute_config[0].enabled",
        when: is_true,
        component: "Nodes of auto mode",
        charge: Charge::Unknown("instances and a fee for each, whose number no plan says"),
        source: "https://aws.amazon.com/eks/pricing/",
    },
    Extra {
        types: &["aws_eks_cluster"],
        attribute: "control_plane_scaling_config[0].tier",
        when: |field| text(field, |tier| tier != "standard"),
        component: "Provisioned control plane",
        charge: Charge::Unknown("a control plane of a fixed size, whose price is not known here"),
        source: "https://aws.amazon.com/eks/pricing/",
    },
    Extra {
        types: &["aws_ssm_parameter"],
        attribute: "tier",
        when: |field| is(field, &["Advanced", "Intelligent-Tiering"]),
        component: "Advanced parameter",
        charge: Charge::Unknown("charged by the month, at a price that is not known here"),
        source: "https://aws.amazon.com/systems-manager/pricing/",
    },
    Extra {
        types: &["aws_acm_certificate"],
        attribute: "certificate_authority_arn",
        when: present,
        component: "Certificate of a private authority",
        charge: Charge::Unknown("charged once for each, at a price that is not known here"),
        source: "https://aws.amazon.com/private-ca/pricing/",
    },
    Extra {
        types: &["aws_acm_certificate"],
        attribute: "options[0].export",
        when: |field| is(field, &["ENABLED"]),
        component: "Exportable certificate",
        charge: Charge::Unknown("charged for each name, at a price that is not known here"),
        source: "https://aws.amazon.com/certificate-manager/pricing/",
    },
    Extra {
        types: &["aws_accessanalyzer_analyzer"],
        attribute: "type",
        when: |field| {
            text(field, |kind| {
                kind.ends_with("_UNUSED_ACCESS") || kind.ends_with("_INTERNAL_ACCESS")
            })
        },
        component: "Access analysis",
        charge: Charge::Unknown(
            "charged for each role and user, or each resource, that it analyses",
        ),
        source: "https://aws.amazon.com/iam/access-analyzer/pricing/",
    },
    // The service makes an alarm for each direction.
    Extra {
        types: &["aws_appautoscaling_policy"],
        attribute: "policy_type",
        when: |field| is(field, &["TargetTrackingScaling"]),
        component: "Alarms of target tracking",
        charge: Charge::Meter(ALARM, 2),
        source: "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html",
    },
    Extra {
        types: &["aws_autoscaling_policy"],
        attribute: "policy_type",
        when: |field| is(field, &["TargetTrackingScaling"]),
        component: "Alarms of target tracking",
        charge: Charge::Meter(ALARM, 2),
        source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html",
    },
    Extra {
        types: &["aws_api_gateway_method_settings"],
        attribute: "settings[0].metrics_enabled",
        when: is_true,
        component: "Detailed metrics",
        charge: Charge::Unknown("metrics that are charged as custom metrics, one for each method"),
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    },
    Extra {
        types: &["aws_apigatewayv2_stage"],
        attribute: "default_route_settings[0].detailed_metrics_enabled",
        when: is_true,
        component: "Detailed metrics",
        charge: Charge::Unknown("metrics that are charged as custom metrics, one for each route"),
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html",
    },
    Extra {
        types: &["aws_apigatewayv2_stage"],
        attribute: "route_settings",
        when: |field| {
            any(field, |route| {
                is_true(&route.get("detailed_metrics_enabled"))
            })
        },
        component: "Detailed metrics",
        charge: Charge::Unknown("metrics that are charged as custom metrics, one for each route"),
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html",
    },
    Extra {
        types: &["aws_sesv2_configuration_set"],
        attribute: "vdm_options",
        when: present,
        component: "Virtual Deliverability Manager",
        charge: Charge::Unknown("charged for each message, whose number is not known"),
        source: "https://aws.amazon.com/ses/pricing/",
    },
    Extra {
        types: &["aws_lb", "aws_alb"],
        attribute: "minimum_load_balancer_capacity[0].capacity_units",
        when: |field| above(field, 0),
        component: "Reserved capacity",
        charge: Charge::Unknown("capacity units that are charged by the hour, used or not"),
        source: "https://aws.amazon.com/elasticloadbalancing/pricing/",
    },
    Extra {
        types: &["aws_db_instance"],
        attribute: "dedicated_log_volume",
        when: is_true,
        component: "Dedicated log volume",
        charge: Charge::Unknown("a volume of its own, whose price is not known here"),
        source: "https://aws.amazon.com/rds/pricing/",
    },
    Extra {
        types: &["aws_db_instance"],
        attribute: "database_insights_mode",
        when: |field| is(field, &["advanced"]),
        component: "Database Insights, advanced",
        charge: Charge::Unknown("charged for each vCPU, and their number is not known here"),
        source: "https://aws.amazon.com/cloudwatch/pricing/",
    },
    Extra {
        types: &["aws_db_instance"],
        attribute: "performance_insights_retention_period",
        when: |field| above(field, 7),
        component: "Performance Insights, long retention",
        charge: Charge::Unknown("charged for each vCPU, and their number is not known here"),
        source: "https://aws.amazon.com/rds/performance-insights/pricing/",
    },
    Extra {
        types: &["aws_db_instance"],
        attribute: "storage_throughput",
        when: |field| above(field, 125),
        component: "Storage, throughput",
        charge: Charge::Unknown("more than small volumes include, whose price is not known here"),
        source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
    },
    Extra {
        types: &["aws_db_instance"],
        attribute: "monitoring_interval",
        when: |field| above(field, 0),
        component: "Enhanced monitoring",
        charge: Charge::Unknown(
            "charged for what it writes to CloudWatch Logs, whose size is not known",
        ),
        source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.overview.html",
    },
    Extra {
        types: &["aws_lambda_function"],
        attribute: "capacity_provider_config",
        when: present,
        component: "Managed instances",
        charge: Charge::Unknown(
            "instances and a fee instead of GB-seconds, whose prices are not known here",
        ),
        source: "https://aws.amazon.com/lambda/pricing/",
    },
    Extra {
        types: &["aws_lambda_function"],
        attribute: "snap_start[0].apply_on",
        when: |field| is(field, &["PublishedVersions"]),
        component: "SnapStart",
        charge: Charge::Unknown("charged for caching and restoring, except for Java"),
        source: "https://aws.amazon.com/lambda/pricing/",
    },
    Extra {
        types: &["aws_lambda_function"],
        attribute: "durable_config",
        when: present,
        component: "Durable steps",
        charge: Charge::Unknown("operations and storage, whose prices are not known here"),
        source: "https://aws.amazon.com/lambda/pricing/",
    },
    Extra {
        types: &["aws_lambda_function"],
        attribute: "tenancy_config",
        when: present,
        component: "Tenant isolation",
        charge: Charge::Unknown("environments of each tenant, whose price is not known here"),
        source: "https://aws.amazon.com/lambda/pricing/",
    },
    Extra {
        types: &["aws_cloudwatch_metric_alarm"],
        attribute: "evaluation_criteria",
        when: present,
        component: "PromQL query",
        charge: Charge::Unknown("charged by what the query analyses, which is not known"),
        source: "https://aws.amazon.com/cloudwatch/pricing/",
    },
    Extra {
        types: &["aws_cloudfront_distribution"],
        attribute: "anycast_ip_list_id",
        when: present,
        component: "Anycast addresses",
        charge: Charge::Unknown("a list of static addresses, whose price is not known here"),
        source: "https://aws.amazon.com/cloudfront/pricing/",
    },
    Extra {
        types: &["aws_cloudfront_distribution"],
        attribute: "origin",
        when: |field| {
            any(field, |origin| {
                any(&origin.get("origin_shield"), |shield| {
                    is_true(&shield.get("enabled"))
                })
            })
        },
        component: "Origin Shield",
        charge: Charge::Unknown("requests to the shield, whose number is not known"),
        source: "https://aws.amazon.com/cloudfront/pricing/",
    },
    Extra {
        types: &["aws_cloudfront_distribution"],
        attribute: "default_cache_behavior",
        when: runs_code,
        component: "Functions and logs at the edge",
        charge: Charge::Unknown("invocations or log lines, whose number is not known"),
        source: "https://aws.amazon.com/cloudfront/pricing/",
    },
    Extra {
        types: &["aws_cloudfront_distribution"],
        attribute: "ordered_cache_behavior",
        when: runs_code,
        component: "Functions and logs at the edge",
        charge: Charge::Unknown("invocations or log lines, whose number is not known"),
        source: "https://aws.amazon.com/cloudfront/pricing/",
    },
    Extra {
        types: &["aws_ebs_volume"],
        attribute: "volume_initialization_rate",
        when: |field| above(field, 0),
        component: "Initialization",
        charge: Charge::Unknown("charged for each GB of the snapshot"),
        source: "https://aws.amazon.com/ebs/pricing/",
    },
    Extra {
        types: &["aws_sns_topic"],
        attribute: "archive_policy",
        when: present,
        component: "Message archive",
        charge: Charge::Unknown("charged for what it stores, whose size is not known"),
        source: "https://aws.amazon.com/sns/pricing/",
    },
    Extra {
        types: &["aws_dynamodb_table"],
        attribute: "warm_throughput",
        when: warmed,
        component: "Warm throughput",
        charge: Charge::Unknown("charged once for what is warmed, whose price is not known here"),
        source: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    },
    Extra {
        types: &["aws_dynamodb_table"],
        attribute: "global_table_witness",
        when: present,
        component: "Witness",
        charge: Charge::Unknown("a third region that takes part in writes, which is not priced"),
        source: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    },
    Extra {
        types: &["aws_instance"],
        attribute: "launch_template",
        when: present,
        component: "What the launch template sets",
        charge: Charge::Unknown(
            "a template that decides about type, volumes, licences and options beside the resource",
        ),
        source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html",
    },
    Extra {
        types: &["aws_instance"],
        attribute: "host_id",
        when: present,
        component: "Dedicated host",
        charge: Charge::Unknown("a host that is charged instead of the instance"),
        source: "https://aws.amazon.com/ec2/dedicated-hosts/pricing/",
    },
    Extra {
        types: &["aws_instance"],
        attribute: "cpu_options",
        when: |field| {
            any(field, |options| {
                is(&options.get("amd_sev_snp"), &["enabled"])
            })
        },
        component: "AMD SEV-SNP",
        charge: Charge::Unknown("a tenth of the instance's price on top"),
        source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sev-snp.html",
    },
];

/// The charges of single attributes of a type.
pub(crate) fn of(kind: &str) -> impl Iterator<Item = &'static Extra> {
    ALL.iter().filter(move |extra| extra.types.contains(&kind))
}

impl Extra {
    /// Writes its line, if its value is charged or may be.
    pub(crate) fn line(&self, sheet: &mut Sheet<'_>, change: &Change, after: bool) {
        let field = if after {
            change.after(self.attribute)
        } else {
            change.before(self.attribute)
        };
        let charged = match (self.when)(&field) {
            // Nothing in the configuration leads to it, so all of it is left to the provider, whose
            // own choice is what costs nothing more.
            Attr::Undetermined(Why::Unknown)
                if after && field.undetermined().is_some() && !sheet.refers(self.attribute) =>
            {
                Attr::Unset
            }
            charged => charged,
        };
        match (charged, &self.charge) {
            (Attr::Known(false) | Attr::Unset, _) => {}
            (Attr::Known(true), Charge::Meter(key, quantity)) => {
                sheet.fixed(self.component, *key, Decimal::whole(*quantity));
            }
            (Attr::Undetermined(_), Charge::Meter(key, quantity)) => {
                sheet.perhaps(
                    self.component,
                    *key,
                    Decimal::whole(*quantity),
                    self.attribute,
                );
            }
            (Attr::Known(true), Charge::Unknown(why)) => {
                sheet.open_line(self.component, self.attribute, why);
            }
            (Attr::Undetermined(why), Charge::Unknown(_)) => {
                sheet.open_line(self.component, self.attribute, why);
            }
        }
    }
}

fn is_true(field: &Field) -> Attr<bool> {
    field.bool()
}

fn text(field: &Field, charged: impl Fn(&str) -> bool) -> Attr<bool> {
    field.text().map(|text| charged(&text))
}

fn is(field: &Field, values: &[&str]) -> Attr<bool> {
    text(field, |text| values.contains(&text))
}

fn above(field: &Field, included: i64) -> Attr<bool> {
    number(field).map(|number| number > Decimal::whole(included))
}

/// Whether a block or an attribute is there.
fn present(field: &Field) -> Attr<bool> {
    match field.items() {
        Attr::Known(items) => Attr::Known(!items.is_empty()),
        Attr::Unset => Attr::Unset,
        Attr::Undetermined(Why::NotA(_)) => text(field, |text| !text.is_empty()),
        Attr::Undetermined(why) => Attr::Undetermined(why),
    }
}

/// Whether a block of a list is charged.
fn any(field: &Field, charged: impl Fn(&Field) -> Attr<bool>) -> Attr<bool> {
    let items = match field.items() {
        Attr::Known(items) => items,
        Attr::Unset => return Attr::Unset,
        Attr::Undetermined(why) => return Attr::Undetermined(why),
    };
    let mut open = None;
    for item in &items {
        match item
            .undetermined()
            .map_or_else(|| charged(item), Attr::Undetermined)
        {
            Attr::Known(true) => return Attr::Known(true),
            Attr::Known(false) | Attr::Unset => {}
            Attr::Undetermined(why) => open = Some(why),
        }
    }
    open.map_or(Attr::Known(false), Attr::Undetermined)
}

fn container_insights(field: &Field) -> Attr<bool> {
    any(field, |setting| {
        match (
            is(&setting.get("name"), &["containerInsights"]),
            is(&setting.get("value"), &["enabled", "enhanced"]),
        ) {
            (Attr::Known(true), value) => value,
            (name, _) => name,
        }
    })
}

/// Every table is warm for this much from the start, which is what the provider reads back.
fn warmed(field: &Field) -> Attr<bool> {
    any(field, |units| {
        let parts = [
            above(&units.get("read_units_per_second"), 12_000),
            above(&units.get("write_units_per_second"), 4_000),
        ];
        match parts {
            [Attr::Known(true), _] | [_, Attr::Known(true)] => Attr::Known(true),
            [Attr::Undetermined(why), _] | [_, Attr::Undetermined(why)] => Attr::Undetermined(why),
            _ => Attr::Known(false),
        }
    })
}

/// Tasks on instances of one's own cost nothing beside the instances.
fn starts_tasks(field: &Field) -> Attr<bool> {
    any(field, |target| match target.get("launch_type").text() {
        Attr::Known(kind) => Attr::Known(kind != "EC2" && kind != "EXTERNAL"),
        // The cluster's own strategy decides.
        Attr::Unset => Attr::Known(true),
        Attr::Undetermined(why) => Attr::Undetermined(why),
    })
}

fn runs_code(field: &Field) -> Attr<bool> {
    any(field, |behavior| {
        let parts = [
            "function_association",
            "lambda_function_association",
            "realtime_log_config_arn",
        ]
        .map(|part| present(&behavior.get(part)));
        let mut open = None;
        for part in parts {
            match part {
                Attr::Known(true) => return Attr::Known(true),
                Attr::Undetermined(why) => open = Some(why),
                Attr::Known(false) | Attr::Unset => {}
            }
        }
        open.map_or(Attr::Known(false), Attr::Undetermined)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::{breakdown, evaluate};

    /// The components that are charged for, of a new resource.
    fn components(kind: &str, after: Json) -> Vec<String> {
        let resource = Resource::create(&format!("{kind}.x"), after);
        let breakdown = breakdown(&evaluate([resource], json!({"undeclared-usage": "zero"})));
        breakdown["resources"][0]["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|line| {
                format!(
                    "{}: {}",
                    line["component"].as_str().unwrap_or("?"),
                    line["status"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }

    #[test]
    fn paid_modes_of_free_types_are_never_zero() {
        for (kind, free, paid, expected) in [
            (
                "aws_lambda_event_source_mapping",
                json!({"provisioned_poller_config": []}),
                json!({"provisioned_poller_config": [{"minimum_pollers": 3}]}),
                "Provisioned event pollers: undetermined",
            ),
            (
                "aws_cloudwatch_event_target",
                json!({"ecs_target": [{"launch_type": "EC2"}]}),
                json!({"ecs_target": [{"launch_type": "FARGATE"}]}),
                "Tasks that it starts: undetermined",
            ),
            (
                "aws_cloudwatch_event_target",
                json!({"ecs_target": []}),
                json!({"ecs_target": [{"launch_type": null}]}),
                "Tasks that it starts: undetermined",
            ),
            (
                "aws_ecs_cluster",
                json!({"setting": [{"name": "containerInsights", "value": "disabled"}]}),
                json!({"setting": [{"name": "containerInsights", "value": "enhanced"}]}),
                "Container Insights: undetermined",
            ),
            (
                "aws_ecs_cluster",
                json!({"setting": unknown()}),
                json!({"setting": [{"name": "containerInsights", "value": unknown()}]}),
                "Container Insights: undetermined",
            ),
            (
                "aws_ecs_account_setting_default",
                json!({"name": "taskLongArnFormat"}),
                json!({"name": "containerInsights"}),
                "Container Insights of every cluster: undetermined",
            ),
            (
                "aws_accessanalyzer_analyzer",
                json!({"type": "ACCOUNT"}),
                json!({"type": "ORGANIZATION_UNUSED_ACCESS"}),
                "Access analysis: undetermined",
            ),
            (
                "aws_appautoscaling_policy",
                json!({"policy_type": "StepScaling"}),
                json!({"policy_type": "TargetTrackingScaling"}),
                "Alarms of target tracking: priced",
            ),
            (
                "aws_autoscaling_policy",
                // What the configuration does not lead to is the provider's own choice.
                json!({"policy_type": unknown()}),
                json!({"policy_type": "TargetTrackingScaling"}),
                "Alarms of target tracking: priced",
            ),
            (
                "aws_api_gateway_method_settings",
                json!({"settings": [{"metrics_enabled": false}]}),
                json!({"settings": [{"metrics_enabled": true}]}),
                "Detailed metrics: undetermined",
            ),
            (
                "aws_apigatewayv2_stage",
                json!({"default_route_settings": [], "route_settings": []}),
                json!({"route_settings": [{"detailed_metrics_enabled": false}, {"detailed_metrics_enabled": true}]}),
                "Detailed metrics: undetermined",
            ),
            (
                "aws_ssm_parameter",
                json!({"tier": "Standard"}),
                json!({"tier": "Advanced"}),
                "Advanced parameter: undetermined",
            ),
            (
                "aws_ssm_parameter",
                json!({"tier": unknown()}),
                json!({"tier": "Intelligent-Tiering"}),
                "Advanced parameter: undetermined",
            ),
            (
                "aws_acm_certificate",
                json!({"domain_name": "example.com", "options": [{"export": "DISABLED"}]}),
                json!({"certificate_authority_arn": "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/a"}),
                "Certificate of a private authority: undetermined",
            ),
            (
                "aws_acm_certificate",
                json!({"domain_name": "example.com", "options": unknown()}),
                json!({"options": [{"export": "ENABLED"}]}),
                "Exportable certificate: undetermined",
            ),
            (
                "aws_sesv2_configuration_set",
                json!({"vdm_options": []}),
                json!({"vdm_options": [{}]}),
                "Virtual Deliverability Manager: undetermined",
            ),
        ] {
            assert_eq!(components(kind, free.clone()), [""; 0], "{kind} {free}");
            assert_eq!(components(kind, paid.clone()), [expected], "{kind} {paid}");
        }
    }

    #[test]
    fn extras_come_on_top_of_what_a_type_costs() {
        for (kind, after, expected) in [
            (
                "aws_lb",
                json!({"load_balancer_type": "gateway", "minimum_load_balancer_capacity": [{"capacity_units": 1000}]}),
                "Reserved capacity: undetermined",
            ),
            (
                "aws_db_instance",
                json!({"engine": "postgres", "dedicated_log_volume": true}),
                "Dedicated log volume: undetermined",
            ),
            (
                "aws_db_instance",
                json!({"engine": "postgres", "performance_insights_retention_period": 731}),
                "Performance Insights, long retention: undetermined",
            ),
            (
                "aws_lambda_function",
                json!({"snap_start": [{"apply_on": "PublishedVersions"}]}),
                "SnapStart: undetermined",
            ),
            (
                "aws_cloudwatch_metric_alarm",
                json!({"evaluation_criteria": [{}]}),
                "PromQL query: undetermined",
            ),
            (
                "aws_cloudfront_distribution",
                json!({"origin": [{"origin_shield": [{"enabled": true}]}]}),
                "Origin Shield: undetermined",
            ),
            (
                "aws_cloudfront_distribution",
                json!({"default_cache_behavior": [{"function_association": [{}]}]}),
                "Functions and logs at the edge: undetermined",
            ),
            (
                "aws_instance",
                json!({"launch_template": [{"id": "lt-1"}]}),
                "What the launch template sets: undetermined",
            ),
            (
                "aws_eks_cluster",
                json!({"version": "1.34", "compute_config": [{"enabled": true}]}),
                "Nodes of auto mode: undetermined",
            ),
            (
                "aws_eks_cluster",
                json!({"version": "1.34", "control_plane_scaling_config": [{"tier": "tier-xl"}]}),
                "Provisioned control plane: undetermined",
            ),
            (
                "aws_scheduler_schedule",
                json!({"target": [{"ecs_parameters": [{}]}]}),
                "Tasks that it starts: undetermined",
            ),
        ] {
            let found = components(kind, after);
            assert!(
                found.iter().any(|line| line == expected),
                "{expected}: {found:?}"
            );
        }
    }

    #[test]
    fn every_row_cites_a_source() {
        for extra in super::ALL {
            assert!(extra.source.starts_with("https://"), "{}", extra.attribute);
        }
    }
}
