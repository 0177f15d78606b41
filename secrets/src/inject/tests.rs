#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::file::Format;
use crate::tree::{Entry, Item, Node, Scalar};

pub(super) fn secrets(name: &str, entries: Vec<(&str, Node)>) -> Secrets {
    let mut secrets = Secrets::new(name.to_owned(), Format::Yaml);
    let pairs = entries
        .into_iter()
        .map(|(key, node)| Entry::Pair(key.to_owned(), node));
    secrets.push(Node::Map(pairs.collect()));
    secrets
}

pub(super) fn text(text: &str) -> Node {
    Node::Scalar(Scalar::text(text))
}

fn example() -> Vec<Secrets> {
    vec![secrets(
        "s.yaml",
        vec![
            ("token", text("a${b}\n\"é👍")),
            ("port", Node::Scalar(Scalar::Int(-5432))),
            ("ratio", Node::Scalar(Scalar::Float(0.25))),
            ("on", Node::Scalar(Scalar::Bool(true))),
            ("none", Node::Scalar(Scalar::Null)),
            (
                "db",
                Node::Map(vec![Entry::Pair(
                    "hosts".into(),
                    Node::List(vec![Item::Node(text("h1")), Item::Node(text("h2"))]),
                )]),
            ),
        ],
    )]
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, Selector> {
    pairs
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.parse().unwrap()))
        .collect()
}

fn shown(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn hcl_escapes_every_character() {
    let files = example();
    let mut injection =
        Injection::new(&files, &map(&[("first", "db.hosts[0]"), ("doc", "db")])).unwrap();
    injection.as_text("doc");
    assert_eq!(
        shown(&injection.hcl().unwrap()),
        r#"db = {"\u0068\u006f\u0073\u0074\u0073" = ["\u0068\u0031", "\u0068\u0032"]}
doc = "\u007b\u0022\u0068\u006f\u0073\u0074\u0073\u0022\u003a\u005b\u0022\u0068\u0031\u0022\u002c\u0022\u0068\u0032\u0022\u005d\u007d"
first = "\u0068\u0031"
none = null
on = true
port = -5432
ratio = 0.25
token = "\u0061\u0024\u007b\u0062\u007d\u000a\u0022\u00e9\U0001f44d"
"#
    );
}

#[test]
fn environments_have_upper_case_names_unless_mapped() {
    let files = example();
    let injection = Injection::new(&files, &map(&[("TF_VAR_first", "db.hosts[1]")])).unwrap();
    let variables = injection.environment("APP_").unwrap();
    let seen: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), shown(value)))
        .collect();
    assert_eq!(
        seen,
        [
            ("APP_DB", r#"{"hosts":["h1","h2"]}"#),
            ("APP_ON", "true"),
            ("APP_PORT", "-5432"),
            ("APP_RATIO", "0.25"),
            ("APP_TOKEN", "a${b}\n\"é👍"),
            ("TF_VAR_first", "h2"),
        ]
    );
    assert_eq!(
        shown(&injection.json().unwrap()),
        "{\"TF_VAR_first\":\"h2\",\"db\":{\"hosts\":[\"h1\",\"h2\"]},\"none\":null,\"on\":true,\"port\":-5432,\"ratio\":0.25,\"token\":\"a${b}\\n\\\"é👍\"}\n"
    );
    assert!(shown(&injection.dotenv("").unwrap()).contains("\nTOKEN=\"a\\${b}\\n\\\"é👍\"\n"));
}

