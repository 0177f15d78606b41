"""The policy `POLICY_NAME`: every bucket, queue and table says who owns it."""

import io
import json
import sys
import traceback

import wit_world
from componentize_py_types import Err
from wit_world.imports import types

# A policy has no terminal: what is printed goes nowhere, and would be a crash otherwise.
sys.stdout = sys.stderr = io.StringIO()

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
        try:
            return evaluate(request)
        except Err:
            raise
        except Exception as error:
            # Uncaught, it would be a crash without a word.
            raise Err(told(error)) from error


def told(error: Exception) -> str:
    """What happened, and where: the innermost call first. The plan is refused with it."""
    # Not what `traceback` prints: that reads the sources, and there are no files here.
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    where = [f"{code.co_filename.rsplit('/', 1)[-1]}:{line} in {code.co_name}" for code, line in reversed(frames[-3:])]
    return f"{type(error).__name__}: {error} ({', '.join(where)})"


def evaluate(request: types.Request) -> types.Evaluation:
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
