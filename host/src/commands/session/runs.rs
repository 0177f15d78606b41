//! The two runs of the tool that a session is for: a plan into memory, and an apply of it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use tollgate_secrets::inject::mask::{Masker, Patterns};
use zeroize::Zeroizing;

use super::{Planned, Purpose, Session, Values, note};
use crate::cli::WhatArgs;
use crate::commands::CommandError;
use crate::commands::secrets::silent_keyring;
use crate::deploy::guard::Stage;
use crate::deploy::memory::PlanFile;
use crate::deploy::placeholder::Placeholders;
use crate::deploy::{DeployError, backend, former, restated, tool};
use crate::hcl::{Dialect, tfvars};
use crate::inject::{Ended, Handover};

impl Session {
    /// Plans into memory, seals the plan, and has it shown.
    pub(in crate::commands) fn plan(
        &self,
        values: &Values,
        what: &WhatArgs,
        purpose: Purpose,
    ) -> Result<Planned, CommandError> {
        let runner = &self.runner;
        let mut file = PlanFile::new().map_err(DeployError::system("make room for a plan"))?;
        let arguments = self.plan_arguments(&file, what, purpose)?;
        let (code, errors) = match values {
            Values::Placeholders(placeholders, _) => {
                let (code, text) = self.plan_keyless(arguments, values, placeholders)?;
                (code, Some((text, placeholders)))
            }
            Values::Nothing | Values::Secrets(_) => (self.plan_with(arguments, values)?, None),
        };
        runner
            .interrupts
            .check(|| "nothing was planned, and nothing changed".to_owned())?;
        if code != 0 {
            self.say_what_was_left(true);
            let broken = errors.and_then(|(text, placeholders)| placeholders.explain(&text));
            let help = match broken {
                Some(broken) => format!("{broken}; {}", broken.help()),
                None => "its own message above says why; nothing changed".to_owned(),
            };
            return Err(self.failed("plan", code, &help));
        }
        file.seal().map_err(DeployError::system("seal the plan"))?;
        // Somebody may have run `init` meanwhile.
        self.refuse(Stage::Read)?;
        let json = Arc::new(runner.show(&file)?);
        Ok(Planned { file, json })
    }

    /// The arguments of a plan, all but what hands over the secrets, which goes last.
    fn plan_arguments(
        &self,
        file: &PlanFile,
        what: &WhatArgs,
        purpose: Purpose,
    ) -> Result<Vec<OsString>, CommandError> {
        let mut arguments: Vec<OsString> = vec!["plan".into(), "-input=false".into()];
        arguments.extend(tool::color());
        let mut out = OsString::from("-out=");
        out.push(file.path());
        arguments.push(out);
        match purpose {
            Purpose::Change => {}
            Purpose::Destroy => arguments.push("-destroy".into()),
            Purpose::Drift | Purpose::Refresh => arguments.push("-refresh-only".into()),
        }
        let named = |option: &str, list: &[String]| -> Vec<OsString> {
            let each = list.iter().map(|each| format!("-{option}={each}").into());
            each.collect()
        };
        arguments.extend(named("target", &what.target));
        arguments.extend(named("replace", &what.replace));
        arguments.extend(self.of_the_environment());
        // Later ones win: the options of whoever runs this, and then only the secrets.
        arguments.extend(backend::var_files(self.layout())?);
        arguments.extend(what.options.iter().cloned());
        Ok(arguments)
    }

    /// Plans with the secrets, if there are any, and returns the exit code.
    fn plan_with(&self, arguments: Vec<OsString>, values: &Values) -> Result<u8, CommandError> {
        let handover = match values {
            Values::Secrets(opened) => opened.for_plan(arguments.len())?,
            Values::Nothing | Values::Placeholders(..) => Handover::Nothing,
        };
        let patterns = self.patterns(values)?;
        let ended = self
            .runner
            .live(arguments, handover, patterns, None, Vec::new())?;
        Ok(told(ended))
    }

    /// Plans with placeholders, and returns the exit code and what the tool wrote to standard error.
    fn plan_keyless(
        &self,
        arguments: Vec<OsString>,
        values: &Values,
        placeholders: &Placeholders,
    ) -> Result<(u8, String), CommandError> {
        // No secret of today can be in it, so that it may be kept to look at.
        let errors = PlanFile::new().map_err(DeployError::system("make room for output"))?;
        let handover = Handover::VarFile {
            at: arguments.len(),
            text: Zeroizing::new(placeholders.hcl()),
        };
        let patterns = self.patterns(values)?;
        let masker = Masker::new(patterns.clone());
        let ended = self
            .runner
            .live(arguments, handover, patterns, Some(&errors), Vec::new())?;
        let code = told(ended);
        let text = errors
            .bytes()
            .map_err(DeployError::system("read the tool's errors"))?;
        let text = tool::text(&masked(masker, &text));
        if !text.is_empty() {
            let _ = writeln!(io::stderr(), "{text}");
        }
        Ok((code, text))
    }

