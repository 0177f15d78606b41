//! Variables of an environment that change what programs do rather than what they know.
//!
//! A secret has no business under such a name: whoever can change a secrets file, which needs no more
//! than the public recipients, would choose what runs on the machine that deploys.

/// Whole names: what is run, what is loaded into it, where it looks and which rules it follows.
const NAMES: &[&str] = &[
    // Shells.
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "FPATH",
    "GLOBIGNORE",
    "HISTFILE",
    "HOME",
    "IFS",
    "INPUTRC",
    "LOGNAME",
    "OLDPWD",
    "PATH",
    "PATHEXT",
    "PROMPT_COMMAND",
    "PS4",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "ZDOTDIR",
    // The C library.
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "LOCPATH",
    "MALLOC_TRACE",
    "NIS_PATH",
    "NLSPATH",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "TZDIR",
    // Languages.
    "CLASSPATH",
    "GEM_HOME",
    "GEM_PATH",
    "GODEBUG",
    "GOFLAGS",
    "GOPATH",
    "GOROOT",
    "GOTRACEBACK",
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LUA_CPATH",
    "LUA_INIT",
    "LUA_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "_JAVA_OPTIONS",
    // Programs that others start, and certificates that they trust.
    "AWS_CONFIG_FILE",
    "BROWSER",
    "CURL_CA_BUNDLE",
    "CURL_HOME",
    "EDITOR",
    "LESSCLOSE",
    "LESSOPEN",
    "MAKEFLAGS",
    "MANPAGER",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PAGER",
    "REQUESTS_CA_BUNDLE",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SUDO_ASKPASS",
    "VISUAL",
    // OpenTofu and Terraform.
    "TF_DATA_DIR",
    "TF_REATTACH_PROVIDERS",
    "TF_WORKSPACE",
];

/// How others begin.
const PREFIXES: &[&str] = &[
    "BASH_FUNC_",
    "DYLD_",
    "GIT_",
    "LD_",
    "NPM_CONFIG_",
    "PYTHON",
    "TF_CLI_",
    "TF_LOG",
    "TF_PLUGIN",
    "TOLLGATE_",
    "XDG_",
];

/// Tells whether a variable of that name changes how programs run.
pub(super) fn changes_programs(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        for (name, expected) in [
            ("PATH", true),
            ("HOME", true),
            ("LD_PRELOAD", true),
            ("DYLD_INSERT_LIBRARIES", true),
            ("BASH_ENV", true),
            ("ENV", true),
            ("IFS", true),
            ("PYTHONPATH", true),
            ("NODE_OPTIONS", true),
            ("GIT_SSH_COMMAND", true),
            ("TF_CLI_ARGS_apply", true),
            ("TF_CLI_CONFIG_FILE", true),
            ("TF_PLUGIN_CACHE_DIR", true),
            ("TF_LOG_PATH", true),
            ("SHELL", true),
            // What secrets are called.
            ("TF_VAR_password", false),
            ("TF_TOKEN_app_terraform_io", false),
            ("AWS_SECRET_ACCESS_KEY", false),
            ("DATABASE_PATH", false),
            ("ENVIRONMENT", false),
            ("HTTPS_PROXY", false),
            ("LDAP_PASSWORD", false),
            ("APP_PATH", false),
        ] {
            assert_eq!(changes_programs(name), expected, "{name}");
        }
    }
}
