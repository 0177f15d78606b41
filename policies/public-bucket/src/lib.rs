//! The policy `public-bucket`: no bucket is open to everyone, and what forbids that stays on.
//!
//! [`table`] says how each type can let everyone in and what forbids it. A bucket, its policy,
//! its ACL and its block are resources of their own, which belong together by the bucket's name
//! or by a reference in the configuration; the module `buckets` joins them. Policies are read
//! as documents ([`tollgate_policy_common::iam`]).

mod buckets;
mod rules;
pub mod settings;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Action, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::iam::google::{Policies, policy_interest};
use tollgate_policy_common::iam::mirror::{self, Mirrors};
use tollgate_policy_common::iam::{Documents, Fault, Reading, Side, document_interest};
use tollgate_policy_common::interest::by_attributes;

use crate::buckets::{Buckets, is_deleted};
use crate::rules::{
    block_missing, block_off, block_removed, bucket_website, cors_any_origin, policy_unknown,
    public_acl, public_policy,
};
use crate::settings::Settings;
use crate::table::{
    ACLS, BLOCKS, CORS, FORMER, Form, GRANTS, MIRRORS, PREVENTIONS, SETTINGS, Scope, WEBSITES,
};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct PublicBucket;

impl Policy for PublicBucket {
    type Settings = Settings;

    const NAME: &'static str = "public-bucket";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "No bucket is open to everyone, and what forbids that stays on.";
    const RULES: &'static [&'static RuleDef] = &[
        &public_acl::RULE,
        &public_policy::RULE,
        &policy_unknown::RULE,
        &block_removed::RULE,
        &block_off::RULE,
        &block_missing::RULE,
        &bucket_website::RULE,
        &cors_any_origin::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut interests: Vec<_> = by_attributes(attributes())
            .into_iter()
            .map(Interest::with_references)
            .collect();
        interests.push(document_interest());
        interests.push(policy_interest());
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let changes = &input.changes;
        let buckets = Buckets::of(changes);
        let documents = Documents::of(changes);
        let policies = Policies::of(changes);
        let mirrors = Mirrors::of(changes, MIRRORS);
        let deleted_buckets: BTreeSet<String> = changes
            .iter()
            .filter(|change| change.kind == "aws_s3_bucket" && is_deleted(change))
            .flat_map(|change| buckets.names(change, None, Side::Before))
            .collect();
        for change in changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && !input.settings.ignores(change))
        {
            let subject = Subject {
                change,
                settings: &input.settings,
                buckets: &buckets,
                documents: &documents,
                policies: &policies,
                mirrors: &mirrors,
                deleted_buckets: &deleted_buckets,
            };
            for check in [
                public_acl::check,
                public_policy::check,
                policy_unknown::check,
                block_removed::check,
                block_off::check,
                block_missing::check,
                bucket_website::check,
                cors_any_origin::check,
            ] {
                evaluation.findings.extend(check(&subject));
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// What is read of each type.
#[must_use]
pub fn attributes() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut of_kind = BTreeMap::<&str, BTreeSet<String>>::new();
    let mut read = |kind: &'static str, path: &str| {
        of_kind.entry(kind).or_default().insert(path.to_owned());
    };
    for row in ACLS {
        read(row.kind, row.path);
        if let Some(of) = row.of {
            read(row.kind, of);
        }
    }
    for row in GRANTS {
        read(row.kind, row.path);
        if let Some(of) = row.of {
            read(row.kind, of);
        }
        if matches!(row.form, Form::Member | Form::Members) {
            read(row.kind, "role");
        }
    }
    for row in BLOCKS {
        for setting in SETTINGS {
            read(row.kind, &format!("{}{setting}", row.prefix));
        }
        read(
            row.kind,
            match row.scope {
                Scope::Bucket | Scope::AccessPoint
                    if row.kind != "aws_s3control_multi_region_access_point" =>
                {
                    "bucket"
                }
                _ => "id",
            },
        );
    }
    for row in PREVENTIONS {
        read(row.kind, row.path);
    }
    read(FORMER.0, FORMER.1);
    for (kind, path) in WEBSITES {
        match path {
            Some(path) => read(kind, path),
            None if kind.starts_with("azurerm_") => read(kind, "storage_account_id"),
            None => {
                read(kind, "bucket");
                read(kind, "redirect_all_requests_to");
            }
        }
    }
    for (kind, path, ..) in CORS {
        read(kind, path);
    }
    read("aws_s3_bucket", "bucket");
    for (kind, path) in mirror::attributes(MIRRORS) {
        read(kind, path);
    }
    read("google_storage_bucket", "name");
    read("azurerm_storage_account", "id");
    read("azurerm_storage_account", "name");
    of_kind
}

