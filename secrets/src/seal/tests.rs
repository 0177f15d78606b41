#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::keys::Stanza;
use secrecy::ExposeSecret as _;
use std::ffi::OsString;
use std::sync::Arc;

const CLEAR: &str = r#"{"environment":"staging"}"#;

struct People(Vec<age::x25519::Identity>);

impl People {
    fn new(number: usize) -> Self {
        Self(
            (0..number)
                .map(|_| age::x25519::Identity::generate())
                .collect(),
        )
    }

    fn group(&self, which: &[usize]) -> Vec<Recipient> {
        which
            .iter()
            .map(|&index| Recipient::age(&self.0[index].to_public().to_string()))
            .collect()
    }

    fn keyring(&self, which: &[usize]) -> Keyring {
        let keys: Vec<String> = which
            .iter()
            .map(|&index| self.0[index].to_string().expose_secret().to_owned())
            .collect();
        let keys = OsString::from(keys.join(" "));
        Keyring::new(
            Arc::new(move |name| (name == "SOPS_AGE_KEY").then(|| keys.clone())),
            None,
        )
    }

    fn seal(&self, groups: &[&[usize]], threshold: usize) -> Vec<u8> {
        let readers = Readers {
            groups: groups.iter().map(|group| self.group(group)).collect(),
            threshold,
        };
        let parts: [&[u8]; 3] = [b"manifest", b"", b"PK plan canary-plan"];
        seal(CLEAR, &parts, Some(&readers), &self.keyring(&[])).unwrap()
    }
}

fn open(bytes: Vec<u8>, keyring: &Keyring) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
    Sealed::parse(bytes)?.open(keyring)
}

#[test]
fn readers_open_it_and_nobody_else() {
    let people = People::new(3);
    for (groups, threshold, keys, opens) in [
        (&[&[0][..]][..], 0, &[0][..], true),
        (&[&[0]], 0, &[1], false),
        (&[&[0]], 0, &[], false),
        (&[&[0, 1]], 0, &[1], true),
        (&[&[0], &[1]], 0, &[0, 1], true),
        (&[&[0], &[1]], 0, &[1], false),
        (&[&[0], &[1], &[2]], 2, &[0, 2], true),
        (&[&[0], &[1], &[2]], 2, &[2], false),
    ] {
        let bytes = people.seal(groups, threshold);
        let sealed = Sealed::parse(bytes.clone()).unwrap();
        assert_eq!(sealed.clear(), CLEAR);
        assert_eq!(
            sealed.recipients().count(),
            groups.iter().map(|group| group.len()).sum::<usize>()
        );
        assert!(!bytes.windows(11).any(|part| part == b"canary-plan"));
        match open(bytes, &people.keyring(keys)) {
            Ok(parts) => {
                assert!(opens, "{groups:?} {keys:?}");
                let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
                assert_eq!(parts, [&b"manifest"[..], b"", b"PK plan canary-plan"]);
            }
            Err(error) => {
                assert!(!opens, "{groups:?} {keys:?}: {error}");
                assert!(matches!(error, SealError::NoKey(_)), "{error}");
                assert!(error.help().is_some());
            }
        }
    }
}

#[test]
fn nothing_in_it_can_be_changed_or_left_out() {
    let people = People::new(1);
    let keyring = people.keyring(&[0]);
    let open_to_all = seal(CLEAR, &[b"plan"], None, &keyring).unwrap();
    assert!(open(open_to_all.clone(), &keyring).is_ok());
    for whole in [people.seal(&[&[0]], 0), open_to_all] {
        for length in 0..whole.len() {
            assert!(
                open(whole[..length].to_vec(), &keyring).is_err(),
                "{length}"
            );
        }
        for place in 0..whole.len() {
            for bit in [0x01, 0x20] {
                let mut changed = whole.clone();
                changed[place] ^= bit;
                assert!(open(changed, &keyring).is_err(), "{place} {bit}");
            }
        }
    }
}

