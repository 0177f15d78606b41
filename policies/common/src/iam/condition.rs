//! Conditions, and which of them leave only a few of everyone.

use super::wildcard::covers;
use super::{Truth, Words};

/// One key of one operator of a statement's `Condition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How it compares.
    pub operator: Operator,
    /// The key, in lower case: AWS does not tell cases apart.
    pub key: String,
    /// One of them has to match (of a negated operator: none may).
    pub values: Words,
}

/// `ForAllValues:StringNotLikeIfExists`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What is compared.
    pub test: Test,
    /// Whether it is the form with `Not`.
    pub negated: bool,
    /// Whether it holds where the request does not have the key.
    pub if_exists: bool,
    /// How it treats several values in the request.
    pub quantifier: Quantifier,
}

/// What an [`Operator`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `StringEquals`, in which `*` is a character.
    Equals,
    /// `StringLike`, `ArnLike`, `ArnEquals`, in which `*` is a wildcard.
    Like,
    /// `IpAddress`
    Ip,
    /// `Bool`
    Bool,
    /// `Null`
    Null,
    /// Numbers, dates, binary values, or an operator that is not known.
    Other,
}

/// How an [`Operator`] treats several values in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// There is one.
    Single,
    /// One of them has to match.
    Any,
    /// All of them have to match, and none is all, too.
    All,
}

impl Condition {
    /// Reads an operator, whose case does not matter.
    #[must_use]
    pub fn new(operator: &str, key: &str, values: Words) -> Self {
        let lower = operator.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            _ => (Quantifier::Single, lower.as_str()),
        };
        let (rest, if_exists) = match rest.strip_suffix("ifexists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (test, negated) = match rest {
            "stringequals" | "stringequalsignorecase" => (Test::Equals, false),
            "stringnotequals" | "stringnotequalsignorecase" => (Test::Equals, true),
            "stringlike" | "arnlike" | "arnequals" => (Test::Like, false),
            "stringnotlike" | "arnnotlike" | "arnnotequals" => (Test::Like, true),
            "ipaddress" => (Test::Ip, false),
            "notipaddress" => (Test::Ip, true),
            "bool" => (Test::Bool, false),
            "null" => (Test::Null, false),
            _ => (Test::Other, false),
        };
        Self {
            operator: Operator {
                test,
                negated,
                if_exists,
                quantifier,
            },
            key: key.to_ascii_lowercase(),
            values,
        }
    }

    /// Whether it holds wherever the other one does.
    pub(super) fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let (own, its) = (self.operator, other.operator);
        let like = own.test == Test::Like && its.test == Test::Equals;
        self.key == other.key
            && !own.negated
            && !its.negated
            && matches!(own.test, Test::Equals | Test::Like)
            && (own.test == its.test || like)
            && own.quantifier == its.quantifier
            && (own.if_exists || !its.if_exists)
            && !other.values.unknown
            && other.values.known.iter().all(|value| {
                self.values.known.iter().any(|pattern| match own.test {
                    Test::Like => covers(pattern, value, false),
                    _ => pattern == value,
                })
            })
    }

    /// Whether the request has to have the key for it to hold.
    fn demands_key(&self) -> bool {
        !self.operator.if_exists && self.operator.quantifier != Quantifier::All
    }

    /// Whether its values leave only a few of all that the key can be.
    fn chooses(&self) -> Truth {
        let Some(subject) = subject(&self.key) else {
            return Truth::No;
        };
        let wide = |value: &str| match (subject, self.operator.test) {
            (Subject::Flag, Test::Bool) => !value.eq_ignore_ascii_case("true"),
            // A variable is what the caller brings along.
            (_, _) if value.contains("${") || value.contains("&{") => true,
            (Subject::Address, Test::Ip) => is_wide_range(value),
            (Subject::Arn | Subject::Id | Subject::Path, Test::Equals) => false,
            (Subject::Arn, Test::Like) => is_wide_arn(value),
            (Subject::Id, Test::Like) => value.contains(['*', '?']),
            (Subject::Path, Test::Like) => is_wide_path(value),
            _ => true,
        };
        if self.values.known.is_empty() && !self.values.unknown {
            return Truth::No;
        }
        match self.values.any(wide) {
            Truth::Yes => Truth::No,
            // Whatever it is, it is compared letter by letter.
            Truth::Unknown if self.operator.test == Test::Equals => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::No => Truth::Yes,
        }
    }
}

/// Whether conditions that all have to hold leave only those that somebody has chosen.
pub(super) fn narrowed(conditions: &[Condition]) -> Truth {
    conditions
        .iter()
        .filter(|condition| {
            !condition.operator.negated
                && (condition.demands_key() || demanded(conditions, &condition.key))
        })
        .map(Condition::chooses)
        .max()
        .unwrap_or(Truth::No)
}

