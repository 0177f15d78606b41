#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;

fn parse(text: &str) -> Result<CaseFile, CasesError> {
    let source = Arc::new(SourceFile {
        path: "tests/t.toml".to_owned(),
        text: text.to_owned(),
    });
    CaseFile::read(Path::new("tests/t.toml"), source, false)
}

const CASE: &str = "[[case]]\nname = \"one\"\nexpect = []\n";

#[test]
fn a_case_is_read_with_what_holds_for_all() {
    let file = parse(
        r#"
[defaults]
environment = "staging"
settings = { tag = "owner" }
documents = { book = { a = 1 } }

[[case]]
name = "one"
expect = [{ rule = "r", address = "aws_x.y", outcome = "undetermined", cause = "existing" }]
[[case.changes]]
address = "aws_x.y"
after = { tags = { "$unknown" = true } }

[[case]]
name = "two"
plan = "p.json"
environment = { name = "production", protected = false }
settings = {}
expect = [{ rule = "r" }]
"#,
    )
    .unwrap();
    let [one, two] = file.cases.as_slice() else {
        panic!("{:?}", file.cases)
    };
    assert_eq!(one.environment, ("staging".to_owned(), false));
    assert_eq!(one.settings.0["tag"], "owner");
    assert_eq!(one.documents[0].0, "book");
    assert!(matches!(&one.plan, PlanOf::Inline { text, .. } if text.contains("after_unknown")));
    assert_eq!(two.environment, ("production".to_owned(), false));
    assert!(matches!(&two.plan, PlanOf::File(path) if path.value == Path::new("p.json")));
    assert_eq!(file.resolve(Path::new("p.json")), Path::new("tests/p.json"));
    assert_eq!(file.line(two), 15);
}

#[test]
fn a_mistake_is_said_with_its_line_and_what_was_meant() {
    for (text, said) in [
        (
            format!("{CASE}plna = \"a\"\n"),
            vec!["t.toml:4:1", "unknown key `plna`", "did you mean `plan`?"],
        ),
        (
            format!("{CASE}[[case.changes]]\naddres = \"a\"\n"),
            vec!["t.toml:5:1", "did you mean `address`?"],
        ),
        (
            format!(
                "{CASE}[[case.changes]]\naddress = \"aws_x.y\"\nafter = {{}}\naction = \"destroy\"\n"
            ),
            vec!["t.toml:7:10", "unknown value `destroy`"],
        ),
        (CASE.to_owned(), vec!["[case] has no plan"]),
        (
            "[[case]]\nname = \"a\"\nplan = \"p\"\n".to_owned(),
            vec!["[case] has no `expect`", "--update"],
        ),
        ("[case]\nname = \"a\"\n".to_owned(), vec!["two brackets"]),
        (
            format!("{CASE}plan = \"p\"\n{CASE}plan = \"p\"\n"),
            vec!["two cases are named `one`"],
        ),
        (
            "[[case]]\nname = \"a\"\nplan = \"p\"\nexpect = [{ rule = \"r\", outcom = \"x\" }]"
                .to_owned(),
            vec!["did you mean `outcome`?"],
        ),
        ("[[case]\n".to_owned(), vec!["not TOML"]),
        (
            format!("{CASE}[[case.changes]]\naddress = \"aws_x\"\nafter = {{}}\n"),
            vec!["address is that of no resource"],
        ),
        (
            format!("{CASE}[[case.changes]]\naddress = \"aws_x.y\"\nafter = '{{\"a\":'\n"),
            vec!["the text is not JSON"],
        ),
        (String::new(), vec!["has no cases"]),
    ] {
        let error = parse(&text).unwrap_err().render(false);
        for part in said {
            assert!(error.contains(part), "{part} in:\n{error}");
        }
    }
}
