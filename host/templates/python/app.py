"""The policy `POLICY_NAME`: every bucket, queue and table says who owns it."""

import json

import wit_world
from componentize_py_types import Err
from wit_world.imports import types

RULE = types.Rule(
    id="owner-missing",
    title="Resource without an owner",
    description="Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
    severity=types.Severity.MEDIUM,
    remediation="Add the tag to the resource, or to the provider's default_tags.",
    links=[],
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
        return types.Metadata(
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
            outputs=False,
            drift=False,
            documents=[],
            chunkable=True,
            together=[],
            known_types=[],
        )

    def evaluate(self, request: types.Request) -> types.Evaluation:
        tag = json.loads(request.settings).get("tag", "owner")
        findings = []
        for change in request.changes:
            for attribute in change.attributes:
                wrong = judge(tag, attribute.after)
                if wrong:
                    findings.append(finding(change, *wrong))
        return types.Evaluation(findings=findings, documents=[])


def finding(change: types.Change, outcome: types.Outcome, message: str) -> types.Finding:
    return types.Finding(
        rule=RULE.id,
        outcome=outcome,
        cause=types.Cause.PLANNED,
        address=change.address,
        deposed=change.deposed,
        attributes=["tags_all"],
        message=message,
        remediation=None,
        details=[],
    )


def judge(tag: str, tags: types.Value):
    """What is wrong with the tags of one resource. What is not known is never taken for fine."""
    missing = (types.Outcome.VIOLATION, f"the tag `{tag}` is missing or empty")
    match tags:
        case types.Value_Absent() | types.Value_Null():
            return missing
        case types.Value_Unknown() | types.Value_Sensitive():
            return types.Outcome.UNDETERMINED, "its tags cannot be seen before apply"
        case types.Value_Json(text):
            # Inside JSON, keys that start with `$` carry one more of it.
            owner = json.loads(text).get("$" + tag if tag.startswith("$") else tag)
        case _:
            raise Err("tags are not an object")
    if isinstance(owner, dict):
        # {"$unknown": true} or {"$sensitive": true}
        return types.Outcome.UNDETERMINED, "its owner cannot be seen before apply"
    if isinstance(owner, str) and owner.strip():
        return None
    return missing
