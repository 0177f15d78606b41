#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::routing::tests::{encrypted, folder, value};

/// What looks like plaintext of a file with a user, a password and a port of a database.
fn lookalikes() -> Lookalikes {
    let one = value("YQ==");
    let body = format!(
        "database:\n    user: {one}\n    password: {one}\n    hosts:\n        - {one}\nregion_unencrypted: eu\nenvironment: {one}\n"
    );
    of(&body, &["environment"])
}

/// What looks like plaintext of a file with this in it, where these keys say nothing.
fn of(body: &str, shown: &[&str]) -> Lookalikes {
    let text = encrypted("age1a", body);
    let file = SecretsFile::parse("s.enc.yaml", text.as_bytes(), Format::Yaml);
    let file = file.ok().unwrap();
    let shown = shown.iter().map(|key| (*key).to_owned()).collect();
    Lookalikes::of(std::iter::once(&file), &shown)
}

/// What a file of this name and text is found to be.
fn seen(lookalikes: &mut Lookalikes, name: &str, text: &str) -> String {
    let folder = folder(&[(name, text)]);
    lookalikes.look(&folder.path().join(name));
    let lines: Vec<String> = std::mem::take(&mut lookalikes.set)
        .into_iter()
        .map(|(_, line, variable)| format!("{line}: {variable}"))
        .collect();
    let copies = std::mem::take(&mut lookalikes.copies);
    let identities = std::mem::take(&mut lookalikes.identities);
    match (copies.as_slice(), identities.as_slice()) {
        ([(_, of)], []) => format!("copy of {of} {}", lines.join(", ")),
        ([], [_]) => "identity".to_owned(),
        ([], []) => lines.join(", "),
        _ => "several things".to_owned(),
    }
}

#[test]
fn stand_ins_are_no_values() {
    for text in [
        "",
        "\"\"",
        "CHANGEME",
        "<token>",
        "xxxx",
        "***",
        "$(pass show db)",
        "${DB}",
        "your-token-here",
        "an-example",
        "op://vault/db",
    ] {
        assert!(is_nothing(text), "{text}");
    }
    for text in ["hunter2", "'s3cr3t'", "postgres://u:p@h/d", "x1"] {
        assert!(!is_nothing(text), "{text}");
    }
}

#[test]
fn a_key_for_tests_says_so_in_a_comment() {
    assert!(is_for_tests("# A key for tests. It opens nothing else."));
    for line in [
        "for tests",
        "# public key: age1q",
        "AGE-SECRET-KEY-1Q # for tests",
    ] {
        assert!(!is_for_tests(line), "{line}");
    }
}

#[test]
fn an_identity_is_more_than_its_name() {
    let key = format!("AGE-SECRET-KEY-1{}", "Q".repeat(58));
    assert!(is_identity(&key));
    assert!(is_identity(&format!("export SOPS_AGE_KEY=\"{key}\"")));
    for line in ["AGE-SECRET-KEY-1…", "# AGE-SECRET-KEY-1YOURKEY", "age1qqqq"] {
        assert!(!is_identity(line), "{line}");
    }
}

#[test]
fn most_is_more_than_half_among_not_too_many_others() {
    let names = |all: &str| -> BTreeSet<String> { all.split(' ').map(ToOwned::to_owned).collect() };
    for (of, there, expected) in [
        ("a b c", "a b", true),
        ("a b c", "a", false),
        ("a b", "a", false),
        ("a", "a", true),
        ("a", "b", false),
        // A file with much else in it is about something else.
        ("a b", "a b 1 2 3 4 5 6", true),
        ("a b", "a b 1 2 3 4 5 6 7", false),
    ] {
        assert_eq!(is_most(&names(of), &names(there)), expected, "{of} {there}");
    }
}

