#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use tollgate_model::error::UserError;

use super::*;
use tollgate_model::report::{LocationSubject, SourceLocation};

/// A directory of files; a name that ends with `/` is a directory.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn read(files: &[(&str, &str)]) -> (TempDir, Configuration) {
    let directory = directory(files);
    let configuration = Configuration::read(directory.path()).unwrap();
    (directory, configuration)
}

fn refused(files: &[(&str, &str)]) -> String {
    let directory = directory(files);
    let error = Configuration::read(directory.path()).unwrap_err();
    assert!(error.help().is_some());
    error
        .to_string()
        .replace(&format!("{}/", directory.path().display()), "")
        .replace(&directory.path().display().to_string(), "DIR")
}

/// The place as `file:line:column attribute`, and the related ones as `< file:line message`.
fn shown(root: &Path, location: &SourceLocation) -> String {
    let root = root.canonicalize().unwrap();
    let file = |file: &str| {
        Path::new(file)
            .canonicalize()
            .unwrap()
            .strip_prefix(&root)
            .unwrap()
            .display()
            .to_string()
    };
    let subject = match location.subject {
        LocationSubject::Attribute => location.attribute.clone().unwrap(),
        LocationSubject::Resource => "resource".to_owned(),
        LocationSubject::ModuleCall => "module-call".to_owned(),
        LocationSubject::Removed => "removed".to_owned(),
    };
    let mut text = format!(
        "{}:{}:{} {subject}",
        file(&location.file),
        location.line,
        location.column
    );
    for related in &location.related {
        text.push_str(&format!(
            " < {}:{} {}",
            file(&related.file),
            related.line,
            related.message
        ));
    }
    text
}

fn located(files: &[(&str, &str)], address: &str, attributes: &[&str]) -> String {
    let directory = directory(files);
    let configuration =
        Configuration::read_what_is_there(directory.path(), Dialect::OpenTofu).unwrap();
    let attributes: Vec<String> = attributes.iter().map(|each| (*each).to_owned()).collect();
    configuration
        .locate(address, &attributes)
        .map_or_else(|| "-".to_owned(), |found| shown(directory.path(), &found))
}

#[test]
fn variables_are_what_they_are_declared_as() {
    let (_directory, configuration) = read(&[
        (
            "a.tf",
            r#"
variable "plain" {}
variable "one_line" { type = string }
variable "legacy" { type = "list" }
variable "secret" {
  type      = object({ user = string, port = optional(number, 5432), tags = map(set(string)) })
  sensitive = true
  ephemeral = "true"
  nullable  = false
  default   = null
  validation {
    condition     = length(var.secret.user) > 0
    error_message = <<-EOT
      A user, please: ${var.secret.user}
    EOT
  }
}
variable "pair" { type = tuple([string, bool]) }
variable "over" { type = string }
"#,
        ),
        (
            "b.tf.json",
            r#"{"variable": {
  "json": {"type": "map(number)", "default": {}, "sensitive": true, "validation": [{"condition": "x"}]},
  "many": [{"type": "any"}]
}}"#,
        ),
        (
            "z_override.tf",
            "variable \"over\" {\n  default = 1\n  type = number\n}\n",
        ),
    ]);
    let told: Vec<String> = configuration
        .variables()
        .iter()
        .map(|(name, variable)| {
            let flags: Vec<&str> = [
                (variable.default, "default"),
                (variable.sensitive, "sensitive"),
                (variable.ephemeral, "ephemeral"),
                (!variable.nullable, "not null"),
                (variable.validation, "validated"),
            ]
            .into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect();
            let line = variable.place.line;
            format!("{name}:{line} {} [{}]", variable.ty, flags.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "json:2 map(number) [default, sensitive, validated]",
            "legacy:4 list(any) []",
            "many:3 any []",
            "one_line:3 string []",
            "over:19 number [default]",
            "pair:18 tuple([string, bool]) []",
            "plain:2 any []",
            "secret:5 object({ port = optional(number), tags = map(set(string)), user = string }) [default, sensitive, ephemeral, not null, validated]",
        ]
    );
}

