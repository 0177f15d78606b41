//! Changes to files of the real sops: what it reads back, and that nothing else changed.

use crate::fresh::{call, compare, encrypt, our_keys};
use crate::support::sops;
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use std::sync::Arc;
use tollgate_secrets::{Draft, ExtractPath, NewValue, ValueType};

/// One change.
enum Op {
    Text(&'static str, &'static str),
    Typed(&'static str, ValueType, &'static str),
    Null(&'static str),
    /// As text, where the rule leaves it in clear.
    Clear(&'static str, &'static str),
    Unset(&'static str),
}
use Op::{Clear, Null, Text, Typed, Unset};

struct Case {
    name: &'static str,
    file: &'static str,
    rule: &'static str,
    plaintext: &'static str,
    ops: &'static [Op],
    /// What sops decrypts then.
    expected: &'static str,
    /// How many lines of the encrypted file are gone and new, the MAC and the time not counted.
    lines: (usize, usize),
}

const MAP: &str = "\
# head
a: one
# about b
b:
    c: two
    # in b
    d: 3
    # foot of b
l:
    - x
    # in l
    - y: z
      w: v
    # foot of l
e: true
# foot
";

const CASES: &[Case] = &[
    Case {
        name: "set what is there",
        file: "a.yaml",
        rule: "",
        plaintext: MAP,
        ops: &[Text("a", "new"), Text(r#"["b"]["c"]"#, "newer")],
        expected: "# head\na: new\n# about b\nb:\n    c: newer\n    # in b\n    d: 3\n    # foot of b\nl:\n    - x\n    # in l\n    - \"y\": z\n      w: v\n      # foot of l\ne: true\n# foot\n",
        lines: (2, 2),
    },
    Case {
        name: "new at the top, nested and in a list",
        file: "a.yaml",
        rule: "",
        plaintext: MAP,
        ops: &[
            Text("f", "top"),
            Text(r#"["b"]["new"]"#, "in b"),
            Text(r#"["l"][2]"#, "third"),
            Text(r#"["l"][1]["q"]"#, "in item"),
            Text(r#"["deep"]["er"]["est"]"#, "x"),
            Text(r#"["list"][0]["k"]"#, "x"),
            Text(r#"["list"][0]["l"]"#, "y"),
            Text(r#"["list"][1][0]"#, "z"),
        ],
        expected: "# head\na: one\n# about b\nb:\n    c: two\n    # in b\n    d: 3\n    new: in b\n    # foot of b\nl:\n    - x\n    # in l\n    - \"y\": z\n      w: v\n      q: in item\n      # foot of l\n    - third\ne: true\nf: top\ndeep:\n    er:\n        est: x\nlist:\n    - k: x\n      l: \"y\"\n    - - z\n# foot\n",
        lines: (0, 11),
    },
    Case {
        name: "every type, to and fro",
        file: "a.yaml",
        rule: "",
        plaintext: "a: 1\nb: text\nc: true\nd: 1.5\ne:\nf: \"\"\n",
        ops: &[
            Text("a", "1"),
            Typed("b", ValueType::Int, "-7"),
            Typed("c", ValueType::Float, "2.5"),
            Typed("d", ValueType::Bool, "false"),
            Typed("e", ValueType::Time, "2024-01-02T03:04:05Z"),
            Text("f", "full"),
            Null("g"),
            Text("h", ""),
        ],
        expected: "a: \"1\"\nb: -7\nc: 2.5\nd: false\ne: 2024-01-02T03:04:05Z\nf: full\ng: null\nh: \"\"\n",
        lines: (6, 8),
    },
    Case {
        name: "odd texts and odd keys",
        file: "a.yaml",
        rule: "",
        plaintext: "a: x\n",
        ops: &[
            Text("a", "é 日本 😀 \u{feff} \"'\\ $HOME ${x} %{y}"),
            Text("b", "two\nlines\n"),
            Text("c", " spaced "),
            Text("key: with # signs", "x"),
            Text("no", "x"),
            Text("1", "x"),
            Text("", "x"),
        ],
        expected: "a: \"é 日本 \\U0001F600 \\uFEFF \\\"'\\\\ $HOME ${x} %{y}\"\nb: |\n    two\n    lines\nc: ' spaced '\n'key: with # signs': x\n\"no\": x\n\"1\": x\n\"\": x\n",
        lines: (1, 7),
    },
    Case {
        name: "below null and what is empty",
        file: "a.yaml",
        rule: "",
        plaintext: "a:\nb: {}\nc: []\nd: \"\"\nl:\n    -\n    - {}\n",
        ops: &[
            Text(r#"["a"]["x"]"#, "1"),
            Text(r#"["b"]["x"]"#, "2"),
            Text(r#"["c"][0]"#, "3"),
            Text(r#"["d"]["x"]["y"]"#, "4"),
            Text(r#"["l"][0]["x"]"#, "5"),
            Text(r#"["l"][1]["x"]"#, "6"),
        ],
        expected: "a:\n    x: \"1\"\nb:\n    x: \"2\"\nc:\n    - \"3\"\nd:\n    x:\n        \"y\": \"4\"\nl:\n    - x: \"5\"\n    - x: \"6\"\n",
        lines: (6, 11),
    },
    Case {
        name: "unset keeps comments that are not its own",
        file: "a.yaml",
        rule: "",
        plaintext: MAP,
        ops: &[Unset("a"), Unset(r#"["b"]["d"]"#), Unset("e")],
        expected: "# about b\nb:\n    c: two\n    # foot of b\nl:\n    - x\n    # in l\n    - \"y\": z\n      w: v\n      # foot of l\n# foot\n",
        lines: (5, 0),
    },
    Case {
        name: "unset whole maps and lists",
        file: "a.yaml",
        rule: "",
        plaintext: MAP,
        ops: &[Unset("b"), Unset(r#"["l"][1]["y"]"#), Unset(r#"["l"][0]"#)],
        expected: "# head\na: one\nl:\n    # in l\n    - w: v\n      # foot of l\ne: true\n# foot\n",
        lines: (9, 1),
    },
    Case {
        name: "unset the last one of a map and of a list",
        file: "a.yaml",
        rule: "",
        plaintext: "m:\n    a: 1\n    # foot\nl:\n    - 1\nn:\n    - a: 1\nz: 1\n",
        ops: &[
            Unset(r#"["m"]["a"]"#),
            Unset(r#"["l"][0]"#),
            Unset(r#"["n"][0]["a"]"#),
            Unset("z"),
        ],
        expected: "m: {}\nl: []\n\"n\":\n    - {}\n",
        lines: (7, 3),
    },
    Case {
        name: "everything out, and in again",
        file: "a.yaml",
        rule: "",
        plaintext: "a: 1\nb: 2\n",
        ops: &[Unset("a"), Unset("b"), Text("c", "x")],
        expected: "c: x\n",
        lines: (2, 1),
    },
    Case {
        name: "several documents",
        file: "a.yaml",
        rule: "",
        plaintext: "a: 1\n---\nb: 2\n",
        ops: &[Text("a", "x"), Text("c", "y")],
        expected: "a: x\nc: \"y\"\n---\nb: 2\n",
        // The code stands in both.
        lines: (2, 3),
    },
    Case {
        name: "only what the suffix names",
        file: "a.yaml",
        rule: "encrypted_suffix: _secret",
        plaintext: "a_secret: x\nb: clear\nm:\n    c_secret: y\n",
        ops: &[
            Text("a_secret", "new"),
            Clear("b", "also: clear # \"quoted\""),
            Clear("d", "clear"),
            Text(r#"["m"]["d_secret"]"#, "z"),
            Text(r#"["n_secret"]["e"]"#, "w"),
        ],
        expected: "a_secret: new\nb: 'also: clear # \"quoted\"'\nm:\n    c_secret: \"y\"\n    d_secret: z\nd: clear\nn_secret:\n    e: w\n",
        lines: (2, 6),
    },
    Case {
        name: "only encrypted ones in the MAC",
        file: "a.yaml",
        rule: "mac_only_encrypted: true\n    encrypted_regex: '^s'",
        plaintext: "s: x\nb: clear\n",
        ops: &[Text("s", "new"), Clear("c", "clear"), Text("s2", "y")],
        expected: "s: new\nb: clear\nc: clear\ns2: \"y\"\n",
        lines: (1, 3),
    },
    Case {
        name: "a comment decides",
        file: "a.yaml",
        rule: "encrypted_comment_regex: secret",
        plaintext: "# secret\na: x\nb: clear\n# secret\nm:\n    c: y\n",
        ops: &[
            Text("a", "new"),
            Clear("b", "still clear"),
            Text(r#"["m"]["d"]"#, "z"),
            Clear("e", "clear"),
            Unset("a"),
        ],
        expected: "b: still clear\n# secret\nm:\n    c: \"y\"\n    d: z\ne: clear\n",
        lines: (3, 3),
    },
    Case {
        name: "json",
        file: "a.json",
        rule: "",
        plaintext: r#"{"a": "x", "m": {"b": 1, "c": [1, "two"]}, "e": {}, "n": null}"#,
        ops: &[
            Text("a", "é \"\\ \n"),
            Text(r#"["m"]["c"][2]"#, "three"),
            Text(r#"["m"]["new"]["deep"]"#, "y"),
            Typed("i", ValueType::Int, "7"),
            Text(r#"["e"]["f"][0]"#, "g"),
            Text(r#"["n"]["o"]"#, "p"),
            Unset(r#"["m"]["b"]"#),
            Unset(r#"["m"]["c"][0]"#),
        ],
        expected: "{\n\t\"a\": \"é \\\"\\\\ \\n\",\n\t\"m\": {\n\t\t\"c\": [\n\t\t\t\"two\",\n\t\t\t\"three\"\n\t\t],\n\t\t\"new\": {\n\t\t\t\"deep\": \"y\"\n\t\t}\n\t},\n\t\"e\": {\n\t\t\"f\": [\n\t\t\t\"g\"\n\t\t]\n\t},\n\t\"n\": {\n\t\t\"o\": \"p\"\n\t},\n\t\"i\": 7\n}\n",
        lines: (6, 15),
    },
    Case {
        name: "json emptied and filled",
        file: "a.json",
        rule: "",
        plaintext: r#"{"a": {"b": 1}, "l": [1], "c": 2}"#,
        ops: &[
            Unset(r#"["a"]["b"]"#),
            Unset(r#"["l"][0]"#),
            Unset("c"),
            Unset("a"),
            Unset("l"),
            Text("z", "x"),
        ],
        expected: "{\n\t\"z\": \"x\"\n}\n",
        lines: (7, 1),
    },
    Case {
        name: "dotenv",
        file: "a.env",
        rule: "",
        plaintext: "# head\nA=1\n# about b\nB=2\nC=3\n",
        ops: &[
            Text("A", "x=y # z"),
            Text("D", "two\nlines"),
            Unset("B"),
            Typed("N", ValueType::Int, "7"),
        ],
        expected: "# head\nA=x=y # z\n# about b\nC=3\nD=two\\nlines\nN=7\n",
        lines: (2, 3),
    },
    Case {
        name: "ini",
        file: "a.ini",
        rule: "",
        plaintext: "x = 1\n\n[s]\n; about key\nkey = value\nlonger = w\n\n[t]\nk = v\n",
        ops: &[
            Text(r#"["s"]["key"]"#, "a;b"),
            Text(r#"["s"]["new"]"#, "n"),
            Text(r#"["u"]["k"]"#, "two\nlines"),
            Text(r#"["DEFAULT"]["y"]"#, "2"),
            Unset(r#"["s"]["longer"]"#),
            Unset(r#"["t"]"#),
        ],
        expected: "x = 1\ny = 2\n\n[s]\n; about key\nkey = `a;b`\nnew = n\n\n[u]\nk = \"\"\"two\nlines\"\"\"\n",
        lines: (4, 5),
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let Some(sops) = sops() else {
        return vec![
            Trial::test(
                "editing: the real sops is absent; run secrets/tests/sops-binary.sh",
                || Ok(()),
            )
            .with_ignored_flag(true),
        ];
    };
    let sops = Arc::new(sops);
    CASES
        .iter()
        .map(|case| {
            let sops = Arc::clone(&sops);
            Trial::test(format!("editing: {}", case.name), move || run(&sops, case))
        })
        .collect()
}

fn path(text: &str) -> Result<ExtractPath, Failed> {
    Ok(if text.starts_with('[') {
        text.parse()?
    } else {
        ExtractPath::key(text)
    })
}

fn run(sops: &Path, case: &Case) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join(case.file);
    std::fs::write(&file, case.plaintext)?;
    encrypt(sops, folder.path(), case.file, case.rule)?;
    let before = std::fs::read_to_string(&file)?;
    let mut draft = Draft::open(&file, None, &our_keys())?;
    for op in case.ops {
        draft = match op {
            Clear(at, text) => {
                let at = path(at)?;
                let text = NewValue::text(text.as_bytes());
                // Without being allowed to, nothing goes into a file in clear.
                let refused = draft.set(&at, &text).err().ok_or("written in clear")?;
                if !refused.to_string().contains("would be unencrypted") {
                    return Err(refused.into());
                }
                let mut draft = draft.allow_unencrypted(true);
                draft.set(&at, &text)?;
                draft.allow_unencrypted(false)
            }
            Unset(at) => {
                draft.unset(&path(at)?)?;
                draft
            }
            Text(at, text) => {
                draft.set(&path(at)?, &NewValue::text(text.as_bytes()))?;
                draft
            }
            Null(at) => {
                draft.set(&path(at)?, &NewValue::null())?;
                draft
            }
            Typed(at, value_type, text) => {
                let value = NewValue::typed(*value_type, text).ok_or("no such value")?;
                draft.set(&path(at)?, &value)?;
                draft
            }
        };
    }
    if !draft.write()? {
        return Err("nothing was written".into());
    }
    let after = std::fs::read_to_string(&file)?;
    let theirs = call(sops, folder.path(), &["decrypt", case.file])?
        .ok_or_else(|| format!("sops refuses\n{after}"))?;
    compare("decrypted", Some(case.expected.as_bytes()), Some(&theirs))?;
    let lines = changed(&before, &after);
    if lines != case.lines {
        return Err(
            format!("{lines:?} lines changed\n--- before\n{before}\n--- after\n{after}").into(),
        );
    }
    // sops can go on with it.
    call(sops, folder.path(), &["rotate", "--in-place", case.file])?
        .ok_or("sops does not rotate it")?;
    let again = call(sops, folder.path(), &["decrypt", case.file])?.ok_or("sops refuses")?;
    compare(
        "decrypted after rotation",
        Some(case.expected.as_bytes()),
        Some(&again),
    )
}

/// Counts the lines that are gone and those that are new, in order; one MAC and one time not counted.
fn changed(before: &str, after: &str) -> (usize, usize) {
    let a: Vec<&str> = before.lines().collect();
    let b: Vec<&str> = after.lines().collect();
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, left) in a.iter().enumerate() {
        for (j, right) in b.iter().enumerate() {
            common[i + 1][j + 1] = if left == right {
                common[i][j] + 1
            } else {
                common[i][j + 1].max(common[i + 1][j])
            };
        }
    }
    let same = common[a.len()][b.len()];
    // The time only changes when a second has passed.
    let times = a
        .iter()
        .filter(|line| line.contains("lastmodified") && !b.contains(line))
        .count();
    (
        (a.len() - same).saturating_sub(1 + times),
        (b.len() - same).saturating_sub(1 + times),
    )
}
