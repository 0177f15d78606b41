//! AWS KMS, against moto, in both directions with the real sops.
//!
//! The AWS SDK reads the environment of its process, so each case runs this test binary again with an
//! environment of its own; see [`as_child`].

use crate::forge::{self, IDENTITY};
use crate::moto::{self, REGION};
use crate::support::sops;
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tollgate_secrets::keys::aws_kms::AwsKms;
use tollgate_secrets::keys::{KeySource, Sealing};
use tollgate_secrets::seal::{self, Readers, Sealed};
use tollgate_secrets::source::{AwsSecretsManager, Source};
use tollgate_secrets::{Aws, Draft, Keyring, Recipient, Rekeying, SecretsFile};

const CHILD: &str = "TOLLGATE_TEST_CHILD";
const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";
const PLAIN: &str = "a: hunter2\nnumber: 17\nl:\n    - x\n";

/// Does what the parent asks for, if this process is a child; returns its exit code.
pub(crate) fn as_child() -> Option<i32> {
    let what = std::env::var(CHILD).ok()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match what.as_str() {
        "open" => open(&arguments),
        "open in a runtime" => tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| error.to_string())
            .and_then(|runtime| runtime.block_on(async { open(&arguments) })),
        "seal" => seal(&arguments),
        "secret" => secret(&arguments),
        "bundle" => bundle(&arguments),
        "rekey" => rekey(&arguments),
        _ => Err("an unknown task".to_owned()),
    };
    match result {
        Ok(text) => {
            print(&text);
            Some(0)
        }
        Err(text) => {
            print(&text);
            Some(1)
        }
    }
}

fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Opens the files at once, with one keyring.
fn open(files: &[String]) -> Result<String, String> {
    let keyring = Keyring::silent_of_process(None);
    let one = |file: &String| -> Result<String, String> {
        let file = SecretsFile::read(file.as_ref(), None).map_err(|error| error.to_string())?;
        let secrets = file.open(&keyring).map_err(|error| error.to_string())?;
        let text = secrets.render(None).map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = files.iter().map(|file| scope.spawn(|| one(file))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    })
}

/// Seals a bundle to a key and opens it again: ARN, role or nothing, `key=value` of the context, and
/// what to seal; without that it opens what is there.
fn bundle(arguments: &[String]) -> Result<String, String> {
    let path = Path::new("a.tollgate");
    let keyring = Keyring::silent_of_process(None);
    if let [arn, role, context, content] = arguments {
        let readers = Readers {
            groups: vec![vec![recipient(arn, role, context)]],
            threshold: 0,
        };
        let bytes = seal::seal("{}", &[content.as_bytes()], Some(&readers), &keyring)
            .map_err(|error| error.to_string())?;
        seal::write(path, &bytes).map_err(|error| error.to_string())?;
    }
    let parts = Sealed::read(path)
        .and_then(|sealed| sealed.open(&keyring))
        .map_err(|error| format!("{error}\n{}", error.help().unwrap_or_default()))?;
    let parts: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
    String::from_utf8(parts).map_err(|error| error.to_string())
}

/// Gives `a.yaml` a new data key, or the same one, for groups of one key each: `new` or `same`, the ARNs, and
/// age recipients among them.
fn rekey(arguments: &[String]) -> Result<String, String> {
    let Some((how, names)) = arguments.split_first() else {
        return Err("how".to_owned());
    };
    let how = match how.as_str() {
        "new" => Rekeying::NewKey,
        _ => Rekeying::SameKey,
    };
    let keyring = Keyring::silent_of_process(None);
    let readers = Readers {
        groups: names
            .iter()
            .map(|name| Recipient::parse(name).into_iter().collect())
            .collect(),
        threshold: 0,
    };
    let mut draft =
        Draft::open(Path::new("a.yaml"), None, &keyring).map_err(|error| error.to_string())?;
    draft
        .rekey(&readers, how, &keyring)
        .map_err(|error| error.to_string())?;
    draft.write().map_err(|error| error.to_string())?;
    Ok(String::new())
}

