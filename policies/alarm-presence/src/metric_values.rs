//! What values metrics can have.
//!
//! Everything that the table of requirements watches is a count, a share, a time, an amount
//! or a switch, and so is never below zero. What is more is said here, with its source.

use crate::requirements;

/// What a statistic makes of the values of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Their mean.
    Average,
    /// One of them, or the mean of some: the smallest, the largest, a percentile.
    One,
    /// Something that grows with their number.
    Total,
}

impl Statistic {
    /// Reads `statistic` or `extended_statistic`. None: it is something else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "Average" => return Some(Self::Average),
            "Minimum" | "Maximum" | "IQM" => return Some(Self::One),
            "Sum" | "SampleCount" => return Some(Self::Total),
            _ => {}
        }
        // `p99`, `tm90`, `wm(5%:95%)`; not `tc`, `ts` and `PR`, which count.
        let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
        matches!(&text[..letters], "p" | "tm" | "wm").then_some(Self::One)
    }
}

/// Metrics whose values have an upper end.
struct Ceiling {
    namespace: &'static str,
    metrics: &'static [&'static str],
    /// The statistics that have it.
    of: &'static [Statistic],
    most: f64,
    source: &'static str,
}

const BOTH: &[Statistic] = &[Statistic::Average, Statistic::One];

const CEILINGS: &[Ceiling] = &[
    // Zero or one for every invocation.
    Ceiling {
        namespace: "AWS/Lambda",
        metrics: &[
            "Errors",
            "Throttles",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
        ],
        of: BOTH,
        most: 1.0,
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    },
    // The average is the share of failed requests.
    Ceiling {
        namespace: "AWS/ApiGateway",
        metrics: &["5XXError"],
        of: &[Statistic::Average],
        most: 1.0,
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    },
    // One for every answer.
    Ceiling {
        namespace: "AWS/ApplicationELB",
        metrics: &["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"],
        of: BOTH,
        most: 1.0,
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    },
    Ceiling {
        namespace: "AWS/RDS",
        metrics: &["CPUUtilization", "ACUUtilization"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
    },
    Ceiling {
        namespace: "AWS/EC2",
        metrics: &["CPUUtilization"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html",
    },
    Ceiling {
        namespace: "AWS/ElastiCache",
        metrics: &[
            "CPUUtilization",
            "EngineCPUUtilization",
            "DatabaseMemoryUsagePercentage",
        ],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html",
    },
    Ceiling {
        namespace: "AWS/DocDB",
        metrics: &["CPUUtilization"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html",
    },
    Ceiling {
        namespace: "AWS/Redshift",
        metrics: &["PercentageDiskSpaceUsed"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/redshift/latest/mgmt/metrics-listing.html",
    },
    Ceiling {
        namespace: "AWS/ES",
        metrics: &["JVMMemoryPressure"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html",
    },
    Ceiling {
        namespace: "AWS/CloudFront",
        metrics: &["5xxErrorRate"],
        of: BOTH,
        most: 100.0,
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
    },
];

/// Metrics that are counted in bytes: as good as none are left below a mebibyte.
const BYTES: &[(&str, &[&str])] = &[
    ("AWS/RDS", &["FreeStorageSpace", "FreeableMemory"]),
    ("AWS/DocDB", &["FreeableMemory"]),
    ("AWS/FSx", &["FreeStorageCapacity"]),
];

/// Metrics that have a value only while something is wrong.
const ONLY_WHEN_WRONG: &[(&str, &[&str])] = &[(
    "AWS/ApplicationELB",
    &["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"],
)];

/// Metrics that are measured once in a day or less often.
const DAILY: &[(&str, &[&str])] = &[("AWS/CertificateManager", &["DaysToExpiry"])];

fn lists(table: &[(&str, &[&str])], namespace: &str, metric: &str) -> bool {
    table
        .iter()
        .any(|(of, metrics)| *of == namespace && metrics.contains(&metric))
}

/// Whether a metric is counted in bytes.
#[must_use]
pub fn in_bytes(namespace: &str, metric: &str) -> bool {
    lists(BYTES, namespace, metric)
}

/// Whether a metric has a value only while something is wrong.
#[must_use]
pub fn only_when_wrong(namespace: &str, metric: &str) -> bool {
    lists(ONLY_WHEN_WRONG, namespace, metric)
}

/// Whether a metric is measured once in a day or less often.
#[must_use]
pub fn daily(namespace: &str, metric: &str) -> bool {
    lists(DAILY, namespace, metric)
}

/// The largest value that a statistic of a metric can have, and where that is documented.
#[must_use]
pub fn most(namespace: &str, metric: &str, statistic: Statistic) -> Option<(f64, &'static str)> {
    CEILINGS
        .iter()
        .find(|ceiling| {
            ceiling.namespace == namespace
                && ceiling.metrics.contains(&metric)
                && ceiling.of.contains(&statistic)
        })
        .map(|ceiling| (ceiling.most, ceiling.source))
}

/// Whether the table of requirements watches a metric, which then is never below zero.
#[must_use]
pub fn known(namespace: &str, metric: &str) -> bool {
    requirements::ALL.iter().any(|row| {
        row.namespace == namespace && row.metrics.iter().any(|known| known.name == metric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_told_apart() {
        for (text, expected) in [
            ("Average", Some(Statistic::Average)),
            ("Maximum", Some(Statistic::One)),
            ("Sum", Some(Statistic::Total)),
            ("p99.9", Some(Statistic::One)),
            ("tm90", Some(Statistic::One)),
            ("wm(5%:95%)", Some(Statistic::One)),
            ("tc(10%:90%)", None),
            ("ts(0.1:0.5)", None),
            ("PR(:300)", None),
            ("p", None),
            ("", None),
        ] {
            assert_eq!(Statistic::read(text), expected, "{text}");
        }
    }

    /// Nothing is said of a metric that no requirement watches.
    #[test]
    fn the_tables_speak_of_metrics_that_are_watched() {
        let ceilings = CEILINGS
            .iter()
            .map(|ceiling| (ceiling.namespace, ceiling.metrics));
        for (namespace, metrics) in ceilings
            .chain(BYTES.iter().copied())
            .chain(ONLY_WHEN_WRONG.iter().copied())
            .chain(DAILY.iter().copied())
        {
            for metric in metrics {
                assert!(known(namespace, metric), "{namespace} {metric}");
            }
        }
    }
}
