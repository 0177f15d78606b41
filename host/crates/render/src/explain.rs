//! What `tollgate explain RULE` prints: why a rule exists, what it leads to in each
//! environment, how to comply, and how to let one resource pass for a while.

use schemars::JsonSchema;
use serde::Serialize;

use crate::page::{Line, Options, Page, Role};
use crate::prose;
use crate::words::{enforcement, severity};
use tollgate_model::own_rules::POLICY;
use tollgate_model::rule::{Enforcement, Severity};

/// A rule, with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RuleDoc {
    /// The name of the policy in the configuration.
    pub policy: String,
    /// Without the policy's name.
    pub id: String,
    /// What the rule asks for: a noun phrase.
    pub title: String,
    /// Why the rule exists, in Markdown.
    pub description: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// How to comply, in one sentence.
    pub remediation: String,
    /// Something that breaks the rule, or the settings that it goes by, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Where to read more, as absolute URLs.
    pub links: Vec<String>,
    /// Each environment and what the rule is there, in the order of the configuration.
    pub enforcement: Vec<(String, Enforcement)>,
}

impl RuleDoc {
    /// Returns the name that reports and waivers use: `policy/rule`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.policy, self.id)
    }
}

/// The column beside `severity`, `enforcement`, ….
const LABEL: usize = 13;

/// Returns the explanation as text.
pub fn render(rule: &RuleDoc, options: Options) -> String {
    let mut page = Page::new(options);
    let name = rule.name();
    page.line(0, 2, &Line::new().atom(Role::Strong, name.as_str()));
    page.line(0, 0, &Line::new().text(rule.title.as_str()));
    page.blank();
    page.item(
        0,
        LABEL,
        Role::Faint,
        "severity",
        &Line::new()
            .text(severity(rule.severity))
            .put(Role::Faint, " (it informs; enforcement decides)"),
    );
    if rule.enforcement.is_empty() && rule.policy != POLICY {
        let line = Line::new()
            .text("none: the policy runs in no environment; ")
            .atom(Role::Strong, format!("[policies.{}]", rule.policy))
            .text(" in tollgate.toml turns it on");
        page.item(0, LABEL, Role::Faint, "enforcement", &line);
    }
    for (nth, (environment, how)) in rule.enforcement.iter().enumerate() {
        let label = if nth == 0 { "enforcement" } else { "" };
        let line = Line::new()
            .atom(Role::Strong, environment.as_str())
            .text(": ")
            .text(enforcement(*how))
            .put(
                Role::Faint,
                match how {
                    Enforcement::Advisory => ", a violation is reported",
                    Enforcement::SoftMandatory => {
                        ", a violation refuses the plan unless a waiver covers it"
                    }
                    Enforcement::HardMandatory => ", a violation refuses the plan, waiver or not",
                },
            );
        page.item(0, LABEL, Role::Faint, label, &line);
    }
    section(&mut page, "Why", |page| {
        prose::render(page, 2, &rule.description);
    });
    if let Some(example) = &rule.example {
        section(&mut page, "For example", |page| {
            prose::render(page, 2, example);
        });
    }
    section(&mut page, "How to comply", |page| {
        page.line(2, 2, &Line::new().text(rule.remediation.as_str()));
    });
    if !rule.links.is_empty() {
        section(&mut page, "Read more", |page| {
            for link in &rule.links {
                page.line(2, 4, &Line::new().atom(Role::Plain, link.as_str()));
            }
        });
    }
    section(&mut page, "How to waive it", |page| waive(page, rule));
    page.finish()
}

