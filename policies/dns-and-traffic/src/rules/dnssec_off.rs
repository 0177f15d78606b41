//! `dnssec-off`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};

/// A zone is no longer signed.
///
/// Reports zones whose answers are signed today and not after apply: an `aws_route53_hosted_zone_dnssec`
/// that is deleted while its zone is not, or whose `signing_status` becomes `NOT_SIGNING`, and a
/// `google_dns_managed_zone` whose `dnssec_config` is switched off.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "dnssec-off",
    title: "Signatures of a zone that this plan switches off",
    description: "The answers of a DNS zone are signed today and not after apply. Resolvers that check \
        signatures fail as long as the zone above names the key, and answers can be forged after that.",
    severity: Severity::High,
    remediation: "Keep the signatures; to end them, take the DS record out of the zone above first and wait \
        for its TTL, then waive this rule for the address.",
    example: "`state` in the block `dnssec_config` of a `google_dns_managed_zone` becomes `off`.",
    links: &[
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec-disable.html",
    ],
};

/// What signs a zone, and what is read of it and of the zone.
pub const SIGNED: &[(&str, &[&str])] = &[
    (SIGNING, &["hosted_zone_id", "signing_status"]),
    ("aws_route53_zone", &["zone_id"]),
    ("google_dns_managed_zone", &["dnssec_config"]),
];

const SIGNING: &str = "aws_route53_hosted_zone_dnssec";

/// The zones that the plan deletes.
pub(crate) fn deleted(changes: &[Change]) -> BTreeSet<String> {
    changes
        .iter()
        .filter(|change| change.kind == "aws_route53_zone" && change.action == Action::Delete)
        .filter_map(|change| match change.before("zone_id").text() {
            Attr::Known(id) => Some(id),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect()
}

pub(crate) fn check(change: &Change, deleted: &BTreeSet<String>) -> Option<Finding> {
    let is = |field: &Field, value: &str| field.text().is_known_and(|text| text == value);
    if change.kind == SIGNING {
        let (before, after) = (
            change.before("signing_status"),
            change.after("signing_status"),
        );
        if is(&before, "NOT_SIGNING") {
            return None;
        }
        if change.action == Action::Delete {
            let gone = change
                .before("hosted_zone_id")
                .text()
                .is_known_and(|id| deleted.contains(id));
            return (!gone).then(|| {
                RULE.violation(
                    change,
                    "the plan ends the signatures of a zone that it keeps",
                )
                .attribute("hosted_zone_id")
            });
        }
        return is(&after, "NOT_SIGNING").then(|| {
            RULE.violation(
                change,
                "the plan switches the signatures of the zone off: `signing_status` is `NOT_SIGNING`",
            )
            .attribute("signing_status")
        });
    }
    if change.kind != "google_dns_managed_zone" || change.action != Action::Update {
        return None;
    }
    let path = "dnssec_config";
    let state = |field: Field| field.first().get("state");
    let off = match state(change.after(path)).text() {
        Attr::Known(state) => matches!(state.as_str(), "off" | "transfer"),
        Attr::Unset => true,
        Attr::Undetermined(_) => false,
    };
    (is(&state(change.before(path)), "on") && off).then(|| {
        RULE.violation(change, "the plan switches the signatures of the zone off: `dnssec_config.state` is no longer `on`")
            .attribute(path)
    })
}
