#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use tollgate_model::error::UserError as _;
use tollgate_secrets::Recipient;

use super::copies::{Names, twin};
use super::taken::{Named, Remedy, Said, untaken};
use super::*;
use crate::exit;
use crate::hcl::{Configuration, Variable};

const OURS: &str = "age1ours";
const THEIRS: &str = "age1theirs";

/// The text of a secrets file that one recipient reads. Nobody can open it.
pub(crate) fn encrypted(recipient: &str, body: &str) -> String {
    format!(
        "{body}sops:\n    age:\n        - recipient: {recipient}\n          enc: for {recipient}\n    lastmodified: \"2026-01-01T00:00:00Z\"\n    mac: x\n    version: 3.11.0\n"
    )
}

/// A value as a file holds it; `data` tells two of them apart.
pub(crate) fn value(data: &str) -> String {
    format!("ENC[AES256_GCM,data:{data},iv:YQ==,tag:YQ==,type:str]")
}

/// The settings of an environment of which nothing is said.
pub(crate) fn settings(environment: &str) -> SecretsSettings {
    SecretsSettings {
        environment: environment.to_owned(),
        aliases: Vec::new(),
        protected: false,
        files: Vec::new(),
        source: None,
        map: BTreeMap::new(),
        recipients: None,
        marker: None,
        other_keys: Vec::new(),
        named_only: false,
        encryption_runs_programs: false,
        isolated: false,
        separate_identities: false,
    }
}

/// A directory with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// A project with these files and this configuration.
fn project(files: &[(&str, &str)], configuration: &str) -> (tempfile::TempDir, Config) {
    let folder = folder(files);
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, configuration).unwrap();
    let config = Config::load(&path, &[]).unwrap();
    (folder, config)
}

/// What was found, by its path from the directory on, or why nothing was.
fn found_in(folder: &Path, settings: &SecretsSettings) -> String {
    let base = format!("{}/", folder.display());
    let text = match find(settings, &[folder.to_owned()]) {
        Ok(files) => {
            let files = files.iter().map(|file| file.display().to_string());
            files.collect::<Vec<_>>().join(" ")
        }
        Err(RouteError::Ambiguous { candidates, .. }) => {
            format!("either of {}", candidates.join(" "))
        }
        Err(RouteError::NotFound { similar, .. }) => format!("none, but {}", similar.join(" ")),
        Err(error) => error.to_string(),
    };
    text.replace(&base, "")
}

fn checked(
    neighbours: &Neighbours,
    settings: &SecretsSettings,
    file: &str,
    recipients: &[&str],
) -> Result<(), Failure> {
    let recipients = recipients
        .iter()
        .map(|text| Recipient::parse(text).unwrap());
    let readership = Readership {
        file: file.to_owned(),
        recipients: recipients.collect(),
        mislabelled: None,
    };
    neighbours.check(settings, &[readership])
}

/// Why somebody is refused; nothing where nobody is.
fn refusal(result: Result<(), Failure>) -> String {
    match result {
        Ok(()) => String::new(),
        Err(Failure::Route(error)) => error.to_string(),
        Err(Failure::Secrets(error)) => format!("cannot be read: {}", error.problem),
    }
}

#[test]
fn names_are_nearly_the_same_but_for_spelling_and_one_letter() {
    for (one, other, expected) in [
        ("db_password", "DB-PASSWORD", true),
        ("dbPassword", "db.password", true),
        ("TF_VAR_token", "token", true),
        ("tf_var_token", "TOKEN", true),
        ("password", "pasword", true),
        ("password", "passw0rd", true),
        ("password", "passwrod", true),
        ("password", "passwords", true),
        // Of a short name each letter counts.
        ("abcde", "abcdx", false),
        ("abcdef", "abcdex", true),
        ("token", "tokn", false),
        // Two letters are two names.
        ("password", "passwo", false),
        ("password", "pwassrod", false),
        ("db_password", "db_username", false),
        ("aabbcc", "bbaacc", false),
        ("", "password", false),
    ] {
        assert_eq!(nearly_the_same(one, other), expected, "{one} {other}");
        assert_eq!(nearly_the_same(other, one), expected, "{other} {one}");
    }
}

