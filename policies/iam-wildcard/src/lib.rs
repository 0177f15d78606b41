//! The policy `iam-wildcard`: nobody may do more than somebody has thought about.
//!
//! [`table`] says where permissions are written and which are too wide. Documents of AWS are read
//! by [`tollgate_policy_common::iam`]; `permissions` says how wide a statement is, `trust` how many may
//! take a role, and `origin` where a policy or role comes from that is known only after apply.

mod kubernetes;
mod origin;
mod permissions;
mod rules;
pub mod settings;
pub mod table;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Action, Attr, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef, Why,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::iam::google::{Binding, Policies, policy_interest};
use tollgate_policy_common::iam::mirror::{self, Mirrors};
use tollgate_policy_common::iam::reference::target;
use tollgate_policy_common::iam::{
    Document, Documents, Fault, Reading, Side, Statement, document_interest, hidden_faults, judge,
};
use tollgate_policy_common::interest::by_attributes;
use tollgate_policy_common::text::clipped;

use crate::origin::Origins;
use crate::rules::{
    access_key, admin_access, admin_attachment, basic_role, boundary_removed, cluster_admin,
    cluster_open, deny_removed, guardrail_removed, impersonation, key_locked, not_action_allow,
    open_trust, pass_role, policy_unknown, privilege_escalation, privileged_container,
    service_wildcard, subscription_role, user_policy, wide_trust,
};
use crate::settings::Settings;
use crate::table::{
    ASSIGNMENTS, ATTACHMENTS, BOUNDARIES, CUSTOM_ROLES, DELEGATION, DENIES, DOCUMENTS, KEYS, LOCKS,
    MIRRORS, POLICY_OF, TRUSTS, USERS,
};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct IamWildcard;

impl Policy for IamWildcard {
    type Settings = Settings;

