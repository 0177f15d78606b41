"""What the helper for Python reads of values and documents, told in findings."""

import json

import wit_world
from tollgate import UNDETERMINED, after, document, finding, judging, metadata
from wit_world.imports import types


class WitWorld(wit_world.WitWorld):
    def describe(self) -> types.Metadata:
        return metadata(
            name="values",
            version="1.0.0",
            description="Tells what it reads.",
            rules=[types.Rule("value", "A value", "What is read.", types.Severity.LOW, "None.", None, [], [])],
            interests=[types.Interest(["aws_x"], [], ["value"], False)],
            documents=["book"],
        )

    @judging
    def evaluate(self, request: types.Request) -> types.Evaluation:
        book = document(request, "book")
        price = told(book.get("price").decimal())
        findings = [
            finding("value", types.Outcome.VIOLATION, change, message(after(change, "value"), price), "value")
            for change in request.changes
        ]
        echo = json.dumps({"price": price, "odd": told(book.get("$odd").text())})
        return types.Evaluation(findings, [types.ResultDocument("echo", echo, None)], [])


def message(value, price: str) -> str:
    boolean = value.boolean()
    items = value.list()
    entries = value.entries()
    if isinstance(items, list):
        items = "[" + "|".join(told(item.text()) for item in items) + "]"
    if isinstance(entries, dict):
        entries = "[" + "|".join(f"{key}={told(item.text())}" for key, item in entries.items()) + "]"
    return (
        f"text {told(value.text())}; boolean {told(str(boolean).lower() if isinstance(boolean, bool) else boolean)}; "
        f"integer {told(value.integer())}; decimal {told(value.decimal())}; list {told(items)}; map {told(entries)}; "
        f"price {price}"
    )


def told(value) -> str:
    return "-" if value is None else "?" if value is UNDETERMINED else str(value)
