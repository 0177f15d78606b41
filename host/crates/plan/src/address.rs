//! Addresses without their instance keys.

use std::borrow::Cow;

use super::Mode;

/// Returns the address without the key of any instance, those of modules included.
///
/// A key in quotes may hold anything, brackets and escaped quotes too. What is not
/// closed is kept as it is.
pub fn without_keys<'a>(address: &Cow<'a, str>) -> Cow<'a, str> {
    if !address.contains('[') {
        return address.clone();
    }
    let mut block = String::with_capacity(address.len());
    let mut rest = address.as_ref();
    while let Some(open) = rest.find('[') {
        let (head, key) = rest.split_at(open);
        block.push_str(head);
        match after_key(key) {
            Some(after) => rest = after,
            None => {
                rest = key;
                break;
            }
        }
    }
    block.push_str(rest);
    Cow::Owned(block)
}

/// Returns what follows a key; `text` starts with its opening bracket.
pub(super) fn after_key(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let Some(quoted) = inner.strip_prefix('"') else {
        return inner.find(']').and_then(|close| inner.get(close + 1..));
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return quoted.get(at + 1..)?.strip_prefix(']'),
            _ => {}
        }
    }
    None
}

/// An address of a resource instance, taken apart: `module.a["k"].data.aws_x.y[0]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'s> {
    /// With instance keys; none in the root module.
    pub(super) module: Option<&'s str>,
    pub(super) mode: Mode,
    pub(super) kind: &'s str,
    pub(super) name: &'s str,
    /// What stands between the brackets, quotes included.
    pub(super) key: Option<&'s str>,
}

/// What no resource type is called, because references start with it.
const NO_TYPES: [&str; 13] = [
    "module",
    "data",
    "ephemeral",
    "resource",
    "provider",
    "var",
    "local",
    "output",
    "path",
    "each",
    "count",
    "self",
    "terraform",
];

/// Takes an address apart; none if it is not one of a resource.
pub(super) fn parts(address: &str) -> Option<Parts<'_>> {
    let mut rest = address;
    let mut module = None;
    while let Some(call) = rest.strip_prefix("module.") {
        let name = call.find(['.', '[']).filter(|end| *end > 0)?;
        let after = call.get(name..)?;
        let after = if after.starts_with('[') {
            after_key(after)?
        } else {
            after
        };
        module = address.get(..address.len() - after.len());
        rest = after.strip_prefix('.')?;
    }
    let (mode, rest) = if let Some(rest) = rest.strip_prefix("data.") {
        (Mode::Data, rest)
    } else if let Some(rest) = rest.strip_prefix("ephemeral.") {
        (Mode::Ephemeral, rest)
    } else {
        (Mode::Managed, rest)
    };
    let (kind, rest) = rest.split_once('.')?;
    let (name, key) = match rest.find('[') {
        Some(open) => {
            let (name, key) = rest.split_at(open);
            if after_key(key) != Some("") {
                return None;
            }
            (name, key.get(1..key.len() - 1))
        }
        None => (rest, None),
    };
    let is_type = kind
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && !kind.is_empty()
        && !NO_TYPES.contains(&kind);
    (is_type && !name.is_empty() && !name.contains('.')).then_some(Parts {
        module,
        mode,
        kind,
        name,
        key,
    })
}

/// Returns the names of the modules of an address without keys: `module.a.module.b` is `a`, `b`.
pub(super) fn module_names(address: &str) -> Vec<&str> {
    // Before 0.13 some places leave out the word `module`.
    address
        .split('.')
        .filter(|part| *part != "module")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_or_is_none() {
        for (address, told) in [
            ("aws_x.y", "- Managed aws_x y -"),
            ("aws_x.y[0]", "- Managed aws_x y 0"),
            ("data.aws_x.y[*]", "- Data aws_x y *"),
            (
                r#"module.m["a].b"].module.n.ephemeral.aws_x.größe["k.l"]"#,
                r#"module.m["a].b"].module.n Ephemeral aws_x größe "k.l""#,
            ),
        ] {
            let parts = parts(address).map(|parts| {
                format!(
                    "{} {:?} {} {} {}",
                    parts.module.unwrap_or("-"),
                    parts.mode,
                    parts.kind,
                    parts.name,
                    parts.key.unwrap_or("-")
                )
            });
            assert_eq!(parts.as_deref(), Some(told), "{address}");
        }
        for address in [
            "",
            "main",
            "aws_x",
            "aws_x.",
            ".y",
            "aws_x.y.z",
            "aws_x.y[0].z",
            "aws_x.y[0",
            "aws_x .y",
            "\u{430}ws_x.y",
            "module.m",
            "module.m.aws_x",
            "module..aws_x.y",
            "data.aws_x",
            "output.x",
            "var.x",
        ] {
            assert_eq!(parts(address), None, "{address}");
        }
    }

    #[test]
    fn keys_of_every_kind_are_dropped() {
        for (address, block) in [
            ("aws_x.y", "aws_x.y"),
            ("aws_x.y[0]", "aws_x.y"),
            (r#"aws_x.y["a.b"]"#, "aws_x.y"),
            (
                r#"module.m["x]\"[y"].data.aws_x.y[12]"#,
                "module.m.data.aws_x.y",
            ),
            (
                r#"module.m[0].module.n["ö"].aws_x.y"#,
                "module.m.module.n.aws_x.y",
            ),
            (r#"aws_x.y["open"#, r#"aws_x.y["open"#),
            ("aws_x.y[", "aws_x.y["),
            (r#"aws_x.y["a"b]"#, r#"aws_x.y["a"b]"#),
        ] {
            assert_eq!(without_keys(&Cow::Borrowed(address)), block, "{address}");
        }
    }
}