/// Of the ARN, the role or nothing, and `key=value` of the context.
fn recipient(arn: &str, role: &str, context: &str) -> Recipient {
    Recipient::AwsKms {
        arn: arn.to_owned(),
        role: Some(role.to_owned()).filter(|role| !role.is_empty()),
        profile: None,
        context: context
            .split_once('=')
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into_iter()
            .collect(),
    }
}

/// Encrypts the tests' data key: ARN, role or nothing, `key=value` of the context.
fn seal(arguments: &[String]) -> Result<String, String> {
    let [arn, role, context] = arguments else {
        return Err("three arguments".to_owned());
    };
    let recipient = recipient(arn, role, context);
    match AwsKms::default().seal(&recipient, &forge::DATA_KEY) {
        Sealing::Sealed(text) => Ok(text),
        Sealing::Refused(refusal) => Err(format!("{refusal:?}")),
        Sealing::NotMine => Err("not a KMS key".to_owned()),
    }
}

/// Fetches a secret: id, the key that its whole value gets or nothing, stage or nothing.
fn secret(arguments: &[String]) -> Result<String, String> {
    let [id, key, stage] = arguments else {
        return Err("three arguments".to_owned());
    };
    let mut source = AwsSecretsManager::new(Aws::new(), id);
    if !key.is_empty() {
        source = source.as_value(key);
    }
    if !stage.is_empty() {
        source = source.stage(stage);
    }
    let secrets = source
        .fetch(&Keyring::silent_of_process(None))
        .map_err(|error| error.to_string())?;
    let text = secrets.render(None).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// What a child sees of AWS: credentials and the address of moto, nothing else.
fn isolate(command: &mut Command, folder: &Path, port: u16) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_")
            || name.starts_with("SOPS_")
            || name.to_lowercase().ends_with("_proxy")
        {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "canary-of-the-secret-key")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .stdin(Stdio::null());
}

fn child(folder: &Path, port: u16, task: &str, arguments: &[&str]) -> Result<Command, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).current_dir(folder).env(CHILD, task);
    isolate(&mut command, folder, port);
    Ok(command)
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn same(actual: &Output, expected: &str) -> Result<(), Failed> {
    if actual.status.success() && text(actual) == expected {
        Ok(())
    } else {
        Err(format!("--- expected\n{expected}\n--- got\n{}", text(actual)).into())
    }
}

struct Key {
    name: &'static str,
    alias: bool,
    role: bool,
    context: bool,
}

