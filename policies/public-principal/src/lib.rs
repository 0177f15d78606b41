//! The policy `public-principal`: nothing but buckets, which have a policy of their own, is for
//! everyone.
//!
//! [`table`] says which attributes of which types say who may use a resource. Documents of AWS
//! are read by [`tollgate_policy_common::iam`]; a permission that is made of attributes is read
//! as a document with one statement, so that one rule judges both.

mod rules;
pub mod settings;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Attr, Change, Evaluation, Field, Input, Interest, Mode, Policy, RuleDef, Why, pattern,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::iam::google::{Binding, Policies, policy_interest};
use tollgate_policy_common::iam::mirror::{self, Mirrors};
use tollgate_policy_common::iam::reference::{ByBlock, target};
use tollgate_policy_common::iam::{
    Condition, Document, Documents, Effect, Hidden, Names, Principal, Reading, Side, Statement,
    Words, document_interest, hides,
};
use tollgate_policy_common::interest::by_attributes;

use crate::rules::{open_to_everyone, policy_unknown, public_member, source_missing};
use crate::settings::Settings;
use crate::table::{
    BUCKETS, DOCUMENTS, GROUP_ATTRIBUTES, GROUPS, MEMBERS, MIRRORS, PERMISSIONS, Permission,
    SHIELDS, Shield,
};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct PublicPrincipal;

impl Policy for PublicPrincipal {
    type Settings = Settings;

