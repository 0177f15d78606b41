// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
import type { Change, Evaluation, Finding, Metadata, Outcome, Request, Value } from "./contract";

const RULE = "owner-missing";

/** What the policy is, and all that it wants to see of a plan. */
export function describe(): Metadata {
  return {
    name: "POLICY_NAME",
    version: "1.0.0",
    description: "Every bucket, queue and table says who owns it.",
    rules: [
      {
        id: RULE,
        title: "Resource without an owner",
        description:
          "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
        severity: "medium",
        remediation: "Add the tag to the resource, or to the provider's default_tags.",
        links: [],
      },
    ],
    settingsSchema: JSON.stringify({
      type: "object",
      properties: {
        tag: { type: "string", minLength: 1, default: "owner", description: "The name of the tag." },
      },
      additionalProperties: false,
    }),
    interests: [
      {
        resourceTypes: ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
        actions: ["no-op", "create", "update", "replace"],
        attributes: ["tags_all"],
        references: false,
      },
    ],
    outputs: false,
    drift: false,
    documents: [],
    chunkable: true,
    together: [],
    knownTypes: [],
  };
}

export function evaluate(request: Request): Evaluation {
  try {
    return judged(request);
  } catch (error) {
    // A thrown text is the contract's "cannot judge"; an `Error` would be a crash without a word.
    throw error instanceof Error ? `${error}${where(error)}` : String(error);
  }
}

/** Where it happened, the innermost call first, by the lines of `build/policy.js`. */
function where(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => line.includes("policy.js"));
  return lines.length > 0 ? ` (${lines.slice(0, 3).join(", ")})` : "";
}

function judged(request: Request): Evaluation {
  const tag: string = JSON.parse(request.settings).tag ?? "owner";
  const findings: Finding[] = [];
  for (const change of request.changes) {
    for (const attribute of change.attributes) {
      const wrong = judge(tag, attribute.after);
      if (wrong) findings.push(finding(change, ...wrong));
    }
  }
  return { findings, documents: [] };
}

function finding(change: Change, outcome: Outcome, message: string): Finding {
  return {
    rule: RULE,
    outcome,
    cause: "planned",
    address: change.address,
    deposed: change.deposed,
    attributes: ["tags_all"],
    message,
    remediation: undefined,
    details: [],
  };
}

/** What is wrong with the tags of one resource. What is not known is never taken for fine. */
function judge(tag: string, tags: Value): [Outcome, string] | undefined {
  const missing: [Outcome, string] = ["violation", `the tag \`${tag}\` is missing or empty`];
  switch (tags.tag) {
    case "absent":
    case "null":
      return missing;
    case "unknown":
    case "sensitive":
      return ["undetermined", "its tags cannot be seen before apply"];
    case "json":
      break;
    default:
      throw new Error("tags are not an object");
  }
  // Inside JSON, keys that start with `$` carry one more of it.
  const owner: unknown = JSON.parse(tags.val)[tag.startsWith("$") ? `$${tag}` : tag];
  if (typeof owner === "object" && owner !== null) {
    // {"$unknown": true} or {"$sensitive": true}
    return ["undetermined", "its owner cannot be seen before apply"];
  }
  return typeof owner === "string" && owner.trim() !== "" ? undefined : missing;
}
