//! Files that a command line names: states, plans, variables.

use std::path::Path;

use super::{Guard, Guarded, Refusal, Site};
use crate::deploy::plan_file;
use crate::deploy::target::whole;
use crate::diagnostic::quoted;
use crate::hcl::backend::{LOCAL, Relation, Settings};
use tollgate_secrets::shell_name;

impl Guarded<'_> {
    /// What is wrong with a saved plan: the tools apply one to whatever workspace is selected.
    pub(super) fn of_the_plan(&self) -> Option<Refusal> {
        let path = self.line.saved_plan.as_ref()?;
        let own = self.own_here()?;
        let made = plan_file::made_for(&self.line.directory.join(path))?;
        let wanted = &own.layout.workspace.value;
        let told = Settings::new(&made.kind, made.settings, true);
        let elsewhere = told.kind() == own.backend.kind()
            && own.located(&told).relation(&own.state) == Relation::Different;
        let found = match (made.workspace == *wanted, elsewhere) {
            (true, false) => return None,
            (false, _) => format!("workspace {}", quoted(&made.workspace)),
            (true, true) => "another backend".to_owned(),
        };
        let found = format!(
            "{}, which was made for {found}",
            quoted(&path.to_string_lossy())
        );
        let owner = self.others_here().find(|other| {
            let workspace = &other.layout.workspace.value;
            *workspace == made.workspace
                && other.located(&told).relation(&other.state) != Relation::Different
        });
        Some(Refusal {
            guard: Guard::Plan,
            expected: format!("a plan of {}", quoted(self.environment)),
            found: match owner {
                Some(other) => format!("{found}, that of {}", quoted(&other.layout.environment)),
                None => found,
            },
            help: format!(
                "plan it again: `tollgate exec -e {} -- {} plan -out={}`",
                shell_name(self.environment),
                self.tool,
                shell_name(&path.to_string_lossy())
            ),
        })
    }

    /// What is wrong with a file of a state that is named.
    pub(super) fn named_state(&self) -> Option<Refusal> {
        self.line.states.iter().find_map(|path| {
            let path = whole(&self.line.directory.join(path));
            let text = path.to_string_lossy();
            let other = self.others.iter().find(|other| {
                other.backend.kind() == LOCAL && other.state.object() == Some(&*text)
            })?;
            Some(Refusal {
                guard: Guard::State,
                expected: format!("none but {}'s", quoted(self.environment)),
                found: format!(
                    "{}, which is that of {}",
                    quoted(&text),
                    quoted(&other.layout.environment)
                ),
                help: format!(
                    "run it with `-e {}`, if that is meant",
                    other.layout.environment
                ),
            })
        })
    }

    /// What is wrong with where a plan is written to: the environment's own state would be gone.
    pub(super) fn over_own_state(&self) -> Option<Refusal> {
        let out = self.line.out.as_ref()?;
        let own = self.own_here()?;
        let path = whole(&self.line.directory.join(out));
        let text = path.to_string_lossy();
        let is_state = own.backend.kind() == LOCAL && own.state.object() == Some(&*text);
        is_state.then(|| Refusal {
            guard: Guard::State,
            expected: "a file of its own for the plan".to_owned(),
            found: format!(
                "{}, which is the state of {}",
                quoted(&text),
                quoted(self.environment)
            ),
            help: "give it another name: `-out=plan.bin`".to_owned(),
        })
    }

    /// What is wrong with a file of variables that is named: one that is another environment's alone.
    pub(super) fn named_variables(&self) -> Option<Refusal> {
        let has = |site: &Site, path: &Path| {
            let mut files = site.layout.var_files.iter();
            files.any(|file| whole(&file.value) == path)
        };
        self.line.var_files.iter().find_map(|path| {
            let path = whole(&self.line.directory.join(path));
            if self.own.is_none_or(|own| has(own, &path)) {
                return None;
            }
            let other = self.others.iter().find(|other| has(other, &path))?;
            Some(Refusal {
                guard: Guard::Variables,
                expected: format!("files of variables of {}", quoted(self.environment)),
                found: format!(
                    "{}, which is that of {}",
                    quoted(&path.display().to_string()),
                    quoted(&other.layout.environment)
                ),
                help: format!(
                    "leave it out: `tollgate exec -e {}` adds those of the environment",
                    self.environment
                ),
            })
        })
    }
}
