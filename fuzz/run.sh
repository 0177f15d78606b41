#!/usr/bin/env bash
# Runs the fuzz targets, or those named, for SECONDS_EACH (20) each: fuzz/run.sh [TARGET…]. The layout is
# that of cargo-fuzz, which works too; this needs only the stable compiler and a C++ compiler. A crash is
# kept under fuzz/artifacts, what was found on the way under fuzz/corpus; fuzz/seeds is where it starts.
set -euo pipefail
cd "$(dirname "$0")"

targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)

# What cargo-fuzz passes, without a sanitizer: our code has no `unsafe` for one to watch.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
host=$(rustc -vV | sed -n 's/^host: //p')
# With a target, build scripts are not instrumented.
cargo build --release --locked --target "$host"
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target" "seeds/$target"
  "target/$host/release/$target" -max_total_time="${SECONDS_EACH:-20}" -timeout=10 -rss_limit_mb=2048 \
    -max_len=8192 -print_final_stats=1 -artifact_prefix="artifacts/$target/" "corpus/$target" "seeds/$target"
done