const KEYS: &[Key] = &[
    Key {
        name: "a key",
        alias: false,
        role: false,
        context: false,
    },
    Key {
        name: "an alias",
        alias: true,
        role: false,
        context: false,
    },
    Key {
        name: "a context",
        alias: false,
        role: false,
        context: true,
    },
    Key {
        name: "a role",
        alias: false,
        role: true,
        context: false,
    },
    Key {
        name: "an alias, a role and a context",
        alias: true,
        role: true,
        context: true,
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    if !moto::is_there() {
        return vec![
            Trial::test("kms: moto is absent; run secrets/tests/moto.sh", || Ok(()))
                .with_ignored_flag(true),
        ];
    }
    let no_sops = sops().is_none();
    let mut trials = Vec::new();
    for key in KEYS {
        trials.push(
            Trial::test(
                format!("kms: sops encrypts with {}, we decrypt", key.name),
                || theirs(key),
            )
            .with_ignored_flag(no_sops),
        );
        trials.push(
            Trial::test(
                format!("kms: we encrypt with {}, sops decrypts", key.name),
                || ours(key),
            )
            .with_ignored_flag(no_sops),
        );
    }
    for key in KEYS {
        trials.push(Trial::test(
            format!("kms: a bundle is sealed to {}", key.name),
            || bundled(key),
        ));
    }
    for error in ERRORS {
        trials.push(Trial::test(format!("kms: error: {}", error.name), || {
            refused(error)
        }));
    }
    for (code, message, expected) in ANSWERS {
        trials.push(Trial::test(format!("kms: AWS answers {code}"), || {
            answered(code, message, expected)
        }));
    }
    trials.push(Trial::test("kms: an endpoint that never answers", silent));
    trials.push(Trial::test(
        "kms: one call per file, with the whole ARN",
        one_call,
    ));
    trials.push(
        Trial::test(
            "kms: a file gets another data key and other readers",
            rekeyed,
        )
        .with_ignored_flag(no_sops),
    );
    trials.push(Trial::test("kms: inside another runtime", in_runtime));
    trials.push(Trial::test("kms: age is tried first", age_first));
    trials.push(Trial::test(
        "kms: AWS Secrets Manager as a source",
        secrets_manager,
    ));
    trials
}

/// Makes the key; returns what sops and the file call it.
fn make(key: &Key) -> Result<String, Failed> {
    let arn = moto::key()?;
    if !key.alias {
        return Ok(arn);
    }
    let (account, id) = arn.rsplit_once(":key/").ok_or("an ARN")?;
    let alias = format!("alias/tollgate-{id}");
    moto::call(
        "kms",
        "TrentService.CreateAlias",
        &json!({ "AliasName": alias, "TargetKeyId": id }),
    )?;
    Ok(format!("{account}:{alias}"))
}

fn theirs(key: &Key) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let arn = make(key)?;
    std::fs::write(folder.path().join("a.yaml"), PLAIN)?;
    let kms = if key.role {
        format!("{arn}+{ROLE}")
    } else {
        arn
    };
    let mut command = Command::new(sops().ok_or("sops")?);
    command.args(["encrypt", "--in-place", "--kms", &kms]);
    if key.context {
        command.args(["--encryption-context", "Environment:staging"]);
    }
    command.arg("a.yaml").current_dir(folder.path());
    isolate(&mut command, folder.path(), moto::port()?);
    let output = command.output()?;
    if !output.status.success() {
        return Err(text(&output).into());
    }
    let opened = child(folder.path(), moto::port()?, "open", &["a.yaml"])?.output()?;
    same(&opened, PLAIN)
}

fn bundled(key: &Key) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let arn = make(key)?;
    let role = if key.role { ROLE } else { "" };
    let context = if key.context {
        "Environment=staging"
    } else {
        ""
    };
    let port = moto::port()?;
    let sealed = child(
        folder.path(),
        port,
        "bundle",
        &[&arn, role, context, "canary"],
    )?
    .output()?;
    same(&sealed, "canary")?;
    // Without the credentials nobody opens it.
    let mut without = child(folder.path(), port, "bundle", &[])?;
    without.env_remove("AWS_ACCESS_KEY_ID");
    without.env_remove("AWS_SECRET_ACCESS_KEY");
    let said = text(&without.output()?);
    if said.contains("canary") || !said.contains(&arn) || !said.contains("cannot be opened") {
        return Err(said.into());
    }
    Ok(())
}

/// Writes a file to a KMS recipient with the given copy of the tests' data key.
fn write(path: &Path, stanza: &serde_json::Value) -> Result<(), Failed> {
    let mut metadata = forge::metadata(&forge::mac(&["hunter2"]));
    metadata["age"] = json!([]);
    metadata["kms"] = json!([stanza]);
    let body = format!("a: {}", forge::enc("hunter2", "str", "a:"));
    Ok(std::fs::write(path, forge::yaml(&body, &metadata))?)
}

/// Seals the data key in a child and writes a file with it; returns the stanza.
fn sealed(
    folder: &Path,
    arn: &str,
    role: &str,
    context: &str,
) -> Result<serde_json::Value, Failed> {
    let output = child(folder, moto::port()?, "seal", &[arn, role, context])?.output()?;
    if !output.status.success() {
        return Err(text(&output).into());
    }
    let mut stanza = json!({
        "arn": arn, "created_at": "2026-01-02T03:04:05Z", "enc": text(&output), "aws_profile": "",
    });
    if !role.is_empty() {
        stanza["role"] = role.into();
    }
    if let Some((name, value)) = context.split_once('=') {
        stanza["context"] = json!({ name: value });
    }
    write(&folder.join("a.yaml"), &stanza)?;
    Ok(stanza)
}

