//! Addresses without their instance keys.

use std::borrow::Cow;

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
