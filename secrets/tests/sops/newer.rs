//! What sops writes since 3.12 and the sops of the other tests does not know yet, by its source:
//! a comment behind a value stays behind it.

use crate::forge::{IDENTITY, enc, mac, metadata, yaml};
use crate::support::keyring;
use libtest_mimic::{Failed, Trial};
use tollgate_secrets::{Format, SecretsFile};

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "newer: comments behind values stay there",
        inline_comments,
    )]
}

fn inline_comments() -> Result<(), Failed> {
    let body = format!(
        "a: {} #{}\nl:\n    - {} # clear\n    - {}",
        enc("x", "str", "a:"),
        enc(" behind a", "comment", ":"),
        enc("w", "str", "l:"),
        enc("z", "str", "l:"),
    );
    let text = yaml(&body, &metadata(&mac(&["x", "w", "z"])));
    let file = SecretsFile::parse("a.yaml", text.as_bytes(), Format::Yaml)?;
    let secrets = file.open(&keyring(&[("SOPS_AGE_KEY", IDENTITY)]))?;
    let rendered = secrets.render(None)?;
    let rendered = String::from_utf8_lossy(&rendered);
    if rendered == "a: x # behind a\nl:\n    - w # clear\n    - z\n" {
        Ok(())
    } else {
        Err(rendered.into_owned().into())
    }
}