fn ours(key: &Key) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let arn = make(key)?;
    let role = if key.role { ROLE } else { "" };
    let context = if key.context {
        "Environment=staging"
    } else {
        ""
    };
    sealed(folder.path(), &arn, role, context)?;
    let mut command = Command::new(sops().ok_or("sops")?);
    command
        .args(["decrypt", "a.yaml"])
        .current_dir(folder.path());
    isolate(&mut command, folder.path(), moto::port()?);
    same(&command.output()?, "a: hunter2\n")?;
    let opened = child(folder.path(), moto::port()?, "open", &["a.yaml"])?.output()?;
    same(&opened, "a: hunter2\n")
}

/// What `rotate` and `sync` do to a file: a new data key, another KMS key, and one of two groups.
fn rekeyed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.yaml");
    let (one, two) = (moto::key()?, moto::key()?);
    let port = moto::port()?;
    std::fs::write(&path, PLAIN)?;
    let by_sops = |arguments: &[&str]| -> Result<Output, Failed> {
        let mut command = Command::new(sops().ok_or("sops")?);
        command
            .args(arguments)
            .arg("a.yaml")
            .current_dir(folder.path());
        isolate(&mut command, folder.path(), port);
        command.env("SOPS_AGE_KEY", IDENTITY);
        Ok(command.output()?)
    };
    let made = by_sops(&["encrypt", "--in-place", "--kms", &one])?;
    if !made.status.success() {
        return Err(text(&made).into());
    }
    let age = forge::recipient().to_string();
    for (how, names) in [
        ("new", &[one.as_str()][..]),
        ("same", &[two.as_str()]),
        ("new", &[two.as_str(), age.as_str()]),
        ("same", &[age.as_str(), one.as_str()]),
        ("new", &[one.as_str()]),
    ] {
        let before = std::fs::read_to_string(&path)?;
        let arguments: Vec<&str> = [how].into_iter().chain(names.iter().copied()).collect();
        let mut command = child(folder.path(), port, "rekey", &arguments)?;
        let done = command.env("SOPS_AGE_KEY", IDENTITY).output()?;
        if !done.status.success() {
            return Err(format!("{how} {names:?}: {}", text(&done)).into());
        }
        let after = std::fs::read_to_string(&path)?;
        let value = |text: &str| {
            text.lines()
                .find(|line| line.starts_with("a:"))
                .map(str::to_owned)
        };
        if (value(&before) == value(&after)) != (how == "same") {
            return Err(format!("{how} {names:?}: the wrong data key").into());
        }
        let others = [&one, &two, &age];
        let others = others.iter().filter(|name| !names.contains(&name.as_str()));
        if others.clone().any(|name| after.contains(name.as_str()))
            || !names.iter().all(|name| after.contains(name))
        {
            return Err(format!("{how} {names:?}: other readers:\n{after}").into());
        }
        same(&by_sops(&["decrypt"])?, PLAIN)?;
        // Each of two groups has a share only.
        let mut without = child(folder.path(), port, "open", &["a.yaml"])?;
        let opened = without.output()?;
        if opened.status.success() != (names.len() == 1) {
            return Err(format!("{how} {names:?} without age: {}", text(&opened)).into());
        }
    }
    Ok(())
}

struct Refused {
    name: &'static str,
    /// Changes the stanza, moto's key or the child's environment.
    change: fn(&mut serde_json::Value, &mut Command, &Path) -> Result<(), Failed>,
    expected: &'static [&'static str],
}

