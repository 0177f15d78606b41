//! Policies in every language whose compiler is here: they read the same of a plan, to the byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::{LANGUAGES, check, findings, is_here, node_modules};
use crate::cli::{files, root, run, tollgate};

/// Begins a policy, in a folder that is called so.
fn begin(folder: &Path, name: &str, language: &str) -> Result<PathBuf, Failed> {
    run(tollgate(folder).args(["policy", "new", name, "--lang", language]))?.expect(0)?;
    let made = folder.join(name);
    if let Some(modules) = node_modules() {
        std::os::unix::fs::symlink(modules, made.join("node_modules"))?;
    }
    Ok(made)
}

fn here() -> impl Iterator<Item = &'static str> {
    LANGUAGES.into_iter().filter(|language| is_here(language))
}

/// What a policy found; that it could not judge is not the same as that it found nothing.
fn judged(made: &Path, plan: &Path, policy: &str) -> Result<Vec<Value>, Failed> {
    let report = check(made, plan)?;
    for of in report["plans"].as_array().into_iter().flatten() {
        for found in of["policies"].as_array().into_iter().flatten() {
            if found["name"] == json!(policy) && !found["failure"].is_null() {
                return Err(format!("{}: {}", made.display(), found["failure"]).into());
            }
        }
    }
    Ok(findings(&report, policy))
}

/// A plan that creates instances of one resource: the attribute as it will be, what of it is known only
/// after apply, and what of it is sensitive, as JSON. Nothing is an attribute that is not there.
fn plan(kind: &str, attribute: &str, rows: &[[&str; 3]]) -> String {
    let changes = rows.iter().enumerate().map(|(nth, sides)| {
        let [after, unknown, sensitive] = sides.map(|json| match json {
            "" => "{}".to_owned(),
            json => format!("{{{attribute:?}:{json}}}"),
        });
        format!(
            r#"{{"address":"{kind}.r[{nth}]","mode":"managed","type":"{kind}","name":"r","index":{nth},"provider_name":"registry.opentofu.org/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{unknown},"before_sensitive":false,"after_sensitive":{sensitive}}}}}"#
        )
    });
    let changes: Vec<String> = changes.collect();
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[{}]}}"#,
        changes.join(",")
    )
}

/// Names of tags that one language or another has its own idea of.
const TAGS: [&str; 17] = [
    "owner",
    "Owner",
    "OWNER",
    "a.b",
    "a\"b",
    "a\\b",
    "e\u{301}",
    "\u{e9}",
    "\u{1f600}",
    "\u{5d0}\u{5d1}",
    "$unknown",
    "$sensitive",
    "$$",
    "__proto__",
    "constructor",
    "{\"$unknown\":true}",
    "10",
];