#[test]
fn the_rest_of_the_root_module() {
    let (_directory, configuration) = read(&[
        (
            "main.tf",
            r#"
terraform {
  required_version = ">= 1.9"
  backend "s3" {
    bucket  = "states"
    key     = "media/terraform.tfstate"
    region  = var.region
    encrypt = true
  }
}
provider "aws" {}
provider "aws" {
  alias = "east"
}
module "m" { source = "./m" }
module "registry" { source = "terraform-aws-modules/vpc/aws" }
resource "aws_x" "y" {}
data "aws_x" "z" {}
ephemeral "aws_x" "e" {}
check "c" {
  data "http" "h" {
    url = "x"
  }
}
output "o" {
  value     = 1
  sensitive = true
}
"#,
        ),
        (
            "versions.tf",
            "terraform {\n  required_version = \"< 2\"\n}\n",
        ),
    ]);
    let backend = configuration.backend().unwrap();
    assert_eq!((backend.kind.as_str(), backend.place.line), ("s3", 4));
    let settings: Vec<(&str, Option<&str>)> = backend
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(
        settings,
        [
            ("bucket", Some("states")),
            ("encrypt", Some("true")),
            ("key", Some("media/terraform.tfstate")),
            ("region", None),
        ]
    );
    assert_eq!(configuration.required_versions(), [">= 1.9", "< 2"]);
    let providers: Vec<(&str, Option<&str>)> = configuration
        .providers()
        .iter()
        .map(|provider| (provider.name.as_str(), provider.alias.as_deref()))
        .collect();
    assert_eq!(providers, [("aws", None), ("aws", Some("east"))]);
    let resources: Vec<&str> = configuration.resources().map(|(name, _)| name).collect();
    assert_eq!(
        resources,
        [
            "aws_x.y",
            "data.aws_x.z",
            "data.http.h",
            "ephemeral.aws_x.e"
        ]
    );
    let calls: Vec<(&str, Option<&str>)> = configuration
        .calls()
        .map(|(name, source, _)| (name, source))
        .collect();
    assert_eq!(
        calls,
        [
            ("m", Some("./m")),
            ("registry", Some("terraform-aws-modules/vpc/aws")),
        ]
    );
    assert!(configuration.outputs()["o"].sensitive);

    let (_directory, configuration) = read(&[
        ("main.tf", "terraform {\n  backend \"local\" {}\n}\n"),
        (
            "backend_override.tf.json",
            r#"{"terraform": {"cloud": {"organization": "o", "workspaces": {"name": "w"}}}}"#,
        ),
    ]);
    let backend = configuration.backend().unwrap();
    assert_eq!(backend.kind, "cloud");
    assert_eq!(backend.settings["workspaces.name"].as_deref(), Some("w"));
}

