//! What holds for reading a file of secrets holds for writing it: who gets the value, and which
//! environment the file says that it is for.

use std::path::Path;

use tollgate_model::library::LIBRARY;
use tollgate_secrets::inject::Marker;
use tollgate_secrets::{CreationRule, CreationRules, Draft, Format, Recipient, SecretsFile};

use super::neighbours::place;
use super::{Failure, Neighbours, Readership, RouteError, directories, find};
use crate::config::{Config, ConfigError};
use crate::environment::SecretsSettings;

/// The environments whose file one is, and what has to hold for it.
pub struct Writing {
    /// Of each configuration that says something of it.
    circles: Vec<Circle>,
    owners: Vec<SecretsSettings>,
}

/// The environments of one configuration.
struct Circle {
    neighbours: Neighbours,
    owners: Vec<SecretsSettings>,
}

impl Writing {
    /// Finds out whose file it is, or would be. A file of no environment is nobody's, and nothing holds
    /// for it but `.sops.yaml`. The configuration that is nearest to the file has a say, too: whoever
    /// works above it does not find that one.
    ///
    /// # Errors
    /// When the nearest one cannot be read.
    pub fn of(config: &Config, file: &Path) -> Result<Self, ConfigError> {
        let parent = file.parent().filter(|path| !path.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let known = config.path().map(place);
        let nearest = Config::find(parent).filter(|path| Some(place(path)) != known);
        let nearest = nearest
            .map(|path| Config::load_found(&path, LIBRARY))
            .transpose()?;
        let mut circles = Vec::new();
        if nearest.is_none() || known.is_some() {
            circles.push(Circle::of(config, Path::new("."), file));
        }
        if let Some(nearest) = &nearest {
            circles.push(Circle::of(nearest, parent, file));
        }
        let owners = circles.iter().flat_map(|circle| &circle.owners).cloned();
        Ok(Self {
            owners: owners.collect(),
            circles,
        })
    }

    /// Returns the environments whose file it is.
    #[must_use]
    pub fn owners(&self) -> &[SecretsSettings] {
        &self.owners
    }

    /// Refuses to write a value into a file that somebody can read who must not, or whom `.sops.yaml`
    /// does not name. The file is read as `format`, or as its name says.
    ///
    /// # Errors
    /// When it is so, or the file cannot be read.
    pub fn check_file(&self, path: &Path, format: Option<Format>) -> Result<(), Failure> {
        let file = SecretsFile::read(path, format)?;
        self.check(&Readership::of(&file))?;
        if let Ok(rule) = CreationRules::rule_of(path) {
            let wanted: Vec<String> = rule.recipients().map(Recipient::key).collect();
            let stranger = file
                .recipients()
                .find(|recipient| !wanted.contains(&recipient.key()));
            if let Some(stranger) = stranger {
                return Err(RouteError::Drifted {
                    file: file.name().to_owned(),
                    recipient: stranger.to_string(),
                    rules: rules_at(path, &rule),
                }
                .into());
            }
        }
        Ok(())
    }

    /// Refuses to make a file by a rule that somebody could read it by who must not.
    ///
    /// # Errors
    /// When it is so.
    pub fn check_rule(&self, path: &Path, rule: &CreationRule) -> Result<(), Failure> {
        let readership = Readership {
            file: path.display().to_string(),
            recipients: rule.recipients().cloned().collect(),
            mislabelled: None,
        };
        self.check(&readership).map_err(|failure| match failure {
            Failure::Route(RouteError::ForeignRecipient {
                file,
                recipient,
                environment,
                other,
            }) => RouteError::ForeignRule {
                file,
                recipient,
                environment,
                other: other.map(|owner| owner.environment.into()),
                rules: rules_at(path, rule),
            }
            .into(),
            other => other,
        })
    }

    /// Refuses who would read the file, where that must not be.
    ///
    /// # Errors
    /// When it is so.
    pub fn check_readership(&self, readership: &Readership) -> Result<(), Failure> {
        self.check(readership)
    }

    fn check(&self, readership: &Readership) -> Result<(), Failure> {
        for circle in &self.circles {
            for settings in &circle.owners {
                circle
                    .neighbours
                    .check(settings, std::slice::from_ref(readership))?;
            }
        }
        Ok(())
    }

    /// Refuses to write a file that names another environment as its own.
    ///
    /// # Errors
    /// When it does.
    pub fn check_marker(&self, draft: &Draft) -> Result<(), RouteError> {
        for settings in &self.owners {
            if settings.says(draft.secrets()) == Some(Marker::Disagrees)
                && let Some(at) = &settings.marker
            {
                return Err(RouteError::Marker {
                    file: draft.secrets().name().to_owned(),
                    at: at.to_string(),
                    environment: settings.environment.clone(),
                    missing: false,
                    is_file: true,
                });
            }
        }
        Ok(())
    }
}

impl Circle {
    fn of(config: &Config, here: &Path, file: &Path) -> Self {
        let mut looked_in = directories(config, &[here.to_owned()]);
        if let Some(parent) = file.parent().filter(|path| !path.as_os_str().is_empty()) {
            looked_in.push(parent.to_owned());
        }
        let wanted = place(file);
        let mut names: Vec<String> = config.environments().map(ToOwned::to_owned).collect();
        if names.is_empty() {
            names = super::discover(here);
        }
        let environments: Vec<SecretsSettings> = names
            .iter()
            .filter_map(|name| config.secrets(Some(name)).ok())
            .collect();
        let owns = |settings: &&SecretsSettings| match find(settings, &looked_in) {
            Ok(files) => files.iter().any(|path| place(path) == wanted),
            // It may be about to be made.
            Err(RouteError::NotFound { .. }) => looked_in.iter().any(|directory| {
                super::candidates(settings)
                    .iter()
                    .any(|name| place(&directory.join(name)) == wanted)
            }),
            Err(RouteError::Ambiguous { candidates, .. }) => candidates
                .iter()
                .any(|path| place(Path::new(path)) == wanted),
            Err(_) => false,
        };
        let owners = environments.iter().filter(owns).cloned().collect();
        Self {
            neighbours: Neighbours::among(environments, &looked_in),
            owners,
        }
    }
}

fn rules_at(path: &Path, rule: &CreationRule) -> String {
    CreationRules::find(path).map_or_else(
        || ".sops.yaml".to_owned(),
        |path| {
            let here = std::env::current_dir().unwrap_or_default();
            let shown = path.strip_prefix(here).unwrap_or(&path);
            format!("{}:{}", shown.display(), rule.line)
        },
    )
}