#[test]
fn every_mistake_has_its_own_error() {
    let people = People::new(2);
    let keyring = people.keyring(&[0]);
    let whole = people.seal(&[&[0]], 0);
    let text = String::from_utf8_lossy(&whole).into_owned();
    let line = |beginning: &str| {
        let line = text.lines().find(|line| line.starts_with(beginning));
        line.unwrap().as_bytes().to_vec()
    };
    let replace = |from: &[u8], to: &[u8]| -> Vec<u8> {
        let at = whole
            .windows(from.len())
            .position(|part| part == from)
            .unwrap();
        [&whole[..at], to, &whole[at + from.len()..]].concat()
    };
    let reader = line("reader 0");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"PK\x03\x04 plan".to_vec(), "is not a bundle"),
        (Vec::new(), "is not a bundle"),
        (b"tollgate-bundle 1".to_vec(), "is cut off"),
        (
            replace(b"tollgate-bundle 1\n", b"tollgate-bundle 2\n"),
            "in format 2, and this Tollgate reads format 1",
        ),
        (
            replace(b"tollgate-bundle 1\n", b"tollgate-bundle \x1b[2J\n"),
            "in format \\u{1b}[2J",
        ),
        (whole[..whole.len() - 1].to_vec(), "is cut off"),
        (whole[..40].to_vec(), "is cut off"),
        ([&whole[..], b"\n"].concat(), "has something behind its end"),
        (replace(b"staging", b"another"), "was changed after it was"),
        (replace(b"threshold 0", b"threshold 9"), "was changed"),
        (replace(b"threshold 0", b"threshold +0"), "its threshold"),
        (replace(b"threshold 0\n", b""), "a line that nobody wrote"),
        (replace(&reader, b"reader none"), "a reader makes no sense"),
        (replace(&reader, b"reader 1 age AA AA"), "makes no sense"),
        (replace(&reader, b"reader 0 nobody AA AA"), "makes no sense"),
        (replace(&reader, b"reader 0 age ! AA"), "makes no sense"),
        (
            replace(&reader, &[&reader[..], b" AA"].concat()),
            "makes no sense",
        ),
        (
            replace(&[&reader[..], b"\n"].concat(), b""),
            "does not say who reads it",
        ),
        (
            replace(&reader, b"reader 0 aws-kms AA - - 99999999999 AA"),
            "makes no sense",
        ),
        (
            replace(&reader, &[&[b'a'; 70_000][..]].concat()),
            "a line that is too long",
        ),
        (replace(&reader, b"\xff\xfe"), "a line that is no text"),
        (replace(&line("body"), b"body 3"), "its body is too short"),
        (replace(&line("body"), b"body x"), "its size is no number"),
        (
            replace(&line("body"), b"body 18446744073709551615"),
            "is cut off",
        ),
    ];
    for (bytes, expected) in cases {
        let Err(error) = open(bytes.clone(), &keyring) else {
            unreachable!("opened: {expected}");
        };
        let said = error.to_string();
        assert!(said.contains(expected), "{said:?} is not {expected:?}");
        assert!(!said.contains("canary"));
    }
    // Another file's reader line: the copy opens, and the key is another.
    let other = people.seal(&[&[0]], 0);
    let other = String::from_utf8_lossy(&other).into_owned();
    let foreign = other
        .lines()
        .find(|line| line.starts_with("reader 0"))
        .unwrap();
    let error = open(replace(&reader, foreign.as_bytes()), &keyring).err();
    assert!(matches!(error, Some(SealError::Changed)));
}

#[test]
fn whom_it_cannot_be_sealed_to_is_told() {
    let people = People::new(1);
    let mut readers = Readers {
        groups: vec![[people.group(&[0]), vec![Recipient::Pgp("ABCD".into())]].concat()],
        threshold: 0,
    };
    assert!(matches!(
        seal(CLEAR, &[], Some(&readers), &people.keyring(&[])),
        Err(SealError::Wrap(_))
    ));
    assert_eq!(
        readers.take_unsupported(&people.keyring(&[])),
        [Recipient::Pgp("ABCD".into())]
    );
    assert_eq!(readers.groups, [people.group(&[0])]);
    for groups in [vec![], vec![vec![]]] {
        let nobody = Readers {
            groups,
            threshold: 0,
        };
        assert!(seal(CLEAR, &[], Some(&nobody), &people.keyring(&[])).is_err());
    }
    assert!(seal("two\nlines", &[], None, &people.keyring(&[])).is_err());
}

/// Takes every key, and turns the share round.
struct Every;

impl crate::keys::KeySource for Every {
    fn open(&self, stanza: &Stanza) -> crate::keys::Attempt {
        let (name, share) = stanza.encrypted.split_once(' ').unwrap();
        assert_eq!(name, stanza.recipient.text());
        let share = share.split(' ').map(|byte| byte.parse().unwrap());
        crate::keys::Attempt::Opened(Zeroizing::new(share.collect()))
    }

