//! What stands for the secret variables of a plan: the secrets, placeholders, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_secrets::inject::mask::Patterns;
use tollgate_secrets::inject::{InjectError, Injection};
use tollgate_secrets::{Keyring, Secrets, SecretsFile};
use zeroize::Zeroizing;

use super::target::Target;
use crate::config::Config;
use crate::hcl::encryption::runs_programs;
use crate::hcl::{Type, Variable};
use crate::inject::Handover;
use crate::layout::Layout;
use crate::routing::taken::{Named, Said};
use crate::routing::{self, Failure, RouteError, Routed};

/// Where OpenTofu takes the encryption of states and plans from, if it is set.
pub const ENCRYPTION: &str = "TF_ENCRYPTION";

/// Variables of an environment with their values, or a name that is no secret.
pub type Chosen = Result<BTreeMap<String, Zeroizing<Vec<u8>>>, String>;

/// The secrets of an environment, open.
pub struct Opened {
    /// Where they come from.
    pub routed: Routed,
    files: Vec<Secrets>,
    declared: BTreeMap<String, Variable>,
}

/// Finds the secrets of an environment; none where it has none.
///
/// # Errors
/// When they cannot be read, or are another environment's.
pub fn route(config: &Config, layout: &Layout) -> Result<Option<Routed>, Failure> {
    let settings = config
        .secrets(Some(&layout.environment))
        .map_err(|_| RouteError::NotFound {
            environment: layout.environment.clone(),
            looked_for: Vec::new(),
            similar: Vec::new(),
        });
    let configured = settings
        .as_ref()
        .is_ok_and(|settings| !settings.files.is_empty() || settings.source.is_some());
    let routed = settings.map_err(Failure::from).and_then(|settings| {
        let modules = std::slice::from_ref(&layout.directory.value);
        let directories = routing::directories(config, modules);
        routing::route(config, settings, &directories)
    });
    match routed {
        Ok(routed) => Ok(Some(routed)),
        // What nobody configured may not be there.
        Err(Failure::Route(RouteError::NotFound { .. })) if !configured => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Says which secret variables take their default because an environment has no secrets file, although
/// another one of the project has: most likely it is called otherwise, or was forgotten.
#[must_use]
pub fn without_a_file(
    config: &Config,
    target: &Target,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<Said> {
    let secret = |variable: &Variable| {
        (variable.sensitive || variable.ephemeral) && variable.default && !variable.blank_default
    };
    let declared = target.site.root.variables();
    let defaults: Vec<&String> = declared
        .iter()
        .filter(|(name, variable)| secret(variable) && !is_set(name))
        .map(|(name, _)| name)
        .collect();
    if defaults.is_empty() {
        return Vec::new();
    }
    let has_a_file = |layout: &Layout| {
        let settings = config.secrets(Some(&layout.environment)).ok()?;
        let modules = std::slice::from_ref(&layout.directory.value);
        let directories = routing::directories(config, modules);
        let files = routing::find(&settings, &directories).ok()?;
        (!files.is_empty()).then_some(())
    };
    let mut others = target.others.iter().map(|other| &other.layout);
    let Some(other) = others.find(|layout| has_a_file(layout).is_some()) else {
        return Vec::new();
    };
    let why = format!(
        "there is no secrets file, although {} has one",
        other.environment
    );
    let said = |name: &String| Said::default(name, &why, false);
    defaults.into_iter().map(said).collect()
}

impl Opened {
    /// Opens them.
    ///
    /// # Errors
    /// When no key does, or they say that they are another environment's.
    pub fn open(
        routed: Routed,
        config: &Config,
        layout: &Layout,
        declared: &BTreeMap<String, Variable>,
        keyring: &Keyring,
    ) -> Result<Self, Failure> {
        let modules = std::slice::from_ref(&layout.directory.value);
        let directories = routing::directories(config, modules);
        let files = routed.open(config, &directories, keyring)?;
        Ok(Self {
            routed,
            files,
            declared: declared.clone(),
        })
    }

    /// Returns the values that the root module declares variables for.
    ///
    /// # Errors
    /// When two files have the same key, or the mapping leads nowhere.
    pub fn injection(&self) -> Result<Injection<'_>, InjectError> {
        let mut injection = Injection::new(&self.files, &self.routed.settings.map)?;
        injection.retain(|name| self.declared.contains_key(name));
        for (name, variable) in &self.declared {
            if variable.ty == Type::String {
                injection.as_text(name);
            }
        }
        Ok(injection)
    }

    /// Returns how they are handed to `plan`, as its last argument but `behind`.
    ///
    /// # Errors
    /// As [`Self::injection`], and when a value cannot be said.
    pub fn for_plan(&self, at: usize) -> Result<Handover, InjectError> {
        handed(&self.injection()?, at)
    }

    /// Returns how they are handed to `apply`: a saved plan has every value that is neither ephemeral
    /// nor needed to read it, and the tools print one that differs, old and new.
    ///
    /// # Errors
    /// As [`Self::for_plan`].
    pub fn for_apply(&self, at: usize, needed: &BTreeSet<String>) -> Result<Handover, InjectError> {
        let mut injection = self.injection()?;
        injection.retain(|name| {
            let declared = self.declared.get(name);
            declared.is_some_and(|variable| variable.ephemeral) || needed.contains(name)
        });
        handed(&injection, at)
    }

    /// Returns the values of variables that the tool needs before it has a state, as the text of a
    /// file; none where none of them is a secret.
    ///
    /// # Errors
    /// As [`Self::for_plan`].
    pub fn early(
        &self,
        needed: &BTreeSet<String>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, InjectError> {
        let mut injection = self.injection()?;
        injection.retain(|name| needed.contains(name));
        if injection.is_empty() {
            return Ok(None);
        }
        injection.hcl().map(Some)
    }

    /// Refuses or names secrets that no variable takes, and secret variables that no secret is for; see
    /// [`routing::taken`].
    ///
    /// # Errors
    /// As [`routing::taken::check`].
    pub fn untaken(&self, is_set: &dyn Fn(&str) -> bool) -> Result<Vec<Said>, RouteError> {
        let keys: BTreeSet<String> = Injection::new(&self.files, &BTreeMap::new())
            .map(|injection| injection.names().map(ToOwned::to_owned).collect())
            .unwrap_or_default();
        let outlines = Injection::new(&self.files, &self.routed.settings.map)
            .map(|injection| injection.outlines())
            .unwrap_or_default();
        let named = Named {
            keys: &keys,
            outlines: &outlines,
        };
        routing::taken::check(&self.routed.settings, &named, &self.declared, is_set)
    }

    /// Returns what no log may show: every secret, whether a variable is declared for it or not; but not
    /// what stands unencrypted in the file, nor keys that are for something else.
    ///
    /// # Errors
    /// As [`Self::injection`].
    pub fn patterns(&self) -> Result<Patterns, InjectError> {
        let mut injection = Injection::new(&self.files, &self.routed.settings.map)?;
        let shown = self.routed.shown();
        injection.retain(|name| self.declared.contains_key(name) || !shown.contains(name));
        let open = self.routed.unencrypted();
        injection.retain(|name| !open.contains(name));
        Ok(injection.patterns())
    }

    /// As [`Self::patterns`], of one other version of a file; none where it does not open.
    #[must_use]
    pub fn patterns_of(
        routed: &Routed,
        version: SecretsFile,
        declared: &BTreeMap<String, Variable>,
        keyring: &Keyring,
    ) -> Option<Patterns> {
        let secrets = routing::open_version(&version, keyring).ok()?;
        let mut settings = routed.settings.clone();
        // It may lead to keys of other files, or to those that this version had not yet.
        settings.map.clear();
        let opened = Self {
            routed: Routed {
                settings,
                files: vec![version],
            },
            files: vec![secrets],
            declared: declared.clone(),
        };
        opened.patterns().ok()
    }

    /// Returns some of the secrets as variables for a program, whether the root module declares them or
    /// not; or the first name that is none.
    ///
    /// # Errors
    /// As [`Self::injection`], and when a value is nothing that an environment can hold.
    pub fn for_program(&self, names: &BTreeSet<String>) -> Result<Chosen, InjectError> {
        let mut injection = Injection::new(&self.files, &self.routed.settings.map)?;
        injection.retain(|name| names.contains(name));
        let known: BTreeSet<&str> = injection.names().collect();
        if let Some(missing) = names.iter().find(|name| !known.contains(name.as_str())) {
            return Ok(Err(missing.clone()));
        }
        drop(known);
        injection.environment("").map(Ok)
    }

    /// Returns what encrypts states and plans, if the secrets say so.
    ///
    /// # Errors
    /// As [`Self::injection`], and when it would have a program run that nobody asked for: whoever can
    /// write the file, to which everybody who knows the recipients can add, would run it here.
    pub fn encryption(&self) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, EncryptionError> {
        let mut injection = Injection::new(&self.files, &self.routed.settings.map)?;
        injection.retain(|name| name == ENCRYPTION);
        let variables = injection.environment("")?;
        let settings = &self.routed.settings;
        if let Some(text) = variables.get(ENCRYPTION)
            && !settings.encryption_runs_programs
        {
            let text = std::str::from_utf8(text).map_err(|_| EncryptionError::Unreadable)?;
            match runs_programs(text) {
                Ok(None) => {}
                Ok(Some(what)) => {
                    return Err(EncryptionError::Runs {
                        what,
                        environment: settings.environment.clone(),
                    });
                }
                Err(_) => return Err(EncryptionError::Unreadable),
            }
        }
        Ok(variables)
    }
}

/// Why what encrypts states and plans is not handed over.
#[derive(Debug, thiserror::Error)]
pub enum EncryptionError {
    /// The secrets cannot be read.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// It would run a program.
    #[error("`{ENCRYPTION}` in the secrets has {what}, which runs a program on this machine")]
    Runs {
        /// The block.
        what: String,
        /// The environment.
        environment: String,
    },
    /// It cannot be told what it would do.
    #[error(
        "`{ENCRYPTION}` in the secrets is neither HCL nor JSON, so it cannot be told what it would run"
    )]
    Unreadable,
}

impl EncryptionError {
    /// Returns the one next step.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Inject(_) => None,
            Self::Runs { environment, .. } => Some(format!(
                "if that is meant, add `encryption-runs-programs = true` to [environments.{environment}.secrets] in tollgate.toml"
            )),
            Self::Unreadable => {
                Some("correct it: `tollgate secrets set FILE TF_ENCRYPTION`".to_owned())
            }
        }
    }
}

fn handed(injection: &Injection<'_>, at: usize) -> Result<Handover, InjectError> {
    if injection.is_empty() {
        return Ok(Handover::Nothing);
    }
    Ok(Handover::VarFile {
        at,
        text: injection.hcl()?,
    })
}
