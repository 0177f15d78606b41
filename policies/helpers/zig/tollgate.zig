//! What every policy in Zig needs: values of a plan and of documents with every digit of their numbers,
//! findings, and a way to answer. There is nothing of a rule in here: change it only if you know why, and copy
//! it from a newer release as it is.
const std = @import("std");
const json = std.json;

/// The version of the contract that this speaks.
pub const contract = "1.0.0";

pub const allocator = std.heap.wasm_allocator;

/// What was read of a value. What is undetermined is known only after apply, marked sensitive, or of another
/// type than is read, and satisfies no rule; what is unset is absent or null.
pub fn Told(comptime T: type) type {
    return union(enum) { undetermined, unset, known: T };
}

/// An entry of an object or map.
pub const Entry = struct { key: []const u8, value: Value };

/// A value of a plan or a document.
pub const Value = struct {
    inside: Told(json.Value),
    /// Whether it is of a plan, where `$unknown` and `$sensitive` stand for values.
    marked: bool,

    /// JSON as a value, such as the content of a document.
    pub fn plain(value: json.Value) Value {
        return of(value, false);
    }

    fn of(value: json.Value, marked: bool) Value {
        const mark = marked and value == .object and
            (value.object.contains("$unknown") or value.object.contains("$sensitive"));
        if (mark) return .{ .inside = .undetermined, .marked = marked };
        return .{ .inside = if (value == .null) .unset else .{ .known = value }, .marked = marked };
    }

    /// A value as it comes: with what it is, so that a text never passes for an unknown.
    fn tagged(value: json.Value) Value {
        const kind = must(value, "type").string;
        if (eql(kind, "absent") or eql(kind, "null")) return .{ .inside = .unset, .marked = true };
        if (eql(kind, "unknown") or eql(kind, "sensitive")) return .{ .inside = .undetermined, .marked = true };
        return .{ .inside = .{ .known = must(value, "value") }, .marked = true };
    }

    /// A text. Numbers and booleans are texts as well, as they are in the configuration language.
    pub fn text(self: Value) Told([]const u8) {
        return switch (self.inside) {
            .undetermined => .undetermined,
            .unset => .unset,
            .known => |value| switch (value) {
                .string, .number_string => |string| .{ .known = string },
                .bool => |is| .{ .known = if (is) "true" else "false" },
                else => .undetermined,
            },
        };
    }

    /// A boolean; the texts `true` and `false` count.
    pub fn boolean(self: Value) Told(bool) {
        return switch (self.text()) {
            .undetermined => .undetermined,
            .unset => .unset,
            .known => |string| if (eql(string, "true"))
                .{ .known = true }
            else if (eql(string, "false"))
                .{ .known = false }
            else
                .undetermined,
        };
    }

    /// The exact text of a number, such as 0.1 or 12345678901234567890.5, which no `f64` is. A text that is a
    /// number counts.
    pub fn decimal(self: Value) Told([]const u8) {
        const string = self.text();
        if (string == .known and !isNumber(string.known)) return .undetermined;
        return string;
    }

    /// A whole number; a text of digits counts.
    pub fn integer(self: Value) Told(i64) {
        return switch (self.decimal()) {
            .undetermined => .undetermined,
            .unset => .unset,
            .known => |string| if (std.fmt.parseInt(i64, string, 10)) |number| .{ .known = number } else |_| .undetermined,
        };
    }

    /// The items of a list or set.
    pub fn list(self: Value) Told([]Value) {
        switch (self.inside) {
            .undetermined => return .undetermined,
            .unset => return .unset,
            .known => |value| {
                if (value != .array) return .undetermined;
                const values = allocator.alloc(Value, value.array.items.len) catch fail("out of memory");
                for (value.array.items, values) |item, *into| into.* = of(item, self.marked);
                return .{ .known = values };
            },
        }
    }

    /// The entries of an object or map, by the bytes of UTF-8 of their keys.
    pub fn entries(self: Value) Told([]Entry) {
        switch (self.inside) {
            .undetermined => return .undetermined,
            .unset => return .unset,
            .known => |value| {
                if (value != .object) return .undetermined;
                const found = allocator.alloc(Entry, value.object.count()) catch fail("out of memory");
                for (value.object.keys(), value.object.values(), found) |key, item, *into| {
                    // Inside a plan's JSON, keys that start with `$` carry one more of it.
                    const more = self.marked and std.mem.startsWith(u8, key, "$$");
                    into.* = .{ .key = if (more) key[1..] else key, .value = of(item, self.marked) };
                }
                std.mem.sort(Entry, found, {}, before_in_utf8);
                return .{ .known = found };
            },
        }
    }

    fn before_in_utf8(_: void, one: Entry, other: Entry) bool {
        return std.mem.lessThan(u8, one.key, other.key);
    }

    /// The value under a key: unset where there is none, undetermined where this is no object.
    pub fn get(self: Value, key: []const u8) Value {
        if (self.inside != .known) return self;
        const value = self.inside.known;
        if (value != .object) return .{ .inside = .undetermined, .marked = self.marked };
        const more = self.marked and std.mem.startsWith(u8, key, "$");
        const escaped = if (more) std.mem.concat(allocator, u8, &.{ "$", key }) catch fail("out of memory") else key;
        return of(value.object.get(escaped) orelse .null, self.marked);
    }
};

