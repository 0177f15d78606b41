"""What every policy in Python needs: values of a plan and of documents with every digit of their numbers,
findings, and an answer where a policy fails. There is nothing of a rule in here: change it only if you know
why, and copy it from a newer release as it is.

`componentize-py` makes `wit_world` of the contract, `wit/policy.wit`."""

import io
import json
import re
import sys
import traceback

from componentize_py_types import Err
from wit_world.imports import types

# The version of the contract that this speaks.
CONTRACT = "1.0.0"

# A policy has no terminal: what is printed goes nowhere, and would be a crash otherwise.
sys.stdout = sys.stderr = io.StringIO()


class Undetermined:
    """Known only after apply, marked sensitive, or of another type than is read: it satisfies no rule."""

    def __repr__(self) -> str:
        return "UNDETERMINED"

    def __bool__(self) -> bool:
        raise TypeError("compare with `is UNDETERMINED`: what is not known is neither true nor false")


UNDETERMINED = Undetermined()


class _Number(str):
    """A number as it is written: a floating-point number has not every digit."""


def _parse(text: str):
    # NaN and Infinity are no JSON, and so never come.
    return json.loads(text, parse_int=_Number, parse_float=_Number)


class Value:
    """A value of a plan or a document. Each way to read it returns what it is, `None` where it is absent or
    null, so that the provider's default applies, or `UNDETERMINED`."""

    def __init__(self, inside, marked: bool = False):
        # Whether it is of a plan, where `$unknown` and `$sensitive` stand for values.
        self._marked = marked
        mark = marked and isinstance(inside, dict) and ("$unknown" in inside or "$sensitive" in inside)
        self._json = UNDETERMINED if mark else inside

    @staticmethod
    def of(value: types.Value) -> "Value":
        """A value as a component is handed it."""
        match value:
            case types.Value_Absent() | types.Value_Null():
                return Value(None, True)
            case types.Value_Unknown() | types.Value_Sensitive():
                return Value(UNDETERMINED, True)
            case types.Value_Integer(number) | types.Value_Decimal(number):
                return Value(_Number(number), True)
            case types.Value_Json(text):
                return Value(_parse(text), True)
        return Value(value.value, True)

    @staticmethod
    def parse(text: str) -> "Value":
        """JSON, such as the content of a document."""
        return Value(_parse(text))

    def text(self) -> str | Undetermined | None:
        """A text. Numbers and booleans are texts as well, as they are in the configuration language."""
        if isinstance(self._json, bool):
            return str(self._json).lower()
        return self._told(str)

    def boolean(self) -> bool | Undetermined | None:
        """A boolean; the texts `true` and `false` count."""
        text = self.text()
        return {"true": True, "false": False}.get(text, UNDETERMINED) if isinstance(text, str) else text

    def integer(self) -> int | Undetermined | None:
        """A whole number; a text of digits counts."""
        text = self.text()
        if not isinstance(text, str):
            return text
        if not re.fullmatch("-?(0|[1-9][0-9]{0,18})", text) or not -(2**63) <= int(text) < 2**63:
            return UNDETERMINED
        return int(text)

    def decimal(self) -> str | Undetermined | None:
        """The exact text of a number, such as 0.1 or 12345678901234567890.5, which no `float` is: give it to
        `decimal.Decimal`. A text that is a number counts."""
        text = self.text()
        if not isinstance(text, str) or re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", text):
            return text
        return UNDETERMINED

    def list(self) -> "list[Value] | Undetermined | None":
        """The items of a list or set."""
        items = self._told(list)
        return [Value(item, self._marked) for item in items] if isinstance(items, list) else items

    def entries(self) -> "dict[str, Value] | Undetermined | None":
        """The entries of an object or map, by the bytes of UTF-8 of their keys."""
        found = self._told(dict)
        if not isinstance(found, dict):
            return found
        # Inside a plan's JSON, keys that start with `$` carry one more of it.
        plain = {key[self._marked and key.startswith("$$") :]: item for key, item in found.items()}
        # Python compares texts by code points, which is the same order.
        return {key: Value(plain[key], self._marked) for key in sorted(plain)}

    def get(self, key: str) -> "Value":
        """The value under a key: unset where there is none, undetermined where this is no object."""
        found = self._told(dict)
        if isinstance(found, dict):
            found = found.get("$" + key if self._marked and key.startswith("$") else key)
        return Value(found, self._marked)

    def _told(self, kind):
        known = self._json is None or isinstance(self._json, kind)
        return self._json if known else UNDETERMINED


def is_blank(text: str) -> bool:
    """Whether a text has nothing but blanks, tabs and line breaks."""
    return text.strip(" \t\r\n") == ""


def after(change: types.Change, path: str) -> Value:
    """An attribute after apply. The path is one that an interest declares."""
    return Value.of(_declared(change, path).after)


def before(change: types.Change, path: str) -> Value:
    """An attribute as it is now."""
    return Value.of(_declared(change, path).before)


def _declared(change: types.Change, path: str) -> types.Attribute:
    for attribute in change.attributes:
        if attribute.path == path:
            return attribute
    # Judging without an attribute that nobody handed over would be a silent pass.
    raise LookupError(f"{change.kind} is read, but no interest declares `{path}`")


def document(request: types.Request, name: str) -> Value:
    """The content of a document that the policy reads; unset if it was not handed over."""
    found = (document.content for document in request.documents if document.name == name)
    return Value.parse(next(found, "null"))


def metadata(**told) -> types.Metadata:
    """The metadata of a policy; what is left out is what is most often so."""
    usual = {
        "settings_schema": '{"type": "object", "additionalProperties": false}',
        "outputs": False,
        "drift": False,
        "documents": [],
        "chunkable": False,
        "together": [],
        "known_types": [],
        "requires": [],
        "extensions": [],
    }
    return types.Metadata(**{**usual, **told})


def finding(rule: str, outcome: types.Outcome, change: types.Change, message: str, *attributes: str) -> types.Finding:
    """What a policy has to say of a change, because of these attributes."""
    return types.Finding(
        rule=rule,
        outcome=outcome,
        cause=types.Cause.PLANNED,
        address=change.address,
        deposed=change.deposed,
        attributes=list(attributes),
        message=message,
        remediation=None,
        details=[],
        extensions=[],
    )


def judging(judge):
    """Has a policy that fails answer so: uncaught, an exception would be a crash without a word."""

    def judged(self, request: types.Request) -> types.Evaluation:
        try:
            return judge(self, request)
        except Err:
            raise
        except Exception as error:
            raise Err(_told(error)) from error

    return judged


def _told(error: Exception) -> str:
    """What happened, and where: the innermost call first. The plan is refused with it."""
    # Not what `traceback` prints: that reads the sources, and there are no files here.
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    where = [f"{code.co_filename.rsplit('/', 1)[-1]}:{line} in {code.co_name}" for code, line in reversed(frames[-3:])]
    return f"{type(error).__name__}: {error} ({', '.join(where)})"
