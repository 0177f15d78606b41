//! Which resources of a plan are of the same bucket, and what forbids public access to it.

use std::collections::BTreeMap;

use tollgate_policy::{Action, Attr, Change};
use tollgate_policy_common::iam::reference::{ByBlock, target};
use tollgate_policy_common::iam::{Side, Truth};

use crate::table::{BLOCKS, Block, FORMER, PREVENTIONS, SETTINGS, Scope};

/// How many resources deep a bucket's name is followed: a policy's `bucket` can be that of a
/// block, whose `bucket` is that of the bucket.
const DEEPEST: usize = 4;

/// The buckets of a plan and what forbids that they are public.
#[derive(Debug)]
pub(crate) struct Buckets<'a> {
    by_block: ByBlock<'a>,
    /// Blocks that remain, by each name of their bucket.
    blocks: BTreeMap<String, Vec<&'a Change>>,
    /// Blocks that the plan deletes, by each name of their bucket.
    deleted: BTreeMap<String, Vec<&'a Change>>,
    /// Accounts and buckets that forbid it themselves, by each of their names.
    hosts: BTreeMap<String, Vec<&'a Change>>,
    /// Blocks of whole accounts that remain.
    accounts: Vec<&'a Change>,
}

impl<'a> Buckets<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut buckets = Self {
            by_block: changes.iter().collect(),
            blocks: BTreeMap::new(),
            deleted: BTreeMap::new(),
            hosts: BTreeMap::new(),
            accounts: Vec::new(),
        };
        for change in changes.iter().filter(|change| is_deleted(change)) {
            if block(&change.kind).is_some_and(|block| block.scope == Scope::Bucket) {
                for name in buckets.names(change, Some("bucket"), Side::Before) {
                    buckets.deleted.entry(name).or_default().push(change);
                }
            }
        }
        for change in changes.iter().filter(|change| change.remains()) {
            match block(&change.kind).map(|block| block.scope) {
                Some(Scope::Bucket) => {
                    for name in buckets.names(change, Some("bucket"), Side::After) {
                        buckets.blocks.entry(name).or_default().push(change);
                    }
                }
                Some(Scope::Account) => buckets.accounts.push(change),
                Some(Scope::AccessPoint) | None => {}
            }
            if is_host(&change.kind) {
                let names = buckets.names(change, None, Side::After);
                for name in names
                    .into_iter()
                    .filter(|name| !name.starts_with("any of "))
                {
                    buckets.hosts.entry(name).or_default().push(change);
                }
            }
        }
        buckets
    }

    /// The names of the bucket that a change is of: its own, and the addresses that its
    /// configuration refers to.
    pub(crate) fn names(&self, change: &Change, of: Option<&str>, side: Side) -> Vec<String> {
        let Some(of) = of else {
            let mut names = vec![
                format!("at {}", change.address),
                format!("any of {}", change.block),
            ];
            for path in own_names(&change.kind) {
                if let Attr::Known(name) = side.of(change, path).text() {
                    names.push(named(&change.kind, &name));
                }
            }
            return names;
        };
        let mut names = Vec::new();
        if let Attr::Known(name) = side.of(change, of).text() {
            names.push(named(&change.kind, &name));
        }
        self.follow(change, of, DEEPEST, &mut names);
        names
    }

    fn follow(&self, change: &Change, of: &str, depth: usize, names: &mut Vec<String>) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for reference in change.references(of) {
            let Some(target) = target(reference) else {
                continue;
            };
            let all = self.by_block.meant(change, &target);
            if all.len() > 1 {
                // Which one is meant cannot be told.
                names.push(format!("any of {}", target.block));
                continue;
            }
            for meant in all {
                if meant
                    .attributes
                    .iter()
                    .any(|attribute| attribute.path == of)
                    && !meant.references(of).is_empty()
                    && meant.kind != "aws_s3_bucket"
                {
                    self.follow(meant, of, depth, names);
                } else {
                    let name = format!("at {}", meant.address);
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
    }

    /// The block of a bucket, if the plan has one.
    pub(crate) fn block_of(&self, names: &[String]) -> Option<&'a Change> {
        names
            .iter()
            .find_map(|name| self.blocks.get(name)?.first().copied())
    }

    /// Whether a block of a whole account is in the plan that has all of its settings on.
    pub(crate) fn account_blocks(&self) -> bool {
        self.accounts.iter().any(|change| {
            SETTINGS
                .iter()
                .all(|setting| stands(change, setting, Side::After) == Truth::Yes)
        })
    }

    /// Whether the plan deletes the block of a bucket.
    pub(crate) fn loses_block(&self, names: &[String]) -> bool {
        !self.deleted.is_empty() && names.iter().any(|name| self.deleted.contains_key(name))
    }

    /// Whether something forbids today that a bucket is open in a way.
    pub(crate) fn forbade(&self, names: &[String], setting: &str) -> bool {
        let on = |change: &&Change| {
            change.action != Action::Create && stands(change, setting, Side::Before) == Truth::Yes
        };
        let mut blocks = names
            .iter()
            .flat_map(|name| [self.blocks.get(name), self.deleted.get(name)])
            .flatten()
            .flatten();
        blocks.any(on)
            || self.accounts.iter().any(on)
            || names
                .iter()
                .filter_map(|name| self.hosts.get(name))
                .flatten()
                .any(|change| {
                    change.action != Action::Create && prevents(change, Side::Before) == Truth::Yes
                })
    }

    /// What forbids that a setting lets anyone in, if something in the plan does: the address
    /// of the block, bucket or account.
    pub(crate) fn forbids(&self, names: &[String], setting: &str) -> Option<&'a str> {
        let on = |change: &&'a Change| stands(change, setting, Side::After) == Truth::Yes;
        names
            .iter()
            .filter_map(|name| self.blocks.get(name))
            .flatten()
            .copied()
            .find(on)
            .or_else(|| self.accounts.iter().copied().find(on))
            .or_else(|| {
                names
                    .iter()
                    .filter_map(|name| self.hosts.get(name))
                    .flatten()
                    .copied()
                    .find(|change| prevents(change, Side::After) == Truth::Yes)
            })
            .map(|change| change.address.as_str())
    }
}