const ERRORS: &[Refused] = &[
    Refused {
        name: "another context",
        change: |stanza, _, _| {
            stanza["context"] = json!({ "Environment": "production" });
            Ok(())
        },
        expected: &[
            "cannot open its copy with the encryption context of the file (Environment)",
            "git log -p",
        ],
    },
    Refused {
        name: "no such key",
        change: |stanza, _, _| {
            let arn = stanza["arn"].as_str().ok_or("an ARN")?;
            let (account, _) = arn.rsplit_once('/').ok_or("an ARN")?;
            stanza["arn"] = format!("{account}/00000000-0000-0000-0000-000000000000").into();
            Ok(())
        },
        expected: &["AWS KMS", "aws kms describe-key --region eu-west-1"],
    },
    Refused {
        name: "a damaged copy",
        change: |stanza, _, _| {
            stanza["enc"] = "bm90IGEgY29weQ==".into();
            Ok(())
        },
        expected: &["AWS KMS cannot open its copy"],
    },
    Refused {
        name: "a copy that is not base64",
        change: |stanza, _, _| {
            stanza["enc"] = "%%%".into();
            Ok(())
        },
        expected: &["its copy of the data key is damaged: it is not base64"],
    },
    Refused {
        name: "no ARN",
        change: |stanza, _, _| {
            stanza["arn"] = "alias/app".into();
            Ok(())
        },
        expected: &["alias/app: is not the ARN of a KMS key"],
    },
    Refused {
        name: "a dead endpoint",
        change: |_, command, _| {
            command.env(
                "AWS_ENDPOINT_URL_KMS",
                format!("http://127.0.0.1:{}", closed_port()?),
            );
            Ok(())
        },
        expected: &[
            "AWS KMS in eu-west-1 cannot be reached at the address of AWS_ENDPOINT_URL_KMS",
            "Connection refused",
            "check the network",
        ],
    },
    Refused {
        name: "a dead STS",
        change: |stanza, command, _| {
            stanza["role"] = ROLE.into();
            command.env(
                "AWS_ENDPOINT_URL_STS",
                format!("http://127.0.0.1:{}", closed_port()?),
            );
            Ok(())
        },
        expected: &[
            "the role arn:aws:iam::123456789012:role/deployer of the file cannot be assumed",
            "Connection refused",
            "check the network",
        ],
    },
    Refused {
        name: "no credentials",
        change: |_, command, _| {
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY");
            Ok(())
        },
        expected: &[
            "there are no AWS credentials",
            "AWS_ACCESS_KEY_ID: not set",
            ".aws/config: no such file",
            "AWS_WEB_IDENTITY_TOKEN_FILE: not set",
            "EC2 instance metadata: disabled",
            "aws sso login",
        ],
    },
    Refused {
        name: "an instance without a role",
        change: |_, command, _| {
            let port = moto::answering(403, "")?;
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY")
                .env_remove("AWS_EC2_METADATA_DISABLED")
                .env(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                    format!("http://127.0.0.1:{port}"),
                );
            Ok(())
        },
        expected: &[
            "there are no AWS credentials",
            "EC2 instance metadata: no credentials",
            "aws sso login",
        ],
    },
    Refused {
        name: "a profile of the file that is not there",
        change: |stanza, command, _| {
            stanza["aws_profile"] = "platform".into();
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY");
            Ok(())
        },
        expected: &["there are no AWS credentials for the profile 'platform' that the file names"],
    },
    Refused {
        name: "an SSO session that has ended",
        change: |_, command, folder| {
            std::fs::create_dir_all(folder.join(".aws"))?;
            std::fs::write(
                folder.join(".aws/config"),
                "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\nregion = eu-west-1\n\
                 [sso-session corp]\nsso_start_url = https://corp.awsapps.example/start\nsso_region = eu-west-1\n",
            )?;
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY")
                .env("AWS_PROFILE", "dev");
            Ok(())
        },
        expected: &[
            "your AWS SSO session does not hold",
            "`aws sso login --profile 'dev'`",
        ],
    },
    Refused {
        name: "a credential process that fails",
        change: |_, command, folder| {
            std::fs::create_dir_all(folder.join(".aws"))?;
            std::fs::write(
                folder.join(".aws/config"),
                "[default]\ncredential_process = false\n",
            )?;
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY");
            Ok(())
        },
        expected: &[
            "the AWS credentials cannot be loaded",
            "aws sts get-caller-identity",
        ],
    },
];

