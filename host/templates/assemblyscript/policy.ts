// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//
// Tollgate runs the program once for each question. The question is JSON on standard input, the
// answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
// policy-response` describe both.
import { Json, State, after, answer, finding, isBlank } from "./tollgate";

/** What the policy is, and all that it wants to see of a plan. */
const METADATA = `{"metadata": {
  "name": "POLICY_NAME",
  "version": "1.0.0",
  "description": "Every bucket, queue and table says who owns it.",
  "rules": [{
    "id": "owner-missing",
    "title": "Resource without an owner",
    "description": "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
    "severity": "medium",
    "remediation": "Add the tag to the resource, or to the provider's default_tags.",
    "example": "An \`aws_s3_bucket\` without the tag \`owner\`."
  }],
  "settings-schema": {
    "type": "object",
    "properties": {
      "tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
    },
    "additionalProperties": false
  },
  "interests": [{
    "resource-types": ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
    "actions": ["no-op", "create", "update", "replace"],
    "attributes": ["tags_all"]
  }],
  "chunkable": true
}}
`;

export function _start(): void {
  answer(METADATA, evaluate);
}

function evaluate(request: Json): string {
  const named = request.must("settings").member("tag");
  const tag = named ? named.string() : "owner";
  const findings: string[] = [];
  const changes = request.must("changes").items();
  for (let at = 0; at < changes.length; at++) {
    const tags = after(changes[at], "tags_all");
    const owner = tags.get(tag).text();
    let outcome = "undetermined";
    let message = "";
    // What cannot be seen is never taken for fine.
    if (tags.entries().state == State.Undetermined) {
      message = "its tags cannot be seen before apply";
    } else if (owner.state == State.Undetermined) {
      message = "its owner cannot be seen before apply";
    } else if (owner.state == State.Unset || isBlank(owner.value)) {
      outcome = "violation";
      message = "the tag `" + tag + "` is missing or empty";
    } else {
      continue;
    }
    findings.push(finding("owner-missing", outcome, changes[at], message, '["tags_all"]'));
  }
  return '{"findings":[' + findings.join(",") + "]}";
}