#[test]
fn the_names_are_those_of_encrypted_values() {
    let lookalikes = lookalikes();
    let [names] = lookalikes.all.as_slice() else {
        unreachable!("{}", lookalikes.all.len());
    };
    let places: Vec<&str> = names.places.iter().map(String::as_str).collect();
    assert_eq!(
        places,
        ["/database/hosts/[]", "/database/password", "/database/user"]
    );
    let last: Vec<&str> = lookalikes.keys.iter().map(String::as_str).collect();
    assert_eq!(last, ["hosts", "password", "user"]);
    // Nothing encrypted has a name at the top that a shell could set.
    assert!(lookalikes.top.is_empty());
    assert!(of("open_unencrypted: plain\n", &[]).all.is_empty());
}

#[test]
fn a_decrypted_copy_is_known_in_any_format() {
    let yaml = "database:\n  user: app\n  password: hunter2\n  hosts: [a]\n";
    let json = r#"{"database": {"user": "app", "password": "hunter2"}}"#;
    let copy = "copy of s.enc.yaml ";
    for (name, text, expected) in [
        ("dump.yaml", yaml, copy),
        ("old.json", json, copy),
        // Names alone, and what somebody is to fill in.
        (
            "example.yaml",
            "database:\n  user: CHANGEME\n  password: <password>\n  hosts: []\n",
            "",
        ),
        // At other places.
        (
            "other.yaml",
            "user: app\npassword: hunter2\nhosts: [a]\n",
            "",
        ),
        // Numbers and switches are no secrets.
        (
            "numbers.yaml",
            "database:\n  user: 1\n  password: 2\n  hosts: [3]\n",
            "",
        ),
        // Nothing that people keep secrets in, and what is none of its format.
        ("notes.md", yaml, ""),
        ("broken.json", yaml, ""),
    ] {
        assert_eq!(seen(&mut lookalikes(), name, text), expected, "{name}");
    }
}

#[test]
fn lines_that_a_shell_reads_are_told_one_by_one() {
    let one = value("YQ==");
    let body = format!("db_password: {one}\napi_token: {one}\nregion: {one}\n");
    let text = "# for the tool\nexport TF_VAR_db_password=hunter2\nTF_VAR_api_token=${TOKEN}\nTF_VAR_other=x\nPATH=/bin\n";
    for (name, text, expected) in [
        (".env", text, "2: db_password"),
        (".envrc", text, "2: db_password"),
        ("staging.env", text, "2: db_password"),
        // All of it under its own names.
        (
            ".env.local",
            "DB_PASSWORD=hunter2\nAPI_TOKEN='abc'\nDEBUG=1\n",
            "copy of s.enc.yaml ",
        ),
        (
            ".env.example",
            "DB_PASSWORD=\nAPI_TOKEN=changeme\nREGION=\n",
            "",
        ),
    ] {
        assert_eq!(seen(&mut of(&body, &[]), name, text), expected, "{name}");
    }
}

#[test]
fn an_identity_is_looked_for_where_people_keep_one() {
    let key = format!("AGE-SECRET-KEY-1{}\n", "Q".repeat(58));
    let tests = format!("# for tests\n{key}");
    for (name, text, expected) in [
        ("keys.txt", &key, "identity"),
        ("identity", &key, "identity"),
        ("deploy.sh", &key, "identity"),
        ("keys.txt", &tests, ""),
        ("picture.png", &key, ""),
    ] {
        let found = seen(&mut lookalikes(), name, text);
        assert_eq!(found, expected, "{name}");
    }
    // Longer than any identity, in a file that is nothing else.
    let long = format!("{key}{}", "x".repeat(64 << 10));
    assert_eq!(seen(&mut lookalikes(), "keys.txt", &long), "");
}

#[test]
fn without_git_a_copy_counts_and_an_identity_does_not() {
    let folder = folder(&[]);
    let nowhere = Known {
        directory: folder.path().to_owned(),
        tracked: None,
        all: None,
    };
    let path = folder.path().join("a");
    assert!(nowhere.counts(&path));
    assert!(!nowhere.is_in_repository(&path));
    assert!(!nowhere.is_tracked(&path));
    let known = Known {
        tracked: Some(BTreeSet::new()),
        all: Some(BTreeSet::from([PathBuf::from("a")])),
        ..nowhere
    };
    assert!(known.counts(&path) && known.is_in_repository(&path) && !known.is_tracked(&path));
    assert!(!known.counts(&folder.path().join("ignored")));
}
