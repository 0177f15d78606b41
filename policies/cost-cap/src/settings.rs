//! What the configuration can set, and the usage it declares.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use tollgate_policy::pattern;

use crate::decimal::Decimal;

/// Caps, and what the estimate needs to know that no plan says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The most that everything in the plan may cost a month, in US dollars; reaching
    /// it is allowed. Without it the total is reported and not judged.
    pub monthly_cap_usd: Option<Amount>,
    /// The most that the plan may add to the monthly cost, in US dollars; reaching it
    /// is allowed. Without it the increase is reported and not judged.
    pub monthly_increase_cap_usd: Option<Amount>,
    /// The region of resources whose region the plan does not tell.
    pub region: Option<String>,
    /// How much is used a month: by resource type (`aws_sqs_queue`), for each resource
    /// of that type, or by address pattern (`module.api.aws_lambda_function.*`), where
    /// `*` is any run of characters. The exact address counts more than a pattern, a
    /// longer pattern more than a shorter one, and any of them more than the type.
    pub usage: BTreeMap<String, BTreeMap<UsageName, Amount>>,
    /// What a charge by usage counts when the usage is not declared.
    pub undeclared_usage: UndeclaredUsage,
    /// What becomes of resources that cannot be priced.
    pub unpriced: Unpriced,
    /// Resource types, with `*` for any run of characters, that may stay without a
    /// price. They are listed in the breakdown and count nothing.
    pub allow_unpriced_types: Vec<String>,
}

/// What a charge by usage counts when the usage is not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UndeclaredUsage {
    /// The estimate is incomplete, so whether the cap holds cannot be told.
    #[default]
    Undetermined,
    /// Zero. The breakdown still lists the charge.
    Zero,
}

/// What becomes of resources that cannot be priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unpriced {
    /// The estimate is incomplete, so whether the cap holds cannot be told.
    #[default]
    Undetermined,
    /// They count nothing. The breakdown still lists them.
    Allow,
}

/// An exact amount, written as text (`"19.99"`) or as a number (`20`, `19.99`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount such as \"19.99\" or 20")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                let amount = Decimal::parse(text)
                    .map_err(|error| E::custom(format_args!("{text:?} is {error}")))?;
                if amount.is_negative() {
                    return Err(E::custom(format_args!(
                        "{text:?} is below zero; write zero or more"
                    )));
                }
                Ok(Amount(amount))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Amount, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
                // The shortest text that reads back as this number is what was written,
                // as long as it has at most 15 significant digits: 19.99 is 19.99.
                let text = number.to_string();
                if text.bytes().filter(u8::is_ascii_digit).count() > 15 {
                    return Err(E::custom(format_args!(
                        "{text} has too many digits for a number; write it as text in quotes"
                    )));
                }
                self.visit_str(&text)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact amount, as text (\"19.99\") or as a number (20, 19.99).",
            "anyOf": [
                { "type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,12})?$" },
                { "type": "number", "minimum": 0 },
            ],
        })
    }
}

macro_rules! usage_names {
    ($($name:ident = $text:literal: $meaning:literal,)*) => {
        /// What can be declared to be used in a month.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the meaning is in the schema")]
        pub enum UsageName { $($name,)* }

        impl UsageName {
            const ALL: &[(Self, &'static str, &'static str)] = &[$((Self::$name, $text, $meaning),)*];
        }
    };
}

usage_names! {
    BackupGb = "backup-gb": "GB of backups beyond the size of the database",
    BuildMinutes = "build-minutes": "minutes of builds",
    ConnectionMinutes = "connection-minutes": "minutes of WebSocket connections",
    Dpu = "dpu": "Aurora DSQL distributed processing units",
    DurationMs = "duration-ms": "average duration of a request, in milliseconds",
    Events = "events": "custom events published, in chunks of 64 KB",
    GbSeconds = "gb-seconds": "GB-seconds of compute; instead of requests × duration-ms × memory",
    GetRequests = "get-requests": "GET and all other requests that read",
    HttpRequests = "http-requests": "HTTP requests from the US, Mexico and Canada",
    HttpsRequests = "https-requests": "HTTPS requests from the US, Mexico and Canada",
    IngestedGb = "ingested-gb": "GB ingested",
    InvalidationPaths = "invalidation-paths": "paths invalidated beyond the free ones",
    Invocations = "invocations": "invocations",
    IoRequests = "io-requests": "I/O requests",
    KeyVersions = "key-versions": "key versions that are billed, after rotation",
    LcuHours = "lcu-hours": "load balancer capacity units × hours",
    Messages = "messages": "WebSocket messages, in chunks of 32 KB",
    Metrics = "metrics": "custom metrics, or metrics that a query analyses",
    MonthlyUsers = "monthly-users": "users that sign in at least once in the month",
    Notifications = "notifications": "notifications delivered",
    OutGb = "out-gb": "GB sent to viewers in the US, Mexico and Canada",
    OutGbEurope = "out-gb-europe": "GB sent to viewers in Europe and Israel",
    PayloadGb = "payload-gb": "GB of payload published",
    PayloadUnits = "payload-units": "payload units of 25 KB put into a stream",
    ProcessedGb = "processed-gb": "GB processed",
    PublicIpv4Addresses = "public-ipv4-addresses": "public IPv4 addresses in use",
    PutRequests = "put-requests": "PUT, COPY, POST and LIST requests",
    ReadRequestUnits = "read-request-units": "read request units",
    Requests = "requests": "requests",
    RootVolumeGb = "root-volume-gb": "GB of the root volume, where the image decides",
    ScannedGb = "scanned-gb": "GB scanned by queries",
    StoredGb = "stored-gb": "GB stored on average over the month",
    Transitions = "transitions": "state transitions",
    WriteRequestUnits = "write-request-units": "write request units",
}

