#!/usr/bin/env bash
# Builds the fuzz targets and runs each, or those named, for SECONDS_EACH (20):
#
#   fuzz/run.sh [TARGET...]
#
# Needs only the stable compiler and a C++ one.
# The corpus in fuzz/corpus/TARGET is kept: inputs that once found a mistake, and one of
# each kind. What a run discovers goes to target/fuzz/TARGET; a crash stops the run, and
# its input, made small, belongs into the corpus together with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for file in fuzz/targets/*.rs; do
        name=$(basename "$file" .rs)
        targets+=("${name//_/-}")
    done
fi
RUSTC_WORKSPACE_WRAPPER="$PWD/fuzz/instrument.sh" \
    cargo build --release --locked --quiet --package tollgate-fuzz --features libfuzzer --bins
fuzz() {
    local target=$1 found=target/fuzz/$1 log=target/fuzz/$1.log
    mkdir -p "$found" "target/fuzz/crashes/$target"
    if ! "target/release/fuzz-$target" -max_total_time="${SECONDS_EACH:-20}" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="target/fuzz/crashes/$target/" \
        "$found" "fuzz/corpus/$target" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "error: fuzz target $target failed; its input is in target/fuzz/crashes/$target" >&2
        return 1
    fi
    printf 'fuzz %-12s %s\n' "$target" "$(tail -n 1 "$log")"
}

trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT
# As many at once as there are processors: each of them uses one.
cores=$(nproc 2>/dev/null || sysctl -n hw.ncpu)
running=0
for target in "${targets[@]}"; do
    if [ "$running" -ge "$cores" ]; then
        wait -n
        running=$((running - 1))
    fi
    fuzz "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n
    running=$((running - 1))
done
