//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::Change;
use tollgate_policy::pattern::{self, any_matches};
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `resource-naming`. Without any only lengths are judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// How resources are called, by resource type; `*` stands for any run of characters. Of
    /// several that match a type the longest is the one that counts.
    pub names: BTreeMap<String, Convention>,
    /// Names that no resource may have, such as `*staging*` in production.
    pub forbidden: Vec<String>,
    /// Whether the length that the service allows is left unjudged.
    pub ignore_length: bool,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
}

/// How resources of a type are called. In every text `{environment}` stands for the name of
/// the environment.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Convention {
    /// What a name begins with: one of these.
    pub prefixes: Vec<String>,
    /// What a name ends with: one of these. Names that end in random characters, as those with
    /// a prefix of the configuration do, are not asked for it.
    pub suffixes: Vec<String>,
    /// What the whole name looks like: one of these. `*` stands for any run of characters.
    pub patterns: Vec<String>,
    /// The characters that names are made of.
    pub characters: Characters,
    /// How long a name may be, where that is less than the service allows.
    pub max_length: Option<u32>,
}

/// The characters that names are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Characters {
    /// Whatever the service takes.
    #[default]
    Any,
    /// Anything but capital letters.
    Lowercase,
    /// Small letters, digits and hyphens.
    Kebab,
    /// Small letters, digits and underscores.
    Snake,
}

impl Characters {
    pub(crate) fn allow(self, c: char) -> bool {
        let plain = c.is_ascii_lowercase() || c.is_ascii_digit();
        match self {
            Self::Any => true,
            Self::Lowercase => !c.is_uppercase(),
            Self::Kebab => plain || c == '-',
            Self::Snake => plain || c == '_',
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Any => "any characters",
            Self::Lowercase => "no capital letters",
            Self::Kebab => "small letters, digits and hyphens",
            Self::Snake => "small letters, digits and underscores",
        }
    }
}

impl Convention {
    fn mistake(&self, environment: &str, forbidden: &[String]) -> Option<String> {
        let fill = |texts: &[String]| -> Vec<String> {
            let filled = texts
                .iter()
                .map(|text| text.replace("{environment}", environment));
            filled.collect()
        };
        let (prefixes, suffixes, patterns) = (
            fill(&self.prefixes),
            fill(&self.suffixes),
            fill(&self.patterns),
        );
        let parts = [
            ("prefixes", &prefixes),
            ("suffixes", &suffixes),
            ("patterns", &patterns),
        ];
        for (setting, texts) in parts {
            let odd = |text: &String| {
                let mut characters = text.chars().filter(|c| setting != "patterns" || *c != '*');
                characters.any(|c| !self.characters.allow(c))
            };
            if !texts.is_empty() && texts.iter().all(odd) {
                return Some(format!(
                    "`{setting}` have characters that `characters` does not allow, so that no name follows; change one of them"
                ));
            }
            let no_name = |text: &String| {
                // What begins or ends so is forbidden whatever else is in it.
                let whole = match setting {
                    "prefixes" => format!("{text}*"),
                    "suffixes" => format!("*{text}"),
                    _ => text.clone(),
                };
                any_matches(forbidden, &whole)
            };
            if !texts.is_empty() && texts.iter().all(no_name) {
                return Some(format!(
                    "`forbidden` forbids every name that `{setting}` ask for; remove one of them"
                ));
            }
        }
        // Both are read from the front as far as the first star.
        let meet = |prefix: &String, pattern: &String| {
            let head = pattern.split('*').next().unwrap_or_default();
            let whole = !pattern.contains('*');
            (prefix.starts_with(head) && !whole) || head.starts_with(prefix.as_str())
        };
        let apart = !prefixes.is_empty()
            && !patterns.is_empty()
            && !prefixes
                .iter()
                .any(|prefix| patterns.iter().any(|pattern| meet(prefix, pattern)));
        if apart {
            return Some(
                "no name begins as `prefixes` say and looks as `patterns` say; remove one of them"
                    .to_owned(),
            );
        }
        let shortest = |texts: &[String]| {
            let lengths = texts.iter().map(|text| text.chars().count());
            lengths.min().unwrap_or_default()
        };
        let most = usize::try_from(self.max_length?).ok()?;
        let least = shortest(&prefixes).max(shortest(&suffixes));
        (least > most).then(|| {
            format!(
                "`max-length` is {most}, and what a name begins or ends with is longer; raise it"
            )
        })
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// What is wrong with conventions that no name can follow.
    pub(crate) fn mistake(&self, environment: &str) -> Option<String> {
        self.names.iter().find_map(|(kinds, convention)| {
            let wrong = convention.mistake(environment, &self.forbidden)?;
            Some(format!("`names` of `{kinds}`: {wrong}"))
        })
    }

    /// The convention that counts for a type.
    pub(crate) fn convention(&self, kind: &str) -> Option<&Convention> {
        self.names
            .iter()
            .filter(|(pattern, _)| pattern::matches(pattern, kind))
            .max_by_key(|(pattern, _)| (!pattern.contains('*'), pattern.len()))
            .map(|(_, convention)| convention)
    }
}