#[test]
fn a_file_is_found_by_convention_or_not_guessed() {
    for (files, expected) in [
        ("secrets.production.enc.yaml", "secrets.production.enc.yaml"),
        ("secrets/production.enc.json", "secrets/production.enc.json"),
        (
            "environments/production/secrets.yml",
            "environments/production/secrets.yml",
        ),
        // By another of its names.
        ("secrets.prod.enc.env", "secrets.prod.enc.env"),
        (
            "secrets.production.enc.yaml secrets/production.enc.json",
            "either of secrets/production.enc.json secrets.production.enc.yaml",
        ),
        (
            "secrets.production.enc.yaml secrets.prod.enc.yaml",
            "either of secrets.prod.enc.yaml secrets.production.enc.yaml",
        ),
        // Another environment's, and what says no format.
        (
            "secrets.staging.enc.yaml secrets.production.enc.txt",
            "none, but secrets.production.enc.txt",
        ),
        ("secrets.production.yaml", "none, but "),
        (
            "secrets/production/app.enc.yaml",
            "none, but secrets/production/app.enc.yaml",
        ),
        (
            "envs/prod/all.sops.json",
            "none, but envs/prod/all.sops.json",
        ),
        (
            "reproduction.sops.yaml production.sops.yaml",
            "none, but production.sops.yaml",
        ),
    ] {
        let paths: Vec<(&str, &str)> = files.split(' ').map(|file| (file, "")).collect();
        let folder = folder(&paths);
        let settings = SecretsSettings {
            aliases: vec!["prod".to_owned()],
            ..settings("production")
        };
        assert_eq!(found_in(folder.path(), &settings), expected, "{files}");
    }
}

#[test]
fn one_file_by_two_ways_is_one_and_a_link_to_nowhere_is_there() {
    let folder = folder(&[("secrets.staging.enc.yaml", "")]);
    let path = |file: &str| folder.path().join(file);
    fs::create_dir(path("secrets")).unwrap();
    std::os::unix::fs::symlink(
        path("secrets.staging.enc.yaml"),
        path("secrets/staging.enc.yaml"),
    )
    .unwrap();
    std::os::unix::fs::symlink(path("nowhere"), path("secrets.dev.enc.yaml")).unwrap();
    let found = |name: &str| found_in(folder.path(), &settings(name));
    assert_eq!(found("staging"), "secrets.staging.enc.yaml");
    // Whoever reads it says why it cannot be read; it is not taken for none.
    assert_eq!(found("dev"), "secrets.dev.enc.yaml");
}

#[test]
fn what_is_configured_is_not_looked_for() {
    let folder = folder(&[("secrets.staging.enc.yaml", "")]);
    let configured = SecretsSettings {
        files: vec![PathBuf::from("a.enc.yaml"), PathBuf::from("b.enc.yaml")],
        ..settings("staging")
    };
    assert_eq!(
        found_in(folder.path(), &configured),
        "a.enc.yaml b.enc.yaml"
    );
    let elsewhere = SecretsSettings {
        source: Some(OtherSource::Prefix("APP_".to_owned())),
        ..settings("staging")
    };
    assert_eq!(found_in(folder.path(), &elsewhere), "");
}

#[test]
fn environments_are_discovered_by_their_files() {
    let folder = folder(&[
        ("secrets.staging.enc.yaml", ""),
        ("secrets.enc.yaml", ""),
        ("secrets.a b.enc.yaml", ""),
        ("secrets.plain.yaml", ""),
        ("secrets/production.enc.json", ""),
        ("secrets/notes.enc.txt", ""),
        ("environments/dev/secrets.yaml", ""),
        ("environments/qa/secrets.enc.ini", ""),
        ("environments/dr/other.enc.yaml", ""),
    ]);
    assert_eq!(
        discover(folder.path()),
        ["dev", "production", "qa", "staging"]
    );
    assert!(discover(&folder.path().join("nowhere")).is_empty());
}

#[test]
fn a_reader_is_refused_whom_an_environment_does_not_list() {
    let listed = |name: &str, recipient: &str| SecretsSettings {
        recipients: Some(vec![recipient.to_owned()]),
        ..settings(name)
    };
    let (staging, production) = (listed("staging", OURS), listed("production", THEIRS));
    let neighbours = Neighbours::among(vec![staging.clone(), production], &[]);
    for (recipients, expected) in [
        (&[OURS][..], ""),
        // However it is written.
        (&["AGE1OURS"], ""),
        (
            &[OURS, THEIRS],
            "f is encrypted to age1theirs, which belongs to `production`, not to `staging`",
        ),
        (
            &["age1stranger"],
            "f is encrypted to age1stranger, which is not a recipient of `staging`",
        ),
    ] {
        let found = refusal(checked(&neighbours, &staging, "f", recipients));
        assert_eq!(found, expected, "{recipients:?}");
    }
    // Where nobody is listed, and nothing is isolated, everybody may read.
    let open = settings("staging");
    assert_eq!(refusal(checked(&neighbours, &open, "f", &[THEIRS])), "");
}

