const std = @import("std");

/// What a policy imports: `@import("tollgate")`.
pub fn build(b: *std.Build) void {
    _ = b.addModule("tollgate", .{ .root_source_file = b.path("tollgate.zig") });
}
