//! Switches of hashicorp/google. Everything is encrypted where it lies; what is left are
//! connections, and keys ([`super::keys`]).

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Concern::{InTransit, Rotation, Tls};
use super::{Concern, never, on, only, row};

pub(super) static ROWS: &[Row<Concern>] = &[
    row(
        &["google_sql_database_instance"],
        &[only(
            InTransit,
            "settings[0].ip_configuration[0].ssl_mode",
            &["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"],
            "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
        )
        .computed()],
    ),
    row(
        &["google_alloydb_instance"],
        &[never(
            InTransit,
            "client_connection_config[0].ssl_config[0].ssl_mode",
            &["ALLOW_UNENCRYPTED_AND_ENCRYPTED"],
        )
        .computed()
        .fix("Set `ssl_mode = \"ENCRYPTED_ONLY\"` in the block `ssl_config`.")],
    ),
    row(
        &["google_redis_instance"],
        &[only(
            InTransit,
            "transit_encryption_mode",
            &["SERVER_AUTHENTICATION"],
            "DISABLED",
        )],
    ),
    row(
        &["google_redis_cluster"],
        &[only(
            InTransit,
            "transit_encryption_mode",
            &["TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"],
            "TRANSIT_ENCRYPTION_MODE_DISABLED",
        )],
    ),
    row(
        &["google_memorystore_instance"],
        &[only(
            InTransit,
            "transit_encryption_mode",
            &["SERVER_AUTHENTICATION"],
            "TRANSIT_ENCRYPTION_DISABLED",
        )
        .computed()],
    ),
    row(
        &["google_cloudfunctions_function"],
        &[only(
            InTransit,
            "https_trigger_security_level",
            &["SECURE_ALWAYS"],
            "SECURE_OPTIONAL",
        )
        .computed()
        .when(&[When::is("trigger_http", &["true"])])],
    ),
    row(
        &["google_app_engine_standard_app_version", "google_app_engine_flexible_app_version"],
        &[never(
            InTransit,
            "handlers[].security_level",
            &["SECURE_NEVER"],
        )
        .key("url_regex")
        .fix("Set `security_level = \"SECURE_ALWAYS\"` in the block `handlers`.")],
    ),
    row(
        &["google_network_services_edge_cache_service"],
        &[
            on(InTransit, "require_tls").computed(),
            Switch::new(Tls, "ssl_policy", Good::Named, Unset::Bad(""))
                .when(&[When::set("edge_ssl_certificates")])
                .fix("Make a `google_compute_ssl_policy` with `min_tls_version = \"TLS_1_2\"`, and name it in `ssl_policy`."),
        ],
    ),
    row(
        &["google_netapp_active_directory"],
        &[
            on(InTransit, "aes_encryption"),
            on(InTransit, "encrypt_dc_connections"),
        ],
    ),
    row(
        &["google_database_migration_service_connection_profile"],
        &[on(
            InTransit,
            "cloudsql[0].settings[0].ip_config[0].require_ssl",
        )
        .when(&[When::is(
            "cloudsql[0].settings[0].ip_config[0].enable_ipv4",
            &["true"],
        )])],
    ),
    // Without a policy of its own a proxy accepts TLS 1.0:
    // https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
    row(
        &[
            "google_compute_target_https_proxy",
            "google_compute_target_ssl_proxy",
        ],
        &[Switch::new(Tls, "ssl_policy", Good::Named, Unset::Bad(""))
            .fix("Make a `google_compute_ssl_policy` with `min_tls_version = \"TLS_1_2\"`, and name it in `ssl_policy`.")],
    ),
    // A proxy of a region takes a policy of that region only.
    row(
        &["google_compute_region_target_https_proxy"],
        &[Switch::new(Tls, "ssl_policy", Good::Named, Unset::Bad(""))
            .fix("Make a `google_compute_region_ssl_policy` with `min_tls_version = \"TLS_1_2\"` in the region of the proxy, and name it in `ssl_policy`.")],
    ),
    row(
        &["google_compute_ssl_policy", "google_compute_region_ssl_policy"],
        &[only(
            Tls,
            "min_tls_version",
            &["TLS_1_2", "TLS_1_3"],
            "TLS_1_0",
        )],
    ),
    row(
        &["google_app_engine_application"],
        &[never(Tls, "ssl_policy", &["DEFAULT"])
            .computed()
            .fix("Set `ssl_policy = \"MODERN\"`.")],
    ),
    row(
        &["google_network_security_tls_inspection_policy"],
        &[never(Tls, "min_tls_version", &["TLS_1_0", "TLS_1_1"])],
    ),
    row(
        &["google_kms_crypto_key"],
        &[Switch::new(
            Rotation,
            "rotation_period",
            Good::SecondsAtMost(31_536_000),
            Unset::Bad(""),
        )
        .when(&[
            When::is_or_unset("purpose", &["ENCRYPT_DECRYPT"]),
            When::not("import_only", &["true"]),
        ])
        .fix("Set `rotation_period = \"7776000s\"`, which is 90 days.")],
    ),
];