    fn seal(&self, recipient: &Recipient, share: &[u8]) -> crate::keys::Sealing {
        let share: Vec<String> = share.iter().map(ToString::to_string).collect();
        let sealed = format!("{} {}", recipient.text(), share.join(" "));
        crate::keys::Sealing::Sealed(sealed)
    }

    fn seals(&self, _: &Recipient) -> bool {
        true
    }

    fn looked_at(&self) -> Vec<crate::keys::LookedAt> {
        Vec::new()
    }
}

#[test]
fn it_is_sealed_to_every_kind_of_key() {
    let keyring = People::new(0).keyring(&[]).with(Box::new(Every));
    for recipient in [
        Recipient::Pgp("0123456789ABCDEF0123456789ABCDEF01234567".into()),
        Recipient::GcpKms("projects/p/locations/l/keyRings/r/cryptoKeys/k".into()),
        Recipient::HuaweiKms("eu:1".into()),
        Recipient::AzureKeyVault("https://v.vault.azure.net/keys/k/1".into()),
        Recipient::Vault("https://v:8200/v1/transit/keys/k".into()),
        Recipient::parse("arn:aws:kms:eu-west-1:1:key/a").unwrap(),
    ] {
        let mut readers = Readers {
            groups: vec![vec![recipient.clone()]],
            threshold: 0,
        };
        assert_eq!(readers.take_unsupported(&keyring), []);
        let bytes = seal(CLEAR, &[b"plan"], Some(&readers), &keyring).unwrap();
        let sealed = Sealed::parse(bytes.clone()).unwrap();
        assert_eq!(sealed.recipients().collect::<Vec<_>>(), [&recipient]);
        let parts = open(bytes, &keyring).unwrap();
        assert_eq!(parts.first().unwrap().as_slice(), b"plan");
    }
}

#[test]
fn a_head_comes_back_as_it_was_written() {
    let kms = |role: Option<&str>, profile: Option<&str>, context: &[(&str, &str)]| Stanza {
        recipient: Recipient::AwsKms {
            arn: "arn:aws:kms:eu-west-1:123456789012:key/a b".to_owned(),
            role: role.map(str::to_owned),
            profile: profile.map(str::to_owned),
            context: context
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        },
        encrypted: "AQIC=".to_owned(),
    };
    let ssh = Stanza {
        recipient: Recipient::age("ssh-ed25519 AAAA ann@laptop"),
        encrypted: "-----BEGIN AGE\nx\n".to_owned(),
    };
    let groups = vec![
        vec![kms(None, None, &[]), kms(Some(""), Some("p"), &[])],
        vec![kms(Some("r"), None, &[("a b", ""), ("", "-")]), ssh],
    ];
    let shown = |groups: &[Vec<Stanza>]| -> Vec<Vec<(Recipient, String)>> {
        let of = |one: &Stanza| (one.recipient.clone(), one.encrypted.clone());
        groups
            .iter()
            .map(|group| group.iter().map(of).collect())
            .collect()
    };
    let expected = shown(&groups);
    let lock = Lock {
        groups,
        threshold: 2,
    };
    let text = head::write(CLEAR, Some(&lock), 77);
    let (read, at, length) = Head::parse(text.as_bytes()).unwrap();
    let lock = read.lock.unwrap();
    assert_eq!(shown(&lock.groups), expected);
    assert_eq!((lock.threshold, at, length), (2, text.len(), 77));
    // There is one way to write it, so what is authenticated is what was read.
    assert_eq!(head::write(&read.clear, Some(&lock), 77), text);
}

#[cfg(unix)]
#[test]
fn it_takes_the_place_of_a_sealed_file_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tollgate");
    let bytes = seal(CLEAR, &[b"1"], None, &People::new(0).keyring(&[])).unwrap();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    write(&path, &bytes).unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    write(&path, &bytes).unwrap();
    assert_eq!(mode(), 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    remove(&path).unwrap();
    remove(&path).unwrap();
    assert!(!path.exists());

    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(write(&path, &bytes), Err(SealError::Occupied)));
    assert!(matches!(remove(&path), Err(SealError::Occupied)));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    assert!(matches!(write(&path, &bytes), Err(SealError::NotAFile)));
    assert!(matches!(
        write(folder.path(), &bytes),
        Err(SealError::NotAFile)
    ));
    assert!(matches!(
        Sealed::read(folder.path()),
        Err(SealError::NotAFile)
    ));
    assert!(matches!(
        write(&folder.path().join("nowhere/a.tollgate"), &bytes),
        Err(SealError::Write(ErrorKind::NotFound))
    ));
}
