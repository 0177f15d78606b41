//! Variables of an environment that change what programs do rather than what they know.
//!
//! A secret has no business under such a name: whoever can change a secrets file, which needs no more
//! than the public recipients, would choose what runs on the machine that deploys. No list of such names
//! is complete, so what counts is how a name is made: a name of a program's own family, or one that
//! speaks of options, paths, hooks and the like, is taken only where the configuration gives it. What a
//! name ends in can say that it is a secret after all: `DOCKER_PASSWORD`, `NPM_TOKEN`.

/// What the names of secrets end in.
const SECRET_WORDS: &[&str] = &[
    "CREDENTIAL",
    "CREDENTIALS",
    "DSN",
    "KEY",
    "KEYS",
    "LICENSE",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PASSWORDS",
    "PIN",
    "PWD",
    "SALT",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
];

/// Whole names, whatever they end in: what is run, what is loaded into it, where it looks and which rules
/// it follows.
const NAMES: &[&str] = &[
    // Shells, and what every program looks at.
    "BASH",
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "COLUMNS",
    "DISPLAY",
    "ENV",
    "FCEDIT",
    "FPATH",
    "GLOBIGNORE",
    "HISTFILE",
    "HOME",
    "HOSTNAME",
    "IFS",
    "INPUTRC",
    "LANG",
    "LANGUAGE",
    "LINES",
    "LOGNAME",
    "MAIL",
    "MAILCHECK",
    "NO_COLOR",
    "OLDPWD",
    "PATH",
    "PATHEXT",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "TEMP",
    "TERM",
    "TERMCAP",
    "TERMINFO",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "XAUTHORITY",
    "ZDOTDIR",
    // The C library.
    "HOSTALIASES",
    "LOCALDOMAIN",
    "LOCPATH",
    "NLSPATH",
    "RES_OPTIONS",
    "TZDIR",
    // Compilers and what builds with them.
    "AR",
    "AS",
    "CC",
    "CPP",
    "CXX",
    "LD",
    "NM",
    "STRIP",
    // Programs that others start.
    "BROWSER",
    "BZIP",
    "BZIP2",
    "CLASSPATH",
    "EDITOR",
    "EXINIT",
    "GNUPGHOME",
    "GZIP",
    "KUBECONFIG",
    "LESS",
    "LESSCLOSE",
    "LESSOPEN",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LUA_INIT",
    "MANPAGER",
    "MORE",
    "NETRC",
    "NOTIFY_SOCKET",
    "PAGER",
    "PGHOST",
    "PGHOSTADDR",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PHPRC",
    "PSQLRC",
    "SSLKEYLOGFILE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "UNZIP",
    "VIM",
    "VISUAL",
    "WGETRC",
    "ZIPOPT",
    // Whose credentials a cloud's tools take, and where they send them.
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "VAULT_ADDR",
];

/// How whole families begin, whatever their names end in: a name of them is no secret's.
const STRICT_PREFIXES: &[&str] = &[
    "BASH_FUNC_",
    "DYLD_",
    "LD_",
    "LC_",
    "SOPS_",
    "TF_CLI_",
    "TF_LOG",
    "TF_PLUGIN",
    "TOLLGATE_",
];

/// How whole families begin, of which some names are secrets'.
const PREFIXES: &[&str] = &[
    "ANSIBLE_",
    "ANT_",
    "ATMOS_",
    "AWS_CA_",
    "AWS_CONFIG",
    "AWS_EC2_",
    "AWS_ENDPOINT_",
    "AWS_SHARED_",
    "AWS_WEB_IDENTITY_",
    "AZURE_CONFIG_",
    "BUNDLE_",
    "BUN_",
    "CARGO_",
    "CCACHE_",
    "CGO_",
    "CLOUDSDK_",
    "CMAKE_",
    "COMPLUS_",
    "COMPOSER_",
    "CONDA_",
    "CORECLR_",
    "COR_",
    "CURL_",
    "DBUS_",
    "DENO_",
    "DISTCC_",
    "DOCKER_",
    "DOTNET_",
    "ELIXIR_",
    "EMACS",
    "ERL_",
    "GCONV_",
    "GDK_",
    "GEM_",
    "GETCONF_",
    "GIO_",
    "GIT_",
    "GLIBC_",
    "GODEBUG",
    "GOENV",
    "GOFLAGS",
    "GOINSECURE",
    "GONO",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOROOT",
    "GOSUMDB",
    "GOTOOLCHAIN",
    "GOTRACEBACK",
    "GOVCS",
    "GPG_",
    "GRADLE_",
    "GREP_",
    "GROFF",
    "GST_",
    "GTK_",
    "GUILE_",
    "GUIX_",
    "HELM_",
    "HOMEBREW_",
    "INFRACOST_",
    "JAVA_",
    "JDK_",
    "JULIA_",
    "KRB5",
    "LIBGL",
    "LUA_",
    "MAKE",
    "MALLOC_",
    "MAN",
    "MAVEN_",
    "MESA_",
    "MIX_",
    "NIX_",
    "NIS_",
    "NODE_",
    "NPM_",
    "NVIM",
    "OPENSSL_",
    "PERL",
    "PHP_",
    "PINENTRY",
    "PIP_",
    "PNPM_",
    "POETRY_",
    "PYTHON",
    "QT_",
    "REBAR_",
    "REQUESTS_",
    "RESOLV_",
    "RSYNC_",
    "RUBY",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_",
    "RUST_",
    "R_",
    "SBT_",
    "SCREEN",
    "SDL_",
    "SOCKS",
    "SSH_",
    "SSL_",
    "SUDO_",
    "SYSTEMD_",
    "TAR_",
    "TCL",
    "TERRAFORM_",
    "TERRAGRUNT_",
    "TF_DATA_",
    "TF_REATTACH_",
    "TF_WORKSPACE",
    "TG_",
    "TMUX",
    "TOFU_",
    "UV_",
    "VAGRANT_",
    "VK_",
    "WAYLAND_",
    "XDG_",
    "XZ_",
    "YARN_",
    "ZSTD_",
    "_JAVA_",
];

