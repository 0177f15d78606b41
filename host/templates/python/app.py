"""The policy `POLICY_NAME`: every bucket, queue and table says who owns it."""

import json

import wit_world
from tollgate import UNDETERMINED, after, finding, is_blank, judging, metadata
from wit_world.imports import types

RULE = types.Rule(
    id="owner-missing",
    title="Resource without an owner",
    description="Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
    severity=types.Severity.MEDIUM,
    remediation="Add the tag to the resource, or to the provider's default_tags.",
    example="An `aws_s3_bucket` without the tag `owner`.",
    links=[],
    extensions=[],
)

SETTINGS = {
    "type": "object",
    "properties": {
        "tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
    },
    "additionalProperties": False,
}


class WitWorld(wit_world.WitWorld):
    def describe(self) -> types.Metadata:
        """What the policy is, and all that it wants to see of a plan."""
        return metadata(
            name="POLICY_NAME",
            version="1.0.0",
            description="Every bucket, queue and table says who owns it.",
            rules=[RULE],
            settings_schema=json.dumps(SETTINGS),
            interests=[
                types.Interest(
                    resource_types=["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
                    actions=[
                        types.Action.NO_OP,
                        types.Action.CREATE,
                        types.Action.UPDATE,
                        types.Action.REPLACE,
                    ],
                    attributes=["tags_all"],
                    references=False,
                )
            ],
            chunkable=True,
        )

    @judging
    def evaluate(self, request: types.Request) -> types.Evaluation:
        tag = json.loads(request.settings).get("tag", "owner")
        findings = []
        for change in request.changes:
            wrong = judge(tag, change)
            if wrong:
                findings.append(finding(RULE.id, wrong[0], change, wrong[1], "tags_all"))
        return types.Evaluation(findings=findings, documents=[], extensions=[])


def judge(tag: str, change: types.Change):
    """What is wrong with the tags of one resource. What is not known is never taken for fine."""
    tags = after(change, "tags_all")
    owner = tags.get(tag).text()
    if tags.entries() is UNDETERMINED:
        return types.Outcome.UNDETERMINED, "its tags cannot be seen before apply"
    if owner is UNDETERMINED:
        return types.Outcome.UNDETERMINED, "its owner cannot be seen before apply"
    if owner is None or is_blank(owner):
        return types.Outcome.VIOLATION, f"the tag `{tag}` is missing or empty"
    return None
