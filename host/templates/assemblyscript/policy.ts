// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//
// Tollgate runs the program once for each question. The question is JSON on standard input, the
// answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
// policy-response` describe both.
import { Json, fail, quote, readAll, write } from "./json";

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
    "remediation": "Add the tag to the resource, or to the provider's default_tags."
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
  const message = Json.parse(readAll());
  const call = message.must("call").string();
  if (call == "describe") write(1, METADATA);
  else if (call == "evaluate") write(1, evaluate(message.must("request")));
  else fail("unknown call " + call);
}

function evaluate(request: Json): string {
  const named = request.must("settings").member("tag");
  const tag = named ? named.string() : "owner";
  const findings: string[] = [];
  const changes = request.must("changes").items();
  for (let i = 0; i < changes.length; i++) {
    const attributes = changes[i].must("attributes").items();
    for (let j = 0; j < attributes.length; j++) {
      const wrong = judge(tag, attributes[j].must("after"));
      if (!wrong) continue;
      let finding = '{"rule":"owner-missing","attributes":["tags_all"]';
      finding += ',"address":' + changes[i].must("address").raw();
      const deposed = changes[i].member("deposed");
      if (deposed) finding += ',"deposed":' + deposed.raw();
      finding += ',"outcome":' + quote(wrong.outcome) + ',"message":' + quote(wrong.message) + "}";
      findings.push(finding);
    }
  }
  return '{"evaluation":{"findings":[' + findings.join(",") + "]}}\n";
}

/** What is wrong with the tags of one resource. */
class Wrong {
  constructor(
    public outcome: string,
    public message: string,
  ) {}
}

/** Nothing if they are fine. What is not known is never taken for fine. */
function judge(tag: string, tags: Json): Wrong | null {
  const missing = new Wrong("violation", "the tag `" + tag + "` is missing or empty");
  const type = tags.must("type").string();
  if (type == "absent" || type == "null") return missing;
  if (type == "unknown" || type == "sensitive") {
    return new Wrong("undetermined", "its tags cannot be seen before apply");
  }
  if (type != "json") fail("tags are not an object");
  // Inside JSON, keys that start with `$` carry one more of it.
  const owner = tags.must("value").member(tag.startsWith("$") ? "$" + tag : tag);
  if (!owner) return missing;
  // {"$unknown": true} or {"$sensitive": true}
  if (owner.isObject()) return new Wrong("undetermined", "its owner cannot be seen before apply");
  return owner.isText() && owner.string().trim().length > 0 ? null : missing;
}
