//! Every file of a configuration that is the project's own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::files::{Files, clean};
use super::{Configuration, ConfigurationError, MAX_MODULES};

impl Configuration {
    /// Returns the configuration files of the root module and of all local modules that it calls,
    /// sorted. What `init` installs from elsewhere is not among them.
    ///
    /// # Errors
    /// When a directory of them cannot be read.
    pub fn local_files(&self) -> Result<Vec<PathBuf>, ConfigurationError> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([self.directory.clone()]);
        let mut open = vec![(self.directory.clone(), Some(Arc::clone(&self.root)))];
        while let Some((directory, module)) = open.pop() {
            if seen.len() > MAX_MODULES {
                return Err(ConfigurationError::TooLarge {
                    path: self.directory.clone(),
                    what: format!("more than {MAX_MODULES} local modules"),
                });
            }
            let files = Files::list(&*self.reader, &directory, self.dialect)?;
            found.extend(files.primary.into_iter().chain(files.overrides));
            let Some(module) = module else { continue };
            for call in module.calls.values() {
                let Some(source) = call.body.text("source") else {
                    continue;
                };
                if !(source.starts_with("./") || source.starts_with("../")) {
                    continue;
                }
                let called = clean(&directory.join(source));
                if seen.insert(called.clone()) {
                    let module = self.module(&called);
                    open.push((called, module));
                }
            }
        }
        Ok(found.into_iter().collect())
    }
}
