//! Variables that nothing sets, that nothing declares, and that the shell sets behind the files'
//! back.

use super::{Check, Examined, Finding, Machine};

pub(super) fn examine(examined: &Examined<'_>, machine: &Machine) -> Vec<Finding> {
    let check = Check::Variables;
    let variables = &examined.site.variables;
    let mut findings = Vec::new();
    let unset: Vec<String> = variables
        .declared
        .iter()
        .filter(|(name, variable)| !variable.default && !variables.set.contains_key(*name))
        .filter(|(name, _)| !examined.secret.contains(*name))
        .filter(|(name, _)| machine.variable(&format!("TF_VAR_{name}")).is_none())
        .map(|(name, variable)| format!("`{name}` ({})", variable.place))
        .collect();
    if !unset.is_empty() {
        findings.push(Finding::warning(
            check,
            format!("set by no file: {}", unset.join(", ")),
            "set them in a file of variables, or have them in the secrets of the environment",
        ));
    }
    for (name, assignment) in &variables.set {
        if !variables.declared.contains_key(name) {
            findings.push(Finding::warning(
                check,
                format!(
                    "`{name}` is set ({}), and nothing declares it",
                    assignment.place
                ),
                "declare it, or take it out: a name that is misspelt looks like this",
            ));
        }
        let secret = variables
            .declared
            .get(name)
            .is_some_and(|variable| variable.sensitive || variable.ephemeral);
        if secret && !assignment.is_blank() {
            findings.push(Finding::warning(
                check,
                format!(
                    "`{name}` is declared as secret, and set unencrypted ({})",
                    assignment.place
                ),
                "take it out of the file, and keep a new value in the secrets: `tollgate secrets set`",
            ));
        }
        if assignment.value.is_none() {
            findings.push(Finding::problem(
                check,
                format!("`{name}` ({}) is set to an expression", assignment.place),
                "write a value: files of variables have no functions or references",
            ));
        }
    }
    for name in machine.names() {
        let sets = name
            .strip_prefix("TF_VAR_")
            .filter(|variable| variables.declared.contains_key(*variable));
        if let Some(variable) = sets
            && !variables.set.contains_key(variable)
        {
            findings.push(Finding::warning(
                check,
                format!("`{variable}` is set by {name} in your shell, for every environment"),
                format!("unset {name}, and set `{variable}` where the environment is described"),
            ));
        }
        if name.starts_with("TF_CLI_ARGS") {
            findings.push(Finding::warning(
                check,
                format!("{name} is set in your shell, and changes what the tool does"),
                format!("unset {name}"),
            ));
        }
    }
    if findings.is_empty() {
        let set = variables.set.len();
        let what = format!("{set} set by files, {} declared", variables.declared.len());
        findings.push(Finding::ok(check, what));
    }
    findings
}
