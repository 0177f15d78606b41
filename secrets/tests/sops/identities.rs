//! Where identities are looked for, in which order, and what is said when none fits.

use crate::forge::{IDENTITY, enc, mac, metadata, metadata_for, recipient, sealed_key, yaml};
use crate::support::env;
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tollgate_secrets::{Format, Keyring, Prompt, SecretsFile};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = PLACES
        .iter()
        .map(|place| Trial::test(format!("identities: {}", place.name), move || opens(place)))
        .collect();
    trials.push(Trial::test(
        "identities: a broken place does not hide the next",
        broken_place,
    ));
    trials.push(Trial::test(
        "identities: everything looked at is named",
        everything_is_named,
    ));
    trials.push(Trial::test(
        "identities: nobody is asked when a key is at hand",
        nobody_is_asked,
    ));
    trials.push(Trial::test(
        "identities: a passphrase is asked for once",
        passphrase_once,
    ));
    trials.push(Trial::test(
        "identities: a passphrase without a terminal",
        passphrase_without_terminal,
    ));
    trials.push(Trial::test(
        "identities: a wrong passphrase",
        wrong_passphrase,
    ));
    trials.push(
        Trial::test("identities: an SSH key under a passphrase", ssh_passphrase)
            .with_ignored_flag(!has_ssh_keygen()),
    );
    trials
}

fn file() -> SecretsFile {
    let text = yaml(
        &format!("a: {}", enc("x", "str", "a:")),
        &metadata(&mac(&["x"])),
    );
    SecretsFile::parse("a.yaml", text.as_bytes(), Format::Yaml).expect("a good file")
}

struct Place {
    name: &'static str,
    /// The content of `key` in the test's folder.
    content: fn() -> String,
    /// The file's place in the folder.
    path: &'static str,
    /// The variables; `{}` stands for the folder.
    variables: &'static [(&'static str, &'static str)],
}

fn key_file() -> String {
    format!(
        "# created: today\n# public key: {}\n\n{IDENTITY}\n",
        recipient()
    )
}

const PLACES: &[Place] = &[
    Place {
        name: "SOPS_AGE_KEY",
        content: String::new,
        path: "unused",
        variables: &[("SOPS_AGE_KEY", IDENTITY)],
    },
    Place {
        name: "SOPS_AGE_KEY_FILE",
        content: key_file,
        path: "k",
        variables: &[("SOPS_AGE_KEY_FILE", "{}/k")],
    },
    Place {
        name: "SOPS_AGE_KEY_CMD",
        content: key_file,
        path: "a key",
        variables: &[("SOPS_AGE_KEY_CMD", "cat '{}/a key'")],
    },
    Place {
        name: "the configuration directory",
        content: key_file,
        path: "xdg/sops/age/keys.txt",
        variables: &[("XDG_CONFIG_HOME", "{}/xdg")],
    },
    Place {
        name: "the configuration directory of the home",
        content: key_file,
        path: ".config/sops/age/keys.txt",
        variables: &[("HOME", "{}")],
    },
];

fn opens(place: &Place) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(place.path);
    std::fs::create_dir_all(path.parent().ok_or("a folder")?)?;
    std::fs::write(path, (place.content)())?;
    let variables: Vec<(&str, String)> = place
        .variables
        .iter()
        .map(|(name, value)| {
            (
                *name,
                value.replace("{}", &folder.path().display().to_string()),
            )
        })
        .collect();
    let pairs: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    file().open(&Keyring::new(env(&pairs), None))?;
    Ok(())
}

fn several_keys() -> String {
    let other = age::x25519::Identity::generate();
    let other = secrecy::ExposeSecret::expose_secret(&other.to_string()).to_owned();
    format!("{other} {IDENTITY}")
}

fn broken_place() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let keys = folder.path().join("k");
    std::fs::write(&keys, key_file())?;
    let keys = keys.display().to_string();
    for broken in [
        "not a key",
        "AGE-SECRET-KEY-1QQQ",
        "AGE-PLUGIN-YUBIKEY-1QQQ",
        "AGE-SECRET-KEY-PQ-1QQQ",
    ] {
        let keyring = Keyring::new(
            env(&[("SOPS_AGE_KEY", broken), ("SOPS_AGE_KEY_FILE", &keys)]),
            None,
        );
        file().open(&keyring)?;
    }
    file().open(&Keyring::new(
        env(&[("SOPS_AGE_KEY", &several_keys())]),
        None,
    ))?;
    Ok(())
}

fn everything_is_named() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().display().to_string();
    let other = age::x25519::Identity::generate();
    let secret = secrecy::ExposeSecret::expose_secret(&other.to_string()).to_owned();
    let keyring = Keyring::new(
        env(&[
            ("HOME", &home),
            ("SOPS_AGE_KEY", &secret),
            ("SOPS_AGE_KEY_FILE", "/nonexistent/keys"),
            ("SOPS_AGE_KEY_CMD", "false"),
            ("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "echo nonsense"),
        ]),
        None,
    );
    let error = file()
        .open(&keyring)
        .err()
        .ok_or("opened with another's key")?
        .to_string();
    let own = other.to_public().to_string();
    for wanted in [
        format!("{}: none of your identities is this recipient", recipient()),
        format!("SOPS_AGE_KEY: {own}"),
        "SOPS_AGE_KEY_FILE (/nonexistent/keys): no such file".to_owned(),
        "SOPS_AGE_KEY_CMD: its command failed (exit status: 1)".to_owned(),
        "SOPS_AGE_SSH_PRIVATE_KEY_FILE: not set".to_owned(),
        "SOPS_AGE_SSH_PRIVATE_KEY_CMD: not an SSH private key".to_owned(),
        format!("{home}/.config/sops/age/keys.txt: no such file"),
        format!("{home}/.ssh/id_ed25519: no such file"),
        format!("{home}/.ssh/id_rsa: no such file"),
        format!("`tollgate secrets grant '{own}' 'a.yaml'`"),
    ] {
        if !error.contains(&wanted) {
            return Err(format!("does not say {wanted:?}:\n{error}").into());
        }
    }
    if error.contains("AGE-SECRET-KEY") {
        Err("prints a secret key".into())
    } else {
        Ok(())
    }
}

