//! The ports of administration and of databases, and what listens on them.

use tollgate_policy_common::network::Reach;

/// Port and service. What is open on one of these gives away a machine or its data.
pub const ADMIN: &[(u16, &str)] = &[
    (20, "FTP data"),
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (111, "RPC"),
    (135, "Windows RPC"),
    (137, "NetBIOS"),
    (138, "NetBIOS"),
    (139, "NetBIOS"),
    (161, "SNMP"),
    (389, "LDAP"),
    (445, "SMB"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (636, "LDAP"),
    (873, "rsync"),
    (1433, "SQL Server"),
    (1434, "SQL Server"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2181, "ZooKeeper"),
    (2375, "Docker"),
    (2376, "Docker"),
    (2379, "etcd"),
    (2380, "etcd"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (4333, "mSQL"),
    (5432, "PostgreSQL"),
    (5439, "Redshift"),
    (5601, "Kibana"),
    (5900, "VNC"),
    (5901, "VNC"),
    (5984, "CouchDB"),
    (5985, "WinRM"),
    (5986, "WinRM"),
    (6379, "Redis"),
    (6443, "Kubernetes"),
    (7000, "Cassandra"),
    (7001, "Cassandra"),
    (8086, "InfluxDB"),
    (8500, "Consul"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch"),
    (10250, "kubelet"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
    (27018, "MongoDB"),
    (27019, "MongoDB"),
    (50070, "Hadoop"),
];

/// The names of at most three services in `reach`, in brackets.
pub(crate) fn named(reach: &Reach) -> String {
    let mut names = Vec::<&str>::new();
    // First what people know best.
    let known = [22, 3389, 3306, 5432];
    let first = ADMIN.iter().filter(|(port, _)| known.contains(port));
    let others = ADMIN.iter().filter(|(port, _)| !known.contains(port));
    for (port, name) in first.chain(others) {
        if reach.has_port(*port) && !names.contains(name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > 3 { " and others" } else { "" };
    names.truncate(3);
    format!(" ({}{more})", names.join(", "))
}
