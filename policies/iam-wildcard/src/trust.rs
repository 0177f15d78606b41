//! How many may take a role.

use tollgate_policy_common::iam::{
    Audience, Condition, Document, Effect, Quantifier, Statement, Test, Truth,
};
use tollgate_policy_common::text::cut;

use crate::table::{BY_AUDIENCE, SHARED_ISSUERS};

/// How many a statement of a trust policy lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that it names.
    Named,
    /// It cannot be told; the sentence part that says why.
    Unknown(String),
    /// All of an owner: whom, in words.
    Wide(String),
    /// Whom, in words.
    Anyone(String),
}

impl Reach {
    fn rank(&self) -> u8 {
        match self {
            Self::Named => 0,
            Self::Unknown(_) => 1,
            Self::Wide(_) => 2,
            Self::Anyone(_) => 3,
        }
    }
}

/// How many a statement lets in.
pub(crate) fn reach(document: &Document, statement: &Statement) -> Reach {
    match unclipped(document, statement) {
        Reach::Wide(whom) => Reach::Wide(told(whom)),
        Reach::Anyone(whom) => Reach::Anyone(told(whom)),
        Reach::Unknown(why) => Reach::Unknown(told(why)),
        Reach::Named => Reach::Named,
    }
}

/// Issuers and subjects are texts of the plan, and can be of any length.
fn told(mut text: String) -> String {
    cut(&mut text, 400);
    text
}

fn unclipped(document: &Document, statement: &Statement) -> Reach {
    if statement.effect == Effect::Deny {
        return Reach::Named;
    }
    let narrowed = statement.narrowed(document);
    let audience = statement.audience();
    match (audience, narrowed) {
        (Audience::Anyone | Audience::AnyoneBut | Audience::AnyOfAKind, Truth::No) => {
            return Reach::Anyone(audience.shown().to_owned());
        }
        (Audience::Anyone | Audience::AnyoneBut | Audience::AnyOfAKind, Truth::Unknown) => {
            return Reach::Unknown(
                "the values of its conditions are known only after apply".to_owned(),
            );
        }
        _ => {}
    }
    let Some(principal) = &statement.principal else {
        return Reach::Named;
    };
    let mut reaches: Vec<Reach> = principal
        .of_kind("Federated")
        .filter(|name| !name.contains(":saml-provider/"))
        .map(|name| {
            let issuer = name
                .split_once(":oidc-provider/")
                .map_or(name, |(_, issuer)| issuer);
            of_issuer(issuer, statement)
        })
        .collect();
    for (kind, names) in &principal.entries {
        if !names.unknown || !kind.eq_ignore_ascii_case("Federated") {
            continue;
        }
        // The provider is made by the plan; the keys of the conditions say which issuer it is.
        let issuer = statement
            .conditions
            .iter()
            .find_map(|condition| condition.key.rsplit_once(':'));
        reaches.push(match issuer {
            Some((issuer, "sub" | "aud" | "oaud" | "app_id")) => of_issuer(issuer, statement),
            _ => Reach::Unknown("its identity provider is known only after apply".to_owned()),
        });
    }
    reaches
        .into_iter()
        .max_by_key(Reach::rank)
        .unwrap_or(Reach::Named)
}

/// How many subjects of an issuer of tokens a statement accepts.
fn of_issuer(issuer: &str, statement: &Statement) -> Reach {
    let issuer = issuer.to_ascii_lowercase();
    let shared = SHARED_ISSUERS.contains(&issuer.as_str());
    // A token has only the claims of its own issuer: what asks for another's never holds.
    if statement.conditions.iter().any(|condition| {
        holds_only_with_the_key(condition)
            && matches!(condition.key.rsplit_once(':'), Some((other, "sub" | "aud" | "oaud"))
                if other.contains('.') && other != issuer)
    }) {
        return Reach::Named;
    }
    let mut best: Option<Reach> = None;
    for condition in &statement.conditions {
        let Some(claim) = condition
            .key
            .strip_prefix(issuer.as_str())
            .and_then(|rest| rest.strip_prefix(':'))
        else {
            continue;
        };
        // The audience is what every customer asks for, but where it names the application.
        let is_audience = matches!(claim, "aud" | "oaud" | "app_id");
        let counts = if is_audience {
            BY_AUDIENCE.contains(&issuer.as_str()) || !shared && !issuer.starts_with("oidc.eks.")
        } else {
            claim != "amr"
        };
        if !counts || !holds_only_with_the_key(condition) {
            continue;
        }
        let reach = accepted(&issuer, condition, claim == "sub");
        if best.as_ref().is_none_or(|best| reach.rank() < best.rank()) {
            best = Some(reach);
        }
    }
    best.unwrap_or_else(|| {
        let whom = format!("every subject of `{issuer}`");
        if shared {
            Reach::Anyone(whom)
        } else {
            Reach::Wide(whom)
        }
    })
}

fn holds_only_with_the_key(condition: &Condition) -> bool {
    let operator = condition.operator;
    !operator.negated
        && !operator.if_exists
        && operator.quantifier != Quantifier::All
        && matches!(operator.test, Test::Equals | Test::Like)
}

