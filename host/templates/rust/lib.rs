//! The policy `POLICY_NAME`: every bucket, queue and table says who owns it.

use serde_json::Value as Json;

wit_bindgen::generate!({ path: "wit", world: "policy" });

use tollgate::policy::types::{
    Action, Cause, Change, Finding, Interest, Outcome, Rule, Severity, Value,
};

struct Policy;

export!(Policy);

impl Guest for Policy {
    /// What the policy is, and all that it wants to see of a plan.
    fn describe() -> Metadata {
        Metadata {
            name: "POLICY_NAME".to_owned(),
            version: "1.0.0".to_owned(),
            description: "Every bucket, queue and table says who owns it.".to_owned(),
            rules: vec![Rule {
                id: "owner-missing".to_owned(),
                title: "Resource without an owner".to_owned(),
                description: "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.".to_owned(),
                severity: Severity::Medium,
                remediation: "Add the tag to the resource, or to the provider's default_tags."
                    .to_owned(),
                example: Some("An `aws_s3_bucket` without the tag `owner`.".to_owned()),
                links: Vec::new(),
                extensions: Vec::new(),
            }],
            settings_schema: r#"{
                "type": "object",
                "properties": {
                    "tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
                },
                "additionalProperties": false
            }"#
            .to_owned(),
            interests: vec![Interest {
                resource_types: ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"]
                    .map(str::to_owned)
                    .to_vec(),
                actions: vec![Action::NoOp, Action::Create, Action::Update, Action::Replace],
                attributes: vec!["tags_all".to_owned()],
                references: false,
            }],
            outputs: false,
            drift: false,
            documents: Vec::new(),
            chunkable: true,
            together: Vec::new(),
            known_types: Vec::new(),
            requires: Vec::new(),
            extensions: Vec::new(),
        }
    }

    fn evaluate(request: Request) -> Result<Evaluation, String> {
        let settings: Json =
            serde_json::from_str(&request.settings).map_err(|error| error.to_string())?;
        let tag = settings["tag"].as_str().unwrap_or("owner");
        let mut findings = Vec::new();
        for change in &request.changes {
            for attribute in &change.attributes {
                if let Some((outcome, message)) = judge(tag, &attribute.after)? {
                    findings.push(finding(change, outcome, message));
                }
            }
        }
        Ok(Evaluation {
            findings,
            documents: Vec::new(),
            extensions: Vec::new(),
        })
    }
}

fn finding(change: &Change, outcome: Outcome, message: String) -> Finding {
    Finding {
        rule: "owner-missing".to_owned(),
        outcome,
        cause: Cause::Planned,
        address: Some(change.address.clone()),
        deposed: change.deposed.clone(),
        attributes: vec!["tags_all".to_owned()],
        message,
        remediation: None,
        details: Vec::new(),
        extensions: Vec::new(),
    }
}

/// What is wrong with the tags of one resource; none if they are fine. What is not known is never
/// taken for fine.
fn judge(tag: &str, tags: &Value) -> Result<Option<(Outcome, String)>, String> {
    let missing = || {
        let message = format!("the tag `{tag}` is missing or empty");
        Ok(Some((Outcome::Violation, message)))
    };
    let unseen = |what: &str| {
        let message = format!("{what} cannot be seen before apply");
        Ok(Some((Outcome::Undetermined, message)))
    };
    let tags = match tags {
        Value::Absent | Value::Null => return missing(),
        Value::Json(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
        _ => return unseen("its tags"),
    };
    let Json::Object(tags) = tags else {
        return unseen("its tags");
    };
    // Inside JSON, keys that start with `$` carry one more of it.
    let key = match tag.starts_with('$') {
        true => format!("${tag}"),
        false => tag.to_owned(),
    };
    match tags.get(&key) {
        None | Some(Json::Null) => missing(),
        // Only blanks, tabs and line breaks are as good as nothing.
        Some(Json::String(owner)) if owner.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {
            missing()
        }
        Some(Json::String(_) | Json::Number(_) | Json::Bool(_)) => Ok(None),
        // {"$unknown": true} or {"$sensitive": true}, or what is no text
        Some(Json::Array(_) | Json::Object(_)) => unseen("its owner"),
    }
}
