//! What an alarm watches, on one side of its change.

use tollgate_policy::{Attr, Change, Field};

use crate::insights::{self, Query};
use crate::math::{self, Expression};
use crate::reference::Reference;
use crate::side::Side;

/// The resource type of an alarm on metrics. An anomaly detection alarm is one too.
pub const METRIC_ALARM: &str = "aws_cloudwatch_metric_alarm";
/// The resource type of an alarm on other alarms.
pub const COMPOSITE_ALARM: &str = "aws_cloudwatch_composite_alarm";

/// The attribute of an alarm that evaluates PromQL.
pub const PROMQL: &str = "evaluation_criteria";

/// Whether a change is one of an alarm, on metrics or on other alarms.
#[must_use]
pub fn is_alarm(change: &Change) -> bool {
    matches!(change.kind.as_str(), METRIC_ALARM | COMPOSITE_ALARM)
}

/// An alarm on metrics.
#[derive(Debug)]
pub struct Alarm<'a> {
    /// What is planned for it.
    pub change: &'a Change,
    before: Vec<Watched>,
    after: Vec<Watched>,
    references: [(&'static str, Vec<Reference>); 3],
}

/// One thing that can make an alarm fire.
#[derive(Debug)]
pub struct Watched {
    /// The attribute that says so; its references tell what the values refer to.
    pub attribute: &'static str,
    /// What is watched.
    pub what: What,
}

impl Watched {
    /// Whether it is about every resource of a namespace: a metric without dimensions, or a query that
    /// is not filtered.
    pub fn is_of_all(&self) -> bool {
        match &self.what {
            What::Metric { dimensions, .. } => match dimensions.entries() {
                Attr::Known(entries) => entries.is_empty(),
                Attr::Unset => true,
                Attr::Undetermined(_) => false,
            },
            What::Insights(query) => query.filters.is_empty(),
            What::Opaque { .. } => false,
        }
    }
}

/// What is watched.
#[derive(Debug)]
pub enum What {
    /// One metric.
    Metric {
        /// The account that has it, if the alarm names one.
        account: Attr<String>,
        /// Of the metric.
        namespace: Attr<String>,
        /// Of the metric.
        name: Attr<String>,
        /// A map of text.
        dimensions: Field,
    },
    /// A Metrics Insights query.
    Insights(Query),
    /// Something that the plan does not tell.
    Opaque {
        /// The expression, if it is known.
        text: Option<String>,
        /// Why it cannot be told what it is.
        why: String,
    },
}

impl<'a> Alarm<'a> {
    /// Reads the planned change of an alarm.
    pub fn of(change: &'a Change) -> Self {
        let references = |path| {
            (
                path,
                change
                    .references(path)
                    .iter()
                    .map(|text| Reference::parse(text))
                    .collect(),
            )
        };
        let on = |side: Side| {
            if side.has(change) {
                watched(|path| side.read(change, path))
            } else {
                Vec::new()
            }
        };
        Self {
            change,
            references: ["dimensions", "metric_query", PROMQL].map(references),
            before: on(Side::Before),
            after: on(Side::After),
        }
    }

    /// What it watches; nothing where there is no alarm on that side.
    pub fn watched(&self, side: Side) -> &[Watched] {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// What the configuration of one of the attributes that say what is watched refers to,
    /// where it speaks of that side.
    pub fn references(&self, side: Side, attribute: &str) -> impl Iterator<Item = &Reference> {
        self.references
            .iter()
            .filter(move |(path, _)| *path == attribute && side.is_configured(self.change))
            .flat_map(|(_, found)| found)
    }
}

/// The provider writes a text that is not set as null or as empty.
fn text(field: &Field) -> Attr<String> {
    match field.text() {
        Attr::Known(text) if text.is_empty() => Attr::Unset,
        text => text,
    }
}

fn watched(read: impl Fn(&str) -> Field) -> Vec<Watched> {
    let mut found = Vec::new();
    let name = text(&read("metric_name"));
    if !matches!(name, Attr::Unset) {
        found.push(Watched {
            attribute: "dimensions",
            what: What::Metric {
                account: Attr::Unset,
                namespace: text(&read("namespace")),
                name,
                dimensions: read("dimensions"),
            },
        });
    }
    let criteria = read(PROMQL).first();
    if !criteria.is_unset() {
        let query = criteria.get("promql_criteria").first().get("query").text();
        found.push(Watched {
            attribute: PROMQL,
            what: What::Opaque {
                text: match query {
                    Attr::Known(query) => Some(query),
                    Attr::Unset | Attr::Undetermined(_) => None,
                },
                why: "it evaluates a PromQL query, whose resources cannot be told".to_owned(),
            },
        });
    }
    match read("metric_query").items() {
        Attr::Known(queries) => {
            found.extend(in_queries(&queries).into_iter().map(|what| Watched {
                attribute: "metric_query",
                what,
            }));
        }
        Attr::Unset => {}
        Attr::Undetermined(why) => found.push(Watched {
            attribute: "metric_query",
            what: What::Opaque {
                text: None,
                why: format!("its `metric_query` is {why}"),
            },
        }),
    }
    found
}

/// The metrics that the result of metric math depends on. A query that no result
/// uses makes nothing fire.
fn in_queries(queries: &[Field]) -> Vec<What> {
    let ids: Vec<Attr<String>> = queries.iter().map(|query| text(&query.get("id"))).collect();
    let returned = |query: &Field| match query.get("return_data").bool() {
        Attr::Known(returned) => returned,
        Attr::Unset => false,
        Attr::Undetermined(_) => true,
    };
    let mut open: Vec<usize> = (0..queries.len())
        .filter(|at| returned(&queries[*at]))
        .collect();
    if open.is_empty() {
        open = (0..queries.len()).collect();
    }
    let mut seen = vec![false; queries.len()];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let query = &queries[at];
        match text(&query.get("expression")) {
            Attr::Unset => {
                let metric = query.get("metric").first();
                match metric.undetermined() {
                    Some(why) => found.push(What::Opaque {
                        text: None,
                        why: format!("a metric in its `metric_query` is {why}"),
                    }),
                    None if metric.is_unset() => {}
                    None => found.push(What::Metric {
                        account: text(&query.get("account_id")),
                        namespace: text(&metric.get("namespace")),
                        name: text(&metric.get("metric_name")),
                        dimensions: metric.get("dimensions"),
                    }),
                }
            }
            Attr::Undetermined(why) => {
                found.push(What::Opaque {
                    text: None,
                    why: format!("an expression in its `metric_query` is {why}"),
                });
            }
            Attr::Known(expression) => match math::read(&expression) {
                Expression::Math { uses, metrics } => {
                    for (other, id) in ids.iter().enumerate() {
                        let used = match id {
                            Attr::Known(id) => {
                                uses.contains(id)
                                    || (metrics.iter().any(|part| id.contains(part.as_str()))
                                        && text(&queries[other].get("expression")) == Attr::Unset)
                            }
                            Attr::Unset | Attr::Undetermined(_) => false,
                        };
                        if used {
                            open.push(other);
                        }
                    }
                    if ids.iter().any(|id| matches!(id, Attr::Undetermined(_))) {
                        found.push(What::Opaque {
                            text: None,
                            why: "an id in its `metric_query` is known only after apply".to_owned(),
                        });
                    }
                }
                Expression::Insights => found.push(match insights::read(&expression) {
                    Some(query) => What::Insights(query),
                    None => What::Opaque {
                        text: Some(expression),
                        why: "its Metrics Insights query is not one whose resources can be told"
                            .to_owned(),
                    },
                }),
                Expression::Dynamic(why) => {
                    found.push(What::Opaque {
                        text: Some(expression),
                        why: why.to_owned(),
                    });
                }
            },
        }
    }
    found
}
