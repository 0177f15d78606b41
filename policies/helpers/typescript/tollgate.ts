// What every policy in TypeScript needs: values of a plan and of documents with every digit of their
// numbers, findings, and an answer where a policy fails. There is nothing of a rule in here: change it only
// if you know why, and copy it from a newer release as it is.
import type { Change, Evaluation, Finding, Metadata, Outcome, Request, Value as Raw } from "./contract.js";

/** The version of the contract that this speaks. */
export const CONTRACT = "1.0.0";

/** Known only after apply, marked sensitive, or of another type than is read: it satisfies no rule. */
export const undetermined: unique symbol = Symbol("undetermined");

/** A value that is known; `undefined` is absent or null, so that the provider's default applies. */
export type Told<T> = T | undefined | typeof undetermined;

type Json = null | boolean | string | Numeral | Json[] | Map<string, Json>;

/** A number as it is written: a floating-point number has not every digit. */
class Numeral {
  constructor(readonly text: string) {}
}

/** A value of a plan or a document. */
export class Value {
  private constructor(
    private readonly json: Json | undefined | typeof undetermined,
    /** Whether it is of a plan, where `$unknown` and `$sensitive` stand for values. */
    private readonly marked: boolean,
  ) {}

  /** A value as a component is handed it. */
  static of(raw: Raw): Value {
    switch (raw.tag) {
      case "absent":
      case "null":
        return new Value(undefined, true);
      case "unknown":
      case "sensitive":
        return new Value(undetermined, true);
      case "integer":
      case "decimal":
        return new Value(new Numeral(String(raw.val)), true);
      case "json":
        return new Value(parse(raw.val), true);
      default:
        return new Value(raw.val, true);
    }
  }

  /** JSON, such as the content of a document. */
  static parse(text: string): Value {
    return new Value(parse(text) ?? undefined, false);
  }

  /** A text. Numbers and booleans are texts as well, as they are in the configuration language. */
  text(): Told<string> {
    if (this.json instanceof Numeral) return this.json.text;
    return typeof this.json === "boolean" ? String(this.json) : this.told((json) => typeof json === "string");
  }

  /** A boolean; the texts `true` and `false` count. */
  boolean(): Told<boolean> {
    const text = this.text();
    if (typeof text !== "string") return text;
    return text === "true" ? true : text === "false" ? false : undetermined;
  }

  /** A whole number; a text of digits counts. */
  integer(): Told<bigint> {
    const text = this.decimal();
    if (typeof text !== "string") return text;
    if (!/^-?[0-9]+$/.test(text)) return undetermined;
    const number = BigInt(text);
    return BigInt.asIntN(64, number) === number ? number : undetermined;
  }

  /** The exact text of a number, such as 0.1 or 12345678901234567890.5. A text that is a number counts. */
  decimal(): Told<string> {
    const text = this.text();
    if (typeof text !== "string") return text;
    return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(text) ? text : undetermined;
  }

  /** The items of a list or set. */
  list(): Told<Value[]> {
    const list: Told<Json[]> = this.told((json) => Array.isArray(json));
    return Array.isArray(list) ? list.map((json) => this.inside(json)) : list;
  }

  /** The entries of an object or map, by the bytes of UTF-8 of their keys. What it lacks is unset. */
  entries(): Told<[string, Value][]> {
    const map: Told<Map<string, Json>> = this.told((json) => json instanceof Map);
    if (!(map instanceof Map)) return map;
    const entries = [...map].map(([key, json]): [string, Value] => [
      // Inside a plan's JSON, keys that start with `$` carry one more of it.
      this.marked && key.startsWith("$$") ? key.slice(1) : key,
      this.inside(json),
    ]);
    return entries.sort(([one], [other]) => compare(one, other));
  }

  /** The value under a key: unset where there is none, undetermined where this is no object. */
  get(key: string): Value {
    const map: Told<Map<string, Json>> = this.told((json) => json instanceof Map);
    if (!(map instanceof Map)) return new Value(map, this.marked);
    return this.inside(map.get(this.marked && key.startsWith("$") ? `$${key}` : key) ?? null);
  }

