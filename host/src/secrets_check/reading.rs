//! The files of one environment: whether they are there, can be read, and are its own.

use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;
use tollgate_secrets::{Problem, SecretsFile, contract, shell_name};

use super::{Check, EnvironmentSecrets, Gravity, Kind, SecretsFinding, without_file};
use crate::environment::SecretsSettings;
use crate::exit;
use crate::routing::{self, Failure, Neighbours, OtherSource, RouteError, Routed};

/// What reading the files of an environment came to.
struct Reading {
    environment: String,
    /// Those that could be read.
    files: Vec<SecretsFile>,
    /// All of them.
    names: Vec<String>,
    unread: Vec<String>,
    findings: Vec<SecretsFinding>,
}

impl Check {
    /// Reads the files of an environment. `needs` says whether its root module has a variable that needs
    /// a secret; none where there is no root module.
    pub(super) fn read(
        &mut self,
        settings: SecretsSettings,
        directories: &[PathBuf],
        wanted: bool,
        needs: Option<bool>,
    ) {
        let mut reading = Reading::of(&settings, directories, needs);
        if let Some(source) = &settings.source {
            reading.tell_source(source);
        }
        let source = settings.source.as_ref().map(ToString::to_string);
        let files = std::mem::take(&mut reading.files);
        let routed = Routed { settings, files };
        reading.judge_readers(&self.neighbours, &routed);
        reading.judge_labels(&routed);
        if wanted {
            self.findings.append(&mut reading.findings);
            self.environments.push(EnvironmentSecrets {
                name: routed.settings.environment.clone(),
                files: reading.names,
                unread: reading.unread,
                source,
                keys: contract::leaves(&routed.files).len(),
            });
        }
        self.routed.push((routed, wanted));
    }
}

impl Reading {
    /// Finds the files and reads them.
    fn of(settings: &SecretsSettings, directories: &[PathBuf], needs: Option<bool>) -> Self {
        let mut reading = Self {
            environment: settings.environment.clone(),
            files: Vec::new(),
            names: Vec::new(),
            unread: Vec::new(),
            findings: Vec::new(),
        };
        match routing::find(settings, directories) {
            // An environment without secrets is one that needs none.
            Err(RouteError::NotFound { similar, .. })
                if similar.is_empty() && needs == Some(false) =>
            {
                reading.tell_none();
            }
            Err(error) => reading.tell(
                Kind::Unroutable,
                None,
                error.to_string(),
                error.help().unwrap_or_default(),
            ),
            Ok(paths) => {
                for path in paths {
                    reading.read(&path);
                }
            }
        }
        reading
    }

    fn read(&mut self, path: &Path) {
        let error = match SecretsFile::read(path, None) {
            Ok(file) => {
                self.names.push(file.name().to_owned());
                self.files.push(file);
                return;
            }
            Err(error) => error,
        };
        self.names.push(error.file.clone());
        self.unread.push(error.file.clone());
        let kind = match error.problem {
            Problem::NotEncrypted => Kind::Unencrypted,
            _ => Kind::Unreadable,
        };
        let fix = error
            .help()
            .unwrap_or_else(|| "see the file; nothing else of it was checked".to_owned());
        self.tell(kind, Some(&error.file), error.problem.to_string(), fix);
    }

    fn tell(&mut self, kind: Kind, file: Option<&str>, message: String, fix: String) {
        let finding = self.finding(Gravity::Error, kind, file, message, fix);
        self.findings.push(finding);
    }

    fn note(&mut self, message: String, fix: String) {
        let finding = self.finding(Gravity::Note, Kind::NotChecked, None, message, fix);
        self.findings.push(finding);
    }

    fn finding(
        &self,
        gravity: Gravity,
        kind: Kind,
        file: Option<&str>,
        message: String,
        fix: String,
    ) -> SecretsFinding {
        SecretsFinding {
            gravity,
            environment: Some(self.environment.clone()),
            kind,
            file: file.map(ToOwned::to_owned),
            name: None,
            message,
            fix,
        }
    }

    /// Says that there is no file, and need be none.
    fn tell_none(&mut self) {
        let fix = format!(
            "nothing, unless there is to be one: `tollgate secrets init -e {}`",
            shell_name(&self.environment)
        );
        self.note(
            "there is no secrets file, and no variable of its root module needs one".to_owned(),
            fix,
        );
    }

    /// Says that the secrets come from elsewhere.
    fn tell_source(&mut self, source: &OtherSource) {
        let fix = format!(
            "see whether they arrive: `tollgate exec -e {} -- tofu plan`",
            self.environment
        );
        self.note(
            format!(
                "its secrets come from {source}; which names and types it has cannot be told without asking it for the values, so nothing of it was checked"
            ),
            fix,
        );
    }

    /// Names a reader whom the environment must not have.
    fn judge_readers(&mut self, neighbours: &Neighbours, routed: &Routed) {
        let error = match neighbours.check(&routed.settings, &routed.readerships()) {
            Err(Failure::Route(error)) => error,
            // It is reported where it belongs.
            Err(Failure::Secrets(_)) | Ok(()) => return,
        };
        let file = match &error {
            RouteError::ForeignRecipient { file, .. }
            | RouteError::Mislabelled { file, .. }
            | RouteError::SharedFile { file, .. } => Some(file.as_str()),
            _ => None,
        };
        let said = error.to_string();
        let message = file.map_or_else(|| said.clone(), |file| without_file(&said, file));
        let kind = if error.exit_code() == exit::GUARD {
            Kind::ForeignRecipient
        } else {
            Kind::Unroutable
        };
        self.tell(kind, file, message, error.help().unwrap_or_default());
    }

    /// Names copies of data keys that are for somebody else than they say.
    fn judge_labels(&mut self, routed: &Routed) {
        // Where something says who may read the files, that has refused them already.
        if routed.settings.recipients.is_some() || routed.settings.isolated {
            return;
        }
        for file in &routed.files {
            if let Some(recipient) = file.mislabelled().next() {
                let error = RouteError::Mislabelled {
                    file: file.name().to_owned(),
                    recipient: recipient.to_string(),
                };
                self.tell(
                    Kind::ForeignRecipient,
                    Some(file.name()),
                    without_file(&error.to_string(), file.name()),
                    error.help().unwrap_or_default(),
                );
            }
        }
    }
}
