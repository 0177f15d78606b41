// What the helper for TypeScript reads of values and documents, told in findings.
import type { Evaluation, Metadata, Request } from "./contract.js";
import { METADATA, Value, after, document, finding, judging, undetermined } from "./tollgate.js";

export function describe(): Metadata {
  return {
    ...METADATA,
    name: "values",
    version: "1.0.0",
    description: "Tells what it reads.",
    rules: [
      {
        id: "value",
        title: "A value",
        description: "What is read.",
        severity: "low",
        remediation: "None.",
        links: [],
        extensions: [],
      },
    ],
    interests: [{ resourceTypes: ["aws_x"], actions: [], attributes: ["value"], references: false }],
    documents: ["book"],
  };
}

function told(value: unknown): string {
  return value === undefined ? "-" : value === undetermined ? "?" : String(value);
}

function message(value: Value, price: string): string {
  const list = value.list();
  const entries = value.entries();
  const items = Array.isArray(list) ? `[${list.map((item) => told(item.text())).join("|")}]` : list;
  const map = Array.isArray(entries) ? `[${entries.map(([key, item]) => `${key}=${told(item.text())}`).join("|")}]` : entries;
  return (
    `text ${told(value.text())}; boolean ${told(value.boolean())}; integer ${told(value.integer())}; ` +
    `decimal ${told(value.decimal())}; list ${told(items)}; map ${told(map)}; price ${price}`
  );
}

export const evaluate = judging((request: Request): Evaluation => {
  const book = document(request, "book");
  const price = told(book.get("price").decimal());
  const findings = request.changes.map((change) =>
    finding("value", "violation", change, message(after(change, "value"), price), "value"),
  );
  const content = JSON.stringify({ price, odd: told(book.get("$odd").text()) });
  return { findings, documents: [{ name: "echo", content }], extensions: [] };
});
