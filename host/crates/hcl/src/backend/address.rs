//! Addresses with credentials in them, and without.

use std::borrow::Cow;
use std::net::IpAddr;

/// What of the names of parameters says that the value is no part of an address.
const SECRETS: [&str; 12] = [
    "auth",
    "code",
    "credential",
    "jwt",
    "key",
    "passfile",
    "passphrase",
    "password",
    "pwd",
    "secret",
    "sig",
    "token",
];

fn is_secret(parameter: &str) -> bool {
    let lower = parameter.to_ascii_lowercase();
    SECRETS.iter().any(|part| lower.contains(part))
}

/// The parts of `SCHEME://USER@HOST/PATH?QUERY`.
struct Url<'t> {
    scheme: &'t str,
    user: Option<&'t str>,
    host: &'t str,
    path: &'t str,
    query: &'t str,
}

impl<'t> Url<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if scheme.is_empty() || !scheme.chars().all(is_scheme) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may have slashes, whatever the standards say: the last `@` ends it.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        Some(Self {
            scheme,
            user,
            host,
            path,
            query,
        })
    }

    fn parameters(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let parameters = self
            .query
            .split('&')
            .filter(|parameter| !parameter.is_empty());
        parameters.map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
    }
}

/// Tells whether a value is an address, or the parameters of a database connection, with a password
/// or the like.
pub(super) fn has_credential(value: &str) -> bool {
    match Url::read(value) {
        Some(url) => {
            url.user.is_some_and(|user| user.contains(':'))
                || url
                    .parameters()
                    .any(|(name, value)| is_secret(name) && !value.is_empty())
        }
        None => words(value).any(|(name, value)| name.contains("password") && !value.is_empty()),
    }
}

/// An address without users and passwords; anything else as it is.
pub(super) fn without_credentials(value: &str) -> String {
    let Some(url) = Url::read(value) else {
        return value.to_owned();
    };
    let mut kept: Vec<String> = url
        .parameters()
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    kept.sort();
    let query = if kept.is_empty() {
        String::new()
    } else {
        format!("?{}", kept.join("&"))
    };
    let (scheme, host) = (url.scheme, url.host.to_ascii_lowercase());
    format!("{scheme}://{host}{}{query}", url.path)
}

/// An address with one name for the machine that this runs on, which has many: for comparing two.
/// Anything else as it is.
pub(super) fn of_this_machine(value: &str) -> Cow<'_, str> {
    let start = value.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = value.split_at(start);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, machine) = match authority.rsplit_once('@') {
        Some((user, machine)) => (format!("{user}@"), machine),
        None => (String::new(), authority),
    };
    // The colons of an address of version 6 are within its brackets.
    let (host, port) = match machine.rfind(':') {
        Some(at) if !machine.ends_with(']') => machine.split_at(at),
        _ => (machine, ""),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    // Without a host, PostgreSQL is that of this machine.
    let is_own = host == "localhost"
        || host.ends_with(".localhost")
        || (host.is_empty() && scheme == "postgres://")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback() || address.is_unspecified());
    if is_own {
        Cow::Owned(format!("{scheme}{user}localhost{port}{path}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// Where a PostgreSQL database is, of what may say its user and much else in two notations.
pub(super) fn database(value: &str) -> String {
    let mut host = String::new();
    let mut port = String::new();
    let mut name = String::new();
    let parameters: Vec<(String, String)> = match Url::read(value) {
        Some(url) => {
            let (before, after) = url.host.rsplit_once(':').unwrap_or((url.host, ""));
            // Of an address of version 6 the colon is within.
            if after.chars().all(|c| c.is_ascii_digit()) {
                host = before.to_owned();
                port = after.to_owned();
            } else {
                host = url.host.to_owned();
            }
            name = url.path.trim_matches('/').to_owned();
            let parameters = url.parameters();
            parameters
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        }
        None => words(value).collect(),
    };
    for (parameter, value) in parameters {
        match parameter.as_str() {
            "host" | "hostaddr" => host = value,
            "port" => port = value,
            "dbname" | "service" => name = value,
            _ => {}
        }
    }
    if !port.is_empty() && port != "5432" {
        host = format!("{host}:{port}");
    }
    format!("postgres://{}/{name}", host.to_ascii_lowercase())
}

/// `NAME=VALUE NAME='VALUE'`, as libpq reads them.
fn words(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let mut value = String::new();
        let quoted = after.starts_with('\'');
        let mut characters = after.char_indices().skip(usize::from(quoted));
        let mut end = after.len();
        while let Some((at, c)) = characters.next() {
            if (quoted && c == '\'') || (!quoted && c.is_whitespace()) {
                end = at + c.len_utf8();
                break;
            }
            match c {
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        rest = after.get(end..).unwrap_or_default().trim_start();
        Some((name.trim().to_owned(), value))
    })
}
