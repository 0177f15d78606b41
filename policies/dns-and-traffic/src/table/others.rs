//! Further providers: records, and the name servers of domains.

use super::{Row, Target::Value, record};

const fn domain(kind: &'static str, name: &'static str, targets: &'static [super::Target]) -> Row {
    Row {
        what: "domain",
        name: Some(name),
        identity: &[],
        ..record(kind, &[], targets)
    }
}

pub(super) static ROWS: &[Row] = &[
    record(
        "cloudflare_record",
        &["name", "type"],
        &[Value("content"), Value("value")],
    ),
    record(
        "cloudflare_dns_record",
        &["name", "type"],
        &[Value("content")],
    ),
    domain("cloudflare_zone", "zone", &[Value("vanity_name_servers")]),
    record("digitalocean_record", &["name", "type"], &[Value("value")]),
    record("hetznerdns_record", &["name", "type"], &[Value("value")]),
    record("dnsimple_zone_record", &["name", "type"], &[Value("value")]),
    domain(
        "dnsimple_domain_delegation",
        "domain",
        &[Value("name_servers")],
    ),
    domain("gandi_nameservers", "domain", &[Value("nameservers")]),
    domain(
        "namecheap_domain_records",
        "domain",
        &[Value("nameservers")],
    ),
    domain("ovh_domain_name_servers", "domain", &[Value("servers")]),
];