#[test]
fn a_mislabelled_copy_of_the_data_key_is_refused_whoever_it_names() {
    let settings = SecretsSettings {
        recipients: Some(vec![OURS.to_owned()]),
        ..settings("staging")
    };
    let neighbours = Neighbours::among(vec![settings.clone()], &[]);
    let ours = Recipient::parse(OURS).unwrap();
    let readership = Readership {
        file: "f".to_owned(),
        recipients: vec![ours.clone()],
        mislabelled: Some(ours),
    };
    let refused = neighbours.check(&settings, &[readership]).unwrap_err();
    assert!(
        matches!(&refused, Failure::Route(error @ RouteError::Mislabelled { .. }) if error.exit_code() == exit::GUARD),
        "{refused:?}"
    );
}

#[test]
fn an_isolated_environment_is_compared_with_all_others_or_refused() {
    let body = format!("a: {}\n", value("YQ=="));
    let (ours, theirs) = (encrypted(OURS, &body), encrypted(THEIRS, &body));
    let folder = folder(&[
        ("secrets.staging.enc.yaml", &ours),
        ("secrets.production.enc.yaml", &theirs),
    ]);
    let directories = [folder.path().to_owned()];
    let isolated = SecretsSettings {
        isolated: true,
        ..settings("staging")
    };
    let file = folder.path().join("secrets.staging.enc.yaml");
    let file = file.display().to_string();
    let said = |others: &[SecretsSettings], recipient: &str| {
        let all = [std::slice::from_ref(&isolated), others].concat();
        let neighbours = Neighbours::among(all, &directories);
        let found = refusal(checked(&neighbours, &isolated, &file, &[recipient]));
        found.replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(said(&[settings("production")], OURS), "");
    assert_eq!(
        said(&[settings("production")], THEIRS),
        "secrets.staging.enc.yaml is encrypted to age1theirs, which also opens secrets.production.enc.yaml of `production`, and `staging` is isolated"
    );
    // What is not known is not taken for apart.
    assert_eq!(
        said(&[], OURS),
        "`isolated` holds for `staging`, and no other environment is configured to hold its file against"
    );
    assert_eq!(
        said(&[settings("production"), settings("dev")], OURS),
        "`isolated` holds for `staging`, and nothing says who can read the secrets of `dev`: it has no file"
    );
    let listed = SecretsSettings {
        recipients: Some(vec![THEIRS.to_owned()]),
        ..settings("dev")
    };
    assert_eq!(said(&[settings("production"), listed], OURS), "");
    let shared = SecretsSettings {
        files: vec![folder.path().join("./secrets.staging.enc.yaml")],
        ..settings("dev")
    };
    assert_eq!(
        said(&[settings("production"), shared], OURS),
        "secrets.staging.enc.yaml is the file of `staging` and of `dev`, and `staging` is isolated"
    );
}

#[test]
fn an_alias_of_a_key_may_be_the_key() {
    let arn = |resource: &str| format!("arn:aws:kms:eu-central-1:111111111111:{resource}");
    let production = SecretsSettings {
        recipients: Some(vec![arn("alias/production")]),
        ..settings("production")
    };
    let isolated = SecretsSettings {
        isolated: true,
        ..settings("staging")
    };
    let neighbours = Neighbours::among(vec![isolated.clone(), production], &[]);
    let key = arn("key/1234");
    let refused = refusal(checked(&neighbours, &isolated, "f", &[&key]));
    assert!(refused.contains("belongs to `production`"), "{refused}");
    // In another account it is another one.
    let elsewhere = key.replace("1111", "2222");
    assert_eq!(
        refusal(checked(&neighbours, &isolated, "f", &[&elsewhere])),
        ""
    );
}

#[test]
fn an_environment_whose_file_is_unclear_stands_in_the_way_of_others_only() {
    let folder = folder(&[("secrets.dev.enc.yaml", ""), ("secrets/dev.enc.yaml", "")]);
    let listed = |name: &str| SecretsSettings {
        recipients: Some(vec![OURS.to_owned()]),
        ..settings(name)
    };
    let (staging, dev) = (listed("staging"), listed("dev"));
    let all = vec![staging.clone(), dev.clone()];
    let neighbours = Neighbours::among(all, &[folder.path().to_owned()]);
    let refused = refusal(checked(&neighbours, &staging, "f", &[OURS]));
    assert!(
        refused.starts_with("`dev` has several secrets files: "),
        "{refused}"
    );
    assert_eq!(refusal(checked(&neighbours, &dev, "f", &[OURS])), "");
}

#[test]
fn a_file_is_called_as_another_environment_s() {
    let (_folder, config) = project(&[], "[environments.staging]\n[environments.production]\n");
    let names = Names::of(&config);
    let said = |environment: &str, file: &str| {
        let settings = config.secrets(Some(environment)).unwrap();
        names
            .of_another(&settings, file)
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    for (environment, file, expected) in [
        ("staging", "secrets.staging.enc.yaml", ""),
        ("staging", "deep/below/secrets/staging.enc.yaml", ""),
        ("staging", "secrets.common.enc.yaml", ""),
        // Only in the folder that says so.
        ("staging", "production.enc.yaml", ""),
        (
            "staging",
            "secrets.production.enc.yaml",
            "secrets.production.enc.yaml is called as the file of `production`, and `staging` is given it",
        ),
        // By another of its names.
        (
            "staging",
            "app/secrets/prod.enc.json",
            "app/secrets/prod.enc.json is called as the file of `production`, and `staging` is given it",
        ),
        (
            "production",
            "environments/staging/secrets.yaml",
            "environments/staging/secrets.yaml is called as the file of `staging`, and `production`, which is protected, is given it",
        ),
    ] {
        assert_eq!(said(environment, file), expected, "{environment} {file}");
    }
}

#[test]
fn a_copy_is_known_by_its_encrypted_values() {
    let body = |values: &[&str]| -> String {
        let values = values.iter().enumerate();
        let values = values.map(|(nth, data)| format!("k{nth}: {}\n", value(data)));
        std::iter::once("open_unencrypted: x\n".to_owned())
            .chain(values)
            .collect()
    };
    let two = "[environments.staging]\n[environments.production]\n";
    let same = "[environments.staging]\nsecrets = \"a.enc.yaml\"\n[environments.production]\nsecrets = \"a.enc.yaml\"\n";
    for (ours, theirs, configuration, expected) in [
        (&["YQ=="][..], &["YQ==", "Yg=="][..], two, Some(true)),
        (&["YQ==", "Yg=="], &["YQ==", "Yw=="], two, Some(false)),
        (&["YQ=="], &["Yg=="], two, None),
        // Nothing in it is nothing that anybody else has.
        (&[], &["YQ=="], two, None),
        // One file that both are given.
        (&["YQ=="], &["YQ=="], same, None),
    ] {
        let (a, b) = (
            encrypted(OURS, &body(ours)),
            encrypted(THEIRS, &body(theirs)),
        );
        let (folder, config) = project(
            &[
                ("a.enc.yaml", &a),
                ("secrets.staging.enc.yaml", &a),
                ("secrets.production.enc.yaml", &b),
            ],
            configuration,
        );
        let own = match configuration == same {
            true => "a.enc.yaml",
            false => "secrets.staging.enc.yaml",
        };
        let file = SecretsFile::read(&folder.path().join(own), None)
            .ok()
            .unwrap();
        let found = twin(&config, &["staging"], &file, &[folder.path().to_owned()]);
        let found = found.map(|twin| (twin.environment, twin.whole));
        let expected = expected.map(|whole| ("production".to_owned(), whole));
        assert_eq!(found, expected, "{ours:?} {theirs:?}");
    }
}

#[test]
fn keys_below_which_nothing_is_encrypted_are_known() {
    let encrypted_value = value("YQ==");
    let body = format!(
        "token: {encrypted_value}\nopen_unencrypted: plain\nmixed:\n    a: {encrypted_value}\n    b_unencrypted: plain\n"
    );
    let text = encrypted(OURS, &body);
    let file = SecretsFile::parse("f.yaml", text.as_bytes(), tollgate_secrets::Format::Yaml);
    let routed = Routed {
        settings: SecretsSettings {
            marker: Some("meta.environment".parse().unwrap()),
            other_keys: vec!["deploy".to_owned()],
            ..settings("staging")
        },
        files: vec![file.ok().unwrap()],
    };
    assert_eq!(
        routed.unencrypted(),
        BTreeSet::from(["open_unencrypted".to_owned()])
    );
    assert_eq!(
        routed.shown(),
        BTreeSet::from(["deploy".to_owned(), "meta".to_owned()])
    );
}

#[test]
fn the_section_of_an_ini_file_is_meant_where_something_names_it() {
    let plain = settings("staging");
    let marker = SecretsSettings {
        marker: Some("DEFAULT.environment".parse().unwrap()),
        ..settings("staging")
    };
    let mapped = SecretsSettings {
        map: [("token".to_owned(), "DEFAULT.token".parse().unwrap())].into(),
        ..settings("staging")
    };
    let other = SecretsSettings {
        other_keys: vec!["DEFAULT".to_owned()],
        ..settings("staging")
    };
    let below = SecretsSettings {
        map: [("token".to_owned(), "app.DEFAULT".parse().unwrap())].into(),
        ..settings("staging")
    };
    for (settings, expected) in [
        (plain, false),
        (marker, true),
        (mapped, true),
        (other, true),
        (below, false),
    ] {
        assert_eq!(settings.names_default_section(), expected, "{settings:?}");
    }
}

#[test]
fn a_file_of_variables_is_read_as_literals_or_refused() {
    for (name, expected) in [
        ("a.tfvars", true),
        ("a.tfvars.enc", true),
        ("a.tfvars.json", true),
        ("a.tfvars.json.enc", true),
        ("a.tfvars.yaml", false),
        ("tfvars", false),
        ("a.enc.yaml", false),
    ] {
        assert_eq!(is_called_variables(Path::new(name)), expected, "{name}");
    }
    let keys = |name: &str, text: &[u8]| -> Result<Vec<String>, String> {
        let read = variables_of(name, text).map_err(|error| error.problem.to_string())?;
        let keys = read.documents().flat_map(|document| match document {
            tollgate_secrets::Value::Map(map) => {
                map.iter().map(|(key, _)| key.to_owned()).collect()
            }
            _ => Vec::new(),
        });
        Ok(keys.collect())
    };
    let read = keys("a.tfvars", b"a = 1\nb = [\"x\", null]\n");
    assert_eq!(read.unwrap(), ["a", "b"]);
    assert_eq!(keys("a.tfvars.json.enc", b"{\"c\": {}}").unwrap(), ["c"]);
    for (name, text, expected) in [
        ("a.tfvars", &b"a = var.b\n"[..], "sets `a` to an expression"),
        (
            "a.tfvars",
            b"a = 1\nb =\n",
            "of its plaintext does not parse",
        ),
        ("a.tfvars", b"a = \"\xff\"\n", "bytes that are not UTF-8"),
        ("a.tfvars.json", b"a = 1\n", "is no file of variables"),
    ] {
        let why = keys(name, text).unwrap_err();
        assert!(why.contains(expected), "{name} {text:?}: {why}");
        // What is in it is secret.
        assert!(!why.contains("var.b"), "{why}");
    }
}

/// Variables as a root module declares them.
fn declared() -> BTreeMap<String, Variable> {
    let text = "variable \"db_password\" {\n  type = string\n  sensitive = true\n}\n\
         variable \"api_token\" {\n  type = string\n  sensitive = true\n  default = \"dev\"\n}\n\
         variable \"blank\" {\n  type = string\n  sensitive = true\n  default = \"\"\n}\n\
         variable \"region\" {\n  type = string\n  default = \"eu\"\n}\n";
    let folder = folder(&[("main.tf", text)]);
    let read = Configuration::read(folder.path()).unwrap();
    read.variables().clone()
}

fn said_of(
    settings: &SecretsSettings,
    keys: &[&str],
    outlines: &BTreeMap<String, tollgate_secrets::outline::Outline>,
    set: &[&str],
) -> Vec<Said> {
    let keys: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let named = Named {
        keys: &keys,
        outlines,
    };
    untaken(settings, &named, &declared(), &|name| set.contains(&name))
}

#[test]
fn keys_that_no_variable_takes_are_told_unless_they_are_for_something_else() {
    let none = BTreeMap::new();
    let plain = settings("staging");
    let lost = |settings: &SecretsSettings, key: &str| -> Vec<String> {
        let said = said_of(settings, &["api_token", key], &none, &[]);
        said.into_iter().map(|said| said.text).collect()
    };
    assert_eq!(
        lost(&plain, "db_pasword"),
        ["no variable takes the secret `db_pasword`; is `db_password` meant?"]
    );
    assert_eq!(
        lost(&plain, "other"),
        ["no variable takes the secret `other`"]
    );
    for key in ["db_password", "region", "TF_ENCRYPTION"] {
        assert_eq!(lost(&plain, key), Vec::<String>::new(), "{key}");
    }
    let other = SecretsSettings {
        other_keys: vec!["other".to_owned()],
        ..settings("staging")
    };
    let mapped = SecretsSettings {
        map: [("db_password".to_owned(), "other.password".parse().unwrap())].into(),
        ..settings("staging")
    };
    let whole = SecretsSettings {
        map: [("everything".to_owned(), ".".parse().unwrap())].into(),
        ..settings("staging")
    };
    let marker = SecretsSettings {
        marker: Some("other.environment".parse().unwrap()),
        ..settings("staging")
    };
    for settings in [other, mapped, whole, marker] {
        assert_eq!(
            lost(&settings, "other"),
            Vec::<String>::new(),
            "{settings:?}"
        );
    }
}

#[test]
fn a_secret_variable_takes_its_default_only_where_nothing_sets_it() {
    let none = BTreeMap::new();
    let plain = settings("staging");
    let said = said_of(&plain, &["db_password"], &none, &[]);
    assert_eq!(
        said,
        [Said::default(
            "api_token",
            "no secret of that name is there",
            true
        )]
    );
    // The key that may be meant is told with both.
    let said = said_of(&plain, &["apitokn"], &none, &[]);
    let texts: Vec<&str> = said.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "no variable takes the secret `apitokn`; is `api_token` meant?",
            "the variable `api_token` is secret, and takes its default, because no secret of that name is there; is `apitokn` meant?",
        ]
    );
    assert!(said_of(&plain, &["db_password"], &none, &["api_token"]).is_empty());
    let mapped = SecretsSettings {
        map: [("api_token".to_owned(), "db_password".parse().unwrap())].into(),
        ..settings("staging")
    };
    assert!(said_of(&mapped, &["db_password"], &none, &[]).is_empty());
}