fn waive(page: &mut Page, rule: &RuleDoc) {
    let soft: Vec<&str> = rule
        .enforcement
        .iter()
        .filter(|(_, how)| *how == Enforcement::SoftMandatory)
        .map(|(environment, _)| environment.as_str())
        .collect();
    if soft.is_empty() {
        let line = if rule.policy == POLICY && rule.enforcement.is_empty() {
            "No waiver covers a rule of Tollgate's own."
        } else if rule
            .enforcement
            .iter()
            .any(|(_, how)| *how == Enforcement::HardMandatory)
        {
            "No waiver covers a hard-mandatory rule."
        } else {
            "No waiver is needed: it refuses nothing."
        };
        page.line(2, 2, &Line::new().text(line));
        return;
    }
    page.line(
        2,
        2,
        &Line::new().text("In tollgate.toml, with the address as the report shows it:"),
    );
    page.blank();
    let environments = soft
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    let lines = [
        "[[waivers]]".to_owned(),
        format!("rule = \"{}\"", rule.name()),
        "address = 'ADDRESS'".to_owned(),
        format!("environments = [{environments}]"),
        "reason = \"WHY IT MAY PASS\"".to_owned(),
        "owner = \"WHO ANSWERS FOR IT\"".to_owned(),
        "expires = YYYY-MM-DD  # the last day on which it holds".to_owned(),
    ];
    for line in &lines {
        page.verbatim(4, line);
    }
}

/// Adds a heading with its text beneath.
pub(crate) fn section(page: &mut Page, title: &str, content: impl FnOnce(&mut Page)) {
    page.blank();
    page.line(0, 0, &Line::new().put(Role::Strong, title));
    content(page);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RuleDoc {
        RuleDoc {
            policy: "deletion-protection".into(),
            id: "unprotected".into(),
            title: "Deletion protection on what holds data".into(),
            description: "One wrong `destroy` and the data is gone. The switch turns that into an error.\n\n\
                          It looks at\n\n- `deletion_protection` of databases, load balancers and user pools, \
                          which the API itself honours even for the root user;\n- `force_destroy` of buckets.\n\n\
                          ```hcl\nresource \"aws_db_instance\" \"main\" {\n  deletion_protection = true\n}\n```\n"
                .into(),
            severity: Severity::High,
            remediation: "Set the switch that the finding names.".into(),
            example: Some("An `aws_db_instance` with `deletion_protection = false`.".into()),
            links: vec!["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html".into()],
            enforcement: vec![
                ("production".into(), Enforcement::HardMandatory),
                ("staging".into(), Enforcement::SoftMandatory),
                ("sandbox".into(), Enforcement::Advisory),
            ],
        }
    }

    #[test]
    fn whole() {
        insta::assert_snapshot!(
            "explain",
            render(
                &rule(),
                Options {
                    width: 80,
                    color: false
                }
            )
        );
    }

    #[test]
    fn narrow() {
        insta::assert_snapshot!(
            "explain_width_40",
            render(
                &rule(),
                Options {
                    width: 40,
                    color: false
                }
            )
        );
    }

    #[test]
    fn hostile() {
        let rule = RuleDoc {
            id: "x\u{1b}[2J\nfake".into(),
            title: "t\u{202e}".into(),
            description: "a\u{1b}[31m\r\n\n# b\u{9b}\n```\n\u{7}\n".into(),
            example: Some("\u{1b}]0;x\u{7}".into()),
            links: vec!["javascript:\u{1b}]8;;".into()],
            enforcement: vec![("e\"\u{1b}\n".into(), Enforcement::SoftMandatory)],
            ..rule()
        };
        insta::assert_snapshot!(
            "explain_hostile",
            render(
                &rule,
                Options {
                    width: 80,
                    color: false
                }
            )
        );
    }

    #[test]
    fn waivers_are_offered_where_they_work() {
        let with = |enforcement: &[Enforcement]| {
            let enforcement = enforcement
                .iter()
                .map(|how| ("e".to_owned(), *how))
                .collect();
            render(
                &RuleDoc {
                    enforcement,
                    ..rule()
                },
                Options::default(),
            )
        };
        use Enforcement::{Advisory, HardMandatory, SoftMandatory};
        let cases: [(&[Enforcement], &str); 4] = [
            (&[SoftMandatory, Advisory], "environments = [\"e\"]\n"),
            (&[HardMandatory, SoftMandatory], "[[waivers]]\n"),
            (
                &[HardMandatory, Advisory],
                "No waiver covers a hard-mandatory rule.\n",
            ),
            (&[Advisory], "No waiver is needed: it refuses nothing.\n"),
        ];
        for (enforcement, text) in cases {
            assert!(with(enforcement).contains(text), "{enforcement:?}");
        }
    }
}