/// Returns a file of identities under the passphrase `correct`, and a prompt that counts.
fn protected(
    folder: &Path,
) -> (
    String,
    Arc<AtomicUsize>,
    impl Fn(&'static str) -> Option<Prompt>,
) {
    let mut recipient = age::scrypt::Recipient::new("correct".to_owned().into());
    recipient.set_work_factor(2);
    let path = folder.join("protected");
    std::fs::write(&path, crate::forge::seal(&recipient, key_file().as_bytes())).expect("written");
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let prompt = move |answer: &'static str| -> Option<Prompt> {
        let counter = Arc::clone(&counter);
        Some(Arc::new(move |_: &str| {
            counter.fetch_add(1, Ordering::Relaxed);
            Some(answer.to_owned().into())
        }))
    };
    (path.display().to_string(), asked, prompt)
}

fn nobody_is_asked() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, asked, prompt) = protected(folder.path());
    let keyring = Keyring::new(
        env(&[("SOPS_AGE_KEY", IDENTITY), ("SOPS_AGE_KEY_FILE", &path)]),
        prompt("correct"),
    );
    file().open(&keyring)?;
    if asked.load(Ordering::Relaxed) == 0 {
        Ok(())
    } else {
        Err("asked for a passphrase that nobody needed".into())
    }
}

fn passphrase_once() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, asked, prompt) = protected(folder.path());
    let keyring = Keyring::new(env(&[("SOPS_AGE_KEY_FILE", &path)]), prompt("correct"));
    let other = age::x25519::Identity::generate().to_public();
    let metadata = metadata_for(
        &mac(&["x"]),
        &[
            (other.to_string(), sealed_key(&other)),
            (recipient().to_string(), sealed_key(&recipient())),
        ],
    );
    let text = yaml(&format!("a: {}", enc("x", "str", "a:")), &metadata);
    for _ in 0..2 {
        SecretsFile::parse("a.yaml", text.as_bytes(), Format::Yaml)?.open(&keyring)?;
    }
    let asked = asked.load(Ordering::Relaxed);
    if asked == 1 {
        Ok(())
    } else {
        Err(format!("asked {asked} times").into())
    }
}

fn passphrase_without_terminal() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, _, _) = protected(folder.path());
    let keyring = Keyring::new(env(&[("SOPS_AGE_KEY_FILE", &path)]), None);
    let error = file()
        .open(&keyring)
        .err()
        .ok_or("opened without a passphrase")?
        .to_string();
    if error.contains("needs a passphrase, and there is no terminal to ask on") {
        Ok(())
    } else {
        Err(error.into())
    }
}

fn wrong_passphrase() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, asked, prompt) = protected(folder.path());
    let keyring = Keyring::new(
        env(&[("SOPS_AGE_KEY_FILE", &path)]),
        prompt("wrongpassphrase"),
    );
    let error = file()
        .open(&keyring)
        .err()
        .ok_or("opened with a wrong passphrase")?
        .to_string();
    if !error.contains("is wrong")
        || error.contains("wrongpassphrase")
        || asked.load(Ordering::Relaxed) != 1
    {
        return Err(error.into());
    }
    Ok(())
}

fn has_ssh_keygen() -> bool {
    Command::new("ssh-keygen")
        .arg("-?")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

fn ssh_passphrase() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let ssh = folder.path().join(".ssh");
    std::fs::create_dir(&ssh)?;
    let key = ssh.join("id_ed25519");
    let made = Command::new("ssh-keygen")
        .args([
            "-q", "-t", "ed25519", "-N", "correct", "-C", "me@here", "-f",
        ])
        .arg(&key)
        .status()?;
    if !made.success() {
        return Err("ssh-keygen fails".into());
    }
    let public = std::fs::read_to_string(key.with_extension("pub"))?
        .trim()
        .to_owned();
    let recipient: age::ssh::Recipient = public.parse().map_err(|_| "no SSH recipient")?;
    let metadata = metadata_for(&mac(&["x"]), &[(public, sealed_key(&recipient))]);
    let text = yaml(&format!("a: {}", enc("x", "str", "a:")), &metadata);
    let file = SecretsFile::parse("a.yaml", text.as_bytes(), Format::Yaml)?;
    let home = folder.path().display().to_string();
    for (answer, wanted) in [
        (Some("correct"), None),
        (Some("false"), Some("is wrong")),
        (None, Some("no terminal")),
    ] {
        let prompt: Option<Prompt> =
            answer.map(|answer| -> Prompt { Arc::new(move |_| Some(answer.to_owned().into())) });
        let outcome = file.open(&Keyring::new(env(&[("HOME", &home)]), prompt));
        match (outcome, wanted) {
            (Ok(_), None) => {}
            (Err(error), Some(wanted)) if error.to_string().contains(wanted) => {}
            (Ok(_), Some(_)) => return Err("opened without the passphrase".into()),
            (Err(error), _) => return Err(error.to_string().into()),
        }
    }
    // A passphrase is not asked for a file that names another key.
    let prompt: Prompt = Arc::new(|_| panic!("asked for a passphrase that cannot help"));
    let other = self::file();
    if other
        .open(&Keyring::new(env(&[("HOME", &home)]), Some(prompt)))
        .is_ok()
    {
        return Err("opened another's file".into());
    }
    Ok(())
}
