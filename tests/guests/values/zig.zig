//! What the helper for Zig reads of values and documents, told in findings.
const std = @import("std");
const tollgate = @import("tollgate.zig");

pub const panic = tollgate.panic;

const metadata =
    \\{"metadata": {"name": "values", "version": "1.0.0", "description": "Tells what it reads.",
    \\  "rules": [{"id": "value", "title": "A value", "description": "What is read.", "severity": "low", "remediation": "None."}],
    \\  "interests": [{"resource-types": ["aws_x"], "attributes": ["value"]}], "documents": ["book"]}}
    \\
;

pub fn main() void {
    tollgate.run(metadata, evaluate);
}

fn told(text: tollgate.Told([]const u8)) []const u8 {
    return switch (text) {
        .unset => "-",
        .undetermined => "?",
        .known => |known| known,
    };
}

fn evaluate(request: tollgate.Request, answer: *tollgate.Answer) void {
    const book = request.document("book");
    const price = told(book.get("price").decimal());
    for (request.changes()) |change| {
        const value = change.after("value");
        var out = tollgate.Text{};
        out.add("text ");
        out.add(told(value.text()));
        out.add("; boolean ");
        out.add(switch (value.boolean()) {
            .unset => "-",
            .undetermined => "?",
            .known => |is| if (is) "true" else "false",
        });
        out.add("; integer ");
        switch (value.integer()) {
            .unset => out.add("-"),
            .undetermined => out.add("?"),
            .known => |number| {
                var room: [24]u8 = undefined;
                out.add(std.fmt.bufPrint(&room, "{d}", .{number}) catch unreachable);
            },
        }
        out.add("; decimal ");
        out.add(told(value.decimal()));
        out.add("; list ");
        switch (value.list()) {
            .unset => out.add("-"),
            .undetermined => out.add("?"),
            .known => |items| {
                out.add("[");
                for (items, 0..) |item, nth| {
                    if (nth > 0) out.add("|");
                    out.add(told(item.text()));
                }
                out.add("]");
            },
        }
        out.add("; map ");
        switch (value.entries()) {
            .unset => out.add("-"),
            .undetermined => out.add("?"),
            .known => |entries| {
                out.add("[");
                for (entries, 0..) |entry, nth| {
                    if (nth > 0) out.add("|");
                    out.add(entry.key);
                    out.add("=");
                    out.add(told(entry.value.text()));
                }
                out.add("]");
            },
        }
        out.add("; price ");
        out.add(price);
        answer.finding("value", .violation, change, out.written(), &.{"value"});
    }
    var content = tollgate.Text{};
    content.add("{\"price\":");
    content.quote(price);
    content.add(",\"odd\":");
    content.quote(told(book.get("$odd").text()));
    content.add("}");
    answer.document("echo", content.written());
}
