//! What a resource says that the tool is not to bring back.

use std::sync::Arc;

use super::Configuration;
use super::syntax::{Attribute, Block, Value};

/// The modules that an address may lead through.
const MAX_DEPTH: usize = 64;

impl Configuration {
    /// Returns the attributes whose changes a resource of the plan ignores (`ignore_changes`), as the
    /// steps of their paths; one without steps is all of them. Instance keys of the address do not
    /// matter. What is no literal path is left out.
    #[must_use]
    pub fn ignored_changes(&self, address: &str) -> Vec<Vec<String>> {
        let Some(resource) = self.resource(address) else {
            return Vec::new();
        };
        let mut ignored = Vec::new();
        let blocks = resource.body.blocks("lifecycle");
        let written = blocks.filter_map(|block| block.body.attribute("ignore_changes"));
        // In JSON nothing tells a block from an object.
        let object = match resource.body.attribute("lifecycle") {
            Some(Attribute {
                value: Value::Object(attributes),
                ..
            }) => attributes.iter().find(|each| each.name == "ignore_changes"),
            _ => None,
        };
        for attribute in written.chain(object) {
            match &attribute.value {
                Value::List(list) => ignored.extend(list.iter().filter_map(steps)),
                // `all`, and in JSON a list of one.
                other => ignored.extend(steps(other)),
            }
        }
        ignored
    }

    /// The block of a resource; none where it is not there.
    fn resource(&self, address: &str) -> Option<Block> {
        let address = tollgate_plan::without_keys(&address.into()).into_owned();
        let mut rest = address.as_str();
        let mut module = Arc::clone(&self.root);
        let mut directory = self.directory.clone();
        let mut key = String::new();
        let mut depth = 0;
        while let Some(inner) = rest.strip_prefix("module.") {
            let (name, inner) = inner.split_once('.')?;
            depth += 1;
            if depth > MAX_DEPTH {
                return None;
            }
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(name);
            let (inside, child) = self.child(&directory, &key, module.calls.get(name)?)?;
            (directory, module, rest) = (inside, child, inner);
        }
        module.resources.get(rest).cloned()
    }
}

/// The steps of a path; none for what is no path.
fn steps(value: &Value) -> Option<Vec<String>> {
    let split = |text: &str| -> Vec<String> {
        text.split(['.', '[', ']', '"'])
            .filter(|step| !step.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    };
    let steps = match value {
        Value::Name(name) | Value::Text(name) => split(name),
        Value::Indexed(_, steps) => steps.clone(),
        _ => return None,
    };
    Some(if steps == ["all"] { Vec::new() } else { steps })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("m")).unwrap();
        write(
            "main.tf",
            r#"
module "m" { source = "./m" }
resource "a" "some" {
  lifecycle { ignore_changes = [size, tags["Name"], nested[0].of, each.value] }
}
resource "a" "everything" {
  lifecycle { ignore_changes = all }
}
resource "a" "nothing" {}
"#,
        );
        write(
            "more.tf.json",
            r#"{"resource":{"a":{"json":{"lifecycle":{"ignore_changes":["tags[\"x\"]","size"]}}}}}"#,
        );
        write(
            "m/main.tf",
            "resource \"a\" \"b\" {\n  lifecycle {\n    ignore_changes = [c]\n  }\n}\n",
        );
        let configuration = Configuration::read(folder.path()).unwrap();
        let ignored = |address: &str| {
            let paths = configuration.ignored_changes(address);
            let one = |path: &Vec<String>| path.join("/");
            paths.iter().map(one).collect::<Vec<_>>()
        };
        for (address, expected) in [
            (
                "a.some[\"x\"]",
                &["size", "tags/Name", "nested/0/of", "each/value"][..],
            ),
            ("a.everything", &[""]),
            ("a.nothing", &[]),
            ("a.not_there", &[]),
            ("a.json", &["tags/x", "size"]),
            ("module.m[0].a.b", &["c"]),
            ("module.other.a.b", &[]),
        ] {
            assert_eq!(ignored(address), expected, "{address}");
        }
    }
}