  private told<T extends Json>(is: (json: Json) => boolean): Told<T> {
    if (this.json === undefined || this.json === null) return undefined;
    return this.json !== undetermined && is(this.json) ? (this.json as T) : undetermined;
  }

  private inside(json: Json): Value {
    const mark = this.marked && json instanceof Map && (json.has("$unknown") || json.has("$sensitive"));
    return new Value(mark ? undetermined : (json ?? undefined), this.marked);
  }
}

/** Compares texts by the bytes of UTF-8; `<` compares by the units of UTF-16, which is another order. */
export function compare(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether a text has nothing but blanks, tabs and line breaks. */
export function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** An attribute after apply. The path is one that an interest declares. */
export function after(change: Change, path: string): Value {
  return Value.of(declared(change, path).after);
}

/** An attribute as it is now. */
export function before(change: Change, path: string): Value {
  return Value.of(declared(change, path).before);
}

function declared(change: Change, path: string) {
  const found = change.attributes.find((attribute) => attribute.path === path);
  // Judging without an attribute that nobody handed over would be a silent pass.
  if (!found) throw new Error(`${change.kind} is read, but no interest declares \`${path}\``);
  return found;
}

/** The content of a document that the policy reads; unset if it was not handed over. */
export function document(request: Request, name: string): Value {
  return Value.parse(request.documents.find((document) => document.name === name)?.content ?? "null");
}

/** What a policy has to say of a change, because of these attributes. */
export function finding(rule: string, outcome: Outcome, change: Change, message: string, ...attributes: string[]): Finding {
  return {
    rule,
    outcome,
    cause: "planned",
    address: change.address,
    deposed: change.deposed,
    attributes,
    message,
    remediation: undefined,
    details: [],
    extensions: [],
  };
}

/** What is most often so, for metadata that says the rest. */
export const METADATA: Omit<Metadata, "name" | "version" | "description" | "rules" | "interests"> = {
  settingsSchema: '{"type": "object", "additionalProperties": false}',
  outputs: false,
  drift: false,
  documents: [],
  chunkable: false,
  together: [],
  knownTypes: [],
  requires: [],
  extensions: [],
};

/** Has a policy that fails answer so: what is thrown but a text would be a crash without a word. */
export function judging(judge: (request: Request) => Evaluation): (request: Request) => Evaluation {
  return (request) => {
    try {
      return judge(request);
    } catch (error) {
      throw error instanceof Error ? `${error}${where(error)}` : String(error);
    }
  };
}

/** Where it happened, the innermost call first, by the lines of what the compiler wrote. */
function where(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => /(policy|tollgate)\.js/.test(line));
  return lines.length > 0 ? ` (${lines.slice(0, 3).join(", ")})` : "";
}

/** JSON with numbers as they are written, and objects that have no keys but their own. */
function parse(text: string): Json {
  let at = 0;
  const next = () => {
    while (" \t\r\n".includes(text[at]!)) at++;
    if (at >= text.length) throw new Error("JSON ends early");
    return text[at]!;
  };
  const string = (): string => {
    const start = at;
    let end = start;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) throw new Error("JSON ends within a text");
      at = end;
      while (text[at - 1] === "\\") at--;
      // An odd number of backslashes is a quote within the text.
    } while ((end - at) % 2 === 1);
    at = end + 1;
    return JSON.parse(text.slice(start, at));
  };
  const value = (): Json => {
    const first = next();
    if (first === '"') return string();
    if (first === "{") {
      const map = new Map<string, Json>();
      for (at++; next() !== "}"; ) {
        if (next() === ",") at++;
        next();
        const key = string();
        next();
        at++;
        map.set(key, value());
      }
      at++;
      return map;
    }
    if (first === "[") {
      const list: Json[] = [];
      for (at++; next() !== "]"; ) {
        if (next() === ",") at++;
        list.push(value());
      }
      at++;
      return list;
    }
    const start = at;
    while (at < text.length && !",]} \t\r\n".includes(text[at]!)) at++;
    const word = text.slice(start, at);
    return /^[-0-9]/.test(word) ? new Numeral(word) : JSON.parse(word);
  };
  return value();
}
