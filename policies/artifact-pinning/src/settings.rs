//! What the configuration can set.

use tollgate_policy::Change;
use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `artifact-pinning`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// How container images are pinned.
    pub images: Images,
    /// Tags that move from one image to the next. Replaces the default list.
    pub moving_tags: Vec<String>,
    /// Images that need not be pinned, such as `public.ecr.aws/datadog/*`; `*` stands for any run
    /// of characters.
    pub allow_images: Vec<String>,
    /// Where images may come from, such as `111122223333.dkr.ecr.*.amazonaws.com/*` or
    /// `docker.io/library/*`. Empty: from everywhere.
    pub registries: Vec<String>,
    /// How images of machines are pinned.
    pub machine_images: MachineImages,
    /// Whether charts of Helm must have an exact version.
    pub charts: Need,
    /// Whether what a cluster takes from git must name a tag or a commit.
    pub sources: Need,
    /// Whether code in a bucket must be named with the version of the object.
    pub objects: Need,
    /// How modules that come from elsewhere are pinned.
    pub modules: Modules,
    /// Sources of modules that need not be pinned, such as `app.example.org/acme/*`, without
    /// parameters; `*` stands for any run of characters.
    pub allow_modules: Vec<String>,
    /// Where modules may come from, such as `app.example.org/acme/*` or
    /// `git::ssh://git@example.org/acme/*`, as calls write it. Empty: from everywhere.
    pub module_sources: Vec<String>,
    /// Whether the root module must say up to which version it takes a provider.
    pub providers: Need,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
}

/// How container images are pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Images {
    /// By a tag that does not move.
    #[default]
    Tag,
    /// By their digest.
    Digest,
    /// Not at all.
    Any,
}

/// How images of machines are pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum MachineImages {
    /// A machine may not be replaced because a lookup finds a newer image; anything else is
    /// advice.
    #[default]
    Kept,
    /// By their identifier or version.
    Id,
    /// Not at all.
    Any,
}

/// How modules are pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Modules {
    /// By a range of versions that ends, a tag, a commit or a checksum.
    #[default]
    Version,
    /// By one version, a tag, a commit or a checksum.
    Exact,
    /// Not at all.
    Any,
}

/// Whether something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Need {
    /// It is.
    Pinned,
    /// It is not.
    Any,
}

impl Default for Settings {
    fn default() -> Self {
        let moving = ["latest", "stable", "edge", "nightly", "main", "master"];
        Self {
            images: Images::default(),
            moving_tags: moving.iter().copied().map(str::to_owned).collect(),
            allow_images: Vec::new(),
            registries: Vec::new(),
            machine_images: MachineImages::default(),
            charts: Need::Pinned,
            sources: Need::Pinned,
            objects: Need::Any,
            modules: Modules::default(),
            allow_modules: Vec::new(),
            module_sources: Vec::new(),
            providers: Need::Any,
            ignore_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }
}
