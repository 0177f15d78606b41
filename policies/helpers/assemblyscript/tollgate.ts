// What every policy in AssemblyScript needs: standard input and output of WASI, enough of JSON to find its
// way through the question, values of a plan and of documents with every digit of their numbers, and findings.
// There is nothing of a rule in here: change it only if you know why, and copy it from a newer release as it
// is.

/** The version of the contract that this speaks. */
export const CONTRACT = "1.0.0";

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(descriptor: i32, parts: usize, count: i32, read: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(descriptor: i32, parts: usize, count: i32, written: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;

/** Ends the program so that the plan is refused. */
export function fail(why: string): void {
  write(2, why);
  proc_exit(1);
}

/** What AssemblyScript calls where the program itself is wrong. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  fail((message ? message : "aborted") + " at line " + line.toString());
}

export function readAll(): string {
  let room = 1 << 16;
  let buffer = heap.alloc(room);
  let used = 0;
  const part = memory.data(8);
  const read = memory.data(4);
  while (true) {
    if (used == room) {
      room *= 2;
      buffer = heap.realloc(buffer, room);
    }
    store<usize>(part, buffer + used);
    store<u32>(part, room - used, 4);
    if (fd_read(0, part, 1, read) != 0) fail("cannot read the question");
    const got = load<u32>(read);
    if (got == 0) return String.UTF8.decodeUnsafe(buffer, used);
    used += got;
  }
}

export function write(descriptor: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  let at = changetype<usize>(bytes);
  let left: u32 = bytes.byteLength;
  const part = memory.data(8);
  const written = memory.data(4);
  while (left > 0) {
    store<usize>(part, at);
    store<u32>(part, left, 4);
    if (fd_write(descriptor, part, 1, written) != 0) proc_exit(1);
    at += load<u32>(written);
    left -= load<u32>(written);
  }
}

function isSpace(code: i32): bool {
  return code == 32 || code == 9 || code == 10 || code == 13;
}

function isHigh(code: i32): bool {
  return code == 123 || code == 91;
}

/** A value of JSON, as it is written. */
export class Json {
  constructor(public text: string, public start: i32, public end: i32) {}

  static parse(text: string): Json {
    const start = space(text, 0);
    return new Json(text, start, skip(text, start));
  }

  first(): i32 {
    return this.text.charCodeAt(this.start);
  }

  isObject(): bool {
    return this.first() == 123;
  }

  isText(): bool {
    return this.first() == 34;
  }

  /** The member of an object; null where there is none. */
  member(key: string): Json | null {
    if (!this.isObject()) fail("expected an object");
    let at = space(this.text, this.start + 1);
    while (this.text.charCodeAt(at) == 34) {
      const name = new Json(this.text, at, skip(this.text, at));
      const start = space(this.text, space(this.text, name.end) + 1);
      const value = new Json(this.text, start, skip(this.text, start));
      if (name.string() == key) return value;
      at = space(this.text, value.end);
      if (this.text.charCodeAt(at) == 44) at = space(this.text, at + 1);
    }
    return null;
  }

  must(key: string): Json {
    const found = this.member(key);
    if (!found) fail("the question lacks the member " + key);
    return found!;
  }

  /** The names and values of the members of an object, one after the other. */
  members(): Json[] {
    const members: Json[] = [];
    let at = space(this.text, this.start + 1);
    while (this.text.charCodeAt(at) == 34) {
      const name = new Json(this.text, at, skip(this.text, at));
      const start = space(this.text, space(this.text, name.end) + 1);
      const value = new Json(this.text, start, skip(this.text, start));
      members.push(name);
      members.push(value);
      at = space(this.text, value.end);
      if (this.text.charCodeAt(at) == 44) at = space(this.text, at + 1);
    }
    return members;
  }

  items(): Json[] {
    const items: Json[] = [];
    let at = space(this.text, this.start + 1);
    while (this.text.charCodeAt(at) != 93) {
      const item = new Json(this.text, at, skip(this.text, at));
      items.push(item);
      at = space(this.text, item.end);
      if (this.text.charCodeAt(at) == 44) at = space(this.text, at + 1);
    }
    return items;
  }

  /** The characters of a text. */
  string(): string {
    const parts: string[] = [];
    let from = this.start + 1;
    let at = from;
    while (at < this.end - 1) {
      if (this.text.charCodeAt(at) != 92) {
        at++;
        continue;
      }
      parts.push(this.text.substring(from, at));
      const code = this.text.charCodeAt(at + 1);
      at += 2;
      if (code == 98) parts.push("\b");
      else if (code == 102) parts.push("\f");
      else if (code == 110) parts.push("\n");
      else if (code == 114) parts.push("\r");
      else if (code == 116) parts.push("\t");
      else if (code == 117) {
        parts.push(String.fromCharCode(<i32>parseInt(this.text.substring(at, at + 4), 16)));
        at += 4;
      } else parts.push(String.fromCharCode(code));
      from = at;
    }
    // Most texts are one part, and memory is never given back.
    const rest = this.text.substring(from, at);
    if (parts.length == 0) return rest;
    parts.push(rest);
    return parts.join("");
  }

  /** As it is written. */
  raw(): string {
    return this.text.substring(this.start, this.end);
  }
}

function space(text: string, at: i32): i32 {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Where the value ends that starts at `at`. */
function skip(text: string, at: i32): i32 {
  let depth = 0;
  do {
    if (at >= text.length) fail("the question ends within a value");
    const code = text.charCodeAt(at);
    if (code == 34) {
      at++;
      while (text.charCodeAt(at) != 34) {
        if (text.charCodeAt(at) == 92) at++;
        at++;
        if (at >= text.length) fail("the question ends within a text");
      }
      at++;
    } else if (isHigh(code)) {
      depth++;
      at++;
    } else if (code == 125 || code == 93) {
      depth--;
      at++;
    } else if (depth > 0 && (isSpace(code) || code == 44 || code == 58)) {
      at++;
    } else {
      while (at < text.length) {
        const code = text.charCodeAt(at);
        if (isSpace(code) || code == 44 || code == 58 || code == 93 || code == 125) break;
        at++;
      }
    }
  } while (depth > 0);
  return at;
}

/** Text as JSON, with its quotes. */
export function quote(text: string): string {
  const parts: string[] = ["\""];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 32 && code != 34 && code != 92) continue;
    parts.push(text.substring(from, at));
    if (code >= 32) parts.push("\\" + text.charAt(at));
    else parts.push("\\u00" + (code < 16 ? "0" : "") + code.toString(16));
    from = at + 1;
  }
  parts.push(text.substring(from));
  parts.push("\"");
  return parts.join("");
}

/** Whether there is a value. */
export enum State {
  /** Known only after apply, marked sensitive, or of another type than is read: it satisfies no rule. */
  Undetermined,
  /** Absent or null: the provider's default applies. */
  Unset,
  Known,
}

/** What was read, and whether it is known. */
export class Told<T> {
  constructor(
    public state: State,
    public value: T,
  ) {}
}

/** An entry of an object or map. */
export class Entry {
  constructor(
    public key: string,
    public value: Value,
  ) {}
}

/** A value of a plan or a document. */
export class Value {
  constructor(
    public state: State,
    private json: Json,
    /** Whether it is of a plan, where `$unknown` and `$sensitive` stand for values. */
    private marked: bool,
  ) {}

  /** JSON as a value, such as the content of a document. */
  static plain(json: Json): Value {
    return Value.inside(json, false);
  }

  /** A value as it comes: with what it is, so that a text never passes for an unknown. */
  static tagged(json: Json): Value {
    const type = json.must("type").string();
    if (type == "absent" || type == "null") return new Value(State.Unset, json, true);
    if (type == "unknown" || type == "sensitive") return new Value(State.Undetermined, json, true);
    return new Value(State.Known, json.must("value"), true);
  }

  private static inside(json: Json, marked: bool): Value {
    let state = json.first() == 110 ? State.Unset : State.Known;
    if (marked && json.isObject() && (json.member("$unknown") || json.member("$sensitive"))) {
      state = State.Undetermined;
    }
    return new Value(state, json, marked);
  }

  /** A text. Numbers and booleans are texts as well, as they are in the configuration language. */
  text(): Told<string> {
    if (this.state != State.Known) return new Told<string>(this.state, "");
    if (this.json.isText()) return new Told<string>(State.Known, this.json.string());
    if (isHigh(this.json.first())) return new Told<string>(State.Undetermined, "");
    return new Told<string>(State.Known, this.json.raw());
  }

  /** A boolean; the texts `true` and `false` count. */
  boolean(): Told<bool> {
    const text = this.text();
    const is = text.value == "true";
    const other = text.state == State.Known && !is && text.value != "false";
    return new Told<bool>(other ? State.Undetermined : text.state, is);
  }

  /** The exact text of a number, such as 0.1 or 12345678901234567890.5, which no `f64` is. */
  decimal(): Told<string> {
    const text = this.text();
    if (text.state == State.Known && !isNumber(text.value)) return new Told<string>(State.Undetermined, "");
    return text;
  }

  /** A whole number; a text of digits counts. */
  integer(): Told<i64> {
    const text = this.decimal();
    if (text.state != State.Known) return new Told<i64>(text.state, 0);
    const sign = text.value.startsWith("-") ? 1 : 0;
    const length = text.value.length - sign;
    if (digits(text.value, sign) != length || length > 19) return new Told<i64>(State.Undetermined, 0);
    let number: u64 = 0;
    for (let at = sign; at < text.value.length; at++) number = number * 10 + (text.value.charCodeAt(at) - 48);
    if (number > <u64>i64.MAX_VALUE + sign) return new Told<i64>(State.Undetermined, 0);
    return new Told<i64>(State.Known, sign ? -(<i64>number) : <i64>number);
  }

  /** The items of a list or set. */
  list(): Told<Value[]> {
    const values: Value[] = [];
    if (this.state != State.Known) return new Told<Value[]>(this.state, values);
    if (this.json.first() != 91) return new Told<Value[]>(State.Undetermined, values);
    const items = this.json.items();
    for (let at = 0; at < items.length; at++) values.push(Value.inside(items[at], this.marked));
    return new Told<Value[]>(State.Known, values);
  }

  /** The entries of an object or map, by the bytes of UTF-8 of their keys. */
  entries(): Told<Entry[]> {
    const entries: Entry[] = [];
    if (this.state != State.Known) return new Told<Entry[]>(this.state, entries);
    if (!this.json.isObject()) return new Told<Entry[]>(State.Undetermined, entries);
    const members = this.json.members();
    for (let at = 0; at < members.length; at += 2) {
      const key = members[at].string();
      // Inside a plan's JSON, keys that start with `$` carry one more of it.
      const own = this.marked && key.startsWith("$$") ? key.substring(1) : key;
      entries.push(new Entry(own, Value.inside(members[at + 1], this.marked)));
    }
    entries.sort((one, other) => compare(one.key, other.key));
    return new Told<Entry[]>(State.Known, entries);
  }

  /** The value under a key: unset where there is none, undetermined where this is no object. */
  get(key: string): Value {
    if (this.state != State.Known) return this;
    if (!this.json.isObject()) return new Value(State.Undetermined, this.json, this.marked);
    const found = this.json.member(this.marked && key.startsWith("$") ? "$" + key : key);
    return found ? Value.inside(found, this.marked) : new Value(State.Unset, this.json, this.marked);
  }
}

function digits(text: string, from: i32): i32 {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++;
  return at - from;
}

function isNumber(text: string): bool {
  let at = text.startsWith("-") ? 1 : 0;
  const whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text.charCodeAt(at) == 48)) return false;
  at += whole;
  if (at < text.length && text.charCodeAt(at) == 46) {
    const part = digits(text, at + 1);
    if (part == 0) return false;
    at += 1 + part;
  }
  if (at < text.length && (text.charCodeAt(at) | 32) == 101) {
    at++;
    if (at < text.length && (text.charCodeAt(at) == 43 || text.charCodeAt(at) == 45)) at++;
    const part = digits(text, at);
    if (part == 0) return false;
    at += part;
  }
  return at == text.length;
}