fn eql(one: []const u8, other: []const u8) bool {
    return std.mem.eql(u8, one, other);
}

fn isNumber(string: []const u8) bool {
    var at: usize = if (std.mem.startsWith(u8, string, "-")) 1 else 0;
    const whole = digits(string, at);
    if (whole == 0 or (whole > 1 and string[at] == '0')) return false;
    at += whole;
    if (at < string.len and string[at] == '.') {
        const part = digits(string, at + 1);
        if (part == 0) return false;
        at += 1 + part;
    }
    if (at < string.len and (string[at] == 'e' or string[at] == 'E')) {
        at += 1;
        if (at < string.len and (string[at] == '-' or string[at] == '+')) at += 1;
        const part = digits(string, at);
        if (part == 0) return false;
        at += part;
    }
    return at == string.len;
}

fn digits(string: []const u8, from: usize) usize {
    var at = from;
    while (at < string.len and std.ascii.isDigit(string[at])) at += 1;
    return at - from;
}

/// Whether a text has nothing but blanks, tabs and line breaks.
pub fn isBlank(string: []const u8) bool {
    return std.mem.trim(u8, string, " \t\r\n").len == 0;
}

/// What a policy sees of one plan.
pub const Request = struct {
    raw: json.Value,

    pub fn settings(self: Request) Value {
        return Value.plain(must(self.raw, "settings"));
    }

    pub fn changes(self: Request) []Change {
        const items = must(self.raw, "changes").array.items;
        const found = allocator.alloc(Change, items.len) catch fail("out of memory");
        for (items, found) |item, *into| into.* = .{ .raw = item };
        return found;
    }

    /// The content of a document that the policy reads; unset if it was not handed over.
    pub fn document(self: Request, name: []const u8) Value {
        for (must(self.raw, "documents").array.items) |each| {
            if (eql(must(each, "name").string, name)) return Value.plain(must(each, "content"));
        }
        return Value.plain(.null);
    }
};

/// What is planned for one resource instance.
pub const Change = struct {
    raw: json.Value,

    /// What the contract calls so, such as `address`, `kind` or `action`, if it is there.
    pub fn get(self: Change, key: []const u8) ?[]const u8 {
        const value = member(self.raw, key) orelse return null;
        return if (value == .string) value.string else null;
    }

    /// An attribute after apply. The path is one that an interest declares.
    pub fn after(self: Change, path: []const u8) Value {
        return self.side(path, "after");
    }

    /// An attribute as it is now.
    pub fn before(self: Change, path: []const u8) Value {
        return self.side(path, "before");
    }

    fn side(self: Change, path: []const u8, key: []const u8) Value {
        for (must(self.raw, "attributes").array.items) |attribute| {
            if (eql(must(attribute, "path").string, path)) return Value.tagged(must(attribute, key));
        }
        // Judging without an attribute that nobody handed over would be a silent pass.
        fail("an attribute is read that no interest declares");
    }
};

pub const Outcome = enum { violation, undetermined };

/// What a question is answered with.
pub const Answer = struct {
    findings: Text = .{},
    documents: Text = .{},

    /// Says something of a change, because of these attributes.
    pub fn finding(self: *Answer, rule: []const u8, outcome: Outcome, change: Change, message: []const u8, attributes: []const []const u8) void {
        const out = &self.findings;
        out.add(if (out.used == 0) "{\"rule\":" else ",{\"rule\":");
        out.quote(rule);
        out.add(",\"outcome\":");
        out.quote(@tagName(outcome));
        out.add(",\"address\":");
        out.quote(change.get("address") orelse fail("a change lacks its address"));
        if (change.get("deposed")) |deposed| {
            out.add(",\"deposed\":");
            out.quote(deposed);
        }
        out.add(",\"attributes\":[");
        for (attributes, 0..) |attribute, nth| {
            if (nth > 0) out.add(",");
            out.quote(attribute);
        }
        out.add("],\"message\":");
        out.quote(message);
        out.add("}");
    }

    /// Answers with a document, whose content is JSON.
    pub fn document(self: *Answer, name: []const u8, content: []const u8) void {
        const out = &self.documents;
        out.add(if (out.used == 0) "{\"name\":" else ",{\"name\":");
        out.quote(name);
        out.add(",\"content\":");
        out.add(content);
        out.add("}");
    }
};

