//! Values that OpenTofu wants to be told again when a plan is applied.
//!
//! Since 1.8 it reads the files of variables that lie in the root module (`terraform.tfvars`,
//! `*.auto.tfvars`) when it applies a saved plan, and refuses values that are others than the plan's:
//! which they are wherever the environment's own file, an option or a secret sets another one. So what
//! the plan has for these variables is handed over once more. Terraform asks for none of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

#[derive(Deserialize)]
struct Plan<'p> {
    #[serde(borrow, default)]
    variables: BTreeMap<String, Variable<'p>>,
}

#[derive(Deserialize)]
struct Variable<'p> {
    #[serde(borrow, default)]
    value: Option<&'p RawValue>,
}

/// Writes the values that a plan, as JSON, has for these variables as the text of a file of variables;
/// nothing where it has none.
///
/// # Errors
/// When the plan is not what the tool writes.
pub fn of(plan: &[u8], names: &BTreeSet<String>) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let plan: Plan<'_> = serde_json::from_slice(plan)?;
    let mut text = Zeroizing::new(String::new());
    for (name, variable) in &plan.variables {
        if let (true, Some(value)) = (names.contains(name), variable.value) {
            text.push_str(name);
            text.push_str(" = ");
            literal(&mut text, value.get())?;
            text.push('\n');
        }
    }
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// Writes JSON as HCL, which is the same but for texts: there, `${` is a template. Every character of
/// one is written as an escape, and line breaks between values are left out.
fn literal(text: &mut Zeroizing<String>, json: &str) -> serde_json::Result<()> {
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        text.extend(before.chars().filter(|c| !c.is_ascii_whitespace()));
        let mut strings = serde_json::Deserializer::from_str(from).into_iter::<String>();
        let string = strings.next().transpose()?;
        let end = strings.byte_offset();
        let string = Zeroizing::new(string.unwrap_or_default());
        text.push('"');
        for c in string.chars() {
            let code = u32::from(c);
            let _ = match code {
                0..=0xffff => write!(text, "\\u{code:04x}"),
                _ => write!(text, "\\U{code:08x}"),
            };
        }
        text.push('"');
        rest = from.get(end..).unwrap_or_default();
    }
    text.extend(rest.chars().filter(|c| !c.is_ascii_whitespace()));
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_the_plan_has_them() {
        let plan = r#"{"format_version": "1.2", "variables": {
            "a": {"value": "x${y}\"\n"}, "b": {"value": [1.50, true, null, {"k y": "é😀"}]},
            "c": {"value": "not asked for"}, "d": {}}, "planned_values": {"x": 1}}"#;
        let names = ["a", "b", "d", "e"].map(ToOwned::to_owned).into();
        let text = of(plan.as_bytes(), &names).unwrap();
        assert_eq!(
            String::from_utf8(text.to_vec()).unwrap(),
            "a = \"\\u0078\\u0024\\u007b\\u0079\\u007d\\u0022\\u000a\"\n\
             b = [1.50,true,null,{\"\\u006b\\u0020\\u0079\":\"\\u00e9\\U0001f600\"}]\n"
        );
        assert!(of(b"{}", &names).unwrap().is_empty());
        assert!(of(b"no plan", &names).is_err());
    }
}