/// Whether another condition wants the key to be there.
fn demanded(conditions: &[Condition], key: &str) -> bool {
    conditions.iter().any(|other| {
        other.key == key
            && other.operator.test == Test::Null
            && other
                .values
                .any(|value| value.eq_ignore_ascii_case("false"))
                == Truth::Yes
    })
}

/// Whether a `Deny` with these conditions leaves only those that somebody has chosen: each
/// says who is not denied.
pub(super) fn leaves_few(conditions: &[Condition]) -> Truth {
    let mut few = Truth::No;
    for condition in conditions {
        let Operator {
            test,
            negated,
            quantifier,
            ..
        } = condition.operator;
        if negated && quantifier != Quantifier::Any {
            match condition.chooses() {
                Truth::No => return Truth::No,
                truth => {
                    few = if few == Truth::No {
                        truth
                    } else {
                        few.min(truth)
                    }
                }
            }
        } else if test == Test::Null
            && subject(&condition.key).is_some()
            && condition
                .values
                .any(|value| value.eq_ignore_ascii_case("true"))
                == Truth::Yes
        {
            // Denies whoever comes without the key; whoever has it may still be anyone.
            return Truth::No;
        } else if !(test == Test::Bool
            && ["aws:principalisawsservice", "aws:viaawsservice"].contains(&condition.key.as_str())
            && condition
                .values
                .any(|value| value.eq_ignore_ascii_case("false"))
                == Truth::Yes)
        {
            return Truth::No;
        }
    }
    few
}

/// What a key says about who calls, from where or for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Arn,
    /// An identifier of which a part says nothing.
    Id,
    /// One whose beginning says who.
    Path,
    Address,
    Flag,
}

/// Keys that tell a caller, or what it calls for, from everyone else. Those that a caller can
/// choose (`aws:PrincipalTag/…`, `aws:Referer`, `aws:UserAgent`, `sts:ExternalId`) do not.
fn subject(key: &str) -> Option<Subject> {
    Some(match key {
        "aws:sourcearn"
        | "aws:principalarn"
        | "aws:sourcevpcarn"
        | "lambda:sourcefunctionarn"
        | "s3:dataaccesspointarn"
        | "elasticfilesystem:accesspointarn" => Subject::Arn,
        "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:sourceorgid"
        | "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:principalservicename"
        | "aws:principalservicenameslist"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount"
        | "vpc-lattice-svcs:sourcevpc"
        | "vpc-lattice-svcs:sourcevpcowneraccount"
        | "cognito-identity.amazonaws.com:aud" => Subject::Id,
        "aws:principalorgpaths"
        | "aws:sourceorgpaths"
        | "aws:vpceorgpaths"
        | "aws:userid"
        | "sns:endpoint" => Subject::Path,
        "aws:sourceip" => Subject::Address,
        "aws:principalisawsservice" | "elasticfilesystem:accessedviamounttarget" => Subject::Flag,
        _ => return None,
    })
}

/// Whether the owner of an ARN is left open.
fn is_wide_arn(arn: &str) -> bool {
    if !arn.contains(['*', '?']) {
        return false;
    }
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [_, _, _, _, account, resource] = parts.as_slice() else {
        return true;
    };
    if account.is_empty() {
        // Names of buckets are nobody else's.
        let owner = resource.split(['/', '*', '?']).next().unwrap_or_default();
        return owner.is_empty();
    }
    account.contains(['*', '?'])
}

/// Whether the beginning, which says who, is left open.
fn is_wide_path(path: &str) -> bool {
    let fixed = path
        .find(['*', '?'])
        .map_or(path, |at| path.get(..at).unwrap_or_default());
    if fixed.len() == path.len() {
        return false;
    }
    // `o-a1b2c3/…`, `AROAEXAMPLE:*`, `*@example.com`, `https://example.com/*`
    let rest = path.trim_start_matches(['*', '?']);
    let by_end = rest.starts_with('@') && !rest.contains(['*', '?']);
    !(by_end || fixed.contains(['/', ':']) && fixed.len() > 3)
}

/// Whether a range of addresses is wider than what S3 calls public: /8, or /32 of IPv6.
fn is_wide_range(range: &str) -> bool {
    let (address, length) = range.split_once('/').unwrap_or((range, ""));
    let most = if address.contains(':') { 32 } else { 8 };
    if address.contains(['*', '?']) {
        return true;
    }
    match length {
        "" => false,
        length => length.parse::<u32>().map_or(true, |length| length < most),
    }
}