    /// What no output of the tool may show: the secrets, and what was secret before.
    fn patterns(&self, values: &Values) -> Result<Patterns, CommandError> {
        let mut patterns = Patterns::default();
        let routed = match values {
            // Nothing here is said to be secret.
            Values::Nothing => return Ok(patterns),
            // Nothing is masked there.
            _ if io::stderr().is_terminal() => return Ok(patterns),
            Values::Secrets(opened) => {
                patterns = opened.patterns()?;
                Some(&opened.routed)
            }
            // They need no key, and look for none.
            Values::Placeholders(..) => None,
        };
        let former = self.former.get_or_init(|| {
            let mut former = self.prior().sensitive.clone().unwrap_or_else(|| {
                note(
                    "the state cannot be read, so nobody can tell what it marks as sensitive: a value from before the last rotation could be shown; see what `state pull` says in the root module",
                );
                Patterns::default()
            });
            if let Some(routed) = routed {
                let declared = self.root().variables();
                let found = former::of_files(routed, declared, &silent_keyring());
                former.extend(found.patterns);
                if found.cut_off {
                    note(
                        "this clone has only a part of the history, so a value from before the last rotation could be shown: fetch more of it (`git fetch --deepen=100`; in GitHub Actions `fetch-depth: 0`)",
                    );
                }
            }
            former
        });
        patterns.extend(former.clone());
        Ok(patterns)
    }

    /// Applies a sealed plan, and says how the tool ended.
    pub(in crate::commands) fn apply(
        &self,
        planned: &Planned,
        values: &Values,
        what: &WhatArgs,
    ) -> Result<Ended, CommandError> {
        let mut arguments: Vec<OsString> = vec!["apply".into(), "-input=false".into()];
        arguments.extend(tool::color());
        arguments.extend(self.of_the_environment());
        // Of what is in the files only ephemeral variables are not in the plan.
        let ephemeral = self.root().variables().iter().any(|(name, variable)| {
            variable.ephemeral && self.target.site.variables.set.contains_key(name)
        });
        if !self.runner.early.options.is_empty() {
            arguments.extend(self.runner.early.options.iter().cloned());
        } else if ephemeral {
            arguments.extend(backend::var_files(self.layout())?);
        }
        arguments.extend(self.for_apply(what, false)?);
        let at = arguments.len();
        arguments.push(planned.file.path().into());
        let (handover, patterns) = match values {
            Values::Secrets(opened) => {
                let needed = self.early_variables();
                (opened.for_apply(at, &needed)?, self.patterns(values)?)
            }
            Values::Nothing | Values::Placeholders(..) => (Handover::Nothing, Default::default()),
        };
        let handover = self.restated(planned, handover, at)?;
        // Of the others the plan has the value, and the tool would stumble over another one.
        let lasting = self.root().variables().iter();
        // What OpenTofu needs before it has a state it needs here too.
        let needed = self.early_variables();
        let lasting =
            lasting.filter(|(name, variable)| !variable.ephemeral && !needed.contains(*name));
        let withheld = lasting.map(|(name, _)| format!("TF_VAR_{name}").into());
        let withheld = withheld.collect();
        let ended = self
            .runner
            .live(arguments, handover, patterns, None, withheld)?;
        tell_what_was_lost(&ended);
        Ok(ended)
    }

    /// Adds what OpenTofu wants to be told again: the plan's values of the variables that files in the
    /// root module set by themselves.
    fn restated(
        &self,
        planned: &Planned,
        handover: Handover,
        at: usize,
    ) -> Result<Handover, CommandError> {
        let root = self.root();
        if root.dialect() == Dialect::Terraform || !self.runner.tool.is_at_least(1, 8) {
            return Ok(handover);
        }
        let mut names = BTreeSet::new();
        for file in &self.target.site.variables.automatic {
            names.extend(tfvars::read(file)?.into_keys());
        }
        names.retain(|name| {
            let variable = root.variables().get(name);
            variable.is_some_and(|variable| !variable.ephemeral)
        });
        if names.is_empty() {
            return Ok(handover);
        }
        let mut text = restated::of(&planned.json, &names)
            .map_err(|error| DeployError::system("read the plan's variables")(error.into()))?;
        Ok(match handover {
            Handover::VarFile { at, text: own } => {
                text.extend_from_slice(&own);
                Handover::VarFile { at, text }
            }
            _ if text.is_empty() => handover,
            _ => Handover::VarFile { at, text },
        })
    }

    /// Options of the tool that the environment sets, for a plan and for an apply.
    fn of_the_environment(&self) -> Vec<OsString> {
        let parallelism = self.layout().parallelism.as_ref();
        let timeout = self.layout().lock_timeout.as_ref();
        parallelism
            .map(|number| format!("-parallelism={}", number.value))
            .into_iter()
            .chain(timeout.map(|timeout| format!("-lock-timeout={}", timeout.value)))
            .map(OsString::from)
            .collect()
    }
}

/// Says what became of the output, and returns the exit code.
#[expect(clippy::needless_pass_by_value, reason = "it has ended")]
fn told(ended: Ended) -> u8 {
    tell_what_was_lost(&ended);
    ended.code
}

/// Says what became of the output, where not all of it was shown.
fn tell_what_was_lost(ended: &Ended) {
    if let Some(why) = &ended.lost {
        note(&format!("the tool's output {why}"));
    }
}

/// Text with what must not be seen masked; nothing of it where that is not possible.
pub(in crate::commands) fn masked<E>(masker: Result<Masker, E>, text: &[u8]) -> Vec<u8> {
    let mut shown = Vec::new();
    if let Ok(mut masker) = masker {
        masker.push(text, &mut shown);
        masker.finish(&mut shown);
    }
    shown
}