#[test]
fn what_cannot_be_handed_over_is_named() {
    let long = "x".repeat(200_000);
    let error = |files: &[Secrets], pairs: &[(&str, &str)]| {
        Injection::new(files, &map(pairs))
            .and_then(|injection| injection.environment("").map(drop))
            .unwrap_err()
            .to_string()
    };
    let one = |key: &str, value: &str| vec![secrets("s.yaml", vec![(key, text(value))])];
    let two = || {
        vec![
            secrets("a.yaml", vec![("k", text("1"))]),
            secrets("b.yaml", vec![("k", text("2"))]),
        ]
    };
    for (said, expected) in [
        (
            error(&one("1a", "x"), &[]),
            "`1a` cannot be the name of a variable; rename it with `map`",
        ),
        (
            error(&one("a", "x\0y"), &[]),
            "`a` holds a zero byte, which no variable can; hand it over with `--fd`",
        ),
        (
            error(&one("a", &long), &[]),
            "`a` is larger than a variable can be (128 KiB); hand it over with `--fd`",
        ),
        (
            error(&one("a", "x"), &[("b", "c.d")]),
            "`b` is mapped to `c.d`, which s.yaml does not have; correct the `map`",
        ),
        (
            error(
                &[secrets("s.yaml", vec![("a", text("x")), ("b", text("y"))])],
                &[("A", "b")],
            ),
            "`A` and `a` both become the variable `A`; rename one with `map`",
        ),
        (
            error(&two(), &[]),
            "`k` is in a.yaml and in b.yaml; remove one of them",
        ),
    ] {
        assert_eq!(said, expected);
    }
    let infinite = vec![secrets(
        "s",
        vec![("a", Node::Scalar(Scalar::Float(f64::INFINITY)))],
    )];
    let injection = Injection::new(&infinite, &map(&[])).unwrap();
    assert!(injection.hcl().is_err() && injection.json().is_err());
    let bytes = vec![secrets(
        "s",
        vec![("a", Node::Scalar(Scalar::Text(vec![0xff, 0xfe].into())))],
    )];
    assert!(Injection::new(&bytes, &map(&[])).unwrap().hcl().is_err());
}

#[test]
fn a_marker_has_to_agree() {
    let file = &secrets(
        "s",
        vec![("env", text("prod")), ("n", Node::Scalar(Scalar::Int(1)))],
    );
    for (at, accepted, expected) in [
        ("env", &["production", "prod"][..], Marker::Agrees),
        ("env", &["staging"][..], Marker::Disagrees),
        ("n", &["1"][..], Marker::Missing),
        ("nowhere", &["prod"][..], Marker::Missing),
    ] {
        assert_eq!(
            marker(file, &at.parse().unwrap(), accepted),
            expected,
            "{at}"
        );
    }
}