/// Tags, what of them is unknown and what is sensitive; and what is said of the tag `owner`: nothing, a
/// violation, that the tags or that the owner cannot be seen.
fn odd() -> Vec<([String; 3], &'static str)> {
    let all: BTreeMap<&str, &str> = TAGS.into_iter().map(|tag| (tag, "somebody")).collect();
    let blank: BTreeMap<&str, &str> = TAGS.into_iter().map(|tag| (tag, " \t")).collect();
    // Each character of it is written as two.
    let long = "\n".repeat(100_000) + &"\u{1f600}".repeat(50_000);
    let mut rows = vec![
        (json!(all).to_string(), "", "", ""),
        (json!(blank).to_string(), "", "", "violation"),
        (json!({ "owner": long }).to_string(), "", "", ""),
        (
            json!({ "owner": "\n".repeat(100_000) }).to_string(),
            "",
            "",
            "violation",
        ),
        (
            json!({ long.as_str(): "x" }).to_string(),
            "",
            "",
            "violation",
        ),
    ];
    for (tags, unknown, sensitive, said) in [
        ("", "", "", "violation"),
        ("null", "", "", "violation"),
        ("{}", "", "", "violation"),
        (r#"{"":"x"}"#, "", "", "violation"),
        (r#"{"owner":""}"#, "", "", "violation"),
        (r#"{"owner":" \t\r\n"}"#, "", "", "violation"),
        (r#"{"owner":null}"#, "", "", "violation"),
        // Blank is what every language calls so, and nothing else.
        (r#"{"owner":"\u00a0"}"#, "", "", ""),
        (r#"{"owner":"\u0085"}"#, "", "", ""),
        (r#"{"owner":"\ufeff"}"#, "", "", ""),
        (r#"{"owner":"\u000b\u000c"}"#, "", "", ""),
        (r#"{"owner":"\u001f"}"#, "", "", ""),
        (r#"{"owner":"\u0000"}"#, "", "", ""),
        (r#"{"owner":"\ud83d\ude00"}"#, "", "", ""),
        (r#"{"OWNER":"x","Owner":"x"}"#, "", "", "violation"),
        (r#"{"owner ":"x"}"#, "", "", "violation"),
        (r#"{"owner":5}"#, "", "", ""),
        (r#"{"owner":12345678901234567890.5}"#, "", "", ""),
        (r#"{"owner":false}"#, "", "", ""),
        (r#"{"owner":[]}"#, "", "", "owner"),
        (r#"{"owner":{}}"#, "", "", "owner"),
        (r#"{"owner":{"$unknown":true}}"#, "", "", "owner"),
        (r#"{"owner":"{\"$unknown\":true}"}"#, "", "", ""),
        ("{}", r#"{"owner":true}"#, "", "owner"),
        (r#"{"owner":"x"}"#, "", r#"{"owner":true}"#, "owner"),
        (r#"{"other":"x"}"#, "", r#"{"other":true}"#, "violation"),
        ("", "true", "", "tags"),
        (r#"{"owner":"x"}"#, "", "true", "tags"),
        ("[]", "", "", "tags"),
        (r#""owner""#, "", "", "tags"),
        ("5", "", "", "tags"),
        ("1.5", "", "", "tags"),
        ("true", "", "", "tags"),
    ] {
        rows.push((tags.to_owned(), unknown, sensitive, said));
    }
    rows.into_iter()
        .map(|(tags, unknown, sensitive, said)| {
            ([tags, unknown.to_owned(), sensitive.to_owned()], said)
        })
        .collect()
}

/// What is found of odd tags, for each name of a tag.
fn odd_tags(made: &Path) -> Result<Vec<Vec<Value>>, Failed> {
    let rows = odd();
    let sides: Vec<[&str; 3]> = rows
        .iter()
        .map(|(sides, _)| sides.each_ref().map(String::as_str))
        .collect();
    let path = made.join("odd.json");
    fs::write(&path, plan("aws_s3_bucket", "tags_all", &sides))?;
    let mut all = Vec::new();
    for tag in TAGS {
        let tag_as_toml = json!(tag).to_string();
        fs::write(
            made.join("tollgate.toml"),
            format!(
                "[policies.mine]\nsource = \"policy.wasm\"\nsettings = {{ tag = {tag_as_toml} }}\n"
            ),
        )?;
        let found = judged(made, &path, "mine")?;
        if tag == "owner" {
            let said: BTreeMap<&str, &str> = found
                .iter()
                .filter_map(|finding| {
                    let message = finding["message"].as_str()?;
                    let said = match message.split(' ').nth(1)? {
                        "tag" => "violation",
                        what => what,
                    };
                    Some((finding["address"].as_str()?, said))
                })
                .collect();
            for (nth, (sides, expected)) in rows.iter().enumerate() {
                let address = format!("aws_s3_bucket.r[{nth}]");
                let said = said.get(address.as_str()).copied().unwrap_or_default();
                if said != *expected {
                    let short: Vec<&str> = sides
                        .iter()
                        .map(|side| side.get(..60).unwrap_or(side))
                        .collect();
                    return Err(format!("{}: {short:?} is {said:?}", made.display()).into());
                }
            }
        }
        all.push(found);
    }
    Ok(all)
}

/// What a language found: in the examples, and for each of the odd tags.
type Found = (Vec<Value>, Vec<Vec<Value>>);

/// What begins in every language whose compiler is here judges alike, to the byte.
pub(super) fn judge_alike() -> Result<(), Failed> {
    let mut told: Option<(&str, Found)> = None;
    let plans: Vec<PathBuf> = files(&root().join("examples/plans"), "json")
        .iter()
        .map(fs::canonicalize)
        .collect::<Result<_, _>>()?;
    let mut built = 0;
    for language in here() {
        let folder = tempfile::tempdir()?;
        let made = begin(folder.path(), "mine", language)?;
        let tool = |arguments: &[&str]| run(tollgate(folder.path()).arg("policy").args(arguments));
        tool(&["build", "mine"])?.expect(0)?;
        tool(&["test", "mine", "--every-rule"])?.expect(0)?;
        let mut found = Vec::new();
        for plan in &plans {
            found.extend(judged(&made, plan, "mine")?);
        }
        if found.is_empty() {
            return Err(format!("{language} finds nothing").into());
        }
        let odd = odd_tags(&made)?;
        match &told {
            Some((first, (before, odd_before))) => {
                if *before != found {
                    return Err(format!("{language}: {found:#?}\n{first}: {before:#?}").into());
                }
                for (tag, (one, other)) in TAGS.iter().zip(odd.iter().zip(odd_before)) {
                    if one != other {
                        return Err(format!(
                            "{language}, tag {tag:?}: {one:#?}\n{first}: {other:#?}"
                        )
                        .into());
                    }
                }
            }
            None => told = Some((language, (found, odd))),
        }
        built += 1;
    }
    // `TOLLGATE_LANGUAGES` says how many have to be here.
    let wanted = std::env::var("TOLLGATE_LANGUAGES").unwrap_or_default();
    if wanted.parse().is_ok_and(|wanted: usize| built < wanted) {
        return Err(format!("only {built} languages were built").into());
    }
    Ok(())
}

/// Values as they are in a plan, and how every helper reads them: as text, boolean, integer, decimal, list
/// and map. `-` is unset, `?` undetermined.
const VALUES: [([&str; 3], [&str; 6]); 32] = [
    (["0.1", "", ""], ["0.1", "?", "?", "0.1", "?", "?"]),
    (["0.10", "", ""], ["0.10", "?", "?", "0.10", "?", "?"]),
    (
        ["12345678901234567890.5", "", ""],
        [
            "12345678901234567890.5",
            "?",
            "?",
            "12345678901234567890.5",
            "?",
            "?",
        ],
    ),
    (
        ["18446744073709551616", "", ""],
        [
            "18446744073709551616",
            "?",
            "?",
            "18446744073709551616",
            "?",
            "?",
        ],
    ),
    (["1e5", "", ""], ["1e5", "?", "?", "1e5", "?", "?"]),
    (["5", "", ""], ["5", "?", "5", "5", "?", "?"]),
    (
        ["-9223372036854775808", "", ""],
        [
            "-9223372036854775808",
            "?",
            "-9223372036854775808",
            "-9223372036854775808",
            "?",
            "?",
        ],
    ),
    (["\"5\"", "", ""], ["5", "?", "5", "5", "?", "?"]),
    (["\"0.10\"", "", ""], ["0.10", "?", "?", "0.10", "?", "?"]),
    (["\"1e5\"", "", ""], ["1e5", "?", "?", "1e5", "?", "?"]),
    (["\"-0\"", "", ""], ["-0", "?", "0", "-0", "?", "?"]),
    (["\"01\"", "", ""], ["01", "?", "?", "?", "?", "?"]),
    (["\"1-2\"", "", ""], ["1-2", "?", "?", "?", "?", "?"]),
    (["\" 5\"", "", ""], [" 5", "?", "?", "?", "?", "?"]),
    (["\"5.\"", "", ""], ["5.", "?", "?", "?", "?", "?"]),
    (
        ["\"\u{0665}\"", "", ""],
        ["\u{0665}", "?", "?", "?", "?", "?"],
    ),
    (
        ["\"-9223372036854775809\"", "", ""],
        [
            "-9223372036854775809",
            "?",
            "?",
            "-9223372036854775809",
            "?",
            "?",
        ],
    ),
    (["\"\"", "", ""], ["", "?", "?", "?", "?", "?"]),
    (["true", "", ""], ["true", "true", "?", "?", "?", "?"]),
    (
        ["\"false\"", "", ""],
        ["false", "false", "?", "?", "?", "?"],
    ),
    (["\"True\"", "", ""], ["True", "?", "?", "?", "?", "?"]),
    (["null", "", ""], ["-", "-", "-", "-", "-", "-"]),
    (["", "", ""], ["-", "-", "-", "-", "-", "-"]),
    (["", "true", ""], ["?", "?", "?", "?", "?", "?"]),
    (["5", "", "true"], ["?", "?", "?", "?", "?", "?"]),
    (["[]", "", ""], ["?", "?", "?", "?", "[]", "?"]),
    (["{}", "", ""], ["?", "?", "?", "?", "?", "[]"]),
    (
        [
            r#"[1,0.10,"x|y",null,true,[],{},12345678901234567890.5]"#,
            "",
            "",
        ],
        [
            "?",
            "?",
            "?",
            "?",
            "[1|0.10|x|y|-|true|?|?|12345678901234567890.5]",
            "?",
        ],
    ),
    (
        ["[1,null]", "[false,true]", ""],
        ["?", "?", "?", "?", "[1|?]", "?"],
    ),
    (
        [r#"{"a":1}"#, r#"{"b":true}"#, r#"{"a":true}"#],
        ["?", "?", "?", "?", "?", "[a=?|b=?]"],
    ),
    (
        [r#"{"$unknown":true,"$$":0.1}"#, "", ""],
        ["?", "?", "?", "?", "?", "[$$=0.1|$unknown=true]"],
    ),
    (
        // By the bytes of UTF-8 the emoji is last, by the units of UTF-16 the wide tilde.
        [
            r#"{"\ud83d\ude00":"emoji","\uff5e":"wide","e\u0301":"two","\u00e9":"one","\u05d0":"right","":"empty","a.b":"dot","a\"b":"quote","a\\b":"back","10":"ten","9":"nine","__proto__":"proto","constructor":null,"Z":"upper","z":1.50,"{\"k\":1}":"json"}"#,
            "",
            "",
        ],
        [
            "?",
            "?",
            "?",
            "?",
            "?",
            "[=empty|10=ten|9=nine|Z=upper|__proto__=proto|a\"b=quote|a.b=dot|a\\b=back|constructor=-|e\u{301}=two|z=1.50|{\"k\":1}=json|\u{e9}=one|\u{5d0}=right|\u{ff5e}=wide|\u{1f600}=emoji]",
        ],
    ),
];

/// Decimals, documents, and everything else that a helper reads, in every language that has one.
pub(super) fn read_alike() -> Result<(), Failed> {
    let rows: Vec<[&str; 3]> = VALUES.iter().map(|(sides, _)| *sides).collect();
    for language in here().filter(|language| *language != "rust") {
        let folder = tempfile::tempdir()?;
        let made = begin(folder.path(), "values", language)?;
        let (fixture, source) = match language {
            "go" => ("go.go", "main.go"),
            "c" => ("c.c", "policy.c"),
            "python" => ("python.py", "app.py"),
            "typescript" => ("typescript.ts", "policy.ts"),
            "assemblyscript" => ("assemblyscript.ts", "policy.ts"),
            "zig" => ("zig.zig", "policy.zig"),
            _ => ("java.java", "src/main/java/policy/Main.java"),
        };
        fs::copy(
            root().join("tests/guests/values").join(fixture),
            made.join(source),
        )?;
        run(tollgate(folder.path()).args(["policy", "build", "values"]))?.expect(0)?;
        fs::write(
            made.join("tollgate.toml"),
            "[policies.values]\nsource = \"policy.wasm\"\ndocuments = { book = \"book.json\" }\n",
        )?;
        // What marks a value in a plan is a key like any other in a document.
        fs::write(
            made.join("book.json"),
            r#"{"price": 12345678901234567890.50, "$odd": "\u00e9\"", "$unknown": true}"#,
        )?;
        let path = made.join("values.json");
        fs::write(&path, plan("aws_x", "value", &rows))?;
        let found = judged(&made, &path, "values")?;
        for (nth, (_, [text, boolean, integer, decimal, list, map])) in VALUES.iter().enumerate() {
            let expected = format!(
                "text {text}; boolean {boolean}; integer {integer}; decimal {decimal}; list {list}; map {map}; price 12345678901234567890.50"
            );
            let address = json!(format!("aws_x.r[{nth}]"));
            let message = found
                .iter()
                .find(|finding| finding["address"] == address)
                .and_then(|finding| finding["message"].as_str());
            if message != Some(&expected) {
                return Err(format!("{language}: {message:?}\nnot {expected:?}").into());
            }
        }
        let report = check(&made, &path)?;
        let policies = report["plans"][0]["policies"].as_array();
        let own = policies
            .into_iter()
            .flatten()
            .find(|policy| policy["name"] == json!("values"));
        let echo = json!([{"name": "echo", "content": {"odd": "\u{e9}\"", "price": "12345678901234567890.50"}}]);
        if own.map(|policy| &policy["documents"]) != Some(&echo) {
            return Err(format!("{language}: {own:?}").into());
        }
    }
    Ok(())
}

/// The packages say the same of themselves, and can be built where their tools are here.
pub(super) fn packages() -> Result<(), Failed> {
    let helpers = root().join("policies/helpers");
    let contract = fs::read_to_string(root().join("policies/wit/policy.wit"))?;
    let version = contract
        .lines()
        .find_map(|line| {
            line.strip_prefix("package tollgate:policy@")?
                .strip_suffix(';')
        })
        .ok_or("the contract has no version")?;
    let license = fs::read(root().join("LICENSE"))?;
    for (folder, metadata, sources) in [
        ("go", "go.mod", vec!["tollgate.go"]),
        (
            "typescript",
            "package.json",
            vec!["tollgate.ts", "contract.ts"],
        ),
        ("assemblyscript", "package.json", vec!["tollgate.ts"]),
        ("python", "pyproject.toml", vec!["tollgate.py"]),
        ("c", "Makefile", vec!["tollgate.h"]),
        ("zig", "build.zig.zon", vec!["tollgate.zig"]),
        (
            "java",
            "pom.xml",
            vec!["src/main/java/tollgate/Policy.java"],
        ),
    ] {
        let folder = helpers.join(folder);
        let text = fs::read_to_string(folder.join(metadata))?;
        let first = fs::read_to_string(folder.join(sources[0]))?;
        // A module of Go and a header have their version in a tag, and in what they define.
        let has_version = match metadata {
            "go.mod" | "Makefile" => true,
            _ => text.contains(version),
        };
        if !has_version || !first.contains(&format!("\"{version}\"")) {
            return Err(format!("{}: not version {version}", folder.display()).into());
        }
        if fs::read(folder.join("LICENSE"))? != license {
            return Err(format!("{}: another license", folder.display()).into());
        }
        let readme = fs::read_to_string(folder.join("README.md"))?;
        if !(5..=12).contains(&readme.lines().count()) {
            return Err(format!("{}: a readme of ten lines, please", folder.display()).into());
        }
        for source in &sources {
            fs::metadata(folder.join(source))?;
        }
        match metadata {
            "package.json" => {
                serde_json::from_str::<Value>(&text)?;
            }
            "pyproject.toml" => {
                toml::from_str::<toml::Table>(&text).map_err(|error| error.to_string())?;
            }
            _ => {}
        }
    }
    let tries: [(&str, &str, &[&str]); 4] = [
        ("go", "go", &["vet", "."]),
        (
            "typescript",
            "npm",
            &["pack", "--dry-run", "--ignore-scripts"],
        ),
        (
            "assemblyscript",
            "npm",
            &["pack", "--dry-run", "--ignore-scripts"],
        ),
        ("c", "make", &["check"]),
    ];
    for (folder, program, arguments) in tries {
        if !super::on_path(program) || folder == "c" && !super::on_path("cc") {
            continue;
        }
        let output = std::process::Command::new(program)
            .args(arguments)
            .current_dir(helpers.join(folder))
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .output()?;
        if !output.status.success() {
            return Err(format!("{folder}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
    }
    Ok(())
}
