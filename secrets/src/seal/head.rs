//! The lines of a sealed file that are before its body.

use super::{MAGIC, SealError, VERSION};
use crate::keys::{Recipient, Stanza};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt::{self, Write as _};

/// The longest line, in bytes.
pub(super) const LINE_LIMIT: usize = 64 << 10;
/// Files for more readers than this are mistakes.
const MOST_READERS: usize = 1000;
/// What a field that is not there looks like: no base64 does.
const NONE: &str = "-";

/// Whom the key of a file is encrypted to.
pub(super) struct Lock {
    pub(super) groups: Vec<Vec<Stanza>>,
    pub(super) threshold: usize,
}

/// What a file says before its body.
pub(super) struct Head {
    pub(super) clear: String,
    /// None where it is not encrypted.
    pub(super) lock: Option<Lock>,
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("clear", &self.clear)
            .field("encrypted", &self.lock.is_some())
            .finish()
    }
}

/// Writes the lines of a file whose body is that long.
pub(super) fn write(clear: &str, lock: Option<&Lock>, body: usize) -> String {
    let mut out = format!("{MAGIC}{VERSION}\n{clear}\n");
    match lock {
        None => out.push_str("reader none\n"),
        Some(lock) => {
            let _ = writeln!(out, "threshold {}", lock.threshold);
            for (number, group) in lock.groups.iter().enumerate() {
                for stanza in group {
                    let _ = writeln!(out, "reader {number} {}", reader(stanza));
                }
            }
        }
    }
    let _ = writeln!(out, "body {body}");
    out
}

fn reader(stanza: &Stanza) -> String {
    let mut fields = match &stanza.recipient {
        Recipient::AwsKms {
            arn,
            role,
            profile,
            context,
        } => {
            let mut fields = vec![
                "aws-kms".to_owned(),
                encode(arn),
                role.as_deref().map_or_else(|| NONE.to_owned(), encode),
                profile.as_deref().map_or_else(|| NONE.to_owned(), encode),
                context.len().to_string(),
            ];
            for (name, value) in context {
                fields.extend([encode(name), encode(value)]);
            }
            fields
        }
        other => vec![kind(other).to_owned(), encode(other.text())],
    };
    fields.push(encode(&stanza.encrypted));
    fields.join(" ")
}

/// The word for a kind of recipient that is no more than a text.
fn kind(recipient: &Recipient) -> &'static str {
    match recipient {
        Recipient::Pgp(_) => "pgp",
        Recipient::GcpKms(_) => "gcp-kms",
        Recipient::HuaweiKms(_) => "huawei-kms",
        Recipient::AzureKeyVault(_) => "azure-key-vault",
        Recipient::Vault(_) => "vault",
        Recipient::Age(_)
        | Recipient::AgePlugin(_)
        | Recipient::AgePostQuantum(_)
        | Recipient::Ssh(_)
        | Recipient::AwsKms { .. } => "age",
    }
}

fn encode(text: &str) -> String {
    STANDARD_NO_PAD.encode(text)
}

fn decode(field: &str) -> Option<String> {
    String::from_utf8(STANDARD_NO_PAD.decode(field).ok()?).ok()
}

impl Head {
    /// Reads the lines; returns also where the body begins and how long it should be.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, usize, usize), SealError> {
        if !bytes.starts_with(MAGIC.as_bytes()) {
            // A file that was cut off even before the end of that is nothing that can be told.
            return Err(SealError::NotSealed);
        }
        let mut lines = Lines { bytes, at: 0 };
        let version = lines
            .next()?
            .strip_prefix(MAGIC)
            .ok_or(SealError::NotSealed)?;
        if version != VERSION {
            let shown: String = version.chars().take(20).collect();
            return Err(SealError::Version(shown));
        }
        let clear = lines.next()?.to_owned();
        let mut threshold = None;
        let mut groups: Vec<Vec<Stanza>> = Vec::new();
        let mut open = false;
        let mut readers = 0;
        loop {
            let line = lines.next()?;
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "threshold" if threshold.is_none() && readers == 0 && !open => {
                    threshold =
                        Some(number(rest).ok_or(SealError::Head("its threshold is no number"))?);
                }
                "reader" if rest == "none" && threshold.is_none() && readers == 0 && !open => {
                    open = true;
                }
                "reader" if threshold.is_some() => {
                    let damaged = SealError::Head("a line that names a reader makes no sense");
                    readers += 1;
                    if readers > MOST_READERS {
                        return Err(SealError::Head("it names too many readers"));
                    }
                    let Some((group, stanza)) = stanza(rest) else {
                        return Err(damaged);
                    };
                    if group == groups.len() {
                        groups.push(Vec::new());
                    }
                    // Groups come in order, and none is empty.
                    if group + 1 != groups.len() {
                        return Err(damaged);
                    }
                    if let Some(last) = groups.last_mut() {
                        last.push(stanza);
                    }
                }
                "body" => {
                    let length = number(rest).ok_or(SealError::Head("its size is no number"))?;
                    let lock = match (open, threshold) {
                        (true, None) => None,
                        (false, Some(threshold)) if readers > 0 => Some(Lock { groups, threshold }),
                        _ => return Err(SealError::Head("it does not say who reads it")),
                    };
                    return Ok((Self { clear, lock }, lines.at, length));
                }
                _ => return Err(SealError::Head("it has a line that nobody wrote")),
            }
        }
    }
}

/// Digits only: `+1` would be another way to write the same head.
fn number(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn stanza(line: &str) -> Option<(usize, Stanza)> {
    let mut fields = line.split(' ');
    let group = number(fields.next()?)?;
    let recipient = match fields.next()? {
        "age" => Recipient::age(&decode(fields.next()?)?),
        "pgp" => Recipient::Pgp(decode(fields.next()?)?),
        "gcp-kms" => Recipient::GcpKms(decode(fields.next()?)?),
        "huawei-kms" => Recipient::HuaweiKms(decode(fields.next()?)?),
        "azure-key-vault" => Recipient::AzureKeyVault(decode(fields.next()?)?),
        "vault" => Recipient::Vault(decode(fields.next()?)?),
        "aws-kms" => {
            let arn = decode(fields.next()?)?;
            let mut optional = || {
                Some(match fields.next()? {
                    NONE => None,
                    field => Some(decode(field)?),
                })
            };
            let role = optional()?;
            let profile = optional()?;
            let pairs = number(fields.next()?)?;
            let mut context = Vec::new();
            for _ in 0..pairs {
                context.push((decode(fields.next()?)?, decode(fields.next()?)?));
            }
            Recipient::AwsKms {
                arn,
                role,
                profile,
                context,
            }
        }
        _ => return None,
    };
    let encrypted = decode(fields.next()?)?;
    fields.next().is_none().then_some((
        group,
        Stanza {
            recipient,
            encrypted,
        },
    ))
}

struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Lines<'b> {
    fn next(&mut self) -> Result<&'b str, SealError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let within = rest.get(..LINE_LIMIT + 1).unwrap_or(rest);
        let Some(end) = within.iter().position(|byte| *byte == b'\n') else {
            return Err(if within.len() > LINE_LIMIT {
                SealError::Head("it has a line that is too long")
            } else {
                SealError::CutOff
            });
        };
        self.at += end + 1;
        within
            .get(..end)
            .and_then(|line| std::str::from_utf8(line).ok())
            .ok_or(SealError::Head("it has a line that is no text"))
    }
}
