// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
import type { Evaluation, Metadata, Request } from "./contract.js";
import { METADATA, after, finding, isBlank, judging, undetermined } from "./tollgate.js";

const RULE = "owner-missing";

/** What the policy is, and all that it wants to see of a plan. */
export function describe(): Metadata {
  return {
    ...METADATA,
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
        example: "An `aws_s3_bucket` without the tag `owner`.",
        links: [],
        extensions: [],
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
    chunkable: true,
  };
}

export const evaluate = judging((request: Request): Evaluation => {
  const tag: string = JSON.parse(request.settings).tag ?? "owner";
  const findings = [];
  for (const change of request.changes) {
    // What cannot be seen is never taken for fine.
    const tags = after(change, "tags_all");
    const owner = tags.get(tag).text();
    if (tags.entries() === undetermined) {
      findings.push(finding(RULE, "undetermined", change, "its tags cannot be seen before apply", "tags_all"));
    } else if (owner === undetermined) {
      findings.push(finding(RULE, "undetermined", change, "its owner cannot be seen before apply", "tags_all"));
    } else if (owner === undefined || isBlank(owner)) {
      findings.push(finding(RULE, "violation", change, `the tag \`${tag}\` is missing or empty`, "tags_all"));
    }
  }
  return { findings, documents: [], extensions: [] };
});