/// One change, with what the rules ask of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) settings: &'a Settings,
    pub(crate) buckets: &'a Buckets<'a>,
    documents: &'a Documents<'a>,
    pub(crate) policies: &'a Policies<'a>,
    mirrors: &'a Mirrors,
    /// The names of the S3 buckets that the plan deletes.
    pub(crate) deleted_buckets: &'a BTreeSet<String>,
}

impl<'a> Subject<'a> {
    /// Whether there is something today.
    pub(crate) fn existed(&self) -> bool {
        !matches!(self.change.action, Action::Create | Action::Read)
    }

    /// The names of its bucket, which `of` says; none for the bucket itself.
    pub(crate) fn names(&self, of: Option<&str>) -> Vec<String> {
        self.buckets.names(self.change, of, Side::After)
    }

    pub(crate) fn read(&self, path: &str, side: Side) -> Reading {
        self.documents.read(self.change, path, side)
    }

    /// Whether an attribute only shows what a resource of its own sets, which is judged there.
    pub(crate) fn is_mirror(&self, path: &str) -> bool {
        self.mirrors.shows(self.change, path)
    }

    /// What in the plan forbids that its bucket is open in a way.
    pub(crate) fn forbidden(&self, of: Option<&str>, setting: &str) -> Option<&'a str> {
        self.buckets.forbids(&self.names(of), setting)
    }

    /// Faults as advice, where something in the plan makes them void.
    pub(crate) fn voided(
        &self,
        mut faults: Vec<Fault>,
        side: Side,
        of: Option<&str>,
        setting: &str,
    ) -> Vec<Fault> {
        if faults.is_empty() {
            return faults;
        }
        // What is void today is no fault of today's.
        if side == Side::Before {
            return if self.buckets.forbade(&self.names(of), setting) {
                Vec::new()
            } else {
                faults
            };
        }
        if let Some(by) = self.forbidden(of, setting) {
            for fault in &mut faults {
                fault.harmless = true;
                fault.message.push_str("; `");
                fault.message.push_str(by);
                fault.message.push_str("` makes that void");
            }
        }
        faults
    }

    /// Whether the settings say that its bucket is meant to be public.
    pub(crate) fn may_be_public(&self, of: Option<&str>) -> bool {
        if self.settings.allow_public.is_empty() {
            return false;
        }
        let own = match self.change.kind.as_str() {
            "google_storage_bucket" | "azurerm_storage_account" => "name",
            "aws_s3control_multi_region_access_point" | "aws_s3_account_public_access_block" => {
                "id"
            }
            _ => "bucket",
        };
        self.settings.may_be_public(self.change, of.filter(|_| own == "bucket").unwrap_or(own))
            // The bucket's own address stands for all that is of it.
            || self.names(of).iter().any(|name| {
                name.strip_prefix("at ").is_some_and(|address| self.settings.allows(address))
            })
    }

    /// Adds where the policy's knowledge comes from.
    pub(crate) fn cited(&self, findings: Vec<Finding>, path: &str) -> Vec<Finding> {
        findings
            .into_iter()
            .map(|finding| match table::source(&self.change.kind, path) {
                Some(source) => finding.detail("source", source),
                None => finding,
            })
            .collect()
    }
}

tollgate_policy::export!(PublicBucket);
