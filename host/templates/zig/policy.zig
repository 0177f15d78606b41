//! The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//!
//! Tollgate runs the program once for each question. The question is JSON on standard input, the
//! answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
//! policy-response` describe both.
const std = @import("std");
const tollgate = @import("tollgate.zig");

pub const panic = tollgate.panic;

/// What the policy is, and all that it wants to see of a plan.
const metadata =
    \\{"metadata": {
    \\  "name": "POLICY_NAME",
    \\  "version": "1.0.0",
    \\  "description": "Every bucket, queue and table says who owns it.",
    \\  "rules": [{
    \\    "id": "owner-missing",
    \\    "title": "Resource without an owner",
    \\    "description": "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
    \\    "severity": "medium",
    \\    "remediation": "Add the tag to the resource, or to the provider's default_tags.",
    \\    "example": "An `aws_s3_bucket` without the tag `owner`."
    \\  }],
    \\  "settings-schema": {
    \\    "type": "object",
    \\    "properties": {
    \\      "tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
    \\    },
    \\    "additionalProperties": false
    \\  },
    \\  "interests": [{
    \\    "resource-types": ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
    \\    "actions": ["no-op", "create", "update", "replace"],
    \\    "attributes": ["tags_all"]
    \\  }],
    \\  "chunkable": true
    \\}}
    \\
;

pub fn main() void {
    tollgate.run(metadata, evaluate);
}

fn evaluate(request: tollgate.Request, answer: *tollgate.Answer) void {
    const set = request.settings().get("tag").text();
    const tag = if (set == .known) set.known else "owner";
    const missing = std.mem.concat(tollgate.allocator, u8, &.{ "the tag `", tag, "` is missing or empty" }) catch tollgate.fail("out of memory");
    for (request.changes()) |change| {
        const tags = change.after("tags_all");
        const owner = tags.get(tag).text();
        // What cannot be seen is never taken for fine.
        if (tags.entries() == .undetermined) {
            answer.finding("owner-missing", .undetermined, change, "its tags cannot be seen before apply", &.{"tags_all"});
        } else if (owner == .undetermined) {
            answer.finding("owner-missing", .undetermined, change, "its owner cannot be seen before apply", &.{"tags_all"});
        } else if (owner == .unset or tollgate.isBlank(owner.known)) {
            answer.finding("owner-missing", .violation, change, missing, &.{"tags_all"});
        }
    }
}