/// Words anywhere in a name that speak of how a program runs.
const WORDS: &[&str] = &[
    "AFLAGS",
    "ARGS",
    "ARGV",
    "ASKPASS",
    "BROWSER",
    "CFLAGS",
    "CMD",
    "COMMAND",
    "COMPILER",
    "CONF",
    "CONFIG",
    "DIR",
    "DIRS",
    "EDITOR",
    "ENGINES",
    "EXEC",
    "EXECUTABLE",
    "FLAGS",
    "HOME",
    "HOOK",
    "HOOKS",
    "INIT",
    "INTERPRETER",
    "LAUNCHER",
    "LIBRARY",
    "LIBPATH",
    "LOADER",
    "LOGFILE",
    "MODULES",
    "OPT",
    "OPTIONS",
    "OPTS",
    "PAGER",
    "PATH",
    "PATHS",
    "PLUGIN",
    "PLUGINS",
    "PRELOAD",
    "PROFILE",
    "PROFILER",
    "PROXY",
    "RC",
    "RCFILE",
    "RSH",
    "SHELL",
    "SSH",
    "STARTUP",
    "WRAPPER",
];

/// How words end that speak of it without a `_` before them: `VIMINIT`, `CXXFLAGS`.
const ENDINGS: &[&str] = &[
    "CMD", "CONFIG", "FLAGS", "INIT", "LIB", "OPT", "OPTIONS", "OPTS", "PATH", "PROXY", "ROOTCERT",
    "SHELL",
];

/// Tells whether a variable of that name may change how programs run. Behind a prefix that somebody has
/// chosen, words say nothing: `APP_PATH` is the path of an app.
pub(super) fn changes_programs(name: &str, prefixed: bool) -> bool {
    let name = name.to_ascii_uppercase();
    // Variables of the configuration, and credentials of registries.
    if name.starts_with("TF_VAR_") || name.starts_with("TF_TOKEN_") {
        return false;
    }
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if NAMES.contains(&name.as_str()) || begins(STRICT_PREFIXES) {
        return true;
    }
    let mut words = name.split('_').filter(|word| !word.is_empty());
    if words
        .clone()
        .next_back()
        .is_some_and(|last| SECRET_WORDS.contains(&last))
    {
        return false;
    }
    begins(PREFIXES)
        || !prefixed
            && words.any(|word| {
                WORDS.contains(&word)
                    || ENDINGS
                        .iter()
                        .any(|ending| word.len() > ending.len() && word.ends_with(ending))
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_programs_is_refused() {
        for name in [
            "PATH",
            "HOME",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "ENV",
            "IFS",
            "PYTHONPATH",
            "NODE_OPTIONS",
            "GIT_SSH_COMMAND",
            "TF_CLI_ARGS_apply",
            "TF_CLI_CONFIG_FILE",
            "TF_PLUGIN_CACHE_DIR",
            "TF_LOG_PATH",
            "TF_WORKSPACE",
            "SHELL",
            "TAR_OPTIONS",
            "DOTNET_STARTUP_HOOKS",
            "HTTPS_PROXY",
            "https_proxy",
            "SSLKEYLOGFILE",
            "RSYNC_RSH",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
            "CARGO_HOME",
            "SOPS_AGE_KEY",
            "ERL_ZFLAGS",
            "VIMINIT",
            "GIT_EXTERNAL_DIFF",
            "SVN_SSH",
            "KUBECONFIG",
            "AWS_CONFIG_FILE",
            "AWS_ENDPOINT_URL_S3",
            "CXXFLAGS",
            "APP_PATH",
            "TERRAFORM_CONFIG",
            "terraform_config",
            "TERRAGRUNT_DOWNLOAD",
            "TG_WORKING_DIR",
            "INFRACOST_CONFIG_FILE",
            "TALOSCONFIG",
            "PGSSLROOTCERT",
        ] {
            assert!(changes_programs(name, false), "{name}");
        }
        assert!(changes_programs("LD_PRELOAD", true));
        assert!(changes_programs("TAR_OPTIONS", true));
    }

    #[test]
    fn what_secrets_are_called_is_handed_over() {
        for name in [
            "TF_VAR_path",
            "TF_TOKEN_app_terraform_io",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "DATABASE_URL",
            "DB_HOST",
            "DB_USER",
            "ENVIRONMENT",
            "LDAP_PASSWORD",
            "DOCKER_PASSWORD",
            "NPM_TOKEN",
            "PGPASSWORD",
            "STRIPE_SECRET",
            "SENTRY_DSN",
            "SA",
            "CERTIFICATE",
            "PROXY_PASSWORD",
            "CLIENT_ID",
            "INFRACOST_API_KEY",
            "TERRAGRUNT_TOKEN",
        ] {
            assert!(!changes_programs(name, false), "{name}");
        }
        assert!(!changes_programs("APP_PATH", true));
    }
}
