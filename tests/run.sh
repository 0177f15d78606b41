#!/usr/bin/env bash
# Sets up and passes every check and test. What it needs beyond Rust it installs
# itself, into target/ and .tools/ (and, on Debian without a rustup WASM target, the
# compiler packages that policies/build.sh names).
#
# One profile for everything, so that no dependency is built twice.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

step "format and spelling"
cargo fmt --all --check
tests/spelling.sh
step "lints"
# With the fuzz targets, which no other step compiles before the last one.
cargo clippy --workspace --all-targets --features tollgate-fuzz/libfuzzer --release --locked --quiet -- -D warnings
# A crate of its own, whose lock file ages with the crates that it shares.
cargo metadata --manifest-path secrets/rops-differential/Cargo.toml --locked --format-version 1 >/dev/null
step "documentation of the code"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --release --locked --quiet
step "build"
cargo test --workspace --release --locked --no-run --quiet
step "policies, rebuilt from source"
TOLLGATE=target/release/tollgate policies/build.sh
TOLLGATE=target/release/tollgate policies/examples/build.sh
step "real tools"
tests/tools.sh
step "tests"
PATH="$PWD/.tools/bin:$PATH" cargo test --workspace --release --locked --no-fail-fast "$@"
step "rops, on what it supports"
cargo run --manifest-path secrets/rops-differential/Cargo.toml --locked --quiet
step "fuzzing"
fuzz/run.sh
