//! Which attributes are secret when the plan does not say.
//!
//! Plans before 0.15 carry no sensitivity markers at all. There, and only there,
//! the name decides. A plan with markers is taken at its word.

/// Returns whether the name of an attribute or of a map's key suggests a secret.
///
/// It errs on the side of secrecy: a masked harmless value is undetermined, a
/// secret that is let through cannot be called back.
#[must_use]
pub fn suggests_secret(name: &str) -> bool {
    const SECRET: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "privatekey",
        "apikey",
        "accesskey",
        "credential",
        "connectionstring",
        "sharedkey",
    ];
    // What is said about a secret, and is none.
    const ABOUT: [&str; 20] = [
        "arn",
        "arns",
        "id",
        "ids",
        "name",
        "names",
        "version",
        "versions",
        "policy",
        "type",
        "length",
        "age",
        "days",
        "enabled",
        "required",
        "ttl",
        "rotation",
        "count",
        "prevention",
        "expiration",
    ];
    let mut words: Vec<String> = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        } else {
            words.push(String::new());
        }
        lower = c.is_lowercase() || c.is_numeric();
    }
    if words.len() > 1
        && words
            .last()
            .is_some_and(|word| ABOUT.contains(&word.as_str()))
    {
        return false;
    }
    let joined = words.concat();
    SECRET.iter().any(|secret| joined.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::suggests_secret;

    #[test]
    fn names_of_secrets_and_of_facts_about_them() {
        for name in [
            "password",
            "master_password",
            "masterPassword",
            "db-passwd",
            "secret",
            "secret_string",
            "clientSecret",
            "CLIENT_SECRET",
            "auth_token",
            "oauthToken",
            "private_key",
            "private_key_pem",
            "api_key",
            "apiKey",
            "secret_access_key",
            "passphrase",
            "credentials",
            "primary_connection_string",
            "primary_access_key",
            "secrets",
        ] {
            assert!(suggests_secret(name), "{name}");
        }
        for name in [
            "name",
            "secret_arn",
            "secretArn",
            "secret_id",
            "secret_name",
            "access_key_id",
            "password_policy",
            "token_type",
            "secret_version",
            "minimum_password_length",
            "key_name",
            "kms_key_arn",
            "monkey",
            "password_reuse_prevention",
            "token_ttl",
            "tags",
            "keepers",
        ] {
            assert!(!suggests_secret(name), "{name}");
        }
    }
}