/** Compares by the bytes of UTF-8; `<` compares by the units of UTF-16, which is another order. */
export function compare(one: string, other: string): i32 {
  const shorter = min(one.length, other.length);
  for (let at = 0; at < shorter; at++) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    // Half a character beyond the first 65536 sorts after every whole one.
    if (a != b) return a + (isHalf(a) ? 0x10000 : 0) - b - (isHalf(b) ? 0x10000 : 0);
  }
  return one.length - other.length;
}

function isHalf(code: i32): bool {
  return code >= 0xd800 && code < 0xe000;
}

/** Whether a text has nothing but blanks, tabs and line breaks. */
export function isBlank(text: string): bool {
  for (let at = 0; at < text.length; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}

/** An attribute of a change after apply. The path is one that an interest declares. */
export function after(change: Json, path: string): Value {
  return Value.tagged(declared(change, path).must("after"));
}

/** An attribute as it is now. */
export function before(change: Json, path: string): Value {
  return Value.tagged(declared(change, path).must("before"));
}

function declared(change: Json, path: string): Json {
  const attributes = change.must("attributes").items();
  for (let at = 0; at < attributes.length; at++) {
    if (attributes[at].must("path").string() == path) return attributes[at];
  }
  // Judging without an attribute that nobody handed over would be a silent pass.
  fail(change.must("kind").string() + " is read, but no interest declares " + path);
  return change;
}

/** The content of a document that the policy reads; unset if it was not handed over. */
export function document(request: Json, name: string): Value {
  const documents = request.must("documents").items();
  for (let at = 0; at < documents.length; at++) {
    if (documents[at].must("name").string() == name) return Value.plain(documents[at].must("content"));
  }
  return Value.plain(Json.parse("null"));
}

/** What a policy has to say of a change, as JSON; `attributes` is a JSON array. */
export function finding(rule: string, outcome: string, change: Json, message: string, attributes: string): string {
  const deposed = change.member("deposed");
  return [
    '{"rule":' + quote(rule),
    '"outcome":' + quote(outcome),
    '"address":' + change.must("address").raw() + (deposed ? ',"deposed":' + deposed.raw() : ""),
    '"attributes":' + attributes,
    '"message":' + quote(message) + "}",
  ].join(",");
}

/** Answers the one question that the program is started for: with the metadata, or with an evaluation. */
export function answer(metadata: string, evaluate: (request: Json) => string): void {
  const message = Json.parse(readAll());
  const call = message.must("call").string();
  if (call == "describe") write(1, metadata);
  else if (call == "evaluate") write(1, '{"evaluation":' + evaluate(message.must("request")) + "}\n");
  else fail("unknown call " + call);
}