/// Returns a port that nobody listens on.
fn closed_port() -> Result<u16, Failed> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn refused(case: &Refused) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut stanza = sealed(folder.path(), &moto::key()?, "", "")?;
    let mut command = child(folder.path(), moto::port()?, "open", &["a.yaml"])?;
    (case.change)(&mut stanza, &mut command, folder.path())?;
    write(&folder.path().join("a.yaml"), &stanza)?;
    let output = command.output()?;
    let said = text(&output);
    if output.status.code() != Some(1) {
        return Err(format!("opened or crashed:\n{said}").into());
    }
    for expected in case.expected {
        if !said.contains(expected) {
            return Err(format!("does not say {expected:?}:\n{said}").into());
        }
    }
    if said.contains("canary") || said.contains("hunter2") || said.matches("help:").count() != 1 {
        return Err(format!("says too much, or not what to do next:\n{said}").into());
    }
    Ok(())
}

/// What AWS answers and moto, which checks neither rights nor the state of keys, does not.
const ANSWERS: &[(&str, &str, &[&str])] = &[
    (
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/me is not authorized to perform: kms:Decrypt",
        &[
            "does not let you use the key (User: arn:aws:iam::123456789012:user/me is",
            "allow kms:Decrypt on 'arn:aws:kms:",
        ],
    ),
    (
        "DisabledException",
        "",
        &[
            "the key is disabled",
            "aws kms enable-key --region eu-west-1 --key-id 'arn:aws:kms:",
        ],
    ),
    (
        "KMSInvalidStateException",
        "is pending deletion.",
        &["the key's state does not allow its use (is pending deletion.)"],
    ),
    (
        "IncorrectKeyException",
        "",
        &["encrypted with another key than the ARN names now"],
    ),
    (
        "InvalidKeyUsageException",
        "",
        &["not one for symmetric encryption"],
    ),
    (
        "ExpiredTokenException",
        "",
        &[
            "does not accept your AWS credentials (ExpiredTokenException)",
            "renew your AWS credentials",
        ],
    ),
    (
        "UnrecognizedClientException",
        "",
        &["does not accept your AWS credentials"],
    ),
    (
        "SomethingNewException",
        "\u{1b}[31mx",
        &["refused with SomethingNewException (\\u{1b}[31mx)"],
    ),
];

fn answered(code: &str, message: &str, expected: &[&str]) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    sealed(folder.path(), &moto::key()?, "", "")?;
    let port = moto::answering(
        400,
        &json!({ "__type": code, "message": message }).to_string(),
    )?;
    let output = child(folder.path(), port, "open", &["a.yaml"])?.output()?;
    let said = text(&output);
    let missing = expected.iter().find(|expected| !said.contains(**expected));
    if output.status.code() == Some(1) && missing.is_none() && said.matches("help:").count() == 1 {
        Ok(())
    } else {
        Err(format!("does not say {missing:?}:\n{said}").into())
    }
}

/// The other side accepts and says nothing: the SDK alone would wait for minutes.
fn silent() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    sealed(folder.path(), &moto::key()?, "", "")?;
    std::fs::copy(folder.path().join("a.yaml"), folder.path().join("b.yaml"))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let output = child(folder.path(), port, "open", &["a.yaml", "b.yaml"])?.output()?;
    let said = text(&output);
    if output.status.code() == Some(1)
        && said
            .contains("cannot be reached at the address of AWS_ENDPOINT_URL: no answer within 10 s")
    {
        Ok(())
    } else {
        Err(said.into())
    }
}