#[test]
fn no_secret_decides_what_runs_unless_the_mapping_says_so() {
    let files = vec![secrets(
        "s.yaml",
        vec![("path", text("/evil")), ("token", text("t"))],
    )];
    let said = |map: &[(&str, &str)], prefix: &str| {
        let injection = Injection::new(&files, &self::map(map)).unwrap();
        match injection.environment(prefix) {
            Ok(variables) => variables.into_keys().collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    };
    let refused = "`path` would become the variable PATH, which may change how programs run; rename it, or if that is meant say so: `map = { PATH = \"path\" }`";
    assert_eq!(said(&[], ""), refused);
    assert_eq!(said(&[], "APP_"), "APP_PATH APP_TOKEN");
    assert_eq!(said(&[("PATH", "path")], ""), "PATH TOKEN");
    assert_eq!(
        said(&[("DIRECTORY", "path")], "X"),
        "DIRECTORY XPATH XTOKEN"
    );
    assert_eq!(
        said(&[("TOKEN", "token"), ("PATH", "path")], ""),
        "PATH TOKEN"
    );
    assert!(said(&[], "LD_").contains("the variable LD_PATH,"));
    for prefix in ["app-", "1", "a b", "ä"] {
        let said = said(&[], prefix);
        assert!(
            said.starts_with(&format!("the prefix `{prefix}` cannot begin")),
            "{said}"
        );
    }
}

#[test]
fn digests_tell_values_apart_and_nothing_else() {
    let one = DigestKey::generate().unwrap();
    let other = DigestKey::generate().unwrap();
    let of = |key: &DigestKey, node: Node| -> String {
        let files = vec![secrets("s.yaml", vec![("a", node)])];
        let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
        injection.digests(key).remove("a").unwrap()
    };
    let pair = |key: &str, value: &str| Entry::Pair(key.to_owned(), text(value));
    let list = |texts: &[&str]| {
        let item = |one: &&str| Item::Node(text(one));
        Node::List(texts.iter().map(item).collect())
    };
    let distinct: Vec<fn() -> Node> = vec![
        || Node::Scalar(Scalar::Null),
        || Node::Scalar(Scalar::Bool(true)),
        || Node::Scalar(Scalar::Int(1)),
        || Node::Scalar(Scalar::Float(1.0)),
        || text(""),
        || text("1"),
        || text("true"),
        || Node::Map(Vec::new()),
        || Node::List(Vec::new()),
    ];
    let mut digests: Vec<String> = distinct.iter().map(|make| of(&one, make())).collect();
    digests.push(of(&one, list(&["ab", "c"])));
    digests.push(of(&one, list(&["a", "bc"])));
    digests.push(of(&one, list(&["bc", "a"])));
    digests.push(of(&one, Node::Map(vec![pair("ab", "c")])));
    digests.push(of(&one, Node::Map(vec![pair("a", "bc")])));
    for digest in &digests {
        assert!(digest.starts_with("hmac-sha256:") && digest.len() == 76);
        assert_eq!(digests.iter().filter(|two| *two == digest).count(), 1);
    }
    // The order of keys is the file's, not the value's.
    assert_eq!(
        of(&one, Node::Map(vec![pair("a", "1"), pair("b", "2")])),
        of(&one, Node::Map(vec![pair("b", "2"), pair("a", "1")]))
    );
    assert_eq!(of(&one, text("x")), of(&one, text("x")));
    assert_ne!(of(&one, text("x")), of(&other, text("x")));
    let again = DigestKey::from_hex(&one.to_hex()).unwrap();
    assert_eq!(of(&one, text("x")), of(&again, text("x")));
    for wrong in [
        "",
        "00",
        &"g0".repeat(32),
        &"00".repeat(33),
        &"é".repeat(32),
    ] {
        assert!(DigestKey::from_hex(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn dotenv_reads_back_as_what_it_was() {
    let values = [
        "plain-1.2/3:x@y%z+a,b=c",
        "",
        "two\nlines\n",
        "two\\ncharacters",
        "tail\\",
        " spaces ",
        "a'b\"c`d$e${f} # g",
        "tab\tand\rreturn",
        "größe 👍",
    ];
    let names: Vec<String> = (0..values.len()).map(|nth| format!("k{nth}")).collect();
    let entries = names.iter().map(String::as_str).zip(values.map(text));
    let files = vec![secrets("s.yaml", entries.collect())];
    let written = Injection::new(&files, &map(&[]))
        .unwrap()
        .dotenv("")
        .unwrap();
    let (read, _) = Secrets::from_dotenv("written", &written).unwrap();
    let Some(Value::Map(read)) = read.documents().next() else {
        unreachable!("dotenv is a map")
    };
    for (nth, value) in values.iter().enumerate() {
        let found = match read.get(&format!("K{nth}")) {
            Some(Value::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => "no text".to_owned(),
        };
        assert_eq!(found, *value);
    }
}

#[test]
fn what_nobody_named_is_left_out() {
    let files = vec![secrets(
        "s.yaml",
        vec![
            ("path", text("/evil")),
            ("token", text("t")),
            ("other", text("o")),
        ],
    )];
    let map = map(&[("DIRECTORY", "path")]);
    let mut injection = Injection::new(&files, &map).unwrap();
    assert_eq!(injection.retain_named(|key| key == "other"), ["token"]);
    let names: Vec<String> = injection.environment("").unwrap().into_keys().collect();
    assert_eq!(names, ["DIRECTORY", "OTHER"]);
    let mut injection = Injection::new(&files, &BTreeMap::new()).unwrap();
    assert_eq!(
        injection.retain_named(|_| false),
        ["other", "path", "token"]
    );
    assert!(injection.is_empty());
}

#[test]
fn variables_of_a_configuration_keep_their_case() {
    let files = vec![secrets(
        "s.env",
        vec![("TF_VAR_db_Password", text("x")), ("lower_name", text("y"))],
    )];
    let names = |prefix: &str| -> Vec<String> {
        let injection = Injection::new(&files, &map(&[])).unwrap();
        injection.environment(prefix).unwrap().into_keys().collect()
    };
    assert_eq!(names(""), ["LOWER_NAME", "TF_VAR_db_Password"]);
    let files = vec![secrets("s.yaml", vec![("db_Password", text("x"))])];
    let injection = Injection::new(&files, &map(&[])).unwrap();
    let names: Vec<String> = injection
        .environment("TF_VAR_")
        .unwrap()
        .into_keys()
        .collect();
    assert_eq!(names, ["TF_VAR_db_Password"]);
}
