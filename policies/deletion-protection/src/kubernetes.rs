//! Objects of Kubernetes that a manifest makes: what each holds.
//!
//! An object of a custom kind is more than its text: an operator makes volumes, topics or whole
//! databases for it, and takes them away with it. Groups and kinds are those of the operators'
//! documentation.

use crate::types::Class;

/// What an object holds, and whether that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Known.
    Known(Class),
    /// It is of a built-in kind, which [`crate::types`] has.
    BuiltIn,
    /// Nobody has told this policy what its operator keeps for it.
    Unknown,
}

/// Custom kinds that hold data: the end of the group, and the kind; `*` for every kind of the group.
const DATA: &[(&str, &str)] = &[
    ("snapshot.storage.k8s.io", "VolumeSnapshot"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    ("groupsnapshot.storage.k8s.io", "VolumeGroupSnapshot"),
    ("groupsnapshot.storage.k8s.io", "VolumeGroupSnapshotContent"),
    // PostgreSQL
    ("postgresql.cnpg.io", "Cluster"),
    ("postgresql.cnpg.io", "Database"),
    ("postgresql.cnpg.io", "Backup"),
    ("acid.zalan.do", "postgresql"),
    ("postgres-operator.crunchydata.com", "PostgresCluster"),
    ("pgv2.percona.com", "*"),
    ("stackgres.io", "SGCluster"),
    ("stackgres.io", "SGBackup"),
    // MySQL and MariaDB
    ("mysql.oracle.com", "InnoDBCluster"),
    ("mysql.oracle.com", "MySQLBackup"),
    ("mysql.presslabs.org", "MysqlCluster"),
    ("mysql.presslabs.org", "MysqlDatabase"),
    ("pxc.percona.com", "*"),
    ("ps.percona.com", "*"),
    ("k8s.mariadb.com", "MariaDB"),
    ("k8s.mariadb.com", "Database"),
    ("planetscale.com", "VitessCluster"),
    // Kafka, Pulsar, RabbitMQ, NATS
    ("kafka.strimzi.io", "Kafka"),
    ("kafka.strimzi.io", "KafkaNodePool"),
    ("kafka.strimzi.io", "KafkaTopic"),
    ("platform.confluent.io", "Kafka"),
    ("platform.confluent.io", "KafkaTopic"),
    ("platform.confluent.io", "Zookeeper"),
    ("redpanda.com", "Redpanda"),
    ("redpanda.com", "Topic"),
    ("rabbitmq.com", "RabbitmqCluster"),
    ("rabbitmq.com", "Queue"),
    ("rabbitmq.com", "Vhost"),
    ("jetstream.nats.io", "Stream"),
    ("jetstream.nats.io", "KeyValue"),
    ("streamnative.io", "*"),
    // Search
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    ("opensearch.opster.io", "OpenSearchCluster"),
    ("opensearch.org", "OpenSearchCluster"),
    ("solr.apache.org", "SolrCloud"),
    // Documents, keys and values, columns
    ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
    ("mongodb.com", "MongoDB"),
    ("mongodb.com", "MongoDBMultiCluster"),
    ("mongodb.com", "MongoDBOpsManager"),
    ("atlas.mongodb.com", "AtlasDeployment"),
    ("atlas.mongodb.com", "AtlasProject"),
    ("psmdb.percona.com", "*"),
    ("redis.redis.opstreelabs.in", "*"),
    ("databases.spotahome.com", "RedisFailover"),
    ("app.redislabs.com", "RedisEnterpriseCluster"),
    ("app.redislabs.com", "RedisEnterpriseDatabase"),
    ("dragonflydb.io", "Dragonfly"),
    ("cassandra.datastax.com", "CassandraDatacenter"),
    ("k8ssandra.io", "K8ssandraCluster"),
    ("scylla.scylladb.com", "ScyllaCluster"),
    ("couchbase.com", "CouchbaseCluster"),
    ("couchbase.com", "CouchbaseBucket"),
    ("database.arangodb.com", "ArangoDeployment"),
    ("etcd.database.coreos.com", "EtcdCluster"),
    ("zookeeper.pravega.io", "ZookeeperCluster"),
    ("hbase.kubernetes.org", "*"),
    ("aerospike.com", "AerospikeCluster"),
    ("dgraph.io", "*"),
    ("neo4j.com", "*"),
    // Analysis
    ("clickhouse.altinity.com", "ClickHouseInstallation"),
    (
        "clickhouse-keeper.altinity.com",
        "ClickHouseKeeperInstallation",
    ),
    ("crdb.cockroachlabs.com", "CrdbCluster"),
    ("pingcap.com", "TidbCluster"),
    ("yugabyte.com", "YBCluster"),
    ("druid.apache.org", "Druid"),
    ("kubedb.com", "*"),
    ("apps.kubeblocks.io", "Cluster"),
    // Storage and backups
    ("ceph.rook.io", "*"),
    ("minio.min.io", "Tenant"),
    ("longhorn.io", "Volume"),
    ("longhorn.io", "Backup"),
    ("longhorn.io", "Snapshot"),
    ("longhorn.io", "BackupTarget"),
    ("openebs.io", "*"),
    ("core.libopenstorage.org", "*"),
    ("velero.io", "Backup"),
    ("velero.io", "BackupStorageLocation"),
    // Clouds by way of a cluster
    ("rds.services.k8s.aws", "*"),
    ("s3.services.k8s.aws", "Bucket"),
    ("dynamodb.services.k8s.aws", "*"),
    ("elasticache.services.k8s.aws", "*"),
    ("efs.services.k8s.aws", "*"),
    ("kms.services.k8s.aws", "Key"),
    ("sqs.services.k8s.aws", "Queue"),
    ("sql.cnrm.cloud.google.com", "*"),
    ("storage.cnrm.cloud.google.com", "StorageBucket"),
    ("bigquery.cnrm.cloud.google.com", "*"),
    ("spanner.cnrm.cloud.google.com", "*"),
    ("bigtable.cnrm.cloud.google.com", "*"),
    ("kms.cnrm.cloud.google.com", "*"),
];

/// Custom kinds that have others in them.
const CONTAINERS: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("cluster.x-k8s.io", "Cluster"),
    ("resourcemanager.cnrm.cloud.google.com", "Project"),
    ("velero.io", "Schedule"),
    ("postgresql.cnpg.io", "ScheduledBackup"),
    ("atlas.mongodb.com", "AtlasBackupSchedule"),
];

