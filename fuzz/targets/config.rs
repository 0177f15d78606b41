//! `tollgate.toml`, waivers included: a configuration or mistakes at their lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::config::Config;
use tollgate::policy::builtin;

fuzz_target!(|bytes: &[u8]| {
    match Config::parse("tollgate.toml", bytes.to_vec(), &builtin::infos()) {
        Ok(config) => {
            for name in [None, Some("production"), Some("a")] {
                if let Err(error) = config.environment(name) {
                    let _ = error.render(false);
                }
            }
        }
        Err(error) => {
            let _ = error.render(false);
        }
    }
});