/// A name as that of a bucket of the provider that a type is of.
fn named(kind: &str, name: &str) -> String {
    format!("name {} {name}", kind.split('_').next().unwrap_or_default())
}

/// The attributes that name a bucket or an account.
fn own_names(kind: &str) -> &'static [&'static str] {
    match kind {
        "aws_s3_bucket" => &["bucket"],
        "google_storage_bucket" => &["name"],
        "azurerm_storage_account" => &["id"],
        _ => &[],
    }
}

fn is_host(kind: &str) -> bool {
    PREVENTIONS.iter().any(|row| row.kind == kind)
}

/// Whether the plan deletes what is in use.
pub(crate) fn is_deleted(change: &Change) -> bool {
    change.action == Action::Delete && change.deposed.is_none()
}

/// The row of a block's type.
pub(crate) fn block(kind: &str) -> Option<&'static Block> {
    BLOCKS.iter().find(|row| row.kind == kind)
}

/// Whether a setting of a block is on.
pub(crate) fn stands(change: &Change, setting: &str, side: Side) -> Truth {
    let Some(block) = block(&change.kind) else {
        return Truth::No;
    };
    match side
        .of(change, &format!("{}{setting}", block.prefix))
        .bool()
    {
        Attr::Known(on) => Truth::from(on),
        Attr::Unset => Truth::from(block.unset),
        Attr::Undetermined(_) => Truth::Unknown,
    }
}

/// Whether a bucket or an account of another provider forbids public access itself.
pub(crate) fn prevents(change: &Change, side: Side) -> Truth {
    let Some(row) = PREVENTIONS.iter().find(|row| row.kind == change.kind) else {
        return Truth::No;
    };
    if change.kind == FORMER.0
        && let Attr::Known(allowed) = side.of(change, FORMER.1).bool()
    {
        return Truth::from(!allowed);
    }
    match side.of(change, row.path).text() {
        Attr::Known(value) => Truth::from(value == row.safe),
        Attr::Undetermined(_)
            if side == Side::After
                && !matches!(change.action, Action::Create | Action::Read)
                && matches!(change.before(row.path).text(), Attr::Known(_)) =>
        {
            Truth::Unknown
        }
        // Unknown at creation means left out, which enforces nothing.
        Attr::Unset | Attr::Undetermined(_) => Truth::No,
    }
}
