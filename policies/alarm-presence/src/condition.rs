//! The condition of an alarm on one metric: whether a value can make it fire.

use tollgate_policy::{Attr, Change};

use crate::metric_values::{self, Statistic};
use crate::side::Side;

/// The attributes that are read here, besides the metric.
pub const ATTRIBUTES: &[&str] = &[
    "comparison_operator",
    "datapoints_to_alarm",
    "evaluation_periods",
    "extended_statistic",
    "period",
    "statistic",
    "threshold",
    "treat_missing_data",
];

/// What is wrong with a condition; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No value of the metric meets it.
    Never,
    /// Every value of the metric meets it, so the alarm never fires anew.
    Always,
    /// Values that meet it are out of reach in practice.
    OutOfReach,
    /// It is met days after what it tells of.
    Late,
    /// The alarm does not return to `OK` when all is well again.
    Unsettled,
}

/// What is wrong with the condition of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub kind: Kind,
    /// The attribute to look at.
    pub attribute: &'static str,
    /// In words.
    pub what: String,
    /// Where what is known of the metric is documented.
    pub source: Option<&'static str>,
}

/// On which side of its threshold an alarm fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Above,
    AtOrAbove,
    Below,
    AtOrBelow,
}

impl Comparison {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "GreaterThanThreshold" => Self::Above,
            "GreaterThanOrEqualToThreshold" => Self::AtOrAbove,
            "LessThanThreshold" => Self::Below,
            "LessThanOrEqualToThreshold" => Self::AtOrBelow,
            // A band of expected values has no threshold.
            _ => return None,
        })
    }

    fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtOrAbove => value >= threshold,
            Self::Below => value < threshold,
            Self::AtOrBelow => value <= threshold,
        }
    }

    fn rises(self) -> bool {
        matches!(self, Self::Above | Self::AtOrAbove)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtOrAbove => "at or above",
            Self::Below => "below",
            Self::AtOrBelow => "at or below",
        }
    }
}

/// The condition of an alarm, as far as it is known.
struct Condition {
    namespace: String,
    metric: String,
    statistic: String,
    comparison: Comparison,
    /// As the plan writes it, and its value.
    threshold: (String, f64),
    period: i64,
    /// None: it is known only after apply.
    missing: Option<String>,
    /// How many periods have to meet it.
    points: Option<i64>,
}

impl Condition {
    fn of(alarm: &Change, side: Side) -> Option<Self> {
        let known = |path: &str| match side.read(alarm, path).text() {
            Attr::Known(text) if !text.is_empty() => Some(text),
            _ => None,
        };
        let threshold = match side.read(alarm, "threshold").decimal() {
            Attr::Known(text) => text.parse().ok().map(|value| (text, value)),
            Attr::Unset | Attr::Undetermined(_) => None,
        }?;
        let number = |path: &str| side.read(alarm, path).integer();
        Some(Self {
            namespace: known("namespace")?,
            metric: known("metric_name")?,
            statistic: known("statistic").or_else(|| known("extended_statistic"))?,
            comparison: Comparison::read(&known("comparison_operator")?)?,
            threshold,
            period: match number("period") {
                Attr::Known(seconds) => seconds,
                Attr::Unset | Attr::Undetermined(_) => return None,
            },
            missing: match side.read(alarm, "treat_missing_data").text() {
                Attr::Known(text) => Some(text),
                Attr::Unset => Some("missing".to_owned()),
                Attr::Undetermined(_) => None,
            },
            points: match (number("datapoints_to_alarm"), number("evaluation_periods")) {
                (Attr::Known(points), _) if points > 0 => Some(points),
                (Attr::Known(_) | Attr::Unset, Attr::Known(periods)) => Some(periods),
                _ => None,
            },
        })
    }

    fn fires(&self) -> String {
        format!(
            "it fires when the {} of `{} {}` is {} {}",
            self.statistic,
            self.namespace,
            self.metric,
            self.comparison.text(),
            self.threshold.0
        )
    }

    /// Whether missing data makes the alarm fire, whatever its threshold is. Alarms on
    /// metrics of DynamoDB ignore missing data.
    fn fires_without_data(&self) -> bool {
        self.namespace != "AWS/DynamoDB"
            && self
                .missing
                .as_deref()
                .is_none_or(|missing| missing == "breaching")
    }

