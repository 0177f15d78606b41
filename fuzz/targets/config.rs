//! `tollgate.toml`, waivers included: a configuration or mistakes at their lines, in which nothing
//! acts on a terminal or a log.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::config::Config;
use tollgate_model::error::UserError;
use tollgate_model::library::LIBRARY;

fuzz_target!(|bytes: &[u8]| {
    match Config::parse("tollgate.toml", bytes.to_vec(), LIBRARY) {
        Ok(config) => {
            for name in [None, Some("production"), Some("a")] {
                if let Err(error) = config.environment(name) {
                    inert(&error.render(false));
                }
            }
        }
        Err(error) => {
            inert(&error.render(false));
        }
    }
});

fn inert(shown: &str) {
    for line in shown.lines() {
        assert!(!line.contains("##["), "{line}");
        assert!(
            !line.contains("\u{202e}") && !line.contains("\u{200b}"),
            "{line:?}"
        );
        // The marks and the frame are not the file's.
        assert!(!line.trim_start().starts_with("::"), "{line}");
    }
}
