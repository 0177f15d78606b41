//! The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//!
//! Tollgate runs the program once for each question. The question is JSON on standard input, the
//! answer JSON on standard output; `tollgate schema policy-request` and `tollgate schema
//! policy-response` describe both.
const std = @import("std");
const json = std.json;

/// What the policy is, and all that it wants to see of a plan.
const metadata =
    \\{"metadata": {
    \\  "name": "POLICY_NAME",
    \\  "version": "1.0.0",
    \\  "description": "Every bucket, queue and table says who owns it.",
    \\  "rules": [{
    \\    "id": "owner-missing",
    \\    "title": "Resource without an owner",
    \\    "description": "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
    \\    "severity": "medium",
    \\    "remediation": "Add the tag to the resource, or to the provider's default_tags."
    \\  }],
    \\  "settings-schema": {
    \\    "type": "object",
    \\    "properties": {
    \\      "tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
    \\    },
    \\    "additionalProperties": false
    \\  },
    \\  "interests": [{
    \\    "resource-types": ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
    \\    "actions": ["no-op", "create", "update", "replace"],
    \\    "attributes": ["tags_all"]
    \\  }],
    \\  "chunkable": true
    \\}}
    \\
;

const Verdict = enum { fine, missing, tags_unseen, owner_unseen };

const allocator = std.heap.wasm_allocator;

/// What a question is answered with.
const Answer = struct {
    bytes: []u8 = &.{},
    used: usize = 0,

    fn text(self: *Answer, part: []const u8) void {
        if (self.used + part.len > self.bytes.len) {
            const room = (self.used + part.len) * 2 + 4096;
            self.bytes = allocator.realloc(self.bytes, room) catch fail("out of memory");
        }
        @memcpy(self.bytes[self.used..][0..part.len], part);
        self.used += part.len;
    }

    /// Writes text as a string of JSON, without the quotes around it.
    fn escaped(self: *Answer, part: []const u8) void {
        const digits = "0123456789abcdef";
        for (part) |byte| switch (byte) {
            '"', '\\' => self.text(&.{ '\\', byte }),
            0...31 => self.text(&.{ '\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15] }),
            else => self.text(&.{byte}),
        };
    }
};

pub fn main() void {
    const question = readAll();
    const message = json.parseFromSliceLeaky(json.Value, allocator, question, .{}) catch fail("the question is not JSON");
    const call = must(message, "call").string;
    var answer = Answer{};
    if (std.mem.eql(u8, call, "describe")) {
        answer.text(metadata);
    } else if (std.mem.eql(u8, call, "evaluate")) {
        evaluate(must(message, "request"), &answer);
    } else {
        fail("unknown call");
    }
    writeAll(1, answer.bytes[0..answer.used]);
}

fn evaluate(request: json.Value, answer: *Answer) void {
    const tag = if (member(must(request, "settings"), "tag")) |tag| tag.string else "owner";
    answer.text("{\"evaluation\":{\"findings\":[");
    var first = true;
    for (must(request, "changes").array.items) |change| {
        for (must(change, "attributes").array.items) |attribute| {
            const verdict = judge(tag, must(attribute, "after"));
            if (verdict == .fine) continue;
            if (!first) answer.text(",");
            first = false;
            answer.text("{\"rule\":\"owner-missing\",\"address\":\"");
            answer.escaped(must(change, "address").string);
            if (member(change, "deposed")) |deposed| {
                if (deposed == .string) {
                    answer.text("\",\"deposed\":\"");
                    answer.escaped(deposed.string);
                }
            }
            answer.text("\",\"attributes\":[\"tags_all\"],\"outcome\":\"");
            answer.text(if (verdict == .missing) "violation" else "undetermined");
            answer.text("\",\"message\":\"");
            switch (verdict) {
                .missing => {
                    answer.text("the tag `");
                    answer.escaped(tag);
                    answer.text("` is missing or empty");
                },
                .tags_unseen => answer.text("its tags cannot be seen before apply"),
                else => answer.text("its owner cannot be seen before apply"),
            }
            answer.text("\"}");
        }
    }
    answer.text("]}}\n");
}

/// Says what is wrong with the tags of one resource. What is not known is never taken for fine.
fn judge(tag: []const u8, tags: json.Value) Verdict {
    const kind = must(tags, "type").string;
    if (std.mem.eql(u8, kind, "absent") or std.mem.eql(u8, kind, "null")) return .missing;
    if (std.mem.eql(u8, kind, "unknown") or std.mem.eql(u8, kind, "sensitive")) return .tags_unseen;
    if (!std.mem.eql(u8, kind, "json")) fail("tags are not an object");
    // Inside JSON, keys that start with `$` carry one more of it.
    const key = if (std.mem.startsWith(u8, tag, "$"))
        std.mem.concat(allocator, u8, &.{ "$", tag }) catch fail("out of memory")
    else
        tag;
    const owner = member(must(tags, "value"), key) orelse return .missing;
    return switch (owner) {
        .string => |text| if (std.mem.trim(u8, text, " \t\r\n").len > 0) .fine else .missing,
        // {"$unknown": true} or {"$sensitive": true}
        .object => .owner_unseen,
        else => .missing,
    };
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

/// What the language finds out while the policy runs, such as an index beyond the end of a list, is
/// said as well: the plan is refused with it. Zig 0.13 takes a function, later ones a namespace.
pub const panic = if (@hasDecl(std.debug, "FullPanic")) std.debug.FullPanic(panicked) else panickedOld;

fn panicked(why: []const u8, _: ?usize) noreturn {
    fail(why);
}

fn panickedOld(why: []const u8, _: ?*std.builtin.StackTrace, _: ?usize) noreturn {
    fail(why);
}

/// Ends the program so that the plan is refused.
fn fail(why: []const u8) noreturn {
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
