//! What a call is shown, as the contract's bindings want it: borrowed, every list of lists from a home of
//! its own.

use super::selection::{Output, Selected, Shown};
use crate::contract::wit;
use tollgate_plan::{
    Action, ActionInvocation, Check, CheckStatus, InstanceKey, Mode, Replacement, Value,
};

impl Shown<'_, '_> {
    pub(super) fn lower_attributes<'l>(
        &'l self,
        lists: &'l [Vec<&'l str>],
    ) -> Vec<wit::Attribute<'l>> {
        let paths = self
            .changes
            .iter()
            .flat_map(|selected| &selected.wanted.paths);
        let values = self.values.iter().zip(&self.references);
        paths
            .zip(values)
            .map(|(wanted, ([before, after], references))| wit::Attribute {
                path: wanted.text,
                before: lower_value(before),
                after: lower_value(after),
                references: numbered(lists, *references),
            })
            .collect()
    }

    /// `attributes` are those of all changes.
    pub(super) fn lower<'l>(
        &'l self,
        mut attributes: &'l [wit::Attribute<'l>],
        lists: &'l [Vec<&'l str>],
    ) -> Vec<wit::Change<'l>> {
        let changes = self.changes.iter().map(|selected| {
            let number = selected.wanted.paths.len().min(attributes.len());
            let (own, rest) = attributes.split_at(number);
            attributes = rest;
            selected.lower(own, numbered(lists, selected.replace_paths))
        });
        changes.collect()
    }
}

fn numbered<'l>(lists: &'l [Vec<&'l str>], number: u32) -> &'l [&'l str] {
    let list = usize::try_from(number).ok().and_then(|at| lists.get(at));
    list.map(Vec::as_slice).unwrap_or_default()
}

impl Selected<'_, '_> {
    fn lower<'a>(
        &'a self,
        attributes: &'a [wit::Attribute<'a>],
        replace_paths: &'a [&'a str],
    ) -> wit::Change<'a> {
        let change = self.change;
        wit::Change {
            address: &change.address,
            block: &change.block,
            previous_address: change.previous_address.as_deref(),
            module_address: change.module_address.as_deref(),
            mode: match change.mode {
                Mode::Managed => wit::Mode::Managed,
                Mode::Data => wit::Mode::Data,
                Mode::Ephemeral => wit::Mode::Ephemeral,
            },
            kind: &change.kind,
            name: &change.name,
            index: change.index.as_ref().map(|index| match index {
                InstanceKey::Number(number) => wit::InstanceKey::Number(*number),
                InstanceKey::Text(text) => wit::InstanceKey::Text(text),
            }),
            provider: &change.provider,
            region: self.region.as_deref(),
            deposed: change.deposed.as_deref(),
            action: lower_action(change.action),
            replacement: change.replacement.map(|replacement| match replacement {
                Replacement::DeleteThenCreate => wit::Replacement::DeleteThenCreate,
                Replacement::CreateThenDelete => wit::Replacement::CreateThenDelete,
                Replacement::CreateThenForget => wit::Replacement::CreateThenForget,
                Replacement::ForgetThenCreate => wit::Replacement::ForgetThenCreate,
            }),
            reason: change.reason.as_deref(),
            importing: change.importing,
            replace_paths,
            attributes,
        }
    }
}

fn lower_action(action: Action) -> wit::Action {
    match action {
        Action::NoOp => wit::Action::NoOp,
        Action::Create => wit::Action::Create,
        Action::Read => wit::Action::Read,
        Action::Update => wit::Action::Update,
        Action::Delete => wit::Action::Delete,
        Action::Replace => wit::Action::Replace,
        Action::Forget => wit::Action::Forget,
    }
}

fn lower_value<'a>(value: &'a Value<'_>) -> wit::Value<'a> {
    match value {
        Value::Absent => wit::Value::Absent,
        Value::Null => wit::Value::Null,
        Value::Unknown => wit::Value::Unknown,
        Value::Sensitive => wit::Value::Sensitive,
        Value::Bool(b) => wit::Value::Boolean(*b),
        Value::Integer(i) => wit::Value::Integer(*i),
        Value::Decimal(text) => wit::Value::Decimal(text),
        Value::Text(text) => wit::Value::Text(text),
        Value::Json(text) => wit::Value::Json(text),
    }
}

pub(super) fn lower_output<'a>(
    (name, action, before, after): &'a Output<'_>,
) -> wit::OutputChange<'a> {
    wit::OutputChange {
        name,
        action: lower_action(*action),
        before: lower_value(before),
        after: lower_value(after),
    }
}

pub(super) fn lower_check<'a>(check: &'a Check, problems: &'a [&'a str]) -> wit::Check<'a> {
    wit::Check {
        address: &check.address,
        status: match check.status {
            CheckStatus::Pass => wit::CheckStatus::Pass,
            CheckStatus::Fail => wit::CheckStatus::Fail,
            CheckStatus::Error => wit::CheckStatus::Error,
            CheckStatus::Unknown => wit::CheckStatus::Unknown,
        },
        problems,
    }
}

pub(super) fn lower_invocation<'a>(
    invocation: &'a ActionInvocation<'_>,
) -> wit::ActionInvocation<'a> {
    wit::ActionInvocation {
        address: &invocation.address,
        kind: &invocation.kind,
        provider: &invocation.provider,
        triggered_by: invocation.triggered_by.as_deref(),
        event: invocation.event.as_deref(),
    }
}
