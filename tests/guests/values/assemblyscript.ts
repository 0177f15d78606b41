// What the helper for AssemblyScript reads of values and documents, told in findings.
import { Json, State, Told, Value, after, answer, document, finding, quote } from "./tollgate";

const METADATA = `{"metadata": {"name": "values", "version": "1.0.0", "description": "Tells what it reads.",
  "rules": [{"id": "value", "title": "A value", "description": "What is read.", "severity": "low", "remediation": "None."}],
  "interests": [{"resource-types": ["aws_x"], "attributes": ["value"]}], "documents": ["book"]}}
`;

export function _start(): void {
  answer(METADATA, evaluate);
}

function told<T>(value: Told<T>, text: string): string {
  return value.state == State.Unset ? "-" : value.state == State.Undetermined ? "?" : text;
}

function text(value: Value): string {
  const text = value.text();
  return told<string>(text, text.value);
}

function message(value: Value, price: string): string {
  const boolean = value.boolean();
  const integer = value.integer();
  const decimal = value.decimal();
  const list = value.list();
  const map = value.entries();
  const items: string[] = [];
  for (let at = 0; at < list.value.length; at++) items.push(text(list.value[at]));
  const entries: string[] = [];
  for (let at = 0; at < map.value.length; at++) entries.push(map.value[at].key + "=" + text(map.value[at].value));
  return [
    "text " + text(value),
    "boolean " + told<bool>(boolean, boolean.value ? "true" : "false"),
    "integer " + told<i64>(integer, integer.value.toString()),
    "decimal " + told<string>(decimal, decimal.value),
    "list " + told<Value[]>(list, "[" + items.join("|") + "]"),
    "map " + (map.state == State.Known ? "[" + entries.join("|") + "]" : map.state == State.Unset ? "-" : "?"),
    "price " + price,
  ].join("; ");
}

function evaluate(request: Json): string {
  const book = document(request, "book");
  const decimal = book.get("price").decimal();
  const price = told<string>(decimal, decimal.value);
  const findings: string[] = [];
  const changes = request.must("changes").items();
  for (let at = 0; at < changes.length; at++) {
    findings.push(finding("value", "violation", changes[at], message(after(changes[at], "value"), price), '["value"]'));
  }
  const content = '{"price":' + quote(price) + ',"odd":' + quote(text(book.get("$odd"))) + "}";
  return '{"findings":[' + findings.join(",") + '],"documents":[{"name":"echo","content":' + content + "}]}";
}
