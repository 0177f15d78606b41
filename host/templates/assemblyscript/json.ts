// What a policy in AssemblyScript needs: standard input and output of WASI, and enough of JSON to
// find its way through the question and to write the answer.

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
    let out = "";
    let from = this.start + 1;
    let at = from;
    while (at < this.end - 1) {
      if (this.text.charCodeAt(at) != 92) {
        at++;
        continue;
      }
      out += this.text.substring(from, at);
      const code = this.text.charCodeAt(at + 1);
      at += 2;
      if (code == 98) out += "\b";
      else if (code == 102) out += "\f";
      else if (code == 110) out += "\n";
      else if (code == 114) out += "\r";
      else if (code == 116) out += "\t";
      else if (code == 117) {
        out += String.fromCharCode(<i32>parseInt(this.text.substring(at, at + 4), 16));
        at += 4;
      } else out += String.fromCharCode(code);
      from = at;
    }
    return out + this.text.substring(from, at);
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
  let out = "\"";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == 34 || code == 92) out += "\\" + text.charAt(at);
    else if (code < 32) out += "\\u00" + (code < 16 ? "0" : "") + code.toString(16);
    else out += text.charAt(at);
  }
  return out + "\"";
}