/// How many the values of a condition accept.
fn accepted(issuer: &str, condition: &Condition, is_subject: bool) -> Reach {
    // Compared letter by letter, a wildcard is none.
    if condition.operator.test == Test::Equals {
        return Reach::Named;
    }
    if condition.values.unknown && condition.values.known.is_empty() {
        return Reach::Unknown(format!(
            "the subject of `{issuer}` is known only after apply"
        ));
    }
    condition
        .values
        .known
        .iter()
        .map(|value| {
            if is_subject {
                subject(issuer, value)
            } else {
                claim(issuer, value)
            }
        })
        .max_by_key(Reach::rank)
        .unwrap_or(Reach::Named)
}

fn claim(issuer: &str, value: &str) -> Reach {
    let fixed = value.split(['*', '?']).next().unwrap_or_default();
    if fixed.is_empty() {
        Reach::Anyone(format!("every subject of `{issuer}`"))
    } else {
        Reach::Named
    }
}

/// How many subjects a pattern takes in.
fn subject(issuer: &str, pattern: &str) -> Reach {
    let wild = |text: &str| text.contains(['*', '?']);
    if !wild(pattern) {
        return Reach::Named;
    }
    let shared = SHARED_ISSUERS.contains(&issuer);
    let anyone = |what: &str| {
        let whom = format!("{what} of `{issuer}` (`{pattern}`)");
        if shared {
            Reach::Anyone(whom)
        } else {
            Reach::Wide(whom)
        }
    };
    let wide = |what: &str| Reach::Wide(format!("{what} (`{pattern}`)"));
    let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
    match Platform::of(issuer, pattern) {
        Some(Platform::GitHub) => {
            let Some(rest) = pattern.strip_prefix("repo:") else {
                // A subject of the organisation's own making: `repository_owner_id:1:*`.
                return match fixed.split_once(':') {
                    Some((_, value)) if !value.is_empty() => Reach::Named,
                    _ => anyone("any repository"),
                };
            };
            let (repository, context) = rest.split_once(':').unwrap_or((rest, ""));
            let (owner, name) = repository.split_once('/').unwrap_or((repository, "*"));
            if wild(owner) {
                return anyone("any repository of any owner");
            }
            if wild(name) {
                return wide(&format!("any repository of `{owner}`"));
            }
            let before = context.split(['*', '?']).next().unwrap_or_default();
            let open = [
                "",
                "ref:",
                "ref:refs/",
                "ref:refs/heads/",
                "ref:refs/tags/",
                "environment:",
            ];
            if wild(context) && open.contains(&before) {
                return wide(&format!(
                    "any branch, tag or pull request of `{repository}`"
                ));
            }
            Reach::Named
        }
        Some(Platform::GitLab) => {
            let Some(rest) = pattern.strip_prefix("project_path:") else {
                return if fixed.contains(':') {
                    Reach::Named
                } else {
                    anyone("any project")
                };
            };
            let (project, context) = rest.split_once(':').unwrap_or((rest, ""));
            let group = project.split('/').next().unwrap_or_default();
            if wild(group) || !project.contains('/') && wild(project) {
                anyone("any project of any group")
            } else if wild(project) {
                wide(&format!("any project of `{group}`"))
            } else if wild(context) && !context.contains("ref:") || context.ends_with(":ref:*") {
                wide(&format!("any branch or tag of `{project}`"))
            } else {
                Reach::Named
            }
        }
        Some(Platform::Terraform) => {
            let part = |name: &str| {
                let mut parts = pattern.split(':').skip_while(|part| *part != name);
                parts.nth(1)
            };
            match (part("organization"), part("workspace")) {
                (None, _) => anyone("any organisation"),
                (Some(organisation), _) if wild(organisation) => anyone("any organisation"),
                (_, None) => wide("any workspace of an organisation"),
                (_, Some("*")) => wide("any workspace of a project"),
                _ => Reach::Named,
            }
        }
        Some(Platform::Kubernetes) => {
            let rest = pattern
                .strip_prefix("system:serviceaccount:")
                .unwrap_or("*");
            let (namespace, account) = rest.split_once(':').unwrap_or((rest, "*"));
            if wild(namespace) {
                wide("service accounts of any namespace of the cluster")
            } else if account == "*" {
                wide(&format!(
                    "any service account of the namespace `{namespace}`"
                ))
            } else {
                Reach::Named
            }
        }
        None if !fixed.is_empty() => Reach::Named,
        None => anyone("any subject"),
    }
}

/// What makes subjects of a known form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    GitHub,
    GitLab,
    Terraform,
    Kubernetes,
}

impl Platform {
    /// By the issuer, or by how the subject begins: installations of one's own have issuers of
    /// their own.
    fn of(issuer: &str, subject: &str) -> Option<Self> {
        let github = "token.actions.githubusercontent.com";
        if issuer == github
            || issuer.starts_with(&format!("{github}/"))
            || subject.starts_with("repo:")
        {
            Some(Self::GitHub)
        } else if issuer == "gitlab.com" || subject.starts_with("project_path:") {
            Some(Self::GitLab)
        } else if issuer == "app.terraform.io"
            || subject.starts_with("organization:") && subject.contains(":workspace:")
        {
            Some(Self::Terraform)
        } else if issuer.starts_with("oidc.eks.") || subject.starts_with("system:serviceaccount:") {
            Some(Self::Kubernetes)
        } else {
            None
        }
    }
}