/// Ends of groups whose objects are configuration of what runs, and nothing more.
const HARMLESS: &[&str] = &[
    "cert-manager.io",
    "istio.io",
    "linkerd.io",
    "cilium.io",
    "projectcalico.org",
    "monitoring.coreos.com",
    "operator.victoriametrics.com",
    "opentelemetry.io",
    "grafana.integreatly.org",
    "external-secrets.io",
    "bitnami.com",
    "traefik.io",
    "traefik.containo.us",
    "projectcontour.io",
    "getambassador.io",
    "konghq.com",
    "kyverno.io",
    "gatekeeper.sh",
    "keda.sh",
    "karpenter.sh",
    "karpenter.k8s.aws",
    "vpcresources.k8s.aws",
    "elbv2.k8s.aws",
    "metallb.io",
    "tekton.dev",
    "fluxcd.io",
    "networking.gke.io",
    "cloud.google.com",
];

/// What an object of this kind holds. `api` is its `apiVersion`.
pub(crate) fn held(api: Option<&str>, kind: &str) -> Held {
    let group = api
        .and_then(|api| api.split_once('/'))
        .map_or("", |(group, _)| group);
    let is = |(of, one): &&(&str, &str)| within(group, of) && (*one == "*" || *one == kind);
    if DATA.iter().any(|row| is(&row)) {
        return Held::Known(Class::Data);
    }
    if CONTAINERS.iter().any(|row| is(&row)) || kind == "CustomResourceDefinition" {
        return Held::Known(Class::Container);
    }
    if !group.contains('.') || group.ends_with(".k8s.io") {
        return Held::BuiltIn;
    }
    if group.ends_with(".x-k8s.io") || HARMLESS.iter().any(|of| within(group, of)) {
        return Held::Known(Class::Nothing);
    }
    Held::Unknown
}

/// Whether a group is this one or below it.
fn within(group: &str, of: &str) -> bool {
    group == of
        || group
            .strip_suffix(of)
            .is_some_and(|below| below.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_objects_hold() {
        for (api, kind, expected) in [
            ("v1", "Namespace", Held::BuiltIn),
            ("apps/v1", "Deployment", Held::BuiltIn),
            ("networking.k8s.io/v1", "Ingress", Held::BuiltIn),
            ("postgresql.cnpg.io/v1", "Cluster", Held::Known(Class::Data)),
            ("postgresql.cnpg.io/v1", "Pooler", Held::Unknown),
            ("evil-postgresql.cnpg.io/v1", "Cluster", Held::Unknown),
            (
                "snapshot.storage.k8s.io/v1",
                "VolumeSnapshot",
                Held::Known(Class::Data),
            ),
            (
                "networking.istio.io/v1",
                "VirtualService",
                Held::Known(Class::Nothing),
            ),
            (
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                Held::Known(Class::Container),
            ),
            ("example.com/v1", "Widget", Held::Unknown),
        ] {
            assert_eq!(held(Some(api), kind), expected, "{api} {kind}");
        }
        assert_eq!(held(None, "Deployment"), Held::BuiltIn);
    }
}