    const NAME: &'static str = "iam-wildcard";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "No identity may do everything, give itself more, or be taken by anyone.";
    const RULES: &'static [&'static RuleDef] = &[
        &admin_access::RULE,
        &admin_attachment::RULE,
        &open_trust::RULE,
        &service_wildcard::RULE,
        &not_action_allow::RULE,
        &pass_role::RULE,
        &privilege_escalation::RULE,
        &boundary_removed::RULE,
        &guardrail_removed::RULE,
        &deny_removed::RULE,
        &cluster_admin::RULE,
        &cluster_open::RULE,
        &privileged_container::RULE,
        &key_locked::RULE,
        &basic_role::RULE,
        &impersonation::RULE,
        &subscription_role::RULE,
        &wide_trust::RULE,
        &access_key::RULE,
        &user_policy::RULE,
        &policy_unknown::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut interests: Vec<_> = by_attributes(attributes())
            .into_iter()
            .map(Interest::with_references)
            .collect();
        interests.extend(origin::interests());
        interests.push(document_interest());
        interests.push(policy_interest());
        interests.extend(kubernetes::interests());
        interests.extend(
            guardrail_removed::RAILS
                .iter()
                .filter(|rail| rail.is_of_kubernetes())
                .map(|rail| Interest::in_types([rail.kind]).attributes(rail.paths.iter().copied())),
        );
        interests.push(
            Interest::in_types(cluster_admin::MAPS.iter().copied())
                .attributes(["metadata", "data"]),
        );
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let context = Context::of(&input.changes);
        for change in input
            .changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && !input.settings.ignores(change))
        {
            let (documents, trusts) = context.read(change);
            let subject = Subject {
                change,
                settings: &input.settings,
                context: &context,
                documents: &documents,
                trusts: &trusts,
            };
            for check in [
                admin_access::check,
                admin_attachment::check,
                open_trust::check,
                service_wildcard::check,
                not_action_allow::check,
                pass_role::check,
                privilege_escalation::check,
                boundary_removed::check,
                guardrail_removed::check,
                deny_removed::check,
                cluster_admin::check,
                cluster_open::check,
                privileged_container::check,
                key_locked::check,
                basic_role::check,
                impersonation::check,
                subscription_role::check,
                wide_trust::check,
                access_key::check,
                user_policy::check,
                policy_unknown::check,
            ] {
                evaluation
                    .findings
                    .extend(check(&subject).into_iter().map(|finding| {
                        let path = finding.attributes.first().map_or("", String::as_str);
                        match table::source(&change.kind, path) {
                            Some(source) => finding.detail("source", source),
                            None => finding,
                        }
                    }));
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// The types that give a role of Google's, by what they give it with.
const MEMBERS: [(&str, &str); 3] = [
    ("_iam_member", "member"),
    ("_iam_binding", "members"),
    ("_iam_policy", "policy_data"),
];

/// What they are of.
const OF: [&str; 4] = [
    "google_project",
    "google_folder",
    "google_organization",
    "google_service_account",
];

/// What is read of each type.
#[must_use]
pub fn attributes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut of_kind = BTreeMap::<&str, BTreeSet<&str>>::new();
    let mut read = |kind: &'static str, path: &'static str| {
        of_kind.entry(kind).or_default().insert(path);
    };
    for row in DOCUMENTS {
        read(row.kind, row.path);
    }
    for (kind, path) in TRUSTS
        .iter()
        .chain(ATTACHMENTS)
        .chain(BOUNDARIES)
        .chain(CUSTOM_ROLES)
    {
        read(kind, path);
    }
    for key in KEYS {
        read(key.kind, key.unused.map_or("id", |(path, _)| path));
    }
    for (kind, users) in USERS {
        read(kind, users.unwrap_or("user"));
    }
    for kind in ASSIGNMENTS {
        read(kind, "scope");
        read(kind, "role_definition_id");
    }
    for (kind, path) in mirror::attributes(MIRRORS) {
        read(kind, path);
    }
    read("azurerm_role_assignment", "role_definition_name");
    read("azurerm_role_assignment", "condition");
    read("azurerm_role_definition", "permissions");
    read(
        "aws_ssoadmin_permissions_boundary_attachment",
        "permission_set_arn",
    );
    read(
        "aws_ssoadmin_permissions_boundary_attachment",
        boundary_removed::MANAGED,
    );
    read("aws_ssoadmin_permission_set", "arn");
    read(boundary_removed::OF_ORGANISATION, "target_id");
    // Those of Kubernetes are in no schema that the tables are compared with.
    for rail in guardrail_removed::RAILS
        .iter()
        .filter(|rail| !rail.is_of_kubernetes())
    {
        read(rail.kind, rail.of);
        for path in rail.paths {
            read(rail.kind, path);
        }
    }
    for (kind, path) in guardrail_removed::HELD.iter().chain(DENIES) {
        read(kind, path);
    }
    for (kind, of, target, path) in POLICY_OF {
        read(kind, of);
        if !target.is_empty() {
            read(target, path);
        }
    }
    for kind in LOCKS {
        read(kind, "policy");
        read(kind, key_locked::BYPASS);
    }
    for path in DELEGATION.1 {
        read(DELEGATION.0, path);
    }
    for path in [cluster_admin::POLICY, cluster_admin::SCOPE] {
        read(cluster_admin::ASSOCIATION, path);
    }
    read(cluster_admin::ENTRY, "kubernetes_groups");
    for switch in cluster_open::SWITCHES {
        read(switch.kind, switch.path);
    }
    for path in privileged_container::OF_TASK {
        read(privileged_container::TASK, path);
    }
    read(privileged_container::BUILD.0, privileged_container::BUILD.1);
    for kind in boundary_removed::TARGETS {
        read(kind, "id");
    }
    read(
        "google_iam_workload_identity_pool_provider",
        "oidc[0].issuer_uri",
    );
    read(
        "google_iam_workload_identity_pool_provider",
        "attribute_condition",
    );
    for kinds in google_types() {
        let (kind, path) = kinds;
        read(kind, path);
        if path != "policy_data" {
            read(kind, "role");
        }
    }
    of_kind
}

/// The types that give a role of Google's at a scope that matters, with the attribute.
fn google_types() -> [(&'static str, &'static str); 12] {
    [
        ("google_project_iam_member", "member"),
        ("google_project_iam_binding", "members"),
        ("google_project_iam_policy", "policy_data"),
        ("google_folder_iam_member", "member"),
        ("google_folder_iam_binding", "members"),
        ("google_folder_iam_policy", "policy_data"),
        ("google_organization_iam_member", "member"),
        ("google_organization_iam_binding", "members"),
        ("google_organization_iam_policy", "policy_data"),
        ("google_service_account_iam_member", "member"),
        ("google_service_account_iam_binding", "members"),
        ("google_service_account_iam_policy", "policy_data"),
    ]
}

/// What of a plan rules look at together.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    documents: Documents<'a>,
    policies: Policies<'a>,
    /// The blocks of policies that are the boundary of something and attached to nothing.
    only_boundaries: BTreeSet<String>,
    /// The blocks of policies that are the boundary of something.
    pub(crate) boundaries: BTreeSet<String>,
    /// Where values come from that are known only after apply.
    pub(crate) origins: Origins<'a>,
    /// What roles only show of other resources.
    pub(crate) mirrors: Mirrors,
    /// The permission sets that the plan deletes.
    pub(crate) deleted_sets: BTreeSet<String>,
    /// The accounts and units of an organisation that the plan deletes.
    pub(crate) deleted_accounts: BTreeSet<String>,
    /// The projects, folders and groups that the plan deletes.
    pub(crate) deleted: BTreeSet<String>,
    /// What policies are for and the plan deletes: the type, the attribute and the name in it.
    pub(crate) deleted_targets: BTreeSet<(&'static str, &'static str, String)>,
    /// Policies that the plan makes, by what they are for.
    pub(crate) made: BTreeMap<(&'static str, String), &'a Change>,
}

impl<'a> Context<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let blocks = |rows: &[(&str, &str)]| -> BTreeSet<String> {
            changes
                .iter()
                .filter(|change| change.mode == Mode::Managed)
                .flat_map(|change| {
                    rows.iter()
                        .filter(|(kind, _)| *kind == change.kind)
                        .flat_map(|(_, path)| change.references(path))
                })
                .filter_map(|reference| target(reference))
                .map(|target| target.block)
                .collect()
        };
        let attached = blocks(ATTACHMENTS);
        let boundaries = blocks(BOUNDARIES);
        let only_boundaries = boundaries.difference(&attached).cloned().collect();
        let deleted_sets = changes
            .iter()
            .filter(|change| {
                change.kind == "aws_ssoadmin_permission_set" && change.action == Action::Delete
            })
            .filter_map(|change| match change.before("arn").text() {
                Attr::Known(arn) => Some(arn),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect();
        let deleted_accounts = changes
            .iter()
            .filter(|change| {
                boundary_removed::TARGETS.contains(&change.kind.as_str())
                    && change.action == Action::Delete
            })
            .filter_map(|change| match change.before("id").text() {
                Attr::Known(id) => Some(id),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect();
        let deleted = changes
            .iter()
            .filter(|change| change.action == Action::Delete)
            .flat_map(|change| {
                guardrail_removed::HELD
                    .iter()
                    .filter(|(kind, _)| *kind == change.kind)
                    .filter_map(|(_, path)| match change.before(path).text() {
                        Attr::Known(id) => Some(id),
                        Attr::Unset | Attr::Undetermined(_) => None,
                    })
            })
            .collect();
        let deleted_targets = changes
            .iter()
            .filter(|change| change.action == Action::Delete)
            .flat_map(|change| {
                POLICY_OF
                    .iter()
                    .filter(|(_, _, target, _)| *target == change.kind)
                    .filter_map(|(_, _, target, path)| match change.before(path).text() {
                        Attr::Known(name) => Some((*target, *path, name)),
                        Attr::Unset | Attr::Undetermined(_) => None,
                    })
            })
            .collect();
        let made = changes
            .iter()
            .filter(|change| change.action == Action::Create && change.mode == Mode::Managed)
            .filter_map(|change| {
                let (kind, of, ..) = POLICY_OF.iter().find(|(kind, ..)| *kind == change.kind)?;
                match change.after(of).text() {
                    Attr::Known(name) => Some(((*kind, name), change)),
                    Attr::Unset | Attr::Undetermined(_) => None,
                }
            })
            .collect();
        Self {
            deleted_targets,
            made,
            documents: Documents::of(changes),
            policies: Policies::of(changes),
            origins: Origins::of(changes),
            mirrors: Mirrors::of(changes, MIRRORS),
            only_boundaries,
            boundaries,
            deleted_sets,
            deleted_accounts,
            deleted,
        }
    }
}

/// A document of a change on both sides, read once.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// The attribute.
    pub(crate) path: &'static str,
    before: Reading,
    after: Reading,
}

impl Read {
    fn of(change: &Change, path: &'static str, read: impl Fn(Side) -> Reading) -> Self {
        let existed = !matches!(change.action, Action::Create | Action::Read);
        Self {
            path,
            before: if existed {
                read(Side::Before)
            } else {
                Reading::Absent
            },
            after: if change.remains() {
                read(Side::After)
            } else {
                Reading::Absent
            },
        }
    }

    /// The document on one side.
    pub(crate) fn on(&self, side: Side) -> &Reading {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }
}

impl Context<'_> {
    /// The documents of permissions of a change, and those that say who may take a role.
    fn read(&self, change: &Change) -> (Vec<Read>, Vec<Read>) {
        let documents = DOCUMENTS
            .iter()
            .filter(|row| {
                row.kind == change.kind
                    && !self.only_boundaries.contains(&change.block)
                    && !self.mirrors.shows(change, row.path)
            })
            .map(|row| {
                Read::of(change, row.path, |side| match row.each {
                    None => self.documents.read(change, row.path, side),
                    Some(each) => self.blocks(change, row.path, each, side),
                })
            })
            .collect();
        let trusts = TRUSTS
            .iter()
            .filter(|(kind, _)| *kind == change.kind)
            .map(|(_, path)| Read::of(change, path, |side| self.documents.read(change, path, side)))
            .collect();
        (documents, trusts)
    }

    /// The documents in the blocks of a list, as one.
    fn blocks(&self, change: &Change, path: &str, each: &str, side: Side) -> Reading {
        let blocks = match side.of(change, path).items() {
            Attr::Known(blocks) => blocks,
            Attr::Undetermined(Why::Sensitive) => return Reading::Hidden,
            // Left out, it is unknown at creation, and there are none.
            Attr::Unset | Attr::Undetermined(_) => return Reading::Absent,
        };
        let mut all = Document::default();
        let mut unknown = false;
        for block in &blocks {
            let name = match block.get("name").text() {
                Attr::Known(name) => clipped(&name),
                Attr::Unset | Attr::Undetermined(_) => "?".to_owned(),
            };
            match self
                .documents
                .read_field(&block.get(each), change, path, side)
            {
                Reading::Absent => {}
                Reading::Read(document) => {
                    all.statements
                        .extend(document.statements.into_iter().map(|statement| Statement {
                            label: format!("{} of `{name}`", statement.label),
                            ..statement
                        }));
                    all.doubts.extend(document.doubts);
                    all.hidden.extend(document.hidden);
                }
                Reading::Hidden => {
                    let what = format!("the policy `{name}` is marked sensitive");
                    all.doubts.push(what.clone());
                    all.hidden.push(what);
                }
                Reading::Unknown => unknown = true,
                Reading::Unreadable(why) => all.doubts.push(format!("of `{name}`: {why}")),
            }
        }
        if unknown && all == Document::default() {
            return Reading::Unknown;
        }
        if unknown {
            all.doubts
                .push("one of its policies is known only after apply".to_owned());
        }
        Reading::Read(all)
    }
}