    const NAME: &'static str = "public-principal";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "No queue, topic, function, key, secret, repository or other resource is open to everyone.";
    const RULES: &'static [&'static RuleDef] = &[
        &open_to_everyone::RULE,
        &public_member::RULE,
        &source_missing::RULE,
        &policy_unknown::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut interests: Vec<_> = by_attributes(attributes())
            .into_iter()
            .map(Interest::with_references)
            .collect();
        interests.extend(MEMBERS.iter().map(|(kinds, path)| {
            let interest = Interest::in_types([*kinds])
                .attributes([*path])
                .with_references();
            if *path == "policy_data" {
                interest
            } else {
                interest.attributes(["role"])
            }
        }));
        interests.push(document_interest());
        interests.push(policy_interest());
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let documents = Documents::of(&input.changes);
        let policies = Policies::of(&input.changes);
        let mirrors = Mirrors::of(&input.changes, MIRRORS);
        let shields: ByBlock<'_> = input
            .changes
            .iter()
            .filter(|change| SHIELDS.iter().any(|(kind, _)| *kind == change.kind))
            .collect();
        for change in input
            .changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && !input.settings.ignores(change))
        {
            let subject = Subject {
                change,
                settings: &input.settings,
                documents: &documents,
                policies: &policies,
                mirrors: &mirrors,
                shields: &shields,
            };
            for check in [
                open_to_everyone::check,
                public_member::check,
                source_missing::check,
                policy_unknown::check,
            ] {
                evaluation
                    .findings
                    .extend(check(&subject).into_iter().map(|finding| {
                        match finding
                            .attributes
                            .first()
                            .and_then(|path| table::source(&change.kind, path))
                        {
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

/// What is read of each type, but for those of [`MEMBERS`].
#[must_use]
pub fn attributes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut of_kind = BTreeMap::<&str, BTreeSet<&str>>::new();
    let mut read = |kind: &'static str, path: &'static str| {
        of_kind.entry(kind).or_default().insert(path);
    };
    for row in DOCUMENTS {
        read(row.kind, row.path);
        if let Shield::Domain(Some(of)) | Shield::AccessPoint(Some(of)) = row.shield {
            read(row.kind, of);
        }
    }
    for row in PERMISSIONS {
        read(row.kind, row.path);
        for path in row.action.iter().chain(&row.condition) {
            read(row.kind, path);
        }
        for (path, ..) in row.conditions {
            read(row.kind, path);
        }
    }
    for (kind, block) in GROUPS {
        match block {
            Some(block) => read(kind, block),
            None => {
                read(kind, "role");
                for path in GROUP_ATTRIBUTES {
                    read(kind, path);
                }
            }
        }
    }
    for (kind, path) in SHIELDS {
        read(kind, path);
    }
    for (kind, path) in mirror::attributes(MIRRORS) {
        read(kind, path);
    }
    of_kind
}

/// What of a change is a document, or is read as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) path: &'static str,
    pub(crate) what: &'static str,
    pub(crate) shield: Shield,
    pub(crate) acts_for_others: bool,
    computed: bool,
    permission: Option<&'static Permission>,
}

/// One change, with what the rules ask of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) settings: &'a Settings,
    documents: &'a Documents<'a>,
    policies: &'a Policies<'a>,
    mirrors: &'a Mirrors,
    shields: &'a ByBlock<'a>,
}

impl Subject<'_> {
    pub(crate) fn row(&self) -> Option<Row> {
        let kind = self.change.kind.as_str();
        // What only shows another resource's policy is judged there.
        let document = DOCUMENTS.iter().find(|row| {
            row.kind == kind && !(row.computed && self.mirrors.shows(self.change, row.path))
        });
        let document = document.map(|row| Row {
            path: row.path,
            what: row.what,
            shield: row.shield,
            acts_for_others: row.acts_for_others,
            computed: row.computed,
            permission: None,
        });
        document.or_else(|| {
            PERMISSIONS
                .iter()
                .find(|row| row.kind == kind)
                .map(|row| Row {
                    path: row.path,
                    what: row.what,
                    shield: row.shield,
                    acts_for_others: row.acts_for_others,
                    computed: row.computed,
                    permission: Some(row),
                })
        })
    }

    /// The document on one side.
    pub(crate) fn read(&self, row: Row, side: Side) -> Reading {
        match row.permission {
            Some(permission) => read_permission(self.change, permission, side),
            None if side == Side::After && self.left_out(row) => Reading::Absent,
            None => self.documents.read(self.change, row.path, side),
        }
    }

    /// Whether the configuration leaves out what the service then decides.
    pub(crate) fn left_out(&self, row: Row) -> bool {
        row.computed
            && self.change.references(row.path).is_empty()
            && self.change.after(row.path).undetermined() == Some(Why::Unknown)
    }

    /// What makes a policy for everyone harmless, as a clause.
    pub(crate) fn shield(&self, shield: Shield) -> Option<String> {
        let (of, clause): (_, fn(&Change) -> Option<&'static str>) = match shield {
            Shield::None => return None,
            Shield::Acceptance => (None, accepts),
            Shield::Domain(of) => (of, domain),
            Shield::AccessPoint(of) => (of, access_point),
        };
        let Some(of) = of else {
            return clause(self.change).map(str::to_owned);
        };
        let meant: Vec<_> = self
            .change
            .references(of)
            .iter()
            .filter_map(|reference| target(reference))
            .flat_map(|target| self.shields.meant(self.change, &target))
            .filter(|change| SHIELDS.iter().any(|(kind, _)| *kind == change.kind))
            .collect();
        let mut clauses = meant.iter().map(|change| clause(change));
        let first = clauses.next()??;
        clauses
            .all(|clause| clause.is_some())
            .then(|| first.to_owned())
    }

    /// The roles that a change of Google's gives, and the attribute that says to whom.
    pub(crate) fn members(&self, side: Side) -> Vec<(&'static str, Result<Binding, String>)> {
        let change = self.change;
        let kind = change.kind.as_str();
        if let Some((_, block)) = GROUPS.iter().find(|(group, _)| *group == kind) {
            return groups(change, *block, side);
        }
        if BUCKETS.iter().any(|prefix| kind.starts_with(prefix)) {
            return Vec::new();
        }
        let Some((_, path)) = MEMBERS
            .iter()
            .find(|(kinds, _)| pattern::matches(kinds, kind))
        else {
            return Vec::new();
        };
        if *path == "policy_data" {
            return match self.policies.read(change, path, side) {
                Ok(bindings) => bindings
                    .into_iter()
                    .map(|binding| (*path, Ok(binding)))
                    .collect(),
                Err(why) => vec![(*path, Err(why))],
            };
        }
        let mut binding = Binding {
            role: role(&side.of(change, "role")),
            ..Binding::default()
        };
        let field = side.of(change, path);
        let members = if *path == "members" {
            match field.items() {
                Attr::Known(items) => items,
                Attr::Unset => Vec::new(),
                Attr::Undetermined(why) => return vec![(*path, Err(format!("it is {why}")))],
            }
        } else {
            vec![field]
        };
        for member in members {
            add(&mut binding, &member);
        }
        vec![(*path, Ok(binding))]
    }
}

fn add(binding: &mut Binding, member: &Field) {
    match member.text() {
        Attr::Known(member) => binding.members.push(member),
        Attr::Unset => {}
        Attr::Undetermined(why) => binding.lacks_member(why),
    }
}

fn role(field: &Field) -> String {
    match field.text() {
        Attr::Known(role) => role,
        Attr::Unset | Attr::Undetermined(_) => "?".to_owned(),
    }
}

/// Who has access to a dataset. What of it is not known names accounts that the plan makes.
fn groups(
    change: &Change,
    block: Option<&'static str>,
    side: Side,
) -> Vec<(&'static str, Result<Binding, String>)> {
    let Some(block) = block else {
        return GROUP_ATTRIBUTES
            .iter()
            .map(|path| {
                let mut binding = Binding {
                    role: role(&side.of(change, "role")),
                    ..Binding::default()
                };
                add(&mut binding, &side.of(change, path));
                // Left out, one of them may be computed.
                binding.unknown = false;
                (*path, Ok(binding))
            })
            .collect();
    };
    let items = match side.of(change, block).items() {
        Attr::Known(items) => items,
        Attr::Undetermined(why @ Why::Sensitive) => {
            return vec![(block, Err(format!("it is {why}")))];
        }
        Attr::Unset | Attr::Undetermined(_) => return Vec::new(),
    };
    items
        .iter()
        .map(|item| {
            let mut binding = Binding {
                role: role(&item.get("role")),
                ..Binding::default()
            };
            for path in GROUP_ATTRIBUTES {
                add(&mut binding, &item.get(path));
            }
            binding.unknown = false;
            (block, Ok(binding))
        })
        .collect()
}

/// A permission as a document with one statement.
fn read_permission(change: &Change, row: &Permission, side: Side) -> Reading {
    let field = side.of(change, row.path);
    let doubts = row
        .conditions
        .iter()
        .map(|(path, ..)| *path)
        .chain([row.path])
        .filter(|path| side.of(change, path).undetermined() == Some(Why::Sensitive))
        .map(|path| format!("`{path}` is marked sensitive"))
        .collect();
    let hides_conditions = row
        .conditions
        .iter()
        .map(|(path, ..)| *path)
        .chain(row.condition)
        .any(|path| hides(&side.of(change, path)));
    let mut names = Words::default();
    match field.items() {
        Attr::Known(items) => {
            for item in items {
                match item.text() {
                    Attr::Known(name) => names.known.push(name),
                    Attr::Unset => {}
                    Attr::Undetermined(_) => names.unknown = true,
                }
            }
        }
        _ => match field.text() {
            Attr::Known(name) => names.known.push(name),
            Attr::Unset => return Reading::Absent,
            Attr::Undetermined(_) => names.unknown = true,
        },
    }
    let kind = if names.known.iter().any(|name| is_service(name)) {
        "Service"
    } else {
        "AWS"
    };
    let actions = match row.action.map(|path| side.of(change, path).text()) {
        Some(Attr::Known(action)) => Words::from(action.as_str()),
        // The default of an event bus, and the one that an endpoint has.
        Some(Attr::Unset | Attr::Undetermined(_)) => Words::from("events:PutEvents"),
        None => Words::from("ec2:CreateVpcEndpoint"),
    };
    let mut conditions = Vec::new();
    for (path, operator, key) in row.conditions {
        let values = match side.of(change, path).text() {
            Attr::Known(value) if value.is_empty() => continue,
            Attr::Known(value) => Words::from(value.as_str()),
            Attr::Unset => continue,
            Attr::Undetermined(_) => Words {
                known: Vec::new(),
                unknown: true,
            },
        };
        conditions.push(Condition::new(operator, key, values));
    }
    if let Some(Attr::Known(blocks)) = row.condition.map(|path| side.of(change, path).items()) {
        for block in &blocks {
            let text = |key| match block.get(key).text() {
                Attr::Known(text) => text,
                Attr::Unset | Attr::Undetermined(_) => String::new(),
            };
            let values = match block.get("value").text() {
                Attr::Known(value) => Words::from(value.as_str()),
                Attr::Unset => Words::default(),
                Attr::Undetermined(_) => Words {
                    known: Vec::new(),
                    unknown: true,
                },
            };
            conditions.push(Condition::new(&text("type"), &text("key"), values));
        }
    }
    Reading::Read(Document {
        statements: vec![Statement {
            label: format!("`{}`", row.path),
            sid: None,
            effect: Effect::Allow,
            principal: Some(Principal {
                not: false,
                entries: vec![(kind.to_owned(), names)],
            }),
            actions: Names {
                not: false,
                words: actions,
            },
            resources: None,
            conditions,
            hidden: Hidden {
                principals: hides(&field),
                conditions: hides_conditions,
                ..Hidden::default()
            },
        }],
        doubts,
        hidden: Vec::new(),
    })
}

fn is_service(name: &str) -> bool {
    name.contains(".amazonaws.com") || name.ends_with(".amazon.com")
}

fn accepts(change: &Change) -> Option<&'static str> {
    (change.after("acceptance_required").bool() == Attr::Known(true))
        .then_some("each connection has to be accepted")
}

fn domain(change: &Change) -> Option<&'static str> {
    if matches!(change.after("vpc_options[0].subnet_ids").items(), Attr::Known(subnets) if !subnets.is_empty())
    {
        return Some("the domain is in a VPC");
    }
    let anonymous = change.kind == "aws_opensearch_domain"
        && change
            .after("advanced_security_options[0].anonymous_auth_enabled")
            .bool()
            == Attr::Known(true);
    (change.after("advanced_security_options[0].enabled").bool() == Attr::Known(true) && !anonymous)
        .then_some("fine-grained access control asks for credentials")
}

fn access_point(change: &Change) -> Option<&'static str> {
    if !change.after("vpc_configuration[0].vpc_id").is_unset() {
        return Some("the access point is for one VPC");
    }
    let restricts = change
        .after("public_access_block_configuration[0].restrict_public_buckets")
        .bool();
    matches!(restricts, Attr::Known(true) | Attr::Unset)
        .then_some("the access point's block restricts it")
}

tollgate_policy::export!(PublicPrincipal);
