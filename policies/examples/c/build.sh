#!/usr/bin/env bash
# Builds this policy with clang and wasi-libc: on Debian the packages clang, lld,
# wasi-libc and libclang-rt-14-dev-wasm32 (the number is clang's), or with the WASI SDK,
# whose clang CC names.
set -euo pipefail
output=$(realpath -m "${1:-owner-tag.wasm}")
cd "$(dirname "$0")"
# Debian's wasi-libc is where the cross compiler does not look by itself.
flags=()
if [ -d /usr/lib/wasm32-wasi ]; then
    flags=(--sysroot=/ -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi)
fi
"${CC:-clang}" --target=wasm32-wasi "${flags[@]}" -std=c11 -Wall -Wextra -Werror -O2 -s -o "$output" owner-tag.c