/// One change, with what the rules ask of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) settings: &'a Settings,
    pub(crate) context: &'a Context<'a>,
    pub(crate) documents: &'a [Read],
    pub(crate) trusts: &'a [Read],
}

impl Subject<'_> {
    /// The findings of a rule on statements of documents of permissions: `fault` says what a
    /// statement does that it should not.
    pub(crate) fn judge_statements(
        &self,
        rule: &RuleDef,
        fault: impl Fn(&Document, &Statement) -> Option<String>,
    ) -> Vec<Finding> {
        self.documents
            .iter()
            .flat_map(|read| {
                judge(rule, self.change, |side| {
                    faults(read.path, "the policy", read.on(side), side, &fault)
                })
            })
            .collect()
    }

    /// The same, of documents that say who may take a role.
    pub(crate) fn judge_trusts(
        &self,
        rule: &RuleDef,
        fault: impl Fn(&Document, &Statement) -> Option<String>,
    ) -> Vec<Finding> {
        self.trusts
            .iter()
            .flat_map(|read| {
                judge(rule, self.change, |side| {
                    faults(read.path, "the trust policy", read.on(side), side, &fault)
                })
            })
            .collect()
    }

    /// The findings of a rule on what its documents hide: `decides` says whether it is up to the hidden
    /// parts of a statement.
    pub(crate) fn judge_hidden(
        &self,
        rule: &RuleDef,
        documents: &[Read],
        whether: &str,
        decides: impl Fn(&Document, &Statement) -> bool,
    ) -> Vec<Finding> {
        documents
            .iter()
            .flat_map(|read| {
                judge(rule, self.change, |side| {
                    hidden_faults(read.on(side), read.path, whether, &decides)
                })
            })
            .collect()
    }

    /// The roles that a change of Google's gives, with the attribute that says to whom. What is
    /// not known of them is left out.
    pub(crate) fn bindings(&self, side: Side) -> Vec<(&'static str, Binding)> {
        let change = self.change;
        let Some((suffix, path)) = MEMBERS.iter().find(|(suffix, _)| {
            change.kind.ends_with(suffix) && OF.iter().any(|of| change.kind.starts_with(of))
        }) else {
            return Vec::new();
        };
        if *suffix == "_iam_policy" {
            return self
                .context
                .policies
                .read(change, path, side)
                .unwrap_or_default()
                .into_iter()
                .map(|binding| (*path, binding))
                .collect();
        }
        let mut binding = Binding::default();
        match side.of(change, "role").text() {
            Attr::Known(role) => binding.role = role,
            Attr::Unset => {}
            Attr::Undetermined(why) => binding.lacks_role(why),
        }
        let field = side.of(change, path);
        let members = match field.items() {
            Attr::Known(items) => items,
            _ => vec![field],
        };
        for member in &members {
            match member.text() {
                Attr::Known(member) => binding.members.push(member),
                Attr::Unset => {}
                Attr::Undetermined(why) => binding.lacks_member(why),
            }
        }
        vec![(*path, binding)]
    }
}

/// What is at fault in a document. Today's statements all count, because one that was wider
/// makes a narrower one no news.
fn faults(
    path: &str,
    what: &str,
    reading: &Reading,
    side: Side,
    fault: &impl Fn(&Document, &Statement) -> Option<String>,
) -> Vec<Fault> {
    let Reading::Read(document) = reading else {
        return Vec::new();
    };
    document
        .allows()
        .filter_map(|statement| {
            let said = match side {
                Side::After => fault(document, statement)?,
                Side::Before => String::new(),
            };
            Some(Fault {
                statement: Some(statement.clone()),
                ..Fault::certain(
                    statement.label.clone(),
                    path,
                    format!("{} of {what} {said}", statement.label),
                )
            })
        })
        .collect()
}

tollgate_policy::export!(IamWildcard);
