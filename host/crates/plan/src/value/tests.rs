#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

/// Value, unknown and sensitive as JSON; `-` where the plan has none.
fn get(value: &str, unknown: &str, sensitive: &str, path: &str) -> Result<String, Fault> {
    fn raw(text: &str) -> Option<&RawValue> {
        (text != "-").then(|| serde_json::from_str(text).unwrap())
    }
    let side = Side {
        value: raw(value),
        unknown: raw(unknown).map_or(Mask::Nothing, Mask::of),
        sensitive: raw(sensitive).map_or(Mask::ByName(false), Mask::of),
    };
    let value = Index::new(side)?.get(side, &Path::parse(path).unwrap())?;
    Ok(match value {
        Value::Json(text) => text,
        other => format!("{other:?}"),
    })
}

#[test]
fn every_value_is_what_its_masks_say() {
    for (value, unknown, sensitive, path, expected) in [
        // Scalars.
        (r#"{"a":1}"#, "{}", "{}", "a", "Integer(1)"),
        (
            r#"{"a":-9223372036854775808}"#,
            "{}",
            "{}",
            "a",
            "Integer(-9223372036854775808)",
        ),
        (
            r#"{"a":9223372036854775808}"#,
            "{}",
            "{}",
            "a",
            r#"Decimal("9223372036854775808")"#,
        ),
        (
            r#"{"a":0.10000000000000000001}"#,
            "{}",
            "{}",
            "a",
            r#"Decimal("0.10000000000000000001")"#,
        ),
        (r#"{"a":1e3}"#, "{}", "{}", "a", r#"Decimal("1e3")"#),
        (
            r#"{"a":"\u003cx\u003e"}"#,
            "{}",
            "{}",
            "a",
            r#"Text("<x>")"#,
        ),
        (r#"{"a":true}"#, "{}", "{}", "a", "Bool(true)"),
        (r#"{"a":null}"#, "{}", "{}", "a", "Null"),
        (r#"{"a":null}"#, "{}", "{}", "b", "Absent"),
        (r#"{"\u0061":1}"#, "{}", "{}", "a", "Integer(1)"),
        ("null", "{}", "false", "a", "Absent"),
        ("-", "{}", "false", "", "Absent"),
        // Unknown: at the leaf, at an ancestor; padding is known.
        ("{}", r#"{"a":true}"#, "{}", "a", "Unknown"),
        ("{}", r#"{"a":true}"#, "{}", "a.b[0]", "Unknown"),
        ("{}", "true", "{}", "a", "Unknown"),
        (r#"{"a":[]}"#, r#"{"a":[]}"#, "{}", "a", "[]"),
        (r#"{"a":{}}"#, r#"{"a":{}}"#, "{}", "a", "{}"),
        (r#"{"a":null}"#, r#"{"a":{}}"#, "{}", "a", "Null"),
        (
            r#"{"a":[null,"x"]}"#,
            r#"{"a":[true,false]}"#,
            "{}",
            "a[0]",
            "Unknown",
        ),
        (
            r#"{"a":[null,"x"]}"#,
            r#"{"a":[true,false]}"#,
            "{}",
            "a[1]",
            r#"Text("x")"#,
        ),
        (
            r#"{"a":[null,"x"]}"#,
            r#"{"a":[true,false]}"#,
            "{}",
            "a[2]",
            "Absent",
        ),
        (
            r#"{"a":[{"b":1}]}"#,
            r#"{"a":[{"c":true}]}"#,
            "{}",
            "a[0].c",
            "Unknown",
        ),
        (
            r#"{"a":[{"b":1}]}"#,
            r#"{"a":[{"c":true}]}"#,
            "{}",
            "a[0].b",
            "Integer(1)",
        ),
        // Unknown leaves are put back into containers.
        (
            r#"{"a":[null,"x"]}"#,
            r#"{"a":[true,false]}"#,
            "{}",
            "a",
            r#"[{"$unknown":true},"x"]"#,
        ),
        (
            r#"{"a":{"z":1,"b":null}}"#,
            r#"{"a":{"c":true,"d":{},"e":[false,true]}}"#,
            "{}",
            "a",
            r#"{"b":null,"c":{"$unknown":true},"e":[null,{"$unknown":true}],"z":1}"#,
        ),
        (
            "{}",
            r#"{"a":{"b":true}}"#,
            "{}",
            "a",
            r#"{"b":{"$unknown":true}}"#,
        ),
        (
            "{}",
            r#"{"a":{"b":true}}"#,
            "{}",
            "",
            r#"{"a":{"b":{"$unknown":true}}}"#,
        ),
        (
            r#"{"a":["x"]}"#,
            r#"{"a":[false,true,false]}"#,
            "{}",
            "a",
            r#"["x",{"$unknown":true}]"#,
        ),
        (
            r#"{"a":["x"]}"#,
            r#"{"a":[false,false,true]}"#,
            "{}",
            "a",
            r#"["x",null,{"$unknown":true}]"#,
        ),
        // A mask of another shape hides rather than shows.
        (
            r#"{"a":["x"]}"#,
            r#"{"a":{"b":true}}"#,
            "{}",
            "a",
            r#"{"$unknown":true}"#,
        ),
        (r#"{"a":["x"]}"#, r#"{"a":"yes"}"#, "{}", "a", "Unknown"),
        (
            r#"{"a":["x"]}"#,
            "{}",
            r#"{"a":{"b":true}}"#,
            "a",
            r#"[{"$sensitive":true}]"#,
        ),
        (r#"{"a":["x"]}"#, "{}", r#"{"a":1}"#, "a", "Sensitive"),
        // Sensitive.
        (r#"{"a":"x"}"#, "{}", r#"{"a":true}"#, "a", "Sensitive"),
        (r#"{"a":null}"#, "{}", r#"{"a":true}"#, "a", "Sensitive"),
        (
            r#"{"a":{"b":"x"}}"#,
            "{}",
            r#"{"a":true}"#,
            "a.b",
            "Sensitive",
        ),
        (r#"{"a":"x"}"#, "{}", "true", "a", "Sensitive"),
        (
            r#"{"a":["x","y"]}"#,
            "{}",
            r#"{"a":[false,true]}"#,
            "a",
            r#"["x",{"$sensitive":true}]"#,
        ),
        (
            r#"{"a":["x","y"]}"#,
            "{}",
            r#"{"a":[]}"#,
            "a[1]",
            r#"Text("y")"#,
        ),
        (
            r#"{"a":{"b":"x","c":2.50}}"#,
            "{}",
            r#"{"a":{"b":true}}"#,
            "a",
            r#"{"b":{"$sensitive":true},"c":2.50}"#,
        ),
        // Unknown wins.
        ("{}", r#"{"a":true}"#, r#"{"a":true}"#, "a", "Unknown"),
        (
            "{}",
            r#"{"a":{"b":true}}"#,
            r#"{"a":true}"#,
            "a.b",
            "Unknown",
        ),
        // Keys that start with a dollar sign, and numbers as they are written.
        (
            r#"{"a":{"$unknown":1,"$":2}}"#,
            "{}",
            "{}",
            "a",
            r#"{"$$":2,"$$unknown":1}"#,
        ),
        (
            r#"{"a":[12345678901234567890.10]}"#,
            "{}",
            "{}",
            "a",
            "[12345678901234567890.10]",
        ),
        // No markers: names decide, at any depth, for anything but null and booleans.
        (r#"{"password":"x"}"#, "{}", "-", "password", "Sensitive"),
        (r#"{"password":null}"#, "{}", "-", "password", "Null"),
        (
            r#"{"manage_password":true}"#,
            "{}",
            "-",
            "manage_password",
            "Bool(true)",
        ),
        (
            r#"{"auth":[{"password":"x","user":"y"}]}"#,
            "{}",
            "-",
            "auth",
            r#"[{"password":{"$sensitive":true},"user":"y"}]"#,
        ),
        (
            r#"{"secrets":{"a":"x"}}"#,
            "{}",
            "-",
            "secrets.a",
            "Sensitive",
        ),
        (
            r#"{"secret_arn":"x"}"#,
            "{}",
            "-",
            "secret_arn",
            r#"Text("x")"#,
        ),
        (
            r#"{"password":"x"}"#,
            "{}",
            "{}",
            "password",
            r#"Text("x")"#,
        ),
        // A path of another shape than the value.
        (r#"{"a":"x"}"#, "{}", "{}", "a.b", "Absent"),
        (r#"{"a":{"b":1}}"#, "{}", "{}", "a[0]", "Absent"),
    ] {
        let found = get(value, unknown, sensitive, path).unwrap();
        assert_eq!(found, expected, "{value} {unknown} {sensitive} {path}");
    }
}

#[test]
fn what_two_readers_would_read_differently_is_refused() {
    for (value, unknown, sensitive, path) in [
        (r#"{"a":1,"a":2}"#, "{}", "{}", "a"),
        (r#"{"a":1,"\u0061":2}"#, "{}", "{}", "b"),
        (r#"{"a":{"b":1,"b":2}}"#, "{}", "{}", "a"),
        (r#"{"a":{"b":1,"b":2}}"#, "{}", "{}", "a.c"),
        (r#"{"a":1}"#, r#"{"a":true,"a":false}"#, "{}", "a"),
        (r#"{"a":1}"#, "{}", r#"{"a":true,"a":false}"#, "a"),
    ] {
        let fault = get(value, unknown, sensitive, path).unwrap_err();
        assert!(matches!(fault, Fault::Duplicate(_)), "{value}: {fault:?}");
    }
    assert_eq!(
        get(r#"{"a":"\ud800"}"#, "{}", "{}", "a"),
        Err(Fault::BrokenText)
    );
    assert_eq!(
        get(r#"{"a":["\ud800"]}"#, "{}", "{}", "a"),
        Err(Fault::BrokenText)
    );
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    assert_eq!(get(&deep, "{}", "{}", "a"), Err(Fault::TooDeep));
    let deep = format!(r#"{{"a":{}true{}}}"#, "[".repeat(200), "]".repeat(200));
    assert_eq!(get("{}", &deep, "{}", "a"), Err(Fault::TooDeep));
}