fn one_call() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let alias = make(&Key {
        name: "",
        alias: true,
        role: true,
        context: false,
    })?;
    sealed(folder.path(), &alias, ROLE, "")?;
    for copy in ["b.yaml", "c.yaml"] {
        std::fs::copy(folder.path().join("a.yaml"), folder.path().join(copy))?;
    }
    let recorder = moto::Recorder::start()?;
    let output = child(
        folder.path(),
        recorder.port,
        "open",
        &["a.yaml", "b.yaml", "c.yaml"],
    )?
    .output()?;
    same(&output, "a: hunter2\na: hunter2\na: hunter2\n")?;
    let expected = [format!("AssumeRole {ROLE}"), format!("Decrypt {alias}")];
    if recorder.asked() == expected {
        Ok(())
    } else {
        Err(format!("asked {:?}", recorder.asked()).into())
    }
}

fn in_runtime() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    sealed(folder.path(), &moto::key()?, "", "")?;
    let output = child(
        folder.path(),
        moto::port()?,
        "open in a runtime",
        &["a.yaml"],
    )?
    .output()?;
    same(&output, "a: hunter2\n")
}

fn age_first() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut metadata = forge::metadata(&forge::mac(&["hunter2"]));
    metadata["kms"] =
        json!([{ "arn": format!("arn:aws:kms:{REGION}:123456789012:key/none"), "enc": "AAAA" }]);
    let body = format!("a: {}", forge::enc("hunter2", "str", "a:"));
    std::fs::write(folder.path().join("a.yaml"), forge::yaml(&body, &metadata))?;
    let recorder = moto::Recorder::start()?;
    let output = child(folder.path(), recorder.port, "open", &["a.yaml"])?
        .env("SOPS_AGE_KEY", IDENTITY)
        .output()?;
    same(&output, "a: hunter2\n")?;
    if recorder.asked().is_empty() {
        Ok(())
    } else {
        Err(format!("asked {:?}", recorder.asked()).into())
    }
}

fn secrets_manager() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let make = |name: &str, value: &str| {
        moto::call(
            "secretsmanager",
            "secretsmanager.CreateSecret",
            &json!({ "Name": name, "SecretString": value, "ClientRequestToken": "0".repeat(32) }),
        )
    };
    let tree = make(
        "app/tree",
        r#"{"z":"hunter2","a":{"n":17,"l":[null,true]}}"#,
    )?;
    make("app/text", "hunter2")?;
    let arn = tree["ARN"].as_str().ok_or("an ARN")?;
    for (id, key, stage, region, succeeds, expected) in [
        (
            "app/tree",
            "",
            "",
            REGION,
            true,
            "{\n\t\"z\": \"hunter2\",\n\t\"a\": {\n\t\t\"n\": 17,\n\t\t\"l\": [\n\t\t\tnull,\n\t\t\ttrue\n\t\t]\n\t}\n}",
        ),
        (
            arn,
            "",
            "AWSCURRENT",
            "us-east-1",
            true,
            "\"z\": \"hunter2\"",
        ),
        (
            "app/text",
            "password",
            "",
            REGION,
            true,
            "{\n\t\"password\": \"hunter2\"\n}",
        ),
        (
            "app/text",
            "",
            "",
            REGION,
            false,
            "the secret app/text of AWS Secrets Manager: is not a JSON object",
        ),
        (
            "app/none",
            "",
            "",
            REGION,
            false,
            "does not exist in eu-west-1",
        ),
        (
            "app/tree",
            "",
            "AWSPREVIOUS",
            REGION,
            false,
            "or has no such version",
        ),
        ("app/tree", "", "", "", false, "has no region"),
    ] {
        let mut command = child(folder.path(), moto::port()?, "secret", &[id, key, stage])?;
        if !region.is_empty() {
            command.env("AWS_REGION", region);
        }
        let output = command.output()?;
        let said = text(&output);
        let good = output.status.success() == succeeds && said.contains(expected);
        if !good || (!succeeds && (said.contains("hunter2") || said.matches("help:").count() != 1))
        {
            return Err(format!("{id} {stage} in {region:?}: {said}").into());
        }
    }
    Ok(())
}