impl UsageName {
    /// How the configuration writes the name.
    #[must_use]
    pub fn text(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(name, ..)| *name == self)
            .map_or("", |(_, text, _)| text)
    }
}

impl fmt::Display for UsageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<'de> Deserialize<'de> for UsageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .find(|(_, name, _)| *name == text)
            .map(|(name, ..)| *name)
            .ok_or_else(|| {
                de::Error::custom(format_args!(
                    "{text:?} is no usage; the names are in the settings' schema"
                ))
            })
    }
}

impl JsonSchema for UsageName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UsageName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<_> = Self::ALL.iter().map(|(_, text, _)| *text).collect();
        let meanings: Vec<_> = Self::ALL
            .iter()
            .map(|(_, text, meaning)| format!("`{text}`: {meaning}"))
            .collect();
        schemars::json_schema!({
            "description": meanings.join("; "),
            "type": "string",
            "enum": names,
        })
    }
}

/// The usage that the configuration declares for one resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage(BTreeMap<UsageName, Decimal>);

impl Usage {
    pub(crate) fn get(&self, name: UsageName) -> Option<Decimal> {
        self.0.get(&name).copied()
    }
}

impl Settings {
    /// The usage declared for a resource; `kind` is its type.
    pub(crate) fn usage_of(&self, kind: &str, address: &str) -> Usage {
        let mut matching: Vec<_> = self
            .usage
            .iter()
            .filter(|(key, _)| {
                key.as_str() == kind || (is_address(key) && pattern::matches(key, address))
            })
            .collect();
        // Later entries overwrite earlier ones. The text itself breaks ties, so that
        // the order of the configuration never matters.
        let rank = |key: &String| (is_address(key), key.as_str() == address, key.len());
        matching.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
        Usage(
            matching
                .into_iter()
                .flat_map(|(_, quantities)| {
                    quantities.iter().map(|(name, amount)| (*name, amount.0))
                })
                .collect(),
        )
    }

    /// Whether any usage is declared by address.
    pub(crate) fn has_usage_by_address(&self) -> bool {
        self.usage.keys().any(|key| is_address(key))
    }

    /// Whether the type may stay without a price.
    pub(crate) fn allows_unpriced(&self, kind: &str) -> bool {
        self.unpriced == Unpriced::Allow
            || self
                .allow_unpriced_types
                .iter()
                .any(|allowed| pattern::matches(allowed, kind))
    }
}

/// Whether a key of `usage` is an address pattern: a type has no dot, an address has.
pub(crate) fn is_address(key: &str) -> bool {
    key.contains('.') || key.contains('*')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(json: serde_json::Value) -> Result<Settings, serde_json::Error> {
        serde_json::from_str(&json.to_string())
    }

    #[test]
    fn amounts_are_exact_however_they_are_written() {
        for (written, exact) in [
            (json!("20"), "20"),
            (json!(20), "20"),
            (json!("19.99"), "19.99"),
            (json!(19.99), "19.99"),
            (json!(0.1), "0.1"),
            (json!(0.30000000000001), "0.30000000000001"),
            (json!(1e6), "1000000"),
        ] {
            let amount =
                settings(json!({"monthly-cap-usd": written})).map(|s| s.monthly_cap_usd.unwrap().0);
            match exact.len() {
                // 14 decimal places do not fit and are refused, not rounded.
                16.. => assert!(amount.is_err(), "{written}"),
                _ => assert_eq!(amount.unwrap().to_string(), exact, "{written}"),
            }
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for wrong in [
            json!({"monthly-cap-usd": "twenty"}),
            json!({"monthly-cap-usd": -1}),
            json!({"monthly-cap-usd": "-1"}),
            json!({"monthly-cap": 20}),
            json!({"unpriced": "ignore"}),
            json!({"undeclared-usage": "ignore"}),
            json!({"usage": {"aws_sqs_queue": {"request": 1}}}),
            json!({"monthly-cap-usd": 0.12345678901234567}),
        ] {
            assert!(settings(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_closest_declaration_counts() {
        let settings = settings(json!({"usage": {
            "aws_sqs_queue": {"requests": 1, "stored-gb": 9},
            "*": {"requests": 2},
            "module.a.aws_sqs_queue.*": {"requests": 3},
            "module.a.aws_sqs_queue.in[\"x.y\"]": {"requests": 4},
        }}))
        .unwrap();
        for (address, requests) in [
            ("aws_sqs_queue.in", 2),
            ("module.a.aws_sqs_queue.out", 3),
            ("module.a.aws_sqs_queue.in[\"x.y\"]", 4),
        ] {
            let usage = settings.usage_of("aws_sqs_queue", address);
            assert_eq!(
                usage.get(UsageName::Requests),
                Some(Decimal::whole(requests)),
                "{address}"
            );
            assert_eq!(
                usage.get(UsageName::StoredGb),
                Some(Decimal::whole(9)),
                "{address}"
            );
            assert_eq!(usage.get(UsageName::Dpu), None, "{address}");
        }
    }

    #[test]
    fn the_schema_names_every_usage() {
        let schema = schemars::schema_for!(Settings).as_value().to_string();
        for (_, name, _) in UsageName::ALL {
            assert!(schema.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