#[test]
fn files_count_as_the_tools_count_them() {
    let files = [
        ("a.tf", "variable \"a_tf\" {}"),
        ("a.tofu", "variable \"a_tofu\" {}"),
        ("a.tf.json", r#"{"variable": {"a_tf_json": {}}}"#),
        ("b.tf.json", r#"{"variable": {"b_tf_json": {}}}"#),
        ("b.tofu.json", r#"{"variable": {"b_tofu_json": {}}}"#),
        (".hidden.tf", "variable \"hidden\" {}"),
        ("old.tf~", "variable \"backup\" {}"),
        ("#edited.tf#", "variable \"edited\" {}"),
        ("x.tfvars", "edited = 1"),
        ("x.tftest.hcl", "run \"x\" {}"),
        ("dir.tf/inner.tf", "variable \"inner\" {}"),
    ];
    let directory = directory(&files);
    for (dialect, names) in [
        (
            Dialect::OpenTofu,
            vec!["a_tf_json", "a_tofu", "b_tofu_json"],
        ),
        (Dialect::Terraform, vec!["a_tf", "a_tf_json", "b_tf_json"]),
    ] {
        let configuration = Configuration::read_as(directory.path(), dialect).unwrap();
        let found: Vec<&String> = configuration.variables().keys().collect();
        assert_eq!(found, names, "{dialect:?}");
    }
}

#[test]
fn what_cannot_be_read_is_said_at_its_line() {
    for (files, expected) in [
        (&[][..], "DIR holds no .tf files"),
        (&[("x.tfvars", "a = 1")], "DIR holds no .tf files"),
        (
            &[("a.tf", "variable \"x\" {\n  default = \"hunter2\n}\n")],
            "a.tf:2: syntax error: the block here does not end",
        ),
        (&[("a.tf", "variable \"x\" {\n")], "a.tf:1: syntax error"),
        (
            &[("a.tf.json", "{\"variable\":\n {\"hunter2\" 1}}")],
            "a.tf.json:2: syntax error: expected `:`",
        ),
        (
            &[("a.tf.json", "7")],
            "a.tf.json:1: syntax error: expected an object",
        ),
        (
            &[
                ("a.tf", "variable \"x\" {}\n"),
                ("b.tf", "\nvariable \"x\" {}\n"),
            ],
            "b.tf:2: variable x is already declared at a.tf:1",
        ),
        (
            &[(
                "a.tf",
                "terraform {\n  backend \"s3\" {}\n}\nterraform {\n  cloud {}\n}\n",
            )],
            "a.tf:5: a backend is already declared at a.tf:2",
        ),
        (
            &[("a.tf", "variable \"x\" {\n  type = strin\n}\n")],
            "a.tf:2: `type` is no type",
        ),
        (
            &[("a.tf", "variable \"x\" {\n  sensitive = local.hunter2\n}\n")],
            "a.tf:2: `sensitive` has to be true or false",
        ),
        (
            &[("a.tf", "variable {}\n")],
            "a.tf:1: `variable` does not have 0 labels",
        ),
    ] {
        let error = refused(files);
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let directory = directory(&[("a.tf", "")]);
    fs::write(directory.path().join("b.tf"), b"# \xff").unwrap();
    let error = Configuration::read(directory.path())
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("b.tf is not UTF-8"), "{error}");
    let error = Configuration::read(Path::new(".")).unwrap_err();
    assert_eq!(error.to_string(), ". holds no .tf files");
    let error = Configuration::read(&directory.path().join("no")).unwrap_err();
    assert!(matches!(error, ConfigurationError::Unreadable { .. }));

    // For places, the rest is there, and what is not is said.
    fs::write(directory.path().join("c.tf"), "resource \"a\" \"b\" {}\n").unwrap();
    let configuration =
        Configuration::read_what_is_there(directory.path(), Dialect::OpenTofu).unwrap();
    assert!(configuration.locate("a.b", &[]).is_some());
    assert_eq!(configuration.notes().len(), 1);
}

#[test]
fn too_much_is_refused() {
    let directory = directory(&[("a.tf", "")]);
    let large = vec![b'#'; usize::try_from(files::MAX_FILE_BYTES).unwrap() + 1];
    fs::write(directory.path().join("large.tf"), large).unwrap();
    let error = Configuration::read(directory.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("large.tf is too large: more than 4 MiB"),
        "{error}"
    );

    // Nothing of it is read.
    for nth in 0..20 {
        let file = fs::File::create(directory.path().join(format!("{nth}.tf"))).unwrap();
        file.set_len(files::MAX_FILE_BYTES).unwrap();
    }
    let error = Configuration::read(directory.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("more than 64 MiB of configuration"),
        "{error}"
    );

    let directory = TempDir::new().unwrap();
    for nth in 0..=files::MAX_FILES {
        fs::write(directory.path().join(format!("{nth}.tf")), "").unwrap();
    }
    let error = Configuration::read(directory.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("more than 2000 configuration files"),
        "{error}"
    );
}

#[test]
fn links_and_pipes_do_no_harm() {
    let directory = directory(&[
        ("real/x.txt", "variable \"x\" {}\n"),
        ("a.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
    ]);
    let at = |name: &str| directory.path().join(name);
    std::os::unix::fs::symlink(at("loop.tf"), at("loop.tf")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("dangling.tf")).unwrap();
    std::os::unix::fs::symlink(at("real/x.txt"), at("linked.tf")).unwrap();
    // A module that holds itself.
    std::os::unix::fs::symlink(directory.path(), at("m")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe.tf"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    let configuration = Configuration::read(directory.path()).unwrap();
    assert_eq!(configuration.variables().len(), 1);
    let deep = format!("{}aws_x.y", "module.m.".repeat(500));
    let found = configuration.locate(&deep, &[]);
    assert!(found.is_none_or(|found| found.related.len() <= 64));
}

const MAIN: &str = r#"# Straße 日本
resource "aws_db" "main" {
  count               = 2
  deletion_protection = false
  tags = {
    Name        = "x"
    "cost-center" = "y"
  }
  root_block_device {
    volume_size = 20
    inner {
      deep = 1
    }
  }
  ingress {
    from = 1
  }
  ingress {
    from = 2
  }
  dynamic "environment" {
    for_each = [1]
    content {
      variables = {}
    }
  }
  names  = ["a", "b"]
  single = [{
    key = 1
  }]
  policy = <<EOT
{
  "deletion": true
}
EOT
  after_heredoc = <<-EOT
    ${join("\n", [for x in var.list : "${x}}"])}
    EOT
  last /* why */ = 1 // because
}
"#;

#[test]
fn attributes_are_found_where_they_are_written() {
    for (attributes, expected) in [
        (&[][..], "main.tf:2:1 resource"),
        (&["deletion_protection"], "main.tf:4:3 deletion_protection"),
        (&["unwritten"], "main.tf:2:1 resource"),
        (
            &["unwritten", "deletion_protection"],
            "main.tf:4:3 deletion_protection",
        ),
        (&["tags.Name"], "main.tf:6:5 tags.Name"),
        (&["tags[\"cost-center\"]"], "main.tf:7:5 tags.cost-center"),
        (&["tags.Other"], "main.tf:5:3 tags"),
        (
            &["root_block_device[0].volume_size"],
            "main.tf:10:5 root_block_device[0].volume_size",
        ),
        (
            &["root_block_device[0].inner.deep"],
            "main.tf:12:7 root_block_device[0].inner.deep",
        ),
        (
            &["root_block_device[0].kms"],
            "main.tf:9:3 root_block_device",
        ),
        // A set has no order, so it is not said which.
        (&["ingress[1].from"], "main.tf:15:3 ingress"),
        (
            &["environment[0].variables"],
            "main.tf:24:7 environment[0].variables",
        ),
        (&["environment[0].other"], "main.tf:21:3 environment"),
        (&["names[1]"], "main.tf:27:3 names"),
        (&["single[0].key"], "main.tf:29:5 single[0].key"),
        (&["policy"], "main.tf:31:3 policy"),
        (&["deletion"], "main.tf:2:1 resource"),
        (&["after_heredoc"], "main.tf:36:3 after_heredoc"),
        (&["last"], "main.tf:39:3 last"),
        (&["not a path["], "main.tf:2:1 resource"),
        (&[""], "main.tf:2:1 resource"),
    ] {
        let windows = MAIN.replace('\n', "\r\n");
        for text in [MAIN, &windows, &format!("\u{feff}{MAIN}")] {
            assert_eq!(
                located(&[("main.tf", text)], "aws_db.main[1]", attributes),
                expected,
                "{attributes:?}"
            );
        }
    }
}

const JSON: &str = r#"{
  "//": "resource aws_db main",
  "resource": [
    {
      "aws_db": {
        "main": {
          "deletion_protection": false,
          "a\"b": 1,
          "root_block_device": {"volume_size": 1},
          "list": [{"x": 1}, {"x": 2}],
          "dynamic": {
            "environment": {
              "for_each": [],
              "content": {"variables": {
                "A": "1"}}
            }
          },
          "key"
            :
            1
        },
        "other": [
          {"x": 1}
        ]
      }
    }
  ],
  "module": {"m": {"source": "./m", "passed": "${var.x}"}}
}"#;

#[test]
fn json_files_have_places_too() {
    for (address, attribute, expected) in [
        ("aws_db.main", "none", "x.tf.json:6:9 resource"),
        (
            "aws_db.main",
            "deletion_protection",
            "x.tf.json:7:11 deletion_protection",
        ),
        ("aws_db.main", r#"["a\"b"]"#, r#"x.tf.json:8:11 ["a\"b"]"#),
        (
            "aws_db.main",
            "root_block_device[0].volume_size",
            "x.tf.json:9:33 root_block_device[0].volume_size",
        ),
        ("aws_db.main", "list[1].x", "x.tf.json:10:11 list"),
        (
            "aws_db.main",
            "environment[0].variables.A",
            "x.tf.json:15:17 environment[0].variables.A",
        ),
        (
            "aws_db.main",
            "environment[0].none",
            "x.tf.json:12:13 environment",
        ),
        ("aws_db.main", "key", "x.tf.json:18:11 key"),
        ("aws_db.other", "x", "x.tf.json:23:12 x"),
        ("aws_db.none", "x", "-"),
        (
            "module.m.a.b",
            "c",
            "m/m.tf:2:3 c < x.tf.json:28:37 `passed` of module.m is set here",
        ),
    ] {
        let module = "resource \"a\" \"b\" {\n  c = var.passed\n}\n";
        assert_eq!(
            located(
                &[("x.tf.json", JSON), ("m/m.tf", module)],
                address,
                &[attribute]
            )
            .replace("x.tf.json:28 ", "x.tf.json:28:37 "),
            expected,
            "{address} {attribute}"
        );
    }
}

#[test]
fn modules_are_followed_to_where_they_are() {
    let files = [
        (
            "main.tf",
            r#"module "local" {
  source   = "./modules/a"
  for_each = var.x
  guard    = var.protect
}
module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
module "missing" {
  source = "git::https://example.com/x.git"
}
module "outside" {
  source = "../elsewhere"
}
removed {
  from = aws_x.gone
}
removed {
  from = module.old
}
"#,
        ),
        (
            "modules/a/main.tf",
            r#"variable "guard" {}
resource "aws_x" "y" {
  protection = var.guard
  other      = !var.guard
}
module "inner" {
  source = "../b"
  deep   = var.guard
}
removed {
  from = aws_x.was
}
"#,
        ),
        (
            "modules/b/main.tf",
            "data \"aws_x\" \"z\" {\n  protection = var.deep\n}\n",
        ),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
              {"Key":"vpc","Source":"registry.opentofu.org/terraform-aws-modules/vpc/aws","Version":"5.0.0","Dir":".terraform/modules/vpc"},
              {"Key":"vpc.sub","Source":"./sub","Dir":".terraform/modules/vpc/sub"},
              {"Key":"local","Source":"./elsewhere","Dir":"elsewhere"}]}"#,
        ),
        (
            ".terraform/modules/vpc/main.tf",
            "resource \"aws_vpc\" \"this\" {\n}\nmodule \"sub\" {\n  source = \"./sub\"\n}\n",
        ),
        (
            ".terraform/modules/vpc/sub/main.tf",
            "resource \"aws_subnet\" \"this\" {}\n",
        ),
        ("elsewhere/main.tf", "resource \"aws_x\" \"y\" {}\n"),
    ];
    let called = "main.tf:1 module.local is called here";
    for (address, attribute, expected) in [
        (
            r#"module.local["a.b]"].aws_x.y[0]"#,
            "none",
            format!("modules/a/main.tf:2:1 resource < {called}"),
        ),
        (
            "module.local.aws_x.y",
            "protection",
            "modules/a/main.tf:3:3 protection < main.tf:4 `guard` of module.local is set here"
                .to_owned(),
        ),
        (
            "module.local.aws_x.y",
            "other",
            format!("modules/a/main.tf:4:3 other < {called}"),
        ),
        (
            "module.local.module.inner.data.aws_x.z",
            "protection",
            "modules/b/main.tf:2:3 protection < modules/a/main.tf:8 `deep` of module.local.module.inner is set here < main.tf:4 `guard` of module.local is set here".to_owned(),
        ),
        (
            "module.vpc.aws_vpc.this[0]",
            "none",
            ".terraform/modules/vpc/main.tf:1:1 resource < main.tf:6 module.vpc is called here".to_owned(),
        ),
        (
            "module.vpc.module.sub.aws_subnet.this",
            "none",
            ".terraform/modules/vpc/sub/main.tf:1:1 resource < .terraform/modules/vpc/main.tf:3 module.vpc.module.sub is called here < main.tf:6 module.vpc is called here".to_owned(),
        ),
        ("module.missing.aws_x.y", "none", "main.tf:9:1 module-call".to_owned()),
        ("module.outside.aws_x.y", "none", "main.tf:12:1 module-call".to_owned()),
        ("aws_x.gone[3]", "none", "main.tf:15:1 removed".to_owned()),
        ("module.old[0].aws_x.y", "none", "main.tf:18:1 removed".to_owned()),
        (
            "module.local.aws_x.was",
            "none",
            format!("modules/a/main.tf:10:1 removed < {called}"),
        ),
        ("aws_x.goner", "none", "-".to_owned()),
        ("module.older.aws_x.y", "none", "-".to_owned()),
        ("module.local.aws_x.nowhere", "none", "-".to_owned()),
        ("module.", "none", "-".to_owned()),
        ("", "none", "-".to_owned()),
    ] {
        assert_eq!(located(&files, address, &[attribute]), expected, "{address}");
    }
}

#[test]
fn override_files_are_laid_over() {
    let files = [
        (
            "a.tf",
            "resource \"a\" \"b\" {\n  x = 1\n  y = 1\n  block {\n    in = 1\n  }\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n",
        ),
        (
            "a_override.tf",
            "resource \"a\" \"b\" {\n\n  y = 2\n\n  dynamic \"block\" {\n    for_each = []\n    content {\n      in = 2\n    }\n  }\n}\nresource \"a\" \"added\" {}\n",
        ),
        ("override.tf", "module \"m\" {\n  source = \"./other\"\n}\n"),
        ("other/x.tf", "resource \"c\" \"d\" {}\n"),
        ("m/x.tf", "resource \"c\" \"e\" {}\n"),
    ];
    for (address, attribute, expected) in [
        ("a.b", "x", "a.tf:2:3 x"),
        ("a.b", "y", "a_override.tf:3:3 y"),
        ("a.b", "block[0].in", "a_override.tf:8:7 block[0].in"),
        ("a.added", "x", "-"),
        (
            "module.m.c.d",
            "x",
            "other/x.tf:1:1 resource < a.tf:8 module.m is called here",
        ),
        ("module.m.c.e", "x", "-"),
    ] {
        assert_eq!(
            located(&files, address, &[attribute]),
            expected,
            "{address}"
        );
    }
}

#[test]
fn a_broken_list_of_modules_is_said_and_does_no_more() {
    for broken in [
        "",
        "{",
        "[]",
        "{\"Modules\": 7}",
        "{\"Modules\":[{\"Key\":\"m\"}]}",
    ] {
        let directory = directory(&[
            ("main.tf", "module \"m\" {\n  source = \"a/b/c\"\n}\n"),
            (".terraform/modules/modules.json", broken),
        ]);
        let configuration = Configuration::read(directory.path()).unwrap();
        let found = configuration.locate("module.m.a.b", &[]).unwrap();
        assert_eq!(found.subject, LocationSubject::ModuleCall);
        assert!(
            configuration.notes()[0].contains("modules.json:"),
            "{:?}",
            configuration.notes()
        );
    }
}

#[test]
fn the_list_of_modules_can_be_elsewhere() {
    let list = r#"{"Modules":[{"Key":"m","Source":"a/b/c","Dir":"../data/modules/m"}]}"#;
    let directory = directory(&[("data/modules/modules.json", list), ("root/a.tf", "")]);
    let root = directory.path().join("root");
    for data in [Path::new("../data"), &directory.path().join("data")] {
        let manifest = Manifest::read(&root, data).unwrap();
        let expected = directory.path().join("data/modules/m");
        assert_eq!(manifest.directory("m"), Some(expected.as_path()));
    }
}

#[test]
fn files_are_named_from_the_root_of_the_repository() {
    let directory = directory(&[("repo/.git", ""), ("repo/infra/a.tf", ""), ("b.tf", "")]);
    let root = directory.path().canonicalize().unwrap();
    let infra = Base::of(root.join("repo/infra"));
    let none = Base::of(root.join("other"));
    let absolute = root.join("repo/infra/a.tf").display().to_string();
    for (base, file, expected) in [
        (&infra, "a.tf", "infra/a.tf"),
        (&infra, "../infra/./a.tf", "infra/a.tf"),
        (&infra, absolute.as_str(), "infra/a.tf"),
        (&infra, "../../b.tf", "../../b.tf"),
        (&infra, "..", "."),
        (&none, "x/a.tf", "x/a.tf"),
        (&none, "../repo/infra/a.tf", "../repo/infra/a.tf"),
        (&none, absolute.as_str(), absolute.as_str()),
    ] {
        assert_eq!(base.relative(file), expected, "{file}");
    }
}

#[test]
fn the_deepest_files_end() {
    for text in [
        format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}1", "!".repeat(100_000)),
        format!("x = {}1", "-".repeat(100_000)),
        format!("x = a{}", "[0]".repeat(100_000)),
        format!("x = 1{}", " + 1".repeat(100_000)),
        format!("x = {}", "a ? b : ".repeat(100_000)),
        format!("x = \"{}\"", "${\"".repeat(100_000)),
        "a {\n".repeat(100_000),
    ] {
        let _ = files::parse(Path::new("x.tf"), text.into_bytes());
    }
    for (open, close) in [("[", "]"), ("{\"resource\":", "}"), ("{\"a\":", "}")] {
        let depth = 100_000;
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let _ = files::parse(Path::new("x.tf.json"), text.into_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, json: bool) {
        let _ = files::parse(Path::new(if json { "x.tf.json" } else { "x.tf" }), bytes);
    }

    /// What is written from pieces of the language is more telling than any bytes.
    #[test]
    fn no_pieces_make_it_panic(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("resource \"a\" \"b\" {\n"), Just("}\n"), Just("x = "), Just("[ "), Just("]"),
                Just("{ "), Just("<<EOT\n"), Just("EOT\n"), Just("\"${"), Just("}\""), Just("\r\n"),
                Just("dynamic \"x\" {\n"), Just("variable \"v\" {\n"), Just("type = list(\n"), Just("é"),
                Just("1"), Just("?"), Just(": "), Just("for x in y"), Just("/*"), Just("*/"), Just("#"),
                Just("terraform {\n"), Just("%{if true}"), Just("\u{feff}"), Just("\0"), Just("\\"),
            ],
            0..40,
        ),
        path in "[a-z\\[\\]0-9.\"]{0,12}",
    ) {
        let parsed = files::parse(Path::new("x.tf"), pieces.concat().into_bytes());
        let module = Module::of(vec![parsed], Vec::new());
        let configuration = Configuration::of(reader::disk(), PathBuf::new(), Dialect::OpenTofu, module);
        let _ = configuration.locate("a.b", &[path]);
    }

    #[test]
    fn no_json_makes_it_panic(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just("\"resource\""), Just(":"), Just(","),
                Just("\"a\""), Just("\"\\\"\""), Just("1"), Just("\n"), Just("\"${x}\""), Just("\"module\""),
            ],
            0..30,
        ),
        path in "[a-z\\[\\]0-9.\"]{0,12}",
    ) {
        let parsed = files::parse(Path::new("x.tf.json"), pieces.concat().into_bytes());
        let module = Module::of(vec![parsed], Vec::new());
        let configuration = Configuration::of(reader::disk(), PathBuf::new(), Dialect::OpenTofu, module);
        let _ = configuration.locate("a.a", &[path]);
    }
}
