#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::fs;

use super::*;
use crate::hcl::Dialect;

/// A project of these files, with this configuration.
fn project(files: &[(&str, &str)], configuration: &str) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, configuration).unwrap();
    let config = Config::load(&path, tollgate_model::library::LIBRARY).unwrap();
    (folder, config)
}

fn opentofu(_: &Layout) -> Result<Dialect, TargetError> {
    Ok(Dialect::OpenTofu)
}

const S3: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
const TWO: &str = "[environments.staging]\n[environments.production]\n";

#[test]
fn two_environments_never_have_one_state() {
    let apart = "";
    let shared = "expected a state that is only `staging`'s, found that of `production`";
    for (name, files, configuration, expected) in [
        (
            "workspaces keep them apart",
            &[
                ("main.tf", S3),
                ("environments/staging.tfvars", ""),
                ("environments/production.tfvars", ""),
            ][..],
            TWO,
            apart,
        ),
        (
            "a copied file of settings",
            &[
                (
                    "main.tf",
                    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n",
                ),
                ("environments/staging.tfvars", ""),
                ("environments/production.tfvars", ""),
                ("environments/staging.tfbackend", "key = \"k\""),
                ("environments/production.tfbackend", "key = \"k\""),
            ],
            TWO,
            shared,
        ),
        (
            "a copied root module",
            &[("staging/main.tf", S3), ("production/main.tf", S3)],
            TWO,
            shared,
        ),
        (
            "two copies with local states",
            &[
                ("staging/main.tf", "output \"o\" {\n  value = 1\n}\n"),
                ("production/main.tf", "output \"o\" {\n  value = 1\n}\n"),
            ],
            TWO,
            apart,
        ),
        (
            "two copies whose local states are one",
            &[
                (
                    "staging/main.tf",
                    "terraform {\n  backend \"local\" {\n    path = \"../s.tfstate\"\n  }\n}\n",
                ),
                (
                    "production/main.tf",
                    "terraform {\n  backend \"local\" {\n    path = \"../production/../s.tfstate\"\n  }\n}\n",
                ),
            ],
            TWO,
            shared,
        ),
        (
            "one workspace for both",
            &[("main.tf", S3)],
            "[environments.staging]\ndirectory = \".\"\nworkspace = \"w\"\n[environments.production]\ndirectory = \".\"\nworkspace = \"w\"\n",
            shared,
        ),
        (
            "by variables",
            &[
                (
                    "main.tf",
                    "variable \"e\" {\n  type = string\n}\nlocals {\n  key = \"app/${var.e}\"\n}\nterraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"${local.key}/s\"\n  }\n}\n",
                ),
                ("staging.tfvars", "e = \"staging\""),
                ("production.tfvars", "e = \"production\""),
            ],
            "[environments.staging]\nworkspace = \"default\"\n[environments.production]\nworkspace = \"default\"\n",
            apart,
        ),
        (
            "by a variable that nobody sets apart",
            &[
                (
                    "main.tf",
                    "variable \"e\" {\n  default = \"x\"\n}\nterraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = var.e\n  }\n}\n",
                ),
                ("staging.tfvars", ""),
                ("production.tfvars", ""),
            ],
            "[environments.staging]\nworkspace = \"default\"\n[environments.production]\nworkspace = \"default\"\n",
            shared,
        ),
        (
            "a database with another user",
            &[
                ("main.tf", "terraform {\n  backend \"pg\" {}\n}\n"),
                ("staging.tfvars", ""),
                (
                    "staging.tfbackend",
                    "conn_str = \"postgres://staging@db/states\"",
                ),
                ("production.tfvars", ""),
                (
                    "production.tfbackend",
                    "conn_str = \"postgres://production@db/states\"",
                ),
            ],
            TWO,
            shared,
        ),
    ] {
        let (_folder, config) = project(files, configuration);
        let found = match Target::resolve(&config, Some("stag"), opentofu) {
            Ok(_) => String::new(),
            Err(error @ TargetError::Refused(_)) => error.to_string(),
            Err(error) => panic!("{name}: {error}"),
        };
        assert!(
            found.contains(expected) && found.is_empty() == expected.is_empty(),
            "{name}: {found}"
        );
        let all = Project::resolve(&config, Dialect::OpenTofu);
        assert_eq!(all.unclear().len(), 0, "{name}");
        assert_eq!(
            all.shared().len(),
            usize::from(!expected.is_empty()),
            "{name}"
        );
        // Looking is not refused.
        let target = Target::look(&config, Some("production"), opentofu).unwrap();
        assert_eq!(
            target.sharing().count(),
            usize::from(!expected.is_empty()),
            "{name}"
        );
    }
}

#[test]
fn a_state_that_is_called_after_an_environment_is_its_own() {
    for (key, staging, production) in [
        ("app/staging/s", true, false),
        ("app/staging.tfstate", true, false),
        ("app-prod/s", false, true),
        ("app/stagings/s", false, false),
        ("staging-and-prod", false, false),
    ] {
        let settings =
            format!("backend-config = [\"bucket=b\", \"key={key}\"]\nworkspace = \"default\"\n");
        let (_folder, config) = project(
            &[("main.tf", "terraform {\n  backend \"s3\" {}\n}\n")],
            &format!("[environments.staging]\n{settings}[environments.production]\n{settings}"),
        );
        for (name, expected) in [("staging", staging), ("prod", production)] {
            let found = Target::resolve(&config, Some(name), opentofu);
            assert_eq!(found.is_ok(), expected, "{key} {name}");
        }
    }
}

#[test]
fn what_no_environment_uses_is_known() {
    let (folder, config) = project(
        &[
            ("main.tf", S3),
            ("terraform.tfvars", ""),
            ("x.auto.tfvars", ""),
            ("other.tfvars", ""),
            ("environments/staging.tfvars", ""),
            ("environments/production.tfvars", ""),
            ("environments/production.s3.tfbackend", "key = \"p\""),
            ("environments/common.tfvars", ""),
            ("environments/common.tfvars.example", ""),
            ("environments/README.md", ""),
            ("backends/staging.hcl", "key = \"s\""),
            ("backends/old.hcl", ""),
            ("docs/a.tfvars", ""),
        ],
        TWO,
    );
    let all = Project::resolve(&config, Dialect::OpenTofu);
    let names: Vec<String> = all
        .left_out()
        .iter()
        .map(|path| {
            path.strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(
        names,
        [
            "backends/old.hcl",
            "environments/common.tfvars",
            "other.tfvars"
        ]
    );
    // The files of settings in their usual places count.
    let keys: Vec<Option<&str>> = all
        .sites()
        .iter()
        .map(|site| site.backend.get("key"))
        .collect();
    assert_eq!(keys, [Some("p"), Some("s")]);
}

#[test]
fn the_way_from_one_place_to_another() {
    for (from, path, expected) in [
        ("/a/b", "/a/b", "."),
        ("/a/b", "/a/b/c", "c"),
        ("/a/b", "/a/c/./d/../e", "../c/e"),
        ("/a/b", "/x", "../../x"),
    ] {
        let way = relative(Path::new(from), Path::new(path));
        assert_eq!(way, PathBuf::from(expected), "{from} {path}");
    }
}
