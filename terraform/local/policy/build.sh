#!/usr/bin/env bash
# Builds kept-data.wasm: terraform/local/policy/build.sh [OUTPUT]
#
# Needs clang with wasi-libc, as policies/examples/build.sh does. The committed module is what clang 14 of Debian
# writes, to the byte; tollgate.toml names its digest.
set -euo pipefail
cd "$(dirname "$0")"
output=${1:-kept-data.wasm}
flags=()
if [ -d /usr/lib/wasm32-wasi ]; then
    flags=(--sysroot=/ -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi)
fi
"${CC:-clang}" --target=wasm32-wasi "${flags[@]}" \
    -std=c11 -Wall -Wextra -Werror -Os -s -o "$output" kept-data.c