#[test]
fn a_name_of_the_mapping_that_is_misspelt_is_told() {
    let none = BTreeMap::new();
    let map = |name: &str| SecretsSettings {
        map: [(name.to_owned(), "api_token".parse().unwrap())].into(),
        ..settings("staging")
    };
    let said = |name: &str, keys: &[&str]| -> Vec<String> {
        let said = said_of(&map(name), keys, &none, &[]);
        said.into_iter().map(|said| said.text).collect()
    };
    assert_eq!(
        said("db_pasword", &["api_token"]),
        ["`db_pasword` of `map` is no variable; is `db_password` meant?"]
    );
    // The variable has a key of its own; the name is a program's; nothing is alike.
    for (name, keys) in [
        ("db_pasword", &["api_token", "db_password"][..]),
        ("DB_PASWORD", &["api_token"]),
        ("something", &["api_token"]),
    ] {
        assert_eq!(said(name, keys), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn an_empty_secret_is_told_of_secret_variables_only() {
    use tollgate_secrets::outline::Outline;
    let outlines = [("db_password", Outline::Empty), ("region", Outline::Empty)]
        .map(|(name, outline)| (name.to_owned(), outline))
        .into();
    let plain = settings("staging");
    let said = said_of(
        &plain,
        &["api_token", "db_password", "region"],
        &outlines,
        &[],
    );
    let [said] = said.as_slice() else {
        unreachable!("{said:?}");
    };
    assert!(
        said.text.starts_with("the secret `db_password` is empty;"),
        "{said}"
    );
    assert_eq!(said.remedy, Remedy::Value("db_password".to_owned()));
    // A protected environment is refused for it, any other is told.
    let keys = ["api_token", "db_password"].map(ToOwned::to_owned).into();
    let named = Named {
        keys: &keys,
        outlines: &outlines,
    };
    let nothing = |_: &str| false;
    let checked = taken::check(&plain, &named, &declared(), &nothing);
    assert_eq!(checked.unwrap(), std::slice::from_ref(said));
    let protected = SecretsSettings {
        protected: true,
        ..settings("production")
    };
    let refused = taken::check(&protected, &named, &declared(), &nothing).unwrap_err();
    assert_eq!(refused.exit_code(), exit::SECRETS);
    assert!(
        refused
            .help()
            .unwrap()
            .starts_with("set `db_password`: `tollgate secrets edit -e production`"),
        "{refused}"
    );
}
