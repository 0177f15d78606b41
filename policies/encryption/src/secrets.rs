//! Texts that are secrets, whatever they are called: formats that the issuer has documented so
//! that scanners can find them.
//!
//! Sources: AWS (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>),
//! GitHub (<https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>),
//! GitLab (<https://docs.gitlab.com/security/tokens/#token-prefixes>), Slack, Stripe, npm, SendGrid and
//! Azure; private keys as in RFC 7468.

/// A beginning, and what has to follow.
struct Token {
    what: &'static str,
    start: &'static str,
    /// Characters besides letters and digits.
    also: &'static str,
    /// How many follow at least, and at most.
    length: (usize, usize),
}

const fn token(
    what: &'static str,
    start: &'static str,
    also: &'static str,
    least: usize,
    most: usize,
) -> Token {
    Token {
        what,
        start,
        also,
        length: (least, most),
    }
}

const TOKENS: &[Token] = &[
    token("a token of GitHub", "ghp_", "", 36, 36),
    token("a token of GitHub", "gho_", "", 36, 36),
    token("a token of GitHub", "ghu_", "", 36, 36),
    token("a token of GitHub", "ghs_", "", 36, 36),
    token("a token of GitHub", "ghr_", "", 36, 76),
    token("a token of GitHub", "github_pat_", "_", 82, 82),
    token("a token of GitLab", "glpat-", "_-", 20, 300),
    token("a token of Slack", "xoxb-", "-", 40, 100),
    token("a token of Slack", "xoxp-", "-", 40, 100),
    token("a key of Stripe", "sk_live_", "", 24, 200),
    token("a key of Stripe", "rk_live_", "", 24, 200),
    token("a token of npm", "npm_", "", 36, 36),
    token("a key of SendGrid", "SG.", "._-", 66, 66),
    token("a key of a storage account", "AccountKey=", "+/=", 86, 88),
];

/// What a secret access key of AWS is called; only behind its name a text of 40 characters is one.
const NAMES: &[&str] = &[
    "secret_access_key",
    "secretaccesskey",
    "aws_secret_key",
    "secret-access-key",
];

/// What secrets are in a text, by kind. Texts that are encoded as base64 as a whole are decoded.
pub(crate) fn kinds(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    plain(text, &mut found);
    let encoded = text.trim();
    if found.is_empty()
        && encoded.len() >= 40
        && let Some(decoded) = decoded(encoded)
    {
        plain(&decoded, &mut found);
    }
    found
}

fn plain(text: &str, found: &mut Vec<&'static str>) {
    let mut add = |what| {
        if !found.contains(&what) {
            found.push(what);
        }
    };
    if let Some((_, rest)) = text.split_once("-----BEGIN ")
        && let Some((label, _)) = rest.split_once("-----")
        && label.len() < 40
        && label.ends_with("PRIVATE KEY")
    {
        add("a private key");
    }
    for token in TOKENS {
        let mut rest = text;
        while let Some(at) = rest.find(token.start) {
            let before = rest.get(..at).and_then(|text| text.chars().next_back());
            let behind = rest.get(at + token.start.len()..).unwrap_or_default();
            let length = run(behind, token.also);
            let whole = !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
                && (token.length.0..=token.length.1).contains(&length);
            if whole {
                add(token.what);
            }
            rest = behind;
        }
    }
    let lower = text.to_ascii_lowercase();
    for name in NAMES {
        let mut from = 0;
        while let Some(at) = lower.get(from..).and_then(|rest| rest.find(name)) {
            from += at + name.len();
            let behind = text.get(from..).unwrap_or_default();
            // `NAME = "…"`, `NAME: …`, or `"name": "NAME", "value": "…"`.
            let mut value = behind.trim_start_matches(SEPARATORS);
            if let Some(rest) = value.strip_prefix("value") {
                value = rest.trim_start_matches(SEPARATORS);
            }
            if value.len() < behind.len() && run(value, "+/") == 40 {
                add("a secret access key of AWS");
            }
        }
    }
}

const SEPARATORS: [char; 9] = ['"', '\'', '=', ':', ',', ' ', '\\', '\t', '`'];

/// How many letters, digits and characters of `also` a text begins with.
fn run(text: &str, also: &str) -> usize {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || also.contains(*c))
        .count()
}

/// The text that is encoded as base64.
fn decoded(text: &str) -> Option<String> {
    const MOST: usize = 200_000;
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().take(MOST) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b'\n' | b'\r' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{decoded, kinds};

    #[test]
    fn only_what_is_a_secret() {
        let forty = "abcdefghij0123456789ABCDEFGHIJ+/abcdefgh";
        let nothing: &[&str] = &[];
        let aws = &["a secret access key of AWS"][..];
        for (text, expected) in [
            (format!("export AWS_SECRET_ACCESS_KEY={forty}"), aws),
            (format!("aws_secret_access_key = {forty}\n"), aws),
            (
                format!(r#"[{{"name":"AWS_SECRET_ACCESS_KEY","value":"{forty}"}}]"#),
                aws,
            ),
            (format!("AWS_SECRET_ACCESS_KEY={forty}x"), nothing),
            (
                "AWS_SECRET_ACCESS_KEY=$(vault read key)".to_owned(),
                nothing,
            ),
            (format!("CHECKSUM={forty}"), nothing),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMII".to_owned(),
                &["a private key"],
            ),
            ("-----BEGIN PUBLIC KEY-----\nMII".to_owned(), nothing),
            (format!("ghp_{}", "a".repeat(36)), &["a token of GitHub"]),
            (format!("ghp_{}", "a".repeat(35)), nothing),
            (format!("xghp_{}", "a".repeat(36)), nothing),
            ("password = hunter2".to_owned(), nothing),
            (String::new(), nothing),
            ("é-----BEGIN ".to_owned(), nothing),
        ] {
            assert_eq!(kinds(&text), expected, "{text}");
        }
        assert_eq!(decoded("aGVsbG8="), Some("hello".to_owned()));
        assert_eq!(decoded("a b"), None);
    }
}