/// Text that grows.
pub const Text = struct {
    bytes: []u8 = &.{},
    used: usize = 0,

    pub fn add(self: *Text, part: []const u8) void {
        if (self.used + part.len > self.bytes.len) {
            const room = (self.used + part.len) * 2 + 4096;
            self.bytes = allocator.realloc(self.bytes, room) catch fail("out of memory");
        }
        @memcpy(self.bytes[self.used..][0..part.len], part);
        self.used += part.len;
    }

    /// Adds text as JSON, with its quotes.
    pub fn quote(self: *Text, part: []const u8) void {
        const hex = "0123456789abcdef";
        self.add("\"");
        for (part) |byte| switch (byte) {
            '"', '\\' => self.add(&.{ '\\', byte }),
            0...31 => self.add(&.{ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }),
            else => self.add(&.{byte}),
        };
        self.add("\"");
    }

    pub fn written(self: Text) []const u8 {
        return self.bytes[0..self.used];
    }
};

/// Answers the one question that the program is started for: with the metadata, which is JSON, or with what
/// `evaluate` finds.
pub fn run(metadata: []const u8, evaluate: fn (Request, *Answer) void) void {
    // Numbers stay as they are written: a floating-point number has not every digit.
    const options: json.ParseOptions = .{ .parse_numbers = false };
    const message = json.parseFromSliceLeaky(json.Value, allocator, readAll(), options) catch fail("the question is not JSON");
    const call = must(message, "call").string;
    if (eql(call, "describe")) return writeAll(1, metadata);
    if (!eql(call, "evaluate")) fail("unknown call");
    var answer = Answer{};
    evaluate(.{ .raw = must(message, "request") }, &answer);
    writeAll(1, "{\"evaluation\":{\"findings\":[");
    writeAll(1, answer.findings.written());
    writeAll(1, "],\"documents\":[");
    writeAll(1, answer.documents.written());
    writeAll(1, "]}}\n");
}

fn member(value: json.Value, key: []const u8) ?json.Value {
    return switch (value) {
        .object => |object| object.get(key),
        else => fail("expected an object"),
    };
}

fn must(value: json.Value, key: []const u8) json.Value {
    return member(value, key) orelse fail("the question lacks a member");
}

/// What the language finds out while the policy runs, such as an index beyond the end of a list, is said as
/// well, where the policy has this as its `panic`: the plan is refused with it. Zig 0.13 takes a function,
/// later ones a namespace.
pub const panic = if (@hasDecl(std.debug, "FullPanic")) std.debug.FullPanic(panicked) else panickedOld;

fn panicked(why: []const u8, _: ?usize) noreturn {
    fail(why);
}

fn panickedOld(why: []const u8, _: ?*std.builtin.StackTrace, _: ?usize) noreturn {
    fail(why);
}

/// Ends the program so that the plan is refused.
pub fn fail(why: []const u8) noreturn {
    writeAll(2, why);
    std.os.wasi.proc_exit(1);
}

fn readAll() []u8 {
    var text: []u8 = allocator.alloc(u8, 1 << 16) catch fail("out of memory");
    var used: usize = 0;
    while (true) {
        if (used == text.len) text = allocator.realloc(text, text.len * 2) catch fail("out of memory");
        const part = [_]std.os.wasi.iovec_t{.{ .base = text.ptr + used, .len = text.len - used }};
        var read: usize = 0;
        if (std.os.wasi.fd_read(0, &part, 1, &read) != .SUCCESS) fail("cannot read the question");
        if (read == 0) return text[0..used];
        used += read;
    }
}

fn writeAll(descriptor: std.os.wasi.fd_t, text: []const u8) void {
    var rest = text;
    while (rest.len > 0) {
        const part = [_]std.os.wasi.ciovec_t{.{ .base = rest.ptr, .len = rest.len }};
        var written: usize = 0;
        if (std.os.wasi.fd_write(descriptor, &part, 1, &written) != .SUCCESS) std.os.wasi.proc_exit(1);
        rest = rest[written..];
    }
}