    fn fault(&self) -> Option<Fault> {
        let (namespace, metric) = (self.namespace.as_str(), self.metric.as_str());
        if !metric_values::known(namespace, metric) {
            return None;
        }
        let fault = |kind, attribute, what, source| {
            Some(Fault {
                kind,
                attribute,
                what,
                source,
            })
        };
        let (comparison, threshold) = (self.comparison, self.threshold.1);
        let most = Statistic::read(&self.statistic)
            .and_then(|statistic| metric_values::most(namespace, metric, statistic));
        let lowest = comparison.holds(0.0, threshold);
        let highest = match most {
            Some((most, _)) => comparison.holds(most, threshold),
            // There is no end to how far it rises.
            None => comparison.rises(),
        };
        let bound = match most {
            Some((most, _)) if comparison.rises() => format!("above {most}"),
            _ => "below 0".to_owned(),
        };
        let source = most.map(|(_, source)| source);
        if !lowest && !highest && !self.fires_without_data() {
            return fault(
                Kind::Never,
                "threshold",
                format!("{}, and that is never {bound}", self.fires()),
                source,
            );
        }
        if lowest && highest && !metric_values::only_when_wrong(namespace, metric) {
            return fault(
                Kind::Always,
                "threshold",
                format!(
                    "{}, which every value of it is: it fires once, and never again",
                    self.fires()
                ),
                source,
            );
        }
        if comparison.rises() && counts_failures(metric) && threshold >= ABSURD {
            return fault(
                Kind::OutOfReach,
                "threshold",
                format!("{}, and as many do not happen in one period", self.fires()),
                None,
            );
        }
        if !comparison.rises()
            && metric_values::in_bytes(namespace, metric)
            && threshold < 1024.0 * 1024.0
        {
            return fault(
                Kind::OutOfReach,
                "threshold",
                format!(
                    "{}, and it is counted in bytes: nothing is left by then",
                    self.fires()
                ),
                None,
            );
        }
        if let Some(points) = self.points
            && let Some(seconds) = self.period.checked_mul(points)
            && seconds > DAY
            && !metric_values::daily(namespace, metric)
        {
            return fault(
                Kind::Late,
                "evaluation_periods",
                format!("it fires {} days after the first sign", seconds / DAY),
                None,
            );
        }
        if metric_values::only_when_wrong(namespace, metric)
            && self.missing.as_deref() == Some("missing")
        {
            return fault(
                Kind::Unsettled,
                "treat_missing_data",
                format!(
                    "`{namespace} {metric}` has no value while all is well, and missing data is no sign of that here: the alarm does not return to OK"
                ),
                Some(
                    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
                ),
            );
        }
        None
    }
}

const DAY: i64 = 24 * 60 * 60;

/// As many failures as no service has in one period.
const ABSURD: f64 = 1e10;

/// Whether a metric counts what goes wrong, by its name.
fn counts_failures(metric: &str) -> bool {
    let lower = metric.to_ascii_lowercase();
    [
        "error", "fault", "fail", "throttle", "5xx", "4xx", "rejected", "dropped", "timeout",
        "timedout", "aborted",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// What is wrong with an alarm on expressions: one that is always 0, or a band of expected values
/// below which there are only fewer failures.
fn queries(alarm: &Change, side: Side) -> Option<Fault> {
    let Attr::Known(queries) = side.read(alarm, "metric_query").items() else {
        return None;
    };
    let fault = |attribute, what: &str| {
        Some(Fault {
            kind: Kind::OutOfReach,
            attribute,
            what: what.to_owned(),
            source: None,
        })
    };
    let comparison = match side.read(alarm, "comparison_operator").text() {
        Attr::Known(text) => text,
        Attr::Unset | Attr::Undetermined(_) => return None,
    };
    let failures = queries.iter().any(|query| {
        query
            .get("metric")
            .first()
            .get("metric_name")
            .text()
            .is_known_and(|name| counts_failures(name))
    });
    if comparison == "LessThanLowerThreshold" && failures {
        return fault(
            "comparison_operator",
            "it fires when fewer failures than expected are counted, and not when there are more",
        );
    }
    let returned: Vec<_> = queries
        .iter()
        .filter(|query| query.get("return_data").bool().is_known_and(|on| *on))
        .collect();
    let constant = returned.iter().any(|query| {
        query
            .get("expression")
            .text()
            .is_known_and(|text| is_constant(text))
    });
    if constant {
        return fault(
            "metric_query",
            "the result of its expression is the same whatever the metrics are",
        );
    }
    None
}

/// Whether an expression has the same result whatever the metrics are: no metric is in it, or it is
/// a product with 0.
fn is_constant(expression: &str) -> bool {
    let text: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
    match crate::math::read(expression) {
        crate::math::Expression::Math { uses, metrics } => {
            if uses.is_empty() && metrics.is_empty() {
                return !text.is_empty();
            }
        }
        crate::math::Expression::Insights | crate::math::Expression::Dynamic(_) => return false,
    }
    // Only a product: in a sum something else may count.
    let is_product = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '.' | '_' | '(' | ')'));
    is_product
        && text
            .split('*')
            .any(|factor| factor.trim_matches(['(', ')']).parse::<f64>() == Ok(0.0))
}

/// How many times further off a threshold has to be moved to be told.
const FAR: f64 = 1000.0;

/// What is wrong with the condition of an alarm on one side, if it is known.
#[must_use]
pub fn fault(alarm: &Change, side: Side) -> Option<Fault> {
    Condition::of(alarm, side).map_or_else(|| queries(alarm, side), |condition| condition.fault())
}

/// What a plan does to the threshold of an alarm, if it moves it so far off that it may
/// never be met again.
#[must_use]
pub fn loosened(alarm: &Change) -> Option<Fault> {
    let before = Condition::of(alarm, Side::Before)?;
    let after = Condition::of(alarm, Side::After)?;
    let same = before.namespace == after.namespace
        && before.metric == after.metric
        && before.statistic == after.statistic
        && before.period == after.period
        && before.comparison.rises() == after.comparison.rises();
    let (from, to) = (before.threshold.1, after.threshold.1);
    let far = match after.comparison.rises() {
        true => from > 0.0 && to >= from * FAR,
        false => to > 0.0 && from >= to * FAR,
    };
    (same && far).then(|| Fault {
        kind: Kind::OutOfReach,
        attribute: "threshold",
        what: format!(
            "{} instead of {} from now on",
            after.fires(),
            before.threshold.0
        ),
        source: None,
    })
}
